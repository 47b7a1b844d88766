#ifndef FP_STATS_DIST_H
#define FP_STATS_DIST_H

/* Probabilities and quantiles that tests and intervals need. Defined for every input: NaN in or a
 * degree of freedom that is not above 0 gives NaN. Thread-safe: yes. Reference test: dist. */

/* P(chi-square with `df` degrees of freedom > x). */
double fp_chisq_upper(double x, double df);
/* P(F with df1 and df2 degrees of freedom > x); df2 = infinity is chi-square over df1. */
double fp_f_upper(double x, double df1, double df2);
/* P(|Z| > |z|) for a standard normal Z. */
double fp_normal_two_sided(double z);
/* P(|T| > |t|) for Student's t; df = infinity is the normal. */
double fp_t_two_sided(double t, double df);
/* P((Z + shift) / sqrt(X / df) > t): Student's t off centre, X chi-square with df degrees of
 * freedom, t finite, 0 < df finite. By the trapezoidal rule over the logarithm of sqrt(X / df), to
 * about 1e-12. */
double fp_t_shifted_upper(double t, double df, double shift);
/* Quantiles; 0 < p < 1. */
double fp_normal_quantile(double p);
double fp_t_quantile(double p, double df);

#endif
