#include "stats/survdata.h"

#include <float.h>
#include <math.h>

#include "base/parallel.h"
#include "stats/sort.h"

/* ---- whole times ---- */

enum { MOST_PIECES = 64 };

typedef struct {
    ptrdiff_t n;
    long pieces;
    const double *values;
    fp_surv_span piece[MOST_PIECES];
} span_work;

static void span_piece(void *context, long i)
{
    span_work *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    int32_t least = INT32_MAX, most = INT32_MIN;
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        double value = w->values[k];
        if (!(fabs(value) <= FP_SURV_WHOLE_MOST))
            return;
        int32_t day = (int32_t)value;
        if ((double)day < value || (double)day > value)
            return;
        least = day < least ? day : least;
        most = day > most ? day : most;
    }
    w->piece[i] = (fp_surv_span){true, least, most};
}

fp_surv_span fp_surv_span_of(ptrdiff_t n, const double *values, int threads)
{
    span_work w = {.n = n, .pieces = fp_pieces(n), .values = values};
    fp_surv_span all = {true, INT32_MAX, INT32_MIN};
    fp_parallel(threads, w.pieces, span_piece, &w);
    for (long i = 0; i < w.pieces; i++) {
        all.whole = all.whole && w.piece[i].whole;
        all.least = w.piece[i].least < all.least ? w.piece[i].least : all.least;
        all.most = w.piece[i].most > all.most ? w.piece[i].most : all.most;
    }
    return all;
}

/* ---- times that differ by rounding ---- */

/* The distinct values of sorted keys; returns how many. */
static ptrdiff_t distinct(const uint64_t *key, ptrdiff_t n, double *values)
{
    ptrdiff_t m = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (i == 0 || key[i] > key[i - 1])
            values[m++] = fp_sort_value(key[i]);
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

typedef struct {
    ptrdiff_t n, heads;
    long pieces;
    double *values;
    const double *head;
} round_work;

static void round_piece(void *context, long i)
{
    const round_work *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        ptrdiff_t first = 0, last = w->heads;
        while (last - first > 1) {
            ptrdiff_t middle = first + (last - first) / 2;
            if (w->head[middle] <= w->values[k])
                first = middle;
            else
                last = middle;
        }
        w->values[k] = w->head[first];
    }
}

static void round_down(double *values, ptrdiff_t n, const double *heads, ptrdiff_t m)
{
    round_work w = {n, m, fp_pieces(n), values, heads};
    fp_parallel(0, w.pieces, round_piece, &w);
}

static fp_status timefix(ptrdiff_t n, double *start, double *stop, fp_arena *scratch, fp_err *err)
{
    if (fp_surv_span_of(n, stop, 0).whole && (!start || fp_surv_span_of(n, start, 0).whole))
        return FP_OK;
    ptrdiff_t total = start ? 2 * n : n;
    uint64_t *key;
    FP_ARRAY(key, scratch, total, err);
    for (ptrdiff_t i = 0; i < n; i++)
        key[i] = fp_sort_key(stop[i]);
    for (ptrdiff_t i = 0; start && i < n; i++)
        key[n + i] = fp_sort_key(start[i]);
    FP_TRY(fp_sort_keys(key, NULL, total, 0, scratch, err));
    double *values;
    FP_ARRAY(values, scratch, total, err);
    ptrdiff_t m = distinct(key, total, values);
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
