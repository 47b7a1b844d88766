#ifndef FP_STUDY_DATA_PRIV_H
#define FP_STUDY_DATA_PRIV_H

#include "study/data.h"

/* Texts -> 0, 1, 2, ... in the order in which they were first put. Borrows the texts.
 * Method: open addressing on FNV-1a, at most half full. */
typedef struct {
    fp_arena *arena;
    ptrdiff_t *slots; /* index + 1, 0 = free */
    size_t slot_count;
    const char **texts;
    ptrdiff_t count, capacity;
} fp_textmap;
/* At most `capacity` distinct texts. */
FP_MUST_USE fp_status fp_textmap_init(fp_textmap *map, ptrdiff_t capacity, fp_arena *arena,
                                      fp_err *err);
/* Number of the text, added where it is new (then *added is true; may be NULL). */
ptrdiff_t fp_textmap_put(fp_textmap *map, const char *text, bool *added);
/* Number of the text, -1 where it is not there. */
ptrdiff_t fp_textmap_find(const fp_textmap *map, const char *text);

/* Nothing, NA or a dot. */
bool fp_cell_missing(const char *cell);
/* Column of a role in a source description, NULL where it is not mapped. */
const char *fp_spec_role(const fp_source_spec *spec, const char *role);
const fp_source_spec *fp_protocol_source(const fp_protocol *protocol, fp_source_kind kind);

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
/* Read the date in a cell; says what is wrong with it. FP_DAY_NONE where missing and `optional`. */
bool fp_linking_date(const fp_linking *linking, const fp_source *source, ptrdiff_t column,
                     ptrdiff_t row, bool optional, fp_day *out);

FP_MUST_USE fp_status fp_link_arms(fp_linking *linking); /* arms, keys, places of factors */
FP_MUST_USE fp_status fp_link_coaches(fp_linking *linking);
FP_MUST_USE fp_status fp_link_people(fp_linking *linking);
FP_MUST_USE fp_status fp_link_spells(fp_linking *linking);

#endif
