/* The flow of coaches and people, as a figure (wide and narrow) and as a table with ids. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/figure.h"

/* ---- The table ---- */

static bool in_flow(const fp_page *page, const fp_group *group)
{
    return group->factor < 0 &&
           (group->arm >= 0 || page->plan->factor_count == 0 || strcmp(group->key, "total") == 0);
}

typedef struct {
    const char *quantity, *label;
} flow_row;

static bool all_zero(fp_page *page, const char *quantity)
{
    const fp_fact *fact = fp_page_fact(page, "flow.total.%s", quantity);
    return !fact || !(fact->value > 0);
}

static void row_of(fp_page *page, json_t *grid, const char *quantity, const char *label)
{
    const fp_results *r = page->results;
    json_t *row = fp_grid_row(page, grid, label);
    for (ptrdiff_t g = 0; g < r->group_count; g++)
        if (in_flow(page, &r->groups[g]))
            fp_grid_number(page, row,
                           fp_page_number(page, "flow.%s.%s", r->groups[g].key, quantity));
}

/* What happened after a draw that is in the log; nothing where nothing did. */
typedef struct {
    const char *quantity, *label, *line;
} flow_change;
static const flow_change coach_changes[] = {
    {"coaches_late", FP_MSG("Coaches who came after the draw"),
     FP_MSG("after the draw: {{{n}}} coaches")},
    {"coaches_left", FP_MSG("Coaches who left"), FP_MSG("coaches who left: {{{n}}}")},
    {"coaches_replaced", FP_MSG("Coaches in whose place another came"),
     FP_MSG("coaches replaced: {{{n}}}")},
};
static const flow_change people_changes[] = {
    {"people_moved", FP_MSG("People who went on with another coach"),
     FP_MSG("to another coach: {{{n}}} people")},
    {"people_corrected", FP_MSG("People whose coach was registered wrongly at first"),
     FP_MSG("coach corrected: {{{n}}} people")},
};

static bool change_rows(fp_page *page, json_t *grid, const flow_change *changes, size_t count)
{
    bool any = false;
    for (size_t k = 0; k < count; k++)
        if (!all_zero(page, changes[k].quantity)) {
            row_of(page, grid, changes[k].quantity, fp_page_word(page, changes[k].label));
            any = true;
        }
    return any;
}

static void coach_rows(fp_page *page, json_t *grid)
{
    const fp_results *r = page->results;
    if (!fp_page_fact(page, "flow.total.coaches"))
        return;
    row_of(page, grid, "coaches", fp_page_word(page, FP_MSG("Coaches")));
    row_of(page, grid, "people_per_coach_mean", fp_page_word(page, FP_MSG("People a coach, mean")));
    json_t *row =
        fp_grid_row(page, grid, fp_page_word(page, FP_MSG("People a coach, fewest to most")));
    for (ptrdiff_t g = 0; g < r->group_count; g++) {
        const char *key = r->groups[g].key;
        if (in_flow(page, &r->groups[g]))
            fp_grid_range(page, row, fp_page_number(page, "flow.%s.people_per_coach_min", key),
                          fp_page_number(page, "flow.%s.people_per_coach_max", key));
    }
    bool any = change_rows(page, grid, coach_changes, 3);
    if (change_rows(page, grid, people_changes, 2) || any)
        fp_grid_note(page, grid,
                     fp_page_say(page,
                                 FP_MSG("Whatever happened after the draw: everybody is counted "
                                        "and analysed with the coach and in the arm of the draw."),
                                 NULL));
}

static void competing_rows(fp_page *page, json_t *grid)
{
    const fp_outcome_spec *spec = &page->plan->outcomes[page->results->primary];
    row_of(page, grid, "competing", fp_page_word(page, FP_MSG("Competing event")));
    for (ptrdiff_t i = 0; i < spec->competing_count; i++) {
        char quantity[200];
        (void)snprintf(quantity, sizeof quantity, "competing:%s", spec->competing[i]);
        if (!all_zero(page, quantity))
            row_of(page, grid, quantity,
                   fp_page_plain(
                       page, FP_MSG("– {{{reason}}}"),
                       fp_page_with(page, "reason", fp_page_reason(page, spec->competing[i]))));
    }
}

