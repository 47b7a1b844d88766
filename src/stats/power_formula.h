#ifndef FP_STATS_POWER_FORMULA_H
#define FP_STATS_POWER_FORMULA_H

#include "stats/power_plan.h"

/* Two groups of equal size compared by a closed form: power, and the size or effect that a power
 * asks for. Equation numbers: docs/methods/power.md. */

typedef enum {
    FP_CLOSED_TIME,
    FP_CLOSED_RATES,
    FP_CLOSED_PROPORTIONS,
    FP_CLOSED_MEANS
} fp_closed_outcome;

#define FP_CLOSED_METHODS_MAP(X)                                                                   \
    X(SCHOENFELD, "schoenfeld")    /* eq. 14, 41; clusters: with eq. 15 */                         \
    X(HAYES, "hayes-moulton")      /* eq. 16-19 */                                                 \
    X(EFFECT, "design-effect")     /* eq. 15, 42 */                                                \
    X(EFFECT_T, "design-effect-t") /* eq. 15, 43 */                                                \
    X(NORMAL, "normal")            /* people one by one: eq. 42 */                                 \
    X(STUDENT, "t")                /* people one by one: eq. 43 */                                 \
    X(POOLED, "pooled")            /* two proportions, people one by one: eq. 20 */
typedef enum {
#define X(name, text) FP_CLOSED_##name,
    FP_CLOSED_METHODS_MAP(X)
#undef X
        FP_CLOSED_METHODS,
} fp_closed_method;
extern const char *const fp_closed_method_name[FP_CLOSED_METHODS];

typedef struct {
    fp_closed_outcome outcome;
    bool individual; /* people are drawn by lot one by one */
    double alpha;
    double units;    /* clusters of both groups together, or people; NaN = not given */
    double size;     /* of a cluster: people on average, or person-time (RATES); of one person:
                        person-time, else 1. NaN = not given */
    double size_cv;  /* of cluster sizes */
    double value[2]; /* rates, proportions or means of the reference and the other group; TIME: 1
                        and the hazard ratio */
    double sd;       /* MEANS: of people over all clusters of a group */
    fp_power_scale scale;          /* which of the two was given */
    double icc, k;                 /* of the reference group; NaN = has no meaning */
    const fp_power_design *design; /* TIME: baseline, frailty, follow-up, accrual, drop-out */
} fp_closed_plan;

/* Check a plan whose `scale` and the number on it are filled in, and fill in the other: PROPORTIONS
 * icc = k^2 p / (1 - p), MEANS icc = (k mean / sd)^2 (eq. 40); RATES have a k alone; TIME comes
 * with both.
 * Errors: FP_INPUT, one line each: groups that are alike, a value that its outcome cannot have, an
 *         ICC or k out of range, fewer than two clusters, clusters without people, alpha. */
FP_MUST_USE fp_status fp_closed_check(fp_closed_plan *plan, fp_err *err);

/* Whether a method says anything of a plan. */
bool fp_closed_applies(const fp_closed_plan *plan, fp_closed_method method);
/* Power, two-sided at alpha, in the direction of the effect; NaN where a number is not given. */
double fp_closed_power(const fp_closed_plan *plan, fp_closed_method method);
/* What of one number gives the power `target`, the others as planned, by halving an interval to
 * 1e-12: `units`, `size`, or the value of the other group on its side of the reference. NaN where
 * nothing does, or another number is not given. */
typedef enum { FP_CLOSED_UNITS, FP_CLOSED_SIZE, FP_CLOSED_VALUE } fp_closed_unknown;
double fp_closed_solve(const fp_closed_plan *plan, fp_closed_method method,
                       fp_closed_unknown unknown, double target);
/* The power that no size of clusters exceeds, at the number of clusters planned (Hemming et al.
 * 2011, doi 10.1186/1471-2288-11-102); NaN for people drawn one by one. */
double fp_closed_limit(const fp_closed_plan *plan, fp_closed_method method);

/* Expected share with the event, and person-time [days], of a person at hazard ratio `ratio`
 * against the reference arm, over clusters, uniform entry and exponential drop-out (eq. 41). */
void fp_closed_expected(const fp_power_design *design, double ratio, double *events, double *time);

#endif
