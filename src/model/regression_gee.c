#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/randomised_priv.h"
#include "model/regression_priv.h"
#include "model/small_sample_priv.h"
#include "stats/gee.h"

/* Below it the numbers of rows of the clusters are so alike that KC serves better than MD (Li &
 * Redden 2015). */

/* One analysis on its way from options to result. */
typedef struct {
    const fp_table *table;
    const fp_gee_model_options *options;
    fp_model_common common; /* with the clusters of `randomised` */
    fp_arena *arena;
    fp_design *design;
    fp_gee_data data;
    fp_gee_fit fit;
    double *beta;  /* p: NaN where there is no estimate */
    bool *defined; /* p */
    fp_warnings warnings;
    fp_result result;
} work;

fp_gee_model_options fp_gee_model_defaults(void)
{
    return (fp_gee_model_options){.common = fp_model_common_defaults(),
                                  .family = FP_FAMILY_GAUSSIAN,
                                  .link = -1,
                                  .corr = FP_CORR_EXCHANGEABLE};
}

/* ---- who the rows are of ---- */

static fp_status read_common(work *w, fp_err *err)
{
    w->common = w->options->common;
    if (!w->common.id) {
        (void)fp_fail(err, FP_USAGE, "--id is missing: it names the clusters");
        return fp_hint(
            err, FP_USAGE,
            "in a cluster trial what was randomised, as in --id coach; else --id person");
    }
    if (w->options->randomised) {
        fp_randomised_text text;
        FP_TRY(fp_randomised_parse(w->options->randomised, w->arena, &text, err));
        w->common.cluster = w->common.cluster ? w->common.cluster : text.cluster;
    }
    return FP_OK;
}

/* Person after person, with waves ascending: the usual file, in which no wave comes twice. */
static bool waves_ascend(const fp_design *d)
{
    for (ptrdiff_t i = 1; i < d->n; i++)
        if (d->subject[i] < d->subject[i - 1] ||
            (d->subject[i] == d->subject[i - 1] && d->wave[i] <= d->wave[i - 1]))
            return false;
    return true;
}

/* A wave twice in an id. */
static fp_status check_waves(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    if (!d->wave || waves_ascend(d))
        return FP_OK;
    FP_ARENA_SCOPED(scratch, FP_GIB * 4, err);
    ptrdiff_t *order, *start;
    FP_TRY(fp_gee_order(d->n, d->subject, d->subjects, d->wave, scratch, &order, &start, err));
    for (ptrdiff_t i = 1; i < d->n; i++) {
        ptrdiff_t one = d->row[order[i - 1]], other = d->row[order[i]];
        if (d->subject[order[i]] != d->subject[order[i - 1]] ||
            d->wave[order[i]] != d->wave[order[i - 1]])
            continue;
        const char *who;
        FP_TRY(
            fp_random_label(w->table, d->subject_group, d->subject[order[i]], scratch, &who, err));
        (void)fp_fail_at(err, FP_INPUT, fp_table_name(w->table), fp_table_line(w->table, other), 0,
                         "%.60s has wave %.40s twice, also on line %ld", who,
                         d->wave_label[d->wave[order[i]]], fp_table_line(w->table, one));
        fp_err_field(err, w->options->wave);
        return fp_hint(err, FP_INPUT,
                       "keep one of them; in clusters of several people leave --wave out");
    }
    return FP_OK;
}

static fp_status check_order(const work *w, fp_err *err)
{
    const fp_column *column;
    if (!w->options->wave || w->options->corr != FP_CORR_AR1)
        return FP_OK;
    FP_TRY(fp_table_need(w->table, w->options->wave, &column, err));
    if (column->type == FP_COLUMN_NUMBER || column->type == FP_COLUMN_DATE)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(w->table), 0, 0,
                     "the waves are words, of which ar1 does not know the order");
    fp_err_field(err, w->options->wave);
    return fp_hint(err, FP_INPUT, "number them, or take another --corstr");
}

