#ifndef FP_STATS_ICC_H
#define FP_STATS_ICC_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* How alike people of one cluster are, within arms: what the size of the next trial hangs on
 * (docs/methods/icc.md). Nothing is cut off at 0: where clusters differ less than chance alone
 * would make them, an estimate is negative, and means of many studies stay right. */

/* Sums a cluster. Clusters without people are passed over. */
typedef struct {
    ptrdiff_t clusters;
    const double *people; /* clusters */
    const double *events; /* clusters: people with the event, at most people */
    const double *time;   /* clusters: person-time at risk */
    const int32_t *arm;   /* clusters: 0..arms-1 */
    int32_t arms;
} fp_cluster_tally;

typedef enum {
    FP_SPREAD_OK,
    FP_SPREAD_FEW_CLUSTERS, /* no arm has two clusters */
    FP_SPREAD_ONE_EACH,     /* no cluster has two people */
    FP_SPREAD_ALL_ALIKE,    /* within every arm everybody has the event, or nobody */
    FP_SPREAD_NO_EVENTS,    /* no arm with two clusters has an event */
} fp_spread_state;

typedef struct {
    fp_spread_state state; /* not OK: estimate, lower, upper NaN */
    ptrdiff_t clusters;    /* used */
    ptrdiff_t left_out;    /* clusters in arms of one cluster or (k) without events; (k) those
                              without person-time */
    double estimate, lower, upper;
} fp_spread;

/* The intraclass correlation of the event, by one-way analysis of variance nested in arms.
 * Method: (MSB - MSW) / (MSB + (n0 - 1) MSW), J - A and N - J degrees of freedom, n0 = (N - sum_a
 *         sum_j n_j^2 / N_a) / (J - A); interval from F = MSB / MSW: F over its quantiles
 *         (icc.md eq. 1-3). A cluster that is alone in its arm has no part in it.
 * Source: Donner 1986, doi 10.2307/1403259, sec. 2; Searle 1971, Linear models, ch. 9, sec. 8;
 *         Donner & Klar 2000, sec. 6.2. Reference test: test_icc (by hand), icc (R's aov).
 * in    level   0.95
 * out   n0      mean number of people a cluster, as the formula wants it
 * Cost: O(clusters). Thread-safe: yes. */
void fp_icc_anova(const fp_cluster_tally *tally, double level, fp_spread *icc, double *n0);

/* k, the coefficient of variation of the true rates between clusters of an arm.
 * Method: k_a^2 = s_a^2 / lambda_a^2 - mean(1 / e_j): the empirical variance of the rates of arm a
 *         less what chance gives, e_j = lambda_a y_j the events expected of cluster j at the rate
 * of the arm; pooled with weights J_a - 1 (eq. 4-5). k is the root of k^2 with its sign: below 0
 * the clusters differ less than chance would make them. Interval of k^2: all values at which Q =
 * sum (r_j / lambda_a - mean)^2 / (1 / e_j + k^2), the mean weighted likewise, lies between its
 * chi-square quantiles, J - A degrees of freedom (eq. 6). It ends at the least value possible, -1 /
 * max e_j. Arms without events say nothing and are left out. Source: Hayes & Bennett 1999,
 * doi 10.1093/ije/28.2.319, appendix; Viechtbauer 2007, doi 10.1002/sim.2514, eq. 13-14
 * (Q-profile). Reference test: test_icc (by hand; R's uniroot). Errors: FP_NOMEM. Cost: O(clusters)
 * times some 200. Thread-safe: yes. */
FP_MUST_USE fp_status fp_rate_variation(const fp_cluster_tally *tally, double level,
                                        fp_arena *scratch, fp_spread *k, fp_err *err);

#endif
