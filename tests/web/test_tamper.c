#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "base/rng.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/account.h"
#include "store/client.h"
#include "store/store.h"
#include "store/vault.h"
#include "web/demo.h"

/* Whoever changes, removes, adds or reorders a row of any table is found out by `verify`, but for
 * the columns named here, of which docs/ledger.md says why they are outside the chain. The tables
 * and columns are those of the database itself: a new one is tried without being asked. */

static const struct {
    const char *table, *column; /* column NULL = all of the table */
} outside[] = {
    {"session", NULL},       {"one_time_link", NULL},  {"sign_in_attempt", NULL},
    {"sign_in_clock", NULL}, {"account", "last_step"}, {"person_key", "wrapped"},
    {"identity", "mark"},    {"client_link", "token"},
};

static fp_demo demo;
static char path[PATH_MAX + 16], before[PATH_MAX + 16];

static bool is_outside(const char *table, const char *column)
{
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (strcmp(outside[i].table, table) == 0 &&
            (!outside[i].column || strcmp(outside[i].column, column) == 0))
            return true;
    return false;
}

static fp_status verify(fp_err *err)
{
    fp_ledger *ledger = NULL;
    int64_t events, rows;
    FP_TRY(fp_ledger_open(path, false, &ledger, err));
    fp_status status = fp_store_verify(ledger, &events, &rows, err);
    fp_ledger_close(ledger);
    return status;
}

/* One statement as a tamperer runs it; how many rows it changed, -1 where it cannot be done. */
static int tamper(const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL),
                     SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    int changed = code == SQLITE_OK ? sqlite3_changes(db) : -1;
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return changed;
}

static int tried, found;

/* What was done must be found, and the words say where; then the database is put back. */
static void must_find(const char *table, const char *column, const char *sql)
{
    fp_err err;
    int changed = tamper(sql);
    if (changed > 0) {
        fp_status status = verify(&err);
        tried++;
        found += status == FP_CHECK;
        if (!is_outside(table, column))
            ck_assert_msg(status == FP_CHECK && err.message[0], "not found: %s", sql);
    }
    scratch_copy(before, path);
}

static void try_column(const char *table, const char *column, const char *type)
{
    static const char *const rows[] = {"ORDER BY 1 LIMIT 1", "ORDER BY 1 DESC LIMIT 1"};
    char sql[1024];
    for (int i = 0; i < 2; i++) {
        bool number = strcmp(type, "INTEGER") == 0;
        /* the row whose column is the least or the greatest */
        (void)snprintf(sql, sizeof sql,
                       "UPDATE %s SET \"%s\" = %s WHERE \"%s\" IS (SELECT \"%s\" FROM %s WHERE "
                       "\"%s\" IS NOT NULL %s)",
                       table, column, number ? "999999" : "'x'", column, column, table, column,
                       rows[i]);
        must_find(table, column, sql);
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET \"%s\" = %s WHERE \"%s\" IS NULL", table,
                       column, number ? "1" : "'x'", column);
        if (i == 0)
            must_find(table, column, sql);
    }
}

static void try_rows(const char *table)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s", table);
    must_find(table, "", sql);
}

