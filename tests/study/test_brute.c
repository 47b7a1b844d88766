#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "run_suite.h"
#include "study/brute.h"
#include "study/study_fixture.h"

#define PEOPLE    10000
#define MOST_ROWS 12
#define FOLLOW_UP 350

static const char yaml[] =
    "study: { id: random }\n"
    "design: { kind: single-group }\n"
    "sources:\n"
    "  people: { file: people.csv, id: person, start: start, end: end, end_reason: why }\n"
    "  episodes: { file: episodes.csv, person: person, start: start, end: end, hours: hours, kind: "
    "kind }\n"
    "outcomes:\n"
    "  - { id: work, kind: time-to-event, follow_up: 350d, competing: [died], rule: { kinds: "
    "[regular, subsidised] } }\n";

typedef struct {
    brute_person person;
    brute_row rows[MOST_ROWS];
    int n;
} random_person;

static int between(fp_rng *rng, int low, int high)
{
    return low + (int)fp_rng_below(rng, (uint32_t)(high - low + 1));
}

/* Lengths crowd around 28 days, hours around 12. */
static int random_length(fp_rng *rng)
{
    switch (fp_rng_below(rng, 4)) {
    case 0:
        return between(rng, 1, 12);
    case 1:
        return between(rng, 26, 29);
    case 2:
        return between(rng, 13, 40);
    default:
        return between(rng, 1, 300);
    }
}

static void random_row(fp_rng *rng, const brute_person *person, fp_day *cursor, brute_row *row)
{
    static const char *const hours[] = {"4",    "8",   "8",   "6",    "12",  "12",  "16",  "24",
                                        "32",   "4.1", "7.9", "11.9", "3.3", "8.7", "80",  "0",
                                        "80.5", "",    "-8",  "4",    "20",  "36",  "0.1", "11.95"};
    static const char *const kinds[] = {"regular", "regular", "regular", "subsidised", "trial", ""};
    bool follows = fp_rng_below(rng, 3) > 0;
    row->start = follows ? *cursor + between(rng, -4, 9) : person->start + between(rng, -120, 420);
    row->end = row->start + random_length(rng) - 1;
    *cursor = row->end;
    if (fp_rng_below(rng, 12) == 0)
        row->end = FP_DAY_NONE;
    else if (fp_rng_below(rng, 25) == 0)
        row->end = row->start - between(rng, 1, 40);
    const char *h = hours[fp_rng_below(rng, sizeof hours / sizeof *hours)];
    row->hours = h[0] ? strtod(h, NULL) : (double)NAN;
    row->kind = kinds[fp_rng_below(rng, sizeof kinds / sizeof *kinds)];
    fp_day_format(row->start, row->text[0]);
    row->text[1][0] = '\0';
    if (row->end != FP_DAY_NONE)
        fp_day_format(row->end, row->text[1]);
    (void)snprintf(row->text[2], sizeof row->text[2], "%s", h);
    (void)snprintf(row->text[3], sizeof row->text[3], "%s", row->kind);
}

static void random_one(uint64_t i, random_person *out)
{
    static const char *const reasons[] = {"", "", "died", "moved"};
    fp_rng rng;
    fp_rng_init(&rng, 20240607, FP_RNG_TEST, i);
    memset(out, 0, sizeof *out);
    out->person.start = day_of("2020-01-20") + between(&rng, 0, 800);
    out->person.end = out->person.start +
                      (fp_rng_below(&rng, 3) ? between(&rng, 300, 460) : between(&rng, 0, 420));
    out->person.end_reason = reasons[fp_rng_below(&rng, 4)];
    out->n = between(&rng, 0, MOST_ROWS);
    fp_day cursor = out->person.start + between(&rng, -60, 120);
    for (int k = 0; k < out->n; k++) {
        if (k > 0 && fp_rng_below(&rng, 15) == 0)
            out->rows[k] = out->rows[fp_rng_below(&rng, (uint32_t)k)];
        else
            random_row(&rng, &out->person, &cursor, &out->rows[k]);
    }
}

