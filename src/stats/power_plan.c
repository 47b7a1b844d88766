#include "stats/power_plan_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum {
    A = FP_POWER_ARMS,
    P = FP_POWER_TERMS,
    MOST_PEOPLE = 1000000,
    MOST_CLUSTERS = 100000,
    MOST_PERMUTED = 4096
};

fp_power_plan fp_power_plan_defaults(void)
{
    return (fp_power_plan){.factorial = true,
                           .arms = 4,
                           .levels = {2, 2},
                           .factor = {"a", "b", "c"},
                           .hr = {1, 1, 1, 1, 1, 1, 1, 1},
                           .interaction_hr = 1,
                           .shape = 1,
                           .effects = FP_EFFECT_MARGINS | FP_EFFECT_INTERACTION,
                           .analyses = 1u << FP_POWER_ROBUST | 1u << FP_POWER_MD |
                                       1u << FP_POWER_PERMUTATION,
                           .alpha = 0.05};
}

/* ---- checks ---- */

static fp_status check_ratios(const fp_power_plan *plan, fp_err *err)
{
    int count = fp_power_plan_effects(plan);
    for (int i = 0; i < count; i++)
        if (!(plan->hr[i] > 0) || !isfinite(plan->hr[i]) || plan->hr[i] > 1e4 || plan->hr[i] < 1e-4)
            return fp_fail(err, FP_INPUT, "a hazard ratio is from 0.0001 to 10000, not %g",
                           plan->hr[i]);
    if (!(plan->interaction_hr >= 1e-4) || !(plan->interaction_hr <= 1e4))
        return fp_fail(err, FP_INPUT,
                       "the hazard ratio of the interaction is from 0.0001 to 10000, "
                       "not %g",
                       plan->interaction_hr);
    return FP_OK;
}

static fp_status check_alpha(const fp_power_plan *plan, fp_err *err)
{
    if (!(plan->alpha > 0) || !(plan->alpha < 0.5))
        return fp_fail(err, FP_INPUT, "alpha lies between 0 and 0.5, not %g", plan->alpha);
    return FP_OK;
}

static fp_status check_clusters(const fp_power_plan *plan, fp_err *err)
{
    if (plan->clusters > MOST_CLUSTERS)
        return fp_fail(err, FP_INPUT, "%td clusters; at most %d", plan->clusters, MOST_CLUSTERS);
    if (plan->analyses & 1u << FP_POWER_PERMUTATION && plan->clusters > MOST_PERMUTED) {
        (void)fp_fail(err, FP_INPUT, "permutation tests are simulated with at most %d clusters",
                      MOST_PERMUTED);
        return fp_hint(err, FP_INPUT, "choose other analyses: --analyses robust");
    }
    if (plan->clusters < plan->arms) {
        (void)fp_fail(err, FP_INPUT, "%td %s for %d arms", plan->clusters,
                      plan->individual ? "people" : "clusters", (int)plan->arms);
        return fp_hint(err, FP_INPUT,
                       "every arm needs at least one, and an estimate of how they "
                       "differ more than one");
    }
    if (plan->sizes && plan->sizes != plan->clusters)
        return fp_fail(err, FP_INPUT, "%td cluster sizes for %td clusters", plan->sizes,
                       plan->clusters);
    for (ptrdiff_t j = 0; j < plan->sizes; j++)
        if (plan->size[j] < 1)
            return fp_fail(err, FP_INPUT, "cluster %td has %d people; a cluster has at least 1",
                           j + 1, (int)plan->size[j]);
    if (!(plan->size_cv >= 0) || plan->size_cv > 3)
        return fp_fail(err, FP_INPUT,
                       "the coefficient of variation of cluster sizes is from 0 to "
                       "3, not %g",
                       plan->size_cv);
    return FP_OK;
}

static fp_status check_time(const fp_power_plan *plan, fp_err *err)
{
    if (!(plan->follow_up >= 1) || !(plan->accrual >= 0) ||
        !(plan->follow_up + plan->accrual <= 36525))
        return fp_fail(err, FP_INPUT,
                       "follow-up is at least a day, and follow-up and accrual "
                       "together at most 100 years");
    if (!(plan->drop_out >= 0) || !(plan->drop_out < 1))
        return fp_fail(err, FP_INPUT,
                       "drop-out is the share that has left by the end of "
                       "follow-up, from 0 to below 1, not %g",
                       plan->drop_out);
    if (!plan->curve && (!(plan->shape >= 0.05) || !(plan->shape <= 20)))
        return fp_fail(err, FP_INPUT, "the Weibull shape is from 0.05 to 20, not %g", plan->shape);
    if (plan->curve || (plan->event_probability > 0 && plan->event_probability < 1))
        return FP_OK;
    (void)fp_fail(err, FP_INPUT, "the event probability is %g; it lies between 0 and 1",
                  plan->event_probability);
    return fp_hint(err, FP_INPUT,
                   "give the share of the reference arm that has the event by the "
                   "end of follow-up");
}

/* ---- clusters ---- */

