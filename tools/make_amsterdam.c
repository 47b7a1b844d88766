/* Makes the data of the example study examples/amsterdam: make_amsterdam FOLDER
 *
 * Everything is synthetic. The table COACHES below holds what was published about the Amsterdam
 * trial (people and people in work by margin, and by readiness); all else is drawn from a fixed
 * random stream: who started when, what the people are like, on which day they started work, and
 * the job spells from which that day must follow. The same bytes come out each time.
 *
 * Decided before a spell is written: does this person reach sustained work, and on which day? Then
 * one of the ways below of getting there (or of not quite getting there) writes the spells. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/file.h"
#include "base/rng.h"

enum {
    SEED = 535001,
    PEOPLE = 118,
    COACH_COUNT = 12,
    ARMS = 4,
    HORIZON = 350,
    CONFIRM = 27, /* the register covers this many days more, to confirm a run begun on day 350 */
    NO_WORK = -1,
    STRANGERS = 6, /* spells of people who are not in the study */
};

/* Clients of a coach by readiness, and how many of them reach sustained work by day 350. */
typedef struct {
    const char *id;
    bool ips, pa;
    const char *team;
    int experience;
    int ready, ready_in_work;
    int not_ready, not_ready_in_work;
} coach;

static const coach COACHES[COACH_COUNT] = {
    {"k01", true, false, "north", 6, 8, 3, 6, 1},   {"k02", false, false, "south", 11, 7, 5, 5, 2},
    {"k03", true, true, "centre", 4, 5, 3, 5, 0},   {"k04", false, true, "north", 9, 7, 3, 6, 1},
    {"k05", false, false, "north", 3, 6, 3, 5, 0},  {"k06", true, false, "centre", 14, 6, 4, 3, 2},
    {"k07", false, true, "south", 7, 4, 1, 4, 0},   {"k08", true, true, "south", 2, 4, 2, 2, 2},
    {"k09", false, false, "centre", 8, 4, 0, 3, 1}, {"k10", true, true, "north", 12, 7, 2, 6, 4},
    {"k11", true, false, "south", 5, 4, 3, 3, 2},   {"k12", false, true, "centre", 10, 5, 2, 3, 2},
};

/* Days to work: tenths of the distribution, and what the days of all who started must add up to
 * (28 people x 150 days with IPS, 20 x 112 without). */
typedef struct {
    int starters, total;
    int tenth[11];
} day_plan;

static const day_plan WITHOUT_IPS = {20, 2240, {6, 18, 33, 50, 70, 92, 118, 147, 182, 230, 318}};
static const day_plan WITH_IPS = {28, 4200, {8, 34, 60, 87, 114, 142, 172, 204, 240, 284, 341}};

typedef struct {
    int coach;
    bool ready;
    int work_day; /* or NO_WORK */
    fp_day start;
    char id[16];
    int months_without_work;
} person;

typedef struct {
    fp_buf rows;
    fp_rng rng;
    const person *who;
    int unusable; /* rows so far with hours that cannot be used */
} spells;

static int between(fp_rng *rng, int low, int high)
{
    return low + (int)fp_rng_below(rng, (uint32_t)(high - low + 1));
}

static bool one_in(fp_rng *rng, int n)
{
    return fp_rng_below(rng, (uint32_t)n) == 0;
}

static const char *pick(fp_rng *rng, const char *const *from, int n)
{
    return from[fp_rng_below(rng, (uint32_t)n)];
}

/* ---- spells -------------------------------------------------------------------------------- */

static void put_date(fp_buf *out, fp_day day)
{
    char text[16] = "";
    if (day != FP_DAY_NONE)
        fp_day_format(day, text);
    fp_buf_put(out, text);
}

static void spell_of(spells *s, const char *id, fp_day first, fp_day last, const char *hours,
                     const char *kind)
{
    fp_buf_printf(&s->rows, "%s,", id);
    put_date(&s->rows, first);
    fp_buf_put_char(&s->rows, ',');
    put_date(&s->rows, last);
    fp_buf_printf(&s->rows, ",%s,%s\n", hours, kind);
}

