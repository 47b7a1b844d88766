#include "stats/survdata.h"

#include <float.h>
#include <math.h>

#include "base/parallel.h"
#include "stats/risk_priv.h"
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

/* All times in order, each with its place: row, or n + row for a start. */
typedef struct {
    ptrdiff_t n, total;
    long pieces;
    const uint64_t *key;
    const uint32_t *item;
    double tolerance; /* neighbours at most so far apart are one time */
    double *start, *stop;
} rounding;

/* Whether a new time begins at element i. */
static bool breaks(const rounding *r, ptrdiff_t i)
{
    return i == 0 || fp_sort_value(r->key[i]) - fp_sort_value(r->key[i - 1]) > r->tolerance;
}

/* sqrt(DBL_EPSILON), or that times the mean size of the distinct times where it is more. */
static double tolerance_of(const rounding *r)
{
    double scale = 0, distinct = 0;
    for (ptrdiff_t i = 0; i < r->total; i++)
        distinct += i == 0 || r->key[i] > r->key[i - 1];
    for (ptrdiff_t i = 0; i < r->total; i++)
        if (i == 0 || r->key[i] > r->key[i - 1])
            scale += fabs(fp_sort_value(r->key[i])) / distinct;
    return sqrt(DBL_EPSILON) * fmax(scale, 1);
}

/* Every time that is not the first of its chain becomes that one. */
static void round_piece(void *context, long piece)
{
    const rounding *r = context;
    fp_piece part = fp_piece_of(r->total, r->pieces, piece);
    ptrdiff_t first = part.first;
    while (first < part.last && !breaks(r, first))
        first--;
    for (ptrdiff_t i = part.first; i < part.last; i++) {
        if (breaks(r, i))
            first = i;
        if (r->key[i] == r->key[first])
            continue;
        ptrdiff_t place = r->item[i];
        *(place < r->n ? &r->stop[place] : &r->start[place - r->n]) = fp_sort_value(r->key[first]);
    }
}

static fp_status sort_times(rounding *r, fp_arena *scratch, fp_err *err)
{
    uint64_t *key;
    uint32_t *item;
    FP_ARRAY(key, scratch, r->total, err);
    FP_ARRAY(item, scratch, r->total, err);
    for (ptrdiff_t i = 0; i < r->total; i++) {
        key[i] = fp_sort_key(i < r->n ? r->stop[i] : r->start[i - r->n]);
        item[i] = (uint32_t)i;
    }
    r->key = key;
    r->item = item;
    return fp_sort_keys(key, item, r->total, 0, scratch, err);
}

static fp_status timefix(ptrdiff_t n, double *start, double *stop, fp_arena *scratch, fp_err *err)
{
    if (fp_surv_span_of(n, stop, 0).whole && (!start || fp_surv_span_of(n, start, 0).whole))
        return FP_OK;
    rounding r = {.n = n, .total = start ? 2 * n : n, .start = start, .stop = stop};
    r.pieces = fp_pieces(r.total);
    FP_TRY(sort_times(&r, scratch, err));
    r.tolerance = tolerance_of(&r);
    fp_parallel(0, r.pieces, round_piece, &r);
    for (ptrdiff_t i = 0; start && i < n; i++)
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

fp_status fp_surv_stratum(const fp_survdata *data, int32_t s, fp_arena *arena, fp_survdata *out,
                          fp_err *err)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < data->n; i++)
        n += fp_row_stratum(data, i) == s;
    double *start = NULL, *stop, *weight = NULL;
    int32_t *event;
    FP_ARRAY(stop, arena, n, err);
    FP_ARRAY(event, arena, n, err);
    if (data->start)
        FP_ARRAY(start, arena, n, err);
    if (data->weight)
        FP_ARRAY(weight, arena, n, err);
    n = 0;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        if (fp_row_stratum(data, i) != s)
            continue;
        stop[n] = data->stop[i];
        event[n] = data->event[i];
        if (start)
            start[n] = data->start[i];
        if (weight)
            weight[n] = data->weight[i];
        n++;
    }
    *out = (fp_survdata){
        .n = n, .start = start, .stop = stop, .event = event, .strata = 1, .weight = weight};
    return FP_OK;
}
