#include "base/base_cases.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/rng.h"

/* Random123 1.09, kat_vectors, philox4x32 with 10 rounds: zeros, ones, digits of pi. */
static const struct {
    uint32_t counter[4], key[2], want[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(test_known_answers)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        fp_rng rng = {.used = 4};
        memcpy(rng.key, known[i].key, sizeof rng.key);
        memcpy(rng.counter, known[i].counter, sizeof rng.counter);
        for (int k = 0; k < 4; k++)
            ck_assert_uint_eq(fp_rng_u32(&rng), known[i].want[k]);
    }
}
END_TEST

/* What a stream is made of is fixed for good: published allocations are drawn again from it. */
START_TEST(test_layout)
{
    fp_rng rng;
    fp_rng_init(&rng, 0x0123456789abcdef, FP_RNG_ALLOCATION, 0xfedcba9876543210);
    ck_assert_uint_eq(rng.key[0], 0x89abcdef);
    ck_assert_uint_eq(rng.key[1], 0x01234567);
    ck_assert_uint_eq(rng.counter[0], 0);
    ck_assert_uint_eq(rng.counter[1], 2);
    ck_assert_uint_eq(rng.counter[2], 0x76543210);
    ck_assert_uint_eq(rng.counter[3], 0xfedcba98);
    ck_assert_int_eq(FP_RNG_PERMUTATION, 1);
    ck_assert_int_eq(FP_RNG_EXAMPLE, 3);
    ck_assert_int_eq(FP_RNG_TEST, 4);
}
END_TEST

static uint32_t first(uint64_t seed, fp_rng_purpose purpose, uint64_t replicate)
{
    fp_rng rng;
    fp_rng_init(&rng, seed, purpose, replicate);
    return fp_rng_u32(&rng);
}

START_TEST(test_streams_differ)
{
    uint32_t base = first(1, FP_RNG_TEST, 0);
    ck_assert_uint_eq(base, first(1, FP_RNG_TEST, 0));
    ck_assert_uint_ne(base, first(2, FP_RNG_TEST, 0));
    ck_assert_uint_ne(base, first(1 + ((uint64_t)1 << 32), FP_RNG_TEST, 0));
    ck_assert_uint_ne(base, first(1, FP_RNG_EXAMPLE, 0));
    ck_assert_uint_ne(base, first(1, FP_RNG_TEST, 1));
    ck_assert_uint_ne(base, first(1, FP_RNG_TEST, (uint64_t)1 << 32));
    fp_rng a, b;
    fp_rng_init(&a, 1, FP_RNG_TEST, 0);
    (void)fp_rng_u32(&a);
    b = a; /* a value: the copy goes on from the same place */
    for (int i = 0; i < 20; i++)
        ck_assert_uint_eq(fp_rng_u32(&a), fp_rng_u32(&b));
}
END_TEST

/* Chi-square of the counts against a limit of probability below 1e-6 under uniformity. */
START_TEST(test_below)
{
    static const struct {
        uint32_t n;
        double limit;
    } rows[] = {{2, 23.9}, {3, 27.6}, {5, 33.4}, {6, 35.9}, {7, 38.3}, {10, 44.8}, {12, 49.0}};
    const int draws = 60000;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double counts[12] = {0}, chisq = 0, expected = draws / (double)rows[r].n;
        fp_rng rng;
        fp_rng_init(&rng, 20, FP_RNG_TEST, r);
        for (int i = 0; i < draws; i++) {
            uint32_t x = fp_rng_below(&rng, rows[r].n);
            ck_assert_uint_lt(x, rows[r].n);
            counts[x]++;
        }
        for (uint32_t k = 0; k < rows[r].n; k++)
            chisq += (counts[k] - expected) * (counts[k] - expected) / expected;
        ck_assert_double_lt(chisq, rows[r].limit);
    }
    fp_rng rng;
    fp_rng_init(&rng, 20, FP_RNG_TEST, 0);
    ck_assert_uint_eq(fp_rng_below(&rng, 1), 0);
}
END_TEST

/* For n = 3 x 2^30 a draw without rejection would give half of all results a multiple of 3. */
START_TEST(test_below_has_no_bias)
{
    const uint32_t n = UINT32_C(3) << 30;
    const int draws = 30000;
    int multiples = 0;
    fp_rng rng;
    fp_rng_init(&rng, 21, FP_RNG_TEST, 0);
    for (int i = 0; i < draws; i++)
        multiples += fp_rng_below(&rng, n) % 3 == 0;
    ck_assert_int_gt(multiples, draws / 3 - 450); /* 5.5 standard errors */
    ck_assert_int_lt(multiples, draws / 3 + 450);
}
END_TEST

START_TEST(test_unit)
{
    fp_rng rng = {.used = 0};
    ck_assert_double_eq(fp_rng_unit(&rng), 0x1p-53);
    rng = (fp_rng){.block = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, .used = 0};
    ck_assert_double_eq(fp_rng_unit(&rng), 1 - 0x1p-53);
    fp_rng_init(&rng, 22, FP_RNG_TEST, 0);
    double sum = 0, squares = 0;
    const int n = 100000;
    for (int i = 0; i < n; i++) {
        double u = fp_rng_unit(&rng);
        ck_assert(u > 0 && u < 1);
        sum += u;
        squares += u * u;
    }
    ck_assert_double_eq_tol(sum / n, 0.5, 0.005);
    ck_assert_double_eq_tol(squares / n, 1.0 / 3, 0.005);
}
END_TEST

TCase *case_rng(void)
{
    TCase *tc = tcase_create("rng");
    tcase_add_test(tc, test_known_answers);
    tcase_add_test(tc, test_layout);
    tcase_add_test(tc, test_streams_differ);
    tcase_add_test(tc, test_below);
    tcase_add_test(tc, test_below_has_no_bias);
    tcase_add_test(tc, test_unit);
    return tc;
}
