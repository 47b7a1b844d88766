/* How answers of one cluster and of one person are alike: eq. 21-27 of docs/methods/power.md. */
#include "stats/power_measure.h"

#include <math.h>

#define REACH          8.0 /* standard deviations */
#define STEP           0.1
#define COARSE         0.25
#define ROOT_SQRT_2PI  0.3989422804014327
#define MOST_VARIANCE  400.0 /* of logits: all but 0 or 1 */
#define LEAST_VARIANCE 1e-9

/* The zero of a rising function between low and high, by the false position (Illinois: Dowell &
 * Jarratt 1971, doi 10.1007/BF01934364). */
typedef double (*rising)(const void *context, double x);
static double root_of(rising f, const void *context, double low, double high, double tolerance)
{
    double at_low = f(context, low), at_high = f(context, high), x = low;
    int side = 0;
    for (int i = 0; i < 200 && high - low > tolerance && at_low < 0 && at_high > 0; i++) {
        x = (low * at_high - high * at_low) / (at_high - at_low);
        double here = f(context, x);
        if (here < 0) {
            low = x;
            at_low = here;
            at_high /= side < 0 ? 2 : 1;
            side = -1;
        } else {
            high = x;
            at_high = here;
            at_low /= side > 0 ? 2 : 1;
            side = 1;
        }
        if (fabs(here) < 1e-14)
            return x;
    }
    return at_low >= 0 ? low : at_high <= 0 ? high : x;
}

/* ---- effects ---- */

static const struct {
    bool ratio;
    const char *words, *brief;
} effects[] = {[FP_POWER_HAZARD_RATIO] = {true, "hazard ratio", "HR"},
               [FP_POWER_ODDS_RATIO] = {true, "odds ratio", "OR"},
               [FP_POWER_RISK_RATIO] = {true, "risk ratio", "RR"},
               [FP_POWER_RISK_DIFFERENCE] = {false, "risk difference", "RD"},
               [FP_POWER_MEAN_DIFFERENCE] = {false, "mean difference", "MD"}};

bool fp_power_is_ratio(fp_power_effect effect)
{
    return effects[effect].ratio;
}

const char *fp_power_effect_words(fp_power_effect effect)
{
    return effects[effect].words;
}

const char *fp_power_effect_short(fp_power_effect effect)
{
    return effects[effect].brief;
}

double fp_power_effect_in(fp_power_effect effect, double value)
{
    return effects[effect].ratio ? log(value) : value;
}

double fp_power_effect_out(fp_power_effect effect, double value)
{
    return effects[effect].ratio ? exp(value) : value;
}

static double expit(double x)
{
    return 1 / (1 + exp(-x));
}

double fp_power_risk(fp_power_effect effect, double risk, double eta)
{
    if (effect == FP_POWER_ODDS_RATIO)
        return expit(log(risk / (1 - risk)) + eta);
    return effect == FP_POWER_RISK_RATIO ? risk * exp(eta) : risk + eta;
}

double fp_power_share_at(const fp_power_measure *m, int32_t wave)
{
    return m->waves > 1 && m->estimand == FP_POWER_OVERALL ? wave > 0 : m->at[wave];
}

/* ---- the logistic-normal distribution ---- */

/* The integrand and its derivatives all but vanish at both ends, where the trapezoidal rule
 * converges faster than any power of its step. */
static double mean_by(double step, double a, double variance)
{
    double sd = sqrt(variance), sum = 0;
    if (variance <= 0)
        return expit(a);
    ptrdiff_t half = (ptrdiff_t)rint(REACH / step);
    for (ptrdiff_t i = -half; i <= half; i++) {
        double x = (double)i * step;
        sum += expit(a + sd * x) * exp(-x * x / 2);
    }
    return sum * step * ROOT_SQRT_2PI;
}

double fp_logit_normal_mean(double a, double variance)
{
    return mean_by(STEP, a, variance);
}

typedef struct {
    double mean, variance;
} target;

static double above_mean(const void *context, double a)
{
    const target *t = context;
    return fp_logit_normal_mean(a, t->variance) - t->mean;
}

double fp_logit_normal_intercept(double mean, double variance)
{
    target t = {mean, variance};
    double plain = log(mean / (1 - mean));
    if (variance <= 0)
        return plain;
    double far = fabs(plain) * (1 + sqrt(variance)) + REACH * sqrt(variance);
    return root_of(above_mean, &t, -far, far, 1e-13 * far);
}

/* E (E(expit | shared part))^2. */
static double both(double a, double shared, double rest)
{
    double step = rest > 0 ? COARSE : STEP, sd = sqrt(shared), sum = 0;
    ptrdiff_t half = (ptrdiff_t)rint(REACH / step);
    for (ptrdiff_t i = -half; i <= half; i++) {
        double x = (double)i * step, one = mean_by(COARSE, a + sd * x, rest);
        sum += one * one * exp(-x * x / 2);
    }
    return sum * step * ROOT_SQRT_2PI;
}

static double correlation_at(double a, double mean, double shared, double rest)
{
    return (both(a, shared, rest) - mean * mean) / (mean * (1 - mean));
}

double fp_logit_normal_correlation(double mean, double shared, double rest)
{
    return correlation_at(fp_logit_normal_intercept(mean, shared + rest), mean, shared, rest);
}

