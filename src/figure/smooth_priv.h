#ifndef FP_FIGURE_SMOOTH_PRIV_H
#define FP_FIGURE_SMOOTH_PRIV_H

#include "figure/figure.h"

/* Give a panel its smooth line: a natural spline through its points with a pointwise band.
 * in    variance  of a point; NaN = the residual variance of the line
 * in    level     coverage of the band
 * Where the points have too few different x, the panel stays without a line.
 * Errors: FP_NOMEM. docs/methods/cox-prediction.md. */
FP_MUST_USE fp_status fp_panel_smooth(fp_figure_panel *panel, double variance, double level,
                                      fp_arena *arena, fp_err *err);
/* Draw panels with smooth lines. `title` and `desc` stand where the frame has none.
 * Errors: as fp_figure_scatter. */
FP_MUST_USE fp_status fp_figure_smooth(fp_figure_scatter_options *options, double level,
                                       const char *title, const fp_buf *desc,
                                       const fp_figure_panel *panels, ptrdiff_t count,
                                       fp_arena *arena, fp_buf *out, fp_err *err);

#endif