static void spell(spells *s, fp_day first, fp_day last, const char *hours, const char *kind)
{
    spell_of(s, s->who->id, first, last, hours, kind);
}

static const char *enough(spells *s)
{
    static const char *const hours[] = {"16",   "18", "20", "24", "24",
                                        "25.5", "28", "32", "36", "38"};
    return pick(&s->rng, hours, 10);
}

/* A regular job of enough hours. C leaves the order in which arguments are evaluated open, so no
 * call here has more than one argument that draws. */
static void job(spells *s, fp_day first, fp_day last)
{
    spell(s, first, last, enough(s), "regular");
}

/* The same, subsidised one time in four. */
static void paid_job(spells *s, fp_day first, fp_day last)
{
    const char *kind = one_in(&s->rng, 4) ? "subsidised" : "regular";
    spell(s, first, last, enough(s), kind);
}

static int days(spells *s, int low, int high)
{
    return between(&s->rng, low, high);
}

/* Ways into sustained work: the first day of at least 28 days of 12 hours or more is `day`. */

static void plain_job(spells *s, fp_day day)
{
    fp_day last = day + days(s, 40, 250);
    paid_job(s, day, last);
    if (one_in(&s->rng, 2))
        paid_job(s, last + days(s, 20, 60), FP_DAY_NONE);
}

static void open_ended_job(spells *s, fp_day day)
{
    paid_job(s, day, FP_DAY_NONE);
}

static void contract_change(spells *s, fp_day day)
{
    fp_day next = day + days(s, 14, 27);
    job(s, day, next - 1);
    job(s, next, next + days(s, 30, 200));
}

static void two_small_jobs(spells *s, fp_day day)
{
    fp_day first = day - days(s, 15, 90);
    spell(s, first, day + days(s, 60, 160), "8", "regular");
    spell(s, day, day + days(s, 45, 120), "8", "regular");
}

static void after_a_gap(spells *s, fp_day day)
{
    fp_day last = day - days(s, 1, 5) - 1;
    job(s, last - days(s, 9, 25), last);
    job(s, day, day + days(s, 40, 200));
}

static void after_a_trial(spells *s, fp_day day)
{
    spell(s, day - days(s, 30, 61), day - 1, "20", "trial-placement");
    spell(s, day, FP_DAY_NONE, "24", "subsidised");
}

static void more_hours(spells *s, fp_day day)
{
    spell(s, day - days(s, 30, 120), day - 1, "10", "regular");
    spell(s, day, day + days(s, 60, 250), "16", "regular");
}

static void overlapping_jobs(spells *s, fp_day day)
{
    fp_day second = day + days(s, 5, 18);
    spell(s, day, day + 20, "16", "regular");
    spell(s, second, day + days(s, 60, 150), "20", "regular");
    spell(s, day + 30, FP_DAY_NONE, "8", "regular");
}

static void just_long_enough(spells *s, fp_day day)
{
    paid_job(s, day, day + 27);
    job(s, day + 45, day + 45 + days(s, 3, 20));
}

static void written_twice(spells *s, fp_day day)
{
    fp_day last = day + days(s, 50, 200);
    const char *hours = enough(s);
    for (int i = 0; i < 2; i++)
        spell(s, day, last, hours, "regular");
}

static void twelve_in_two(spells *s, fp_day day)
{
    spell(s, day, day + days(s, 35, 90), "7.5", "regular");
    spell(s, day, day + days(s, 100, 200), "4.5", "subsidised");
}

static void reversed_then_right(spells *s, fp_day day)
{
    fp_day last = day + days(s, 40, 180);
    spell(s, last, day, "24", "regular");
    spell(s, day, last, "24", "regular");
}

static void hours_unknown_first(spells *s, fp_day day)
{
    spell(s, day - days(s, 5, 25), day - 1, "", "regular");
    job(s, day, day + days(s, 40, 200));
}

/* Ways of not getting there. `day` is a day after the start. */

static void nothing(spells *s, fp_day day)
{
    (void)s;
    (void)day;
}

