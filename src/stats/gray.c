#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "stats/cif.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/risk_priv.h"

typedef struct {
    double time;
    int32_t stratum, row;
} place;

/* One stratum in work; arrays of `groups`, matrices groups x groups. In Gray's notation h = Y / S
 * of a group, a and c are the weights of the martingales in the score, and the variance is that of
 * sum_k [a_k - c_k q] dM_k1 - c_k q dM_k2 (docs/methods/competing-events.md eq. 7). The q of a step
 * is known there and the final c only at the end, so var1, cross and var2 carry the three parts. */
typedef struct {
    int32_t groups;
    double rho;
    double *at_risk, *cause, *other; /* counts at this time */
    double *survival, *next;         /* before and after this time */
    double *cif, *cif_next;
    double *a, *c, *cross;
    double *var2;  /* groups */
    double *score; /* groups; of all strata */
    double *var;   /* of all strata */
    double *now;   /* groups: scratch */
    double pooled; /* F of all groups just before this time */
} gray;

static int by_place(const void *x, const void *y)
{
    const place *a = x, *b = y;
    if (a->stratum != b->stratum)
        return a->stratum < b->stratum ? -1 : 1;
    return (a->time > b->time) - (a->time < b->time);
}

/* Sum over the groups of one column of influences: `now` into the sums of the variance. */
static void add_outer(gray *w, int32_t k, double share, double own)
{
    int32_t n = w->groups;
    w->var2[k] += own * own * share;
    for (int32_t i = 0; i < n; i++) {
        w->cross[i + k * n] += w->now[i] * own * share;
        for (int32_t j = 0; j < n; j++)
            w->var[i + j * n] += w->now[i] * w->now[j] * share;
    }
}

/* Curves of the groups just after this time; h summed, and h (1 - F). */
static void step_curves(gray *w, double *h, double *r)
{
    *h = *r = 0;
    for (int32_t k = 0; k < w->groups; k++) {
        double y = w->at_risk[k];
        if (!(y > 0))
            continue;
        w->next[k] = w->survival[k] * (y - w->cause[k] - w->other[k]) / y;
        w->cif_next[k] = w->cif[k] + w->survival[k] * w->cause[k] / y;
        *h += y / w->survival[k];
        *r += y * (1 - w->cif[k]) / w->survival[k];
    }
}

/* eq. 6: a and c of this time. */
static void step_weights(gray *w, double h, double d, double weight)
{
    int32_t n = w->groups;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++) {
            double hi = w->at_risk[i] / w->survival[i], hj = w->at_risk[j] / w->survival[j];
            bool there = w->at_risk[i] > 0 && w->at_risk[j] > 0;
            double a = there ? weight * hi * ((i == j) - hj / h) : 0;
            w->a[i + j * n] = a;
            w->c[i + j * n] += a * d / (h * (1 - w->pooled));
        }
}

/* Part of the variance by events of the cause: every group at risk, with the pooled hazard. */
static void add_cause(gray *w, double h, double d, double after)
{
    int32_t n = w->groups;
    for (int32_t k = 0; k < n; k++) {
        if (!(w->at_risk[k] > 0))
            continue;
        double q = w->next[k] > 0 ? 1 - (1 - after) / w->next[k] : 1;
        double ties = d > 1 ? 1 - (d - 1) / (h * w->survival[k] - 1) : 1;
        for (int32_t i = 0; i < n; i++)
            w->now[i] = w->a[i + k * n] - q * w->c[i + k * n];
        add_outer(w, k, ties * w->survival[k] * d / (h * w->at_risk[k]), q);
    }
}

/* Part by events of other causes: of the group's own hazard. */
static void add_other(gray *w, double after)
{
    int32_t n = w->groups;
    for (int32_t k = 0; k < n; k++) {
        double y = w->at_risk[k], d = w->other[k];
        if (!(w->next[k] > 0) || !(d > 0))
            continue;
        double q = (1 - after) / w->next[k], ties = d > 1 ? 1 - (d - 1) / (y - 1) : 1;
        for (int32_t i = 0; i < n; i++)
            w->now[i] = q * w->c[i + k * n];
        add_outer(w, k, ties * w->survival[k] * w->survival[k] * d / (y * y), -q);
    }
}

/* One time at which somebody had an event. */
static void step(gray *w)
{
    double h, r, d = 0, weight = pow(1 - w->pooled, w->rho);
    for (int32_t k = 0; k < w->groups; k++)
        d += w->cause[k];
    step_curves(w, &h, &r);
    double after = w->pooled + d / h;
    step_weights(w, h, d, weight);
    for (int32_t k = 0; k < w->groups; k++)
        if (w->at_risk[k] > 0)
            w->score[k] +=
                weight * (w->cause[k] - d * w->at_risk[k] * (1 - w->cif[k]) / (w->survival[k] * r));
    if (d > 0)
        add_cause(w, h, d, after);
    add_other(w, after);
    for (int32_t k = 0; k < w->groups; k++)
        if (w->at_risk[k] > 0) {
            w->survival[k] = w->next[k];
            w->cif[k] = w->cif_next[k];
        }
    w->pooled = after;
}

