#ifndef FP_MODEL_POWER_H
#define FP_MODEL_POWER_H

#include <jansson.h>

#include "base/str.h"
#include "stats/power_plan.h"

/* The power of a planned trial: one answer, of which text and JSON are renderings. */

/* One analysis of one question. */
typedef struct {
    const fp_power_question *question;
    fp_power_analysis analysis;
    fp_power_result power; /* at the planned hazard ratios */
    fp_power_result null;  /* under the question's null, all else as planned */
} fp_power_row;

typedef struct {
    fp_power_plan plan;
    fp_power_derived derived;
    fp_power_design design;
    int64_t trials;
    uint64_t seed;
    fp_power_trials met; /* at the planned hazard ratios */
    ptrdiff_t row_count;
    const fp_power_row *rows; /* question by question */
    ptrdiff_t warning_count;
    const char *const *warnings;
} fp_power_answer;

/* Simulate the plan at its hazard ratios, and each question under its null.
 * in    plan      texts and arrays borrowed
 * out   answer    in `arena`
 * Errors: as fp_power_plan_design() and fp_power_simulate(). Cost: one simulation, and one more a
 * question that has an effect. */
FP_MUST_USE fp_status fp_model_power(const fp_power_plan *plan, const fp_power_options *options,
                                     fp_arena *arena, fp_power_answer *answer, fp_err *err);

/* docs/json.md. The caller owns the reference; NULL on lack of memory. */
json_t *fp_power_json(const fp_power_answer *answer);
FP_MUST_USE fp_status fp_power_json_text(const fp_power_answer *answer, fp_buf *out, fp_err *err);
/* For people at a terminal. */
FP_MUST_USE fp_status fp_power_text(const fp_power_answer *answer, fp_buf *out, fp_err *err);

#endif
