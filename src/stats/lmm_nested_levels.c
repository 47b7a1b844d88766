#include <string.h>

#include "stats/lmm_nested_priv.h"

/* The levels above the units, eliminated one after the other. */

/* ---- the first level above the units ---- */

/* h = K up for one jet of a pattern; K packed r x r. */
static void kernel_times(const double *kernel, ptrdiff_t r, const double *up, ptrdiff_t above,
                         double *h)
{
    for (ptrdiff_t c = 0; c < above; c++)
        for (ptrdiff_t i = 0; i < r; i++) {
            double sum = 0;
            for (ptrdiff_t m = 0; m < r; m++)
                sum += kernel[fp_packed(i, m)] * up[m + c * r];
            h[i + c * r] = sum;
        }
}

static void subtract_cell(const fp_nested *e, const fp_unit_cell *cell, const double *sum,
                          ptrdiff_t jets, double *to)
{
    ptrdiff_t above = e->above, q = e->q, r = e->size[cell->pattern], all = fp_jet_size(e->local);
    const double *up = e->up + cell->pattern * e->width * above;
    double *h = e->work;
    for (ptrdiff_t j = 0; j < jets; j++, to += above * (above + q)) {
        kernel_times(e->kernel + (cell->pattern * all + j) * fp_packed_size(e->width), r, up, above,
                     h);
        for (ptrdiff_t u = 0; u < above; u++) {
            for (ptrdiff_t v = 0; v < above; v++)
                for (ptrdiff_t i = 0; i < r; i++)
                    to[u + v * above] -= cell->count * up[i + u * r] * h[i + v * r];
            for (ptrdiff_t c = 0; c < q; c++)
                for (ptrdiff_t i = 0; i < r; i++)
                    to[u + (above + c) * above] -= h[i + u * r] * sum[i + c * r];
        }
    }
}

void fp_nested_first_level(fp_nested *e, ptrdiff_t jets)
{
    fp_upper_level *up = &e->upper[0];
    ptrdiff_t size = e->above * (e->above + e->q);
    ptrdiff_t stride = fp_jet_size(up->parameters.from + up->parameters.count) * size;
    for (int32_t g = 0; g < up->groups; g++) {
        double *to = up->at + g * stride;
        memset(to, 0, (size_t)stride * sizeof *to);
        if (e->upper_total)
            memcpy(to, e->upper_total + g * size, (size_t)size * sizeof *to);
        for (ptrdiff_t c = e->cell_first[g]; c < e->cell_first[g + 1]; c++)
            subtract_cell(e, &e->cell[c], e->cell_sum + c * e->width * e->q, jets, to);
    }
}

/* ---- elimination of a level above ---- */

/* log|N| added to that of V, and kappa = tau N^-1, N = 1 + tau c of a group of the top level, in
 * jets of the levels below (c) and, k = k_below + 1, of tau. work: 3 jets. */
static bool top_kernel(fp_nested *e, double tau, const double *c, ptrdiff_t k_below, ptrdiff_t k,
                       double *kappa, double *work)
{
    ptrdiff_t row = 1 + e->q, jets = fp_jet_size(k), own = fp_jet_first(k - 1);
    double *n = work, *x = n + jets, *logdet = x + jets;
    bool slope = k > k_below; /* derivatives are wanted */
    memset(n, 0, (size_t)jets * sizeof *n);
    for (ptrdiff_t j = 0; j < fp_jet_size(k_below); j++)
        n[j] = tau * c[j * row];
    n[0] += 1;
    for (ptrdiff_t h = 0; slope && h < k_below; h++)
        n[own + 1 + h] = c[fp_jet_first(h) * row];
    if (slope)
        n[own] = c[0];
    if (!fp_jet_inverse(k, 1, n, x, logdet, NULL))
        return false;
    for (ptrdiff_t j = 0; j < jets; j++) {
        e->logdet[j] += logdet[j];
        kappa[j] = tau * x[j];
    }
    if (slope) { /* kappa = tau x: the product with tau */
        kappa[own] += x[0];
        kappa[own + 1 + (k - 1)] += 2 * x[own];
        for (ptrdiff_t h = 0; h < k - 1; h++)
            kappa[own + 1 + h] += x[fp_jet_first(h)];
    }
    return true;
}