/* The larger clusters of the ids. */
static fp_status read_groups(work *w, fp_err *err)
{
    const fp_design *d = w->design;
    int32_t *group;
    if (!d->cluster)
        return FP_OK;
    FP_ARRAY(group, w->arena, d->subjects, err);
    for (int32_t k = 0; k < d->subjects; k++)
        group[k] = -1;
    for (ptrdiff_t i = 0; i < d->n; i++) {
        int32_t *own = &group[d->subject[i]];
        if (*own >= 0 && *own != d->cluster[i]) {
            (void)fp_fail_at(
                err, FP_INPUT, fp_table_name(w->table), fp_table_line(w->table, d->row[i]), 0,
                "the same %s is in two clusters of %s, %s and %s", w->common.id, d->cluster_name,
                d->cluster_label[*own], d->cluster_label[d->cluster[i]]);
            fp_err_field(err, d->cluster_name);
            return fp_hint(err, FP_INPUT,
                           "take the cluster at randomisation, the same in all rows");
        }
        *own = d->cluster[i];
    }
    w->data.group = group;
    w->data.groups = d->clusters;
    return FP_OK;
}

static fp_status check_clusters(const work *w, fp_err *err)
{
    ptrdiff_t clusters = w->data.group ? w->data.groups : w->data.ids;
    if (clusters > 1)
        return FP_OK;
    (void)fp_fail_at(err, FP_INPUT, fp_table_name(w->table), 0, 0,
                     "only one cluster: a robust standard error needs at least two");
    fp_err_field(err, w->data.group ? w->design->cluster_name : w->common.id);
    return fp_hint(err, FP_INPUT, "take the column that tells the clusters apart");
}

static fp_status read_data(work *w, fp_err *err)
{
    const fp_gee_model_options *o = w->options;
    fp_link link = fp_regression_link(o->family, o->link);
    fp_design_options how = fp_model_design_options(&w->common);
    how.subject = w->common.id;
    how.wave = o->wave;
    how.id = NULL;
    how.lean = true;
    FP_TRY(fp_regression_design(w->table, w->result.formula, &how, w->arena, w->design,
                                &w->warnings, err));
    FP_TRY(fp_regression_check(w->design, w->table, o->family, link, err));
    FP_TRY(check_order(w, err));
    FP_TRY(check_waves(w, err));
    w->data =
        (fp_gee_data){.rows = fp_regression_view(w->design, o->family, link, w->common.threads),
                      .id = w->design->subject,
                      .ids = w->design->subjects,
                      .position = w->design->wave,
                      .positions = w->design->waves,
                      .corr = o->corr};
    FP_TRY(read_groups(w, err));
    return check_clusters(w, err);
}

/* ---- estimates ---- */

static bool has_estimates(const work *w)
{
    return w->fit.state == FP_GEE_CONVERGED || w->fit.state == FP_GEE_MAX_ITER;
}

static fp_term term_of(const work *w, ptrdiff_t j)
{
    ptrdiff_t d = j + j * w->fit.p;
    fp_term term = fp_term_undefined(w->design->column[j]);
    if (w->fit.state == FP_GEE_NO_SPREAD && !isnan(w->fit.beta[j])) {
        term.estimate = w->fit.beta[j];
        term.exp_estimate = exp(term.estimate);
    }
    if (!w->defined[j])
        return term;
    term.estimate = w->beta[j];
    term.exp_estimate = exp(term.estimate);
    term.se = term.robust_se = sqrt(w->fit.robust[d]);
    term.naive_se = sqrt(w->fit.naive[d]);
    if (term.se > FP_NO_SPREAD * term.naive_se)
        fp_term_normal(&term, term.se, w->common.level);
    return term;
}

static fp_status add_terms(work *w, fp_err *err)
{
    ptrdiff_t p = w->fit.p;
    fp_term *terms;
    FP_ARRAY(terms, w->arena, p, err);
    FP_ARRAY(w->beta, w->arena, p, err);
    FP_ARRAY(w->defined, w->arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->defined[j] = has_estimates(w) && !isnan(w->fit.beta[j]);
        w->beta[j] = w->defined[j] ? w->fit.beta[j] : FP_NUM_NAN;
        terms[j] = term_of(w, j);
    }
    w->result.terms = terms;
    w->result.term_count = p;
    return fp_regression_covariance(p, w->beta, w->fit.robust, w->arena, &w->result, err);
}

