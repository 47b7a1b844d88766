#ifndef FP_STATS_LMM_PRIV_H
#define FP_STATS_LMM_PRIV_H

#include "stats/lmm.h"

/* Inside the mixed models: jets, the rows made ready, engines, the map of parameters. */

/* Inner loops are compiled for the wider vectors of newer processors too; lanes are summed one by
 * one, so the bits are the same. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FP_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FP_CLONES
#endif

/* ---- jets: a value with its first and second derivatives in k parameters ----
 * Order: the value; then for each parameter l its first derivative followed by the second ones in
 * (0,l) .. (l,l). The jet of the first k parameters is thus a prefix. */
static inline ptrdiff_t fp_jet_size(ptrdiff_t k)
{
    return 1 + k * (k + 3) / 2;
}
static inline ptrdiff_t fp_jet_first(ptrdiff_t l)
{
    return 1 + l * (l + 3) / 2;
}
static inline ptrdiff_t fp_jet_second(ptrdiff_t k, ptrdiff_t l)
{
    return k <= l ? fp_jet_first(l) + 1 + k : fp_jet_first(k) + 1 + l;
}
/* Place of (i, j) in a packed symmetric matrix, row by row of the lower triangle. */
static inline ptrdiff_t fp_packed(ptrdiff_t i, ptrdiff_t j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}
static inline ptrdiff_t fp_packed_size(ptrdiff_t r)
{
    return r * (r + 1) / 2;
}

/* out = a b in jets of k parameters (k = 0: the values alone); a: m x s, b: s x n column-major,
 * each jet one matrix after the other. transpose_a: a is s x m. */
void fp_jet_product(ptrdiff_t k, ptrdiff_t m, ptrdiff_t s, ptrdiff_t n, const double *a,
                    bool transpose_a, const double *b, double *out);
/* out = a^-1 and logdet = log|a| for a symmetric or general r x r jet whose value has a positive
 * determinant. work: 4 r^2. False where the value is singular. */
bool fp_jet_inverse(ptrdiff_t k, ptrdiff_t r, const double *a, double *out, double *logdet,
                    double *work);

/* ---- what an engine gives ---- */

/* M = A' V^-1 A and log|V| for A = [X y], q columns, as jets in the parameters psi. */
typedef struct {
    ptrdiff_t q, k;
    double *logdet; /* jet size */
    double *m;      /* jet size x packed q x q */
} fp_lmm_moments;

/* V = R(psi) + sum of Z_b Psi_b Z_b', relative to sigma^2; psi holds the parameters of R first,
 * then each block's covariance matrix packed row by row. `orders` 0, 2 or, where `average`, 1;
 * flat: second derivatives of R itself count as 0 (Kenward and Roger's linear form). */
typedef struct fp_lmm_engine fp_lmm_engine;
struct fp_lmm_engine {
    ptrdiff_t sample; /* rows of a part of the groups with which a fit may begin; 0 = none */
    bool sampling;    /* evaluate that part alone */
    bool average;     /* orders 1 leaves the second derivatives of log|V| out: average information
                         takes their place on the way; orders 2 costs as much as 1 + k of these */
    fp_status (*evaluate)(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                          fp_lmm_moments *out, fp_err *err);
    /* Crossed engines: effects K Z'(A v) of all blocks, group after group, and the diagonal of K.
     */
    fp_status (*modes)(fp_lmm_engine *engine, const double *psi, const double *v, double *effect,
                       double *variance, fp_err *err);
};

/* FP_OUTCOME, from evaluate() and modes(): a covariance matrix at these parameters is not positive.
 * The fit takes a shorter step. */
fp_status fp_lmm_not_positive(fp_err *err);

/* ---- rows made ready ---- */

/* The columns as the engines see them: kept columns of X less their means where there is an
 * intercept, y less its mean, random columns divided by their root mean square, everything times
 * the root of the weight. */
typedef struct {
    const fp_lmm_data *data;
    ptrdiff_t n, q;              /* kept columns of X, then y */
    int threads;                 /* 0 = all */
    const double *const *column; /* q */
    const double *shift;         /* q: taken off */
    const ptrdiff_t *kept;       /* q - 1: column of X */
    const double *root;          /* n: sqrt of the weight; NULL = 1 */
    double log_weight;           /* sum of log weight */
    double total;                /* sum of squares of y */
    const double *cross;         /* packed q: A'A */
    ptrdiff_t k, k_residual;     /* parameters: in all, of the residual */
    const ptrdiff_t *first;      /* blocks: its first parameter */
    const double *const *scale;  /* blocks x width: factor of each random column */
} fp_lmm_rows;

FP_MUST_USE fp_status fp_lmm_rows_make(const fp_lmm_data *data, int threads, fp_arena *arena,
                                       fp_lmm_rows *rows, bool *spread, fp_err *err);

/* Rows first..first+count-1 of A (q columns) into out, column c at out + c * count. */
void fp_lmm_rows_read(const fp_lmm_rows *rows, ptrdiff_t first, ptrdiff_t count, double *out);
/* The same of random column e of block b. */
void fp_lmm_rows_random(const fp_lmm_rows *rows, ptrdiff_t b, ptrdiff_t e, ptrdiff_t first,
                        ptrdiff_t count, double *out);

