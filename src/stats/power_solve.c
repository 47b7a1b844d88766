#include "stats/power_solve.h"

#include <math.h>
#include <string.h>

enum { MOST_PEOPLE = 200000, MOST_CLUSTERS = 4000, LARGEST_CLUSTER = 20000 };
#define MOST_RATIO 100.0
#define STILL      0.005 /* a gain in power that is none */

typedef struct {
    const fp_power_plan *plan;
    const fp_power_wish *wish;
    const fp_power_options *options;
    int ratio; /* of the plan's effects, as fp_power_question.effect */
    fp_err *err;
} search;

/* ---- the plan at one size ---- */

enum { NONE = -2 }; /* as fp_power_question.effect */

static fp_status plan_at(const search *s, double value, fp_power_plan *plan)
{
    *plan = *s->plan;
    plan->analyses = 1u << s->wish->analysis;
    switch (s->wish->unknown) {
    case FP_SOLVE_CLUSTERS:
        if (plan->people > 0) {
            plan->cluster_size = plan->people / (double)plan->clusters;
            plan->people = 0;
        }
        plan->clusters = (ptrdiff_t)value;
        return FP_OK;
    case FP_SOLVE_CLUSTER_SIZE:
        plan->cluster_size = value;
        plan->people = 0;
        return FP_OK;
    case FP_SOLVE_PEOPLE:
        plan->clusters = (ptrdiff_t)value;
        return FP_OK;
    case FP_SOLVE_EFFECT:
        fp_power_plan_set_eta(plan, s->ratio, fp_power_effect_in(fp_power_plan_scale(plan), value));
        return FP_OK;
    }
    return FP_OK;
}

/* The question alone, by `analyses`. */
static fp_status results_at(const search *s, double value, unsigned analyses,
                            fp_power_result results[FP_POWER_ANALYSES])
{
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, s->err);
    fp_power_plan plan;
    fp_power_design design;
    fp_power_derived derived;
    const fp_power_result *result;
    FP_TRY(plan_at(s, value, &plan));
    plan.analyses = analyses;
    FP_TRY(fp_power_plan_design(&plan, scratch, &design, &derived, s->err));
    ptrdiff_t index = s->wish->question;
    design.question[0] = design.question[index]; /* that question alone */
    design.questions = 1;
    FP_TRY(fp_power_simulate(&design, s->options, -1, scratch, &result, NULL, s->err));
    memcpy(results, result, FP_POWER_ANALYSES * sizeof *results);
    return FP_OK;
}

static fp_status power_at(const search *s, double value, double *power)
{
    fp_power_result results[FP_POWER_ANALYSES];
    FP_TRY(results_at(s, value, 1u << s->wish->analysis, results));
    *power = results[s->wish->analysis].share;
    return FP_OK;
}

/* ---- where to look ---- */

typedef struct {
    double start, step, most; /* whole steps; step 0: a ratio, on the log scale */
} grid;

static fp_status grid_of(const search *s, const fp_power_design *design, grid *out)
{
    const fp_power_plan *plan = s->plan;
    double arms = plan->arms;
    switch (s->wish->unknown) {
    case FP_SOLVE_CLUSTERS:
        *out = (grid){2 * arms, arms, MOST_CLUSTERS};
        break;
    case FP_SOLVE_CLUSTER_SIZE:
        *out = (grid){1, 1, fmin(LARGEST_CLUSTER, floor(MOST_PEOPLE / (double)plan->clusters))};
        break;
    case FP_SOLVE_PEOPLE:
        *out = (grid){4 * arms, arms, MOST_PEOPLE};
        break;
    case FP_SOLVE_EFFECT:
        if (s->ratio == NONE)
            return fp_fail(s->err, FP_INPUT, "the effect of %s is made of others",
                           design->question[s->wish->question].name);
        *out = (grid){0, 0, 0};
        break;
    }
    if (s->wish->unknown == FP_SOLVE_CLUSTERS && plan->sizes)
        return fp_fail(s->err, FP_INPUT,
                       "the size of each cluster is given, so that their number "
                       "is too");
    if (s->wish->unknown == FP_SOLVE_CLUSTER_SIZE && plan->sizes)
        return fp_fail(s->err, FP_INPUT, "the size of each cluster is given");
    if (plan->individual != (s->wish->unknown == FP_SOLVE_PEOPLE) &&
        s->wish->unknown != FP_SOLVE_EFFECT)
        return fp_fail(s->err, FP_INPUT,
                       plan->individual ? "people are drawn by lot: there are no clusters to solve "
                                          "for"
                                        : "clusters are drawn by lot: solve for clusters or for "
                                          "their size");
    return FP_OK;
}

