#include <stdlib.h>
#include <string.h>

#include "model/design_priv.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int32_t position(const double *sorted, ptrdiff_t n, double x)
{
    ptrdiff_t low = 0, high = n - 1;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (int32_t)low;
}

/* Distinct numbers in numeric order, written as R writes them. */
static fp_status number_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    double *sorted;
    int32_t *code;
    const char **level;
    ptrdiff_t count = 0;
    FP_ARRAY(sorted, b->scratch, b->n, b->err);
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        sorted[i] = value->number[i];
    qsort(sorted, (size_t)b->n, sizeof *sorted, by_value);
    for (ptrdiff_t i = 0; i < b->n; i++)
        if (count == 0 || sorted[i] > sorted[count - 1])
            sorted[count++] = sorted[i];
    FP_ARRAY(level, b->scratch, count, b->err);
    for (ptrdiff_t k = 0; k < count; k++) {
        char text[40];
        fp_num_shortest(sorted[k], 15, text);
        level[k] = fp_arena_strdup(b->scratch, text, b->err);
        if (!level[k])
            return FP_NOMEM;
    }
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = position(sorted, count, value->number[i]);
    *out = (fp_value){
        .kind = FP_VALUE_FACTOR, .code = code, .levels = count, .level = level, .made = true};
    return FP_OK;
}

/* Leave out the levels without rows. */
static fp_status drop_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    int32_t *code, *place;
    const char **level;
    ptrdiff_t count = 0;
    FP_ARRAY(place, b->scratch, value->levels, b->err);
    FP_ARRAY(level, b->scratch, value->levels, b->err);
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        place[value->code[i]] = 1;
    for (ptrdiff_t k = 0; k < value->levels; k++) {
        if (!place[k])
            continue;
        level[count] = value->level[k];
        place[k] = (int32_t)count++;
    }
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = place[value->code[i]];
    *out = *value;
    out->code = code;
    out->levels = count;
    out->level = level;
    out->made = true;
    return FP_OK;
}

fp_status fp_value_levels(const fp_builder *b, const fp_value *value, fp_value *out)
{
    static const char *const truth[] = {"FALSE", "TRUE"};
    if (value->kind == FP_VALUE_NUMBER)
        return number_levels(b, value, out);
    if (value->kind == FP_VALUE_FACTOR)
        return drop_levels(b, value, out);
    int32_t *code;
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = value->number[i] > 0;
    fp_value coded = {.kind = FP_VALUE_FACTOR, .code = code, .levels = 2, .level = truth};
    return drop_levels(b, &coded, out);
}

fp_status fp_value_factor(const fp_builder *b, const fp_node *node, fp_value *out)
{
    const fp_node *inside = fp_node_inside(node);
    fp_value value = {.kind = FP_VALUE_FACTOR};
    ptrdiff_t j;
    if (inside->kind != FP_NODE_NAME) {
        FP_TRY(fp_value_eval(b, node, &value));
        return fp_value_levels(b, &value, out);
    }
    FP_TRY(fp_node_column(b, inside, &j));
    fp_column_type type = fp_table_column(b->table, j)->type;
    if (type == FP_COLUMN_NUMBER || type == FP_COLUMN_LOGICAL) {
        FP_TRY(fp_value_eval(b, inside, &value));
        return fp_value_levels(b, &value, out);
    }
    const int32_t *level;
    int32_t *code;
    FP_TRY(fp_table_levels(b->table, j, b->scratch, &value.levels, &value.level, &level, b->err));
    FP_ARRAY(code, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = level[b->row[i]];
    value.code = code;
    return drop_levels(b, &value, out);
}
