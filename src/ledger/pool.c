#include "ledger/pool_priv.h"

#include <stdlib.h>

#include "ledger/sql.h"

enum { READERS = 8, WAIT_MS = 2000 };

struct timespec fp_pool_in_ms(int ms)
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

bool fp_pool_before(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* [ms], at least 1 */
int fp_pool_ms_until(struct timespec until)
{
    struct timespec now = fp_pool_in_ms(0);
    long ms = (long)(until.tv_sec - now.tv_sec) * 1000 + (until.tv_nsec - now.tv_nsec) / 1000000;
    return ms > 1 ? (int)ms : 1;
}

fp_status fp_pool_too_busy(fp_err *err)
{
    (void)fp_fail(err, FP_BUSY, "too much is being done at once; nothing was changed or lost");
    return fp_hint(err, FP_BUSY, "try again in a moment");
}

bool fp_pool_gate_closed(const fp_pool *pool)
{
    return pool->gate.tv_sec != 0 && fp_pool_before(fp_pool_in_ms(0), pool->gate);
}

static bool wait_reader(fp_pool *pool, struct timespec until)
{
    for (;;) {
        bool gated = fp_pool_gate_closed(pool);
        if (!gated && pool->free_count > 0)
            return true;
        struct timespec wake = gated && fp_pool_before(pool->gate, until) ? pool->gate : until;
        (void)pthread_cond_timedwait(&pool->reader_free, &pool->mutex, &wake);
        if (!fp_pool_before(fp_pool_in_ms(0), until))
            return !fp_pool_gate_closed(pool) && pool->free_count > 0;
    }
}

fp_status fp_pool_read(fp_pool *pool, fp_ledger **reader, fp_err *err)
{
    fp_ledger *taken = NULL;
    struct timespec until = fp_pool_in_ms(pool->wait_ms);
    (void)pthread_mutex_lock(&pool->mutex);
    if (wait_reader(pool, until))
        taken = pool->readers[--pool->free_count];
    (void)pthread_mutex_unlock(&pool->mutex);
    if (!taken)
        return fp_pool_too_busy(err);
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
        fp_pool_keep_log_short(pool);
    /* to all: who waits for the gate would swallow what a flush waits for */
    (void)pthread_cond_broadcast(&pool->reader_free);
    (void)pthread_mutex_unlock(&pool->mutex);
    *reader = NULL;
}

static fp_status open_all(fp_pool *pool, const char *path, const fp_pool_options *options,
                          fp_err *err)
{
    FP_TRY(fp_ledger_close_to_others(path, err));
    FP_TRY(fp_ledger_open(path, true, &pool->writer, err));
    if (sqlite3_db_readonly(fp_ledger_db(pool->writer), "main") == 1)
        return fp_ledger_fail(pool->writer, SQLITE_READONLY, "opening it to serve", err);
    fp_ledger_clock(pool->writer, options->now, options->now_context);
    fp_pool_log_init(pool);
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
