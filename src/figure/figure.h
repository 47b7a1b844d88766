#ifndef FP_FIGURE_FIGURE_H
#define FP_FIGURE_FIGURE_H

#include <stdbool.h>

#include "base/num.h"
#include "base/str.h"

#include "model/result.h"
#include "stats/km.h"

/* Figures as self-contained SVG. Every function here is pure: views in, text appended to `out`; no
 * file, clock or locale is touched, and the same input gives the same bytes. What is appended is
 * one <svg> element with role="img", <title> and <desc>, width, height and viewBox (so that
 * `max-width: 100%; height: auto` scales it), text as text in a system sans stack, no script, no
 * style sheet, no XML declaration: it can be inlined in HTML or written to a .svg file as it is.
 * All strings are borrowed for the call, UTF-8; they are escaped here. Bytes that XML cannot hold
 * are shown as U+FFFD. On an error `out` may hold half a figure: throw it away. A full or failed
 * buffer is FP_NOMEM. Thread-safe: yes, all of them. */

/* What all figures have. */
typedef struct {
    const char *id;    /* prefix of every id inside, so that several figures fit one page: a letter
                        * followed by letters, digits, '-' or '_'; NULL = "figure" */
    const char *title; /* short name, read aloud first; NULL = a plain English one */
    const char *desc;  /* what one sees, in whole sentences; NULL = made in English from the data */
    double width;      /* CSS pixels at natural size, 320 to 1100; 0 = the figure's own default
                        * (km and forest 720, flow 960). Type stays 14 px whatever the width */
    const fp_numstyle *numstyle; /* NULL = fp_numstyle_plain */
} fp_figure_frame;

/* Colour and line style of an arm, told apart without colour too. FP_LOOK_AUTO takes the next of a
 * sequence by position: ink solid, blue dashed, orange dotted, ... */
typedef enum {
    FP_LOOK_AUTO,
    FP_LOOK_IPS,   /* #0b6e99, solid */
    FP_LOOK_PA,    /* #c8641b, long dashes */
    FP_LOOK_BOTH,  /* #6a3d8f, dash and dot */
    FP_LOOK_USUAL, /* #6b6b6b, short dashes */
    FP_LOOK_INK    /* #1b1b1b, solid */
} fp_figure_look;

#define FP_FIGURE_MAX_CURVES 40

/* ---- Kaplan-Meier ---- */

typedef struct {
    const char *label;        /* at the line's end and in the table under the curve */
    const fp_km_curve *curve; /* right-censored or left-truncated */
    fp_figure_look look;
} fp_figure_curve;

typedef enum {
    FP_KM_SURVIVAL, /* S from 0 to 1 */
    FP_KM_EVENTS,   /* 1 - S in percent ("in work") */
    FP_KM_HAZARD    /* the Nelson-Aalen cumulative hazard, from 0 to a round number above all */
} fp_figure_km_kind;

typedef struct {
    fp_figure_frame frame;
    fp_figure_km_kind kind;
    fp_conf_type conf_type; /* hazard: of its bounds, which are made here */
    double level;           /* hazard: of its bounds; 0.95 */
    double horizon;         /* right end of the x axis; <= 0 or NaN = the last time of the data */
    double x_step;          /* distance of x ticks; <= 0 or NaN = a round number that fits */
    double y_max;           /* events: top of the y axis in (0, 1], raised when the data need it;
                             * <= 0 or NaN = 1 (100%). Survival always has the axis 0 to 1 */
    bool bands;             /* pointwise intervals, 15% opacity; left out above six curves */
    bool ticks;             /* censoring ticks */
    bool risk_table;        /* number at risk under the curve */
    const char *x_label;    /* e.g. "Days since the start" */
    const char *y_label;    /* e.g. "In sustained work (%)"; stands above the axis, horizontal */
    const char *risk_label; /* head of the table, e.g. "Number at risk" */
} fp_figure_km_options;

/* Bands, ticks and table on; survival; log intervals at 0.95; English words; everything else chosen
 * from the data. */
fp_figure_km_options fp_figure_km_defaults(void);

/* Draw Kaplan-Meier curves.
 * Steps start at (0, 1), those of a hazard at (0, 0), and end at the last time or at the horizon,
 * whichever is first. Bands are drawn where both bounds are defined. The number at risk at a tick
 * is that just before it (the at_risk of the first time >= the tick, 0 after the last), as R's
 * summary.survfit prints it. Direct labels at the line ends are moved apart as little as possible
 * (least squares); when they do not fit in height, the rows under the curve carry a piece of each
 * line and serve as legend. Steps below 0.1 px are merged: at most some 10 points a pixel of width,
 * whatever the data. in    options  NULL = fp_figure_km_defaults() in    curves   count of
 * them, 1..FP_FIGURE_MAX_CURVES Errors: FP_ARG (no curve, a NULL curve or one without the hazard to
 * draw, a bad id or width, a level that is none), FP_INPUT (more curves than a reader can tell
 * apart), FP_NOMEM. Cost: O(points + count^2). */
