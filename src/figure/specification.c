#include "figure/specification.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure/svg_priv.h"

#define MAX_VALUES 20
#define CURVE      300.0 /* height of the upper part [px] */
#define ROW        18.0  /* of a value in the lower part [px] */
#define GAP        10.0  /* between two choices [px] */

typedef struct {
    const fp_figure_specification_options *options;
    const fp_figure_specification *specs;
    ptrdiff_t count, estimated;
    const fp_figure_choice *choices;
    ptrdiff_t choice_count;
    const fp_figure_specification **sorted;
    const fp_numstyle *style;
    double width, height;
    double left, right, top, bottom; /* of the upper part [px] */
    double rows;                     /* where the lower part begins [px] */
    int low, high;                   /* the axis runs from 2^low to 2^high */
} curve;

/* ---- plan ---------------------------------------------------------------------------------- */

static int by_estimate(const void *a, const void *b)
{
    const fp_figure_specification *x = *(const fp_figure_specification *const *)a;
    const fp_figure_specification *y = *(const fp_figure_specification *const *)b;
    bool no_x = isnan(x->estimate), no_y = isnan(y->estimate);
    if (no_x != no_y)
        return no_x ? 1 : -1;
    if (!no_x && (x->estimate < y->estimate || x->estimate > y->estimate))
        return x->estimate < y->estimate ? -1 : 1;
    return (x > y) - (x < y);
}

static void plan(curve *c)
{
    double label = 0;
    for (ptrdiff_t k = 0; k < c->choice_count; k++) {
        label = fmax(label, fp_svg_width(fp_str_of(c->choices[k].name), true));
        for (ptrdiff_t v = 0; v < c->choices[k].count; v++)
            label = fmax(label, 12 + fp_svg_width(fp_str_of(c->choices[k].values[v]), false));
    }
    c->left = fmin(label, 0.4 * c->width) + 12;
    c->right = c->width - 12;
    c->top = 34;
    c->bottom = c->top + CURVE;
    c->rows = c->bottom + 24;
    c->height = c->rows + 4;
    for (ptrdiff_t k = 0; k < c->choice_count; k++)
        c->height += ROW * (double)(c->choices[k].count + 1) + GAP;
    for (ptrdiff_t i = 0; i < c->estimated; i++) {
        fp_svg_widen_powers(c->sorted[i]->estimate, &c->low, &c->high);
        fp_svg_widen_powers(c->sorted[i]->lower, &c->low, &c->high);
        fp_svg_widen_powers(c->sorted[i]->upper, &c->low, &c->high);
    }
}

static double x_of(const curve *c, ptrdiff_t place)
{
    return c->left + (c->right - c->left) * ((double)place + 0.5) / (double)c->count;
}

static double y_of(const curve *c, double ratio)
{
    double power = fmin(fmax(log2(ratio), c->low), c->high);
    return c->bottom - (c->bottom - c->top) * (power - c->low) / (c->high - c->low);
}

/* ---- drawing ------------------------------------------------------------------------------- */

static void draw_axis(const curve *c, fp_buf *out)
{
    int stride = c->high - c->low > 8 ? 2 : 1;
    for (int k = c->low; k <= c->high; k++) {
        double y = y_of(c, exp2(k));
        fp_svg_line(out, c->left, y, c->right, y, k ? FP_SVG_GRID : FP_SVG_INK, 1, "");
        if (k % stride == 0)
            fp_svg_text_number(out, c->left - 8, y + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'},
                               exp2(k),
                               k >= 0    ? 0
                               : k >= -3 ? -k
                                         : 2,
                               c->style);
    }
    if (c->options->y_label)
        fp_svg_text_fit(out, 0, 16, c->width, (fp_svg_type){.anchor = 's', .bold = true},
                        fp_str_of(c->options->y_label));
}

static void put_circle(fp_buf *out, double x, double y, double radius, const char *colour)
{
    fp_buf_put(out, "<circle");
    fp_svg_attribute(out, "cx", x);
    fp_svg_attribute(out, "cy", y);
    fp_svg_attribute(out, "r", radius);
    fp_buf_printf(out, " fill=\"%s\"/>\n", colour);
}

