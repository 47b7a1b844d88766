#include "stats/cox_priv.h"

static fp_status martingale(const fp_survdata *data, const double *eta, fp_ties ties,
                            fp_arena *arena, double *residual, fp_err *err)
{
    fp_risk risk;
    fp_cox_sums sums;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    fp_cox_problem q = {data, &risk, ties, 0, NULL, NULL};
    FP_TRY(fp_cox_sums_create(&q, arena, &sums, err));
    fp_cox_sums_scalar(&q, eta, &sums);
    for (ptrdiff_t i = 0; i < data->n; i++) { /* eq. 4 */
        int32_t hi = risk.hi[i], lo = risk.lo[i];
        double hazard = sums.h[hi] - sums.h[lo];
        if (data->event[i])
            hazard -= sums.c1[hi];
        residual[i] = (data->event[i] ? 1 : 0) - sums.r[i] / fp_row_weight(data, i) * hazard;
    }
    return FP_OK;
}

fp_status fp_cox_martingale(const fp_survdata *data, const double *eta, fp_ties ties,
                            fp_arena *arena, double **residual, fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    double *out = NULL;
    FP_TRY(fp_survdata_check(data, err));
    FP_ARRAY(out, arena, data->n, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = martingale(data, eta, ties, arena, out, err);
    fp_arena_rewind(arena, status == FP_OK ? mark : start);
    if (status == FP_OK)
        *residual = out;
    return status;
}

static fp_status score_residuals(const fp_survdata *data, ptrdiff_t p, const double *x,
                                 const fp_cox_fit *fit, fp_ties ties, fp_arena *arena,
                                 double *residual, fp_err *err)
{
    fp_risk risk;
    fp_cox_sums sums;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    fp_cox_problem q = {data, &risk, ties, p, x, fit->mean};
    FP_TRY(fp_cox_sums_create(&q, arena, &sums, err));
    fp_cox_sums_scalar(&q, fit->eta, &sums);
    fp_cox_sums_columns(&q, &sums);
    fp_cox_score_rows(&q, &sums, residual);
    return FP_OK;
}

fp_status fp_cox_score_residuals(const fp_survdata *data, ptrdiff_t p, const double *x,
                                 const fp_cox_fit *fit, fp_ties ties, fp_arena *arena,
                                 double **residual, fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    double *out = NULL;
    FP_TRY(fp_survdata_check(data, err));
    FP_ARRAY(out, arena, data->n * p, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = score_residuals(data, p, x, fit, ties, arena, out, err);
    fp_arena_rewind(arena, status == FP_OK ? mark : start);
    if (status == FP_OK)
        *residual = out;
    return status;
}
