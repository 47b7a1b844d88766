#include "web/visitor.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"
#include "store/account.h"
#include "store/store.h"
#include "web/password.h"
#include "web/totp.h"

void visitor_init(visitor *v, client *c)
{
    *v = (visitor){.c = c};
    (void)snprintf(v->address, sizeof v->address, "192.0.2.1");
}

static void keep_cookie(visitor *v, fp_str header)
{
    const char *equals = memchr(header.p, '=', header.n), *end = strstr(header.p, ";");
    int at = 0, n = (int)(equals - header.p), size = (int)(end - equals - 1);
    while (at < 8 && v->names[at][0] &&
           (strncmp(v->names[at], header.p, (size_t)n) != 0 || v->names[at][n]))
        at++;
    ck_assert_int_lt(at, 8);
    (void)snprintf(v->names[at], sizeof v->names[at], "%.*s", n, header.p);
    (void)snprintf(v->values[at], sizeof v->values[at], "%.*s", size, equals + 1);
    if (strstr(header.p, "Max-Age=0"))
        v->names[at][0] = '\0';
}

static int ask(visitor *v, fp_method method, const char *path, const char *form)
{
    char cookies[1024] = "", found[80];
    size_t n = 0;
    for (int i = 0; i < 8; i++)
        if (v->names[i][0])
            n += (size_t)snprintf(cookies + n, sizeof cookies - n, "%s%s=%s", n ? "; " : "",
                                  v->names[i], v->values[i]);
    v->c->peer = v->address;
    int status = client_ask(v->c, method, path, cookies, form);
    const fp_response *response = &v->c->response;
    for (int i = 0; i < response->header_count; i++)
        if (fp_str_is(response->headers[i].name, "Set-Cookie"))
            keep_cookie(v, response->headers[i].value);
    if (visitor_between(v, "name=\"csrf\" value=\"", "\"", found, sizeof found)[0])
        memcpy(v->csrf, found, sizeof found);
    return status;
}

int visitor_get(visitor *v, const char *path)
{
    return ask(v, FP_GET, path, NULL);
}

int visitor_post(visitor *v, const char *path, const char *form)
{
    char whole[24576];
    (void)snprintf(whole, sizeof whole, "csrf=%s&%s", v->csrf, form);
    return ask(v, FP_POST, path, whole);
}

const char *visitor_location(const visitor *v)
{
    return client_header(v->c, "Location");
}

const char *visitor_cookie(const visitor *v, const char *name)
{
    char full[FP_COOKIE_NAME];
    fp_web_cookie_name(v->c->web, name, full);
    for (int i = 0; i < 8; i++)
        if (strcmp(v->names[i], full) == 0)
            return v->values[i];
    return "";
}

bool visitor_reads(const visitor *v, const char *text)
{
    return v->c->response.body.n && strstr(v->c->response.body.p, text) != NULL;
}

const char *visitor_between(const visitor *v, const char *before, const char *after, char *out,
                            size_t size)
{
    const char *body = v->c->response.body.n ? v->c->response.body.p : "";
    const char *from = strstr(body, before);
    out[0] = '\0';
    if (!from)
        return out;
    from += strlen(before);
    const char *to = strstr(from, after);
    if (to && (size_t)(to - from) < size)
        (void)snprintf(out, size, "%.*s", (int)(to - from), from);
    return out;
}

int64_t visitor_account(client *c, const fp_account *account, const char *password,
                        const char *secret)
{
    char path[SCRATCH_MAX], hash[FP_HASH_MAX];
    int64_t id = 0;
    fp_err err = {0};
    fp_ledger *ledger;
    fp_passwords *passwords;
    scratch_path(path, c->folder, "study.db");
    scratch_ok(fp_passwords_open(&(fp_hash_cost){1, 8192}, &passwords, &err), &err);
    scratch_ok(fp_passwords_hash(passwords, fp_str_of(password), hash, &err), &err);
    fp_passwords_close(passwords);
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    scratch_ok(fp_account_create(ledger, "terminal", account, &id, &err), &err);
    scratch_ok(fp_account_set_password(ledger, "terminal", id, hash, "link", &err), &err);
    if (secret[0])
        scratch_ok(fp_account_set_second_factor(ledger, "terminal", id, secret, 0, &err), &err);
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    fp_ledger_close(ledger);
    return id;
}

void visitor_code(client *c, const char *secret, char code[7])
{
    fp_err err = {0};
    scratch_ok(fp_totp_code(secret, c->now / FP_TOTP_SECONDS, code, &err), &err);
}

void visitor_sign_in(visitor *v, const char *name, const char *password, const char *secret)
{
    char form[512], code[7];
    (void)visitor_get(v, "/sign-in");
    (void)snprintf(form, sizeof form, "name=%s&password=%s", name, password);
    ck_assert_int_eq(visitor_post(v, "/sign-in", form), 303);
    ck_assert_str_eq(visitor_location(v), "/second-factor");
    ck_assert_int_eq(visitor_get(v, "/second-factor"), 200);
    visitor_code(v->c, secret, code);
    (void)snprintf(form, sizeof form, "code=%s", code);
    ck_assert_int_eq(visitor_post(v, "/second-factor", form), 303);
    ck_assert_str_eq(visitor_location(v), "/");
    ck_assert_int_eq(visitor_get(v, "/account"), 200); /* its forms have the session's token */
}

const char visitor_secret[] = "3132333435363738393031323334353637383930",
           visitor_word[] = "drie-gele-fietsbellen";

void visitor_staff(client *c, const char *display, int64_t *admin, int64_t *coach)
{
    const fp_account accounts[] = {
        {.name = "beheer",
         .display = "Beheer",
         .role = FP_ROLE_ADMINISTRATOR,
         .coach = "",
         .language = "nl"},
        {.name = "coach1",
         .display = display,
         .role = FP_ROLE_COACH,
         .coach = "c01",
         .language = "nl"},
    };
    *admin = visitor_account(c, &accounts[0], visitor_word, visitor_secret);
    *coach = visitor_account(c, &accounts[1], visitor_word, visitor_secret);
}

void visitor_verify(client *c)
{
    char path[SCRATCH_MAX];
    fp_ledger *ledger;
    fp_err err = {0};
    int64_t events, rows;
    scratch_path(path, c->folder, "study.db");
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_store_verify(ledger, &events, &rows, &err), &err);
    fp_ledger_close(ledger);
}

int64_t visitor_number(client *c, const char *sql)
{
    char path[SCRATCH_MAX];
    scratch_path(path, c->folder, "study.db");
    return scratch_number(path, sql);
}
