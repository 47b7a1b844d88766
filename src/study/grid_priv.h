#ifndef FP_STUDY_GRID_PRIV_H
#define FP_STUDY_GRID_PRIV_H

#include "study/grid.h"
#include "study/results_priv.h"

/* What the rules hand to the joint test. */
typedef struct {
    double *sums;   /* coach_count x count, column-major: residual sums under the null */
    bool *followed; /* the same shape: somebody of the coach is in the risk set */
} fp_grid_sums;

/* Residual sums of one rule, by coach: martingale residuals of the Cox model without covariates,
 * stratified by the other factors. factor: the one that is tested.
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_grid_residuals(const fp_study_data *data, const fp_outcomes *outcomes,
                                        ptrdiff_t factor, double *sums, bool *followed,
                                        fp_arena *scratch, fp_err *err);
/* The joint test, or why there is none; fills the end of `grid` and p_permutation of the rules. */
FP_MUST_USE fp_status fp_grid_test(fp_build *b, const fp_grid_sums *sums, ptrdiff_t factor,
                                   fp_grid_rule *rules, fp_grid *grid, fp_err *err);

#endif
