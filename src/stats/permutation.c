#include "stats/permutation.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_statistics_double.h>

#include "base/parallel.h"
#include "base/rng.h"

/* Equation numbers refer to docs/methods/permutation.md. */

enum {
    MAX_CLUSTERS = 512, /* bounds the recursion and the label array of a walk */
    MAX_ARMS = 16,
    MAX_STRATA = 2,
    MIN_CHUNKS = 64,                    /* pieces of the fold; a constant, never the thread count */
    MAX_CHUNKS = MIN_CHUNKS * MAX_ARMS, /* one level deeper than the last one below MIN_CHUNKS */
    FACTORIAL_ARMS = 4,
};
#define TIE             1e-9
#define RANGE_EXACT_MAX 1000000.0

/* The allocations that the design could have produced: the clusters of each stratum keep the number
 * of them in each arm. Immutable while chunks run. */
typedef struct {
    int clusters, arms;
    const double *value;  /* clusters */
    const double *second; /* clusters: a second value summed by arm, or NULL */
    const int32_t *arm;   /* clusters: the observed allocation */
    int32_t stratum[MAX_CLUSTERS];
    int size[MAX_STRATA][MAX_ARMS]; /* clusters of a stratum in an arm */
    bool exact;
    int64_t n; /* allocations, or samples */
    uint64_t seed;
    int depth;   /* exact: a chunk is one way to allocate the first `depth` clusters */
    long chunks; /* <= MAX_CHUNKS */
} reference_set;

typedef struct {
    double sum[MAX_ARMS], second[MAX_ARMS]; /* by arm */
    uint8_t label[MAX_CLUSTERS];            /* arm of each cluster */
} allocation;

typedef void (*visit_fn)(void *context, const allocation *a);

/* One chunk's way through the set. */
typedef struct {
    const reference_set *set;
    visit_fn visit;
    void *context;
    long prefix, chunk; /* prefixes met so far; the one to follow */
    int left[MAX_STRATA][MAX_ARMS];
    allocation now;
} walk;

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

/* ---- the set ------------------------------------------------------------------------------- */

/* Number of allocations: over strata, the multinomial coefficient of the arm sizes. Eq. 1. */
static double set_size(const reference_set *set)
{
    double n = 1;
    for (int s = 0; s < MAX_STRATA; s++) {
        int placed = 0;
        for (int g = 0; g < set->arms; g++) {
            placed += set->size[s][g];
            n *= fp_choose(placed, set->size[s][g]);
        }
    }
    return n;
}

/* Allocate cluster j in every way that is left, then those after it. Depth is at most
 * MAX_CLUSTERS. Sums are put back, not subtracted, so that they do not drift. */
static void descend(walk *w, int j)
{
    const reference_set *set = w->set;
    if (j == set->depth && w->prefix++ != w->chunk)
        return;
    if (j == set->clusters) {
        w->visit(w->context, &w->now);
        return;
    }
    int *left = w->left[set->stratum[j]];
    for (int g = 0; g < set->arms; g++) {
        if (left[g] == 0)
            continue;
        double sum = w->now.sum[g];
        double second = w->now.second[g];
        left[g]--;
        w->now.label[j] = (uint8_t)g;
        w->now.sum[g] += set->value[j];
        if (set->second)
            w->now.second[g] += set->second[j];
        descend(w, j + 1);
        w->now.sum[g] = sum;
        w->now.second[g] = second;
        left[g]++;
    }
}

static void sum_by_arm(const reference_set *set, allocation *a)
{
    memset(a->sum, 0, sizeof a->sum);
    memset(a->second, 0, sizeof a->second);
    for (int j = 0; j < set->clusters; j++) {
        a->sum[a->label[j]] += set->value[j];
        if (set->second)
            a->second[a->label[j]] += set->second[j];
    }
}

static void observed_allocation(const reference_set *set, allocation *a)
{
    for (int j = 0; j < set->clusters; j++)
        a->label[j] = (uint8_t)set->arm[j];
    sum_by_arm(set, a);
}

