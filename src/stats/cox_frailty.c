#include "stats/cox_frailty.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_frailty_priv.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"

#define FIRST_THETA 0.1
#define MOST_THETA  1e4
enum { MOST_ROOT_STEPS = 200 };

typedef struct {
    const fp_survdata *data;
    const double *x, *offset; /* n x p, n */
    fp_cox_options options;
    fp_risk risk;
    fp_frailty_fit w;
    const double **column; /* p kept */
    double *mean;          /* p kept */
    ptrdiff_t *kept;       /* p: their places */
    int iterations;
    bool failed;
} search;

/* log(1 + y) - y for y >= 0 without cancellation. */
static double log1p_less(double y)
{
    if (y > 0.01)
        return log1p(y) - y;
    double sum = 0, power = -y * y;
    for (int k = 2; k < 10; k++, power *= -y)
        sum += power / k;
    return sum;
}

/* b - (exp(b) - 1). */
static double less_expm1(double b)
{
    if (fabs(b) > 0.01)
        return b - expm1(b);
    double sum = 0, term = b * b / 2;
    for (int k = 3; k < 11; k++, term *= b / (k - 1))
        sum -= term;
    return sum;
}

/* What the marginal log-likelihood has beyond the penalised one, and its derivative; eq. 6, 7. */
static double correction(const search *s, double theta)
{
    double sum = 0;
    for (ptrdiff_t g = 0; g < s->w.groups; g++) {
        double d = s->w.events[g];
        sum += d - (1 / theta + d) * log1p(d * theta);
        for (double k = 1; k < d; k++)
            sum += log1p(k * theta);
    }
    return sum;
}

static double slope(const search *s, double theta)
{
    double outer = 0, inner = 0;
    for (ptrdiff_t g = 0; g < s->w.groups; g++) {
        double d = s->w.events[g];
        outer += log1p_less(d * theta) - less_expm1(s->w.at[s->w.p + g]);
        for (double k = 1; k < d; k++)
            inner += k / (1 + k * theta);
    }
    return outer / (theta * theta) + inner;
}

/* Derivative of the profile marginal log-likelihood at theta > 0, the fit there left in w. */
static double slope_at(search *s, double theta)
{
    s->w.theta = theta;
    if (!fp_frailty_maximise(&s->w, &s->iterations))
        s->failed = true;
    return slope(s, theta);
}

/* The same at theta = 0, from the ordinary fit; eq. 8. */
static fp_status slope_at_zero(search *s, const double *eta, fp_arena *arena, double *out,
                               fp_err *err)
{
    double *residual, *sum = s->w.trial + s->w.p, total = 0;
    FP_TRY(fp_cox_martingale(s->data, eta, s->options.ties, arena, &residual, err));
    memset(sum, 0, (size_t)s->w.groups * sizeof *sum);
    for (ptrdiff_t i = 0; i < s->data->n; i++)
        sum[s->w.group[i]] += residual[i];
    for (ptrdiff_t g = 0; g < s->w.groups; g++)
        total += (sum[g] * sum[g] - s->w.events[g]) / 2;
    *out = total;
    return FP_OK;
}

/* Where the slope changes from above to below 0 between low and high: regula falsi, the end that
 * stays losing half of its weight (the Illinois rule). */
static double root(search *s, double low, double at_low, double high, double at_high)
{
    double theta = high, before;
    for (int k = 0; k < MOST_ROOT_STEPS && !s->failed; k++) {
        before = theta;
        theta = (low * at_high - high * at_low) / (at_high - at_low);
        double f = slope_at(s, theta);
        if (fabs(theta - before) <= 1e-10 * theta)
            return theta;
        if (f > 0) {
            low = theta;
            at_low = f;
            at_high /= 2;
        } else {
            high = theta;
            at_high = f;
            at_low /= 2;
        }
    }
    s->failed = true;
    return theta;
}