/* ---- few clusters ---- */

static fp_status choose_method(const work *w, int *method, fp_err *err)
{
    *method = -1;
    if (w->options->small_sample)
        return fp_small_method(w->options->small_sample, method, err);
    if ((w->data.group ? w->data.groups : w->data.ids) < FP_FEW_CLUSTERS)
        *method = FP_SMALL_NONE;
    return FP_OK;
}

static fp_status name_subjects(const work *w, const char *const **out, fp_err *err)
{
    const fp_design *d = w->design;
    const char **label;
    FP_ARRAY(label, w->arena, d->subjects, err);
    for (int32_t k = 0; k < d->subjects; k++)
        FP_TRY(fp_random_label(w->table, d->subject_group, k, w->arena, &label[k], err));
    *out = label;
    return FP_OK;
}

static fp_status correct(work *w, fp_small_sample method, fp_err *err)
{
    const fp_design *d = w->design;
    ptrdiff_t clusters, from = w->data.rows.intercept;
    fp_cluster_parts *parts = &w->fit.parts;
    const int32_t *code = w->data.group ? d->cluster : d->subject;
    FP_TRY(fp_cluster_freedom(d->n, d->p - from, d->columns + from, w->fit.beta + from, code,
                              parts->slots, w->arena, &clusters, &parts->df, err));
    if (method == FP_SMALL_NONE)
        method = fp_small_usual(w->result.clusters, w->fit.variation);
    const char *const *label = d->cluster_label;
    if (!w->data.group)
        FP_TRY(name_subjects(w, &label, err));
    fp_small_request request = {.parts = parts,
                                .method = method,
                                .level = w->common.level,
                                .column = d->column,
                                .estimate = w->beta,
                                .defined = w->defined,
                                .model_var = w->fit.naive,
                                .cluster_label = label,
                                .n = d->n,
                                .x = d->columns,
                                .cluster = code};
    return fp_small_add(&request, w->arena, &w->warnings, &w->result, err);
}

static fp_status add_tests(work *w, int method, fp_err *err)
{
    const double *var = w->fit.robust;
    double df = 0;
    if (method >= 0 && w->fit.state == FP_GEE_CONVERGED) {
        FP_TRY(correct(w, (fp_small_sample)method, err));
        var = w->result.small_covariance;
        df = w->fit.parts.df > 0 ? w->fit.parts.df : FP_NUM_NAN;
    } else if (has_estimates(w) && w->result.clusters < FP_FEW_CLUSTERS) {
        FP_TRY(fp_warnings_add(&w->warnings, err,
                               "with %td clusters the robust standard errors are too small; no "
                               "correction was %s",
                               w->result.clusters, method < 0 ? "asked for" : "made"));
    }
    return fp_regression_tests(w->design, w->beta, var, df, w->arena, &w->result, err);
}

/* ---- outcomes in words ---- */

static const char *state_name(const work *w)
{
    static const char *const names[] = {
        [FP_GEE_CONVERGED] = "converged",       [FP_GEE_MAX_ITER] = "max_iter",
        [FP_GEE_SEPARATED] = "separated",       [FP_GEE_NO_START] = "max_iter",
        [FP_GEE_NOT_POSITIVE] = "not_positive", [FP_GEE_NO_SPREAD] = "no_spread"};
    if (w->fit.state == FP_GEE_CONVERGED && w->fit.rank < w->fit.p)
        return "rank_deficient";
    return names[w->fit.state];
}

static fp_status warn_of_clusters(work *w, fp_err *err)
{
    if (!w->data.group || w->data.groups == w->data.ids)
        return FP_OK;
    return fp_warnings_add(&w->warnings, err,
                           "%s is not what was randomised: its %td lie in %td clusters of %s; the "
                           "working correlation is that within %s, the standard errors are those "
                           "of the clusters",
                           w->common.id, w->data.ids, w->data.groups, w->design->cluster_name,
                           w->common.id);
}

