#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static fp_status put_groups(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], mean[64] = "";
    fp_text_level(result, from, sizeof from);
    double horizon = result->strata[0].rmst.horizon;
    bool rmst = isfinite(horizon);
    if (rmst)
        (void)snprintf(mean, sizeof mean, "mean to %.6g", horizon);
    const char *heads[] = {"", "n", "events", "median", from, "to", rmst ? mean : NULL, "se", NULL};
    ptrdiff_t n = result->stratum_count;
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, rmst ? 8 : 6, scratch, &table, err));
    fp_text_table_heads(&table, heads);
    double *value[7];
    for (int j = 0; j < 7; j++)
        FP_ARRAY(value[j], scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_km_stratum *s = &result->strata[i];
        const double row[7] = {(double)s->curve.n, (double)s->curve.events, s->median.estimate,
                               s->median.lower,    s->median.upper,         s->rmst.estimate,
                               s->rmst.se};
        fp_text_table_set(&table, i + 1, 0, s->label);
        for (int j = 0; j < 7; j++)
            value[j][i] = row[j];
    }
    for (int j = 0; j < 5; j++)
        fp_text_table_times(&table, j + 1, value[j]);
    for (int j = 5; rmst && j < 7; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 1, 3);
    FP_TRY(fp_text_table_put(&table, out, err));
    bool dash = false;
    for (ptrdiff_t i = 0; i < n; i++)
        dash = dash || isnan(value[2][i]) || isnan(value[3][i]) || isnan(value[4][i]);
    if (dash)
        fp_buf_put(out, "\u2013: not reached within the follow-up\n");
    return fp_buf_ok(out, err);
}

static double last_time(const fp_result *result)
{
    double last = 0;
    for (ptrdiff_t i = 0; i < result->stratum_count; i++) {
        const fp_km_curve *curve = &result->strata[i].curve;
        if (curve->length && curve->time[curve->length - 1] > last)
            last = curve->time[curve->length - 1];
    }
    return last;
}

static fp_status put_survival(const fp_result *result, const fp_km_stratum *stratum, double step,
                              fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_km_curve *curve = &stratum->curve;
    double end = curve->length ? curve->time[curve->length - 1] : 0;
    ptrdiff_t n = (ptrdiff_t)floor(end / step + 1e-9);
    if (n < 1)
        return FP_OK;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {stratum->label, "at risk", "survival", "se", from, "to", NULL};
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 6, scratch, &table, err));
    fp_text_table_heads(&table, heads);
    double *value[5];
    for (int j = 0; j < 5; j++)
        FP_ARRAY(value[j], scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        char text[32];
        fp_km_point at = fp_km_at(curve, step * (double)(i + 1));
        const double row[5] = {at.at_risk, at.survival, at.se, at.lower, at.upper};
        (void)snprintf(text, sizeof text, "  at %.6g", at.time);
        fp_text_table_set(&table, i + 1, 0, text);
        for (int j = 0; j < 5; j++)
            value[j][i] = row[j];
    }
    fp_text_table_times(&table, 1, value[0]);
    for (int j = 1; j < 5; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 3, 3);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

static fp_status put_logrank(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_logrank_result *test = &result->logrank;
    const char *heads[] = {"", "n", "events", "expected", NULL};
    ptrdiff_t n = result->stratum_count;
    char title[64] = "Log-rank test";
    if (result->rho != 0)
        (void)snprintf(title, sizeof title, "Log-rank test, weight S^%.4g", result->rho);
    fp_buf_put_char(out, '\n');
    if (test->df < 1) {
        fp_buf_printf(out, "%s: cannot be made with these events.\n", title);
        return fp_buf_ok(out, err);
    }
    char chisq[32], p[32];
    fp_num_format(test->chisq, 2, &fp_numstyle_plain, chisq, sizeof chisq);
    fp_num_format_p(test->p, &fp_numstyle_plain, p, sizeof p);
    fp_buf_printf(out, "%s: chisq %s on %d df, p %s\n", title, chisq, test->df, p);
    fp_text_table table;
    FP_TRY(fp_text_table_create(n + 1, 4, scratch, &table, err));
    fp_text_table_heads(&table, heads);
    for (ptrdiff_t i = 0; i < n; i++)
        fp_text_table_set(&table, i + 1, 0, result->strata[i].label);
    fp_text_table_times(&table, 1, test->n);
    fp_text_table_times(&table, 2, test->observed);
    fp_text_table_numbers(&table, 3, test->expected, 1, 3);
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_km(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[64];
    (void)snprintf(title, sizeof title, "Kaplan-Meier curves, %s intervals", result->conf_type);
    fp_text_head(result, title, out);
    FP_TRY(put_groups(result, scratch, out, err));
    double last = last_time(result);
    for (ptrdiff_t i = 0; last > 0 && i < result->stratum_count; i++)
        FP_TRY(
            put_survival(result, &result->strata[i], fp_text_round_step(last), scratch, out, err));
    if (result->has_logrank)
        FP_TRY(put_logrank(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
