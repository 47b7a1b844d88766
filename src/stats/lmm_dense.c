#include <math.h>
#include <string.h>

#include "stats/lmm_crossed_priv.h"

/* Crossed designs with few random effects: everything as full matrices. Also the plain form against
 * which the other engines are tested. */

typedef struct {
    fp_lmm_engine base;
    fp_lmm_crossed c;
    double *w;         /* r x r: Z'Z */
    double *s, *x, *f; /* r x r */
    double *v, *u;     /* r x q */
    double *y, *fy;    /* k of r x q: E_k U, F E_k U */
    double *fe;        /* k of r x r: F E_k */
} dense;

static bool cholesky(ptrdiff_t r, double *s)
{
    for (ptrdiff_t j = 0; j < r; j++) {
        for (ptrdiff_t h = 0; h < j; h++) {
            double f = s[j + h * r];
            for (ptrdiff_t i = j; f != 0 && i < r; i++)
                s[i + j * r] -= f * s[i + h * r];
        }
        if (!(s[j + j * r] > 0))
            return false;
        double d = sqrt(s[j + j * r]);
        for (ptrdiff_t i = j; i < r; i++)
            s[i + j * r] /= d;
    }
    return true;
}

static void forward(ptrdiff_t r, const double *s, double *column)
{
    for (ptrdiff_t j = 0; j < r; j++) {
        double f = column[j] /= s[j + j * r];
        for (ptrdiff_t i = j + 1; f != 0 && i < r; i++)
            column[i] -= f * s[i + j * r];
    }
}

/* S = I + Lambda' W Lambda, factored; x = chol(S)^-1 Lambda' W, v = chol(S)^-1 Lambda' P. */
static bool factor(dense *e, double *logdet)
{
    ptrdiff_t r = e->c.r;
    memcpy(e->s, e->w, (size_t)(r * r) * sizeof *e->s);
    fp_lmm_crossed_times(&e->c, true, r, e->s);
    memcpy(e->x, e->s, (size_t)(r * r) * sizeof *e->x);
    for (ptrdiff_t i = 0; i < r; i++) /* transposed, W Lambda; then Lambda' W Lambda */
        for (ptrdiff_t j = 0; j < r; j++)
            e->s[j + i * r] = e->x[i + j * r];
    fp_lmm_crossed_times(&e->c, true, r, e->s);
    for (ptrdiff_t j = 0; j < r; j++)
        e->s[j + j * r] += 1;
    if (!cholesky(r, e->s))
        return false;
    *logdet = 0;
    for (ptrdiff_t j = 0; j < r; j++)
        *logdet += 2 * log(e->s[j + j * r]);
    memcpy(e->v, e->c.p, (size_t)(r * e->c.q) * sizeof *e->v);
    fp_lmm_crossed_times(&e->c, true, e->c.q, e->v);
    for (ptrdiff_t c = 0; c < e->c.q; c++)
        forward(r, e->s, e->v + c * r);
    return true;
}

/* u = Z'V^-1 A, f = Z'V^-1 Z. */
static void project(dense *e)
{
    ptrdiff_t r = e->c.r;
    for (ptrdiff_t j = 0; j < r; j++)
        forward(r, e->s, e->x + j * r);
    for (ptrdiff_t c = 0; c < e->c.q; c++)
        for (ptrdiff_t i = 0; i < r; i++)
            e->u[i + c * r] = e->c.p[i + c * r] - fp_lmm_dot(r, e->x + i * r, e->v + c * r);
    for (ptrdiff_t j = 0; j < r; j++)
        for (ptrdiff_t i = 0; i <= j; i++)
            e->f[i + j * r] = e->f[j + i * r] =
                e->w[i + j * r] - fp_lmm_dot(r, e->x + i * r, e->x + j * r);
}

static void derivatives(dense *e, fp_lmm_moments *out)
{
    ptrdiff_t r = e->c.r, q = e->c.q;
    for (ptrdiff_t k = 0; k < e->c.k; k++) {
        double *y = e->y + k * r * q, *fy = e->fy + k * r * q, *fe = e->fe + k * r * r;
        ptrdiff_t at = fp_jet_first(k);
        fp_lmm_crossed_element(&e->c, k, q, e->u, y);
        fp_lmm_crossed_element(&e->c, k, r, e->f, fe); /* E_k F */
        for (ptrdiff_t c = 0; c < q; c++)
            for (ptrdiff_t i = 0; i < r; i++)
                fy[i + c * r] = fp_lmm_dot(r, e->f + i * r, y + c * r);
        fp_lmm_crossed_products(&e->c, k, e->u, e->y, fy, out);
        out->logdet[at] = 0;
        for (ptrdiff_t i = 0; i < r; i++)
            out->logdet[at] += fe[i + i * r];
        for (ptrdiff_t h = 0; h <= k; h++) {
            const double *other = e->fe + h * r * r;
            double trace = 0;
            for (ptrdiff_t j = 0; j < r; j++)
                for (ptrdiff_t i = 0; i < r; i++)
                    trace += fe[i + j * r] * other[j + i * r];
            out->logdet[at + 1 + h] = -trace;
        }
    }
}

