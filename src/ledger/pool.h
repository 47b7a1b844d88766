#ifndef FP_LEDGER_POOL_H
#define FP_LEDGER_POOL_H

#include "ledger/ledger.h"

/* The connections of a server to one database: one that writes, several that read. Threads take
 * one for the time of a request and give it back; who comes first is served first, and nobody waits
 * longer than `wait_ms`. Everything here is thread-safe. A handle that was taken belongs to the
 * thread that took it, until it is given back.
 *
 * Reading: all that is read between fp_pool_read and fp_pool_read_end is of one moment (one
 * snapshot, taken at the first look); readers do not wait for the writer, nor it for them.
 * Writing: one at a time. What fp_pool_commit() answered FP_OK to is on the disk (synchronous FULL)
 * and stays after kill -9 or loss of power; everything else is as if it had never been begun.
 * Requests that wait for one another are stored together (group commit): one that is undone is
 * undone alone, and where the disk fails all of them are told so.
 * The write-ahead log is put back into the database every 1000 pages, and emptied, holding new
 * readers up for a moment, where readers kept it from shrinking until it had 4000. */
typedef struct fp_pool fp_pool;

typedef struct {
    int readers;                   /* connections for reading; 0 = 8 */
    int wait_ms;                   /* [ms] for a turn and for other processes; 0 = 2000 */
    int64_t (*now)(void *context); /* as fp_ledger_clock */
    void *now_context;
} fp_pool_options;

/* Open the database for a server, made or brought up to the newest schema where needed.
 * in   options  NULL = defaults.  out  pool  must be closed, when no handle is out any more.
 * Where everybody on the machine may open it, they no longer may.
 * Errors: as fp_ledger_open; FP_INPUT where this user may not write in it, nor close it to others.
 */
FP_MUST_USE fp_status fp_pool_open(const char *path, const fp_pool_options *options, fp_pool **out,
                                   fp_err *err);
void fp_pool_close(fp_pool *pool);

/* Take a connection to read with. Errors: FP_BUSY (none came free), FP_IO. */
FP_MUST_USE fp_status fp_pool_read(fp_pool *pool, fp_ledger **reader, fp_err *err);
/* Give it back; sets *reader to NULL, and does nothing where it is that already. */
void fp_pool_read_end(fp_pool *pool, fp_ledger **reader);

/* Take the writer, in a transaction that is open: fp_ledger_append and the functions of `store` can
 * be called at once, fp_ledger_begin and fp_ledger_commit not.
 * Errors: FP_BUSY (another request or another process keeps it for longer than wait_ms), FP_IO. */
FP_MUST_USE fp_status fp_pool_write(fp_pool *pool, fp_ledger **writer, fp_err *err);
/* Store what was written and give the writer back, also on failure: then nothing was changed.
 * Errors: FP_IO (disk full, ...), FP_BUSY, FP_INTERNAL. */
FP_MUST_USE fp_status fp_pool_commit(fp_pool *pool, fp_ledger **writer, fp_err *err);
/* Undo what was written and give the writer back; sets *writer to NULL, and does nothing where it
 * is that already. */
void fp_pool_rollback(fp_pool *pool, fp_ledger **writer);

/* Put the whole write-ahead log back into the database and cut it to nothing, so that no bytes of
 * what was deleted stay in it. Waits until every reader has been given back: the caller may hold
 * none, nor the writer. Errors: FP_BUSY (a reader, or another process that reads, was not done
 * within wait_ms; what was committed stays committed), FP_IO. */
FP_MUST_USE fp_status fp_pool_flush(fp_pool *pool, fp_err *err);

#endif
