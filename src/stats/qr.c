#include <math.h>
#include <string.h>

#include "stats/glm_priv.h"

static double dot(const double *a, const double *b, ptrdiff_t n)
{
    double sum[4] = {0};
    ptrdiff_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* The reflection that takes (head, tail) to (norm, 0), on the other columns. */
static void reflect(ptrdiff_t q, ptrdiff_t j, double *r, ptrdiff_t m, ptrdiff_t ld, double *block)
{
    double *tail = block + j * ld, head = r[j + j * q];
    double below = dot(tail, tail, m);
    if (below == 0)
        return;
    double norm = sqrt(head * head + below), first = head + (head < 0 ? -norm : norm);
    double scale = 2 / (first * first + below);
    for (ptrdiff_t k = j + 1; k < q; k++) {
        double *other = block + k * ld;
        double f = scale * (first * r[j + k * q] + dot(tail, other, m));
        r[j + k * q] -= f * first;
        for (ptrdiff_t i = 0; i < m; i++)
            other[i] -= f * tail[i];
    }
    r[j + j * q] = head < 0 ? norm : -norm;
}

void fp_qr_add(ptrdiff_t q, double *r, ptrdiff_t m, ptrdiff_t ld, double *block)
{
    for (ptrdiff_t j = 0; j < q; j++)
        reflect(q, j, r, m, ld, block);
}

/* Zero column j of r below row `row` by a reflection of rows row..p - 1. */
static void reduce(ptrdiff_t q, ptrdiff_t row, ptrdiff_t j, double *r)
{
    ptrdiff_t p = q - 1, m = p - row;
    double *x = r + row + j * q;
    double norm = sqrt(dot(x, x, m));
    double first = x[0] + (x[0] < 0 ? -norm : norm);
    double scale = 2 / (first * first + dot(x + 1, x + 1, m - 1));
    for (ptrdiff_t k = j + 1; k < q; k++) {
        double *y = r + row + k * q;
        double f = scale * (first * y[0] + dot(x + 1, y + 1, m - 1));
        y[0] -= f * first;
        for (ptrdiff_t i = 1; i < m; i++)
            y[i] -= f * x[i];
    }
    x[0] = x[0] < 0 ? norm : -norm;
    memset(x + 1, 0, (size_t)(m - 1) * sizeof *x);
}

/* Solve R x = b in place for the kept columns; b has `rank` numbers. */
static void back_solve(ptrdiff_t q, const double *r, const ptrdiff_t *column, ptrdiff_t rank,
                       double *b)
{
    for (ptrdiff_t i = rank - 1; i >= 0; i--) {
        for (ptrdiff_t k = i + 1; k < rank; k++)
            b[i] -= r[i + column[k] * q] * b[k];
        b[i] /= r[i + column[i] * q];
    }
}

/* (R'R)^-1 = R^-1 R^-T, a column of R^-1 at a time. */
static void invert(ptrdiff_t q, const double *r, const ptrdiff_t *column, ptrdiff_t rank,
                   double *inverse, double *work)
{
    ptrdiff_t p = q - 1;
    memset(inverse, 0, (size_t)(p * p) * sizeof *inverse);
    for (ptrdiff_t k = 0; k < rank; k++) {
        memset(work, 0, (size_t)rank * sizeof *work);
        work[k] = 1;
        back_solve(q, r, column, rank, work);
        for (ptrdiff_t a = 0; a <= k; a++)
            for (ptrdiff_t b = 0; b <= k; b++)
                inverse[column[a] + column[b] * p] += work[a] * work[b];
    }
}

ptrdiff_t fp_qr_solve(ptrdiff_t q, double *r, const double *scale, double tolerance, bool *keep,
                      double *delta, double *inverse, double *work)
{
    ptrdiff_t p = q - 1, rank = 0, *column = (ptrdiff_t *)(void *)(work + q);
    for (ptrdiff_t j = 0; j < p; j++) {
        double left = rank < p ? sqrt(dot(r + rank + j * q, r + rank + j * q, p - rank)) : 0;
        keep[j] = keep[j] && left > tolerance * scale[j] && left > 0;
        if (!keep[j])
            continue;
        reduce(q, rank, j, r);
        column[rank++] = j;
    }
    memset(delta, 0, (size_t)p * sizeof *delta);
    memcpy(work, r + p * q, (size_t)rank * sizeof *work);
    back_solve(q, r, column, rank, work);
    for (ptrdiff_t k = 0; k < rank; k++)
        delta[column[k]] = work[k];
    if (inverse)
        invert(q, r, column, rank, inverse, work);
    return rank;
}
