/* The whole: who belongs to what, what the parts share, and their order. */
#include "study/results_priv.h"

#include <stdlib.h>
#include <string.h>

#include "study/data_priv.h"

fp_results_options fp_results_defaults(void)
{
    return (fp_results_options){.level = 0.95, .seed = 1, .threads = 0};
}

/* ---- Who belongs to what ---- */

const char *fp_person_value(const fp_study_data *data, ptrdiff_t person, const char *column)
{
    const fp_source *source = &data->sources[FP_SOURCE_PEOPLE];
    ptrdiff_t j = fp_source_column(source, data->protocol, column);
    return j < 0 ? fp_coach_value(data, data->people[person].coach, column)
                 : source->cells[j][data->people[person].row];
}

const char *fp_coach_value(const fp_study_data *data, ptrdiff_t coach, const char *column)
{
    const fp_source *source = &data->sources[FP_SOURCE_COACHES];
    if (coach < 0 || !source->file)
        return NULL;
    ptrdiff_t j = fp_source_column(source, data->protocol, column);
    return j < 0 ? NULL : source->cells[j][data->coaches[coach].row];
}

ptrdiff_t fp_factor_index(const fp_protocol *plan, const char *name)
{
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        if (strcmp(plan->factors[f].name, name) == 0)
            return f;
    return -1;
}

static bool group_has(const fp_study_data *data, const fp_group *group, ptrdiff_t person)
{
    const fp_person *p = &data->people[person];
    if (group->arm >= 0 && p->arm != group->arm)
        return false;
    if (group->factor >= 0 && (!p->level || p->level[group->factor] != group->level))
        return false;
    if (!group->column)
        return true;
    const char *value = fp_person_value(data, person, group->column);
    return value && strcmp(value, group->value) == 0;
}

bool fp_group_has(const fp_build *b, const fp_group *group, ptrdiff_t person)
{
    return group_has(b->data, group, person);
}

bool fp_group_has_coach(const fp_build *b, const fp_group *group, ptrdiff_t coach)
{
    const fp_coach *c = &b->data->coaches[coach];
    return (group->arm < 0 || c->arm == group->arm) &&
           (group->factor < 0 || (c->level && c->level[group->factor] == group->level));
}

static bool in_risk_set(const fp_outcomes *outcomes, ptrdiff_t person)
{
    fp_fate fate = outcomes->people[person].fate;
    return fate != FP_FATE_EXCLUDED && fate != FP_FATE_UNOBSERVED;
}

bool fp_followed(const fp_build *b, ptrdiff_t person)
{
    return !b->primary || in_risk_set(b->primary, person);
}

static bool has_reason(const fp_scope *scope, const fp_person_outcome *o)
{
    return !scope->reason || strcmp(scope->reason, o->reason) == 0;
}

const fp_outcomes *fp_scope_outcomes(const fp_results *results, const fp_scope *scope)
{
    if (scope->outcomes)
        return scope->outcomes;
    return results->primary >= 0 ? &results->outcomes[results->primary] : NULL;
}

bool fp_scope_has_person(const fp_results *results, const fp_scope *scope, ptrdiff_t person)
{
    if (!group_has(results->data, &scope->group, person))
        return false;
    const fp_outcomes *outcomes = fp_scope_outcomes(results, scope);
    if (scope->set == FP_SET_MOVED || scope->set == FP_SET_CORRECTED)
        return results->person_changes &&
               (results->person_changes[person] & fp_set_bit(scope->set)) != 0;
    if (scope->set == FP_SET_PEOPLE || scope->set == FP_SET_COACHES ||
        scope->set == FP_SET_SPELLS || !outcomes)
        return true;
    const fp_person_outcome *o = &outcomes->people[person];
    switch (scope->set) {
    case FP_SET_FOLLOWED:
        return in_risk_set(outcomes, person);
    case FP_SET_AT_WORK:
        return o->at_work_at_start;
    case FP_SET_EVENT:
        return o->fate == FP_FATE_EVENT;
    case FP_SET_COMPETING:
        return o->fate == FP_FATE_COMPETING && has_reason(scope, o);
    case FP_SET_CENSORED:
        return o->fate == FP_FATE_CENSORED && has_reason(scope, o);
    case FP_SET_CENSORED_AT_0:
        return o->fate == FP_FATE_CENSORED && o->time == 0;
    default:
        return true;
    }
}

fp_group fp_group_total(void)
{
    return (fp_group){.key = "total", .arm = -1, .factor = -1};
}

