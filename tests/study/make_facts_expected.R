# Every number of a report a second time, from the raw rows, with R alone.
#
# Run from the root of the project:
#   Rscript tests/study/make_facts_expected.R examples/amsterdam tests/data/study/amsterdam_facts.csv
#   Rscript tests/study/make_facts_expected.R tests/data/study/harsh tests/data/study/harsh_facts.csv
# Needs R >= 4.2 with survival, cmprsk and numDeriv; for answers by wave lme4, pbkrtest, emmeans and geepack. Reads FOLDER/data/*.csv of a study with the plan of the
# example, writes: id, value (17 digits, NA = not defined), tolerance (largest allowed
# |got - want| / max(1, |want|)). R is not needed to run the tests.
#
# Nothing of the program is used: the outcome is derived day by day from the sentences of the rule,
# Cox models and Kaplan-Meier curves are survival's, the corrected sandwich is built from score
# residuals and a numerical derivative, and every allocation is enumerated with combn().
suppressMessages({
  library(survival)
  library(cmprsk)
  library(numDeriv)
})
arguments <- commandArgs(TRUE)
folder <- file.path(arguments[1], "data")
read <- function(name) read.csv(file.path(folder, name), colClasses = "character")
coaches <- read("coaches.csv")
people <- read("people.csv")
rows <- read("episodes.csv")
HORIZON <- 350
EXACT <- 1e-12 # counts and closed forms
FITTED <- 1e-9 # maximum likelihood
NUMERIC <- 1e-7 # with a numerical derivative

fact <- new.env()
fact$id <- character()
fact$value <- fact$tolerance <- numeric()
put <- function(id, value, tolerance = EXACT) {
  stopifnot(length(value) == 1, !id %in% fact$id)
  fact$id <- c(fact$id, id)
  fact$value <- c(fact$value, as.numeric(value))
  fact$tolerance <- c(fact$tolerance, tolerance)
}

# ---- 1. The outcome, day by day ------------------------------------------------------------------
day <- function(text) as.integer(as.Date(ifelse(text == "", NA, text)))
people$start <- day(people$start_date)
people$end <- day(people$register_end)
rows$from <- day(rows$start)
rows$to <- day(rows$end)
rows$h <- suppressWarnings(as.numeric(rows$hours_per_week))
rows$of <- match(rows$person, people$person)
COUNTED <- c("regular", "subsidised")

# The repairs in their order; a row is counted under its first.
first_repair <- function(r) {
  end <- people$end[r$of]
  ifelse(is.na(r$of), "unknown-person",
  ifelse(duplicated(r[c("person", "start", "end", "hours_per_week", "kind")]), "duplicate",
  ifelse(!is.na(r$to) & r$to < r$from, "reversed-dates",
  ifelse(r$from > end, "after-end",
  ifelse(is.na(r$h) | r$h <= 0, "hours-missing-or-zero",
  ifelse(r$h > 80, "hours-above-80",
  ifelse(!r$kind %in% COUNTED, "other-kind", "used")))))))
}
rows$repair <- first_repair(rows)

# A calendar of hours for each person, from well before the first spell to the register's end.
outcome_of <- function(i) {
  s <- people$start[i]
  e <- people$end[i]
  mine <- rows[which(rows$of == i & rows$repair == "used"), ]
  first <- min(s, mine$from) - 1
  days <- first:e
  hours <- numeric(length(days))
  for (k in seq_len(nrow(mine))) {
    last <- if (is.na(mine$to[k])) e else min(mine$to[k], e)
    on <- days >= mine$from[k] & days <= last
    hours[on] <- hours[on] + mine$h[k]
  }
  meets <- rle(hours >= 12 - 1e-9)
  upto <- cumsum(meets$lengths)
  run <- data.frame(first = days[upto - meets$lengths + 1], last = days[upto])[meets$values, ]
  run <- run[run$last - run$first + 1 >= 28, ]
  limit <- min(s + HORIZON, e - 27)
  onset <- run$first[run$first >= s & run$first <= limit]
  if (any(run$first < s & run$last >= s)) c(NA, NA)
  else if (length(onset)) c(min(onset) - s, 1)
  else if (people$end_reason[i] == "died" && e <= s + HORIZON) c(e - s, 2)
  else c(max(0, limit - s), 0)
}
out <- t(sapply(seq_len(nrow(people)), outcome_of))
people$time <- out[, 1]
people$fate <- out[, 2]
people$status <- as.integer(people$fate == 1)
people$readiness[people$readiness == ""] <- NA
people$reason <- ifelse(people$start + HORIZON <= people$end - 27, "end-of-follow-up",
                 ifelse(people$end_reason == "", "end-of-register", people$end_reason))

# ---- 2. Groups -----------------------------------------------------------------------------------
of_coach <- match(people$coach, coaches$coach)
stopifnot(!anyNA(of_coach))
arm_of <- function(d) ifelse(d$ips == "with", ifelse(d$pa == "with", "both", "ips"),
                             ifelse(d$pa == "with", "pa", "usual"))
people$ips <- factor(coaches$ips[of_coach], c("without", "with"))
people$pa <- factor(coaches$pa[of_coach], c("without", "with"))
arms <- c("usual", "ips", "pa", "both")
people$arm <- factor(arm_of(people), arms)
followed <- people[!is.na(people$time), ] # the others were at work at the start
coaches$arm <- arm_of(coaches)
in_group <- function(key, d) {
  if (key == "total") return(rep(TRUE, nrow(d)))
  if (key %in% arms) return(d$arm == key)
  part <- strsplit(key, "=")[[1]]
  d[[part[1]]] == part[2]
}
groups <- c("total", arms, "ips=without", "ips=with", "pa=without", "pa=with")

