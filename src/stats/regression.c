#include <math.h>
#include <string.h>

#include "stats/cox.h"
#include "stats/regression_priv.h"

/* Beyond it the inverse of the log and logit links leaves the range of numbers. */
#define ETA_MOST 700.0

typedef struct {
    fp_reg *reg;
    double *largest; /* p */
} survey;

static void survey_column(void *context, long j)
{
    const survey *w = context;
    const double *x = w->reg->data->column[j];
    double sum = 0, least = x[0], most = x[0];
    w->reg->kernel->summary(x, x[0], w->reg->data->n, &sum, &least, &most);
    w->largest[j] = fmax(fabs(least), fabs(most));
    if (w->reg->data->intercept && j > 0)
        w->reg->mean[j] = x[0] + sum / (double)w->reg->data->n;
}

fp_status fp_reg_create(const fp_regression *data, fp_arena *arena, fp_reg *reg, fp_err *err)
{
    *reg = (fp_reg){.data = data, .kernel = fp_cox_kernel_pick()};
    survey w = {.reg = reg};
    if (data->n < 1 || data->p < 0 || !fp_family_has_link(data->family, data->link))
        return fp_fail(err, FP_ARG, "a generalised linear model needs rows and a link");
    FP_ARRAY(reg->mean, arena, data->p, err);
    FP_ARRAY(w.largest, arena, data->p, err);
    fp_parallel(data->threads, data->p, survey_column, &w);
    for (ptrdiff_t j = 0; j < data->p; j++)
        if (!(w.largest[j] < FP_COX_LARGEST))
            return fp_fail(err, FP_INPUT, "a column is too large to be squared");
    return FP_OK;
}

fp_status fp_reg_block_create(ptrdiff_t p, fp_arena *arena, fp_reg_block *block, fp_err *err)
{
    double **row[] = {&block->eta, &block->mu, &block->ratio, &block->v, &block->u, &block->expo};
    FP_ARRAY(block->z, arena, FP_REG_FRONT + p * FP_REG_LD, err);
    block->z += FP_REG_FRONT;
    for (size_t k = 0; k < sizeof row / sizeof *row; k++)
        FP_ARRAY(*row[k], arena, FP_REG_LD, err);
    FP_ARRAY(block->deviance, arena, 2, err);
    return FP_OK;
}

/* ---- means of a block ---- */

static void clamp(ptrdiff_t rows, const double *eta, double *out)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        out[i] = eta[i] > ETA_MOST ? ETA_MOST : eta[i] < -ETA_MOST ? -ETA_MOST : eta[i];
    for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
        out[i] = 0;
}

/* Logit: mu (1 - mu) from exp(eta), exact in both tails; the link is canonical. */
static void means_logit(const fp_reg *reg, fp_reg_block *b)
{
    reg->kernel->logistic(b->eta, b->rows, b->mu, b->v);
    for (ptrdiff_t i = 0; i < b->rows; i++)
        b->ratio[i] = 1;
}

static bool means_log(const fp_reg *reg, fp_reg_block *b)
{
    fp_family family = reg->data->family;
    bool valid = true;
    clamp(b->rows, b->eta, b->mu);
    (void)reg->kernel->risk(b->mu, NULL, b->rows, b->expo);
    memcpy(b->mu, b->expo, (size_t)b->rows * sizeof *b->mu);
    for (ptrdiff_t i = 0; i < b->rows; i++) {
        double mu = b->mu[i];
        valid = valid && fp_family_valid(family, mu);
        b->ratio[i] = mu / fp_family_variance(family, mu);
        b->v[i] = mu * b->ratio[i];
    }
    return valid;
}

static bool means_other(const fp_reg *reg, fp_reg_block *b)
{
    fp_family family = reg->data->family;
    fp_link link = reg->data->link;
    bool valid = true;
    for (ptrdiff_t i = 0; i < b->rows; i++) {
        double mu = fp_link_mu(link, b->eta[i]), slope = fp_link_slope(link, b->eta[i]);
        double variance = fp_family_variance(family, mu);
        bool bounded = link == FP_LINK_PROBIT || link == FP_LINK_CLOGLOG;
        if (bounded && variance < 1e-300)
            variance = 1e-300;
        else
            valid = valid && fp_family_valid(family, mu) && isfinite(slope);
        b->mu[i] = mu;
        b->ratio[i] = slope / variance;
        b->v[i] = slope * b->ratio[i];
    }
    return valid;
}

