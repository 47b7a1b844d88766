#include <math.h>

#include "base/num.h"
#include "model/regression_priv.h"
#include "model/regression_randomised_priv.h"
#include "stats/glm.h"

/* One analysis on its way from options to result. */
typedef struct {
    const fp_table *table;
    const fp_glm_model_options *options;
    fp_arena *arena;
    fp_design *design;
    fp_regression data;
    fp_glm_fit fit;
    double *beta; /* p: NaN where there is no estimate */
    double *var;  /* p x p: model-based */
    double df;    /* of t; 0 = normal */
    fp_warnings warnings;
    fp_result result;
} work;

fp_glm_model_options fp_glm_model_defaults(void)
{
    return (fp_glm_model_options){
        .common = fp_model_common_defaults(), .family = FP_FAMILY_GAUSSIAN, .link = -1};
}

/* ---- estimates ---- */

static bool has_estimates(const work *w)
{
    return w->fit.state != FP_GLM_NO_START;
}

static fp_status load_estimates(work *w, fp_err *err)
{
    ptrdiff_t p = w->data.p;
    FP_ARRAY(w->beta, w->arena, p, err);
    FP_ARRAY(w->var, w->arena, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        w->beta[j] = w->fit.diverges[j] ? FP_NUM_NAN : w->fit.beta[j];
    for (ptrdiff_t i = 0; i < p * p; i++)
        w->var[i] = w->fit.dispersion * w->fit.bread[i];
    w->df = fp_family_has_dispersion(w->data.family) ? w->fit.df_residual : 0;
    if (fp_family_has_dispersion(w->data.family) && !(w->df > 0))
        w->df = FP_NUM_NAN;
    return FP_OK;
}

static fp_term term_of(const work *w, ptrdiff_t j)
{
    fp_term term = fp_term_undefined(w->design->column[j]);
    double se = sqrt(w->var[j + j * w->data.p]);
    if (isnan(w->beta[j]))
        return term;
    term.estimate = w->beta[j];
    term.exp_estimate = exp(term.estimate);
    term.se = se;
    if (se > 0)
        fp_term_test_of(&term, se, w->df, w->options->common.level);
    return term;
}

static fp_status add_terms(work *w, fp_err *err)
{
    fp_term *terms;
    FP_ARRAY(terms, w->arena, w->data.p, err);
    for (ptrdiff_t j = 0; j < w->data.p; j++)
        terms[j] = term_of(w, j);
    w->result.terms = terms;
    w->result.term_count = w->data.p;
    FP_TRY(fp_regression_covariance(w->data.p, w->beta, w->var, w->arena, &w->result, err));
    return fp_regression_tests(w->design, w->beta, w->var, w->df, w->arena, &w->result, err);
}

/* ---- outcomes in words ---- */

static const char *state_name(const work *w)
{
    static const char *const names[] = {[FP_GLM_CONVERGED] = "converged",
                                        [FP_GLM_SEPARATED] = "separated",
                                        [FP_GLM_MAX_ITER] = "max_iter",
                                        [FP_GLM_NO_START] = "max_iter"};
    if (w->fit.state == FP_GLM_CONVERGED && w->fit.rank < w->fit.p)
        return "rank_deficient";
    return names[w->fit.state];
}

static fp_status warn_of_outcome(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    if (w->fit.state == FP_GLM_NO_START)
        return fp_warnings_add(list, err,
                               "no coefficients were found with which every mean is one of the %s "
                               "family: take another --link",
                               w->result.family);
    FP_TRY(fp_regression_warn_aliased(w->design, w->fit.beta, list, err));
    if (w->fit.state == FP_GLM_SEPARATED)
        return fp_regression_warn_separated(w->design, w->table, w->data.family, w->data.link,
                                            w->fit.beta, w->fit.diverges, list, err);
    if (w->fit.state == FP_GLM_CONVERGED)
        return FP_OK;
    if (w->fit.edge)
        return fp_warnings_add(list, err,
                               "the fit did not converge: the best coefficients lie where a fitted "
                               "mean leaves the range of the %s family; do not use the numbers",
                               w->result.family);
    return fp_warnings_add(list, err,
                           "the fit did not converge in %d iterations: do not use the numbers",
                           w->fit.iterations);
}

static void fill(work *w)
{
    fp_result *r = &w->result;
    r->design = w->design;
    r->family = fp_family_names()[w->data.family];
    r->link = fp_link_names()[w->data.link];
    r->state = state_name(w);
    r->iterations = w->fit.iterations;
    r->deviance = w->fit.deviance;
    r->null_deviance = w->fit.null_deviance;
    r->aic = w->fit.aic;
    r->loglik_fitted = w->fit.loglik;
    r->dispersion = w->fit.dispersion;
    r->df_residual = w->fit.df_residual;
    r->df_null = w->fit.df_null;
}

static fp_status add_permutation(work *w, const fp_design_options *how, fp_err *err)
{
    if (!w->options->randomised)
        return FP_OK;
    fp_randomised_request request = {.text = w->options->randomised,
                                     .table = w->table,
                                     .design = w->design,
                                     .how = how,
                                     .common = &w->options->common,
                                     .allocations = w->options->allocations};
    return fp_regression_permutation(&request, &w->data, w->arena, &w->warnings, &w->result, err);
}

fp_status fp_model_glm(const fp_table *table, const char *formula,
                       const fp_glm_model_options *options, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_glm_model_options defaults = fp_glm_model_defaults();
    const fp_glm_model_options *o = options ? options : &defaults;
    work w = {.table = table, .options = o, .arena = arena};
    fp_design_options how = fp_model_design_options(&o->common);
    fp_link link = fp_regression_link(o->family, o->link);
    FP_ARRAY(w.design, arena, 1, err);
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(fp_regression_design(table, formula, &how, arena, w.design, &w.warnings, err));
    FP_TRY(fp_regression_check(w.design, table, o->family, link, err));
    w.data = fp_regression_view(w.design, o->family, link, o->common.threads);
    FP_TRY(fp_glm(&w.data, arena, &w.fit, err));
    w.result = fp_model_begin(FP_MODEL_GLM, table, w.design, &o->common);
    fill(&w);
    FP_TRY(warn_of_outcome(&w, err));
    FP_TRY(load_estimates(&w, err));
    if (has_estimates(&w))
        FP_TRY(add_terms(&w, err));
    FP_TRY(add_permutation(&w, &how, err));
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
