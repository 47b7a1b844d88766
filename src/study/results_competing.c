/* Competing events: what happens instead of 1 - Kaplan-Meier, Gray's test and Fine-Gray beside the
 * cause-specific effects. docs/methods/report.md, docs/methods/competing-events.md. */
#include "study/results_priv.h"

#include <math.h>
#include <string.h>

#include "stats/dist.h"
#include "stats/finegray.h"

enum { EVENT, COMPETING, CAUSES };

bool fp_anybody_competes(const fp_build *b)
{
    for (ptrdiff_t i = 0; b->primary && i < b->data->person_count; i++)
        if (b->primary->people[i].fate == FP_FATE_COMPETING)
            return true;
    return false;
}

static fp_survdata view(const fp_times *times)
{
    return (fp_survdata){.n = times->n, .stop = times->time, .event = times->cause, .strata = 1};
}

/* ---- One curve ---- */

/* 1 - F with bounds, as an fp_km_curve. Where everybody had an event the curve is known for good:
 * one step more, at the horizon. */
static fp_status turn(const fp_cif_curves *c, int horizon, fp_arena *arena, fp_km_curve *curve,
                      fp_err *err)
{
    ptrdiff_t n = c->length;
    bool known = c->free[n - 1] <= 0 && c->time[n - 1] < horizon;
    double *array[8];
    for (int k = 0; k < 8; k++)
        FP_ARRAY(array[k], arena, n + 1, err);
    for (ptrdiff_t i = 0; i <= n; i++) {
        ptrdiff_t from = i < n ? i : n - 1;
        const double row[8] = {
            i < n ? c->time[i] : horizon, i < n ? c->at_risk[i] : 0, i < n ? c->event[i] : 0,
            i < n ? c->censored[i] : 0,   1 - c->cif[from],          c->se[from],
            1 - c->upper[from],           1 - c->lower[from]};
        for (int k = 0; k < 8; k++)
            array[k][i] = row[k];
    }
    *curve = (fp_km_curve){.n = c->n,
                           .events = c->events[EVENT],
                           .length = n + known,
                           .time = array[0],
                           .at_risk = array[1],
                           .event = array[2],
                           .censored = array[3],
                           .survival = array[4],
                           .se = array[5],
                           .lower = array[6],
                           .upper = array[7]};
    return FP_OK;
}

fp_status fp_build_incidence(const fp_build *b, const fp_times *times, fp_arena *arena,
                             fp_incidence *out, fp_err *err)
{
    fp_survdata data = {.n = times->n, .stop = times->time, .event = times->event, .strata = 1};
    int horizon = b->spec->follow_up;
    *out = (fp_incidence){.competing = 0};
    if (!b->competes) {
        fp_km_options options = fp_km_defaults();
        options.level = b->options->level;
        FP_TRY(fp_km(&data, &options, arena, &out->curve, err));
        out->mean = fp_km_rmst_of(&out->curve, horizon);
        return FP_OK;
    }
    fp_cif_options options = fp_cif_defaults();
    fp_cif_curves curves;
    fp_cif_mean lost;
    options.level = b->options->level;
    data = view(times);
    FP_TRY(fp_cif(&data, CAUSES, &options, arena, &curves, err));
    FP_TRY(fp_cif_lost(&data, &curves, EVENT, horizon, arena, &lost, err));
    FP_TRY(turn(&curves, horizon, arena, &out->curve, err));
    out->mean = (fp_km_rmst){horizon, horizon - lost.estimate, lost.se};
    ptrdiff_t at = fp_cif_index(&curves, horizon);
    out->competing = at < 0 ? 0 : curves.cif[at + COMPETING * curves.length];
    return FP_OK;
}

/* ---- Stacked, by arm ---- */

fp_status fp_build_stack(fp_build *b, fp_err *err)
{
    fp_cif_stratum *stack;
    fp_group *groups;
    ptrdiff_t most = b->plan->factor_count ? b->data->arm_count : 1;
    if (!b->competes)
        return FP_OK;
    b->out->competes = true;
    FP_ARRAY(stack, b->arena, most, err);
    FP_ARRAY(groups, b->arena, most, err);
    for (ptrdiff_t a = 0; a < most; a++) {
        fp_group group = {.key = fp_arm_key(b->data, a), .arm = a, .factor = -1};
        fp_times times;
        if (b->plan->factor_count == 0)
            group = fp_group_total();
        FP_TRY(fp_times_of(b, &group, b->arena, &times, err));
        if (times.n == 0)
            continue;
        fp_survdata data = view(&times);
        ptrdiff_t s = b->out->stack_count++;
        groups[s] = group;
        stack[s].label = group.key;
        FP_TRY(fp_cif(&data, CAUSES, NULL, b->arena, &stack[s].curves, err));
    }
    b->out->stack = stack;
    b->out->stack_groups = groups;
    return FP_OK;
}

/* ---- Beside the effect of a factor ---- */

