#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/gee_priv.h"
#include "stats/glm_priv.h"

enum { MOST_ITERATIONS = 200, MOST_HALVINGS = 50 };

#define RANK_TOLERANCE 1e-11
#define ROUNDING       1e-22 /* of a squared standard error */
#define STANDSTILL     1e-19
#define GOOD_ENOUGH    1e-12 /* after the last iteration: columns that hardly differ */
#define ALPHA_STILL    1e-12

typedef struct {
    const fp_gee_data *data;
    fp_gee_rows rows;
    fp_reg reg;
    fp_gee_pass *pass;
    fp_gee_moments moments;
    fp_gee_sums sums;
    fp_glm_fit start;
    double *beta, *trial, *delta; /* p; centred */
    double *chol;                 /* p x p */
    double *before;               /* alphas */
    bool *keep, *kept;            /* p */
    bool edge;
    int iterations;
} search;

/* ---- rows in the order of ids ---- */

static bool is_sorted(ptrdiff_t n, const ptrdiff_t *order)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (order[i] != i)
            return false;
    return true;
}

typedef struct {
    const ptrdiff_t *order;
    const double *const *from;
    double *const *to;
    ptrdiff_t n;
} gathering;

static void gather_column(void *context, long j)
{
    const gathering *g = context;
    for (ptrdiff_t i = 0; g->from[j] && i < g->n; i++)
        g->to[j][i] = g->from[j][g->order[i]];
}

/* Columns, outcome, weights and offset in the new order. */
static fp_status gather(search *s, const ptrdiff_t *order, fp_arena *arena, fp_err *err)
{
    fp_regression *r = &s->rows.rows;
    ptrdiff_t p = r->p, all = p + 3;
    const double **from;
    double **to;
    FP_ARRAY(from, arena, all, err);
    FP_ARRAY(to, arena, all, err);
    for (ptrdiff_t j = 0; j < p; j++)
        from[j] = r->column[j];
    from[p] = r->y;
    from[p + 1] = r->weight;
    from[p + 2] = r->offset;
    for (ptrdiff_t j = 0; j < all; j++)
        if (from[j])
            FP_ARRAY(to[j], arena, r->n, err);
    gathering g = {order, from, to, r->n};
    fp_parallel(r->threads, all, gather_column, &g);
    r->column = (const double *const *)to;
    r->y = to[p];
    r->weight = to[p + 1];
    r->offset = to[p + 2];
    return FP_OK;
}

static fp_status sort_rows(search *s, fp_arena *arena, fp_err *err)
{
    const fp_gee_data *d = s->data;
    ptrdiff_t n = d->rows.n, *order, *start, longest = 0;
    int32_t *position;
    FP_TRY(fp_gee_order(n, d->id, d->ids, d->position, arena, &order, &start, err));
    s->rows = (fp_gee_rows){.rows = d->rows,
                            .ids = d->ids,
                            .start = start,
                            .corr = d->corr,
                            .group = d->group,
                            .groups = d->group ? d->groups : d->ids};
    FP_ARRAY(position, arena, n, err);
    for (ptrdiff_t id = 0; id < d->ids; id++) {
        for (ptrdiff_t i = start[id]; i < start[id + 1]; i++)
            position[i] = d->position ? d->position[order[i]] : (int32_t)(i - start[id]);
        longest = start[id + 1] - start[id] > longest ? start[id + 1] - start[id] : longest;
    }
    s->rows.position = position;
    s->rows.positions = d->position ? d->positions : longest;
    if (d->corr == FP_CORR_UNSTRUCTURED && s->rows.positions > FP_GEE_POSITIONS)
        return fp_fail(
            err, FP_INPUT,
            "an unstructured correlation has a number for every pair of waves: %td waves "
            "are too many (at most %d)",
            s->rows.positions, FP_GEE_POSITIONS);
    return is_sorted(n, order) ? FP_OK : gather(s, order, arena, err);
}

/* ---- iteration ---- */

