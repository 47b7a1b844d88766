#include "table/layout_priv.h"

#include <stdatomic.h>
#include <string.h>

#include "base/parallel.h"

typedef struct {
    fp_table *table;
    const fp_kernel *kernel;
    size_t data;
    fp_census *census; /* a span */
    ptrdiff_t spans;
    ptrdiff_t lanes;
    char **buffer; /* a lane */
    size_t size;   /* of a span */
    atomic_long next;
    fp_err *failed; /* a lane; status FP_OK where all went well */
    /* Putting together. */
    size_t record;   /* where the last known record begins */
    ptrdiff_t owner; /* the span that owns it */
    bool inside;     /* whether the span at hand begins inside quotes */
    bool lost;       /* it begins behind a quote that neither opens nor closes anything */
} layout;

static size_t span_from(const layout *w, ptrdiff_t k)
{
    size_t n = w->table->body.n - w->data;
    size_t from = (size_t)k * w->size;
    return w->data + (from < n ? from : n);
}

static fp_status count_span(const layout *w, char *buffer, ptrdiff_t k, fp_err *err)
{
    fp_str body = w->table->body;
    size_t from = span_from(w, k), to = span_from(w, k + 1);
    /* one byte more on each side; a header stands before the first span */
    size_t more = to < body.n;
    const char *p = body.p + from;
    if (w->table->view) {
        FP_TRY(fp_view_read(w->table->view, w->table->skipped + from - 1, to - from + 1 + more,
                            buffer, err));
        p = buffer + 1;
    }
    w->kernel->census(p, to - from, w->table->separator, p[-1], more ? p[to - from] : '\n',
                      &w->census[k]);
    return FP_OK;
}

static void count_lane(void *context, long lane)
{
    layout *w = context;
    for (long k; (k = atomic_fetch_add(&w->next, 1)) < w->spans;)
        if (count_span(w, w->buffer[lane], k, &w->failed[lane]) != FP_OK)
            return;
}

/* Whether byte `at` of the body stands between the quotes of a field: an odd number of quotes of it
 * precede. */
static bool inside_field(fp_str body, const fp_field *field, size_t at)
{
    if (!field->quoted)
        return false;
    const char *from = field->raw.p, *stop = body.p + at;
    if (stop < from || stop > from + field->raw.n)
        return false;
    bool odd = true;
    for (; from < stop; from++)
        odd ^= *from == '"';
    return odd;
}

/* Whether the quote before byte `at` of the body is no more than a character of its field. */
static bool idle_quote(fp_str body, const fp_field *field, size_t at)
{
    const char *quote = body.p + at - 1;
    bool within =
        field->quoted && quote >= field->raw.p - 1 && quote <= field->raw.p + field->raw.n;
    return *quote == '"' && !within;
}

/* Walk through a span whose quotes are not regular, from the last known record. False at an error.
 */