/* Level of a factor of everybody followed; the levels of the others crossed. */
static fp_status levels_of(const fp_build *b, const fp_times *times, ptrdiff_t factor,
                           fp_arena *scratch, int32_t **level, int32_t **rest, int32_t *rests,
                           fp_err *err)
{
    FP_ARRAY(*level, scratch, times->n, err);
    FP_ARRAY(*rest, scratch, times->n, err);
    *rests = 1;
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        if (f != factor)
            *rests *= (int32_t)b->plan->factors[f].level_count;
    for (ptrdiff_t i = 0; i < times->n; i++) {
        const fp_person *p = &b->data->people[times->person[i]];
        (*level)[i] = p->level[factor];
        for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
            if (f != factor)
                (*rest)[i] = (*rest)[i] * (int32_t)b->plan->factors[f].level_count + p->level[f];
    }
    return FP_OK;
}

static fp_status gray_facts(fp_build *b, const fp_times *times, const fp_effect *e,
                            const int32_t *level, const int32_t *rest, int32_t rests,
                            fp_arena *scratch, fp_err *err)
{
    fp_survdata data = view(times);
    fp_gray_result gray;
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    data.stratum = rest;
    data.strata = rests;
    FP_TRY(fp_gray(&data, EVENT + 1, level, (int32_t)b->plan->factors[e->factor].level_count, 0,
                   scratch, &gray, err));
    FP_TRY(fp_build_fact(b, FP_FACT_NUMBER, gray.chisq, &scope, e->spec->id,
                         "Gray's test of the cumulative incidence, chi-square", err,
                         "%s.gray.chisq", e->spec->id));
    return fp_build_fact(b, FP_FACT_P, gray.p, &scope, e->spec->id, "p-value of Gray's test", err,
                         "%s.gray.p", e->spec->id);
}

/* The factor, and a column for every other combination of levels but the first. */
static fp_status fit_finegray(const fp_build *b, const fp_times *times, const int32_t *level,
                              const int32_t *rest, int32_t rests, fp_arena *scratch,
                              fp_finegray_fit *fit, fp_err *err)
{
    double *x;
    int32_t *coach = NULL;
    FP_ARRAY(x, scratch, times->n * rests, err);
    if (b->clustered)
        FP_ARRAY(coach, scratch, times->n, err);
    for (ptrdiff_t i = 0; i < times->n; i++) {
        x[i] = level[i];
        if (rest[i] > 0)
            x[i + rest[i] * times->n] = 1;
        if (coach)
            coach[i] = (int32_t)b->data->people[times->person[i]].coach;
    }
    fp_survdata data = view(times);
    fp_finegray_options options = fp_finegray_defaults();
    options.threads = b->options->threads;
    return fp_finegray(&data, EVENT + 1, rests, x, coach, b->data->coach_count, &options, scratch,
                       fit, err);
}

static fp_status finegray_facts(fp_build *b, const fp_finegray_fit *fit, const fp_effect *e,
                                fp_err *err)
{
    fp_scope scope = {.group = fp_group_total(), .set = FP_SET_FOLLOWED};
    double ratio = FP_NUM_NAN, lower = FP_NUM_NAN, upper = FP_NUM_NAN, p = FP_NUM_NAN;
    double df = b->clustered ? (double)(fit->clusters - b->data->arm_count) : (double)INFINITY;
    bool fitted = fit->state == FP_FINEGRAY_CONVERGED && !isnan(fit->beta[0]);
    double se = fitted ? sqrt(fit->robust[0]) : 0;
    if (fitted)
        ratio = exp(fit->beta[0]);
    if (fitted && se > 1e-8 * sqrt(fit->var[0]) && df > 0) {
        double half = fp_t_quantile(0.5 + b->options->level / 2, df) * se;
        lower = exp(fit->beta[0] - half);
        upper = exp(fit->beta[0] + half);
        p = fp_t_two_sided(fit->beta[0] / se, df);
    }
    const char *id = e->spec->id;
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, ratio, &scope, id,
                         "ratio of subdistribution hazards (Fine-Gray)", err, "%s.%s.shr", id,
                         e->term));
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, lower, &scope, id, "its lower limit", err,
                         "%s.%s.shr_lower", id, e->term));
    FP_TRY(fp_build_fact(b, FP_FACT_RATIO, upper, &scope, id, "its upper limit", err,
                         "%s.%s.shr_upper", id, e->term));
    return fp_build_fact(b, FP_FACT_P, p, &scope, id,
                         "p-value of the ratio of subdistribution hazards", err, "%s.%s.shr_p", id,
                         e->term);
}

fp_status fp_build_competing(fp_build *b, fp_err *err)
{
    fp_group total = fp_group_total();
    fp_times times;
    if (!b->competes || b->out->effect_count == 0)
        return FP_OK;
    FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
    FP_TRY(fp_times_of(b, &total, scratch, &times, err));
    for (ptrdiff_t i = 0; i < times.n; i++) {
        const fp_person *p = &b->data->people[times.person[i]];
        if (!p->level || (b->clustered && p->coach < 0))
            return FP_OK; /* somebody without an arm or a coach: there is nothing to compare */
    }
    for (ptrdiff_t k = 0; k < b->out->effect_count; k++) {
        const fp_effect *e = &b->out->effects[k];
        int32_t *level, *rest, rests;
        fp_finegray_fit fit;
        FP_TRY(levels_of(b, &times, e->factor, scratch, &level, &rest, &rests, err));
        FP_TRY(gray_facts(b, &times, e, level, rest, rests, scratch, err));
        FP_TRY(fit_finegray(b, &times, level, rest, rests, scratch, &fit, err));
        FP_TRY(finegray_facts(b, &fit, e, err));
    }
    return FP_OK;
}
