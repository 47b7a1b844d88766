#include "figure/km_priv.h"

#include <math.h>
#include <string.h>

#include "stats/dist.h"

fp_figure_km_options fp_figure_km_defaults(void)
{
    return (fp_figure_km_options){.conf_type = FP_CONF_LOG,
                                  .level = 0.95,
                                  .bands = true,
                                  .ticks = true,
                                  .risk_table = true,
                                  .x_label = "Time",
                                  .y_label = "Survival",
                                  .risk_label = "Number at risk"};
}

ptrdiff_t fp_km_within(const fp_km_curve *curve, double horizon)
{
    return fp_step_within(curve->time, curve->length, horizon);
}

double fp_km_last(const fp_km_plot *plot, ptrdiff_t i)
{
    ptrdiff_t n = fp_km_within(plot->curves[i].curve, plot->horizon);
    return n ? plot->series[i].value[n - 1] : fp_km_start(plot);
}

double fp_km_at_risk(const fp_km_curve *curve, double time)
{
    ptrdiff_t i = fp_step_at_tick(curve->time, curve->length, time);
    return i < curve->length ? curve->at_risk[i] : 0.0;
}

void fp_km_count_text(double value, const fp_numstyle *style, char *out, size_t size)
{
    double tenths = fabs(value - nearbyint(value));
    fp_num_format(value, tenths > 1e-6 ? 1 : 0, style, out, size);
}

static fp_status check(const fp_figure_km_options *options, const fp_figure_curve *curves,
                       ptrdiff_t count, fp_err *err)
{
    bool hazard = options->kind == FP_KM_HAZARD;
    if (count < 1 || !curves)
        return fp_fail(err, FP_ARG, "a survival figure needs at least one curve");
    if (count > FP_FIGURE_MAX_CURVES) {
        (void)fp_fail(err, FP_INPUT, "%td curves cannot be told apart in one figure: at most %d",
                      count, FP_FIGURE_MAX_CURVES);
        return fp_hint(err, FP_INPUT, "use fewer groups, or leave --plot out");
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        const fp_km_curve *curve = curves[i].curve;
        if (!curve)
            return fp_fail(err, FP_ARG, "curve %td of a survival figure is absent", i + 1);
        if (hazard && curve->length && !(curve->hazard && curve->hazard_se))
            return fp_fail(err, FP_ARG, "curve %td of a figure of hazards has none", i + 1);
    }
    if (hazard && !(options->level > 0 && options->level < 1))
        return fp_fail(err, FP_ARG, "a level lies between 0 and 1, not at %g", options->level);
    return FP_OK;
}

/* What to draw of each curve; the bounds of hazards are made here. */
static fp_status take_series(fp_km_plot *plot, fp_arena *arena, fp_err *err)
{
    const fp_figure_km_options *o = plot->options;
    fp_km_series *series;
    FP_ARRAY(series, arena, plot->count, err);
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_km_curve *curve = plot->curves[i].curve;
        series[i] = (fp_km_series){curve->survival, curve->lower, curve->upper};
        if (o->kind != FP_KM_HAZARD)
            continue;
        double *lower, *upper;
        FP_ARRAY(lower, arena, curve->length, err);
        FP_ARRAY(upper, arena, curve->length, err);
        fp_km_hazard_bounds(curve, o->conf_type, o->level, lower, upper);
        series[i] = (fp_km_series){curve->hazard, lower, upper};
    }
    plot->series = series;
    return FP_OK;
}

static bool any_band(const fp_km_plot *plot)
{
    for (ptrdiff_t i = 0; plot->bands && i < plot->count; i++) {
        ptrdiff_t n = fp_km_within(plot->curves[i].curve, plot->horizon);
        for (ptrdiff_t j = 0; j < n; j++)
            if (isfinite(plot->series[i].upper[j]))
                return true;
    }
    return false;
}

