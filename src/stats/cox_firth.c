#include "stats/cox_firth.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_newton_priv.h"
#include "stats/dense_priv.h"
#include "stats/firth_priv.h"

enum { MOST_ITERATIONS = 500 };

typedef struct {
    fp_cox_problem q;
    const double *offset;
    fp_cox_sums sums;
    fp_cox_newton newton;
    double *eta;           /* n */
    double *info, *chol;   /* p x p; at the eta of now */
    double *base, *moment; /* p */
    double *inverse;       /* p x p: A */
    bool *full, *pivot;    /* p: columns with information at 0; those of now */
    bool begun;
    ptrdiff_t rank;
    double *square;                /* n: Q = x'Ax */
    double *square_s0, *square_e0; /* length */
    double *prefix;                /* length x p */
    double best;                   /* profiles: penalised log-likelihood at the estimate */
    const double *estimate;        /* p */
} search;

/* ---- the penalised likelihood ---- */

/* eq. 1; the rank is settled at the first point, and a point of lower rank is outside. */
static double value(void *context, const double *beta)
{
    search *f = context;
    ptrdiff_t p = f->q.p;
    double logs = 0;
    fp_cox_predict(&f->q, beta, f->offset, f->eta);
    fp_cox_sums_scalar(&f->q, f->eta, &f->sums);
    fp_cox_sums_columns(&f->q, &f->sums);
    fp_cox_information(&f->q, &f->sums, NULL, f->info, f->base);
    memcpy(f->chol, f->info, (size_t)(p * p) * sizeof *f->chol);
    memcpy(f->pivot, f->full, (size_t)p * sizeof *f->pivot);
    ptrdiff_t rank = fp_chol(f->chol, p, f->base, f->newton.rank_tolerance, f->pivot);
    if (f->begun && rank < f->rank)
        return -HUGE_VAL;
    if (!f->begun)
        memcpy(f->full, f->pivot, (size_t)p * sizeof *f->full);
    f->begun = true;
    f->rank = rank;
    for (ptrdiff_t j = 0; j < p; j++)
        if (f->pivot[j])
            logs += log(f->chol[j + j * p]);
    return f->sums.loglik + logs / 2;
}

static double centred(const search *f, ptrdiff_t i, ptrdiff_t j)
{
    return f->q.x[i + j * f->q.risk->n] - f->q.mean[j];
}

/* y = A z. */
static void by_inverse(const search *f, const double *z, double *y)
{
    ptrdiff_t p = f->q.p;
    for (ptrdiff_t j = 0; j < p; j++) {
        y[j] = 0;
        for (ptrdiff_t l = 0; l < p; l++)
            y[j] += f->inverse[j + l * p] * z[l];
    }
}

/* Q of every row, its sums on the grid, and the prefix sums of b0 S1 - b1 E1. */
static void squares(search *f, double *work)
{
    const fp_risk *k = f->q.risk;
    ptrdiff_t p = f->q.p, m = k->length;
    double *z = work, *y = work + p;
    for (ptrdiff_t i = 0; i < k->n; i++) {
        for (ptrdiff_t j = 0; j < p; j++)
            z[j] = centred(f, i, j);
        by_inverse(f, z, y);
        f->square[i] = 0;
        for (ptrdiff_t j = 0; j < p; j++)
            f->square[i] += z[j] * y[j];
    }
    fp_cox_grid_sum(&f->q, f->sums.r, f->square, 0, f->square_s0, f->square_e0);
    for (ptrdiff_t j = 0; j < p; j++) {
        const double *s1 = f->sums.s1 + j * m, *e1 = f->sums.e1 + j * m;
        for (ptrdiff_t g = 0; g < m; g++)
            f->prefix[g + j * m] = f->sums.b0[g] * s1[g] - f->sums.b1[g] * e1[g];
        fp_risk_prefix(k, f->prefix + j * m);
    }
}

/* eq. 4, the part by rows: x (v Q - 2 r x'A G). */
static void moments_of_rows(search *f, double *work)
{
    const fp_risk *k = f->q.risk;
    const fp_cox_sums *s = &f->sums;
    ptrdiff_t p = f->q.p, m = k->length;
    double *pull = work, *turned = work + p;
    for (ptrdiff_t i = 0; i < k->n; i++) {
        int32_t hi = k->hi[i], lo = k->lo[i];
        bool event = f->q.data->event[i];
        double hazard = s->h[hi] - s->h[lo] - (event ? s->c1[hi] : 0), along = 0;
        for (ptrdiff_t j = 0; j < p; j++) {
            pull[j] = f->prefix[hi + j * m] - f->prefix[lo + j * m];
            if (event)
                pull[j] -= s->b1[hi] * s->s1[hi + j * m] - s->b2[hi] * s->e1[hi + j * m];
        }
        by_inverse(f, pull, turned);
        for (ptrdiff_t j = 0; j < p; j++)
            along += centred(f, i, j) * turned[j];
        double factor = s->r[i] * (hazard * f->square[i] - 2 * along);
        for (ptrdiff_t j = 0; j < p; j++)
            f->moment[j] += factor * centred(f, i, j);
    }
}

