#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/glm_priv.h"

enum { MOST_ITERATIONS = 100, MOST_HALVINGS = 50, SEPARATED_STEPS = 3, REFINEMENTS = 1 };

#define LEAST_PIVOT     1e-7  /* below it Cholesky has lost half of its digits */
#define RANK_TOLERANCE  1e-11 /* glm.fit: min(1e-7, epsilon / 1000) */
#define ROUNDING        1e-22 /* of the deviance: what is left of a converged step */
#define STANDSTILL      1e-8  /* glm.control's epsilon */
#define DIVERGING       0.05
#define REFINED_NUMBERS 200000

typedef struct {
    const fp_regression *data;
    fp_reg reg;
    fp_glm_pass *pass;
    fp_glm_sums sums;                /* at beta */
    double *beta, *trial, *delta;    /* p; centred */
    double *chol, *r, *scale, *work; /* p x p, q x q, p, room */
    bool *keep, *kept;               /* p: with a coefficient; of Cholesky */
    bool settled, qr;                /* the rank is known; Cholesky will not do */
    ptrdiff_t rank;
    double least; /* deviance that counts as none */
    bool edge, lean;
    int iterations;
} search;

/* ---- directions ---- */

/* R's measure of a column: its norm, the mean included. */
static void column_scales(search *s)
{
    ptrdiff_t p = s->data->p, q = p + 1;
    double total = s->data->intercept ? s->r[0] * s->r[0] : 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        double norm = total * s->reg.mean[j] * s->reg.mean[j];
        for (ptrdiff_t i = 0; i <= j; i++)
            norm += s->r[i + j * q] * s->r[i + j * q];
        s->scale[j] = sqrt(norm);
    }
}

/* delta = (Z'WZ)^-1 Z'u at beta (NULL = the start), and the inverse where asked. */
static void direction(search *s, const double *beta, double *inverse)
{
    ptrdiff_t p = s->data->p;
    if (!s->qr) {
        memcpy(s->chol, s->sums.h, (size_t)(p * p) * sizeof *s->chol);
        memcpy(s->kept, s->keep, (size_t)p * sizeof *s->keep);
        s->qr = fp_chol(s->chol, p, NULL, LEAST_PIVOT, s->kept) < s->rank;
    }
    if (s->qr) {
        fp_glm_pass_qr(s->pass, beta, s->r);
        column_scales(s);
        s->rank = fp_qr_solve(p + 1, s->r, s->scale, s->settled ? 0 : RANK_TOLERANCE, s->keep,
                              s->delta, inverse, s->work);
    } else {
        memcpy(s->delta, s->sums.g, (size_t)p * sizeof *s->delta);
        for (ptrdiff_t j = 0; j < p; j++)
            s->delta[j] = s->keep[j] ? s->delta[j] : 0;
        fp_chol_solve(s->chol, p, s->delta);
        if (inverse)
            fp_chol_inverse(s->chol, p, inverse);
    }
    s->settled = true;
}

static double decrement(const search *s)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < s->data->p; j++)
        sum += s->delta[j] * s->sums.g[j];
    return sum;
}

/* ---- points ---- */

static double level(const search *s)
{
    return s->sums.deviance + s->least;
}

static bool allowed(const search *s)
{
    return s->sums.valid && isfinite(s->sums.deviance);
}

/* beta + t (trial - beta) for t = 1, 1/2, ... until its means are allowed and its deviance is no
 * larger than `most`. False where there is none. */
static bool move(search *s, double most)
{
    ptrdiff_t p = s->data->p;
    double t = 1;
    for (int k = 0; k < MOST_HALVINGS; k++, t /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            s->work[j] = s->beta[j] + t * s->delta[j];
        fp_glm_pass_sums(s->pass, s->work, &s->sums);
        s->edge = s->edge || !s->sums.valid;
        if (allowed(s) && s->sums.deviance <= most) {
            memcpy(s->beta, s->work, (size_t)p * sizeof *s->beta);
            return true;
        }
    }
    fp_glm_pass_sums(s->pass, s->beta, &s->sums);
    return false;
}