/* The largest marginal log-likelihood on theta >= 0. Where it falls at 0 it may still rise later:
 * a few values tell. Sets `failed` where it rises without end. */
static double best_theta(search *s, double at_zero, double loglik_zero)
{
    double low = 0, at_low = at_zero, high = FIRST_THETA, f = slope_at(s, high);
    bool rises = at_zero > 0;
    for (; !s->failed && (f > 0 || (!rises && high < 20)); f = slope_at(s, high)) {
        if (f > 0) {
            rises = true;
            low = high;
            at_low = f;
        }
        high *= 4;
        s->failed = high > MOST_THETA;
    }
    if (s->failed || !rises)
        return 0;
    double theta = root(s, low, at_low, high, f);
    bool better = at_zero > 0 || s->w.loglik + correction(s, theta) > loglik_zero;
    return better ? theta : 0;
}

/* Central difference of the slope, its error of second order taken out; eq. 9. */
static double theta_se(search *s, double theta)
{
    double d[2];
    for (int k = 0; k < 2; k++) {
        double h = 0.01 * theta / (k + 1);
        double above = slope_at(s, theta + h);
        d[k] = (above - slope_at(s, theta - h)) / (2 * h);
    }
    double curve = (4 * d[1] - d[0]) / 3;
    return curve < 0 ? 1 / sqrt(-curve) : FP_NUM_NAN;
}

static fp_status search_create(search *s, const fp_cox_fit *zero, const int32_t *group,
                               ptrdiff_t groups, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = s->data->n, p = 0;
    FP_TRY(fp_risk_create(s->data, arena, &s->risk, err));
    FP_ARRAY(s->column, arena, zero->p, err);
    FP_ARRAY(s->mean, arena, zero->p, err);
    FP_ARRAY(s->kept, arena, zero->p, err);
    for (ptrdiff_t j = 0; j < zero->p; j++) {
        if (isnan(zero->beta[j]))
            continue;
        s->kept[p] = j;
        s->mean[p] = zero->mean[j];
        s->column[p++] = s->x + j * n;
    }
    s->w = (fp_frailty_fit){.q = {s->data, &s->risk, s->options.ties, 0, NULL, NULL},
                            .offset = s->offset,
                            .group = group,
                            .p = p,
                            .groups = groups,
                            .x = s->column,
                            .mean = s->mean};
    FP_TRY(fp_frailty_create(&s->w, arena, err));
    for (ptrdiff_t j = 0; j < p; j++)
        s->w.at[j] = zero->beta[s->kept[j]];
    return FP_OK;
}

/* Variance of beta and se2 at the maximum; eq. 5. */
static fp_status add_variance(search *s, ptrdiff_t p, double *var, double *se2, fp_arena *arena,
                              fp_err *err)
{
    ptrdiff_t u = s->w.unknowns;
    double *unit, *y;
    FP_ARRAY(unit, arena, u, err);
    FP_ARRAY(y, arena, u, err);
    for (ptrdiff_t j = 0; j < s->w.p; j++) {
        unit[j] = 1;
        fp_frailty_solve(&s->w, unit, 1e-13, y);
        unit[j] = 0;
        double less = 0;
        for (ptrdiff_t g = 0; g < s->w.groups; g++)
            less += y[s->w.p + g] * y[s->w.p + g] * s->w.penalty[g];
        se2[s->kept[j]] = sqrt(fmax(y[j] - less, 0));
        for (ptrdiff_t l = 0; l < s->w.p; l++)
            var[s->kept[l] + s->kept[j] * p] = y[l];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = 0; l < j; l++)
            var[l + j * p] = var[j + l * p] = (var[l + j * p] + var[j + l * p]) / 2;
    return FP_OK;
}

