# Makes the expected values of test_means.c with R's emmeans: estimated means by arm and wave, their
# differences, changes, trends and joint tests. Run in this folder: Rscript make_means_expected.R
# (needs emmeans, lmerTest, pbkrtest). Reads ../data/model/means.csv (synthetic), writes ../data/stats/means.txt: one line
# a quantity, "case quantity value value ...". R is not needed to run the tests.
# Made with R 4.2.2, emmeans 1.8.4, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2.
suppressMessages({
  library(emmeans)
  library(lmerTest)
})
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sub("NA", "nan", sprintf("%.17g", ifelse(is.infinite(v), 0, as.numeric(v))))), collapse = " "))
d <- read.csv("../data/model/means.csv", stringsAsFactors = TRUE)

# Means and contrasts with bounds; infinite degrees of freedom (the normal distribution) are written 0.
means <- function(case, what, grid, link = "identity") {
  s <- as.data.frame(summary(grid, type = "link", infer = c(TRUE, FALSE)))
  low <- intersect(c("lower.CL", "asymp.LCL"), names(s))
  high <- intersect(c("upper.CL", "asymp.UCL"), names(s))
  value <- setdiff(names(s), c(names(grid@levels), "SE", "df", low, high))[1]
  emit(case, paste0(what, "_estimate"), s[[value]])
  emit(case, paste0(what, "_se"), s$SE)
  emit(case, paste0(what, "_df"), s$df)
  emit(case, paste0(what, "_lower"), s[[low]])
  emit(case, paste0(what, "_upper"), s[[high]])
}
responses <- function(case, what, grid) {
  s <- as.data.frame(summary(grid, type = "response"))
  value <- intersect(c("prob", "rate", "response"), names(s))[1]
  emit(case, paste0(what, "_response"), s[[value]])
  emit(case, paste0(what, "_response_se"), s$SE)
  emit(case, paste0(what, "_response_lower"), s[[intersect(c("lower.CL", "asymp.LCL"), names(s))]])
  emit(case, paste0(what, "_response_upper"), s[[intersect(c("upper.CL", "asymp.UCL"), names(s))]])
}
tested <- function(case, what, con) {
  con <- update(con, by = NULL, adjust = "none")
  means(case, what, con)
  emit(case, paste0(what, "_p"), summary(con, adjust = "none", infer = TRUE)$p.value)
  emit(case, paste0(what, "_holm"), summary(con, adjust = "holm", infer = TRUE)$p.value)
}
# what: the response scale differences, by the delta method
on_outcome <- function(case, what, emm, method) {
  con <- update(contrast(regrid(emm, transform = "response"), method, by = names(emm@levels)[-1]),
                by = NULL, adjust = "none")
  s <- as.data.frame(summary(con, infer = c(TRUE, TRUE)))
  emit(case, paste0(what, "_response"), s$estimate)
  emit(case, paste0(what, "_response_se"), s$SE)
  emit(case, paste0(what, "_response_p"), s$p.value)
  emit(case, paste0(what, "_response_holm"), summary(con, adjust = "holm", infer = TRUE)$p.value)
}
joint <- function(case, what, con) {
  t <- test(update(con, by = NULL), joint = TRUE)
  # the ratio itself is rounded to three decimals
  emit(case, what, c(qf(t$p.value, t$df1, t$df2, lower.tail = FALSE), t$df1, t$df2, t$p.value))
}

# 1. two factors and their interaction at each wave; a two-valued number and a factor averaged over
f <- lm(y ~ ips * pa * factor(wave) + age + sex + team, d)
cells <- emmeans(f, ~ ips * pa | wave)
means("factorial", "mean", cells)
for (v in c("ips", "pa")) {
  m <- emmeans(cells, as.formula(paste("~", v, "| wave")))
  con <- contrast(m, "revpairwise")
  tested("factorial", v, con)
  joint("factorial", paste0(v, "_all"), con)
  w <- contrast(m, interaction = c("revpairwise", "trt.vs.ctrl1"), by = NULL)
  joint("factorial", paste0(v, "_wave"), w)
  tested("factorial", paste0(v, "_change"), w)
}
con <- contrast(cells, interaction = c("revpairwise", "revpairwise"))
tested("factorial", "both", con)
joint("factorial", "both_all", con)
con <- contrast(update(cells, by = NULL), "trt.vs.ctrl1", by = c("ips", "pa"), adjust = "none")
con <- con[order(con@grid$contrast)]
tested("factorial", "change", con)

