#ifndef FP_STATS_POWER_SCALE_H
#define FP_STATS_POWER_SCALE_H

#include "stats/power.h"

/* Three names of one thing, how much clusters differ (docs/methods/power.md eq. 10-13):
 *   theta  variance of the frailty, whose mean is 1;
 *   k      coefficient of variation of the clusters' hazards = sqrt(theta);
 *   icc    intracluster correlation of having had the event by the end of follow-up in the
 *          reference arm = Var(pi_j) / (pi (1 - pi)), pi_j = 1 - S_j.
 * All: survival S in (0, 1) of the reference arm over all clusters; thread-safe. */

/* S = E exp(-z hazard) over the frailty z. Log-normal: the trapezoidal rule on the normal density,
 * to 1e-13. theta 0 = no frailty. */
double fp_frailty_survival(fp_frailty_law law, double theta, double hazard);
/* The hazard at a frailty of 1 that gives survival S over all clusters. */
double fp_frailty_hazard(fp_frailty_law law, double theta, double survival);
/* The same over covariates too: survival of the reference arm over all people (eq. 45), and the
 * hazard of a person with covariates 0 and a frailty of 1 that gives it. Normal covariates by the
 * trapezoidal rule, to 1e-10. */
double fp_covariate_survival(fp_frailty_law law, double theta, int32_t covariates,
                             const fp_power_covariate *covariate, double hazard);
double fp_covariate_hazard(fp_frailty_law law, double theta, int32_t covariates,
                           const fp_power_covariate *covariate, double survival);
double fp_frailty_icc(fp_frailty_law law, double theta, double survival);
/* The theta of an icc. Errors: FP_INPUT where icc is not in [0, 1), or higher than this law
 * reaches. */
FP_MUST_USE fp_status fp_frailty_of_icc(fp_frailty_law law, double icc, double survival,
                                        double *theta, fp_err *err);

#endif
