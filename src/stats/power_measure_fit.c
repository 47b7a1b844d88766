/* Regressions of the answers of a simulated trial: eq. 28 and 29 of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/gee.h"
#include "stats/glm.h"
#include "stats/glm_robust.h"
#include "stats/power_measure_priv.h"

enum { P = FP_POWER_TERMS };
#define NO_SPREAD 1e-16 /* of a variance against the model-based one */

/* ---- the columns ---- */

static fp_family family_of(const fp_power_measure *m)
{
    return m->outcome == FP_POWER_BINARY ? FP_FAMILY_BINOMIAL : FP_FAMILY_GAUSSIAN;
}

static fp_link link_of(const fp_power_measure *m)
{
    return m->effect == FP_POWER_ODDS_RATIO   ? FP_LINK_LOGIT
           : m->effect == FP_POWER_RISK_RATIO ? FP_LINK_LOG
                                              : FP_LINK_IDENTITY;
}

/* Where a column is other than 0 by wave: everywhere, in proportion to time, at all waves but the
 * first, or at one. */
enum { EVERYWHERE = -1, OVER_TIME = -2, AFTER_FIRST = -3 };

static double at_wave(const fp_power_measure *m, int32_t wave, int32_t where)
{
    return where == EVERYWHERE    ? 1
           : where == OVER_TIME   ? m->at[wave]
           : where == AFTER_FIRST ? wave > 0
                                  : wave == where;
}

typedef struct {
    const fp_power_design *design;
    const fp_power_rows *rows;
    const fp_power_model *model;
    fp_arena *arena;
    fp_power_regression *r;
} columns;

/* Column k of the model of the arms (-1: 1 in all of them) where `where` says. */
static fp_status add(const columns *c, int32_t k, int32_t where, fp_err *err)
{
    double *x;
    const fp_power_rows *rows = c->rows;
    FP_ARRAY(x, c->arena, rows->n, err);
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        int32_t arm = c->design->arm[rows->cluster[i]];
        double of_arm = k < 0 ? 1 : c->model->x[arm * P + k];
        x[i] = of_arm * at_wave(&c->design->measure, rows->wave[i], where);
    }
    c->r->column[c->r->p++] = x;
    return FP_OK;
}

/* The same for every column of the model. */
static fp_status add_arms(const columns *c, int32_t where, fp_err *err)
{
    for (int32_t k = 0; k < c->model->p; k++)
        FP_TRY(add(c, k, where, err));
    return FP_OK;
}

/* What stands beside the effects: the course over the waves, and where arms may differ without an
 * effect. */
static fp_status add_course(const columns *c, fp_err *err)
{
    const fp_power_measure *m = &c->design->measure;
    int32_t from = m->adjusted ? 1 : 0;
    bool line = m->estimand == FP_POWER_SLOPE;
    if (line)
        FP_TRY(add(c, -1, OVER_TIME, err));
    for (int32_t t = from; !line && t + 1 < m->waves; t++)
        FP_TRY(add(c, -1, t, err));
    if (line || (m->estimand == FP_POWER_OVERALL && !m->adjusted))
        FP_TRY(add_arms(c, EVERYWHERE, err));
    for (int32_t t = from; m->estimand == FP_POWER_LAST && t + 1 < m->waves; t++)
        FP_TRY(add_arms(c, t, err));
    if (m->adjusted)
        c->r->column[c->r->p++] = c->rows->first;
    return FP_OK;
}

fp_status fp_power_regression_make(const fp_power_design *design, const fp_power_rows *rows,
                                   int model, fp_arena *arena, fp_power_regression *r, fp_err *err)
{
    const fp_power_measure *m = &design->measure;
    fp_power_regression made = {.model = model, .effects = design->model[model].p};
    columns c = {design, rows, &design->model[model], arena, &made};
    int32_t where = m->waves == 1 || m->estimand == FP_POWER_LAST ? EVERYWHERE
                    : m->estimand == FP_POWER_SLOPE               ? OVER_TIME
                    : m->adjusted                                 ? EVERYWHERE
                                                                  : AFTER_FIRST;
    FP_ARRAY(made.column, arena, 2 + m->waves * (made.effects + 1), err);
    made.within = made.effects;
    made.effects_within = where == EVERYWHERE;
    FP_TRY(add(&c, -1, EVERYWHERE, err));
    FP_TRY(add_arms(&c, where, err));
    if (m->waves > 1)
        FP_TRY(add_course(&c, err));
    made.data = (fp_regression){.n = rows->n,
                                .p = made.p,
                                .column = made.column,
                                .y = rows->y,
                                .family = family_of(m),
                                .link = link_of(m),
                                .intercept = true,
                                .threads = 1};
    *r = made;
    return FP_OK;
}

void fp_power_test_fill(const fp_power_question *q, const fp_power_regression *r,
                        const double *beta, const double *var, double least, double df,
                        fp_power_test *test)
{
    double estimate = 0, variance = 0;
    for (ptrdiff_t k = 0; k < r->effects; k++) {
        estimate += q->contrast[k] * beta[1 + k];
        for (ptrdiff_t l = 0; l < r->effects; l++)
            variance += q->contrast[k] * q->contrast[l] * var[1 + k + (1 + l) * r->p];
    }
    if (!isfinite(estimate) || !isfinite(variance) || !(variance > least) || !(df > 0))
        return;
    *test = (fp_power_test){true, estimate, sqrt(variance), df};
}

/* ---- one fit, several covariances ---- */

