#include "model/result_text_priv.h"

#include <math.h>
#include <stdio.h>

static fp_status put_terms(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char from[32];
    fp_text_level(result, from, sizeof from);
    const fp_text_term_column columns[] = {{"subhazard ratio", FP_TERM_FIELD(exp_estimate), 3, 5},
                                           {from, FP_TERM_FIELD(exp_lower), 3, 5},
                                           {"to", FP_TERM_FIELD(exp_upper), 3, 5},
                                           {"coef", FP_TERM_FIELD(estimate), 3, 4},
                                           {"robust se", FP_TERM_FIELD(robust_se), 3, 4},
                                           {"z", FP_TERM_FIELD(statistic), 2, 2},
                                           {"p", FP_TERM_FIELD(p), 0, 0}};
    return fp_text_term_table(result, columns, sizeof columns / sizeof *columns, scratch, out, err);
}

fp_status fp_text_finegray(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[160], counts[256];
    (void)snprintf(title, sizeof title, "Fine-Gray model of the subdistribution hazard%s%.60s",
                   result->event_code ? " of event " : "",
                   result->event_code ? result->event_code : "");
    fp_text_head(result, title, out);
    if (result->term_count)
        FP_TRY(put_terms(result, scratch, out, err));
    if (result->term_count && isfinite(result->loglik_fitted)) {
        const fp_text_test rows[] = {{"pseudo-likelihood ratio", result->likelihood_ratio},
                                     {"Wald (robust)", result->wald},
                                     {"score", result->score}};
        FP_TRY(fp_text_tests("Test of all terms", rows, 3, scratch, out, err));
    }
    (void)snprintf(counts, sizeof counts,
                   "%td had the event, %td another event first, %td %s censored; the censoring "
                   "distribution was estimated in %s.",
                   result->events, result->competing_events, result->censored,
                   result->censored == 1 ? "was" : "were",
                   result->censoring_groups > 1 ? "each stratum" : "all rows together");
    fp_buf_put_char(out, '\n');
    fp_text_wrap(out, "", "", counts);
    if (result->term_count)
        fp_text_wrap(
            out, "", "",
            "A ratio above 1 means that the event is more often reached, by its own hazard or "
            "because fewer had another event first.");
    return fp_buf_ok(out, err);
}
