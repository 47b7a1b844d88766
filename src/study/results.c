#include "study/results_priv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fp_results_options fp_results_defaults(void)
{
    return (fp_results_options){.level = 0.95, .seed = 1, .threads = 0};
}

static int digits_of(fp_fact_kind kind)
{
    switch (kind) {
    case FP_FACT_RATIO:
        return 2;
    case FP_FACT_P:
        return 3;
    case FP_FACT_NUMBER:
    case FP_FACT_POINTS:
        return 1;
    case FP_FACT_COUNT:
    case FP_FACT_SHARE:
    case FP_FACT_DAYS:
        return 0;
    }
    return 0;
}

static fp_status room_for_fact(fp_build *b, fp_err *err)
{
    if (b->out->fact_count < b->fact_room)
        return FP_OK;
    ptrdiff_t room = b->fact_room ? 2 * b->fact_room : 512;
    fp_fact *facts;
    FP_ARRAY(facts, b->arena, room, err);
    if (b->out->fact_count)
        memcpy(facts, b->facts, (size_t)b->out->fact_count * sizeof *facts);
    b->facts = facts;
    b->fact_room = room;
    b->out->facts = facts;
    return FP_OK;
}

fp_status fp_build_fact(fp_build *b, fp_fact_kind kind, double value, const fp_scope *scope,
                        const char *analysis, const char *what, fp_err *err, const char *id_format,
                        ...)
{
    char id[256];
    va_list args;
    va_start(args, id_format);
    int n = vsnprintf(id, sizeof id, id_format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof id)
        return fp_fail(err, FP_INPUT,
                       "the names of columns and levels in \"%.80s...\" are too long", id);
    FP_TRY(room_for_fact(b, err));
    fp_fact fact = {.value = value,
                    .kind = kind,
                    .digits = digits_of(kind),
                    .analysis = analysis,
                    .outcome = b->spec ? b->spec->id : NULL,
                    .scope = *scope};
    fact.id = fp_arena_strdup(b->arena, id, err);
    fact.what = fp_arena_strdup(b->arena, what, err);
    if (!fact.id || !fact.what)
        return FP_NOMEM;
    b->facts[b->out->fact_count++] = fact;
    return FP_OK;
}

fp_status fp_build_warn(fp_build *b, const char *analysis, const fp_result *result, fp_err *err)
{
    for (ptrdiff_t i = 0; i < result->warning_count; i++) {
        char *text = fp_arena_printf(b->arena, err, "%s: %s", analysis, result->warnings[i]);
        if (!text)
            return FP_NOMEM;
        bool known = false;
        for (ptrdiff_t j = 0; j < b->out->warning_count && !known; j++)
            known = strcmp(b->warnings[j], text) == 0;
        if (!known && b->out->warning_count < b->warning_room)
            b->warnings[b->out->warning_count++] = text;
    }
    return FP_OK;
}

const fp_fact *fp_results_fact(const fp_results *results, const char *id)
{
    for (ptrdiff_t i = 0; i < results->fact_count; i++)
        if (strcmp(results->facts[i].id, id) == 0)
            return &results->facts[i];
    return NULL;
}

void fp_fact_text(const fp_fact *fact, const fp_numstyle *style, char out[64])
{
    char number[56];
    double scale = fact->kind == FP_FACT_SHARE || fact->kind == FP_FACT_POINTS ? 100 : 1;
    if (fact->kind == FP_FACT_P)
        fp_num_format_p(fact->value, style, number, sizeof number);
    else
        fp_num_format(scale * fact->value, fact->digits, style, number, sizeof number);
    (void)snprintf(out, 64, "%s%s", number,
                   fact->kind == FP_FACT_SHARE && isfinite(fact->value) ? "%" : "");
}

/* ---- Who belongs to what ----------------------------------------------------------------------
 */

const char *fp_person_value(const fp_study_data *data, ptrdiff_t person, const char *column)
{
    const fp_source *source = &data->sources[FP_SOURCE_PEOPLE];
    ptrdiff_t j = fp_source_column(source, data->protocol, column);
    return j < 0 ? NULL : source->cells[j][data->people[person].row];
}

