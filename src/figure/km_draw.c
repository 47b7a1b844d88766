#include "figure/km_priv.h"

#include <math.h>
#include <stdio.h>

/* The jumps of points from..to-1 of a series; from < 0 starts at time 0. */
static ptrdiff_t collect(const fp_km_plot *plot, const fp_km_curve *curve, const double *series,
                         ptrdiff_t from, ptrdiff_t to, fp_svg_jump *steps)
{
    ptrdiff_t n = 0;
    if (from < 0)
        n = fp_svg_step_add(steps, n, plot->left, fp_km_y(plot, fp_km_start(plot)));
    for (ptrdiff_t i = from < 0 ? 0 : from; i < to; i++)
        n = fp_svg_step_add(steps, n, fp_km_x(plot, curve->time[i]), fp_km_y(plot, series[i]));
    return n;
}

static double end_of(const fp_km_plot *plot, const fp_km_curve *curve)
{
    return fp_km_x(plot, fmin(curve->time[curve->length - 1], plot->horizon));
}

static bool has_bounds(const fp_km_series *series, ptrdiff_t i)
{
    return isfinite(series->lower[i]) && isfinite(series->upper[i]);
}

/* One piece of a band for every run of points at which both bounds are defined. */
static void draw_band(const fp_km_plot *plot, ptrdiff_t i, const char *colour, fp_svg_jump *upper,
                      fp_svg_jump *lower, fp_buf *out)
{
    const fp_km_curve *curve = plot->curves[i].curve;
    const fp_km_series *series = &plot->series[i];
    ptrdiff_t n = fp_km_within(curve, plot->horizon), pieces = 0;
    for (ptrdiff_t from = 0, to; from < n; from = to + 1) {
        for (to = from; to < n && has_bounds(series, to);)
            to++;
        if (to == from)
            continue;
        double end = to < n ? fp_km_x(plot, curve->time[to]) : end_of(plot, curve);
        ptrdiff_t start = from ? from : -1;
        fp_buf_put(out, pieces++ ? "" : "<path d=\"");
        fp_svg_step_forward(out, upper, collect(plot, curve, series->upper, start, to, upper), end);
        fp_svg_step_back(out, lower, collect(plot, curve, series->lower, start, to, lower));
    }
    if (pieces)
        fp_buf_printf(out, "\" fill=\"%s\" fill-opacity=\"0.15\"/>\n", colour);
}

static void draw_curve(const fp_km_plot *plot, ptrdiff_t i, fp_svg_look look, fp_svg_jump *steps,
                       fp_buf *out)
{
    const fp_km_curve *curve = plot->curves[i].curve;
    ptrdiff_t n =
        collect(plot, curve, plot->series[i].value, -1, fp_km_within(curve, plot->horizon), steps);
    fp_buf_put(out, "<path d=\"");
    fp_svg_step_forward(out, steps, n, end_of(plot, curve));
    fp_buf_printf(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"", look.colour);
    if (look.dash[0])
        fp_buf_printf(out, " stroke-dasharray=\"%s\"", look.dash);
    fp_buf_put(out, "/>\n");
}

/* Censoring ticks, at most one every 1.5 px. */
static void draw_ticks(const fp_km_plot *plot, ptrdiff_t k, const char *colour, fp_buf *out)
{
    const fp_km_curve *curve = plot->curves[k].curve;
    ptrdiff_t n = fp_km_within(curve, plot->horizon), ticks = 0;
    double last = -HUGE_VAL;
    for (ptrdiff_t i = 0; i < n; i++) {
        double x = fp_km_x(plot, curve->time[i]);
        if (curve->censored[i] <= 0 || x - last < 1.5)
            continue;
        fp_buf_put(out, ticks++ ? "" : "<path d=\"");
        fp_svg_verb(out, 'M', x);
        fp_svg_verb(out, ' ', fp_km_y(plot, plot->series[k].value[i]) - 4);
        fp_buf_put(out, "v8");
        last = x;
    }
    if (ticks)
        fp_buf_printf(out, "\" fill=\"none\" stroke=\"%s\"/>\n", colour);
}

static void draw_grid(const fp_km_plot *plot, fp_buf *out)
{
    bool percent = plot->options->kind == FP_KM_EVENTS;
    double unit = percent ? 100 : 1;
    int decimals = fp_svg_decimals(plot->y_step * unit);
    ptrdiff_t n = (ptrdiff_t)floor(plot->y_max / plot->y_step + 1e-9);
    for (ptrdiff_t i = 0; i <= n; i++) {
        char number[512], text[520];
        double value = (double)i * plot->y_step;
        double y = fp_km_y(plot, percent ? 1 - value : value);
        fp_num_format(value * unit, i ? decimals : 0, plot->style, number, sizeof number);
        (void)snprintf(text, sizeof text, "%s%s", number, percent ? "%" : "");
        if (i)
            fp_svg_line(out, plot->left, y, plot->right, y, FP_SVG_GRID, 1, "");
        fp_svg_text(out, plot->left - 8, y + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'},
                    fp_str_of(text));
    }
}

static ptrdiff_t tick_count(const fp_km_plot *plot)
{
    return (ptrdiff_t)floor(plot->horizon / plot->x_step + 1e-9) + 1;
}