/* Shuffle the labels of one stratum (Fisher & Yates; Durstenfeld 1964). */
static void shuffle(const reference_set *set, int32_t stratum, allocation *a, fp_rng *rng)
{
    int member[MAX_CLUSTERS];
    int members = 0;
    for (int j = 0; j < set->clusters; j++) {
        if (set->stratum[j] == stratum)
            member[members++] = j;
    }
    for (int i = members - 1; i > 0; i--) {
        int k = member[fp_rng_below(rng, (uint32_t)i + 1)];
        uint8_t label = a->label[member[i]];
        a->label[member[i]] = a->label[k];
        a->label[k] = label;
    }
}

static void sample(walk *w)
{
    const reference_set *set = w->set;
    int64_t per_chunk = set->n / set->chunks;
    int64_t draws = per_chunk + (w->chunk < set->n % set->chunks ? 1 : 0);
    fp_rng rng;
    fp_rng_init(&rng, set->seed, FP_RNG_PERMUTATION, (uint64_t)w->chunk);
    observed_allocation(set, &w->now);
    for (int64_t i = 0; i < draws; i++) {
        for (int32_t s = 0; s < MAX_STRATA; s++)
            shuffle(set, s, &w->now, &rng);
        sum_by_arm(set, &w->now);
        w->visit(w->context, &w->now);
    }
}

/* Visit the allocations of one chunk, always in the same order. */
static void visit_chunk(const reference_set *set, long chunk, visit_fn visit, void *context)
{
    walk w = {.set = set, .visit = visit, .context = context, .chunk = chunk};
    memcpy(w.left, set->size, sizeof w.left);
    if (set->exact)
        descend(&w, 0);
    else
        sample(&w);
}

/* How many ways there are to allocate the first set->depth clusters. */
static long count_prefixes(const reference_set *set)
{
    walk w = {.set = set, .chunk = -1};
    memcpy(w.left, set->size, sizeof w.left);
    descend(&w, 0);
    return w.prefix;
}

static void cut_into_chunks(reference_set *set)
{
    set->chunks = MIN_CHUNKS;
    if (!set->exact)
        return;
    set->chunks = count_prefixes(set);
    while (set->chunks < MIN_CHUNKS && set->depth < set->clusters) {
        set->depth++;
        set->chunks = count_prefixes(set);
    }
}

/* ---- checks and set-up --------------------------------------------------------------------- */

static fp_status check_options(const fp_permutation_options *options, fp_err *err)
{
    if (options->samples < 1 || options->exact_limit < 0)
        return fp_fail(err, FP_ARG, "permutation: samples must be at least 1, exact_limit 0");
    return FP_OK;
}

static fp_status check_labels(const char *name, const int32_t *label, ptrdiff_t n, int32_t levels,
                              fp_err *err)
{
    for (ptrdiff_t j = 0; j < n; j++) {
        if (label[j] < 0 || label[j] >= levels)
            return fp_fail(err, FP_ARG, "permutation: %s of cluster %td is not in 0..%d", name,
                           j + 1, (int)levels - 1);
    }
    return FP_OK;
}

static fp_status check_finite(const double *value, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            return fp_fail(err, FP_ARG, "permutation: value %td is not finite", i + 1);
    }
    return FP_OK;
}

/* Check the input, count the sizes that every allocation keeps and choose exact or sampled. */
static fp_status set_init(reference_set *set, ptrdiff_t clusters, const double *value,
                          const int32_t *arm, int32_t arms, const int32_t *stratum,
                          double exact_limit, const fp_permutation_options *options, fp_err *err)
{
    if (clusters < 2 || clusters > MAX_CLUSTERS)
        return fp_fail(err, FP_ARG, "permutation: %td clusters, wanted 2 to %d", clusters,
                       MAX_CLUSTERS);
    if (arms < 2 || arms > MAX_ARMS)
        return fp_fail(err, FP_ARG, "permutation: %d arms, wanted 2 to %d", (int)arms, MAX_ARMS);
    FP_TRY(check_options(options, err));
    FP_TRY(check_labels("arm", arm, clusters, arms, err));
    FP_TRY(check_finite(value, clusters, err));
    if (stratum)
        FP_TRY(check_labels("stratum", stratum, clusters, MAX_STRATA, err));
    memset(set, 0, sizeof *set);
    set->clusters = (int)clusters;
    set->arms = arms;
    set->value = value;
    set->arm = arm;
    int filled = 0;
    for (ptrdiff_t j = 0; j < clusters; j++) {
        set->stratum[j] = stratum ? stratum[j] : 0;
        if (set->size[0][arm[j]] + set->size[1][arm[j]] == 0)
            filled++;
        set->size[set->stratum[j]][arm[j]]++;
    }
    if (filled < 2)
        return fp_fail(err, FP_ARG, "permutation: all clusters are in one group");
    double n = set_size(set);
    set->exact = n <= exact_limit;
    set->n = set->exact ? (int64_t)n : options->samples;
    set->seed = options->seed;
    cut_into_chunks(set);
    return FP_OK;
}

