#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "model/result_text_priv.h"

static fp_status put_alpha(const fp_result *result, fp_buf *out, fp_err *err)
{
    char text[40];
    fp_buf_printf(out, "\nWorking correlation %s", result->corr);
    for (ptrdiff_t k = 0; k < result->alpha_count; k++) {
        fp_num_format(result->alpha[k], 4, &fp_numstyle_plain, text, sizeof text);
        fp_buf_printf(out, "%s%s", k ? (k % 10 ? ", " : ",\n  ") : ": ", text);
    }
    fp_num_format(result->scale, 4, &fp_numstyle_plain, text, sizeof text);
    fp_buf_printf(out, "\nScale %s", text);
    fp_num_format(result->qic, 3, &fp_numstyle_plain, text, sizeof text);
    fp_buf_printf(out, ", QIC %s\n", text);
    return fp_buf_ok(out, err);
}

fp_status fp_text_gee(const fp_result *result, fp_arena *scratch, fp_buf *out, fp_err *err)
{
    char title[128];
    (void)snprintf(title, sizeof title, "Generalised estimating equations, %s family, %s link",
                   result->family, result->link);
    fp_text_head(result, title, out);
    if (result->term_count)
        FP_TRY(fp_text_coefficients(result, scratch, out, err));
    if (result->small_sample && result->term_count)
        FP_TRY(fp_text_small_sample(result, scratch, out, err));
    FP_TRY(fp_text_term_tests(result, scratch, out, err));
    return isfinite(result->scale) ? put_alpha(result, out, err) : fp_buf_ok(out, err);
}
