#include "stats/dist.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include "base/num.h"

/* GSL's error handler would end the program on underflow, so arguments are kept where no function
 * called here underflows: beyond them the probability is 0 in double precision. */
#define MOST_CHISQ 1400.0

double fp_chisq_upper(double x, double df)
{
    if (isnan(x) || !(df > 0) || isinf(df))
        return FP_NUM_NAN;
    if (x <= 0)
        return 1;
    if (x > MOST_CHISQ && x > 8 * df)
        return 0;
    return gsl_cdf_chisq_Q(x, df);
}

double fp_f_upper(double x, double df1, double df2)
{
    if (isnan(x) || !(df1 > 0) || !(df2 > 0) || isinf(df1))
        return FP_NUM_NAN;
    if (isinf(df2) || df2 > 1e10)
        return fp_chisq_upper(df1 * x, df1);
    if (x <= 0)
        return 1;
    return isinf(x) || x > 1e100 ? 0 : gsl_cdf_fdist_Q(x, df1, df2);
}

double fp_normal_two_sided(double z)
{
    return erfc(fabs(z) / sqrt(2.0));
}

double fp_t_two_sided(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return FP_NUM_NAN;
    if (isinf(df) || df > 1e10)
        return fp_normal_two_sided(t);
    if (isinf(t) || fabs(t) > 1e100)
        return 0;
    return 2 * gsl_cdf_tdist_Q(fabs(t), df);
}

/* The density of x = log sqrt(X / df) is proportional to exp(df (x - (exp(2x) - 1) / 2)), highest
 * at 0; it and its derivatives vanish at both ends, so that the rule converges faster than any
 * power of its step. */
double fp_t_shifted_upper(double t, double df, double shift)
{
    enum { POINTS = 4000 };
    if (!isfinite(t) || !(df > 0) || isinf(df) || isnan(shift))
        return FP_NUM_NAN;
    double reach = sqrt(40 / df), low = -reach - 40 / df, step = (reach - low) / POINTS;
    double sum = 0, all = 0;
    for (int i = 0; i <= POINTS; i++) {
        double x = low + step * i, weight = exp(df * (x - expm1(2 * x) / 2));
        all += weight;
        sum += weight * erfc((t * exp(x) - shift) / sqrt(2.0)) / 2;
    }
    return sum / all;
}

double fp_normal_quantile(double p)
{
    return p > 0 && p < 1 ? gsl_cdf_ugaussian_Pinv(p) : FP_NUM_NAN;
}

/* The t above 0 with probability `tail` beyond it, by halving intervals of log t: GSL's iteration
 * does not end for few degrees of freedom, where the quantile has hundreds of digits, or far out.
 */
static double t_beyond(double tail, double df)
{
    double low = -700, high = 350; /* whose square is still a number */
    if (gsl_cdf_tdist_Q(exp(high), df) > tail)
        return (double)INFINITY;
    for (int i = 0; i < 64; i++) {
        double middle = (low + high) / 2;
        if (gsl_cdf_tdist_Q(exp(middle), df) > tail)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

double fp_t_quantile(double p, double df)
{
    if (!(p > 0 && p < 1) || !(df > 0))
        return FP_NUM_NAN;
    if (isinf(df) || df > 1e10)
        return gsl_cdf_ugaussian_Pinv(p);
    double tail = fmin(p, 1 - p);
    if (df >= 1 && tail > 1e-5)
        return gsl_cdf_tdist_Pinv(p, df);
    return p < 0.5 ? -t_beyond(tail, df) : p > 0.5 ? t_beyond(tail, df) : 0;
}
