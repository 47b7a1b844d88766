#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "ledger/fault_vfs.h"
#include "ledger/ledger.h"
#include "ledger/scratch.h"
#include "run_suite.h"

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];

static void set_up(void)
{
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
}

static void tear_down(void)
{
    scratch_remove(folder);
}

/* The whole message, without the path of the scratch folder. */
static const char *said(const fp_err *err, char text[1024])
{
    fp_err_text(err, text, 1024);
    return strncmp(text, path, strlen(path)) == 0 ? text + strlen(path) : text;
}

static fp_ledger *opened(bool create)
{
    fp_ledger *ledger = NULL;
    fp_err err;
    scratch_ok(fp_ledger_open(path, create, &ledger, &err), &err);
    return ledger;
}

static void refused(bool create, fp_status expected, const char *text)
{
    fp_ledger *ledger = NULL;
    fp_err err;
    char buf[1024];
    ck_assert_int_eq(fp_ledger_open(path, create, &ledger, &err), expected);
    ck_assert_ptr_null(ledger);
    ck_assert_str_eq(said(&err, buf), text);
}

static int64_t add(fp_ledger *ledger, const char *kind, const char *body)
{
    fp_err err;
    int64_t seq = 0;
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    scratch_ok(fp_ledger_append(ledger, "analyst", kind, "because", body, &seq, &err), &err);
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    return seq;
}

static void five_events(void)
{
    fp_ledger *ledger = opened(true);
    for (int i = 1; i <= 5; i++) {
        char body[32];
        (void)snprintf(body, sizeof body, "{\"n\":%d}", i);
        ck_assert_int_eq(add(ledger, "note", body), i);
    }
    fp_ledger_close(ledger);
}

static void foreign(const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* The vector of docs/ledger.md. */
START_TEST(test_hash_known_answer)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    fp_err err;
    fp_sha256 one, two;
    fp_event event = {1,         "2026-11-21T20:44:18Z",
                      "analyst", "import",
                      "",        "{\"file\":\"data/people.csv\",\"rows\":118}",
                      zeros,     NULL};
    scratch_ok(fp_event_hash(&event, &one, &err), &err);
    ck_assert_str_eq(one.hex, "8c3fc0fb9291207bf751f78ae7334d0b4510fb5a425806c50cbe0b2b302574dc");
    event = (fp_event){
        2, "2026-11-21T20:45:00Z", "co\u00f6rdinator", "note", "zei \"ja\"\n", "{}", one.hex, NULL};
    scratch_ok(fp_event_hash(&event, &two, &err), &err);
    ck_assert_str_eq(two.hex, "9acd4b3b21ed10f40f278f2f83d80e445239331f23720afd492fc109b8a2d847");
    event.seq = 0;
    ck_assert_int_eq(fp_event_hash(&event, &two, &err), FP_ARG);
}
END_TEST

static fp_status compare(void *context, const fp_event *event, fp_err *err)
{
    int64_t *seen = context;
    char body[32];
    (void)err;
    (void)snprintf(body, sizeof body, "{\"n\":%d}", (int)++*seen);
    ck_assert_int_eq(event->seq, *seen);
    ck_assert_str_eq(event->body, body);
    ck_assert_str_eq(event->actor, "analyst");
    ck_assert_str_eq(event->kind, "note");
    ck_assert_str_eq(event->why, "because");
    ck_assert_uint_eq(strlen(event->at_utc), 20);
    ck_assert_int_eq(event->at_utc[19], 'Z');
    return *seen == 3 ? FP_CANCELLED : FP_OK;
}

START_TEST(test_events_come_back)
{
    fp_err err;
    int64_t seen = 0, events = 0, seq = 0;
    fp_sha256 hash;
    five_events();
    fp_ledger *ledger = opened(false);
    ck_assert_int_eq(fp_ledger_each(ledger, compare, &seen, &err), FP_CANCELLED);
    ck_assert_int_eq(seen, 3);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 5);
    scratch_ok(fp_ledger_head(ledger, &seq, &hash, &err), &err);
    ck_assert_int_eq(seq, 5);
    ck_assert_uint_eq(strlen(hash.hex), 64);
    fp_ledger_close(ledger);
}
END_TEST