/* Double until the target is reached, or nothing is gained any more. */
static fp_status bracket(const search *s, const grid *g, double *low, double *high, double *power,
                         bool *reached)
{
    double before = -1;
    *low = g->start - g->step;
    for (*high = g->start;; *high = fmin(2 * *high, g->most)) {
        FP_TRY(power_at(s, *high, power));
        *reached = *power >= s->wish->target;
        bool flat =
            s->wish->unknown == FP_SOLVE_CLUSTER_SIZE && *high >= 64 && *power - before < STILL;
        if (*reached || *high >= g->most || flat)
            return FP_OK;
        before = *power;
        *low = *high;
    }
}

/* The least size: `low` does not reach the target, `high` does. */
static fp_status halve(const search *s, const grid *g, double low, double high, double *value,
                       double *power)
{
    while (high - low > g->step * 1.5) {
        double middle = low + g->step * floor((high - low) / g->step / 2), here;
        FP_TRY(power_at(s, middle, &here));
        if (here >= s->wish->target) {
            high = middle;
            *power = here;
        } else {
            low = middle;
        }
    }
    *value = high;
    return FP_OK;
}

/* Where the search for an effect begins and ends, as estimated, on one side of no effect. */
typedef struct {
    double first, most, step;
} span;

/* Whether the plan can have an effect as large as that. */
static bool possible(const search *s, double eta)
{
    __attribute__((cleanup(fp_arena_cleanup))) fp_arena *scratch = fp_arena_create(FP_GIB);
    fp_power_plan plan = *s->plan;
    fp_power_design design;
    fp_power_derived derived;
    fp_power_plan_set_eta(&plan, s->ratio, eta);
    return scratch && fp_power_plan_design(&plan, scratch, &design, &derived, NULL) == FP_OK;
}

/* Ratios from 1.25 to 100 and to 1%, differences from a tenth of a standard deviation to ten of
 * them; less far where risks would leave (0, 1). */
static span span_of(const search *s, double side)
{
    const fp_power_measure *m = &s->plan->measure;
    double p = m->risk[0], sd = m->outcome == FP_POWER_BINARY ? sqrt(p * (1 - p)) : m->sd;
    span out = {log(1.25), log(MOST_RATIO), 0.01};
    if (!fp_power_is_ratio(fp_power_plan_scale(s->plan)))
        out = (span){0.1 * sd, 10 * sd, 0.005 * sd};
    double low = 0, high = out.most;
    if (possible(s, side * high))
        return out;
    while (high - low > out.step / 8) {
        double middle = (low + high) / 2;
        if (possible(s, side * middle))
            low = middle;
        else
            high = middle;
    }
    out.most = low;
    out.first = fmin(out.first, low);
    return out;
}

static fp_status power_with(const search *s, double eta, double *power)
{
    return power_at(s, fp_power_effect_out(fp_power_plan_scale(s->plan), eta), power);
}

static fp_status solve_effect(const search *s, double truth, fp_power_solution *out)
{
    double side = truth < 0 ? -1 : 1, low = 0, power;
    span to = span_of(s, side);
    double high = to.first;
    for (;; high = fmin(2 * high, to.most)) {
        FP_TRY(power_with(s, side * high, &power));
        out->reached = power >= s->wish->target;
        if (out->reached || high >= to.most)
            break;
        low = high;
    }
    out->power = power;
    while (out->reached && high - low > to.step) {
        double middle = (low + high) / 2;
        FP_TRY(power_with(s, side * middle, &power));
        if (power >= s->wish->target) {
            high = middle;
            out->power = power;
        } else {
            low = middle;
        }
    }
    out->value = fp_power_effect_out(fp_power_plan_scale(s->plan), side * high);
    return FP_OK;
}

static fp_status check(const fp_power_plan *plan, const fp_power_wish *wish,
                       const fp_power_design *design, fp_err *err)
{
    if (!(wish->target > design->alpha) || !(wish->target < 1)) {
        (void)fp_fail(err, FP_INPUT, "the power asked for is %g; it lies between alpha and 1",
                      wish->target);
        return fp_hint(err, FP_INPUT, "0.8 is usual");
    }
    const fp_power_question *q = &design->question[wish->question];
    if (q->is_null && wish->unknown != FP_SOLVE_EFFECT) {
        fp_power_effect scale = fp_power_plan_scale(plan);
        (void)fp_fail(err, FP_INPUT,
                      "the %s of %s is %d: no size finds an effect that is not there",
                      fp_power_effect_words(scale), q->name, fp_power_is_ratio(scale) ? 1 : 0);
        return fp_hint(err, FP_INPUT, "give the %s to be found, or solve for the effect",
                       fp_power_is_ratio(scale) ? "ratio" : "difference");
    }
    return FP_OK;
}

