#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "stats/lmm_nested_priv.h"

/* What the units leave at given parameters: their kernels, log-determinants and M. */

enum { L = FP_UNIT_LANES };

void fp_nested_level_matrix(const fp_nested *e, const fp_level_parameters *p, const double *psi,
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

/* ---- units of random effects, several at once ---- */

/* Units are added up in so many pieces wherever there are PIECED of them, each piece with lanes of
 * its own: the bits do not depend on the threads. ROOM: doubles that all pieces may take. */
enum { PIECES = 16, PIECED = 4096, ROOM = 1 << 23 };

typedef struct {
    double *kernel, *logdet, *both, *sum, *work; /* lanes */
    double *total;                               /* jet x lanes: sum of log-determinants */
} lanes;

typedef struct {
    fp_nested *e;
    const fp_unit_set *set;
    int orders;
    ptrdiff_t jets;
    double lambda[FP_LMM_WIDTH * FP_LMM_WIDTH];
} units;

/* A multiple of L: vectors lie on lines of the cache. */
static ptrdiff_t lanes_size(const fp_nested *e)
{
    ptrdiff_t r = e->width, z = fp_packed_size(r), all = fp_jet_size(e->local);
    return L * (z + all * (z + 2) + 7 * r * r + all * fp_packed_size(e->q));
}

static lanes lanes_of(const fp_nested *e, long piece)
{
    ptrdiff_t r = e->width, z = fp_packed_size(r) * L, all = fp_jet_size(e->local);
    lanes v = {.kernel = e->lanes + piece * lanes_size(e)};
    v.logdet = v.kernel + all * z;
    v.both = v.logdet + all * L;
    v.sum = v.both + z;
    v.total = v.sum + all * fp_packed_size(e->q) * L;
    v.work = v.total + all * L;
    return v;
}

/* The kernels of a block into their places, jet by jet of the units' own parameters. */
static void keep_kernels(const units *u, const lanes *v, ptrdiff_t block)
{
    const fp_nested *e = u->e;
    ptrdiff_t z = fp_packed_size(e->width), all = fp_jet_size(e->local), first = block * L;
    ptrdiff_t count = e->patterns - first < L ? e->patterns - first : L;
    for (ptrdiff_t j = 0; j < u->jets; j++)
        for (ptrdiff_t l = 0; l < count; l++)
            for (ptrdiff_t i = 0; i < z; i++)
                e->kernel[((first + l) * all + j) * z + i] = v->kernel[(j * z + i) * L + l];
}

static void pass_piece(void *context, long piece)
{
    const units *u = context;
    const fp_nested *e = u->e;
    lanes v = lanes_of(e, piece);
    ptrdiff_t z = fp_packed_size(e->width), width = e->width * e->q;
    fp_piece own = fp_piece_of(u->set->blocks, e->pieces, piece);
    memset(v.total, 0, (size_t)(u->jets * L) * sizeof *v.total);
    memset(v.sum, 0, (size_t)(u->jets * fp_packed_size(e->q) * L) * sizeof *v.sum);
    for (ptrdiff_t b = own.first; b < own.last; b++) {
        const double *count = u->set->count + b * L;
        fp_unit_kernel(&e->unit_parameters, u->lambda, u->set->w + b * z * L, u->orders, v.kernel,
                       v.logdet, v.work);
        for (ptrdiff_t j = 0; j < u->jets; j++)
            for (int l = 0; l < L; l++)
                v.total[j * L + l] += count[l] * v.logdet[j * L + l];
        if (e->kernel)
            keep_kernels(u, &v, b);
        if (!e->product)
            fp_unit_products(u->jets, e->width, e->q, u->set->p + b * width * L, v.kernel, v.both,
                             v.sum);
    }
}

/* Log-determinants of the pieces, in their order, and M less their sums. */
static void merge_pieces(fp_nested *e, const units *u)
{
    ptrdiff_t sums = e->product ? 0 : u->jets * fp_packed_size(e->q);
    for (long piece = 0; piece < e->pieces; piece++) {
        lanes v = lanes_of(e, piece);
        for (ptrdiff_t j = 0; j < u->jets; j++)
            for (int l = 0; l < L; l++)
                e->logdet[j] += v.total[j * L + l];
        for (ptrdiff_t i = 0; i < sums; i++)
            for (int l = 0; l < L; l++)
                e->m[i] -= v.sum[i * L + l];
    }
}

static void random_units(fp_nested *e, const double *psi, int orders)
{
    double matrix[FP_LMM_WIDTH * FP_LMM_WIDTH];
    units u = {.e = e,
               .set = e->base.sampling ? &e->chosen : &e->all,
               .orders = orders,
               .jets = fp_jet_size(orders ? e->local : 0)};
    fp_nested_level_matrix(e, &e->unit_parameters, psi, matrix, u.lambda);
    fp_parallel(e->rows->threads, e->pieces, pass_piece, &u);
    merge_pieces(e, &u);
}

/* ---- units with a residual structure ---- */

/* The kernel of one pattern of waves: -R^-1. */
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

/* ---- all ---- */

bool fp_nested_units(fp_nested *e, const double *psi, int orders, bool flat)
{
    if (!e->structured)
        random_units(e, psi, orders);
    else if (!structured_kernels(e, psi, orders, flat))
        return false;
    if (e->product)
        subtract_products(e, fp_jet_size(orders ? e->local : 0));
    return true;
}

fp_status fp_nested_units_room(fp_nested *e, fp_arena *arena, fp_err *err)
{
    ptrdiff_t all = fp_jet_size(e->local), size = lanes_size(e);
    if (e->product || e->uppers > 0)
        FP_ARRAY(e->kernel, arena, e->patterns * all * fp_packed_size(e->width), err);
    if (e->structured)
        return FP_OK;
    e->pieces = e->patterns < PIECED || size > ROOM / PIECES ? 1 : PIECES;
    FP_ARRAY(e->lanes, arena, e->pieces * size, err);
    return FP_OK;
}
