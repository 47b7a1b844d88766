#include <math.h>

#include "figure/smooth_priv.h"

static fp_status make_panel(const fp_result *result, const char *title, const double *x,
                            fp_arena *arena, fp_figure_panel *panel, fp_err *err)
{
    *panel = (fp_figure_panel){
        .title = title, .n = result->n, .x = x, .y = result->scatter->martingale, .reference = 0};
    return fp_panel_smooth(panel, FP_NUM_NAN, result->level, arena, err);
}

static fp_status make_panels(const fp_result *result, fp_arena *arena, fp_figure_panel *panels,
                             fp_err *err)
{
    const fp_residual_scatter *s = result->scatter;
    FP_TRY(make_panel(result, "linear predictor", s->linear_predictor, arena, &panels[0], err));
    for (ptrdiff_t j = 0; j < s->covariates; j++)
        FP_TRY(make_panel(result, s->covariate[j], s->x[j], arena, &panels[j + 1], err));
    return FP_OK;
}

static void describe(const fp_figure_panel *panels, ptrdiff_t count, fp_buf *desc)
{
    fp_buf_put(desc,
               "Martingale residuals (events less those expected), with a smooth line and its "
               "band, against:");
    for (ptrdiff_t i = 0; i < count; i++)
        fp_buf_printf(desc, "%s %s", i ? "," : "", panels[i].title);
    fp_buf_put(desc, ". A line that stays near 0 means that the form of the covariate fits.");
}

fp_status fp_figure_residuals(const fp_figure_frame *frame, const fp_result *result, fp_buf *out,
                              fp_err *err)
{
    if (result->model != FP_MODEL_COX || !result->scatter)
        return fp_fail(err, FP_ARG, "the result holds no martingale residuals");
    if (result->events == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: nobody had an event");
    if (result->term_count == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: the formula has no terms");
    FP_ARENA_SCOPED(arena, FP_GIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    fp_figure_panel *panels;
    ptrdiff_t count = result->scatter->covariates + 1;
    fp_figure_scatter_options o = {.y_label =
                                       "Martingale residual: events less those the model expects",
                                   .point = "one row",
                                   .reference = "as expected"};
    if (frame)
        o.frame = *frame;
    FP_ARRAY(panels, arena, count, err);
    FP_TRY(make_panels(result, arena, panels, err));
    describe(panels, count, &desc);
    return fp_figure_smooth(&o, result->level, "Martingale residuals", &desc, panels, count, arena,
                            out, err);
}
