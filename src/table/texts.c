/* Whole columns as texts. */
#include <string.h>

#include "table/block_priv.h"

typedef struct {
    const fp_table *table;
    ptrdiff_t count;
    const ptrdiff_t *columns;
    size_t *bytes;      /* a span and column: of its texts, then where they begin */
    char **block;       /* a column; NULL while they are measured */
    const char ***cell; /* a column */
    long *line;         /* NULL = not wanted */
} taking;

static size_t *place(const taking *t, ptrdiff_t span, ptrdiff_t c)
{
    return &t->bytes[span * t->count + c];
}

static fp_status measure_block(void *context, ptrdiff_t lane, fp_bench *bench,
                               const fp_block *block, fp_err *err)
{
    const taking *t = context;
    (void)lane, (void)bench, (void)err;
    for (ptrdiff_t c = 0; c < t->count; c++) {
        size_t bytes = 0;
        for (ptrdiff_t i = 0; i < block->rows; i++)
            bytes += fp_block_value(block, i, t->columns[c]).n + (size_t)1;
        *place(t, block->span, c) = bytes;
    }
    return FP_OK;
}

/* Lines on which the records of a block begin. */
static void take_lines(const taking *t, const fp_block *block)
{
    long line = t->table->first_line + (long)block->row;
    if (!t->table->regular)
        line = fp_table_line(t->table, block->row);
    const char *at = t->table->regular ? NULL : fp_block_start(block, 0);
    for (ptrdiff_t i = 0; i < block->rows; i++) {
        if (t->table->regular) {
            t->line[block->row + i] = line + (long)i;
            continue;
        }
        for (const char *to = fp_block_start(block, i); at < to; at++)
            line += *at == '\n';
        t->line[block->row + i] = line;
    }
}

static fp_status take_block(void *context, ptrdiff_t lane, fp_bench *bench, const fp_block *block,
                            fp_err *err)
{
    const taking *t = context;
    (void)lane, (void)bench, (void)err;
    for (ptrdiff_t c = 0; c < t->count; c++) {
        char *to = t->block[c] + *place(t, block->span, c);
        for (ptrdiff_t i = 0; i < block->rows; i++) {
            fp_value value = fp_block_value(block, i, t->columns[c]);
            t->cell[c][block->row + i] = to;
            size_t n = value.n;
            if (value.doubled)
                n = fp_table_undouble((fp_str){value.p, value.n}, to);
            else if (n)
                memcpy(to, value.p, n);
            to += n + 1; /* the NUL is there: memory of an arena is zero */
        }
    }
    if (t->line)
        take_lines(t, block);
    return FP_OK;
}

static fp_status take(taking *t, fp_arena *arena, fp_err *err)
{
    bool doubt;
    ptrdiff_t spans = t->table->cells ? 1 : t->table->span_count;
    FP_TRY(fp_table_visit(t->table, measure_block, t, &doubt, err));
    for (ptrdiff_t c = 0; c < t->count; c++) {
        size_t total = 0;
        for (ptrdiff_t k = 0; k < spans; k++) {
            size_t own = *place(t, k, c);
            *place(t, k, c) = total;
            total += own;
        }
        FP_ARRAY(t->block[c], arena, total, err);
        FP_ARRAY(t->cell[c], arena, t->table->rows, err);
    }
    return fp_table_visit(t->table, take_block, t, &doubt, err);
}

fp_status fp_table_texts(const fp_table *table, ptrdiff_t count, const ptrdiff_t *columns,
                         fp_arena *arena, const char *const *const **texts, const long **lines,
                         fp_err *err)
{
    size_t spans = table->cells ? 1 : (size_t)table->span_count;
    size_t scratch_bytes = ((size_t)count + 8) * (spans + 8) * 64;
    FP_ARENA_SCOPED(scratch, scratch_bytes, err);
    taking t = {.table = table, .count = count, .columns = columns};
    FP_ARRAY(t.bytes, scratch, spans * (size_t)count, err);
    FP_ARRAY(t.block, scratch, count, err);
    FP_ARRAY(t.cell, arena, count, err);
    if (lines)
        FP_ARRAY(t.line, arena, table->rows, err);
    FP_TRY(take(&t, arena, err));
    *texts = (const char *const *const *)t.cell;
    if (lines)
        *lines = t.line;
    return FP_OK;
}
