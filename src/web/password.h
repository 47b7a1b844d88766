#ifndef FP_WEB_PASSWORD_H
#define FP_WEB_PASSWORD_H

#include "base/str.h"
#include "web/web.h"

/* Passwords: hashed with argon2id (RFC 9106, by libsodium), at most two at once so that memory
 * stays bounded, and refused where they are among the first that somebody would guess. */

enum {
    FP_PASSWORD_LEAST = 12, /* [characters] */
    FP_PASSWORD_MOST = 256, /* [bytes] */
    FP_HASH_MAX = 128,      /* [bytes] of a hash as text, with its NUL */
};

/* What the hashing of one server shares. Thread-safe. */
typedef struct fp_passwords fp_passwords;
/* in  cost  zeroed = libsodium's interactive limits (2 passes over 64 MiB). Makes one hash, that of
 * a password nobody has. Errors: FP_NOMEM, FP_ARG (limits that libsodium does not take). */
FP_MUST_USE fp_status fp_passwords_open(const fp_hash_cost *cost, fp_passwords **out, fp_err *err);
void fp_passwords_close(fp_passwords *passwords);

/* Hash a password with a salt of its own. Errors: FP_BUSY (two are at work and four wait),
 * FP_NOMEM.
 */
FP_MUST_USE fp_status fp_passwords_hash(fp_passwords *passwords, fp_str password,
                                        char hash[FP_HASH_MAX], fp_err *err);
/* Whether it is the password of a hash. A hash "" (no such account, no password yet) costs the same
 * time and is never right. Errors: as fp_passwords_hash. */
FP_MUST_USE fp_status fp_passwords_check(fp_passwords *passwords, fp_str password, const char *hash,
                                         bool *right, fp_err *err);

/* What is wrong with a new password; NULL = nothing. A message id, with the reason. Refused are:
 * fewer than 12 characters, for what is shorter can be found from a stolen hash; fewer than five
 * different ones; runs along the keyboard's digits or the alphabet; and one or two common words
 * (share/passwords/common.txt) or the account's own names with at most ten digits and signs
 * around, also where letters are written as the digits that look like them. Nothing else is asked:
 * no capitals, digits or signs. in  name, display  of the account.  Cost: O(length x words).
 * Thread-safe. */
const char *fp_password_problem(fp_str password, const char *name, const char *display);

#endif
