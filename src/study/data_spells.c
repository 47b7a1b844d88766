#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "study/data_priv.h"

typedef struct {
    ptrdiff_t person, start, end, hours, kind;
} spell_columns;

/* Hours with a point or a comma; NaN where missing. */
static double hours_of(const fp_linking *l, const fp_source *source, ptrdiff_t column,
                       ptrdiff_t row)
{
    double hours = (double)NAN;
    const char *cell = column >= 0 ? source->cells[column][row] : "";
    fp_str text = fp_str_trim(fp_str_of(cell));
    if (fp_cell_missing(cell) || text.n == 0)
        return (double)NAN;
    if (!fp_num_parse(text, '.', &hours) && !fp_num_parse(text, ',', &hours))
        fp_linking_problem(l, true, source, row, source->names[column],
                           "write hours a week such as 12, 12.5 or 12,5; leave unknown ones empty",
                           "\"%.80s\" is not a number", cell);
    return hours;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Kinds in byte order: number the spells' kinds anew. */
static fp_status sort_kinds(fp_linking *l, const fp_textmap *kinds, fp_spell *spells,
                            ptrdiff_t count)
{
    const char **sorted;
    int32_t *place;
    FP_ARRAY(sorted, l->arena, kinds->count, l->err);
    FP_ARRAY(place, l->arena, kinds->count, l->err);
    if (kinds->count > 0)
        memcpy(sorted, kinds->texts, (size_t)kinds->count * sizeof *sorted);
    qsort(sorted, (size_t)kinds->count, sizeof *sorted, by_bytes);
    for (ptrdiff_t k = 0; k < kinds->count; k++)
        place[fp_textmap_find(kinds, sorted[k])] = (int32_t)k;
    for (ptrdiff_t i = 0; i < count; i++)
        if (spells[i].kind >= 0)
            spells[i].kind = place[spells[i].kind];
    l->data->kinds = sorted;
    l->data->kind_count = kinds->count;
    return FP_OK;
}

static int by_time(const void *a, const void *b)
{
    const fp_spell *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* By person with a counting sort, which keeps the order of the file, then by time within one. */
static fp_status sort_spells(fp_linking *l, const fp_spell *spells, ptrdiff_t count)
{
    ptrdiff_t people = l->data->person_count, *first, *next;
    fp_spell *sorted;
    FP_ARRAY(first, l->arena, people + 2, l->err);
    FP_ARRAY(next, l->arena, people + 1, l->err);
    FP_ARRAY(sorted, l->arena, count, l->err);
    for (ptrdiff_t i = 0; i < count; i++)
        first[spells[i].person + 2]++;
    for (ptrdiff_t p = 0; p <= people; p++)
        first[p + 1] += first[p];
    memcpy(next, first, (size_t)(people + 1) * sizeof *next);
    for (ptrdiff_t i = 0; i < count; i++)
        sorted[next[spells[i].person + 1]++] = spells[i];
    for (ptrdiff_t p = 0; p <= people; p++)
        qsort(sorted + first[p], (size_t)(first[p + 1] - first[p]), sizeof *sorted, by_time);
    l->data->spells = sorted;
    l->data->spell_count = count;
    l->data->unknown_spells = first[1];
    l->data->first_spell = first + 1;
    return FP_OK;
}

static fp_status no_spells(fp_linking *l)
{
    ptrdiff_t *first;
    FP_ARRAY(first, l->arena, l->data->person_count + 1, l->err);
    l->data->first_spell = first;
    return FP_OK;
}

fp_status fp_link_spells(fp_linking *l)
{
    const fp_source *source = &l->data->sources[FP_SOURCE_EPISODES];
    const fp_protocol *p = l->protocol;
    fp_spell *spells;
    fp_textmap kinds;
    if (!source->file)
        return no_spells(l);
    spell_columns columns = {fp_source_role(source, p, "person"),
                             fp_source_role(source, p, "start"), fp_source_role(source, p, "end"),
                             fp_source_role(source, p, "hours"), fp_source_role(source, p, "kind")};
    FP_ARRAY(spells, l->arena, source->rows, l->err);
    FP_TRY(fp_textmap_init(&kinds, columns.kind >= 0 ? source->rows : 0, l->arena, l->err));
    for (ptrdiff_t row = 0; row < source->rows; row++) {
        fp_spell *spell = &spells[row];
        const char *kind = columns.kind >= 0 ? source->cells[columns.kind][row] : "";
        spell->row = row;
        spell->person = fp_textmap_find(&l->people, source->cells[columns.person][row]);
        (void)fp_linking_date(l, source, columns.start, row, false, &spell->start);
        (void)fp_linking_date(l, source, columns.end, row, true, &spell->end);
        spell->hours = hours_of(l, source, columns.hours, row);
        spell->kind = fp_cell_missing(kind) ? -1 : (int32_t)fp_textmap_put(&kinds, kind, NULL);
    }
    FP_TRY(sort_kinds(l, &kinds, spells, source->rows));
    return sort_spells(l, spells, source->rows);
}
