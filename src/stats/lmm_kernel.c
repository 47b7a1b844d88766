#include <math.h>
#include <string.h>

#include "stats/lmm_nested_priv.h"

enum { L = FP_UNIT_LANES };

/* Into every clone, and with a constant r into each of its cases. */
#define ALWAYS    static inline __attribute__((always_inline))
#define EACH_LANE for (int l_ = 0; l_ < L; l_++)

/* The lanes as one vector; pieces of as many numbers as the processor takes at a time. */
typedef double vector __attribute__((vector_size(L * sizeof(double)), aligned(sizeof(double))));

static inline vector *at(double *x, ptrdiff_t i)
{
    return (vector *)(void *)(x + i * L);
}

static inline const vector *in(const double *x, ptrdiff_t i)
{
    return (const vector *)(const void *)(x + i * L);
}

/* x += a b, lane by lane. */
ALWAYS void add2(double *x, const double *a, const double *b)
{
    *at(x, 0) += *in(a, 0) * *in(b, 0);
}

/* x += sign a b c. */
ALWAYS void add3(double *x, double sign, const double *a, const double *b, const double *c)
{
    *at(x, 0) += sign * *in(a, 0) * *in(b, 0) * *in(c, 0);
}

/* s = I + Lambda' W Lambda, packed. */
ALWAYS void inner(ptrdiff_t r, const double *lambda, const double *w, double *t, double *s)
{
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++) {
            double *to = t + (i + j * r) * L;
            EACH_LANE to[l_] = 0;
            for (ptrdiff_t m = j; m < r; m++) {
                const double *from = w + fp_packed(i, m) * L;
                EACH_LANE to[l_] += from[l_] * lambda[m + j * r];
            }
        }
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double *to = s + fp_packed(i, j) * L;
            EACH_LANE to[l_] = i == j ? 1 : 0;
            for (ptrdiff_t m = i; m < r; m++)
                EACH_LANE to[l_] += lambda[m + i * r] * t[(m + j * r) * L + l_];
        }
}

/* Cholesky of s in place, and log of its determinant: one logarithm, for the pivots are 1 or more
 * and far from where a product of eight of them would overflow. */
ALWAYS void factor(ptrdiff_t r, double *s, double *logdet)
{
    EACH_LANE logdet[l_] = 1;
    for (ptrdiff_t j = 0; j < r; j++)
        for (ptrdiff_t i = j; i < r; i++) {
            double *to = s + fp_packed(i, j) * L;
            const double *d = s + fp_packed(j, j) * L;
            for (ptrdiff_t m = 0; m < j; m++)
                EACH_LANE to[l_] -= s[fp_packed(i, m) * L + l_] * s[fp_packed(j, m) * L + l_];
            if (i == j)
                EACH_LANE
                {
                    logdet[l_] *= to[l_];
                    to[l_] = sqrt(to[l_]);
                }
            else
                EACH_LANE to[l_] /= d[l_];
        }
    EACH_LANE logdet[l_] = log(logdet[l_]);
}

/* kernel = Lambda s^-1 Lambda', packed; x = chol(s)^-1 Lambda'. */
ALWAYS void close_kernel(ptrdiff_t r, const double *lambda, const double *s, double *x,
                         double *kernel)
{
    for (ptrdiff_t c = 0; c < r; c++)
        for (ptrdiff_t i = 0; i < r; i++) {
            double *to = x + (i + c * r) * L;
            EACH_LANE to[l_] = lambda[c + i * r];
            for (ptrdiff_t m = 0; m < i; m++)
                EACH_LANE to[l_] -= s[fp_packed(i, m) * L + l_] * x[(m + c * r) * L + l_];
            EACH_LANE to[l_] /= s[fp_packed(i, i) * L + l_];
        }
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double *to = kernel + fp_packed(i, j) * L;
            EACH_LANE to[l_] = 0;
            for (ptrdiff_t m = 0; m < r; m++)
                add2(to, x + (m + i * r) * L, x + (m + j * r) * L);
        }
}

/* g = I - K W, r x r; f = W g = W - W K W. */
ALWAYS void gains(ptrdiff_t r, const double *kernel, const double *w, double *g, double *f)
{
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++) {
            double *to = g + (i + j * r) * L;
            EACH_LANE to[l_] = i == j ? 1 : 0;
            for (ptrdiff_t m = 0; m < r; m++)
                EACH_LANE to[l_] -= kernel[fp_packed(i, m) * L + l_] * w[fp_packed(m, j) * L + l_];
        }
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++) {
            double *to = f + (i + j * r) * L;
            EACH_LANE to[l_] = 0;
            for (ptrdiff_t m = 0; m < r; m++)
                add2(to, w + fp_packed(i, m) * L, g + (m + j * r) * L);
        }
}

/* First derivative in element (a, b) of Psi: dK = G E G', d log = tr(F E). */
ALWAYS void first_of(ptrdiff_t r, ptrdiff_t a, ptrdiff_t b, const double *g, const double *f,
                     double *kernel, double *logdet)
{
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double *to = kernel + fp_packed(i, j) * L;
            EACH_LANE to[l_] = 0;
            add2(to, g + (i + a * r) * L, g + (j + b * r) * L);
            if (a != b)
                add2(to, g + (i + b * r) * L, g + (j + a * r) * L);
        }
    EACH_LANE logdet[l_] = (a == b ? 1 : 2) * f[(a + b * r) * L + l_];
}

