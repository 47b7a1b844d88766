/* The trials of a simulation and what is counted over them. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/power_priv.h"

enum { A = FP_POWER_ARMS, P = FP_POWER_TERMS, CHUNKS = 64 };

const char *const fp_power_analysis_name[FP_POWER_ANALYSES + 1] = {
#define X(name, text) text,
    FP_POWER_ANALYSES_MAP(X)
#undef X
        NULL,
};

fp_power_options fp_power_defaults(void)
{
    return (fp_power_options){
        .trials = 10000, .seed = 1, .exact_most = 200000, .samples = 100000, .interaction = 10000};
}

/* ---- sums over trials ---- */

typedef struct {
    int64_t usable, rejected, covered;
    double sum, squares, se; /* of estimate - truth (0 where there is none) */
} tally;

typedef struct {
    tally of[FP_POWER_QUESTIONS][FP_POWER_ANALYSES];
    double people, events, events_arm[A], people_arm[A], time_arm[A];
    int64_t by_general;
    fp_status status;
    fp_err err;
} chunk_sums;

typedef struct {
    const fp_power_design *design;
    const fp_power_options *options;
    ptrdiff_t only; /* question, -1 = all */
    const double *eta;
    fp_power_set set[FP_POWER_QUESTIONS];
    bool has_set[FP_POWER_QUESTIONS];
    double critical[2]; /* of t, by model; NaN: no degrees of freedom */
    double critical_z;
    double df[2];
    fp_power_sums_fn sums;
    size_t scratch;
    chunk_sums *chunk;
} simulation;

/* What one thread works with. */
typedef struct {
    const simulation *sim;
    fp_arena *arena;
    fp_power_trial trial;
    fp_power_counts counts;
    fp_power_parts parts;
    double *cumulative, *own, *residual, *table;
    fp_power_estimates estimates[2], frailty[2];
    double *fitted; /* clusters: residuals at model 0 */
    chunk_sums *sums;
} worker;

static bool asked(const simulation *sim, ptrdiff_t q)
{
    return sim->only < 0 || sim->only == q;
}

static bool analysed(const simulation *sim, fp_power_analysis a)
{
    return sim->design->analyses & 1u << a;
}

/* ---- estimates ---- */

fp_status fp_power_sandwiches(const fp_cluster_parts *parts, unsigned analyses, fp_arena *scratch,
                              fp_power_estimates *out, fp_err *err)
{
    static const fp_small_sample method[FP_POWER_ANALYSES] = {[FP_POWER_ROBUST] = FP_SMALL_NONE,
                                                              [FP_POWER_KC] = FP_SMALL_KC,
                                                              [FP_POWER_MD] = FP_SMALL_MD,
                                                              [FP_POWER_FG] = FP_SMALL_FG,
                                                              [FP_POWER_MBN] = FP_SMALL_MBN};
    for (int a = FP_POWER_ROBUST; a <= FP_POWER_MBN; a++) {
        fp_corrected result;
        if (!(analyses & 1u << a))
            continue;
        FP_TRY(fp_sandwich_correct(parts, method[a], scratch, &result, err));
        memcpy(out->var[a], result.var, (size_t)(parts->p * parts->p) * sizeof *result.var);
    }
    return FP_OK;
}

/* Robust alone needs no curvature: V (sum U U') V. */
static void plain_sandwich(const worker *w, const fp_power_fit *fit, int32_t p,
                           fp_power_estimates *out)
{
    double meat[P * P], work[P * P];
    ptrdiff_t clusters = w->parts.clusters;
    for (int32_t k = 0; k < p; k++)
        for (int32_t l = 0; l <= k; l++) {
            double sum = 0;
            for (ptrdiff_t j = 0; j < clusters; j++)
                sum += w->parts.score[j + k * clusters] * w->parts.score[j + l * clusters];
            meat[k + l * p] = meat[l + k * p] = sum;
        }
    fp_sandwich(fit->var, meat, p, work, out->var[FP_POWER_ROBUST]);
}

