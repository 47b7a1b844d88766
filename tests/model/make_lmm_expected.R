# Expected values of test_lmm.c: lme4 with tight tolerances, lmerTest, pbkrtest and nlme; Kenward and
# Roger and Satterthwaite for residual structures by plain matrices, as their papers write them.
#   Rscript tests/model/make_lmm_expected.R      (in the root of the repository)
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme)})
out <- file("tests/data/model/lmm_expected.txt", "w")
put <- function(...) cat(..., file = out)
num <- function(key, x) put(key, sprintf("%.15g", x), "\n")
head <- function(name, file, formula, options = "") put(sprintf("case\t%s\t%s\t%s\t%s\n", name, file, formula, options))

set.seed(20)
w <- expand.grid(wave = c(0, 6, 12, 18, 24), person = 1:72)
w$coach <- sprintf("c%02d", (w$person - 1) %% 12 + 1)
w$arm <- ifelse(as.integer(substr(w$coach, 2, 3)) %% 2 == 0, "with", "without")
w$age <- round(20 + 40 * runif(72)[w$person], 1)
e <- t(replicate(72, as.numeric(arima.sim(list(ar = 0.6), 5, sd = 2))))
w$y <- round(50 + 0.1 * w$wave + 0.15 * w$wave * (w$arm == "with") + 0.05 * w$age +
             1.5 * rnorm(12)[as.integer(substr(w$coach, 2, 3))] + 2 * rnorm(72)[w$person] +
             0.08 * rnorm(72)[w$person] * w$wave + as.numeric(t(e)) * (1 + w$wave / 24), 3)
w$weight <- round(0.5 + 2 * runif(nrow(w)), 2)
w <- w[!(runif(nrow(w)) < w$wave / 80), ]
w$arm <- factor(w$arm, c("with", "without"))
write.csv(w[c("coach", "person", "wave", "arm", "age", "weight", "y")], "tests/data/model/waves.csv",
          row.names = FALSE, quote = FALSE)

# Kenward & Roger 1997 by plain matrices; dV: first derivatives of V in its parameters
kr <- function(X, V, dV) {
  Vi <- solve(V); C <- solve(t(X) %*% Vi %*% X); k <- length(dV)
  P <- lapply(dV, function(d) -t(X) %*% Vi %*% d %*% Vi %*% X)
  Q <- function(i, j) t(X) %*% Vi %*% dV[[i]] %*% Vi %*% dV[[j]] %*% Vi %*% X
  I <- matrix(0, k, k)
  for (i in 1:k) for (j in 1:k) I[i, j] <- sum(diag(Vi %*% dV[[i]] %*% Vi %*% dV[[j]])) -
    2 * sum(diag(C %*% Q(i, j))) + sum(diag(C %*% P[[i]] %*% C %*% P[[j]]))
  W <- 2 * solve(I); A <- 0 * C
  for (i in 1:k) for (j in 1:k) A <- A + W[i, j] * (Q(i, j) - P[[i]] %*% C %*% P[[j]])
  adjusted <- C + 2 * C %*% A %*% C
  df <- sapply(seq_len(ncol(X)), function(h) {
    u <- sapply(P, function(p) (C %*% p %*% C)[h, h] / C[h, h])
    2 / sum(outer(u, u) * W)
  })
  list(se = sqrt(diag(adjusted)), df = df)
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), calc.derivs = TRUE)
lmm <- function(name, file, formula, data, fitted = formula, REML = TRUE, ...) {
  f <- as.formula(fitted)
  environment(f) <- environment()
  m <- eval(substitute(lmerTest::lmer(f, data, REML = REML, control = tight, ...)))
  head(name, file, formula, if (REML) "" else "ml")
  s <- coef(summary(m))
  num("estimate", fixef(m)); num("se", s[, "Std. Error"]); num("df_satterthwaite", s[, "df"])
  num("criterion", if (REML) REMLcrit(m) else deviance(m))
  v <- as.data.frame(VarCorr(m)); num("sd", sort(v$sdcor))
  if (length(fixef(m)) > 2) {
    a <- anova(m); num("f_satterthwaite", c(a[["F value"]])); num("fdf_satterthwaite", a$DenDF)
  }
  if (REML) {
    V <- as.matrix(vcovAdj(m)); L <- diag(length(fixef(m)))
    if (name == "weights") { # pbkrtest takes no notice of weights: the plain matrices do
      vc <- as.data.frame(VarCorr(m))$vcov
      same <- function(g) 1 * outer(g, g, "==")
      G <- list(same(data$person), same(data$coach), diag(1 / data$weight))
      a <- kr(model.matrix(m), Reduce("+", Map("*", vc, G)), G)
      num("se_kr", a$se); num("df_kr", a$df); put("\n"); return(invisible())
    }
    num("se_kr", sqrt(diag(V))); num("df_kr", sapply(seq_len(nrow(L)), function(i) Lb_ddf(L[i, ], vcov(m), vcovAdj(m))))
    if (length(fixef(m)) > 2) {
      a <- anova(m, ddf = "Kenward-Roger"); num("f_kr", a[["F value"]]); num("fdf_kr", a$DenDF)
    }
  }
  put("\n")
}
sleep <- read.csv("tests/data/model/sleepstudy.csv")
pen <- read.csv("tests/data/model/penicillin.csv")
oxide <- read.csv("tests/data/model/oxide.csv")
lmm("sleepstudy", "sleepstudy.csv", "Reaction ~ Days + (1 + Days | Subject)", sleep)
lmm("sleepstudy_ml", "sleepstudy.csv", "Reaction ~ Days + (Days || Subject)", sleep, REML = FALSE)
lmm("penicillin", "penicillin.csv", "diameter ~ 1 + (1 | plate) + (1 | sample)", pen)
lmm("oxide", "oxide.csv", "Thickness ~ factor(Source) + (1 | Lot/Wafer)", oxide)
lmm("coaches", "waves.csv", "y ~ wave * arm + age + (1 | coach/person)", w)
lmm("slopes_in_coaches", "waves.csv", "y ~ wave * arm + age + (1 + wave | person) + (1 | coach)", w)
lmm("factor_by_arm", "waves.csv", "y ~ factor(wave) * arm + (1 | coach/person)", w)
lmm("apart", "waves.csv", "y ~ wave + arm + (wave || person)", w)
lmm("crossed", "waves.csv", "y ~ arm + (1 | wave) + (1 | person)", w)
lmm("no_intercept", "waves.csv", "y ~ 0 + arm + wave + (0 + wave | person)", w)
lmm("weights", "waves.csv", "y ~ wave * arm + (1 | coach/person)", w, weights = weight)

