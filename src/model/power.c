#include "model/power.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/power_closed.h"

enum { MOST_WARNINGS = 8 };

/* Whether an analysis says anything about a question. */
static bool speaks(const fp_power_design *design, const fp_power_question *q, int analysis)
{
    if (!(design->analyses & 1u << analysis))
        return false;
    bool one_test = q->permute == FP_PERMUTE_MARGIN || q->permute == FP_PERMUTE_LEVELS ||
                    q->permute == FP_PERMUTE_GLOBAL;
    if (fp_power_permutes(analysis))
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
                rows[a->row_count++] = (fp_power_row){&design->question[q], q, (fp_power_analysis)k,
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

/* Why models had no estimate. */
static const char *why_failed(const fp_power_design *d)
{
    if (d->measure.outcome == FP_POWER_CONTINUOUS)
        return "too few clusters or answers";
    if (d->measure.outcome == FP_POWER_BINARY && d->measure.effect != FP_POWER_ODDS_RATIO)
        return "an arm in which nobody or everybody has the event, a fitted risk at 0 or 1, or too "
               "few clusters";
    return d->measure.outcome == FP_POWER_BINARY
               ? "an arm in which nobody or everybody has the event, or too few clusters"
               : "an arm without events, or too few clusters";
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
        if (fp_power_permutes((int)row->analysis) && row->power.smallest_p > d->alpha)
            FP_TRY(warn(arena, list, a,
                        fp_arena_printf(arena, err,
                                        "the permutation test of %s cannot give a p below %.3g: "
                                        "it never rejects at alpha %g",
                                        row->question->name, row->power.smallest_p, d->alpha)));
    }
    double failed = 0;
    for (ptrdiff_t i = 0; i < a->row_count; i++)
        if (!fp_power_permutes((int)a->rows[i].analysis) && a->rows[i].analysis != FP_POWER_LOGRANK)
            failed = fmax(failed, 1 - (double)a->rows[i].power.usable / (double)a->trials);
    if (failed > 0.01)
        FP_TRY(warn(arena, list, a,
                    fp_arena_printf(arena, err,
                                    "in up to %.1f%% of the trials a model had no usable estimate "
                                    "(%s); they count as not significant",
                                    100 * failed, why_failed(d))));
    return FP_OK;
}

/* ---- closed forms ---- */

/* Two groups of arms that a question compares: deaths, people, person-time and clusters of each. */
typedef struct {
    double events[2], people[2], time[2], clusters[2];
} groups;

static bool groups_of(const fp_power_answer *a, const fp_power_question *q, groups *out)
{
    const fp_power_design *d = &a->design;
    memset(out, 0, sizeof *out);
    if (q->joint || (d->factors > 1 && q->permute != FP_PERMUTE_MARGIN))
        return false;
    for (int32_t g = 0; g < d->arms; g++) {
        int side = d->factors > 1 ? fp_power_level(d, g, q->factor)
                   : g == 0       ? 0
                                  : q->contrast[g - 1] > 0;
        if (d->factors == 1 && g > 0 && side == 0)
            continue;
        out->events[side] += a->met.events_arm[g];
        out->people[side] += a->met.people_arm[g];
        out->time[side] += a->met.time_arm[g];
        for (ptrdiff_t j = 0; j < d->clusters; j++)
            out->clusters[side] += d->arm[j] == g;
    }
    return true;
}

static double cv_of_sizes(const fp_power_design *d)
{
    double squares = 0;
    for (ptrdiff_t j = 0; d->size && j < d->clusters; j++)
        squares += (d->size[j] - d->mean_size) * (d->size[j] - d->mean_size);
    return d->size ? sqrt(squares / (double)d->clusters) / d->mean_size : d->size_cv;
}

static fp_power_closed by_events(const fp_power_answer *a, const fp_power_question *q,
                                 const groups *g)
{
    const fp_power_design *d = &a->design;
    double people = g->people[0] + g->people[1], events = g->events[0] + g->events[1];
    double share = g->people[1] / people, ratio = exp(q->truth);
    double inflate = a->plan.individual
                         ? 1
                         : fp_closed_design_effect(d->mean_size, cv_of_sizes(d), a->derived.icc);
    double units = a->plan.individual ? a->derived.people : (double)d->clusters;
    return (fp_power_closed){
        q, "schoenfeld", fp_closed_events_power(d->alpha, events / inflate, ratio, share),
        fp_closed_events(d->alpha, a->target, ratio, share) * inflate / events * units};
}

static fp_power_closed by_rates(const fp_power_answer *a, const fp_power_question *q,
                                const groups *g)
{
    const fp_power_design *d = &a->design;
    double rate0 = g->events[0] / g->time[0], rate1 = g->events[1] / g->time[1];
    double clusters = (g->clusters[0] + g->clusters[1]) / 2;
    double time = (g->time[0] + g->time[1]) / 2 / clusters;
    double variance = fp_closed_rates(rate0, rate1, time, a->derived.k);
    return (fp_power_closed){q, "hayes-moulton",
                             fp_closed_clusters_power(d->alpha, clusters, rate1 - rate0, variance),
                             fp_closed_clusters(d->alpha, a->target, rate1 - rate0, variance) /
                                 clusters * (double)d->clusters};
}

static fp_status make_closed(fp_arena *arena, fp_power_answer *a, fp_err *err)
{
    fp_power_closed *row;
    if (fp_power_plan_measures(&a->plan))
        return FP_OK;
    FP_ARRAY(row, arena, 2 * a->design.questions, err);
    for (ptrdiff_t i = 0; i < a->design.questions; i++) {
        const fp_power_question *q = &a->design.question[i];
        groups g;
        if (q->is_null || isnan(q->truth) || !groups_of(a, q, &g))
            continue;
        row[a->closed_count++] = by_events(a, q, &g);
        if (!a->plan.individual)
            row[a->closed_count++] = by_rates(a, q, &g);
    }
    a->closed = row;
    return FP_OK;
}

/* ---- solving ---- */

static fp_status find_question(const fp_power_design *d, const char *name, ptrdiff_t *out,
                               fp_err *err)
{
    for (ptrdiff_t q = 0; q < d->questions; q++)
        if (name ? strcmp(d->question[q].name, name) == 0 : !d->question[q].is_null) {
            *out = q;
            return FP_OK;
        }
    if (!name) { /* nothing has an effect: the first, which will say so */
        *out = 0;
        return FP_OK;
    }
    (void)fp_fail(err, FP_USAGE, "the plan has no effect \"%s\"", name);
    return fp_hint(err, FP_USAGE, "the first one is %s", d->question[0].name);
}

static fp_status solve(const fp_power_plan *plan, const fp_power_options *options,
                       const fp_power_solve_for *unknown, fp_arena *arena, fp_power_answer *a,
                       fp_err *err)
{
    fp_power_wish wish = {unknown->unknown, a->target, 0, unknown->analysis};
    fp_power_design *design;
    fp_power_derived derived;
    FP_ARRAY(design, arena, 1, err);
    FP_TRY(fp_power_plan_design(plan, arena, design, &derived, err));
    FP_TRY(find_question(design, unknown->effect, &wish.question, err));
    const fp_power_question *q = &design->question[wish.question];
    if (wish.analysis == FP_POWER_ANALYSES && speaks(design, q, FP_POWER_MD))
        wish.analysis = FP_POWER_MD;
    for (int k = 0; wish.analysis == FP_POWER_ANALYSES && k < FP_POWER_ANALYSES; k++)
        if (speaks(design, q, k))
            wish.analysis = (fp_power_analysis)k;
    if (wish.analysis == FP_POWER_ANALYSES || !speaks(design, q, (int)wish.analysis))
        return fp_fail(err, FP_USAGE, "the analysis to solve by does not test %s in this plan",
                       q->name);
    FP_TRY(fp_power_solve(plan, &wish, options, &a->solution, err));
    a->solved = true;
    a->wish = wish;
    a->wished = q->name;
    a->plan = a->solution.plan;
    return FP_OK;
}

fp_status fp_model_power(const fp_power_plan *plan, const fp_power_options *options, double target,
                         const fp_power_solve_for *unknown, fp_arena *arena,
                         fp_power_answer *answer, fp_err *err)
{
    fp_power_answer *a;
    const fp_power_result *planned;
    FP_ARRAY(a, arena, 1, err);
    *a = (fp_power_answer){
        .plan = *plan, .trials = options->trials, .seed = options->seed, .target = target};
    if (unknown)
        FP_TRY(solve(plan, options, unknown, arena, a, err));
    FP_TRY(fp_power_plan_design(&a->plan, arena, &a->design, &a->derived, err));
    FP_TRY(fp_power_simulate(&a->design, options, -1, arena, &planned, &a->met, err));
    FP_TRY(make_rows(options, planned, arena, a, err));
    FP_TRY(make_closed(arena, a, err));
    FP_TRY(make_warnings(arena, a, err));
    *answer = *a;
    return FP_OK;
}

fp_status fp_model_power_curve(const fp_power_answer *a, const fp_power_options *options,
                               fp_power_curve *curve, const char **question, fp_err *err)
{
    ptrdiff_t index = 0;
    FP_TRY(find_question(&a->design, a->solved ? a->wished : NULL, &index, err));
    fp_power_unknown unknown = a->solved            ? a->wish.unknown
                               : a->plan.individual ? FP_SOLVE_PEOPLE
                               : a->plan.sizes      ? FP_SOLVE_EFFECT
                                                    : FP_SOLVE_CLUSTERS;
    *question = a->design.question[index].name;
    return fp_power_curve_of(&a->plan, unknown, index, options, curve, err);
}
