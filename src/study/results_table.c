/* The table that the analyses run on. */
#include "study/results_priv.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    ptrdiff_t rows, columns, room;
    const char **names;
    const char ***cells;
    fp_arena *arena;
} maker;

static fp_status add_column(maker *m, const char *name, const char ***cells, fp_err *err)
{
    for (ptrdiff_t j = 0; j < m->columns; j++)
        if (strcmp(m->names[j], name) == 0) {
            (void)fp_fail(err, FP_INPUT, "two columns of the analysis would be called \"%s\"",
                          name);
            return fp_hint(err, FP_INPUT,
                           "person, arm, time and event are taken; rename the column in the source "
                           "and in study.yaml");
        }
    const char **column;
    FP_ARRAY(column, m->arena, m->rows, err);
    m->names[m->columns] = name;
    m->cells[m->columns++] = column;
    *cells = column;
    return FP_OK;
}

static bool is_factor(const fp_protocol *plan, const char *name)
{
    return fp_factor_index(plan, name) >= 0;
}

/* Columns of the people, then those of their coaches that the people do not have themselves. */
static fp_status add_carried(maker *m, const fp_study_data *data, const ptrdiff_t *person,
                             fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    const char **cells = NULL;
    for (ptrdiff_t c = 0; c < plan->people.column_count; c++) {
        const char *name = plan->people.columns[c];
        if (is_factor(plan, name))
            continue;
        FP_TRY(add_column(m, name, &cells, err));
        for (ptrdiff_t i = 0; i < m->rows; i++)
            cells[i] = fp_person_value(data, person[i], name);
    }
    for (ptrdiff_t c = 0; data->coach_count && c < plan->coaches.column_count; c++) {
        const char *name = plan->coaches.columns[c];
        if (is_factor(plan, name))
            continue;
        FP_TRY(add_column(m, name, &cells, err));
        for (ptrdiff_t i = 0; i < m->rows; i++)
            cells[i] = fp_coach_value(data, data->people[person[i]].coach, name);
    }
    return FP_OK;
}

static fp_status add_design(maker *m, const fp_study_data *data, const ptrdiff_t *person,
                            fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    const char **cells = NULL;
    if (plan->factor_count == 0)
        return FP_OK;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++) {
        FP_TRY(add_column(m, plan->factors[f].name, &cells, err));
        for (ptrdiff_t i = 0; i < m->rows; i++)
            cells[i] = plan->factors[f].levels[data->people[person[i]].level[f]];
    }
    FP_TRY(add_column(m, "arm", &cells, err));
    for (ptrdiff_t i = 0; i < m->rows; i++)
        cells[i] = fp_arm_key(data, data->people[person[i]].arm);
    return FP_OK;
}

static fp_status add_outcome(maker *m, const fp_outcomes *outcomes, const ptrdiff_t *person,
                             fp_err *err)
{
    const char **time = NULL, **event = NULL;
    FP_TRY(add_column(m, "time", &time, err));
    FP_TRY(add_column(m, "event", &event, err));
    for (ptrdiff_t i = 0; i < m->rows; i++) {
        const fp_person_outcome *o = &outcomes->people[person[i]];
        char *text = fp_arena_printf(m->arena, err, "%d", o->time);
        if (!text)
            return FP_NOMEM;
        time[i] = text;
        event[i] = o->fate == FP_FATE_EVENT ? "1" : "0";
    }
    return FP_OK;
}

/* Factors and arms in their declared order, the first the reference. */
static fp_status order_levels(const fp_study_data *data, fp_arena *arena, const fp_table **table,
                              fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    for (ptrdiff_t f = 0; f < plan->factor_count; f++)
        FP_TRY(fp_table_with_levels(*table, fp_table_find(*table, plan->factors[f].name),
                                    plan->factors[f].level_count, plan->factors[f].levels, arena,
                                    table, err));
    if (plan->factor_count == 0)
        return FP_OK;
    const char **arms;
    FP_ARRAY(arms, arena, data->arm_count, err);
    for (ptrdiff_t a = 0; a < data->arm_count; a++)
        arms[a] = fp_arm_key(data, a);
    return fp_table_with_levels(*table, fp_table_find(*table, "arm"), data->arm_count,
                                (const char *const *)arms, arena, table, err);
}

fp_status fp_analysis_table(const fp_study_data *data, const fp_outcomes *outcomes, fp_arena *arena,
                            const fp_table **table, fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    ptrdiff_t *person, rows = 0;
    FP_ARRAY(person, arena, data->person_count, err);
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        if (!outcomes || (outcomes->people[i].fate != FP_FATE_EXCLUDED &&
                          outcomes->people[i].fate != FP_FATE_UNOBSERVED))
            person[rows++] = i;
    maker m = {.rows = rows, .arena = arena};
    m.room = 4 + plan->people.column_count + plan->coaches.column_count + plan->factor_count;
    FP_ARRAY(m.names, arena, m.room, err);
    FP_ARRAY(m.cells, arena, m.room, err);
    *table = NULL;
    if (rows == 0)
        return FP_OK;
    const char **cells = NULL;
    FP_TRY(add_column(&m, "person", &cells, err));
    for (ptrdiff_t i = 0; i < rows; i++)
        cells[i] = data->people[person[i]].id;
    FP_TRY(add_carried(&m, data, person, err));
    FP_TRY(add_design(&m, data, person, err));
    if (outcomes)
        FP_TRY(add_outcome(&m, outcomes, person, err));
    const fp_table *made;
    FP_TRY(fp_table_make("the analysis table", m.rows, m.columns, (const char *const *)m.names,
                         (const char *const *const *)m.cells, arena, &made, err));
    FP_TRY(order_levels(data, arena, &made, err));
    *table = made;
    return FP_OK;
}
