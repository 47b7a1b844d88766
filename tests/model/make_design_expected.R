# Writes tests/data/model/{design.csv (synthetic),design,groups,deparse}.expected: what R 4.2
# with survival makes of the formulas below. From tests/model:  Rscript make_design_expected.R
suppressMessages(library(survival))
invisible(Sys.setlocale("LC_COLLATE", "C"))
out <- "../data/model"

set.seed(20)
n <- 30
d <- data.frame(
  time = c(3, 5, 5, 8, 11, 12, 12.5, 14, 15, 19, 21, 22, 24, 26, 28, 30, 31, 33, 35, 36, 38, 40, 41,
           44, 45, 47, 50, 52, 55, 60),
  event = rep(c(1, 0, 1, 1, 0), 6),
  start = rep(c(0, 1, 2), 10),
  age = round(rnorm(n, 40, 9), 1),
  dose = rep(c(2, 10, 5), 10),
  site = rep(c(3, 1, 2, 1, 4), 6),
  sex = rep(c("f", "m"), 15),
  arm = rep(c("none", "ips", "both", "ips", "none", "both", "ips"), length.out = n),
  flag = rep(c(TRUE, FALSE, FALSE), 10),
  work = rep(c("yes", "no", "Unknown"), length.out = n),
  coach = rep(paste0("c", 1:6), each = 5),
  col = rep(c("b", "a", "B", "a"), length.out = n),
  y = round(rnorm(n), 3))
names(d)[names(d) == "col"] <- "my col"
d$age[4] <- NA
d$sex[9] <- NA
d$site[17] <- NA
d$flag[23] <- NA
d$arm[28] <- NA
write.csv(d, file.path(out, "design.csv"), row.names = FALSE, quote = FALSE)
d <- read.csv(file.path(out, "design.csv"), check.names = FALSE)

formulas <- c(
  "y ~ age", "y ~ age - 1", "y ~ 0 + sex + arm", "y ~ arm + sex - 1", "y ~ sex", "y ~ sex + arm",
  "y ~ sex * arm", "y ~ sex:arm", "y ~ sex:arm - 1", "y ~ age:sex", "y ~ age:sex - 1",
  "y ~ age * sex", "y ~ age + age:sex", "y ~ sex + age:sex", "y ~ sex / arm", "y ~ sex / age",
  "y ~ (sex + arm) / age", "y ~ (sex + arm + flag)^2", "y ~ (sex + arm + age)^3 - sex:arm:age",
  "y ~ sex * arm * flag", "y ~ sex:arm:flag", "y ~ sex + arm:flag", "y ~ arm + sex:arm:flag",
  "y ~ sex:arm + sex:flag", "y ~ flag", "y ~ flag - 1", "y ~ factor(dose)", "y ~ factor(dose) * age",
  "y ~ factor(site) + log(age)", "y ~ I(age^2) + age", "y ~ I((age - 40) / 10)", "y ~ log(age + 1)",
  "y ~ age > 40", "y ~ (age > 40) * sex", "y ~ !flag", "y ~ `my col` * age", "y ~ sex %in% arm",
  "y ~ arm + sex %in% arm", "y ~ age + age + sex + age:sex + sex:age", "y ~ arm * sex - arm",
  "y ~ 1", "y ~ 0", "y ~ . - coach - work", "y ~ offset(age) + sex", "log(time) ~ sex",
  "y ~ sqrt(age) + exp(dose / 10) + abs(dose - 6) + log2(dose) + log10(dose) + log1p(dose)",
  "~ sex + age", "~ arm - 1", "y ~ work == \"yes\"", "y ~ I(work != \"no\" & age >= 40)",
  "y ~ age + -1", "y ~ sex + (arm - 1)", "y ~ dose:age:site", "y ~ arm:age + arm",
  "y ~ factor(work) + factor(flag)", "y ~ I(-dose^2)", "y ~ sex * arm + sex * flag + arm * flag",
  "y ~ coach", "y ~ I(age * 1e-5)", "y ~ factor(dose * 50000)",
  "Surv(time, event) ~ sex + age", "Surv(time, event) ~ sex - 1", "Surv(time, event) ~ 0 + arm * sex",
  "Surv(time, event) ~ age * sex + strata(arm)", "Surv(time, event == 1) ~ factor(site) + flag",
  "Surv(start, time, event) ~ age + strata(arm, dose)",
  "Surv(time, event) ~ strata(site) + age + strata(work)", "Surv(time, work == \"yes\") ~ sex:age",
  "Surv(time, event) ~ age + cluster(coach)", "Surv(time / 10, event) ~ offset(log(age)) + sex",
  "Surv(time, event) ~ . - coach - work - y - start", "Surv(time, event) ~ strata(age > 40, sex) + dose",
  "Surv(time, event) ~ 1")

line <- function(f) paste(trimws(deparse(f, width.cutoff = 500)), collapse = " ")

