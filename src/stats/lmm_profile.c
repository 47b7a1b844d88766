#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/lmm_priv.h"

/* Intervals by the profile of the criterion (docs/methods/lmm.md, eq. 24-26). The parameters are
 * z = (theta, log sigma^2), k + 1 of them, with the factor of the block in question in an order in
 * which the component is one coordinate; x are the k that are left when it has a value. */
typedef struct {
    const fp_lmm_fit *fit;
    fp_lmm_core *core;
    fp_lmm_component what;
    ptrdiff_t k;
    ptrdiff_t base;                /* first parameter of the block */
    ptrdiff_t order[FP_LMM_WIDTH]; /* of its effects */
    double tau;                    /* value of the component */
    double least, most, estimate;  /* of the component */
    fp_lmm_map map;
    fp_lmm_moments moments;
    fp_lmm_criterion now;
    double *z, *jacobian;      /* k + 1; (k + 1) x k */
    double *x, *trial, *start; /* k each: here, tried, at the estimate */
    double *g, *h;             /* gradient and Hessian in z */
    double *gradient, *hessian, *step, *work;
    double value, slope; /* of the criterion above its least, and its derivative in tau */
} profile;

static fp_status create(const fp_lmm_fit *fit, fp_lmm_component what, fp_arena *arena, profile *w,
                        fp_err *err)
{
    fp_lmm_core *core = fit->core;
    ptrdiff_t k = core->rows.k, size = fp_jet_size(k);
    *w = (profile){.fit = fit, .core = core, .what = what, .k = k};
    FP_TRY(fp_lmm_map_create(&core->rows, arena, &w->map, err));
    w->moments = (fp_lmm_moments){.q = core->q, .k = k};
    FP_ARRAY(w->moments.logdet, arena, size, err);
    FP_ARRAY(w->moments.m, arena, size * fp_packed_size(core->q), err);
    FP_TRY(fp_lmm_criterion_create(core->p, k, arena, &w->now, err));
    FP_ARRAY(w->z, arena, k + 1, err);
    FP_ARRAY(w->jacobian, arena, (k + 1) * k, err);
    FP_ARRAY(w->x, arena, k, err);
    FP_ARRAY(w->trial, arena, k, err);
    FP_ARRAY(w->start, arena, k, err);
    FP_ARRAY(w->g, arena, k + 1, err);
    FP_ARRAY(w->h, arena, (k + 1) * (k + 1), err);
    FP_ARRAY(w->gradient, arena, k, err);
    FP_ARRAY(w->hessian, arena, k * k, err);
    FP_ARRAY(w->step, arena, k, err);
    FP_ARRAY(w->work, arena, k + 2 * k * k + (k + 1) * k, err);
    return FP_OK;
}

/* ---- coordinates ---- */

/* Factor of the block with its effects in w->order, of a matrix that may be singular. */
static void factor_in_order(const profile *w, const double *psi, double *l)
{
    ptrdiff_t width = w->core->rows.data->block[w->what.block].width;
    for (ptrdiff_t i = 0; i < width; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double all = psi[fp_packed(w->order[i], w->order[i])];
            double sum = psi[fp_packed(w->order[i], w->order[j])];
            for (ptrdiff_t m = 0; m < j; m++)
                sum -= l[fp_packed(i, m)] * l[fp_packed(j, m)];
            double pivot = l[fp_packed(j, j)];
            l[fp_packed(i, j)] = i == j      ? sqrt(fmax(sum > 1e-14 * all ? sum : 0, 0))
                                 : pivot > 0 ? sum / pivot
                                             : 0;
        }
}

