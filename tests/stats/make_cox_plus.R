# Makes the expected values of test_cox_exact.c, test_cox_firth.c and test_cox_frailty.c with R.
# Run in this folder: Rscript make_cox_plus.R   (needs survival). Reads ../data/stats/*.csv, writes
# ../data/stats/cox_plus.txt: one line a quantity, "case quantity value value ...".
# R is not needed to run the tests. Made with R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
out <- "../data/stats/"
lines <- character(0)
emit <- function(case, what, v) {
  v <- as.numeric(v)
  text <- ifelse(is.na(v), "nan", sprintf("%.17g", v))
  lines <<- c(lines, paste(c(case, what, text), collapse = " "))
}
table_of <- function(name) read.csv(paste0(out, name))
m <- table_of("mixed.csv"); lung2 <- table_of("lung.csv"); heart2 <- table_of("heart.csv")
bladder3 <- table_of("bladder.csv")

# 1. Exact ties -------------------------------------------------------------------------------
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)
exact <- function(case, formula, d) {
  f <- coxph(formula, d, ties = "exact", control = tight, x = TRUE)
  emit(case, "loglik", f$loglik); emit(case, "beta", coef(f)); emit(case, "var", f$var)
  emit(case, "score", f$score); emit(case, "wald", f$wald.test)
  emit(case, "martingale", f$residuals)
  if (inherits(f, "coxph")) emit(case, "zph_km", cox.zph(f)$table[, "chisq"])
}
exact("exact_right", Surv(stop, event) ~ x1 + x2 + f2 + f3, m)
exact("exact_strata", Surv(stop, event) ~ x1 + x2 + f2 + f3 + strata(s), m)
exact("exact_offset", Surv(stop, event) ~ x1 + x2 + offset(o), m)
exact("exact_lung", Surv(stop, event) ~ age + sex + ecog, lung2)
lung2$month <- ceiling(lung2$stop / 30.4375)
exact("exact_lung_month", Surv(month, event) ~ age + sex + ecog, lung2)
exact("exact_lung_year", Surv(ceiling(stop / 365.25), event) ~ age + sex + ecog + strata(g), lung2)
# With late entry R lists all subsets, which ends only for small tied sets. The same likelihood is
# that of matched sets: at every event time of a stratum, those at risk, and who of them had it.
sets <- function(d, s = rep(0, nrow(d))) {
  at <- unique(data.frame(t = d$stop, s)[d$event == 1, ])
  do.call(rbind, lapply(seq_len(nrow(at)), function(k) {
    r <- d[s == at$s[k] & d$start < at$t[k] & d$stop >= at$t[k], ]
    r$case <- as.integer(r$stop == at$t[k] & r$event == 1); r$set <- k; r$same <- 1; r
  }))
}
matched <- function(case, formula, d) {
  f <- coxph(update(formula, Surv(same, case) ~ . + strata(set)), d, ties = "exact", control = tight)
  emit(case, "loglik", f$loglik); emit(case, "beta", coef(f)); emit(case, "var", f$var)
  emit(case, "score", f$score); emit(case, "wald", f$wald.test)
}
f <- coxph(Surv(start, stop, event) ~ trans + age + year + surgery, heart2, ties = "exact", control = tight)
g <- coxph(Surv(same, case) ~ trans + age + year + surgery + strata(set), sets(heart2), ties = "exact", control = tight)
stopifnot(all.equal(unname(coef(f)), unname(coef(g)), tolerance = 1e-8), all.equal(unname(f$loglik), g$loglik))
matched("exact_heart", ~ trans + age + year + surgery, sets(heart2))
matched("exact_late", ~ x1 + x2 + f2 + f3, sets(m))
matched("exact_bladder", ~ rx + number + size, sets(bladder3, bladder3$s))

