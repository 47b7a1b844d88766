#ifndef FP_STUDY_POWER_ANSWERS_PRIV_H
#define FP_STUDY_POWER_ANSWERS_PRIV_H

#include "study/power.h"

/* The power of analyses of answers by wave: models lmm, gee and glm (docs/methods/power.md). */

/* Arms, clusters, people and sizes of the plan (power.c). */
fp_power_plan fp_study_power_layout(const fp_protocol *plan);

/* Whether an analysis can be simulated: its outcome says what was planned, its model and family are
 * among those that are simulated, its formula has a factor and no random effects of its own.
 * why   NULL = not wanted; else where it cannot be, why, as a note */
bool fp_study_power_simulates(const fp_protocol *plan, const fp_analysis_spec *spec,
                              const char **why);

/* Whether one that can be simulated has all that it takes, in its range. Cost: no simulation. */
bool fp_study_power_ready(const fp_protocol *plan, const fp_analysis_spec *spec);

/* Simulate it and add its tests.
 * in    target  as fp_study_power_of; the effect is solved for with a tenth of the trials, at least
 *               200 and at most 1,000
 * out   answer  in `arena`; tests from *count on
 * Errors: FP_INPUT: what the plan of the outcome lacks, with its line; as fp_model_power. */
FP_MUST_USE fp_status fp_study_power_answers(const fp_protocol *plan, const fp_analysis_spec *spec,
                                             const fp_power_options *options, double target,
                                             fp_arena *arena, fp_power_answer **answer,
                                             fp_study_power_test *tests, ptrdiff_t *count,
                                             fp_err *err);

#endif