static double mean_outcome(const fp_regression *data)
{
    double sum = 0, total = 0;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        sum += fp_reg_weight(data, i) * data->y[i];
        total += fp_reg_weight(data, i);
    }
    return sum / total;
}

/* The first point: one step from R's starting means; where that leaves the family, part of the way
 * to it from the mean of all. */
static bool begin(search *s)
{
    ptrdiff_t p = s->data->p;
    fp_glm_pass_sums(s->pass, NULL, &s->sums);
    direction(s, NULL, NULL);
    memset(s->beta, 0, (size_t)p * sizeof *s->beta);
    memcpy(s->trial, s->delta, (size_t)p * sizeof *s->trial);
    fp_glm_pass_sums(s->pass, s->trial, &s->sums);
    if (allowed(s)) {
        memcpy(s->beta, s->trial, (size_t)p * sizeof *s->beta);
        return true;
    }
    if (s->data->intercept)
        s->beta[0] = fp_link_eta(s->data->link, mean_outcome(s->data));
    fp_glm_pass_sums(s->pass, s->beta, &s->sums);
    if (!isfinite(s->beta[0]) || !allowed(s))
        return false;
    for (ptrdiff_t j = 0; j < p; j++)
        s->delta[j] = s->trial[j] - s->beta[j];
    (void)move(s, HUGE_VAL);
    return true;
}

static bool may_separate(const fp_regression *data)
{
    return data->family == FP_FAMILY_BINOMIAL || data->family == FP_FAMILY_POISSON;
}

static fp_glm_state iterate(search *s)
{
    double before = HUGE_VAL;
    int far = 0;
    s->edge = false;
    for (s->iterations = 1; s->iterations < MOST_ITERATIONS; s->iterations++) {
        direction(s, s->beta, NULL);
        double gain = decrement(s), slack = 1e-10 * level(s);
        if (!isfinite(gain))
            return FP_GLM_MAX_ITER;
        bool refined = s->iterations > REFINEMENTS;
        if ((refined && !(gain > ROUNDING * level(s))) ||
            (gain <= 1e-9 * level(s) && gain >= 0.25 * before && far == 0))
            return FP_GLM_CONVERGED;
        if (gain <= STANDSTILL * level(s) && may_separate(s->data)) {
            far = fp_glm_pass_reach(s->pass, s->delta) > DIVERGING ? far + 1 : 0;
            if (far == SEPARATED_STEPS)
                return FP_GLM_SEPARATED;
        }
        if (s->lean && gain <= STANDSTILL * level(s) && far == 0)
            return FP_GLM_CONVERGED;
        before = gain;
        s->edge = false;
        if (!move(s, gain > slack ? s->sums.deviance + slack : HUGE_VAL))
            return gain <= STANDSTILL * level(s) ? FP_GLM_CONVERGED : FP_GLM_MAX_ITER;
    }
    return FP_GLM_MAX_ITER;
}

/* ---- the fit ---- */

/* Coefficients that the last step, a direction in which the likelihood grows for ever, still moves:
 * on the scale of a standard deviation of the column. */
static void mark_diverging(search *s, bool *diverges)
{
    const fp_regression *data = s->data;
    fp_reg_beta_out(&s->reg, s->delta);
    for (ptrdiff_t j = 0; j < data->p; j++) {
        double sum = 0, scale = 1;
        for (ptrdiff_t i = 0; i < data->n; i++) {
            double d = data->column[j][i] - s->reg.mean[j];
            sum += d * d;
        }
        if (!(data->intercept && j == 0))
            scale = sqrt(sum / (double)data->n);
        diverges[j] = s->keep[j] && fabs(s->delta[j]) * scale > DIVERGING / 5;
    }
}

