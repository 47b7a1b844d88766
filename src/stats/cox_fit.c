#include "stats/cox.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_priv.h"
#include "stats/dense_priv.h"

#define MOST_HALVINGS 30

fp_cox_options fp_cox_defaults(void)
{
    return (fp_cox_options){FP_TIES_EFRON, 20, 1e-9, pow(DBL_EPSILON, 0.75)};
}

typedef struct {
    fp_cox_problem q;
    fp_cox_options opt;
    const double *offset;
    fp_cox_sums sums;
    bool *keep;    /* p; columns not aliased at beta = 0: that does not depend on beta */
    double *beta;  /* p */
    double *trial; /* p */
    double *step;  /* p; next Newton step */
    double *score; /* p */
    double *info;  /* p x p */
    double *chol;  /* p x p */
    double *base;  /* p */
    double *eta;   /* n */
    bool *pivot;   /* p; columns that the factor of now could use */
    ptrdiff_t rank;
    double loglik;
    double decrement; /* score' step: twice the log-likelihood still to gain, to second order */
} newton;

static void log_likelihood(newton *w, const double *beta)
{
    fp_cox_predict(&w->q, beta, w->offset, w->eta);
    fp_cox_sums_scalar(&w->q, w->eta, &w->sums);
}

/* eq. 2. Rows with an event, less the expected covariate at every death. */
static void score_vector(newton *w)
{
    const fp_risk *k = w->q.risk;
    const fp_survdata *data = w->q.data;
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        const double *x = w->q.x + j * k->n;
        const double *s1 = w->sums.s1 + j * k->length, *e1 = w->sums.e1 + j * k->length;
        double sum = 0;
        for (ptrdiff_t i = 0; i < k->n; i++)
            if (data->event[i])
                sum += fp_row_weight(data, i) * (x[i] - w->q.mean[j]);
        for (ptrdiff_t g = 0; g < k->length; g++)
            sum -= w->sums.c0[g] * s1[g] - w->sums.c1[g] * e1[g];
        w->score[j] = sum;
    }
}

/* Score, information and the next Newton step at the beta of the last log_likelihood(). */
static void derivatives(newton *w)
{
    ptrdiff_t p = w->q.p;
    fp_cox_sums_columns(&w->q, &w->sums);
    score_vector(w);
    fp_cox_information(&w->q, &w->sums, NULL, w->info, w->base);
    memcpy(w->chol, w->info, (size_t)(p * p) * sizeof *w->chol);
    memcpy(w->pivot, w->keep, (size_t)p * sizeof *w->pivot);
    w->rank = fp_chol(w->chol, p, w->base, w->opt.rank_tolerance, w->pivot);
    w->decrement = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        w->step[j] = w->pivot[j] ? w->score[j] : 0;
    fp_chol_solve(w->chol, p, w->step);
    for (ptrdiff_t j = 0; j < p; j++)
        w->decrement += w->step[j] * w->score[j];
}

/* Take the step, halving it while the log-likelihood falls. False where no step helps. */
static bool advance(newton *w)
{
    ptrdiff_t p = w->q.p;
    double least = w->loglik - 1e-12 * (fabs(w->loglik) + 1), size = 1;
    for (int halvings = 0; halvings <= MOST_HALVINGS; halvings++, size /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            w->trial[j] = w->beta[j] + size * w->step[j];
        log_likelihood(w, w->trial);
        if (isfinite(w->sums.loglik) && w->sums.loglik >= least) {
            memcpy(w->beta, w->trial, (size_t)p * sizeof *w->beta);
            w->loglik = w->sums.loglik;
            return true;
        }
    }
    log_likelihood(w, w->beta);
    return false;
}

/* How far apart the next step would move the linear predictors of two rows. */
static double reach(newton *w)
{
    double least = 0, most = 0;
    for (ptrdiff_t from = 0; from < w->q.risk->n; from++) {
        double move = 0;
        for (ptrdiff_t j = 0; j < w->q.p; j++)
            move += (w->q.x[from + j * w->q.risk->n] - w->q.mean[j]) * w->step[j];
        least = fmin(least, move);
        most = fmax(most, move);
    }
    return most - least;
}

/* Newton steps shrink quadratically near a maximum. Where the likelihood is monotone they stay near
 * one unit of the linear predictor while the gain dwindles by a factor e a step: that is how
 * separation shows (docs/methods/cox.md, separation). */
static bool runs_away(newton *w, double least_gain)
{
    return w->decrement < least_gain && reach(w) > 0.5;
}

