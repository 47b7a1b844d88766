/* One simulated trial of what is measured: its analyses, and what is counted of them. */
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dist.h"
#include "stats/power_measure_priv.h"

enum {
    GLM = FP_POWER_SANDWICHES | 1 << FP_POWER_NAIVE,
    GEE =
        1 << FP_POWER_GEE | 1 << FP_POWER_GEE_ROBUST | 1 << FP_POWER_GEE_KC | 1 << FP_POWER_GEE_MD,
    LMM = 1 << FP_POWER_LMM | 1 << FP_POWER_LMM_KR,
    PERMUTED = 1 << FP_POWER_PERMUTATION | 1 << FP_POWER_MEANS,
};

unsigned fp_power_analyses_of(const fp_power_measure *m, bool individual)
{
    unsigned survival =
        GLM | 1u << FP_POWER_PERMUTATION | 1u << FP_POWER_LOGRANK | 1u << FP_POWER_FRAILTY;
    unsigned mixed = m->outcome == FP_POWER_CONTINUOUS ? (unsigned)LMM : 0;
    if (m->outcome == FP_POWER_TIME)
        return individual ? 1u << FP_POWER_NAIVE | 1u << FP_POWER_ROBUST | 1u << FP_POWER_LOGRANK
                          : survival;
    if (m->adjusted) /* the others compare answers as they are */
        return GLM | GEE | mixed;
    if (!individual)
        return GLM | GEE | mixed | PERMUTED | 1u << FP_POWER_TTEST;
    return m->waves == 1 ? 1u << FP_POWER_NAIVE | 1u << FP_POWER_ROBUST
                         : GLM | GEE | mixed | 1u << FP_POWER_TTEST;
}

/* ---- counting ---- */

static void count_test(fp_power_worker *w, ptrdiff_t index, int a, const fp_power_test *test)
{
    const fp_power_design *design = w->sim->design;
    const fp_power_question *q = &design->question[index];
    fp_power_tally *t = &w->sums->of[index][a];
    double truth = isnan(q->truth) || w->sim->only >= 0 ? 0 : q->truth;
    double off = test->estimate - truth;
    if (!test->usable)
        return;
    t->usable++;
    t->rejected += fp_t_two_sided(test->estimate / test->se, test->df) <= design->alpha;
    if (!fp_power_estimates_effect(&design->measure, a))
        return;
    t->covered += fp_t_two_sided(off / test->se, test->df) >= design->alpha;
    t->sum += off;
    t->squares += off * off;
    t->se += test->se;
}

/* By sums over clusters, or by their means; a cluster without an answer counts as one whose mean is
 * the expected one. */
static fp_status count_permuted(fp_power_worker *w, ptrdiff_t index, fp_err *err)
{
    const fp_power_run *sim = w->sim;
    const fp_power_set *set = &sim->set[index];
    double *weight;
    bool usable;
    FP_ARRAY(weight, w->arena, sim->design->clusters, err);
    FP_TRY(fp_power_measure_residuals(w, &sim->design->question[index], w->residual, weight,
                                      &usable, err));
    for (int a = FP_POWER_PERMUTATION; usable; a = FP_POWER_MEANS) {
        fp_power_tally *t = &w->sums->of[index][a];
        if (fp_power_analysed(sim, (fp_power_analysis)a)) {
            t->usable++;
            t->rejected += fp_power_set_far(set, w->residual, w->table) <= set->most_far;
        }
        if (a == FP_POWER_MEANS)
            break;
        for (ptrdiff_t j = 0; j < sim->design->clusters; j++)
            w->residual[j] = weight[j] > 0 ? w->residual[j] / weight[j] : 0;
    }
    return FP_OK;
}

/* ---- a trial ---- */

static fp_status analyse(fp_power_worker *w, int model, fp_err *err)
{
    const fp_power_design *design = w->sim->design;
    fp_power_regression r;
    FP_TRY(fp_power_regression_make(design, &w->rows, model, w->arena, &r, err));
    if (r.data.n <= r.p)
        return FP_OK;
    if (design->analyses & GLM)
        FP_TRY(fp_power_glm_tests(w, &r, w->tests, err));
    if (design->analyses & GEE)
        FP_TRY(fp_power_gee_tests(w, &r, w->tests, err));
    if (design->analyses & LMM)
        FP_TRY(fp_power_lmm_tests(w, &r, w->tests, err));
    if (design->analyses & 1u << FP_POWER_TTEST)
        FP_TRY(fp_power_means_tests(w, &r, w->tests, err));
    return FP_OK;
}

static void count_rows(fp_power_worker *w)
{
    const fp_power_design *design = w->sim->design;
    bool binary = design->measure.outcome == FP_POWER_BINARY;
    w->sums->people += (double)w->trial.n;
    w->sums->answers += (double)w->rows.n;
    for (ptrdiff_t i = 0; i < w->rows.n; i++) {
        int32_t arm = design->arm[w->rows.cluster[i]];
        if (w->rows.wave[i] + 1 < design->measure.waves)
            continue;
        w->sums->people_arm[arm] += 1;
        w->sums->events += binary ? w->rows.y[i] : 0;
        w->sums->events_arm[arm] += binary ? w->rows.y[i] : 0;
    }
}

static bool asks_for(const fp_power_run *sim, int model)
{
    for (ptrdiff_t q = 0; q < sim->design->questions; q++)
        if (fp_power_asked(sim, q) && !sim->design->question[q].joint &&
            sim->design->question[q].model == model)
            return true;
    return false;
}

fp_status fp_power_measure_trial(fp_power_worker *w, int64_t number, fp_err *err)
{
    const fp_power_run *sim = w->sim;
    const fp_power_design *design = sim->design;
    fp_arena_point mark = fp_arena_mark(w->arena);
    memset(w->tests, 0, (size_t)(design->questions * FP_POWER_ANALYSES) * sizeof *w->tests);
    fp_power_rows_draw(design, &sim->scheme, sim->options->seed, (uint64_t)number, &w->trial,
                       &w->rows);
    count_rows(w);
    for (int m = 0; m < design->models; m++)
        if (asks_for(sim, m))
            FP_TRY(analyse(w, m, err));
    for (ptrdiff_t q = 0; q < design->questions; q++) {
        if (!fp_power_asked(sim, q))
            continue;
        for (int a = 0; a < FP_POWER_ANALYSES; a++)
            count_test(w, q, a, &w->tests[q * FP_POWER_ANALYSES + a]);
        if (sim->has_set[q])
            FP_TRY(count_permuted(w, q, err));
    }
    fp_arena_rewind(w->arena, mark);
    return FP_OK;
}

/* ---- what a design must be ---- */

fp_status fp_power_measure_check(const fp_power_design *d, fp_err *err)
{
    const fp_power_measure *m = &d->measure;
    if (m->waves < 1 || m->waves > FP_POWER_WAVES || !(m->drop_out >= 0) || !(m->drop_out < 1) ||
        fabs(m->at[m->waves - 1] - 1) > 1e-12 || !(d->alpha > 0) || !(d->alpha < 1))
        return fp_fail(err, FP_ARG, "power: %d waves, drop-out %g, alpha %g", (int)m->waves,
                       m->drop_out, d->alpha);
    for (int32_t t = 1; t < m->waves; t++)
        if (!(m->at[t] > m->at[t - 1]))
            return fp_fail(err, FP_ARG, "power: wave %d is not after the one before", (int)t + 1);
    if (d->analyses & ~fp_power_analyses_of(m, d->individual))
        return fp_fail(err, FP_ARG, "power: an analysis that this outcome has not");
    return FP_OK;
}