START_TEST(test_empty_log)
{
    fp_err err;
    int64_t events = -1, seq = -1;
    fp_sha256 hash;
    fp_ledger *ledger = opened(true);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 0);
    scratch_ok(fp_ledger_head(ledger, &seq, &hash, &err), &err);
    ck_assert_int_eq(seq, 0);
    ck_assert_uint_eq(strspn(hash.hex, "0"), 64);
    fp_ledger_close(ledger);
}
END_TEST

START_TEST(test_append_refuses)
{
    fp_err err;
    int64_t seq = -1, events = -1;
    fp_ledger *ledger = opened(true);
    ck_assert_int_eq(fp_ledger_append(ledger, "a", "note", "", "{}", &seq, &err), FP_INTERNAL);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    ck_assert_int_eq(fp_ledger_begin(ledger, &err), FP_INTERNAL);
    ck_assert_int_eq(fp_ledger_append(ledger, "a", "note", "", "{ }", &seq, &err), FP_ARG);
    ck_assert_str_eq(err.message, "the body of an event (note) is not canonical JSON");
    ck_assert_int_eq(fp_ledger_append(ledger, "\xff", "note", "", "{}", &seq, &err), FP_ARG);
    ck_assert_int_eq(fp_ledger_append(ledger, "", "note", "", "{}", &seq, &err), FP_ARG);
    ck_assert_int_eq(fp_ledger_append(ledger, "a", "", "", "{}", &seq, &err), FP_ARG);
    ck_assert_int_eq(seq, -1);
    scratch_ok(fp_ledger_append(ledger, "a", "note", NULL, "{}", &seq, &err), &err);
    ck_assert_int_eq(seq, 1);
    fp_ledger_rollback(ledger);
    fp_ledger_rollback(ledger);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 0);
    fp_ledger_close(ledger);
}
END_TEST

/* Closing without a commit leaves nothing. */
START_TEST(test_close_rolls_back)
{
    fp_err err;
    int64_t seq = 0, events = -1;
    fp_ledger *ledger = opened(true);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    scratch_ok(fp_ledger_append(ledger, "a", "note", "", "{}", &seq, &err), &err);
    fp_ledger_close(ledger);
    ledger = opened(false);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 0);
    fp_ledger_close(ledger);
}
END_TEST

START_TEST(test_triggers_against_accidents)
{
    five_events();
    fp_ledger *ledger = opened(false);
    ck_assert_int_ne(
        sqlite3_exec(fp_ledger_db(ledger), "UPDATE event SET why = ''", NULL, NULL, NULL),
        SQLITE_OK);
    ck_assert_int_ne(sqlite3_exec(fp_ledger_db(ledger), "DELETE FROM event", NULL, NULL, NULL),
                     SQLITE_OK);
    fp_ledger_close(ledger);
}
END_TEST

static const struct {
    const char *sql;
    const char *text;
} tampers[] = {
    {"UPDATE event SET body = '{\"n\":9}' WHERE seq = 3",
     "event 3 does not give the hash that stands with it"},
    {"UPDATE event SET actor = 'someone' WHERE seq = 1",
     "event 1 does not give the hash that stands with it"},
    {"UPDATE event SET at_utc = '2020-01-01T00:00:00Z' WHERE seq = 5",
     "event 5 does not give the hash that stands with it"},
    {"UPDATE event SET why = '' WHERE seq = 2",
     "event 2 does not give the hash that stands with it"},
    {"UPDATE event SET kind = 'other' WHERE seq = 2",
     "event 2 does not give the hash that stands with it"},
    {"UPDATE event SET prev = hash WHERE seq = 4",
     "event 4 does not give the hash that stands with it"},
    {"DELETE FROM event WHERE seq = 2", "event 2 is missing"},
    {"DELETE FROM event WHERE seq = 1", "event 1 is missing"},
    {"DELETE FROM event WHERE seq IN (2, 3)", "event 2 is missing"},
    {"UPDATE event SET seq = -3 WHERE seq = 3; UPDATE event SET seq = 3 WHERE seq = 4; "
     "UPDATE event SET seq = 4 WHERE seq = -3",
     "event 3 does not give the hash that stands with it"},
    {"DELETE FROM event WHERE seq = 3; UPDATE event SET seq = 3 WHERE seq = 4; "
     "UPDATE event SET seq = 4 WHERE seq = 5",
     "event 3 does not give the hash that stands with it"},
    {"UPDATE event SET seq = -1 WHERE seq = 3", "event -1 should not be there"},
};

