/* The size of a study that measures an event or a number, once or at waves, in sentences. */
#include "report/power_priv.h"

#include <math.h>

static json_t *values(fp_page *page, const fp_power_answer *a)
{
    const fp_power_measure *m = &a->design.measure;
    bool binary = m->outcome == FP_POWER_BINARY;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "share",
                     binary ? fp_power_percent(page, m->risk[m->waves - 1], 0) : "", "sd",
                     binary ? "" : fp_power_short(page, m->sd, 3), "left",
                     fp_power_percent(page, m->drop_out, 0), "waves",
                     fp_page_setting(page, m->waves, 0), "icc", fp_power_short(page, m->icc, 4),
                     "k", binary ? fp_power_short(page, a->derived.k, 2) : "", "between",
                     m->waves > 1 ? fp_power_short(page, m->between, 4) : "", "person",
                     m->waves > 1 ? fp_power_short(page, m->person, 3) : "");
}

static void say(fp_page *page, const fp_power_answer *a, json_t *list, const char *message)
{
    fp_page_add(page, list, fp_page_say(page, message, values(page, a)));
}

static void say_answers(fp_page *page, const fp_power_answer *a, json_t *list)
{
    const fp_power_measure *m = &a->design.measure;
    bool waves = m->waves > 1;
    if (waves)
        say(page, a, list, FP_MSG("Everybody was to be measured {{waves}} times."));
    if (m->outcome == FP_POWER_CONTINUOUS)
        say(page, a, list,
            FP_MSG("The outcome was expected to have a standard deviation of {{sd}} in each arm."));
    else
        say(page, a, list,
            waves ? FP_MSG("In the reference arm {{share}}% were expected to have the event at the "
                           "last measurement.")
                  : FP_MSG("In the reference arm {{share}}% were expected to have the event."));
    if (m->drop_out > 0)
        say(page, a, list,
            waves ? FP_MSG("Of all people {{left}}% were expected to have left before the last "
                           "measurement.")
                  : FP_MSG("Of {{left}}% of all people no outcome was expected."));
}

static void say_alike(fp_page *page, const fp_power_answer *a, json_t *list)
{
    const fp_power_measure *m = &a->design.measure;
    if (!a->plan.individual)
        say(page, a, list,
            m->outcome == FP_POWER_CONTINUOUS
                ? FP_MSG("Between people of one cluster an intracluster correlation of {{icc}} was "
                         "expected.")
            : m->law == FP_POWER_BETA
                ? FP_MSG("Between people of one cluster an intracluster correlation of {{icc}} was "
                         "expected, on the scale of proportions, with beta-binomial clusters: a "
                         "coefficient of variation k of {{k}}.")
                : FP_MSG("Between people of one cluster an intracluster correlation of {{icc}} was "
                         "expected, on the scale of proportions, with logit-normal clusters: a "
                         "coefficient of variation k of {{k}}."));
    if (m->waves == 1)
        return;
    if (!a->plan.individual && m->between < m->icc)
        say(page, a, list,
            FP_MSG("Between people of one cluster at different measurements that correlation was "
                   "{{between}}."));
    say(page, a, list,
        FP_MSG("Between two answers of one person a correlation of {{person}} was expected."));
    say(page, a, list,
        m->estimand == FP_POWER_SLOPE
            ? FP_MSG("The effect is the change from the first to the last measurement along a "
                     "straight line.")
        : m->estimand == FP_POWER_OVERALL
            ? FP_MSG("The effect is the same at all measurements but the first.")
            : FP_MSG("The effect is that at the last measurement."));
    if (m->adjusted)
        say(page, a, list,
            FP_MSG("What a person answered at the first measurement is a covariate."));
}

void fp_power_say_measure(fp_page *page, const fp_power_answer *a, json_t *list)
{
    say_answers(page, a, list);
    say_alike(page, a, list);
}

const char *fp_power_say_scale(fp_page *page, const fp_power_answer *a, bool interaction)
{
    static const char *const words[][2] = {
        [FP_POWER_HAZARD_RATIO] = {FP_MSG("a hazard ratio"), FP_MSG("a ratio of hazard ratios")},
        [FP_POWER_ODDS_RATIO] = {FP_MSG("an odds ratio"), FP_MSG("a ratio of odds ratios")},
        [FP_POWER_RISK_RATIO] = {FP_MSG("a risk ratio"), FP_MSG("a ratio of risk ratios")},
        [FP_POWER_RISK_DIFFERENCE] = {FP_MSG("a risk difference"),
                                      FP_MSG("a difference between risk differences")},
        [FP_POWER_MEAN_DIFFERENCE] = {FP_MSG("a mean difference"),
                                      FP_MSG("a difference between mean differences")},
    };
    return fp_page_word(page, words[fp_power_plan_scale(&a->plan)][interaction]);
}
