#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "ledger/fault_vfs.h"
#include "ledger/pool.h"
#include "ledger/scratch.h"
#include "run_suite.h"

/* Many threads on one database, as in a server. */

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];

static void set_up(void)
{
    fp_ledger *ledger = NULL;
    fp_err err;
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    fp_ledger_close(ledger);
}

static void tear_down(void)
{
    scratch_remove(folder);
}

static fp_pool *opened(const fp_pool_options *options)
{
    fp_pool *pool = NULL;
    fp_err err;
    scratch_ok(fp_pool_open(path, options, &pool, &err), &err);
    return pool;
}

/* One event in a transaction of its own. */
static fp_status add(fp_pool *pool, const char *body, int64_t *seq, fp_err *err)
{
    fp_ledger *writer = NULL;
    FP_TRY(fp_pool_write(pool, &writer, err));
    fp_status status = fp_ledger_append(writer, "account:1", "note", "", body, seq, err);
    if (status == FP_OK)
        status = fp_pool_commit(pool, &writer, err);
    fp_pool_rollback(pool, &writer);
    return status;
}

static int64_t add_ok(fp_pool *pool)
{
    fp_err err;
    int64_t seq = 0;
    scratch_ok(add(pool, "{}", &seq, &err), &err);
    return seq;
}

static int64_t last_of(fp_ledger *ledger)
{
    fp_err err;
    fp_sha256 hash;
    int64_t seq = -1;
    scratch_ok(fp_ledger_head(ledger, &seq, &hash, &err), &err);
    return seq;
}

static int64_t verified(void)
{
    fp_ledger *ledger = NULL;
    fp_err err;
    int64_t events = 0;
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_ledger_verify(ledger, &events, &err), &err);
    fp_ledger_close(ledger);
    return events;
}

static long log_size(void)
{
    char side[SCRATCH_MAX];
    scratch_path(side, folder, "study.db-wal");
    return scratch_size(side);
}

START_TEST(test_one_moment)
{
    fp_err err;
    fp_ledger *reader = NULL, *later = NULL, *writer = NULL;
    int64_t seq = 0;
    fp_pool *pool = opened(NULL);
    ck_assert_int_eq(add_ok(pool), 1);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    ck_assert_int_eq(last_of(reader), 1);
    scratch_ok(fp_pool_write(pool, &writer, &err), &err);
    scratch_ok(fp_ledger_append(writer, "account:1", "note", NULL, "{}", &seq, &err), &err);
    ck_assert_int_eq(seq, 2);
    ck_assert_int_eq(last_of(reader), 1);
    scratch_ok(fp_pool_commit(pool, &writer, &err), &err);
    ck_assert_ptr_null(writer);
    ck_assert_int_eq(last_of(reader), 1);
    scratch_ok(fp_pool_read(pool, &later, &err), &err);
    ck_assert_int_eq(last_of(later), 2);
    ck_assert_int_eq(fp_ledger_begin(later, &err), FP_INTERNAL); /* it reads already */
    fp_pool_read_end(pool, &later);
    fp_pool_read_end(pool, &later);
    fp_pool_read_end(pool, &reader);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    ck_assert_int_eq(last_of(reader), 2);
    fp_pool_read_end(pool, &reader);
    fp_pool_close(pool);
}
END_TEST

/* A handle for reading cannot write, whatever it is asked. */
START_TEST(test_reader_only_reads)
{
    fp_err err;
    fp_ledger *reader = NULL;
    fp_pool *pool = opened(NULL);
    int64_t seq;
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    ck_assert_int_eq(fp_ledger_append(reader, "a", "note", "", "{}", &seq, &err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "read-only"));
    fp_pool_read_end(pool, &reader);
    fp_pool_close(pool);
}
END_TEST

