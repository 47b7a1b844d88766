#ifndef FP_STATS_POWER_PRIV_H
#define FP_STATS_POWER_PRIV_H

#include "base/rng.h"
#include "stats/power.h"
#include "stats/sandwich.h"

/* The parts of a simulated trial. Equation numbers: docs/methods/power.md. */

/* Whether a question is about the levels of one factor. */
bool fp_power_of_factor(const fp_power_question *question);

/* ---- a trial as drawn: people cluster by cluster ---- */

typedef struct {
    ptrdiff_t n;    /* people */
    ptrdiff_t room; /* of day and event */
    int32_t *first; /* clusters + 1 */
    int32_t *day;   /* room: 1..days, the day of the event or of leaving */
    uint8_t *event; /* room */
    int32_t *size;  /* clusters: dealt or drawn */
    double *unit;   /* room: uniform numbers */
    double *x;      /* covariates a person, room x covariates, person by person */
} fp_power_trial;

FP_MUST_USE fp_status fp_power_trial_create(const fp_power_design *design, fp_arena *arena,
                                            fp_power_trial *trial, fp_err *err);
/* Draw trial number `number` with the log hazard ratios `eta` of the arms (eq. 2 and 3). */
void fp_power_trial_draw(const fp_power_design *design, const double *eta, uint64_t seed,
                         uint64_t number, fp_power_trial *trial);
/* Its sizes alone: trial->size, first and n. */
void fp_power_draw_sizes(const fp_power_design *design, fp_rng *rng, fp_power_trial *trial);
/* A standard normal variate (Marsaglia & Bray 1964), and a gamma one of that shape and scale 1
 * (Marsaglia & Tsang 2000, doi 10.1145/358407.358414). */
double fp_power_normal(fp_rng *rng);
double fp_power_gamma(fp_rng *rng, double shape);
/* The last day anybody can be followed. */
int32_t fp_power_days(const fp_power_design *design);
/* People a trial can have at most, drawn sizes included. */
ptrdiff_t fp_power_most_people(const fp_power_design *design);

/* ---- counts by day: eq. 4 ---- */

typedef struct {
    int32_t arms, days;
    uint64_t *leaves;   /* bit a day on which somebody dies or leaves */
    uint32_t *left;     /* (days + 1) x arms: dead or left on that day */
    uint32_t *died;     /* (days + 1) x arms */
    int32_t *slot;      /* days + 1: the last death day up to that day, -1 = none; where somebody
                           left */
    int32_t *list;      /* days with somebody leaving */
    ptrdiff_t events;   /* distinct death days */
    ptrdiff_t deaths;   /* sub-events: one a death */
    ptrdiff_t room;     /* of sub-events, padded */
    double *at_risk;    /* room x arms, event day by event day */
    double *dead;       /* room x arms, the same */
    int32_t *ties;      /* room: deaths of the event day */
    int32_t *first_sub; /* room + 1 */
    double *sub;        /* arms columns of `room`: N_g - a_k d_g (Efron) */
    double *mask;       /* room: 1, and 0 in what pads the last eight */
    double by_arm[FP_POWER_ARMS], people[FP_POWER_ARMS], time[FP_POWER_ARMS]; /* deaths; people;
                                                                                 person-days */
} fp_power_counts;

FP_MUST_USE fp_status fp_power_counts_create(const fp_power_design *design, fp_arena *arena,
                                             fp_power_counts *counts, fp_err *err);
void fp_power_counts_fill(const fp_power_design *design, const fp_power_trial *trial,
                          fp_power_counts *counts);

/* ---- a fit on the arms: eq. 5 ---- */

typedef struct {
    bool usable;
    double beta[FP_POWER_TERMS];
    double w[FP_POWER_ARMS];                     /* exp(x' beta) */
    double var[FP_POWER_TERMS * FP_POWER_TERMS]; /* p x p */
} fp_power_fit;

/* Sums over sub-events at risks w: one[g] = sum N_g / T and two[g + h arms] (h <= g) = sum N_g N_h
 * / T^2, T = sum w N. The same bits on every processor. */
typedef void (*fp_power_sums_fn)(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                                 const double *mask, ptrdiff_t length, double *one, double *two);
fp_power_sums_fn fp_power_sums_pick(void);

/* Step `number` (from 0) of Newton-Raphson: beta += I^-1 g; the information (p x p) becomes
 * its factor. score: FP_POWER_TERMS. before: what was left at the step before, infinite at first.
 * False: no more steps; at the fit var is there, and fit->usable. */
enum { FP_POWER_STEPS = 12 };
bool fp_power_step(int number, const fp_power_counts *counts, int32_t p, const double *score,
                   double *information, double *before, fp_power_fit *fit);
/* Newton-Raphson from 0. False: it did not settle, and the general engine has to look. */
bool fp_power_newton(const fp_power_counts *counts, const fp_power_model *model,
                     fp_power_sums_fn sums, fp_power_fit *fit);

/* ---- what clusters add: eq. 6 and 7 ---- */

typedef struct {
    ptrdiff_t clusters, room; /* room: of event days */
    ptrdiff_t stride;         /* numbers a record */
    double *left, *dead;      /* room x stride: what a person adds who was last at risk, or died,
                                 on that event day */
    double *score;            /* clusters x p */
    double *omega;            /* p x p x clusters */
    double *residual;         /* clusters: sum of martingale residuals at the fit */
} fp_power_parts;

FP_MUST_USE fp_status fp_power_parts_create(const fp_power_design *design,
                                            const fp_power_counts *counts, fp_arena *arena,
                                            fp_power_parts *parts, fp_err *err);