# 2. Gamma frailty ----------------------------------------------------------------------------
# coxph finds theta to about 3 digits; here its own I-likelihood, at fixed theta and with the full
# information matrix (sparse = FALSE), is maximised further, and differentiated numerically.
r <- read.csv("../data/reference/ratsf.csv")
r <- data.frame(stop = r$time, event = r$status, rx = r$rx, c = as.integer(factor(r$litter)) - 1)
write.csv(r, paste0(out, "rats.csv"), row.names = FALSE, quote = FALSE)
set.seed(311)
n <- 240
late <- data.frame(c = rep(0:29, each = 8), x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, .5))
late$x3 <- late$c %% 2
late$s <- sample(0:1, n, TRUE)
late$start <- sample(0:4, n, TRUE)
z <- rgamma(30, 2, 2)[late$c + 1]
late$stop <- late$start + ceiling(rexp(n, .1 * z * exp(.5 * late$x1 - .4 * late$x2 + .5 * late$x3)))
late$event <- as.integer(late$stop <= 20)
late$stop <- pmin(late$stop, 21)
write.csv(late, paste0(out, "frailty.csv"), row.names = FALSE, quote = FALSE)
fine <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 300, outer.max = 50, timefix = FALSE)
at <- function(theta, formula, d, ties) {
  e <- new.env(); assign("theta0", theta, e)
  formula <- update(formula, . ~ . + frailty(c, theta = theta0, sparse = FALSE))
  environment(formula) <- list2env(list(theta0 = theta), parent = globalenv())
  coxph(formula, d, ties = ties, control = fine)
}
second <- function(f, x, h) {
  one <- function(h) (f(x + h) - 2 * f(x) + f(x - h)) / h^2
  (4 * one(h / 2) - one(h)) / 3
}
marginal <- function(theta, ...) at(theta, ...)$history[[1]]$c.loglik
frail <- function(case, formula, d, ties = "efron", zero = FALSE) {
  cox <- coxph(formula, d, ties = ties, control = fine)
  emit(case, "loglik_zero", cox$loglik[length(cox$loglik)])
  l <- function(theta) marginal(theta, formula, d, ties)
  if (zero) {
    stopifnot(all(sapply(c(.001, .01, .1, .5, 1, 3), l) < cox$loglik[2]))
    emit(case, "beta", coef(cox)); return(invisible())
  }
  best <- optimize(l, c(.01, 4), maximum = TRUE, tol = 1e-8)
  f <- at(best$maximum, formula, d, ties)
  p <- length(coef(cox)); k <- seq_len(p); b <- coef(f)[-k]
  emit(case, "theta", best$maximum)
  emit(case, "theta_se", 1 / sqrt(-second(l, best$maximum, .1 * best$maximum)))
  emit(case, "loglik", best$objective)
  emit(case, "beta", coef(f)[k]); emit(case, "var", f$var[k, k])
  emit(case, "se2", sqrt(diag(f$var2)[k]))
  emit(case, "log_frailty", b - log(mean(exp(b))))
  null <- update(formula, if (any(grepl("strata", deparse(formula)))) . ~ strata(s) else . ~ 1)
  emit(case, "loglik_null", optimize(function(t) marginal(t, null, d, ties), c(.01, 4), maximum = TRUE, tol = 1e-8)$objective)
}
frail("frailty_rats", Surv(stop, event) ~ rx, r)
frail("frailty_rats_breslow", Surv(stop, event) ~ rx, r, "breslow")
frail("frailty_right", Surv(stop, event) ~ x1 + x2 + x3, late)
frail("frailty_late", Surv(start, stop, event) ~ x1 + x2 + x3, late)
frail("frailty_late_breslow", Surv(start, stop, event) ~ x1 + x2 + x3, late, "breslow")
frail("frailty_strata", Surv(start, stop, event) ~ x1 + x2 + x3 + strata(s), late)
frail("frailty_zero", Surv(stop, event) ~ x1 + x2, transform(m, c = seq_len(nrow(m)) %% 9), zero = TRUE)

