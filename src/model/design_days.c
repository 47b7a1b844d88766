#include <math.h>
#include <string.h>

#include "base/num.h"
#include "model/design_priv.h"

/* Kaplan-Meier of plain columns: a right-censored Surv() of two columns, at most one column that
 * makes the groups, every row used. The rows are then counted straight from the table, and no
 * column of codes is made; anything else, and anything strange in the columns, takes the usual way,
 * which also finds the words for it. */

enum {
    SAMPLE = 8192,      /* rows from which days and groups are guessed */
    NUMBER_SPAN = 4096, /* numbers of groups lie in such a range */
    CELLS_MOST = 1 << 19,
};

static const fp_column *plain_column(const fp_builder *b, const fp_node *node)
{
    node = fp_node_inside(node);
    if (node->kind != FP_NODE_NAME)
        return NULL;
    ptrdiff_t j = fp_table_find(b->table, node->text);
    return j < 0 ? NULL : fp_table_column(b->table, j);
}

/* x or factor(x). */
static const fp_column *group_column(const fp_builder *b, const fp_node *node)
{
    if (fp_node_is_call(node, "factor") && node->count == 1)
        node = node->left;
    return plain_column(b, node);
}

static bool numeric(const fp_column *column)
{
    return column->type == FP_COLUMN_NUMBER || column->type == FP_COLUMN_LOGICAL;
}

static fp_status label_group(const fp_builder *b, const fp_node *node, const char *level,
                             const char **label)
{
    const char *name;
    FP_TRY(fp_node_text(node, b->scratch, &name, b->err));
    *label = fp_arena_printf(b->arena, b->err, "%s=%s", name, level);
    return *label ? FP_OK : FP_NOMEM;
}

/* Groups that are texts: the table has their codes. */
static fp_status text_groups(const fp_builder *b, const fp_node *node, const fp_column *column,
                             fp_day_columns *out, const char **label)
{
    out->code = column->level;
    out->groups = (int32_t)column->level_count;
    for (ptrdiff_t k = 0; k < column->level_count; k++)
        FP_TRY(label_group(b, node, column->levels[k], &label[k]));
    return FP_OK;
}

/* Groups that are small whole numbers, as far as the first rows tell. groups 0: they are not. */
static fp_status number_groups(const fp_builder *b, const fp_node *node, const fp_column *column,
                               fp_day_columns *out, const char **label)
{
    double least = HUGE_VAL, most = -HUGE_VAL;
    ptrdiff_t n = b->n < SAMPLE ? b->n : SAMPLE;
    int32_t *place;
    for (ptrdiff_t i = 0; i < n; i++) {
        least = fmin(least, column->number[i]);
        most = fmax(most, column->number[i]);
    }
    if (!(fabs(least) <= 1e6) || !(most - least < NUMBER_SPAN) || floor(least) < least)
        return FP_OK;
    out->number = column->number;
    out->least = (int32_t)least;
    out->places = (int32_t)(most - least) + 1;
    FP_ARRAY(place, b->scratch, out->places, b->err);
    for (ptrdiff_t i = 0; i < n; i++)
        place[(int32_t)(column->number[i] - least)] = 1;
    for (int32_t k = 0; k < out->places; k++) {
        char text[40];
        if (!place[k]) {
            place[k] = -1;
            continue;
        }
        place[k] = out->groups;
        fp_num_shortest(out->least + k, 15, text);
        bool truth = column->type == FP_COLUMN_LOGICAL;
        FP_TRY(label_group(b, node, truth ? (out->least + k ? "TRUE" : "FALSE") : text,
                           &label[out->groups++]));
    }
    out->place = place;
    return FP_OK;
}

static fp_status read_groups(const fp_builder *b, const fp_terms *terms, fp_day_columns *out,
                             const char *const **labels)
{
    const char **label;
    const fp_node *node = terms->terms ? terms->variable[terms->term[0].variable[0]] : NULL;
    const fp_column *column = node ? group_column(b, node) : NULL;
    ptrdiff_t room = column && column->type == FP_COLUMN_TEXT ? column->level_count : NUMBER_SPAN;
    FP_ARRAY(label, b->arena, room + 1, b->err);
    *labels = label;
    if (!node) {
        label[0] = "all";
        out->groups = 1;
        return FP_OK;
    }
    return column->type == FP_COLUMN_TEXT ? text_groups(b, node, column, out, label)
                                          : number_groups(b, node, column, out, label);
}

/* Days up to twice what the first rows have. */
static int32_t guess_days(const fp_builder *b, const fp_column *time)
{
    double most = 500;
    for (ptrdiff_t i = 0; i < b->n && i < SAMPLE; i++)
        most = fmax(most, time->number[i]);
    return most < CELLS_MOST ? (int32_t)(2 * most) + 24 : 0;
}

/* Whether formula and columns are of that kind; out gets the columns of time and event. */
static bool is_plain(const fp_builder *b, const fp_terms *terms, const fp_column **time,
                     const fp_column **event)
{
    const fp_node *left = b->formula->left;
    const fp_design_options *o = b->options;
    if (!o->counts || o->weights || o->cluster || o->id || o->event || b->row || !left ||
        !fp_node_is_call(left, "Surv") || left->count != 2 || terms->terms > 1)
        return false;
    *time = plain_column(b, left->left);
    *event = plain_column(b, left->left->next);
    if (!*time || !*event || (*time)->type != FP_COLUMN_NUMBER || !numeric(*event))
        return false;
    if (terms->terms == 0)
        return true;
    const fp_node *node = terms->variable[terms->term[0].variable[0]];
    const fp_column *group = terms->term[0].n == 1 ? group_column(b, node) : NULL;
    return group && (numeric(group) || (group->type == FP_COLUMN_TEXT && group->level));
}

fp_status fp_design_days(const fp_builder *b, const fp_terms *terms, fp_design *design, bool *made)
{
    const fp_column *time, *event;
    *made = false;
    if (!is_plain(b, terms, &time, &event))
        return FP_OK;
    fp_day_columns columns = {
        .n = b->n, .stop = time->number, .event = event->number, .days = guess_days(b, time)};
    const char *const *labels;
    FP_TRY(read_groups(b, terms, &columns, &labels));
    if (columns.days == 0 || columns.groups == 0 ||
        (int64_t)columns.groups * columns.days > CELLS_MOST)
        return FP_OK;
    bool one_two;
    FP_TRY(fp_tally_days(&columns, b->options->threads, b->arena, &design->tally, &one_two, made,
                         b->err));
    if (!*made)
        return FP_OK;
    FP_TRY(fp_node_text(b->formula->left, b->arena, &design->response_label, b->err));
    design->response = FP_RESPONSE_SURVIVAL;
    design->stop = time->number;
    design->event_one_two = one_two;
    design->groups = columns.groups;
    design->group_label = labels;
    return FP_OK;
}
