/* Cox models by another likelihood than the ordinary one: exact ties, Firth's penalty, a frailty.
 */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/survival_cox_priv.h"
#include "stats/cox_exact.h"
#include "stats/cox_firth.h"

/* ---- what does not go together ---- */

typedef struct {
    bool both;
    fp_status status;
    const char *text, *hint;
} clash;

static fp_status refuse(const clash *list, size_t count, fp_err *err)
{
    for (size_t k = 0; k < count; k++) {
        if (!list[k].both)
            continue;
        (void)fp_fail(err, list[k].status, "%s", list[k].text);
        return fp_hint(err, list[k].status, "%s", list[k].hint);
    }
    return FP_OK;
}

static bool is_beyond_deviance(fp_residual_kind kind)
{
    return kind > FP_RESIDUAL_DEVIANCE;
}

static fp_status check_exact(const fp_cox_model_options *o, const fp_design *design, fp_err *err)
{
    bool exact = o->ties == FP_TIES_EXACT;
    const clash list[] = {
        {exact && design->weight, FP_USAGE, "exact ties are not defined with case weights",
         "take --ties efron, or leave the weights out"},
        {exact && (o->robust || design->cluster), FP_USAGE,
         "exact ties have no robust standard errors: tied events are one event of their set",
         "take --ties efron, or leave the clusters out"},
        {exact && o->randomised, FP_USAGE,
         "the permutation tests count tied times by Efron or Breslow, not exactly",
         "take --ties efron, or ask for the permutation tests apart"},
        {exact && is_beyond_deviance(o->residuals), FP_USAGE,
         "with exact ties there are martingale and deviance residuals only",
         "take --ties efron for the others"},
        {exact && design->frailty, FP_INPUT, "frailty() takes Efron or Breslow ties, not exact",
         "take --ties efron, or leave frailty() out"},
    };
    return refuse(list, sizeof list / sizeof *list, err);
}

static fp_status check_frailty(const fp_cox_model_options *o, const fp_design *design, fp_err *err)
{
    bool frailty = design->frailty;
    const clash list[] = {
        {frailty && design->weight, FP_INPUT, "frailty() is not defined with case weights",
         "leave the weights or frailty() out"},
        {frailty && (o->robust || design->cluster), FP_INPUT,
         "frailty() and robust standard errors are two answers to the same question",
         "leave frailty(), or the clusters and --robust, out"},
        {frailty && o->randomised, FP_INPUT, "the permutation tests are made without frailty()",
         "ask for them apart, without frailty() in the formula"},
        {frailty && is_beyond_deviance(o->residuals), FP_INPUT,
         "with frailty() there are martingale and deviance residuals only",
         "cluster() in its place gives the others"},
        {frailty && (o->at_count > 0 || o->baseline), FP_INPUT,
         "no curves are predicted with frailty(): each would be that of one group",
         "cluster() in its place gives curves for everybody"},
    };
    return refuse(list, sizeof list / sizeof *list, err);
}

static fp_status check_firth(const fp_cox_model_options *o, const fp_design *design, fp_err *err)
{
    const clash list[] = {
        {o->firth && o->ties == FP_TIES_EXACT, FP_USAGE,
         "Firth's penalty takes Efron or Breslow ties, not exact", "take --ties efron"},
        {o->firth && design->frailty, FP_INPUT, "Firth's penalty and frailty() do not go together",
         "leave --firth or frailty() out"},
        {o->firth && (o->robust || design->cluster), FP_USAGE,
         "Firth's penalty has no robust standard errors",
         "leave --firth, or the clusters and --robust, out"},
        {o->firth && is_beyond_deviance(o->residuals), FP_USAGE,
         "with Firth's penalty there are martingale and deviance residuals only",
         "leave --firth out for the others"},
    };
    return refuse(list, sizeof list / sizeof *list, err);
}

fp_status fp_cox_variant_check(const fp_cox_model_options *options, const fp_design *design,
                               fp_err *err)
{
    FP_TRY(check_exact(options, design, err));
    FP_TRY(check_firth(options, design, err));
    return check_frailty(options, design, err);
}

/* ---- fits ---- */

bool fp_cox_is_variant(const fp_cox_model_options *options, const fp_design *design)
{
    return design->frailty || options->firth || options->ties == FP_TIES_EXACT;
}

/* The columns side by side: a lean design does not have them so. */
static fp_status side_by_side(const fp_design *design, fp_arena *arena, const double **x,
                              fp_err *err)
{
    double *copy;
    *x = design->x;
    if (design->x || design->p == 0)
        return FP_OK;
    FP_ARRAY(copy, arena, design->n * design->p, err);
    for (ptrdiff_t j = 0; j < design->p; j++)
        memcpy(copy + j * design->n, design->columns[j], (size_t)design->n * sizeof *copy);
    *x = copy;
    return FP_OK;
}

static fp_status fit_frailty(const fp_design *design, const fp_survdata *data, const double *x,
                             const fp_cox_options *options, fp_arena *arena, fp_warnings *warnings,
                             fp_cox_fit *fit, fp_result *result, fp_err *err)
{
    fp_frailty_result *frailty;
    FP_ARRAY(frailty, arena, 1, err);
    FP_TRY(fp_cox_frailty(data, design->p, x, design->offset, design->frailty, design->frailties,
                          options, arena, fit, &frailty->part, err));
    frailty->group = design->frailty_name;
    frailty->groups = design->frailties;
    frailty->label = design->frailty_label;
    frailty->kendall_tau = frailty->part.theta / (frailty->part.theta + 2);
    result->frailty = frailty;
    if (!isnan(frailty->part.theta) || fit->state == FP_COX_NO_EVENTS)
        return FP_OK;
    return fp_warnings_add(warnings, err,
                           fit->state == FP_COX_SEPARATED
                               ? "no frailty of %s: the fit without it has no optimum to begin at"
                               : "no frailty of %s: no finite variance of it could be found",
                           design->frailty_name);
}

static fp_status fit_firth(const fp_cox_model_options *options, const fp_design *design,
                           const fp_survdata *data, const double *x, const fp_cox_options *how,
                           fp_arena *arena, fp_warnings *warnings, fp_cox_fit *fit,
                           fp_result *result, fp_err *err)
{
    fp_firth_part *firth;
    FP_ARRAY(firth, arena, 1, err);
    FP_TRY(fp_cox_firth(data, design->p, x, design->offset, how, options->common.level, arena, fit,
                        firth, err));
    result->firth = firth;
    if (fit->state != FP_COX_CONVERGED)
        return FP_OK;
    return fp_firth_warn_ends(design, fit->beta, firth, warnings, err);
}

fp_status fp_cox_variant_fit(const fp_cox_model_options *options, const fp_design *design,
                             const fp_survdata *data, fp_arena *arena, fp_warnings *warnings,
                             fp_cox_fit *fit, fp_result *result, fp_err *err)
{
    fp_cox_options how = fp_cox_defaults();
    const double *x;
    how.ties = options->ties;
    FP_TRY(side_by_side(design, arena, &x, err));
    if (design->frailty)
        return fit_frailty(design, data, x, &how, arena, warnings, fit, result, err);
    if (options->firth)
        return fit_firth(options, design, data, x, &how, arena, warnings, fit, result, err);
    return fp_cox_exact(data, design->p, x, design->offset, &how, arena, fit, err);
}