/* Effect i first, then j; and the point of the estimate in these coordinates. */
static void begin(profile *w)
{
    const fp_lmm_rows *rows = &w->core->rows;
    double u = log(w->fit->sigma2), *z = w->z;
    memcpy(z, w->core->theta, (size_t)w->k * sizeof *z);
    z[w->k] = u;
    w->least = 0;
    w->most = (double)INFINITY;
    w->estimate = exp(u / 2);
    if (w->what.kind != FP_LMM_RESIDUAL_SD) {
        ptrdiff_t b = w->what.block, i = w->what.i, j = w->what.j, n = 0;
        bool pair = w->what.kind == FP_LMM_CORRELATION;
        w->base = rows->first[b];
        w->order[n++] = i;
        if (pair)
            w->order[n++] = j;
        for (ptrdiff_t e = 0; e < rows->data->block[b].width; e++)
            if (e != i && !(pair && e == j))
                w->order[n++] = e;
        factor_in_order(w, w->core->map.psi + w->base, z + w->base);
        w->estimate = exp(u / 2) * rows->scale[b][i] * z[w->base];
        if (pair) {
            double a = z[w->base + 1], c = z[w->base + 2];
            w->least = -1;
            w->most = 1;
            w->estimate = a / hypot(a, c);
            z[w->base + 1] = hypot(a, c); /* the length of the row takes the first's place */
        }
    }
}

/* Where parameter a of z lies in x; -1 for the one that the component's value gives. */
static ptrdiff_t place(const profile *w, ptrdiff_t a)
{
    ptrdiff_t gone = w->what.kind == FP_LMM_RESIDUAL_SD ? w->k
                     : w->what.kind == FP_LMM_SD        ? w->base
                                                        : w->base + 2;
    return a == gone ? -1 : a - (a > gone);
}

/* z and dz/dx from x and tau. */
static void place_all(profile *w, const double *x)
{
    ptrdiff_t k = w->k, rows = k + 1;
    memset(w->jacobian, 0, (size_t)(rows * k) * sizeof *w->jacobian);
    for (ptrdiff_t a = 0; a <= k; a++) {
        ptrdiff_t at = place(w, a);
        if (at < 0)
            continue;
        w->z[a] = x[at];
        w->jacobian[a + at * rows] = 1;
    }
    if (w->what.kind == FP_LMM_RESIDUAL_SD)
        w->z[k] = 2 * log(w->tau);
    if (w->what.kind == FP_LMM_SD) {
        double scale = w->core->rows.scale[w->what.block][w->what.i];
        w->z[w->base] = w->tau / scale * exp(-w->z[k] / 2);
        w->jacobian[w->base + place(w, k) * rows] = -w->z[w->base] / 2;
    }
    if (w->what.kind == FP_LMM_CORRELATION) {
        ptrdiff_t a = w->base + 1, at = place(w, a);
        double length = w->z[a], rest = sqrt(fmax(1 - w->tau * w->tau, 0));
        w->z[a] = length * w->tau;
        w->z[a + 1] = length * rest;
        w->jacobian[a + at * rows] = w->tau;
        w->jacobian[a + 1 + at * rows] = rest;
    }
}

/* psi and its derivatives with the block's elements back in their own order. */
static void map_in_order(profile *w)
{
    ptrdiff_t k = w->k, columns = 1 + k + k * k;
    double *own = w->work;
    fp_lmm_map_at(&w->core->rows, w->z, &w->map);
    if (w->what.kind == FP_LMM_RESIDUAL_SD)
        return;
    ptrdiff_t width = w->core->rows.data->block[w->what.block].width;
    for (ptrdiff_t c = 0; c < columns; c++) {
        double *column = c == 0   ? w->map.psi
                         : c <= k ? w->map.first + (c - 1) * k
                                  : w->map.second + (c - 1 - k) * k;
        memcpy(own, column + w->base, (size_t)fp_packed_size(width) * sizeof *own);
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = 0; j <= i; j++)
                column[w->base + fp_packed(w->order[i], w->order[j])] = own[fp_packed(i, j)];
    }
}

/* ---- the criterion at x ---- */

/* *good false where there is none: a covariance matrix that is not positive by rounding. */
static fp_status look(profile *w, const double *x, bool *good, fp_err *err)
{
    fp_lmm_core *core = w->core;
    int orders = core->engine->average ? 1 : 2;
    place_all(w, x);
    map_in_order(w);
    fp_status status =
        core->engine->evaluate(core->engine, w->map.psi, orders, false, &w->moments, err);
    w->now.given = exp(w->z[w->k]);
    *good =
        status == FP_OK && fp_lmm_criterion_at(&core->rows, core->ml, &w->moments, orders, &w->now);
    return status == FP_OUTCOME ? FP_OK : status;
}

