#ifndef FP_STORE_CLIENT_PRIV_H
#define FP_STORE_CLIENT_PRIV_H

#include "store/client.h"
#include "store/vault_priv.h"

/* A client who can still be written about. Errors: FP_INPUT (no such client, erased). */
FP_MUST_USE fp_status fp_client_need(fp_ledger *ledger, const char *client, fp_err *err);
/* FP_INPUT where `word` is none of `choices`, "a|b|c". */
FP_MUST_USE fp_status fp_store_word(const char *word, const char *choices, const char *what,
                                    fp_err *err);

/* The rows of a statement, one at a time, into an array that grows.
 * in  read  fills one element of `size` bytes from the current row
 * out list  count elements in the arena */
typedef fp_status (*fp_row_fn)(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena, void *item,
                               fp_err *err);
FP_MUST_USE fp_status fp_store_list(fp_ledger *ledger, sqlite3_stmt *stmt, const char *doing,
                                    size_t size, fp_row_fn read, fp_arena *arena, ptrdiff_t *count,
                                    void **list, fp_err *err);
/* fp_row_fn of a const char *: the first column, copied. */
FP_MUST_USE fp_status fp_store_read_id(fp_ledger *ledger, sqlite3_stmt *stmt, fp_arena *arena,
                                       void *item, fp_err *err);

#endif
