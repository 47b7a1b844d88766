/* Made from the route table: into every field of every form and query go texts that mean something
 * to HTML, SQL, headers, spreadsheets, templates and files. Nothing fails, nothing of it is ever
 * shown but as text, and what was typed beside a mistake is still there. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/store.h"
#include "web/world.h"

static const char *const payloads[] = {
    "\"><script>alert(1)</script><i a='",
    "</textarea><script>alert(1)</script>",
    "' OR 1=1; DROP TABLE account; --",
    "a\r\nSet-Cookie: injected=1\r\n\r\n<script>alert(1)</script>",
    "=HYPERLINK(\"http://example.org\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "\t=1+1",
    "{{{page.csrf}}}{{#t}}{{/t}}",
    "../../../etc/passwd",
    "%s%s%n%x",
    "\xe2\x80\xae\xf0\x9f\x98\x80 \xcd\x80",
    "&lt;script&gt;",
};
enum { PAYLOADS = sizeof payloads / sizeof *payloads };

/* What a field takes, so that it is the other one that is wrong. */
static const char *fine(const fp_input *input, char text[64])
{
    switch (input->kind) {
    case FP_FIELD_WHOLE:
        (void)snprintf(text, 64, "%ld", input->least);
        return text;
    case FP_FIELD_DATE:
    case FP_FIELD_PAST:
        return "2026-01-05";
    case FP_FIELD_CHOICE:
        (void)snprintf(text, 64, "%.*s", (int)strcspn(input->choices, "|"), input->choices);
        return text;
    case FP_FIELD_TICK:
        return "";
    case FP_FIELD_CODE:
        return "123456";
    case FP_FIELD_EMAIL:
        return "voorbeeld@example.org";
    case FP_FIELD_PHONE:
        return "020 555 0100";
    case FP_FIELD_BSN:
        return "111222333";
    case FP_FIELD_PASSWORD:
        return "een ander lang wachtwoord";
    case FP_FIELD_ID:
        return "voorbeeld";
    case FP_FIELD_LINE:
    case FP_FIELD_TEXT:
        break;
    }
    return "Voorbeeld Keten";
}

/* The form with `payload` in one field, urlencoded. */
static void fill(const fp_input *inputs, const fp_input *one, const char *payload, char *out,
                 size_t size)
{
    char text[64], encoded[1024];
    size_t n = 0;
    out[0] = '\0';
    for (const fp_input *input = inputs; input->name; input++) {
        world_encode(input == one ? payload : fine(input, text), encoded, sizeof encoded);
        n += (size_t)snprintf(out + n, size - n, "%s%s=%s", n ? "&" : "", input->name, encoded);
    }
}

static bool holds(const world *w, const char *text)
{
    return w->c.response.body.n && strstr(w->c.response.body.p, text) != NULL;
}

/* No text of ours stands anywhere as anything but text. */
static void check_page(const world *w, const char *where)
{
    ck_assert_msg(!holds(w, "<script") && !holds(w, "<i a=") && !holds(w, "</textarea><"),
                  "%s: not escaped", where);
    ck_assert_msg(!holds(w, "&amp;amp;lt;"), "%s: escaped twice", where);
    if (w->c.response.body.n && strncmp(w->c.response.type, "text/html", 9) == 0)
        check_served_html(fp_buf_str(&w->c.response.body));
    for (int i = 0; i < w->c.response.header_count; i++) {
        fp_str value = w->c.response.headers[i].value;
        ck_assert_msg(!memmem(value.p, value.n, "injected", 8) &&
                          !memmem(value.p, value.n, "script", 6),
                      "%s: %.*s", where, FP_STR_ARG(value));
    }
}

/* The first characters of cells that a spreadsheet computes. */
static void check_csv(const world *w, const char *where)
{
    if (strncmp(w->c.response.type, "text/csv", 8) != 0)
        return;
    bool begins = true, quoted = false;
    for (const char *p = w->c.response.body.p; *p; p++) {
        if (begins)
            ck_assert_msg(!strchr("=+@\t\r", *p), "%s: a formula: %.40s", where, p);
        begins = (begins && *p == '"') || (!quoted && (*p == ',' || *p == '\n'));
        quoted ^= *p == '"';
    }
}

/* Whether the page has a box to type in for a field: not a list, and not the form of another step.
 */
static bool is_typed(const world *w, const char *field)
{
    char name[80];
    (void)snprintf(name, sizeof name, "name=\"%s\"", field);
    if (!holds(w, name))
        return false;
    for (const char *p = w->c.response.body.p; (p = strstr(p, "<select")) != NULL; p++) {
        const char *found = strstr(p, name);
        if (found && found < strchr(p, '>'))
            return false;
    }
    return true;
}

