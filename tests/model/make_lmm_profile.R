# Expected values of test_lmm_profile.c: intervals of standard deviations and correlations by the
# profile of the likelihood, of lme4 for ML and by plain matrices for REML (lme4 profiles ML alone).
#   Rscript tests/model/make_lmm_profile.R      (in the root of the repository)
suppressMessages(library(lme4))
out <- file("tests/data/model/lmm_profile.txt", "w")
put <- function(file, formula, how, bounds) cat(file, formula, how, sprintf("%.10g", bounds), sep = "\t", file = out, fill = 1e5)
data <- function(file) read.csv(file.path("tests/data/model", file))
# order: as the program's rows (standard deviations, then correlations, of each term), the residual last
ml <- function(file, formula, order) {
  m <- lmer(as.formula(formula), data(file), REML = FALSE, control = lmerControl(optCtrl = list(rhoend = 1e-12)))
  # lme4 interpolates between the points of its profile: many of them, for six digits
  ci <- suppressWarnings(confint(profile(m, which = "theta_", delta = 0.04, maxpts = 400)))
  put(file, formula, "ml", t(ci[order, ]))
}
ml("sleepstudy.csv", "Reaction ~ Days + (1 + Days | Subject)", c(1, 3, 2, 4))
ml("oxide.csv", "Thickness ~ factor(Source) + (1 | Lot/Wafer)", c(2, 1, 3))
ml("penicillin.csv", "diameter ~ 1 + (1 | plate) + (1 | sample)", 1:3)

# the restricted likelihood of one random intercept, minimised over what is left
s <- data("sleepstudy.csv")
X <- model.matrix(~ Days, s)
same <- outer(s$Subject, s$Subject, "==")
reml <- function(between, within) {
  V <- between^2 * same + within^2 * diag(nrow(s))
  R <- chol(V); x <- backsolve(R, X, transpose = TRUE); y <- backsolve(R, s$Reaction, transpose = TRUE)
  q <- qr(x)
  2 * sum(log(diag(R))) + 2 * sum(log(abs(diag(qr.R(q))))) + sum(qr.resid(q, y)^2)
}
least <- optim(c(37, 31), function(p) reml(p[1], p[2]), control = list(reltol = 1e-15, maxit = 5000))
along <- function(which, value) optimise(function(o) if (which == 1) reml(value, o) else reml(o, value), c(5, 150), tol = 1e-10)$objective
root <- function(which, from, to)
  uniroot(function(v) along(which, v) - least$value - qchisq(0.95, 1), c(from, to), tol = 1e-9)$root
put("sleepstudy.csv", "Reaction ~ Days + (1 | Subject)", "reml",
    c(root(1, 5, least$par[1]), root(1, least$par[1], 120), root(2, 15, least$par[2]), root(2, least$par[2], 80)))
close(out)
