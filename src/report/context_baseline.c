/* Who took part: people by arm and by margin, coaches by arm. */
#include "report/page_priv.h"

#include <string.h>

/* One block of columns of a baseline table. */
typedef struct {
    const char *prefix; /* of the ids: "baseline" or "coaches" */
    const fp_group *const *groups;
    ptrdiff_t count;
    bool differences; /* after each pair of groups the standardised difference of its factor */
} columns;

static void head(fp_page *page, json_t *grid, const columns *c)
{
    for (ptrdiff_t g = 0; g < c->count; g++) {
        fp_grid_head(page, grid, fp_page_group(page, c->groups[g]));
        if (!c->differences || g % 2 == 0)
            continue;
        fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Standardised difference")));
        if (page->lot)
            fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% range by lot")));
    }
}

static void difference(fp_page *page, json_t *row, const char *prefix, const char *key,
                       const fp_group *group)
{
    const char *factor = page->plan->factors[group->factor].name;
    fp_grid_number(page, row, fp_page_number(page, "%s.%s.%s.smd", prefix, key, factor));
    if (!page->lot)
        return;
    fp_grid_range(page, row, fp_page_number(page, "%s.%s.%s.smd_low", prefix, key, factor),
                  fp_page_number(page, "%s.%s.%s.smd_high", prefix, key, factor));
}

static void value_row(fp_page *page, json_t *grid, const columns *c, const fp_baseline_row *line)
{
    const char *label =
        line->level ? fp_page_value(page, line->level)
                    : fp_page_plain(page, FP_MSG("{{{name}}}, mean (sd)"),
                                    fp_page_with(page, "name", fp_page_column(page, line->column)));
    json_t *row = fp_grid_row(page, grid, label);
    if (line->level)
        fp_page_put(page, row, "inset", json_true());
    for (ptrdiff_t g = 0; g < c->count; g++) {
        const char *key = c->groups[g]->key;
        fp_grid_pair(page, row,
                     fp_page_number(page, "%s.%s.%s.%s", c->prefix, line->key, key,
                                    line->level ? "count" : "mean"),
                     fp_page_number(page, "%s.%s.%s.%s", c->prefix, line->key, key,
                                    line->level ? "share" : "sd"));
        if (c->differences && g % 2 == 1)
            difference(page, row, c->prefix, line->key, c->groups[g]);
    }
}

static void missing_row(fp_page *page, json_t *grid, const columns *c, const char *column)
{
    const fp_fact *all = fp_page_fact(page, "%s.%s.total.missing", c->prefix, column);
    if (!all || !(all->value > 0))
        return;
    json_t *row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("not known")));
    fp_page_put(page, row, "inset", json_true());
    for (ptrdiff_t g = 0; g < c->count; g++) {
        fp_grid_alone(
            page, row,
            fp_page_number(page, "%s.%s.%s.missing", c->prefix, column, c->groups[g]->key));
        if (c->differences && g % 2 == 1) {
            fp_grid_empty(page, row);
            if (page->lot)
                fp_grid_empty(page, row);
        }
    }
}

static void rows(fp_page *page, json_t *grid, const columns *c, const fp_baseline_row *lines,
                 ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        if (lines[i].level && lines[i].first) {
            fp_grid_section(
                page, grid,
                fp_page_plain(page, FP_MSG("{{{name}}}, number (%)"),
                              fp_page_with(page, "name", fp_page_column(page, lines[i].column))));
        }
        value_row(page, grid, c, &lines[i]);
        fp_page_put(page, grid, "has_sections", json_false());
        if (i + 1 == count || lines[i + 1].first)
            missing_row(page, grid, c, lines[i].column);
    }
}

static json_t *table(fp_page *page, const char *id, const char *caption, const columns *c,
                     const fp_baseline_row *lines, ptrdiff_t count)
{
    json_t *grid = fp_grid_create(page, id, caption);
    head(page, grid, c);
    rows(page, grid, c, lines, count);
    return grid;
}

