#ifndef FP_STATS_POWER_ROWS_PRIV_H
#define FP_STATS_POWER_ROWS_PRIV_H

#include "stats/power_priv.h"

/* The answers of simulated trials. Equation numbers: docs/methods/power.md. */

/* What a trial is drawn from at one set of effects of the arms. */
typedef struct {
    fp_power_spread spread;
    double shapes; /* FP_POWER_BETA: sum of the two shapes of a cluster's probability; 0 = none */
    double centre[FP_POWER_ARMS][FP_POWER_WAVES]; /* mean; logit where the normal parts are 0; with
                                                     `shapes` the probability */
    double leaving;                               /* rate of drop-out */
} fp_power_scheme;
FP_MUST_USE fp_status fp_power_scheme_make(const fp_power_design *design, const double *eta,
                                           fp_power_scheme *scheme, fp_err *err);

/* The answers of a trial, cluster by cluster, person by person, wave by wave. */
typedef struct {
    ptrdiff_t n, room;
    int32_t *cluster, *person, *wave; /* room */
    double *y, *first;                /* room: the answer; that of the person at the first wave */
    int32_t people;                   /* with an answer; numbered on in `person` */
    int32_t clusters;                 /* with an answer; numbered on in `block` */
    int32_t *block;                   /* room: the cluster's number among those */
    int32_t *arm;                     /* clusters with an answer */
} fp_power_rows;
FP_MUST_USE fp_status fp_power_rows_create(const fp_power_design *design, fp_arena *arena,
                                           fp_power_rows *rows, fp_err *err);
/* Draw trial number `number` (eq. 21-27); trial: its sizes. */
void fp_power_rows_draw(const fp_power_design *design, const fp_power_scheme *scheme, uint64_t seed,
                        uint64_t number, fp_power_trial *trial, fp_power_rows *rows);

#endif
