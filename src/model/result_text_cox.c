#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static fp_status put_terms(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    bool robust = result->robust;
    char from[32];
    fp_text_level(result, from, sizeof from);
    const char *heads[] = {"",
                           "hazard ratio",
                           from,
                           "to",
                           "coef",
                           "se",
                           "z",
                           robust ? "robust se" : "p",
                           robust ? "p" : NULL,
                           NULL};
    if (robust) {
        heads[6] = "robust se";
        heads[7] = "z";
    }
    fp_text_table table;
    FP_TRY(fp_text_table_create(result->term_count + 1, robust ? 9 : 8, scratch, &table, err));
    fp_text_table_heads(&table, heads);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        fp_text_table_set(&table, j + 1, 0, result->terms[j].term);
    FP_TERM_COLUMN(&table, result, 1, terms[j_].exp_estimate, 3, 5, scratch, err);
    FP_TERM_COLUMN(&table, result, 2, terms[j_].exp_lower, 3, 5, scratch, err);
    FP_TERM_COLUMN(&table, result, 3, terms[j_].exp_upper, 3, 5, scratch, err);
    FP_TERM_COLUMN(&table, result, 4, terms[j_].estimate, 3, 4, scratch, err);
    FP_TERM_COLUMN(&table, result, 5, terms[j_].se, 3, 4, scratch, err);
    if (robust)
        FP_TERM_COLUMN(&table, result, 6, terms[j_].robust_se, 3, 4, scratch, err);
    FP_TERM_COLUMN(&table, result, robust ? 7 : 6, terms[j_].statistic, 2, 2, scratch, err);
    double *p;
    FP_ARRAY(p, scratch, result->term_count, err);
    for (ptrdiff_t j = 0; j < result->term_count; j++)
        p[j] = result->terms[j].p;
    fp_text_table_p(&table, robust ? 8 : 7, p);
    FP_TRY(fp_text_table_put(&table, out, err));
    if (robust)
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
    FP_TRY(fp_text_cox_variants(result, scratch, out, err));
    FP_TRY(fp_text_permutation(result, scratch, out, err));
    FP_TRY(fp_text_cox_outputs(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
