#include <stdlib.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "ledger/canonical.h"
#include "run_suite.h"

static void check_string(const char *text, const char *expected)
{
    FP_BUF_SCOPED(buf, FP_MIB);
    FP_BUF_SCOPED(back, FP_MIB);
    fp_canonical_string(&buf, fp_str_of(text));
    ck_assert_str_eq(buf.p, expected);
    ck_assert(fp_canonical_valid(fp_buf_str(&buf)));
    fp_str rest = fp_buf_str(&buf);
    ck_assert(fp_canonical_take_string(&rest, &back));
    ck_assert_uint_eq(rest.n, 0);
    ck_assert_str_eq(back.p, text);
}

/* RFC 8785, 3.2.2: the string of the example, and 3.2.2.2: every rule of escaping. */
START_TEST(test_strings)
{
    check_string("\u20ac$\x0f\nA'B\"\\\\\"/", "\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    check_string("", "\"\"");
    check_string("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"");
    check_string("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
    check_string("</script> \u2028 \U0001f600", "\"</script> \u2028 \U0001f600\"");
    check_string("pijn/\"klacht\"", "\"pijn/\\\"klacht\\\"\"");
}
END_TEST

START_TEST(test_integers)
{
    static const struct {
        int64_t value;
        const char *text;
        bool good;
    } cases[] = {{0, "0", true},
                 {-1, "-1", true},
                 {INT64_C(9007199254740991), "9007199254740991", true},
                 {INT64_C(-9007199254740991), "-9007199254740991", true},
                 {INT64_C(9007199254740992), NULL, false},
                 {INT64_MIN, NULL, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FP_BUF_SCOPED(buf, 64);
        fp_canonical_integer(&buf, cases[i].value);
        ck_assert_int_eq(fp_buf_ok(&buf, NULL) == FP_OK, cases[i].good);
        if (cases[i].good)
            ck_assert_str_eq(buf.p, cases[i].text);
    }
}
END_TEST

/* RFC 8785, 3.2.3: the sorting example. */
START_TEST(test_keys_sort_by_utf16)
{
    fp_canonical_member members[] = {
        {"\u20ac", "\"Euro Sign\""},
        {"\r", "\"Carriage Return\""},
        {"\ufb33", "\"Hebrew Letter Dalet With Dagesh\""},
        {"1", "\"One\""},
        {"\U0001f600", "\"Emoji: Grinning Face\""},
        {"\xc2\x80", "\"Control\""},
        {"\u00f6", "\"Latin Small Letter O With Diaeresis\""},
    };
    fp_err err;
    FP_BUF_SCOPED(buf, FP_MIB);
    ck_assert_int_eq(fp_canonical_object(&buf, members, sizeof members / sizeof *members, &err),
                     FP_OK);
    ck_assert_str_eq(buf.p, "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
                            "\"\u00f6\":\"Latin Small Letter O With Diaeresis\","
                            "\"\u20ac\":\"Euro Sign\","
                            "\"\U0001f600\":\"Emoji: Grinning Face\","
                            "\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
    ck_assert(fp_canonical_valid(fp_buf_str(&buf)));
    ck_assert_int_lt(fp_canonical_key_cmp("a", "ab"), 0);
    ck_assert_int_gt(fp_canonical_key_cmp("\uffff", "\U0010ffff"), 0);
    ck_assert_int_eq(fp_canonical_key_cmp("a", "a"), 0);
}
END_TEST

START_TEST(test_key_twice)
{
    fp_canonical_member members[] = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
    fp_err err;
    FP_BUF_SCOPED(buf, FP_MIB);
    ck_assert_int_eq(fp_canonical_object(&buf, members, 3, &err), FP_ARG);
    ck_assert_str_eq(err.message, "the key \"b\" stands twice in one object");
}
END_TEST

START_TEST(test_full_buffer)
{
    fp_canonical_member members[] = {{"a", "\"0123456789\""}};
    fp_err err;
    FP_BUF_SCOPED(buf, 8);
    ck_assert_int_eq(fp_canonical_object(&buf, members, 1, &err), FP_NOMEM);
}
END_TEST

START_TEST(test_valid)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "\"\"",
        "0",
        "-12",
        "true",
        "false",
        "null",
        "[1,[2,{\"a\":[]}]]",
        "{\"a\":1,\"b\":{\"c\":\"d\"}}",
        "9007199254740991",
        "{\"\":0}",
    };
    static const char *const bad[] = {
        "",
        " {}",
        "{} ",
        "{ }",
        "[1, 2]",
        "{\"a\" :1}",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":2}",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "-0",
        "1.5",
        "1e3",
        "9007199254740992",
        "\"\\u0041\"",
        "\"\\/\"",
        "\"\\u000F\"",
        "\"\\u000a\"",
        "\"\n\"",
        "\"open",
        "\"",
        "[",
        "{\"a\"",
        "tru",
        "{a:1}",
        "\"\xff\"",
        "\"\\ud83d\"",
        "-",
        "1 2",
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(fp_canonical_valid(fp_str_of(good[i])), "refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!fp_canonical_valid(fp_str_of(bad[i])), "taken: %s", bad[i]);
}
END_TEST

START_TEST(test_take_leaves_what_it_refuses)
{
    FP_BUF_SCOPED(out, FP_MIB);
    fp_buf_put(&out, "kept");
    fp_str rest = FP_STR("\"abc\\x\"");
    ck_assert(!fp_canonical_take_string(&rest, &out));
    ck_assert_uint_eq(rest.n, 7);
    ck_assert_uint_eq(out.n, 4);
    ck_assert(!fp_canonical_take(&rest, "[\""));
    ck_assert(fp_canonical_take(&rest, "\"a"));
    ck_assert(fp_str_is(rest, "bc\\x\""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/canonical");
    TCase *tests = tcase_create("canonical");
    tcase_add_test(tests, test_strings);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_keys_sort_by_utf16);
    tcase_add_test(tests, test_key_twice);
    tcase_add_test(tests, test_full_buffer);
    tcase_add_test(tests, test_valid);
    tcase_add_test(tests, test_take_leaves_what_it_refuses);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
