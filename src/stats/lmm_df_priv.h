#ifndef FP_STATS_LMM_DF_PRIV_H
#define FP_STATS_LMM_DF_PRIV_H

#include "stats/lmm_priv.h"

/* What degrees of freedom are made from. Parameters here: for Satterthwaite theta and sigma (k +
 * 1), for Kenward and Roger the variances and covariances themselves, sigma^2 first. */
typedef struct {
    fp_lmm_core *core;
    ptrdiff_t p, k;   /* k with sigma */
    double *l;        /* count x p, row after row, of the kept and centred columns */
    double *a;        /* k x k: covariance of the parameters */
    double *first;    /* k of p x p: Satterthwaite d var, Kenward-Roger V P V */
    double *var;      /* p x p, of the fit */
    double *adjusted; /* p x p: Kenward-Roger */
} fp_lmm_frame;

/* Of a method; that of the normal distribution has no parameters. Zero without a residual variance.
 */
FP_MUST_USE fp_status fp_lmm_frame_open(const fp_lmm_fit *fit, fp_lmm_df method, fp_arena *scratch,
                                        fp_lmm_frame *f, fp_err *err);

double fp_lmm_trace(ptrdiff_t p, const double *a, const double *b);

#endif
