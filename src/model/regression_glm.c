#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/regression_priv.h"
#include "model/regression_randomised_priv.h"
#include "model/small_sample_priv.h"
#include "stats/glm_firth.h"
#include "stats/glm_robust.h"

/* One analysis on its way from options to result. */
typedef struct {
    const fp_table *table;
    const fp_glm_model_options *options;
    fp_arena *arena;
    fp_design *design;
    fp_regression data;
    fp_glm_fit fit;
    double *beta;           /* p: NaN where there is no estimate */
    double *var;            /* p x p: model-based */
    const double *robust;   /* p x p: behind p; NULL = model-based */
    bool *defined;          /* p */
    fp_cluster_parts parts; /* with clusters */
    double small_df;
    double df;  /* of t; 0 = normal; NaN where there is nothing to estimate it from */
    bool exact; /* no residuals are left */
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
    FP_ARRAY(w->defined, w->arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->beta[j] = w->fit.diverges[j] ? FP_NUM_NAN : w->fit.beta[j];
        w->defined[j] = has_estimates(w) && !isnan(w->beta[j]);
    }
    for (ptrdiff_t i = 0; i < p * p; i++)
        w->var[i] = w->fit.dispersion * w->fit.bread[i];
    w->df = fp_family_has_dispersion(w->data.family) ? w->fit.df_residual : 0;
    if (w->exact)
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
    if (w->robust)
        term.robust_se = sqrt(w->robust[j + j * w->data.p]);
    if ((w->robust ? term.robust_se : se) > FP_NO_SPREAD * se)
        fp_term_test_of(&term, w->robust ? term.robust_se : se, w->df, w->options->common.level);
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
    return fp_regression_covariance(w->data.p, w->beta, w->robust ? w->robust : w->var, w->arena,
                                    &w->result, err);
}

static fp_status add_tests(work *w, fp_err *err)
{
    const double *var = w->robust ? w->robust : w->var;
    double df = w->df;
    if (w->result.small_sample) {
        var = w->result.small_covariance;
        df = w->small_df > 0 ? w->small_df : FP_NUM_NAN;
    }
    return fp_regression_tests(w->design, w->beta, var, df, w->arena, &w->result, err);
}

/* ---- robust ---- */

typedef enum { BY_ROW, BY_CLUSTER } sandwich_of;
enum { DEFAULT_BY_ROW = 3, DEFAULT_BY_CLUSTER = 4 };

static const struct {
    const char *name, *shown;
    sandwich_of of;
    int kind;
} sandwiches[] = {{"hc0", "HC0", BY_ROW, FP_HC0}, {"hc1", "HC1", BY_ROW, FP_HC1},
                  {"hc2", "HC2", BY_ROW, FP_HC2}, {"hc3", "HC3", BY_ROW, FP_HC3},
                  {"cr0", "CR0", BY_CLUSTER, 0},  {"cr1", "CR1", BY_CLUSTER, 1},
                  {"cr1s", "CR1S", BY_CLUSTER, 2}};

/* The covariance asked for: its row of the table, -1 = model-based. */
static fp_status choose(const work *w, int *choice, fp_err *err)
{
    const fp_glm_model_options *o = w->options;
    bool clustered = w->design->cluster != NULL;
    *choice = clustered ? DEFAULT_BY_CLUSTER : o->robust ? DEFAULT_BY_ROW : -1;
    for (size_t i = 0; o->sandwich && i < sizeof sandwiches / sizeof *sandwiches; i++)
        if (strcmp(o->sandwich, sandwiches[i].name) == 0)
            *choice = (int)i;
    if (*choice < 0 || (sandwiches[*choice].of == BY_CLUSTER) == clustered)
        return FP_OK;
    (void)fp_fail(err, FP_USAGE, "%s is %s", o->sandwich,
                  clustered ? "a covariance by row, and there are clusters"
                            : "a covariance by cluster, and there are none");
    return fp_hint(err, FP_USAGE, clustered ? "one of cr0, cr1, cr1s" : "add --cluster COLUMN");
}

static fp_status check_clusters(const work *w, fp_err *err)
{
    const char *small = w->options->small_sample;
    int method;
    if (w->options->common.id) {
        (void)fp_fail(err, FP_USAGE, "glm takes no --id: its rows are independent or in clusters");
        return fp_hint(err, FP_USAGE, "--cluster %s, or the command gee", w->options->common.id);
    }
    if (small && strcmp(small, "cr2") != 0)
        FP_TRY(fp_small_method(small, &method, err));
    return fp_model_check_clusters(w->table, w->design, small, err);
}

