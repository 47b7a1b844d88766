#include "model/survival_cox_priv.h"
#include "model/survival_randomised_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/small_sample_priv.h"
#include "stats/dist.h"

#define ROWS_ROOM (64 * FP_GIB)

/* One analysis on its way from options to result. */
typedef struct {
    const fp_table *table;
    const fp_cox_model_options *options;
    fp_arena *arena;
    fp_design design;
    fp_survdata data;
    fp_arena *room; /* of the rows alone */
    fp_cox_rows *rows;
    fp_cox_fit fit;
    bool is_robust;
    fp_cox_robust robust;
    const bool *diverges;    /* p */
    const double *small_var; /* p x p, corrected for few clusters; NULL = not made */
    double small_df;
    fp_warnings warnings;
    fp_result result;
} work;

fp_cox_model_options fp_cox_model_defaults(void)
{
    return (fp_cox_model_options){
        .common = fp_model_common_defaults(), .ties = FP_TIES_EFRON, .ph = FP_PH_KM};
}

/* ---- checks before any computing ---- */

static fp_status check_clusters(const work *w, fp_err *err)
{
    int method;
    if (w->options->small_sample)
        FP_TRY(fp_small_method(w->options->small_sample, &method, err));
    return fp_model_check_clusters(w->table, &w->design, w->options->small_sample, err);
}

/* ---- terms ---- */

static const char *state_name(const work *w)
{
    if (w->fit.state == FP_COX_NO_TERMS && w->design.p > 0)
        return "rank_deficient";
    if (w->fit.state == FP_COX_CONVERGED && w->fit.rank < w->fit.p)
        return "rank_deficient";
    static const char *const names[] = {[FP_COX_CONVERGED] = "converged",
                                        [FP_COX_NO_EVENTS] = "no_events",
                                        [FP_COX_SEPARATED] = "separated",
                                        [FP_COX_MAX_ITER] = "max_iter",
                                        [FP_COX_NO_TERMS] = "null_model"};
    return names[w->fit.state];
}

static bool has_estimates(const work *w)
{
    return w->fit.state != FP_COX_NO_EVENTS && w->fit.state != FP_COX_NO_TERMS;
}

static bool is_defined(const work *w, ptrdiff_t j)
{
    return has_estimates(w) && !isnan(w->fit.beta[j]) && !(w->diverges && w->diverges[j]);
}

/* Which coefficients have an estimate. */
static fp_status list_defined(const work *w, bool **out, fp_err *err)
{
    bool *defined;
    FP_ARRAY(defined, w->arena, w->design.p, err);
    for (ptrdiff_t j = 0; j < w->design.p; j++)
        defined[j] = is_defined(w, j);
    *out = defined;
    return FP_OK;
}

static fp_status add_terms(work *w, fp_err *err)
{
    bool *defined;
    FP_TRY(list_defined(w, &defined, err));
    fp_hazard_estimates e = {.design = &w->design,
                             .level = w->options->common.level,
                             .beta = w->fit.beta,
                             .defined = defined,
                             .var = w->fit.var,
                             .robust = w->is_robust ? w->robust.var : NULL};
    return fp_hazard_terms(&e, w->arena, &w->warnings, &w->result, err);
}

/* ---- tests ---- */

static fp_test test_of(double chisq, double df)
{
    if (!(df > 0) || isnan(chisq))
        return (fp_test){FP_NUM_NAN, df, FP_NUM_NAN};
    return (fp_test){chisq, df, fp_chisq_upper(chisq, df)};
}

static void add_tests(work *w)
{
    const fp_cox_fit *fit = &w->fit;
    double df = (double)fit->rank, wald = w->is_robust ? w->robust.wald_chisq : fit->wald_chisq;
    bool any = has_estimates(w);
    w->result.likelihood_ratio = test_of(any ? fit->lr_chisq : FP_NUM_NAN, df);
    w->result.wald = test_of(any && fit->state != FP_COX_SEPARATED ? wald : FP_NUM_NAN, df);
    w->result.score = test_of(any ? fit->score_chisq : FP_NUM_NAN, df);
    w->result.robust_score = (fp_test){FP_NUM_NAN, 0, FP_NUM_NAN};
    if (w->is_robust)
        w->result.robust_score = test_of(w->robust.robust_score_chisq, df);
}

/* The last that is asked of the rows. */
static fp_status add_concordance(work *w, fp_err *err)
{
    w->result.concordance = (fp_concordance){.estimate = FP_NUM_NAN, .se = FP_NUM_NAN};
    if (!has_estimates(w))
        return FP_OK;
    fp_cox_rows_keep_grid(w->rows);
    return fp_cox_rows_concordance(w->rows, w->fit.eta, w->design.cluster, w->design.clusters,
                                   &w->result.concordance, err);
}

