#include "figure/svg_priv.h"

#include <math.h>
#include <stdio.h>

#define MAX_ROWS 40
#define OVER     14.0 /* of the mark, from the last line of the label [px] */
#define UNDER    14.0 /* from the mark to the next row [px] */

typedef struct {
    const fp_figure_levels_options *options;
    const fp_figure_level *rows;
    ptrdiff_t count;
    const fp_numstyle *style;
    double width, height, left, right, bottom;
    double high, step; /* of the axis, in the units of the values */
    double top[MAX_ROWS + 1];
} levels;

static double x_of(const levels *f, double value)
{
    return f->left + fmin(value, f->high) / f->high * (f->right - f->left);
}

/* Of the mark: under the label. */
static double y_of(const levels *f, ptrdiff_t row)
{
    return f->top[row + 1] - UNDER;
}

/* Room for the label, beside the text at the right. */
static double label_width(const levels *f, const fp_figure_level *row)
{
    double text = row->text ? fp_svg_width(fp_str_of(row->text), false) + 12 : 0;
    return fmax(f->right - f->left - 4 - text, 40);
}

static void plan(levels *f)
{
    double most = 0;
    for (ptrdiff_t i = 0; i < f->count; i++) {
        most = fmax(most, isfinite(f->rows[i].value) ? f->rows[i].value : 0);
        most = fmax(most, isfinite(f->rows[i].upper) ? f->rows[i].upper : 0);
    }
    f->left = 14;
    f->right = f->width - 24;
    f->step = fp_svg_step(most > 0 ? most : 1, f->width < 560 ? 5 : 10);
    f->high = f->step * ceil((most > 0 ? most : 1) / f->step - 1e-9);
    for (ptrdiff_t i = 0; i < f->count; i++) {
        fp_str label = fp_str_of(f->rows[i].label ? f->rows[i].label : "");
        ptrdiff_t lines =
            fp_svg_wrap_count(label, label_width(f, &f->rows[i]), !f->rows[i].expected);
        f->top[i + 1] = f->top[i] + FP_SVG_LINE * (double)lines + OVER + UNDER;
    }
    f->bottom = f->top[f->count] + 6;
    bool named = f->options->x_label && f->options->x_label[0];
    f->height = f->bottom + 24 + (named ? 24 : 0);
}

static void draw_axis(const levels *f, fp_buf *out)
{
    double unit = f->options->percent ? 100 : 1;
    int decimals = fp_svg_decimals(f->step * unit);
    for (double k = 0; k * f->step < f->high + f->step / 2; k++) {
        double x = x_of(f, k * f->step);
        char text[64];
        fp_svg_line(out, x, 0, x, f->bottom, k > 0 ? FP_SVG_GRID : FP_SVG_INK, 1, "");
        fp_num_format(k * f->step * unit, decimals, f->style, text, sizeof text - 1);
        fp_svg_text(out, x, f->bottom + 18, (fp_svg_type){.anchor = 'm'}, fp_str_of(text));
    }
    fp_svg_line(out, f->left, f->bottom, f->right, f->bottom, FP_SVG_INK, 1, "");
    if (f->options->x_label && f->options->x_label[0])
        fp_svg_text_fit(out, (f->left + f->right) / 2, f->height - 8, f->width,
                        (fp_svg_type){.anchor = 'm'}, fp_str_of(f->options->x_label));
}

/* The line of an expected level up to the last row before it that was seen. */
static void draw_expected(const levels *f, ptrdiff_t row, fp_buf *out)
{
    static const char *const dashes[] = {"7 4", "1.5 3.5"};
    ptrdiff_t seen = row, order = -1;
    double x = x_of(f, f->rows[row].value), y = y_of(f, row);
    for (; seen > 0 && f->rows[seen].expected; seen--)
        order++;
    fp_svg_line(out, x, y_of(f, seen) - 9, x, y - 6, FP_SVG_INK, 1.6, dashes[order % 2]);
    fp_buf_put(out, "<path d=\"M");
    fp_svg_number(out, x);
    fp_buf_put_char(out, ' ');
    fp_svg_number(out, y - 6);
    fp_buf_printf(out, "l6 6l-6 6l-6 -6z\" fill=\"#ffffff\" stroke=\"%s\" stroke-width=\"1.6\"/>\n",
                  FP_SVG_INK);
}

