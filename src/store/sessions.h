#ifndef FP_STORE_SESSIONS_H
#define FP_STORE_SESSIONS_H

#include "store/account.h"
#include "store/link.h"

/* Sessions of accounts. The cookie holds a token; the table its SHA-256. A row is not an event: it
 * ends by itself. Times in seconds since 1970, by the server's clock. */

enum {
    FP_SESSION_IDLE = 30 * 60,      /* [s] without a request after which a session is over */
    FP_SESSION_LONGEST = 12 * 3600, /* [s] after its beginning, whatever happens */
    FP_SESSION_PASSWORD = 10 * 60,  /* [s] between the password and the second factor */
    FP_SESSION_TOUCH = 60,          /* [s] `seen` may be behind: not every page writes */
    FP_SESSION_BACK = 60,           /* [s] a clock may go back before it is noticed */
};

/* How far somebody is: the password was right, or everything was. */
typedef enum { FP_STAGE_PASSWORD, FP_STAGE_WHOLE } fp_session_stage;

typedef struct {
    fp_session_stage stage;
    const char *pending; /* second factor that is being set up, as hex; "" = none */
    int64_t began, seen;
    fp_account account;
} fp_session_row;

/* Begin a session, inside a transaction; sessions that are over are removed on the way.
 * out  token  for the cookie */
FP_MUST_USE fp_status fp_sessions_begin(fp_ledger *ledger, int64_t account, fp_session_stage stage,
                                        int64_t now, char token[FP_TOKEN_DIGITS + 1], fp_err *err);
/* The session of a token's hash and its account as it is now; found = false: there is none, it is
 * idle or too old, its account is disabled, or it was seen in the future. */
FP_MUST_USE fp_status fp_sessions_find(fp_ledger *ledger, const char *hash, int64_t now,
                                       fp_arena *arena, bool *found, fp_session_row *session,
                                       fp_err *err);
/* Move its idle time; keep the second factor that is being set up; end it; end all those of an
 * account. Inside a transaction. */
FP_MUST_USE fp_status fp_sessions_touch(fp_ledger *ledger, const char *hash, int64_t now,
                                        fp_err *err);
FP_MUST_USE fp_status fp_sessions_keep(fp_ledger *ledger, const char *hash, const char *pending,
                                       fp_err *err);
FP_MUST_USE fp_status fp_sessions_end(fp_ledger *ledger, const char *hash, fp_err *err);
FP_MUST_USE fp_status fp_sessions_end_of(fp_ledger *ledger, int64_t account, fp_err *err);

/* Whether the clock stands more than FP_SESSION_BACK before the latest moment that was seen, or the
 * mark of that moment is more than FP_SESSION_TOUCH behind: then call fp_sessions_clock(). */
FP_MUST_USE fp_status fp_sessions_clock_moved(fp_ledger *ledger, int64_t now, bool *moved,
                                              fp_err *err);
/* Keep the latest moment seen, inside a transaction. Where the clock was set back, time cannot be
 * counted any more: every session ends, links that were over are removed, and waiting times begin
 * at the new time, so that neither an expired session lives again nor a wait becomes endless. */
FP_MUST_USE fp_status fp_sessions_clock(fp_ledger *ledger, int64_t now, fp_err *err);

#endif
