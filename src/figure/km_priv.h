#ifndef FP_FIGURE_KM_PRIV_H
#define FP_FIGURE_KM_PRIV_H

#include "figure/step_priv.h"

/* The name of a curve at the end of its line. */
typedef struct {
    ptrdiff_t curve;
    double end_x, end_y; /* where the line ends [px] */
    double height;       /* of the wrapped text [px] */
    double at;           /* middle of the text [px] */
} fp_km_name;

/* What is drawn of a curve, length of the curve each; events as survival, turned over by fp_km_y.
 */
typedef struct {
    const double *value, *lower, *upper;
} fp_km_series;

/* Where everything of one Kaplan-Meier figure stands; made by fp_km_plan, drawn by fp_km_draw. */
typedef struct {
    const fp_figure_km_options *options;
    const fp_figure_curve *curves;
    const fp_km_series *series; /* count */
    ptrdiff_t count;
    const fp_numstyle *style;
    double width, height;            /* of the figure [px] */
    double left, right, top, bottom; /* of the plot [px] */
    double horizon, x_step, y_max, y_step;
    bool bands;        /* asked for, and few enough */
    ptrdiff_t stride;  /* every stride-th tick has numbers */
    bool direct;       /* names at the line ends */
    bool rows;         /* rows under the curve: names, and numbers at risk when asked for */
    bool beside;       /* the name of a row stands left of its numbers, not over them */
    double name_width; /* room for names at the line ends [px] */
    double rows_top;   /* baseline of the head of the rows [px] */
    fp_km_name *names; /* count at most, top to bottom */
    ptrdiff_t name_count;
} fp_km_plot;

/* Lay the figure out. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_km_plan(fp_km_plot *plot, fp_arena *arena, fp_err *err);
/* Draw grid, bands, curves, axes, names and rows. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_km_draw(const fp_km_plot *plot, fp_buf *out, fp_err *err);

/* Pixels of a time and of a value of a series. */
double fp_km_x(const fp_km_plot *plot, double time);
double fp_km_y(const fp_km_plot *plot, double value);
/* The value before the first time. */
double fp_km_start(const fp_km_plot *plot);
/* How many points of a curve lie at or before the horizon. */
ptrdiff_t fp_km_within(const fp_km_curve *curve, double horizon);
/* The value of curve i at the end of what is drawn. */
double fp_km_last(const fp_km_plot *plot, ptrdiff_t i);
/* At risk just before `time`; 0 after the last. */
double fp_km_at_risk(const fp_km_curve *curve, double time);
/* "1,022": a number at risk or on the x axis. */
void fp_km_count_text(double value, const fp_numstyle *style, char *out, size_t size);

#endif
