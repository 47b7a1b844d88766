#ifndef FP_MODEL_RESULT_H
#define FP_MODEL_RESULT_H

#include <jansson.h>

#include "base/str.h"

#include "stats/cox.h"
#include "stats/km.h"
#include "stats/permutation.h"

/* The one result: every fit, test and curve. Text, JSON, HTML and figures are renderings of it. All
 * parts live in the arena of the result; numbers that are not defined are NaN (null in JSON). */
typedef enum { FP_MODEL_KM, FP_MODEL_COX } fp_model;

typedef struct {
    const char *term;
    double estimate, se, robust_se; /* robust_se NaN where not asked for */
    double statistic, p, lower, upper;
    double exp_estimate, exp_lower, exp_upper;
} fp_term;

typedef struct {
    double chisq, df, p;
} fp_test;

typedef struct {
    const char *term;
    double se, df, p, lower, upper; /* log scale */
} fp_small_term;

typedef struct {
    const char *effect; /* "ips", "pa", "neither", "ips:pa" */
    const char *null;   /* the null hypothesis in words (English; reports translate by effect) */
    fp_permutation_result test;
    bool approximate;
} fp_permutation_row;

typedef struct {
    const char *term;
    double chisq, df, p;
} fp_ph_row;

typedef struct {
    const char *label; /* "sex=1" */
    fp_km_curve curve;
    fp_km_quantile median;
    fp_km_rmst rmst; /* horizon NaN where not asked for */
} fp_km_stratum;

typedef struct {
    fp_model model;
    const char *formula;
    double level;
    ptrdiff_t n, dropped, events;
    /* Outcome of the fit: "converged", "no_events", "separated", "max_iter", "null_model",
     * "rank_deficient"; km: "ok", "no_events". */
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
    ptrdiff_t permutation_count;
    const fp_permutation_row *permutation;
    /* km */
    ptrdiff_t stratum_count;
    const fp_km_stratum *strata;
    const char *conf_type;
    double rho;
    bool has_logrank;
    fp_logrank_result logrank;
} fp_result;

/* One JSON object with the keys of the contract (docs/json.md); the caller owns the reference.
 * NULL on lack of memory. */
json_t *fp_result_json(const fp_result *result);
/* The JSON as text: 17 significant digits, UTF-8, a newline at the end. */
FP_MUST_USE fp_status fp_result_json_text(const fp_result *result, fp_buf *out, fp_err *err);
/* For people at a terminal, 80 columns where possible. */
FP_MUST_USE fp_status fp_result_text(const fp_result *result, fp_buf *out, fp_err *err);
/* A finite number as a JSON real, anything else null. */
json_t *fp_json_number(double value);

#endif
