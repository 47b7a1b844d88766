#include "stats/power_closed.h"

#include <math.h>
#include <stdbool.h>

#include "base/num.h"
#include "stats/dist.h"

/* Equation numbers: docs/methods/power.md. */

static double both_quantiles(double alpha, double power)
{
    return fp_normal_quantile(1 - alpha / 2) + fp_normal_quantile(power);
}

/* P(Z < z). */
static double below(double z)
{
    return erfc(-z / sqrt(2.0)) / 2;
}

static bool share_ok(double share)
{
    return share > 0 && share < 1;
}

double fp_closed_events(double alpha, double power, double hazard_ratio, double share)
{
    double log_ratio = log(hazard_ratio), z = both_quantiles(alpha, power);
    if (!share_ok(share) || !(fabs(log_ratio) > 0))
        return FP_NUM_NAN;
    return z * z / (share * (1 - share) * log_ratio * log_ratio);
}

double fp_closed_events_power(double alpha, double events, double hazard_ratio, double share)
{
    if (!share_ok(share) || !(events > 0) || !(hazard_ratio > 0))
        return FP_NUM_NAN;
    return below(sqrt(events * share * (1 - share)) * fabs(log(hazard_ratio)) -
                 fp_normal_quantile(1 - alpha / 2));
}

double fp_closed_design_effect(double mean_size, double size_cv, double icc)
{
    return 1 + ((1 + size_cv * size_cv) * mean_size - 1) * icc;
}

double fp_closed_rates(double rate0, double rate1, double time, double k)
{
    return (rate0 + rate1) / time + k * k * (rate0 * rate0 + rate1 * rate1);
}

double fp_closed_proportions(double p0, double p1, double m, double k)
{
    return (p0 * (1 - p0) + p1 * (1 - p1)) / m + k * k * (p0 * p0 + p1 * p1);
}

double fp_closed_means(double mean0, double mean1, double sd0, double sd1, double m, double k)
{
    return (sd0 * sd0 + sd1 * sd1) / m + k * k * (mean0 * mean0 + mean1 * mean1);
}

double fp_closed_clusters(double alpha, double power, double difference, double variance)
{
    double z = both_quantiles(alpha, power);
    return fabs(difference) > 0 ? 1 + z * z * variance / (difference * difference) : FP_NUM_NAN;
}

double fp_closed_clusters_power(double alpha, double clusters, double difference, double variance)
{
    if (!(clusters > 1) || !(variance > 0))
        return FP_NUM_NAN;
    return below(fabs(difference) * sqrt((clusters - 1) / variance) -
                 fp_normal_quantile(1 - alpha / 2));
}

double fp_closed_people_means(double alpha, double power, double difference, double sd)
{
    double z = both_quantiles(alpha, power);
    return fabs(difference) > 0 ? 2 * z * z * sd * sd / (difference * difference) : FP_NUM_NAN;
}

double fp_closed_people_proportions(double alpha, double power, double p0, double p1)
{
    double mean = (p0 + p1) / 2, gap = p1 - p0;
    if (!share_ok(p0) || !share_ok(p1) || !(fabs(gap) > 0))
        return FP_NUM_NAN;
    double z = fp_normal_quantile(1 - alpha / 2) * sqrt(2 * mean * (1 - mean)) +
               fp_normal_quantile(power) * sqrt(p0 * (1 - p0) + p1 * (1 - p1));
    return z * z / (gap * gap);
}
