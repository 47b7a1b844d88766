#include "stats/cox_frailty_priv.h"

#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"

enum { MOST_STEPS = 100, MOST_HALVINGS = 30, MOST_GRADIENTS = 1000 };

fp_status fp_frailty_create(fp_frailty_fit *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = w->q.risk->n, m = w->q.risk->length, p = w->p, u = p + w->groups;
    w->unknowns = u;
    double **unknown[] = {&w->at,       &w->trial,     &w->gradient, &w->step,
                          &w->residual, &w->direction, &w->image,    &w->mild};
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++)
        FP_ARRAY(*unknown[k], arena, u, err);
    double **row[] = {&w->eta, &w->hazard, &w->z, &w->s};
    for (size_t k = 0; k < sizeof row / sizeof *row; k++)
        FP_ARRAY(*row[k], arena, n, err);
    double **grid[] = {&w->risk, &w->death, &w->prefix};
    for (size_t k = 0; k < sizeof grid / sizeof *grid; k++)
        FP_ARRAY(*grid[k], arena, m, err);
    double **each[] = {&w->events, &w->penalty, &w->block};
    for (size_t k = 0; k < sizeof each / sizeof *each; k++)
        FP_ARRAY(*each[k], arena, w->groups, err);
    FP_ARRAY(w->info, arena, p * p, err);
    FP_ARRAY(w->schur, arena, p * p, err);
    FP_ARRAY(w->cross, arena, w->groups * p, err);
    FP_TRY(fp_cox_sums_create(&w->q, arena, &w->sums, err));
    for (ptrdiff_t i = 0; i < n; i++)
        w->events[w->group[i]] += w->q.data->event[i];
    return FP_OK;
}

/* eq. 2: log partial likelihood less the penalty, in the form that is 0 at log frailty 0. */
static double penalised(fp_frailty_fit *w, const double *at)
{
    const double *b = at + w->p;
    ptrdiff_t n = w->q.risk->n;
    double penalty = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        w->eta[i] = (w->offset ? w->offset[i] : 0.0) + b[w->group[i]];
    for (ptrdiff_t j = 0; j < w->p; j++)
        for (ptrdiff_t i = 0; i < n; i++)
            w->eta[i] += at[j] * (w->x[j][i] - w->mean[j]);
    fp_cox_sums_scalar(&w->q, w->eta, &w->sums);
    for (ptrdiff_t g = 0; g < w->groups; g++)
        penalty += b[g] - expm1(b[g]);
    return w->sums.loglik + penalty / w->theta;
}

/* s_i = r_i times the sum over the deaths of cov(z, row i): the information applied to a column z
 * (n), before the sums over rows; eq. 4. */
static void apply_rows(fp_frailty_fit *w)
{
    const fp_risk *k = w->q.risk;
    const fp_cox_sums *sums = &w->sums;
    fp_cox_grid_sum(&w->q, sums->r, w->z, 0, w->risk, w->death);
    for (ptrdiff_t g = 0; g < k->length; g++)
        w->prefix[g] = sums->b0[g] * w->risk[g] - sums->b1[g] * w->death[g];
    fp_risk_prefix(k, w->prefix);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        int32_t hi = k->hi[i], lo = k->lo[i];
        double pull = w->prefix[hi] - w->prefix[lo];
        if (w->q.data->event[i])
            pull -= sums->b1[hi] * w->risk[hi] - sums->b2[hi] * w->death[hi];
        w->s[i] = w->hazard[i] * w->z[i] - sums->r[i] * pull;
    }
}

static void add_by_group(const fp_frailty_fit *w, const double *rows, double *sum)
{
    memset(sum, 0, (size_t)w->groups * sizeof *sum);
    for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
        sum[w->group[i]] += rows[i];
}

static double column_product(const fp_frailty_fit *w, ptrdiff_t j, const double *rows)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
        sum += (w->x[j][i] - w->mean[j]) * rows[i];
    return sum;
}

/* What each row's hazard is while it is at risk, and with it the gradient; eq. 3. */
static void gradient(fp_frailty_fit *w)
{
    const fp_risk *k = w->q.risk;
    for (ptrdiff_t i = 0; i < k->n; i++) {
        int32_t hi = k->hi[i];
        bool event = w->q.data->event[i];
        double h = w->sums.h[hi] - w->sums.h[k->lo[i]] - (event ? w->sums.c1[hi] : 0);
        w->hazard[i] = w->sums.r[i] * h;
        w->s[i] = (event ? 1 : 0) - w->hazard[i];
    }
    for (ptrdiff_t j = 0; j < w->p; j++)
        w->gradient[j] = column_product(w, j, w->s);
    add_by_group(w, w->s, w->gradient + w->p);
    for (ptrdiff_t g = 0; g < w->groups; g++) {
        w->gradient[w->p + g] -= expm1(w->at[w->p + g]) / w->theta;
        w->penalty[g] = exp(w->at[w->p + g]) / w->theta;
    }
}

/* The parts of the Hessian that are kept, and the preconditioner: its frailty part is the diagonal
 * of X'diag(v)X alone, which is never below the exact one, so that it is positive definite. */
