#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/lmm_priv.h"

/* Degrees of freedom. Parameters here: for Satterthwaite theta and sigma (k + 1), for Kenward and
 * Roger the variances and covariances themselves, sigma^2 first. */

typedef struct {
    fp_lmm_core *core;
    ptrdiff_t p, k;   /* k with sigma */
    double *l;        /* count x p, row after row, of the kept and centred columns */
    double *a;        /* k x k: covariance of the parameters */
    double *first;    /* k of p x p: Satterthwaite d var, Kenward-Roger V P V */
    double *var;      /* p x p, of the fit */
    double *adjusted; /* p x p: Kenward-Roger */
} frame;

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

static fp_status satterthwaite(frame *f, fp_arena *scratch, fp_err *err)
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

static double trace_of(ptrdiff_t p, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            sum += a[i + j * p] * b[j + i * p];
    return sum;
}

static void product(ptrdiff_t p, const double *a, const double *b, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++) {
            double sum = 0;
            for (ptrdiff_t h = 0; h < p; h++)
                sum += a[i + h * p] * b[h + j * p];
            out[i + j * p] = sum;
        }
}

/* W = 2 I^-1 with the expected information of REML, and the adjusted covariance. */
static fp_status adjust(frame *f, const linear *w, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t p = f->p, k = f->k, z = p * p;
    double *vp, *information, *middle, *side;
    FP_ARRAY(vp, scratch, k * z, err);
    FP_ARRAY(information, scratch, k * k, err);
    FP_ARRAY(middle, scratch, z, err);
    FP_ARRAY(side, scratch, z, err);
    for (ptrdiff_t i = 0; i < k; i++) {
        product(p, f->var, w->p1 + i * z, vp + i * z);
        product(p, vp + i * z, f->var, f->first + i * z);
    }
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < k; j++)
            information[i + j * k] = w->trace[i + j * k] -
                                     2 * trace_of(p, f->var, w->q2 + (i + j * k) * z) +
                                     trace_of(p, vp + i * z, vp + j * z);
    FP_TRY(invert_hessian(k, information, f->a, scratch, err));
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < k; j++) {
            product(p, w->p1 + i * z, vp + j * z, side); /* P_i V P_j */
            for (ptrdiff_t c = 0; c < z; c++)
                middle[c] += f->a[i + j * k] * (w->q2[(i + j * k) * z + c] - side[c]);
        }
    product(p, f->var, middle, side);
    product(p, side, f->var, f->adjusted);
    for (ptrdiff_t c = 0; c < z; c++)
        f->adjusted[c] = f->var[c] + 2 * f->adjusted[c];
    return FP_OK;
}

static fp_status kenward_roger(frame *f, fp_arena *scratch, fp_err *err)
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

/* ---- contrasts ---- */

static fp_status open_frame(const fp_lmm_fit *fit, fp_lmm_df method, fp_arena *scratch, frame *f,
                            fp_err *err)
{
    ptrdiff_t p = fit->core->p, z = p * p;
    *f = (frame){.core = fit->core, .p = p, .k = fit->core->rows.k + 1};
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

/* Row l of the caller in the kept, centred columns; false where it leans on an aliased one. */
static bool centre_row(const fp_lmm_core *core, const double *l, double *out)
{
    const fp_lmm_rows *rows = &core->rows;
    ptrdiff_t kept = 0;
    for (ptrdiff_t j = 0; j < rows->data->p; j++) {
        bool is_kept = kept < core->p && rows->kept[kept] == j;
        if (!is_kept && fabs(l[j]) > 0)
            return false;
        if (is_kept)
            out[kept++] = l[j];
    }
    for (ptrdiff_t j = 1; rows->data->intercept && j < core->p; j++)
        out[j] -= out[0] * rows->shift[j];
    return true;
}

static double form(ptrdiff_t p, const double *a, const double *l, const double *r)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            sum += l[i] * a[i + j * p] * r[j];
    return sum;
}

