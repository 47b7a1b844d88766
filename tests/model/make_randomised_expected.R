# Slow, transparent answers for the permutation tests of `firstplace cox|km --randomised`.
# Run in this folder: Rscript make_randomised_expected.R  (needs survival, jsonlite). Writes
# ../data/model/randomised.csv (invented people) and randomised_expected.json.
suppressMessages({library(survival); library(jsonlite)})
set.seed(20261122)
J <- 16
coach <- expand.grid(a = 0:1, b = 0:1, c = 0:1)[rep(1:8, 2), ]
coach$cell <- paste0("b", coach$b, "c", coach$c)                       # the crossing of b and c
coach$coach <- sprintf("k%02d", 1:J)
coach$dose <- c("high","low","mid","low","mid","high","low","mid","low","high","low","mid","mid","high","low","high")
coach$team <- c("n","n","s","s","n","n","s","s","s","s","n","n","s","s","n","n")
coach$caseload <- c(12, 9, 15, 7, 20, 11, 8, 14, 10, 13, 6, 18, 16, 5, 17, 19)
frail <- exp(rnorm(J, 0, .3))
d <- do.call(rbind, lapply(1:J, function(j) {
  n <- sample(5:11, 1); age <- round(rnorm(n, 40, 9)); ready <- sample(c("no", "yes"), n, TRUE)
  t <- rexp(n, .003 * frail[j] * exp(.6 * coach$a[j] + .02 * (age - 40) + .4 * (ready == "yes") + .3 * (coach$dose[j] == "high")))
  data.frame(coach[j, ], age, ready, day = pmin(ceiling(t), 350), event = as.integer(t <= 350), row.names = NULL)
}))
write.csv(d, "../data/model/randomised.csv", row.names = FALSE, quote = FALSE)
x <- coach; rownames(x) <- NULL
sums <- function(r) as.numeric(rowsum(r, d$coach)[x$coach, 1])

# The sum over treated coaches in every allocation that keeps their number within each cell.
all_sums <- function(R, treated, cell) {
  total <- 0
  for (s in split(1:J, cell)) {
    k <- sum(treated[s])
    one <- if (k == 0) 0 else apply(combn(length(s), k), 2, function(i) sum(R[s[i]]))
    total <- as.numeric(outer(total, one, "+"))
  }
  total
}
two_sided <- function(R, treated, cell) {
  t <- all_sums(R, treated, cell); seen <- sum(R[treated == 1]); mid <- mean(t)
  list(allocations = length(t), at_least_as_far = sum(abs(t - mid) >= abs(seen - mid) - 1e-9), statistic = seen, mean = mid)
}
# Limits: where the observed sum passes the k-th farthest of all others, by halving.
limits <- function(resid_at, treated, cell, start, level = .95, reach = 3) {
  p1 <- function(b, side) { R <- resid_at(b); t <- all_sums(R, treated, cell); seen <- sum(R[treated == 1])
    if (side == "lower") mean(t >= seen - 1e-9) else mean(t <= seen + 1e-9) }
  a <- (1 - level) / 2
  one <- function(side, sign) { out <- start + sign * reach; inn <- start
    if (p1(out, side) > a + 1e-12) return(sign * Inf)
    for (i in 1:45) { m <- (inn + out) / 2; if (p1(m, side) <= a + 1e-12) out <- m else inn <- m }
    inn }
  c(one("lower", -1), one("upper", 1))
}
expected <- list()

# 1. three factors with covariates: a, with the crossing of b and c held fixed
cell <- x$cell
null <- function(b0) sums(residuals(coxph(Surv(day, event) ~ strata(cell) + age + ready + offset(b0 * a), d,
  control = coxph.control(eps = 1e-10, toler.chol = 1e-12, iter.max = 50)), "martingale"))
lim <- limits(null, x$a, cell, coef(coxph(Surv(day, event) ~ a + strata(cell) + age + ready, d))["a"])
expected$covariates <- c(two_sided(null(0), x$a, cell), list(lower = lim[1], upper = lim[2]))

# 2. one factor without covariates, and its 80% limits
plain <- function(b0) sums(residuals(coxph(Surv(day, event) ~ strata(b) + offset(b0 * a), d), "martingale"))
lim <- limits(plain, x$a, x$b, coef(coxph(Surv(day, event) ~ a + strata(b), d))["a"], .8)
expected$plain <- c(two_sided(plain(0), x$a, x$b), list(lower = lim[1], upper = lim[2]))

# 3. a factor of three levels, a held fixed: every way to deal out three labels within each level of a
R <- sums(residuals(coxph(Surv(day, event) ~ strata(a), d), "martingale"))
deal <- function(s) { m <- table(factor(x$dose[s], c("high", "low", "mid"))); n <- length(s); out <- list()
  for (h in combn(n, m["high"], simplify = FALSE)) { rest <- setdiff(1:n, h)
    for (l in combn(rest, m["low"], simplify = FALSE)) out[[length(out) + 1]] <- c(sum(R[s[h]]), sum(R[s[l]]), sum(R[s[setdiff(rest, l)]])) }
  do.call(rbind, out) }
g0 <- deal(which(x$a == 0)); g1 <- deal(which(x$a == 1)); n <- table(x$dose)
centre <- sapply(names(n), function(g) sum(sapply(0:1, function(s) sum(x$dose == g & x$a == s) * mean(R[x$a == s]))))
T <- 0; for (k in 1:3) T <- T + outer(g0[, k], g1[, k], function(u, v) (u + v - centre[k])^2 / n[k])
seen <- sum(sapply(1:3, function(k) (sum(R[x$dose == names(n)[k]]) - centre[k])^2 / n[k]))
expected$dose <- list(allocations = length(T), at_least_as_far = sum(T >= seen - 1e-9), statistic = seen, mean = mean(T))

