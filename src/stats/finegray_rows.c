#include "base/parallel.h"
#include "stats/finegray_priv.h"
#include "stats/risk_priv.h"
#include "stats/sort.h"

typedef struct {
    const fp_finegray_rows *rows;
    const double *x;
} copy_job;

/* One column in the order of the times, less its mean. */
static void copy_column(void *context, long j)
{
    const copy_job *job = context;
    const fp_finegray_rows *rows = job->rows;
    const double *from = job->x + j * rows->n;
    double *to = rows->x + j * rows->n, sum = 0;
    for (ptrdiff_t i = 0; i < rows->n; i++)
        sum += from[i];
    double mean = rows->mean[j] = sum / (double)rows->n;
    for (ptrdiff_t i = 0; i < rows->n; i++)
        to[i] = from[rows->row[i]] - mean;
}

static fp_status sort_rows(const fp_survdata *data, int32_t cause, fp_arena *arena,
                           fp_finegray_rows *rows, fp_err *err)
{
    FP_ARRAY(rows->row, arena, data->n, err);
    FP_ARRAY(rows->time, arena, data->n, err);
    FP_ARRAY(rows->group, arena, data->n, err);
    FP_ARRAY(rows->kind, arena, data->n, err);
    FP_ARRAY(rows->own, arena, data->n, err);
    FP_ARRAY(rows->hi, arena, data->n, err);
    FP_ARENA_SCOPED(scratch, 32 * FP_GIB, err);
    uint64_t *key;
    uint32_t *order;
    FP_ARRAY(key, scratch, data->n, err);
    FP_ARRAY(order, scratch, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        key[i] = fp_sort_key(data->stop[i]);
        order[i] = (uint32_t)i;
    }
    FP_TRY(fp_sort_keys(key, order, data->n, rows->threads, scratch, err));
    for (ptrdiff_t i = 0; i < data->n; i++) {
        int32_t row = (int32_t)order[i], code = data->event[row];
        rows->row[i] = row;
        rows->time[i] = fp_sort_value(key[i]);
        rows->group[i] = fp_row_stratum(data, row);
        rows->kind[i] = (uint8_t)(code == 0       ? FP_FINEGRAY_CENSORED
                                  : code == cause ? FP_FINEGRAY_CAUSE
                                                  : FP_FINEGRAY_OTHER);
    }
    return FP_OK;
}

/* Rows first..last - 1 have the same time. */
static ptrdiff_t same_time(const fp_finegray_rows *rows, ptrdiff_t first)
{
    ptrdiff_t last = first;
    while (last < rows->n && !(rows->time[last] > rows->time[first]))
        last++;
    return last;
}

static void make_grid(fp_finegray_rows *rows)
{
    ptrdiff_t times = 0;
    for (ptrdiff_t first = 0, last; first < rows->n; first = last) {
        bool any = false;
        last = same_time(rows, first);
        for (ptrdiff_t i = first; i < last; i++)
            any = any || rows->kind[i] == FP_FINEGRAY_CAUSE;
        times += any;
        for (ptrdiff_t i = first; i < last; i++)
            rows->hi[i] = (int32_t)times;
    }
    rows->times = times;
}

/* Kaplan-Meier of the time to censoring, just before each time: events at a time are at risk of
 * being censored there. */
static fp_status estimate_censoring(fp_finegray_rows *rows, fp_arena *arena, fp_err *err)
{
    ptrdiff_t grid = rows->times + 1, element = 0;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    double *g, *at_risk, *censored;
    FP_ARRAY(g, scratch, rows->groups, err);
    FP_ARRAY(at_risk, scratch, rows->groups, err);
    FP_ARRAY(censored, scratch, rows->groups, err);
    FP_ARRAY(rows->present, arena, grid * rows->groups, err);
    FP_ARRAY(rows->deaths, arena, grid, err);
    FP_ARRAY(rows->shared, arena, grid * rows->groups, err);
    for (int32_t k = 0; k < rows->groups; k++)
        g[k] = 1;
    for (ptrdiff_t i = 0; i < rows->n; i++)
        at_risk[rows->group[i]]++;
    for (ptrdiff_t first = 0, last; first < rows->n; first = last) {
        last = same_time(rows, first);
        if (rows->hi[first] > element) {
            element = rows->hi[first];
            for (int32_t k = 0; k < rows->groups; k++)
                rows->present[element + k * grid] = at_risk[k] > 0 ? g[k] : 0;
        }
        for (ptrdiff_t i = first; i < last; i++) {
            rows->own[i] = g[rows->group[i]];
            censored[rows->group[i]] += rows->kind[i] == FP_FINEGRAY_CENSORED;
            if (rows->kind[i] == FP_FINEGRAY_CAUSE) {
                rows->deaths[element]++;
                rows->shared[element + rows->group[i] * grid]++;
            }
        }
        for (ptrdiff_t i = first; i < last; i++) {
            int32_t k = rows->group[i];
            /* the first row of its group in this block takes all of the group's censorings */
            if (censored[k] > 0)
                g[k] *= (at_risk[k] - censored[k]) / at_risk[k];
            censored[k] = 0;
        }
        for (ptrdiff_t i = first; i < last; i++)
            at_risk[rows->group[i]]--;
    }
    return FP_OK;
}

fp_status fp_finegray_rows_create(const fp_survdata *data, int32_t cause, ptrdiff_t p,
                                  const double *x, int threads, fp_arena *arena,
                                  fp_finegray_rows *rows, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (data->start || data->weight || cause == 0)
        return fp_fail(err, FP_ARG, "Fine-Gray with late entry, weights or cause 0");
    *rows =
        (fp_finegray_rows){.n = data->n, .p = p, .groups = fp_strata_of(data), .threads = threads};
    FP_TRY(sort_rows(data, cause, arena, rows, err));
    make_grid(rows);
    FP_TRY(estimate_censoring(rows, arena, err));
    FP_ARRAY(rows->x, arena, data->n * p, err);
    FP_ARRAY(rows->mean, arena, p, err);
    copy_job job = {rows, x};
    fp_parallel(threads, (long)p, copy_column, &job);
    return FP_OK;
}