START_TEST(test_undone)
{
    fp_err err;
    fp_ledger *writer = NULL;
    int64_t seq = 0;
    fp_pool *pool = opened(NULL);
    scratch_ok(fp_pool_write(pool, &writer, &err), &err);
    scratch_ok(fp_ledger_append(writer, "account:1", "note", "", "{}", &seq, &err), &err);
    fp_pool_rollback(pool, &writer);
    ck_assert_ptr_null(writer);
    ck_assert_int_eq(add_ok(pool), 1);
    fp_pool_close(pool);
    ck_assert_int_eq(verified(), 1);
}
END_TEST

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* As older programs made it under the usual umask. */
START_TEST(test_closed_to_others)
{
    struct stat info;
    ck_assert_int_eq(chmod(path, 0664), 0);
    fp_pool *pool = opened(NULL);
    (void)add_ok(pool);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0660);
    fp_pool_close(pool);
}
END_TEST

static void is_busy(fp_status status, const fp_err *err)
{
    char text[1024];
    ck_assert_int_eq(status, FP_BUSY);
    fp_err_text(err, text, sizeof text);
    ck_assert_str_eq(text, "too much is being done at once; nothing was changed or lost (try again "
                           "in a moment)");
}

/* Nobody waits for ever, neither for the writer nor for a reader. */
START_TEST(test_wait_is_bounded)
{
    fp_err err;
    fp_ledger *writer = NULL, *second = NULL, *reader = NULL;
    fp_pool *pool = opened(&(fp_pool_options){.readers = 1, .wait_ms = 60});
    scratch_ok(fp_pool_write(pool, &writer, &err), &err);
    double began = seconds();
    is_busy(fp_pool_write(pool, &second, &err), &err);
    ck_assert_ptr_null(second);
    ck_assert(seconds() - began > 0.05);
    is_busy(fp_pool_flush(pool, &err), &err);
    fp_pool_rollback(pool, &writer);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    is_busy(fp_pool_read(pool, &second, &err), &err);
    is_busy(fp_pool_flush(pool, &err), &err);
    fp_pool_read_end(pool, &reader);
    scratch_ok(fp_pool_flush(pool, &err), &err);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    fp_pool_read_end(pool, &reader);
    ck_assert_int_eq(add_ok(pool), 1);
    fp_pool_close(pool);
}
END_TEST

/* A process that holds the lock on writing until it is killed. */
static pid_t hold(void)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        fp_ledger *ledger = NULL;
        if (fp_ledger_open(path, false, &ledger, NULL) != FP_OK ||
            fp_ledger_begin(ledger, NULL) != FP_OK || write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return child;
}

START_TEST(test_locked_by_another_process)
{
    fp_err err;
    fp_ledger *writer = NULL, *reader = NULL;
    int state;
    pid_t child = hold();
    fp_pool *pool = opened(&(fp_pool_options){.wait_ms = 60});
    ck_assert_int_eq(fp_pool_write(pool, &writer, &err), FP_BUSY);
    ck_assert_ptr_nonnull(strstr(err.message, "the database is locked by another process"));
    scratch_ok(fp_pool_read(pool, &reader, &err), &err); /* reading goes on */
    ck_assert_int_eq(last_of(reader), 0);
    fp_pool_read_end(pool, &reader);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &state, 0), child);
    ck_assert_int_eq(add_ok(pool), 1);
    fp_pool_close(pool);
}
END_TEST

/* ---- threads ---- */

enum { WRITERS = 6, EVENTS = 40, LOOKERS = 6 };

typedef struct {
    fp_pool *pool;
    int number;
    atomic_int *writing;
    int64_t looks;
    int events;
    const char *body;
} worker;

static void *write_many(void *context)
{
    worker *w = context;
    for (int i = 0; i < w->events; i++) {
        fp_err err;
        int64_t seq;
        if (i % 5 == 4) { /* and now and then think better of it */
            fp_ledger *writer = NULL;
            scratch_ok(fp_pool_write(w->pool, &writer, &err), &err);
            scratch_ok(fp_ledger_append(writer, "account:1", "note", "", w->body, &seq, &err),
                       &err);
            fp_pool_rollback(w->pool, &writer);
        }
        scratch_ok(add(w->pool, w->body, &seq, &err), &err);
    }
    (void)atomic_fetch_sub(w->writing, 1);
    return NULL;
}

