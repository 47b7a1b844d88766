#include "stats/power_formula.h"

#include <math.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/power_closed.h"

/* Equation numbers: docs/methods/power.md. */

#define MOST_RATIO 1e4
#define MOST_UNITS 1e9
#define MOST_SIZE  1e15 /* as good as without bound */

const char *const fp_closed_method_name[FP_CLOSED_METHODS] = {
#define X(name, text) text,
    FP_CLOSED_METHODS_MAP(X)
#undef X
};

/* ---- checks ---- */

static fp_status check_values(const fp_closed_plan *plan, fp_err *err)
{
    for (int g = 0; g < 2; g++) {
        double v = plan->value[g];
        if (plan->outcome == FP_CLOSED_PROPORTIONS && !(v > 0 && v < 1))
            return fp_fail(err, FP_INPUT, "a proportion lies between 0 and 1, not %g", v);
        if (plan->outcome == FP_CLOSED_RATES && !(v > 0 && isfinite(v)))
            return fp_fail(err, FP_INPUT, "a rate is above 0, not %g", v);
        if (!isfinite(v))
            return fp_fail(err, FP_INPUT, "a mean is a number, not %g", v);
    }
    if (plan->outcome == FP_CLOSED_MEANS && !(plan->sd > 0 && isfinite(plan->sd)))
        return fp_fail(err, FP_INPUT, "the standard deviation is above 0, not %g", plan->sd);
    if (fabs(plan->value[1] - plan->value[0]) > 0)
        return FP_OK;
    (void)fp_fail(err, FP_INPUT,
                  "the two groups are alike (%g): no size finds an effect that is not there",
                  plan->value[0]);
    return fp_hint(err, FP_INPUT, "give the effect to be found");
}

static fp_status check_sizes(const fp_closed_plan *plan, fp_err *err)
{
    if (!(plan->alpha > 0) || !(plan->alpha < 0.5))
        return fp_fail(err, FP_INPUT, "alpha lies between 0 and 0.5, not %g", plan->alpha);
    if (plan->units < 2) {
        (void)fp_fail(err, FP_INPUT, "%g %s for 2 arms", plan->units,
                      plan->individual ? "people" : "clusters");
        return fp_hint(err, FP_INPUT, "every arm needs at least one");
    }
    if (plan->outcome == FP_CLOSED_RATES && !(isnan(plan->size) || plan->size > 0))
        return fp_fail(err, FP_INPUT, "person-time is above 0, not %g", plan->size);
    if (plan->outcome != FP_CLOSED_RATES && plan->size < 1)
        return fp_fail(err, FP_INPUT, "a cluster has at least 1 person, not %g", plan->size);
    if (!(plan->size_cv >= 0) || plan->size_cv > 3)
        return fp_fail(err, FP_INPUT,
                       "the coefficient of variation of cluster sizes is from 0 to 3, not %g",
                       plan->size_cv);
    return FP_OK;
}

/* Eq. 40: k^2 of an ICC of 1, which the reference group sets. */
static double most_square(const fp_closed_plan *plan)
{
    double v = plan->value[0];
    if (plan->outcome == FP_CLOSED_PROPORTIONS)
        return (1 - v) / v;
    return v > 0 ? plan->sd * plan->sd / (v * v) : FP_NUM_NAN;
}

static fp_status fill_variation(fp_closed_plan *plan, fp_err *err)
{
    bool rates = plan->outcome == FP_CLOSED_RATES;
    if (plan->individual || plan->outcome == FP_CLOSED_TIME)
        return FP_OK;
    if (rates && plan->scale != FP_POWER_K)
        return fp_fail(err, FP_INPUT, "rates have no ICC: say by k how much clusters differ");
    if (plan->scale == FP_POWER_ICC) {
        if (!(plan->icc >= 0) || !(plan->icc < 1))
            return fp_fail(err, FP_INPUT, "the ICC is %g; it lies from 0 to below 1", plan->icc);
        plan->k = sqrt(plan->icc * most_square(plan));
        return FP_OK;
    }
    if (!(plan->k >= 0) || plan->k > 50)
        return fp_fail(err, FP_INPUT, "k is from 0 to 50, not %g", plan->k);
    plan->icc = rates ? FP_NUM_NAN : plan->k * plan->k / most_square(plan);
    if (rates || plan->icc < 1)
        return FP_OK;
    if (isnan(plan->icc))
        return fp_fail(err, FP_INPUT,
                       "k is a share of the mean, and the reference mean is %g: give --icc",
                       plan->value[0]);
    return fp_fail(err, FP_INPUT,
                   "a k of %g is more than clusters can differ around %g: below %.3g", plan->k,
                   plan->value[0], sqrt(most_square(plan)));
}

