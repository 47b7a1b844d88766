#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_cluster_priv.h"
#include "stats/cox_rows_priv.h"
#include "stats/dense_priv.h"

/* Omega_j = -dU_j / dbeta of every cluster, a pair of columns at a time (docs/methods/cox.md eq. 7
 * and 8): a row's share is r (x x' H - x Q' - Q x' + W) plus, at its own death, the mean covariance
 * of the sub-events. */
typedef struct {
    fp_cox_rows *rows;
    fp_cox_problem q; /* of the rows */
    fp_cox_sums sums; /* of the rows */
    const int32_t *cluster;
    ptrdiff_t clusters;
    double *omega;    /* p x p x clusters */
    double *totals;   /* clusters x p: cluster scores */
    double *product;  /* n: product of two centred columns */
    double *s2, *e2;  /* length */
    double *pull;     /* length x p: Q, prefix sums of q */
    double *curve;    /* length: W, prefix sums */
    double *own;      /* length: W of an own death, to be taken off */
    double *mean_cov; /* length: mean over the sub-events of V_k */
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
static void curve_at(small_work *w, ptrdiff_t g, ptrdiff_t j, ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    double d = k->deaths[g], curve = 0, own = 0, cov = 0;
    double s1j = fp_cox_s1_at(w->rows, j, g), s1l = fp_cox_s1_at(w->rows, l, g);
    double e1j = fp_cox_e1_at(w->rows, j, g), e1l = fp_cox_e1_at(w->rows, l, g);
    for (double i = 0; i < d; i++) {
        double a = fp_tie_share(w->q.ties, i, d);
        double u = 1 / (w->sums.s0[g] - a * w->sums.e0[g]);
        double mm = u * u * (s1j - a * e1j) * (s1l - a * e1l);
        double v = u * (w->s2[g] - a * w->e2[g]) - mm;
        curve += u * (mm - v);
        own += a * u * (mm - v);
        cov += v / d;
    }
    w->curve[g] = k->wbar[g] * curve;
    w->own[g] = k->wbar[g] * own;
    w->mean_cov[g] = cov;
}

static double row_share(const small_work *w, ptrdiff_t i, ptrdiff_t j, ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    const fp_cox_sums *s = &w->sums;
    ptrdiff_t m = k->length;
    int32_t hi = k->hi[i], lo = k->lo[i];
    const double *const *x = w->rows->column;
    double xj = x[j][i] - w->q.mean[j], xl = x[l][i] - w->q.mean[l];
    const double *qj = w->pull + j * m, *ql = w->pull + l * m;
    double hazard = s->h[hi] - s->h[lo], pj = qj[hi] - qj[lo], pl = ql[hi] - ql[lo];
    double curve = w->curve[hi] - w->curve[lo], covariance = 0;
    if (w->q.data->event[i]) {
        hazard -= s->c1[hi];
        pj -= s->b1[hi] * fp_cox_s1_at(w->rows, j, hi) - s->b2[hi] * fp_cox_e1_at(w->rows, j, hi);
        pl -= s->b1[hi] * fp_cox_s1_at(w->rows, l, hi) - s->b2[hi] * fp_cox_e1_at(w->rows, l, hi);
        curve -= w->own[hi];
        covariance = fp_row_weight(w->q.data, i) * w->mean_cov[hi];
    }
    return covariance + s->r[i] * (xj * xl * hazard - xj * pl - pj * xl + curve);
}

static void omega_pair(small_work *w, ptrdiff_t j, ptrdiff_t l)
{
    const fp_risk *k = w->q.risk;
    const double *const *x = w->rows->column;
    ptrdiff_t n = k->n, p = w->q.p;
    for (ptrdiff_t i = 0; i < n; i++)
        w->product[i] = (x[j][i] - w->q.mean[j]) * (x[l][i] - w->q.mean[l]);
    fp_cox_grid_sum(&w->q, w->sums.r, w->product, 0, w->s2, w->e2);
    for (ptrdiff_t g = 0; g < k->length; g++)
        curve_at(w, g, j, l);
    fp_risk_prefix(k, w->curve);
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t c = w->cluster ? w->cluster[i] : i;
        double share = row_share(w, i, j, l);
        w->omega[j + l * p + c * p * p] += share;
        if (j != l)
            w->omega[l + j * p + c * p * p] += share;
    }
}

