#include "model/power.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

enum { MOST_WARNINGS = 8 };

/* Whether an analysis says anything about a question. */
static bool speaks(const fp_power_design *design, const fp_power_question *q, int analysis)
{
    if (!(design->analyses & 1u << analysis))
        return false;
    bool one_test = q->permute == FP_PERMUTE_MARGIN || q->permute == FP_PERMUTE_GLOBAL;
    if (analysis == FP_POWER_PERMUTATION)
        return q->permute != FP_PERMUTE_NOTHING;
    return analysis == FP_POWER_LOGRANK ? one_test : !q->joint;
}

static fp_status make_rows(const fp_power_options *options, const fp_power_result *planned,
                           fp_arena *arena, fp_power_answer *a, fp_err *err)
{
    const fp_power_design *design = &a->design;
    fp_power_row *rows;
    FP_ARRAY(rows, arena, design->questions * FP_POWER_ANALYSES, err);
    for (ptrdiff_t q = 0; q < design->questions; q++) {
        const fp_power_result *null = planned;
        if (!design->question[q].is_null)
            FP_TRY(fp_power_simulate(design, options, q, arena, &null, NULL, err));
        for (int k = 0; k < FP_POWER_ANALYSES; k++)
            if (speaks(design, &design->question[q], k))
                rows[a->row_count++] = (fp_power_row){&design->question[q], (fp_power_analysis)k,
                                                      planned[q * FP_POWER_ANALYSES + k],
                                                      null[q * FP_POWER_ANALYSES + k]};
    }
    a->rows = rows;
    return FP_OK;
}

static fp_status warn(fp_arena *arena, const char **list, fp_power_answer *a, char *text)
{
    if (!text)
        return FP_NOMEM;
    (void)arena;
    if (a->warning_count < MOST_WARNINGS)
        list[a->warning_count++] = text;
    return FP_OK;
}

/* What stands in the way of an answer, whatever the numbers are. */
static fp_status make_warnings(fp_arena *arena, fp_power_answer *a, fp_err *err)
{
    const char **list;
    const fp_power_design *d = &a->design;
    FP_ARRAY(list, arena, MOST_WARNINGS, err);
    a->warnings = list;
    unsigned corrected =
        1u << FP_POWER_KC | 1u << FP_POWER_MD | 1u << FP_POWER_FG | 1u << FP_POWER_MBN;
    for (int m = 0; m < d->models; m++)
        if ((d->analyses & corrected) && d->clusters - 1 - d->model[m].p < 1)
            FP_TRY(warn(arena, list, a,
                        fp_arena_printf(arena, err,
                                        "%td clusters leave no degree of freedom for %d "
                                        "coefficients: a corrected t-test is impossible",
                                        d->clusters, (int)d->model[m].p)));
    for (ptrdiff_t i = 0; i < a->row_count; i++) {
        const fp_power_row *row = &a->rows[i];
        if (row->analysis == FP_POWER_PERMUTATION && row->power.smallest_p > d->alpha)
            FP_TRY(warn(arena, list, a,
                        fp_arena_printf(arena, err,
                                        "the permutation test of %s cannot give a p below %.3g: "
                                        "it never rejects at alpha %g",
                                        row->question->name, row->power.smallest_p, d->alpha)));
    }
    double failed = 0;
    for (ptrdiff_t i = 0; i < a->row_count; i++)
        if (a->rows[i].analysis != FP_POWER_PERMUTATION && a->rows[i].analysis != FP_POWER_LOGRANK)
            failed = fmax(failed, 1 - (double)a->rows[i].power.usable / (double)a->trials);
    if (failed > 0.01)
        FP_TRY(warn(arena, list, a,
                    fp_arena_printf(arena, err,
                                    "in up to %.1f%% of the trials a model had no usable estimate "
                                    "(an arm without events, or too few clusters); they count as "
                                    "not significant",
                                    100 * failed)));
    return FP_OK;
}

fp_status fp_model_power(const fp_power_plan *plan, const fp_power_options *options,
                         fp_arena *arena, fp_power_answer *answer, fp_err *err)
{
    fp_power_answer *a;
    const fp_power_result *planned;
    FP_ARRAY(a, arena, 1, err);
    *a = (fp_power_answer){.plan = *plan, .trials = options->trials, .seed = options->seed};
    FP_TRY(fp_power_plan_design(plan, arena, &a->design, &a->derived, err));
    FP_TRY(fp_power_simulate(&a->design, options, -1, arena, &planned, &a->met, err));
    FP_TRY(make_rows(options, planned, arena, a, err));
    FP_TRY(make_warnings(arena, a, err));
    *answer = *a;
    return FP_OK;
}