/* S S' (packed) in jets of k parameters; row: the length of a jet's part in c, S from 1 on. */
static void top_square(ptrdiff_t q, ptrdiff_t k, const double *c, double *s)
{
    ptrdiff_t row = 1 + q, size = fp_packed_size(q);
    for (ptrdiff_t a = 0; a < q; a++)
        for (ptrdiff_t b = 0; b <= a; b++) {
            const double *u = c + 1 + a, *v = c + 1 + b;
            double *to = s + fp_packed(a, b);
            to[0] = u[0] * v[0];
            for (ptrdiff_t l = 0; l < k; l++) {
                ptrdiff_t f = fp_jet_first(l);
                to[f * size] = u[f * row] * v[0] + u[0] * v[f * row];
                for (ptrdiff_t h = 0; h <= l; h++) {
                    ptrdiff_t g = fp_jet_first(h), d = f + 1 + h;
                    to[d * size] = u[d * row] * v[0] + u[0] * v[d * row] + u[f * row] * v[g * row] +
                                   u[g * row] * v[f * row];
                }
            }
        }
}

/* M -= kappa S S', S S' in jets of the first k_below of the k parameters. */
static void top_subtract(fp_nested *e, ptrdiff_t k_below, ptrdiff_t k, const double *kappa,
                         const double *s)
{
    ptrdiff_t size = fp_packed_size(e->q);
    for (ptrdiff_t i = 0; i < size; i++)
        e->m[i] -= kappa[0] * s[i];
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t f = fp_jet_first(l);
        double *to = e->m + f * size;
        for (ptrdiff_t i = 0; i < size; i++)
            to[i] -= kappa[f] * s[i] + (l < k_below ? kappa[0] * s[f * size + i] : 0);
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t g = fp_jet_first(h), d = f + 1 + h;
            to = e->m + d * size;
            for (ptrdiff_t i = 0; i < size; i++)
                to[i] -=
                    kappa[d] * s[i] + (h < k_below ? kappa[f] * s[g * size + i] : 0) +
                    (l < k_below ? kappa[g] * s[f * size + i] + kappa[0] * s[d * size + i] : 0);
        }
    }
}

/* A level with one effect a group, at the top: M -= kappa S S' with S and N in jets of the levels
 * below. */
static bool eliminate_top(fp_nested *e, double tau, const double *c, ptrdiff_t k_below, ptrdiff_t k)
{
    ptrdiff_t jets = fp_jet_size(k);
    double *kappa = e->work, *s = kappa + jets, *work = s;
    if (!top_kernel(e, tau, c, k_below, k, kappa, work))
        return false;
    top_square(e->q, k_below, c, s);
    top_subtract(e, k_below, k, kappa, s);
    return true;
}

/* Rows and columns of the jet matrix c (rows x columns) from (i, j) on, count x width. */
static void cut(const double *c, ptrdiff_t jets, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t i,
                ptrdiff_t count, ptrdiff_t j, ptrdiff_t width, double *out)
{
    for (ptrdiff_t t = 0; t < jets; t++)
        for (ptrdiff_t b = 0; b < width; b++)
            for (ptrdiff_t a = 0; a < count; a++)
                *out++ = c[t * rows * columns + (i + a) + (j + b) * rows];
}

