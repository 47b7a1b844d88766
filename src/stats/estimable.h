#ifndef FP_STATS_ESTIMABLE_H
#define FP_STATS_ESTIMABLE_H

#include <stdbool.h>

#include "base/arena.h"

/* Which linear functions of coefficients can be estimated when some coefficients cannot.
 * Method: a column that follows from others, x_d = sum c_k x_k, gives the direction e_d - c in
 * which the fitted values do not change; w'beta can be estimated when w is orthogonal to all of
 *         these. A column that does not follow from the others (its coefficient tends to infinity)
 *         gives e_d: no function with weight on it.
 * Source: Searle 1971, Linear Models, sec. 5.4; as R's package estimability.
 * in    column   p of n
 * in    defined  p: the coefficient has an estimate
 * out   count    directions: columns that are not defined
 * out   basis    count x p, row after row; in `arena`
 * Errors: FP_NOMEM. Cost: O(n p^2), nothing where all are defined. */
FP_MUST_USE fp_status fp_estimable_basis(ptrdiff_t n, ptrdiff_t p, const double *const *column,
                                         const bool *defined, fp_arena *arena, ptrdiff_t *count,
                                         const double **basis, fp_err *err);
/* Whether the function with weights w (p) can be estimated. */
bool fp_estimable(ptrdiff_t p, ptrdiff_t count, const double *basis, const double *w);

#endif
