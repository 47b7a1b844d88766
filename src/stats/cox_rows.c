#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/cox_rows_priv.h"

enum {
    ROWS_A_CHUNK = 8192,    /* at least */
    MOST_CHUNKS = 32,       /* each has a table of its own */
    TABLE_NUMBERS = 1 << 17 /* 1 MiB: what stays in the cache of one processor */
};

static ptrdiff_t count_chunks(ptrdiff_t n)
{
    ptrdiff_t chunks = (n + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK;
    return chunks > MOST_CHUNKS ? MOST_CHUNKS : chunks;
}

static fp_status create_chunks(fp_cox_rows *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q.p, m = w->risk.length, room = w->kernel->square_room(p);
    w->tables = w->chunks == 1 || 2 * m * (p + 1) <= TABLE_NUMBERS;
    FP_ARRAY(w->chunk, arena, w->chunks, err);
    for (ptrdiff_t c = 0; c < w->chunks; c++) {
        fp_cox_chunk *k = &w->chunk[c];
        FP_ARRAY(k->z, arena, FP_COX_LD * p, err);
        FP_ARRAY(k->partial, arena, FP_COX_WEIGHTINGS * room, err);
        FP_ARRAY(k->score, arena, FP_COX_WEIGHTINGS * p, err);
        FP_ARRAY(k->least, arena, 3 * p, err);
        k->most = k->least + p;
        k->sum = k->most + p;
        if (w->tables)
            FP_ARRAY(k->table, arena, 2 * m * (p + 1), err);
    }
    w->grid_chunks = (m + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK;
    if (w->grid_chunks > MOST_CHUNKS)
        w->grid_chunks = MOST_CHUNKS;
    FP_ARRAY(w->grid_partial, arena, w->grid_chunks * FP_COX_WEIGHTINGS * room, err);
    FP_ARRAY(w->grid_block, arena, w->grid_chunks * FP_COX_LD * p, err);
    FP_ARRAY(w->grid_loglik, arena, w->grid_chunks, err);
    return FP_OK;
}

/* ---- means ---- */

static void look_at_columns(void *context, long chunk)
{
    const fp_cox_rows *w = context;
    fp_cox_chunk *k = &w->chunk[chunk];
    ptrdiff_t from = chunk * w->per_chunk, rows = fp_cox_chunk_end(w, chunk) - from;
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        const double *x = w->column[j];
        k->sum[j] = 0;
        k->least[j] = HUGE_VAL;
        k->most[j] = -HUGE_VAL;
        w->kernel->summary(x + from, x[0], rows, &k->sum[j], &k->least[j], &k->most[j]);
    }
}

/* The sums are those of x less its first value, so that columns far from 0 lose nothing. */
static fp_status make_means(fp_cox_rows *w, fp_err *err)
{
    fp_parallel(w->threads, w->chunks, look_at_columns, w);
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        double sum = 0;
        w->least[j] = HUGE_VAL;
        w->most[j] = -HUGE_VAL;
        for (ptrdiff_t c = 0; c < w->chunks; c++) {
            sum += w->chunk[c].sum[j];
            w->least[j] = fmin(w->least[j], w->chunk[c].least[j]);
            w->most[j] = fmax(w->most[j], w->chunk[c].most[j]);
        }
        double size = fmax(fabs(w->least[j]), fabs(w->most[j]));
        if (!(size < FP_COX_LARGEST) || isnan(sum))
            return fp_fail(err, FP_INPUT,
                           "covariate %td reaches %g in size, which cannot be squared", j + 1,
                           size);
        w->mean[j] = w->column[j][0] + sum / (double)w->risk.n;
    }
    return FP_OK;
}

static fp_status create_tied(fp_cox_rows *w, fp_arena *arena, fp_err *err)
{
    int32_t *tied;
    FP_ARRAY(tied, arena, w->risk.length, err);
    for (ptrdiff_t g = 0; g < w->risk.length; g++)
        tied[g] = w->risk.deaths[g] > 1 ? (int32_t)w->tied_length++ : -1;
    w->tied = tied;
    FP_ARRAY(w->e1, arena, w->groups * w->tied_length * FP_COX_GROUP, err);
    return FP_OK;
}

