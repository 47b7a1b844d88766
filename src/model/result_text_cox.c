#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static fp_status put_terms(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    fp_text_level(result, from, sizeof from);
    fp_text_term_column columns[8] = {{"hazard ratio", FP_TERM_FIELD(exp_estimate), 3, 5},
                                      {from, FP_TERM_FIELD(exp_lower), 3, 5},
                                      {"to", FP_TERM_FIELD(exp_upper), 3, 5},
                                      {"coef", FP_TERM_FIELD(estimate), 3, 4},
                                      {"se", FP_TERM_FIELD(se), 3, 4}};
    ptrdiff_t n = 5;
    if (result->robust)
        columns[n++] = (fp_text_term_column){"robust se", FP_TERM_FIELD(robust_se), 3, 4};
    columns[n++] = (fp_text_term_column){"z", FP_TERM_FIELD(statistic), 2, 2};
    columns[n++] = (fp_text_term_column){"p", FP_TERM_FIELD(p), 0, 0};
    FP_TRY(fp_text_term_table(result, columns, n, scratch, out, err));
    if (result->robust)
        fp_buf_put(out, "Interval, z and p rest on the robust standard error.\n");
    return fp_buf_ok(out, err);
}

static fp_status put_tests(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_test rows[] = {{"likelihood ratio", result->likelihood_ratio},
                           {result->robust ? "Wald (robust)" : "Wald", result->wald},
                           {"score", result->score},
                           {"score (robust)", result->robust_score}};
    ptrdiff_t n = result->frailty ? 2 : result->robust_score.df > 0 ? 4 : 3;
    return fp_text_tests("Test of all terms", rows, n, scratch, out, err);
}

static fp_status put_ph(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    fp_text_test *rows;
    FP_ARRAY(rows, scratch, result->ph_count, err);
    for (ptrdiff_t i = 0; i < result->ph_count; i++)
        rows[i] = (fp_text_test){result->ph[i].term,
                                 {result->ph[i].chisq, result->ph[i].df, result->ph[i].p}};
    return fp_text_tests("Proportional hazards", rows, result->ph_count, scratch, out, err);
}

fp_status fp_text_cox(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[96], text[2][32];
    (void)snprintf(title, sizeof title, "Cox proportional-hazards model, %s ties%s", result->ties,
                   result->firth ? ", Firth's penalty" : "");
    fp_text_head(result, title, out);
    if (result->term_count)
        FP_TRY(put_terms(result, scratch, out, err));
    if (result->small_sample && result->term_count)
        FP_TRY(fp_text_small_sample(result, scratch, out, err));
    if (result->term_count && isfinite(result->loglik_fitted))
        FP_TRY(put_tests(result, scratch, out, err));
    if (result->ph_count)
        FP_TRY(put_ph(result, scratch, out, err));
    fp_buf_put_char(out, '\n');
    if (isfinite(result->concordance.estimate)) {
        fp_num_format(result->concordance.estimate, 3, &fp_numstyle_plain, text[0], 32);
        fp_num_format(result->concordance.se, 3, &fp_numstyle_plain, text[1], 32);
        fp_buf_printf(out, "Concordance %s (se %s)\n", text[0], text[1]);
    }
    fp_num_format(result->loglik_null, 3, &fp_numstyle_plain, text[0], 32);
    fp_num_format(result->loglik_fitted, 3, &fp_numstyle_plain, text[1], 32);
    fp_buf_printf(out, "Log-likelihood %s without and %s with the terms%s\n", text[0], text[1],
                  result->frailty ? " and the frailty" : "");
    fp_text_frailty(result, out);
    FP_TRY(fp_text_firth(result, scratch, out, err));
    FP_TRY(fp_text_permutation(result, scratch, out, err));
    FP_TRY(fp_text_cox_outputs(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
