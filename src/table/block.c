#include "table/block_priv.h"

#include <stdatomic.h>
#include <string.h>

#include "base/parallel.h"

#define BENCH_MOST (64 * FP_GIB)

/* ---- one block ---- */

/* Room for n elements of *p, of which *size are there. */
#define ROOM(bench, p, size, n, err)                                                               \
    do {                                                                                           \
        if ((p) && (size) >= (n))                                                                  \
            break;                                                                                 \
        FP_ARRAY((p), (bench)->arena, (n) + (n) / 8, (err));                                       \
        (size) = (n) + (n) / 8;                                                                    \
    } while (0)

/* Each row has its fields and its line end, and no field is too long. */
static bool sound(const fp_block *block, size_t found, size_t bytes)
{
    const uint32_t *end = block->ends;
    size_t columns = (size_t)block->columns;
    if (found != (size_t)block->rows * columns)
        return false;
    for (ptrdiff_t i = 1; i <= block->rows; i++)
        if (block->p[end[(size_t)i * columns - 1]] != '\n')
            return false;
    for (size_t k = 0; bytes > FP_TABLE_FIELD_MAX && k < found; k++)
        if (end[k] - (end[(ptrdiff_t)k - 1] + 1) > FP_TABLE_FIELD_MAX)
            return false;
    return true;
}

static fp_status load_fast(fp_bench *bench, const fp_table *table, const fp_kernel *kernel,
                           ptrdiff_t k, fp_block *block, bool *doubt, fp_err *err)
{
    const fp_span *span = &table->span[k];
    size_t n = span[1].first - span->first;
    size_t most = (size_t)block->rows * (size_t)block->columns;
    ROOM(bench, bench->text, bench->text_size, n + 1 + 2 * FP_KERNEL_PAD, err);
    ROOM(bench, bench->ends, bench->ends_size, most + 1 + 64, err);
    char *p = bench->text + FP_KERNEL_PAD;
    if (table->view)
        FP_TRY(fp_view_read(table->view, table->skipped + span->first, n, p, err));
    else
        memcpy(p, table->body.p + span->first, n);
    if (span->other && !fp_str_utf8((fp_str){p, n})) {
        *doubt = true;
        return FP_OK;
    }
    if (span[1].first == table->body.n)
        p[n++] = '\n';
    block->p = p;
    block->ends = bench->ends + 1;
    bench->ends[0] = UINT32_MAX;
    size_t found = kernel->index(p, n, table->separator, span->quotes, bench->ends + 1, most);
    *doubt = !sound(block, found, n);
    return FP_OK;
}

static fp_status load_slow(fp_bench *bench, const fp_table *table, ptrdiff_t k, fp_block *block,
                           bool *doubt, fp_err *err)
{
    fp_scan scan = fp_scan_begin(table->body, table->separator);
    size_t most = (size_t)block->rows * (size_t)block->columns;
    ROOM(bench, bench->cell, bench->cell_size, most, err);
    ROOM(bench, bench->start, bench->start_size, (size_t)block->rows, err);
    scan.at = table->span[k].first;
    for (size_t i = 0; i < most; i++) {
        fp_field field;
        if (i % (size_t)block->columns == 0)
            bench->start[i / (size_t)block->columns] = table->body.p + scan.at;
        bool last = (i + 1) % (size_t)block->columns == 0;
        if (fp_scan_field(&scan, &field) != (last ? FP_SCAN_LAST : FP_SCAN_MORE) ||
            field.raw.n > FP_TABLE_FIELD_MAX || !fp_str_utf8(field.raw)) {
            *doubt = true;
            return FP_OK;
        }
        bench->cell[i] =
            (fp_value){field.raw.p, (uint32_t)field.raw.n, field.quoted, field.doubled > 0};
    }
    block->cell = bench->cell;
    block->start = bench->start;
    block->by_row = block->columns;
    block->by_column = 1;
    return FP_OK;
}

fp_status fp_block_load(fp_bench *bench, const fp_table *table, const fp_kernel *kernel,
                        ptrdiff_t k, fp_block *block, bool *doubt, fp_err *err)
{
    const fp_span *span = &table->span[k];
    *block = (fp_block){.span = k, .row = span->row, .rows = span[1].row - span->row};
    block->columns = table->columns;
    *doubt = span->doubt;
    if (*doubt)
        return FP_OK;
    if (span->slow || span[1].first - span->first >= UINT32_MAX / 2)
        return load_slow(bench, table, k, block, doubt, err);
    return load_fast(bench, table, kernel, k, block, doubt, err);
}

