#ifndef FP_WEB_AUTH_H
#define FP_WEB_AUTH_H

#include "store/account.h"
#include "store/sign_in.h"
#include "web/exchange.h"
#include "web/password.h"

/* Steps that the pages of sign-in and of accounts share. */

/* Who tries something that can be guessed. */
typedef struct {
    fp_tried what;
    const char *subject; /* "" = not known: not counted */
    fp_sign_in_charged charged;
} fp_try;

/* Look whether all of `tries` may try now, and if so count them as failed before anything is looked
 * at, in one transaction of its own; so that a hundred tries at the same moment are a hundred.
 * out  tries  charged
 * out  wait   [s]; 0 = counted, go on */
FP_MUST_USE fp_status fp_auth_try(fp_exchange *x, fp_try *tries, int count, int64_t *wait,
                                  fp_err *err);
/* They were right: take back what was counted, inside a transaction. */
FP_MUST_USE fp_status fp_auth_take_back(fp_ledger *writer, const fp_try *tries, int count,
                                        fp_err *err);
/* What was tried could not be looked at (the server is busy): take back what was counted, where the
 * database can be written, and hand `status` up. */
FP_MUST_USE fp_status fp_auth_not_looked_at(fp_exchange *x, const fp_try *tries, int count,
                                            fp_status status);
/* Put the wait beside a field, and answer 429 with Retry-After when the page is made. */
FP_MUST_USE fp_status fp_auth_must_wait(fp_exchange *x, const char *field, int64_t wait,
                                        fp_err *err);

/* Hash or check a password without a connection to the database in hand. Errors: FP_BUSY. */
FP_MUST_USE fp_status fp_auth_hash(fp_exchange *x, fp_str password, char hash[FP_HASH_MAX],
                                   fp_err *err);
FP_MUST_USE fp_status fp_auth_check(fp_exchange *x, fp_str password, const char *hash, bool *right,
                                    fp_err *err);
/* Check the password that the signed-in asker gave once more in `field`, with the count of failures
 * of their name. right = false: the problem stands beside the field. */
FP_MUST_USE fp_status fp_auth_confirm(fp_exchange *x, const char *field, fp_account *account,
                                      bool *right, fp_err *err);
/* Check a new password in `field` and its repetition in `again`; problems go beside them. */
void fp_auth_new_password(fp_exchange *x, const char *field, const char *again,
                          const fp_account *account);

/* The account that is signed in, or whose second factor is awaited. Errors: FP_INTERNAL (none). */
FP_MUST_USE fp_status fp_auth_account(fp_exchange *x, fp_account *account, fp_err *err);

/* Begin a session in which the second factor is awaited; where the account has none, a new secret
 * is kept in the session to be set up. Where the server asks for none, the session is whole. */
FP_MUST_USE fp_status fp_auth_after_password(fp_exchange *x, fp_ledger *writer,
                                             const fp_account *account, int64_t failures,
                                             fp_err *err);
/* Make ten recovery codes for an account; they are told once.
 * out  codes  FP_RECOVERY_CODES texts in the arena of the request */
FP_MUST_USE fp_status fp_auth_recovery(fp_exchange *x, fp_ledger *writer, int64_t account,
                                       const char *const **codes, fp_err *err);
/* The page that shows them. */
FP_MUST_USE fp_status fp_auth_show_recovery(fp_exchange *x, const char *const *codes, fp_err *err);

#endif
