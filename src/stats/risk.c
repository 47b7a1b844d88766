#include "stats/risk_priv.h"

#include <math.h>
#include <stdlib.h>

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

/* Event times bucketed by stratum; begin[s]..begin[s + 1] - 1 are those of stratum s, sorted. */
static void sort_event_times(const fp_survdata *data, int32_t strata, int32_t *begin, double *time)
{
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i])
            begin[fp_row_stratum(data, i) + 1]++;
    for (int32_t s = 0; s < strata; s++)
        begin[s + 1] += begin[s];
    /* fill from the front of each bucket; the fronts move up to the next bucket and are put back */
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i])
            time[begin[fp_row_stratum(data, i)]++] = data->stop[i];
    for (int32_t s = strata; s > 0; s--)
        begin[s] = begin[s - 1];
    begin[0] = 0;
    for (int32_t s = 0; s < strata; s++)
        qsort(time + begin[s], (size_t)(begin[s + 1] - begin[s]), sizeof *time, fp_by_value);
}

/* Distinct times with an empty slot before each stratum. Returns the length of the grid. */
static int32_t make_grid(int32_t strata, const int32_t *begin, const double *time, int32_t *first,
                         double *grid)
{
    int32_t length = 0;
    for (int32_t s = 0; s < strata; s++) {
        first[s] = length;
        grid[length++] = -HUGE_VAL;
        for (int32_t k = begin[s]; k < begin[s + 1]; k++)
            if (time[k] > grid[length - 1])
                grid[length++] = time[k];
    }
    first[strata] = length;
    return length;
}

/* Last element of first..last - 1 whose time is at most t. */
static int32_t last_at_most(const double *grid, int32_t first, int32_t last, double t)
{
    while (last - first > 1) {
        int32_t middle = first + (last - first) / 2;
        if (grid[middle] <= t)
            first = middle;
        else
            last = middle;
    }
    return first;
}

fp_status fp_risk_create(const fp_survdata *data, fp_arena *arena, fp_risk *risk, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    int32_t strata = fp_strata_of(data);
    ptrdiff_t events = 0;
    for (ptrdiff_t i = 0; i < data->n; i++)
        events += data->event[i] != 0;
    int32_t *begin, *first, *lo, *hi;
    double *time, *grid, *deaths, *wbar;
    FP_ARRAY(begin, arena, strata + 1, err);
    FP_ARRAY(time, arena, events, err);
    FP_ARRAY(first, arena, strata + 1, err);
    FP_ARRAY(grid, arena, events + strata, err);
    FP_ARRAY(lo, arena, data->n, err);
    FP_ARRAY(hi, arena, data->n, err);
    sort_event_times(data, strata, begin, time);
    int32_t length = make_grid(strata, begin, time, first, grid);
    FP_ARRAY(deaths, arena, length, err);
    FP_ARRAY(wbar, arena, length, err);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        int32_t s = fp_row_stratum(data, i);
        hi[i] = last_at_most(grid, first[s], first[s + 1], data->stop[i]);
        lo[i] = data->start ? last_at_most(grid, first[s], first[s + 1], data->start[i]) : first[s];
        if (data->event[i]) {
            deaths[hi[i]] += 1;
            wbar[hi[i]] += fp_row_weight(data, i);
        }
    }
    for (int32_t g = 0; g < length; g++)
        if (deaths[g] > 0)
            wbar[g] /= deaths[g];
    *risk = (fp_risk){data->n, length, events, strata, first, lo, hi, grid, deaths, wbar};
    return FP_OK;
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
