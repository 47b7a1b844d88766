#include <string.h>

#include "table/check_priv.h"

/* Total length of the texts, once they are known to be texts. */
static fp_status measure(const fp_table *table, const char *const *const *cells, size_t *total,
                         fp_err *err)
{
    *total = 0;
    for (ptrdiff_t j = 0; j < table->columns; j++)
        for (ptrdiff_t i = 0; i < table->rows; i++) {
            fp_field field = {fp_str_of(cells[j][i]), true, 0, (long)i + 2};
            FP_TRY(fp_table_check_field(table, &field, j, err));
            *total += field.raw.n;
        }
    return FP_OK;
}

static fp_status take_cells(fp_table *table, const char *const *const *cells, fp_arena *arena,
                            fp_err *err)
{
    size_t total;
    char *text;
    fp_value *value;
    FP_TRY(measure(table, cells, &total, err));
    FP_ARRAY(text, arena, total + 1, err);
    FP_ARRAY(value, arena, table->rows * table->columns, err);
    table->cells = value;
    for (ptrdiff_t j = 0; j < table->columns; j++)
        for (ptrdiff_t i = 0; i < table->rows; i++) {
            fp_str cell = fp_str_of(cells[j][i]);
            if (cell.n)
                memcpy(text, cell.p, cell.n);
            *value++ = (fp_value){text, (uint32_t)cell.n, true, false};
            text += cell.n;
        }
    return FP_OK;
}

static fp_status take_names(fp_table *table, const char *const *names, fp_arena *arena, fp_err *err)
{
    if (table->columns > FP_TABLE_COLUMNS_MAX)
        return fp_table_too_many_columns(table, err);
    FP_ARRAY(table->column, arena, table->columns, err);
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        fp_field field = {fp_str_trim(fp_str_of(names[j])), true, 0, 1};
        FP_TRY(fp_table_check_field(table, &field, j, err));
        table->column[j].name = fp_str_dup(arena, field.raw, err);
        if (!table->column[j].name)
            return FP_NOMEM;
    }
    return fp_table_index(table, 1, arena, err);
}

static fp_status make(const char *name, ptrdiff_t rows, ptrdiff_t columns, const char *const *names,
                      const char *const *const *cells, fp_arena *arena, const fp_table **out,
                      fp_err *err)
{
    fp_table *table;
    fp_table_options options = fp_table_defaults();
    bool doubt;
    FP_ARRAY(table, arena, 1, err);
    table->name = fp_arena_strdup(arena, name, err);
    if (!table->name)
        return FP_NOMEM;
    table->columns = columns;
    table->separator = ',';
    table->rows = rows;
    table->regular = true;
    table->first_line = 2;
    FP_TRY(take_names(table, names, arena, err));
    FP_TRY(take_cells(table, cells, arena, err));
    FP_TRY(fp_table_fill(table, &options, arena, &doubt, err));
    *out = table;
    return FP_OK;
}

fp_status fp_table_make(const char *name, ptrdiff_t rows, ptrdiff_t columns,
                        const char *const *names, const char *const *const *cells, fp_arena *arena,
                        const fp_table **table, fp_err *err)
{
    if (rows < 1 || columns < 1) {
        (void)fp_fail_at(err, FP_INPUT, name, 0, 0, "the table has no %s",
                         columns < 1 ? "columns" : "rows");
        return fp_hint(err, FP_INPUT, "there is nothing to analyse");
    }
    fp_arena_point before = fp_arena_mark(arena);
    fp_status status = make(name, rows, columns, names, cells, arena, table, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, before);
    return status;
}
