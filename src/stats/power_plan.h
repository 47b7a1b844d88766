#ifndef FP_STATS_POWER_PLAN_H
#define FP_STATS_POWER_PLAN_H

#include "stats/power_scale.h"

/* A trial as people plan it, made into what fp_power_simulate() takes. */

typedef enum { FP_POWER_ICC, FP_POWER_K, FP_POWER_THETA } fp_power_scale;

typedef enum {
    FP_EFFECT_MARGINS = 1,     /* factorial: each factor in ~ a + b + c; parallel: each arm */
    FP_EFFECT_INTERACTION = 2, /* a:b in ~ a * b + c */
    FP_EFFECT_TABLE = 4,  /* 2x2: the arms of the table against each other, in ~ a * b; else every
                             arm against the first, each with a term of its own */
    FP_EFFECT_GLOBAL = 8, /* any difference between the arms of a parallel design */
} fp_power_effects;

typedef struct {
    bool factorial;
    bool individual;                      /* people are drawn by lot, one by one */
    int32_t arms;                         /* parallel: 2 or more; factorial: the levels' product */
    int32_t levels[FP_POWER_FACTORS];     /* factorial: of each factor; 0 = no such factor */
    const char *factor[FP_POWER_FACTORS]; /* names; parallel: factor[0] is the name of the arms */
    double hr[FP_POWER_ARMS];             /* factorial: of the levels of each factor against its
                                             first, factor by factor; parallel: of arms 2.. */
    double interaction_hr; /* factorial: of every pair of levels, but for the first, of the first
                              two factors */
    ptrdiff_t clusters;
    double people;       /* in all; 0 = clusters x cluster_size */
    double cluster_size; /* mean */
    double size_cv;      /* of drawn sizes; 0 = equal */
    ptrdiff_t sizes;     /* given: one a cluster; 0 = not given */
    const int32_t *size;
    fp_power_scale scale;
    double variation; /* on that scale, >= 0 */
    fp_frailty_law law;
    double event_probability;     /* reference arm, all clusters, by follow_up */
    double shape;                 /* Weibull */
    ptrdiff_t curve;              /* points of the reference arm's survival; 0 = Weibull */
    const double *curve_time;     /* increasing, the first 0 */
    const double *curve_survival; /* decreasing, the first 1, above 0 */
    double follow_up, accrual;    /* days */
    double drop_out;              /* share that has left by follow_up */
    int32_t covariates;
    fp_power_covariate covariate[FP_POWER_COVARIATES];
    /* in place of hr, law, event_probability to drop_out where something is measured: */
    fp_power_measure measure;     /* NaN: icc (made of `variation`), between (as icc) */
    double effect[FP_POWER_ARMS]; /* as hr, on the scale of measure.effect */
    double interaction;           /* as interaction_hr: a ratio of ratios, a difference of
                                     differences */
    unsigned effects;             /* fp_power_effects */
    unsigned analyses;
    double alpha;
} fp_power_plan;

/* Equal clusters of a 2x2 cluster-randomised trial, MD and permutation, alpha 0.05; what has no
 * usual value is 0. */
fp_power_plan fp_power_plan_defaults(void);

/* What is left to say of how clusters differ. */
typedef struct {
    double theta, k, icc;
    double survival;        /* reference arm at follow_up */
    double people;          /* mean a trial */
    fp_power_spread spread; /* of what is measured */
} fp_power_derived;

/* Make the design.
 * out   design   its arrays in `arena`
 * Errors: FP_INPUT, one line each: ICC out of range, event probability 0 or 1, a cluster size below
 *         1, fewer clusters than arms, a hazard ratio not above 0, a curve that rises, a follow-up
 *         that is none; FP_NOMEM. */
FP_MUST_USE fp_status fp_power_plan_design(const fp_power_plan *plan, fp_arena *arena,
                                           fp_power_design *design, fp_power_derived *derived,
                                           fp_err *err);

/* Factors of a factorial plan, 1 of a parallel one; the numbers of its hr or effect; "2x2x2". */
int32_t fp_power_plan_factors(const fp_power_plan *plan);
int32_t fp_power_plan_effects(const fp_power_plan *plan);
void fp_power_plan_shape(const fp_power_plan *plan, char *out, size_t room);

/* Effect i of a plan as estimated: of hr or effect, -1 the interaction; and to set it from there.
 */
double fp_power_plan_eta(const fp_power_plan *plan, int i);
void fp_power_plan_set_eta(fp_power_plan *plan, int i, double eta);
/* The scale of its effects. */
fp_power_effect fp_power_plan_scale(const fp_power_plan *plan);
bool fp_power_plan_measures(const fp_power_plan *plan);

#endif
