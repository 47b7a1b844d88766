#ifndef FP_STATS_GLM_H
#define FP_STATS_GLM_H

#include "stats/regression.h"

typedef enum {
    FP_GLM_CONVERGED,
    FP_GLM_SEPARATED, /* a combination of the columns tells outcomes apart: some coefficients have
                         no finite estimate, see `diverges` */
    FP_GLM_MAX_ITER,  /* no optimum was reached: on the edge of the means that are allowed, or not
                         in 100 iterations */
    FP_GLM_NO_START,  /* no coefficients with allowed means were found; beta NaN */
} fp_glm_state;

typedef struct {
    ptrdiff_t n, p, rank;
    fp_glm_state state;
    int iterations;
    bool edge;            /* MAX_ITER because the means left the family's range */
    const double *beta;   /* p; NaN for a dropped (aliased) column */
    const bool *diverges; /* p; separated: no finite estimate */
    const double *bread;  /* p x p: (X'WX)^-1, without the dispersion; 0 in aliased rows */
    double dispersion;    /* Pearson / df_residual; 1 for binomial and poisson; NaN at df 0 */
    double pearson;
    double df_residual, df_null;
    double deviance, null_deviance, aic, loglik;
} fp_glm_fit;

/* Fit a generalised linear model by iteratively reweighted least squares.
 * Method: Fisher scoring in the form of corrections: delta = (Z'WZ)^-1 Z'u, Z the columns less
 *         their means where there is an intercept, so that what is left of rounding is that of the
 *         score. Z'WZ by Cholesky; where a pivot is below 1e-7 of its column, and to decide on
 *         rank, by Householder reflections, block of rows after block (TSQR), with R's limited
 *         exchange of columns (tolerance 1e-11, as glm.fit). Steps are halved while a mean is
 *         outside the family or the deviance grows. Stops when delta' Z'WZ delta is at the level
 *         of rounding. Separated: steps that change a linear predictor by more than 0.05 while the
 *         deviance stands still (docs/methods/glm.md eq. 1-5).
 * Source: McCullagh & Nelder 1989, sec. 2.5; Demmel et al. 2012, doi 10.1137/080731992 (TSQR);
 *         Albert & Anderson 1984, doi 10.1093/biomet/71.1.1 (separation).
 * Reference test: glm_*, lm_*, NIST StRD linear regression.
 * in    data    borrowed
 * out   fit     in `arena`; untouched on error
 * Errors:   FP_ARG (n < 1, p < 0, a link that the family has not), FP_INPUT (a column that is not
 *           finite or reaches 1e150), FP_NOMEM.
 * Outcomes: state; rank < p: aliased columns have beta NaN.
 * Cost: O(n p^2) an iteration. Thread-safe: yes; the same bits on any number of threads. */
FP_MUST_USE fp_status fp_glm(const fp_regression *data, fp_arena *arena, fp_glm_fit *fit,
                             fp_err *err);

/* Linear predictors and means at coefficients (NaN = 0): n each; either may be NULL. */
void fp_glm_predict(const fp_regression *data, const double *beta, double *eta, double *mu);

/* Likelihood-based sums of a vector of means: deviance, -2 log-likelihood as R's aic() less
 * twice the rank. */
double fp_glm_deviance(const fp_regression *data, const double *mu);

#endif
