#include <math.h>

#include "base/num.h"
#include "model/competing.h"
#include "model/survival_priv.h"
#include "stats/dist.h"
#include "stats/finegray.h"

typedef struct {
    const fp_table *table;
    const fp_finegray_model_options *options;
    fp_arena *arena;
    fp_design design;
    int32_t cause;
    fp_finegray_fit fit;
    fp_warnings warnings;
    fp_result result;
} work;

fp_finegray_model_options fp_finegray_model_defaults(void)
{
    return (fp_finegray_model_options){.common = fp_model_common_defaults()};
}

/* ---- what is asked for ---- */

static fp_status find_cause(work *w, fp_err *err)
{
    const fp_design *design = &w->design;
    char list[512] = "";
    size_t used = 0;
    w->cause = design->cause ? design->cause : 1;
    if (design->cause || design->causes <= 1)
        return FP_OK;
    for (int32_t k = 0; k < design->causes && used + 80 < sizeof list; k++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%.60s\"", k ? ", " : "",
                                 design->cause_label[k]);
    (void)fp_fail(err, FP_USAGE, "--event is missing: which event is the model of?");
    return fp_hint(err, FP_USAGE, "--event CODE; the codes that occur: %s", list);
}

static fp_status check(const work *w, fp_err *err)
{
    const fp_design *design = &w->design;
    if (w->options->common.weights) {
        (void)fp_fail(err, FP_USAGE, "--weights has no place in a Fine-Gray model");
        return fp_hint(err, FP_USAGE, "cox --event CODE --weights fits the cause-specific model");
    }
    if (design->start) {
        (void)fp_fail_at(err, FP_INPUT, NULL, 0, 1,
                         "formula, character 1: a Fine-Gray model has no late entry");
        return fp_hint(err, FP_INPUT,
                       "Surv(time, event), or cox --event CODE for the "
                       "cause-specific model");
    }
    if (design->offset)
        return fp_fail_at(err, FP_INPUT, NULL, 0, 1, "a Fine-Gray model takes no offset()");
    return fp_model_check_clusters(w->table, design, NULL, err);
}

/* ---- result ---- */

static const char *state_name(const work *w)
{
    static const char *const names[] = {[FP_FINEGRAY_CONVERGED] = "converged",
                                        [FP_FINEGRAY_NO_EVENTS] = "no_events",
                                        [FP_FINEGRAY_SEPARATED] = "separated",
                                        [FP_FINEGRAY_MAX_ITER] = "max_iter",
                                        [FP_FINEGRAY_NO_TERMS] = "null_model"};
    const fp_finegray_fit *fit = &w->fit;
    if (fit->state == FP_FINEGRAY_NO_TERMS && fit->p > 0)
        return "rank_deficient";
    if (fit->state == FP_FINEGRAY_CONVERGED && fit->rank < fit->p)
        return "rank_deficient";
    return names[fit->state];
}

static bool has_estimates(const work *w)
{
    return w->fit.state != FP_FINEGRAY_NO_EVENTS && w->fit.state != FP_FINEGRAY_NO_TERMS;
}

static bool is_defined(const work *w, ptrdiff_t j)
{
    return has_estimates(w) && !isnan(w->fit.beta[j]) && !w->fit.diverges[j];
}

static fp_status add_terms(work *w, fp_err *err)
{
    bool *defined;
    FP_ARRAY(defined, w->arena, w->design.p, err);
    for (ptrdiff_t j = 0; j < w->design.p; j++)
        defined[j] = is_defined(w, j);
    fp_hazard_estimates e = {.design = &w->design,
                             .level = w->options->common.level,
                             .beta = w->fit.beta,
                             .defined = defined,
                             .var = w->fit.var,
                             .robust = w->fit.robust};
    return fp_hazard_terms(&e, w->arena, &w->warnings, &w->result, err);
}

static fp_test test_of(const work *w, double chisq)
{
    double df = (double)w->fit.rank;
    if (!has_estimates(w) || !(df > 0) || isnan(chisq))
        return (fp_test){FP_NUM_NAN, df, FP_NUM_NAN};
    return (fp_test){chisq, df, fp_chisq_upper(chisq, df)};
}

