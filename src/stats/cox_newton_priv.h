#ifndef FP_STATS_COX_NEWTON_PRIV_H
#define FP_STATS_COX_NEWTON_PRIV_H

#include "stats/cox_priv.h"

/* Newton-Raphson with step halving for a log-likelihood of a Cox kind that is none of fp_cox's own:
 * exact ties, Firth's penalty. The rules for rank, convergence and separation are those of fp_cox
 * (docs/methods/cox.md, Fit). */
typedef struct {
    const fp_cox_problem *q;
    void *context;
    /* Log-likelihood at beta (p). */
    double (*value)(void *context, const double *beta);
    /* At the beta of the last value(): score p, information p x p (both triangles), and the scale
     * (p) against which the pivots are judged. */
    void (*derivatives)(void *context, double *score, double *info, double *base);
    double tolerance, rank_tolerance;
    int max_iterations;
    bool can_separate; /* look for monotone likelihood; false under a penalty */
    bool secant; /* the information is not quite the curvature: start from its inverse and learn the
                    rest from the steps (BFGS), which keeps the convergence superlinear */
    double *beta; /* p; start and end */
    bool *keep;   /* p; false: not moved (aliased, or held fixed) */
    /* made by fp_cox_newton_create() */
    double *trial, *step, *score, *base; /* p */
    double *info, *chol;                 /* p x p; at beta */
    double *inverse;                     /* p x p; with `secant`: of the curvature as learnt */
    double *moved, *turned;              /* p; with `secant`: last move, change of the score */
    bool *pivot;                         /* p; columns that the factor of now could use */
    ptrdiff_t rank;
    double loglik;
    double decrement; /* score' step: twice the gain still to come, to second order */
} fp_cox_newton;

/* The work arrays; keep all true. Cost: O(p^2) memory. */
FP_MUST_USE fp_status fp_cox_newton_create(fp_cox_newton *w, fp_arena *arena, fp_err *err);
/* Value, derivatives and first step at beta. */
void fp_cox_newton_begin(fp_cox_newton *w);
/* From begin() to an optimum. Steps go on after convergence while they gain more than rounding, so
 * that the score is ~ 0. Returns FP_COX_CONVERGED, FP_COX_SEPARATED or FP_COX_MAX_ITER. */
fp_cox_state fp_cox_newton_run(fp_cox_newton *w, int *iterations);

#endif
