#ifndef FP_MODEL_CONTRASTS_H
#define FP_MODEL_CONTRASTS_H

#include "model/common.h"
#include "model/result.h"

/* Add linear contrasts of the coefficients ("2*a - b") to the result of a regression on a mean:
 * result->contrasts, and where there are several the test of all together. Standard errors and
 * degrees of freedom are those behind the model's own p: corrected for few clusters where that is,
 * of each contrast on its own in a mixed model.
 * Source: Rao 1973, sec. 4a.9.   Reference test: contrasts.
 * in,out  result   untouched on error; warnings are added
 * Errors: FP_USAGE (what is no sum of coefficients), FP_INPUT (an unknown coefficient), FP_NOMEM.
 * Outcomes: a contrast with a coefficient without an estimate is NaN, with a warning. */
FP_MUST_USE fp_status fp_contrasts_add(ptrdiff_t count, const char *const *text, fp_arena *arena,
                                       fp_result *result, fp_err *err);

#endif
