#include <math.h>
#include <string.h>

#include "stats/lmm_priv.h"

/* Crossed designs with few random effects: everything as full matrices. Also the plain form against
 * which the other engines are tested. */

typedef struct {
    fp_lmm_engine base;
    const fp_lmm_rows *rows;
    ptrdiff_t q, k, r;   /* r: random effects in all */
    ptrdiff_t *at;       /* blocks: its first effect; group by group */
    const double *total; /* packed q */
    double *w, *p;       /* r x r: Z'Z; r x q: Z'A */
    double *s, *x, *f;   /* r x r */
    double *v, *u;       /* r x q */
    double *y, *fy;      /* k of r x q: E_k U, F E_k U */
    double *fe;          /* k of r x r: F E_k */
    double *lambda;      /* k: Cholesky factor of each block, packed as psi */
    ptrdiff_t *element;  /* k x 3: block, a, b */
} dense;

/* column = Lambda' column, in place; all groups of a block share its factor. */
static void times_lambda(const dense *e, double *column)
{
    const fp_lmm_data *data = e->rows->data;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        ptrdiff_t width = data->block[b].width;
        const double *lambda = e->lambda + e->rows->first[b];
        for (int32_t g = 0; g < data->block[b].groups; g++) {
            double *c = column + e->at[b] + g * width;
            for (ptrdiff_t i = 0; i < width; i++) {
                double sum = 0;
                for (ptrdiff_t m = i; m < width; m++)
                    sum += lambda[fp_packed(m, i)] * c[m];
                c[i] = sum;
            }
        }
    }
}

/* Cholesky factors of the blocks, packed as psi is; a pivot of 0 leaves a column of 0. */
static void factor_blocks(dense *e, const double *psi)
{
    const fp_lmm_data *data = e->rows->data;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        double *l = e->lambda + e->rows->first[b];
        const double *m = psi + e->rows->first[b];
        for (ptrdiff_t i = 0; i < data->block[b].width; i++)
            for (ptrdiff_t j = 0; j <= i; j++) {
                double sum = m[fp_packed(i, j)], pivot = l[fp_packed(j, j)];
                for (ptrdiff_t h = 0; h < j; h++)
                    sum -= l[fp_packed(i, h)] * l[fp_packed(j, h)];
                if (i == j)
                    sum = sum > 1e-14 * m[fp_packed(i, i)] ? sqrt(sum) : 0;
                else
                    sum = pivot > 0 ? sum / pivot : 0;
                l[fp_packed(i, j)] = sum;
            }
    }
}

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
    ptrdiff_t r = e->r;
    memcpy(e->s, e->w, (size_t)(r * r) * sizeof *e->s);
    for (ptrdiff_t j = 0; j < r; j++)
        times_lambda(e, e->s + j * r);
    memcpy(e->x, e->s, (size_t)(r * r) * sizeof *e->x);
    for (ptrdiff_t i = 0; i < r; i++) /* transposed, W Lambda; then Lambda' W Lambda */
        for (ptrdiff_t j = 0; j < r; j++)
            e->s[j + i * r] = e->x[i + j * r];
    for (ptrdiff_t j = 0; j < r; j++) {
        times_lambda(e, e->s + j * r);
        e->s[j + j * r] += 1;
    }
    if (!cholesky(r, e->s))
        return false;
    *logdet = 0;
    for (ptrdiff_t j = 0; j < r; j++)
        *logdet += 2 * log(e->s[j + j * r]);
    memcpy(e->v, e->p, (size_t)(r * e->q) * sizeof *e->v);
    for (ptrdiff_t c = 0; c < e->q; c++) {
        times_lambda(e, e->v + c * r);
        forward(r, e->s, e->v + c * r);
    }
    return true;
}

