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

static fp_status add_reason(fp_build *b, const char **reasons, ptrdiff_t room, const char *reason,
                            fp_err *err)
{
    for (ptrdiff_t j = 0; j < b->out->reason_count; j++)
        if (strcmp(reasons[j], reason) == 0)
            return FP_OK;
    if (b->out->reason_count == room)
        return fp_fail(err, FP_INPUT, "more than %td different reasons why people left", room);
    reasons[b->out->reason_count++] = reason;
    return FP_OK;
}

static fp_status collect_reasons(fp_build *b, fp_err *err)
{
    const char **reasons;
    const ptrdiff_t room = 200;
    FP_ARRAY(reasons, b->arena, room, err);
    b->out->reasons = reasons;
    for (ptrdiff_t i = 0; b->primary && i < b->data->person_count; i++) {
        const fp_person_outcome *o = &b->primary->people[i];
        if (o->fate == FP_FATE_CENSORED || o->fate == FP_FATE_COMPETING)
            FP_TRY(add_reason(b, reasons, room, o->reason, err));
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

static bool coach_in(const fp_build *b, const fp_group *group, ptrdiff_t c)
{
    const fp_coach *coach = &b->data->coaches[c];
    return (group->arm < 0 || coach->arm == group->arm) &&
           (group->factor < 0 || (coach->level && coach->level[group->factor] == group->level));
}

static fp_status coach_facts(fp_build *b, const fp_group *group, fp_err *err)
{
    double coaches = 0, people = 0, least = INFINITY, most = 0;
    for (ptrdiff_t c = 0; c < b->data->coach_count; c++) {
        if (!coach_in(b, group, c))
            continue;
        double load = 0;
        for (ptrdiff_t i = 0; i < b->data->person_count; i++)
            load += b->data->people[i].coach == c;
        coaches++;
        people += load;
        least = fmin(least, load);
        most = fmax(most, load);
    }
    fp_scope scope = {.group = *group, .set = FP_SET_COACHES};
    FP_TRY(fp_build_fact(b, FP_FACT_COUNT, coaches, &scope, NULL, "coaches", err, "flow.%s.coaches",
                         group->key));
    FP_TRY(fp_build_fact(b, FP_FACT_NUMBER, coaches > 0 ? people / coaches : FP_NUM_NAN, &scope,
                         NULL, "people a coach, mean", err, "flow.%s.people_per_coach_mean",
                         group->key));
    FP_TRY(fp_build_fact(b, FP_FACT_COUNT, coaches > 0 ? least : FP_NUM_NAN, &scope, NULL,
                         "people a coach, fewest", err, "flow.%s.people_per_coach_min",
                         group->key));
    return fp_build_fact(b, FP_FACT_COUNT, coaches > 0 ? most : FP_NUM_NAN, &scope, NULL,
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

static fp_status reason_facts(fp_build *b, const fp_group *group, fp_err *err)
{
    for (ptrdiff_t r = 0; r < b->out->reason_count; r++) {
        fp_scope scope = {.group = *group, .set = FP_SET_CENSORED, .reason = b->out->reasons[r]};
        FP_TRY(fp_build_fact(b, FP_FACT_COUNT, count_people(b, &scope), &scope, NULL,
                             "people censored for this reason", err, "flow.%s.censored:%s",
                             group->key, b->out->reasons[r]));
    }
    return FP_OK;
}

static fp_status flow_of(fp_build *b, const fp_group *group, fp_err *err)
{
    if (b->data->coach_count)
        FP_TRY(coach_facts(b, group, err));
    FP_TRY(people_fact(b, group, FP_SET_PEOPLE, "people", "people enrolled", err));
    if (!b->primary)
        return FP_OK;
    FP_TRY(people_fact(b, group, FP_SET_EXCLUDED, "at_work_at_start",
                       "people at work at the start, not in the risk set", err));
    FP_TRY(people_fact(b, group, FP_SET_FOLLOWED, "followed", "people in the risk set", err));
    FP_TRY(people_fact(b, group, FP_SET_EVENT, "events", "people with the event", err));
    FP_TRY(
        people_fact(b, group, FP_SET_COMPETING, "competing", "people with a competing event", err));
    FP_TRY(people_fact(b, group, FP_SET_CENSORED, "censored", "people censored", err));
    FP_TRY(people_fact(b, group, FP_SET_CENSORED_AT_0, "censored_at_0",
                       "people censored on the first day", err));
    FP_TRY(reason_facts(b, group, err));
    return spell_facts(b, group, err);
}

fp_status fp_build_flow(fp_build *b, fp_err *err)
{
    FP_TRY(collect_reasons(b, err));
    for (ptrdiff_t g = 0; g < b->out->group_count; g++) {
        FP_TRY(flow_of(b, &b->out->groups[g], err));
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
    FP_ARRAY(person, arena, b->data->person_count, err);
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        if (!fp_followed(b, i) || !fp_group_has(b, group, i))
            continue;
        times->time[times->n] = b->primary->people[i].time;
        times->event[times->n] = b->primary->people[i].fate == FP_FATE_EVENT;
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

typedef struct {
    double n, events, mean_days, median, follow_up;
    fp_km_point risk;
    fp_km_rmst rmst;
} summary;

static fp_status summarise(fp_build *b, const fp_group *group, summary *s, fp_err *err)
{
    fp_times times;
    *s = (summary){.mean_days = FP_NUM_NAN, .median = FP_NUM_NAN, .follow_up = FP_NUM_NAN};
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
    fp_survdata data = {.n = times.n, .stop = times.time, .event = times.event, .strata = 1};
    fp_km_options options = fp_km_defaults();
    options.level = b->options->level;
    fp_km_curve curve;
    FP_TRY(fp_km(&data, &options, b->arena, &curve, err));
    s->risk = fp_km_at(&curve, b->spec->follow_up);
    s->rmst = fp_km_rmst_of(&curve, b->spec->follow_up);
    s->median = fp_km_quantile_of(&curve, 0.5).estimate;
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
        {"risk", "probability of the event by the horizon (1 - Kaplan-Meier)", FP_FACT_SHARE,
         FP_SET_FOLLOWED, 1 - s.risk.survival},
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
    return FP_OK;
}
