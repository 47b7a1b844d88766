#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/cox_cluster_priv.h"
#include "stats/cox_rows_priv.h"
#include "stats/dense_priv.h"

/* What one pair of columns needs. */
typedef struct {
    double *product;  /* n: product of two centred columns */
    double *s2, *e2;  /* length */
    double *curve;    /* length: W, prefix sums */
    double *own;      /* length: W of an own death, to be taken off */
    double *mean_cov; /* length: mean over the sub-events of V_k */
} pair_work;

/* Omega_j = -dU_j / dbeta of every cluster, a pair of columns at a time (docs/methods/cox.md eq. 7
 * and 8), for the corrected sandwiches of stats/sandwich.h: a row's share is r (x x' H - x Q' - Q
 * x' + W) plus, at its own death, the mean covariance of the sub-events. Pairs are shared out over
 * lanes; each is summed by one lane in the order of the rows, so that no bit depends on them. */
typedef struct {
    fp_cox_rows *rows;
    fp_cox_problem q; /* of the rows */
    fp_cox_sums sums; /* of the rows */
    const int32_t *cluster;
    ptrdiff_t clusters;
    double *omega;  /* p x p x clusters */
    double *totals; /* clusters x p: cluster scores */
    double *pull;   /* length x p: Q, prefix sums of q */
    ptrdiff_t pairs;
    ptrdiff_t (*pair)[2]; /* pairs: columns with a coefficient, the first not above the second */
    long lanes;
    pair_work *lane; /* lanes */
} small_work;

/* Prefix sums of q_t = wbar sum u_k m_k for every column. */
static void make_pull(small_work *w)
{
    ptrdiff_t m = w->q.risk->length;
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        double *pull = w->pull + j * m;
        for (ptrdiff_t g = 0; g < m; g++)
            pull[g] = w->sums.b0[g] * fp_cox_s1_at(w->rows, j, g) -
                      w->sums.b1[g] * fp_cox_e1_at(w->rows, j, g);
        fp_risk_prefix(w->q.risk, pull);
    }
}

/* eq. 8 at one death time for columns j and l: the curvature terms of its sub-events. */
static void curve_at(const small_work *w, pair_work *at, ptrdiff_t g, ptrdiff_t j, ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    double d = k->deaths[g], curve = 0, own = 0, cov = 0;
    double s1j = fp_cox_s1_at(w->rows, j, g), s1l = fp_cox_s1_at(w->rows, l, g);
    double e1j = fp_cox_e1_at(w->rows, j, g), e1l = fp_cox_e1_at(w->rows, l, g);
    for (double i = 0; i < d; i++) {
        double a = fp_tie_share(w->q.ties, i, d);
        double u = 1 / (w->sums.s0[g] - a * w->sums.e0[g]);
        double mm = u * u * (s1j - a * e1j) * (s1l - a * e1l);
        double v = u * (at->s2[g] - a * at->e2[g]) - mm;
        curve += u * (mm - v);
        own += a * u * (mm - v);
        cov += v / d;
    }
    at->curve[g] = k->wbar[g] * curve;
    at->own[g] = k->wbar[g] * own;
    at->mean_cov[g] = cov;
}

static double row_share(const small_work *w, const pair_work *at, ptrdiff_t i, ptrdiff_t j,
                        ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    const fp_cox_sums *s = &w->sums;
    ptrdiff_t m = k->length;
    int32_t hi = k->hi[i], lo = k->lo[i];
    const double *const *x = w->rows->column;
    double xj = x[j][i] - w->q.mean[j], xl = x[l][i] - w->q.mean[l];
    const double *qj = w->pull + j * m, *ql = w->pull + l * m;
    double hazard = s->h[hi] - s->h[lo], pj = qj[hi] - qj[lo], pl = ql[hi] - ql[lo];
    double curve = at->curve[hi] - at->curve[lo], covariance = 0;
    if (w->q.data->event[i]) {
        hazard -= s->c1[hi];
        pj -= s->b1[hi] * fp_cox_s1_at(w->rows, j, hi) - s->b2[hi] * fp_cox_e1_at(w->rows, j, hi);
        pl -= s->b1[hi] * fp_cox_s1_at(w->rows, l, hi) - s->b2[hi] * fp_cox_e1_at(w->rows, l, hi);
        curve -= at->own[hi];
        covariance = fp_row_weight(w->q.data, i) * at->mean_cov[hi];
    }
    return covariance + s->r[i] * (xj * xl * hazard - xj * pl - pj * xl + curve);
}

static void omega_pair(const small_work *w, pair_work *at, ptrdiff_t j, ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    const double *const *x = w->rows->column;
    ptrdiff_t n = k->n, p = w->q.p;
    for (ptrdiff_t i = 0; i < n; i++)
        at->product[i] = (x[j][i] - w->q.mean[j]) * (x[l][i] - w->q.mean[l]);
    fp_cox_grid_sum(&w->q, w->sums.r, at->product, 0, at->s2, at->e2);
    for (ptrdiff_t g = 0; g < k->length; g++)
        curve_at(w, at, g, j, l);
    fp_risk_prefix(k, at->curve);
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t c = w->cluster ? w->cluster[i] : i;
        double share = row_share(w, at, i, j, l);
        w->omega[j + l * p + c * p * p] += share;
        if (j != l)
            w->omega[l + j * p + c * p * p] += share;
    }
}