# ---- 3. Flow -------------------------------------------------------------------------------------
repairs <- c("unknown-person", "duplicate", "reversed-dates", "after-end", "hours-missing-or-zero",
             "hours-above-80", "other-kind")
for (g in groups) {
  all <- people[in_group(g, people), ]
  p <- followed[in_group(g, followed), ]
  load <- sapply(coaches$coach[in_group(g, coaches)], function(k) sum(people$coach == k))
  flow <- function(name, value) put(sprintf("flow.%s.%s", g, name), value)
  flow("coaches", length(load))
  flow("people_per_coach_mean", mean(load))
  flow("people_per_coach_min", min(load))
  flow("people_per_coach_max", max(load))
  flow("people", nrow(all))
  flow("at_work_at_start", nrow(all) - nrow(p))
  flow("followed", nrow(p))
  flow("events", sum(p$fate == 1))
  flow("competing", sum(p$fate == 2))
  flow("censored", sum(p$fate == 0))
  flow("censored_at_0", sum(p$fate == 0 & p$time == 0))
  for (r in unique(followed$reason[followed$fate == 0]))
    flow(paste0("censored:", r), sum(p$fate == 0 & p$reason == r))
  for (r in unique(followed$end_reason[followed$fate == 2]))
    flow(paste0("competing:", r), sum(p$fate == 2 & p$end_reason == r))
  mine <- rows[if (g == "total") rep(TRUE, nrow(rows)) else rows$person %in% all$person, ]
  flow("rows", nrow(mine))
  for (r in repairs) flow(paste0("set_aside:", r), sum(mine$repair == r))
}

# ---- 4. The outcome in each group ----------------------------------------------------------------
# A curve that ends flat at one half has two medians in R: print.survfit's, the first day at one half,
# which is the program's, and quantile.survfit's, which averages with the last day of the curve.
curve <- function(p) survfit(Surv(time, status) ~ 1, p, conf.type = "log")
# Where somebody had a competing event: the cumulative incidence in place of 1 - Kaplan-Meier, and the
# mean time without the event is the horizon less the area under it.
competes <- any(followed$fate == 2)
incidence <- function(p) survfit(Surv(time, factor(fate, 0:2)) ~ 1, p)
step_at <- function(s, k) c(0, s$pstate[, k + 1])[findInterval(HORIZON, s$time) + 1]
lost <- function(p) {
  s <- incidence(p)
  t <- c(0, s$time[s$time < HORIZON])
  f <- c(0, s$pstate[, 2])[seq_along(t)]
  sum(f * diff(c(t, HORIZON)))
}
risk_of <- function(p) if (competes) step_at(incidence(p), 1) else
  1 - summary(curve(p), times = HORIZON, extend = TRUE)$surv
rmst_of <- function(p) if (competes) HORIZON - lost(p) else
  unname(summary(curve(p), rmean = HORIZON)$table["rmean"])
# The first time above one half; where the curve is flat at one half, the middle of that piece.
half_time <- function(p) {
  s <- incidence(p)
  f <- s$pstate[, 2]
  at <- which(f > 0.5 - sqrt(.Machine$double.eps))[1]
  above <- which(f > 0.5 + sqrt(.Machine$double.eps))[1]
  if (is.na(at)) NA else if (abs(f[at] - 0.5) < 1e-7 && !is.na(above)) mean(s$time[c(at, above)])
  else s$time[at]
}
describe <- function(g, p) {
  at <- summary(curve(p), times = HORIZON, extend = TRUE)
  show <- function(name, value) put(sprintf("sustained_work.%s.%s", g, name), value)
  show("followed", nrow(p))
  show("events", sum(p$status))
  show("share", mean(p$status))
  show("risk", risk_of(p))
  if (competes) {
    s <- incidence(p)
    last <- findInterval(HORIZON, s$time)
    show("risk_lower", s$lower[last, 2])
    show("risk_upper", s$upper[last, 2])
    show("median", half_time(p))
    show("competing_risk", step_at(s, 2))
  } else {
    show("risk_lower", 1 - at$upper)
    show("risk_upper", 1 - at$lower)
    show("median", summary(curve(p))$table["median"])
  }
  show("rmst", rmst_of(p))
  show("mean_days", mean(p$time[p$status == 1]))
  show("follow_up", summary(survfit(Surv(time, fate == 0) ~ 1, p))$table["median"])
}
for (g in groups) describe(g, followed[in_group(g, followed), ])
for (level in c("not-ready", "ready")) {
  p <- followed[which(followed$readiness == level), ]
  describe(paste0("readiness=", level), p)
  for (i in levels(people$ips))
    describe(sprintf("readiness=%s,ips=%s", level, i), p[p$ips == i, ])
}

# ---- 5. Baseline ---------------------------------------------------------------------------------
# All allocations of one factor over the coaches while the other one stays where it is.
allocations_of <- function(x, by) {
  parts <- lapply(sort(unique(by)), function(l) {
    pool <- which(by == l)
    combn(length(pool), sum(x[pool] == "with"), function(k) pool[k])
  })
  pairs <- expand.grid(seq_len(ncol(parts[[1]])), seq_len(ncol(parts[[2]])))
  apply(pairs, 1, function(k) c(parts[[1]][, k[1]], parts[[2]][, k[2]]))
}
sets <- list(ips = allocations_of(coaches$ips, coaches$pa), pa = allocations_of(coaches$pa, coaches$ips))
stopifnot(ncol(sets$ips) == 400, ncol(sets$pa) == 400)

