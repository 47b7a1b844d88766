# Power of trials that measure something, by R alone: exact where it is, else simulated with R's own random numbers and
# analysed by glm, geepack and lme4 (lmerTest). The corrected sandwich is written out in full matrices.
# usage: Rscript make_power_measure.R [TRIALS] > ../data/power/measure.txt      name and value, one a line
suppressMessages({library(lme4); library(lmerTest); library(geepack)})
args <- commandArgs(TRUE)
trials <- if (length(args)) as.integer(args[1]) else 2000L
put <- function(name, value) cat(name, sprintf("%.15g", value), "\n")
set.seed(20)

# ---- exact ----
put("exact_people_120_gap_5_sd_10", power.t.test(n = 60, delta = 5, sd = 10)$power)
# means of clusters of 10 are normal with variance sd^2 (icc + (1 - icc) / 10)
put("exact_clusters_12_gap_8_sd_10_icc_0.1", power.t.test(n = 6, delta = 8, sd = 10 * sqrt(0.1 + 0.9 / 10))$power)

# ---- the logistic-normal distribution ----
average <- function(f, v) integrate(function(z) f(sqrt(v) * z) * dnorm(z), -12, 12, rel.tol = 1e-12, subdivisions = 2000)$value
intercept <- function(p, v) uniroot(function(a) average(function(u) plogis(a + u), v) - p, c(-60, 60), tol = 1e-13)$root
alike <- function(p, shared, rest) {
  a <- intercept(p, shared + rest)
  one <- Vectorize(function(u) if (rest > 0) average(function(w) plogis(a + u + w), rest) else plogis(a + u))
  (average(function(u) one(u)^2, shared) - p^2) / (p * (1 - p))
}
put("intercept_0.2_1.5", intercept(0.2, 1.5))
put("alike_0.3_0.5_0", alike(0.3, 0.5, 0))
put("alike_0.3_0.4_2", alike(0.3, 0.4, 2))
variance_of <- function(p, icc) uniroot(function(v) alike(p, v, 0) - icc, c(1e-8, 50), tol = 1e-13)$root
put("sd_logit_0.3_0.05", sqrt(variance_of(0.3, 0.05)))

# ---- simulations ----
# t-test of a coefficient with Mancl & DeRouen's covariance, of a glm with canonical link or the identity
mancl_derouen <- function(fit, cluster, name) {
  x <- model.matrix(fit); w <- fit$weights; r <- residuals(fit, "response")
  v <- solve(t(x) %*% (w * x)); meat <- 0
  for (j in unique(cluster)) {
    i <- cluster == j; h <- x[i, ] %*% v %*% t(x[i, ] * w[i])
    u <- t(x[i, ]) %*% solve(diag(sum(i)) - t(h)) %*% r[i]
    meat <- meat + u %*% t(u)
  }
  sqrt((v %*% meat %*% v)[name, name])
}
collect <- function(name, draw, analyse) {
  all <- replicate(trials, {d <- draw(); t(sapply(analyse(d), identity))}, simplify = "array")
  for (a in rownames(all)) {
    e <- all[a, 1, ]; se <- all[a, 2, ]; df <- all[a, 3, ]
    put(paste0(name, "_", a, "_power"), mean(2 * pt(-abs(e / se), df) <= 0.05))
    put(paste0(name, "_", a, "_mean"), mean(e))
    put(paste0(name, "_", a, "_sd"), sd(e))
    put(paste0(name, "_", a, "_se"), mean(se))
  }
}
put("trials", trials)
odds <- function(p, or) plogis(qlogis(p) + log(or))
row_of <- function(fit, name) summary(fit)$coefficients[name, ]

# 16 clusters of 15, probabilities 0.3 and odds ratio 2.5, ICC 0.05, beta-binomial
binary <- function() {
  cluster <- rep(1:16, each = 15); arm <- as.numeric(cluster > 8); s <- 0.95 / 0.05
  p <- ifelse(1:16 > 8, odds(0.3, 2.5), 0.3)
  data.frame(cluster, arm, y = rbinom(240, 1, rbeta(16, p * s, (1 - p) * s)[cluster]))
}
collect("binary", binary, function(d) {
  g <- glm(y ~ arm, binomial, d); c <- row_of(g, "arm")
  e <- geeglm(y ~ arm, binomial, d, id = cluster, corstr = "exchangeable"); b <- row_of(e, "arm")
  list(naive = c(c[[1]], c[[2]], Inf), md = c(c[[1]], mancl_derouen(g, d$cluster, "arm"), 14), `gee-robust` = c(b[[1]], b[[2]], Inf))
})

