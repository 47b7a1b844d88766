#include "base/base_cases.h"

#include <string.h>

#include "base/nearest.h"
#include "base/str.h"

START_TEST(test_compare)
{
    ck_assert(fp_str_eq(FP_STR("abc"), fp_str_of("abc")));
    ck_assert(!fp_str_eq(FP_STR("abc"), FP_STR("ab")));
    ck_assert(fp_str_eq((fp_str){NULL, 0}, FP_STR("")));
    ck_assert(fp_str_is(fp_str_of(NULL), ""));
    ck_assert(!fp_str_is(FP_STR("a\0b"), "a"));
    ck_assert_int_lt(fp_str_cmp(FP_STR("ab"), FP_STR("abc")), 0);
    ck_assert_int_gt(fp_str_cmp(FP_STR("b"), FP_STR("abc")), 0);
    ck_assert_int_lt(fp_str_cmp(FP_STR("Z"), FP_STR("a")), 0);
    ck_assert_int_lt(fp_str_cmp(FP_STR("z"), FP_STR("\xc3\xa9")), 0); /* bytes are unsigned */
    ck_assert_int_eq(fp_str_cmp(FP_STR(""), (fp_str){NULL, 0}), 0);
}
END_TEST

START_TEST(test_trim)
{
    ck_assert(fp_str_is(fp_str_trim(FP_STR(" \t a b\r\n")), "a b"));
    ck_assert(fp_str_is(fp_str_trim(FP_STR(" \n ")), ""));
    ck_assert(fp_str_is(fp_str_trim(FP_STR("")), ""));
    ck_assert(fp_str_is(fp_str_trim(FP_STR("\xc2\xa0x")), "\xc2\xa0x")); /* only ASCII blanks */
}
END_TEST

START_TEST(test_characters)
{
    ck_assert_uint_eq(fp_str_characters(FP_STR("")), 0);
    ck_assert_uint_eq(fp_str_characters(FP_STR("abc")), 3);
    ck_assert_uint_eq(fp_str_characters(FP_STR("\u00e9\u20ac\U0001f33b")), 3);
}
END_TEST