/* ---- the fold: how many allocations are at least as far ------------------------------------- */

typedef double (*statistic_fn)(const void *model, const allocation *a);

typedef struct {
    const reference_set *set;
    statistic_fn statistic;
    const void *model;
    double centre; /* distance is |T - centre|; one_sided: T itself */
    bool one_sided;
    double bound; /* least distance that counts */
    int64_t far[MAX_CHUNKS];
} far_fold;

typedef struct {
    const far_fold *fold;
    int64_t far;
} far_chunk;

static double distance(const far_fold *fold, double statistic)
{
    return fold->one_sided ? statistic : fabs(statistic - fold->centre);
}

static void count_far(void *context, const allocation *a)
{
    far_chunk *c = context;
    if (distance(c->fold, c->fold->statistic(c->fold->model, a)) >= c->fold->bound)
        c->far++;
}

static void run_far_chunk(void *context, long i)
{
    far_fold *fold = context;
    far_chunk c = {fold, 0};
    visit_chunk(fold->set, i, count_far, &c);
    fold->far[i] = c.far;
}

/* Fold the set and fill the result. `symmetries`: relabellings that leave every distance as it is,
 * so that the farthest allocation comes at least that often. `relative_tie`: the tolerance grows
 * with the observed distance (a ratio has no scale of its own). Eq. 2. */
static void run_test(far_fold *fold, int threads, double symmetries, bool relative_tie,
                     fp_permutation_result *result)
{
    const reference_set *set = fold->set;
    allocation observed;
    observed_allocation(set, &observed);
    double statistic = fold->statistic(fold->model, &observed);
    double far = distance(fold, statistic);
    double tie = relative_tie && isfinite(far) ? TIE * fmax(1, far) : TIE;
    fold->bound = isfinite(far) ? far - tie : far;
    fp_parallel(threads, set->chunks, run_far_chunk, fold);
    int64_t at_least = set->exact ? 0 : 1;
    for (long i = 0; i < set->chunks; i++)
        at_least += fold->far[i];
    double total = (double)(set->exact ? set->n : set->n + 1);
    *result = (fp_permutation_result){
        .allocations = set->n,
        .at_least_as_far = at_least,
        .exact = set->exact,
        .statistic = statistic,
        .mean = fold->centre,
        .p = (double)at_least / total,
        .smallest_p = set->exact ? fmin(1, symmetries / total) : 1 / total,
    };
}

/* ---- one factor ---------------------------------------------------------------------------- */

static double treated_sum(const void *model, const allocation *a)
{
    (void)model;
    return a->sum[1];
}

/* Mean of the treated sum over the set: over strata, treated clusters times the stratum's mean
 * residual. Eq. 4. */
static double margin_mean(const reference_set *set)
{
    double mean = 0;
    for (int s = 0; s < MAX_STRATA; s++) {
        double total = 0;
        int members = set->size[s][0] + set->size[s][1];
        for (int j = 0; j < set->clusters; j++)
            total += set->stratum[j] == s ? set->value[j] : 0;
        mean += members ? set->size[s][1] * total / members : 0;
    }
    return mean;
}

/* Does the set hold the mirror image of every allocation? A stratum that is all treated or all
 * untreated never moves and does not matter. */
static bool has_mirror(const reference_set *set)
{
    for (int s = 0; s < MAX_STRATA; s++) {
        int untreated = set->size[s][0];
        int treated = set->size[s][1];
        if (untreated && treated && untreated != treated)
            return false;
    }
    return true;
}

