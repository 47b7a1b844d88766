#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/lmm_priv.h"

fp_status fp_lmm_not_positive(fp_err *err)
{
    (void)fp_fail(err, FP_OUTCOME, "a covariance matrix of the mixed model is not positive");
    return fp_hint(err, FP_OUTCOME, "leave out a random effect, or take a simpler residual");
}

#define TWO_PI 6.283185307179586476925286766559

fp_status fp_lmm_criterion_create(ptrdiff_t p, ptrdiff_t k, fp_arena *arena, fp_lmm_criterion *c,
                                  fp_err *err)
{
    *c = (fp_lmm_criterion){.p = p, .k = k};
    FP_ARRAY(c->beta, arena, p, err);
    FP_ARRAY(c->inverse, arena, p * p, err);
    FP_ARRAY(c->first, arena, k, err);
    FP_ARRAY(c->second, arena, k * k, err);
    FP_ARRAY(c->rss_first, arena, k, err);
    FP_ARRAY(c->slope, arena, k * p * p, err);
    FP_ARRAY(c->work, arena, 2 * p * p + p + 2 * k * p, err);
    return FP_OK;
}

/* The part of X'V^-1X in a packed moment, as a full matrix. */
static void unpack(ptrdiff_t p, const double *m, double *out)
{
    for (ptrdiff_t i = 0; i < p; i++)
        for (ptrdiff_t j = 0; j < p; j++)
            out[i + j * p] = m[fp_packed(i, j)];
}

/* (M v)_X for v = (-beta, 1): the derivative of X'V^-1(y - X beta). */
static void lean(ptrdiff_t p, const double *m, const double *beta, double *out)
{
    for (ptrdiff_t i = 0; i < p; i++) {
        out[i] = m[fp_packed(p, i)];
        for (ptrdiff_t j = 0; j < p; j++)
            out[i] -= m[fp_packed(i, j)] * beta[j];
    }
}

/* v' M v. */
static double quadratic(ptrdiff_t p, const double *m, const double *beta)
{
    double sum = m[fp_packed(p, p)];
    for (ptrdiff_t i = 0; i < p; i++) {
        double row = 0;
        for (ptrdiff_t j = 0; j < p; j++)
            row += m[fp_packed(i, j)] * beta[j];
        sum += beta[i] * (row - 2 * m[fp_packed(p, i)]);
    }
    return sum;
}

static bool solve(const fp_lmm_moments *m, fp_lmm_criterion *c, double *logxx)
{
    ptrdiff_t p = c->p;
    double *chol = c->work;
    unpack(p, m->m, chol);
    if (fp_chol(chol, p, NULL, 1e-15, NULL) < p)
        return false;
    *logxx = 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        *logxx += log(chol[j + j * p]);
        c->beta[j] = m->m[fp_packed(p, j)];
    }
    fp_chol_solve(chol, p, c->beta);
    fp_chol_inverse(chol, p, c->inverse);
    c->rss = quadratic(p, m->m, c->beta);
    return c->rss > 0 && isfinite(c->rss);
}

/* slope[k] = inverse times the k-th derivative of X'V^-1X; its trace. */
static double slope_of(fp_lmm_criterion *c, const double *m, double *slope)
{
    ptrdiff_t p = c->p;
    double trace = 0;
    unpack(p, m, c->work);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            double sum = 0;
            for (ptrdiff_t h = 0; h < p; h++)
                sum += c->inverse[i + h * p] * c->work[h + j * p];
            slope[i + j * p] = sum;
            trace += i == j ? sum : 0;
        }
    return trace;
}

static double trace_product(ptrdiff_t p, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            sum += a[i + j * p] * b[j + i * p];
    return sum;
}

static double trace_second(const fp_lmm_criterion *c, const double *m)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < c->p; i++)
        for (ptrdiff_t j = 0; j < c->p; j++)
            sum += c->inverse[i + j * c->p] * m[fp_packed(i, j)];
    return sum;
}

