#ifndef FP_STORE_VAULT_PRIV_H
#define FP_STORE_VAULT_PRIV_H

#include "ledger/sql.h"
#include "store/vault.h"

/* Keys and ciphertexts, for the room `store` only. A person's key lives on the stack of one
 * function and is wiped there (sodium_memzero). */

enum { FP_KEY_BYTES = 32, FP_SEAL_EXTRA = 24 + 16 /* nonce and authenticator */ };

/* Seal `plain` under `key`: nonce and ciphertext as hexadecimal digits, appended to `out`.
 * in  bound  what it belongs to; opened only with the same.  Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_seal(const unsigned char key[FP_KEY_BYTES], fp_str bound, fp_str plain,
                              fp_buf *out, fp_err *err);
/* Open it again. The plain text lies in the arena and is wiped when that ends.
 * out  opened  false: another key, another `bound`, or a changed ciphertext.  Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_unseal(const unsigned char key[FP_KEY_BYTES], fp_str bound, fp_str sealed,
                                fp_arena *arena, bool *opened, fp_str *plain, fp_err *err);

/* The key of a client, or a new one; in the open transaction.
 * Errors: FP_INPUT (the study uses another master key than this), FP_CHECK (does not open). */
FP_MUST_USE fp_status fp_person_key(fp_ledger *ledger, const fp_vault *vault, const char *study,
                                    const char *client, unsigned char key[FP_KEY_BYTES],
                                    fp_err *err);
FP_MUST_USE fp_status fp_person_key_make(fp_ledger *ledger, const fp_vault *vault,
                                         const char *study, const char *client,
                                         unsigned char key[FP_KEY_BYTES], fp_err *err);
/* Open a wrapped key as it stands in the table. */
FP_MUST_USE fp_status fp_person_key_open(fp_ledger *ledger, const fp_vault *vault,
                                         const char *study, const char *client, const char *key_id,
                                         fp_str wrapped, unsigned char key[FP_KEY_BYTES],
                                         fp_err *err);
/* Wrap a key as it goes into the table. */
FP_MUST_USE fp_status fp_person_key_wrap(const fp_vault *vault, const char *study,
                                         const char *client, const unsigned char key[FP_KEY_BYTES],
                                         fp_buf *wrapped, fp_err *err);

/* A keyed hash by which equal numbers are found without keeping them. */
void fp_vault_mark(const fp_vault *vault, fp_str digits, char mark[FP_VAULT_MARK]);

/* One member of an event's body: a text, or a whole number where `text` is NULL. */
typedef struct {
    const char *key;
    const char *text;
    int64_t number;
} fp_event_member;
/* Append an event whose body has these members, in the sorted order of their keys. */
FP_MUST_USE fp_status fp_event_append(fp_ledger *ledger, const char *actor, const char *kind,
                                      const fp_event_member *members, ptrdiff_t count, int64_t *seq,
                                      fp_err *err);

#endif
