#ifndef FP_TABLE_BLOCK_PRIV_H
#define FP_TABLE_BLOCK_PRIV_H

#include "table/table_priv.h"

/* The records of one span, cut into values; or all of a table that was made. */
typedef struct {
    ptrdiff_t span;
    ptrdiff_t row; /* of its first record in the table */
    ptrdiff_t rows;
    ptrdiff_t columns;
    const char *p;        /* the text of the records ... */
    const uint32_t *ends; /* ... and where its fields end: see fp_kernel; NULL where it is slow */
    const fp_value *cell; /* slow: value (i, j) at cell[i * by_row + j * by_column] */
    ptrdiff_t by_row, by_column;
    const char *const *start; /* slow: where the records begin; NULL in a table that was made */
} fp_block;

/* What one thread works with: room that grows to the largest block that it meets. */
typedef struct {
    fp_arena *arena;
    char *text;
    size_t text_size;
    uint32_t *ends;
    size_t ends_size;
    fp_value *cell;
    size_t cell_size;
    const char **start;
    size_t start_size;
    char *plain;
    size_t plain_size;
} fp_bench;

/* Bring the records of span k on the bench, until the next. `*doubt`: an error was met, and the
 * block is not to be used. Errors: FP_INPUT (fp_view_read), FP_NOMEM. */
FP_MUST_USE fp_status fp_block_load(fp_bench *bench, const fp_table *table, const fp_kernel *kernel,
                                    ptrdiff_t k, fp_block *block, bool *doubt, fp_err *err);
/* All of a table that was made. */
fp_block fp_block_made(const fp_table *table);
/* Value of record i of the block in column j. */
fp_value fp_block_value(const fp_block *block, ptrdiff_t i, ptrdiff_t j);
/* Where record i begins; not in a table that was made. */
const char *fp_block_start(const fp_block *block, ptrdiff_t i);
/* The text of a value, undoubled on the bench (until the next) where it holds "". */
FP_MUST_USE fp_status fp_bench_plain(fp_bench *bench, fp_value value, fp_str *text, fp_err *err);

/* Called for each block of a table, by one of the threads. `lane`: which. */
typedef fp_status (*fp_block_fn)(void *context, ptrdiff_t lane, fp_bench *bench,
                                 const fp_block *block, fp_err *err);
/* How many lanes fp_table_visit() runs. */
ptrdiff_t fp_table_lanes(const fp_table *table);
/* Hand every block of the table to `each`, on table->threads threads. A block in which an error is
 * met is marked in span.doubt and not handed on; such a span, or one marked before, sets *doubt.
 * Errors: those of `each`; FP_INPUT, FP_NOMEM. */
FP_MUST_USE fp_status fp_table_visit(const fp_table *table, fp_block_fn each, void *context,
                                     bool *doubt, fp_err *err);

#endif