/* Only for a fit at its optimum: the test looks at residuals there. */
static fp_status add_ph(work *w, fp_err *err)
{
    const fp_design *design = &w->design;
    if (w->fit.state != FP_COX_CONVERGED || w->result.frailty || w->result.firth)
        return FP_OK;
    fp_cox_ph test;
    fp_ph_row *rows;
    FP_TRY(fp_cox_rows_ph_test(w->rows, &w->fit, design->column_term, design->terms, w->options->ph,
                               w->arena, &test, err));
    FP_ARRAY(rows, w->arena, design->terms + 1, err);
    for (int32_t t = 0; t <= design->terms; t++)
        rows[t] = (fp_ph_row){t < design->terms ? design->term[t] : "GLOBAL", test.chisq[t],
                              test.df[t], test.p[t]};
    w->result.ph = rows;
    w->result.ph_count = design->terms + 1;
    return FP_OK;
}

/* ---- clusters ---- */

static fp_status fit_robust(work *w, fp_err *err)
{
    const fp_design *design = &w->design;
    w->result.robust = w->options->robust || design->cluster;
    w->is_robust = w->result.robust && has_estimates(w);
    if (!w->is_robust)
        return FP_OK;
    return fp_cox_rows_robust(w->rows, &w->fit, design->cluster, design->clusters, w->arena,
                              &w->robust, err);
}

static fp_status correct(work *w, fp_small_sample method, fp_err *err)
{
    const fp_design *design = &w->design;
    fp_cluster_parts parts;
    bool *defined;
    FP_TRY(list_defined(w, &defined, err));
    FP_TRY(fp_cox_rows_cluster_parts(w->rows, &w->fit, design->cluster, design->clusters, w->arena,
                                     &parts, err));
    fp_small_request request = {.parts = &parts,
                                .method = method,
                                .level = w->options->common.level,
                                .column = design->column,
                                .estimate = w->fit.beta,
                                .defined = defined,
                                .model_var = w->fit.var,
                                .cluster_label = design->cluster_label,
                                .n = design->n,
                                .x = design->columns,
                                .cluster = design->cluster};
    FP_TRY(fp_small_add(&request, w->arena, &w->warnings, &w->result, err));
    w->small_var = w->result.small_covariance;
    w->small_df = parts.df;
    return FP_OK;
}

static fp_status add_small_sample(work *w, fp_err *err)
{
    const fp_design *design = &w->design;
    const char *name = w->options->small_sample;
    int method;
    if (!design->cluster || !has_estimates(w))
        return FP_OK;
    if (!name)
        name = design->clusters < FP_FEW_CLUSTERS ? "md" : "none";
    FP_TRY(fp_small_method(name, &method, err));
    if (method >= 0 && w->fit.state != FP_COX_CONVERGED)
        return fp_warnings_add(&w->warnings, err,
                               "no small-sample correction for %d clusters: the fit has no optimum "
                               "to make it at",
                               design->clusters);
    if (method < 0 && design->clusters < FP_FEW_CLUSTERS)
        return fp_warnings_add(&w->warnings, err,
                               "with %d clusters the robust standard errors are too small; no "
                               "correction was asked for",
                               design->clusters);
    if (method < 0)
        return FP_OK;
    return correct(w, (fp_small_sample)method, err);
}

static fp_status add_permutation(work *w, const fp_design_options *how, fp_err *err)
{
    if (!w->options->randomised)
        return FP_OK;
    fp_survival_randomised what = {.request = {.text = w->options->randomised,
                                               .drawn = w->options->drawn,
                                               .table = w->table,
                                               .design = &w->design,
                                               .how = how,
                                               .common = &w->options->common,
                                               .allocations = w->options->allocations},
                                   .data = &w->data,
                                   .ties = w->options->ties};
    return fp_survival_permutation(&what, w->arena, &w->warnings, &w->result, err);
}

/* ---- what comes out besides the coefficients ---- */

static fp_status add_outputs(work *w, const fp_design_options *how, fp_err *err)
{
    const fp_cox_model_options *o = w->options;
    bool *defined;
    if (o->at_count > 0 || o->baseline || o->residuals || o->scatter)
        FP_TRY(fp_design_dense(&w->design, w->arena, err));
    FP_TRY(list_defined(w, &defined, err));
    fp_cox_made made = {.table = w->table,
                        .options = w->options,
                        .how = how,
                        .design = &w->design,
                        .data = &w->data,
                        .fit = &w->fit,
                        .has_estimates = has_estimates(w),
                        .defined = defined,
                        .var = w->is_robust ? w->robust.var : w->fit.var,
                        .small_var = w->small_var,
                        .small_df = w->small_df,
                        .arena = w->arena,
                        .warnings = &w->warnings};
    FP_TRY(fp_cox_add_curves(&made, &w->result, err));
    FP_TRY(fp_cox_add_contrasts(&made, &w->result, err));
    FP_TRY(fp_cox_add_residuals(&made, &w->result, err));
    return fp_cox_add_scatter(&made, &w->result, err);
}

