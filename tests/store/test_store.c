#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include <sqlite3.h>

#include "base/file.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sample.h"

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];
static fp_arena *arena;
static fp_ledger *ledger;
static fp_protocol protocol;
static fp_source people, episodes, coaches;

static void reopen(void)
{
    fp_err err;
    fp_ledger_close(ledger);
    ledger = NULL;
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
}

static void set_up(void)
{
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    arena = fp_arena_create(256 * FP_MIB);
    ck_assert_ptr_nonnull(arena);
    sample_protocol(&protocol);
    sample_people(&people, 7, 1, arena);
    sample_episodes(&episodes);
    sample_coaches(&coaches);
    reopen();
}

static void tear_down(void)
{
    fp_ledger_close(ledger);
    fp_arena_destroy(arena);
    scratch_remove(folder);
}

static int64_t import(const fp_source *source, fp_import_outcome expected)
{
    fp_err err;
    fp_import_outcome outcome;
    int64_t id = -1;
    scratch_ok(fp_store_import(ledger, &protocol, source, "analyst", "test", &outcome, &id, &err),
               &err);
    ck_assert_int_eq(outcome, expected);
    return id;
}

static void import_all(void)
{
    ck_assert_int_eq(import(&coaches, FP_IMPORT_NEW), 1);
    ck_assert_int_eq(import(&people, FP_IMPORT_NEW), 2);
    ck_assert_int_eq(import(&episodes, FP_IMPORT_NEW), 3);
}

static void check_loaded(const fp_source *expected, int64_t event)
{
    fp_err err;
    fp_source got;
    scratch_ok(fp_store_load(ledger, &protocol, expected->kind, arena, &got, &err), &err);
    sample_same(&got, expected);
    ck_assert_int_eq(got.import, event);
}

static void check_verified(int64_t events, int64_t rows)
{
    fp_err err;
    int64_t got_events = -1, got_rows = -1;
    scratch_ok(fp_store_verify(ledger, &got_events, &got_rows, &err), &err);
    ck_assert_int_eq(got_events, events);
    ck_assert_int_eq(got_rows, rows);
}

START_TEST(test_rows_come_back_as_written)
{
    import_all();
    reopen();
    check_loaded(&coaches, 1);
    check_loaded(&people, 2);
    check_loaded(&episodes, 3);
    check_verified(3, 12);
}
END_TEST

static void exec(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    int code = sqlite3_exec(db, sql, NULL, NULL, &message);
    ck_assert_msg(code == SQLITE_OK, "%s", message ? message : "");
}

/* The events and rows of this database in one as version 1 of the program made it. */
static void write_version_1(const char *to)
{
    char attach[SCRATCH_MAX + 64];
    fp_str script;
    fp_err err;
    sqlite3 *db;
    scratch_ok(fp_file_read(FP_SOURCE_DIR "/share/schema/0001-log-and-imports.sql", FP_MIB, arena,
                            &script, &err),
               &err);
    ck_assert_int_eq(sqlite3_open(to, &db), SQLITE_OK);
    exec(db, script.p);
    (void)snprintf(attach, sizeof attach, "ATTACH '%s' AS new", path);
    exec(db, attach);
    exec(db, "INSERT INTO event SELECT * FROM new.event;"
             "INSERT INTO import SELECT * FROM new.import;"
             "INSERT INTO coach_row SELECT import, row, line, id, columns FROM new.coach_row;"
             "INSERT INTO person_row SELECT * FROM new.person_row;"
             "INSERT INTO episode_row SELECT * FROM new.episode_row");
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(test_version_1_is_brought_up_to_date)
{
    char old[SCRATCH_MAX];
    scratch_path(old, folder, "old.db");
    import_all();
    write_version_1(old);
    fp_ledger_close(ledger);
    ledger = NULL;
    scratch_path(path, folder, "old.db");
    reopen();
    check_loaded(&coaches, 1);
    check_loaded(&people, 2);
    check_loaded(&episodes, 3);
    check_verified(3, 12);
    sample_people(&people, 5, 2, arena);
    ck_assert_int_eq(import(&people, FP_IMPORT_CHANGED), 4);
    check_verified(4, 17);
}
END_TEST

START_TEST(test_absent_source)
{
    fp_err err;
    fp_source none = {.kind = FP_SOURCE_EPISODES}, got;
    ck_assert_int_eq(import(&none, FP_IMPORT_UNCHANGED), 0);
    scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_EPISODES, arena, &got, &err), &err);
    ck_assert_int_eq(got.rows, 0);
    ck_assert_ptr_null(got.file);
    /* Imported once, gone from study.yaml since. */
    import_all();
    protocol.episodes = (fp_source_spec){0};
    scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_EPISODES, arena, &got, &err), &err);
    ck_assert_ptr_null(got.file);
}
END_TEST

