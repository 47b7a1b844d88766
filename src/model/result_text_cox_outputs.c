#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* ---- curves ---- */

/* As a curve of Kaplan and Meier, to read its steps with the same functions. */
static fp_km_curve as_km(const fp_cox_curve *c)
{
    return (fp_km_curve){.length = c->length,
                         .time = c->time,
                         .at_risk = c->at_risk,
                         .event = c->event,
                         .survival = c->survival,
                         .se = c->se,
                         .lower = c->lower,
                         .upper = c->upper};
}

static double hazard_at(const fp_cox_curve *c, double time)
{
    double hazard = 0;
    for (ptrdiff_t i = 0; i < c->length && c->time[i] <= time; i++)
        hazard = c->cumulative_hazard[i];
    return hazard;
}

static double last_time(const fp_predicted_curve *curves, ptrdiff_t n)
{
    double last = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (curves[i].curve.length)
            last = fmax(last, curves[i].curve.time[curves[i].curve.length - 1]);
    return last;
}

static fp_status put_curve(const fp_result *result, const fp_predicted_curve *curve, double step,
                           fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_km_curve km = as_km(&curve->curve);
    double end = km.length ? km.time[km.length - 1] : 0;
    ptrdiff_t n = step > 0 ? (ptrdiff_t)floor(end / step + 1e-9) : 0;
    char from[32], label[256];
    fp_text_level(result, from, sizeof from);
    (void)snprintf(label, sizeof label, "%.200s%s%.200s", curve->label, curve->stratum ? ", " : "",
                   curve->stratum ? curve->stratum : "");
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", label);
    const char *heads[] = {"", "at risk", "survival", from, "to", "cumulative hazard", "se", NULL};
    fp_text_table table;
    double *value[6];
    FP_TRY(fp_text_table_begin(heads, n, 6, scratch, &table, value, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        char text[32];
        fp_km_point at = fp_km_at(&km, step * (double)(i + 1));
        const double row[6] = {
            at.at_risk, at.survival, at.lower, at.upper, hazard_at(&curve->curve, at.time), at.se};
        (void)snprintf(text, sizeof text, "  at %.6g", at.time);
        fp_text_table_set(&table, i + 1, 0, text);
        for (int j = 0; j < 6; j++)
            value[j][i] = row[j];
    }
    fp_text_table_times(&table, 1, value[0]);
    for (int j = 1; j < 6; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 3, j < 4 ? 3 : 4);
    return fp_text_table_put(&table, out, err);
}

static fp_status put_curves(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    double last = fmax(last_time(result->curves, result->curve_count),
                       last_time(result->baseline, result->baseline_count));
    double step = last > 0 ? fp_text_round_step(last) : 0;
    fp_buf_printf(out, "\nPredicted survival, %s intervals\n", result->curve_conf_type);
    for (ptrdiff_t i = 0; i < result->curve_count; i++)
        FP_TRY(put_curve(result, &result->curves[i], step, scratch, out, err));
    for (ptrdiff_t i = 0; i < result->baseline_count; i++)
        FP_TRY(put_curve(result, &result->baseline[i], step, scratch, out, err));
    fp_text_wrap(out, "", "",
                 "At risk is everybody in the data; se is that of the cumulative "
                 "hazard.");
    return fp_buf_ok(out, err);
}

fp_status fp_text_cox_outputs(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    FP_TRY(fp_text_contrasts(result, scratch, out, err));
    if (result->curve_count || result->baseline_count)
        FP_TRY(put_curves(result, scratch, out, err));
    return FP_OK;
}
