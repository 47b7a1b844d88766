#include "ledger/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/ledger_priv.h"
#include "ledger/sql.h"

enum {
    READERS = 4,
    WAIT_MS = 2000,
    WAL_PAGES = 1000,      /* so many more in the log: put them back into the database */
    WAL_PAGES_MOST = 4000, /* so many: empty it, and let readers wait for that */
    GATE_MS = 50,          /* how long they wait for it at most */
};

/* A thread that waits for the writer; lies on its stack. */
typedef struct turn {
    struct turn *next;
    pthread_cond_t called;
    bool granted;
} turn;

struct fp_pool {
    pthread_mutex_t mutex;
    pthread_condattr_t monotonic;
    int wait_ms;
    fp_ledger *writer;
    bool writing; /* somebody has the writer */
    turn *first, *last;
    fp_ledger **readers; /* the free ones in front */
    int reader_count, free_count;
    pthread_cond_t reader_free; /* or the gate is open */
    struct timespec gate;       /* new readers wait until then; 0 = open */
    /* Pages in the write-ahead log, at how many they are put back, and at how many it is emptied.
     * Of whoever has the writer. */
    int wal_pages, put_back_at, empty_at;
};

static struct timespec in_ms(int ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += (long)(ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static bool before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* [ms], at least 1 */
static int ms_until(struct timespec until)
{
    struct timespec now = in_ms(0);
    long ms = (long)(until.tv_sec - now.tv_sec) * 1000 + (until.tv_nsec - now.tv_nsec) / 1000000;
    return ms > 1 ? (int)ms : 1;
}

static fp_status too_busy(fp_err *err)
{
    (void)fp_fail(err, FP_BUSY, "too much is being done at once; nothing was changed or lost");
    return fp_hint(err, FP_BUSY, "try again in a moment");
}

/* ---- the queue for the writer; the mutex is held ---- */

static void leave_queue(fp_pool *pool, const turn *mine)
{
    turn *above = NULL;
    for (turn *t = pool->first; t != mine; t = t->next)
        above = t;
    *(above ? &above->next : &pool->first) = mine->next;
    if (pool->last == mine)
        pool->last = above;
}

static bool take_turn(fp_pool *pool, struct timespec until)
{
    turn mine = {0};
    int code = 0;
    if (!pool->writing) {
        pool->writing = true;
        return true;
    }
    if (pthread_cond_init(&mine.called, &pool->monotonic) != 0)
        return false;
    *(pool->last ? &pool->last->next : &pool->first) = &mine;
    pool->last = &mine;
    while (!mine.granted && code == 0)
        code = pthread_cond_timedwait(&mine.called, &pool->mutex, &until);
    if (!mine.granted)
        leave_queue(pool, &mine);
    (void)pthread_cond_destroy(&mine.called);
    return mine.granted;
}

/* Hand the writer to who came first. */
static void end_turn(fp_pool *pool)
{
    turn *next = pool->first;
    pool->writing = next != NULL;
    if (!next)
        return;
    pool->first = next->next;
    if (!pool->first)
        pool->last = NULL;
    next->granted = true;
    (void)pthread_cond_signal(&next->called);
}

/* ---- readers and the gate; the mutex is held ---- */

static bool gate_closed(const fp_pool *pool)
{
    return pool->gate.tv_sec != 0 && before(in_ms(0), pool->gate);
}

static bool wait_reader(fp_pool *pool, struct timespec until)
{
    for (;;) {
        bool gated = gate_closed(pool);
        if (!gated && pool->free_count > 0)
            return true;
        struct timespec wake = gated && before(pool->gate, until) ? pool->gate : until;
        (void)pthread_cond_timedwait(&pool->reader_free, &pool->mutex, &wake);
        if (!before(in_ms(0), until))
            return !gate_closed(pool) && pool->free_count > 0;
    }
}

static void open_gate(fp_pool *pool)
{
    pool->gate = (struct timespec){0};
    (void)pthread_cond_broadcast(&pool->reader_free);
}

/* ---- the write-ahead log; by whoever has the writer ---- */

static int count_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    fp_pool *pool = context;
    (void)db;
    (void)name;
    pool->wal_pages = pages;
    return SQLITE_OK;
}

/* What cannot be put back now, because somebody reads older pages, will be the next time. */
static void put_back(fp_pool *pool)
{
    if (pool->wal_pages < WAL_PAGES) /* it began anew */
        pool->put_back_at = WAL_PAGES;
    if (pool->wal_pages < pool->put_back_at)
        return;
    (void)sqlite3_wal_checkpoint_v2(fp_ledger_db(pool->writer), NULL, SQLITE_CHECKPOINT_PASSIVE,
                                    NULL, NULL);
    pool->put_back_at = pool->wal_pages + WAL_PAGES;
}

static int empty_log(fp_pool *pool, int wait_ms)
{
    sqlite3 *db = fp_ledger_db(pool->writer);
    (void)sqlite3_busy_timeout(db, wait_ms);
    int code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code == SQLITE_OK)
        pool->wal_pages = 0;
    return code;
}

