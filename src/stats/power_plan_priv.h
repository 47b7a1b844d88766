#ifndef FP_STATS_POWER_PLAN_PRIV_H
#define FP_STATS_POWER_PLAN_PRIV_H

#include "stats/power_plan.h"

/* What is measured, made ready: correlations filled in and checked.
 * Errors: FP_INPUT, one line each: a probability or a standard deviation out of its range,
 * correlations that there are not, waves that do not go on. */
FP_MUST_USE fp_status fp_power_plan_measure(const fp_power_plan *plan, fp_power_measure *measure,
                                            fp_power_derived *derived, fp_err *err);
/* Whether the probabilities of all arms, as planned and under each null, are some. Errors: FP_INPUT
 * with the arm's. */
FP_MUST_USE fp_status fp_power_plan_check_arms(const fp_power_design *design, fp_err *err);

#endif
