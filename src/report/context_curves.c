/* The main result: Kaplan-Meier curves, and what was counted in each group. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/figure.h"

static fp_figure_look look_of(const fp_page *page, const fp_group *group)
{
    const fp_protocol *plan = page->plan;
    if (group->arm >= 0) {
        static const fp_figure_look looks[] = {FP_LOOK_USUAL, FP_LOOK_IPS, FP_LOOK_PA,
                                               FP_LOOK_BOTH};
        bool known = plan->factor_count == 2 && page->data->arm_count == 4 &&
                     strcmp(plan->factors[0].name, "ips") == 0 &&
                     strcmp(plan->factors[1].name, "pa") == 0;
        return known ? looks[group->arm] : FP_LOOK_AUTO;
    }
    if (group->factor < 0)
        return FP_LOOK_INK;
    if (plan->factors[group->factor].level_count != 2)
        return FP_LOOK_AUTO;
    if (group->level == 0)
        return FP_LOOK_USUAL;
    if (strcmp(plan->factors[group->factor].name, "ips") == 0)
        return FP_LOOK_IPS;
    return strcmp(plan->factors[group->factor].name, "pa") == 0 ? FP_LOOK_PA : FP_LOOK_INK;
}

/* One axis for all figures of the report: up to the next 20% above the highest upper limit. */
static double top_of_axis(const fp_page *page)
{
    double highest = 0;
    for (ptrdiff_t c = 0; c < page->results->curve_count; c++) {
        const fp_result *result = &page->results->curves[c].result;
        for (ptrdiff_t s = 0; s < result->stratum_count; s++) {
            fp_km_point at = fp_km_at(&result->strata[s].curve, fp_page_horizon(page));
            double top = isnan(at.lower) ? 1 - at.survival : 1 - at.lower;
            highest = isnan(top) ? highest : fmax(highest, top);
        }
    }
    return fmin(1, ceil(fmax(highest, 0.05) * 5 - 1e-9) / 5);
}

/* Inside a subgroup the caption names the group, so that a line needs the level alone. */
static const char *line_label(fp_page *page, const fp_curve *curve, ptrdiff_t s)
{
    const fp_group *group = &curve->groups[s];
    return curve->column && group->factor >= 0 ? fp_page_level(page, group->factor, group->level)
                                               : fp_page_group(page, group);
}

static const char *title_of(fp_page *page, const fp_curve *curve)
{
    const char *name = curve->factor >= 0 ? fp_page_factor(page, curve->factor) : NULL;
    if (name && curve->column)
        return fp_page_plain(
            page, FP_MSG("Time to lasting work by {{{name}}}, {{{column}}}: {{{value}}}"),
            json_pack("{s:s, s:s, s:s}", "name", name, "column",
                      fp_page_column(page, curve->column), "value",
                      fp_page_value(page, curve->value)));
    if (name)
        return fp_page_plain(page, FP_MSG("Time to lasting work by {{{name}}}"),
                             fp_page_with(page, "name", name));
    return page->plan->factor_count ? fp_page_word(page, FP_MSG("Time to lasting work by arm"))
                                    : fp_page_word(page, FP_MSG("Time to lasting work"));
}

static bool has_bands(const fp_curve *curve)
{
    return curve->result.stratum_count <= 2;
}

static const char *describe(fp_page *page, const fp_curve *curve)
{
    const char *names[64];
    ptrdiff_t n = 0;
    for (ptrdiff_t s = 0; s < curve->result.stratum_count && n < 64; s++)
        names[n++] = line_label(page, curve, s);
    const char *days = fp_page_setting(page, fp_page_horizon(page), 0);
    if (page->results->competes)
        return fp_page_plain(
            page,
            has_bands(curve)
                ? FP_MSG("Cumulative incidence: the share of all people that found lasting work, "
                         "over {{{days}}} days since the start, for {{{groups}}}; with 95% "
                         "intervals, and the number still followed under the curves.")
                : FP_MSG("Cumulative incidence: the share of all people that found lasting work, "
                         "over {{{days}}} days since the start, for {{{groups}}}; with the number "
                         "still followed under the curves."),
            json_pack("{s:s, s:s}", "days", days, "groups", fp_page_list(page, names, n)));
    return fp_page_plain(
        page,
        has_bands(curve)
            ? FP_MSG("Kaplan-Meier curves of the share that found lasting work, over {{{days}}} "
                     "days since the start, for {{{groups}}}; with 95% intervals, and the number "
                     "still followed under the curves.")
            : FP_MSG("Kaplan-Meier curves of the share that found lasting work, over {{{days}}} "
                     "days since the start, for {{{groups}}}; with the number still followed "
                     "under the curves."),
        json_pack("{s:s, s:s}", "days", days, "groups", fp_page_list(page, names, n)));
}