void fp_power_parts_fill(const fp_power_design *design, const fp_power_trial *trial,
                         const fp_power_counts *counts, const fp_power_model *model,
                         const fp_power_fit *fit, bool curvature, fp_power_parts *parts);

/* ---- a fit with covariates, person by person: eq. 44 ---- */

typedef struct {
    int32_t p, strata;    /* p: of the arms and the covariates */
    ptrdiff_t room, n;    /* of people; those at risk at a death */
    int32_t *order;       /* n: by the last death day at which they are at risk, the last first */
    int32_t *last;        /* n: that day's number, in this order */
    double *row;          /* room x p, person by person */
    double *risk;         /* room: exp(x' beta) */
    int32_t *stratum;     /* room */
    double *one;          /* sub-events: 1 / sum of risks (eq. 44), at the fit */
    double *mean, *cross; /* sub-events x p, x p (p + 1) / 2: mean and covariance of x */
    double *hazard, *own; /* events x strata: Nelson-Aalen at the fit, and Efron's share of it that
                             a death of the day has not had */
} fp_power_cox;

FP_MUST_USE fp_status fp_power_cox_create(const fp_power_design *design,
                                          const fp_power_counts *counts, fp_arena *arena,
                                          fp_power_cox *cox, fp_err *err);
/* The people of a trial, with the arms' columns of `model` (NULL = none) and the covariates;
 * stratum: of the arm (NULL = one). */
void fp_power_cox_fill(const fp_power_design *design, const fp_power_trial *trial,
                       const fp_power_counts *counts, const fp_power_model *model,
                       const int32_t *stratum, fp_power_cox *cox);
/* Newton-Raphson from 0. False: it did not settle, and the general engine has to look. */
bool fp_power_cox_newton(const fp_power_trial *trial, const fp_power_counts *counts,
                         fp_power_cox *cox, fp_power_fit *fit);
/* Sums of martingale residuals by cluster at the fit. */
void fp_power_cox_residuals(const fp_power_trial *trial, const fp_power_counts *counts,
                            const fp_power_cox *cox, ptrdiff_t clusters, double *residual);
/* Eq. 6 and 7 of a fit person by person. */
void fp_power_cox_parts(const fp_power_design *design, const fp_power_trial *trial,
                        const fp_power_counts *counts, const fp_power_cox *cox, bool curvature,
                        fp_power_parts *parts);

/* ---- tests without a fit: eq. 8 and 9 ---- */

/* Sums by cluster of martingale residuals without covariates, stratified by `stratum` of the arm.
 * cumulative, own: scratch of counts->room x 2. */
void fp_power_null_residuals(const fp_power_design *design, const fp_power_trial *trial,
                             const fp_power_counts *counts, const int32_t *stratum,
                             double *cumulative, double *own, double *residual);
/* Log-rank chi-square of `group` (of the arm, 0..groups-1) stratified by `stratum`, and its degrees
 * of freedom; 0 where there is none. */
int fp_power_logrank(const fp_power_counts *counts, const int32_t *group, int32_t groups,
                     const int32_t *stratum, double *chisq);

/* The allocations of one test, enumerated or sampled once. */
typedef struct {
    fp_power_permute kind;
    ptrdiff_t clusters, bytes; /* bytes an allocation */
    int64_t allocations;
    bool exact;
    int32_t groups; /* that are dealt: 2, 4, or the arms */
    double size[FP_POWER_ARMS];
    int per_byte;         /* clusters in a byte */
    const uint8_t *code;  /* bytes x allocations, one allocation's bytes side by side */
    const int32_t *label; /* clusters: as observed */
    const int32_t *fixed; /* clusters: held fixed; NULL */
    int32_t strata;
    double smallest_p;
    int64_t most_far; /* reject where no more than so many are at least as far */
} fp_power_set;

/* Room of one worker for the tables of fp_power_permute_far(). */
ptrdiff_t fp_power_set_room(const fp_power_set *set);
FP_MUST_USE fp_status fp_power_set_create(const fp_power_design *design,
                                          const fp_power_question *question,
                                          const fp_power_options *options, fp_arena *arena,
                                          fp_power_set *set, fp_err *err);
/* How many allocations are at least as far as the observed one, it included. table: room. */
int64_t fp_power_set_far(const fp_power_set *set, const double *residual, double *table);

/* ---- estimates, and the general engine on a drawn trial ---- */

enum {
    FP_POWER_SANDWICHES = 1 << FP_POWER_ROBUST | 1 << FP_POWER_KC | 1 << FP_POWER_MD |
                          1 << FP_POWER_FG | 1 << FP_POWER_MBN
};

typedef struct {
    bool usable;
    double beta[FP_POWER_TERMS];
    double var[FP_POWER_ANALYSES][FP_POWER_TERMS * FP_POWER_TERMS]; /* of the analyses with one */
} fp_power_estimates;

/* The sandwiches that are asked for, into out->var. */
FP_MUST_USE fp_status fp_power_sandwiches(const fp_cluster_parts *parts, unsigned analyses,
                                          fp_arena *scratch, fp_power_estimates *out, fp_err *err);

/* Fit a model by fp_cox and its relatives; NAIVE to MBN and FRAILTY as `analyses` asks. residual
 * (may be NULL): clusters, sums of martingale residuals at the fit. */
FP_MUST_USE fp_status fp_power_general(const fp_power_design *design, const fp_power_trial *trial,
                                       const fp_power_model *model, unsigned analyses,
                                       fp_arena *scratch, fp_power_estimates *out,
                                       fp_power_estimates *frailty, double *residual, fp_err *err);

#endif
