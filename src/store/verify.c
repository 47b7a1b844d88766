#include <string.h>

#include "store/account.h"
#include "store/plan_log.h"
#include "store/store_priv.h"
#include "store/vault.h"

static const char checking[] = "checking the database";

/* Every event of an import has its import and the other way round. */
static fp_status check_pairs(fp_ledger *ledger, fp_err *err)
{
    int64_t id = 0;
    FP_TRY(fp_sql_integer(ledger,
                          "SELECT seq FROM event WHERE kind = 'import' AND seq NOT IN "
                          "(SELECT id FROM import) ORDER BY seq LIMIT 1",
                          checking, &id, err));
    if (id)
        return fp_store_changed(ledger, err, "import %lld of the log is missing", (long long)id);
    FP_TRY(fp_sql_integer(ledger,
                          "SELECT id FROM import WHERE id NOT IN "
                          "(SELECT seq FROM event WHERE kind = 'import') ORDER BY id LIMIT 1",
                          checking, &id, err));
    if (id)
        return fp_store_changed(ledger, err, "import %lld is not in the log", (long long)id);
    FP_TRY(fp_sql_integer(ledger,
                          "SELECT i.id FROM import i WHERE i.superseded_by IS NOT "
                          "(SELECT min(n.id) FROM import n WHERE n.source = i.source "
                          "AND n.id > i.id) ORDER BY i.id LIMIT 1",
                          checking, &id, err));
    if (id)
        return fp_store_changed(ledger, err, "import %lld does not point to its next version",
                                (long long)id);
    for (int kind = 0; kind < FP_SOURCE_COUNT; kind++) {
        const fp_store_table *table = fp_store_table_of((fp_source_kind)kind);
        FP_TRY(fp_sql_integer(ledger, table->orphan, checking, &id, err));
        if (id)
            return fp_store_changed(ledger, err, "rows of %s belong to import %lld, which is none",
                                    table->name, (long long)id);
    }
    return FP_OK;
}

/* The table says of an import what its event says. */
static fp_status check_body(fp_ledger *ledger, const fp_import *import, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_BUF_SCOPED(body, 8 * FP_MIB);
    bool row = false;
    const char *logged = "";
    FP_TRY(fp_store_body(import, &body, err));
    FP_TRY(fp_sql_prepare(ledger, "SELECT body FROM event WHERE seq = ?1", checking, &stmt, err));
    int code = sqlite3_bind_int64(stmt, 1, import->id);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, checking, err);
    FP_TRY(fp_sql_step(ledger, stmt, checking, &row, err));
    if (row)
        FP_TRY(fp_sql_column_text(ledger, stmt, 0, &logged, err));
    if (strcmp(logged, body.p) == 0)
        return FP_OK;
    return fp_store_changed(ledger, err, "import %lld (%s) is not what its event says",
                            (long long)import->id, import->source);
}

static fp_status check_import(fp_ledger *ledger, const fp_import *import, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_MIB, err);
    fp_store_layout layout;
    const fp_store_table *table = fp_store_table_named(import->source);
    FP_TRY(check_body(ledger, import, err));
    if (!table)
        return fp_store_changed(ledger, err, "import %lld is of no known source",
                                (long long)import->id);
    FP_TRY(fp_store_layout_read(import->mapping, table, scratch, &layout, err));
    return fp_store_rows(ledger, import, &layout, NULL, NULL, err);
}

static fp_status check_all(fp_ledger *ledger, int64_t *events, int64_t *rows, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_GIB, err);
    ptrdiff_t count = 0;
    const fp_import *imports;
    int64_t seen = 0, total = 0;
    FP_TRY(fp_ledger_verify(ledger, &seen, err));
    FP_TRY(check_pairs(ledger, err));
    FP_TRY(fp_plan_log_verify(ledger, err));
    FP_TRY(fp_account_verify(ledger, err));
    FP_TRY(fp_vault_verify(ledger, err));
    FP_TRY(fp_store_imports(ledger, scratch, &count, &imports, err));
    for (ptrdiff_t i = 0; i < count; i++) {
        FP_TRY(check_import(ledger, &imports[i], err));
        total += imports[i].rows;
    }
    *events = seen;
    *rows = total;
    return FP_OK;
}

fp_status fp_store_verify(fp_ledger *ledger, int64_t *events, int64_t *rows, fp_err *err)
{
    if (fp_ledger_in_transaction(ledger))
        return check_all(ledger, events, rows, err);
    /* One snapshot: another process may be importing. */
    FP_TRY(fp_sql_exec(ledger, "BEGIN", checking, err));
    fp_status status = check_all(ledger, events, rows, err);
    fp_ledger_rollback(ledger);
    return status;
}
