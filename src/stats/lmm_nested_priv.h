#ifndef FP_STATS_LMM_NESTED_PRIV_H
#define FP_STATS_LMM_NESTED_PRIV_H

#include "stats/lmm_priv.h"

/* Nested groups. A unit is what is eliminated first: a group of the innermost level, or a subject
 * with a residual structure. Units of one pattern have the same design in the random effects, so
 * their sums of products lie together. */

/* The parameters of a level's covariance matrix, in the engine's own order (the residual's, then
 * level by level): parameter from + i is element (a, b). */
typedef struct {
    ptrdiff_t from, count;
    ptrdiff_t width;
    ptrdiff_t *a, *b; /* count, a >= b */
} fp_level_parameters;

/* A level above the units. */
typedef struct {
    int32_t groups;
    const int32_t *parent; /* NULL at the top */
    ptrdiff_t width;       /* of this level */
    ptrdiff_t rest;        /* width of the levels above it */
    fp_level_parameters parameters;
    double *at; /* groups x jet x (width + rest) x (width + rest + q): work */
} fp_upper_level;

/* What the units under one group of the level above have of one pattern. */
typedef struct {
    int32_t pattern;
    double count;
} fp_unit_cell;

typedef struct {
    fp_lmm_engine base;
    const fp_lmm_rows *rows;
    ptrdiff_t q, k;
    ptrdiff_t *outside; /* k: the engine's parameter as that of psi */
    bool structured;    /* units have a residual structure */
    ptrdiff_t local;    /* parameters of the units */
    fp_level_parameters unit_parameters;
    ptrdiff_t width; /* of a unit at most: random effects, or waves */
    ptrdiff_t above; /* random effects above the units */
    int32_t units;
    ptrdiff_t patterns;
    int32_t *size;         /* patterns: rows of the unit's matrix, <= width */
    int32_t *wave;         /* patterns x width: structured only */
    double *design;        /* patterns x packed width: Z'Z; not structured */
    double *up;            /* patterns x width x above */
    double *count;         /* patterns */
    double *product;       /* patterns x packed width x packed q; NULL = `sum` is used */
    double *sum;           /* units x width x q: Z'A of each unit, pattern = unit */
    const double *total;   /* packed q: A'A; NULL where structured */
    double *sample_total;  /* the same of the units of the sample */
    const int32_t *chosen; /* those units; NULL = none */
    ptrdiff_t chosen_count;
    /* units under the groups of the first level above */
    ptrdiff_t *cell_first; /* groups + 1 */
    fp_unit_cell *cell;
    double *cell_sum;    /* cells x width x q */
    double *upper_total; /* groups x above x (above + q); NULL where structured */
    ptrdiff_t uppers;
    fp_upper_level *upper;
    /* work */
    double *kernel;     /* patterns x jet x packed width */
    double *logdet, *m; /* jet; jet x packed q */
    double *work;
} fp_nested;

enum { FP_UNIT_LANES = 8 };

/* Inner loops are compiled for the wider vectors of newer processors too; lanes are summed one by
 * one, so the bits are the same. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FP_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FP_CLONES
#endif

/* Jets of K = (Psi^-1 + W)^-1 and of log|I + W Psi| for FP_UNIT_LANES units at once.
 * in   w      packed r x lanes
 * out  kernel jet x packed r x lanes;  logdet  jet x lanes;  work  7 r^2 lanes */
void fp_unit_kernel(const fp_level_parameters *p, const double *lambda, const double *w, int orders,
                    double *kernel, double *logdet, double *work);

/* sum += K times the products of P for FP_UNIT_LANES units: jet x packed q x lanes.
 * in  p  r x q x lanes;  kernel  jet x packed r x lanes;  both: packed r x lanes of work */
void fp_unit_products(ptrdiff_t jets, ptrdiff_t r, ptrdiff_t q, const double *p,
                      const double *kernel, double *both, double *sum);

/* Put the units into patterns and cells. */
FP_MUST_USE fp_status fp_nested_random(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                       fp_err *err);
FP_MUST_USE fp_status fp_nested_structured(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                           fp_err *err);
FP_MUST_USE fp_status fp_nested_evaluate(fp_lmm_engine *engine, const double *psi, int orders,
                                         bool flat, fp_lmm_moments *out, fp_err *err);

#endif