static fp_status fast_variances(worker *w, const fp_power_model *model, const fp_power_fit *fit,
                                int m, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    unsigned corrected = design->analyses & FP_POWER_SANDWICHES & ~(1u << FP_POWER_ROBUST);
    fp_power_estimates *out = &w->estimates[m];
    if (!(design->analyses & (FP_POWER_SANDWICHES | 1u << FP_POWER_PERMUTATION)))
        return FP_OK;
    fp_power_parts_fill(design, &w->trial, &w->counts, model, fit, corrected, &w->parts);
    if (m == 0)
        memcpy(w->fitted, w->parts.residual, (size_t)design->clusters * sizeof *w->fitted);
    if (analysed(w->sim, FP_POWER_ROBUST))
        plain_sandwich(w, fit, model->p, out);
    fp_cluster_parts parts = {.p = model->p,
                              .slots = design->clusters,
                              .clusters = design->clusters,
                              .rows = w->trial.n,
                              .rank = model->p,
                              .df = w->sim->df[m],
                              .score = w->parts.score,
                              .omega = w->parts.omega,
                              .bread = fit->var};
    return corrected ? fp_power_sandwiches(&parts, corrected, w->arena, out, err) : FP_OK;
}

static fp_status estimate(worker *w, int m, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_model *model = &design->model[m];
    fp_power_fit fit;
    w->estimates[m].usable = w->frailty[m].usable = false;
    if (!w->counts.deaths)
        return FP_OK;
    bool frailty = analysed(w->sim, FP_POWER_FRAILTY);
    if (!frailty && !w->sim->options->general &&
        fp_power_newton(&w->counts, model, w->sim->sums, &fit)) {
        fp_power_estimates *out = &w->estimates[m];
        out->usable = true;
        memcpy(out->beta, fit.beta, sizeof fit.beta);
        memcpy(out->var[FP_POWER_NAIVE], fit.var, sizeof fit.var);
        return fast_variances(w, model, &fit, m, err);
    }
    w->sums->by_general++;
    return fp_power_general(design, &w->trial, model, design->analyses, w->arena, &w->estimates[m],
                            &w->frailty[m], m == 0 ? w->fitted : NULL, err);
}

/* ---- one question of one trial ---- */

/* c' beta and c' V c. */
static void combine(const fp_power_question *q, int32_t p, const double *beta, const double *var,
                    double *estimate, double *variance)
{
    *estimate = *variance = 0;
    for (int32_t k = 0; k < p; k++) {
        *estimate += q->contrast[k] * beta[k];
        for (int32_t l = 0; l < p; l++)
            *variance += q->contrast[k] * var[k + l * p] * q->contrast[l];
    }
}

static void count_wald(worker *w, ptrdiff_t index, int a, const fp_power_estimates *from)
{
    const fp_power_question *q = &w->sim->design->question[index];
    int32_t p = w->sim->design->model[q->model].p;
    tally *t = &w->sums->of[index][a];
    double value, variance, naive, truth = isnan(q->truth) || w->sim->only >= 0 ? 0 : q->truth;
    double critical =
        a >= FP_POWER_KC && a <= FP_POWER_MBN ? w->sim->critical[q->model] : w->sim->critical_z;
    if (!from->usable)
        return;
    combine(q, p, from->beta, from->var[a], &value, &variance);
    combine(q, p, from->beta, from->var[FP_POWER_NAIVE], &value, &naive);
    if (!(variance > 1e-16 * naive) || !isfinite(variance) || isnan(critical))
        return;
    double se = sqrt(variance), off = value - truth;
    t->usable++;
    t->rejected += fabs(value) > critical * se;
    t->covered += fabs(off) <= critical * se;
    t->sum += off;
    t->squares += off * off;
    t->se += se;
}

/* What permutation and log-rank tests of a margin hold fixed, and compare, by arm. */
static void split_arms(const fp_power_design *design, const fp_power_question *q, int32_t *group,
                       int32_t *stratum)
{
    for (int32_t g = 0; g < design->arms; g++) {
        bool factorial = design->factors == 2 && q->permute == FP_PERMUTE_MARGIN;
        group[g] = !factorial ? g : q->factor ? g / 2 : g % 2;
        stratum[g] = !factorial ? 0 : q->factor ? g % 2 : g / 2;
    }
}

