#ifndef FP_STATS_REGRESSION_PRIV_H
#define FP_STATS_REGRESSION_PRIV_H

#include "base/parallel.h"
#include "stats/cox_kernel_priv.h"
#include "stats/regression.h"

/* Work on the rows in blocks of FP_COX_BLOCK, in the vector loops of the kernel. */
enum { FP_REG_BLOCK = FP_COX_BLOCK, FP_REG_LD = FP_COX_LD, FP_REG_FRONT = 64 };

/* What every block needs to know. Columns are centred where there is an intercept: all that is
 * summed in blocks is in the centred parametrisation, fp_reg_beta_out() and fp_reg_var_out() go
 * back to that of the caller. */
typedef struct {
    const fp_regression *data;
    const fp_cox_kernel *kernel;
    double *mean; /* p: what is taken off each column */
} fp_reg;

/* One block at some coefficients: row i of the block at [i]; rows up to a multiple of 8 hold 0. */
typedef struct {
    ptrdiff_t rows;
    double *z;        /* p x FP_REG_LD, column-major: the centred columns; FP_REG_FRONT finite
                         numbers before it */
    double *eta;      /* linear predictor, offset included */
    double *mu;       /* mean */
    double *ratio;    /* slope / V(mu), slope = d mu / d eta */
    double *v;        /* working weight w slope^2 / V */
    double *u;        /* w (y - mu) slope / V: the score is sum u z */
    double *expo;     /* room */
    double *deviance; /* sum of the block: [0] deviance, [1] Pearson; filled where asked */
} fp_reg_block;

/* Errors: FP_ARG (no rows, a link that the family has not), FP_INPUT (a column that is not finite
 * or reaches FP_COX_LARGEST), FP_NOMEM. Cost: O(n p). */
FP_MUST_USE fp_status fp_reg_create(const fp_regression *data, fp_arena *arena, fp_reg *reg,
                                    fp_err *err);
FP_MUST_USE fp_status fp_reg_block_create(ptrdiff_t p, fp_arena *arena, fp_reg_block *block,
                                          fp_err *err);
/* Rows first..first + rows - 1 at centred coefficients `beta`; NULL: at the starting means, with u
 * so that sum u z = X'W (working response - offset). False where a mean is outside the family. */
bool fp_reg_block_at(const fp_reg *reg, const double *beta, ptrdiff_t first, ptrdiff_t rows,
                     fp_reg_block *block);
/* Coefficients and covariance (p x p) from the centred parametrisation to the caller's, in place;
 * NaN coefficients (dropped) count as 0 and stay NaN. */
void fp_reg_beta_out(const fp_reg *reg, double *beta);
void fp_reg_beta_in(const fp_reg *reg, double *beta);
void fp_reg_var_out(const fp_reg *reg, double *var, double *work);
/* y and weight of a row. */
static inline double fp_reg_weight(const fp_regression *data, ptrdiff_t i)
{
    return data->weight ? data->weight[i] : 1;
}

#endif
