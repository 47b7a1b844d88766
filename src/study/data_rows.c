/* The rows of a source, piece by piece. */
#include "study/data_priv.h"

enum { PIECE_ROWS = 32768 };

ptrdiff_t fp_source_pieces(const fp_source *source)
{
    return source->table ? fp_table_pieces(source->table)
                         : (source->rows + PIECE_ROWS - 1) / PIECE_ROWS;
}

ptrdiff_t fp_source_piece_begins(const fp_source *source, ptrdiff_t piece)
{
    if (source->table)
        return fp_table_piece_begins(source->table, piece);
    ptrdiff_t row = piece * PIECE_ROWS;
    return row < source->rows ? row : source->rows;
}

fp_status fp_source_piece(const fp_source *source, ptrdiff_t piece, fp_source_row_fn each,
                          void *context, fp_err *err)
{
    fp_str *cells;
    if (source->table)
        return fp_table_piece(source->table, piece, source->column_count, source->column, each,
                              context, err);
    FP_ARENA_SCOPED(scratch, FP_MIB + 64 * (size_t)source->column_count, err);
    FP_ARRAY(cells, scratch, source->column_count, err);
    ptrdiff_t end = fp_source_piece_begins(source, piece + 1);
    for (ptrdiff_t row = fp_source_piece_begins(source, piece); row < end; row++) {
        for (ptrdiff_t j = 0; j < source->column_count; j++)
            cells[j] = fp_str_of(source->cells[j][row]);
        each(context, row, cells);
    }
    return FP_OK;
}

fp_status fp_source_row(const fp_source *source, ptrdiff_t row, fp_arena *arena,
                        const fp_str **cells, fp_err *err)
{
    fp_str *made;
    if (source->table)
        return fp_table_row(source->table, row, source->column_count, source->column, arena, cells,
                            err);
    FP_ARRAY(made, arena, source->column_count, err);
    for (ptrdiff_t j = 0; j < source->column_count; j++)
        made[j] = fp_str_of(source->cells[j][row]);
    *cells = made;
    return FP_OK;
}
