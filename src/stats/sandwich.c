#include "stats/sandwich.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/cox_cluster_priv.h"
#include "stats/dense_priv.h"

/* docs/methods/few-clusters.md; the equation numbers are those of that page. */

#define BOUND   0.75 /* Fay & Graubard 2001, sec. 2.3 */
#define NOTHING 1e-8 /* of a coefficient's information: without the cluster nothing is left */

fp_small_sample fp_small_usual(ptrdiff_t clusters, double variation)
{
    if (clusters >= FP_FEW_CLUSTERS)
        return FP_SMALL_NONE;
    return variation < FP_CLUSTERS_ALIKE ? FP_SMALL_KC : FP_SMALL_MD;
}

typedef struct {
    const fp_cluster_parts *parts;
    fp_small_sample method;
    const double *bread;
    double *total;   /* p x p: sum of Om_j */
    double *pivot;   /* p: of the total's Cholesky factor */
    bool *estimated; /* p */
    double *h;       /* p x p: H_j, then I - H_j */
    double *u;       /* p */
    double *plain;   /* p: U_j as it is */
    double *meat;    /* p x p */
    double *work;    /* p x p */
    double *root;    /* p x p: K with V = K K' */
    double *vector;  /* p x p: eigenvectors */
    double *value;   /* p: eigenvalues */
    double *turned;  /* p */
} correction;

static void add_outer(const double *u, ptrdiff_t p, double *meat)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            meat[i + j * p] += u[i] * u[j];
}

/* I - H_j = (sum Om - Om_j) V has the signs of the information that is left without the cluster. */
static bool must_bound(correction *c, const double *omega)
{
    ptrdiff_t p = c->parts->p, kept = 0;
    for (ptrdiff_t i = 0; i < p * p; i++)
        c->work[i] = c->total[i] - omega[i];
    for (ptrdiff_t j = 0; j < p; j++)
        kept += c->estimated[j];
    return fp_chol(c->work, p, c->pivot, NOTHING, NULL) < kept;
}

/* K with V = K K'; columns of dropped coefficients are 0. */
static void make_root(correction *c)
{
    ptrdiff_t p = c->parts->p;
    memcpy(c->root, c->bread, (size_t)(p * p) * sizeof *c->root);
    (void)fp_chol(c->root, p, NULL, 0, NULL);
    for (ptrdiff_t j = 0; j < p; j++) {
        double d = sqrt(c->root[j + j * p]);
        for (ptrdiff_t i = 0; i < p; i++)
            c->root[i + j * p] = i < j ? 0 : i == j ? d : c->root[i + j * p] * d;
    }
}

/* out = a' v (transposed) or a v. */
static void times(const double *a, bool transposed, ptrdiff_t p, const double *v, double *out)
{
    for (ptrdiff_t i = 0; i < p; i++) {
        out[i] = 0;
        for (ptrdiff_t k = 0; k < p; k++)
            out[i] += (transposed ? a[k + i * p] : a[i + k * p]) * v[k];
    }
}

/* eq. 6: u <- (I - H_j)^-1 u with the eigenvalues of H_j, those of K' Om_j K, held at the bound
 * where they reach 1: sum Om  K Q (I - L)^-1 Q' K' u. */
static void solve_bounded(correction *c, const double *omega)
{
    ptrdiff_t p = c->parts->p;
    for (ptrdiff_t j = 0; j < p; j++)
        times(omega, false, p, c->root + j * p, c->work + j * p);
    for (ptrdiff_t j = 0; j < p; j++)
        times(c->root, true, p, c->work + j * p, c->h + j * p);
    fp_eigen_symmetric(c->h, p, c->value, c->vector);
    times(c->root, true, p, c->u, c->turned);
    times(c->vector, true, p, c->turned, c->u);
    for (ptrdiff_t i = 0; i < p; i++)
        c->u[i] /= 1 - (c->value[i] > 1 - 10 * NOTHING ? BOUND : c->value[i]);
    times(c->vector, false, p, c->u, c->turned);
    times(c->root, false, p, c->turned, c->u);
    memcpy(c->turned, c->u, (size_t)p * sizeof *c->u);
    times(c->total, false, p, c->turned, c->u);
}

