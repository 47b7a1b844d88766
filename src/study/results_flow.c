/* Who was there and what became of them: groups, flow, and the outcome of each group. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fp_status fp_build_groups(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    ptrdiff_t room = 1 + b->data->arm_count, n = 0;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        room += plan->factors[f].level_count;
    fp_group *groups;
    FP_ARRAY(groups, b->arena, room, err);
    groups[n++] = fp_group_total();
    for (ptrdiff_t a = 0; plan->factor_count && a < b->data->arm_count; a++)
        groups[n++] = (fp_group){.key = fp_arm_key(b->data, a), .arm = a, .factor = -1};
    /* With one factor the arms are its margins already, but reports name both. */
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        for (int l = 0; l < plan->factors[f].level_count; l++) {
            groups[n] = fp_group_margin(b, f, l, err);
            if (!groups[n++].key)
                return FP_NOMEM;
        }
    b->out->groups = groups;
    b->out->group_count = n;
    return FP_OK;
}

/* Distinct reasons of those with that fate, in the order in which they first occur. */
static fp_status collect_reasons(fp_build *b, fp_fate fate, ptrdiff_t *count,
                                 const char *const **out, fp_err *err)
{
    enum { MOST_REASONS = 200 };
    const char **reasons;
    FP_ARRAY(reasons, b->arena, MOST_REASONS, err);
    *count = 0;
    *out = reasons;
    for (ptrdiff_t i = 0; b->primary && i < b->data->person_count; i++) {
        const fp_person_outcome *o = &b->primary->people[i];
        if (o->fate != fate)
            continue;
        ptrdiff_t j = 0;
        while (j < *count && strcmp(reasons[j], o->reason) != 0)
            j++;
        if (j == MOST_REASONS)
            return fp_fail(err, FP_INPUT, "more than %d different reasons why people left",
                           MOST_REASONS);
        reasons[j] = o->reason;
        *count += j == *count;
    }
    return FP_OK;
}

static double count_people(fp_build *b, const fp_scope *scope)
{
    double n = 0;
    for (ptrdiff_t i = 0; i < b->data->person_count; i++)
        n += fp_scope_has_person(b->out, scope, i);
    return n;
}

static fp_status people_fact(fp_build *b, const fp_group *group, fp_set set, const char *quantity,
                             const char *what, fp_err *err)
{
    fp_scope scope = {.group = *group, .set = set};
    return fp_build_fact(b, FP_FACT_COUNT, count_people(b, &scope), &scope, NULL, what, err,
                         "flow.%s.%s", group->key, quantity);
}

/* Where the coaches were not drawn by lot they have no arm: then only the total is known. */
static fp_status coach_facts(fp_build *b, const fp_group *group, const double *load, fp_err *err)
{
    double coaches = 0, people = 0, least = (double)INFINITY, most = 0;
    bool total = group->arm < 0 && group->factor < 0;
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++) {
        if (!fp_group_has_coach(b, group, c))
            continue;
        coaches++;
        people += load[c];
        least = fmin(least, load[c]);
        most = fmax(most, load[c]);
    }
    bool some = coaches > 0;
    if (!total && b->plan->kind != FP_DESIGN_CLUSTER_RANDOMISED) {
        coaches = FP_NUM_NAN;
        some = false;
    }
    fp_scope scope = {.group = *group, .set = FP_SET_COACHES};
    FP_TRY(fp_build_fact(b, FP_FACT_COUNT, coaches, &scope, NULL, "coaches", err, "flow.%s.coaches",
                         group->key));
    FP_TRY(fp_build_fact(b, FP_FACT_NUMBER, some ? people / coaches : FP_NUM_NAN, &scope, NULL,
                         "people a coach, mean", err, "flow.%s.people_per_coach_mean", group->key));
    FP_TRY(fp_build_fact(b, FP_FACT_COUNT, some ? least : FP_NUM_NAN, &scope, NULL,
                         "people a coach, fewest", err, "flow.%s.people_per_coach_min",
                         group->key));
    return fp_build_fact(b, FP_FACT_COUNT, some ? most : FP_NUM_NAN, &scope, NULL,
                         "people a coach, most", err, "flow.%s.people_per_coach_max", group->key);
}

