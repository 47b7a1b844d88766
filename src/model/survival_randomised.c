/* The null models of permutation tests of survival: Cox models, and as their simplest case the
 * log-rank test. */
#include "model/survival_randomised_priv.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

/* exp(20) is a hazard ratio of half a thousand million: no interval has a limit beyond it. */
#define FAR 20

typedef struct {
    const fp_survdata *data;
    const fp_randomised *design;
    const fp_null_rest *rest;
    const double *offset; /* of the formula; NULL */
    fp_ties ties;
    double *x;        /* n x (2 + rest->p): room for two terms before the columns that stay */
    double *eta;      /* n */
    int32_t *stratum; /* n */
} null_cox;

/* The strata of the formula crossed with what is held fixed. */
static void set_strata(const null_cox *m, const fp_null_model *null, fp_survdata *data)
{
    data->stratum = m->rest->stratum;
    data->strata = m->rest->strata;
    if (!null->cell)
        return;
    for (ptrdiff_t i = 0; i < data->n; i++)
        m->stratum[i] = (m->rest->stratum ? m->rest->stratum[i] * null->cells : 0) + null->cell[i];
    data->stratum = m->stratum;
    data->strata = (m->rest->stratum ? m->rest->strata : 1) * null->cells;
}

static bool set_eta(const null_cox *m, const double *offset)
{
    if (!m->offset && !offset)
        return false;
    for (ptrdiff_t i = 0; i < m->data->n; i++)
        m->eta[i] = (m->offset ? m->offset[i] : 0) + (offset ? offset[i] : 0);
    return true;
}

/* Fit where there are terms; the linear predictor of the fit, and term 0 of it. */
static fp_status fit_terms(const null_cox *m, const fp_null_model *null, const fp_survdata *data,
                           bool has_offset, fp_arena *scratch, fp_null_fit *fit, const double **eta,
                           fp_err *err)
{
    ptrdiff_t n = data->n, p = null->terms + m->rest->p;
    double *x = m->x + (2 - null->terms) * n;
    fp_cox_options options = fp_cox_defaults();
    fp_cox_fit cox;
    options.ties = m->ties;
    for (int t = 0; t < null->terms; t++)
        memcpy(x + t * n, null->term[t], (size_t)n * sizeof *x);
    FP_TRY(fp_cox(data, p, x, has_offset ? m->eta : NULL, &options, scratch, &cox, err));
    bool no_terms = cox.state == FP_COX_NO_TERMS && null->terms == 0;
    fit->fitted = cox.state == FP_COX_CONVERGED || no_terms;
    for (int t = 0; t < null->terms; t++)
        fit->fitted = fit->fitted && !isnan(cox.beta[t]);
    if (fit->fitted && null->terms) {
        fit->estimate = cox.beta[0];
        fit->se = sqrt(cox.var[0]);
    }
    *eta = cox.eta;
    return FP_OK;
}

static fp_status fit_null(void *context, const fp_null_model *null, fp_null_fit *fit, fp_err *err)
{
    const null_cox *m = context;
    FP_ARENA_SCOPED(scratch, 8 * FP_GIB, err);
    fp_survdata data = *m->data;
    const double *eta = m->eta;
    double *residual;
    fit->fitted = true;
    set_strata(m, null, &data);
    bool has_offset = set_eta(m, null->offset);
    if (!has_offset)
        memset(m->eta, 0, (size_t)data.n * sizeof *m->eta);
    if (null->terms + m->rest->p > 0)
        FP_TRY(fit_terms(m, null, &data, has_offset, scratch, fit, &eta, err));
    if (!fit->fitted)
        return FP_OK;
    FP_TRY(fp_cox_martingale(&data, eta, m->ties, scratch, &residual, err));
    memset(fit->sum, 0, (size_t)m->design->clusters * sizeof *fit->sum);
    for (ptrdiff_t i = 0; i < data.n; i++)
        fit->sum[m->design->of_row[i]] += residual[i] * (data.weight ? data.weight[i] : 1.0);
    return FP_OK;
}

