#ifndef FP_STORE_ROWS_LIST_PRIV_H
#define FP_STORE_ROWS_LIST_PRIV_H

#include "ledger/sql.h"

/* The rows of a statement, one at a time, into an array that grows.
 * in  read  fills one element of `size` bytes from the current row
 * out list  count elements in the arena */
typedef fp_status (*fp_row_fn)(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                               fp_err *err);
FP_MUST_USE fp_status fp_store_list(fp_ledger *ledger, sqlite3_stmt *stmt, const char *doing,
                                    size_t size, fp_row_fn read, fp_arena *arena, ptrdiff_t *count,
                                    void **list, fp_err *err);
/* The first column of a statement without values. */
FP_MUST_USE fp_status fp_store_ids(fp_ledger *ledger, const char *sql, const char *doing,
                                   fp_arena *arena, ptrdiff_t *count, const char *const **ids,
                                   fp_err *err);

#endif
