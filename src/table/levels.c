#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "table/levels_priv.h"

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static uint64_t hash(fp_str text, double key)
{
    uint64_t h;
    memcpy(&h, &key, sizeof h);
    h = mix(h);
    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * 0x100000001b3u; /* FNV-1a */
    return mix(h);
}

/* The slot of a value, or the free one where it belongs. */
static size_t find_slot(const fp_level_set *s, fp_str text, double key)
{
    size_t at = (size_t)hash(text, key) & s->mask;
    for (; s->slot[at]; at = (at + 1) & s->mask) {
        const fp_distinct *d = &s->item[s->slot[at] - 1];
        if (memcmp(&d->key, &key, sizeof key) == 0 && fp_str_eq(d->text, text))
            break;
    }
    return at;
}

fp_distinct *fp_level_find(const fp_level_set *s, fp_str text, double key)
{
    if (!s->slot)
        return NULL;
    int32_t found = s->slot[find_slot(s, text, key)];
    return found ? &s->item[found - 1] : NULL;
}

/* Twice the room. What it had is left in the arena: as much again, all in all. */
static fp_status grow(fp_level_set *s, fp_arena *arena, fp_err *err)
{
    size_t slots = s->slot ? 2 * (s->mask + 1) : 64;
    fp_level_set larger = {.count = s->count, .mask = slots - 1};
    FP_ARRAY(larger.slot, arena, slots, err);
    FP_ARRAY(larger.item, arena, slots / 2, err);
    if (s->count)
        memcpy(larger.item, s->item, (size_t)s->count * sizeof *s->item);
    for (int32_t k = 0; k < s->count; k++)
        larger.slot[find_slot(&larger, s->item[k].text, s->item[k].key)] = k + 1;
    *s = larger;
    return FP_OK;
}

fp_status fp_level_add(fp_level_set *s, fp_str text, double key, int32_t met, fp_arena *arena,
                       fp_err *err)
{
    if (!s->slot || (size_t)s->count >= (s->mask + 1) / 2)
        FP_TRY(grow(s, arena, err));
    size_t at = find_slot(s, text, key);
    s->item[s->count] = (fp_distinct){key, text, met};
    s->slot[at] = ++s->count;
    return FP_OK;
}

static int compare(const void *a, const void *b)
{
    const fp_distinct *x = a, *y = b;
    if (x->key < y->key || x->key > y->key)
        return x->key < y->key ? -1 : 1;
    return fp_str_cmp(x->text, y->text);
}

/* The text of a level of a column that is not TEXT, at most 32 bytes. */
static size_t write_level(const fp_column *column, double key, char out[32])
{
    if (column->type == FP_COLUMN_DATE) {
        fp_day_format((fp_day)key, out);
        return strlen(out);
    }
    if (column->type == FP_COLUMN_LOGICAL)
        return (size_t)snprintf(out, 32, "%s", key > 0 ? "TRUE" : "FALSE");
    fp_num_shortest(key, 17, out);
    return strlen(out);
}

static fp_status write_levels(const fp_column *column, fp_level_set *s, fp_arena *scratch,
                              fp_err *err)
{
    char(*text)[32];
    FP_ARRAY(text, scratch, s->count, err);
    for (int32_t k = 0; k < s->count; k++) {
        size_t n = write_level(column, s->item[k].key, text[k]);
        s->item[k].text = (fp_str){text[k], n};
    }
    return FP_OK;
}

static double row_key(const fp_column *column, ptrdiff_t row)
{
    if (column->type == FP_COLUMN_DATE)
        return (double)column->day[row];
    return column->number[row] + 0.0; /* -0 becomes 0 */
}

static fp_status collect(const fp_column *column, ptrdiff_t rows, fp_level_set *s, int32_t *code,
                         fp_arena *scratch, fp_err *err)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        code[i] = -1;
        if (column->missing[i])
            continue;
        double key = row_key(column, i);
        const fp_distinct *known = fp_level_find(s, (fp_str){"", 0}, key);
        code[i] = known ? known->met : s->count;
        if (!known)
            FP_TRY(fp_level_add(s, (fp_str){"", 0}, key, s->count, scratch, err));
    }
    return FP_OK;
}

