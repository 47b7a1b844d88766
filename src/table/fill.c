/* Types and values of the columns. A column is first taken for what its first rows look like; one
 * that turns out to be something else is looked at again. So the outcome is that of looking at
 * every value, in the plain order. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "table/block_priv.h"
#include "table/levels_priv.h"
#include "table/type_priv.h"

#define GUESS_ROWS   100
#define CACHE_MOST   8192 /* levels that a lane remembers of a column */
#define SCRATCH_MOST (64 * FP_GIB)

enum { SKIP, NUMBER, TALLY };

typedef struct {
    int mode;
    bool look;    /* in this visit */
    char decimal; /* NUMBER */
    atomic_bool failed;
    atomic_ptrdiff_t missing_count;
    fp_tally tally;
    fp_level_set levels; /* TEXT, in order of meeting */
    uint8_t *missing;
    void *values; /* 8 bytes a row: double, fp_day or int32_t */
} work;

typedef struct copied {
    fp_copy copy;
    struct copied *below;
} copied;

typedef struct {
    fp_table *table;
    const fp_table_options *options;
    const fp_kernel *kernel;
    fp_arena *arena, *scratch;
    work *work;        /* a column */
    bool first;        /* the first visit: row starts are kept */
    double *na_number; /* options.na that are numbers */
    ptrdiff_t na_numbers;
    pthread_mutex_t lock; /* for all below */
    copied *copied;
    char *text; /* room for the texts of levels */
    size_t text_left;
    fp_level_set **cache; /* a lane: a set a column */
} filling;

/* ---- what to expect ---- */

static bool mentioned(const fp_table_options *options, const char *name)
{
    const char *const *text = options->mentioned;
    while (text && *text && !strstr(*text, name))
        text++;
    return !text || *text;
}

static fp_status choose_columns(filling *f, fp_err *err)
{
    for (ptrdiff_t j = 0; j < f->table->columns; j++)
        f->work[j].mode = mentioned(f->options, f->table->column[j].name) ? TALLY : SKIP;
    for (ptrdiff_t j = 0; j < f->table->columns; j++) {
        f->work[j].tally = fp_tally_none();
        f->work[j].look = f->work[j].mode != SKIP;
        f->table->column[j].stray_row = -1;
        f->table->column[j].decimal = '.';
        f->table->column[j].unread = f->work[j].mode == SKIP;
    }
    ptrdiff_t count = 0;
    for (const char *const *na = f->options->na; na && *na; na++)
        count++;
    FP_ARRAY(f->na_number, f->scratch, count, err);
    for (const char *const *na = f->options->na; na && *na; na++) {
        double *to = &f->na_number[f->na_numbers];
        f->na_numbers +=
            fp_num_parse(fp_str_of(*na), '.', to) || fp_num_parse(fp_str_of(*na), ',', to);
    }
    return FP_OK;
}

/* Fast reading of the columns whose first rows are numbers with one mark. */
static void guess(filling *f, const fp_tally *seen)
{
    char asked = f->options->decimal;
    for (ptrdiff_t j = 0; j < f->table->columns; j++) {
        const fp_tally *t = &seen[j];
        if (f->work[j].mode == SKIP || (t->point < t->present && t->comma < t->present))
            continue;
        char decimal = t->point == t->present ? '.' : ',';
        if (asked == ',' && t->present == 0)
            decimal = ',';
        if (decimal == ',' && f->table->separator == ',')
            continue; /* the mark stands in quotes only */
        f->work[j].mode = NUMBER;
        f->work[j].decimal = decimal;
    }
}

static fp_status look_at_first(filling *f, fp_err *err)
{
    const fp_table *table = f->table;
    fp_tally *seen;
    FP_ARRAY(seen, f->scratch, table->columns, err);
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    scan.at = table->span[0].first;
    for (int i = 0; i < GUESS_ROWS && !fp_scan_done(&scan); i++) {
        fp_scan_step step = FP_SCAN_MORE;
        for (ptrdiff_t j = 0; step == FP_SCAN_MORE; j++) {
            fp_field field;
            step = fp_scan_field(&scan, &field);
            if (j == table->columns || (step != FP_SCAN_MORE && step != FP_SCAN_LAST) ||
                field.raw.n > FP_TABLE_FIELD_MAX)
                return FP_OK; /* an error, to be found in its turn */
            fp_value value = {field.raw.p, (uint32_t)field.raw.n, field.quoted, false};
            if (f->work[j].mode != SKIP && !fp_missing_kind(field.raw, f->options->na))
                fp_tally_count(&seen[j], fp_value_kind(table, value, f->options->decimal), i);
        }
    }
    guess(f, seen);
    return FP_OK;
}

