#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/lmm_priv.h"

#define DENSE_EFFECTS 300
#define NEAR_BOUNDARY 1e-2
#define SMALL_FACTOR  1e-4 /* lme4's isSingular() */
#define LARGE_FACTOR  1e6  /* no residual variance beside the others */

fp_lmm_options fp_lmm_defaults(void)
{
    return (fp_lmm_options){.ml = false, .max_iterations = 200, .threads = 1};
}

/* ---- one step of Newton-Raphson ---- */

typedef struct {
    fp_lmm_core *core;
    ptrdiff_t k;
    double *theta, *trial, *step, *gradient, *hessian, *work;
    fp_lmm_criterion now, next;
    double radius;
} newton;

static fp_status newton_create(fp_lmm_core *core, fp_arena *arena, newton *w, fp_err *err)
{
    ptrdiff_t k = core->rows.k, p = core->p;
    *w = (newton){.core = core, .k = k, .radius = 4};
    FP_ARRAY(w->theta, arena, k, err);
    FP_ARRAY(w->trial, arena, k, err);
    FP_ARRAY(w->step, arena, k, err);
    FP_ARRAY(w->gradient, arena, k, err);
    FP_ARRAY(w->hessian, arena, k * k, err);
    FP_ARRAY(w->work, arena, k + 2 * k * k, err);
    FP_TRY(fp_lmm_criterion_create(p, k, arena, &w->now, err));
    return fp_lmm_criterion_create(p, k, arena, &w->next, err);
}

/* The criterion with derivatives at theta; *good false where there is none. */
static fp_status look(newton *w, const double *theta, fp_lmm_criterion *c, bool *good, fp_err *err)
{
    fp_lmm_core *core = w->core;
    int orders = core->engine->average ? 1 : 2;
    fp_lmm_map_at(&core->rows, theta, &core->map);
    fp_status status =
        core->engine->evaluate(core->engine, core->map.psi, orders, false, &core->moments, err);
    *good =
        status == FP_OK && fp_lmm_criterion_at(&core->rows, core->ml, &core->moments, orders, c);
    return status == FP_OUTCOME ? FP_OK : status; /* not positive here: a shorter step */
}

static void derive(newton *w, const fp_lmm_criterion *c)
{
    double profiled = 1 / (c->rss * c->sigma2);
    fp_lmm_chain(&w->core->map, c, profiled, w->gradient, w->hessian);
}