/* Whether the rule leaves out people who are at work at the start. */
static bool leaves_out(const fp_page *page)
{
    const fp_results *r = page->results;
    return r->outcomes[r->primary].rule.at_start == FP_AT_START_EXCLUDE;
}

static void people_rows(fp_page *page, json_t *grid)
{
    const fp_results *r = page->results;
    row_of(page, grid, "people", fp_page_word(page, FP_MSG("People enrolled")));
    if (!page->has_outcome)
        return;
    row_of(page, grid, "at_work_at_start",
           leaves_out(page) ? fp_page_word(page, FP_MSG("At work at the start: left out"))
                            : fp_page_word(page, FP_MSG("At work at the start: not left out")));
    row_of(page, grid, "followed", fp_page_word(page, FP_MSG("Followed")));
    row_of(page, grid, "events", fp_page_word(page, FP_MSG("Found lasting work")));
    if (!all_zero(page, "competing"))
        competing_rows(page, grid);
    row_of(page, grid, "censored",
           fp_page_word(page, FP_MSG("Did not find lasting work while followed")));
    for (ptrdiff_t i = 0; i < r->reason_count; i++) {
        char quantity[200];
        (void)snprintf(quantity, sizeof quantity, "censored:%s", r->reasons[i]);
        if (!all_zero(page, quantity))
            row_of(
                page, grid, quantity,
                fp_page_plain(page, FP_MSG("– not followed further: {{{reason}}}"),
                              fp_page_with(page, "reason", fp_page_reason(page, r->reasons[i]))));
    }
    row_of(page, grid, "censored_at_0",
           fp_page_word(page, FP_MSG("– follow-up ended on the first day")));
}

static void spell_rows(fp_page *page, json_t *grid)
{
    row_of(page, grid, "rows", fp_page_word(page, FP_MSG("Job spells in the source")));
    fp_grid_section(page, grid, fp_page_word(page, FP_MSG("Set aside")));
    for (int k = FP_REPAIR_NONE + 1; k < FP_REPAIR_COUNT; k++) {
        char quantity[200];
        (void)snprintf(quantity, sizeof quantity, "set_aside:%s", fp_repair_key((fp_repair)k));
        row_of(page, grid, quantity, fp_page_repair(page, (fp_repair)k));
    }
}

static json_t *flow_grid(fp_page *page, const char *id, const char *caption)
{
    const fp_results *r = page->results;
    json_t *grid = fp_grid_create(page, id, caption);
    for (ptrdiff_t g = 0; g < r->group_count; g++)
        if (in_flow(page, &r->groups[g]))
            fp_grid_head(page, grid, fp_page_group(page, &r->groups[g]));
    return grid;
}

/* ---- The figure ---- */

/* The text of a fact in a sentence of the figure. */
static const char *count_text(fp_page *page, const char *key, const char *quantity)
{
    char text[64] = "";
    const fp_fact *fact = fp_page_fact(page, "flow.%s.%s", key, quantity);
    if (fact)
        fp_fact_text(fact, page->style, text);
    const char *copy = fp_arena_strdup(page->arena, text, page->err);
    return copy ? copy : "";
}

static const char *line(fp_page *page, const char *message, const char *key, const char *quantity)
{
    return fp_page_plain(page, message, fp_page_with(page, "n", count_text(page, key, quantity)));
}

static double count_of(fp_page *page, const char *key, const char *quantity)
{
    const fp_fact *fact = fp_page_fact(page, "flow.%s.%s", key, quantity);
    return fact && !isnan(fact->value) ? fact->value : 0;
}

#define MOST_LINES 24

static void put_line(fp_figure_box *box, const char **lines, const char *text)
{
    if (box->count < MOST_LINES)
        lines[box->count++] = text;
    box->lines = lines;
}

static const char *people_per_coach(fp_page *page, const char *key)
{
    const char *low = count_text(page, key, "people_per_coach_min");
    const char *high = count_text(page, key, "people_per_coach_max");
    if (strcmp(low, high) == 0)
        return fp_page_plain(page, FP_MSG("{{{n}}} a coach"), fp_page_with(page, "n", low));
    return fp_page_plain(page, FP_MSG("{{{low}}} to {{{high}}} a coach"),
                         json_pack("{s:s, s:s}", "low", low, "high", high));
}

