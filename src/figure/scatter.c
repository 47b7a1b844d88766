#include "figure/svg_priv.h"

#include <math.h>
#include <stdio.h>

#define GAP       32.0 /* between panels, both ways [px] */
#define CELL      3.0  /* side of the squares of a thinned cloud [px] */
#define MOST_DOTS 2000 /* more than this and a cloud is thinned */
#define BLUE      "#0b6e99"
#define DOT       "#7d7d7d"

/* Where one panel stands. */
typedef struct {
    const fp_figure_panel *panel;
    double at_x, at_y, width;        /* of all of it [px] */
    double left, right, top, bottom; /* of the plot [px] */
    double x_low, x_high, y_low, y_high, y_step;
} place;

typedef struct {
    const fp_figure_scatter_options *options;
    const fp_figure_panel *panels;
    ptrdiff_t count, columns;
    const fp_numstyle *style;
    place *places;
    double width, height, panel_width, plot_height, axis_width;
    double key_top;      /* baseline of the first key [px] */
    ptrdiff_t key_lines; /* 0 = none */
} scatter;

/* ---- ranges ---- */

/* The band widens the axis by a quarter at most on either side. */
static void plan_band(place *p)
{
    const fp_figure_panel *panel = p->panel;
    double low = p->y_low, high = p->y_high;
    double room = panel->intervals ? HUGE_VAL : (high - low) / 4;
    for (ptrdiff_t i = 0; panel->lower && panel->upper && i < panel->line_length; i++) {
        fp_svg_widen(panel->lower[i], &low, &high);
        fp_svg_widen(panel->upper[i], &low, &high);
    }
    p->y_low = fmax(low, p->y_low - room);
    p->y_high = fmin(high, p->y_high + room);
}

static void plan_range(place *p)
{
    const fp_figure_panel *panel = p->panel;
    p->x_low = p->y_low = HUGE_VAL;
    p->x_high = p->y_high = -HUGE_VAL;
    for (ptrdiff_t i = 0; i < panel->n; i++)
        if (isfinite(panel->x[i]) && isfinite(panel->y[i])) {
            fp_svg_widen(panel->x[i], &p->x_low, &p->x_high);
            fp_svg_widen(panel->y[i], &p->y_low, &p->y_high);
        }
    for (ptrdiff_t i = 0; i < panel->line_length; i++)
        fp_svg_widen(panel->line_y[i], &p->y_low, &p->y_high);
    fp_svg_widen(panel->reference, &p->y_low, &p->y_high);
    plan_band(p);
    if (!(p->x_low <= p->x_high))
        p->x_low = p->x_high = 0;
    if (!(p->y_low <= p->y_high))
        p->y_low = p->y_high = 0;
    double x_room = p->x_high > p->x_low ? 0.02 * (p->x_high - p->x_low) : 0.5;
    double y_room = p->y_high > p->y_low ? 0.04 * (p->y_high - p->y_low) : 0.5;
    p->x_low -= x_room;
    p->x_high += x_room;
    p->y_low -= y_room;
    p->y_high += y_room;
    p->y_step = fp_svg_step(p->y_high - p->y_low, 6);
}

static double x_of(const place *p, double x)
{
    double share = (x - p->x_low) / (p->x_high - p->x_low);
    return p->left + fmin(fmax(share, 0), 1) * (p->right - p->left);
}

static double y_of(const place *p, double y)
{
    double share = (y - p->y_low) / (p->y_high - p->y_low);
    return p->bottom - fmin(fmax(share, 0), 1) * (p->bottom - p->top);
}

/* ---- layout ---- */

/* The number at a tick; very large and small ones in powers of ten. */
static void tick_text(const scatter *s, double value, double step, char *out, size_t size)
{
    if (step < 1e6 && step > 1e-6)
        fp_num_format(value, fp_svg_decimals(step), s->style, out, size);
    else
        (void)snprintf(out, size, "%.3g", value);
}

/* Room for the numbers left of the plots, the same for all, so that they stand in line. */
static double axis_width(const scatter *s)
{
    double widest = 0;
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const place *p = &s->places[i];
        for (double k = ceil(p->y_low / p->y_step); k * p->y_step <= p->y_high; k++) {
            char text[512];
            tick_text(s, k * p->y_step, p->y_step, text, sizeof text);
            widest = fmax(widest, fp_svg_width(fp_str_of(text), false));
        }
    }
    return fmin(ceil(widest) + 10, s->panel_width / 3);
}

