/* A drawn trial through the general engine: row by row, as a table would be analysed. */
#include <math.h>
#include <string.h>

#include "stats/cox.h"
#include "stats/cox_frailty.h"
#include "stats/power_priv.h"

enum { P = FP_POWER_TERMS };

typedef struct {
    fp_survdata data;
    double *stop, *x;
    const double *column[P];
    int32_t *event, *cluster;
} rows;

static fp_status make_rows(const fp_power_design *design, const fp_power_trial *trial,
                           const fp_power_model *model, fp_arena *arena, rows *r, fp_err *err)
{
    FP_ARRAY(r->stop, arena, trial->n, err);
    FP_ARRAY(r->event, arena, trial->n, err);
    FP_ARRAY(r->cluster, arena, trial->n, err);
    FP_ARRAY(r->x, arena, trial->n * (model->p + design->covariates), err);
    for (ptrdiff_t j = 0; j < design->clusters; j++)
        for (ptrdiff_t i = trial->first[j]; i < trial->first[j + 1]; i++) {
            r->stop[i] = trial->day[i];
            r->event[i] = trial->event[i];
            r->cluster[i] = (int32_t)j;
            for (int32_t k = 0; k < model->p; k++)
                r->x[i + k * trial->n] = model->x[design->arm[j] * P + k];
            for (int32_t c = 0; c < design->covariates; c++)
                r->x[i + (model->p + c) * trial->n] = trial->x[i * design->covariates + c];
        }
    for (int32_t k = 0; k < model->p + design->covariates; k++)
        r->column[k] = r->x + k * trial->n;
    r->data = (fp_survdata){.n = trial->n, .stop = r->stop, .event = r->event, .strata = 1};
    return FP_OK;
}

static void copy_fit(const fp_cox_fit *fit, fp_power_estimates *out)
{
    out->usable = fit->state == FP_COX_CONVERGED && fit->rank == fit->p;
    memcpy(out->beta, fit->beta, (size_t)fit->p * sizeof *out->beta);
    memcpy(out->var[FP_POWER_NAIVE], fit->var, (size_t)(fit->p * fit->p) * sizeof *fit->var);
}

static fp_status sum_residuals(const fp_power_design *design, const rows *r, const fp_cox_fit *fit,
                               fp_arena *scratch, double *residual, fp_err *err)
{
    double *each;
    FP_TRY(fp_cox_martingale(&r->data, fit->eta, FP_TIES_EFRON, scratch, &each, err));
    memset(residual, 0, (size_t)design->clusters * sizeof *residual);
    for (ptrdiff_t i = 0; i < r->data.n; i++)
        residual[r->cluster[i]] += each[i];
    return FP_OK;
}

static fp_status corrected(const fp_power_design *design, fp_cox_rows *engine,
                           const fp_cox_fit *fit, const rows *r, unsigned analyses,
                           fp_arena *scratch, fp_power_estimates *out, fp_err *err)
{
    fp_cluster_parts parts;
    FP_TRY(
        fp_cox_rows_cluster_parts(engine, fit, r->cluster, design->clusters, scratch, &parts, err));
    return fp_power_sandwiches(&parts, analyses, scratch, out, err);
}

static fp_status fit_frailty(const fp_power_design *design, const rows *r, ptrdiff_t p,
                             fp_arena *scratch, fp_power_estimates *out, fp_err *err)
{
    fp_cox_fit fit;
    fp_cox_frailty_part part;
    FP_TRY(fp_cox_frailty(&r->data, p, r->x, NULL, r->cluster, design->clusters, NULL, scratch,
                          &fit, &part, err));
    copy_fit(&fit, out);
    memcpy(out->var[FP_POWER_FRAILTY], out->var[FP_POWER_NAIVE], sizeof *out->var);
    return FP_OK;
}

fp_status fp_power_general(const fp_power_design *design, const fp_power_trial *trial,
                           const fp_power_model *model, unsigned analyses, fp_arena *scratch,
                           fp_power_estimates *out, fp_power_estimates *frailty, double *residual,
                           fp_err *err)
{
    rows r = {0};
    ptrdiff_t p = model->p + design->covariates;
    fp_cox_rows *engine;
    fp_cox_fit fit;
    *out = *frailty = (fp_power_estimates){0};
    FP_TRY(make_rows(design, trial, model, scratch, &r, err));
    FP_TRY(fp_cox_rows_create(&r.data, p, r.column, NULL, FP_TIES_EFRON, 1, scratch, &engine, err));
    FP_TRY(fp_cox_rows_fit(engine, NULL, scratch, &fit, err));
    copy_fit(&fit, out);
    if (out->usable && (analyses & FP_POWER_SANDWICHES))
        FP_TRY(corrected(design, engine, &fit, &r, analyses, scratch, out, err));
    if (out->usable && residual)
        FP_TRY(sum_residuals(design, &r, &fit, scratch, residual, err));
    if (out->usable && (analyses & 1u << FP_POWER_FRAILTY))
        FP_TRY(fit_frailty(design, &r, p, scratch, frailty, err));
    return FP_OK;
}
