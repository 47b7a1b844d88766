#ifndef FP_STORE_CLIENT_H
#define FP_STORE_CLIENT_H

#include "ledger/ledger.h"
#include "store/link.h"

/* Clients: a study id, the coach who guides them, whether they consented. Nothing here identifies a
 * person (store/identity.h does, apart). What writes needs an open transaction, and appends its
 * event: client-registered {client, coach}, client-assigned {client, coach}, consent-given {client,
 * how, moment, version}, consent-withdrawn {client, moment, rule}, client-link {client, until},
 * client-link-ended {client}, client-erased {client, reason}. */

enum { FP_CLIENT_ID_MOST = 64 };

/* What stands about consent: the last word counts. */
typedef enum { FP_CONSENT_NONE, FP_CONSENT_GIVEN, FP_CONSENT_WITHDRAWN } fp_consent_state;

typedef struct {
    const char *id;
    const char *coach; /* id among the study's coaches; "" = nobody yet */
    int64_t registered;
    const char *registered_at; /* UTC, of the event */
    int64_t erased;            /* event of the erasure; 0 = not */
    const char *erased_at;
    fp_consent_state consent;
    const char *consent_moment, *consent_version; /* of the last word; "" */
    const char *consent_rule;                     /* of a withdrawal: keep, remove; "" */
    int64_t identity;   /* version of the identity, 0 = none; only whether there is one */
    int64_t link_until; /* [s] since 1970 of the personal link, 0 = none */
} fp_client;

/* Whether a text can be the id of a client: 1 to 64 letters, digits, `-`, `_` and `.`, not only
 * dots, not `new` (which is where a client is registered), and no number that could be a BSN (nine
 * digits that pass the 11-test): a study id is not personal. why  NULL, or what is wrong, a message
 * id. */
bool fp_client_id_valid(fp_str id, const char **why);
/* A free id, drawn at random: "k-7h3m9q". Errors: as fp_ledger_fail. */
FP_MUST_USE fp_status fp_client_id_draw(fp_ledger *ledger, char id[FP_CLIENT_ID_MOST + 1],
                                        fp_err *err);

/* Register a client. done false: the id is taken.
 * in  coach  "" = nobody yet.  Errors: FP_INPUT (an id that cannot be one), as fp_ledger_append. */
FP_MUST_USE fp_status fp_client_register(fp_ledger *ledger, const char *actor, const char *client,
                                         const char *coach, bool *done, fp_err *err);
/* Give a client to another coach; nothing is written where he is there already.
 * Errors: FP_INPUT (no such client, erased). */
FP_MUST_USE fp_status fp_client_assign(fp_ledger *ledger, const char *actor, const char *client,
                                       const char *coach, fp_err *err);

/* The client of that id. found false: there is none. Texts in the arena. */
FP_MUST_USE fp_status fp_client_find(fp_ledger *ledger, const char *client, fp_arena *arena,
                                     bool *found, fp_client *out, fp_err *err);
/* All clients, or those of one coach, in byte order of their ids. in coach NULL = all
 * Cost: O(clients). */
FP_MUST_USE fp_status fp_client_list(fp_ledger *ledger, const char *coach, fp_arena *arena,
                                     ptrdiff_t *count, const fp_client **out, fp_err *err);

/* Ids of the coaches that there are: those of the study, of accounts and of clients. */
FP_MUST_USE fp_status fp_client_coaches(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                                        const char *const **ids, fp_err *err);

/* ---- consent --------------------------------------------------------------------------------- */

/* How consent was given. */
#define FP_CONSENT_HOW "paper|screen|spoken"
/* What a withdrawal means for what was collected before: `keep`, it stays in the research and
 * nothing is added; `remove`, it is left out of the research from then on. */
#define FP_CONSENT_RULES "keep|remove"

typedef struct {
    int64_t event;
    bool given;
    const char *moment, *version, *how, *rule, *at_utc, *actor;
} fp_consent;
/* in  moment   the day on which, or the second at which it was given: 2026-02-03 or
 *              2026-02-03T10:11:12Z
 * in  version  of the text that was agreed to, e.g. "2026-01"
 * Errors: FP_INPUT (no such client, erased; a moment that is none or lies in the future; no
 * version; another word for how or rule; a withdrawal where nothing was given). */
FP_MUST_USE fp_status fp_consent_give(fp_ledger *ledger, const char *actor, const char *client,
                                      const char *version, const char *moment, const char *how,
                                      int64_t now, fp_err *err);
FP_MUST_USE fp_status fp_consent_withdraw(fp_ledger *ledger, const char *actor, const char *client,
                                          const char *moment, const char *rule, int64_t now,
                                          fp_err *err);
/* Everything that was said, oldest first. */
FP_MUST_USE fp_status fp_consent_list(fp_ledger *ledger, const char *client, fp_arena *arena,
                                      ptrdiff_t *count, const fp_consent **out, fp_err *err);
/* Ids of clients who withdrew with the rule `remove`, in byte order. */
FP_MUST_USE fp_status fp_consent_removed(fp_ledger *ledger, fp_arena *arena, ptrdiff_t *count,
                                         const char *const **ids, fp_err *err);

/* ---- the personal link ----------------------------------------------------------------------- */

/* Make a client's personal link; an older one ends. Only the hash of the token is kept.
 * in   until  [s] since 1970.  out  token  for the link, to be shown once
 * Errors: FP_INPUT (no such client, erased). */
FP_MUST_USE fp_status fp_client_link_make(fp_ledger *ledger, const char *actor, const char *client,
                                          int64_t until, char token[FP_TOKEN_DIGITS + 1],
                                          fp_err *err);
/* End it; nothing is written where there is none. */
FP_MUST_USE fp_status fp_client_link_end(fp_ledger *ledger, const char *actor, const char *client,
                                         fp_err *err);
/* Whose link it is. found false: nobody's, or its time is over. */
FP_MUST_USE fp_status fp_client_by_link(fp_ledger *ledger, fp_str token, int64_t now,
                                        fp_arena *arena, bool *found, fp_client *out, fp_err *err);

/* ---- erasure --------------------------------------------------------------------------------- */

/* Why a client is erased: the client asked; the time to keep it is over; registered by mistake. */
#define FP_ERASE_REASONS "asked|retention|mistake"

/* Destroy the key of a client, and with it everything in the log that was sealed under it; drop the
 * identity and the link. The study id, the coach and the consents stay. After the commit
 * clear the old pages: fp_pool_flush. Errors: FP_INPUT (no such client, erased before, another word
 * for the reason). */
FP_MUST_USE fp_status fp_client_erase(fp_ledger *ledger, const char *actor, const char *client,
                                      const char *reason, fp_err *err);

typedef struct {
    int64_t event;
    const char *client, *reason, *at_utc, *actor, *hash;
    int64_t sealed; /* versions of the identity in the log that can no longer be opened */
} fp_erasure;
/* What a certificate of deletion says. found false: the client was not erased. */
FP_MUST_USE fp_status fp_client_erasure(fp_ledger *ledger, const char *client, fp_arena *arena,
                                        bool *found, fp_erasure *out, fp_err *err);

#endif
