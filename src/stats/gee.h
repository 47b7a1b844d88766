#ifndef FP_STATS_GEE_H
#define FP_STATS_GEE_H

#include <stdint.h>

#include "stats/regression.h"
#include "stats/sandwich.h"

typedef enum {
    FP_CORR_INDEPENDENCE,
    FP_CORR_EXCHANGEABLE,
    FP_CORR_AR1, /* alpha to the power of the distance between positions */
    FP_CORR_UNSTRUCTURED,
} fp_corr;

typedef enum {
    FP_GEE_CONVERGED,
    FP_GEE_MAX_ITER,
    FP_GEE_SEPARATED,    /* already under independence: see fp_glm; no estimates of this model */
    FP_GEE_NO_START,     /* no coefficients with means of the family; beta NaN */
    FP_GEE_NOT_POSITIVE, /* the moments give no correlation matrix; beta NaN */
    FP_GEE_NO_SPREAD,    /* every outcome is fitted exactly; beta alone is there */
} fp_gee_state;

/* The rows and who they are of. Rows may come in any order. */
typedef struct {
    fp_regression rows;
    const int32_t *id;       /* n: 0..ids - 1 */
    ptrdiff_t ids;           /* each has a row */
    const int32_t *position; /* n: 0..positions - 1, at most once an id; NULL = order of the rows */
    ptrdiff_t positions;     /* with `position` */
    const int32_t *group;    /* ids: 0..groups - 1, larger clusters that the sandwich is summed
                                over; NULL = the ids themselves */
    ptrdiff_t groups;
    fp_corr corr;
} fp_gee_data;

/* Most positions of an unstructured correlation. */
enum { FP_GEE_POSITIONS = 64 };

typedef struct {
    ptrdiff_t n, p, rank;
    ptrdiff_t ids, groups; /* groups = ids without `group` */
    ptrdiff_t positions;   /* longest stretch where `position` was NULL */
    fp_gee_state state;
    int iterations;
    bool edge;            /* MAX_ITER because means left the family's range */
    const double *beta;   /* p; NaN dropped; under SEPARATED those of fp_glm */
    const bool *diverges; /* p; SEPARATED */
    const double *naive;  /* p x p: by the working correlation, scale included */
    const double *robust; /* p x p: sandwich of the groups */
    double scale;         /* mean squared Pearson residual */
    ptrdiff_t alphas;     /* 0, 1, or positions (positions - 1) / 2 in the order 1:2, 1:3, ... */
    const double *alpha;
    double qic;               /* Pan 2001 */
    double quasi;             /* the quasi-likelihood in it */
    double smallest, largest; /* rows of an id */
    double variation;         /* of the numbers of rows of a group: sd / mean */
    fp_cluster_parts parts;   /* for the corrected sandwiches; score NULL where too large to keep */
} fp_gee_fit;

/* Fit a marginal model by generalised estimating equations, correlation and scale by moments.
 * Method: for each id V^-1 = W^1/2 R^-1 W^1/2 / scale; R^-1 = L'L with L of bandwidth 0, 1 (ar1)
 *         or positions - 1 (unstructured), or R^-1 = c (I - rho_n 11') (exchangeable): columns are
 *         whitened in blocks of rows, H and the score are sums of their squares and products.
 *         Moments as geepack 1.3.9: scale = sum e^2 / n; exchangeable: mean product of pairs;
 *         unstructured: mean product at each pair of positions; ar1: least squares of all products
 *         on alpha^distance. Starts at fp_glm; alternates; stops when delta'H delta is at the level
 *         of rounding (docs/methods/gee.md eq. 1-8).
 * Source: Liang & Zeger 1986, doi 10.1093/biomet/73.1.13; Pan 2001, doi
 *         10.1111/j.0006-341X.2001.00120.x (QIC).
 * Reference test: gee_*; test_gee (full matrices of each cluster).
 * in    data    borrowed
 * in    parts   whether fit->parts is wanted: 8 groups (p + p^2) bytes
 * out   fit     in `arena`; untouched on error
 * Errors:   FP_ARG (a code out of range), FP_INPUT (more than FP_GEE_POSITIONS positions with an
 *           unstructured correlation; a column that reaches 1e150), FP_NOMEM.
 * Cost: O(n p^2) an iteration, unstructured O(n p (p + positions)); a copy of the rows where they
 *       do not come sorted. Thread-safe: yes; the same bits on any number of threads. */
FP_MUST_USE fp_status fp_gee(const fp_gee_data *data, bool parts, fp_arena *arena, fp_gee_fit *fit,
                             fp_err *err);

/* Rows sorted by id and, within an id, by position (stable).
 * out  order n; start ids + 1. Errors: FP_NOMEM. Cost: O(n + ids), and O(m log m) an unsorted id.
 */
FP_MUST_USE fp_status fp_gee_order(ptrdiff_t n, const int32_t *id, ptrdiff_t ids,
                                   const int32_t *position, fp_arena *arena, ptrdiff_t **order,
                                   ptrdiff_t **start, fp_err *err);

#endif