standardised <- function(prefix, key, x, share, d, unit) {
  spread <- function(v) if (share) mean(v) * (1 - mean(v)) else var(v)
  for (f in c("ips", "pa")) {
    known <- !is.na(x)
    one <- x[known & d[[f]] == "with"]
    two <- x[known & d[[f]] == "without"]
    scale <- sqrt((spread(one) + spread(two)) / 2)
    moved <- apply(sets[[f]], 2, function(treated) {
      there <- unit %in% treated
      mean(x[known & there]) - mean(x[known & !there])
    })
    range <- quantile(moved, c(0.025, 0.975), type = 1, names = FALSE) / scale
    put(sprintf("%s.%s.%s.smd", prefix, key, f), (mean(one) - mean(two)) / scale)
    put(sprintf("%s.%s.%s.smd_low", prefix, key, f), range[1])
    put(sprintf("%s.%s.%s.smd_high", prefix, key, f), range[2])
  }
}
column_facts <- function(prefix, column, d, unit) {
  text <- d[[column]]
  text[which(text == "")] <- NA
  number <- suppressWarnings(as.numeric(text))
  numeric_column <- !any(is.na(number) & !is.na(text))
  for (g in groups) {
    here <- in_group(g, d)
    put(sprintf("%s.%s.%s.missing", prefix, column, g), sum(is.na(text[here])))
    if (numeric_column) {
      put(sprintf("%s.%s.%s.mean", prefix, column, g), mean(number[here], na.rm = TRUE))
      put(sprintf("%s.%s.%s.sd", prefix, column, g), sd(number[here], na.rm = TRUE))
    } else for (l in sort(unique(na.omit(text)))) {
      put(sprintf("%s.%s=%s.%s.count", prefix, column, l, g), sum(text[here] == l, na.rm = TRUE))
      put(sprintf("%s.%s=%s.%s.share", prefix, column, l, g), mean(text[here] == l, na.rm = TRUE))
    }
  }
  if (numeric_column) standardised(prefix, column, number, FALSE, d, unit)
  else for (l in sort(unique(na.omit(text))))
    standardised(prefix, paste0(column, "=", l), as.numeric(text == l), TRUE, d, unit)
}
for (column in c("readiness", "age", "sex", "education", "months_without_work", "own_expectation"))
  column_facts("baseline", column, people, of_coach)
for (column in c("team", "experience_years")) 
  column_facts("coaches", column, coaches, seq_len(nrow(coaches)))

# ---- 6. Cox models -------------------------------------------------------------------------------
# Model-based, cluster-robust and corrected (Mancl-DeRouen, Kauermann-Carroll, Morel): U_j sum of score residuals of coach j,
# Om_j = -dU_j/db by Richardson's extrapolation, V = (sum Om_j)^-1, H_j = Om_j V,
# V_md = V sum_j u_j u_j' V with u_j = (I - H_j)^-1 U_j; V_kc = V sum_j (u_j U_j' + U_j u_j')/2 V;
# V_mbn as in docs/methods/few-clusters.md eq. 5.
cox <- function(formula) {
  f <- as.formula(paste("Surv(time, status) ~", formula))
  tight <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60)
  d <- followed[complete.cases(followed[all.vars(f)]), ]
  fit <- coxph(f, d, control = tight)
  b <- coef(fit)
  p <- length(b)
  scores <- function(b) {
    at <- suppressWarnings(coxph(f, d, init = b, control = coxph.control(iter.max = 0)))
    rowsum(matrix(residuals(at, type = "score"), ncol = p), d$coach)
  }
  U <- scores(b)
  J <- nrow(U)
  D <- jacobian(function(b) as.numeric(scores(b)), b)
  Om <- lapply(seq_len(J), function(j) -D[j + J * (0:(p - 1)), , drop = FALSE])
  V <- solve(Reduce(`+`, Om))
  sandwich <- function(meat_of) V %*% Reduce(`+`, lapply(seq_len(J), meat_of)) %*% V
  leave <- function(j) solve(diag(p) - Om[[j]] %*% V) %*% U[j, ]
  md <- sandwich(function(j) tcrossprod(leave(j)))
  kc <- sandwich(function(j) (leave(j) %*% U[j, ] + U[j, ] %*% t(leave(j))) / 2)
  n <- nrow(d)
  cc <- (n - 1) * J / ((n - p) * (J - 1))
  phi <- max(1, cc * sum(diag(V %*% crossprod(U))) / p)
  mbn <- cc * V %*% crossprod(U) %*% V + min(0.5, p / (J - p)) * phi * V
  named <- function(v) setNames(sqrt(diag(v)), names(b))
  x <- model.matrix(fit)
  constant <- sum(apply(x, 2, function(v) all(tapply(v, d$coach, function(w) length(unique(w))) == 1)))
  list(b = b, df = J - 1 - constant, se = sqrt(diag(vcov(fit))),
       robust = sqrt(diag(vcov(coxph(f, d, cluster = coach, control = tight)))),
       md = named(md), kc = named(kc), mbn = named(mbn), cov = md)
}
bounds <- function(fit, term, df = fit$df)
  unname(exp(fit$b[term] + c(-1, 1) * qt(0.975, df) * fit$md[term]))
