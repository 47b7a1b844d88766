#include "figure/cif_priv.h"

#include <math.h>
#include <stdio.h>

/* One panel: where its plot stands [px]. */
typedef struct {
    const fp_cif_plot *plot;
    const fp_cif_curves *curves;
    const char *label;
    double x, y; /* top left of the panel */
    double left, right, top, bottom;
    double end; /* where the curves end */
} place;

static double x_of(const place *at, double time)
{
    double share = fmin(fmax(time / at->plot->horizon, 0), 1);
    return at->left + share * (at->right - at->left);
}

static double y_of(const place *at, double share)
{
    return at->bottom - fmin(fmax(share, 0), 1) * (at->bottom - at->top);
}

/* ---- patterns ---- */

static const char *colour_of(int32_t k)
{
    static const fp_figure_look looks[] = {FP_LOOK_IPS, FP_LOOK_PA, FP_LOOK_BOTH, FP_LOOK_USUAL,
                                           FP_LOOK_INK};
    return fp_svg_look_of(looks[k % 5], 0).colour;
}

void fp_cif_patterns(const fp_cif_plot *plot, fp_buf *out)
{
    /* 5 colours and 6 patterns have no common factor: 30 different pairs. */
    static const char *const shape[] = {
        "<path d=\"M-2 2L2 -2M0 8L8 0M6 10L10 6\"",
        "<path d=\"M2 0V2M6 4V6\" stroke-linecap=\"round\"",
        "<path d=\"M0 0L8 8M8 0L0 8\"",
        "<path d=\"M0 2H8M0 6H8\"",
        "<path d=\"M2 0V8M6 0V8\"",
        "<path d=\"M-2 6L2 10M0 0L8 8M6 -2L10 2\"",
    };
    fp_buf_put(out, "<defs>\n");
    for (int32_t k = 0; k < plot->cause_count; k++) {
        const char *colour = colour_of(k);
        fp_buf_printf(out,
                      "<pattern id=\"%s-band%d\" width=\"8\" height=\"8\" "
                      "patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"%s\" "
                      "fill-opacity=\"0.2\"/>%s stroke=\"%s\" stroke-width=\"%s\" "
                      "stroke-opacity=\"0.75\" fill=\"none\"/></pattern>\n",
                      plot->id, (int)k + 1, colour, shape[k % 6], colour,
                      k % 6 == 1 ? "1.8" : "1.2");
    }
    fp_buf_put(out, "</defs>\n");
}

/* ---- bands ---- */

/* The jumps of the first k causes together. */
static ptrdiff_t collect(const place *at, int32_t k, fp_svg_jump *steps)
{
    ptrdiff_t last = fp_step_within(at->curves->time, at->curves->length, at->plot->horizon), n = 0;
    n = fp_svg_step_add(steps, n, at->left, at->bottom);
    for (ptrdiff_t i = 0; i < last; i++)
        n = fp_svg_step_add(steps, n, x_of(at, at->curves->time[i]),
                            y_of(at, fp_cif_sum(at->curves, k, i)));
    return n;
}