static fp_status spell_facts(fp_build *b, const fp_group *group, fp_err *err)
{
    double rows[FP_REPAIR_COUNT] = {0}, all = 0;
    bool total = group->arm < 0 && group->factor < 0;
    for (ptrdiff_t s = 0; s < b->data->spell_count; s++) {
        ptrdiff_t person = b->data->spells[s].person;
        if (person >= 0 ? !fp_group_has(b, group, person) : !total)
            continue;
        all++;
        rows[b->primary->repair[s]]++;
    }
    fp_scope scope = {.group = *group, .set = FP_SET_SPELLS};
    FP_TRY(fp_build_fact(b, FP_FACT_COUNT, all, &scope, NULL, "rows of the episodes source", err,
                         "flow.%s.rows", group->key));
    for (int r = FP_REPAIR_NONE + 1; r < FP_REPAIR_COUNT; r++) {
        scope.repair = (fp_repair)r;
        FP_TRY(fp_build_fact(b, FP_FACT_COUNT, rows[r], &scope, NULL, fp_repair_words((fp_repair)r),
                             err, "flow.%s.set_aside:%s", group->key, fp_repair_key((fp_repair)r)));
    }
    return FP_OK;
}

static fp_status reason_facts(fp_build *b, const fp_group *group, fp_set set, ptrdiff_t count,
                              const char *const *reasons, fp_err *err)
{
    bool censored = set == FP_SET_CENSORED;
    for (ptrdiff_t r = 0; r < count; r++) {
        fp_scope scope = {.group = *group, .set = set, .reason = reasons[r]};
        FP_TRY(fp_build_fact(
            b, FP_FACT_COUNT, count_people(b, &scope), &scope, NULL,
            censored ? "people censored for this reason" : "people with this competing event", err,
            "flow.%s.%s:%s", group->key, censored ? "censored" : "competing", reasons[r]));
    }
    return FP_OK;
}

typedef struct {
    const double *load; /* people of each coach */
    ptrdiff_t competing_count;
    const char *const *competing;
} flow;

static fp_status fates(fp_build *b, const flow *f, const fp_group *group, fp_err *err)
{
    FP_TRY(people_fact(b, group, FP_SET_AT_WORK, "at_work_at_start", "people at work at the start",
                       err));
    FP_TRY(people_fact(b, group, FP_SET_FOLLOWED, "followed", "people in the risk set", err));
    FP_TRY(people_fact(b, group, FP_SET_EVENT, "events", "people with the event", err));
    FP_TRY(
        people_fact(b, group, FP_SET_COMPETING, "competing", "people with a competing event", err));
    FP_TRY(reason_facts(b, group, FP_SET_COMPETING, f->competing_count, f->competing, err));
    FP_TRY(people_fact(b, group, FP_SET_CENSORED, "censored", "people censored", err));
    FP_TRY(people_fact(b, group, FP_SET_CENSORED_AT_0, "censored_at_0",
                       "people censored on the first day", err));
    return reason_facts(b, group, FP_SET_CENSORED, b->out->reason_count, b->out->reasons, err);
}

static fp_status flow_of(fp_build *b, const flow *f, const fp_group *group, fp_err *err)
{
    if (b->data->coach_count)
        FP_TRY(coach_facts(b, group, f->load, err));
    FP_TRY(people_fact(b, group, FP_SET_PEOPLE, "people", "people enrolled", err));
    FP_TRY(fp_build_group_changes(b, group, err));
    if (!b->primary)
        return FP_OK;
    FP_TRY(fates(b, f, group, err));
    return spell_facts(b, group, err);
}

