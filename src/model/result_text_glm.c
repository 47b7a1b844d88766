#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/regression_priv.h"
#include "model/result_text_priv.h"

const char *fp_text_ratio_name(const fp_result *result)
{
    if (!fp_result_is_regression(result))
        return "hazard ratio";
    return result->link ? fp_ratio_name(fp_result_family(result), fp_result_link(result)) : NULL;
}

fp_status fp_text_coefficients(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    const char *ratio = fp_text_ratio_name(result);
    bool any_df = false;
    char from[32];
    fp_text_level(result, from, sizeof from);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        any_df = any_df || result->terms[j].df > 0;
    fp_text_term_column columns[10];
    ptrdiff_t n = 0;
    if (ratio) {
        columns[n++] = (fp_text_term_column){ratio, FP_TERM_FIELD(exp_estimate), 3, 5};
        columns[n++] = (fp_text_term_column){from, FP_TERM_FIELD(exp_lower), 3, 5};
        columns[n++] = (fp_text_term_column){"to", FP_TERM_FIELD(exp_upper), 3, 5};
    }
    columns[n++] = (fp_text_term_column){"coef", FP_TERM_FIELD(estimate), 3, 5};
    if (!ratio) {
        columns[n++] = (fp_text_term_column){from, FP_TERM_FIELD(lower), 3, 5};
        columns[n++] = (fp_text_term_column){"to", FP_TERM_FIELD(upper), 3, 5};
    }
    columns[n++] = (fp_text_term_column){"se", FP_TERM_FIELD(se), 3, 5};
    if (result->robust)
        columns[n++] = (fp_text_term_column){"robust se", FP_TERM_FIELD(robust_se), 3, 5};
    if (result->model == FP_MODEL_LMM && any_df)
        columns[n++] = (fp_text_term_column){"df", FP_TERM_FIELD(df), 1, 2};
    columns[n++] = (fp_text_term_column){any_df ? "t" : "z", FP_TERM_FIELD(statistic), 2, 2};
    columns[n++] = (fp_text_term_column){"p", FP_TERM_FIELD(p), 0, 0};
    return fp_text_term_table(result, columns, n, scratch, out, err);
}

fp_status fp_text_term_tests(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_test *rows;
    ptrdiff_t n = 0;
    double df2 = 0;
    char line[96];
    FP_ARRAY(rows, scratch, result->term_test_count, err);
    for (ptrdiff_t t = 0; t < result->term_test_count; t++) {
        const fp_term_test *test = &result->term_tests[t];
        if (!(test->df > 1))
            continue;
        rows[n++] = (fp_text_test){test->term, {test->chisq, test->df, test->p}};
        df2 = test->df2;
    }
    if (n == 0)
        return FP_OK;
    FP_TRY(fp_text_tests("Wald test of the whole term", rows, n, scratch, out, err));
    if (df2 > 1e-6) {
        (void)snprintf(line, sizeof line, "p of chisq / df as F with %.5g degrees of freedom.",
                       df2);
        fp_text_wrap(out, "", "", line);
    }
    return fp_buf_ok(out, err);
}

static void put_fit(const fp_result *result, fp_buf *out)
{
    char text[5][40];
    const double value[] = {result->null_deviance, result->deviance, result->aic,
                            result->dispersion, result->loglik_fitted};
    for (int k = 0; k < 5; k++)
        (void)snprintf(text[k], sizeof text[k], isfinite(value[k]) ? "%.7g" : "–", value[k]);
    fp_buf_printf(
        out, "\nDeviance %s on %.0f degrees of freedom without and %s on %.0f with the terms\n",
        text[0], result->df_null, text[1], result->df_residual);
    if (result->firth)
        fp_buf_printf(out, "Penalised log-likelihood %s", text[4]);
    else
        fp_buf_printf(out, "AIC %s", text[2]);
    if (strcmp(result->family, "gaussian") == 0 || strcmp(result->family, "gamma") == 0)
        fp_buf_printf(out, ", dispersion %s", text[3]);
    fp_buf_put_char(out, '\n');
}

fp_status fp_text_glm(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[96];
    (void)snprintf(title, sizeof title, "Generalised linear model, %s family, %s link",
                   result->family, result->link);
    fp_text_head(result, title, out);
    if (result->term_count)
        FP_TRY(fp_text_coefficients(result, scratch, out, err));
    if (result->robust_kind) {
        char line[96];
        (void)snprintf(line, sizeof line, "Interval and p rest on the robust standard error (%s).",
                       result->robust_kind);
        fp_text_wrap(out, "", "", line);
    }
    if (result->small_sample && result->term_count)
        FP_TRY(fp_text_small_sample(result, scratch, out, err));
    FP_TRY(fp_text_firth(result, scratch, out, err));
    FP_TRY(fp_text_term_tests(result, scratch, out, err));
    if (isfinite(result->deviance))
        put_fit(result, out);
    FP_TRY(fp_text_permutation(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