static void add_tests(work *w)
{
    const fp_finegray_fit *fit = &w->fit;
    bool finite = fit->state != FP_FINEGRAY_SEPARATED;
    w->result.likelihood_ratio = test_of(w, 2 * (fit->loglik_fitted - fit->loglik_null));
    w->result.wald = test_of(w, finite ? fit->wald_chisq : FP_NUM_NAN);
    w->result.score = test_of(w, fit->score_chisq);
    w->result.robust_score = (fp_test){FP_NUM_NAN, 0, FP_NUM_NAN};
    w->result.concordance = (fp_concordance){.estimate = FP_NUM_NAN, .se = FP_NUM_NAN};
}

/* ---- outcomes in words ---- */

static fp_status warn_of_terms(work *w, fp_err *err)
{
    for (ptrdiff_t j = 0; j < w->design.p; j++)
        if (isnan(w->fit.beta[j])) {
            FP_TRY(fp_survival_check_size(&w->design, w->table, err));
            break;
        }
    for (ptrdiff_t j = 0; j < w->design.p; j++) {
        if (isnan(w->fit.beta[j]))
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "%s follows from the terms before it, or does not vary among "
                                   "those at risk at any event: it has no coefficient of its own",
                                   w->design.column[j]));
        else if (w->fit.diverges[j])
            FP_TRY(fp_warnings_add(&w->warnings, err,
                                   "%s separates who had the event from who had not: its ratio "
                                   "has no finite estimate",
                                   w->design.column[j]));
    }
    return FP_OK;
}

static fp_status warn(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    if (w->fit.state == FP_FINEGRAY_NO_EVENTS)
        return fp_warnings_add(list, err,
                               "nobody had the event: no subdistribution hazard ratio can be "
                               "estimated");
    if (w->fit.state == FP_FINEGRAY_MAX_ITER)
        FP_TRY(fp_warnings_add(list, err,
                               "the fit did not converge in %d iterations: do not use the numbers",
                               w->fit.iterations));
    FP_TRY(warn_of_terms(w, err));
    if (w->fit.competing == 0)
        FP_TRY(fp_warnings_add(list, err,
                               "nobody had another event: this is the Cox model with Breslow "
                               "ties"));
    if (w->fit.censored == 0)
        FP_TRY(fp_warnings_add(list, err, "nobody was censored: every row ends in an event"));
    if (w->design.cluster && w->fit.clusters < FP_FEW_CLUSTERS)
        FP_TRY(fp_warnings_add(list, err,
                               "with %td clusters the robust standard errors are too small; there "
                               "is no correction for few clusters in a Fine-Gray model",
                               w->fit.clusters));
    return FP_OK;
}

static fp_status fit(work *w, fp_err *err)
{
    fp_finegray_options options = fp_finegray_defaults();
    fp_survdata data = fp_survival_view(&w->design);
    options.threads = w->options->common.threads;
    FP_TRY(fp_finegray(&data, w->cause, w->design.p, w->design.x, w->design.cluster,
                       w->design.clusters, &options, w->arena, &w->fit, err));
    return warn(w, err);
}

static void fill_head(work *w)
{
    const fp_finegray_fit *fit = &w->fit;
    const fp_design *design = &w->design;
    fp_result *result = &w->result;
    *result = fp_model_begin(FP_MODEL_FINEGRAY, w->table, design, &w->options->common);
    result->events = fit->events;
    result->state = state_name(w);
    result->iterations = fit->iterations;
    result->ties = "breslow";
    result->loglik_null = fit->loglik_null;
    result->loglik_fitted = has_estimates(w) ? fit->loglik_fitted : fit->loglik_null;
    result->robust = true;
    result->cause_count = design->causes;
    result->cause = design->cause_label;
    result->event_code = design->causes > 0 ? design->cause_label[w->cause - 1] : NULL;
    result->competing_events = fit->competing;
    result->censored = fit->censored;
    result->censoring_groups = design->stratum ? design->strata : 1;
}

fp_status fp_model_finegray(const fp_table *table, const char *formula,
                            const fp_finegray_model_options *options, fp_arena *arena,
                            fp_result *result, fp_err *err)
{
    fp_finegray_model_options defaults = fp_finegray_model_defaults();
    work w = {.table = table, .options = options ? options : &defaults, .arena = arena};
    fp_design_options how = fp_model_design_options(&w.options->common);
    how.weights = NULL; /* refused below, in words of its own */
    how.competing = true;
    how.censored = w.options->censored;
    how.event = w.options->event;
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &w.design, &w.warnings, err));
    FP_TRY(check(&w, err));
    FP_TRY(find_cause(&w, err));
    FP_TRY(fit(&w, err));
    fill_head(&w);
    FP_TRY(add_terms(&w, err));
    add_tests(&w);
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
