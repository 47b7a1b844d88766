#ifndef FP_MODEL_RESULT_TABLE_PRIV_H
#define FP_MODEL_RESULT_TABLE_PRIV_H

#include "base/str.h"

/* A table for a terminal: the first column to the left, the others to the right, as wide as their
 * widest cell counted in characters. Cells that were never set are empty. Lives in its arena. */
typedef struct {
    fp_arena *arena;
    ptrdiff_t rows, columns; /* row 0 is the head */
    const char **cell;       /* rows x columns, row after row */
    fp_status status;        /* the first failure sticks */
} fp_text_table;

FP_MUST_USE fp_status fp_text_table_create(ptrdiff_t rows, ptrdiff_t columns, fp_arena *arena,
                                           fp_text_table *table, fp_err *err);
/* Put a copy of the text in a cell. */
void fp_text_table_set(fp_text_table *table, ptrdiff_t row, ptrdiff_t column, const char *text);
/* Fill a column below the head with numbers, one a row, all with the decimals that show three
 * significant digits of the smallest, but between `least` and `most`. Non-finite: a dash. */
void fp_text_table_numbers(fp_text_table *table, ptrdiff_t column, const double *value, int least,
                           int most);
/* The same with at most six digits and no trailing zeros: for times. */
void fp_text_table_times(fp_text_table *table, ptrdiff_t column, const double *value);
/* The same for p-values. */
void fp_text_table_p(fp_text_table *table, ptrdiff_t column, const double *p);
/* Append the table. */
FP_MUST_USE fp_status fp_text_table_put(const fp_text_table *table, fp_buf *out, fp_err *err);

/* Append `text` in lines of at most 78 characters, the first after `first`, the others after
 * `rest`. */
void fp_text_wrap(fp_buf *out, const char *first, const char *rest, const char *text);

#endif