static void count_logrank(worker *w, ptrdiff_t index)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_question *q = &design->question[index];
    tally *t = &w->sums->of[index][FP_POWER_LOGRANK];
    int32_t group[A], stratum[A], groups = q->permute == FP_PERMUTE_MARGIN ? 2 : design->arms;
    double chisq = 0;
    split_arms(design, q, group, stratum);
    int df = fp_power_logrank(&w->counts, group, groups, stratum, &chisq);
    if (df < 1)
        return;
    t->usable++;
    t->rejected +=
        df == 1 ? sqrt(chisq) > w->sim->critical_z : fp_chisq_upper(chisq, df) <= design->alpha;
}

static void count_permutation(worker *w, ptrdiff_t index)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_question *q = &design->question[index];
    const fp_power_set *set = &w->sim->set[index];
    tally *t = &w->sums->of[index][FP_POWER_PERMUTATION];
    const double *residual = w->residual;
    if (q->permute == FP_PERMUTE_INTERACTION) {
        if (!w->estimates[0].usable)
            return;
        residual = w->fitted;
    } else {
        int32_t group[A], stratum[A];
        split_arms(design, q, group, stratum);
        fp_power_null_residuals(design, &w->trial, &w->counts, stratum, w->cumulative, w->own,
                                w->residual);
    }
    t->usable++;
    t->rejected += fp_power_set_far(set, residual, w->table) <= set->most_far;
}

static void count_question(worker *w, ptrdiff_t index)
{
    const simulation *sim = w->sim;
    const fp_power_question *q = &sim->design->question[index];
    for (int a = FP_POWER_NAIVE; a <= FP_POWER_MBN && !q->joint; a++)
        if (analysed(sim, (fp_power_analysis)a))
            count_wald(w, index, a, &w->estimates[q->model]);
    if (analysed(sim, FP_POWER_FRAILTY) && !q->joint)
        count_wald(w, index, FP_POWER_FRAILTY, &w->frailty[q->model]);
    if (!w->counts.deaths)
        return;
    bool one_test = q->permute == FP_PERMUTE_MARGIN || q->permute == FP_PERMUTE_GLOBAL;
    if (analysed(sim, FP_POWER_LOGRANK) && one_test)
        count_logrank(w, index);
    if (sim->has_set[index])
        count_permutation(w, index);
}

/* ---- trials ---- */

static bool needs_model(const simulation *sim, int m)
{
    bool interaction_residuals = false;
    for (ptrdiff_t q = 0; q < sim->design->questions; q++) {
        const fp_power_question *of = &sim->design->question[q];
        if (!asked(sim, q))
            continue;
        if (of->model == m && !of->joint)
            return true;
        interaction_residuals =
            interaction_residuals || (of->permute == FP_PERMUTE_INTERACTION && sim->has_set[q]);
    }
    return m == 0 && interaction_residuals;
}

static fp_status one_trial(worker *w, int64_t number, fp_err *err)
{
    const simulation *sim = w->sim;
    fp_arena_point mark = fp_arena_mark(w->arena);
    fp_power_trial_draw(sim->design, sim->eta, sim->options->seed, (uint64_t)number, &w->trial);
    fp_power_counts_fill(sim->design, &w->trial, &w->counts);
    w->sums->people += (double)w->trial.n;
    w->sums->events += (double)w->counts.deaths;
    for (int32_t g = 0; g < sim->design->arms; g++) {
        w->sums->events_arm[g] += w->counts.by_arm[g];
        w->sums->people_arm[g] += w->counts.people[g];
        w->sums->time_arm[g] += w->counts.time[g];
    }
    for (int m = 0; m < sim->design->models; m++)
        if (needs_model(sim, m))
            FP_TRY(estimate(w, m, err));
    for (ptrdiff_t q = 0; q < sim->design->questions; q++)
        if (asked(sim, q))
            count_question(w, q);
    fp_arena_rewind(w->arena, mark);
    return FP_OK;
}

