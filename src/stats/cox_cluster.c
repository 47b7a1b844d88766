#include "stats/cox_cluster_priv.h"

fp_status fp_cluster_check(ptrdiff_t n, const int32_t *cluster, ptrdiff_t clusters, fp_err *err)
{
    if (!cluster)
        return FP_OK;
    if (clusters < 1)
        return fp_fail(err, FP_ARG, "%td clusters", clusters);
    for (ptrdiff_t i = 0; i < n; i++)
        if (cluster[i] < 0 || cluster[i] >= clusters)
            return fp_fail(err, FP_ARG, "row %td: cluster %d of %td", i, (int)cluster[i], clusters);
    return FP_OK;
}

void fp_cross_product(const double *u, ptrdiff_t rows, ptrdiff_t p, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = j; l < p; l++) {
            double sum = 0;
            for (ptrdiff_t i = 0; i < rows; i++)
                sum += u[i + j * rows] * u[i + l * rows];
            out[l + j * p] = out[j + l * p] = sum;
        }
}

ptrdiff_t fp_cluster_count(ptrdiff_t n, const int32_t *cluster, int32_t *size)
{
    ptrdiff_t filled = 0;
    if (!cluster)
        return n;
    for (ptrdiff_t i = 0; i < n; i++)
        filled += size[cluster[i]]++ == 0;
    return filled;
}
