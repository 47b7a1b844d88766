#ifndef FP_FIGURE_STEP_PRIV_H
#define FP_FIGURE_STEP_PRIV_H

#include "figure/svg_priv.h"

/* Step functions, as Kaplan-Meier and cumulative incidence curves are. At x the line jumps to y
 * [px]. */
typedef struct {
    double x, y;
} fp_svg_jump;

/* Append a jump to n; merged with the last one where nobody could see the difference. Gives the new
 * number of jumps. */
ptrdiff_t fp_svg_step_add(fp_svg_jump *steps, ptrdiff_t n, double x, double y);
/* Path data along the jumps to x = end. */
void fp_svg_step_forward(fp_buf *out, const fp_svg_jump *steps, ptrdiff_t n, double end);
/* Path data back along the jumps from x = end to the first, closed. */
void fp_svg_step_back(fp_buf *out, const fp_svg_jump *steps, ptrdiff_t n);
/* One letter of path data with its number. */
void fp_svg_verb(fp_buf *out, char verb, double value);

/* How many of n rising times lie at or before the horizon. */
ptrdiff_t fp_step_within(const double *time, ptrdiff_t n, double horizon);
/* The first of n rising times that is not before a tick of the axis, n where all are. */
ptrdiff_t fp_step_at_tick(const double *time, ptrdiff_t n, double tick);

#endif
