#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "model/result_text_priv.h"

static void put_joint(const fp_result *result, fp_buf *out)
{
    char statistic[32], p[32];
    const fp_test *test = &result->contrast_test;
    double denominator = result->contrast_denominator_df;
    if (isnan(test->p)) {
        fp_buf_put(out, "The contrasts cannot be tested together.\n");
        return;
    }
    bool f = !isnan(denominator);
    fp_num_format(f ? test->chisq / test->df : test->chisq, 2, &fp_numstyle_plain, statistic,
                  sizeof statistic);
    fp_num_format_p(test->p, &fp_numstyle_plain, p, sizeof p);
    if (f)
        fp_buf_printf(out, "All together: F %s on %.4g and %.4g df, p %s\n", statistic, test->df,
                      denominator, p);
    else
        fp_buf_printf(out, "All together: chisq %s on %.4g df, p %s\n", statistic, test->df, p);
}

enum { RATIO, RATIO_LOWER, RATIO_UPPER, ESTIMATE, LOWER, UPPER, SE, STATISTIC, VALUES };

static void load(const fp_contrast *c, double **value, ptrdiff_t k)
{
    const double row[VALUES] = {c->exp_estimate, c->exp_lower, c->exp_upper, c->estimate,
                                c->lower,        c->upper,     c->se,        c->statistic};
    for (int j = 0; j < VALUES; j++)
        value[j][k] = row[j];
}

static fp_status put_table(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    static const int as_ratio[] = {RATIO, RATIO_LOWER, RATIO_UPPER, ESTIMATE, SE, STATISTIC, -1};
    static const int as_is[] = {ESTIMATE, LOWER, UPPER, SE, STATISTIC, -1};
    const char *ratio = fp_text_ratio_name(result), *heads[9];
    const int *shown = ratio ? as_ratio : as_is;
    ptrdiff_t n = result->contrast_count, columns = 1;
    double *value[VALUES], *p;
    char from[32];
    fp_text_table table;
    fp_text_level(result, from, sizeof from);
    const char *const names[VALUES] = {ratio, from, "to", "coef",
                                       from,  "to", "se", result->contrasts[0].df > 0 ? "t" : "z"};
    heads[0] = "Contrast";
    for (; shown[columns - 1] >= 0; columns++)
        heads[columns] = names[shown[columns - 1]];
    heads[columns] = "p";
    heads[columns + 1] = NULL;
    FP_TRY(fp_text_table_begin(heads, n, VALUES, scratch, &table, value, err));
    FP_ARRAY(p, scratch, n, err);
    for (ptrdiff_t k = 0; k < n; k++) {
        fp_text_table_set(&table, k + 1, 0, result->contrasts[k].contrast);
        load(&result->contrasts[k], value, k);
        p[k] = result->contrasts[k].p;
    }
    for (ptrdiff_t c = 1; c < columns; c++) {
        int what = shown[c - 1];
        fp_text_table_numbers(&table, c, value[what], what == STATISTIC ? 2 : 3,
                              what == STATISTIC                ? 2
                              : what == ESTIMATE || what == SE ? 4
                                                               : 5);
    }
    fp_text_table_p(&table, columns, p);
    fp_buf_put_char(out, '\n');
    return fp_text_table_put(&table, out, err);
}

fp_status fp_text_contrasts(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    if (result->contrast_count == 0)
        return FP_OK;
    double df = result->contrasts[0].df;
    FP_TRY(put_table(result, scratch, out, err));
    if (df > 0 && (result->small_sample || !fp_result_is_regression(result)))
        fp_buf_printf(out, "With the corrected standard errors; t on %.4g degree%s of freedom.\n",
                      df, df == 1 ? "" : "s");
    else if (result->robust)
        fp_buf_put(out, "With the robust standard errors.\n");
    if (result->has_contrast_test)
        put_joint(result, out);
    return fp_buf_ok(out, err);
}
