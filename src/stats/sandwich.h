#ifndef FP_STATS_SANDWICH_H
#define FP_STATS_SANDWICH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Cluster-robust variances of any estimating equation sum_j U_j(beta) = 0 with few clusters
 * (docs/methods/few-clusters.md). */

typedef enum {
    FP_SMALL_MD,   /* Mancl & DeRouen 2001 */
    FP_SMALL_KC,   /* Kauermann & Carroll 2001 */
    FP_SMALL_FG,   /* Fay & Graubard 2001 */
    FP_SMALL_MBN,  /* Morel, Bokossa & Neerchal 2003 */
    FP_SMALL_NONE, /* the plain sandwich, Liang & Zeger 1986 */
} fp_small_sample;

/* Below this number of clusters the correction is made without being asked. */
enum { FP_FEW_CLUSTERS = 40 };
#define FP_CLUSTERS_ALIKE 0.6 /* sd / mean of their sizes */

/* The correction of a marginal model that was asked for none: KC where the sizes of the clusters
 * are alike, else MD; NONE from FP_FEW_CLUSTERS on.
 * Source: Lu et al. 2007, Li & Redden 2015 (docs/methods/gee.md).
 * in    variation  sd / mean of the sizes */
fp_small_sample fp_small_usual(ptrdiff_t clusters, double variation);

/* What an estimator hands over of its clusters, at the estimate. */
typedef struct {
    ptrdiff_t p;         /* coefficients, those dropped as aliased included */
    ptrdiff_t slots;     /* length of what is one a cluster; those without rows hold zeros */
    ptrdiff_t clusters;  /* J: slots that have rows */
    ptrdiff_t rows;      /* n, for MBN */
    ptrdiff_t rank;      /* coefficients estimated */
    double df;           /* of t: fp_cluster_freedom, or what the estimator says; <= 0: none */
    const double *score; /* slots x p: U_j, column-major; 0 in dropped columns */
    const double *omega; /* p x p x slots: Om_j = -dU_j / dbeta; 0 in dropped rows and columns */
    const double *bread; /* p x p: V = (sum Om_j)^-1, 0 in dropped rows; NULL = made of omega */
} fp_cluster_parts;

typedef struct {
    fp_small_sample method;
    ptrdiff_t clusters; /* J */
    double df;
    const double *var;      /* p x p; NaN with one cluster alone, between which nothing varies */
    ptrdiff_t bounded;      /* clusters held at the bound */
    const bool *is_bounded; /* slots; asked of every method, although FG, MBN and the plain sandwich
                               do without (I - H_j)^-1 */
} fp_corrected;

/* The corrected covariance of the coefficients.
 * Method: H_j = Om_j V. MD: sum of squares of (I - H_j)^-1 U_j; KC: (I - H_j)^-1 U_j U_j',
 *         symmetrised; FG: U_j times diag(1 - min(0.75, h_jj))^-1/2, squared; MBN: cc V M V +
 *         min(1/2, p / (J - p)) phi V, M = sum U_j U_j', cc = (n - 1) J / ((n - p)(J - 1)), phi =
 *         max(1, cc tr(V M) / p); V on both sides (few-clusters.md eq. 2-5).
 *         A cluster without which the information sum Om - Om_j is not positive definite (it alone
 *         decides a coefficient, or I - H_j has a negative eigenvalue) is bounded: eigenvalues of
 *         H_j at or above 1 are held at 0.75, the bound that Fay & Graubard set for its diagonal
 *         (sec. 2.3), the others stay as they are (eq. 6). Its standard error is then at best a
 *         rough one; is_bounded says which clusters, and who shows it warns.
 * Source: Liang & Zeger 1986; Kauermann & Carroll 2001; Mancl & DeRouen 2001; Fay & Graubard 2001;
 *         Morel, Bokossa & Neerchal 2003; for the Cox model Wang, Turner & Li 2023.
 * Reference test: fewclusters (R, numerical derivatives); test_sandwich (by hand).
 * in    parts   borrowed
 * out   result  in `arena`; untouched on error
 * Errors: FP_NOMEM. Cost: O(J p^3). Thread-safe: yes. */
FP_MUST_USE fp_status fp_sandwich_correct(const fp_cluster_parts *parts, fp_small_sample method,
                                          fp_arena *arena, fp_corrected *result, fp_err *err);

/* Degrees of freedom between clusters: J - 1 - number of estimated columns with one value in every
 * cluster, the intercept (constant everywhere) not among the columns.
 * in    column   p of n
 * in    beta     p; NaN = dropped, does not count; NULL = none dropped
 * in    cluster  n, 0..slots-1; NULL = every row its own
 * out   clusters J; df
 * Errors: FP_NOMEM. Cost: O(n p). Thread-safe: yes. */
FP_MUST_USE fp_status fp_cluster_freedom(ptrdiff_t n, ptrdiff_t p, const double *const *column,
                                         const double *beta, const int32_t *cluster,
                                         ptrdiff_t slots, fp_arena *arena, ptrdiff_t *clusters,
                                         double *df, fp_err *err);

#endif
