#ifndef FP_STATS_PERMUTATION_JOINT_H
#define FP_STATS_PERMUTATION_JOINT_H

#include "stats/permutation.h"

/* One two-level factor tested on many outcomes (or by many rules of one outcome) over the same
 * allocations, and once on all of them together. */
typedef struct {
    fp_permutation_result joint;         /* statistic: the largest |z|; one-sided; mean = NaN */
    fp_permutation_result median;        /* statistic: the median of z, two-sided around 0 */
    const fp_permutation_result *column; /* columns: as fp_permutation_margin of that column */
    const double *sd;                    /* columns: of the statistic over the set; 0 = it does not
                                            vary, and the column takes no part in the joint test */
} fp_permutation_many;

/* Joint test of K columns of cluster sums.
 * Method: T_k(z) = sum over treated clusters of column k, z_k = (T_k - mean_k) / sd_k with mean and
 *         sd over the set; joint statistic max_k |z_k|, whose distribution over the set keeps all
 *         dependence between the columns, so that p is exact under the null that the factor does
 *         nothing in any of them. Sampled sets count the observed allocation in mean, sd and p.
 *         The median of the z_k that vary is tested in the same way: the effect in the middle of
 * the specifications. Source: Westfall & Young 1993, sec. 2.3 (single-step max-T);
 * docs/methods/permutation.md eq. 12; the median: Simonsohn, Simmons & Nelson 2020,
 * doi 10.1038/s41562-020-0912-z. in    residual  J x columns, column-major, finite in    treated,
 * fixed, options   as fp_permutation_margin out   result    arrays in `arena` Errors: as
 * permutation.h; FP_ARG (columns < 1). Cost: O(N J columns) twice. Thread-safe: yes. */
FP_MUST_USE fp_status fp_permutation_joint(ptrdiff_t clusters, ptrdiff_t columns,
                                           const double *residual, const int32_t *treated,
                                           const int32_t *fixed,
                                           const fp_permutation_options *options, fp_arena *arena,
                                           fp_permutation_many *result, fp_err *err);

#endif
