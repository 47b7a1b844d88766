#ifndef FP_STORE_CLIENT_PRIV_H
#define FP_STORE_CLIENT_PRIV_H

#include "store/client.h"
#include "store/rows_list_priv.h"
#include "store/vault_priv.h"

/* A client who can still be written about. Errors: FP_INPUT (no such client, erased). */
FP_MUST_USE fp_status fp_client_need(fp_ledger *ledger, const char *client, fp_err *err);
/* FP_INPUT where `word` is none of `choices`, "a|b|c". */
FP_MUST_USE fp_status fp_store_word(const char *word, const char *choices, const char *what,
                                    fp_err *err);

#endif
