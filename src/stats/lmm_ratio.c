#include <math.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/lmm_df_priv.h"

/* Ratios of variances with intervals: intraclass correlations. */

/* ---- the ratio ---- */

/* Variance of the intercepts of block b relative to sigma^2; 0 without one. `at`: its parameter. */
static double relative(const fp_lmm_core *core, const fp_lmm_ratio *ratio, ptrdiff_t b,
                       ptrdiff_t *at)
{
    ptrdiff_t i = ratio->intercept[b];
    if (i < 0)
        return 0;
    *at = core->rows.first[b] + fp_packed(i, i);
    return core->rows.scale[b][i] * core->rows.scale[b][i] * core->map.psi[*at];
}

/* The variance of the residual relative to sigma^2: of the first wave, with its derivatives. */
static fp_status residual_of(const fp_lmm_core *core, fp_arena *scratch, double *value,
                             double *slope, fp_err *err)
{
    const fp_lmm_rows *rows = &core->rows;
    ptrdiff_t size = rows->data->waves * rows->data->waves;
    double *jet;
    *value = 1;
    if (rows->data->residual == FP_LMM_INDEPENDENT)
        return FP_OK;
    FP_ARRAY(jet, scratch, fp_jet_size(rows->k_residual) * size, err);
    fp_lmm_residual_jet(rows, core->map.psi, 1, false, jet);
    *value = jet[0];
    for (ptrdiff_t l = 0; l < rows->k_residual; l++)
        slope[l] = jet[fp_jet_first(l) * size];
    return FP_OK;
}

/* Parts of the ratio: what is counted above, all, and the derivatives of both in psi. */
typedef struct {
    double above, all;
    double *above_first, *all_first; /* k */
    bool boundary;                   /* one of the variances is 0 */
} parts;

static fp_status take_parts(const fp_lmm_core *core, const fp_lmm_ratio *ratio, fp_arena *scratch,
                            parts *out, fp_err *err)
{
    *out = (parts){0};
    FP_ARRAY(out->above_first, scratch, core->rows.k, err);
    FP_ARRAY(out->all_first, scratch, core->rows.k, err);
    FP_TRY(residual_of(core, scratch, &out->all, out->all_first, err));
    for (ptrdiff_t b = 0; b < core->rows.data->blocks; b++) {
        ptrdiff_t at, i = ratio->intercept[b];
        if (i < 0)
            continue;
        double own = relative(core, ratio, b, &at);
        out->all += own;
        out->all_first[at] = core->rows.scale[b][i] * core->rows.scale[b][i];
        out->above += ratio->above[b] ? own : 0;
        out->above_first[at] = ratio->above[b] ? out->all_first[at] : 0;
        out->boundary = out->boundary || !(own > 0);
    }
    return FP_OK;
}

/* ---- one random intercept: the profile ---- */

typedef struct {
    fp_lmm_core *core;
    fp_lmm_moments moments;
    fp_lmm_criterion criterion;
    double least, z;
} profile;

/* How far the signed root of the criterion at psi is above z. */
static fp_status above_z(profile *w, double psi, double *out, fp_err *err)
{
    fp_lmm_core *core = w->core;
    FP_TRY(core->engine->evaluate(core->engine, &psi, 0, false, &w->moments, err));
    *out = (double)INFINITY;
    if (fp_lmm_criterion_at(&core->rows, core->ml, &w->moments, 0, &w->criterion))
        *out = sqrt(fmax(w->criterion.value - w->least, 0)) - w->z;
    return FP_OK;
}

enum { STEPS = 200 };
#define FARTHEST 1e12 /* relative variance that counts as infinite */

/* Where above_z() is 0 between log(psi) `near` (below) and `far` (above): secants that keep the
 * root between their ends (Illinois), or halves where one end is infinite. */
static fp_status root(profile *w, double near, double at_near, double far, double at_far,
                      double *out, fp_err *err)
{
    for (int step = 0; step < STEPS && fabs(far - near) > 1e-11; step++) {
        double share = isfinite(at_far) ? at_near / (at_near - at_far) : 0.5, value;
        double middle = near + (far - near) * share;
        FP_TRY(above_z(w, exp(middle), &value, err));
        bool beyond = value > 0;
        if (fabs(value) < 1e-10) {
            near = far = middle;
            break;
        }
        if (beyond) {
            far = middle;
            at_far = value;
            at_near /= 2;
        } else {
            near = middle;
            at_near = value;
            at_far = isfinite(at_far) ? at_far / 2 : at_far;
        }
    }
    *out = exp((near + far) / 2);
    return FP_OK;
}

