#include <math.h>
#include <string.h>

#include "stats/dense_priv.h"
#include "stats/lmm_nested_priv.h"

enum { L = FP_UNIT_LANES };

/* psi of a level as a matrix, and its Cholesky factor; a pivot of 0 leaves a column of 0. */
static void level_matrix(const fp_nested *e, const fp_level_parameters *p, const double *psi,
                         double *matrix, double *lambda)
{
    ptrdiff_t r = p->width;
    memset(matrix, 0, (size_t)(r * r) * sizeof *matrix);
    memset(lambda, 0, (size_t)(r * r) * sizeof *lambda);
    for (ptrdiff_t i = 0; i < p->count; i++) {
        double value = psi[e->outside[p->from + i]];
        matrix[p->a[i] + p->b[i] * r] = matrix[p->b[i] + p->a[i] * r] = value;
    }
    for (ptrdiff_t j = 0; j < r; j++)
        for (ptrdiff_t i = j; i < r; i++) {
            double sum = matrix[i + j * r];
            for (ptrdiff_t m = 0; m < j; m++)
                sum -= lambda[i + m * r] * lambda[j + m * r];
            if (i == j)
                lambda[i + j * r] = sum > 1e-14 * matrix[i + i * r] ? sqrt(sum) : 0;
            else if (lambda[j + j * r] > 0)
                lambda[i + j * r] = sum / lambda[j + j * r];
        }
}

/* ---- units ---- */

/* Lanes of units of random effects at work. */
typedef struct {
    ptrdiff_t jets;
    ptrdiff_t patterns;
    const int32_t *chosen; /* patterns; NULL = 0, 1, ... */
    double *lambda, *w, *kernel, *logdet, *p, *both, *sum, *work;
} lanes;

static lanes open_lanes(fp_nested *e, const double *psi, int orders)
{
    ptrdiff_t r = e->width, z = fp_packed_size(r) * L, all = fp_jet_size(e->local);
    bool part = e->base.sampling;
    lanes v = {.jets = fp_jet_size(orders ? e->local : 0),
               .patterns = part ? e->chosen_count : e->patterns,
               .chosen = part ? e->chosen : NULL};
    double *matrix = e->work;
    v.lambda = matrix + r * r;
    v.w = v.lambda + r * r;
    v.kernel = v.w + z;
    v.logdet = v.kernel + all * z;
    v.p = v.logdet + all * L;
    v.both = v.p + r * e->q * L;
    v.sum = v.both + z;
    v.work = v.sum + all * fp_packed_size(e->q) * L;
    level_matrix(e, &e->unit_parameters, psi, matrix, v.lambda);
    return v;
}

static ptrdiff_t pattern_at(const lanes *v, ptrdiff_t i)
{
    return v->chosen ? v->chosen[i] : i;
}

/* The kernels of the patterns from `first` on; returns how many there are. */
static ptrdiff_t load_lanes(fp_nested *e, const lanes *v, ptrdiff_t first, int orders)
{
    ptrdiff_t z = fp_packed_size(e->width), count = v->patterns - first;
    count = count < L ? count : L;
    memset(v->w, 0, (size_t)(z * L) * sizeof *v->w);
    for (ptrdiff_t l = 0; l < count; l++)
        for (ptrdiff_t i = 0; i < z; i++)
            v->w[i * L + l] = e->design[pattern_at(v, first + l) * z + i];
    fp_unit_kernel(&e->unit_parameters, v->lambda, v->w, orders, v->kernel, v->logdet, v->work);
    for (ptrdiff_t j = 0; j < v->jets; j++)
        for (ptrdiff_t l = 0; l < count; l++)
            e->logdet[j] += e->count[pattern_at(v, first + l)] * v->logdet[j * L + l];
    return count;
}

