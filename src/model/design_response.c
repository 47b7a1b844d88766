#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "model/design_priv.h"

static fp_status argument_text(const fp_builder *b, const fp_node *node, fp_shown *out)
{
    const char *text;
    FP_TRY(fp_node_text(node, b->scratch, &text, b->err));
    *out = fp_shown_of(text);
    return FP_OK;
}

/* A copy of numbers in the arena of the design. */
static fp_status copy_numbers(const fp_builder *b, const double *number, double **out)
{
    FP_ARRAY(*out, b->arena, b->n, b->err);
    memcpy(*out, number, (size_t)b->n * sizeof **out);
    return FP_OK;
}

static fp_status check_times(const fp_builder *b, const fp_node *call, const double *start,
                             const double *stop)
{
    const fp_node *last = start ? call->left->next : call->left;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        if (stop[i] > FP_DESIGN_MOST)
            return fp_builder_fail_row(b, i, last, "a time of %g is too large to compute with",
                                       stop[i]);
        if (start && start[i] < -FP_DESIGN_MOST)
            return fp_builder_fail_row(b, i, call->left,
                                       "a time of %g is too large to compute with", start[i]);
        if (start ? stop[i] > start[i] : stop[i] >= 0)
            continue;
        char from[40], to[40];
        fp_shown text;
        FP_TRY(argument_text(b, last, &text));
        fp_num_shortest(stop[i], 15, to);
        if (!start) {
            (void)fp_builder_fail_row(b, i, last, "the time %s is %s, below 0", text.s, to);
            return fp_hint(b->err, FP_INPUT, "times count from 0 at the start");
        }
        fp_num_shortest(start[i], 15, from);
        (void)fp_builder_fail_row(b, i, last, "the interval from %s to %s is empty", from, to);
        return fp_hint(b->err, FP_INPUT, "%s must be later than the start", text.s);
    }
    return FP_OK;
}

/* R's Surv() looks at the whole column to see whether 1 and 2 stand for censored and event, also at
 * rows that are left out later. */
static bool has_two(const fp_builder *b, const fp_node *node, const double *code)
{
    const fp_node *inside = fp_node_inside(node);
    if (inside->kind == FP_NODE_NAME) {
        ptrdiff_t j = fp_table_find(b->table, inside->text);
        const fp_column *column = j >= 0 ? fp_table_column(b->table, j) : NULL;
        if (column && column->type == FP_COLUMN_NUMBER) {
            for (ptrdiff_t i = 0; i < fp_table_rows(b->table); i++)
                if (!column->missing[i] && column->number[i] == 2)
                    return true;
            return false;
        }
    }
    for (ptrdiff_t i = 0; i < b->n; i++)
        if (code[i] == 2)
            return true;
    return false;
}

static fp_status fail_event_text(const fp_builder *b, const fp_node *node, const fp_value *value)
{
    char list[200] = "";
    size_t used = 0;
    fp_shown text;
    FP_TRY(argument_text(b, node, &text));
    for (ptrdiff_t k = 0; k < value->levels && used < 100; k++) {
        int n = snprintf(list + used, sizeof list - used, "%s\"%s\"", k ? ", " : "",
                         fp_shown_of(value->level[k]).s);
        used = n < 0 || (size_t)n >= sizeof list - used ? sizeof list - 1 : used + (size_t)n;
    }
    (void)fp_formula_fail(b->err, node->at, "the event %s is text", text.s);
    if (value->levels < 1)
        return FP_INPUT;
    return fp_hint(b->err, FP_INPUT, "say which value is the event, as in  %s == \"%s\"", text.s,
                   fp_shown_of(value->level[value->levels - 1]).s);
}

