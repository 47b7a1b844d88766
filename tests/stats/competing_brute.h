#ifndef FP_TEST_COMPETING_BRUTE_H
#define FP_TEST_COMPETING_BRUTE_H

#include "stats/survdata.h"

/* The same estimates by loops over all pairs of rows, straight from the formulas of
 * docs/methods/competing-events.md: slow, and nothing shared with the code under test. Made for
 * at most BRUTE_ROWS rows. */
enum { BRUTE_ROWS = 64, BRUTE_TERMS = 3, BRUTE_GROUPS = 4 };

/* F_1, F_2 and their standard errors just after `time`. */
void brute_cif(const fp_survdata *data, double time, double cif[2], double se[2]);

/* Gray's score (groups) and its variance (groups x groups). */
void brute_gray(const fp_survdata *data, int32_t cause, const int32_t *group, int32_t groups,
                double rho, double *score, double *var);

/* Score, information and sum of squared influences of Fine & Gray's model at beta: p, p x p, p x p.
 * cluster NULL = every row its own. */
void brute_finegray(const fp_survdata *data, int32_t cause, ptrdiff_t p, const double *x,
                    const int32_t *cluster, const double *beta, double *score, double *info,
                    double *meat);

#endif
