#ifndef FP_STATS_PERMUTATION_H
#define FP_STATS_PERMUTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/progress.h"
#include "stats/allocation.h"

/* Randomisation inference over the allocations that a factorial cluster design could have produced.
 * Two factors a and b (0/1) on J clusters; every allocation that keeps the size of each arm is
 * equally likely. Statistics are functions of one number a cluster: the sum of its members'
 * residuals under the null. p = #{|T - mean| >= |T_obs - mean| - tie} / N, the observed allocation
 * included; tie tolerance 1e-9. Enumerated exactly up to `exact_limit` allocations, otherwise
 * sampled with p = (b + 1) / (B + 1).
 * Method: depth-first allocation cluster by cluster, cut into chunks by prefix; Philox streams when
 *         sampling (docs/methods/permutation.md).
 * Source: Edgington & Onghena 2007; Phipson & Smyth 2010, doi 10.2202/1544-6115.1585.
 * Errors, all functions: FP_ARG (fewer than 2 clusters, a label outside its range, all clusters
 *         in one group, a value not finite, samples < 1), FP_INPUT (the observed allocation is
 *         outside the rule, or sampling finds none inside), FP_NOMEM; `result` is untouched then.
 * Cost: O(N), the interaction O(N J), a constraint O(N arms covariates), for N allocations of J
 *         units. More than 4,096 units are always sampled. Thread-safe: yes. */
typedef struct {
    int64_t exact_limit; /* default 10,000,000 */
    int64_t samples;     /* default 100,000, when sampling */
    uint64_t seed;
    int threads;           /* 0 = all; the result does not depend on it */
    fp_progress *progress; /* whom to tell how far it is; NULL = nobody */
    /* How the units were drawn: its strata and its covariate constraint hold in every allocation
     * too; its arms and sizes are not looked at. NULL = a draw that kept the size of each arm. */
    const fp_allocation_rule *rule;
} fp_permutation_options;
fp_permutation_options fp_permutation_defaults(void);

typedef struct {
    int64_t allocations;     /* size of the reference set (exact), or number of samples */
    int64_t at_least_as_far; /* observed included */
    double set_size;         /* allocations of the whole set, exact below 2^53; NaN where it was
                                sampled under a covariate constraint and nobody counted it */
    bool exact;
    double statistic, mean, p;
    double smallest_p; /* smallest p this test can give, by symmetry of the set. One factor: 2/N
                          where the mirror of every allocation is in it, else 1/N. Several arms:
                          (renamings of arms that change no distance)/N. Sampled: 1/(B + 1). */
} fp_permutation_result;

/* One factor, the other's column held fixed: within each level of `fixed` the number of treated
 * clusters is kept. Statistic: sum of residual over treated clusters.
 * in    residual  J: cluster sums of martingale residuals of the Cox model stratified by `fixed`
 * in    treated   J, 0/1
 * in    fixed     J, codes from 0: the levels of all other factors together; NULL = one level
 * Reference test: fewclusters exact.ips, exact.pa. */
FP_MUST_USE fp_status fp_permutation_margin(ptrdiff_t clusters, const double *residual,
                                            const int32_t *treated, const int32_t *fixed,
                                            const fp_permutation_options *options,
                                            fp_permutation_result *result, fp_err *err);

/* A factor of several levels, the others held fixed: within each level of `fixed` every level keeps
 * its number of clusters. Statistic: sum over levels g of (R_g - m_g)^2 / n_g, R_g the residual sum
 * of its n_g clusters and m_g the mean of R_g over re-allocations (eq. 10); large is far. With two
 * levels p is that of fp_permutation_margin, with one level of `fixed` that of the global test.
 * in    level     J, 0..levels-1, at most 16 levels
 * in    fixed     as fp_permutation_margin */
FP_MUST_USE fp_status fp_permutation_levels(ptrdiff_t clusters, const double *residual,
                                            const int32_t *level, int32_t levels,
                                            const int32_t *fixed,
                                            const fp_permutation_options *options,
                                            fp_permutation_result *result, fp_err *err);

/* Neither factor does anything: all allocations to the arms. Statistic: sum over arms of (sum of
 * residual)^2 / clusters in the arm; large is far (one-sided in the statistic).
 * in    arm   J, 0..arms-1, at most 16 arms, of which some may be empty.
 * Reference test: fewclusters exact.neither. */
FP_MUST_USE fp_status fp_permutation_global(ptrdiff_t clusters, const double *residual,
                                            const int32_t *arm, int32_t arms,
                                            const fp_permutation_options *options,
                                            fp_permutation_result *result, fp_err *err);

/* Interaction of a and b, other factors (`fixed`, as fp_permutation_margin) held fixed: studentised
 * contrast of cluster residual sums, main effects projected out anew in every allocation (Freedman
 * & Lane 1983); approximate. The residual is that of the additive model when `residual` comes from
 * it. Statistic: t of the a*b* coefficient with the HC2 standard error (pooled where an arm has one
 * cluster; the bare contrast with four clusters); mean = 0; infinite where residuals vary in no
 * arm. See docs/methods/permutation.md, eq. 7-9. Also FP_ARG: an arm of the four without a cluster.
 */
FP_MUST_USE fp_status fp_permutation_interaction(ptrdiff_t clusters, const double *residual,
                                                 const int32_t *a, const int32_t *b,
                                                 const int32_t *fixed,
                                                 const fp_permutation_options *options,
                                                 fp_permutation_result *result, fp_err *err);

/* Range of a cluster-level difference under re-allocation: for each of `columns` values a cluster
 * pair (sum, count), the difference of pooled means between treated and untreated clusters over the
 * same allocations as fp_permutation_margin; gives its central 95% range (type-1 quantiles at 2.5%
 * and 97.5%). Used beside standardised baseline differences, instead of p-values.
 * in    sum, count   J x columns, column-major
 * out   low, high    columns, in units of the difference; NaN where no allocation has members on
 *                    both sides
 * At most 1,000,000 allocations are enumerated here (8 bytes each of `scratch`). Also FP_NOMEM. */
FP_MUST_USE fp_status fp_permutation_range(ptrdiff_t clusters, ptrdiff_t columns, const double *sum,
                                           const double *count, const int32_t *treated,
                                           const int32_t *fixed,
                                           const fp_permutation_options *options, double *low,
                                           double *high, fp_arena *scratch, fp_err *err);

/* Number of ways to choose k of n as a double (exact below 2^53). */
double fp_choose(int64_t n, int64_t k);

#endif
