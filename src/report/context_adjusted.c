/* The primary analysis again with the prognostic covariates that the plan names. */
#include "report/page_priv.h"

#include <stdio.h>

static const char *covariates_of(fp_page *page, const fp_analysis_spec *spec)
{
    const char *names[64];
    ptrdiff_t n = 0;
    for (; n < spec->prognostic_count && n < 64; n++)
        names[n] = fp_page_column(page, spec->prognostic[n]);
    return fp_page_list(page, names, n);
}

static void effect_row(fp_page *page, json_t *grid, const fp_effect *e)
{
    char id[256];
    (void)snprintf(id, sizeof id, "%s.%s", e->spec->id, e->term);
    json_t *row = fp_grid_row(page, grid, fp_page_with_without(page, e->factor));
    fp_grid_number(page, row, fp_page_number(page, "%s.hr", id));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower", id),
                  fp_page_number(page, "%s.upper", id));
    fp_grid_number(page, row, fp_page_number(page, "%s.p", id));
    fp_grid_number(page, row, fp_page_number(page, "%s.hr_adjusted", id));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower_adjusted", id),
                  fp_page_number(page, "%s.upper_adjusted", id));
    fp_grid_number(page, row, fp_page_number(page, "%s.p_adjusted", id));
    fp_grid_number(page, row, fp_page_number(page, "%s.n_adjusted", id));
    fp_grid_text(page, row, covariates_of(page, e->spec));
}

void fp_page_adjusted(fp_page *page, json_t *part)
{
    const fp_results *r = page->results;
    const char *interval = fp_page_word(page, FP_MSG("95% interval"));
    json_t *grid = fp_grid_create(
        page, "table-adjusted", fp_page_word(page, FP_MSG("The same with prognostic covariates")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Hazard ratio")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Adjusted hazard ratio")));
    fp_grid_head(page, grid, interval);
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("People")));
    fp_grid_head_text(page, grid, fp_page_word(page, FP_MSG("Adjusted for")));
    ptrdiff_t rows = 0;
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        if (fp_page_fact(page, "%s.%s.hr_adjusted", r->effects[e].spec->id, r->effects[e].term)) {
            effect_row(page, grid, &r->effects[e]);
            rows++;
        }
    if (rows)
        fp_grid_note(page, grid,
                     fp_page_say(page,
                                 FP_MSG("The covariates were named in the plan, not chosen by what "
                                        "the data showed. The adjusted hazard ratio compares "
                                        "people who are alike in them; it tends to lie further "
                                        "from 1 than the other one for that reason alone, and "
                                        "people of whom one of them is not known are left out. The "
                                        "first hazard ratio is the effect of the plan."),
                                 NULL));
    fp_grid_put(page, part, "adjusted", grid);
}
