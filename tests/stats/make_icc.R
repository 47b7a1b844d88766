# Expected values of test_icc.c: ANOVA intraclass correlation with Searle's interval from aov(), and
# k by Hayes & Bennett's moments with the Q-profile interval by uniroot(). Run in this folder:
#   Rscript make_icc.R
# Writes ../data/stats/icc.txt. Data: the six clusters of the test, worked by hand there, and
# fewclusters.csv (synthetic) within its four arms.
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))

icc <- function(case, y, cluster, arm) {
  t <- anova(lm(y ~ factor(arm) + factor(paste(arm, cluster))))
  msb <- t[["Mean Sq"]][nrow(t) - 1]; dfb <- t$Df[nrow(t) - 1]
  msw <- t[["Mean Sq"]][nrow(t)]; dfw <- t$Df[nrow(t)]
  n <- table(cluster); of <- tapply(arm, cluster, `[`, 1)
  n0 <- (length(y) - sum(tapply(n^2, of, sum) / tapply(n, of, sum))) / dfb
  at <- function(f) (f - 1) / (f + n0 - 1)
  f <- msb / msw
  emit(case, "icc", c(at(f), at(f / qf(.975, dfb, dfw)), at(f / qf(.025, dfb, dfw))))
  emit(case, "n0", n0)
}
k <- function(case, d, y, arm) {
  lambda <- (tapply(d, arm, sum) / tapply(y, arm, sum))[as.character(arm)]
  x <- d / y / lambda; e <- lambda * y
  s2 <- tapply(x, arm, var); J <- tapply(x, arm, length)
  k2 <- sum((J - 1) * (s2 - tapply(1 / e, arm, mean))) / sum(J - 1)
  Q <- function(k2) {
    w <- 1 / (1 / e + k2)
    m <- (tapply(w * x, arm, sum) / tapply(w, arm, sum))[as.character(arm)]
    sum(w * (x - m)^2)
  }
  least <- -1 / max(e)
  limit <- function(p) {
    want <- qchisq(p, sum(J - 1))
    if (Q(least * (1 - 1e-13)) <= want) return(least)
    uniroot(function(v) Q(v) - want, c(least * (1 - 1e-13), 1e6), tol = 1e-15, maxiter = 10000)$root
  }
  r <- function(v) sign(v) * sqrt(abs(v))
  emit(case, "k", r(c(k2, limit(.975), limit(.025))))
}
# six clusters in two arms: people, events, person-time
n <- c(4, 6, 5, 8, 4, 6); d <- c(1, 3, 4, 2, 3, 1); time <- c(10, 12, 8, 30, 10, 20)
arm <- c(0, 0, 0, 1, 1, 1)
y <- unlist(Map(function(n, d) rep(1:0, c(d, n - d)), n, d))
icc("six", y, rep(1:6, n), rep(arm, n))
k("six", d, time, arm)
f <- read.csv("../data/stats/fewclusters.csv")
icc("fewclusters", f$event, f$c, 2 * f$pa + f$ips)
d <- tapply(f$event, f$c, sum); time <- tapply(f$day, f$c, sum)
k("fewclusters", as.numeric(d), as.numeric(time), as.numeric(tapply(2 * f$pa + f$ips, f$c, `[`, 1)))
writeLines(lines, "../data/stats/icc.txt")