static void one_day_short(spells *s, fp_day day)
{
    job(s, day, day + 26);
}

static void small_job(spells *s, fp_day day)
{
    fp_day last = day + days(s, 60, 250);
    spell(s, day, last, one_in(&s->rng, 2) ? "8" : "10", "regular");
}

static void trial_and_internship(spells *s, fp_day day)
{
    spell(s, day, day + 60, "24", "trial-placement");
    spell(s, day + 75, day + 75 + days(s, 30, 90), "20", "internship");
}

static void two_runs_with_a_gap(spells *s, fp_day day)
{
    fp_day last = day + days(s, 14, 26);
    fp_day next = last + days(s, 1, 5) + 1;
    job(s, day, last);
    job(s, next, next + days(s, 14, 26));
}

static void small_jobs_too_short_together(spells *s, fp_day day)
{
    spell(s, day, day + 60, "8", "regular");
    spell(s, day + 41, day + 41 + days(s, 40, 100), "8", "regular");
}

static void temp_work(spells *s, fp_day day)
{
    for (int i = 0; i < 3; i++) {
        fp_day last = day + days(s, 2, 12);
        job(s, day, last);
        day = last + days(s, 8, 40);
    }
}

static void hours_not_usable(spells *s, fp_day day)
{
    static const char *const hours[] = {"", "0", "-24"};
    spell(s, day, day + days(s, 20, 80), hours[s->unusable++ % 3], "regular");
}

static void hours_of_a_month(spells *s, fp_day day)
{
    fp_day last = day + days(s, 20, 60);
    spell(s, day, last, one_in(&s->rng, 2) ? "104" : "160", "regular");
}

static void reversed_dates(spells *s, fp_day day)
{
    job(s, day + days(s, 10, 60), day);
}

static void after_the_register(spells *s, fp_day day)
{
    (void)day;
    job(s, s->who->start + HORIZON + CONFIRM + days(s, 1, 60), FP_DAY_NONE);
}

static void after_the_horizon(spells *s, fp_day day)
{
    (void)day;
    job(s, s->who->start + HORIZON + days(s, 1, 20), FP_DAY_NONE);
}

static void small_job_at_the_start(spells *s, fp_day day)
{
    (void)day;
    spell(s, s->who->start - days(s, 100, 400), FP_DAY_NONE, "8", "regular");
}

static void volunteer_and_sheltered(spells *s, fp_day day)
{
    spell(s, day - days(s, 0, 60), day + 90, "12", "volunteer");
    spell(s, day + 100, FP_DAY_NONE, "28", "sheltered");
}

static void short_job_over_the_start(spells *s, fp_day day)
{
    (void)day;
    fp_day first = s->who->start - days(s, 8, 15);
    spell(s, first, s->who->start + days(s, 2, 10), "24", "regular");
}

typedef void (*way)(spells *s, fp_day day);
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const way INTO_WORK[] = {
    plain_job,        contract_change,  two_small_jobs,      after_a_gap,         open_ended_job,
    after_a_trial,    overlapping_jobs, written_twice,       reversed_then_right, more_hours,
    just_long_enough, twelve_in_two,    hours_unknown_first,
};
static const way NOT_INTO_WORK[] = {
    nothing,
    one_day_short,
    small_job,
    trial_and_internship,
    two_runs_with_a_gap,
    nothing,
    small_jobs_too_short_together,
    hours_not_usable,
    reversed_dates,
    temp_work,
    nothing,
    after_the_horizon,
    small_job_at_the_start,
    volunteer_and_sheltered,
    hours_of_a_month,
    after_the_register,
    short_job_over_the_start,
};

/* A job from before the study, long over at the start. */
static void earlier_job(spells *s)
{
    int months = s->who->months_without_work;
    if (months > 24)
        return;
    fp_day last = s->who->start - 30 * months;
    job(s, last - days(s, 60, 700), last);
}

/* ---- people -------------------------------------------------------------------------------- */

static int arm_of(const person *p)
{
    return COACHES[p->coach].ips + 2 * COACHES[p->coach].pa;
}

