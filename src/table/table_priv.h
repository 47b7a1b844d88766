#ifndef FP_TABLE_TABLE_PRIV_H
#define FP_TABLE_TABLE_PRIV_H

#include "base/file.h"
#include "table/kernel_priv.h"
#include "table/scan_priv.h"
#include "table/table.h"

#define FP_TABLE_FIELD_MAX   (16 * FP_MIB)
#define FP_TABLE_COLUMNS_MAX 16384        /* as a spreadsheet */
#define FP_TABLE_SPAN        (256 * 1024) /* fits the second-level cache with its index */
#define FP_TABLE_STRIDE      16           /* rows between those whose place is kept */

/* One value as it stands in the text. */
typedef struct {
    const char *p; /* between the quotes, or trimmed; "" still doubled */
    uint32_t n;
    bool quoted;
    bool doubled; /* holds "" */
} fp_value;

/* The body of a file is cut into spans of equal size. A span owns the records whose line end before
 * them lies in it (span 0 owns the first record too); they may reach past its end. */
typedef struct {
    size_t from;        /* where the span begins in the body */
    size_t first;       /* where its first record begins; that of the next where it owns none */
    ptrdiff_t row;      /* rows before its first record */
    ptrdiff_t newlines; /* line ends in the body before `from` */
    size_t starts;      /* place of its first row in fp_table.start */
    bool quotes;        /* there are double quotes in its records */
    bool other;         /* and a NUL or bytes that are not ASCII */
    bool slow;          /* not regular as kernel_priv.h has it: to be cut by fp_scan */
    bool doubt;         /* an error was met: fp_scan has to find it */
} fp_span;

/* A quoted value that held "", undoubled. */
typedef struct {
    ptrdiff_t row;
    ptrdiff_t column;
    fp_str text;
} fp_copy;

typedef struct {
    const char *name;
    ptrdiff_t index;
} fp_table_key;

struct fp_table {
    const char *name; /* the file as given */
    ptrdiff_t rows;
    ptrdiff_t columns;
    fp_column *column;       /* columns */
    const fp_table_key *key; /* columns, by name in byte order */
    char separator;
    /* A table that was read: its text is cut again where a cell is asked for. */
    const fp_view *view; /* NULL = from memory */
    size_t skipped;      /* bytes of the file before the body */
    fp_str body;
    fp_span *span; /* span_count, and one that stands for the end */
    ptrdiff_t span_count;
    uint32_t *start; /* of every FP_TABLE_STRIDE-th row of a span, from span.first */
    long first_line; /* of row 0 */
    bool cut;        /* behind the last span stand records that could not be counted */
    bool regular;    /* row i stands on first_line + i */
    fp_copy *copy;   /* by column and row */
    ptrdiff_t copies;
    bool windows;   /* the body was Windows-1252 */
    bool *not_utf8; /* while reading: whether that was the error */
    const char *warning;
    char sha256[65];
    int threads;
    int kernel; /* fp_kernel_best() */
    /* A table that was made. */
    const fp_value *cells; /* columns x rows: column j begins at j * rows */
};

/* Names of the columns: trims them, refuses an empty one and a double one, and fills table->key.
 * in   line  of the header, 0 = none */
FP_MUST_USE fp_status fp_table_index(fp_table *table, long line, fp_arena *arena, fp_err *err);

/* The span that owns a row. Cost: O(log spans). */
ptrdiff_t fp_span_of(const fp_table *table, ptrdiff_t row);
/* Line of the file on which byte `at` of the body stands, `at` not before span k. */
long fp_table_line_at(const fp_table *table, ptrdiff_t k, size_t at);

/* The value at a place, as it stands and with "" undoubled where the column was asked for. */
fp_value fp_table_value(const fp_table *table, ptrdiff_t row, ptrdiff_t j);

/* Types and values of the columns that options.mentioned asks for. Each record of a file is looked
 * at on the way; `*doubt` tells whether something was met that fp_table_check_span() has to judge.
 */
FP_MUST_USE fp_status fp_table_fill(fp_table *table, const fp_table_options *options,
                                    fp_arena *arena, bool *doubt, fp_err *err);

/* Levels of column j from its values, in the order of fp_table_levels(); not of a TEXT column. */
FP_MUST_USE fp_status fp_table_code(const fp_table *table, ptrdiff_t j, fp_arena *arena,
                                    ptrdiff_t *count, const char *const **levels,
                                    const int32_t **level, fp_err *err);

/* Whether a value is a number with this decimal mark, in a table that allows it there. */
bool fp_table_number(const fp_table *table, fp_value value, char decimal, double *number);

/* Copy a text with each "" as one ", and give the length. */
size_t fp_table_undouble(fp_str raw, char *to);

/* A value for a message, in at most FP_SHOW bytes: shortened, control characters and bytes that
 * are not UTF-8 made visible. */
#define FP_SHOW 96
void fp_table_show(fp_str value, char out[FP_SHOW]);

/* FP_INPUT about a value: file, line and column of the table. */
fp_status fp_table_fail(const fp_table *table, long line, ptrdiff_t j, fp_err *err,
                        const char *format, ...) FP_PRINTF(5, 6);

#endif
