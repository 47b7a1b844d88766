#include "ledger/pool_priv.h"

#include "ledger/sql.h"

/* Writing, one at a time. Bringing a transaction to the disk takes far longer than what a request
 * writes in it; so whoever is done while others wait leaves the transaction open for them, and the
 * last of them brings the work of all to the disk at once (group commit). Each request is a
 * savepoint in it, so that one that fails is undone alone. Nobody is told that anything is stored
 * before it is; where the commit fails, all of them are told so. */

enum { MEMBERS_MOST = 32, GROUP_MS = 10 };

static void enter(fp_pool_queue *queue, fp_pool_wait *mine)
{
    *(queue->last ? &queue->last->next : &queue->first) = mine;
    queue->last = mine;
}

static void leave(fp_pool_queue *queue, const fp_pool_wait *mine)
{
    fp_pool_wait *above = NULL;
    for (fp_pool_wait *w = queue->first; w != mine; w = w->next)
        above = w;
    *(above ? &above->next : &queue->first) = mine->next;
    if (queue->last == mine)
        queue->last = above;
}

/* Call the first; false where nobody waits. What is said to it must be written before. */
static bool call(fp_pool_queue *queue)
{
    fp_pool_wait *first = queue->first;
    if (!first)
        return false;
    leave(queue, first);
    first->over = true;
    (void)pthread_cond_signal(&first->called);
    return true;
}

bool fp_pool_take_turn(fp_pool *pool, struct timespec until)
{
    fp_pool_wait mine = {0};
    int code = 0;
    if (!pool->writing) {
        pool->writing = true;
        return true;
    }
    if (pthread_cond_init(&mine.called, &pool->monotonic) != 0)
        return false;
    enter(&pool->writers, &mine);
    while (!mine.over && code == 0)
        code = pthread_cond_timedwait(&mine.called, &pool->mutex, &until);
    if (!mine.over)
        leave(&pool->writers, &mine);
    (void)pthread_cond_destroy(&mine.called);
    return mine.over;
}

/* ---- the transaction that several share; by whoever has the writer, the mutex held ---- */

/* Tell every member how it ended. */
static void settle(fp_pool *pool, fp_status status, const fp_err *err)
{
    for (fp_pool_wait *w = pool->members.first; w; w = w->next) {
        w->status = status;
        if (status != FP_OK && w->err)
            *w->err = *err;
    }
    while (call(&pool->members))
        continue;
    pool->member_count = 0;
}

/* Bring the open transaction to the disk. The mutex is not needed for that, and others shall be
 * able to queue up meanwhile. */
static fp_status store(fp_pool *pool, fp_err *err)
{
    fp_status status;
    (void)pthread_mutex_unlock(&pool->mutex);
    if (fp_ledger_in_transaction(pool->writer))
        status = fp_ledger_commit(pool->writer, err);
    else /* SQLite has undone it all at a failure of somebody's statement */
        status = fp_ledger_fail(pool->writer, SQLITE_IOERR, "storing what was written", err);
    if (status == FP_OK)
        fp_pool_put_back(pool);
    (void)pthread_mutex_lock(&pool->mutex);
    return status;
}

/* Whether the transaction is to be left open for who waits. */
static bool takes_more(const fp_pool *pool)
{
    return pool->writers.first && pool->member_count < MEMBERS_MOST &&
           fp_ledger_in_transaction(pool->writer) &&
           fp_pool_before(fp_pool_in_ms(0), pool->commit_by);
}

void fp_pool_store_members(fp_pool *pool)
{
    fp_err err;
    if (pool->member_count > 0)
        settle(pool, store(pool, &err), &err);
}

void fp_pool_end_turn(fp_pool *pool)
{
    if (!takes_more(pool))
        fp_pool_store_members(pool);
    if (pool->member_count == 0) {
        fp_ledger_rollback(pool->writer);
        fp_pool_keep_log_short(pool);
    }
    pool->writing = call(&pool->writers);
}

static void end_turn(fp_pool *pool, fp_ledger **writer)
{
    *writer = NULL;
    (void)pthread_mutex_lock(&pool->mutex);
    fp_pool_end_turn(pool);
    (void)pthread_mutex_unlock(&pool->mutex);
}

/* ---- for other rooms ---- */

/* A request of its own in the transaction that is open, or in a new one. */
static fp_status begin(fp_pool *pool, struct timespec until, fp_err *err)
{
    fp_ledger *writer = pool->writer;
    if (!fp_ledger_in_transaction(writer)) {
        (void)sqlite3_busy_timeout(fp_ledger_db(writer), fp_pool_ms_until(until));
        FP_TRY(fp_ledger_begin(writer, err));
        pool->commit_by = fp_pool_in_ms(GROUP_MS);
    }
    writer->at_utc[0] = '\0';
    return fp_sql_exec(writer, "SAVEPOINT request", "beginning to write", err);
}

fp_status fp_pool_write(fp_pool *pool, fp_ledger **writer, fp_err *err)
{
    struct timespec until = fp_pool_in_ms(pool->wait_ms);
    (void)pthread_mutex_lock(&pool->mutex);
    bool mine = fp_pool_take_turn(pool, until);
    (void)pthread_mutex_unlock(&pool->mutex);
    if (!mine)
        return fp_pool_too_busy(err);
    fp_ledger *taken = pool->writer;
    fp_status status = begin(pool, until, err);
    if (status == FP_OK)
        *writer = taken;
    else
        end_turn(pool, &taken);
    return status;
}

/* Leave what was written in the transaction. */
static fp_status finish(fp_ledger *writer, fp_err *err)
{
    static const char doing[] = "storing what was written";
    if (!fp_ledger_in_transaction(writer)) /* a statement failed, and SQLite has undone it all */
        return fp_ledger_fail(writer, SQLITE_IOERR, doing, err);
    return fp_sql_exec(writer, "RELEASE request", doing, err);
}

fp_status fp_pool_commit(fp_pool *pool, fp_ledger **writer, fp_err *err)
{
    fp_pool_wait mine = {.err = err};
    if (pthread_cond_init(&mine.called, &pool->monotonic) != 0) {
        fp_pool_rollback(pool, writer);
        return fp_fail_nomem(err, sizeof mine);
    }
    fp_status status = finish(*writer, err);
    if (status != FP_OK) {
        (void)pthread_cond_destroy(&mine.called);
        fp_pool_rollback(pool, writer);
        return status;
    }
    *writer = NULL;
    (void)pthread_mutex_lock(&pool->mutex);
    enter(&pool->members, &mine);
    pool->member_count++;
    fp_pool_end_turn(pool);
    while (!mine.over)
        (void)pthread_cond_wait(&mine.called, &pool->mutex);
    (void)pthread_mutex_unlock(&pool->mutex);
    (void)pthread_cond_destroy(&mine.called);
    return mine.status;
}

void fp_pool_rollback(fp_pool *pool, fp_ledger **writer)
{
    if (!*writer)
        return;
    if (fp_ledger_in_transaction(*writer) &&
        fp_sql_exec(*writer, "ROLLBACK TO request; RELEASE request", "undoing", NULL) != FP_OK)
        fp_ledger_rollback(*writer);
    end_turn(pool, writer);
}
