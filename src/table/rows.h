#ifndef FP_TABLE_ROWS_H
#define FP_TABLE_ROWS_H

#include "table/table.h"

/* The rows of a table as texts, for whoever folds over a file that is too large to keep: read again
 * from the file, a few megabytes at a time, past its mapping. A table whose options.mentioned names
 * nothing costs hardly any memory itself. Cells are as written, "" undoubled, in the order of
 * `columns`. A table is safe to use from several threads. */

/* The rows in fixed pieces, whatever the number of threads: piece i holds the rows from
 * fp_table_piece_begins(i) up to fp_table_piece_begins(i + 1). */
ptrdiff_t fp_table_pieces(const fp_table *table);
ptrdiff_t fp_table_piece_begins(const fp_table *table, ptrdiff_t piece);
/* Hand the rows of one piece to `each`, in order; cells borrowed for the call.
 * in      columns  count indices
 * Errors: FP_INPUT (the file was shortened or written to since), FP_NOMEM.
 * Cost: O(bytes of the piece); a megabyte of scratch. */
typedef void (*fp_table_row_fn)(void *context, ptrdiff_t row, const fp_str *cells);
FP_MUST_USE fp_status fp_table_piece(const fp_table *table, ptrdiff_t piece, ptrdiff_t count,
                                     const ptrdiff_t *columns, fp_table_row_fn each, void *context,
                                     fp_err *err);
/* The cells of one row.
 * out     cells  count, with their texts in `arena`
 * Errors: as fp_table_piece.   Cost: some microseconds and a kilobyte or so of `arena`. */
FP_MUST_USE fp_status fp_table_row(const fp_table *table, ptrdiff_t row, ptrdiff_t count,
                                   const ptrdiff_t *columns, fp_arena *arena, const fp_str **cells,
                                   fp_err *err);
/* FP_INPUT where the file has been written to since it was opened. */
FP_MUST_USE fp_status fp_table_unchanged(const fp_table *table, fp_err *err);

#endif
