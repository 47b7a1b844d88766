#include "web/world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"
#include "store/client.h"

const char world_own[] = "p001", world_others[] = "p002", world_nobodys[] = "p999";

static const char password[] = "eenlangwachtwoordvanniemand";
static const char secret[] = "3132333435363738393031323334353637383930";

bool world_signed_in(int who)
{
    return who != FP_ROLE_NOBODY && who != FP_ROLE_CLIENT;
}

static void sign_in(world *w, int who)
{
    char name[32];
    bool coach = who == FP_ROLE_COACH || who == WORLD_OTHER_COACH;
    fp_role role = coach ? FP_ROLE_COACH : (fp_role)who;
    (void)snprintf(name, sizeof name, "someone%d", who);
    fp_account account = {.name = name,
                          .display = "Voorbeeld",
                          .role = role,
                          .coach = who == FP_ROLE_COACH ? "k01" : (coach ? "k02" : ""),
                          .language = who % 2 ? "en" : "nl"};
    (void)visitor_account(&w->c, &account, password, secret);
    visitor_sign_in(&w->who[who], name, password, secret);
}

static void add_clients(world *w)
{
    char path[SCRATCH_MAX];
    fp_err err = {0};
    fp_ledger *ledger;
    bool done;
    scratch_path(path, w->c.folder, "study.db");
    scratch_ok(fp_ledger_open(path, true, &ledger, &err), &err);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    scratch_ok(fp_client_register(ledger, "terminal", world_own, "k01", &done, &err), &err);
    scratch_ok(fp_client_register(ledger, "terminal", world_others, "k02", &done, &err), &err);
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    fp_ledger_close(ledger);
}

/* Whom the pages of accounts may change, so that nobody who asks is changed. */
static int64_t add_victim(world *w)
{
    const fp_account account = {.name = "victim",
                                .display = "Voorbeeld",
                                .role = FP_ROLE_RESEARCHER,
                                .coach = "",
                                .language = "nl"};
    return visitor_account(&w->c, &account, "een lang wachtwoord van niemand", "");
}

void world_open(world *w)
{
    static const char key[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    *w = (world){0};
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY", key, 1), 0);
    client_open(&w->c);
    add_clients(w);
    w->account = add_victim(w);
    for (int who = 0; who < WORLD_PEOPLE; who++) {
        visitor_init(&w->who[who], &w->c);
        (void)snprintf(w->who[who].address, sizeof w->who[who].address, "192.0.2.%d", who + 1);
        if (world_signed_in(who))
            sign_in(w, who);
        else
            (void)visitor_get(&w->who[who], "/sign-in"); /* a cookie and a token of a visitor */
    }
    /* who asks first has the key of the pseudonyms made: the one page that writes when it is read
     */
    (void)visitor_get(&w->who[FP_ROLE_RESEARCHER], "/research");
}

void world_close(world *w)
{
    client_close(&w->c);
}

static const char *stands_for(const world *w, fp_str name, const char *whom, char text[32])
{
    if (fp_str_is(name, "client"))
        return whom;
    if (fp_str_is(name, "file"))
        return "workbench.css";
    if (fp_str_is(name, "link"))
        return "no-such-link";
    if (fp_str_is(name, "account")) {
        (void)snprintf(text, 32, "%lld", (long long)w->account);
        return text;
    }
    ck_abort_msg("say what {%.*s} stands for", FP_STR_ARG(name));
}

void world_path(const world *w, const fp_route *route, const char *whom, char out[512])
{
    size_t n = 0;
    char text[32];
    for (const char *p = route->path; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            fp_str name = {p + 1, (size_t)(end - p - 1)};
            n += (size_t)snprintf(out + n, 512 - n, "%s", stands_for(w, name, whom, text));
            p = end + 1;
        } else {
            out[n++] = *p++;
        }
    }
    out[n] = '\0';
}

int world_ask(world *w, int who, const fp_route *route, const char *path, const char *csrf,
              const char *form)
{
    char cookies[1024] = "", *body = malloc(strlen(form) + 200);
    size_t n = 0;
    visitor *v = &w->who[who];
    client *c = &w->c;
    for (int i = 0; i < 8; i++)
        if (v->names[i][0])
            n += (size_t)snprintf(cookies + n, sizeof cookies - n, "%s%s=%s", n ? "; " : "",
                                  v->names[i], v->values[i]);
    ck_assert_ptr_nonnull(body);
    (void)snprintf(body, strlen(form) + 200, "%s%s%s%s", csrf ? "csrf=" : "", csrf ? csrf : "",
                   csrf && form[0] ? "&" : "", form);
    const fp_field headers[] = {
        {FP_STR("Cookie"), fp_str_of(cookies)},
        {FP_STR("Content-Type"), FP_STR("application/x-www-form-urlencoded")}};
    const fp_raw_request raw = {.method = fp_str_of(fp_method_text(route->method)),
                                .target = fp_str_of(path),
                                .headers = {headers, 2},
                                .body = fp_str_of(route->method == FP_POST ? body : ""),
                                .peer = fp_str_of(v->address)};
    fp_response_clear(&c->response);
    fp_arena_destroy(c->arena);
    c->arena = fp_arena_create(64 * FP_MIB);
    fp_response_init(&c->response, 16 * FP_MIB);
    fp_web_serve(c->web, &raw, c->arena, &c->response);
    free(body);
    return c->response.status;
}

void world_encode(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 4 < size; text++)
        n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned)(unsigned char)*text);
    out[n] = '\0';
}

int64_t world_events(const world *w)
{
    char path[SCRATCH_MAX];
    fp_err err = {0};
    fp_ledger *ledger;
    fp_sha256 hash;
    int64_t seq = 0;
    scratch_path(path, w->c.folder, "study.db");
    scratch_ok(fp_ledger_open_to_read(path, &ledger, &err), &err);
    scratch_ok(fp_ledger_head(ledger, &seq, &hash, &err), &err);
    fp_ledger_close(ledger);
    return seq;
}
