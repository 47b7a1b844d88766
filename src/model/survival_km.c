#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/formula_priv.h"
#include "model/survival_km_priv.h"
#include "model/survival_randomised_priv.h"

fp_km_model_options fp_km_model_defaults(void)
{
    return (fp_km_model_options){
        .common = fp_model_common_defaults(), .conf_type = FP_CONF_LOG, .rmst_horizon = FP_NUM_NAN};
}

/* ---- what the rows are ---- */

static bool whole_weights(const fp_design *design)
{
    for (ptrdiff_t i = 0; design->weight && i < design->n; i++)
        if (floor(design->weight[i]) < design->weight[i])
            return false;
    return true;
}

static fp_status choose_variance(fp_km_analysis *k, fp_err *err)
{
    const fp_design *design = k->design;
    k->how = (fp_km_options){.conf_type = k->options->conf_type,
                             .level = k->options->common.level,
                             .exp_hazard = k->options->exp_hazard,
                             .cluster = design->cluster,
                             .clusters = design->clusters,
                             .threads = k->options->common.threads};
    k->how.robust = design->cluster || !whole_weights(design);
    if (!design->cluster || design->clusters > 1)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT,
                  "only one cluster (%s): a cluster-robust standard error needs at least two",
                  fp_shown_of(design->cluster_name).s);
    return fp_hint(err, FP_INPUT, "leave the clusters out");
}

static fp_status exchange_events(fp_km_analysis *k, fp_err *err)
{
    int32_t *event;
    if (!k->options->reverse)
        return FP_OK;
    FP_ARRAY(event, k->arena, k->data.n, err);
    for (ptrdiff_t i = 0; i < k->data.n; i++)
        event[i] = !k->data.event[i];
    k->data.event = event;
    return FP_OK;
}

/* ---- curves ---- */

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The times asked for, ascending and each once. */
static fp_status sort_times(const fp_km_analysis *k, double **out, ptrdiff_t *count, fp_err *err)
{
    ptrdiff_t n = k->options->time_count;
    *count = 0;
    FP_ARRAY(*out, k->arena, n, err);
    for (ptrdiff_t i = 0; i < n; i++)
        (*out)[i] = k->options->times[i];
    qsort(*out, (size_t)n, sizeof **out, by_number);
    for (ptrdiff_t i = 0; i < n; i++)
        if (i == 0 || (*out)[i] > (*out)[*count - 1])
            (*out)[(*count)++] = (*out)[i];
    return FP_OK;
}

