/* A plan of what is measured, made into what is simulated. */
#include "stats/power_plan_priv.h"

#include <math.h>

#include "base/num.h"

bool fp_power_plan_measures(const fp_power_plan *plan)
{
    return plan->measure.outcome != FP_POWER_TIME;
}

fp_power_effect fp_power_plan_scale(const fp_power_plan *plan)
{
    return fp_power_plan_measures(plan) ? plan->measure.effect : FP_POWER_HAZARD_RATIO;
}

double fp_power_plan_eta(const fp_power_plan *plan, int i)
{
    bool measures = fp_power_plan_measures(plan);
    double value = measures ? (i < 0 ? plan->interaction : plan->effect[i])
                            : (i < 0 ? plan->interaction_hr : plan->hr[i]);
    return fp_power_effect_in(fp_power_plan_scale(plan), value);
}

void fp_power_plan_set_eta(fp_power_plan *plan, int i, double eta)
{
    double value = fp_power_effect_out(fp_power_plan_scale(plan), eta);
    bool measures = fp_power_plan_measures(plan);
    double *to = measures ? (i < 0 ? &plan->interaction : &plan->effect[i])
                          : (i < 0 ? &plan->interaction_hr : &plan->hr[i]);
    *to = value;
}

/* ---- checks ---- */

static fp_status check_effects(const fp_power_plan *plan, fp_err *err)
{
    int count = fp_power_plan_effects(plan);
    const char *words = fp_power_effect_words(plan->measure.effect);
    bool ratio = fp_power_is_ratio(plan->measure.effect);
    for (int i = plan->factorial ? -1 : 0; i < count; i++) {
        double value = i < 0 ? plan->interaction : plan->effect[i];
        if (ratio ? value >= 1e-4 && value <= 1e4 : isfinite(value))
            continue;
        return fp_fail(err, FP_INPUT, "%s %s is %s, not %g", i < 0 ? "the interaction of the" : "a",
                       words, ratio ? "from 0.0001 to 10000" : "a number", value);
    }
    return FP_OK;
}

static fp_status check_waves(const fp_power_measure *m, fp_err *err)
{
    if (m->waves == 1)
        return FP_OK;
    for (int32_t t = 1; t < m->waves; t++)
        if (!(m->at[t] > m->at[t - 1]))
            return fp_fail(err, FP_INPUT, "wave %d is not after the one before it", (int)t + 1);
    if (m->outcome == FP_POWER_BINARY && m->adjusted)
        return fp_fail(err, FP_INPUT,
                       "the first answer is a covariate of a number, not of an event: given it, an "
                       "odds ratio is another one than over all people");
    if (m->outcome == FP_POWER_BINARY && m->law == FP_POWER_BETA)
        return fp_fail(err, FP_INPUT,
                       "beta-binomial clusters are measured once; at waves they are logit-normal");
    return FP_OK;
}

static fp_status check_answers(const fp_power_measure *m, fp_err *err)
{
    if (m->outcome == FP_POWER_CONTINUOUS && (!(m->sd > 0) || !isfinite(m->sd)))
        return fp_fail(err, FP_INPUT, "the standard deviation is %g; it is above 0", m->sd);
    for (int32_t t = 0; m->outcome == FP_POWER_BINARY && t < m->waves; t++) {
        if (m->risk[t] > 0 && m->risk[t] < 1)
            continue;
        (void)fp_fail(err, FP_INPUT, "the event probability is %g; it lies between 0 and 1",
                      m->risk[t]);
        return fp_hint(err, FP_INPUT, "give the share of the reference arm that has the event");
    }
    if (m->drop_out >= 0 && m->drop_out < 1)
        return FP_OK;
    return fp_fail(err, FP_INPUT,
                   "drop-out is the share that has no answer at the end, from 0 to below 1, not %g",
                   m->drop_out);
}

/* ---- correlations ---- */

/* k is the standard deviation of the clusters' probabilities over their mean (eq. 23). */
static fp_status make_icc(const fp_power_plan *plan, fp_power_measure *m, fp_power_derived *derived,
                          fp_err *err)
{
    double v = plan->individual ? 0 : plan->variation, p = m->risk[m->waves - 1];
    bool binary = m->outcome == FP_POWER_BINARY;
    if (plan->scale == FP_POWER_THETA || (plan->scale == FP_POWER_K && !binary))
        return fp_fail(err, FP_INPUT, "clusters of such an outcome differ by an ICC%s, not by %s",
                       binary ? " or by k" : "",
                       plan->scale == FP_POWER_K ? "k" : "a frailty variance");
    if (plan->scale == FP_POWER_K && !(v >= 0))
        return fp_fail(err, FP_INPUT, "k is 0 or more, not %g", v);
    m->icc = plan->scale == FP_POWER_K ? v * v * p / (1 - p) : v;
    derived->icc = m->icc;
    derived->k = binary && m->icc >= 0 ? sqrt(m->icc * (1 - p) / p) : FP_NUM_NAN;
    if (isnan(m->between) || plan->individual)
        m->between = m->icc;
    return FP_OK;
}

fp_status fp_power_plan_measure(const fp_power_plan *plan, fp_power_measure *measure,
                                fp_power_derived *derived, fp_err *err)
{
    fp_power_measure m = plan->measure;
    FP_TRY(check_effects(plan, err));
    FP_TRY(check_waves(&m, err));
    FP_TRY(check_answers(&m, err));
    FP_TRY(make_icc(plan, &m, derived, err));
    FP_TRY(fp_power_spread_of(&m, &derived->spread, err));
    derived->survival = m.outcome == FP_POWER_BINARY ? 1 - m.risk[m.waves - 1] : FP_NUM_NAN;
    *measure = m;
    return FP_OK;
}

/* ---- arms ---- */

static fp_status check_risks(const fp_power_design *d, const double *eta, fp_err *err)
{
    const fp_power_measure *m = &d->measure;
    for (int32_t g = 0; g < d->arms; g++)
        for (int32_t t = 0; t < m->waves; t++) {
            double risk = fp_power_risk(m->effect, m->risk[t], eta[g] * fp_power_share_at(m, t));
            if (risk > 0 && risk < 1)
                continue;
            (void)fp_fail(err, FP_INPUT,
                          "with these effects the event probability of arm %d is %.3g; it lies "
                          "between 0 and 1",
                          (int)g + 1, risk);
            return fp_hint(err, FP_INPUT, "an odds ratio has no such limit");
        }
    return FP_OK;
}

fp_status fp_power_plan_check_arms(const fp_power_design *d, fp_err *err)
{
    if (d->measure.outcome != FP_POWER_BINARY)
        return FP_OK;
    FP_TRY(check_risks(d, d->eta, err));
    for (ptrdiff_t q = 0; q < d->questions; q++)
        FP_TRY(check_risks(d, d->question[q].null_eta, err));
    return FP_OK;
}
