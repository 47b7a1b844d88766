#include "model/survival_priv.h"

#include <math.h>

#include "base/num.h"

fp_km_model_options fp_km_model_defaults(void)
{
    return (fp_km_model_options){
        .conf_type = FP_CONF_LOG, .level = 0.95, .rmst_horizon = FP_NUM_NAN, .data_sha256 = ""};
}

static const char *conf_name(fp_conf_type type)
{
    static const char *const names[] = {
        [FP_CONF_LOG] = "log", [FP_CONF_LOGLOG] = "log-log", [FP_CONF_PLAIN] = "plain"};
    return names[type];
}

/* Rows of one group, copied so that stats/ sees them side by side. */
static fp_status rows_of_group(const fp_design *design, int32_t group, fp_arena *arena,
                               fp_survdata *data, fp_err *err)
{
    ptrdiff_t n = 0, k = 0;
    for (ptrdiff_t i = 0; i < design->n; i++)
        n += design->group[i] == group;
    double *start = NULL, *stop, *weight = NULL;
    int32_t *event;
    FP_ARRAY(stop, arena, n, err);
    FP_ARRAY(event, arena, n, err);
    if (design->start)
        FP_ARRAY(start, arena, n, err);
    if (design->weight)
        FP_ARRAY(weight, arena, n, err);
    for (ptrdiff_t i = 0; i < design->n; i++) {
        if (design->group[i] != group)
            continue;
        stop[k] = design->stop[i];
        event[k] = design->event[i];
        if (start)
            start[k] = design->start[i];
        if (weight)
            weight[k] = design->weight[i];
        k++;
    }
    *data = (fp_survdata){
        .n = n, .start = start, .stop = stop, .event = event, .strata = 1, .weight = weight};
    return FP_OK;
}

static fp_status curve_of_group(const fp_design *design, int32_t group,
                                const fp_km_model_options *options, fp_arena *arena,
                                fp_km_stratum *stratum, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 8 * FP_GIB, err);
    fp_survdata data;
    fp_km_options km = {options->conf_type, options->level};
    FP_TRY(rows_of_group(design, group, scratch, &data, err));
    FP_TRY(fp_km(&data, &km, arena, &stratum->curve, err));
    stratum->label = design->group_label[group];
    stratum->median = fp_km_quantile_of(&stratum->curve, 0.5);
    stratum->rmst = (fp_km_rmst){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    if (isfinite(options->rmst_horizon))
        stratum->rmst = fp_km_rmst_of(&stratum->curve, options->rmst_horizon);
    return FP_OK;
}

static fp_status add_curves(const fp_design *design, const fp_km_model_options *options,
                            fp_arena *arena, fp_result *result, fp_err *err)
{
    fp_km_stratum *strata;
    FP_ARRAY(strata, arena, design->groups, err);
    for (int32_t g = 0; g < design->groups; g++) {
        FP_TRY(curve_of_group(design, g, options, arena, &strata[g], err));
        result->events += strata[g].curve.events;
    }
    result->strata = strata;
    result->stratum_count = design->groups;
    return FP_OK;
}

static fp_status add_logrank(const fp_design *design, double rho, fp_arena *arena,
                             fp_result *result, fp_err *err)
{
    if (design->groups < 2)
        return FP_OK;
    fp_survdata data = fp_survival_view(design);
    FP_TRY(fp_logrank(&data, design->group, design->groups, rho, arena, &result->logrank, err));
    result->has_logrank = true;
    return FP_OK;
}

/* A mean to a horizon beyond the last row of a group rests on a curve that nobody was seen on. */
static fp_status warn_horizon(const fp_km_stratum *stratum, fp_warnings *warnings, fp_err *err)
{
    const fp_km_curve *curve = &stratum->curve;
    double last = curve->time[curve->length - 1], survival = curve->survival[curve->length - 1];
    if (!(stratum->rmst.horizon > last) || !(survival > 0))
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           "the rows of %s end at %.6g with survival %.3f: its mean to %.6g takes "
                           "the curve as flat from there (choose a horizon within every group)",
                           stratum->label, last, survival, stratum->rmst.horizon);
}

static fp_status warn(const fp_design *design, const fp_result *result, fp_warnings *warnings,
                      fp_err *err)
{
    if (result->events == 0)
        FP_TRY(fp_warnings_add(warnings, err,
                               "nobody had an event: the curves stay at 1 and no test is made"));
    for (ptrdiff_t g = 0; result->events > 0 && g < result->stratum_count; g++)
        if (result->strata[g].curve.events == 0)
            FP_TRY(fp_warnings_add(warnings, err, "no events among the people with %s",
                                   result->strata[g].label));
    for (ptrdiff_t g = 0; g < result->stratum_count; g++)
        FP_TRY(warn_horizon(&result->strata[g], warnings, err));
    if (design->cluster)
        FP_TRY(fp_warnings_add(warnings, err,
                               "the clusters of %s are not used: intervals and test take the rows "
                               "as independent",
                               design->cluster_name));
    return FP_OK;
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
    fp_design_options how = {.weights = options->weights,
                             .cluster = options->cluster,
                             .id = options->id,
                             .groups_only = true};
    FP_TRY(fp_warnings_init(&warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &design, &warnings, err));
    fp_result made = {.model = FP_MODEL_KM,
                      .formula = design.text,
                      .level = options->level,
                      .n = design.n,
                      .dropped = design.dropped,
                      .data_name = fp_table_name(table),
                      .data_sha256 = options->data_sha256,
                      .seed = options->seed,
                      .conf_type = conf_name(options->conf_type),
                      .rho = options->rho};
    FP_TRY(add_curves(&design, options, arena, &made, err));
    FP_TRY(add_logrank(&design, options->rho, arena, &made, err));
    FP_TRY(warn(&design, &made, &warnings, err));
    FP_TRY(fp_warnings_finish(&warnings, &made, err));
    made.state = made.events ? "ok" : "no_events";
    *result = made;
    return FP_OK;
}