START_TEST(test_same_file_twice_changes_nothing)
{
    import_all();
    ck_assert_int_eq(import(&people, FP_IMPORT_UNCHANGED), 2);
    ck_assert_int_eq(import(&episodes, FP_IMPORT_UNCHANGED), 3);
    reopen();
    ck_assert_int_eq(import(&people, FP_IMPORT_UNCHANGED), 2);
    check_verified(3, 12);
}
END_TEST

START_TEST(test_changed_file_is_a_new_version)
{
    fp_err err;
    fp_source second;
    ptrdiff_t count;
    const fp_import *list;
    sample_people(&second, 9, 2, arena);
    import_all();
    ck_assert_int_eq(import(&second, FP_IMPORT_CHANGED), 4);
    check_loaded(&second, 4);
    check_verified(4, 21);
    /* The first version again is a third one. */
    ck_assert_int_eq(import(&people, FP_IMPORT_CHANGED), 5);
    check_loaded(&people, 5);
    check_verified(5, 28);
    scratch_ok(fp_store_imports(ledger, arena, &count, &list, &err), &err);
    ck_assert_int_eq(count, 5);
    static const char *const sources[] = {"coaches", "people", "episodes", "people", "people"};
    static const bool current[] = {true, false, true, false, true};
    static const int64_t rows[] = {2, 7, 3, 9, 7};
    for (ptrdiff_t i = 0; i < count; i++) {
        ck_assert_int_eq(list[i].id, i + 1);
        ck_assert_int_eq(list[i].seq, i + 1);
        ck_assert_str_eq(list[i].source, sources[i]);
        ck_assert_int_eq(list[i].current, current[i]);
        ck_assert_int_eq(list[i].rows, rows[i]);
        ck_assert_str_eq(list[i].actor, "analyst");
        ck_assert_str_eq(list[i].why, "test");
        ck_assert_uint_eq(strlen(list[i].at_utc), 20);
    }
    ck_assert_str_eq(list[1].rows_sha256, list[4].rows_sha256);
    ck_assert_str_ne(list[1].rows_sha256, list[3].rows_sha256);
}
END_TEST

START_TEST(test_other_mapping_is_a_new_version)
{
    fp_err err;
    fp_source fewer = people, got;
    import_all();
    protocol.people.column_count = 3;
    fewer.column_count = 6;
    ck_assert_int_eq(fp_store_load(ledger, &protocol, FP_SOURCE_PEOPLE, arena, &got, &err),
                     FP_INPUT);
    ck_assert_str_eq(err.message,
                     "the columns of people are mapped otherwise than when they were imported");
    ck_assert_int_eq(import(&fewer, FP_IMPORT_CHANGED), 4);
    check_loaded(&fewer, 4);
    check_verified(4, 19);
}
END_TEST

START_TEST(test_mapping_and_current)
{
    fp_err err;
    const char *mapping;
    bool found = true;
    fp_import now;
    scratch_ok(fp_store_mapping(&protocol, FP_SOURCE_PEOPLE, arena, &mapping, &err), &err);
    ck_assert_str_eq(mapping, "{\"columns\":[\"coach\",\"sex\",\"age\",\"\u20ac month\"],"
                              "\"end\":\"register_end\",\"id\":\"person\","
                              "\"start\":\"start_date\"}");
    scratch_ok(fp_store_current(ledger, FP_SOURCE_PEOPLE, arena, &found, &now, &err), &err);
    ck_assert(!found);
    import_all();
    scratch_ok(fp_store_current(ledger, FP_SOURCE_PEOPLE, arena, &found, &now, &err), &err);
    ck_assert(found);
    ck_assert_str_eq(now.mapping, mapping);
    ck_assert_str_eq(now.sha256, people.sha256);
    ck_assert_str_eq(now.file, "data/people.csv");
    ck_assert_int_eq(now.rows, 7);
    ck_assert(now.current);
    scratch_ok(fp_store_mapping(&protocol, FP_SOURCE_COACHES, arena, &mapping, &err), &err);
    ck_assert_str_eq(mapping, "{\"columns\":[\"ips\",\"pa\"],\"id\":\"coach\"}");
}
END_TEST