static void draw_seen(const levels *f, ptrdiff_t row, fp_buf *out)
{
    const fp_figure_level *r = &f->rows[row];
    fp_svg_look look = fp_svg_look_of(r->look, row);
    double y = y_of(f, row);
    if (isfinite(r->lower) && isfinite(r->upper))
        fp_svg_line(out, x_of(f, r->lower), y, x_of(f, r->upper), y, look.colour, 2, look.dash);
    fp_buf_put(out, "<circle");
    fp_svg_attribute(out, "cx", x_of(f, r->value));
    fp_svg_attribute(out, "cy", y);
    fp_svg_attribute(out, "r", 5.5);
    fp_buf_printf(out, " fill=\"%s\"/>\n", look.colour);
}

static void draw_words(const levels *f, ptrdiff_t row, fp_buf *out)
{
    const fp_figure_level *r = &f->rows[row];
    fp_str text = fp_str_of(r->text ? r->text : "");
    double y = f->top[row] + 16;
    (void)fp_svg_text_wrap(out, f->left + 4, y, label_width(f, r), PTRDIFF_MAX,
                           (fp_svg_type){.anchor = 's', .bold = !r->expected, .halo = true},
                           fp_str_of(r->label ? r->label : ""));
    if (text.n)
        fp_svg_text(out, f->right, y, (fp_svg_type){.anchor = 'e', .halo = true}, text);
}

static void draw(const levels *f, fp_buf *out)
{
    draw_axis(f, out);
    for (ptrdiff_t i = 0; i < f->count; i++)
        if (f->rows[i].expected && isfinite(f->rows[i].value))
            draw_expected(f, i, out);
    for (ptrdiff_t i = 0; i < f->count; i++) {
        draw_words(f, i, out);
        if (!f->rows[i].expected && isfinite(f->rows[i].value))
            draw_seen(f, i, out);
    }
}

static void describe(const levels *f, fp_buf *desc)
{
    fp_buf_put(desc, "Values with their intervals on an axis from 0.");
    for (ptrdiff_t i = 0; i < f->count; i++)
        fp_buf_printf(desc, " %s%s%s%s", f->rows[i].label ? f->rows[i].label : "",
                      f->rows[i].text ? ": " : "", f->rows[i].text ? f->rows[i].text : "",
                      i + 1 < f->count ? ";" : ".");
}

static fp_status check(const fp_figure_level *rows, ptrdiff_t count, fp_err *err)
{
    if (count < 1 || !rows)
        return fp_fail(err, FP_ARG, "a figure of levels needs at least one row");
    if (count > MAX_ROWS)
        return fp_fail(err, FP_INPUT, "%td levels do not fit in one figure: at most %d", count,
                       MAX_ROWS);
    for (ptrdiff_t i = 0; i < count; i++)
        if (rows[i].value < 0 || rows[i].lower < 0 || rows[i].upper < 0)
            return fp_fail(err, FP_ARG, "row %td of a figure of levels is below 0", i + 1);
    return FP_OK;
}

fp_status fp_figure_levels(const fp_figure_levels_options *options, const fp_figure_level *rows,
                           ptrdiff_t count, fp_buf *out, fp_err *err)
{
    fp_figure_levels_options none = {0};
    options = options ? options : &none;
    FP_TRY(check(rows, count, err));
    levels f = {.options = options, .rows = rows, .count = count};
    FP_TRY(fp_svg_check(&options->frame, 720, &f.width, err));
    f.style = fp_svg_numstyle(&options->frame);
    plan(&f);
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&f, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, f.width, f.height, "Values with intervals",
                fp_buf_str(&desc));
    draw(&f, out);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