/* All intervals as one path: thinner than the space of one. */
static void draw_intervals(const curve *c, fp_buf *out)
{
    double stroke = fmin(1.6, 0.6 * (c->right - c->left) / (double)c->count);
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < c->estimated; i++) {
        const fp_figure_specification *s = c->sorted[i];
        double x = x_of(c, i);
        if (isnan(s->lower) || isnan(s->upper))
            continue;
        fp_buf_put_char(out, 'M');
        fp_svg_number(out, x);
        fp_buf_put_char(out, ' ');
        fp_svg_number(out, y_of(c, s->lower));
        fp_buf_put_char(out, 'V');
        fp_svg_number(out, y_of(c, s->upper));
    }
    fp_buf_put(out, "\" fill=\"none\" stroke=\"#a9c6d3\"");
    fp_svg_attribute(out, "stroke-width", fmax(stroke, 0.5));
    fp_buf_put(out, "/>\n");
}

static void draw_estimates(const curve *c, fp_buf *out)
{
    /* the line of no effect stays in sight */
    fp_svg_line(out, c->left, y_of(c, 1), c->right, y_of(c, 1), FP_SVG_INK, 1, "");
    double radius = fmin(3, fmax(1.5, 0.35 * (c->right - c->left) / (double)c->count));
    for (ptrdiff_t i = 0; i < c->estimated; i++)
        put_circle(out, x_of(c, i), y_of(c, c->sorted[i]->estimate), radius, "#0b6e99");
}

/* The one chosen beforehand: a line through both parts, its interval, and its word. */
static void draw_marked(const curve *c, fp_buf *out)
{
    static const char colour[] = "#c8641b";
    ptrdiff_t place = 0;
    if (c->options->marked < 0)
        return;
    const fp_figure_specification *s = &c->specs[c->options->marked];
    while (c->sorted[place] != s)
        place++;
    double x = x_of(c, place);
    fp_svg_line(out, x, c->top - 8, x, c->height - GAP, colour, 1, "4 3");
    if (!isnan(s->estimate)) {
        if (!isnan(s->lower) && !isnan(s->upper))
            fp_svg_line(out, x, y_of(c, s->lower), x, y_of(c, s->upper), colour, 2.4, "");
        put_circle(out, x, y_of(c, s->estimate), 5, colour);
    }
    bool right = x > (c->left + c->right) / 2;
    if (c->options->mark)
        fp_svg_text(out, right ? x - 6 : x + 6, c->top + 6,
                    (fp_svg_type){.anchor = right ? 'e' : 's', .halo = true, .colour = "#9a4a10"},
                    fp_str_of(c->options->mark));
}

/* Ticks of one value: neighbours are one piece, so that the path stays short. */
static void draw_ticks(const curve *c, ptrdiff_t choice, int value, double y, fp_buf *out)
{
    double half = 0.5 * (c->right - c->left) / (double)c->count;
    double inset = half > 2 ? 0.6 : 0;
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < c->count;) {
        if (c->sorted[i]->value[choice] != value) {
            i++;
            continue;
        }
        ptrdiff_t from = i;
        while (i < c->count && c->sorted[i]->value[choice] == value && (i == from || inset <= 0))
            i++;
        fp_buf_put_char(out, 'M');
        fp_svg_number(out, x_of(c, from) - half + inset);
        fp_buf_put_char(out, ' ');
        fp_svg_number(out, y);
        fp_buf_put_char(out, 'H');
        fp_svg_number(out, x_of(c, i - 1) + half - inset);
    }
    fp_buf_put(out, "\" fill=\"none\" stroke=\"" FP_SVG_INK "\" stroke-width=\"9\"/>\n");
}

static void draw_rows(const curve *c, fp_buf *out)
{
    double y = c->rows;
    for (ptrdiff_t k = 0; k < c->choice_count; k++) {
        fp_svg_text_fit(out, 0, y + 13, c->left - 8, (fp_svg_type){.anchor = 's', .bold = true},
                        fp_str_of(c->choices[k].name));
        y += ROW;
        for (ptrdiff_t v = 0; v < c->choices[k].count; v++) {
            bool chosen =
                c->options->marked >= 0 && c->specs[c->options->marked].value[k] == (int)v;
            fp_svg_text_fit(
                out, 12, y + 13, c->left - 20,
                (fp_svg_type){.anchor = 's', .bold = chosen, .colour = chosen ? "#9a4a10" : NULL},
                fp_str_of(c->choices[k].values[v]));
            fp_svg_line(out, c->left, y + ROW, c->right, y + ROW, FP_SVG_GRID, 0.5, "");
            draw_ticks(c, k, (int)v, y + ROW / 2, out);
            y += ROW;
        }
        y += GAP;
    }
}

