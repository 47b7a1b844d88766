#include "stats/cox_exact.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_newton_priv.h"
#include "stats/dense_priv.h"

/* Above this much work one evaluation would take some minutes, the fit far longer. */
#define MOST_WORK 1e11
/* Least weight in a tied set, relative to the largest of the stratum: its inverse stays finite. */
#define LEAST_WEIGHT 1e-250

/* Subsets of d rows out of those taken in so far, d = 0..most: each subset has the product of its
 * rows' weights as probability, up to a constant. docs/methods/cox-exact.md. */
typedef struct {
    ptrdiff_t most, rows, pairs;
    double *ratio; /* most + 1: B(d-1) / B(d), eq. 3 */
    double *mean;  /* (most + 1) x p: of the sum of x over the subset, eq. 4 */
    double *cov;   /* (most + 1) x pairs: lower triangle, row after row, eq. 5 */
    double *x;     /* p; the row being taken in */
    double *delta; /* p */
} subsets;

typedef struct {
    fp_cox_problem q;
    const double *offset;
    fp_cox_sums sums;
    subsets set;
    double *eta;      /* n */
    double *single;   /* length: 1 where one row dies, 0 where several do */
    double *at_risk;  /* length: number of rows */
    int32_t *order;   /* n; rows by grid element of their end, ascending */
    int32_t *from;    /* length + 1: where the rows of each element begin in `order` */
    int32_t *level;   /* length: most deaths at one tied time, up to here in the stratum */
    bool *shared;     /* strata: one sweep for all tied times */
    int32_t *members; /* n */
    double *all;      /* p */
    double *score, *info, *base; /* p, p x p, p: where derivatives go; NULL = value only */
    double loglik;
} exact;

/* ---- subsets ---- */

static fp_status subsets_create(subsets *s, ptrdiff_t most, ptrdiff_t p, fp_arena *arena,
                                fp_err *err)
{
    s->most = most;
    s->pairs = p * (p + 1) / 2;
    FP_ARRAY(s->ratio, arena, most + 1, err);
    FP_ARRAY(s->mean, arena, (most + 1) * p, err);
    FP_ARRAY(s->cov, arena, (most + 1) * s->pairs, err);
    FP_ARRAY(s->x, arena, p, err);
    FP_ARRAY(s->delta, arena, p, err);
    return FP_OK;
}

static void subsets_clear(subsets *s, ptrdiff_t p)
{
    s->rows = 0;
    s->ratio[0] = 0;
    memset(s->mean, 0, (size_t)p * sizeof *s->mean);
    memset(s->cov, 0, (size_t)s->pairs * sizeof *s->cov);
}

/* Moments of the subsets of d rows when a new row is in with probability `in`; eq. 4 and 5. */
static void mix(subsets *s, ptrdiff_t p, ptrdiff_t d, double in)
{
    double *mean = s->mean + d * p, *cov = s->cov + d * s->pairs;
    const double *mean1 = mean - p, *cov1 = cov - s->pairs;
    double both = in * (1 - in);
    for (ptrdiff_t j = 0; j < p; j++) {
        s->delta[j] = mean1[j] + s->x[j] - mean[j];
        mean[j] += in * s->delta[j];
    }
    for (ptrdiff_t j = 0, k = 0; j < p; j++) {
        double scaled = both * s->delta[j];
        for (ptrdiff_t l = 0; l <= j; l++, k++)
            cov[k] += in * (cov1[k] - cov[k]) + scaled * s->delta[l];
    }
}

/* The only subset of d out of d rows. */
static void fill(subsets *s, ptrdiff_t p, ptrdiff_t d)
{
    double *mean = s->mean + d * p, *cov = s->cov + d * s->pairs;
    for (ptrdiff_t j = 0; j < p; j++)
        mean[j] = mean[j - p] + s->x[j];
    memset(cov, 0, (size_t)s->pairs * sizeof *cov);
}

/* Take in a row of weight w, whose covariates are in s->x, for subsets of up to `levels` rows. */
static void subsets_add(subsets *s, ptrdiff_t p, double w, ptrdiff_t levels, bool moments)
{
    ptrdiff_t top = levels <= s->rows ? levels : s->rows + 1;
    for (ptrdiff_t d = top; d >= 1; d--) {
        if (d > s->rows) {
            s->ratio[d] = 1 / w + s->ratio[d - 1];
            if (moments)
                fill(s, p, d);
            continue;
        }
        double odds = w * s->ratio[d];
        s->ratio[d] *= (1 + w * s->ratio[d - 1]) / (1 + odds);
        if (moments)
            mix(s, p, d, odds / (1 + odds));
    }
    s->rows++;
}

