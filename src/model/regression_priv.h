#ifndef FP_MODEL_REGRESSION_PRIV_H
#define FP_MODEL_REGRESSION_PRIV_H

#include "model/model_priv.h"
#include "model/regression.h"
#include "stats/regression.h"

/* What the regressions (glm, gee, lmm) share. */

/* The design of `y ~ terms`, y a number, TRUE/FALSE or 0/1. Adds the warning on dropped rows.
 * Errors: as fp_design_build; FP_INPUT where there is no outcome or it is a survival time, or where
 *         all of its values are equal. */
FP_MUST_USE fp_status fp_regression_design(const fp_table *table, const char *formula,
                                           const fp_design_options *options, fp_arena *arena,
                                           fp_design *design, fp_warnings *warnings, fp_err *err);
/* That every outcome can occur in the family. Errors: FP_INPUT with the line of one that cannot;
 * FP_USAGE for a link that the family has not. */
FP_MUST_USE fp_status fp_regression_check(const fp_design *design, const fp_table *table,
                                          fp_family family, fp_link link, fp_err *err);
/* A view of the design. */
fp_regression fp_regression_view(const fp_design *design, fp_family family, fp_link link,
                                 int threads);
/* The link asked for: -1 = canonical. */
fp_link fp_regression_link(fp_family family, int link);

/* Statistic, p, interval and ratio of a term from its estimate and the standard error behind p, on
 * t with `df` degrees of freedom; df 0 = normal, NaN or below 0 = no p and no interval. */
void fp_term_test_of(fp_term *term, double se, double df, double level);

/* Joint Wald tests, one a term of the formula, by the covariance `var` (p x p) of `beta`, NaN where
 * there is no estimate; df as above. Into the result. Errors: FP_NOMEM. Cost: O(p^3). */
FP_MUST_USE fp_status fp_regression_tests(const fp_design *design, const double *beta,
                                          const double *var, double df, fp_arena *arena,
                                          fp_result *result, fp_err *err);
/* The covariance behind p into the result: NaN where `beta` is. */
FP_MUST_USE fp_status fp_regression_covariance(ptrdiff_t p, const double *beta, const double *var,
                                               fp_arena *arena, fp_result *result, fp_err *err);
/* A warning for every column that follows from those before it. */
FP_MUST_USE fp_status fp_regression_warn_aliased(const fp_design *design, const double *beta,
                                                 fp_warnings *warnings, fp_err *err);
/* A fit without an optimum: nowhere to start, means at the edge of the family, or no end. */
typedef struct {
    bool no_start, edge;
    int iterations;
    const char *family; /* name; where no_start or edge */
} fp_unsolved;
FP_MUST_USE fp_status fp_regression_warn_unsolved(const fp_unsolved *fit, fp_warnings *warnings,
                                                  fp_err *err);
/* The warning where no residuals are left. */
FP_MUST_USE fp_status fp_regression_warn_exact(double df_residual, fp_warnings *warnings,
                                               fp_err *err);
/* What exp(coefficient) is called: "odds ratio"; NULL where it is no ratio. */
const char *fp_ratio_name(fp_family family, fp_link link);
/* Warnings on coefficients without a finite estimate, in words about people. */
FP_MUST_USE fp_status fp_regression_warn_separated(const fp_design *design, const fp_table *table,
                                                   fp_family family, fp_link link,
                                                   const double *beta, const bool *diverges,
                                                   fp_warnings *warnings, fp_err *err);

#endif
