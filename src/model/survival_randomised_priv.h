#ifndef FP_MODEL_SURVIVAL_RANDOMISED_PRIV_H
#define FP_MODEL_SURVIVAL_RANDOMISED_PRIV_H

#include "model/randomised_priv.h"
#include "model/survival_priv.h"

/* What the permutation tests of a survival analysis are made of. */
typedef struct {
    fp_randomised_request request;
    const fp_survdata *data;
    fp_ties ties;
    bool logrank; /* no coefficient: Breslow ties, no intervals and no interactions */
} fp_survival_randomised;

/* The permutation tests of a survival analysis, added to the result. The null models hold the other
 * factors fixed as strata, and keep the terms, strata() and offset() of the formula that name no
 * factor. Residuals are martingale residuals, weighted where there are case weights; without terms
 * and with Breslow ties they are the log-rank test's observed less expected events.
 * Source: docs/methods/permutation.md. Errors: fp_randomised_read, FP_NOMEM. */
FP_MUST_USE fp_status fp_survival_permutation(const fp_survival_randomised *what, fp_arena *arena,
                                              fp_warnings *warnings, fp_result *result,
                                              fp_err *err);

#endif