/* eq. 4, the part by deaths at one time: 2 m (m'Am), less E(Q) m. */
static void moments_of_time(search *f, ptrdiff_t g, double *work)
{
    const fp_risk *k = f->q.risk;
    const fp_cox_sums *s = &f->sums;
    ptrdiff_t p = f->q.p, m = k->length;
    double *mean = work, *turned = work + p;
    for (double death = 0; death < k->deaths[g]; death++) {
        double a = fp_tie_share(f->q.ties, death, k->deaths[g]);
        double u = 1 / (s->s0[g] - a * s->e0[g]), length = 0;
        for (ptrdiff_t j = 0; j < p; j++)
            mean[j] = u * (s->s1[g + j * m] - a * s->e1[g + j * m]);
        by_inverse(f, mean, turned);
        for (ptrdiff_t j = 0; j < p; j++)
            length += mean[j] * turned[j];
        double square = u * (f->square_s0[g] - a * f->square_e0[g]);
        for (ptrdiff_t j = 0; j < p; j++)
            f->moment[j] += k->wbar[g] * (2 * length - square) * mean[j];
    }
}

/* eq. 2. */
static void ordinary_score(const search *f, double *score)
{
    const fp_risk *k = f->q.risk;
    for (ptrdiff_t j = 0; j < f->q.p; j++) {
        const double *s1 = f->sums.s1 + j * k->length, *e1 = f->sums.e1 + j * k->length;
        score[j] = 0;
        for (ptrdiff_t i = 0; i < k->n; i++)
            if (f->q.data->event[i])
                score[j] += fp_row_weight(f->q.data, i) * centred(f, i, j);
        for (ptrdiff_t g = 0; g < k->length; g++)
            score[j] -= f->sums.c0[g] * s1[g] - f->sums.c1[g] * e1[g];
    }
}

static void derivatives(void *context, double *score, double *info, double *base)
{
    search *f = context;
    ptrdiff_t p = f->q.p;
    double *work = f->newton.trial + p; /* 2 p beyond it */
    fp_chol_inverse(f->chol, p, f->inverse);
    memset(f->moment, 0, (size_t)p * sizeof *f->moment);
    squares(f, work);
    moments_of_rows(f, work);
    for (ptrdiff_t g = 0; g < f->q.risk->length; g++)
        moments_of_time(f, g, work);
    ordinary_score(f, score);
    for (ptrdiff_t j = 0; j < p; j++)
        score[j] = f->full[j] ? score[j] + f->moment[j] / 2 : 0;
    memcpy(info, f->info, (size_t)(p * p) * sizeof *info);
    memcpy(base, f->base, (size_t)p * sizeof *base);
}

/* ---- profiles ---- */

/* As fp_firth_likelihood.loss. */
static double loss(void *context, ptrdiff_t j, double b)
{
    search *f = context;
    int iterations;
    f->newton.beta[j] = b;
    memcpy(f->newton.keep, f->full, (size_t)f->q.p * sizeof *f->full);
    f->newton.keep[j] = false;
    fp_cox_newton_begin(&f->newton);
    if (!isfinite(f->newton.loglik))
        return FP_NUM_NAN;
    if (f->rank > 1 && fp_cox_newton_run(&f->newton, &iterations) != FP_COX_CONVERGED)
        return FP_NUM_NAN;
    return 2 * (f->best - f->newton.loglik);
}

static void restart(void *context)
{
    search *f = context;
    memcpy(f->newton.beta, f->estimate, (size_t)f->q.p * sizeof *f->estimate);
}

static void profiles(search *f, const fp_cox_fit *fit, double level, fp_firth_term *terms)
{
    const fp_firth_likelihood of = {.context = f, .loss = loss, .restart = restart};
    f->best = fit->loglik_fitted;
    f->estimate = fit->beta;
    for (ptrdiff_t j = 0; j < f->q.p; j++)
        if (f->full[j])
            terms[j] =
                fp_firth_profile(&of, j, fit->beta[j], sqrt(fit->var[j + j * f->q.p]), level);
}

/* ---- fit ---- */

