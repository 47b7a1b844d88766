#include "stats/power_priv.h"

void fp_power_sums_base(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                        const double *mask, ptrdiff_t length, double *one, double *two);
#ifdef FP_KERNEL_X86
void fp_power_sums_v3(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                      const double *mask, ptrdiff_t length, double *one, double *two);
void fp_power_sums_v4(int32_t arms, const double *w, const double *sub, ptrdiff_t stride,
                      const double *mask, ptrdiff_t length, double *one, double *two);
#endif

fp_power_sums_fn fp_power_sums_pick(void)
{
#ifdef FP_KERNEL_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return fp_power_sums_v4;
    if (__builtin_cpu_supports("avx2"))
        return fp_power_sums_v3;
#endif
    return fp_power_sums_base;
}