static fp_status search_create(search *s, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = s->data->p, q = p + 1;
    double **vectors[] = {&s->beta, &s->trial, &s->delta, &s->scale, &s->sums.g};
    FP_TRY(fp_reg_create(s->data, arena, &s->reg, err));
    FP_TRY(fp_glm_pass_create(&s->reg, s->lean, arena, &s->pass, err));
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++)
        FP_ARRAY(*vectors[k], arena, p, err);
    FP_ARRAY(s->chol, arena, p * p, err);
    FP_ARRAY(s->sums.h, arena, p * p, err);
    FP_ARRAY(s->r, arena, q * q, err);
    FP_ARRAY(s->work, arena, 3 * q, err);
    FP_ARRAY(s->keep, arena, p, err);
    FP_ARRAY(s->kept, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        s->keep[j] = true;
    s->rank = p;
    s->least = s->lean ? (double)s->data->n : 0.1;
    if (s->data->family == FP_FAMILY_GAUSSIAN) {
        double mean = mean_outcome(s->data), sum = 0;
        for (ptrdiff_t i = 0; i < s->data->n; i++)
            sum += fp_reg_weight(s->data, i) * (s->data->y[i] - mean) * (s->data->y[i] - mean);
        s->least = 1e-10 * sum;
    }
    return FP_OK;
}

/* The deviance of a constant mean, or of the offset alone. */
static fp_status null_deviance(const fp_regression *data, fp_arena *scratch, double *out,
                               fp_err *err)
{
    double *mu;
    FP_ARRAY(mu, scratch, data->n, err);
    if (data->intercept && data->offset && data->p > 1) {
        fp_regression constant = *data;
        fp_glm_fit fit;
        constant.p = 1;
        FP_TRY(fp_glm(&constant, scratch, &fit, err));
        *out = fit.deviance;
        return FP_OK;
    }
    double mean = mean_outcome(data);
    for (ptrdiff_t i = 0; i < data->n; i++)
        mu[i] = data->intercept && !data->offset
                    ? mean
                    : fp_link_mu(data->link, data->offset ? data->offset[i] : 0);
    *out = fp_glm_deviance(data, mu);
    return FP_OK;
}

static double gaussian_minus2log(const fp_regression *data, double deviance)
{
    double logs = 0, n = (double)data->n;
    for (ptrdiff_t i = 0; data->weight && i < data->n; i++)
        logs += log(data->weight[i]);
    return n * (log(2 * M_PI * deviance / n) + 1) - logs;
}

/* -2 log-likelihood, the dispersion at its maximum where R's aic() has it so. */
static double minus2log(const fp_regression *data, const double *mu, double deviance)
{
    double sum = 0, total = 0;
    if (data->family == FP_FAMILY_GAUSSIAN)
        return gaussian_minus2log(data, deviance);
    if (data->family == FP_FAMILY_BINOMIAL && !data->weight)
        return deviance;
    for (ptrdiff_t i = 0; i < data->n; i++)
        total += fp_reg_weight(data, i);
    for (ptrdiff_t i = 0; i < data->n; i++)
        sum += fp_family_minus2log(data->family, data->y[i], mu[i], fp_reg_weight(data, i),
                                   deviance / total);
    return sum;
}

/* Least squares, where columns are nearly collinear or the cost is nothing. */
static bool is_refined(const search *s)
{
    const fp_regression *data = s->data;
    return data->family == FP_FAMILY_GAUSSIAN && data->link == FP_LINK_IDENTITY &&
           (s->qr || data->n * data->p <= REFINED_NUMBERS);
}

