#include <math.h>
#include <string.h>

#include "stats/cholmod_priv.h"
#include "stats/lmm_crossed_priv.h"

/* Crossed designs with many random effects: S = I + Lambda' Z'Z Lambda as a sparse matrix, ordered
 * once and factored anew at each theta (docs/methods/lmm.md eq. 15). The simplicial factorization
 * of CHOLMOD runs on one thread without BLAS: the same bits every time. */

typedef struct {
    fp_lmm_engine base;
    fp_lmm_crossed c;
    fp_cholmod lib;
    cholmod_common *common;
    cholmod_sparse *w; /* r x r: Z'Z, both triangles */
    cholmod_sparse *s; /* the same pattern; the lower triangle counts */
    cholmod_factor *factor;
    cholmod_dense *side; /* r x q: right-hand sides */
    double *u;           /* r x q: Z'V^-1 A */
    double *y, *fy;      /* k of r x q */
    double *turned;      /* r x q */
    double *inverse;     /* entries of L: selected inverse of S */
    size_t inverse_room;
    double *column; /* r */
    fp_arena *arena;
} sparse;

static fp_status fail_memory(fp_err *err)
{
    return fp_fail(err, FP_NOMEM, "no memory for the sparse matrix of the crossed groups");
}

static void release(void *context)
{
    sparse *e = context;
    (void)e->lib.free_sparse(&e->w, e->common);
    (void)e->lib.free_sparse(&e->s, e->common);
    (void)e->lib.free_dense(&e->side, e->common);
    (void)e->lib.free_factor(&e->factor, e->common);
    (void)e->lib.finish(e->common);
}

/* ---- S and its factor ---- */

static ptrdiff_t block_of(const sparse *e, ptrdiff_t effect)
{
    ptrdiff_t b = e->c.rows->data->blocks - 1;
    while (e->c.at[b] > effect)
        b--;
    return b;
}

/* Values of s = I + Lambda' W Lambda: the columns of a group share their pattern, and the rows of a
 * group follow each other. */
static void fill(sparse *e)
{
    const int *p = e->w->p, *row = e->w->i;
    const double *from = e->w->x;
    double *to = e->s->x;
    for (ptrdiff_t j = 0; j < e->c.r; j++) {
        ptrdiff_t b = block_of(e, j), width = e->c.rows->data->block[b].width;
        ptrdiff_t own = (j - e->c.at[b]) % width, size = p[j + 1] - p[j];
        const double *l = e->c.lambda + e->c.rows->first[b];
        for (ptrdiff_t t = 0; t < size; t++) {
            double sum = 0;
            for (ptrdiff_t m = own; m < width; m++)
                sum += from[p[j - own + m] + t] * l[fp_packed(m, own)];
            to[p[j] + t] = sum;
        }
        for (ptrdiff_t t = 0; t < size;) {
            ptrdiff_t a = block_of(e, row[p[j] + t]), rows = e->c.rows->data->block[a].width;
            const double *la = e->c.lambda + e->c.rows->first[a];
            double *v = to + p[j] + t;
            for (ptrdiff_t i = 0; i < rows; i++) {
                double sum = 0;
                for (ptrdiff_t m = i; m < rows; m++)
                    sum += la[fp_packed(m, i)] * v[m];
                v[i] = sum + (row[p[j] + t + i] == j);
            }
            t += rows;
        }
    }
}

static fp_status refactor(sparse *e, fp_err *err)
{
    fill(e);
    if (!e->lib.factorize(e->s, e->factor, e->common) || e->common->status < 0)
        return fail_memory(err);
    if (e->common->status == CHOLMOD_NOT_POSDEF)
        return fp_lmm_not_positive(err);
    return FP_OK;
}

static double log_determinant(const sparse *e)
{
    const int *p = e->factor->p;
    const double *x = e->factor->x;
    double sum = 0;
    for (ptrdiff_t j = 0; j < e->c.r; j++)
        sum += 2 * log(x[p[j]]);
    return sum;
}

/* x (r x q) = Lambda S^-1 Lambda' x. */
static fp_status apply_kernel(sparse *e, double *x, fp_err *err)
{
    fp_lmm_crossed_times(&e->c, true, e->c.q, x);
    memcpy(e->side->x, x, (size_t)(e->c.r * e->c.q) * sizeof *x);
    cholmod_dense *solved = e->lib.solve(CHOLMOD_A, e->factor, e->side, e->common);
    if (!solved)
        return fail_memory(err);
    memcpy(x, solved->x, (size_t)(e->c.r * e->c.q) * sizeof *x);
    (void)e->lib.free_dense(&solved, e->common);
    fp_lmm_crossed_times(&e->c, false, e->c.q, x);
    return FP_OK;
}