ratio <- function(id, fit, term, name) {
  b <- fit$b[term]
  show <- function(quantity, value, tolerance) put(sprintf("%s.%s.%s", id, term, quantity), value, tolerance)
  normal <- function(se, tag) {
    show(paste0("lower", tag), exp(b - qnorm(0.975) * se), FITTED)
    show(paste0("upper", tag), exp(b + qnorm(0.975) * se), FITTED)
    show(paste0("p", tag), 2 * pnorm(-abs(b / se)), FITTED)
  }
  show(name, exp(b), FITTED)
  show("lower", bounds(fit, term)[1], NUMERIC)
  show("upper", bounds(fit, term)[2], NUMERIC)
  show("p", 2 * pt(-abs(b / fit$md[term]), fit$df), NUMERIC)
  show("df", fit$df, EXACT)
  normal(fit$se[term], "_model")
  normal(fit$robust[term], "_robust")
}
beside <- function(id, fit, term) for (m in c("kc", "mbn")) {
  half <- qt(0.975, fit$df) * fit[[m]][term]
  put(sprintf("%s.%s.lower_%s", id, term, m), exp(fit$b[term] - half), NUMERIC)
  put(sprintf("%s.%s.upper_%s", id, term, m), exp(fit$b[term] + half), NUMERIC)
  put(sprintf("%s.%s.p_%s", id, term, m), 2 * pt(-abs(fit$b[term] / fit[[m]][term]), fit$df), NUMERIC)
}
planned <- cox("ips + pa")
for (f in c("ips", "pa")) {
  id <- paste0("primary_", f)
  term <- paste0(f, "with")
  margin <- cox(sprintf("%s + strata(%s)", f, setdiff(c("ips", "pa"), f)))
  ratio(id, margin, term, "hr")
  beside(id, margin, term)
  put(sprintf("%s.%s.hr_planned", id, term), exp(planned$b[term]), FITTED)
  put(sprintf("%s.%s.lower_planned", id, term), bounds(planned, term)[1], NUMERIC)
  put(sprintf("%s.%s.upper_planned", id, term), bounds(planned, term)[2], NUMERIC)
}
# Recruitment and what goes with it: in the example alone.
recruited <- file.path(folder, "recruitment.csv")
if (file.exists(recruited)) {
  followed$years <- as.numeric(followed$age)
  for (f in c("ips", "pa")) {
    id <- sprintf("primary_%s.%swith", f, f)
    term <- paste0(f, "with")
    adjusted <- cox(sprintf("%s + strata(%s) + readiness + years", f, setdiff(c("ips", "pa"), f)))
    put(paste0(id, ".hr_adjusted"), exp(adjusted$b[term]), FITTED)
    put(paste0(id, ".lower_adjusted"), bounds(adjusted, term)[1], NUMERIC)
    put(paste0(id, ".upper_adjusted"), bounds(adjusted, term)[2], NUMERIC)
    put(paste0(id, ".p_adjusted"), 2 * pt(-abs(adjusted$b[term] / adjusted$md[term]), adjusted$df), NUMERIC)
    put(paste0(id, ".n_adjusted"), sum(complete.cases(followed[c("readiness", "years")])))
  }
  offers <- read("recruitment.csv")
  offers <- cbind(offers, coaches[match(offers$coach, coaches$coach), c("ips", "pa", "arm", "allocated")])
  offers$wait <- day(offers$included) - day(offers$allocated)
  not_eligible <- offers$eligible == "no"
  refused <- offers$eligible == "yes" & offers$consented == "no"
  for (g in groups) {
    here <- in_group(g, offers)
    say <- function(name, value) put(sprintf("recruitment.%s.%s", g, name), value)
    say("offered", sum(here))
    say("not_eligible", sum(here & not_eligible))
    say("eligible", sum(here & !not_eligible))
    say("refused", sum(here & refused))
    say("refused_share", sum(here & refused) / sum(here & !not_eligible))
    say("not_started", sum(here & offers$consented == "yes" & offers$included == ""))
    say("included", sum(here & offers$included != ""))
    for (r in unique(offers$reason[not_eligible]))
      say(paste0("not_eligible:", r), sum(here & not_eligible & offers$reason == r))
    for (r in unique(offers$reason[refused]))
      say(paste0("refused:", r), sum(here & refused & offers$reason == r))
    wait <- offers$wait[here & offers$included != ""]
    say("days_mean", mean(wait))
    say("days_median", median(wait))
    say("days_min", min(wait))
    say("days_max", max(wait))
  }
}
# Beside the effects: Gray's test within the levels of the other factor; Fine and Gray's model with
# both factors, the variance of crr built again with the influences summed by coach (crr gives no
# influences): a numerical derivative of the estimate by the weight of every coach would need weights,
# so eta and psi are written out (docs/methods/competing-events.md eq. 12).
influences <- function(p, x, b) {
  n <- nrow(p)
  time <- p$time; fate <- p$fate
  cens <- sort(unique(time[fate == 0]))
  left <- function(u) 1 - sum(time == u & fate == 0) / sum(time >= u)
  G <- function(t) prod(vapply(cens[cens < t], left, 0))
  r <- exp(drop(x %*% b))
  at <- sort(unique(time[fate == 1]))
  own <- sapply(time, G)
  W <- sapply(at, function(t) ifelse(time >= t, 1, ifelse(fate == 2, G(t) / own, 0)))
  d <- sapply(at, function(t) sum(time == t & fate == 1))
  S0 <- colSums(W * r)
  m <- t(W * r) %*% x / S0
  U <- matrix(0, n, ncol(x))
  for (i in seq_len(n)) {
    U[i, ] <- -colSums((matrix(x[i, ], length(at), ncol(x), byrow = TRUE) - m) * (r[i] * W[i, ] * d / S0))
    if (fate[i] == 1) U[i, ] <- U[i, ] + x[i, ] - m[match(time[i], at), ]
  }
  for (u in cens) {
    J <- which(time < u & fate == 2)
    q <- numeric(ncol(x))
    for (j in which(at >= u)) for (i in J) q <- q + W[i, j] * r[i] * (x[i, ] - m[j, ]) * d[j] / S0[j]
    Y <- sum(time >= u)
    here <- time == u & fate == 0
    U <- U + outer(here / Y - (time >= u) * sum(here) / Y^2, q)
  }
  U
}
if (competes) {
  x <- cbind(followed$ips == "with", followed$pa == "with") + 0
  b <- c(0, 0)
  for (k in 1:6) b <- crr(followed$time, followed$fate, x, init = b, gtol = 1e-16, maxiter = 30)$coef
  m <- crr(followed$time, followed$fate, x, init = b, gtol = 1e-13, maxiter = 5)
  U <- influences(followed, x, m$coef)
  stopifnot(max(abs(m$invinf %*% crossprod(U) %*% m$invinf - m$var)) < 1e-9)
  V <- m$invinf %*% crossprod(rowsum(U, followed$coach)) %*% m$invinf
  df <- length(unique(followed$coach)) - length(arms)
  for (f in c("ips", "pa")) {
    k <- match(f, c("ips", "pa"))
    other <- setdiff(c("ips", "pa"), f)
    id <- paste0("primary_", f)
    gray <- cuminc(followed$time, followed$fate, followed[[f]], followed[[other]])$Tests["1", ]
    put(paste0(id, ".gray.chisq"), gray["stat"], FITTED)
    put(paste0(id, ".gray.p"), gray["pv"], FITTED)
    se <- sqrt(V[k, k])
    show <- function(q, v) put(sprintf("%s.%swith.shr%s", id, f, q), v, NUMERIC)
    show("", exp(m$coef[k]))
    show("_lower", exp(m$coef[k] - qt(0.975, df) * se))
    show("_upper", exp(m$coef[k] + qt(0.975, df) * se))
    show("_p", 2 * pt(-abs(m$coef[k]) / se, df))
  }
}
crossed <- cox("ips * pa")
ratio("synergy", crossed, "ipswith:pawith", "ratio")
beside("synergy", crossed, "ipswith:pawith")
inside <- cox("arm")
for (a in arms[-1]) {
  put(sprintf("inside.%s.hr", a), exp(inside$b[paste0("arm", a)]), FITTED)
  put(sprintf("inside.%s.lower", a), bounds(inside, paste0("arm", a))[1], NUMERIC)
  put(sprintf("inside.%s.upper", a), bounds(inside, paste0("arm", a))[2], NUMERIC)
}
# The subgroup: the interaction, and the effect inside each level. Both are one model in two
# parametrisations, so both take its degrees of freedom.
by_level <- cox("ips * readiness + strata(pa)")
ratio("readiness", by_level, "ipswith:readinessready", "ratio")
nested <- cox("readiness + readiness:ips + strata(pa)")
for (l in c("not-ready", "ready")) {
  term <- sprintf("readiness%s:ipswith", l)
  put(sprintf("readiness.readiness=%s.hr", l), exp(nested$b[term]), FITTED)
  put(sprintf("readiness.readiness=%s.lower", l), bounds(nested, term, by_level$df)[1], NUMERIC)
  put(sprintf("readiness.readiness=%s.upper", l), bounds(nested, term, by_level$df)[2], NUMERIC)
}

