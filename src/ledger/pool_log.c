#include "ledger/pool_priv.h"

/* The write-ahead log of a server: put back into the database as it grows, and kept from growing
 * without end where somebody reads at every moment. */

enum {
    WAL_PAGES = 1000,      /* so many more in the log: put them back into the database */
    WAL_PAGES_MOST = 4000, /* so many: empty it, and let readers wait for that */
    GATE_MS = 50,          /* how long they wait for it at most */
};

static void open_gate(fp_pool *pool)
{
    pool->gate = (struct timespec){0};
    (void)pthread_cond_broadcast(&pool->reader_free);
}

static int count_pages(void *context, sqlite3 *db, const char *name, int pages)
{
    fp_pool *pool = context;
    (void)db;
    (void)name;
    pool->wal_pages = pages;
    return SQLITE_OK;
}

void fp_pool_log_init(fp_pool *pool)
{
    pool->put_back_at = WAL_PAGES;
    pool->empty_at = WAL_PAGES_MOST;
    (void)sqlite3_wal_hook(fp_ledger_db(pool->writer), count_pages, pool);
}

/* What cannot be put back now, because somebody reads older pages, will be the next time. */
void fp_pool_put_back(fp_pool *pool)
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
void fp_pool_keep_log_short(fp_pool *pool)
{
    bool was_closed = pool->gate.tv_sec != 0;
    if (pool->wal_pages < WAL_PAGES_MOST)
        pool->empty_at = WAL_PAGES_MOST;
    if (pool->wal_pages < pool->empty_at)
        return;
    if (pool->free_count < pool->reader_count && !was_closed) {
        pool->gate = fp_pool_in_ms(GATE_MS);
        return;
    }
    if (pool->free_count < pool->reader_count && fp_pool_gate_closed(pool))
        return;
    if (pool->free_count < pool->reader_count || empty_log(pool, 1) != SQLITE_OK)
        pool->empty_at = pool->wal_pages + WAL_PAGES;
    open_gate(pool);
}

/* Keep new readers out until those that read are done; with the mutex held. */
static bool wait_for_readers(fp_pool *pool, struct timespec until)
{
    while (pool->free_count < pool->reader_count && fp_pool_before(fp_pool_in_ms(0), until)) {
        pool->gate = until;
        (void)pthread_cond_timedwait(&pool->reader_free, &pool->mutex, &until);
    }
    return pool->free_count == pool->reader_count;
}

fp_status fp_pool_flush(fp_pool *pool, fp_err *err)
{
    struct timespec until = fp_pool_in_ms(pool->wait_ms);
    int code = SQLITE_BUSY;
    (void)pthread_mutex_lock(&pool->mutex);
    bool mine = fp_pool_take_turn(pool, until);
    if (mine)
        fp_pool_store_members(pool);
    if (mine && wait_for_readers(pool, until))
        code = empty_log(pool, fp_pool_ms_until(until));
    open_gate(pool);
    if (mine)
        fp_pool_end_turn(pool);
    (void)pthread_mutex_unlock(&pool->mutex);
    if ((code & 0xff) == SQLITE_BUSY)
        return fp_pool_too_busy(err);
    return code == SQLITE_OK ? FP_OK : fp_ledger_fail(pool->writer, code, "emptying its log", err);
}
