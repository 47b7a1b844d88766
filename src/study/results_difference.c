/* Risk and restricted mean at the horizon: differences at the margins, inside the table, and the
 * interaction on the difference scale.
 *
 * theta_a is the estimate in arm a: 1 - KM at the horizon, or where somebody had a competing event
 * the cumulative incidence; or the restricted mean that goes with it. Every comparison is
 * a contrast sum c_a theta_a. Its variance is sum c_a^2 v_a, v_a the delete-one-coach jackknife in
 * arm a with n_a coaches: v_a = (n_a - 1) / n_a sum_j (theta_a(-j) - mean theta_a(-.))^2 (Rust &
 * Rao 1996, doi 10.1177/096228029600500305), with t on coaches - arms degrees of freedom;
 * Greenwood's variance, or the one of the incidence, and the normal distribution where the person
 * is the unit (docs/methods/report.md eq. 1-4). */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/dist.h"

typedef struct {
    fp_arm_estimate *risk, *rmst; /* arms */
    double df;                    /* infinite = normal, NaN = no interval */
} arms;

static fp_status estimate(const fp_build *b, const fp_times *times, ptrdiff_t without,
                          fp_arena *scratch, fp_arm_estimate *risk, fp_arm_estimate *rmst,
                          fp_err *err)
{
    fp_times kept = {0};
    FP_ARRAY(kept.time, scratch, times->n, err);
    FP_ARRAY(kept.event, scratch, times->n, err);
    FP_ARRAY(kept.cause, scratch, times->n, err);
    for (ptrdiff_t i = 0; i < times->n; i++) {
        if (without >= 0 && b->data->people[times->person[i]].coach == without)
            continue;
        kept.time[kept.n] = times->time[i];
        kept.cause[kept.n] = times->cause[i];
        kept.event[kept.n++] = times->event[i];
    }
    *risk = *rmst = (fp_arm_estimate){FP_NUM_NAN, FP_NUM_NAN};
    if (kept.n == 0)
        return FP_OK;
    fp_incidence incidence;
    FP_TRY(fp_build_incidence(b, &kept, scratch, &incidence, err));
    if (without < 0 && !fp_curve_reaches(&incidence.curve, b->spec->follow_up))
        return FP_OK;
    fp_km_point point = fp_km_at(&incidence.curve, b->spec->follow_up);
    fp_km_rmst mean = incidence.mean;
    *risk = (fp_arm_estimate){1 - point.survival, point.se * point.se};
    *rmst = (fp_arm_estimate){mean.estimate, mean.se * mean.se};
    return FP_OK;
}

static double spread(const double *value, ptrdiff_t n)
{
    double mean = 0, squares = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        mean += value[i] / (double)n;
    for (ptrdiff_t i = 0; i < n; i++)
        squares += (value[i] - mean) * (value[i] - mean);
    return n > 1 ? (double)(n - 1) / (double)n * squares : FP_NUM_NAN;
}

/* People of a coach in the list, and each coach's turn: scratch is rewound after every one. */
static fp_status jackknife(const fp_build *b, const fp_times *times, fp_arena *scratch,
                           fp_arm_estimate *risk, fp_arm_estimate *rmst, fp_err *err)
{
    double *risks, *means;
    bool *here;
    ptrdiff_t n = 0, coaches = b->data->coach_count;
    FP_ARRAY(risks, scratch, coaches, err);
    FP_ARRAY(means, scratch, coaches, err);
    FP_ARRAY(here, scratch, coaches, err);
    for (ptrdiff_t i = 0; i < times->n; i++)
        here[b->data->people[times->person[i]].coach] = true;
    for (ptrdiff_t c = 0; c < coaches; c++) {
        if (!here[c])
            continue;
        fp_arena_point mark = fp_arena_mark(scratch);
        fp_arm_estimate r, m;
        FP_TRY(estimate(b, times, c, scratch, &r, &m, err));
        risks[n] = r.estimate;
        means[n++] = m.estimate;
        fp_arena_rewind(scratch, mark);
    }
    risk->variance = spread(risks, n);
    rmst->variance = spread(means, n);
    return FP_OK;
}