fp_group fp_group_margin(fp_build *b, ptrdiff_t factor, int level, fp_err *err)
{
    const fp_factor *f = &b->plan->factors[factor];
    const char *key = fp_arena_printf(b->arena, err, "%s=%s", f->name, f->levels[level]);
    return (fp_group){.key = key, .arm = -1, .factor = factor, .level = level};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

fp_status fp_column_values(fp_build *b, const char *column, ptrdiff_t *count,
                           const char *const **values, fp_err *err)
{
    const char **found;
    ptrdiff_t n = 0;
    FP_ARRAY(found, b->arena, b->data->person_count, err);
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        const char *value = fp_person_value(b->data, i, column);
        if (value && !fp_cell_missing(fp_str_of(value)) && fp_followed(b, i))
            found[n++] = value;
    }
    qsort(found, (size_t)n, sizeof *found, by_bytes);
    *count = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        if (i == 0 || strcmp(found[i], found[i - 1]) != 0)
            found[(*count)++] = found[i];
    *values = found;
    return FP_OK;
}

/* ---- The whole ---- */

static fp_status derive_all(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    fp_outcomes *outcomes;
    FP_ARRAY(outcomes, b->arena, plan->outcome_count, err);
    b->out->primary = -1;
    for (ptrdiff_t i = 0; i < plan->outcome_count; i++)
        FP_TRY(fp_outcomes_derive(b->data, &plan->outcomes[i], NULL, b->arena, &outcomes[i], err));
    b->out->outcomes = outcomes;
    for (ptrdiff_t i = 0; i < plan->analysis_count && b->out->primary < 0; i++)
        if (plan->analyses[i].role == FP_ROLE_PRIMARY)
            for (ptrdiff_t j = 0; j < plan->outcome_count; j++)
                if (plan->analyses[i].outcome &&
                    strcmp(plan->outcomes[j].id, plan->analyses[i].outcome) == 0)
                    b->out->primary = j;
    for (ptrdiff_t j = 0; j < plan->outcome_count && b->out->primary < 0; j++)
        if (plan->outcomes[j].kind == FP_OUTCOME_TIME_TO_EVENT)
            b->out->primary = j;
    if (b->out->primary >= 0 && plan->outcomes[b->out->primary].kind != FP_OUTCOME_TIME_TO_EVENT)
        return fp_fail_at(err, FP_INPUT, plan->path, plan->outcomes[b->out->primary].line, 0,
                          "the primary outcome \"%s\" is not of kind time-to-event",
                          plan->outcomes[b->out->primary].id);
    return FP_OK;
}

/* Allocations are drawn anew over all coaches. A draw within strata could not have given all of
 * them, so that what is exact without strata is not so here. */
static fp_status strata_note(fp_build *b, fp_err *err)
{
    FP_BUF_SCOPED(names, 4 * FP_MIB);
    for (ptrdiff_t i = 0; i < b->plan->strata_count; i++)
        fp_buf_printf(&names, "%s%.80s", i ? ", " : "", b->plan->strata[i]);
    FP_TRY(fp_buf_ok(&names, err));
    return fp_build_note(b, "design", err,
                         "the draw was stratified or balanced by %.300s; the permutation tests and "
                         "the ranges of baseline differences take every allocation of the coaches "
                         "as possible, so that they are approximate here, not exact",
                         names.p);
}

/* Why the coaches cannot be allocated anew, where people might look for it; NULL = they can, or the
 * groups were not formed by lot at all. */
static const char *not_drawn(const fp_protocol *plan)
{
    if (plan->kind == FP_DESIGN_INDIVIDUALLY_RANDOMISED && plan->cluster)
        return "no permutation tests: people were drawn one by one and not by coach, so that "
               "allocating the coaches anew would not be what the lot did";
    if (plan->kind == FP_DESIGN_CLUSTER_RANDOMISED && plan->factor_count > FP_RANDOMISED_FACTORS)
        return "no permutation tests: the design has too many factors for them";
    return NULL;
}

/* Whether allocations can be drawn anew: coaches drawn by lot. `randomised` then says so in the
 * words of fp_model_cox. */
static fp_status randomisation(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    const char *why = not_drawn(plan);
    b->clustered = plan->cluster && (plan->kind == FP_DESIGN_CLUSTER_RANDOMISED ||
                                     plan->kind == FP_DESIGN_COMPARISON_GROUP);
    if (why)
        return fp_build_note(b, "design", err, "%s", why);
    if (!plan->cluster || plan->kind != FP_DESIGN_CLUSTER_RANDOMISED || plan->factor_count < 1)
        return FP_OK;
    FP_BUF_SCOPED(text, FP_MIB);
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        fp_buf_printf(&text, "%s`%s`", f ? " * " : "", plan->factors[f].name);
    fp_buf_printf(&text, " | `%s`", plan->cluster);
    FP_TRY(fp_buf_ok(&text, err));
    b->randomised = fp_str_dup(b->arena, fp_buf_str(&text), err);
    if (b->data->arm_count > 2 && b->data->arm_count <= FP_ALLOCATION_ARMS)
        b->randomised_arms = fp_arena_printf(b->arena, err, "arm | `%s`", plan->cluster);
    if (!b->randomised ||
        (b->data->arm_count > 2 && b->data->arm_count <= FP_ALLOCATION_ARMS && !b->randomised_arms))
        return FP_NOMEM;
    if (plan->allocation.method != FP_ALLOCATION_ELSEWHERE)
        return fp_build_drawn(b, err);
    return plan->strata_count > 0 ? strata_note(b, err) : FP_OK;
}

