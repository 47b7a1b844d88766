#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/design_priv.h"

static fp_status argument_text(const fp_builder *b, const fp_node *node, fp_shown *out)
{
    const char *text;
    FP_TRY(fp_node_text(node, b->scratch, &text, b->err));
    *out = fp_shown_of(text);
    return FP_OK;
}

/* A copy of the numbers of an expression in the arena of the design. */
static fp_status numbers(const fp_builder *b, const fp_node *node, double **out)
{
    const double *number;
    FP_TRY(fp_value_numbers(b, node, &number));
    FP_ARRAY(*out, b->arena, b->n, b->err);
    memcpy(*out, number, (size_t)b->n * sizeof **out);
    return FP_OK;
}

static fp_status check_times(const fp_builder *b, const fp_node *call, const double *start,
                             const double *stop)
{
    const fp_node *last = start ? call->left->next : call->left;
    for (ptrdiff_t i = 0; i < b->n; i++) {
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
    if (b->options->competing) {
        (void)fp_builder_fail_row(b, i, node, "\"%s\" is not the code of an event", text);
        return fp_hint(b->err, FP_INPUT, "0 is censored, the causes are 1, 2, ...");
    }
    (void)fp_builder_fail_row(b, i, node, "\"%s\" is not an event: it is 0 or 1, FALSE or TRUE",
                              text);
    return fp_hint(b->err, FP_INPUT,
                   "for another coding say which value is the event, as in  %s "
                   "== %s",
                   event.s, text);
}

static fp_status read_events(const fp_builder *b, const fp_node *node, fp_design *design)
{
    fp_value value;
    int32_t *event;
    FP_TRY(fp_value_eval(b, node, &value));
    if (value.kind == FP_VALUE_FACTOR)
        return fail_event_text(b, node, &value);
    FP_ARRAY(event, b->arena, b->n, b->err);
    bool keep = b->options->competing;
    bool one_two = !keep && value.kind == FP_VALUE_NUMBER && has_two(b, node, value.number);
    for (ptrdiff_t i = 0; i < b->n; i++) {
        double code = value.number[i] - (one_two ? 1 : 0);
        if (code < 0 || code > (keep ? 1e9 : 1) || floor(code) < code)
            return fail_event(b, node, i, value.number[i]);
        event[i] = (int32_t)code;
    }
    design->event = event;
    design->event_one_two = one_two;
    return FP_OK;
}

static fp_status read_survival(const fp_builder *b, const fp_node *call, fp_design *design)
{
    double *start = NULL, *stop;
    const fp_node *argument = call->left;
    if (call->count != 2 && call->count != 3) {
        (void)fp_formula_fail(b->err, call->at, "Surv() takes 2 or 3 arguments, not %d",
                              call->count);
        return fp_hint(b->err, FP_INPUT, "Surv(time, event) or Surv(start, stop, event)");
    }
    if (call->count == 3) {
        FP_TRY(numbers(b, argument, &start));
        argument = argument->next;
    }
    FP_TRY(numbers(b, argument, &stop));
    FP_TRY(read_events(b, argument->next, design));
    FP_TRY(check_times(b, call, start, stop));
    FP_TRY(fp_surv_timefix(b->n, start, stop, b->scratch, b->err));
    if (start)
        FP_TRY(check_times(b, call, start, stop));
    design->response = FP_RESPONSE_SURVIVAL;
    design->start = start;
    design->stop = stop;
    return FP_OK;
}

fp_status fp_design_response(const fp_builder *b, fp_design *design)
{
    const fp_node *left = b->formula->left;
    double *y;
    design->response = FP_RESPONSE_NONE;
    if (!left)
        return FP_OK;
    const char *label;
    FP_TRY(fp_node_text(left, b->arena, &label, b->err));
    design->response_label = label;
    if (fp_node_is_call(left, "Surv"))
        return read_survival(b, left, design);
    FP_TRY(numbers(b, left, &y));
    design->response = FP_RESPONSE_NUMBER;
    design->stop = y;
    return FP_OK;
}
