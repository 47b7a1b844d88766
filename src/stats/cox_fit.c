#include "stats/cox.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_rows_priv.h"
#include "stats/dense_priv.h"

#define MOST_HALVINGS 30
/* Squared length of a step in standard errors, an event, below which the information is right to 13
 * digits: it moves by the length over the root of the events. With many events 10 digits are
 * enough to leave another look at all the rows. */
#define NOTHING_LEFT      1e-26
#define NOTHING_LEFT_MANY 1e-21
#define MANY_EVENTS       100000

fp_cox_options fp_cox_defaults(void)
{
    return (fp_cox_options){FP_TIES_EFRON, 20, 1e-9, pow(DBL_EPSILON, 0.75), 1};
}

typedef struct {
    fp_cox_rows *rows;
    ptrdiff_t p;
    fp_cox_options opt;
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

static double log_likelihood(newton *w, const double *beta)
{
    fp_cox_rows_sums(w->rows, beta, w->eta);
    return w->rows->sums.loglik;
}

/* Score, information and the next Newton step at the beta of the last log_likelihood(). */
static void derivatives(newton *w)
{
    ptrdiff_t p = w->p;
    const double *const once[1] = {NULL};
    fp_cox_rows_derive(w->rows, 1, once, &w->score, &w->info, w->base);
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
    ptrdiff_t p = w->p;
    double least = w->loglik - 1e-12 * (fabs(w->loglik) + 1), size = 1;
    for (int halvings = 0; halvings <= MOST_HALVINGS; halvings++, size /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            w->trial[j] = w->beta[j] + size * w->step[j];
        double loglik = log_likelihood(w, w->trial);
        if (isfinite(loglik) && loglik >= least) {
            memcpy(w->beta, w->trial, (size_t)p * sizeof *w->beta);
            w->loglik = loglik;
            return true;
        }
    }
    (void)log_likelihood(w, w->beta);
    return false;
}

/* How far apart the next step would move the linear predictors of two rows; `enough` where the
 * ranges of the columns alone tell that it is no further than that. */
static double reach(const newton *w, double enough)
{
    const fp_cox_rows *rows = w->rows;
    double bound = 0, least = 0, most = 0;
    for (ptrdiff_t j = 0; j < w->p; j++)
        bound += fabs(w->step[j]) * (rows->most[j] - rows->least[j]);
    if (bound <= enough)
        return bound;
    for (ptrdiff_t i = 0; i < rows->risk.n; i++) {
        double move = 0;
        for (ptrdiff_t j = 0; j < w->p; j++)
            move += (rows->column[j][i] - rows->mean[j]) * w->step[j];
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
    return w->decrement < least_gain && reach(w, 0.5) > 0.5;
}

/* Where the next step is next to nothing, take it without looking at the rows again. */
static bool finish(newton *w)
{
    ptrdiff_t events = w->rows->risk.events;
    double left = events < MANY_EVENTS ? NOTHING_LEFT : NOTHING_LEFT_MANY;
    if (w->decrement > left * (double)events || reach(w, 1e-3) >= 1e-3)
        return false;
    for (ptrdiff_t j = 0; j < w->p; j++)
        w->beta[j] += w->step[j];
    return true;
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
        bool still = fabs(w->loglik - before) <= w->opt.tolerance * (fabs(w->loglik) + 1);
        if (near || (still && finish(w)))
            return FP_COX_CONVERGED;
        if (still && runs_away(w, 1e-6))
            return FP_COX_SEPARATED;
        near = still && reach(w, 1e-3) < 1e-3;
    }
    return runs_away(w, 1e-2) ? FP_COX_SEPARATED : FP_COX_MAX_ITER;
}

static fp_status newton_create(newton *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->p;
    FP_ARRAY(w->keep, arena, p, err);
    FP_ARRAY(w->trial, arena, p, err);
    FP_ARRAY(w->step, arena, p, err);
    FP_ARRAY(w->score, arena, p, err);
    FP_ARRAY(w->chol, arena, p * p, err);
    FP_ARRAY(w->base, arena, p, err);
    FP_ARRAY(w->pivot, arena, p, err);
    w->info = w->rows->info;
    for (ptrdiff_t j = 0; j < p; j++)
        w->keep[j] = true;
    return FP_OK;
}

/* From the null model to the result; `fit` holds n, events, p and the mean already. */
static void solve(newton *w, double *var, fp_cox_fit *fit)
{
    ptrdiff_t p = w->p;
    fit->loglik_null = fit->loglik_fitted = w->loglik = log_likelihood(w, w->beta);
    derivatives(w);
    memcpy(w->keep, w->pivot, (size_t)p * sizeof *w->keep);
    fit->rank = w->rank;
    fit->score_chisq = w->decrement;
    fit->state = w->rank > 0 ? iterate(w, &fit->iterations) : FP_COX_NO_TERMS;
    if (fit->rank > 0) { /* at the end w->rank can be 0: the information of a separated fit */
        fit->loglik_fitted = w->loglik;
        fit->wald_chisq = fp_quadratic(w->info, p, w->beta, w->keep);
        fit->lr_chisq = 2 * (fit->loglik_fitted - fit->loglik_null);
        fp_chol_inverse(w->chol, p, var);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        if (!w->keep[j])
            w->beta[j] = FP_NUM_NAN;
}

static void no_events(const fp_cox_rows *rows, double *beta, double *eta)
{
    for (ptrdiff_t j = 0; j < rows->q.p; j++)
        beta[j] = FP_NUM_NAN;
    for (ptrdiff_t i = 0; i < rows->risk.n; i++)
        eta[i] = rows->offset ? rows->offset[i] : 0;
}

static fp_status fit_rows(fp_cox_rows *rows, const fp_cox_options *options, fp_arena *arena,
                          fp_cox_fit *fit, fp_err *err)
{
    ptrdiff_t p = rows->q.p, n = rows->risk.n;
    double *mean, *beta, *var, *eta;
    FP_ARRAY(mean, arena, p, err);
    FP_ARRAY(beta, arena, p, err);
    FP_ARRAY(var, arena, p * p, err);
    FP_ARRAY(eta, arena, n, err);
    if (p > 0)
        memcpy(mean, rows->mean, (size_t)p * sizeof *mean);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_cox_fit result = {.n = n,
                         .events = rows->risk.events,
                         .p = p,
                         .beta = beta,
                         .mean = mean,
                         .var = var,
                         .eta = eta};
    newton w = {.rows = rows, .p = p, .beta = beta, .eta = eta};
    w.opt = options ? *options : fp_cox_defaults();
    rows->at = NULL;
    if (result.events > 0) {
        FP_TRY(newton_create(&w, arena, err));
        solve(&w, var, &result);
        rows->at = eta;
    } else {
        result.state = FP_COX_NO_EVENTS;
        no_events(rows, beta, eta);
    }
    fp_arena_rewind(arena, mark);
    *fit = result;
    return FP_OK;
}

fp_status fp_cox_rows_fit(fp_cox_rows *rows, const fp_cox_options *options, fp_arena *arena,
                          fp_cox_fit *fit, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = fit_rows(rows, options, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_cox(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                 const fp_cox_options *options, fp_arena *arena, fp_cox_fit *fit, fp_err *err)
{
    fp_cox_options opt = options ? *options : fp_cox_defaults();
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    fp_cox_rows *rows;
    FP_TRY(fp_cox_rows_of(data, p, x, offset, opt.ties, opt.threads, scratch, &rows, err));
    return fp_cox_rows_fit(rows, &opt, arena, fit, err);
}
