#include <math.h>
#include <stdio.h>

#include <string.h>

#include "figure/svg_priv.h"

#define MARK  7.0 /* side of a mean's square [px] */
#define DODGE 7.0 /* between the series at one place [px] */

/* Where everything stands [px]. */
typedef struct {
    const fp_figure_means_options *options;
    const fp_figure_means_series *series;
    ptrdiff_t count;
    const fp_numstyle *style;
    double width, height, left, right, top, bottom;
    double low, high, step; /* of the y axis */
    double names;           /* width of the names at the line ends; 0 = keys below */
    double keys;            /* baseline of the first key */
} plot;

static double x_of(const plot *m, ptrdiff_t i, ptrdiff_t series)
{
    const fp_figure_means_options *o = m->options;
    double from = m->left + 16 + DODGE * (double)m->count / 2, to = m->right - (from - m->left);
    double share = o->points > 1 ? (double)i / (double)(o->points - 1) : 0.5;
    if (o->x && o->points > 1)
        share = (o->x[i] - o->x[0]) / (o->x[o->points - 1] - o->x[0]);
    return from + share * (to - from) + DODGE * ((double)series - (double)(m->count - 1) / 2);
}

static double y_of(const plot *m, double y)
{
    return m->bottom - (y - m->low) / (m->high - m->low) * (m->bottom - m->top);
}

/* ---- layout ---- */

static bool plan_range(plot *m)
{
    m->low = HUGE_VAL;
    m->high = -HUGE_VAL;
    for (ptrdiff_t k = 0; k < m->count; k++)
        for (ptrdiff_t i = 0; i < m->options->points; i++) {
            fp_svg_widen(m->series[k].mean[i], &m->low, &m->high);
            fp_svg_widen(m->series[k].lower[i], &m->low, &m->high);
            fp_svg_widen(m->series[k].upper[i], &m->low, &m->high);
        }
    if (!(m->low <= m->high))
        return false;
    if (!(m->high > m->low)) {
        m->low -= 1;
        m->high += 1;
    }
    m->step = fp_svg_step(m->high - m->low, 6);
    m->low = m->step * floor(m->low / m->step);
    m->high = m->step * ceil(m->high / m->step);
    return true;
}

static void tick_text(const plot *m, double value, char *out, size_t size)
{
    if (m->step < 1e6 && m->step > 1e-6)
        fp_num_format(value, fp_svg_decimals(m->step), m->style, out, size);
    else
        (void)snprintf(out, size, "%.3g", value);
}

static double axis_width(const plot *m)
{
    double widest = 0;
    for (double y = m->low; y < m->high + m->step / 2; y += m->step) {
        char text[512];
        tick_text(m, y, text, sizeof text);
        widest = fmax(widest, fp_svg_width(fp_str_of(text), false));
    }
    return ceil(widest) + 12;
}

static void plan(plot *m)
{
    double widest = 0;
    for (ptrdiff_t k = 0; k < m->count; k++)
        widest = fmax(widest, fp_svg_width(fp_str_of(m->series[k].label), false));
    bool beside = m->width >= 560 && m->count > 1;
    m->names = beside ? fmin(widest, 0.3 * m->width) + 4 : 0;
    m->left = axis_width(m);
    m->right = m->width - (beside ? m->names + 24 : 6);
    const char *y_label = m->options->y_label;
    double head = y_label && y_label[0]
                      ? FP_SVG_LINE * (double)fp_svg_wrap_count(fp_str_of(y_label), m->width, false)
                      : 0;
    m->top = head + 14;
    m->bottom = m->top + round(fmin(fmax(0.5 * m->width, 210), 340));
    m->keys = m->bottom + 24 + (m->options->x_label && m->options->x_label[0] ? 22 : 0) + 20;
    m->height = m->keys - 12;
    if (!beside && m->count > 1)
        m->height = m->keys + FP_SVG_LINE * (double)(m->count - 1) + 8;
}

