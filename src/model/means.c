#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/means_priv.h"
#include "stats/contrast.h"
#include "stats/dist.h"
#include "stats/estimable.h"
#include "stats/family.h"
#include "stats/logrank.h"

typedef struct {
    fp_arena *arena;
    fp_result *result;
    fp_means_grid grid;
    fp_means_plans plans;
    fp_link link;
    ptrdiff_t p;
    double *beta, *var; /* 0 where not defined */
    bool *defined;      /* p */
    double df;          /* behind every p, but of a mixed model; infinite = normal */
    ptrdiff_t lost;     /* directions that cannot be estimated */
    const double *basis;
    double quantile_at; /* probability of the quantile of the bounds */
    /* of the cells */
    double *eta, *mu, *slope; /* NaN where not estimable */
} work;

/* A linear function estimated. */
typedef struct {
    double estimate, se, df;
} estimated;

/* ---- what is behind p ---- */

/* Coefficients, and the covariance that the model's own p rests on: corrected for few clusters
 * where there is a correction. */
static fp_status load(work *w, fp_err *err)
{
    const fp_result *r = w->result;
    const double *var = r->small_sample ? r->small_covariance : r->covariance;
    FP_ARRAY(w->beta, w->arena, w->p, err);
    FP_ARRAY(w->var, w->arena, w->p * w->p, err);
    FP_ARRAY(w->defined, w->arena, w->p, err);
    bool cr2 = r->small_sample && strcmp(r->small_sample, "cr2") == 0;
    w->df = HUGE_VAL;
    for (ptrdiff_t j = 0; j < w->p; j++) {
        double df = r->small_sample ? r->small_terms[j].df : r->terms[j].df;
        w->defined[j] = isfinite(r->terms[j].estimate);
        if (!w->defined[j])
            continue;
        w->beta[j] = r->terms[j].estimate;
        if (r->small_sample || df > 0)
            w->df = cr2 ? HUGE_VAL : df;
        for (ptrdiff_t i = 0; i < w->p; i++)
            if (isfinite(r->terms[i].estimate))
                w->var[i + j * w->p] = var[i + j * w->p];
    }
    w->quantile_at = 0.5 + r->level / 2;
    return fp_estimable_basis(r->design->n, w->p, r->design->columns, w->defined, w->arena,
                              &w->lost, &w->basis, err);
}

/* One number for all; under CR2, where each coefficient has its own, the smallest of those in the
 * function. */
static double least_df(const work *w, const double *l)
{
    const fp_result *r = w->result;
    double df = w->df;
    if (!r->small_sample || strcmp(r->small_sample, "cr2") != 0)
        return df;
    for (ptrdiff_t j = 0; j < w->p; j++)
        if (w->defined[j] && fabs(l[j]) > 1e-10)
            df = fmin(df, r->small_terms[j].df);
    return df;
}

/* One covariance for all. */
static fp_status by_wald(const work *w, ptrdiff_t count, const double *l, fp_arena *scratch,
                         double *value, double *se, double *df, fp_lmm_joint *joint, fp_err *err)
{
    double chisq;
    ptrdiff_t rank;
    FP_TRY(
        fp_contrast_test(w->p, w->beta, w->var, count, l, scratch, value, se, &chisq, &rank, err));
    double least = w->df;
    for (ptrdiff_t k = 0; k < count; k++) {
        df[k] = least_df(w, l + k * w->p);
        least = fmin(least, df[k]);
    }
    *joint = (fp_lmm_joint){chisq / (double)rank, (double)rank, least, FP_NUM_NAN};
    return FP_OK;
}

/* Those of a mixed model. Where groups with a variance of 0 keep their level, so does a function
 * with weight on columns that are constant within them (docs/methods/lmm.md, eq. 22). */
static fp_status by_lmm(const work *w, ptrdiff_t count, const double *l, fp_arena *scratch,
                        double *value, double *se, double *df, fp_lmm_joint *joint, fp_err *err)
{
    const fp_lmm_result *r = w->result->lmm;
    double *kr, most;
    FP_TRY(fp_lmm_contrast(r->fit, r->method, count, l, value, se, df, joint, err));
    if (!r->kept_group)
        return FP_OK;
    most = (double)(r->kept_groups - 1 - r->kept_columns);
    FP_ARRAY(kr, scratch, 3 * count, err);
    FP_TRY(
        fp_lmm_contrast(r->fit, FP_LMM_DF_KR, count, l, kr, kr + count, kr + 2 * count, NULL, err));
    for (ptrdiff_t k = 0; k < count; k++) {
        bool between = false;
        for (ptrdiff_t j = 0; j < w->p; j++)
            between = between || (r->kept[j] && fabs(l[j + k * w->p]) > 1e-10);
        if (!between)
            continue;
        df[k] = fmin(fmin(df[k], kr[k + 2 * count]), most);
        joint->df2 = fmin(joint->df2, df[k]);
    }
    return FP_OK;
}

