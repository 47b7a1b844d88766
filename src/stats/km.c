#include "stats/km.h"

#include <float.h>
#include <math.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/dist.h"
#include "stats/km_priv.h"

fp_km_options fp_km_defaults(void)
{
    return (fp_km_options){.conf_type = FP_CONF_LOG, .level = 0.95};
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
    const double *time, *at_risk, *event, *censored;
    double *survival, *se, *hazard, *hazard_se;
} curve_work;

/* docs/methods/kaplan-meier.md eq. 1, 2 and 5. A product, so that the curve falls exactly to 0.
 * Quotients before products: weights may be as small or large as numbers get. */
static void product_limit(curve_work *w)
{
    double survival = 1, greenwood = 0, hazard = 0, variance = 0;
    for (ptrdiff_t k = 0; k < w->length; k++) {
        double y = w->at_risk[k], d = w->event[k];
        if (d > 0) {
            survival *= (y - d) / y;
            greenwood += y > d ? d / y / (y - d) : HUGE_VAL;
            hazard += d / y;
            variance += d / y / y;
        }
        w->survival[k] = survival;
        w->se[k] = survival > 0 ? survival * sqrt(greenwood) : FP_NUM_NAN;
        w->hazard[k] = hazard;
        w->hazard_se[k] = sqrt(variance);
    }
}

