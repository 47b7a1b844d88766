/* Spells in the order of fp_study_data: by person, start, end and row; and which of them stand
 * there twice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study/data_priv.h"

enum {
    CHUNK = 4096, /* people */
    FEW = 24,     /* spells of a person that are sorted by insertion */
};

typedef struct {
    const fp_source *source;
    fp_spell *spells;
    const ptrdiff_t *first; /* of bucket b: 0 = unknown people, 1 + i = person i */
    ptrdiff_t buckets;
    fp_progress *progress;
    fp_status *status; /* of each chunk */
    fp_err *err;
} sorter;

/* Put each spell into its bucket, in place: follow each cycle of spells that stand in each other's
 * buckets. `next` is the first place of each bucket that is not known to hold one of its own. */
static void put_by_person(fp_spell *spells, const ptrdiff_t *first, ptrdiff_t *next,
                          ptrdiff_t buckets)
{
    for (ptrdiff_t b = 0; b < buckets; b++)
        for (; next[b] < first[b + 1]; next[b]++) {
            if (spells[next[b]].person + 1 == b)
                continue;
            fp_spell held = spells[next[b]];
            while (held.person + 1 != b) {
                fp_spell *place = &spells[next[held.person + 1]++], other = *place;
                *place = held;
                held = other;
            }
            spells[next[b]] = held;
        }
}

static bool before(const fp_spell *x, const fp_spell *y)
{
    if (x->start != y->start)
        return x->start < y->start;
    if (x->end != y->end)
        return x->end < y->end;
    return x->row < y->row;
}

static int by_time(const void *a, const void *b)
{
    return before(a, b) ? -1 : before(b, a);
}

static void sort_by_time(fp_spell *spells, ptrdiff_t n)
{
    if (n > FEW) {
        qsort(spells, (size_t)n, sizeof *spells, by_time);
        return;
    }
    for (ptrdiff_t i = 1; i < n; i++) {
        fp_spell held = spells[i];
        ptrdiff_t j = i;
        for (; j > 0 && before(&held, &spells[j - 1]); j--)
            spells[j] = spells[j - 1];
        spells[j] = held;
    }
}

/* ---- duplicates ------------------------------------------------------------------------------ */

/* A row as written. */
typedef struct {
    fp_spell *spell;
    const fp_str *cells;
    ptrdiff_t count;
} written;

static int by_cells(const void *a, const void *b)
{
    const written *x = a, *y = b;
    for (ptrdiff_t j = 0; j < x->count; j++) {
        int order = fp_str_cmp(x->cells[j], y->cells[j]);
        if (order)
            return order;
    }
    return (x->spell->row > y->spell->row) - (x->spell->row < y->spell->row);
}

static bool same_cells(const written *x, const written *y)
{
    for (ptrdiff_t j = 0; j < x->count; j++)
        if (!fp_str_eq(x->cells[j], y->cells[j]))
            return false;
    return true;
}

/* Mark all but the first of equal rows among n spells of one person with the same dates. */
static fp_status mark_equal(const fp_source *source, fp_spell *spells, ptrdiff_t n,
                            fp_arena *scratch, fp_err *err)
{
    written *rows;
    FP_ARRAY(rows, scratch, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        rows[i] = (written){.spell = &spells[i], .count = source->column_count};
        FP_TRY(fp_source_row(source, spells[i].row, scratch, &rows[i].cells, err));
    }
    qsort(rows, (size_t)n, sizeof *rows, by_cells);
    for (ptrdiff_t i = 1; i < n; i++)
        rows[i].spell->duplicate = same_cells(&rows[i - 1], &rows[i]);
    return FP_OK;
}

static bool same_dates(const fp_spell *a, const fp_spell *b)
{
    return a->start == b->start && a->end == b->end;
}

/* Two rows cannot have the same text when it means something else. */
static bool may_be_equal(const fp_spell *spells, ptrdiff_t n)
{
    return n > 2 ||
           (spells[0].kind == spells[1].kind &&
            (isnan(spells[0].hours) ? isnan(spells[1].hours) : spells[0].hours == spells[1].hours));
}

static fp_status mark_duplicates(const fp_source *source, fp_spell *spells, ptrdiff_t n,
                                 fp_arena *scratch, fp_err *err)
{
    for (ptrdiff_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && same_dates(&spells[from], &spells[to]);)
            to++;
        if (to == from + 1 || !may_be_equal(spells + from, to - from))
            continue;
        fp_arena_point point = fp_arena_mark(scratch);
        FP_TRY(mark_equal(source, spells + from, to - from, scratch, err));
        fp_arena_rewind(scratch, point);
    }
    return FP_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static fp_status sort_people(const sorter *s, long i, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    ptrdiff_t end = (i + 1) * CHUNK < s->buckets ? (i + 1) * CHUNK : s->buckets;
    for (ptrdiff_t b = i * CHUNK; b < end; b++) {
        fp_spell *spells = s->spells + s->first[b];
        ptrdiff_t n = s->first[b + 1] - s->first[b];
        sort_by_time(spells, n);
        if (b > 0)
            FP_TRY(mark_duplicates(s->source, spells, n, scratch, err));
    }
    return FP_OK;
}

static void sort_chunk(void *context, long i)
{
    const sorter *s = context;
    s->status[i] = sort_people(s, i, &s->err[i]);
    fp_progress_add(s->progress, 1);
}

fp_status fp_spells_sort(const fp_source *source, fp_spell *spells, ptrdiff_t count,
                         fp_arena *arena, fp_study_data *data, fp_err *err)
{
    ptrdiff_t people = data->person_count, *first;
    sorter s = {source, spells, NULL, people + 1, data->work.progress, NULL, NULL};
    long chunks = (long)((s.buckets + CHUNK - 1) / CHUNK);
    FP_ARRAY(first, arena, people + 2, err);
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    ptrdiff_t *next;
    FP_ARRAY(next, scratch, people + 1, err);
    FP_ARRAY(s.status, scratch, chunks, err);
    FP_ARRAY(s.err, scratch, chunks, err);
    for (ptrdiff_t i = 0; i < count; i++)
        first[spells[i].person + 2]++;
    for (ptrdiff_t b = 0; b <= people; b++)
        first[b + 1] += first[b];
    memcpy(next, first, (size_t)(people + 1) * sizeof *next);
    put_by_person(spells, first, next, people + 1);
    s.first = first;
    fp_progress_begin(s.progress, "sorting the spells", NULL, chunks);
    fp_parallel(data->work.threads, chunks, sort_chunk, &s);
    fp_progress_end(s.progress);
    for (long i = 0; i < chunks; i++)
        if (s.status[i] != FP_OK) {
            if (err)
                *err = s.err[i];
            return s.status[i];
        }
    data->spells = spells;
    data->spell_count = count;
    data->unknown_spells = first[1];
    data->first_spell = first + 1;
    return FP_OK;
}
