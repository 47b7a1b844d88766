#include "web/session.h"

#include <string.h>

#include "store/sessions.h"
#include "web/auth.h"

static const char session_cookie[] = "firstplace", visit_cookie[] = "visit";

const fp_session fp_session_none = {
    .name = "", .coach = "", .language = "", .id = "", .csrf = "", .visit_csrf = ""};

/* A token as fp_token_make() makes them; anything else in a cookie is not ours. */
static bool is_token(fp_str text)
{
    if (text.n != FP_TOKEN_DIGITS)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_';
        if (!digit)
            return false;
    }
    return true;
}

/* The token of a form follows from that of the cookie, one way: whoever reads a page cannot make
 * the cookie from it, and nothing more has to be kept. */
static fp_status put_csrf(fp_exchange *x, fp_str token, const char **csrf, fp_err *err)
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    fp_hasher_put(&hasher, FP_STR("form\n"));
    fp_hasher_put(&hasher, token);
    const char *text = fp_arena_strdup(x->arena, fp_hasher_finish(&hasher).hex, err);
    if (!text)
        return FP_NOMEM;
    *csrf = text;
    return FP_OK;
}

/* Somebody without a session needs a cookie of their own for the forms of sign-in. */
static fp_status read_visitor(fp_exchange *x, fp_err *err)
{
    char token[FP_TOKEN_DIGITS + 1];
    fp_str given = fp_exchange_cookie(x, visit_cookie);
    if (is_token(given))
        return put_csrf(x, given, &x->session.csrf, err);
    fp_token_make(token);
    FP_TRY(put_csrf(x, fp_str_of(token), &x->session.csrf, err));
    return fp_exchange_set_cookie(x, visit_cookie, token, 0, err);
}

static fp_status write_marks(fp_exchange *x, const fp_session_row *row, fp_err *err)
{
    fp_ledger *writer;
    FP_TRY(fp_exchange_begin(x, &writer, err));
    FP_TRY(fp_sessions_clock(writer, x->now, err));
    if (row)
        FP_TRY(fp_sessions_touch(writer, x->session.id, x->now, err));
    return fp_exchange_commit(x, err);
}

/* The marks of time: what was seen last of this session and of the clock. A clock that was set back
 * ends every session, this one too. */
static fp_status keep_time(fp_exchange *x, const fp_session_row *row, bool *over, fp_err *err)
{
    bool moved = false;
    fp_err unheard = {0};
    FP_TRY(fp_sessions_clock_moved(x->reader, x->now, &moved, err));
    *over = moved && row->seen > x->now;
    if (!moved && x->now - row->seen < FP_SESSION_TOUCH)
        return FP_OK;
    fp_session_row after;
    if (write_marks(x, row, &unheard) != FP_OK) /* busy: the next request writes them */
        return FP_OK;
    fp_exchange_pause(x);
    FP_TRY(fp_exchange_resume(x, err));
    bool found = false;
    FP_TRY(fp_sessions_find(x->reader, x->session.id, x->now, x->arena, &found, &after, err));
    *over = !found;
    return FP_OK;
}

static void fill(fp_exchange *x, const fp_session_row *row)
{
    fp_session *session = &x->session;
    session->name = row->account.display;
    session->language = row->account.language;
    if (row->stage != FP_STAGE_WHOLE) {
        session->pending = row->account.id;
        return;
    }
    session->account = row->account.id;
    session->role = row->account.role;
    session->coach = row->account.coach;
}

static void forget(fp_exchange *x)
{
    x->session = fp_session_none;
}

fp_status fp_session_read(fp_exchange *x, fp_err *err)
{
    fp_session_row row;
    bool found = false, over = false;
    fp_str token = fp_exchange_cookie(x, session_cookie);
    forget(x);
    if (!is_token(token))
        return read_visitor(x, err);
    x->session.id = fp_arena_strdup(x->arena, fp_token_hash(token).hex, err);
    if (!x->session.id)
        return FP_NOMEM;
    FP_TRY(fp_sessions_find(x->reader, x->session.id, x->now, x->arena, &found, &row, err));
    if (found)
        FP_TRY(keep_time(x, &row, &over, err));
    if (!found || over) {
        forget(x);
        return read_visitor(x, err);
    }
    fill(x, &row);
    fp_str visit = fp_exchange_cookie(x, visit_cookie);
    if (is_token(visit))
        FP_TRY(put_csrf(x, visit, &x->session.visit_csrf, err));
    return put_csrf(x, token, &x->session.csrf, err);
}

fp_status fp_session_begin(fp_exchange *x, fp_ledger *writer, int64_t account, bool whole,
                           fp_err *err)
{
    char token[FP_TOKEN_DIGITS + 1];
    if (x->session.id[0])
        FP_TRY(fp_sessions_end(writer, x->session.id, err));
    FP_TRY(fp_sessions_begin(writer, account, whole ? FP_STAGE_WHOLE : FP_STAGE_PASSWORD, x->now,
                             token, err));
    x->session.id = fp_arena_strdup(x->arena, fp_token_hash(fp_str_of(token)).hex, err);
    if (!x->session.id)
        return FP_NOMEM;
    FP_TRY(put_csrf(x, fp_str_of(token), &x->session.csrf, err));
    return fp_exchange_set_cookie(x, session_cookie, token, 0, err);
}

fp_status fp_session_end(fp_exchange *x, fp_ledger *writer, fp_err *err)
{
    FP_TRY(fp_sessions_end(writer, x->session.id, err));
    return fp_exchange_set_cookie(x, session_cookie, "", -1, err);
}
