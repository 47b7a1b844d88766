/* Compiled several times, with other settings of the compiler (CMakeLists.txt): FP_KERNEL is the
 * name of the table of functions, FP_LANES the number of doubles in a vector of that processor.
 * Vectors are GCC's and clang's own: nothing here names an instruction. */
#include "stats/cox_kernel_priv.h"

#include <math.h>
#include <string.h>

#ifndef FP_LANES
#define FP_LANES  2
#define FP_KERNEL fp_cox_kernel_base
#endif

enum {
    LANES = FP_LANES,
    TALL = 4,                     /* columns of a tile of z'z, down */
    WIDE = FP_LANES == 8 ? 4 : 2, /* across: as many sums as there are registers */
    TILE = TALL * WIDE * LANES
};

typedef double vec __attribute__((vector_size(8 * FP_LANES)));
typedef int64_t ivec __attribute__((vector_size(8 * FP_LANES)));
typedef double anywhere __attribute__((vector_size(8 * FP_LANES), aligned(8), may_alias));

static inline vec load(const double *x)
{
    return *(const anywhere *)x;
}

static inline void store(double *x, vec v)
{
    *(anywhere *)x = v;
}

static inline vec all(double x)
{
    vec v = {0};
    return v + x;
}

static inline vec larger(vec a, vec b)
{
    ivec which = a > b;
    return (vec)(((ivec)a & which) | ((ivec)b & ~which));
}

static void centre(const double *x, double mean, ptrdiff_t rows, double *z)
{
    ptrdiff_t i = 0;
    for (; i + LANES <= rows; i += LANES)
        store(z + i, load(x + i) - mean);
    for (; i < rows; i++)
        z[i] = x[i] - mean;
    for (; i < fp_cox_padded(rows); i++)
        z[i] = 0;
}

static void summary(const double *x, double pilot, ptrdiff_t rows, double *sum, double *least,
                    double *most)
{
    vec total = all(0), top = all(x[0]), bottom = all(-x[0]);
    ptrdiff_t i = 0;
    for (; i + LANES <= rows; i += LANES) {
        vec v = load(x + i);
        total += v - pilot;
        top = larger(v, top);
        bottom = larger(-v, bottom);
    }
    for (; i < rows; i++) {
        total[0] += x[i] - pilot;
        top = larger(all(x[i]), top);
        bottom = larger(all(-x[i]), bottom);
    }
    for (int k = 0; k < LANES; k++) {
        *sum += total[k];
        *most = top[k] > *most ? top[k] : *most;
        *least = -bottom[k] < *least ? -bottom[k] : *least;
    }
}

static void predict(ptrdiff_t p, const double *z, const double *beta, ptrdiff_t rows, double *eta)
{
    for (ptrdiff_t i = 0; i < rows; i += LANES) {
        vec sum = load(eta + i);
        for (ptrdiff_t j = 0; j < p; j++)
            sum += load(z + i + j * FP_COX_LD) * beta[j];
        store(eta + i, sum);
    }
}

/* exp by reduction to |x| <= log(2)/2 (Cody & Waite 1980) and the Taylor series to degree 13, whose
 * remainder is below 1e-17. 2^k in two factors, so that the smallest results are right as well. */
static inline vec exponential(vec x)
{
    const vec top = all(709.7), bottom = all(-745.2), magic = all(0x1.8p52);
    x = -larger(-x, -top);
    x = larger(x, bottom);
    vec k = x * 0x1.71547652b82fep0 + magic; /* the low bits hold the nearest integer */
    ivec n = (ivec)k - (ivec)magic;
    k -= magic;
    vec t = x - k * 0x1.62e42fee00000p-1;
    t -= k * 0x1.a39ef35793c76p-33;
    static const double c[] = {
        1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      0.5};
    vec y = all(1.0 / 6227020800);
    for (int i = 0; i < 11; i++)
        y = y * t + c[i];
    y = 1 + (t + t * t * y);
    ivec half = n >> 1;
    vec low = (vec)((half + 1023) << 52), high = (vec)((n - half + 1023) << 52);
    return y * low * high;
}

static double risk(const double *eta, const double *weight, ptrdiff_t rows, double *r)
{
    vec most = all(0);
    for (ptrdiff_t i = 0; i < rows; i += LANES) {
        vec x = load(eta + i);
        most = larger(larger(x, -x), most);
        store(r + i, exponential(x));
    }
    for (ptrdiff_t i = 0; weight && i < rows; i++)
        r[i] *= weight[i];
    for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
        r[i] = 0;
    double largest = 0;
    for (int k = 0; k < LANES; k++)
        largest = most[k] > largest ? most[k] : largest;
    return largest;
}

static void scatter(ptrdiff_t p, const double *z, const double *r, const int32_t *segment,
                    ptrdiff_t rows, ptrdiff_t stride, double *table)
{
    for (ptrdiff_t i = 0; i < rows; i++) {
        double *row = table + segment[i] * stride;
        const double *x = z + i, w = r[i];
        row[0] += w;
        for (ptrdiff_t j = 0; j < p; j++)
            row[j + 1] += w * x[j * FP_COX_LD];
    }
}

static void dot(ptrdiff_t p, const double *z, const double *v, ptrdiff_t rows, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++) {
        vec sum = all(0);
        for (ptrdiff_t i = 0; i < rows; i += LANES)
            sum += load(v + i) * load(z + i + j * FP_COX_LD);
        for (int k = 0; k < LANES; k++)
            out[j] += sum[k];
    }
}

