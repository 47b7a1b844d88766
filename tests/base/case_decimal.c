#include "base/base_cases.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/num.h"

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_text(const char *text)
{
    double got = 1;
    ck_assert_msg(fp_num_parse(fp_str_of(text), '.', &got), "%s", text);
    ck_assert_msg(same(got, strtod(text, NULL)), "%s gave %.17g", text, got);
}

/* Ties, their neighbours, and numbers that are hard to round. */
START_TEST(test_hard)
{
    static const char *const hard[] = {
        "9007199254740993",
        "9007199254740992.5",
        "9007199254740993.0000001",
        "1e23",
        "8.5e22",
        "0.1",
        "0.3",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "1.7976931348623157e308",
        "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "8.10109172351e-10",
        "1.50000000000000011102230246251565",
        "45035996273704.985",
        "4503599627370.4985e1",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "7205759403792793.5",
        "1e-64",
        "9999999999999999999e-64",
        "9999999999999999999e64",
        "-0",
        "0e5",
        "000.000",
        "1448997445238699",
        "6.631236846766476e-316",
        "5e-20",
        "2.2204460492503131e-16",
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        check_text(hard[i]);
}
END_TEST

/* Doubles of every size, written with 15, 16, 17 and more digits, and midway between two. */
START_TEST(test_random)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[512];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        uint64_t bits = state;
        if (i % 2) /* near 1, as data are */
            bits = (bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)(1023 - 40 + i % 80) << 52;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        (void)snprintf(text, sizeof text, "%.*g", 15 + i % 5, value);
        check_text(text);
        if (fabs(value) > 1e-8 && fabs(value) < 1e15) {
            (void)snprintf(text, sizeof text, "%.*f", i % 18, value);
            check_text(text);
        }
    }
}
END_TEST

/* The product and the division agree wherever the division is exact. */
START_TEST(test_product)
{
    uint64_t digits = 1;
    for (int i = 0; i < 100000; i++) {
        digits = (digits * 6364136223846793005u + 1442695040888963407u);
        uint64_t m = digits >> (11 + i % 50);
        double a, b;
        ck_assert(fp_decimal_fraction(m, i % 23, &a));
        ck_assert(fp_decimal_product(m, -(i % 23), &b));
        ck_assert_msg(same(a, b), "%" PRIu64 "e-%d", m, i % 23);
    }
}
END_TEST

TCase *case_decimal(void)
{
    TCase *tc = tcase_create("decimal");
    tcase_add_test(tc, test_hard);
    tcase_add_test(tc, test_random);
    tcase_add_test(tc, test_product);
    return tc;
}