/* ---- drawing ---- */

static void draw_axes(const plot *m, fp_buf *out)
{
    const fp_figure_means_options *o = m->options;
    double reached = -HUGE_VAL;
    for (double y = m->low; y < m->high + m->step / 2; y += m->step) {
        char text[512];
        tick_text(m, y, text, sizeof text);
        fp_svg_line(out, m->left, y_of(m, y), m->right, y_of(m, y), FP_SVG_GRID, 1, "");
        fp_svg_text(out, m->left - 8, y_of(m, y) + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'},
                    fp_str_of(text));
    }
    fp_svg_line(out, m->left, m->bottom, m->right, m->bottom, FP_SVG_INK, 1, "");
    for (ptrdiff_t i = 0; i < o->points; i++) {
        double x = (x_of(m, i, 0) + x_of(m, i, m->count - 1)) / 2;
        double half = fp_svg_width(fp_str_of(o->x_text[i]), false) / 2;
        fp_svg_line(out, x, m->bottom, x, m->bottom + 4, FP_SVG_INK, 1, "");
        if (x - half < reached + 8)
            continue;
        fp_svg_text(out, x, m->bottom + 19, (fp_svg_type){.anchor = 'm'}, fp_str_of(o->x_text[i]));
        reached = x + half;
    }
    if (o->x_label && o->x_label[0])
        fp_svg_text_fit(out, (m->left + m->right) / 2, m->bottom + 42, m->right - m->left,
                        (fp_svg_type){.anchor = 'm'}, fp_str_of(o->x_label));
    if (o->y_label && o->y_label[0])
        (void)fp_svg_text_wrap(out, 0, 14, m->width, PTRDIFF_MAX, (fp_svg_type){.anchor = 's'},
                               fp_str_of(o->y_label));
}

/* The line through the means, broken where one is unknown. */
static void draw_line(const plot *m, ptrdiff_t k, fp_svg_look look, fp_buf *out)
{
    const fp_figure_means_series *s = &m->series[k];
    bool open = false;
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < m->options->points; i++) {
        if (isfinite(s->mean[i])) {
            fp_buf_put_char(out, open ? 'L' : 'M');
            fp_svg_number(out, x_of(m, i, k));
            fp_buf_put_char(out, ' ');
            fp_svg_number(out, y_of(m, s->mean[i]));
        }
        open = isfinite(s->mean[i]);
    }
    fp_buf_printf(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"", look.colour);
    if (look.dash[0])
        fp_buf_printf(out, " stroke-dasharray=\"%s\"", look.dash);
    fp_buf_put(out, "/>\n");
}

static void draw_marks(const plot *m, ptrdiff_t k, fp_svg_look look, fp_buf *out)
{
    const fp_figure_means_series *s = &m->series[k];
    for (ptrdiff_t i = 0; i < m->options->points; i++) {
        double x = x_of(m, i, k);
        if (!isfinite(s->mean[i]))
            continue;
        if (isfinite(s->lower[i]) && isfinite(s->upper[i]))
            fp_svg_line(out, x, y_of(m, s->lower[i]), x, y_of(m, s->upper[i]), look.colour, 1.6,
                        "");
        fp_buf_put(out, "<rect");
        fp_svg_attribute(out, "x", x - MARK / 2);
        fp_svg_attribute(out, "y", y_of(m, s->mean[i]) - MARK / 2);
        fp_svg_attribute(out, "width", MARK);
        fp_svg_attribute(out, "height", MARK);
        fp_buf_printf(out, " fill=\"%s\"/>\n", look.colour);
    }
}

/* The last mean that there is; -1 = none. */
static ptrdiff_t last_of(const plot *m, ptrdiff_t k)
{
    ptrdiff_t i = m->options->points - 1;
    while (i >= 0 && !isfinite(m->series[k].mean[i]))
        i--;
    return i;
}

