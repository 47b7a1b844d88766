#include "study/outcome.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

#include "study/outcome_priv.h"

#define DAYS_PER_MONTH 30.4375

static fp_day earlier(fp_day a, fp_day b)
{
    return a < b ? a : b;
}

static bool qualifies(const fp_outcome_rule *rule, const fp_run *run)
{
    return run->last - run->first + 1 >= rule->min_days;
}

static bool is_competing(const fp_outcome_spec *spec, const fp_person *person)
{
    for (ptrdiff_t i = 0; i < spec->competing_count; i++)
        if (!strcmp(spec->competing[i], person->end_reason))
            return true;
    return false;
}

static void take_run(fp_person_outcome *outcome, fp_fate fate, int time, const char *reason,
                     const fp_run *run)
{
    outcome->fate = fate;
    outcome->time = time;
    outcome->reason = reason;
    outcome->run_first = run->first;
    outcome->run_last = run->last;
}

/* "A qualifying run that began before the start and has its last meeting day on or after it". */
static const fp_run *run_at_start(const fp_outcome_rule *rule, const fp_person *person,
                                  const fp_run *runs, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n && runs[i].first < person->start; i++)
        if (runs[i].last >= person->start && qualifies(rule, &runs[i]))
            return &runs[i];
    return NULL;
}

/* "The first qualifying run that begins in [start, limit]"; with `qualifying-day` the day on which
 * it reaches min_days must not lie after the limit either. */
static const fp_run *first_onset(const fp_outcome_rule *rule, const fp_person *person,
                                 const fp_run *runs, ptrdiff_t n, fp_day limit, fp_day *day)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        if (runs[i].first < person->start || !qualifies(rule, &runs[i]))
            continue;
        *day = rule->date == FP_DATE_QUALIFYING_DAY ? runs[i].reached : runs[i].first;
        return *day <= limit ? &runs[i] : NULL;
    }
    return NULL;
}

/* Why a person was followed no longer: the one of the two that made the limit. */
static const char *why_censored(const fp_person *person, fp_day by_follow_up, fp_day by_register)
{
    if (by_follow_up <= by_register)
        return "end-of-follow-up";
    return person->end_reason[0] ? person->end_reason : "end-of-register";
}

static fp_person_outcome time_to_event(const fp_outcome_spec *spec, const fp_outcome_rule *rule,
                                       const fp_person *person, const fp_run *runs, ptrdiff_t n)
{
    fp_day by_follow_up = person->start + spec->follow_up;
    fp_day by_register = rule->date == FP_DATE_QUALIFYING_DAY
                             ? person->end
                             : person->end - (rule->min_days - 1) - rule->gap_days;
    fp_person_outcome outcome = {.run_first = FP_DAY_NONE,
                                 .run_last = FP_DAY_NONE,
                                 .limit = earlier(by_follow_up, by_register),
                                 .hours = (double)NAN};
    const fp_run *at_start = run_at_start(rule, person, runs, n);
    outcome.at_work_at_start = at_start != NULL;
    if (at_start && rule->at_start == FP_AT_START_EXCLUDE) {
        take_run(&outcome, FP_FATE_EXCLUDED, -1, "at-work-at-start", at_start);
        return outcome;
    }
    if (at_start && rule->at_start == FP_AT_START_EVENT_AT_0) {
        take_run(&outcome, FP_FATE_EVENT, 0, "at-work-at-start", at_start);
        return outcome;
    }
    fp_day day;
    const fp_run *onset = first_onset(rule, person, runs, n, outcome.limit, &day);
    if (onset) {
        take_run(&outcome, FP_FATE_EVENT, day - person->start, "sustained-work", onset);
    } else if (is_competing(spec, person) && person->end <= by_follow_up) {
        outcome.fate = FP_FATE_COMPETING;
        outcome.time = person->end - person->start;
        outcome.reason = person->end_reason;
    } else {
        outcome.fate = FP_FATE_CENSORED;
        outcome.time = outcome.limit > person->start ? outcome.limit - person->start : 0;
        outcome.reason = why_censored(person, by_follow_up, by_register);
    }
    return outcome;
}

