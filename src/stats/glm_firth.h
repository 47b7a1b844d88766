#ifndef FP_STATS_GLM_FIRTH_H
#define FP_STATS_GLM_FIRTH_H

#include "stats/firth.h"
#include "stats/glm.h"

/* Fit a logistic regression with Firth's penalty: the maximum of log L + 1/2 log |I|, which is
 * finite where the outcomes are separated, and less biased in small samples.
 * Method: Fisher scoring with the modified score sum (w (y - mu) + h (1/2 - mu)) x, h the leverage
 *         of the row, steps of at most 5 a coefficient, halved while the penalised likelihood falls
 *         (docs/methods/glm.md eq. 10-12). Intervals and tests by its profile: restricted maxima
 *         with |I| of all coefficients, as logistf.
 * Source: Firth 1993, doi 10.1093/biomet/80.1.27; Heinze & Schemper 2002, doi 10.1002/sim.1047.
 * Reference test: glm_firth (maximised in R).
 * in    data    binomial, logit; weights count as trials    borrowed
 * in    plain   fp_glm() of it: says which columns are aliased
 * in    level   of the intervals, 0.95
 * out   fit     as fp_glm; bread is the inverse of I at the estimate, loglik the penalised one, aic
 *               NaN; in `arena`
 * out   part    in `arena`; both untouched on error
 * Errors:   FP_ARG (another family or link), FP_NOMEM.
 * Outcomes: FP_GLM_CONVERGED or FP_GLM_MAX_ITER.
 * Cost: O(n p^2) an iteration, some 20 for the fit and 200 p for the intervals. Thread-safe: yes.
 */
FP_MUST_USE fp_status fp_glm_firth(const fp_regression *data, const fp_glm_fit *plain, double level,
                                   fp_arena *arena, fp_glm_fit *fit, fp_firth_part *part,
                                   fp_err *err);

#endif
