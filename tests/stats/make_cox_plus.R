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

writeLines(lines, paste0(out, "cox_plus.txt"))
