#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/glm_robust.h"

typedef struct {
    ptrdiff_t p, k; /* coefficients; those that are not dropped */
    ptrdiff_t *at;  /* k: their places */
    double *root;   /* k x k: L, V = L L' */
    double *g;      /* k x k: L'Om L, then destroyed */
    double *value, *vector, *turned, *w, *h, *work;
    double *adjust; /* k x k: M = U (I - D)^-1/2 U' */
    double *meat;   /* k x k: of the adjusted scores */
    double *alpha;  /* p: sum over clusters of a - h'h */
    double *square; /* p: sum of a (a - 2 h'h) */
    double *cross;  /* k x k a coefficient: sum of h h' */
} cr2;

static fp_status create(cr2 *c, const fp_cluster_parts *parts, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = parts->p;
    double **square[] = {&c->root, &c->g, &c->vector, &c->adjust, &c->meat, &c->work, &c->turned};
    double **vector[] = {&c->value, &c->w, &c->h, &c->alpha, &c->square};
    c->p = p;
    FP_ARRAY(c->at, arena, p, err);
    for (size_t i = 0; i < sizeof square / sizeof *square; i++)
        FP_ARRAY(*square[i], arena, p * p, err);
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        FP_ARRAY(*vector[i], arena, p, err);
    FP_ARRAY(c->cross, arena, p * p * p, err);
    for (ptrdiff_t j = 0; j < p; j++)
        if (parts->bread[j + j * p] > 0)
            c->at[c->k++] = j;
    return FP_OK;
}

/* L of V = L L', lower triangular, on the coefficients that are there. */
static void take_root(cr2 *c, const double *v)
{
    ptrdiff_t k = c->k;
    for (ptrdiff_t j = 0; j < k; j++)
        for (ptrdiff_t i = 0; i < k; i++)
            c->root[i + j * k] = v[c->at[i] + c->at[j] * c->p];
    (void)fp_chol(c->root, k, NULL, 0, NULL);
    for (ptrdiff_t j = 0; j < k; j++) {
        double d = sqrt(c->root[j + j * k]);
        for (ptrdiff_t i = 0; i < k; i++)
            c->root[i + j * k] = i < j ? 0 : i == j ? d : c->root[i + j * k] * d;
    }
}

/* out = A' B or A B, k x k. */
static void product(ptrdiff_t k, const double *a, bool transpose, const double *b, double *out)
{
    for (ptrdiff_t j = 0; j < k; j++)
        for (ptrdiff_t i = 0; i < k; i++) {
            double sum = 0;
            for (ptrdiff_t l = 0; l < k; l++)
                sum += (transpose ? a[l + i * k] : a[i + l * k]) * b[l + j * k];
            out[i + j * k] = sum;
        }
}

/* G = L'Om L in `turned`, M in `adjust`. */
static void adjust(cr2 *c, const double *omega)
{
    ptrdiff_t k = c->k;
    for (ptrdiff_t j = 0; j < k; j++)
        for (ptrdiff_t i = 0; i < k; i++)
            c->g[i + j * k] = omega[c->at[i] + c->at[j] * c->p];
    product(k, c->g, false, c->root, c->work);
    product(k, c->root, true, c->work, c->turned);
    memcpy(c->g, c->turned, (size_t)(k * k) * sizeof *c->g);
    fp_eigen_symmetric(c->g, k, c->value, c->vector);
    for (ptrdiff_t j = 0; j < k; j++) {
        double left = 1 - c->value[j], f = left > 1e-10 ? 1 / sqrt(left) : 0;
        for (ptrdiff_t i = 0; i < k; i++)
            c->work[j + i * k] = f * c->vector[i + j * k];
    }
    product(k, c->vector, false, c->work, c->adjust);
}

/* w = M L'e of coefficient j: eq. 8. */
static void add_freedom(cr2 *c, ptrdiff_t j)
{
    ptrdiff_t k = c->k;
    double a = 0, hh = 0;
    for (ptrdiff_t i = 0; i < k; i++) {
        c->w[i] = 0;
        for (ptrdiff_t l = 0; l <= j; l++)
            c->w[i] += c->adjust[i + l * k] * c->root[j + l * k];
    }
    for (ptrdiff_t i = 0; i < k; i++) {
        c->h[i] = 0;
        for (ptrdiff_t l = 0; l < k; l++)
            c->h[i] += c->turned[i + l * k] * c->w[l];
        a += c->h[i] * c->w[i];
        hh += c->h[i] * c->h[i];
    }
    c->alpha[j] += a - hh;
    c->square[j] += a * a - 2 * a * hh;
    double *cross = c->cross + j * k * k;
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t l = 0; l < k; l++)
            cross[l + i * k] += c->h[l] * c->h[i];
}

static void add_score(cr2 *c, const fp_cluster_parts *parts, ptrdiff_t cluster)
{
    ptrdiff_t k = c->k;
    for (ptrdiff_t i = 0; i < k; i++) {
        c->w[i] = 0;
        for (ptrdiff_t l = i; l < k; l++)
            c->w[i] += c->root[l + i * k] * parts->score[cluster + c->at[l] * parts->slots];
    }
    for (ptrdiff_t i = 0; i < k; i++) {
        c->h[i] = 0;
        for (ptrdiff_t l = 0; l < k; l++)
            c->h[i] += c->adjust[i + l * k] * c->w[l];
    }
    for (ptrdiff_t i = 0; i < k; i++)
        for (ptrdiff_t l = 0; l < k; l++)
            c->meat[l + i * k] += c->h[l] * c->h[i];
}

fp_status fp_sandwich_cr2(const fp_cluster_parts *parts, fp_arena *arena, const double **var,
                          const double **df, fp_err *err)
{
    ptrdiff_t p = parts->p;
    double *out, *freedom;
    cr2 c = {0};
    FP_ARRAY(out, arena, p * p, err);
    FP_ARRAY(freedom, arena, p, err);
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    FP_TRY(create(&c, parts, scratch, err));
    take_root(&c, parts->bread);
    for (ptrdiff_t j = 0; j < parts->slots; j++) {
        adjust(&c, parts->omega + j * p * p);
        add_score(&c, parts, j);
        for (ptrdiff_t i = 0; i < c.k; i++)
            add_freedom(&c, i);
    }
    product(c.k, c.root, false, c.meat, c.work);
    for (ptrdiff_t j = 0; j < p; j++)
        freedom[j] = FP_NUM_NAN;
    for (ptrdiff_t j = 0; j < c.k; j++) {
        double norm = 0;
        for (ptrdiff_t i = 0; i < c.k * c.k; i++)
            norm += c.cross[i + j * c.k * c.k] * c.cross[i + j * c.k * c.k];
        freedom[c.at[j]] = c.alpha[j] * c.alpha[j] / (c.square[j] + norm);
        for (ptrdiff_t i = 0; i < c.k; i++) {
            double sum = 0;
            for (ptrdiff_t l = 0; l <= j; l++)
                sum += c.work[i + l * c.k] * c.root[j + l * c.k];
            out[c.at[i] + c.at[j] * p] = sum;
        }
    }
    *var = out;
    *df = freedom;
    return FP_OK;
}
