#include "model/survival_priv.h"

static fp_status warn_of_rows(const fp_design *design, fp_warnings *warnings, fp_err *err)
{
    if (design->dropped > 0)
        FP_TRY(fp_warnings_add(warnings, err,
                               "%td row%s left out: a value that the formula needs is missing",
                               design->dropped, design->dropped == 1 ? " was" : "s were"));
    if (design->event_one_two)
        FP_TRY(fp_warnings_add(
            warnings, err,
            "the events are written as 1 and 2: 2 was taken as the event, 1 as censored"));
    return FP_OK;
}

fp_status fp_survival_design(const fp_table *table, const char *formula,
                             const fp_design_options *options, fp_arena *arena, fp_design *design,
                             fp_warnings *warnings, fp_err *err)
{
    const fp_formula *parsed;
    if (fp_table_warning(table))
        FP_TRY(fp_warnings_add(warnings, err, "%s", fp_table_warning(table)));
    FP_TRY(fp_formula_parse(formula, arena, &parsed, err));
    FP_TRY(fp_design_build(parsed, table, options, arena, design, err));
    if (design->response != FP_RESPONSE_SURVIVAL) {
        (void)fp_fail_at(err, FP_INPUT, NULL, 0, 1,
                         "formula, character 1: the left-hand side is no survival time");
        return fp_hint(err, FP_INPUT, "write Surv(time, event) or Surv(start, stop, event) ~ ...");
    }
    return warn_of_rows(design, warnings, err);
}

fp_survdata fp_survival_view(const fp_design *design)
{
    return (fp_survdata){.n = design->n,
                         .start = design->start,
                         .stop = design->stop,
                         .event = design->event,
                         .stratum = design->stratum,
                         .strata = design->stratum ? design->strata : 1,
                         .weight = design->weight};
}
