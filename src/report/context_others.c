/* Analyses of the plan that are no effect at a margin and no interaction of the factors: another
 * outcome, a factor of three levels, a covariate. As written in the plan, term by term. */
#include "report/page_priv.h"

#include <stdio.h>
#include <string.h>

static bool has_its_place(const fp_results *r, const fp_analysis_spec *spec)
{
    for (ptrdiff_t e = 0; e < r->effect_count; e++)
        if (r->effects[e].spec == spec)
            return true;
    for (ptrdiff_t x = 0; x < r->interaction_count; x++)
        if (r->interactions[x].spec == spec)
            return true;
    return false;
}

/* "dose: high against dose: low" for the level of a factor, otherwise the term as the model has it.
 */
static const char *name_of(fp_page *page, const char *term)
{
    for (ptrdiff_t f = 0; f < page->plan->factor_count; f++) {
        const fp_factor *factor = &page->plan->factors[f];
        size_t n = strlen(factor->name);
        for (int l = 1; strncmp(term, factor->name, n) == 0 && l < factor->level_count; l++)
            if (strcmp(term + n, factor->levels[l]) == 0)
                return fp_page_plain(page, FP_MSG("{{{with}}} against {{{without}}}"),
                                     json_pack("{s:s, s:s}", "with", fp_page_level(page, f, l),
                                               "without", fp_page_level(page, f, 0)));
    }
    return term;
}

static void term_row(fp_page *page, json_t *grid, const char *prefix, const char *term,
                     const char *name)
{
    json_t *row = fp_grid_row(page, grid, name_of(page, term));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s", prefix, name));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower", prefix),
                  fp_page_number(page, "%s.upper", prefix));
    fp_grid_number(page, row, fp_page_number(page, "%s.p", prefix));
}

static void analysis_rows(fp_page *page, json_t *grid, const fp_planned *planned)
{
    const fp_analysis_spec *spec = planned->spec;
    bool begun = false;
    for (ptrdiff_t t = 0; t < planned->result.term_count; t++) {
        char prefix[256];
        const char *term = planned->result.terms[t].term;
        (void)snprintf(prefix, sizeof prefix, "%s.%s", spec->id, term);
        const char *name = fp_page_fact(page, "%s.hr", prefix)      ? "hr"
                           : fp_page_fact(page, "%s.ratio", prefix) ? "ratio"
                                                                    : NULL;
        if (!name)
            continue;
        if (!begun)
            fp_grid_section(page, grid,
                            fp_page_plain(page, FP_MSG("{{{id}}}: {{{outcome}}} {{{formula}}}"),
                                          json_pack("{s:s, s:s, s:s}", "id", spec->id, "outcome",
                                                    spec->outcome ? spec->outcome : "", "formula",
                                                    spec->formula)));
        begun = true;
        term_row(page, grid, prefix, term, name);
    }
}

void fp_page_others(fp_page *page)
{
    const fp_results *r = page->results;
    json_t *grid =
        fp_grid_create(page, "table-others",
                       fp_page_word(page, FP_MSG("Other analyses, as the plan writes them")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Ratio")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    for (ptrdiff_t i = 0; i < r->planned_count; i++)
        if (!has_its_place(r, r->planned[i].spec))
            analysis_rows(page, grid, &r->planned[i]);
    fp_grid_note(page, grid,
                 fp_page_say(page,
                             FP_MSG("Term by term, hazard ratios; for a term with a colon a ratio "
                                    "of hazard ratios."),
                             NULL));
    json_t *part = json_object();
    fp_grid_put(page, part, "table", grid);
    if (json_object_size(part))
        fp_page_put(page, page->root, "others", part);
    else
        json_decref(part);
}
