/* Made from the route table: every page and action asked by every role, by nobody, by the other
 * coach, without the token of a form. A route that is added is tried here without a further word;
 * one with a new {name} stops the test until tests/web/world.c says what it stands for. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "run_suite.h"
#include "web/world.h"

static bool may(const fp_route *route, int who)
{
    fp_role role = who == WORLD_OTHER_COACH ? FP_ROLE_COACH : (fp_role)who;
    if (role == FP_ROLE_CLIENT)
        role = FP_ROLE_NOBODY; /* a client's link is no session */
    return fp_permission_allows(route->permission, role);
}

/* What somebody who may not do it is answered; NULL = right. */
static const char *refusal_of(const world *w, const fp_route *route, int who, int status)
{
    if (!world_signed_in(who) && route->method == FP_GET) {
        if (status != 303 || strcmp(client_header(&w->c, "Location"), "/sign-in") != 0)
            return "is not sent to sign in";
    } else if (status != 403) {
        return "is not refused";
    }
    return NULL;
}

static void check_headers(const world *w, const fp_route *route)
{
    static const char *const always[] = {"Content-Security-Policy", "X-Content-Type-Options",
                                         "Referrer-Policy", "Cache-Control"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        ck_assert_msg(client_header(&w->c, always[i])[0], "%s: no %s", route->path, always[i]);
    ck_assert_msg(route->permission != FP_MAY_OPEN || !client_header(&w->c, "Set-Cookie")[0],
                  "%s sets a cookie", route->path);
}

/* Whatever was answered as a page is well-formed, and every id that it names is there. */
static void check_page(const world *w)
{
    const fp_response *response = &w->c.response;
    if (response->body.n && response->type && strncmp(response->type, "text/html", 9) == 0)
        check_served_html(fp_buf_str(&response->body));
}

/* Every route by everybody, without anything in the form. */
START_TEST(every_role)
{
    world w;
    char path[512];
    ptrdiff_t tried = 0;
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        world_path(&w, route, world_own, path);
        for (int who = 0; who < WORLD_PEOPLE; who++, tried++) {
            if (route->handle == fp_sign_out_post && may(route, who))
                continue; /* ends the session: tested where sessions are */
            int64_t before = world_events(&w);
            int status = world_ask(&w, who, route, path, w.who[who].csrf, "");
            const char *wrong = NULL;
            if (!may(route, who))
                wrong = refusal_of(&w, route, who, status);
            else if (status == 403 || status == 405 || status >= 500)
                wrong = "is refused or fails";
            ck_assert_msg(!wrong, "%s %s: who %d %s (%d)", fp_method_text(route->method),
                          route->path, who, wrong, status);
            ck_assert_msg((may(route, who) && route->method == FP_POST) ||
                              world_events(&w) == before,
                          "%s %s: who %d wrote", fp_method_text(route->method), route->path, who);
            check_headers(&w, route);
            check_page(&w);
        }
    }
    ck_assert_int_eq(tried, fp_route_count * WORLD_PEOPLE);
    world_close(&w);
}
END_TEST

/* No form without the session's own token: none, that of another, or one that is nearly right. */
START_TEST(no_token)
{
    world w;
    char path[512], nearly[128];
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        if (route->method != FP_POST)
            continue;
        world_path(&w, route, world_own, path);
        for (int who = 0; who < WORLD_PEOPLE; who++) {
            const char *own = w.who[who].csrf, *others = w.who[(who + 1) % WORLD_PEOPLE].csrf;
            int64_t before = world_events(&w);
            (void)snprintf(nearly, sizeof nearly, "%s", own);
            ck_assert_uint_gt(strlen(own), 20);
            nearly[strlen(own) - 1] ^= 1;
            const char *const tokens[] = {NULL, "", others, nearly, "0"};
            for (size_t j = 0; j < sizeof tokens / sizeof *tokens; j++)
                ck_assert_msg(world_ask(&w, who, route, path, tokens[j], "") == 403,
                              "%s: who %d, token %zu: %d", route->path, who, j,
                              w.c.response.status);
            ck_assert_int_eq(world_events(&w), before);
        }
    }
    world_close(&w);
}
END_TEST