/* to = from - W x for r x q matrices. */
static void subtract_w(const sparse *e, const double *from, const double *x, double *to)
{
    const int *p = e->w->p, *row = e->w->i;
    const double *value = e->w->x;
    for (ptrdiff_t c = 0; c < e->c.q; c++)
        for (ptrdiff_t j = 0; j < e->c.r; j++) { /* W is symmetric: its column is its row */
            double sum = 0;
            for (int t = p[j]; t < p[j + 1]; t++)
                sum += value[t] * x[row[t] + c * e->c.r];
            to[j + c * e->c.r] = (from ? from[j + c * e->c.r] : 0) - sum;
        }
}

/* ---- selected inverse ---- */

/* Z = S^-1 on the pattern of L, from the last column to the first. Source: Takahashi, Fagan & Chin
 * 1973; Erisman & Tinney 1975, doi 10.1145/360680.360704. Row k of a column's pattern below row k
 * is a part of column k's pattern; where it is all of it the rows need not be looked up. */
FP_CLONES static double tail_products(ptrdiff_t size, const double *restrict z,
                                      const double *restrict l, double lk, double *restrict acc)
{
    enum { LANES = 8 };
    double lane[LANES] = {0}, sum = 0;
    ptrdiff_t i = 0;
    for (; i + LANES <= size; i += LANES)
        for (int j = 0; j < LANES; j++) {
            acc[i + j] += z[i + j] * lk;
            lane[j] += z[i + j] * l[i + j];
        }
    for (; i < size; i++) {
        acc[i] += z[i] * lk;
        lane[0] += z[i] * l[i];
    }
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

static void add_column(const sparse *e, const int *rows, ptrdiff_t m, ptrdiff_t t, const double *l,
                       double *acc)
{
    const int *p = e->factor->p, *row = e->factor->i, *nz = e->factor->nz;
    ptrdiff_t k = rows[t], from = p[k], size = nz[k];
    const double *z = e->inverse + from;
    double lk = l[t], sum = z[0] * lk;
    if (size == m - t) {
        acc[t] += sum + tail_products(size - 1, z + 1, l + t + 1, lk, acc + t + 1);
        return;
    }
    if (size == e->c.r - k) { /* every row from k on */
        for (ptrdiff_t i = t + 1; i < m; i++) {
            acc[i] += z[rows[i] - k] * lk;
            sum += z[rows[i] - k] * l[i];
        }
        acc[t] += sum;
        return;
    }
    ptrdiff_t low = 1;
    for (ptrdiff_t i = t + 1; i < m; i++) {
        ptrdiff_t high = size - 1;
        while (low < high) { /* the first row of column k that is not before rows[i] */
            ptrdiff_t middle = low + (high - low) / 2;
            if (row[from + middle] < rows[i])
                low = middle + 1;
            else
                high = middle;
        }
        acc[i] += z[low] * lk;
        sum += z[low] * l[i];
    }
    acc[t] += sum;
}

static void invert_selected(sparse *e)
{
    const int *p = e->factor->p, *row = e->factor->i, *nz = e->factor->nz;
    const double *x = e->factor->x;
    double *acc = e->column;
    for (ptrdiff_t j = e->c.r - 1; j >= 0; j--) {
        const int *rows = row + p[j] + 1;
        const double *l = x + p[j] + 1;
        double *z = e->inverse + p[j], d = x[p[j]], own = 1 / d;
        ptrdiff_t m = nz[j] - 1;
        memset(acc, 0, (size_t)m * sizeof *acc);
        for (ptrdiff_t t = 0; t < m; t++)
            add_column(e, rows, m, t, l, acc);
        for (ptrdiff_t i = 0; i < m; i++) {
            z[1 + i] = -acc[i] / d;
            own -= z[1 + i] * l[i];
        }
        z[0] = own / d;
    }
}

/* Entry (i, j) of S^-1; both effects of one group, so that it is in the pattern. */
static double inverse_at(const sparse *e, const int *place, ptrdiff_t i, ptrdiff_t j)
{
    const int *p = e->factor->p, *row = e->factor->i, *nz = e->factor->nz;
    int a = place[i], b = place[j], first = a < b ? a : b, second = a < b ? b : a;
    for (int t = 0; t < nz[first]; t++)
        if (row[p[first] + t] == second)
            return e->inverse[p[first] + t];
    return 0;
}

/* tr(F E_k) for every element: F of a group is Lambda^-T (I - S^-1) Lambda^-1. */
static fp_status traces(sparse *e, double *trace, fp_err *err)
{
    const fp_lmm_data *data = e->c.rows->data;
    const int *order = e->factor->Perm;
    int *place;
    fp_arena_point mark = fp_arena_mark(e->arena);
    FP_ARRAY(place, e->arena, e->c.r, err);
    for (ptrdiff_t j = 0; j < e->c.r; j++)
        place[order[j]] = (int)j;
    if (e->factor->nzmax > e->inverse_room)
        return fp_fail(err, FP_INTERNAL, "the factor of the crossed groups grew");
    invert_selected(e);
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        ptrdiff_t width = data->block[b].width, base = e->c.rows->first[b];
        double sum[FP_LMM_WIDTH][FP_LMM_WIDTH] = {{0}};
        const double *l = e->c.lambda + base;
        for (int32_t g = 0; g < data->block[b].groups; g++)
            for (ptrdiff_t i = 0; i < width; i++)
                for (ptrdiff_t j = 0; j <= i; j++) {
                    ptrdiff_t at = e->c.at[b] + g * width;
                    sum[i][j] += (i == j) - inverse_at(e, place, at + i, at + j);
                    sum[j][i] = sum[i][j];
                }
        /* Lambda^-T sum Lambda^-1: two backward substitutions */
        for (int side = 0; side < 2; side++) {
            for (ptrdiff_t c = 0; c < width; c++)
                for (ptrdiff_t i = width - 1; i >= 0; i--) {
                    for (ptrdiff_t m = i + 1; m < width; m++)
                        sum[i][c] -= l[fp_packed(m, i)] * sum[m][c];
                    sum[i][c] /= l[fp_packed(i, i)];
                }
            for (ptrdiff_t i = 0; i < width; i++)
                for (ptrdiff_t j = 0; j < i; j++) {
                    double swap = sum[i][j];
                    sum[i][j] = sum[j][i];
                    sum[j][i] = swap;
                }
        }
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = 0; j <= i; j++)
                trace[base + fp_packed(i, j)] = i == j ? sum[i][i] : sum[i][j] + sum[j][i];
    }
    fp_arena_rewind(e->arena, mark);
    return FP_OK;
}