static double lines_height(const char *text, double width, bool bold)
{
    if (!text || !text[0])
        return 0;
    return FP_SVG_LINE * (double)fp_svg_wrap_count(fp_str_of(text), width, bold);
}

static double head_height(const scatter *s, const fp_figure_panel *panel)
{
    return lines_height(panel->title, s->panel_width, true) +
           lines_height(panel->note, s->panel_width, false) + 8;
}

static double foot_height(const fp_figure_panel *panel)
{
    return 24 + (panel->x_label && panel->x_label[0] ? 22 : 0);
}

/* One row of panels from `first` on, its plots at one height; gives where it ends. */
static double plan_row(scatter *s, ptrdiff_t first, double y)
{
    double head = 0, foot = 0;
    ptrdiff_t last = first + s->columns < s->count ? first + s->columns : s->count;
    for (ptrdiff_t i = first; i < last; i++) {
        head = fmax(head, head_height(s, &s->panels[i]));
        foot = fmax(foot, foot_height(&s->panels[i]));
    }
    for (ptrdiff_t i = first; i < last; i++) {
        place *p = &s->places[i];
        p->at_x = (double)(i - first) * (s->panel_width + GAP);
        p->at_y = y;
        p->width = s->panel_width;
        p->left = p->at_x + s->axis_width;
        p->right = p->at_x + s->panel_width - 8;
        p->top = y + head;
        p->bottom = p->top + s->plot_height;
    }
    return y + head + s->plot_height + foot;
}

/* ---- keys ---- */

typedef struct {
    const char *text;
    int kind; /* 0 dot, 1 line with band, 2 dashed, 3 interval */
} key;

static int list_keys(const scatter *s, key keys[3])
{
    const fp_figure_scatter_options *o = s->options;
    const char *const texts[3] = {o->point, o->smooth, o->reference};
    int n = 0;
    for (int k = 0; k < 3; k++)
        if (texts[k] && texts[k][0])
            keys[n++] = (key){texts[k], k == 1 && s->panels[0].intervals ? 3 : k};
    return n;
}

static void draw_key(double x, double y, const key *k, fp_buf *out)
{
    double middle = y - FP_SVG_CAP;
    if (k->kind == 0) {
        fp_buf_put(out, "<circle");
        fp_svg_attribute(out, "cx", x + 13);
        fp_svg_attribute(out, "cy", middle);
        fp_buf_put(out, " r=\"2\" fill=\"" DOT "\"/>\n");
    }
    if (k->kind == 3)
        fp_svg_line(out, x + 13, middle - 7, x + 13, middle + 7, BLUE, 1.5, "");
    if (k->kind == 1 || k->kind == 3) {
        fp_buf_put(out, "<rect");
        fp_svg_attribute(out, "x", x);
        fp_svg_attribute(out, "y", middle - 6);
        fp_buf_put(out, " width=\"26\" height=\"12\" fill=\"" BLUE "\" fill-opacity=\"0.15\"/>\n");
        if (k->kind == 1)
            fp_svg_line(out, x, middle, x + 26, middle, BLUE, 2, "");
    }
    if (k->kind == 2)
        fp_svg_line(out, x, middle, x + 26, middle, FP_SVG_INK, 1.2, "6 4");
}

/* The keys side by side, as many a line as fit; gives how many lines. out NULL = only count. */
static ptrdiff_t put_keys(const scatter *s, fp_buf *out)
{
    key keys[3];
    int n = list_keys(s, keys);
    double x = 0, y = s->key_top;
    ptrdiff_t lines = n > 0;
    for (int k = 0; k < n; k++) {
        double wide = 32 + fp_svg_width(fp_str_of(keys[k].text), false);
        if (x > 0 && x + wide > s->width) {
            x = 0;
            y += FP_SVG_LINE + 2;
            lines++;
        }
        if (out) {
            draw_key(x, y, &keys[k], out);
            fp_svg_text_fit(out, x + 32, y, s->width - 32, (fp_svg_type){.anchor = 's'},
                            fp_str_of(keys[k].text));
        }
        x += wide + 22;
    }
    return lines;
}