static fp_status fail_event(const fp_builder *b, const fp_node *node, ptrdiff_t i, double found)
{
    char text[40];
    fp_shown event;
    FP_TRY(argument_text(b, node, &event));
    fp_num_shortest(found, 15, text);
    (void)fp_builder_fail_row(b, i, node, "\"%s\" is not an event: it is 0 or 1, FALSE or TRUE",
                              text);
    if (found >= 2)
        return fp_hint(b->err, FP_INPUT,
                       "say which value is the event, as in  %s == %s; cif and finegray take "
                       "competing events",
                       event.s, text);
    return fp_hint(b->err, FP_INPUT,
                   "for another coding say which value is the event, as in  %s "
                   "== %s",
                   event.s, text);
}

/* What the pieces of a pass over the events found. */
enum { EVENT_STRANGE = 1, EVENT_TWO = 2, EVENT_BELOW = 4 };

typedef struct {
    ptrdiff_t n;
    long pieces;
    const double *number;
    int32_t *event;
    uint8_t found[64];
} event_pass;

static void copy_events(void *context, long i)
{
    event_pass *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    uint8_t found = 0;
    for (ptrdiff_t k = rows.first; k < rows.last; k++) {
        double code = w->number[k];
        if (!(code >= 0 && code <= 2)) {
            w->found[i] = EVENT_STRANGE;
            return;
        }
        int32_t whole = (int32_t)code;
        w->event[k] = whole;
        found |=
            (uint8_t)(((double)whole < code ? EVENT_STRANGE : 0) | (whole == 2 ? EVENT_TWO : 0));
    }
    w->found[i] = found;
}

/* 1 and 2 to 0 and 1. */
static void lower_events(void *context, long i)
{
    event_pass *w = context;
    fp_piece rows = fp_piece_of(w->n, w->pieces, i);
    uint8_t found = 0;
    for (ptrdiff_t k = rows.first; k < rows.last; k++)
        found |= --w->event[k] < 0 ? EVENT_BELOW : 0;
    w->found[i] = found;
}

static int pass_events(const fp_builder *b, event_pass *w, fp_chunk_fn run)
{
    int found = 0;
    fp_parallel(b->options->threads, w->pieces, run, w);
    for (long i = 0; i < w->pieces; i++)
        found |= w->found[i];
    return found;
}

static bool has_zero(const fp_builder *b, const double *number)
{
    for (ptrdiff_t i = 0; i < b->n; i++)
        if (number[i] == 0)
            return true;
    return false;
}

/* The first row whose code is none. 0, 1 and 2 together are competing events: then 2 is the one. */
static fp_status find_strange_event(const fp_builder *b, const fp_node *node, const double *number,
                                    bool one_two)
{
    double shift = one_two && !has_zero(b, number) ? 1 : 0;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        double code = number[i] - shift;
        if (code < 0 || code > 1 || floor(code) < code)
            return fail_event(b, node, i, number[i]);
    }
    return FP_OK;
}

static fp_status read_events(const fp_builder *b, const fp_node *node, fp_design *design)
{
    fp_value value;
    int32_t *event;
    FP_TRY(fp_value_eval(b, node, &value));
    if (value.kind == FP_VALUE_FACTOR)
        return fail_event_text(b, node, &value);
    FP_ARRAY(event, b->arena, b->n, b->err);
    event_pass w = {b->n, fp_pieces(b->n), value.number, event, {0}};
    int found = pass_events(b, &w, copy_events);
    bool one_two = value.kind == FP_VALUE_NUMBER &&
                   (found & EVENT_TWO || (b->row && has_two(b, node, value.number)));
    if (found & EVENT_STRANGE)
        FP_TRY(find_strange_event(b, node, value.number,
                                  value.kind == FP_VALUE_NUMBER && has_two(b, node, value.number)));
    if (one_two)
        found = pass_events(b, &w, lower_events);
    if (one_two ? found & EVENT_BELOW : found & EVENT_TWO)
        FP_TRY(find_strange_event(b, node, value.number, one_two));
    design->event = event;
    design->event_one_two = one_two;
    return FP_OK;
}

/* Whether the times can be taken as they lie: whole, so that none differ by rounding, and in order.
 * Otherwise the checks below look at every row. */