/* Names at the line ends, moved apart. */
static fp_status draw_names(const plot *m, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    double *wanted, *height, *at, *work;
    ptrdiff_t *order, n = 0;
    FP_ARRAY(wanted, scratch, m->count, err);
    FP_ARRAY(height, scratch, m->count, err);
    FP_ARRAY(at, scratch, m->count, err);
    FP_ARRAY(work, scratch, 2 * m->count, err);
    FP_ARRAY(order, scratch, m->count, err);
    for (ptrdiff_t k = 0; k < m->count; k++) {
        ptrdiff_t last = last_of(m, k), place = n;
        if (last < 0)
            continue;
        double y = y_of(m, m->series[k].mean[last]);
        for (; place > 0 && wanted[place - 1] > y; place--) {
            wanted[place] = wanted[place - 1];
            order[place] = order[place - 1];
        }
        wanted[place] = y;
        order[place] = k;
        n++;
    }
    for (ptrdiff_t k = 0; k < n; k++)
        height[k] = FP_SVG_LINE * (double)fp_svg_wrap_count(fp_str_of(m->series[order[k]].label),
                                                            m->names, false);
    fp_svg_spread(wanted, height, n, m->top - 8, m->bottom + 8, at, work);
    for (ptrdiff_t k = 0; k < n; k++) {
        fp_svg_look look = fp_svg_look_of(m->series[order[k]].look, order[k]);
        double from = x_of(m, last_of(m, order[k]), order[k]) + MARK / 2 + 2, x = m->right + 6;
        fp_svg_line(out, from, wanted[k], x, at[k], look.colour, 1, "1 4");
        (void)fp_svg_text_wrap(out, x + 6, at[k] - height[k] / 2 + 9 + FP_SVG_CAP, m->names, 4,
                               (fp_svg_type){.anchor = 's', .colour = look.colour},
                               fp_str_of(m->series[order[k]].label));
    }
    return FP_OK;
}

static void draw_keys(const plot *m, fp_buf *out)
{
    for (ptrdiff_t k = 0; k < m->count; k++) {
        fp_svg_look look = fp_svg_look_of(m->series[k].look, k);
        double y = m->keys + FP_SVG_LINE * (double)k;
        fp_svg_line(out, 0, y - FP_SVG_CAP, 30, y - FP_SVG_CAP, look.colour, 2, look.dash);
        fp_svg_text_fit(out, 36, y, m->width - 36, (fp_svg_type){.anchor = 's'},
                        fp_str_of(m->series[k].label));
    }
}

/* ---- words ---- */

static void describe(const plot *m, fp_buf *desc)
{
    fp_buf_put(desc, "Means with their intervals.");
    for (ptrdiff_t k = 0; k < m->count; k++) {
        fp_buf_printf(desc, " %s:", m->series[k].label);
        for (ptrdiff_t i = 0; i < m->options->points; i++) {
            char text[512];
            int decimals = fp_svg_decimals(m->step) + 1;
            fp_num_format(m->series[k].mean[i], decimals, m->style, text, sizeof text);
            fp_buf_printf(desc, "%s %s at %s", i ? "," : "", text, m->options->x_text[i]);
        }
        fp_buf_put_char(desc, '.');
    }
}

