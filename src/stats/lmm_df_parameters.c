#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/lmm_df_priv.h"

/* ---- the parameters' covariance ---- */

/* 2 H^-1 by the eigenvalues of H scaled to a diagonal of 1; directions without curvature are left
 * out, as lmerTest does. */
static fp_status invert_hessian(ptrdiff_t k, double *h, double *out, fp_arena *scratch, fp_err *err)
{
    double *value, *vector, *scale;
    FP_ARRAY(value, scratch, k, err);
    FP_ARRAY(vector, scratch, k * k, err);
    FP_ARRAY(scale, scratch, k, err);
    for (ptrdiff_t i = 0; i < k; i++)
        scale[i] = fabs(h[i + i * k]) > 0 ? 1 / sqrt(fabs(h[i + i * k])) : 1;
    for (ptrdiff_t i = 0; i < k * k; i++)
        h[i] *= scale[i % k] * scale[i / k];
    fp_eigen_symmetric(h, k, value, vector);
    memset(out, 0, (size_t)(k * k) * sizeof *out);
    for (ptrdiff_t i = 0; i < k; i++) {
        if (!(value[i] > 1e-10))
            continue;
        for (ptrdiff_t a = 0; a < k; a++)
            for (ptrdiff_t b = 0; b < k; b++)
                out[a + b * k] +=
                    2 * scale[a] * scale[b] * vector[a + i * k] * vector[b + i * k] / value[i];
    }
    return FP_OK;
}

/* out = -sigma2 inverse D inverse, D the derivative of X'V^-1X behind slope. */
static void variance_slope(const fp_lmm_core *core, const double *slope, double *out)
{
    ptrdiff_t p = core->p;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            double sum = 0;
            for (ptrdiff_t h = 0; h < p; h++)
                sum += slope[i + h * p] * core->at->inverse[h + j * p];
            out[i + j * p] = -core->at->sigma2 * sum;
        }
}

static fp_status satterthwaite(fp_lmm_frame *f, fp_arena *scratch, fp_err *err)
{
    const fp_lmm_core *core = f->core;
    const fp_lmm_criterion *at = core->at;
    ptrdiff_t p = f->p, k = f->k - 1;
    double *gradient, *hessian, *inner, *slope, sigma = sqrt(at->sigma2);
    double free = (double)(core->rows.n - (core->ml ? 0 : p));
    FP_ARRAY(gradient, scratch, k, err);
    FP_ARRAY(inner, scratch, k * k, err);
    FP_ARRAY(hessian, scratch, f->k * f->k, err);
    FP_ARRAY(slope, scratch, k * p * p, err);
    fp_lmm_chain(&core->map, at, 0, gradient, inner);
    for (ptrdiff_t a = 0; a < k; a++) {
        double rss = 0;
        for (ptrdiff_t b = 0; b < k; b++) {
            hessian[a + b * f->k] = inner[a + b * k];
            rss += at->rss_first[b] * core->map.first[b + a * k];
        }
        hessian[a + k * f->k] = hessian[k + a * f->k] = -2 * rss / (at->sigma2 * sigma);
    }
    hessian[k + k * f->k] = 4 * free / at->sigma2;
    FP_TRY(invert_hessian(f->k, hessian, f->a, scratch, err));
    for (ptrdiff_t b = 0; b < k; b++)
        variance_slope(core, at->slope + b * p * p, slope + b * p * p);
    for (ptrdiff_t a = 0; a < k; a++)
        for (ptrdiff_t b = 0; b < k; b++)
            for (ptrdiff_t i = 0; i < p * p; i++)
                f->first[a * p * p + i] += slope[b * p * p + i] * core->map.first[b + a * k];
    for (ptrdiff_t i = 0; i < p * p; i++)
        f->first[k * p * p + i] = 2 * sigma * at->inverse[i];
    return FP_OK;
}

/* ---- Kenward and Roger ---- */

/* What V, linear in phi = (sigma^2, sigma^2 psi), gives: all by the homogeneity of the moments. */
typedef struct {
    ptrdiff_t k, p; /* k with sigma^2 */
    double *p1;     /* k of p x p: derivatives of X'V^-1X */
    double *q2;     /* (k, k) of p x p: half its second derivatives */
    double *trace;  /* k x k: tr(V^-1 V_i V^-1 V_j) */
    double *psi;    /* k - 1; the correlation of AR(1) counts from its estimate: 0 */
} linear;

static void put_full(ptrdiff_t p, const double *m, double factor, double *out)
{
    for (ptrdiff_t i = 0; i < p; i++)
        for (ptrdiff_t j = 0; j < p; j++)
            out[i + j * p] += factor * m[fp_packed(i, j)];
}