static double dot(ptrdiff_t n, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* u = Z'V^-1 A, f = Z'V^-1 Z. */
static void project(dense *e)
{
    ptrdiff_t r = e->r;
    for (ptrdiff_t j = 0; j < r; j++)
        forward(r, e->s, e->x + j * r);
    for (ptrdiff_t c = 0; c < e->q; c++)
        for (ptrdiff_t i = 0; i < r; i++)
            e->u[i + c * r] = e->p[i + c * r] - dot(r, e->x + i * r, e->v + c * r);
    for (ptrdiff_t j = 0; j < r; j++)
        for (ptrdiff_t i = 0; i <= j; i++)
            e->f[i + j * r] = e->f[j + i * r] =
                e->w[i + j * r] - dot(r, e->x + i * r, e->x + j * r);
}

/* to = E_k from for matrices of r rows. */
static void times_element(const dense *e, ptrdiff_t k, ptrdiff_t columns, const double *from,
                          double *to)
{
    const fp_lmm_block *block = &e->rows->data->block[e->element[3 * k]];
    ptrdiff_t a = e->element[3 * k + 1], b = e->element[3 * k + 2];
    memset(to, 0, (size_t)(e->r * columns) * sizeof *to);
    for (ptrdiff_t c = 0; c < columns; c++)
        for (int32_t g = 0; g < block->groups; g++) {
            ptrdiff_t base = e->at[e->element[3 * k]] + g * block->width + c * e->r;
            to[base + a] += from[base + b];
            if (a != b)
                to[base + b] += from[base + a];
        }
}

static void derivatives(dense *e, fp_lmm_moments *out)
{
    ptrdiff_t r = e->r, q = e->q, size = fp_packed_size(q);
    for (ptrdiff_t k = 0; k < e->k; k++) {
        double *y = e->y + k * r * q, *fy = e->fy + k * r * q, *fe = e->fe + k * r * r;
        ptrdiff_t at = fp_jet_first(k);
        times_element(e, k, q, e->u, y);
        times_element(e, k, r, e->f, fe); /* E_k F */
        for (ptrdiff_t c = 0; c < q; c++)
            for (ptrdiff_t i = 0; i < r; i++)
                fy[i + c * r] = dot(r, e->f + i * r, y + c * r);
        out->logdet[at] = 0;
        for (ptrdiff_t i = 0; i < r; i++)
            out->logdet[at] += fe[i + i * r];
        for (ptrdiff_t a = 0; a < q; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                out->m[at * size + fp_packed(a, b)] = -dot(r, e->u + a * r, y + b * r);
        for (ptrdiff_t h = 0; h <= k; h++) {
            const double *other = e->fe + h * r * r, *yh = e->y + h * r * q;
            double trace = 0;
            for (ptrdiff_t j = 0; j < r; j++)
                for (ptrdiff_t i = 0; i < r; i++)
                    trace += fe[i + j * r] * other[j + i * r];
            out->logdet[at + 1 + h] = -trace;
            for (ptrdiff_t a = 0; a < q; a++)
                for (ptrdiff_t b = 0; b <= a; b++)
                    out->m[(at + 1 + h) * size + fp_packed(a, b)] =
                        dot(r, yh + a * r, fy + b * r) + dot(r, yh + b * r, fy + a * r);
        }
    }
}

static fp_status evaluate(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                          fp_lmm_moments *out, fp_err *err)
{
    dense *e = (dense *)(void *)engine;
    (void)flat;
    factor_blocks(e, psi);
    if (!factor(e, &out->logdet[0]))
        return fp_fail(err, FP_INTERNAL, "a covariance matrix of a mixed model is not positive");
    for (ptrdiff_t a = 0; a < e->q; a++)
        for (ptrdiff_t b = 0; b <= a; b++)
            out->m[fp_packed(a, b)] =
                e->total[fp_packed(a, b)] - dot(e->r, e->v + a * e->r, e->v + b * e->r);
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
        column[j] = (column[j] - dot(r - 1 - j, s + j + 1 + j * r, column + j + 1)) / s[j + j * r];
}

/* column = Lambda column. */
static void from_lambda(const dense *e, double *column)
{
    const fp_lmm_data *data = e->rows->data;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        ptrdiff_t width = data->block[b].width;
        const double *lambda = e->lambda + e->rows->first[b];
        for (int32_t g = 0; g < data->block[b].groups; g++) {
            double *c = column + e->at[b] + g * width;
            for (ptrdiff_t i = width - 1; i >= 0; i--) {
                double sum = 0;
                for (ptrdiff_t m = 0; m <= i; m++)
                    sum += lambda[fp_packed(i, m)] * c[m];
                c[i] = sum;
            }
        }
    }
}

static fp_status modes(fp_lmm_engine *engine, const double *psi, const double *v, double *effect,
                       double *variance, fp_err *err)
{
    dense *e = (dense *)(void *)engine;
    ptrdiff_t r = e->r;
    double logdet, *column = e->f;
    factor_blocks(e, psi);
    if (!factor(e, &logdet))
        return fp_fail(err, FP_INTERNAL, "a covariance matrix of a mixed model is not positive");
    memset(effect, 0, (size_t)r * sizeof *effect);
    for (ptrdiff_t c = 0; c < e->q; c++)
        for (ptrdiff_t i = 0; i < r; i++)
            effect[i] += e->v[i + c * r] * v[c];
    backward(r, e->s, effect);
    from_lambda(e, effect);
    for (ptrdiff_t j = 0; j < r; j++) { /* K = (chol(S)^-1 Lambda')' (chol(S)^-1 Lambda') */
        memset(column, 0, (size_t)r * sizeof *column);
        column[j] = 1;
        times_lambda(e, column);
        forward(r, e->s, column);
        variance[j] = dot(r, column, column);
    }
    return FP_OK;
}

/* ---- setting up ---- */

/* Random effects of one row: place and value. */
static ptrdiff_t effects_of_row(const dense *e, ptrdiff_t row, ptrdiff_t *place, double *value)
{
    const fp_lmm_data *data = e->rows->data;
    ptrdiff_t n = 0;
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t c = 0; c < data->block[b].width; c++) {
            place[n] = e->at[b] + data->block[b].group[row] * data->block[b].width + c;
            fp_lmm_rows_random(e->rows, b, c, row, 1, &value[n++]);
        }
    return n;
}