static fp_status worker_create(worker *w, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    ptrdiff_t table = 0;
    FP_TRY(fp_power_trial_create(design, w->arena, &w->trial, err));
    FP_TRY(fp_power_counts_create(design, w->arena, &w->counts, err));
    FP_TRY(fp_power_parts_create(design, &w->counts, w->arena, &w->parts, err));
    for (ptrdiff_t q = 0; q < design->questions; q++)
        if (w->sim->has_set[q]) {
            ptrdiff_t room = fp_power_set_room(&w->sim->set[q]);
            table = room > table ? room : table;
        }
    FP_ARRAY(w->cumulative, w->arena, w->counts.room * A, err);
    FP_ARRAY(w->own, w->arena, w->counts.room * A, err);
    FP_ARRAY(w->residual, w->arena, design->clusters, err);
    FP_ARRAY(w->fitted, w->arena, design->clusters, err);
    FP_ARRAY(w->table, w->arena, table, err);
    return FP_OK;
}

static fp_status run_trials(simulation *sim, long chunk, chunk_sums *sums, fp_err *err)
{
    FP_ARENA_SCOPED(arena, sim->scratch, err);
    worker w = {.sim = sim, .arena = arena, .sums = sums};
    fp_piece piece = fp_piece_of(sim->options->trials, CHUNKS, chunk);
    FP_TRY(worker_create(&w, err));
    for (ptrdiff_t i = piece.first; i < piece.last; i++)
        FP_TRY(one_trial(&w, i, err));
    return FP_OK;
}

static void run_chunk(void *context, long i)
{
    simulation *sim = context;
    chunk_sums *sums = &sim->chunk[i];
    sums->status = run_trials(sim, i, sums, &sums->err);
    fp_progress_add(sim->options->work.progress, 1);
}

/* ---- results ---- */

static void add_tally(const tally *from, tally *to)
{
    to->usable += from->usable;
    to->rejected += from->rejected;
    to->covered += from->covered;
    to->sum += from->sum;
    to->squares += from->squares;
    to->se += from->se;
}

static fp_power_result summarise(const simulation *sim, ptrdiff_t q, int a, const tally *t)
{
    const fp_power_question *question = &sim->design->question[q];
    double n = (double)sim->options->trials, m = (double)t->usable, none = FP_NUM_NAN;
    double truth = sim->only >= 0 ? 0 : question->truth;
    fp_power_result r = {
        .trials = sim->options->trials, .usable = t->usable, .rejected = t->rejected};
    r.share = (double)t->rejected / n;
    r.share_error = sqrt(r.share * (1 - r.share) / n);
    r.estimate = r.bias = r.bias_error = r.sd = r.mean_se = r.coverage = r.smallest_p = none;
    if (a == FP_POWER_PERMUTATION) {
        r.smallest_p = sim->set[q].smallest_p;
        r.allocations = sim->set[q].allocations;
        r.exact = sim->set[q].exact;
    }
    if (a == FP_POWER_PERMUTATION || a == FP_POWER_LOGRANK || t->usable == 0)
        return r;
    double mean = t->sum / m;
    r.estimate = mean + (isnan(truth) ? 0 : truth);
    r.sd = t->usable > 1 ? sqrt(fmax(0, t->squares - m * mean * mean) / (m - 1)) : none;
    r.mean_se = t->se / m;
    if (isnan(truth))
        return r;
    r.bias = mean;
    r.bias_error = r.sd / sqrt(m);
    r.coverage = (double)t->covered / m;
    return r;
}

static fp_status merge(const simulation *sim, fp_arena *arena, const fp_power_result **out,
                       fp_power_trials *trials, fp_err *err)
{
    fp_power_result *result;
    fp_power_trials made = {0};
    double n = (double)sim->options->trials;
    FP_ARRAY(result, arena, sim->design->questions * FP_POWER_ANALYSES, err);
    for (ptrdiff_t q = 0; q < sim->design->questions; q++)
        for (int a = 0; a < FP_POWER_ANALYSES; a++) {
            tally all = {0};
            for (long c = 0; c < CHUNKS; c++)
                add_tally(&sim->chunk[c].of[q][a], &all);
            result[q * FP_POWER_ANALYSES + a] = summarise(sim, q, a, &all);
        }
    for (long c = 0; c < CHUNKS; c++) {
        made.people += sim->chunk[c].people / n;
        made.events += sim->chunk[c].events / n;
        made.by_general += sim->chunk[c].by_general;
        for (int32_t g = 0; g < A; g++) {
            made.events_arm[g] += sim->chunk[c].events_arm[g] / n;
            made.people_arm[g] += sim->chunk[c].people_arm[g] / n;
            made.time_arm[g] += sim->chunk[c].time_arm[g] / n;
        }
    }
    *out = result;
    if (trials)
        *trials = made;
    return FP_OK;
}