static void plan(scatter *s)
{
    double wide = s->width;
    s->columns = s->count == 1 || wide < 560 ? 1 : wide >= 1000 && s->count > 2 ? 3 : 2;
    s->panel_width = (wide - GAP * (double)(s->columns - 1)) / (double)s->columns;
    s->plot_height = round(fmin(fmax(0.62 * s->panel_width, 180), 340));
    double y = lines_height(s->options->y_label, wide, false);
    s->key_top = y + 18;
    s->key_lines = put_keys(s, NULL);
    y += s->key_lines ? (FP_SVG_LINE + 2) * (double)s->key_lines + 4 : 0;
    y += y > 0 ? 14 : 0;
    for (ptrdiff_t i = 0; i < s->count; i++) {
        s->places[i].panel = &s->panels[i];
        plan_range(&s->places[i]);
    }
    s->axis_width = axis_width(s);
    for (ptrdiff_t i = 0; i < s->count; i += s->columns)
        y = plan_row(s, i, y) + GAP / 2;
    s->height = y - GAP / 2 + 6;
}

/* ---- drawing ---- */

static void put_point(fp_buf *out, char verb, double x, double y)
{
    fp_buf_put_char(out, verb);
    fp_svg_number(out, x);
    fp_buf_put_char(out, ' ');
    fp_svg_number(out, y);
}

static bool is_drawn(const fp_figure_panel *panel, ptrdiff_t i)
{
    return isfinite(panel->x[i]) && isfinite(panel->y[i]);
}

static void open_dots(fp_buf *out)
{
    fp_buf_put(out, "<path d=\"");
}

static void close_dots(fp_buf *out, double size)
{
    fp_buf_put(out, "\" fill=\"none\" stroke=\"" DOT "\" stroke-linecap=\"round\"");
    fp_svg_attribute(out, "stroke-width", size);
    fp_buf_put(out, "/>\n");
}

static void draw_all(const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    double size = panel->n > 500 ? 2.6 : panel->n > 100 ? 3.6 : 5;
    open_dots(out);
    for (ptrdiff_t i = 0; i < panel->n; i++)
        if (is_drawn(panel, i)) {
            put_point(out, 'M', x_of(p, panel->x[i]), y_of(p, panel->y[i]));
            fp_buf_put(out, "h0");
        }
    close_dots(out, size);
}

/* Points by squares: how many each holds, and which came first. */
static fp_status draw_thinned(const place *p, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_figure_panel *panel = p->panel;
    ptrdiff_t wide = (ptrdiff_t)ceil((p->right - p->left) / CELL) + 1;
    ptrdiff_t high = (ptrdiff_t)ceil((p->bottom - p->top) / CELL) + 1, *first, *held;
    FP_ARRAY(first, scratch, wide * high, err);
    FP_ARRAY(held, scratch, wide * high, err);
    for (ptrdiff_t i = 0; i < panel->n; i++) {
        if (!is_drawn(panel, i))
            continue;
        ptrdiff_t column = (ptrdiff_t)((x_of(p, panel->x[i]) - p->left) / CELL);
        ptrdiff_t row = (ptrdiff_t)((y_of(p, panel->y[i]) - p->top) / CELL);
        ptrdiff_t cell = column + row * wide;
        if (held[cell]++ == 0)
            first[cell] = i;
    }
    static const struct {
        ptrdiff_t least, most;
        double size;
    } steps[] = {{1, 9, 1.7}, {10, 99, 2.5}, {100, PTRDIFF_MAX, 3.4}};
    for (int k = 0; k < 3; k++) {
        open_dots(out);
        for (ptrdiff_t cell = 0; cell < wide * high; cell++)
            if (held[cell] >= steps[k].least && held[cell] <= steps[k].most) {
                ptrdiff_t i = first[cell];
                put_point(out, 'M', x_of(p, panel->x[i]), y_of(p, panel->y[i]));
                fp_buf_put(out, "h0");
            }
        close_dots(out, steps[k].size);
    }
    return FP_OK;
}

static void draw_line(const place *p, const char *colour, double stroke, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < panel->line_length; i++)
        put_point(out, i ? 'L' : 'M', x_of(p, panel->line_x[i]), y_of(p, panel->line_y[i]));
    fp_buf_printf(out, "\" fill=\"none\" stroke=\"%s\" stroke-linejoin=\"round\"", colour);
    fp_svg_attribute(out, "stroke-width", stroke);
    fp_buf_put(out, "/>\n");
}

