#ifndef FP_MODEL_RESULT_H
#define FP_MODEL_RESULT_H

#include <jansson.h>

#include "base/str.h"

#include "model/design.h"

#include "stats/cif.h"
#include "stats/cox.h"
#include "stats/cox_curve.h"
#include "stats/cox_event.h"
#include "stats/cox_firth.h"
#include "stats/cox_frailty.h"
#include "stats/km.h"
#include "stats/lmm.h"
#include "stats/logrank.h"
#include "stats/permutation_interval.h"
#include "stats/rmst.h"

/* The one result: every fit, test and curve. Text, JSON, HTML and figures are renderings of it. All
 * parts live in the arena of the result; numbers that are not defined are NaN (null in JSON). */
typedef enum {
    FP_MODEL_KM,
    FP_MODEL_COX,
    FP_MODEL_CIF,
    FP_MODEL_FINEGRAY,
    FP_MODEL_GLM,
    FP_MODEL_GEE,
    FP_MODEL_LMM
} fp_model;

typedef struct {
    const char *term;
    double estimate, se, robust_se; /* robust_se NaN where not asked for */
    double statistic, p, lower, upper;
    double exp_estimate, exp_lower, exp_upper;
    double df;       /* of t behind p and the interval; 0: normal */
    double naive_se; /* gee: by the working correlation */
} fp_term;

/* The joint Wald test of the columns of one term of the formula. */
typedef struct {
    const char *term;
    double chisq, df; /* b'V^-1 b and the number of estimated columns */
    double df2;       /* chisq / df as F on (df, df2); 0: as chi-square */
    double p;
} fp_term_test;

typedef struct {
    double chisq, df, p;
} fp_test;

typedef struct {
    const char *term;
    double se, df, p, lower, upper; /* log scale */
} fp_small_term;

/* Another correction beside the one in use. */
typedef struct {
    const char *method;         /* "kc", ... */
    const fp_small_term *terms; /* term_count */
} fp_small_beside;

typedef struct {
    const char *effect; /* "ips", "pa", "neither", "ips:pa", "dosehigh" (a level of several) */
    const char *null;   /* the null hypothesis in words (English; reports translate by effect) */
    fp_permutation_result test;
    bool approximate;
    const char *set;       /* the allocations that could have been drawn, in words */
    const char *statistic; /* what is counted, in words */
    bool is_of_means;      /* of means of the clusters, not of their sums */
    bool has_interval;
    fp_permutation_interval interval; /* of the coefficient */
    const char *interval_label;       /* what kind of interval it is */
    bool is_log; /* the coefficient is the logarithm of a ratio: exp of the limits is given too */
} fp_permutation_row;

typedef struct {
    const char *term;
    double chisq, df, p;
} fp_ph_row;

/* A survival curve that a Cox model predicts for one covariate row in one stratum. */
typedef struct {
    const char *label; /* "age=60, arm=with", or "baseline" */
    ptrdiff_t at_count;
    const char *const *at_name;  /* at_count */
    const char *const *at_value; /* at_count: as written */
    const double *at_number;     /* at_count; NaN where the value is no number */
    const char *stratum;         /* "sex=1", NULL without strata */
    fp_cox_curve curve;
} fp_predicted_curve;

/* A linear contrast of coefficients. */
typedef struct {
    const char *contrast; /* as written */
    double estimate, se;  /* the robust or corrected standard error where that is behind p */
    double statistic;     /* z, or t where df is finite */
    double df;            /* NaN: normal */
    double p, lower, upper, exp_estimate, exp_lower, exp_upper;
} fp_contrast;

/* Residuals of a Cox model: a row a row of the data, or (Schoenfeld) a row an event. */
typedef struct {
    const char *kind; /* "martingale", ... */
    ptrdiff_t n, columns;
    const long *line;                 /* n: line of the file on which the row begins */
    const int32_t *cluster;           /* n or NULL */
    const char *const *cluster_label; /* of the codes */
    const int32_t *stratum;           /* n or NULL; only where the rows are events */
    const char *const *stratum_label;
    const double *time;        /* n or NULL; only where the rows are events */
    const char *const *column; /* columns: the kind, or the names of the coefficients */
    const double *value;       /* n x columns, column-major; NaN where not defined */
} fp_residual_table;

