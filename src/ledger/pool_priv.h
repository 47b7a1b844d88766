#ifndef FP_LEDGER_POOL_PRIV_H
#define FP_LEDGER_POOL_PRIV_H

#include <pthread.h>
#include <time.h>

#include "ledger/ledger_priv.h"
#include "ledger/pool.h"

/* A thread that waits: for the writer, or for what it wrote to be stored. Lies on its stack. */
typedef struct fp_pool_wait {
    struct fp_pool_wait *next;
    pthread_cond_t called;
    bool over;
    fp_status status; /* of storing */
    fp_err *err;
} fp_pool_wait;

/* First come, first served. */
typedef struct {
    fp_pool_wait *first, *last;
} fp_pool_queue;

struct fp_pool {
    pthread_mutex_t mutex;
    pthread_condattr_t monotonic;
    int wait_ms;
    fp_ledger *writer;
    bool writing;          /* somebody has the writer; where not, no transaction is open */
    fp_pool_queue writers; /* wait for it */
    fp_pool_queue members; /* wait for the commit of the transaction that is open */
    int member_count;
    struct timespec commit_by; /* when that transaction takes no more members */
    fp_ledger **readers;       /* the free ones in front */
    int reader_count, free_count;
    pthread_cond_t reader_free; /* or the gate is open */
    struct timespec gate;       /* new readers wait until then; 0 = open */
    /* Pages in the write-ahead log, at how many they are put back, and at how many it is emptied.
     * Of whoever has the writer. */
    int wal_pages, put_back_at, empty_at;
};

/* The monotonic clock, so much later. */
struct timespec fp_pool_in_ms(int ms);
bool fp_pool_before(struct timespec a, struct timespec b);
/* [ms] from now, at least 1 */
int fp_pool_ms_until(struct timespec until);
/* FP_BUSY. */
fp_status fp_pool_too_busy(fp_err *err);

/* The thresholds of a pool that is new; keeps count of the pages from here on. */
void fp_pool_log_init(fp_pool *pool);
/* By whoever has the writer, after a commit: put back what is due. */
void fp_pool_put_back(fp_pool *pool);

/* With the mutex held: */
bool fp_pool_gate_closed(const fp_pool *pool);
/* Wait for the writer; false: not until then. */
bool fp_pool_take_turn(fp_pool *pool, struct timespec until);
/* Hand it to who came first; where nobody is to join those who wait for the commit of what they
 * wrote, that is stored before. The mutex is let go meanwhile. */
void fp_pool_end_turn(fp_pool *pool);
/* By who has the writer: store what others have left in its transaction, and tell them. */
void fp_pool_store_members(fp_pool *pool);
/* The writer being free or the caller's: a long log is emptied once nobody reads. */
void fp_pool_keep_log_short(fp_pool *pool);

#endif
