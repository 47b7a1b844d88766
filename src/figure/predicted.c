#include <math.h>

#include "figure/figure.h"
#include "figure/svg_priv.h"

static fp_km_curve as_km(const fp_cox_curve *c, const double *none)
{
    return (fp_km_curve){.length = c->length,
                         .time = c->time,
                         .at_risk = c->at_risk,
                         .event = c->event,
                         .censored = none,
                         .survival = c->survival,
                         .se = c->se,
                         .lower = c->lower,
                         .upper = c->upper};
}

static fp_status collect(const fp_predicted_curve *from, ptrdiff_t count, fp_arena *arena,
                         fp_figure_curve *curves, fp_err *err)
{
    fp_km_curve *km;
    FP_ARRAY(km, arena, count, err);
    for (ptrdiff_t i = 0; i < count; i++) {
        double *none;
        FP_ARRAY(none, arena, from[i].curve.length, err);
        km[i] = as_km(&from[i].curve, none);
        const char *stratum = from[i].stratum;
        const char *label = fp_arena_printf(arena, err, "%s%s%s", from[i].label,
                                            stratum ? ", " : "", stratum ? stratum : "");
        if (!label)
            return FP_NOMEM;
        curves[i] = (fp_figure_curve){.label = label, .curve = &km[i]};
    }
    return FP_OK;
}

/* "... At the end of the line: age=60 0.41 (0.32 to 0.53); ..." */
static void describe(const fp_predicted_curve *from, const fp_figure_curve *curves, ptrdiff_t count,
                     double level, const fp_numstyle *style, fp_buf *desc)
{
    fp_buf_printf(desc,
                  "Survival by time that the Cox model predicts, %td %s with %.10g%% bands%s. At "
                  "the end of the line:",
                  count, count == 1 ? "curve" : "curves", 100 * level,
                  count > 6 ? " (not drawn, for there are more than six curves)" : "");
    for (ptrdiff_t i = 0; i < count; i++) {
        const fp_cox_curve *c = &from[i].curve;
        char value[3][512];
        if (c->length == 0)
            continue;
        fp_num_format(c->survival[c->length - 1], 2, style, value[0], sizeof value[0]);
        fp_num_format(c->lower[c->length - 1], 2, style, value[1], sizeof value[1]);
        fp_num_format(c->upper[c->length - 1], 2, style, value[2], sizeof value[2]);
        fp_buf_printf(desc, "%s %s %s (%s to %s)", i ? ";" : "", curves[i].label, value[0],
                      value[1], value[2]);
    }
    fp_buf_put_char(desc, '.');
}

fp_status fp_figure_predicted(const fp_figure_frame *frame, const fp_result *result, fp_buf *out,
                              fp_err *err)
{
    bool asked = result->curve_count > 0;
    const fp_predicted_curve *from = asked ? result->curves : result->baseline;
    ptrdiff_t count = asked ? result->curve_count : result->baseline_count;
    if (count == 0)
        return fp_fail(err, FP_INPUT, "nothing to draw: there are no predicted curves");
    FP_ARENA_SCOPED(arena, 16 * FP_GIB, err);
    FP_BUF_SCOPED(desc, FP_MIB);
    fp_figure_curve *curves;
    fp_figure_km_options o = fp_figure_km_defaults();
    if (frame)
        o.frame = *frame;
    FP_ARRAY(curves, arena, count, err);
    FP_TRY(collect(from, count, arena, curves, err));
    describe(from, curves, count, result->level, fp_svg_numstyle(&o.frame), &desc);
    FP_TRY(fp_buf_ok(&desc, err));
    o.ticks = o.risk_table = false;
    o.y_label = "Predicted survival";
    if (!o.frame.title)
        o.frame.title = "Predicted survival";
    if (!o.frame.desc)
        o.frame.desc = desc.p;
    return fp_figure_km(&o, curves, count, out, err);
}
