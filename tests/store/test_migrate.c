#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "ledger/fault_vfs.h"
#include "ledger/ledger_priv.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sample.h"

/* Databases as older programs left them (make_schema_fixture.sh), opened by this one. */

static const struct {
    const char *sql; /* under tests/data/store */
    int version;
    int64_t events, rows;
} olds[] = {
    {"schema-1/study.sql", 1, 5, 151},
    {"schema-2/study.sql", 2, 6, 191},
    {"schema-3/study.sql", 3, 7, 523},
};
enum { OLDS = sizeof olds / sizeof *olds };

static char folder[SCRATCH_MAX], path[SCRATCH_MAX], old[SCRATCH_MAX];

/* Make `old` from the text of fixture i. */
static void make_old(int i)
{
    char name[SCRATCH_MAX], *message = NULL;
    sqlite3 *db;
    fp_str sql;
    fp_arena *arena = fp_arena_create(FP_MIB);
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_path(old, folder, "old.db");
    scratch_path(name, FP_TEST_DATA "/store", olds[i].sql);
    ck_assert_int_eq(fp_file_read(name, FP_MIB, arena, &sql, NULL), FP_OK);
    ck_assert_int_eq(sqlite3_open(old, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql.p, NULL, NULL, &message);
    ck_assert_msg(code == SQLITE_OK, "%s", message ? message : "");
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    fp_arena_destroy(arena);
    scratch_copy(old, path);
}

/* Open and verify: nothing that the old program wrote was lost or changed. */
static void check_new(int i)
{
    fp_err err;
    fp_ledger *ledger = NULL;
    int64_t events = 0, rows = 0;
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_store_verify(ledger, &events, &rows, &err), &err);
    ck_assert_int_eq(events, olds[i].events);
    ck_assert_int_eq(rows, olds[i].rows);
    fp_ledger_close(ledger);
    ck_assert_int_eq(scratch_number(path, "PRAGMA user_version"), FP_LEDGER_VERSION);
}

START_TEST(test_old_is_brought_up)
{
    make_old(_i);
    ck_assert_int_eq(scratch_number(path, "PRAGMA user_version"), olds[_i].version);
    check_new(_i);
    check_new(_i);
    scratch_remove(folder);
}
END_TEST

/* What looks on does not change it, and says so. */
START_TEST(test_old_is_not_changed_by_a_look)
{
    fp_err err;
    fp_ledger *ledger = NULL;
    make_old(_i);
    fp_status status = fp_ledger_open_to_read(path, &ledger, &err);
    fp_ledger_close(ledger);
    ck_assert_int_eq(status, FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "was written by an older firstplace"));
    ck_assert_int_eq(scratch_number(path, "PRAGMA user_version"), olds[_i].version);
    scratch_remove(folder);
}
END_TEST

/* The process dies at the N-th write for N = 1, 2, ...: the database is the old one or the new one,
 * and the next start brings it up. */
START_TEST(test_killed_halfway)
{
    int state = 1, kept = 0;
    make_old(_i);
    for (long n = 1; state != 0; n++) {
        ck_assert_int_lt(n, 2000);
        scratch_remove_database(path);
        scratch_copy(old, path);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            fp_ledger *ledger = NULL;
            fault_plan *plan = fault_vfs_install();
            *plan = (fault_plan){.code = SQLITE_IOERR_WRITE, .countdown = n, .sticky = 1};
            fp_status status = fp_ledger_open(path, false, &ledger, NULL);
            _exit(plan->fired || status != FP_OK);
        }
        ck_assert_int_eq(waitpid(child, &state, 0), child);
        ck_assert(WIFEXITED(state));
        int64_t version = scratch_number(path, "PRAGMA user_version");
        ck_assert(version == olds[_i].version || version == FP_LEDGER_VERSION);
        ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM event"), olds[_i].events);
        kept += version == olds[_i].version;
        check_new(_i);
    }
    (void)printf("schema %d: killed %d times before it was brought up\n", olds[_i].version, kept);
    ck_assert_int_gt(kept, 5);
    scratch_remove(folder);
}
END_TEST

/* A database of a program that is newer than this one is left alone. */
START_TEST(test_newer_is_refused)
{
    char text[1024], expected[1024];
    fp_err err;
    fp_ledger *ledger = NULL;
    make_old(OLDS - 1);
    check_new(OLDS - 1);
    (void)snprintf(text, sizeof text, "PRAGMA user_version = %d", FP_LEDGER_VERSION + 1);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    (void)snprintf(expected, sizeof expected,
                   "%s: was written by a newer firstplace (schema %d, this one knows %d) (use that "
                   "newer version)",
                   path, FP_LEDGER_VERSION + 1, FP_LEDGER_VERSION);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(i ? fp_ledger_open_to_read(path, &ledger, &err)
                           : fp_ledger_open(path, true, &ledger, &err),
                         FP_INPUT);
        fp_err_text(&err, text, sizeof text);
        ck_assert_str_eq(text, expected);
    }
    ck_assert_int_eq(scratch_number(path, "PRAGMA user_version"), FP_LEDGER_VERSION + 1);
    scratch_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/migrate");
    TCase *tests = tcase_create("migrate");
    tcase_add_loop_test(tests, test_old_is_brought_up, 0, OLDS);
    tcase_add_loop_test(tests, test_old_is_not_changed_by_a_look, 0, OLDS);
    tcase_add_loop_test(tests, test_killed_halfway, 0, OLDS);
    tcase_add_test(tests, test_newer_is_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
