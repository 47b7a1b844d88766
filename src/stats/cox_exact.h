#ifndef FP_STATS_COX_EXACT_H
#define FP_STATS_COX_EXACT_H

#include "stats/cox.h"

/* Fit a Cox model with the exact discrete partial likelihood for ties: at a time with d events
 * among those at risk, the probability that it is these d out of all sets of d. It is the
 * conditional logistic likelihood, for times that are discrete in truth. Method: Newton-Raphson as
 * fp_cox; the sum over all subsets, the mean and the covariance of the covariates over them by
 * recursion over the rows (docs/methods/cox-exact.md eq. 3-5), in ratios and mixtures that neither
 * overflow nor cancel. Without late entry one sweep serves all tied times of a stratum; times with
 * one event go the way of fp_cox. Source: Cox 1972 eq. 12; Gail, Lubin & Rubinstein 1981,
 * doi 10.1093/biomet/68.3.703 (sec. 2). Reference test: exact_* (survival 3.5-3, coxph ties =
 * "exact"), hand-worked fractions. in    data     n rows, weight NULL borrowed in    x        n x
 * p, column-major, finite                borrowed in    offset   n or NULL in    options  NULL =
 * fp_cox_defaults(); `ties` is not looked at out   fit      as fp_cox; in `arena`; untouched on
 * error Errors:   as fp_cox; FP_ARG with case weights, for which it is not defined; FP_INPUT where
 * the tied sets are so large that it would take hours. Outcomes: as fp_cox. Cost: for a tied time
 * with d events among m at risk O(m min(d, m - d) p^2) an iteration, in one sweep O(m D p^2) for
 * all times of a stratum with at most D events each; O(D p^2) memory. Thread-safe: yes. */
FP_MUST_USE fp_status fp_cox_exact(const fp_survdata *data, ptrdiff_t p, const double *x,
                                   const double *offset, const fp_cox_options *options,
                                   fp_arena *arena, fp_cox_fit *fit, fp_err *err);

#endif
