/* Power over size or effect: a line an analysis. */
#include "figure/svg_priv.h"

#include <math.h>
#include <stdio.h>

enum { MOST_LINES = 9, TEXT = 160 };

typedef struct {
    const fp_figure_power_options *options;
    const fp_figure_power_line *lines;
    ptrdiff_t count, n;
    const double *x;
    const fp_numstyle *style;
    double width, height, left, right, top, bottom; /* of the axes [px] */
    double low, high, step;                         /* of the x axis */
} power_plot;

static double x_of(const power_plot *f, double x)
{
    return f->left + (x - f->low) / (f->high - f->low) * (f->right - f->left);
}

static double y_of(const power_plot *f, double share)
{
    return f->bottom - share * (f->bottom - f->top);
}

static void plan(power_plot *f)
{
    double labels = 0;
    for (ptrdiff_t i = 0; i < f->count; i++)
        labels = fmax(labels, fp_svg_width(fp_str_of(f->lines[i].label), false));
    f->low = f->options->from;
    f->high = f->x[f->n - 1];
    if (f->high <= f->low)
        f->high = f->low + 1;
    f->left = 48;
    f->right = f->width - fmin(labels + 16, 0.4 * f->width);
    f->top = 2 * FP_SVG_LINE;
    f->bottom = f->top + fmin(0.6 * f->width, 340);
    f->height = f->bottom + 52;
    f->step = fp_svg_step(f->high - f->low, (f->right - f->left) / 60);
}

static void draw_axes(const power_plot *f, fp_buf *out)
{
    const fp_figure_power_options *o = f->options;
    fp_svg_text_fit(out, 0, FP_SVG_LINE - 4, f->width, (fp_svg_type){.anchor = 's'},
                    fp_str_of(o->y_label));
    for (int k = 0; k <= 5; k++) {
        double y = y_of(f, k / 5.0);
        fp_svg_line(out, f->left, y, f->right, y, k ? FP_SVG_GRID : FP_SVG_INK, 1, "");
        fp_svg_text_number(out, f->left - 8, y + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'}, 20 * k,
                           0, f->style);
    }
    int decimals = fp_svg_decimals(f->step);
    for (double x = ceil(f->low / f->step - 1e-9) * f->step; x <= f->high * (1 + 1e-9);
         x += f->step) {
        fp_svg_line(out, x_of(f, x), f->bottom, x_of(f, x), f->bottom + 4, FP_SVG_INK, 1, "");
        fp_svg_text_number(out, x_of(f, x), f->bottom + 19, (fp_svg_type){.anchor = 'm'}, x,
                           decimals, f->style);
    }
    fp_svg_text_fit(out, (f->left + f->right) / 2, f->height - 8, f->right - f->left,
                    (fp_svg_type){.anchor = 'm'}, fp_str_of(o->x_label));
    double y = y_of(f, o->target);
    fp_svg_line(out, f->left, y, f->right, y, FP_SVG_GREY, 1, "2 3");
}

static void draw_line(const power_plot *f, ptrdiff_t index, fp_buf *out)
{
    fp_svg_look look = fp_svg_look_of(FP_LOOK_AUTO, index);
    fp_buf_put(out, "<polyline fill=\"none\" stroke=\"");
    fp_buf_put(out, look.colour);
    fp_buf_put(out, "\" stroke-width=\"2\"");
    if (look.dash[0])
        fp_buf_printf(out, " stroke-dasharray=\"%s\"", look.dash);
    fp_buf_put(out, " points=\"");
    for (ptrdiff_t i = 0; i < f->n; i++) {
        fp_svg_number(out, x_of(f, f->x[i]));
        fp_buf_put_char(out, ',');
        fp_svg_number(out, y_of(f, f->lines[index].power[i]));
        fp_buf_put_char(out, i + 1 < f->n ? ' ' : '"');
    }
    fp_buf_put(out, "/>\n");
}

/* At the ends of the lines, from the top down, moved apart where they would touch. */
static void draw_labels(const power_plot *f, fp_buf *out)
{
    double wanted[MOST_LINES], height[MOST_LINES], at[MOST_LINES], work[2 * MOST_LINES];
    ptrdiff_t order[MOST_LINES];
    for (ptrdiff_t i = 0; i < f->count; i++) {
        ptrdiff_t k = i;
        double y = y_of(f, f->lines[i].power[f->n - 1]);
        for (; k > 0 && wanted[k - 1] > y; k--) {
            wanted[k] = wanted[k - 1];
            order[k] = order[k - 1];
        }
        wanted[k] = y;
        order[k] = i;
        height[i] = FP_SVG_LINE;
    }
    fp_svg_spread(wanted, height, f->count, f->top, f->bottom, at, work);
    for (ptrdiff_t i = 0; i < f->count; i++)
        fp_svg_text_fit(
            out, f->right + 10, at[i] + FP_SVG_CAP, f->width - f->right - 10,
            (fp_svg_type){.anchor = 's', .colour = fp_svg_look_of(FP_LOOK_AUTO, order[i]).colour},
            fp_str_of(f->lines[order[i]].label));
}

static void describe(const power_plot *f, fp_buf *desc)
{
    char from[32], to[32], x[32];
    for (ptrdiff_t i = 0; i < f->count; i++) {
        const double *power = f->lines[i].power;
        fp_num_format(100 * power[0], 0, f->style, from, sizeof from);
        fp_num_format(100 * power[f->n - 1], 0, f->style, to, sizeof to);
        fp_num_format(f->x[f->n - 1], fp_svg_decimals(f->step), f->style, x, sizeof x);
        fp_buf_printf(desc, "%s%s: from %s%% to %s%% at %s.", i ? " " : "", f->lines[i].label, from,
                      to, x);
    }
}

fp_status fp_figure_power(const fp_figure_power_options *options, const double *x, ptrdiff_t n,
                          const fp_figure_power_line *lines, ptrdiff_t count, fp_buf *out,
                          fp_err *err)
{
    FP_BUF_SCOPED(desc, FP_MIB);
    power_plot f = {.options = options, .lines = lines, .count = count, .n = n, .x = x};
    if (n < 1 || count < 1 || count > MOST_LINES)
        return fp_fail(err, FP_ARG, "power figure: %td lines of %td points", count, n);
    f.style = fp_svg_numstyle(&options->frame);
    FP_TRY(fp_svg_check(&options->frame, 720, &f.width, err));
    plan(&f);
    describe(&f, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, f.width, f.height, "Power", fp_buf_str(&desc));
    draw_axes(&f, out);
    for (ptrdiff_t i = 0; i < count; i++)
        draw_line(&f, i, out);
    draw_labels(&f, out);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
