#include <string.h>

#include "ledger/canonical.h"
#include "store/store_priv.h"

static const char writing[] = "writing the rows";

/* One import on its way into the database. */
typedef struct {
    fp_ledger *ledger;
    const fp_source *source;
    fp_store_layout layout;
    const char *mapping;
    const char *rows_sha256;
    const char **keys; /* `"age":` with what precedes it, of each carried column in sorted order */
    fp_str *cells;     /* column_count: the row at hand */
} importer;

fp_status fp_store_body(const fp_import *import, fp_buf *body, fp_err *err)
{
    FP_BUF_SCOPED(file, FP_MIB);
    FP_BUF_SCOPED(sums, FP_MIB);
    FP_BUF_SCOPED(rows_sum, FP_MIB);
    FP_BUF_SCOPED(rows, 64);
    FP_BUF_SCOPED(source, 64);
    fp_canonical_string(&file, fp_str_of(import->file));
    fp_canonical_string(&sums, fp_str_of(import->sha256));
    fp_canonical_string(&rows_sum, fp_str_of(import->rows_sha256));
    fp_canonical_string(&source, fp_str_of(import->source));
    fp_canonical_integer(&rows, import->rows);
    const fp_buf *parts[] = {&file, &sums, &rows_sum, &rows, &source};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        FP_TRY(fp_buf_ok(parts[i], err));
    fp_canonical_member members[] = {
        {"source", source.p},         {"file", file.p}, {"sha256", sums.p},
        {"mapping", import->mapping}, {"rows", rows.p}, {"rows_sha256", rows_sum.p},
    };
    return fp_canonical_object(body, members, sizeof members / sizeof *members, err);
}

static void take_row(importer *work, ptrdiff_t row)
{
    for (ptrdiff_t j = 0; j < work->layout.column_count; j++)
        work->cells[j] = fp_str_of(work->source->cells[j][row]);
}

/* The columns must be those that the protocol maps, in its order. */
static fp_status check_columns(const importer *work, fp_err *err)
{
    const fp_source *source = work->source;
    bool same = source->column_count == work->layout.column_count;
    for (ptrdiff_t j = 0; same && j < source->column_count; j++)
        same = strcmp(source->names[j], work->layout.names[j]) == 0;
    if (!same)
        return fp_fail(err, FP_ARG, "the columns of %s are not those of the protocol",
                       work->layout.table->name);
    if (!source->sha256 || strlen(source->sha256) != 64)
        return fp_fail(err, FP_ARG, "%s is imported without the hash of its file",
                       work->layout.table->name);
    return FP_OK;
}

static fp_status hash_rows(importer *work, fp_sha256 *sum, fp_err *err)
{
    const fp_source *source = work->source;
    __attribute__((cleanup(fp_store_hash_clear))) fp_store_hash hash;
    fp_store_hash_init(&hash);
    for (ptrdiff_t i = 0; i < source->rows; i++) {
        take_row(work, i);
        for (ptrdiff_t j = 0; j < source->column_count; j++)
            if (!fp_str_utf8(work->cells[j]))
                return fp_fail_at(err, FP_ARG, source->file, fp_source_line(source, i), 0,
                                  "a text is not UTF-8");
        FP_TRY(fp_store_hash_row(&hash, fp_source_line(source, i), work->cells,
                                 source->column_count, err));
    }
    *sum = fp_hasher_finish(&hash.hasher);
    return FP_OK;
}

/* `{"age":`, `,"sex":`: what stands before each text in the object of carried columns. */
static fp_status make_keys(importer *work, fp_arena *arena, fp_err *err)
{
    ptrdiff_t count = work->layout.column_count - work->layout.role_count;
    FP_BUF_SCOPED(buf, FP_MIB);
    FP_ARRAY(work->keys, arena, count, err);
    for (ptrdiff_t k = 0; k < count; k++) {
        buf.n = 0;
        fp_buf_put_char(&buf, k > 0 ? ',' : '{');
        fp_canonical_string(&buf, fp_str_of(work->layout.names[work->layout.sorted[k]]));
        fp_buf_put_char(&buf, ':');
        FP_TRY(fp_buf_ok(&buf, err));
        char *key = fp_str_dup(arena, fp_buf_str(&buf), err);
        if (!key)
            return FP_NOMEM;
        work->keys[k] = key;
    }
    return FP_OK;
}