/* With the mutex held, and the writer free or the caller's: a long log is emptied once nobody
 * reads. For that no new reader is let in for a moment; where the old ones take longer, or another
 * process reads, it is tried again some pages later. */
static void keep_log_short(fp_pool *pool)
{
    bool was_closed = pool->gate.tv_sec != 0;
    if (pool->wal_pages < WAL_PAGES_MOST)
        pool->empty_at = WAL_PAGES_MOST;
    if (pool->wal_pages < pool->empty_at)
        return;
    if (pool->free_count < pool->reader_count && !was_closed) {
        pool->gate = in_ms(GATE_MS);
        return;
    }
    if (pool->free_count < pool->reader_count && gate_closed(pool))
        return;
    if (pool->free_count < pool->reader_count || empty_log(pool, 1) != SQLITE_OK)
        pool->empty_at = pool->wal_pages + WAL_PAGES;
    open_gate(pool);
}

/* ---- for other rooms ---- */

fp_status fp_pool_read(fp_pool *pool, fp_ledger **reader, fp_err *err)
{
    fp_ledger *taken = NULL;
    struct timespec until = in_ms(pool->wait_ms);
    (void)pthread_mutex_lock(&pool->mutex);
    if (wait_reader(pool, until))
        taken = pool->readers[--pool->free_count];
    (void)pthread_mutex_unlock(&pool->mutex);
    if (!taken)
        return too_busy(err);
    fp_status status = fp_sql_exec(taken, "BEGIN", "beginning to read", err);
    if (status == FP_OK)
        *reader = taken;
    else
        fp_pool_read_end(pool, &taken);
    return status;
}

void fp_pool_read_end(fp_pool *pool, fp_ledger **reader)
{
    if (!*reader)
        return;
    fp_ledger_rollback(*reader);
    (void)pthread_mutex_lock(&pool->mutex);
    pool->readers[pool->free_count++] = *reader;
    if (!pool->writing)
        keep_log_short(pool);
    (void)pthread_cond_signal(&pool->reader_free);
    (void)pthread_mutex_unlock(&pool->mutex);
    *reader = NULL;
}

static void give_back(fp_pool *pool, fp_ledger **writer)
{
    *writer = NULL;
    (void)pthread_mutex_lock(&pool->mutex);
    keep_log_short(pool);
    end_turn(pool);
    (void)pthread_mutex_unlock(&pool->mutex);
}

fp_status fp_pool_write(fp_pool *pool, fp_ledger **writer, fp_err *err)
{
    struct timespec until = in_ms(pool->wait_ms);
    (void)pthread_mutex_lock(&pool->mutex);
    bool mine = take_turn(pool, until);
    (void)pthread_mutex_unlock(&pool->mutex);
    if (!mine)
        return too_busy(err);
    fp_ledger *taken = pool->writer;
    (void)sqlite3_busy_timeout(fp_ledger_db(taken), ms_until(until));
    fp_status status = fp_ledger_begin(taken, err);
    if (status == FP_OK)
        *writer = taken;
    else
        give_back(pool, &taken);
    return status;
}