/* ---- the parts of a measure ---- */

typedef struct {
    double a, mean, total, correlation;
} sharing;

static double above_correlation(const void *context, double shared)
{
    const sharing *s = context;
    return correlation_at(s->a, s->mean, shared, s->total - shared) - s->correlation;
}

/* Of a total variance, the part that two answers share with that correlation; where the whole is
 * not enough, more than that. */
static double shared_part(double a, double mean, double total, double correlation)
{
    sharing s = {a, mean, total, correlation};
    if (correlation <= 0)
        return 0;
    double reached = correlation_at(a, mean, total, 0);
    return reached <= correlation ? total * correlation / reached
                                  : root_of(above_correlation, &s, 0, total, 1e-9 * total);
}

/* The parts of a total that make the ICC, the ICC between waves and that of a person. */
static void parts_of(const fp_power_measure *m, double total, double part[3])
{
    double mean = m->risk[m->waves - 1], a = fp_logit_normal_intercept(mean, total);
    const double wanted[3] = {m->icc, m->between, m->person};
    for (int k = 0; k < 3; k++)
        part[k] = k && fabs(wanted[k] - wanted[k - 1]) < 1e-12
                      ? part[k - 1]
                      : shared_part(a, mean, total, wanted[k]);
}

/* A total less what the parts need together: 0 at the right one. */
static double left_over(const void *context, double total)
{
    double part[3];
    parts_of(context, total, part);
    return total - (part[0] + part[2] - part[1]);
}

static fp_status out_of_reach(const fp_power_measure *m, fp_err *err)
{
    if (m->waves == 1)
        return fp_fail(err, FP_INPUT,
                       "an ICC of %g is more than logit-normal clusters reach at a probability of "
                       "%g",
                       m->icc, m->risk[0]);
    return fp_fail(err, FP_INPUT,
                   "correlations of %g within a cluster and %g within a person are more than "
                   "logit-normal answers reach together at a probability of %g",
                   m->icc, m->person, m->risk[m->waves - 1]);
}

static fp_status binary_waves(const fp_power_measure *m, fp_power_spread *out, fp_err *err)
{
    double part[3], high = 0.5;
    if (m->person <= 0) /* nobody is like anybody */
        return FP_OK;
    while (left_over(m, high) <= 0)
        if ((high *= 2) > MOST_VARIANCE)
            return out_of_reach(m, err);
    parts_of(m, root_of(left_over, m, high > 0.5 ? high / 2 : LEAST_VARIANCE, high, 1e-8 * high),
             part);
    out->cluster = sqrt(part[1]);
    out->period = sqrt(fmax(0, part[0] - part[1]));
    out->person = sqrt(fmax(0, part[2] - part[1]));
    return FP_OK;
}

static double above_icc(const void *context, double variance)
{
    const fp_power_measure *m = context;
    return fp_logit_normal_correlation(m->risk[0], variance, 0) - m->icc;
}

static fp_status binary_once(const fp_power_measure *m, fp_power_spread *out, fp_err *err)
{
    if (m->law == FP_POWER_BETA || m->icc <= 0)
        return FP_OK;
    if (above_icc(m, MOST_VARIANCE) <= 0)
        return out_of_reach(m, err);
    out->cluster = sqrt(root_of(above_icc, m, 0, MOST_VARIANCE, 1e-12));
    return FP_OK;
}

static fp_status check(const fp_power_measure *m, fp_err *err)
{
    if (!(m->icc >= 0) || !(m->icc < 1)) {
        (void)fp_fail(err, FP_INPUT, "the ICC is %g; it lies from 0 to below 1", m->icc);
        return fp_hint(err, FP_INPUT,
                       m->outcome == FP_POWER_BINARY
                           ? "no distribution of probabilities over clusters has one below 0; 0.03 "
                             "is usual"
                           : "clusters with an effect of their own have none below 0; 0.03 is "
                             "usual");
    }
    if (m->waves == 1)
        return FP_OK;
    if (!(m->between >= 0) || m->between > m->icc)
        return fp_fail(err, FP_INPUT,
                       "the ICC between waves is %g; it lies from 0 to the ICC within a wave, %g",
                       m->between, m->icc);
    double most = 1 - (m->icc - m->between);
    if (!(m->person >= m->between) || !(m->person < most))
        return fp_fail(err, FP_INPUT,
                       "the correlation of a person's answers is %g; it lies from %g, that of two "
                       "people of one cluster, to below %g",
                       m->person, m->between, most);
    return FP_OK;
}

fp_status fp_power_spread_of(const fp_power_measure *m, fp_power_spread *spread, fp_err *err)
{
    fp_power_spread out = {0};
    FP_TRY(check(m, err));
    if (m->outcome == FP_POWER_CONTINUOUS) {
        double between = m->waves == 1 ? m->icc : m->between;
        double person = m->waves == 1 ? between : m->person;
        out.cluster = m->sd * sqrt(between);
        out.period = m->sd * sqrt(m->icc - between);
        out.person = m->sd * sqrt(person - between);
        out.residual = m->sd * sqrt(1 - m->icc - person + between);
    } else if (m->waves > 1) {
        FP_TRY(binary_waves(m, &out, err));
    } else {
        FP_TRY(binary_once(m, &out, err));
    }
    *spread = out;
    return FP_OK;
}