/* A column that has one value in every cluster; dropped columns do not count. */
static bool constant_within(const small_work *w, ptrdiff_t j, const int32_t *member)
{
    const double *x = w->rows->column[j];
    for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
        if (w->cluster && x[i] != x[member[w->cluster[i]]])
            return false;
    return true;
}

typedef struct {
    fp_small_sample method;
    ptrdiff_t p;
    double *h;     /* p x p: Omega_j V, then I - H_j */
    double *u;     /* p */
    double *outer; /* p x p */
    double *meat;  /* p x p */
    double *work;  /* p x p */
} correction;

static void leverage(const double *omega, const double *var, ptrdiff_t p, double *h)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            double sum = 0;
            for (ptrdiff_t l = 0; l < p; l++)
                sum += omega[i + l * p] * var[l + j * p];
            h[i + j * p] = sum;
        }
}

static void add_outer(const double *u, ptrdiff_t p, double *meat)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            meat[i + j * p] += u[i] * u[j];
}

/* Add one cluster's corrected cross product. False where I - H_j is singular. */
static bool add_cluster(correction *c)
{
    ptrdiff_t p = c->p;
    if (c->method == FP_SMALL_FG)
        for (ptrdiff_t j = 0; j < p; j++)
            c->u[j] /= sqrt(1 - fmin(0.75, c->h[j + j * p]));
    if (c->method == FP_SMALL_FG || c->method == FP_SMALL_MBN) {
        add_outer(c->u, p, c->meat);
        return true;
    }
    double largest = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            c->h[i + j * p] = (i == j ? 1.0 : 0.0) - c->h[i + j * p];
            largest = fmax(largest, fabs(c->h[i + j * p]));
        }
    if (largest < 1e-12) /* one cluster: what is left is rounding error */
        return false;
    if (c->method == FP_SMALL_MD) {
        if (!fp_lu_solve(c->h, p, c->u, 1))
            return false;
        add_outer(c->u, p, c->meat);
        return true;
    }
    memset(c->outer, 0, (size_t)(p * p) * sizeof *c->outer);
    add_outer(c->u, p, c->outer);
    if (!fp_lu_solve(c->h, p, c->outer, p))
        return false;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            c->meat[i + j * p] += 0.5 * (c->outer[i + j * p] + c->outer[j + i * p]);
    return true;
}

/* Morel, Bokossa & Neerchal: inflate the plain sandwich and add a multiple of V. */
static void inflate(const correction *c, const double *v, double n, double clusters, double rank,
                    double *var)
{
    double cc = (n - 1) * clusters / ((n - rank) * (clusters - 1)), trace = 0;
    for (ptrdiff_t j = 0; j < c->p; j++)
        for (ptrdiff_t i = 0; i < c->p; i++)
            trace += v[i + j * c->p] * c->meat[j + i * c->p];
    double phi = fmax(1, cc * trace / rank);
    double share = clusters > rank ? fmin(0.5, rank / (clusters - rank)) : 0.5;
    for (ptrdiff_t i = 0; i < c->p * c->p; i++)
        var[i] = cc * var[i] + share * phi * v[i];
}

static fp_status small_create(small_work *w, correction *c, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q.p, m = w->q.risk->length;
    FP_ARRAY(w->omega, arena, p * p * w->clusters, err);
    FP_ARRAY(w->totals, arena, p * w->clusters, err);
    FP_ARRAY(w->product, arena, w->q.risk->n, err);
    FP_ARRAY(w->s2, arena, m, err);
    FP_ARRAY(w->e2, arena, m, err);
    FP_ARRAY(w->pull, arena, m * p, err);
    FP_ARRAY(w->curve, arena, m, err);
    FP_ARRAY(w->own, arena, m, err);
    FP_ARRAY(w->mean_cov, arena, m, err);
    c->p = p;
    FP_ARRAY(c->h, arena, p * p, err);
    FP_ARRAY(c->u, arena, p, err);
    FP_ARRAY(c->outer, arena, p * p, err);
    FP_ARRAY(c->meat, arena, p * p, err);
    FP_ARRAY(c->work, arena, p * p, err);
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
    for (ptrdiff_t j = 0; j < w->q.p; j++)
        for (ptrdiff_t l = j; l < w->q.p; l++)
            if (!isnan(fit->beta[j]) && !isnan(fit->beta[l]))
                omega_pair(w, j, l);
    return FP_OK;
}

