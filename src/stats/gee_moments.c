#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/gee_priv.h"

enum { ALPHA_STEPS = 200 };

fp_status fp_gee_moments_create(const fp_gee_rows *rows, fp_arena *arena, fp_gee_moments *m,
                                fp_err *err)
{
    ptrdiff_t t = rows->positions;
    *m = (fp_gee_moments){
        .corr = rows->corr, .positions = t, .n = (double)rows->rows.n, .positive = true};
    if (rows->corr == FP_CORR_EXCHANGEABLE)
        m->products = m->alphas = 1;
    if (rows->corr == FP_CORR_AR1) {
        m->products = t;
        m->alphas = 1;
    }
    if (rows->corr == FP_CORR_UNSTRUCTURED) {
        m->products = t * t;
        m->alphas = t * (t - 1) / 2;
    }
    FP_ARRAY(m->product, arena, m->products, err);
    FP_ARRAY(m->count, arena, m->products, err);
    FP_ARRAY(m->alpha, arena, m->alphas, err);
    if (rows->rows.weight) {
        m->n = 0;
        for (ptrdiff_t i = 0; i < rows->rows.n; i++)
            m->n += rows->rows.weight[i];
    }
    for (ptrdiff_t i = 0; i < rows->ids; i++)
        m->largest = fmax(m->largest, (double)(rows->start[i + 1] - rows->start[i]));
    return FP_OK;
}

/* eq. 6: the root of sum_d d a^(d-1) (P_d / scale - N_d a^d), by Newton's method on the mean
 * squares (Gauss-Newton with halving), from the products at distance 1. */
static double ar1_alpha(const fp_gee_moments *m)
{
    double alpha = 0, step = 1;
    for (ptrdiff_t d = 1; d < m->products && alpha == 0; d++)
        if (m->count[d] > 0 && m->product[d] > 0)
            alpha = pow(fmin(m->product[d] / m->scale / m->count[d], 0.99), 1 / (double)d);
    for (int k = 0; k < ALPHA_STEPS && fabs(step) > 1e-15; k++) {
        double score = 0, info = 0;
        for (ptrdiff_t d = 1; d < m->products; d++) {
            double power = pow(alpha, (double)(d - 1)), slope = (double)d * power;
            score += slope * (m->product[d] / m->scale - m->count[d] * power * alpha);
            info += m->count[d] * slope * slope;
        }
        if (!(info > 0))
            break;
        step = score / info;
        while (fabs(alpha + step) >= 1 && fabs(step) > 1e-15)
            step /= 2;
        alpha += step;
    }
    return alpha;
}

static bool factor(double *a, ptrdiff_t t)
{
    for (ptrdiff_t j = 0; j < t; j++) {
        for (ptrdiff_t i = j; i < t; i++) {
            for (ptrdiff_t k = 0; k < j; k++)
                a[i + j * t] -= a[i + k * t] * a[j + k * t];
            if (i == j && !(a[j + j * t] > 1e-10))
                return false;
            a[i + j * t] = i == j ? sqrt(a[j + j * t]) : a[i + j * t] / a[j + j * t];
        }
    }
    return true;
}

static void unstructured(fp_gee_moments *m)
{
    ptrdiff_t t = m->positions, k = 0;
    double r[FP_GEE_POSITIONS * FP_GEE_POSITIONS];
    for (ptrdiff_t a = 0; a < t; a++) {
        r[a + a * t] = 1;
        for (ptrdiff_t b = a + 1; b < t; b++) {
            ptrdiff_t at = b + a * t;
            double alpha = m->count[at] > 0 ? m->product[at] / m->scale / m->count[at] : 0;
            r[at] = m->alpha[k++] = alpha;
        }
    }
    m->positive = factor(r, t);
}

void fp_gee_moments_solve(fp_gee_moments *m)
{
    m->scale = m->square / m->n;
    m->positive = true;
    if (m->corr == FP_CORR_EXCHANGEABLE) {
        double alpha = m->count[0] > 0 ? m->product[0] / m->scale / m->count[0] : 0;
        m->alpha[0] = alpha;
        m->positive = alpha < 1 && 1 + (m->largest - 1) * alpha > 1e-10;
    }
    if (m->corr == FP_CORR_AR1) {
        m->alpha[0] = ar1_alpha(m);
        m->positive = fabs(m->alpha[0]) < 1 - 1e-10;
    }
    if (m->corr == FP_CORR_UNSTRUCTURED)
        unstructured(m);
}
