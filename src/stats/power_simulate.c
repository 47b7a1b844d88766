/* The trials of a simulation and what is counted over them. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/power_measure_priv.h"

enum { A = FP_POWER_ARMS, CHUNKS = 64 };

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

static bool is_measured(const fp_power_run *sim)
{
    return sim->design->measure.outcome != FP_POWER_TIME;
}

static fp_status worker_create_time(fp_power_worker *w, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    FP_TRY(fp_power_counts_create(design, w->arena, &w->counts, err));
    FP_TRY(fp_power_parts_create(design, &w->counts, w->arena, &w->parts, err));
    if (design->covariates)
        FP_TRY(fp_power_cox_create(design, &w->counts, w->arena, &w->cox, err));
    FP_ARRAY(w->cumulative, w->arena, w->counts.room * A, err);
    FP_ARRAY(w->own, w->arena, w->counts.room * A, err);
    FP_ARRAY(w->fitted, w->arena, design->clusters, err);
    return FP_OK;
}

static fp_status worker_create(fp_power_worker *w, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    ptrdiff_t table = 0;
    FP_TRY(fp_power_trial_create(design, w->arena, &w->trial, err));
    if (is_measured(w->sim))
        FP_TRY(fp_power_rows_create(design, w->arena, &w->rows, err));
    else
        FP_TRY(worker_create_time(w, err));
    for (ptrdiff_t q = 0; q < design->questions; q++)
        if (w->sim->has_set[q]) {
            ptrdiff_t room = fp_power_set_room(&w->sim->set[q]);
            table = room > table ? room : table;
        }
    FP_ARRAY(w->residual, w->arena, design->clusters, err);
    FP_ARRAY(w->table, w->arena, table, err);
    FP_ARRAY(w->tests, w->arena, design->questions * FP_POWER_ANALYSES, err);
    return FP_OK;
}

static fp_status run_trials(fp_power_run *sim, long chunk, fp_power_sums *sums, fp_err *err)
{
    FP_ARENA_SCOPED(arena, sim->scratch, err);
    fp_power_worker w = {.sim = sim, .arena = arena, .sums = sums};
    fp_piece piece = fp_piece_of(sim->options->trials, CHUNKS, chunk);
    FP_TRY(worker_create(&w, err));
    for (ptrdiff_t i = piece.first; i < piece.last; i++)
        FP_TRY(is_measured(sim) ? fp_power_measure_trial(&w, i, err)
                                : fp_power_one_trial(&w, i, err));
    return FP_OK;
}

static void run_chunk(void *context, long i)
{
    fp_power_run *sim = context;
    fp_power_sums *sums = &sim->chunk[i];
    sums->status = run_trials(sim, i, sums, &sums->err);
    fp_progress_add(sim->options->work.progress, 1);
}

/* ---- results ---- */

static void add_tally(const fp_power_tally *from, fp_power_tally *to)
{
    to->usable += from->usable;
    to->rejected += from->rejected;
    to->covered += from->covered;
    to->sum += from->sum;
    to->squares += from->squares;
    to->se += from->se;
}

bool fp_power_permutes(int analysis)
{
    return analysis == FP_POWER_PERMUTATION || analysis == FP_POWER_MEANS;
}

bool fp_power_estimates_effect(const fp_power_measure *measure, int analysis)
{
    if (analysis == FP_POWER_TTEST) /* of means, whatever the effect */
        return !fp_power_is_ratio(measure->effect);
    return !fp_power_permutes(analysis) && analysis != FP_POWER_LOGRANK;
}

