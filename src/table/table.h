#ifndef FP_TABLE_TABLE_H
#define FP_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/str.h"

/* A table of typed columns read from a delimited text file. Immutable once read; it lives, with all
 * its texts, in the arena it was read into. Rows are counted from 0, lines of the file from 1. */
typedef struct fp_table fp_table;

typedef enum {
    FP_COLUMN_NUMBER,  /* every value present is a number */
    FP_COLUMN_LOGICAL, /* every value present is TRUE or FALSE (T, F): number[] holds 1 and 0 */
    FP_COLUMN_DATE, /* every value present is a date that fp_day_parse reads, none a plain number */
    FP_COLUMN_TEXT, /* anything else */
} fp_column_type;

/* Why a value is absent; kinds are kept apart and never enter stats/. */
typedef enum {
    FP_PRESENT = 0,
    FP_MISSING_EMPTY, /* nothing between the separators, or "" */
    FP_MISSING_NA,    /* NA */
    FP_MISSING_DOT,   /* . */
    FP_MISSING_USER,  /* one of options.na */
} fp_missing;

typedef struct {
    const char *name;
    fp_column_type type;
    char decimal; /* '.' or ',' as found in this column's numbers */
    bool unread;  /* not among options.mentioned: of type TEXT, with a name and cells alone */
    bool mostly_numbers; /* a TEXT column in which at least 9 in 10 present values are numbers:
                            probably a typing error; `stray_row` is the first that is not */
    ptrdiff_t stray_row; /* -1 = none */
    ptrdiff_t missing_count;
    const uint8_t *missing; /* n of fp_missing */
    const double *number;   /* n; NUMBER and LOGICAL, else NULL; 0 where missing */
    const fp_day *day;      /* n; DATE, else NULL */
    /* TEXT: levels in byte order (distinct present values), and the level of each row, -1 missing.
     * Other types: 0 and NULL; ask fp_table_levels(). */
    ptrdiff_t level_count;
    const char *const *levels;
    const int32_t *level;
} fp_column;

typedef enum {
    FP_ENCODING_FIND, /* UTF-8; where the file is none, Windows-1252, with a warning */
    FP_ENCODING_UTF8,
    FP_ENCODING_WINDOWS_1252
} fp_encoding;

typedef struct {
    char separator;        /* 0 = find out: comma, semicolon or tab */
    char decimal;          /* 0 = find out by column: '.' or, where the separator is not a comma
                              or the field is quoted, ',' */
    const char *name;      /* stands for the file in messages about its text; NULL = the path */
    const char *const *na; /* further texts that mean missing; NULL-terminated; may be NULL */
    size_t max_bytes;      /* largest file; 0 = as large as memory allows */
    fp_encoding encoding;
    const char *const *mentioned; /* texts, NULL-terminated: only columns whose name occurs in one
                                     of them are read. NULL = all. The others cost no memory; errors
                                     in their fields are found all the same */
    int threads;                  /* 0 = all processors; no value depends on it */
    bool sha256;                  /* take the hash of the file's bytes while it is read */
    size_t span_bytes;            /* for tests: bytes a thread takes at a time; 0 = 256 KiB */
    int kernel;                   /* for tests: fp_kernel_best(); 0 = the fastest */
} fp_table_options;
fp_table_options fp_table_defaults(void);

/* Read a CSV or TSV file ("-" = standard input).
 * Method: RFC 4180 with these extensions: separator comma, semicolon or tab, found from the header
 * and the first records; LF, CRLF or a final line without an end; quoted fields may hold
 * separators, line ends and "" for "; blanks around a quoted field are skipped, a quote inside an
 * unquoted field is itself; a UTF-8 byte order mark is skipped; blank lines at the end are skipped.
 * Header names are trimmed; an unquoted value is trimmed, a quoted one is kept as written. A quoted
 * NA, . or options.na text is as missing as an unquoted one. Numbers are the nearest doubles, as
 * strtod gives them. Types, values and errors do not depend on threads.
 * A regular file is read piece by piece and stays open for the life of the table (base/file.h).
 * in    path     file
 * in    options  NULL = fp_table_defaults(); borrowed for the call
 * out   table    in `arena`; untouched on error, and the arena as it was
 * Errors:   FP_INPUT with file, line and column, the first one of the file: cannot open, empty,
 * header only (0 rows), a record with more or fewer fields than the header, a quote that is never
 *           closed, text after a closing quote, a lone carriage return, NUL byte, not UTF-8 (or a
 *           byte that Windows-1252 lacks), two columns of the same name, an empty name, a value
 * over 16 MiB, more than 16,384 columns, larger than max_bytes, shortened or written to while it is
 * read; FP_ARG (another separator or decimal mark); FP_NOMEM. Cost: O(bytes); at most 9 bytes a
 * value of the columns that are read, 8 where none is missing, and a megabyte a thread. Thread-safe
 * on distinct arenas; a table is safe to use from several threads. */