fp_status fp_pool_commit(fp_pool *pool, fp_ledger **writer, fp_err *err)
{
    fp_status status = fp_ledger_commit(*writer, err);
    if (status == FP_OK)
        put_back(pool);
    give_back(pool, writer);
    return status;
}

void fp_pool_rollback(fp_pool *pool, fp_ledger **writer)
{
    if (!*writer)
        return;
    fp_ledger_rollback(*writer);
    give_back(pool, writer);
}

/* Keep new readers out until those that read are done; with the mutex held. */
static bool wait_for_readers(fp_pool *pool, struct timespec until)
{
    while (pool->free_count < pool->reader_count && before(in_ms(0), until)) {
        pool->gate = until;
        (void)pthread_cond_timedwait(&pool->reader_free, &pool->mutex, &until);
    }
    return pool->free_count == pool->reader_count;
}

fp_status fp_pool_flush(fp_pool *pool, fp_err *err)
{
    struct timespec until = in_ms(pool->wait_ms);
    int code = SQLITE_BUSY;
    (void)pthread_mutex_lock(&pool->mutex);
    bool mine = take_turn(pool, until);
    if (mine && wait_for_readers(pool, until))
        code = empty_log(pool, ms_until(until));
    open_gate(pool);
    if (mine)
        end_turn(pool);
    (void)pthread_mutex_unlock(&pool->mutex);
    if ((code & 0xff) == SQLITE_BUSY)
        return too_busy(err);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(pool->writer, code, "emptying its log", err);
}

/* ---- opening and closing ---- */

static fp_status open_all(fp_pool *pool, const char *path, const fp_pool_options *options,
                          fp_err *err)
{
    FP_TRY(fp_ledger_open(path, true, &pool->writer, err));
    if (sqlite3_db_readonly(fp_ledger_db(pool->writer), "main") == 1)
        return fp_ledger_fail(pool->writer, SQLITE_READONLY, "opening it to serve", err);
    fp_ledger_clock(pool->writer, options->now, options->now_context);
    (void)sqlite3_wal_hook(fp_ledger_db(pool->writer), count_pages, pool);
    int count = options->readers > 0 ? options->readers : READERS;
    pool->readers = calloc((size_t)count, sizeof *pool->readers);
    if (!pool->readers)
        return fp_fail_nomem(err, (size_t)count * sizeof *pool->readers);
    for (; pool->reader_count < count; pool->reader_count++) {
        FP_TRY(fp_ledger_open_beside(path, &pool->readers[pool->reader_count], err));
        pool->free_count++;
    }
    return FP_OK;
}

/* NULL where there is no memory or no lock. */
static fp_pool *make_pool(void)
{
    fp_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->put_back_at = WAL_PAGES;
    pool->empty_at = WAL_PAGES_MOST;
    if (pthread_condattr_init(&pool->monotonic) == 0) {
        (void)pthread_condattr_setclock(&pool->monotonic, CLOCK_MONOTONIC);
        if (pthread_cond_init(&pool->reader_free, &pool->monotonic) == 0) {
            if (pthread_mutex_init(&pool->mutex, NULL) == 0)
                return pool;
            (void)pthread_cond_destroy(&pool->reader_free);
        }
        (void)pthread_condattr_destroy(&pool->monotonic);
    }
    free(pool);
    return NULL;
}

fp_status fp_pool_open(const char *path, const fp_pool_options *options, fp_pool **out, fp_err *err)
{
    static const fp_pool_options defaults = {0};
    fp_pool *pool = make_pool();
    if (!pool)
        return fp_fail_nomem(err, sizeof *pool);
    options = options ? options : &defaults;
    pool->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
    fp_status status = open_all(pool, path, options, err);
    if (status == FP_OK)
        *out = pool;
    else
        fp_pool_close(pool);
    return status;
}

void fp_pool_close(fp_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->reader_count; i++)
        fp_ledger_close(pool->readers[i]);
    fp_ledger_close(pool->writer);
    free(pool->readers);
    (void)pthread_cond_destroy(&pool->reader_free);
    (void)pthread_mutex_destroy(&pool->mutex);
    (void)pthread_condattr_destroy(&pool->monotonic);
    free(pool);
}