/* 2 v^2 / g'Ag for one row; with Kenward and Roger's A and P it is theirs too (eq. 21). */
static double df_of(const frame *f, fp_lmm_df method, const double *l)
{
    double v = form(f->p, f->var, l, l), spread = 0;
    if (method == FP_LMM_DF_Z)
        return ((double)INFINITY);
    for (ptrdiff_t i = 0; i < f->k; i++) {
        double gi = form(f->p, f->first + i * f->p * f->p, l, l);
        for (ptrdiff_t j = 0; j < f->k; j++)
            spread += gi * f->a[i + j * f->k] * form(f->p, f->first + j * f->p * f->p, l, l);
    }
    return spread > 0 ? 2 * v * v / spread : FP_NUM_NAN;
}

/* ---- joint tests ---- */

typedef struct {
    ptrdiff_t rank;
    double *row; /* rank x p: rows of L turned to be independent under the covariance */
    double f;    /* the plain F */
} turned;

/* Rows along the eigenvectors of L V L'; the squares of their t statistics add up to rank times F.
 */
static fp_status turn(const frame *f, ptrdiff_t count, const double *l, const double *estimate,
                      fp_arena *scratch, turned *out, fp_err *err)
{
    double *v, *value, *vector, most = 0;
    FP_ARRAY(v, scratch, count * count, err);
    FP_ARRAY(value, scratch, count, err);
    FP_ARRAY(vector, scratch, count * count, err);
    FP_ARRAY(out->row, scratch, count * f->p, err);
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t j = 0; j < count; j++)
            v[i + j * count] = form(f->p, f->adjusted, l + i * f->p, l + j * f->p);
    fp_eigen_symmetric(v, count, value, vector);
    for (ptrdiff_t i = 0; i < count; i++)
        most = fmax(most, value[i]);
    out->rank = 0;
    out->f = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        double along = 0;
        if (!(value[i] > 1e-10 * most))
            continue;
        for (ptrdiff_t j = 0; j < count; j++) {
            along += vector[j + i * count] * estimate[j];
            for (ptrdiff_t c = 0; c < f->p; c++)
                out->row[out->rank * f->p + c] += vector[j + i * count] * l[j * f->p + c];
        }
        out->f += along * along / value[i];
        out->rank++;
    }
    out->f /= out->rank > 0 ? (double)out->rank : 1;
    return FP_OK;
}

/* Fai & Cornelius: the F whose mean is that of the average of squared t's. */
static double df_together(const frame *f, fp_lmm_df method, const turned *t)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < t->rank; i++) {
        double nu = df_of(f, method, t->row + i * f->p);
        if (t->rank == 1)
            return nu;
        sum += nu > 2 ? nu / (nu - 2) : 0;
    }
    return sum > (double)t->rank ? 2 * sum / (sum - (double)t->rank) : FP_NUM_NAN;
}

/* Kenward & Roger 1997, sec. 3: scale and denominator degrees of freedom. The F is that of the
 * adjusted covariance, A1 and A2 those of the unadjusted one. */
static fp_status scale_kr(const frame *f, const turned *t, fp_arena *scratch, fp_lmm_joint *joint,
                          fp_err *err)
{
    ptrdiff_t p = f->p, z = p * p, q = t->rank;
    double *v, *inverse, *theta, *u, a1 = 0, a2 = 0, n = (double)q;
    FP_ARRAY(v, scratch, q * q, err);
    FP_ARRAY(inverse, scratch, q * q, err);
    FP_ARRAY(theta, scratch, z, err);
    FP_ARRAY(u, scratch, f->k * z, err);
    for (ptrdiff_t i = 0; i < q; i++)
        for (ptrdiff_t j = 0; j < q; j++)
            v[i + j * q] = form(p, f->var, t->row + i * p, t->row + j * p);
    (void)fp_chol(v, q, NULL, 1e-12, NULL);
    fp_chol_inverse(v, q, inverse);
    for (ptrdiff_t a = 0; a < p; a++)
        for (ptrdiff_t b = 0; b < p; b++)
            for (ptrdiff_t i = 0; i < q; i++)
                for (ptrdiff_t j = 0; j < q; j++)
                    theta[a + b * p] += t->row[i * p + a] * inverse[i + j * q] * t->row[j * p + b];
    for (ptrdiff_t i = 0; i < f->k; i++)
        product(p, theta, f->first + i * z, u + i * z);
    for (ptrdiff_t i = 0; i < f->k; i++)
        for (ptrdiff_t j = 0; j < f->k; j++) {
            double ti = 0, tj = 0;
            for (ptrdiff_t c = 0; c < p; c++) {
                ti += u[i * z + c + c * p];
                tj += u[j * z + c + c * p];
            }
            a1 += f->a[i + j * f->k] * ti * tj;
            a2 += f->a[i + j * f->k] * trace_of(p, u + i * z, u + j * z);
        }
    double b = (a1 + 6 * a2) / (2 * n), g = ((n + 1) * a1 - (n + 4) * a2) / ((n + 2) * a2);
    double d = 3 * n + 2 * (1 - g), c1 = g / d, c2 = (n - g) / d, c3 = (n + 2 - g) / d;
    double e = 1 - a2 / n, w0 = 1 + c1 * b, w1 = 1 - c2 * b, w2 = 1 - c3 * b;
    double ratio = fabs(w1) < 1e-10 && fabs(e) < 1e-10 ? 1 : e / w1;
    double rho = ratio * ratio * w0 / w2 / n;
    joint->df2 = 4 + (n + 2) / (n * rho - 1);
    if (q > 1) /* with one row the scale is 1 */
        joint->f *= joint->df2 * e / (joint->df2 - 2);
    return FP_OK;
}