# The marginal likelihood written out, by Klein's EM at fixed theta, without coxph's frailty code:
# groups with d events and hazard H add log gamma(d + 1/theta) - ...; Breslow's hazard jumps.
em <- function(theta, d) {
  z <- rep(1, max(d$c) + 1); old <- 0; nu <- 1 / theta
  di <- as.vector(tapply(d$event, d$c, sum))
  repeat {
    f <- coxph(Surv(stop, event) ~ rx + offset(log(z[c + 1])), d, ties = "breslow",
               control = fine)
    risk <- exp(coef(f) * d$rx); times <- sort(unique(d$stop[d$event == 1]))
    jump <- sapply(times, function(t) sum(d$event[d$stop == t]) / sum((z[d$c + 1] * risk)[d$stop >= t]))
    own <- risk * sapply(d$stop, function(t) sum(jump[times <= t]))
    H <- as.vector(tapply(own, d$c, sum))
    e <- d$event == 1
    loglik <- sum(log(risk[e] * jump[match(d$stop[e], times)])) +
      sum(lgamma(nu + di) - lgamma(nu) + nu * log(nu) - (nu + di) * log(nu + H))
    if (abs(loglik - old) < 1e-13 * abs(loglik)) return(loglik)
    old <- loglik; z <- (nu + di) / (nu + H)
  }
}
zero <- function(d) {
  f <- coxph(Surv(stop, event) ~ rx, d, ties = "breslow", control = fine)
  risk <- exp(coef(f) * d$rx); times <- sort(unique(d$stop[d$event == 1]))
  jump <- sapply(times, function(t) sum(d$event[d$stop == t]) / sum(risk[d$stop >= t]))
  e <- d$event == 1
  sum(log(risk[e] * jump[match(d$stop[e], times)])) - sum(e)
}
best <- optimize(em, c(.2, 1), d = r, maximum = TRUE, tol = 1e-7)
emit("frailty_written_out", "theta", best$maximum)
emit("frailty_written_out", "chisq", 2 * (best$objective - zero(r)))
emit("frailty_written_out", "theta_se", 1 / sqrt(-second(function(t) em(t, r), best$maximum, .06)))

# 3. Firth ------------------------------------------------------------------------------------
# No package: log L + 1/2 log|I| maximised as it stands, L and I by coxph at fixed coefficients.
firth <- function(case, formula, d, ties = "efron") {
  p <- length(coef(suppressWarnings(coxph(formula, d))))
  fixed <- function(b) coxph(formula, d, ties = ties, init = b,
                             control = coxph.control(iter.max = 0, toler.chol = 1e-14, timefix = FALSE))
  pen <- function(b) {
    f <- suppressWarnings(fixed(b))
    f$loglik[1] - log(det(as.matrix(f$var))) / 2
  }
  climb <- function(f, at) {
    if (length(at) == 0) return(f(at))
    for (k in 1:4) at <- optim(at, function(b) -f(b), method = "BFGS",
                               control = list(reltol = 1e-16, maxit = 500, ndeps = rep(1e-5, length(at))))$par
    structure(f(at), at = at)
  }
  best <- climb(pen, rep(0, p)); b <- attr(best, "at"); top <- as.numeric(best)
  var <- suppressWarnings(fixed(b))$var
  emit(case, "beta", b); emit(case, "var", var); emit(case, "loglik", c(pen(rep(0, p)), top))
  drop <- function(j, v) 2 * (top - as.numeric(climb(function(o) pen(append(o, v, j - 1)), b[-j])))
  emit(case, "chisq", sapply(1:p, function(j) drop(j, 0)))
  q <- qchisq(.95, 1); se <- sqrt(diag(as.matrix(var)))
  end <- function(j, s) uniroot(function(v) drop(j, v) - q, sort(b[j] + s * se[j] * c(.3, 6)), tol = 1e-9)$root
  emit(case, "lower", sapply(1:p, end, s = -1)); emit(case, "upper", sapply(1:p, end, s = 1))
}
firth("firth_right", Surv(stop, event) ~ x1 + x2, m)
firth("firth_breslow_strata", Surv(stop, event) ~ x1 + x2 + strata(s), m, "breslow")
firth("firth_late", Surv(start, stop, event) ~ x1 + x2, m)
apart <- subset(m, !(f2 == 1 & event == 1)) # nobody with f2 has an event left
firth("firth_apart", Surv(stop, event) ~ x1 + f2, apart)

writeLines(lines, paste0(out, "cox_plus.txt"))
