#include "model/survival_priv.h"

#include <math.h>

#include "base/num.h"
#include "model/small_sample_priv.h"

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

static fp_term hazard_term(const fp_hazard_estimates *e, ptrdiff_t j)
{
    ptrdiff_t d = j + j * e->design->p;
    fp_term term = fp_term_undefined(e->design->column[j]);
    if (!e->defined[j])
        return term;
    term.estimate = e->beta[j];
    term.se = sqrt(e->var[d]);
    term.robust_se = e->robust ? sqrt(e->robust[d]) : FP_NUM_NAN;
    term.exp_estimate = exp(term.estimate);
    double se = e->robust ? term.robust_se : term.se;
    if (se > FP_NO_SPREAD * term.se)
        fp_term_normal(&term, se, e->level);
    return term;
}

fp_status fp_hazard_terms(const fp_hazard_estimates *e, fp_arena *arena, fp_warnings *warnings,
                          fp_result *result, fp_err *err)
{
    ptrdiff_t p = e->design->p;
    const double *var = e->robust ? e->robust : e->var;
    fp_term *terms;
    double *covariance;
    FP_ARRAY(terms, arena, p, err);
    FP_ARRAY(covariance, arena, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        terms[j] = hazard_term(e, j);
        for (ptrdiff_t i = 0; i < p; i++)
            covariance[i + j * p] = e->defined[i] && e->defined[j] ? var[i + j * p] : FP_NUM_NAN;
        if (e->robust && e->defined[j] && isnan(terms[j].p))
            FP_TRY(fp_warnings_add(warnings, err,
                                   "the robust standard error of %s is 0: the %s do not differ, "
                                   "and do not tell how precise the estimate is",
                                   e->design->column[j], e->design->cluster ? "clusters" : "rows"));
    }
    result->terms = terms;
    result->covariance = covariance;
    result->term_count = p;
    return FP_OK;
}