/* The sorted texts as strings in one block. */
static fp_status store(const fp_level_set *s, fp_arena *arena, const char *const **levels,
                       fp_err *err)
{
    size_t bytes = 0;
    for (int32_t k = 0; k < s->count; k++)
        bytes += s->item[k].text.n + 1;
    char *to;
    const char **list;
    FP_ARRAY(to, arena, bytes, err);
    FP_ARRAY(list, arena, s->count, err);
    for (int32_t k = 0; k < s->count; k++) {
        fp_str text = s->item[k].text;
        if (text.n)
            memcpy(to, text.p, text.n);
        list[k] = to;
        to += text.n + 1;
    }
    *levels = list;
    return FP_OK;
}

fp_status fp_level_sort(fp_level_set *s, ptrdiff_t rows, int32_t *code, fp_arena *scratch,
                        fp_arena *arena, const char *const **levels, fp_err *err)
{
    int32_t *rank;
    if (s->count)
        qsort(s->item, (size_t)s->count, sizeof *s->item, compare);
    FP_ARRAY(rank, scratch, s->count, err);
    for (int32_t k = 0; k < s->count; k++)
        rank[s->item[k].met] = k;
    for (ptrdiff_t i = 0; i < rows; i++)
        if (code[i] >= 0)
            code[i] = rank[code[i]];
    return store(s, arena, levels, err);
}

fp_status fp_table_code(const fp_table *table, ptrdiff_t j, fp_arena *arena, ptrdiff_t *count,
                        const char *const **levels, const int32_t **level, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 256 * ((size_t)table->rows + 64), err);
    const fp_column *column = &table->column[j];
    fp_level_set s = {0};
    int32_t *code;
    FP_ARRAY(code, arena, table->rows, err);
    FP_TRY(collect(column, table->rows, &s, code, scratch, err));
    FP_TRY(write_levels(column, &s, scratch, err));
    FP_TRY(fp_level_sort(&s, table->rows, code, scratch, arena, levels, err));
    *count = s.count;
    *level = code;
    return FP_OK;
}

fp_status fp_table_levels(const fp_table *table, ptrdiff_t j, fp_arena *arena, ptrdiff_t *count,
                          const char *const **levels, const int32_t **level, fp_err *err)
{
    const fp_column *column = &table->column[j];
    if (column->type != FP_COLUMN_TEXT)
        return fp_table_code(table, j, arena, count, levels, level, err);
    int32_t *code;
    const char **list;
    FP_ARRAY(code, arena, table->rows, err);
    FP_ARRAY(list, arena, column->level_count, err);
    for (ptrdiff_t k = 0; k < column->level_count; k++)
        if (!(list[k] = fp_arena_strdup(arena, column->levels[k], err)))
            return FP_NOMEM;
    memcpy(code, column->level, (size_t)table->rows * sizeof *code);
    *count = column->level_count;
    *levels = list;
    *level = code;
    return FP_OK;
}

static int32_t find_level(fp_str text, ptrdiff_t count, const char *const *levels)
{
    for (ptrdiff_t k = 0; k < count; k++)
        if (fp_str_is(text, levels[k]))
            return (int32_t)k;
    return -1;
}

static fp_status unknown_level(const fp_table *table, ptrdiff_t j, ptrdiff_t row, ptrdiff_t count,
                               const char *const *levels, fp_err *err)
{
    char shown[FP_SHOW];
    fp_table_show(fp_table_cell(table, row, j), shown);
    (void)fp_table_fail(table, fp_table_line(table, row), j, err, "\"%s\" is none of its levels",
                        shown);
    FP_BUF_SCOPED(names, 2048);
    for (ptrdiff_t k = 0; k < count && names.n < 200; k++) {
        fp_table_show(fp_str_of(levels[k]), shown);
        fp_buf_printf(&names, "%s%s", k ? ", " : "", shown);
    }
    return fp_hint(err, FP_INPUT, "they are %s", names.p);
}

