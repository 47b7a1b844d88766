#ifndef FP_STATS_POWER_MEASURE_PRIV_H
#define FP_STATS_POWER_MEASURE_PRIV_H

#include "stats/power_run_priv.h"
#include "stats/regression.h"

/* Simulated trials of what is measured. Equation numbers: docs/methods/power.md. */

/* ---- analyses ---- */

/* Rows of a person who stays. */
static inline int32_t fp_power_rows_each(const fp_power_measure *measure)
{
    return measure->waves - measure->adjusted;
}

/* The regression of a model of the design on the rows: the intercept, the columns of the arms, of
 * which contrasts are taken, and those of the waves (eq. 28, 29). */
typedef struct {
    int model;
    ptrdiff_t p;           /* columns in all */
    ptrdiff_t effects;     /* columns 1..effects are those of fp_power_model */
    ptrdiff_t within;      /* columns with one value in a cluster, but the intercept */
    bool effects_within;   /* the effects' columns are among them */
    fp_regression data;    /* of `rows` */
    const double **column; /* p */
} fp_power_regression;
FP_MUST_USE fp_status fp_power_regression_make(const fp_power_design *design,
                                               const fp_power_rows *rows, int model,
                                               fp_arena *arena, fp_power_regression *r,
                                               fp_err *err);

/* Each fills test[a] of the questions that ask for `model`: tests is questions x FP_POWER_ANALYSES,
 * question slowest. Outcomes: not usable. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_power_glm_tests(fp_power_worker *w, const fp_power_regression *r,
                                         fp_power_test *tests, fp_err *err);
FP_MUST_USE fp_status fp_power_gee_tests(fp_power_worker *w, const fp_power_regression *r,
                                         fp_power_test *tests, fp_err *err);
FP_MUST_USE fp_status fp_power_lmm_tests(fp_power_worker *w, const fp_power_regression *r,
                                         fp_power_test *tests, fp_err *err);
FP_MUST_USE fp_status fp_power_means_tests(fp_power_worker *w, const fp_power_regression *r,
                                           fp_power_test *tests, fp_err *err);

/* The weight of a row in what is compared between clusters: the last wave, or the slope (eq. 30).
 */
double fp_power_row_weight(const fp_power_measure *measure, int32_t wave);
/* Sums over each cluster of the design of weighted residuals under the null that a permutation test
 * of a question makes, and of the squared weights (eq. 31). sum, weight: clusters.
 * usable  false: the null model has no fit */
FP_MUST_USE fp_status fp_power_measure_residuals(const fp_power_worker *w,
                                                 const fp_power_question *q, double *sum,
                                                 double *weight, bool *usable, fp_err *err);

/* c' beta and its variance into a test; unusable where the variance is none. */
void fp_power_test_fill(const fp_power_question *q, const fp_power_regression *r,
                        const double *beta, const double *var, double least, double df,
                        fp_power_test *test);

/* ---- the engine ---- */

FP_MUST_USE fp_status fp_power_measure_check(const fp_power_design *design, fp_err *err);
/* Draw trial `number`, analyse it and count what came out. */
FP_MUST_USE fp_status fp_power_measure_trial(fp_power_worker *w, int64_t number, fp_err *err);

#endif
