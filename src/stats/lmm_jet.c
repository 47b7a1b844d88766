#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"
#include "stats/lmm_priv.h"

/* out += sign a b; a: m x s (or s x m transposed), b: s x n. */
static void add_product(ptrdiff_t m, ptrdiff_t s, ptrdiff_t n, const double *a, bool transpose_a,
                        const double *b, double sign, double *out)
{
    for (ptrdiff_t j = 0; j < n; j++)
        for (ptrdiff_t t = 0; t < s; t++) {
            double f = sign * b[t + j * s];
            if (f == 0)
                continue;
            for (ptrdiff_t i = 0; i < m; i++)
                out[i + j * m] += (transpose_a ? a[t + i * s] : a[i + t * m]) * f;
        }
}

void fp_jet_product(ptrdiff_t k, ptrdiff_t m, ptrdiff_t s, ptrdiff_t n, const double *a,
                    bool transpose_a, const double *b, double *out)
{
    ptrdiff_t x = m * s, y = s * n, z = m * n;
    memset(out, 0, (size_t)(fp_jet_size(k) * z) * sizeof *out);
    add_product(m, s, n, a, transpose_a, b, 1, out);
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t f = fp_jet_first(l);
        add_product(m, s, n, a + f * x, transpose_a, b, 1, out + f * z);
        add_product(m, s, n, a, transpose_a, b + f * y, 1, out + f * z);
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t g = fp_jet_first(h), d = f + 1 + h;
            add_product(m, s, n, a + d * x, transpose_a, b, 1, out + d * z);
            add_product(m, s, n, a + g * x, transpose_a, b + f * y, 1, out + d * z);
            add_product(m, s, n, a + f * x, transpose_a, b + g * y, 1, out + d * z);
            add_product(m, s, n, a, transpose_a, b + d * y, 1, out + d * z);
        }
    }
}

static double trace_product(ptrdiff_t r, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < r; j++)
        for (ptrdiff_t i = 0; i < r; i++)
            sum += a[i + j * r] * b[j + i * r];
    return sum;
}

/* The same for numbers. */
static bool invert_number(ptrdiff_t k, const double *a, double *out, double *logdet)
{
    double x = 1 / a[0];
    if (!(a[0] > 0))
        return false;
    out[0] = x;
    logdet[0] = log(a[0]);
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t f = fp_jet_first(l);
        out[f] = -x * a[f] * x;
        logdet[f] = x * a[f];
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t g = fp_jet_first(h), d = f + 1 + h;
            out[d] = -(x * a[d] + out[g] * a[f] + out[f] * a[g]) * x;
            logdet[d] = x * a[d] + out[g] * a[f];
        }
    }
    return true;
}

static bool invert_value(ptrdiff_t r, const double *a, double *out, double *logdet, double *work)
{
    memcpy(work, a, (size_t)(r * r) * sizeof *a);
    for (ptrdiff_t i = 0; i < r * r; i++)
        out[i] = i % (r + 1) == 0 ? 1 : 0;
    if (!fp_lu_solve(work, r, out, r))
        return false;
    *logdet = 0;
    for (ptrdiff_t i = 0; i < r; i++)
        *logdet += log(fabs(work[i + i * r]));
    return true;
}

bool fp_jet_inverse(ptrdiff_t k, ptrdiff_t r, const double *a, double *out, double *logdet,
                    double *work)
{
    ptrdiff_t z = r * r;
    if (r == 1)
        return invert_number(k, a, out, logdet);
    if (!invert_value(r, a, out, logdet, work))
        return false;
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t f = fp_jet_first(l);
        memset(work, 0, (size_t)z * sizeof *work);
        memset(out + f * z, 0, (size_t)z * sizeof *work);
        add_product(r, r, r, out, false, a + f * z, 1, work);
        add_product(r, r, r, work, false, out, -1, out + f * z);
        logdet[f] = trace_product(r, out, a + f * z);
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t g = fp_jet_first(h), d = f + 1 + h;
            memset(work, 0, (size_t)z * sizeof *work);
            memset(out + d * z, 0, (size_t)z * sizeof *work);
            add_product(r, r, r, out, false, a + d * z, 1, work);
            add_product(r, r, r, out + g * z, false, a + f * z, 1, work);
            add_product(r, r, r, out + f * z, false, a + g * z, 1, work);
            add_product(r, r, r, work, false, out, -1, out + d * z);
            logdet[d] = trace_product(r, out, a + d * z) + trace_product(r, out + g * z, a + f * z);
        }
    }
    return true;
}
