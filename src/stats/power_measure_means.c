/* One number a cluster: t-tests of cluster means, and the residuals that permutation tests compare.
 * Eq. 30-32 of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/glm.h"
#include "stats/power_measure_priv.h"

enum { P = FP_POWER_TERMS, A = FP_POWER_ARMS, WAVES = FP_POWER_WAVES };

double fp_power_row_weight(const fp_power_measure *m, int32_t wave)
{
    double mean = 0;
    if (m->waves == 1 || m->estimand == FP_POWER_LAST)
        return wave + 1 == m->waves;
    if (m->estimand == FP_POWER_OVERALL)
        return wave > 0;
    for (int32_t t = 0; t < m->waves; t++)
        mean += m->at[t] / m->waves;
    return m->at[wave] - mean;
}

/* ---- t-tests of cluster means ---- */

static bool is_slope(const fp_power_measure *m)
{
    return m->waves > 1 && m->estimand == FP_POWER_SLOPE;
}

/* Sums over the rows of a cluster from which its mean or its slope is made. */
typedef struct {
    double n, t, tt, y, ty;
} cluster_sums;

static fp_status sum_clusters(const fp_power_worker *w, cluster_sums **out, fp_err *err)
{
    const fp_power_measure *m = &w->sim->design->measure;
    FP_ARRAY(*out, w->arena, w->sim->design->clusters, err);
    for (ptrdiff_t i = 0; i < w->rows.n; i++) {
        cluster_sums *c = *out + w->rows.cluster[i];
        double t = m->at[w->rows.wave[i]], y = w->rows.y[i];
        if (!is_slope(m) && fp_power_row_weight(m, w->rows.wave[i]) <= 0)
            continue;
        c->n += 1;
        c->t += t;
        c->tt += t * t;
        c->y += y;
        c->ty += t * y;
    }
    return FP_OK;
}

/* NaN where the cluster has none. */
static double value_of(const cluster_sums *c, bool slope)
{
    if (!slope)
        return c->n > 0 ? c->y / c->n : FP_NUM_NAN;
    double spread = c->tt - c->t * c->t / c->n;
    return spread > 1e-9 ? (c->ty - c->t * c->y / c->n) / spread : FP_NUM_NAN;
}

/* The clusters as rows: what they are compared by, and the columns of the arms. */
static fp_status cluster_values(const fp_power_worker *w, const fp_power_model *model,
                                fp_regression *data, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    ptrdiff_t clusters = design->clusters, n = 0, p = model->p + 1;
    cluster_sums *sums;
    double *y, *x;
    const double **column;
    FP_TRY(sum_clusters(w, &sums, err));
    FP_ARRAY(y, w->arena, clusters, err);
    FP_ARRAY(x, w->arena, clusters * p, err);
    FP_ARRAY(column, w->arena, p, err);
    for (ptrdiff_t j = 0; j < clusters; j++) {
        y[n] = value_of(&sums[j], is_slope(&design->measure));
        for (ptrdiff_t k = 0; k < p; k++)
            x[n + k * clusters] = k ? model->x[design->arm[j] * P + k - 1] : 1;
        n += !isnan(y[n]);
    }
    for (ptrdiff_t k = 0; k < p; k++)
        column[k] = x + k * clusters;
    *data = (fp_regression){.n = n,
                            .p = p,
                            .column = column,
                            .y = y,
                            .family = FP_FAMILY_GAUSSIAN,
                            .link = FP_LINK_IDENTITY,
                            .intercept = true,
                            .threads = 1};
    return FP_OK;
}

fp_status fp_power_means_tests(fp_power_worker *w, const fp_power_regression *r,
                               fp_power_test *tests, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    fp_power_regression means = {.model = r->model, .effects = r->effects};
    fp_glm_fit fit;
    double *var;
    FP_TRY(cluster_values(w, &design->model[r->model], &means.data, err));
    means.p = means.data.p;
    if (means.data.n <= means.p)
        return FP_OK;
    FP_TRY(fp_glm(&means.data, w->arena, &fit, err));
    if (fit.state != FP_GLM_CONVERGED || fit.rank < fit.p)
        return FP_OK;
    FP_ARRAY(var, w->arena, means.p * means.p, err);
    for (ptrdiff_t i = 0; i < means.p * means.p; i++)
        var[i] = fit.dispersion * fit.bread[i];
    for (ptrdiff_t i = 0; i < design->questions; i++) {
        const fp_power_question *q = &design->question[i];
        if (fp_power_asked(w->sim, i) && !q->joint && q->model == r->model)
            fp_power_test_fill(q, &means, fit.beta, var, 0, fit.df_residual,
                               &tests[i * FP_POWER_ANALYSES + FP_POWER_TTEST]);
    }
    return FP_OK;
}

