/* Effects: what is estimated, in words; at the margins, inside the table, and the interaction. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/figure.h"

/* ---- Estimands ---- */

static const char *population(fp_page *page)
{
    const fp_outcome_rule *rule = &page->results->outcomes[page->results->primary].rule;
    return rule->at_start == FP_AT_START_EXCLUDE
               ? fp_page_word(page, FP_MSG("Everybody enrolled who was not at work at the start"))
               : fp_page_word(page, FP_MSG("Everybody enrolled"));
}

static const char *outcome(fp_page *page)
{
    return fp_page_plain(
        page, FP_MSG("Days from the start until lasting work, up to {{{days}}} days"),
        fp_page_with(page, "days", fp_page_setting(page, fp_page_horizon(page), 0)));
}

static const char *intercurrent(fp_page *page)
{
    const fp_outcome_spec *spec = &page->plan->outcomes[page->results->primary];
    const char *kept =
        page->plan->kind == FP_DESIGN_COMPARISON_GROUP
            ? fp_page_word(page, FP_MSG("Everybody stays in the group of the start, whatever was "
                                        "received later."))
        : page->lot
            ? fp_page_word(page, FP_MSG("Everybody stays in the arm that the coach was allocated "
                                        "to, whatever was received (treatment policy)."))
            : fp_page_word(page, FP_MSG("Everybody stays in the arm allocated, whatever was "
                                        "received (treatment policy)."));
    if (spec->competing_count == 0)
        return kept;
    const char *names[16];
    ptrdiff_t n = 0;
    for (; n < spec->competing_count && n < 16; n++)
        names[n] = fp_page_reason(page, spec->competing[n]);
    return fp_page_plain(
        page,
        FP_MSG("{{{kept}}} A competing event ({{{names}}}) ends the follow-up: "
               "hazards are those among people still followed."),
        json_pack("{s:s, s:s}", "kept", kept, "names", fp_page_list(page, names, n)));
}

/* One column of the table of estimands. */
typedef struct {
    const char *name, *contrast, *summary;
} estimand;

#define MOST_ESTIMANDS 16
typedef struct {
    estimand list[MOST_ESTIMANDS];
    ptrdiff_t count;
} estimand_list;

static void add(estimand_list *all, estimand one)
{
    if (all->count < MOST_ESTIMANDS)
        all->list[all->count++] = one;
}

static estimand of_margin(fp_page *page, const fp_effect *e)
{
    const char *name = fp_page_factor(page, e->factor);
    const char *with = fp_page_level(page, e->factor, 1);
    const char *without = fp_page_level(page, e->factor, 0);
    estimand made = {.name =
                         fp_page_plain(page, FP_MSG("Effect of {{{name}}} ({{{id}}})"),
                                       json_pack("{s:s, s:s}", "name", name, "id", e->spec->id))};
    if (e->other < 0) {
        made.contrast = fp_page_plain(page, FP_MSG("{{{with}}} against {{{without}}}"),
                                      json_pack("{s:s, s:s}", "with", with, "without", without));
        made.summary = fp_page_word(
            page, FP_MSG("Hazard ratio; at the horizon the difference of the shares and of the "
                         "mean days without lasting work"));
        return made;
    }
    const char *other = fp_page_factor(page, e->other);
    made.contrast = fp_page_plain(
        page,
        FP_MSG("{{{with}}} against {{{without}}}, compared among people with the same "
               "{{{other}}}"),
        json_pack("{s:s, s:s, s:s}", "with", with, "without", without, "other", other));
    made.summary = fp_page_plain(
        page,
        FP_MSG("Hazard ratio stratified by {{{other}}}; at the horizon the difference of "
               "the shares and of the mean days without lasting work, averaged with weight "
               "one half over with and without {{{other}}}"),
        fp_page_with(page, "other", other));
    return made;
}

static estimand of_arms(fp_page *page)
{
    return (estimand){
        fp_page_word(page, FP_MSG("Each arm (inside the table)")),
        fp_page_plain(page, FP_MSG("Each arm against {{{arm}}}"),
                      fp_page_with(page, "arm", fp_page_arm(page, 0))),
        fp_page_word(page, FP_MSG("Hazard ratio; at the horizon the difference of the shares and "
                                  "of the mean days without lasting work"))};
}

