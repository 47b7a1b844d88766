#ifndef FP_STATS_POWER_H
#define FP_STATS_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/parallel.h"
#include "stats/power_measure.h"

/* Power and type I error of trials by simulation: trials are drawn from a design and each is
 * analysed by the very analyses that will run. Equation numbers: docs/methods/power.md. */

enum {
    FP_POWER_ARMS = 8,
    FP_POWER_COVARIATES = 3,
    FP_POWER_TERMS = FP_POWER_ARMS - 1 + FP_POWER_COVARIATES,
    FP_POWER_FACTORS = 3,
    FP_POWER_MODELS = 3,
    FP_POWER_QUESTIONS = 16,
    FP_POWER_NAME = 64
};

/* How clusters differ: a hazard is multiplied by a frailty of mean 1. */
typedef enum { FP_FRAILTY_GAMMA, FP_FRAILTY_LOGNORMAL } fp_frailty_law;

/* Cumulative hazard of the reference arm at a frailty of 1, eq. 1. */
typedef struct {
    double shape;             /* Weibull, 1 = exponential; not looked at where there are knots */
    double unit;              /* Weibull: the time at which it is `at_unit` [days] */
    double at_unit;           /* > 0 */
    ptrdiff_t knots;          /* 0 = Weibull */
    const double *time;       /* knots: increasing, the first is 0 [days] */
    const double *cumulative; /* knots: not decreasing, the first is 0; linear in between, and the
                                 last slope goes on */
} fp_power_baseline;
double fp_power_hazard(const fp_power_baseline *baseline, double time);
/* The time at which it is `hazard`; infinite where it never is. */
double fp_power_time(const fp_power_baseline *baseline, double hazard);

/* What people bring along: it multiplies a person's hazard by exp(beta x), and stands in the
 * formula of every model. x is 0/1, with a share of ones, or standard normal; people are drawn
 * alike in every cluster and arm. */
typedef struct {
    const char *name;
    double beta;
    double share; /* of ones; 0 = standard normal */
} fp_power_covariate;

/* One regression on the arms: hazard ratio exp(x_arm' beta); the covariates come after them. */
typedef struct {
    int32_t p;                                /* of the arms */
    double x[FP_POWER_ARMS * FP_POWER_TERMS]; /* arm's row: x + arm * FP_POWER_TERMS */
} fp_power_model;

/* What a permutation test permutes for a question. */
typedef enum {
    FP_PERMUTE_NOTHING,
    FP_PERMUTE_MARGIN, /* one factor of two levels, the others held fixed */
    FP_PERMUTE_LEVELS, /* the same, of more levels */
    FP_PERMUTE_INTERACTION,
    FP_PERMUTE_GLOBAL, /* all arms */
} fp_power_permute;

/* One null hypothesis, contrast' beta = 0 in a model. */
typedef struct {
    char name[FP_POWER_NAME];
    int model; /* of design.model */
    double contrast[FP_POWER_TERMS];
    double truth;                   /* log hazard ratio in the design; NaN: no single one */
    double null_eta[FP_POWER_ARMS]; /* the design's log hazard ratios under the null */
    bool is_null;                   /* the design itself is under the null */
    bool joint;                     /* all coefficients of the model are 0; no contrast */
    fp_power_permute permute;
    int factor; /* MARGIN, LEVELS */
    int effect; /* of the plan: its number, -1 the interaction, -2 none of them alone */
} fp_power_question;

#define FP_POWER_ANALYSES_MAP(X)                                                                   \
    X(NAIVE, "naive")                                                                              \
    X(ROBUST, "robust")                                                                            \
    X(KC, "kc")                                                                                    \
    X(MD, "md")                                                                                    \
    X(FG, "fg")                                                                                    \
    X(MBN, "mbn")                                                                                  \
    X(PERMUTATION, "permutation")                                                                  \
    X(LOGRANK, "logrank")                                                                          \
    X(FRAILTY, "frailty")                                                                          \
    X(GEE, "gee")                                                                                  \
    X(GEE_ROBUST, "gee-robust")                                                                    \
    X(GEE_KC, "gee-kc")                                                                            \
    X(GEE_MD, "gee-md")                                                                            \
    X(LMM, "lmm")                                                                                  \
    X(LMM_KR, "lmm-kr")                                                                            \
    X(MEANS, "permutation-means")                                                                  \
    X(TTEST, "ttest")
typedef enum {
#define X(name, text) FP_POWER_##name,
    FP_POWER_ANALYSES_MAP(X)
#undef X
        FP_POWER_ANALYSES,
} fp_power_analysis;
extern const char *const fp_power_analysis_name[FP_POWER_ANALYSES + 1]; /* NULL-terminated */
/* Whether it is a permutation test: of sums of residuals over clusters, or of their means. */
bool fp_power_permutes(int analysis);
/* Whether an analysis gives an estimate of the effect asked for, beside its test. */
bool fp_power_estimates_effect(const fp_power_measure *measure, int analysis);
/* Analyses, as bits, that there are for an outcome: of a time to an event; of what is measured
 * once or at waves, in clusters or of people drawn by lot one by one. */