void fp_status_month(int month, int *first, int *last)
{
    *first = (int)ceil(DAYS_PER_MONTH * (month - 1));
    *last = (int)ceil(DAYS_PER_MONTH * month) - 1;
}

static fp_person_outcome status_at(const fp_outcome_spec *spec, const fp_outcome_rule *rule,
                                   const fp_person *person, const fp_spell *spells, ptrdiff_t n)
{
    int first, last;
    fp_status_month(spec->month, &first, &last);
    fp_day from = person->start + first, to = person->start + last;
    fp_person_outcome outcome = {.run_first = FP_DAY_NONE,
                                 .run_last = FP_DAY_NONE,
                                 .time = -1,
                                 .limit = to,
                                 .hours = (double)NAN};
    if (person->end < to) {
        outcome.fate = FP_FATE_UNOBSERVED;
        outcome.reason = person->end_reason[0] ? person->end_reason : "end-of-register";
        return outcome;
    }
    outcome.hours = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        fp_day begin = spells[i].start > from ? spells[i].start : from;
        fp_day end = spells[i].end == FP_DAY_NONE ? to : earlier(spells[i].end, to);
        if (end >= begin)
            outcome.hours += fp_hours_counted(rule, spells[i].hours) / 7 * (end - begin + 1);
    }
    bool enough = outcome.hours >= spec->min_hours_per_month - FP_HOURS_SLACK;
    outcome.fate = enough ? FP_FATE_EVENT : FP_FATE_CENSORED;
    outcome.reason = enough ? "hours-reached" : "hours-not-reached";
    return outcome;
}

static fp_person_outcome derive_one(const fp_outcome_spec *spec, const fp_outcome_rule *rule,
                                    const fp_person *person, const fp_spell *spells, ptrdiff_t n,
                                    fp_run_work *work, ptrdiff_t *run_count)
{
    *run_count = 0;
    if (spec->kind == FP_OUTCOME_STATUS_AT)
        return status_at(spec, rule, person, spells, n);
    *run_count = fp_runs_find(rule, spells, n, person->end, work);
    return time_to_event(spec, rule, person, work->runs, *run_count);
}

fp_status fp_outcome_of_person(const fp_outcome_spec *spec, const fp_outcome_rule *rule,
                               const fp_person *person, const fp_spell *spells, ptrdiff_t n,
                               fp_arena *arena, fp_person_outcome *outcome,
                               const fp_run_of_work **runs, ptrdiff_t *run_count, fp_err *err)
{
    fp_run_work work;
    fp_run_of_work *copy;
    ptrdiff_t count;
    FP_TRY(fp_run_work_init(&work, n, arena, err));
    fp_person_outcome found = derive_one(spec, rule, person, spells, n, &work, &count);
    FP_ARRAY(copy, arena, count, err);
    for (ptrdiff_t i = 0; i < count; i++)
        copy[i] =
            (fp_run_of_work){work.runs[i].first, work.runs[i].last, qualifies(rule, &work.runs[i])};
    *outcome = found;
    if (runs) {
        *runs = copy;
        *run_count = count;
    }
    return FP_OK;
}

/* ---- everybody ------------------------------------------------------------------------------- */

enum { CHUNK = 4096 }; /* people; the same whatever the number of threads */

typedef struct {
    const fp_study_data *data;
    const fp_outcome_spec *spec;
    const fp_outcome_rule *rule;
    const bool *kind_counts;
    fp_person_outcome *people;
    uint8_t *repair;
    fp_status *status; /* of each chunk */
    fp_err *err;
} derivation;

/* Repair the rows of a person; those that count are moved together in `counted`, their number is
 * returned. */
static ptrdiff_t gather(const derivation *d, ptrdiff_t person, fp_spell *counted)
{
    const fp_study_data *data = d->data;
    ptrdiff_t n = 0;
    for (ptrdiff_t i = data->first_spell[person]; i < data->first_spell[person + 1]; i++) {
        fp_repair repair =
            fp_repair_of(d->rule, d->kind_counts, &data->people[person], &data->spells[i]);
        d->repair[i] = (uint8_t)repair;
        if (repair == FP_REPAIR_NONE)
            counted[n++] = data->spells[i];
    }
    return n;
}

