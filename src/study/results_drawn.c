/* The draw behind the permutation tests, where the study drew its arms itself. */
#include "study/results_priv.h"

#include <math.h>

#include "study/draw.h"

/* The rule of the draw without what only the secret gives: strata, and the constraint. */
static fp_status make_rule(const fp_build *b, const fp_draw *draw, fp_allocation_rule **out,
                           fp_err *err)
{
    const fp_allocation_spec *spec = &b->plan->allocation;
    fp_allocation_rule *rule;
    double *weight;
    FP_ARRAY(rule, b->arena, 1, err);
    FP_ARRAY(weight, b->arena, spec->balance_count, err);
    *rule = (fp_allocation_rule){
        .units = draw->units, .arms = (int32_t)draw->arms, .strata = 1, .limit = HUGE_VAL};
    if (spec->method != FP_ALLOCATION_SIMPLE) {
        rule->stratum = draw->stratum;
        rule->strata = (int32_t)draw->strata;
    }
    if (spec->method == FP_ALLOCATION_CONSTRAINED) {
        for (ptrdiff_t k = 0; k < spec->balance_count; k++)
            weight[k] = spec->weight_count ? spec->weights[k] : 1;
        rule->covariates = draw->covariates;
        rule->covariate = draw->value;
        rule->weight = weight;
        rule->limit = b->data->draw_limit;
    }
    *out = rule;
    return FP_OK;
}

fp_status fp_build_drawn(fp_build *b, fp_err *err)
{
    fp_draw draw;
    fp_allocation_rule *rule;
    fp_drawn_units *units;
    int32_t *level[2] = {NULL, NULL};
    FP_TRY(fp_draw_read(b->plan, &b->data->sources[FP_SOURCE_COACHES], b->arena, &draw, err));
    FP_ARRAY(units, b->arena, 1, err);
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        FP_ARRAY(level[f], b->arena, draw.units, err);
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++) {
        const fp_coach *coach = &b->data->coaches[c];
        if (coach->arm < 0)
            return fp_build_note(b, "design", err,
                                 "no permutation tests: coach %.80s was not told an arm yet",
                                 coach->id);
        for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
            level[f][coach->row] = coach->level[f];
    }
    FP_TRY(make_rule(b, &draw, &rule, err));
    *units = (fp_drawn_units){draw.units, draw.unit, {level[0], level[1]}, rule};
    b->drawn = units;
    return FP_OK;
}