FP_MUST_USE fp_status fp_figure_km(const fp_figure_km_options *options,
                                   const fp_figure_curve *curves, ptrdiff_t count, fp_buf *out,
                                   fp_err *err);

/* The same for all strata of a km result with their own labels (`firstplace km --plot`): looks in
 * sequence, level and type of interval of the result. Errors: also FP_ARG when the result holds no
 * curve. */
FP_MUST_USE fp_status fp_figure_km_result(const fp_figure_km_options *options,
                                          const fp_result *result, fp_buf *out, fp_err *err);

/* ---- Cumulative incidence: bands stacked to 100% ---- */

#define FP_FIGURE_MAX_CIF 24

typedef struct {
    const char *label; /* over the panel */
    const fp_cif_curves *curves;
} fp_figure_cif_panel;

typedef struct {
    fp_figure_frame frame;  /* default width 960: two panels side by side from 640 on */
    double horizon, x_step; /* as Kaplan-Meier */
    const char *x_label;
    const char *y_label;    /* over all panels */
    const char *free_label; /* name of the rest, "no event yet" */
    const char *risk_label; /* over the numbers at risk under each panel; NULL = none */
} fp_figure_cif_options;
fp_figure_cif_options fp_figure_cif_defaults(void);

/* Draw cumulative incidences, a panel a group: the band of each cause lies on those before it, the
 * rest up to 100% is without an event. Bands differ in colour and in pattern, and carry their share
 * at the end of the curves, with the name where it fits 40% of the panel and else with a key below.
 * Nothing is drawn after the last time of a group, unless everybody has had an event.
 * in    panels   count of them, 1..FP_FIGURE_MAX_CIF
 * in    causes   names of the causes, cause_count of them, 1..20
 * Errors: FP_ARG, FP_INPUT (more panels or causes than a reader can tell apart), FP_NOMEM.
 * Cost: O(points causes). */
FP_MUST_USE fp_status fp_figure_cif(const fp_figure_cif_options *options,
                                    const fp_figure_cif_panel *panels, ptrdiff_t count,
                                    const char *const *causes, int32_t cause_count, fp_buf *out,
                                    fp_err *err);
/* The same for a cif result. Errors: also FP_INPUT where nobody had an event. */
FP_MUST_USE fp_status fp_figure_cif_result(const fp_figure_cif_options *options,
                                           const fp_result *result, fp_buf *out, fp_err *err);

/* ---- Forest: ratios with intervals ---- */

typedef struct {
    const char *label;
    double estimate, lower, upper; /* ratio scale, >= 0; estimate NaN = no mark. A bound that is NaN
                                    * is not drawn; what is 0, infinite or off the axis ends in an
                                    * arrow */
    const char *text;    /* right column, e.g. "1.48 (0.83 to 2.64)"; NULL = made from the numbers
                          * with two decimals and `to`, or `missing` where there is no estimate */
    fp_figure_look look; /* AUTO = ink */
    bool heading;        /* a bold line alone, no mark and no text unless given */
} fp_figure_forest_row;

typedef struct {
    fp_figure_frame frame;
    const char *x_label;    /* e.g. "Hazard ratio (log scale)" */
    const char *left_note;  /* under the axis left of 1, e.g. "fewer find work"; NULL = none */
    const char *right_note; /* right of 1 */
    const char *label_head; /* heads of the columns; NULL = none */
    const char *text_head;
    const char *to;      /* between the bounds in a made text; default "to" */
    const char *missing; /* where there is no estimate; default "not estimable" */
} fp_figure_forest_options;

fp_figure_forest_options fp_figure_forest_defaults(void);

/* Draw ratios on a log axis with ticks 0.25 0.5 1 2 4, further powers of two when an estimate or a
 * finite bound lies outside (to at most 1/64 and 64; what lies beyond ends in an arrow), a line at
 * 1, a square an estimate.
 * in    rows     count of them, 1..200
 * Errors: FP_ARG (no row, bad id or width, a negative number), FP_INPUT (more rows than fit),
 * FP_NOMEM. Cost: O(count). */
FP_MUST_USE fp_status fp_figure_forest(const fp_figure_forest_options *options,
                                       const fp_figure_forest_row *rows, ptrdiff_t count,
                                       fp_buf *out, fp_err *err);

