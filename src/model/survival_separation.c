#include <math.h>

#include "model/separation_priv.h"
#include "model/survival_priv.h"
enum { DIVERGING_SE = 30 };

static double deviation_of(const double *x, ptrdiff_t n)
{
    double mean = 0, sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        mean += (x[i] - mean) / (double)(i + 1);
    for (ptrdiff_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)n);
}

fp_status fp_separation_find(const fp_design *design, const fp_cox_fit *fit, fp_arena *arena,
                             const bool **diverges, fp_err *err)
{
    bool *flag, any = false;
    ptrdiff_t largest = -1;
    double most = -1;
    FP_ARRAY(flag, arena, design->p, err);
    for (ptrdiff_t j = 0; j < design->p; j++) {
        if (isnan(fit->beta[j]))
            continue;
        double scale = deviation_of(design->columns[j], design->n);
        double se = sqrt(fit->var[j + j * design->p]) * scale;
        double size = fabs(fit->beta[j]) * scale;
        /* a variance of 0: the information on it was gone before the fit stopped */
        flag[j] = !(se > 0 && se <= DIVERGING_SE) || !isfinite(fit->beta[j]);
        any = any || flag[j];
        if (size > most) {
            most = size;
            largest = j;
        }
    }
    if (!any && largest >= 0)
        flag[largest] = true;
    *diverges = flag;
    return FP_OK;
}

fp_status fp_separation_warn(const fp_design *design, const fp_table *table, const fp_cox_fit *fit,
                             const bool *diverges, fp_warnings *warnings, fp_err *err)
{
    fp_separation separation = {.design = design,
                                .table = table,
                                .beta = fit->beta,
                                .diverges = diverges,
                                .event = design->event,
                                .what = "hazard ratio",
                                .is_ratio = true};
    return fp_separation_say(&separation, warnings, err);
}
