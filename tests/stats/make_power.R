# Closed forms of power, by other routes than the formulas of src/stats/power_closed.c: roots of the
# power function, R's own power.prop.test, and sums over explicit clusters.
# usage: Rscript make_power.R > ../data/power/closed.txt      name and value, one a line
put <- function(name, value) cat(name, sprintf("%.15g", value), "\n")
beyond <- qnorm(0.975)

# Schoenfeld: the score statistic at log hazard ratio t has variance share (1 - share) a death
by_deaths <- function(d, hr, share) 1 - pnorm(beyond, sqrt(d) * sd(rep(0:1, c(1e4 * (1 - share), 1e4 * share))) * sqrt((1e4 - 1) / 1e4) * abs(log(hr)))
put("events_1.5_even_80", uniroot(function(d) by_deaths(d, 1.5, 0.5) - 0.8, c(1, 1e5), tol = 1e-12)$root)
put("events_0.7_third_90", uniroot(function(d) by_deaths(d, 0.7, 0.3) - 0.9, c(1, 1e5), tol = 1e-12)$root)
put("power_100_events_2", by_deaths(100, 2, 0.5))

# Hayes & Bennett: variance of a cluster's rate, proportion or mean, by the law of total variance
arm <- function(mean, within, k) within + (k * mean)^2
clusters <- function(gap, v, power) 1 + uniroot(function(c) 1 - pnorm(beyond, abs(gap) / sqrt(v / c)) - power, c(1e-3, 1e6), tol = 1e-12)$root
put("rates_0.1_0.2_10_0.1_80", clusters(0.1, arm(0.1, 0.1 / 10, 0.1) + arm(0.2, 0.2 / 10, 0.1), 0.8))
put("proportions_0.3_0.5_20_0.25_90", clusters(0.2, arm(0.3, var(rep(0:1, c(7e5, 3e5))) * (1e6 - 1) / 1e6 / 20, 0.25) + arm(0.5, 0.25 / 20, 0.25), 0.9))
put("means_10_12_4_5_30_0.1_80", clusters(2, arm(10, 16 / 30, 0.1) + arm(12, 25 / 30, 0.1), 0.8))

# the design effect is the variance of a mean of people over that of as many independent people
sizes <- c(2, 5, 9, 24)
v <- 1 / sum(sizes) * sum(sizes * (1 + (sizes - 1) * 0.04)) 
put("design_effect_2_5_9_24_0.04", v)
put("proportions_people_0.3_0.5_80", power.prop.test(p1 = 0.3, p2 = 0.5, power = 0.8, tol = 1e-12)$n)
put("means_people_1_2_90", uniroot(function(n) 1 - pnorm(beyond, 1 / sqrt(4 / n + 4 / n)) - 0.9, c(1, 1e5), tol = 1e-12)$root)

# Student's t off centre, two groups of people or of clusters: R's own pt with ncp and power.t.test
student <- function(gap, variance, df) 1 - pt(qt(0.975, df), df, gap / sqrt(variance))
for (df in c(1, 3, 10, 400)) for (shift in c(0.5, 3)) put(sprintf("t_%g_%g", df, shift), 1 - pt(qt(0.975, df), df, shift))
put("means_t_0.5_100", power.t.test(n = 50, delta = 0.5)$power)
put("clusters_t_10_150", student(0.4804988, 2 * (1 + 149 * 0.05) / (5 * 150), 8))
put("clusters_t_cv", student(0.2, (0.3 * 0.7 + 0.5 * 0.5) * (1 + (1.49 * 10 - 1) * 0.04) / 120, 22))
put("rates_people", pnorm(0.1 / sqrt(0.3 / (50 * 1.5)) - beyond))

# a time to an event: gamma frailty with variance 0.2, Weibull shape 0.8, 30% by day 350 in the
# reference group, entry over 100 days, 10% gone by day 350: adaptive quadrature of people who have
# the event, and of their time
theta <- 0.2; shape <- 0.8; at <- expm1(-theta * log(0.7)) / theta; gone <- -log(0.9) / 350
left <- function(t, hr) (1 + theta * hr * at * (t / 350)^shape)^(-1 / theta)
fine <- function(f, a, b) integrate(f, a, b, rel.tol = 1e-11, subdivisions = 2000)$value
one_time <- function(end, hr) fine(function(t) left(t, hr) * exp(-gone * t), 0, end)
for (hr in c(1, 2)) {
    time <- fine(Vectorize(function(u) one_time(350 + u, hr)), 0, 100) / 100
    seen <- fine(Vectorize(function(u) 1 - left(350 + u, hr) * exp(-gone * (350 + u)) - gone * one_time(350 + u, hr)), 0, 100) / 100
    put(sprintf("expected_events_%g", hr), seen)
    put(sprintf("expected_time_%g", hr), time)
}
