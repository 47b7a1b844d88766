#ifndef FP_STATS_REGRESSION_H
#define FP_STATS_REGRESSION_H

#include "base/arena.h"
#include "stats/family.h"

/* Rows of a regression on the mean of y: what glm and gee fit. All arrays are borrowed. */
typedef struct {
    ptrdiff_t n, p;
    const double *const *column; /* p of n, finite */
    const double *y;             /* n, finite, within the family's range */
    const double *weight;        /* n, > 0: the variance is that of the family over it; NULL = 1 */
    const double *offset;        /* n or NULL */
    fp_family family;
    fp_link link;
    bool intercept; /* column 0 is 1 everywhere: the others are centred inside */
    int threads;    /* 0 = all processors; no result depends on it */
} fp_regression;

/* Whether residuals with this sum of w (y - mu)^2 / V(mu) are no more than rounding leaves of the
 * outcomes (1e-27 of the sum of w y^2 / V): the terms give every outcome exactly, and no dispersion
 * can be estimated. Gaussian and gamma families; the others have none to estimate. Cost: O(n). */
bool fp_regression_is_exact(const fp_regression *data, double pearson);

#endif
