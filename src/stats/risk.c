#include "stats/risk_priv.h"

#include <math.h>
#include <stdbool.h>

#include "base/parallel.h"
#include "stats/sort.h"

#define MOST_ROWS ((ptrdiff_t)1 << 30)

int fp_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

fp_status fp_survdata_check(const fp_survdata *data, fp_err *err)
{
    if (data->n < 1 || data->n > MOST_ROWS)
        return fp_fail(err, FP_ARG, "a survival analysis of %td rows", data->n);
    int32_t strata = fp_strata_of(data);
    if (strata < 1)
        return fp_fail(err, FP_ARG, "a survival analysis of %d strata", (int)strata);
    if (!data->stratum && !data->start && !data->weight)
        return FP_OK;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        int32_t s = fp_row_stratum(data, i);
        if (s < 0 || s >= strata)
            return fp_fail(err, FP_ARG, "row %td: stratum %d of %d", i, (int)s, (int)strata);
        if (data->start && !(data->start[i] < data->stop[i]))
            return fp_fail(err, FP_ARG, "row %td: the interval (%g, %g] has no length", i,
                           data->start[i], data->stop[i]);
        if (data->weight && !(data->weight[i] > 0))
            return fp_fail(err, FP_ARG, "row %td: weight %g is not above 0", i, data->weight[i]);
    }
    return FP_OK;
}

int32_t fp_risk_find(const double *time, int32_t first, int32_t last, double t)
{
    while (last - first > 1) {
        int32_t middle = first + (last - first) / 2;
        if (time[middle] <= t)
            first = middle;
        else
            last = middle;
    }
    return first;
}

/* A grid in the making. */
typedef struct {
    const fp_survdata *data;
    int threads;
    int32_t strata;
    ptrdiff_t events;
    double least, most; /* of the event times */
    bool whole;         /* all event times are whole numbers */
    int32_t *place;     /* strata x days: last element up to that day; NULL = search */
    ptrdiff_t days;
    uint64_t *key; /* n: of the stops, in order of stratum and stop; NULL where counted */
    uint32_t *row; /* n: likewise */
    double *grid;
    int32_t *first, *lo, *hi;
    int32_t length;
} builder;

enum { ROWS_AT_ONCE = 32768 };

static ptrdiff_t chunks_of(ptrdiff_t n)
{
    return (n + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
}

static ptrdiff_t chunk_end(ptrdiff_t n, long chunk)
{
    ptrdiff_t end = (chunk + 1) * (ptrdiff_t)ROWS_AT_ONCE;
    return end < n ? end : n;
}

static void look_at_events(builder *w)
{
    w->least = HUGE_VAL;
    w->most = -HUGE_VAL;
    w->whole = true;
    for (ptrdiff_t i = 0; i < w->data->n; i++) {
        if (!w->data->event[i])
            continue;
        double t = w->data->stop[i];
        w->events++;
        w->least = t < w->least ? t : w->least;
        w->most = t > w->most ? t : w->most;
        w->whole = w->whole && fabs(t) < 1e9 && (double)(int32_t)t == t;
    }
}

/* ---- whole-numbered times */

static bool can_count(const builder *w)
{
    double days = w->most - w->least + 1;
    return w->whole && w->events > 0 && days * w->strata <= 4.0 * (double)w->data->n + 4096;
}

static fp_status count_days(builder *w, fp_arena *scratch, fp_err *err)
{
    const fp_survdata *data = w->data;
    w->days = (ptrdiff_t)(w->most - w->least) + 1;
    FP_ARRAY(w->place, scratch, w->days * w->strata, err);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i])
            w->place[fp_row_stratum(data, i) * w->days + (ptrdiff_t)(data->stop[i] - w->least)] = 1;
    for (int32_t s = 0; s < w->strata; s++) {
        w->first[s] = w->length;
        w->grid[w->length++] = -HUGE_VAL;
        for (ptrdiff_t d = 0; d < w->days; d++) {
            if (w->place[s * w->days + d])
                w->grid[w->length++] = w->least + (double)d;
            w->place[s * w->days + d] = w->length - 1;
        }
    }
    w->first[w->strata] = w->length;
    return FP_OK;
}

/* ---- any times */

/* A stable pass over rows in order of time. */
static fp_status sort_by_stratum(builder *w, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t n = w->data->n;
    uint64_t *key;
    uint32_t *row;
    int32_t *at;
    FP_ARRAY(key, scratch, n, err);
    FP_ARRAY(row, scratch, n, err);
    FP_ARRAY(at, scratch, w->strata + 1, err);
    for (ptrdiff_t i = 0; i < n; i++)
        at[fp_row_stratum(w->data, i) + 1]++;
    for (int32_t s = 0; s < w->strata; s++)
        at[s + 1] += at[s];
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t to = at[fp_row_stratum(w->data, w->row[i])]++;
        key[to] = w->key[i];
        row[to] = w->row[i];
    }
    w->key = key;
    w->row = row;
    return FP_OK;
}

