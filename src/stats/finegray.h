#ifndef FP_STATS_FINEGRAY_H
#define FP_STATS_FINEGRAY_H

#include <stdbool.h>

#include "stats/survdata.h"

typedef struct {
    int max_iterations;    /* default 60 */
    double rank_tolerance; /* default DBL_EPSILON^(3/4) */
    int threads;           /* default 0 = all */
} fp_finegray_options;
fp_finegray_options fp_finegray_defaults(void);

typedef enum {
    FP_FINEGRAY_CONVERGED,
    FP_FINEGRAY_NO_EVENTS, /* of the cause; beta NaN */
    FP_FINEGRAY_SEPARATED, /* a coefficient has no finite value */
    FP_FINEGRAY_MAX_ITER,
    FP_FINEGRAY_NO_TERMS, /* p = 0 or rank 0 */
} fp_finegray_state;

typedef struct {
    ptrdiff_t n, p, rank;
    ptrdiff_t events, competing, censored; /* rows */
    fp_finegray_state state;
    int iterations;
    double loglik_null, loglik_fitted; /* log pseudo-likelihood */
    double score_chisq;                /* at beta = 0, model-based */
    const double *beta;                /* p; NaN for a dropped (aliased) column */
    const double *var;                 /* p x p, inverse information; 0 in aliased rows */
    const double *robust;              /* p x p, the one to use: eq. 12 */
    const bool *diverges;              /* p; where separated */
    double wald_chisq;                 /* robust */
    ptrdiff_t clusters;                /* that have rows; 0 without */
} fp_finegray_fit;

/* Fit Fine & Gray's proportional subdistribution hazards model by Newton-Raphson.
 * Method: the partial likelihood of cause `cause` with Breslow ties, in which a row with an event
 *         of another cause stays at risk with weight G(t-)/G(X-), G the Kaplan-Meier estimate of
 *         the time to censoring, by censoring group where there are strata (0 after the last time
 *         of the group). Sums over risk sets are one sum from the right for rows still there and
 *         one from the left for rows that had another event, so that an iteration costs O(n p^2).
 *         The robust variance has the part that stems from estimating G.
 *         docs/methods/competing-events.md eq. 9-12.
 * Source: Fine & Gray 1999, JASA 94:496, doi 10.1080/01621459.1999.10474144, eq. 7-8; ties and
 *         censoring groups as cmprsk::crr 2.2-11; clusters: Zhou, Fine, Latouche & Labopin 2012,
 * Biostatistics 13:371, doi 10.1093/biostatistics/kxr032. Reference test: finegray_mgus2,
 * stats_competing. in    data     event 0 censored, other values causes; stratum = censoring group;
 * start and weight NULL                               borrowed in    cause    the code of the event
 * of interest, not 0 in    x        n x p, column-major, finite               borrowed in cluster
 * n, 0..clusters-1, or NULL: every row its own out   fit      in `arena`; untouched on error
 * Errors: FP_ARG, FP_NOMEM. Outcomes: state; aliased columns have beta NaN.
 * Cost: O(n log n) once, O(n p^2 + times p (p + groups)) an iteration; scratch 8 n p + 40 n +
 * 8 times (p + 2 groups) bytes. The same bits for any number of threads. Thread-safe: yes. */
FP_MUST_USE fp_status fp_finegray(const fp_survdata *data, int32_t cause, ptrdiff_t p,
                                  const double *x, const int32_t *cluster, ptrdiff_t clusters,
                                  const fp_finegray_options *options, fp_arena *arena,
                                  fp_finegray_fit *fit, fp_err *err);

#endif
