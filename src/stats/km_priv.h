#ifndef FP_STATS_KM_PRIV_H
#define FP_STATS_KM_PRIV_H

#include <stdbool.h>

#include "stats/km.h"

/* How many of n ascending values are below t, or at most t. */
ptrdiff_t fp_count_upto(const double *values, ptrdiff_t n, double t, bool inclusive);

/* Last step of the curve before `time`, or at or before it; -1 where there is none. */
ptrdiff_t fp_km_index(const fp_km_curve *curve, double time, bool inclusive);

#endif
