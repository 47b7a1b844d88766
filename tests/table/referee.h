#ifndef FP_TESTS_TABLE_REFEREE_H
#define FP_TESTS_TABLE_REFEREE_H

#include "table/table.h"

/* A reader of delimited text that is as plain as can be: one pass by fp_scan, one value after
 * another, strtod, no threads, no guesses. What fp_table_read_text() gives must be the same.
 * out  out  the table as dump_everything() writes it, or the error as one line */
void referee_dump(fp_str text, const fp_table_options *options, fp_buf *out);

/* All that a table tells: types, values, cells, levels, lines. */
void dump_everything(const fp_table *table, fp_buf *out);

/* Read with fp_table_read_text() and write the outcome in the same words. */
void reader_dump(fp_str text, const fp_table_options *options, fp_buf *out);

#endif