static double largest(ptrdiff_t k, const double *x)
{
    double most = 0;
    for (ptrdiff_t i = 0; i < k; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void exchange(newton *w)
{
    fp_lmm_criterion c = w->now;
    double *t = w->theta;
    w->now = w->next;
    w->next = c;
    w->theta = w->trial;
    w->trial = t;
}

/* Walk along the step until the criterion falls; *moved false where it does not within rounding. */
static fp_status take_step(newton *w, bool *moved, fp_err *err)
{
    double slack = 1e-12 * (fabs(w->now.value) + 1);
    *moved = false;
    for (int halving = 0; halving < 30; halving++) {
        bool good;
        for (ptrdiff_t j = 0; j < w->k; j++)
            w->trial[j] = w->theta[j] + w->step[j];
        FP_TRY(look(w, w->trial, &w->next, &good, err));
        if (good && w->next.value <= w->now.value + slack) {
            exchange(w);
            w->radius = halving == 0 ? fmin(2 * w->radius, 1e3) : w->radius;
            *moved = true;
            return FP_OK;
        }
        w->radius = fmax(w->radius / 2, 1e-3);
        for (ptrdiff_t j = 0; j < w->k; j++)
            w->step[j] /= 4;
    }
    return FP_OK;
}

/* ---- the boundary ---- */

/* Whether parameter j is the standard deviation on the diagonal of a block's factor. */
static bool is_diagonal(const fp_lmm_rows *rows, ptrdiff_t j)
{
    for (ptrdiff_t b = 0; b < rows->data->blocks; b++)
        for (ptrdiff_t i = 0; i < rows->data->block[b].width; i++)
            if (j == rows->first[b] + fp_packed(i, i))
                return true;
    return false;
}

/* Standard deviations that went to 0 but for rounding become 0, negative columns change sign. */
static fp_status settle(newton *w, fp_err *err)
{
    const fp_lmm_rows *rows = &w->core->rows;
    bool good, any = false, turned = false;
    memcpy(w->trial, w->theta, (size_t)w->k * sizeof *w->trial);
    for (ptrdiff_t b = 0; b < rows->data->blocks; b++) {
        ptrdiff_t width = rows->data->block[b].width;
        double *l = w->trial + rows->first[b];
        for (ptrdiff_t j = 0; j < width; j++) {
            turned = turned || l[fp_packed(j, j)] < 0;
            if (l[fp_packed(j, j)] < 0)
                for (ptrdiff_t i = j; i < width; i++)
                    l[fp_packed(i, j)] = -l[fp_packed(i, j)];
            if (l[fp_packed(j, j)] > 0 && l[fp_packed(j, j)] < SMALL_FACTOR) {
                l[fp_packed(j, j)] = 0;
                any = true;
            }
        }
    }
    if (!any && !turned)
        return FP_OK;
    double before = w->now.value, slack = 1e-9 * (fabs(before) + 1);
    FP_TRY(look(w, w->trial, &w->next, &good, err));
    if (good && (!any || w->next.value <= before + slack)) {
        exchange(w);
        return FP_OK;
    }
    return look(w, w->theta, &w->now, &good, err);
}

static bool is_singular(const fp_lmm_rows *rows, const double *theta)
{
    for (ptrdiff_t j = rows->k_residual; j < rows->k; j++)
        if (is_diagonal(rows, j) && fabs(theta[j]) < SMALL_FACTOR)
            return true;
    return false;
}

/* A standard deviation of 0 is stationary whatever the data, for the criterion depends on its
 * square. It is the optimum where the variance would go below 0; where it would grow, the deviation
 * is taken off the boundary. */
static bool leave_boundary(newton *w)
{
    const fp_lmm_rows *rows = &w->core->rows;
    bool any = false;
    for (ptrdiff_t b = 0; b < rows->data->blocks; b++)
        for (ptrdiff_t i = 0; i < rows->data->block[b].width; i++) {
            ptrdiff_t j = rows->first[b] + fp_packed(i, i);
            double slope = w->now.first[j], curve = w->now.second[j + j * w->k];
            if (fabs(w->theta[j]) > NEAR_BOUNDARY || slope >= -1e-9 * (fabs(w->now.value) + 1))
                continue;
            double variance = curve > 0 ? fmin(-slope / curve, 1) : 1;
            w->theta[j] = sqrt(fmax(variance, 4 * NEAR_BOUNDARY * NEAR_BOUNDARY));
            any = true;
        }
    return any;
}

/* ---- the fit ---- */

/* Whether nothing but rounding is left for the residuals. */
static bool is_used_up(const newton *w)
{
    return w->now.rss < 1e-10 * w->core->rows.total;
}

/* gain: end one step after less than it is promised. */
static fp_status climb(newton *w, const fp_lmm_options *options, double enough, fp_lmm_fit *fit,
                       fp_err *err)
{
    bool good, moved, last = false;
    FP_TRY(look(w, w->theta, &w->now, &good, err));
    fit->state = good ? FP_LMM_MAX_ITER : FP_LMM_NO_SPREAD;
    for (fit->iterations = 0; good && fit->iterations < options->max_iterations;) {
        derive(w, &w->now);
        double gain =
            fp_lmm_newton_step(w->k, w->radius, w->gradient, w->hessian, w->step, w->work);
        if (last || w->k == 0) {
            fit->state = FP_LMM_CONVERGED;
            break;
        }
        FP_TRY(take_step(w, &moved, err));
        fit->iterations++;
        if (!moved) {
            FP_TRY(look(w, w->theta, &w->now, &good, err));
            fit->state = is_used_up(w) ? FP_LMM_NO_SPREAD
                         : gain < 1e-6 ? FP_LMM_CONVERGED
                                       : FP_LMM_MAX_ITER;
            break;
        }
        last = gain < enough;
        if (largest(w->k, w->theta) > LARGE_FACTOR || is_used_up(w)) {
            fit->state = FP_LMM_NO_SPREAD;
            break;
        }
    }
    return FP_OK;
}

/* The second derivatives at the end, where average information was enough on the way. */
static fp_status complete(newton *w, fp_err *err)
{
    fp_lmm_core *core = w->core;
    fp_lmm_map_at(&core->rows, w->theta, &core->map);
    FP_TRY(core->engine->evaluate(core->engine, core->map.psi, 2, false, &core->moments, err));
    (void)fp_lmm_criterion_at(&core->rows, core->ml, &core->moments, 2, &w->now);
    return FP_OK;
}

/* Many groups, each with a design of its own: the way to the neighbourhood of the optimum is walked
 * with a part of them. */
static fp_status begin_with_sample(newton *w, const fp_lmm_options *options, fp_err *err)
{
    fp_lmm_engine *engine = w->core->engine;
    ptrdiff_t n = w->core->rows.n;
    fp_lmm_fit part = {0};
    if (engine->sample == 0)
        return FP_OK;
    engine->sampling = true;
    w->core->rows.n = engine->sample;
    fp_status status = climb(w, options, 1e-3, &part, err);
    engine->sampling = false;
    w->core->rows.n = n;
    w->radius = 4;
    if (status == FP_OK && part.state != FP_LMM_CONVERGED)
        fp_lmm_map_start(&w->core->rows, w->theta);
    return status;
}

static fp_status optimise(newton *w, const fp_lmm_options *options, fp_lmm_fit *fit, fp_err *err)
{
    /* with average information each step gains a fixed number of digits: the last one counts; with
     * many groups a step squares what is left, and a look at all of them is dear */
    const fp_lmm_engine *engine = w->core->engine;
    double enough = engine->average ? 1e-7 : engine->sample > 0 ? 1e-7 : 1e-12;
    fp_lmm_map_start(&w->core->rows, w->theta);
    FP_TRY(begin_with_sample(w, options, err));
    FP_TRY(climb(w, options, enough, fit, err));
    for (int again = 0; again < 4 && fit->state == FP_LMM_CONVERGED && leave_boundary(w); again++) {
        int before = fit->iterations;
        FP_TRY(climb(w, options, enough, fit, err));
        fit->iterations += before;
    }
    if (fit->state != FP_LMM_CONVERGED)
        return FP_OK;
    FP_TRY(settle(w, err));
    if (w->core->engine->average)
        FP_TRY(complete(w, err));
    derive(w, &w->now);
    fit->gradient = largest(w->k, w->gradient);
    if (is_singular(&w->core->rows, w->theta))
        fit->state = FP_LMM_SINGULAR;
    return FP_OK;
}

/* ---- from the engine's coordinates to the caller's ---- */

/* T v T' for the kept columns: the intercept was that of centred columns. out  p x p of the data.
 */
void fp_lmm_uncentre(const fp_lmm_core *core, const double *v, double factor, double *out)
{
    ptrdiff_t p = core->p, all = core->rows.data->p;
    const ptrdiff_t *kept = core->rows.kept;
    for (ptrdiff_t i = 0; i < p; i++)
        for (ptrdiff_t j = 0; j < p; j++) {
            double sum = v[i + j * p];
            for (ptrdiff_t h = 1; i == 0 && core->rows.data->intercept && h < p; h++)
                sum -= core->rows.shift[h] * v[h + j * p];
            for (ptrdiff_t h = 1; j == 0 && core->rows.data->intercept && h < p; h++) {
                double cross = v[i + h * p];
                for (ptrdiff_t g = 1; i == 0 && g < p; g++)
                    cross -= core->rows.shift[g] * v[g + h * p];
                sum -= core->rows.shift[h] * cross;
            }
            out[kept[i] + kept[j] * all] = factor * sum;
        }
}

static fp_status put_beta(const fp_lmm_core *core, fp_arena *arena, fp_lmm_fit *fit, fp_err *err)
{
    ptrdiff_t all = core->rows.data->p, p = core->p;
    const fp_lmm_rows *rows = &core->rows;
    double *beta, *var;
    FP_ARRAY(beta, arena, all, err);
    FP_ARRAY(var, arena, all * all, err);
    for (ptrdiff_t j = 0; j < all; j++)
        beta[j] = FP_NUM_NAN;
    for (ptrdiff_t j = 0; j < p; j++)
        beta[rows->kept[j]] = core->at->beta[j];
    if (rows->data->intercept) {
        double centre = rows->shift[p];
        for (ptrdiff_t j = 1; j < p; j++)
            centre -= rows->shift[j] * core->at->beta[j];
        beta[0] += centre;
    }
    fp_lmm_uncentre(core, core->at->inverse, fit->sigma2, var);
    fit->beta = beta;
    fit->var = var;
    fit->rank = p;
    return FP_OK;
}

static fp_status put_covariances(const fp_lmm_core *core, fp_arena *arena, fp_lmm_fit *fit,
                                 fp_err *err)
{
    const fp_lmm_rows *rows = &core->rows;
    const fp_lmm_data *data = rows->data;
    const double **covariance;
    FP_ARRAY(covariance, arena, data->blocks, err);
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        ptrdiff_t width = data->block[b].width;
        double *own;
        FP_ARRAY(own, arena, width * width, err);
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = 0; j < width; j++)
                own[i + j * width] = fit->sigma2 * rows->scale[b][i] * rows->scale[b][j] *
                                     core->map.psi[rows->first[b] + fp_packed(i, j)];
        covariance[b] = own;
    }
    fit->blocks = data->blocks;
    fit->covariance = covariance;
    if (data->residual == FP_LMM_INDEPENDENT)
        return FP_OK;
    double *residual;
    ptrdiff_t size = data->waves * data->waves;
    FP_ARRAY(residual, arena, size, err);
    fp_lmm_residual_jet(rows, core->map.psi, 0, false, residual);
    for (ptrdiff_t i = 0; i < size; i++)
        residual[i] *= fit->sigma2;
    fit->waves = data->waves;
    fit->residual_covariance = residual;
    return FP_OK;
}

