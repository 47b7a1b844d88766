#ifndef FP_STATS_GLM_ROBUST_H
#define FP_STATS_GLM_ROBUST_H

#include "stats/glm.h"
#include "stats/sandwich.h"

typedef enum { FP_HC0, FP_HC1, FP_HC2, FP_HC3 } fp_hc;

/* Covariance that is robust to unequal variances, every row on its own.
 * Method: B (sum f_i u_i^2 x_i x_i') B, B = (X'WX)^-1, u_i the score factor of row i; f = 1, n / (n
 * - rank), 1 / (1 - h_i), 1 / (1 - h_i)^2, h_i = v_i x_i' B x_i (docs/methods/glm.md eq. 6).
 * Source: MacKinnon & White 1985, doi 10.1016/0304-4076(85)90158-7; R's sandwich::vcovHC.
 * out  var  p x p, in `arena`; 0 in aliased rows. NaN where h_i = 1 under HC2 and HC3.
 * Errors: FP_NOMEM. Cost: O(n p^2). */
FP_MUST_USE fp_status fp_glm_robust(const fp_regression *data, const fp_glm_fit *fit, fp_hc kind,
                                    fp_arena *arena, const double **var, fp_err *err);

/* What the corrected sandwiches need of the clusters, in the scale of the dispersion.
 * in   cluster  n, 0..slots - 1
 * out  parts    in `arena`; df is not set
 * Errors: FP_NOMEM. Cost: O(n p^2), 8 slots (p + p^2) bytes. */
FP_MUST_USE fp_status fp_glm_cluster_parts(const fp_regression *data, const fp_glm_fit *fit,
                                           const int32_t *cluster, ptrdiff_t slots, fp_arena *arena,
                                           fp_cluster_parts *parts, fp_err *err);

/* Bias-reduced linearisation (CR2) with Satterthwaite degrees of freedom, a number a coefficient.
 * Method: with the working weights as true, A_j = (I - H_jj)^-1/2 in the scale of the weighted
 * rows; everything by p x p matrices: V = L L', eigenvalues D of L'Om_j L, A_j X_j L = X_j L U (I -
 *         D)^-1/2 U' (docs/methods/glm.md eq. 7-9). A
 *         cluster that decides a coefficient alone (D = 1) takes the generalised inverse.
 * Source: Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, doi 10.1080/07350015.2016.1247004;
 *         clubSandwich (target: the weights).   Reference test: lm_dietox_cr2.
 * in   parts  bread positive definite but for dropped coefficients
 * out  var    p x p;  df  p, NaN where dropped; in `arena`
 * Errors: FP_NOMEM. Cost: O(J p^3). */
FP_MUST_USE fp_status fp_sandwich_cr2(const fp_cluster_parts *parts, fp_arena *arena,
                                      const double **var, const double **df, fp_err *err);

#endif