/* Linear predictors, means and working weights; without the weights of the rows. */
static bool means(const fp_reg *reg, fp_reg_block *b)
{
    if (reg->data->link == FP_LINK_LOGIT) {
        means_logit(reg, b);
        return true;
    }
    return reg->data->link == FP_LINK_LOG ? means_log(reg, b) : means_other(reg, b);
}

/* A starting mean that the link takes. */
static double start_of(const fp_regression *data, double y, double w)
{
    double mu = fp_family_start(data->family, y, w);
    if (data->link == FP_LINK_IDENTITY || data->family != FP_FAMILY_GAUSSIAN)
        return mu;
    return data->link == FP_LINK_LOG ? fmax(mu, 1e-3) : fabs(mu) < 1e-3 ? 1e-3 : mu;
}

static void load(const fp_reg *reg, ptrdiff_t first, ptrdiff_t rows, fp_reg_block *b)
{
    b->rows = rows;
    for (ptrdiff_t j = 0; j < reg->data->p; j++)
        reg->kernel->centre(reg->data->column[j] + first, reg->mean[j], rows, b->z + j * FP_REG_LD);
}

static void pad(fp_reg_block *b)
{
    for (ptrdiff_t i = b->rows; i < fp_cox_padded(b->rows); i++)
        b->eta[i] = b->mu[i] = b->ratio[i] = b->v[i] = b->u[i] = 0;
}

bool fp_reg_block_at(const fp_reg *reg, const double *beta, ptrdiff_t first, ptrdiff_t rows,
                     fp_reg_block *b)
{
    const fp_regression *data = reg->data;
    load(reg, first, rows, b);
    for (ptrdiff_t i = 0; i < rows; i++)
        b->eta[i] = data->offset ? data->offset[first + i] : 0;
    if (beta) {
        for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
            b->eta[i] = 0;
        reg->kernel->predict(data->p, b->z, beta, rows, b->eta);
    } else {
        for (ptrdiff_t i = 0; i < rows; i++)
            b->eta[i] = fp_link_eta(
                data->link, start_of(data, data->y[first + i], fp_reg_weight(data, first + i)));
    }
    bool valid = means(reg, b);
    for (ptrdiff_t i = 0; i < rows; i++) {
        double w = fp_reg_weight(data, first + i);
        b->v[i] *= w;
        b->u[i] = w * (data->y[first + i] - b->mu[i]) * b->ratio[i];
        if (!beta) /* working response: eta + (y - mu) / slope, less the offset */
            b->u[i] += b->v[i] * (b->eta[i] - (data->offset ? data->offset[first + i] : 0));
    }
    pad(b);
    return valid;
}

/* ---- between the parametrisations: b0 = b0' - sum mean_j b_j ---- */

void fp_reg_beta_out(const fp_reg *reg, double *beta)
{
    if (reg->data->intercept)
        for (ptrdiff_t j = 1; j < reg->data->p; j++)
            beta[0] -= isnan(beta[j]) ? 0 : reg->mean[j] * beta[j];
}

void fp_reg_beta_in(const fp_reg *reg, double *beta)
{
    if (reg->data->intercept)
        for (ptrdiff_t j = 1; j < reg->data->p; j++)
            beta[0] += isnan(beta[j]) ? 0 : reg->mean[j] * beta[j];
}

/* T var T', T the identity but for its first row (1, -mean). */
void fp_reg_var_out(const fp_reg *reg, double *var, double *work)
{
    ptrdiff_t p = reg->data->p;
    if (!reg->data->intercept || p == 0)
        return;
    for (ptrdiff_t j = 0; j < p; j++) {
        work[j] = var[j * p];
        for (ptrdiff_t k = 1; k < p; k++)
            work[j] -= reg->mean[k] * var[k + j * p];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        var[j * p] = work[j];
    for (ptrdiff_t i = 1; i < p; i++)
        var[i] = work[i];
    double corner = work[0];
    for (ptrdiff_t k = 1; k < p; k++)
        corner -= reg->mean[k] * work[k];
    var[0] = corner;
}

bool fp_regression_is_exact(const fp_regression *data, double pearson)
{
    double total = 0;
    if (!fp_family_has_dispersion(data->family))
        return false;
    for (ptrdiff_t i = 0; i < data->n; i++) {
        double y = data->family == FP_FAMILY_GAMMA ? 1 : data->y[i];
        total += fp_reg_weight(data, i) * y * y;
    }
    return pearson <= 1e-27 * total;
}