static void direction(search *s)
{
    ptrdiff_t p = s->reg.data->p;
    memcpy(s->chol, s->sums.h, (size_t)(p * p) * sizeof *s->chol);
    memcpy(s->kept, s->keep, (size_t)p * sizeof *s->keep);
    (void)fp_chol(s->chol, p, NULL, RANK_TOLERANCE, s->kept);
    memcpy(s->delta, s->sums.g, (size_t)p * sizeof *s->delta);
    for (ptrdiff_t j = 0; j < p; j++)
        s->delta[j] = s->kept[j] ? s->delta[j] : 0;
    fp_chol_solve(s->chol, p, s->delta);
}

/* Go on to beta + delta, or part of the way, where all means are allowed. */
static bool move(search *s)
{
    ptrdiff_t p = s->reg.data->p;
    double t = 1;
    for (int k = 0; k < MOST_HALVINGS; k++, t /= 2) {
        for (ptrdiff_t j = 0; j < p; j++)
            s->trial[j] = s->beta[j] + t * s->delta[j];
        fp_gee_pass_sums(s->pass, s->trial, &s->moments, &s->sums, NULL);
        if (s->sums.valid) {
            memcpy(s->beta, s->trial, (size_t)p * sizeof *s->beta);
            s->edge = k > 0;
            return true;
        }
    }
    s->edge = true;
    return false;
}

static double alpha_change(const search *s)
{
    double most = 0;
    for (ptrdiff_t k = 0; k < s->moments.alphas; k++)
        most = fmax(most, fabs(s->moments.alpha[k] - s->before[k]));
    return most;
}

static fp_gee_state iterate(search *s)
{
    double last = HUGE_VAL;
    size_t alphas = (size_t)s->moments.alphas * sizeof *s->before;
    if (!fp_gee_pass_moments(s->pass, s->beta, &s->moments))
        return FP_GEE_NO_START;
    fp_gee_moments_solve(&s->moments);
    if (fp_regression_is_exact(&s->rows.rows, s->moments.square))
        return FP_GEE_NO_SPREAD;
    memset(s->delta, 0, (size_t)s->reg.data->p * sizeof *s->delta);
    for (s->iterations = 1; s->iterations < MOST_ITERATIONS; s->iterations++) {
        if (!s->moments.positive)
            return FP_GEE_NOT_POSITIVE;
        if (!move(s))
            return FP_GEE_MAX_ITER;
        memcpy(s->before, s->moments.alpha, alphas);
        fp_gee_moments_solve(&s->moments);
        direction(s);
        double gain = 0, change = alpha_change(s);
        for (ptrdiff_t j = 0; j < s->reg.data->p; j++)
            gain += s->delta[j] * s->sums.g[j];
        gain /= s->moments.scale;
        if (!isfinite(gain))
            return FP_GEE_MAX_ITER;
        if ((gain <= ROUNDING || (gain <= STANDSTILL && gain >= 0.25 * last)) &&
            change <= ALPHA_STILL)
            return s->moments.positive ? FP_GEE_CONVERGED : FP_GEE_NOT_POSITIVE;
        last = gain;
    }
    return last <= GOOD_ENOUGH && s->moments.positive ? FP_GEE_CONVERGED : FP_GEE_MAX_ITER;
}

static fp_status search_create(search *s, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = s->rows.rows.p;
    double **vectors[] = {&s->beta, &s->trial, &s->delta, &s->sums.g};
    FP_TRY(fp_reg_create(&s->rows.rows, arena, &s->reg, err));
    FP_TRY(fp_gee_pass_create(&s->reg, &s->rows, arena, &s->pass, err));
    FP_TRY(fp_gee_moments_create(&s->rows, arena, &s->moments, err));
    for (size_t k = 0; k < sizeof vectors / sizeof *vectors; k++)
        FP_ARRAY(*vectors[k], arena, p, err);
    FP_ARRAY(s->chol, arena, p * p, err);
    FP_ARRAY(s->sums.h, arena, p * p, err);
    FP_ARRAY(s->sums.info, arena, p * p, err);
    FP_ARRAY(s->before, arena, s->moments.alphas, err);
    FP_ARRAY(s->keep, arena, p, err);
    FP_ARRAY(s->kept, arena, p, err);
    return FP_OK;
}

