#ifndef FP_BASE_DECIMAL_H
#define FP_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* From decimal digits to the nearest double, in line: it is the inner loop of reading. */

#define FP_DECIMAL_LEAST (-64)
#define FP_DECIMAL_MOST  64
extern const double fp_decimal_power[23]; /* 10^0 .. 10^22, exact */
/* 5^q for q = FP_DECIMAL_LEAST .. FP_DECIMAL_MOST, its first 128 bits, the highest one set. */
extern const uint64_t fp_decimal_five[FP_DECIMAL_MOST - FP_DECIMAL_LEAST + 1][2];

__extension__ typedef unsigned __int128 fp_uint128;

/* The nearest double to digits x 10^exponent, ties to even, with any `digits` and an exponent in
 * FP_DECIMAL_LEAST..FP_DECIMAL_MOST: the product with 5^exponent in 128 bits. False where the
 * product is too close to a tie to tell (the caller takes strtod); no result of this range is
 * subnormal or infinite.
 * Source: Lemire 2021, "Number parsing at a gigabyte per second", Software: Practice and Experience
 * 51(8), doi:10.1002/spe.2984, algorithm 1. */
static inline bool fp_decimal_product(uint64_t digits, int exponent, double *out)
{
    if (digits == 0) {
        *out = 0;
        return true;
    }
    const uint64_t *five = fp_decimal_five[exponent - FP_DECIMAL_LEAST];
    int zeros = __builtin_clzll(digits);
    digits <<= zeros;
    fp_uint128 product = (fp_uint128)digits * five[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff) {
        uint64_t more = (uint64_t)((fp_uint128)digits * five[1] >> 64);
        low += more;
        high += low < more;
    }
    if (low == UINT64_MAX && (exponent < -27 || exponent > 55))
        return false;
    int top = (int)(high >> 63), shift = top + 64 - 52 - 3;
    uint64_t mantissa = high >> shift;
    /* floor(exponent log2 10) + 63, as the paper has it */
    int64_t binary = ((217706 * (int64_t)exponent) >> 16) + 63 + top - zeros + 1023;
    if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 &&
        mantissa << shift == high)
        mantissa &= ~(uint64_t)1; /* exactly halfway: to even */
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> 53) {
        mantissa >>= 1;
        binary++;
    }
    uint64_t bits = (mantissa & (((uint64_t)1 << 52) - 1)) | (uint64_t)binary << 52;
    memcpy(out, &bits, sizeof bits);
    return true;
}

/* The same, by one exact division where both sides are exact (Clinger 1990, "How to read floating
 * point numbers accurately", PLDI 25(6), doi:10.1145/93548.93557). `places` >= 0 digits stand
 * behind the mark. */
static inline bool fp_decimal_fraction(uint64_t digits, int places, double *out)
{
    if (digits >> 53 == 0 && places <= 22) {
        *out = (double)(int64_t)digits / fp_decimal_power[places];
        return true;
    }
    return fp_decimal_product(digits, -places, out);
}

#endif
