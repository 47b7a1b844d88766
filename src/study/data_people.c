#include <stdlib.h>
#include <string.h>

#include "study/data_priv.h"
#include "study/protocol_priv.h"

/* ---- arms ------------------------------------------------------------------------------------ */

static bool with_and_without(const fp_factor *factor)
{
    return factor->level_count == 2 && !strcmp(factor->levels[0], "without") &&
           !strcmp(factor->levels[1], "with");
}

/* "usual", "ips", "pa", "both", or the levels joined. */
static const char *key_of_arm(const fp_protocol *p, ptrdiff_t arm, fp_arena *arena, fp_err *err)
{
    if (p->factor_count == 2 && with_and_without(&p->factors[0]) &&
        with_and_without(&p->factors[1])) {
        const char *const keys[] = {"usual", p->factors[0].name, p->factors[1].name, "both"};
        return keys[arm];
    }
    const char *key = "";
    ptrdiff_t rest = arm;
    for (ptrdiff_t f = 0; f < p->factor_count && key; f++) {
        key = fp_arena_printf(arena, err, "%s%s%s", key, f ? " + " : "",
                              p->factors[f].levels[rest % p->factors[f].level_count]);
        rest /= p->factors[f].level_count;
    }
    return key;
}

fp_status fp_arm_keys(const fp_protocol *p, fp_arena *arena, ptrdiff_t *count,
                      const char *const **out, fp_err *err)
{
    const char **keys;
    ptrdiff_t arms = 1;
    for (ptrdiff_t f = 0; f < p->factor_count; f++)
        arms *= p->factors[f].level_count;
    FP_ARRAY(keys, arena, arms, err);
    for (ptrdiff_t a = 0; a < arms; a++)
        if (!(keys[a] = key_of_arm(p, a, arena, err)))
            return FP_NOMEM;
    if (p->factor_count == 0)
        keys[0] = "all";
    *count = arms;
    *out = keys;
    return FP_OK;
}

fp_status fp_link_arms(fp_linking *l)
{
    const fp_protocol *p = l->protocol;
    FP_TRY(fp_arm_keys(p, l->arena, &l->data->arm_count, &l->data->arm_keys, l->err));
    FP_ARRAY(l->factor_source, l->arena, p->factor_count, l->err);
    FP_ARRAY(l->factor_column, l->arena, p->factor_count, l->err);
    for (ptrdiff_t f = 0; f < p->factor_count; f++) {
        l->factor_column[f] = -1;
        for (int kind = FP_SOURCE_COACHES; kind <= FP_SOURCE_PEOPLE; kind++) {
            const fp_source *source = &l->data->sources[kind];
            ptrdiff_t column = source->file ? fp_source_column(source, p, p->factors[f].name) : -1;
            if (l->factor_column[f] < 0 && column >= 0) {
                l->factor_source[f] = source;
                l->factor_column[f] = column;
            }
        }
    }
    return FP_OK;
}

/* Level of a factor in a cell; -1, said once a row, where the design has no such level. */
static int level_of(const fp_linking *l, ptrdiff_t f, ptrdiff_t row)
{
    const fp_factor *factor = &l->protocol->factors[f];
    const fp_source *source = l->factor_source[f];
    const char *cell = source->cells[l->factor_column[f]][row];
    char hint[256] = "levels: ";
    if (l->protocol->allocation.method != FP_ALLOCATION_ELSEWHERE && !cell[0])
        return -1; /* not revealed yet */
    for (ptrdiff_t k = 0; k < factor->level_count; k++) {
        if (!strcmp(factor->levels[k], cell))
            return (int)k;
        size_t used = strlen(hint);
        (void)snprintf(hint + used, sizeof hint - used, "%s%s", k ? ", " : "", factor->levels[k]);
    }
    fp_linking_problem(l, true, source, row, factor->name, hint,
                       "\"%.80s\" is not a level of the factor %s", cell, factor->name);
    return -1;
}

/* Fill the levels that stand in `source` at this row. */
static void take_levels(const fp_linking *l, const fp_source *source, ptrdiff_t row, int *level)
{
    for (ptrdiff_t f = 0; f < l->protocol->factor_count; f++)
        if (l->factor_column[f] >= 0 && l->factor_source[f] == source)
            level[f] = level_of(l, f, row);
}

