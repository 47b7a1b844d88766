# R's side of bench/run: Rscript bench/peers.R PEER RUNS DATA [RESULT.json]
#
# Reads DATA with fread, runs the peer RUNS times and prints on one line: the median seconds of its
# calls, reading left out; the peak memory of R in MiB after the first; and, with the result that
# firstplace printed from the same DATA, the digits in which the two agree, with the answer that agrees
# least. An answer is compared as in the reference tests: relative to its size, or to 0.001.
suppressPackageStartupMessages({
    library(survival)
    library(data.table)
})

# ---- peers: `call` is what is timed, `answers` are its numbers under the JSON paths of firstplace

covariates <- paste0("x", 1:20)
cox_formula <- function(left) as.formula(paste(left, "~", paste(covariates, collapse = " + ")))

cox_answers <- function(fit) list(
    "terms.estimate" = coef(fit),
    "terms.se" = sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var)),
    "terms.robust_se" = if (!is.null(fit$naive.var)) sqrt(diag(fit$var)),
    "loglik.null" = fit$loglik[1],
    "loglik.fitted" = fit$loglik[2],
    "tests.score.chisq" = fit$score,
    "tests.wald.chisq" = fit$wald.test,
    "tests.robust_score.chisq" = fit$rscore,
    "concordance.estimate" = fit$concordance[["concordance"]],
    "concordance.se" = fit$concordance[["std"]])

km_call <- function(d) list(
    curve = survfit(Surv(time, event) ~ arm, d),
    test = survdiff(Surv(time, event) ~ arm, d))
km_answers <- function(fit) list(
    "strata.curve.time" = fit$curve$time,
    "strata.curve.survival" = fit$curve$surv,
    "strata.curve.se" = fit$curve$std.err * fit$curve$surv,
    "strata.median.estimate" = summary(fit$curve)$table[, "median"],
    "logrank.chisq" = fit$test$chisq)

# geepack's default stop (1e-4) is off by 1e-8 in the coefficients.
gee_peer <- function(structure) list(
    call = function(d) geepack::geeglm(
        y ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9, binomial, d, id = id, waves = wave + 1,
        corstr = structure),
    answers = function(fit) list(
        "terms.estimate" = coef(fit),
        "terms.robust_se" = summary(fit)$coefficients[, "Std.err"],
        "working_correlation.alpha" = fit$geese$alpha,
        "scale" = fit$geese$gamma))

# lmer's default stop leaves some five digits.
lmm_peer <- function(formula) list(
    call = function(d) lme4::lmer(formula, d),
    answers = function(fit) list(
        "terms.estimate" = lme4::fixef(fit),
        "terms.se" = sqrt(diag(as.matrix(vcov(fit)))),
        "criterion.value" = lme4::REMLcrit(fit)))

peers <- list(
    lmm_nested = lmm_peer(y ~ wave * arm + (1 | coach / person)),
    lmm_slope = lmm_peer(y ~ day * arm + (1 + day | person)),
    lmm_slope_waves = lmm_peer(y ~ wave * arm + (1 + wave | person)),
    lmm_crossed = lmm_peer(y ~ x + (1 | person) + (1 | item)),
    cox_efron = list(
        call = function(d) coxph(cox_formula("Surv(time, event)"), d),
        answers = cox_answers),
    cox_start_stop = list(
        call = function(d) coxph(cox_formula("Surv(start, stop, event)"), d),
        answers = cox_answers),
    # Right-censored coxph(cluster =) is quadratic in the rows; as (0, time] it is not.
    cox_cluster = list(
        prepare = function(d) d[, zero := 0],
        call = function(d) coxph(cox_formula("Surv(zero, time, event)"), d, cluster = cluster),
        answers = cox_answers),
    km = list(call = km_call, answers = km_answers),
    cif = list(
        prepare = function(d) d[, cause := factor(event, 0:2, c("censored", "1", "2"))],
        call = function(d) list(
            curve = survfit(Surv(time, cause) ~ arm, d),
            test = cmprsk::cuminc(d$time, d$event, d$arm)$Tests),
        answers = function(fit) list(
            # firstplace keeps cause by cause within a group, survfit a column a cause
            "strata.causes.cif" = unlist(lapply(seq_along(fit$curve$strata), function(g) {
                end <- cumsum(fit$curve$strata)[g]
                fit$curve$pstate[(end - fit$curve$strata[g] + 1):end, -1]
            })),
            "gray.chisq" = fit$test[, "stat"])),
    fine_gray = list(
        call = function(d) cmprsk::crr(d$time, d$event, as.matrix(d[, .(x1, x2, x3)])),
        answers = function(fit) list(
            "terms.estimate" = fit$coef,
            "terms.robust_se" = sqrt(diag(fit$var)))),
    gee_exchangeable = gee_peer("exchangeable"),
    gee_ar1 = gee_peer("ar1"),
    gee_unstructured = gee_peer("unstructured"))

# ---- comparing

# The numbers at a path such as "strata.curve.time", arrays at any depth put one after another.
numbers_at <- function(object, path) {
    walk <- function(object, keys) {
        if (is.null(object)) NA
        else if (length(keys) == 0) object
        else if (is.null(names(object))) lapply(object, walk, keys)
        else walk(object[[keys[1]]], keys[-1])
    }
    as.numeric(unlist(walk(object, strsplit(path, ".", fixed = TRUE)[[1]])))
}

digits_of <- function(got, want) {
    want <- as.numeric(want)
    if (length(got) != length(want) || any(is.na(got) != is.na(want))) return(-Inf)
    error <- abs(got - want) / pmax(1e-3, abs(want))
    error <- max(0, error[!is.na(want)])
    min(15, -log10(error))
}

compare <- function(path, answers) {
    result <- jsonlite::fromJSON(path, simplifyVector = TRUE, simplifyDataFrame = FALSE)
    answers <- Filter(Negate(is.null), answers)
    digits <- mapply(function(name, want) digits_of(numbers_at(result, name), want),
                     names(answers), answers)
    sprintf("%.1f %s", min(digits), names(answers)[which.min(digits)])
}

# ---- measuring

peak_mib <- function() {
    line <- grep("^VmHWM", readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
}
seconds <- function(expression) {
    gc()
    unname(system.time(expression)["elapsed"])
}

arguments <- commandArgs(trailingOnly = TRUE)
runs <- as.integer(arguments[2])
data <- arguments[3]
if (startsWith(arguments[1], "fread")) {
    threads <- as.integer(sub("fread", "", arguments[1]))
    invisible(seconds(d <- fread(data, nThread = threads))) # to warm up
    peak <- peak_mib()
    times <- c()
    for (again in seq_len(runs)) {
        d <- NULL
        times <- c(times, seconds(d <- fread(data, nThread = threads)))
    }
    cat(sprintf("%.4f %.0f\n", median(times), peak))
} else {
    peer <- peers[[arguments[1]]]
    d <- fread(data)
    if (!is.null(peer$prepare)) peer$prepare(d)
    times <- seconds(fit <- peer$call(d))
    peak <- peak_mib()
    for (again in seq_len(runs - 1)) {
        fit <- NULL
        times <- c(times, seconds(fit <- peer$call(d)))
    }
    said <- if (length(arguments) > 3) compare(arguments[4], peer$answers(fit)) else ""
    cat(sprintf("%.4f %.0f %s\n", median(times), peak, said))
}
