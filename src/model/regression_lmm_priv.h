#ifndef FP_MODEL_REGRESSION_LMM_PRIV_H
#define FP_MODEL_REGRESSION_LMM_PRIV_H

#include "model/regression_priv.h"

/* What comes out of a mixed model besides coefficients and variances, where options ask for it:
 * tests of the variances, effects of the groups, fitted values and residuals. Errors: as fp_lmm,
 * FP_NOMEM. */
FP_MUST_USE fp_status fp_lmm_add_outputs(const fp_table *table, const fp_lmm_model_options *options,
                                         fp_arena *arena, fp_result *result, fp_lmm_result *lmm,
                                         fp_err *err);

#endif