/* ---- derivatives ---- */

static fp_status quadratic_parts(sparse *e, fp_lmm_moments *out, fp_err *err)
{
    ptrdiff_t r = e->c.r, q = e->c.q;
    for (ptrdiff_t k = 0; k < e->c.k; k++) {
        double *y = e->y + k * r * q, *fy = e->fy + k * r * q;
        fp_lmm_crossed_element(&e->c, k, q, e->u, y);
        subtract_w(e, NULL, y, fy); /* -W y */
        memcpy(e->turned, fy, (size_t)(r * q) * sizeof *fy);
        FP_TRY(apply_kernel(e, e->turned, err));
        for (ptrdiff_t i = 0; i < r * q; i++)
            fy[i] = -fy[i];
        for (ptrdiff_t i = 0; i < r * q; i++)
            e->turned[i] = -e->turned[i];
        subtract_w(e, fy, e->turned, fy); /* F y = W y - W K W y */
        fp_lmm_crossed_products(&e->c, k, e->u, e->y, fy, out);
    }
    return FP_OK;
}

#define FLOOR 1e-4 /* standard deviations are divided by */

/* Second derivatives of log|S| from differences of the first ones. */
static fp_status difference(sparse *e, const double *psi, fp_lmm_moments *out, fp_err *err)
{
    double *moved, *trace;
    fp_arena_point mark = fp_arena_mark(e->arena);
    FP_ARRAY(moved, e->arena, e->c.k, err);
    FP_ARRAY(trace, e->arena, e->c.k, err);
    for (ptrdiff_t l = 0; l < e->c.k; l++) {
        const ptrdiff_t *at = e->c.element + 3 * l;
        const double *own = psi + e->c.rows->first[at[0]];
        double size = sqrt(own[fp_packed(at[1], at[1])] * own[fp_packed(at[2], at[2])]);
        double step = 1e-4 * fmax(size, 1e-2);
        memcpy(moved, psi, (size_t)e->c.k * sizeof *moved);
        if (at[1] == at[2]) /* the first derivatives are those there */
            moved[l] = fmax(moved[l], FLOOR * FLOOR);
        moved[l] += step;
        fp_lmm_crossed_factor(&e->c, moved, 0, FLOOR);
        FP_TRY(refactor(e, err));
        FP_TRY(traces(e, trace, err));
        for (ptrdiff_t h = 0; h < e->c.k; h++) {
            double slope = (trace[h] - out->logdet[fp_jet_first(h)]) / step;
            double *to = &out->logdet[fp_jet_second(h, l)];
            *to = h < l ? 0.5 * (*to + slope) : slope;
        }
    }
    fp_arena_rewind(e->arena, mark);
    return FP_OK;
}