static void begin_stratum(gray *w)
{
    int32_t n = w->groups;
    w->pooled = 0;
    for (int32_t k = 0; k < n; k++) {
        w->survival[k] = w->next[k] = 1;
        w->cif[k] = w->cif_next[k] = w->at_risk[k] = w->var2[k] = 0;
    }
    for (int32_t k = 0; k < n * n; k++)
        w->c[k] = w->cross[k] = 0;
}

/* The parts of the variance that wait for the final c. */
static void end_stratum(gray *w)
{
    int32_t n = w->groups;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++)
            for (int32_t k = 0; k < n; k++)
                w->var[i + j * n] += w->c[i + k * n] * w->c[j + k * n] * w->var2[k] +
                                     w->c[i + k * n] * w->cross[j + k * n] +
                                     w->c[j + k * n] * w->cross[i + k * n];
}

static void run_stratum(gray *w, const fp_survdata *data, const int32_t *group, int32_t cause,
                        const place *rows, ptrdiff_t n)
{
    begin_stratum(w);
    for (ptrdiff_t i = 0; i < n; i++)
        w->at_risk[group[rows[i].row]]++;
    for (ptrdiff_t first = 0, last; first < n; first = last) {
        bool any = false;
        for (int32_t k = 0; k < w->groups; k++)
            w->cause[k] = w->other[k] = 0;
        for (last = first; last < n && !(rows[last].time > rows[first].time); last++) {
            int32_t row = rows[last].row, code = data->event[row];
            any = any || code;
            if (code)
                (code == cause ? w->cause : w->other)[group[row]]++;
        }
        /* when everybody has had the event the pooled curve is at 1 and nobody is left to compare
         */
        if (any && w->pooled < 1)
            step(w);
        for (ptrdiff_t i = first; i < last; i++)
            w->at_risk[group[rows[i].row]]--;
    }
    end_stratum(w);
}

/* The last group is left out: the scores sum to 0. */
static void test(gray *w, fp_gray_result *out)
{
    int32_t n = w->groups, m = n - 1;
    double size = 0;
    out->df = 0;
    out->chisq = out->p = FP_NUM_NAN;
    for (int32_t i = 0; i < m; i++) {
        size = fmax(size, w->var[i + i * n]);
        for (int32_t j = 0; j < m; j++)
            w->a[i + j * m] = w->var[i + j * n];
    }
    if (m < 1 || !(size > 0) || fp_chol(w->a, m, NULL, 1e-11, NULL) < m)
        return;
    for (int32_t i = 0; i < m; i++)
        w->now[i] = w->score[i];
    fp_chol_solve(w->a, m, w->now);
    out->chisq = 0;
    for (int32_t i = 0; i < m; i++)
        out->chisq += w->score[i] * w->now[i];
    out->df = m;
    out->p = fp_chisq_upper(out->chisq, out->df);
}

static fp_status create(gray *w, fp_arena *arena, fp_err *err)
{
    double **vectors[] = {&w->at_risk, &w->cause,    &w->other, &w->survival, &w->next,
                          &w->cif,     &w->cif_next, &w->var2,  &w->score,    &w->now};
    double **squares[] = {&w->a, &w->c, &w->cross, &w->var};
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++)
        FP_ARRAY(*vectors[k], arena, w->groups, err);
    for (size_t k = 0; k < sizeof squares / sizeof *squares; k++)
        FP_ARRAY(*squares[k], arena, (ptrdiff_t)w->groups * w->groups, err);
    return FP_OK;
}

static fp_status sort_rows(const fp_survdata *data, fp_arena *arena, place **out, fp_err *err)
{
    place *rows;
    FP_ARRAY(rows, arena, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++)
        rows[i] = (place){data->stop[i], fp_row_stratum(data, i), (int32_t)i};
    qsort(rows, (size_t)data->n, sizeof *rows, by_place);
    *out = rows;
    return FP_OK;
}

fp_status fp_gray(const fp_survdata *data, int32_t cause, const int32_t *group, int32_t groups,
                  double rho, fp_arena *arena, fp_gray_result *result, fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    if (groups < 1 || cause < 1 || data->start || data->weight)
        return fp_fail(err, FP_ARG, "Gray's test of %d groups, cause %d", (int)groups, (int)cause);
    for (ptrdiff_t i = 0; i < data->n; i++)
        if (group[i] < 0 || group[i] >= groups)
            return fp_fail(err, FP_ARG, "row %td: group %d of %d", i, (int)group[i], (int)groups);
    fp_arena_point mark = fp_arena_mark(arena);
    gray w = {.groups = groups, .rho = rho};
    place *rows = NULL;
    fp_status status = create(&w, arena, err);
    if (status == FP_OK)
        status = sort_rows(data, arena, &rows, err);
    if (status == FP_OK) {
        for (ptrdiff_t first = 0, last; first < data->n; first = last) {
            for (last = first; last < data->n && rows[last].stratum == rows[first].stratum;)
                last++;
            run_stratum(&w, data, group, cause, rows + first, last - first);
        }
        test(&w, result);
    }
    fp_arena_rewind(arena, mark);
    return status;
}