/* One ordering of the second derivative: E_k = e_a e_b', E_l = e_c e_d'. */
ALWAYS void add_second(ptrdiff_t r, const ptrdiff_t *e, const double *g, const double *f,
                       double *kernel, double *logdet)
{
    ptrdiff_t a = e[0], b = e[1], c = e[2], d = e[3];
    const double *fda = f + (d + a * r) * L, *fbc = f + (b + c * r) * L;
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j <= i; j++) {
            double *to = kernel + fp_packed(i, j) * L;
            add3(to, -1, fda, g + (i + c * r) * L, g + (j + b * r) * L);
            add3(to, -1, fda, g + (j + c * r) * L, g + (i + b * r) * L);
        }
    EACH_LANE logdet[l_] -= fda[l_] * fbc[l_];
}

/* d2K = -(G E_l F E_k G' + its transpose), d2 log = -tr(F E_k F E_l). */
ALWAYS void second_of(const fp_level_parameters *p, ptrdiff_t r, ptrdiff_t k, ptrdiff_t l,
                      const double *g, const double *f, double *kernel, double *logdet)
{
    memset(kernel, 0, (size_t)(fp_packed_size(r) * L) * sizeof *kernel);
    memset(logdet, 0, L * sizeof *logdet);
    for (int s = 0; s < (p->a[k] == p->b[k] ? 1 : 2); s++)
        for (int t = 0; t < (p->a[l] == p->b[l] ? 1 : 2); t++) {
            ptrdiff_t e[4] = {s ? p->b[k] : p->a[k], s ? p->a[k] : p->b[k], t ? p->b[l] : p->a[l],
                              t ? p->a[l] : p->b[l]};
            add_second(r, e, g, f, kernel, logdet);
        }
}

/* r is a constant where it is called: the loops over it are unrolled. */
ALWAYS void products(ptrdiff_t jets, ptrdiff_t r, ptrdiff_t q, const double *p,
                     const double *kernel, double *both, double *sum)
{
    ptrdiff_t z = fp_packed_size(r), size = fp_packed_size(q);
    for (ptrdiff_t a = 0; a < q; a++)
        for (ptrdiff_t b = 0; b <= a; b++) {
            for (ptrdiff_t u = 0; u < r; u++)
                for (ptrdiff_t v = 0; v <= u; v++) {
                    vector both_ways = *in(p, u + a * r) * *in(p, v + b * r);
                    if (u != v)
                        both_ways += *in(p, v + a * r) * *in(p, u + b * r);
                    *at(both, fp_packed(u, v)) = both_ways;
                }
            for (ptrdiff_t j = 0; j < jets; j++) {
                vector part = *in(kernel, j * z) * *in(both, 0);
                for (ptrdiff_t i = 1; i < z; i++)
                    part += *in(kernel, j * z + i) * *in(both, i);
                *at(sum, j * size + fp_packed(a, b)) += part;
            }
        }
}

FP_CLONES void fp_unit_products(ptrdiff_t jets, ptrdiff_t r, ptrdiff_t q, const double *p,
                                const double *kernel, double *both, double *sum)
{
    double few[6 * L];
    if (r == 1)
        products(jets, 1, q, p, kernel, few, sum);
    else if (r == 2)
        products(jets, 2, q, p, kernel, few, sum);
    else if (r == 3)
        products(jets, 3, q, p, kernel, few, sum);
    else
        products(jets, r, q, p, kernel, both, sum);
}

ALWAYS void kernels(const fp_level_parameters *p, ptrdiff_t r, const double *lambda,
                    const double *w, int orders, double *kernel, double *logdet, double *work)
{
    ptrdiff_t z = fp_packed_size(r) * L;
    double *t = work, *s = t + r * r * L, *x = s + r * r * L, *g = x + r * r * L,
           *f = g + r * r * L;
    inner(r, lambda, w, t, s);
    factor(r, s, logdet);
    close_kernel(r, lambda, s, x, kernel);
    if (!orders)
        return;
    gains(r, kernel, w, g, f);
    for (ptrdiff_t l = 0; l < p->count; l++) {
        ptrdiff_t to = fp_jet_first(l);
        first_of(r, p->a[l], p->b[l], g, f, kernel + to * z, logdet + to * L);
        for (ptrdiff_t k = 0; k <= l; k++)
            second_of(p, r, k, l, g, f, kernel + (to + 1 + k) * z, logdet + (to + 1 + k) * L);
    }
}

FP_CLONES void fp_unit_kernel(const fp_level_parameters *p, const double *lambda, const double *w,
                              int orders, double *kernel, double *logdet, double *work)
{
    double few[5 * 9 * L];
    if (p->width == 1)
        kernels(p, 1, lambda, w, orders, kernel, logdet, few);
    else if (p->width == 2)
        kernels(p, 2, lambda, w, orders, kernel, logdet, few);
    else if (p->width == 3)
        kernels(p, 3, lambda, w, orders, kernel, logdet, few);
    else
        kernels(p, p->width, lambda, w, orders, kernel, logdet, work);
}