static fp_status finish(search *s, double *bread, fp_arena *scratch, fp_glm_fit *fit, fp_err *err)
{
    const fp_regression *data = s->data;
    double *mu;
    FP_ARRAY(mu, scratch, data->n, err);
    direction(s, s->beta, bread);
    fp_reg_var_out(&s->reg, bread, s->work);
    fit->rank = s->rank;
    fit->iterations = s->iterations;
    fit->edge = s->edge;
    fit->deviance = s->sums.deviance;
    fit->pearson = s->sums.pearson;
    fit->df_residual = (double)(data->n - s->rank);
    fit->dispersion = 1;
    fp_reg_beta_out(&s->reg, s->beta);
    for (ptrdiff_t j = 0; j < data->p; j++)
        s->beta[j] = s->keep[j] ? s->beta[j] : FP_NUM_NAN;
    if (is_refined(s)) {
        FP_TRY(fp_glm_refine(data, bread, scratch, s->beta, &fit->deviance, err));
        fit->pearson = fit->deviance;
    }
    if (fp_family_has_dispersion(data->family))
        fit->dispersion = fit->df_residual > 0 ? fit->pearson / fit->df_residual : FP_NUM_NAN;
    fp_glm_predict(data, s->beta, NULL, mu);
    double own = fp_family_has_dispersion(data->family) ? 1 : 0;
    double value = minus2log(data, mu, fit->deviance);
    fit->aic = value + 2 * own + 2 * (double)s->rank;
    fit->loglik = -value / 2;
    return FP_OK;
}

/* A start has coefficients and no more. */
static void finish_begin(search *s, fp_glm_fit *fit)
{
    fit->rank = s->rank;
    fit->iterations = s->iterations;
    fit->edge = s->edge;
    fp_reg_beta_out(&s->reg, s->beta);
    for (ptrdiff_t j = 0; j < s->data->p; j++)
        s->beta[j] = s->keep[j] ? s->beta[j] : FP_NUM_NAN;
}

static fp_status run(const fp_regression *data, bool lean, fp_arena *arena, fp_glm_fit *fit,
                     fp_err *err)
{
    ptrdiff_t p = data->p;
    double *beta, *bread;
    bool *diverges;
    search s = {.data = data, .lean = lean};
    FP_ARRAY(beta, arena, p, err);
    FP_ARRAY(bread, arena, p * p, err);
    FP_ARRAY(diverges, arena, p, err);
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_TRY(search_create(&s, scratch, err));
    fp_glm_fit made = {.n = data->n, .p = p, .beta = beta, .diverges = diverges, .bread = bread};
    made.df_null = (double)(data->n - data->intercept);
    if (!lean)
        FP_TRY(null_deviance(data, scratch, &made.null_deviance, err));
    if (begin(&s)) {
        made.state = iterate(&s);
        if (made.state == FP_GLM_SEPARATED)
            mark_diverging(&s, diverges);
        if (lean)
            finish_begin(&s, &made);
        else
            FP_TRY(finish(&s, bread, scratch, &made, err));
        memcpy(beta, s.beta, (size_t)p * sizeof *beta);
    } else {
        made.state = FP_GLM_NO_START;
        made.rank = s.rank;
        made.df_residual = (double)(data->n - s.rank);
        made.dispersion = made.pearson = made.deviance = made.aic = made.loglik = FP_NUM_NAN;
        for (ptrdiff_t j = 0; j < p; j++)
            beta[j] = FP_NUM_NAN;
    }
    *fit = made;
    return FP_OK;
}

static fp_status run_safely(const fp_regression *data, bool lean, fp_arena *arena, fp_glm_fit *fit,
                            fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, lean, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_glm(const fp_regression *data, fp_arena *arena, fp_glm_fit *fit, fp_err *err)
{
    return run_safely(data, false, arena, fit, err);
}

fp_status fp_glm_begin(const fp_regression *data, fp_arena *arena, fp_glm_fit *fit, fp_err *err)
{
    return run_safely(data, true, arena, fit, err);
}

void fp_glm_predict(const fp_regression *data, const double *beta, double *eta, double *mu)
{
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double sum = data->offset ? data->offset[i] : 0;
        for (ptrdiff_t j = 0; j < data->p; j++)
            sum += isnan(beta[j]) ? 0 : beta[j] * data->column[j][i];
        if (eta)
            eta[i] = sum;
        if (mu)
            mu[i] = fp_link_mu(data->link, sum);
    }
}

double fp_glm_deviance(const fp_regression *data, const double *mu)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < data->n; i++)
        sum += fp_reg_weight(data, i) * fp_family_deviance(data->family, data->y[i], mu[i]);
    return sum;
}