/* ---- residuals under the null of a permutation test ---- */

/* Sums over clusters of weighted residuals y - mu. */
static void add_up(const fp_power_worker *w, const double *mu, double *sum, double *weight)
{
    const fp_power_rows *rows = &w->rows;
    ptrdiff_t clusters = w->sim->design->clusters;
    memset(sum, 0, (size_t)clusters * sizeof *sum);
    memset(weight, 0, (size_t)clusters * sizeof *weight);
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        double c = fp_power_row_weight(&w->sim->design->measure, rows->wave[i]);
        sum[rows->cluster[i]] += c * (rows->y[i] - mu[i]);
        weight[rows->cluster[i]] += c * c;
    }
}

/* Means of each wave within the levels of the factor that is held fixed: the fit of any link. */
static void stratum_means(const fp_power_worker *w, const int32_t stratum[A], double *mu)
{
    const fp_power_rows *rows = &w->rows;
    const int32_t *arm = w->sim->design->arm;
    double sum[A][WAVES] = {{0}}, size[A][WAVES] = {{0}};
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        int32_t s = stratum[arm[rows->cluster[i]]];
        sum[s][rows->wave[i]] += rows->y[i];
        size[s][rows->wave[i]] += 1;
    }
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        int32_t s = stratum[arm[rows->cluster[i]]];
        mu[i] = sum[s][rows->wave[i]] / size[s][rows->wave[i]];
    }
}

/* Rows of the last wave alone, with the columns of the arms: what is compared where the effect is
 * that of the last wave. */
static fp_status last_wave(const fp_power_worker *w, const fp_power_regression *all,
                           fp_regression *data, ptrdiff_t **row, fp_err *err)
{
    const fp_power_rows *rows = &w->rows;
    double *y, *x;
    const double **column;
    ptrdiff_t n = 0, p = 1 + all->effects;
    FP_ARRAY(*row, w->arena, rows->n, err);
    FP_ARRAY(y, w->arena, rows->n, err);
    FP_ARRAY(x, w->arena, rows->n * p, err);
    FP_ARRAY(column, w->arena, p, err);
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        if (rows->wave[i] + 1 < w->sim->design->measure.waves)
            continue;
        y[n] = rows->y[i];
        for (ptrdiff_t k = 0; k < p; k++)
            x[n + k * rows->n] = all->column[k][i];
        (*row)[n++] = i;
    }
    for (ptrdiff_t k = 0; k < p; k++)
        column[k] = x + k * rows->n;
    *data = all->data;
    data->n = n;
    data->p = p;
    data->column = column;
    data->y = y;
    return FP_OK;
}

/* The model without the interaction. */
static fp_status additive_means(const fp_power_worker *w, double *mu, bool *usable, fp_err *err)
{
    fp_power_regression all;
    fp_regression data;
    fp_glm_fit fit;
    ptrdiff_t *row = NULL;
    double *fitted;
    FP_TRY(fp_power_regression_make(w->sim->design, &w->rows, 0, w->arena, &all, err));
    data = all.data;
    if (all.effects_within && w->sim->design->measure.waves > 1)
        FP_TRY(last_wave(w, &all, &data, &row, err));
    if (!(*usable = data.n > data.p))
        return FP_OK;
    FP_TRY(fp_glm(&data, w->arena, &fit, err));
    if (!(*usable = fit.state == FP_GLM_CONVERGED && fit.rank == fit.p))
        return FP_OK;
    FP_ARRAY(fitted, w->arena, data.n, err);
    fp_glm_predict(&data, fit.beta, NULL, fitted);
    for (ptrdiff_t i = 0; i < data.n; i++)
        mu[row ? row[i] : i] = fitted[i];
    return FP_OK;
}

fp_status fp_power_measure_residuals(const fp_power_worker *w, const fp_power_question *q,
                                     double *sum, double *weight, bool *usable, fp_err *err)
{
    double *mu;
    FP_ARRAY(mu, w->arena, w->rows.n, err);
    *usable = w->rows.n > 0;
    if (q->permute == FP_PERMUTE_INTERACTION) {
        FP_TRY(additive_means(w, mu, usable, err));
    } else {
        int32_t group[A], stratum[A];
        fp_power_split_arms(w->sim->design, q, group, stratum);
        stratum_means(w, stratum, mu);
    }
    add_up(w, mu, sum, weight);
    return FP_OK;
}