static fp_status sum_rows(dense *e, fp_arena *arena, fp_err *err)
{
    double *a, *value;
    ptrdiff_t *place, most = e->k + 1, r = e->r, q = e->q;
    FP_ARRAY(a, arena, q, err);
    FP_ARRAY(value, arena, most, err);
    FP_ARRAY(place, arena, most, err);
    for (ptrdiff_t row = 0; row < e->rows->n; row++) {
        fp_lmm_rows_read(e->rows, row, 1, a);
        ptrdiff_t n = effects_of_row(e, row, place, value);
        for (ptrdiff_t i = 0; i < n; i++) {
            for (ptrdiff_t j = 0; j < n; j++)
                e->w[place[i] + place[j] * r] += value[i] * value[j];
            for (ptrdiff_t c = 0; c < q; c++)
                e->p[place[i] + c * r] += value[i] * a[c];
        }
    }
    return FP_OK;
}

static fp_status take_room(dense *e, fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = e->r, q = e->q, k = e->k;
    FP_ARRAY(e->w, arena, r * r, err);
    FP_ARRAY(e->s, arena, r * r, err);
    FP_ARRAY(e->x, arena, r * r, err);
    FP_ARRAY(e->f, arena, r * r, err);
    FP_ARRAY(e->p, arena, r * q, err);
    FP_ARRAY(e->v, arena, r * q, err);
    FP_ARRAY(e->u, arena, r * q, err);
    FP_ARRAY(e->y, arena, k * r * q, err);
    FP_ARRAY(e->fy, arena, k * r * q, err);
    FP_ARRAY(e->fe, arena, k * r * r, err);
    FP_ARRAY(e->lambda, arena, k, err);
    FP_ARRAY(e->element, arena, 3 * k, err);
    return FP_OK;
}

fp_status fp_lmm_dense(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_engine **engine,
                       fp_err *err)
{
    const fp_lmm_data *data = rows->data;
    dense *e;
    FP_ARRAY(e, arena, 1, err);
    *e = (dense){.base = {.evaluate = evaluate, .modes = modes},
                 .rows = rows,
                 .q = rows->q,
                 .k = rows->k,
                 .total = rows->cross};
    FP_ARRAY(e->at, arena, data->blocks, err);
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        e->at[b] = e->r;
        e->r += data->block[b].groups * data->block[b].width;
    }
    FP_TRY(take_room(e, arena, err));
    ptrdiff_t *element = e->element;
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t i = 0; i < data->block[b].width; i++)
            for (ptrdiff_t j = 0; j <= i; j++, element += 3) {
                element[0] = b;
                element[1] = i;
                element[2] = j;
            }
    FP_TRY(sum_rows(e, arena, err));
    *engine = &e->base;
    return FP_OK;
}
