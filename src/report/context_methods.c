/* Methods in words: the outcome rule with its settings, and the estimators. */
#include "report/page_priv.h"

#include <stdio.h>

static json_t *values_of_rule(fp_page *page, const fp_outcome_spec *spec,
                              const fp_outcome_rule *rule)
{
    const char *names[64];
    ptrdiff_t n = 0;
    for (; n < rule->kind_count && n < 64; n++)
        names[n] = fp_page_value(page, rule->kinds[n]);
    bool whole = rule->min_hours_per_week - (double)(long)rule->min_hours_per_week <= 0;
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "hours",
                     fp_page_setting(page, rule->min_hours_per_week, whole ? 0 : 1), "days",
                     fp_page_setting(page, rule->min_days, 0), "gap",
                     fp_page_setting(page, rule->gap_days, 0), "follow",
                     fp_page_setting(page, spec->follow_up, 0), "kinds",
                     n ? fp_page_list(page, names, n) : "");
}

/* The sentences of the rule, those that its settings call for. */
static void rule_sentences(fp_page *page, json_t *list)
{
    const fp_outcome_spec *spec = &page->plan->outcomes[page->results->primary];
    const fp_outcome_rule *rule = &page->results->outcomes[page->results->primary].rule;
    const char *sentences[] = {
        FP_MSG("Rows that cannot be right are set aside first; the table of job spells says which "
               "and how many."),
        rule->kind_count ? FP_MSG("Jobs of these kinds count: {{kinds}}.")
                         : FP_MSG("Jobs of every kind count."),
        FP_MSG("A job counts on every day from its first to its last, both included; a job without "
               "an end runs to the last day that the register covers for that person."),
        rule->concurrent == FP_CONCURRENT_SUM
            ? FP_MSG("The hours of jobs held on the same day are added up.")
            : FP_MSG("Of jobs held on the same day the largest counts."),
        FP_MSG("A day meets the rule when its hours reach {{hours}} a week."),
        rule->gap_days
            ? FP_MSG("Days that meet the rule form a run, and interruptions of at most {{gap}} "
                     "days are bridged; a run of at least {{days}} days is lasting work.")
            : FP_MSG("Days on end that meet the rule form a run; a run of at least {{days}} days "
                     "is lasting work, and a single day without breaks it."),
        rule->at_start == FP_AT_START_EXCLUDE
            ? FP_MSG(
                  "Whoever is in such a run at the start is at work at the start and left out of "
                  "the analysis.")
        : rule->at_start == FP_AT_START_IGNORE_RUN
            ? FP_MSG("A run that began before the start does not count; later ones do.")
            : FP_MSG("Whoever is in such a run at the start counts as having found lasting work on "
                     "day 0."),
        rule->date == FP_DATE_FIRST_DAY
            ? FP_MSG("The time is the number of days from the start to the first day of the run.")
            : FP_MSG("The time is the number of days from the start to the day on which the run "
                     "reaches {{days}} days."),
        FP_MSG("Follow-up ends after {{follow}} days, or earlier where the register does not cover "
               "enough days to know whether a run that begins would last."),
    };
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        fp_page_add(page, list, fp_page_say(page, sentences[i], values_of_rule(page, spec, rule)));
}

static const char *difference_sentence(const fp_page *page)
{
    if (page->results->competes)
        return page->clustered
                   ? FP_MSG("Differences at the horizon are contrasts of the cumulative incidences "
                            "of the arms; their variance is that of leaving out one coach at a "
                            "time within arms, with the t distribution on coaches less arms.")
                   : FP_MSG("Differences at the horizon are contrasts of the cumulative incidences "
                            "of the arms, with the variance of the infinitesimal jackknife and the "
                            "normal distribution.");
    return page->clustered
               ? FP_MSG(
                     "Differences at the horizon are contrasts of the Kaplan-Meier estimates of "
                     "the arms; their variance is that of leaving out one coach at a time within "
                     "arms, with the t distribution on coaches less arms.")
               : FP_MSG("Differences at the horizon are contrasts of the Kaplan-Meier estimates of "
                        "the arms, with Greenwood’s variance and the normal distribution.");
}

