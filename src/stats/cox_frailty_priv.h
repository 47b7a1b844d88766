#ifndef FP_STATS_COX_FRAILTY_PRIV_H
#define FP_STATS_COX_FRAILTY_PRIV_H

#include "stats/cox_priv.h"

/* The penalised partial likelihood of a gamma frailty at one theta. Unknowns are the p kept
 * coefficients and then the log frailties of the groups, u = p + groups in all. */
typedef struct {
    fp_cox_problem q; /* p = 0: only sums over the risk sets are wanted of it */
    fp_cox_sums sums;
    const double *offset;
    const int32_t *group; /* n */
    ptrdiff_t p, groups, unknowns;
    const double *const *x; /* p columns of n, kept ones only */
    const double *mean;     /* p */
    double *events;         /* groups */
    double theta;
    double *at;                                  /* u: beta, log frailty */
    double *trial;                               /* u */
    double *eta;                                 /* n */
    double loglik;                               /* penalised, at `at` */
    double *gradient, *step;                     /* u */
    double *hazard;                              /* n: r_i times the hazard while at risk */
    double *penalty;                             /* groups: nu z */
    double *info;                                /* p x p: of beta */
    double *cross;                               /* groups x p: beta against log frailty */
    double *block;                               /* groups: diagonal of the preconditioner */
    double *schur;                               /* p x p: its Cholesky factor */
    double *z, *s, *risk, *death, *prefix;       /* n, n, length, length, length */
    double *residual, *direction, *image, *mild; /* u; conjugate gradients */
} fp_frailty_fit;

FP_MUST_USE fp_status fp_frailty_create(fp_frailty_fit *w, fp_arena *arena, fp_err *err);
/* Maximise over beta and the log frailties at w->theta > 0, from where w->at stands. False where
 * Newton's method finds no maximum. docs/methods/cox-frailty.md eq. 2. */
bool fp_frailty_maximise(fp_frailty_fit *w, int *iterations);
/* Solve H y = b at the maximum for b (u) by conjugate gradients; y (u). eq. 5. */
void fp_frailty_solve(fp_frailty_fit *w, const double *b, double tolerance, double *y);

#endif