/* Each look sees a whole log that is no shorter than at the look before. */
static void *look_on(void *context)
{
    worker *w = context;
    int64_t seen = 0;
    while (atomic_load(w->writing) > 0) {
        fp_err err;
        fp_ledger *reader = NULL;
        scratch_ok(fp_pool_read(w->pool, &reader, &err), &err);
        int64_t now = last_of(reader);
        ck_assert_int_ge(now, seen);
        ck_assert_int_eq(last_of(reader), now);
        seen = now;
        fp_pool_read_end(w->pool, &reader);
        w->looks++;
    }
    return NULL;
}

static void run_threads(fp_pool *pool, int events, const char *body)
{
    atomic_int writing = WRITERS;
    pthread_t threads[WRITERS + LOOKERS];
    worker workers[WRITERS + LOOKERS];
    for (int i = 0; i < WRITERS + LOOKERS; i++) {
        workers[i] = (worker){
            .pool = pool, .number = i, .writing = &writing, .events = events, .body = body};
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, i < WRITERS ? write_many : look_on, &workers[i]), 0);
    }
    for (int i = 0; i < WRITERS + LOOKERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

START_TEST(test_many_threads)
{
    fp_pool *pool = opened(&(fp_pool_options){.readers = 3, .wait_ms = 60000});
    run_threads(pool, EVENTS, "{}");
    fp_pool_close(pool);
    ck_assert_int_eq(log_size(), -1);
    ck_assert_int_eq(verified(), WRITERS * EVENTS);
}
END_TEST

/* Somebody reads at every moment, which alone would let the log grow without end. */
START_TEST(test_log_stays_short)
{
    enum { TIMES = 2, BODY = 120000, ROUNDS = 30, MOST = 24 * 1024 * 1024 };
    static char body[BODY];
    long longest = 0;
    memset(body, 'x', sizeof body);
    body[0] = body[BODY - 2] = '"';
    body[BODY - 1] = '\0';
    fp_pool *pool = opened(&(fp_pool_options){.readers = 3, .wait_ms = 60000});
    for (int i = 0; i < TIMES; i++) {
        run_threads(pool, ROUNDS, body);
        longest = log_size() > longest ? log_size() : longest;
    }
    (void)printf("43 MB written, the log was %.1f MB at its longest\n", (double)longest / 1e6);
    ck_assert_int_lt(longest, MOST);
    fp_pool_close(pool);
    ck_assert_int_eq(verified(), TIMES * WRITERS * ROUNDS);
}
END_TEST

START_TEST(test_flush)
{
    fp_err err;
    fp_pool *pool = opened(NULL);
    (void)add_ok(pool);
    ck_assert_int_gt(log_size(), 0);
    scratch_ok(fp_pool_flush(pool, &err), &err);
    ck_assert_int_eq(log_size(), 0);
    (void)add_ok(pool);
    fp_pool_close(pool);
    ck_assert_int_eq(verified(), 2);
}
END_TEST

static void *flush_once(void *context)
{
    worker *w = context;
    fp_err err;
    scratch_ok(fp_pool_flush(w->pool, &err), &err);
    return NULL;
}

static void *look_once(void *context)
{
    worker *w = context;
    fp_err err;
    fp_ledger *reader = NULL;
    scratch_ok(fp_pool_read(w->pool, &reader, &err), &err);
    fp_pool_read_end(w->pool, &reader);
    return NULL;
}

/* Two read, a flush waits for them, and others wait for the flush: it is told of both who are done,
 * not one of those who wait. */
START_TEST(test_flush_among_waiting_readers)
{
    enum { WAITING = 4, PAUSE_US = 50000 };
    fp_err err;
    fp_ledger *first = NULL, *second = NULL;
    pthread_t threads[1 + WAITING];
    fp_pool *pool = opened(&(fp_pool_options){.wait_ms = 10000});
    worker w = {.pool = pool};
    (void)add_ok(pool);
    scratch_ok(fp_pool_read(pool, &first, &err), &err);
    scratch_ok(fp_pool_read(pool, &second, &err), &err);
    for (int i = 0; i <= WAITING; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, i ? look_once : flush_once, &w), 0);
        (void)usleep(PAUSE_US);
    }
    fp_pool_read_end(pool, &first);
    (void)usleep(PAUSE_US);
    fp_pool_read_end(pool, &second);
    for (int i = 0; i <= WAITING; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(log_size(), 0);
    fp_pool_close(pool);
}
END_TEST

