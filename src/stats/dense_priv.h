#ifndef FP_STATS_DENSE_PRIV_H
#define FP_STATS_DENSE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

/* Small dense algebra, p x p column-major. No allocation: work arrays come from the caller. */

/* Generalised Cholesky A = L D L' of a symmetric matrix that may be singular, in place: the lower
 * triangle becomes L (unit diagonal not stored), the diagonal D. A column whose pivot is at most
 * tolerance * scale[j] is dropped: D = 0 and its column of L is 0. With `keep` given, columns that
 * are false there are dropped beforehand and on return it says which were kept.
 * scale: p, or NULL for the matrix's own diagonal. Returns the rank. */
ptrdiff_t fp_chol(double *a, ptrdiff_t p, const double *scale, double tolerance, bool *keep);
/* Solve A b = b in place with the factor; dropped columns give 0. */
void fp_chol_solve(const double *chol, ptrdiff_t p, double *b);
/* out = generalised inverse from the factor (0 in dropped rows and columns). */
void fp_chol_inverse(const double *chol, ptrdiff_t p, double *out);
/* b' A^- b with A overwritten by its factor and b untouched; work: p. Columns out of `keep` (NULL =
 * all) count as dropped. */
double fp_quadratic_inverse(double *a, ptrdiff_t p, const double *b, double tolerance,
                            const bool *keep, double *work);
/* b' A b over the columns of `keep`. */
double fp_quadratic(const double *a, ptrdiff_t p, const double *b, const bool *keep);
/* Solve the general A X = B for `columns` right sides in place by elimination with row exchange; A
 * is overwritten. False where A is singular to working precision. */
bool fp_lu_solve(double *a, ptrdiff_t p, double *b, ptrdiff_t columns);
/* out = A B. */
void fp_multiply(const double *a, const double *b, ptrdiff_t p, double *out);
/* out = A B A for symmetric A; work p x p. */
void fp_sandwich(const double *a, const double *b, ptrdiff_t p, double *work, double *out);
/* Eigenvalues and vectors (columns, of length 1) of a symmetric matrix, in no order, by Jacobi's
 * cyclic rotations (Golub & Van Loan 2013, sec. 8.5); a is overwritten. Cost: O(p^3) a sweep. */
void fp_eigen_symmetric(double *a, ptrdiff_t p, double *values, double *vectors);

#endif