static fp_status make_clusters(const fp_power_plan *plan, fp_arena *arena, fp_power_design *d,
                               fp_power_derived *derived, fp_err *err)
{
    int32_t *arm, *size;
    ptrdiff_t clusters = plan->clusters;
    double people = plan->individual   ? (double)clusters
                    : plan->people > 0 ? plan->people
                                       : plan->cluster_size * (double)clusters;
    bool drawn = plan->size_cv > 0 && !plan->sizes;
    FP_ARRAY(arm, arena, clusters, err);
    FP_ARRAY(size, arena, clusters, err);
    for (ptrdiff_t j = 0; j < clusters; j++) {
        arm[j] = (int32_t)(j * plan->arms / clusters);
        double least = floor(people / (double)clusters);
        size[j] = plan->sizes ? plan->size[j]
                              : (int32_t)(least + ((double)j < people - least * (double)clusters));
        d->dealt = d->dealt || size[j] != size[0];
    }
    if (plan->sizes)
        people = 0;
    for (ptrdiff_t j = 0; j < plan->sizes; j++)
        people += size[j];
    if (!(people >= (double)clusters) || people > MOST_PEOPLE)
        return fp_fail(err, FP_INPUT,
                       "%g people in %td clusters; a cluster has at least 1 person, "
                       "a trial at most %d",
                       people, clusters, MOST_PEOPLE);
    d->clusters = clusters;
    d->arm = arm;
    d->size = drawn ? NULL : size;
    d->mean_size = people / (double)clusters;
    d->size_cv = drawn ? plan->size_cv : 0;
    d->dealt = d->dealt && !drawn;
    derived->people = people;
    return FP_OK;
}

/* ---- the baseline ---- */

static fp_status check_curve(const fp_power_plan *plan, fp_err *err)
{
    for (ptrdiff_t i = 1; i < plan->curve; i++)
        if (!(plan->curve_time[i] > plan->curve_time[i - 1]) ||
            !(plan->curve_survival[i] <= plan->curve_survival[i - 1]) ||
            !(plan->curve_survival[i] > 0))
            return fp_fail(err, FP_INPUT,
                           "a survival curve goes on in time and down in survival, "
                           "and stays above 0: point %td is %g at time %g",
                           i + 1, plan->curve_survival[i], plan->curve_time[i]);
    if (plan->curve < 2 || plan->curve_time[0] != 0 || plan->curve_survival[0] != 1)
        return fp_fail(err, FP_INPUT,
                       "a survival curve begins with survival 1 at time 0 and has "
                       "at least two points");
    return FP_OK;
}

/* log S is linear between the points of a curve. */
static double curve_at(const fp_power_plan *plan, double time)
{
    ptrdiff_t k = 1;
    while (k + 1 < plan->curve && plan->curve_time[k] < time)
        k++;
    double from = plan->curve_time[k - 1], to = plan->curve_time[k];
    double a = log(plan->curve_survival[k - 1]), b = log(plan->curve_survival[k]);
    return exp(a + (b - a) * (time - from) / (to - from));
}

static fp_status make_survival(const fp_power_plan *plan, fp_power_derived *derived, fp_err *err)
{
    if (plan->curve)
        FP_TRY(check_curve(plan, err));
    derived->survival = plan->curve ? curve_at(plan, plan->follow_up) : 1 - plan->event_probability;
    if (derived->survival > 0 && derived->survival < 1)
        return FP_OK;
    return fp_fail(err, FP_INPUT, "by day %g nobody in the reference arm has had the event",
                   plan->follow_up);
}

static fp_status make_variation(const fp_power_plan *plan, fp_power_derived *derived, fp_err *err)
{
    double v = plan->individual ? 0 : plan->variation;
    if (plan->scale == FP_POWER_ICC)
        FP_TRY(fp_frailty_of_icc(plan->law, v, derived->survival, &derived->theta, err));
    else if (!(v >= 0) || v > 50)
        return fp_fail(err, FP_INPUT, "%s is from 0 to 50, not %g",
                       plan->scale == FP_POWER_K ? "k" : "the frailty variance", v);
    else
        derived->theta = plan->scale == FP_POWER_K ? v * v : v;
    derived->k = sqrt(derived->theta);
    derived->icc = fp_frailty_icc(plan->law, derived->theta, derived->survival);
    return FP_OK;
}

static fp_status check_covariates(const fp_power_plan *plan, fp_err *err)
{
    for (int32_t c = 0; c < plan->covariates; c++) {
        const fp_power_covariate *of = &plan->covariate[c];
        if (!(fabs(of->beta) <= log(100.0)))
            return fp_fail(err, FP_INPUT,
                           "the hazard ratio of the covariate %s is from 0.01 to 100, not %g",
                           of->name, exp(of->beta));
        if (!(of->share >= 0) || !(of->share < 1))
            return fp_fail(err, FP_INPUT,
                           "the share of people with the covariate %s lies between 0 and 1, not %g",
                           of->name, of->share);
    }
    return FP_OK;
}

static double hazard_of(const fp_power_plan *plan, double theta, double survival)
{
    return fp_covariate_hazard(plan->law, theta, plan->covariates, plan->covariate, survival);
}