static fp_status finish(newton *w, fp_arena *arena, fp_lmm_fit *fit, fp_err *err)
{
    fp_lmm_core *core = w->core;
    FP_ARRAY(core->at, arena, 1, err);
    *core->at = w->now;
    core->theta = w->theta;
    bool useless = fit->state == FP_LMM_NO_SPREAD;
    fit->sigma2 = useless ? 0 : core->at->sigma2;
    fit->criterion = useless ? FP_NUM_NAN : core->at->value;
    FP_TRY(put_beta(core, arena, fit, err));
    FP_TRY(put_covariances(core, arena, fit, err));
    fit->core = core;
    return FP_OK;
}

static fp_status check(const fp_lmm_data *data, fp_err *err)
{
    if (data->n < 1)
        return fp_fail(err, FP_ARG, "a mixed model without rows");
    if (data->blocks == 0 && data->residual == FP_LMM_INDEPENDENT)
        return fp_fail(err, FP_ARG, "a mixed model without random effects or residual structure");
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        if (data->block[b].width < 1 || data->block[b].width > FP_LMM_WIDTH)
            return fp_fail(err, FP_ARG, "%td random effects in a term, 1 to %d are possible",
                           data->block[b].width, FP_LMM_WIDTH);
        for (ptrdiff_t i = 0; i < data->n; i++)
            if (data->block[b].group[i] < 0 || data->block[b].group[i] >= data->block[b].groups)
                return fp_fail(err, FP_ARG, "a group out of range");
    }
    return FP_OK;
}

