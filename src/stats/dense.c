#include "stats/dense_priv.h"

#include <float.h>
#include <math.h>

static void drop_column(double *a, ptrdiff_t p, ptrdiff_t j)
{
    for (ptrdiff_t i = j; i < p; i++)
        a[i + j * p] = 0;
    for (ptrdiff_t k = 0; k < j; k++)
        a[j + k * p] = 0;
}

static bool wanted(const double *a, ptrdiff_t p, const double *scale, double tolerance,
                   const bool *keep, ptrdiff_t j, double own)
{
    if (keep && !keep[j])
        return false;
    return a[j + j * p] > tolerance * (scale ? scale[j] : own);
}

ptrdiff_t fp_chol(double *a, ptrdiff_t p, const double *scale, double tolerance, bool *keep)
{
    ptrdiff_t rank = 0;
    /* left-looking, so that every pivot is compared with the column's own first diagonal */
    for (ptrdiff_t j = 0; j < p; j++) {
        double own = a[j + j * p];
        for (ptrdiff_t k = 0; k < j; k++) {
            double ljk = a[j + k * p], t = ljk * a[k + k * p];
            if (t == 0)
                continue;
            for (ptrdiff_t i = j; i < p; i++)
                a[i + j * p] -= a[i + k * p] * t;
        }
        bool kept = wanted(a, p, scale, tolerance, keep, j, own);
        if (keep)
            keep[j] = kept;
        if (!kept) {
            drop_column(a, p, j);
            continue;
        }
        rank++;
        for (ptrdiff_t i = j + 1; i < p; i++)
            a[i + j * p] /= a[j + j * p];
    }
    return rank;
}

void fp_chol_solve(const double *chol, ptrdiff_t p, double *b)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            b[i] -= chol[i + j * p] * b[j];
    for (ptrdiff_t j = p - 1; j >= 0; j--) {
        double d = chol[j + j * p];
        if (d == 0) {
            b[j] = 0;
            continue;
        }
        b[j] /= d;
        for (ptrdiff_t i = j + 1; i < p; i++)
            b[j] -= chol[i + j * p] * b[i];
    }
}

void fp_chol_inverse(const double *chol, ptrdiff_t p, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++) {
        for (ptrdiff_t i = 0; i < p; i++)
            out[i + j * p] = i == j ? 1.0 : 0.0;
        if (chol[j + j * p] == 0)
            out[j + j * p] = 0;
        fp_chol_solve(chol, p, out + j * p);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            out[i + j * p] = out[j + i * p] = 0.5 * (out[i + j * p] + out[j + i * p]);
}

double fp_quadratic_inverse(double *a, ptrdiff_t p, const double *b, double tolerance,
                            const bool *keep, double *work)
{
    if (keep)
        for (ptrdiff_t j = 0; j < p; j++)
            if (!keep[j])
                for (ptrdiff_t i = 0; i < p; i++)
                    a[i + j * p] = a[j + i * p] = 0;
    (void)fp_chol(a, p, NULL, tolerance, NULL);
    for (ptrdiff_t j = 0; j < p; j++)
        work[j] = a[j + j * p] != 0 ? b[j] : 0;
    fp_chol_solve(a, p, work);
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        if (a[j + j * p] != 0)
            sum += work[j] * b[j];
    return sum;
}

static void swap_rows(double *m, ptrdiff_t p, ptrdiff_t columns, ptrdiff_t i, ptrdiff_t k)
{
    for (ptrdiff_t c = 0; c < columns; c++) {
        double t = m[i + c * p];
        m[i + c * p] = m[k + c * p];
        m[k + c * p] = t;
    }
}