static void run_lane(void *context, long i)
{
    const small_work *w = context;
    fp_piece piece = fp_piece_of(w->pairs, w->lanes, i);
    for (ptrdiff_t k = piece.first; k < piece.last; k++)
        omega_pair(w, &w->lane[i], w->pair[k][0], w->pair[k][1]);
}

static fp_status lane_create(const small_work *w, pair_work *lane, fp_arena *arena, fp_err *err)
{
    ptrdiff_t m = w->q.risk->length;
    FP_ARRAY(lane->product, arena, w->q.risk->n, err);
    FP_ARRAY(lane->s2, arena, m, err);
    FP_ARRAY(lane->e2, arena, m, err);
    FP_ARRAY(lane->curve, arena, m, err);
    FP_ARRAY(lane->own, arena, m, err);
    FP_ARRAY(lane->mean_cov, arena, m, err);
    return FP_OK;
}

static fp_status small_create(small_work *w, const fp_cox_fit *fit, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    FP_ARRAY(w->pull, arena, w->q.risk->length * p, err);
    FP_ARRAY(w->pair, arena, p * p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = j; l < p; l++)
            if (!isnan(fit->beta[j]) && !isnan(fit->beta[l])) {
                w->pair[w->pairs][0] = j;
                w->pair[w->pairs++][1] = l;
            }
    w->lanes = fp_threads(w->rows->threads);
    if (w->lanes > w->pairs)
        w->lanes = (long)(w->pairs > 0 ? w->pairs : 1);
    FP_ARRAY(w->lane, arena, w->lanes, err);
    for (long i = 0; i < w->lanes; i++)
        FP_TRY(lane_create(w, &w->lane[i], arena, err));
    return FP_OK;
}

/* Scores and Omega of every cluster at the fit. */
static fp_status prepare(small_work *w, const fp_cox_fit *fit, fp_arena *arena, fp_err *err)
{
    int32_t *own = NULL;
    if (!w->cluster) {
        FP_ARRAY(own, arena, w->q.risk->n, err);
        for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
            own[i] = (int32_t)i;
    }
    fp_cox_rows_at(w->rows, fit);
    FP_TRY(fp_cox_rows_clustered(w->rows, w->cluster ? w->cluster : own, w->clusters, arena,
                                 w->totals, err));
    w->sums = w->rows->sums;
    make_pull(w);
    fp_parallel(w->rows->threads, w->lanes, run_lane, w);
    return FP_OK;
}

static fp_status run(small_work *w, const fp_cox_fit *fit, fp_arena *arena, fp_cluster_parts *parts,
                     fp_err *err)
{
    ptrdiff_t p = w->q.p;
    FP_TRY(fp_cluster_check(w->q.data->n, w->cluster, w->clusters, err));
    FP_ARRAY(w->omega, arena, p * p * w->clusters, err);
    FP_ARRAY(w->totals, arena, p * w->clusters, err);
    fp_arena_point mark = fp_arena_mark(arena);
    FP_TRY(small_create(w, fit, arena, err));
    FP_TRY(prepare(w, fit, arena, err));
    fp_cluster_parts out = {.p = p,
                            .slots = w->clusters,
                            .rows = w->q.risk->n,
                            .rank = fit->rank,
                            .score = w->totals,
                            .omega = w->omega,
                            .bread = fit->var};
    fp_arena_rewind(arena, mark);
    FP_TRY(fp_cluster_freedom(out.rows, p, w->rows->column, fit->beta, w->cluster, w->clusters,
                              arena, &out.clusters, &out.df, err));
    *parts = out;
    return FP_OK;
}

fp_status fp_cox_rows_cluster_parts(fp_cox_rows *rows, const fp_cox_fit *fit,
                                    const int32_t *cluster, ptrdiff_t clusters, fp_arena *arena,
                                    fp_cluster_parts *parts, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    small_work w = {.rows = rows,
                    .q = rows->q,
                    .cluster = cluster,
                    .clusters = cluster ? clusters : rows->risk.n};
    fp_status status = run(&w, fit, arena, parts, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_cox_small_sample_variance(const fp_survdata *data, ptrdiff_t p, const double *x,
                                       const fp_cox_fit *fit, fp_ties ties, const int32_t *cluster,
                                       ptrdiff_t clusters, fp_small_sample method, fp_arena *arena,
                                       fp_corrected *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    fp_cox_rows *rows;
    fp_cluster_parts parts;
    FP_TRY(fp_cox_rows_of(data, p, x, NULL, ties, 1, scratch, &rows, err));
    FP_TRY(fp_cox_rows_cluster_parts(rows, fit, cluster, clusters, scratch, &parts, err));
    return fp_sandwich_correct(&parts, method, arena, result, err);
}
