#include "stats/rmst.h"

#include <math.h>

#include "base/num.h"
#include "stats/cox_cluster_priv.h"
#include "stats/dist.h"
#include "stats/km_priv.h"
#include "stats/risk_priv.h"

/* What the influence of a row on the mean of its group is made of, at each step of the curve. */
typedef struct {
    const fp_km_curve *curve;
    ptrdiff_t steps; /* up to the horizon */
    double *death;   /* steps: A(t) / (y - d): an event here shortens the mean by this */
    double *passed;  /* steps: sum of A d / (y (y - d)) up to here */
} influence;

typedef struct {
    const fp_survdata *data;
    const int32_t *group;
    int32_t groups;
    const fp_km_options *options;
    double horizon;
    influence *of; /* groups */
    double *cross; /* groups: covariance with the mean of group 0 */
} work;

static fp_status make_influence(const work *w, const fp_km_curve *curve, fp_arena *arena,
                                influence *out, fp_err *err)
{
    *out = (influence){.curve = curve, .steps = fp_km_index(curve, w->horizon, true) + 1};
    FP_ARRAY(out->death, arena, out->steps, err);
    FP_ARRAY(out->passed, arena, out->steps, err);
    double area = 0, right = w->horizon, sum = 0;
    for (ptrdiff_t k = out->steps - 1; k >= 0; k--) {
        double y = curve->at_risk[k], d = curve->event[k];
        double left = curve->exp_hazard ? y : y - d;
        area += curve->survival[k] * (right - curve->time[k]);
        right = curve->time[k];
        out->death[k] = left > 0 ? area / left : 0;
    }
    for (ptrdiff_t k = 0; k < out->steps; k++) {
        sum += out->death[k] * (curve->event[k] / curve->at_risk[k]);
        out->passed[k] = sum;
    }
    return FP_OK;
}

/* eq. 9 of docs/methods/kaplan-meier.md, times the weight of the row. */
static double row_influence(const work *w, ptrdiff_t i, const influence *of)
{
    const fp_km_curve *curve = of->curve;
    ptrdiff_t out = fp_km_index(curve, w->data->stop[i], true);
    ptrdiff_t in = w->data->start ? fp_km_index(curve, w->data->start[i], true) : -1;
    double event = w->data->event[i] && out < of->steps ? of->death[out] : 0;
    if (out >= of->steps)
        out = of->steps - 1;
    if (in >= of->steps)
        in = of->steps - 1;
    double seen = (out >= 0 ? of->passed[out] : 0) - (in >= 0 ? of->passed[in] : 0);
    return fp_row_weight(w->data, i) * (seen - event);
}

static int32_t group_of(const work *w, ptrdiff_t i)
{
    return w->group ? w->group[i] : 0;
}

static fp_status robust_variances(const work *w, fp_arena *arena, fp_km_rmst *mean, fp_err *err)
{
    const int32_t *cluster = w->options->cluster;
    double *sum;
    ptrdiff_t clusters = cluster ? w->options->clusters : 0;
    if (cluster)
        FP_TRY(fp_cluster_check(w->data->n, cluster, clusters, err));
    for (int32_t g = 0; g < w->groups; g++)
        mean[g].se = 0;
    FP_ARRAY(sum, arena, clusters * w->groups, err);
    for (ptrdiff_t i = 0; i < w->data->n; i++) {
        int32_t g = group_of(w, i);
        double own = row_influence(w, i, &w->of[g]);
        if (cluster)
            sum[cluster[i] * (ptrdiff_t)w->groups + g] += own;
        else
            mean[g].se += own * own;
    }
    for (ptrdiff_t c = 0; c < clusters; c++)
        for (int32_t g = 0; g < w->groups; g++) {
            double own = sum[c * w->groups + g];
            mean[g].se += own * own;
            w->cross[g] += own * sum[c * w->groups];
        }
    for (int32_t g = 0; g < w->groups; g++) {
        const fp_km_curve *curve = w->of[g].curve;
        bool one_cluster = curve->length > 0 && isnan(curve->hazard_se[0]);
        mean[g].se = one_cluster ? FP_NUM_NAN : sqrt(mean[g].se);
    }
    return FP_OK;
}

/* Nothing is tested where nothing varies. */
static double two_sided(double estimate, double se)
{
    return se > 0 ? fp_normal_two_sided(estimate / se) : FP_NUM_NAN;
}

static fp_rmst_contrast compare(const work *w, const fp_km_rmst *mean, int32_t b)
{
    const fp_km_rmst *x = &mean[0], *y = &mean[b];
    double z = fp_normal_quantile((1 + w->options->level) / 2), covariance = w->cross[b];
    fp_rmst_contrast c = {.b = b, .difference = y->estimate - x->estimate};
    double variance = x->se * x->se + y->se * y->se - 2 * covariance;
    c.difference_se = sqrt(variance < 0 ? 0 : variance); /* NaN stays */
    c.difference_lower = c.difference - z * c.difference_se;
    c.difference_upper = c.difference + z * c.difference_se;
    c.difference_p = two_sided(c.difference, c.difference_se);
    c.ratio = c.ratio_lower = c.ratio_upper = c.ratio_p = FP_NUM_NAN;
    if (!(x->estimate > 0 && y->estimate > 0))
        return c;
    double log_ratio = log(y->estimate / x->estimate), u = x->se / x->estimate,
           v = y->se / y->estimate;
    double relative = u * u + v * v - 2 * (covariance / x->estimate / y->estimate);
    double se = sqrt(relative < 0 ? 0 : relative);
    c.ratio = y->estimate / x->estimate;
    c.ratio_lower = exp(log_ratio - z * se);
    c.ratio_upper = exp(log_ratio + z * se);
    c.ratio_p = two_sided(log_ratio, se);
    return c;
}

fp_status fp_rmst(const fp_survdata *data, const int32_t *group, int32_t groups,
                  const fp_km_curve *curve, double horizon, const fp_km_options *options,
                  fp_km_rmst *mean, fp_rmst_contrast *contrast, fp_err *err)
{
    fp_km_options defaults = fp_km_defaults();
    if (!(horizon > 0 && isfinite(horizon)))
        return fp_fail(err, FP_ARG, "a restricted mean to %g", horizon);
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    work w = {data, group, groups, options ? options : &defaults, horizon, NULL, NULL};
    FP_ARRAY(w.cross, scratch, groups, err);
    for (int32_t g = 0; g < groups; g++)
        mean[g] = fp_km_rmst_of(&curve[g], horizon);
    if (w.options->robust) {
        FP_ARRAY(w.of, scratch, groups, err);
        for (int32_t g = 0; g < groups; g++)
            FP_TRY(make_influence(&w, &curve[g], scratch, &w.of[g], err));
        FP_TRY(robust_variances(&w, scratch, mean, err));
    }
    for (int32_t g = 1; g < groups; g++)
        contrast[g - 1] = compare(&w, mean, g);
    return FP_OK;
}