/* The jet of a level's own covariance matrix. */
static void matrix_jet(const fp_level_parameters *p, const double *matrix, ptrdiff_t k, double *out)
{
    ptrdiff_t r = p->width;
    memset(out, 0, (size_t)(fp_jet_size(k) * r * r) * sizeof *out);
    memcpy(out, matrix, (size_t)(r * r) * sizeof *out);
    for (ptrdiff_t i = 0; k > 0 && i < p->count; i++) {
        double *to = out + fp_jet_first(p->from + i) * r * r;
        to[p->a[i] + p->b[i] * r] = to[p->b[i] + p->a[i] * r] = 1;
    }
}

/* One group of any level: its effects are eliminated, what is left goes to its parent. */
static bool eliminate(fp_nested *e, const fp_upper_level *up, const double *matrix, const double *c,
                      ptrdiff_t k, double *parent, ptrdiff_t parent_jets)
{
    ptrdiff_t r = up->width, rest = up->rest, q = e->q, rows = r + rest, wide = rest + q;
    ptrdiff_t jets = fp_jet_size(k), size = fp_packed_size(q);
    double *psi = e->work, *w = psi + jets * r * r, *n = w + jets * r * r, *x = n + jets * r * r,
           *p = x + jets * r * r, *y = p + jets * r * wide, *z = y + jets * r * wide,
           *logdet = z + jets * wide * wide, *work = logdet + jets;
    matrix_jet(&up->parameters, matrix, k, psi);
    cut(c, jets, rows, rows + q, 0, r, 0, r, w);
    fp_jet_product(k, r, r, r, w, false, psi, n);
    for (ptrdiff_t i = 0; i < r; i++)
        n[i + i * r] += 1;
    if (!fp_jet_inverse(k, r, n, x, logdet, work))
        return false;
    fp_jet_product(k, r, r, r, psi, false, x, n); /* K */
    cut(c, jets, rows, rows + q, 0, r, r, wide, p);
    fp_jet_product(k, r, r, wide, n, false, p, y);
    fp_jet_product(k, wide, r, wide, p, true, y, z);
    for (ptrdiff_t j = 0; j < jets; j++) {
        const double *from = z + j * wide * wide;
        e->logdet[j] += logdet[j];
        for (ptrdiff_t a = 0; a < q; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                e->m[j * size + fp_packed(a, b)] -=
                    0.5 * (from[rest + a + (rest + b) * wide] + from[rest + b + (rest + a) * wide]);
        for (ptrdiff_t a = 0; parent && j < parent_jets && a < rest; a++)
            for (ptrdiff_t b = 0; b < wide; b++)
                parent[(j * wide + b) * rest + a] +=
                    c[j * rows * (rows + q) + (r + a) + (r + b) * rows] - from[a + b * wide];
    }
    return true;
}

bool fp_nested_levels(fp_nested *e, const double *psi, int orders)
{
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        fp_upper_level *up = &e->upper[l], *next = l + 1 < e->uppers ? up + 1 : NULL;
        ptrdiff_t rows = up->width + up->rest, size = rows * (rows + e->q);
        ptrdiff_t known = up->parameters.from + up->parameters.count;
        ptrdiff_t stride = fp_jet_size(known) * size, k = orders ? known : 0;
        ptrdiff_t next_size = up->rest * (up->rest + e->q), next_stride = 0;
        double matrix[64], lambda[64];
        fp_nested_level_matrix(e, &up->parameters, psi, matrix, lambda);
        if (next) {
            next_stride = fp_jet_size(next->parameters.from + next->parameters.count) * next_size;
            memset(next->at, 0, (size_t)(next->groups * next_stride) * sizeof *next->at);
        }
        for (int32_t g = 0; g < up->groups; g++) {
            double *parent = next ? next->at + up->parent[g] * next_stride : NULL;
            bool simple = !next && rows == 1;
            if (simple ? !eliminate_top(e, matrix[0], up->at + g * stride,
                                        orders ? up->parameters.from : 0, k)
                       : !eliminate(e, up, matrix, up->at + g * stride, k, parent, fp_jet_size(k)))
                return false;
        }
    }
    return true;
}