fp_status fp_permutation_margin(ptrdiff_t clusters, const double *residual, const int32_t *treated,
                                const int32_t *fixed, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    reference_set set;
    FP_TRY(set_init(&set, clusters, residual, treated, 2, fixed, (double)o.exact_limit, &o, err));
    far_fold fold = {.set = &set, .statistic = treated_sum, .centre = margin_mean(&set)};
    run_test(&fold, o.threads, has_mirror(&set) ? 2 : 1, false, result);
    return FP_OK;
}

/* ---- neither factor does anything ------------------------------------------------------------ */

typedef struct {
    int arms;
    double size[MAX_ARMS];
} global_model;

/* Eq. 5. */
static double between_arms(const void *model, const allocation *a)
{
    const global_model *m = model;
    double sum = 0;
    for (int g = 0; g < m->arms; g++) {
        if (m->size[g] > 0)
            sum += a->sum[g] * a->sum[g] / m->size[g];
    }
    return sum;
}

/* Mean of the statistic over all allocations in closed form. Eq. 6. */
static double global_mean(const reference_set *set)
{
    double n = set->clusters;
    double mean = 0;
    double squares = 0;
    int filled = 0;
    for (int j = 0; j < set->clusters; j++)
        mean += set->value[j] / n;
    for (int j = 0; j < set->clusters; j++)
        squares += (set->value[j] - mean) * (set->value[j] - mean);
    for (int g = 0; g < set->arms; g++)
        filled += set->size[0][g] > 0;
    return n * mean * mean + (filled - 1) * squares / (n - 1);
}

/* Arms of equal size can be renamed at will: over the sizes, (arms of that size)!. */
static double relabellings(const reference_set *set)
{
    double count = 1;
    for (int g = 0; g < set->arms; g++) {
        int same = 0;
        for (int h = 0; h <= g; h++)
            same += set->size[0][g] > 0 && set->size[0][h] == set->size[0][g];
        count *= same > 0 ? same : 1;
    }
    return count;
}

fp_status fp_permutation_global(ptrdiff_t clusters, const double *residual, const int32_t *arm,
                                int32_t arms, const fp_permutation_options *options,
                                fp_permutation_result *result, fp_err *err)
{
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    reference_set set;
    FP_TRY(set_init(&set, clusters, residual, arm, arms, NULL, (double)o.exact_limit, &o, err));
    global_model model = {.arms = arms};
    for (int g = 0; g < arms; g++)
        model.size[g] = set.size[0][g];
    far_fold fold = {.set = &set,
                     .statistic = between_arms,
                     .model = &model,
                     .centre = global_mean(&set),
                     .one_sided = true};
    run_test(&fold, o.threads, relabellings(&set), false, result);
    return FP_OK;
}

/* ---- interaction ----------------------------------------------------------------------------- */

typedef enum { BY_ARM, POOLED, UNSTUDENTISED } denominator;

/* Arms 0..3 are (a, b) = (0,0), (1,0), (0,1), (1,1). */
typedef struct {
    int clusters;
    const double *value; /* centred */
    double size[FACTORIAL_ARMS];
    denominator denominator;
    double scale; /* root of the sum of squares */
} contrast_model;

static const double contrast_sign[FACTORIAL_ARMS] = {1, -1, -1, 1};

/* Squared standard error of the contrast: eq. 8 (by arm, the HC2 of a saturated model) or eq. 9
 * (pooled, where an arm has one cluster). Two passes, so that nothing cancels. */
