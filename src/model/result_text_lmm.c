#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_text_priv.h"

static const char *df_name(const fp_lmm_result *lmm)
{
    if (lmm->method == FP_LMM_DF_Z)
        return "Statistic and p by the normal distribution.";
    return lmm->method == FP_LMM_DF_KR
               ? "Standard errors and degrees of freedom of Kenward and Roger."
               : "Degrees of freedom of Satterthwaite.";
}

/* A variance whose interval ends at 0, or a correlation at -1 or 1. */
static bool meets_bound(const fp_lmm_result *lmm)
{
    for (ptrdiff_t k = 0; k < lmm->random_count; k++) {
        const fp_random_row *row = &lmm->random[k];
        if (row->term2 ? row->lower <= -1 || row->upper >= 1 : row->lower <= 0)
            return true;
    }
    return false;
}

static fp_status put_random(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_lmm_result *lmm = result->lmm;
    const char *heads[] = {"Random effects", "", "sd", "correlation", "lower", "upper", NULL};
    double *value[4];
    ptrdiff_t n = lmm->random_count, columns = lmm->profiled ? 4 : 2;
    fp_text_table table;
    if (!lmm->profiled)
        heads[4] = NULL;
    FP_TRY(fp_text_table_begin(heads, n + 1, 4, scratch, &table, value, err));
    for (ptrdiff_t k = 0; k < n; k++) {
        const fp_random_row *row = &lmm->random[k];
        char text[160];
        (void)snprintf(text, sizeof text, "%s%s%s", row->term, row->term2 ? ", " : "",
                       row->term2 ? row->term2 : "");
        fp_text_table_set(&table, k + 1, 0, row->group);
        fp_text_table_set(&table, k + 1, 1, text);
        value[0][k] = row->term2 ? FP_NUM_NAN : row->value;
        value[1][k] = row->term2 ? row->value : FP_NUM_NAN;
        value[2][k] = row->lower;
        value[3][k] = row->upper;
    }
    fp_text_table_set(&table, n + 1, 0, "residual");
    value[0][n] = lmm->residual_sd;
    value[1][n] = FP_NUM_NAN;
    value[2][n] = lmm->residual_lower;
    value[3][n] = lmm->residual_upper;
    for (ptrdiff_t c = 0; c < columns; c++)
        fp_text_table_numbers(&table, c + 2, value[c], c == 1 ? 2 : 3, c == 1 ? 3 : 5);
    for (ptrdiff_t k = 0; k <= n; k++) {
        bool is_corr = k < n && lmm->random[k].term2;
        fp_text_table_set(&table, k + 1, is_corr ? 2 : 3, "");
    }
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    if (lmm->profiled)
        fp_buf_printf(out, "Intervals of %g%% by the profile of the likelihood%s.\n",
                      100 * result->level,
                      meets_bound(lmm) ? "; one that ends at a bound does not exclude it" : "");
    return fp_buf_ok(out, err);
}

/* How the intervals of the intraclass correlations were made, or why there are none. */
static void put_intervals(const fp_result *result, fp_buf *out)
{
    const char *interval = NULL;
    for (ptrdiff_t k = 0; k < result->lmm->group_count && !interval; k++)
        interval = result->lmm->groups[k].interval;
    if (!interval)
        return;
    if (strcmp(interval, "boundary") == 0)
        fp_text_wrap(
            out, "", "",
            "No interval of the intraclass correlations: a variance is estimated 0, at its "
            "boundary.");
    else
        fp_buf_printf(out, "Correlations within groups with intervals of %g%% by the %s.\n",
                      100 * result->level,
                      strcmp(interval, "profile") == 0 ? "profile of the likelihood"
                                                       : "delta method on the logit");
}

