#include <math.h>

#include "base/parallel.h"
#include "stats/finegray_priv.h"

typedef struct {
    const fp_finegray_rows *rows;
    const double *beta;
    fp_finegray_sums *sums;
} job;

fp_status fp_finegray_sums_create(const fp_finegray_rows *rows, fp_arena *arena,
                                  fp_finegray_sums *sums, fp_err *err)
{
    ptrdiff_t grid = rows->times + 1, p = rows->p;
    long chunks = fp_finegray_chunks(rows->n > grid ? rows->n : grid);
    FP_ARRAY(sums->r, arena, rows->n, err);
    FP_ARRAY(sums->v, arena, rows->n, err);
    FP_ARRAY(sums->s0, arena, grid, err);
    FP_ARRAY(sums->step, arena, grid, err);
    FP_ARRAY(sums->ahead, arena, grid * rows->groups, err);
    FP_ARRAY(sums->mean, arena, grid * p, err);
    FP_ARRAY(sums->part, arena, chunks * (p + p * p), err);
    FP_ARRAY(sums->base, arena, p, err);
    FP_ARRAY(sums->score, arena, p, err);
    FP_ARRAY(sums->info, arena, p * p, err);
    FP_ARRAY(sums->left, arena, rows->groups * (p + 1), err);
    return FP_OK;
}

/* ---- at one beta: numbers a row and a time ---- */

/* eta of a chunk of rows, into r. */
static void predict_chunk(void *context, long c)
{
    const job *w = context;
    const fp_finegray_rows *rows = w->rows;
    ptrdiff_t first = c * FP_FINEGRAY_CHUNK, last = first + FP_FINEGRAY_CHUNK;
    if (last > rows->n)
        last = rows->n;
    double *eta = w->sums->r;
    for (ptrdiff_t i = first; i < last; i++)
        eta[i] = 0;
    for (ptrdiff_t j = 0; j < rows->p; j++) {
        const double *x = rows->x + j * rows->n;
        double b = w->beta[j];
        if (isnan(b) || b == 0)
            continue;
        for (ptrdiff_t i = first; i < last; i++)
            eta[i] += b * x[i];
    }
}

static void exp_chunk(void *context, long c)
{
    const job *w = context;
    ptrdiff_t first = c * FP_FINEGRAY_CHUNK, last = first + FP_FINEGRAY_CHUNK;
    if (last > w->rows->n)
        last = w->rows->n;
    for (ptrdiff_t i = first; i < last; i++)
        w->sums->r[i] = exp(w->sums->r[i] - w->sums->loglik); /* the shift, put there for now */
}

/* One value a row, z (NULL = 1), summed over the risk sets: eq. 9. `left`: groups, scratch. */
static void sum_risk_sets(const fp_finegray_rows *rows, const double *r, const double *z,
                          double *left, double *out)
{
    ptrdiff_t grid = rows->times + 1, i = rows->n - 1;
    double sum = 0;
    for (ptrdiff_t g = rows->times; g > 0; g--) {
        for (; i >= 0 && rows->hi[i] >= g; i--)
            sum += z ? r[i] * z[i] : r[i];
        out[g] = sum;
    }
    for (int32_t k = 0; k < rows->groups; k++)
        left[k] = 0;
    i = 0;
    for (ptrdiff_t g = 1; g <= rows->times; g++) {
        for (; i < rows->n && rows->hi[i] < g; i++)
            if (rows->kind[i] == FP_FINEGRAY_OTHER)
                left[rows->group[i]] += (z ? r[i] * z[i] : r[i]) / rows->own[i];
        for (int32_t k = 0; k < rows->groups; k++)
            out[g] += rows->present[g + k * grid] * left[k];
    }
}

/* eq. 10: v of every row from d / S0. */
static void sum_hazard(const fp_finegray_rows *rows, fp_finegray_sums *s)
{
    ptrdiff_t grid = rows->times + 1, g = 0;
    double sum = 0;
    for (ptrdiff_t t = 1; t <= rows->times; t++)
        s->step[t] = rows->deaths[t] / s->s0[t];
    for (int32_t k = 0; k < rows->groups; k++) {
        double *ahead = s->ahead + k * grid, *present = rows->present + k * grid;
        ahead[rows->times] = 0;
        for (ptrdiff_t t = rows->times; t > 0; t--)
            ahead[t - 1] = ahead[t] + present[t] * s->step[t];
    }
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        for (; g < rows->hi[i];)
            sum += s->step[++g];
        s->v[i] = sum;
        if (rows->kind[i] == FP_FINEGRAY_OTHER)
            s->v[i] += s->ahead[g + rows->group[i] * grid] / rows->own[i];
    }
}

