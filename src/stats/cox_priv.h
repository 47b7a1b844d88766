#ifndef FP_STATS_COX_PRIV_H
#define FP_STATS_COX_PRIV_H

#include "stats/cox.h"
#include "stats/risk_priv.h"

/* What a Cox computation is about. Columns are taken as x - mean. */
typedef struct {
    const fp_survdata *data;
    const fp_risk *risk;
    fp_ties ties;
    ptrdiff_t p;
    const double *x;    /* n x p, column-major */
    const double *mean; /* p */
} fp_cox_problem;

/* Sums over risk sets at one linear predictor. All arrays over the grid have risk->length elements.
 * With a_k = k/d under Efron's ties and 0 under Breslow's, u_k = 1/(S0 - a_k E0) and k = 0..d-1:
 *   cj = wbar sum_k a_k^j u_k,  bj = wbar sum_k a_k^j u_k^2.
 * r is scaled by exp(-shift of the stratum), and h and gam by its inverse, so that products r h are
 * free of the scale. */
typedef struct {
    double *r;       /* n; w exp(eta) */
    double *s0, *e0; /* sum of r over the risk set, over the deaths */
    double *c0, *c1; /* c0 = increment of the cumulative hazard; c1 = gam */
    double *b0, *b1, *b2;
    double *h;       /* c0 summed from the start of the stratum */
    double *s1, *e1; /* length x p: sums of r (x - mean) */
    double *work;    /* length */
    double *chunk;   /* FP_COX_CHUNK (p + 1) */
    double *shift;   /* strata */
    double loglik;
} fp_cox_sums;

#define FP_COX_CHUNK ((ptrdiff_t)256)

FP_MUST_USE fp_status fp_cox_sums_create(const fp_cox_problem *q, fp_arena *arena,
                                         fp_cox_sums *sums, fp_err *err);
/* r, s0, e0, the c, b, h and loglik from eta (n). docs/methods/cox.md eq. 1. */
void fp_cox_sums_scalar(const fp_cox_problem *q, const double *eta, fp_cox_sums *sums);
/* The c and b of grid elements from..end - 1, from s0 and e0; returns the sum over them of
 * wbar log(S0 - a_k E0). */
double fp_cox_sums_ties(const fp_cox_problem *q, ptrdiff_t from, ptrdiff_t end, fp_cox_sums *sums);
/* s1 and e1 of every column. */
void fp_cox_sums_columns(const fp_cox_problem *q, fp_cox_sums *sums);
/* Sum over the risk set and over the deaths of r z for one column z (n) less `centre`. */
void fp_cox_grid_sum(const fp_cox_problem *q, const double *r, const double *z, double centre,
                     double *risk_sum, double *death_sum);
/* Information, p x p, full. eq. 3. With `weight` (length) each death time counts weight[g] times.
 * base: NULL or p, the diagonal of its first part, the scale against which rank is judged. */
void fp_cox_information(const fp_cox_problem *q, fp_cox_sums *sums, const double *weight,
                        double *info, double *base);
/* Score residuals, n x p, of rows (not multiplied by the weight). eq. 5. */
void fp_cox_score_rows(const fp_cox_problem *q, const fp_cox_sums *sums, double *residual);
/* eta (n) = offset + (x - mean)'beta, NaN in beta as 0. */
void fp_cox_predict(const fp_cox_problem *q, const double *beta, const double *offset, double *eta);
/* Column means. */
void fp_cox_means(ptrdiff_t n, ptrdiff_t p, const double *x, double *mean);

/* A fit as it begins: its arrays, the grid of death times and the means of the columns.
 * out   begun  mean, beta, var, eta and `mark` in `arena`; what is made after `mark` (the grid) may
 *              be rewound when the fit is done
 * out   fit    n, events and p; no events, no estimates yet
 * Errors: as fp_survdata_check, FP_NOMEM. Cost: O(n p). */
typedef struct {
    double *mean, *beta, *var, *eta; /* p, p, p x p, n */
    fp_arena_point mark;
    fp_risk risk;
} fp_cox_begun;
FP_MUST_USE fp_status fp_cox_begin(const fp_survdata *data, ptrdiff_t p, const double *x,
                                   fp_arena *arena, fp_cox_begun *begun, fp_cox_fit *fit,
                                   fp_err *err);

/* a_k of death k of d. */
static inline double fp_tie_share(fp_ties ties, double k, double d)
{
    return ties == FP_TIES_EFRON ? k / d : 0.0;
}

#endif