/* Walk what a query gives: two texts a row. */
static void each(const char *sql, const char *table,
                 void (*f)(const char *, const char *, const char *))
{
    static char names[64][2][64];
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int count = 0;
    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (table)
        ck_assert_int_eq(sqlite3_bind_text(stmt, 1, table, -1, SQLITE_TRANSIENT), SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; count++) {
        ck_assert_int_lt(count, 64);
        for (int i = 0; i < 2; i++)
            (void)snprintf(names[count][i], 64, "%s", (const char *)sqlite3_column_text(stmt, i));
    }
    ck_assert_int_eq(sqlite3_finalize(stmt), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    char kept[64][2][64];
    memcpy(kept, names, sizeof kept);
    for (int i = 0; i < count; i++)
        f(table ? table : kept[i][0], kept[i][0], kept[i][1]);
}

static void try_table(const char *table, const char *name, const char *kind)
{
    char kept[64];
    (void)kind;
    (void)name;
    (void)snprintf(kept, sizeof kept, "%s", table);
    int tried_before = tried;
    each("SELECT name, type FROM pragma_table_info(?1)", kept, try_column);
    try_rows(kept);
    (void)printf("%s: %d changes\n", kept, tried - tried_before);
}

/* Rows in the tables that the demonstration leaves empty. */
static void fill(void)
{
    fp_err err;
    fp_ledger *ledger = NULL;
    const char *codes[10];
    char text[10][24], token[FP_TOKEN_DIGITS + 1];
    fp_arena *arena = fp_arena_create(FP_MIB);
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    fp_account account;
    bool there;
    scratch_ok(fp_account_find(ledger, "coach", arena, &there, &account, &err), &err);
    ck_assert(there);
    for (int i = 0; i < 10; i++) {
        (void)snprintf(text[i], 24, "ABCD-%02d", i);
        codes[i] = text[i];
    }
    scratch_ok(fp_account_set_recovery(ledger, "account:1", account.id, codes, &err), &err);
    scratch_ok(fp_client_link_make(ledger, "account:1", "p001", 4000000000, token, &err), &err);
    scratch_ok(fp_consent_withdraw(ledger, "account:1", "p002", "2026-02-03", "keep",
                                   (int64_t)time(NULL), &err),
               &err);
    scratch_ok(fp_client_erase(ledger, "account:1", "p003", "asked", &err), &err);
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    fp_ledger_close(ledger);
    fp_arena_destroy(arena);
}

START_TEST(test_every_table)
{
    fp_err err;
    scratch_ok(fp_demo_make(&demo, &err), &err);
    (void)snprintf(path, sizeof path, "%s/study.db", demo.folder);
    (void)snprintf(before, sizeof before, "%s/before.db", demo.root);
    fill();
    scratch_ok(verify(&err), &err);
    scratch_copy(path, before);
    each("SELECT name, type FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' "
         "ORDER BY 1",
         NULL, try_table);
    (void)printf("%d changes, %d found, the others are outside the chain\n", tried, found);
    ck_assert_int_gt(found, 100);
    fp_demo_remove(&demo);
}
END_TEST

/* Reordered: two neighbours change places, in every way in which rows have an order. */
START_TEST(test_reordered)
{
    static const char *const swaps[] = {
        "UPDATE event SET seq = CASE seq WHEN 3 THEN -3 ELSE seq END;"
        "UPDATE event SET seq = 3 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = -3",
        "UPDATE person_row SET row = -1 WHERE row = 1; UPDATE person_row SET row = 1 WHERE row = 2;"
        "UPDATE person_row SET row = 2 WHERE row = -1",
        "UPDATE episode_row SET line = line + 1 WHERE row = 5",
        "DELETE FROM event WHERE seq = 4",
        "DELETE FROM episode_row WHERE row = 7",
        "INSERT INTO event SELECT seq + 1, at_utc, actor, kind, why, body, hash, hash FROM event "
        "ORDER BY seq DESC LIMIT 1",
        "UPDATE import SET superseded_by = id WHERE id = (SELECT min(id) FROM import)",
        "DROP TRIGGER event_stays; UPDATE event SET why = 'x' WHERE seq = 1",
        "CREATE TABLE more (x); INSERT INTO more VALUES (1)",
    };
    fp_err err;
    scratch_ok(fp_demo_make(&demo, &err), &err);
    (void)snprintf(path, sizeof path, "%s/study.db", demo.folder);
    (void)snprintf(before, sizeof before, "%s/before.db", demo.root);
    scratch_copy(path, before);
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++) {
        int done = tried;
        must_find("event", "", swaps[i]);
        ck_assert_msg(tried == done + 1, "nothing was changed by: %s", swaps[i]);
    }
    fp_demo_remove(&demo);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web/tamper");
    TCase *tests = tcase_create("tamper");
    tcase_add_test(tests, test_every_table);
    tcase_add_test(tests, test_reordered);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
