#include "model/result_text_priv.h"

#include <math.h>

fp_status fp_text_firth(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    const char *heads[] = {
        "Penalised likelihood", fp_text_ratio_name(result), from, "to", "chisq", "p", NULL};
    ptrdiff_t n = result->term_count;
    double *value;
    fp_text_table table;
    fp_text_level(result, from, sizeof from);
    if (!result->firth || n == 0)
        return FP_OK;
    FP_ARRAY(value, scratch, n, err);
    FP_TRY(fp_text_table_begin(heads, n, 0, scratch, &table, NULL, err));
    for (ptrdiff_t j = 0; j < n; j++)
        fp_text_table_set(&table, j + 1, 0, result->terms[j].term);
    FP_TERM_COLUMN(&table, result, 1, terms[j_].exp_estimate, 3, 5, scratch, err);
    FP_TERM_COLUMN(&table, result, 4, firth->terms[j_].chisq, 2, 3, scratch, err);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = exp(result->firth->terms[j].lower);
    fp_text_table_numbers(&table, 2, value, 3, 5);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = exp(result->firth->terms[j].upper);
    fp_text_table_numbers(&table, 3, value, 3, 5);
    for (ptrdiff_t j = 0; j < n; j++)
        value[j] = result->firth->terms[j].p;
    fp_text_table_p(&table, 5, value);
    fp_buf_put_char(out, '\n');
    FP_TRY(fp_text_table_put(&table, out, err));
    bool cox = !fp_result_is_regression(result);
    fp_text_wrap(out, "", "",
                 cox ? "Firth's penalty: prefer these intervals and p-values to those above, which "
                       "take the estimate as normal. Log-likelihoods are penalised. Proportional "
                       "hazards are not tested under the penalty."
                     : "Firth's penalty: prefer these intervals and p-values to those above, which "
                       "take the estimate as normal.");
    return fp_buf_ok(out, err);
}
