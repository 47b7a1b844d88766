#include "figure/svg_priv.h"

#include <math.h>
#include <stdio.h>

#define MAX_ROWS 200
#define MARK     9.0 /* side of the square of an estimate [px] */

typedef struct {
    const fp_figure_forest_options *options;
    const fp_figure_forest_row *rows;
    ptrdiff_t count;
    const fp_numstyle *style;
    double width, height;
    double left, right, top, bottom; /* of the axis [px] */
    double label_width, text_width;
    double note_left, note_right; /* room for the notes under the axis [px] */
    ptrdiff_t head_lines, note_lines;
    int low, high; /* the axis runs from 2^low to 2^high */
    bool narrow;   /* label and text stand over the mark */
} forest;

fp_figure_forest_options fp_figure_forest_defaults(void)
{
    return (fp_figure_forest_options){
        .x_label = "Ratio (log scale)", .to = "to", .missing = "not estimable"};
}

static void put_ratio(const forest *f, double value, char *out, size_t size)
{
    if (isinf(value))
        (void)snprintf(out, size, "\u221e");
    else if (value >= 1e4) {
        char limit[64];
        fp_num_format(1e4, 0, f->style, limit, sizeof limit);
        (void)snprintf(out, size, ">%s", limit);
    } else
        fp_num_format(value, 2, f->style, out, size);
}

/* The text of a row: given, made from the numbers, or the word for a missing estimate. */
static void row_text(const forest *f, const fp_figure_forest_row *row, char *out, size_t size)
{
    const fp_figure_forest_options *o = f->options;
    char estimate[512], lower[512], upper[512];
    if (row->text || row->heading)
        (void)snprintf(out, size, "%s", row->text ? row->text : "");
    else if (isnan(row->estimate))
        (void)snprintf(out, size, "%s", o->missing ? o->missing : "not estimable");
    else {
        put_ratio(f, row->estimate, estimate, sizeof estimate);
        put_ratio(f, row->lower, lower, sizeof lower);
        put_ratio(f, row->upper, upper, sizeof upper);
        if (isnan(row->lower) && isnan(row->upper))
            (void)snprintf(out, size, "%s", estimate);
        else
            (void)snprintf(out, size, "%s (%s %s %s)", estimate, lower, o->to ? o->to : "to",
                           upper);
    }
}

static double x_of(const forest *f, double ratio)
{
    double share = (log2(ratio) - f->low) / (f->high - f->low);
    return f->left + share * (f->right - f->left);
}

static double row_height(const forest *f, const fp_figure_forest_row *row)
{
    if (f->narrow) {
        ptrdiff_t lines = fp_svg_wrap_count(fp_str_of(row->label), f->label_width, row->heading);
        return FP_SVG_LINE * (double)lines + (row->heading ? 10 : 32);
    }
    double width = row->heading && !row->text ? f->width : f->label_width;
    ptrdiff_t lines = fp_svg_wrap_count(fp_str_of(row->label), width, row->heading);
    return FP_SVG_LINE * (double)lines + 10;
}

static ptrdiff_t lines_of(const char *text, double width, bool bold)
{
    return text && text[0] ? fp_svg_wrap_count(fp_str_of(text), width, bold) : 0;
}

static void plan(forest *f)
{
    const fp_figure_forest_options *o = f->options;
    f->narrow = f->width < 560;
    f->text_width = o->text_head ? 80 : 0; /* the head is wrapped to what the rows need */
    double label = o->label_head ? fp_svg_width(fp_str_of(o->label_head), true) : 0;
    for (ptrdiff_t i = 0; i < f->count; i++) {
        char text[2048];
        row_text(f, &f->rows[i], text, sizeof text);
        f->text_width = fmax(f->text_width, fp_svg_width(fp_str_of(text), false));
        if (!f->rows[i].heading || f->rows[i].text)
            label = fmax(label, fp_svg_width(fp_str_of(f->rows[i].label), f->rows[i].heading));
        fp_svg_widen_powers(f->rows[i].estimate, &f->low, &f->high);
        fp_svg_widen_powers(f->rows[i].lower, &f->low, &f->high);
        fp_svg_widen_powers(f->rows[i].upper, &f->low, &f->high);
    }
    f->text_width = fmin(f->text_width, (f->narrow ? 0.6 : 0.32) * f->width) + 1;
    f->label_width = f->narrow ? f->width - f->text_width - 12 : fmin(label, 0.32 * f->width) + 1;
    f->left = f->narrow ? 26 : f->label_width + 28;
    f->right = f->narrow ? f->width - 26 : f->width - f->text_width - 28;
    f->head_lines = lines_of(o->label_head, f->label_width, true);
    ptrdiff_t right = lines_of(o->text_head, f->text_width, true);
    f->head_lines = right > f->head_lines ? right : f->head_lines;
    f->top = f->head_lines ? FP_SVG_LINE * (double)f->head_lines + 12 : 6;
    f->bottom = f->top;
    for (ptrdiff_t i = 0; i < f->count; i++)
        f->bottom += row_height(f, &f->rows[i]);
    f->bottom += 4;
    f->note_left = x_of(f, 1) - 8;
    f->note_right = f->width - x_of(f, 1) - 8;
    ptrdiff_t under = lines_of(o->left_note, f->note_left, false);
    right = lines_of(o->right_note, f->note_right, false);
    f->note_lines = right > under ? right : under;
    f->height = f->bottom + 22 + FP_SVG_LINE * (double)f->note_lines + (f->note_lines ? 4 : 0) +
                (o->x_label && o->x_label[0] ? 24 : 0) + 4;
}

