#include <math.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/lmm_df_priv.h"

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
static double df_of(const fp_lmm_frame *f, fp_lmm_df method, const double *l)
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
static fp_status turn(const fp_lmm_frame *f, ptrdiff_t count, const double *l,
                      const double *estimate, fp_arena *scratch, turned *out, fp_err *err)
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
static double df_together(const fp_lmm_frame *f, fp_lmm_df method, const turned *t)
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
static fp_status scale_kr(const fp_lmm_frame *f, const turned *t, fp_arena *scratch,
                          fp_lmm_joint *joint, fp_err *err)
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
        fp_multiply(theta, f->first + i * z, p, u + i * z);
    for (ptrdiff_t i = 0; i < f->k; i++)
        for (ptrdiff_t j = 0; j < f->k; j++) {
            double ti = 0, tj = 0;
            for (ptrdiff_t c = 0; c < p; c++) {
                ti += u[i * z + c + c * p];
                tj += u[j * z + c + c * p];
            }
            a1 += f->a[i + j * f->k] * ti * tj;
            a2 += f->a[i + j * f->k] * fp_lmm_trace(p, u + i * z, u + j * z);
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

static fp_status join(const fp_lmm_frame *f, fp_lmm_df method, ptrdiff_t count, const double *l,
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
    fp_lmm_frame f;
    double *row;
    bool all = true;
    FP_TRY(fp_lmm_frame_open(fit, method, scratch, &f, err));
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
    fp_lmm_frame f;
    double *out;
    FP_TRY(fp_lmm_frame_open(fit, method == FP_LMM_DF_KR ? method : FP_LMM_DF_Z, scratch, &f, err));
    FP_ARRAY(out, arena, fit->p * fit->p, err);
    fp_lmm_uncentre(fit->core, f.adjusted, 1, out);
    *var = out;
    return FP_OK;
}