/* The limit of psi on one side, from the estimate or, where that is 0, from nearly 0 upwards. */
static fp_status limit(profile *w, double psi, double sign, double *out, fp_err *err)
{
    double near = log(psi > 1e-8 ? psi : 1e-8), at_near = -w->z, step = 0.5, value;
    if (sign < 0) {
        *out = 0;
        FP_TRY(above_z(w, 0, &value, err));
        if (!(value > 0))
            return FP_OK;
    }
    for (;; step *= 2) {
        double far = near + sign * step;
        FP_TRY(above_z(w, exp(far), &value, err));
        if (value > 0)
            return root(w, near, at_near, far, value, out, err);
        if (far > log(FARTHEST)) {
            *out = (double)INFINITY;
            return FP_OK;
        }
        near = far;
        at_near = value;
    }
}

static double ratio_of(double relative_variance)
{
    return isfinite(relative_variance) ? relative_variance / (1 + relative_variance) : 1;
}

static fp_status by_profile(const fp_lmm_fit *fit, double z, fp_arena *scratch, double *lower,
                            double *upper, fp_err *err)
{
    fp_lmm_core *core = fit->core;
    double low, high, psi = core->map.psi[0], scale = core->rows.scale[0][0];
    profile w = {.core = core,
                 .moments = {.q = core->q, .k = core->rows.k},
                 .least = fit->criterion,
                 .z = z};
    FP_ARRAY(w.moments.logdet, scratch, 1, err);
    FP_ARRAY(w.moments.m, scratch, fp_packed_size(core->q), err);
    FP_TRY(fp_lmm_criterion_create(core->p, core->rows.k, scratch, &w.criterion, err));
    FP_TRY(limit(&w, psi, -1, &low, err));
    FP_TRY(limit(&w, psi, 1, &high, err));
    *lower = ratio_of(scale * scale * low);
    *upper = ratio_of(scale * scale * high);
    return FP_OK;
}

/* ---- several variances: the delta method ---- */

static fp_status by_delta(const fp_lmm_fit *fit, const parts *r, double z, fp_arena *scratch,
                          double *lower, double *upper, fp_err *err)
{
    const fp_lmm_core *core = fit->core;
    ptrdiff_t k = core->rows.k;
    double *slope, variance = 0, rest = r->all - r->above, logit = log(r->above / rest);
    fp_lmm_frame f;
    FP_TRY(fp_lmm_frame_open(fit, FP_LMM_DF_SATTERTHWAITE, scratch, &f, err));
    FP_ARRAY(slope, scratch, k, err);
    for (ptrdiff_t j = 0; j < k; j++) /* in theta; sigma drops out of the ratio */
        for (ptrdiff_t i = 0; i < k; i++)
            slope[j] +=
                (r->above_first[i] / r->above - (r->all_first[i] - r->above_first[i]) / rest) *
                core->map.first[i + j * k];
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t j = 0; j < k; j++)
            variance += slope[i] * f.a[i + j * f.k] * slope[j];
    if (!(variance > 0) || !isfinite(logit))
        return FP_OK;
    *lower = 1 / (1 + exp(-(logit - z * sqrt(variance))));
    *upper = 1 / (1 + exp(-(logit + z * sqrt(variance))));
    return FP_OK;
}

static bool is_one_intercept(const fp_lmm_data *data)
{
    return data->blocks == 1 && data->block[0].width == 1 && !data->block[0].column[0] &&
           data->residual == FP_LMM_INDEPENDENT;
}

fp_status fp_lmm_ratio_interval(const fp_lmm_fit *fit, const fp_lmm_ratio *ratio, double level,
                                double *lower, double *upper, fp_lmm_ratio_method *method,
                                fp_err *err)
{
    double z = fp_normal_quantile((1 + level) / 2);
    parts r;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    *lower = *upper = FP_NUM_NAN;
    *method = FP_LMM_RATIO_NONE;
    FP_TRY(take_parts(fit->core, ratio, scratch, &r, err));
    if (fit->state != FP_LMM_CONVERGED && fit->state != FP_LMM_SINGULAR)
        return FP_OK;
    if (is_one_intercept(fit->core->rows.data)) {
        *method = FP_LMM_RATIO_PROFILE;
        return by_profile(fit, z, scratch, lower, upper, err);
    }
    if (r.boundary) {
        *method = FP_LMM_RATIO_BOUNDARY;
        return FP_OK;
    }
    FP_TRY(by_delta(fit, &r, z, scratch, lower, upper, err));
    *method = isnan(*lower) ? FP_LMM_RATIO_NONE : FP_LMM_RATIO_DELTA;
    return FP_OK;
}