/* ---- faults ---- */

/* The N-th write or sync fails for N = 1, 2, ...: what was said to be stored is there, what was
 * not is not, and the next request is served. */
START_TEST(test_failing_disk)
{
    fault_plan *plan = fault_vfs_install();
    int64_t stored = 0, failed = 0;
    fp_pool *pool = opened(NULL);
    for (int n = 1; n <= 12; n++) {
        fp_err err;
        int64_t seq;
        *plan = (fault_plan){.code = _i ? SQLITE_FULL : SQLITE_IOERR_WRITE, .countdown = n};
        fp_status status = add(pool, "{}", &seq, &err);
        bool fired = plan->fired > 0;
        plan->countdown = 0;
        if (status == FP_OK)
            ck_assert_int_eq(seq, ++stored);
        else {
            ck_assert_int_eq(status, FP_IO);
            ck_assert(fired);
            ck_assert_ptr_nonnull(strstr(err.hint, "nothing was changed"));
            failed++;
        }
        ck_assert_int_eq(add_ok(pool), ++stored);
    }
    ck_assert_int_gt(failed, 2);
    fp_pool_close(pool);
    ck_assert_int_eq(verified(), stored);
}
END_TEST

/* Threads whose work is stored together, on a disk that fails now and then: whoever was told that
 * it is stored finds it, and nobody else's is there. */
enum { SHARERS = 8, SHARES = 40 };

typedef struct {
    fp_pool *pool;
    fault_plan *plan;
    int number;
    bool stored[SHARES];
    int failed;
} sharer;

static void *share(void *context)
{
    sharer *s = context;
    for (int i = 0; i < SHARES; i++) {
        fp_err err;
        fp_ledger *writer = NULL;
        char body[32];
        int64_t seq;
        (void)snprintf(body, sizeof body, "[%d,%d]", s->number, i);
        scratch_ok(fp_pool_write(s->pool, &writer, &err), &err);
        if ((i + s->number) % 9 == 3)
            *s->plan = (fault_plan){.code = SQLITE_IOERR_WRITE, .countdown = 1 + i % 3};
        fp_status status = fp_ledger_append(writer, "account:1", "note", "", body, &seq, &err);
        if (status == FP_OK && i % 7 != 6)
            status = fp_pool_commit(s->pool, &writer, &err);
        s->stored[i] = status == FP_OK && !writer;
        s->failed += status != FP_OK;
        ck_assert_msg(status == FP_OK || status == FP_IO, "%s", err.message);
        fp_pool_rollback(s->pool, &writer);
    }
    return NULL;
}

static fp_status find_share(void *context, const fp_event *event, fp_err *err)
{
    sharer *all = context;
    int number = event->body[1] - '0', i = 0;
    (void)err;
    for (const char *p = event->body + 3; *p != ']'; p++)
        i = 10 * i + *p - '0';
    ck_assert_msg(all[number].stored[i], "nobody was told of %s", event->body);
    all[number].stored[i] = false;
    return FP_OK;
}