/* ---- what comes of it ---- */

/* eq. 8, with the information of independence at the estimates. */
static void add_qic(const search *s, const double *robust, fp_gee_fit *fit)
{
    ptrdiff_t p = s->rows.rows.p;
    double trace = 0;
    for (ptrdiff_t k = 0; k < p * p; k++)
        trace += s->sums.info[k] * robust[k];
    fit->quasi =
        fp_family_has_dispersion(s->rows.rows.family) ? s->sums.quasi / fit->scale : s->sums.quasi;
    fit->qic = -2 * fit->quasi + 2 * trace / fit->scale;
}

/* Scores of the ids summed over the groups, column-major, in the scale of the estimating equations.
 */
static void sum_groups(const search *s, const double *score, double *group)
{
    const fp_gee_rows *rows = &s->rows;
    ptrdiff_t p = rows->rows.p;
    double inverse = 1 / s->moments.scale;
    for (ptrdiff_t id = 0; id < rows->ids; id++)
        for (ptrdiff_t j = 0; j < p; j++)
            if (s->kept[j])
                group[(rows->group ? rows->group[id] : id) + j * rows->groups] +=
                    score[id * p + j] * inverse;
}

/* Sums of the squares and products of the groups' scores. */
static fp_status add_meat(const search *s, const double *group, fp_arena *scratch, double *meat,
                          fp_err *err)
{
    const fp_cox_kernel *kernel = s->reg.kernel;
    ptrdiff_t p = s->rows.rows.p, groups = s->rows.groups;
    double *z, *one, *partial;
    FP_ARRAY(z, scratch, p * FP_REG_LD, err);
    FP_ARRAY(one, scratch, FP_REG_LD, err);
    FP_ARRAY(partial, scratch, kernel->square_room(p), err);
    for (ptrdiff_t i = 0; i < FP_REG_LD; i++)
        one[i] = 1;
    for (ptrdiff_t first = 0; first < groups; first += FP_REG_BLOCK) {
        ptrdiff_t rows = groups - first < FP_REG_BLOCK ? groups - first : FP_REG_BLOCK;
        for (ptrdiff_t j = 0; j < p; j++)
            kernel->centre(group + j * groups + first, 0, rows, z + j * FP_REG_LD);
        kernel->square(p, z, one, rows, partial);
    }
    kernel->square_sum(p, partial, meat);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            meat[j + i * p] = meat[i + j * p];
    return FP_OK;
}

static void describe_sizes(const search *s, double *size, fp_gee_fit *fit)
{
    const fp_gee_rows *rows = &s->rows;
    double mean = (double)rows->rows.n / (double)rows->groups, sum = 0;
    fit->smallest = HUGE_VAL;
    for (ptrdiff_t id = 0; id < rows->ids; id++) {
        double n = (double)(rows->start[id + 1] - rows->start[id]);
        fit->smallest = fmin(fit->smallest, n);
        fit->largest = fmax(fit->largest, n);
        size[rows->group ? rows->group[id] : id] += n;
    }
    for (ptrdiff_t k = 0; k < rows->groups; k++)
        sum += (size[k] - mean) * (size[k] - mean);
    fit->variation = rows->groups > 1 ? sqrt(sum / (double)(rows->groups - 1)) / mean : 0;
}

/* Omega of the groups and the scores, in the parametrisation of the caller: with beta = T b the
 * score becomes T^-' U and the information T^-' H T^-1; T^-1 adds the means to the intercept. */