/* A line over the height of the rows, with a gap where a heading stands. */
static void draw_grid_line(const forest *f, double x, const char *colour, fp_buf *out)
{
    double from = f->top, y = f->top;
    for (ptrdiff_t i = 0; i < f->count; i++) {
        double next = y + row_height(f, &f->rows[i]);
        if (f->rows[i].heading && !f->rows[i].text) {
            if (y > from)
                fp_svg_line(out, x, from, x, y, colour, 1, "");
            from = next;
        }
        y = next;
    }
    fp_svg_line(out, x, from, x, f->bottom, colour, 1, "");
}

static void draw_axis(const forest *f, fp_buf *out)
{
    const fp_figure_forest_options *o = f->options;
    int pieces = f->high - f->low;
    double widest = f->low <= -3 ? 44 : 36;
    int stride = (f->right - f->left) / pieces < widest ? 2 : 1;
    for (int k = f->low; k <= f->high; k++) {
        double x = x_of(f, exp2(k));
        int decimals = k >= 0 ? 0 : k >= -3 ? -k : k >= -5 ? 2 : 3;
        draw_grid_line(f, x, k ? FP_SVG_GRID : FP_SVG_INK, out);
        fp_svg_line(out, x, f->bottom, x, f->bottom + 4, FP_SVG_INK, 1, "");
        if (k % stride == 0)
            fp_svg_text_number(out, x, f->bottom + 19, (fp_svg_type){.anchor = 'm'}, exp2(k),
                               decimals, f->style);
    }
    fp_svg_line(out, f->left, f->bottom, f->right, f->bottom, FP_SVG_INK, 1, "");
    double y = f->bottom + 41, one = x_of(f, 1);
    fp_svg_type grey = {.anchor = 'e', .colour = FP_SVG_GREY};
    if (o->left_note)
        (void)fp_svg_text_wrap(out, one - 8, y, f->note_left, PTRDIFF_MAX, grey,
                               fp_str_of(o->left_note));
    grey.anchor = 's';
    if (o->right_note)
        (void)fp_svg_text_wrap(out, one + 8, y, f->note_right, PTRDIFF_MAX, grey,
                               fp_str_of(o->right_note));
    if (o->x_label && o->x_label[0])
        fp_svg_text_fit(out, (f->left + f->right) / 2, f->height - 10, f->right - f->left + 40,
                        (fp_svg_type){.anchor = 'm'}, fp_str_of(o->x_label));
}

/* The interval from lower to upper with an arrow where it leaves the axis, and the estimate. */
static void draw_mark(const forest *f, const fp_figure_forest_row *row, double y, fp_buf *out)
{
    const char *colour =
        fp_svg_look_of(row->look == FP_LOOK_AUTO ? FP_LOOK_INK : row->look, 0).colour;
    double low = exp2(f->low), high = exp2(f->high), middle = row->estimate;
    bool cut_low = row->lower < low || middle<low, cut_high = row->upper> high || middle > high;
    if (isnan(middle))
        return;
    double from = isnan(row->lower) ? middle : fmin(row->lower, middle);
    double to = isnan(row->upper) ? middle : fmax(row->upper, middle);
    double x1 = x_of(f, fmin(fmax(from, low), high)), x2 = x_of(f, fmin(fmax(to, low), high));
    if (x2 > x1)
        fp_svg_line(out, x1, y, x2, y, colour, 1.6, "");
    if (cut_low)
        fp_svg_arrow(out, f->left - 5, y, FP_SVG_LEFT, colour);
    if (cut_high)
        fp_svg_arrow(out, f->right + 5, y, FP_SVG_RIGHT, colour);
    if (middle < low || middle > high)
        return;
    fp_buf_put(out, "<rect");
    fp_svg_attribute(out, "x", x_of(f, middle) - MARK / 2);
    fp_svg_attribute(out, "y", y - MARK / 2);
    fp_svg_attribute(out, "width", MARK);
    fp_svg_attribute(out, "height", MARK);
    fp_buf_printf(out, " fill=\"%s\"/>\n", colour);
}