/* eq. 6: the survival that belongs to the Nelson-Aalen estimate. */
static void exp_hazard(curve_work *w)
{
    for (ptrdiff_t k = 0; k < w->length; k++) {
        w->survival[k] = exp(-w->hazard[k]);
        w->se[k] = w->survival[k] * w->hazard_se[k];
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

void fp_km_hazard_bounds(const fp_km_curve *curve, fp_conf_type conf_type, double level,
                         double *lower, double *upper)
{
    double z = fp_normal_quantile((1 + level) / 2);
    for (ptrdiff_t k = 0; k < curve->length; k++) {
        double h = curve->hazard[k], reach = z * curve->hazard_se[k];
        lower[k] = upper[k] = FP_NUM_NAN;
        if (!isfinite(reach))
            continue;
        if (conf_type != FP_CONF_LOGLOG) {
            lower[k] = fmax(h - reach, 0);
            upper[k] = h + reach;
        } else if (h > 0) {
            lower[k] = h * exp(-reach / h);
            upper[k] = h * exp(reach / h);
        }
    }
}

/* The elements at which rows end. */
static fp_status take_stops(const fp_tally *tally, fp_arena *arena, curve_work *w, fp_err *err)
{
    double *time, *at_risk, *event, *censored;
    *w = (curve_work){.length = tally->length,
                      .time = tally->time,
                      .at_risk = tally->at_risk,
                      .event = tally->event,
                      .censored = tally->censored};
    if (tally->stops == tally->length)
        return FP_OK;
    FP_ARRAY(time, arena, tally->stops, err);
    FP_ARRAY(at_risk, arena, tally->stops, err);
    FP_ARRAY(event, arena, tally->stops, err);
    FP_ARRAY(censored, arena, tally->stops, err);
    w->length = 0;
    for (ptrdiff_t k = 0; k < tally->length; k++) {
        if (!(tally->event[k] + tally->censored[k] > 0))
            continue;
        time[w->length] = tally->time[k];
        at_risk[w->length] = tally->at_risk[k];
        event[w->length] = tally->event[k];
        censored[w->length++] = tally->censored[k];
    }
    w->time = time;
    w->at_risk = at_risk;
    w->event = event;
    w->censored = censored;
    return FP_OK;
}

static fp_status make_curve(const fp_tally *tally, const fp_km_options *options, fp_arena *arena,
                            fp_km_curve *curve, fp_err *err)
{
    curve_work w;
    FP_TRY(take_stops(tally, arena, &w, err));
    double **all[] = {&w.survival, &w.se, &w.hazard, &w.hazard_se};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        FP_ARRAY(*all[k], arena, w.length, err);
    product_limit(&w);
    if (options->exp_hazard)
        exp_hazard(&w);
    *curve = (fp_km_curve){.n = tally->rows,
                           .events = tally->events,
                           .length = w.length,
                           .time = w.time,
                           .at_risk = w.at_risk,
                           .event = w.event,
                           .censored = w.censored,
                           .survival = w.survival,
                           .se = w.se,
                           .hazard = w.hazard,
                           .hazard_se = w.hazard_se,
                           .exp_hazard = options->exp_hazard,
                           .robust = options->robust};
    return FP_OK;
}

typedef struct {
    const fp_km_options *options;
    double z;
    const fp_km_curve *curve;
    double *lower, *upper;
    long pieces;
} bounds_pass;

static void bounds_piece(void *context, long i)
{
    const bounds_pass *w = context;
    fp_piece part = fp_piece_of(w->curve->length, w->pieces, i);
    for (ptrdiff_t k = part.first; k < part.last; k++)
        bounds(w->options->conf_type, w->z, w->curve->survival[k], w->curve->se[k], &w->lower[k],
               &w->upper[k]);
}

static fp_status make_bounds(const fp_km_options *options, fp_arena *arena, fp_km_curve *curve,
                             fp_err *err)
{
    bounds_pass w = {options, fp_normal_quantile((1 + options->level) / 2),
                     curve,   NULL,
                     NULL,    fp_pieces(curve->length)};
    FP_ARRAY(w.lower, arena, curve->length, err);
    FP_ARRAY(w.upper, arena, curve->length, err);
    fp_parallel(options->threads, w.pieces, bounds_piece, &w);
    curve->lower = w.lower;
    curve->upper = w.upper;
    return FP_OK;
}

static fp_status make_groups(const fp_survdata *data, const int32_t *group, int32_t groups,
                             const fp_tally *tally, const fp_km_options *options, fp_arena *arena,
                             fp_km_curve *curve, fp_err *err)
{
    if (!(options->level > 0 && options->level < 1))
        return fp_fail(err, FP_ARG, "confidence level %g", options->level);
    if (!tally)
        FP_TRY(fp_tally_create(data, group, groups, options->threads, arena, &tally, err));
    for (int32_t g = 0; g < groups; g++)
        FP_TRY(make_curve(&tally[g], options, arena, &curve[g], err));
    if (options->robust)
        FP_TRY(fp_km_robust(data, group, groups, options, arena, curve, err));
    for (int32_t g = 0; g < groups; g++)
        FP_TRY(make_bounds(options, arena, &curve[g], err));
    return FP_OK;
}

fp_status fp_km_groups(const fp_survdata *data, const int32_t *group, int32_t groups,
                       const fp_tally *tally, const fp_km_options *options, fp_arena *arena,
                       fp_km_curve *curve, fp_err *err)
{
    fp_km_options defaults = fp_km_defaults();
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status =
        make_groups(data, group, groups, tally, options ? options : &defaults, arena, curve, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_km(const fp_survdata *data, const fp_km_options *options, fp_arena *arena,
                fp_km_curve *curve, fp_err *err)
{
    return fp_km_groups(data, NULL, 1, NULL, options, arena, curve, err);
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
    if (!(q > 0))
        return (fp_km_quantile){0, 0, 0};
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

void fp_km_times(const fp_km_curve *curve, const double *time, ptrdiff_t count, fp_km_time *point)
{
    ptrdiff_t k = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        fp_km_point at = fp_km_at(curve, time[i]);
        double events = 0;
        for (; k < curve->length && curve->time[k] <= time[i]; k++)
            events += curve->event[k];
        fp_km_time *p = &point[i];
        *p = (fp_km_time){.time = time[i],
                          .at_risk = at.at_risk,
                          .events = events,
                          .survival = at.survival,
                          .se = at.se,
                          .lower = at.lower,
                          .upper = at.upper,
                          .hazard = k > 0 ? curve->hazard[k - 1] : 0,
                          .hazard_se = k > 0 ? curve->hazard_se[k - 1] : 0};
        bool after = curve->length == 0 || time[i] > curve->time[curve->length - 1];
        if (after && at.survival > 0)
            p->survival = p->se = p->lower = p->upper = p->hazard = p->hazard_se = FP_NUM_NAN;
    }
}

fp_km_thin fp_km_thin_of(const fp_km_curve *curve, double few)
{
    ptrdiff_t peak = 0;
    for (ptrdiff_t k = 0; k < curve->length; k++)
        if (curve->at_risk[k] > curve->at_risk[peak])
            peak = k;
    for (ptrdiff_t k = 0; k < curve->length; k++) {
        bool ends = !(curve->survival[k] > 0) && k + 1 < curve->length;
        if (curve->event[k] > 0 && (ends || (k < peak && curve->at_risk[k] < few)))
            return (fp_km_thin){curve->time[k], curve->at_risk[k], ends};
    }
    return (fp_km_thin){FP_NUM_NAN, 0, false};
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
        if (d > 0 && (curve->exp_hazard || y > d))
            variance += area * area * (d / y / (curve->exp_hazard ? y : y - d));
    }
    return (fp_km_rmst){horizon, area + right, sqrt(variance)};
}
