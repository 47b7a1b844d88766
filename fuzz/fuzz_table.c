/* The reader of delimited text. The first byte chooses the options, the rest is the file. What it
 * makes of it must be what the plain reader of tests/table makes of it. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "table/referee.h"
#include "table/table.h"

#define LIMIT (256 * FP_MIB)

static fp_table_options options_of(uint8_t byte, size_t size)
{
    static const size_t spans[] = {0, 1, 2, 5, 16, 33, 64, 100};
    static const char *const na[] = {"-9", "unknown", NULL};
    static const char separators[] = {0, ',', ';', '\t'};
    static const char decimals[] = {0, '.', ',', 0};
    fp_table_options o = fp_table_defaults();
    o.separator = separators[byte & 3];
    o.decimal = decimals[byte >> 2 & 3];
    o.na = byte & 16 ? na : NULL;
    o.span_bytes = spans[byte >> 5];
    o.kernel = 1 + (int)(size % 3);
    o.threads = size % 16 == 0 ? 2 : 1;
    o.encoding = size % 5 == 0   ? FP_ENCODING_UTF8
                 : size % 7 == 0 ? FP_ENCODING_WINDOWS_1252
                                 : FP_ENCODING_FIND;
    return o;
}

static void check_cell(const fp_table *t, const fp_column *c, ptrdiff_t i, ptrdiff_t j)
{
    fp_str cell = fp_table_cell(t, i, j);
    FUZZ_CHECK(fp_str_utf8(cell));
    FUZZ_CHECK(c->missing[i] <= FP_MISSING_USER);
    FUZZ_CHECK(c->missing[i] != FP_MISSING_EMPTY || cell.n == 0);
    if (c->type == FP_COLUMN_NUMBER || c->type == FP_COLUMN_LOGICAL)
        FUZZ_CHECK(isfinite(c->number[i]) && (!c->missing[i] || fabs(c->number[i]) <= 0));
    if (c->type == FP_COLUMN_DATE)
        FUZZ_CHECK((c->day[i] == FP_DAY_NONE) == (c->missing[i] != FP_PRESENT));
    if (c->type == FP_COLUMN_TEXT && !c->missing[i])
        FUZZ_CHECK(fp_str_is(cell, c->levels[c->level[i]]));
}

static void check_levels(const fp_table *t, ptrdiff_t j, fp_arena *arena)
{
    ptrdiff_t count;
    const char *const *levels;
    const int32_t *level;
    const fp_column *c = fp_table_column(t, j);
    FUZZ_CHECK(fp_table_levels(t, j, arena, &count, &levels, &level, NULL) == FP_OK);
    for (ptrdiff_t i = 0; i < fp_table_rows(t); i++)
        FUZZ_CHECK(c->missing[i] ? level[i] == -1 : level[i] >= 0 && level[i] < count);
    for (ptrdiff_t k = 1; k < count; k++)
        FUZZ_CHECK(c->type == FP_COLUMN_NUMBER || strcmp(levels[k - 1], levels[k]) < 0);
}

static void check_column(const fp_table *t, ptrdiff_t j, fp_arena *arena)
{
    const fp_column *c = fp_table_column(t, j);
    ptrdiff_t missing = 0;
    FUZZ_CHECK(fp_table_find(t, c->name) == j);
    for (ptrdiff_t i = 0; i < fp_table_rows(t); i++) {
        check_cell(t, c, i, j);
        missing += c->missing[i] != FP_PRESENT;
    }
    FUZZ_CHECK(missing == c->missing_count);
    FUZZ_CHECK(c->mostly_numbers == (c->stray_row >= 0));
    if (c->stray_row >= 0) {
        fp_err err;
        FUZZ_CHECK(fp_table_not_number(t, j, c->stray_row, &err) == FP_INPUT);
        FUZZ_CHECK(fp_str_utf8(fp_str_of(err.message)));
    }
    check_levels(t, j, arena);
}

static void put_quoted(fp_buf *out, fp_str text, bool last)
{
    fp_buf_put_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            fp_buf_put_char(out, '"');
        fp_buf_put_char(out, text.p[i]);
    }
    fp_buf_put(out, last ? "\"\r\n" : "\";");
}

/* Written with every value quoted and read again, the table has the same cells. */
static void check_round_trip(const fp_table *t, fp_arena *arena)
{
    FP_BUF_SCOPED(out, LIMIT);
    fp_table_options o = fp_table_defaults();
    ptrdiff_t n = fp_table_rows(t), p = fp_table_columns(t);
    const fp_table *again;
    fp_err err;
    o.separator = ';';
    for (ptrdiff_t j = 0; j < p; j++)
        put_quoted(&out, fp_str_of(fp_table_column(t, j)->name), j == p - 1);
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < p; j++)
            put_quoted(&out, fp_table_cell(t, i, j), j == p - 1);
    FUZZ_CHECK(fp_table_read_text("again", fp_buf_str(&out), &o, arena, &again, &err) == FP_OK);
    FUZZ_CHECK(fp_table_rows(again) == n && fp_table_columns(again) == p);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < n; i++)
            FUZZ_CHECK(fp_str_eq(fp_table_cell(t, i, j), fp_table_cell(again, i, j)));
}

static void check_against_referee(fp_str text, const fp_table_options *options)
{
    FP_BUF_SCOPED(want, LIMIT);
    FP_BUF_SCOPED(got, LIMIT);
    referee_dump(text, options, &want);
    reader_dump(text, options, &got);
    FUZZ_CHECK(fp_str_eq(fp_buf_str(&want), fp_buf_str(&got)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    fp_arena *arena = fp_arena_create(LIMIT);
    FUZZ_CHECK(arena);
    fp_table_options options = options_of(data[0], size);
    const fp_table *table = NULL;
    fp_err err;
    fp_str text = {(const char *)data + 1, size - 1};
    fp_status status = fp_table_read_text("input", text, &options, arena, &table, &err);
    if (status == FP_OK) {
        for (ptrdiff_t j = 0; j < fp_table_columns(table); j++)
            check_column(table, j, arena);
        check_round_trip(table, arena);
    } else {
        FUZZ_CHECK(status == FP_INPUT && !table && fp_arena_used(arena) == 0);
        FUZZ_CHECK(err.message[0] && err.hint[0]);
        FUZZ_CHECK(fp_str_utf8(fp_str_of(err.message)) && fp_str_utf8(fp_str_of(err.field)));
    }
    fp_arena_destroy(arena);
    check_against_referee(text, &options);
    return 0;
}