/* The hazard at a frailty of 1 with which the reference arm as a whole has the survival asked for
 * (eq. 1); of a curve at each of its points. */
static fp_status make_baseline(const fp_power_plan *plan, const fp_power_derived *derived,
                               fp_arena *arena, fp_power_baseline *b, fp_err *err)
{
    *b = (fp_power_baseline){.shape = plan->shape,
                             .unit = plan->follow_up,
                             .at_unit = hazard_of(plan, derived->theta, derived->survival)};
    if (!plan->curve)
        return FP_OK;
    double *time, *cumulative;
    FP_ARRAY(time, arena, plan->curve, err);
    FP_ARRAY(cumulative, arena, plan->curve, err);
    for (ptrdiff_t i = 1; i < plan->curve; i++) {
        time[i] = plan->curve_time[i];
        cumulative[i] = plan->curve_survival[i] < 1
                            ? hazard_of(plan, derived->theta, plan->curve_survival[i])
                            : 0;
    }
    b->knots = plan->curve;
    b->time = time;
    b->cumulative = cumulative;
    return FP_OK;
}

/* ---- questions ---- */

fp_power_question *fp_power_plan_ask(fp_power_design *d, int model, int effect, double truth,
                                     fp_power_permute permute)
{
    fp_power_question *q = &d->question[d->questions++];
    q->model = model;
    q->effect = effect;
    q->truth = truth;
    q->permute = permute;
    q->is_null = fabs(truth) < 1e-12;
    memcpy(q->null_eta, d->eta, sizeof q->null_eta);
    return q;
}

static void ask_parallel(const fp_power_plan *plan, fp_power_design *d)
{
    d->factors = 1;
    d->levels[0] = plan->arms;
    d->models = 1;
    d->model[0].p = plan->arms - 1;
    for (int32_t g = 1; g < plan->arms; g++) {
        d->eta[g] = fp_power_plan_eta(plan, g - 1);
        d->model[0].x[g * P + g - 1] = 1;
    }
    for (int32_t g = 1; g < plan->arms; g++) {
        fp_power_question *q = fp_power_plan_ask(
            d, 0, g - 1, d->eta[g], plan->arms == 2 ? FP_PERMUTE_MARGIN : FP_PERMUTE_NOTHING);
        q->contrast[g - 1] = 1;
        q->null_eta[g] = 0;
        if (plan->arms == 2)
            (void)snprintf(q->name, sizeof q->name, "%s", plan->factor[0]);
        else
            (void)snprintf(q->name, sizeof q->name, "%s %d", plan->factor[0], (int)g + 1);
    }
    if (plan->arms == 2)
        return;
    fp_power_question *q = fp_power_plan_ask(d, 0, -2, FP_NUM_NAN, FP_PERMUTE_GLOBAL);
    q->joint = true;
    q->is_null = true;
    for (int32_t g = 0; g < plan->arms; g++) {
        q->is_null = q->is_null && fabs(d->eta[g]) < 1e-12;
        q->null_eta[g] = 0;
    }
    (void)snprintf(q->name, sizeof q->name, "any %s", plan->factor[0]);
}

/* All that is of a time to an event. */
static fp_status make_time(const fp_power_plan *plan, fp_arena *arena, fp_power_design *d,
                           fp_power_derived *known, fp_err *err)
{
    FP_TRY(check_ratios(plan, err));
    FP_TRY(check_time(plan, err));
    FP_TRY(check_covariates(plan, err));
    d->covariates = plan->covariates;
    memcpy(d->covariate, plan->covariate, sizeof d->covariate);
    FP_TRY(make_survival(plan, known, err));
    FP_TRY(make_variation(plan, known, err));
    FP_TRY(make_baseline(plan, known, arena, &d->baseline, err));
    d->frailty_variance = known->theta;
    d->drop_out = plan->drop_out > 0 ? -log1p(-plan->drop_out) / plan->follow_up : 0;
    return FP_OK;
}

fp_status fp_power_plan_design(const fp_power_plan *plan, fp_arena *arena, fp_power_design *design,
                               fp_power_derived *derived, fp_err *err)
{
    fp_power_derived known = {0};
    fp_power_design d = {.arms = plan->arms,
                         .law = plan->law,
                         .follow_up = rint(plan->follow_up),
                         .accrual = plan->accrual,
                         .individual = plan->individual,
                         .analyses = plan->analyses,
                         .alpha = plan->alpha};
    bool measures = fp_power_plan_measures(plan);
    FP_TRY(check_alpha(plan, err));
    FP_TRY(check_clusters(plan, err));
    FP_TRY(make_clusters(plan, arena, &d, &known, err));
    FP_TRY(measures ? fp_power_plan_measure(plan, &d.measure, &known, err)
                    : make_time(plan, arena, &d, &known, err));
    if (plan->factorial)
        fp_power_plan_factorial(plan, &d);
    else
        ask_parallel(plan, &d);
    if (measures)
        FP_TRY(fp_power_plan_check_arms(&d, err));
    *design = d;
    *derived = known;
    return FP_OK;
}
