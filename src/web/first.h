#ifndef FP_WEB_FIRST_H
#define FP_WEB_FIRST_H

#include "store/account.h"
#include "store/link.h"
#include "web/password.h"

/* Accounts from the terminal: whoever may write the database may make a link. */

/* Make the administrator of a study that has no account yet, and a link for it.
 * in  now    [s] since 1970
 * out token  FP_TOKEN_DIGITS + 1 bytes; "" where there are accounts: then nothing was done.
 *            The link is /welcome/TOKEN.
 * Errors: as fp_ledger_begin. A transaction of its own. */
FP_MUST_USE fp_status fp_first_administrator(fp_ledger *ledger, int64_t now, char *token,
                                             fp_err *err);
/* Make a new link for an account, which resets password and second factor. Errors: FP_INPUT (no
 * such sign-in name; disabled). A transaction of its own. */
FP_MUST_USE fp_status fp_first_link(fp_ledger *ledger, const char *name, int64_t now, char *token,
                                    fp_err *err);
/* Make an account with a password and without a second factor: for a demonstration.
 * in  account  name, display, role, coach, language.  out id may be NULL */
FP_MUST_USE fp_status fp_first_demo(fp_ledger *ledger, fp_passwords *passwords,
                                    const fp_account *account, const char *password, int64_t *id,
                                    fp_err *err);

#endif