static fp_status arm_estimate(const fp_build *b, ptrdiff_t a, fp_arena *scratch,
                              fp_arm_estimate *risk, fp_arm_estimate *rmst, fp_err *err)
{
    fp_group group = {.arm = a, .factor = -1};
    fp_times times;
    FP_TRY(fp_times_of(b, &group, scratch, &times, err));
    FP_TRY(estimate(b, &times, -1, scratch, risk, rmst, err));
    return b->clustered ? jackknife(b, &times, scratch, risk, rmst, err) : FP_OK;
}

/* Coaches and arms with anybody followed, and whether each coach has people in one arm only. */
static fp_status count_coaches(const fp_build *b, fp_arena *scratch, ptrdiff_t *coaches,
                               ptrdiff_t *arm_count, bool *nested, fp_err *err)
{
    ptrdiff_t *arm_of; /* 1 + arm, 0 = not seen */
    bool *arm_seen;
    FP_ARRAY(arm_of, scratch, b->data->coach_count, err);
    FP_ARRAY(arm_seen, scratch, b->data->arm_count, err);
    *coaches = *arm_count = 0;
    *nested = true;
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        const fp_person *p = &b->data->people[i];
        if (!fp_followed(b, i) || p->coach < 0 || p->arm < 0)
            continue;
        *coaches += arm_of[p->coach] == 0;
        *arm_count += !arm_seen[p->arm];
        *nested = *nested && (arm_of[p->coach] == 0 || arm_of[p->coach] == p->arm + 1);
        arm_of[p->coach] = p->arm + 1;
        arm_seen[p->arm] = true;
    }
    return FP_OK;
}

static fp_status degrees_of_freedom(fp_build *b, double *df, fp_err *err)
{
    ptrdiff_t coaches, arm_count;
    bool nested;
    *df = (double)INFINITY;
    if (!b->clustered)
        return FP_OK;
    FP_ARENA_SCOPED(scratch, 64 * FP_MIB, err);
    FP_TRY(count_coaches(b, scratch, &coaches, &arm_count, &nested, err));
    *df = nested ? (double)(coaches - arm_count) : FP_NUM_NAN;
    if (nested)
        return FP_OK;
    return fp_build_note(b, b->spec->id, err,
                         "differences at the horizon have no interval: a coach has people in more "
                         "than one arm, so the arms are not independent");
}

static fp_status all_arms(fp_build *b, arms *all, fp_err *err)
{
    FP_ARRAY(all->risk, b->arena, b->data->arm_count, err);
    FP_ARRAY(all->rmst, b->arena, b->data->arm_count, err);
    for (ptrdiff_t a = 0; a < b->data->arm_count; a++) {
        FP_ARENA_SCOPED(scratch, 1024 * FP_MIB, err);
        FP_TRY(arm_estimate(b, a, scratch, &all->risk[a], &all->rmst[a], err));
    }
    return degrees_of_freedom(b, &all->df, err);
}

static fp_status contrast_facts(fp_build *b, const fp_arm_estimate *arm, double df, const double *c,
                                fp_fact_kind kind, const fp_scope *scope, const char *analysis,
                                const char *ids[3], fp_err *err)
{
    double value = 0, variance = 0;
    for (ptrdiff_t a = 0; a < b->data->arm_count; a++) {
        if (c[a] == 0)
            continue;
        value += c[a] * arm[a].estimate;
        variance += c[a] * c[a] * arm[a].variance;
    }
    /* the same in every coach, as where nobody has the event: no spread is no precision */
    double half = variance > FP_NO_VARIANCE
                      ? fp_t_quantile(0.5 + b->options->level / 2, df) * sqrt(variance)
                      : FP_NUM_NAN;
    FP_TRY(fp_build_fact(b, kind, value, scope, analysis, "difference at the horizon", err, "%s",
                         ids[0]));
    FP_TRY(fp_build_fact(b, kind, value - half, scope, analysis, "its lower limit", err, "%s",
                         ids[1]));
    return fp_build_fact(b, kind, value + half, scope, analysis, "its upper limit", err, "%s",
                         ids[2]);
}