/* Arm of a full set of levels, -1 where one is not known. */
static ptrdiff_t arm_of(const fp_linking *l, const int *level)
{
    ptrdiff_t arm = 0, stride = 1;
    for (ptrdiff_t f = 0; f < l->protocol->factor_count; f++) {
        if (level[f] < 0)
            return -1;
        arm += level[f] * stride;
        stride *= l->protocol->factors[f].level_count;
    }
    return l->protocol->factor_count ? arm : -1;
}

/* Levels of `rows` people or coaches, all unknown, in one block: those of row i begin at i *
 * factor_count. */
static fp_status new_levels(const fp_linking *l, ptrdiff_t rows, int **level)
{
    ptrdiff_t count = rows * l->protocol->factor_count;
    FP_ARRAY(*level, l->arena, count, l->err);
    for (ptrdiff_t i = 0; i < count; i++)
        (*level)[i] = -1;
    return FP_OK;
}

/* "ips=with, pa=without" */
static void levels_text(const fp_linking *l, const int *level, const int *other, char *out,
                        size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (ptrdiff_t f = 0; f < l->protocol->factor_count && used < size; f++)
        if (level[f] != other[f] && level[f] >= 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s=%s", used ? ", " : "",
                                     l->protocol->factors[f].name,
                                     l->protocol->factors[f].levels[level[f]]);
}

/* Two rows give one coach other levels. Nothing is said where one of them is unknown: that is an
 * error of its own. True when the levels differ. */
static bool two_arms(const fp_linking *l, const fp_source *source, const char *id,
                     ptrdiff_t first_row, const int *first, ptrdiff_t row, const int *now)
{
    char a[160], b[160];
    levels_text(l, first, now, a, sizeof a);
    levels_text(l, now, first, b, sizeof b);
    if (!a[0] || !b[0])
        return false;
    fp_linking_problem(l, true, source, row, NULL, "keep the row of the allocation list",
                       "coach %.80s is in two arms: line %ld says %s, line %ld %s", id,
                       fp_source_line(source, first_row), a, fp_source_line(source, row), b);
    return true;
}

/* ---- coaches --------------------------------------------------------------------------------- */

static fp_day allocated_on(const fp_linking *l, const fp_source *source, ptrdiff_t row)
{
    ptrdiff_t column = fp_source_role(source, l->protocol, "allocated");
    fp_day day = FP_DAY_NONE;
    if (column >= 0)
        (void)fp_linking_date(l, source, column, row, fp_str_of(source->cells[column][row]), true,
                              &day);
    return day;
}

static fp_status coaches_from_source(fp_linking *l, const fp_source *source)
{
    ptrdiff_t id_column = fp_source_role(source, l->protocol, "id");
    fp_coach *coaches;
    int *levels;
    FP_ARRAY(coaches, l->arena, source->rows, l->err);
    FP_TRY(new_levels(l, source->rows, &levels));
    FP_TRY(fp_textmap_init(&l->coaches, source->rows, l->arena, l->err));
    for (ptrdiff_t row = 0; row < source->rows; row++) {
        const char *id = source->cells[id_column][row];
        bool added;
        if (fp_cell_missing(fp_str_of(id))) {
            fp_linking_problem(l, true, source, row, source->names[id_column], NULL,
                               "there is no id");
            continue;
        }
        int *level = levels + row * l->protocol->factor_count;
        take_levels(l, source, row, level);
        fp_coach *coach = &coaches[fp_textmap_put(&l->coaches, id, &added)];
        if (added)
            *coach = (fp_coach){.id = id,
                                .row = row,
                                .arm = arm_of(l, level),
                                .level = level,
                                .allocated = allocated_on(l, source, row)};
        else if (!two_arms(l, source, id, coach->row, coach->level, row, level))
            fp_linking_problem(l, true, source, row, source->names[id_column], "keep one of them",
                               "coach %.80s stands there twice, first in line %ld", id,
                               fp_source_line(source, coach->row));
    }
    l->data->coaches = l->coach_rows = coaches;
    l->data->coach_count = l->coaches.count;
    return FP_OK;
}