static fp_status wald(const fp_cox_fit *zero, const double *beta, const double *var, double *chisq,
                      fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = zero->p;
    double *copy, *known, *work;
    bool *keep;
    FP_ARRAY(copy, arena, p * p, err);
    FP_ARRAY(known, arena, p, err);
    FP_ARRAY(work, arena, p, err);
    FP_ARRAY(keep, arena, p, err);
    memcpy(copy, var, (size_t)(p * p) * sizeof *var);
    for (ptrdiff_t j = 0; j < p; j++) {
        keep[j] = !isnan(beta[j]);
        known[j] = keep[j] ? beta[j] : 0;
    }
    *chisq = fp_quadratic_inverse(copy, p, known, 1e-14, keep, work);
    return FP_OK;
}

/* The marginal log-likelihood of the frailty without terms. */
static fp_status fit_alone(const search *with, fp_arena *arena, double *loglik, fp_err *err)
{
    search s = {.data = with->data, .offset = with->offset, .options = with->options};
    fp_cox_fit zero;
    double at_zero;
    FP_TRY(fp_cox(s.data, 0, NULL, s.offset, &s.options, arena, &zero, err));
    FP_TRY(search_create(&s, &zero, with->w.group, with->w.groups, arena, err));
    FP_TRY(slope_at_zero(&s, zero.eta, arena, &at_zero, err));
    double theta = best_theta(&s, at_zero, zero.loglik_null);
    if (s.failed)
        *loglik = FP_NUM_NAN;
    else
        *loglik = theta > 0 ? s.w.loglik + correction(&s, theta) : zero.loglik_null;
    return FP_OK;
}

typedef struct {
    double *beta, *var, *mean, *eta, *log_frailty, *events, *se2;
} places;

static fp_status places_create(places *to, ptrdiff_t n, ptrdiff_t p, ptrdiff_t groups,
                               fp_arena *arena, fp_err *err)
{
    FP_ARRAY(to->beta, arena, p, err);
    FP_ARRAY(to->var, arena, p * p, err);
    FP_ARRAY(to->mean, arena, p, err);
    FP_ARRAY(to->eta, arena, n, err);
    FP_ARRAY(to->log_frailty, arena, groups, err);
    FP_ARRAY(to->events, arena, groups, err);
    FP_ARRAY(to->se2, arena, p, err);
    return FP_OK;
}

static void copy_zero(const places *to, const fp_cox_fit *zero, fp_cox_fit *fit)
{
    ptrdiff_t p = zero->p;
    *fit = *zero;
    if (p > 0) {
        memcpy(to->beta, zero->beta, (size_t)p * sizeof *to->beta);
        memcpy(to->var, zero->var, (size_t)(p * p) * sizeof *to->var);
        memcpy(to->mean, zero->mean, (size_t)p * sizeof *to->mean);
    }
    memcpy(to->eta, zero->eta, (size_t)zero->n * sizeof *to->eta);
    for (ptrdiff_t j = 0; j < p; j++)
        to->se2[j] = isnan(zero->beta[j]) ? FP_NUM_NAN : sqrt(zero->var[j + j * p]);
    fit->beta = to->beta;
    fit->var = to->var;
    fit->mean = to->mean;
    fit->eta = to->eta;
    fit->score_chisq = FP_NUM_NAN;
}

/* theta above 0: everything at the maximum there. */
static fp_status add_interior(search *s, const places *to, fp_arena *arena, fp_cox_fit *fit,
                              fp_cox_frailty_part *part, fp_err *err)
{
    part->theta_se = theta_se(s, part->theta);
    (void)slope_at(s, part->theta);
    part->loglik = s->w.loglik + correction(s, part->theta);
    for (ptrdiff_t j = 0; j < s->w.p; j++)
        to->beta[s->kept[j]] = s->w.at[j];
    memcpy(to->log_frailty, s->w.at + s->w.p, (size_t)s->w.groups * sizeof *to->log_frailty);
    memcpy(to->eta, s->w.eta, (size_t)s->data->n * sizeof *to->eta);
    FP_TRY(add_variance(s, fit->p, to->var, to->se2, arena, err));
    fit->loglik_fitted = part->loglik;
    return wald(fit, to->beta, to->var, &fit->wald_chisq, arena, err);
}

