#ifndef FP_STATS_POWER_CLOSED_H
#define FP_STATS_POWER_CLOSED_H

/* Closed forms of power and size, two-sided level alpha; docs/methods/power.md eq. 14-20. All:
 * thread-safe; NaN where an argument has no meaning (a share not in (0, 1), no difference). */

/* Events for the comparison of two groups, of which one holds `share` (Schoenfeld 1983, doi
 * 10.2307/2531021), eq. 14; and the power of so many events. */
double fp_closed_events(double alpha, double power, double hazard_ratio, double share);
double fp_closed_events_power(double alpha, double events, double hazard_ratio, double share);

/* By how much clusters make a trial larger: 1 + ((1 + cv^2) m - 1) icc, m the mean size and cv the
 * coefficient of variation of sizes (Eldridge, Ashby & Kerry 2006, doi 10.1093/ije/dyl129; review:
 * Rutterford, Copas & Eldridge 2015, doi 10.1093/ije/dyv113), eq. 15. */
double fp_closed_design_effect(double mean_size, double size_cv, double icc);

/* Variance of the difference of two clusters, one an arm, by the coefficient of variation k between
 * the clusters of an arm (Hayes & Bennett 1999, doi 10.1093/ije/28.2.319; Hayes & Moulton 2017, ch.
 * 7), eq. 17-19: rates over `time` person-time a cluster; proportions and means of m people. */
double fp_closed_rates(double rate0, double rate1, double time, double k);
double fp_closed_proportions(double p0, double p1, double m, double k);
double fp_closed_means(double mean0, double mean1, double sd0, double sd1, double m, double k);
/* Clusters an arm for a difference with that variance, not rounded, and the power of so many; eq.
 * 16. One cluster an arm is added for the t-test on few clusters. */
double fp_closed_clusters(double alpha, double power, double difference, double variance);
double fp_closed_clusters_power(double alpha, double clusters, double difference, double variance);

/* People an arm drawn one by one: two means (normal approximation), two proportions (pooled
 * variance under the null, as R's power.prop.test), eq. 20. */
double fp_closed_people_means(double alpha, double power, double difference, double sd);
double fp_closed_people_proportions(double alpha, double power, double p0, double p1);

#endif