/* What the figures of residuals draw. */
typedef struct {
    const double *martingale;       /* n */
    const double *linear_predictor; /* n */
    ptrdiff_t covariates;           /* columns that are numbers with more than two values */
    const char *const *covariate;
    const double *const *x;   /* covariates x n */
    fp_cox_events events;     /* scaled Schoenfeld residuals + estimate, events x terms */
    const double *event_time; /* events */
    const double *scale;      /* events: time on the scale of the test of proportional hazards */
    const char *scale_name;   /* "km", "identity", "log" or "rank" */
    const ptrdiff_t *ph;      /* terms: the row of that test, -1 where it was not made */
} fp_residual_scatter;

typedef struct {
    const char *label; /* "sex=1" */
    fp_km_curve curve;
    fp_km_quantile median;
    fp_km_rmst rmst;                 /* horizon NaN where not asked for */
    const fp_km_quantile *quantiles; /* quantile_count of the result */
    const fp_km_time *times;         /* time_count of the result */
} fp_km_stratum;

/* The gamma frailty of a Cox model. */
typedef struct {
    const char *group; /* name of the column */
    ptrdiff_t groups;
    const char *const *label; /* groups */
    fp_cox_frailty_part part;
    double kendall_tau; /* theta / (theta + 2) */
} fp_frailty_result;

typedef struct {
    const char *label; /* "sex=1" */
    fp_cif_curves curves;
} fp_cif_stratum;

typedef struct {
    const char *cause;
    fp_gray_result test;
} fp_gray_row;

/* A standard deviation of random effects, or (term2) a correlation between two. */
typedef struct {
    const char *group; /* "coach", "person:coach" */
    const char *term;  /* "(Intercept)", "Days" */
    const char *term2; /* NULL: a standard deviation */
    double value;
    double lower, upper; /* by profile likelihood; NaN where not made */
} fp_random_row;

/* A grouping of the random effects. */
typedef struct {
    const char *group;
    ptrdiff_t groups;
    double share; /* of its intercepts in the variance; NaN without one */
    double icc;   /* correlation of two rows of one group: its share and those of the groups that
                     hold it */
    double lower, upper;  /* of icc; NaN without an interval */
    const char *interval; /* "profile", "delta"; "boundary": none, for a variance is 0; NULL */
} fp_group_row;

/* Is a variance needed: the model against the one without the effect. */
typedef struct {
    const char *group, *term;
    double chisq, df; /* p: half chi-square on df - 1, half on df */
    double p;
} fp_variance_test;

/* The effect of one group, with its standard error given the estimated variances. */
typedef struct {
    const char *group, *level, *term;
    double effect, se;
} fp_effect_row;

/* What only a linear mixed model has. */
typedef struct {
    bool ml;
    double criterion;      /* -2 log-likelihood, restricted or not */
    const char *df_method; /* "satterthwaite", "kr", "z" */
    ptrdiff_t random_count;
    const fp_random_row *random;
    double residual_sd, residual_lower, residual_upper; /* with a structure: of the first wave */
    bool profiled;                                      /* intervals of the variances were made */
    ptrdiff_t group_count;
    const fp_group_row *groups;
    /* degrees of freedom kept at the level of groups whose variance is estimated 0 */
    const char *kept_group; /* NULL = none */
    ptrdiff_t kept_groups, kept_columns;
    const bool *kept; /* terms: constant within these groups */
    /* residual structure by wave */
    const char *residual; /* "unstructured", "ar1", "cs", "diag"; NULL = none */
    const char *subject;
    ptrdiff_t subjects, waves;
    const char *const *wave_label;
    const double *residual_covariance; /* waves x waves */
    ptrdiff_t test_count;              /* of variances; where asked for */
    const fp_variance_test *tests;
    ptrdiff_t effect_count; /* where asked for */
    const fp_effect_row *effects;
    const double *fitted, *rest; /* n: with the effects; what is left. NULL where not asked for */
    double gradient;             /* largest derivative of the criterion at the end */
    const fp_lmm_fit *fit;       /* for fp_lmm_contrast() */
    fp_lmm_df method;            /* behind the terms */
} fp_lmm_result;
/* A variable of the reference grid of estimated means. */
typedef struct {
    const char *name;
    bool named;            /* in --means; else averaged over, or held at its mean */
    double mean;           /* NaN: a factor */
    ptrdiff_t level_count; /* of a factor that has rows; 0 where it is held at its mean */
    const char *const *level;
    const double *number; /* level_count; NaN where the level is no number */
} fp_means_variable;