/* Linear functions whose weights on coefficients without an estimate count for nothing. */
static fp_status estimate(const work *w, ptrdiff_t count, const double *l, estimated *out,
                          fp_lmm_joint *joint, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *own, *value, *se, *df;
    fp_lmm_joint all;
    FP_ARRAY(own, scratch, count * w->p, err);
    FP_ARRAY(value, scratch, count, err);
    FP_ARRAY(se, scratch, count, err);
    FP_ARRAY(df, scratch, count, err);
    for (ptrdiff_t i = 0; i < count * w->p; i++)
        own[i] = w->defined[i % w->p] ? l[i] : 0;
    if (w->result->lmm)
        FP_TRY(by_lmm(w, count, own, scratch, value, se, df, &all, err));
    else
        FP_TRY(by_wald(w, count, own, scratch, value, se, df, &all, err));
    all.p = fp_f_upper(all.f, all.df1, all.df2);
    for (ptrdiff_t k = 0; out && k < count; k++)
        out[k] = (estimated){value[k], se[k], df[k]};
    if (joint)
        *joint = all;
    return FP_OK;
}

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

/* Half the width of an interval. */
static double reach(const work *w, estimated e)
{
    return e.df > 0 ? fp_t_quantile(w->quantile_at, e.df) * e.se : FP_NUM_NAN;
}

/* ---- means ---- */

static fp_mean undefined_mean(const work *w, ptrdiff_t c)
{
    return (fp_mean){w->grid.label[c], w->grid.n[c], FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN,
                     FP_NUM_NAN,       FP_NUM_NAN,   FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
}

static fp_mean mean_of(const work *w, ptrdiff_t c, estimated e)
{
    fp_mean m = undefined_mean(w, c);
    double half = reach(w, e), one, other;
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
    estimated *e;
    ptrdiff_t unknown = 0;
    FP_ARRAY(mean, w->arena, w->grid.cells, err);
    FP_ARRAY(e, w->arena, w->grid.cells, err);
    FP_ARRAY(w->eta, w->arena, w->grid.cells, err);
    FP_ARRAY(w->mu, w->arena, w->grid.cells, err);
    FP_ARRAY(w->slope, w->arena, w->grid.cells, err);
    FP_TRY(estimate(w, w->grid.cells, w->grid.l, e, NULL, err));
    for (ptrdiff_t c = 0; c < w->grid.cells; c++) {
        bool known = fp_estimable(w->p, w->lost, w->basis, w->grid.l + c * w->p);
        w->eta[c] = known ? e[c].estimate + w->grid.offset : FP_NUM_NAN;
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
    c->response = c->response_se = c->response_p = c->response_lower = c->response_upper =
        FP_NUM_NAN;
}

static void fill_link(const work *w, estimated e, fp_mean_contrast *c)
{
    double half = reach(w, e);
    c->estimate = e.estimate; /* the weights of a comparison add to 0: no offset */
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

static void fill_response(const work *w, const fp_means_plan *plan, estimated e,
                          fp_mean_contrast *c)
{
    double half = reach(w, e);
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
    estimated e;
    *out = plan->shell;
    undefine(out);
    combine(w, plan->weight, NULL, l);
    if (!fp_estimable(w->p, w->lost, w->basis, l))
        return FP_OK;
    FP_TRY(estimate(w, 1, l, &e, NULL, err));
    fill_link(w, e, out);
    for (ptrdiff_t k = 0; k < w->grid.cells; k++)
        if (plan->weight[k] != 0 && isnan(w->mu[k]))
            return FP_OK;
    if (w->link != FP_LINK_IDENTITY) {
        combine(w, plan->weight, w->slope, l);
        FP_TRY(estimate(w, 1, l, &e, NULL, err));
    }
    fill_response(w, plan, e, out);
    return FP_OK;
}

/* Holm's correction over the comparisons of one kind and effect. */
static fp_status correct(fp_mean_contrast *contrast, ptrdiff_t count, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *p, *holm;
    bool *done;
    ptrdiff_t *at;
    FP_ARRAY(p, scratch, count, err);
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
            p[n] = contrast[k].p;
            at[n++] = k;
        }
        fp_arena_point mark = fp_arena_mark(scratch);
        FP_TRY(fp_holm(p, n, scratch, holm, err));
        fp_arena_rewind(scratch, mark);
        for (ptrdiff_t k = 0; k < n; k++)
            contrast[at[k]].p_holm = holm[k];
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
        if (!fp_estimable(w->p, w->lost, w->basis, l + k * w->p))
            return FP_OK;
    }
    FP_TRY(estimate(w, plan->count, l, NULL, &joint, err));
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

static fp_link link_of(const fp_result *result)
{
    for (int k = 0; result->link && fp_link_names()[k]; k++)
        if (strcmp(result->link, fp_link_names()[k]) == 0)
            return (fp_link)k;
    return FP_LINK_IDENTITY;
}

/* The warnings that there are, and room for more. */
static fp_status take_warnings(const fp_result *result, fp_arena *arena, fp_warnings *list,
                               fp_err *err)
{
    FP_TRY(fp_warnings_init(list, arena, err));
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        list->text[list->count++] = result->warnings[i];
    return FP_OK;
}

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
    w.link = link_of(result);
    FP_ARRAY(out, arena, 1, err);
    FP_TRY(take_warnings(result, arena, &list, err));
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
    FP_TRY(load(&w, err));
    FP_TRY(make_means(&w, out, &list, err));
    FP_TRY(make_contrasts(&w, out, err));
    FP_TRY(make_tests(&w, out, err));
    FP_TRY(fp_warnings_finish(&list, result, err));
    result->means = out;
    return FP_OK;
}