/* ---- Levels: what was seen beside what was expected ---- */

typedef struct {
    const char *label;
    const char *text;           /* at the right end of the line of the label; NULL = none */
    double value, lower, upper; /* at least 0; value NaN = no mark, a bound NaN = no interval */
    fp_figure_look look;
    bool expected; /* a level reckoned from the others: a hollow mark, and a line of its own pattern
                    * up to the last row before it that was seen */
} fp_figure_level;

typedef struct {
    fp_figure_frame frame; /* default width 720 */
    const char *x_label;
    bool percent; /* values are shares; the axis is in percent */
} fp_figure_levels_options;

/* Draw values on an axis from 0, one under the other, each with its interval in its own colour and
 * line pattern, and the levels expected.
 * in    options  NULL = no words
 * in    rows     count of them, 1..40
 * Errors: FP_ARG (no row, bad id or width, a negative value), FP_INPUT (more rows than fit),
 * FP_NOMEM. Cost: O(count). */
FP_MUST_USE fp_status fp_figure_levels(const fp_figure_levels_options *options,
                                       const fp_figure_level *rows, ptrdiff_t count, fp_buf *out,
                                       fp_err *err);

/* ---- Scatter: points with a smooth line, a panel a quantity ---- */

typedef struct {
    const char *title;   /* bold above the panel; NULL = none */
    const char *note;    /* under the title; NULL = none */
    const char *x_label; /* under the axis; NULL = none */
    ptrdiff_t n;         /* points; those that are not finite are left out */
    const double *x, *y;
    ptrdiff_t line_length; /* smooth line with its band; 0 = none */
    const double *line_x, *line_y, *lower, *upper;
    bool intervals;   /* lower and upper are those of the points: no line, all of it in the axis */
    double reference; /* a dashed horizontal line; NaN = none */
    ptrdiff_t tick_count; /* ticks of the x axis; 0 = round numbers */
    const double *tick_x;
    const char *const *tick_text;
} fp_figure_panel;

typedef struct {
    fp_figure_frame frame;
    const char *y_label;   /* over all panels, horizontal */
    const char *point;     /* what a dot is, e.g. "one event"; NULL = no key */
    const char *smooth;    /* what the line is */
    const char *reference; /* what the dashed line is */
} fp_figure_scatter_options;

#define FP_FIGURE_MAX_PANELS 60

/* Draw panels of points, in one column below a width of 560, in two up to 1000, else in three.
 * Above 2,000 points a panel is thinned: the first point in every square of 3 px is drawn, larger
 * where the square holds 10 points or more, and 100 or more; `desc` gets a sentence on it. The axis
 * holds all points and the line; a band widens it by a quarter on either side at most.
 * in    options  NULL = no words
 * in    panels   count of them, 1..FP_FIGURE_MAX_PANELS
 * Errors: FP_ARG (no panel, bad id or width), FP_INPUT (more panels than fit), FP_NOMEM.
 * Cost: O(points); at most some 100 kB of text a panel. */
FP_MUST_USE fp_status fp_figure_scatter(const fp_figure_scatter_options *options,
                                        const fp_figure_panel *panels, ptrdiff_t count, fp_buf *out,
                                        fp_err *err);

/* Does a coefficient change over time? A panel a coefficient: scaled Schoenfeld residuals plus the
 * estimate against time on the scale of the test of proportional hazards, with a natural spline of
 * four degrees of freedom, its band (docs/methods/cox-prediction.md) and the estimate as a line.
 * Errors: FP_INPUT where the result holds nothing to draw, those of fp_figure_scatter. */
FP_MUST_USE fp_status fp_figure_schoenfeld(const fp_figure_frame *frame, const fp_result *result,
                                           fp_buf *out, fp_err *err);
/* Does the form of a covariate fit? Martingale residuals against the linear predictor and against
 * each covariate that is a number, with the same kind of line. Errors: the same. */
FP_MUST_USE fp_status fp_figure_residuals(const fp_figure_frame *frame, const fp_result *result,
                                          fp_buf *out, fp_err *err);
/* The effects of the groups of a mixed model in their order, each with its interval, a panel a
 * grouping and effect. Errors: the same. */
FP_MUST_USE fp_status fp_figure_lmm_effects(const fp_figure_frame *frame, const fp_result *result,
                                            fp_buf *out, fp_err *err);
/* Residuals of a mixed model against fitted values, with a smooth line. Errors: the same. */
FP_MUST_USE fp_status fp_figure_lmm_residuals(const fp_figure_frame *frame, const fp_result *result,
                                              fp_buf *out, fp_err *err);
