# A simulated 2x2 trial, 12 clusters of 10, Weibull with gamma frailty, and its Cox model with robust
# variance, as a loop in R. usage: Rscript power.R TRIALS [covariates]      prints trials a second and
# the share with p < 0.05 for the first factor; covariates: a normal and a 0/1 one besides
library(survival)
trials <- as.integer(commandArgs(TRUE)[1])
cluster <- rep(1:12, each = 10)
a <- rep(rep(c(0, 1, 0, 1), each = 3), each = 10)
b <- rep(rep(c(0, 0, 1, 1), each = 3), each = 10)
theta <- 0.10413933756400745 # the ICC of 0.03 at 30% with the event
hazard <- expm1(-theta * log(0.7)) / theta
person_by_person <- "covariates" %in% commandArgs(TRUE)
if (person_by_person) formula <- Surv(pmin(ceiling(time), 350), event) ~ a + b + age + woman else formula <- Surv(pmin(ceiling(time), 350), event) ~ a + b
one <- function() {
    if (person_by_person) {
        age <- rnorm(120)
        woman <- as.numeric(runif(120) < 0.5)
        own <- exp(log(1.5) * age + log(0.8) * woman)
    } else own <- 1
    z <- rgamma(12, 1 / theta, 1 / theta)[cluster]
    time <- 350 * (rexp(120) / (hazard * z * own))^(1 / 1.3)
    event <- as.integer(time <= 350)
    environment(formula) <- environment()
    fit <- coxph(formula, cluster = cluster)
    abs(coef(fit)[1]) > qnorm(0.975) * sqrt(vcov(fit)[1, 1])
}
set.seed(1)
invisible(one())
seconds <- system.time(share <- mean(replicate(trials, one())))[["elapsed"]]
cat(trials / seconds, share, "\n")
