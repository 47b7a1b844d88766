#ifndef FP_MODEL_SMALL_SAMPLE_PRIV_H
#define FP_MODEL_SMALL_SAMPLE_PRIV_H

#include "model/survival_priv.h"
#include "stats/sandwich.h"

/* The corrected standard errors of few clusters in the result of any model. */

/* The correction of that name; -1 = none. Errors: FP_USAGE (another name). */
FP_MUST_USE fp_status fp_small_method(const char *name, int *method, fp_err *err);

/* A robust or corrected standard error of no more than rounding beside the model's own: clusters
 * that are all alike say nothing of the precision. */
#define FP_NO_SPREAD 1e-8

typedef struct {
    const fp_cluster_parts *parts; /* p coefficients, slots = codes of the clusters */
    fp_small_sample method;
    double level;
    const char *const *column;        /* p */
    const double *estimate;           /* p */
    const bool *defined;              /* p: the coefficient has a finite estimate */
    const double *model_var;          /* p x p */
    const char *const *cluster_label; /* slots */
    /* to say that one cluster alone tells a term; n 0 = do not look */
    ptrdiff_t n;
    const double *const *x; /* p of n */
    const int32_t *cluster; /* n */
} fp_small_request;

/* small_sample, small_terms, small_covariance and the other corrections beside it in the result;
 * warnings: few clusters, no degrees of freedom, a method that depends on the coding, a term that
 * one cluster alone tells, clusters held at the bound.
 * Method: docs/methods/few-clusters.md. Errors: FP_NOMEM. Cost: O(J p^3) a method. */
FP_MUST_USE fp_status fp_small_add(const fp_small_request *request, fp_arena *arena,
                                   fp_warnings *warnings, fp_result *result, fp_err *err);

/* The same by bias-reduced linearisation (CR2), every coefficient on Satterthwaite's degrees of
 * freedom; MD, KC and MBN beside it. request->method is not looked at; parts->df is that of those
 * beside it. */
FP_MUST_USE fp_status fp_small_add_cr2(const fp_small_request *request, fp_arena *arena,
                                       fp_warnings *warnings, fp_result *result, fp_err *err);

#endif