/* Predicted survival (else the baseline) with bands and labels at the line ends; the curves are
 * those of the result. Errors: the same, and those of fp_figure_km. */
FP_MUST_USE fp_status fp_figure_predicted(const fp_figure_frame *frame, const fp_result *result,
                                          fp_buf *out, fp_err *err);

/* ---- Means with intervals, a line a group ---- */

#define FP_FIGURE_MAX_MEANS 8

typedef struct {
    const char *label; /* at the line's end; a key below where the figure is narrow */
    const double *mean, *lower, *upper; /* points; a mean that is NaN is not drawn */
    fp_figure_look look;
} fp_figure_means_series;

typedef struct {
    fp_figure_frame frame; /* default width 720 */
    ptrdiff_t points;
    const char *const *x_text; /* points */
    const double *x;           /* points, ascending; NULL = at equal distances */
    const char *x_label;       /* under the axis; NULL = none */
    const char *y_label;       /* above it, horizontal; NULL = none */
} fp_figure_means_options;

/* Draw means with intervals, joined by a line a series where x are numbers; series stand side by
 * side at each point. The y axis holds all intervals, between round numbers. in    series   count
 * of them, 1..FP_FIGURE_MAX_MEANS Errors: FP_ARG (no series, no point, bad id or width), FP_INPUT
 * (more series than a reader can tell apart, no mean at all), FP_NOMEM. Cost: O(count points). */
FP_MUST_USE fp_status fp_figure_means(const fp_figure_means_options *options,
                                      const fp_figure_means_series *series, ptrdiff_t count,
                                      fp_buf *out, fp_err *err);
/* The estimated means of a result on the scale of the outcome: what stands right of | along the
 * axis. Errors: also FP_INPUT where there are none, or not one variable for the axis. */
FP_MUST_USE fp_status fp_figure_means_result(const fp_figure_frame *frame, const fp_result *result,
                                             fp_buf *out, fp_err *err);

/* ---- Flow: a CONSORT diagram for a cluster trial ---- */

/* Lines of text, one a paragraph, wrapped here. The first is bold. count 0 = no box. */
typedef struct {
    const char *const *lines;
    ptrdiff_t count;
} fp_figure_box;

/* A step above the split into arms: the main box and, to its right, what left there. */
typedef struct {
    fp_figure_box box;
    fp_figure_box aside; /* count 0 = none */
} fp_figure_flow_step;

/* A row of boxes, one an arm, at the same height. */
typedef struct {
    const char *caption; /* spoken name of the row, e.g. "Follow-up"; drawn above it in grey when
                          * not NULL */
    const fp_figure_box *cells; /* arm_count; a cell with count 0 is passed by its arrow */
    bool aside; /* who leaves here: beside the arrow, without a box, the first line not bold */
} fp_figure_flow_stage;

typedef struct {
    fp_figure_frame frame;
    ptrdiff_t step_count;
    const fp_figure_flow_step *steps; /* top to bottom; may be 0 */
    ptrdiff_t arm_count;              /* 1..6 */
    const fp_figure_look *looks;      /* arm_count, or NULL = all ink; colours the top rule of an
                                       * arm's first box */
    ptrdiff_t stage_count;            /* 1..20 */
    const fp_figure_flow_stage *stages;
} fp_figure_flow_input;

/* Draw the flow of a trial: steps in the middle, then arms side by side. All wording comes from the
 * caller; boxes of a row are as high as the highest. Text is wrapped by estimated widths (Helvetica
 * metrics with 16% to spare). When the width leaves an arm less than 150 px, the arms stand in
 * several rows, each with its own stages.
 * Errors: FP_ARG (counts, bad id or width), FP_NOMEM. Cost: O(text). */
FP_MUST_USE fp_status fp_figure_flow(const fp_figure_flow_input *input, fp_buf *out, fp_err *err);

/* ---- Power ---- */

typedef struct {
    const char *label;   /* of the analysis, at the end of its line */
    const double *power; /* a share a point */
} fp_figure_power_line;

typedef struct {
    fp_figure_frame frame; /* default width 720 */
    const char *x_label, *y_label;
    double from;   /* left end of the x axis */
    double target; /* a dotted line at this power */
} fp_figure_power_options;

/* Draw power over size or effect: a line an analysis, the y axis from 0 to 100%.
 * in    x       n, increasing
 * in    lines   count of them, 1..9
 * Errors: FP_ARG (no line, no point, a bad id or width), FP_NOMEM. */
FP_MUST_USE fp_status fp_figure_power(const fp_figure_power_options *options, const double *x,
                                      ptrdiff_t n, const fp_figure_power_line *lines,
                                      ptrdiff_t count, fp_buf *out, fp_err *err);

#endif
