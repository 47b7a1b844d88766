#include "stats/glm_firth.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/firth_priv.h"

enum { MOST_ITERATIONS = 1000, MOST_HALVINGS = 40 };
#define MOST_STEP 5.0   /* of a coefficient, as logistf */
#define ROUNDING  1e-24 /* of the likelihood: what is left of a converged step */

/* The means at some coefficients, and what is summed of them. */
typedef struct {
    const fp_regression *data;
    bool *full, *keep;                   /* p: not aliased; free to move */
    double *mu, *v;                      /* n: means and working weights */
    double *x, *solved;                  /* p */
    double *info, *chol, *inverse;       /* p x p */
    double *beta, *trial, *score, *step; /* p */
    double *block;                       /* p x p: of the columns that move */
    double loglik, penalised;            /* at the last evaluation */
    double best;                         /* of the estimate */
    const double *estimate;              /* p: where profiles begin */
} search;

static double weight_of(const search *s, ptrdiff_t i)
{
    return s->data->weight ? s->data->weight[i] : 1;
}

static void load_row(const search *s, ptrdiff_t i, double *x)
{
    for (ptrdiff_t j = 0; j < s->data->p; j++)
        x[j] = s->full[j] ? s->data->column[j][i] : 0;
}

/* log(1 + exp(eta)) without overflow. */
static double log1pexp(double eta)
{
    return eta > 0 ? eta + log1p(exp(-eta)) : log1p(exp(eta));
}

static void add_information(search *s, ptrdiff_t i, const double *x)
{
    ptrdiff_t p = s->data->p;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t k = j; k < p; k++)
            s->info[k + j * p] += s->v[i] * x[j] * x[k];
}

/* eq. 10; -infinity where the information is singular. */
static double evaluate(search *s, const double *beta)
{
    ptrdiff_t p = s->data->p;
    double logs = 0;
    s->loglik = 0;
    memset(s->info, 0, (size_t)(p * p) * sizeof *s->info);
    for (ptrdiff_t i = 0; i < s->data->n; i++) {
        double eta = s->data->offset ? s->data->offset[i] : 0, w = weight_of(s, i);
        load_row(s, i, s->x);
        for (ptrdiff_t j = 0; j < p; j++)
            eta += s->x[j] * beta[j];
        s->mu[i] = 1 / (1 + exp(-eta));
        s->v[i] = w * s->mu[i] / (1 + exp(eta)); /* mu (1 - mu), also where mu is next to 1 */
        s->loglik += w * (s->data->y[i] * eta - log1pexp(eta));
        add_information(s, i, s->x);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t k = j + 1; k < p; k++)
            s->info[j + k * p] = s->info[k + j * p];
    memcpy(s->chol, s->info, (size_t)(p * p) * sizeof *s->chol);
    memcpy(s->keep, s->full, (size_t)p * sizeof *s->keep);
    (void)fp_chol(s->chol, p, NULL, 0, s->keep);
    for (ptrdiff_t j = 0; j < p; j++)
        if (s->full[j])
            logs += log(s->chol[j + j * p]); /* of 0: -infinity */
    s->penalised = s->loglik + logs / 2;
    if (isnan(s->penalised))
        s->penalised = -HUGE_VAL;
    return s->penalised;
}

/* eq. 11, at the last evaluation. */
static void modified_score(search *s)
{
    ptrdiff_t p = s->data->p;
    fp_chol_inverse(s->chol, p, s->inverse);
    memset(s->score, 0, (size_t)p * sizeof *s->score);
    for (ptrdiff_t i = 0; i < s->data->n; i++) {
        double square = 0;
        load_row(s, i, s->x);
        for (ptrdiff_t j = 0; j < p; j++) {
            s->solved[j] = 0;
            for (ptrdiff_t k = 0; k < p; k++)
                s->solved[j] += s->inverse[k + j * p] * s->x[k];
            square += s->x[j] * s->solved[j];
        }
        double factor =
            weight_of(s, i) * (s->data->y[i] - s->mu[i]) + s->v[i] * square * (0.5 - s->mu[i]);
        for (ptrdiff_t j = 0; j < p; j++)
            s->score[j] += factor * s->x[j];
    }
}

/* The step of the coefficients that move (fixed: one that does not, -1 = none), and what it would
 * gain to first order. */
static double direction(search *s, ptrdiff_t fixed)
{
    ptrdiff_t p = s->data->p;
    double gain = 0, most = 0;
    memcpy(s->block, s->info, (size_t)(p * p) * sizeof *s->block);
    memcpy(s->keep, s->full, (size_t)p * sizeof *s->keep);
    if (fixed >= 0)
        s->keep[fixed] = false;
    for (ptrdiff_t j = 0; j < p; j++)
        s->step[j] = s->keep[j] ? s->score[j] : 0;
    (void)fp_chol(s->block, p, NULL, 0, s->keep);
    fp_chol_solve(s->block, p, s->step);
    for (ptrdiff_t j = 0; j < p; j++) {
        gain += s->step[j] * (s->keep[j] ? s->score[j] : 0);
        most = fmax(most, fabs(s->step[j]));
    }
    for (ptrdiff_t j = 0; j < p && most > MOST_STEP; j++)
        s->step[j] *= MOST_STEP / most;
    return gain;
}

