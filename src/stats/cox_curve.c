#include "stats/cox_curve.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_priv.h"
#include "stats/dist.h"

typedef struct {
    fp_cox_problem q;
    fp_cox_sums sums;
    const double *beta, *var; /* p; p x p */
    const double *at, *offset;
    ptrdiff_t count;
    fp_km_options options;
    double *pull;   /* length x p: Q of eq. 6 */
    double *spread; /* length: the part of the hazard in eq. 6, summed */
    double *z;      /* p: the row at hand, less the means */
    double *work;   /* p */
} curves_work;

/* What the hazard gives to eq. 6, as sums from the start of each stratum. */
static void accumulate(curves_work *w)
{
    const fp_risk *k = w->q.risk;
    ptrdiff_t m = k->length;
    memcpy(w->spread, w->sums.b0, (size_t)m * sizeof *w->spread);
    fp_risk_prefix(k, w->spread);
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        const double *s1 = w->sums.s1 + j * m, *e1 = w->sums.e1 + j * m;
        double *pull = w->pull + j * m;
        for (ptrdiff_t g = 0; g < m; g++)
            pull[g] = w->sums.b0[g] * s1[g] - w->sums.b1[g] * e1[g];
        fp_risk_prefix(k, pull);
    }
}

/* eq. 6 at element g of the grid, on the scale of the sums and for exp(eta) = 1. */
static double variance_at(const curves_work *w, ptrdiff_t g)
{
    ptrdiff_t p = w->q.p, m = w->q.risk->length;
    double sum = w->spread[g];
    for (ptrdiff_t j = 0; j < p; j++)
        w->work[j] = w->z[j] * w->sums.h[g] - w->pull[g + j * m];
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = 0; l < p; l++)
            sum += w->work[j] * w->var[j + l * p] * w->work[l];
    return fmax(sum, 0);
}

/* eq. 7, as survfit_confint() does it on the log scale of S. */
static void bounds_of(fp_conf_type type, double z, double hazard, double se, double *lower,
                      double *upper)
{
    double s = exp(-hazard);
    *lower = *upper = FP_NUM_NAN;
    if (!(s > 0) || !isfinite(se))
        return;
    if (type == FP_CONF_PLAIN) {
        *lower = fmax(s - z * se * s, 0);
        *upper = fmin(s + z * se * s, 1);
    } else if (type == FP_CONF_LOG) {
        *lower = exp(-hazard - z * se);
        *upper = fmin(exp(-hazard + z * se), 1);
    } else if (hazard > 0) {
        *lower = exp(-hazard * exp(z * se / hazard));
        *upper = exp(-hazard * exp(-z * se / hazard));
    }
}

/* Times, numbers at risk and events of a stratum, shared by its curves. */
static fp_status stratum_times(const fp_survdata *data, int32_t s, fp_arena *arena,
                               fp_cox_curve *curve, fp_err *err)
{
    fp_survdata rows;
    fp_km_curve km;
    *curve = (fp_cox_curve){0};
    FP_TRY(fp_surv_stratum(data, s, arena, &rows, err));
    if (rows.n == 0)
        return FP_OK;
    FP_TRY(fp_km(&rows, NULL, arena, &km, err));
    *curve = (fp_cox_curve){
        .length = km.length, .time = km.time, .at_risk = km.at_risk, .event = km.event};
    return FP_OK;
}

/* The curve of the row in z with linear predictor eta, in stratum s. */
static fp_status fill_curve(const curves_work *w, int32_t s, double eta, fp_arena *arena,
                            fp_cox_curve *curve, fp_err *err)
{
    const fp_risk *k = w->q.risk;
    double *hazard, *survival, *se, *lower, *upper;
    FP_ARRAY(hazard, arena, curve->length, err);
    FP_ARRAY(survival, arena, curve->length, err);
    FP_ARRAY(se, arena, curve->length, err);
    FP_ARRAY(lower, arena, curve->length, err);
    FP_ARRAY(upper, arena, curve->length, err);
    bool deaths = k->first[s + 1] - k->first[s] > 1;
    double risk = deaths ? exp(eta - w->sums.shift[s]) : 0;
    double z = fp_normal_quantile((1 + w->options.level) / 2);
    ptrdiff_t g = k->first[s];
    double h = 0, error = 0;
    for (ptrdiff_t i = 0; i < curve->length; i++) {
        bool moved = false;
        for (; g + 1 < k->first[s + 1] && k->time[g + 1] <= curve->time[i]; g++)
            moved = true;
        if (moved) {
            h = risk * w->sums.h[g];
            error = risk * sqrt(variance_at(w, g));
        }
        hazard[i] = h;
        survival[i] = exp(-h);
        se[i] = error;
        bounds_of(w->options.conf_type, z, h, error, &lower[i], &upper[i]);
    }
    curve->cumulative_hazard = hazard;
    curve->survival = survival;
    curve->se = se;
    curve->lower = lower;
    curve->upper = upper;
    return FP_OK;
}

static fp_status fill_curves(curves_work *w, fp_arena *arena, fp_cox_curve *curves, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    for (int32_t s = 0; s < w->q.risk->strata; s++) {
        fp_cox_curve shared;
        FP_TRY(stratum_times(w->q.data, s, arena, &shared, err));
        for (ptrdiff_t i = 0; i < w->count; i++) {
            double eta = w->offset ? w->offset[i] : 0;
            for (ptrdiff_t j = 0; j < p; j++) {
                w->z[j] = w->at[i + j * w->count] - w->q.mean[j];
                eta += isnan(w->beta[j]) ? 0 : w->z[j] * w->beta[j];
            }
            curves[i + s * w->count] = shared;
            FP_TRY(fill_curve(w, s, eta, arena, &curves[i + s * w->count], err));
        }
    }
    return FP_OK;
}

static fp_status make_curves(curves_work *w, const double *eta, fp_arena *arena,
                             fp_cox_curve **curves, fp_err *err)
{
    fp_risk risk;
    fp_cox_curve *made;
    FP_TRY(fp_risk_create(w->q.data, arena, &risk, err));
    w->q.risk = &risk;
    FP_TRY(fp_cox_sums_create(&w->q, arena, &w->sums, err));
    FP_ARRAY(w->pull, arena, risk.length * w->q.p, err);
    FP_ARRAY(w->spread, arena, risk.length, err);
    FP_ARRAY(w->z, arena, w->q.p, err);
    FP_ARRAY(w->work, arena, w->q.p, err);
    FP_ARRAY(made, arena, w->count * risk.strata, err);
    if (risk.events > 0) {
        fp_cox_sums_scalar(&w->q, eta, &w->sums);
        fp_cox_sums_columns(&w->q, &w->sums);
        accumulate(w);
    }
    FP_TRY(fill_curves(w, arena, made, err));
    *curves = made;
    return FP_OK;
}

fp_status fp_cox_curves(const fp_survdata *data, ptrdiff_t p, const double *x,
                        const fp_cox_fit *fit, fp_ties ties, const double *var, const double *at,
                        const double *offset, ptrdiff_t count, const fp_km_options *options,
                        fp_arena *arena, fp_cox_curve **curves, fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    curves_work w = {.q = {data, NULL, ties, p, x, fit->mean},
                     .beta = fit->beta,
                     .var = var,
                     .at = at,
                     .offset = offset,
                     .count = count,
                     .options = options ? *options : fp_km_defaults()};
    fp_status status = make_curves(&w, fit->eta, arena, curves, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, start);
    return status;
}