static void put_groups(const fp_result *result, fp_buf *out)
{
    const fp_lmm_result *lmm = result->lmm;
    fp_buf_put_char(out, '\n');
    for (ptrdiff_t k = 0; k < lmm->group_count; k++) {
        const fp_group_row *row = &lmm->groups[k];
        char line[320], limits[64] = "";
        if (isfinite(row->lower))
            (void)snprintf(limits, sizeof limits, " (%.3f to %.3f)", row->lower, row->upper);
        int n = snprintf(line, sizeof line, "%td groups of %s", row->groups, row->group);
        if (isfinite(row->icc) && n > 0 && (size_t)n < sizeof line)
            (void)snprintf(line + n, sizeof line - (size_t)n,
                           ": intraclass correlation %.3f%s, share of the variance %.3f", row->icc,
                           limits, row->share);
        fp_text_wrap(out, "", "  ", line);
    }
    put_intervals(result, out);
}

/* Standard deviation by wave, and the correlations. */
static fp_status put_structure(const fp_lmm_result *lmm, fp_arena *scratch, fp_buf *out,
                               fp_err *err)
{
    ptrdiff_t n = lmm->waves;
    const double *v = lmm->residual_covariance;
    double *column;
    char text[160];
    fp_text_table table;
    FP_ARRAY(column, scratch, n, err);
    FP_TRY(fp_text_table_create(n + 1, n + 2, scratch, &table, err));
    (void)snprintf(text, sizeof text, "Residuals by wave (%s)", lmm->residual);
    fp_text_table_set(&table, 0, 0, text);
    fp_text_table_set(&table, 0, 1, "sd");
    for (ptrdiff_t i = 0; i < n; i++) {
        fp_text_table_set(&table, i + 1, 0, lmm->wave_label[i]);
        fp_text_table_set(&table, 0, i + 2, lmm->wave_label[i]);
        column[i] = sqrt(v[i + i * n]);
    }
    fp_text_table_numbers(&table, 1, column, 3, 5);
    for (ptrdiff_t j = 0; j < n; j++) {
        for (ptrdiff_t i = 0; i < n; i++)
            column[i] = v[i + j * n] / sqrt(v[i + i * n] * v[j + j * n]);
        fp_text_table_numbers(&table, j + 2, column, 2, 2);
    }
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    fp_buf_printf(out, "%td subjects (%s)\n", lmm->subjects, lmm->subject);
    return fp_buf_ok(out, err);
}

static fp_status put_tests(const fp_lmm_result *lmm, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_test *rows;
    FP_ARRAY(rows, scratch, lmm->test_count, err);
    for (ptrdiff_t k = 0; k < lmm->test_count; k++) {
        const fp_variance_test *test = &lmm->tests[k];
        rows[k].test = (fp_test){test->chisq, test->df, test->p};
        rows[k].name =
            fp_arena_printf(scratch, err, "%s between groups of %s", test->term, test->group);
        if (!rows[k].name)
            return FP_NOMEM;
    }
    FP_TRY(fp_text_tests("Against the model without", rows, lmm->test_count, scratch, out, err));
    fp_text_wrap(out, "", "",
                 "A variance cannot be below 0: p is half that of chi-square on df - 1 and half "
                 "that on df degrees of freedom.");
    return fp_buf_ok(out, err);
}

fp_status fp_text_lmm(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const fp_lmm_result *lmm = result->lmm;
    fp_text_head(result,
                 lmm->ml ? "Linear mixed model, maximum likelihood"
                         : "Linear mixed model, restricted maximum likelihood (REML)",
                 out);
    if (result->term_count)
        FP_TRY(fp_text_coefficients(result, scratch, out, err));
    if (strcmp(result->state, "no_spread") != 0)
        fp_text_wrap(out, "", "", df_name(lmm));
    FP_TRY(fp_text_term_tests(result, scratch, out, err));
    if (!lmm->residual)
        FP_TRY(put_random(result, scratch, out, err));
    else if (lmm->random_count > 0)
        FP_TRY(put_random(result, scratch, out, err));
    if (lmm->group_count > 0)
        put_groups(result, out);
    if (lmm->test_count > 0)
        FP_TRY(put_tests(lmm, scratch, out, err));
    if (lmm->residual && lmm->waves > 0)
        FP_TRY(put_structure(lmm, scratch, out, err));
    if (isfinite(lmm->criterion))
        fp_buf_printf(out, "\n%s %.6f\n", lmm->ml ? "Deviance" : "REML criterion", lmm->criterion);
    return fp_buf_ok(out, err);
}
