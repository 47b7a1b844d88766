#ifndef FP_STUDY_POWER_H
#define FP_STUDY_POWER_H

#include "model/power.h"
#include "study/protocol.h"

/* The power of a study as its plan has it, before anybody is randomised: the size of design.planned
 * and the tests of the analysis plan (docs/methods/power.md). */

/* One test of one analysis of the plan. */
typedef struct {
    const fp_analysis_spec *spec;
    const fp_power_answer *answer;
    const fp_power_row *row;
    double detectable; /* effect found with the power asked for, on its scale; NaN: not asked, or
                          none */
} fp_study_power_test;

typedef struct {
    ptrdiff_t answer_count; /* of the time to an event 1, or 2: the second has the interaction of
                               the plan; and 1 an analysis of answers by wave */
    const fp_power_answer *const *answers;
    ptrdiff_t test_count;
    const fp_study_power_test *tests;
    ptrdiff_t note_count; /* what of the plan is not simulated, in words */
    const char *const *notes;
} fp_study_power;

/* Whether the plan says enough: people, clusters where these are randomised, and of an analysis
 * that can be simulated either hazard ratio and event probability or what its outcome has as
 * planned. */
bool fp_study_power_known(const fp_protocol *plan);

/* Simulate it.
 * Method: the effects of the factors at `hazard_ratio` each, no interaction; where the plan
 *         analyses the interaction, another run with it. An analysis is tested by the correction
 *         that it names (md below 40 clusters, else the plain sandwich; people drawn one by one:
 *         model-based), and where clusters were randomised by permutation.
 *         Analyses of answers: the trials of docs/methods/power.md eq. 21-29 by the very model.
 * in    target   power for which the effect is solved; 0 = not
 * Errors: FP_INPUT (what design.planned lacks, a design of another kind, and as fp_model_power),
 * FP_NOMEM. Cost: as fp_model_power; with a target some 15 simulations a test. */
FP_MUST_USE fp_status fp_study_power_of(const fp_protocol *plan, const fp_power_options *options,
                                        double target, fp_arena *arena, fp_study_power *power,
                                        fp_err *err);

/* For people at a terminal, and docs/json.md. */
FP_MUST_USE fp_status fp_study_power_text(const fp_study_power *power, fp_buf *out, fp_err *err);
json_t *fp_study_power_json(const fp_study_power *power);

#endif