unsigned fp_power_analyses_of(const fp_power_measure *measure, bool individual);

/* A design made ready: by fp_power_plan_design() of power_plan.h, or by hand. */
typedef struct {
    int32_t arms;
    int32_t factors; /* 2 or 3: arm = a + levels[0] (b + levels[1] c); 1: parallel */
    int32_t levels[FP_POWER_FACTORS];
    double eta[FP_POWER_ARMS]; /* log hazard ratio of each arm against arm 0; else the effect as
                                  estimated (power_measure.h) */
    fp_power_measure measure;  /* what is measured; the fields from `baseline` to `drop_out` are of
                                  a time to an event */
    bool individual;           /* clusters are people, one each */
    ptrdiff_t clusters;        /* >= arms */
    const int32_t *arm;        /* clusters */
    const int32_t *size;       /* clusters: people, > 0; NULL = drawn */
    bool dealt;                /* sizes are dealt over the clusters anew in every trial */
    double mean_size, size_cv; /* drawn: gamma, rounded, at least 1 */
    fp_power_baseline baseline;
    fp_frailty_law law;
    double frailty_variance; /* theta = k^2; 0 = clusters do not differ */
    double follow_up;        /* of everyone [days], whole */
    double accrual;          /* people enter over this long; the trial ends follow_up
                                after the last [days] */
    double drop_out;         /* hazard [1/day] */
    int32_t covariates;      /* of a time to an event */
    fp_power_covariate covariate[FP_POWER_COVARIATES];
    int models;
    fp_power_model model[FP_POWER_MODELS];
    ptrdiff_t questions;
    fp_power_question question[FP_POWER_QUESTIONS];
    unsigned analyses; /* bits 1 << fp_power_analysis */
    double alpha;
} fp_power_design;

/* The level of a factor in an arm, and the number of the arm among those with that level: what the
 * other factors are. */
int32_t fp_power_level(const fp_power_design *design, int32_t arm, int32_t factor);
int32_t fp_power_others(const fp_power_design *design, int32_t arm, int32_t factor);

typedef struct {
    int64_t trials; /* default 10,000 */
    uint64_t seed;
    int64_t exact_most;  /* allocations that are enumerated, default 200,000; above it: */
    int64_t samples;     /* sampled once for the whole run, default 100,000 */
    int64_t interaction; /* most allocations of the interaction test, default 10,000 */
    bool general;        /* every fit by the general engine: slow, for comparison */
    fp_work work;
} fp_power_options;
fp_power_options fp_power_defaults(void);

/* One analysis of one question over all trials. Shares are of all trials: without a usable estimate
 * nothing is rejected. NaN where an analysis has no such number. */
typedef struct {
    int64_t trials, usable, rejected;
    double share, share_error; /* rejected / trials, and its Monte Carlo standard error */
    double estimate;           /* mean of the log hazard ratio */
    double bias, bias_error;   /* against the question's truth */
    double sd, mean_se;        /* of the estimates; mean of the standard errors */
    double coverage;           /* of the interval at 1 - alpha */
    double smallest_p;         /* permutation: the smallest it can give */
    int64_t allocations;       /* permutation: of the set or sample */
    bool exact;
} fp_power_result;

/* What the trials were like. */
typedef struct {
    double people, events; /* mean a trial; events: of a binary measure at the last wave */
    double answers;        /* of what is measured: rows that are not missing */
    double events_arm[FP_POWER_ARMS], people_arm[FP_POWER_ARMS], time_arm[FP_POWER_ARMS];
    int64_t by_general; /* fits that the fast path handed to the general engine */
} fp_power_trials;

/* Simulate.
 * Method: trial i draws from Philox stream (seed, power, i): sizes, frailties, times, in whole
 *         days. A model on arms needs of a trial only how many of each arm are at risk at each
 *         death (eq. 4-6), so that no row is met in the fit; the cluster sums of the corrected
 *         sandwiches follow in one pass over the people (eq. 7). Fits that do not settle in a few
 *         steps, and the frailty model, go to the general engine (stats/cox.h). The allocations of
 *         a permutation test are enumerated once (eq. 8).
 * in    question  -1 = all at the design's own hazard ratios; else that question alone, under its
 *                 null
 * out   result    questions x FP_POWER_ANALYSES, question slowest; in `arena`
 * out   trials    may be NULL
 * Errors: FP_ARG (a design that is none), FP_NOMEM, FP_CANCELLED.
 *         With covariates people are met one by one (eq. 44).
 * Cost: about 5 us a trial of 120 people with naive and robust analysis, some 20 us with
 * covariates. The same numbers on any number of threads. Thread-safe: yes. */
FP_MUST_USE fp_status fp_power_simulate(const fp_power_design *design,
                                        const fp_power_options *options, ptrdiff_t question,
                                        fp_arena *arena, const fp_power_result **result,
                                        fp_power_trials *trials, fp_err *err);

#endif