static void linear_fill(const fp_lmm_core *core, const fp_lmm_moments *m, linear *w)
{
    ptrdiff_t p = w->p, k = w->k - 1, z = p * p, size = fp_packed_size(core->q);
    double s = core->at->sigma2, s2 = s * s, s3 = s2 * s;
    double *p0 = w->p1, *q00 = w->q2;
    put_full(p, m->m, -1 / s2, p0);
    put_full(p, m->m, 1 / s3, q00); /* half of 2 M */
    w->trace[0] = (double)core->rows.n / s2;
    for (ptrdiff_t l = 0; l < k; l++) {
        const double *first = m->m + fp_jet_first(l) * size;
        double ld = m->logdet[fp_jet_first(l)], own = w->psi[l];
        put_full(p, first, 1 / s2, w->p1 + (l + 1) * z);
        put_full(p, first, -own / s2, p0);
        put_full(p, first, 2 * own / s3, q00);
        w->trace[0] -= 2 * own * ld / s2;
        double *q0 = w->q2 + (l + 1) * z, t0 = ld / s2;
        put_full(p, first, -1 / s3, q0);
        for (ptrdiff_t h = 0; h < k; h++) {
            ptrdiff_t d = fp_jet_second(h, l);
            const double *second = m->m + d * size;
            put_full(p, second, 0.5 / s3, w->q2 + ((l + 1) + (h + 1) * w->k) * z);
            put_full(p, second, -0.5 * w->psi[h] / s3, q0);
            put_full(p, second, 0.5 * own * w->psi[h] / s3, q00);
            w->trace[(l + 1) + (h + 1) * w->k] = -m->logdet[d] / s2;
            t0 += w->psi[h] * m->logdet[d] / s2;
            w->trace[0] -= own * w->psi[h] * m->logdet[d] / s2;
        }
        memcpy(w->q2 + (l + 1) * w->k * z, q0, (size_t)z * sizeof *q0);
        w->trace[l + 1] = w->trace[(l + 1) * w->k] = t0;
    }
}

double fp_lmm_trace(ptrdiff_t p, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            sum += a[i + j * p] * b[j + i * p];
    return sum;
}

/* W = 2 I^-1 with the expected information of REML, and the adjusted covariance. */
static fp_status adjust(fp_lmm_frame *f, const linear *w, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t p = f->p, k = f->k, z = p * p;
    double *vp, *information, *middle, *side;
    FP_ARRAY(vp, scratch, k * z, err);
    FP_ARRAY(information, scratch, k * k, err);
    FP_ARRAY(middle, scratch, z, err);
    FP_ARRAY(side, scratch, z, err);
    for (ptrdiff_t i = 0; i < k; i++) {
        fp_multiply(f->var, w->p1 + i * z, p, vp + i * z);
        fp_multiply(vp + i * z, f->var, p, f->first + i * z);
    }
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < k; j++)
            information[i + j * k] = w->trace[i + j * k] -
                                     2 * fp_lmm_trace(p, f->var, w->q2 + (i + j * k) * z) +
                                     fp_lmm_trace(p, vp + i * z, vp + j * z);
    FP_TRY(invert_hessian(k, information, f->a, scratch, err));
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < k; j++) {
            fp_multiply(w->p1 + i * z, vp + j * z, p, side); /* P_i V P_j */
            for (ptrdiff_t c = 0; c < z; c++)
                middle[c] += f->a[i + j * k] * (w->q2[(i + j * k) * z + c] - side[c]);
        }
    fp_multiply(f->var, middle, p, side);
    fp_multiply(side, f->var, p, f->adjusted);
    for (ptrdiff_t c = 0; c < z; c++)
        f->adjusted[c] = f->var[c] + 2 * f->adjusted[c];
    return FP_OK;
}

static fp_status kenward_roger(fp_lmm_frame *f, fp_arena *scratch, fp_err *err)
{
    fp_lmm_core *core = f->core;
    fp_lmm_moments m = core->moments;
    ptrdiff_t jets = fp_jet_size(core->rows.k);
    linear w = {.k = f->k, .p = f->p};
    FP_ARRAY(m.logdet, scratch, jets, err);
    FP_ARRAY(m.m, scratch, jets * fp_packed_size(core->q), err);
    FP_TRY(core->engine->evaluate(core->engine, core->map.psi, 2, true, &m, err));
    FP_ARRAY(w.p1, scratch, f->k * f->p * f->p, err);
    FP_ARRAY(w.q2, scratch, f->k * f->k * f->p * f->p, err);
    FP_ARRAY(w.trace, scratch, f->k * f->k, err);
    FP_ARRAY(w.psi, scratch, f->k, err);
    memcpy(w.psi, core->map.psi, (size_t)core->rows.k * sizeof *w.psi);
    if (core->rows.data->residual == FP_LMM_AR1)
        w.psi[0] = 0;
    linear_fill(core, &m, &w);
    return adjust(f, &w, scratch, err);
}

/* ---- both ---- */

fp_status fp_lmm_frame_open(const fp_lmm_fit *fit, fp_lmm_df method, fp_arena *scratch,
                            fp_lmm_frame *f, fp_err *err)
{
    ptrdiff_t p = fit->core->p, z = p * p;
    *f = (fp_lmm_frame){.core = fit->core, .p = p, .k = fit->core->rows.k + 1};
    FP_ARRAY(f->a, scratch, f->k * f->k, err);
    FP_ARRAY(f->first, scratch, f->k * z, err);
    FP_ARRAY(f->var, scratch, z, err);
    FP_ARRAY(f->adjusted, scratch, z, err);
    for (ptrdiff_t i = 0; i < z; i++)
        f->var[i] = fit->sigma2 * fit->core->at->inverse[i];
    memcpy(f->adjusted, f->var, (size_t)z * sizeof *f->var);
    if (!(fit->sigma2 > 0))
        return FP_OK;
    if (method == FP_LMM_DF_SATTERTHWAITE)
        return satterthwaite(f, scratch, err);
    return method == FP_LMM_DF_KR ? kenward_roger(f, scratch, err) : FP_OK;
}
