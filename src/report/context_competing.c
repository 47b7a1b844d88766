/* Competing events: what happened first, and the other two looks at the effects. */
#include "report/page_priv.h"

#include <stdio.h>

#include "figure/figure.h"

/* "died or moved": the competing events of the plan. */
static const char *competing_name(fp_page *page)
{
    const fp_outcome_spec *spec = page->results->outcomes[page->results->primary].spec;
    const char *names[16];
    ptrdiff_t n = 0;
    for (; n < spec->competing_count && n < 16; n++)
        names[n] = fp_page_reason(page, spec->competing[n]);
    return fp_page_list(page, names, n);
}

static fp_status draw(fp_page *page, double width, const char *id, fp_buf *svg)
{
    const fp_results *r = page->results;
    const char *causes[2] = {fp_page_word(page, FP_MSG("found lasting work")),
                             competing_name(page)};
    fp_figure_cif_panel *panels;
    FP_ARRAY(panels, page->arena, r->stack_count, page->err);
    for (ptrdiff_t s = 0; s < r->stack_count; s++)
        panels[s] =
            (fp_figure_cif_panel){fp_page_group(page, &r->stack_groups[s]), &r->stack[s].curves};
    fp_figure_cif_options options = fp_figure_cif_defaults();
    options.frame = (fp_figure_frame){
        .id = id,
        .title = fp_page_word(page, FP_MSG("What happened first")),
        .desc = fp_page_plain(
            page,
            FP_MSG("Bands stacked to 100% over {{{days}}} days since the start, a panel an arm: "
                   "the share that found lasting work, the share with a competing event first "
                   "({{{names}}}), and the rest; with the number still followed under each."),
            json_pack("{s:s, s:s}", "days", fp_page_setting(page, fp_page_horizon(page), 0),
                      "names", competing_name(page))),
        .width = width,
        .numstyle = page->style};
    options.horizon = fp_page_horizon(page);
    options.x_label = fp_page_word(page, FP_MSG("Days since the start"));
    options.y_label = fp_page_word(page, FP_MSG("Share of all people, by what happened first"));
    options.free_label = fp_page_word(page, FP_MSG("neither yet"));
    options.risk_label = fp_page_word(page, FP_MSG("Still followed, neither yet"));
    return fp_figure_cif(&options, panels, r->stack_count, causes, 2, svg, page->err);
}

void fp_page_competing_curves(fp_page *page, json_t *part)
{
    static const struct {
        const char *key, *id;
        double width;
    } sizes[] = {{"wide", "f-first-wide", 760}, {"narrow", "f-first-narrow", 356}};
    const fp_results *r = page->results;
    if (!r->competes || r->stack_count < 1 || r->stack_count > FP_FIGURE_MAX_CIF)
        return;
    json_t *figure = json_object();
    fp_page_put_text(page, figure, "figure_id", "f-first");
    fp_page_put(
        page, figure, "figure_caption",
        fp_page_say(page,
                    FP_MSG("What happened first, up to {{days}} days: the share of all "
                           "people that found lasting work, the share with a competing "
                           "event before that ({{names}}), and the rest (cumulative "
                           "incidence)."),
                    json_pack("{s:s, s:s}", "days", fp_page_setting(page, fp_page_horizon(page), 0),
                              "names", competing_name(page))));
    for (size_t i = 0; i < 2 && page->status == FP_OK; i++) {
        FP_BUF_SCOPED(svg, 16 * FP_MIB);
        page->status = draw(page, sizes[i].width, sizes[i].id, &svg);
        if (page->status == FP_OK)
            fp_page_put(page, figure, sizes[i].key, json_stringn(svg.p, svg.n));
    }
    fp_page_put(page, part, "stack", figure);
}

/* ---- Beside the effects ---- */

static void effect_row(fp_page *page, json_t *grid, const fp_effect *e)
{
    char prefix[256];
    (void)snprintf(prefix, sizeof prefix, "%s.%s", e->spec->id, e->term);
    json_t *row = fp_grid_row(page, grid, fp_page_factor(page, e->factor));
    fp_grid_number(page, row, fp_page_number(page, "%s.hr", prefix));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower", prefix),
                  fp_page_number(page, "%s.upper", prefix));
    fp_grid_number(page, row, fp_page_number(page, "%s.shr", prefix));
    fp_grid_range(page, row, fp_page_number(page, "%s.shr_lower", prefix),
                  fp_page_number(page, "%s.shr_upper", prefix));
    fp_grid_number(page, row, fp_page_number(page, "%s.gray.p", e->spec->id));
}

static void notes(fp_page *page, json_t *grid)
{
    fp_grid_note(page, grid,
                 fp_page_say(page,
                             FP_MSG("The hazard ratio compares how fast people find lasting work "
                                    "who have had neither event yet; it is the effect of the plan. "
                                    "The subdistribution hazard ratio (Fine and Gray) compares how "
                                    "many find it in the end, where a competing event also "
                                    "lowers that number. Gray’s test asks whether the shares that "
                                    "found lasting work differ at any time."),
                             NULL));
    if (page->clustered)
        fp_grid_note(page, grid,
                     fp_page_say(page,
                                 FP_MSG("The interval of the subdistribution hazard ratio allows "
                                        "for coaches, but has no correction for few of them; "
                                        "Gray’s test takes people as independent, and its p-value "
                                        "may be too small."),
                                 NULL));
}

void fp_page_competing_effects(fp_page *page, json_t *part)
{
    const fp_results *r = page->results;
    const char *interval = fp_page_word(page, FP_MSG("95% interval"));
    if (!r->competes || r->effect_count < 1 ||
        !fp_page_fact(page, "%s.gray.p", r->effects[0].spec->id))
        return;
    json_t *grid = fp_grid_create(
        page, "table-competing",
        fp_page_plain(page, FP_MSG("The effects with competing events ({{{names}}})"),
                      fp_page_with(page, "names", competing_name(page))));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Hazard ratio")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Subdistribution hazard ratio")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Gray’s test, p")));
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        effect_row(page, grid, &r->effects[e]);
    notes(page, grid);
    fp_grid_put(page, part, "competing", grid);
}