static void shuffle_days(fp_rng *rng, int *day, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)fp_rng_below(rng, (uint32_t)i + 1);
        int other = day[i];
        day[i] = day[j];
        day[j] = other;
    }
}

/* One day in each of `starters` equal shares of the distribution; then one day here, one day there,
 * until they add up. */
static void draw_days(fp_rng *rng, const day_plan *plan, int *day)
{
    int total = 0;
    for (int i = 0; i < plan->starters; i++) {
        double u = 10 * (i + fp_rng_unit(rng)) / plan->starters;
        int k = u < 10 ? (int)u : 9;
        day[i] = plan->tenth[k] + (int)((u - k) * (plan->tenth[k + 1] - plan->tenth[k]));
        total += day[i];
    }
    while (total != plan->total) {
        int i = (int)fp_rng_below(rng, (uint32_t)plan->starters);
        int step = total < plan->total ? 1 : -1;
        if (day[i] + step < plan->tenth[0] || day[i] + step > plan->tenth[10])
            continue;
        day[i] += step;
        total += step;
    }
    shuffle_days(rng, day, plan->starters);
}

static void plan_people(person *people)
{
    fp_rng rng;
    int day[2][PEOPLE];
    int next[2] = {0, 0};
    int n = 0;
    fp_rng_init(&rng, SEED, FP_RNG_EXAMPLE, 1);
    draw_days(&rng, &WITHOUT_IPS, day[0]);
    draw_days(&rng, &WITH_IPS, day[1]);
    for (int c = 0; c < COACH_COUNT; c++) {
        const coach *k = &COACHES[c];
        for (int i = 0; i < k->ready + k->not_ready; i++) {
            bool ready = i < k->ready;
            bool works = ready ? i < k->ready_in_work : i - k->ready < k->not_ready_in_work;
            people[n++] = (person){.coach = c,
                                   .ready = ready,
                                   .work_day = works ? day[k->ips][next[k->ips]++] : NO_WORK};
        }
    }
}

/* Enrolled on working days of about a year; a client number is the order of enrolment. */
static int by_start(const void *x, const void *y)
{
    const person *a = x;
    const person *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->months_without_work - b->months_without_work; /* a draft number here, all distinct */
}

static void enrol(person *people)
{
    fp_rng rng;
    fp_day opening = 0;
    (void)fp_day_of(2019, 2, 4, &opening); /* a Monday */
    fp_rng_init(&rng, SEED, FP_RNG_EXAMPLE, 2);
    for (int i = 0; i < PEOPLE; i++) {
        int week = between(&rng, 0, 51);
        people[i].start = opening + 7 * week + between(&rng, 0, 4);
        people[i].months_without_work = i;
    }
    qsort(people, PEOPLE, sizeof *people, by_start);
    for (int i = 0; i < PEOPLE; i++) {
        double u = fp_rng_unit(&rng);
        (void)snprintf(people[i].id, sizeof people[i].id, "p%03d", i + 1);
        people[i].months_without_work = 3 + (int)(u * u * (people[i].ready ? 60 : 110));
    }
}

/* ---- files --------------------------------------------------------------------------------- */

/* All coaches were drawn on one Monday, three weeks before the first client was enrolled. */
static fp_day allocation_day(void)
{
    fp_day day = 0;
    (void)fp_day_of(2019, 1, 14, &day);
    return day;
}

static void write_coaches(fp_buf *out)
{
    fp_buf_put(out, "coach,ips,pa,team,experience_years,allocated\n");
    for (int c = 0; c < COACH_COUNT; c++) {
        const coach *k = &COACHES[c];
        fp_buf_printf(out, "%s,%s,%s,%s,%d,", k->id, k->ips ? "with" : "without",
                      k->pa ? "with" : "without", k->team, k->experience);
        put_date(out, allocation_day());
        fp_buf_put_char(out, '\n');
    }
}

