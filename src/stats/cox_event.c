#include "stats/cox_event.h"

#include <math.h>

#include "stats/cox_priv.h"

void fp_cox_deviance(ptrdiff_t n, const int32_t *event, const double *martingale, double *deviance)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double m = martingale[i]; /* at most 1 with an event, at most 0 without */
        double half = event[i] ? m + log1p(-m) : m;
        deviance[i] = copysign(sqrt(fmax(-2 * half, 0)), m);
    }
}

void fp_cox_dfbeta(const fp_survdata *data, ptrdiff_t p, const double *var, bool scaled,
                   double *residual, double *work)
{
    ptrdiff_t n = data->n;
    for (ptrdiff_t i = 0; i < n; i++) {
        double weight = fp_row_weight(data, i);
        for (ptrdiff_t j = 0; j < p; j++)
            work[j] = weight * residual[i + j * n];
        for (ptrdiff_t j = 0; j < p; j++) {
            double sum = 0;
            for (ptrdiff_t l = 0; l < p; l++)
                sum += work[l] * var[l + j * p];
            residual[i + j * n] = scaled ? sum / sqrt(var[j + j * p]) : sum;
        }
    }
}

/* Rows with an event in the order of the grid, which is that of stratum and time. */
static fp_status order_events(const fp_survdata *data, const fp_risk *risk, fp_arena *arena,
                              ptrdiff_t *row, fp_err *err)
{
    ptrdiff_t *next, at = 0;
    FP_ARRAY(next, arena, risk->length, err);
    for (ptrdiff_t g = 0; g < risk->length; g++) {
        next[g] = at;
        at += (ptrdiff_t)risk->deaths[g];
    }
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (data->event[i])
            row[next[risk->hi[i]]++] = i;
    return FP_OK;
}

/* eq. 3, column j. */
static void schoenfeld_column(const fp_cox_problem *q, const fp_cox_sums *s, const fp_cox_events *e,
                              ptrdiff_t j, double *out)
{
    const fp_risk *k = q->risk;
    const double *s1 = s->s1 + j * k->length, *e1 = s->e1 + j * k->length, *x = q->x + j * k->n;
    for (ptrdiff_t i = 0; i < e->n; i++) {
        int32_t g = k->hi[e->row[i]];
        double mean = (s->c0[g] * s1[g] - s->c1[g] * e1[g]) / (k->deaths[g] * k->wbar[g]);
        out[i] = x[e->row[i]] - q->mean[j] - mean;
    }
}

/* eq. 4 for one event. */
static void scale_event(const fp_cox_fit *fit, ptrdiff_t n, ptrdiff_t i, double *residual,
                        double *work)
{
    ptrdiff_t p = fit->p;
    for (ptrdiff_t j = 0; j < p; j++)
        work[j] = residual[i + j * n];
    for (ptrdiff_t j = 0; j < p; j++) {
        double sum = 0;
        for (ptrdiff_t l = 0; l < p; l++)
            sum += work[l] * fit->var[l + j * p];
        residual[i + j * n] = sum * (double)n + fit->beta[j];
    }
}

static fp_status schoenfeld(fp_cox_problem q, const fp_cox_fit *fit, bool scaled, fp_arena *arena,
                            ptrdiff_t *row, double *residual, fp_cox_events *events, fp_err *err)
{
    fp_risk risk;
    fp_cox_sums sums;
    double *work;
    FP_TRY(fp_risk_create(q.data, arena, &risk, err));
    q.risk = &risk;
    *events = (fp_cox_events){risk.events, row, residual};
    if (risk.events == 0)
        return FP_OK;
    FP_TRY(order_events(q.data, &risk, arena, row, err));
    FP_TRY(fp_cox_sums_create(&q, arena, &sums, err));
    FP_ARRAY(work, arena, q.p, err);
    fp_cox_sums_scalar(&q, fit->eta, &sums);
    fp_cox_sums_columns(&q, &sums);
    for (ptrdiff_t j = 0; j < q.p; j++)
        schoenfeld_column(&q, &sums, events, j, residual + j * events->n);
    for (ptrdiff_t i = 0; scaled && i < events->n; i++)
        scale_event(fit, events->n, i, residual, work);
    return FP_OK;
}

static fp_status keep_schoenfeld(fp_cox_problem q, const fp_cox_fit *fit, bool scaled,
                                 fp_arena *arena, fp_cox_events *events, fp_err *err)
{
    ptrdiff_t count = 0, *row;
    double *residual;
    FP_TRY(fp_survdata_check(q.data, err));
    for (ptrdiff_t i = 0; i < q.data->n; i++)
        count += q.data->event[i] != 0;
    FP_ARRAY(row, arena, count, err);
    FP_ARRAY(residual, arena, count * q.p, err);
    fp_arena_point mark = fp_arena_mark(arena);
    FP_TRY(schoenfeld(q, fit, scaled, arena, row, residual, events, err));
    fp_arena_rewind(arena, mark);
    return FP_OK;
}

fp_status fp_cox_schoenfeld(const fp_survdata *data, ptrdiff_t p, const double *x,
                            const fp_cox_fit *fit, fp_ties ties, bool scaled, fp_arena *arena,
                            fp_cox_events *events, fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    fp_cox_problem q = {data, NULL, ties, p, x, fit->mean};
    fp_cox_events made;
    fp_status status = keep_schoenfeld(q, fit, scaled, arena, &made, err);
    if (status == FP_OK)
        *events = made;
    else
        fp_arena_rewind(arena, start);
    return status;
}