fp_status fp_build_design(fp_build *b, fp_err *err)
{
    return randomisation(b, err);
}

/* All levels of each factor among the coaches of those followed, and not too many coaches. */
static fp_status can_permute(fp_build *b, const fp_outcomes *outcomes, bool *can, fp_err *err)
{
    bool *seen, level[FP_RANDOMISED_FACTORS][FP_ALLOCATION_ARMS] = {{false}};
    ptrdiff_t coaches = 0;
    *can = false;
    if (!b->randomised || (b->plan->allocation.method != FP_ALLOCATION_ELSEWHERE && !b->drawn))
        return FP_OK;
    FP_ARRAY(seen, b->arena, b->data->coach_count, err);
    for (ptrdiff_t i = 0; i < b->data->person_count; i++) {
        const fp_person *p = &b->data->people[i];
        if (!in_risk_set(outcomes, i) || p->coach < 0 || p->arm < 0)
            continue;
        coaches += !seen[p->coach];
        seen[p->coach] = true;
        for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
            if (p->level[f] < FP_ALLOCATION_ARMS)
                level[f][p->level[f]] = true;
    }
    *can = coaches >= 2 && coaches <= FP_MOST_PERMUTED;
    for (ptrdiff_t f = 0; f < b->plan->factor_count; f++)
        for (ptrdiff_t l = 0; l < b->plan->factors[f].level_count; l++)
            *can = *can && l < FP_ALLOCATION_ARMS && level[f][l];
    if (*can)
        return FP_OK;
    return fp_build_note(b, outcomes->spec->id, err,
                         coaches > FP_MOST_PERMUTED
                             ? "no permutation tests: more than %d coaches, for whom the corrected "
                               "intervals serve"
                             : "no permutation tests: fewer than two coaches, or a level of a "
                               "factor without a coach among those followed (at most %d coaches)",
                         FP_MOST_PERMUTED);
}

/* The table of each time-to-event outcome. */
static fp_status make_tables(fp_build *b, fp_err *err)
{
    ptrdiff_t n = b->plan->outcome_count;
    FP_ARRAY(b->tables, b->arena, n, err);
    FP_ARRAY(b->permutable, b->arena, n, err);
    FP_ARRAY(b->permuted, b->arena, n, err);
    for (ptrdiff_t j = 0; j < n; j++) {
        const fp_outcomes *outcomes = &b->out->outcomes[j];
        if (outcomes->spec->kind != FP_OUTCOME_TIME_TO_EVENT)
            continue;
        FP_TRY(fp_analysis_table(b->data, outcomes, b->arena, &b->tables[j], err));
        if (b->tables[j])
            FP_TRY(can_permute(b, outcomes, &b->permutable[j], err));
    }
    return FP_OK;
}

static fp_status set_up(fp_build *b, fp_err *err)
{
    b->warning_room = 256;
    FP_ARRAY(b->warnings, b->arena, b->warning_room, err);
    b->out->warnings = b->warnings;
    FP_TRY(derive_all(b, err));
    FP_TRY(randomisation(b, err));
    FP_TRY(make_tables(b, err));
    if (b->out->primary >= 0) {
        b->primary = &b->out->outcomes[b->out->primary];
        b->spec = b->primary->spec;
        b->table = b->tables[b->out->primary];
    }
    return fp_analysis_table(b->data, NULL, b->arena, &b->everybody, err);
}

fp_status fp_results_compute(const fp_study_data *data, const fp_results_options *options,
                             fp_arena *arena, fp_results *results, fp_err *err)
{
    fp_results_options defaults = fp_results_defaults();
    if (!options)
        options = &defaults;
    fp_results out = {.protocol = data->protocol,
                      .data = data,
                      .level = options->level,
                      .seed = options->seed,
                      .primary = -1};
    fp_build b = {
        .data = data, .plan = data->protocol, .options = options, .arena = arena, .out = &out};
    FP_TRY(set_up(&b, err));
    b.competes = fp_anybody_competes(&b);
    FP_TRY(fp_build_groups(&b, err));
    FP_TRY(fp_build_changes(&b, err));
    FP_TRY(fp_build_flow(&b, err));
    FP_TRY(fp_build_recruitment(&b, err));
    FP_TRY(fp_build_baseline(&b, err));
    if (b.table)
        FP_TRY(fp_build_curves(&b, err));
    if (b.table)
        FP_TRY(fp_build_stack(&b, err));
    FP_TRY(fp_build_planned(&b, err));
    FP_TRY(fp_build_effects(&b, err));
    FP_TRY(fp_build_prognostic(&b, err));
    FP_TRY(fp_build_waves(&b, err));
    if (b.table) {
        FP_TRY(fp_build_subgroups(&b, err));
        FP_TRY(fp_build_differences(&b, err));
        FP_TRY(fp_build_competing(&b, err));
        FP_TRY(fp_build_spread(&b, err));
    }
    *results = out;
    return FP_OK;
}