static double contrast_variance(const contrast_model *m, const allocation *a)
{
    double within[FACTORIAL_ARMS] = {0};
    for (int j = 0; j < m->clusters; j++) {
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
    return m->denominator == BY_ARM ? by_arm : pooled / (m->clusters - FACTORIAL_ARMS) * inverse;
}

/* Eq. 7. Where the residuals do not vary within any arm the ratio is 0 for a zero contrast and
 * otherwise infinite: as far as can be. */
static double studentised_contrast(const void *model, const allocation *a)
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

/* Renamings of the four arms that keep every arm's size and the contrast up to its sign. */
static double contrast_symmetries(const double *size)
{
    int count = 0;
    for (int code = 0; code < 256; code++) {
        int to[FACTORIAL_ARMS] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};
        int used = 0;
        double turned = contrast_sign[to[0]] * contrast_sign[0];
        bool keeps = true;
        for (int g = 0; g < FACTORIAL_ARMS; g++) {
            used |= 1 << to[g];
            keeps = keeps && size[to[g]] >= size[g] && size[to[g]] <= size[g] &&
                    contrast_sign[to[g]] * contrast_sign[g] * turned > 0;
        }
        count += keeps && used == 15;
    }
    return count;
}

static fp_status contrast_init(contrast_model *m, reference_set *set, double *centred, fp_err *err)
{
    double mean = 0;
    double squares = 0;
    for (int j = 0; j < set->clusters; j++)
        mean += centred[j] / set->clusters;
    for (int j = 0; j < set->clusters; j++) {
        centred[j] -= mean;
        squares += centred[j] * centred[j];
    }
    *m = (contrast_model){.clusters = set->clusters, .value = centred, .scale = sqrt(squares)};
    m->denominator = BY_ARM;
    for (int g = 0; g < FACTORIAL_ARMS; g++) {
        m->size[g] = set->size[0][g];
        if (set->size[0][g] == 0)
            return fp_fail(err, FP_ARG, "permutation: an arm of the factorial has no cluster");
        if (set->size[0][g] == 1)
            m->denominator = set->clusters > FACTORIAL_ARMS ? POOLED : UNSTUDENTISED;
    }
    return FP_OK;
}

fp_status fp_permutation_interaction(ptrdiff_t clusters, const double *residual, const int32_t *a,
                                     const int32_t *b, const fp_permutation_options *options,
                                     fp_permutation_result *result, fp_err *err)
{
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    int32_t arm[MAX_CLUSTERS] = {0};
    double centred[MAX_CLUSTERS] = {0};
    reference_set set;
    contrast_model model;
    if (clusters < FACTORIAL_ARMS || clusters > MAX_CLUSTERS)
        return fp_fail(err, FP_ARG, "permutation: %td clusters, wanted %d to %d", clusters,
                       FACTORIAL_ARMS, MAX_CLUSTERS);
    FP_TRY(check_labels("first factor", a, clusters, 2, err));
    FP_TRY(check_labels("second factor", b, clusters, 2, err));
    FP_TRY(check_finite(residual, clusters, err));
    for (ptrdiff_t j = 0; j < clusters; j++) {
        arm[j] = a[j] + 2 * b[j];
        centred[j] = residual[j];
    }
    FP_TRY(set_init(&set, clusters, centred, arm, FACTORIAL_ARMS, NULL, (double)o.exact_limit, &o,
                    err));
    FP_TRY(contrast_init(&model, &set, centred, err));
    far_fold fold = {.set = &set, .statistic = studentised_contrast, .model = &model};
    run_test(&fold, o.threads, contrast_symmetries(model.size), true, result);
    return FP_OK;
}

/* ---- range of a difference ------------------------------------------------------------------- */

typedef struct {
    double *difference;
    int64_t n;
} range_fold;

static void keep_difference(void *context, const allocation *a)
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
    fp_permutation_options o = options ? *options : fp_permutation_defaults();
    reference_set set;
    double limit = fmin((double)o.exact_limit, RANGE_EXACT_MAX);
    FP_TRY(set_init(&set, clusters, sum, treated, 2, fixed, limit, &o, err));
    FP_TRY(check_finite(sum, clusters * columns, err));
    FP_TRY(check_finite(count, clusters * columns, err));
    range_fold r = {0};
    FP_ARRAY(r.difference, scratch, set.n, err);
    for (ptrdiff_t c = 0; c < columns; c++) {
        set.value = sum + c * clusters;
        set.second = count + c * clusters;
        r.n = 0;
        for (long i = 0; i < set.chunks; i++)
            visit_chunk(&set, i, keep_difference, &r);
        low[c] = quantile(&r, 25);
        high[c] = quantile(&r, 975);
    }
    return FP_OK;
}
