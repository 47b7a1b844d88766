#ifndef FP_MODEL_REGRESSION_RANDOMISED_PRIV_H
#define FP_MODEL_REGRESSION_RANDOMISED_PRIV_H

#include "model/randomised_priv.h"
#include "model/regression_priv.h"

/* The permutation tests of a generalised linear model, added to the result. The null models give
 * every level of the factors held fixed a mean of its own and keep the terms and the offset of the
 * formula that name no factor. Residuals are response residuals, outcome less fitted mean, weighted
 * where there are case weights; `means`: their mean in each cluster is compared, clusters alike.
 * Source: docs/methods/permutation.md, eq. 13; Gail et al. 1996.
 * Errors: fp_randomised_read, FP_NOMEM. */
FP_MUST_USE fp_status fp_regression_permutation(const fp_randomised_request *request,
                                                const fp_regression *data, bool means,
                                                fp_arena *arena, fp_warnings *warnings,
                                                fp_result *result, fp_err *err);

#endif