bool fp_lu_solve(double *a, ptrdiff_t p, double *b, ptrdiff_t columns)
{
    double largest = 0;
    for (ptrdiff_t i = 0; i < p * p; i++)
        largest = fmax(largest, fabs(a[i]));
    for (ptrdiff_t j = 0; j < p; j++) {
        ptrdiff_t pivot = j;
        for (ptrdiff_t i = j + 1; i < p; i++)
            if (fabs(a[i + j * p]) > fabs(a[pivot + j * p]))
                pivot = i;
        if (!(fabs(a[pivot + j * p]) > 16 * DBL_EPSILON * largest))
            return false;
        swap_rows(a, p, p, j, pivot);
        swap_rows(b, p, columns, j, pivot);
        for (ptrdiff_t i = j + 1; i < p; i++) {
            double f = a[i + j * p] / a[j + j * p];
            for (ptrdiff_t c = j; c < p; c++)
                a[i + c * p] -= f * a[j + c * p];
            for (ptrdiff_t c = 0; c < columns; c++)
                b[i + c * p] -= f * b[j + c * p];
        }
    }
    for (ptrdiff_t c = 0; c < columns; c++)
        for (ptrdiff_t j = p - 1; j >= 0; j--) {
            for (ptrdiff_t k = j + 1; k < p; k++)
                b[j + c * p] -= a[j + k * p] * b[k + c * p];
            b[j + c * p] /= a[j + j * p];
        }
    return true;
}

double fp_quadratic(const double *a, ptrdiff_t p, const double *b, const bool *keep)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            if (keep[i] && keep[j])
                sum += b[i] * a[i + j * p] * b[j];
    return sum;
}

void fp_multiply(const double *a, const double *b, ptrdiff_t p, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            double sum = 0;
            for (ptrdiff_t k = 0; k < p; k++)
                sum += a[i + k * p] * b[k + j * p];
            out[i + j * p] = sum;
        }
}

void fp_sandwich(const double *a, const double *b, ptrdiff_t p, double *work, double *out)
{
    fp_multiply(a, b, p, work);
    fp_multiply(work, a, p, out);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            out[i + j * p] = out[j + i * p] = 0.5 * (out[i + j * p] + out[j + i * p]);
}

/* One rotation in the plane of i and k, i < k, that makes a[i, k] zero (Golub & Van Loan 2013, alg.
 * 8.5.1). */
static void rotate(double *a, ptrdiff_t p, ptrdiff_t i, ptrdiff_t k, double *vectors)
{
    double off = a[i + k * p], tau = (a[k + k * p] - a[i + i * p]) / (2 * off);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    double c = 1 / sqrt(1 + t * t), s = t * c;
    for (ptrdiff_t j = 0; j < p; j++) {
        double x = a[j + i * p], y = a[j + k * p];
        a[j + i * p] = c * x - s * y;
        a[j + k * p] = s * x + c * y;
    }
    for (ptrdiff_t j = 0; j < p; j++) {
        double x = a[i + j * p], y = a[k + j * p];
        a[i + j * p] = c * x - s * y;
        a[k + j * p] = s * x + c * y;
    }
    for (ptrdiff_t j = 0; j < p; j++) {
        double x = vectors[j + i * p], y = vectors[j + k * p];
        vectors[j + i * p] = c * x - s * y;
        vectors[j + k * p] = s * x + c * y;
    }
}

void fp_eigen_symmetric(double *a, ptrdiff_t p, double *values, double *vectors)
{
    enum { MOST_SWEEPS = 60 }; /* six or seven do */
    double largest = 0;
    for (ptrdiff_t i = 0; i < p * p; i++) {
        vectors[i] = i % (p + 1) == 0 ? 1 : 0;
        largest = fmax(largest, fabs(a[i]));
    }
    bool turned = true;
    for (int sweep = 0; sweep < MOST_SWEEPS && turned; sweep++) {
        turned = false;
        for (ptrdiff_t k = 1; k < p; k++)
            for (ptrdiff_t i = 0; i < k; i++)
                if (fabs(a[i + k * p]) > 0.25 * DBL_EPSILON * largest) {
                    rotate(a, p, i, k, vectors);
                    turned = true;
                }
    }
    for (ptrdiff_t j = 0; j < p; j++)
        values[j] = a[j + j * p];
}
