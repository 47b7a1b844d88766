/* "1 + 1 = 3?" on the scales that people argue about: what the two do together against what they
 * would do if their effects added up, or multiplied (docs/methods/synergy.md). */
#include "study/results_priv.h"

#include <math.h>

#include "stats/dist.h"

enum { ARMS = 4 }; /* usual, the first alone, the second alone, both */

static fp_status put(fp_build *b, const fp_interaction *x, fp_fact_kind kind, const char *part,
                     const char *quantity, double value, const char *what, fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    return fp_build_fact(b, kind, value, &scope, x->spec->id, what, err, "%s.%s.%s", x->spec->id,
                         part, quantity);
}

static fp_status put_interval(fp_build *b, const fp_interaction *x, const char *part, double value,
                              double variance, double df, const char *what, fp_err *err)
{
    double half = variance > FP_NO_VARIANCE
                      ? fp_t_quantile(0.5 + b->options->level / 2, df) * sqrt(variance)
                      : FP_NUM_NAN;
    FP_TRY(put(b, x, FP_FACT_RATIO, part, "estimate", value, what, err));
    FP_TRY(put(b, x, FP_FACT_RATIO, part, "lower", value - half, "its lower limit", err));
    return put(b, x, FP_FACT_RATIO, part, "upper", value + half, "its upper limit", err);
}

/* ---- Hazards ---- */

/* The places of the terms of both factors and of the interaction in the fit; false where one is not
 * there or has no estimate. */
static bool places(const fp_build *b, const fp_interaction *x, ptrdiff_t place[3], fp_err *err)
{
    for (int f = 0; f < 2; f++) {
        const fp_factor *factor = &b->plan->factors[f];
        char *term = fp_arena_printf(b->arena, err, "%s%s", factor->name, factor->levels[1]);
        place[f] = term ? fp_term_find(&x->fit, term) : -1;
    }
    place[2] = fp_term_find(&x->fit, x->term);
    for (int k = 0; k < 3; k++)
        if (place[k] < 0 || isnan(x->fit.terms[place[k]].estimate))
            return false;
    return true;
}

/* RERI = exp(b1 + b2 + b3) - exp(b1) - exp(b2) + 1 with the covariance behind the interval of the
 * ratio: the corrected one on t where coaches are few. synergy.md eq. 2. */
static fp_status hazards(fp_build *b, const fp_interaction *x, fp_err *err)
{
    const fp_result *fit = &x->fit;
    ptrdiff_t place[3], p = fit->term_count;
    double first = FP_NUM_NAN, second = FP_NUM_NAN, both = FP_NUM_NAN, variance = FP_NUM_NAN;
    double df = fit->small_sample ? fit->small_terms[0].df : (double)INFINITY;
    const double *v = fit->small_sample ? fit->small_covariance : fit->covariance;
    bool few = !fit->small_sample && fit->clusters > 0 && fit->clusters < FP_FEW_CLUSTERS;
    if (p > 0 && places(b, x, place, err)) {
        double beta[3], slope[3];
        for (int k = 0; k < 3; k++)
            beta[k] = fit->terms[place[k]].estimate;
        first = exp(beta[0]);
        second = exp(beta[1]);
        both = exp(beta[0] + beta[1] + beta[2]);
        slope[0] = both - first;
        slope[1] = both - second;
        slope[2] = both;
        variance = few ? FP_NUM_NAN : 0;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                variance += slope[i] * slope[j] * v[place[i] + place[j] * p];
    }
    FP_TRY(put_interval(b, x, "reri_hazard", both - first - second + 1, variance, df,
                        "excess of both together over the sum of each, ratios of hazards (RERI)",
                        err));
    FP_TRY(put(b, x, FP_FACT_RATIO, "both", "hr", both, "ratio of hazards, both against neither",
               err));
    FP_TRY(put(b, x, FP_FACT_RATIO, "additive", "hr", first + second - 1,
               "ratio of hazards of both, if the effects added up", err));
    return put(b, x, FP_FACT_RATIO, "multiplicative", "hr", first * second,
               "ratio of hazards of both, if the effects multiplied", err);
}

/* ---- Risks at the horizon ---- */

/* RERI = (p11 - p10 - p01) / p00 + 1, arms independent, each with its own variance. eq. 3. */
static fp_status risks(fp_build *b, const fp_interaction *x, const fp_arm_estimate *risk, double df,
                       fp_err *err)
{
    double none = risk[0].estimate, excess = risk[3].estimate - risk[1].estimate - risk[2].estimate;
    double reri = FP_NUM_NAN, variance = FP_NUM_NAN;
    if (none > 0) {
        reri = excess / none + 1;
        variance = (risk[1].variance + risk[2].variance + risk[3].variance) / (none * none) +
                   excess * excess / (none * none * none * none) * risk[0].variance;
    } else if (none == 0)
        FP_TRY(fp_build_note(b, x->spec->id, err,
                             "the excess of risks has no value: nobody in the reference arm had "
                             "the event, so that there is nothing to divide by"));
    FP_TRY(put_interval(b, x, "reri_risk", reri, variance, df,
                        "excess of both together over the sum of each, ratios of risks (RERI)",
                        err));
    FP_TRY(put(b, x, FP_FACT_SHARE, "additive", "risk", risk[1].estimate + risk[2].estimate - none,
               "risk with both, if the differences of risk added up", err));
    return put(b, x, FP_FACT_SHARE, "multiplicative", "risk",
               none > 0 ? risk[1].estimate * risk[2].estimate / none : FP_NUM_NAN,
               "risk with both, if the ratios of risk multiplied", err);
}

/* The risk in each arm with an interval by coach, cut to 0..1: what the figure shows. */
static fp_status arm_risks(fp_build *b, const fp_interaction *x, const fp_arm_estimate *risk,
                           double df, fp_err *err)
{
    for (ptrdiff_t a = 0; a < ARMS; a++) {
        const char *key = fp_arm_key(b->data, a);
        fp_scope scope = {.group = {.key = key, .arm = a, .factor = -1}, .set = FP_SET_FOLLOWED};
        double half = risk[a].variance > FP_NO_VARIANCE
                          ? fp_t_quantile(0.5 + b->options->level / 2, df) * sqrt(risk[a].variance)
                          : FP_NUM_NAN;
        double low = risk[a].estimate - half, high = risk[a].estimate + half;
        FP_TRY(fp_build_fact(b, FP_FACT_SHARE, low < 0 ? 0 : low, &scope, x->spec->id,
                             "lower limit of the risk, by coach", err, "%s.%s.risk_lower",
                             x->spec->id, key));
        FP_TRY(fp_build_fact(b, FP_FACT_SHARE, high > 1 ? 1 : high, &scope, x->spec->id,
                             "upper limit of the risk, by coach", err, "%s.%s.risk_upper",
                             x->spec->id, key));
    }
    return FP_OK;
}

fp_status fp_build_synergy(fp_build *b, const fp_interaction *x, const fp_arm_estimate *risk,
                           double df, fp_err *err)
{
    FP_TRY(hazards(b, x, err));
    FP_TRY(risks(b, x, risk, df, err));
    return arm_risks(b, x, risk, df, err);
}
