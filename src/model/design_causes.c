#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/design_priv.h"

enum { MOST_CAUSES = 20 };

/* "1", "2" and "died": the codes that occur, in quotes, as many as fit. */
static void list_codes(const fp_value *codes, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (ptrdiff_t k = 0; k < codes->levels; k++) {
        int n = snprintf(out + used, size - used, "%s\"%.60s\"", k ? ", " : "",
                         fp_shown_of(codes->level[k]).s);
        if (n < 0 || (size_t)n >= size - used) {
            (void)snprintf(out + used, size - used, "%s", size - used > 5 ? ", ..." : "");
            return;
        }
        used += (size_t)n;
        if (used > size / 2 && k + 1 < codes->levels) {
            (void)snprintf(out + used, size - used, ", ...");
            return;
        }
    }
}

/* The level that a code on the command line means: the same text, or the same number. -1 = none. */
static ptrdiff_t find_code(const fp_value *codes, const char *code)
{
    double wanted, found;
    bool number = fp_num_parse(fp_str_of(code), '.', &wanted);
    for (ptrdiff_t k = 0; k < codes->levels; k++) {
        if (strcmp(codes->level[k], code) == 0)
            return k;
        if (number && fp_num_parse(fp_str_of(codes->level[k]), '.', &found) &&
            !(found < wanted || found > wanted))
            return k;
    }
    return -1;
}

static fp_status fail_absent(const fp_builder *b, const fp_node *node, const fp_value *codes,
                             const char *code, const char *what)
{
    char list[300];
    list_codes(codes, list, sizeof list);
    (void)fp_formula_fail(b->err, node->at, "no row has the code \"%.60s\"%s", fp_shown_of(code).s,
                          what);
    return fp_hint(b->err, FP_INPUT, "those that occur: %s", list);
}

/* The level that means censored; -1 = nobody is. */
static fp_status find_censored(const fp_builder *b, const fp_node *node, const fp_value *codes,
                               bool text, ptrdiff_t *out)
{
    const char *given = b->options->censored;
    if (given) {
        *out = find_code(codes, given);
        if (*out < 0 && strcmp(given, "none") != 0)
            return fail_absent(b, node, codes, given, ", which was given for censored");
        return FP_OK;
    }
    *out = find_code(codes, "0");
    for (ptrdiff_t k = 0; k < codes->levels; k++)
        if (strcmp(codes->level[k], "censored") == 0 || strcmp(codes->level[k], "FALSE") == 0)
            *out = k;
    if (*out >= 0 || !text)
        return FP_OK;
    char list[300];
    list_codes(codes, list, sizeof list);
    (void)fp_formula_fail(b->err, node->at,
                          "which code of the event means censored? Neither \"0\" nor \"censored\" "
                          "occurs");
    return fp_hint(b->err, FP_INPUT,
                   "say it with --censored CODE (none where nobody is); those that occur: %s",
                   list);
}

/* A number as a code is whole and not below 0. */
static fp_status check_numbers(const fp_builder *b, const fp_node *node, const fp_value *codes,
                               ptrdiff_t censored)
{
    for (ptrdiff_t k = 0; k < codes->levels; k++) {
        double value;
        if (k == censored || !fp_num_parse(fp_str_of(codes->level[k]), '.', &value))
            continue;
        if (value >= 0 && !(floor(value) < value))
            continue;
        ptrdiff_t i = 0;
        while (codes->code[i] != k)
            i++;
        (void)fp_builder_fail_row(b, i, node, "\"%s\" is not the code of an event",
                                  codes->level[k]);
        return fp_hint(b->err, FP_INPUT,
                       "codes are whole numbers from 0 or texts; 0 is censored "
                       "unless --censored says otherwise");
    }
    return FP_OK;
}

/* The codes in the rows kept. */
static fp_status read_codes(const fp_builder *b, const fp_node *node, fp_value *codes, bool *text)
{
    const fp_node *inside = fp_node_inside(node);
    *text = false;
    if (inside->kind == FP_NODE_NAME) {
        ptrdiff_t j;
        FP_TRY(fp_node_column(b, inside, &j));
        fp_column_type type = fp_table_column(b->table, j)->type;
        *text = type == FP_COLUMN_TEXT || type == FP_COLUMN_DATE;
    }
    return fp_value_factor(b, node, codes);
}

/* The cause that is asked for by name. */
static fp_status find_cause(const fp_builder *b, const fp_node *node, const fp_value *codes,
                            ptrdiff_t censored, const int32_t *cause, int32_t *out)
{
    const char *wanted = b->options->event;
    if (!wanted)
        return FP_OK;
    ptrdiff_t k = find_code(codes, wanted);
    if (k < 0)
        return fail_absent(b, node, codes, wanted, ", which was given for the event");
    if (k == censored) {
        (void)fp_formula_fail(b->err, node->at, "the code \"%.60s\" means censored: it is no event",
                              fp_shown_of(wanted).s);
        return fp_hint(b->err, FP_INPUT, "--censored CODE says otherwise");
    }
    *out = cause[k];
    return FP_OK;
}

fp_status fp_design_causes(const fp_builder *b, const fp_node *node, fp_design *design)
{
    fp_value codes;
    bool text;
    ptrdiff_t censored;
    const char **label;
    int32_t *event, *cause;
    FP_TRY(read_codes(b, node, &codes, &text));
    if (codes.levels > MOST_CAUSES + 1) {
        (void)fp_formula_fail(b->err, node->at,
                              "the event has %td codes: at most %d causes can be "
                              "told apart",
                              codes.levels, MOST_CAUSES);
        return fp_hint(b->err, FP_INPUT, "is this the column of the event?");
    }
    FP_TRY(find_censored(b, node, &codes, text, &censored));
    FP_TRY(check_numbers(b, node, &codes, censored));
    FP_ARRAY(label, b->arena, codes.levels, b->err);
    FP_ARRAY(cause, b->scratch, codes.levels, b->err);
    FP_ARRAY(event, b->arena, b->n, b->err);
    for (ptrdiff_t k = 0; k < codes.levels; k++) {
        if (k == censored)
            continue;
        label[design->causes] = fp_arena_strdup(b->arena, codes.level[k], b->err);
        if (!label[design->causes])
            return FP_NOMEM;
        cause[k] = ++design->causes;
    }
    FP_TRY(find_cause(b, node, &codes, censored, cause, &design->cause));
    for (ptrdiff_t i = 0; i < b->n; i++)
        event[i] = cause[codes.code[i]];
    design->event = event;
    design->cause_label = label;
    return FP_OK;
}

fp_status fp_design_one_cause(const fp_builder *b, const fp_node *node, fp_design *design)
{
    fp_value codes;
    bool text;
    int32_t *event;
    FP_TRY(read_codes(b, node, &codes, &text));
    ptrdiff_t wanted = find_code(&codes, b->options->event);
    if (wanted < 0)
        return fail_absent(b, node, &codes, b->options->event, ", which was given for the event");
    FP_ARRAY(event, b->arena, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        event[i] = codes.code[i] == wanted;
    design->event = event;
    return FP_OK;
}
