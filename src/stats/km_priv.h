#ifndef FP_STATS_KM_PRIV_H
#define FP_STATS_KM_PRIV_H

#include <stdbool.h>

#include "stats/km.h"

/* How many of n ascending values are below t, or at most t. */
ptrdiff_t fp_count_upto(const double *values, ptrdiff_t n, double t, bool inclusive);

/* Last step of the curve before `time`, or at or before it; -1 where there is none. */
ptrdiff_t fp_km_index(const fp_km_curve *curve, double time, bool inclusive);

/* Robust standard errors of curves that are there already: se and hazard_se anew.
 * Method: infinitesimal jackknife. The influence of a row on log S(t) is
 *         -sum over times s <= t of (dN(s) - Y(s) d/y) / (y - d), on the hazard that sum with y for
 *         y - d and without the minus; rows are added up by cluster, times their weights, and the
 *         variance is the sum of squares. One sweep over time carries for every cluster the sum of
 *         what is fixed (B) and its weight at risk (Y), so that the influence is B - Y H(t).
 *         NaN in a group of one cluster, where nothing varies.
 * Source: docs/methods/kaplan-meier.md eq. 7; Therneau & Grambsch 2000, sec. 7.2.
 * Reference test: km_ij_*. Errors: FP_ARG (a cluster out of range), FP_NOMEM. Cost: O(n). */
FP_MUST_USE fp_status fp_km_robust(const fp_survdata *data, const int32_t *group, int32_t groups,
                                   const fp_km_options *options, fp_arena *arena,
                                   fp_km_curve *curve, fp_err *err);

#endif
