/* Recruitment: who was offered a place, who refused and why, and how long after the allocation. */
#include "report/page_priv.h"

#include <math.h>
#include <stdio.h>

/* Everybody, and with coaches drawn by lot the arms. */
static bool has_column(fp_page *page, const fp_group *group)
{
    return group->factor < 0 && fp_page_fact(page, "recruitment.%s.offered", group->key);
}

static bool all_zero(fp_page *page, const char *quantity)
{
    const fp_fact *fact = fp_page_fact(page, "recruitment.total.%s", quantity);
    return !fact || !(fact->value > 0);
}

static void row_of(fp_page *page, json_t *grid, const char *quantity, const char *label)
{
    const fp_results *r = page->results;
    json_t *row = fp_grid_row(page, grid, label);
    for (ptrdiff_t g = 0; g < r->group_count; g++)
        if (has_column(page, &r->groups[g]))
            fp_grid_number(page, row,
                           fp_page_number(page, "recruitment.%s.%s", r->groups[g].key, quantity));
}

static void range_row(fp_page *page, json_t *grid, const char *part, const char *low,
                      const char *high, const char *label)
{
    const fp_results *r = page->results;
    json_t *row = fp_grid_row(page, grid, label);
    for (ptrdiff_t g = 0; g < r->group_count; g++)
        if (has_column(page, &r->groups[g]))
            fp_grid_range(page, row, fp_page_number(page, "%s.%s.%s", part, r->groups[g].key, low),
                          fp_page_number(page, "%s.%s.%s", part, r->groups[g].key, high));
}

static void reason_rows(fp_page *page, json_t *grid, const char *quantity, ptrdiff_t count,
                        const char *const *reasons)
{
    for (ptrdiff_t k = 0; k < count; k++) {
        char id[256];
        (void)snprintf(id, sizeof id, "%s:%s", quantity, reasons[k]);
        row_of(page, grid, id,
               fp_page_plain(page, FP_MSG("– {{{reason}}}"),
                             fp_page_with(page, "reason", fp_page_reason(page, reasons[k]))));
    }
}

static void people_rows(fp_page *page, json_t *grid)
{
    const fp_results *r = page->results;
    row_of(page, grid, "offered", fp_page_word(page, FP_MSG("Offered a place")));
    row_of(page, grid, "not_eligible", fp_page_word(page, FP_MSG("Not eligible")));
    reason_rows(page, grid, "not_eligible", r->ineligible_count, r->ineligible);
    row_of(page, grid, "eligible", fp_page_word(page, FP_MSG("Eligible")));
    row_of(page, grid, "refused", fp_page_word(page, FP_MSG("Refused")));
    reason_rows(page, grid, "refused", r->refusal_count, r->refusals);
    row_of(page, grid, "refused_share", fp_page_word(page, FP_MSG("Refused, of those eligible")));
    if (!all_zero(page, "not_started"))
        row_of(page, grid, "not_started",
               fp_page_word(page, FP_MSG("Consented, and not included")));
    row_of(page, grid, "included", fp_page_word(page, FP_MSG("Included")));
}

static void notes(fp_page *page, json_t *grid)
{
    if (!page->lot)
        return;
    fp_grid_note(page, grid,
                 fp_page_say(page,
                             FP_MSG("People were offered a place after the coaches had been "
                                    "allocated, so that whoever asked could know the arm. Where "
                                    "arms differ in who was asked or who agreed, they may differ "
                                    "in more than what they were allocated to: compare the "
                                    "baseline table and the adjusted effects."),
                             NULL));
}

void fp_page_recruitment(fp_page *page, json_t *part)
{
    const fp_results *r = page->results;
    if (!fp_page_fact(page, "recruitment.total.offered"))
        return;
    json_t *grid = fp_grid_create(page, "table-recruitment",
                                  page->lot ? fp_page_word(page, FP_MSG("Recruitment after the "
                                                                        "coaches were allocated"))
                                            : fp_page_word(page, FP_MSG("Recruitment")));
    for (ptrdiff_t g = 0; g < r->group_count; g++)
        if (has_column(page, &r->groups[g]))
            fp_grid_head(page, grid, fp_page_group(page, &r->groups[g]));
    people_rows(page, grid);
    if (fp_page_known(page, "recruitment.total.days_mean")) {
        fp_grid_section(page, grid,
                        fp_page_word(page, FP_MSG("Days from allocation to inclusion")));
        row_of(page, grid, "days_mean", fp_page_word(page, FP_MSG("mean")));
        row_of(page, grid, "days_median", fp_page_word(page, FP_MSG("median")));
        range_row(page, grid, "recruitment", "days_min", "days_max",
                  fp_page_word(page, FP_MSG("fewest to most")));
    }
    if (page->lot && fp_page_known(page, "flow.total.people_per_coach_min")) {
        fp_grid_section(page, grid, fp_page_word(page, FP_MSG("People included a coach")));
        json_t *row = fp_grid_row(page, grid, fp_page_word(page, FP_MSG("mean")));
        for (ptrdiff_t g = 0; g < r->group_count; g++)
            if (has_column(page, &r->groups[g]))
                fp_grid_number(
                    page, row,
                    fp_page_number(page, "flow.%s.people_per_coach_mean", r->groups[g].key));
        range_row(page, grid, "flow", "people_per_coach_min", "people_per_coach_max",
                  fp_page_word(page, FP_MSG("fewest to most")));
    }
    notes(page, grid);
    fp_grid_put(page, part, "recruitment", grid);
}