/* A.risk.difference, A.risk.lower, A.risk.upper, and the same of the restricted mean. */
static fp_status analysis_contrast(fp_build *b, const arms *all, const double *c, const char *id,
                                   fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    for (int scale = 0; scale < 2; scale++) {
        static const char *const quantity[] = {"difference", "lower", "upper"};
        const char *name = scale ? "rmst" : "risk", *ids[3];
        for (int q = 0; q < 3; q++) {
            ids[q] = fp_arena_printf(b->arena, err, "%s.%s.%s", id, name, quantity[q]);
            if (!ids[q])
                return FP_NOMEM;
        }
        FP_TRY(contrast_facts(b, scale ? all->rmst : all->risk, all->df, c,
                              scale ? FP_FACT_NUMBER : FP_FACT_POINTS, &scope, id, ids, err));
    }
    return FP_OK;
}

static fp_status inside_contrasts(fp_build *b, const arms *all, double *c, fp_err *err)
{
    for (ptrdiff_t a = 1; a < b->data->arm_count; a++) {
        const char *key = fp_arm_key(b->data, a);
        fp_scope scope = {.group = {.key = key, .arm = a, .factor = -1}, .set = FP_SET_FOLLOWED};
        memset(c, 0, (size_t)b->data->arm_count * sizeof *c);
        c[a] = 1;
        c[0] = -1;
        for (int scale = 0; scale < 2; scale++) {
            static const char *const quantity[] = {"difference", "lower", "upper"};
            const char *ids[3];
            for (int q = 0; q < 3; q++) {
                ids[q] = fp_arena_printf(b->arena, err, "inside.%s.%s_%s", key,
                                         scale ? "rmst" : "risk", quantity[q]);
                if (!ids[q])
                    return FP_NOMEM;
            }
            FP_TRY(contrast_facts(b, scale ? all->rmst : all->risk, all->df, c,
                                  scale ? FP_FACT_NUMBER : FP_FACT_POINTS, &scope, NULL, ids, err));
        }
    }
    return FP_OK;
}

/* Level of a factor in an arm: the first factor varies fastest. */
static int level_in_arm(const fp_protocol *plan, ptrdiff_t arm, ptrdiff_t factor)
{
    for (ptrdiff_t f = 0; f < factor; f++)
        arm /= plan->factors[f].level_count;
    return (int)(arm % plan->factors[factor].level_count);
}

fp_status fp_build_differences(fp_build *b, fp_err *err)
{
    arms all;
    double *c;
    if (b->plan->factor_count == 0)
        return FP_OK;
    FP_TRY(all_arms(b, &all, err));
    FP_ARRAY(c, b->arena, b->data->arm_count, err);
    for (ptrdiff_t e = 0; e < b->out->effect_count; e++) {
        const fp_effect *effect = &b->out->effects[e];
        for (ptrdiff_t a = 0; a < b->data->arm_count; a++)
            c[a] = (level_in_arm(b->plan, a, effect->factor) ? 2.0 : -2.0) /
                   (double)b->data->arm_count;
        FP_TRY(analysis_contrast(b, &all, c, effect->spec->id, err));
    }
    for (ptrdiff_t x = 0; x < b->out->interaction_count; x++) {
        for (ptrdiff_t a = 0; a < b->data->arm_count; a++)
            c[a] = level_in_arm(b->plan, a, 0) == level_in_arm(b->plan, a, 1) ? 1 : -1;
        FP_TRY(analysis_contrast(b, &all, c, b->out->interactions[x].spec->id, err));
        FP_TRY(fp_build_synergy(b, &b->out->interactions[x], all.risk, all.df, err));
    }
    return b->data->arm_count > 2 ? inside_contrasts(b, &all, c, err) : FP_OK;
}