/* ---- the first visit ---- */

static void keep_starts(const filling *f, const fp_block *block)
{
    const fp_span *span = &f->table->span[block->span];
    uint32_t *start = f->table->start + span->starts;
    const char *first = block->ends ? block->p : f->table->body.p + span->first;
    for (ptrdiff_t i = 0; i < block->rows; i += FP_TABLE_STRIDE)
        *start++ = (uint32_t)(fp_block_start(block, i) - first);
}

/* Whether a value that is no plain number belongs in a column of numbers all the same. */
static bool other_value(const filling *f, work *w, const fp_block *block, ptrdiff_t i, ptrdiff_t j)
{
    double *number = (double *)w->values + block->row;
    fp_value value = fp_block_value(block, i, j);
    if (value.doubled)
        return false;
    number[i] = 0;
    fp_missing kind = fp_missing_kind((fp_str){value.p, value.n}, f->options->na);
    w->missing[block->row + i] = (uint8_t)kind;
    if (kind == FP_PRESENT)
        return fp_table_number(f->table, value, w->decimal, &number[i]);
    return true;
}

/* Numbers that are as missing as their text in options.na says. */
static void find_missing_numbers(const filling *f, work *w, const fp_block *block, ptrdiff_t j)
{
    double *number = (double *)w->values + block->row;
    for (ptrdiff_t k = 0; k < f->na_numbers; k++)
        for (ptrdiff_t i = 0; i < block->rows; i++) {
            if (number[i] < f->na_number[k] || number[i] > f->na_number[k])
                continue;
            fp_value value = fp_block_value(block, i, j);
            fp_missing kind = fp_missing_kind((fp_str){value.p, value.n}, f->options->na);
            w->missing[block->row + i] = (uint8_t)kind;
            number[i] = kind ? 0 : number[i];
        }
}

static void count_missing(work *w, const fp_block *block)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i < block->rows; i++)
        count += w->missing[block->row + i] != FP_PRESENT;
    if (count)
        w->missing_count += count;
}

static bool read_numbers(const filling *f, work *w, const fp_block *block, ptrdiff_t j)
{
    double *number = (double *)w->values + block->row;
    bool any = f->na_numbers > 0;
    for (ptrdiff_t i = 0; i < block->rows; i++) {
        if (block->ends)
            i = f->kernel->numbers(block->p, block->ends, block->columns, j, i, block->rows,
                                   w->decimal, number);
        if (i == block->rows)
            break;
        any = true;
        if (!other_value(f, w, block, i, j))
            return false;
    }
    if (f->na_numbers)
        find_missing_numbers(f, w, block, j);
    if (any)
        count_missing(w, block);
    return true;
}

static fp_status tally_values(filling *f, work *w, fp_bench *bench, const fp_block *block,
                              ptrdiff_t j, fp_err *err)
{
    fp_tally tally = fp_tally_none();
    for (ptrdiff_t i = 0; i < block->rows; i++) {
        fp_value value = fp_block_value(block, i, j);
        fp_str text;
        FP_TRY(fp_bench_plain(bench, value, &text, err));
        fp_missing kind = fp_missing_kind(text, f->options->na);
        w->missing[block->row + i] = (uint8_t)kind;
        if (kind != FP_PRESENT)
            continue;
        value = (fp_value){text.p, (uint32_t)text.n, value.quoted, false};
        fp_tally_count(&tally, fp_value_kind(f->table, value, f->options->decimal), block->row + i);
    }
    count_missing(w, block);
    (void)pthread_mutex_lock(&f->lock);
    fp_tally_add(&w->tally, &tally);
    (void)pthread_mutex_unlock(&f->lock);
    return FP_OK;
}

static fp_status look_at_block(void *context, ptrdiff_t lane, fp_bench *bench,
                               const fp_block *block, fp_err *err)
{
    filling *f = context;
    (void)lane;
    if (f->first && !f->table->cells)
        keep_starts(f, block);
    for (ptrdiff_t j = 0; j < block->columns; j++) {
        work *w = &f->work[j];
        if (w->look && w->mode == TALLY)
            FP_TRY(tally_values(f, w, bench, block, j, err));
        else if (w->look && !w->failed && !read_numbers(f, w, block, j))
            w->failed = true;
    }
    return FP_OK;
}

/* ---- the last visit: the values of the columns that were tallied ---- */

