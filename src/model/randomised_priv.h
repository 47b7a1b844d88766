#ifndef FP_MODEL_RANDOMISED_PRIV_H
#define FP_MODEL_RANDOMISED_PRIV_H

#include "model/model_priv.h"
#include "model/randomised.h"

/* ---- what was randomised ---- */

/* The design read from a table: J clusters and the level that each has of every factor. Clusters
 * without a used row are part of it: they were randomised. */
typedef struct {
    int factors;
    const char *factor[FP_RANDOMISED_FACTORS]; /* names of the columns */
    int32_t levels[FP_RANDOMISED_FACTORS];     /* 2..FP_ALLOCATION_ARMS each */
    const char *const *level_name[FP_RANDOMISED_FACTORS];
    const int32_t *level[FP_RANDOMISED_FACTORS]; /* clusters: codes, 0 = the first level */
    const char *cluster;
    ptrdiff_t clusters;
    const int32_t *of_row;          /* n of the design: cluster of each used row */
    const char *const *labels;      /* clusters */
    const fp_allocation_rule *rule; /* of the draw; NULL = as many clusters of each arm */
    const char *strata, *balance;   /* the columns that the rule holds to, in words; NULL = none */
} fp_randomised;

/* Read it. `drawn` NULL = the units are those of the table. `options` seed and threads serve where
 * the limit of a balance score has to be found.
 * Errors: FP_USAGE (the text cannot be read), FP_INPUT (unknown column, a factor with one level or
 * more than 16, a cluster in two arms or in none, a used row without a cluster, fewer than two
 * clusters, a stratum or covariate that differs within a cluster, an observed allocation that the
 * balance forbids). Cost: O(rows of the table). */
FP_MUST_USE fp_status fp_randomised_read(const char *text, const fp_drawn_units *drawn,
                                         const fp_table *table, const fp_design *design,
                                         const fp_permutation_options *options, fp_arena *arena,
                                         fp_randomised *out, fp_err *err);

/* Part of the reading: what was written, before any column is looked at. */
typedef struct {
    int factors;
    const char *factor[FP_RANDOMISED_FACTORS];
    const char *cluster;
    ptrdiff_t strata;
    const char **stratum; /* strata */
    ptrdiff_t covariates;
    const char **covariate; /* covariates */
    double *weight;         /* covariates */
    double keep, limit;     /* limit NaN = the share `keep` */
} fp_randomised_text;
FP_MUST_USE fp_status fp_randomised_parse(const char *text, fp_arena *arena,
                                          fp_randomised_text *out, fp_err *err);

/* ---- the null models ---- */

/* What a null model of a test holds besides the terms of the formula that name no factor. */
typedef struct {
    const int32_t *cell; /* n: levels of what is held fixed, crossed; NULL = nothing is */
    int32_t cells;
    int terms;
    const double *term[2]; /* terms: columns of n */
    const double *offset;  /* n, added to the linear predictor; NULL */
} fp_null_model;

typedef struct {
    bool fitted;         /* false: no such fit */
    double *sum;         /* clusters: sums of residuals, weighted; the caller's */
    double estimate, se; /* of term[0]; se model-based */
} fp_null_fit;

/* An estimator as the permutation tests see it. */
typedef struct {
    fp_status (*fit)(void *context, const fp_null_model *null, fp_null_fit *fit, fp_err *err);
    void *context;
    const char *residual;   /* "martingale residuals of a Cox model" */
    const char *by;         /* how that model holds a factor fixed: "stratified by" */
    const char *covariates; /* names of what else stays in, "readiness and age"; NULL = none */
    bool has_effect;        /* the model has a coefficient: intervals and interactions are made */
    bool is_log;            /* the coefficient is the logarithm of a ratio */
    const char *label;      /* of its intervals */
    double far;             /* the largest effect looked at for an interval */
    double unit;            /* of the residuals: ties are told in it; 0 = 1 */
    const double *weight;   /* clusters: by what a sum is divided to be the mean of its cluster (0 =
                               it has no row); NULL = sums are what is tested */
    double level;
    ptrdiff_t n;
} fp_null_estimator;

/* The permutation tests of a randomised design, added to the result: each factor (of more than two
 * levels: also each level against the first), neither, and the interactions of pairs of two-level
 * factors; with an interval for each effect of two levels. What cannot be tested is a warning.
 * Source: docs/methods/permutation.md. Reference test: fewclusters. */
FP_MUST_USE fp_status fp_randomised_tests(const fp_randomised *design,
                                          const fp_null_estimator *estimator,
                                          const fp_permutation_options *options, fp_arena *arena,
                                          fp_warnings *warnings, fp_result *result, fp_err *err);

/* What the test of one factor re-allocates: the sums (or means) of the clusters under the null
 * model in which the others are held fixed. *sum NULL = it could not be fitted. */
FP_MUST_USE fp_status fp_randomised_sums(const fp_randomised *design,
                                         const fp_null_estimator *estimator, int factor,
                                         fp_arena *arena, const double **sum, fp_err *err);

/* What of a formula stays in every null model: the columns and strata of the terms that name no
 * factor. A term with one value in each arm tells the arm under another name and goes too, with a
 * warning. `options` as the design was built with. */
typedef struct {
    ptrdiff_t p;
    const double *const *column; /* p: each n */
    const int32_t *stratum;      /* n or NULL */
    int32_t strata;
    const char *words; /* "strata(site), age, sex"; NULL = nothing stays */
} fp_null_rest;
FP_MUST_USE fp_status fp_randomised_rest(const fp_randomised *randomised, const fp_design *design,
                                         const fp_table *table, const fp_design_options *options,
                                         fp_arena *arena, fp_warnings *warnings, fp_null_rest *rest,
                                         fp_err *err);

/* What a front end was asked. */
typedef struct {
    const char *text; /* "ips * pa | coach" */
    const fp_drawn_units *drawn;
    const fp_table *table;
    const fp_design *design;
    const fp_design_options *how; /* of the design */
    const fp_model_common *common;
    int64_t allocations; /* sampled where there are too many; 0 = the default */
} fp_randomised_request;
/* The design, the options of its tests and what stays in the null models. Errors: as
 * fp_randomised_read. */
FP_MUST_USE fp_status fp_randomised_open(const fp_randomised_request *request, fp_arena *arena,
                                         fp_warnings *warnings, fp_randomised *randomised,
                                         fp_permutation_options *options, fp_null_rest *rest,
                                         fp_err *err);

/* The crossing of the levels of some factors, numbered as the clusters come.
 * in    factor  flags, design->factors
 * out   code    clusters; NULL where no flag is set */
FP_MUST_USE fp_status fp_randomised_cross(const fp_randomised *design, const bool *factor,
                                          fp_arena *arena, const int32_t **code, int32_t *count,
                                          fp_err *err);

#endif
