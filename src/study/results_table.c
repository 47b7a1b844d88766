/* The table that the analyses run on. */
#include "study/results_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    ptrdiff_t rows, columns;
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

/* The answers that make the rows, and those of the first wave. */
typedef struct {
    const fp_answer *const *row; /* rows */
    const double *baseline;      /* people: NaN where there is none */
} answered;

static fp_status number_cell(maker *m, double value, const char **out, fp_err *err)
{
    char text[32];
    *out = NULL;
    if (isnan(value))
        return FP_OK;
    fp_num_shortest(value, 17, text);
    *out = fp_arena_strdup(m->arena, text, err);
    return *out ? FP_OK : FP_NOMEM;
}

static fp_status add_answers(maker *m, const fp_study_data *data, const answered *a, fp_err *err)
{
    const char **wave = NULL, **month = NULL, **baseline = NULL, **value = NULL;
    FP_TRY(add_column(m, "wave", &wave, err));
    FP_TRY(add_column(m, "month", &month, err));
    FP_TRY(add_column(m, "baseline", &baseline, err));
    FP_TRY(add_column(m, "value", &value, err));
    for (ptrdiff_t i = 0; i < m->rows; i++) {
        const fp_answer *answer = a->row[i];
        int months = data->protocol->wave_months[answer->wave];
        wave[i] = fp_arena_printf(m->arena, err, "%dm", months);
        if (!wave[i])
            return FP_NOMEM;
        FP_TRY(number_cell(m, months, &month[i], err));
        FP_TRY(number_cell(m, a->baseline[answer->person], &baseline[i], err));
        FP_TRY(number_cell(m, answer->value, &value[i], err));
    }
    return FP_OK;
}

/* Waves in the order of the schedule. */
static fp_status order_waves(const fp_study_data *data, fp_arena *arena, const fp_table **table,
                             fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    const char **waves;
    FP_ARRAY(waves, arena, plan->wave_count, err);
    for (ptrdiff_t w = 0; w < plan->wave_count; w++) {
        waves[w] = fp_arena_printf(arena, err, "%dm", plan->wave_months[w]);
        if (!waves[w])
            return FP_NOMEM;
    }
    return fp_table_with_levels(*table, fp_table_find(*table, "wave"), plan->wave_count, waves,
                                arena, table, err);
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

/* The rows of `person`, and what they are about: an outcome, answers, or neither. */
static fp_status make(const fp_study_data *data, ptrdiff_t rows, const ptrdiff_t *person,
                      const fp_outcomes *outcomes, const answered *answers, fp_arena *arena,
                      const fp_table **table, fp_err *err)
{
    const fp_protocol *plan = data->protocol;
    maker m = {.rows = rows, .arena = arena};
    ptrdiff_t room =
        6 + plan->people.column_count + plan->coaches.column_count + plan->factor_count;
    const char **cells = NULL;
    FP_ARRAY(m.names, arena, room, err);
    FP_ARRAY(m.cells, arena, room, err);
    *table = NULL;
    if (rows == 0)
        return FP_OK;
    FP_TRY(add_column(&m, "person", &cells, err));
    for (ptrdiff_t i = 0; i < rows; i++)
        cells[i] = data->people[person[i]].id;
    FP_TRY(add_carried(&m, data, person, err));
    FP_TRY(add_design(&m, data, person, err));
    if (outcomes)
        FP_TRY(add_outcome(&m, outcomes, person, err));
    if (answers)
        FP_TRY(add_answers(&m, data, answers, err));
    const fp_table *made;
    FP_TRY(fp_table_make("the analysis table", m.rows, m.columns, (const char *const *)m.names,
                         (const char *const *const *)m.cells, arena, &made, err));
    FP_TRY(order_levels(data, arena, &made, err));
    if (answers)
        FP_TRY(order_waves(data, arena, &made, err));
    *table = made;
    return FP_OK;
}

fp_status fp_analysis_table(const fp_study_data *data, const fp_outcomes *outcomes, fp_arena *arena,
                            const fp_table **table, fp_err *err)
{
    ptrdiff_t *person, rows = 0;
    FP_ARRAY(person, arena, data->person_count, err);
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        if (!outcomes || (outcomes->people[i].fate != FP_FATE_EXCLUDED &&
                          outcomes->people[i].fate != FP_FATE_UNOBSERVED))
            person[rows++] = i;
    return make(data, rows, person, outcomes, NULL, arena, table, err);
}

fp_status fp_answer_table(const fp_study_data *data, ptrdiff_t item, bool after, fp_arena *arena,
                          const fp_table **table, fp_err *err)
{
    const fp_answer **row;
    double *baseline;
    ptrdiff_t *person, rows = 0;
    FP_ARRAY(row, arena, data->answer_count, err);
    FP_ARRAY(person, arena, data->answer_count, err);
    FP_ARRAY(baseline, arena, data->person_count, err);
    for (ptrdiff_t i = 0; i < data->person_count; i++)
        baseline[i] = FP_NUM_NAN;
    for (ptrdiff_t i = 0; i < data->answer_count; i++) {
        const fp_answer *answer = &data->answers[i];
        if (answer->item != item)
            continue;
        if (answer->wave == 0)
            baseline[answer->person] = answer->value;
        if (after && answer->wave == 0)
            continue;
        row[rows] = answer;
        person[rows++] = answer->person;
    }
    answered answers = {row, baseline};
    return make(data, rows, person, NULL, &answers, arena, table, err);
}