/* A structure that no id has two rows to show. */
static fp_status warn_of_singles(work *w, fp_err *err)
{
    if (w->fit.largest > 1 || w->data.corr == FP_CORR_INDEPENDENCE)
        return FP_OK;
    return fp_warnings_add(&w->warnings, err,
                           "no %s has two rows: there is no correlation to estimate, and the "
                           "estimates are those of independence",
                           w->common.id);
}

static fp_status warn_of_outcome(work *w, fp_err *err)
{
    fp_warnings *list = &w->warnings;
    switch (w->fit.state) {
    case FP_GEE_CONVERGED:
        FP_TRY(fp_regression_warn_aliased(w->design, w->fit.beta, list, err));
        return warn_of_singles(w, err);
    case FP_GEE_SEPARATED:
        return fp_regression_warn_separated(w->design, w->table, w->data.rows.family,
                                            w->data.rows.link, w->fit.beta, w->fit.diverges, list,
                                            err);
    case FP_GEE_NOT_POSITIVE:
        return fp_warnings_add(
            list, err,
            "the correlations by moments are those of no possible outcomes "
            "(%s): take --corstr %s",
            w->result.corr,
            w->data.corr == FP_CORR_EXCHANGEABLE ? "independence" : "exchangeable or independence");
    case FP_GEE_NO_SPREAD:
        FP_TRY(fp_regression_warn_aliased(w->design, w->fit.beta, list, err));
        return fp_regression_warn_exact((double)(w->fit.n - w->fit.rank), list, err);
    case FP_GEE_NO_START:
    case FP_GEE_MAX_ITER:
        break;
    }
    fp_unsolved unsolved = {w->fit.state == FP_GEE_NO_START, w->fit.edge, w->fit.iterations,
                            w->result.family};
    return fp_regression_warn_unsolved(&unsolved, list, err);
}

static void fill(work *w)
{
    static const char *const structures[] = {[FP_CORR_INDEPENDENCE] = "independence",
                                             [FP_CORR_EXCHANGEABLE] = "exchangeable",
                                             [FP_CORR_AR1] = "ar1",
                                             [FP_CORR_UNSTRUCTURED] = "unstructured"};
    fp_result *r = &w->result;
    r->design = w->design;
    r->family = fp_family_names()[w->data.rows.family];
    r->link = fp_link_names()[w->data.rows.link];
    r->state = state_name(w);
    r->iterations = w->fit.iterations;
    r->robust = true;
    r->corr = structures[w->data.corr];
    r->alpha = w->fit.alpha;
    r->alpha_count = w->fit.alphas;
    r->scale = w->fit.scale;
    r->qic = w->fit.qic;
    r->quasi = w->fit.quasi;
    r->ids = w->data.ids;
    r->id_name = w->common.id;
    r->clusters = w->fit.groups;
    r->cluster_name = w->data.group ? w->design->cluster_name : w->common.id;
    r->smallest_cluster = w->fit.smallest;
    r->largest_cluster = w->fit.largest;
    r->cluster_variation = w->fit.variation;
}

fp_status fp_model_gee(const fp_table *table, const char *formula,
                       const fp_gee_model_options *options, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_gee_model_options defaults = fp_gee_model_defaults();
    work w = {.table = table, .options = options ? options : &defaults, .arena = arena};
    int method;
    w.result.formula = formula;
    FP_TRY(read_common(&w, err));
    FP_ARRAY(w.design, arena, 1, err);
    FP_TRY(fp_warnings_init(&w.warnings, arena, err));
    FP_TRY(read_data(&w, err));
    FP_TRY(choose_method(&w, &method, err));
    FP_TRY(fp_gee(&w.data, method >= 0, arena, &w.fit, err));
    w.result = fp_model_begin(FP_MODEL_GEE, table, w.design, &w.common);
    fill(&w);
    FP_TRY(warn_of_clusters(&w, err));
    FP_TRY(warn_of_outcome(&w, err));
    FP_TRY(add_terms(&w, err));
    FP_TRY(add_tests(&w, method, err));
    FP_TRY(fp_warnings_finish(&w.warnings, &w.result, err));
    *result = w.result;
    return FP_OK;
}