/* A line on recruitment; counts that are 0 are left out. */
static void recruitment_line(fp_page *page, const char *message, const char *key,
                             const char *quantity, const char *reason, fp_figure_box *box,
                             const char **lines)
{
    char text[64];
    const fp_fact *fact = fp_page_fact(page, "recruitment.%s.%s%s%s", key, quantity,
                                       reason ? ":" : "", reason ? reason : "");
    if (!fact || !(fact->value > 0))
        return;
    fp_fact_text(fact, page->style, text);
    put_line(box, lines,
             fp_page_plain(page, message,
                           json_pack("{s:s, s:s}", "n", text, "reason",
                                     reason ? fp_page_reason(page, reason) : "")));
}

static bool recruits(fp_page *page)
{
    return page->lot && fp_page_fact(page, "recruitment.total.offered");
}

/* Who was offered a place and is not in the study, and why. */
static void refused_box(fp_page *page, const char *key, fp_figure_box *box, const char **lines)
{
    const fp_results *r = page->results;
    const char *reason = FP_MSG("– {{{n}}} {{{reason}}}");
    recruitment_line(page, FP_MSG("{{{n}}} not eligible:"), key, "not_eligible", NULL, box, lines);
    for (ptrdiff_t k = 0; k < r->ineligible_count; k++)
        recruitment_line(page, reason, key, "not_eligible", r->ineligible[k], box, lines);
    recruitment_line(page, FP_MSG("{{{n}}} refused:"), key, "refused", NULL, box, lines);
    for (ptrdiff_t k = 0; k < r->refusal_count; k++)
        recruitment_line(page, reason, key, "refused", r->refusals[k], box, lines);
    recruitment_line(page, FP_MSG("{{{n}}} consented and not included"), key, "not_started", NULL,
                     box, lines);
}

static void enrolled_lines(fp_page *page, const char *key, fp_figure_box *box, const char **lines)
{
    put_line(box, lines, line(page, FP_MSG("{{{n}}} people enrolled"), key, "people"));
    if (page->lot && fp_page_known(page, "flow.%s.people_per_coach_min", key))
        put_line(box, lines, people_per_coach(page, key));
    for (size_t k = 0; k < 5; k++) {
        const flow_change *change = k < 3 ? &coach_changes[k] : &people_changes[k - 3];
        if (count_of(page, key, change->quantity) > 0)
            put_line(box, lines, line(page, change->line, key, change->quantity));
    }
}

static void allocated_box(fp_page *page, ptrdiff_t arm, const char *key, fp_figure_box *box,
                          const char **lines)
{
    put_line(box, lines,
             page->plan->factor_count ? fp_page_arm(page, arm)
                                      : fp_page_word(page, FP_MSG("everybody")));
    if (page->lot)
        put_line(box, lines, line(page, FP_MSG("{{{n}}} coaches"), key, "coaches"));
    if (recruits(page))
        recruitment_line(page, FP_MSG("{{{n}}} people offered a place"), key, "offered", NULL, box,
                         lines);
    else
        enrolled_lines(page, key, box, lines);
}

static void ended_box(fp_page *page, const char *key, fp_figure_box *box, const char **lines)
{
    const fp_results *r = page->results;
    put_line(box, lines, line(page, FP_MSG("{{{n}}} in the analysis"), key, "followed"));
    put_line(box, lines, line(page, FP_MSG("{{{n}}} found lasting work"), key, "events"));
    put_line(box, lines, line(page, FP_MSG("{{{n}}} did not while followed:"), key, "censored"));
    for (ptrdiff_t i = 0; i < r->reason_count; i++) {
        char quantity[200];
        (void)snprintf(quantity, sizeof quantity, "censored:%s", r->reasons[i]);
        if (count_of(page, key, quantity) > 0)
            put_line(box, lines,
                     fp_page_plain(page, FP_MSG("{{{n}}} {{{reason}}}"),
                                   json_pack("{s:s, s:s}", "n", count_text(page, key, quantity),
                                             "reason", fp_page_reason(page, r->reasons[i]))));
    }
    if (count_of(page, key, "competing") > 0)
        put_line(box, lines,
                 line(page, FP_MSG("{{{n}}} with a competing event"), key, "competing"));
}