/* u <- (I - H_j)^-1 u; false where elimination finds it singular after all. */
static bool solve_plain(correction *c)
{
    ptrdiff_t p = c->parts->p;
    for (ptrdiff_t i = 0; i < p * p; i++)
        c->work[i] = (i % (p + 1) == 0 ? 1.0 : 0.0) - c->h[i];
    memcpy(c->turned, c->u, (size_t)p * sizeof *c->u);
    if (!fp_lu_solve(c->work, p, c->turned, 1))
        return false;
    memcpy(c->u, c->turned, (size_t)p * sizeof *c->u);
    return true;
}

/* Add one cluster's corrected cross product; eq. 2 and 3. */
static void add_inverse(correction *c, const double *omega, bool *bounded)
{
    ptrdiff_t p = c->parts->p;
    memcpy(c->plain, c->u, (size_t)p * sizeof *c->u);
    if (*bounded || !solve_plain(c)) {
        *bounded = true;
        solve_bounded(c, omega);
    }
    if (c->method == FP_SMALL_MD) {
        add_outer(c->u, p, c->meat);
        return;
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            c->meat[i + j * p] += 0.5 * (c->u[i] * c->plain[j] + c->u[j] * c->plain[i]);
}

static void add_cluster(correction *c, ptrdiff_t k, bool *bounded)
{
    const fp_cluster_parts *parts = c->parts;
    ptrdiff_t p = parts->p;
    const double *omega = parts->omega + k * p * p;
    fp_multiply(omega, c->bread, p, c->h);
    for (ptrdiff_t j = 0; j < p; j++)
        c->u[j] = c->estimated[j] ? parts->score[k + j * parts->slots] : 0;
    *bounded = must_bound(c, omega);
    if (c->method == FP_SMALL_MD || c->method == FP_SMALL_KC) {
        add_inverse(c, omega, bounded);
        return;
    }
    if (c->method == FP_SMALL_FG) /* eq. 4 */
        for (ptrdiff_t j = 0; j < p; j++)
            c->u[j] /= sqrt(1 - fmin(BOUND, c->h[j + j * p]));
    add_outer(c->u, p, c->meat);
}

/* eq. 5: inflate the plain sandwich and add a multiple of V. */
static void inflate(const correction *c, double *var)
{
    const fp_cluster_parts *parts = c->parts;
    ptrdiff_t p = parts->p;
    double n = (double)parts->rows, clusters = (double)parts->clusters, rank = (double)parts->rank;
    double cc = (n - 1) * clusters / ((n - rank) * (clusters - 1)), trace = 0;
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = 0; i < p; i++)
            trace += c->bread[i + j * p] * c->meat[j + i * p];
    double phi = fmax(1, cc * trace / rank);
    double share = clusters > rank ? fmin(0.5, rank / (clusters - rank)) : 0.5;
    for (ptrdiff_t i = 0; i < p * p; i++)
        var[i] = cc * var[i] + share * phi * c->bread[i];
}

static fp_status create(correction *c, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = c->parts->p;
    FP_ARRAY(c->total, arena, p * p, err);
    FP_ARRAY(c->pivot, arena, p, err);
    FP_ARRAY(c->estimated, arena, p, err);
    FP_ARRAY(c->h, arena, p * p, err);
    FP_ARRAY(c->u, arena, p, err);
    FP_ARRAY(c->plain, arena, p, err);
    FP_ARRAY(c->meat, arena, p * p, err);
    FP_ARRAY(c->work, arena, p * p, err);
    FP_ARRAY(c->root, arena, p * p, err);
    FP_ARRAY(c->vector, arena, p * p, err);
    FP_ARRAY(c->value, arena, p, err);
    FP_ARRAY(c->turned, arena, p, err);
    return FP_OK;
}

