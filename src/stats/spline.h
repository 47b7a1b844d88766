#ifndef FP_STATS_SPLINE_H
#define FP_STATS_SPLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A natural cubic spline through a cloud of points, by least squares. */
typedef struct {
    double knot[4];    /* ascending; the first and last are the ends of x */
    int knots;         /* 2 to 4; the degrees of freedom, fewer where x has few values */
    double fold[4][4]; /* basis k of the fit = sum over l <= k of fold[k][l] raw l */
    double coefficient[4];
    double residual_sd; /* NaN where no degree of freedom is left */
} fp_spline;

/* Fit with knots at the ends and at the thirds (quantiles of type 7) of x: four degrees of freedom,
 * the space of R's ns(x, df = 4, intercept = TRUE), as plot.cox.zph uses.
 * Method: truncated cubic powers, natural beyond the ends, made orthonormal over the points by
 *         Gram and Schmidt, twice. Source: Hastie, Tibshirani & Friedman 2009, eq. 5.4-5.5.
 * in    x, y    n, finite                          borrowed
 * Returns false where x has fewer than four different values: nothing is then fitted.
 * Errors: FP_NOMEM. Cost: O(n log n). Reference test: cox_output. */
FP_MUST_USE fp_status fp_spline_fit(ptrdiff_t n, const double *x, const double *y,
                                    fp_arena *scratch, fp_spline *spline, bool *fitted,
                                    fp_err *err);

/* The fitted value at x, and its variance when each y has variance 1. */
double fp_spline_at(const fp_spline *spline, double x, double *unit_variance);

#endif
