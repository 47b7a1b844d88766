/* The sums of one Newton step over the deaths of a trial, eight deaths side by side: eq. 5 of
 * docs/methods/power.md. Compiled once for every kind of processor, without fused steps: the same
 * bits on all of them. */
#include <string.h>

#include "stats/power_priv.h"

#ifndef FP_POWER_KERNEL
#define FP_POWER_KERNEL fp_power_sums_base
#endif

typedef double eight __attribute__((vector_size(64)));

/* Eight neighbours, and their sum: macros, because a function that takes or gives such a vector has
 * another calling convention on every kind of processor. */
#define LOAD(to, from) memcpy(&(to), (from), sizeof(to))
#define TOTAL(v)       ((((v)[0] + (v)[4]) + ((v)[2] + (v)[6])) + (((v)[1] + (v)[5]) + ((v)[3] + (v)[7])))

/* `arms` is a constant where this is inlined. */
static inline __attribute__((always_inline)) void sums(int32_t arms, const double *w,
                                                       const double *sub, ptrdiff_t stride,
                                                       const double *mask, ptrdiff_t length,
                                                       double *one, double *two)
{
    eight first[FP_POWER_ARMS] = {0}, second[FP_POWER_ARMS * FP_POWER_ARMS] = {0};
    for (ptrdiff_t s = 0; s < length; s += 8) {
        eight n[FP_POWER_ARMS], risk = {0}, u;
        for (int32_t g = 0; g < arms; g++) {
            LOAD(n[g], sub + g * stride + s);
            risk += w[g] * n[g];
        }
        LOAD(u, mask + s);
        u /= risk;
        for (int32_t g = 0; g < arms; g++) {
            eight share = n[g] * u;
            first[g] += share;
            for (int32_t h = 0; h <= g; h++)
                second[g * FP_POWER_ARMS + h] += share * (n[h] * u);
        }
    }
    for (int32_t g = 0; g < arms; g++) {
        one[g] = TOTAL(first[g]);
        for (int32_t h = 0; h <= g; h++)
            two[g + h * arms] = TOTAL(second[g * FP_POWER_ARMS + h]);
    }
}

void FP_POWER_KERNEL(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                     const double *mask, ptrdiff_t length, double *one, double *two);
void FP_POWER_KERNEL(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                     const double *mask, ptrdiff_t length, double *one, double *two)
{
    if (arms == 2)
        sums(2, w, sub, stride, mask, length, one, two);
    else if (arms == 4)
        sums(4, w, sub, stride, mask, length, one, two);
    else
        sums(arms, w, sub, stride, mask, length, one, two);
}