static fp_status null_create(null_cox *m, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = m->data->n;
    FP_ARRAY(m->x, arena, n * (2 + m->rest->p), err);
    FP_ARRAY(m->eta, arena, n, err);
    FP_ARRAY(m->stratum, arena, n, err);
    for (ptrdiff_t j = 0; j < m->rest->p; j++)
        memcpy(m->x + (2 + j) * n, m->rest->column[j], (size_t)n * sizeof *m->x);
    return FP_OK;
}

/* What is tested, opened. */
typedef struct {
    fp_randomised randomised;
    fp_null_rest rest;
    fp_permutation_options options;
    null_cox model;
} opened;

static fp_status open_tests(const fp_survival_randomised *what, fp_arena *arena,
                            fp_warnings *warnings, opened *o, fp_err *err)
{
    FP_TRY(fp_randomised_open(&what->request, arena, warnings, &o->randomised, &o->options,
                              &o->rest, err));
    o->model = (null_cox){.data = what->data,
                          .design = &o->randomised,
                          .rest = &o->rest,
                          .offset = what->request.design->offset,
                          .ties = what->ties};
    return null_create(&o->model, arena, err);
}

fp_status fp_survival_permutation(const fp_survival_randomised *what, fp_arena *arena,
                                  fp_warnings *warnings, fp_result *result, fp_err *err)
{
    opened o;
    FP_TRY(open_tests(what, arena, warnings, &o, err));
    if (result->events == 0)
        return fp_warnings_add(warnings, err, "no permutation test: nobody had an event");
    fp_null_estimator estimator = {
        .fit = fit_null,
        .context = &o.model,
        .residual = what->logrank ? "observed less expected events of a log-rank test"
                                  : "martingale residuals of a Cox model",
        .by = "stratified by",
        .covariates = o.rest.words,
        .has_effect = !what->logrank,
        .is_log = true,
        .label = "randomisation-based, approximate away from HR 1",
        .far = FAR,
        .level = what->request.common->level,
        .n = what->data->n};
    return fp_randomised_tests(&o.randomised, &estimator, &o.options, arena, warnings, result, err);
}

static fp_status null_sums(const fp_survival_randomised *what, const char *factor, fp_arena *arena,
                           fp_warnings *warnings, fp_null_sums *out, fp_err *err)
{
    opened o;
    int tested = -1;
    FP_TRY(open_tests(what, arena, warnings, &o, err));
    for (int f = 0; f < o.randomised.factors; f++)
        tested = strcmp(o.randomised.factor[f], factor) == 0 ? f : tested;
    if (tested < 0)
        return fp_fail(err, FP_ARG, "%s is not among what was randomised", factor);
    fp_null_estimator estimator = {.fit = fit_null, .context = &o.model, .n = what->data->n};
    fp_null_sums made = {.clusters = o.randomised.clusters, .label = o.randomised.labels};
    FP_TRY(fp_randomised_sums(&o.randomised, &estimator, tested, arena, &made.sum, err));
    *out = made;
    return FP_OK;
}

fp_status fp_model_cox_null(const fp_table *table, const char *formula,
                            const fp_cox_model_options *options, const char *factor,
                            fp_arena *arena, fp_null_sums *out, fp_err *err)
{
    fp_warnings warnings;
    fp_design design;
    fp_design_options how = fp_model_design_options(&options->common);
    how.event = options->event;
    how.frailty = true;
    how.lean = true;
    FP_TRY(fp_warnings_init(&warnings, arena, err));
    FP_TRY(fp_survival_design(table, formula, &how, arena, &design, &warnings, err));
    fp_survdata data = fp_survival_view(&design);
    fp_survival_randomised what = {.request = {.text = options->randomised,
                                               .drawn = options->drawn,
                                               .table = table,
                                               .design = &design,
                                               .how = &how,
                                               .common = &options->common},
                                   .data = &data,
                                   .ties = options->ties};
    return null_sums(&what, factor, arena, &warnings, out, err);
}