design <- function(text) {
  f <- as.formula(text)
  terms <- terms(f, specials = c("strata", "cluster"), data = d)
  surv <- length(f) == 3 && is.call(f[[2]]) && identical(f[[2]][[1]], as.name("Surv"))
  mf <- model.frame(terms, d, drop.unused.levels = TRUE)
  special <- unlist(attr(terms, "specials"))
  drop <- if (length(special)) which(colSums(attr(terms, "factors")[special, , drop = FALSE]) > 0)
  kept <- if (length(drop)) terms[-drop] else terms
  if (surv) attr(kept, "intercept") <- 1
  x <- model.matrix(kept, mf)
  assign <- attr(x, "assign")
  if (surv) {
    x <- x[, assign > 0, drop = FALSE]
    assign <- assign[assign > 0]
  }
  cat("formula ", text, "\n", sep = "")
  cat("deparse ", line(f), "\n", sep = "")
  cat("rows", nrow(mf), nrow(d) - nrow(mf), "\n")
  for (label in attr(kept, "term.labels")) cat("term ", label, "\n", sep = "")
  for (j in seq_len(ncol(x))) {
    cat("column", assign[j] - 1, colnames(x)[j], "\n")
    cat("values", sprintf("%.17g", x[, j]), "\n")
  }
  which <- grep("^strata\\(", names(mf))
  if (length(which)) {
    s <- if (length(which) == 1) mf[[which]] else strata(mf[, which], shortlabel = TRUE)
    cat("stratum", as.integer(s) - 1, "\n")
  }
  if (!is.null(model.offset(mf))) cat("offset", sprintf("%.17g", model.offset(mf)), "\n")
  if (surv) {
    s <- aeqSurv(model.response(mf))
    cat("stop", sprintf("%.17g", s[, ncol(s) - 1]), "\n")
    cat("event", s[, ncol(s)], "\n")
    if (ncol(s) == 3) cat("start", sprintf("%.17g", s[, 1]), "\n")
  }
  cat("end\n")
}

groups <- function(text) {
  fit <- survfit(as.formula(text), d)
  cat("formula ", text, "\n", sep = "")
  label <- if (is.null(fit$strata)) "all" else gsub(" +(,|$)", "\\1", names(fit$strata))
  count <- if (is.null(fit$strata)) fit$n else fit$n
  for (i in seq_along(label)) cat("group", count[i], label[i], "\n")
  cat("end\n")
}

sink(file.path(out, "design.expected"))
for (f in formulas) design(f)
sink()

sink(file.path(out, "groups.expected"))
for (f in c("sex", "arm + sex", "sex + factor(dose)", "dose + site", "1", "flag", "age > 40 + 0",
            "factor(work) + flag + sex"))
  groups(paste("Surv(time, event) ~", f))
sink()

expressions <- c(
  "y~a+b*c-d", "y ~ a/b", "y~a%in%b", "y ~ a:b", "y ~ (a+b)^2", "y~-a^2", "y~I( -a )", "y ~ - - a",
  "y~a- -b", "~x", "~ 0+x", "y ~ !a & b|c", "y~I(a<=b)", "y ~ I(a>=b)", "y~I(a!=b)", "y ~ I(a< -b)",
  "Surv( time,event==\"work\" )~x", "Surv(time,status==2L) ~ x", "y ~ log( x+1 )", "y ~ f(a,b , c)",
  "y ~ I(x*100000)", "y ~ I(x*123456)", "y ~ I(x*0.0001)", "y ~ I(x*0.00012)", "y ~ I(x*1e-5)",
  "y ~ I(x*1e15)", "y ~ I(x*123456789012)", "y ~ I(x*.5)", "y ~ I(x*5.)", "y ~ I(x*1E3)",
  "y ~ I(x*1.10)", "y ~ I(x*0.1)", "y ~ I(x*1e300)", "y ~ I(x*3.14159265358979)",
  "y ~ I(x*1234567890123456)", "y ~ I(x*1e5L)", "y ~ I(x==TRUE)", "y~I(a==\"b\\\"c\")",
  "y ~ I(a == 'it')", "y ~ I(a=='q\"q')", "y ~ I(a == \"t\\tb\\\\n\")", "y ~ `my col`+1", "y ~ `a`",
  "y ~ a.b_c1 + .x", "y ~ I(a^-b)", "y ~ I(a^b^c)", "y ~ I((a^b)^c)", "y ~ I(2^-1)", "y ~ I(a*-b)",
  "y ~ ((a))", "y ~ (a+b):c", "y ~ a+(1|g)", "y ~ . - a", "y ~ a -1", "y ~ I(a/b/c)", "y ~ I(a-b-c)",
  "y ~ I(a-(b-c))", "y ~ I(a*b+c)", "y ~ I(a*(b+c))", "y ~ I(!(a|b))", "y ~ +a", "y ~ I(-(a))",
  "y ~ `x y`:`if`", "a+b ~ c", "y ~ \u00e9t\u00e9 + na\u00efve", "y ~ I(0.1+0.2)", "y ~ I(1e-300*x)")
sink(file.path(out, "deparse.expected"))
for (e in expressions) cat(e, "\n", line(as.formula(e)), "\n", sep = "")
sink()
