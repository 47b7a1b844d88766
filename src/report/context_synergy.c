/* "1 + 1 = 3?": the two together on every scale, and the arms against the sum and the product. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>

#include "figure/figure.h"

/* ---- The figure ---- */

static double value_of(fp_page *page, const char *id, const char *part, const char *quantity)
{
    const fp_fact *fact = fp_page_fact(page, "%s.%s.%s", id, part, quantity);
    return fact ? fact->value : FP_NUM_NAN;
}

static const char *share_text(fp_page *page, double value)
{
    char text[64];
    if (!isfinite(value))
        return fp_page_word(page, FP_MSG("not estimable"));
    fp_num_format(100 * value, 0, page->style, text, sizeof text);
    const char *copy = fp_arena_printf(page->arena, page->err, "%s%%", text);
    if (!copy)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return copy ? copy : "";
}

/* "45% (21% to 69%)" */
static const char *range_text(fp_page *page, const fp_figure_level *level)
{
    if (!isfinite(level->lower) || !isfinite(level->upper))
        return share_text(page, level->value);
    return fp_page_plain(page, FP_MSG("{{{a}}} ({{{b}}} to {{{c}}})"),
                         json_pack("{s:s, s:s, s:s}", "a", share_text(page, level->value), "b",
                                   share_text(page, level->lower), "c",
                                   share_text(page, level->upper)));
}

enum { ARMS = 4, LEVELS = 6 };

static void fill_levels(fp_page *page, const fp_interaction *x, fp_figure_level *levels)
{
    static const fp_figure_look looks[ARMS] = {FP_LOOK_USUAL, FP_LOOK_IPS, FP_LOOK_PA,
                                               FP_LOOK_BOTH};
    const char *id = x->spec->id;
    for (ptrdiff_t a = 0; a < ARMS; a++) {
        const char *key = fp_arm_key(page->data, a);
        levels[a] =
            (fp_figure_level){.label = fp_page_arm(page, a),
                              .value = value_of(page, fp_page_outcome_id(page), key, "risk"),
                              .lower = value_of(page, id, key, "risk_lower"),
                              .upper = value_of(page, id, key, "risk_upper"),
                              .look = looks[a]};
        levels[a].text = range_text(page, &levels[a]);
    }
    const char *expected[] = {"additive", "multiplicative"};
    const char *both = levels[ARMS - 1].label;
    const char *labels[] = {fp_page_plain(page, FP_MSG("{{{arm}}}, if the differences added up"),
                                          fp_page_with(page, "arm", both)),
                            fp_page_plain(page, FP_MSG("{{{arm}}}, if the ratios multiplied"),
                                          fp_page_with(page, "arm", both))};
    for (int k = 0; k < 2; k++) {
        double value = value_of(page, id, expected[k], "risk");
        levels[ARMS + k] = (fp_figure_level){.label = labels[k],
                                             .text = share_text(page, value),
                                             .value = value < 0 ? 0 : value,
                                             .lower = FP_NUM_NAN,
                                             .upper = FP_NUM_NAN,
                                             .expected = true};
    }
}

static void put_svg(fp_page *page, json_t *figure, const char *key, const char *id, double width,
                    const fp_figure_level *levels)
{
    FP_BUF_SCOPED(svg, 4 * FP_MIB);
    fp_figure_levels_options options = {
        .frame = {.id = id,
                  .title = fp_page_word(page, FP_MSG("The four arms against the sum and the "
                                                     "product of the effects")),
                  .desc = fp_page_plain(
                      page,
                      FP_MSG("Four dots with intervals: the share that found lasting work by day "
                             "{{{days}}} in each arm. Under them two hollow marks with lines up "
                             "to the arm with both: where it would lie if the differences "
                             "added up ({{{sum}}}), and if the ratios multiplied ({{{product}}})."),
                      json_pack("{s:s, s:s, s:s}", "days",
                                fp_page_setting(page, fp_page_horizon(page), 0), "sum",
                                levels[ARMS].text, "product", levels[ARMS + 1].text)),
                  .width = width,
                  .numstyle = page->style},
        .x_label = fp_page_plain(
            page, FP_MSG("Found lasting work by day {{{days}}} (%)"),
            fp_page_with(page, "days", fp_page_setting(page, fp_page_horizon(page), 0))),
        .percent = true};
    if (page->status == FP_OK)
        page->status = fp_figure_levels(&options, levels, LEVELS, &svg, page->err);
    if (page->status == FP_OK)
        fp_page_put(page, figure, key, json_stringn(svg.p, svg.n));
}

static json_t *arms_figure(fp_page *page, const fp_interaction *x, ptrdiff_t number)
{
    fp_figure_level levels[LEVELS];
    char id[48];
    fill_levels(page, x, levels);
    (void)snprintf(id, sizeof id, "figure-synergy-%td", number);
    json_t *figure = json_pack("{s:s}", "figure_id", id);
    (void)snprintf(id, sizeof id, "f-synergy-wide-%td", number);
    put_svg(page, figure, "wide", id, 760, levels);
    (void)snprintf(id, sizeof id, "f-synergy-narrow-%td", number);
    put_svg(page, figure, "narrow", id, 356, levels);
    fp_page_put(
        page, figure, "figure_caption",
        fp_page_say(page,
                    page->clustered
                        ? FP_MSG("The share that found lasting work by day {{days}}, with "
                                 "95% intervals by coach. The lines under “{{both}}” show where it "
                                 "would lie if what the two do apart added up, and if it "
                                 "multiplied.")
                        : FP_MSG("The share that found lasting work by day {{days}}, with "
                                 "95% intervals. The lines under “{{both}}” show where it would "
                                 "lie if what the two do apart added up, and if it multiplied."),
                    json_pack("{s:s, s:s}", "days", fp_page_setting(page, fp_page_horizon(page), 0),
                              "both", fp_page_arm(page, ARMS - 1))));
    return figure;
}

