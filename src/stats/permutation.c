#include "stats/permutation.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/allocation_set_priv.h"

/* Equation numbers refer to docs/methods/permutation.md. */

enum { FACTORIAL_ARMS = 4 };
#define TIE             1e-9
#define RANGE_EXACT_MAX 1000000
#define SCRATCH         (4 * FP_GIB)

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

/* ---- set-up -------------------------------------------------------------------------------- */

/* What the three tests have in common. */
typedef struct {
    fp_permutation_options options;
    fp_alloc_set set;
    fp_arena *scratch;
} frame;

static fp_status check_finite(const double *value, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            return fp_fail(err, FP_ARG, "permutation: value %td is not finite", i + 1);
    }
    return FP_OK;
}

static fp_status check_level(const char *name, const int32_t *level, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t j = 0; j < n; j++) {
        if (level[j] < 0 || level[j] > 1)
            return fp_fail(err, FP_ARG, "permutation: %s of cluster %td is not 0 or 1", name,
                           j + 1);
    }
    return FP_OK;
}

static fp_status frame_init(frame *f, ptrdiff_t clusters, const double *value, const int32_t *arm,
                            int32_t arms, const int32_t *fixed,
                            const fp_permutation_options *options, fp_err *err)
{
    f->options = options ? *options : fp_permutation_defaults();
    fp_alloc_spec spec = {.units = clusters,
                          .value = value,
                          .arm = arm,
                          .arms = arms,
                          .fixed = fixed,
                          .rule = f->options.rule,
                          .exact_limit = (double)f->options.exact_limit,
                          .samples = f->options.samples,
                          .seed = f->options.seed};
    return fp_alloc_set_create(&spec, f->scratch, &f->set, err);
}

/* Clusters of an arm over the strata. */
static int64_t arm_size(const fp_alloc_set *set, int32_t arm)
{
    int64_t members = 0;
    for (int32_t s = 0; s < set->strata; s++)
        members += set->size[s * set->arms + arm];
    return members;
}

/* Whether two arms have as many clusters in every stratum, so that they can change names. */
static bool same_sizes(const fp_alloc_set *set, int32_t a, int32_t b)
{
    for (int32_t s = 0; s < set->strata; s++) {
        if (set->size[s * set->arms + a] != set->size[s * set->arms + b])
            return false;
    }
    return true;
}

/* ---- the fold: how many allocations are at least as far ------------------------------------- */

typedef double (*statistic_fn)(const void *model, const fp_allocation *a);

typedef struct {
    int64_t met, far;
    double sum; /* of the statistic */
    fp_status status;
    fp_err err;
} far_chunk;

typedef struct {
    const fp_alloc_set *set;
    statistic_fn statistic;
    const void *model;
    double centre; /* distance is |T - centre|; one_sided: T itself */
    bool one_sided;
    double bound;     /* least distance that counts */
    far_chunk *chunk; /* set->chunks */
    fp_progress *progress;
} far_fold;

typedef struct {
    const far_fold *fold;
    far_chunk *at;
} far_context;

static double distance(const far_fold *fold, double statistic)
{
    return fold->one_sided ? statistic : fabs(statistic - fold->centre);
}

static void count_far(void *context, const fp_allocation *a)
{
    far_context *c = context;
    double statistic = c->fold->statistic(c->fold->model, a);
    c->at->met++;
    c->at->sum += statistic;
    if (distance(c->fold, statistic) >= c->fold->bound)
        c->at->far++;
}

static void run_far_chunk(void *context, long i)
{
    far_fold *fold = context;
    far_chunk *at = &fold->chunk[i];
    far_context c = {fold, at};
    *at = (far_chunk){0};
    at->status = fp_alloc_visit(fold->set, i, count_far, &c, &at->err);
    fp_progress_add(fold->progress, 1);
}

/* One way through the whole set; the sums of the chunks in their order. */
static fp_status run_pass(far_fold *fold, int threads, far_chunk *total, fp_err *err)
{
    fp_progress_begin(fold->progress, "permutation test", NULL, fold->set->chunks);
    fp_parallel(threads, fold->set->chunks, run_far_chunk, fold);
    fp_progress_end(fold->progress);
    *total = (far_chunk){0};
    for (long i = 0; i < fold->set->chunks; i++) {
        const far_chunk *at = &fold->chunk[i];
        if (at->status != FP_OK) {
            if (err)
                *err = at->err;
            return at->status;
        }
        total->met += at->met;
        total->far += at->far;
        total->sum += at->sum;
    }
    return FP_OK;
}

/* Fold the set and fill the result. A centre that is NaN is the mean over the set, found by a pass
 * of its own. `symmetries`: relabellings that leave every distance as it is, so that the farthest
 * allocation comes at least that often. `relative_tie`: the tolerance grows with the observed
 * distance (a ratio has no scale of its own). Eq. 2. */