static void logistic(const double *eta, ptrdiff_t rows, double *mu, double *v)
{
    const vec most = all(700);
    for (ptrdiff_t i = 0; i < rows; i += LANES) {
        vec x = -larger(-larger(load(eta + i), -most), -most);
        vec odds = exponential(x), below = 1 / (1 + odds), mean = odds * below;
        store(mu + i, mean);
        store(v + i, mean * below);
    }
}

static void whole(const double *v, const double *u, const double *slope, ptrdiff_t rows,
                  double *root, double *working)
{
    const vec none = all(0);
    ptrdiff_t padded = fp_cox_padded(rows);
    for (ptrdiff_t i = 0; i < padded; i++)
        root[i] = sqrt(v[i]);
    for (ptrdiff_t i = 0; i < padded; i += LANES) {
        vec weight = load(v + i), r = load(root + i);
        ivec some = weight > none, turned = load(slope + i) < none;
        vec divisor = (vec)(((ivec)weight & some) | ((ivec)all(1) & ~some));
        store(working + i, (vec)((ivec)(load(u + i) / divisor) & some));
        store(root + i, (vec)(((ivec)-r & turned) | ((ivec)r & ~turned)));
    }
}

/* `bands` is a constant where this is called with one: its loops are then unrolled. */
static inline __attribute__((always_inline)) void
band_of(ptrdiff_t q, const double *z, const double *d, ptrdiff_t bands, ptrdiff_t rows, double *out)
{
    for (ptrdiff_t i = 0; i < rows; i += LANES)
        for (ptrdiff_t j = 0; j < q; j++) {
            vec sum = load(d + i) * load(z + i + j * FP_COX_LD);
            for (ptrdiff_t k = 1; k < bands; k++)
                sum += load(d + i + k * FP_COX_LD) * load(z + i - k + j * FP_COX_LD);
            store(out + i + j * FP_COX_LD, sum);
        }
}

static void band(ptrdiff_t q, const double *z, const double *d, ptrdiff_t bands, ptrdiff_t rows,
                 double *out)
{
#define WITH(constant)                                                                             \
    case constant:                                                                                 \
        band_of(q, z, d, constant, rows, out);                                                     \
        break
    switch (bands) {
        WITH(1);
        WITH(2);
        WITH(3);
        WITH(4);
        WITH(5);
        WITH(6);
    default:
        band_of(q, z, d, bands, rows, out);
    }
#undef WITH
}

/* Tiles of TALL rows of the lower triangle by WIDE columns, column group after column group. */
static ptrdiff_t groups(ptrdiff_t p, ptrdiff_t size)
{
    return (p + size - 1) / size;
}

static ptrdiff_t square_room(ptrdiff_t p)
{
    return groups(p, TALL) * groups(p, WIDE) * TILE;
}

/* One tile; columns beyond the last are those of column 0, and their sums are not used. */
static inline void square_tile(const double *const down[], const double *const across[],
                               const double *v, ptrdiff_t rows, double *partial)
{
    vec sum[TALL][WIDE];
    for (int a = 0; a < TALL; a++)
        for (int b = 0; b < WIDE; b++)
            sum[a][b] = load(partial + (a * WIDE + b) * LANES);
    for (ptrdiff_t i = 0; i < rows; i += LANES) {
        vec y[WIDE], scale = load(v + i);
        for (int b = 0; b < WIDE; b++)
            y[b] = load(across[b] + i) * scale;
        for (int a = 0; a < TALL; a++) {
            vec x = load(down[a] + i);
            for (int b = 0; b < WIDE; b++)
                sum[a][b] += x * y[b];
        }
    }
    for (int a = 0; a < TALL; a++)
        for (int b = 0; b < WIDE; b++)
            store(partial + (a * WIDE + b) * LANES, sum[a][b]);
}

static void square(ptrdiff_t p, const double *z, const double *v, ptrdiff_t rows, double *partial)
{
    for (ptrdiff_t j = 0; j < p; j += WIDE) {
        const double *across[WIDE], *down[TALL];
        for (ptrdiff_t b = 0; b < WIDE; b++)
            across[b] = z + (j + b < p ? j + b : 0) * FP_COX_LD;
        for (ptrdiff_t i = j / TALL * TALL; i < p; i += TALL) {
            for (ptrdiff_t a = 0; a < TALL; a++)
                down[a] = z + (i + a < p ? i + a : 0) * FP_COX_LD;
            square_tile(down, across, v, rows,
                        partial + (j / WIDE * groups(p, TALL) + i / TALL) * TILE);
        }
    }
}

static void square_sum(ptrdiff_t p, const double *partial, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j; i < p; i++) {
            const double *tile = partial + (j / WIDE * groups(p, TALL) + i / TALL) * TILE +
                                 (i % TALL * WIDE + j % WIDE) * LANES;
            for (int k = 0; k < LANES; k++)
                out[i + j * p] += tile[k];
        }
}

extern const fp_cox_kernel FP_KERNEL;
const fp_cox_kernel FP_KERNEL = {
    .name = FP_LANES == 8   ? "8 lanes"
            : FP_LANES == 4 ? "4 lanes"
                            : "2 lanes",
    .centre = centre,
    .summary = summary,
    .predict = predict,
    .risk = risk,
    .scatter = scatter,
    .dot = dot,
    .logistic = logistic,
    .whole = whole,
    .band = band,
    .square_room = square_room,
    .square = square,
    .square_sum = square_sum,
};
