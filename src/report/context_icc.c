/* How alike people of one coach are: what the size of the next study hangs on. */
#include "report/page_priv.h"

static void measure_row(fp_page *page, json_t *grid, const char *label, const char *name)
{
    json_t *row = fp_grid_row(page, grid, label);
    fp_grid_number(page, row, fp_page_number(page, "spread.coaches.%s", name));
    fp_grid_range(page, row, fp_page_number(page, "spread.coaches.%s_lower", name),
                  fp_page_number(page, "spread.coaches.%s_upper", name));
    if (fp_page_fact(page, "spread.coaches.%s_planned", name))
        fp_grid_number(page, row, fp_page_number(page, "spread.coaches.%s_planned", name));
    else
        fp_grid_text(page, row, fp_page_word(page, FP_MSG("not stated")));
}

static void notes(fp_page *page, json_t *grid)
{
    fp_grid_note(
        page, grid,
        fp_page_say(page,
                    FP_MSG("All within the arms, so that the effect of the arms is no part of it, "
                           "and none cut off at 0: below 0 means that coaches differed less than "
                           "chance alone would make them (only the frailty variance cannot be)."),
                    NULL));
    fp_grid_note(
        page, grid,
        fp_page_say(
            page,
            FP_MSG("k: Hayes and Bennett’s moments of the rates per day followed, interval "
                   "by Viechtbauer’s Q-profile. Frailty: gamma, a baseline hazard for each "
                   "arm; Wald’s interval. Intraclass correlation: analysis of variance of "
                   "whether lasting work was found by the horizon, Searle’s interval; whoever "
                   "was censored earlier counts as not at work, which biases it towards 0."),
            NULL));
}

void fp_page_spread(fp_page *page)
{
    if (!page->has_outcome || !fp_page_fact(page, "spread.coaches.k"))
        return;
    json_t *part = json_object();
    fp_page_put_text(page, part, "title",
                     fp_page_word(page, FP_MSG("How alike people of one coach are")));
    fp_page_put(
        page, part, "lead",
        fp_page_say(page,
                    FP_MSG("The more the coaches differ, the less each further client of the "
                           "same coach adds. These numbers say how much, for whoever plans the "
                           "next study, beside what this one reckoned with. With few coaches they "
                           "are uncertain: read the intervals."),
                    NULL));
    json_t *grid =
        fp_grid_create(page, "table-spread", fp_page_word(page, FP_MSG("Spread between coaches")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Estimate")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Planned")));
    measure_row(page, grid, fp_page_word(page, FP_MSG("k, coefficient of variation of the rates")),
                "k");
    measure_row(page, grid, fp_page_word(page, FP_MSG("Variance of the frailty")), "theta");
    measure_row(page, grid, fp_page_word(page, FP_MSG("Kendall’s tau of two clients")), "tau");
    measure_row(page, grid, fp_page_word(page, FP_MSG("Intraclass correlation of the event")),
                "icc");
    notes(page, grid);
    fp_grid_put(page, part, "measures", grid);
    fp_page_put(page, page->root, "spread", part);
}