static fp_status insert_row(importer *work, sqlite3_stmt *stmt, ptrdiff_t row, fp_buf *columns,
                            fp_err *err)
{
    const fp_store_layout *layout = &work->layout;
    ptrdiff_t count = layout->column_count - layout->role_count;
    take_row(work, row);
    columns->n = 0;
    for (ptrdiff_t k = 0; k < count; k++) {
        fp_buf_put(columns, work->keys[k]);
        fp_canonical_string(columns, work->cells[layout->sorted[k]]);
    }
    fp_buf_put(columns, count > 0 ? "}" : "{}");
    FP_TRY(fp_buf_ok(columns, err));
    int code = sqlite3_bind_int64(stmt, 2, row);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 3, fp_source_line(work->source, row));
    if (code != SQLITE_OK)
        return fp_ledger_fail(work->ledger, code, writing, err);
    FP_TRY(fp_sql_bind_text(work->ledger, stmt, 4, fp_buf_str(columns), writing, err));
    for (int j = 0; j < layout->role_count; j++)
        FP_TRY(fp_sql_bind_text(work->ledger, stmt, 5 + layout->role[j], work->cells[j], writing,
                                err));
    FP_TRY(fp_sql_step(work->ledger, stmt, writing, NULL, err));
    (void)sqlite3_reset(stmt);
    return FP_OK;
}

