#include "web/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct fp_pool {
    pthread_mutex_t lock; /* of `free` */
    pthread_cond_t given_back;
    pthread_mutex_t writing; /* held while the writer is lent */
    fp_ledger *writer;
    fp_ledger **readers; /* count */
    fp_ledger **idle;    /* idle_count of them */
    int count, idle_count;
};

static fp_status open_all(fp_pool *pool, const char *path, int readers, fp_err *err)
{
    pool->readers = calloc((size_t)readers, sizeof *pool->readers);
    pool->idle = calloc((size_t)readers, sizeof *pool->idle);
    if (!pool->readers || !pool->idle)
        return fp_fail_nomem(err, (size_t)readers * sizeof *pool->readers);
    FP_TRY(fp_ledger_open(path, true, &pool->writer, err));
    for (int i = 0; i < readers; i++) {
        FP_TRY(fp_ledger_open(path, false, &pool->readers[i], err));
        pool->count++;
        pool->idle[pool->idle_count++] = pool->readers[i];
    }
    return FP_OK;
}

fp_status fp_pool_open(const char *path, int readers, fp_pool **out, fp_err *err)
{
    fp_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return fp_fail_nomem(err, sizeof *pool);
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_mutex_init(&pool->writing, NULL);
    (void)pthread_cond_init(&pool->given_back, NULL);
    fp_status status = open_all(pool, path, readers, err);
    if (status != FP_OK) {
        fp_pool_close(pool);
        return status;
    }
    *out = pool;
    return FP_OK;
}

void fp_pool_close(fp_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->count; i++)
        fp_ledger_close(pool->readers[i]);
    if (pool->writer)
        fp_ledger_close(pool->writer);
    (void)pthread_cond_destroy(&pool->given_back);
    (void)pthread_mutex_destroy(&pool->writing);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool->readers);
    free(pool->idle);
    free(pool);
}

fp_ledger *fp_pool_reader(fp_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->idle_count == 0)
        (void)pthread_cond_wait(&pool->given_back, &pool->lock);
    fp_ledger *reader = pool->idle[--pool->idle_count];
    (void)pthread_mutex_unlock(&pool->lock);
    return reader;
}

void fp_pool_give_back(fp_pool *pool, fp_ledger *reader)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = reader;
    (void)pthread_cond_signal(&pool->given_back);
    (void)pthread_mutex_unlock(&pool->lock);
}

fp_ledger *fp_pool_writer(fp_pool *pool)
{
    (void)pthread_mutex_lock(&pool->writing);
    return pool->writer;
}

void fp_pool_writer_done(fp_pool *pool)
{
    if (fp_ledger_in_transaction(pool->writer))
        fp_ledger_rollback(pool->writer);
    (void)pthread_mutex_unlock(&pool->writing);
}
