# Makes fewclusters.csv (synthetic: 118 people of 12 coaches) and fewclusters.txt, the expected
# small-sample corrected sandwiches of a marginal Cox model, for test_small_sample.c.
# Run in this folder after make_expected.R: Rscript make_fewclusters.R  (survival, numDeriv).
# Omega_j = -dU_j/dbeta is found by numerical differentiation: nothing is shared with the C code.
suppressMessages({library(survival); library(numDeriv)})
out <- "../data/stats/"
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))

set.seed(20231121)
size <- c(6, 14, 9, 11, 10, 8, 13, 7, 12, 10, 9, 9)
arm <- expand.grid(ips = 0:1, pa = 0:1)[rep(1:4, each = 3), ]
d <- do.call(rbind, lapply(1:12, function(j) {
  f <- exp(rnorm(1, 0, .35)); n <- size[j]
  e <- rexp(n, .0016 * f * exp(.45 * arm$ips[j] - .05 * arm$pa[j]))
  data.frame(c = j - 1, ips = arm$ips[j], pa = arm$pa[j], day = pmin(ceiling(e), 350),
             event = as.integer(e <= 350), exact = pmin(e, 350))
}))
d$exact <- round(d$exact + seq_len(nrow(d)) * 1e-6, 6)
d$both <- d$ips * d$pa
write.csv(format(d, digits = 12, trim = TRUE), paste0(out, "fewclusters.csv"), row.names = FALSE,
          quote = FALSE)
d <- read.csv(paste0(out, "fewclusters.csv"))

sand <- function(case, f, d, df, w = rep(1, nrow(d))) {
  d$w <- w; environment(f) <- environment()
  J <- length(unique(d$c))
  fit <- coxph(f, d, weights = w, robust = FALSE,
               control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  b <- coef(fit); p <- length(b)
  U <- function(b) {
    m <- suppressWarnings(coxph(f, d, weights = w, init = b, robust = FALSE,
                                control = coxph.control(iter.max = 0)))
    rowsum(matrix(residuals(m, type = "score", weighted = TRUE), ncol = p), d$c)
  }
  Uj <- U(b)
  Jm <- jacobian(function(b) as.numeric(U(b)), b, method = "Richardson")
  Om <- lapply(1:J, function(j) -Jm[j + J * (0:(p - 1)), , drop = FALSE])
  V <- solve(Reduce(`+`, Om)); I <- diag(p)
  sw <- function(M) V %*% M %*% V
  total <- function(g) sw(Reduce(`+`, lapply(1:J, g)))
  H <- lapply(Om, function(o) o %*% V)
  rob <- total(function(j) tcrossprod(Uj[j, ]))
  emit(case, "kc", total(function(j) {
    k <- solve(I - H[[j]]) %*% tcrossprod(Uj[j, ]); (k + t(k)) / 2
  }))
  emit(case, "md", total(function(j) tcrossprod(solve(I - H[[j]]) %*% Uj[j, ])))
  emit(case, "fg", total(function(j)
    tcrossprod(diag(1 / sqrt(1 - pmin(.75, diag(H[[j]]))), p) %*% Uj[j, ])))
  n <- nrow(d); M <- crossprod(Uj); cc <- (n - 1) * J / ((n - p) * (J - 1))
  phi <- max(1, cc * sum(diag(V %*% M)) / p)
  emit(case, "mbn", cc * rob + min(.5, p / (J - p)) * phi * V)
  emit(case, "df", df)
}
sand("exact_two", Surv(exact, event) ~ ips + pa, d, 9)
sand("exact_three", Surv(exact, event) ~ ips * pa, d, 8)
sand("day_two", Surv(day, event) ~ ips + pa, d, 9)
sand("day_three", Surv(day, event) ~ ips * pa, d, 8)
m <- read.csv(paste0(out, "mixed.csv"))
sand("late_strata", Surv(start, stop, event) ~ x1 + x2 + strata(s), m, 13)
sand("late_weights", Surv(start, stop, event) ~ x1 + x2 + strata(s), m, 13, m$w)
writeLines(lines, paste0(out, "fewclusters.txt"))