static fp_figure_look look_of_arm(const fp_page *page, ptrdiff_t arm)
{
    static const fp_figure_look looks[] = {FP_LOOK_USUAL, FP_LOOK_IPS, FP_LOOK_PA, FP_LOOK_BOTH};
    const fp_protocol *plan = page->plan;
    bool known = plan->factor_count == 2 && page->data->arm_count == 4 &&
                 strcmp(plan->factors[0].name, "ips") == 0 &&
                 strcmp(plan->factors[1].name, "pa") == 0;
    return known ? looks[arm] : FP_LOOK_AUTO;
}

enum { ALLOCATED, REFUSED, ENROLLED, LEFT_OUT, ANALYSED, STAGES };

typedef struct {
    fp_figure_box *boxes[STAGES]; /* arms: allocated, not enrolled, enrolled, left out, analysed */
    fp_figure_look *looks;
} flow_boxes;

static fp_status make_boxes(fp_page *page, ptrdiff_t arms, flow_boxes *made)
{
    FP_ARRAY(made->looks, page->arena, arms, page->err);
    for (int s = 0; s < STAGES; s++)
        FP_ARRAY(made->boxes[s], page->arena, arms, page->err);
    for (ptrdiff_t a = 0; a < arms; a++) {
        const char **lines[STAGES];
        for (int s = 0; s < STAGES; s++)
            FP_ARRAY(lines[s], page->arena, MOST_LINES, page->err);
        const char *key = page->plan->factor_count ? fp_arm_key(page->data, a) : "total";
        made->looks[a] = look_of_arm(page, a);
        allocated_box(page, a, key, &made->boxes[ALLOCATED][a], lines[ALLOCATED]);
        if (recruits(page)) {
            refused_box(page, key, &made->boxes[REFUSED][a], lines[REFUSED]);
            enrolled_lines(page, key, &made->boxes[ENROLLED][a], lines[ENROLLED]);
        }
        if (page->has_outcome && leaves_out(page))
            put_line(&made->boxes[LEFT_OUT][a], lines[LEFT_OUT],
                     line(page, FP_MSG("{{{n}}} at work at the start"), key, "at_work_at_start"));
        if (count_of(page, key, "censored_at_0") > 0)
            put_line(&made->boxes[LEFT_OUT][a], lines[LEFT_OUT],
                     line(page,
                          FP_MSG("{{{n}}} followed for the first day only (kept in the analysis)"),
                          key, "censored_at_0"));
        ended_box(page, key, &made->boxes[ANALYSED][a], lines[ANALYSED]);
    }
    return FP_OK;
}

