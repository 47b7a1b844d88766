#include "figure/svg_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLUE   "#0b6e99"
#define ORANGE "#c8641b"
#define PURPLE "#6a3d8f"

fp_svg_look fp_svg_look_of(fp_figure_look look, ptrdiff_t index)
{
    static const fp_svg_look named[] = {
        [FP_LOOK_IPS] = {BLUE, ""},           [FP_LOOK_PA] = {ORANGE, "10 4"},
        [FP_LOOK_BOTH] = {PURPLE, "9 3 2 3"}, [FP_LOOK_USUAL] = {FP_SVG_GREY, "4 3"},
        [FP_LOOK_INK] = {FP_SVG_INK, ""},
    };
    /* 5 colours and 8 kinds of dashes have no common factor: 40 different pairs. */
    static const char *const colours[] = {FP_SVG_INK, BLUE, ORANGE, PURPLE, FP_SVG_GREY};
    static const char *const dashes[] = {"",     "8 3", "2 2.5",       "9 3 2 3",
                                         "15 4", "4 4", "9 3 2 3 2 3", "15 3 4 3"};
    if (look != FP_LOOK_AUTO)
        return named[look];
    return (fp_svg_look){colours[index % 5], dashes[index % 8]};
}

void fp_svg_number(fp_buf *out, double value)
{
    if (!isfinite(value))
        value = 0;
    long long hundredths = llround(fmin(fmax(value, -1e12), 1e12) * 100.0);
    if (hundredths < 0)
        fp_buf_put_char(out, '-');
    hundredths = llabs(hundredths);
    fp_buf_printf(out, "%lld", hundredths / 100);
    int part = (int)(hundredths % 100);
    if (part % 10)
        fp_buf_printf(out, ".%02d", part);
    else if (part)
        fp_buf_printf(out, ".%d", part / 10);
}

void fp_svg_attribute(fp_buf *out, const char *name, double value)
{
    fp_buf_printf(out, " %s=\"", name);
    fp_svg_number(out, value);
    fp_buf_put_char(out, '"');
}

void fp_svg_escape(fp_buf *out, fp_str text)
{
    while (text.n) {
        char one[5] = "";
        const char *start = text.p;
        uint32_t c = fp_svg_next(&text);
        if (c == '\t' || c == '\n' || c == '\r')
            one[0] = ' ';
        else if (c >= 0x20 && c != 0x7f && c != 0xfffd && c != 0xfffe && c != 0xffff)
            memcpy(one, start, (size_t)(text.p - start));
        fp_buf_put_xml(out, one[0] ? one : "\ufffd");
    }
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool good_id(const char *id)
{
    if (!is_letter(id[0]))
        return false;
    for (const char *p = id; *p; p++)
        if (!is_letter(*p) && !(*p >= '0' && *p <= '9') && *p != '-' && *p != '_')
            return false;
    return strlen(id) <= 100;
}

fp_status fp_svg_check(const fp_figure_frame *frame, double default_width, double *width,
                       fp_err *err)
{
    if (frame->id && !good_id(frame->id))
        return fp_fail(err, FP_ARG, "\"%.100s\" cannot be the id of a figure", frame->id);
    if (frame->width != 0 && !(frame->width >= 320 && frame->width <= 1100))
        return fp_fail(err, FP_ARG, "the width of a figure is %g px: 320 to 1100 is possible",
                       frame->width);
    *width = frame->width != 0 ? frame->width : default_width;
    return FP_OK;
}

const fp_numstyle *fp_svg_numstyle(const fp_figure_frame *frame)
{
    return frame->numstyle ? frame->numstyle : &fp_numstyle_plain;
}

void fp_svg_open(fp_buf *out, const fp_figure_frame *frame, double width, double height,
                 const char *title, fp_str desc)
{
    const char *id = frame->id ? frame->id : "figure";
    height = ceil(height);
    fp_buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"%s\" role=\"img\"", id);
    fp_buf_printf(out, " aria-labelledby=\"%s-title %s-desc\"", id, id);
    fp_svg_attribute(out, "width", width);
    fp_svg_attribute(out, "height", height);
    fp_buf_put(out, " viewBox=\"0 0 ");
    fp_svg_number(out, width);
    fp_buf_put_char(out, ' ');
    fp_svg_number(out, height);
    fp_buf_put(out, "\" font-family=\"Helvetica Neue, Helvetica, Arial, Liberation Sans, "
                    "sans-serif\" font-size=\"14\" fill=\"" FP_SVG_INK "\">\n");
    fp_buf_printf(out, "<title id=\"%s-title\">", id);
    fp_svg_escape(out, fp_str_of(frame->title ? frame->title : title));
    fp_buf_printf(out, "</title>\n<desc id=\"%s-desc\">", id);
    fp_svg_escape(out, frame->desc ? fp_str_of(frame->desc) : desc);
    fp_buf_put(out, "</desc>\n<rect");
    fp_svg_attribute(out, "width", width);
    fp_svg_attribute(out, "height", height);
    fp_buf_put(out, " fill=\"#fff\"/>\n");
}

