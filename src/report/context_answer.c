/* The answer: three lines. Verdicts become words here and nowhere else. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The only wordings that a report may use for an effect, by scale and verdict. {{margin}} and the
 * limits are there where the sentence names them. */
static const char *wording(fp_verdict_scale scale, fp_verdict verdict)
{
    static const char *const words[2][5] = {
        {
            [FP_VERDICT_MORE] =
                FP_MSG("With {{subject}} more people found lasting work (hazard ratio "
                       "{{#ratio}}{{>n}}{{/ratio}}, 95% interval {{#lower}}{{>n}}{{/lower}} to "
                       "{{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_FEWER] =
                FP_MSG("With {{subject}} fewer people found lasting work (hazard ratio "
                       "{{#ratio}}{{>n}}{{/ratio}}, 95% interval {{#lower}}{{>n}}{{/lower}} to "
                       "{{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_INCONCLUSIVE] = FP_MSG(
                "Inconclusive: the data fit anything from {{#lower}}{{>n}}{{/lower}} (fewer) to "
                "{{#upper}}{{>n}}{{/upper}} (more)."),
            [FP_VERDICT_EQUIVALENT] = FP_MSG(
                "Equivalent within the margin {{margin}} that was agreed beforehand (hazard ratio "
                "{{#ratio}}{{>n}}{{/ratio}}, 95% interval {{#lower}}{{>n}}{{/lower}} to "
                "{{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_NONE] = FP_MSG("This could not be estimated: {{reason}}."),
        },
        {
            [FP_VERDICT_MORE] =
                FP_MSG("The two together do more than apart (ratio of hazard ratios "
                       "{{#ratio}}{{>n}}{{/ratio}}, 95% interval {{#lower}}{{>n}}{{/lower}} to "
                       "{{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_FEWER] =
                FP_MSG("The two together do less than apart (ratio of hazard ratios "
                       "{{#ratio}}{{>n}}{{/ratio}}, 95% interval {{#lower}}{{>n}}{{/lower}} to "
                       "{{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_INCONCLUSIVE] = FP_MSG(
                "Whether the two together do more than apart cannot be said from this study: the "
                "data fit anything from {{#lower}}{{>n}}{{/lower}} (less) to "
                "{{#upper}}{{>n}}{{/upper}} (more)."),
            [FP_VERDICT_EQUIVALENT] = FP_MSG(
                "Equivalent within the margin {{margin}} that was agreed beforehand (ratio of "
                "hazard ratios {{#ratio}}{{>n}}{{/ratio}}, 95% interval "
                "{{#lower}}{{>n}}{{/lower}} to {{#upper}}{{>n}}{{/upper}})."),
            [FP_VERDICT_NONE] = FP_MSG("This could not be estimated: {{reason}}."),
        },
    };
    return words[scale][verdict];
}

/* Why there is no interval, from the state of the fit. */
static const char *why_none(const fp_page *page, const char *state)
{
    static const struct {
        const char *state, *why;
    } reasons[] = {
        {"no_events", FP_MSG("nobody found lasting work")},
        {"separated", FP_MSG("in one of the groups nobody found lasting work")},
        {"max_iter", FP_MSG("the computation did not settle")},
        {"rank_deficient", FP_MSG("the data do not tell this effect apart from the others")},
        {"null_model", FP_MSG("the model holds no effect to estimate")},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (state && strcmp(reasons[i].state, state) == 0)
            return reasons[i].why;
    return page->clustered ? FP_MSG("there are too few coaches for an interval")
                           : FP_MSG("the data give no interval");
}

json_t *fp_page_verdict(fp_page *page, fp_verdict_scale scale, fp_verdict verdict, const char *id,
                        const char *subject, double margin, const char *state)
{
    json_t *values = fp_page_with(page, "subject", subject);
    if (verdict == FP_VERDICT_NONE) {
        fp_page_put_text(page, values, "reason", fp_page_word(page, why_none(page, state)));
        return fp_page_say(page, wording(scale, verdict), values);
    }
    const char *name = scale == FP_SCALE_EFFECT ? "hr" : "ratio";
    fp_page_put(page, values, "ratio", fp_page_number(page, "%s.%s", id, name));
    fp_page_put(page, values, "lower", fp_page_number(page, "%s.lower", id));
    fp_page_put(page, values, "upper", fp_page_number(page, "%s.upper", id));
    if (!isnan(margin))
        fp_page_put_text(page, values, "margin", fp_page_setting(page, margin, 2));
    return fp_page_say(page, wording(scale, verdict), values);
}

/* How many found work with and without; NULL where in one of the two nobody was followed. */
static json_t *shares(fp_page *page, ptrdiff_t factor)
{
    const fp_factor *f = &page->plan->factors[factor];
    const char *o = fp_page_outcome_id(page);
    for (int l = 0; l < 2; l++)
        if (!fp_page_known(page, "%s.%s=%s.share", o, f->name, f->levels[l]))
            return NULL;
    json_t *values = json_object();
    static const char *const keys[2][4] = {{"share0", "events0", "n0", "group0"},
                                           {"share1", "events1", "n1", "group1"}};
    for (int l = 0; l < 2; l++) {
        fp_page_put(page, values, keys[l][0],
                    fp_page_number(page, "%s.%s=%s.share", o, f->name, f->levels[l]));
        fp_page_put(page, values, keys[l][1],
                    fp_page_number(page, "%s.%s=%s.events", o, f->name, f->levels[l]));
        fp_page_put(page, values, keys[l][2],
                    fp_page_number(page, "%s.%s=%s.followed", o, f->name, f->levels[l]));
        fp_page_put_text(page, values, keys[l][3], fp_page_level(page, factor, l));
    }
    return fp_page_say(
        page,
        FP_MSG("Found lasting work: {{#share1}}{{>n}}{{/share1}} {{group1}} "
               "({{#events1}}{{>n}}{{/events1}} of {{#n1}}{{>n}}{{/n1}}), "
               "{{#share0}}{{>n}}{{/share0}} {{group0}} ({{#events0}}{{>n}}{{/events0}} of "
               "{{#n0}}{{>n}}{{/n0}})."),
        values);
}

static void effect_line(fp_page *page, json_t *lines, const fp_effect *e)
{
    const char *name = fp_page_factor(page, e->factor);
    char id[256];
    (void)snprintf(id, sizeof id, "%s.%s", e->spec->id, e->term);
    json_t *line = json_object();
    fp_page_put_text(page, line, "label", name);
    fp_page_put(page, line, "message",
                fp_page_verdict(page, FP_SCALE_EFFECT, e->verdict, id, name, e->spec->margin,
                                e->margin.state));
    json_t *detail = shares(page, e->factor);
    if (detail)
        fp_page_put(page, line, "detail", detail);
    fp_page_add(page, lines, line);
}

static void together_line(fp_page *page, json_t *lines, const fp_interaction *x)
{
    char id[256];
    (void)snprintf(id, sizeof id, "%s.%s", x->spec->id, x->term);
    const char *names[] = {fp_page_factor(page, 0), fp_page_factor(page, 1)};
    json_t *line = json_object();
    fp_page_put_text(page, line, "label",
                     fp_page_plain(page, FP_MSG("{{{names}}} together"),
                                   fp_page_with(page, "names", fp_page_list(page, names, 2))));
    fp_page_put(page, line, "message",
                fp_page_verdict(page, FP_SCALE_INTERACTION, x->verdict, id, "", x->spec->margin,
                                x->fit.state));
    fp_page_add(page, lines, line);
}

/* Whether an analysis of the plan is about a factor that has no line of its own in the answer. */
static bool has_terms(const fp_results *r, const fp_factor *factor)
{
    size_t n = strlen(factor->name);
    for (ptrdiff_t i = 0; i < r->planned_count; i++)
        for (ptrdiff_t t = 0; t < r->planned[i].result.term_count; t++) {
            const char *term = r->planned[i].result.terms[t].term;
            for (ptrdiff_t l = 1; l < factor->level_count; l++)
                if (strncmp(term, factor->name, n) == 0 && strcmp(term + n, factor->levels[l]) == 0)
                    return true;
        }
    return false;
}

/* A factor of more than two levels has no single number: say where its numbers stand. */
static void levels_line(fp_page *page, json_t *lines, ptrdiff_t factor)
{
    const fp_factor *f = &page->plan->factors[factor];
    bool shown = has_terms(page->results, f);
    json_t *line = json_object();
    fp_page_put_text(page, line, "label", fp_page_factor(page, factor));
    fp_page_put(page, line, "message",
                fp_page_say(page,
                            shown ? FP_MSG("This was given in {{count}} ways, so that no one "
                                           "number can answer; the <a href=\"#others\">other "
                                           "analyses</a> compare each way with “{{reference}}”.")
                                  : FP_MSG("This was given in {{count}} ways; the plan asks for no "
                                           "comparison of them with “{{reference}}”."),
                            json_pack("{s:s, s:s}", "count",
                                      fp_page_setting(page, (double)f->level_count, 0), "reference",
                                      fp_page_value(page, f->levels[0]))));
    fp_page_add(page, lines, line);
}

static json_t *share_in_all(fp_page *page)
{
    const char *o = fp_page_outcome_id(page);
    const char *days = fp_page_setting(page, fp_page_horizon(page), 0);
    if (!fp_page_known(page, "%s.total.risk", o))
        return fp_page_say(page,
                           FP_MSG("{{#events}}{{>n}}{{/events}} of the "
                                  "{{#followed}}{{>n}}{{/followed}} people found lasting work; "
                                  "nobody was followed for {{days}} days."),
                           json_pack("{s:s, s:o, s:o}", "days", days, "events",
                                     fp_page_number(page, "%s.total.events", o), "followed",
                                     fp_page_number(page, "%s.total.followed", o)));
    json_t *values =
        json_pack("{s:s, s:o}", "days", days, "risk", fp_page_number(page, "%s.total.risk", o));
    if (!fp_page_known(page, "%s.total.risk_lower", o) ||
        !fp_page_known(page, "%s.total.risk_upper", o))
        return fp_page_say(
            page, FP_MSG("Within {{days}} days {{#risk}}{{>n}}{{/risk}} found lasting work."),
            values);
    fp_page_put(page, values, "lower", fp_page_number(page, "%s.total.risk_lower", o));
    fp_page_put(page, values, "upper", fp_page_number(page, "%s.total.risk_upper", o));
    return fp_page_say(
        page,
        FP_MSG("Within {{days}} days {{#risk}}{{>n}}{{/risk}} found lasting work (95% interval "
               "{{#lower}}{{>n}}{{/lower}} to {{#upper}}{{>n}}{{/upper}})."),
        values);
}

/* A study that compares nothing: what was found, with its interval. */
static void one_group_line(fp_page *page, json_t *lines)
{
    json_t *line = json_object();
    fp_page_put_text(page, line, "label", fp_page_word(page, FP_MSG("Lasting work")));
    fp_page_put(page, line, "message", share_in_all(page));
    fp_page_put(page, line, "detail",
                fp_page_say(page,
                            page->plan->factor_count
                                ? FP_MSG("The plan asks for no comparison of the groups.")
                                : FP_MSG("There was no group to compare with."),
                            NULL));
    fp_page_add(page, lines, line);
}

/* The effect of a factor that the answer names: the primary one, else the first. */
static const fp_effect *effect_of(const fp_results *r, ptrdiff_t factor)
{
    const fp_effect *first = NULL;
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        if (r->effects[e].factor != factor)
            continue;
        if (r->effects[e].spec->role == FP_ROLE_PRIMARY)
            return &r->effects[e];
        first = first ? first : &r->effects[e];
    }
    return first;
}

void fp_page_answer(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *answer = json_object(), *lines = json_array();
    bool compares = page->has_outcome && r->effect_count + r->interaction_count > 0;
    if (page->has_outcome && !compares)
        one_group_line(page, lines);
    for (ptrdiff_t f = 0; page->has_outcome && f < page->plan->factor_count; f++) {
        const fp_effect *e = effect_of(r, f);
        if (e)
            effect_line(page, lines, e);
        else if (page->plan->factors[f].level_count > 2)
            levels_line(page, lines, f);
    }
    if (page->has_outcome && r->interaction_count)
        together_line(page, lines, &r->interactions[0]);
    fp_page_put(page, answer, "together",
                json_boolean(page->has_outcome && r->interaction_count > 0));
    fp_page_put(page, answer, "compares", json_boolean(compares));
    fp_page_put(page, answer, "nothing", json_boolean(!page->has_outcome));
    fp_page_put(page, answer, "lines", lines);
    fp_page_put(page, page->root, "answer", answer);
}
