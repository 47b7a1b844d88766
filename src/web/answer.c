/* The dispatcher: what stands between a request and its handler, in the order in which it counts.
 */
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#include "store/client.h"
#include "web/decode.h"
#include "web/route.h"
#include "web/web_priv.h"

/* Sent with every answer, whatever it is. No script runs, nothing is loaded from elsewhere. */
static const struct {
    const char *name, *value;
} guards[] = {
    {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action "
                                "'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};
enum { GUARDS = sizeof guards / sizeof *guards, OWN_HEADERS = FP_RESPONSE_HEADERS - GUARDS - 2 };

static void guard(const fp_web *web, fp_response *response)
{
    bool cached = false;
    if (response->header_count > OWN_HEADERS)
        response->header_count = OWN_HEADERS;
    for (int i = 0; i < response->header_count; i++)
        cached = cached || fp_str_is(response->headers[i].name, "Cache-Control");
    for (size_t i = 0; i < GUARDS; i++)
        response->headers[response->header_count++] =
            (fp_field){fp_str_of(guards[i].name), fp_str_of(guards[i].value)};
    if (!cached)
        response->headers[response->header_count++] =
            (fp_field){FP_STR("Cache-Control"), FP_STR("no-store")};
    if (web->options.secure)
        response->headers[response->header_count++] =
            (fp_field){FP_STR("Strict-Transport-Security"), FP_STR("max-age=31536000")};
}

static fp_status no_route(fp_exchange *x, unsigned methods, fp_err *err)
{
    if (!methods)
        return fp_exchange_not_found(x, err);
    FP_TRY(fp_page_error(x, 405, NULL, err));
    bool get = methods & 1u << FP_GET, post = methods & 1u << FP_POST;
    return fp_response_header(
        x->response, x->arena, "Allow",
        fp_str_of(get && post ? "GET, HEAD, POST" : (get ? "GET, HEAD" : "POST")), err);
}

/* What this browser chose last, else the asker's own choice, else what the browser prefers of the
 * two, else Dutch. */
static void choose_language(fp_exchange *x)
{
    fp_str wanted = fp_exchange_cookie(x, "language");
    if (!wanted.n)
        wanted = fp_str_of(x->session.language);
    if (!wanted.n)
        wanted = fp_fields_header(x->request->headers, "Accept-Language");
    x->language = wanted.n >= 2 && strncmp(wanted.p, "en", 2) == 0 ? "en" : "nl";
    x->words = fp_pages_words(x->web->pages, x->language);
}

/* FP_OK with *may false: answered already. */
static fp_status check_permission(fp_exchange *x, bool *may, fp_err *err)
{
    *may = fp_permission_allows(x->route->permission, x->session.role);
    if (*may && x->route->permission == FP_MAY_RESEARCH)
        return fp_exchange_shut(x, err);
    if (*may)
        return FP_OK;
    if (x->session.role != FP_ROLE_NOBODY)
        return fp_page_error(x, 403, NULL, err);
    return x->route->method == FP_GET ? fp_exchange_redirect(x, "/sign-in", NULL, err)
                                      : fp_page_not_taken(x, err);
}

/* A client who is not this coach's own is answered as one that does not exist. */
static fp_status check_object(fp_exchange *x, bool *may, fp_err *err)
{
    fp_client client;
    bool found = false;
    fp_str id = fp_exchange_segment(x, "client");
    if (x->route->permission != FP_MAY_CLIENT)
        return FP_OK;
    const char *text = fp_arena_strndup(x->arena, id.p, id.n, err);
    if (!text)
        return FP_NOMEM;
    FP_TRY(fp_client_find(x->reader, text, x->arena, &found, &client, err));
    *may = found && (x->session.role != FP_ROLE_COACH ||
                     (x->session.coach[0] != '\0' && strcmp(client.coach, x->session.coach) == 0));
    return *may ? FP_OK : fp_exchange_not_found(x, err);
}

static bool same_token(fp_str given, const char *token)
{
    size_t n = strlen(token);
    return n && given.n == n && sodium_memcmp(given.p, token, n) == 0;
}

/* What anybody may post, a visitor's token opens to somebody signed in too: who follows a link from
 * a mail is asked to sign in, for browsers leave Strict cookies out there, and sends the cookie of
 * the session with the form. */
static bool token_fits(const fp_exchange *x)
{
    fp_str given = fp_fields_value(x->request->form, "csrf");
    return same_token(given, x->session.csrf) ||
           (x->route->permission == FP_MAY_ANYONE && same_token(given, x->session.visit_csrf));
}

static fp_status handle(fp_exchange *x, fp_err *err)
{
    bool may = true, post = x->route->method == FP_POST;
    if (x->route->permission != FP_MAY_OPEN) {
        FP_TRY(fp_pool_read(x->web->pool, &x->reader, err));
        FP_TRY(fp_session_read(x, err));
        x->response->role = fp_role_text(x->session.role);
        choose_language(x);
        FP_TRY(check_permission(x, &may, err));
    }
    if (!may)
        return FP_OK;
    if (post && !token_fits(x))
        return fp_page_not_taken(x, err);
    FP_TRY(check_object(x, &may, err));
    if (!may)
        return FP_OK;
    FP_TRY(fp_form_read(x->route->inputs, post ? x->request->form : x->request->query,
                        x->now / 86400, x->arena, &x->form, err));
    return x->route->handle(x, err);
}

/* A handler failed: its answer is thrown away, and the asker reads what to do. What it was exactly
 * goes to the operator's log, not to the page. */
static void answer_failure(fp_exchange *x, fp_status status, const fp_err *err)
{
    int http = fp_status_http(status);
    fp_response_reset(x->response);
    if (fp_page_error(x, http, NULL, NULL) != FP_OK)
        fp_response_plain(x->response, http, "This did not work. Nothing was saved.");
    if (status == FP_CHECK)
        fp_exchange_damaged(x);
    else if (http >= 500)
        (void)snprintf(x->response->fault, sizeof x->response->fault, "%.250s", err->message);
}

static void release(fp_exchange *x)
{
    fp_pool_rollback(x->web->pool, &x->writer);
    fp_exchange_pause(x);
}

void fp_web_answer(fp_web *web, const fp_request *request, fp_arena *arena, fp_response *response)
{
    fp_err err = {0};
    fp_exchange x = {.web = web,
                     .request = request,
                     .response = response,
                     .arena = arena,
                     .session = fp_session_none,
                     .now = fp_web_now(web)};
    unsigned methods;
    choose_language(&x);
    x.route = fp_route_find(request->method, request->path, x.path_value, &methods);
    if (x.route)
        response->route = x.route->path;
    fp_status status = x.route ? handle(&x, &err) : no_route(&x, methods, &err);
    release(&x);
    if (status == FP_OK)
        status = fp_buf_ok(&response->body, &err);
    if (status != FP_OK)
        answer_failure(&x, status, &err);
    if (!response->status)
        response->status = 200;
    guard(web, response);
}

void fp_web_refuse(const fp_web *web, int status, const char *line, fp_response *response)
{
    fp_response_plain(response, status, line);
    guard(web, response);
}

void fp_web_serve(fp_web *web, const fp_raw_request *raw, fp_arena *arena, fp_response *response)
{
    fp_err err = {0};
    fp_request request;
    fp_refusal refusal;
    fp_status status =
        fp_request_decode(raw, web->options.behind_proxy, arena, &request, &refusal, &err);
    if (status != FP_OK)
        fp_web_refuse(web, fp_status_http(status), "The server has no memory left.", response);
    else if (refusal.status)
        fp_web_refuse(web, refusal.status, refusal.line, response);
    else
        fp_web_answer(web, &request, arena, response);
}
