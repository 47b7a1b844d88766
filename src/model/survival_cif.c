#include <math.h>

#include "base/num.h"
#include "model/competing.h"
#include "model/survival_priv.h"

fp_cif_model_options fp_cif_model_defaults(void)
{
    return (fp_cif_model_options){.common = fp_model_common_defaults(), .conf_type = FP_CONF_LOG};
}

fp_cif_point fp_cif_at(const fp_cif_curves *curves, int32_t cause, double time)
{
    ptrdiff_t step = fp_cif_index(curves, time), next = step + 1;
    if (step >= 0 && !(curves->time[step] < time))
        next = step;
    fp_cif_point point = {.lower = FP_NUM_NAN, .upper = FP_NUM_NAN};
    point.at_risk = next < curves->length ? curves->at_risk[next] : 0;
    if (step < 0)
        return point;
    ptrdiff_t at = step + cause * curves->length;
    bool after = step + 1 == curves->length && curves->time[step] < time;
    if (after && curves->free[step] > 0)
        return (fp_cif_point){0, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    point.cif = curves->cif[at];
    point.se = curves->se[at];
    point.lower = curves->lower[at];
    point.upper = curves->upper[at];
    return point;
}

static fp_status add_curves(const fp_design *design, const fp_cif_model_options *options,
                            fp_arena *arena, fp_result *result, fp_err *err)
{
    fp_cif_stratum *strata;
    fp_cif_options cif = {options->conf_type, options->common.level, options->common.threads};
    int32_t causes = design->causes > 0 ? design->causes : 1;
    fp_survdata all = fp_survival_view(design);
    all.stratum = design->group;
    all.strata = design->groups;
    FP_ARRAY(strata, arena, design->groups, err);
    for (int32_t g = 0; g < design->groups; g++) {
        FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
        fp_survdata data;
        FP_TRY(fp_surv_stratum(&all, g, scratch, &data, err));
        FP_TRY(fp_cif(&data, causes, &cif, arena, &strata[g].curves, err));
        strata[g].label = design->group_label[g];
        for (int32_t k = 0; k < causes; k++)
            result->events += strata[g].curves.events[k];
    }
    result->cif = strata;
    result->cif_count = design->groups;
    return FP_OK;
}

static fp_status add_gray(const fp_design *design, const fp_cif_model_options *options,
                          fp_arena *arena, fp_warnings *warnings, fp_result *result, fp_err *err)
{
    if (design->groups < 2 || design->causes < 1)
        return FP_OK;
    if (design->weight || design->start)
        return fp_warnings_add(warnings, err, "Gray's test is not defined for %s: it is left out",
                               design->weight ? "weighted rows" : "late entry");
    fp_gray_row *rows;
    fp_survdata data = fp_survival_view(design);
    FP_ARRAY(rows, arena, design->causes, err);
    for (int32_t k = 0; k < design->causes; k++) {
        rows[k].cause = design->cause_label[k];
        FP_TRY(fp_gray(&data, k + 1, design->group, design->groups, options->rho, arena,
                       &rows[k].test, err));
    }
    result->gray = rows;
    result->gray_count = design->causes;
    return FP_OK;
}

/* A cause that a group does not have, and a group without any event. */
static fp_status warn_group(const fp_design *design, const fp_cif_stratum *stratum,
                            fp_warnings *warnings, fp_err *err)
{
    ptrdiff_t events = 0;
    for (int32_t k = 0; k < design->causes; k++)
        events += stratum->curves.events[k];
    if (events == 0)
        return fp_warnings_add(warnings, err, "no events among the people with %s", stratum->label);
    for (int32_t k = 0; k < design->causes; k++)
        if (stratum->curves.events[k] == 0)
            FP_TRY(fp_warnings_add(warnings, err, "nobody with %s had the event %s", stratum->label,
                                   design->cause_label[k]));
    return FP_OK;
}

static fp_status warn(const fp_design *design, const fp_result *result, fp_warnings *warnings,
                      fp_err *err)
{
    if (result->events == 0)
        FP_TRY(fp_warnings_add(warnings, err,
                               "nobody had an event: the curves stay at 0 and no test is made"));
    for (ptrdiff_t g = 0; result->events > 0 && g < result->cif_count; g++)
        FP_TRY(warn_group(design, &result->cif[g], warnings, err));
    if (result->events == design->n)
        FP_TRY(fp_warnings_add(warnings, err, "nobody was censored: every row ends in an event"));
    if (design->causes == 1)
        FP_TRY(fp_warnings_add(warnings, err,
                               "%s is the only event: without competing events the curve is 1 "
                               "less that of Kaplan and Meier",
                               design->cause_label[0]));
    if (design->cluster)
        FP_TRY(fp_warnings_add(warnings, err,
                               "the clusters of %s are not used: intervals and test take the rows "
                               "as independent",
                               design->cluster_name));
    return FP_OK;
}

fp_status fp_model_cif(const fp_table *table, const char *formula,
                       const fp_cif_model_options *options, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_cif_model_options defaults = fp_cif_model_defaults();
    if (!options)
        options = &defaults;
    fp_warnings warnings;
    fp_design design;
    fp_design_options how = fp_model_design_options(&options->common);
    how.groups_only = true;
    how.competing = true;
    how.censored = options->censored;
    FP_TRY(fp_warnings_init(&warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &design, &warnings, err));
    fp_result made = fp_model_begin(FP_MODEL_CIF, table, &design, &options->common);
    made.clusters = 0; /* not used, and said so */
    made.conf_type = fp_conf_type_name(options->conf_type);
    made.rho = options->rho;
    made.cause_count = design.causes;
    made.cause = design.cause_label;
    made.cif_time_count = options->time_count;
    made.cif_times = options->times;
    FP_TRY(add_curves(&design, options, arena, &made, err));
    FP_TRY(add_gray(&design, options, arena, &warnings, &made, err));
    FP_TRY(warn(&design, &made, &warnings, err));
    FP_TRY(fp_warnings_finish(&warnings, &made, err));
    made.state = made.events ? "ok" : "no_events";
    *result = made;
    return FP_OK;
}