/* ---- nesting ---- */

/* Groupings of the blocks from the innermost outwards; parent[g] the group of the next level that
 * holds group g. */
typedef struct {
    int32_t groups;
    const int32_t *group; /* n */
    const int32_t *parent;
    ptrdiff_t width; /* effects of all its blocks together */
    ptrdiff_t blocks;
    const ptrdiff_t *block; /* which */
} fp_lmm_level;

typedef struct {
    bool nested;
    ptrdiff_t levels; /* those of blocks; a residual structure's subjects are not among them */
    fp_lmm_level *level;
    const int32_t *parent; /* subjects: group of level 0 that holds the subject; NULL */
} fp_lmm_nest;

FP_MUST_USE fp_status fp_lmm_nesting(const fp_lmm_data *data, fp_arena *arena, fp_lmm_nest *nest,
                                     fp_err *err);

/* ---- engines ---- */

FP_MUST_USE fp_status fp_lmm_nested(const fp_lmm_rows *rows, const fp_lmm_nest *nest,
                                    fp_arena *arena, fp_lmm_engine **engine, fp_err *err);
FP_MUST_USE fp_status fp_lmm_dense(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_engine **engine,
                                   fp_err *err);

FP_MUST_USE fp_status fp_lmm_sparse(const fp_lmm_rows *rows, fp_arena *arena,
                                    fp_lmm_engine **engine, fp_err *err);

/* ---- parameters ---- */

/* psi and its derivatives in theta: lower triangles of the Cholesky factors of the blocks, and for
 * the residual those of docs/methods/lmm.md eq. 13. */
typedef struct {
    ptrdiff_t k;
    double *psi;    /* k */
    double *first;  /* k x k: d psi_i / d theta_j at i + j k */
    double *second; /* k x k x k: d2 psi_i / d theta_j d theta_l at i + (j + l k) k */
} fp_lmm_map;

FP_MUST_USE fp_status fp_lmm_map_create(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_map *map,
                                        fp_err *err);
void fp_lmm_map_at(const fp_lmm_rows *rows, const double *theta, fp_lmm_map *map);
void fp_lmm_map_start(const fp_lmm_rows *rows, double *theta);
/* Jets of R(psi), waves x waves, in the k_residual parameters. */
void fp_lmm_residual_jet(const fp_lmm_rows *rows, const double *psi, int orders, bool flat,
                         double *out);

/* ---- the fit in the engine's coordinates ---- */

typedef struct fp_lmm_criterion fp_lmm_criterion;

struct fp_lmm_core {
    fp_lmm_rows rows;
    fp_lmm_nest nest;
    fp_lmm_engine *engine;
    fp_lmm_map map;
    fp_lmm_moments moments; /* at theta */
    bool ml;
    ptrdiff_t q, p;       /* p = q - 1 */
    double *theta;        /* k */
    fp_lmm_criterion *at; /* there */
    fp_arena *arena;
};

/* v of the centred, kept columns as factor times a p x p of the data. */
void fp_lmm_uncentre(const fp_lmm_core *core, const double *v, double factor, double *out);

/* ---- the criterion at given moments ---- */

/* -2 log-likelihood with beta and sigma^2 profiled out, its parts and their derivatives in psi. */
struct fp_lmm_criterion {
    ptrdiff_t p, k;
    double given; /* sigma^2 to take instead of rss / free; 0 = none */
    double value, rss, sigma2;
    double *beta;    /* p */
    double *inverse; /* p x p: (X' V^-1 X)^-1 */
    double *first;   /* k: of log|V| [+ log|X'V^-1X|] + rss / sigma^2 */
    double *second;  /* k x k: of the same at fixed sigma */
    double *rss_first;
    double *slope; /* k of p x p: inverse times the derivative of X'V^-1X */
    double *work;
};

FP_MUST_USE fp_status fp_lmm_criterion_create(ptrdiff_t p, ptrdiff_t k, fp_arena *arena,
                                              fp_lmm_criterion *c, fp_err *err);
/* False where X'V^-1X is singular or the residual sum of squares is not above 0. */
/* orders 1: average information instead of the second derivatives. */
bool fp_lmm_criterion_at(const fp_lmm_rows *rows, bool ml, const fp_lmm_moments *m, int orders,
                         fp_lmm_criterion *c);
/* first and second in theta: gradient (k) and, at fixed sigma or with sigma profiled out, Hessian.
 */
void fp_lmm_chain(const fp_lmm_map *map, const fp_lmm_criterion *c, double profiled,
                  double *gradient, double *hessian);

/* The step -H^-1 g with every eigenvalue of H taken positive, no longer than radius. Returns how
 * much it promises. work  k + 2 k^2 */
double fp_lmm_newton_step(ptrdiff_t k, double radius, const double *gradient, const double *hessian,
                          double *step, double *work);

#endif
