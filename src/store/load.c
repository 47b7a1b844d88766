#include <stdio.h>
#include <string.h>

#include "store/rows_list_priv.h"
#include "store/store_priv.h"

static const char reading[] = "reading the imports";

#define IMPORTS                                                                                    \
    "SELECT i.id, i.rows, i.superseded_by, i.source, i.file, i.sha256, i.mapping, "                \
    "i.rows_sha256, e.at_utc, e.actor, e.why FROM import i LEFT JOIN event e ON e.seq = i.id "

/* A row of IMPORTS. */
static fp_status read_import(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                             fp_err *err)
{
    fp_import *import = item;
    fp_import made = {.id = sqlite3_column_int64(stmt, 0),
                      .seq = sqlite3_column_int64(stmt, 0),
                      .rows = sqlite3_column_int64(stmt, 1),
                      .current = sqlite3_column_type(stmt, 2) == SQLITE_NULL};
    const char **texts[] = {&made.source,      &made.file,   &made.sha256, &made.mapping,
                            &made.rows_sha256, &made.at_utc, &made.actor,  &made.why};
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_copy_text(ledger, stmt, i + 3, arena, texts[i], err));
    *import = made;
    return FP_OK;
}

fp_status fp_store_current(fp_ledger *ledger, fp_source_kind kind, fp_arena *arena, bool *found,
                           fp_import *import, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_prepare(ledger, IMPORTS "WHERE i.source = ?1 AND i.superseded_by IS NULL",
                          reading, &stmt, err));
    FP_TRY(
        fp_sql_bind_text(ledger, stmt, 1, fp_str_of(fp_store_table_of(kind)->name), reading, err));
    FP_TRY(fp_sql_step(ledger, stmt, reading, &row, err));
    if (row)
        FP_TRY(read_import(ledger, stmt, arena, import, err));
    *found = row;
    return FP_OK;
}

fp_status fp_store_imports(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                           const fp_import **imports, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    void *list;
    FP_TRY(fp_sql_prepare(ledger, IMPORTS "ORDER BY i.id", reading, &stmt, err));
    FP_TRY(fp_store_list(ledger, stmt, reading, sizeof(fp_import), read_import, arena, count, &list,
                         err));
    *imports = list;
    return FP_OK;
}

fp_status fp_store_beyond_imports(fp_ledger *ledger, char *kind, size_t size, fp_err *err)
{
    static const char doing[] = "looking at the log";
    FP_SQL_SCOPED(stmt);
    bool row = false;
    const char *text = "";
    FP_TRY(fp_sql_prepare(ledger,
                          "SELECT kind FROM event WHERE kind NOT IN ('import', 'plan-lock', "
                          "'identity-saved', 'consent-given', 'signed-in', 'signed-out', "
                          "'arms-unlocked', 'research-key', 'clock-set-back', "
                          "'database-restored') AND kind NOT GLOB 'account-*' "
                          "AND kind NOT GLOB 'client-*' AND kind NOT GLOB 'key-*' "
                          "ORDER BY seq LIMIT 1",
                          doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    if (row)
        FP_TRY(fp_sql_column_text(ledger, stmt, 0, &text, err));
    (void)snprintf(kind, size, "%s", text);
    return FP_OK;
}

/* Rows on their way into a source. Texts are packed, since an arena hands out 64 bytes at least. */
typedef struct {
    fp_arena *arena;
    ptrdiff_t column_count;
    char ***cells;
    long *line;
    char *free;
    size_t room;
} loader;

static fp_status keep(loader *work, fp_str text, char **kept, fp_err *err)
{
    enum { PACK = 64 * 1024 };
    if (text.n + 1 > work->room) {
        size_t size = text.n + 1 > PACK ? text.n + 1 : PACK;
        char *block = fp_arena_array(work->arena, (ptrdiff_t)size, 1, err);
        if (!block)
            return FP_NOMEM;
        work->free = block;
        work->room = size;
    }
    *kept = work->free;
    if (text.n > 0)
        memcpy(work->free, text.p, text.n);
    work->free[text.n] = '\0';
    work->free += text.n + 1;
    work->room -= text.n + 1;
    return FP_OK;
}

static fp_status load_row(void *context, int64_t row, long line, const fp_str *cells, fp_err *err)
{
    loader *work = context;
    work->line[row] = line;
    for (ptrdiff_t j = 0; j < work->column_count; j++)
        FP_TRY(keep(work, cells[j], &work->cells[j][row], err));
    return FP_OK;
}

static fp_status load_import(fp_ledger *ledger, const fp_import *import,
                             const fp_store_layout *layout, fp_arena *arena, fp_source *source,
                             fp_err *err)
{
    loader work = {.arena = arena, .column_count = layout->column_count};
    FP_ARRAY(work.cells, arena, layout->column_count, err);
    FP_ARRAY(work.line, arena, import->rows, err);
    for (ptrdiff_t j = 0; j < layout->column_count; j++)
        FP_ARRAY(work.cells[j], arena, import->rows, err);
    FP_TRY(fp_store_rows(ledger, import, layout, load_row, &work, err));
    source->file = import->file;
    source->sha256 = import->sha256;
    source->import = import->seq;
    source->rows = (ptrdiff_t)import->rows;
    source->column_count = layout->column_count;
    source->names = layout->names;
    source->cells = (const char *const *const *)work.cells;
    source->line = work.line;
    return FP_OK;
}

static fp_status other_mapping(const fp_import *import, const fp_protocol *protocol, fp_err *err)
{
    (void)fp_fail_at(err, FP_INPUT, protocol->path, 0, 0,
                     "the columns of %s are mapped otherwise than when they were imported",
                     import->source);
    return fp_hint(err, FP_INPUT, "import %s again", import->file);
}

fp_status fp_store_load(fp_ledger *ledger, const fp_protocol *protocol, fp_source_kind kind,
                        fp_arena *arena, fp_source *source, fp_err *err)
{
    fp_source made = {.kind = kind};
    bool found = false;
    fp_import import;
    fp_store_layout layout;
    const char *mapping;
    if (fp_store_spec(protocol, kind)->file)
        FP_TRY(fp_store_current(ledger, kind, arena, &found, &import, err));
    if (found) {
        FP_TRY(fp_store_layout_of(protocol, kind, arena, &layout, err));
        FP_TRY(fp_store_layout_text(&layout, arena, &mapping, err));
        if (strcmp(mapping, import.mapping) != 0)
            return other_mapping(&import, protocol, err);
        FP_TRY(load_import(ledger, &import, &layout, arena, &made, err));
    }
    *source = made;
    return FP_OK;
}
