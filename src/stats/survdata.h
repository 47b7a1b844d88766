#ifndef FP_STATS_SURVDATA_H
#define FP_STATS_SURVDATA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Right-censored, possibly left-truncated survival times. A row is at risk on (start, stop].
 * Every array has n elements and is borrowed for the call; no missing or non-finite values. */
typedef struct {
    ptrdiff_t n;
    const double *start;    /* NULL = nobody enters late */
    const double *stop;     /* > start where start is given, else >= 0 */
    const int32_t *event;   /* 0 censored, 1 event */
    const int32_t *stratum; /* 0..strata-1; NULL = one stratum */
    int32_t strata;         /* number of strata; 1 where stratum is NULL */
    const double *weight;   /* > 0; NULL = 1 */
} fp_survdata;

/* Whole times up to this size are tied or far apart: fp_surv_timefix leaves them alone, and they
 * can be counted instead of sorted. */
#define FP_SURV_WHOLE_MOST 67108864.0 /* 2^26 = 1 / sqrt(DBL_EPSILON) */

/* Whether all of n values are whole and at most FP_SURV_WHOLE_MOST in size; if so, the smallest and
 * the largest. threads 0 = all. Cost: O(n), one pass. Thread-safe: yes. */
typedef struct {
    bool whole;
    int32_t least, most;
} fp_surv_span;
fp_surv_span fp_surv_span_of(ptrdiff_t n, const double *values, int threads);

/* Treat times that differ by rounding only as tied, as R's timefix does: after sorting the distinct
 * values of start and stop together, neighbours whose difference is <= sqrt(DBL_EPSILON) times the
 * mean absolute value (or <= sqrt(DBL_EPSILON)) become the smaller one.
 * in/out  stop n, start n or NULL.
 * Errors: FP_NOMEM; FP_INPUT where an interval is left without length (the message names the row,
 *         from 1; start and stop are then spoilt).
 * Cost: O(n); nothing but a look where all times are whole (fp_surv_span_of). */
FP_MUST_USE fp_status fp_surv_timefix(ptrdiff_t n, double *start, double *stop, fp_arena *scratch,
                                      fp_err *err);

/* Rows of one stratum, copied as data of their own with one stratum; event codes stay as they are.
 * Errors: FP_NOMEM. Cost: O(n). */
FP_MUST_USE fp_status fp_surv_stratum(const fp_survdata *data, int32_t s, fp_arena *arena,
                                      fp_survdata *out, fp_err *err);

#endif
