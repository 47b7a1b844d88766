#ifndef FP_STATS_CIF_H
#define FP_STATS_CIF_H

#include "stats/km.h"

/* Competing events. `data->event` holds 0 for censored and 1..causes for the cause of the event. */

typedef struct {
    fp_conf_type conf_type; /* default log */
    double level;           /* default 0.95 */
    int threads;            /* default 0 = all */
} fp_cif_options;
fp_cif_options fp_cif_defaults(void);

/* Cumulative incidence of every cause in one group. Arrays in the arena; one element a distinct
 * stop time, those of the causes length x causes, cause after cause. */
typedef struct {
    ptrdiff_t n;
    int32_t causes;
    ptrdiff_t length;
    const double *time;     /* ascending */
    const double *at_risk;  /* just before time */
    const double *censored; /* at time */
    const double *free;     /* probability of no event of any cause, just after time */
    const double *free_se;
    const ptrdiff_t *events; /* causes: rows with an event of the cause */
    const double *event;     /* length x causes: events at time */
    const double *cif;       /* length x causes */
    const double *se;        /* length x causes */
    const double *lower;     /* length x causes; NaN where undefined: cif 0 under log */
    const double *upper;
} fp_cif_curves;

/* Aalen-Johansen estimate of cumulative incidence with the infinitesimal-jackknife variance.
 * Method: F_k(t) = sum over times of S(t-) d_k / Y; the influence of every row on F_k follows
 *         the same recursion, and the second moments of the influences are carried from time to
 *         time for the rows at risk and for those that have left (docs/methods/competing-events.md
 *         eq. 1-4). As survfit of a multi-state Surv(); intervals on the scale asked for, cut to
 *         [0, 1]. Weights are case weights; rows may enter late.
 * Source: Aalen & Johansen 1978; Therneau, Crowson & Atkinson 2023, survival's vignette
 *         "Multi-state models". Reference test: cif_mgus2, stats_competing.
 * in    data    strata are ignored: one group
 * in    causes  >= 1
 * out   curves  in `arena`; untouched on error
 * Errors: FP_ARG (n < 1, an event above `causes`, level), FP_NOMEM.
 * Cost: O(n log n + (n + times) causes). Thread-safe: yes. */
FP_MUST_USE fp_status fp_cif(const fp_survdata *data, int32_t causes, const fp_cif_options *options,
                             fp_arena *arena, fp_cif_curves *curves, fp_err *err);

/* The step in force at a time: element of the arrays, -1 before the first. */
ptrdiff_t fp_cif_index(const fp_cif_curves *curves, double time);

/* Time lost to a cause before the horizon: the integral of its cumulative incidence, with the
 * standard error from the integrated influences of the rows (eq. 2 and 3). With horizon less it,
 * the mean time before the event, times after another event counted as before. Source: Andersen
 * 2013, doi 10.1002/sim.5903. Curves are taken as flat after their last time. in    data    the
 * rows of the curves; no late entry        in    cause   0..causes-1 Errors: FP_ARG, FP_NOMEM.
 * Cost: O(n log times). */
typedef struct {
    double horizon, estimate, se;
} fp_cif_mean;
FP_MUST_USE fp_status fp_cif_lost(const fp_survdata *data, const fp_cif_curves *curves,
                                  int32_t cause, double horizon, fp_arena *arena, fp_cif_mean *mean,
                                  fp_err *err);

/* Gray's k-sample test that the cumulative incidence of one cause is the same in every group.
 * Method: score sum of (1 - F(t-))^rho [d_k - d R_k / sum R] with R_k = Y_k (1 - F_k(t-)) / S_k(t-)
 *         and the variance of Gray's eq. for tied data; summed over strata.
 * Source: Gray 1988, Ann. Statist. 16:1141, doi 10.1214/aos/1176350951; ties as cmprsk::cuminc.
 *         docs/methods/competing-events.md eq. 5-8. Reference test: gray_mgus2, stats_competing.
 * in    data    weights are not used (NULL); no late entry (start NULL)
 * in    group   n, 0..groups-1                        borrowed
 * out   result  chisq and p NaN and df 0 where no test can be made: no events of the cause, one
 *               group, a singular variance
 * Errors: FP_ARG, FP_NOMEM. Cost: O(n log n + times groups^3). Thread-safe: yes. */
typedef struct {
    double chisq, p;
    int df;
} fp_gray_result;
FP_MUST_USE fp_status fp_gray(const fp_survdata *data, int32_t cause, const int32_t *group,
                              int32_t groups, double rho, fp_arena *arena, fp_gray_result *result,
                              fp_err *err);

#endif
