#include "stats/cox_newton_priv.h"

#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"

#define MOST_HALVINGS 30

fp_status fp_cox_newton_create(fp_cox_newton *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->q->p;
    FP_ARRAY(w->keep, arena, p, err);
    FP_ARRAY(w->pivot, arena, p, err);
    double **vector[] = {&w->trial, &w->step, &w->score, &w->base};
    for (size_t k = 0; k < sizeof vector / sizeof *vector; k++)
        FP_ARRAY(*vector[k], arena, p, err);
    FP_ARRAY(w->info, arena, p * p, err);
    FP_ARRAY(w->chol, arena, p * p, err);
    FP_ARRAY(w->inverse, arena, p * p, err);
    FP_ARRAY(w->moved, arena, p, err);
    FP_ARRAY(w->turned, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        w->keep[j] = true;
    return FP_OK;
}

/* Score, information and the next step at the beta of the last value(). */
static void derivatives(fp_cox_newton *w)
{
    ptrdiff_t p = w->q->p;
    w->derivatives(w->context, w->score, w->info, w->base);
    memcpy(w->chol, w->info, (size_t)(p * p) * sizeof *w->chol);
    memcpy(w->pivot, w->keep, (size_t)p * sizeof *w->pivot);
    w->rank = fp_chol(w->chol, p, w->base, w->rank_tolerance, w->pivot);
    for (ptrdiff_t j = 0; j < p; j++)
        w->step[j] = w->pivot[j] ? w->score[j] : 0;
    fp_chol_solve(w->chol, p, w->step);
    w->decrement = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        w->decrement += w->step[j] * w->score[j];
}

/* The update of Broyden, Fletcher, Goldfarb and Shanno of the inverse curvature, and the step that
 * it gives. trial is room. */
static void learn(fp_cox_newton *w)
{
    ptrdiff_t p = w->q->p;
    double *hy = w->trial, sy = 0, yhy = 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        hy[j] = 0;
        for (ptrdiff_t l = 0; l < p; l++)
            hy[j] += w->inverse[j + l * p] * w->turned[l];
        sy += w->moved[j] * w->turned[j];
        yhy += w->turned[j] * hy[j];
    }
    for (ptrdiff_t j = 0; sy > 0 && j < p; j++)
        for (ptrdiff_t l = 0; l < p; l++)
            w->inverse[j + l * p] += (1 + yhy / sy) * w->moved[j] * w->moved[l] / sy -
                                     (hy[j] * w->moved[l] + w->moved[j] * hy[l]) / sy;
    w->decrement = 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        w->step[j] = 0;
        for (ptrdiff_t l = 0; w->pivot[j] && l < p; l++)
            w->step[j] += w->inverse[j + l * p] * (w->pivot[l] ? w->score[l] : 0);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        w->decrement += w->step[j] * w->score[j];
}

/* What the next learn() compares with: minus the place, plus the score, of now. */
static void remember(fp_cox_newton *w)
{
    for (ptrdiff_t j = 0; j < w->q->p; j++) {
        w->moved[j] = -w->beta[j];
        w->turned[j] = w->keep[j] ? w->score[j] : 0;
    }
}

static void compare(fp_cox_newton *w)
{
    for (ptrdiff_t j = 0; j < w->q->p; j++) {
        w->moved[j] = w->keep[j] ? w->moved[j] + w->beta[j] : 0;
        w->turned[j] -= w->keep[j] ? w->score[j] : 0;
    }
}

void fp_cox_newton_begin(fp_cox_newton *w)
{
    w->loglik = w->value(w->context, w->beta);
    derivatives(w);
}

/* Take the step, halving it while the log-likelihood falls. False where no step helps. */
static bool advance(fp_cox_newton *w)
{
    ptrdiff_t p = w->q->p;
    double least = w->loglik - 1e-12 * (fabs(w->loglik) + 1), size = 1;
    for (int halvings = 0; halvings <= MOST_HALVINGS; halvings++, size /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            w->trial[j] = w->beta[j] + size * w->step[j];
        double loglik = w->value(w->context, w->trial);
        if (isfinite(loglik) && loglik >= least) {
            memcpy(w->beta, w->trial, (size_t)p * sizeof *w->beta);
            w->loglik = loglik;
            return true;
        }
    }
    w->loglik = w->value(w->context, w->beta);
    return false;
}

/* How far apart the next step would move the linear predictors of two rows. */
static double reach(const fp_cox_newton *w)
{
    const fp_cox_problem *q = w->q;
    double least = 0, most = 0;
    for (ptrdiff_t i = 0; i < q->data->n; i++) {
        double move = 0;
        for (ptrdiff_t j = 0; j < q->p; j++)
            move += (q->x[i + j * q->data->n] - q->mean[j]) * w->step[j];
        least = fmin(least, move);
        most = fmax(most, move);
    }
    return most - least;
}

static bool runs_away(const fp_cox_newton *w, double least_gain)
{
    return w->can_separate && w->decrement < least_gain && reach(w) > 0.5;
}

/* Nothing left to gain but rounding: the step is some 1e-12 standard errors, or no longer shrinks.
 */
static bool is_settled(const fp_cox_newton *w, double before)
{
    return w->decrement <= 1e-24 * (fabs(w->loglik) + 1) || w->decrement >= before;
}

fp_cox_state fp_cox_newton_run(fp_cox_newton *w, int *iterations)
{
    ptrdiff_t rank = w->rank;
    bool near = false;
    if (w->secant)
        fp_chol_inverse(w->chol, w->q->p, w->inverse);
    for (*iterations = 0; *iterations < w->max_iterations;) {
        double before = w->loglik, gain = w->decrement;
        if (w->secant)
            remember(w);
        bool moved = advance(w);
        derivatives(w);
        if (w->secant) {
            compare(w);
            learn(w);
        }
        ++*iterations;
        if (w->rank < rank || (!moved && !near))
            return runs_away(w, 1e-2) || w->rank < rank ? FP_COX_SEPARATED : FP_COX_MAX_ITER;
        bool still = fabs(w->loglik - before) <= w->tolerance * (fabs(w->loglik) + 1);
        if (still && runs_away(w, 1e-6))
            return FP_COX_SEPARATED;
        near = near || (still && reach(w) < 1e-3);
        if (near && (!moved || is_settled(w, gain)))
            return FP_COX_CONVERGED;
    }
    if (near)
        return FP_COX_CONVERGED;
    return runs_away(w, 1e-2) ? FP_COX_SEPARATED : FP_COX_MAX_ITER;
}
