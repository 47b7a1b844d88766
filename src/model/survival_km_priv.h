#ifndef FP_MODEL_SURVIVAL_KM_PRIV_H
#define FP_MODEL_SURVIVAL_KM_PRIV_H

#include "model/survival_priv.h"

/* What the parts of a Kaplan-Meier analysis share. */
typedef struct {
    const fp_km_model_options *options;
    const fp_design *design;
    fp_survdata data; /* events exchanged where reversed; strata of the test */
    fp_km_options how;
    const fp_tally *tally; /* by group; NULL where the test is stratified */
    fp_arena *arena;
    fp_warnings *warnings;
    fp_km_stratum *strata; /* groups */
} fp_km_analysis;

/* The tests between the groups: log-rank, trend, clustered, pairs.
 * Errors: FP_INPUT (scores, groups without numbers, too many pairs), FP_NOMEM. */
FP_MUST_USE fp_status fp_km_tests(const fp_km_analysis *k, fp_result *result, fp_err *err);

/* What a reader has to know of these curves and tests. */
FP_MUST_USE fp_status fp_km_warn(const fp_km_analysis *k, const fp_result *result, fp_err *err);

#endif