fp_status fp_build_flow(fp_build *b, fp_err *err)
{
    flow f = {0};
    double *load;
    FP_ARRAY(load, b->arena, b->data->coach_count, err);
    for (ptrdiff_t i = 0; i < b->data->person_count; i++)
        if (b->data->people[i].coach >= 0)
            load[b->data->people[i].coach]++;
    f.load = load;
    FP_TRY(collect_reasons(b, FP_FATE_CENSORED, &b->out->reason_count, &b->out->reasons, err));
    FP_TRY(collect_reasons(b, FP_FATE_COMPETING, &f.competing_count, &f.competing, err));
    if (f.competing_count)
        FP_TRY(
            fp_build_note(b, b->spec->id, err,
                          "people with a competing event did not find work before it: shares over "
                          "time are cumulative incidences (Aalen-Johansen), hazards those among "
                          "people without either event"));
    for (ptrdiff_t g = 0; g < b->out->group_count; g++) {
        FP_TRY(flow_of(b, &f, &b->out->groups[g], err));
        if (b->table)
            FP_TRY(fp_build_group_outcome(b, &b->out->groups[g], err));
    }
    return FP_OK;
}

fp_status fp_times_of(const fp_build *b, const fp_group *group, fp_arena *arena, fp_times *times,
                      fp_err *err)
{
    ptrdiff_t *person;
    *times = (fp_times){0};
    FP_ARRAY(times->time, arena, b->data->person_count, err);
    FP_ARRAY(times->event, arena, b->data->person_count, err);
    FP_ARRAY(times->cause, arena, b->data->person_count, err);
    FP_ARRAY(person, arena, b->data->person_count, err);
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        if (!fp_followed(b, i) || !fp_group_has(b, group, i))
            continue;
        times->time[times->n] = b->primary->people[i].time;
        fp_fate fate = b->primary->people[i].fate;
        times->event[times->n] = fate == FP_FATE_EVENT;
        times->cause[times->n] = fate == FP_FATE_EVENT ? 1 : fate == FP_FATE_COMPETING ? 2 : 0;
        person[times->n++] = i;
    }
    times->person = person;
    return FP_OK;
}

/* Median follow-up by reverse Kaplan-Meier: being censored is the event (Schemper & Smith 1996,
 * doi 10.1016/0197-2456(96)00075-X). */
static fp_status median_follow_up(const fp_build *b, const fp_times *times, fp_arena *arena,
                                  double *median, fp_err *err)
{
    int32_t *reversed;
    FP_ARRAY(reversed, arena, times->n, err);
    for (ptrdiff_t i = 0; i < times->n; i++)
        reversed[i] = b->primary->people[times->person[i]].fate == FP_FATE_CENSORED;
    fp_survdata data = {.n = times->n, .stop = times->time, .event = reversed, .strata = 1};
    fp_km_curve curve;
    FP_TRY(fp_km(&data, NULL, arena, &curve, err));
    *median = fp_km_quantile_of(&curve, 0.5).estimate;
    return FP_OK;
}

bool fp_curve_reaches(const fp_km_curve *curve, int horizon)
{
    ptrdiff_t last = curve->length - 1;
    return last >= 0 && (curve->time[last] >= horizon || curve->survival[last] <= 0);
}

typedef struct {
    double n, events, mean_days, median, follow_up, competing;
    fp_km_point risk;
    fp_km_rmst rmst;
} summary;