/* An estimated mean. df infinite = normal; NaN throughout where it cannot be estimated. */
typedef struct {
    const char *label;       /* "arm=ips, wave=6" */
    double n;                /* rows of the data in this cell, times their weights */
    double estimate, se, df; /* on the scale of the link */
    double lower, upper;
    double response, response_se, response_lower, response_upper; /* se by the delta method */
} fp_mean;

/* A comparison of estimated means, on the scale of the link. */
typedef struct {
    const char *kind;     /* "difference", "interaction", "change", "difference of changes", ... */
    const char *effect;   /* "arm", "ips:pa"; of a change or trend of one cell "" */
    const char *contrast; /* "ips - usual" */
    const char *at;       /* "wave=6"; "" */
    double estimate, se, df, statistic, p, p_holm, lower, upper;
    double exp_estimate, exp_lower, exp_upper; /* a ratio, where the link makes it one */
    /* the same comparison of the means on the scale of the outcome, by the delta method */
    double response, response_se, response_p, response_p_holm, response_lower, response_upper;
} fp_mean_contrast;

/* Differences between means that are 0 together. */
typedef struct {
    const char *effect; /* "arm", "arm:wave" */
    const char *at;     /* "wave=6", "all"; of an interaction with what stands right of | "" */
    double f, df1, df2; /* df2 infinite: chi-square over df1 */
    double p;
} fp_mean_test;

/* Estimated means and what compares them (docs/methods/estimated-means.md). */
typedef struct {
    const char *text; /* "arm | wave" */
    bool observed;    /* factors averaged over in proportion to the rows; else with equal weights */
    ptrdiff_t left_count, by_count; /* variables named left and right of |: the first ones */
    ptrdiff_t variable_count;
    const fp_means_variable *variable;
    ptrdiff_t count; /* product of the levels of the named; the first variable varies fastest */
    const fp_mean *mean;
    ptrdiff_t contrast_count;
    const fp_mean_contrast *contrast;
    ptrdiff_t test_count;
    const fp_mean_test *test;
} fp_means;

/* A standardised effect against the first level; NaN where there is none. */
typedef struct {
    double estimate;
    double se; /* of a difference; of the logarithm of a ratio */
    double p, lower, upper;
} fp_standardised_effect;

/* The mean outcome with a variable at one level in every row (docs/methods/standardisation.md). */
typedef struct {
    const char *term, *level;
    double n;                          /* rows that have it, times their weights */
    double mean, se, df, lower, upper; /* df infinite = normal */
    fp_standardised_effect difference, ratio;
    fp_standardised_effect odds_ratio; /* binomial */
} fp_standardised;