/* Code of each row in the given order: by the level as fp_table_levels() writes it, then by the
 * text of the cell. */
static fp_status recode(const fp_table *table, ptrdiff_t j, ptrdiff_t count,
                        const char *const *levels, int32_t *code, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t old_count;
    const char *const *old;
    const int32_t *was;
    int32_t *now;
    FP_TRY(fp_table_levels(table, j, scratch, &old_count, &old, &was, err));
    FP_ARRAY(now, scratch, old_count, err);
    for (ptrdiff_t k = 0; k < old_count; k++)
        now[k] = find_level(fp_str_of(old[k]), count, levels);
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        code[i] = was[i] < 0 ? -1 : now[was[i]];
        if (was[i] >= 0 && code[i] < 0)
            code[i] = find_level(fp_table_cell(table, i, j), count, levels);
        if (was[i] >= 0 && code[i] < 0)
            return unknown_level(table, j, i, count, levels, err);
    }
    return FP_OK;
}

/* The table with columns of its own, which may be changed. */
static fp_status copy_columns(const fp_table *table, fp_arena *arena, fp_table **out, fp_err *err)
{
    fp_table *copy;
    FP_ARRAY(copy, arena, 1, err);
    *copy = *table;
    FP_ARRAY(copy->column, arena, table->columns, err);
    memcpy(copy->column, table->column, (size_t)table->columns * sizeof *copy->column);
    *out = copy;
    return FP_OK;
}

fp_status fp_table_with_levels(const fp_table *table, ptrdiff_t j, ptrdiff_t count,
                               const char *const *levels, fp_arena *arena, const fp_table **out,
                               fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 256 * ((size_t)table->rows + 64) + 64 * FP_GIB, err);
    fp_table *copy;
    fp_column *column;
    int32_t *code;
    const char **list;
    FP_TRY(copy_columns(table, arena, &copy, err));
    column = copy->column;
    FP_ARRAY(code, arena, table->rows, err);
    FP_ARRAY(list, arena, count, err);
    FP_TRY(recode(table, j, count, levels, code, scratch, err));
    for (ptrdiff_t k = 0; k < count; k++)
        if (!(list[k] = fp_arena_strdup(arena, levels[k], err)))
            return FP_NOMEM;
    column[j].type = FP_COLUMN_TEXT;
    column[j].number = NULL;
    column[j].day = NULL;
    column[j].mostly_numbers = false;
    column[j].stray_row = -1;
    column[j].level_count = count;
    column[j].levels = list;
    column[j].level = code;
    *out = copy;
    return FP_OK;
}

fp_status fp_table_with_value(const fp_table *table, ptrdiff_t j, ptrdiff_t row, fp_arena *arena,
                              const fp_table **out, fp_err *err)
{
    const fp_column *old = &table->column[j];
    fp_table *copy;
    double *number;
    fp_day *day;
    int32_t *level;
    uint8_t *missing;
    FP_TRY(copy_columns(table, arena, &copy, err));
    FP_ARRAY(number, arena, old->number ? table->rows : 0, err);
    FP_ARRAY(day, arena, old->day ? table->rows : 0, err);
    FP_ARRAY(level, arena, old->level ? table->rows : 0, err);
    FP_ARRAY(missing, arena, table->rows, err);
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        if (old->number)
            number[i] = old->number[row];
        if (old->day)
            day[i] = old->day[row];
        if (old->level)
            level[i] = old->level[row];
        missing[i] = old->missing[row];
    }
    copy->column[j].number = old->number ? number : NULL;
    copy->column[j].day = old->day ? day : NULL;
    copy->column[j].level = old->level ? level : NULL;
    copy->column[j].missing = missing;
    copy->column[j].missing_count = old->missing[row] ? table->rows : 0;
    *out = copy;
    return FP_OK;
}
