#ifndef FP_STUDY_DATA_PRIV_H
#define FP_STUDY_DATA_PRIV_H

#include "study/data.h"

/* Texts -> 0, 1, 2, ... in the order in which they were first put.
 * Method: open addressing on FNV-1a, at most half full. Any number of threads may find in a map to
 * which nothing is added meanwhile. */
typedef struct {
    fp_arena *arena;
    int32_t *slots; /* index + 1, 0 = free */
    size_t slot_count;
    const char **texts;
    ptrdiff_t count, capacity;
} fp_textmap;
/* Room for `capacity` distinct texts. */
FP_MUST_USE fp_status fp_textmap_init(fp_textmap *map, ptrdiff_t capacity, fp_arena *arena,
                                      fp_err *err);
/* Number of the text, which is borrowed and added where it is new (then *added is true; may be
 * NULL). There is room for it. */
ptrdiff_t fp_textmap_put(fp_textmap *map, const char *text, bool *added);
/* The same with a text that need not stay, in a map that grows as it must. */
FP_MUST_USE fp_status fp_textmap_keep(fp_textmap *map, fp_str text, ptrdiff_t *number, fp_err *err);
/* Number of the text, -1 where it is not there. */
ptrdiff_t fp_textmap_find(const fp_textmap *map, fp_str text);

/* Nothing, NA or a dot. */
bool fp_cell_missing(fp_str cell);
/* Column of a role in a source description, NULL where it is not mapped. */
const char *fp_spec_role(const fp_source_spec *spec, const char *role);

/* The rows of a source in fixed pieces, whatever the number of threads: piece i holds the rows from
 * fp_source_piece_begins(i) up to fp_source_piece_begins(i + 1). */
ptrdiff_t fp_source_pieces(const fp_source *source);
ptrdiff_t fp_source_piece_begins(const fp_source *source, ptrdiff_t piece);
/* Hand the rows of a piece to `each`, in order; cells in the order of the columns, borrowed for the
 * call. Several threads may read pieces of one source. */
typedef void (*fp_source_row_fn)(void *context, ptrdiff_t row, const fp_str *cells);
FP_MUST_USE fp_status fp_source_piece(const fp_source *source, ptrdiff_t piece,
                                      fp_source_row_fn each, void *context, fp_err *err);

/* The cells of one row; in `arena`, their texts there too where the source does not hold them. */
FP_MUST_USE fp_status fp_source_row(const fp_source *source, ptrdiff_t row, fp_arena *arena,
                                    const fp_str **cells, fp_err *err);

/* What the steps of linking share. */
typedef struct {
    const fp_protocol *protocol;
    fp_arena *arena;
    fp_study_data *data;
    fp_problems *problems;
    fp_err *err;
    fp_textmap people, coaches; /* ids -> index */
    fp_coach *coach_rows;       /* data->coaches while they are being made */
    /* Where each factor's levels stand: the source and its column; -1 = nowhere. */
    const fp_source **factor_source;
    ptrdiff_t *factor_column;
} fp_linking;

/* Add a problem at a row of a source (row -1 = the file as a whole; column NULL = none). */
void fp_linking_problem(const fp_linking *linking, bool is_error, const fp_source *source,
                        ptrdiff_t row, const char *column, const char *hint, const char *format,
                        ...) FP_PRINTF(7, 8);
/* Read the date in a cell of a row; says what is wrong with it. FP_DAY_NONE where missing and
 * `optional`. */
bool fp_linking_date(const fp_linking *linking, const fp_source *source, ptrdiff_t column,
                     ptrdiff_t row, fp_str cell, bool optional, fp_day *out);
/* A cell in a message: "\"%.*s\"", at most 80 bytes of it. */
#define FP_CELL_ARG(s) (int)((s).n < 80 ? (s).n : 80), (s).p

FP_MUST_USE fp_status fp_link_arms(fp_linking *linking); /* arms, keys, places of factors */
FP_MUST_USE fp_status fp_link_coaches(fp_linking *linking);
FP_MUST_USE fp_status fp_link_people(fp_linking *linking);
FP_MUST_USE fp_status fp_link_spells(fp_linking *linking);
FP_MUST_USE fp_status fp_link_recruitment(fp_linking *linking); /* after the people */
FP_MUST_USE fp_status fp_link_answers(fp_linking *linking);     /* likewise */
/* Put spells, in the order of the rows, into that of fp_study_data, and mark the duplicates.
 * in/out  spells  count, each with its person; at most INT32_MAX */
FP_MUST_USE fp_status fp_spells_sort(const fp_source *source, fp_spell *spells, ptrdiff_t count,
                                     fp_arena *arena, fp_study_data *data, fp_err *err);

#endif