static fp_status run_test(frame *f, far_fold *fold, double symmetries, bool relative_tie,
                          fp_permutation_result *result, fp_err *err)
{
    const fp_alloc_set *set = fold->set = &f->set;
    fold->progress = f->options.progress;
    fp_allocation observed;
    far_chunk total;
    uint8_t *label;
    FP_ARRAY(label, f->scratch, set->units, err);
    FP_ARRAY(fold->chunk, f->scratch, set->chunks, err);
    fp_alloc_observed(set, label, &observed);
    double statistic = fold->statistic(fold->model, &observed);
    if (isnan(fold->centre)) {
        FP_TRY(run_pass(fold, f->options.threads, &total, err));
        fold->centre = set->exact ? total.sum / (double)total.met
                                  : (total.sum + statistic) / (double)(total.met + 1);
    }
    double far = distance(fold, statistic);
    double tie = relative_tie && isfinite(far) ? TIE * fmax(1, far) : TIE;
    fold->bound = isfinite(far) ? far - tie : far;
    FP_TRY(run_pass(fold, f->options.threads, &total, err));
    int64_t at_least = total.far + (set->exact ? 0 : 1);
    double all = (double)(set->exact ? total.met : total.met + 1);
    *result = (fp_permutation_result){
        .allocations = total.met,
        .at_least_as_far = at_least,
        .exact = set->exact,
        .statistic = statistic,
        .mean = fold->centre,
        .p = (double)at_least / all,
        .smallest_p = set->exact ? fmin(1, symmetries / all) : 1 / all,
    };
    return FP_OK;
}

/* ---- one factor ---------------------------------------------------------------------------- */

static double treated_sum(const void *model, const fp_allocation *a)
{
    (void)model;
    return a->sum[1];
}

/* Does the set hold the mirror image of every allocation? A stratum that is all treated or all
 * untreated never moves and does not matter; under a constraint it does. */
static bool has_mirror(const fp_alloc_set *set)
{
    for (int32_t s = 0; s < set->strata; s++) {
        int32_t untreated = set->size[2 * s], treated = set->size[2 * s + 1];
        if (untreated != treated && (set->covariates || (untreated && treated)))
            return false;
    }
    return true;
}

/* Mean of the treated sum over the set: over strata, treated clusters times the stratum's mean
 * residual. Eq. 4. Under a constraint that holds where the set is its own mirror image; otherwise
 * there is no closed form: NaN. */
static double margin_mean(const fp_alloc_set *set)
{
    double mean = 0;
    if (set->covariates && !has_mirror(set))
        return FP_NUM_NAN;
    for (int32_t s = 0; s < set->strata; s++) {
        double total = 0;
        int32_t treated = set->size[2 * s + 1], members = set->size[2 * s] + treated;
        for (int32_t i = set->first[s]; i < set->first[s + 1]; i++)
            total += set->value[set->member[i]];
        mean += members ? treated * total / members : 0;
    }
    return mean;
}

fp_status fp_permutation_margin(ptrdiff_t clusters, const double *residual, const int32_t *treated,
                                const int32_t *fixed, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    frame f = {.scratch = scratch};
    FP_TRY(frame_init(&f, clusters, residual, treated, 2, fixed, options, err));
    far_fold fold = {.statistic = treated_sum, .centre = margin_mean(&f.set)};
    return run_test(&f, &fold, has_mirror(&f.set) ? 2 : 1, false, result, err);
}

/* ---- neither factor does anything ------------------------------------------------------------ */

typedef struct {
    int32_t arms;
    double size[FP_ALLOCATION_ARMS];
} global_model;

/* Eq. 5. */
static double between_arms(const void *model, const fp_allocation *a)
{
    const global_model *m = model;
    double sum = 0;
    for (int32_t g = 0; g < m->arms; g++) {
        if (m->size[g] > 0)
            sum += a->sum[g] * a->sum[g] / m->size[g];
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
            same += arm_size(set, g) > 0 && same_sizes(set, g, h);
        count *= same > 0 ? same : 1;
    }
    return count;
}

fp_status fp_permutation_global(ptrdiff_t clusters, const double *residual, const int32_t *arm,
                                int32_t arms, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    frame f = {.scratch = scratch};
    FP_TRY(frame_init(&f, clusters, residual, arm, arms, NULL, options, err));
    global_model model = {.arms = arms};
    for (int32_t g = 0; g < arms; g++)
        model.size[g] = (double)arm_size(&f.set, g);
    far_fold fold = {.statistic = between_arms,
                     .model = &model,
                     .centre = global_mean(&f.set),
                     .one_sided = true};
    return run_test(&f, &fold, relabellings(&f.set), false, result, err);
}

/* ---- interaction ----------------------------------------------------------------------------- */

typedef enum { BY_ARM, POOLED, UNSTUDENTISED } denominator;

/* Arms 0..3 are (a, b) = (0,0), (1,0), (0,1), (1,1). */
typedef struct {
    ptrdiff_t clusters;
    const double *value; /* centred */
    double size[FACTORIAL_ARMS];
    denominator denominator;
    double scale; /* root of the sum of squares */
} contrast_model;

static const double contrast_sign[FACTORIAL_ARMS] = {1, -1, -1, 1};

/* Squared standard error of the contrast: eq. 8 (by arm, the HC2 of a saturated model) or eq. 9
 * (pooled, where an arm has one cluster). Two passes, so that nothing cancels. */
