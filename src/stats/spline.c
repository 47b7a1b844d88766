#include "stats/spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stats/risk_priv.h"

static double cube(double v)
{
    return v > 0 ? v * v * v : 0;
}

/* Raw basis at x with x scaled to [0, 1] over the knots: 1, x, and one element an inner knot. */
static void raw_basis(const fp_spline *s, double x, double out[4])
{
    int last = s->knots - 1;
    double low = s->knot[0], width = s->knot[last] - low, u = (x - low) / width;
    double before = (s->knot[last - 1] - low) / width;
    double tail = (cube(u - before) - cube(u - 1)) / (1 - before);
    out[0] = 1;
    out[1] = u;
    for (int k = 0; k + 2 < s->knots; k++) {
        double at = (s->knot[k] - low) / width;
        out[k + 2] = (cube(u - at) - cube(u - 1)) / (1 - at) - tail;
    }
}

static void basis(const fp_spline *s, double x, double out[4])
{
    double raw[4];
    raw_basis(s, x, raw);
    for (int k = 0; k < s->knots; k++) {
        out[k] = 0;
        for (int l = 0; l <= k; l++)
            out[k] += s->fold[k][l] * raw[l];
    }
}

/* Quantile of type 7 of sorted values. */
static double quantile(const double *sorted, ptrdiff_t n, double q)
{
    double at = q * (double)(n - 1);
    ptrdiff_t low = (ptrdiff_t)floor(at);
    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

/* Knots that differ; returns how many different values there are, counted up to four. */
static int place_knots(const double *sorted, ptrdiff_t n, fp_spline *s)
{
    int values = n > 0;
    for (ptrdiff_t i = 1; i < n && values < 4; i++)
        values += sorted[i] > sorted[i - 1];
    double want[4] = {sorted[0], quantile(sorted, n, 1.0 / 3), quantile(sorted, n, 2.0 / 3),
                      sorted[n - 1]};
    s->knots = 0;
    for (int k = 0; k < 4; k++)
        if (s->knots == 0 || want[k] > s->knot[s->knots - 1])
            s->knot[s->knots++] = want[k];
    return values;
}

/* Make element k orthogonal to those before it over the points, and of length one. */
static void orthonormalise(ptrdiff_t n, const double *x, fp_spline *s, int k)
{
    double now[4];
    memset(s->fold[k], 0, sizeof s->fold[k]);
    s->fold[k][k] = 1;
    for (int round = 0; round < 2; round++)
        for (int l = 0; l < k; l++) {
            double product = 0;
            for (ptrdiff_t i = 0; i < n; i++) {
                basis(s, x[i], now);
                product += now[l] * now[k];
            }
            for (int j = 0; j <= l; j++)
                s->fold[k][j] -= product * s->fold[l][j];
        }
    double length = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        basis(s, x[i], now);
        length += now[k] * now[k];
    }
    for (int j = 0; j <= k; j++)
        s->fold[k][j] /= sqrt(length);
}

static void project(ptrdiff_t n, const double *x, const double *y, fp_spline *s)
{
    double now[4], rest = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        basis(s, x[i], now);
        for (int k = 0; k < s->knots; k++)
            s->coefficient[k] += now[k] * y[i];
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double left = y[i] - fp_spline_at(s, x[i], NULL);
        rest += left * left;
    }
    s->residual_sd = n > s->knots ? sqrt(rest / (double)(n - s->knots)) : FP_NUM_NAN;
}

fp_status fp_spline_fit(ptrdiff_t n, const double *x, const double *y, fp_arena *scratch,
                        fp_spline *spline, bool *fitted, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(scratch);
    fp_spline s = {0};
    double *sorted;
    *fitted = false;
    if (n < 4)
        return FP_OK;
    FP_ARRAY(sorted, scratch, n, err);
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, fp_by_value);
    int values = place_knots(sorted, n, &s);
    fp_arena_rewind(scratch, mark);
    if (values < 4)
        return FP_OK;
    for (int k = 0; k < s.knots; k++)
        orthonormalise(n, x, &s, k);
    project(n, x, y, &s);
    *spline = s;
    *fitted = true;
    return FP_OK;
}

double fp_spline_at(const fp_spline *spline, double x, double *unit_variance)
{
    double now[4], value = 0, variance = 0;
    basis(spline, x, now);
    for (int k = 0; k < spline->knots; k++) {
        value += spline->coefficient[k] * now[k];
        variance += now[k] * now[k];
    }
    if (unit_variance)
        *unit_variance = variance;
    return value;
}
