#ifndef FP_STORE_VAULT_H
#define FP_STORE_VAULT_H

#include "ledger/ledger.h"

/* The keys under which identities lie. One master key a study, 32 random bytes in a file outside
 * the study folder or in the environment; a key a person, wrapped by the master key in the table
 * person_key; what identifies a person is sealed under his key (store/identity.h). To destroy the
 * person's key is to erase what was sealed under it, everywhere in the log.
 *
 * Cipher: XChaCha20-Poly1305 (libsodium's crypto_aead_xchacha20poly1305_ietf), a random nonce of
 * 24 bytes before each ciphertext. What is bound to it (associated data): the kind, the study and
 * the client, so that no ciphertext passes for another's. Keys for wrapping and for marks are
 * derived from the master key (crypto_kdf, BLAKE2b); the key id is 64 bits of BLAKE2b keyed with
 * it.
 *
 * Events: key-set {key, study}, key-rotated {from, key, persons}, key-lost {from, key, persons};
 * `key` is the id of the master key from there on. docs/ledger.md, docs/privacy.md. */

enum { FP_VAULT_ID = 17, FP_VAULT_MARK = 65 }; /* hex digits with the closing NUL */

/* A master key in memory: locked against swapping, read-only, wiped by the close. Shared by
 * threads; what it holds never changes. */
typedef struct fp_vault fp_vault;

/* Make a new master key in a new file of mode 0600.
 * in   folder  of the study, in which the file may not lie; NULL = not known yet
 * out  id      of the key
 * Errors: FP_INPUT (the file exists, lies inside the study folder, its folder is not there),
 * FP_IO. */
FP_MUST_USE fp_status fp_vault_make(const char *path, const char *folder, char id[FP_VAULT_ID],
                                    fp_err *err);
/* Open a master key: from the file; without one from the file that $FIRSTPLACE_KEY_FILE names, or
 * from $FIRSTPLACE_KEY, 64 hexadecimal digits.
 * in  path    NULL = from the environment
 * in  folder  of the study; NULL = the place is not checked
 * Errors: FP_INPUT (none given, not a key, inside the study folder, a file that others may read),
 * FP_NOMEM. */
FP_MUST_USE fp_status fp_vault_open(const char *path, const char *folder, fp_vault **out,
                                    fp_err *err);
void fp_vault_close(fp_vault *vault);
void fp_vault_cleanup(fp_vault **vault);
/* The id of the key: it tells keys apart and tells nothing about them. Borrowed. */
const char *fp_vault_id(const fp_vault *vault);

/* Which key a study uses. */
typedef struct {
    int64_t event; /* of the key-set, key-rotated or key-lost; 0 = no key was set yet */
    char key[FP_VAULT_ID];
    char study[65]; /* the id of the study when the key was set; bound to every ciphertext */
} fp_vault_state;
FP_MUST_USE fp_status fp_vault_read(fp_ledger *ledger, fp_vault_state *state, fp_err *err);
/* How many people have a key. */
FP_MUST_USE fp_status fp_vault_persons(fp_ledger *ledger, int64_t *persons, fp_err *err);

/* Say whether this is the key of the study, before anything is written with it.
 * Errors: FP_INPUT (the study uses another key, with both ids, or none is given where the study
 * uses one). A study that uses no key yet: FP_OK. `vault` may be NULL. */
FP_MUST_USE fp_status fp_vault_check(fp_ledger *ledger, const fp_vault *vault, fp_err *err);
/* fp_vault_check, and where the study uses no key yet set this one, with its event. In the open
 * transaction, or one of its own. */
FP_MUST_USE fp_status fp_vault_bind(fp_ledger *ledger, const fp_vault *vault, const char *study,
                                    const char *actor, fp_err *err);

/* What a change of the master key came to. It is done once it is committed: that old pages could
 * not be cleared at once is told, and is no failure. */
typedef struct {
    int64_t persons; /* keys that were wrapped anew, or dropped */
    bool cleared;    /* the old wrapped keys are gone from the file and its log of pages too; false:
                        somebody reads, and the last close of the database does it */
} fp_rekeying;
/* Wrap every person's key under another master key, in one transaction with its event. Every
 * identity is opened once on the way: a damaged one stops the rotation with nothing changed.
 * Errors: FP_INPUT (`old` is not the key of the study, the two are the same, no key set), FP_CHECK
 * (an identity or key that does not open), FP_IO, FP_NOMEM. */
FP_MUST_USE fp_status fp_vault_rotate(fp_ledger *ledger, const fp_vault *old, const fp_vault *fresh,
                                      const char *actor, fp_rekeying *done, fp_err *err);
/* The master key is lost: what was sealed cannot be read by anybody. Drop every person's key and
 * identity and set a fresh key, so that identities can be entered again; clients, coaches and
 * consents stay. in  fresh  not the key of the study.
 * Errors: FP_INPUT (`fresh` is the key of the study: it is not lost; no key set), FP_IO. */
FP_MUST_USE fp_status fp_vault_lost(fp_ledger *ledger, const fp_vault *fresh, const char *actor,
                                    fp_rekeying *done, fp_err *err);

/* After a key was destroyed by a process that has no pool (that has fp_pool_flush): bring the
 * write-ahead log into the database and cut it to nothing, so that no old page is left (deleted
 * pages are overwritten: PRAGMA secure_delete). Outside a transaction. Errors: FP_BUSY where
 * another process reads for longer than the busy timeout; what was destroyed stays destroyed, and
 * the next call, or the last close, does it. */
FP_MUST_USE fp_status fp_vault_scrub(fp_ledger *ledger, fp_err *err);

/* Close a connection to what is personal, for research: from here on SQLite itself refuses every
 * statement that reads or writes keys, identities, links, accounts or sessions.
 * shut false opens it again. Errors: as fp_ledger_fail. */
FP_MUST_USE fp_status fp_vault_shut(fp_ledger *ledger, bool shut, fp_err *err);

/* Keys, identities, clients, consents and links against the events they follow from, without any
 * key. FP_CHECK names the first that does not fit. Part of fp_store_verify. */
FP_MUST_USE fp_status fp_vault_verify(fp_ledger *ledger, fp_err *err);

#endif