void fp_finegray_scalar(const fp_finegray_rows *rows, const double *beta, fp_finegray_sums *s)
{
    job w = {rows, beta, s};
    long chunks = fp_finegray_chunks(rows->n);
    fp_parallel(rows->threads, chunks, predict_chunk, &w);
    double shift = -HUGE_VAL, events = 0;
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        shift = fmax(shift, s->r[i]);
        if (rows->kind[i] == FP_FINEGRAY_CAUSE)
            events += s->r[i];
    }
    s->loglik = shift;
    fp_parallel(rows->threads, chunks, exp_chunk, &w);
    sum_risk_sets(rows, s->r, NULL, s->left, s->s0);
    sum_hazard(rows, s);
    double logs = 0;
    for (ptrdiff_t t = 1; t <= rows->times; t++)
        logs += rows->deaths[t] * (log(s->s0[t]) + shift);
    s->loglik = events - logs;
}

/* ---- derivatives ---- */

static void mean_column(void *context, long j)
{
    const job *w = context;
    const fp_finegray_rows *rows = w->rows;
    double *mean = w->sums->mean + j * (rows->times + 1);
    sum_risk_sets(rows, w->sums->r, rows->x + j * rows->n, w->sums->left + (j + 1) * rows->groups,
                  mean);
    for (ptrdiff_t t = 1; t <= rows->times; t++)
        mean[t] /= w->sums->s0[t];
}

/* Sums over a chunk of rows: x (delta - r v), then x r v x'. */
static void row_chunk(void *context, long c)
{
    const job *w = context;
    const fp_finegray_rows *rows = w->rows;
    ptrdiff_t first = c * FP_FINEGRAY_CHUNK, p = rows->p, m = rows->n - first;
    double *score = w->sums->part + c * (p + p * p), *info = score + p;
    double weight[FP_FINEGRAY_CHUNK], scaled[FP_FINEGRAY_CHUNK];
    if (m > FP_FINEGRAY_CHUNK)
        m = FP_FINEGRAY_CHUNK;
    for (ptrdiff_t i = 0; i < m; i++)
        weight[i] = w->sums->r[first + i] * w->sums->v[first + i];
    for (ptrdiff_t j = 0; j < p; j++) {
        const double *x = rows->x + first + j * rows->n;
        double sum = 0;
        for (ptrdiff_t i = 0; i < m; i++) {
            scaled[i] = x[i] * weight[i];
            sum += (rows->kind[first + i] == FP_FINEGRAY_CAUSE ? x[i] : 0) - scaled[i];
        }
        score[j] = sum;
        for (ptrdiff_t k = 0; k <= j; k++) {
            const double *y = rows->x + first + k * rows->n;
            double four[4] = {0, 0, 0, 0};
            ptrdiff_t i = 0;
            for (; i + 4 <= m; i += 4)
                for (int q = 0; q < 4; q++)
                    four[q] += scaled[i + q] * y[i + q];
            for (; i < m; i++)
                four[0] += scaled[i] * y[i];
            info[k + j * p] = (four[0] + four[1]) + (four[2] + four[3]);
        }
    }
}

/* Sum over a chunk of times: d mean mean'. */
static void time_chunk(void *context, long c)
{
    const job *w = context;
    const fp_finegray_rows *rows = w->rows;
    ptrdiff_t p = rows->p, grid = rows->times + 1, first = c * FP_FINEGRAY_CHUNK;
    ptrdiff_t last = first + FP_FINEGRAY_CHUNK < grid ? first + FP_FINEGRAY_CHUNK : grid;
    double *info = w->sums->part + c * (p + p * p) + p;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t k = 0; k <= j; k++) {
            const double *a = w->sums->mean + j * grid, *b = w->sums->mean + k * grid;
            double sum = 0;
            for (ptrdiff_t t = first; t < last; t++)
                sum += rows->deaths[t] * a[t] * b[t];
            info[k + j * p] = sum;
        }
}

/* Add the parts of the chunks, in their order, times `sign`. */
static void merge(const fp_finegray_rows *rows, fp_finegray_sums *s, long chunks, double sign,
                  bool score)
{
    ptrdiff_t p = rows->p;
    for (long c = 0; c < chunks; c++) {
        const double *part = s->part + c * (p + p * p);
        for (ptrdiff_t j = 0; score && j < p; j++)
            s->score[j] += part[j];
        for (ptrdiff_t j = 0; j < p; j++)
            for (ptrdiff_t k = 0; k <= j; k++)
                s->info[k + j * p] += sign * part[p + k + j * p];
    }
}

void fp_finegray_derive(const fp_finegray_rows *rows, fp_finegray_sums *s)
{
    job w = {.rows = rows, .sums = s};
    ptrdiff_t p = rows->p;
    for (ptrdiff_t j = 0; j < p; j++)
        s->score[j] = 0;
    for (ptrdiff_t j = 0; j < p * p; j++)
        s->info[j] = 0;
    long chunks = fp_finegray_chunks(rows->n);
    fp_parallel(rows->threads, chunks, row_chunk, &w);
    merge(rows, s, chunks, 1, true);
    for (ptrdiff_t j = 0; j < p; j++)
        s->base[j] = s->info[j + j * p];
    fp_parallel(rows->threads, (long)p, mean_column, &w);
    chunks = fp_finegray_chunks(rows->times + 1);
    fp_parallel(rows->threads, chunks, time_chunk, &w);
    merge(rows, s, chunks, -1, false);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t k = 0; k < j; k++)
            s->info[j + k * p] = s->info[k + j * p];
}