static void parts_out(const fp_reg *reg, ptrdiff_t groups, double *score, double *omega)
{
    ptrdiff_t p = reg->data->p;
    if (!reg->data->intercept)
        return;
    for (ptrdiff_t j = 1; j < p; j++)
        for (ptrdiff_t k = 0; k < groups; k++)
            score[k + j * groups] += reg->mean[j] * score[k];
    for (ptrdiff_t k = 0; k < groups; k++) {
        double *own = omega + k * p * p;
        for (ptrdiff_t j = 1; j < p; j++)
            for (ptrdiff_t i = 0; i < p; i++)
                own[i + j * p] += reg->mean[j] * own[i];
        for (ptrdiff_t i = 1; i < p; i++)
            for (ptrdiff_t j = 0; j < p; j++)
                own[i + j * p] += reg->mean[i] * own[j * p];
    }
}

static void clear_dropped(ptrdiff_t p, const bool *kept, ptrdiff_t groups, double *score,
                          double *omega)
{
    for (ptrdiff_t j = 0; j < p; j++) {
        if (kept[j])
            continue;
        for (ptrdiff_t k = 0; k < groups; k++) {
            score[k + j * groups] = 0;
            for (ptrdiff_t i = 0; i < p; i++)
                omega[i + j * p + k * p * p] = omega[j + i * p + k * p * p] = 0;
        }
    }
}

static fp_status add_parts(search *s, double *group, const double *naive, fp_arena *arena,
                           fp_gee_fit *fit, fp_err *err)
{
    const fp_gee_rows *rows = &s->rows;
    ptrdiff_t p = rows->rows.p;
    double *omega;
    FP_ARRAY(omega, arena, p * p * rows->groups, err);
    fp_gee_pass_omega(s->pass, s->beta, &s->moments, omega);
    for (ptrdiff_t i = 0; i < p * p * rows->groups; i++)
        omega[i] /= s->moments.scale;
    parts_out(&s->reg, rows->groups, group, omega);
    clear_dropped(p, s->kept, rows->groups, group, omega);
    fit->parts = (fp_cluster_parts){.p = p,
                                    .slots = rows->groups,
                                    .clusters = rows->groups,
                                    .rows = rows->rows.n,
                                    .rank = fit->rank,
                                    .score = group,
                                    .omega = omega,
                                    .bread = naive};
    return FP_OK;
}

static fp_status finish(search *s, bool parts, double *naive, double *robust, fp_arena *arena,
                        fp_arena *scratch, fp_gee_fit *fit, fp_err *err)
{
    ptrdiff_t p = s->rows.rows.p, groups = s->rows.groups;
    double *score, *group, *meat, *work;
    FP_ARRAY(group, parts ? arena : scratch, groups * p, err);
    FP_ARRAY(score, scratch, s->rows.ids * p, err);
    FP_ARRAY(meat, scratch, p * p, err);
    FP_ARRAY(work, scratch, p * p, err);
    fp_gee_pass_sums(s->pass, s->beta, &s->moments, &s->sums, score);
    direction(s);
    fit->rank = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        fit->rank += s->kept[j];
    fit->scale = s->moments.scale;
    fp_chol_inverse(s->chol, p, naive);
    for (ptrdiff_t i = 0; i < p * p; i++)
        naive[i] *= fit->scale;
    sum_groups(s, score, group);
    FP_TRY(add_meat(s, group, scratch, meat, err));
    fp_sandwich(naive, meat, p, work, robust);
    add_qic(s, robust, fit);
    fp_reg_var_out(&s->reg, naive, work);
    fp_reg_var_out(&s->reg, robust, work);
    if (parts)
        FP_TRY(add_parts(s, group, naive, arena, fit, err));
    fp_reg_beta_out(&s->reg, s->beta);
    return FP_OK;
}

