#include <math.h>
#include <string.h>

#include "model/design_priv.h"
#include "stats/sort.h"

/* Groups of rows by one or several columns, in the order of their levels and without their names:
 * a hundred thousand people need no hundred thousand texts. */

typedef struct {
    int32_t count;
    const int32_t *code; /* n */
} coding;

/* ---- one column ---- */

/* Whole numbers that are not far apart, by a table from the number to its place. */
static fp_status code_whole(const fp_builder *b, const double *number, coding *out, bool *done)
{
    double least = (double)INFINITY, most = -(double)INFINITY;
    int32_t *place, *code, count = 0;
    *done = false;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        double x = number[fp_builder_row(b, i)];
        if (floor(x) < x)
            return FP_OK;
        least = x < least ? x : least;
        most = x > most ? x : most;
    }
    if (!(most - least < 8 * (double)b->n + 65536))
        return FP_OK;
    ptrdiff_t range = (ptrdiff_t)(most - least) + 1;
    FP_ARRAY(place, b->scratch, range, b->err);
    FP_ARRAY(code, b->arena, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++)
        place[(ptrdiff_t)(number[fp_builder_row(b, i)] - least)] = 1;
    for (ptrdiff_t k = 0; k < range; k++)
        if (place[k])
            place[k] = count++;
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = place[(ptrdiff_t)(number[fp_builder_row(b, i)] - least)];
    *out = (coding){count, code};
    *done = true;
    return FP_OK;
}

static fp_status code_column(const fp_builder *b, ptrdiff_t j, coding *out)
{
    const fp_column *column = fp_table_column(b->table, j);
    fp_builder keeping = *b;
    fp_value value;
    bool done = false;
    if (column->type == FP_COLUMN_NUMBER)
        FP_TRY(code_whole(b, column->number, out, &done));
    if (done)
        return FP_OK;
    const fp_node node = {.kind = FP_NODE_NAME, .at = 1, .text = column->name};
    keeping.scratch = b->arena;
    FP_TRY(fp_value_factor(&keeping, &node, &value));
    *out = (coding){(int32_t)value.levels, value.code};
    return FP_OK;
}

/* ---- two codings together ---- */

/* Where each group of the second lies in one of the first: its place is by counting. */
static fp_status cross_nested(const fp_builder *b, const coding *left, const coding *right,
                              int32_t *code, bool *nested)
{
    int32_t *outer, *place, *at;
    FP_ARRAY(outer, b->scratch, right->count, b->err);
    FP_ARRAY(place, b->scratch, right->count, b->err);
    FP_ARRAY(at, b->scratch, left->count + 1, b->err);
    *nested = true;
    for (ptrdiff_t i = 0; i < b->n && *nested; i++) {
        int32_t *o = &outer[right->code[i]];
        *nested = *o == 0 || *o == left->code[i] + 1;
        *o = left->code[i] + 1;
    }
    if (!*nested)
        return FP_OK;
    for (int32_t g = 0; g < right->count; g++)
        at[outer[g]]++;
    for (int32_t g = 0; g < left->count; g++)
        at[g + 1] += at[g];
    for (int32_t g = 0; g < right->count; g++)
        place[g] = at[outer[g] - 1]++;
    for (ptrdiff_t i = 0; i < b->n; i++)
        code[i] = place[right->code[i]];
    return FP_OK;
}

static fp_status cross_sorted(const fp_builder *b, const coding *left, const coding *right,
                              int32_t *code, int32_t *count)
{
    uint64_t *key;
    uint32_t *row;
    FP_ARRAY(key, b->scratch, b->n, b->err);
    FP_ARRAY(row, b->scratch, b->n, b->err);
    for (ptrdiff_t i = 0; i < b->n; i++) {
        key[i] = (uint64_t)left->code[i] * (uint64_t)right->count + (uint64_t)right->code[i];
        row[i] = (uint32_t)i;
    }
    FP_TRY(fp_sort_keys(key, row, b->n, b->options->threads, b->scratch, b->err));
    *count = 0;
    for (ptrdiff_t i = 0; i < b->n; i++) {
        *count += i > 0 && key[i] > key[i - 1];
        code[row[i]] = *count;
    }
    ++*count;
    return FP_OK;
}

static fp_status cross(const fp_builder *b, coding *left, const coding *right)
{
    int32_t *code, count = right->count;
    bool nested;
    FP_ARRAY(code, b->arena, b->n, b->err);
    FP_TRY(cross_nested(b, left, right, code, &nested));
    if (!nested)
        FP_TRY(cross_sorted(b, left, right, code, &count));
    *left = (coding){count, code};
    return FP_OK;
}

/* ---- names ---- */

static void put_cell(const fp_table *table, ptrdiff_t row, ptrdiff_t j, fp_buf *out)
{
    const fp_column *column = fp_table_column(table, j);
    char text[40];
    if (column->type == FP_COLUMN_NUMBER) {
        fp_num_shortest(column->number[row], 15, text);
        fp_buf_put(out, text);
        return;
    }
    fp_str cell = fp_table_cell(table, row, j);
    fp_buf_put_n(out, cell.p, cell.n);
}

fp_status fp_random_label(const fp_table *table, const fp_random *random, int32_t group,
                          fp_arena *arena, const char **label, fp_err *err)
{
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    for (ptrdiff_t k = 0; k < random->columns; k++) {
        fp_buf_put(&text, k ? ":" : "");
        put_cell(table, random->first[group], random->column[k], &text);
    }
    FP_TRY(fp_buf_ok(&text, err));
    *label = fp_str_dup(arena, fp_buf_str(&text), err);
    return *label ? FP_OK : FP_NOMEM;
}

static fp_status name_groups(const fp_builder *b, ptrdiff_t count, const ptrdiff_t *column,
                             fp_random *out)
{
    FP_BUF_SCOPED(name, FP_MIB);
    ptrdiff_t *named;
    FP_ARRAY(named, b->arena, count, b->err);
    for (ptrdiff_t k = 0; k < count; k++) {
        named[k] = column[count - 1 - k];
        fp_buf_put(&name, k ? ":" : "");
        fp_buf_put(&name, fp_table_column(b->table, named[k])->name);
    }
    FP_TRY(fp_buf_ok(&name, b->err));
    out->group = fp_str_dup(b->arena, fp_buf_str(&name), b->err);
    out->columns = count;
    out->column = named;
    return out->group ? FP_OK : FP_NOMEM;
}

fp_status fp_design_grouping(const fp_builder *b, ptrdiff_t count, const ptrdiff_t *column,
                             fp_random *out)
{
    coding all, next;
    ptrdiff_t *first;
    FP_TRY(code_column(b, column[0], &all));
    for (ptrdiff_t k = 1; k < count; k++) {
        FP_TRY(code_column(b, column[k], &next));
        FP_TRY(cross(b, &all, &next));
    }
    FP_ARRAY(first, b->arena, all.count, b->err);
    for (ptrdiff_t i = b->n - 1; i >= 0; i--)
        first[all.code[i]] = fp_builder_row(b, i);
    out->groups = all.count;
    out->code = all.code;
    out->first = first;
    return name_groups(b, count, column, out);
}
