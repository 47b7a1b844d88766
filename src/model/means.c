#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/linear_priv.h"
#include "model/means_priv.h"
#include "stats/dist.h"
#include "stats/family.h"
#include "stats/logrank.h"

typedef struct {
    fp_arena *arena;
    fp_result *result;
    fp_means_grid grid;
    fp_means_plans plans;
    fp_link link;
    ptrdiff_t p;
    fp_linear linear;
    /* of the cells */
    double *eta, *mu, *slope; /* NaN where not estimable */
} work;

/* out = weights of the coefficients from weights of the cells; with `slope` cell by cell times it.
 */
static void combine(const work *w, const double *weight, const double *slope, double *out)
{
    memset(out, 0, (size_t)w->p * sizeof *out);
    for (ptrdiff_t c = 0; c < w->grid.cells; c++) {
        double by = weight[c] * (slope ? slope[c] : 1);
        for (ptrdiff_t j = 0; by != 0 && j < w->p; j++)
            out[j] += by * w->grid.l[j + c * w->p];
    }
}

/* ---- means ---- */

static fp_mean undefined_mean(const work *w, ptrdiff_t c)
{
    return (fp_mean){w->grid.label[c], w->grid.n[c], FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN,
                     FP_NUM_NAN,       FP_NUM_NAN,   FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
}

static fp_mean mean_of(const work *w, ptrdiff_t c, fp_linear_value e)
{
    fp_mean m = undefined_mean(w, c);
    double half = fp_linear_reach(&w->linear, e), one, other;
    m.estimate = w->eta[c];
    m.response = w->mu[c];
    m.df = e.df;
    if (!(e.se > 0))
        return m;
    m.se = e.se;
    m.response_se = fabs(w->slope[c]) * e.se;
    m.lower = m.estimate - half;
    m.upper = m.estimate + half;
    one = fp_link_mu(w->link, m.lower);
    other = fp_link_mu(w->link, m.upper);
    m.response_lower = fmin(one, other); /* the inverse link falls */
    m.response_upper = fmax(one, other);
    return m;
}

static fp_status warn(work *w, fp_warnings *list, ptrdiff_t unknown, fp_err *err)
{
    if (unknown == 0)
        return FP_OK;
    ptrdiff_t first = 0;
    while (!isnan(w->eta[first]))
        first++;
    return fp_warnings_add(list, err,
                           "the data do not tell %td of the %td estimated means (first: %s): there "
                           "are no rows, or no finite coefficient, from which it follows",
                           unknown, w->grid.cells, w->grid.label[first]);
}

static fp_status make_means(work *w, fp_means *out, fp_warnings *list, fp_err *err)
{
    fp_mean *mean;
    fp_linear_value *e;
    ptrdiff_t unknown = 0;
    FP_ARRAY(mean, w->arena, w->grid.cells, err);
    FP_ARRAY(e, w->arena, w->grid.cells, err);
    FP_ARRAY(w->eta, w->arena, w->grid.cells, err);
    FP_ARRAY(w->mu, w->arena, w->grid.cells, err);
    FP_ARRAY(w->slope, w->arena, w->grid.cells, err);
    FP_TRY(fp_linear_estimate(&w->linear, w->grid.cells, w->grid.l, e, NULL, err));
    for (ptrdiff_t c = 0; c < w->grid.cells; c++) {
        bool known = fp_linear_known(&w->linear, w->grid.l + c * w->p);
        w->eta[c] = known ? e[c].value + w->grid.offset : FP_NUM_NAN;
        w->mu[c] = fp_link_mu(w->link, w->eta[c]);
        w->slope[c] = fp_link_slope(w->link, w->eta[c]);
        mean[c] = known ? mean_of(w, c, e[c]) : undefined_mean(w, c);
        unknown += !known;
    }
    out->mean = mean;
    out->count = w->grid.cells;
    return warn(w, list, unknown, err);
}

/* ---- comparisons ---- */

static void undefine(fp_mean_contrast *c)
{
    c->estimate = c->se = c->df = c->statistic = c->p = c->p_holm = c->lower = c->upper =
        FP_NUM_NAN;
    c->exp_estimate = c->exp_lower = c->exp_upper = FP_NUM_NAN;
    c->response = c->response_se = c->response_p = c->response_p_holm = c->response_lower =
        c->response_upper = FP_NUM_NAN;
}

static void fill_link(const work *w, fp_linear_value e, fp_mean_contrast *c)
{
    double half = fp_linear_reach(&w->linear, e);
    c->estimate = e.value; /* the weights of a comparison add to 0: no offset */
    c->exp_estimate = fp_link_is_ratio(w->link) ? exp(c->estimate) : FP_NUM_NAN;
    c->df = e.df;
    if (!(e.se > 0))
        return;
    c->se = e.se;
    c->statistic = c->estimate / c->se;
    c->p = fp_t_two_sided(c->statistic, c->df);
    c->lower = c->estimate - half;
    c->upper = c->estimate + half;
    if (fp_link_is_ratio(w->link)) {
        c->exp_lower = exp(c->lower);
        c->exp_upper = exp(c->upper);
    }
}

static void fill_response(const work *w, const fp_means_plan *plan, fp_linear_value e,
                          fp_mean_contrast *c)
{
    double half = fp_linear_reach(&w->linear, e);
    c->response = 0;
    for (ptrdiff_t k = 0; k < w->grid.cells; k++)
        if (plan->weight[k] != 0)
            c->response += plan->weight[k] * w->mu[k];
    if (!(e.se > 0))
        return;
    c->response_se = e.se;
    c->response_p = fp_t_two_sided(c->response / e.se, e.df);
    c->response_lower = c->response - half;
    c->response_upper = c->response + half;
}

static fp_status make_contrast(const work *w, const fp_means_plan *plan, double *l,
                               fp_mean_contrast *out, fp_err *err)
{
    fp_linear_value e;
    *out = plan->shell;
    undefine(out);
    combine(w, plan->weight, NULL, l);
    if (!fp_linear_known(&w->linear, l))
        return FP_OK;
    FP_TRY(fp_linear_estimate(&w->linear, 1, l, &e, NULL, err));
    fill_link(w, e, out);
    for (ptrdiff_t k = 0; k < w->grid.cells; k++)
        if (plan->weight[k] != 0 && isnan(w->mu[k]))
            return FP_OK;
    if (w->link != FP_LINK_IDENTITY) {
        combine(w, plan->weight, w->slope, l);
        FP_TRY(fp_linear_estimate(&w->linear, 1, l, &e, NULL, err));
    }
    fill_response(w, plan, e, out);
    return FP_OK;
}

/* Holm's correction of one p of each contrast named: that of the model's scale or the outcome's. */
static fp_status holm_of(const fp_mean_contrast *contrast, const ptrdiff_t *at, ptrdiff_t n,
                         bool response, double *holm, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *p;
    FP_ARRAY(p, scratch, n, err);
    for (ptrdiff_t k = 0; k < n; k++)
        p[k] = response ? contrast[at[k]].response_p : contrast[at[k]].p;
    return fp_holm(p, n, scratch, holm, err);
}

/* Over the comparisons of one kind and effect, each scale on its own. */
static fp_status correct(fp_mean_contrast *contrast, ptrdiff_t count, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *holm;
    bool *done;
    ptrdiff_t *at;
    FP_ARRAY(holm, scratch, count, err);
    FP_ARRAY(done, scratch, count, err);
    FP_ARRAY(at, scratch, count, err);
    for (ptrdiff_t first = 0; first < count; first++) {
        ptrdiff_t n = 0;
        for (ptrdiff_t k = first; k < count; k++) {
            if (done[k] || strcmp(contrast[k].kind, contrast[first].kind) != 0 ||
                strcmp(contrast[k].effect, contrast[first].effect) != 0)
                continue;
            done[k] = true;
            at[n++] = k;
        }
        FP_TRY(holm_of(contrast, at, n, false, holm, err));
        for (ptrdiff_t k = 0; k < n; k++)
            contrast[at[k]].p_holm = holm[k];
        FP_TRY(holm_of(contrast, at, n, true, holm, err));
        for (ptrdiff_t k = 0; k < n; k++)
            contrast[at[k]].response_p_holm = holm[k];
    }
    return FP_OK;
}

static fp_status make_contrasts(const work *w, fp_means *out, fp_err *err)
{
    fp_mean_contrast *contrast;
    double *l;
    FP_ARRAY(contrast, w->arena, w->plans.contrasts, err);
    FP_ARRAY(l, w->arena, w->p, err);
    for (ptrdiff_t k = 0; k < w->plans.contrasts; k++)
        FP_TRY(make_contrast(w, &w->plans.contrast[k], l, &contrast[k], err));
    FP_TRY(correct(contrast, w->plans.contrasts, err));
    out->contrast = contrast;
    out->contrast_count = w->plans.contrasts;
    return FP_OK;
}

/* ---- joint tests ---- */

static fp_status make_test(const work *w, const fp_means_joint *plan, fp_mean_test *out,
                           fp_err *err)
{
    double *l;
    fp_lmm_joint joint;
    *out = (fp_mean_test){plan->effect, plan->at, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_ARRAY(l, scratch, plan->count * w->p, err);
    for (ptrdiff_t k = 0; k < plan->count; k++) {
        combine(w, plan->weight + k * w->grid.cells, NULL, l + k * w->p);
        if (!fp_linear_known(&w->linear, l + k * w->p))
            return FP_OK;
    }
    FP_TRY(fp_linear_estimate(&w->linear, plan->count, l, NULL, &joint, err));
    if (!isfinite(joint.f) || !(joint.df2 > 0))
        return FP_OK;
    out->f = joint.f;
    out->df1 = joint.df1;
    out->df2 = joint.df2;
    out->p = joint.p;
    return FP_OK;
}

static fp_status make_tests(const work *w, fp_means *out, fp_err *err)
{
    fp_mean_test *test;
    FP_ARRAY(test, w->arena, w->plans.tests, err);
    for (ptrdiff_t k = 0; k < w->plans.tests; k++)
        FP_TRY(make_test(w, &w->plans.test[k], &test[k], err));
    out->test = test;
    out->test_count = w->plans.tests;
    return FP_OK;
}

/* ---- all of it ---- */

fp_status fp_means_add(const fp_table *table, const fp_model_common *common,
                       const fp_means_request *request, fp_arena *arena, fp_result *result,
                       fp_err *err)
{
    fp_means_names names;
    fp_means *out;
    fp_warnings list;
    work w = {.arena = arena, .result = result};
    if (!request->means)
        return FP_OK;
    FP_TRY(fp_means_read(request->means, arena, &names, err));
    if (result->term_count == 0) /* no estimates: the result says why */
        return FP_OK;
    w.p = result->term_count;
    w.link = fp_result_link(result);
    FP_ARRAY(out, arena, 1, err);
    FP_TRY(fp_warnings_resume(&list, result, arena, err));
    FP_TRY(
        fp_means_grid_make(table, common, result, &names, request->observed, arena, &w.grid, err));
    FP_TRY(fp_means_plan_make(&names, &w.grid,
                              request->compare ? request->compare : FP_MEANS_DIFFERENCES, arena,
                              &w.plans, err));
    *out = (fp_means){.text = names.text,
                      .observed = request->observed,
                      .left_count = names.left,
                      .by_count = names.by,
                      .variable_count = w.grid.variables,
                      .variable = w.grid.variable};
    FP_TRY(fp_linear_open(result, arena, &w.linear, err));
    FP_TRY(make_means(&w, out, &list, err));
    FP_TRY(make_contrasts(&w, out, err));
    FP_TRY(make_tests(&w, out, err));
    FP_TRY(fp_warnings_finish(&list, result, err));
    result->means = out;
    return FP_OK;
}