static fp_status sort_rows(builder *w, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t n = w->data->n;
    FP_ARRAY(w->key, scratch, n, err);
    FP_ARRAY(w->row, scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        w->key[i] = fp_sort_key(w->data->stop[i]);
        w->row[i] = (uint32_t)i;
    }
    FP_TRY(fp_sort_keys(w->key, w->row, n, w->threads, scratch, err));
    return w->strata > 1 ? sort_by_stratum(w, scratch, err) : FP_OK;
}

/* Walk the rows in order of time: a death makes an element, and rows censored at the time of a
 * death are at risk there. */
static void walk_rows(builder *w)
{
    const fp_survdata *data = w->data;
    const uint64_t *key = w->key;
    const uint32_t *row = w->row;
    ptrdiff_t i = 0;
    for (int32_t s = 0; s < w->strata; s++) {
        w->first[s] = w->length;
        w->grid[w->length++] = -HUGE_VAL;
        while (i < data->n && fp_row_stratum(data, row[i]) == s) {
            ptrdiff_t from = i;
            bool death = false;
            for (; i < data->n && key[i] == key[from] && fp_row_stratum(data, row[i]) == s; i++)
                death = death || data->event[row[i]];
            if (death)
                w->grid[w->length++] = fp_sort_value(key[from]);
            for (ptrdiff_t k = from; k < i; k++)
                w->hi[row[k]] = w->length - 1;
        }
    }
    w->first[w->strata] = w->length;
}

/* ---- where rows stand */

static int32_t element_of(const builder *w, int32_t s, double t)
{
    if (!w->place)
        return fp_risk_find(w->grid, w->first[s], w->first[s + 1], t);
    if (!(t >= w->least))
        return w->first[s];
    return w->place[s * w->days + (t < w->most ? (ptrdiff_t)(t - w->least) : w->days - 1)];
}

static void stand_rows(void *context, long chunk)
{
    const builder *w = context;
    const fp_survdata *data = w->data;
    for (ptrdiff_t i = chunk * (ptrdiff_t)ROWS_AT_ONCE; i < chunk_end(data->n, chunk); i++) {
        int32_t s = fp_row_stratum(data, i);
        if (w->place)
            w->hi[i] = element_of(w, s, data->stop[i]);
        w->lo[i] = data->start ? element_of(w, s, data->start[i]) : w->first[s];
    }
}

static fp_status find_rows(builder *w, fp_arena *arena, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    if (can_count(w)) {
        FP_TRY(count_days(w, arena, err));
    } else {
        FP_TRY(sort_rows(w, arena, err));
        walk_rows(w);
    }
    fp_parallel(w->threads, chunks_of(w->data->n), stand_rows, w);
    fp_arena_rewind(arena, mark);
    return FP_OK;
}

static fp_status count_deaths(const builder *w, fp_arena *arena, double **deaths, double **wbar,
                              fp_err *err)
{
    const fp_survdata *data = w->data;
    double *d, *sum;
    FP_ARRAY(d, arena, w->length, err);
    FP_ARRAY(sum, arena, w->length, err);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i]) {
            d[w->hi[i]] += 1;
            if (data->weight)
                sum[w->hi[i]] += data->weight[i];
        }
    for (int32_t g = 0; g < w->length; g++)
        if (d[g] > 0)
            sum[g] = data->weight ? sum[g] / d[g] : 1;
    *deaths = d;
    *wbar = sum;
    return FP_OK;
}

fp_status fp_risk_create_on(const fp_survdata *data, int threads, fp_arena *arena, fp_risk *risk,
                            fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    builder w = {.data = data, .threads = threads, .strata = fp_strata_of(data)};
    double *deaths, *wbar;
    look_at_events(&w);
    FP_ARRAY(w.first, arena, w.strata + 1, err);
    FP_ARRAY(w.grid, arena, w.events + w.strata, err);
    FP_ARRAY(w.lo, arena, data->n, err);
    FP_ARRAY(w.hi, arena, data->n, err);
    FP_TRY(find_rows(&w, arena, err));
    FP_TRY(count_deaths(&w, arena, &deaths, &wbar, err));
    *risk =
        (fp_risk){data->n, w.length, w.events, w.strata, w.first, w.lo, w.hi, w.grid, deaths, wbar};
    return FP_OK;
}

fp_status fp_risk_create(const fp_survdata *data, fp_arena *arena, fp_risk *risk, fp_err *err)
{
    return fp_risk_create_on(data, 1, arena, risk, err);
}

void fp_risk_suffix(const fp_risk *risk, double *values)
{
    for (int32_t s = 0; s < risk->strata; s++)
        for (int32_t g = risk->first[s + 1] - 2; g >= risk->first[s]; g--)
            values[g] += values[g + 1];
}

void fp_risk_prefix(const fp_risk *risk, double *values)
{
    for (int32_t s = 0; s < risk->strata; s++)
        for (int32_t g = risk->first[s] + 1; g < risk->first[s + 1]; g++)
            values[g] += values[g - 1];
}
