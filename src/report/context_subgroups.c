/* Subgroups: by the interaction and its interval, never by p-values inside the groups. */
#include "report/page_priv.h"

#include <stdio.h>
#include <string.h>

static const fp_effect *effect_of(const fp_page *page, const fp_subgroup *s)
{
    for (ptrdiff_t e = 0; e < page->results->effect_count; e++)
        if (strcmp(page->results->effects[e].spec->id, s->spec->of) == 0)
            return &page->results->effects[e];
    return NULL;
}

static void level_row(fp_page *page, json_t *grid, const fp_subgroup *s, const char *level)
{
    const fp_factor *f = &page->plan->factors[s->factor];
    const char *o = fp_page_outcome_id(page), *by = s->spec->by, *id = s->spec->id;
    json_t *row = fp_grid_row(page, grid, fp_page_value(page, level));
    for (int l = 1; l >= 0; l--) {
        const char *in = f->levels[l];
        fp_grid_html(
            page, row,
            fp_page_say(
                page,
                FP_MSG("{{#events}}{{>n}}{{/events}} of {{#n}}{{>n}}{{/n}} "
                       "({{#share}}{{>n}}{{/share}})"),
                json_pack(
                    "{s:o, s:o, s:o}", "events",
                    fp_page_number(page, "%s.%s=%s,%s=%s.events", o, by, level, f->name, in), "n",
                    fp_page_number(page, "%s.%s=%s,%s=%s.followed", o, by, level, f->name, in),
                    "share",
                    fp_page_number(page, "%s.%s=%s,%s=%s.share", o, by, level, f->name, in))));
    }
    fp_grid_number(page, row, fp_page_number(page, "%s.%s=%s.hr", id, by, level));
    fp_grid_range(page, row, fp_page_number(page, "%s.%s=%s.lower", id, by, level),
                  fp_page_number(page, "%s.%s=%s.upper", id, by, level));
}

static json_t *levels(fp_page *page, const fp_subgroup *s)
{
    char id[200];
    (void)snprintf(id, sizeof id, "table-subgroup-%td", s - page->results->subgroups);
    json_t *grid = fp_grid_create(
        page, id,
        fp_page_plain(page, FP_MSG("Lasting work and the effect of {{{factor}}}, by {{{column}}}"),
                      json_pack("{s:s, s:s}", "factor", fp_page_factor(page, s->factor), "column",
                                fp_page_column(page, s->spec->by))));
    fp_grid_head(page, grid,
                 fp_page_plain(page, FP_MSG("Found lasting work {{{level}}}"),
                               fp_page_with(page, "level", fp_page_level(page, s->factor, 1))));
    fp_grid_head(page, grid,
                 fp_page_plain(page, FP_MSG("Found lasting work {{{level}}}"),
                               fp_page_with(page, "level", fp_page_level(page, s->factor, 0))));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Hazard ratio")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    for (ptrdiff_t l = 0; l < s->level_count; l++)
        level_row(page, grid, s, s->levels[l]);
    return grid;
}

/* The level that an interaction term is about: its name ends with it. */
static const char *level_of(const fp_subgroup *s, const char *term)
{
    const char *best = NULL;
    for (ptrdiff_t l = 0; l < s->level_count; l++) {
        size_t n = strlen(s->levels[l]), m = strlen(term);
        if (m >= n && strcmp(term + m - n, s->levels[l]) == 0 && (!best || n > strlen(best)))
            best = s->levels[l];
    }
    return best;
}

static const char *reference_of(const fp_subgroup *s)
{
    for (ptrdiff_t l = 0; l < s->level_count; l++) {
        bool named = false;
        for (ptrdiff_t t = 0; t < s->fit.term_count && !named; t++) {
            const char *level =
                strchr(s->fit.terms[t].term, ':') ? level_of(s, s->fit.terms[t].term) : NULL;
            named = level && strcmp(level, s->levels[l]) == 0;
        }
        if (!named)
            return s->levels[l];
    }
    return s->levels[0];
}

static json_t *interaction(fp_page *page, const fp_subgroup *s, const char *term)
{
    const char *id = s->spec->id, *level = level_of(s, term);
    json_t *values = json_pack(
        "{s:s, s:s, s:s, s:s, s:o}", "factor", fp_page_factor(page, s->factor), "column",
        fp_page_column(page, s->spec->by), "level", fp_page_value(page, level ? level : term),
        "reference", fp_page_value(page, reference_of(s)), "ratio",
        fp_page_number(page, "%s.%s.ratio", id, term));
    if (!fp_page_known(page, "%s.%s.lower", id, term) ||
        !fp_page_known(page, "%s.%s.upper", id, term))
        return fp_page_say(page,
                           FP_MSG("The effect of {{factor}} for {{column}} “{{level}}” against "
                                  "“{{reference}}”: ratio of hazard ratios "
                                  "{{#ratio}}{{>n}}{{/ratio}}, without an interval."),
                           values);
    fp_page_put(page, values, "lower", fp_page_number(page, "%s.%s.lower", id, term));
    fp_page_put(page, values, "upper", fp_page_number(page, "%s.%s.upper", id, term));
    return fp_page_say(page,
                       FP_MSG("The effect of {{factor}} for {{column}} “{{level}}” against "
                              "“{{reference}}”: ratio of hazard ratios "
                              "{{#ratio}}{{>n}}{{/ratio}}, 95% interval "
                              "{{#lower}}{{>n}}{{/lower}} to {{#upper}}{{>n}}{{/upper}}."),
                       values);
}

