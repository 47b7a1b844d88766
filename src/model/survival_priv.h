#ifndef FP_MODEL_SURVIVAL_PRIV_H
#define FP_MODEL_SURVIVAL_PRIV_H

#include "model/model_priv.h"
#include "model/survival.h"

/* The design of a survival formula. Errors: as fp_design_build; FP_INPUT where the left-hand side
 * is not Surv(). Adds warnings on dropped rows and on events written as 1 and 2. */
FP_MUST_USE fp_status fp_survival_design(const fp_table *table, const char *formula,
                                         const fp_design_options *options, fp_arena *arena,
                                         fp_design *design, fp_warnings *warnings, fp_err *err);
/* A view of the design's response, strata and weights. */
fp_survdata fp_survival_view(const fp_design *design);

/* Warn of what is odd about the times of a Cox model with events: strata without an event, all
 * times tied. Errors: FP_NOMEM. Cost: O(n), no more than a look without strata. */
FP_MUST_USE fp_status fp_survival_warn(const fp_design *design, fp_arena *scratch,
                                       fp_warnings *warnings, fp_err *err);

/* What a regression of hazards gives of its coefficients. */
typedef struct {
    const fp_design *design;
    double level;
    const double *beta;   /* p */
    const bool *defined;  /* p: whether there is an estimate */
    const double *var;    /* p x p: model-based */
    const double *robust; /* p x p, behind statistic, p and interval; NULL = var is */
} fp_hazard_estimates;
/* Terms and covariance into the result. Clusters or rows that are all alike (nobody differs, or
 * everybody did the same on one day) give a robust standard error of 0, that is of no more than
 * rounding: it says nothing of the precision, so there is a warning and no test. Errors: FP_NOMEM.
 */
FP_MUST_USE fp_status fp_hazard_terms(const fp_hazard_estimates *e, fp_arena *arena,
                                      fp_warnings *warnings, fp_result *result, fp_err *err);

/* What cannot be squared has no variance: say where it stands. Errors: FP_INPUT with the line of a
 * covariate of FP_COX_LARGEST or more. Cost: O(n p). */
FP_MUST_USE fp_status fp_survival_check_size(const fp_design *design, const fp_table *table,
                                             fp_err *err);

/* ---- Separation in words ---- */

/* Which coefficients of a separated fit have no finite value: those whose model-based standard
 * error on the scale of one standard deviation of the column exceeds 30 (a column with any
 * information at all has about 1 / sqrt(events)); where none does, the largest of them.
 * out  diverges  p flags, in `arena` */
FP_MUST_USE fp_status fp_separation_find(const fp_design *design, const fp_cox_fit *fit,
                                         fp_arena *arena, const bool **diverges, fp_err *err);
/* A warning a diverging term, in words about people. */
FP_MUST_USE fp_status fp_separation_warn(const fp_design *design, const fp_table *table,
                                         const fp_cox_fit *fit, const bool *diverges,
                                         fp_warnings *warnings, fp_err *err);

#endif
