#include "table/table_dump.h"

static void dump_value(const fp_table *table, ptrdiff_t i, ptrdiff_t j, fp_buf *out)
{
    static const char *const kinds[] = {"", "(empty)", "(NA)", "(dot)", "(user)"};
    const fp_column *column = fp_table_column(table, j);
    char day[16];
    if (column->missing[i]) {
        fp_buf_printf(out, " %s", kinds[column->missing[i]]);
        return;
    }
    switch (column->type) {
    case FP_COLUMN_NUMBER:
        fp_buf_printf(out, " %.17g", column->number[i]);
        break;
    case FP_COLUMN_LOGICAL:
        fp_buf_put(out, column->number[i] > 0 ? " true" : " false");
        break;
    case FP_COLUMN_DATE:
        fp_day_format(column->day[i], day);
        fp_buf_printf(out, " %s", day);
        break;
    case FP_COLUMN_TEXT:
        fp_buf_put(out, " /");
        fp_buf_put_n(out, fp_table_cell(table, i, j).p, fp_table_cell(table, i, j).n);
        fp_buf_put(out, "/");
        break;
    }
}

void dump_table(const fp_table *table, fp_buf *out)
{
    static const char *const types[] = {"number", "logical", "date", "text"};
    for (ptrdiff_t j = 0; j < fp_table_columns(table); j++) {
        const fp_column *column = fp_table_column(table, j);
        fp_buf_printf(out, "%s %s%s", column->name, types[column->type],
                      column->decimal == ',' ? "," : "");
        for (ptrdiff_t i = 0; i < fp_table_rows(table); i++)
            dump_value(table, i, j, out);
        for (ptrdiff_t k = 0; k < column->level_count; k++)
            fp_buf_printf(out, "%s%s", k ? "|" : " [", column->levels[k]);
        if (column->level_count)
            fp_buf_put(out, "]");
        if (column->mostly_numbers)
            fp_buf_printf(out, " stray=%td", column->stray_row);
        fp_buf_put(out, "\n");
    }
}
