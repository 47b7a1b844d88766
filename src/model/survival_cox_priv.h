#ifndef FP_MODEL_SURVIVAL_COX_PRIV_H
#define FP_MODEL_SURVIVAL_COX_PRIV_H

#include "model/survival_priv.h"

/* A fit as those parts of the result see it that are made after it. */
typedef struct {
    const fp_table *table;
    const fp_cox_model_options *options;
    const fp_design_options *how; /* of the design */
    const fp_design *design;
    const fp_survdata *data;
    const fp_cox_fit *fit;
    bool has_estimates;
    const bool *defined;     /* p: the coefficient has a finite estimate */
    const double *var;       /* p x p: behind statistic and p; NULL without estimates */
    const double *small_var; /* p x p, corrected for few clusters; NULL = no correction */
    double small_df;
    fp_arena *arena;
    fp_warnings *warnings;
} fp_cox_made;

/* ---- exact ties, Firth's penalty, frailty ---- */

/* Refuse what a variant of the likelihood is not defined with. Errors: FP_USAGE, FP_INPUT. */
FP_MUST_USE fp_status fp_cox_variant_check(const fp_cox_model_options *options,
                                           const fp_design *design, fp_err *err);
/* Whether the likelihood is another than that of fp_cox. */
bool fp_cox_is_variant(const fp_cox_model_options *options, const fp_design *design);
/* Fit by the likelihood that options and design ask for; what only that variant has goes into the
 * result. Errors: as fp_cox, fp_cox_exact, fp_cox_frailty. */
FP_MUST_USE fp_status fp_cox_variant_fit(const fp_cox_model_options *options,
                                         const fp_design *design, const fp_survdata *data,
                                         fp_arena *arena, fp_warnings *warnings, fp_cox_fit *fit,
                                         fp_result *result, fp_err *err);

/* Each adds its part to the result where options ask for it, with warnings where it cannot be made.
 * fp_cox_add_scatter: what the figures of residuals need.
 * Errors: FP_USAGE, FP_INPUT (see fp_model_cox), FP_NOMEM. */
FP_MUST_USE fp_status fp_cox_add_residuals(const fp_cox_made *made, fp_result *result, fp_err *err);
FP_MUST_USE fp_status fp_cox_add_scatter(const fp_cox_made *made, fp_result *result, fp_err *err);
FP_MUST_USE fp_status fp_cox_add_curves(const fp_cox_made *made, fp_result *result, fp_err *err);
FP_MUST_USE fp_status fp_cox_add_contrasts(const fp_cox_made *made, fp_result *result, fp_err *err);

/* ---- reading what was written on the command line ---- */

/* Covariate rows: "age=60, arm=with; age=40, arm=without". Names and values may stand between
 * quotes ("..", '..'), names between backquotes too. */
typedef struct {
    ptrdiff_t count; /* names */
    const char **name;
    const char **value;
    const char *label; /* "age=60, arm=with" */
} fp_at_row;

/* Read the rows of all texts. Errors: FP_USAGE (no NAME=VALUE, an empty value, a name twice), no
 * rows), FP_NOMEM. */
FP_MUST_USE fp_status fp_at_read(const char *const *text, ptrdiff_t texts, fp_arena *arena,
                                 ptrdiff_t *count, fp_at_row **rows, fp_err *err);

#endif
