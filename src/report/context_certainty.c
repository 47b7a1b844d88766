/* How certain: the same effects by methods that do and do not count on few coaches. */
#include "report/page_priv.h"

#include <stdio.h>
#include <string.h>

static void method_row(fp_page *page, json_t *grid, const char *label, const char *prefix,
                       const char *name, const char *suffix, bool df)
{
    json_t *row = fp_grid_row(page, grid, label);
    fp_grid_number(page, row, fp_page_number(page, "%s.%s", prefix, name));
    fp_grid_range(page, row, fp_page_number(page, "%s.lower%s", prefix, suffix),
                  fp_page_number(page, "%s.upper%s", prefix, suffix));
    fp_grid_number(page, row, fp_page_number(page, "%s.p%s", prefix, suffix));
    if (df)
        fp_grid_number(page, row, fp_page_number(page, "%s.df", prefix));
    else
        fp_grid_empty(page, row);
}

/* "corrected (Mancl-DeRouen), t": with the words of the one in use, or of one beside it. */
static const char *corrected_label(fp_page *page, const char *method, bool used)
{
    return fp_page_plain(page,
                         used ? FP_MSG("Sandwich by coach, corrected ({{{name}}}), t: the one used "
                                       "in this report")
                              : FP_MSG("Sandwich by coach, corrected ({{{name}}}), t"),
                         fp_page_with(page, "name", fp_page_correction(method)));
}

static void beside_rows(fp_page *page, json_t *grid, const char *prefix, const char *name,
                        const fp_result *fit)
{
    for (ptrdiff_t k = 0; k < fit->small_beside_count; k++) {
        char suffix[16];
        (void)snprintf(suffix, sizeof suffix, "_%s", fit->small_beside[k].method);
        method_row(page, grid, corrected_label(page, fit->small_beside[k].method, false), prefix,
                   name, suffix, true);
    }
}

static void method_rows(fp_page *page, json_t *grid, const char *section, const char *prefix,
                        const char *name, const fp_result *fit)
{
    fp_grid_section(page, grid, section);
    method_row(page, grid, fp_page_word(page, FP_MSG("Naive: coaches ignored")), prefix, name,
               "_model", false);
    if (fit->robust)
        method_row(page, grid,
                   fit->small_sample
                       ? fp_page_word(page, FP_MSG("Sandwich by coach, uncorrected"))
                       : fp_page_word(page, FP_MSG("Sandwich by coach: the one used in this "
                                                   "report")),
                   prefix, name, "_robust", false);
    if (fit->small_sample)
        method_row(page, grid, corrected_label(page, fit->small_sample, true), prefix, name, "",
                   true);
    beside_rows(page, grid, prefix, name, fit);
}

static json_t *methods(fp_page *page)
{
    const fp_results *r = page->results;
    char prefix[256];
    json_t *grid =
        fp_grid_create(page, "table-certainty",
                       fp_page_word(page, FP_MSG("The same ratios by different methods")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Ratio")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Degrees of freedom")));
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->effects[e].spec->id, r->effects[e].term);
        method_rows(
            page, grid,
            fp_page_plain(page, FP_MSG("{{{name}}} (hazard ratio)"),
                          fp_page_with(page, "name", fp_page_factor(page, r->effects[e].factor))),
            prefix, "hr", &r->effects[e].margin);
    }
    for (ptrdiff_t x = 0; x < r->interaction_count; x++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->interactions[x].spec->id,
                       r->interactions[x].term);
        method_rows(page, grid, fp_page_word(page, FP_MSG("Together (ratio of hazard ratios)")),
                    prefix, "ratio", &r->interactions[x].fit);
    }
    return grid;
}

/* How a test counts: over a sample, over a set that is not quite that of the draw, or exactly. */
static const char *counted(fp_page *page, const fp_result *fit, const char *effect,
                           const char *otherwise)
{
    for (ptrdiff_t i = 0; i < fit->permutation_count; i++)
        if (strcmp(fit->permutation[i].effect, effect) == 0 && !fit->permutation[i].test.exact)
            return fp_page_word(page, FP_MSG("A random sample of the allocations: p is "
                                             "(b + 1) / (B + 1), b of B as far or farther."));
    if (page->plan->strata_count && page->plan->allocation.method == FP_ALLOCATION_ELSEWHERE)
        return fp_page_word(page, FP_MSG("Approximate, as the draw was stratified or balanced."));
    return otherwise;
}

static const char *two_sentences(fp_page *page, const char *null, const char *how)
{
    const char *both = fp_arena_printf(page->arena, page->err, "%s %s", null, how);
    if (!both)
        fp_page_fail(page, FP_NOMEM, "not enough memory for the report");
    return both ? both : "";
}