/* A coach is told the same of another's client as of one that does not exist. */
START_TEST(another_coachs_client)
{
    world w;
    char path[512], none[512];
    int objects = 0;
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        if (!strstr(route->path, "{client}"))
            continue;
        ck_assert_msg(route->permission == FP_MAY_CLIENT || route->permission == FP_MAY_COORDINATE,
                      "%s: a client without a permission on clients", route->path);
        objects++;
        int64_t before = world_events(&w);
        world_path(&w, route, world_others, path);
        world_path(&w, route, world_nobodys, none);
        int expected = may(route, FP_ROLE_COACH) ? 404 : 403;
        ck_assert_int_eq(world_ask(&w, FP_ROLE_COACH, route, path, w.who[FP_ROLE_COACH].csrf, ""),
                         expected);
        char *others = strdup(w.c.response.body.p);
        ck_assert_int_eq(world_ask(&w, FP_ROLE_COACH, route, none, w.who[FP_ROLE_COACH].csrf, ""),
                         expected);
        /* the pages differ at most in their own address, which has the same length */
        ck_assert_uint_eq(strlen(others), w.c.response.body.n);
        ck_assert_ptr_null(strstr(others, "k02"));
        free(others);
        ck_assert_int_eq(world_events(&w), before);
        /* whom it is about may see it, and so may the coordinator */
        if (route->method == FP_GET && expected == 404) {
            ck_assert_int_eq(world_ask(&w, WORLD_OTHER_COACH, route, path, NULL, ""), 200);
            ck_assert_int_eq(world_ask(&w, FP_ROLE_COORDINATOR, route, path, NULL, ""), 200);
        }
        ck_assert_int_eq(
            world_ask(&w, FP_ROLE_COORDINATOR, route, none, w.who[FP_ROLE_COORDINATOR].csrf, ""),
            404);
    }
    ck_assert_int_gt(objects, 0);
    world_close(&w);
}
END_TEST

/* Each route answers to its own methods alone, and HEAD as GET. */
START_TEST(other_methods)
{
    world w;
    char path[512];
    world_open(&w);
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        fp_route other = fp_routes[i];
        fp_str values[FP_PATH_VALUES];
        unsigned methods;
        world_path(&w, &other, world_own, path);
        (void)fp_route_find(FP_GET, fp_str_of(path), values, &methods);
        for (int method = 0; method <= FP_OTHER; method++) {
            bool has = methods & 1u << (method == FP_HEAD ? FP_GET : method);
            other.method = (fp_method)method;
            int status = world_ask(&w, FP_ROLE_NOBODY, &other, path, NULL, "");
            ck_assert_msg((status == 405) == !has, "%s, method %d: %d", path, method, status);
            ck_assert_int_eq(client_header(&w.c, "Allow")[0] != '\0', !has);
        }
    }
    world_close(&w);
}
END_TEST

/* The table itself: each row can be reached, has a help, and names its fields once. */
START_TEST(table)
{
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        const fp_route *route = &fp_routes[i];
        fp_str values[FP_PATH_VALUES];
        unsigned methods;
        int count = 0;
        ck_assert_ptr_eq(fp_route_find(route->method, fp_str_of(route->path), values, &methods),
                         route);
        ck_assert_msg(route->help && route->help[0], "%s has no help", route->path);
        ck_assert(route->method == FP_GET || route->method == FP_POST);
        ck_assert_int_lt(route->permission, FP_MAY_COUNT);
        for (const fp_input *a = route->inputs; a && a->name; a++, count++)
            for (const fp_input *b = a + 1; b->name; b++)
                ck_assert_msg(strcmp(a->name, b->name) != 0, "%s: %s twice", route->path, a->name);
        ck_assert_int_le(count, FP_FORM_FIELDS);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_routes");
    TCase *tests = tcase_create("generated");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, table);
    tcase_add_test(tests, every_role);
    tcase_add_test(tests, no_token);
    tcase_add_test(tests, another_coachs_client);
    tcase_add_test(tests, other_methods);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
