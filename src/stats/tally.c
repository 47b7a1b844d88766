#include "stats/tally.h"

#include <float.h>
#include <math.h>

#include "base/parallel.h"
#include "stats/risk_priv.h"
#include "stats/sort.h"

/* What a row adds at a time. */
enum { CENSORED, EVENT, ENTRY, KINDS };

/* Writable tallies while they are made; in the arena of the answer but for `entry`. */
typedef struct {
    fp_tally tally;
    double *time, *at_risk, *event, *censored;
    double *entry; /* scratch; NULL = nobody enters late */
} making;

typedef struct {
    const fp_survdata *data;
    const int32_t *slice;
    int32_t slices;
    int threads;
    fp_arena *arena, *scratch;
    making *making; /* slices */
} counting;

static int32_t slice_of(const counting *c, ptrdiff_t i)
{
    return c->slice ? c->slice[i] : 0;
}

/* ---- what both ways share ---- */

static fp_status make_room(counting *c, making *m, fp_err *err)
{
    ptrdiff_t length = m->tally.length;
    FP_ARRAY(m->time, c->arena, length, err);
    FP_ARRAY(m->at_risk, c->arena, length, err);
    FP_ARRAY(m->event, c->arena, length, err);
    FP_ARRAY(m->censored, c->arena, length, err);
    if (c->data->start)
        FP_ARRAY(m->entry, c->scratch, length, err);
    return FP_OK;
}

/* Numbers at risk from the last time back. With late entry and weights the sums go up and down, and
 * what is left of rounding must not look like people at risk. */
static void finish(const counting *c, making *m)
{
    double risk = 0, most = 0;
    bool round = c->data->weight && m->entry;
    for (ptrdiff_t k = m->tally.length - 1; k >= 0; k--) {
        double stop = m->event[k] + m->censored[k];
        risk += m->entry ? stop - m->entry[k] : stop;
        most = fmax(most, risk);
        if (round && fabs(risk - m->event[k]) <= 64 * DBL_EPSILON * most)
            risk = m->event[k];
        m->at_risk[k] = risk;
        m->tally.stops += stop > 0;
        m->tally.weight += stop;
    }
    m->tally.time = m->time;
    m->tally.at_risk = m->at_risk;
    m->tally.event = m->event;
    m->tally.censored = m->censored;
}

/* ---- whole times: a table of slices, kinds and days ---- */

/* Tables of more cells than this and than twice the rows are not made. */
#define CELLS_MOST ((ptrdiff_t)1 << 16)
/* All pieces together at most this many bytes, unless it is one piece. */
#define TABLES_MOST ((ptrdiff_t)1 << 26)

typedef struct {
    counting *c;
    int32_t least;
    ptrdiff_t days, kinds, cells;
    long pieces;
    uint32_t *count; /* pieces x cells: rows */
    double *weight;  /* pieces x cells; NULL without weights */
    ptrdiff_t *bad;  /* pieces: first row with a slice out of range, or -1 */
} day_table;

/* Cell of the first day of a slice and kind. */
static ptrdiff_t column_of(const day_table *t, int32_t slice, int kind)
{
    return ((ptrdiff_t)slice * t->kinds + kind) * t->days;
}

static void count_plain(const day_table *t, fp_piece rows, uint32_t *count)
{
    const fp_survdata *data = t->c->data;
    const int32_t *slice = t->c->slice;
    ptrdiff_t width = t->kinds * t->days, days = t->days;
    if (!slice)
        for (ptrdiff_t i = rows.first; i < rows.last; i++)
            count[(data->event[i] ? days : 0) + (int32_t)data->stop[i] - t->least]++;
    else
        for (ptrdiff_t i = rows.first; i < rows.last; i++)
            count[slice[i] * width + (data->event[i] ? days : 0) + (int32_t)data->stop[i] -
                  t->least]++;
}

static void count_weights(const day_table *t, fp_piece rows, uint32_t *count, double *weight)
{
    const fp_survdata *data = t->c->data;
    for (ptrdiff_t i = rows.first; i < rows.last; i++) {
        ptrdiff_t cell = column_of(t, slice_of(t->c, i), data->event[i] ? EVENT : CENSORED) +
                         ((int32_t)data->stop[i] - t->least);
        count[cell]++;
        weight[cell] += data->weight[i];
    }
}

static void count_entries(const day_table *t, fp_piece rows, uint32_t *count, double *weight)
{
    const fp_survdata *data = t->c->data;
    for (ptrdiff_t i = rows.first; i < rows.last; i++) {
        ptrdiff_t cell =
            column_of(t, slice_of(t->c, i), ENTRY) + ((int32_t)data->start[i] - t->least);
        count[cell]++;
        if (weight)
            weight[cell] += data->weight[i];
    }
}

