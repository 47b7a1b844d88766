#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_event.h"
#include "stats/cox_rows_priv.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/km_priv.h"
#include "stats/sort.h"

typedef struct {
    fp_cox_rows *rows;
    const fp_survdata *data;
    const fp_risk *risk;
    int threads;
    ptrdiff_t p;
    double *g;       /* length: transformed time, centred at its mean over deaths */
    double *square;  /* length: g^2 */
    double *score;   /* p: sum of g (x - xbar), eq. 9 */
    double *unused;  /* p */
    double *info[3]; /* p x p: sums of V, gV, g^2 V */
    double *joint;   /* 2p x 2p */
    double *side;    /* 2p */
    double *work;    /* 2p */
} ph_work;

/* 1 - KM(t-) at every element of a grid of one stratum, without weights. */
static fp_status km_of_grid(const fp_risk *risk, double *out, fp_arena *arena, fp_err *err)
{
    double *at_risk, survival = 1;
    FP_ARRAY(at_risk, arena, risk->length, err);
    for (ptrdiff_t i = 0; i < risk->n; i++) {
        at_risk[risk->hi[i]] += 1;
        at_risk[risk->lo[i]] -= 1;
    }
    fp_risk_suffix(risk, at_risk);
    for (ptrdiff_t g = 0; g < risk->length; g++) {
        out[g] = 1 - survival;
        if (risk->deaths[g] > 0)
            survival *= (at_risk[g] - risk->deaths[g]) / at_risk[g];
    }
    return FP_OK;
}

/* 1 - KM(t-) of all rows without strata or weights, as cox.zph takes it. */
static fp_status km_times(const ph_work *w, double *out, fp_arena *arena, fp_err *err)
{
    if (w->risk->strata == 1)
        return km_of_grid(w->risk, out, arena, err);
    fp_survdata plain = {.n = w->risk->n,
                         .start = w->data->start,
                         .stop = w->data->stop,
                         .event = w->data->event,
                         .strata = 1};
    fp_risk all;
    double *curve;
    FP_TRY(fp_risk_create_on(&plain, w->threads, arena, &all, err));
    FP_ARRAY(curve, arena, all.length, err);
    FP_TRY(km_of_grid(&all, curve, arena, err));
    for (ptrdiff_t g = 0; g < w->risk->length; g++)
        out[g] = curve[fp_risk_find(all.time, 0, (int32_t)all.length, w->risk->time[g])];
    return FP_OK;
}

/* Average rank of each death time among the times of all rows. */
static fp_status rank_times(const ph_work *w, double *out, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = w->risk->n;
    uint64_t *key;
    double *sorted;
    FP_ARRAY(key, arena, n, err);
    FP_ARRAY(sorted, arena, n, err);
    for (ptrdiff_t i = 0; i < n; i++)
        key[i] = fp_sort_key(w->data->stop[i]);
    FP_TRY(fp_sort_keys(key, NULL, n, w->threads, arena, err));
    for (ptrdiff_t i = 0; i < n; i++)
        sorted[i] = fp_sort_value(key[i]);
    for (ptrdiff_t g = 0; g < w->risk->length; g++) {
        double t = w->risk->time[g];
        ptrdiff_t below = fp_count_upto(sorted, n, t, false),
                  upto = fp_count_upto(sorted, n, t, true);
        out[g] = (double)(below + upto + 1) / 2;
    }
    return FP_OK;
}

/* The transform at each element of the grid, not yet centred. */
static fp_status plain_times(const ph_work *w, fp_ph_transform transform, double *out,
                             fp_arena *arena, fp_err *err)
{
    const fp_risk *k = w->risk;
    if (transform == FP_PH_KM)
        return km_times(w, out, arena, err);
    if (transform == FP_PH_RANK)
        return rank_times(w, out, arena, err);
    for (ptrdiff_t g = 0; g < k->length; g++)
        out[g] = transform == FP_PH_LOG ? log(k->time[g]) : k->time[g];
    return FP_OK;
}

