#ifndef FP_TABLE_TABLE_PRIV_H
#define FP_TABLE_TABLE_PRIV_H

#include "table/scan_priv.h"
#include "table/table.h"

/* The file text is kept whole and a cell is a slice of it. Only a quoted field that holds "" is
 * copied, undoubled, into `copies`. Eight bytes a cell, whatever its length. */
typedef struct {
    uint32_t at;   /* offset in text, or in copies */
    uint32_t bits; /* length and the two flags below */
} fp_cell;

#define FP_CELL_QUOTED 0x80000000u
#define FP_CELL_COPIED 0x40000000u
#define FP_CELL_SIZE   0x3fffffffu

#define FP_TABLE_BYTES_MAX   ((size_t)2 * FP_GIB) /* offsets and row numbers fit in 32 bits */
#define FP_TABLE_FIELD_MAX   (16 * FP_MIB)
#define FP_TABLE_COLUMNS_MAX 16384 /* as a spreadsheet */

typedef struct {
    const char *name;
    ptrdiff_t index;
} fp_table_key;

struct fp_table {
    const char *name;  /* the file as given */
    const char *shown; /* the same for messages */
    ptrdiff_t rows;
    ptrdiff_t columns;
    fp_column *column;       /* columns */
    const fp_table_key *key; /* columns, by name in byte order */
    const char *text;
    const char *copies;
    fp_cell *cells;       /* columns x rows: column j begins at j * rows */
    const uint32_t *line; /* rows; NULL = row i stands on line i + 2 */
    char separator;
};

static inline fp_cell fp_table_at(const fp_table *table, ptrdiff_t row, ptrdiff_t j)
{
    return table->cells[j * table->rows + row];
}

static inline fp_str fp_cell_text(const fp_table *table, fp_cell cell)
{
    const char *from = cell.bits & FP_CELL_COPIED ? table->copies : table->text;
    return (fp_str){from + cell.at, cell.bits & FP_CELL_SIZE};
}

/* Names of the columns: trims them, refuses an empty one and a double one, and fills table->key.
 * in   line  of the header, 0 = none */
FP_MUST_USE fp_status fp_table_index(fp_table *table, long line, fp_arena *arena, fp_err *err);

/* Find the type of column j and fill its arrays. */
FP_MUST_USE fp_status fp_table_type(fp_table *table, ptrdiff_t j, const fp_table_options *options,
                                    fp_arena *arena, fp_err *err);

/* Levels of column j from its values, in the order of fp_table_levels(). */
FP_MUST_USE fp_status fp_table_code(const fp_table *table, ptrdiff_t j, fp_arena *arena,
                                    ptrdiff_t *count, const char *const **levels,
                                    const int32_t **level, fp_err *err);

/* Whether a value is a number with this decimal mark, in a table that allows it there. */
bool fp_table_number(const fp_table *table, fp_cell cell, char decimal, double *value);

/* A value for a message, in at most FP_SHOW bytes: shortened, control characters and bytes that
 * are not UTF-8 made visible. */
#define FP_SHOW 96
void fp_table_show(fp_str value, char out[FP_SHOW]);

/* FP_INPUT about a value: file, line and column of the table. */
fp_status fp_table_fail(const fp_table *table, long line, ptrdiff_t j, fp_err *err,
                        const char *format, ...) FP_PRINTF(5, 6);

#endif
