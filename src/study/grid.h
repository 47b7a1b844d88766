#ifndef FP_STUDY_GRID_H
#define FP_STUDY_GRID_H

#include "stats/permutation_joint.h"
#include "study/results.h"

/* One analysis of the plan over a grid of outcome rules: the specification curve, and one test of
 * the whole of it. docs/methods/specification-curve.md. */

/* The five choices of a rule that are varied; what else the rule says stays as planned. */
typedef enum {
    FP_GRID_MIN_DAYS,
    FP_GRID_HOURS,
    FP_GRID_GAP_DAYS,
    FP_GRID_CONCURRENT,
    FP_GRID_AT_START,
    FP_GRID_CHOICES
} fp_grid_choice;
/* "min_days", ...: the key in study.yaml. */
const char *fp_grid_key(fp_grid_choice choice);

enum { FP_GRID_MOST = 8 }; /* values of a choice */

typedef struct {
    int value[FP_GRID_CHOICES]; /* index among the values of each choice */
    fp_outcome_rule rule;
    char state[24]; /* of the fit; "nobody_followed", "not_fitted" where there is none */
    ptrdiff_t followed, events;
    double hr, lower, upper, p; /* as the analysis itself would give them; NaN = not estimated */
    double p_permutation;       /* of this rule alone; NaN where there is no permutation test */
} fp_grid_rule;

typedef struct {
    const fp_analysis_spec *spec;
    const fp_outcome_spec *outcome;
    const char *term;    /* "ipswith" */
    const char *formula; /* as written in the plan */
    ptrdiff_t value_count[FP_GRID_CHOICES];
    const char *values[FP_GRID_CHOICES][FP_GRID_MOST]; /* as in study.yaml */
    ptrdiff_t count;
    const fp_grid_rule *rules;      /* the first choice varies slowest */
    ptrdiff_t planned;              /* index of the pre-registered rule */
    ptrdiff_t estimated;            /* rules with an estimate */
    double median, lowest, highest; /* of their hazard ratios; NaN = none */
    ptrdiff_t above;                /* hazard ratio above 1 */
    ptrdiff_t rank;                 /* of the pre-registered rule among them, from 1; 0 = none */
    const char *no_joint;           /* why there is no joint test; NULL = there is */
    const char *null;               /* of the joint test, in words */
    ptrdiff_t tested; /* rules that take part: those with events that re-allocation can move */
    fp_permutation_result joint, largest; /* the median of the standardised effects (the headline),
                                             and the largest of them */
} fp_grid;

/* Carry out one analysis of the plan under every rule of the grid.
 * Grid: min_days 14 28 42 60 90; min_hours_per_week 8 12 16 20 24; gap_days 0 7; concurrent;
 *         at_start; each with the planned value where it is not among them.
 * Method: the outcome is derived and the model fitted anew under each rule, rules in parallel; for
 *         the joint test the sums by coach of the martingale residuals of the null model stratified
 *         by the other factors, one column a rule, over the same allocations
 *         (fp_permutation_joint; sampled above 200,000).
 * Source: Simonsohn, Simmons & Nelson 2020, doi 10.1038/s41562-020-0912-z.
 * in    analysis  id; NULL = the first primary analysis with the effect of a factor of two levels
 * out   grid      in `arena`
 * Errors: FP_USAGE (no such analysis, or one that has no formula, no effect, or no time-to-event
 *         outcome), FP_INPUT (the analysis cannot be carried out under the planned rule), FP_NOMEM.
 * Outcomes: a rule under which nothing can be fitted is kept with its state.
 * Cost: per rule that of outcomes and of the fit. The same bits on any number of threads. */
FP_MUST_USE fp_status fp_grid_compute(const fp_study_data *data, const fp_results_options *options,
                                      const char *analysis, fp_arena *arena, fp_grid *grid,
                                      fp_err *err);

#endif
