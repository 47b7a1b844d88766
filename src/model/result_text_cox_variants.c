#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* A number with `digits` after the point, "-" where there is none. */
typedef struct {
    char s[32];
} shown;

static shown shown_of(double value, int digits)
{
    shown text = {"-"};
    if (isfinite(value))
        fp_num_format(value, digits, &fp_numstyle_plain, text.s, sizeof text.s);
    return text;
}

static shown shown_p(double p)
{
    shown text = {"< 0.001"};
    return p < 0.001 ? text : shown_of(p, 3);
}

static void put_frailty(const fp_frailty_result *frailty, fp_buf *out)
{
    const fp_cox_frailty_part *part = &frailty->part;
    char line[512];
    (void)snprintf(line, sizeof line, "Frailty of %.200s: gamma, %td groups", frailty->group,
                   frailty->groups);
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "  ", line);
    if (isnan(part->theta))
        return;
    if (part->theta > 0)
        fp_buf_printf(out, "  variance (theta) %s (se %s), Kendall's tau %s\n",
                      shown_of(part->theta, 3).s, shown_of(part->theta_se, 3).s,
                      shown_of(frailty->kendall_tau, 3).s);
    else
        fp_text_wrap(out, "  ", "  ",
                     "variance (theta) 0: the groups differ no more than by chance, and the "
                     "estimates are those without the frailty");
    fp_buf_printf(out, "  no variance: chisq %s, p %s (half on 0, half on 1 degree of freedom)\n",
                  shown_of(part->chisq, 2).s, shown_p(part->p).s);
    fp_buf_printf(out, "  log-likelihood %s without the frailty, marginal %s with it\n",
                  shown_of(part->loglik_zero, 3).s, shown_of(part->loglik, 3).s);
    fp_text_wrap(out, "  ", "  ",
                 "Hazard ratios compare people of one group. Standard errors take theta as given. "
                 "Proportional hazards are not tested with a frailty.");
}

static fp_status put_firth(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    const char *heads[] = {
        "Penalised likelihood", fp_text_ratio_name(result), from, "to", "chisq", "p", NULL};
    ptrdiff_t n = result->term_count;
    double *value;
    fp_text_table table;
    fp_text_level(result, from, sizeof from);
    FP_ARRAY(value, scratch, n, err);
    FP_TRY(fp_text_table_create(n + 1, 6, scratch, &table, err));
    fp_text_table_heads(&table, heads);
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

fp_status fp_text_cox_variants(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    if (result->frailty)
        put_frailty(result->frailty, out);
    if (result->firth && result->term_count)
        FP_TRY(put_firth(result, scratch, out, err));
    return fp_buf_ok(out, err);
}
