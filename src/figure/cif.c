#include "figure/cif_priv.h"

#include <math.h>
#include <stdio.h>

#define MOST_BANDS 21

fp_figure_cif_options fp_figure_cif_defaults(void)
{
    return (fp_figure_cif_options){.x_label = "Time",
                                   .y_label = "Share of all people, by what happened first",
                                   .free_label = "no event yet",
                                   .risk_label = "Followed and without an event"};
}

double fp_cif_sum(const fp_cif_curves *curves, int32_t k, ptrdiff_t i)
{
    double sum = 0;
    for (int32_t j = 0; i >= 0 && j < k; j++)
        sum += curves->cif[i + j * curves->length];
    return fmin(sum, 1);
}

const char *fp_cif_name(const fp_cif_plot *plot, int32_t k)
{
    const char *name = k < plot->cause_count ? plot->causes[k] : plot->options->free_label;
    return name ? name : "";
}

static void share_text(const fp_cif_plot *plot, const fp_cif_curves *curves, int32_t k, char *out,
                       size_t size)
{
    ptrdiff_t last = fp_step_within(curves->time, curves->length, plot->horizon) - 1;
    double share = k < plot->cause_count
                       ? fp_cif_sum(curves, k + 1, last) - fp_cif_sum(curves, k, last)
                       : 1 - fp_cif_sum(curves, k, last);
    char number[64];
    fp_num_format(100 * share, 0, plot->style, number, sizeof number);
    (void)snprintf(out, size, "%s%%", number);
}

void fp_cif_share(const fp_cif_plot *plot, const fp_cif_curves *curves, int32_t k, char *out,
                  size_t size)
{
    char share[80];
    share_text(plot, curves, k, share, sizeof share);
    if (plot->named)
        (void)snprintf(out, size, "%s %s", share, fp_cif_name(plot, k));
    else
        (void)snprintf(out, size, "%s", share);
}

static fp_status check(const fp_figure_cif_panel *panels, ptrdiff_t count, int32_t causes,
                       fp_err *err)
{
    if (count < 1 || !panels || causes < 1)
        return fp_fail(err, FP_ARG, "a figure of incidences needs a panel and a cause");
    if (count > FP_FIGURE_MAX_CIF) {
        (void)fp_fail(err, FP_INPUT, "%td groups are too many for one figure: at most %d", count,
                      FP_FIGURE_MAX_CIF);
        return fp_hint(err, FP_INPUT, "use fewer groups, or leave --plot out");
    }
    if (causes >= MOST_BANDS)
        return fp_fail(err, FP_INPUT, "%d causes cannot be told apart in one figure: at most %d",
                       (int)causes, MOST_BANDS - 1);
    for (ptrdiff_t i = 0; i < count; i++)
        if (!panels[i].curves || panels[i].curves->causes < causes)
            return fp_fail(err, FP_ARG, "panel %td of a figure of incidences has no curves", i + 1);
    return FP_OK;
}

/* ---- layout ---- */

static void choose_horizon(fp_cif_plot *plot)
{
    double last = 0;
    plot->horizon = plot->options->horizon;
    if (plot->horizon > 0 && isfinite(plot->horizon))
        return;
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_cif_curves *curves = plot->panels[i].curves;
        if (curves->length && isfinite(curves->time[curves->length - 1]))
            last = fmax(last, curves->time[curves->length - 1]);
    }
    plot->horizon = last > 0 ? last : 1;
}

static double widest_label(fp_cif_plot *plot, bool named)
{
    double widest = 0;
    plot->named = named;
    for (ptrdiff_t i = 0; i < plot->count; i++)
        for (int32_t k = 0; k <= plot->cause_count; k++) {
            char text[512];
            fp_cif_share(plot, plot->panels[i].curves, k, text, sizeof text);
            widest = fmax(widest, fp_svg_width(fp_str_of(text), named));
        }
    return widest;
}

static double number_width(const fp_cif_plot *plot, double value)
{
    char text[64];
    fp_num_format(value, 0, plot->style, text, sizeof text);
    return fp_svg_width(fp_str_of(text), false);
}

/* Side by side where there is room for plots of a fair width. */
static void plan_columns(fp_cif_plot *plot)
{
    double axis = ceil(fp_svg_width(FP_STR("100%"), false) + 12);
    plot->left = axis;
    plot->gap = 24;
    plot->across = plot->count > 1 && plot->width >= 640 ? 2 : 1;
    plot->panel = (plot->width - plot->gap * (double)(plot->across - 1)) / (double)plot->across;
    double wide = widest_label(plot, true) + 20;
    if (wide > 0.4 * plot->panel || plot->cause_count > 5)
        wide = widest_label(plot, false) + 20;
    plot->label = ceil(wide);
    plot->right = floor(plot->panel - plot->label);
}

