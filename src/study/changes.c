#include "study/changes.h"

#include <string.h>

#include "study/data_priv.h"

const char *fp_change_place(const fp_change *changes, ptrdiff_t count, const char *coach)
{
    for (ptrdiff_t k = count; k-- > 0;) /* who is replaced later was there earlier */
        if (changes[k].kind == FP_CHANGE_REPLACE && strcmp(changes[k].to, coach) == 0)
            coach = changes[k].unit;
    return coach;
}

fp_status fp_source_pick(const fp_source *source, const ptrdiff_t *rows, ptrdiff_t count,
                         fp_arena *arena, fp_source *out, fp_err *err)
{
    fp_source made = *source;
    const char *const **columns;
    long *line;
    FP_ARRAY(columns, arena, source->column_count, err);
    FP_ARRAY(line, arena, count, err);
    for (ptrdiff_t j = 0; j < source->column_count; j++) {
        const char **cells;
        FP_ARRAY(cells, arena, count, err);
        for (ptrdiff_t i = 0; i < count; i++)
            cells[i] = source->cells[j][rows[i]];
        columns[j] = cells;
    }
    for (ptrdiff_t i = 0; i < count; i++)
        line[i] = fp_source_line(source, rows[i]);
    made.rows = count;
    made.cells = columns;
    made.line = line;
    *out = made;
    return FP_OK;
}

/* Who took another's place is no cluster of its own. */
static fp_status drop_replacements(const fp_protocol *protocol, const fp_change *changes,
                                   ptrdiff_t count, fp_source *coaches, fp_arena *arena,
                                   fp_err *err)
{
    const char *const *ids = coaches->cells[fp_source_role(coaches, protocol, "id")];
    ptrdiff_t *rows, kept = 0;
    FP_ARRAY(rows, arena, coaches->rows, err);
    for (ptrdiff_t i = 0; i < coaches->rows; i++)
        if (fp_change_place(changes, count, ids[i]) == ids[i])
            rows[kept++] = i;
    return kept == coaches->rows ? FP_OK : fp_source_pick(coaches, rows, kept, arena, coaches, err);
}

typedef struct {
    const fp_protocol *protocol;
    const fp_change *changes;
    ptrdiff_t count;
    const fp_first_coach *first;
    ptrdiff_t *origin;              /* of each in `registered`: its place in `first` */
    fp_textmap registered, changed; /* people in `first`; people that a change is about */
    const fp_source *people;
    ptrdiff_t id, cluster; /* columns */
    fp_problems *problems;
} applying;

static fp_status index_people(applying *a, ptrdiff_t first_count, fp_arena *arena, fp_err *err)
{
    FP_TRY(fp_textmap_init(&a->registered, first_count, arena, err));
    FP_ARRAY(a->origin, arena, first_count, err);
    for (ptrdiff_t i = 0; i < first_count; i++) {
        bool added;
        ptrdiff_t number = fp_textmap_put(&a->registered, a->first[i].person, &added);
        if (added)
            a->origin[number] = i;
    }
    FP_TRY(fp_textmap_init(&a->changed, a->count, arena, err));
    for (ptrdiff_t k = 0; k < a->count; k++)
        if (a->changes[k].kind >= FP_CHANGE_MOVE)
            (void)fp_textmap_put(&a->changed, a->changes[k].unit, NULL);
    return FP_OK;
}

/* The cluster of a person whom events are about: that of the first of them, unless corrected. */
static const char *by_events(const applying *a, ptrdiff_t row, const char *now)
{
    const char *id = a->people->cells[a->id][row], *cluster = NULL;
    bool known = false;
    for (ptrdiff_t k = 0; k < a->count; k++) {
        const fp_change *c = &a->changes[k];
        if (c->kind < FP_CHANGE_MOVE || strcmp(c->unit, id) != 0)
            continue;
        const char *to = fp_change_place(a->changes, a->count, c->to);
        if (!cluster)
            cluster = fp_change_place(a->changes, a->count, c->from);
        if (c->kind == FP_CHANGE_CORRECT)
            cluster = to;
        known = known || strcmp(to, now) == 0 ||
                strcmp(fp_change_place(a->changes, a->count, c->from), now) == 0;
    }
    if (!known)
        fp_linking_problem(
            &(fp_linking){.problems = a->problems}, true, a->people, row,
            a->people->names[a->cluster],
            "log the move: firstplace randomise STUDY --move PERSON --to COACH",
            "%.80s belongs to coach %.80s by the draw, and no event names coach %.80s", id, cluster,
            a->people->cells[a->cluster][row]);
    return cluster;
}