/* Where a form comes back, everything typed is in it, but for passwords. */
static void check_kept(const world *w, const fp_route *route, const fp_input *one,
                       const char *payload)
{
    char text[64];
    FP_BUF_SCOPED(escaped, FP_MIB);
    for (const fp_input *input = route->inputs; input->name; input++) {
        const char *typed = input == one ? payload : fine(input, text);
        if (input->kind == FP_FIELD_PASSWORD || input->kind == FP_FIELD_CHOICE ||
            input->kind == FP_FIELD_TICK || strchr(typed, '\r') || !is_typed(w, input->name))
            continue;
        fp_buf_clear(&escaped);
        fp_buf_init(&escaped, FP_MIB);
        fp_buf_put_xml(&escaped, typed);
        ck_assert_msg(holds(w, escaped.p), "%s: %s in %s: \"%s\" of %s is lost", route->path,
                      payload, one->name, typed, input->name);
    }
}

static int asker_of(const fp_route *route)
{
    for (int who = FP_ROLE_COUNT - 1; who > 0; who--)
        if (world_signed_in(who) && fp_permission_allows(route->permission, (fp_role)who))
            return who;
    return FP_ROLE_NOBODY;
}

static int ask_with(world *w, int who, const fp_route *route, const char *path, const char *form)
{
    char target[8192];
    if (route->method == FP_POST)
        return world_ask(w, who, route, path, w->who[who].csrf, form);
    (void)snprintf(target, sizeof target, "%s?%s", path, form);
    return world_ask(w, who, route, target, NULL, "");
}

/* Every page as everybody who may see it. */
static void read_all(world *w)
{
    char path[512];
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        if (route->method != FP_GET)
            continue;
        world_path(w, route, world_own, path);
        for (int who = 0; who < FP_ROLE_COUNT; who++) {
            (void)world_ask(w, who, route, path, NULL, "");
            ck_assert_int_lt(w->c.response.status, 500);
            check_page(w, path);
            check_csv(w, path);
        }
    }
}

static void is_whole(const world *w)
{
    char path[SCRATCH_MAX];
    fp_err err = {0};
    fp_ledger *ledger;
    int64_t events, rows;
    scratch_path(path, w->c.folder, "study.db");
    ck_assert_int_eq(fp_ledger_open_to_read(path, &ledger, &err), FP_OK);
    ck_assert_msg(fp_store_verify(ledger, &events, &rows, &err) == FP_OK, "%s", err.message);
    fp_ledger_close(ledger);
}

START_TEST(every_field)
{
    world w;
    char path[512], form[8192], where[1024];
    int tried = 0;
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        int who = asker_of(route);
        world_path(&w, route, world_own, path);
        for (const fp_input *one = route->inputs; one && one->name; one++) {
            for (int j = 0; j < PAYLOADS; j++, tried++) {
                w.c.now += who == FP_ROLE_NOBODY ? 10 : 1; /* against lock-outs; no session ends */
                fill(route->inputs, one, payloads[j], form, sizeof form);
                int status = ask_with(&w, who, route, path, form);
                (void)snprintf(where, sizeof where, "%s %s: %s in %s: %d",
                               fp_method_text(route->method), route->path, payloads[j], one->name,
                               status);
                ck_assert_msg(status < 500 && status != 403 && status != 400, "%s", where);
                check_page(&w, where);
                check_csv(&w, where);
                if (status == 422 && route->method == FP_POST &&
                    route->handle != fp_language_post) /* nobody types there */
                    check_kept(&w, route, one, payloads[j]);
            }
        }
    }
    ck_assert_int_gt(tried, PAYLOADS);
    read_all(&w);
    is_whole(&w);
    world_close(&w);
}
END_TEST

/* Fields that no route names, names that came twice, names that are nothing. */
START_TEST(other_fields)
{
    static const char *const forms[] = {"account=1&role=administrator&id=1&version=0",
                                        "a=1&a=2&a=3",
                                        "=&=&&&=x",
                                        "csrf=x&csrf=y",
                                        "%5B%5D=1&__proto__=2",
                                        "name%5B%5D=1"};
    world w;
    char path[512];
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        if (route->handle == fp_sign_out_post)
            continue;
        int who = asker_of(route);
        world_path(&w, route, world_own, path);
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++) {
            int status = ask_with(&w, who, route, path, forms[j]);
            ck_assert_msg(status < 500, "%s: %s: %d", route->path, forms[j], status);
        }
    }
    is_whole(&w);
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_injection");
    TCase *tests = tcase_create("generated");
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, every_field);
    tcase_add_test(tests, other_fields);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
