#ifndef FP_STATS_KM_H
#define FP_STATS_KM_H

#include "stats/survdata.h"

typedef enum { FP_CONF_LOG, FP_CONF_LOGLOG, FP_CONF_PLAIN } fp_conf_type;

typedef struct {
    fp_conf_type conf_type; /* default log */
    double level;           /* default 0.95 */
} fp_km_options;
fp_km_options fp_km_defaults(void);

/* One Kaplan-Meier curve. Arrays of `length` in the arena; one element a distinct stop time. */
typedef struct {
    ptrdiff_t n; /* rows */
    ptrdiff_t events;
    ptrdiff_t length;
    const double *time;     /* ascending */
    const double *at_risk;  /* at risk just before time */
    const double *event;    /* events at time */
    const double *censored; /* censored at time */
    const double *survival; /* just after time */
    const double *se;       /* Greenwood standard error of survival */
    const double *lower;    /* NaN where undefined: S = 0, and under log-log S = 1 */
    const double *upper;
} fp_km_curve;

/* Kaplan-Meier estimate with Greenwood's variance.
 * Method: product limit; variance of log S is sum d / (y (y - d)); intervals plain, log or log-log,
 *         cut to [0, 1].
 * Source: Kaplan & Meier 1958, doi 10.1080/01621459.1958.10501452; Kalbfleisch & Prentice 2002,
 *         sec. 1.4. Reference test: km_lung, km_unempdur_loglog, km_heart_truncated.
 * in    data     strata are ignored: one curve of all rows
 * out   curve    in `arena`
 * Errors: FP_ARG (n < 1), FP_NOMEM. Cost: O(n log n). Thread-safe: yes. */
FP_MUST_USE fp_status fp_km(const fp_survdata *data, const fp_km_options *options, fp_arena *arena,
                            fp_km_curve *curve, fp_err *err);

/* Quantile of the time and its interval, read from the curve and its bounds as survfit does: the
 * smallest time at which the curve is below 1 - q, the midpoint of a flat piece at exactly 1 - q.
 * NaN where the curve never gets there. */
typedef struct {
    double estimate, lower, upper;
} fp_km_quantile;
fp_km_quantile fp_km_quantile_of(const fp_km_curve *curve, double q);

/* Survival, its standard error and interval at a time (the step in force there; S = 1 before the
 * first). */
typedef struct {
    double time, survival, se, lower, upper, at_risk;
} fp_km_point;
fp_km_point fp_km_at(const fp_km_curve *curve, double time);

/* Restricted mean survival time to `horizon` and its Greenwood standard error (Klein &
 * Moeschberger 2003, eq. 4.5.1-4.5.2); the curve is taken flat after its last time. Left-truncated
 * curves are integrated from 0 as survfit does. */
typedef struct {
    double horizon, estimate, se;
} fp_km_rmst;
fp_km_rmst fp_km_rmst_of(const fp_km_curve *curve, double horizon);

/* Weighted log-rank test of k groups, optionally stratified.
 * Method: sum over strata and death times of w (O - E) with the hypergeometric variance; weight
 *         S(t-)^rho of the pooled curve of the stratum (rho 0 = log-rank, 1 = Peto-Peto).
 * Source: Fleming & Harrington 1991, sec. 7.2; Harrington & Fleming 1982. Reference test: km_lung,
 *         logrank_lung_stratified, logrank_lung_fh1.
 * in    group    n, 0..groups-1                        borrowed
 * out   result   observed, expected (groups); df = groups that have any expected event, less one;
 *                chisq NaN and df 0 where no test can be made (no events, one group)
 * Cost: O(n log n + deaths groups^2). */
typedef struct {
    double chisq, p;
    int df;
    const double *n, *observed, *expected; /* groups */
} fp_logrank_result;
FP_MUST_USE fp_status fp_logrank(const fp_survdata *data, const int32_t *group, int32_t groups,
                                 double rho, fp_arena *arena, fp_logrank_result *result,
                                 fp_err *err);

#endif