static fp_status read_curve(const fp_km_analysis *k, const fp_result *result, const double *time,
                            fp_km_stratum *stratum, fp_err *err)
{
    fp_km_quantile *quantiles;
    fp_km_time *times;
    FP_ARRAY(quantiles, k->arena, result->quantile_count, err);
    FP_ARRAY(times, k->arena, result->time_count, err);
    stratum->median = fp_km_quantile_of(&stratum->curve, 0.5);
    for (ptrdiff_t i = 0; i < result->quantile_count; i++)
        quantiles[i] = fp_km_quantile_of(&stratum->curve, result->quantile_at[i]);
    fp_km_times(&stratum->curve, time, result->time_count, times);
    stratum->quantiles = quantiles;
    stratum->times = times;
    stratum->rmst = (fp_km_rmst){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    return FP_OK;
}

static fp_status add_rmst(const fp_km_analysis *k, const fp_km_curve *curve, fp_result *result,
                          fp_err *err)
{
    int32_t groups = k->design->groups;
    fp_km_rmst *mean;
    fp_rmst_contrast *contrast;
    if (!isfinite(k->options->rmst_horizon))
        return FP_OK;
    FP_ARRAY(mean, k->arena, groups, err);
    FP_ARRAY(contrast, k->arena, groups, err);
    FP_TRY(fp_rmst(&k->data, k->design->group, groups, curve, k->options->rmst_horizon, &k->how,
                   mean, contrast, err));
    for (int32_t g = 0; g < groups; g++)
        k->strata[g].rmst = mean[g];
    result->rmst_contrasts = contrast;
    result->rmst_contrast_count = groups - 1;
    return FP_OK;
}

static fp_status add_curves(fp_km_analysis *k, fp_result *result, fp_err *err)
{
    const fp_design *design = k->design;
    fp_km_curve *curve;
    double *time;
    FP_ARRAY(k->strata, k->arena, design->groups, err);
    FP_ARRAY(curve, k->arena, design->groups, err);
    k->tally = design->tally;
    if (!k->tally)
        FP_TRY(fp_tally_create(&k->data, design->group, design->groups, k->how.threads, k->arena,
                               &k->tally, err));
    FP_TRY(fp_km_groups(&k->data, design->group, design->groups, k->tally, &k->how, k->arena, curve,
                        err));
    FP_TRY(sort_times(k, &time, &result->time_count, err));
    result->quantile_at = k->options->quantiles;
    result->quantile_count = k->options->quantile_count;
    for (int32_t g = 0; g < design->groups; g++) {
        k->strata[g].label = design->group_label[g];
        k->strata[g].curve = curve[g];
        FP_TRY(read_curve(k, result, time, &k->strata[g], err));
        result->events += curve[g].events;
    }
    result->strata = k->strata;
    result->stratum_count = design->groups;
    return add_rmst(k, curve, result, err);
}

static fp_result begin_result(const fp_km_analysis *k, const fp_table *table)
{
    const fp_km_model_options *options = k->options;
    fp_result made = fp_model_begin(FP_MODEL_KM, table, k->design, &options->common);
    made.conf_type = fp_conf_type_name(options->conf_type);
    made.rho = options->rho;
    made.gamma = options->gamma;
    made.reverse = options->reverse;
    made.exp_hazard = options->exp_hazard;
    made.robust_curves = k->how.robust;
    return made;
}

/* Observed less expected events are the martingale residuals of the Cox model without terms, tied
 * times as Breslow takes them. */
static fp_status add_permutation(const fp_km_analysis *k, const fp_table *table,
                                 const fp_design_options *how, fp_result *result, fp_err *err)
{
    const fp_km_model_options *o = k->options;
    if (!o->randomised)
        return FP_OK;
    if (o->reverse || fpclassify(o->rho) != FP_ZERO || fpclassify(o->gamma) != FP_ZERO) {
        (void)fp_fail(err, FP_USAGE,
                      "the permutation tests are those of the plain log-rank test of the events");
        return fp_hint(err, FP_USAGE, "leave --rho, --gamma and --reverse out");
    }
    fp_survival_randomised what = {.request = {.text = o->randomised,
                                               .table = table,
                                               .design = k->design,
                                               .how = how,
                                               .common = &o->common,
                                               .allocations = o->allocations},
                                   .data = &k->data,
                                   .ties = FP_TIES_BRESLOW,
                                   .logrank = true};
    return fp_survival_permutation(&what, k->arena, k->warnings, result, err);
}

fp_status fp_model_km(const fp_table *table, const char *formula,
                      const fp_km_model_options *options, fp_arena *arena, fp_result *result,
                      fp_err *err)
{
    fp_km_model_options defaults = fp_km_model_defaults();
    if (!options)
        options = &defaults;
    fp_warnings warnings;
    fp_design design;
    fp_design_options how = fp_model_design_options(&options->common);
    how.groups_only = true;
    how.counts = !options->reverse && !options->randomised;
    FP_TRY(fp_warnings_init(&warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &design, &warnings, err));
    fp_km_analysis k = {.options = options,
                        .design = &design,
                        .data = fp_survival_view(&design),
                        .arena = arena,
                        .warnings = &warnings};
    FP_TRY(choose_variance(&k, err));
    FP_TRY(exchange_events(&k, err));
    fp_result made = begin_result(&k, table);
    FP_TRY(add_curves(&k, &made, err));
    FP_TRY(fp_km_tests(&k, &made, err));
    FP_TRY(add_permutation(&k, table, &how, &made, err));
    FP_TRY(fp_km_warn(&k, &made, err));
    FP_TRY(fp_warnings_finish(&warnings, &made, err));
    made.state = made.events ? "ok" : "no_events";
    *result = made;
    return FP_OK;
}
