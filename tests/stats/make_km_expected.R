# Makes the expected values of test_km_reference.c with R's survival package, and by the formulas of
# docs/methods/kaplan-meier.md written anew where the package has no such function.
# Run in this folder: Rscript make_km_expected.R   (needs survival). Reads ../data/stats/*.csv,
# writes ../data/stats/km_expected.txt: one line a quantity, "case quantity value value ...".
# R is not needed to run the tests. Made with R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
out <- "../data/stats/"
lines <- character(0)
emit <- function(case, what, v) {
  v <- as.numeric(v)
  text <- ifelse(is.na(v), "nan", sprintf("%.17g", v))
  lines <<- c(lines, paste(c(case, what, text), collapse = " "))
}
m <- read.csv(paste0(out, "mixed.csv"))
lung2 <- read.csv(paste0(out, "lung.csv"))
heart2 <- read.csv(paste0(out, "heart.csv"))
ends <- read.csv(paste0(out, "ends.csv"))

# 1. curves: hazard, robust standard errors, survival from the hazard -------------------------
curve <- function(case, f) {
  s <- f$surv > 0
  se <- if (isTRUE(f$logse)) f$std.err * f$surv else f$std.err
  emit(case, "survival", f$surv)
  emit(case, "se", ifelse(s, se, NA))
  emit(case, "lower", ifelse(s, f$lower, NA))
  emit(case, "upper", ifelse(s, f$upper, NA))
  emit(case, "hazard", f$cumhaz)
  emit(case, "hazard_se", f$std.chaz)
}
for (type in c("log", "log-log", "plain")) {
  curve(paste0("plain_lung_", type), survfit(Surv(stop, event) ~ 1, lung2, conf.type = type))
  curve(paste0("ij_lung_", type), survfit(Surv(stop, event) ~ 1, lung2, cluster = c, conf.type = type))
}
curve("ij_mixed", survfit(Surv(stop, event) ~ 1, m, cluster = c, weights = w))
curve("ij_late", survfit(Surv(start, stop, event) ~ 1, m, cluster = c, weights = w))
curve("ij_heart", survfit(Surv(start, stop, event) ~ 1, heart2, cluster = c))
curve("ij_rows", survfit(Surv(stop, event) ~ 1, m, weights = w))       # R's default: robust
curve("ij_rows_ends", survfit(Surv(stop, event) ~ 1, ends, weights = c(.5, 1, 2.5, 1, 1, 3)))
curve("weights_whole", survfit(Surv(stop, event) ~ 1, m, weights = ceiling(w)))
curve("exp_lung", survfit(Surv(stop, event) ~ 1, lung2, stype = 2, ctype = 1))
curve("exp_late", survfit(Surv(start, stop, event) ~ 1, m, stype = 2, ctype = 1, conf.type = "plain"))
curve("reverse_lung", survfit(Surv(stop, 1 - event) ~ 1, lung2))

# 2. quantiles and times ----------------------------------------------------------------------
probabilities <- c(0, .05, .25, .5, .9, 1)
quantiles <- function(case, f) {
  q <- quantile(f, probabilities)
  emit(case, "quantiles", rbind(q$quantile, q$lower, q$upper))
}
quantiles("plain_lung_log", survfit(Surv(stop, event) ~ 1, lung2))
quantiles("weights_whole", survfit(Surv(stop, event) ~ 1, m, weights = ceiling(w)))
quantiles("ends", survfit(Surv(stop, event) ~ 1, ends))
times <- function(case, f, at) {
  s <- summary(f, times = at)
  stopifnot(length(s$time) == length(at))
  emit(case, "times", rbind(s$time, s$n.risk, s$n.event, s$surv, s$std.err, s$lower, s$upper,
                            s$cumhaz, s$std.chaz))
}
times("plain_lung_log", survfit(Surv(stop, event) ~ 1, lung2), c(0, 4.5, 5, 90, 365, 800))
times("weights_whole", survfit(Surv(stop, event) ~ 1, m, weights = ceiling(w)), c(0, 1, 2.5, 10))
times("ij_heart", survfit(Surv(start, stop, event) ~ 1, heart2, cluster = c), c(0, .5, 20, 50.5, 1000))

# 3. log-rank: trend, both weights of Fleming and Harrington, clusters, pairs ------------------
sums <- function(v) if (is.matrix(v)) rowSums(v) else v
trend <- function(case, f, score) {
  u <- sums(f$obs) - sums(f$exp)
  emit(case, "trend", sum(score * u)^2 / drop(score %*% f$var %*% score))
}
trend("three", survdiff(Surv(stop, event) ~ h, lung2), 1:3)
trend("three_scores", survdiff(Surv(stop, event) ~ h, lung2), c(0, 1, 5))
trend("three_strata", survdiff(Surv(stop, event) ~ f + strata(s), m), 1:3)
fleming <- function(stop, event, group, rho, gamma) {
  g <- sort(unique(group)); k <- length(g); u <- numeric(k); v <- matrix(0, k, k); s <- 1
  for (t in sort(unique(stop[event == 1]))) {
    y <- sapply(g, function(a) sum(stop >= t & group == a))
    d <- sapply(g, function(a) sum(stop == t & event == 1 & group == a))
    c0 <- s^rho * (1 - s)^gamma; n <- sum(y); e <- sum(d); p <- y / n
    u <- u + c0 * (d - e * p)
    if (n > 1) v <- v + c0^2 * e * (n - e) / (n - 1) * (diag(p) - p %o% p)
    s <- s * (n - e) / n
  }
  drop(u[-1] %*% solve(v[-1, -1], u[-1]))
}
stopifnot(all.equal(with(lung2, fleming(stop, event, h, 1, 0)),
                    survdiff(Surv(stop, event) ~ h, lung2, rho = 1)$chisq, tolerance = 1e-12))