static fp_status draw(fp_page *page, const fp_curve *curve, double width, const char *id,
                      fp_buf *svg)
{
    const fp_result *result = &curve->result;
    fp_figure_curve *lines;
    FP_ARRAY(lines, page->arena, result->stratum_count, page->err);
    for (ptrdiff_t s = 0; s < result->stratum_count; s++)
        lines[s] = (fp_figure_curve){line_label(page, curve, s), &result->strata[s].curve,
                                     look_of(page, &curve->groups[s])};
    fp_figure_km_options options = fp_figure_km_defaults();
    options.frame = (fp_figure_frame){.id = id,
                                      .title = title_of(page, curve),
                                      .desc = describe(page, curve),
                                      .width = width,
                                      .numstyle = page->style};
    options.kind = FP_KM_EVENTS;
    options.horizon = fp_page_horizon(page);
    options.y_max = top_of_axis(page);
    options.bands = has_bands(curve);
    options.x_label = fp_page_word(page, FP_MSG("Days since the start"));
    options.y_label = fp_page_word(page, FP_MSG("Found lasting work (%)"));
    options.risk_label = fp_page_word(page, FP_MSG("Still followed, without lasting work"));
    return fp_figure_km(&options, lines, result->stratum_count, svg, page->err);
}

/* An id that HTML and the figures allow, from one that may hold "=" and spaces. */
static const char *plain_id(fp_page *page, const char *id, const char *suffix)
{
    char *copy = fp_arena_printf(page->arena, page->err, "f-%s%s", id, suffix);
    if (!copy) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return "f";
    }
    for (char *c = copy; *c; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || *c == '-' || *c == '_';
        *c = fine ? *c : '-';
    }
    return copy;
}

json_t *fp_page_km(fp_page *page, const fp_curve *curve, json_t *caption)
{
    static const struct {
        const char *key, *suffix;
        double width;
    } sizes[] = {{"wide", "-wide", 760}, {"narrow", "-narrow", 356}};
    json_t *figure = json_object();
    fp_page_put_text(page, figure, "figure_id", plain_id(page, curve->id, ""));
    fp_page_put(page, figure, "figure_caption", caption);
    for (size_t i = 0; i < 2 && page->status == FP_OK && curve->result.stratum_count &&
                       curve->result.stratum_count <= FP_FIGURE_MAX_CURVES;
         i++) {
        FP_BUF_SCOPED(svg, 16 * FP_MIB);
        page->status =
            draw(page, curve, sizes[i].width, plain_id(page, curve->id, sizes[i].suffix), &svg);
        if (page->status == FP_OK)
            fp_page_put(page, figure, sizes[i].key, json_stringn(svg.p, svg.n));
    }
    return figure;
}

/* ---- Tables ---- */

static void share_row(fp_page *page, json_t *grid, const fp_group *group)
{
    const char *o = fp_page_outcome_id(page), *key = group->key;
    json_t *row = fp_grid_row(page, grid, fp_page_group(page, group));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.followed", o, key));
    fp_grid_pair(page, row, fp_page_number(page, "%s.%s.events", o, key),
                 fp_page_number(page, "%s.%s.share", o, key));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.risk", o, key));
    fp_grid_range(page, row, fp_page_number(page, "%s.%s.risk_lower", o, key),
                  fp_page_number(page, "%s.%s.risk_upper", o, key));
    if (page->results->competes)
        fp_grid_number(page, row, fp_page_number(page, "%s.%s.competing_risk", o, key));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.median", o, key));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.rmst", o, key));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.follow_up", o, key));
}