/* ---- set-up ---- */

static fp_status check(const fp_power_design *d, const fp_power_options *options, fp_err *err)
{
    if (d->arms < 2 || d->arms > A || d->clusters < d->arms || d->models < 1 || d->models > 2 ||
        d->questions < 1 || d->questions > FP_POWER_QUESTIONS || options->trials < 1)
        return fp_fail(err, FP_ARG, "power: %d arms, %td clusters, %d models, %td questions",
                       (int)d->arms, d->clusters, d->models, d->questions);
    if (!(d->follow_up >= 1) || !(d->follow_up + d->accrual <= 100000) || !(d->alpha > 0) ||
        !(d->alpha < 1) || !(d->frailty_variance >= 0))
        return fp_fail(err, FP_ARG, "power: follow-up, alpha or frailty variance out of range");
    for (ptrdiff_t j = 0; j < d->clusters; j++)
        if (d->arm[j] < 0 || d->arm[j] >= d->arms || (d->size && d->size[j] < 1))
            return fp_fail(err, FP_ARG, "power: arm or size of cluster %td", j + 1);
    return FP_OK;
}

static fp_status prepare(simulation *sim, fp_arena *arena, fp_err *err)
{
    const fp_power_design *d = sim->design;
    sim->critical_z = fp_normal_quantile(1 - d->alpha / 2);
    sim->sums = fp_power_sums_pick();
    sim->eta = sim->only < 0 ? d->eta : d->question[sim->only].null_eta;
    sim->scratch = 64 * FP_MIB + (size_t)fp_power_most_people(d) * 1024 +
                   (size_t)fp_power_days(d) * 256 + (size_t)d->clusters * 4096;
    for (int m = 0; m < d->models; m++) {
        sim->df[m] = (double)(d->clusters - 1 - d->model[m].p);
        sim->critical[m] =
            sim->df[m] > 0 ? fp_t_quantile(1 - d->alpha / 2, sim->df[m]) : FP_NUM_NAN;
    }
    for (ptrdiff_t q = 0; q < d->questions; q++) {
        if (!asked(sim, q) || !analysed(sim, FP_POWER_PERMUTATION) ||
            d->question[q].permute == FP_PERMUTE_NOTHING)
            continue;
        FP_TRY(fp_power_set_create(d, &d->question[q], sim->options, arena, &sim->set[q], err));
        sim->has_set[q] = true;
    }
    FP_ARRAY(sim->chunk, arena, CHUNKS, err);
    return FP_OK;
}

fp_status fp_power_simulate(const fp_power_design *design, const fp_power_options *options,
                            ptrdiff_t question, fp_arena *arena, const fp_power_result **result,
                            fp_power_trials *trials, fp_err *err)
{
    FP_TRY(check(design, options, err));
    FP_ARENA_SCOPED(scratch, 8 * FP_GIB, err);
    simulation *sim;
    FP_ARRAY(sim, scratch, 1, err);
    *sim = (simulation){.design = design, .options = options, .only = question};
    FP_TRY(prepare(sim, scratch, err));
    fp_progress_begin(options->work.progress, "simulated trials", NULL, CHUNKS);
    fp_parallel(options->work.threads, CHUNKS, run_chunk, sim);
    fp_progress_end(options->work.progress);
    for (long c = 0; c < CHUNKS; c++)
        if (sim->chunk[c].status != FP_OK) {
            if (err)
                *err = sim->chunk[c].err;
            return sim->chunk[c].status;
        }
    return merge(sim, arena, result, trials, err);
}