static void derivatives(const fp_lmm_moments *m, bool ml, int orders, fp_lmm_criterion *c)
{
    ptrdiff_t p = c->p, k = c->k, size = fp_packed_size(p + 1);
    double *lever = c->work + p * p, *solved = lever + k * p;
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t f = fp_jet_first(l);
        const double *ml_ = m->m + f * size;
        double trace = slope_of(c, ml_, c->slope + l * p * p);
        lean(p, ml_, c->beta, lever + l * p);
        for (ptrdiff_t i = 0; i < p; i++) {
            solved[i + l * p] = 0;
            for (ptrdiff_t j = 0; j < p; j++)
                solved[i + l * p] += c->inverse[i + j * p] * lever[j + l * p];
        }
        c->rss_first[l] = quadratic(p, ml_, c->beta);
        c->first[l] = m->logdet[f] + (ml ? 0 : trace) + c->rss_first[l] / c->sigma2;
        for (ptrdiff_t h = 0; h <= l; h++) {
            const double *mh = m->m + (f + 1 + h) * size;
            double rss = quadratic(p, mh, c->beta), xx = 0;
            for (ptrdiff_t i = 0; i < p; i++)
                rss -= 2 * lever[i + h * p] * solved[i + l * p];
            if (orders == 1) { /* Gilmour, Thompson & Cullis 1995, doi 10.2307/2533274 */
                c->second[h + l * k] = c->second[l + h * k] = rss / (2 * c->sigma2);
                continue;
            }
            if (!ml)
                xx = trace_second(c, mh) -
                     trace_product(p, c->slope + h * p * p, c->slope + l * p * p);
            c->second[h + l * k] = c->second[l + h * k] =
                m->logdet[f + 1 + h] + xx + rss / c->sigma2;
        }
    }
}

bool fp_lmm_criterion_at(const fp_lmm_rows *rows, bool ml, const fp_lmm_moments *m, int orders,
                         fp_lmm_criterion *c)
{
    double logxx, free = (double)(rows->n - (ml ? 0 : c->p));
    if (!solve(m, c, &logxx))
        return false;
    c->sigma2 = c->given > 0 ? c->given : c->rss / free;
    c->value = m->logdet[0] - rows->log_weight + (ml ? 0 : logxx) + free * log(TWO_PI * c->sigma2) +
               c->rss / c->sigma2;
    if (orders)
        derivatives(m, ml, orders, c);
    return isfinite(c->value);
}

void fp_lmm_chain(const fp_lmm_map *map, const fp_lmm_criterion *c, double profiled,
                  double *gradient, double *hessian)
{
    ptrdiff_t k = map->k;
    for (ptrdiff_t a = 0; a < k; a++) {
        gradient[a] = 0;
        for (ptrdiff_t i = 0; i < k; i++)
            gradient[a] += c->first[i] * map->first[i + a * k];
        for (ptrdiff_t b = 0; b <= a; b++) {
            double sum = 0;
            for (ptrdiff_t i = 0; i < k; i++) {
                double row = 0;
                for (ptrdiff_t j = 0; j < k; j++)
                    row += (c->second[i + j * k] - profiled * c->rss_first[i] * c->rss_first[j]) *
                           map->first[j + b * k];
                sum += row * map->first[i + a * k] + c->first[i] * map->second[i + (a + b * k) * k];
            }
            hessian[a + b * k] = hessian[b + a * k] = sum;
        }
    }
}

double fp_lmm_newton_step(ptrdiff_t k, double radius, const double *gradient, const double *hessian,
                          double *step, double *work)
{
    double *value = work, *vector = value + k, *copy = vector + k * k;
    double most = 0, gain = 0, length = 0;
    memcpy(copy, hessian, (size_t)(k * k) * sizeof *copy);
    fp_eigen_symmetric(copy, k, value, vector);
    memset(step, 0, (size_t)k * sizeof *step);
    for (ptrdiff_t i = 0; i < k; i++)
        most = fmax(most, fabs(value[i]));
    for (ptrdiff_t i = 0; i < k; i++) {
        double along = 0, curve = fmax(fabs(value[i]), 1e-9 * most);
        for (ptrdiff_t j = 0; j < k; j++)
            along += vector[j + i * k] * gradient[j];
        if (!(curve > 0))
            continue;
        for (ptrdiff_t j = 0; j < k; j++)
            step[j] -= along / curve * vector[j + i * k];
        gain += along * along / curve;
    }
    for (ptrdiff_t j = 0; j < k; j++)
        length += step[j] * step[j];
    length = sqrt(length);
    if (length > radius)
        for (ptrdiff_t j = 0; j < k; j++)
            step[j] *= radius / length;
    return gain;
}
