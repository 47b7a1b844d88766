#include "figure/km_priv.h"

#include <math.h>

#include "base/num.h"

#define NAME_LINES 3
#define MOST_BANDS 6    /* more of them hide each other */
#define NAME_GAP   24.0 /* from the plot to the names, bridged by a piece of line */
#define SAMPLE     28.0 /* a piece of line before the name of a row, with the space after it */

double fp_km_x(const fp_km_plot *plot, double time)
{
    double share = fmin(fmax(time / plot->horizon, 0.0), 1.0);
    return plot->left + share * (plot->right - plot->left);
}

double fp_km_start(const fp_km_plot *plot)
{
    return plot->options->kind == FP_KM_HAZARD ? 0.0 : 1.0;
}

double fp_km_y(const fp_km_plot *plot, double value)
{
    if (plot->options->kind == FP_KM_EVENTS)
        value = 1.0 - value;
    double share = fmin(fmax(value / plot->y_max, 0.0), 1.0);
    return plot->bottom - share * (plot->bottom - plot->top);
}

static double choose_horizon(const fp_km_plot *plot)
{
    double last = 0;
    if (plot->options->horizon > 0 && isfinite(plot->options->horizon))
        return plot->options->horizon;
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_km_curve *curve = plot->curves[i].curve;
        if (curve->length && isfinite(curve->time[curve->length - 1]))
            last = fmax(last, curve->time[curve->length - 1]);
    }
    return last > 0 ? last : 1.0;
}

/* The largest share with the event, or hazard, that is drawn, bands included. */
static double highest(const fp_km_plot *plot)
{
    bool events = plot->options->kind == FP_KM_EVENTS;
    double most = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_km_curve *curve = plot->curves[i].curve;
        const fp_km_series *series = &plot->series[i];
        const double *bound = events ? series->lower : series->upper;
        ptrdiff_t n = fp_km_within(curve, plot->horizon);
        for (ptrdiff_t j = 0; j < n; j++) {
            most = fmax(most, events ? 1.0 - series->value[j] : series->value[j]);
            if (plot->bands && isfinite(bound[j]))
                most = fmax(most, events ? 1.0 - bound[j] : bound[j]);
        }
    }
    return most;
}

static void plan_y(fp_km_plot *plot)
{
    fp_figure_km_kind kind = plot->options->kind;
    double wanted = kind == FP_KM_EVENTS ? plot->options->y_max : FP_NUM_NAN;
    double most = kind == FP_KM_HAZARD         ? highest(plot)
                  : (wanted > 0 && wanted < 1) ? fmax(wanted, highest(plot))
                                               : 0;
    plot->y_max = 1;
    plot->y_step = 0.2;
    if (!(most > 0))
        return;
    plot->y_step = fp_svg_step(most, 6);
    plot->y_max = ceil(most / plot->y_step - 1e-9) * plot->y_step;
    if (kind == FP_KM_EVENTS)
        plot->y_max = fmin(plot->y_max, 1.0);
}

static double count_width(const fp_km_plot *plot, double value)
{
    char text[512];
    fp_km_count_text(value, plot->style, text, sizeof text);
    return fp_svg_width(fp_str_of(text), false);
}

/* The widest number on the y axis. */
static double axis_width(const fp_km_plot *plot)
{
    char text[512];
    if (plot->options->kind != FP_KM_HAZARD)
        return fp_svg_width(FP_STR("100%"), false);
    fp_num_format(plot->y_max, fp_svg_decimals(plot->y_step), plot->style, text, sizeof text);
    return fp_svg_width(fp_str_of(text), false);
}

/* The widest number at risk. */
static double risk_width(const fp_km_plot *plot)
{
    double widest = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++)
        widest = fmax(widest, count_width(plot, fp_km_at_risk(plot->curves[i].curve, 0)));
    return widest;
}

static double widest_label(const fp_km_plot *plot)
{
    double widest = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++)
        widest = fmax(widest, fp_svg_width(fp_str_of(plot->curves[i].label), false));
    return widest;
}

static double widest_word(const fp_km_plot *plot)
{
    double widest = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++)
        for (fp_str rest = fp_str_of(plot->curves[i].label); rest.n;) {
            fp_str word = rest;
            for (word.n = 0; word.n < rest.n && rest.p[word.n] != ' ';)
                word.n++;
            widest = fmax(widest, fp_svg_width(word, false));
            size_t used = word.n < rest.n ? word.n + 1 : word.n;
            rest = (fp_str){rest.p + used, rest.n - used};
        }
    return widest;
}

