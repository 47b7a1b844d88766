# Makes the data and the expected values of test_reference.c with R's survival package.
# Run in this folder: Rscript make_expected.R   (needs survival). Writes ../data/stats/*.csv and
# ../data/stats/expected.txt: one line a quantity, "case quantity value value ...".
# R is not needed to run the tests. Made with R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
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

# 1. data -------------------------------------------------------------------------------------
# Synthetic: 90 rows, many ties, late entry, weights, three strata, a three-level factor, clusters.
set.seed(1108)
n <- 90
m <- data.frame(start = sample(0:6, n, TRUE), x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, .4),
                f = sample(1:3, n, TRUE), s = sample(0:2, n, TRUE), c = sample(0:13, n, TRUE),
                w = sample(c(.5, 1, 1.75, 3), n, TRUE), o = round(runif(n, -1, 1), 2))
m$stop <- m$start + pmax(1, ceiling(rexp(n, .12 * exp(.5 * m$x1 - .4 * m$x2))))
m$event <- rbinom(n, 1, .7)
m$f2 <- as.integer(m$f == 2)
m$f3 <- as.integer(m$f == 3)
m$one <- 1
m <- save_data(m, "mixed.csv")
lung2 <- with(na.omit(lung[c("time", "status", "age", "sex", "ph.ecog", "inst")]),
  data.frame(stop = time, event = status - 1, age, sex, ecog = ph.ecog, s = ph.ecog,
             c = as.integer(factor(inst)) - 1, g = sex - 1, h = pmin(ph.ecog, 2)))
lung2 <- save_data(lung2, "lung.csv")
heart2 <- with(heart, data.frame(start, stop, event, trans = as.integer(transplant == 1), age, year,
                                 surgery, s = surgery, c = id - 1))
heart2 <- save_data(heart2, "heart.csv")
b <- subset(bladder2, stop > start)
bladder3 <- with(b, data.frame(start, stop, event, rx, number, size, s = enum - 1,
                               c = as.integer(factor(id)) - 1))
bladder3 <- save_data(bladder3, "bladder.csv")
# Curves with pieces at exactly one half and one quarter.
plateau <- data.frame(stop = c(1, 2, 3, 4, 5, 6, 7, 8), event = c(1, 1, 1, 1, 0, 1, 1, 0))
plateau <- save_data(plateau, "plateau.csv")
ends <- data.frame(stop = c(2, 3, 3, 5, 8, 8), event = c(1, 1, 0, 1, 1, 1))
ends <- save_data(ends, "ends.csv")

# 2. Cox --------------------------------------------------------------------------------------
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50, timefix = FALSE)
cox <- function(case, formula, d, ties = "efron", zph = TRUE, offset = FALSE, with = list()) {
  fit <- do.call(coxph, c(list(formula, d, ties = ties, control = tight, x = TRUE), with))
  robust <- !is.null(fit$naive.var)
  emit(case, "loglik", fit$loglik)
  emit(case, "beta", coef(fit))
  emit(case, "se", sqrt(diag(if (robust) fit$naive.var else fit$var)))
  emit(case, "score", fit$score)
  if (robust) {
    emit(case, "robust_var", fit$var)
    emit(case, "robust_wald", fit$wald.test)
    if (!offset) emit(case, "robust_score", fit$rscore)
  } else emit(case, "wald", fit$wald.test)
  emit(case, "martingale", residuals(fit, "martingale"))
  emit(case, "score_residuals", residuals(fit, "score"))
  emit(case, "concordance", fit$concordance[1:7])
  if (zph) for (g in c("km", "identity", "log", "rank")) {
    z <- cox.zph(fit, transform = g)$table
    emit(case, paste0("zph_", g), z[, "chisq"])
    emit(case, paste0("zph_df_", g), z[, "df"])
  }
}
cox("right_efron", Surv(stop, event) ~ x1 + x2 + factor(f), m)
cox("right_breslow", Surv(stop, event) ~ x1 + x2 + factor(f), m, "breslow")
cox("right_strata", Surv(stop, event) ~ x1 + x2 + factor(f) + strata(s), m)
cox("weights_efron", Surv(stop, event) ~ x1 + x2 + factor(f), m, with = list(weights = quote(w)))
cox("weights_robust", Surv(stop, event) ~ x1 + x2 + strata(s), m, with = list(weights = quote(w), robust = TRUE))
cox("weights_cluster", Surv(start, stop, event) ~ x1 + x2 + factor(f), m, with = list(weights = quote(w), cluster = quote(c)))
cox("late_efron", Surv(start, stop, event) ~ x1 + x2 + factor(f), m)
cox("late_breslow_strata", Surv(start, stop, event) ~ x1 + x2 + factor(f) + strata(s), m, "breslow")
cox("late_cluster", Surv(start, stop, event) ~ x1 + x2 + factor(f), m, with = list(cluster = quote(c)))
cox("late_strata_cluster", Surv(start, stop, event) ~ x1 + x2 + strata(s), m, with = list(cluster = quote(c)))
cox("right_cluster", Surv(stop, event) ~ x1 + x2 + factor(f), m, with = list(cluster = quote(c)))
cox("offset", Surv(stop, event) ~ x1 + x2 + offset(o), m, zph = FALSE, offset = TRUE)
cox("late_everything", Surv(start, stop, event) ~ x1 + x2 + factor(f) + strata(s), m, with = list(weights = quote(w), cluster = quote(c)))
cox("lung", Surv(stop, event) ~ age + sex + ecog, lung2)
cox("lung_cluster", Surv(stop, event) ~ age + sex, lung2, with = list(cluster = quote(c)))
cox("lung_breslow_strata", Surv(stop, event) ~ age + sex + strata(s), lung2, "breslow")
cox("heart", Surv(start, stop, event) ~ trans + age + year + surgery, heart2)
cox("bladder", Surv(start, stop, event) ~ rx + number + size + strata(s), bladder3, with = list(cluster = quote(c)))

