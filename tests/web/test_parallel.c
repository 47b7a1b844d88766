/* Many threads at one door: each somebody who is signed in, reading every page that they may and
 * saving their own language in between. Every answer is whole, every save is an event, and the log
 * verifies. Run it under the thread sanitizer (preset tsan). */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/store.h"
#include "web/world.h"

enum { ROUNDS = 6, FIRST = FP_ROLE_ADMINISTRATOR };

typedef struct {
    world *w;
    int who;
    int saved, wrong;
    char cookie[256];
} asker;

/* As world_ask, with memory of its own. */
static int ask(asker *a, const char *method, const char *path, const char *body)
{
    fp_response response;
    const fp_field headers[] = {
        {FP_STR("Cookie"), fp_str_of(a->cookie)},
        {FP_STR("Content-Type"), FP_STR("application/x-www-form-urlencoded")}};
    const fp_raw_request raw = {.method = fp_str_of(method),
                                .target = fp_str_of(path),
                                .headers = {headers, 2},
                                .body = fp_str_of(body),
                                .peer = FP_STR("192.0.2.9")};
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_response_init(&response, 16 * FP_MIB);
    fp_web_serve(a->w->c.web, &raw, arena, &response);
    int status = response.status;
    fp_response_clear(&response);
    fp_arena_destroy(arena);
    return status;
}

static void *go(void *context)
{
    asker *a = context;
    char path[512], form[256];
    for (int round = 0; round < ROUNDS; round++) {
        for (ptrdiff_t i = 0; i < fp_route_count; i++) {
            if (fp_routes[i].method != FP_GET)
                continue;
            world_path(a->w, &fp_routes[i], world_own, path);
            a->wrong += ask(a, "GET", path, "") >= 500;
        }
        (void)snprintf(form, sizeof form, "csrf=%s&own_language=%s", a->w->who[a->who].csrf,
                       round % 2 ? "en" : "nl");
        int status = ask(a, "POST", "/account/language", form);
        a->saved += status == 303;
        a->wrong += status != 303;
    }
    return NULL;
}

START_TEST(everybody_at_once)
{
    world w;
    pthread_t threads[WORLD_PEOPLE];
    asker askers[WORLD_PEOPLE] = {0};
    fp_err err = {0};
    fp_ledger *ledger;
    int64_t events, rows;
    char path[SCRATCH_MAX];
    int started = 0;
    world_open(&w);
    for (int who = FIRST; who < WORLD_PEOPLE; who++) {
        if (!world_signed_in(who))
            continue;
        asker *a = &askers[started];
        *a = (asker){.w = &w, .who = who};
        client_cookie(&w.c, "firstplace", visitor_cookie(&w.who[who], "firstplace"), a->cookie);
        ck_assert_int_eq(pthread_create(&threads[started++], NULL, go, a), 0);
    }
    for (int i = 0; i < started; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_msg(askers[i].wrong == 0, "who %d: %d answers are wrong", askers[i].who,
                      askers[i].wrong);
        ck_assert_int_eq(askers[i].saved, ROUNDS);
    }
    ck_assert_int_eq(started, 6);
    scratch_path(path, w.c.folder, "study.db");
    ck_assert_int_eq(fp_ledger_open_to_read(path, &ledger, &err), FP_OK);
    ck_assert_msg(fp_store_verify(ledger, &events, &rows, &err) == FP_OK, "%s", err.message);
    fp_ledger_close(ledger);
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_parallel");
    TCase *tests = tcase_create("threads");
    tcase_set_timeout(tests, 110);
    tcase_add_test(tests, everybody_at_once);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
