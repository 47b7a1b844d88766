#ifndef FP_MODEL_POWER_CLOSED_H
#define FP_MODEL_POWER_CLOSED_H

#include "base/str.h"
#include "stats/power_formula.h"

/* Closed forms of one comparison of two groups: one answer, of which text and JSON are renderings.
 */

/* One method; NaN where a number has no answer or lacks an input. */
typedef struct {
    fp_closed_method method;
    double power;  /* as planned */
    double units;  /* clusters, or people, in all, for the power asked for; not rounded */
    double size;   /* people, or person-time, a cluster, for it */
    double effect; /* value of the other group that is found with it */
    double limit;  /* power that no size of clusters exceeds */
} fp_power_formula;

typedef struct {
    fp_closed_plan plan;
    double target;
    ptrdiff_t count;
    fp_power_formula row[FP_CLOSED_METHODS];
} fp_power_formulas;

/* Errors: as fp_closed_check(); FP_INPUT, a target that is no power. */
FP_MUST_USE fp_status fp_model_power_closed(const fp_closed_plan *plan, double target,
                                            fp_power_formulas *answer, fp_err *err);
/* docs/json.md. */
FP_MUST_USE fp_status fp_power_formulas_json(const fp_power_formulas *answer, fp_buf *out,
                                             fp_err *err);
/* For people at a terminal. */
FP_MUST_USE fp_status fp_power_formulas_text(const fp_power_formulas *answer, fp_buf *out,
                                             fp_err *err);

#endif