static void draw_band(const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    ptrdiff_t n = panel->line_length;
    if (!panel->lower || !panel->upper || !isfinite(panel->lower[0]))
        return;
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < n; i++)
        put_point(out, i ? 'L' : 'M', x_of(p, panel->line_x[i]), y_of(p, panel->upper[i]));
    for (ptrdiff_t i = n - 1; i >= 0; i--)
        put_point(out, 'L', x_of(p, panel->line_x[i]), y_of(p, panel->lower[i]));
    fp_buf_put(out, "Z\" fill=\"" BLUE "\" fill-opacity=\"0.15\"/>\n");
}

/* An upright line a point; where they would touch, a band. */
static void draw_intervals(const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    if ((double)panel->line_length > (p->right - p->left) / 3) {
        draw_band(p, out);
        return;
    }
    fp_buf_put(out, "<path d=\"");
    for (ptrdiff_t i = 0; i < panel->line_length; i++) {
        if (!isfinite(panel->lower[i]) || !isfinite(panel->upper[i]))
            continue;
        put_point(out, 'M', x_of(p, panel->line_x[i]), y_of(p, panel->lower[i]));
        put_point(out, 'L', x_of(p, panel->line_x[i]), y_of(p, panel->upper[i]));
    }
    fp_buf_put(out, "\" fill=\"none\" stroke=\"" BLUE "\" stroke-width=\"1.5\"/>\n");
}

static void draw_smooth(const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    if (panel->line_length < 2 || panel->intervals)
        return;
    draw_band(p, out);
    draw_line(p, "#fff", 5, out); /* keeps the line apart from a dense cloud */
    draw_line(p, BLUE, 2, out);
}

static void draw_y_axis(const scatter *s, const place *p, fp_buf *out)
{
    for (double k = ceil(p->y_low / p->y_step); k * p->y_step <= p->y_high; k++) {
        char text[512];
        double y = y_of(p, k * p->y_step);
        tick_text(s, k * p->y_step, p->y_step, text, sizeof text);
        fp_svg_line(out, p->left, y, p->right, y, FP_SVG_GRID, 1, "");
        fp_svg_text(out, p->left - 7, y + FP_SVG_CAP, (fp_svg_type){.anchor = 'e'},
                    fp_str_of(text));
    }
}

/* How far the axis has its ticks and their texts [px]. */
typedef struct {
    double tick, text;
} reached;

/* A tick where the one before it leaves room, with its text where that of the one before does. */
static void put_tick(const place *p, double at, const char *text, reached *to, fp_buf *out)
{
    double x = x_of(p, at), half = fp_svg_width(fp_str_of(text), false) / 2;
    if (at < p->x_low || at > p->x_high || x - to->tick < 6)
        return;
    fp_svg_line(out, x, p->bottom, x, p->bottom + 4, FP_SVG_INK, 1, "");
    to->tick = x;
    if (x - half < to->text + 8 || x + half > p->at_x + p->width + 14)
        return;
    fp_svg_text(out, x, p->bottom + 19, (fp_svg_type){.anchor = 'm'}, fp_str_of(text));
    to->text = x + half;
}

static void draw_x_axis(const scatter *s, const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    reached to = {-HUGE_VAL, -HUGE_VAL};
    fp_svg_line(out, p->left, p->bottom, p->right, p->bottom, FP_SVG_INK, 1, "");
    for (ptrdiff_t i = 0; i < panel->tick_count; i++)
        put_tick(p, panel->tick_x[i], panel->tick_text[i], &to, out);
    double step = fp_svg_step(p->x_high - p->x_low, 6);
    for (double k = ceil(p->x_low / step); !panel->tick_count && k * step <= p->x_high; k++) {
        char text[512];
        tick_text(s, k * step, step, text, sizeof text);
        put_tick(p, k * step, text, &to, out);
    }
    if (panel->x_label && panel->x_label[0])
        fp_svg_text_fit(out, (p->left + p->right) / 2, p->bottom + 41, p->width,
                        (fp_svg_type){.anchor = 'm'}, fp_str_of(panel->x_label));
}

