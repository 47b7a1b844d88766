#include "stats/cox_kernel_priv.h"

extern const fp_cox_kernel fp_cox_kernel_base;
#ifdef FP_KERNEL_X86
extern const fp_cox_kernel fp_cox_kernel_v3, fp_cox_kernel_v4;
#endif

int fp_cox_kernel_list(const fp_cox_kernel *list[4])
{
    int count = 0;
    list[count++] = &fp_cox_kernel_base;
#ifdef FP_KERNEL_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        list[count++] = &fp_cox_kernel_v3;
    if (count == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        list[count++] = &fp_cox_kernel_v4;
#endif
    return count;
}

const fp_cox_kernel *fp_cox_kernel_pick(void)
{
    const fp_cox_kernel *list[4];
    return list[fp_cox_kernel_list(list) - 1];
}
