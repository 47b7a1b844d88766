#include <string.h>

#include "ledger/ledger_priv.h"
#include "ledger/sql.h"

/* share/schema/NNNN-*.sql; each sets application_id and user_version. */
extern const unsigned char fp_schema_0001[];
extern const unsigned char fp_schema_0002[];
extern const unsigned char fp_schema_0003[];
extern const unsigned char fp_schema_0004[];
extern const unsigned char fp_schema_0005[];
static const unsigned char *const schema[FP_LEDGER_VERSION] = {
    fp_schema_0001, fp_schema_0002, fp_schema_0003, fp_schema_0004, fp_schema_0005};

const char *fp_ledger_schema(int64_t version)
{
    return (const char *)schema[version];
}

static const char checking[] = "checking its tables";

/* What SQLite keeps of the statements that made a database; its own tables (statistics) aside. */
static const char objects[] = "SELECT type || ' ' || name, sql FROM sqlite_schema "
                              "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

static void close_db(sqlite3 **db)
{
    (void)sqlite3_close(*db);
}

static fp_status make_fresh(fp_ledger *ledger, sqlite3 *db, sqlite3_stmt **stmt, fp_err *err)
{
    int code = SQLITE_OK;
    for (int version = 0; version < FP_LEDGER_VERSION && code == SQLITE_OK; version++)
        code = sqlite3_exec(db, fp_ledger_schema(version), NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, objects, -1, stmt, NULL);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(ledger, code, checking, err);
}

static fp_status differs(fp_ledger *ledger, const char *name, const char *how, fp_err *err)
{
    (void)fp_fail_at(err, FP_CHECK, fp_ledger_path(ledger), 0, 0, "the database was changed: %s %s",
                     name, how);
    return fp_hint(err, FP_CHECK, "restore the database from a copy that is known to be good");
}

/* Two lists in the same order, side by side. */
static fp_status compare(fp_ledger *ledger, sqlite3_stmt *is, sqlite3_stmt *should, fp_err *err)
{
    for (;;) {
        bool more_is = false, more_should = false;
        const char *name = "", *sql = "", *expected = "", *expected_sql = "";
        FP_TRY(fp_sql_step(ledger, is, checking, &more_is, err));
        FP_TRY(fp_sql_step(ledger, should, checking, &more_should, err));
        if (!more_is && !more_should)
            return FP_OK;
        if (more_is) {
            FP_TRY(fp_sql_column_text(ledger, is, 0, &name, err));
            FP_TRY(fp_sql_column_text(ledger, is, 1, &sql, err));
        }
        if (more_should) {
            FP_TRY(fp_sql_column_text(ledger, should, 0, &expected, err));
            FP_TRY(fp_sql_column_text(ledger, should, 1, &expected_sql, err));
        }
        int order = !more_is ? 1 : !more_should ? -1 : strcmp(name, expected);
        if (order > 0)
            return differs(ledger, expected, "is missing", err);
        if (order < 0)
            return differs(ledger, name, "is not one of firstplace", err);
        if (strcmp(sql, expected_sql) != 0)
            return differs(ledger, name, "is not as firstplace makes it", err);
    }
}

fp_status fp_ledger_check_schema(fp_ledger *ledger, fp_err *err)
{
    __attribute__((cleanup(close_db))) sqlite3 *db = NULL;
    FP_SQL_SCOPED(is);
    FP_SQL_SCOPED(should);
    int code = sqlite3_open_v2(
        ":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return fp_ledger_fail(ledger, code, checking, err);
    FP_TRY(make_fresh(ledger, db, &should, err));
    FP_TRY(fp_sql_prepare(ledger, objects, checking, &is, err));
    return compare(ledger, is, should, err);
}