/* Along the step, halved while the penalised likelihood falls by more than rounding. */
static bool move(search *s)
{
    double from = s->penalised, t = 1;
    for (int k = 0; k < MOST_HALVINGS; k++, t /= 2) {
        for (ptrdiff_t j = 0; j < s->data->p; j++)
            s->trial[j] = s->beta[j] + t * s->step[j];
        if (evaluate(s, s->trial) >= from - 1e-13 * (fabs(from) + 1)) {
            memcpy(s->beta, s->trial, (size_t)s->data->p * sizeof *s->beta);
            return true;
        }
    }
    (void)evaluate(s, s->beta);
    return false;
}

/* To the maximum from s->beta. False where there is none within reach. */
static bool maximise(search *s, ptrdiff_t fixed, int *iterations)
{
    if (!isfinite(evaluate(s, s->beta)))
        return false;
    for (*iterations = 0; *iterations < MOST_ITERATIONS; ++*iterations) {
        modified_score(s);
        double gain = direction(s, fixed);
        if (!isfinite(gain))
            return false;
        if (gain <= ROUNDING * (fabs(s->penalised) + 1))
            return true;
        if (!move(s))
            return gain <= 1e-9 * (fabs(s->penalised) + 1);
    }
    return false;
}

/* ---- profiles ---- */

static double loss(void *context, ptrdiff_t j, double b)
{
    search *s = context;
    int iterations;
    s->beta[j] = b;
    if (!maximise(s, j, &iterations))
        return FP_NUM_NAN;
    return 2 * (s->best - s->penalised);
}

static void restart(void *context)
{
    search *s = context;
    memcpy(s->beta, s->estimate, (size_t)s->data->p * sizeof *s->beta);
}

/* ---- fit ---- */

static fp_status search_create(search *s, const fp_glm_fit *plain, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = s->data->p;
    double **vectors[] = {&s->x, &s->solved, &s->beta, &s->trial, &s->score, &s->step};
    double **squares[] = {&s->info, &s->chol, &s->inverse, &s->block};
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++)
        FP_ARRAY(*vectors[k], arena, p, err);
    for (size_t k = 0; k < sizeof squares / sizeof *squares; k++)
        FP_ARRAY(*squares[k], arena, p * p, err);
    FP_ARRAY(s->mu, arena, s->data->n, err);
    FP_ARRAY(s->v, arena, s->data->n, err);
    FP_ARRAY(s->full, arena, p, err);
    FP_ARRAY(s->keep, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        s->full[j] = !isnan(plain->beta[j]);
    return FP_OK;
}

static void fill(search *s, double *beta, double *bread, fp_glm_fit *fit)
{
    const fp_regression *data = s->data;
    memcpy(beta, s->beta, (size_t)data->p * sizeof *beta);
    fp_chol_inverse(s->chol, data->p, bread);
    fit->beta = beta;
    fit->bread = bread;
    fit->deviance = fp_glm_deviance(data, s->mu);
    fit->loglik = s->penalised;
    fit->aic = FP_NUM_NAN;
    fit->pearson = 0;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double error = data->y[i] - s->mu[i];
        fit->pearson += weight_of(s, i) * error * error / (s->mu[i] * (1 - s->mu[i]));
    }
}

static fp_status run(search *s, const fp_glm_fit *plain, double level, fp_arena *arena,
                     fp_glm_fit *fit, fp_firth_part *part, fp_err *err)
{
    ptrdiff_t p = s->data->p;
    fp_glm_fit out = *plain;
    fp_firth_term *terms;
    double *beta, *bread;
    bool *diverges;
    FP_ARRAY(beta, arena, p, err);
    FP_ARRAY(bread, arena, p * p, err);
    FP_ARRAY(diverges, arena, p, err);
    FP_ARRAY(terms, arena, p, err);
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_TRY(search_create(s, plain, scratch, err));
    out.state = maximise(s, -1, &out.iterations) ? FP_GLM_CONVERGED : FP_GLM_MAX_ITER;
    out.edge = false;
    out.diverges = diverges;
    fill(s, beta, bread, &out);
    *part = (fp_firth_part){.terms = terms, .loglik = s->loglik};
    s->best = s->penalised;
    s->estimate = beta;
    for (ptrdiff_t j = 0; j < p; j++) {
        const fp_firth_likelihood of = {.context = s, .loss = loss, .restart = restart};
        terms[j] = (fp_firth_term){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
        if (s->full[j] && out.state == FP_GLM_CONVERGED)
            terms[j] = fp_firth_profile(&of, j, beta[j], sqrt(bread[j + j * p]), level);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        beta[j] = s->full[j] ? beta[j] : FP_NUM_NAN;
    *fit = out;
    return FP_OK;
}

fp_status fp_glm_firth(const fp_regression *data, const fp_glm_fit *plain, double level,
                       fp_arena *arena, fp_glm_fit *fit, fp_firth_part *part, fp_err *err)
{
    search s = {.data = data};
    if (data->family != FP_FAMILY_BINOMIAL || data->link != FP_LINK_LOGIT)
        return fp_fail(err, FP_ARG,
                       "Firth's penalty is for the binomial family and the logit link");
    return run(&s, plain, level, arena, fit, part, err);
}