# 3. Kaplan-Meier -----------------------------------------------------------------------------
# R's own median of a curve (print.survfit) and its quantiles; rmst with a given horizon.
km <- function(case, formula, d, type, horizon, level = .95) {
  f <- survfit(formula, d, conf.type = type, conf.int = level)
  surv0 <- f$surv > 0
  emit(case, "time", f$time); emit(case, "at_risk", f$n.risk); emit(case, "event", f$n.event)
  emit(case, "censored", f$n.censor); emit(case, "survival", f$surv)
  emit(case, "se_km", ifelse(surv0, f$std.err * f$surv, NA))
  emit(case, "lower", ifelse(surv0, f$lower, NA)); emit(case, "upper", ifelse(surv0, f$upper, NA))
  t <- survival:::survmean(f, rmean = horizon)$matrix
  emit(case, "median", t[grep("median|LCL|UCL", names(t))])
  q <- quantile(f, c(.25, .5, .75))
  emit(case, "quantiles", rbind(q$quantile, q$lower, q$upper))
  emit(case, "rmst", c(horizon, t["rmean"], t["se(rmean)"]))
}
for (type in c("log", "log-log", "plain")) {
  km(paste0("km_lung_", type), Surv(stop, event) ~ 1, lung2, type, 365)
  km(paste0("km_late_", type), Surv(start, stop, event) ~ 1, m, type, 10)
  km(paste0("km_plateau_", type), Surv(stop, event) ~ 1, plateau, type, 20)
  km(paste0("km_ends_", type), Surv(stop, event) ~ 1, ends, type, 12)
}
km("km_lung_before", Surv(stop, event) ~ 1, lung2, "log", 2)
km("km_lung_90", Surv(stop, event) ~ 1, lung2, "log", 365, .9)
km("km_heart", Surv(start, stop, event) ~ 1, heart2, "plain", 3000)

# 4. log-rank ---------------------------------------------------------------------------------
lr <- function(case, formula, d, rho) {
  f <- survdiff(formula, d, rho = rho)
  tot <- function(v) if (is.matrix(v)) rowSums(v) else v
  emit(case, "logrank", c(f$chisq, length(tot(f$exp)) - 1))
  emit(case, "observed", tot(f$obs)); emit(case, "expected", tot(f$exp))
}
lr("lr_three", Surv(stop, event) ~ h, lung2, 0)
lr("lr_three_rho", Surv(stop, event) ~ h, lung2, 1)
lr("lr_three_rho_strata", Surv(stop, event) ~ f + strata(s), m, 1)
lr("lr_two_strata", Surv(stop, event) ~ x2 + strata(s), m, 0)
lr("lr_two_half", Surv(stop, event) ~ x2, m, .5)
# Late entry: survdiff cannot; the score test of a Cox model with exact Breslow ties is the log-rank
# test where no times are tied, so times are made distinct first.
u <- m
u$stop <- u$stop + rank(u$stop * 1000 + seq_len(n)) / 1000
u <- save_data(u, "untied.csv")
emit("lr_late", "logrank", c(coxph(Surv(start, stop, event) ~ x2, u, control = tight)$score, 1))

writeLines(lines, paste0(out, "expected.txt"))
cat(length(lines), "quantities\n")