/* Kernels of all patterns, jet by jet of the units' own parameters. */
static void random_kernels(fp_nested *e, const double *psi, int orders)
{
    lanes v = open_lanes(e, psi, orders);
    ptrdiff_t z = fp_packed_size(e->width), all = fp_jet_size(e->local);
    for (ptrdiff_t first = 0; first < e->patterns; first += L) {
        ptrdiff_t count = load_lanes(e, &v, first, orders);
        for (ptrdiff_t j = 0; j < v.jets; j++)
            for (ptrdiff_t l = 0; l < count; l++)
                for (ptrdiff_t i = 0; i < z; i++)
                    e->kernel[((first + l) * all + j) * z + i] = v.kernel[(j * z + i) * L + l];
    }
}

/* Each unit a pattern of its own: M -= sum of K times its products, nothing kept. */
static void direct_units(fp_nested *e, const double *psi, int orders)
{
    lanes v = open_lanes(e, psi, orders);
    ptrdiff_t size = fp_packed_size(e->q), width = e->width * e->q;
    memset(v.sum, 0, (size_t)(v.jets * size * L) * sizeof *v.sum);
    for (ptrdiff_t first = 0; first < v.patterns; first += L) {
        ptrdiff_t count = load_lanes(e, &v, first, orders);
        memset(v.p, 0, (size_t)(width * L) * sizeof *v.p);
        for (ptrdiff_t l = 0; l < count; l++)
            for (ptrdiff_t i = 0; i < width; i++)
                v.p[i * L + l] = e->sum[pattern_at(&v, first + l) * width + i];
        fp_unit_products(v.jets, e->width, e->q, v.p, v.kernel, v.both, v.sum);
    }
    for (ptrdiff_t i = 0; i < v.jets * size; i++)
        for (int l = 0; l < L; l++)
            e->m[i] -= v.sum[i * L + l];
}

/* The same for one pattern of waves: kernel = -R^-1. */
static bool structured_kernel(fp_nested *e, const double *full, ptrdiff_t pattern, int orders,
                              double *work)
{
    ptrdiff_t t = e->width, r = e->size[pattern], z = fp_packed_size(t);
    ptrdiff_t k = orders ? e->local : 0, jets = fp_jet_size(k), all = fp_jet_size(e->local);
    const int32_t *wave = e->wave + pattern * t;
    double *part = work, *inverse = part + jets * r * r, *logdet = inverse + jets * r * r;
    for (ptrdiff_t j = 0; j < jets; j++)
        for (ptrdiff_t a = 0; a < r; a++)
            for (ptrdiff_t b = 0; b < r; b++)
                part[j * r * r + a + b * r] = full[j * t * t + wave[a] + wave[b] * t];
    if (!fp_jet_inverse(k, r, part, inverse, logdet, logdet + jets))
        return false;
    for (ptrdiff_t j = 0; j < jets; j++) {
        e->logdet[j] += e->count[pattern] * logdet[j];
        for (ptrdiff_t a = 0; a < r; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                e->kernel[(pattern * all + j) * z + fp_packed(a, b)] =
                    -0.5 * (inverse[j * r * r + a + b * r] + inverse[j * r * r + b + a * r]);
    }
    return true;
}

static bool structured_kernels(fp_nested *e, const double *psi, int orders, bool flat)
{
    ptrdiff_t jets = fp_jet_size(orders ? e->local : 0);
    double *full = e->work;
    fp_lmm_residual_jet(e->rows, psi, orders, flat, full);
    for (ptrdiff_t s = 0; s < e->patterns; s++)
        if (!structured_kernel(e, full, s, orders, full + jets * e->width * e->width))
            return false;
    return true;
}

/* M -= sum of K times products, all of a pattern at once. */
static void subtract_products(fp_nested *e, ptrdiff_t jets)
{
    ptrdiff_t z = fp_packed_size(e->width), size = fp_packed_size(e->q);
    ptrdiff_t all = fp_jet_size(e->local);
    for (ptrdiff_t s = 0; s < e->patterns; s++) {
        ptrdiff_t own = fp_packed_size(e->size[s]);
        for (ptrdiff_t j = 0; j < jets; j++)
            for (ptrdiff_t i = 0; i < own; i++) {
                double f = e->kernel[(s * all + j) * z + i];
                const double *from = e->product + (s * z + i) * size;
                if (f == 0)
                    continue;
                for (ptrdiff_t c = 0; c < size; c++)
                    e->m[j * size + c] -= f * from[c];
            }
    }
}

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

static void fill_first_level(fp_nested *e, ptrdiff_t jets)
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

static bool eliminate_levels(fp_nested *e, const double *psi, int orders)
{
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        fp_upper_level *up = &e->upper[l], *next = l + 1 < e->uppers ? up + 1 : NULL;
        ptrdiff_t rows = up->width + up->rest, size = rows * (rows + e->q);
        ptrdiff_t known = up->parameters.from + up->parameters.count;
        ptrdiff_t stride = fp_jet_size(known) * size, k = orders ? known : 0;
        ptrdiff_t next_size = up->rest * (up->rest + e->q), next_stride = 0;
        double matrix[64], lambda[64];
        level_matrix(e, &up->parameters, psi, matrix, lambda);
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

/* ---- all ---- */

/* From the engine's order of parameters to that of psi. */
static void put_outside(const fp_nested *e, int orders, fp_lmm_moments *out)
{
    ptrdiff_t size = fp_packed_size(e->q), k = orders ? e->k : 0;
    memcpy(out->m, e->m, (size_t)size * sizeof *out->m);
    out->logdet[0] = e->logdet[0];
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t from = fp_jet_first(l), to = fp_jet_first(e->outside[l]);
        out->logdet[to] = e->logdet[from];
        memcpy(out->m + to * size, e->m + from * size, (size_t)size * sizeof *out->m);
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t d = from + 1 + h, at = fp_jet_second(e->outside[h], e->outside[l]);
            out->logdet[at] = e->logdet[d];
            memcpy(out->m + at * size, e->m + d * size, (size_t)size * sizeof *out->m);
        }
    }
}

