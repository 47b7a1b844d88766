#ifndef FP_MODEL_SURVIVAL_H
#define FP_MODEL_SURVIVAL_H

#include "model/common.h"
#include "model/design.h"
#include "model/randomised.h"
#include "model/result.h"
#include "stats/sandwich.h"

/* Front ends of the survival estimators: table and formula in, one fp_result out. */

/* Scores of the groups in the test for trend. */
typedef enum {
    FP_TREND_NONE,
    FP_TREND_ORDER,  /* 1, 2, ... in the order of the groups */
    FP_TREND_VALUES, /* the numbers that the groups are */
    FP_TREND_GIVEN,
} fp_trend_scores;

typedef struct {
    fp_model_common common;
    fp_conf_type conf_type;
    double rho, gamma;       /* weights of the log-rank test, 0 */
    double rmst_horizon;     /* NaN = no restricted mean */
    const double *quantiles; /* quantile_count probabilities in [0, 1]; borrowed, as those below */
    ptrdiff_t quantile_count;
    const double *times; /* time_count, any order */
    ptrdiff_t time_count;
    fp_trend_scores trend;
    const double *scores; /* score_count, with FP_TREND_GIVEN */
    ptrdiff_t score_count;
    bool pairwise;   /* log-rank tests of the groups in pairs */
    bool reverse;    /* events and censorings exchanged: the distribution of follow-up */
    bool exp_hazard; /* survival as exp(-Nelson-Aalen) */
    /* permutation tests of the log-rank test: "arm | coach" (model/randomised.h); NULL */
    const char *randomised;
    int64_t allocations; /* as fp_cox_model_options */
} fp_km_model_options;
fp_km_model_options fp_km_model_defaults(void);

/* More groups than this are not compared in pairs. */
enum { FP_PAIRWISE_MOST = 100 };

/* Kaplan-Meier curves by the groups of the formula, log-rank test between them (strata() stratifies
 * the test alone), and what the options ask for. With clusters, and with weights that are not all
 * whole numbers (every row then on its own, as survfit has it), the standard errors of curves and
 * restricted means are robust and the log-rank test is also made with cluster sums.
 * Outcomes: state "no_events" with a warning.
 * Errors: as fp_design_build; FP_INPUT: one cluster only, scores that do not fit the groups, groups
 *         that are no numbers, more than FP_PAIRWISE_MOST groups in pairs. */
FP_MUST_USE fp_status fp_model_km(const fp_table *table, const char *formula,
                                  const fp_km_model_options *options, fp_arena *arena,
                                  fp_result *result, fp_err *err);

/* Residuals that --residuals prints; names and weights as residuals.coxph (docs/methods/
 * cox-prediction.md). */
typedef enum {
    FP_RESIDUAL_NONE,
    FP_RESIDUAL_MARTINGALE,
    FP_RESIDUAL_DEVIANCE,
    FP_RESIDUAL_SCORE,
    FP_RESIDUAL_DFBETA,
    FP_RESIDUAL_DFBETAS,
    FP_RESIDUAL_SCHOENFELD,
    FP_RESIDUAL_SCALED_SCHOENFELD,
} fp_residual_kind;
/* The names of all kinds from FP_RESIDUAL_MARTINGALE on, NULL-terminated. */
const char *const *fp_residual_names(void);

typedef struct {
    fp_model_common common;
    fp_ties ties;
    bool firth; /* Firth's penalty */
    bool robust;
    const char *small_sample; /* "md", "kc", "fg", "mbn", "none"; NULL = md below 40 clusters */
    const char *event;        /* the code that is the event, all others are censored; NULL */
    const char *randomised;   /* "ips * pa | coach" (model/randomised.h); NULL */
    int64_t allocations;      /* sampled where there are too many to look at all; 0 = 100,000 */
    /* with `randomised`: NULL = read the units from the table */
    const fp_drawn_units *drawn;
    fp_ph_transform ph;
    /* what comes out besides the coefficients */
    fp_residual_kind residuals;
    const char *const *at; /* at_count of "age=60, arm=with"; several rows apart by ';' */
    ptrdiff_t at_count;
    bool baseline;                /* the curve at covariates 0 and reference levels */
    fp_conf_type conf_type;       /* of the curves */
    const char *const *contrasts; /* contrast_count of "2*a - b" */
    ptrdiff_t contrast_count;
    bool scatter; /* what the figures of residuals need */
} fp_cox_model_options;
fp_cox_model_options fp_cox_model_defaults(void);

/* Cox model. With clusters: robust standard errors behind statistic, p and interval, and, below 40
 * clusters or on request, the small-sample correction. With `randomised`: the permutation tests of
 * each factor, of neither, and of the interaction (docs/methods/permutation.md); the design is read
 * from the table: constant factors within clusters, 0/1 or two levels.
 * With `at`, `baseline`, `contrasts` or `residuals`: curves, contrasts and residuals in the result.
 * Errors: as fp_design_build; FP_USAGE where an `at` or a contrast cannot be read, FP_INPUT where
 * it names what the model does not have; FP_INPUT where a cluster is in two arms (names the cluster
 * and a line), one cluster only, a factor without two levels; FP_USAGE for an unknown small_sample.
 */
FP_MUST_USE fp_status fp_model_cox(const fp_table *table, const char *formula,
                                   const fp_cox_model_options *options, fp_arena *arena,
                                   fp_result *result, fp_err *err);

/* What the permutation test of one randomised factor re-allocates: a number a cluster. */
typedef struct {
    ptrdiff_t clusters;
    const char *const *label; /* clusters */
    const double *sum;        /* clusters: residual sums under the null; NULL = it was not fitted */
} fp_null_sums;

/* The residual sums of the clusters behind the permutation test of `factor` that fp_model_cox makes
 * with the same formula and options (`randomised` is needed), without the test: for tests of many
 * outcomes together (fp_permutation_joint).
 * Errors: as fp_model_cox; FP_ARG where `factor` is none of those randomised.
 * Cost: that of a Cox fit with the terms that name no factor. */
FP_MUST_USE fp_status fp_model_cox_null(const fp_table *table, const char *formula,
                                        const fp_cox_model_options *options, const char *factor,
                                        fp_arena *arena, fp_null_sums *out, fp_err *err);

#endif
