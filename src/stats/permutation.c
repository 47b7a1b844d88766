#include "stats/permutation.h"

#include <math.h>

#include <gsl/gsl_statistics_double.h>

#include "base/num.h"
#include "stats/permutation_priv.h"

/* Equation numbers refer to docs/methods/permutation.md. */

#define RANGE_EXACT_MAX 1000000

fp_permutation_options fp_permutation_defaults(void)
{
    return (fp_permutation_options){
        .exact_limit = 10000000, .samples = 100000, .seed = 1, .threads = 0};
}

double fp_choose(int64_t n, int64_t k)
{
    if (k < 0 || n < 0 || k > n)
        return 0;
    if (k > n - k)
        k = n - k;
    uint64_t whole = 1;
    int64_t i = 1;
    /* whole * m / i without leaving 64 bits: the quotient and the remainder apart. */
    for (; i <= k && whole < (UINT64_C(1) << 53) && n < (INT64_C(1) << 31); i++) {
        uint64_t m = (uint64_t)(n - k + i);
        uint64_t d = (uint64_t)i;
        if (whole / d > (UINT64_C(1) << 62) / m)
            break;
        whole = whole / d * m + whole % d * m / d;
    }
    double result = (double)whole;
    for (; i <= k && isfinite(result); i++)
        result *= (double)(n - k + i) / (double)i;
    return result;
}

/* ---- one factor ---------------------------------------------------------------------------- */

static double treated_sum(const void *model, const fp_allocation *a)
{
    (void)model;
    return a->sum[1];
}

/* Mean of the treated sum over the set: over strata, treated clusters times the stratum's mean
 * residual. Eq. 4. Under a constraint that holds where the set is its own mirror image; otherwise
 * there is no closed form: NaN. `mean`: strata, of scratch. */
static double margin_mean(const fp_alloc_set *set, double *mean)
{
    double sum = 0;
    if (set->covariates && fp_perm_mirrors(set) < 2)
        return FP_NUM_NAN;
    fp_perm_stratum_means(set, mean);
    for (int32_t s = 0; s < set->strata; s++)
        sum += set->size[2 * s + 1] * mean[s];
    return sum;
}

fp_status fp_permutation_margin(ptrdiff_t clusters, const double *residual, const int32_t *treated,
                                const int32_t *fixed, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_PERM_SCRATCH, err);
    fp_perm_frame f = {.scratch = scratch};
    FP_TRY(fp_perm_frame_init(&f, clusters, residual, treated, 2, fixed, options, err));
    double *mean;
    FP_ARRAY(mean, scratch, f.set.strata, err);
    fp_perm_fold fold = {.statistic = treated_sum, .centre = margin_mean(&f.set, mean)};
    return fp_perm_test(&f, &fold, fp_perm_mirrors(&f.set), false, result, err);
}

/* ---- a factor of several levels, and all factors at once --------------------------------------
 */

typedef struct {
    int32_t arms;
    double size[FP_ALLOCATION_ARMS];
    double centre[FP_ALLOCATION_ARMS]; /* taken off the sum of each arm */
} global_model;

/* Eq. 5 and, with centres, eq. 10. */
static double between_arms(const void *model, const fp_allocation *a)
{
    const global_model *m = model;
    double sum = 0;
    for (int32_t g = 0; g < m->arms; g++) {
        double d = a->sum[g] - m->centre[g];
        if (m->size[g] > 0)
            sum += d * d / m->size[g];
    }
    return sum;
}

/* Mean of the statistic over all allocations in closed form, eq. 6; NaN where there is none. */
static double global_mean(const fp_alloc_set *set)
{
    double n = (double)set->units;
    double mean = 0;
    double squares = 0;
    int32_t filled = 0;
    if (set->strata > 1 || set->covariates)
        return FP_NUM_NAN;
    for (ptrdiff_t j = 0; j < set->units; j++)
        mean += set->value[j] / n;
    for (ptrdiff_t j = 0; j < set->units; j++)
        squares += (set->value[j] - mean) * (set->value[j] - mean);
    for (int32_t g = 0; g < set->arms; g++)
        filled += set->size[g] > 0;
    return n * mean * mean + (filled - 1) * squares / (n - 1);
}

