#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* How many of each group had which event. */
static fp_status put_groups(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    ptrdiff_t n = result->cif_count, columns = result->cause_count + 3;
    fp_text_table table;
    double *value;
    FP_ARRAY(value, scratch, n, err);
    FP_TRY(fp_text_table_create(n + 1, columns, scratch, &table, err));
    fp_text_table_set(&table, 0, 1, "n");
    for (ptrdiff_t i = 0; i < n; i++) {
        fp_text_table_set(&table, i + 1, 0, result->cif[i].label);
        value[i] = (double)result->cif[i].curves.n;
    }
    fp_text_table_times(&table, 1, value);
    for (int32_t k = 0; k < result->cause_count; k++) {
        char head[80];
        (void)snprintf(head, sizeof head, "event %.60s", result->cause[k]);
        fp_text_table_set(&table, 0, k + 2, head);
        for (ptrdiff_t i = 0; i < n; i++)
            value[i] = (double)result->cif[i].curves.events[k];
        fp_text_table_times(&table, k + 2, value);
    }
    fp_text_table_set(&table, 0, columns - 1, "censored");
    for (ptrdiff_t i = 0; i < n; i++) {
        value[i] = (double)result->cif[i].curves.n;
        for (int32_t k = 0; k < result->cause_count; k++)
            value[i] -= (double)result->cif[i].curves.events[k];
    }
    fp_text_table_times(&table, columns - 1, value);
    return fp_text_table_put(&table, out, err);
}

static double last_time(const fp_cif_curves *curves)
{
    return curves->length ? curves->time[curves->length - 1] : 0;
}

/* The times of the tables: those asked for, else round ones. */
static fp_status choose_times(const fp_result *result, fp_arena *scratch, double **times,
                              ptrdiff_t *count, fp_err *err)
{
    double last = 0;
    *count = result->cif_time_count;
    if (result->cif_time_count > 0) {
        FP_ARRAY(*times, scratch, *count, err);
        for (ptrdiff_t i = 0; i < *count; i++)
            (*times)[i] = result->cif_times[i];
        return FP_OK;
    }
    for (ptrdiff_t i = 0; i < result->cif_count; i++)
        last = fmax(last, last_time(&result->cif[i].curves));
    double step = last > 0 ? fp_text_round_step(last) : 1;
    *count = last > 0 ? (ptrdiff_t)floor(last / step + 1e-9) : 0;
    FP_ARRAY(*times, scratch, *count, err);
    for (ptrdiff_t i = 0; i < *count; i++)
        (*times)[i] = step * (double)(i + 1);
    return FP_OK;
}

/* One cause: every group at every time. */
static fp_status put_cause(const fp_result *result, int32_t cause, const double *times,
                           ptrdiff_t count, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32], head[80];
    fp_text_level(result, from, sizeof from);
    (void)snprintf(head, sizeof head, "Event %.60s", result->cause[cause]);
    const char *heads[] = {head, "at risk", "incidence", "se", from, "to", NULL};
    ptrdiff_t rows = result->cif_count * (count + 1), row = 0;
    fp_text_table table;
    double *value[5];
    FP_TRY(fp_text_table_begin(heads, rows, 5, scratch, &table, value, err));
    for (ptrdiff_t g = 0; g < result->cif_count; g++) {
        fp_text_table_set(&table, ++row, 0, result->cif[g].label);
        for (int j = 0; j < 5; j++)
            value[j][row - 1] = FP_NUM_NAN;
        for (ptrdiff_t i = 0; i < count; i++) {
            char text[40];
            fp_cif_point at = fp_cif_at(&result->cif[g].curves, cause, times[i]);
            const double cell[5] = {at.at_risk, at.cif, at.se, at.lower, at.upper};
            (void)snprintf(text, sizeof text, "  at %.6g", times[i]);
            fp_text_table_set(&table, ++row, 0, text);
            for (int j = 0; j < 5; j++)
                value[j][row - 1] = cell[j];
        }
    }
    fp_text_table_times(&table, 1, value[0]);
    for (int j = 1; j < 5; j++)
        fp_text_table_numbers(&table, j + 1, value[j], 3, 3);
    for (ptrdiff_t g = 0; g < result->cif_count; g++)
        for (int j = 1; j < 6; j++)
            fp_text_table_set(&table, g * (count + 1) + 1, j, "");
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

static bool has_gaps(const fp_result *result, const double *times, ptrdiff_t count)
{
    for (ptrdiff_t g = 0; g < result->cif_count; g++)
        for (ptrdiff_t i = 0; i < count; i++)
            if (isnan(fp_cif_at(&result->cif[g].curves, 0, times[i]).lower))
                return true;
    return false;
}

static fp_status put_gray(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_test *rows;
    char title[64] = "Gray's test";
    if (result->rho != 0)
        (void)snprintf(title, sizeof title, "Gray's test, weight (1 - F)^%.4g", result->rho);
    FP_ARRAY(rows, scratch, result->gray_count, err);
    for (ptrdiff_t i = 0; i < result->gray_count; i++) {
        const fp_gray_result *test = &result->gray[i].test;
        char *name = fp_arena_printf(scratch, err, "event %s", result->gray[i].cause);
        if (!name)
            return FP_NOMEM;
        rows[i] = (fp_text_test){name, {test->chisq, test->df, test->p}};
    }
    return fp_text_tests(title, rows, result->gray_count, scratch, out, err);
}

fp_status fp_text_cif(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[96];
    double *times;
    ptrdiff_t count;
    (void)snprintf(title, sizeof title, "Cumulative incidence by Aalen-Johansen, %s intervals",
                   result->conf_type);
    fp_text_head(result, title, out);
    FP_TRY(put_groups(result, scratch, out, err));
    FP_TRY(choose_times(result, scratch, &times, &count, err));
    for (int32_t k = 0; count > 0 && k < result->cause_count; k++)
        FP_TRY(put_cause(result, k, times, count, scratch, out, err));
    if (result->cause_count > 0 && has_gaps(result, times, count))
        fp_buf_put(out, "\u2013: no bound, or nobody was followed for so long\n");
    if (result->gray_count)
        FP_TRY(put_gray(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