static void write_person(fp_buf *out, fp_rng *rng, const person *p)
{
    static const char *const education[] = {"low", "low", "low", "middle", "middle", "high"};
    int expectation = between(rng, 1, 5) + p->ready;
    expectation += between(rng, 0, 4);
    double middle = fp_rng_unit(rng);
    int age = 19 + (int)(22 * (middle + fp_rng_unit(rng)));
    const char *sex = fp_rng_unit(rng) < 0.56 ? "male" : "female";
    const char *school = one_in(rng, 30) ? "" : pick(rng, education, 6);
    fp_buf_printf(out, "%s,%s,", p->id, COACHES[p->coach].id);
    put_date(out, p->start);
    fp_buf_put_char(out, ',');
    put_date(out, p->start + HORIZON + CONFIRM);
    fp_buf_printf(out, ",end-of-register,%s,%d,%s,%s,%d,", p->ready ? "ready" : "not-ready", age,
                  sex, school, p->months_without_work);
    if (!one_in(rng, 12))
        fp_buf_printf(out, "%d", expectation);
    fp_buf_put_char(out, '\n');
}

static void write_people(fp_buf *out, const person *people)
{
    fp_rng rng;
    fp_rng_init(&rng, SEED, FP_RNG_EXAMPLE, 3);
    fp_buf_put(out, "person,coach,start_date,register_end,end_reason,readiness,age,sex,education,"
                    "months_without_work,own_expectation\n");
    for (int i = 0; i < PEOPLE; i++)
        write_person(out, &rng, &people[i]);
}

/* Each arm goes through both lists in turn, each from its own place. */
static void write_episodes(spells *s, const person *people)
{
    int used[ARMS][2] = {{0}};
    fp_rng_init(&s->rng, SEED, FP_RNG_EXAMPLE, 4);
    fp_buf_put(&s->rows, "person,start,end,hours_per_week,kind\n");
    for (int i = 0; i < PEOPLE; i++) {
        const person *p = &people[i];
        bool works = p->work_day != NO_WORK;
        int turn = used[arm_of(p)][works]++ + 4 * arm_of(p);
        s->who = p;
        earlier_job(s);
        if (works)
            INTO_WORK[turn % COUNT(INTO_WORK)](s, p->start + p->work_day);
        else
            NOT_INTO_WORK[turn % COUNT(NOT_INTO_WORK)](s, p->start + between(&s->rng, 20, 270));
        if (i % (PEOPLE / STRANGERS) == PEOPLE / STRANGERS - 1) {
            char stranger[16];
            (void)snprintf(stranger, sizeof stranger, "x%03d", 900 + i);
            spell_of(s, stranger, p->start + 30, p->start + 130, "24", "regular");
        }
    }
}

/* ---- recruitment ---------------------------------------------------------------------------- */

/* Somebody who was offered a place. */
typedef struct {
    fp_day offered, included; /* included FP_DAY_NONE: was not */
    int coach, order;
    const char *person, *eligible, *consented, *reason;
} offer;

/* Of a hundred eligible people, so many refuse: fewer where IPS is offered. By arm. */
static const int REFUSE[ARMS] = {27, 17, 24, 19};

static fp_day before_start(fp_rng *rng, const person *p)
{
    int most = (int)(p->start - allocation_day()) - 1;
    int days = between(rng, 2, 24);
    fp_day day = p->start - (days < most ? days : most);
    int of_week = (day + 3) % 7; /* Monday is 0 */
    return of_week < 5 ? day : day - of_week + 4;
}

static fp_day some_day(fp_rng *rng)
{
    int week = between(rng, 0, 52);
    return allocation_day() + 14 + 7 * week + between(rng, 0, 4);
}

static void add_included(const person *people, fp_rng *rng, offer *offers, int *n)
{
    for (int i = 0; i < PEOPLE; i++)
        offers[(*n)++] = (offer){.offered = before_start(rng, &people[i]),
                                 .included = people[i].start,
                                 .coach = people[i].coach,
                                 .person = people[i].id,
                                 .eligible = "yes",
                                 .consented = "yes",
                                 .reason = ""};
}