START_TEST(test_tampering_is_found)
{
    fp_err err;
    char text[1024], expected[256];
    int64_t events = -1;
    five_events();
    scratch_tamper(path, tampers[_i].sql);
    fp_ledger *ledger = opened(false);
    ck_assert_int_eq(fp_ledger_verify(ledger, &events, &err), FP_CHECK);
    ck_assert_int_eq(events, -1);
    (void)snprintf(expected, sizeof expected,
                   ": the log was changed: %s (restore the database from a copy that is known to "
                   "be good)",
                   tampers[_i].text);
    ck_assert_str_eq(said(&err, text), expected);
    fp_ledger_close(ledger);
}
END_TEST

/* An event whose own hash is right but which names another predecessor. */
START_TEST(test_rewritten_event_breaks_the_chain)
{
    fp_err err;
    fp_sha256 hash;
    char sql[512];
    int64_t events = -1;
    five_events();
    fp_ledger *ledger = opened(false);
    int64_t seq;
    fp_sha256 head;
    scratch_ok(fp_ledger_head(ledger, &seq, &head, &err), &err);
    fp_ledger_close(ledger);
    fp_event forged = {3,  "2026-11-21T20:44:18Z", "analyst", "note",
                       "", "{\"n\":33}",           head.hex,  NULL};
    scratch_ok(fp_event_hash(&forged, &hash, &err), &err);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE event SET at_utc = '%s', why = '', body = '{\"n\":33}', prev = '%s', "
                   "hash = '%s' WHERE seq = 3",
                   forged.at_utc, head.hex, hash.hex);
    scratch_tamper(path, sql);
    ledger = opened(false);
    ck_assert_int_eq(fp_ledger_verify(ledger, &events, &err), FP_CHECK);
    ck_assert_str_eq(err.message,
                     "the log was changed: event 3 does not follow from the one before it");
    fp_ledger_close(ledger);
}
END_TEST

/* A text of which C would see only the front. */
START_TEST(test_hidden_text_is_found)
{
    fp_err err;
    int64_t events = -1;
    five_events();
    scratch_tamper(path, "UPDATE event SET actor = actor || char(0) || 'else' WHERE seq = 2");
    fp_ledger *ledger = opened(false);
    ck_assert_int_eq(fp_ledger_verify(ledger, &events, &err), FP_CHECK);
    ck_assert_str_eq(err.message, "the database was changed: a text holds a NUL character");
    fp_ledger_close(ledger);
}
END_TEST

static const struct {
    const char *sql;
    const char *text;
} alterations[] = {
    {"DROP TRIGGER event_stays", "trigger event_stays is missing"},
    {"DROP VIEW person", "view person is missing"},
    {"CREATE TRIGGER z AFTER INSERT ON event BEGIN DELETE FROM event; END",
     "trigger z is not one of firstplace"},
    {"CREATE TABLE a(x)", "table a is not one of firstplace"},
    {"DROP VIEW coach; CREATE VIEW coach AS SELECT * FROM coach_row",
     "view coach is not as firstplace makes it"},
};

START_TEST(test_altered_tables_are_found)
{
    fp_err err;
    char expected[256];
    int64_t events = -1;
    five_events();
    foreign(alterations[_i].sql);
    fp_ledger *ledger = opened(false);
    ck_assert_int_eq(fp_ledger_verify(ledger, &events, &err), FP_CHECK);
    (void)snprintf(expected, sizeof expected, "the database was changed: %s", alterations[_i].text);
    ck_assert_str_eq(err.message, expected);
    fp_ledger_close(ledger);
}
END_TEST

/* What others may do to a database of ours without harm. */
START_TEST(test_statistics_and_vacuum_are_fine)
{
    fp_err err;
    int64_t events = -1;
    five_events();
    foreign("ANALYZE; VACUUM");
    fp_ledger *ledger = opened(false);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 5);
    fp_ledger_close(ledger);
}
END_TEST

