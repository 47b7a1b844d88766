#ifndef FP_FIGURE_SPECIFICATION_H
#define FP_FIGURE_SPECIFICATION_H

#include "figure/figure.h"

/* ---- Specification curve: one effect under many choices ---- */

#define FP_FIGURE_MAX_SPECIFICATIONS 5000
#define FP_FIGURE_MAX_CHOICES        12

/* One way to come to an estimate. */
typedef struct {
    double estimate, lower, upper; /* ratio scale, > 0; estimate NaN = none, and no mark */
    const int *value;              /* choice_count: index among the values of each choice */
} fp_figure_specification;

typedef struct {
    const char *name; /* "min_days" */
    ptrdiff_t count;
    const char *const *values;
} fp_figure_choice;

typedef struct {
    fp_figure_frame frame; /* default width 960 */
    const char *y_label;   /* above the axis, e.g. "Hazard ratio (log scale)" */
    const char *mark;      /* at the marked one, e.g. "pre-registered" */
    ptrdiff_t marked;      /* index of the specification that was chosen beforehand; -1 = none */
} fp_figure_specification_options;

/* Draw a specification curve: above, the ratios in ascending order with their intervals on a log
 * axis with a line at 1; below, a row for each value of each choice with a tick where it was made.
 * Those without an estimate stand at the right end, with ticks and without a mark. The marked one
 * has a line through both parts, a larger mark and its word.
 * Source: Simonsohn, Simmons & Nelson 2020, doi 10.1038/s41562-020-0912-z, fig. 2.
 * in    specifications  count of them, 1..FP_FIGURE_MAX_SPECIFICATIONS, any order
 * in    choices         choice_count, 1..FP_FIGURE_MAX_CHOICES, of 1 to 20 values
 * Errors: FP_ARG (counts, an index out of range, bad id or width, a ratio that is not above 0),
 * FP_INPUT (no specification has an estimate; more of them than fit), FP_NOMEM.
 * Cost: O(count (log count + choices)). */
FP_MUST_USE fp_status fp_figure_specifications(const fp_figure_specification_options *options,
                                               const fp_figure_specification *specifications,
                                               ptrdiff_t count, const fp_figure_choice *choices,
                                               ptrdiff_t choice_count, fp_buf *out, fp_err *err);

#endif