static fp_status keep_copy(filling *f, fp_str text, ptrdiff_t row, ptrdiff_t j, fp_err *err)
{
    copied *c;
    FP_ARRAY(c, f->scratch, 1, err);
    char *p = fp_str_dup(f->arena, text, err);
    if (!p)
        return FP_NOMEM;
    *c = (copied){{row, j, {p, text.n}}, f->copied};
    f->copied = c;
    f->table->copies++;
    return FP_OK;
}

/* A text of a level, in scratch memory. */
static fp_status keep_text(filling *f, fp_str *text, fp_err *err)
{
    if (text->n > f->text_left) {
        f->text_left = text->n > 64 * 1024 ? text->n : 64 * 1024;
        FP_ARRAY(f->text, f->scratch, f->text_left, err);
    }
    if (text->n)
        memcpy(f->text, text->p, text->n);
    text->p = f->text;
    f->text += text->n;
    f->text_left -= text->n;
    return FP_OK;
}

/* Rank of a level in order of meeting, by whoever meets it first. */
static fp_status shared_rank(filling *f, fp_level_set *levels, fp_str *text, int32_t *rank,
                             fp_err *err)
{
    const fp_distinct *known = fp_level_find(levels, *text, 0);
    if (known) {
        *rank = known->met;
        *text = known->text;
        return FP_OK;
    }
    *rank = levels->count;
    FP_TRY(keep_text(f, text, err));
    return fp_level_add(levels, *text, 0, *rank, f->scratch, err);
}

static fp_status code_of(filling *f, work *w, fp_level_set *cache, fp_bench *bench, fp_str text,
                         int32_t *code, fp_err *err)
{
    const fp_distinct *known = fp_level_find(cache, text, 0);
    if (known) {
        *code = known->met;
        return FP_OK;
    }
    (void)pthread_mutex_lock(&f->lock);
    fp_status status = shared_rank(f, &w->levels, &text, code, err);
    (void)pthread_mutex_unlock(&f->lock);
    FP_TRY(status);
    return cache->count < CACHE_MOST ? fp_level_add(cache, text, 0, *code, bench->arena, err)
                                     : FP_OK;
}

static fp_status put_value(filling *f, work *w, fp_level_set *cache, fp_bench *bench,
                           const fp_column *column, ptrdiff_t row, fp_value value, fp_err *err)
{
    bool missing = w->missing[row] != FP_PRESENT;
    double *number = (double *)w->values + row;
    fp_day *day = (fp_day *)w->values + row;
    int32_t *code = (int32_t *)w->values + row;
    fp_str text = {value.p, value.n};
    switch (column->type) {
    case FP_COLUMN_NUMBER:
        /* a whole number has either mark, so it needs no quotes beside separating commas */
        if (missing ||
            !((f->options->decimal != ',' && fp_table_number(f->table, value, '.', number)) ||
              fp_table_number(f->table, value, ',', number)))
            *number = 0;
        return FP_OK;
    case FP_COLUMN_LOGICAL:
        if (missing || !fp_logical(text, number))
            *number = 0;
        return FP_OK;
    case FP_COLUMN_DATE:
        if (missing || !fp_day_parse(text, day))
            *day = FP_DAY_NONE;
        return FP_OK;
    default:
        *code = -1;
        return missing ? FP_OK : code_of(f, w, cache, bench, text, code, err);
    }
}

static fp_status put_column(filling *f, ptrdiff_t lane, fp_bench *bench, const fp_block *block,
                            ptrdiff_t j, fp_err *err)
{
    const fp_column *column = &f->table->column[j];
    for (ptrdiff_t i = 0; i < block->rows; i++) {
        fp_value value = fp_block_value(block, i, j);
        fp_str text;
        FP_TRY(fp_bench_plain(bench, value, &text, err));
        if (value.doubled) {
            (void)pthread_mutex_lock(&f->lock);
            fp_status status = keep_copy(f, text, block->row + i, j, err);
            (void)pthread_mutex_unlock(&f->lock);
            FP_TRY(status);
        }
        value = (fp_value){text.p, (uint32_t)text.n, value.quoted, false};
        FP_TRY(put_value(f, &f->work[j], &f->cache[lane][j], bench, column, block->row + i, value,
                         err));
    }
    return FP_OK;
}

static fp_status put_block(void *context, ptrdiff_t lane, fp_bench *bench, const fp_block *block,
                           fp_err *err)
{
    filling *f = context;
    if (!f->cache[lane])
        FP_ARRAY(f->cache[lane], bench->arena, block->columns, err);
    for (ptrdiff_t j = 0; j < block->columns; j++)
        if (f->work[j].mode == TALLY)
            FP_TRY(put_column(f, lane, bench, block, j, err));
    return FP_OK;
}

