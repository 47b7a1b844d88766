#ifndef FP_STATS_COX_EVENT_H
#define FP_STATS_COX_EVENT_H

#include "stats/cox.h"

/* Residuals of a Cox fit beyond those of cox.h. docs/methods/cox-prediction.md, eq. 1 to 4; names
 * and weights are those of residuals.coxph in R's survival package.
 * Reference test: cox_output. */

/* Deviance residuals from martingale residuals: the martingale residual made symmetric.
 * eq. 1; Therneau & Grambsch 2000, sec. 4.3. Not multiplied by the weight. Cost: O(n).
 * in    event, martingale   n
 * out   deviance            n; may be `martingale` itself */
void fp_cox_deviance(ptrdiff_t n, const int32_t *event, const double *martingale, double *deviance);

/* Turn score residuals into dfbeta residuals, in place: the change of each coefficient when the row
 * is left out, to first order. eq. 2. Multiplied by the weight of the row, as R does.
 * in     var       p x p, model-based (also where the standard errors are robust)
 * in     scaled    divided by the standard error of the coefficient (dfbetas)
 * in/out residual  n x p, column-major: score residuals
 * in     work      p
 * Cost: O(n p^2). Thread-safe: yes. */
void fp_cox_dfbeta(const fp_survdata *data, ptrdiff_t p, const double *var, bool scaled,
                   double *residual, double *work);

/* Rows with an event by stratum, time and row. */
typedef struct {
    ptrdiff_t n;
    const ptrdiff_t *row;   /* n: row of the data */
    const double *residual; /* n x p, column-major */
} fp_cox_events;

/* Schoenfeld residuals: the covariates of a row with an event less their mean over those at risk,
 * averaged over the sub-events of tied times under Efron. eq. 3; Schoenfeld 1982. Not multiplied by
 * the weight of the row. With `scaled`: residual times events V + beta (eq. 4; Grambsch & Therneau
 * 1994), an estimate of the coefficient at that time; an aliased column has NaN.
 * Errors: FP_NOMEM; those of fp_cox. Outcomes: no event, n = 0. Cost: O(n p + events p^2). */
FP_MUST_USE fp_status fp_cox_schoenfeld(const fp_survdata *data, ptrdiff_t p, const double *x,
                                        const fp_cox_fit *fit, fp_ties ties, bool scaled,
                                        fp_arena *arena, fp_cox_events *events, fp_err *err);

/* The time scale of the proportional-hazards test at the events: 1 - KM(t-), t, log t, or the rank
 * of t among all times. In the order of `events`.
 * out   scale   events->n, in `arena`
 * Errors: FP_NOMEM. Cost: O(n log n). */
FP_MUST_USE fp_status fp_cox_ph_scale(const fp_survdata *data, fp_ph_transform transform,
                                      const fp_cox_events *events, fp_arena *arena,
                                      const double **scale, fp_err *err);

#endif
