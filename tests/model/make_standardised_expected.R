# Makes the expected values of test_standardised.c: standardised means with their differences and
# ratios, and linear contrasts of coefficients. Slow and in the open: every row is predicted with the
# variable set, the gradient is a numerical derivative, the covariance that of the fit.
# Run in this folder: Rscript make_standardised_expected.R (needs numDeriv). Reads
# ../data/model/means.csv (synthetic), writes ../data/stats/standardised.txt: one line a quantity,
# "case quantity value value ...". R is not needed to run the tests. Made with R 4.2.2.
library(numDeriv)
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))
d <- read.csv("../data/model/means.csv", stringsAsFactors = TRUE)
exact <- glm.control(epsilon = 1e-15, maxit = 100)

# Mean of each level as a function of the coefficients.
standardise <- function(case, fit, column, levels, df = Inf, V = vcov(fit), w = rep(1, nrow(d))) {
  tt <- delete.response(terms(fit))
  at <- function(b, level) {
    e <- d
    e[[column]] <- if (is.factor(d[[column]])) factor(level, levels(d[[column]])) else level
    m <- model.frame(tt, e, xlev = fit$xlevels)
    eta <- drop(model.matrix(tt, m) %*% b)
    if (!is.null(model.offset(m))) eta <- eta + model.offset(m)
    sum(w * fit$family$linkinv(eta)) / sum(w)
  }
  delta <- function(f) {
    g <- grad(f, coef(fit), method = "Richardson")
    c(f(coef(fit)), sqrt(drop(g %*% V %*% g)))
  }
  family <- fit$family$family
  scale <- switch(family, binomial = qlogis, gaussian = identity, log)
  back <- switch(family, binomial = plogis, gaussian = identity, exp)
  q <- if (is.finite(df)) qt(0.975, df) else qnorm(0.975)
  p_of <- function(s) 2 * (if (is.finite(df)) pt(-abs(s[1] / s[2]), df) else pnorm(-abs(s[1] / s[2])))
  for (k in seq_along(levels)) {
    m <- delta(function(b) at(b, levels[[k]]))
    s <- delta(function(b) scale(at(b, levels[[k]])))
    emit(case, paste0("mean", k), c(m, back(s[1] - q * s[2]), back(s[1] + q * s[2])))
    if (k == 1) next
    s <- delta(function(b) at(b, levels[[k]]) - at(b, levels[[1]]))
    emit(case, paste0("difference", k), c(s, p_of(s), s[1] + c(-q, q) * s[2]))
    s <- delta(function(b) log(at(b, levels[[k]]) / at(b, levels[[1]])))
    emit(case, paste0("ratio", k), c(exp(s[1]), s[2], p_of(s), exp(s[1] + c(-q, q) * s[2])))
    if (family != "binomial") next
    s <- delta(function(b) qlogis(at(b, levels[[k]])) - qlogis(at(b, levels[[1]])))
    emit(case, paste0("odds", k), c(exp(s[1]), s[2], p_of(s), exp(s[1] + c(-q, q) * s[2])))
  }
}

# 1. a factor of two levels with an interaction with another and with a number
f <- glm(b ~ ips * pa + ips:age + age + sex, binomial, d, control = exact)
standardise("interaction", f, "ips", levels(d$ips))
# 2. four levels, a log link, an offset that stays that of the row
f <- glm(k ~ arm + sex + offset(log(age)), poisson, d, control = exact)
standardise("levels", f, "arm", levels(d$arm))
# 3. gaussian with t, weights, and a number taken as a factor and in an interaction
d$w <- d$sex + 1
f <- glm(y ~ factor(wave) * pa + age, gaussian, d, weights = d$w)
standardise("gaussian", f, "wave", sort(unique(d$wave)), df = f$df.residual, w = d$w)
# 4. a number 0/1, cluster-robust by id (CR0)
f <- glm(b ~ sex * pa + age, binomial(probit), d, control = exact)
X <- model.matrix(f)
eta <- f$linear.predictors
mu <- f$fitted.values
U <- rowsum(X * ((d$b - mu) * dnorm(eta) / (mu * (1 - mu))), d$id)
B <- solve(crossprod(X, X * (dnorm(eta)^2 / (mu * (1 - mu)))))
standardise("clusters", f, "sex", c(0, 1), V = B %*% crossprod(U) %*% B)

# 5. contrasts: one by one and together
f <- glm(y ~ arm + age + sex, gaussian, d) # names: arm's second and third level, age, sex
L <- rbind(c(0, 1, -1, 0, 0), c(0, 0, 2, -1, 0.5))
contrast <- function(case, f, L, df) {
  V <- vcov(f)
  b <- drop(L %*% coef(f))
  s <- sqrt(diag(L %*% V %*% t(L)))
  p <- 2 * pt(-abs(b / s), df)
  q <- qt(0.975, df)
  emit(case, "estimate", b)
  emit(case, "se", s)
  emit(case, "p", p)
  emit(case, "lower", b - q * s)
  emit(case, "upper", b + q * s)
  W <- drop(b %*% solve(L %*% V %*% t(L), b))
  emit(case, "joint", c(W, nrow(L), if (is.finite(df)) pf(W / nrow(L), nrow(L), df, lower.tail = FALSE)
                                    else pchisq(W, nrow(L), lower.tail = FALSE)))
}
contrast("contrast_t", f, L, f$df.residual)
f <- glm(b ~ arm + age + sex, binomial, d, control = exact)
contrast("contrast_z", f, L, Inf)
writeLines(lines, "../data/stats/standardised.txt")
