/* The effects at the margins again with prognostic covariates that the plan names beforehand. */
#include "study/results_priv.h"

static fp_status facts_of(fp_build *b, const fp_effect *e, const fp_result *fit, fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    fp_ratio r = fp_ratio_of(fit, fp_term_find(fit, e->term));
    const struct {
        const char *quantity, *what;
        fp_fact_kind kind;
        double value;
    } rows[] = {
        {"hr_adjusted", "ratio of hazards, adjusted for the prognostic covariates of the plan",
         FP_FACT_RATIO, r.ratio},
        {"lower_adjusted", "lower limit of its interval", FP_FACT_RATIO, r.lower},
        {"upper_adjusted", "upper limit of its interval", FP_FACT_RATIO, r.upper},
        {"p_adjusted", "p-value that goes with the interval", FP_FACT_P, r.p},
        {"n_adjusted", "people of whom all covariates are known", FP_FACT_COUNT, (double)fit->n},
    };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        FP_TRY(fp_build_fact(b, rows[k].kind, rows[k].value, &scope, e->spec->id, rows[k].what, err,
                             "%s.%s.%s", e->spec->id, e->term, rows[k].quantity));
    return FP_OK;
}

fp_status fp_build_prognostic(fp_build *b, fp_err *err)
{
    for (ptrdiff_t i = 0; i < b->out->effect_count; i++) {
        const fp_effect *e = &b->out->effects[i];
        FP_BUF_SCOPED(formula, 1 << 16);
        fp_result fit;
        if (e->spec->prognostic_count == 0)
            continue;
        fp_buf_put(&formula, e->formula);
        for (ptrdiff_t k = 0; k < e->spec->prognostic_count; k++)
            fp_buf_printf(&formula, " + `%s`", e->spec->prognostic[k]);
        FP_TRY(fp_buf_ok(&formula, err));
        FP_TRY(fp_build_named(
            fp_build_cox(b, e->spec->id, b->out->primary, formula.p, false, &fit, err), b, e->spec,
            err));
        FP_TRY(facts_of(b, e, &fit, err));
    }
    return FP_OK;
}
