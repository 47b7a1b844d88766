#include <math.h>
#include <string.h>

#include "stats/lmm_priv.h"

/* The covariance matrix of r effects as L L', packed; `fixed` = 1: its first element is 1 and no
 * parameter. */
static void map_factor(fp_lmm_map *map, ptrdiff_t at, ptrdiff_t r, bool fixed, const double *theta)
{
    ptrdiff_t k = map->k, base = at - fixed;
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            ptrdiff_t row = base + fp_packed(i, j);
            double sum = 0;
            if (fixed && i == 0)
                continue;
            for (ptrdiff_t m = 0; m <= j; m++) {
                ptrdiff_t a = base + fp_packed(i, m), b = base + fp_packed(j, m);
                bool constant = fixed && b < at; /* L[0][0] */
                double u = theta[a], v = constant ? 1 : theta[b];
                sum += u * v;
                map->first[row + a * k] += v;
                if (constant)
                    continue;
                map->first[row + b * k] += u;
                map->second[row + (a + b * k) * k] += 1;
                map->second[row + (b + a * k) * k] += 1;
            }
            map->psi[row] = sum;
        }
}

static void map_residual(const fp_lmm_rows *rows, const double *theta, fp_lmm_map *map)
{
    ptrdiff_t k = map->k, waves = rows->data->waves;
    double e;
    switch (rows->data->residual) {
    case FP_LMM_INDEPENDENT:
        break;
    case FP_LMM_DIAGONAL:
        for (ptrdiff_t i = 0; i < rows->k_residual; i++) {
            map->psi[i] = theta[i] * theta[i];
            map->first[i + i * k] = 2 * theta[i];
            map->second[i + (i + i * k) * k] = 2;
        }
        break;
    case FP_LMM_SYMMETRIC:
        e = exp(theta[0]) / (double)waves;
        map->psi[0] = expm1(theta[0]) / (double)waves;
        map->first[0] = map->second[0] = e;
        break;
    case FP_LMM_AR1:
        e = tanh(theta[0]);
        map->psi[0] = e;
        map->first[0] = 1 - e * e;
        map->second[0] = -2 * e * (1 - e * e);
        break;
    case FP_LMM_UNSTRUCTURED:
        map_factor(map, 0, waves, true, theta);
        break;
    }
}

fp_status fp_lmm_map_create(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_map *map, fp_err *err)
{
    ptrdiff_t k = map->k = rows->k;
    FP_ARRAY(map->psi, arena, k, err);
    FP_ARRAY(map->first, arena, k * k, err);
    FP_ARRAY(map->second, arena, k * k * k, err);
    return FP_OK;
}

void fp_lmm_map_at(const fp_lmm_rows *rows, const double *theta, fp_lmm_map *map)
{
    ptrdiff_t k = map->k;
    memset(map->first, 0, (size_t)(k * k) * sizeof *map->first);
    memset(map->second, 0, (size_t)(k * k * k) * sizeof *map->second);
    map_residual(rows, theta, map);
    for (ptrdiff_t b = 0; b < rows->data->blocks; b++)
        map_factor(map, rows->first[b], rows->data->block[b].width, false, theta);
}

void fp_lmm_map_start(const fp_lmm_rows *rows, double *theta)
{
    memset(theta, 0, (size_t)rows->k * sizeof *theta);
    if (rows->data->residual == FP_LMM_DIAGONAL)
        for (ptrdiff_t i = 0; i < rows->k_residual; i++)
            theta[i] = 1;
    if (rows->data->residual == FP_LMM_UNSTRUCTURED)
        for (ptrdiff_t i = 1; i < rows->data->waves; i++)
            theta[fp_packed(i, i) - 1] = 1;
    for (ptrdiff_t b = 0; b < rows->data->blocks; b++)
        for (ptrdiff_t i = 0; i < rows->data->block[b].width; i++)
            theta[rows->first[b] + fp_packed(i, i)] = 1;
}

/* ---- the residual of a subject ---- */

static double power_of(double rho, double distance)
{
    return distance > 0 ? pow(rho, distance) : 1;
}

static void autoregressive(const fp_lmm_rows *rows, double rho, int orders, bool flat, double *out)
{
    ptrdiff_t t = rows->data->waves;
    for (ptrdiff_t j = 0; j < t; j++)
        for (ptrdiff_t i = 0; i < t; i++) {
            double d = fabs(rows->data->wave_at[i] - rows->data->wave_at[j]);
            out[i + j * t] = power_of(rho, d);
            if (!orders || i == j)
                continue;
            out[i + j * t + t * t] = d * power_of(rho, d - 1);
            if (!flat && d > 1)
                out[i + j * t + 2 * t * t] = d * (d - 1) * power_of(rho, d - 2);
        }
}

void fp_lmm_residual_jet(const fp_lmm_rows *rows, const double *psi, int orders, bool flat,
                         double *out)
{
    ptrdiff_t t = rows->data->waves, k = orders ? rows->k_residual : 0;
    memset(out, 0, (size_t)(fp_jet_size(k) * t * t) * sizeof *out);
    for (ptrdiff_t i = 0; i < t; i++)
        out[i + i * t] = 1;
    if (rows->data->residual == FP_LMM_AR1) {
        autoregressive(rows, psi[0], orders, flat, out);
        return;
    }
    for (ptrdiff_t i = 0; i < t; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            ptrdiff_t l = rows->data->residual == FP_LMM_DIAGONAL    ? i - 1
                          : rows->data->residual == FP_LMM_SYMMETRIC ? 0
                                                                     : fp_packed(i, j) - 1;
            if (l < 0 || (rows->data->residual == FP_LMM_DIAGONAL && i != j))
                continue;
            double value = rows->data->residual == FP_LMM_SYMMETRIC ? psi[0] + (i == j) : psi[l];
            out[i + j * t] = out[j + i * t] = value;
            if (k > 0)
                out[i + j * t + fp_jet_first(l) * t * t] =
                    out[j + i * t + fp_jet_first(l) * t * t] = 1;
        }
}
