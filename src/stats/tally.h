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

#endif