static void count_piece(void *context, long i)
{
    day_table *t = context;
    const counting *c = t->c;
    fp_piece rows = fp_piece_of(c->data->n, t->pieces, i);
    uint32_t *count = t->count + i * t->cells;
    double *weight = t->weight ? t->weight + i * t->cells : NULL;
    t->bad[i] = -1;
    uint32_t range = 0, slices = (uint32_t)c->slices;
    for (ptrdiff_t k = rows.first; c->slice && k < rows.last; k++)
        range |= (uint32_t)c->slice[k] >= slices;
    if (range) {
        t->bad[i] = 0;
        return;
    }
    if (weight)
        count_weights(t, rows, count, weight);
    else
        count_plain(t, rows, count);
    if (c->data->start)
        count_entries(t, rows, count, weight);
}

/* Sums over the pieces, in their order, land in the first piece. */
static void merge_pieces(day_table *t)
{
    for (long i = 1; i < t->pieces; i++)
        for (ptrdiff_t k = 0; k < t->cells; k++) {
            t->count[k] += t->count[i * t->cells + k];
            if (t->weight)
                t->weight[k] += t->weight[i * t->cells + k];
        }
}

static double cell_weight(const day_table *t, ptrdiff_t cell)
{
    return t->weight ? t->weight[cell] : (double)t->count[cell];
}

static fp_status slice_of_table(day_table *t, int32_t s, fp_err *err)
{
    counting *c = t->c;
    making *m = &c->making[s];
    const uint32_t *censored = t->count + column_of(t, s, CENSORED);
    const uint32_t *event = t->count + column_of(t, s, EVENT);
    const uint32_t *entry = c->data->start ? t->count + column_of(t, s, ENTRY) : NULL;
    for (ptrdiff_t day = 0; day < t->days; day++) {
        m->tally.length += (censored[day] | event[day] | (entry ? entry[day] : 0)) != 0;
        m->tally.rows += (ptrdiff_t)censored[day] + event[day];
        m->tally.events += event[day];
    }
    FP_TRY(make_room(c, m, err));
    for (ptrdiff_t day = 0, k = 0; day < t->days; day++) {
        if (!(censored[day] | event[day] | (entry ? entry[day] : 0)))
            continue;
        m->time[k] = (double)(t->least + day);
        m->censored[k] = cell_weight(t, column_of(t, s, CENSORED) + day);
        m->event[k] = cell_weight(t, column_of(t, s, EVENT) + day);
        if (entry)
            m->entry[k] = cell_weight(t, column_of(t, s, ENTRY) + day);
        k++;
    }
    finish(c, m);
    return FP_OK;
}

static fp_status fail_slice(fp_err *err)
{
    return fp_fail(err, FP_ARG, "a row is in a group that does not exist");
}

/* *made false where the times are not whole or too far apart. */
static fp_status by_days(counting *c, bool *made, fp_err *err)
{
    const fp_survdata *data = c->data;
    fp_surv_span span = fp_surv_span_of(data->n, data->stop, c->threads), from = span;
    if (span.whole && data->start)
        from = fp_surv_span_of(data->n, data->start, c->threads);
    *made = false;
    if (!span.whole || !from.whole)
        return FP_OK;
    day_table t = {.c = c, .least = from.least < span.least ? from.least : span.least};
    t.days = (ptrdiff_t)span.most - t.least + 1;
    t.kinds = data->start ? KINDS : ENTRY;
    t.cells = c->slices * t.kinds * t.days;
    if (t.cells > CELLS_MOST && t.cells > 2 * data->n)
        return FP_OK;
    t.pieces = fp_pieces(data->n);
    while (t.pieces > 1 && t.pieces * t.cells * (data->weight ? 12 : 4) > TABLES_MOST)
        t.pieces /= 2;
    FP_ARRAY(t.bad, c->scratch, t.pieces, err);
    FP_ARRAY(t.count, c->scratch, t.pieces * t.cells, err);
    if (data->weight)
        FP_ARRAY(t.weight, c->scratch, t.pieces * t.cells, err);
    fp_parallel(c->threads, t.pieces, count_piece, &t);
    for (long i = 0; i < t.pieces; i++)
        if (t.bad[i] >= 0)
            return fail_slice(err);
    merge_pieces(&t);
    for (int32_t s = 0; s < c->slices; s++)
        FP_TRY(slice_of_table(&t, s, err));
    *made = true;
    return FP_OK;
}

/* ---- other times: sorted ---- */

/* What moves along with a time: with weights the row, else the slice, as only counts are needed;
 * times KINDS + 1, plus the kind. */
