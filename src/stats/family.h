#ifndef FP_STATS_FAMILY_H
#define FP_STATS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

/* Families and links of generalised linear models, as R's family(): variance function, link and its
 * inverse, unit deviance. docs/methods/glm.md, table 1. Thread-safe: yes. */
typedef enum {
    FP_FAMILY_GAUSSIAN,
    FP_FAMILY_BINOMIAL,
    FP_FAMILY_POISSON,
    FP_FAMILY_GAMMA,
} fp_family;

typedef enum {
    FP_LINK_IDENTITY,
    FP_LINK_LOG,
    FP_LINK_LOGIT,
    FP_LINK_PROBIT,
    FP_LINK_CLOGLOG,
    FP_LINK_INVERSE,
    FP_LINK_SQRT,
} fp_link;

/* Names in the order of the enums, NULL-terminated. */
const char *const *fp_family_names(void);
const char *const *fp_link_names(void);
/* The canonical link. */
fp_link fp_family_link(fp_family family);
/* Whether the family is fitted with the link. */
bool fp_family_has_link(fp_family family, fp_link link);
/* gaussian, gamma: the dispersion is estimated; binomial, poisson: it is 1. */
bool fp_family_has_dispersion(fp_family family);
/* Whether exp(coefficient) is a ratio: of odds, risks, rates, hazards or means. */
bool fp_link_is_ratio(fp_link link);

/* g(mu), mu = g^-1(eta), d mu / d eta, V(mu), of one value. */
double fp_link_eta(fp_link link, double mu);
double fp_link_mu(fp_link link, double eta);
double fp_link_slope(fp_link link, double eta);
double fp_family_variance(fp_family family, double mu);
/* Whether mu is a mean of the family: binomial 0 < mu < 1, poisson and gamma mu > 0, finite. */
bool fp_family_valid(fp_family family, double mu);
/* Unit deviance d(y, mu), >= 0; the deviance is sum w d. */
double fp_family_deviance(fp_family family, double y, double mu);
/* R's starting mean of a row with weight w. */
double fp_family_start(fp_family family, double y, double w);
/* -2 log-likelihood of a row with weight w; `dispersion` = deviance / sum of weights (gamma). Not
 * for the gaussian family, whose value needs the whole deviance. */
double fp_family_minus2log(fp_family family, double y, double mu, double w, double dispersion);

#endif
