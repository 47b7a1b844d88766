# Makes the data and the expected values of test_glm.c: every family with every link that it is fitted
# with, plain, with weights and with weights and an offset; covariances by row (HC0-HC3) from the package
# sandwich and by cluster (CR0, CR1) from clubSandwich. CR2 and Satterthwaite's degrees of freedom are
# those of docs/methods/glm.md eq. 7-9, by matrices of all rows; clubSandwich has the same numbers where
# every outcome has the same variance, which is looked at here.
# Run in this folder: Rscript make_glm.R; writes ../data/stats/glm.csv and ../data/stats/glm.txt. R is
# not needed to run the tests. Made with R 4.2.2, sandwich 3.0-2 and clubSandwich 0.5.8.
suppressMessages({library(sandwich); library(clubSandwich)})
set.seed(45)
n <- 96
d <- data.frame(g = rep(0:11, times = c(5, 9, 12, 6, 8, 10, 4, 11, 7, 9, 8, 7)), one = 1)
d$a <- as.numeric(d$g %% 2 == 1)
d$x <- round(runif(n, 0, 2), 2)
d$w <- sample(c(0.5, 1, 1.5, 2.25), n, TRUE)
d$trials <- sample(1:6, n, TRUE)
d$o <- round(runif(n, -0.2, 0.2), 2)
u <- rnorm(12, 0, 0.15)[d$g + 1]
mean <- 2 + 0.5 * d$a + 0.7 * d$x
d$normal <- round(mean + u + rnorm(n, 0, 0.6), 3)
d$count <- rpois(n, mean * exp(u))
d$positive <- round(rgamma(n, 3, 3 / (mean * exp(u))), 3)
risk <- 0.25 + 0.1 * d$a + 0.12 * d$x
d$yes <- rbinom(n, 1, risk)
d$share <- rbinom(n, d$trials, risk) / d$trials
write.csv(d, "../data/stats/glm.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("../data/stats/glm.csv")
# the shares as they are, where the file has fifteen digits of them
d$share <- round(d$share * d$trials) / d$trials

lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))

power <- function(m, by) {
  e <- eigen((m + t(m)) / 2)
  e$vectors %*% (e$values^by * t(e$vectors))
}
cr2 <- function(fit, cluster) {
  w <- fit$weights
  X <- sqrt(w) * model.matrix(fit)
  e <- sqrt(w) * residuals(fit, "working")
  V <- solve(crossprod(X))
  left <- diag(nrow(X)) - X %*% V %*% t(X)
  var <- 0
  parts <- list()
  for (c in unique(cluster)) {
    of <- which(cluster == c)
    AXV <- power(left[of, of], -1 / 2) %*% X[of, ] %*% V
    var <- var + tcrossprod(crossprod(AXV, e[of]))
    parts[[length(parts) + 1]] <- left[, of] %*% AXV # rows x coefficients
  }
  df <- sapply(1:ncol(X), function(k) {
    P <- crossprod(sapply(parts, function(p) p[, k]))
    sum(diag(P))^2 / sum(P^2)
  })
  list(var = var, df = df)
}
# the fit with steps until nothing changes: glm() stops once the deviance stands still
settled <- function(formula, data, family, start) {
  control <- glm.control(epsilon = 1e-15, maxit = 500)
  environment(formula) <- environment()
  fit <- glm(formula, family, data, weights = weights, offset = offset, start = start, control = control)
  for (k in 1:40) {
    start <- coef(fit)
    fit <- glm(formula, family, data, weights = weights, offset = offset, start = start, control = control)
  }
  fit
}

fits <- function(name, family, y, w) {
  case <- function(kind, weights, offset, start = NULL) {
    d$y <- d[[y]]
    d$weights <- weights
    d$offset <- offset
    fit <- suppressWarnings(settled(y ~ a + x, d, family, start))
    id <- paste0(name, "_", kind)
    emit(id, "beta", coef(fit))
    emit(id, "var", vcov(fit))
    null <- suppressWarnings(settled(y ~ 1, d, family, start[1]))
    emit(id, "fit", c(deviance(fit), deviance(null), AIC(fit), summary(fit)$dispersion))
    for (hc in c("HC0", "HC1", "HC2", "HC3"))
      emit(id, tolower(hc), vcovHC(fit, type = hc))
    for (cr in c("CR0", "CR1"))
      emit(id, tolower(cr), vcovCR(fit, cluster = d$g, type = cr))
    two <- cr2(fit, d$g)
    if (id == "gaussian_identity_plain") {
      same <- coef_test(fit, vcov = "CR2", cluster = d$g, test = "Satterthwaite")
      stopifnot(all.equal(same$SE, sqrt(diag(two$var)), tol = 1e-9, check.attributes = FALSE), all.equal(same$df_Satt, two$df, tol = 1e-9, check.attributes = FALSE))
    }
    emit(id, "cr2", two$var)
    emit(id, "df", two$df)
  }
  start <- if (family$link %in% c("log", "logit", "probit", "cloglog")) c(family$linkfun(0.4), 0, 0) else NULL
  if (family$family != "binomial") start <- NULL
  if (family$family == "binomial" && family$link == "identity") start <- c(0.3, 0.05, 0.05)
  one <- rep(1, nrow(d)); none <- rep(0, nrow(d))
  if (y != "share") case("plain", one, none, start) # shares are those of trials
  case("weights", w, none, start)
  # an offset in the scale of the linear predictor, small where it must keep means in their range
  case("offset", w, switch(family$link, identity = 0.2 * d$o, inverse = 0.1 * d$o, d$o), start)
}
for (l in c("identity", "log", "inverse")) fits(paste0("gaussian_", l), gaussian(l), "normal", d$w)
for (l in c("logit", "probit", "cloglog", "log", "identity")) fits(paste0("binomial_", l), binomial(l), "yes", d$w)
for (l in c("logit", "probit", "cloglog", "log", "identity")) fits(paste0("shares_", l), binomial(l), "share", d$trials)
for (l in c("log", "identity", "sqrt")) fits(paste0("poisson_", l), poisson(l), "count", d$w)
for (l in c("inverse", "log", "identity")) fits(paste0("gamma_", l), Gamma(l), "positive", d$w)
writeLines(lines, "../data/stats/glm.txt")
