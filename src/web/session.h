#ifndef FP_WEB_SESSION_H
#define FP_WEB_SESSION_H

#include <stdint.h>

#include "ledger/ledger.h"
#include "store/role.h"

/* Who asks, as far as the request proves it. Texts live in the arena of the request. */
typedef struct {
    int64_t account; /* 0 = nobody */
    fp_role role;
    const char *name;     /* shown to themselves; "" */
    const char *coach;    /* id among the study's coaches, of a coach; "" */
    const char *language; /* "en", "nl"; "" = not chosen */
    const char *id;       /* hash of the cookie's token as hex: the key of the session; "" */
    /* What a form of this session must carry in its hidden field `csrf`; a visitor without a
     * session has one too, tied to a cookie of its own. Never "" after fp_session_read. */
    const char *csrf;
    const char *visit_csrf; /* the same of the visitor's cookie, where there is one; "" */
    int64_t pending; /* account whose password was right and whose second factor is awaited; 0 */
} fp_session;

/* Nobody, of whom nothing is known. */
extern const fp_session fp_session_none;

struct fp_exchange;

/* Find out who asks, from the cookies of the request: fills x->session, moves the idle time, and
 * hands a visitor the cookie that a form needs. A cookie that is not ours, is expired, or belongs
 * to an account that was disabled is nobody: no error. Errors: FP_IO, FP_NOMEM. */
FP_MUST_USE fp_status fp_session_read(struct fp_exchange *x, fp_err *err);
/* Begin a session for an account and hand out its cookie; the session that the request came with
 * ends, so that nobody can have fixed it beforehand. Inside a transaction of the request.
 * in  whole  false: the second factor is still awaited */
FP_MUST_USE fp_status fp_session_begin(struct fp_exchange *x, fp_ledger *writer, int64_t account,
                                       bool whole, fp_err *err);
/* End the session of the request and take its cookie back. */
FP_MUST_USE fp_status fp_session_end(struct fp_exchange *x, fp_ledger *writer, fp_err *err);

#endif
