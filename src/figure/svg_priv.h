#ifndef FP_FIGURE_SVG_PRIV_H
#define FP_FIGURE_SVG_PRIV_H

#include "figure/figure.h"

/* What the figures share: sizes of type, colours, writing SVG, measuring and wrapping text. */

#define FP_SVG_LINE 18.0 /* distance of two baselines [px]; the type is 14 px */
#define FP_SVG_CAP  5.0  /* from the middle of a line of text down to its baseline [px] */
#define FP_SVG_INK  "#1b1b1b"
#define FP_SVG_GREY "#6b6b6b"
#define FP_SVG_GRID "#d9d9d9"

typedef struct {
    const char *colour;
    const char *dash; /* stroke-dasharray, "" = solid */
} fp_svg_look;

/* Colour and dashes; `index` counts the curves and decides for FP_LOOK_AUTO. */
fp_svg_look fp_svg_look_of(fp_figure_look look, ptrdiff_t index);

/* ---- writing ---- */

/* A coordinate: at most two decimals, no trailing zeros, no -0; what is not finite is 0. */
void fp_svg_number(fp_buf *out, double value);
/* ` name="value"` with a coordinate. */
void fp_svg_attribute(fp_buf *out, const char *name, double value);
/* Escaped text; white space becomes a space, what XML cannot hold U+FFFD. */
void fp_svg_escape(fp_buf *out, fp_str text);

/* Check id and width of a frame; gives the width to draw at. Errors: FP_ARG. */
FP_MUST_USE fp_status fp_svg_check(const fp_figure_frame *frame, double default_width,
                                   double *width, fp_err *err);
/* How the frame's numbers are written. */
const fp_numstyle *fp_svg_numstyle(const fp_figure_frame *frame);
/* <svg ...> with a white ground and title and desc, those of the frame where it has them. */
void fp_svg_open(fp_buf *out, const fp_figure_frame *frame, double width, double height,
                 const char *title, fp_str desc);
void fp_svg_close(fp_buf *out);

/* A straight line; dash "" = solid. */
void fp_svg_line(fp_buf *out, double x1, double y1, double x2, double y2, const char *colour,
                 double stroke, const char *dash);
/* A filled arrow head with its tip at (x, y). */
typedef enum { FP_SVG_DOWN, FP_SVG_LEFT, FP_SVG_RIGHT } fp_svg_direction;
void fp_svg_arrow(fp_buf *out, double x, double y, fp_svg_direction direction, const char *colour);

typedef struct {
    char anchor; /* 's'tart, 'm'iddle, 'e'nd */
    bool bold;
    bool halo;          /* a white edge, for words over lines */
    const char *colour; /* NULL = ink */
} fp_svg_type;
/* One line of text, (x, y) on its baseline. */
void fp_svg_text(fp_buf *out, double x, double y, fp_svg_type type, fp_str text);
/* The same, cut with an ellipsis to fit `width`; the whole text is then its tooltip. */
void fp_svg_text_fit(fp_buf *out, double x, double y, double width, fp_svg_type type, fp_str text);
/* A number in the figure's style. */
void fp_svg_text_number(fp_buf *out, double x, double y, fp_svg_type type, double value,
                        int decimals, const fp_numstyle *style);

/* ---- measuring ---- */

/* Take the first character off: its code point (U+FFFD for a bad byte). text->n > 0. */
uint32_t fp_svg_next(fp_str *text);
/* Estimated width [px] at 14 px: Helvetica metrics plus 16%, for DejaVu Sans. */
double fp_svg_width(fp_str text, bool bold);
/* Take the next line that fits `width` off `rest`: broken at white space, inside a word only where
 * a word alone is too wide. At least one character a line, so it ends. rest->n = 0 after the last.
 */
fp_str fp_svg_wrap(fp_str *rest, double width, bool bold);
/* Lines that fp_svg_wrap gives, at least 1. */
ptrdiff_t fp_svg_wrap_count(fp_str text, double width, bool bold);
/* Draw wrapped lines down from baseline y, at most `max` (the last cut with an ellipsis); gives
 * how many. */
ptrdiff_t fp_svg_text_wrap(fp_buf *out, double x, double y, double width, ptrdiff_t max,
                           fp_svg_type type, fp_str text);

/* ---- axes ---- */

/* A step of 1, 2 or 5 times a power of ten that cuts `range` (> 0) into at most `most` pieces. */
double fp_svg_step(double range, double most);
/* Widen a range until it holds `value`; what is not finite is nowhere. */
void fp_svg_widen(double value, double *low, double *high);
/* The same of an axis from 2^low to 2^high, within 1/64 and 64. */
void fp_svg_widen_powers(double value, int *low, int *high);
/* Decimals that a step needs. */
int fp_svg_decimals(double step);

/* Move boxes apart on a line as little as possible (least squares), in the order of `wanted`.
 * Method: isotonic regression of wanted - offset by pooling adjacent violators, then clamping.
 * in    wanted  count, ascending: wanted centres      in  height  count
 * out   at      count: centres, within [low, high] when the heights fit there
 * in    work    2 count */
void fp_svg_spread(const double *wanted, const double *height, ptrdiff_t count, double low,
                   double high, double *at, double *work);

#endif
