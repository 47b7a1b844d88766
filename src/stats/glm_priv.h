#ifndef FP_STATS_GLM_PRIV_H
#define FP_STATS_GLM_PRIV_H

#include "stats/glm.h"
#include "stats/regression_priv.h"

/* Sums over all rows at some coefficients. */
typedef struct {
    bool valid;
    double deviance, pearson;
    double *h; /* p x p: Z'WZ, lower triangle and mirrored */
    double *g; /* p: Z'u */
} fp_glm_sums;

/* One pass over the rows, in pieces that are merged in order. */
typedef struct fp_glm_pass fp_glm_pass;
/* The fit as a start of another one: without deviances, to some three digits. Means, errors and
 * states as fp_glm. */
FP_MUST_USE fp_status fp_glm_begin(const fp_regression *data, fp_arena *arena, fp_glm_fit *fit,
                                   fp_err *err);

/* lean: no deviance, which is then 0. */
FP_MUST_USE fp_status fp_glm_pass_create(const fp_reg *reg, bool lean, fp_arena *arena,
                                         fp_glm_pass **pass, fp_err *err);
/* beta in the centred parametrisation, finite; NULL = the start. */
void fp_glm_pass_sums(fp_glm_pass *pass, const double *beta, fp_glm_sums *sums);
/* out  r  (p + 1) x (p + 1), upper triangle: that of W^1/2 Z and, last column, W^-1/2 u. */
void fp_glm_pass_qr(fp_glm_pass *pass, const double *beta, double *r);
/* Largest change of a linear predictor along `delta`. */
double fp_glm_pass_reach(fp_glm_pass *pass, const double *delta);

/* Iterative refinement of a least-squares fit (gaussian, identity): steps (X'WX)^-1 X'W r with
 * residuals and products in twice the precision, while each is less than half as long as the last.
 * Source: Bjorck 1996, Numerical Methods for Least Squares Problems, sec. 2.9; Dekker 1971, doi
 * 10.1007/BF01397083.   Reference test: reference_nist.
 * in      bread    p x p, (X'WX)^-1, 0 where a column is dropped
 * in,out  beta     p, NaN where dropped
 * in,out  squares  sum of w r^2 at beta
 * Errors: FP_NOMEM. Cost: O(n p) a step, some three. */
FP_MUST_USE fp_status fp_glm_refine(const fp_regression *data, const double *bread,
                                    fp_arena *scratch, double *beta, double *squares, fp_err *err);

/* Householder reflections: the upper triangle r (q x q) of [r; block], block m x q with leading
 * dimension ld; the block is overwritten. */
void fp_qr_add(ptrdiff_t q, double *r, ptrdiff_t m, ptrdiff_t ld, double *block);
/* Reduce r (q x q, of which the first p = q - 1 are columns of the matrix) to the columns that do
 * not follow from those before them: norm left above tolerance times scale[j] (and not dropped in
 * keep on entry). Solves for the last column and gives the inverse of R'R.
 * out  keep p; delta p (0 in dropped); inverse p x p or NULL. Returns the rank. */
ptrdiff_t fp_qr_solve(ptrdiff_t q, double *r, const double *scale, double tolerance, bool *keep,
                      double *delta, double *inverse, double *work);

#endif
