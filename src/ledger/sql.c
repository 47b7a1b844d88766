#include "ledger/sql.h"

#include <limits.h>
#include <string.h>

void fp_sql_finalize(sqlite3_stmt **stmt)
{
    (void)sqlite3_finalize(*stmt);
}

fp_status fp_sql_prepare(fp_ledger *ledger, const char *sql, const char *doing, sqlite3_stmt **stmt,
                         fp_err *err)
{
    int code = sqlite3_prepare_v2(fp_ledger_db(ledger), sql, -1, stmt, NULL);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, doing, err);
}

fp_status fp_sql_step(fp_ledger *ledger, sqlite3_stmt *stmt, const char *doing, bool *row,
                      fp_err *err)
{
    int code = sqlite3_step(stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return fp_ledger_fail(ledger, code, doing, err);
    if (row)
        *row = code == SQLITE_ROW;
    return FP_OK;
}

fp_status fp_sql_exec(fp_ledger *ledger, const char *sql, const char *doing, fp_err *err)
{
    int code = sqlite3_exec(fp_ledger_db(ledger), sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, doing, err);
}

fp_status fp_sql_integer(fp_ledger *ledger, const char *sql, const char *doing, int64_t *value,
                         fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    bool row = false;
    FP_TRY(fp_sql_prepare(ledger, sql, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, &row, err));
    *value = row ? sqlite3_column_int64(stmt, 0) : 0;
    return FP_OK;
}

fp_status fp_sql_bind_text(fp_ledger *ledger, sqlite3_stmt *stmt, int parameter, fp_str text,
                           const char *doing, fp_err *err)
{
    if (text.n > INT_MAX)
        return fp_fail(err, FP_ARG, "a text of %zu bytes is too long for the database", text.n);
    int code = sqlite3_bind_text(stmt, parameter, text.p, (int)text.n, SQLITE_STATIC);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, doing, err);
}

fp_status fp_sql_column_text(fp_ledger *ledger, sqlite3_stmt *stmt, int column, const char **text,
                             fp_err *err)
{
    bool null = sqlite3_column_type(stmt, column) == SQLITE_NULL;
    const char *found = (const char *)sqlite3_column_text(stmt, column);
    if (!found && !null)
        return fp_ledger_fail(ledger, SQLITE_NOMEM, "reading a text", err);
    if (found && strlen(found) != (size_t)sqlite3_column_bytes(stmt, column))
        return fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0,
                          "the database was changed: a text holds a NUL character");
    *text = found ? found : "";
    return FP_OK;
}

fp_status fp_sql_copy_text(fp_ledger *ledger, sqlite3_stmt *stmt, int column, fp_arena *arena,
                           const char **text, fp_err *err)
{
    const char *found;
    FP_TRY(fp_sql_column_text(ledger, stmt, column, &found, err));
    char *copy = fp_arena_strdup(arena, found, err);
    if (!copy)
        return FP_NOMEM;
    *text = copy;
    return FP_OK;
}

fp_status fp_sql_query(fp_ledger *ledger, const char *sql, const fp_sql_value *values, int count,
                       const char *doing, sqlite3_stmt **stmt, fp_err *err)
{
    FP_TRY(fp_sql_prepare(ledger, sql, doing, stmt, err));
    for (int i = 0; i < count; i++) {
        int code;
        if (values[i].text) {
            FP_TRY(fp_sql_bind_text(ledger, *stmt, i + 1, fp_str_of(values[i].text), doing, err));
            continue;
        }
        code = sqlite3_bind_int64(*stmt, i + 1, values[i].number);
        if (code != SQLITE_OK)
            return fp_ledger_fail(ledger, code, doing, err);
    }
    return FP_OK;
}

fp_status fp_sql_run(fp_ledger *ledger, const char *sql, const fp_sql_value *values, int count,
                     const char *doing, int64_t *changed, fp_err *err)
{
    FP_SQL_SCOPED(stmt);
    FP_TRY(fp_sql_query(ledger, sql, values, count, doing, &stmt, err));
    FP_TRY(fp_sql_step(ledger, stmt, doing, NULL, err));
    if (changed)
        *changed = sqlite3_changes(fp_ledger_db(ledger));
    return FP_OK;
}
