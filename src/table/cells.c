/* Single values and lines of a table: the record is cut again. */
#include <string.h>

#include "table/table_priv.h"

ptrdiff_t fp_span_of(const fp_table *table, ptrdiff_t row)
{
    ptrdiff_t low = 0, high = table->span_count;
    while (high - low > 1) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (table->span[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void skip_record(fp_scan *scan)
{
    fp_field field;
    while (fp_scan_field(scan, &field) == FP_SCAN_MORE)
        ;
}

/* The start of a row: from the nearest kept one before it. */
static size_t row_start(const fp_table *table, ptrdiff_t k, ptrdiff_t row)
{
    const fp_span *span = &table->span[k];
    ptrdiff_t i = row - span->row;
    size_t at = span->first + table->start[span->starts + (size_t)(i / FP_TABLE_STRIDE)];
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    scan.at = at;
    for (i %= FP_TABLE_STRIDE; i > 0; i--) {
        if (span->quotes) {
            skip_record(&scan);
            continue;
        }
        const char *end = memchr(table->body.p + scan.at, '\n', table->body.n - scan.at);
        scan.at = end ? (size_t)(end - table->body.p) + 1 : table->body.n;
    }
    return scan.at;
}

static const fp_copy *find_copy(const fp_table *table, ptrdiff_t row, ptrdiff_t j)
{
    ptrdiff_t low = 0, high = table->copies;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        const fp_copy *copy = &table->copy[middle];
        if (copy->column == j && copy->row == row)
            return copy;
        if (copy->column < j || (copy->column == j && copy->row < row))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

fp_value fp_table_value(const fp_table *table, ptrdiff_t row, ptrdiff_t j)
{
    if (table->cells)
        return table->cells[j * table->rows + row];
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    fp_field field = {0};
    scan.at = row_start(table, fp_span_of(table, row), row);
    for (ptrdiff_t k = 0; k <= j; k++)
        (void)fp_scan_field(&scan, &field);
    const fp_copy *copy = field.doubled ? find_copy(table, row, j) : NULL;
    fp_str text = copy ? copy->text : field.raw;
    return (fp_value){text.p, (uint32_t)text.n, field.quoted, field.doubled && !copy};
}

fp_str fp_table_cell(const fp_table *table, ptrdiff_t row, ptrdiff_t j)
{
    fp_value value = fp_table_value(table, row, j);
    return (fp_str){value.p, value.n};
}

size_t fp_table_undouble(fp_str raw, char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        to[n++] = raw.p[i];
        if (raw.p[i] == '"')
            i++;
    }
    return n;
}

long fp_table_line_at(const fp_table *table, ptrdiff_t k, size_t at)
{
    const char *p = table->body.p + table->span[k].from, *end = table->body.p + at;
    long line = (long)table->span[k].newlines + 1;
    for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        line++;
    return line;
}

long fp_table_line(const fp_table *table, ptrdiff_t row)
{
    if (table->regular)
        return table->first_line + (long)row;
    ptrdiff_t k = fp_span_of(table, row);
    return fp_table_line_at(table, k, row_start(table, k, row));
}