static estimand of_interaction(fp_page *page, const fp_interaction *x)
{
    return (estimand){
        fp_page_plain(page, FP_MSG("Interaction ({{{id}}})"),
                      fp_page_with(page, "id", x->spec->id)),
        fp_page_plain(
            page, FP_MSG("The effect of {{{a}}} with {{{b}}} against that without {{{b}}}"),
            json_pack("{s:s, s:s}", "a", fp_page_factor(page, 0), "b", fp_page_factor(page, 1))),
        fp_page_word(page, FP_MSG("Ratio of hazard ratios; at the horizon the difference of the "
                                  "differences"))};
}

static json_t *estimands(fp_page *page)
{
    const fp_results *r = page->results;
    estimand_list all = {.count = 0};
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        add(&all, of_margin(page, &r->effects[e]));
    for (ptrdiff_t x = 0; x < r->interaction_count; x++)
        add(&all, of_interaction(page, &r->interactions[x]));
    if (r->has_inside)
        add(&all, of_arms(page));
    json_t *grid =
        fp_grid_create(page, "table-estimands", fp_page_word(page, FP_MSG("What is estimated")));
    for (ptrdiff_t i = 0; i < all.count; i++)
        fp_grid_head_text(page, grid, all.list[i].name);
    json_t *row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("Population")));
    fp_grid_span(page, row, population(page), all.count);
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("What is compared")));
    for (ptrdiff_t i = 0; i < all.count; i++)
        fp_grid_text(page, row, all.list[i].contrast);
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("Outcome")));
    fp_grid_span(page, row, outcome(page), all.count);
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("What happens in between")));
    fp_grid_span(page, row, intercurrent(page), all.count);
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("Summary measure")));
    for (ptrdiff_t i = 0; i < all.count; i++)
        fp_grid_text(page, row, all.list[i].summary);
    return grid;
}

/* ---- The table of effects ---- */

static void difference_cells(fp_page *page, json_t *row, const char *prefix, const char *separator,
                             const char *measure)
{
    fp_grid_number(page, row,
                   fp_page_number(page, "%s.%s%sdifference", prefix, measure, separator));
    fp_grid_range(page, row, fp_page_number(page, "%s.%s%slower", prefix, measure, separator),
                  fp_page_number(page, "%s.%s%supper", prefix, measure, separator));
}

static void ratio_cells(fp_page *page, json_t *row, const char *prefix, const char *name,
                        const char *suffix)
{
    fp_grid_number(page, row, fp_page_number(page, "%s.%s%s", prefix, name, suffix));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower%s", prefix, suffix),
                  fp_page_number(page, "%s.upper%s", prefix, suffix));
}

static void effect_row(fp_page *page, json_t *grid, const fp_effect *e)
{
    char prefix[256];
    (void)snprintf(prefix, sizeof prefix, "%s.%s", e->spec->id, e->term);
    json_t *row = fp_grid_row(page, grid, fp_page_factor(page, e->factor));
    ratio_cells(page, row, prefix, "hr", "");
    difference_cells(page, row, e->spec->id, ".", "risk");
    difference_cells(page, row, e->spec->id, ".", "rmst");
}

static void arm_rows(fp_page *page, json_t *grid)
{
    fp_grid_section(page, grid,
                    fp_page_plain(page, FP_MSG("Inside the table: each arm against {{{arm}}}"),
                                  fp_page_with(page, "arm", fp_page_arm(page, 0))));
    for (ptrdiff_t a = 1; a < page->data->arm_count; a++) {
        char prefix[256];
        (void)snprintf(prefix, sizeof prefix, "inside.%s", fp_arm_key(page->data, a));
        json_t *row = fp_grid_row(page, grid, fp_page_arm(page, a));
        ratio_cells(page, row, prefix, "hr", "");
        difference_cells(page, row, prefix, "_", "risk");
        difference_cells(page, row, prefix, "_", "rmst");
    }
}

static void interaction_rows(fp_page *page, json_t *grid)
{
    const fp_results *r = page->results;
    fp_grid_section(page, grid,
                    fp_page_word(page, FP_MSG("Interaction: ratio of hazard ratios, difference of "
                                              "differences")));
    for (ptrdiff_t x = 0; x < r->interaction_count; x++) {
        const fp_interaction *i = &r->interactions[x];
        char prefix[256];
        (void)snprintf(prefix, sizeof prefix, "%s.%s", i->spec->id, i->term);
        json_t *row =
            fp_grid_row(page, grid,
                        fp_page_plain(page, FP_MSG("{{{a}}} × {{{b}}}"),
                                      json_pack("{s:s, s:s}", "a", fp_page_factor(page, 0), "b",
                                                fp_page_factor(page, 1))));
        ratio_cells(page, row, prefix, "ratio", "");
        difference_cells(page, row, i->spec->id, ".", "risk");
        difference_cells(page, row, i->spec->id, ".", "rmst");
    }
}