# ---- 7. Permutation ------------------------------------------------------------------------------
residual_sums <- function(formula) {
  fit <- coxph(as.formula(paste("Surv(time, status) ~", formula)), followed,
               control = coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 60))
  as.numeric(tapply(residuals(fit, type = "martingale"), factor(followed$coach, coaches$coach), sum))
}
for (f in c("ips", "pa")) {
  R <- residual_sums(sprintf("strata(%s)", setdiff(c("ips", "pa"), f)))
  T <- apply(sets[[f]], 2, function(treated) sum(R[treated]))
  far <- abs(sum(R[coaches[[f]] == "with"]) - mean(T))
  id <- sprintf("primary_%s.%swith.", f, f)
  put(paste0(id, "p_permutation"), mean(abs(T - mean(T)) >= far - 1e-9))
  put(paste0(id, "allocations"), length(T))
  put(paste0(id, "smallest_p"), 2 / length(T)) # the mirror image of each is in the set
  # Inversion: halving between an effect that the one-sided test refuses and one that it keeps.
  one_sided <- function(b, upper) {
    R <- residual_sums(sprintf("strata(%s) + offset(%.17g * (%s == \"with\"))",
                               setdiff(c("ips", "pa"), f), b, f))
    T <- apply(sets[[f]], 2, function(treated) sum(R[treated]))
    seen <- sum(R[coaches[[f]] == "with"])
    mean(if (upper) T <= seen + 1e-9 else T >= seen - 1e-9)
  }
  for (upper in c(FALSE, TRUE)) {
    kept <- log(if (f == "ips") 1.5 else 0.9)
    refused <- kept + if (upper) 4 else -4
    stopifnot(one_sided(kept, upper) > 0.025, one_sided(refused, upper) <= 0.025)
    for (step in 1:50) {
      middle <- (kept + refused) / 2
      if (one_sided(middle, upper) <= 0.025) refused <- middle else kept <- middle
    }
    put(paste0(id, if (upper) "permutation_upper" else "permutation_lower"), exp(kept), 1e-6)
  }
}
# Inside the table: an arm and the reference arm, three coaches each, the others out of it.
for (a in arms[-1]) {
  two <- followed[followed$arm %in% c(arms[1], a), ]
  residual <- residuals(coxph(Surv(time, status) ~ 1, two), type = "martingale")
  of_arm <- coaches[coaches$arm %in% c(arms[1], a), ]
  R <- as.numeric(tapply(residual, factor(two$coach, of_arm$coach), sum))
  T <- combn(6, 3, function(treated) sum(R[treated]))
  id <- sprintf("inside.%s.", a)
  put(paste0(id, "p_permutation"),
      mean(abs(T - mean(T)) >= abs(sum(R[of_arm$arm == a]) - mean(T)) - 1e-9))
  put(paste0(id, "allocations"), length(T))
  put(paste0(id, "smallest_p"), 2 / length(T))
  # one allocation of 20 is 0.05 already: no effect has a one-sided p of 0.025
  put(paste0(id, "permutation_lower"), 0)
  put(paste0(id, "permutation_upper"), Inf)
}
# All 12! / 3!^4 allocations to four arms. `each` sees the coaches of the arms: three of usual, three
# of ips, and for every choice of three of the remaining six those of pa (columns of C).
over_all <- function(each) {
  A <- combn(12, 3)
  unlist(lapply(seq_len(ncol(A)), function(i) {
    rest <- setdiff(1:12, A[, i])
    B <- combn(rest, 3)
    lapply(seq_len(ncol(B)), function(j) {
      six <- setdiff(rest, B[, j])
      each(A[, i], B[, j], six, combn(six, 3))
    })
  }))
}
sums <- function(R, C) colSums(matrix(R[C], 3))
R0 <- residual_sums("1")
T <- over_all(function(a, b, six, C) {
  s <- sums(R0, C)
  (sum(R0[a])^2 + sum(R0[b])^2 + s^2 + (sum(R0[six]) - s)^2) / 3
})
observed <- sum(tapply(R0, coaches$arm, sum)^2) / 3
put("neither.arms.p", mean(T >= observed - 1e-9))
put("neither.arms.allocations", length(T))
put("neither.arms.smallest_p", factorial(4) / length(T)) # arms of one size can be renamed
R1 <- residual_sums("ips + pa")
studentised <- function(mean_of, var_of) # eq. 7 and 8
  (mean_of$usual + mean_of$both - mean_of$ips - mean_of$pa) /
    sqrt((var_of$usual + var_of$both + var_of$ips + var_of$pa) / 3)
