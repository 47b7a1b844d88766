/* The draw behind the permutation tests, where the study drew its arms itself. */
#include "study/results_priv.h"

#include <math.h>
#include <string.h>

#include "study/changes.h"
#include "study/draw.h"

/* The coaches of the draw, then those who came late: in their own blocks, beyond the constraint. */
static fp_status with_late(const fp_study_data *data, fp_arena *arena, fp_draw *draw,
                           ptrdiff_t *drawn, fp_err *err)
{
    const fp_source *coaches = &data->sources[FP_SOURCE_COACHES];
    const int32_t *late = data->draw.late;
    fp_source first;
    ptrdiff_t *rows, n = 0;
    FP_ARRAY(rows, arena, coaches->rows, err);
    for (ptrdiff_t i = 0; i < coaches->rows; i++)
        if (!late || late[i] < 0)
            rows[n++] = i;
    *drawn = n;
    FP_TRY(fp_source_pick(coaches, rows, n, arena, &first, err));
    FP_TRY(fp_draw_read(data->protocol, &first, arena, draw, err));
    for (ptrdiff_t i = 0; i < coaches->rows; i++)
        if (late && late[i] >= 0)
            rows[n++] = i;
    const char **unit;
    int32_t *stratum;
    double *value;
    FP_ARRAY(unit, arena, n, err);
    FP_ARRAY(stratum, arena, n, err);
    FP_ARRAY(value, arena, n * draw->covariates, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        bool in = i < *drawn;
        unit[i] = coaches->cells[fp_source_role(coaches, data->protocol, "id")][rows[i]];
        stratum[i] = in ? draw->stratum[i] : (int32_t)draw->strata + late[rows[i]];
        for (ptrdiff_t k = 0; in && k < draw->covariates; k++)
            value[k * n + i] = draw->value[k * *drawn + i];
    }
    draw->units = n;
    draw->unit = unit;
    draw->stratum = stratum;
    draw->strata += data->draw.late_blocks;
    draw->value = value;
    return FP_OK;
}

/* The rule of the draw without what only the secret gives: strata, and the constraint. */
static fp_status make_rule(const fp_study_data *data, const fp_draw *draw, ptrdiff_t drawn,
                           fp_arena *arena, fp_allocation_rule **out, fp_err *err)
{
    const fp_allocation_spec *spec = &data->protocol->allocation;
    fp_allocation_rule *rule;
    double *weight;
    FP_ARRAY(rule, arena, 1, err);
    FP_ARRAY(weight, arena, spec->balance_count, err);
    *rule = (fp_allocation_rule){
        .units = draw->units, .arms = (int32_t)draw->arms, .strata = 1, .limit = HUGE_VAL};
    if (spec->method != FP_ALLOCATION_SIMPLE) { /* by a simple draw late coaches are as others */
        rule->stratum = draw->stratum;
        rule->strata = (int32_t)draw->strata;
    }
    if (spec->method == FP_ALLOCATION_CONSTRAINED) {
        for (ptrdiff_t k = 0; k < spec->balance_count; k++)
            weight[k] = spec->weight_count ? spec->weights[k] : 1;
        rule->covariates = draw->covariates;
        rule->covariate = draw->value;
        rule->weight = weight;
        rule->limit = data->draw.limit;
        rule->balanced = drawn;
    }
    *out = rule;
    return FP_OK;
}

static const fp_coach *coach_named(const fp_study_data *data, const char *id)
{
    for (ptrdiff_t c = 0; c < data->coach_count; c++)
        if (strcmp(data->coaches[c].id, id) == 0)
            return &data->coaches[c];
    return NULL;
}

fp_status fp_drawn_set_of(const fp_study_data *data, fp_arena *arena, fp_drawn_set *set,
                          fp_err *err)
{
    fp_draw draw;
    fp_allocation_rule *rule;
    ptrdiff_t drawn;
    int32_t *arm;
    FP_TRY(with_late(data, arena, &draw, &drawn, err));
    FP_TRY(make_rule(data, &draw, drawn, arena, &rule, err));
    FP_ARRAY(arm, arena, draw.units, err);
    for (ptrdiff_t u = 0; u < draw.units; u++) {
        const fp_coach *coach = coach_named(data, draw.unit[u]);
        arm[u] = coach ? (int32_t)coach->arm : -1;
    }
    *set = (fp_drawn_set){draw.units, draw.unit, arm, rule};
    return FP_OK;
}

static fp_status list_columns(const fp_build *b, const char *const *name, ptrdiff_t count,
                              const char **list, fp_err *err)
{
    FP_BUF_SCOPED(out, FP_MIB);
    for (ptrdiff_t i = 0; i < count; i++)
        fp_buf_printf(&out, "%s%s", i ? ", " : "", name[i]);
    FP_TRY(fp_buf_ok(&out, err));
    *list = fp_str_dup(b->arena, fp_buf_str(&out), err);
    return *list ? FP_OK : FP_NOMEM;
}

/* The same draw with the arm as its one factor, for tests of an arm against the reference arm. */
static fp_status draw_arms(fp_build *b, const fp_drawn_set *set, fp_err *err)
{
    fp_drawn_units *units;
    FP_ARRAY(units, b->arena, 1, err);
    *units = *b->drawn;
    units->level[0] = set->arm;
    b->drawn_arms = units;
    return FP_OK;
}

fp_status fp_build_drawn(fp_build *b, fp_err *err)
{
    fp_drawn_set set;
    fp_drawn_units *units;
    int32_t *level[FP_RANDOMISED_FACTORS] = {NULL};
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++)
        if (b->data->coaches[c].arm < 0)
            return fp_build_note(b, "design", err,
                                 "no permutation tests: coach %.80s was not told an arm yet",
                                 b->data->coaches[c].id);
    FP_TRY(fp_drawn_set_of(b->data, b->arena, &set, err));
    FP_ARRAY(units, b->arena, 1, err);
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        FP_ARRAY(level[f], b->arena, set.units, err);
    for (ptrdiff_t u = 0; u < set.units; u++) {
        ptrdiff_t stride = 1;
        for (ptrdiff_t f = 0; f < b->plan->factor_count; f++) {
            level[f][u] = (int32_t)(set.arm[u] / stride % b->plan->factors[f].level_count);
            stride *= b->plan->factors[f].level_count;
        }
    }
    *units = (fp_drawn_units){.units = set.units, .unit = set.unit, .rule = set.rule};
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        units->level[f] = level[f];
    const fp_allocation_spec *spec = &b->plan->allocation;
    if (spec->method != FP_ALLOCATION_SIMPLE && b->plan->strata_count)
        FP_TRY(list_columns(b, b->plan->strata, b->plan->strata_count, &units->strata, err));
    if (spec->method == FP_ALLOCATION_CONSTRAINED)
        FP_TRY(list_columns(b, spec->balance, spec->balance_count, &units->balance, err));
    b->drawn = units;
    return draw_arms(b, &set, err);
}
