#include "figure/smooth_priv.h"

#include <math.h>

#include "stats/dist.h"
#include "stats/spline.h"

enum { STEPS = 80 };

static fp_status keep_finite(const fp_figure_panel *panel, fp_arena *arena, ptrdiff_t *n,
                             double **x, double **y, fp_err *err)
{
    FP_ARRAY(*x, arena, panel->n, err);
    FP_ARRAY(*y, arena, panel->n, err);
    *n = 0;
    for (ptrdiff_t i = 0; i < panel->n; i++)
        if (isfinite(panel->x[i]) && isfinite(panel->y[i])) {
            (*x)[*n] = panel->x[i];
            (*y)[(*n)++] = panel->y[i];
        }
    return FP_OK;
}

static fp_status draw_line(fp_figure_panel *panel, const fp_spline *spline, double sd, double level,
                           fp_arena *arena, fp_err *err)
{
    double *x, *y, *lower, *upper, z = fp_normal_quantile((1 + level) / 2);
    double low = spline->knot[0], width = spline->knot[spline->knots - 1] - low;
    FP_ARRAY(x, arena, STEPS + 1, err);
    FP_ARRAY(y, arena, STEPS + 1, err);
    FP_ARRAY(lower, arena, STEPS + 1, err);
    FP_ARRAY(upper, arena, STEPS + 1, err);
    for (int i = 0; i <= STEPS; i++) {
        double unit;
        x[i] = low + width * i / STEPS;
        y[i] = fp_spline_at(spline, x[i], &unit);
        lower[i] = y[i] - z * sd * sqrt(unit);
        upper[i] = y[i] + z * sd * sqrt(unit);
    }
    panel->line_length = STEPS + 1;
    panel->line_x = x;
    panel->line_y = y;
    panel->lower = lower;
    panel->upper = upper;
    return FP_OK;
}

fp_status fp_panel_smooth(fp_figure_panel *panel, double variance, double level, fp_arena *arena,
                          fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    double *x, *y;
    ptrdiff_t n;
    fp_spline spline;
    bool fitted;
    FP_TRY(keep_finite(panel, scratch, &n, &x, &y, err));
    FP_TRY(fp_spline_fit(n, x, y, scratch, &spline, &fitted, err));
    if (!fitted)
        return FP_OK;
    return draw_line(panel, &spline, isnan(variance) ? spline.residual_sd : sqrt(variance), level,
                     arena, err);
}

fp_status fp_figure_smooth(fp_figure_scatter_options *options, double level, const char *title,
                           const fp_buf *desc, const fp_figure_panel *panels, ptrdiff_t count,
                           fp_arena *arena, fp_buf *out, fp_err *err)
{
    options->smooth = fp_arena_printf(arena, err, "smooth line, %.10g%% band", 100 * level);
    if (!options->smooth)
        return FP_NOMEM;
    FP_TRY(fp_buf_ok(desc, err));
    if (!options->frame.title)
        options->frame.title = title;
    if (!options->frame.desc)
        options->frame.desc = desc->p;
    return fp_figure_scatter(options, panels, count, out, err);
}