/* Everybody, the arms, and the margins of a factorial design, with headings between them. */
static void each_group(fp_page *page, json_t *grid,
                       void (*row)(fp_page *, json_t *, const fp_group *))
{
    const fp_results *r = page->results;
    const char *arms = fp_page_word(page, FP_MSG("By arm"));
    const char *margins = fp_page_word(page, FP_MSG("With and without each factor"));
    const char *last = NULL;
    for (ptrdiff_t g = 0; g < r->group_count; g++) {
        const fp_group *group = &r->groups[g];
        bool is_margin = group->factor >= 0;
        if (is_margin && page->plan->factor_count == 1)
            continue; /* one factor: the arms are its margins */
        const char *section = is_margin ? margins : group->arm >= 0 ? arms : NULL;
        if (section && section != last)
            fp_grid_section(page, grid, section);
        last = section;
        row(page, grid, group);
    }
}

static json_t *share_grid(fp_page *page)
{
    json_t *grid = fp_grid_create(
        page, "table-shares",
        fp_page_plain(page, FP_MSG("Lasting work within {{{days}}} days"),
                      fp_page_with(page, "days", fp_page_setting(page, fp_page_horizon(page), 0))));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Followed")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Found lasting work (% of followed)")));
    fp_grid_head(page, grid,
                 page->results->competes ? fp_page_word(page, FP_MSG("Cumulative incidence"))
                                         : fp_page_word(page, FP_MSG("Kaplan-Meier estimate")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    if (page->results->competes)
        fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Competing event first")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Median time (days)")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Mean days without lasting work")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Median follow-up (days)")));
    each_group(page, grid, share_row);
    fp_grid_note(
        page, grid,
        fp_page_say(page,
                    FP_MSG("Mean days without lasting work: restricted mean up to the horizon. "
                           "Median follow-up: reverse Kaplan-Meier. – means that it cannot be "
                           "computed, as a median time when fewer than half found lasting work."),
                    NULL));
    if (page->clustered)
        fp_grid_note(page, grid,
                     page->results->competes
                         ? fp_page_say(page,
                                       FP_MSG("The intervals of single groups (log scale) treat "
                                              "people as independent; the comparisons further on "
                                              "allow for coaches."),
                                       NULL)
                         : fp_page_say(page,
                                       FP_MSG("The intervals of single groups (Greenwood, log "
                                              "scale) treat people as independent; the comparisons "
                                              "further on allow for coaches."),
                                       NULL));
    if (page->results->competes)
        fp_grid_note(page, grid,
                     fp_page_say(page,
                                 FP_MSG("Some people had a competing event before they found work. "
                                        "They did not find it, and count as such: the cumulative "
                                        "incidence is the share of all people that found lasting "
                                        "work by then. Days after a competing event count as days "
                                        "without lasting work."),
                                 NULL));
    return grid;
}

static void ended_row(fp_page *page, json_t *grid, const fp_group *group)
{
    const fp_results *r = page->results;
    json_t *row = fp_grid_row(page, grid, fp_page_group(page, group));
    fp_grid_number(page, row, fp_page_number(page, "flow.%s.followed", group->key));
    fp_grid_number(page, row, fp_page_number(page, "flow.%s.events", group->key));
    fp_grid_number(page, row, fp_page_number(page, "flow.%s.competing", group->key));
    for (ptrdiff_t i = 0; i < r->reason_count; i++)
        fp_grid_number(page, row,
                       fp_page_number(page, "flow.%s.censored:%s", group->key, r->reasons[i]));
}

