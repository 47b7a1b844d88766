#ifndef FP_STORE_ACCOUNT_PRIV_H
#define FP_STORE_ACCOUNT_PRIV_H

#include "store/account.h"

/* Kinds of events, and what they say; one place for those who write and those who verify. */
#define FP_ACCOUNT_CREATED       "account-created"
#define FP_ACCOUNT_CHANGED       "account-changed"
#define FP_ACCOUNT_RENAMED       "account-renamed"
#define FP_ACCOUNT_PASSWORD      "account-password"
#define FP_ACCOUNT_SECOND_FACTOR "account-second-factor"
#define FP_ACCOUNT_RECOVERY      "account-recovery-codes"
#define FP_ACCOUNT_SIGNED_IN     "signed-in"

/* SHA-256 of salt, sign-in name and shown name, a newline between them: what an event tells of the
 * names. The salt stands in the row alone, so that nobody finds the names by trying. */
fp_sha256 fp_account_named(const char *salt, const char *name, const char *display);
/* SHA-256 of a secret as events hold it; "" where there is none. */
void fp_account_stored(const char *secret, fp_sha256 *out);
/* SHA-256 of the ten hashes of recovery codes, a newline after each. */
fp_sha256 fp_account_codes(const fp_sha256 hashes[FP_RECOVERY_CODES]);

#endif