/* log B(d), eq. 3. */
static double subsets_log(const subsets *s, ptrdiff_t d)
{
    double sum = 0;
    for (ptrdiff_t k = 1; k <= d; k++)
        sum -= log(s->ratio[k]);
    return sum;
}

/* ---- tied times ---- */

static double weight_of(const exact *e, ptrdiff_t i)
{
    return fmax(e->sums.r[i], LEAST_WEIGHT);
}

static void load_row(exact *e, ptrdiff_t i)
{
    for (ptrdiff_t j = 0; j < e->q.p; j++)
        e->set.x[j] = e->q.x[i + j * e->q.risk->n] - e->q.mean[j];
}

/* What one tied time adds, its denominator given by the subsets of `d` rows. `all`: NULL, or the
 * sums of x over everybody at risk where the subsets are those who live; eq. 6. */
static void add_time(exact *e, ptrdiff_t d, ptrdiff_t deaths, const double *all)
{
    ptrdiff_t p = e->q.p;
    const double *mean = e->set.mean + d * p, *cov = e->set.cov + d * e->set.pairs;
    if (!e->score)
        return;
    for (ptrdiff_t j = 0, k = 0; j < p; j++) {
        double m = all ? all[j] - mean[j] : mean[j];
        e->score[j] -= m;
        for (ptrdiff_t l = 0; l <= j; l++, k++)
            e->info[j + l * p] += cov[k];
        e->base[j] += cov[k - 1] + m * m / (double)deaths;
    }
}

/* All tied times of a stratum in one sweep from the last time to the first: without late entry
 * everybody who is at risk stays so towards earlier times. */
static void sweep_shared(exact *e, int32_t s)
{
    const fp_risk *k = e->q.risk;
    subsets_clear(&e->set, e->q.p);
    for (ptrdiff_t g = k->first[s + 1] - 1; g > k->first[s] && e->level[g] > 0; g--) {
        for (int32_t a = e->from[g]; a < e->from[g + 1]; a++) {
            load_row(e, e->order[a]);
            subsets_add(&e->set, e->q.p, weight_of(e, e->order[a]), e->level[g], e->score);
        }
        ptrdiff_t d = (ptrdiff_t)k->deaths[g];
        if (d < 2)
            continue;
        e->loglik -= subsets_log(&e->set, d);
        add_time(e, d, d, NULL);
    }
}

/* One tied time, by the rows that die. */
static void sweep_deaths(exact *e, ptrdiff_t members, ptrdiff_t d)
{
    for (ptrdiff_t a = 0; a < members; a++) {
        load_row(e, e->members[a]);
        subsets_add(&e->set, e->q.p, weight_of(e, e->members[a]), d, e->score);
    }
    e->loglik -= subsets_log(&e->set, d);
    add_time(e, d, d, NULL);
}

/* One tied time, by the rows that live: they are fewer. With weights least / w, eq. 6. */
static void sweep_others(exact *e, ptrdiff_t members, ptrdiff_t d)
{
    double *all = e->all;
    ptrdiff_t p = e->q.p, others = members - d;
    double least = HUGE_VAL, logs = 0;
    memset(all, 0, (size_t)p * sizeof *all);
    for (ptrdiff_t a = 0; a < members; a++)
        least = fmin(least, weight_of(e, e->members[a]));
    for (ptrdiff_t a = 0; a < members; a++) {
        double w = weight_of(e, e->members[a]);
        load_row(e, e->members[a]);
        for (ptrdiff_t j = 0; j < p; j++)
            all[j] += e->set.x[j];
        logs += log(w);
        subsets_add(&e->set, p, fmax(least / w, LEAST_WEIGHT), others, e->score);
    }
    e->loglik -= logs - (double)others * log(least) + subsets_log(&e->set, others);
    add_time(e, others, d, all);
}

static void sweep_apart(exact *e, int32_t s, ptrdiff_t g)
{
    const fp_risk *k = e->q.risk;
    ptrdiff_t members = 0, d = (ptrdiff_t)k->deaths[g];
    for (int32_t a = e->from[g]; a < e->from[k->first[s + 1]]; a++)
        if (k->lo[e->order[a]] < g)
            e->members[members++] = e->order[a];
    subsets_clear(&e->set, e->q.p);
    if (2 * d <= members)
        sweep_deaths(e, members, d);
    else
        sweep_others(e, members, d);
}

