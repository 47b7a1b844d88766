#ifndef FP_STORE_IDENTITY_H
#define FP_STORE_IDENTITY_H

#include "store/client.h"
#include "store/vault.h"

/* What identifies a client. It enters the log sealed under the person's key (store/vault.h), event
 * identity-saved {client, sealed, version}; the table identity says which event is the current
 * version and holds a keyed hash of the BSN, so that one number is not registered twice. Research
 * reads none of it (fp_vault_shut). Opened texts live in the arena and are wiped with it. */

/* The fields: enum, name in forms and in the sealed text, most characters. */
#define FP_IDENTITY_MAP(X)                                                                         \
    X(GIVEN_NAMES, "given_names", 100)                                                             \
    X(PREFIX, "prefix", 20)                                                                        \
    X(FAMILY_NAME, "family_name", 100)                                                             \
    X(BIRTH_DATE, "birth_date", 10)                                                                \
    X(BSN, "bsn", 9)                                                                               \
    X(STREET, "street", 100)                                                                       \
    X(POSTCODE, "postcode", 12)                                                                    \
    X(TOWN, "town", 80)                                                                            \
    X(PHONE, "phone", 20)                                                                          \
    X(EMAIL, "email", 254)

typedef enum {
#define X(field, name, most) FP_IDENTITY_##field,
    FP_IDENTITY_MAP(X)
#undef X
        FP_IDENTITY_FIELDS
} fp_identity_field;

/* "family_name" */
const char *fp_identity_name(fp_identity_field field);
/* Most characters. */
long fp_identity_most(fp_identity_field field);

typedef struct {
    fp_str field[FP_IDENTITY_FIELDS]; /* "" = not known */
} fp_identity;

/* The sealed text: canonical JSON of the fields that are not empty, zeros up to a multiple of 256
 * bytes, so that its length tells little. */
FP_MUST_USE fp_status fp_identity_write(const fp_identity *identity, fp_buf *out, fp_err *err);
/* Read it again; false where it is not of that form. Texts in the arena. */
bool fp_identity_read(fp_str text, fp_arena *arena, fp_identity *out);

/* The full name as people write it: given names, prefix, family name. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_identity_full_name(const fp_identity *identity, fp_arena *arena,
                                            const char **name, fp_err *err);

/* One version, with who saved it and when. */
typedef struct {
    int64_t version; /* 1, 2, ...; 0 = nothing was saved yet */
    fp_identity identity;
    const char *at_utc, *actor;
} fp_identity_version;

/* The current identity of a client; version 0 where there is none.
 * Errors: FP_INPUT (another master key than the study's), FP_CHECK (changed: does not open). */
FP_MUST_USE fp_status fp_identity_open(fp_ledger *ledger, const fp_vault *vault, const char *client,
                                       fp_arena *arena, fp_identity_version *out, fp_err *err);

/* Identities of many: each `client` with its current version, in byte order of the ids. One that
 * does not open is `damaged`, with version 0: it takes none of the others along.
 * in  coach  NULL = all.  Cost: one statement; about ten microseconds a client. */
typedef struct {
    const char *client;
    bool damaged;
    fp_identity_version current;
} fp_identity_row;
FP_MUST_USE fp_status fp_identity_list(fp_ledger *ledger, const fp_vault *vault, const char *coach,
                                       fp_arena *arena, ptrdiff_t *count,
                                       const fp_identity_row **out, fp_err *err);

typedef enum {
    FP_IDENTITY_SAVED,
    FP_IDENTITY_SAME,              /* nothing differs: nothing was written */
    FP_IDENTITY_CHANGED_MEANWHILE, /* somebody saved since: nothing was written */
    FP_IDENTITY_BSN_TAKEN,         /* another client has this BSN: nothing was written */
} fp_identity_outcome;

typedef struct {
    fp_identity_outcome outcome;
    int64_t version; /* the current one now */
    /* CHANGED_MEANWHILE: what stands there now, what stood there when the form was opened, and
     * which fields somebody else changed in between */
    fp_identity_version theirs, base;
    bool changed[FP_IDENTITY_FIELDS];
    const char *taken_by; /* BSN_TAKEN: the other client; not for who may not see that one */
} fp_identity_saving;

/* Save an identity, in the open transaction; a first one makes the person's key.
 * in  base  the version that the form showed; where it is not the current one any more nothing is
 *           written, and `out` tells field by field what changed (optimistic locking)
 * Errors: FP_INPUT (no such client, erased; another master key; a field that is too long, not
 * UTF-8 or holds control characters; a BSN that fails the 11-test), FP_CHECK, as fp_ledger_append.
 */
FP_MUST_USE fp_status fp_identity_save(fp_ledger *ledger, const fp_vault *vault, const char *actor,
                                       const char *client, int64_t base,
                                       const fp_identity *identity, fp_arena *arena,
                                       fp_identity_saving *out, fp_err *err);

#endif