static fp_power_result summarise(const fp_power_run *sim, ptrdiff_t q, int a,
                                 const fp_power_tally *t)
{
    const fp_power_question *question = &sim->design->question[q];
    double n = (double)sim->options->trials, m = (double)t->usable, none = FP_NUM_NAN;
    double truth = sim->only >= 0 ? 0 : question->truth;
    fp_power_result r = {
        .trials = sim->options->trials, .usable = t->usable, .rejected = t->rejected};
    r.share = (double)t->rejected / n;
    r.share_error = sqrt(r.share * (1 - r.share) / n);
    r.estimate = r.bias = r.bias_error = r.sd = r.mean_se = r.coverage = r.smallest_p = none;
    if (fp_power_permutes(a)) {
        r.smallest_p = sim->set[q].smallest_p;
        r.allocations = sim->set[q].allocations;
        r.exact = sim->set[q].exact;
    }
    if (!fp_power_estimates_effect(&sim->design->measure, a) || t->usable == 0)
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

static fp_status merge(const fp_power_run *sim, fp_arena *arena, const fp_power_result **out,
                       fp_power_trials *trials, fp_err *err)
{
    fp_power_result *result;
    fp_power_trials made = {0};
    double n = (double)sim->options->trials;
    FP_ARRAY(result, arena, sim->design->questions * FP_POWER_ANALYSES, err);
    for (ptrdiff_t q = 0; q < sim->design->questions; q++)
        for (int a = 0; a < FP_POWER_ANALYSES; a++) {
            fp_power_tally all = {0};
            for (long c = 0; c < CHUNKS; c++)
                add_tally(&sim->chunk[c].of[q][a], &all);
            result[q * FP_POWER_ANALYSES + a] = summarise(sim, q, a, &all);
        }
    for (long c = 0; c < CHUNKS; c++) {
        made.people += sim->chunk[c].people / n;
        made.events += sim->chunk[c].events / n;
        made.answers += sim->chunk[c].answers / n;
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
    if (d->arms < 2 || d->arms > A || d->clusters < d->arms || d->models < 1 ||
        d->models > FP_POWER_MODELS || d->questions < 1 || d->questions > FP_POWER_QUESTIONS ||
        options->trials < 1)
        return fp_fail(err, FP_ARG, "power: %d arms, %td clusters, %d models, %td questions",
                       (int)d->arms, d->clusters, d->models, d->questions);
    if (d->measure.outcome != FP_POWER_TIME)
        FP_TRY(fp_power_measure_check(d, err));
    else if (!(d->follow_up >= 1) || !(d->follow_up + d->accrual <= 100000) || !(d->alpha > 0) ||
             !(d->alpha < 1) || !(d->frailty_variance >= 0))
        return fp_fail(err, FP_ARG, "power: follow-up, alpha or frailty variance out of range");
    if (d->covariates < 0 || d->covariates > FP_POWER_COVARIATES)
        return fp_fail(err, FP_ARG, "power: %d covariates", (int)d->covariates);
    for (ptrdiff_t j = 0; j < d->clusters; j++)
        if (d->arm[j] < 0 || d->arm[j] >= d->arms || (d->size && d->size[j] < 1))
            return fp_fail(err, FP_ARG, "power: arm or size of cluster %td", j + 1);
    return FP_OK;
}

/* Bytes that a worker may take. */
static size_t scratch_of(const fp_power_design *d)
{
    size_t people = (size_t)fp_power_most_people(d), clusters = (size_t)d->clusters;
    size_t columns = (size_t)(d->measure.waves * (d->model[d->models - 1].p + 1));
    if (d->measure.outcome != FP_POWER_TIME)
        return 256 * FP_MIB + people * (size_t)d->measure.waves * (columns + 8) * 64 +
               clusters * 4096 * columns;
    return 64 * FP_MIB + people * (d->covariates ? 4096 : 1024) + (size_t)fp_power_days(d) * 256 +
           clusters * 4096;
}

static fp_status prepare(fp_power_run *sim, fp_arena *arena, fp_err *err)
{
    const fp_power_design *d = sim->design;
    sim->critical_z = fp_normal_quantile(1 - d->alpha / 2);
    sim->sums = fp_power_sums_pick();
    sim->eta = sim->only < 0 ? d->eta : d->question[sim->only].null_eta;
    sim->scratch = scratch_of(d);
    if (is_measured(sim))
        FP_TRY(fp_power_scheme_make(d, sim->eta, &sim->scheme, err));
    for (int m = 0; m < d->models; m++) {
        sim->df[m] = (double)(d->clusters - 1 - d->model[m].p);
        sim->critical[m] =
            sim->df[m] > 0 ? fp_t_quantile(1 - d->alpha / 2, sim->df[m]) : FP_NUM_NAN;
    }
    for (ptrdiff_t q = 0; q < d->questions; q++) {
        bool permuted =
            fp_power_analysed(sim, FP_POWER_PERMUTATION) || fp_power_analysed(sim, FP_POWER_MEANS);
        if (!fp_power_asked(sim, q) || !permuted || d->question[q].permute == FP_PERMUTE_NOTHING)
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
    fp_power_run *sim;
    FP_ARRAY(sim, scratch, 1, err);
    *sim = (fp_power_run){.design = design, .options = options, .only = question};
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
