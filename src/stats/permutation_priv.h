#ifndef FP_STATS_PERMUTATION_PRIV_H
#define FP_STATS_PERMUTATION_PRIV_H

#include "stats/allocation_set_priv.h"
#include "stats/permutation.h"

/* What the tests over a set of allocations have in common. Equation numbers:
 * docs/methods/permutation.md. */

#define FP_PERM_SCRATCH (4 * FP_GIB)

typedef struct {
    fp_permutation_options options;
    fp_alloc_set set;
    fp_arena *scratch;
} fp_perm_frame;

/* The set of the tests of `value` (J cluster sums) over re-allocations of `arm`; f->scratch is
 * given, options NULL = defaults. Errors: FP_ARG, FP_INPUT, FP_NOMEM as permutation.h. */
FP_MUST_USE fp_status fp_perm_frame_init(fp_perm_frame *f, ptrdiff_t clusters, const double *value,
                                         const int32_t *arm, int32_t arms, const int32_t *fixed,
                                         const fp_permutation_options *options, fp_err *err);
FP_MUST_USE fp_status fp_perm_check_finite(const double *value, ptrdiff_t n, fp_err *err);

/* Clusters of an arm over the strata. */
int64_t fp_perm_arm_size(const fp_alloc_set *set, int32_t arm);
/* Whether two arms have as many clusters in every stratum, so that they can change names. */
bool fp_perm_same_sizes(const fp_alloc_set *set, int32_t a, int32_t b);
/* Mean of a cluster's value within each stratum of the set. out  mean  strata */
void fp_perm_stratum_means(const fp_alloc_set *set, double *mean);

/* Of a set of two arms: 2 where it holds the mirror image of every allocation, else 1. A stratum
 * that is all treated or all untreated never moves and does not matter; under a constraint it does.
 */
double fp_perm_mirrors(const fp_alloc_set *set);
/* Allocations of the whole set of which `met` were met; NaN where nobody counted them. */
double fp_perm_set_size(const fp_alloc_set *set, int64_t met);

/* ---- the studentised contrast of four arms, (a, b) = (0,0), (1,0), (0,1), (1,1) ---- */

enum { FP_PERM_FACTORIAL = 4 };
typedef struct {
    ptrdiff_t clusters;
    double size[FP_PERM_FACTORIAL];
    enum { FP_PERM_BY_ARM, FP_PERM_POOLED, FP_PERM_BARE } denominator;
    double scale; /* root of the sum of squares of the values about their mean */
} fp_perm_contrast;
/* Eq. 7 from the sum of each arm and its sum of squares about its mean. Where the values do not
 * vary within any arm the ratio is 0 for a zero contrast and otherwise infinite: as far as can be.
 */
double fp_perm_contrast_ratio(const fp_perm_contrast *m, const double *sum, const double *within);
/* Which of eq. 8 and 9 goes with these sizes. Errors: FP_ARG, an arm without a cluster. */
FP_MUST_USE fp_status fp_perm_contrast_init(fp_perm_contrast *m, const int64_t *size, fp_err *err);
/* The least distance that counts as being as far as `far`: ties of rounding included. */
double fp_perm_bound(double far, bool relative_tie);

/* ---- the fold: how many allocations are at least as far ---- */

typedef struct {
    int64_t met, far;
    double sum; /* of the statistic */
    fp_status status;
    fp_err err;
} fp_perm_chunk;

typedef struct {
    const fp_alloc_set *set;
    double (*statistic)(const void *model, const fp_allocation *a);
    const void *model;
    double centre; /* distance is |T - centre|; one_sided: T itself */
    bool one_sided;
    double bound;         /* least distance that counts */
    fp_perm_chunk *chunk; /* set->chunks */
    fp_progress *progress;
} fp_perm_fold;

/* Fold the set and fill the result. A centre that is NaN is the mean over the set, found by a pass
 * of its own. `symmetries`: relabellings that leave every distance as it is, so that the farthest
 * allocation comes at least that often. `relative_tie`: the tolerance grows with the observed
 * distance (a ratio has no scale of its own). Eq. 2. */
FP_MUST_USE fp_status fp_perm_test(fp_perm_frame *f, fp_perm_fold *fold, double symmetries,
                                   bool relative_tie, fp_permutation_result *result, fp_err *err);

#endif
