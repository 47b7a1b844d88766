# Expected values of test_lmm_icc.c: intervals of intraclass correlations. One random intercept: the
# limits of lme4's own profiled criterion in theta; else the delta method on the logit, the criterion by
# plain matrices and its derivatives by numDeriv.
#   Rscript tests/model/make_lmm_icc.R      (in the root of the repository)
suppressMessages(library(lme4))
out <- file("tests/data/model/lmm_icc.txt", "w")
put <- function(...) cat(..., sep = "\t", file = out, fill = 1e5)
number <- function(x) sprintf("%.12g", x)
data <- function(file) read.csv(file.path("tests/data/model", file))

# file, formula, how, method, then lower and upper of each grouping in the program's order
profile <- function(file, formula, how) {
  f <- lmer(as.formula(formula), data(file), REML = how == "reml", devFunOnly = TRUE)
  least <- optimise(f, c(0, 20), tol = 1e-12)
  if (f(0) < least$objective) least <- list(minimum = 0, objective = f(0))
  high <- function(t) f(t) - least$objective - qchisq(0.95, 1)
  lower <- if (high(0) <= 0) 0 else uniroot(high, c(0, least$minimum), tol = 1e-13)$root
  upper <- uniroot(high, c(least$minimum, 50), tol = 1e-13)$root
  put(file, formula, how, "profile", number(c(lower, upper)^2 / (1 + c(lower, upper)^2)))
}
profile("sleepstudy.csv", "Reaction ~ Days + (1 | Subject)", "ml")
profile("sleepstudy.csv", "Reaction ~ Days + (1 | Subject)", "reml")
profile("waves.csv", "y ~ wave * arm + (1 | coach)", "reml")
profile("waves.csv", "age ~ wave + (1 | wave)", "ml") # nothing between waves: the variance is 0

# par: log deviations first; V(par) relative to nothing; icc(par): one a grouping
delta <- function(file, formula, how, y, X, start, V, icc, residual = "", others = "") {
  crit <- function(par) {
    R <- chol(V(par)); x <- backsolve(R, X, transpose = TRUE); q <- qr(x)
    r <- qr.resid(q, backsolve(R, y, transpose = TRUE))
    2 * sum(log(diag(R))) + (how == "reml") * 2 * sum(log(abs(diag(qr.R(q))))) + sum(r^2)
  }
  par <- optim(start, crit, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))$par
  for (step in 1:4) par <- par - solve(numDeriv::hessian(crit, par), numDeriv::grad(crit, par))
  A <- 2 * solve(numDeriv::hessian(crit, par))
  bounds <- sapply(seq_along(icc(par)), function(k) {
    logit <- function(p) qlogis(icc(p)[k])
    g <- numDeriv::grad(logit, par)
    plogis(logit(par) + c(-1, 1) * qnorm(0.975) * sqrt(drop(g %*% A %*% g)))
  })
  put(file, paste0(formula, residual), how, "delta", number(bounds))
}
same <- function(g) outer(as.character(g), as.character(g), "==") + 0
o <- data("oxide.csv")
wafer <- paste(o$Lot, o$Wafer)
for (how in c("reml", "ml"))
  delta("oxide.csv", "Thickness ~ factor(Source) + (1 | Lot/Wafer)", how, o$Thickness, model.matrix(~ factor(Source), o),
        log(c(11, 6, 3.5)), function(p) exp(2 * p[1]) * same(o$Lot) + exp(2 * p[2]) * same(wafer) + exp(2 * p[3]) * diag(nrow(o)),
        function(p) c(exp(2 * p[1]), exp(2 * p[1]) + exp(2 * p[2])) / sum(exp(2 * p)))
pen <- data("penicillin.csv") # crossed
delta("penicillin.csv", "diameter ~ 1 + (1 | plate) + (1 | sample)", "reml", pen$diameter, matrix(1, nrow(pen), 1),
      log(c(0.8, 1.9, 0.55)), function(p) exp(2 * p[1]) * same(pen$plate) + exp(2 * p[2]) * same(pen$sample) + exp(2 * p[3]) * diag(nrow(pen)),
      function(p) exp(2 * p[1:2]) / sum(exp(2 * p)))
w <- data("waves.csv")
w <- w[complete.cases(w[c("y", "wave", "arm", "person", "coach")]), ]
X <- model.matrix(~ wave * arm, w)
delta("waves.csv", "y ~ wave * arm + (1 + wave | person) + (1 | coach)", "reml", w$y, X, c(log(c(3, 0.15)), 0, log(c(1.4, 2.6))),
      function(p) {
        s <- exp(p[1:2]); r <- tanh(p[3])
        same(w$person) * (s[1]^2 + s[1] * s[2] * r * outer(w$wave, w$wave, "+") + s[2]^2 * outer(w$wave, w$wave)) +
          exp(2 * p[4]) * same(w$coach) + exp(2 * p[5]) * diag(nrow(w))
      },
      function(p) c(exp(2 * p[1]) + exp(2 * p[4]), exp(2 * p[4])) / (exp(2 * p[1]) + exp(2 * p[4]) + exp(2 * p[5])))
delta("waves.csv", "y ~ wave * arm + (1 | coach)", "reml", w$y, X, c(log(1.7), log(4.5), qlogis(0.55)),
      function(p) exp(2 * p[1]) * same(w$coach) + exp(2 * p[2]) * (plogis(p[3]) * same(w$person) + (1 - plogis(p[3])) * diag(nrow(w))),
      function(p) exp(2 * p[1]) / (exp(2 * p[1]) + exp(2 * p[2])), residual = " residual=cs")
close(out)