static void add_others(fp_rng *rng, int whose, int count, const char *const *reasons, int kinds,
                       const char *eligible, const char *consented, offer *offers, int *n)
{
    for (int i = 0; i < count; i++) {
        const char *reason = pick(rng, reasons, kinds);
        offers[(*n)++] = (offer){.offered = some_day(rng),
                                 .included = FP_DAY_NONE,
                                 .coach = whose,
                                 .person = "",
                                 .eligible = eligible,
                                 .consented = consented,
                                 .reason = reason};
    }
}

static int by_offer(const void *x, const void *y)
{
    const offer *a = x;
    const offer *b = y;
    return a->offered != b->offered ? (a->offered < b->offered ? -1 : 1) : a->order - b->order;
}

/* Each coach included the clients above; some more refused, were not eligible, or agreed and never
 * began. Who was not included has no number: nothing is kept of them but this. */
static int plan_offers(const person *people, offer *offers)
{
    static const char *const refusals[] = {"no-time", "not-interested", "not-interested", "health"};
    static const char *const unfit[] = {"moved-away", "has-work", "has-work",
                                        "no-dutch-or-english"};
    static const char *const late[] = {"found-work-first"};
    fp_rng rng;
    int n = 0, included[COACH_COUNT] = {0};
    fp_rng_init(&rng, SEED, FP_RNG_EXAMPLE, 5);
    add_included(people, &rng, offers, &n);
    for (int i = 0; i < PEOPLE; i++)
        included[people[i].coach]++;
    for (int c = 0; c < COACH_COUNT; c++) {
        int refuse = REFUSE[COACHES[c].ips + 2 * COACHES[c].pa];
        int count = (included[c] * refuse + (100 - refuse) / 2) / (100 - refuse);
        add_others(&rng, c, count, refusals, 4, "yes", "no", offers, &n);
        add_others(&rng, c, between(&rng, 0, 3), unfit, 4, "no", "", offers, &n);
        if (one_in(&rng, 4))
            add_others(&rng, c, 1, late, 1, "yes", "yes", offers, &n);
    }
    for (int i = 0; i < n; i++)
        offers[i].order = i;
    qsort(offers, (size_t)n, sizeof *offers, by_offer);
    return n;
}

static void write_recruitment(fp_buf *out, const person *people)
{
    offer offers[4 * PEOPLE];
    int n = plan_offers(people, offers);
    fp_buf_put(out, "person,coach,offered,eligible,consented,reason,included\n");
    for (int i = 0; i < n; i++) {
        const offer *o = &offers[i];
        fp_buf_printf(out, "%s,%s,", o->person, COACHES[o->coach].id);
        put_date(out, o->offered);
        fp_buf_printf(out, ",%s,%s,%s,", o->eligible, o->consented, o->reason);
        put_date(out, o->included);
        fp_buf_put_char(out, '\n');
    }
}

/* ---- answers -------------------------------------------------------------------------------- */

enum { WAVES = 5, WAVE_MONTHS = 6, MONTH_DAYS = 30 };

/* What a score from 0 to 100 does over the waves, in points. */
typedef struct {
    const char *item;
    int at_start, spread;        /* of people at the start */
    int gain[WAVES];             /* of everybody since the start */
    int ips[WAVES], work[WAVES]; /* of who gets IPS; of who has found work by then */
} score;

static const score SCORES[] = {
    {"participation", 48, 24, {0, 2, 4, 4, 5}, {0, 3, 4, 3, 3}, {0, 7, 9, 8, 8}},
    {"quality_of_life", 55, 20, {0, 1, 2, 2, 2}, {0, 1, 1, 2, 1}, {0, 3, 4, 4, 4}},
};

