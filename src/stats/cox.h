#ifndef FP_STATS_COX_H
#define FP_STATS_COX_H

#include <stdbool.h>

#include "stats/sandwich.h"
#include "stats/survdata.h"

/* EXACT is fitted by fp_cox_exact() (stats/cox_exact.h); what is made of such a fit afterwards,
 * martingale residuals and the test of proportional hazards, takes its sums as BRESLOW, as R does.
 */
typedef enum { FP_TIES_EFRON, FP_TIES_BRESLOW, FP_TIES_EXACT } fp_ties;

typedef struct {
    fp_ties ties;       /* default Efron */
    int max_iterations; /* default 20 */
    double tolerance;   /* default 1e-9 on the log-likelihood as R; one further step is always taken
                           after it holds, so that the score is ~ 0 to machine precision */
    double rank_tolerance; /* default DBL_EPSILON^(3/4), as coxph.control's toler.chol */
    int threads;           /* 0 = all processors; no result depends on it; default 1 */
} fp_cox_options;
fp_cox_options fp_cox_defaults(void);

typedef enum {
    FP_COX_CONVERGED,
    FP_COX_NO_EVENTS, /* beta NaN */
    FP_COX_SEPARATED, /* the likelihood grows without end along a direction: some |beta| is not
                         finite in truth; estimates are those of the last iteration */
    FP_COX_MAX_ITER,
    FP_COX_NO_TERMS, /* p = 0 or rank 0: a null model, loglik_null only */
} fp_cox_state;

typedef struct {
    ptrdiff_t n, events, p, rank;
    fp_cox_state state;
    int iterations;
    double loglik_null, loglik_fitted;
    const double *beta; /* p; NaN for a dropped (aliased) column */
    const double *mean; /* p; weighted? no: plain column means, the centre of eta */
    const double *var;  /* p x p model-based (inverse information); 0 in aliased rows */
    double score_chisq; /* score test at beta = 0 */
    double lr_chisq, wald_chisq;
    const double *eta; /* n; linear predictor, centred at the means, offset included */
} fp_cox_fit;

/* The rows of a Cox analysis made ready once, for the fit and for all that follows it: the grid of
 * death times with each row's place in it, the means of the columns, and room for sums. Columns are
 * read where they are: nothing is sorted or copied.
 * in    data     n rows; its arrays are borrowed for the life of `rows`
 * in    column   p columns of n, finite, below 1e150 in size         borrowed likewise
 * in    offset   n or NULL                                         borrowed likewise
 * in    threads  0 = all processors. No result depends on it: rows are summed in fixed chunks that
 *                are merged in order. It does depend, in the last digits, on the kind of processor
 *                (vectors of 2, 4 or 8 numbers).
 * out   rows     in `arena`
 * Errors:   FP_ARG (n < 1, an interval without length, a weight that is not above 0, a stratum out
 *           of range), FP_INPUT (a column that reaches 1e150 in size or is not finite), FP_NOMEM.
 * Cost: O(n p); 24n bytes, 8 (p + 15) for a distinct death time and 8 p more where several die, at
 * most 32 MiB for the chunks where p <= 20. docs/methods/cox.md, the engine. Thread-safe: one
 * thread at a time on one `rows`.
 */
typedef struct fp_cox_rows fp_cox_rows;
#define FP_COX_LARGEST 1e150
FP_MUST_USE fp_status fp_cox_rows_create(const fp_survdata *data, ptrdiff_t p,
                                         const double *const *column, const double *offset,
                                         fp_ties ties, int threads, fp_arena *arena,
                                         fp_cox_rows **rows, fp_err *err);
/* fp_cox on such rows; ties and threads are theirs, whatever `options` says. */
FP_MUST_USE fp_status fp_cox_rows_fit(fp_cox_rows *rows, const fp_cox_options *options,
                                      fp_arena *arena, fp_cox_fit *fit, fp_err *err);

/* Fit a Cox proportional-hazards model by Newton-Raphson with step halving.
 * Method: partial likelihood, Efron or Breslow ties, strata, left truncation, case weights and
 *         offset; columns centred. Death times of a stratum form a grid; sums over risk sets are
 *         suffix sums on the grid, the information is X' diag(v) X minus a sum over death times
 *         (docs/methods/cox.md eq. 3).
 * Source: Cox 1972; Efron 1977; Therneau & Grambsch 2000, sec. 3.1-3.3. Reference test: cox_*.
 * in    data     n rows                                    borrowed
 * in    x        n x p, column-major, finite               borrowed
 * in    offset   n or NULL
 * in    options  NULL = fp_cox_defaults()
 * out   fit      in `arena`; untouched on error
 * Errors:   FP_ARG (n < 1, an interval without length, a weight that is not above 0, a stratum out
 * of range), FP_INPUT (as fp_cox_rows_create), FP_NOMEM. Outcomes: state; rank < p: aliased columns
 * have beta NaN. Cost: O(n p^2) an iteration, in two passes over the columns; scratch as
 * fp_cox_rows_create. Thread-safe: yes. */
FP_MUST_USE fp_status fp_cox(const fp_survdata *data, ptrdiff_t p, const double *x,
                             const double *offset, const fp_cox_options *options, fp_arena *arena,
                             fp_cox_fit *fit, fp_err *err);

/* Residuals of a fit (the same data, x and options as the fit).
 * martingale n; score n x p, column-major (Therneau & Grambsch 2000, sec. 4.2, 4.6; the sum of each
 * column, weighted, is ~ 0 at the optimum). Neither is multiplied by the weight. Efron: the
 * sub-event form of R's coxph. docs/methods/cox.md eq. 4 and 5; reference test: every Cox case. */