/* Margins left and right, and whether rows have their names beside their numbers. */
static void plan_margins(fp_km_plot *plot)
{
    const fp_figure_km_options *o = plot->options;
    double label = widest_label(plot), number = o->risk_table ? risk_width(plot) : 0;
    double axis = axis_width(plot) + 12;
    double row = SAMPLE + label + 12 + number / 2;
    plot->rows = o->risk_table || !plot->direct;
    plot->beside = plot->rows && o->risk_table && row <= 0.3 * plot->width;
    plot->left = ceil(fmax(axis, plot->beside ? row : number / 2));
    /* Names wrap at 22% of the width, but no word is broken below 32%. */
    double words = fmax(0.22 * plot->width, fmin(widest_word(plot), 0.32 * plot->width));
    plot->name_width = fmin(label, words) + 1;
    double last = count_width(plot, plot->horizon) / 2;
    plot->right =
        floor(plot->width - fmax(plot->direct ? NAME_GAP + plot->name_width : 0, last + 2));
}

static void plan_x(fp_km_plot *plot)
{
    double wide = plot->right - plot->left, label = count_width(plot, plot->horizon) + 16;
    double given = plot->options->x_step;
    plot->x_step = fp_svg_step(plot->horizon, floor(wide / fmax(label, 46)));
    if (given > 0 && plot->horizon / given <= 60)
        plot->x_step = given;
    double apart = plot->x_step / plot->horizon * wide;
    double need = fmax(label - 6, plot->options->risk_table ? risk_width(plot) + 10 : 0);
    plot->stride = (ptrdiff_t)fmax(1, ceil(need / apart));
}

/* Names in the order in which their lines end, top first. */
static void order_names(fp_km_plot *plot)
{
    plot->name_count = 0;
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        const fp_km_curve *curve = plot->curves[i].curve;
        if (!curve->length)
            continue;
        double end = fmin(curve->time[curve->length - 1], plot->horizon);
        ptrdiff_t lines =
            fp_svg_wrap_count(fp_str_of(plot->curves[i].label), plot->name_width, false);
        fp_km_name name = {.curve = i,
                           .end_x = fp_km_x(plot, end),
                           .end_y = fp_km_y(plot, fp_km_last(plot, i)),
                           .height =
                               FP_SVG_LINE * (double)(lines < NAME_LINES ? lines : NAME_LINES)};
        ptrdiff_t k = plot->name_count++;
        for (; k && plot->names[k - 1].end_y > name.end_y; k--)
            plot->names[k] = plot->names[k - 1];
        plot->names[k] = name;
    }
}

static fp_status spread_names(fp_km_plot *plot, fp_arena *arena, fp_err *err)
{
    double *wanted, *height, *at, *work;
    ptrdiff_t n = plot->name_count;
    FP_ARRAY(wanted, arena, n, err);
    FP_ARRAY(height, arena, n, err);
    FP_ARRAY(at, arena, n, err);
    FP_ARRAY(work, arena, 2 * n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        wanted[i] = plot->names[i].end_y;
        height[i] = plot->names[i].height;
    }
    fp_svg_spread(wanted, height, n, plot->top - 9, plot->bottom + 9, at, work);
    for (ptrdiff_t i = 0; i < n; i++)
        plot->names[i].at = at[i];
    return FP_OK;
}

static double names_height(const fp_km_plot *plot)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < plot->name_count; i++)
        sum += plot->names[i].height;
    return sum;
}

static void plan_heights(fp_km_plot *plot)
{
    const fp_figure_km_options *o = plot->options;
    ptrdiff_t head = o->y_label && o->y_label[0]
                         ? fp_svg_wrap_count(fp_str_of(o->y_label), plot->width, false)
                         : 0;
    plot->top = FP_SVG_LINE * (double)head + 14;
    plot->bottom = plot->top + fmin(fmax(round(0.44 * plot->width), 220), 400);
    double y = plot->bottom + 20 + (o->x_label && o->x_label[0] ? 22 : 0);
    if (plot->rows) {
        double line = o->risk_table && !plot->beside ? 2 * FP_SVG_LINE + 4 : FP_SVG_LINE;
        plot->rows_top = y + 30;
        y = plot->rows_top + line * (double)plot->count;
        if (!o->risk_table)
            y -= FP_SVG_LINE;
    }
    plot->height = y + 8;
}

fp_status fp_km_plan(fp_km_plot *plot, fp_arena *arena, fp_err *err)
{
    FP_ARRAY(plot->names, arena, plot->count, err);
    plot->horizon = choose_horizon(plot);
    plot->bands = plot->options->bands && plot->count <= MOST_BANDS;
    plan_y(plot);
    for (int attempt = 0; attempt < 2; attempt++) {
        /* First with names at the line ends; when they do not fit in height, without. */
        plot->direct = attempt == 0;
        plan_margins(plot);
        plan_x(plot);
        plan_heights(plot);
        order_names(plot);
        if (names_height(plot) <= plot->bottom - plot->top + 18)
            break;
    }
    return spread_names(plot, arena, err);
}