static void interactions(fp_page *page, const fp_subgroup *s, json_t *sentences)
{
    for (ptrdiff_t t = 0; t < s->fit.term_count; t++) {
        const char *term = s->fit.terms[t].term;
        if (strchr(term, ':') && fp_page_known(page, "%s.%s.ratio", s->spec->id, term))
            fp_page_add(page, sentences, interaction(page, s, term));
    }
}

/* The words of LOOK for a subgroup; what was planned is what the plan names as a subgroup. */
static json_t *verdict(fp_page *page, const fp_subgroup *s)
{
    bool planned = s->spec->role == FP_ROLE_SUBGROUP;
    switch (s->verdict) {
    case FP_VERDICT_MORE:
    case FP_VERDICT_FEWER:
        return fp_page_say(page,
                           planned ? FP_MSG("The interval excludes a ratio of 1: the effect "
                                            "differed between the groups; the comparison was "
                                            "planned beforehand.")
                                   : FP_MSG("The interval excludes a ratio of 1: the effect "
                                            "differed between the groups; the comparison was not "
                                            "planned beforehand."),
                           NULL);
    case FP_VERDICT_INCONCLUSIVE:
    case FP_VERDICT_EQUIVALENT:
        break;
    case FP_VERDICT_NONE:
        if (!s->term && s->level_count > 2)
            break;
        return fp_page_say(page,
                           FP_MSG("How the effect differs between the groups could not be "
                                  "estimated."),
                           NULL);
    }
    return fp_page_say(page,
                       planned ? FP_MSG("The difference between the groups may be chance; it was "
                                        "planned beforehand.")
                               : FP_MSG("The difference between the groups may be chance; it was "
                                        "not planned beforehand."),
                       NULL);
}

static json_t *one(fp_page *page, const fp_subgroup *s)
{
    const fp_results *r = page->results;
    const fp_effect *of = effect_of(page, s);
    json_t *part = json_object(), *sentences = json_array(), *figures = json_array();
    fp_page_put_text(
        page, part, "title",
        fp_page_plain(page, FP_MSG("{{{factor}}} by {{{column}}}"),
                      json_pack("{s:s, s:s}", "factor", fp_page_factor(page, s->factor), "column",
                                fp_page_column(page, s->spec->by))));
    fp_page_add(page, sentences, verdict(page, s));
    interactions(page, s, sentences);
    if (!page->plan->registration)
        fp_page_add(page, sentences,
                    fp_page_say(page,
                                FP_MSG("The plan of this study names no public registration, so "
                                       "that a reader cannot check what was planned when."),
                                NULL));
    fp_page_put(page, part, "sentences", sentences);
    fp_grid_put(page, part, "levels", levels(page, s));
    for (ptrdiff_t c = 0; of && c < r->curve_count; c++) {
        const fp_curve *curve = &r->curves[c];
        if (!curve->column || curve->factor != s->factor || strcmp(curve->column, s->spec->by) != 0)
            continue;
        fp_page_add(
            page, figures,
            fp_page_km(
                page, curve,
                fp_page_say(page,
                            page->results->competes
                                ? FP_MSG("{{factor}}, {{column}}: {{value}}. Share of all people "
                                         "that found lasting work, up to {{days}} days (cumulative "
                                         "incidence; the bands are 95% intervals at each day).")
                                : FP_MSG("{{factor}}, {{column}}: {{value}}. Share that found "
                                         "lasting work, up to {{days}} days (Kaplan-Meier; the "
                                         "bands are 95% intervals at each day)."),
                            json_pack("{s:s, s:s, s:s, s:s}", "factor",
                                      fp_page_with_without(page, curve->factor), "column",
                                      fp_page_column(page, curve->column), "value",
                                      fp_page_value(page, curve->value), "days",
                                      fp_page_setting(page, fp_page_horizon(page), 0)))));
    }
    fp_page_put(page, part, "figures", figures);
    return part;
}

void fp_page_subgroups(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *list = json_array();
    for (ptrdiff_t s = 0; page->has_outcome && s < r->subgroup_count; s++)
        if (r->subgroups[s].level_count >= 2)
            fp_page_add(page, list, one(page, &r->subgroups[s]));
    if (json_array_size(list) == 0)
        json_decref(list);
    else
        fp_page_put(page, page->root, "subgroups", json_pack("{s:o}", "list", list));
}