/* Without a source of coaches they are the distinct values of the cluster column of people; the
 * row is that of the first of their people. */
static fp_status coaches_from_people(fp_linking *l, const fp_source *source, ptrdiff_t column)
{
    fp_coach *coaches;
    int *levels;
    FP_ARRAY(coaches, l->arena, source->rows, l->err);
    FP_TRY(new_levels(l, source->rows, &levels));
    FP_TRY(fp_textmap_init(&l->coaches, source->rows, l->arena, l->err));
    for (ptrdiff_t row = 0; row < source->rows; row++) {
        const char *id = source->cells[column][row];
        bool added;
        if (fp_cell_missing(fp_str_of(id)))
            continue;
        fp_coach *coach = &coaches[fp_textmap_put(&l->coaches, id, &added)];
        if (!added)
            continue;
        int *level = levels + row * l->protocol->factor_count;
        *coach =
            (fp_coach){.id = id, .row = row, .arm = -1, .level = level, .allocated = FP_DAY_NONE};
    }
    l->data->coaches = l->coach_rows = coaches;
    l->data->coach_count = l->coaches.count;
    return FP_OK;
}

fp_status fp_link_coaches(fp_linking *l)
{
    const fp_source *coaches = &l->data->sources[FP_SOURCE_COACHES];
    const fp_source *people = &l->data->sources[FP_SOURCE_PEOPLE];
    if (coaches->file)
        return coaches_from_source(l, coaches);
    ptrdiff_t column = l->protocol->cluster && people->file
                           ? fp_source_column(people, l->protocol, l->protocol->cluster)
                           : -1;
    return column >= 0 ? coaches_from_people(l, people, column) : FP_OK;
}

/* ---- people ---------------------------------------------------------------------------------- */

typedef struct {
    ptrdiff_t id, start, end, end_reason, cluster;
} person_columns;

/* The coach of a person; says so where there is none. */
static ptrdiff_t coach_of(const fp_linking *l, const fp_source *source, ptrdiff_t column,
                          ptrdiff_t row)
{
    const char *id = source->cells[column][row];
    const fp_source *coaches = &l->data->sources[FP_SOURCE_COACHES];
    if (fp_cell_missing(fp_str_of(id))) {
        fp_linking_problem(l, true, source, row, source->names[column],
                           "write the coach to whom the person was allocated", "there is no coach");
        return -1;
    }
    ptrdiff_t coach = fp_textmap_find(&l->coaches, fp_str_of(id));
    if (coach < 0) {
        char hint[384], near[160];
        fp_nearest_hint(id, l->coaches.texts, l->coaches.count, near, sizeof near);
        (void)snprintf(hint, sizeof hint, "%s%scorrect the row, or add the coach to %.60s", near,
                       near[0] ? " " : "", coaches->file ? coaches->file : "the coaches");
        fp_linking_problem(l, true, source, row, source->names[column], hint,
                           "coach \"%.80s\" is not in %.80s", id,
                           coaches->file ? coaches->file : "the coaches");
    }
    return coach;
}

/* Levels of a person: those of the coach, and those that stand in the person's own row. In a
 * cluster-randomised design the own row speaks for the coach and must not contradict another. */
static void take_arm(fp_linking *l, const fp_source *source, fp_person *person, int *level,
                     ptrdiff_t *coach_seen)
{
    const fp_protocol *p = l->protocol;
    ptrdiff_t row = person->row;
    fp_coach *coach = person->coach >= 0 ? &l->coach_rows[person->coach] : NULL;
    for (ptrdiff_t f = 0; coach && f < p->factor_count; f++)
        if (l->factor_column[f] >= 0 && l->factor_source[f] != source)
            level[f] = coach->level[f];
    take_levels(l, source, row, level);
    person->level = level;
    person->arm = arm_of(l, level);
    bool said = coach && coach_seen[person->coach]; /* once a coach is enough */
    if (person->arm < 0 && p->allocation.method != FP_ALLOCATION_ELSEWHERE && !said)
        fp_linking_problem(l, true, source, row, NULL,
                           "tell it with: firstplace randomise STUDY --reveal ID --secret FILE",
                           "the arm of %s %.80s is not revealed", coach ? "coach" : "person",
                           coach ? coach->id : person->id);
    if (!coach || p->kind != FP_DESIGN_CLUSTER_RANDOMISED)
        return;
    ptrdiff_t *seen = &coach_seen[person->coach];
    if (*seen == 0) {
        *seen = row + 1;
        coach->level = level;
        coach->arm = person->arm;
    } else {
        (void)two_arms(l, source, coach->id, *seen - 1, coach->level, row, level);
    }
}