typedef struct {
    fp_model model;
    const char *formula;
    double level;
    ptrdiff_t n, dropped, events;
    /* Outcome of the fit: "converged", "no_events", "separated", "max_iter", "null_model",
     * "rank_deficient"; km, cif: "ok", "no_events". */
    const char *state;
    int iterations;
    ptrdiff_t warning_count;
    const char *const *warnings;
    /* provenance */
    const char *data_name;
    const char *data_sha256; /* "" where unknown */
    uint64_t seed;
    /* cox */
    const char *ties;
    ptrdiff_t term_count;
    const fp_term *terms;
    const double *covariance; /* terms x terms: the one behind p */
    double loglik_null, loglik_fitted;
    ptrdiff_t clusters; /* 0 = none */
    const char *cluster_name;
    bool robust;
    fp_test likelihood_ratio, wald, score, robust_score; /* robust_score.df 0 = none */
    fp_concordance concordance;
    ptrdiff_t ph_count;
    const fp_ph_row *ph;
    const char *small_sample;         /* "md", ... or NULL */
    const fp_small_term *small_terms; /* term_count */
    const double *small_covariance;   /* terms x terms, of small_sample */
    ptrdiff_t small_beside_count;
    const fp_small_beside *small_beside;
    ptrdiff_t permutation_count;
    const fp_permutation_row *permutation;
    /* cox: the variants of its likelihood */
    const fp_frailty_result *frailty; /* NULL = none */
    const fp_firth_part *firth;       /* also glm; NULL = no penalty */
    /* cox: what comes out besides the coefficients */
    const char *curve_conf_type;
    ptrdiff_t curve_count, baseline_count;
    const fp_predicted_curve *curves;
    const fp_predicted_curve *baseline;
    ptrdiff_t contrast_count;
    const fp_contrast *contrasts;
    bool has_contrast_test;
    fp_test contrast_test;              /* chi-square; or F times df where the next is finite */
    double contrast_denominator_df;     /* NaN: chi-square */
    const fp_residual_table *residuals; /* NULL where not asked for */
    const fp_residual_scatter *scatter;
    /* km */
    ptrdiff_t stratum_count;
    const fp_km_stratum *strata;
    const char *conf_type;
    double rho;
    bool has_logrank;
    fp_logrank_result logrank;
    double gamma;        /* second weight of the log-rank test */
    bool reverse;        /* events and censorings exchanged */
    bool exp_hazard;     /* survival as exp(-cumulative hazard) */
    bool robust_curves;  /* standard errors of the curves from the influence of clusters or rows */
    bool clustered_test; /* logrank.clustered was made; `clusters` 0 = every row on its own */
    const double *trend_scores; /* stratum_count; NULL = no trend test */
    ptrdiff_t quantile_count, time_count;
    const double *quantile_at; /* quantile_count probabilities */
    ptrdiff_t rmst_contrast_count;
    const fp_rmst_contrast *rmst_contrasts;
    ptrdiff_t pair_count;
    const fp_logrank_pair *pairs;
    /* cif (conf_type and rho as km) */
    ptrdiff_t cif_count;
    const fp_cif_stratum *cif;
    int32_t cause_count; /* also finegray */
    const char *const *cause;
    ptrdiff_t gray_count; /* cause_count, or 0 where no test is made */
    const fp_gray_row *gray;
    ptrdiff_t cif_time_count; /* of --times; 0 = every time */
    const double *cif_times;
    /* finegray: the fields of cox, and these */
    const char *event_code; /* also cox with --event; else NULL */
    ptrdiff_t competing_events, censored;
    int32_t censoring_groups;
    /* glm, gee, lmm (terms, covariance, clusters, small_sample, contrasts as cox) */
    const fp_design *design;   /* of the fit: for linear contrasts of the coefficients */
    const char *family, *link; /* NULL for lmm */
    ptrdiff_t term_test_count;
    const fp_term_test *term_tests;
    /* glm, gee, lmm: estimated means */
    const fp_means *means; /* NULL where not asked for */
    /* glm, gee: standardised means; 0 where not asked for */
    ptrdiff_t standardised_count;
    const fp_standardised *standardised;
    /* glm */
    double deviance, null_deviance, aic, dispersion, df_residual, df_null, loglik;
    const char *robust_kind; /* "HC3", "CR0"; NULL = model-based */
    /* lmm */
    const fp_lmm_result *lmm;
    /* gee */
    const char *corr; /* structure of the working correlation */
    ptrdiff_t alpha_count;
    const double *alpha; /* alpha_count */
    double scale, qic, quasi;
    ptrdiff_t ids;
    const char *id_name;
    double smallest_cluster, largest_cluster, cluster_variation; /* rows an id; sd / mean */
} fp_result;

/* Values of one cause in force at a time; NaN after the last time of a group in which somebody is
 * still event-free, 0 (bounds NaN) before the first. */
typedef struct {
    double at_risk, cif, se, lower, upper;
} fp_cif_point;
fp_cif_point fp_cif_at(const fp_cif_curves *curves, int32_t cause, double time);

/* Whether it is a regression on a mean: terms with t or z, no events. */
static inline bool fp_result_is_regression(const fp_result *result)
{
    return result->model == FP_MODEL_GLM || result->model == FP_MODEL_GEE ||
           result->model == FP_MODEL_LMM;
}

/* One JSON object with the keys of the contract (docs/json.md); the caller owns the reference.
 * NULL on lack of memory. */
json_t *fp_result_json(const fp_result *result);
/* The JSON as text: 17 significant digits, UTF-8, a newline at the end. */
FP_MUST_USE fp_status fp_result_json_text(const fp_result *result, fp_buf *out, fp_err *err);
/* Lines from..to - 1 of the residuals as CSV with 17 significant digits, before them the head where
 * `from` is 0. Undefined numbers are empty. */
FP_MUST_USE fp_status fp_result_residuals_csv(const fp_result *result, ptrdiff_t from, ptrdiff_t to,
                                              fp_buf *out, fp_err *err);
/* The random effects of a mixed model as CSV: group,level,term,effect,se. */
FP_MUST_USE fp_status fp_result_effects_csv(const fp_result *result, fp_buf *out, fp_err *err);
/* For people at a terminal, 80 columns where possible. */
FP_MUST_USE fp_status fp_result_text(const fp_result *result, fp_buf *out, fp_err *err);
/* A finite number as a JSON real, anything else null. */
json_t *fp_json_number(double value);

#endif