static void draw_row(const forest *f, const fp_figure_forest_row *row, double y, fp_buf *out)
{
    char text[2048];
    bool alone = row->heading && !row->text && !f->narrow;
    ptrdiff_t lines =
        fp_svg_text_wrap(out, 0, y + 18, alone ? f->width : f->label_width, 100,
                         (fp_svg_type){.anchor = 's', .bold = row->heading, .halo = f->narrow},
                         fp_str_of(row->label));
    row_text(f, row, text, sizeof text);
    if (text[0])
        fp_svg_text_fit(out, f->width, y + 18, f->text_width,
                        (fp_svg_type){.anchor = 'e', .halo = f->narrow}, fp_str_of(text));
    double mark = f->narrow ? y + 18 * (double)lines + 16 : y + 18 - FP_SVG_CAP;
    if (!row->heading)
        draw_mark(f, row, mark, out);
}

/* The head of a column, its last line just above the rows. */
static void draw_head(const forest *f, double x, double width, fp_svg_type type, const char *text,
                      fp_buf *out)
{
    ptrdiff_t lines = lines_of(text, width, true);
    double y = 16 + FP_SVG_LINE * (double)(f->head_lines - lines);
    (void)fp_svg_text_wrap(out, x, y, width, PTRDIFF_MAX, type, fp_str_of(text));
}

static void draw(const forest *f, fp_buf *out)
{
    const fp_figure_forest_options *o = f->options;
    double y = f->top;
    fp_svg_type head = {.anchor = 's', .bold = true};
    if (o->label_head)
        draw_head(f, 0, f->label_width, head, o->label_head, out);
    head.anchor = 'e';
    if (o->text_head)
        draw_head(f, f->width, f->text_width, head, o->text_head, out);
    draw_axis(f, out);
    for (ptrdiff_t i = 0; i < f->count; i++) {
        draw_row(f, &f->rows[i], y, out);
        y += row_height(f, &f->rows[i]);
    }
}

/* "Ratios with intervals on a log axis. IPS: 1.48 (0.83 to 2.64); ..." */
static void describe(const forest *f, fp_buf *desc)
{
    fp_buf_put(desc, "Ratios with their intervals on a log axis, with a line at 1.");
    for (ptrdiff_t i = 0; i < f->count; i++) {
        char text[2048];
        row_text(f, &f->rows[i], text, sizeof text);
        fp_buf_printf(desc, " %s%s%s%s", f->rows[i].label ? f->rows[i].label : "",
                      text[0] ? ": " : "", text, i + 1 < f->count ? ";" : ".");
    }
}

static fp_status check(const fp_figure_forest_row *rows, ptrdiff_t count, fp_err *err)
{
    if (count < 1 || !rows)
        return fp_fail(err, FP_ARG, "a forest figure needs at least one row");
    if (count > MAX_ROWS) {
        (void)fp_fail(err, FP_INPUT, "%td terms do not fit in one figure: at most %d", count,
                      MAX_ROWS);
        return fp_hint(err, FP_INPUT, "use fewer terms, or leave --plot out");
    }
    for (ptrdiff_t i = 0; i < count; i++)
        if (!rows[i].heading && (rows[i].estimate < 0 || rows[i].lower < 0 || rows[i].upper < 0))
            return fp_fail(err, FP_ARG, "row %td of a forest figure has a ratio below 0", i + 1);
    return FP_OK;
}

fp_status fp_figure_forest(const fp_figure_forest_options *options,
                           const fp_figure_forest_row *rows, ptrdiff_t count, fp_buf *out,
                           fp_err *err)
{
    fp_figure_forest_options defaults = fp_figure_forest_defaults();
    if (!options)
        options = &defaults;
    FP_TRY(check(rows, count, err));
    forest f = {.options = options, .rows = rows, .count = count, .low = -2, .high = 2};
    FP_TRY(fp_svg_check(&options->frame, 720, &f.width, err));
    f.style = fp_svg_numstyle(&options->frame);
    plan(&f);
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&f, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, f.width, f.height, "Ratios with intervals",
                fp_buf_str(&desc));
    draw(&f, out);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
