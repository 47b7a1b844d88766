#ifndef FP_STORE_ACCOUNT_H
#define FP_STORE_ACCOUNT_H

#include "ledger/ledger.h"
#include "store/role.h"

/* Accounts of the workbench: rows of the tables account and recovery_code, each following from
 * events (docs/ledger.md). An event names an account by its number, which is the number of the
 * event that made it; the names of staff stand in the table only, and an event holds no more of
 * them than a salted hash. Everything that writes is called inside a transaction, which the caller
 * rolls back on failure. */

enum {
    FP_RECOVERY_CODES = 10,
    FP_ACCOUNT_NAME_MAX = 64,     /* [bytes] of a sign-in name */
    FP_ACCOUNT_DISPLAY_MAX = 100, /* [characters] of the name that is shown */
};

typedef struct {
    int64_t id;
    int64_t version;     /* the last event that changed role, coach, language, names or disabled */
    const char *name;    /* to sign in with; lower case, unique */
    const char *display; /* as shown */
    fp_role role;
    const char *coach; /* id among the study's coaches; "" for other roles */
    bool disabled;
    const char *language;      /* "en", "nl" */
    const char *password;      /* argon2id, as libsodium writes it; "" = none yet */
    const char *second_factor; /* secret of the one-time codes as hex; "" = none */
    int64_t last_step;         /* of the one-time code that was used last */
    int recovery_left;         /* recovery codes that were not used */
} fp_account;

/* The one form of a sign-in name: trimmed, A-Z as a-z; letters, digits and . _ @ + - of ASCII, at
 * most FP_ACCOUNT_NAME_MAX bytes. false: it is none. */
bool fp_account_name(fp_str typed, char out[FP_ACCOUNT_NAME_MAX + 1]);

/* The account of a number, of a sign-in name (in its one form), or all of them in the order of
 * their names. Texts in `arena`. found = false: there is none. Errors: FP_CHECK (a row that no
 * program of ours wrote), FP_NOMEM, as fp_ledger_fail. */
FP_MUST_USE fp_status fp_account_get(fp_ledger *ledger, int64_t id, fp_arena *arena, bool *found,
                                     fp_account *account, fp_err *err);
FP_MUST_USE fp_status fp_account_find(fp_ledger *ledger, const char *name, fp_arena *arena,
                                      bool *found, fp_account *account, fp_err *err);
FP_MUST_USE fp_status fp_account_list(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                                      const fp_account **accounts, fp_err *err);

/* Make an account without a password: a one-time link sets the first (store/link.h).
 * in   made  name, display, role, coach, language
 * out  id    its number
 * Errors: FP_INPUT (the name is taken or not a name, no display name, a role that no account has, a
 * coach without id or an id without a coach, another language). Event: account-created. */
FP_MUST_USE fp_status fp_account_create(fp_ledger *ledger, const char *actor,
                                        const fp_account *made, int64_t *id, fp_err *err);
/* Change role, coach, disabled and language, all to what `wanted` says (other members are not
 * looked at). A disabled account has no sessions and no links from here on.
 * Errors: FP_CONFLICT (wanted->version is not that of the row: somebody else changed it; or it
 * would leave no administrator who can sign in), FP_INPUT (as above). Event: account-changed; none
 * where nothing changes. */
FP_MUST_USE fp_status fp_account_change(fp_ledger *ledger, const char *actor, const char *why,
                                        const fp_account *wanted, fp_err *err);
/* Change the sign-in name and the name that is shown. Errors: FP_CONFLICT (version), FP_INPUT
 * (taken, not a name). Event: account-renamed, which tells neither; none where nothing changes. */
FP_MUST_USE fp_status fp_account_rename(fp_ledger *ledger, const char *actor,
                                        const fp_account *wanted, fp_err *err);
/* Whether no other account is an administrator, not disabled, with a password. */
FP_MUST_USE fp_status fp_account_is_last_administrator(fp_ledger *ledger, int64_t id, bool *last,
                                                       fp_err *err);

/* Whether the study has a coach of this id; any id will do where no coaches were imported yet. */
FP_MUST_USE fp_status fp_account_coach_known(fp_ledger *ledger, const char *coach, bool *known,
                                             fp_err *err);

/* Set the password.
 * in  hash  argon2id text of libsodium      in  how  "own", "link"
 * Event: account-password, with the SHA-256 of that text, so that a hash that is put in its place
 * later is found. All sessions of the account end. */
FP_MUST_USE fp_status fp_account_set_password(fp_ledger *ledger, const char *actor, int64_t id,
                                              const char *hash, const char *how, fp_err *err);
/* Set or remove (secret "") the second factor; removing it removes the recovery codes too.
 * in  step  of the code that proved it, which counts as used.  Event: account-second-factor. */
FP_MUST_USE fp_status fp_account_set_second_factor(fp_ledger *ledger, const char *actor, int64_t id,
                                                   const char *secret, int64_t step, fp_err *err);
/* Put ten new recovery codes in the place of those there were.
 * in  codes  10 texts; only fp_recovery_hash() of them is kept.  Event: account-recovery-codes. */
FP_MUST_USE fp_status fp_account_set_recovery(fp_ledger *ledger, const char *actor, int64_t id,
                                              const char *const *codes, fp_err *err);

/* What proved who signs in. */
typedef enum { FP_BY_PASSWORD, FP_BY_CODE, FP_BY_RECOVERY } fp_signed_in_by;
/* Note that somebody signed in, and use up what proved it.
 * in  step      BY_CODE: of the one-time code; must be later than the last one
 * in  code      BY_RECOVERY: the recovery code
 * in  failures  tries that failed since the last time, for the log
 * out taken false: the one-time code or one later was used before, or no unused recovery code is
 *           this one; then nothing was written
 * Event: signed-in. */
FP_MUST_USE fp_status fp_account_signed_in(fp_ledger *ledger, int64_t id, fp_signed_in_by by,
                                           int64_t step, const char *code, int64_t failures,
                                           bool *taken, fp_err *err);
/* Event: signed-out. */
FP_MUST_USE fp_status fp_account_signed_out(fp_ledger *ledger, int64_t id, fp_err *err);

/* SHA-256 of a recovery code of an account, as it stands in the table. Spaces and hyphens are left
 * out and letters read as capitals. */
fp_sha256 fp_recovery_hash(int64_t account, fp_str code);

/* "account:7": the actor of an event. */
void fp_account_actor(int64_t id, char out[32]);

/* Every account against its events, and the other way round: role, coach, language, disabled,
 * names, password, second factor, recovery codes and which of them were used. FP_CHECK names the
 * first that does not fit. Cost: O(events log accounts). */
FP_MUST_USE fp_status fp_account_verify(fp_ledger *ledger, fp_err *err);

#endif