static fp_status insert_rows(importer *work, int64_t id, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_BUF_SCOPED(columns, 1024 * FP_MIB);
    FP_TRY(fp_sql_prepare(work->ledger, work->layout.table->insert, writing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, id);
    if (code != SQLITE_OK)
        return fp_ledger_fail(work->ledger, code, writing, err);
    for (ptrdiff_t i = 0; i < work->source->rows; i++) {
        FP_TRY(insert_row(work, stmt, i, &columns, err));
        if (i % FP_STORE_TELL == FP_STORE_TELL - 1)
            fp_progress_add(fp_ledger_progress(work->ledger), FP_STORE_TELL);
    }
    return FP_OK;
}

static fp_status insert_import(importer *work, int64_t id, fp_err *err)
{
    const char *texts[] = {work->layout.table->name, work->source->file, work->source->sha256,
                           work->mapping, work->rows_sha256};
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_prepare(work->ledger,
                          "INSERT INTO import(id, rows, source, file, sha256, mapping, "
                          "rows_sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                          writing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 2, work->source->rows);
    if (code != SQLITE_OK)
        return fp_ledger_fail(work->ledger, code, writing, err);
    for (int i = 0; i < (int)(sizeof texts / sizeof *texts); i++)
        FP_TRY(fp_sql_bind_text(work->ledger, stmt, i + 3, fp_str_of(texts[i]), writing, err));
    return fp_sql_step(work->ledger, stmt, writing, NULL, err);
}

/* The version that was current until now makes room for the new one. */
static fp_status supersede(importer *work, int64_t id, bool *changed, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_prepare(work->ledger,
                          "UPDATE import SET superseded_by = ?1 "
                          "WHERE source = ?2 AND superseded_by IS NULL",
                          writing, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, id);
    if (code != SQLITE_OK)
        return fp_ledger_fail(work->ledger, code, writing, err);
    FP_TRY(
        fp_sql_bind_text(work->ledger, stmt, 2, fp_str_of(work->layout.table->name), writing, err));
    FP_TRY(fp_sql_step(work->ledger, stmt, writing, NULL, err));
    *changed = sqlite3_changes(fp_ledger_db(work->ledger)) > 0;
    return FP_OK;
}

/* Whether the current import has this file and this mapping already; its id. */
static fp_status is_current(importer *work, fp_arena *arena, bool *same, int64_t *id, fp_err *err)
{
    bool found = false;
    fp_import now;
    FP_TRY(fp_store_current(work->ledger, work->source->kind, arena, &found, &now, err));
    *same = found && strcmp(now.sha256, work->source->sha256) == 0 &&
            strcmp(now.mapping, work->mapping) == 0;
    *id = found ? now.id : 0;
    return FP_OK;
}

static fp_status write_all(importer *work, const char *actor, const char *why, bool *changed,
                           int64_t *id, fp_err *err)
{
    fp_import import = {.source = work->layout.table->name,
                        .file = work->source->file,
                        .sha256 = work->source->sha256,
                        .mapping = work->mapping,
                        .rows = work->source->rows,
                        .rows_sha256 = work->rows_sha256};
    FP_BUF_SCOPED(body, 8 * FP_MIB);
    FP_TRY(fp_store_body(&import, &body, err));
    FP_TRY(fp_ledger_append(work->ledger, actor, "import", why, body.p, id, err));
    FP_TRY(supersede(work, *id, changed, err));
    FP_TRY(insert_import(work, *id, err));
    fp_progress_begin(fp_ledger_progress(work->ledger), "importing", work->source->file,
                      work->source->rows);
    fp_status status = insert_rows(work, *id, err);
    fp_progress_end(fp_ledger_progress(work->ledger));
    return status;
}

/* Everything between begin and commit; another process may have imported the same meanwhile. */
static fp_status write_once(importer *work, fp_arena *arena, const char *actor, const char *why,
                            fp_import_outcome *outcome, int64_t *id, fp_err *err)
{
    bool same = false, changed = false;
    FP_TRY(is_current(work, arena, &same, id, err));
    *outcome = FP_IMPORT_UNCHANGED;
    if (same)
        return FP_OK;
    FP_TRY(write_all(work, actor, why, &changed, id, err));
    *outcome = changed ? FP_IMPORT_CHANGED : FP_IMPORT_NEW;
    return FP_OK;
}

static fp_status write_in_transaction(importer *work, fp_arena *arena, const char *actor,
                                      const char *why, fp_import_outcome *outcome, int64_t *id,
                                      fp_err *err)
{
    if (fp_ledger_in_transaction(work->ledger))
        return write_once(work, arena, actor, why, outcome, id, err);
    FP_TRY(fp_ledger_begin(work->ledger, err));
    return fp_ledger_finish(work->ledger, write_once(work, arena, actor, why, outcome, id, err),
                            err);
}

fp_status fp_store_import(fp_ledger *ledger, const fp_protocol *protocol, const fp_source *source,
                          const char *actor, const char *why, fp_import_outcome *outcome,
                          int64_t *import, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_MIB, err);
    importer work = {.ledger = ledger, .source = source};
    fp_import_outcome made = FP_IMPORT_UNCHANGED;
    int64_t id = 0;
    bool same = !source->file;
    if (source->file) {
        FP_TRY(fp_store_layout_of(protocol, source->kind, scratch, &work.layout, err));
        FP_TRY(check_columns(&work, err));
        FP_TRY(fp_store_layout_text(&work.layout, scratch, &work.mapping, err));
        FP_TRY(is_current(&work, scratch, &same, &id, err));
    }
    if (!same) {
        fp_sha256 sum;
        FP_ARRAY(work.cells, scratch, work.layout.column_count, err);
        FP_TRY(make_keys(&work, scratch, err));
        FP_TRY(hash_rows(&work, &sum, err));
        work.rows_sha256 = sum.hex;
        FP_TRY(write_in_transaction(&work, scratch, actor, why, &made, &id, err));
    }
    *outcome = made;
    *import = id;
    return FP_OK;
}