/* What the chain alone cannot see, the pair (number, hash) kept elsewhere does. */
START_TEST(test_head_shows_a_cut_end)
{
    fp_err err;
    fp_sha256 before, after;
    int64_t seq, events;
    five_events();
    fp_ledger *ledger = opened(false);
    scratch_ok(fp_ledger_head(ledger, &seq, &before, &err), &err);
    fp_ledger_close(ledger);
    scratch_tamper(path, "DELETE FROM event WHERE seq = 5");
    ledger = opened(false);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    scratch_ok(fp_ledger_head(ledger, &seq, &after, &err), &err);
    ck_assert_int_eq(seq, 4);
    ck_assert_str_ne(before.hex, after.hex);
    fp_ledger_close(ledger);
}
END_TEST

START_TEST(test_open_refuses)
{
    refused(false, FP_INPUT,
            ": cannot open: No such file or directory (run `firstplace import` on the study "
            "first)");
    scratch_write(path, "this is no database, but a text that is longer than the header of one, "
                        "which takes one hundred bytes in all\n");
    refused(true, FP_INPUT,
            ": is not a database of firstplace (while opening it) (move it away; a new one is "
            "made from the sources)");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(fp_dir_make(path, NULL), FP_OK);
    refused(true, FP_INPUT,
            ": is not a file (move it away; the database of the study belongs there)");
    ck_assert_int_eq(rmdir(path), 0);
    char whole[SCRATCH_MAX];
    (void)memcpy(whole, path, sizeof whole);
    scratch_path(path, folder, "absent/study.db");
    refused(true, FP_INPUT,
            ": the database cannot be opened (while opening it) (check that the folder exists and "
            "that you may write in it)");
    (void)memcpy(path, whole, sizeof whole);
}
END_TEST

START_TEST(test_open_refuses_a_database_of_others)
{
    foreign("CREATE TABLE address(name TEXT); INSERT INTO address VALUES ('x')");
    refused(true, FP_INPUT,
            ": is a SQLite database, but not one of firstplace (move it away; a new one is made "
            "from the sources)");
}
END_TEST

START_TEST(test_open_refuses_a_newer_schema)
{
    five_events();
    foreign("PRAGMA user_version = 99");
    refused(true, FP_INPUT,
            ": was written by a newer firstplace (schema 99, this one knows 5) (use that newer "
            "version)");
    foreign("PRAGMA user_version = 0");
    refused(true, FP_CHECK,
            ": the database is damaged (while opening it) (restore it from a copy that is known "
            "to be good)");
}
END_TEST

/* Everything can be read and verified; writing is refused before the first row. */
static void can_only_be_read(void)
{
    fp_ledger *ledger = opened(true);
    int64_t events = 0;
    fp_err err;
    char buf[1024];
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 5);
    ck_assert_int_eq(fp_ledger_begin(ledger, &err), FP_INPUT);
    ck_assert_str_eq(said(&err, buf),
                     ": the database is read-only (while beginning to write) (check that you may "
                     "write the file and its folder)");
    fp_ledger_close(ledger);
}

START_TEST(test_read_only_is_read)
{
    five_events();
    fault_vfs_install()->read_only = 1;
    can_only_be_read();
}
END_TEST

