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

/* A question about effect `effect` of the plan (-1, -2: as fp_power_question) in a model, with all
 * as planned under its null. */
fp_power_question *fp_power_plan_ask(fp_power_design *design, int model, int effect, double truth,
                                     fp_power_permute permute);
/* Arms, models and questions of a factorial plan. */
void fp_power_plan_factorial(const fp_power_plan *plan, fp_power_design *design);

#endif