static bool walk_span(layout *w, size_t from, size_t to, fp_census_case *found)
{
    fp_str body = w->table->body;
    fp_scan scan = fp_scan_begin(body, w->table->separator);
    scan.at = w->record;
    w->inside = false;
    while (scan.at < to) {
        fp_field field;
        fp_scan_step step = fp_scan_field(&scan, &field);
        if (step != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return false;
        w->inside = scan.at > to && inside_field(body, &field, to);
        w->lost = scan.at >= to && idle_quote(body, &field, to);
        if (step == FP_SCAN_MORE || fp_scan_done(&scan))
            continue;
        size_t end = scan.at - 1;
        if (end < from || end >= to)
            continue;
        found->first = found->ends++ ? found->first : end - from;
        found->last = end - from;
    }
    return true;
}

/* The records whose line end before them lies in span k; their number is left in span.row. False
 * where no more can be told. */
static bool place_span(layout *w, ptrdiff_t k)
{
    const fp_census *census = &w->census[k];
    fp_span *span = &w->table->span[k], *owner = &w->table->span[w->owner];
    fp_census_case found = census->as[w->inside];
    span->quotes = census->quotes > 0 || w->inside;
    span->other = census->other;
    /* the record at hand may reach into this span */
    owner->quotes = owner->quotes || span->quotes;
    owner->other = owner->other || span->other;
    if (span->from == span[1].from)
        return true;
    if (found.regular && !w->lost)
        w->inside ^= census->quotes & 1;
    else {
        span->slow = owner->slow = true;
        found = (fp_census_case){0};
        if (!walk_span(w, span->from, span[1].from, &found))
            return false;
    }
    span->row += (ptrdiff_t)found.ends;
    if (!found.ends)
        return true;
    if (k > 0)
        span->first = span->from + found.first + 1;
    w->record = span->from + found.last + 1;
    w->owner = k;
    return true;
}

/* The end of the table stands behind span k. */
static void end_spans(fp_table *table, ptrdiff_t k)
{
    table->span_count = k + 1;
    table->span[k + 1] = (fp_span){.from = table->body.n, .first = table->body.n};
}

/* Sums over the spans before each, and the first record of those that own none. */
static void sum_spans(fp_table *table, const fp_census *census, ptrdiff_t newlines)
{
    ptrdiff_t row = 0, before = newlines;
    size_t starts = 0;
    for (ptrdiff_t k = 0; k <= table->span_count; k++) {
        fp_span *span = &table->span[k];
        ptrdiff_t own = span->row;
        span->row = row;
        span->starts = starts;
        span->newlines = newlines;
        row += own;
        starts += (size_t)(own + FP_TABLE_STRIDE - 1) / FP_TABLE_STRIDE;
        newlines += k < table->span_count ? (ptrdiff_t)census[k].newlines : 0;
    }
    table->rows = row;
    table->first_line = (long)before + 1;
    table->regular = newlines - before == row - 1;
    for (ptrdiff_t k = table->span_count; k-- > 0;)
        if (table->span[k].row == table->span[k + 1].row)
            table->span[k].first = table->span[k + 1].first;
}

static void put_together(layout *w)
{
    fp_table *table = w->table;
    for (ptrdiff_t k = 0; k < w->spans; k++)
        table->span[k].from = span_from(w, k);
    end_spans(table, w->spans - 1);
    table->span[0].first = w->record = w->data;
    table->span[0].row = 1;
    ptrdiff_t k = 0;
    while (k < w->spans && place_span(w, k))
        k++;
    if (k < w->spans || w->inside) {
        table->span[w->owner].doubt = table->cut = true;
        end_spans(table, w->owner);
    }
    ptrdiff_t newlines = 0;
    for (size_t i = 0; i < w->data; i++)
        newlines += table->body.p[i] == '\n';
    sum_spans(table, w->census, newlines);
}

fp_status fp_table_layout(fp_table *table, size_t data, size_t span_bytes, const fp_kernel *kernel,
                          fp_arena *arena, fp_err *err)
{
    size_t n = table->body.n - data, count = n / span_bytes + 1;
    layout w = {.table = table, .kernel = kernel, .data = data, .size = span_bytes};
    w.spans = (ptrdiff_t)count;
    w.lanes = fp_threads(table->threads);
    w.lanes = w.lanes < w.spans ? w.lanes : w.spans;
    FP_ARRAY(table->span, arena, count + 1, err);
    FP_ARENA_SCOPED(scratch, (count + 1024) * sizeof *w.census + 512 * (span_bytes + FP_MIB), err);
    FP_ARRAY(w.census, scratch, count, err);
    FP_ARRAY(w.buffer, scratch, w.lanes, err);
    FP_ARRAY(w.failed, scratch, w.lanes, err);
    for (ptrdiff_t i = 0; i < w.lanes && table->view; i++)
        FP_ARRAY(w.buffer[i], scratch, span_bytes + 2, err);
    fp_parallel((int)w.lanes, (long)w.lanes, count_lane, &w);
    for (ptrdiff_t i = 0; i < w.lanes; i++)
        if (w.failed[i].status != FP_OK) {
            if (err)
                *err = w.failed[i];
            return w.failed[i].status;
        }
    put_together(&w);
    return FP_OK;
}