static fp_status derive_people(const derivation *d, ptrdiff_t from, ptrdiff_t to, fp_err *err)
{
    const ptrdiff_t *first = d->data->first_spell;
    fp_spell *counted;
    fp_run_work work;
    ptrdiff_t most = 0, run_count;
    for (ptrdiff_t i = from; i < to; i++)
        most = first[i + 1] - first[i] > most ? first[i + 1] - first[i] : most;
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_ARRAY(counted, scratch, most, err);
    FP_TRY(fp_run_work_init(&work, most, scratch, err));
    for (ptrdiff_t i = from; i < to; i++) {
        ptrdiff_t n = gather(d, i, counted);
        d->people[i] =
            derive_one(d->spec, d->rule, &d->data->people[i], counted, n, &work, &run_count);
    }
    return FP_OK;
}

static void derive_chunk(void *context, long i)
{
    const derivation *d = context;
    ptrdiff_t from = i * CHUNK, end = d->data->person_count;
    ptrdiff_t to = from + CHUNK < end ? from + CHUNK : end;
    d->status[i] = derive_people(d, from, to, &d->err[i]);
    fp_progress_add(d->data->work.progress, to - from);
}

static fp_status derive_all(derivation *d, long chunks, fp_err *err)
{
    const fp_work *work = &d->data->work;
    fp_progress_begin(work->progress, "deriving the outcome", d->spec->id, d->data->person_count);
    fp_parallel(work->threads, chunks, derive_chunk, d);
    fp_progress_end(work->progress);
    for (long i = 0; i < chunks; i++)
        if (d->status[i] != FP_OK) {
            if (err)
                *err = d->err[i];
            return d->status[i];
        }
    return FP_OK;
}

/* Answers have no fate: who gave none at any wave is unobserved. */
static fp_status derive_answers(const fp_study_data *data, const fp_outcome_spec *spec,
                                fp_arena *arena, fp_outcomes *outcomes, fp_err *err)
{
    fp_person_outcome *people;
    uint8_t *repair;
    FP_ARRAY(people, arena, data->person_count, err);
    FP_ARRAY(repair, arena, data->spell_count, err);
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        people[i] = (fp_person_outcome){.fate = FP_FATE_UNOBSERVED,
                                        .time = -1,
                                        .reason = "no-answer",
                                        .run_first = FP_DAY_NONE,
                                        .run_last = FP_DAY_NONE,
                                        .limit = FP_DAY_NONE,
                                        .hours = FP_NUM_NAN};
    for (ptrdiff_t i = 0; i < data->answer_count; i++)
        if (strcmp(data->items[data->answers[i].item], spec->item) == 0) {
            people[data->answers[i].person].fate = FP_FATE_CENSORED;
            people[data->answers[i].person].reason = "answered";
        }
    *outcomes =
        (fp_outcomes){.spec = spec, .n = data->person_count, .people = people, .repair = repair};
    return FP_OK;
}

fp_status fp_outcomes_derive(const fp_study_data *data, const fp_outcome_spec *spec,
                             const fp_outcome_rule *rule, fp_arena *arena, fp_outcomes *outcomes,
                             fp_err *err)
{
    fp_outcomes derived = {.spec = spec, .n = data->person_count};
    derivation d = {.data = data, .spec = spec, .rule = rule ? rule : &spec->rule};
    long chunks = (long)((data->person_count + CHUNK - 1) / CHUNK);
    if (spec->kind == FP_OUTCOME_ANSWER)
        return derive_answers(data, spec, arena, outcomes, err);
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_ARRAY(d.people, arena, data->person_count, err);
    FP_ARRAY(d.repair, arena, data->spell_count, err);
    FP_ARRAY(d.status, scratch, chunks, err);
    FP_ARRAY(d.err, scratch, chunks, err);
    FP_TRY(fp_kinds_that_count(data, d.rule, scratch, &d.kind_counts, err));
    memset(d.repair, FP_REPAIR_UNKNOWN_PERSON, (size_t)data->unknown_spells);
    FP_TRY(derive_all(&d, chunks, err));
    derived.rule = *d.rule;
    derived.people = d.people;
    derived.repair = d.repair;
    *outcomes = derived;
    return FP_OK;
}