fp_status fp_nested_evaluate(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                             fp_lmm_moments *out, fp_err *err)
{
    fp_nested *e = (fp_nested *)(void *)engine;
    ptrdiff_t size = fp_packed_size(e->q), jets = fp_jet_size(orders ? e->local : 0);
    ptrdiff_t wanted = fp_jet_size(orders ? e->k : 0);
    memset(e->logdet, 0, (size_t)wanted * sizeof *e->logdet);
    memset(e->m, 0, (size_t)(wanted * size) * sizeof *e->m);
    if (e->total)
        memcpy(e->m, engine->sampling ? e->sample_total : e->total, (size_t)size * sizeof *e->m);
    if (e->structured && !structured_kernels(e, psi, orders, flat))
        return fp_lmm_not_positive(err);
    if (e->kernel && !e->structured)
        random_kernels(e, psi, orders);
    if (e->product) {
        subtract_products(e, jets);
    } else {
        memset(e->logdet, 0, (size_t)wanted * sizeof *e->logdet); /* once */
        direct_units(e, psi, orders);
    }
    if (e->uppers > 0)
        fill_first_level(e, jets);
    if (!eliminate_levels(e, psi, orders))
        return fp_lmm_not_positive(err);
    put_outside(e, orders, out);
    return FP_OK;
}

/* ---- setting up ---- */

static fp_status level_parameters(const fp_nested *e, const fp_lmm_level *level, ptrdiff_t *next,
                                  fp_arena *arena, fp_level_parameters *p, fp_err *err)
{
    ptrdiff_t at = 0;
    *p = (fp_level_parameters){.from = *next, .width = level->width};
    FP_ARRAY(p->a, arena, fp_packed_size(level->width), err);
    FP_ARRAY(p->b, arena, fp_packed_size(level->width), err);
    for (ptrdiff_t b = 0; b < level->blocks; b++) {
        ptrdiff_t block = level->block[b], width = e->rows->data->block[block].width;
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = 0; j <= i; j++) {
                p->a[p->count] = at + i;
                p->b[p->count++] = at + j;
                e->outside[(*next)++] = e->rows->first[block] + fp_packed(i, j);
            }
        at += width;
    }
    return FP_OK;
}