fp_status fp_figure_means(const fp_figure_means_options *options,
                          const fp_figure_means_series *series, ptrdiff_t count, fp_buf *out,
                          fp_err *err)
{
    plot m = {.options = options, .series = series, .count = count};
    if (count < 1 || options->points < 1)
        return fp_fail(err, FP_ARG, "a figure of means needs at least one");
    if (count > FP_FIGURE_MAX_MEANS) {
        (void)fp_fail(err, FP_INPUT, "%td lines of means cannot be told apart: at most %d", count,
                      FP_FIGURE_MAX_MEANS);
        return fp_hint(err, FP_INPUT, "name fewer levels left of |, or leave --plot out");
    }
    FP_TRY(fp_svg_check(&options->frame, 720, &m.width, err));
    m.style = fp_svg_numstyle(&options->frame);
    if (!plan_range(&m))
        return fp_fail(err, FP_INPUT, "nothing to draw: none of the means could be estimated");
    plan(&m);
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&m, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, m.width, m.height, "Means with intervals", fp_buf_str(&desc));
    draw_axes(&m, out);
    for (ptrdiff_t k = 0; options->x && k < count; k++)
        draw_line(&m, k, fp_svg_look_of(series[k].look, k), out);
    for (ptrdiff_t k = 0; k < count; k++)
        draw_marks(&m, k, fp_svg_look_of(series[k].look, k), out);
    if (m.names > 0)
        FP_TRY(draw_names(&m, scratch, out, err));
    else if (count > 1)
        draw_keys(&m, out);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}

/* ---- of a result ---- */

/* Places of the last variable: its numbers where all are. */
static const double *places(const fp_means_variable *v)
{
    for (ptrdiff_t i = 0; i < v->level_count; i++)
        if (isnan(v->number[i]) || (i && !(v->number[i] > v->number[i - 1])))
            return NULL;
    return v->number;
}

/* One line a cell left of |, named by its levels. */
static fp_status make_series(const fp_means *means, ptrdiff_t lines, ptrdiff_t points,
                             fp_arena *arena, fp_figure_means_series *series, fp_err *err)
{
    for (ptrdiff_t k = 0; k < lines; k++) {
        double *value;
        char *label;
        size_t n = strlen(means->mean[k].label);
        FP_ARRAY(value, arena, 3 * points, err);
        for (ptrdiff_t i = 0; i < points; i++) {
            const fp_mean *mean = &means->mean[k + i * lines];
            value[i] = mean->response;
            value[i + points] = mean->response_lower;
            value[i + 2 * points] = mean->response_upper;
        }
        if (means->by_count == 1) /* "arm=ips, wave=6" without the last part */
            n -= strlen(means->variable[means->left_count].name) +
                 strlen(means->variable[means->left_count].level[0]) + strlen(", =");
        label = fp_arena_strndup(arena, means->mean[k].label, n, err);
        if (!label)
            return FP_NOMEM;
        series[k] = (fp_figure_means_series){label, value, value + points, value + 2 * points,
                                             FP_LOOK_AUTO};
    }
    return FP_OK;
}

fp_status fp_figure_means_result(const fp_figure_frame *frame, const fp_result *result, fp_buf *out,
                                 fp_err *err)
{
    const fp_means *means = result->means;
    if (!means)
        return fp_fail(err, FP_INPUT, "nothing to draw: there are no estimated means");
    if (means->by_count > 1) {
        (void)fp_fail(err, FP_INPUT, "the figure of %s has one axis, for one variable right of |",
                      means->text);
        return fp_hint(err, FP_INPUT, "name one, or leave --plot out");
    }
    FP_ARENA_SCOPED(arena, 64 * FP_MIB, err);
    fp_figure_means_series *series;
    /* without a variable right of | the first one left of it lies along the axis */
    const fp_means_variable *along = &means->variable[means->by_count ? means->left_count : 0];
    ptrdiff_t points = along->level_count, lines = means->count / points;
    fp_figure_means_options o = {.points = points,
                                 .x_text = along->level,
                                 .x = places(along),
                                 .x_label = along->name,
                                 .y_label = "Estimated mean"};
    if (frame)
        o.frame = *frame;
    if (means->by_count == 0 && means->left_count == 2) {
        (void)fp_fail(err, FP_INPUT, "the figure of %s needs a variable right of |", means->text);
        return fp_hint(err, FP_INPUT, "as in --means \"ips | pa\"");
    }
    FP_ARRAY(series, arena, lines, err);
    FP_TRY(make_series(means, lines, points, arena, series, err));
    return fp_figure_means(&o, series, lines, out, err);
}
