#include "stats/family.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

const char *const *fp_family_names(void)
{
    static const char *const names[] = {"gaussian", "binomial", "poisson", "gamma", NULL};
    return names;
}

const char *const *fp_link_names(void)
{
    static const char *const names[] = {"identity", "log",     "logit", "probit",
                                        "cloglog",  "inverse", "sqrt",  NULL};
    return names;
}

fp_link fp_family_link(fp_family family)
{
    static const fp_link canonical[] = {[FP_FAMILY_GAUSSIAN] = FP_LINK_IDENTITY,
                                        [FP_FAMILY_BINOMIAL] = FP_LINK_LOGIT,
                                        [FP_FAMILY_POISSON] = FP_LINK_LOG,
                                        [FP_FAMILY_GAMMA] = FP_LINK_INVERSE};
    return canonical[family];
}

bool fp_family_has_link(fp_family family, fp_link link)
{
    switch (link) {
    case FP_LINK_IDENTITY:
    case FP_LINK_LOG:
        return true;
    case FP_LINK_LOGIT:
    case FP_LINK_PROBIT:
    case FP_LINK_CLOGLOG:
        return family == FP_FAMILY_BINOMIAL;
    case FP_LINK_INVERSE:
        return family == FP_FAMILY_GAUSSIAN || family == FP_FAMILY_GAMMA;
    case FP_LINK_SQRT:
        return family == FP_FAMILY_POISSON;
    }
    return false;
}

bool fp_family_has_dispersion(fp_family family)
{
    return family == FP_FAMILY_GAUSSIAN || family == FP_FAMILY_GAMMA;
}

bool fp_link_is_ratio(fp_link link)
{
    return link == FP_LINK_LOG || link == FP_LINK_LOGIT || link == FP_LINK_CLOGLOG;
}

double fp_link_eta(fp_link link, double mu)
{
    switch (link) {
    case FP_LINK_LOG:
        return log(mu);
    case FP_LINK_LOGIT:
        return log(mu / (1 - mu));
    case FP_LINK_PROBIT:
        return gsl_cdf_ugaussian_Pinv(mu);
    case FP_LINK_CLOGLOG:
        return log(-log1p(-mu));
    case FP_LINK_INVERSE:
        return 1 / mu;
    case FP_LINK_SQRT:
        return sqrt(mu);
    case FP_LINK_IDENTITY:
        break;
    }
    return mu;
}

double fp_link_mu(fp_link link, double eta)
{
    switch (link) {
    case FP_LINK_LOG:
        return exp(eta);
    case FP_LINK_LOGIT:
        return 1 / (1 + exp(-eta));
    case FP_LINK_PROBIT:
        return gsl_cdf_ugaussian_P(eta);
    case FP_LINK_CLOGLOG:
        return -expm1(-exp(eta));
    case FP_LINK_INVERSE:
        return 1 / eta;
    case FP_LINK_SQRT:
        return eta * eta;
    case FP_LINK_IDENTITY:
        break;
    }
    return eta;
}

double fp_link_slope(fp_link link, double eta)
{
    switch (link) {
    case FP_LINK_LOG:
        return exp(eta);
    case FP_LINK_LOGIT: {
        double r = exp(-fabs(eta));
        return r / ((1 + r) * (1 + r));
    }
    case FP_LINK_PROBIT:
        return gsl_ran_ugaussian_pdf(eta);
    case FP_LINK_CLOGLOG:
        return exp(eta - exp(eta));
    case FP_LINK_INVERSE:
        return -1 / (eta * eta);
    case FP_LINK_SQRT:
        return 2 * eta;
    case FP_LINK_IDENTITY:
        break;
    }
    return 1;
}

double fp_family_variance(fp_family family, double mu)
{
    switch (family) {
    case FP_FAMILY_BINOMIAL:
        return mu * (1 - mu);
    case FP_FAMILY_POISSON:
        return mu;
    case FP_FAMILY_GAMMA:
        return mu * mu;
    case FP_FAMILY_GAUSSIAN:
        break;
    }
    return 1;
}

bool fp_family_valid(fp_family family, double mu)
{
    if (family == FP_FAMILY_BINOMIAL)
        return mu > 0 && mu < 1;
    if (family == FP_FAMILY_GAUSSIAN)
        return isfinite(mu);
    return mu > 0 && isfinite(mu);
}

/* y log(y / mu), 0 at y = 0. */
static double y_log_y(double y, double mu)
{
    return y > 0 ? y * log(y / mu) : 0;
}

double fp_family_deviance(fp_family family, double y, double mu)
{
    double d;
    switch (family) {
    case FP_FAMILY_BINOMIAL:
        d = 2 * (y_log_y(y, mu) + y_log_y(1 - y, 1 - mu));
        break;
    case FP_FAMILY_POISSON:
        d = 2 * (y_log_y(y, mu) - (y - mu));
        break;
    case FP_FAMILY_GAMMA:
        d = 2 * ((y - mu) / mu - (y > 0 ? log(y / mu) : 0));
        break;
    case FP_FAMILY_GAUSSIAN:
    default:
        d = (y - mu) * (y - mu);
    }
    return d > 0 || isnan(d) ? d : 0;
}

double fp_family_start(fp_family family, double y, double w)
{
    switch (family) {
    case FP_FAMILY_BINOMIAL:
        return (w * y + 0.5) / (w + 1);
    case FP_FAMILY_POISSON:
        return y + 0.1;
    case FP_FAMILY_GAMMA:
    case FP_FAMILY_GAUSSIAN:
        break;
    }
    return y;
}

/* log of the binomial probability of `hits` among `trials`. */
static double log_binomial(double hits, double trials, double mu)
{
    double miss = trials - hits;
    double choose =
        gsl_sf_lngamma(trials + 1) - gsl_sf_lngamma(hits + 1) - gsl_sf_lngamma(miss + 1);
    return choose + (hits > 0 ? hits * log(mu) : 0) + (miss > 0 ? miss * log1p(-mu) : 0);
}

double fp_family_minus2log(fp_family family, double y, double mu, double w, double dispersion)
{
    switch (family) {
    case FP_FAMILY_BINOMIAL: /* as R: the weight is the number of trials */
        return w > 0 ? -2 * log_binomial(nearbyint(w * y), nearbyint(w), mu) : 0;
    case FP_FAMILY_POISSON:
        return -2 * w * ((y > 0 ? y * log(mu) : 0) - mu - gsl_sf_lngamma(y + 1));
    case FP_FAMILY_GAMMA: {
        double shape = 1 / dispersion, scale = mu * dispersion;
        return -2 * w *
               ((shape - 1) * log(y) - y / scale - gsl_sf_lngamma(shape) - shape * log(scale));
    }
    case FP_FAMILY_GAUSSIAN:
        break;
    }
    return 0;
}
