#ifndef FP_STATS_COX_CURVE_H
#define FP_STATS_COX_CURVE_H

#include "stats/cox.h"
#include "stats/km.h"

/* Predicted survival of one covariate row in one stratum. Arrays of `length`, an element a distinct
 * time of the stratum, events and censorings alike. */
typedef struct {
    ptrdiff_t length;
    const double *time;
    const double *at_risk; /* weighted, just before the time; of the stratum, whoever it is */
    const double *event;   /* weighted */
    const double *cumulative_hazard;
    const double *survival;
    const double *se;    /* of the cumulative hazard, which is minus the log of survival */
    const double *lower; /* of survival; NaN where not defined */
    const double *upper;
} fp_cox_curve;

/* Survival curves that a Cox model predicts.
 * Method: H(t) = exp(eta) H0(t) with the estimate of H0 that goes with the ties (Efron: a sum over
 *         sub-events; Breslow: deaths over the sum of scores), S = exp(-H). The variance of H has a
 *         part for the hazard and one for the coefficients. docs/methods/cox-prediction.md eq. 5
 *         to 7. As survfit.coxph(stype = 2, ctype matching the ties).
 * Source: Tsiatis 1981; Therneau & Grambsch 2000, sec. 10.2.   Reference test: cox_output.
 * in    data, p, x, fit, ties   as fitted; a NaN coefficient counts as 0
 * in    var      p x p, of the coefficients: the robust one where it is behind the intervals
 * in    at       count x p, column-major: covariate rows, not centred
 * in    offset   count, or NULL = 0
 * in    options  NULL = fp_km_defaults(): kind and level of the intervals
 * out   curves   count x strata: curve of row i in stratum s at i + s count; in `arena`
 * Errors: FP_ARG (those of fp_cox), FP_NOMEM. Cost: O(n log n + n p + count times p^2).
 * Thread-safe: yes. */
FP_MUST_USE fp_status fp_cox_curves(const fp_survdata *data, ptrdiff_t p, const double *x,
                                    const fp_cox_fit *fit, fp_ties ties, const double *var,
                                    const double *at, const double *offset, ptrdiff_t count,
                                    const fp_km_options *options, fp_arena *arena,
                                    fp_cox_curve **curves, fp_err *err);

#endif
