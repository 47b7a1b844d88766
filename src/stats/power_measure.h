#ifndef FP_STATS_POWER_MEASURE_H
#define FP_STATS_POWER_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* What a simulated trial measures where it is not a time to an event: an event that a person has
 * had or not, or a number, once or at several waves. Equation numbers: docs/methods/power.md. */

typedef enum { FP_POWER_TIME, FP_POWER_BINARY, FP_POWER_CONTINUOUS } fp_power_outcome;

/* The scale of an effect. Of a difference 0 is no effect, of a ratio 1. */
typedef enum {
    FP_POWER_HAZARD_RATIO,
    FP_POWER_ODDS_RATIO,
    FP_POWER_RISK_RATIO,
    FP_POWER_RISK_DIFFERENCE,
    FP_POWER_MEAN_DIFFERENCE,
} fp_power_effect;

/* How the probabilities of clusters differ. */
typedef enum { FP_POWER_BETA, FP_POWER_LOGIT_NORMAL } fp_power_binary_law;

/* What is tested where there are waves, and how the effect comes about (eq. 28): it grows along a
 * straight line from nothing at the first wave, or it is there in full from the second on. */
typedef enum {
    FP_POWER_LAST,    /* at the last wave, every wave with a mean of its own */
    FP_POWER_SLOPE,   /* from the first to the last wave, along the line */
    FP_POWER_OVERALL, /* the same at all waves but the first */
} fp_power_estimand;

enum { FP_POWER_WAVES = 12 };

/* Correlations are those of the answers themselves (of a 0/1 variable: the scale of proportions),
 * in the reference arm, binary ones at the last wave. */
typedef struct {
    fp_power_outcome outcome;
    fp_power_effect effect;
    int32_t waves;              /* 1 = measured once */
    double at[FP_POWER_WAVES];  /* increasing, the last 1: times; the first of several waves is 0 */
    fp_power_estimand estimand; /* waves */
    bool adjusted; /* waves, continuous: what a person answered at the first wave is a covariate,
                      and that wave no row of its own */
    /* binary */
    double risk[FP_POWER_WAVES]; /* reference arm, all clusters */
    fp_power_binary_law law;
    /* continuous */
    double sd; /* of an answer, all clusters */
    /* alike */
    double icc;      /* two people of one cluster, same wave; 0 without clusters */
    double between;  /* two people of one cluster, different waves; at most icc */
    double person;   /* one person, different waves; at least `between` */
    double drop_out; /* share that has left by the last wave (measured once: has no answer) */
} fp_power_measure;

/* Standard deviations behind the correlations: of logits under FP_POWER_LOGIT_NORMAL, of the answer
 * itself where continuous; 0 under FP_POWER_BETA. */
typedef struct {
    double cluster, period, person, residual;
} fp_power_spread;

/* Whether the effect is a ratio, whose logarithm is what is estimated. */
bool fp_power_is_ratio(fp_power_effect effect);
/* "odds ratio" in words, "OR" in short. */
const char *fp_power_effect_words(fp_power_effect effect);
const char *fp_power_effect_short(fp_power_effect effect);
/* The effect as estimated, and back: the logarithm of a ratio, a difference as it is. */
double fp_power_effect_in(fp_power_effect effect, double value);
double fp_power_effect_out(fp_power_effect effect, double value);
/* Risk of an arm whose effect is eta, from the reference arm's (eq. 21). May lie outside (0, 1). */
double fp_power_risk(fp_power_effect effect, double risk, double eta);

/* The share of the effect that is there at a wave. */
double fp_power_share_at(const fp_power_measure *measure, int32_t wave);

/* ---- the logistic-normal distribution (eq. 24-26) ---- */

/* Mean of expit(a + sqrt(variance) Z), Z standard normal, by the trapezoidal rule. Cost: 161
 * exponentials. */
double fp_logit_normal_mean(double a, double variance);
/* The a with that mean. mean in (0, 1). */
double fp_logit_normal_intercept(double mean, double variance);
/* Correlation of two 0/1 answers with that mean whose logits have a normal part of variance
 * `shared` in common and one of variance `rest` each of its own. */
double fp_logit_normal_correlation(double mean, double shared, double rest);

/* Standard deviations of the parts that make the correlations of a measure (eq. 22, 27).
 * Errors: FP_INPUT, one line: correlations that are out of their range, or that such answers do not
 * reach. Cost: some 200 correlations where there are binary waves. Thread-safe: yes. */
FP_MUST_USE fp_status fp_power_spread_of(const fp_power_measure *measure, fp_power_spread *spread,
                                         fp_err *err);

#endif
