#include "table/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "table/table_priv.h"

const char *fp_table_name(const fp_table *table)
{
    return table->name;
}

const char *fp_table_warning(const fp_table *table)
{
    return table->warning;
}

const char *fp_table_sha256(const fp_table *table)
{
    return table->sha256;
}

ptrdiff_t fp_table_rows(const fp_table *table)
{
    return table->rows;
}

ptrdiff_t fp_table_columns(const fp_table *table)
{
    return table->columns;
}

const fp_column *fp_table_column(const fp_table *table, ptrdiff_t j)
{
    return &table->column[j];
}

static int compare_keys(const void *a, const void *b)
{
    const fp_table_key *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

fp_status fp_table_index(fp_table *table, long line, fp_arena *arena, fp_err *err)
{
    fp_table_key *key;
    FP_ARRAY(key, arena, table->columns, err);
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        key[j] = (fp_table_key){table->column[j].name, j};
        if (key[j].name[0])
            continue;
        (void)fp_fail_at(err, FP_INPUT, table->name, line, j + 1, "the column has no name");
        return fp_hint(err, FP_INPUT,
                       "name it in the first line, or leave the column out of the file");
    }
    qsort(key, (size_t)table->columns, sizeof *key, compare_keys);
    for (ptrdiff_t j = 1; j < table->columns; j++) {
        if (strcmp(key[j].name, key[j - 1].name) != 0)
            continue;
        (void)fp_table_fail(table, line, key[j].index, err, "columns %td and %td have this name",
                            key[j - 1].index + 1, key[j].index + 1);
        return fp_hint(err, FP_INPUT, "rename one of the two");
    }
    table->key = key;
    return FP_OK;
}

ptrdiff_t fp_table_find(const fp_table *table, const char *name)
{
    ptrdiff_t low = 0, high = table->columns;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        int order = strcmp(name, table->key[middle].name);
        if (order == 0)
            return table->key[middle].index;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

/* The name that differs from `name` by a typing error, NULL where there is none. */
static const char *nearest_name(const fp_table *table, const char *name)
{
    const char *best = NULL;
    int least = 0;
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        const char *near = fp_nearest(name, &table->column[j].name, 1);
        int distance = near ? fp_name_distance(name, near) : 0;
        if (near && (!best || distance < least)) {
            best = near;
            least = distance;
        }
    }
    return best;
}

/* The names one after another, as many as are read with ease. */
static void list_names(const fp_table *table, fp_buf *out)
{
    char shown[FP_SHOW];
    ptrdiff_t few = table->columns > 12 ? 10 : table->columns;
    for (ptrdiff_t j = 0; j < few && out->n < 200; j++) {
        fp_table_show(fp_str_of(table->column[j].name), shown);
        fp_buf_printf(out, "%s%s", j ? ", " : "", shown);
    }
    if (table->columns > 12)
        fp_buf_printf(out, ", ... (%td in all)", table->columns);
}

fp_status fp_table_need(const fp_table *table, const char *name, const fp_column **column,
                        fp_err *err)
{
    ptrdiff_t j = fp_table_find(table, name);
    char shown[FP_SHOW];
    if (j >= 0 && table->column[j].unread) {
        fp_table_show(fp_str_of(name), shown);
        return fp_fail_at(err, FP_ARG, table->name, 0, 0, "column \"%s\" was not read", shown);
    }
    if (j >= 0) {
        *column = &table->column[j];
        return FP_OK;
    }
    fp_table_show(fp_str_of(name), shown);
    (void)fp_fail_at(err, FP_INPUT, table->name, 0, 0, "there is no column \"%s\"", shown);
    const char *near = nearest_name(table, name);
    if (near) {
        fp_table_show(fp_str_of(near), shown);
        return fp_hint(err, FP_INPUT, "did you mean \"%s\"?", shown);
    }
    FP_BUF_SCOPED(names, 2048);
    list_names(table, &names);
    return fp_hint(err, FP_INPUT, "its columns are %s", names.p);
}

fp_status fp_table_not_number(const fp_table *table, ptrdiff_t j, ptrdiff_t row, fp_err *err)
{
    char shown[FP_SHOW];
    double value;
    fp_value cell = fp_table_value(table, row, j);
    char other = table->column[j].decimal == ',' ? '.' : ',';
    fp_table_show((fp_str){cell.p, cell.n}, shown);
    if (fp_table_number(table, cell, other, &value)) {
        (void)fp_table_fail(table, fp_table_line(table, row), j, err,
                            "\"%s\" is written with a decimal %s, the rest of the column with a %s",
                            shown, other == ',' ? "comma" : "point",
                            other == ',' ? "point" : "comma");
        return fp_hint(err, FP_INPUT, "use one decimal mark in a column");
    }
    (void)fp_table_fail(table, fp_table_line(table, row), j, err, "\"%s\" is not a number", shown);
    return fp_hint(err, FP_INPUT, "correct it, or name it as a missing value");
}

/* Bytes of the character at the start of `s` that can be shown as it is, 0 = none. */
static size_t showable(fp_str s)
{
    if ((unsigned char)s.p[0] < 0x20 || s.p[0] == 0x7f)
        return 0;
    for (size_t n = 1; n <= 4 && n <= s.n; n++)
        if (fp_str_utf8((fp_str){s.p, n}))
            return n;
    return 0;
}

static size_t show_escaped(unsigned char c, char *out, size_t size)
{
    int n;
    if (c == '\n' || c == '\r' || c == '\t')
        n = snprintf(out, size, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else
        n = snprintf(out, size, "\\x%02X", c);
    return n > 0 ? (size_t)n : 0;
}

void fp_table_show(fp_str value, char out[FP_SHOW])
{
    size_t used = 0;
    for (int characters = 0; value.n; characters++) {
        if (characters == 40 || used > FP_SHOW - 12) {
            used += (size_t)snprintf(out + used, FP_SHOW - used, "...");
            break;
        }
        size_t step = showable(value);
        if (step)
            memcpy(out + used, value.p, step);
        used += step ? step : show_escaped((unsigned char)value.p[0], out + used, FP_SHOW - used);
        value.p += step ? step : 1;
        value.n -= step ? step : 1;
    }
    out[used] = '\0';
}

fp_status fp_table_fail(const fp_table *table, long line, ptrdiff_t j, fp_err *err,
                        const char *format, ...)
{
    char field[FP_SHOW] = "";
    va_list args;
    va_start(args, format);
    (void)fp_fail_list(err, FP_INPUT, table->name, line, (long)j + 1, format, args);
    va_end(args);
    if (j >= 0 && j < table->columns && table->column[j].name)
        fp_table_show(fp_str_of(table->column[j].name), field);
    fp_err_field(err, field);
    return FP_INPUT;
}
