#ifndef FP_STORE_PSEUDONYM_H
#define FP_STORE_PSEUDONYM_H

#include "store/vault.h"

/* What research may know people by. A pseudonym is a keyed hash of a study id: BLAKE2b (RFC 7693)
 * of 64 bits under a key of the study, over its kind, a newline and the id. The key is random, made
 * once, and stands in the log sealed under the master key, so that a pseudonym stays when the
 * master key is rotated: event research-key {key, sealed}, another one at each rotation; those
 * before stay, and open with the older master keys. Who has none of them cannot go back to a
 * study id, nor guess one and check. */

enum { FP_PSEUDONYM = 18 /* a letter and 16 hexadecimal digits, with the NUL */ };

typedef struct {
    bool there;            /* false: no key was made yet */
    unsigned char key[32]; /* to be wiped by fp_pseudonyms_clear */
} fp_pseudonyms;

/* Read the key. Errors: FP_INPUT (another master key than the study's), FP_CHECK (does not open),
 * as fp_ledger_fail. Cost: O(events). */
FP_MUST_USE fp_status fp_pseudonyms_open(fp_ledger *ledger, const fp_vault *vault,
                                         fp_pseudonyms *out, fp_err *err);
void fp_pseudonyms_clear(fp_pseudonyms *pseudonyms);
/* Make the key in the open transaction; nothing is written where there is one.
 * Errors: FP_INPUT (no master key is set), as fp_ledger_append. */
FP_MUST_USE fp_status fp_pseudonyms_make(fp_ledger *ledger, const fp_vault *vault,
                                         const char *actor, fp_err *err);
/* Seal it under another master key, in the transaction of a rotation, before `fresh` is the key of
 * the study. Nothing where there is none. */
FP_MUST_USE fp_status fp_pseudonyms_rewrap(fp_ledger *ledger, const fp_vault *old,
                                           const fp_vault *fresh, const char *actor, fp_err *err);
/* The pseudonym of an id. in  kind  'p' a person, 'c' a coach, 'a' an arm: its first letter. */
void fp_pseudonym_of(const fp_pseudonyms *pseudonyms, char kind, const char *id,
                     char out[FP_PSEUDONYM]);

/* Until the arms are unlocked a researcher reads them as A, B, C and D. Event arms-unlocked {}. */
typedef struct {
    int64_t event; /* 0 = not yet */
    const char *at_utc, *actor, *why;
} fp_unlocking;
/* Texts in the arena. Cost: O(events). */
FP_MUST_USE fp_status fp_arms_unlocking(fp_ledger *ledger, fp_arena *arena, fp_unlocking *out,
                                        fp_err *err);
/* Unlock, in the open transaction, for good; nothing is written where it was done before. */
FP_MUST_USE fp_status fp_arms_unlock(fp_ledger *ledger, const char *actor, const char *why,
                                     fp_err *err);

#endif
