/* Decoding of requests: what is understood, what is refused. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "web/decode.h"
#include "web/web_cases.h"

static fp_request request;
static fp_refusal refusal;

TEST_ARENA(64 * FP_MIB);

/* Decode; gives the status of the refusal, 0 = understood. */
static int decode(const char *method, const char *target, const char *type, fp_str body)
{
    fp_err err = {0};
    static fp_field headers[2];
    headers[0] = (fp_field){FP_STR("content-TYPE"), fp_str_of(type)};
    headers[1] = (fp_field){FP_STR("Cookie"), FP_STR("a=1; firstplace=x.y-z; bad=\x01; =c; d")};
    fp_raw_request raw = {.method = fp_str_of(method),
                          .target = fp_str_of(target),
                          .headers = {headers, 2},
                          .body = body,
                          .peer = FP_STR("127.0.0.1")};
    ck_assert_int_eq(fp_request_decode(&raw, false, arena, &request, &refusal, &err), FP_OK);
    return refusal.status;
}

static void is_field(fp_fields fields, ptrdiff_t i, const char *name, const char *value)
{
    ck_assert_int_gt(fields.count, i);
    ck_assert_msg(fp_str_is(fields.items[i].name, name), "%.*s", FP_STR_ARG(fields.items[i].name));
    ck_assert_msg(fp_str_is(fields.items[i].value, value), "%.*s",
                  FP_STR_ARG(fields.items[i].value));
}

static const char form_type[] = "application/x-www-form-urlencoded; charset=UTF-8";

START_TEST(target)
{
    ck_assert_int_eq(decode("GET", "/a%20b/c+d?x=1+2&y=%C3%A9&z&=w&&x=3", "", (fp_str){0}), 0);
    ck_assert(fp_str_is(request.path, "/a b/c+d"));
    ck_assert_int_eq(request.query.count, 5);
    is_field(request.query, 0, "x", "1 2");
    is_field(request.query, 1, "y", "\xc3\xa9");
    is_field(request.query, 2, "z", "");
    is_field(request.query, 3, "", "w");
    is_field(request.query, 4, "x", "3");
    ck_assert(fp_str_is(fp_fields_value(request.query, "x"), "1 2"));
    ck_assert_int_eq(decode("GET", "https://host", "", (fp_str){0}), 0);
    ck_assert(fp_str_is(request.path, "/"));
    ck_assert_int_eq(decode("GET", "/?a=%41", "", (fp_str){0}), 0);
    is_field(request.query, 0, "a", "A"); /* the last three bytes */
}
END_TEST

START_TEST(cookies)
{
    ck_assert_int_eq(decode("GET", "/", "", (fp_str){0}), 0);
    ck_assert_int_eq(request.cookies.count, 2);
    is_field(request.cookies, 0, "a", "1");
    is_field(request.cookies, 1, "firstplace", "x.y-z");
}
END_TEST