static fp_status summarise(fp_build *b, const fp_group *group, summary *s, fp_err *err)
{
    fp_times times;
    *s = (summary){.mean_days = FP_NUM_NAN,
                   .median = FP_NUM_NAN,
                   .follow_up = FP_NUM_NAN,
                   .competing = FP_NUM_NAN};
    s->risk = (fp_km_point){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    s->rmst = (fp_km_rmst){FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN};
    FP_TRY(fp_times_of(b, group, b->arena, &times, err));
    if (times.n == 0)
        return FP_OK;
    double days = 0;
    for (ptrdiff_t i = 0; i < times.n; i++) {
        s->events += times.event[i];
        days += times.event[i] ? times.time[i] : 0;
    }
    s->n = (double)times.n;
    s->mean_days = s->events > 0 ? days / s->events : FP_NUM_NAN;
    fp_incidence incidence;
    FP_TRY(fp_build_incidence(b, &times, b->arena, &incidence, err));
    const fp_km_curve *curve = &incidence.curve;
    if (fp_curve_reaches(curve, b->spec->follow_up)) {
        s->risk = fp_km_at(curve, b->spec->follow_up);
        s->competing = incidence.competing;
        if (s->events == 0) /* Greenwood's variance is 0 there, which is no precision */
            s->risk.lower = s->risk.upper = FP_NUM_NAN;
        s->rmst = incidence.mean;
    } else {
        FP_TRY(fp_build_note(b, b->spec->id, err,
                             "in the group %s nobody was followed to day %d: the probability and "
                             "the restricted mean there are not known",
                             group->key, b->spec->follow_up));
    }
    s->median = fp_km_quantile_of(curve, 0.5).estimate;
    return median_follow_up(b, &times, b->arena, &s->follow_up, err);
}

fp_status fp_build_group_outcome(fp_build *b, const fp_group *group, fp_err *err)
{
    summary s;
    char first[256];
    (void)snprintf(first, sizeof first, "%s.%s.followed", b->spec->id, group->key);
    if (fp_results_fact(b->out, first))
        return FP_OK; /* two subgroup analyses may share a group */
    FP_TRY(summarise(b, group, &s, err));
    const struct {
        const char *quantity, *what;
        fp_fact_kind kind;
        fp_set set;
        double value;
    } rows[] = {
        {"followed", "people in the risk set", FP_FACT_COUNT, FP_SET_FOLLOWED, s.n},
        {"events", "people with the event", FP_FACT_COUNT, FP_SET_EVENT, s.events},
        {"share", "people with the event, of those followed", FP_FACT_SHARE, FP_SET_FOLLOWED,
         s.n > 0 ? s.events / s.n : FP_NUM_NAN},
        {"risk",
         b->competes ? "probability of the event by the horizon (Aalen-Johansen)"
                     : "probability of the event by the horizon (1 - Kaplan-Meier)",
         FP_FACT_SHARE, FP_SET_FOLLOWED, 1 - s.risk.survival},
        {"risk_lower", "its lower limit", FP_FACT_SHARE, FP_SET_FOLLOWED, 1 - s.risk.upper},
        {"risk_upper", "its upper limit", FP_FACT_SHARE, FP_SET_FOLLOWED, 1 - s.risk.lower},
        {"median", "median time to the event", FP_FACT_DAYS, FP_SET_FOLLOWED, s.median},
        {"rmst", "restricted mean time without the event", FP_FACT_NUMBER, FP_SET_FOLLOWED,
         s.rmst.estimate},
        {"mean_days", "mean days to the event among those who had it; descriptive", FP_FACT_DAYS,
         FP_SET_EVENT, s.mean_days},
        {"follow_up", "median follow-up by reverse Kaplan-Meier", FP_FACT_DAYS, FP_SET_FOLLOWED,
         s.follow_up},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fp_scope scope = {.group = *group, .set = rows[i].set};
        FP_TRY(fp_build_fact(b, rows[i].kind, rows[i].value, &scope, NULL, rows[i].what, err,
                             "%s.%s.%s", b->spec->id, group->key, rows[i].quantity));
    }
    if (!b->competes)
        return FP_OK;
    fp_scope scope = {.group = *group, .set = FP_SET_FOLLOWED};
    return fp_build_fact(b, FP_FACT_SHARE, s.competing, &scope, NULL,
                         "probability of a competing event first, by the horizon", err,
                         "%s.%s.competing_risk", b->spec->id, group->key);
}