static int within(int low, int value, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Roughly normal, with a standard deviation of spread / 2. */
static int around(fp_rng *rng, int spread)
{
    int sum = 0;
    for (int k = 0; k < 3; k++)
        sum += between(rng, -spread, spread);
    return sum / 2;
}

static bool in_work(const person *p, int wave)
{
    return p->work_day != NO_WORK && p->work_day <= wave * WAVE_MONTHS * MONTH_DAYS;
}

/* The scores of one person at one wave; now and then a sheet comes back with an empty box. */
static void write_wave(fp_buf *out, fp_rng *rng, const person *p, int wave, const int *level)
{
    for (int k = 0; k < COUNT(SCORES); k++) {
        const score *s = &SCORES[k];
        int value = level[k] + s->gain[wave] + (COACHES[p->coach].ips ? s->ips[wave] : 0) +
                    (in_work(p, wave) ? s->work[wave] : 0) + around(rng, s->spread / 3);
        fp_buf_printf(out, "%s,%dm,%s,", p->id, wave * WAVE_MONTHS, s->item);
        if (one_in(rng, 60))
            fp_buf_put_char(out, '\n');
        else
            fp_buf_printf(out, "%d\n", within(0, value, 100));
    }
}

/* Scores every half year. One in twelve stops answering at each wave, half of those who have work
 * excepted; one in twenty misses a single wave. */
static void write_answers(fp_buf *out, const person *people)
{
    fp_rng rng;
    int of_coach[COACH_COUNT];
    fp_rng_init(&rng, SEED, FP_RNG_EXAMPLE, 6);
    for (int c = 0; c < COACH_COUNT; c++)
        of_coach[c] = between(&rng, -3, 3);
    fp_buf_put(out, "person,wave,item,value\n");
    for (int i = 0; i < PEOPLE; i++) {
        const person *p = &people[i];
        int level[COUNT(SCORES)];
        for (int k = 0; k < COUNT(SCORES); k++)
            level[k] = SCORES[k].at_start + of_coach[p->coach] + (p->ready ? 4 : 0) +
                       around(&rng, SCORES[k].spread);
        for (int wave = 0; wave < WAVES; wave++) {
            bool stops = wave > 0 && one_in(&rng, 12), misses = one_in(&rng, 20);
            if (stops && !(in_work(p, wave) && one_in(&rng, 2)))
                break;
            if (!misses)
                write_wave(out, &rng, p, wave, level);
        }
    }
}

static fp_status write_file(const char *folder, const char *name, fp_buf *text, fp_err *err)
{
    FP_BUF_SCOPED(path, 4096);
    fp_buf_printf(&path, "%s/%s", folder, name);
    FP_TRY(fp_buf_ok(&path, err));
    FP_TRY(fp_buf_ok(text, err));
    return fp_file_write(path.p, fp_buf_str(text), err);
}

static fp_status make(const char *folder, fp_err *err)
{
    person people[PEOPLE];
    plan_people(people);
    enrol(people);
    FP_BUF_SCOPED(coaches, FP_MIB);
    FP_BUF_SCOPED(persons, FP_MIB);
    FP_BUF_SCOPED(recruitment, FP_MIB);
    FP_BUF_SCOPED(answers, FP_MIB);
    spells s = {0};
    fp_buf_init(&s.rows, FP_MIB);
    write_coaches(&coaches);
    write_people(&persons, people);
    write_episodes(&s, people);
    write_recruitment(&recruitment, people);
    write_answers(&answers, people);
    fp_status status = fp_dir_make(folder, err);
    if (status == FP_OK)
        status = write_file(folder, "coaches.csv", &coaches, err);
    if (status == FP_OK)
        status = write_file(folder, "people.csv", &persons, err);
    if (status == FP_OK)
        status = write_file(folder, "recruitment.csv", &recruitment, err);
    if (status == FP_OK)
        status = write_file(folder, "answers.csv", &answers, err);
    if (status == FP_OK)
        status = write_file(folder, "episodes.csv", &s.rows, err);
    fp_buf_clear(&s.rows);
    return status;
}

int main(int argc, char **argv)
{
    fp_err err = {0};
    if (argc != 2) {
        (void)fputs("usage: make_amsterdam FOLDER\n", stderr);
        return fp_status_exit(FP_USAGE);
    }
    fp_status status = make(argv[1], &err);
    if (status != FP_OK) {
        char text[1200];
        fp_err_text(&err, text, sizeof text);
        (void)fprintf(stderr, "make_amsterdam: %s\n", text);
    }
    return fp_status_exit(status);
}
