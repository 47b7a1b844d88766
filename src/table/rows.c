#include "table/rows.h"

#include <string.h>

#include "table/block_priv.h"

enum { SPANS = 16 }; /* of a piece: 4 MiB as a rule */

#define BENCH_MOST (64 * FP_GIB)

ptrdiff_t fp_table_pieces(const fp_table *table)
{
    return table->cells ? 1 : (table->span_count + SPANS - 1) / SPANS;
}

ptrdiff_t fp_table_piece_begins(const fp_table *table, ptrdiff_t piece)
{
    if (table->cells)
        return piece ? table->rows : 0;
    ptrdiff_t span = piece * SPANS < table->span_count ? piece * SPANS : table->span_count;
    return table->span[span].row;
}

static fp_status changed(const fp_table *table, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, table->name, 0, 0, "the file changed while it was read");
    return fp_hint(err, FP_INPUT, "wait until it is written, then try again");
}

static fp_status undouble(fp_str raw, fp_arena *arena, fp_str *text, fp_err *err)
{
    char *copy = fp_arena_array(arena, (ptrdiff_t)raw.n, 1, err);
    if (!copy)
        return FP_NOMEM;
    *text = (fp_str){copy, fp_table_undouble(raw, copy)};
    return FP_OK;
}

static fp_status take_cells(const fp_block *block, ptrdiff_t i, ptrdiff_t count,
                            const ptrdiff_t *columns, fp_arena *scratch, fp_str *cells, fp_err *err)
{
    for (ptrdiff_t c = 0; c < count; c++) {
        fp_value value = fp_block_value(block, i, columns[c]);
        cells[c] = (fp_str){value.p, value.n};
        if (value.doubled)
            FP_TRY(undouble(cells[c], scratch, &cells[c], err));
    }
    return FP_OK;
}

fp_status fp_table_piece(const fp_table *table, ptrdiff_t piece, ptrdiff_t count,
                         const ptrdiff_t *columns, fp_table_row_fn each, void *context, fp_err *err)
{
    FP_ARENA_SCOPED(arena, BENCH_MOST, err);
    FP_ARENA_SCOPED(scratch, BENCH_MOST, err);
    const fp_kernel *kernel = fp_kernel_best(table->kernel);
    fp_bench bench = {.arena = arena};
    fp_str *cells;
    FP_ARRAY(cells, scratch, count, err);
    ptrdiff_t end = table->cells ? 1 : table->span_count;
    end = (piece + 1) * SPANS < end ? (piece + 1) * SPANS : end;
    fp_arena_point point = fp_arena_mark(scratch);
    for (ptrdiff_t k = piece * SPANS; k < end; k++) {
        bool doubt = false;
        fp_block block = {0};
        if (table->cells)
            block = fp_block_made(table);
        else
            FP_TRY(fp_block_load(&bench, table, kernel, k, &block, &doubt, err));
        if (doubt)
            return changed(table, err);
        for (ptrdiff_t i = 0; i < block.rows; i++) {
            FP_TRY(take_cells(&block, i, count, columns, scratch, cells, err));
            each(context, block.row + i, cells);
            fp_arena_rewind(scratch, point);
        }
    }
    return FP_OK;
}

/* ---- one row --------------------------------------------------------------------------------- */

/* The text from the nearest row whose start is known, at or before `row`, up to the next known one,
 * in `arena`; and how many records to skip in it. */
static fp_status text_around(const fp_table *table, ptrdiff_t row, fp_arena *arena, fp_str *text,
                             ptrdiff_t *skip, fp_err *err)
{
    const fp_span *span = &table->span[fp_span_of(table, row)];
    ptrdiff_t stride = (row - span->row) / FP_TABLE_STRIDE;
    const uint32_t *start = table->start + span->starts;
    size_t from = span->first + start[stride];
    bool last = (stride + 1) * FP_TABLE_STRIDE >= span[1].row - span->row;
    size_t n = (last ? span[1].first : span->first + start[stride + 1]) - from;
    *skip = (row - span->row) % FP_TABLE_STRIDE;
    *text = (fp_str){table->body.p + from, n};
    if (!table->view)
        return FP_OK;
    char *copy = fp_arena_array(arena, (ptrdiff_t)n, 1, err);
    if (!copy)
        return FP_NOMEM;
    *text = (fp_str){copy, n};
    return fp_view_read(table->view, table->skipped + from, n, copy, err);
}

static fp_status cut_row(const fp_table *table, ptrdiff_t row, ptrdiff_t count,
                         const ptrdiff_t *columns, fp_arena *arena, fp_str *cells, fp_err *err)
{
    fp_str text;
    fp_field field = {0};
    ptrdiff_t skip, j = 0;
    FP_TRY(text_around(table, row, arena, &text, &skip, err));
    fp_scan scan = fp_scan_begin(text, table->separator);
    for (fp_scan_step step = FP_SCAN_MORE; skip > 0; skip -= step == FP_SCAN_LAST)
        if ((step = fp_scan_field(&scan, &field)) != FP_SCAN_MORE && step != FP_SCAN_LAST)
            return changed(table, err);
    for (fp_scan_step step = FP_SCAN_MORE; step == FP_SCAN_MORE; j++) {
        step = fp_scan_field(&scan, &field);
        if ((step != FP_SCAN_MORE && step != FP_SCAN_LAST) || j == table->columns)
            return changed(table, err);
        for (ptrdiff_t c = 0; c < count; c++)
            if (columns[c] == j && !field.doubled)
                cells[c] = field.raw;
            else if (columns[c] == j)
                FP_TRY(undouble(field.raw, arena, &cells[c], err));
    }
    return j == table->columns ? FP_OK : changed(table, err);
}

fp_status fp_table_row(const fp_table *table, ptrdiff_t row, ptrdiff_t count,
                       const ptrdiff_t *columns, fp_arena *arena, const fp_str **cells, fp_err *err)
{
    fp_str *made;
    FP_ARRAY(made, arena, count, err);
    if (table->cells) {
        fp_block block = fp_block_made(table);
        FP_TRY(take_cells(&block, row, count, columns, arena, made, err));
    } else {
        FP_TRY(cut_row(table, row, count, columns, arena, made, err));
    }
    *cells = made;
    return FP_OK;
}

fp_status fp_table_unchanged(const fp_table *table, fp_err *err)
{
    return table->view ? fp_view_unchanged(table->view, err) : FP_OK;
}
