#include "model/result_table_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { LINE = 78 };

/* Characters, not bytes. */
static size_t width_of(const char *text, size_t bytes)
{
    return fp_str_characters((fp_str){text, bytes});
}

fp_status fp_text_table_create(ptrdiff_t rows, ptrdiff_t columns, fp_arena *arena,
                               fp_text_table *table, fp_err *err)
{
    const char **cell;
    FP_ARRAY(cell, arena, rows * columns, err);
    *table = (fp_text_table){arena, rows, columns, cell, FP_OK};
    return FP_OK;
}

void fp_text_table_set(fp_text_table *table, ptrdiff_t row, ptrdiff_t column, const char *text)
{
    char *copy = fp_arena_strdup(table->arena, text, NULL);
    if (!copy)
        table->status = FP_NOMEM;
    table->cell[row * table->columns + column] = copy;
}

static int decimals_of(const double *value, ptrdiff_t n, int least, int most)
{
    int decimals = least;
    for (ptrdiff_t i = 0; i < n; i++) {
        double size = fabs(value[i]);
        if (!isfinite(size) || size < 1e-12)
            continue;
        int need = 2 - (int)floor(log10(size));
        if (need > decimals)
            decimals = need;
    }
    return decimals > most ? most : decimals;
}

void fp_text_table_numbers(fp_text_table *table, ptrdiff_t column, const double *value, int least,
                           int most)
{
    int decimals = decimals_of(value, table->rows - 1, least, most);
    for (ptrdiff_t i = 0; i + 1 < table->rows; i++) {
        char text[64];
        if (isfinite(value[i]) && fabs(value[i]) >= 1e5)
            (void)snprintf(text, sizeof text, "%.2e", value[i]);
        else
            fp_num_format(value[i], decimals, &fp_numstyle_plain, text, sizeof text);
        fp_text_table_set(table, i + 1, column, text);
    }
}

void fp_text_table_times(fp_text_table *table, ptrdiff_t column, const double *value)
{
    for (ptrdiff_t i = 0; i + 1 < table->rows; i++) {
        char text[32] = "\u2013";
        if (isfinite(value[i]))
            (void)snprintf(text, sizeof text, "%.6g", value[i]);
        fp_text_table_set(table, i + 1, column, text);
    }
}

void fp_text_table_p(fp_text_table *table, ptrdiff_t column, const double *p)
{
    for (ptrdiff_t i = 0; i + 1 < table->rows; i++) {
        char text[32];
        fp_num_format_p(p[i], &fp_numstyle_plain, text, sizeof text);
        fp_text_table_set(table, i + 1, column, text);
    }
}

static size_t column_width(const fp_text_table *table, ptrdiff_t column)
{
    size_t widest = 0;
    for (ptrdiff_t i = 0; i < table->rows; i++) {
        const char *text = table->cell[i * table->columns + column];
        size_t width = text ? width_of(text, strlen(text)) : 0;
        if (width > widest)
            widest = width;
    }
    return widest;
}

static void pad(fp_buf *out, size_t n)
{
    while (n--)
        fp_buf_put_char(out, ' ');
}

static void put_row(const fp_text_table *table, ptrdiff_t row, const size_t *width, fp_buf *out)
{
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        const char *text = table->cell[row * table->columns + j];
        if (!text)
            text = "";
        size_t space = width[j] - width_of(text, strlen(text));
        if (j)
            pad(out, space + 2);
        fp_buf_put(out, text);
        if (!j)
            pad(out, space);
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->p[--out->n] = '\0';
    fp_buf_put_char(out, '\n');
}

fp_status fp_text_table_put(const fp_text_table *table, fp_buf *out, fp_err *err)
{
    if (table->status != FP_OK)
        return fp_fail(err, table->status, "no memory for a table of the text");
    size_t *width;
    FP_ARRAY(width, table->arena, table->columns, err);
    for (ptrdiff_t j = 0; j < table->columns; j++)
        width[j] = column_width(table, j);
    for (ptrdiff_t i = 0; i < table->rows; i++)
        put_row(table, i, width, out);
    return fp_buf_ok(out, err);
}

void fp_text_wrap(fp_buf *out, const char *first, const char *rest, const char *text)
{
    size_t used = width_of(first, strlen(first));
    bool empty = true;
    fp_buf_put(out, first);
    while (*text) {
        size_t bytes = strcspn(text, " ");
        size_t width = width_of(text, bytes);
        if (!empty && used + 1 + width > LINE) {
            fp_buf_put_char(out, '\n');
            fp_buf_put(out, rest);
            used = width_of(rest, strlen(rest));
            empty = true;
        }
        if (!empty)
            fp_buf_put_char(out, ' ');
        used += width + !empty;
        fp_buf_put_n(out, text, bytes);
        empty = false;
        text += bytes;
        text += strspn(text, " ");
    }
    fp_buf_put_char(out, '\n');
}