static fp_status search_create(search *f, const fp_cox_options *options, fp_arena *arena,
                               fp_err *err)
{
    ptrdiff_t p = f->q.p, m = f->q.risk->length;
    FP_TRY(fp_cox_sums_create(&f->q, arena, &f->sums, err));
    double **square[] = {&f->info, &f->chol, &f->inverse};
    for (size_t k = 0; k < sizeof square / sizeof *square; k++)
        FP_ARRAY(*square[k], arena, p * p, err);
    FP_ARRAY(f->base, arena, p, err);
    FP_ARRAY(f->moment, arena, p, err);
    FP_ARRAY(f->full, arena, p, err);
    FP_ARRAY(f->pivot, arena, p, err);
    FP_ARRAY(f->square, arena, f->q.risk->n, err);
    FP_ARRAY(f->square_s0, arena, m, err);
    FP_ARRAY(f->square_e0, arena, m, err);
    FP_ARRAY(f->prefix, arena, m * p, err);
    f->newton = (fp_cox_newton){.q = &f->q,
                                .context = f,
                                .value = value,
                                .derivatives = derivatives,
                                .tolerance = options->tolerance,
                                .rank_tolerance = options->rank_tolerance,
                                .max_iterations = MOST_ITERATIONS,
                                .secant = true};
    FP_TRY(fp_cox_newton_create(&f->newton, arena, err));
    FP_ARRAY(f->newton.trial, arena, 3 * p, err); /* and work for derivatives() */
    FP_ARRAY(f->newton.beta, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        f->full[j] = true;
    return FP_OK;
}

/* The score test of the ordinary likelihood at 0; newton.step is room. */
static double score_test(search *f)
{
    double *score = f->newton.trial, *step = f->newton.step, sum = 0;
    ordinary_score(f, score);
    memcpy(step, score, (size_t)f->q.p * sizeof *step);
    fp_chol_solve(f->chol, f->q.p, step);
    for (ptrdiff_t j = 0; j < f->q.p; j++)
        sum += f->full[j] ? score[j] * step[j] : 0;
    return sum;
}

static fp_status solve(search *f, double level, double *beta, double *var, double *eta,
                       fp_firth_term *terms, fp_cox_fit *fit, fp_firth_part *part, fp_arena *arena,
                       fp_err *err)
{
    ptrdiff_t p = f->q.p;
    double *null;
    FP_ARRAY(null, arena, p, err);
    (void)value(f, null); /* settles the rank */
    fit->score_chisq = score_test(f);
    fp_cox_newton_begin(&f->newton);
    fit->loglik_null = fit->loglik_fitted = f->newton.loglik;
    fit->rank = f->rank;
    fit->state = FP_COX_NO_TERMS;
    if (fit->rank > 0) {
        memcpy(f->newton.keep, f->full, (size_t)p * sizeof *f->full);
        fit->state = fp_cox_newton_run(&f->newton, &fit->iterations);
        memcpy(beta, f->newton.beta, (size_t)p * sizeof *beta);
        fit->loglik_fitted = value(f, beta);
        fit->lr_chisq = 2 * (fit->loglik_fitted - fit->loglik_null);
        fit->wald_chisq = fp_quadratic(f->info, f->q.p, beta, f->full);
        fp_chol_inverse(f->chol, p, var);
    }
    part->loglik = f->sums.loglik;
    if (fit->state == FP_COX_CONVERGED)
        profiles(f, fit, level, terms);
    for (ptrdiff_t j = 0; j < p; j++)
        if (!f->full[j])
            beta[j] = FP_NUM_NAN;
    fp_cox_predict(&f->q, beta, f->offset, eta);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                     const fp_cox_options *options, double level, fp_arena *arena, fp_cox_fit *fit,
                     fp_firth_part *part, fp_err *err)
{
    fp_cox_options defaults = fp_cox_defaults();
    const fp_cox_options *opt = options ? options : &defaults;
    fp_cox_begun b;
    fp_cox_fit result;
    fp_firth_term *terms;
    if (opt->ties == FP_TIES_EXACT || p < 0)
        return fp_fail(err, FP_ARG, "Firth's penalty is for Efron or Breslow ties");
    FP_ARRAY(terms, arena, p, err);
    FP_TRY(fp_cox_begin(data, p, x, arena, &b, &result, err));
    search f = {.q = {data, &b.risk, opt->ties, p, x, b.mean}, .offset = offset};
    fp_firth_part made = {terms, FP_NUM_NAN};
    for (ptrdiff_t j = 0; j < p; j++) {
        terms[j] = (fp_firth_term){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
        b.beta[j] = b.risk.events > 0 ? 0 : FP_NUM_NAN;
    }
    if (b.risk.events > 0) {
        FP_ARRAY(f.eta, arena, data->n, err);
        FP_TRY(search_create(&f, opt, arena, err));
        FP_TRY(solve(&f, level, b.beta, b.var, b.eta, terms, &result, &made, arena, err));
    } else
        fp_cox_predict(&f.q, b.beta, offset, b.eta);
    fp_arena_rewind(arena, b.mark);
    *fit = result;
    *part = made;
    return FP_OK;
}

fp_status fp_cox_firth(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                       const fp_cox_options *options, double level, fp_arena *arena,
                       fp_cox_fit *fit, fp_firth_part *firth, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, p, x, offset, options, level, arena, fit, firth, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
