#ifndef FP_MODEL_REGRESSION_H
#define FP_MODEL_REGRESSION_H

#include "model/common.h"
#include "model/design.h"
#include "model/result.h"
#include "stats/family.h"

/* Front ends of the regressions on a mean: table and formula in, one fp_result out. */

typedef struct {
    fp_model_common common;
    fp_family family;
    int link; /* fp_link; -1 = the canonical one */
} fp_glm_model_options;
fp_glm_model_options fp_glm_model_defaults(void);

/* Generalised linear model (docs/methods/glm.md): t on the residual degrees of freedom behind p
 * where the dispersion is estimated, the normal distribution otherwise, as R's summary().
 * Outcomes: state "converged", "rank_deficient", "separated", "max_iter" (with warnings).
 * Errors: as fp_design_build; FP_INPUT where the outcome does not fit the family (with its line),
 *         does not vary, or is a survival time; FP_USAGE for a link that the family has not. */
FP_MUST_USE fp_status fp_model_glm(const fp_table *table, const char *formula,
                                   const fp_glm_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

#endif