static fp_status evaluate(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                          fp_lmm_moments *out, fp_err *err)
{
    dense *e = (dense *)(void *)engine;
    (void)flat;
    fp_lmm_crossed_factor(&e->c, psi, 1e-14, 0);
    if (!factor(e, &out->logdet[0]))
        return fp_lmm_not_positive(err);
    for (ptrdiff_t a = 0; a < e->c.q; a++)
        for (ptrdiff_t b = 0; b <= a; b++)
            out->m[fp_packed(a, b)] = e->c.rows->cross[fp_packed(a, b)] -
                                      fp_lmm_dot(e->c.r, e->v + a * e->c.r, e->v + b * e->c.r);
    if (orders) {
        project(e);
        derivatives(e, out);
    }
    return FP_OK;
}

/* S^-1 column by column. */
static void backward(ptrdiff_t r, const double *s, double *column)
{
    for (ptrdiff_t j = r - 1; j >= 0; j--)
        column[j] =
            (column[j] - fp_lmm_dot(r - 1 - j, s + j + 1 + j * r, column + j + 1)) / s[j + j * r];
}

static fp_status modes(fp_lmm_engine *engine, const double *psi, const double *v, double *effect,
                       double *variance, fp_err *err)
{
    dense *e = (dense *)(void *)engine;
    ptrdiff_t r = e->c.r;
    double logdet, *column = e->f;
    fp_lmm_crossed_factor(&e->c, psi, 1e-14, 0);
    if (!factor(e, &logdet))
        return fp_lmm_not_positive(err);
    memset(effect, 0, (size_t)r * sizeof *effect);
    for (ptrdiff_t c = 0; c < e->c.q; c++)
        for (ptrdiff_t i = 0; i < r; i++)
            effect[i] += e->v[i + c * r] * v[c];
    backward(r, e->s, effect);
    fp_lmm_crossed_times(&e->c, false, 1, effect);
    for (ptrdiff_t j = 0; j < r; j++) { /* K = (chol(S)^-1 Lambda')' (chol(S)^-1 Lambda') */
        memset(column, 0, (size_t)r * sizeof *column);
        column[j] = 1;
        fp_lmm_crossed_times(&e->c, true, 1, column);
        forward(r, e->s, column);
        variance[j] = fp_lmm_dot(r, column, column);
    }
    return FP_OK;
}

/* ---- setting up ---- */

static fp_status sum_rows(dense *e, fp_arena *arena, fp_err *err)
{
    double *a, *value;
    ptrdiff_t *place, most = e->c.k + 1, r = e->c.r, q = e->c.q;
    FP_ARRAY(a, arena, q, err);
    FP_ARRAY(value, arena, most, err);
    FP_ARRAY(place, arena, most, err);
    for (ptrdiff_t row = 0; row < e->c.rows->n; row++) {
        fp_lmm_rows_read(e->c.rows, row, 1, a);
        ptrdiff_t n = fp_lmm_crossed_effects(&e->c, row, place, value);
        for (ptrdiff_t i = 0; i < n; i++) {
            for (ptrdiff_t j = 0; j < n; j++)
                e->w[place[i] + place[j] * r] += value[i] * value[j];
            for (ptrdiff_t c = 0; c < q; c++)
                e->c.p[place[i] + c * r] += value[i] * a[c];
        }
    }
    return FP_OK;
}

static fp_status take_room(dense *e, fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = e->c.r, q = e->c.q, k = e->c.k;
    FP_ARRAY(e->w, arena, r * r, err);
    FP_ARRAY(e->s, arena, r * r, err);
    FP_ARRAY(e->x, arena, r * r, err);
    FP_ARRAY(e->f, arena, r * r, err);
    FP_ARRAY(e->v, arena, r * q, err);
    FP_ARRAY(e->u, arena, r * q, err);
    FP_ARRAY(e->y, arena, k * r * q, err);
    FP_ARRAY(e->fy, arena, k * r * q, err);
    FP_ARRAY(e->fe, arena, k * r * r, err);
    return FP_OK;
}

fp_status fp_lmm_dense(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_engine **engine,
                       fp_err *err)
{
    dense *e;
    FP_ARRAY(e, arena, 1, err);
    *e = (dense){.base = {.evaluate = evaluate, .modes = modes}};
    FP_TRY(fp_lmm_crossed_make(rows, arena, &e->c, err));
    FP_TRY(take_room(e, arena, err));
    FP_TRY(sum_rows(e, arena, err));
    *engine = &e->base;
    return FP_OK;
}