# 4. low against high alone, mid staying as it is (high is the first level)
cell <- paste(x$a, x$dose == "mid")
R <- sums(residuals(coxph(Surv(day, event) ~ strata(paste(a, dose == "mid")), d), "martingale"))
expected$doselow <- two_sided(R, as.integer(x$dose == "low"), cell)

# 5. log-rank: observed less expected of each coach; the sum over the arm is that of survdiff
R <- sums(residuals(coxph(Surv(day, event) ~ strata(ready), d, ties = "breslow"), "martingale"))
s <- survdiff(Surv(day, event) ~ a + strata(ready), d)
stopifnot(abs(sum(s$obs[2, ]) - sum(s$exp[2, ]) - sum(R[x$a == 1])) < 1e-9)
expected$logrank <- two_sided(R, x$a, rep(1, J))

# 6. the draw kept to teams and to the best half in balance of caseload
R <- sums(residuals(coxph(Surv(day, event) ~ 1, d), "martingale"))
every <- expand.grid(rep(list(0:1), J)); every <- as.matrix(every)
ok <- TRUE; for (s in split(1:J, x$team)) ok <- ok & rowSums(every[, s]) == sum(x$a[s])
every <- every[ok, ]
z <- (x$caseload - mean(x$caseload)) / sd(x$caseload)
score <- as.numeric((every %*% z)^2 / sum(x$a) + ((1 - every) %*% z)^2 / sum(1 - x$a))
kept <- every[score <= sort(score)[ceiling(.5 * length(score))] + 1e-9, ]
t <- as.numeric(kept %*% R); seen <- sum(R[x$a == 1]); mid <- mean(t)
expected$balance <- list(allocations = nrow(kept), at_least_as_far = sum(abs(t - mid) >= abs(seen - mid) - 1e-9), statistic = seen, mean = mid,
  observed_is_in = any(apply(kept, 1, function(r) all(r == x$a))))
stopifnot(expected$balance$observed_is_in)

# 7. means: response residuals of the null model; event as a share with a covariate, age as a number
glm_at <- function(family, formula, offset) function(b0) {
  d$o <- b0 * d$a
  r <- glm(as.formula(paste(formula, if (offset) "+ offset(o)")), family, d, control = list(epsilon = 1e-13, maxit = 60))
  sums(residuals(r, "response"))
}
at <- glm_at(binomial, "event ~ factor(b) + age", TRUE)
lim <- limits(at, x$a, x$b, coef(glm(event ~ a + factor(b) + age, binomial, d))["a"], .8)
expected$binomial <- c(two_sided(at(0), x$a, x$b), list(lower = lim[1], upper = lim[2]))
at <- glm_at(gaussian, "age ~ 1", TRUE)
lim <- limits(function(b) at(b), x$a, rep(1, J), coef(lm(age ~ a, d))["a"], .5, 30)
expected$gaussian <- c(two_sided(at(0), x$a, rep(1, J)), list(lower = lim[1], upper = lim[2]))

# 8. differences of cluster means, every coach counted alike: of the outcome itself, and of residuals
mean_of <- function(r) as.numeric(tapply(r, d$coach, mean)[x$coach])
difference <- function(m, treated, cell) { # within each cell, weighted by n1 n0 / n
  parts <- sapply(split(1:J, cell), function(s) { k <- treated[s] == 1
    if (all(k) || !any(k)) c(0, 0) else c(mean(m[s][k]) - mean(m[s][!k]), sum(k) * sum(!k) / length(s)) })
  sum(parts[1, ] * parts[2, ]) / sum(parts[2, ])
}
by_means <- function(m, treated, cell) {
  sets <- lapply(split(1:J, cell), function(s) combn(s, sum(treated[s]), simplify = FALSE))
  ways <- expand.grid(lapply(sets, seq_along))
  t <- apply(ways, 1, function(w) { z <- integer(J); for (g in seq_along(sets)) z[sets[[g]][[w[g]]]] <- 1L; difference(m, z, cell) })
  seen <- difference(m, treated, cell)
  list(allocations = length(t), at_least_as_far = sum(abs(t - mean(t)) >= abs(seen - mean(t)) - 1e-9), statistic = seen, mean = mean(t))
}
means_at <- function(family, formula) function(b0) { d$o <- b0 * d$a
  mean_of(residuals(glm(as.formula(paste(formula, "+ offset(o)")), family, d, control = list(epsilon = 1e-13, maxit = 60)), "response")) }
lim <- limits(means_at(gaussian, "age ~ 1"), x$a, rep(1, J), coef(lm(age ~ a, d))["a"], .5, 30)
expected$means <- c(by_means(mean_of(d$age), x$a, rep(1, J)), list(lower = lim[1], upper = lim[2]))
at <- means_at(binomial, "event ~ factor(b) + age")
lim <- limits(at, x$a, x$b, coef(glm(event ~ a + factor(b) + age, binomial, d))["a"], .8)
expected$means_covariates <- c(by_means(at(0), x$a, x$b), list(lower = lim[1], upper = lim[2]))
expected$means_low <- by_means(mean_of(d$age), as.integer(x$dose == "low"), ifelse(x$dose == "mid", "mid", "other"))

write_json(expected, "../data/model/randomised_expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
print(expected)
