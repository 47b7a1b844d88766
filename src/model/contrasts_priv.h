#ifndef FP_MODEL_CONTRASTS_PRIV_H
#define FP_MODEL_CONTRASTS_PRIV_H

#include "model/contrasts.h"
#include "model/model_priv.h"

/* Contrasts of any model on their way into its result. */
typedef struct {
    ptrdiff_t p, count;
    const char *const *text; /* count: as written */
    const char *const *name; /* p: of the coefficients */
    double *weight;          /* count x p, row after row */
    bool *defined;           /* count: every coefficient in it has an estimate */
} fp_contrast_set;

/* Weights of the coefficients in "2*a - b": names as printed, or between backquotes; numbers, + - *
 * / and parentheses. out  weight  count, zero on entry.
 * Errors: FP_USAGE (cannot be read, with the character; a product of coefficients, a constant, no
 * coefficient), FP_INPUT (an unknown coefficient), FP_NOMEM. */
FP_MUST_USE fp_status fp_contrast_read(const char *text, ptrdiff_t count, const char *const *name,
                                       fp_arena *scratch, double *weight, fp_err *err);
/* Read them. Errors: as fp_contrasts_add. */
FP_MUST_USE fp_status fp_contrast_set_read(ptrdiff_t count, const char *const *text, ptrdiff_t p,
                                           const char *const *name, fp_arena *scratch,
                                           fp_contrast_set *out, fp_err *err);
/* Which are defined when these coefficients (p) are; a warning for one that is not. */
FP_MUST_USE fp_status fp_contrast_set_check(const fp_contrast_set *set, const bool *defined,
                                            fp_warnings *warnings, fp_err *err);
/* Statistic, p and interval of one. in  se  0 = none;  df  of t, NaN = normal, 0 or below = none */
fp_contrast fp_contrast_of(const char *text, double estimate, double se, double df, double level);
/* Hand them to a result with the test of all of them, which is missing where one of them has no p.
 * in  chisq, df  joint Wald statistic;  denominator  of F, NaN = chi-square */
void fp_contrast_set_put(const fp_contrast_set *set, const fp_contrast *contrasts, double chisq,
                         double df, double denominator, fp_result *result);

#endif