static fp_status fit_frailty(search *s, const fp_cox_fit *zero, const int32_t *group,
                             ptrdiff_t groups, const places *to, fp_arena *arena, fp_cox_fit *fit,
                             fp_cox_frailty_part *part, fp_err *err)
{
    double at_zero;
    FP_TRY(search_create(s, zero, group, groups, arena, err));
    memcpy(to->events, s->w.events, (size_t)groups * sizeof *to->events);
    FP_TRY(slope_at_zero(s, zero->eta, arena, &at_zero, err));
    part->loglik = part->loglik_zero = zero->loglik_fitted;
    part->theta = best_theta(s, at_zero, part->loglik_zero);
    if (!s->failed && part->theta > 0)
        FP_TRY(add_interior(s, to, arena, fit, part, err));
    fit->iterations += s->iterations;
    if (s->failed) {
        fit->state = FP_COX_MAX_ITER;
        part->theta = FP_NUM_NAN;
        return FP_OK;
    }
    part->chisq = fmax(2 * (part->loglik - part->loglik_zero), 0);
    part->p = part->theta > 0 ? fp_chisq_upper(part->chisq, 1) / 2 : 1;
    part->loglik_null = part->loglik;
    if (s->w.p > 0)
        FP_TRY(fit_alone(s, arena, &part->loglik_null, err));
    fit->lr_chisq = 2 * (part->loglik - part->loglik_null);
    return FP_OK;
}

static fp_status check(const fp_survdata *data, const int32_t *group, ptrdiff_t groups,
                       fp_ties ties, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (data->weight)
        return fp_fail(err, FP_ARG, "a frailty is not defined with case weights");
    if (ties == FP_TIES_EXACT)
        return fp_fail(err, FP_ARG, "a frailty is not defined with exact ties");
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (group[i] < 0 || group[i] >= groups)
            return fp_fail(err, FP_ARG, "row %td has group %d of %td", i + 1, group[i], groups);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                     const int32_t *group, ptrdiff_t groups, const fp_cox_options *options,
                     fp_arena *arena, fp_cox_fit *fit, fp_cox_frailty_part *frailty, fp_err *err)
{
    search s = {.data = data, .x = x, .offset = offset};
    s.options = options ? *options : fp_cox_defaults();
    FP_TRY(check(data, group, groups, s.options.ties, err));
    places to;
    FP_TRY(places_create(&to, data->n, p, groups, arena, err));
    fp_arena_point mark = fp_arena_mark(arena);
    fp_cox_fit zero, result;
    fp_cox_frailty_part part = {.theta = FP_NUM_NAN,
                                .theta_se = FP_NUM_NAN,
                                .loglik = FP_NUM_NAN,
                                .loglik_zero = FP_NUM_NAN,
                                .chisq = FP_NUM_NAN,
                                .p = FP_NUM_NAN,
                                .loglik_null = FP_NUM_NAN,
                                .log_frailty = to.log_frailty,
                                .events = to.events,
                                .se2 = to.se2};
    FP_TRY(fp_cox(data, p, x, offset, &s.options, arena, &zero, err));
    copy_zero(&to, &zero, &result);
    if (zero.state == FP_COX_CONVERGED || zero.state == FP_COX_NO_TERMS)
        FP_TRY(fit_frailty(&s, &zero, group, groups, &to, arena, &result, &part, err));
    fp_arena_rewind(arena, mark);
    *fit = result;
    *frailty = part;
    return FP_OK;
}

fp_status fp_cox_frailty(const fp_survdata *data, ptrdiff_t p, const double *x,
                         const double *offset, const int32_t *group, ptrdiff_t groups,
                         const fp_cox_options *options, fp_arena *arena, fp_cox_fit *fit,
                         fp_cox_frailty_part *frailty, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, p, x, offset, group, groups, options, arena, fit, frailty, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