/* An archive: neither the file nor its folder can be written, and nothing is made beside it. */
START_TEST(test_archive_is_read)
{
    char strange[SCRATCH_MAX];
    five_events();
    scratch_path(strange, folder, "100%25?#.db");
    ck_assert_int_eq(rename(path, strange), 0);
    (void)memcpy(path, strange, sizeof path);
    ck_assert_int_eq(chmod(path, 0444), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    if (geteuid() == 0) /* whom no mode of a file holds back */
        ck_assert_int_eq(seteuid(65534), 0);
    can_only_be_read();
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    scratch_path(strange, folder, "100%25?#.db-wal");
    ck_assert(!fp_file_exists(strange));
}
END_TEST

START_TEST(test_open_takes_an_empty_file)
{
    scratch_write(path, "");
    fp_ledger *ledger = opened(false);
    ck_assert_int_eq(add(ledger, "note", "{}"), 1);
    fp_ledger_close(ledger);
}
END_TEST

/* Any length: it cannot be opened or verify says no; never a crash. Of the last page only the
 * front may be in use: where it is still whole after the cut, nothing was lost. */
START_TEST(test_truncated_file)
{
    char copy[SCRATCH_MAX];
    fp_ledger *ledger = NULL;
    fp_err err;
    int64_t events;
    five_events();
    scratch_path(copy, folder, "whole.db");
    scratch_copy(path, copy);
    long size = scratch_size(copy);
    ck_assert_int_gt(size, 8192);
    for (long keep = 1; keep < size; keep += keep < 200 ? 33 : 1021) {
        scratch_copy(copy, path);
        scratch_truncate(path, keep);
        fp_status status = fp_ledger_open(path, true, &ledger, &err);
        if (status == FP_OK) {
            status = fp_ledger_verify(ledger, &events, &err);
            fp_ledger_close(ledger);
        }
        if (status == FP_OK && keep > size - 4096) {
            ck_assert_int_eq(events, 5);
            continue;
        }
        ck_assert_msg(status == FP_CHECK || status == FP_INPUT, "%ld bytes of %ld: %s", keep, size,
                      fp_status_text(status));
        ck_assert_int_eq(status, keep >= 100 ? FP_CHECK : FP_INPUT);
    }
}
END_TEST

/* A process that keeps the database to itself. The parent goes on when it has it. */
static pid_t hold(const char *sql)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        sqlite3 *db;
        if (sqlite3_open(path, &db) != SQLITE_OK ||
            sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return child;
}

static void let_go(pid_t child)
{
    int state;
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
}

START_TEST(test_locked_by_another_process)
{
    fp_err err;
    char text[1024];
    five_events();
    fp_ledger *ledger = opened(false);
    pid_t child = hold("BEGIN IMMEDIATE");
    ck_assert_int_eq(sqlite3_busy_timeout(fp_ledger_db(ledger), 20), SQLITE_OK);
    ck_assert_int_eq(fp_ledger_begin(ledger, &err), FP_BUSY);
    ck_assert_str_eq(said(&err, text),
                     ": the database is locked by another process (while beginning to write) "
                     "(wait until that is done, or end it, and try again)");
    /* Reading goes on meanwhile. */
    int64_t events = 0;
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, 5);
    let_go(child);
    ck_assert_int_eq(add(ledger, "note", "{}"), 6);
    fp_ledger_close(ledger);
}
END_TEST

START_TEST(test_open_while_locked)
{
    five_events();
    pid_t child = hold("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    refused(true, FP_BUSY,
            ": the database is locked by another process (while opening it) (wait until that is "
            "done, or end it, and try again)");
    let_go(child);
    fp_ledger_close(opened(false));
}
END_TEST

/* Several processes make the same new database and write in it at the same time. */
START_TEST(test_many_processes)
{
    enum { PROCESSES = 6, EVENTS = 10 };
    fp_err err;
    int64_t events = 0;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] != 0)
            continue;
        fp_ledger *ledger = NULL;
        fp_status status = fp_ledger_open(path, true, &ledger, &err);
        for (int k = 0; status == FP_OK && k < EVENTS; k++) {
            int64_t seq;
            status = fp_ledger_begin(ledger, &err);
            if (status == FP_OK)
                status = fp_ledger_append(ledger, "child", "note", "", "{}", &seq, &err);
            if (status == FP_OK)
                status = fp_ledger_commit(ledger, &err);
        }
        char text[1024];
        if (status != FP_OK) {
            fp_err_text(&err, text, sizeof text);
            (void)printf("child %d: %s\n", i, text);
            (void)fflush(stdout);
        }
        fp_ledger_close(ledger);
        _exit(status == FP_OK ? 0 : 1);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int state;
        ck_assert_int_eq(waitpid(children[i], &state, 0), children[i]);
        ck_assert(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    }
    fp_ledger *ledger = opened(false);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    ck_assert_int_eq(events, (int64_t)PROCESSES * EVENTS);
    fp_ledger_close(ledger);
}
END_TEST

/* Making the database with the N-th write failing, for every N: one clear line, and the next
 * attempt works. */