static fp_cox_state iterate(newton *w, int *iterations)
{
    ptrdiff_t rank = w->rank;
    bool near = false;
    for (*iterations = 0; *iterations <= w->opt.max_iterations;) {
        if (!near && *iterations == w->opt.max_iterations)
            break;
        double before = w->loglik;
        bool moved = advance(w);
        derivatives(w);
        ++*iterations;
        if (w->rank < rank || !moved)
            return runs_away(w, 1e-2) || w->rank < rank ? FP_COX_SEPARATED : FP_COX_MAX_ITER;
        if (near)
            return FP_COX_CONVERGED;
        bool still = fabs(w->loglik - before) <= w->opt.tolerance * (fabs(w->loglik) + 1);
        if (still && runs_away(w, 1e-6))
            return FP_COX_SEPARATED;
        near = still && reach(w) < 1e-3;
    }
    return runs_away(w, 1e-2) ? FP_COX_SEPARATED : FP_COX_MAX_ITER;
}

static fp_status newton_create(newton *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q.p;
    FP_TRY(fp_cox_sums_create(&w->q, arena, &w->sums, err));
    FP_ARRAY(w->keep, arena, p, err);
    FP_ARRAY(w->trial, arena, p, err);
    FP_ARRAY(w->step, arena, p, err);
    FP_ARRAY(w->score, arena, p, err);
    FP_ARRAY(w->info, arena, p * p, err);
    FP_ARRAY(w->chol, arena, p * p, err);
    FP_ARRAY(w->base, arena, p, err);
    FP_ARRAY(w->pivot, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        w->keep[j] = true;
    return FP_OK;
}

static double wald(const newton *w)
{
    ptrdiff_t p = w->q.p;
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            if (w->keep[i] && w->keep[j])
                sum += w->beta[i] * w->info[i + j * p] * w->beta[j];
    return sum;
}

/* From the null model to the result; `fit` holds n, events, p and the mean already. */
static void solve(newton *w, double *var, fp_cox_fit *fit)
{
    ptrdiff_t p = w->q.p;
    log_likelihood(w, w->beta);
    fit->loglik_null = fit->loglik_fitted = w->loglik = w->sums.loglik;
    derivatives(w);
    memcpy(w->keep, w->pivot, (size_t)p * sizeof *w->keep);
    fit->rank = w->rank;
    fit->score_chisq = w->decrement;
    fit->state = w->rank > 0 ? iterate(w, &fit->iterations) : FP_COX_NO_TERMS;
    if (fit->rank > 0) { /* at the end w->rank can be 0: the information of a separated fit */
        fit->loglik_fitted = w->loglik;
        fit->wald_chisq = wald(w);
        fit->lr_chisq = 2 * (fit->loglik_fitted - fit->loglik_null);
        fp_chol_inverse(w->chol, p, var);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        if (!w->keep[j])
            w->beta[j] = FP_NUM_NAN;
}

static fp_status fit_model(const fp_survdata *data, ptrdiff_t p, const double *x,
                           const double *offset, const fp_cox_options *options, fp_arena *arena,
                           fp_cox_fit *fit, fp_err *err)
{
    if (p < 0 || (p > 0 && !x))
        return fp_fail(err, FP_ARG, "a Cox model of %td columns", p);
    FP_TRY(fp_survdata_check(data, err));
    double *mean, *beta, *var, *eta;
    FP_ARRAY(mean, arena, p, err);
    FP_ARRAY(beta, arena, p, err);
    FP_ARRAY(var, arena, p * p, err);
    FP_ARRAY(eta, arena, data->n, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_risk risk;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    fp_cox_means(data->n, p, x, mean);
    fp_cox_fit result = {.n = data->n,
                         .events = risk.events,
                         .p = p,
                         .beta = beta,
                         .mean = mean,
                         .var = var,
                         .eta = eta};
    newton w = {.opt = options ? *options : fp_cox_defaults(), .offset = offset, .beta = beta};
    w.eta = eta;
    w.q = (fp_cox_problem){data, &risk, w.opt.ties, p, x, mean};
    if (risk.events > 0) {
        FP_TRY(newton_create(&w, arena, err));
        solve(&w, var, &result);
    } else {
        result.state = FP_COX_NO_EVENTS;
        for (ptrdiff_t j = 0; j < p; j++)
            beta[j] = FP_NUM_NAN;
        fp_cox_predict(&w.q, beta, offset, eta);
    }
    fp_arena_rewind(arena, mark);
    *fit = result;
    return FP_OK;
}

fp_status fp_cox(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                 const fp_cox_options *options, fp_arena *arena, fp_cox_fit *fit, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = fit_model(data, p, x, offset, options, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