static fp_status by_cluster(work *w, int kind, fp_err *err)
{
    const fp_design *d = w->design;
    ptrdiff_t p = d->p, from = w->data.intercept, clusters;
    fp_corrected plain;
    double *var, j = (double)d->clusters, n = (double)d->n, rank = (double)w->fit.rank;
    FP_TRY(
        fp_glm_cluster_parts(&w->data, &w->fit, d->cluster, d->clusters, w->arena, &w->parts, err));
    FP_TRY(fp_cluster_freedom(d->n, p - from, d->columns + from, w->fit.beta + from, d->cluster,
                              d->clusters, w->arena, &clusters, &w->parts.df, err));
    FP_TRY(fp_sandwich_correct(&w->parts, FP_SMALL_NONE, w->arena, &plain, err));
    FP_ARRAY(var, w->arena, p * p, err);
    double factor = kind == 0 ? 1 : kind == 1 ? j / (j - 1) : j * (n - 1) / ((j - 1) * (n - rank));
    for (ptrdiff_t i = 0; i < p * p; i++)
        var[i] = factor * plain.var[i];
    w->robust = var;
    w->df = w->exact ? FP_NUM_NAN : 0; /* z: the correction for few clusters has its own t */
    return FP_OK;
}

static fp_status add_robust(work *w, fp_err *err)
{
    int choice;
    FP_TRY(choose(w, &choice, err));
    w->result.robust = choice >= 0;
    if (choice < 0)
        return FP_OK;
    w->result.robust_kind = sandwiches[choice].shown;
    if (sandwiches[choice].of == BY_CLUSTER)
        return by_cluster(w, sandwiches[choice].kind, err);
    return fp_glm_robust(&w->data, &w->fit, (fp_hc)sandwiches[choice].kind, w->arena, &w->robust,
                         err);
}

static fp_status correct(work *w, int method, bool cr2, fp_err *err)
{
    const fp_design *d = w->design;
    fp_small_request request = {.parts = &w->parts,
                                .method = cr2 ? FP_SMALL_NONE : (fp_small_sample)method,
                                .level = w->options->common.level,
                                .column = d->column,
                                .estimate = w->beta,
                                .defined = w->defined,
                                .model_var = w->var,
                                .cluster_label = d->cluster_label,
                                .n = d->n,
                                .x = d->columns,
                                .cluster = d->cluster};
    w->small_df = w->parts.df;
    return cr2 ? fp_small_add_cr2(&request, w->arena, &w->warnings, &w->result, err)
               : fp_small_add(&request, w->arena, &w->warnings, &w->result, err);
}

static fp_status add_small_sample(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    const char *name = w->options->small_sample;
    int method = -1;
    if (!d->cluster)
        return FP_OK;
    if (!name)
        name = d->clusters < FP_FEW_CLUSTERS ? "md" : "none";
    bool cr2 = strcmp(name, "cr2") == 0;
    if (!cr2)
        FP_TRY(fp_small_method(name, &method, err));
    if (method < 0 && !cr2 && d->clusters >= FP_FEW_CLUSTERS)
        return FP_OK;
    if (method < 0 && !cr2)
        return fp_warnings_add(&w->warnings, err,
                               "with %d clusters the robust standard errors are too small; no "
                               "correction was asked for",
                               d->clusters);
    if (w->exact)
        return FP_OK;
    if (w->fit.state != FP_GLM_CONVERGED)
        return fp_warnings_add(&w->warnings, err,
                               "no small-sample correction for %d clusters: the fit has no optimum "
                               "to make it at",
                               d->clusters);
    return correct(w, method, cr2, err);
}

/* ---- Firth's penalty ---- */

static fp_status check_firth(const work *w, fp_link link, fp_err *err)
{
    const fp_glm_model_options *o = w->options;
    if (!o->firth)
        return FP_OK;
    if (o->family != FP_FAMILY_BINOMIAL || link != FP_LINK_LOGIT) {
        (void)fp_fail(err, FP_USAGE, "--firth is for the binomial family and the logit link");
        return fp_hint(err, FP_USAGE, "add --family binomial, or leave --firth out");
    }
    if (!o->robust && !o->sandwich && !w->design->cluster)
        return FP_OK;
    (void)fp_fail(err, FP_USAGE,
                  "robust standard errors are not made under Firth's penalty, whose intervals are "
                  "those of its profile");
    return fp_hint(err, FP_USAGE, "leave --firth, or the clusters and --robust, out");
}