START_TEST(test_stored_together)
{
    static sharer sharers[SHARERS];
    pthread_t threads[SHARERS];
    fp_ledger *reader = NULL;
    fp_err err;
    int failed = 0, stored = 0;
    fault_plan *plan = fault_vfs_install();
    fp_pool *pool = opened(&(fp_pool_options){.wait_ms = 60000});
    for (int i = 0; i < SHARERS; i++) {
        sharers[i] = (sharer){.pool = pool, .plan = plan, .number = i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, share, &sharers[i]), 0);
    }
    for (int i = 0; i < SHARERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        failed += sharers[i].failed;
        for (int k = 0; k < SHARES; k++)
            stored += sharers[i].stored[k];
    }
    plan->countdown = 0;
    (void)printf("%d stored, %d told that the disk failed\n", stored, failed);
    ck_assert_int_gt(failed, SHARERS);
    ck_assert_int_gt(stored, SHARERS);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    scratch_ok(fp_ledger_each(reader, find_share, sharers, &err), &err);
    fp_pool_read_end(pool, &reader);
    for (int i = 0; i < SHARERS; i++)
        for (int k = 0; k < SHARES; k++)
            ck_assert_msg(!sharers[i].stored[k], "[%d,%d] was lost", i, k);
    fp_pool_close(pool);
    ck_assert_int_eq(verified(), stored);
}
END_TEST

static int64_t told_time(void *context)
{
    return *(int64_t *)context;
}

typedef struct {
    char at_utc[4][32];
    char kind[4][32];
    char body[4][128];
    int count;
} times;

static fp_status see_time(void *context, const fp_event *event, fp_err *err)
{
    times *seen = context;
    (void)err;
    ck_assert_int_lt(seen->count, 4);
    (void)snprintf(seen->at_utc[seen->count], 32, "%s", event->at_utc);
    (void)snprintf(seen->kind[seen->count], 32, "%s", event->kind);
    (void)snprintf(seen->body[seen->count++], 128, "%s", event->body);
    return FP_OK;
}

/* The event keeps what the clock says; one before it says that the clock was set back. */
START_TEST(test_clock_set_back)
{
    int64_t now = 1770076800, seq; /* 2026-02-03 */
    fp_err err;
    fp_ledger *writer = NULL, *reader = NULL;
    times seen = {0};
    fp_pool *pool = opened(&(fp_pool_options){.now = told_time, .now_context = &now});
    ck_assert_int_eq(add_ok(pool), 1);
    now -= 7200;
    scratch_ok(fp_pool_write(pool, &writer, &err), &err);
    scratch_ok(fp_ledger_append(writer, "account:1", "note", "", "{}", &seq, &err), &err);
    ck_assert_int_eq(seq, 3);
    fp_pool_rollback(pool, &writer); /* then nothing is said of the clock either */
    ck_assert_int_eq(add_ok(pool), 3);
    now += 1;
    ck_assert_int_eq(add_ok(pool), 4);
    scratch_ok(fp_pool_read(pool, &reader, &err), &err);
    scratch_ok(fp_ledger_each(reader, see_time, &seen, &err), &err);
    fp_pool_read_end(pool, &reader);
    fp_pool_close(pool);
    ck_assert_str_eq(seen.at_utc[0], "2026-02-03T00:00:00Z");
    ck_assert_str_eq(seen.at_utc[1], "2026-02-02T22:00:00Z");
    ck_assert_str_eq(seen.kind[1], "clock-set-back");
    ck_assert_str_eq(seen.body[1],
                     "{\"clock\":\"2026-02-02T22:00:00Z\",\"last\":\"2026-02-03T00:00:00Z\"}");
    ck_assert_str_eq(seen.at_utc[2], "2026-02-02T22:00:00Z");
    ck_assert_str_eq(seen.kind[2], "note");
    ck_assert_str_eq(seen.at_utc[3], "2026-02-02T22:00:01Z");
    ck_assert_int_eq(verified(), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/pool");
    TCase *tests = tcase_create("pool");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_one_moment);
    tcase_add_test(tests, test_reader_only_reads);
    tcase_add_test(tests, test_undone);
    tcase_add_test(tests, test_closed_to_others);
    tcase_add_test(tests, test_wait_is_bounded);
    tcase_add_test(tests, test_locked_by_another_process);
    tcase_add_test(tests, test_many_threads);
    tcase_add_test(tests, test_log_stays_short);
    tcase_add_test(tests, test_flush);
    tcase_add_test(tests, test_flush_among_waiting_readers);
    tcase_add_loop_test(tests, test_failing_disk, 0, 2);
    tcase_add_test(tests, test_stored_together);
    tcase_add_test(tests, test_clock_set_back);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