/* The same people as files, the rows of all of them mixed. */
static void write_files(const random_person *all, fp_buf *people, fp_buf *episodes)
{
    fp_buf_put(people, "person,start,end,why\n");
    fp_buf_put(episodes, "person,start,end,hours,kind\n");
    for (int i = 0; i < PEOPLE; i++) {
        char start[16], end[16];
        fp_day_format(all[i].person.start, start);
        fp_day_format(all[i].person.end, end);
        fp_buf_printf(people, "p%d,%s,%s,%s\n", i, start, end, all[i].person.end_reason);
    }
    for (int k = 0; k < MOST_ROWS; k++)
        for (int i = PEOPLE; i-- > 0;)
            if (k < all[i].n) {
                const brute_row *r = &all[i].rows[k];
                fp_buf_printf(episodes, "p%d,%s,%s,%s,%s\n", i, r->text[0], r->text[1], r->text[2],
                              r->text[3]);
            }
}

static random_person *everybody;
static study world;

static void set_up(void)
{
    everybody = calloc(PEOPLE, sizeof *everybody);
    ck_assert_ptr_nonnull(everybody);
    for (int i = 0; i < PEOPLE; i++)
        random_one((uint64_t)i, &everybody[i]);
    FP_BUF_SCOPED(people, 16 * FP_MIB);
    FP_BUF_SCOPED(episodes, 64 * FP_MIB);
    write_files(everybody, &people, &episodes);
    study_begin(&world, yaml, NULL, people.p, episodes.p);
    ck_assert_int_eq(world.problems.errors, 0);
    ck_assert_int_eq(world.data.person_count, PEOPLE);
}

static void tear_down(void)
{
    study_end(&world);
    free(everybody);
}

static bool agree(const brute_outcome *b, const fp_person_outcome *o)
{
    return b->fate == o->fate && b->time == o->time && b->at_work == o->at_work_at_start &&
           strcmp(b->reason, o->reason) == 0;
}

/* Compare everybody under one rule; counts fates so that a comparison of nothing is seen. */
static int differences(const fp_outcome_rule *rule, int fates[5])
{
    fp_outcomes outcomes;
    int different = 0;
    brute_calendar *calendar = malloc(sizeof *calendar);
    ck_assert_ptr_nonnull(calendar);
    fp_arena_point mark = fp_arena_mark(world.arena);
    ck_assert_int_eq(fp_outcomes_derive(&world.data, &world.protocol.outcomes[0], rule, world.arena,
                                        &outcomes, NULL),
                     FP_OK);
    for (int i = 0; i < PEOPLE; i++) {
        random_person *r = &everybody[i];
        brute_repairs(rule, &r->person, r->rows, r->n);
        brute_fill(rule, &r->person, r->rows, r->n, calendar);
        brute_outcome b = brute_judge(rule, FOLLOW_UP, "died", &r->person, calendar);
        different += !agree(&b, &outcomes.people[i]);
        fates[b.fate]++;
    }
    fp_arena_rewind(world.arena, mark);
    free(calendar);
    return different;
}

START_TEST(ten_thousand_people_day_by_day)
{
    static const int gaps[] = {0, 3, 7};
    fp_outcome_rule rule = world.protocol.outcomes[0].rule;
    rule.gap_days = gaps[_i % 3];
    rule.concurrent = _i / 3 ? FP_CONCURRENT_LARGEST : FP_CONCURRENT_SUM;
    int fates[5] = {0};
    for (int at_start = 0; at_start < 3; at_start++)
        for (int date = 0; date < 2; date++) {
            rule.at_start = (fp_at_start)at_start;
            rule.date = (fp_event_date)date;
            ck_assert_int_eq(differences(&rule, fates), 0);
        }
    ck_assert_int_gt(fates[FP_FATE_CENSORED], PEOPLE / 2);
    ck_assert_int_gt(fates[FP_FATE_EVENT], PEOPLE / 2);
    ck_assert_int_gt(fates[FP_FATE_COMPETING], 500);
    ck_assert_int_gt(fates[FP_FATE_EXCLUDED], 500);
}
END_TEST

START_TEST(other_days_and_hours)
{
    fp_outcome_rule rule = world.protocol.outcomes[0].rule;
    int fates[5] = {0};
    rule.kind_count = 0;
    for (int k = 0; k < 4; k++) {
        rule.min_days = k < 2 ? 1 : 90;
        rule.min_hours_per_week = k % 2 ? 20 : 0.1;
        rule.gap_days = k;
        ck_assert_int_eq(differences(&rule, fates), 0);
    }
}
END_TEST

