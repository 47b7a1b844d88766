#ifndef FP_MODEL_MEANS_H
#define FP_MODEL_MEANS_H

#include "model/common.h"
#include "model/result.h"

/* Estimated means of any regression on a mean, and what compares them. */

/* What is compared, as bits. */
enum { FP_MEANS_DIFFERENCES = 1, FP_MEANS_CHANGES = 2, FP_MEANS_TRENDS = 4 };

typedef struct {
    const char *means; /* "arm | wave", "ips * pa | wave"; NULL = none */
    unsigned compare;  /* 0 = differences */
    bool observed; /* average over other factors as often as they occur; else all levels alike */
} fp_means_request;

/* The bits of "differences,changes,trends". Errors: FP_USAGE (another word). */
FP_MUST_USE fp_status fp_means_compare_read(const char *text, unsigned *compare, fp_err *err);

/* Add the estimated means asked for to a result that has terms: result->means.
 * Method: the model's linear predictor on a reference grid (every level of each factor, every other
 *         number at its mean over the rows used), averaged over the factors that are not named
 *         (docs/methods/estimated-means.md eq. 1-3); differences between the levels of what stands
 *         left of | at each level of what stands right of it, changes from the first level, linear
 *         trends over its numbers (eq. 4-6); joint tests (eq. 7); Holm's correction over all of one
 *         kind and effect; on the scale of the outcome by the delta method (eq. 8).
 *         Covariance and degrees of freedom are those behind the model's own p: corrected for few
 *         clusters where that is, of each linear function on its own in a mixed model.
 * Source: Searle, Speed & Milliken 1980, doi 10.1080/00031305.1980.10483031; as R's emmeans 1.8.4.
 * Reference test: model_means.
 * in      table    that of the fit
 * in      common   that of the fit
 * in      request  request->means NULL: nothing happens
 * in,out  result   untouched on error; warnings are added
 * Errors: FP_USAGE (the text of the request), FP_INPUT (a name that is no variable of the formula,
 *         too many levels or cells, a trend without numbers), FP_NOMEM.
 * Outcomes: a mean that the data do not tell is NaN, with a warning.
 * Cost: O(n variables + grid p + means^2 p^2). */
FP_MUST_USE fp_status fp_means_add(const fp_table *table, const fp_model_common *common,
                                   const fp_means_request *request, fp_arena *arena,
                                   fp_result *result, fp_err *err);

#endif