static void draw_head(const place *p, fp_buf *out)
{
    const fp_figure_panel *panel = p->panel;
    double y = p->at_y + 14;
    if (panel->title && panel->title[0])
        y += FP_SVG_LINE * (double)fp_svg_text_wrap(out, p->at_x, y, p->width, PTRDIFF_MAX,
                                                    (fp_svg_type){.anchor = 's', .bold = true},
                                                    fp_str_of(panel->title));
    if (panel->note && panel->note[0])
        (void)fp_svg_text_wrap(out, p->at_x, y, p->width, PTRDIFF_MAX, (fp_svg_type){.anchor = 's'},
                               fp_str_of(panel->note));
}

/* halo: keep it apart from the dots under it. */
static void draw_reference(const place *p, bool halo, fp_buf *out)
{
    double y = y_of(p, p->panel->reference);
    if (!isfinite(p->panel->reference))
        return;
    if (halo)
        fp_svg_line(out, p->left, y, p->right, y, "#fff", 4, "");
    fp_svg_line(out, p->left, y, p->right, y, FP_SVG_INK, 1.2, "6 4");
}

static fp_status draw_panel(const scatter *s, const place *p, fp_arena *scratch, fp_buf *out,
                            fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(scratch);
    draw_head(p, out);
    draw_y_axis(s, p, out);
    if (p->panel->intervals) {
        draw_reference(p, false, out);
        draw_intervals(p, out);
    }
    if (p->panel->n > MOST_DOTS)
        FP_TRY(draw_thinned(p, scratch, out, err));
    else if (p->panel->n > 0)
        draw_all(p, out);
    if (!p->panel->intervals)
        draw_reference(p, true, out);
    draw_smooth(p, out);
    draw_x_axis(s, p, out);
    fp_arena_rewind(scratch, mark);
    return FP_OK;
}

/* ---- words ---- */

static void describe(const scatter *s, fp_buf *desc)
{
    const fp_figure_scatter_options *o = s->options;
    if (o->frame.desc)
        fp_buf_put(desc, o->frame.desc);
    else
        fp_buf_printf(desc, "%td %s of points with a smooth line.", s->count,
                      s->count == 1 ? "panel" : "panels");
    for (ptrdiff_t i = 0; i < s->count; i++)
        if (s->panels[i].n > MOST_DOTS) {
            fp_buf_put(desc, " Where a panel has more than 2,000 points, the first in every square "
                             "of 3 pixels is drawn, larger where the square holds 10 or more, and "
                             "100 or more.");
            return;
        }
}

static fp_status check(const fp_figure_panel *panels, ptrdiff_t count, fp_err *err)
{
    if (count < 1 || !panels)
        return fp_fail(err, FP_ARG, "a scatter figure needs at least one panel");
    if (count <= FP_FIGURE_MAX_PANELS)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "%td panels do not fit in one figure: at most %d", count,
                  FP_FIGURE_MAX_PANELS);
    return fp_hint(err, FP_INPUT, "use fewer terms, or leave --plot out");
}

fp_status fp_figure_scatter(const fp_figure_scatter_options *options, const fp_figure_panel *panels,
                            ptrdiff_t count, fp_buf *out, fp_err *err)
{
    static const fp_figure_scatter_options none = {0};
    scatter s = {.options = options ? options : &none, .panels = panels, .count = count};
    fp_figure_frame frame = s.options->frame;
    FP_TRY(check(panels, count, err));
    FP_TRY(fp_svg_check(&frame, 720, &s.width, err));
    s.style = fp_svg_numstyle(&frame);
    FP_ARENA_SCOPED(scratch, 256 * FP_MIB, err);
    FP_ARRAY(s.places, scratch, count, err);
    plan(&s);
    FP_BUF_SCOPED(desc, FP_MIB);
    describe(&s, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    frame.desc = NULL; /* a part of the one made here */
    fp_svg_open(out, &frame, s.width, s.height, "Points", fp_buf_str(&desc));
    if (s.options->y_label)
        (void)fp_svg_text_wrap(out, 0, 14, s.width, PTRDIFF_MAX, (fp_svg_type){.anchor = 's'},
                               fp_str_of(s.options->y_label));
    (void)put_keys(&s, out);
    for (ptrdiff_t i = 0; i < count; i++)
        FP_TRY(draw_panel(&s, &s.places[i], scratch, out, err));
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