static fp_status draw(fp_page *page, double width, const char *id, fp_buf *svg)
{
    ptrdiff_t arms = page->plan->factor_count ? page->data->arm_count : 1;
    flow_boxes made = {0};
    FP_TRY(make_boxes(page, arms, &made));
    const char *top[3] = {NULL, NULL, NULL};
    fp_figure_flow_step step = {.box = {.lines = top}};
    if (page->lot && page->plan->factor_count)
        top[step.box.count++] =
            line(page, FP_MSG("{{{n}}} coaches allocated by lot"), "total", "coaches");
    if (recruits(page))
        recruitment_line(page, FP_MSG("{{{n}}} people offered a place"), "total", "offered", NULL,
                         &step.box, top);
    top[step.box.count++] = line(page, FP_MSG("{{{n}}} people enrolled"), "total", "people");
    bool lot = page->plan->kind != FP_DESIGN_COMPARISON_GROUP &&
               page->plan->kind != FP_DESIGN_SINGLE_GROUP;
    fp_figure_flow_stage stages[STAGES];
    ptrdiff_t stage_count = 0;
    stages[stage_count++] =
        (fp_figure_flow_stage){.caption = lot ? fp_page_word(page, FP_MSG("Allocated"))
                                              : fp_page_word(page, FP_MSG("Enrolled")),
                               .cells = made.boxes[ALLOCATED]};
    if (recruits(page)) {
        stages[stage_count++] =
            (fp_figure_flow_stage){.caption = fp_page_word(page, FP_MSG("Not enrolled")),
                                   .cells = made.boxes[REFUSED],
                                   .aside = true};
        stages[stage_count++] = (fp_figure_flow_stage){
            .caption = fp_page_word(page, FP_MSG("Enrolled")), .cells = made.boxes[ENROLLED]};
    }
    if (page->has_outcome && leaves_out(page))
        stages[stage_count++] =
            (fp_figure_flow_stage){.caption = fp_page_word(page, FP_MSG("Left out")),
                                   .cells = made.boxes[LEFT_OUT],
                                   .aside = true};
    if (page->has_outcome)
        stages[stage_count++] = (fp_figure_flow_stage){
            .caption = fp_page_word(page, FP_MSG("Analysed")), .cells = made.boxes[ANALYSED]};
    fp_figure_flow_input flow = {
        .frame = {.id = id,
                  .title = fp_page_word(page, FP_MSG("Flow of the study")),
                  .desc = fp_page_word(
                      page, FP_MSG("Who was allocated, who was followed and what became of them, "
                                   "by arm. The table below holds the same numbers.")),
                  .width = width,
                  .numstyle = page->style},
        .step_count = arms > 1 ? 1 : 0,
        .steps = &step,
        .arm_count = arms,
        .looks = made.looks,
        .stage_count = stage_count,
        .stages = stages};
    return fp_figure_flow(&flow, svg, page->err);
}

static void figure_of(fp_page *page, json_t *flow)
{
    ptrdiff_t arms = page->plan->factor_count ? page->data->arm_count : 1;
    const struct {
        const char *key, *id;
        double width;
    } sizes[] = {{"wide", "flow-wide", arms <= 3 ? 160 + 300 * (double)arms : 1060},
                 {"narrow", "flow-narrow", 356}};
    json_t *figure = json_pack("{s:s}", "figure_id", "figure-flow");
    if (arms > 6) {
        json_decref(figure);
        return;
    }
    for (size_t i = 0; i < 2 && page->status == FP_OK; i++) {
        FP_BUF_SCOPED(svg, 4 * FP_MIB);
        page->status = draw(page, sizes[i].width, sizes[i].id, &svg);
        if (page->status == FP_OK)
            fp_page_put(page, figure, sizes[i].key, json_stringn(svg.p, svg.n));
    }
    fp_page_put(page, figure, "figure_caption",
                fp_page_say(page,
                            page->lot ? FP_MSG("Flow of coaches and people through the study.")
                                      : FP_MSG("Flow of people through the study."),
                            NULL));
    fp_page_put(page, flow, "figure", figure);
}

void fp_page_flow(fp_page *page)
{
    json_t *flow = json_object();
    figure_of(page, flow);
    fp_page_recruitment(page, flow);
    json_t *grid =
        flow_grid(page, "table-flow",
                  page->data->coach_count ? fp_page_word(page, FP_MSG("Coaches and people"))
                                          : fp_page_word(page, FP_MSG("People")));
    coach_rows(page, grid);
    people_rows(page, grid);
    fp_grid_put(page, flow, "people", grid);
    if (page->has_outcome && fp_page_fact(page, "flow.total.rows")) {
        grid = flow_grid(page, "table-spells",
                         fp_page_word(page, FP_MSG("Job spells, and those set aside")));
        spell_rows(page, grid);
        fp_grid_note(
            page, grid,
            fp_page_say(page,
                        FP_MSG("Each row is counted under the first rule that sets it aside, in "
                               "this order."),
                        NULL));
        if (page->plan->factor_count)
            fp_grid_note(page, grid,
                         fp_page_say(page,
                                     FP_MSG("Rows of people who are not in the study stand under "
                                            "everybody alone. The rules do not look at the arm."),
                                     NULL));
        fp_grid_put(page, flow, "spells", grid);
    }
    fp_page_put(page, page->root, "flow", flow);
}