/* The groups of a table: everybody and the arms, or the two levels of every factor of two. */
static ptrdiff_t choose(const fp_page *page, bool margins, const fp_group **groups)
{
    const fp_results *r = page->results;
    ptrdiff_t n = 0;
    for (ptrdiff_t g = 0; g < r->group_count; g++) {
        const fp_group *group = &r->groups[g];
        bool is_margin = group->factor >= 0;
        if (is_margin && page->plan->factors[group->factor].level_count != 2)
            continue;
        if (is_margin == margins)
            groups[n++] = group;
    }
    return n;
}

static void people_tables(fp_page *page, json_t *part, const fp_group **groups)
{
    const fp_results *r = page->results;
    columns c = {"baseline", groups, choose(page, false, groups), false};
    json_t *grid = table(page, "table-people", fp_page_word(page, FP_MSG("People at the start")),
                         &c, r->people_rows, r->people_row_count);
    fp_grid_put(page, part, "people", grid);
    c.count = choose(page, true, groups);
    c.differences = true;
    if (c.count == 0)
        return;
    grid = table(page, "table-margins",
                 fp_page_word(page, FP_MSG("People at the start, with and without each factor")),
                 &c, r->people_rows, r->people_row_count);
    fp_grid_note(
        page, grid,
        page->lot
            ? fp_page_say(page,
                          FP_MSG("Standardised difference: the difference of the means or shares "
                                 "divided by their common standard deviation. The range beside it "
                                 "holds 95% of the differences that the lot alone would give, had "
                                 "it fallen otherwise among these coaches and the same people. A "
                                 "p-value would test whether the lot was a lot, and is not given."),
                          NULL)
            : fp_page_say(page,
                          FP_MSG("Standardised difference: the difference of the means or shares "
                                 "divided by their common standard deviation. A p-value would test "
                                 "whether the lot was a lot, and is not given."),
                          NULL));
    fp_grid_put(page, part, "margins", grid);
}

static void coach_table(fp_page *page, json_t *part, const fp_group **groups)
{
    const fp_results *r = page->results;
    columns c = {"coaches", groups, choose(page, false, groups), false};
    if (!page->lot)
        c.count = 1; /* coaches that were not allocated have no arm: everybody alone */
    json_t *grid = fp_grid_create(page, "table-coaches", fp_page_word(page, FP_MSG("Coaches")));
    head(page, grid, &c);
    json_t *row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("Number of coaches")));
    for (ptrdiff_t g = 0; g < c.count; g++)
        fp_grid_number(page, row, fp_page_number(page, "flow.%s.coaches", groups[g]->key));
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("People a coach, mean")));
    for (ptrdiff_t g = 0; g < c.count; g++)
        fp_grid_number(page, row,
                       fp_page_number(page, "flow.%s.people_per_coach_mean", groups[g]->key));
    row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("People a coach, fewest to most")));
    for (ptrdiff_t g = 0; g < c.count; g++)
        fp_grid_range(page, row,
                      fp_page_number(page, "flow.%s.people_per_coach_min", groups[g]->key),
                      fp_page_number(page, "flow.%s.people_per_coach_max", groups[g]->key));
    rows(page, grid, &c, r->coach_rows, r->coach_row_count);
    fp_grid_put(page, part, "coaches", grid);
    c = (columns){"coaches", groups, choose(page, true, groups), true};
    if (!page->lot || c.count == 0)
        return;
    grid = table(page, "table-coach-margins",
                 fp_page_word(page, FP_MSG("Coaches, with and without each factor")), &c,
                 r->coach_rows, r->coach_row_count);
    fp_grid_put(page, part, "coach_margins", grid);
}

void fp_page_baseline(fp_page *page)
{
    const fp_results *r = page->results;
    if (r->people_row_count == 0 && page->data->coach_count == 0)
        return;
    const fp_group **groups =
        fp_arena_array(page->arena, r->group_count + 1, sizeof *groups, page->err);
    if (!groups) {
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
        return;
    }
    json_t *part = json_object();
    people_tables(page, part, groups);
    if (fp_page_fact(page, "flow.total.coaches"))
        coach_table(page, part, groups);
    fp_page_put(page, page->root, "baseline", part);
}