/* The formulas of the plan, where they are not those of the margins. */
static void planned_rows(fp_page *page, json_t *grid)
{
    const fp_results *r = page->results;
    bool begun = false;
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        const fp_effect *effect = &r->effects[e];
        char prefix[256];
        (void)snprintf(prefix, sizeof prefix, "%s.%s", effect->spec->id, effect->term);
        if (!fp_page_fact(page, "%s.hr_planned", prefix) || effect->other < 0)
            continue;
        if (!begun)
            fp_grid_section(page, grid, fp_page_word(page, FP_MSG("As the plan writes it")));
        begun = true;
        json_t *row = fp_grid_row(
            page, grid,
            fp_page_plain(page, FP_MSG("{{{name}}}, {{{formula}}}"),
                          json_pack("{s:s, s:s}", "name", fp_page_factor(page, effect->factor),
                                    "formula", effect->spec->formula)));
        ratio_cells(page, row, prefix, "hr", "_planned");
        for (int i = 0; i < 4; i++)
            fp_grid_empty(page, row);
    }
}

static json_t *effects(fp_page *page)
{
    const fp_results *r = page->results;
    const char *interval = fp_page_word(page, FP_MSG("95% interval"));
    json_t *grid = fp_grid_create(
        page, "table-effects",
        fp_page_plain(page, FP_MSG("Effects on lasting work within {{{days}}} days"),
                      fp_page_with(page, "days", fp_page_setting(page, fp_page_horizon(page), 0))));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Hazard ratio")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Difference in share (percentage points)")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid,
                 fp_page_word(page, FP_MSG("Difference in mean days without lasting work")));
    fp_grid_head(page, grid, interval);
    if (page->plan->factor_count > 1)
        fp_grid_section(page, grid,
                        fp_page_word(page, FP_MSG("At the margins: over both levels of the other "
                                                  "factor")));
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        effect_row(page, grid, &r->effects[e]);
    if (r->has_inside)
        arm_rows(page, grid);
    if (r->interaction_count)
        interaction_rows(page, grid);
    planned_rows(page, grid);
    fp_grid_note(
        page, grid,
        page->corrected
            ? fp_page_say(page,
                          FP_MSG("Hazard ratio above 1: lasting work is found sooner. Negative "
                                 "days: less time without lasting work. Intervals of ratios: "
                                 "sandwich by coach, corrected for few coaches, and the t "
                                 "distribution. Intervals of differences: jackknife over coaches "
                                 "within arms and the t distribution."),
                          NULL)
        : page->clustered
            ? fp_page_say(page,
                          FP_MSG("Hazard ratio above 1: lasting work is found sooner. Negative "
                                 "days: less time without lasting work. Intervals of ratios: "
                                 "sandwich by coach. Intervals of differences: jackknife over "
                                 "coaches within arms and the t distribution."),
                          NULL)
        : page->results->competes
            ? fp_page_say(page,
                          FP_MSG("Hazard ratio above 1: lasting work is found sooner. Negative "
                                 "days: less time without lasting work. Intervals of differences "
                                 "rest on the infinitesimal jackknife."),
                          NULL)
            : fp_page_say(page,
                          FP_MSG("Hazard ratio above 1: lasting work is found sooner. Negative "
                                 "days: less time without lasting work. Intervals of differences "
                                 "rest on Greenwood’s variance."),
                          NULL));
    return grid;
}

/* ---- The forest ---- */

#define MOST_ROWS 64
typedef struct {
    fp_figure_forest_row rows[MOST_ROWS];
    ptrdiff_t count;
} forest;

static double value_of(fp_page *page, const char *prefix, const char *quantity)
{
    const fp_fact *fact = fp_page_fact(page, "%s.%s", prefix, quantity);
    return fact ? fact->value : FP_NUM_NAN;
}

static void heading(forest *f, const char *label)
{
    if (f->count < MOST_ROWS)
        f->rows[f->count++] = (fp_figure_forest_row){.label = label, .heading = true};
}

static void mark(fp_page *page, forest *f, const char *label, const char *prefix, const char *name,
                 fp_figure_look look)
{
    if (f->count < MOST_ROWS)
        f->rows[f->count++] = (fp_figure_forest_row){.label = label,
                                                     .estimate = value_of(page, prefix, name),
                                                     .lower = value_of(page, prefix, "lower"),
                                                     .upper = value_of(page, prefix, "upper"),
                                                     .look = look};
}

