#include "stats/survdata.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "stats/risk_priv.h"

/* Keep the distinct values of a sorted array; returns how many. */
static ptrdiff_t distinct(double *values, ptrdiff_t n)
{
    ptrdiff_t m = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (m == 0 || values[i] > values[m - 1])
            values[m++] = values[i];
    return m;
}

/* Keep the first value of every chain of neighbours that differ by rounding; returns how many. */
static ptrdiff_t chain_heads(double *values, ptrdiff_t n)
{
    double tolerance = sqrt(DBL_EPSILON), scale = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        scale += fabs(values[i]) / (double)n;
    ptrdiff_t m = 0;
    double below = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        double gap = values[i] - below;
        below = values[i];
        if (i == 0 || (gap > tolerance && gap > tolerance * scale))
            values[m++] = values[i];
    }
    return m;
}

static void round_down(double *values, ptrdiff_t n, const double *heads, ptrdiff_t m)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t first = 0, last = m;
        while (last - first > 1) {
            ptrdiff_t middle = first + (last - first) / 2;
            if (heads[middle] <= values[i])
                first = middle;
            else
                last = middle;
        }
        values[i] = heads[first];
    }
}

static fp_status timefix(ptrdiff_t n, double *start, double *stop, fp_arena *scratch, fp_err *err)
{
    double *values;
    FP_ARRAY(values, scratch, start ? 2 * n : n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        values[i] = stop[i];
        if (start)
            values[n + i] = start[i];
    }
    ptrdiff_t total = start ? 2 * n : n;
    qsort(values, (size_t)total, sizeof *values, fp_by_value);
    ptrdiff_t m = distinct(values, total);
    ptrdiff_t heads = chain_heads(values, m);
    if (heads == m)
        return FP_OK;
    round_down(stop, n, values, heads);
    if (!start)
        return FP_OK;
    round_down(start, n, values, heads);
    for (ptrdiff_t i = 0; i < n; i++)
        if (!(start[i] < stop[i]))
            return fp_fail(err, FP_INPUT,
                           "row %td: the interval ending at %.15g is as short as rounding error",
                           i + 1, stop[i]);
    return FP_OK;
}

fp_status fp_surv_timefix(ptrdiff_t n, double *start, double *stop, fp_arena *scratch, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(scratch);
    fp_status status = timefix(n, start, stop, scratch, err);
    fp_arena_rewind(scratch, mark);
    return status;
}