fp_status fp_closed_check(fp_closed_plan *plan, fp_err *err)
{
    FP_TRY(check_values(plan, err));
    FP_TRY(check_sizes(plan, err));
    return fill_variation(plan, err);
}

bool fp_closed_applies(const fp_closed_plan *plan, fp_closed_method method)
{
    bool proportions = plan->outcome == FP_CLOSED_PROPORTIONS;
    bool means = plan->outcome == FP_CLOSED_MEANS, time = plan->outcome == FP_CLOSED_TIME;
    switch (method) {
    case FP_CLOSED_SCHOENFELD:
        return time;
    case FP_CLOSED_HAYES:
        return !plan->individual && !isnan(plan->k);
    case FP_CLOSED_EFFECT:
    case FP_CLOSED_EFFECT_T:
        return !plan->individual && (proportions || means);
    case FP_CLOSED_NORMAL:
        return plan->individual && !time;
    case FP_CLOSED_STUDENT:
        return plan->individual && means;
    case FP_CLOSED_POOLED:
        return plan->individual && proportions;
    case FP_CLOSED_METHODS:
        break;
    }
    return false;
}

/* ---- events and person-time ---- */

typedef struct {
    const fp_power_design *design;
    double ratio;
} course;

/* Neither had the event nor left by t. */
static double remaining(const course *c, double t)
{
    double hazard = c->ratio * fp_power_hazard(&c->design->baseline, t);
    return fp_frailty_survival(c->design->law, c->design->frailty_variance, hazard) *
           exp(-c->design->drop_out * t);
}

/* Simpson's rule on [from, from + length] in s, t = from + length s^bend: `bend` takes away an
 * infinite slope at 0, and leaves derivatives up to the third. weight: 1, or falling from 1 to 0.
 */
static double integral(const course *c, double from, double length, double bend, bool falling)
{
    enum { PANELS = 400 };
    double sum = 0;
    for (int i = 0; i <= PANELS; i++) {
        double s = (double)i / PANELS, simpson = i == 0 || i == PANELS ? 1 : i % 2 ? 4 : 2;
        double slope = bend * pow(s, bend - 1), part = pow(s, bend);
        sum += simpson * slope * (falling ? 1 - part : 1) * remaining(c, from + length * part);
    }
    return sum * length / (3 * PANELS);
}

void fp_closed_expected(const fp_power_design *design, double ratio, double *events, double *time)
{
    course c = {design, ratio};
    double shape = design->baseline.knots ? 1 : design->baseline.shape;
    double follow_up = design->follow_up, accrual = design->accrual;
    double end = remaining(&c, follow_up);
    *time = integral(&c, 0, follow_up, 4 / fmin(shape, 1), false);
    if (accrual > 0) {
        *time += integral(&c, follow_up, accrual, 1, true);
        end = integral(&c, follow_up, accrual, 1, false) / accrual;
    }
    *events = 1 - end - design->drop_out * *time;
}

/* ---- power ---- */

/* P(Z < z). */
static double below(double z)
{
    return erfc(-z / sqrt(2.0)) / 2;
}

static double by_normal(const fp_closed_plan *plan, double variance)
{
    double gap = fabs(plan->value[1] - plan->value[0]);
    return below(gap / sqrt(variance) - fp_normal_quantile(1 - plan->alpha / 2));
}

/* Eq. 43. */
static double by_student(const fp_closed_plan *plan, double variance)
{
    double gap = fabs(plan->value[1] - plan->value[0]), df = plan->units - 2;
    return df > 0 ? fp_t_shifted_upper(fp_t_quantile(1 - plan->alpha / 2, df), df,
                                       gap / sqrt(variance))
                  : FP_NUM_NAN;
}

/* Variance of one person, both groups together; RATES: of one unit of person-time. */
static double of_people(const fp_closed_plan *plan)
{
    const double *v = plan->value;
    if (plan->outcome == FP_CLOSED_RATES)
        return v[0] + v[1];
    return plan->outcome == FP_CLOSED_MEANS ? 2 * plan->sd * plan->sd
                                            : v[0] * (1 - v[0]) + v[1] * (1 - v[1]);
}

static double by_pooled(const fp_closed_plan *plan)
{
    double mean = (plan->value[0] + plan->value[1]) / 2,
           z = fp_normal_quantile(1 - plan->alpha / 2);
    double gap = fabs(plan->value[1] - plan->value[0]) * sqrt(plan->units / 2);
    return below((gap - z * sqrt(2 * mean * (1 - mean))) / sqrt(of_people(plan)));
}

