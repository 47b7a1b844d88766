#ifndef FP_STATS_LMM_CROSSED_PRIV_H
#define FP_STATS_LMM_CROSSED_PRIV_H

#include "stats/lmm_priv.h"

/* What the two engines of crossed groups share, whatever they keep Z'Z in. */
typedef struct {
    const fp_lmm_rows *rows;
    ptrdiff_t q, k, r;  /* columns of A; parameters; random effects in all */
    ptrdiff_t *at;      /* blocks: its first effect; group by group */
    ptrdiff_t *element; /* k x 3: block, a, b of a parameter */
    double *lambda;     /* k: Cholesky factor of each block, packed as psi */
    double *p;          /* r x q: Z'A, for the engine to sum */
} fp_lmm_crossed;

FP_MUST_USE fp_status fp_lmm_crossed_make(const fp_lmm_rows *rows, fp_arena *arena,
                                          fp_lmm_crossed *c, fp_err *err);

/* Random effects of one row: their places and values. Returns how many there are. */
ptrdiff_t fp_lmm_crossed_effects(const fp_lmm_crossed *c, ptrdiff_t row, ptrdiff_t *place,
                                 double *value);

/* Factors of the blocks of psi. A pivot not above `tolerance` times its variance counts as 0, and
 * its column with it; standard deviations are at least `least`, so that they can be divided by. */
void fp_lmm_crossed_factor(fp_lmm_crossed *c, const double *psi, double tolerance, double least);

/* x = Lambda' x, or Lambda x, for `columns` columns of r, in place; all groups of a block share its
 * factor. */
void fp_lmm_crossed_times(const fp_lmm_crossed *c, bool transpose, ptrdiff_t columns, double *x);

/* to = E_k from, the derivative of Psi in parameter k, for matrices of r rows. */
void fp_lmm_crossed_element(const fp_lmm_crossed *c, ptrdiff_t k, ptrdiff_t columns,
                            const double *from, double *to);

/* Derivatives in parameter k of M = A'V^-1 A from u = Z'V^-1 A, y = E_h u for every h up to k (r x
 * q each, one after the other) and fy = Z'V^-1 Z E_k u. */
void fp_lmm_crossed_products(const fp_lmm_crossed *c, ptrdiff_t k, const double *u, const double *y,
                             const double *fy, fp_lmm_moments *out);

static inline double fp_lmm_dot(ptrdiff_t n, const double *a, const double *b)
{
    double sum = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

#endif