/* Gradient and Hessian in z of -2 log-likelihood at the given sigma. */
static void derive_full(profile *w)
{
    ptrdiff_t k = w->k, rows = k + 1;
    const fp_lmm_criterion *c = &w->now;
    double share = c->rss / c->sigma2, *theta = w->hessian;
    double free = (double)(w->core->rows.n - (w->core->ml ? 0 : w->core->p));
    fp_lmm_chain(&w->map, c, 0, w->g, theta);
    w->g[k] = free - share;
    for (ptrdiff_t a = 0; a < k; a++) {
        double cross = 0;
        for (ptrdiff_t i = 0; i < k; i++)
            cross -= c->rss_first[i] * w->map.first[i + a * k] / c->sigma2;
        w->h[k + a * rows] = w->h[a + k * rows] = cross;
        memcpy(w->h + a * rows, theta + a * k, (size_t)k * sizeof *theta);
    }
    w->h[k + k * rows] = share;
}

/* The same in x. */
static void derive(profile *w)
{
    ptrdiff_t k = w->k, rows = k + 1;
    double *half = w->work;
    derive_full(w);
    for (ptrdiff_t a = 0; a < k; a++)
        for (ptrdiff_t i = 0; i < rows; i++) {
            half[i + a * rows] = 0;
            for (ptrdiff_t j = 0; j < rows; j++)
                half[i + a * rows] += w->h[i + j * rows] * w->jacobian[j + a * rows];
        }
    for (ptrdiff_t a = 0; a < k; a++) {
        w->gradient[a] = 0;
        for (ptrdiff_t i = 0; i < rows; i++)
            w->gradient[a] += w->g[i] * w->jacobian[i + a * rows];
        for (ptrdiff_t b = 0; b < k; b++) {
            double sum = 0;
            for (ptrdiff_t i = 0; i < rows; i++)
                sum += w->jacobian[i + b * rows] * half[i + a * rows];
            w->hessian[b + a * k] = sum;
        }
    }
    if (w->what.kind == FP_LMM_SD) {
        ptrdiff_t u = place(w, k);
        w->hessian[u + u * k] += w->g[w->base] * w->z[w->base] / 4;
    }
}

/* Derivative of the least criterion in tau: that of the criterion at the same x. */
static double slope(const profile *w)
{
    if (w->what.kind == FP_LMM_RESIDUAL_SD)
        return 2 * w->g[w->k] / w->tau;
    if (w->what.kind == FP_LMM_SD)
        return w->g[w->base] * exp(-w->z[w->k] / 2) / w->core->rows.scale[w->what.block][w->what.i];
    double rest = sqrt(fmax(1 - w->tau * w->tau, 0));
    double length = w->x[place(w, w->base + 1)];
    return length * (w->g[w->base + 1] - w->g[w->base + 2] * w->tau / rest);
}

/* x + step; the lengths of the two rows of a correlation stay above 0, for its sign changes with
 * one of theirs. Returns whether one was held. */
static bool hold_signs(profile *w)
{
    bool held = false;
    for (ptrdiff_t j = 0; j < w->k; j++)
        w->trial[j] = w->x[j] + w->step[j];
    for (ptrdiff_t a = w->base; w->what.kind == FP_LMM_CORRELATION && a <= w->base + 1; a++) {
        ptrdiff_t j = place(w, a);
        if (w->trial[j] > w->x[j] / 10)
            continue;
        w->trial[j] = w->x[j] / 10;
        held = true;
    }
    return held;
}

/* Least criterion where the component is tau, from the x at hand. *good false where the search
 * does not end. */
static fp_status lowest(profile *w, double tau, bool *good, fp_err *err)
{
    double radius = 4, enough = w->core->engine->average ? 1e-8 : 1e-11;
    bool last = false;
    w->tau = tau;
    FP_TRY(look(w, w->x, good, err));
    for (int step = 0; *good && step < 100; step++) {
        double before = w->now.value, slack = 1e-12 * (fabs(before) + 1);
        bool fine = false;
        derive(w);
        w->value = before - w->fit->criterion;
        w->slope = slope(w);
        if (last || w->k == 0)
            return FP_OK;
        last = fp_lmm_newton_step(w->k, radius, w->gradient, w->hessian, w->step, w->work) < enough;
        for (int halving = 0; !fine && halving < 30; halving++) {
            bool held = hold_signs(w);
            FP_TRY(look(w, w->trial, &fine, err));
            fine = fine && w->now.value <= before + slack;
            last = last || (held && fine && before - w->now.value < 1e-9);
            for (ptrdiff_t j = 0; j < w->k; j++)
                w->step[j] /= 4;
            radius = fine ? radius : fmax(radius / 2, 1e-3);
        }
        if (!fine)
            return FP_OK;
        memcpy(w->x, w->trial, (size_t)w->k * sizeof *w->x);
    }
    *good = false;
    return FP_OK;
}

