#ifndef FP_STATS_COX_KERNEL_PRIV_H
#define FP_STATS_COX_KERNEL_PRIV_H

#include <stddef.h>
#include <stdint.h>

/* The inner loops of the Cox model on one block of rows, compiled once for every kind of processor
 * (cox_kernel.c) and chosen when the program runs. A block holds up to FP_COX_BLOCK rows; its
 * column j begins at z + j FP_COX_LD. Rows beyond the last one up to a multiple of 8 are there and
 * hold 0. Whatever the processor, a row's result does not depend on its place in the block, so that
 * equal rows have equal linear predictors to the bit. */
enum { FP_COX_BLOCK = 256, FP_COX_LD = 264 };

typedef struct {
    const char *name;
    /* z (FP_COX_LD) = x - mean, then zeros. */
    void (*centre)(const double *x, double mean, ptrdiff_t rows, double *z);
    /* sum += sum of x - pilot; least and most of x. */
    void (*summary)(const double *x, double pilot, ptrdiff_t rows, double *sum, double *least,
                    double *most);
    /* eta (in and out, padded) += sum_j z_j beta_j. */
    void (*predict)(ptrdiff_t p, const double *z, const double *beta, ptrdiff_t rows, double *eta);
    /* r = weight exp(eta), to within 1 unit in the last place before the product; returns the
     * largest |eta|. eta and r padded, weight (NULL = 1) not. */
    double (*risk)(const double *eta, const double *weight, ptrdiff_t rows, double *r);
    /* Add r and r z of every row to row `segment` of a table with `stride` columns. */
    void (*scatter)(ptrdiff_t p, const double *z, const double *r, const int32_t *segment,
                    ptrdiff_t rows, ptrdiff_t stride, double *table);
    /* out_j += sum_i v_i z_ij. */
    void (*dot)(ptrdiff_t p, const double *z, const double *v, ptrdiff_t rows, double *out);
    /* mu = 1 / (1 + exp(-eta)) and v = mu (1 - mu), exact in both tails, |eta| beyond 700 as 700:
     * padded. */
    void (*logistic)(const double *eta, ptrdiff_t rows, double *mu, double *v);
    /* root = sqrt(v) with the sign of slope, working = u / v, 0 where v is 0: padded. */
    void (*whole)(const double *v, const double *u, const double *slope, ptrdiff_t rows,
                  double *root, double *working);
    /* out_ij = sum_k d_k,i z_(i - k)j, k = 0..bands - 1, for q columns of z and out, d_k from
     * d + k FP_COX_LD on: padded. Numbers before z are read, and d_k,i is 0 there. */
    void (*band)(ptrdiff_t q, const double *z, const double *d, ptrdiff_t bands, ptrdiff_t rows,
                 double *out);
    /* Numbers that `square` needs for its partial sums, zero at first. */
    ptrdiff_t (*square_room)(ptrdiff_t p);
    /* partial += z' diag(v) z. */
    void (*square)(ptrdiff_t p, const double *z, const double *v, ptrdiff_t rows, double *partial);
    /* out (p x p, lower triangle) += what the partial sums hold. */
    void (*square_sum)(ptrdiff_t p, const double *partial, double *out);
} fp_cox_kernel;

/* The best one that this processor runs. */
const fp_cox_kernel *fp_cox_kernel_pick(void);
/* All that were compiled and that this processor runs, the baseline first: for tests. Returns how
 * many. */
int fp_cox_kernel_list(const fp_cox_kernel *list[4]);

static inline ptrdiff_t fp_cox_padded(ptrdiff_t rows)
{
    return (rows + 7) / 8 * 8;
}

#endif
