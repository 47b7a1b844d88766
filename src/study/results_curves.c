/* Kaplan-Meier curves, or cumulative incidences where somebody had a competing event: by margin, by
 * arm, and by margin within the levels of each subgroup. */
#include "study/results_priv.h"

#include <stdio.h>
#include <string.h>

static fp_status add_stratum(fp_build *b, fp_curve *curve, fp_km_stratum *strata, fp_group *groups,
                             const fp_group *group, fp_err *err)
{
    fp_times times;
    FP_TRY(fp_times_of(b, group, b->arena, &times, err));
    if (times.n == 0)
        return FP_OK;
    fp_incidence incidence;
    FP_TRY(fp_build_incidence(b, &times, b->arena, &incidence, err));
    ptrdiff_t s = curve->result.stratum_count++;
    strata[s].label = group->key;
    strata[s].curve = incidence.curve;
    strata[s].median = fp_km_quantile_of(&strata[s].curve, 0.5);
    strata[s].rmst = fp_curve_reaches(&strata[s].curve, b->spec->follow_up)
                         ? incidence.mean
                         : (fp_km_rmst){b->spec->follow_up, FP_NUM_NAN, FP_NUM_NAN};
    groups[s] = *group;
    curve->result.n += times.n;
    curve->result.events += strata[s].curve.events;
    return FP_OK;
}

static fp_status begin(fp_build *b, fp_curve *curve, ptrdiff_t room, fp_km_stratum **strata,
                       fp_group **groups, fp_err *err)
{
    FP_ARRAY(*strata, b->arena, room, err);
    FP_ARRAY(*groups, b->arena, room, err);
    curve->groups = *groups;
    curve->result = (fp_result){.model = FP_MODEL_KM,
                                .formula = "",
                                .level = b->options->level,
                                .state = "ok",
                                .data_name = "",
                                .data_sha256 = "",
                                .seed = b->options->seed,
                                .strata = *strata,
                                .conf_type = "log"};
    return FP_OK;
}

static fp_status margin_curve(fp_build *b, ptrdiff_t factor, const char *column, const char *value,
                              fp_curve *curve, fp_err *err)
{
    const fp_factor *f = &b->plan->factors[factor];
    fp_km_stratum *strata;
    fp_group *groups;
    *curve = (fp_curve){.factor = factor, .column = column, .value = value};
    curve->id = column ? fp_arena_printf(b->arena, err, "km_%s_%s=%s", f->name, column, value)
                       : fp_arena_printf(b->arena, err, "km_%s", f->name);
    if (!curve->id)
        return FP_NOMEM;
    FP_TRY(begin(b, curve, f->level_count, &strata, &groups, err));
    for (int l = 0; l < f->level_count; l++) {
        fp_group group = fp_group_margin(b, factor, l, err);
        if (column && group.key) {
            group.column = column;
            group.value = value;
            group.key = fp_arena_printf(b->arena, err, "%s=%s,%s", column, value, group.key);
        }
        if (!group.key)
            return FP_NOMEM;
        FP_TRY(add_stratum(b, curve, strata, groups, &group, err));
        if (column)
            FP_TRY(fp_build_group_outcome(b, &group, err));
    }
    return FP_OK;
}

static fp_status arms_curve(fp_build *b, fp_curve *curve, fp_err *err)
{
    fp_km_stratum *strata;
    fp_group *groups;
    *curve = (fp_curve){.id = "km_arms", .factor = -1};
    FP_TRY(begin(b, curve, b->data->arm_count + 1, &strata, &groups, err));
    if (b->plan->factor_count == 0) {
        fp_group total = fp_group_total();
        return add_stratum(b, curve, strata, groups, &total, err);
    }
    for (ptrdiff_t a = 0; a < b->data->arm_count; a++) {
        fp_group group = {.key = fp_arm_key(b->data, a), .arm = a, .factor = -1};
        FP_TRY(add_stratum(b, curve, strata, groups, &group, err));
    }
    return FP_OK;
}

/* The subgroup column of an analysis, as levels of the people source; none for other analyses. */
static fp_status subgroup_levels(fp_build *b, const fp_analysis_spec *spec, ptrdiff_t *factor,
                                 ptrdiff_t *count, const char *const **values, fp_err *err)
{
    const fp_analysis_spec *of =
        spec->role == FP_ROLE_SUBGROUP && spec->of ? fp_protocol_analysis(b->plan, spec->of) : NULL;
    *count = 0;
    *factor = of && of->effect ? fp_factor_index(b->plan, of->effect) : -1;
    if (*factor < 0 || !spec->by)
        return FP_OK;
    FP_TRY(fp_column_values(b, spec->by, count, values, err));
    if (*count > 12) {
        (void)fp_fail_at(err, FP_INPUT, b->plan->path, spec->line, 0,
                         "the column \"%s\" has %td values, too many for a subgroup analysis",
                         spec->by, *count);
        return fp_hint(err, FP_INPUT,
                       "group the values in the source, or take a column with at most 12");
    }
    return FP_OK;
}

static fp_status subgroup_curves(fp_build *b, const fp_analysis_spec *spec, fp_curve *curves,
                                 ptrdiff_t *n, fp_err *err)
{
    ptrdiff_t factor, count;
    const char *const *values = NULL;
    FP_TRY(subgroup_levels(b, spec, &factor, &count, &values, err));
    for (ptrdiff_t v = 0; v < count; v++) {
        fp_group group = {.arm = -1, .factor = -1, .column = spec->by, .value = values[v]};
        group.key = fp_arena_printf(b->arena, err, "%s=%s", spec->by, values[v]);
        if (!group.key)
            return FP_NOMEM;
        FP_TRY(fp_build_group_outcome(b, &group, err));
        FP_TRY(margin_curve(b, factor, spec->by, values[v], &curves[(*n)++], err));
    }
    return FP_OK;
}

fp_status fp_build_curves(fp_build *b, fp_err *err)
{
    ptrdiff_t n = 0, room = 1 + b->plan->factor_count + 12 * b->plan->analysis_count;
    fp_curve *curves;
    FP_ARRAY(curves, b->arena, room, err);
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        FP_TRY(margin_curve(b, f, NULL, NULL, &curves[n++], err));
    FP_TRY(arms_curve(b, &curves[n++], err));
    for (ptrdiff_t i = 0; i < b->plan->analysis_count; i++)
        FP_TRY(subgroup_curves(b, &b->plan->analyses[i], curves, &n, err));
    b->out->curves = curves;
    b->out->curve_count = n;
    return FP_OK;
}