/* How the bands of hazards were made. */
static void describe_bands(const fp_km_plot *plot, fp_buf *desc)
{
    char number[512];
    const fp_figure_km_options *o = plot->options;
    if (o->kind != FP_KM_HAZARD || !any_band(plot))
        return;
    fp_buf_printf(desc, " The bands are %.10g%% intervals at each time, ", 100 * o->level);
    if (o->conf_type == FP_CONF_LOGLOG) {
        fp_buf_put(desc, "made on the log scale of the hazard.");
        return;
    }
    fp_num_format(fp_normal_quantile((1 + o->level) / 2), 2, plot->style, number, sizeof number);
    fp_buf_printf(desc, "the estimate \xc2\xb1 %s standard errors, cut at 0.", number);
}

/* A value at the end of a line: "53%", "0.53", "1.27". */
static void put_last(const fp_km_plot *plot, ptrdiff_t i, fp_buf *desc)
{
    char number[512];
    fp_figure_km_kind kind = plot->options->kind;
    double last = fp_km_last(plot, i);
    int decimals = kind == FP_KM_EVENTS   ? 0
                   : kind == FP_KM_HAZARD ? fp_svg_decimals(plot->y_step) + 1
                                          : 2;
    fp_num_format(kind == FP_KM_EVENTS ? 100 * (1 - last) : last, decimals, plot->style, number,
                  sizeof number);
    fp_buf_printf(desc, "%s%s", number, kind == FP_KM_EVENTS ? "%" : "");
}

/* "Survival curves of 2 groups from 0 to 350. At the end: with IPS 53%, ..." */
static void describe(const fp_km_plot *plot, fp_buf *desc)
{
    char number[512];
    fp_figure_km_kind kind = plot->options->kind;
    fp_km_count_text(plot->horizon, plot->style, number, sizeof number);
    fp_buf_printf(desc, "%s by time from 0 to %s, by %s: %td %s. At the end of the line:",
                  kind == FP_KM_EVENTS   ? "Cumulative percentage"
                  : kind == FP_KM_HAZARD ? "Cumulative hazard"
                                         : "Survival probability",
                  number, kind == FP_KM_HAZARD ? "Nelson-Aalen" : "Kaplan-Meier", plot->count,
                  plot->count == 1 ? "curve" : "curves");
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const char *label = plot->curves[i].label;
        fp_buf_printf(desc, "%s %s ", i ? ";" : "", label ? label : "");
        put_last(plot, i, desc);
    }
    fp_buf_put_char(desc, '.');
    describe_bands(plot, desc);
}

fp_status fp_figure_km(const fp_figure_km_options *options, const fp_figure_curve *curves,
                       ptrdiff_t count, fp_buf *out, fp_err *err)
{
    fp_figure_km_options defaults = fp_figure_km_defaults();
    if (!options)
        options = &defaults;
    FP_TRY(check(options, curves, count, err));
    fp_km_plot plot = {.options = options, .curves = curves, .count = count};
    FP_TRY(fp_svg_check(&options->frame, 720, &plot.width, err));
    plot.style = fp_svg_numstyle(&options->frame);
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_TRY(take_series(&plot, scratch, err));
    FP_TRY(fp_km_plan(&plot, scratch, err));
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&plot, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, plot.width, plot.height,
                options->kind == FP_KM_HAZARD ? "Nelson-Aalen cumulative hazard"
                                              : "Kaplan-Meier curves",
                fp_buf_str(&desc));
    FP_TRY(fp_km_draw(&plot, out, err));
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}

fp_status fp_figure_km_result(const fp_figure_km_options *options, const fp_result *result,
                              fp_buf *out, fp_err *err)
{
    fp_figure_curve *curves;
    fp_figure_km_options own = options ? *options : fp_figure_km_defaults();
    if (result->level > 0)
        own.level = result->level;
    if (result->conf_type && strcmp(result->conf_type, "log-log") == 0)
        own.conf_type = FP_CONF_LOGLOG;
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    FP_ARRAY(curves, scratch, result->stratum_count, err);
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        curves[i] =
            (fp_figure_curve){.label = result->strata[i].label, .curve = &result->strata[i].curve};
    return fp_figure_km(&own, curves, result->stratum_count, out, err);
}