typedef struct {
    fp_power_worker *w;
    const fp_power_regression *r;
    const double *beta, *model_var; /* p; p x p */
    fp_power_test *tests;
} filling;

/* The questions of this model by one covariance. */
static void fill(const filling *f, fp_power_analysis a, const double *var, double df)
{
    const fp_power_design *design = f->w->sim->design;
    for (ptrdiff_t i = 0; i < design->questions; i++) {
        const fp_power_question *q = &design->question[i];
        fp_power_test naive = {0};
        if (!fp_power_asked(f->w->sim, i) || q->joint || q->model != f->r->model)
            continue;
        fp_power_test_fill(q, f->r, f->beta, f->model_var, 0, (double)INFINITY, &naive);
        if (naive.usable)
            fp_power_test_fill(q, f->r, f->beta, var, NO_SPREAD * naive.se * naive.se, df,
                               &f->tests[i * FP_POWER_ANALYSES + a]);
    }
}

static fp_status fill_corrected(const filling *f, fp_power_analysis a, fp_small_sample method,
                                const fp_cluster_parts *parts, fp_err *err)
{
    fp_corrected corrected;
    if (!fp_power_analysed(f->w->sim, a))
        return FP_OK;
    FP_TRY(fp_sandwich_correct(parts, method, f->w->arena, &corrected, err));
    fill(f, a, corrected.var, method == FP_SMALL_NONE ? (double)INFINITY : parts->df);
    return FP_OK;
}

static double freedom(const fp_power_worker *w, const fp_power_regression *r)
{
    return (double)(w->rows.clusters - 1 - r->within);
}

/* ---- generalised linear models ---- */

/* People drawn one by one and measured once: by row, as the command glm does. */
static fp_status by_row(const filling *f, const fp_glm_fit *fit, fp_err *err)
{
    const double *var;
    if (!fp_power_analysed(f->w->sim, FP_POWER_ROBUST))
        return FP_OK;
    FP_TRY(fp_glm_robust(&f->r->data, fit, FP_HC3, f->w->arena, &var, err));
    bool t = fp_family_has_dispersion(f->r->data.family);
    fill(f, FP_POWER_ROBUST, var, t ? fit->df_residual : (double)INFINITY);
    return FP_OK;
}

static fp_status by_cluster(const filling *f, const fp_glm_fit *fit, fp_err *err)
{
    static const struct {
        fp_power_analysis analysis;
        fp_small_sample method;
    } all[] = {{FP_POWER_ROBUST, FP_SMALL_NONE},
               {FP_POWER_KC, FP_SMALL_KC},
               {FP_POWER_MD, FP_SMALL_MD},
               {FP_POWER_FG, FP_SMALL_FG},
               {FP_POWER_MBN, FP_SMALL_MBN}};
    fp_cluster_parts parts;
    if (!(f->w->sim->design->analyses & FP_POWER_SANDWICHES))
        return FP_OK;
    FP_TRY(fp_glm_cluster_parts(&f->r->data, fit, f->w->rows.block, f->w->rows.clusters,
                                f->w->arena, &parts, err));
    parts.df = freedom(f->w, f->r);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        FP_TRY(fill_corrected(f, all[k].analysis, all[k].method, &parts, err));
    return FP_OK;
}

fp_status fp_power_glm_tests(fp_power_worker *w, const fp_power_regression *r, fp_power_test *tests,
                             fp_err *err)
{
    fp_glm_fit fit;
    double *var;
    FP_TRY(fp_glm(&r->data, w->arena, &fit, err));
    if (fit.state != FP_GLM_CONVERGED || fit.rank < fit.p || !(fit.df_residual > 0))
        return FP_OK;
    FP_ARRAY(var, w->arena, r->p * r->p, err);
    for (ptrdiff_t i = 0; i < r->p * r->p; i++)
        var[i] = fit.dispersion * fit.bread[i];
    filling f = {w, r, fit.beta, var, tests};
    bool t = fp_family_has_dispersion(r->data.family);
    if (fp_power_analysed(w->sim, FP_POWER_NAIVE))
        fill(&f, FP_POWER_NAIVE, var, t ? fit.df_residual : (double)INFINITY);
    bool rows = w->sim->design->individual && w->sim->design->measure.waves == 1;
    return rows ? by_row(&f, &fit, err) : by_cluster(&f, &fit, err);
}

/* ---- generalised estimating equations ---- */

fp_status fp_power_gee_tests(fp_power_worker *w, const fp_power_regression *r, fp_power_test *tests,
                             fp_err *err)
{
    fp_gee_data data = {.rows = r->data,
                        .id = w->rows.block,
                        .ids = w->rows.clusters,
                        .corr = FP_CORR_EXCHANGEABLE};
    fp_gee_fit fit;
    FP_TRY(fp_gee(&data, true, w->arena, &fit, err));
    if (fit.state != FP_GEE_CONVERGED || fit.rank < fit.p)
        return FP_OK;
    filling f = {w, r, fit.beta, fit.naive, tests};
    fit.parts.df = freedom(w, r);
    fp_small_sample usual = fp_small_usual(w->rows.clusters, fit.variation);
    FP_TRY(fill_corrected(&f, FP_POWER_GEE, usual, &fit.parts, err));
    FP_TRY(fill_corrected(&f, FP_POWER_GEE_ROBUST, FP_SMALL_NONE, &fit.parts, err));
    FP_TRY(fill_corrected(&f, FP_POWER_GEE_KC, FP_SMALL_KC, &fit.parts, err));
    return fill_corrected(&f, FP_POWER_GEE_MD, FP_SMALL_MD, &fit.parts, err);
}