static fp_status transform_times(ph_work *w, fp_ph_transform transform, fp_arena *arena,
                                 fp_err *err)
{
    const fp_risk *k = w->risk;
    FP_TRY(plain_times(w, transform, w->g, arena, err));
    double sum = 0, deaths = 0;
    for (ptrdiff_t g = 0; g < k->length; g++)
        if (k->deaths[g] > 0) {
            sum += k->deaths[g] * w->g[g];
            deaths += k->deaths[g];
        }
    for (ptrdiff_t g = 0; g < k->length; g++) {
        w->g[g] = k->deaths[g] > 0 ? w->g[g] - sum / deaths : 0;
        w->square[g] = w->g[g] * w->g[g];
    }
    return FP_OK;
}

/* Score test of the columns for which use[j]; the others keep a constant effect. Returns df. */
static int joint_test(ph_work *w, const bool *alive, const bool *use, double *chisq)
{
    ptrdiff_t p = w->p, width = 2 * p;
    int df = 0;
    memset(w->joint, 0, (size_t)(width * width) * sizeof *w->joint);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->side[j] = 0;
        w->side[p + j] = use[j] ? w->score[j] : 0;
        df += use[j];
        for (ptrdiff_t l = 0; l < p; l++) {
            if (alive[j] && alive[l])
                w->joint[j + l * width] = w->info[0][j + l * p];
            if (alive[l] && use[j])
                w->joint[p + j + l * width] = w->joint[l + (p + j) * width] = w->info[1][j + l * p];
            if (use[j] && use[l])
                w->joint[p + j + (p + l) * width] = w->info[2][j + l * p];
        }
    }
    *chisq = fp_quadratic_inverse(w->joint, width, w->side, pow(DBL_EPSILON, 0.75), NULL, w->work);
    return df;
}

/* Whether deaths lie at two transformed times or more: at one, nothing can change over time. */
static bool has_spread(const ph_work *w)
{
    const fp_risk *k = w->risk;
    ptrdiff_t first = -1;
    for (ptrdiff_t g = 0; g < k->length; g++) {
        if (k->deaths[g] <= 0)
            continue;
        if (first >= 0 && (w->g[g] < w->g[first] || w->g[g] > w->g[first]))
            return true;
        first = first < 0 ? g : first;
    }
    return false;
}

/* The log of a death at time 0 has no score. */
static bool defined(const ph_work *w, const bool *use)
{
    if (!has_spread(w))
        return false;
    for (ptrdiff_t j = 0; j < w->p; j++)
        if (use[j] && !isfinite(w->score[j]))
            return false;
    return true;
}

static fp_status ph_create(ph_work *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->p, m = w->risk->length;
    FP_ARRAY(w->g, arena, m, err);
    FP_ARRAY(w->square, arena, m, err);
    FP_ARRAY(w->score, arena, p, err);
    FP_ARRAY(w->unused, arena, p, err);
    for (int k = 0; k < 3; k++)
        FP_ARRAY(w->info[k], arena, p * p, err);
    FP_ARRAY(w->joint, arena, 4 * p * p, err);
    FP_ARRAY(w->side, arena, 2 * p, err);
    FP_ARRAY(w->work, arena, 2 * p, err);
    return FP_OK;
}

/* V from the fit where it is at hand; gV, g^2 V and the score in one pass. */
static void sums_of_times(ph_work *w, const fp_cox_fit *fit)
{
    const double *const once[1] = {NULL}, *const weight[2] = {w->g, w->square};
    double *const score[2] = {w->score, w->unused};
    if (w->rows->at == fit->eta) {
        memcpy(w->info[0], w->rows->info, (size_t)(w->p * w->p) * sizeof *w->info[0]);
    } else {
        fp_cox_rows_at(w->rows, fit);
        fp_cox_rows_derive(w->rows, 1, once, NULL, w->info, NULL);
    }
    fp_cox_rows_derive(w->rows, 2, weight, score, w->info + 1, NULL);
}

