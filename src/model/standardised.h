#ifndef FP_MODEL_STANDARDISED_H
#define FP_MODEL_STANDARDISED_H

#include "model/common.h"
#include "model/result.h"

/* Standardised means, and their differences and ratios (g-computation). */

/* Add them for `count` variables to a result that has terms: result->standardised.
 * Method: the mean, over the rows used and their weights, of what the model says of every row with
 *         the variable set to a level, everything else (interactions and offset included) as that
 *         row has it; the second and later levels against the first. Standard errors by the delta
 *         method from the covariance behind the model's own p, with its degrees of freedom; the
 *         covariates of the rows are taken as they are (docs/methods/standardisation.md eq. 1-5).
 * Source: Robins 1986, doi 10.1016/0270-0255(86)90088-6; Localio, Margolis & Berlin 2007,
 *         doi 10.1016/j.jclinepi.2006.12.001.   Reference test: standardised.
 * in      table    that of the fit
 * in      common   that of the fit
 * in      name     count columns of the formula; factor(x) stands for x
 * in,out  result   untouched on error; warnings are added
 * Errors: FP_INPUT (a name that is no variable of the formula, a number with more than 20 values,
 *         one value), FP_NOMEM.
 * Outcomes: a mean that the data do not tell is NaN, with a warning.
 * Cost: O(n p) a level, and 8 n p bytes of scratch. */
FP_MUST_USE fp_status fp_standardised_add(const fp_table *table, const fp_model_common *common,
                                          ptrdiff_t count, const char *const *name, fp_arena *arena,
                                          fp_result *result, fp_err *err);

#endif