static double by_events(const fp_closed_plan *plan)
{
    double events[2], time[2], inflate = 1, people = plan->units;
    for (int g = 0; g < 2; g++)
        fp_closed_expected(plan->design, plan->value[g], &events[g], &time[g]);
    if (!plan->individual) {
        people *= plan->size;
        inflate = fp_closed_design_effect(plan->size, plan->size_cv, plan->icc);
    }
    return fp_closed_events_power(plan->alpha, people * (events[0] + events[1]) / 2 / inflate,
                                  plan->value[1], 0.5);
}

static double by_clusters(const fp_closed_plan *plan)
{
    const double *v = plan->value;
    double m = plan->size, k = plan->k, gap = v[1] - v[0], variance, within, events[2], time[2];
    switch (plan->outcome) {
    case FP_CLOSED_TIME:
        for (int g = 0; g < 2; g++)
            fp_closed_expected(plan->design, v[g], &events[g], &time[g]);
        gap = events[1] / time[1] - events[0] / time[0];
        variance = fp_closed_rates(events[0] / time[0], events[1] / time[1],
                                   m * (time[0] + time[1]) / 2, k);
        break;
    case FP_CLOSED_RATES:
        variance = fp_closed_rates(v[0], v[1], m, k);
        break;
    case FP_CLOSED_PROPORTIONS:
        variance = fp_closed_proportions(v[0], v[1], m, k);
        break;
    case FP_CLOSED_MEANS:
    default:
        within = plan->sd * sqrt(1 - plan->icc);
        variance = fp_closed_means(v[0], v[1], within, within, m, k);
        break;
    }
    return fp_closed_clusters_power(plan->alpha, plan->units / 2, gap, variance);
}

double fp_closed_power(const fp_closed_plan *plan, fp_closed_method method)
{
    double people = plan->units / 2 * plan->size, spread = of_people(plan) / people;
    if (isnan(people))
        return FP_NUM_NAN;
    double clustered =
        spread * fp_closed_design_effect(plan->size, plan->size_cv, plan->icc); /* eq. 42 */
    switch (method) {
    case FP_CLOSED_SCHOENFELD:
        return by_events(plan);
    case FP_CLOSED_HAYES:
        return by_clusters(plan);
    case FP_CLOSED_EFFECT:
        return by_normal(plan, clustered);
    case FP_CLOSED_EFFECT_T:
        return by_student(plan, clustered);
    case FP_CLOSED_NORMAL:
        return by_normal(plan, spread);
    case FP_CLOSED_STUDENT:
        return by_student(plan, spread);
    case FP_CLOSED_POOLED:
        return by_pooled(plan);
    case FP_CLOSED_METHODS:
        break;
    }
    return FP_NUM_NAN;
}

/* ---- solving ---- */

/* The value of the other group a part of the way, 0 to 1, from the reference to where nothing lies
 * any more. */
static double part_way(const fp_closed_plan *plan, double part)
{
    double v = plan->value[0], side = plan->value[1] < v ? -1 : 1;
    switch (plan->outcome) {
    case FP_CLOSED_PROPORTIONS:
        return v + part * ((side > 0 ? 1 : 0) - v);
    case FP_CLOSED_MEANS:
        return v + side * part * MOST_RATIO * plan->sd;
    case FP_CLOSED_RATES:
    case FP_CLOSED_TIME:
        break;
    }
    return v * exp(side * part * log(MOST_RATIO));
}

/* Power with the unknown a part of its way from `least` to `most`, on the log scale. */
static double power_at(const fp_closed_plan *plan, fp_closed_method method,
                       fp_closed_unknown unknown, double part, double *value)
{
    fp_closed_plan at = *plan;
    if (unknown == FP_CLOSED_VALUE)
        *value = at.value[1] = part_way(plan, part);
    else if (unknown == FP_CLOSED_UNITS)
        *value = at.units = 2 * exp(part * log(MOST_UNITS));
    else
        *value = at.size = exp((2 * part - 1) * log(MOST_SIZE));
    return fp_closed_power(&at, method);
}

double fp_closed_solve(const fp_closed_plan *plan, fp_closed_method method,
                       fp_closed_unknown unknown, double target)
{
    double low = 0, high = 1, value = FP_NUM_NAN;
    if (!(power_at(plan, method, unknown, 1 - 1e-9, &value) >= target))
        return FP_NUM_NAN;
    for (int i = 0; i < 100 && high - low > 1e-15; i++) {
        double middle = (low + high) / 2;
        if (power_at(plan, method, unknown, middle, &value) >= target)
            high = middle;
        else
            low = middle;
    }
    (void)power_at(plan, method, unknown, high, &value);
    return value;
}

double fp_closed_limit(const fp_closed_plan *plan, fp_closed_method method)
{
    fp_closed_plan at = *plan;
    at.size = MOST_SIZE;
    return plan->individual ? FP_NUM_NAN : fp_closed_power(&at, method);
}
