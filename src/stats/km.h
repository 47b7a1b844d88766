#ifndef FP_STATS_KM_H
#define FP_STATS_KM_H

#include "stats/tally.h"

typedef enum { FP_CONF_LOG, FP_CONF_LOGLOG, FP_CONF_PLAIN } fp_conf_type;

typedef struct {
    fp_conf_type conf_type; /* default log */
    double level;           /* default 0.95 */
    bool exp_hazard;        /* survival as exp(-Nelson-Aalen) (Fleming-Harrington), not a product */
    bool robust;            /* standard errors from the influence of clusters, not Greenwood's */
    const int32_t *cluster; /* n, 0..clusters-1; NULL = every row on its own. Borrowed */
    int32_t clusters;
    int threads; /* 0 = all */
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
    const double *se;       /* standard error of survival; NaN where S = 0 */
    const double *lower;    /* NaN where undefined: S = 0, and under log-log S = 1 */
    const double *upper;
    const double *hazard;    /* Nelson-Aalen estimate of the cumulative hazard */
    const double *hazard_se; /* its standard error */
    bool exp_hazard;
    bool robust;
} fp_km_curve;

/* Kaplan-Meier estimate with Greenwood's variance, and the Nelson-Aalen estimate.
 * Method: product limit; variance of log S is sum d / (y (y - d)); intervals plain, log or log-log,
 *         cut to [0, 1]. Hazard: sum d / y, variance sum d / y^2. Robust: infinitesimal jackknife
 *         over clusters (km_robust_priv.h).
 * Source: Kaplan & Meier 1958, doi 10.1080/01621459.1958.10501452; Kalbfleisch & Prentice 2002,
 *         sec. 1.4; Aalen 1978, doi 10.1214/aos/1176344247. Reference test: km_lung,
 *         km_unempdur_loglog, km_heart_truncated, km_ij_*.
 * in    data     strata are ignored: one curve of all rows
 * out   curve    in `arena`
 * Errors: FP_ARG (n < 1), FP_NOMEM. Cost: O(n). Thread-safe: yes. */
FP_MUST_USE fp_status fp_km(const fp_survdata *data, const fp_km_options *options, fp_arena *arena,
                            fp_km_curve *curve, fp_err *err);

/* A curve for each group, all from one pass over the rows.
 * in    group    n, 0..groups-1; NULL = one group; every group has rows
 * in    tally    NULL, or the groups as counted (stats/tally.h), which is then not done again
 * out   curve    groups */
FP_MUST_USE fp_status fp_km_groups(const fp_survdata *data, const int32_t *group, int32_t groups,
                                   const fp_tally *tally, const fp_km_options *options,
                                   fp_arena *arena, fp_km_curve *curve, fp_err *err);

/* Bounds of the Nelson-Aalen estimate H at each time: H +- z se, cut at 0, which is the log scale
 * of survival and R's plot.survfit(cumhaz = TRUE), also for plain; log-log: H exp(+- z se / H), the
 * log scale of H. docs/methods/kaplan-meier.md eq. 16. NaN where the standard error is missing and,
 * under log-log, while H = 0.
 * out   lower, upper   length each. Cost: O(length). */
void fp_km_hazard_bounds(const fp_km_curve *curve, fp_conf_type conf_type, double level,
                         double *lower, double *upper);

/* Quantile of the time and its interval, read from the curve and its bounds as survfit does: the
 * smallest time at which the curve is below 1 - q, the midpoint of a flat piece at exactly 1 - q.
 * NaN where the curve never gets there; 0 for q = 0. */
typedef struct {
    double estimate, lower, upper;
} fp_km_quantile;
fp_km_quantile fp_km_quantile_of(const fp_km_curve *curve, double q);

/* Survival, its standard error and interval at a time (the step in force there; S = 1 before the
 * first; flat after the last). */
typedef struct {
    double time, survival, se, lower, upper, at_risk;
} fp_km_point;
fp_km_point fp_km_at(const fp_km_curve *curve, double time);

/* Survival at each of `count` ascending times, as summary.survfit(times =) gives it: at risk just
 * before the time, events since the time before, the step in force. After the last time of the
 * curve nobody is at risk, and where S > 0 there, survival is NaN: nothing was seen.
 * out  point  count */
typedef struct {
    double time, at_risk, events, survival, se, lower, upper, hazard, hazard_se;
} fp_km_time;
void fp_km_times(const fp_km_curve *curve, const double *time, ptrdiff_t count, fp_km_time *point);

/* Restricted mean survival time to `horizon` and its Greenwood standard error (Klein &
 * Moeschberger 2003, eq. 4.5.1-4.5.2); the curve is taken flat after its last time. Left-truncated
 * curves are integrated from 0 as survfit does. The standard error is not the robust one:
 * stats/rmst.h has that. */
typedef struct {
    double horizon, estimate, se;
} fp_km_rmst;
fp_km_rmst fp_km_rmst_of(const fp_km_curve *curve, double horizon);

/* A late-entry curve with few people at risk early: the first event time, of those before the
 * largest number at risk is reached, with fewer than `few` at risk; `ends` where the curve falls to
 * 0 although rows end later. time NaN = none. */
typedef struct {
    double time, at_risk;
    bool ends;
} fp_km_thin;
fp_km_thin fp_km_thin_of(const fp_km_curve *curve, double few);

#endif
