#include "figure/svg_priv.h"

#include <math.h>
#include <stdio.h>

#define MAX_ARMS   6
#define MAX_STAGES 20
#define PAD        10.0  /* from the border of a box to its text [px] */
#define DROP       28.0  /* height of a plain arrow [px] */
#define BETWEEN    18.0  /* between two arms [px] */
#define NARROWEST  150.0 /* of an arm [px] */
#define WIDEST     360.0 /* of an arm, and of a step [px] */
#define SPINE      16.0  /* from the left border of an arm to its arrows [px] */

/* One figure while it is drawn. */
typedef struct {
    const fp_figure_flow_input *input;
    fp_buf *out;
    double width;
    double gutter; /* left of the arms, for captions; 0 = captions stand over the boxes */
    double middle; /* x of the arrow between the steps [px] */
    double arm_left, arm_width;
    ptrdiff_t per_row; /* arms side by side */
    bool spine;        /* arrows within arms run along their left side */
} flow;

/* What waits to be joined from above, one an arm. */
typedef struct {
    bool open;
    double x, y;
} thread;

static double box_height(const fp_figure_box *box, double width, bool head)
{
    ptrdiff_t lines = 0;
    for (ptrdiff_t i = 0; i < box->count; i++)
        lines += fp_svg_wrap_count(fp_str_of(box->lines[i]), width - 2 * PAD, head && i == 0);
    return FP_SVG_LINE * (double)lines + 2 * PAD - 4;
}

static void draw_lines(const fp_figure_box *box, double x, double y, double width, bool head,
                       fp_buf *out)
{
    double baseline = y + PAD + 12;
    for (ptrdiff_t i = 0; i < box->count; i++) {
        fp_svg_type type = {.anchor = 's', .bold = head && i == 0};
        ptrdiff_t lines = fp_svg_text_wrap(out, x + PAD, baseline, width - 2 * PAD, PTRDIFF_MAX,
                                           type, fp_str_of(box->lines[i]));
        baseline += FP_SVG_LINE * (double)lines;
    }
}

static void draw_rect(double x, double y, double width, double height, const char *paint,
                      fp_buf *out)
{
    fp_buf_put(out, "<rect");
    fp_svg_attribute(out, "x", x);
    fp_svg_attribute(out, "y", y);
    fp_svg_attribute(out, "width", width);
    fp_svg_attribute(out, "height", height);
    fp_buf_printf(out, " %s/>\n", paint);
}

static void draw_box(const fp_figure_box *box, double x, double y, double width, double height,
                     fp_buf *out)
{
    draw_rect(x, y, width, height, "fill=\"#fff\" stroke=\"" FP_SVG_GREY "\"", out);
    draw_lines(box, x, y, width, true, out);
}

/* Down from (x, y1) to an arrow head at y2. */
static void draw_drop(double x, double y1, double y2, fp_buf *out)
{
    fp_svg_line(out, x, y1, x, y2 - 5, FP_SVG_INK, 1, "");
    fp_svg_arrow(out, x, y2, FP_SVG_DOWN, FP_SVG_INK);
}

/* The steps above the split; gives the y at which the arms begin. */
static double draw_steps(const flow *f)
{
    const fp_figure_flow_input *in = f->input;
    double width = fmin(WIDEST, 0.8 * (f->width - f->gutter)), y = 1;
    double aside_x = f->middle + 36, aside_width = fmin(f->width - aside_x - 1, WIDEST);
    for (ptrdiff_t i = 0; i < in->step_count; i++) {
        const fp_figure_flow_step *step = &in->steps[i];
        double height = box_height(&step->box, width, true), gap = DROP;
        draw_box(&step->box, f->middle - width / 2, y, width, height, f->out);
        y += height;
        if (step->aside.count) {
            double tall = box_height(&step->aside, aside_width, true);
            gap = tall + DROP;
            fp_svg_line(f->out, f->middle, y + gap / 2, aside_x - 5, y + gap / 2, FP_SVG_INK, 1,
                        "");
            fp_svg_arrow(f->out, aside_x, y + gap / 2, FP_SVG_RIGHT, FP_SVG_INK);
            draw_box(&step->aside, aside_x, y + DROP / 2, aside_width, tall, f->out);
        }
        if (i + 1 < in->step_count)
            draw_drop(f->middle, y, y + gap, f->out);
        else
            fp_svg_line(f->out, f->middle, y, f->middle, y + gap - 8, FP_SVG_INK, 1, "");
        y += gap;
    }
    return in->step_count ? y - 8 : y;
}

static double arm_x(const flow *f, ptrdiff_t place)
{
    return f->arm_left + (double)place * (f->arm_width + BETWEEN);
}