static void hessian(fp_frailty_fit *w)
{
    ptrdiff_t n = w->q.risk->n, p = w->p;
    for (ptrdiff_t j = 0; j < p; j++) {
        for (ptrdiff_t i = 0; i < n; i++)
            w->z[i] = w->x[j][i] - w->mean[j];
        apply_rows(w);
        add_by_group(w, w->s, w->cross + j * w->groups);
        for (ptrdiff_t l = j; l < p; l++)
            w->info[l + j * p] = w->info[j + l * p] = column_product(w, l, w->s);
    }
    add_by_group(w, w->hazard, w->block);
    for (ptrdiff_t g = 0; g < w->groups; g++)
        w->block[g] += w->penalty[g];
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = j; l < p; l++) {
            const double *a = w->cross + j * w->groups, *b = w->cross + l * w->groups;
            double sum = w->info[l + j * p];
            for (ptrdiff_t g = 0; g < w->groups; g++)
                sum -= a[g] * b[g] / w->block[g];
            w->schur[l + j * p] = w->schur[j + l * p] = sum;
        }
    (void)fp_chol(w->schur, p, NULL, 0, NULL);
}

/* image = H y. */
static void apply(fp_frailty_fit *w, const double *y, double *image)
{
    const double *b = y + w->p;
    for (ptrdiff_t i = 0; i < w->q.risk->n; i++)
        w->z[i] = b[w->group[i]];
    apply_rows(w);
    add_by_group(w, w->s, image + w->p);
    for (ptrdiff_t j = 0; j < w->p; j++) {
        const double *cross = w->cross + j * w->groups;
        image[j] = 0;
        for (ptrdiff_t l = 0; l < w->p; l++)
            image[j] += w->info[j + l * w->p] * y[l];
        for (ptrdiff_t g = 0; g < w->groups; g++) {
            image[j] += cross[g] * b[g];
            image[w->p + g] += cross[g] * y[j];
        }
    }
    for (ptrdiff_t g = 0; g < w->groups; g++)
        image[w->p + g] += w->penalty[g] * b[g];
}

/* Solve with the preconditioner through the Schur complement of beta. */
static void soften(const fp_frailty_fit *w, const double *b, double *y)
{
    ptrdiff_t p = w->p;
    for (ptrdiff_t j = 0; j < p; j++) {
        const double *cross = w->cross + j * w->groups;
        y[j] = b[j];
        for (ptrdiff_t g = 0; g < w->groups; g++)
            y[j] -= cross[g] * b[p + g] / w->block[g];
    }
    fp_chol_solve(w->schur, p, y);
    for (ptrdiff_t g = 0; g < w->groups; g++) {
        double rest = b[p + g];
        for (ptrdiff_t j = 0; j < p; j++)
            rest -= w->cross[g + j * w->groups] * y[j];
        y[p + g] = rest / w->block[g];
    }
}

static double product(const double *a, const double *b, ptrdiff_t n)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

void fp_frailty_solve(fp_frailty_fit *w, const double *b, double tolerance, double *y)
{
    ptrdiff_t u = w->unknowns;
    memset(y, 0, (size_t)u * sizeof *y);
    memcpy(w->residual, b, (size_t)u * sizeof *b);
    soften(w, w->residual, w->mild);
    memcpy(w->direction, w->mild, (size_t)u * sizeof *w->mild);
    double length = product(w->residual, w->mild, u), first = length;
    for (int k = 0; k < MOST_GRADIENTS && length > tolerance * tolerance * first; k++) {
        apply(w, w->direction, w->image);
        double curve = product(w->direction, w->image, u);
        if (!(curve > 0))
            return;
        double size = length / curve, before = length;
        for (ptrdiff_t i = 0; i < u; i++) {
            y[i] += size * w->direction[i];
            w->residual[i] -= size * w->image[i];
        }
        soften(w, w->residual, w->mild);
        length = product(w->residual, w->mild, u);
        for (ptrdiff_t i = 0; i < u; i++)
            w->direction[i] = w->mild[i] + length / before * w->direction[i];
    }
}

/* Take the step, halving it while the penalised likelihood falls. */
static bool advance(fp_frailty_fit *w)
{
    double least = w->loglik - 1e-12 * (fabs(w->loglik) + 1), size = 1;
    for (int halvings = 0; halvings <= MOST_HALVINGS; halvings++, size /= 2) {
        for (ptrdiff_t i = 0; i < w->unknowns; i++)
            w->trial[i] = w->at[i] + size * w->step[i];
        double loglik = penalised(w, w->trial);
        if (isfinite(loglik) && loglik >= least) {
            memcpy(w->at, w->trial, (size_t)w->unknowns * sizeof *w->at);
            w->loglik = loglik;
            return true;
        }
    }
    w->loglik = penalised(w, w->at);
    return false;
}

bool fp_frailty_maximise(fp_frailty_fit *w, int *iterations)
{
    double before = HUGE_VAL;
    w->loglik = penalised(w, w->at);
    for (int k = 0; k < MOST_STEPS; k++) {
        gradient(w);
        hessian(w);
        /* the nearer, the better the step: Newton's rate is kept */
        double tolerance = before < 1 ? fmax(1e-10, 0.1 * sqrt(before)) : 0.1;
        fp_frailty_solve(w, w->gradient, tolerance, w->step);
        double decrement = product(w->gradient, w->step, w->unknowns);
        double scale = fabs(w->loglik) + 1;
        if (decrement <= 1e-24 * scale || (decrement <= 1e-12 * scale && decrement >= before))
            return true;
        if (!advance(w))
            return decrement <= 1e-10 * scale;
        before = decrement;
        ++*iterations;
    }
    return false;
}
