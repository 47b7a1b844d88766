/* The joint test of a specification curve. */
#include <math.h>
#include <string.h>

#include "study/grid_priv.h"

enum { EXACT_LIMIT = 200000 }; /* allocations, each of which is looked at under every rule */

/* The levels of all other factors together. */
static int32_t others_of(const fp_protocol *plan, ptrdiff_t factor, const int *level)
{
    int32_t stratum = 0;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (f != factor)
            stratum = stratum * (int32_t)plan->factors[f].level_count + level[f];
    return stratum;
}

fp_status fp_grid_residuals(fp_build *b, const fp_analysis_spec *spec, ptrdiff_t outcome,
                            ptrdiff_t factor, double *sums, bool *followed, fp_err *err)
{
    const fp_study_data *data = b->data;
    fp_null_sums null = {0};
    if (!b->randomised)
        return FP_OK;
    fp_status status = fp_build_null(b, spec->id, outcome, spec->formula,
                                     b->plan->factors[factor].name, &null, err);
    if (status == FP_INPUT) /* under this rule nothing can be re-allocated */
        return FP_OK;
    FP_TRY(status);
    for (ptrdiff_t c = 0; null.sum && c < data->coach_count; c++)
        for (ptrdiff_t u = 0; u < null.clusters; u++)
            if (strcmp(null.label[u], data->coaches[c].id) == 0) {
                sums[c] = null.sum[u];
                followed[c] = true;
            }
    return FP_OK;
}

/* Why no allocation can be drawn anew; NULL where one can. */
static const char *obstacle(const fp_build *b, ptrdiff_t factor)
{
    if (b->plan->kind != FP_DESIGN_CLUSTER_RANDOMISED || !b->plan->cluster)
        return "coaches were not allocated by lot";
    if (factor < 0 || b->plan->factors[factor].level_count != 2)
        return "the effect is not that of a factor of two levels";
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++)
        if (b->data->coaches[c].arm < 0)
            return "a coach was not told an arm yet";
    if (b->plan->allocation.method != FP_ALLOCATION_ELSEWHERE && !b->drawn)
        return "the draw is not in the log";
    return NULL;
}

/* The coaches of the test, as numbers of data->coaches: all that were drawn where the log says so,
 * else those with somebody followed under any rule. */
static fp_status clusters_of(const fp_build *b, const fp_grid_sums *sums, ptrdiff_t rules,
                             ptrdiff_t *count, ptrdiff_t **out, fp_err *err)
{
    ptrdiff_t n = b->data->coach_count, *coach;
    *count = 0;
    FP_ARRAY(coach, b->arena, n, err);
    if (b->drawn) {
        for (ptrdiff_t u = 0; u < b->drawn->units; u++)
            for (ptrdiff_t c = 0; c < n; c++)
                if (strcmp(b->drawn->unit[u], b->data->coaches[c].id) == 0)
                    coach[(*count)++] = c;
    } else {
        for (ptrdiff_t c = 0; c < n; c++) {
            bool seen = false;
            for (ptrdiff_t k = 0; k < rules && !seen; k++)
                seen = sums->followed[k * n + c];
            if (seen)
                coach[(*count)++] = c;
        }
    }
    *out = coach;
    return FP_OK;
}

static const char *null_of(const fp_build *b, ptrdiff_t factor, fp_err *err)
{
    FP_BUF_SCOPED(others, 4096);
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        if (f != factor)
            fp_buf_printf(&others, "%s%s", others.n ? ", " : "", b->plan->factors[f].name);
    const char *name = b->plan->factors[factor].name;
    if (!others.n)
        return fp_arena_printf(b->arena, err,
                               "under none of these rules does any person's outcome depend on %s",
                               name);
    return fp_arena_printf(
        b->arena, err,
        "under none of these rules does any person's outcome depend on %s, at any "
        "level of %s, whatever that does",
        name, others.p);
}

/* The planned rule as the analysis itself tests it: more allocations are looked at than for all
 * rules together. */
static fp_status test_planned(const fp_build *b, ptrdiff_t count, const double *sum,
                              const int32_t *treated, const int32_t *fixed,
                              fp_permutation_result *result, fp_err *err)
{
    fp_permutation_options options = fp_permutation_defaults();
    options.seed = b->options->seed;
    options.threads = b->options->threads;
    options.rule = b->drawn ? b->drawn->rule : NULL;
    return fp_permutation_margin(count, sum, treated, b->plan->factor_count > 1 ? fixed : NULL,
                                 &options, result, err);
}

/* Columns without movement say nothing and are left out by fp_permutation_joint. */
static fp_status run_test(fp_build *b, const fp_grid_sums *sums, ptrdiff_t factor, ptrdiff_t count,
                          const ptrdiff_t *coach, fp_grid_rule *rules, fp_grid *grid, fp_err *err)
{
    ptrdiff_t n = b->data->coach_count;
    fp_permutation_options options = fp_permutation_defaults();
    fp_permutation_many many;
    fp_permutation_result planned;
    int32_t *treated, *fixed;
    double *value;
    FP_ARRAY(treated, b->arena, count, err);
    FP_ARRAY(fixed, b->arena, count, err);
    FP_ARRAY(value, b->arena, count * grid->count, err);
    for (ptrdiff_t u = 0; u < count; u++) {
        const int *level = b->data->coaches[coach[u]].level;
        treated[u] = level[factor];
        fixed[u] = others_of(b->plan, factor, level);
        for (ptrdiff_t k = 0; k < grid->count; k++)
            value[k * count + u] = sums->sums[k * n + coach[u]];
    }
    options.exact_limit = EXACT_LIMIT;
    options.seed = b->options->seed;
    options.threads = b->options->threads;
    options.progress = b->options->progress;
    options.rule = b->drawn ? b->drawn->rule : NULL;
    FP_TRY(fp_permutation_joint(count, grid->count, value, treated,
                                b->plan->factor_count > 1 ? fixed : NULL, &options, b->arena, &many,
                                err));
    FP_TRY(test_planned(b, count, value + grid->planned * count, treated, fixed, &planned, err));
    grid->joint = many.median;
    grid->largest = many.joint;
    for (ptrdiff_t k = 0; k < grid->count; k++) {
        if (!(many.sd[k] > 0))
            continue;
        rules[k].p_permutation = k == grid->planned ? planned.p : many.column[k].p;
        grid->tested++;
    }
    if (grid->tested == 0)
        grid->no_joint = "nobody had the event under any rule";
    return FP_OK;
}

fp_status fp_grid_test(fp_build *b, const fp_grid_sums *sums, ptrdiff_t factor, fp_grid_rule *rules,
                       fp_grid *grid, fp_err *err)
{
    ptrdiff_t count = 0, *coach, of_level[2] = {0, 0};
    grid->no_joint = obstacle(b, factor);
    if (grid->no_joint)
        return FP_OK;
    FP_TRY(clusters_of(b, sums, grid->count, &count, &coach, err));
    for (ptrdiff_t u = 0; u < count; u++)
        of_level[b->data->coaches[coach[u]].level[factor]]++;
    if (!of_level[0] || !of_level[1]) {
        grid->no_joint = "all coaches of those followed have one level of the factor";
        return FP_OK;
    }
    if (!(grid->null = null_of(b, factor, err)))
        return FP_NOMEM;
    return run_test(b, sums, factor, count, coach, rules, grid, err);
}
