/* The arms, models and questions of a factorial plan: two or three factors crossed. */
#include "stats/power_plan_priv.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

enum { P = FP_POWER_TERMS };

int32_t fp_power_plan_factors(const fp_power_plan *plan)
{
    int32_t factors = 0;
    while (plan->factorial && factors < FP_POWER_FACTORS && plan->levels[factors] > 0)
        factors++;
    return plan->factorial ? factors : 1;
}

int32_t fp_power_plan_effects(const fp_power_plan *plan)
{
    int32_t effects = 0;
    for (int32_t f = 0; plan->factorial && f < fp_power_plan_factors(plan); f++)
        effects += plan->levels[f] - 1;
    return plan->factorial ? effects : plan->arms - 1;
}

void fp_power_plan_shape(const fp_power_plan *plan, char *out, size_t room)
{
    size_t n = 0;
    for (int32_t f = 0; f < fp_power_plan_factors(plan) && n < room; f++)
        n += (size_t)snprintf(out + n, room - n, "%s%d", f ? "x" : "", (int)plan->levels[f]);
}

/* ---- effects ---- */

/* The number of the effect of a level, 1 or more, of a factor. */
static int effect_of(const fp_power_plan *plan, int32_t factor, int32_t level)
{
    int effect = level - 1;
    for (int32_t f = 0; f < factor; f++)
        effect += plan->levels[f] - 1;
    return effect;
}

/* What a null takes away: a level (0 = every one) of a factor with its interactions, or the
 * interaction of two levels. */
typedef struct {
    int32_t factor, level, pair[2];
} without;

static double eta_of(const fp_power_plan *plan, const fp_power_design *d, int32_t arm,
                     const without *null)
{
    double eta = 0;
    int32_t level[FP_POWER_FACTORS] = {0};
    for (int32_t f = 0; f < d->factors; f++) {
        level[f] = fp_power_level(d, arm, f);
        if (null && f == null->factor && (null->level == 0 || null->level == level[f]))
            level[f] = 0;
        if (level[f])
            eta += fp_power_plan_eta(plan, effect_of(plan, f, level[f]));
    }
    bool none = null && null->pair[0] == level[0] && null->pair[1] == level[1];
    return eta + (level[0] && level[1] && !none ? fp_power_plan_eta(plan, -1) : 0);
}

static void set_null(const fp_power_plan *plan, const fp_power_design *d, const without *null,
                     fp_power_question *q)
{
    for (int32_t g = 0; g < d->arms; g++)
        q->null_eta[g] = eta_of(plan, d, g, null);
}

/* ---- questions ---- */

/* No margin of the first two factors has one true value where they interact. */
static double margin_of(const fp_power_plan *plan, int32_t factor, int effect)
{
    bool interacts = factor < 2 && fabs(fp_power_plan_eta(plan, -1)) >= 1e-12;
    return interacts ? FP_NUM_NAN : fp_power_plan_eta(plan, effect);
}

/* All levels of a factor together. */
static void ask_any(const fp_power_plan *plan, int32_t factor, fp_power_design *d)
{
    fp_power_question *q = fp_power_plan_ask(d, 0, -2, FP_NUM_NAN, FP_PERMUTE_LEVELS);
    without null = {factor, 0, {0, 0}};
    q->factor = factor;
    q->joint = true;
    set_null(plan, d, &null, q);
    q->is_null = true;
    for (int32_t g = 0; g < d->arms; g++)
        q->is_null = q->is_null && fabs(q->null_eta[g] - d->eta[g]) < 1e-12;
    (void)snprintf(q->name, sizeof q->name, "any %s", plan->factor[factor]);
}

static void ask_margins(const fp_power_plan *plan, fp_power_design *d)
{
    for (int32_t f = 0; f < d->factors; f++) {
        bool two = plan->levels[f] == 2;
        for (int32_t l = 1; l < plan->levels[f]; l++) {
            int effect = effect_of(plan, f, l);
            without null = {f, l, {0, 0}};
            fp_power_question *q = fp_power_plan_ask(d, 0, effect, margin_of(plan, f, effect),
                                                     two ? FP_PERMUTE_MARGIN : FP_PERMUTE_NOTHING);
            q->factor = f;
            q->contrast[effect] = 1;
            set_null(plan, d, &null, q);
            if (two)
                (void)snprintf(q->name, sizeof q->name, "%s", plan->factor[f]);
            else
                (void)snprintf(q->name, sizeof q->name, "%s %d", plan->factor[f], (int)l + 1);
        }
        if (!two)
            ask_any(plan, f, d);
    }
}