/* The largest of what the parts of an evaluation put into `work`. */
static ptrdiff_t work_size(const fp_nested *e)
{
    ptrdiff_t r = e->width, z = fp_packed_size(r), q = e->q, jets = fp_jet_size(e->local);
    ptrdiff_t size = 2 * r * r + 2 * z * L + jets * (z + 1) * L + 7 * r * r * L + r * q * L +
                     jets * fp_packed_size(q) * L;
    ptrdiff_t other = 3 * jets * r * r + jets + 4 * r * r;
    size = other > size ? other : size;
    size = r * e->above > size ? r * e->above : size;
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        const fp_upper_level *up = &e->upper[l];
        ptrdiff_t all = fp_jet_size(up->parameters.from + up->parameters.count), w = up->width,
                  wide = up->rest + q;
        other = all * (4 * w * w + 2 * w * wide + wide * wide + 1) + 4 * w * w + 5 * all +
                all * fp_packed_size(q);
        size = other > size ? other : size;
    }
    return size;
}

static fp_status set_up_levels(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    ptrdiff_t next = e->rows->k_residual, from = e->structured ? 0 : 1;
    FP_ARRAY(e->outside, arena, e->k, err);
    for (ptrdiff_t i = 0; i < next; i++)
        e->outside[i] = i;
    if (!e->structured)
        FP_TRY(level_parameters(e, &nest->level[0], &next, arena, &e->unit_parameters, err));
    e->local = next;
    e->uppers = nest->levels - from;
    FP_ARRAY(e->upper, arena, e->uppers, err);
    for (ptrdiff_t l = nest->levels - 1; l >= from; l--) {
        e->upper[l - from].rest = e->above;
        e->above += nest->level[l].width;
    }
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        const fp_lmm_level *level = &nest->level[l + from];
        fp_upper_level *up = &e->upper[l];
        up->groups = level->groups;
        up->parent = level->parent;
        up->width = level->width;
        FP_TRY(level_parameters(e, level, &next, arena, &up->parameters, err));
        ptrdiff_t rows = up->width + up->rest;
        FP_ARRAY(up->at, arena, up->groups * fp_jet_size(next) * rows * (rows + e->q), err);
    }
    return FP_OK;
}

fp_status fp_lmm_nested(const fp_lmm_rows *rows, const fp_lmm_nest *nest, fp_arena *arena,
                        fp_lmm_engine **engine, fp_err *err)
{
    fp_nested *e;
    bool structured = rows->data->residual != FP_LMM_INDEPENDENT;
    FP_ARRAY(e, arena, 1, err);
    *e = (fp_nested){.base.evaluate = fp_nested_evaluate,
                     .rows = rows,
                     .q = rows->q,
                     .k = rows->k,
                     .structured = structured,
                     .width = structured ? rows->data->waves : nest->level[0].width,
                     .units = structured ? rows->data->subjects : nest->level[0].groups};
    FP_TRY(set_up_levels(e, nest, arena, err));
    FP_TRY(structured ? fp_nested_structured(e, nest, arena, err)
                      : fp_nested_random(e, nest, arena, err));
    ptrdiff_t jets = fp_jet_size(e->k);
    if (e->product || e->uppers > 0)
        FP_ARRAY(e->kernel, arena, e->patterns * fp_jet_size(e->local) * fp_packed_size(e->width),
                 err);
    FP_ARRAY(e->logdet, arena, jets, err);
    FP_ARRAY(e->m, arena, jets * fp_packed_size(e->q), err);
    FP_ARRAY(e->work, arena, work_size(e), err);
    *engine = &e->base;
    return FP_OK;
}
