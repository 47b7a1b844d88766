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

enum { FP_UNIT_LANES = 8 };

/* Units of random effects, FP_UNIT_LANES side by side: number i of block b stands at
 * (b x size + i) x lanes, lane after lane. */
typedef struct {
    ptrdiff_t blocks;
    double *w;     /* packed width: Z'Z */
    double *p;     /* width x q: Z'A; NULL for patterns */
    double *count; /* 1: how many units are alike; 0 in lanes without one */
} fp_unit_set;

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
    int32_t *size;           /* patterns: rows of the unit's matrix, <= width */
    int32_t *wave;           /* patterns x width: structured only */
    double *up;              /* patterns x width x above */
    double *count;           /* patterns: structured only */
    fp_unit_set all, chosen; /* not structured: the patterns, and the units of the sample */
    double *product;         /* patterns x packed width x packed q; NULL: units are patterns */
    const double *total;     /* packed q: A'A; NULL where structured */
    double *sample_total;    /* the same of the units of the sample */
    /* units under the groups of the first level above */
    ptrdiff_t *cell_first; /* groups + 1 */
    fp_unit_cell *cell;
    double *cell_sum;    /* cells x width x q */
    double *upper_total; /* groups x above x (above + q); NULL where structured */
    ptrdiff_t uppers;
    fp_upper_level *upper;
    /* work */
    double *kernel;     /* patterns x jet x packed width; NULL = not needed twice */
    long pieces;        /* in which the units are passed */
    double *lanes;      /* of each piece */
    double *logdet, *m; /* jet; jet x packed q */
    double *work;
} fp_nested;

/* Jets of K = (Psi^-1 + W)^-1 and of log|I + W Psi| for FP_UNIT_LANES units at once.
 * in   w      packed r x lanes
 * out  kernel jet x packed r x lanes;  logdet  jet x lanes;  work  7 r^2 lanes */
void fp_unit_kernel(const fp_level_parameters *p, const double *lambda, const double *w, int orders,
                    double *kernel, double *logdet, double *work);

/* sum += K times the products of P for FP_UNIT_LANES units: jet x packed q x lanes.
 * in  p  r x q x lanes;  kernel  jet x packed r x lanes;  both: packed r x lanes of work */
void fp_unit_products(ptrdiff_t jets, ptrdiff_t r, ptrdiff_t q, const double *p,
                      const double *kernel, double *both, double *sum);

/* Equal keys of doubles get the same number. */
typedef struct {
    ptrdiff_t width; /* doubles of a key */
    ptrdiff_t slots, count;
    int32_t *slot;      /* index + 1; 0 = free */
    const double **key; /* count */
} fp_key_table;
FP_MUST_USE fp_status fp_key_table_create(ptrdiff_t most, ptrdiff_t width, fp_arena *arena,
                                          fp_key_table *table, fp_err *err);
int32_t fp_key_number(fp_key_table *table, const double *key);

/* The random columns of the levels, innermost first. */
typedef struct {
    ptrdiff_t count;
    ptrdiff_t *block, *effect;
} fp_random_columns;
FP_MUST_USE fp_status fp_nested_columns(const fp_nested *e, const fp_lmm_nest *nest,
                                        fp_arena *arena, fp_random_columns *list, fp_err *err);

/* product += the packed products of P (r x q, column-major) with itself: for effects u > v both
 * ways together. */
void fp_nested_products(ptrdiff_t r, ptrdiff_t q, const double *p, double *product);
/* Cells: for each group above, its units by pattern. sum: units, each size x q. */
FP_MUST_USE fp_status fp_nested_cells(fp_nested *e, const int32_t *parent, int32_t groups,
                                      const int32_t *pattern, const double *const *sum,
                                      fp_arena *arena, fp_err *err);
/* Put the units into patterns and cells. */
FP_MUST_USE fp_status fp_nested_random(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                       fp_err *err);
FP_MUST_USE fp_status fp_nested_structured(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                           fp_err *err);
/* psi of a level as a matrix, and its Cholesky factor; a pivot of 0 leaves a column of 0. */
void fp_nested_level_matrix(const fp_nested *e, const fp_level_parameters *p, const double *psi,
                            double *matrix, double *lambda);
/* What the units take off M and add to the log-determinant; their kernels where a level above needs
 * them. False where R is not positive. */
bool fp_nested_units(fp_nested *e, const double *psi, int orders, bool flat);
FP_MUST_USE fp_status fp_nested_units_room(fp_nested *e, fp_arena *arena, fp_err *err);
/* What the units leave to the groups of the first level above them, in jets of their parameters. */
void fp_nested_first_level(fp_nested *e, ptrdiff_t jets);
/* The levels above the units, one after the other. False where a matrix is not positive. */
bool fp_nested_levels(fp_nested *e, const double *psi, int orders);
FP_MUST_USE fp_status fp_nested_evaluate(fp_lmm_engine *engine, const double *psi, int orders,
                                         bool flat, fp_lmm_moments *out, fp_err *err);

#endif