/* ---- the limits ---- */

/* A first place to look on the side of `sign`. */
static double first_guess(const profile *w, double sign, double z)
{
    double n = (double)w->core->rows.data->n;
    if (w->what.kind == FP_LMM_RESIDUAL_SD)
        return w->estimate * exp(sign * z / sqrt(2 * n));
    double groups = w->core->rows.data->block[w->what.block].groups;
    if (w->what.kind == FP_LMM_CORRELATION)
        return tanh(atanh(fmax(fmin(w->estimate, 0.99), -0.99)) + sign * z / sqrt(groups));
    if (w->estimate > 0)
        return w->estimate * exp(sign * z / sqrt(2 * groups));
    return sqrt(w->fit->sigma2 / n * groups) / 2;
}

/* Where the least criterion is z^2 above that of the estimate: Newton's steps for its signed root,
 * which is nearly a line, between the values known to be too near and too far. */
static fp_status limit(profile *w, double sign, double z, double *out, fp_err *err)
{
    double near = w->estimate, far = sign < 0 ? w->least : w->most;
    double tau = first_guess(w, sign, z);
    bool good;
    *out = FP_NUM_NAN;
    memcpy(w->x, w->start, (size_t)w->k * sizeof *w->x);
    if (isfinite(far) && w->what.kind != FP_LMM_RESIDUAL_SD) {
        if (!(sign * (far - near) > 1e-9)) {
            *out = far;
            return FP_OK;
        }
        FP_TRY(lowest(w, far, &good, err));
        if (good && w->value <= z * z) {
            *out = far;
            return FP_OK;
        }
        memcpy(w->x, w->start, (size_t)w->k * sizeof *w->x);
    }
    for (int step = 0; step < 60; step++) {
        if (!(sign * (tau - near) > 0) || !(sign * (far - tau) > 0))
            tau = isfinite(far) ? (near + far) / 2 : 2 * near;
        if (w->what.kind == FP_LMM_CORRELATION) /* not from where a length went to 0 */
            memcpy(w->x, w->start, (size_t)w->k * sizeof *w->x);
        FP_TRY(lowest(w, tau, &good, err));
        if (!good)
            return FP_OK;
        double root = sqrt(fmax(w->value, 0)), move = 2 * root * (root - z) / w->slope;
        if (root > z)
            far = tau;
        else
            near = tau;
        if (fabs(root - z) < 1e-7 || fabs(far - near) < 1e-12 * fabs(tau)) {
            if (fabs(root - z) < 1e-4)
                *out = tau - (isfinite(move) ? move : 0);
            return FP_OK;
        }
        tau = isfinite(move) && sign * w->slope > 0 ? tau - move : FP_NUM_NAN;
    }
    return FP_OK;
}

fp_status fp_lmm_interval(const fp_lmm_fit *fit, fp_lmm_component what, double level, double *lower,
                          double *upper, fp_err *err)
{
    profile w;
    double z = fp_normal_quantile((1 + level) / 2);
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    *lower = *upper = FP_NUM_NAN;
    if (fit->state != FP_LMM_CONVERGED && fit->state != FP_LMM_SINGULAR)
        return FP_OK;
    FP_TRY(create(fit, what, scratch, &w, err));
    begin(&w);
    if (isnan(w.estimate))
        return FP_OK;
    for (ptrdiff_t a = 0; a <= w.k; a++)
        if (place(&w, a) >= 0)
            w.start[place(&w, a)] = w.z[a];
    FP_TRY(limit(&w, -1, z, lower, err));
    return limit(&w, 1, z, upper, err);
}