static void test_row(fp_page *page, json_t *grid, const char *label, const char *tested,
                     const char *prefix, const char *p)
{
    json_t *row = fp_grid_row(page, grid, label);
    fp_grid_text(page, row, tested);
    fp_grid_number(page, row, fp_page_number(page, "%s.allocations", prefix));
    fp_grid_number(page, row, fp_page_number(page, "%s.%s", prefix, p));
    fp_grid_number(page, row, fp_page_number(page, "%s.smallest_p", prefix));
    if (fp_page_fact(page, "%s.permutation_lower", prefix))
        fp_grid_range(page, row, fp_page_number(page, "%s.permutation_lower", prefix),
                      fp_page_number(page, "%s.permutation_upper", prefix));
    else
        fp_grid_empty(page, row);
}

static const char *margin_tested(fp_page *page, const fp_effect *e)
{
    const char *name = fp_page_factor(page, e->factor);
    const char *effect = page->plan->factors[e->factor].name;
    if (e->other < 0)
        return two_sentences(
            page,
            fp_page_plain(page, FP_MSG("For nobody does the outcome depend on {{{name}}}."),
                          fp_page_with(page, "name", name)),
            counted(page, &e->margin, effect, fp_page_word(page, FP_MSG("Exact."))));
    const char *other = fp_page_factor(page, e->other);
    const char *null =
        fp_page_plain(page,
                      FP_MSG("For nobody does the outcome depend on {{{name}}}, with {{{other}}} "
                             "or without it, whatever {{{other}}} does."),
                      json_pack("{s:s, s:s}", "name", name, "other", other));
    const char *exact = fp_page_plain(page, FP_MSG("Exact: {{{other}}} stays as it was allocated."),
                                      fp_page_with(page, "other", other));
    return two_sentences(page, null, counted(page, &e->margin, effect, exact));
}

static const char *neither_tested(fp_page *page)
{
    return two_sentences(
        page, fp_page_word(page, FP_MSG("For nobody does the outcome depend on the arm at all.")),
        counted(page, &page->results->effects[0].margin, "neither",
                fp_page_word(page, FP_MSG("Exact: all allocations of the coaches to the arms."))));
}

static const char *together_tested(fp_page *page, const fp_interaction *x)
{
    char effect[256];
    (void)snprintf(effect, sizeof effect, "%s:%s", page->plan->factors[0].name,
                   page->plan->factors[1].name);
    return two_sentences(
        page,
        fp_page_word(page, FP_MSG("The two do neither more nor less together than apart. What "
                                  "each does on its own is projected out anew in every allocation "
                                  "(Freedman-Lane).")),
        counted(page, &x->fit, effect, fp_page_word(page, FP_MSG("Approximate."))));
}

static const char *arm_tested(fp_page *page, ptrdiff_t arm)
{
    char effect[256];
    (void)snprintf(effect, sizeof effect, "arm%s", fp_arm_key(page->data, arm));
    const char *null = fp_page_plain(
        page, FP_MSG("For nobody does the outcome differ between {{{arm}}} and {{{reference}}}."),
        json_pack("{s:s, s:s}", "arm", fp_page_arm(page, arm), "reference", fp_page_arm(page, 0)));
    return two_sentences(
        page, null,
        counted(page, &page->results->inside, effect,
                fp_page_word(page, FP_MSG("Exact: the coaches of the other arms stay as they "
                                          "were allocated."))));
}

static void arm_rows(fp_page *page, json_t *grid)
{
    char prefix[256];
    bool first = true;
    for (ptrdiff_t a = 1; page->results->has_inside && a < page->data->arm_count; a++) {
        (void)snprintf(prefix, sizeof prefix, "inside.%s", fp_arm_key(page->data, a));
        if (!fp_page_fact(page, "%s.p_permutation", prefix))
            continue;
        if (first)
            fp_grid_section(page, grid,
                            fp_page_plain(page,
                                          FP_MSG("Inside the table: each arm against {{{arm}}}"),
                                          fp_page_with(page, "arm", fp_page_arm(page, 0))));
        first = false;
        test_row(page, grid, fp_page_arm(page, a), arm_tested(page, a), prefix, "p_permutation");
    }
}

/* Where an arm is tested against another one there are few allocations. */
static void put_few(fp_page *page, json_t *part)
{
    const char *key = page->data->arm_count > 1 ? fp_arm_key(page->data, 1) : "";
    if (!fp_page_fact(page, "inside.%s.p_permutation", key))
        return;
    fp_page_put(
        page, part, "few",
        fp_page_say(page,
                    FP_MSG("Inside the table an arm is tested against {{{arm}}} with the coaches "
                           "of these two arms alone. For the first of them that leaves "
                           "{{#allocations}}{{>n}}{{/allocations}} allocations, so that p cannot "
                           "be below {{#smallest}}{{>n}}{{/smallest}}, however large the effect."),
                    json_pack("{s:s, s:o, s:o}", "arm", fp_page_arm(page, 0), "allocations",
                              fp_page_number(page, "inside.%s.allocations", key), "smallest",
                              fp_page_number(page, "inside.%s.smallest_p", key))));
}