/* The line across from which a row of arms hangs, `from` its joint with what is above. */
static void draw_bus(const flow *f, ptrdiff_t count, double from, double y)
{
    double first = arm_x(f, 0) + f->arm_width / 2;
    double last = arm_x(f, count - 1) + f->arm_width / 2;
    if (fmax(last, from) > fmin(first, from))
        fp_svg_line(f->out, fmin(first, from), y, fmax(last, from), y, FP_SVG_INK, 1, "");
}

static double row_height(const flow *f, const fp_figure_flow_stage *stage, ptrdiff_t first,
                         ptrdiff_t count)
{
    double highest = 0, inset = stage->aside ? SPINE + 4 : 0;
    for (ptrdiff_t i = 0; i < count; i++)
        if (stage->cells[first + i].count)
            highest = fmax(
                highest, box_height(&stage->cells[first + i], f->arm_width - inset, !stage->aside));
    return highest;
}

/* Those who leave an arm: text beside its arrow. */
static void draw_leavers(const flow *f, const fp_figure_box *cell, const thread *t, double x,
                         double y)
{
    double branch = y + PAD + 12 - FP_SVG_CAP;
    if (t->open)
        fp_svg_line(f->out, t->x, branch, t->x + 10, branch, FP_SVG_INK, 1, "");
    draw_lines(cell, x + SPINE + 4, y, f->arm_width - SPINE - 4, false, f->out);
}

/* The caption of a stage, beside a row `height` high or over it, clear of the arrow at x = `arrow`;
 * gives the height that it takes above the boxes. */
static double draw_caption(const flow *f, const char *caption, double arrow, double y,
                           double height)
{
    fp_svg_type type = {.anchor = 's', .colour = FP_SVG_GREY};
    if (!caption || !caption[0])
        return 0;
    if (f->gutter > 0) {
        double room = f->gutter - 12;
        ptrdiff_t lines = fp_svg_wrap_count(fp_str_of(caption), room, false);
        double top = y + fmax(height - FP_SVG_LINE * (double)lines, 0) / 2;
        (void)fp_svg_text_wrap(f->out, 0, top + 14, room, 10, type, fp_str_of(caption));
        return 0;
    }
    bool left = arrow > f->arm_left + f->arm_width / 3;
    double x = left ? f->arm_left : arrow + 12;
    fp_svg_text_fit(f->out, x, y + 12, left ? arrow - 8 - x : f->arm_left + f->arm_width - x, type,
                    fp_str_of(caption));
    return 22;
}

/* One stage of the arms first..first+count-1; gives the y below it. */
static double draw_stage(const flow *f, ptrdiff_t index, ptrdiff_t first, ptrdiff_t count,
                         thread *threads, double y)
{
    const fp_figure_flow_stage *stage = &f->input->stages[index];
    double height = row_height(f, stage, first, count);
    if (stage->aside)
        y -= 12;
    y += draw_caption(f, stage->caption, threads[0].x, y,
                      stage->aside ? fmin(height, FP_SVG_LINE + 2 * PAD - 4) : height);
    for (ptrdiff_t i = 0; i < count; i++) {
        const fp_figure_box *cell = &stage->cells[first + i];
        thread *t = &threads[i];
        double x = arm_x(f, i);
        if (!cell->count)
            continue;
        if (stage->aside) {
            draw_leavers(f, cell, t, x, y);
            if (t->open && index + 1 == f->input->stage_count)
                fp_svg_line(f->out, t->x, t->y, t->x, y + PAD + 12 - FP_SVG_CAP, FP_SVG_INK, 1, "");
            continue;
        }
        if (t->open)
            draw_drop(t->x, t->y, y, f->out);
        draw_box(cell, x, y, f->arm_width, height, f->out);
        *t = (thread){true, x + (f->spine ? SPINE : f->arm_width / 2), y + height};
    }
    return y + height + (stage->aside ? 0 : DROP);
}

/* The arm's colour along the top of its first box. */
static void draw_colour(const flow *f, ptrdiff_t arm, ptrdiff_t place, double y)
{
    char paint[64];
    if (!f->input->looks)
        return;
    (void)snprintf(paint, sizeof paint, "fill=\"%s\"",
                   fp_svg_look_of(f->input->looks[arm], arm).colour);
    draw_rect(arm_x(f, place), y - 2, f->arm_width, 4, paint, f->out);
}

/* A row of arms from bus to last stage; gives the y below it. */
static double draw_arms(const flow *f, ptrdiff_t first, ptrdiff_t count, double y)
{
    const fp_figure_flow_input *in = f->input;
    thread threads[MAX_ARMS] = {{0}};
    double top = y + (in->step_count ? DROP - 8 : 0);
    for (ptrdiff_t i = 0; i < count; i++)
        threads[i] = (thread){in->step_count > 0, arm_x(f, i) + f->arm_width / 2, y};
    y = top;
    for (ptrdiff_t s = 0; s < in->stage_count; s++) {
        bool over = f->gutter <= 0 && in->stages[s].caption && in->stages[s].caption[0];
        double box = y + (over ? 22 : 0);
        y = draw_stage(f, s, first, count, threads, y);
        for (ptrdiff_t i = 0; s == 0 && i < count; i++)
            if (in->stages[s].cells[first + i].count && !in->stages[s].aside)
                draw_colour(f, first + i, i, box);
    }
    return y - (in->stages[in->stage_count - 1].aside ? 0 : DROP);
}

