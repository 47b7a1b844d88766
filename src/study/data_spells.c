#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "study/data_priv.h"

typedef struct {
    ptrdiff_t person, start, end, hours, kind;
} spell_columns;

/* What one piece of rows leaves behind, beside its spells: what is merged in the order of the
 * pieces. */
typedef struct {
    fp_arena *arena;
    fp_problems problems;
    fp_textmap kinds;
    int32_t *kind_place; /* of each kind of the piece among all */
    fp_status status;
    fp_err err;
} piece;

typedef struct {
    const fp_linking *l;
    const fp_source *source;
    spell_columns columns;
    fp_spell *spells; /* in the order of the rows */
    piece *pieces;
    ptrdiff_t piece_count;
} parser;

/* The parser at one of its pieces. */
typedef struct {
    const parser *p;
    fp_linking l; /* with the problems of the piece */
    piece *piece;
} worker;

/* Hours with a point or a comma; NaN where missing. */
static double hours_of(const worker *w, ptrdiff_t row, fp_str cell)
{
    double hours = (double)NAN;
    fp_str text = fp_str_trim(cell);
    if (fp_cell_missing(cell) || text.n == 0)
        return (double)NAN;
    if (!fp_num_parse(text, '.', &hours) && !fp_num_parse(text, ',', &hours))
        fp_linking_problem(&w->l, true, w->p->source, row, w->p->source->names[w->p->columns.hours],
                           "write hours a week such as 12, 12.5 or 12,5; leave unknown ones empty",
                           "\"%.*s\" is not a number", FP_CELL_ARG(cell));
    return hours;
}

static int32_t kind_of(const worker *w, fp_str cell)
{
    ptrdiff_t number = -1;
    if (!fp_cell_missing(cell) && w->piece->status == FP_OK)
        w->piece->status = fp_textmap_keep(&w->piece->kinds, cell, &number, &w->piece->err);
    return (int32_t)number;
}

static void take_row(void *context, ptrdiff_t row, const fp_str *cells)
{
    const worker *w = context;
    const spell_columns *c = &w->p->columns;
    fp_spell *spell = &w->p->spells[row];
    spell->row = (int32_t)row;
    spell->person = (int32_t)fp_textmap_find(&w->l.people, cells[c->person]);
    (void)fp_linking_date(&w->l, w->p->source, c->start, row, cells[c->start], false,
                          &spell->start);
    (void)fp_linking_date(&w->l, w->p->source, c->end, row, cells[c->end], true, &spell->end);
    spell->hours = c->hours < 0 ? (double)NAN : hours_of(w, row, cells[c->hours]);
    spell->kind = c->kind < 0 ? -1 : kind_of(w, cells[c->kind]);
}

static fp_status parse(const parser *p, ptrdiff_t i, piece *out)
{
    worker w = {.p = p, .l = *p->l, .piece = out};
    out->arena = fp_arena_create(64 * FP_GIB);
    if (!out->arena)
        return fp_fail_nomem(&out->err, sizeof out->arena);
    fp_problems_init(&out->problems, p->l->problems->capacity, out->arena);
    FP_TRY(fp_textmap_init(&out->kinds, 16, out->arena, &out->err));
    w.l.problems = &out->problems;
    FP_TRY(fp_source_piece(p->source, i, take_row, &w, &out->err));
    return out->status;
}

static void parse_piece(void *context, long i)
{
    parser *p = context;
    p->pieces[i].status = parse(p, i, &p->pieces[i]);
    fp_progress_add(p->l->data->work.progress, fp_source_piece_begins(p->source, i + 1) -
                                                   fp_source_piece_begins(p->source, i));
}