static json_t *tests_note(fp_page *page)
{
    return fp_page_say(
        page,
        FP_MSG("p: the share of the allocations that give a statistic at least as far from its "
               "mean as the allocation that was drawn (which is counted); statistics that differ "
               "by less than 1e-9 count as equal. The statistic adds up, over the coaches with "
               "the factor, the martingale residuals of their people in a Cox model without it, "
               "stratified by the other one; terms of the plan's formula that name no factor stay "
               "in that model. The interval holds the hazard ratios that one-sided tests of the "
               "same kind do not refuse (inversion; Rabideau and Wang 2021): it rests on the draw, "
               "and is approximate away from a hazard ratio of 1. Where there are too few "
               "allocations to refuse any ratio, it has no end. These tests take the enrolled "
               "people as given: they do not repair recruitment after the coaches were "
               "allocated."),
        NULL);
}

static json_t *tests(fp_page *page)
{
    const fp_results *r = page->results;
    char prefix[256];
    json_t *grid =
        fp_grid_create(page, "table-permutation", fp_page_word(page, FP_MSG("Permutation tests")));
    fp_grid_head_text(page, grid, fp_page_word(page, FP_MSG("What is tested")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Allocations")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("p")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("Smallest p it can give")));
    fp_grid_head(page, grid, fp_page_word(page, FP_MSG("95% interval by inversion")));
    for (ptrdiff_t e = 0; e < r->effect_count; e++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->effects[e].spec->id, r->effects[e].term);
        if (fp_page_fact(page, "%s.p_permutation", prefix))
            test_row(page, grid, fp_page_factor(page, r->effects[e].factor),
                     margin_tested(page, &r->effects[e]), prefix, "p_permutation");
    }
    if (fp_page_fact(page, "neither.arms.p"))
        test_row(page, grid, fp_page_word(page, FP_MSG("Neither")), neither_tested(page),
                 "neither.arms", "p");
    for (ptrdiff_t x = 0; x < r->interaction_count; x++) {
        (void)snprintf(prefix, sizeof prefix, "%s.%s", r->interactions[x].spec->id,
                       r->interactions[x].term);
        if (fp_page_fact(page, "%s.p_permutation", prefix))
            test_row(page, grid, fp_page_word(page, FP_MSG("Together")),
                     together_tested(page, &r->interactions[x]), prefix, "p_permutation");
    }
    arm_rows(page, grid);
    fp_grid_note(page, grid, tests_note(page));
    return grid;
}

static const char *lead(const fp_page *page)
{
    if (page->corrected && page->lot)
        return FP_MSG("What was allocated is the coach, and there were "
                      "{{#coaches}}{{>n}}{{/coaches}} of them. People of one coach resemble "
                      "each other, so that they say less than as many people of different "
                      "coaches would. The naive interval ignores this and is as a rule too "
                      "narrow; the uncorrected sandwich is too narrow with few coaches. This "
                      "report uses the corrected one; the permutation tests rest on nothing "
                      "but the draw.");
    if (page->corrected)
        return FP_MSG("There were {{#coaches}}{{>n}}{{/coaches}} coaches. People of one coach "
                      "resemble each other, so that they say less than as many people of "
                      "different coaches would. The naive interval ignores this and is as a "
                      "rule too narrow; the uncorrected sandwich is too narrow with few "
                      "coaches. This report uses the corrected one. The groups were not "
                      "formed by lot, so that there is no permutation test.");
    return FP_MSG("There were {{#coaches}}{{>n}}{{/coaches}} coaches. People of one coach "
                  "resemble each other, so that they say less than as many people of "
                  "different coaches would. The naive interval ignores this and is as a "
                  "rule too narrow; this report uses the sandwich by coach.");
}

void fp_page_certainty(fp_page *page)
{
    if (!page->has_outcome || page->results->effect_count == 0 || !page->clustered)
        return;
    json_t *part = json_object();
    fp_page_put_text(page, part, "title",
                     page->corrected ? fp_page_word(page, FP_MSG("How certain, with few coaches"))
                                     : fp_page_word(page, FP_MSG("How certain")));
    fp_page_put(
        page, part, "lead",
        fp_page_say(page, lead(page),
                    json_pack("{s:o}", "coaches", fp_page_number(page, "flow.total.coaches"))));
    fp_grid_put(page, part, "by_method", methods(page));
    fp_grid_put(page, part, "tests", tests(page));
    put_few(page, part);
    fp_page_put(page, page->root, "certainty", part);
}
