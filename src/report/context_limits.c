/* What this study cannot say. Each limit is printed where it applies. */
#include "report/page_priv.h"

#include <string.h>

static void limit(fp_page *page, json_t *list, bool applies, const char *message)
{
    if (applies)
        fp_page_add(page, list, fp_page_say(page, message, NULL));
}

static bool ended_early(const fp_page *page)
{
    for (ptrdiff_t i = 0; i < page->results->reason_count; i++)
        if (strcmp(page->results->reasons[i], "end-of-follow-up") != 0)
            return true;
    return false;
}

void fp_page_limits(fp_page *page)
{
    const fp_results *r = page->results;
    const fp_protocol *plan = page->plan;
    json_t *list = json_array();
    bool compares = page->has_outcome && r->effect_count > 0;
    bool excludes =
        page->has_outcome && r->outcomes[r->primary].rule.at_start == FP_AT_START_EXCLUDE;
    limit(
        page, list, compares && page->lot && page->data->coach_count < 40,
        FP_MSG("Few coaches were allocated. What one coach does well or badly weighs heavily, and "
               "the lot can have given one arm the better ones. The intervals allow for this and "
               "are wide; more clients with the same coaches would hardly make them narrower."));
    limit(page, list, compares && page->lot,
          FP_MSG("The people enrolled are taken as given. Where clients were recruited after their "
                 "coach had been allocated, the arms may differ in who was asked and who agreed; "
                 "no test in this report repairs that."));
    limit(page, list, compares && plan->kind == FP_DESIGN_COMPARISON_GROUP,
          FP_MSG("The groups were not formed by lot. They may differ in who is in them, and the "
                 "effects in this report are not adjusted for that beyond what the formulas of the "
                 "plan hold."));
    limit(page, list, r->interaction_count > 0 && compares,
          FP_MSG("An effect at the margin averages over people with and without the other factor. "
                 "Where the two strengthen or weaken each other it holds for neither group; the "
                 "interaction is estimated with far less precision than the effects themselves."));
    limit(page, list, compares,
          FP_MSG("A hazard ratio is one number for the whole follow-up: where the curves come "
                 "together or cross it is an average over time. The differences at the horizon do "
                 "not rest on this."));
    limit(page, list, excludes,
          FP_MSG("People who were at work at the start are left out by the rule of the plan; the "
                 "report says nothing about them."));
    limit(page, list, page->has_outcome,
          FP_MSG("Work counts as the register has it: work that is not registered is not seen, and "
                 "wrong dates or hours that no rule catches stay wrong."));
    limit(page, list, page->has_outcome && ended_early(page),
          FP_MSG("Some people could not be followed up to the horizon. They are taken to be like "
                 "those who were still followed on the day they left."));
    limit(page, list, compares && r->effect_count + r->interaction_count + r->subgroup_count > 1,
          FP_MSG("The report gives several effects with an interval each; the intervals are not "
                 "made wider for their number."));
    if (json_array_size(list) == 0)
        json_decref(list);
    else
        fp_page_put(page, page->root, "limits", json_pack("{s:o}", "list", list));
}