FP_MUST_USE fp_status fp_table_read(const char *path, const fp_table_options *options,
                                    fp_arena *arena, const fp_table **table, fp_err *err);
/* The same from memory; `name` stands for the file in messages. Borrows `text` for the life of the
 * table. */
FP_MUST_USE fp_status fp_table_read_text(const char *name, fp_str text,
                                         const fp_table_options *options, fp_arena *arena,
                                         const fp_table **table, fp_err *err);

/* A table made from columns of texts by a program (cells[j][i] = column j, row i, NULL = empty),
 * typed as if read between quotes; line of row i = i + 2. Errors: as fp_table_read. */
FP_MUST_USE fp_status fp_table_make(const char *name, ptrdiff_t rows, ptrdiff_t columns,
                                    const char *const *names, const char *const *const *cells,
                                    fp_arena *arena, const fp_table **table, fp_err *err);

const char *fp_table_name(const fp_table *table); /* the file as given, or "standard input" */
/* A line about how the file was read, for its reader to see; NULL = nothing to tell. */
const char *fp_table_warning(const fp_table *table);
/* The hash of the file's bytes as 64 hex digits, "" where options.sha256 did not ask for it. */
const char *fp_table_sha256(const fp_table *table);
ptrdiff_t fp_table_rows(const fp_table *table);
ptrdiff_t fp_table_columns(const fp_table *table);
const fp_column *fp_table_column(const fp_table *table, ptrdiff_t j);
/* Index of a column by its exact name, -1 where there is none. */
ptrdiff_t fp_table_find(const fp_table *table, const char *name);
/* The column, or FP_ARG where it was not read, or FP_INPUT that names the file, the column and the
 * nearest existing name. */
FP_MUST_USE fp_status fp_table_need(const fp_table *table, const char *name,
                                    const fp_column **column, fp_err *err);
/* The cell as written (trimmed if unquoted); empty for a missing empty cell. Borrowed. In a column
 * that was not read "" stays doubled. The row is cut again, some 0.2 microseconds a call and more
 * in wide tables: for whole columns see fp_table_texts().  */
fp_str fp_table_cell(const fp_table *table, ptrdiff_t row, ptrdiff_t j);
/* Whole columns as texts that end in NUL: texts[c][i] = the cell in row i of columns[c], read or
 * not, nothing doubled. in    columns  count out   texts    count, in `arena` out   lines    rows,
 * in `arena`: fp_table_line() of each; may be NULL Errors: FP_INPUT (the file was shortened since),
 * FP_NOMEM.   Cost: O(bytes of the file). */
FP_MUST_USE fp_status fp_table_texts(const fp_table *table, ptrdiff_t count,
                                     const ptrdiff_t *columns, fp_arena *arena,
                                     const char *const *const **texts, const long **lines,
                                     fp_err *err);
/* Line of the file on which the record begins. */
long fp_table_line(const fp_table *table, ptrdiff_t row);
/* Levels of any column. TEXT: the values as written, in byte order or as fp_table_with_levels() put
 * them. NUMBER: in numeric order, as R writes them, the fewest digits that read back and fixed
 * unless that is longer (1, 2.5, 1e+05). DATE: in time order, as 2021-02-28. LOGICAL: FALSE, TRUE.
 * Values that are equal though written otherwise (1 and 1.0) are one level.
 * out   levels  count texts, in `arena`
 * out   level   n codes, -1 missing; in `arena`
 * Errors: FP_NOMEM.   Cost: O(n + count log count); at most 90 n bytes of scratch. */
FP_MUST_USE fp_status fp_table_levels(const fp_table *table, ptrdiff_t j, fp_arena *arena,
                                      ptrdiff_t *count, const char *const **levels,
                                      const int32_t **level, fp_err *err);
/* The same table with column j as TEXT whose levels stand in the given order, the first one the
 * reference; a level may have no rows. A value is matched as fp_table_levels() writes it or as it
 * stands in the cell. Rows and texts are shared, so `table` must outlive it.
 * Errors: FP_INPUT (a present value that is none of them, with its line), FP_NOMEM. */
FP_MUST_USE fp_status fp_table_with_levels(const fp_table *table, ptrdiff_t j, ptrdiff_t count,
                                           const char *const *levels, fp_arena *arena,
                                           const fp_table **out, fp_err *err);
/* The same table with the value of one row in every row of column j; the cells keep their text.
 * Rows and texts are shared, so `table` must outlive it. Errors: FP_NOMEM. Cost: O(n). */
FP_MUST_USE fp_status fp_table_with_value(const fp_table *table, ptrdiff_t j, ptrdiff_t row,
                                          fp_arena *arena, const fp_table **out, fp_err *err);
/* `line 14, column "age": "4O" is not a number` for the stray cell of a column. */
FP_MUST_USE fp_status fp_table_not_number(const fp_table *table, ptrdiff_t j, ptrdiff_t row,
                                          fp_err *err);

#endif