static void plan(flow *f)
{
    const fp_figure_flow_input *in = f->input;
    for (ptrdiff_t s = 0; s < in->stage_count; s++) {
        f->spine = f->spine || in->stages[s].aside;
        if (f->width >= 800 && in->stages[s].caption && in->stages[s].caption[0])
            f->gutter = 104;
    }
    double inner = f->width - f->gutter - 2;
    ptrdiff_t fit = (ptrdiff_t)floor((inner + BETWEEN) / (NARROWEST + BETWEEN));
    ptrdiff_t rows = (in->arm_count + fit - 1) / fit;
    f->per_row = (in->arm_count + rows - 1) / rows;
    double n = (double)f->per_row;
    f->arm_width = fmin((inner - (n - 1) * BETWEEN) / n, WIDEST);
    f->arm_left = f->gutter + 1 + (inner - n * f->arm_width - (n - 1) * BETWEEN) / 2;
    f->middle = f->gutter + 1 + inner / 2;
}

/* Everything from top to bottom; gives the height. */
static double draw(const flow *f)
{
    const fp_figure_flow_input *in = f->input;
    double y = draw_steps(f), from = f->middle;
    for (ptrdiff_t first = 0; first < in->arm_count; first += f->per_row) {
        ptrdiff_t left = in->arm_count - first, count = left < f->per_row ? left : f->per_row;
        double bus = y, trunk = arm_x(f, (count + 1) / 2) - BETWEEN / 2;
        if (in->step_count)
            draw_bus(f, count, from, bus);
        y = draw_arms(f, first, count, bus) + DROP;
        if (left <= f->per_row)
            break;
        /* The arms of the next row hang from a line that passes between those of this one. */
        if (in->step_count) {
            draw_bus(f, count, trunk, bus);
            fp_svg_line(f->out, trunk, bus, trunk, y, FP_SVG_INK, 1, "");
        }
        from = trunk;
    }
    return y - DROP + 2;
}

static void describe_box(const fp_figure_box *box, fp_buf *desc)
{
    for (ptrdiff_t i = 0; i < box->count; i++)
        fp_buf_printf(desc, "%s%s", i ? ", " : " ", box->lines[i] ? box->lines[i] : "");
    if (box->count)
        fp_buf_put_char(desc, '.');
}

/* All the words in reading order: the steps, then arm by arm. */
static void describe(const fp_figure_flow_input *in, fp_buf *desc)
{
    fp_buf_printf(desc, "Flow of the study from top to bottom, %td %s.", in->arm_count,
                  in->arm_count == 1 ? "arm" : "arms side by side");
    for (ptrdiff_t i = 0; i < in->step_count; i++) {
        describe_box(&in->steps[i].box, desc);
        describe_box(&in->steps[i].aside, desc);
    }
    for (ptrdiff_t arm = 0; arm < in->arm_count; arm++)
        for (ptrdiff_t s = 0; s < in->stage_count; s++)
            describe_box(&in->stages[s].cells[arm], desc);
}

static fp_status check(const fp_figure_flow_input *in, fp_err *err)
{
    if (in->arm_count < 1 || in->arm_count > MAX_ARMS)
        return fp_fail(err, FP_ARG, "a flow figure of %td arms: 1 to %d are possible",
                       in->arm_count, MAX_ARMS);
    if (in->stage_count < 1 || in->stage_count > MAX_STAGES || in->step_count < 0 ||
        in->step_count > MAX_STAGES)
        return fp_fail(err, FP_ARG, "a flow figure of %td steps and %td stages: at most %d",
                       in->step_count, in->stage_count, MAX_STAGES);
    for (ptrdiff_t s = 0; s < in->stage_count; s++)
        if (!in->stages[s].cells)
            return fp_fail(err, FP_ARG, "stage %td of a flow figure has no cells", s + 1);
    return FP_OK;
}

fp_status fp_figure_flow(const fp_figure_flow_input *input, fp_buf *out, fp_err *err)
{
    FP_TRY(check(input, err));
    FP_BUF_SCOPED(body, 16 * FP_MIB);
    FP_BUF_SCOPED(desc, FP_MIB);
    flow f = {.input = input, .out = &body};
    FP_TRY(fp_svg_check(&input->frame, 960, &f.width, err));
    plan(&f);
    double height = draw(&f);
    FP_TRY(fp_buf_ok(&body, err));
    describe(input, &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    fp_svg_open(out, &input->frame, f.width, height, "Flow of participants", fp_buf_str(&desc));
    fp_buf_put_n(out, body.p, body.n);
    fp_svg_close(out);
    return fp_buf_ok(out, err);
}
