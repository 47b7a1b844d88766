#ifndef FP_STATS_CONTRAST_H
#define FP_STATS_CONTRAST_H

#include "base/arena.h"

/* Linear contrasts w'beta of estimates with a covariance matrix, one by one and together.
 * Method: standard error sqrt(w'Vw); joint Wald statistic b'(W V W')^- b with b = W beta, where
 * rows of W that follow from others count once. docs/methods/cox-prediction.md eq. 8 and 9. Source:
 * Rao 1973, sec. 4a.9.   Reference test: cox_contrasts. in    beta    p, finite        in  var  p x
 * p, finite in    weight  count x p, row after row out   estimate, se             count out chisq,
 * df                joint test; df = rank of the contrasts Errors: FP_NOMEM. Cost: O(count p^2 +
 * count^3). */
FP_MUST_USE fp_status fp_contrast_test(ptrdiff_t p, const double *beta, const double *var,
                                       ptrdiff_t count, const double *weight, fp_arena *scratch,
                                       double *estimate, double *se, double *chisq, ptrdiff_t *df,
                                       fp_err *err);

#endif