/* Each row is counted under the same repair. */
START_TEST(repairs_row_by_row)
{
    fp_outcomes outcomes = derive(&world, "work");
    ptrdiff_t seen[FP_REPAIR_COUNT] = {0};
    int different = 0;
    for (int i = 0; i < PEOPLE; i++) {
        random_person *r = &everybody[i];
        ptrdiff_t want[FP_REPAIR_COUNT] = {0}, got[FP_REPAIR_COUNT] = {0};
        brute_repairs(&world.protocol.outcomes[0].rule, &r->person, r->rows, r->n);
        for (int k = 0; k < r->n; k++)
            want[r->rows[k].repair]++;
        for (ptrdiff_t k = world.data.first_spell[i]; k < world.data.first_spell[i + 1]; k++) {
            got[outcomes.repair[k]]++;
            seen[outcomes.repair[k]]++;
        }
        different += memcmp(want, got, sizeof want) != 0;
    }
    ck_assert_int_eq(different, 0);
    for (int r = 0; r < FP_REPAIR_COUNT; r++)
        ck_assert_msg(r == FP_REPAIR_UNKNOWN_PERSON || seen[r] > 500, "%s",
                      fp_repair_key((fp_repair)r));
}
END_TEST

/* "`status-at` month m: days 30.4375(m-1) to 30.4375 m after the start; hours = daily weekly-hours
 * / 7 summed; unobserved when `end` falls inside". NaN = unobserved. */
static double hours_in_month(const random_person *r, const brute_calendar *calendar, int month)
{
    double hours = 0;
    for (int d = 0; d < 30.4375 * month; d++) {
        if (d < 30.4375 * (month - 1))
            continue;
        if (r->person.start + d > r->person.end)
            return (double)NAN;
        hours += calendar->hours[r->person.start + d - calendar->origin] / 7;
    }
    return hours;
}

START_TEST(status_in_a_month_day_by_day)
{
    fp_outcome_spec spec = world.protocol.outcomes[0];
    fp_outcomes outcomes;
    ptrdiff_t fates[5] = {0};
    brute_calendar *calendar = malloc(sizeof *calendar);
    ck_assert_ptr_nonnull(calendar);
    spec.kind = FP_OUTCOME_STATUS_AT;
    spec.month = 1 + _i;
    spec.min_hours_per_month = 48;
    ck_assert_int_eq(fp_outcomes_derive(&world.data, &spec, NULL, world.arena, &outcomes, NULL),
                     FP_OK);
    for (int i = 0; i < PEOPLE; i++) {
        random_person *r = &everybody[i];
        const fp_person_outcome *o = &outcomes.people[i];
        brute_repairs(&spec.rule, &r->person, r->rows, r->n);
        brute_fill(&spec.rule, &r->person, r->rows, r->n, calendar);
        double hours = hours_in_month(r, calendar, spec.month);
        fp_fate fate = isnan(hours)           ? FP_FATE_UNOBSERVED
                       : hours >= 48.0 - 1e-9 ? FP_FATE_EVENT
                                              : FP_FATE_CENSORED;
        fates[o->fate]++;
        ck_assert_int_eq(o->fate, fate);
        ck_assert_int_eq(o->time, -1);
        ck_assert(isnan(hours) ? isnan(o->hours) : fabs(hours - o->hours) < 1e-9);
    }
    ck_assert_int_gt(fates[FP_FATE_UNOBSERVED], 100);
    ck_assert_int_gt(fates[FP_FATE_EVENT], 500);
    ck_assert_int_gt(fates[FP_FATE_CENSORED], 500);
    free(calendar);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study brute force");
    TCase *tcase = tcase_create("brute force");
    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, ten_thousand_people_day_by_day, 0, 6);
    tcase_add_test(tcase, other_days_and_hours);
    tcase_add_test(tcase, repairs_row_by_row);
    tcase_add_loop_test(tcase, status_in_a_month_day_by_day, 0, 13);
    return run_suite(suite);
}
