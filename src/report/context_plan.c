/* Whether the plan was locked before outcomes were seen, and what differs from it since. */
#include "report/page_priv.h"

#include <stdio.h>
#include <string.h>

static json_t *dates_of(fp_page *page)
{
    const fp_plan_state *plan = page->input->plan;
    char event[32], import[32];
    (void)snprintf(event, sizeof event, "%lld", (long long)(plan->base ? plan->base->seq : 0));
    (void)snprintf(import, sizeof import, "%lld", (long long)plan->outcomes_import);
    json_t *values = json_pack("{s:s, s:s}", "event", event, "import", import);
    if (plan->base) {
        fp_page_put(page, values, "date", json_stringn(plan->base->at_utc, strlen("2026-01-01")));
        fp_page_put(page, values, "hash", json_stringn(plan->base->sha256, 12));
    }
    if (plan->outcomes_at)
        fp_page_put(page, values, "outcomes",
                    json_stringn(plan->outcomes_at, strlen("2026-01-01")));
    return values;
}

/* The line in the box at the top. */
static const char *state_words(fp_page *page)
{
    const fp_plan_state *plan = page->input->plan;
    if (!plan->base)
        return fp_page_word(page,
                            FP_MSG("The plan was not locked before outcomes were seen: the log of "
                                   "the study holds no lock of it."));
    return fp_page_plain(
        page,
        plan->before_outcomes
            ? FP_MSG("The plan was locked on {{{date}}} (event {{{event}}}, {{{hash}}}), before "
                     "outcomes were imported.")
            : FP_MSG("The plan was not locked before outcomes were seen: it was locked on "
                     "{{{date}}} (event {{{event}}}, {{{hash}}}), after the first import of "
                     "episodes on {{{outcomes}}} (event {{{import}}})."),
        dates_of(page));
}

const char *fp_page_plan_warning(fp_page *page)
{
    const fp_plan_state *plan = page->input->plan;
    return plan && !plan->before_outcomes ? state_words(page) : NULL;
}

static const char *kind_words(const fp_page *page, fp_deviation_kind kind)
{
    static const char *const words[] = {
        [FP_DEVIATION_FORMULA] = FP_MSG("formula"),
        [FP_DEVIATION_COVARIATES] = FP_MSG("covariates"),
        [FP_DEVIATION_EFFECT] = FP_MSG("effect"),
        [FP_DEVIATION_SMALL_SAMPLE] = FP_MSG("correction for few coaches"),
        [FP_DEVIATION_MODEL] = FP_MSG("model"),
        [FP_DEVIATION_ANALYSIS] = FP_MSG("analysis"),
        [FP_DEVIATION_ADDED] = FP_MSG("analysis added"),
        [FP_DEVIATION_REMOVED] = FP_MSG("analysis removed"),
        [FP_DEVIATION_RULE] = FP_MSG("rule of the outcome"),
        [FP_DEVIATION_POPULATION] = FP_MSG("people, sources and follow-up"),
        [FP_DEVIATION_DESIGN] = FP_MSG("design"),
        [FP_DEVIATION_DATES] = FP_MSG("order of dates"),
    };
    return fp_page_word(page, words[kind]);
}

static const char *since_words(fp_page *page, const fp_deviation *d)
{
    char event[32];
    if (!d->since)
        return fp_page_word(page, FP_MSG("in no lock"));
    (void)snprintf(event, sizeof event, "%lld", (long long)d->since->seq);
    json_t *values = json_pack("{s:s, s:s}", "event", event, "why", d->since->why);
    fp_page_put(page, values, "date", json_stringn(d->since->at_utc, strlen("2026-01-01")));
    return fp_page_plain(page,
                         d->since->why[0] ? FP_MSG("{{{date}}}, event {{{event}}}: {{{why}}}")
                                          : FP_MSG("{{{date}}}, event {{{event}}}"),
                         values);
}

static json_t *deviation_of(fp_page *page, const fp_deviation *d)
{
    const char *planned = d->planned ? d->planned : "\u2013";
    const char *now = d->now ? d->now : "\u2013";
    bool dates = d->kind == FP_DEVIATION_DATES;
    if (dates) {
        planned = fp_page_word(page, FP_MSG("plan locked before outcomes are seen"));
        now = fp_page_plain(page,
                            FP_MSG("episodes imported on {{{outcomes}}} (event {{{import}}}), plan "
                                   "locked on {{{date}}} (event {{{event}}})"),
                            dates_of(page));
    }
    return json_pack("{s:s, s:s, s:b, s:s, s:s, s:s}", "kind", kind_words(page, d->kind), "what",
                     dates ? "" : d->what, "code", !dates, "planned", planned, "now", now, "since",
                     dates ? "" : since_words(page, d));
}

void fp_page_plan(fp_page *page)
{
    const fp_plan_state *plan = page->input->plan;
    if (!plan)
        return;
    json_t *part = json_object(), *list = json_array();
    char count[32];
    for (ptrdiff_t i = 0; i < plan->deviation_count; i++)
        fp_page_add(page, list, deviation_of(page, &plan->deviations[i]));
    (void)snprintf(count, sizeof count, "%td", plan->deviation_count);
    fp_page_put_text(page, part, "state", state_words(page));
    fp_page_put(page, part, "locked", json_boolean(plan->base != NULL));
    fp_page_put(page, part, "differs", json_boolean(plan->deviation_count > 0));
    fp_page_put_text(page, part, "count",
                     plan->deviation_count == 1
                         ? fp_page_word(page, FP_MSG("1 deviation from the plan as locked"))
                         : fp_page_plain(page,
                                         FP_MSG("{{{count}}} deviations from the plan as "
                                                "locked"),
                                         fp_page_with(page, "count", count)));
    fp_page_put(page, part, "deviations", list);
    fp_page_put(page, page->root, "plan", part);
}
