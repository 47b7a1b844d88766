#ifndef FP_STATS_COX_CLUSTER_PRIV_H
#define FP_STATS_COX_CLUSTER_PRIV_H

#include "stats/cox_priv.h"

/* Refuse cluster numbers out of 0..clusters-1; NULL is right. */
FP_MUST_USE fp_status fp_cluster_check(ptrdiff_t n, const int32_t *cluster, ptrdiff_t clusters,
                                       fp_err *err);
/* out (p x p) = u'u. */
void fp_cross_product(const double *u, ptrdiff_t rows, ptrdiff_t p, double *out);
/* Fill size (one a cluster, zeroed) with rows a cluster; returns the number that have any. */
ptrdiff_t fp_cluster_count(ptrdiff_t n, const int32_t *cluster, int32_t *size);

#endif
