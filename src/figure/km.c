#include "figure/km_priv.h"

#include <math.h>

fp_figure_km_options fp_figure_km_defaults(void)
{
    return (fp_figure_km_options){.bands = true,
                                  .ticks = true,
                                  .risk_table = true,
                                  .x_label = "Time",
                                  .y_label = "Survival",
                                  .risk_label = "Number at risk"};
}

ptrdiff_t fp_km_within(const fp_km_curve *curve, double horizon)
{
    ptrdiff_t low = 0, high = curve->length;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (curve->time[middle] <= horizon)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double fp_km_last(const fp_km_curve *curve, double horizon)
{
    ptrdiff_t n = fp_km_within(curve, horizon);
    return n ? curve->survival[n - 1] : 1.0;
}

double fp_km_at_risk(const fp_km_curve *curve, double time)
{
    /* A tick is a multiple of a step and may lie a rounding error beyond the time it means. */
    ptrdiff_t i = fp_km_within(curve, nextafter(time * (1 - 1e-12), -1.0));
    return i < curve->length ? curve->at_risk[i] : 0.0;
}

void fp_km_count_text(double value, const fp_numstyle *style, char *out, size_t size)
{
    double tenths = fabs(value - nearbyint(value));
    fp_num_format(value, tenths > 1e-6 ? 1 : 0, style, out, size);
}

static fp_status check(const fp_figure_curve *curves, ptrdiff_t count, fp_err *err)
{
    if (count < 1 || !curves)
        return fp_fail(err, FP_ARG, "a survival figure needs at least one curve");
    if (count > FP_FIGURE_MAX_CURVES) {
        (void)fp_fail(err, FP_INPUT, "%td curves cannot be told apart in one figure: at most %d",
                      count, FP_FIGURE_MAX_CURVES);
        return fp_hint(err, FP_INPUT, "use fewer groups, or leave --plot out");
    }
    for (ptrdiff_t i = 0; i < count; i++)
        if (!curves[i].curve)
            return fp_fail(err, FP_ARG, "curve %td of a survival figure is absent", i + 1);
    return FP_OK;
}

/* "Survival curves of 2 groups from 0 to 350. At the end: with IPS 53%, ..." */
static void describe(const fp_km_plot *plot, fp_buf *desc)
{
    char number[512];
    bool rising = plot->options->cumulative;
    fp_km_count_text(plot->horizon, plot->style, number, sizeof number);
    fp_buf_printf(desc, "%s by time from 0 to %s, by Kaplan-Meier: %td %s. At the end of the line:",
                  rising ? "Cumulative percentage" : "Survival probability", number, plot->count,
                  plot->count == 1 ? "curve" : "curves");
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_figure_curve *curve = &plot->curves[i];
        double s = fp_km_last(curve->curve, plot->horizon);
        fp_num_format(rising ? 100 * (1 - s) : s, rising ? 0 : 2, plot->style, number,
                      sizeof number);
        fp_buf_printf(desc, "%s %s %s%s", i ? ";" : "", curve->label ? curve->label : "", number,
                      rising ? "%" : "");
    }
    fp_buf_put_char(desc, '.');
}

fp_status fp_figure_km(const fp_figure_km_options *options, const fp_figure_curve *curves,
                       ptrdiff_t count, fp_buf *out, fp_err *err)
{
    fp_figure_km_options defaults = fp_figure_km_defaults();
    if (!options)
        options = &defaults;
    FP_TRY(check(curves, count, err));
    fp_km_plot plot = {.options = options, .curves = curves, .count = count};
    FP_TRY(fp_svg_check(&options->frame, 720, &plot.width, err));
    plot.style = options->frame.numstyle ? options->frame.numstyle : &fp_numstyle_plain;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_TRY(fp_km_plan(&plot, scratch, err));
    FP_BUF_SCOPED(desc, FP_MIB);
    if (!options->frame.desc)
        describe(&plot, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, plot.width, plot.height,
                options->frame.title ? options->frame.title : "Kaplan-Meier curves",
                options->frame.desc ? fp_str_of(options->frame.desc) : fp_buf_str(&desc));
    FP_TRY(fp_km_draw(&plot, out, err));
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}

fp_status fp_figure_km_result(const fp_figure_km_options *options, const fp_result *result,
                              fp_buf *out, fp_err *err)
{
    fp_figure_curve *curves;
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    FP_ARRAY(curves, scratch, result->stratum_count, err);
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        curves[i] =
            (fp_figure_curve){.label = result->strata[i].label, .curve = &result->strata[i].curve};
    return fp_figure_km(options, curves, result->stratum_count, out, err);
}
