#ifndef FP_STUDY_OUTCOME_PRIV_H
#define FP_STUDY_OUTCOME_PRIV_H

#include "study/outcome.h"

#define FP_HOURS_MOST  80.0
#define FP_HOURS_SLACK 1e-9 /* hours that differ less are the same */

/* Under which repair a row is counted: the first that it needs.
 * in   kind_counts  of each of data->kinds, as fp_kinds_that_count() gives them
 * in   person       NULL = unknown */
fp_repair fp_repair_of(const fp_outcome_rule *rule, const bool *kind_counts,
                       const fp_person *person, const fp_spell *spell);
/* Whether the rule counts each of data->kinds. */
FP_MUST_USE fp_status fp_kinds_that_count(const fp_study_data *data, const fp_outcome_rule *rule,
                                          fp_arena *arena, const bool **out, fp_err *err);
/* Hours a week with which a row counts, after what the rule of a sensitivity variant says. */
double fp_hours_counted(const fp_outcome_rule *rule, double hours);

/* A run of meeting days. */
typedef struct {
    fp_day first, last;
    fp_day reached; /* the meeting day on which it is min_days long; FP_DAY_NONE = never */
} fp_run;

/* Room for the runs of a person with at most `capacity` spells. */
typedef struct {
    ptrdiff_t capacity;
    ptrdiff_t *order; /* capacity: spells by last day */
    fp_day *last;     /* capacity: last day of each spell, cut at the person's end */
    double *tree;     /* 2 * leaves: hours of the active spells, sums or maxima above them */
    ptrdiff_t leaves; /* power of two >= capacity */
    fp_run *runs;     /* 2 capacity */
} fp_run_work;
FP_MUST_USE fp_status fp_run_work_init(fp_run_work *work, ptrdiff_t capacity, fp_arena *arena,
                                       fp_err *err);
/* Runs of one person in work->runs; returns their number.
 * Method: a sweep over the days on which a spell begins or has ended. Active hours are leaves of a
 *         tree whose root is their sum (or maximum), each time formed anew from the leaves, so
 *         that nothing drifts. Cost: O(n log n), whatever the length of the spells. */
ptrdiff_t fp_runs_find(const fp_outcome_rule *rule, const fp_spell *spells, ptrdiff_t n,
                       fp_day register_end, fp_run_work *work);

/* First and last day of month m of the status-at outcome, in days after the start. */
void fp_status_month(int month, int *first, int *last);

#endif