static fp_figure_look look_of_factor(const fp_page *page, ptrdiff_t factor)
{
    const char *name = page->plan->factors[factor].name;
    if (strcmp(name, "ips") == 0)
        return FP_LOOK_IPS;
    return strcmp(name, "pa") == 0 ? FP_LOOK_PA : FP_LOOK_INK;
}

static void forest_rows(fp_page *page, forest *f)
{
    const fp_results *r = page->results;
    char prefix[256];
    if (r->has_inside)
        heading(f, fp_page_word(page, FP_MSG("At the margins")));
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->effects[e].spec->id, r->effects[e].term);
        mark(page, f, fp_page_factor(page, r->effects[e].factor), prefix, "hr",
             look_of_factor(page, r->effects[e].factor));
    }
    if (r->has_inside)
        heading(f, fp_page_plain(page, FP_MSG("Against {{{arm}}}"),
                                 fp_page_with(page, "arm", fp_page_arm(page, 0))));
    for (ptrdiff_t a = 1; r->has_inside && a < page->data->arm_count; a++) {
        (void)snprintf(prefix, sizeof prefix, "inside.%s", fp_arm_key(page->data, a));
        mark(page, f, fp_page_arm(page, a), prefix, "hr", FP_LOOK_INK);
    }
    if (r->interaction_count)
        heading(f, fp_page_word(page, FP_MSG("Together (ratio of ratios)")));
    for (ptrdiff_t x = 0; x < r->interaction_count; x++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->interactions[x].spec->id,
                       r->interactions[x].term);
        mark(page, f,
             fp_page_plain(page, FP_MSG("{{{a}}} × {{{b}}}"),
                           json_pack("{s:s, s:s}", "a", fp_page_factor(page, 0), "b",
                                     fp_page_factor(page, 1))),
             prefix, "ratio", FP_LOOK_BOTH);
    }
}

static json_t *forest_figure(fp_page *page)
{
    static const struct {
        const char *key, *id;
        double width;
    } sizes[] = {{"wide", "forest-wide", 760}, {"narrow", "forest-narrow", 356}};
    json_t *figure = json_pack("{s:s}", "figure_id", "figure-forest");
    forest *f = fp_arena_array(page->arena, 1, sizeof *f, page->err);
    if (!f) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return figure;
    }
    forest_rows(page, f);
    for (size_t i = 0; i < 2 && page->status == FP_OK; i++) {
        FP_BUF_SCOPED(svg, 4 * FP_MIB);
        fp_figure_forest_options options = fp_figure_forest_defaults();
        options.frame = (fp_figure_frame){
            .id = sizes[i].id,
            .title = fp_page_word(page, FP_MSG("Hazard ratios with 95% intervals")),
            .desc = fp_page_word(page, FP_MSG("Each line is an interval, each square an estimate; "
                                              "the numbers stand in the table above.")),
            .width = sizes[i].width,
            .numstyle = page->style};
        options.x_label = fp_page_word(page, FP_MSG("Hazard ratio (log scale)"));
        options.left_note = fp_page_word(page, FP_MSG("fewer find work"));
        options.right_note = fp_page_word(page, FP_MSG("more find work"));
        options.to = fp_page_word(page, FP_MSG("to"));
        options.missing = fp_page_word(page, FP_MSG("not estimable"));
        page->status = fp_figure_forest(&options, f->rows, f->count, &svg, page->err);
        if (page->status == FP_OK)
            fp_page_put(page, figure, sizes[i].key, json_stringn(svg.p, svg.n));
    }
    fp_page_put(page, figure, "figure_caption",
                fp_page_say(page,
                            FP_MSG("Hazard ratios with 95% intervals. An interval that holds 1 "
                                   "fits both more and fewer people at work."),
                            NULL));
    return figure;
}

void fp_page_effects(fp_page *page)
{
    if (!page->has_outcome || page->results->effect_count == 0)
        return;
    json_t *part = json_object();
    fp_grid_put(page, part, "estimands", estimands(page));
    fp_grid_put(page, part, "effects", effects(page));
    fp_page_adjusted(page, part);
    fp_page_competing_effects(page, part);
    fp_page_put(page, part, "figure", forest_figure(page));
    fp_page_put(page, page->root, "effects", part);
}
