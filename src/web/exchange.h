#ifndef FP_WEB_EXCHANGE_H
#define FP_WEB_EXCHANGE_H

#include "base/catalog.h"
#include "ledger/ledger.h"
#include "web/form.h"
#include "web/session.h"
#include "web/web.h"

enum { FP_PATH_VALUES = 4 };

struct fp_route;

/* One request while it is answered; made by fp_web_answer, given to a handler. */
typedef struct fp_exchange {
    fp_web *web;
    const fp_request *request;
    fp_response *response;
    fp_arena *arena; /* ends with the request */
    const struct fp_route *route;
    fp_str path_value[FP_PATH_VALUES]; /* of the {name} segments, in their order */
    fp_form form;                      /* the route's inputs, checked */
    fp_session session;
    const char *language;    /* "en" or "nl" */
    const fp_catalog *words; /* of that language */
    int64_t now;             /* [s] since 1970 */
    fp_ledger *reader;       /* a connection of this request, for reading; NULL under FP_MAY_OPEN */
    bool shut;               /* the reader refuses what tells who somebody is (fp_vault_shut) */
    fp_ledger *writer;       /* between begin and commit; else NULL */
} fp_exchange;

/* The checked value of a field; "" where it is absent or wrong. */
fp_str fp_exchange_value(const fp_exchange *x, const char *input);
/* The value of the path's segment {name}; "" where the route has none. */
fp_str fp_exchange_segment(const fp_exchange *x, const char *name);

/* Begin the one transaction of a post; waits for other writers. What is not committed when the
 * handler ends is rolled back. Errors: FP_INTERNAL (begun already), as fp_pool_write (FP_BUSY:
 * 503). */
FP_MUST_USE fp_status fp_exchange_begin(fp_exchange *x, fp_ledger **writer, fp_err *err);
FP_MUST_USE fp_status fp_exchange_commit(fp_exchange *x, fp_err *err);
/* After a commit that destroyed something: leave no bytes of it in the write-ahead log. x->reader
 * is another one afterwards. Errors: as fp_pool_flush (what was committed stays committed). */
FP_MUST_USE fp_status fp_exchange_flush(fp_exchange *x, fp_err *err);
/* From here on the reader of this request, also another one that it takes later, refuses what tells
 * who somebody is; whoever has the connection next may read it again. Errors: as fp_vault_shut. */
FP_MUST_USE fp_status fp_exchange_shut(fp_exchange *x, fp_err *err);
/* Give the connection for reading back while something takes long (a password is hashed), and take
 * one again: it then sees what was committed meanwhile. Errors: as the pool. */
void fp_exchange_pause(fp_exchange *x);
FP_MUST_USE fp_status fp_exchange_resume(fp_exchange *x, fp_err *err);
/* Who did it, for the log: "account:7"; "client:p001" is for the handlers of a personal link. */
const char *fp_exchange_actor(fp_exchange *x);

/* Answer 303 to a page of this server, which shows `said_once` (a message id, NULL = nothing) one
 * time. in  path  begins with '/'; what is not plain in it must be escaped already
 * Errors: FP_INTERNAL (not a path), FP_NOMEM. */
FP_MUST_USE fp_status fp_exchange_redirect(fp_exchange *x, const char *path, const char *said_once,
                                           fp_err *err);
/* The message id that the page before asked to say; "" = none. The page that shows it must call
 * fp_exchange_said, so that it is said once. */
const char *fp_exchange_to_say(const fp_exchange *x);
FP_MUST_USE fp_status fp_exchange_said(fp_exchange *x, fp_err *err);
/* The value of a cookie of this study (fp_web_cookie_name); empty where there is none. */
fp_str fp_exchange_cookie(const fp_exchange *x, const char *name);
/* Set it: Path=/, HttpOnly, SameSite=Strict, Secure as the server is.
 * in  seconds  it lives; 0 = until the browser closes; below 0 = remove it */
FP_MUST_USE fp_status fp_exchange_set_cookie(fp_exchange *x, const char *name, const char *value,
                                             long seconds, fp_err *err);
/* Tell the operator's log that the database is damaged: what and where tells `firstplace verify`,
 * for the log names nobody. */
void fp_exchange_damaged(fp_exchange *x);
/* The answer of a page that is not there, also where it is not the asker's to know of. */
FP_MUST_USE fp_status fp_exchange_not_found(fp_exchange *x, fp_err *err);

#endif
