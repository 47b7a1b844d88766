#include "stats/permutation_priv.h"

#include <math.h>

#include "base/num.h"
#include "base/parallel.h"

#define TIE 1e-9

fp_status fp_perm_check_finite(const double *value, ptrdiff_t n, fp_err *err)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        if (!isfinite(value[i]))
            return fp_fail(err, FP_ARG, "permutation: value %td is not finite", i + 1);
    }
    return FP_OK;
}

fp_status fp_perm_frame_init(fp_perm_frame *f, ptrdiff_t clusters, const double *value,
                             const int32_t *arm, int32_t arms, const int32_t *fixed,
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

int64_t fp_perm_arm_size(const fp_alloc_set *set, int32_t arm)
{
    int64_t members = 0;
    for (int32_t s = 0; s < set->strata; s++)
        members += set->size[s * set->arms + arm];
    return members;
}

bool fp_perm_same_sizes(const fp_alloc_set *set, int32_t a, int32_t b)
{
    for (int32_t s = 0; s < set->strata; s++) {
        if (set->size[s * set->arms + a] != set->size[s * set->arms + b])
            return false;
    }
    return true;
}

void fp_perm_stratum_means(const fp_alloc_set *set, double *mean)
{
    for (int32_t s = 0; s < set->strata; s++) {
        int32_t members = set->first[s + 1] - set->first[s];
        double total = 0;
        for (int32_t i = set->first[s]; i < set->first[s + 1]; i++)
            total += set->value[set->member[i]];
        mean[s] = members ? total / members : 0;
    }
}

double fp_perm_mirrors(const fp_alloc_set *set)
{
    for (int32_t s = 0; s < set->strata; s++) {
        int32_t untreated = set->size[2 * s], treated = set->size[2 * s + 1];
        if (untreated != treated && (set->covariates || (untreated && treated)))
            return 1;
    }
    return 2;
}

double fp_perm_set_size(const fp_alloc_set *set, int64_t met)
{
    if (set->exact)
        return (double)met;
    return set->covariates ? FP_NUM_NAN : fp_alloc_count(set->size, set->strata, set->arms);
}

/* ---- the fold: how many allocations are at least as far ------------------------------------- */

typedef struct {
    const fp_perm_fold *fold;
    fp_perm_chunk *at;
} fold_context;

static double distance(const fp_perm_fold *fold, double statistic)
{
    return fold->one_sided ? statistic : fabs(statistic - fold->centre);
}

static void count_far(void *context, const fp_allocation *a)
{
    fold_context *c = context;
    double statistic = c->fold->statistic(c->fold->model, a);
    c->at->met++;
    c->at->sum += statistic;
    if (distance(c->fold, statistic) >= c->fold->bound)
        c->at->far++;
}

static void run_fp_perm_chunk(void *context, long i)
{
    fp_perm_fold *fold = context;
    fp_perm_chunk *at = &fold->chunk[i];
    fold_context c = {fold, at};
    *at = (fp_perm_chunk){0};
    at->status = fp_alloc_visit(fold->set, i, count_far, &c, &at->err);
    fp_progress_add(fold->progress, 1);
}

/* One way through the whole set; the sums of the chunks in their order. */
static fp_status run_pass(fp_perm_fold *fold, int threads, fp_perm_chunk *total, fp_err *err)
{
    fp_progress_begin(fold->progress, "permutation test", NULL, fold->set->chunks);
    fp_parallel(threads, fold->set->chunks, run_fp_perm_chunk, fold);
    fp_progress_end(fold->progress);
    *total = (fp_perm_chunk){0};
    for (long i = 0; i < fold->set->chunks; i++) {
        const fp_perm_chunk *at = &fold->chunk[i];
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

double fp_perm_bound(double far, bool relative_tie)
{
    double tie = relative_tie && isfinite(far) ? TIE * fmax(1, far) : TIE;
    return isfinite(far) ? far - tie : far;
}

fp_status fp_perm_test(fp_perm_frame *f, fp_perm_fold *fold, double symmetries, bool relative_tie,
                       fp_permutation_result *result, fp_err *err)
{
    const fp_alloc_set *set = fold->set = &f->set;
    fold->progress = f->options.progress;
    fp_allocation observed;
    fp_perm_chunk total;
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
    fold->bound = fp_perm_bound(far, relative_tie);
    FP_TRY(run_pass(fold, f->options.threads, &total, err));
    int64_t at_least = total.far + (set->exact ? 0 : 1);
    double all = (double)(set->exact ? total.met : total.met + 1);
    *result = (fp_permutation_result){
        .allocations = total.met,
        .at_least_as_far = at_least,
        .exact = set->exact,
        .set_size = fp_perm_set_size(set, total.met),
        .statistic = statistic,
        .mean = fold->centre,
        .p = (double)at_least / all,
        .smallest_p = set->exact ? fmin(1, symmetries / all) : 1 / all,
    };
    return FP_OK;
}
