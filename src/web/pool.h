#ifndef FP_WEB_POOL_H
#define FP_WEB_POOL_H

#include "ledger/ledger.h"

/* The connections to one study's database that the threads of a server share: one that writes,
 * some that read (WAL: readers see the last commit and never wait for the writer). */
typedef struct fp_pool fp_pool;

/* Open the database, made or moved to the newest schema where needed, and `readers` connections to
 * read. Errors: as fp_ledger_open. */
FP_MUST_USE fp_status fp_pool_open(const char *path, int readers, fp_pool **out, fp_err *err);
/* NULL is allowed; nothing may be lent. */
void fp_pool_close(fp_pool *pool);

/* Lend a reader; waits until one is free. To be given back by the same thread. */
fp_ledger *fp_pool_reader(fp_pool *pool);
void fp_pool_give_back(fp_pool *pool, fp_ledger *reader);
/* Lend the writer; waits for whoever has it. Given back, an open transaction is rolled back. */
fp_ledger *fp_pool_writer(fp_pool *pool);
void fp_pool_writer_done(fp_pool *pool);

#endif
