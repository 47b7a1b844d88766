#ifndef FP_STATS_LMM_H
#define FP_STATS_LMM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* Linear mixed models: y = X beta + sum of random effects + residual, with independent or by wave
 * structured residuals within subjects. docs/methods/lmm.md has the formulas by number. */

/* One random-effects term: `width` effects for each group, correlated with each other. */
typedef struct {
    int32_t groups;
    const int32_t *group;        /* n, 0..groups-1, each with a row */
    ptrdiff_t width;             /* effects of a group */
    const double *const *column; /* width: n values each; NULL = 1 everywhere */
} fp_lmm_block;

/* How the residuals of a subject depend on each other. */
typedef enum {
    FP_LMM_INDEPENDENT,
    FP_LMM_DIAGONAL,     /* a variance a wave */
    FP_LMM_SYMMETRIC,    /* compound symmetry: one variance, one correlation */
    FP_LMM_AR1,          /* correlation rho^distance */
    FP_LMM_UNSTRUCTURED, /* any covariance matrix */
} fp_lmm_residual;

typedef struct {
    ptrdiff_t n, p;
    const double *const *x; /* p columns of n, finite */
    bool intercept;         /* column 0 is 1 everywhere */
    const double *y;        /* n */
    const double *weight;   /* n, > 0: residual variance sigma^2 / weight; NULL = 1 */
    ptrdiff_t blocks;
    const fp_lmm_block *block;
    fp_lmm_residual residual;
    const int32_t *subject; /* n; other than INDEPENDENT */
    int32_t subjects;
    const int32_t *wave; /* n, 0..waves-1; no subject has one twice */
    int32_t waves;
    const double *wave_at; /* waves: distance from the first, in steps (AR1) */
} fp_lmm_data;

typedef struct {
    bool ml;            /* maximum likelihood; else REML */
    int max_iterations; /* default 200 */
    int threads;        /* 0 = all; no number depends on it; default 1 */
} fp_lmm_options;
fp_lmm_options fp_lmm_defaults(void);

typedef enum {
    FP_LMM_CONVERGED,
    FP_LMM_SINGULAR,  /* converged with a variance of 0 or a correlation of 1 or -1 */
    FP_LMM_MAX_ITER,  /* no optimum found */
    FP_LMM_NO_SPREAD, /* the residual variance is 0: nothing to estimate */
} fp_lmm_state;

typedef struct fp_lmm_core fp_lmm_core; /* what contrasts and intervals are made from */

/* Random effects of a group at most. */
enum { FP_LMM_WIDTH = 8 };

typedef struct {
    ptrdiff_t n, p, rank;
    fp_lmm_state state;
    int iterations;
    double gradient;    /* largest |d criterion / d theta| at the end */
    double criterion;   /* -2 log-likelihood, of REML or ML */
    double sigma2;      /* residual variance; with a structure: that of wave 0 */
    const double *beta; /* p; NaN where aliased */
    const double *var;  /* p x p; 0 where aliased */
    ptrdiff_t blocks;
    const double *const *covariance; /* blocks: width x width each, on the scale of y^2 */
    ptrdiff_t waves;
    const double *residual_covariance; /* waves x waves; NULL without a structure */
    fp_lmm_core *core;
} fp_lmm_fit;

/* Fit by (restricted) maximum likelihood.
 * Method: everything comes from M(theta) = [X y]' V^-1 [X y] and log|V| with their exact first and
 *         second derivatives: Newton-Raphson on the profiled criterion in the Cholesky factors of
 *         the relative covariances (eq. 1-8), damped and by eigenvalues where the Hessian is not
 *         positive. Nested groups are eliminated from the innermost outwards, groups alike in
 *         design as one (eq. 9-12); residual structures by pattern of waves (eq. 13); other designs
 *         as crossed (eq. 14, 15).
 * Source: Bates, Maechler, Bolker & Walker 2015, doi 10.18637/jss.v067.i01, sec. 3; Pinheiro &
 * Bates 2000, ch. 2 and 5.   Reference test: lmm_*, mmrm_*. in    data     borrowed for the life of
 * `fit` in    options  NULL = fp_lmm_defaults() out   fit      in `arena`; untouched on error
 * Errors:   FP_ARG (no rows, no column, a code out of range, neither blocks nor a structure),
 *           FP_INPUT (y or x too large to be squared), FP_NOMEM.
 * Outcomes: state; rank < p: aliased columns have beta NaN.
 * Cost: O(n p^2) once, then a step is independent of n where groups are alike.
 * Thread-safe: yes. */
FP_MUST_USE fp_status fp_lmm(const fp_lmm_data *data, const fp_lmm_options *options,
                             fp_arena *arena, fp_lmm_fit *fit, fp_err *err);

/* Degrees of freedom of linear contrasts. */
typedef enum { FP_LMM_DF_SATTERTHWAITE, FP_LMM_DF_KR, FP_LMM_DF_Z } fp_lmm_df;

/* The covariance of beta that goes with a method: Kenward and Roger's adjusted one, else that of
 * the fit. out  var  p x p, in `arena`; 0 where aliased. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_lmm_covariance(const fp_lmm_fit *fit, fp_lmm_df method, fp_arena *arena,
                                        const double **var, fp_err *err);

/* Estimate, standard error and degrees of freedom of each row of L, and the F test of all of them.
 * Method: Satterthwaite 1946 as Giesbrecht & Burns 1985 and lmerTest: df = 2 v^2 / (g' A g) with
 * the exact gradient g of v = L V L' and A = 2 H^-1 (eq. 16, 17); jointly Fai & Cornelius 1996 (eq.
 * 18). Kenward & Roger 1997, doi 10.2307/2533558 (eq. 19-21). Reference test: lmm_*, columns
 * df_satterthwaite and df_kr. in    l        count x p, row after row out   estimate, se, df count
 * each; df infinite with FP_LMM_DF_Z; NaN where L leans on an aliased column out   joint    NULL =
 * not wanted; rank of L in df1 Errors: FP_NOMEM. Cost: O(count p^2 k^2), k covariance parameters.
 */
