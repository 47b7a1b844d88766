#include "web/exchange.h"

#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#include "web/route.h"
#include "web/web_priv.h"

fp_str fp_exchange_value(const fp_exchange *x, const char *input)
{
    const fp_form_field *field = fp_form_find(&x->form, input);
    return field ? field->value : (fp_str){"", 0};
}

fp_str fp_exchange_segment(const fp_exchange *x, const char *name)
{
    const char *p = x->route->path;
    size_t n = strlen(name);
    for (int i = 0; i < FP_PATH_VALUES && (p = strchr(p, '{')) != NULL; i++, p++)
        if (strncmp(p + 1, name, n) == 0 && p[1 + n] == '}')
            return x->path_value[i];
    return (fp_str){"", 0};
}

fp_status fp_exchange_begin(fp_exchange *x, fp_ledger **writer, fp_err *err)
{
    if (x->writer)
        return fp_fail(err, FP_INTERNAL, "a second transaction in one request");
    FP_TRY(fp_pool_write(x->web->pool, &x->writer, err));
    *writer = x->writer;
    return FP_OK;
}

fp_status fp_exchange_commit(fp_exchange *x, fp_err *err)
{
    if (!x->writer)
        return fp_fail(err, FP_INTERNAL, "no transaction to commit");
    return fp_pool_commit(x->web->pool, &x->writer, err);
}

fp_status fp_exchange_flush(fp_exchange *x, fp_err *err)
{
    if (x->writer)
        return fp_fail(err, FP_INTERNAL, "a flush inside a transaction");
    fp_exchange_pause(x);
    FP_TRY(fp_pool_flush(x->web->pool, err));
    return fp_exchange_resume(x, err);
}

fp_status fp_exchange_shut(fp_exchange *x, fp_err *err)
{
    x->shut = true;
    return fp_vault_shut(x->reader, true, err);
}

void fp_exchange_pause(fp_exchange *x)
{
    /* a connection that would stay shut refuses, it does not leak */
    if (x->reader && x->shut && fp_vault_shut(x->reader, false, NULL) != FP_OK)
        x->response->status = 500;
    fp_pool_read_end(x->web->pool, &x->reader);
}

fp_status fp_exchange_resume(fp_exchange *x, fp_err *err)
{
    if (x->reader)
        return FP_OK;
    FP_TRY(fp_pool_read(x->web->pool, &x->reader, err));
    return x->shut ? fp_vault_shut(x->reader, true, err) : FP_OK;
}

const char *fp_exchange_actor(fp_exchange *x)
{
    const char *text = x->session.account ? fp_arena_printf(x->arena, NULL, "account:%lld",
                                                            (long long)x->session.account)
                                          : "nobody";
    return text ? text : "nobody";
}

fp_str fp_exchange_cookie(const fp_exchange *x, const char *name)
{
    char full[FP_COOKIE_NAME];
    fp_web_cookie_name(x->web, name, full);
    return fp_fields_value(x->request->cookies, full);
}

fp_status fp_exchange_set_cookie(fp_exchange *x, const char *name, const char *value, long seconds,
                                 fp_err *err)
{
    char full[FP_COOKIE_NAME];
    const char *age = "";
    fp_web_cookie_name(x->web, name, full);
    if (seconds != 0) {
        age = fp_arena_printf(x->arena, err, "; Max-Age=%ld", seconds > 0 ? seconds : 0);
        if (!age)
            return FP_NOMEM;
    }
    const char *text =
        fp_arena_printf(x->arena, err, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", full, value,
                        age, x->web->options.secure ? "; Secure" : "");
    if (!text)
        return FP_NOMEM;
    return fp_response_header(x->response, x->arena, "Set-Cookie", fp_str_of(text), err);
}

/* What is said once travels as the message id in hexadecimal, and is shown only where the
 * Dutch catalogue has it: nobody can make the server say something of theirs. */
static const char said_cookie[] = "said";

static const char *to_hex(const char *text, fp_arena *arena, fp_err *err)
{
    size_t n = strlen(text), room = 2 * n + 1;
    char *hex = fp_arena_array(arena, (ptrdiff_t)room, 1, err);
    return hex ? sodium_bin2hex(hex, room, (const unsigned char *)text, n) : NULL;
}

const char *fp_exchange_to_say(const fp_exchange *x)
{
    fp_str hex = fp_exchange_cookie(x, said_cookie);
    if (!hex.n || hex.n % 2 || hex.n > 1024)
        return "";
    char *text = fp_arena_array(x->arena, (ptrdiff_t)(hex.n / 2 + 1), 1, NULL);
    if (!text)
        return "";
    if (sodium_hex2bin((unsigned char *)text, hex.n / 2, hex.p, hex.n, NULL, NULL, NULL) != 0)
        return "";
    return fp_catalog_has(fp_pages_words(x->web->pages, "nl"), text) ? text : "";
}

fp_status fp_exchange_said(fp_exchange *x, fp_err *err)
{
    if (!fp_exchange_cookie(x, said_cookie).n)
        return FP_OK;
    return fp_exchange_set_cookie(x, said_cookie, "", -1, err);
}

fp_status fp_exchange_redirect(fp_exchange *x, const char *path, const char *said_once, fp_err *err)
{
    if (path[0] != '/' || path[1] == '/' || path[1] == '\\')
        return fp_fail(err, FP_INTERNAL, "a redirect that does not stay on this server");
    x->response->status = 303;
    FP_TRY(fp_response_header(x->response, x->arena, "Location", fp_str_of(path), err));
    if (!said_once)
        return FP_OK;
    const char *hex = to_hex(said_once, x->arena, err);
    if (!hex)
        return FP_NOMEM;
    return fp_exchange_set_cookie(x, said_cookie, hex, 60, err);
}

void fp_exchange_damaged(fp_exchange *x)
{
    (void)snprintf(x->response->fault, sizeof x->response->fault,
                   "the database is damaged or was changed: firstplace verify tells where");
}

fp_status fp_exchange_not_found(fp_exchange *x, fp_err *err)
{
    return fp_page_error(x, 404, NULL, err);
}
