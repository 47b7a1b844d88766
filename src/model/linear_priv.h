#ifndef FP_MODEL_LINEAR_PRIV_H
#define FP_MODEL_LINEAR_PRIV_H

#include "model/result.h"
#include "stats/lmm.h"

/* Linear functions of the coefficients of a regression on a mean, with the covariance and the
 * degrees of freedom that the model's own p rests on: corrected for few clusters where there is a
 * correction, of each function on its own in a mixed model. */
typedef struct {
    const fp_result *result;
    ptrdiff_t p;
    double *beta, *var; /* p; p x p: 0 where not defined */
    bool *defined;      /* p */
    double df;          /* but of a mixed model; infinite = normal */
    ptrdiff_t lost;     /* directions that cannot be estimated */
    const double *basis;
    double quantile_at; /* probability of the quantile of the bounds */
} fp_linear;

typedef struct {
    double value, se, df; /* df infinite = normal; NaN: no interval */
} fp_linear_value;

/* Of a result that has terms and a design; both must outlive it. Errors: FP_NOMEM. Cost: O(p^2),
 * O(n p^2) where a coefficient has no estimate. */
FP_MUST_USE fp_status fp_linear_open(const fp_result *result, fp_arena *arena, fp_linear *out,
                                     fp_err *err);
/* Whether the function with weights l (p) can be estimated. */
bool fp_linear_known(const fp_linear *from, const double *l);
/* `count` functions, row after row, whose weights on coefficients without an estimate count for
 * nothing; `out` (count) and `joint`, all together, may be NULL. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_linear_estimate(const fp_linear *from, ptrdiff_t count, const double *l,
                                         fp_linear_value *out, fp_lmm_joint *joint, fp_err *err);
/* Half the width of an interval; NaN where there is none. */
double fp_linear_reach(const fp_linear *from, fp_linear_value value);
/* p of value / se; NaN where there is none. */
double fp_linear_p(fp_linear_value value);

#endif