typedef struct {
    double f, df1, df2, p;
} fp_lmm_joint;
FP_MUST_USE fp_status fp_lmm_contrast(const fp_lmm_fit *fit, fp_lmm_df method, ptrdiff_t count,
                                      const double *l, double *estimate, double *se, double *df,
                                      fp_lmm_joint *joint, fp_err *err);

/* Conditional modes of the random effects (BLUPs) with their standard errors at the estimated
 * parameters, and what they make of the rows.
 * Method: nested groups from the outermost inwards (eq. 23), crossed ones from the factor of S.
 * Source: Robinson 1991, doi 10.1214/ss/1177011926.   Reference test: lmm_effects (lme4's ranef()
 * with condVar). out  effect, se  blocks: groups x width each, group after group; in `arena` out
 * fixed       n: X beta;  fitted  n: with the random effects Errors: FP_NOMEM. Cost: O(n + groups
 * width^3). */
typedef struct {
    const double *const *effect;
    const double *const *se;
    const double *fixed, *fitted;
} fp_lmm_effects;
FP_MUST_USE fp_status fp_lmm_random_effects(const fp_lmm_fit *fit, fp_arena *arena,
                                            fp_lmm_effects *effects, fp_err *err);

/* Whether a variance is needed: twice the difference of the log-likelihoods with and without one
 * effect of a block (all of its covariances go with it). Source: Self & Liang 1987,
 * doi 10.1080/01621459.1987.10478472; Stram & Lee 1994, doi 10.2307/2533455: half chi-square on
 * width - 1 and half on width degrees of freedom, for the variance lies at its boundary.
 * out  chisq, p  NaN where the smaller model has no fit
 * Errors: as fp_lmm. Cost: another fit. */
FP_MUST_USE fp_status fp_lmm_without(const fp_lmm_fit *fit, ptrdiff_t block, ptrdiff_t effect,
                                     double *chisq, double *p, fp_err *err);

/* What has an interval: the standard deviation of effect i of a block, the correlation of effects i
 * and j, the standard deviation of the residuals (with a structure: the sigma that R is relative
 * to). */
typedef enum { FP_LMM_SD, FP_LMM_CORRELATION, FP_LMM_RESIDUAL_SD } fp_lmm_kind;
typedef struct {
    fp_lmm_kind kind;
    ptrdiff_t block, i, j;
} fp_lmm_component;

/* Interval of a component by the profile of the criterion: the values for which the least criterion
 * is at most the square of the normal quantile above that of the fit.
 * Method: Newton-Raphson in the parameters that are left, and along the signed root of the
 *         difference (eq. 24-26); ends within 1e-7 of the quantile.
 * Source: Bates et al. 2015, doi 10.18637/jss.v067.i01, sec. 5.1; Venzon & Moolgavkar 1988, doi
 *         10.2307/2347496.   Reference test: lmm_expected, key profile (lme4).
 * in    level    of confidence, 0..1
 * out   lower, upper  a bound of the parameter space (0; -1, 1) where the criterion does not rise
 *                enough on the way to it; NaN without an estimate or where the search fails
 * Errors:   FP_NOMEM.
 * Cost: some 20 to 60 evaluations of the criterion with derivatives. */
FP_MUST_USE fp_status fp_lmm_interval(const fp_lmm_fit *fit, fp_lmm_component what, double level,
                                      double *lower, double *upper, fp_err *err);

/* A ratio of variances: of intercepts that are counted `above` to all intercepts and the residual
 * (of the first wave). */
typedef struct {
    const ptrdiff_t *intercept; /* blocks: which effect is the intercept; -1 = none, not counted */
    const bool *above;          /* blocks */
} fp_lmm_ratio;
typedef enum {
    FP_LMM_RATIO_NONE,     /* no estimate */
    FP_LMM_RATIO_PROFILE,  /* one random intercept */
    FP_LMM_RATIO_DELTA,    /* on the logit scale */
    FP_LMM_RATIO_BOUNDARY, /* a variance is 0: neither holds */
} fp_lmm_ratio_method;

/* The interval of such a ratio.
 * Method: one random intercept: the limits of the relative deviation theta by the profile of the
 *         criterion, for the ratio theta^2 / (1 + theta^2) rises with it (eq. 27); else the delta
 *         method on the logit with the covariance 2 H^-1 of (17) (eq. 28).
 * Source: Bates et al. 2015, doi 10.18637/jss.v067.i01, sec. 5.1; van der Vaart
 *         1998, Asymptotic Statistics, ch. 3.   Reference test: lmm_icc (model_lmm_icc).
 * out   lower, upper  NaN where there is none; lower 0 where the profile does not rise on
 * the way to it Errors: FP_NOMEM. Cost: up to 60 evaluations of the criterion, or a matrix of the
 * parameters. */
FP_MUST_USE fp_status fp_lmm_ratio_interval(const fp_lmm_fit *fit, const fp_lmm_ratio *ratio,
                                            double level, double *lower, double *upper,
                                            fp_lmm_ratio_method *method, fp_err *err);

#endif