static void tied_times(exact *e)
{
    const fp_risk *k = e->q.risk;
    for (int32_t s = 0; s < k->strata; s++) {
        if (e->shared[s]) {
            sweep_shared(e, s);
            continue;
        }
        for (ptrdiff_t g = k->first[s] + 1; g < k->first[s + 1]; g++)
            if (k->deaths[g] > 1)
                sweep_apart(e, s, g);
    }
}

/* ---- plan ---- */

/* Rows in the order of the grid, by counting. */
static void sort_rows(exact *e)
{
    const fp_risk *k = e->q.risk;
    for (ptrdiff_t i = 0; i < k->n; i++)
        if (k->lo[i] < k->hi[i])
            e->from[k->hi[i] + 1]++;
    for (ptrdiff_t g = 0; g < k->length; g++)
        e->from[g + 1] += e->from[g];
    for (ptrdiff_t i = 0; i < k->n; i++)
        if (k->lo[i] < k->hi[i])
            e->order[e->from[k->hi[i]]++] = (int32_t)i;
    memmove(e->from + 1, e->from, (size_t)k->length * sizeof *e->from);
    e->from[0] = 0;
}

/* One sweep a stratum or one a time, whichever is less work; the work of the stratum and the most
 * deaths to be reckoned with. */
static double plan_stratum(exact *e, int32_t s, ptrdiff_t *most)
{
    const fp_risk *k = e->q.risk;
    double shared = 0, apart = 0, top = 0, small = 0;
    for (ptrdiff_t g = k->first[s] + 1; g < k->first[s + 1]; g++) {
        double d = k->deaths[g], least = fmin(d, e->at_risk[g] - d);
        e->single[g] = d < 2 ? 1 : 0;
        top = d > 1 ? fmax(top, d) : top;
        e->level[g] = (int32_t)top;
        shared += (double)(e->from[g + 1] - e->from[g]) * top;
        if (d < 2)
            continue;
        apart += e->at_risk[g] * (least + 1);
        small = fmax(small, least);
    }
    e->shared[s] = !e->q.data->start && shared <= apart;
    double levels = e->shared[s] ? top : small;
    *most = levels > (double)*most ? (ptrdiff_t)levels : *most;
    return e->shared[s] ? shared : apart;
}

static fp_status plan(exact *e, fp_arena *arena, fp_err *err)
{
    const fp_risk *k = e->q.risk;
    ptrdiff_t most = 0;
    double work = 0, p = (double)e->q.p;
    FP_ARRAY(e->single, arena, k->length, err);
    FP_ARRAY(e->at_risk, arena, k->length, err);
    FP_ARRAY(e->order, arena, k->n, err);
    FP_ARRAY(e->from, arena, k->length + 1, err);
    FP_ARRAY(e->level, arena, k->length, err);
    FP_ARRAY(e->shared, arena, k->strata, err);
    FP_ARRAY(e->members, arena, k->n, err);
    FP_ARRAY(e->all, arena, e->q.p, err);
    sort_rows(e);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        e->at_risk[k->hi[i]]++;
        e->at_risk[k->lo[i]]--;
    }
    fp_risk_suffix(k, e->at_risk);
    for (int32_t s = 0; s < k->strata; s++)
        work += plan_stratum(e, s, &most);
    if (work * (1 + p) * (1 + p / 2) > MOST_WORK) {
        (void)fp_fail(err, FP_INPUT,
                      "exact ties: up to %td tied events among thousands at risk would take hours",
                      most);
        return fp_hint(err, FP_INPUT, "take Efron ties, or time on a finer scale");
    }
    return subsets_create(&e->set, most, e->q.p, arena, err);
}

/* ---- likelihood ---- */

/* eq. 1: times with one death by the sums over risk sets, the others by subsets. */
static double value(void *context, const double *beta)
{
    exact *e = context;
    const fp_risk *k = e->q.risk;
    const fp_survdata *data = e->q.data;
    fp_cox_predict(&e->q, beta, e->offset, e->eta);
    fp_cox_sums_scalar(&e->q, e->eta, &e->sums);
    e->loglik = 0;
    for (ptrdiff_t i = 0; i < k->n; i++)
        if (data->event[i])
            e->loglik += e->eta[i] - e->sums.shift[fp_row_stratum(data, i)];
    for (ptrdiff_t g = 0; g < k->length; g++)
        if (k->deaths[g] > 0 && k->deaths[g] < 2)
            e->loglik -= log(e->sums.s0[g]);
    e->score = NULL;
    tied_times(e);
    return e->loglik;
}

