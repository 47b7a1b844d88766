# A simulated 2x2 trial, 12 clusters of 10, Weibull with gamma frailty, and its Cox model with robust
# variance, as a loop in R. usage: Rscript power.R TRIALS      prints trials a second and the share
# with p < 0.05 for the first factor
library(survival)
trials <- as.integer(commandArgs(TRUE)[1])
cluster <- rep(1:12, each = 10)
a <- rep(rep(c(0, 1, 0, 1), each = 3), each = 10)
b <- rep(rep(c(0, 0, 1, 1), each = 3), each = 10)
theta <- 0.10413933756400745 # the ICC of 0.03 at 30% with the event
hazard <- expm1(-theta * log(0.7)) / theta
one <- function() {
    z <- rgamma(12, 1 / theta, 1 / theta)[cluster]
    time <- 350 * (rexp(120) / (hazard * z))^(1 / 1.3)
    event <- as.integer(time <= 350)
    fit <- coxph(Surv(pmin(ceiling(time), 350), event) ~ a + b, cluster = cluster)
    abs(coef(fit)[1]) > qnorm(0.975) * sqrt(vcov(fit)[1, 1])
}
set.seed(1)
invisible(one())
seconds <- system.time(share <- mean(replicate(trials, one())))[["elapsed"]]
cat(trials / seconds, share, "\n")
