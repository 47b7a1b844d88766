#include <float.h>
#include <math.h>
#include <string.h>

#include "stats/cox_cluster_priv.h"
#include "stats/dense_priv.h"

typedef struct {
    fp_cox_problem q;
    fp_cox_sums sums;
    const int32_t *cluster;
    ptrdiff_t clusters;
    double *rows;   /* n x p score residuals */
    double *totals; /* clusters x p */
    double *meat;   /* p x p */
    double *work;   /* p x p */
    double *vector; /* 2 p */
    bool *keep;     /* p */
} robust_work;

/* Cluster sums of the score residuals at eta, and their cross product. */
static void clustered(robust_work *w, const double *eta)
{
    ptrdiff_t p = w->q.p;
    fp_cox_sums_scalar(&w->q, eta, &w->sums);
    fp_cox_sums_columns(&w->q, &w->sums);
    fp_cox_score_rows(&w->q, &w->sums, w->rows);
    memset(w->totals, 0, (size_t)(w->clusters * p) * sizeof *w->totals);
    fp_cluster_scores(&w->q, w->rows, w->cluster, w->clusters, w->totals);
    fp_cross_product(w->totals, w->clusters, p, w->meat);
}

static double robust_score(robust_work *w, const double *offset, double *null_eta, double tolerance)
{
    ptrdiff_t p = w->q.p;
    for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
        null_eta[i] = offset ? offset[i] : 0.0;
    clustered(w, null_eta);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->vector[j] = 0;
        for (ptrdiff_t c = 0; c < w->clusters; c++)
            w->vector[j] += w->totals[c + j * w->clusters];
    }
    return fp_quadratic_inverse(w->meat, p, w->vector, tolerance, w->keep, w->vector + p);
}

static fp_status robust_create(robust_work *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    FP_TRY(fp_cox_sums_create(&w->q, arena, &w->sums, err));
    FP_ARRAY(w->rows, arena, w->q.risk->n * p, err);
    FP_ARRAY(w->totals, arena, w->clusters * p, err);
    FP_ARRAY(w->meat, arena, p * p, err);
    FP_ARRAY(w->work, arena, p * p, err);
    FP_ARRAY(w->vector, arena, 2 * p, err);
    FP_ARRAY(w->keep, arena, p, err);
    return FP_OK;
}

static fp_status robust_variance(robust_work *w, const double *offset, const fp_cox_fit *fit,
                                 double *var, fp_arena *arena, fp_cox_robust *robust, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    double *null_eta, tolerance = pow(DBL_EPSILON, 0.75);
    int32_t *size;
    FP_TRY(robust_create(w, arena, err));
    FP_ARRAY(null_eta, arena, w->q.risk->n, err);
    FP_ARRAY(size, arena, w->clusters, err);
    robust->clusters = fp_cluster_count(w->q.risk->n, w->cluster, size);
    for (ptrdiff_t j = 0; j < p; j++)
        w->keep[j] = !isnan(fit->beta[j]);
    clustered(w, fit->eta);
    fp_sandwich(fit->var, w->meat, p, w->work, var); /* eq. 6 */
    for (ptrdiff_t j = 0; j < p; j++)
        w->vector[j] = w->keep[j] ? fit->beta[j] : 0;
    memcpy(w->work, var, (size_t)(p * p) * sizeof *var);
    robust->wald_chisq =
        fp_quadratic_inverse(w->work, p, w->vector, tolerance, w->keep, w->vector + p);
    robust->robust_score_chisq = robust_score(w, offset, null_eta, tolerance);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                     const fp_cox_fit *fit, fp_ties ties, const int32_t *cluster,
                     ptrdiff_t clusters, fp_arena *arena, fp_cox_robust *robust, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    FP_TRY(fp_cluster_check(data->n, cluster, clusters, err));
    double *var;
    FP_ARRAY(var, arena, p * p, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_risk risk;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    robust_work w = {.q = {data, &risk, ties, p, x, fit->mean},
                     .cluster = cluster,
                     .clusters = cluster ? clusters : data->n};
    fp_cox_robust result = {.var = var};
    FP_TRY(robust_variance(&w, offset, fit, var, arena, &result, err));
    fp_arena_rewind(arena, mark);
    *robust = result;
    return FP_OK;
}

fp_status fp_cox_robust_variance(const fp_survdata *data, ptrdiff_t p, const double *x,
                                 const double *offset, const fp_cox_fit *fit, fp_ties ties,
                                 const int32_t *cluster, ptrdiff_t clusters, fp_arena *arena,
                                 fp_cox_robust *robust, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, p, x, offset, fit, ties, cluster, clusters, arena, robust, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
