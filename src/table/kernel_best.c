#include "table/kernel_priv.h"

const fp_kernel *fp_kernel_best(int which)
{
#if defined(__x86_64__)
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
              __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (v4 && (which == 0 || which == 3))
        return &fp_kernel_v4;
    if (v3 && which != 1)
        return &fp_kernel_v3;
#else
    (void)which;
#endif
    return &fp_kernel_base;
}
