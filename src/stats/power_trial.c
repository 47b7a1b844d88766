/* One simulated trial: its estimates, and what is counted of them. */
#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/power_run_priv.h"

enum { A = FP_POWER_ARMS, P = FP_POWER_TERMS };

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
static void plain_sandwich(const fp_power_worker *w, const fp_power_fit *fit, int32_t p,
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

static fp_status fast_variances(fp_power_worker *w, const fp_power_fit *fit, int m, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_model *model = &design->model[m];
    int32_t p = model->p + design->covariates;
    unsigned corrected = design->analyses & FP_POWER_SANDWICHES & ~(1u << FP_POWER_ROBUST);
    fp_power_estimates *out = &w->estimates[m];
    if (!(design->analyses & (FP_POWER_SANDWICHES | 1u << FP_POWER_PERMUTATION)))
        return FP_OK;
    if (design->covariates)
        fp_power_cox_parts(design, &w->trial, &w->counts, &w->cox, corrected, &w->parts);
    else
        fp_power_parts_fill(design, &w->trial, &w->counts, model, fit, corrected, &w->parts);
    if (m == 0)
        memcpy(w->fitted, w->parts.residual, (size_t)design->clusters * sizeof *w->fitted);
    if (fp_power_analysed(w->sim, FP_POWER_ROBUST))
        plain_sandwich(w, fit, p, out);
    fp_cluster_parts parts = {.p = p,
                              .slots = design->clusters,
                              .clusters = design->clusters,
                              .rows = w->trial.n,
                              .rank = p,
                              .df = w->sim->df[m],
                              .score = w->parts.score,
                              .omega = w->parts.omega,
                              .bread = fit->var};
    return corrected ? fp_power_sandwiches(&parts, corrected, w->arena, out, err) : FP_OK;
}

/* By the fast paths: of the arms alone, or person by person. */
static bool fit_fast(fp_power_worker *w, const fp_power_model *model, fp_power_fit *fit)
{
    const fp_power_design *design = w->sim->design;
    if (fp_power_analysed(w->sim, FP_POWER_FRAILTY) || w->sim->options->general)
        return false;
    if (!design->covariates)
        return fp_power_newton(&w->counts, model, w->sim->sums, fit);
    fp_power_cox_fill(design, &w->trial, &w->counts, model, NULL, &w->cox);
    return fp_power_cox_newton(&w->trial, &w->counts, &w->cox, fit);
}

static fp_status estimate(fp_power_worker *w, int m, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_model *model = &design->model[m];
    fp_power_fit fit;
    w->estimates[m].usable = w->frailty[m].usable = false;
    if (!w->counts.deaths)
        return FP_OK;
    if (fit_fast(w, model, &fit)) {
        fp_power_estimates *out = &w->estimates[m];
        out->usable = true;
        memcpy(out->beta, fit.beta, sizeof fit.beta);
        memcpy(out->var[FP_POWER_NAIVE], fit.var, sizeof fit.var);
        return fast_variances(w, &fit, m, err);
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

static void count_wald(fp_power_worker *w, ptrdiff_t index, int a, const fp_power_estimates *from)
{
    const fp_power_question *q = &w->sim->design->question[index];
    int32_t p = w->sim->design->model[q->model].p + w->sim->design->covariates;
    fp_power_tally *t = &w->sums->of[index][a];
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

int32_t fp_power_level(const fp_power_design *design, int32_t arm, int32_t factor)
{
    for (int32_t f = 0; f < factor; f++)
        arm /= design->levels[f];
    return arm % design->levels[factor];
}

int32_t fp_power_others(const fp_power_design *design, int32_t arm, int32_t factor)
{
    int32_t below = 1, level = fp_power_level(design, arm, factor);
    for (int32_t f = 0; f < factor; f++)
        below *= design->levels[f];
    return arm % below + below * ((arm / below - level) / design->levels[factor]);
}

bool fp_power_of_factor(const fp_power_question *q)
{
    return q->permute == FP_PERMUTE_MARGIN || q->permute == FP_PERMUTE_LEVELS;
}

void fp_power_split_arms(const fp_power_design *design, const fp_power_question *q, int32_t *group,
                         int32_t *stratum)
{
    for (int32_t g = 0; g < design->arms; g++) {
        group[g] = fp_power_of_factor(q) ? fp_power_level(design, g, q->factor) : g;
        stratum[g] = fp_power_of_factor(q) ? fp_power_others(design, g, q->factor) : 0;
    }
}

static void count_logrank(fp_power_worker *w, ptrdiff_t index)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_question *q = &design->question[index];
    fp_power_tally *t = &w->sums->of[index][FP_POWER_LOGRANK];
    int32_t group[A], stratum[A],
        groups = fp_power_of_factor(q) ? design->levels[q->factor] : design->arms;
    double chisq = 0;
    fp_power_split_arms(design, q, group, stratum);
    int df = fp_power_logrank(&w->counts, group, groups, stratum, &chisq);
    if (df < 1)
        return;
    t->usable++;
    t->rejected +=
        df == 1 ? sqrt(chisq) > w->sim->critical_z : fp_chisq_upper(chisq, df) <= design->alpha;
}

/* Residuals of the null model of a question, stratified by what it holds fixed: without terms, or
 * with the covariates. False: they could not be fitted. */
static bool null_residuals(fp_power_worker *w, const fp_power_question *q)
{
    const fp_power_design *design = w->sim->design;
    int32_t group[A], stratum[A];
    fp_power_fit fit;
    fp_power_split_arms(design, q, group, stratum);
    if (!design->covariates) {
        fp_power_null_residuals(design, &w->trial, &w->counts, stratum, w->cumulative, w->own,
                                w->residual);
        return true;
    }
    fp_power_cox_fill(design, &w->trial, &w->counts, NULL, stratum, &w->cox);
    if (!fp_power_cox_newton(&w->trial, &w->counts, &w->cox, &fit))
        return false;
    fp_power_cox_residuals(&w->trial, &w->counts, &w->cox, design->clusters, w->residual);
    return true;
}

static void count_permutation(fp_power_worker *w, ptrdiff_t index)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_question *q = &design->question[index];
    const fp_power_set *set = &w->sim->set[index];
    fp_power_tally *t = &w->sums->of[index][FP_POWER_PERMUTATION];
    const double *residual = w->residual;
    if (q->permute == FP_PERMUTE_INTERACTION) {
        if (!w->estimates[0].usable)
            return;
        residual = w->fitted;
    } else if (!null_residuals(w, q)) {
        return;
    }
    t->usable++;
    t->rejected += fp_power_set_far(set, residual, w->table) <= set->most_far;
}

static void count_question(fp_power_worker *w, ptrdiff_t index)
{
    const fp_power_run *sim = w->sim;
    const fp_power_question *q = &sim->design->question[index];
    for (int a = FP_POWER_NAIVE; a <= FP_POWER_MBN && !q->joint; a++)
        if (fp_power_analysed(sim, (fp_power_analysis)a))
            count_wald(w, index, a, &w->estimates[q->model]);
    if (fp_power_analysed(sim, FP_POWER_FRAILTY) && !q->joint)
        count_wald(w, index, FP_POWER_FRAILTY, &w->frailty[q->model]);
    if (!w->counts.deaths)
        return;
    bool one_test = fp_power_of_factor(q) || q->permute == FP_PERMUTE_GLOBAL;
    if (fp_power_analysed(sim, FP_POWER_LOGRANK) && one_test)
        count_logrank(w, index);
    if (sim->has_set[index])
        count_permutation(w, index);
}

/* ---- trials ---- */

static bool needs_model(const fp_power_run *sim, int m)
{
    bool interaction_residuals = false;
    for (ptrdiff_t q = 0; q < sim->design->questions; q++) {
        const fp_power_question *of = &sim->design->question[q];
        if (!fp_power_asked(sim, q))
            continue;
        if (of->model == m && !of->joint)
            return true;
        interaction_residuals =
            interaction_residuals || (of->permute == FP_PERMUTE_INTERACTION && sim->has_set[q]);
    }
    return m == 0 && interaction_residuals;
}

fp_status fp_power_one_trial(fp_power_worker *w, int64_t number, fp_err *err)
{
    const fp_power_run *sim = w->sim;
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
        if (fp_power_asked(sim, q))
            count_question(w, q);
    fp_arena_rewind(w->arena, mark);
    return FP_OK;
}
