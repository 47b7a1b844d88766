#include "stats/estimable.h"

#include <math.h>

#include "stats/dense_priv.h"

/* R's tolerance for rank; that of a weight as in R's package estimability. */
#define RANK_TOLERANCE   1e-10
#define WEIGHT_TOLERANCE 1e-8

static double product(ptrdiff_t n, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The direction of one column from the factor of the products of those that are defined. */
static void direction(ptrdiff_t n, ptrdiff_t p, const double *const *column, const bool *defined,
                      ptrdiff_t d, const double *chol, double *out)
{
    double own = product(n, column[d], column[d]), explained = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        out[j] = defined[j] ? product(n, column[j], column[d]) : 0;
    fp_chol_solve(chol, p, out);
    for (ptrdiff_t j = 0; j < p; j++)
        explained += defined[j] ? out[j] * product(n, column[j], column[d]) : 0;
    bool follows = own - explained <= 1e-8 * own;
    for (ptrdiff_t j = 0; j < p; j++)
        out[j] = follows && defined[j] ? -out[j] : 0;
    out[d] = 1;
}

fp_status fp_estimable_basis(ptrdiff_t n, ptrdiff_t p, const double *const *column,
                             const bool *defined, fp_arena *arena, ptrdiff_t *count,
                             const double **basis, fp_err *err)
{
    ptrdiff_t missing = 0;
    double *out, *chol;
    bool *keep;
    for (ptrdiff_t j = 0; j < p; j++)
        missing += !defined[j];
    FP_ARRAY(out, arena, missing * p, err);
    *count = missing;
    *basis = out;
    if (missing == 0)
        return FP_OK;
    FP_ARRAY(chol, arena, p * p, err);
    FP_ARRAY(keep, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        keep[j] = defined[j];
        for (ptrdiff_t i = j; i < p; i++)
            if (defined[i] && defined[j])
                chol[i + j * p] = chol[j + i * p] = product(n, column[i], column[j]);
    }
    (void)fp_chol(chol, p, NULL, RANK_TOLERANCE, keep);
    for (ptrdiff_t d = 0; d < p; d++)
        if (!defined[d]) {
            direction(n, p, column, defined, d, chol, out);
            out += p;
        }
    return FP_OK;
}

bool fp_estimable(ptrdiff_t p, ptrdiff_t count, const double *basis, const double *w)
{
    double size = sqrt(product(p, w, w));
    for (ptrdiff_t k = 0; k < count; k++) {
        const double *b = basis + k * p;
        if (fabs(product(p, b, w)) > WEIGHT_TOLERANCE * size * sqrt(product(p, b, b)))
            return false;
    }
    return true;
}
