# Makes the data and the expected values of test_competing.c with R's survival and cmprsk.
# Run in this folder: Rscript make_competing_expected.R   Writes ../data/stats/competing.csv,
# competing_ties.csv, competing_small.csv and ../data/stats/competing_expected.txt: one line a
# quantity, "case quantity value value ...". R is not needed to run the tests.
# Made with R 4.2.2, survival 3.5-3, cmprsk 2.2-11.
suppressMessages({library(survival); library(cmprsk)})
out <- "../data/stats/"
lines <- character(0)
emit <- function(case, what, v) {
  v <- as.numeric(v)
  text <- ifelse(is.na(v), "nan", sprintf("%.17g", v))
  lines <<- c(lines, paste(c(case, what, text), collapse = " "))
}
save_data <- function(d, name) {
  write.csv(format(d, digits = 15, trim = TRUE), paste0(out, name), row.names = FALSE, quote = FALSE)
  read.csv(paste0(out, name))
}

# 1. data: synthetic; two causes, censoring that depends on s, late entry in `start`, weights
make <- function(seed, n, ties) {
  set.seed(seed)
  d <- data.frame(x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, .4), g = sample(0:2, n, TRUE),
                  s = sample(0:1, n, TRUE), c = sample(0:11, n, TRUE),
                  w = sample(c(.5, 1, 1.75, 3), n, TRUE))
  a <- rexp(n, .1 * exp(.4 * d$x1 - .5 * d$x2))
  b <- rexp(n, .08 * exp(-.3 * d$x1))
  z <- rexp(n, .05 * (1 + d$s))
  d$stop <- pmin(a, b, z)
  d$event <- ifelse(a < pmin(b, z), 1, ifelse(b < z, 2, 0))
  d$stop <- if (ties) ceiling(d$stop) + 2 else round(d$stop, 6) + 2
  d$start <- pmin(sample(0:4, n, TRUE), d$stop - 1)
  d
}
sets <- list(competing = save_data(make(41, 120, FALSE), "competing.csv"),
             competing_ties = save_data(make(42, 160, TRUE), "competing_ties.csv"),
             competing_small = save_data(make(43, 30, TRUE), "competing_small.csv"))

# 2. cumulative incidence -----------------------------------------------------------------------
cif <- function(case, d, late = FALSE, weights = FALSE, type = "log") {
  d$id <- seq_len(nrow(d)); d$f <- factor(d$event, 0:2)
  d$case <- if (weights) d$w else rep(1, nrow(d))
  s <- if (late) survfit(Surv(start, stop, f) ~ 1, d, id = id, weights = case, conf.type = type)
       else survfit(Surv(stop, f) ~ 1, d, weights = case, conf.type = type)
  i <- s$time %in% d$stop
  emit(case, "time", s$time[i])
  emit(case, "free", s$pstate[i, 1]); emit(case, "free_se", s$std.err[i, 1])
  emit(case, "cif", s$pstate[i, 2:3]); emit(case, "se", s$std.err[i, 2:3])
  emit(case, "lower", s$lower[i, 2:3]); emit(case, "upper", s$upper[i, 2:3])
}
for (name in names(sets)) {
  d <- sets[[name]]
  cif(paste0(name, "/cif"), d)
  cif(paste0(name, "/weights"), d, weights = TRUE)
  cif(paste0(name, "/late"), d, late = TRUE)
  cif(paste0(name, "/late_weights"), d, late = TRUE, weights = TRUE)
  cif(paste0(name, "/plain"), d, type = "plain")
  cif(paste0(name, "/log-log"), d, type = "log-log")
}

# 3. Gray's test: causes 1 and 2 ------------------------------------------------------------------
for (name in names(sets)) {
  d <- sets[[name]]
  for (rho in c(0, 1, .5)) {
    emit(paste0(name, "/gray"), paste0("rho", rho), cuminc(d$stop, d$event, d$g, rho = rho)$Tests[, 1])
    emit(paste0(name, "/gray_strata"), paste0("rho", rho),
         cuminc(d$stop, d$event, d$g, d$s, rho = rho)$Tests[, 1])
  }
  emit(paste0(name, "/gray"), "two", cuminc(d$stop, d$event, d$x2)$Tests[, 1])
}

# 4. Fine-Gray ------------------------------------------------------------------------------------
# crr stops early; from its own optimum it is started again until it stands still.
fg <- function(case, d, cause, group = NULL) {
  x <- cbind(d$x1, d$x2)
  g <- if (is.null(group)) rep(1, nrow(d)) else group
  b <- c(0, 0)
  for (k in 1:6) b <- crr(d$stop, d$event, x, cengroup = g, failcode = cause, init = b, gtol = 1e-16,
                          maxiter = 30, variance = FALSE)$coef
  m <- crr(d$stop, d$event, x, cengroup = g, failcode = cause, init = b, gtol = 1e-13, maxiter = 5)
  emit(case, "beta", m$coef); emit(case, "model_var", m$invinf); emit(case, "robust", m$var)
  emit(case, "loglik", c(m$loglik.null, m$loglik))
}
for (name in names(sets)) for (cause in 1:2) {
  d <- sets[[name]]
  fg(paste0(name, "/finegray", cause), d, cause)
  fg(paste0(name, "/groups", cause), d, cause, d$s)
}
writeLines(lines, paste0(out, "competing_expected.txt"))
cat(length(lines), "quantities\n")