# 2. the same, factors averaged over as they occur
m <- emmeans(f, ~ ips | wave, weights = "proportional")
means("observed", "mean", m)
tested("observed", "ips", contrast(m, "revpairwise"))

# 3. wave as a number: three arms, slopes as emtrends
g <- lm(y ~ arm * wave + age + factor(sex), d)
m <- emmeans(g, ~ arm | wave, cov.keep = "wave")
means("linear", "mean", m)
tested("linear", "arm", contrast(m, "revpairwise"))
tr <- emtrends(g, ~ arm, var = "wave")
tested("linear", "trend", tr)
tested("linear", "trend_difference", contrast(tr, "revpairwise"))
for (w in c(0, 18))
  joint("linear", paste0("arm_at_", w), contrast(emmeans(g, ~ arm, at = list(wave = w)), "revpairwise"))

# 4. logistic, with odds ratios and differences of risks
h <- glm(b ~ ips * factor(wave) + age, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 50))
m <- emmeans(h, ~ ips | wave)
means("logit", "mean", m)
responses("logit", "mean", m)
con <- contrast(m, "revpairwise")
tested("logit", "ips", con)
on_outcome("logit", "ips", m, "revpairwise")
emit("logit", "ips_exp", exp(summary(update(con, by = NULL), adjust = "none")$estimate))
joint("logit", "ips_all", con)

# 5. Poisson with an offset: means at the mean of the offset's variable
k <- glm(k ~ arm + sex + offset(log(age)), poisson, d, control = glm.control(epsilon = 1e-14, maxit = 50))
m <- emmeans(k, ~ arm)
means("offset", "mean", m)
responses("offset", "mean", m)
tested("offset", "arm", contrast(m, "revpairwise"))
on_outcome("offset", "arm", m, "revpairwise")

# 6. nobody in one cell: its mean and what leans on it cannot be estimated
e <- droplevels(subset(d, !(arm == "usual" & wave == 18)))
q <- lm(y ~ arm * factor(wave) + age, e)
m <- emmeans(q, ~ arm | wave)
s <- as.data.frame(summary(m))
emit("empty", "mean_estimate", s$emmean)
emit("empty", "mean_se", s$SE)
s <- as.data.frame(summary(update(contrast(m, "revpairwise"), by = NULL), adjust = "none"))
emit("empty", "arm_estimate", s$estimate)
emit("empty", "arm_se", s$SE)

# 7. people measured repeatedly: a mixed model, degrees of freedom of Satterthwaite and of Kenward and Roger
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5))
l <- lmer(y ~ ips * factor(wave) + age + (1 | id), d, control = tight)
for (method in c("satterthwaite", "kenward-roger")) {
  case <- paste0("lmm_", method)
  m <- emmeans(l, ~ ips | wave, lmer.df = method)
  means(case, "mean", m)
  tested(case, "ips", contrast(m, "revpairwise"))
  con <- contrast(m, interaction = c("revpairwise", "trt.vs.ctrl1"), by = NULL)
  tested(case, "ips_change", con)
}
# its joint tests are those of lmerTest and pbkrtest
m <- emmeans(l, ~ ips | wave)
con <- contrast(m, interaction = c("revpairwise", "trt.vs.ctrl1"), by = NULL)
s <- contestMD(l, con@linfct, ddf = "Satterthwaite")
emit("lmm_satterthwaite", "ips_wave", c(s$`F value`, s$NumDF, s$DenDF, s$`Pr(>F)`))
s <- contestMD(l, con@linfct, ddf = "Kenward-Roger")
emit("lmm_kenward-roger", "ips_wave", c(s$`F value`, s$NumDF, s$DenDF, s$`Pr(>F)`))
writeLines(lines, "../data/stats/means.txt")