/* Arms of equal size can be renamed at will: over the sizes, (arms of that size)!. */
static double relabellings(const fp_alloc_set *set)
{
    double count = 1;
    for (int32_t g = 0; g < set->arms; g++) {
        int32_t same = 0;
        for (int32_t h = 0; h <= g; h++)
            same += fp_perm_arm_size(set, g) > 0 && fp_perm_same_sizes(set, g, h);
        count *= same > 0 ? same : 1;
    }
    return count;
}

/* What the sum of each level is on average, its centre in eq. 10. */
static fp_status set_centres(const fp_alloc_set *set, fp_arena *scratch, global_model *m,
                             fp_err *err)
{
    double *mean;
    FP_ARRAY(mean, scratch, set->strata, err);
    fp_perm_stratum_means(set, mean);
    for (int32_t s = 0; s < set->strata; s++)
        for (int32_t g = 0; g < m->arms; g++)
            m->centre[g] += set->size[s * set->arms + g] * mean[s];
    return FP_OK;
}

static fp_status between(ptrdiff_t clusters, const double *residual, const int32_t *arm,
                         int32_t arms, const int32_t *fixed, bool centred,
                         const fp_permutation_options *options, fp_permutation_result *result,
                         fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_PERM_SCRATCH, err);
    fp_perm_frame f = {.scratch = scratch};
    FP_TRY(fp_perm_frame_init(&f, clusters, residual, arm, arms, fixed, options, err));
    global_model model = {.arms = arms};
    for (int32_t g = 0; g < arms; g++)
        model.size[g] = (double)fp_perm_arm_size(&f.set, g);
    if (centred)
        FP_TRY(set_centres(&f.set, scratch, &model, err));
    fp_perm_fold fold = {.statistic = between_arms,
                         .model = &model,
                         .centre = centred ? FP_NUM_NAN : global_mean(&f.set),
                         .one_sided = true};
    return fp_perm_test(&f, &fold, relabellings(&f.set), false, result, err);
}

fp_status fp_permutation_global(ptrdiff_t clusters, const double *residual, const int32_t *arm,
                                int32_t arms, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    return between(clusters, residual, arm, arms, NULL, false, options, result, err);
}

fp_status fp_permutation_levels(ptrdiff_t clusters, const double *residual, const int32_t *level,
                                int32_t levels, const int32_t *fixed,
                                const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    return between(clusters, residual, level, levels, fixed, true, options, result, err);
}

/* ---- range of a difference ------------------------------------------------------------------- */

typedef struct {
    double *difference;
    int64_t n;
} range_fold;

static void keep_difference(void *context, const fp_allocation *a)
{
    range_fold *r = context;
    if (a->second[0] > 0 && a->second[1] > 0)
        r->difference[r->n++] = a->sum[1] / a->second[1] - a->sum[0] / a->second[0];
}

/* Type-1 quantile: the smallest value with at least `thousandths` of the values at or below it. The
 * values are moved about, not sorted: O(n). */
static double quantile(range_fold *r, ptrdiff_t thousandths)
{
    if (r->n == 0)
        return (double)NAN;
    ptrdiff_t rank = (r->n * thousandths + 999) / 1000;
    return gsl_stats_select(r->difference, 1, (size_t)r->n, (size_t)rank - 1);
}

fp_status fp_permutation_range(ptrdiff_t clusters, ptrdiff_t columns, const double *sum,
                               const double *count, const int32_t *treated, const int32_t *fixed,
                               const fp_permutation_options *options, double *low, double *high,
                               fp_arena *scratch, fp_err *err)
{
    fp_perm_frame f = {.scratch = scratch};
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    o.exact_limit = o.exact_limit < RANGE_EXACT_MAX ? o.exact_limit : RANGE_EXACT_MAX;
    FP_TRY(fp_perm_frame_init(&f, clusters, sum, treated, 2, fixed, &o, err));
    FP_TRY(fp_perm_check_finite(sum, clusters * columns, err));
    FP_TRY(fp_perm_check_finite(count, clusters * columns, err));
    range_fold r = {0};
    FP_ARRAY(r.difference, scratch, f.set.n, err);
    for (ptrdiff_t c = 0; c < columns; c++) {
        f.set.value = sum + c * clusters;
        f.set.second = count + c * clusters;
        r.n = 0;
        for (long i = 0; i < f.set.chunks; i++)
            FP_TRY(fp_alloc_visit(&f.set, i, keep_difference, &r, err));
        low[c] = quantile(&r, 25);
        high[c] = quantile(&r, 975);
    }
    return FP_OK;
}
