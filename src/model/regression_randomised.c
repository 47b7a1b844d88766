/* The null models of permutation tests of a mean: generalised linear models. */
#include "model/regression_randomised_priv.h"

#include <math.h>
#include <string.h>

#include "stats/glm.h"

/* On the scale of a logarithm no limit lies beyond it; elsewhere in units of the outcome's spread.
 */
#define FAR 20

#define RESIDUAL "response residuals of a generalised linear model"

typedef struct {
    fp_regression rows; /* outcome, weights, family and link */
    const fp_randomised *design;
    const fp_null_rest *rest;
    const double *offset; /* of the formula; NULL */
    double *one;          /* n: the intercept */
    double *sum_offset;   /* n */
} null_glm;

/* Indicators of the levels of a code but the first. */
static fp_status add_levels(const int32_t *code, int32_t levels, fp_arena *scratch,
                            fp_regression *r, const double **column, fp_err *err)
{
    for (int32_t l = 1; code && l < levels; l++) {
        double *x;
        FP_ARRAY(x, scratch, r->n, err);
        for (ptrdiff_t i = 0; i < r->n; i++)
            x[i] = code[i] == l;
        column[r->p++] = x;
    }
    return FP_OK;
}

static fp_status fit_null(void *context, const fp_null_model *null, fp_null_fit *fit, fp_err *err)
{
    const null_glm *m = context;
    FP_ARENA_SCOPED(scratch, 8 * FP_GIB, err);
    fp_regression r = m->rows;
    fp_glm_fit glm;
    const double **column;
    double *mu;
    FP_ARRAY(column, scratch, 3 + null->cells + m->rest->strata + m->rest->p, err);
    FP_ARRAY(mu, scratch, r.n, err);
    r.p = 0;
    r.intercept = true;
    column[r.p++] = m->one;
    for (int t = 0; t < null->terms; t++)
        column[r.p++] = null->term[t];
    FP_TRY(add_levels(null->cell, null->cells, scratch, &r, column, err));
    FP_TRY(add_levels(m->rest->stratum, m->rest->strata, scratch, &r, column, err));
    for (ptrdiff_t j = 0; j < m->rest->p; j++)
        column[r.p++] = m->rest->column[j];
    for (ptrdiff_t i = 0; null->offset && i < r.n; i++)
        m->sum_offset[i] = null->offset[i] + (m->offset ? m->offset[i] : 0);
    r.offset = null->offset ? m->sum_offset : m->offset;
    r.column = column;
    FP_TRY(fp_glm(&r, scratch, &glm, err));
    fit->fitted = glm.state == FP_GLM_CONVERGED;
    for (int t = 0; t < null->terms && fit->fitted; t++)
        fit->fitted = !isnan(glm.beta[1 + t]);
    if (!fit->fitted)
        return FP_OK;
    if (null->terms) {
        fit->estimate = glm.beta[1];
        fit->se = sqrt(glm.dispersion * glm.bread[1 + r.p]);
    }
    fp_glm_predict(&r, glm.beta, NULL, mu);
    memset(fit->sum, 0, (size_t)m->design->clusters * sizeof *fit->sum);
    for (ptrdiff_t i = 0; i < r.n; i++)
        fit->sum[m->design->of_row[i]] += (r.y[i] - mu[i]) * (r.weight ? r.weight[i] : 1.0);
    return FP_OK;
}

static double spread(const fp_regression *r)
{
    double least = r->y[0], most = r->y[0];
    for (ptrdiff_t i = 1; i < r->n; i++) {
        least = fmin(least, r->y[i]);
        most = fmax(most, r->y[i]);
    }
    return most - least;
}

/* Between which residuals a tie is rounding: a power of two near the outcome's spread, so that no
 * bit of a sum changes. */
static double unit_of(const fp_regression *r)
{
    double wide = spread(r);
    return wide > 0 && isfinite(wide) ? ldexp(1, ilogb(wide)) : 1;
}

/* The rows' weight in each cluster. */
static fp_status add_weights(const fp_randomised *design, const fp_regression *r, fp_arena *arena,
                             fp_warnings *warnings, const double **out, fp_err *err)
{
    double *weight;
    FP_ARRAY(weight, arena, design->clusters, err);
    for (ptrdiff_t i = 0; i < r->n; i++)
        weight[design->of_row[i]] += r->weight ? r->weight[i] : 1.0;
    for (ptrdiff_t j = 0; j < design->clusters; j++)
        if (!(weight[j] > 0))
            FP_TRY(fp_warnings_add(warnings, err,
                                   "%s %s has no row to take a mean of: it counts as a cluster "
                                   "whose mean is the expected one",
                                   design->cluster, design->labels[j]));
    *out = weight;
    return FP_OK;
}

fp_status fp_regression_permutation(const fp_randomised_request *request, const fp_regression *data,
                                    bool means, fp_arena *arena, fp_warnings *warnings,
                                    fp_result *result, fp_err *err)
{
    fp_randomised randomised;
    fp_null_rest rest;
    fp_permutation_options options;
    FP_TRY(fp_randomised_open(request, arena, warnings, &randomised, &options, &rest, err));
    null_glm model = {.rows = *data, .design = &randomised, .rest = &rest, .offset = data->offset};
    FP_ARRAY(model.one, arena, data->n, err);
    FP_ARRAY(model.sum_offset, arena, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++)
        model.one[i] = 1;
    bool is_log = data->link == FP_LINK_LOG || data->link == FP_LINK_LOGIT;
    fp_null_estimator estimator = {.fit = fit_null,
                                   .context = &model,
                                   .residual = means ? "cluster means of " RESIDUAL : RESIDUAL,
                                   .by = "with a mean for each level of",
                                   .covariates = rest.words,
                                   .has_effect = true,
                                   .is_log = is_log,
                                   .label = is_log ? "randomisation-based, approximate away from 1"
                                                   : "randomisation-based, approximate away from 0",
                                   .far = is_log ? FAR : FAR * spread(data),
                                   .unit = unit_of(data),
                                   .level = request->common->level,
                                   .n = data->n};
    if (means)
        FP_TRY(add_weights(&randomised, data, arena, warnings, &estimator.weight, err));
    return fp_randomised_tests(&randomised, &estimator, &options, arena, warnings, result, err);
}