static fp_status fit_firth(work *w, fp_firth_part **out, fp_err *err)
{
    fp_firth_part *part;
    *out = NULL;
    if (!w->options->firth || w->fit.state == FP_GLM_NO_START)
        return FP_OK;
    FP_ARRAY(part, w->arena, 1, err);
    FP_TRY(fp_glm_firth(&w->data, &w->fit, w->options->common.level, w->arena, &w->fit, part, err));
    *out = part;
    return w->fit.state == FP_GLM_CONVERGED
               ? fp_firth_warn_ends(w->design, w->fit.beta, part, &w->warnings, err)
               : FP_OK;
}

/* ---- outcomes in words ---- */

/* With the way out, where it goes together with what was asked. */
static fp_status warn_separated(work *w, fp_err *err)
{
    FP_TRY(fp_regression_warn_separated(w->design, w->table, w->data.family, w->data.link,
                                        w->fit.beta, w->fit.diverges, &w->warnings, err));
    if (w->data.family != FP_FAMILY_BINOMIAL || w->data.link != FP_LINK_LOGIT ||
        w->options->robust || w->options->sandwich || w->design->cluster)
        return FP_OK;
    return fp_warnings_add(&w->warnings, err, "ask for --firth for a finite estimate");
}

static const char *state_name(const work *w)
{
    static const char *const names[] = {[FP_GLM_CONVERGED] = "converged",
                                        [FP_GLM_SEPARATED] = "separated",
                                        [FP_GLM_MAX_ITER] = "max_iter",
                                        [FP_GLM_NO_START] = "max_iter"};
    if (w->exact)
        return "no_spread";
    if (w->fit.state == FP_GLM_CONVERGED && w->fit.rank < w->fit.p)
        return "rank_deficient";
    return names[w->fit.state];
}

static fp_status warn_of_outcome(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    bool no_start = w->fit.state == FP_GLM_NO_START;
    if (!no_start)
        FP_TRY(fp_regression_warn_aliased(w->design, w->fit.beta, list, err));
    if (w->fit.state == FP_GLM_SEPARATED)
        return warn_separated(w, err);
    if (w->exact)
        return fp_regression_warn_exact(w->fit.df_residual, list, err);
    if (w->fit.state == FP_GLM_CONVERGED)
        return FP_OK;
    fp_unsolved unsolved = {no_start, w->fit.edge, w->fit.iterations, w->result.family};
    return fp_regression_warn_unsolved(&unsolved, list, err);
}

static void fill(work *w)
{
    fp_result *r = &w->result;
    r->design = w->design;
    r->family = fp_family_names()[w->data.family];
    r->link = fp_link_names()[w->data.link];
    r->state = state_name(w);
    r->iterations = w->fit.iterations;
    r->deviance = w->exact ? 0 : w->fit.deviance;
    r->null_deviance = w->fit.null_deviance;
    r->aic = w->exact ? FP_NUM_NAN : w->fit.aic;
    r->loglik_fitted = w->exact ? FP_NUM_NAN : w->fit.loglik;
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
    return fp_regression_permutation(&request, &w->data, w->options->cluster_means, w->arena,
                                     &w->warnings, &w->result, err);
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
    fp_firth_part *firth;
    FP_ARRAY(w.design, arena, 1, err);
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(fp_regression_design(table, formula, &how, arena, w.design, &w.warnings, err));
    FP_TRY(fp_regression_check(w.design, table, o->family, link, err));
    FP_TRY(check_clusters(&w, err));
    FP_TRY(check_firth(&w, link, err));
    w.data = fp_regression_view(w.design, o->family, link, o->common.threads);
    FP_TRY(fp_glm(&w.data, arena, &w.fit, err));
    FP_TRY(fit_firth(&w, &firth, err));
    w.exact = fp_family_has_dispersion(o->family) && has_estimates(&w) &&
              (!(w.fit.df_residual > 0) || fp_regression_is_exact(&w.data, w.fit.pearson));
    w.result = fp_model_begin(FP_MODEL_GLM, table, w.design, &o->common);
    w.result.firth = firth;
    fill(&w);
    FP_TRY(warn_of_outcome(&w, err));
    FP_TRY(load_estimates(&w, err));
    if (has_estimates(&w)) {
        FP_TRY(add_robust(&w, err));
        FP_TRY(add_terms(&w, err));
        FP_TRY(add_small_sample(&w, err));
        FP_TRY(add_tests(&w, err));
    }
    FP_TRY(add_permutation(&w, &how, err));
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
