#include "stats/finegray.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/finegray_priv.h"

fp_finegray_options fp_finegray_defaults(void)
{
    return (fp_finegray_options){.max_iterations = 60, .rank_tolerance = pow(DBL_EPSILON, 0.75)};
}

/* Everything of one fit. */
typedef struct {
    const fp_finegray_options *options;
    fp_finegray_rows rows;
    fp_finegray_sums sums;
    double *beta, *next, *step, *chol; /* p, p, p, p x p */
    double *var, *robust;              /* p x p */
    double *spread;                    /* p: variance of each column */
    bool *kept, *active, *diverges;    /* p; active: kept, and not left behind as diverging */
    fp_finegray_fit fit;
} work;

/* A column with any information has a standard error of about 1 / sqrt(events) on the scale of its
 * standard deviation; above 30 there is no finite estimate. */
#define DIVERGES 900
/* Where its square is above this the column has gone far enough to leave the others in peace. */
#define GONE 1e6

/* Columns without a finite estimate: what they have lost of information shows in the variance. */
static void find_separation(work *w)
{
    ptrdiff_t p = w->rows.p;
    fp_chol_inverse(w->chol, p, w->var);
    for (ptrdiff_t j = 0; j < p; j++) {
        double size = w->var[j + j * p] * w->spread[j];
        if (w->kept[j] && (!w->active[j] || size > DIVERGES))
            w->diverges[j] = true;
        if (size > GONE)
            w->active[j] = false;
    }
}

/* Newton's step at the present sums; gives U' I^- U. */
static double solve(work *w)
{
    ptrdiff_t p = w->rows.p;
    double decrement = 0;
    bool first = w->fit.iterations == 0;
    memcpy(w->chol, w->sums.info, (size_t)(p * p) * sizeof *w->chol);
    for (ptrdiff_t j = 0; first && j < p; j++)
        w->active[j] = true;
    ptrdiff_t rank = fp_chol(w->chol, p, w->sums.base, w->options->rank_tolerance, w->active);
    if (first) {
        w->fit.rank = rank;
        memcpy(w->kept, w->active, (size_t)p * sizeof *w->kept);
    }
    memcpy(w->step, w->sums.score, (size_t)p * sizeof *w->step);
    fp_chol_solve(w->chol, p, w->step);
    for (ptrdiff_t j = 0; j < p; j++)
        decrement += w->step[j] * w->sums.score[j];
    return decrement;
}

/* Move along the step, halving it while the likelihood falls; false where it never rises. */
static bool move(work *w)
{
    ptrdiff_t p = w->rows.p;
    double before = w->sums.loglik, share = 1;
    for (int halving = 0; halving < 25; halving++, share /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            w->next[j] = w->beta[j] + share * w->step[j];
        fp_finegray_scalar(&w->rows, w->next, &w->sums);
        if (isfinite(w->sums.loglik) && w->sums.loglik >= before - 1e-10 * (1 + fabs(before))) {
            memcpy(w->beta, w->next, (size_t)p * sizeof *w->beta);
            return true;
        }
    }
    return false;
}

/* Iterate until U' I^- U is negligible, and take that last step too. */
static void iterate(work *w)
{
    w->fit.state = FP_FINEGRAY_MAX_ITER;
    fp_finegray_scalar(&w->rows, w->beta, &w->sums);
    fp_finegray_derive(&w->rows, &w->sums);
    w->fit.loglik_null = w->sums.loglik;
    double decrement = w->fit.score_chisq = solve(w);
    while (w->fit.iterations < w->options->max_iterations) {
        w->fit.iterations++;
        if (w->fit.rank == 0 || !move(w))
            break;
        fp_finegray_derive(&w->rows, &w->sums);
        bool done = decrement <= 1e-12;
        decrement = solve(w);
        find_separation(w);
        if (!done)
            continue;
        w->fit.state = FP_FINEGRAY_CONVERGED;
        break;
    }
    w->fit.loglik_fitted = w->sums.loglik;
    if (w->fit.rank == 0)
        w->fit.state = FP_FINEGRAY_NO_TERMS;
}

