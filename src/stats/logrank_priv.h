#ifndef FP_STATS_LOGRANK_PRIV_H
#define FP_STATS_LOGRANK_PRIV_H

#include "stats/logrank.h"

/* A log-rank test of some of the groups while it is made. Arrays over groups have `groups`
 * elements, those of the groups tested. */
typedef struct {
    const fp_survdata *data;
    const fp_logrank_options *options;
    const fp_tally *tally; /* all groups x strata */
    int32_t all;           /* groups of the tally */
    int32_t strata;
    int32_t groups;       /* tested */
    const int32_t *of;    /* groups: which of all */
    const int32_t *place; /* all: which of the tested, -1 none */
    const int32_t *group; /* n: of all */
    double *observed, *expected;
    double *var; /* groups x groups */
    /* Death times, for the residuals of rows; NULL where they are not wanted. */
    ptrdiff_t *first; /* strata + 1 */
    double *time;     /* times */
    double *weight;   /* times: c */
    double *hazard;   /* times: sum of c d / y up to here, in the stratum */
    double *share;    /* times x groups (group fastest): y_a / y */
    double *passed;   /* times x groups: sum of c d y_a / y^2 up to here */
} fp_logrank_work;

/* var (groups x groups) = sum over clusters of u u', u the cluster sum of weight times score
 * residual. Errors: FP_ARG (a cluster out of range), FP_NOMEM. */
FP_MUST_USE fp_status fp_logrank_cluster_variance(const fp_logrank_work *w, fp_arena *scratch,
                                                  double *var, fp_err *err);

#endif