static fp_status evaluate(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                          fp_lmm_moments *out, fp_err *err)
{
    sparse *e = (sparse *)(void *)engine;
    ptrdiff_t r = e->c.r, q = e->c.q;
    double *trace;
    bool low = false;
    (void)flat;
    fp_lmm_crossed_factor(&e->c, psi, 0, 0);
    for (ptrdiff_t k = 0; k < e->c.k; k++)
        low = low || (e->c.element[3 * k + 1] == e->c.element[3 * k + 2] && e->c.lambda[k] < FLOOR);
    FP_TRY(refactor(e, err));
    out->logdet[0] = log_determinant(e);
    memcpy(e->turned, e->c.p, (size_t)(r * q) * sizeof *e->turned);
    FP_TRY(apply_kernel(e, e->turned, err));
    for (ptrdiff_t a = 0; a < q; a++)
        for (ptrdiff_t b = 0; b <= a; b++)
            out->m[fp_packed(a, b)] = e->c.rows->cross[fp_packed(a, b)] -
                                      fp_lmm_dot(r, e->c.p + a * r, e->turned + b * r);
    if (!orders)
        return FP_OK;
    subtract_w(e, e->c.p, e->turned, e->u);
    FP_TRY(quadratic_parts(e, out, err));
    if (low) {
        fp_lmm_crossed_factor(&e->c, psi, 0, FLOOR);
        FP_TRY(refactor(e, err));
    }
    fp_arena_point mark = fp_arena_mark(e->arena);
    FP_ARRAY(trace, e->arena, e->c.k, err);
    FP_TRY(traces(e, trace, err));
    for (ptrdiff_t k = 0; k < e->c.k; k++)
        out->logdet[fp_jet_first(k)] = trace[k];
    fp_arena_rewind(e->arena, mark);
    return orders > 1 ? difference(e, psi, out, err) : FP_OK;
}

static fp_status modes(fp_lmm_engine *engine, const double *psi, const double *v, double *effect,
                       double *variance, fp_err *err)
{
    sparse *e = (sparse *)(void *)engine;
    const fp_lmm_data *data = e->c.rows->data;
    ptrdiff_t r = e->c.r;
    int *place;
    fp_lmm_crossed_factor(&e->c, psi, 0, 0);
    FP_TRY(refactor(e, err));
    memcpy(e->turned, e->c.p, (size_t)(r * e->c.q) * sizeof *e->turned);
    FP_TRY(apply_kernel(e, e->turned, err));
    memset(effect, 0, (size_t)r * sizeof *effect);
    for (ptrdiff_t c = 0; c < e->c.q; c++)
        for (ptrdiff_t i = 0; i < r; i++)
            effect[i] += e->turned[i + c * r] * v[c];
    invert_selected(e);
    FP_ARENA_SCOPED(scratch, FP_GIB * 4, err);
    FP_ARRAY(place, scratch, r, err);
    for (ptrdiff_t j = 0; j < r; j++)
        place[((const int *)e->factor->Perm)[j]] = (int)j;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        const double *l = e->c.lambda + e->c.rows->first[b];
        ptrdiff_t width = data->block[b].width;
        for (int32_t g = 0; g < data->block[b].groups; g++)
            for (ptrdiff_t i = 0; i < width; i++) {
                ptrdiff_t at = e->c.at[b] + g * width;
                variance[at + i] = 0;
                for (ptrdiff_t m = 0; m <= i; m++)
                    for (ptrdiff_t h = 0; h <= i; h++)
                        variance[at + i] += l[fp_packed(i, m)] * l[fp_packed(i, h)] *
                                            inverse_at(e, place, at + m, at + h);
            }
    }
    return FP_OK;
}