typedef struct {
    uint64_t *key;
    uint32_t *item;
    ptrdiff_t n;
    ptrdiff_t *at;  /* slices: element now filled */
    uint64_t *last; /* slices: key of that element */
} sorted;

enum { KIND_BITS = 2 };

static fp_status sort_times(counting *c, sorted *s, fp_err *err)
{
    const fp_survdata *data = c->data;
    ptrdiff_t n = data->n;
    s->n = data->start ? 2 * n : n;
    FP_ARRAY(s->key, c->scratch, s->n, err);
    FP_ARRAY(s->item, c->scratch, s->n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        uint32_t own = data->weight ? (uint32_t)i : (uint32_t)slice_of(c, i);
        s->key[i] = fp_sort_key(data->stop[i]);
        s->item[i] = own << KIND_BITS | (data->event[i] ? EVENT : CENSORED);
        if (!data->start)
            continue;
        s->key[n + i] = fp_sort_key(data->start[i]);
        s->item[n + i] = own << KIND_BITS | ENTRY;
    }
    return fp_sort_keys(s->key, s->item, s->n, c->threads, c->scratch, err);
}

static int32_t item_slice(const counting *c, uint32_t item)
{
    return c->data->weight ? slice_of(c, item >> KIND_BITS) : (int32_t)(item >> KIND_BITS);
}

/* How many distinct times each slice has. */
static void measure(counting *c, sorted *s)
{
    for (ptrdiff_t i = 0; i < s->n; i++) {
        int32_t slice = item_slice(c, s->item[i]);
        fp_tally *t = &c->making[slice].tally;
        unsigned kind = s->item[i] & ((1u << KIND_BITS) - 1);
        if (t->length == 0 || s->key[i] > s->last[slice]) {
            t->length++;
            s->last[slice] = s->key[i];
        }
        t->rows += kind != ENTRY;
        t->events += kind == EVENT;
    }
}

static void fill(counting *c, sorted *s)
{
    for (int32_t k = 0; k < c->slices; k++)
        s->at[k] = -1;
    for (ptrdiff_t i = 0; i < s->n; i++) {
        int32_t slice = item_slice(c, s->item[i]);
        making *m = &c->making[slice];
        if (s->at[slice] < 0 || s->key[i] > s->last[slice]) {
            m->time[++s->at[slice]] = fp_sort_value(s->key[i]);
            s->last[slice] = s->key[i];
        }
        ptrdiff_t k = s->at[slice];
        double weight = c->data->weight ? c->data->weight[s->item[i] >> KIND_BITS] : 1;
        switch (s->item[i] & ((1u << KIND_BITS) - 1)) {
        case EVENT:
            m->event[k] += weight;
            break;
        case CENSORED:
            m->censored[k] += weight;
            break;
        default:
            m->entry[k] += weight;
        }
    }
}

static fp_status by_sorting(counting *c, fp_err *err)
{
    sorted s = {0};
    for (ptrdiff_t i = 0; c->slice && i < c->data->n; i++)
        if (c->slice[i] < 0 || c->slice[i] >= c->slices)
            return fail_slice(err);
    FP_ARRAY(s.at, c->scratch, c->slices, err);
    FP_ARRAY(s.last, c->scratch, c->slices, err);
    FP_TRY(sort_times(c, &s, err));
    measure(c, &s);
    for (int32_t k = 0; k < c->slices; k++)
        FP_TRY(make_room(c, &c->making[k], err));
    fill(c, &s);
    for (int32_t k = 0; k < c->slices; k++)
        finish(c, &c->making[k]);
    return FP_OK;
}

static fp_status count_all(counting *c, fp_tally *tally, fp_err *err)
{
    bool made;
    FP_ARRAY(c->making, c->scratch, c->slices, err);
    FP_TRY(by_days(c, &made, err));
    if (!made)
        FP_TRY(by_sorting(c, err));
    for (int32_t s = 0; s < c->slices; s++)
        tally[s] = c->making[s].tally;
    return FP_OK;
}

fp_status fp_tally_create(const fp_survdata *data, const int32_t *slice, int32_t slices,
                          int threads, fp_arena *arena, const fp_tally **tally, fp_err *err)
{
    if (slices < 1 || slices > INT32_MAX >> KIND_BITS)
        return fp_fail(err, FP_ARG, "%d groups of survival times", (int)slices);
    FP_TRY(fp_survdata_check(data, err));
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_tally *made;
    FP_ARRAY(made, arena, slices, err);
    counting c = {data, slice, slices, threads, arena, scratch, NULL};
    fp_status status = count_all(&c, made, err);
    if (status != FP_OK) {
        fp_arena_rewind(arena, mark);
        return status;
    }
    *tally = made;
    return FP_OK;
}
