#include <float.h>
#include <math.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/km.h"
#include "stats/risk_priv.h"

typedef struct {
    const fp_survdata *data;
    const fp_risk *risk;
    int32_t groups;
    double *at_risk;                 /* length x groups */
    double *deaths;                  /* length x groups */
    double *n, *observed, *expected; /* groups */
    double *var;                     /* groups x groups */
    double *difference;              /* groups */
    double *work;                    /* groups */
    bool *keep;                      /* groups */
} logrank;

static void count_groups(logrank *w, const int32_t *group)
{
    const fp_risk *k = w->risk;
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double weight = fp_row_weight(w->data, i);
        ptrdiff_t column = group[i] * k->length;
        w->n[group[i]] += weight;
        w->at_risk[k->hi[i] + column] += weight;
        if (w->data->start)
            w->at_risk[k->lo[i] + column] -= weight;
        if (w->data->event[i])
            w->deaths[k->hi[i] + column] += weight;
    }
    for (int32_t a = 0; a < w->groups; a++)
        fp_risk_suffix(k, w->at_risk + a * k->length);
}

/* One death time, with weight c: eq. 6 and 7 of docs/methods/kaplan-meier.md. */
static void add_time(logrank *w, ptrdiff_t g, double y, double d, double c)
{
    ptrdiff_t m = w->risk->length;
    double spread = y > 1 ? c * c * d * (y - d) / (y - 1) : 0;
    for (int32_t a = 0; a < w->groups; a++) {
        double share = w->at_risk[g + a * m] / y;
        w->observed[a] += c * w->deaths[g + a * m];
        w->expected[a] += c * d * share;
        w->var[a + a * w->groups] += spread * share;
        for (int32_t b = 0; b < w->groups; b++)
            w->var[a + b * w->groups] -= spread * share * w->at_risk[g + b * m] / y;
    }
}

static void add_stratum(logrank *w, int32_t s, double rho)
{
    double survival = 1; /* just before the time, pooled over the groups */
    for (int32_t g = w->risk->first[s] + 1; g < w->risk->first[s + 1]; g++) {
        double y = 0, d = 0;
        for (int32_t a = 0; a < w->groups; a++) {
            y += w->at_risk[g + a * w->risk->length];
            d += w->deaths[g + a * w->risk->length];
        }
        add_time(w, g, y, d, rho == 0 ? 1 : pow(survival, rho));
        survival *= (y - d) / y;
    }
}

/* The first group with an expected event is left out: the differences sum to 0. */
static void test(logrank *w, fp_logrank_result *out)
{
    int used = 0;
    for (int32_t a = 0; a < w->groups; a++) {
        bool counts = w->expected[a] > 0;
        w->keep[a] = counts && used > 0;
        used += counts;
        w->difference[a] = w->observed[a] - w->expected[a];
    }
    out->df = used > 1 ? used - 1 : 0;
    out->chisq = out->p = FP_NUM_NAN;
    if (out->df == 0)
        return;
    double total = 0;
    for (int32_t a = 0; a < w->groups; a++)
        total += w->var[a + a * w->groups];
    if (total > 0)
        out->chisq = fp_quadratic_inverse(w->var, w->groups, w->difference, pow(DBL_EPSILON, 0.75),
                                          w->keep, w->work);
    else
        out->df = 0;
    out->p = fp_chisq_upper(out->chisq, out->df);
}

static fp_status scratch_create(logrank *w, fp_arena *arena, fp_err *err)
{
    FP_ARRAY(w->at_risk, arena, w->risk->length * w->groups, err);
    FP_ARRAY(w->deaths, arena, w->risk->length * w->groups, err);
    FP_ARRAY(w->var, arena, (ptrdiff_t)w->groups * w->groups, err);
    FP_ARRAY(w->difference, arena, w->groups, err);
    FP_ARRAY(w->work, arena, w->groups, err);
    FP_ARRAY(w->keep, arena, w->groups, err);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, const int32_t *group, int32_t groups, double rho,
                     fp_arena *arena, fp_logrank_result *result, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (groups < 1)
        return fp_fail(err, FP_ARG, "a log-rank test of %d groups", (int)groups);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (group[i] < 0 || group[i] >= groups)
            return fp_fail(err, FP_ARG, "row %td: group %d of %d", i, (int)group[i], (int)groups);
    logrank w = {.data = data, .groups = groups};
    FP_ARRAY(w.n, arena, groups, err);
    FP_ARRAY(w.observed, arena, groups, err);
    FP_ARRAY(w.expected, arena, groups, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_risk risk;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    w.risk = &risk;
    FP_TRY(scratch_create(&w, arena, err));
    count_groups(&w, group);
    for (int32_t s = 0; s < risk.strata; s++)
        add_stratum(&w, s, rho);
    fp_logrank_result out = {.n = w.n, .observed = w.observed, .expected = w.expected};
    test(&w, &out);
    fp_arena_rewind(arena, mark);
    *result = out;
    return FP_OK;
}

fp_status fp_logrank(const fp_survdata *data, const int32_t *group, int32_t groups, double rho,
                     fp_arena *arena, fp_logrank_result *result, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, group, groups, rho, arena, result, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