FP_MUST_USE fp_status fp_cox_martingale(const fp_survdata *data, const double *eta, fp_ties ties,
                                        fp_arena *arena, double **residual, fp_err *err);
FP_MUST_USE fp_status fp_cox_score_residuals(const fp_survdata *data, ptrdiff_t p, const double *x,
                                             const fp_cox_fit *fit, fp_ties ties, fp_arena *arena,
                                             double **residual, fp_err *err);

/* Cluster-robust (Lin & Wei 1989) variance and the tests that go with it; docs/methods/cox.md
 * eq. 6.
 * in    cluster  n, 0..clusters-1; NULL = every row its own (`clusters` is then not looked at)
 * out   clusters = those that have rows; var p x p; wald and robust score chisq
 * Errors: FP_ARG (a cluster out of range), FP_NOMEM. Cost: O(n p + clusters p^2). */
typedef struct {
    ptrdiff_t clusters;
    const double *var; /* p x p */
    double wald_chisq;
    double
        robust_score_chisq; /* at beta = 0, from the clustered score residuals of the null model */
} fp_cox_robust;
FP_MUST_USE fp_status fp_cox_robust_variance(const fp_survdata *data, ptrdiff_t p, const double *x,
                                             const double *offset, const fp_cox_fit *fit,
                                             fp_ties ties, const int32_t *cluster,
                                             ptrdiff_t clusters, fp_arena *arena,
                                             fp_cox_robust *robust, fp_err *err);

FP_MUST_USE fp_status fp_cox_rows_robust(fp_cox_rows *rows, const fp_cox_fit *fit,
                                         const int32_t *cluster, ptrdiff_t clusters,
                                         fp_arena *arena, fp_cox_robust *robust, fp_err *err);

/* What the small-sample corrected sandwiches of stats/sandwich.h need of a marginal Cox model: the
 * clusters' score sums U_j and Omega_j = -dU_j / dbeta, terms of the baseline hazard included.
 * Method: analytic, docs/methods/cox.md eq. 7 and 8. Source: Wang, Turner & Li 2023. Reference
 * test: fewclusters (R, numerical derivatives).
 * in    cluster  n, 0..clusters-1; NULL = every row its own
 * out   parts    in `arena`, its bread borrowed from `fit`; df = J - 1 - coefficients constant
 *                within clusters
 * Errors: FP_ARG (a cluster out of range), FP_NOMEM. Cost: O((n + deaths) p^2); 8 p^2 bytes a
 * cluster. */
FP_MUST_USE fp_status fp_cox_rows_cluster_parts(fp_cox_rows *rows, const fp_cox_fit *fit,
                                                const int32_t *cluster, ptrdiff_t clusters,
                                                fp_arena *arena, fp_cluster_parts *parts,
                                                fp_err *err);
/* The corrected covariance of one method, from the matrix. */
FP_MUST_USE fp_status fp_cox_small_sample_variance(const fp_survdata *data, ptrdiff_t p,
                                                   const double *x, const fp_cox_fit *fit,
                                                   fp_ties ties, const int32_t *cluster,
                                                   ptrdiff_t clusters, fp_small_sample method,
                                                   fp_arena *arena, fp_corrected *result,
                                                   fp_err *err);

/* Harrell's concordance of the linear predictor with its infinitesimal-jackknife standard error, as
 * survival::concordancefit(reverse = TRUE, timewt = "n"); with clusters the jackknife sums within
 * them. NaN where no pair can be compared. Cost: O(n log n). */
typedef struct {
    double concordant, discordant, tied_x, tied_y, tied_xy;
    double estimate, se;
} fp_concordance;
FP_MUST_USE fp_status fp_cox_concordance(const fp_survdata *data, const double *eta,
                                         const int32_t *cluster, ptrdiff_t clusters,
                                         fp_arena *arena, fp_concordance *result, fp_err *err);
FP_MUST_USE fp_status fp_cox_rows_concordance(fp_cox_rows *rows, const double *eta,
                                              const int32_t *cluster, ptrdiff_t clusters,
                                              fp_concordance *result, fp_err *err);
/* Give back the room of the sums, so that the concordance, the only thing that may follow, has it.
 * The rows must lie in an arena that holds nothing made after them. */
void fp_cox_rows_keep_grid(fp_cox_rows *rows);

/* Score test of proportional hazards (Grambsch & Therneau 1994 in the exact form of R >= 3.0's
 * cox.zph), one row a term and a global one.
 * in    term     p: index 0..terms-1 of the formula term each column belongs to
 * out   chisq, df, p: terms + 1 elements, the last is GLOBAL; a term whose columns are all aliased
 * has chisq and p NaN and df 0; where all deaths are at one time, every chisq and p is NaN.
 * docs/methods/cox.md eq. 9. Cost: O(n p^2). */
typedef enum { FP_PH_KM, FP_PH_IDENTITY, FP_PH_LOG, FP_PH_RANK } fp_ph_transform;
typedef struct {
    const double *chisq;
    const double *p;
    const int *df;
} fp_cox_ph;
FP_MUST_USE fp_status fp_cox_ph_test(const fp_survdata *data, ptrdiff_t p, const double *x,
                                     const fp_cox_fit *fit, fp_ties ties, const int32_t *term,
                                     int32_t terms, fp_ph_transform transform, fp_arena *arena,
                                     fp_cox_ph *result, fp_err *err);
FP_MUST_USE fp_status fp_cox_rows_ph_test(fp_cox_rows *rows, const fp_cox_fit *fit,
                                          const int32_t *term, int32_t terms,
                                          fp_ph_transform transform, fp_arena *arena,
                                          fp_cox_ph *result, fp_err *err);

#endif
