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
    double *value[7];
    FP_TRY(fp_text_table_begin(heads, n, 7, scratch, &table, value, err));
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
    if (result->reverse)
        fp_buf_put(out, "Events are here the ends of follow-up without the event\n");
    if (result->robust_curves && result->clusters)
        fp_buf_printf(out, "Standard errors: robust, %td clusters of %s\n", result->clusters,
                      result->cluster_name);
    else if (result->robust_curves)
        fp_buf_put(out, "Standard errors: robust, every row on its own\n");
    return fp_buf_ok(out, err);
}

static fp_status put_quantiles(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    ptrdiff_t strata = result->stratum_count, each = result->quantile_count, n = strata * each;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {"", "quantile", "time", from, "to", NULL};
    fp_text_table table;
    double *value[4];
    if (n < 1)
        return FP_OK;
    FP_TRY(fp_text_table_begin(heads, n, 4, scratch, &table, value, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_km_stratum *s = &result->strata[i / each];
        const fp_km_quantile *q = &s->quantiles[i % each];
        fp_text_table_set(&table, i + 1, 0, i % each ? "" : s->label);
        value[0][i] = result->quantile_at[i % each];
        value[1][i] = q->estimate;
        value[2][i] = q->lower;
        value[3][i] = q->upper;
    }
    for (int j = 0; j < 4; j++)
        fp_text_table_times(&table, j + 1, value[j]);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

/* The times that were asked for. */
static fp_status put_times(const fp_result *result, const fp_km_stratum *stratum, fp_arena *scratch,
                           fp_buf *out, fp_err *err)
{
    enum { COLUMNS = 8 };
    ptrdiff_t n = result->time_count;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {stratum->label, "at risk", "events", "survival", "se",
                           from,           "to",      "hazard", "se",       NULL};
    fp_text_table table;
    double *value[COLUMNS];
    FP_TRY(fp_text_table_begin(heads, n, COLUMNS, scratch, &table, value, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        char text[32];
        const fp_km_time *at = &stratum->times[i];
        const double row[COLUMNS] = {at->at_risk, at->events, at->survival, at->se,
                                     at->lower,   at->upper,  at->hazard,   at->hazard_se};
        (void)snprintf(text, sizeof text, "  at %.6g", at->time);
        fp_text_table_set(&table, i + 1, 0, text);
        for (int j = 0; j < COLUMNS; j++)
            value[j][i] = row[j];
    }
    for (int j = 0; j < 2; j++)
        fp_text_table_times(&table, j + 1, value[j]);
    for (int j = 2; j < COLUMNS; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 3, 3);
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    for (ptrdiff_t i = 0; i < n; i++)
        if (isnan(stratum->times[i].survival)) {
            fp_buf_printf(out, "\u2013: the rows of %s end before\n", stratum->label);
            break;
        }
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
    double *value[5];
    FP_TRY(fp_text_table_begin(heads, n, 5, scratch, &table, value, err));
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

static const char *title_of(const fp_result *result)
{
    if (result->reverse)
        return "Reverse Kaplan-Meier curves of the follow-up";
    return result->exp_hazard ? "Survival from the Nelson-Aalen hazard" : "Kaplan-Meier curves";
}

fp_status fp_text_km(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[96];
    (void)snprintf(title, sizeof title, "%s, %s intervals", title_of(result), result->conf_type);
    fp_text_head(result, title, out);
    FP_TRY(put_groups(result, scratch, out, err));
    FP_TRY(put_quantiles(result, scratch, out, err));
    double last = last_time(result);
    for (ptrdiff_t i = 0; last > 0 && !result->time_count && i < result->stratum_count; i++)
        FP_TRY(
            put_survival(result, &result->strata[i], fp_text_round_step(last), scratch, out, err));
    for (ptrdiff_t i = 0; result->time_count && i < result->stratum_count; i++)
        FP_TRY(put_times(result, &result->strata[i], scratch, out, err));
    FP_TRY(fp_text_km_contrasts(result, scratch, out, err));
    FP_TRY(fp_text_km_tests(result, scratch, out, err));
    return fp_text_permutation(result, scratch, out, err);
}
