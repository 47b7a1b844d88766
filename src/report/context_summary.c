/* What was done, in five sentences. */
#include "report/page_priv.h"

static const char *arm_names(fp_page *page)
{
    const char **names =
        fp_arena_array(page->arena, page->data->arm_count + 1, sizeof *names, page->err);
    if (!names) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return "";
    }
    for (ptrdiff_t a = 0; a < page->data->arm_count; a++)
        names[a] = fp_page_arm(page, a);
    return fp_page_list(page, names, page->data->arm_count);
}

static const char *design_sentence(const fp_page *page)
{
    switch (page->plan->kind) {
    case FP_DESIGN_CLUSTER_RANDOMISED:
        if (page->lot && page->plan->factor_count)
            return FP_MSG(
                "{{#coaches}}{{>n}}{{/coaches}} coaches were allocated by lot to {{arms}} "
                "({{count}} arms), and their {{#people}}{{>n}}{{/people}} clients "
                "received what their coach was to give.");
        break;
    case FP_DESIGN_INDIVIDUALLY_RANDOMISED:
        if (page->plan->factor_count)
            return FP_MSG("{{#people}}{{>n}}{{/people}} people were allocated by lot to {{arms}} "
                          "({{count}} arms).");
        break;
    case FP_DESIGN_COMPARISON_GROUP:
        if (page->plan->factor_count)
            return FP_MSG("{{#people}}{{>n}}{{/people}} people were compared in {{count}} groups "
                          "({{arms}}), which were not formed by lot.");
        break;
    case FP_DESIGN_SINGLE_GROUP:
        break;
    }
    return FP_MSG("{{#people}}{{>n}}{{/people}} people took part, all in one group.");
}

static json_t *design(fp_page *page)
{
    json_t *values = json_object();
    fp_page_put(page, values, "people", fp_page_number(page, "flow.total.people"));
    if (fp_page_fact(page, "flow.total.coaches"))
        fp_page_put(page, values, "coaches", fp_page_number(page, "flow.total.coaches"));
    fp_page_put_text(page, values, "arms", page->plan->factor_count ? arm_names(page) : "");
    fp_page_put_text(page, values, "count",
                     fp_page_setting(page, (double)page->data->arm_count, 0));
    return fp_page_say(page, design_sentence(page), values);
}

static json_t *outcome(fp_page *page)
{
    const fp_outcome_rule *rule = &page->results->outcomes[page->results->primary].rule;
    bool whole = rule->min_hours_per_week - (double)(long)rule->min_hours_per_week <= 0;
    return fp_page_say(
        page,
        rule->date == FP_DATE_FIRST_DAY
            ? FP_MSG(
                  "Lasting work is work of at least {{hours}} hours a week for at least {{days}} "
                  "days on end; the first of those days counts as the day it was found.")
            : FP_MSG(
                  "Lasting work is work of at least {{hours}} hours a week for at least {{days}} "
                  "days on end; the day on which that was reached counts as the day it was "
                  "found."),
        json_pack("{s:s, s:s}", "hours",
                  fp_page_setting(page, rule->min_hours_per_week, whole ? 0 : 1), "days",
                  fp_page_setting(page, rule->min_days, 0)));
}

static json_t *follow_up(fp_page *page)
{
    const char *o = fp_page_outcome_id(page);
    if (!fp_page_known(page, "%s.total.follow_up", o))
        return fp_page_say(
            page,
            FP_MSG("Work was read from job spells in a register, for at most {{days}} days from "
                   "each person’s start."),
            fp_page_with(page, "days", fp_page_setting(page, fp_page_horizon(page), 0)));
    return fp_page_say(
        page,
        FP_MSG("Work was read from job spells in a register, for at most {{days}} days from each "
               "person’s start (half were followed for {{#median}}{{>n}}{{/median}} days or more, "
               "by reverse Kaplan-Meier)."),
        json_pack("{s:s, s:o}", "days", fp_page_setting(page, fp_page_horizon(page), 0), "median",
                  fp_page_number(page, "%s.total.follow_up", o)));
}

static const char *counts_sentence(fp_page *page)
{
    const fp_outcome_rule *rule = &page->results->outcomes[page->results->primary].rule;
    const fp_fact *working = fp_page_fact(page, "flow.total.at_work_at_start");
    if (!working || rule->at_start != FP_AT_START_EXCLUDE)
        return FP_MSG("{{#followed}}{{>n}}{{/followed}} people were followed, of whom "
                      "{{#events}}{{>n}}{{/events}} found lasting work.");
    if (!(working->value > 0))
        return FP_MSG("Nobody was at work at the start; {{#followed}}{{>n}}{{/followed}} people "
                      "were followed, of whom {{#events}}{{>n}}{{/events}} found lasting work.");
    if (working->value < 1.5)
        return FP_MSG("{{#working}}{{>n}}{{/working}} of them was at work at the start and is left "
                      "out; of the {{#followed}}{{>n}}{{/followed}} who were followed, "
                      "{{#events}}{{>n}}{{/events}} found lasting work.");
    return FP_MSG("{{#working}}{{>n}}{{/working}} of them were at work at the start and are left "
                  "out; of the {{#followed}}{{>n}}{{/followed}} who were followed, "
                  "{{#events}}{{>n}}{{/events}} found lasting work.");
}

static json_t *counts(fp_page *page)
{
    return fp_page_say(page, counts_sentence(page),
                       json_pack("{s:o, s:o, s:o}", "working",
                                 fp_page_number(page, "flow.total.at_work_at_start"), "followed",
                                 fp_page_number(page, "flow.total.followed"), "events",
                                 fp_page_number(page, "flow.total.events")));
}

/* How the groups were compared, by what the intervals allow for. */
static const char *comparison(const fp_page *page)
{
    bool two = page->plan->factor_count == 2;
    if (page->corrected && page->permuted)
        return two ? FP_MSG("The effect of each factor was estimated as a hazard ratio within the "
                            "levels of the other one, with intervals and permutation tests made "
                            "for a small number of coaches.")
                   : FP_MSG("The groups were compared by a hazard ratio, with intervals and a "
                            "permutation test made for a small number of coaches.");
    if (page->clustered)
        return two ? FP_MSG("The effect of each factor was estimated as a hazard ratio within the "
                            "levels of the other one, with intervals that allow for people of one "
                            "coach being alike.")
                   : FP_MSG("The groups were compared by a hazard ratio, with an interval that "
                            "allows for people of one coach being alike.");
    return two ? FP_MSG("The effect of each factor was estimated as a hazard ratio within the "
                        "levels of the other one.")
               : FP_MSG("The groups were compared by a hazard ratio.");
}

static json_t *analysis(fp_page *page)
{
    if (page->results->effect_count)
        return fp_page_say(page, comparison(page), NULL);
    return fp_page_say(page,
                       page->plan->factor_count
                           ? FP_MSG("The plan asks for no comparison of the groups; they are "
                                    "described side by side.")
                           : FP_MSG("Nothing was compared: the report describes one group."),
                       NULL);
}

void fp_page_summary(fp_page *page)
{
    json_t *sentences = json_array();
    fp_page_add(page, sentences, design(page));
    if (page->has_outcome) {
        fp_page_add(page, sentences, outcome(page));
        fp_page_add(page, sentences, follow_up(page));
        fp_page_add(page, sentences, counts(page));
        fp_page_add(page, sentences, analysis(page));
    }
    fp_page_put(page, page->root, "summary", json_pack("{s:o}", "sentences", sentences));
}