T <- over_all(function(a, b, six, C) {
  s <- sums(R1, C)
  q <- sums(R1^2, C)
  s4 <- sum(R1[six]) - s
  q4 <- sum(R1[six]^2) - q
  studentised(list(usual = mean(R1[a]), ips = mean(R1[b]), pa = s / 3, both = s4 / 3),
              list(usual = var(R1[a]), ips = var(R1[b]), pa = (q - s^2 / 3) / 2,
                   both = (q4 - s4^2 / 3) / 2))
})
observed <- studentised(as.list(tapply(R1, coaches$arm, mean)), as.list(tapply(R1, coaches$arm, var)))
put("synergy.ipswith:pawith.p_permutation",
    mean(abs(T) >= abs(observed) - 1e-9 * max(1, abs(observed))))
put("synergy.ipswith:pawith.allocations", length(T))
put("synergy.ipswith:pawith.smallest_p", 8 / length(T)) # renamings that keep the contrast up to sign

# ---- 8. Risk and restricted mean at the horizon --------------------------------------------------
# Delete-one-coach jackknife in each arm; a contrast's variance is the sum of squared weights times
# them; t on coaches - arms.
contrast <- function(c, of) {
  value <- variance <- 0
  for (a in names(c)) {
    p <- followed[followed$arm == a, ]
    without <- sapply(unique(p$coach), function(k) of(p[p$coach != k, ]))
    n <- length(without)
    value <- value + c[[a]] * of(p)
    variance <- variance + c[[a]]^2 * (n - 1) / n * sum((without - mean(without))^2)
  }
  value + c(0, -1, 1) * qt(0.975, nrow(coaches) - length(arms)) * sqrt(variance)
}
differences <- function(format, c) {
  for (scale in c("risk", "rmst")) {
    v <- contrast(c, if (scale == "risk") risk_of else rmst_of)
    for (q in 1:3) put(sprintf(format, scale, c("difference", "lower", "upper")[q]), v[q], 1e-11)
  }
}
differences("primary_ips.%s.%s", c(usual = -0.5, ips = 0.5, pa = -0.5, both = 0.5))
differences("primary_pa.%s.%s", c(usual = -0.5, ips = -0.5, pa = 0.5, both = 0.5))
differences("synergy.%s.%s", c(usual = 1, ips = -1, pa = -1, both = 1))
for (a in arms[-1])
  differences(paste0("inside.", a, ".%s_%s"), setNames(c(-1, 1), c("usual", a)))

# ---- 9. Together: against the sum and the product ------------------------------------------------
# RERI of hazards by the delta method on the Mancl-DeRouen covariance, t on 8; RERI of risks on the
# jackknife variances of the arms, which are independent.
e <- exp(crossed$b)
e11 <- unname(prod(e))
slope <- c(e11 - e[1], e11 - e[2], e11)
half <- qt(0.975, crossed$df) * sqrt(drop(t(slope) %*% crossed$cov %*% slope))
reri <- e11 - unname(e[1]) - unname(e[2]) + 1
put("synergy.reri_hazard.estimate", reri, FITTED)
put("synergy.reri_hazard.lower", reri - half, NUMERIC)
put("synergy.reri_hazard.upper", reri + half, NUMERIC)
put("synergy.both.hr", e11, FITTED)
put("synergy.additive.hr", e[1] + e[2] - 1, FITTED)
put("synergy.multiplicative.hr", e[1] * e[2], FITTED)
quantile_t <- qt(0.975, nrow(coaches) - length(arms))
one <- sapply(arms, function(a) contrast(setNames(1, a), risk_of))
p <- one[1, arms]
s <- (one[3, arms] - p) / quantile_t
excess <- p[["both"]] - p[["ips"]] - p[["pa"]]
reri <- excess / p[["usual"]] + 1
half <- quantile_t * sqrt(sum(s[c("ips", "pa", "both")]^2) / p[["usual"]]^2 +
                            excess^2 / p[["usual"]]^4 * s[["usual"]]^2)
put("synergy.reri_risk.estimate", reri, 1e-11)
put("synergy.reri_risk.lower", reri - half, 1e-11)
put("synergy.reri_risk.upper", reri + half, 1e-11)
put("synergy.additive.risk", p[["ips"]] + p[["pa"]] - p[["usual"]], 1e-11)
put("synergy.multiplicative.risk", p[["ips"]] * p[["pa"]] / p[["usual"]], 1e-11)
for (a in arms) {
  put(sprintf("synergy.%s.risk_lower", a), max(0, one[2, a]), 1e-11)
  put(sprintf("synergy.%s.risk_upper", a), min(1, one[3, a]), 1e-11)
}