/* ---- setting up ---- */

static fp_status sum_rows(sparse *e, fp_arena *arena, fp_err *err)
{
    ptrdiff_t each = 0, q = e->c.q;
    for (ptrdiff_t b = 0; b < e->c.rows->data->blocks; b++)
        each += e->c.rows->data->block[b].width;
    ptrdiff_t *place;
    double *value, *a;
    FP_ARRAY(place, arena, each, err);
    FP_ARRAY(value, arena, each, err);
    FP_ARRAY(a, arena, q, err);
    cholmod_triplet *t =
        e->lib.allocate_triplet((size_t)e->c.r, (size_t)e->c.r,
                                (size_t)(e->c.rows->n * each * each), 0, CHOLMOD_REAL, e->common);
    if (!t)
        return fail_memory(err);
    int *ti = t->i, *tj = t->j;
    double *tx = t->x;
    size_t n = 0;
    for (ptrdiff_t row = 0; row < e->c.rows->n; row++) {
        fp_lmm_rows_read(e->c.rows, row, 1, a);
        (void)fp_lmm_crossed_effects(&e->c, row, place, value);
        for (ptrdiff_t i = 0; i < each; i++) {
            for (ptrdiff_t j = 0; j < each; j++, n++) {
                ti[n] = (int)place[i];
                tj[n] = (int)place[j];
                tx[n] = value[i] * value[j];
            }
            for (ptrdiff_t c = 0; c < q; c++)
                e->c.p[place[i] + c * e->c.r] += value[i] * a[c];
        }
    }
    t->nnz = n;
    e->w = e->lib.triplet_to_sparse(t, n, e->common);
    (void)e->lib.free_triplet(&t, e->common);
    return e->w ? FP_OK : fail_memory(err);
}

/* Fill-reducing order and room for the factor: once. */
static fp_status analyse(sparse *e, fp_arena *arena, fp_err *err)
{
    e->s = e->lib.copy_sparse(e->w, e->common);
    if (!e->s)
        return fail_memory(err);
    e->s->stype = -1;
    e->factor = e->lib.analyze(e->s, e->common);
    e->side = e->lib.allocate_dense((size_t)e->c.r, (size_t)e->c.q, (size_t)e->c.r, CHOLMOD_REAL,
                                    e->common);
    if (!e->factor || !e->side)
        return fail_memory(err);
    fp_lmm_map_start(e->c.rows, e->c.lambda);
    FP_TRY(refactor(e, err));
    FP_ARRAY(e->inverse, arena, e->factor->nzmax, err);
    e->inverse_room = e->factor->nzmax;
    return FP_OK;
}

static fp_status take_room(sparse *e, fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = e->c.r, q = e->c.q, k = e->c.k;
    FP_ARRAY(e->u, arena, r * q, err);
    FP_ARRAY(e->turned, arena, r * q, err);
    FP_ARRAY(e->y, arena, k * r * q, err);
    FP_ARRAY(e->fy, arena, k * r * q, err);
    FP_ARRAY(e->column, arena, r, err);
    return FP_OK;
}

fp_status fp_lmm_sparse(const fp_lmm_rows *rows, fp_arena *arena, fp_lmm_engine **engine,
                        fp_err *err)
{
    sparse *e;
    FP_ARRAY(e, arena, 1, err);
    *e = (sparse){.base = {.evaluate = evaluate, .modes = modes, .average = true}, .arena = arena};
    FP_ARRAY(e->common, arena, 1, err);
    FP_TRY(fp_lmm_crossed_make(rows, arena, &e->c, err));
    FP_TRY(fp_cholmod_load(&e->lib, err));
    (void)e->lib.start(e->common);
    FP_TRY(fp_arena_defer(arena, release, e, err));
    e->common->nmethods = 1;
    e->common->method[0].ordering = CHOLMOD_AMD;
    e->common->supernodal = CHOLMOD_SIMPLICIAL;
    e->common->final_ll = true;
    e->common->print = 0;
    FP_TRY(take_room(e, arena, err));
    FP_TRY(sum_rows(e, arena, err));
    FP_TRY(analyse(e, arena, err));
    *engine = &e->base;
    return FP_OK;
}