static bool plain_times(const fp_builder *b, const double *start, const double *stop)
{
    fp_surv_span span = fp_surv_span_of(b->n, stop, b->options->threads);
    if (!span.whole || (!start && span.least < 0))
        return false;
    return !start || fp_surv_span_of(b->n, start, b->options->threads).whole;
}

/* The numbers of an expression where they will stay: in the table, or in the arena of the design.
 */
static fp_status lasting_numbers(const fp_builder *b, const fp_node *node, const double **out)
{
    fp_builder keeping = *b;
    keeping.scratch = b->arena;
    return fp_value_numbers(&keeping, node, out);
}

/* The shortest interval, where one has no length but for rounding. */
static fp_status fail_rounding(const fp_builder *b, const fp_node *call, const double *start,
                               const double *stop)
{
    ptrdiff_t shortest = 0;
    char from[40], to[40];
    for (ptrdiff_t i = 1; i < b->n; i++)
        if (stop[i] - start[i] < stop[shortest] - start[shortest])
            shortest = i;
    fp_num_shortest(start[shortest], 17, from);
    fp_num_shortest(stop[shortest], 17, to);
    (void)fp_builder_fail_row(b, shortest, call->left->next,
                              "the interval from %s to %s is as short as rounding error", from, to);
    return fp_hint(b->err, FP_INPUT, "leave such rows out, or round the times");
}

static fp_status read_codes(const fp_builder *b, const fp_node *node, fp_design *design)
{
    if (b->options->competing)
        return fp_design_causes(b, node, design);
    if (b->options->event)
        return fp_design_one_cause(b, node, design);
    return read_events(b, node, design);
}

static fp_status read_times(const fp_builder *b, const fp_node *call, fp_design *design)
{
    double *start = NULL, *stop;
    const fp_node *second = call->left->next;
    bool late = call->count == 3;
    if (late)
        FP_TRY(lasting_numbers(b, call->left, &design->start));
    FP_TRY(lasting_numbers(b, late ? second : call->left, &design->stop));
    FP_TRY(read_codes(b, late ? second->next : second, design));
    if (plain_times(b, design->start, design->stop))
        return late ? check_times(b, call, design->start, design->stop) : FP_OK;
    FP_TRY(check_times(b, call, design->start, design->stop));
    if (late)
        FP_TRY(copy_numbers(b, design->start, &start));
    FP_TRY(copy_numbers(b, design->stop, &stop));
    const double *old_start = design->start, *old_stop = design->stop;
    design->start = start;
    design->stop = stop;
    fp_status status = fp_surv_timefix(b->n, start, stop, b->scratch, b->err);
    if (status == FP_INPUT && late)
        return fail_rounding(b, call, old_start, old_stop);
    FP_TRY(status);
    return late ? check_times(b, call, start, stop) : FP_OK;
}

static fp_status read_survival(const fp_builder *b, const fp_node *call, fp_design *design)
{
    if (call->count != 2 && call->count != 3) {
        (void)fp_formula_fail(b->err, call->at, "Surv() takes 2 or 3 arguments, not %d",
                              call->count);
        return fp_hint(b->err, FP_INPUT, "Surv(time, event) or Surv(start, stop, event)");
    }
    FP_TRY(read_times(b, call, design));
    design->response = FP_RESPONSE_SURVIVAL;
    return FP_OK;
}

fp_status fp_design_response(const fp_builder *b, fp_design *design)
{
    const fp_node *left = b->formula->left;
    design->response = FP_RESPONSE_NONE;
    if (!left)
        return FP_OK;
    const char *label;
    FP_TRY(fp_node_text(left, b->arena, &label, b->err));
    design->response_label = label;
    if (fp_node_is_call(left, "Surv"))
        return read_survival(b, left, design);
    const double *y;
    FP_TRY(lasting_numbers(b, left, &y));
    design->response = FP_RESPONSE_NUMBER;
    design->stop = y;
    return FP_OK;
}