static void measure_spread(work *w)
{
    const fp_finegray_rows *rows = &w->rows;
    for (ptrdiff_t j = 0; j < rows->p; j++) {
        const double *x = rows->x + j * rows->n;
        double squares = 0;
        for (ptrdiff_t i = 0; i < rows->n; i++)
            squares += x[i] * x[i];
        w->spread[j] = squares / (double)rows->n;
    }
}

static void count_kinds(work *w)
{
    ptrdiff_t *const count[] = {[FP_FINEGRAY_CENSORED] = &w->fit.censored,
                                [FP_FINEGRAY_CAUSE] = &w->fit.events,
                                [FP_FINEGRAY_OTHER] = &w->fit.competing};
    for (ptrdiff_t i = 0; i < w->rows.n; i++)
        ++*count[w->rows.kind[i]];
}

static fp_status create(work *w, fp_arena *arena, fp_arena *scratch, fp_err *err)
{
    ptrdiff_t p = w->rows.p;
    FP_ARRAY(w->beta, arena, p, err);
    FP_ARRAY(w->var, arena, p * p, err);
    FP_ARRAY(w->robust, arena, p * p, err);
    FP_ARRAY(w->diverges, arena, p, err);
    FP_ARRAY(w->next, scratch, p, err);
    FP_ARRAY(w->step, scratch, p, err);
    FP_ARRAY(w->chol, scratch, p * p, err);
    FP_ARRAY(w->kept, scratch, p, err);
    FP_ARRAY(w->active, scratch, p, err);
    FP_ARRAY(w->spread, scratch, p, err);
    return fp_finegray_sums_create(&w->rows, scratch, &w->sums, err);
}

static fp_status finish(work *w, const int32_t *cluster, ptrdiff_t clusters, fp_err *err)
{
    ptrdiff_t p = w->rows.p;
    fp_chol_inverse(w->chol, p, w->var);
    for (ptrdiff_t j = 0; j < p; j++)
        if (w->diverges[j])
            w->fit.state = FP_FINEGRAY_SEPARATED;
    FP_TRY(fp_finegray_variance(&w->rows, &w->sums, cluster, clusters, w->var, w->robust,
                                &w->fit.clusters, err));
    memcpy(w->chol, w->robust, (size_t)(p * p) * sizeof *w->chol);
    w->fit.wald_chisq =
        fp_quadratic_inverse(w->chol, p, w->beta, w->options->rank_tolerance, w->kept, w->step);
    return FP_OK;
}

static fp_status run(const fp_survdata *data, int32_t cause, ptrdiff_t p, const double *x,
                     const int32_t *cluster, ptrdiff_t clusters, const fp_finegray_options *options,
                     fp_arena *arena, fp_finegray_fit *fit, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    work w = {.options = options};
    FP_TRY(fp_finegray_rows_create(data, cause, p, x, options->threads, scratch, &w.rows, err));
    FP_TRY(create(&w, arena, scratch, err));
    w.fit.n = data->n;
    w.fit.p = p;
    w.fit.loglik_null = w.fit.loglik_fitted = w.fit.score_chisq = w.fit.wald_chisq = FP_NUM_NAN;
    count_kinds(&w);
    if (w.fit.events == 0)
        w.fit.state = FP_FINEGRAY_NO_EVENTS;
    else {
        measure_spread(&w);
        iterate(&w);
        if (w.fit.rank > 0)
            FP_TRY(finish(&w, cluster, clusters, err));
    }
    for (ptrdiff_t j = 0; j < p; j++)
        if (w.fit.events == 0 || !w.kept[j])
            w.beta[j] = FP_NUM_NAN;
    w.fit.beta = w.beta;
    w.fit.var = w.var;
    w.fit.robust = w.robust;
    w.fit.diverges = w.diverges;
    *fit = w.fit;
    return FP_OK;
}

fp_status fp_finegray(const fp_survdata *data, int32_t cause, ptrdiff_t p, const double *x,
                      const int32_t *cluster, ptrdiff_t clusters,
                      const fp_finegray_options *options, fp_arena *arena, fp_finegray_fit *fit,
                      fp_err *err)
{
    fp_finegray_options defaults = fp_finegray_defaults();
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status =
        run(data, cause, p, x, cluster, clusters, options ? options : &defaults, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