/* The hash of docs/ledger.md, worked out from its text. */
START_TEST(test_rows_sha256_known_answer)
{
    fp_err err;
    bool found;
    fp_import now;
    import_all();
    scratch_ok(fp_store_current(ledger, FP_SOURCE_COACHES, arena, &found, &now, &err), &err);
    ck_assert_str_eq(
        now.rows_sha256,
        fp_sha256_of(FP_STR("[2,\"c1\",\"with\",\"without\"]\n[3,\"c2\",\"without\",\"with\"]\n"))
            .hex);
    scratch_ok(fp_store_current(ledger, FP_SOURCE_EPISODES, arena, &found, &now, &err), &err);
    ck_assert_str_eq(
        now.rows_sha256,
        fp_sha256_of(FP_STR("[2,\"p1\",\"2021-04-01\",\"\",\"24\",\"regular\",\"\"]\n"
                            "[3,\"p1\",\"2021-02-30\",\"2021-05-01\",\"0.5\",\"trial placement\","
                            "\"line one\\r\\nline two\"]\n"
                            "[5,\"no \\\"one\\\"\",\"\",\"\\t\",\"veel\",\"gesubsidieerd/\\\\\","
                            "\"\u00e9\U0001f600\\u0001\x7f\"]\n"))
            .hex);
}
END_TEST

START_TEST(test_import_refuses)
{
    fp_err err;
    fp_import_outcome outcome;
    int64_t id;
    fp_source bad = people;
    bad.sha256 = "";
    ck_assert_int_eq(fp_store_import(ledger, &protocol, &bad, "analyst", "", &outcome, &id, &err),
                     FP_ARG);
    bad = people;
    bad.column_count = 6;
    ck_assert_int_eq(fp_store_import(ledger, &protocol, &bad, "analyst", "", &outcome, &id, &err),
                     FP_ARG);
    static const char *const wrong[] = {"\xff", "c2"};
    static const char *const right[] = {"with", "without"};
    static const char *const *const cells[] = {wrong, right, right};
    bad = coaches;
    bad.cells = cells;
    ck_assert_int_eq(fp_store_import(ledger, &protocol, &bad, "analyst", "", &outcome, &id, &err),
                     FP_ARG);
    ck_assert_int_eq(err.line, 2);
    static const char *const twice[] = {"ips", "ips"};
    protocol.coaches.columns = twice;
    ck_assert_int_eq(
        fp_store_import(ledger, &protocol, &coaches, "analyst", "", &outcome, &id, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "the columns of coaches name \"ips\" twice");
    check_verified(0, 0);
}
END_TEST

/* Several sources in one transaction: all of them or none. */
START_TEST(test_inside_a_transaction)
{
    fp_err err;
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    import_all();
    ck_assert(fp_ledger_in_transaction(ledger));
    fp_ledger_rollback(ledger);
    check_verified(0, 0);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    import_all();
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    check_verified(3, 12);
}
END_TEST

START_TEST(test_views_show_the_current_version)
{
    fp_source second;
    sample_people(&second, 9, 2, arena);
    import_all();
    (void)import(&second, FP_IMPORT_CHANGED);
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM person"), 9);
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM coach"), 2);
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM episode WHERE \"end\" = ''"), 1);
    ck_assert_int_eq(
        scratch_number(path,
                       "SELECT count(*) FROM person WHERE json_extract(columns, '$.coach') = 'v2'"),
        9);
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM person WHERE end_reason IS NULL"),
                     9);
}
END_TEST