static double contrast_variance(const contrast_model *m, const fp_allocation *a)
{
    double within[FACTORIAL_ARMS] = {0};
    for (ptrdiff_t j = 0; j < m->clusters; j++) {
        int g = a->label[j];
        double d = m->value[j] - a->sum[g] / m->size[g];
        within[g] += d * d;
    }
    double by_arm = 0;
    double pooled = 0;
    double inverse = 0;
    for (int g = 0; g < FACTORIAL_ARMS; g++) {
        if (m->denominator == BY_ARM)
            by_arm += within[g] / (m->size[g] * (m->size[g] - 1));
        pooled += within[g];
        inverse += 1 / m->size[g];
    }
    return m->denominator == BY_ARM ? by_arm
                                    : pooled / (double)(m->clusters - FACTORIAL_ARMS) * inverse;
}

/* Eq. 7. Where the residuals do not vary within any arm the ratio is 0 for a zero contrast and
 * otherwise infinite: as far as can be. */
static double studentised_contrast(const void *model, const fp_allocation *a)
{
    const contrast_model *m = model;
    double contrast = 0;
    for (int g = 0; g < FACTORIAL_ARMS; g++)
        contrast += contrast_sign[g] * a->sum[g] / m->size[g];
    if (fabs(contrast) <= 1e-12 * m->scale)
        return 0;
    if (m->denominator == UNSTUDENTISED)
        return contrast;
    double variance = contrast_variance(m, a);
    if (variance <= 1e-24 * m->scale * m->scale)
        return copysign((double)INFINITY, contrast);
    return contrast / sqrt(variance);
}

/* Renamings of the four arms that keep every arm's size in every stratum and the contrast up to its
 * sign. */
static double contrast_symmetries(const fp_alloc_set *set)
{
    int count = 0;
    for (int code = 0; code < 256; code++) {
        int to[FACTORIAL_ARMS] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        int used = 0;
        double turned = contrast_sign[to[0]] * contrast_sign[0];
        bool keeps = true;
        for (int g = 0; g < FACTORIAL_ARMS; g++) {
            used |= 1 << to[g];
            keeps = keeps && same_sizes(set, to[g], g) &&
                    contrast_sign[to[g]] * contrast_sign[g] * turned > 0;
        }
        count += keeps && used == 15;
    }
    return count;
}

static fp_status contrast_init(contrast_model *m, const fp_alloc_set *set, double *centred,
                               fp_err *err)
{
    double n = (double)set->units;
    double mean = 0;
    double squares = 0;
    for (ptrdiff_t j = 0; j < set->units; j++)
        mean += centred[j] / n;
    for (ptrdiff_t j = 0; j < set->units; j++) {
        centred[j] -= mean;
        squares += centred[j] * centred[j];
    }
    *m = (contrast_model){.clusters = set->units, .value = centred, .scale = sqrt(squares)};
    m->denominator = BY_ARM;
    for (int32_t g = 0; g < FACTORIAL_ARMS; g++) {
        int64_t size = arm_size(set, g);
        m->size[g] = (double)size;
        if (size == 0)
            return fp_fail(err, FP_ARG, "permutation: an arm of the factorial has no cluster");
        if (size == 1)
            m->denominator = set->units > FACTORIAL_ARMS ? POOLED : UNSTUDENTISED;
    }
    return FP_OK;
}

fp_status fp_permutation_interaction(ptrdiff_t clusters, const double *residual, const int32_t *a,
                                     const int32_t *b, const fp_permutation_options *options,
                                     fp_permutation_result *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    frame f = {.scratch = scratch};
    int32_t *arm;
    double *centred;
    contrast_model model;
    if (clusters < FACTORIAL_ARMS)
        return fp_fail(err, FP_ARG, "permutation: %td clusters, wanted %d or more", clusters,
                       FACTORIAL_ARMS);
    FP_TRY(check_level("first factor", a, clusters, err));
    FP_TRY(check_level("second factor", b, clusters, err));
    FP_TRY(check_finite(residual, clusters, err));
    FP_ARRAY(arm, scratch, clusters, err);
    FP_ARRAY(centred, scratch, clusters, err);
    for (ptrdiff_t j = 0; j < clusters; j++) {
        arm[j] = a[j] + 2 * b[j];
        centred[j] = residual[j];
    }
    FP_TRY(frame_init(&f, clusters, centred, arm, FACTORIAL_ARMS, NULL, options, err));
    FP_TRY(contrast_init(&model, &f.set, centred, err));
    far_fold fold = {.statistic = studentised_contrast, .model = &model};
    return run_test(&f, &fold, contrast_symmetries(&f.set), true, result, err);
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
    frame f = {.scratch = scratch};
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    o.exact_limit = o.exact_limit < RANGE_EXACT_MAX ? o.exact_limit : RANGE_EXACT_MAX;
    FP_TRY(frame_init(&f, clusters, sum, treated, 2, fixed, &o, err));
    FP_TRY(check_finite(sum, clusters * columns, err));
    FP_TRY(check_finite(count, clusters * columns, err));
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