fp_status fp_power_solve(const fp_power_plan *plan, const fp_power_wish *wish,
                         const fp_power_options *options, fp_power_solution *solution, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    search s = {plan, wish, options, NONE, err};
    fp_power_design design;
    fp_power_derived derived;
    fp_power_solution out = {0};
    grid g = {0};
    double low = 0, high = 0;
    FP_TRY(fp_power_plan_design(plan, scratch, &design, &derived, err));
    FP_TRY(check(plan, wish, &design, err));
    s.ratio = design.question[wish->question].effect;
    FP_TRY(grid_of(&s, &design, &g));
    if (wish->unknown == FP_SOLVE_EFFECT) {
        FP_TRY(solve_effect(&s, design.question[wish->question].truth, &out));
    } else {
        FP_TRY(bracket(&s, &g, &low, &high, &out.power, &out.reached));
        out.value = high;
        if (out.reached && high > g.start)
            FP_TRY(halve(&s, &g, low, high, &out.value, &out.power));
    }
    FP_TRY(plan_at(&s, out.value, &out.plan));
    out.plan.analyses = plan->analyses;
    *solution = out;
    return FP_OK;
}

/* ---- a curve ---- */

/* The i-th point of a curve: whole steps up to twice the plan, or ratios from 1 on. */
static double point_of(const search *s, const grid *g, double planned, ptrdiff_t i)
{
    double share = (double)(i + 1) / FP_POWER_POINTS;
    if (s->wish->unknown == FP_SOLVE_EFFECT)
        return fp_power_effect_out(fp_power_plan_scale(s->plan),
                                   (double)i / (FP_POWER_POINTS - 1) * planned);
    double value = ceil(2 * planned * share / g->step) * g->step;
    return fmin(fmax(value, g->start), g->most);
}

/* Half as far again as the effect that is planned; where there is none, one that is large. */
static double furthest(const search *s, double truth)
{
    span to = span_of(s, truth < 0 ? -1 : 1);
    double far = fabs(truth) > to.first / 4 ? 1.5 * fabs(truth) : 3 * to.first;
    return fmin(far, to.most) * (truth < 0 ? -1 : 1);
}

static double planned_value(const search *s, const fp_power_design *design)
{
    const fp_power_plan *plan = s->plan;
    double truth = design->question[s->wish->question].truth;
    switch (s->wish->unknown) {
    case FP_SOLVE_CLUSTERS:
    case FP_SOLVE_PEOPLE:
        return (double)plan->clusters;
    case FP_SOLVE_CLUSTER_SIZE:
        return design->mean_size;
    case FP_SOLVE_EFFECT:
        return furthest(s, truth);
    }
    return 1;
}

fp_status fp_power_curve_of(const fp_power_plan *plan, fp_power_unknown unknown, ptrdiff_t question,
                            const fp_power_options *options, fp_power_curve *curve, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    fp_power_wish wish = {unknown, 0.8, question, FP_POWER_NAIVE};
    search s = {plan, &wish, options, NONE, err};
    fp_power_curve out = {.unknown = unknown};
    fp_power_result results[FP_POWER_ANALYSES];
    fp_power_design design;
    fp_power_derived derived;
    grid g = {0};
    FP_TRY(fp_power_plan_design(plan, scratch, &design, &derived, err));
    FP_TRY(check(plan, &wish, &design, err));
    s.ratio = design.question[question].effect;
    FP_TRY(grid_of(&s, &design, &g));
    double planned = planned_value(&s, &design);
    for (ptrdiff_t i = 0; i < FP_POWER_POINTS; i++) {
        double x = point_of(&s, &g, planned, i);
        if (out.n && fabs(x - out.x[out.n - 1]) < 1e-12)
            continue;
        FP_TRY(results_at(&s, x, plan->analyses, results));
        for (int a = 0; a < FP_POWER_ANALYSES; a++)
            out.power[a][out.n] = results[a].share;
        out.x[out.n++] = x;
    }
    *curve = out;
    return FP_OK;
}
