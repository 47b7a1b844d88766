#include <math.h>
#include <string.h>

#include "stats/glm_priv.h"
#include "stats/regression_priv.h"

enum { MOST_ROUNDS = 8 };

/* A number as the unevaluated sum of two doubles: some 31 digits. */
typedef struct {
    double high, low;
} twice;

/* a += x y exactly, up to the rounding of what is left of the low parts. */
static void add_product(twice *a, double x, double y)
{
    double product = x * y, rest = fma(x, y, -product);
    double sum = a->high + product, part = sum - a->high;
    a->low += (a->high - (sum - part)) + (product - part) + rest;
    a->high = sum;
}

static twice settled(twice a)
{
    double sum = a.high + a.low;
    return (twice){sum, a.low - (sum - a.high)};
}

/* Outcome less fitted mean of a row. */
static twice residual(const fp_regression *data, const twice *beta, ptrdiff_t i)
{
    twice r = {data->y[i], 0};
    if (data->offset)
        add_product(&r, -1, data->offset[i]);
    for (ptrdiff_t j = 0; j < data->p; j++) {
        add_product(&r, -data->column[j][i], beta[j].high);
        add_product(&r, -data->column[j][i], beta[j].low);
    }
    return settled(r);
}

/* gradient = X'W r; returns the sum of w r^2. */
static double score(const fp_regression *data, const twice *beta, twice *gradient)
{
    double squares = 0;
    memset(gradient, 0, (size_t)data->p * sizeof *gradient);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double w = fp_reg_weight(data, i);
        twice r = residual(data, beta, i), wr = {0, 0};
        add_product(&wr, w, r.high);
        add_product(&wr, w, r.low);
        wr = settled(wr);
        for (ptrdiff_t j = 0; j < data->p; j++) {
            add_product(&gradient[j], data->column[j][i], wr.high);
            add_product(&gradient[j], data->column[j][i], wr.low);
        }
        squares += w * r.high * r.high;
    }
    return squares;
}

/* step = bread gradient; returns gradient' step, the squared length of the step in standard errors
 * but for the dispersion. */
static double solve(const fp_regression *data, const double *bread, twice *gradient, double *step)
{
    ptrdiff_t p = data->p;
    double length = 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        twice sum = {0, 0};
        gradient[j] = settled(gradient[j]);
        for (ptrdiff_t k = 0; k < p; k++)
            add_product(&sum, bread[j + k * p], settled(gradient[k]).high);
        step[j] = sum.high + sum.low;
        length += step[j] * gradient[j].high;
    }
    return length;
}

fp_status fp_glm_refine(const fp_regression *data, const double *bread, fp_arena *scratch,
                        double *beta, double *squares, fp_err *err)
{
    ptrdiff_t p = data->p;
    twice *b, *gradient;
    double *step, before = HUGE_VAL;
    FP_ARRAY(b, scratch, p, err);
    FP_ARRAY(gradient, scratch, p, err);
    FP_ARRAY(step, scratch, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        b[j].high = isnan(beta[j]) ? 0 : beta[j];
    for (int round = 0; round < MOST_ROUNDS; round++) {
        double sum = score(data, b, gradient), length = solve(data, bread, gradient, step);
        if (!(length < before / 4)) /* rounding of the inverse, or a perfect fit */
            break;
        *squares = sum;
        before = length;
        for (ptrdiff_t j = 0; j < p; j++) {
            beta[j] = isnan(beta[j]) ? beta[j] : b[j].high;
            add_product(&b[j], 1, step[j]);
            b[j] = settled(b[j]);
        }
    }
    return FP_OK;
}
