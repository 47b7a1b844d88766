#ifndef FP_STATS_PERMUTATION_INTERVAL_H
#define FP_STATS_PERMUTATION_INTERVAL_H

#include "stats/permutation.h"

/* The interval of the effect of one two-level factor by inversion of its permutation test. */

/* Cluster sums of the residuals of the null model with offset `effect` times the factor's column.
 * `defined` = false where that model has no fit. */
typedef fp_status (*fp_residuals_at)(void *context, double effect, double *sum, bool *defined,
                                     fp_err *err);

/* Where the search looks. */
typedef struct {
    double start; /* an estimate of the effect */
    double step;  /* its standard error, > 0 */
    double far;   /* distance from 0 beyond which nothing changes any more: an end that is not
                     found before it is infinite */
    double level; /* 0.95 */
} fp_inversion;

typedef struct {
    double lower, upper; /* -INFINITY, INFINITY: no effect however large is refused. NaN: none
                            that was looked at is kept */
    bool hull;  /* the effects kept are no interval: lower and upper are those farthest out */
    int refits; /* null models fitted */
    int64_t allocations; /* over which each test counted */
    bool exact;          /* all of them; else a sample */
} fp_permutation_interval;

/* Interval of a factor's effect.
 * Method: an effect b is kept while neither one-sided p of "the effect is b" is (1 - level) / 2 or
 *         less, each counted over the same allocations as fp_permutation_margin with the residual
 *         sums R_j(b). One-sided p <= a exactly where T_obs(b) passes the floor(a N)-th largest
 *         (smallest) T(b) of the other allocations, a continuous function of b: looked at on a grid
 * of steps about `start` out to `far`, then the outermost change by regula falsi (Illinois).
 * Source: Rabideau & Wang 2021, doi 10.1093/biostatistics/kxaa007, sec. 3; eq. 11 of
 *         docs/methods/permutation.md. With `exact` false p = (b + 1) / (B + 1), one sample for
 * all. in    treated, fixed, options   as fp_permutation_margin; at most 1,000,000 allocations are
 *                                 enumerated, and options->samples, but at
 *                                 most 100,000, sampled
 * Errors: as permutation.h, those of `at`; FP_ARG (step not above 0, level outside (0, 1)).
 * Cost: at most 41 null models; O(N J / 8) for each. */
FP_MUST_USE fp_status fp_permutation_invert(ptrdiff_t clusters, const int32_t *treated,
                                            const int32_t *fixed, const fp_inversion *how,
                                            fp_residuals_at at, void *context,
                                            const fp_permutation_options *options,
                                            fp_permutation_interval *interval, fp_err *err);

#endif
