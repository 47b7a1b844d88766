#ifndef FP_STUDY_GRID_PRIV_H
#define FP_STUDY_GRID_PRIV_H

#include "study/grid.h"
#include "study/results_priv.h"

/* What the rules hand to the joint test. */
typedef struct {
    double *sums;   /* coach_count x count, column-major: residual sums under the null */
    bool *followed; /* the same shape: somebody of the coach is in the risk set */
} fp_grid_sums;

/* Residual sums of one rule, by coach: those that the analysis itself re-allocates, with the
 * covariates of its formula in the null model. b->tables[outcome] is that of the rule. factor: the
 * one that is tested. Coaches without a number stay 0, as do all where there is no null model.
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_grid_residuals(fp_build *b, const fp_analysis_spec *spec,
                                        ptrdiff_t outcome, ptrdiff_t factor, double *sums,
                                        bool *followed, fp_err *err);
/* The joint test, or why there is none; fills the end of `grid` and p_permutation of the rules. */
FP_MUST_USE fp_status fp_grid_test(fp_build *b, const fp_grid_sums *sums, ptrdiff_t factor,
                                   fp_grid_rule *rules, fp_grid *grid, fp_err *err);

#endif