static void single_score(const exact *e, double *score)
{
    const fp_risk *k = e->q.risk;
    for (ptrdiff_t j = 0; j < e->q.p; j++) {
        const double *x = e->q.x + j * k->n, *s1 = e->sums.s1 + j * k->length;
        double sum = 0;
        for (ptrdiff_t i = 0; i < k->n; i++)
            if (e->q.data->event[i])
                sum += x[i] - e->q.mean[j];
        for (ptrdiff_t g = 0; g < k->length; g++)
            if (k->deaths[g] > 0 && k->deaths[g] < 2)
                sum -= s1[g] / e->sums.s0[g];
        score[j] = sum;
    }
}

static void derivatives(void *context, double *score, double *info, double *base)
{
    exact *e = context;
    ptrdiff_t p = e->q.p;
    fp_cox_sums_columns(&e->q, &e->sums);
    single_score(e, score);
    fp_cox_information(&e->q, &e->sums, e->single, info, base);
    e->score = score;
    e->info = info;
    e->base = base;
    tied_times(e);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = 0; l < j; l++)
            info[l + j * p] = info[j + l * p];
}

/* ---- fit ---- */

static void solve(fp_cox_newton *w, double *var, fp_cox_fit *fit)
{
    ptrdiff_t p = w->q->p;
    fp_cox_newton_begin(w);
    memcpy(w->keep, w->pivot, (size_t)p * sizeof *w->keep);
    fit->loglik_null = fit->loglik_fitted = w->loglik;
    fit->rank = w->rank;
    fit->score_chisq = w->decrement;
    fit->state = FP_COX_NO_TERMS;
    if (fit->rank > 0) {
        fit->state = fp_cox_newton_run(w, &fit->iterations);
        fit->loglik_fitted = w->loglik;
        fit->wald_chisq = fp_quadratic(w->info, p, w->beta, w->keep);
        fit->lr_chisq = 2 * (fit->loglik_fitted - fit->loglik_null);
        fp_chol_inverse(w->chol, p, var);
    }
    for (ptrdiff_t j = 0; j < p; j++)
        if (!w->keep[j])
            w->beta[j] = FP_NUM_NAN;
}

static fp_status fit_exact(exact *e, const fp_cox_options *options, double *beta, double *var,
                           fp_arena *arena, fp_cox_fit *fit, fp_err *err)
{
    fp_cox_newton w = {.q = &e->q,
                       .context = e,
                       .value = value,
                       .derivatives = derivatives,
                       .tolerance = options->tolerance,
                       .rank_tolerance = options->rank_tolerance,
                       .max_iterations = options->max_iterations,
                       .can_separate = true,
                       .beta = beta};
    FP_TRY(fp_cox_sums_create(&e->q, arena, &e->sums, err));
    FP_TRY(plan(e, arena, err));
    FP_TRY(fp_cox_newton_create(&w, arena, err));
    solve(&w, var, fit);
    fp_cox_predict(&e->q, beta, e->offset, e->eta);
    return FP_OK;
}

static fp_status fit_model(const fp_survdata *data, ptrdiff_t p, const double *x,
                           const double *offset, const fp_cox_options *options, fp_arena *arena,
                           fp_cox_fit *fit, fp_err *err)
{
    fp_cox_options defaults = fp_cox_defaults();
    fp_cox_begun b;
    fp_cox_fit result;
    if (p < 0 || (p > 0 && !x))
        return fp_fail(err, FP_ARG, "a Cox model of %td columns", p);
    if (data->weight)
        return fp_fail(err, FP_ARG, "exact ties are not defined with case weights");
    FP_TRY(fp_cox_begin(data, p, x, arena, &b, &result, err));
    exact e = {.q = {data, &b.risk, FP_TIES_EXACT, p, x, b.mean}, .offset = offset, .eta = b.eta};
    if (b.risk.events > 0) {
        FP_TRY(fit_exact(&e, options ? options : &defaults, b.beta, b.var, arena, &result, err));
    } else {
        for (ptrdiff_t j = 0; j < p; j++)
            b.beta[j] = FP_NUM_NAN;
        fp_cox_predict(&e.q, b.beta, offset, b.eta);
    }
    fp_arena_rewind(arena, b.mark);
    *fit = result;
    return FP_OK;
}

fp_status fp_cox_exact(const fp_survdata *data, ptrdiff_t p, const double *x, const double *offset,
                       const fp_cox_options *options, fp_arena *arena, fp_cox_fit *fit, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = fit_model(data, p, x, offset, options, arena, fit, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