START_TEST(refused_targets)
{
    static const char *const targets[] = {
        "",           "a",       "*",       "/%",     "/%4",      "/%4g",      "/..",
        "/a/../b",    "/a/..",   "/.",      "/a/./b", "/%2e%2e/", "/a%2fb",    "/a%2Fb",
        "/a%5cb",     "/\\",     "/%00",    "/%0a",   "/%7f",     "/%ff",      "/%c0%af",
        "/%ed%a0%80", "/?a=%00", "/?%ff=b", "/?a=%",  "http:/a",  "ftp://a/b", "/a?b=%e2%82"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        ck_assert_msg(decode("GET", targets[i], "", (fp_str){0}) == 400, "%s", targets[i]);
    ck_assert_int_eq(decode("GET", "/..a/b..", "", (fp_str){0}), 0);
}
END_TEST

START_TEST(forms)
{
    ck_assert_int_eq(decode("POST", "/", form_type, FP_STR("a=b+c&d=%26%3D%0D%0A&e=")), 0);
    is_field(request.form, 0, "a", "b c");
    is_field(request.form, 1, "d", "&=\r\n");
    is_field(request.form, 2, "e", "");
    ck_assert_int_eq(decode("POST", "/", form_type, (fp_str){0}), 0);
    ck_assert_int_eq(request.form.count, 0);
    ck_assert_int_eq(decode("POST", "/", "", FP_STR("a=b")), 415);
    ck_assert_int_eq(decode("POST", "/", "application/json", FP_STR("{}")), 415);
    ck_assert_int_eq(decode("POST", "/", "application/x-www-form-urlencodedx", FP_STR("a=b")), 415);
    ck_assert_int_eq(decode("POST", "/", form_type, FP_STR("a=\xff")), 400);
    ck_assert_int_eq(decode("POST", "/", form_type, FP_STR("a=%zz")), 400);
    ck_assert_int_eq(decode("POST", "/", form_type, ((fp_str){"a=b\0c", 5})), 400);
    /* the body of another method than POST is nobody's */
    ck_assert_int_eq(decode("GET", "/", form_type, FP_STR("a=b")), 0);
    ck_assert_int_eq(request.form.count, 0);
}
END_TEST

#define PART(name, value) "--xYx\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value

START_TEST(multipart)
{
    static const char type[] = "multipart/form-data; charset=utf-8; boundary=\"xYx\"";
    ck_assert_int_eq(decode("POST", "/", type,
                            FP_STR("preamble\r\n" PART("a", "one\r\ntwo\r\n") PART("b", "\r\n")
                                       PART("c \\\" d", "--xY\r\n") "--xYx--\r\nepilogue")),
                     0);
    ck_assert_int_eq(request.form.count, 3);
    is_field(request.form, 0, "a", "one\r\ntwo");
    is_field(request.form, 1, "b", "");
    is_field(request.form, 2, "c \" d", "--xY");
    ck_assert_int_eq(decode("POST", "/", type, FP_STR("--xYx--")), 0);
    ck_assert_int_eq(request.form.count, 0);
}
END_TEST

START_TEST(refused_multipart)
{
    static const char type[] = "multipart/form-data; boundary=xYx";
    static const char file[] = "--xYx\r\nContent-Disposition: form-data; name=\"f\"; "
                               "filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n%s\r\n--xYx--";
    char text[512];
    ck_assert_int_eq(decode("POST", "/", type, FP_STR("nothing")), 400);
    ck_assert_int_eq(decode("POST", "/", type, FP_STR(PART("a", "b"))), 400);
    ck_assert_int_eq(decode("POST", "/", type, FP_STR("--xYx\r\n\r\nx\r\n--xYx--")), 400);
    ck_assert_int_eq(decode("POST", "/", type, FP_STR(PART("a", "\xff\r\n") "--xYx--")), 400);
    ck_assert_int_eq(decode("POST", "/", "multipart/form-data", FP_STR("a")), 400);
    ck_assert_int_eq(decode("POST", "/", "multipart/form-data; boundary=", FP_STR("a")), 400);
    (void)snprintf(text, sizeof text, file, "a,b");
    ck_assert_int_eq(decode("POST", "/", type, fp_str_of(text)), 415);
    (void)snprintf(text, sizeof text, file, ""); /* a file box that was left empty */
    ck_assert_int_eq(decode("POST", "/", type, fp_str_of(text)), 0);
    ck_assert_int_eq(request.form.count, 0);
}
END_TEST

START_TEST(limits)
{
    static char text[FP_BODY_MAX + 2];
    memset(text, 'a', sizeof text);
    text[0] = '/';
    ck_assert_int_eq(decode("POST", "/", form_type, (fp_str){text, FP_BODY_MAX}), 0);
    ck_assert_int_eq(decode("POST", "/", form_type, (fp_str){text, FP_BODY_MAX + 1}), 413);
    text[FP_TARGET_MAX] = '\0';
    ck_assert_int_eq(decode("GET", text, "", (fp_str){0}), 0);
    text[FP_TARGET_MAX] = 'a';
    text[FP_TARGET_MAX + 1] = '\0';
    ck_assert_int_eq(decode("GET", text, "", (fp_str){0}), 414);
    for (int i = 0; i < FP_FIELDS_MAX + 1; i++)
        memcpy(text + 4 * i, "a=b&", 4);
    ck_assert_int_eq(decode("POST", "/", form_type, (fp_str){text, 4 * FP_FIELDS_MAX}), 0);
    ck_assert_int_eq(decode("POST", "/", form_type, (fp_str){text, 4 * (FP_FIELDS_MAX + 1)}), 400);
}
END_TEST

/* Nobody but our own proxy is believed about who asks. */
START_TEST(forwarded)
{
    fp_err err = {0};
    fp_field header = {FP_STR("x-forwarded-for"), FP_STR("10.0.0.1, 192.0.2.7 ")};
    fp_raw_request raw = {.method = FP_STR("GET"),
                          .target = FP_STR("/"),
                          .headers = {&header, 1},
                          .peer = FP_STR("127.0.0.1")};
    ck_assert_int_eq(fp_request_decode(&raw, false, arena, &request, &refusal, &err), FP_OK);
    ck_assert(fp_str_is(request.peer, "127.0.0.1"));
    ck_assert_int_eq(fp_request_decode(&raw, true, arena, &request, &refusal, &err), FP_OK);
    ck_assert(fp_str_is(request.peer, "192.0.2.7"));
    /* a proxy that adds a header of its own behind the one that was sent */
    const fp_field two[] = {{FP_STR("X-Forwarded-For"), FP_STR("203.0.113.9")},
                            {FP_STR("X-Forwarded-For"), FP_STR("192.0.2.8")},
                            {FP_STR("X-Forwarded-Host"), FP_STR("example")}};
    raw.headers = (fp_fields){two, 3};
    ck_assert_int_eq(fp_request_decode(&raw, true, arena, &request, &refusal, &err), FP_OK);
    ck_assert(fp_str_is(request.peer, "192.0.2.8"));
    raw.headers.count = 0;
    ck_assert_int_eq(fp_request_decode(&raw, true, arena, &request, &refusal, &err), FP_OK);
    ck_assert(fp_str_is(request.peer, "127.0.0.1"));
}
END_TEST

/* Each way in which memory can run out: FP_NOMEM, and nothing else happens. */
START_TEST(no_memory)
{
    static const char type[] = "multipart/form-data; boundary=xYx";
    fp_field header = {FP_STR("Content-Type"), FP_STR(type)};
    fp_raw_request raw = {.method = FP_STR("POST"),
                          .target = FP_STR("/a%20b?c=d"),
                          .headers = {&header, 1},
                          .body = FP_STR(PART("a", "b\r\n") "--xYx--")};
    long n = 1;
    for (fp_status status = FP_NOMEM; status != FP_OK; n++) {
        fp_err err = {0};
        fp_arena_fail_at(arena, n);
        status = fp_request_decode(&raw, false, arena, &request, &refusal, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
    }
    ck_assert_int_gt(n, 5);
}
END_TEST

TCase *case_decode(void)
{
    TCase *tests = tcase_create("decode");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, target);
    tcase_add_test(tests, cookies);
    tcase_add_test(tests, refused_targets);
    tcase_add_test(tests, forms);
    tcase_add_test(tests, multipart);
    tcase_add_test(tests, refused_multipart);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, forwarded);
    tcase_add_test(tests, no_memory);
    return tests;
}