static void draw_bands(const place *at, fp_svg_jump *lower, fp_svg_jump *upper, fp_buf *out)
{
    const fp_cif_plot *plot = at->plot;
    ptrdiff_t n = 0, m = collect(at, 0, lower);
    for (int32_t k = 0; k < plot->cause_count; k++) {
        n = collect(at, k + 1, upper);
        fp_buf_put(out, "<path d=\"");
        fp_svg_step_forward(out, upper, n, at->end);
        fp_svg_step_back(out, lower, m);
        fp_buf_printf(out, "\" fill=\"url(#%s-band%d)\"/>\n<path d=\"", plot->id, (int)k + 1);
        fp_svg_step_forward(out, upper, n, at->end);
        fp_buf_printf(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>\n", colour_of(k));
        fp_svg_jump *swap = lower;
        lower = upper;
        upper = swap;
        m = n;
    }
}

/* ---- around them ---- */

static void draw_grid(const place *at, fp_buf *out)
{
    for (int i = 0; i <= 4; i++) {
        char text[80], number[64];
        double y = y_of(at, i / 4.);
        fp_num_format(25 * i, 0, at->plot->style, number, sizeof number);
        (void)snprintf(text, sizeof text, "%s%%", number);
        if (i)
            fp_svg_line(out, at->left, y, at->right, y, FP_SVG_GRID, 1, "");
        fp_svg_text(out, at->left - 8, y + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'},
                    fp_str_of(text));
    }
}

static double at_risk(const fp_cif_curves *curves, double time)
{
    ptrdiff_t i = fp_step_at_tick(curves->time, curves->length, time);
    return i < curves->length ? curves->at_risk[i] : 0;
}

static void draw_axis(const place *at, fp_buf *out)
{
    const fp_cif_plot *plot = at->plot;
    const fp_figure_cif_options *o = plot->options;
    bool label = o->x_label && o->x_label[0], risk = o->risk_label && o->risk_label[0];
    double line = at->bottom + 19 + (label ? 20 : 0) + FP_SVG_LINE + 6;
    ptrdiff_t ticks = (ptrdiff_t)floor(plot->horizon / plot->x_step + 1e-9) + 1;
    int decimals = fp_svg_decimals(plot->x_step);
    fp_svg_type middle = {.anchor = 'm'};
    fp_svg_line(out, at->left, at->bottom, at->right, at->bottom, FP_SVG_INK, 1, "");
    for (ptrdiff_t i = 0; i < ticks; i++) {
        double time = (double)i * plot->x_step, x = x_of(at, time);
        fp_svg_line(out, x, at->bottom, x, at->bottom + 4, FP_SVG_INK, 1, "");
        if (i % plot->stride)
            continue;
        fp_svg_text_number(out, x, at->bottom + 19, middle, time, i ? decimals : 0, plot->style);
        double count = at_risk(at->curves, time);
        if (risk)
            fp_svg_text_number(out, x, line + FP_SVG_LINE, middle, count,
                               fabs(count - nearbyint(count)) > 1e-6 ? 1 : 0, plot->style);
    }
    if (label)
        fp_svg_text_fit(out, (at->left + at->right) / 2, at->bottom + 39, at->right - at->left + 60,
                        middle, fp_str_of(o->x_label));
    if (risk)
        fp_svg_text_fit(out, at->x, line, plot->panel, (fp_svg_type){.anchor = 's', .bold = true},
                        fp_str_of(o->risk_label));
}

/* Shares, and names where there is room, beside the ends of the bands, moved apart. */
static fp_status draw_shares(const place *at, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_cif_plot *plot = at->plot;
    int32_t n = plot->cause_count + 1;
    ptrdiff_t last = fp_step_within(at->curves->time, at->curves->length, plot->horizon) - 1;
    double *wanted, *height, *y, *work;
    FP_ARRAY(wanted, scratch, n, err);
    FP_ARRAY(height, scratch, n, err);
    FP_ARRAY(y, scratch, n, err);
    FP_ARRAY(work, scratch, 2 * n, err);
    for (int32_t k = n - 1; k >= 0; k--) { /* from the top down */
        double low = fp_cif_sum(at->curves, k, last);
        double high = k + 1 < n ? fp_cif_sum(at->curves, k + 1, last) : 1;
        wanted[n - 1 - k] = y_of(at, (low + high) / 2);
        height[n - 1 - k] = FP_SVG_LINE;
    }
    fp_svg_spread(wanted, height, n, at->top - 9, at->bottom + 9, y, work);
    for (int32_t k = 0; k < n; k++) {
        char text[512];
        double end = at->right + 2;
        fp_cif_share(plot, at->curves, k, text, sizeof text);
        if (fabs(y[n - 1 - k] - wanted[n - 1 - k]) > 6)
            fp_svg_line(out, end, wanted[n - 1 - k], end + 9, y[n - 1 - k], FP_SVG_GREY, 1, "");
        fp_svg_text_fit(out, end + 12, y[n - 1 - k] + FP_SVG_CAP, plot->label - 14,
                        (fp_svg_type){.anchor = 's'}, fp_str_of(text));
    }
    return FP_OK;
}

static fp_status draw_panel(const place *at, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_svg_jump *lower, *upper;
    FP_ARRAY(lower, scratch, at->curves->length + 2, err);
    FP_ARRAY(upper, scratch, at->curves->length + 2, err);
    (void)fp_svg_text_wrap(out, at->x, at->y + 14, at->plot->panel, 2,
                           (fp_svg_type){.anchor = 's', .bold = true}, fp_str_of(at->label));
    draw_grid(at, out);
    if (at->curves->length)
        draw_bands(at, lower, upper, out);
    draw_axis(at, out);
    return draw_shares(at, scratch, out, err);
}

/* What the patterns mean, where the bands carry no names: from the top band down. */
static void draw_key(const fp_cif_plot *plot, fp_buf *out)
{
    double y = plot->key_top;
    for (int32_t k = plot->cause_count; k >= 0; k--) {
        fp_buf_put(out, "<rect");
        fp_svg_attribute(out, "x", 0.5);
        fp_svg_attribute(out, "y", y + 0.5);
        fp_buf_put(out, " width=\"28\" height=\"16\"");
        if (k < plot->cause_count)
            fp_buf_printf(out, " fill=\"url(#%s-band%d)\" stroke=\"%s\"/>\n", plot->id, (int)k + 1,
                          colour_of(k));
        else
            fp_buf_put(out, " fill=\"#fff\" stroke=\"" FP_SVG_GREY "\"/>\n");
        fp_svg_text_fit(out, 38, y + 9 + FP_SVG_CAP, plot->width - 38, (fp_svg_type){.anchor = 's'},
                        fp_str_of(fp_cif_name(plot, k)));
        y += FP_SVG_LINE + 6;
    }
}

/* The last time; where everybody has had an event the shares are known for good. */
static double end_of(const place *at)
{
    const fp_cif_curves *curves = at->curves;
    ptrdiff_t last = curves->length - 1;
    if (last < 0)
        return at->left;
    bool all = fp_cif_sum(curves, at->plot->cause_count, last) > 1 - 1e-9;
    return all ? at->right : x_of(at, curves->time[last]);
}

fp_status fp_cif_draw(const fp_cif_plot *plot, fp_buf *out, fp_err *err)
{
    if (plot->options->y_label && plot->options->y_label[0])
        (void)fp_svg_text_wrap(out, 0, 14, plot->width, 100, (fp_svg_type){.anchor = 's'},
                               fp_str_of(plot->options->y_label));
    for (ptrdiff_t i = 0; i < plot->count; i++) {
        FP_ARENA_SCOPED(scratch, FP_GIB, err);
        const fp_cif_curves *curves = plot->panels[i].curves;
        place at = {.plot = plot, .curves = curves, .label = plot->panels[i].label};
        at.x = (double)(i % plot->across) * (plot->panel + plot->gap);
        at.y = plot->top + (double)(i / plot->across) * (plot->head + plot->plot + plot->below);
        at.left = at.x + plot->left;
        at.right = at.x + plot->right;
        at.top = at.y + plot->head;
        at.bottom = at.top + plot->plot;
        at.end = end_of(&at);
        FP_TRY(draw_panel(&at, scratch, out, err));
    }
    if (!plot->named)
        draw_key(plot, out);
    return FP_OK;
}
