#include <string.h>

#include "base/parallel.h"
#include "stats/tally.h"

/* Counts are whole numbers, whose sums do not depend on the order: few pieces, each with a table of
 * its own. */
enum { PIECES = 8, CODES = 3 };

typedef struct {
    const fp_day_columns *columns;
    long pieces;
    ptrdiff_t cells; /* of one table: groups x codes x days */
    uint32_t *count; /* pieces x cells */
    bool strange[PIECES];
} day_count;

/* A day in 0..days-1, or -1. */
static int32_t whole_day(double time, double days)
{
    if (!(time >= 0 && time < days))
        return -1;
    int32_t day = (int32_t)time;
    return (double)day < time ? -1 : day;
}

/* The table of a row's group, or -1. */
static int32_t group_of(const fp_day_columns *c, ptrdiff_t i)
{
    if (c->code)
        return c->code[i];
    if (!c->number)
        return 0;
    double number = c->number[i] - c->least;
    int32_t place = whole_day(number, c->places);
    return place < 0 ? -1 : c->place[place];
}

static void count_piece(void *context, long piece)
{
    day_count *w = context;
    const fp_day_columns *c = w->columns;
    fp_piece rows = fp_piece_of(c->n, w->pieces, piece);
    uint32_t *count = w->count + piece * w->cells;
    double days = c->days;
    for (ptrdiff_t i = rows.first; i < rows.last; i++) {
        int32_t day = whole_day(c->stop[i], days), code = whole_day(c->event[i], CODES);
        int32_t group = group_of(c, i);
        if ((day | code | group) < 0) {
            w->strange[piece] = true;
            return;
        }
        count[(group * CODES + code) * c->days + day]++;
    }
}

/* Sums over the pieces land in the first; whether the codes that occur are two that go together. */
static bool merge(day_count *w, bool *one_two)
{
    const fp_day_columns *c = w->columns;
    uint64_t seen[CODES] = {0};
    for (long i = 1; i < w->pieces; i++)
        for (ptrdiff_t k = 0; k < w->cells; k++)
            w->count[k] += w->count[i * w->cells + k];
    for (ptrdiff_t k = 0; k < w->cells; k++)
        seen[k / c->days % CODES] += w->count[k];
    *one_two = seen[2] > 0;
    return !(seen[0] > 0 && seen[2] > 0);
}

static fp_status make_tally(const day_count *w, int32_t g, bool one_two, fp_arena *arena,
                            fp_tally *out, fp_err *err)
{
    const fp_day_columns *c = w->columns;
    const uint32_t *censored = w->count + (g * CODES + one_two) * (ptrdiff_t)c->days;
    const uint32_t *event = censored + c->days;
    double *time, *at_risk, *ends, *stays;
    ptrdiff_t k = 0, risk = 0;
    *out = (fp_tally){0};
    for (int32_t day = 0; day < c->days; day++)
        out->length += (event[day] | censored[day]) != 0;
    FP_ARRAY(time, arena, out->length, err);
    FP_ARRAY(at_risk, arena, out->length, err);
    FP_ARRAY(ends, arena, out->length, err);
    FP_ARRAY(stays, arena, out->length, err);
    for (int32_t day = 0; day < c->days; day++) {
        if (!(event[day] | censored[day]))
            continue;
        time[k] = day;
        ends[k] = event[day];
        stays[k++] = censored[day];
        out->events += event[day];
        out->rows += (ptrdiff_t)event[day] + censored[day];
    }
    for (k = out->length - 1; k >= 0; k--) {
        risk += (ptrdiff_t)(ends[k] + stays[k]);
        at_risk[k] = (double)risk;
    }
    out->stops = out->length;
    out->weight = (double)out->rows;
    out->time = time;
    out->at_risk = at_risk;
    out->event = ends;
    out->censored = stays;
    return FP_OK;
}

fp_status fp_tally_days(const fp_day_columns *columns, int threads, fp_arena *arena,
                        const fp_tally **tally, bool *one_two, bool *fits, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    day_count w = {.columns = columns, .pieces = fp_pieces(columns->n) > 1 ? PIECES : 1};
    w.cells = (ptrdiff_t)columns->groups * CODES * columns->days;
    FP_ARRAY(w.count, scratch, w.pieces * w.cells, err);
    fp_parallel(threads, w.pieces, count_piece, &w);
    *fits = false;
    for (long i = 0; i < w.pieces; i++)
        if (w.strange[i])
            return FP_OK;
    if (!merge(&w, one_two))
        return FP_OK;
    fp_tally *made;
    FP_ARRAY(made, arena, columns->groups, err);
    for (int32_t g = 0; g < columns->groups; g++)
        FP_TRY(make_tally(&w, g, *one_two, arena, &made[g], err));
    *tally = made;
    *fits = true;
    return FP_OK;
}