/* ---- together ---- */

static fp_status allocate(filling *f, fp_err *err)
{
    fp_table *table = f->table;
    if (!table->cells) {
        const fp_span *end = &table->span[table->span_count];
        FP_ARRAY(table->start, f->arena, end->starts, err);
    }
    for (ptrdiff_t j = 0; j < table->columns; j++) {
        work *w = &f->work[j];
        if (w->mode == SKIP)
            continue;
        double *values;
        FP_ARRAY(values, f->arena, table->rows, err);
        FP_ARRAY(w->missing, f->arena, table->rows, err);
        w->values = values;
    }
    return FP_OK;
}

/* Look again at the columns that are not what they were taken for. */
static fp_status look_again(filling *f, fp_err *err)
{
    bool any = false, doubt;
    for (ptrdiff_t j = 0; j < f->table->columns; j++) {
        work *w = &f->work[j];
        w->look = w->failed;
        if (!w->look)
            continue;
        w->mode = TALLY;
        w->missing_count = 0;
        any = true;
    }
    f->first = false;
    return any ? fp_table_visit(f->table, look_at_block, f, &doubt, err) : FP_OK;
}

static bool decide(filling *f)
{
    bool any = false;
    for (ptrdiff_t j = 0; j < f->table->columns; j++) {
        work *w = &f->work[j];
        fp_column *column = &f->table->column[j];
        column->missing_count = w->missing_count;
        column->missing = w->missing;
        if (w->mode == TALLY) {
            fp_tally_decide(&w->tally, column);
            any = true;
        } else if (w->mode == NUMBER) {
            column->type = FP_COLUMN_NUMBER;
            column->decimal = column->missing_count < f->table->rows ? w->decimal : '.';
        } else
            column->type = FP_COLUMN_TEXT;
    }
    return any;
}

static int compare_copies(const void *a, const void *b)
{
    const fp_copy *x = a, *y = b;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static fp_status sort_copies(filling *f, fp_err *err)
{
    fp_copy *copy;
    ptrdiff_t n = 0;
    FP_ARRAY(copy, f->arena, f->table->copies, err);
    for (const copied *c = f->copied; c; c = c->below)
        copy[n++] = c->copy;
    if (n)
        qsort(copy, (size_t)n, sizeof *copy, compare_copies);
    f->table->copy = copy;
    return FP_OK;
}

static fp_status hand_over(filling *f, fp_err *err)
{
    for (ptrdiff_t j = 0; j < f->table->columns; j++) {
        fp_column *column = &f->table->column[j];
        work *w = &f->work[j];
        if (w->mode == SKIP)
            continue;
        if (column->type == FP_COLUMN_DATE)
            column->day = w->values;
        else if (column->type != FP_COLUMN_TEXT)
            column->number = w->values;
        else {
            FP_TRY(fp_level_sort(&w->levels, f->table->rows, w->values, f->scratch, f->arena,
                                 &column->levels, err));
            column->level_count = w->levels.count;
            column->level = w->values;
        }
    }
    return sort_copies(f, err);
}

static fp_status fill(filling *f, bool *doubt, fp_err *err)
{
    FP_ARRAY(f->work, f->scratch, f->table->columns, err);
    FP_ARRAY(f->cache, f->scratch, fp_table_lanes(f->table), err);
    FP_TRY(choose_columns(f, err));
    if (!f->table->cells)
        FP_TRY(look_at_first(f, err));
    FP_TRY(allocate(f, err));
    FP_TRY(fp_table_visit(f->table, look_at_block, f, doubt, err));
    if (*doubt)
        return FP_OK;
    FP_TRY(look_again(f, err));
    if (decide(f))
        FP_TRY(fp_table_visit(f->table, put_block, f, doubt, err));
    return hand_over(f, err);
}

fp_status fp_table_fill(fp_table *table, const fp_table_options *options, fp_arena *arena,
                        bool *doubt, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, SCRATCH_MOST, err);
    filling f = {.table = table,
                 .options = options,
                 .kernel = fp_kernel_best(table->kernel),
                 .arena = arena,
                 .scratch = scratch,
                 .first = true,
                 .lock = PTHREAD_MUTEX_INITIALIZER};
    fp_status status = fill(&f, doubt, err);
    (void)pthread_mutex_destroy(&f.lock);
    return status;
}