mmrm <- function(name, formula, structure, params, build) {
  cor <- switch(structure, unstructured = corSymm(form = ~ t | person), cs = corCompSymm(form = ~ 1 | person),
                ar1 = corAR1(form = ~ t | person), diag = NULL)
  var <- if (structure %in% c("unstructured", "diag")) varIdent(form = ~ 1 | wave)
  m <- gls(as.formula(formula), w, correlation = cor, weights = var,
           control = glsControl(tolerance = 1e-13, msTol = 1e-14, maxIter = 2000, msMaxIter = 5000, opt = "nlminb"))
  head(name, "waves.csv", formula, structure)
  num("estimate", coef(m)); num("se", sqrt(diag(vcov(m)))); num("criterion", -2 * as.numeric(logLik(m)))
  R <- matrix(0, 5, 5)
  s <- m$sigma * (if (is.null(var)) rep(1, 5) else 1 / attr(m$modelStruct$varStruct, "weights")[match(c(0, 6, 12, 18, 24), w$wave)])
  C <- diag(5)
  if (structure == "unstructured") {
    full <- names(which.max(table(w$person)))
    C <- corMatrix(m$modelStruct$corStruct)[[full]]
  }
  if (structure == "cs") C[] <- coef(m$modelStruct$corStruct, unconstrained = FALSE)
  if (structure == "ar1") C <- coef(m$modelStruct$corStruct, unconstrained = FALSE)^abs(outer(1:5, 1:5, "-"))
  diag(C) <- 1
  S <- outer(s, s) * C
  num("wave_sd", s); num("wave_corr", C)
  same <- outer(w$person, w$person, "==")
  spread <- function(M) M[w$t, w$t] * same
  X <- model.matrix(as.formula(formula), w)
  a <- kr(X, spread(S), lapply(build(S, C, s), spread))
  num("se_kr", a$se); num("df_kr", a$df)
  put("\n")
}
w$t <- match(w$wave, c(0, 6, 12, 18, 24))
w <- w[order(w$person, w$t), ]
unit <- function(i, j) { M <- matrix(0, 5, 5); M[i, j] <- M[j, i] <- 1; M }
f <- "y ~ factor(wave) * arm"
mmrm("mmrm_unstructured", f, "unstructured", 15, function(S, C, s) {
  l <- list(); for (i in 1:5) for (j in 1:i) l <- c(l, list(unit(i, j))); l })
mmrm("mmrm_cs", f, "cs", 2, function(S, C, s) list(diag(5), matrix(1, 5, 5)))
mmrm("mmrm_diag", f, "diag", 5, function(S, C, s) lapply(1:5, function(i) unit(i, i)))
mmrm("mmrm_ar1", f, "ar1", 2, function(S, C, s) {
  d <- abs(outer(1:5, 1:5, "-")); rho <- C[1, 2]; list(C, s[1]^2 * d * rho^(d - 1)) })
# with coaches: nlme::lme
lmex <- function(name, formula, structure, cor, var) {
  m <- lme(as.formula(formula), w, random = ~ 1 | coach, correlation = cor, weights = var,
           control = lmeControl(tolerance = 1e-12, msTol = 1e-13, maxIter = 1000, msMaxIter = 5000, returnObject = TRUE))
  head(name, "waves.csv", paste(formula, "+ (1 | coach)"), structure)
  num("estimate", fixef(m)); num("se", sqrt(diag(m$varFix))); num("criterion", -2 * as.numeric(logLik(m)))
  put("\n")
}
lmex("coach_ar1", f, "ar1", corAR1(form = ~ t | coach/person), NULL)
lmex("coach_unstructured", f, "unstructured", corSymm(form = ~ t | coach/person), varIdent(form = ~ 1 | wave))
close(out)
