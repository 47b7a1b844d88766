#include "stats/km.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/km_priv.h"
#include "stats/risk_priv.h"

fp_km_options fp_km_defaults(void)
{
    return (fp_km_options){FP_CONF_LOG, 0.95};
}

ptrdiff_t fp_count_upto(const double *values, ptrdiff_t n, double t, bool inclusive)
{
    ptrdiff_t first = 0, last = n;
    while (first < last) {
        ptrdiff_t middle = first + (last - first) / 2;
        if (values[middle] < t || (inclusive && values[middle] <= t))
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

ptrdiff_t fp_km_index(const fp_km_curve *curve, double time, bool inclusive)
{
    return fp_count_upto(curve->time, curve->length, time, inclusive) - 1;
}

typedef struct {
    ptrdiff_t length;
    double *time, *at_risk, *event, *censored, *survival, *se, *lower, *upper;
} curve_work;

/* Events, censorings and numbers at risk at every distinct time. */
static void count_rows(const fp_survdata *data, curve_work *w)
{
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double weight = fp_row_weight(data, i);
        ptrdiff_t k = fp_count_upto(w->time, w->length, data->stop[i], false);
        w->at_risk[k] += weight;
        *(data->event[i] ? &w->event[k] : &w->censored[k]) += weight;
        ptrdiff_t before =
            data->start ? fp_count_upto(w->time, w->length, data->start[i], true) : 0;
        if (before > 0)
            w->at_risk[before - 1] -= weight;
    }
    for (ptrdiff_t k = w->length - 2; k >= 0; k--)
        w->at_risk[k] += w->at_risk[k + 1];
}

/* docs/methods/kaplan-meier.md eq. 1 and 2. A product, so that the curve falls exactly to 0. */
static void product_limit(curve_work *w)
{
    double survival = 1, greenwood = 0;
    for (ptrdiff_t k = 0; k < w->length; k++) {
        double y = w->at_risk[k], d = w->event[k];
        if (d > 0) {
            survival *= (y - d) / y;
            greenwood += y > d ? d / (y * (y - d)) : HUGE_VAL;
        }
        w->survival[k] = survival;
        w->se[k] = survival > 0 ? survival * sqrt(greenwood) : FP_NUM_NAN;
    }
}

/* eq. 3: plain, log or log-log bounds of one value. */
static void bounds(fp_conf_type type, double z, double s, double se, double *lower, double *upper)
{
    *lower = *upper = FP_NUM_NAN;
    if (!(s > 0))
        return;
    if (type == FP_CONF_PLAIN) {
        *lower = fmax(s - z * se, 0);
        *upper = fmin(s + z * se, 1);
    } else if (type == FP_CONF_LOG) {
        *lower = exp(log(s) - z * se / s);
        *upper = fmin(exp(log(s) + z * se / s), 1);
    } else if (s < 1) {
        double centre = log(-log(s)), half = z * se / (s * fabs(log(s)));
        *lower = exp(-exp(centre + half));
        *upper = exp(-exp(centre - half));
    }
}

static fp_status curve_create(ptrdiff_t n, fp_arena *arena, curve_work *w, fp_err *err)
{
    double **all[] = {&w->at_risk, &w->event, &w->censored, &w->survival,
                      &w->se,      &w->lower, &w->upper};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        FP_ARRAY(*all[k], arena, n, err);
    return FP_OK;
}

static fp_status make_curve(const fp_survdata *data, const fp_km_options *options, fp_arena *arena,
                            fp_km_curve *curve, fp_err *err)
{
    fp_km_options opt = options ? *options : fp_km_defaults();
    FP_TRY(fp_survdata_check(data, err));
    if (!(opt.level > 0 && opt.level < 1))
        return fp_fail(err, FP_ARG, "confidence level %g", opt.level);
    curve_work w = {0};
    FP_ARRAY(w.time, arena, data->n, err);
    ptrdiff_t events = 0;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        w.time[i] = data->stop[i];
        events += data->event[i] != 0;
    }
    qsort(w.time, (size_t)data->n, sizeof *w.time, fp_by_value);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (w.length == 0 || w.time[i] > w.time[w.length - 1])
            w.time[w.length++] = w.time[i];
    FP_TRY(curve_create(w.length, arena, &w, err));
    count_rows(data, &w);
    product_limit(&w);
    double z = fp_normal_quantile((1 + opt.level) / 2);
    for (ptrdiff_t k = 0; k < w.length; k++)
        bounds(opt.conf_type, z, w.survival[k], w.se[k], &w.lower[k], &w.upper[k]);
    *curve = (fp_km_curve){data->n,    events,     w.length, w.time,  w.at_risk, w.event,
                           w.censored, w.survival, w.se,     w.lower, w.upper};
    return FP_OK;
}

fp_status fp_km(const fp_survdata *data, const fp_km_options *options, fp_arena *arena,
                fp_km_curve *curve, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = make_curve(data, options, arena, curve, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

/* First time at which `values` (NaN skipped) is below `level`; where it is at the level, the middle
 * of the flat piece. survfit's tolerance is the square root of the machine's. */
static double crossing(const fp_km_curve *curve, const double *values, double level)
{
    double tolerance = sqrt(DBL_EPSILON);
    for (ptrdiff_t k = 0; k < curve->length; k++) {
        if (isnan(values[k]) || values[k] >= level + tolerance)
            continue;
        if (fabs(values[k] - level) < tolerance)
            for (ptrdiff_t next = k + 1; next < curve->length; next++)
                if (values[next] < values[k])
                    return (curve->time[k] + curve->time[next]) / 2;
        return curve->time[k];
    }
    return FP_NUM_NAN;
}

fp_km_quantile fp_km_quantile_of(const fp_km_curve *curve, double q)
{
    double level = 1 - q;
    return (fp_km_quantile){crossing(curve, curve->survival, level),
                            crossing(curve, curve->lower, level),
                            crossing(curve, curve->upper, level)};
}

fp_km_point fp_km_at(const fp_km_curve *curve, double time)
{
    ptrdiff_t step = fp_km_index(curve, time, true);
    ptrdiff_t next = fp_km_index(curve, time, false) + 1;
    fp_km_point point = {.time = time, .survival = 1, .lower = 1, .upper = 1};
    point.at_risk = next < curve->length ? curve->at_risk[next] : 0;
    if (step < 0)
        return point;
    point.survival = curve->survival[step];
    point.se = curve->se[step];
    point.lower = curve->lower[step];
    point.upper = curve->upper[step];
    return point;
}

fp_km_rmst fp_km_rmst_of(const fp_km_curve *curve, double horizon)
{
    ptrdiff_t steps = fp_km_index(curve, horizon, true) + 1;
    double area = 0, variance = 0, right = horizon;
    /* from the right, because the variance needs the area from each step to the horizon: eq. 4 */
    for (ptrdiff_t k = steps - 1; k >= 0; k--) {
        double y = curve->at_risk[k], d = curve->event[k];
        area += curve->survival[k] * (right - curve->time[k]);
        right = curve->time[k];
        if (d > 0 && y > d)
            variance += area * area * d / (y * (y - d));
    }
    return (fp_km_rmst){horizon, area + right, sqrt(variance)};
}