static const struct {
    const char *sql;
    const char *text;
    bool load; /* reading the people says it as well */
} tampers[] = {
    {"UPDATE event SET body = replace(body, '\"rows\":7', '\"rows\":8') WHERE seq = 2",
     "the log was changed: event 2 does not give the hash that stands with it", false},
    {"UPDATE event SET actor = 'someone' WHERE seq = 1",
     "the log was changed: event 1 does not give the hash that stands with it", false},
    {"DELETE FROM event WHERE seq = 2", "the log was changed: event 2 is missing", false},
    {"DELETE FROM event WHERE seq = 3", "the database was changed: import 3 is not in the log",
     false},
    {"UPDATE event SET seq = -2 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3; "
     "UPDATE event SET seq = 3 WHERE seq = -2",
     "the log was changed: event 2 does not give the hash that stands with it", false},
    {"UPDATE person_row SET \"start\" = '2021-03-02' WHERE row = 4",
     "the database was changed: the rows of import 2 (people, data/people.csv) are not those that "
     "were imported",
     true},
    {"UPDATE person_row SET columns = replace(columns, '\"34\"', '\"43\"') WHERE row = 0",
     "the database was changed: the rows of import 2 (people, data/people.csv) are not those that "
     "were imported",
     true},
    {"UPDATE person_row SET line = 99 WHERE row = 6",
     "the database was changed: the rows of import 2 (people, data/people.csv) are not those that "
     "were imported",
     true},
    {"UPDATE person_row SET columns = '{}' WHERE row = 3",
     "the database was changed: row 4 of import 2 (people) does not have the columns of its import",
     true},
    {"UPDATE person_row SET columns = 'x' WHERE row = 3",
     "the database was changed: row 4 of import 2 (people) does not have the columns of its import",
     true},
    {"UPDATE person_row SET id = NULL WHERE row = 3",
     "the database was changed: row 4 of import 2 (people) does not have the columns of its import",
     true},
    {"UPDATE person_row SET end_reason = 'died' WHERE row = 3",
     "the database was changed: row 4 of import 2 (people) does not have the columns of its import",
     true},
    {"UPDATE person_row SET id = id || char(0) WHERE row = 3",
     "the database was changed: a text holds a NUL character", true},
    {"INSERT INTO person_row SELECT import, 7, 9, id, \"start\", \"end\", end_reason, columns "
     "FROM person_row WHERE row = 6",
     "the database was changed: row 8 of import 2 (people) should not be there", true},
    {"INSERT INTO person_row SELECT import, -1, 9, id, \"start\", \"end\", end_reason, columns "
     "FROM person_row WHERE row = 6",
     "the database was changed: row 0 of import 2 (people) should not be there", true},
    {"DELETE FROM person_row WHERE row = 6",
     "the database was changed: row 7 of import 2 (people) is missing", true},
    {"DELETE FROM person_row WHERE row = 2",
     "the database was changed: row 3 of import 2 (people) is missing", true},
    {"DELETE FROM person_row", "the database was changed: row 1 of import 2 (people) is missing",
     true},
    {"UPDATE person_row SET row = -1 WHERE row = 1; UPDATE person_row SET row = 1 WHERE row = 2; "
     "UPDATE person_row SET row = 2 WHERE row = -1",
     "the database was changed: the rows of import 2 (people, data/people.csv) are not those that "
     "were imported",
     true},
    {"INSERT INTO coach_row VALUES (9, 0, 2, 'c9', '{}', NULL)",
     "the database was changed: rows of coaches belong to import 9, which is none", false},
    {"UPDATE import SET rows = 6 WHERE id = 2; DELETE FROM person_row WHERE row = 6",
     "the database was changed: import 2 (people) is not what its event says", true},
    {"UPDATE import SET file = 'other.csv' WHERE id = 2",
     "the database was changed: import 2 (people) is not what its event says", false},
    {"UPDATE import SET mapping = '{\"columns\":[]}' WHERE id = 2",
     "the database was changed: import 2 (people) is not what its event says", false},
    {"DELETE FROM import WHERE id = 2", "the database was changed: import 2 of the log is missing",
     false},
    {"UPDATE import SET superseded_by = 3 WHERE id = 2",
     "the database was changed: import 2 does not point to its next version", false},
};

START_TEST(test_tampering_is_found)
{
    fp_err err;
    fp_source got;
    int64_t events = -1, rows = -1;
    import_all();
    fp_ledger_close(ledger);
    ledger = NULL;
    scratch_tamper(path, tampers[_i].sql);
    reopen();
    ck_assert_int_eq(fp_store_verify(ledger, &events, &rows, &err), FP_CHECK);
    ck_assert_str_eq(err.message, tampers[_i].text);
    ck_assert_str_eq(err.file, path);
    ck_assert_int_eq(events, -1);
    ck_assert(!fp_ledger_in_transaction(ledger));
    if (tampers[_i].load)
        ck_assert_int_eq(fp_store_load(ledger, &protocol, FP_SOURCE_PEOPLE, arena, &got, &err),
                         FP_CHECK);
}
END_TEST