/* ---- The scales ---- */

/* What an interval says, `direction` -1 where less is better. */
static const char *reading(fp_page *page, double lower, double upper, double none, int direction)
{
    if (!isfinite(lower) || !isfinite(upper))
        return fp_page_word(page, FP_MSG("not estimable"));
    if (lower <= none && upper >= none)
        return fp_page_word(page, FP_MSG("Cannot be said from this study"));
    return (lower > none) == (direction > 0)
               ? fp_page_word(page, FP_MSG("Together more than apart"))
               : fp_page_word(page, FP_MSG("Together less than apart"));
}

static void scale_row(fp_page *page, json_t *grid, const char *label, const fp_interaction *x,
                      const char *part, const char *estimate, double none, int direction)
{
    const char *id = x->spec->id;
    json_t *row = fp_grid_row(page, grid, label);
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.%s", id, part, estimate));
    fp_grid_range(page, row, fp_page_number(page, "%s.%s.lower", id, part),
                  fp_page_number(page, "%s.%s.upper", id, part));
    fp_grid_text(page, row, fp_page_setting(page, none, 0));
    fp_grid_text(page, row,
                 reading(page, value_of(page, id, part, "lower"), value_of(page, id, part, "upper"),
                         none, direction));
}

static void scale_notes(fp_page *page, json_t *grid)
{
    fp_grid_note(
        page, grid,
        fp_page_say(
            page,
            FP_MSG("The ratio of hazard ratios asks whether the effects multiply. The excess "
                   "(RERI: both together, less each alone, plus 1) asks whether they add up, of "
                   "ratios of hazards or of risks. The differences of risk and of days ask "
                   "whether they add up in people and in time; fewer days without lasting work "
                   "is more. The scale of the plan is the first; the others stand beside it."),
            NULL));
    fp_grid_note(
        page, grid,
        fp_page_say(
            page,
            page->corrected
                ? FP_MSG("Intervals of the first two: the delta method on the covariance "
                         "corrected for few coaches, with the t distribution. The others: "
                         "leaving out each coach in turn within the arms, with t on coaches "
                         "less arms.")
            : page->clustered
                ? FP_MSG("Intervals of the first two: the delta method on the sandwich by "
                         "coach. The others: leaving out each coach in turn within the "
                         "arms, with t on coaches less arms.")
                : FP_MSG("Intervals by the delta method."),
            NULL));
}

static json_t *scales(fp_page *page, const fp_interaction *x, ptrdiff_t number)
{
    char id[48];
    (void)snprintf(id, sizeof id, "table-synergy-%td", number);
    json_t *grid = fp_grid_create(
        page, id, fp_page_word(page, FP_MSG("Together against apart, scale by scale")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Estimate")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    fp_grid_head_text(page, grid, fp_page_word(page, FP_MSG("If together as apart")));
    fp_grid_head_text(page, grid, fp_page_word(page, FP_MSG("Reading")));
    scale_row(page, grid, fp_page_word(page, FP_MSG("Ratio of hazard ratios")), x, x->term, "ratio",
              1, 1);
    scale_row(page, grid, fp_page_word(page, FP_MSG("Excess of hazard ratios (RERI)")), x,
              "reri_hazard", "estimate", 0, 1);
    scale_row(page, grid, fp_page_word(page, FP_MSG("Excess of risk ratios (RERI)")), x,
              "reri_risk", "estimate", 0, 1);
    scale_row(page, grid,
              fp_page_word(page, FP_MSG("Difference of risk differences (percentage points)")), x,
              "risk", "difference", 0, 1);
    scale_row(page, grid,
              fp_page_word(page, FP_MSG("Difference of differences, days without lasting work")), x,
              "rmst", "difference", 0, -1);
    scale_notes(page, grid);
    return grid;
}

void fp_page_synergy(fp_page *page)
{
    const fp_results *r = page->results;
    if (!page->has_outcome || r->interaction_count == 0 || page->data->arm_count != ARMS ||
        !fp_page_fact(page, "%s.reri_hazard.estimate", r->interactions[0].spec->id))
        return;
    json_t *part = json_object(), *blocks = json_array();
    fp_page_put_text(page, part, "title", fp_page_word(page, FP_MSG("One and one: is it three?")));
    fp_page_put(
        page, part, "lead",
        fp_page_say(
            page,
            FP_MSG("Whether {{a}} and {{b}} do more together than apart depends on the "
                   "scale: effects that multiply exactly cannot also add up exactly, "
                   "unless one of them does nothing. So the scales below can disagree, "
                   "and none of them is the right one for every question: for the number of "
                   "people at work it is the difference of risks."),
            json_pack("{s:s, s:s}", "a", fp_page_factor(page, 0), "b", fp_page_factor(page, 1))));
    for (ptrdiff_t x = 0; x < r->interaction_count; x++) {
        json_t *block = json_object();
        fp_page_put(page, block, "figure", arms_figure(page, &r->interactions[x], x));
        fp_grid_put(page, block, "scales", scales(page, &r->interactions[x], x));
        fp_page_add(page, blocks, block);
    }
    fp_page_put(page, part, "blocks", blocks);
    fp_page_put(page, page->root, "synergy", part);
}
