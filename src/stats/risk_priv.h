#ifndef FP_STATS_RISK_PRIV_H
#define FP_STATS_RISK_PRIV_H

#include "stats/survdata.h"

/* The grid of distinct death times, stratum after stratum, and for every row the stretch of it at
 * which the row is at risk. The first element of each stratum is an empty slot at time -infinity
 * (no deaths), so that lo and hi always point at an element: row i is at risk at the elements
 * lo[i] + 1 .. hi[i], and where it has an event that is at hi[i]. Sums over risk sets are then
 * suffix sums inside a stratum: add at hi, subtract at lo. */
typedef struct {
    ptrdiff_t n;
    ptrdiff_t length; /* elements of the grid, empty slots included */
    ptrdiff_t events; /* rows with an event */
    int32_t strata;
    const int32_t *first; /* strata + 1: where each stratum begins */
    const int32_t *lo;    /* n */
    const int32_t *hi;    /* n */
    const double *time;   /* length */
    const double *deaths; /* length; number of rows */
    const double *wbar;   /* length; mean weight of the deaths, 0 where there are none */
} fp_risk;

/* Make the grid. Whole-numbered death times within a range of a few times n are found by counting,
 * others by a radix sort of the rows.
 * in    threads  0 = all processors; the result does not depend on it
 * Errors: FP_ARG (n < 1 or above 2^30, an interval without length, a weight that is not above 0, a
 * stratum out of range), FP_NOMEM. Cost: O(n), 8n + O(deaths) bytes, and 32n for the sort. */
FP_MUST_USE fp_status fp_risk_create_on(const fp_survdata *data, int threads, fp_arena *arena,
                                        fp_risk *risk, fp_err *err);
/* The same on the thread that calls. */
FP_MUST_USE fp_status fp_risk_create(const fp_survdata *data, fp_arena *arena, fp_risk *risk,
                                     fp_err *err);
/* Last element of first..last - 1 whose time is at most t. */
int32_t fp_risk_find(const double *time, int32_t first, int32_t last, double t);

/* Refuse data that no estimator of the room can use; see fp_risk_create. */
FP_MUST_USE fp_status fp_survdata_check(const fp_survdata *data, fp_err *err);

/* Turn per-element values into sums from each element to the end of its stratum. */
void fp_risk_suffix(const fp_risk *risk, double *values);
/* Turn per-element values into sums from the beginning of the stratum up to each element. */
void fp_risk_prefix(const fp_risk *risk, double *values);

static inline int32_t fp_row_stratum(const fp_survdata *data, ptrdiff_t i)
{
    return data->stratum ? data->stratum[i] : 0;
}

static inline double fp_row_weight(const fp_survdata *data, ptrdiff_t i)
{
    return data->weight ? data->weight[i] : 1.0;
}

static inline int32_t fp_strata_of(const fp_survdata *data)
{
    return data->stratum ? data->strata : 1;
}

/* Order of doubles for qsort. */
int fp_by_value(const void *a, const void *b);

#endif