static fp_status choose_engine(fp_lmm_core *core, fp_arena *arena, fp_err *err)
{
    const fp_lmm_data *data = core->rows.data;
    FP_TRY(fp_lmm_nesting(data, arena, &core->nest, err));
    for (ptrdiff_t l = 0; l < core->nest.levels; l++)
        if (core->nest.level[l].width > FP_LMM_WIDTH)
            return fp_fail(err, FP_INPUT, "more than %d random effects a group", FP_LMM_WIDTH);
    if (core->nest.nested)
        return fp_lmm_nested(&core->rows, &core->nest, arena, &core->engine, err);
    if (data->residual != FP_LMM_INDEPENDENT) {
        (void)fp_fail(err, FP_INPUT,
                      "with a residual structure the groups of the random effects must be nested, "
                      "and the subjects within them");
        return fp_hint(err, FP_INPUT, "a subject that changes group is a subject of its own there");
    }
    ptrdiff_t effects = 0;
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        effects += data->block[b].groups * data->block[b].width;
    if (effects <= DENSE_EFFECTS)
        return fp_lmm_dense(&core->rows, arena, &core->engine, err);
    return fp_lmm_sparse(&core->rows, arena, &core->engine, err);
}

fp_status fp_lmm(const fp_lmm_data *data, const fp_lmm_options *options, fp_arena *arena,
                 fp_lmm_fit *fit, fp_err *err)
{
    const fp_lmm_options defaults = fp_lmm_defaults(), *o = options ? options : &defaults;
    fp_lmm_core *core;
    fp_lmm_fit made = {.n = data->n, .p = data->p};
    newton w;
    bool spread;
    FP_TRY(check(data, err));
    FP_ARRAY(core, arena, 1, err);
    FP_TRY(fp_lmm_rows_make(data, o->threads, arena, &core->rows, &spread, err));
    core->arena = arena;
    core->ml = o->ml;
    core->q = core->rows.q;
    core->p = core->q - 1;
    FP_TRY(choose_engine(core, arena, err));
    FP_TRY(fp_lmm_map_create(&core->rows, arena, &core->map, err));
    core->moments = (fp_lmm_moments){.q = core->q, .k = core->rows.k};
    FP_ARRAY(core->moments.logdet, arena, fp_jet_size(core->rows.k), err);
    FP_ARRAY(core->moments.m, arena, fp_jet_size(core->rows.k) * fp_packed_size(core->q), err);
    FP_TRY(newton_create(core, arena, &w, err));
    FP_TRY(optimise(&w, o, &made, err));
    if (!spread)
        made.state = FP_LMM_NO_SPREAD;
    FP_TRY(finish(&w, arena, &made, err));
    *fit = made;
    return FP_OK;
}