static void plan_ticks(fp_cif_plot *plot)
{
    double wide = plot->right - plot->left, number = number_width(plot, plot->horizon) + 16;
    double risk = 0;
    plot->x_step = fp_svg_step(plot->horizon, floor(wide / fmax(number, 46)));
    double given = plot->options->x_step;
    if (given > 0 && plot->horizon / given <= 60)
        plot->x_step = given;
    for (ptrdiff_t i = 0; plot->options->risk_label && i < plot->count; i++)
        if (plot->panels[i].curves->length)
            risk = fmax(risk, number_width(plot, plot->panels[i].curves->at_risk[0]) + 12);
    double apart = plot->x_step / plot->horizon * wide;
    plot->stride = (ptrdiff_t)fmax(1, ceil(fmax(number - 6, risk) / apart));
}

static bool has_text(const char *text)
{
    return text && text[0];
}

static void plan_heights(fp_cif_plot *plot)
{
    const fp_figure_cif_options *o = plot->options;
    ptrdiff_t head = 0, lines = 1;
    if (has_text(o->y_label))
        head = fp_svg_wrap_count(fp_str_of(o->y_label), plot->width, false);
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        ptrdiff_t n = fp_svg_wrap_count(fp_str_of(plot->panels[i].label), plot->panel, true);
        lines = n > lines ? (n < 2 ? n : 2) : lines;
    }
    plot->top = FP_SVG_LINE * (double)head + (head ? 6 : 0);
    plot->head = FP_SVG_LINE * (double)lines + 14;
    plot->plot = fmin(fmax(round(0.72 * (plot->right - plot->left)), 190), 300);
    plot->below = 22 + (has_text(o->x_label) ? 20 : 0) +
                  (has_text(o->risk_label) ? 2 * FP_SVG_LINE + 6 : 0) + 14;
    ptrdiff_t rows = (plot->count + plot->across - 1) / plot->across;
    double panel = plot->head + plot->plot + plot->below;
    plot->key_top = plot->top + panel * (double)rows;
    plot->height = plot->key_top;
    if (!plot->named)
        plot->height += (FP_SVG_LINE + 6) * (double)(plot->cause_count + 1) + 4;
}

/* ---- the whole ---- */

static void describe(const fp_cif_plot *plot, fp_buf *desc)
{
    char number[64];
    fp_num_format(plot->horizon, 0, plot->style, number, sizeof number);
    fp_buf_printf(desc,
                  "Cumulative incidence by time from 0 to %s, by Aalen-Johansen: bands stacked to "
                  "100%%, %td %s. At the end:",
                  number, plot->count, plot->count == 1 ? "panel" : "panels");
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        fp_buf_printf(desc, "%s %s:", i ? ";" : "",
                      plot->panels[i].label ? plot->panels[i].label : "");
        for (int32_t k = 0; k <= plot->cause_count; k++) {
            char share[80];
            share_text(plot, plot->panels[i].curves, k, share, sizeof share);
            fp_buf_printf(desc, "%s %s %s", k ? "," : "", fp_cif_name(plot, k), share);
        }
    }
    fp_buf_put_char(desc, '.');
}

fp_status fp_figure_cif(const fp_figure_cif_options *options, const fp_figure_cif_panel *panels,
                        ptrdiff_t count, const char *const *causes, int32_t cause_count,
                        fp_buf *out, fp_err *err)
{
    fp_figure_cif_options defaults = fp_figure_cif_defaults();
    if (!options)
        options = &defaults;
    FP_TRY(check(panels, count, cause_count, err));
    const fp_figure_frame *frame = &options->frame;
    fp_cif_plot plot = {.options = options,
                        .panels = panels,
                        .count = count,
                        .causes = causes,
                        .cause_count = cause_count,
                        .id = frame->id ? frame->id : "figure",
                        .style = fp_svg_numstyle(frame)};
    FP_TRY(fp_svg_check(frame, 960, &plot.width, err));
    choose_horizon(&plot);
    plan_columns(&plot);
    plan_ticks(&plot);
    plan_heights(&plot);
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&plot, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, frame, plot.width, plot.height, "Cumulative incidence of competing events",
                fp_buf_str(&desc));
    fp_cif_patterns(&plot, out);
    FP_TRY(fp_cif_draw(&plot, out, err));
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}

fp_status fp_figure_cif_result(const fp_figure_cif_options *options, const fp_result *result,
                               fp_buf *out, fp_err *err)
{
    fp_figure_cif_panel *panels;
    if (result->cause_count < 1)
        return fp_fail(err, FP_INPUT, "nothing to draw: nobody had an event");
    FP_ARENA_SCOPED(scratch, 16 * FP_MIB, err);
    FP_ARRAY(panels, scratch, result->cif_count, err);
    for (ptrdiff_t i = 0; i < result->cif_count; i++)
        panels[i] = (fp_figure_cif_panel){result->cif[i].label, &result->cif[i].curves};
    return fp_figure_cif(options, panels, result->cif_count, result->cause, result->cause_count,
                         out, err);
}
