#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "web/client.h"
#include "web/route.h"
#include "web/web_cases.h"

START_TEST(health)
{
    client c;
    client_open(&c);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/health/live", "", NULL), 200);
    ck_assert_str_eq(c.response.body.p, "live\n");
    ck_assert_int_eq(client_ask(&c, FP_HEAD, "/health/ready", "", NULL), 200);
    ck_assert_str_eq(client_header(&c, "Cache-Control"), "no-store");
    client_close(&c);
}
END_TEST

START_TEST(no_such_page)
{
    client c;
    client_open(&c);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/health", "", NULL), 404);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/health/live/", "", NULL), 404);
    ck_assert_int_eq(client_ask(&c, FP_POST, "/health/live", "", ""), 405);
    ck_assert_str_eq(client_header(&c, "Allow"), "GET, HEAD");
    client_close(&c);
}
END_TEST

START_TEST(every_route_is_found_by_its_own_path)
{
    for (ptrdiff_t i = 0; i < fp_route_count; i++) {
        fp_str values[FP_PATH_VALUES];
        unsigned methods;
        ck_assert_ptr_eq(
            fp_route_find(fp_routes[i].method, fp_str_of(fp_routes[i].path), values, &methods),
            &fp_routes[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web");
    TCase *tests = tcase_create("core");
    tcase_add_test(tests, health);
    tcase_add_test(tests, no_such_page);
    tcase_add_test(tests, every_route_is_found_by_its_own_path);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, case_decode());
    suite_add_tcase(suite, case_field());
    return run_suite(suite);
}
