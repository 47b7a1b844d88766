# Makes the expected values of test_cox_output.c with R's survival package: curves at covariates that
# go through a formula, and linear contrasts. Run in this folder: Rscript make_cox_output_expected.R
# (needs survival). Reads ../data/reference/lung.csv, writes ../data/stats/cox_formula.txt: one line
# a quantity, "case quantity value value ...". R is not needed to run the tests.
# Made with R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))
d <- read.csv("../data/reference/lung.csv")
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)

f <- coxph(Surv(time, status == 2) ~ log(age) + I(ph.karno^2) + factor(sex) * wt.loss + factor(ph.ecog) +
             I(meal.cal > 1000) + offset(pat.karno / 100), d, control = tight)
new <- data.frame(age = c(50, 70), ph.karno = c(90, 60), sex = c(2, 1), wt.loss = c(10, -3), ph.ecog = c(1, 2),
                  meal.cal = c(1200, 300), pat.karno = c(80, 60))
s <- survfit(f, newdata = new)
emit("formula", "n", f$n)
emit("formula", "time", s$time)
for (i in 1:2) {
  emit("formula", paste0("hazard_", i), s$cumhaz[, i])
  emit("formula", paste0("se_", i), s$std.err[, i])
  emit("formula", paste0("lower_", i), s$lower[, i])
  emit("formula", paste0("upper_", i), s$upper[, i])
}

contrast <- function(case, fit, w) {
  v <- vcov(fit)
  est <- drop(w %*% coef(fit))
  se <- sqrt(diag(w %*% v %*% t(w)))
  emit(case, "estimate", est)
  emit(case, "se", se)
  emit(case, "statistic", est / se)
  emit(case, "p", 2 * pnorm(-abs(est / se)))
  emit(case, "lower", est - qnorm(.975) * se)
  emit(case, "upper", est + qnorm(.975) * se)
  r <- qr(w)$rank
  u <- w[seq_len(r), , drop = FALSE]
  chisq <- drop(t(u %*% coef(fit)) %*% solve(u %*% v %*% t(u)) %*% (u %*% coef(fit)))
  emit(case, "joint", c(chisq, r, pchisq(chisq, r, lower.tail = FALSE)))
}
g <- Surv(time, status == 2) ~ age + sex + ph.ecog
# "2*age - sex", "(sex + ph.ecog)/2", and their sum, which follows from them
w <- rbind(c(2, -1, 0), c(0, .5, .5), c(2, -.5, .5))
contrast("plain", coxph(g, d, control = tight), w)
contrast("robust", coxph(g, subset(d, !is.na(ph.ecog)), robust = TRUE, control = tight), w)
writeLines(lines, "../data/stats/cox_formula.txt")
cat(length(lines), "quantities\n")
