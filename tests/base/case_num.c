#include "base/base_cases.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

START_TEST(test_parse)
{
    static const struct {
        const char *text;
        char decimal;
        double want;
    } rows[] = {
        {"0", '.', 0},
        {"-0", '.', 0},
        {"12", '.', 12},
        {"12", ',', 12},
        {"1.5", '.', 1.5},
        {"1,5", ',', 1.5},
        {"+.5", '.', 0.5},
        {"5.", '.', 5},
        {"-2,5e-1", ',', -0.25},
        {"1E3", '.', 1000},
        {"007", '.', 7},
        {"0.1", '.', 0.1},
        {"1e-400", '.', 0},
        {"1e308", '.', 1e308},
        {"4.9e-324", '.', 4.9e-324},
        {"0.30000000000000004", '.', 0.1 + 0.2},
        {"9007199254740993", '.', 0x1p53},
        {"123456789012345678901234567890", '.', 123456789012345678901234567890.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double got = 7;
        ck_assert_msg(fp_num_parse(fp_str_of(rows[i].text), rows[i].decimal, &got), "%s",
                      rows[i].text);
        ck_assert_double_eq(got, rows[i].want);
    }
}
END_TEST

START_TEST(test_parse_refuses)
{
    static const char *const bad[] = {
        "",   "-",    ".",     "+.",    "e5",      "1e",    "1e+", "1.2.3",    "1,5",
        " 1", "1 ",   "1 0",   "0x10",  "Inf",     "inf",   "NaN", "1e309",    "--1",
        "1-", "1.5x", "1_000", "1'000", "\u22121", "1e5.0", "1f",  "infinity", "1,000.5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double got = 7;
        ck_assert_msg(!fp_num_parse(fp_str_of(bad[i]), '.', &got), "%s", bad[i]);
        ck_assert_double_eq(got, 7);
    }
    double got = 7;
    ck_assert(!fp_num_parse(FP_STR("1.5"), ',', &got));
    ck_assert(!fp_num_parse(FP_STR("1.000,5"), ',', &got));
    char digits[402];
    memset(digits, '0', sizeof digits);
    digits[0] = '1';
    digits[1] = '.';
    ck_assert(fp_num_parse((fp_str){digits, 400}, '.', &got));
    ck_assert_double_eq(got, 1);
    ck_assert(!fp_num_parse((fp_str){digits, 401}, '.', &got));
}
END_TEST

START_TEST(test_int)
{
    int64_t got = 7;
    ck_assert(fp_int_parse(FP_STR("-12"), -12, 5, &got));
    ck_assert_int_eq(got, -12);
    ck_assert(fp_int_parse(FP_STR("9223372036854775807"), 0, INT64_MAX, &got));
    ck_assert_int_eq(got, INT64_MAX);
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "1.0",
                                      "1 ",
                                      "0x1",
                                      "13",
                                      "-13",
                                      "9223372036854775808",
                                      "00000000000000000000000000000001x"};
    got = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!fp_int_parse(fp_str_of(bad[i]), -12, 12, &got), "%s", bad[i]);
    ck_assert(!fp_int_parse(FP_STR("9223372036854775808"), INT64_MIN, INT64_MAX, &got));
    ck_assert_int_eq(got, 7);
}
END_TEST

START_TEST(test_format)
{
    static const struct {
        double value;
        int digits;
        const char *plain, *en, *nl;
    } rows[] = {
        {0, 2, "0.00", "0.00", "0,00"},
        {-0.0, 0, "0", "0", "0"},
        {-0.004, 2, "0.00", "0.00", "0,00"},
        {-0.006, 2, "-0.01", "\u22120.01", "\u22120,01"},
        {999, 0, "999", "999", "999"},
        {1000, 0, "1000", "1,000", "1.000"},
        {-1234.5, 1, "-1234.5", "\u22121,234.5", "\u22121.234,5"},
        {1234567.891, 2, "1234567.89", "1,234,567.89", "1.234.567,89"},
        {999999.5, 0, "1000000", "1,000,000", "1.000.000"},
        {123456, 0, "123456", "123,456", "123.456"},
    };
    char out[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fp_num_format(rows[i].value, rows[i].digits, &fp_numstyle_plain, out, sizeof out);
        ck_assert_str_eq(out, rows[i].plain);
        fp_num_format(rows[i].value, rows[i].digits, &fp_numstyle_en, out, sizeof out);
        ck_assert_str_eq(out, rows[i].en);
        fp_num_format(rows[i].value, rows[i].digits, &fp_numstyle_nl, out, sizeof out);
        ck_assert_str_eq(out, rows[i].nl);
    }
    static const double undefined[] = {FP_NUM_NAN, HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < 3; i++) {
        fp_num_format(undefined[i], 2, &fp_numstyle_en, out, sizeof out);
        ck_assert_str_eq(out, "\u2013");
    }
    fp_num_format(123456789, 2, &fp_numstyle_en, out, 6);
    ck_assert_str_eq(out, "123,4"); /* never past the end */
    char large[512];
    fp_num_format(-1e308, 2, &fp_numstyle_nl, large, sizeof large);
    ck_assert_uint_eq(strlen(large), 3 + 309 + 102 + 3);
}
END_TEST

START_TEST(test_format_p)
{
    static const struct {
        double p;
        const char *en, *nl;
    } rows[] = {
        {0, "<0.001", "<0,001"},    {0.00099, "<0.001", "<0,001"}, {0.001, "0.001", "0,001"},
        {0.0496, "0.050", "0,050"}, {1, "1.000", "1,000"},         {FP_NUM_NAN, "\u2013", "\u2013"},
    };
    char out[32];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fp_num_format_p(rows[i].p, &fp_numstyle_en, out, sizeof out);
        ck_assert_str_eq(out, rows[i].en);
        fp_num_format_p(rows[i].p, &fp_numstyle_nl, out, sizeof out);
        ck_assert_str_eq(out, rows[i].nl);
    }
}
END_TEST

START_TEST(test_shortest)
{
    static const struct {
        double value;
        const char *at_15, *at_17;
    } rows[] = {
        {0, "0", "0"},
        {1, "1", "1"},
        {-2.5, "-2.5", "-2.5"},
        {0.1, "0.1", "0.1"},
        {0.1 + 0.2, "0.3", "0.30000000000000004"},
        {100000, "1e+05", "1e+05"},
        {123456, "123456", "123456"},
        {0.0001, "1e-04", "1e-04"},
        {0.00012, "0.00012", "0.00012"},
        {1e100, "1e+100", "1e+100"},
        {1.0 / 3, "0.333333333333333", "0.3333333333333333"},
        {4.9e-324, "5e-324", "5e-324"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[32];
        fp_num_shortest(rows[i].value, 15, text);
        ck_assert_str_eq(text, rows[i].at_15);
        fp_num_shortest(rows[i].value, 17, text);
        ck_assert_str_eq(text, rows[i].at_17);
    }
}
END_TEST

TCase *case_num(void)
{
    TCase *tc = tcase_create("num");
    tcase_add_test(tc, test_parse);
    tcase_add_test(tc, test_parse_refuses);
    tcase_add_test(tc, test_int);
    tcase_add_test(tc, test_format);
    tcase_add_test(tc, test_format_p);
    tcase_add_test(tc, test_shortest);
    return tc;
}