static void estimator_sentences(fp_page *page, json_t *list)
{
    const fp_results *r = page->results;
    fp_page_add(page, list,
                fp_page_say(page,
                            r->competes
                                ? FP_MSG("Shares over time are cumulative incidences "
                                         "(Aalen-Johansen), with intervals on the log scale from "
                                         "the infinitesimal jackknife; follow-up is described by "
                                         "the reverse Kaplan-Meier estimate.")
                                : FP_MSG("Shares over time are Kaplan-Meier estimates, with "
                                         "intervals on the log scale from Greenwood’s variance; "
                                         "follow-up is described by the reverse Kaplan-Meier "
                                         "estimate."),
                            NULL));
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        fp_page_add(
            page, list,
            fp_page_say(page,
                        FP_MSG("{{name}} ({{id}}): Cox model, Efron’s method for ties, "
                               "formula {{formula}}."),
                        json_pack("{s:s, s:s, s:s}", "name",
                                  fp_page_factor(page, r->effects[e].factor), "id",
                                  r->effects[e].spec->id, "formula", r->effects[e].formula)));
    for (ptrdiff_t x = 0; x < r->interaction_count; x++)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("Interaction ({{id}}): Cox model, formula {{formula}}, the "
                                       "term {{term}}."),
                                json_pack("{s:s, s:s, s:s}", "id", r->interactions[x].spec->id,
                                          "formula", r->interactions[x].spec->formula, "term",
                                          r->interactions[x].term)));
    for (ptrdiff_t s = 0; s < r->subgroup_count; s++)
        if (r->subgroups[s].formula)
            fp_page_add(page, list,
                        fp_page_say(page,
                                    FP_MSG("Subgroup ({{id}}): Cox model, formula {{formula}}; the "
                                           "interaction is what counts, not the groups apart."),
                                    json_pack("{s:s, s:s}", "id", r->subgroups[s].spec->id,
                                              "formula", r->subgroups[s].formula)));
    if (r->effect_count && page->clustered && !page->corrected)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("Variances of log hazard ratios are sandwiches over coaches "
                                       "(Lin and Wei), with the normal distribution."),
                                NULL));
    if (r->effect_count && page->corrected)
        fp_page_add(page, list,
                    fp_page_say(page,
                                FP_MSG("Variances of log hazard ratios are sandwiches over coaches "
                                       "with the correction of {{{names}}}; intervals and "
                                       "p-values take the t distribution on the number of coaches "
                                       "less one less the number of coefficients that are constant "
                                       "within coaches."),
                                fp_page_with(page, "names", fp_page_corrections(page))));
    if (r->effect_count)
        fp_page_add(page, list, fp_page_say(page, difference_sentence(page), NULL));
    if (r->competes && r->effect_count)
        fp_page_add(
            page, list,
            fp_page_say(
                page,
                page->clustered
                    ? FP_MSG("Beside the hazard ratio, which is that of finding work among "
                             "people without either event: the ratio of subdistribution "
                             "hazards of Fine and Gray with the factors as terms, by the "
                             "sandwich over coaches (Zhou) and the t distribution on coaches "
                             "less arms, and the test of Gray within the levels of the "
                             "other factor, which takes people as independent.")
                    : FP_MSG("Beside the hazard ratio, which is that of finding work among "
                             "people without either event: the ratio of subdistribution "
                             "hazards of Fine and Gray with the factors as terms, and the "
                             "test of Gray within the levels of the other factor."),
                NULL));
}

void fp_page_methods(fp_page *page)
{
    json_t *part = json_object(), *rule = json_array(), *estimators = json_array();
    if (page->has_outcome) {
        rule_sentences(page, rule);
        estimator_sentences(page, estimators);
    }
    fp_page_put(page, part, "rule", rule);
    fp_page_put(page, part, "estimators", estimators);
    fp_page_put(page, part, "has_rule", json_boolean(page->has_outcome));
    fp_page_power(page, part);
    fp_page_put(page, page->root, "methods", part);
}