const char *fp_coach_value(const fp_study_data *data, ptrdiff_t coach, const char *column)
{
    const fp_source *source = &data->sources[FP_SOURCE_COACHES];
    ptrdiff_t j = fp_source_column(source, data->protocol, column);
    return j < 0 || coach < 0 ? NULL : source->cells[j][data->coaches[coach].row];
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

bool fp_followed(const fp_build *b, ptrdiff_t person)
{
    return !b->primary || b->primary->people[person].fate != FP_FATE_EXCLUDED;
}

bool fp_scope_has_person(const fp_results *results, const fp_scope *scope, ptrdiff_t person)
{
    if (!group_has(results->data, &scope->group, person))
        return false;
    if (scope->set == FP_SET_PEOPLE || scope->set == FP_SET_COACHES ||
        scope->set == FP_SET_SPELLS || results->primary < 0)
        return true;
    const fp_person_outcome *o = &results->outcomes[results->primary].people[person];
    switch (scope->set) {
    case FP_SET_FOLLOWED:
        return o->fate != FP_FATE_EXCLUDED;
    case FP_SET_EXCLUDED:
        return o->fate == FP_FATE_EXCLUDED;
    case FP_SET_EVENT:
        return o->fate == FP_FATE_EVENT;
    case FP_SET_COMPETING:
        return o->fate == FP_FATE_COMPETING;
    case FP_SET_CENSORED:
        return o->fate == FP_FATE_CENSORED &&
               (!scope->reason || strcmp(scope->reason, o->reason) == 0);
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
        if (!value || !value[0] || !fp_followed(b, i))
            continue;
        bool known = false;
        for (ptrdiff_t j = 0; j < n && !known; j++)
            known = strcmp(found[j], value) == 0;
        if (!known)
            found[n++] = value;
    }
    qsort(found, (size_t)n, sizeof *found, by_bytes);
    *count = n;
    *values = found;
    return FP_OK;
}

/* ---- The whole ---------------------------------------------------------------------------------
 */

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

static fp_status set_up(fp_build *b, fp_err *err)
{
    const fp_protocol *plan = b->plan;
    FP_TRY(derive_all(b, err));
    if (b->out->primary >= 0) {
        b->primary = &b->out->outcomes[b->out->primary];
        b->spec = b->primary->spec;
        FP_TRY(fp_analysis_table(b->data, b->primary, b->arena, &b->table, err));
    }
    FP_TRY(fp_analysis_table(b->data, NULL, b->arena, &b->everybody, err));
    b->clustered = plan->kind == FP_DESIGN_CLUSTER_RANDOMISED && plan->cluster;
    bool permutable = b->clustered && (plan->factor_count == 1 || plan->factor_count == 2);
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        permutable = permutable && plan->factors[f].level_count == 2;
    if (permutable) {
        bool two = plan->factor_count == 2;
        b->randomised =
            fp_arena_printf(b->arena, err, "%s%s%s | %s", plan->factors[0].name, two ? " * " : "",
                            two ? plan->factors[1].name : "", plan->cluster);
        if (!b->randomised)
            return FP_NOMEM;
    }
    b->warning_room = 256;
    FP_ARRAY(b->warnings, b->arena, b->warning_room, err);
    b->out->warnings = b->warnings;
    return FP_OK;
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
    FP_TRY(fp_build_groups(&b, err));
    FP_TRY(fp_build_flow(&b, err));
    FP_TRY(fp_build_baseline(&b, err));
    if (b.table) {
        FP_TRY(fp_build_curves(&b, err));
        FP_TRY(fp_build_planned(&b, err));
        FP_TRY(fp_build_effects(&b, err));
        FP_TRY(fp_build_subgroups(&b, err));
        FP_TRY(fp_build_differences(&b, err));
    }
    *results = out;
    return FP_OK;
}
