#ifndef FP_STATS_FINEGRAY_PRIV_H
#define FP_STATS_FINEGRAY_PRIV_H

#include "stats/finegray.h"

enum { FP_FINEGRAY_CENSORED, FP_FINEGRAY_CAUSE, FP_FINEGRAY_OTHER };

/* The rows in the order of their times, and the grid of distinct times of the cause: elements
 * 1..times, element 0 stands before the first. Arrays over the grid have times + 1 elements; those
 * by group have them group after group. */
typedef struct {
    ptrdiff_t n, p, times;
    int32_t groups; /* of the censoring distribution */
    int threads;
    double *x;       /* n x p; centred; the variance leaves the influences of the rows here */
    double *mean;    /* p */
    int32_t *row;    /* n: row of the data */
    double *time;    /* n */
    int32_t *hi;     /* n: last element of the grid at or before the row's time */
    int32_t *group;  /* n */
    uint8_t *kind;   /* n */
    double *own;     /* n: G(X-) of the row's group; used where the kind is OTHER */
    double *deaths;  /* grid */
    double *shared;  /* grid x groups: deaths by group */
    double *present; /* grid x groups: G(t-); 0 after the last time of the group */
} fp_finegray_rows;

/* Sums at one beta. r is exp(eta - shift). */
typedef struct {
    double *r, *v; /* n; v: cumulative hazard that a row has been under, eq. 10 */
    double *s0;    /* grid */
    double *step;  /* grid: d / S0 */
    double *ahead; /* grid x groups: sum over later times of G(t-) d / S0 */
    double *mean;  /* grid x p: S1 / S0 */
    double *part;  /* chunks x (p + p p) */
    double *base;  /* p: diagonal of the first part of the information */
    double *score; /* p */
    double *info;  /* p x p, full */
    double *left;  /* groups x p: scratch of the columns */
    double loglik;
} fp_finegray_sums;

#define FP_FINEGRAY_CHUNK ((ptrdiff_t)4096)
static inline long fp_finegray_chunks(ptrdiff_t n)
{
    return (long)((n + FP_FINEGRAY_CHUNK - 1) / FP_FINEGRAY_CHUNK);
}

/* Sort the rows and estimate G. Errors: FP_ARG, FP_NOMEM. */
FP_MUST_USE fp_status fp_finegray_rows_create(const fp_survdata *data, int32_t cause, ptrdiff_t p,
                                              const double *x, int threads, fp_arena *arena,
                                              fp_finegray_rows *rows, fp_err *err);
FP_MUST_USE fp_status fp_finegray_sums_create(const fp_finegray_rows *rows, fp_arena *arena,
                                              fp_finegray_sums *sums, fp_err *err);
/* r, s0, v and the log pseudo-likelihood at beta (p; NaN counts as 0). eq. 9 and 10. */
void fp_finegray_scalar(const fp_finegray_rows *rows, const double *beta, fp_finegray_sums *sums);
/* Score and information; fp_finegray_scalar() before it. eq. 10 and 11. */
void fp_finegray_derive(const fp_finegray_rows *rows, fp_finegray_sums *sums);
/* Put the influence of every row on the score in rows->x, then the sandwich in `robust` (p x p).
 * inverse: p x p. eq. 12. Gives the number of clusters with rows, 0 without clusters. */
FP_MUST_USE fp_status fp_finegray_variance(fp_finegray_rows *rows, const fp_finegray_sums *sums,
                                           const int32_t *cluster, ptrdiff_t clusters,
                                           const double *inverse, double *robust,
                                           ptrdiff_t *with_rows, fp_err *err);

#endif
