#ifndef FP_STATS_COX_FIRTH_H
#define FP_STATS_COX_FIRTH_H

#include "stats/cox.h"
#include "stats/firth.h"

/* Fit a Cox model with Firth's penalty: the maximum of log L + 1/2 log |I|, which is finite where
 * the likelihood is monotone, and less biased in small samples.
 * Method: Newton-Raphson with the information as the Hessian and the modified score; its third
 *         moments in O(n p^2) by exchanging the sums over rows and times, for Efron's ties too
 *         (docs/methods/cox-firth.md eq. 1-4). Intervals by the profile of the penalised
 *         likelihood: restricted maxima with |I| of all coefficients, as logistf and coxphf.
 * Source: Firth 1993, doi 10.1093/biomet/80.1.27; Heinze & Schemper 2001,
 *         doi 10.1111/j.0006-341X.2001.00114.x (sec. 2). Reference test: firth_* (maximised in R).
 * in    data     n rows; weights count as copies            borrowed
 * in    x        n x p, column-major, finite                borrowed
 * in    offset   n or NULL
 * in    options  NULL = fp_cox_defaults(); Efron or Breslow
 * in    level    of the intervals, 0.95
 * out   fit      as fp_cox; the log-likelihoods and lr_chisq are penalised, var is the inverse of I
 *                at the estimate, score_chisq that of the ordinary likelihood; in `arena`
 * out   firth    in `arena`; both untouched on error
 * Errors:   as fp_cox; FP_ARG with exact ties. Outcomes: as fp_cox, never FP_COX_SEPARATED.
 * Cost: O(n p^2) an iteration, some 10 for the fit and 50 p for the intervals.
 * Thread-safe: yes. */
FP_MUST_USE fp_status fp_cox_firth(const fp_survdata *data, ptrdiff_t p, const double *x,
                                   const double *offset, const fp_cox_options *options,
                                   double level, fp_arena *arena, fp_cox_fit *fit,
                                   fp_firth_part *firth, fp_err *err);

#endif