/* A file cut short: refused when opened, or verify says no. */
START_TEST(test_truncated_file)
{
    fp_err err;
    int64_t events, rows;
    char copy[SCRATCH_MAX];
    fp_source many;
    sample_people(&many, 2000, 3, arena);
    import_all();
    (void)import(&many, FP_IMPORT_CHANGED);
    fp_ledger_close(ledger);
    ledger = NULL;
    scratch_path(copy, folder, "whole.db");
    scratch_copy(path, copy);
    long size = scratch_size(copy);
    for (int part = 1; part < 20; part++) {
        scratch_copy(copy, path);
        scratch_truncate(path, size * part / 20);
        fp_status status = fp_ledger_open(path, false, &ledger, &err);
        if (status == FP_OK)
            status = fp_store_verify(ledger, &events, &rows, &err);
        ck_assert_int_eq(status, FP_CHECK);
        fp_ledger_close(ledger);
        ledger = NULL;
    }
}
END_TEST

/* Every allocation fails once: FP_NOMEM, and the same call works afterwards. */
START_TEST(test_failing_allocation)
{
    fp_err err;
    fp_source got;
    ptrdiff_t count;
    const fp_import *list;
    const char *mapping;
    import_all();
    for (int call = 0; call < 3; call++) {
        fp_status status = FP_NOMEM;
        for (long n = 1; status != FP_OK; n++) {
            ck_assert_int_lt(n, 1000);
            fp_arena_fail_at(arena, n);
            if (call == 0)
                status = fp_store_load(ledger, &protocol, FP_SOURCE_PEOPLE, arena, &got, &err);
            else if (call == 1)
                status = fp_store_imports(ledger, arena, &count, &list, &err);
            else
                status = fp_store_mapping(&protocol, FP_SOURCE_PEOPLE, arena, &mapping, &err);
            fp_arena_fail_at(arena, 0);
            ck_assert(status == FP_OK || status == FP_NOMEM);
            ck_assert(n > 1 || status == FP_NOMEM);
        }
    }
    sample_same(&got, &people);
    ck_assert_int_eq(count, 3);
}
END_TEST

/* Names that look like the syntax they are written in. */
START_TEST(test_odd_column_names)
{
    static const char *const names[] = {"coach", "],\"id\":\"x\"}", "a,b"};
    fp_err err;
    fp_source odd = coaches, got;
    protocol.coaches.columns = &names[1];
    odd.names = names;
    ck_assert_int_eq(import(&odd, FP_IMPORT_NEW), 1);
    scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_COACHES, arena, &got, &err), &err);
    sample_same(&got, &odd);
    check_verified(1, 2);
}
END_TEST

START_TEST(test_no_rows_and_no_columns)
{
    static const char *const names[] = {"coach"};
    fp_err err;
    fp_source bare = coaches, got;
    bare.rows = 0;
    bare.column_count = 1;
    bare.names = names;
    protocol.coaches.column_count = 0;
    ck_assert_int_eq(import(&bare, FP_IMPORT_NEW), 1);
    scratch_ok(fp_store_load(ledger, &protocol, FP_SOURCE_COACHES, arena, &got, &err), &err);
    ck_assert_int_eq(got.rows, 0);
    ck_assert_str_eq(got.file, "data/coaches.csv");
    check_verified(1, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_rows_come_back_as_written);
    tcase_add_test(tests, test_absent_source);
    tcase_add_test(tests, test_same_file_twice_changes_nothing);
    tcase_add_test(tests, test_version_1_is_brought_up_to_date);
    tcase_add_test(tests, test_changed_file_is_a_new_version);
    tcase_add_test(tests, test_other_mapping_is_a_new_version);
    tcase_add_test(tests, test_mapping_and_current);
    tcase_add_test(tests, test_rows_sha256_known_answer);
    tcase_add_test(tests, test_import_refuses);
    tcase_add_test(tests, test_inside_a_transaction);
    tcase_add_test(tests, test_views_show_the_current_version);
    tcase_add_loop_test(tests, test_tampering_is_found, 0, sizeof tampers / sizeof *tampers);
    tcase_add_test(tests, test_truncated_file);
    tcase_add_test(tests, test_failing_allocation);
    tcase_add_test(tests, test_odd_column_names);
    tcase_add_test(tests, test_no_rows_and_no_columns);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