/* Number the kinds of a piece among those of all, and say what is wrong with its rows. */
static fp_status merge(const parser *p, piece *from, fp_textmap *kinds)
{
    FP_ARRAY(from->kind_place, from->arena, from->kinds.count, p->l->err);
    for (ptrdiff_t k = 0; k < from->kinds.count; k++) {
        ptrdiff_t number;
        FP_TRY(fp_textmap_keep(kinds, fp_str_of(from->kinds.texts[k]), &number, p->l->err));
        from->kind_place[k] = (int32_t)number;
    }
    fp_problems_append(p->l->problems, &from->problems);
    return FP_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The kinds in byte order, and the place there of each number. */
static fp_status sort_kinds(fp_linking *l, const fp_textmap *kinds, int32_t **place)
{
    const char **sorted;
    FP_ARRAY(sorted, l->arena, kinds->count, l->err);
    FP_ARRAY(*place, l->arena, kinds->count, l->err);
    if (kinds->count > 0)
        memcpy(sorted, kinds->texts, (size_t)kinds->count * sizeof *sorted);
    qsort(sorted, (size_t)kinds->count, sizeof *sorted, by_bytes);
    for (ptrdiff_t k = 0; k < kinds->count; k++)
        (*place)[fp_textmap_find(kinds, fp_str_of(sorted[k]))] = (int32_t)k;
    l->data->kinds = sorted;
    l->data->kind_count = kinds->count;
    return FP_OK;
}

static void renumber_piece(void *context, long i)
{
    const parser *p = context;
    const int32_t *place = p->pieces[i].kind_place;
    ptrdiff_t end = fp_source_piece_begins(p->source, i + 1);
    for (ptrdiff_t row = fp_source_piece_begins(p->source, i); row < end; row++)
        if (p->spells[row].kind >= 0)
            p->spells[row].kind = place[p->spells[row].kind];
}

static fp_status merge_all(fp_linking *l, parser *p)
{
    fp_textmap kinds;
    int32_t *place;
    FP_TRY(fp_textmap_init(&kinds, 16, l->arena, l->err));
    for (ptrdiff_t i = 0; i < p->piece_count; i++)
        FP_TRY(merge(p, &p->pieces[i], &kinds));
    FP_TRY(sort_kinds(l, &kinds, &place));
    for (ptrdiff_t i = 0; i < p->piece_count; i++)
        for (ptrdiff_t k = 0; k < p->pieces[i].kinds.count; k++)
            p->pieces[i].kind_place[k] = place[p->pieces[i].kind_place[k]];
    fp_parallel(l->data->work.threads, p->piece_count, renumber_piece, p);
    return FP_OK;
}

/* Parse every row straight to its place. */
static fp_status parse_all(fp_linking *l, parser *p)
{
    fp_status status = FP_OK;
    FP_ARRAY(p->spells, l->arena, p->source->rows, l->err);
    FP_ARRAY(p->pieces, l->arena, p->piece_count, l->err);
    fp_progress_begin(l->data->work.progress, "reading the spells of", p->source->file,
                      p->source->rows);
    fp_parallel(l->data->work.threads, p->piece_count, parse_piece, p);
    fp_progress_end(l->data->work.progress);
    for (ptrdiff_t i = 0; i < p->piece_count && status == FP_OK; i++)
        if ((status = p->pieces[i].status) != FP_OK && l->err)
            *l->err = p->pieces[i].err;
    if (status == FP_OK)
        status = merge_all(l, p);
    for (ptrdiff_t i = 0; i < p->piece_count; i++)
        fp_arena_destroy(p->pieces[i].arena);
    return status;
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
    if (!source->file)
        return no_spells(l);
    if (source->rows > INT32_MAX)
        return fp_fail_at(l->err, FP_INPUT, source->file, 0, 0, "more than %d rows", INT32_MAX);
    parser all = {.l = l,
                  .source = source,
                  .columns = {fp_source_role(source, p, "person"),
                              fp_source_role(source, p, "start"), fp_source_role(source, p, "end"),
                              fp_source_role(source, p, "hours"),
                              fp_source_role(source, p, "kind")},
                  .piece_count = fp_source_pieces(source)};
    FP_TRY(parse_all(l, &all));
    return fp_spells_sort(source, all.spells, source->rows, l->arena, l->data, l->err);
}