emit("three_late_weight", "chisq", with(lung2, fleming(stop, event, h, 0, 1)))
emit("three_both_weights", "chisq", with(lung2, fleming(stop, event, h, .5, 2)))
# The cluster test is the robust score test of a Cox model under Breslow's ties.
robust <- function(case, f) emit(case, "clustered", c(f$rscore, length(coef(f))))
robust("c_two", coxph(Surv(stop, event) ~ g, lung2, cluster = c, ties = "breslow"))
robust("c_three", coxph(Surv(stop, event) ~ factor(h), lung2, cluster = c, ties = "breslow"))
robust("c_strata", coxph(Surv(stop, event) ~ factor(f) + strata(s), m, cluster = c, ties = "breslow"))
robust("c_late", coxph(Surv(start, stop, event) ~ x2, m, cluster = c, ties = "breslow"))
robust("c_late_weights", coxph(Surv(start, stop, event) ~ factor(f) + strata(s), m, weights = w, cluster = c, ties = "breslow"))
robust("c_rows", coxph(Surv(stop, event) ~ x2, m, weights = w, robust = TRUE, ties = "breslow"))
pair <- function(d, a, b, rho = 0) survdiff(Surv(stop, event) ~ h, subset(d, h %in% c(a, b)), rho = rho)$chisq
x <- c(pair(lung2, 0, 1), pair(lung2, 0, 2), pair(lung2, 1, 2))
p <- pchisq(x, 1, lower.tail = FALSE)
emit("pairs", "pairs", rbind(x, p, p.adjust(p, "holm")))
emit("holm", "holm", p.adjust(c(.01, .04, NA, .03, .005, .9, .04), "holm"))

# 4. restricted means: the unadjusted contrasts of survRM2's rmst2 (Uno et al. 2014) -----------
mean_to <- function(d, tau) {
  f <- survfit(Surv(stop, event) ~ 1, d)
  inside <- f$time <= tau
  time <- sort(c(f$time[inside], tau)); n <- length(time)
  surv <- f$surv[inside]; risk <- f$n.risk[inside]; event <- f$n.event[inside]
  areas <- diff(c(0, time)) * c(1, surv)
  hazard <- c(ifelse(risk - event == 0, 0, event / (risk * (risk - event))), 0)
  variance <- sum(cumsum(rev(areas[-1]))^2 * rev(hazard)[-1])
  c(sum(areas), variance)
}
contrast <- function(case, a, b, tau) {
  x <- mean_to(a, tau); y <- mean_to(b, tau); z <- qnorm(.975)
  d <- y[1] - x[1]; s <- sqrt(x[2] + y[2])
  l <- log(y[1] / x[1]); r <- sqrt(x[2] / x[1]^2 + y[2] / y[1]^2)
  emit(case, "rmst", c(d, s, d - z * s, d + z * s, 2 * pnorm(-abs(d / s)),
                       exp(c(l, l - z * r, l + z * r)), 2 * pnorm(-abs(l / r))))
}
contrast("rmst_lung", subset(lung2, g == 0), subset(lung2, g == 1), 365)
contrast("rmst_mixed", subset(m, f == 1), subset(m, f == 3), 8)
# Robust: sums by cluster of R's influence of each cluster on the curve, integrated.
influence_mean <- function(d, tau) {
  f <- survfit(Surv(start, stop, event) ~ 1, d, cluster = c, weights = w, influence = 1)
  inside <- f$time <= tau
  width <- diff(c(f$time[inside], tau))
  i <- drop(f$influence.surv[, inside] %*% width)
  list(mean = f$time[1] + sum(f$surv[inside] * width), i = setNames(i, rownames(f$influence.surv)))
}
x <- influence_mean(subset(m, x2 == 0), 12); y <- influence_mean(subset(m, x2 == 1), 12)
both <- sort(unique(c(names(x$i), names(y$i))))
at <- function(v) ifelse(is.na(v[both]), 0, v[both])
emit("rmst_robust", "rmst_robust", c(x$mean, sqrt(sum(x$i^2)), y$mean, sqrt(sum(y$i^2)),
     y$mean - x$mean, sqrt(sum((at(y$i) - at(x$i))^2)),
     2 * pnorm(-abs(log(y$mean / x$mean)) / sqrt(sum((at(y$i) / y$mean - at(x$i) / x$mean)^2)))))

writeLines(lines, paste0(out, "km_expected.txt"))
cat(length(lines), "quantities\n")
