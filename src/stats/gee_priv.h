#ifndef FP_STATS_GEE_PRIV_H
#define FP_STATS_GEE_PRIV_H

#include "stats/gee.h"
#include "stats/regression_priv.h"

/* Rows sorted by id; `rows` of the regression are in that order. */
typedef struct {
    fp_regression rows;
    ptrdiff_t ids;
    const ptrdiff_t *start;  /* ids + 1 */
    const int32_t *position; /* n */
    ptrdiff_t positions;
    fp_corr corr;
    const int32_t *group; /* ids or NULL */
    ptrdiff_t groups;
} fp_gee_rows;

/* Sums of products of Pearson residuals at some coefficients, and the working correlation that they
 * give. */
typedef struct {
    fp_corr corr;
    ptrdiff_t positions;
    double n;             /* sum of the weights */
    double square;        /* sum of w e^2 */
    double *product;      /* exchangeable: 1; ar1: by distance, positions; unstructured: positions x
                             positions, lower triangle */
    double *count;        /* likewise: pairs, each with the product of its weights */
    ptrdiff_t products;   /* length of both */
    double scale, *alpha; /* alpha: alphas */
    ptrdiff_t alphas;
    bool positive;  /* the matrix is a correlation matrix for every id */
    double largest; /* rows of an id: for exchangeable */
} fp_gee_moments;

FP_MUST_USE fp_status fp_gee_moments_create(const fp_gee_rows *rows, fp_arena *arena,
                                            fp_gee_moments *moments, fp_err *err);
/* scale and alpha from the sums. */
void fp_gee_moments_solve(fp_gee_moments *moments);

/* One pass over the rows with the correlation of now. */
typedef struct {
    bool valid;
    double *h;    /* p x p: sum X'V^-1X times the scale, lower and upper */
    double *g;    /* p: score times the scale */
    double *info; /* p x p: sum X'WX of independence; of a pass with scores, as is quasi */
    double quasi; /* the quasi-likelihood, not over the scale */
} fp_gee_sums;

typedef struct fp_gee_pass fp_gee_pass;
FP_MUST_USE fp_status fp_gee_pass_create(const fp_reg *reg, const fp_gee_rows *rows,
                                         fp_arena *arena, fp_gee_pass **pass, fp_err *err);
/* Residual products at beta, into sums of the moments (not solved). False where a mean is outside
 * the family. */
bool fp_gee_pass_moments(fp_gee_pass *pass, const double *beta, fp_gee_moments *moments);
/* H and score at beta with the correlation of `moments`; their sums of products at beta too.
 * score (NULL = none): ids x p, row after row: U_i times the scale. */
void fp_gee_pass_sums(fp_gee_pass *pass, const double *beta, fp_gee_moments *moments,
                      fp_gee_sums *sums, double *score);
/* H of each group, p x p x groups. */
void fp_gee_pass_omega(fp_gee_pass *pass, const double *beta, const fp_gee_moments *moments,
                       double *omega);

#endif
