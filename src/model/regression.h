#ifndef FP_MODEL_REGRESSION_H
#define FP_MODEL_REGRESSION_H

#include "model/common.h"
#include "model/design.h"
#include "model/result.h"
#include "stats/family.h"
#include "stats/gee.h"
#include "stats/lmm.h"

/* Front ends of the regressions on a mean: table and formula in, one fp_result out. */

typedef struct {
    fp_model_common common;
    fp_family family;
    int link;             /* fp_link; -1 = the canonical one */
    bool firth;           /* binomial, logit: penalised likelihood */
    bool robust;          /* by row (HC3) where there are no clusters */
    const char *sandwich; /* "hc0".."hc3", "cr0", "cr1", "cr1s"; NULL = hc3, with clusters cr0 */
    /* with clusters: "md", "kc", "fg", "mbn", "cr2", "none"; NULL = md below 40 clusters */
    const char *small_sample;
    const char *randomised; /* permutation tests: "ips * pa | coach" (model/randomised.h); NULL */
    int64_t allocations;    /* sampled where there are too many to look at all; 0 = 100,000 */
    bool cluster_means;     /* the tests compare unweighted means of the clusters, not sums */
} fp_glm_model_options;
fp_glm_model_options fp_glm_model_defaults(void);

/* Generalised linear model (docs/methods/glm.md): t on the residual degrees of freedom behind p
 * where the dispersion is estimated, the normal distribution otherwise, as R's summary(). With
 * clusters: cluster-robust standard errors behind z, p and interval and, below 40 of them or on
 * request, the small-sample correction.
 * Outcomes: state "converged", "rank_deficient", "separated", "max_iter", "no_spread" (no
 *         residuals are left: no standard errors), with warnings.
 * Errors: as fp_design_build; FP_INPUT where the outcome does not fit the family (with its line),
 *         does not vary, or is a survival time; FP_USAGE for a link that the family has not. */
FP_MUST_USE fp_status fp_model_glm(const fp_table *table, const char *formula,
                                   const fp_glm_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

typedef enum {
    FP_LMM_AUTO, /* Satterthwaite; where groups have a variance of 0, df stay at their level */
    FP_LMM_AS_R, /* Satterthwaite, whatever is estimated */
    FP_LMM_KR,
    FP_LMM_Z,
} fp_lmm_df_choice;

typedef struct {
    fp_model_common common;
    bool ml;
    fp_lmm_df_choice df;
    fp_lmm_residual residual;
    const char *subject, *wave; /* columns, with a residual structure */
    bool variance_tests;        /* against the models without each random effect */
    bool profile;               /* intervals of the variances, however many rows */
    bool effects;               /* the effects of the groups */
    bool scatter;               /* effects, fitted values and residuals for the figures */
    int residuals;              /* fp_lmm_residual_names(); -1 = none */
} fp_lmm_model_options;
/* "response", "pearson"; NULL-terminated. */
const char *const *fp_lmm_residual_names(void);
fp_lmm_model_options fp_lmm_model_defaults(void);

/* Linear mixed model (docs/methods/lmm.md): y ~ x + (1 + x | g), nested and crossed groups, or a
 * residual covariance by wave, or both.
 * Outcomes: state "converged", "singular" (a variance of 0 or a correlation of 1),
 * "rank_deficient", "max_iter", "no_spread", with warnings. Errors: as fp_design_build; FP_INPUT
 * where there is nothing random, a group has no spread to estimate, a subject has a wave twice or
 * lies in two groups, two waves are never seen together; FP_USAGE for options that do not go
 * together. */
FP_MUST_USE fp_status fp_model_lmm(const fp_table *table, const char *formula,
                                   const fp_lmm_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

typedef struct {
    fp_model_common common; /* id: needed; cluster: larger clusters, see below */
    const char *wave;       /* column; NULL = the order of the rows */
    fp_family family;
    int link; /* fp_link; -1 = the canonical one */
    fp_corr corr;
    const char *small_sample; /* "md", "kc", "fg", "mbn", "none"; NULL = below 40 clusters kc where
                                 the numbers of their rows vary by less than 0.6 (sd / mean), md
                                 otherwise */
    const char *randomised;   /* "arm | coach": the clusters are those that were randomised; NULL */
} fp_gee_model_options;
fp_gee_model_options fp_gee_model_defaults(void);

/* Marginal model by generalised estimating equations (docs/methods/gee.md): the working correlation
 * is that within an id; the robust covariance behind statistic, p and interval sums over the
 * clusters, which are the ids or, with `cluster` or `randomised`, larger ones that hold them.
 * Outcomes: state "converged", "rank_deficient", "separated", "max_iter", "not_positive" (the
 * moments give no correlation matrix).
 * Errors: as fp_model_glm; FP_USAGE without id; FP_INPUT: a wave twice in an id (line), an id in
 *         two clusters (line), one cluster alone, waves in words with ar1, too many waves for an
 *         unstructured correlation. */
FP_MUST_USE fp_status fp_model_gee(const fp_table *table, const char *formula,
                                   const fp_gee_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

#endif