/* ---- outcomes in words ---- */

/* With the way out, where it goes together with what was asked. */
static fp_status warn_separated(work *w, fp_err *err)
{
    FP_TRY(fp_separation_warn(&w->design, w->table, &w->fit, w->diverges, &w->warnings, err));
    if (w->result.frailty || w->options->robust || w->design.cluster ||
        w->options->ties == FP_TIES_EXACT)
        return FP_OK;
    return fp_warnings_add(&w->warnings, err, "ask for --firth for a finite estimate");
}

static fp_status warn_of_outcome(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    if (w->fit.state == FP_COX_NO_EVENTS)
        return fp_warnings_add(list, err, "nobody had an event: no hazard ratio can be estimated");
    FP_TRY(fp_survival_warn(&w->design, w->arena, list, err));
    if (w->fit.state == FP_COX_MAX_ITER)
        FP_TRY(fp_warnings_add(list, err,
                               "the fit did not converge in %d iterations: do not use the numbers",
                               w->fit.iterations));
    if (w->fit.state == FP_COX_SEPARATED)
        FP_TRY(warn_separated(w, err));
    for (ptrdiff_t j = 0; j < w->design.p; j++)
        if (isnan(w->fit.beta[j]))
            FP_TRY(fp_warnings_add(list, err,
                                   "%s follows from the terms before it, or does not vary among "
                                   "those at risk at any event: it has no coefficient of its own",
                                   w->design.column[j]));
    return FP_OK;
}

static fp_status fit(work *w, fp_err *err)
{
    fp_cox_options options = fp_cox_defaults();
    w->data = fp_survival_view(&w->design);
    fp_status made =
        fp_cox_rows_create(&w->data, w->design.p, w->design.columns, w->design.offset,
                           w->options->ties, w->options->common.threads, w->room, &w->rows, err);
    if (made == FP_INPUT)
        FP_TRY(fp_survival_check_size(&w->design, w->table, err));
    FP_TRY(made);
    if (fp_cox_is_variant(w->options, &w->design))
        FP_TRY(fp_cox_variant_fit(w->options, &w->design, &w->data, w->arena, &w->warnings, &w->fit,
                                  &w->result, err));
    else
        FP_TRY(fp_cox_rows_fit(w->rows, &options, w->arena, &w->fit, err));
    if (w->fit.state == FP_COX_SEPARATED)
        FP_TRY(fp_separation_find(&w->design, &w->fit, w->arena, &w->diverges, err));
    return warn_of_outcome(w, err);
}

static void fill_head(work *w)
{
    fp_result *result = &w->result;
    result->events = w->fit.events;
    result->state = state_name(w);
    result->iterations = w->fit.iterations;
    static const char *const ties[] = {
        [FP_TIES_EFRON] = "efron", [FP_TIES_BRESLOW] = "breslow", [FP_TIES_EXACT] = "exact"};
    result->event_code = w->options->event;
    result->ties = ties[w->options->ties];
    result->loglik_null = w->fit.state == FP_COX_NO_EVENTS ? FP_NUM_NAN : w->fit.loglik_null;
    bool fitted = has_estimates(w) || (result->frailty && w->fit.events > 0);
    result->loglik_fitted = fitted ? w->fit.loglik_fitted : result->loglik_null;
}

fp_status fp_model_cox(const fp_table *table, const char *formula,
                       const fp_cox_model_options *options, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_cox_model_options defaults = fp_cox_model_defaults();
    FP_ARENA_SCOPED(room, ROWS_ROOM, err);
    work w = {
        .table = table, .options = options ? options : &defaults, .arena = arena, .room = room};
    fp_design_options how = fp_model_design_options(&w.options->common);
    how.event = w.options->event;
    how.frailty = true;
    how.lean = true;
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &w.design, &w.warnings, err));
    w.result = fp_model_begin(FP_MODEL_COX, table, &w.design, &w.options->common);
    FP_TRY(check_clusters(&w, err));
    FP_TRY(fp_cox_variant_check(w.options, &w.design, err));
    FP_TRY(fit(&w, err));
    fill_head(&w);
    FP_TRY(fit_robust(&w, err));
    FP_TRY(add_terms(&w, err));
    add_tests(&w);
    FP_TRY(add_ph(&w, err));
    FP_TRY(add_small_sample(&w, err));
    FP_TRY(add_concordance(&w, err));
    FP_TRY(add_permutation(&w, &how, err));
    FP_TRY(add_outputs(&w, &how, err));
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
