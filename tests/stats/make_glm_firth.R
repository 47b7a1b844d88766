# Makes the expected values of test_glm_firth.c: Firth's logistic regression by iterating the modified
# score (Heinze & Schemper 2002), its profile intervals by uniroot. Slow and in the open.
# Run in this folder: Rscript make_glm_firth.R; writes ../data/stats/glm_firth.txt. R is not needed
# to run the tests. Made with R 4.2.2.
lines <- character(0)
emit <- function(case, what, v)
  lines <<- c(lines, paste(c(case, what, sprintf("%.17g", as.numeric(v))), collapse = " "))

parts <- function(X, y, w, o, b) {
  mu <- plogis(drop(o + X %*% b))
  v <- w * mu * (1 - mu)
  I <- crossprod(X, X * v)
  h <- v * rowSums((X %*% solve(I, tol = 0)) * X)
  ll <- sum(w * (y * plogis(drop(o + X %*% b), log.p = TRUE) + (1 - y) * plogis(-drop(o + X %*% b), log.p = TRUE)))
  list(I = I, U = drop(crossprod(X, w * (y - mu) + h * (0.5 - mu))), ll = ll,
       pl = ll + 0.5 * as.numeric(determinant(I)$modulus))
}
maximise <- function(X, y, w, o, b, free) {
  for (k in 1:5000) {
    p <- parts(X, y, w, o, b)
    step <- rep(0, length(b))
    if (any(free)) step[free] <- solve(p$I[free, free, drop = FALSE], p$U[free])
    step <- step * min(1, 2 / max(abs(step), 1e-300))
    while (parts(X, y, w, o, b + step)$pl < p$pl - 1e-12) step <- step / 2
    b <- b + step
    if (max(abs(step)) < 1e-14) break
  }
  c(parts(X, y, w, o, b), list(b = b))
}
firth <- function(case, X, y, w = rep(1, length(y)), o = rep(0, length(y))) {
  p <- ncol(X)
  m <- maximise(X, y, w, o, rep(0, p), rep(TRUE, p))
  emit(case, "beta", m$b)
  emit(case, "se", sqrt(diag(solve(m$I))))
  emit(case, "loglik", c(m$ll, m$pl))
  chisq <- lower <- upper <- numeric(p)
  for (j in 1:p) {
    lost <- function(b) {
      start <- m$b
      start[j] <- b
      2 * (m$pl - maximise(X, y, w, o, start, seq_len(p) != j)$pl)
    }
    chisq[j] <- lost(0)
    z <- sqrt(qchisq(0.95, 1))
    se <- sqrt(diag(solve(m$I)))[j]
    end <- function(s) uniroot(function(d) sqrt(max(lost(m$b[j] + s * d), 0)) - z, c(se / 10, 3 * se), extendInt = "upX", tol = 1e-12)$root
    lower[j] <- m$b[j] - end(-1)
    upper[j] <- m$b[j] + end(1)
  }
  emit(case, "chisq", chisq)
  emit(case, "p", pchisq(chisq, 1, lower.tail = FALSE))
  emit(case, "lower", lower)
  emit(case, "upper", upper)
}

# 24 rows (synthetic): nobody with a = 1 and x above 3 is without the outcome
x <- c(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6)
a <- rep(c(0, 1), each = 12)
y <- c(0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
firth("separated", cbind(1, a, x), y)
y <- c(0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1)
firth("plain", cbind(1, a, x), y)
# shares of w trials, with an offset
w <- rep(c(4, 2, 8), 8)
s <- round(w * c(0.25, 0.5, 0.5, 0.75)) / w
firth("weights", cbind(1, a, x), s, w, x / 10 - 0.3)
writeLines(lines, "../data/stats/glm_firth.txt")