void fp_svg_close(fp_buf *out)
{
    fp_buf_put(out, "</svg>\n");
}

void fp_svg_line(fp_buf *out, double x1, double y1, double x2, double y2, const char *colour,
                 double stroke, const char *dash)
{
    fp_buf_put(out, "<line");
    fp_svg_attribute(out, "x1", x1);
    fp_svg_attribute(out, "y1", y1);
    fp_svg_attribute(out, "x2", x2);
    fp_svg_attribute(out, "y2", y2);
    fp_buf_printf(out, " stroke=\"%s\"", colour);
    if (stroke != 1)
        fp_svg_attribute(out, "stroke-width", stroke);
    if (dash[0])
        fp_buf_printf(out, " stroke-dasharray=\"%s\"", dash);
    fp_buf_put(out, "/>\n");
}

void fp_svg_arrow(fp_buf *out, double x, double y, fp_svg_direction direction, const char *colour)
{
    static const char *const shape[] = {
        [FP_SVG_DOWN] = "l-4 -7h8z", [FP_SVG_LEFT] = "l7 -4v8z", [FP_SVG_RIGHT] = "l-7 -4v8z"};
    fp_buf_put(out, "<path d=\"M");
    fp_svg_number(out, x);
    fp_buf_put_char(out, ' ');
    fp_svg_number(out, y);
    fp_buf_printf(out, "%s\" fill=\"%s\"/>\n", shape[direction], colour);
}

void fp_svg_widen(double value, double *low, double *high)
{
    if (!isfinite(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

void fp_svg_widen_powers(double value, int *low, int *high)
{
    if (!isfinite(value) || value <= 0)
        return;
    double power = log2(value);
    while (*low > -6 && power < *low)
        (*low)--;
    while (*high < 6 && power > *high)
        (*high)++;
}

double fp_svg_step(double range, double most)
{
    double raw = range / fmax(most, 1.0), power = pow(10.0, floor(log10(raw)));
    static const double factor[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (factor[i] * power >= raw * (1 - 1e-9))
            return factor[i] * power;
    return 10 * power;
}

int fp_svg_decimals(double step)
{
    int decimals = 0;
    while (decimals < 9 && fabs(step - nearbyint(step)) > 1e-6 * step) {
        step *= 10;
        decimals++;
    }
    return decimals;
}

void fp_svg_spread(const double *wanted, const double *height, ptrdiff_t count, double low,
                   double high, double *at, double *work)
{
    double *mean = work, *weight = work + count, offset = 0;
    ptrdiff_t blocks = 0;
    for (ptrdiff_t i = 0; i < count; i++) {
        if (i)
            offset += (height[i - 1] + height[i]) / 2;
        mean[blocks] = wanted[i] - offset;
        weight[blocks++] = 1;
        while (blocks > 1 && mean[blocks - 2] > mean[blocks - 1]) {
            double a = weight[blocks - 2], b = weight[blocks - 1];
            mean[blocks - 2] = (a * mean[blocks - 2] + b * mean[blocks - 1]) / (a + b);
            weight[blocks - 2] = a + b;
            blocks--;
        }
    }
    if (!count)
        return;
    low += height[0] / 2;
    high -= offset + height[count - 1] / 2;
    offset = 0;
    for (ptrdiff_t i = 0, block = 0, used = 0; i < count; i++, used++) {
        if (used >= (ptrdiff_t)weight[block]) {
            block++;
            used = 0;
        }
        if (i)
            offset += (height[i - 1] + height[i]) / 2;
        at[i] = fmax(fmin(mean[block], high), low) + offset;
    }
}
