#ifndef FP_STATS_TALLY_H
#define FP_STATS_TALLY_H

#include "stats/survdata.h"

/* The rows of one group (or of one group in one stratum) counted at their distinct times: all that
 * curves and log-rank tests need of them. One element a distinct stop or start time, ascending. A
 * row is at risk on (start, stop]. */
typedef struct {
    ptrdiff_t rows;
    ptrdiff_t events; /* rows with an event */
    double weight;    /* of all rows */
    ptrdiff_t length;
    ptrdiff_t stops; /* elements at which a row ends; the others are entries alone */
    const double *time;
    const double *at_risk; /* weight at risk after the time before, up to and at this one */
    const double *event;   /* weight */
    const double *censored;
} fp_tally;

/* Count the rows of every slice.
 * Method: whole times in a range that is not much wider than there are rows are counted in a table
 *         of slices and days, in one pass over the rows (whole numbers without weights; with
 *         weights sums over pieces of the rows, added in their order); other times are sorted
 *         (stats/sort.h) and counted in one walk. Both give the same bits on any number of threads.
 * in    data     stratum is not looked at
 * in    slice    n, 0..slices-1; NULL = one slice                         borrowed
 * out   tally    `slices` of them in `arena`; length 0 for a slice without rows
 * Errors: FP_ARG (as fp_survdata_check; a slice out of range), FP_NOMEM.
 * Cost: O(n); scratch 24n bytes at most, 48n with starts. Thread-safe: yes. */
FP_MUST_USE fp_status fp_tally_create(const fp_survdata *data, const int32_t *slice, int32_t slices,
                                      int threads, fp_arena *arena, const fp_tally **tally,
                                      fp_err *err);

/* Columns as a table holds them: numbers, not yet checked or coded. */
typedef struct {
    ptrdiff_t n;
    const double *stop;
    const double *event;   /* 0 and 1, or 1 and 2 */
    const double *number;  /* the group as a whole number; NULL = by code or one group */
    const int32_t *place;  /* group of the number least, least + 1, ...; -1 = none */
    int32_t least, places; /* smallest number of `place`, and its length */
    const int32_t *code;   /* the group, 0..groups-1; NULL = one group */
    int32_t groups;
    int32_t days; /* times are expected below this */
} fp_day_columns;

/* Count the rows of columns in one pass that also checks them: *fits is false, and nothing made,
 * where a time is not whole or not in 0..days-1, an event or a group is something else, or the
 * events are both 0 and 2. 8 bytes a row and column are read and none written.
 * out  tally    groups of them in `arena`, as fp_tally_create makes them
 * out  one_two  whether the events are 1 and 2
 * Errors: FP_NOMEM. Thread-safe: yes. */
FP_MUST_USE fp_status fp_tally_days(const fp_day_columns *columns, int threads, fp_arena *arena,
                                    const fp_tally **tally, bool *one_two, bool *fits, fp_err *err);

#endif
