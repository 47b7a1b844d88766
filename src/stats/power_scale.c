#include "stats/power_scale.h"

#include <math.h>

/* Equation numbers: docs/methods/power.md. */

#define REACH         10.0 /* standard deviations */
#define STEP          0.03125
#define MOST_THETA    1e4
#define LEAST_THETA   1e-12
#define ROOT_SQRT_2PI 0.3989422804014327

/* Eq. 11. The integrand and all its derivatives vanish at both ends, where the trapezoidal rule
 * converges faster than any power of its step. */
static double lognormal_survival(double theta, double hazard)
{
    double variance = log1p(theta), sd = sqrt(variance), sum = 0;
    for (double x = -REACH; x <= REACH; x += STEP)
        sum += exp(-hazard * exp(sd * x - variance / 2) - x * x / 2);
    return sum * STEP * ROOT_SQRT_2PI;
}

double fp_frailty_survival(fp_frailty_law law, double theta, double hazard)
{
    if (theta <= 0)
        return exp(-hazard);
    if (law == FP_FRAILTY_GAMMA)
        return exp(-log1p(theta * hazard) / theta); /* eq. 10 */
    return lognormal_survival(theta, hazard);
}

double fp_frailty_hazard(fp_frailty_law law, double theta, double survival)
{
    double plain = -log(survival);
    if (theta <= 0)
        return plain;
    if (law == FP_FRAILTY_GAMMA)
        return expm1(theta * plain) / theta;
    double low = plain, high = plain;
    while (lognormal_survival(theta, high) > survival)
        high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-14 * high; i++) {
        double middle = (low + high) / 2;
        if (lognormal_survival(theta, middle) > survival)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* Eq. 45: the normal covariates together are one, of which `sd` is the log hazard ratio. */
static double over_normal(fp_frailty_law law, double theta, double sd, double hazard)
{
    enum { STEPS = 32 };
    double sum = 0, all = 0;
    if (sd <= 0)
        return fp_frailty_survival(law, theta, hazard);
    for (int i = -STEPS; i <= STEPS; i++) {
        double x = REACH * i / STEPS, weight = exp(-x * x / 2);
        all += weight;
        sum += weight * fp_frailty_survival(law, theta, hazard * exp(sd * x));
    }
    return sum / all;
}

double fp_covariate_survival(fp_frailty_law law, double theta, int32_t covariates,
                             const fp_power_covariate *covariate, double hazard)
{
    double squares = 0, survival = 0;
    for (int32_t c = 0; c < covariates; c++)
        squares += covariate[c].share > 0 ? 0 : covariate[c].beta * covariate[c].beta;
    for (int pattern = 0; pattern < 1 << covariates; pattern++) {
        double share = 1, eta = 0;
        for (int32_t c = 0; c < covariates; c++) {
            bool has = pattern >> c & 1;
            if (covariate[c].share > 0)
                share *= has ? covariate[c].share : 1 - covariate[c].share;
            else if (has)
                share = 0; /* a normal one has no pattern */
            eta += has ? covariate[c].beta : 0;
        }
        if (share > 0)
            survival += share * over_normal(law, theta, sqrt(squares), hazard * exp(eta));
    }
    return survival;
}

double fp_covariate_hazard(fp_frailty_law law, double theta, int32_t covariates,
                           const fp_power_covariate *covariate, double survival)
{
    double plain = fp_frailty_hazard(law, theta, survival), low = log(plain) - 1, high = low + 2;
    if (!covariates)
        return plain;
    while (fp_covariate_survival(law, theta, covariates, covariate, exp(low)) < survival)
        low -= 1;
    while (fp_covariate_survival(law, theta, covariates, covariate, exp(high)) > survival)
        high += 1;
    for (int i = 0; i < 100 && high - low > 1e-13; i++) {
        double middle = (low + high) / 2;
        if (fp_covariate_survival(law, theta, covariates, covariate, exp(middle)) > survival)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

/* Eq. 12 and 13. */
double fp_frailty_icc(fp_frailty_law law, double theta, double survival)
{
    double square;
    if (theta <= 0)
        return 0;
    if (law == FP_FRAILTY_GAMMA)
        square = survival * exp(-log1p(-expm1(theta * log(survival))) / theta);
    else
        square = lognormal_survival(theta, 2 * fp_frailty_hazard(law, theta, survival));
    return (square - survival * survival) / (survival * (1 - survival));
}

fp_status fp_frailty_of_icc(fp_frailty_law law, double icc, double survival, double *theta,
                            fp_err *err)
{
    if (!(icc >= 0) || !(icc < 1)) {
        (void)fp_fail(err, FP_INPUT, "the ICC is %g; it lies from 0 to below 1", icc);
        return fp_hint(err, FP_INPUT,
                       "0.03, say: 0 means that clusters do not differ, 1 that all in a cluster "
                       "have one outcome");
    }
    *theta = 0;
    if (icc <= 0)
        return FP_OK;
    double most = fp_frailty_icc(law, MOST_THETA, survival);
    if (icc >= most)
        return fp_fail(err, FP_INPUT,
                       "an ICC of %g is more than such clusters reach at this event probability: "
                       "below %.3g",
                       icc, most);
    double low = log(LEAST_THETA), high = log(MOST_THETA);
    for (int i = 0; i < 200 && high - low > 1e-13; i++) {
        double middle = (low + high) / 2;
        if (fp_frailty_icc(law, exp(middle), survival) < icc)
            low = middle;
        else
            high = middle;
    }
    *theta = exp((low + high) / 2);
    return FP_OK;
}