static bool take_date(const fp_linking *l, const fp_source *source, ptrdiff_t column, ptrdiff_t row,
                      fp_day *day)
{
    return column >= 0 && fp_linking_date(l, source, column, row,
                                          fp_str_of(source->cells[column][row]), false, day);
}

static void take_dates(const fp_linking *l, const fp_source *source, const person_columns *columns,
                       ptrdiff_t row, fp_person *person)
{
    bool start = take_date(l, source, columns->start, row, &person->start);
    bool end = take_date(l, source, columns->end, row, &person->end);
    if (start && end && person->start > person->end)
        fp_linking_problem(l, true, source, row, source->names[columns->start],
                           "correct one of the two",
                           "the start %.20s lies after the last day of the register, %.20s",
                           source->cells[columns->start][row], source->cells[columns->end][row]);
}

static void take_person(fp_linking *l, const fp_source *source, const person_columns *columns,
                        ptrdiff_t row, fp_person *person)
{
    const char *reason = columns->end_reason >= 0 ? source->cells[columns->end_reason][row] : "";
    person->row = row;
    person->id = source->cells[columns->id][row];
    person->start = person->end = FP_DAY_NONE;
    person->end_reason = fp_cell_missing(fp_str_of(reason)) ? "" : reason;
    person->coach = person->arm = -1;
    take_dates(l, source, columns, row, person);
    if (columns->cluster >= 0)
        person->coach = coach_of(l, source, columns->cluster, row);
}

/* A person's id is there, once. */
static bool new_person(fp_linking *l, const fp_source *source, ptrdiff_t column, ptrdiff_t row,
                       const fp_person *people)
{
    const char *id = source->cells[column][row];
    bool added;
    if (fp_cell_missing(fp_str_of(id))) {
        fp_linking_problem(l, true, source, row, source->names[column], NULL, "there is no id");
        return false;
    }
    ptrdiff_t number = fp_textmap_put(&l->people, id, &added);
    if (!added)
        fp_linking_problem(l, true, source, row, source->names[column], "keep one of them",
                           "person %.80s stands there twice, first in line %ld", id,
                           fp_source_line(source, people[number].row));
    return added;
}

fp_status fp_link_people(fp_linking *l)
{
    const fp_protocol *p = l->protocol;
    const fp_source *source = &l->data->sources[FP_SOURCE_PEOPLE];
    fp_person *people;
    ptrdiff_t *coach_seen, count = 0;
    int *levels;
    if (source->rows == 0) {
        fp_linking_problem(l, true, source, -1, NULL, "add a row for each person",
                           "there are no people");
        return fp_textmap_init(&l->people, 0, l->arena, l->err);
    }
    person_columns columns = {fp_source_role(source, p, "id"), fp_source_role(source, p, "start"),
                              fp_source_role(source, p, "end"),
                              fp_source_role(source, p, "end_reason"),
                              p->cluster ? fp_source_column(source, p, p->cluster) : -1};
    FP_ARRAY(people, l->arena, source->rows, l->err);
    FP_TRY(new_levels(l, source->rows, &levels));
    FP_ARRAY(coach_seen, l->arena, l->data->coach_count, l->err);
    FP_TRY(fp_textmap_init(&l->people, source->rows, l->arena, l->err));
    for (ptrdiff_t row = 0; row < source->rows; row++) {
        if (!new_person(l, source, columns.id, row, people))
            continue;
        fp_person *person = &people[count];
        take_person(l, source, &columns, row, person);
        if (p->factor_count)
            take_arm(l, source, person, levels + count * p->factor_count, coach_seen);
        count++;
    }
    l->data->people = people;
    l->data->person_count = count;
    return FP_OK;
}