# 12 clusters of 10, sd 10, difference 7, ICC 0.1; clusters without a variance keep their degrees of freedom
number <- function() {
  cluster <- rep(1:12, each = 10); arm <- as.numeric(cluster > 6)
  data.frame(cluster, arm, y = 7 * arm + 10 * sqrt(0.1) * rnorm(12)[cluster] + 10 * sqrt(0.9) * rnorm(120))
}
collect("number", number, function(d) {
  suppressMessages(m <- lmer(y ~ arm + (1 | cluster), d)); c <- row_of(m, "arm")
  df <- if (isSingular(m)) min(c[["df"]], 10) else c[["df"]]
  means <- tapply(d$y, d$cluster, mean); t <- row_of(lm(means ~ rep(0:1, each = 6)), 2)
  list(lmm = c(c[["Estimate"]], c[["Std. Error"]], df), ttest = c(t[[1]], t[[2]], 10))
})

# 14 clusters of 8 at three waves, the middle one a third of the way; ICC 0.08, between waves 0.05, person 0.5, 20% leave;
# the effect grows to 6 along a straight line
at <- c(0, 1 / 3, 1)
repeated <- function() {
  d <- expand.grid(wave = 1:3, person = 1:112); d$cluster <- (d$person - 1) %/% 8 + 1; d$arm <- as.numeric(d$cluster > 7)
  d$time <- at[d$wave]; stays <- -log(runif(112)) / -log(0.8)
  d$y <- 6 * d$arm * d$time + 10 * (sqrt(0.05) * rnorm(14)[d$cluster] + sqrt(0.03) * rnorm(42)[(d$cluster - 1) * 3 + d$wave] +
    sqrt(0.45) * rnorm(112)[d$person] + sqrt(0.47) * rnorm(336))
  d <- d[d$time <= stays[d$person], ]
  d$when <- factor(d$wave, levels = c(3, 1, 2))
  d
}
keep <- function(m, c, most) if (VarCorr(m)$cluster[1] > 0) c[["df"]] else min(c[["df"]], most)
collect("last", repeated, function(d) {
  suppressMessages(m <- lmer(y ~ arm * when + (1 | cluster) + (1 | person), d)); c <- row_of(m, "arm")
  e <- geeglm(y ~ arm * when, gaussian, d, id = cluster, corstr = "exchangeable"); b <- row_of(e, "arm")
  list(lmm = c(c[["Estimate"]], c[["Std. Error"]], keep(m, c, 12)), `gee-robust` = c(b[[1]], b[[2]], Inf))
})
collect("slope", repeated, function(d) {
  suppressMessages(m <- lmer(y ~ arm * time + (1 | cluster) + (1 | person), d)); c <- row_of(m, "arm:time")
  list(lmm = c(c[["Estimate"]], c[["Std. Error"]], c[["df"]]))
})

# 16 clusters of 10 at two waves, 30% at first and 40% at last without, odds ratio 2.5; logit-normal: variances that give an
# ICC of 0.05 at both waves and a person's correlation of 0.4 at 40%
need <- function() {
  a <- optim(log(c(0.3, 2)), function(q) (alike(0.4, exp(q[1]), exp(q[2])) - 0.05)^2 + (alike(0.4, sum(exp(q)), 0) - 0.4)^2,
             control = list(reltol = 1e-14, maxit = 2000))
  exp(a$par)
}
v <- need()
put("sd_cluster_0.4_0.05_0.4", sqrt(v[1])); put("sd_person_0.4_0.05_0.4", sqrt(v[2]))
centre <- outer(0:1, 1:2, Vectorize(function(g, t) intercept(odds(c(0.3, 0.4)[t], if (g && t == 2) 2.5 else 1), sum(v))))
set.seed(22)
visits <- function() {
  d <- expand.grid(wave = 1:2, person = 1:160); d$cluster <- (d$person - 1) %/% 10 + 1; d$arm <- as.numeric(d$cluster > 8)
  d$y <- rbinom(320, 1, plogis(centre[cbind(d$arm + 1, d$wave)] + sqrt(v[1]) * rnorm(16)[d$cluster] + sqrt(v[2]) * rnorm(160)[d$person]))
  d$when <- factor(d$wave, levels = c(2, 1))
  d
}
collect("visits", visits, function(d) {
  e <- geeglm(y ~ arm * when, binomial, d, id = cluster, corstr = "exchangeable"); b <- row_of(e, "arm")
  list(`gee-robust` = c(b[[1]], b[[2]], Inf))
})