fp_block fp_block_made(const fp_table *table)
{
    return (fp_block){.rows = table->rows,
                      .columns = table->columns,
                      .cell = table->cells,
                      .by_row = 1,
                      .by_column = table->rows};
}

fp_value fp_block_value(const fp_block *block, ptrdiff_t i, ptrdiff_t j)
{
    if (!block->ends)
        return block->cell[i * block->by_row + j * block->by_column];
    const uint32_t *at = block->ends + i * block->columns + j;
    const char *start = block->p + (uint32_t)(at[-1] + 1), *end = block->p + at[0];
    if (j == block->columns - 1 && end > start && end[-1] == '\r')
        end--;
    if (start < end && *start == '"') {
        fp_value value = {start + 1, (uint32_t)(end - start) - 2, true, false};
        value.doubled = value.n && memchr(value.p, '"', value.n);
        return value;
    }
    fp_str text = fp_str_trim((fp_str){start, (size_t)(end - start)});
    return (fp_value){text.p, (uint32_t)text.n, false, false};
}

const char *fp_block_start(const fp_block *block, ptrdiff_t i)
{
    if (block->ends)
        return block->p + (uint32_t)(block->ends[i * block->columns - 1] + 1);
    return block->start[i];
}

fp_status fp_bench_plain(fp_bench *bench, fp_value value, fp_str *text, fp_err *err)
{
    *text = (fp_str){value.p, value.n};
    if (!value.doubled)
        return FP_OK;
    ROOM(bench, bench->plain, bench->plain_size, (size_t)value.n, err);
    *text = (fp_str){bench->plain, fp_table_undouble(*text, bench->plain)};
    return FP_OK;
}

/* ---- all of them ---- */

typedef struct {
    const fp_table *table;
    const fp_kernel *kernel;
    fp_block_fn each;
    void *context;
    atomic_long next;
    atomic_bool doubt;
    atomic_bool stop;
    fp_err *failed; /* a lane */
} visit;

static fp_status visit_lane(visit *v, ptrdiff_t lane, fp_err *err)
{
    FP_ARENA_SCOPED(arena, BENCH_MOST, err);
    fp_bench bench = {.arena = arena};
    fp_block block;
    if (v->table->cells) {
        block = fp_block_made(v->table);
        return v->each(v->context, lane, &bench, &block, err);
    }
    for (long k; !v->stop && (k = atomic_fetch_add(&v->next, 1)) < v->table->span_count;) {
        fp_span *span = &v->table->span[k];
        bool doubt;
        FP_TRY(fp_block_load(&bench, v->table, v->kernel, k, &block, &doubt, err));
        if (doubt)
            v->doubt = span->doubt = true;
        else if (block.rows)
            FP_TRY(v->each(v->context, lane, &bench, &block, err));
    }
    return FP_OK;
}

static void run_lane(void *context, long lane)
{
    visit *v = context;
    v->failed[lane].status = visit_lane(v, lane, &v->failed[lane]);
    if (v->failed[lane].status != FP_OK)
        v->stop = true;
}

ptrdiff_t fp_table_lanes(const fp_table *table)
{
    ptrdiff_t lanes = fp_threads(table->threads);
    ptrdiff_t most = table->cells ? 1 : table->span_count;
    return lanes < most ? lanes : most;
}

fp_status fp_table_visit(const fp_table *table, fp_block_fn each, void *context, bool *doubt,
                         fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_MIB, err);
    visit v = {
        .table = table, .kernel = fp_kernel_best(table->kernel), .each = each, .context = context};
    ptrdiff_t lanes = fp_table_lanes(table);
    FP_ARRAY(v.failed, scratch, lanes, err);
    fp_parallel((int)lanes, (long)lanes, run_lane, &v);
    for (ptrdiff_t i = 0; i < lanes; i++)
        if (v.failed[i].status != FP_OK) {
            if (err)
                *err = v.failed[i];
            return v.failed[i].status;
        }
    *doubt = v.doubt;
    return FP_OK;
}