START_TEST(test_utf8)
{
    static const struct {
        fp_str text;
        bool good;
    } rows[] = {
        {{"", 0}, true},
        {{"abc\x7f", 4}, true},
        {{"a\0b", 3}, false},            /* NUL */
        {{"\xc2\x80", 2}, true},         /* U+0080 */
        {{"\xdf\xbf", 2}, true},         /* U+07FF */
        {{"\xe0\xa0\x80", 3}, true},     /* U+0800 */
        {{"\xed\x9f\xbf", 3}, true},     /* U+D7FF */
        {{"\xee\x80\x80", 3}, true},     /* U+E000 */
        {{"\xef\xbf\xbf", 3}, true},     /* U+FFFF */
        {{"\xf0\x90\x80\x80", 4}, true}, /* U+10000 */
        {{"\xf4\x8f\xbf\xbf", 4}, true}, /* U+10FFFF */
        {{"\x80", 1}, false},            /* a continuation alone */
        {{"\xc0\xaf", 2}, false},        /* overlong */
        {{"\xc1\xbf", 2}, false},
        {{"\xe0\x9f\xbf", 3}, false},
        {{"\xf0\x8f\xbf\xbf", 4}, false},
        {{"\xed\xa0\x80", 3}, false},     /* a surrogate */
        {{"\xf4\x90\x80\x80", 4}, false}, /* past U+10FFFF */
        {{"\xf5\x80\x80\x80", 4}, false},
        {{"\xff", 1}, false},
        {{"\xc3", 1}, false}, /* cut short */
        {{"\xe2\x82", 2}, false},
        {{"\xf0\x9f\x98", 3}, false},
        {{"\xc3\x28", 2}, false},
        {{"\xe2\x28\xa1", 3}, false},
        {{"\xe2\x82\x28", 3}, false},
        {{"\xf0\x9f\x98\x28", 4}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(fp_str_utf8(rows[i].text) == rows[i].good, "row %zu", i);
}
END_TEST

START_TEST(test_buf)
{
    FP_BUF_SCOPED(buf, FP_MIB);
    ck_assert_str_eq(buf.p, "");
    fp_buf_put(&buf, "");
    fp_buf_put(&buf, "ab");
    fp_buf_put_n(&buf, "cdef", 2);
    fp_buf_put_char(&buf, '!');
    fp_buf_printf(&buf, "%d%s", 42, "x");
    ck_assert_str_eq(buf.p, "abcd!42x");
    ck_assert_uint_eq(buf.n, 8);
    ck_assert(fp_str_is(fp_buf_str(&buf), "abcd!42x"));
    for (int i = 0; i < 1000; i++)
        fp_buf_printf(&buf, "%04d", i);
    ck_assert_uint_eq(buf.n, 4008);
    ck_assert_str_eq(buf.p + 4004, "0999");
    ck_assert_int_eq(fp_buf_ok(&buf, NULL), FP_OK);
    fp_buf_clear(&buf);
    ck_assert_str_eq(buf.p, "");
    fp_buf_put_xml(&buf, "<a href=\"x\">it's & \xc3\xa9</a>");
    ck_assert_str_eq(buf.p, "&lt;a href=&quot;x&quot;&gt;it&#39;s &amp; \xc3\xa9&lt;/a&gt;");
}
END_TEST

START_TEST(test_buf_maximum)
{
    fp_err err;
    FP_BUF_SCOPED(buf, 5);
    fp_buf_put(&buf, "12345"); /* just fits */
    ck_assert_int_eq(fp_buf_ok(&buf, NULL), FP_OK);
    fp_buf_put_char(&buf, '6');
    ck_assert_int_eq(fp_buf_ok(&buf, &err), FP_NOMEM);
    ck_assert_str_eq(err.message, "a text grew past its limit of 5 bytes");
    fp_buf_put(&buf, ""); /* it sticks, and what was there stays */
    fp_buf_printf(&buf, "%s", "");
    ck_assert_int_eq(fp_buf_ok(&buf, NULL), FP_NOMEM);
    ck_assert_str_eq(buf.p, "12345");
    fp_buf_clear(&buf);
    ck_assert_int_eq(fp_buf_ok(&buf, NULL), FP_OK);
    fp_buf_printf(&buf, "%s", "123456");
    ck_assert_int_eq(fp_buf_ok(&buf, NULL), FP_NOMEM);
    ck_assert_str_eq(buf.p, "");
}
END_TEST

START_TEST(test_nearest)
{
    static const char *const names[] = {"age", "sex", "arm", "min_days", "register_end", "x"};
    ck_assert_int_eq(fp_name_distance("kitten", "sitting"), 3);
    ck_assert_int_eq(fp_name_distance("abcd", "abdc"), 1);
    ck_assert_int_eq(fp_name_distance("Age", "aGE"), 0);
    ck_assert_int_eq(fp_name_distance("", "abc"), 3);
    ck_assert_str_eq(fp_nearest("min_dayz", names, 6), "min_days");
    ck_assert_str_eq(fp_nearest("registerend", names, 6), "register_end");
    ck_assert_str_eq(fp_nearest("Agee", names, 6), "age");
    ck_assert_str_eq(fp_nearest("arn", names, 6), "arm");
    ck_assert_ptr_null(fp_nearest("weight", names, 6));
    ck_assert_ptr_null(fp_nearest("y", names, 6)); /* all of it differs */
    char far[200];
    memset(far, 'a', sizeof far);
    far[sizeof far - 1] = '\0';
    ck_assert_ptr_null(fp_nearest(far, names, 6));
    ck_assert_int_eq(fp_name_distance(far, far), 97);
}
END_TEST

TCase *case_str(void)
{
    TCase *tc = tcase_create("str");
    tcase_add_test(tc, test_compare);
    tcase_add_test(tc, test_trim);
    tcase_add_test(tc, test_characters);
    tcase_add_test(tc, test_utf8);
    tcase_add_test(tc, test_buf);
    tcase_add_test(tc, test_buf_maximum);
    tcase_add_test(tc, test_nearest);
    return tc;
}