static const char *cluster_of(const applying *a, ptrdiff_t row)
{
    const char *cell = a->people->cells[a->cluster][row];
    fp_str id = fp_str_of(a->people->cells[a->id][row]);
    if (fp_cell_missing(fp_str_of(cell)))
        return cell;
    const char *now = fp_change_place(a->changes, a->count, cell);
    if (fp_textmap_find(&a->changed, id) >= 0)
        return by_events(a, row, now);
    ptrdiff_t at = fp_textmap_find(&a->registered, id);
    if (at < 0)
        return now;
    const fp_first_coach *then = &a->first[a->origin[at]];
    const char *first = fp_change_place(a->changes, a->count, then->coach);
    if (strcmp(first, now) != 0)
        fp_linking_problem(
            &(fp_linking){.problems = a->problems}, true, a->people, row,
            a->people->names[a->cluster],
            "log what happened: firstplace randomise STUDY --move PERSON --to COACH (or --correct, "
            "where the first was a mistake)",
            "%.80s was registered with coach %.80s and now stands with coach %.80s, without an "
            "event that says why",
            then->person, then->coach, cell);
    return first;
}

static fp_status set_clusters(applying *a, fp_source *people, fp_arena *arena, fp_err *err)
{
    const char **cells;
    const char *const **columns;
    bool differs = false;
    FP_ARRAY(cells, arena, people->rows, err);
    for (ptrdiff_t i = 0; i < people->rows; i++) {
        cells[i] = cluster_of(a, i);
        differs = differs || strcmp(cells[i], people->cells[a->cluster][i]) != 0;
    }
    if (!differs)
        return FP_OK;
    FP_ARRAY(columns, arena, people->column_count, err);
    memcpy(columns, people->cells, (size_t)people->column_count * sizeof *columns);
    columns[a->cluster] = cells;
    people->cells = columns;
    return FP_OK;
}

/* Whoever offered a place did so in the place of the draw. */
static fp_status map_recruiters(const applying *a, fp_source *rows, fp_arena *arena, fp_err *err)
{
    ptrdiff_t column = rows->file ? fp_source_role(rows, a->protocol, "coach") : -1;
    const char **cells;
    const char *const **columns;
    if (column < 0 || a->count == 0)
        return FP_OK;
    FP_ARRAY(cells, arena, rows->rows, err);
    FP_ARRAY(columns, arena, rows->column_count, err);
    memcpy(columns, rows->cells, (size_t)rows->column_count * sizeof *columns);
    for (ptrdiff_t i = 0; i < rows->rows; i++)
        cells[i] = fp_change_place(a->changes, a->count, rows->cells[column][i]);
    columns[column] = cells;
    rows->cells = columns;
    return FP_OK;
}

fp_status fp_changes_apply(const fp_protocol *protocol, const fp_change *changes,
                           ptrdiff_t change_count, const fp_first_coach *first,
                           ptrdiff_t first_count, fp_source *sources, fp_arena *arena,
                           fp_problems *problems, fp_err *err)
{
    fp_source *people = &sources[FP_SOURCE_PEOPLE];
    applying a = {.protocol = protocol,
                  .changes = changes,
                  .count = change_count,
                  .first = first,
                  .people = people,
                  .problems = problems};
    if (change_count)
        FP_TRY(drop_replacements(protocol, changes, change_count, &sources[FP_SOURCE_COACHES],
                                 arena, err));
    a.id = fp_source_role(people, protocol, "id");
    a.cluster = fp_source_column(people, protocol, protocol->cluster);
    if (a.id < 0 || a.cluster < 0)
        return FP_OK;
    FP_TRY(map_recruiters(&a, &sources[FP_SOURCE_RECRUITMENT], arena, err));
    fp_source before = *people;
    a.people = &before;
    FP_TRY(index_people(&a, first_count, arena, err));
    return set_clusters(&a, people, arena, err);
}