static json_t *ended_grid(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *grid = fp_grid_create(page, "table-ended",
                                  fp_page_word(page, FP_MSG("How the follow-up of people ended")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Followed")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Found lasting work")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Competing event")));
    for (ptrdiff_t i = 0; i < r->reason_count; i++)
        fp_grid_head(
            page, grid,
            fp_page_plain(page, FP_MSG("Censored: {{{reason}}}"),
                          fp_page_with(page, "reason", fp_page_reason(page, r->reasons[i]))));
    each_group(page, grid, ended_row);
    return grid;
}

static void days_row(fp_page *page, json_t *grid, const fp_group *group)
{
    const char *o = fp_page_outcome_id(page);
    json_t *row = fp_grid_row(page, grid, fp_page_group(page, group));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.events", o, group->key));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.mean_days", o, group->key));
}

static json_t *days_grid(fp_page *page)
{
    json_t *grid = fp_grid_create(
        page, "table-days",
        fp_page_word(page, FP_MSG("Days until lasting work, among those who found it")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Found lasting work")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Mean days until it")));
    each_group(page, grid, days_row);
    fp_grid_note(page, grid,
                 fp_page_say(page,
                             FP_MSG("This describes; it does not compare. Those who found work in "
                                    "one group are other people than those who found it in "
                                    "another: guidance that helps people who would otherwise not "
                                    "have found work makes this mean longer."),
                             NULL));
    return grid;
}

static json_t *incidence_caption(fp_page *page, const fp_curve *curve, const char *days)
{
    if (curve->factor < 0)
        return fp_page_say(
            page,
            page->plan->factor_count
                ? FP_MSG("Share of all people that found lasting work, by arm, up to {{days}} days "
                         "(cumulative incidence).")
                : FP_MSG("Share of all people that found lasting work, up to {{days}} days "
                         "(cumulative incidence)."),
            fp_page_with(page, "days", days));
    return fp_page_say(
        page,
        has_bands(curve)
            ? FP_MSG("{{factor}}. Share of all people that found lasting work, up to {{days}} days "
                     "(cumulative incidence; the bands are 95% intervals at each day).")
            : FP_MSG("{{factor}}. Share of all people that found lasting work, up to {{days}} days "
                     "(cumulative incidence)."),
        json_pack("{s:s, s:s}", "days", days, "factor", fp_page_with_without(page, curve->factor)));
}

static json_t *caption_of(fp_page *page, const fp_curve *curve)
{
    const char *days = fp_page_setting(page, fp_page_horizon(page), 0);
    if (page->results->competes)
        return incidence_caption(page, curve, days);
    if (curve->factor < 0)
        return fp_page_say(
            page,
            page->plan->factor_count
                ? FP_MSG("Share that found lasting work, by arm, up to {{days}} days "
                         "(Kaplan-Meier).")
                : FP_MSG("Share that found lasting work, up to {{days}} days "
                         "(Kaplan-Meier)."),
            fp_page_with(page, "days", days));
    return fp_page_say(
        page,
        has_bands(curve) ? FP_MSG("{{factor}}. Share that found lasting work, up to {{days}} days "
                                  "(Kaplan-Meier; the bands are 95% intervals at each day).")
                         : FP_MSG("{{factor}}. Share that found lasting work, up to {{days}} days "
                                  "(Kaplan-Meier)."),
        json_pack("{s:s, s:s}", "days", days, "factor", fp_page_with_without(page, curve->factor)));
}

void fp_page_curves(fp_page *page)
{
    const fp_results *r = page->results;
    if (!page->has_outcome)
        return;
    json_t *part = json_object(), *figures = json_array();
    for (ptrdiff_t c = 0; c < r->curve_count; c++) {
        const fp_curve *curve = &r->curves[c];
        bool twice = page->plan->factor_count == 1 && curve->factor < 0;
        if (!curve->column && !twice)
            fp_page_add(page, figures, fp_page_km(page, curve, caption_of(page, curve)));
    }
    fp_page_put(page, part, "figures", figures);
    fp_page_competing_curves(page, part);
    fp_grid_put(page, part, "shares", share_grid(page));
    fp_grid_put(page, part, "ended", ended_grid(page));
    fp_grid_put(page, part, "days", days_grid(page));
    fp_page_put(page, page->root, "curves", part);
}
