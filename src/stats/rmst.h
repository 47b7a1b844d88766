#ifndef FP_STATS_RMST_H
#define FP_STATS_RMST_H

#include "stats/km.h"

/* The restricted mean of a group against that of the first one. */
typedef struct {
    int32_t a, b; /* groups: b against a, a = 0 */
    double difference, difference_se, difference_lower, difference_upper, difference_p;
    double ratio, ratio_lower, ratio_upper, ratio_p; /* tested on the log scale; NaN where a mean
                                                        is not above 0; p NaN where se is 0 */
} fp_rmst_contrast;

/* Restricted means of groups, and each group against the first.
 * Method: mean as fp_km_rmst_of; without options.robust Greenwood variances of independent groups:
 *         difference normal, ratio normal on the log scale with var m_a / m_a^2 + var m_b / m_b^2.
 *         Robust: sums by cluster of the rows' influence on each mean, so that a cluster in two
 *         groups counts as one.
 * Source: Klein & Moeschberger 2003, eq. 4.5.1-4.5.2; Uno et al. 2014, doi 10.1200/JCO.2014.55.2208
 *         (the contrasts); docs/methods/kaplan-meier.md eq. 8-9. Reference test: rmst_*.
 * in    data, group, options   as fp_km_groups
 * in    curve     groups: made from them
 * out   mean      groups
 * out   contrast  groups - 1
 * Errors: FP_ARG (horizon not finite and above 0), FP_NOMEM. Cost: O(n). Thread-safe: yes. */
FP_MUST_USE fp_status fp_rmst(const fp_survdata *data, const int32_t *group, int32_t groups,
                              const fp_km_curve *curve, double horizon,
                              const fp_km_options *options, fp_km_rmst *mean,
                              fp_rmst_contrast *contrast, fp_err *err);

#endif