START_TEST(test_write_faults_while_making_it)
{
    fault_plan *plan = fault_vfs_install();
    fp_err err;
    bool passed = false;
    for (long n = 1; !passed; n++) {
        fp_ledger *ledger = NULL;
        ck_assert_int_lt(n, 1000);
        *plan = (fault_plan){
            .code = _i ? SQLITE_FULL : SQLITE_IOERR_WRITE, .countdown = n, .sticky = 1};
        fp_status status = fp_ledger_open(path, true, &ledger, &err);
        passed = plan->fired == 0;
        plan->countdown = 0;
        fp_ledger_close(ledger);
        if (!passed && status != FP_OK) {
            ck_assert_int_eq(status, FP_IO);
            ck_assert_ptr_nonnull(
                strstr(err.message, _i ? "the disk is full" : "could not be read or written"));
        }
        ledger = opened(true);
        ck_assert_int_eq(add(ledger, "note", "{}"), 1);
        fp_ledger_close(ledger);
        ck_assert_int_eq(unlink(path), 0);
    }
}
END_TEST

static void mode_is(const char *beside, unsigned mode)
{
    char file[SCRATCH_MAX + 8];
    struct stat info;
    (void)snprintf(file, sizeof file, "%s%s", path, beside);
    ck_assert_msg(stat(file, &info) == 0, "%s is not there", file);
    ck_assert_msg((info.st_mode & 0777) == mode, "%s is %o", file, (unsigned)info.st_mode & 0777);
}

/* Whatever the umask is; and what lies beside it. */
START_TEST(test_a_new_database_is_private)
{
    mode_t before = umask(_i ? 0 : 022);
    fp_ledger *ledger = opened(true);
    (void)add(ledger, "note", "{}");
    (void)umask(before);
    mode_is("", 0600);
    mode_is("-wal", 0600);
    mode_is("-shm", 0600);
    fp_ledger_close(ledger);
    /* who gave it to a group is not overruled */
    ck_assert_int_eq(chmod(path, 0660), 0);
    fp_ledger_close(opened(true));
    mode_is("", 0660);
}
END_TEST

/* A command of root in the folder of a service leaves nothing that the service cannot open. */
START_TEST(test_root_gives_it_to_the_owner_of_the_folder)
{
    enum { SERVICE = 4242 };
    struct stat info;
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(folder, SERVICE, SERVICE), 0);
    fp_ledger_close(opened(true));
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_uid, SERVICE);
    ck_assert_uint_eq(info.st_gid, SERVICE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tests = tcase_create("ledger");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_hash_known_answer);
    tcase_add_test(tests, test_events_come_back);
    tcase_add_test(tests, test_empty_log);
    tcase_add_test(tests, test_append_refuses);
    tcase_add_test(tests, test_close_rolls_back);
    tcase_add_test(tests, test_triggers_against_accidents);
    tcase_add_loop_test(tests, test_tampering_is_found, 0, sizeof tampers / sizeof *tampers);
    tcase_add_test(tests, test_rewritten_event_breaks_the_chain);
    tcase_add_test(tests, test_hidden_text_is_found);
    tcase_add_loop_test(tests, test_altered_tables_are_found, 0,
                        sizeof alterations / sizeof *alterations);
    tcase_add_test(tests, test_statistics_and_vacuum_are_fine);
    tcase_add_test(tests, test_head_shows_a_cut_end);
    tcase_add_test(tests, test_open_refuses);
    tcase_add_test(tests, test_open_refuses_a_database_of_others);
    tcase_add_test(tests, test_open_refuses_a_newer_schema);
    tcase_add_test(tests, test_read_only_is_read);
    tcase_add_test(tests, test_archive_is_read);
    tcase_add_test(tests, test_open_takes_an_empty_file);
    tcase_add_loop_test(tests, test_a_new_database_is_private, 0, 2);
    tcase_add_test(tests, test_root_gives_it_to_the_owner_of_the_folder);
    tcase_add_test(tests, test_truncated_file);
    tcase_add_test(tests, test_locked_by_another_process);
    tcase_add_test(tests, test_open_while_locked);
    tcase_add_test(tests, test_many_processes);
    tcase_add_loop_test(tests, test_write_faults_while_making_it, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