static void draw_axes(const fp_km_plot *plot, fp_buf *out)
{
    const fp_figure_km_options *o = plot->options;
    int decimals = fp_svg_decimals(plot->x_step);
    fp_svg_line(out, plot->left, plot->bottom, plot->right, plot->bottom, FP_SVG_INK, 1, "");
    for (ptrdiff_t i = 0; i < tick_count(plot); i++) {
        double time = (double)i * plot->x_step, x = fp_km_x(plot, time);
        fp_svg_line(out, x, plot->bottom, x, plot->bottom + 4, FP_SVG_INK, 1, "");
        if (i % plot->stride == 0)
            fp_svg_text_number(out, x, plot->bottom + 19, (fp_svg_type){.anchor = 'm'}, time,
                               i ? decimals : 0, plot->style);
    }
    if (o->x_label && o->x_label[0])
        fp_svg_text_fit(out, (plot->left + plot->right) / 2, plot->bottom + 42,
                        plot->right - plot->left + 60, (fp_svg_type){.anchor = 'm'},
                        fp_str_of(o->x_label));
    if (o->y_label && o->y_label[0])
        (void)fp_svg_text_wrap(out, 0, 14, plot->width, 100, (fp_svg_type){.anchor = 's'},
                               fp_str_of(o->y_label));
}

static void draw_names(const fp_km_plot *plot, fp_buf *out)
{
    for (ptrdiff_t i = 0; i < plot->name_count; i++) {
        const fp_km_name *name = &plot->names[i];
        const fp_figure_curve *curve = &plot->curves[name->curve];
        fp_svg_look look = fp_svg_look_of(curve->look, name->curve);
        double x = plot->right + 6;
        if (name->end_x < plot->right - 6)
            fp_svg_line(out, name->end_x + 5, name->end_y, x, name->end_y, look.colour, 1, "1 4");
        fp_svg_line(out, x, name->end_y, x + 12, name->at, look.colour, 1, "");
        (void)fp_svg_text_wrap(out, x + 15, name->at - name->height / 2 + 9 + FP_SVG_CAP,
                               plot->name_width, 3, (fp_svg_type){.anchor = 's'},
                               fp_str_of(curve->label));
    }
}

static void draw_numbers(const fp_km_plot *plot, const fp_km_curve *curve, double y, fp_buf *out)
{
    for (ptrdiff_t i = 0; i < tick_count(plot); i += plot->stride) {
        char text[512];
        double time = (double)i * plot->x_step;
        fp_km_count_text(fp_km_at_risk(curve, time), plot->style, text, sizeof text);
        fp_svg_text(out, fp_km_x(plot, time), y, (fp_svg_type){.anchor = 'm'}, fp_str_of(text));
    }
}

/* The rows under the curve: a piece of the line, its name, and the number at risk at the ticks. */
static void draw_rows(const fp_km_plot *plot, fp_buf *out)
{
    const fp_figure_km_options *o = plot->options;
    double y = plot->rows_top;
    if (o->risk_table)
        fp_svg_text_fit(out, 0, y, plot->width, (fp_svg_type){.anchor = 's', .bold = true},
                        fp_str_of(o->risk_label));
    else
        y -= FP_SVG_LINE;
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        fp_svg_look look = fp_svg_look_of(plot->curves[i].look, i);
        double number = plot->left - 34;
        y += FP_SVG_LINE + (o->risk_table && !plot->beside ? 5 : 0);
        fp_svg_line(out, 0, y - FP_SVG_CAP, 22, y - FP_SVG_CAP, look.colour, 2, look.dash);
        fp_svg_text_fit(out, 28, y, plot->beside ? fmax(number, 40) : plot->width - 28,
                        (fp_svg_type){.anchor = 's'}, fp_str_of(plot->curves[i].label));
        if (o->risk_table && !plot->beside)
            y += FP_SVG_LINE - 1;
        if (o->risk_table)
            draw_numbers(plot, plot->curves[i].curve, y, out);
    }
}

/* Room for the jumps of the longest curve. */
static fp_status make_steps(const fp_km_plot *plot, fp_arena *arena, fp_svg_jump **steps,
                            fp_err *err)
{
    ptrdiff_t longest = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++)
        if (plot->curves[i].curve->length > longest)
            longest = plot->curves[i].curve->length;
    FP_ARRAY(*steps, arena, longest + 1, err);
    return FP_OK;
}

fp_status fp_km_draw(const fp_km_plot *plot, fp_buf *out, fp_err *err)
{
    fp_svg_jump *upper, *lower;
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    FP_TRY(make_steps(plot, scratch, &upper, err));
    FP_TRY(make_steps(plot, scratch, &lower, err));
    draw_grid(plot, out);
    for (int layer = 0; layer < 3; layer++)
        for (ptrdiff_t i = 0; i < plot->count; i++) {
            fp_svg_look look = fp_svg_look_of(plot->curves[i].look, i);
            if (!plot->curves[i].curve->length)
                continue;
            if (layer == 0 && plot->bands)
                draw_band(plot, i, look.colour, upper, lower, out);
            if (layer == 1)
                draw_curve(plot, i, look, upper, out);
            if (layer == 2 && plot->options->ticks)
                draw_ticks(plot, i, look.colour, out);
        }
    draw_axes(plot, out);
    if (plot->direct)
        draw_names(plot, out);
    if (plot->rows)
        draw_rows(plot, out);
    return FP_OK;
}