/* ---- words --------------------------------------------------------------------------------- */

static void put_ratio(const curve *c, double value, fp_buf *out)
{
    char text[64];
    fp_num_format(value, 2, c->style, text, sizeof text);
    fp_buf_put(out, text);
}

static void describe(const curve *c, fp_buf *out)
{
    const fp_figure_specification *first = c->sorted[0], *last = c->sorted[c->estimated - 1];
    fp_buf_printf(out, "%td ratios in ascending order, from ", c->estimated);
    put_ratio(c, first->estimate, out);
    fp_buf_put(out, " to ");
    put_ratio(c, last->estimate, out);
    fp_buf_put(out, ", each with its interval on a log axis");
    if (c->options->marked >= 0 && !isnan(c->specs[c->options->marked].estimate)) {
        fp_buf_printf(out, "; %s: ", c->options->mark ? c->options->mark : "marked");
        put_ratio(c, c->specs[c->options->marked].estimate, out);
    }
    fp_buf_put(out, ". Below, the choices behind each:");
    for (ptrdiff_t k = 0; k < c->choice_count; k++)
        fp_buf_printf(out, "%s %s", k ? "," : "", c->choices[k].name);
    fp_buf_put_char(out, '.');
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool fits(const fp_figure_specification *s, const fp_figure_choice *choices, ptrdiff_t n)
{
    if (s->estimate <= 0 || s->lower < 0 || s->upper < 0)
        return false;
    for (ptrdiff_t k = 0; k < n; k++)
        if (s->value[k] < 0 || s->value[k] >= choices[k].count)
            return false;
    return true;
}

static fp_status check(const curve *c, fp_err *err)
{
    if (c->count < 1 || c->choice_count < 1 || c->choice_count > FP_FIGURE_MAX_CHOICES ||
        c->options->marked >= c->count)
        return fp_fail(err, FP_ARG,
                       "a specification curve needs specifications and 1 to %d choices",
                       FP_FIGURE_MAX_CHOICES);
    if (c->count > FP_FIGURE_MAX_SPECIFICATIONS)
        return fp_fail(err, FP_INPUT, "%td specifications do not fit in one figure: at most %d",
                       c->count, FP_FIGURE_MAX_SPECIFICATIONS);
    for (ptrdiff_t k = 0; k < c->choice_count; k++)
        if (c->choices[k].count < 1 || c->choices[k].count > MAX_VALUES)
            return fp_fail(err, FP_ARG, "choice %td of a specification curve has %td values", k + 1,
                           c->choices[k].count);
    for (ptrdiff_t i = 0; i < c->count; i++)
        if (!fits(&c->specs[i], c->choices, c->choice_count))
            return fp_fail(err, FP_ARG, "specification %td has a ratio or a choice that is none",
                           i + 1);
    return FP_OK;
}

fp_status fp_figure_specifications(const fp_figure_specification_options *options,
                                   const fp_figure_specification *specifications, ptrdiff_t count,
                                   const fp_figure_choice *choices, ptrdiff_t choice_count,
                                   fp_buf *out, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    curve c = {.options = options,
               .specs = specifications,
               .count = count,
               .choices = choices,
               .choice_count = choice_count,
               .low = -1,
               .high = 1};
    FP_TRY(fp_svg_check(&options->frame, 960, &c.width, err));
    FP_TRY(check(&c, err));
    c.style = fp_svg_numstyle(&options->frame);
    FP_ARRAY(c.sorted, scratch, count, err);
    for (ptrdiff_t i = 0; i < count; i++) {
        c.sorted[i] = &specifications[i];
        c.estimated += !isnan(specifications[i].estimate);
    }
    if (c.estimated == 0)
        return fp_fail(err, FP_INPUT, "no specification has an estimate to draw");
    qsort((void *)c.sorted, (size_t)count, sizeof *c.sorted, by_estimate);
    plan(&c);
    describe(&c, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &options->frame, c.width, c.height, "Specification curve", fp_buf_str(&desc));
    draw_axis(&c, out);
    draw_intervals(&c, out);
    draw_estimates(&c, out);
    draw_rows(&c, out);
    draw_marked(&c, out);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
