/* Trials drawn from a design: eq. 1-3 of docs/methods/power.md. */
#include <math.h>
#include <string.h>

#include "stats/power_priv.h"

enum { MOST_TIMES_MEAN = 20 }; /* a drawn cluster is cut off there */

/* ---- the baseline ---- */

/* The knot at or before which `value` lies, of an increasing list. */
static ptrdiff_t knot_before(const double *list, ptrdiff_t n, double value)
{
    ptrdiff_t low = 0, high = n - 1;
    while (high - low > 1) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (list[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double fp_power_hazard(const fp_power_baseline *b, double time)
{
    if (time <= 0)
        return 0;
    if (!b->knots) {
        double t = time / b->unit;
        return b->at_unit * (b->shape == 1 ? t : pow(t, b->shape));
    }
    ptrdiff_t k = knot_before(b->time, b->knots, time);
    double slope = (b->cumulative[k + 1] - b->cumulative[k]) / (b->time[k + 1] - b->time[k]);
    return b->cumulative[k] + slope * (time - b->time[k]);
}

double fp_power_time(const fp_power_baseline *b, double hazard)
{
    if (!b->knots) {
        double t = hazard / b->at_unit;
        return b->unit * (b->shape == 1 ? t : pow(t, 1 / b->shape));
    }
    ptrdiff_t k = knot_before(b->cumulative, b->knots, hazard);
    while (k + 2 < b->knots && b->cumulative[k + 1] <= b->cumulative[k])
        k++;
    double rise = b->cumulative[k + 1] - b->cumulative[k];
    if (rise <= 0)
        return (double)INFINITY;
    return b->time[k] + (hazard - b->cumulative[k]) / rise * (b->time[k + 1] - b->time[k]);
}

/* ---- variates ---- */

/* Polar method (Marsaglia & Bray 1964). */
double fp_power_normal(fp_rng *rng)
{
    for (;;) {
        double u = 2 * fp_rng_unit(rng) - 1, v = 2 * fp_rng_unit(rng) - 1;
        double s = u * u + v * v;
        if (s > 0 && s < 1)
            return u * sqrt(-2 * log(s) / s);
    }
}

/* Gamma with that shape and scale 1 (Marsaglia & Tsang 2000, doi 10.1145/358407.358414). */
double fp_power_gamma(fp_rng *rng, double shape)
{
    double boost = shape < 1 ? pow(fp_rng_unit(rng), 1 / shape) : 1;
    double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = fp_power_normal(rng), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        double u = fp_rng_unit(rng);
        if (u < 1 - 0.0331 * x * x * x * x || log(u) < 0.5 * x * x + d * (1 - v + log(v)))
            return d * v * boost;
    }
}

/* Eq. 2: mean 1 and variance theta. */
static double draw_frailty(const fp_power_design *design, fp_rng *rng)
{
    double theta = design->frailty_variance;
    if (theta <= 0)
        return 1;
    if (design->law == FP_FRAILTY_GAMMA)
        return theta * fp_power_gamma(rng, 1 / theta);
    double variance = log1p(theta);
    return exp(sqrt(variance) * fp_power_normal(rng) - variance / 2);
}

/* ---- a trial ---- */

int32_t fp_power_days(const fp_power_design *design)
{
    return (int32_t)ceil(design->follow_up + design->accrual);
}

ptrdiff_t fp_power_most_people(const fp_power_design *design)
{
    ptrdiff_t n = 0;
    if (!design->size)
        return (ptrdiff_t)(ceil(design->mean_size) * MOST_TIMES_MEAN) * design->clusters;
    for (ptrdiff_t j = 0; j < design->clusters; j++)
        n += design->size[j];
    return n;
}

fp_status fp_power_trial_create(const fp_power_design *design, fp_arena *arena,
                                fp_power_trial *trial, fp_err *err)
{
    fp_power_trial made = {.room = fp_power_most_people(design)};
    FP_ARRAY(made.first, arena, design->clusters + 1, err);
    FP_ARRAY(made.size, arena, design->clusters, err);
    FP_ARRAY(made.day, arena, made.room, err);
    FP_ARRAY(made.event, arena, made.room, err);
    FP_ARRAY(made.unit, arena, made.room, err);
    FP_ARRAY(made.x, arena, made.room * design->covariates, err);
    *trial = made;
    return FP_OK;
}

void fp_power_draw_sizes(const fp_power_design *design, fp_rng *rng, fp_power_trial *trial)
{
    ptrdiff_t clusters = design->clusters;
    double cv = design->size_cv, mean = design->mean_size;
    for (ptrdiff_t j = 0; j < clusters; j++) {
        double size = design->size ? design->size[j]
                      : cv > 0     ? rint(mean * cv * cv * fp_power_gamma(rng, 1 / (cv * cv)))
                                   : mean;
        trial->size[j] = (int32_t)fmin(fmax(size, 1), ceil(mean) * MOST_TIMES_MEAN);
        if (design->size)
            trial->size[j] = design->size[j];
    }
    for (ptrdiff_t j = clusters - 1; design->dealt && j > 0; j--) {
        ptrdiff_t k = (ptrdiff_t)fp_rng_below(rng, (uint32_t)j + 1);
        int32_t kept = trial->size[j];
        trial->size[j] = trial->size[k];
        trial->size[k] = kept;
    }
    trial->first[0] = 0;
    for (ptrdiff_t j = 0; j < clusters; j++)
        trial->first[j + 1] = trial->first[j] + trial->size[j];
    trial->n = trial->first[clusters];
}

static int32_t whole_day(double time, int32_t last)
{
    return time >= last ? last : time <= 1 ? 1 : (int32_t)ceil(time);
}

/* Everyone is followed to the same day: whoever has u above the survival there dies (eq. 3). */
static void draw_cluster(const fp_power_design *design, double risk, double hazard, int32_t last,
                         ptrdiff_t from, ptrdiff_t to, fp_power_trial *trial)
{
    double survival = exp(-risk * hazard);
    for (ptrdiff_t i = from; i < to; i++) {
        trial->event[i] = trial->unit[i] > survival;
        trial->day[i] = last;
        if (!trial->event[i])
            continue;
        double time = fp_power_time(&design->baseline, -log(trial->unit[i]) / risk);
        trial->day[i] = whole_day(time, last);
    }
}

static void draw_covariates(const fp_power_design *design, fp_rng *rng, fp_power_trial *trial)
{
    for (ptrdiff_t i = 0; i < trial->n; i++)
        for (int32_t c = 0; c < design->covariates; c++) {
            double share = design->covariate[c].share;
            trial->x[i * design->covariates + c] =
                share > 0 ? fp_rng_unit(rng) < share : fp_power_normal(rng);
        }
}

/* By what the covariates multiply a person's hazard. */
static double ratio_of(const fp_power_design *design, const fp_power_trial *trial, ptrdiff_t i)
{
    double eta = 0;
    for (int32_t c = 0; c < design->covariates; c++)
        eta += design->covariate[c].beta * trial->x[i * design->covariates + c];
    return design->covariates ? exp(eta) : 1;
}

/* Entry over time, leaving early, covariates: each person has an end or a hazard of its own. */
static void draw_ends(const fp_power_design *design, double risk, int32_t last, ptrdiff_t from,
                      ptrdiff_t to, fp_rng *rng, fp_power_trial *trial)
{
    for (ptrdiff_t i = from; i < to; i++) {
        double end = design->follow_up, time, own = risk * ratio_of(design, trial, i);
        if (design->accrual > 0)
            end += design->accrual * fp_rng_unit(rng);
        if (design->drop_out > 0)
            end = fmin(end, -log(fp_rng_unit(rng)) / design->drop_out);
        time = fp_power_time(&design->baseline, -log(trial->unit[i]) / own);
        trial->event[i] = time <= end;
        trial->day[i] = whole_day(fmin(time, end), last);
    }
}

void fp_power_trial_draw(const fp_power_design *design, const double *eta, uint64_t seed,
                         uint64_t number, fp_power_trial *trial)
{
    fp_rng rng;
    int32_t last = fp_power_days(design);
    double hazard = fp_power_hazard(&design->baseline, last);
    bool alike = design->accrual <= 0 && design->drop_out <= 0 && !design->covariates;
    fp_rng_init(&rng, seed, FP_RNG_POWER, number);
    fp_power_draw_sizes(design, &rng, trial);
    fp_rng_units(&rng, trial->unit, trial->n);
    draw_covariates(design, &rng, trial);
    for (ptrdiff_t j = 0; j < design->clusters; j++) {
        double risk = exp(eta[design->arm[j]]) * draw_frailty(design, &rng);
        ptrdiff_t from = trial->first[j], to = trial->first[j + 1];
        if (alike)
            draw_cluster(design, risk, hazard, last, from, to, trial);
        else
            draw_ends(design, risk, last, from, to, &rng, trial);
    }
}
