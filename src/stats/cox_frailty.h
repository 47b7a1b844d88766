#ifndef FP_STATS_COX_FRAILTY_H
#define FP_STATS_COX_FRAILTY_H

#include "stats/cox.h"

/* A Cox model with a gamma frailty shared within groups: hazard z_g exp(x'beta) lambda0(t), z_g
 * gamma with mean 1 and variance theta. */
typedef struct {
    double theta;       /* NaN: none found (info of the fit says why) */
    double theta_se;    /* NaN at the boundary theta = 0 */
    double loglik;      /* marginal, at the optimum: R's "I-likelihood" */
    double loglik_zero; /* at theta = 0 with the same terms: the ordinary partial likelihood */
    double chisq;       /* 2 (loglik - loglik_zero), >= 0 */
    double p;           /* of theta = 0: half chi-square on 0 and half on 1 degree of freedom */
    double loglik_null; /* marginal, of the frailty without terms, at a theta of its own */
    const double *log_frailty; /* groups: log of the posterior mean of z_g; 0 at theta = 0 */
    const double *events;      /* groups */
    const double *se2;         /* p: from H^-1 I H^-1, R's se2; NaN where aliased */
} fp_cox_frailty_part;

/* Fit it by maximum marginal likelihood.
 * Method: at each theta the penalised partial likelihood in (beta, log z) by Newton-Raphson, each
 *         step by conjugate gradients on the exact Hessian, preconditioned by its block form with a
 *         diagonal frailty part, through the Schur complement of beta; theta by the root of the
 *         analytic derivative of the profile marginal log-likelihood; its standard error from the
 *         second derivative (docs/methods/cox-frailty.md eq. 1-7).
 * Source: Klein 1992, doi 10.2307/2532345; Nielsen, Gill, Andersen & Sorensen 1992; Therneau,
 *         Grambsch & Pankratz 2003, doi 10.1198/1061860031365 (eq. 6-9).
 * Reference test: cox_frailty_gamma, frailty_* (survival 3.5-3, frailty(g, sparse = FALSE)).
 * in    data     n rows, weight NULL                        borrowed
 * in    x        n x p, column-major, finite                borrowed
 * in    offset   n or NULL
 * in    group    n, 0..groups-1; a group may be in several strata
 * in    options  NULL = fp_cox_defaults(); Efron or Breslow
 * out   fit      as fp_cox at (beta, z): eta holds the log frailty, loglik_fitted and lr_chisq are
 *                marginal (against the frailty alone), score_chisq NaN, var [H^-1] of beta
 * out   frailty  in `arena`; both untouched on error
 * Errors:   as fp_cox; FP_ARG with case weights, exact ties, a group out of range. Outcomes: as
 *           fp_cox; without an optimum of beta theta is NaN; FP_COX_MAX_ITER where theta grows
 *           without end. Cost: some 15 fits of O(n p^2 + n c) with c ~ 10 conjugate-gradient steps
 *           each; O(n + groups p) memory, never groups x groups. Thread-safe: yes. */
FP_MUST_USE fp_status fp_cox_frailty(const fp_survdata *data, ptrdiff_t p, const double *x,
                                     const double *offset, const int32_t *group, ptrdiff_t groups,
                                     const fp_cox_options *options, fp_arena *arena,
                                     fp_cox_fit *fit, fp_cox_frailty_part *frailty, fp_err *err);

#endif