static fp_status create_sums(fp_cox_rows *w, fp_arena *arena, fp_err *err)
{
    fp_cox_problem scalar = w->q;
    ptrdiff_t size;
    scalar.p = 0;
    FP_TRY(fp_cox_sums_create(&scalar, arena, &w->sums, err));
    w->groups = (w->q.p + FP_COX_GROUP - 1) / FP_COX_GROUP;
    size = w->groups * w->risk.length * FP_COX_GROUP;
    FP_ARRAY(w->s1, arena, size, err);
    return w->any_tied ? create_tied(w, arena, err) : FP_OK;
}

static bool has_ties(const fp_cox_rows *w)
{
    for (ptrdiff_t g = 0; w->q.ties == FP_TIES_EFRON && g < w->risk.length; g++)
        if (w->risk.deaths[g] > 1)
            return true;
    return false;
}

static fp_status create(const fp_survdata *data, ptrdiff_t p, const double *const *column,
                        const double *offset, fp_ties ties, int threads, fp_arena *arena,
                        fp_cox_rows **rows, fp_err *err)
{
    fp_cox_rows *w;
    FP_ARRAY(w, arena, 1, err);
    w->data = *data;
    w->offset = offset;
    w->threads = threads;
    w->kernel = fp_cox_kernel_pick();
    FP_TRY(fp_risk_create_on(&w->data, threads, arena, &w->risk, err));
    w->arena = arena;
    w->after_grid = fp_arena_mark(arena);
    FP_ARRAY(w->mean, arena, 3 * p, err);
    w->least = w->mean + p;
    w->most = w->least + p;
    w->q = (fp_cox_problem){&w->data, &w->risk, ties, p, NULL, w->mean};
    w->column = column;
    w->any_tied = has_ties(w);
    w->chunks = count_chunks(data->n);
    w->per_chunk = (data->n + w->chunks - 1) / w->chunks;
    w->per_chunk = (w->per_chunk + FP_COX_BLOCK - 1) / FP_COX_BLOCK * FP_COX_BLOCK;
    w->chunks = (data->n + w->per_chunk - 1) / w->per_chunk;
    FP_TRY(create_chunks(w, arena, err));
    FP_TRY(create_sums(w, arena, err));
    for (int k = 0; k < FP_COX_WEIGHTINGS; k++)
        FP_ARRAY(w->h[k], arena, w->risk.length, err);
    FP_ARRAY(w->info, arena, p * p, err);
    FP_TRY(make_means(w, err));
    *rows = w;
    return FP_OK;
}

fp_status fp_cox_rows_create(const fp_survdata *data, ptrdiff_t p, const double *const *column,
                             const double *offset, fp_ties ties, int threads, fp_arena *arena,
                             fp_cox_rows **rows, fp_err *err)
{
    if (p < 0 || (p > 0 && !column))
        return fp_fail(err, FP_ARG, "a Cox model of %td columns", p);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = create(data, p, column, offset, ties, threads, arena, rows, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

void fp_cox_rows_keep_grid(fp_cox_rows *rows)
{
    fp_arena_rewind(rows->arena, rows->after_grid);
}

fp_status fp_cox_rows_of(const fp_survdata *data, ptrdiff_t p, const double *x,
                         const double *offset, fp_ties ties, int threads, fp_arena *arena,
                         fp_cox_rows **rows, fp_err *err)
{
    const double **column;
    if (p < 0 || (p > 0 && !x))
        return fp_fail(err, FP_ARG, "a Cox model of %td columns", p);
    FP_ARRAY(column, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        column[j] = x + j * data->n;
    return fp_cox_rows_create(data, p, column, offset, ties, threads, arena, rows, err);
}