static fp_status all_tests(ph_work *w, const fp_cox_fit *fit, const int32_t *term, int32_t terms,
                           fp_arena *arena, double *chisq, double *pvalue, int *df, fp_err *err)
{
    bool *alive, *use;
    FP_ARRAY(alive, arena, w->p, err);
    FP_ARRAY(use, arena, w->p, err);
    sums_of_times(w, fit);
    for (ptrdiff_t j = 0; j < w->p; j++)
        alive[j] = !isnan(fit->beta[j]);
    for (int32_t t = 0; t <= terms; t++) {
        for (ptrdiff_t j = 0; j < w->p; j++)
            use[j] = alive[j] && (t == terms || term[j] == t);
        df[t] = joint_test(w, alive, use, &chisq[t]);
        if (df[t] == 0 || !defined(w, use))
            chisq[t] = FP_NUM_NAN;
        pvalue[t] = fp_chisq_upper(chisq[t], df[t]);
    }
    return FP_OK;
}

static fp_status run(ph_work *w, const fp_cox_fit *fit, const int32_t *term, int32_t terms,
                     fp_ph_transform transform, fp_arena *arena, fp_cox_ph *result, fp_err *err)
{
    double *chisq, *pvalue;
    int *df;
    FP_ARRAY(chisq, arena, terms + 1, err);
    FP_ARRAY(pvalue, arena, terms + 1, err);
    FP_ARRAY(df, arena, terms + 1, err);
    fp_arena_point mark = fp_arena_mark(arena);
    FP_TRY(ph_create(w, arena, err));
    FP_TRY(transform_times(w, transform, arena, err));
    FP_TRY(all_tests(w, fit, term, terms, arena, chisq, pvalue, df, err));
    fp_arena_rewind(arena, mark);
    *result = (fp_cox_ph){chisq, pvalue, df};
    return FP_OK;
}

fp_status fp_cox_rows_ph_test(fp_cox_rows *rows, const fp_cox_fit *fit, const int32_t *term,
                              int32_t terms, fp_ph_transform transform, fp_arena *arena,
                              fp_cox_ph *result, fp_err *err)
{
    ptrdiff_t p = rows->q.p;
    for (ptrdiff_t j = 0; j < p; j++)
        if (term[j] < 0 || term[j] >= terms)
            return fp_fail(err, FP_ARG, "column %td: term %d of %d", j, (int)term[j], (int)terms);
    fp_arena_point mark = fp_arena_mark(arena);
    ph_work w = {
        .rows = rows, .data = &rows->data, .risk = &rows->risk, .threads = rows->threads, .p = p};
    fp_status status = run(&w, fit, term, terms, transform, arena, result, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}

fp_status fp_cox_ph_test(const fp_survdata *data, ptrdiff_t p, const double *x,
                         const fp_cox_fit *fit, fp_ties ties, const int32_t *term, int32_t terms,
                         fp_ph_transform transform, fp_arena *arena, fp_cox_ph *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    fp_cox_rows *rows;
    FP_TRY(fp_cox_rows_of(data, p, x, NULL, ties, 1, scratch, &rows, err));
    return fp_cox_rows_ph_test(rows, fit, term, terms, transform, arena, result, err);
}

static fp_status scale_events(ph_work *w, fp_ph_transform transform, const fp_cox_events *events,
                              fp_arena *arena, double *out, fp_err *err)
{
    fp_risk risk;
    double *grid;
    FP_TRY(fp_risk_create_on(w->data, w->threads, arena, &risk, err));
    w->risk = &risk;
    FP_ARRAY(grid, arena, risk.length, err);
    FP_TRY(plain_times(w, transform, grid, arena, err));
    for (ptrdiff_t i = 0; i < events->n; i++)
        out[i] = grid[risk.hi[events->row[i]]];
    return FP_OK;
}

fp_status fp_cox_ph_scale(const fp_survdata *data, fp_ph_transform transform,
                          const fp_cox_events *events, fp_arena *arena, const double **scale,
                          fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    ph_work w = {.data = data};
    double *out;
    FP_ARRAY(out, arena, events->n, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = scale_events(&w, transform, events, arena, out, err);
    fp_arena_rewind(arena, status == FP_OK ? mark : start);
    if (status == FP_OK)
        *scale = out;
    return status;
}