/* Sum of Om_j with its pivots, V, and its root. */
static fp_status prepare(correction *c, fp_arena *arena, fp_err *err)
{
    const fp_cluster_parts *parts = c->parts;
    ptrdiff_t p = parts->p;
    for (ptrdiff_t k = 0; k < parts->slots; k++)
        for (ptrdiff_t i = 0; i < p * p; i++)
            c->total[i] += parts->omega[k * p * p + i];
    memcpy(c->work, c->total, (size_t)(p * p) * sizeof *c->work);
    (void)fp_chol(c->work, p, NULL, 0, NULL);
    for (ptrdiff_t j = 0; j < p; j++)
        c->pivot[j] = c->work[j + j * p];
    c->bread = parts->bread;
    if (!c->bread) {
        double *bread;
        FP_ARRAY(bread, arena, p * p, err);
        fp_chol_inverse(c->work, p, bread);
        c->bread = bread;
    }
    for (ptrdiff_t j = 0; j < p; j++)
        c->estimated[j] = c->bread[j + j * p] > 0;
    make_root(c);
    return FP_OK;
}

static fp_status run(correction *c, fp_arena *arena, double *var, bool *bounded,
                     ptrdiff_t *bounded_count, fp_err *err)
{
    const fp_cluster_parts *parts = c->parts;
    ptrdiff_t p = parts->p;
    FP_TRY(create(c, arena, err));
    FP_TRY(prepare(c, arena, err));
    for (ptrdiff_t k = 0; k < parts->slots; k++) {
        add_cluster(c, k, &bounded[k]);
        *bounded_count += bounded[k];
    }
    fp_sandwich(c->bread, c->meat, p, c->work, var);
    if (c->method == FP_SMALL_MBN)
        inflate(c, var);
    for (ptrdiff_t i = 0; i < p * p && parts->clusters < 2; i++)
        var[i] = FP_NUM_NAN;
    return FP_OK;
}

fp_status fp_sandwich_correct(const fp_cluster_parts *parts, fp_small_sample method,
                              fp_arena *arena, fp_corrected *result, fp_err *err)
{
    fp_arena_point start = fp_arena_mark(arena);
    correction c = {.parts = parts, .method = method};
    fp_corrected out = {.method = method, .clusters = parts->clusters, .df = parts->df};
    double *var;
    bool *bounded;
    FP_ARRAY(var, arena, parts->p * parts->p, err);
    FP_ARRAY(bounded, arena, parts->slots, err);
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = run(&c, arena, var, bounded, &out.bounded, err);
    fp_arena_rewind(arena, status == FP_OK ? mark : start);
    if (status != FP_OK)
        return status;
    out.var = var;
    out.is_bounded = bounded;
    *result = out;
    return FP_OK;
}

/* A column that has one value in every cluster; member: some row of each. */
static bool constant_within(const double *x, ptrdiff_t n, const int32_t *cluster,
                            const int32_t *member)
{
    for (ptrdiff_t i = 0; i < n && cluster; i++)
        if (x[i] != x[member[cluster[i]]])
            return false;
    return true;
}

fp_status fp_cluster_freedom(ptrdiff_t n, ptrdiff_t p, const double *const *column,
                             const double *beta, const int32_t *cluster, ptrdiff_t slots,
                             fp_arena *arena, ptrdiff_t *clusters, double *df, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    ptrdiff_t constant = 0;
    int32_t *size, *member;
    FP_ARRAY(size, arena, cluster ? slots : 0, err);
    FP_ARRAY(member, arena, cluster ? slots : 0, err);
    *clusters = fp_cluster_count(n, cluster, size);
    for (ptrdiff_t i = 0; cluster && i < n; i++)
        member[cluster[i]] = (int32_t)i;
    for (ptrdiff_t j = 0; j < p; j++)
        constant += !(beta && isnan(beta[j])) && constant_within(column[j], n, cluster, member);
    *df = (double)(*clusters - 1 - constant);
    fp_arena_rewind(arena, mark);
    return FP_OK;
}