static fp_status join(const frame *f, fp_lmm_df method, ptrdiff_t count, const double *l,
                      const double *estimate, fp_arena *scratch, fp_lmm_joint *joint, fp_err *err)
{
    turned t;
    FP_TRY(turn(f, count, l, estimate, scratch, &t, err));
    *joint = (fp_lmm_joint){.f = t.f, .df1 = (double)t.rank, .df2 = ((double)INFINITY)};
    if (method == FP_LMM_DF_SATTERTHWAITE)
        joint->df2 = df_together(f, method, &t);
    if (method == FP_LMM_DF_KR && t.rank > 0)
        FP_TRY(scale_kr(f, &t, scratch, joint, err));
    joint->p = fp_f_upper(joint->f, joint->df1, joint->df2);
    return FP_OK;
}

static fp_status contrast(const fp_lmm_fit *fit, fp_lmm_df method, ptrdiff_t count, const double *l,
                          fp_arena *scratch, double *estimate, double *se, double *df,
                          fp_lmm_joint *joint, fp_err *err)
{
    frame f;
    double *row;
    bool all = true;
    FP_TRY(open_frame(fit, method, scratch, &f, err));
    FP_ARRAY(row, scratch, count * f.p, err);
    for (ptrdiff_t i = 0; i < count; i++) {
        double *own = row + i * f.p;
        estimate[i] = se[i] = df[i] = FP_NUM_NAN;
        if (!centre_row(fit->core, l + i * fit->p, own)) {
            all = false;
            continue;
        }
        estimate[i] = 0;
        for (ptrdiff_t j = 0; j < fit->p; j++)
            estimate[i] += isnan(fit->beta[j]) ? 0 : l[i * fit->p + j] * fit->beta[j];
        se[i] = sqrt(fmax(form(f.p, f.adjusted, own, own), 0));
        df[i] = df_of(&f, method, own);
    }
    if (joint && all)
        return join(&f, method, count, row, estimate, scratch, joint, err);
    if (joint)
        *joint = (fp_lmm_joint){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    return FP_OK;
}

#define SCRATCH (4 * FP_GIB)

fp_status fp_lmm_contrast(const fp_lmm_fit *fit, fp_lmm_df method, ptrdiff_t count, const double *l,
                          double *estimate, double *se, double *df, fp_lmm_joint *joint,
                          fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    return contrast(fit, method, count, l, scratch, estimate, se, df, joint, err);
}

fp_status fp_lmm_covariance(const fp_lmm_fit *fit, fp_lmm_df method, fp_arena *arena,
                            const double **var, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH, err);
    frame f;
    double *out;
    FP_TRY(open_frame(fit, method == FP_LMM_DF_KR ? method : FP_LMM_DF_Z, scratch, &f, err));
    FP_ARRAY(out, arena, fit->p * fit->p, err);
    fp_lmm_uncentre(fit->core, f.adjusted, 1, out);
    *var = out;
    return FP_OK;
}