static fp_status check(const fp_gee_data *d, fp_err *err)
{
    if (d->rows.n < 1 || d->ids < 1)
        return fp_fail(err, FP_ARG, "estimating equations need rows and clusters");
    for (ptrdiff_t i = 0; i < d->rows.n; i++)
        if (d->id[i] < 0 || d->id[i] >= d->ids ||
            (d->position && (d->position[i] < 0 || d->position[i] >= d->positions)))
            return fp_fail(err, FP_ARG, "a cluster or a position is out of range");
    for (ptrdiff_t k = 0; d->group && k < d->ids; k++)
        if (d->group[k] < 0 || d->group[k] >= d->groups)
            return fp_fail(err, FP_ARG, "a group is out of range");
    return FP_OK;
}

static void load_start(search *s)
{
    for (ptrdiff_t j = 0; j < s->start.p; j++) {
        s->keep[j] = !isnan(s->start.beta[j]);
        s->beta[j] = s->keep[j] ? s->start.beta[j] : 0;
    }
    fp_reg_beta_in(&s->reg, s->beta);
}

static fp_status solve(search *s, bool parts, double *beta, double *naive, double *robust,
                       double *alpha, fp_arena *arena, fp_arena *scratch, fp_gee_fit *made,
                       fp_err *err)
{
    ptrdiff_t p = s->rows.rows.p;
    load_start(s);
    made->state = iterate(s);
    made->iterations = s->iterations;
    made->edge = s->edge;
    made->scale = s->moments.scale;
    if (made->state == FP_GEE_CONVERGED || made->state == FP_GEE_MAX_ITER) {
        FP_TRY(finish(s, parts, naive, robust, arena, scratch, made, err));
        for (ptrdiff_t j = 0; j < p; j++)
            beta[j] = s->kept[j] ? s->beta[j] : FP_NUM_NAN;
    }
    if (made->state == FP_GEE_NO_SPREAD)
        memcpy(beta, s->start.beta, (size_t)p * sizeof *beta);
    memcpy(alpha, s->moments.alpha, (size_t)s->moments.alphas * sizeof *alpha);
    return FP_OK;
}

static fp_status run(const fp_gee_data *data, bool parts, fp_arena *arena, fp_gee_fit *fit,
                     fp_err *err)
{
    ptrdiff_t p = data->rows.p;
    double *beta, *naive, *robust, *alpha, *size;
    search s = {.data = data};
    FP_TRY(check(data, err));
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    FP_TRY(sort_rows(&s, scratch, err));
    FP_TRY(fp_glm_begin(&s.rows.rows, arena, &s.start, err));
    FP_TRY(search_create(&s, scratch, err));
    FP_ARRAY(beta, arena, p, err);
    FP_ARRAY(naive, arena, p * p, err);
    FP_ARRAY(robust, arena, p * p, err);
    FP_ARRAY(alpha, arena, s.moments.alphas, err);
    FP_ARRAY(size, scratch, s.rows.groups, err);
    fp_gee_fit made = {.n = data->rows.n,
                       .p = p,
                       .rank = s.start.rank,
                       .ids = data->ids,
                       .groups = s.rows.groups,
                       .positions = s.rows.positions,
                       .state = FP_GEE_NO_START,
                       .diverges = s.start.diverges,
                       .beta = beta,
                       .naive = naive,
                       .robust = robust,
                       .scale = FP_NUM_NAN,
                       .qic = FP_NUM_NAN,
                       .quasi = FP_NUM_NAN,
                       .alphas = s.moments.alphas,
                       .alpha = alpha};
    for (ptrdiff_t j = 0; j < p; j++)
        beta[j] = FP_NUM_NAN;
    describe_sizes(&s, size, &made);
    if (s.start.state == FP_GLM_SEPARATED) {
        made.state = FP_GEE_SEPARATED;
        memcpy(beta, s.start.beta, (size_t)p * sizeof *beta);
    } else if (s.start.state != FP_GLM_NO_START) {
        FP_TRY(solve(&s, parts, beta, naive, robust, alpha, arena, scratch, &made, err));
    }
    *fit = made;
    return FP_OK;
}

fp_status fp_gee(const fp_gee_data *data, bool parts, fp_arena *arena, fp_gee_fit *fit, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(data, parts, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
