#include "stats/contrast.h"

#include <math.h>

#include "stats/dense_priv.h"

/* A contrast that follows from others has a pivot of rounding: R's tolerance for rank. */
#define RANK_TOLERANCE 1e-10

static double product(ptrdiff_t p, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        sum += a[j] * b[j];
    return sum;
}

static fp_status run(ptrdiff_t p, const double *beta, const double *var, ptrdiff_t count,
                     const double *weight, fp_arena *scratch, double *estimate, double *se,
                     double *chisq, ptrdiff_t *df, fp_err *err)
{
    double *cross, *side, *solved; /* count x count; p; count */
    FP_ARRAY(cross, scratch, count * count, err);
    FP_ARRAY(side, scratch, p, err);
    FP_ARRAY(solved, scratch, count, err);
    for (ptrdiff_t k = 0; k < count; k++) {
        const double *w = weight + k * p;
        for (ptrdiff_t j = 0; j < p; j++)
            side[j] = product(p, var + j * p, w); /* V is symmetric */
        for (ptrdiff_t l = 0; l < count; l++)
            cross[l + k * count] = product(p, weight + l * p, side);
        estimate[k] = solved[k] = product(p, w, beta);
        se[k] = sqrt(fmax(cross[k + k * count], 0));
    }
    *df = fp_chol(cross, count, NULL, RANK_TOLERANCE, NULL);
    fp_chol_solve(cross, count, solved);
    *chisq = product(count, solved, estimate);
    return FP_OK;
}

fp_status fp_contrast_test(ptrdiff_t p, const double *beta, const double *var, ptrdiff_t count,
                           const double *weight, fp_arena *scratch, double *estimate, double *se,
                           double *chisq, ptrdiff_t *df, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(scratch);
    fp_status status = run(p, beta, var, count, weight, scratch, estimate, se, chisq, df, err);
    fp_arena_rewind(scratch, mark);
    return status;
}
