#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "model/result_text_priv.h"

/* ---- restricted means ---- */

fp_status fp_text_km_contrasts(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    enum { COLUMNS = 8 };
    ptrdiff_t n = result->rmst_contrast_count;
    if (n < 1)
        return FP_OK;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {"", "difference", from, "to", "p", "ratio", from, "to", "p", NULL};
    fp_text_table table;
    double *value[COLUMNS];
    FP_TRY(fp_text_table_begin(heads, n, COLUMNS, scratch, &table, value, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_rmst_contrast *c = &result->rmst_contrasts[i];
        const double row[COLUMNS] = {
            c->difference, c->difference_lower, c->difference_upper, c->difference_p,
            c->ratio,      c->ratio_lower,      c->ratio_upper,      c->ratio_p};
        fp_text_table_set(&table, i + 1, 0, result->strata[c->b].label);
        for (int j = 0; j < COLUMNS; j++)
            value[j][i] = row[j];
    }
    for (int j = 0; j < COLUMNS; j++)
        if (j % 4 == 3)
            fp_text_table_p(&table, j + 1, value[j]);
        else
            fp_text_table_numbers(&table, j + 1, value[j], j < 4 ? 1 : 2, 3);
    fp_buf_printf(out, "\nRestricted mean to %.6g against that of %s\n",
                  result->strata[0].rmst.horizon, result->strata[0].label);
    return fp_text_table_put(&table, out, err);
}

/* ---- tests ---- */

static void put_test(fp_buf *out, const char *title, fp_logrank_test test)
{
    char chisq[32], p[32];
    if (test.df < 1) {
        fp_buf_printf(out, "%s: cannot be made with these events.\n", title);
        return;
    }
    fp_num_format(test.chisq, 2, &fp_numstyle_plain, chisq, sizeof chisq);
    fp_num_format_p(test.p, &fp_numstyle_plain, p, sizeof p);
    fp_buf_printf(out, "%s: chisq %s on %d df, p %s\n", title, chisq, test.df, p);
}

static void title_logrank(const fp_result *result, char *title, size_t size)
{
    if (result->gamma > 0)
        (void)snprintf(title, size, "Log-rank test, weight S^%.4g (1 - S)^%.4g", result->rho,
                       result->gamma);
    else if (result->rho < 0 || result->rho > 0)
        (void)snprintf(title, size, "Log-rank test, weight S^%.4g", result->rho);
    else
        (void)snprintf(title, size, "Log-rank test");
}

static fp_status put_expected(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_logrank_result *test = &result->logrank;
    const char *heads[] = {"", "n", "events", "expected", NULL};
    ptrdiff_t n = result->stratum_count;
    fp_text_table table;
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t i = 0; i < n; i++)
        fp_text_table_set(&table, i + 1, 0, result->strata[i].label);
    fp_text_table_times(&table, 1, test->n);
    fp_text_table_times(&table, 2, test->observed);
    fp_text_table_numbers(&table, 3, test->expected, 1, 3);
    return fp_text_table_put(&table, out, err);
}

/* "Test for trend, scores 1, 2, 3". */
static void title_trend(const fp_result *result, fp_buf *title)
{
    fp_buf_put(title, "Test for trend, scores");
    for (ptrdiff_t i = 0; i < result->stratum_count; i++)
        if (i < 8)
            fp_buf_printf(title, "%s %.6g", i ? "," : "", result->trend_scores[i]);
    fp_buf_put(title, result->stratum_count > 8 ? ", ..." : "");
}

static fp_status put_pairs(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    ptrdiff_t n = result->pair_count;
    const char *heads[] = {"", "chisq", "p", "p, Holm", NULL};
    fp_text_table table;
    double *value[3];
    if (n < 1)
        return FP_OK;
    FP_TRY(fp_text_table_begin(heads, n, 3, scratch, &table, value, err));
    for (ptrdiff_t i = 0; i < n; i++) {
        const fp_logrank_pair *pair = &result->pairs[i];
        char *label = fp_arena_printf(scratch, err, "%s and %s", result->strata[pair->a].label,
                                      result->strata[pair->b].label);
        if (!label)
            return FP_NOMEM;
        fp_text_table_set(&table, i + 1, 0, label);
        value[0][i] = pair->chisq;
        value[1][i] = pair->p;
        value[2][i] = pair->p_holm;
    }
    fp_text_table_numbers(&table, 1, value[0], 2, 2);
    fp_text_table_p(&table, 2, value[1]);
    fp_text_table_p(&table, 3, value[2]);
    fp_buf_printf(out, "\nThe groups in pairs%s\n", result->clustered_test ? ", robust test" : "");
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_km_tests(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_logrank_result *test = &result->logrank;
    if (!result->has_logrank)
        return fp_buf_ok(out, err);
    char title[96];
    title_logrank(result, title, sizeof title);
    fp_buf_put_char(out, '\n');
    put_test(out, title, (fp_logrank_test){test->chisq, test->p, test->df});
    if (test->df > 0)
        FP_TRY(put_expected(result, scratch, out, err));
    if (result->trend_scores) {
        FP_BUF_SCOPED(scores, FP_MIB);
        title_trend(result, &scores);
        FP_TRY(fp_buf_ok(&scores, err));
        put_test(out, scores.p, test->trend);
    }
    if (result->clustered_test)
        put_test(out,
                 result->clusters ? "Robust log-rank test, clusters as one"
                                  : "Robust log-rank test, every row on its own",
                 test->clustered);
    if (result->clustered_test && result->trend_scores)
        put_test(out, "Robust test for trend", test->clustered_trend);
    return put_pairs(result, scratch, out, err);
}
