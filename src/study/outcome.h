#ifndef FP_STUDY_OUTCOME_H
#define FP_STUDY_OUTCOME_H

#include "study/data.h"

/* Why a row of the episodes source does not count, in the order in which the repairs are tried:
 * each row is counted under its first. One table gives enum, key and words. */
#define FP_REPAIR_MAP(X)                                                                           \
    X(NONE, "used", "counts")                                                                      \
    X(UNKNOWN_PERSON, "unknown-person", "the person is not in the people source")                  \
    X(DUPLICATE, "duplicate", "the same row stands there twice; one is kept")                      \
    X(REVERSED, "reversed-dates", "the end lies before the start")                                 \
    X(AFTER_END, "after-end", "begins after the last day that the register covers")                \
    X(NO_HOURS, "hours-missing-or-zero", "hours missing or not above 0")                           \
    X(TOO_MANY_HOURS, "hours-above-80", "more than 80 hours a week")                               \
    X(OTHER_KIND, "other-kind", "of a kind that the rule does not count")
typedef enum {
#define X(name, key, words) FP_REPAIR_##name,
    FP_REPAIR_MAP(X)
#undef X
        FP_REPAIR_COUNT
} fp_repair;
const char *fp_repair_key(fp_repair repair);
const char *fp_repair_words(fp_repair repair);

typedef enum {
    FP_FATE_CENSORED = 0,
    FP_FATE_EVENT = 1,
    FP_FATE_COMPETING = 2,
    FP_FATE_EXCLUDED = 3,
    FP_FATE_UNOBSERVED = 4
} fp_fate;

/* What became of one person. */
typedef struct {
    fp_fate fate;
    int time;                   /* days from the start; -1 where empty */
    const char *reason;         /* "sustained-work", "end-of-follow-up", "end-of-register",
                                   "at-work-at-start", the end reason of a competing event, ... */
    fp_day run_first, run_last; /* first and last meeting day of the qualifying run; FP_DAY_NONE */
    fp_day limit;               /* latest onset whose fate is known */
    bool at_work_at_start;
    double hours; /* status-at: hours in the month; NaN else */
} fp_person_outcome;

/* All people for one outcome. */
typedef struct {
    const fp_outcome_spec *spec;
    ptrdiff_t n;
    const fp_person_outcome *people; /* in the order of data->people */
    const uint8_t *repair;           /* spell_count: fp_repair of each spell of data->spells */
    fp_outcome_rule rule;            /* the rule that was followed */
} fp_outcomes;

/* Derive an outcome for everybody: DESIGN.md "Time to sustained work", sentence by sentence
 * (docs/methods/outcomes.md). Spells are read once, person by person, in their sorted order, in
 * fixed chunks of people on the threads of data->work: the same bits on any number of them.
 * in   rule   NULL = spec->rule (sensitivity variants pass their own)
 * Errors: FP_NOMEM. Cost: O(spells log spells-of-a-person); 40 bytes a person and 1 a spell. */
FP_MUST_USE fp_status fp_outcomes_derive(const fp_study_data *data, const fp_outcome_spec *spec,
                                         const fp_outcome_rule *rule, fp_arena *arena,
                                         fp_outcomes *outcomes, fp_err *err);

/* The core: one person. Exposed for tests and for explaining.
 * in   spells  of this person that count (repair NONE), n, sorted by start
 * out  runs    maximal runs with their length, in `arena`, when not NULL */
typedef struct {
    fp_day first, last; /* meeting days, both included */
    bool qualifies;
} fp_run_of_work;
FP_MUST_USE fp_status fp_outcome_of_person(const fp_outcome_spec *spec, const fp_outcome_rule *rule,
                                           const fp_person *person, const fp_spell *spells,
                                           ptrdiff_t n, fp_arena *arena, fp_person_outcome *outcome,
                                           const fp_run_of_work **runs, ptrdiff_t *run_count,
                                           fp_err *err);

/* `person,outcome,time,event,reason` with a header; people in file order, outcomes in plan order.
 */
void fp_outcomes_csv_header(fp_buf *out);
void fp_outcomes_csv(const fp_study_data *data, const fp_outcomes *outcomes, fp_buf *out);
/* Plain words, spell by spell: each row with its file and line, what happened to it and why, the
 * runs that were formed, and what follows for this person. English. */
FP_MUST_USE fp_status fp_outcome_explain(const fp_study_data *data, const fp_outcomes *outcomes,
                                         ptrdiff_t person, fp_arena *arena, fp_buf *out,
                                         fp_err *err);
/* The repair table: repair, rows, and people concerned; by arm when `by_arm`. Tab-aligned text. */
void fp_outcomes_counts(const fp_study_data *data, const fp_outcomes *outcomes, bool by_arm,
                        fp_buf *out);

#endif
