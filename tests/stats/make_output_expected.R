# Makes the expected values of test_cox_output.c with R's survival package: residuals of all kinds,
# predicted curves, baseline hazards and a natural spline, on the data of make_expected.R.
# Run in this folder: Rscript make_output_expected.R   (needs survival). Writes
# ../data/stats/output.txt: one line a quantity, "case quantity value value ...".
# R is not needed to run the tests. Made with R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
library(splines)
out <- "../data/stats/"
lines <- character(0)
emit <- function(case, what, v) {
  v <- as.numeric(v)
  text <- ifelse(is.na(v), "nan", sprintf("%.17g", v))
  lines <<- c(lines, paste(c(case, what, text), collapse = " "))
}
m <- read.csv(paste0(out, "mixed.csv"))
lung <- read.csv(paste0(out, "lung.csv"))
heart <- read.csv(paste0(out, "heart.csv"))
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)

# A curve for each row of `at` and each stratum, one after the other: the time, number at risk and
# events of the stratum, then cumulative hazard, survival, its error and bounds of each kind.
curves <- function(case, fit, at) {
  for (type in c("log", "log-log", "plain")) {
    f <- survfit(fit, newdata = at, conf.type = type, conf.int = .95)
    k <- if (is.null(f$strata)) length(f$time) else f$strata
    ends <- cumsum(k)
    for (s in seq_along(k)) {
      rows <- (ends[s] - k[s] + 1):ends[s]
      if (type == "log") {
        emit(case, paste0("time_", s), f$time[rows])
        emit(case, paste0("at_risk_", s), f$n.risk[rows])
        emit(case, paste0("event_", s), f$n.event[rows])
      }
      for (i in seq_len(nrow(at))) {
        take <- function(v) if (is.matrix(v)) v[rows, i] else v[rows]
        id <- paste0("_", i, "_", s)
        if (type == "log") {
          emit(case, paste0("hazard", id), take(f$cumhaz))
          emit(case, paste0("survival", id), take(f$surv))
          emit(case, paste0("se", id), take(f$std.err))
        }
        emit(case, paste0("lower_", type, id), take(f$lower))
        emit(case, paste0("upper_", type, id), take(f$upper))
      }
    }
  }
  b <- basehaz(fit, centered = FALSE)
  emit(case, "basehaz", b$hazard)
}

cox <- function(case, formula, d, at, ties = "efron", with = list()) {
  # survfit() evaluates the call again, so everything goes into it
  call <- as.call(c(quote(coxph), list(formula = formula, data = d, ties = ties, control = tight, x = TRUE, y = TRUE), with))
  fit <- eval(call)
  for (type in c("deviance", "dfbeta", "dfbetas", "schoenfeld", "scaledsch"))
    emit(case, type, residuals(fit, type))
  strat <- if (is.null(fit$strata)) rep(1, nrow(d)) else as.numeric(fit$strata)
  time <- fit$y[, ncol(fit$y) - 1]
  event <- which(fit$y[, ncol(fit$y)] == 1)
  event <- event[order(strat[event], time[event])]
  emit(case, "schoenfeld_row", event - 1)
  for (g in c("km", "identity", "log", "rank")) {
    z <- cox.zph(fit, transform = g, terms = FALSE, global = FALSE)
    emit(case, paste0("scale_", g), if (is.null(fit$strata)) z$x else z$x[order(as.numeric(z$strata), z$time)])
  }
  curves(case, fit, at)
}
at <- data.frame(x1 = c(0, 1.5, -.7), x2 = c(0, 1, 1), f = c(1, 3, 2), o = c(0, .5, -1))
one <- data.frame(x1 = .25, x2 = 1)
w <- list(weights = quote(w))
cox("right_efron", Surv(stop, event) ~ x1 + x2 + factor(f), m, at)
cox("right_breslow", Surv(stop, event) ~ x1 + x2 + factor(f), m, at, "breslow")
cox("right_strata", Surv(stop, event) ~ x1 + x2 + factor(f) + strata(s), m, at)
cox("weights_efron", Surv(stop, event) ~ x1 + x2 + factor(f), m, at, with = c(w, robust = FALSE))
cox("weights_robust", Surv(stop, event) ~ x1 + x2 + strata(s), m, one, with = c(w, robust = TRUE))
cox("late_efron", Surv(start, stop, event) ~ x1 + x2 + factor(f), m, at)
cox("late_breslow_strata", Surv(start, stop, event) ~ x1 + x2 + factor(f) + strata(s), m, at, "breslow")
cox("late_cluster", Surv(start, stop, event) ~ x1 + x2 + factor(f), m, at, with = list(cluster = quote(c)))
cox("late_everything", Surv(start, stop, event) ~ x1 + x2 + factor(f) + strata(s), m, at, with = c(w, list(cluster = quote(c))))
cox("lung", Surv(stop, event) ~ age + sex + ecog, lung, data.frame(age = c(60, 40), sex = c(1, 2), ecog = c(1, 0)))
cox("heart", Surv(start, stop, event) ~ trans + age + year + surgery, heart,
    data.frame(trans = 1, age = -2.5, year = 3, surgery = 0))

# The spline of plot.cox.zph without its forty extra points.
smooth <- function(case, x, y) {
  fit <- lm(y ~ ns(x, df = 3))
  at <- seq(min(x), max(x), length.out = 11)
  p <- predict(fit, data.frame(x = at), se.fit = TRUE)
  emit(case, "fitted", p$fit)
  emit(case, "unit_variance", (p$se.fit / p$residual.scale)^2)
  emit(case, "residual_sd", p$residual.scale)
}
smooth("spline_lung", lung$age, lung$stop)
smooth("spline_mixed", m$stop, m$x1)

writeLines(lines, paste0(out, "output.txt"))
cat(length(lines), "quantities\n")