static void ask_interaction(const fp_power_plan *plan, fp_power_design *d)
{
    bool two_by_two = d->arms == 4 && d->factors == 2;
    int32_t term = fp_power_plan_effects(plan);
    for (int32_t k = 1; k < plan->levels[0]; k++)
        for (int32_t l = 1; l < plan->levels[1]; l++) {
            without null = {-1, 0, {k, l}};
            fp_power_question *q =
                fp_power_plan_ask(d, 1, -1, fp_power_plan_eta(plan, -1),
                                  two_by_two ? FP_PERMUTE_INTERACTION : FP_PERMUTE_NOTHING);
            q->contrast[term++] = 1;
            set_null(plan, d, &null, q);
            if (plan->levels[0] == 2 && plan->levels[1] == 2)
                (void)snprintf(q->name, sizeof q->name, "%s:%s", plan->factor[0], plan->factor[1]);
            else
                (void)snprintf(q->name, sizeof q->name, "%s %d:%s %d", plan->factor[0], (int)k + 1,
                               plan->factor[1], (int)l + 1);
        }
}

/* 2x2: one factor where the other is off or on, and both against neither. */
static void ask_table(const fp_power_plan *plan, fp_power_design *d)
{
    for (int f = 0; f < 2; f++)
        for (int other = 0; other < 2; other++) {
            int to = other ? 3 : 1 + f, from = other ? 2 - f : 0;
            fp_power_question *q =
                fp_power_plan_ask(d, 1, -2, d->eta[to] - d->eta[from], FP_PERMUTE_NOTHING);
            q->contrast[f] = 1;
            q->contrast[2] = other;
            q->null_eta[to] = d->eta[from];
            (void)snprintf(q->name, sizeof q->name, "%s %s %s", plan->factor[f],
                           other ? "with" : "without", plan->factor[1 - f]);
        }
    fp_power_question *q = fp_power_plan_ask(d, 1, -2, d->eta[3], FP_PERMUTE_NOTHING);
    q->contrast[0] = q->contrast[1] = q->contrast[2] = 1;
    q->null_eta[3] = 0;
    (void)snprintf(q->name, sizeof q->name, "both against neither");
}

/* Any other: every arm against the first. */
static void ask_arms(const fp_power_plan *plan, int model, fp_power_design *d)
{
    for (int32_t g = 1; g < d->arms; g++) {
        fp_power_question *q = fp_power_plan_ask(d, model, -2, d->eta[g], FP_PERMUTE_NOTHING);
        q->contrast[g - 1] = 1;
        q->null_eta[g] = 0;
        size_t n = 0;
        for (int32_t f = 0; f < d->factors && n < sizeof q->name; f++)
            n += (size_t)snprintf(q->name + n, sizeof q->name - n, "%s%s %d", f ? ", " : "",
                                  plan->factor[f], (int)fp_power_level(d, g, f) + 1);
    }
}

/* ---- models ---- */

static fp_power_model main_effects(const fp_power_plan *plan, const fp_power_design *d,
                                   bool interaction)
{
    fp_power_model model = {.p = fp_power_plan_effects(plan)};
    for (int32_t g = 0; g < d->arms; g++)
        for (int32_t f = 0; f < d->factors; f++)
            if (fp_power_level(d, g, f))
                model.x[g * P + effect_of(plan, f, fp_power_level(d, g, f))] = 1;
    for (int32_t k = 1; interaction && k < plan->levels[0]; k++)
        for (int32_t l = 1; l < plan->levels[1]; l++, model.p++)
            for (int32_t g = 0; g < d->arms; g++)
                model.x[g * P + model.p] =
                    fp_power_level(d, g, 0) == k && fp_power_level(d, g, 1) == l;
    return model;
}

static fp_power_model each_arm(const fp_power_design *d)
{
    fp_power_model model = {.p = d->arms - 1};
    for (int32_t g = 1; g < d->arms; g++)
        model.x[g * P + g - 1] = 1;
    return model;
}

void fp_power_plan_factorial(const fp_power_plan *plan, fp_power_design *d)
{
    bool two_by_two, interaction = plan->effects & FP_EFFECT_INTERACTION;
    d->factors = fp_power_plan_factors(plan);
    for (int32_t f = 0; f < d->factors; f++)
        d->levels[f] = plan->levels[f];
    two_by_two = d->arms == 4 && d->factors == 2;
    for (int32_t g = 0; g < d->arms; g++)
        d->eta[g] = eta_of(plan, d, g, NULL);
    d->model[d->models++] = main_effects(plan, d, false);
    if (two_by_two || interaction)
        d->model[d->models++] = main_effects(plan, d, true);
    if (plan->effects & FP_EFFECT_MARGINS)
        ask_margins(plan, d);
    if (interaction)
        ask_interaction(plan, d);
    if (!(plan->effects & FP_EFFECT_TABLE))
        return;
    if (two_by_two) {
        ask_table(plan, d);
        return;
    }
    d->model[d->models++] = each_arm(d);
    ask_arms(plan, d->models - 1, d);
}