# ---- 10. How alike people of one coach are, within arms ------------------------------------------
spread <- function(q, value, tolerance = 1e-9) put(paste0("spread.coaches.", q), value, tolerance)
table <- anova(lm(status ~ arm + factor(paste(arm, coach)), followed))
df1 <- table$Df[2]
df2 <- table$Df[3]
f <- table[["F value"]][2]
sizes <- tapply(followed$status, followed$coach, length)
arm_of <- tapply(as.character(followed$arm), followed$coach, `[`, 1)
n0 <- (nrow(followed) - sum(tapply(sizes^2, arm_of, sum) / tapply(sizes, arm_of, sum))) / df1
icc_at <- function(f) (f - 1) / (f + n0 - 1)
spread("icc", icc_at(f))
spread("icc_lower", icc_at(f / qf(0.975, df1, df2)))
spread("icc_upper", icc_at(f / qf(0.025, df1, df2)))
spread("icc_planned", 0.05) # design.planned of study.yaml
spread("n0", n0)
coach_events <- tapply(followed$status, followed$coach, sum)
coach_time <- tapply(followed$time, followed$coach, sum)
lambda <- (tapply(coach_events, arm_of, sum) / tapply(coach_time, arm_of, sum))[arm_of]
x <- coach_events / coach_time / lambda
expected <- lambda * coach_time
J <- tapply(x, arm_of, length)
k2 <- sum((J - 1) * (tapply(x, arm_of, var) - tapply(1 / expected, arm_of, mean))) / sum(J - 1)
Q <- function(k2) {
  w <- 1 / (1 / expected + k2)
  sum(w * (x - (tapply(w * x, arm_of, sum) / tapply(w, arm_of, sum))[arm_of])^2)
}
least <- -1 / max(expected) * (1 - 1e-13)
limit <- function(p) {
  want <- qchisq(p, sum(J - 1))
  if (Q(least) <= want) return(least)
  uniroot(function(v) Q(v) - want, c(least, 1e4), tol = 1e-15, maxiter = 10000)$root
}
root <- function(v) sign(v) * sqrt(abs(v))
spread("k", root(k2))
spread("k_lower", root(limit(0.975)), NUMERIC)
spread("k_upper", root(limit(0.025)), NUMERIC)
# Gamma frailty: coxph's own marginal likelihood at fixed theta, maximised further.
fine <- coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 300, outer.max = 50, timefix = FALSE)
followed$coach_factor <- factor(followed$coach)
marginal <- function(theta) {
  formula <- Surv(time, status) ~ strata(arm) + frailty(coach_factor, theta = theta0, sparse = FALSE)
  environment(formula) <- list2env(list(theta0 = theta), parent = globalenv())
  coxph(formula, followed, control = fine)$history[[1]]$c.loglik
}
best <- optimize(marginal, c(1e-4, 4), maximum = TRUE, tol = 1e-9)$maximum
h <- 0.1 * best
second <- function(h) (marginal(best + h) - 2 * marginal(best) + marginal(best - h)) / h^2
at_zero <- coxph(Surv(time, status) ~ strata(arm), followed, control = fine)$loglik[1]
inside_theta <- best > 2e-4 && marginal(best) > at_zero
if (!inside_theta) best <- 0
half <- if (inside_theta) qnorm(0.975) / sqrt(-(4 * second(h / 2) - second(h)) / 3) else NA
tau <- function(t) t / (t + 2)
LOOSE <- 1e-4 # optimize() and a second difference
spread("theta", best, LOOSE)
spread("theta_lower", if (is.na(half)) NA else max(0, best - half), LOOSE)
spread("theta_upper", best + half, LOOSE)
spread("tau", tau(best), LOOSE)
spread("tau_lower", if (is.na(half)) NA else tau(max(0, best - half)), LOOSE)
spread("tau_upper", tau(best + half), LOOSE)