/* J - 1 - coefficients that only clusters can tell. */
static fp_status freedom(const small_work *w, const fp_cox_fit *fit, fp_arena *arena,
                         fp_cox_small_sample *result, fp_err *err)
{
    ptrdiff_t n = w->q.risk->n, constant = 0;
    int32_t *size, *member;
    FP_ARRAY(size, arena, w->clusters, err);
    FP_ARRAY(member, arena, w->clusters, err);
    result->clusters = fp_cluster_count(n, w->cluster, size);
    for (ptrdiff_t i = 0; w->cluster && i < n; i++)
        member[w->cluster[i]] = (int32_t)i;
    for (ptrdiff_t j = 0; j < w->q.p; j++)
        constant += !isnan(fit->beta[j]) && constant_within(w, j, member);
    result->df = (double)(result->clusters - 1 - constant);
    return FP_OK;
}

static void corrected(small_work *w, correction *c, const fp_cox_fit *fit, double rank,
                      double clusters, double *var)
{
    ptrdiff_t p = w->q.p;
    bool defined = true;
    for (ptrdiff_t k = 0; k < w->clusters && defined; k++) {
        leverage(w->omega + k * p * p, fit->var, p, c->h);
        for (ptrdiff_t j = 0; j < p; j++)
            c->u[j] = isnan(fit->beta[j]) ? 0 : w->totals[k + j * w->clusters];
        defined = add_cluster(c);
    }
    fp_sandwich(fit->var, c->meat, p, c->work, var);
    if (c->method == FP_SMALL_MBN)
        inflate(c, fit->var, (double)w->q.risk->n, clusters, rank, var);
    for (ptrdiff_t i = 0; i < p * p && !defined; i++)
        var[i] = FP_NUM_NAN;
}

static fp_status run(small_work *w, const fp_cox_fit *fit, fp_small_sample method, fp_arena *arena,
                     fp_cox_small_sample *result, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    FP_TRY(fp_cluster_check(w->q.data->n, w->cluster, w->clusters, err));
    double *var;
    FP_ARRAY(var, arena, p * p, err);
    fp_arena_point mark = fp_arena_mark(arena);
    correction c = {.method = method};
    fp_cox_small_sample out = {.method = method, .var = var};
    FP_TRY(small_create(w, &c, arena, err));
    FP_TRY(prepare(w, fit, arena, err));
    FP_TRY(freedom(w, fit, arena, &out, err));
    corrected(w, &c, fit, (double)fit->rank, (double)out.clusters, var);
    fp_arena_rewind(arena, mark);
    *result = out;
    return FP_OK;
}

fp_status fp_cox_rows_small_sample(fp_cox_rows *rows, const fp_cox_fit *fit, const int32_t *cluster,
                                   ptrdiff_t clusters, fp_small_sample method, fp_arena *arena,
                                   fp_cox_small_sample *result, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    small_work w = {.rows = rows,
                    .q = rows->q,
                    .cluster = cluster,
                    .clusters = cluster ? clusters : rows->risk.n};
    fp_status status = run(&w, fit, method, arena, result, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_cox_small_sample_variance(const fp_survdata *data, ptrdiff_t p, const double *x,
                                       const fp_cox_fit *fit, fp_ties ties, const int32_t *cluster,
                                       ptrdiff_t clusters, fp_small_sample method, fp_arena *arena,
                                       fp_cox_small_sample *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    fp_cox_rows *rows;
    FP_TRY(fp_cox_rows_of(data, p, x, NULL, ties, 1, scratch, &rows, err));
    return fp_cox_rows_small_sample(rows, fit, cluster, clusters, method, arena, result, err);
}
