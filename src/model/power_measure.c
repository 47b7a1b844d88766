/* What is measured, in words and in JSON. */
#include "model/power_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "model/result_json_priv.h"
#include "model/result_table_priv.h"

/* As many as show a hundredth of a standard deviation. */
int fp_power_text_digits(const fp_power_answer *a)
{
    const fp_power_measure *m = &a->design.measure;
    if (m->outcome != FP_POWER_CONTINUOUS)
        return m->effect == FP_POWER_RISK_DIFFERENCE ? 3 : 2;
    return (int)fmin(6, fmax(0, ceil(2 - log10(m->sd))));
}

/* "30%", or "20%, 25% and 30% at the three waves" */
static void say_risks(const fp_power_measure *m, char *out, size_t room)
{
    bool same = true;
    size_t n = 0;
    for (int32_t t = 1; t < m->waves; t++)
        same = same && fabs(m->risk[t] - m->risk[0]) < 1e-12;
    for (int32_t t = 0; t < (same ? 1 : m->waves) && n < room; t++)
        n += (size_t)snprintf(out + n, room - n, "%s%.4g%%", t ? ", " : "", 100 * m->risk[t]);
}

static void put_outcome(const fp_power_answer *a, fp_buf *out)
{
    const fp_power_measure *m = &a->design.measure;
    static const char *const courses[] = {
        "arms differ from nothing at the first along a straight line",
        "arms differ as much at all but the first"};
    static const char *const tested[] = {
        [FP_POWER_LAST] = "effect at the last wave, every wave with a mean of its own",
        [FP_POWER_SLOPE] = "change from the first to the last wave along a straight line",
        [FP_POWER_OVERALL] = "effect at all waves but the first together"};
    char text[512], risks[160];
    int n = 0;
    if (m->outcome == FP_POWER_BINARY) {
        say_risks(m, risks, sizeof risks);
        n = snprintf(text, sizeof text, "In the reference arm %s have the event.", risks);
    } else {
        n = snprintf(text, sizeof text, "An answer has a standard deviation of %.4g in every arm.",
                     m->sd);
    }
    if (m->drop_out > 0)
        n += snprintf(text + n, sizeof text - (size_t)n, " Of all, %.4g%% have no %sanswer%s.",
                      100 * m->drop_out, m->waves > 1 ? "" : "",
                      m->waves > 1 ? " at the last wave, having left at a constant rate" : "");
    fp_text_wrap(out, "", "", text);
    if (m->waves == 1)
        return;
    n = snprintf(text, sizeof text, "Measured at %d waves, at ", (int)m->waves);
    for (int32_t t = 0; t < m->waves; t++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%.3g", t ? ", " : "", m->at[t]);
    (void)snprintf(text + n, sizeof text - (size_t)n, " of the way; %s. Tested is the %s%s.",
                   courses[m->estimand == FP_POWER_OVERALL], tested[m->estimand],
                   m->adjusted ? ", given the answer at the first" : "");
    fp_text_wrap(out, "", "", text);
}

static void put_alike(const fp_power_answer *a, fp_buf *out)
{
    const fp_power_measure *m = &a->design.measure;
    const fp_power_spread *s = &a->derived.spread;
    bool binary = m->outcome == FP_POWER_BINARY;
    char text[512];
    int n = 0;
    if (!a->plan.individual) {
        n = snprintf(text, sizeof text, "Clusters differ: ICC %.4g %s", m->icc,
                     binary ? "on the scale of proportions" : "of the answers");
        if (binary)
            n += snprintf(text + n, sizeof text - (size_t)n, ", k = %.4g (%s was given), %s",
                          a->derived.k, a->plan.scale == FP_POWER_K ? "k" : "the ICC",
                          m->law == FP_POWER_BETA ? "by beta-binomial clusters"
                                                  : "by logit-normal clusters");
        if (binary && m->law == FP_POWER_LOGIT_NORMAL)
            n += snprintf(text + n, sizeof text - (size_t)n, " (standard deviation of logits %.4g)",
                          hypot(s->cluster, s->period));
        if (m->waves > 1)
            n += snprintf(text + n, sizeof text - (size_t)n, "; between waves %.4g", m->between);
        n += snprintf(text + n, sizeof text - (size_t)n, ". ");
    }
    if (m->waves > 1)
        (void)snprintf(text + n, sizeof text - (size_t)n,
                       "Two answers of one person correlate %.4g.", m->person);
    if (n || m->waves > 1)
        fp_text_wrap(out, "", "", text);
}

void fp_power_text_measure(const fp_power_answer *a, fp_buf *out)
{
    put_outcome(a, out);
    put_alike(a, out);
}

/* ---- JSON ---- */

void fp_power_json_measure(fp_node *to, const fp_power_answer *a)
{
    static const char *const outcomes[] = {"time", "binary", "continuous"};
    static const char *const estimands[] = {"last", "slope", "overall"};
    const fp_power_measure *m = &a->design.measure;
    const fp_power_plan *plan = &a->plan;
    bool binary = m->outcome == FP_POWER_BINARY;
    fp_node_put(to, "outcome", json_string(m->waves > 1 ? "repeated" : outcomes[m->outcome]));
    fp_node_put(to, "measure", json_string(outcomes[m->outcome]));
    fp_node_put(to, "waves", fp_power_json_numbers(m->at, m->waves));
    fp_node_put(to, "estimand", m->waves > 1 ? json_string(estimands[m->estimand]) : json_null());
    fp_node_put(to, "adjusted", m->waves > 1 ? json_boolean(m->adjusted) : json_null());
    fp_node_put(to, "event_probability",
                binary ? fp_power_json_numbers(m->risk, m->waves) : json_null());
    fp_node_put(to, "sd", binary ? json_null() : fp_json_number(m->sd));
    fp_node_put(to, "drop_out", fp_json_number(m->drop_out));
    fp_node_put(to, "scale", json_string(fp_power_effect_words(m->effect)));
    fp_node_put(to, "effects", fp_power_json_numbers(plan->effect, fp_power_plan_effects(plan)));
    fp_node_put(to, "interaction",
                plan->factorial ? fp_json_number(plan->interaction) : json_null());
}

json_t *fp_power_json_spread(const fp_power_answer *a)
{
    const fp_power_measure *m = &a->design.measure;
    const fp_power_spread *s = &a->derived.spread;
    bool binary = m->outcome == FP_POWER_BINARY, clusters = !a->plan.individual;
    bool logits = binary && m->law == FP_POWER_LOGIT_NORMAL;
    fp_node to = fp_node_create();
    fp_node_put(&to, "given",
                clusters ? json_string(a->plan.scale == FP_POWER_K ? "k" : "icc") : json_null());
    fp_node_put(&to, "distribution",
                json_string(!binary  ? "normal"
                            : logits ? "logit-normal"
                                     : "beta-binomial"));
    fp_node_put(&to, "icc", fp_json_number(m->icc));
    fp_node_put(&to, "k", fp_json_number(a->derived.k));
    fp_node_put(&to, "icc_between", m->waves > 1 ? fp_json_number(m->between) : json_null());
    fp_node_put(&to, "person_correlation", m->waves > 1 ? fp_json_number(m->person) : json_null());
    fp_node_put(&to, "sd_scale",
                logits   ? json_string("logit")
                : binary ? json_null()
                         : json_string("answer"));
    bool none = binary && !logits;
    fp_node_put(&to, "sd_cluster", none ? json_null() : fp_json_number(s->cluster));
    fp_node_put(&to, "sd_cluster_wave", none ? json_null() : fp_json_number(s->period));
    fp_node_put(&to, "sd_person", none ? json_null() : fp_json_number(s->person));
    fp_node_put(&to, "sd_residual", binary ? json_null() : fp_json_number(s->residual));
    return fp_node_finish(&to);
}