# ---- 11. Answers by wave -------------------------------------------------------------------------
# A mixed model with Kenward and Roger's degrees of freedom, and estimating equations by coach with the
# correction of Kauermann and Carroll worked out here.
ITERATED <- 2e-5 # as far as lme4's optimiser goes
waves_table <- function(item) {
  said <- answers[answers$item == item & answers$value != "", ]
  said$value <- as.numeric(said$value)
  first <- said[said$wave == "0m", ]
  said$baseline <- first$value[match(said$person, first$person)]
  said <- said[said$wave != "0m", ]
  said$wave <- factor(said$wave, c("6m", "12m", "18m", "24m"))
  said$coach <- people$coach[match(said$person, people$person)]
  arm <- coaches[match(said$coach, coaches$coach), ]
  said$ips <- factor(arm$ips, c("without", "with"))
  said$pa <- factor(arm$pa, c("without", "with"))
  said[!is.na(said$baseline), ]
}
# estimate, standard error and degrees of freedom of each row of l; level = the number of coaches - 1 - columns
put_linear <- function(id, name, value, se, df, n = NULL, holm = NULL, tolerance) {
  half <- qt(0.975, df) * se
  put(paste0(id, ".", name), value, tolerance)
  put(paste0(id, ".lower"), value - half, tolerance)
  put(paste0(id, ".upper"), value + half, tolerance)
  if (!is.null(n)) return(put(paste0(id, ".n"), n))
  put(paste0(id, ".p"), 2 * pt(-abs(value / se), df), tolerance)
  put(paste0(id, ".p_holm"), holm, tolerance)
  put(paste0(id, ".df"), df, tolerance)
}
arm_of <- c("usual", "ips", "pa", "both")
effects <- list(ipswith = c(-1, 1, -1, 1) / 2, pawith = c(-1, -1, 1, 1) / 2, "ipswith:pawith" = c(1, -1, -1, 1))
if (file.exists(file.path(folder, "answers.csv"))) {
  suppressMessages({
    library(lme4)
    library(pbkrtest)
    library(geepack)
  })
  answers <- read("answers.csv")
  w <- waves_table("participation")
  f <- suppressMessages(lmer(value ~ baseline + ips * pa * wave + (1 | coach / person), w,
                             control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5))))
  adjusted <- vcovAdj(f)
  V <- as.matrix(adjusted)
  level <- nrow(coaches) - 1 - 3
  grid <- expand.grid(ips = levels(w$ips), pa = levels(w$pa), wave = levels(w$wave))
  X <- model.matrix(~ baseline + ips * pa * wave, cbind(grid, baseline = mean(w$baseline)))
  linear <- function(l) {
    kr <- Lb_ddf(l, vcov(f), adjusted)
    between <- any(abs(l[c("(Intercept)", "ipswith", "pawith", "ipswith:pawith")]) > 1e-10)
    list(value = sum(l * fixef(f)), se = sqrt(drop(l %*% V %*% l)), df = if (between) min(kr, level) else kr)
  }
  for (k in seq_len(nrow(X))) {
    e <- linear(X[k, ])
    n <- sum(w$ips == grid$ips[k] & w$pa == grid$pa[k] & w$wave == grid$wave[k])
    put_linear(sprintf("participation_waves.wave=%s.%s", grid$wave[k], arm_of[(k - 1) %% 4 + 1]), "mean",
               e$value, e$se, e$df, n = n, tolerance = ITERATED)
  }
  for (name in names(effects)) {
    L <- t(sapply(0:3, function(t) colSums(effects[[name]] * X[4 * t + 1:4, ])))
    e <- apply(L, 1, linear)
    p <- sapply(e, function(x) 2 * pt(-abs(x$value / x$se), x$df))
    for (t in 1:4)
      put_linear(sprintf("participation_waves.wave=%s.%s", levels(w$wave)[t], name), "difference", e[[t]]$value,
                 e[[t]]$se, e[[t]]$df, holm = p.adjust(p, "holm")[t], tolerance = ITERATED)
    kr <- function(L, most) { # the F test of Kenward and Roger, its denominator at most that
      s <- KRmodcomp(f, L)$stats
      pf(s$Fstat, s$ndf, min(s$ddf, most), lower.tail = FALSE)
    }
    short <- gsub("with", "", name)
    put(sprintf("participation_waves.all.%s.p", short), kr(L, level), ITERATED)
    put(sprintf("participation_waves.change.%s.p", paste0(short, ":wave")), kr(t(t(L[-1, ]) - L[1, ]), Inf), ITERATED)
  }

  w <- waves_table("quality_of_life")
  w <- w[order(w$coach), ]
  g <- geeglm(value ~ baseline + ips + pa + wave, id = factor(w$coach), data = w, corstr = "exchangeable",
              control = geese.control(epsilon = 1e-14, maxit = 200))
  X <- model.matrix(~ baseline + ips + pa + wave, w)
  alpha <- unname(g$geese$alpha)
  inverse <- lapply(split(seq_len(nrow(w)), w$coach), function(i) {
    n <- length(i)
    solve((1 - alpha) * diag(n) + alpha)
  })
  parts <- split(seq_len(nrow(w)), w$coach)
  bread <- solve(Reduce(`+`, lapply(names(parts), function(k) t(X[parts[[k]], ]) %*% inverse[[k]] %*% X[parts[[k]], ])))
  residual <- w$value - drop(X %*% coef(g))
  # (u U' + U u') / 2 with the residuals of U taken by (I - H)^-1: docs/methods/few-clusters.md eq. 3
  meat <- Reduce(`+`, lapply(names(parts), function(k) {
    i <- parts[[k]]
    H <- X[i, ] %*% bread %*% t(X[i, ]) %*% inverse[[k]]
    u <- t(X[i, ]) %*% inverse[[k]] %*% residual[i]
    U <- t(X[i, ]) %*% inverse[[k]] %*% solve(diag(length(i)) - H, residual[i])
    (u %*% t(U) + U %*% t(u)) / 2
  }))
  V <- bread %*% meat %*% bread
  df <- nrow(coaches) - 1 - 2
  share <- table(w$wave) / nrow(w)
  grid <- expand.grid(ips = levels(w$ips), pa = levels(w$pa), wave = levels(w$wave))
  G <- model.matrix(~ baseline + ips + pa + wave, cbind(grid, baseline = mean(w$baseline)))
  for (k in 1:4) {
    l <- colSums(as.numeric(share) * G[seq(k, 16, 4), ])
    n <- sum(w$ips == grid$ips[k] & w$pa == grid$pa[k])
    put_linear(paste0("quality_waves.all.", arm_of[k]), "mean", sum(l * coef(g)), sqrt(drop(l %*% V %*% l)), df,
               n = n, tolerance = ITERATED)
  }
  for (name in c("ipswith", "pawith")) {
    value <- coef(g)[[name]]
    se <- sqrt(V[match(name, names(coef(g))), match(name, names(coef(g)))])
    put_linear(paste0("quality_waves.all.", name), "difference", value, se, df, holm = 2 * pt(-abs(value / se), df),
               tolerance = ITERATED)
  }
}

# ---- Write ---------------------------------------------------------------------------------------
stopifnot(grepl("\\.median$|(theta|tau)_", fact$id[is.na(fact$value)])) # nothing else is undefined
order <- order(fact$id, method = "radix")
number <- ifelse(is.na(fact$value), "NA", sprintf("%.17g", pmin(fact$value, 1e300))) # Inf: 1e300
lines <- sprintf("\"%s\",%s,%g", fact$id, number, fact$tolerance)[order]
writeLines(c("id,value,tolerance", lines), arguments[2])
cat(length(lines), "facts\n")
