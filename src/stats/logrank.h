#ifndef FP_STATS_LOGRANK_H
#define FP_STATS_LOGRANK_H

#include "stats/tally.h"

/* Weighted log-rank tests of k groups, optionally stratified: the overall test, a test for trend,
 * both with the rows of a cluster as one, and the groups in pairs. */

typedef struct {
    double rho, gamma;      /* weight S(t-)^rho (1 - S(t-))^gamma of a death time; gamma >= 0 */
    const double *score;    /* groups: scores of the trend test; NULL = none is made. Borrowed */
    bool clustered;         /* make the tests with cluster sums too */
    const int32_t *cluster; /* n, 0..clusters-1; NULL = every row on its own. Borrowed */
    int32_t clusters;
    int threads; /* 0 = all */
} fp_logrank_options;

/* chisq and p NaN, df 0 where no test can be made. */
typedef struct {
    double chisq, p;
    int df;
} fp_logrank_test;

typedef struct {
    double chisq, p;
    int df;
    const double *n, *observed, *expected;      /* groups */
    const double *variance;                     /* groups x groups, of observed - expected */
    fp_logrank_test trend;                      /* df 0 without scores */
    fp_logrank_test clustered, clustered_trend; /* df 0 where not asked for */
} fp_logrank_result;

/* Log-rank test.
 * Method: sum over strata and death times of c (O - E) with the hypergeometric variance, c the
 *         weight from the pooled curve of the stratum. Trend: (s'(O - E))^2 / s'Vs on 1 df.
 *         Clustered: the same O - E with the variance U'U of the cluster sums of the rows' score
 *         residuals; on two or more groups and without rho and gamma this is the robust score test
 *         of coxph(ties = "breslow", cluster =) with the groups as a factor.
 * Source: Harrington & Fleming 1982; Fleming & Harrington 1991, sec. 7.2; Tarone 1975,
 *         doi 10.1093/biomet/62.3.679; Klein & Moeschberger 2003, sec. 7.4; Lee, Wei & Amato 1992.
 *         docs/methods/kaplan-meier.md eq. 10-15. Reference test: km_lung, logrank_lung_stratified,
 *         logrank_lung_fh1, lr_*.
 * in    group    n, 0..groups-1                                          borrowed
 * in    tally    NULL, or groups x strata (group fastest) as counted, which is then not done again
 * in    options  NULL = the plain log-rank test
 * out   result   observed, expected (weighted by c), variance in `arena`; df = groups that have any
 *                expected event, less one; chisq NaN and df 0 where no test can be made (no events,
 *                one group)
 * Errors: FP_ARG, FP_NOMEM. Cost: O(n + deaths groups^2), clustered O(n groups). */
FP_MUST_USE fp_status fp_logrank(const fp_survdata *data, const int32_t *group, int32_t groups,
                                 const fp_tally *tally, const fp_logrank_options *options,
                                 fp_arena *arena, fp_logrank_result *result, fp_err *err);

/* Each pair of groups, on the rows of those two alone, with p-values as they are and after Holm's
 * correction for the number of tests that could be made (Holm 1979).
 * out  pair  groups (groups - 1) / 2 in `arena`: (0,1), (0,2), ..., (1,2), ...; of the clustered
 *            test where options.clustered. */
typedef struct {
    int32_t a, b;
    double chisq, p, p_holm;
} fp_logrank_pair;
FP_MUST_USE fp_status fp_logrank_pairs(const fp_survdata *data, const int32_t *group,
                                       int32_t groups, const fp_tally *tally,
                                       const fp_logrank_options *options, fp_arena *arena,
                                       const fp_logrank_pair **pair, fp_err *err);

/* Holm's step-down correction of n p-values; NaN stays and does not count. */
FP_MUST_USE fp_status fp_holm(const double *p, ptrdiff_t n, fp_arena *scratch, double *out,
                              fp_err *err);

/* The slices of a stratified test: stratum times groups plus group; `group` itself without strata.
 * Cost: 4n bytes in `arena` with strata. */
FP_MUST_USE fp_status fp_logrank_slices(const fp_survdata *data, const int32_t *group,
                                        int32_t groups, fp_arena *arena, const int32_t **slice,
                                        fp_err *err);
#endif
