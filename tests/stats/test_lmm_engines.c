/* The engines of the mixed models against each other and against differences: moments and their
 * derivatives at a given psi. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "run_suite.h"
#include "stats/lmm_priv.h"

enum { N = 240, INNER = 24, OUTER = 6 };

static fp_arena *arena;
static double x[3][N], y[N], weight[N];
static int32_t inner[N], outer[N], other[N], wave[N];

static void set_up(void)
{
    fp_rng rng;
    fp_rng_init(&rng, 7, FP_RNG_TEST, 0);
    arena = fp_arena_create(FP_GIB);
    for (int i = 0; i < N; i++) {
        x[0][i] = 1;
        x[1][i] = fp_rng_unit(&rng);
        x[2][i] = i % 5;
        y[i] = 3 * fp_rng_unit(&rng) + x[1][i];
        weight[i] = 0.5 + fp_rng_unit(&rng);
        inner[i] = i % INNER;
        outer[i] = inner[i] % OUTER;
        other[i] = (int32_t)(7 * fp_rng_unit(&rng));
        wave[i] = i / INNER;
    }
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
}

typedef fp_status (*engine_maker)(const fp_lmm_rows *, fp_arena *, fp_lmm_engine **, fp_err *);

static fp_status make_nested(const fp_lmm_rows *rows, fp_arena *a, fp_lmm_engine **engine,
                             fp_err *err)
{
    fp_lmm_nest *nest = fp_arena_array(a, 1, sizeof *nest, err);
    ck_assert(nest && fp_lmm_nesting(rows->data, a, nest, err) == FP_OK && nest->nested);
    return fp_lmm_nested(rows, nest, a, engine, err);
}

static fp_lmm_moments moments(const fp_lmm_data *data, engine_maker make, const double *psi)
{
    fp_err err = {0};
    fp_lmm_engine *engine;
    bool spread;
    fp_lmm_rows *rows = fp_arena_array(arena, 1, sizeof *rows, &err);
    ck_assert(rows && fp_lmm_rows_make(data, 2, arena, rows, &spread, &err) == FP_OK);
    ck_assert_msg(make(rows, arena, &engine, &err) == FP_OK, "%s", err.message);
    fp_lmm_moments m = {.q = rows->q, .k = rows->k};
    ptrdiff_t jets = fp_jet_size(m.k);
    m.logdet = fp_arena_array(arena, jets, sizeof *m.logdet, &err);
    m.m = fp_arena_array(arena, jets * fp_packed_size(m.q), sizeof *m.m, &err);
    fp_status status = engine->evaluate(engine, psi, 2, false, &m, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return m;
}

static void same(const fp_lmm_moments *a, const fp_lmm_moments *b, double tolerance)
{
    ptrdiff_t size = fp_packed_size(a->q);
    for (ptrdiff_t j = 0; j < fp_jet_size(a->k); j++) {
        ck_assert_double_eq_tol(a->logdet[j], b->logdet[j], tolerance * (1 + fabs(a->logdet[j])));
        for (ptrdiff_t i = 0; i < size; i++)
            ck_assert_double_eq_tol(a->m[j * size + i], b->m[j * size + i],
                                    1e-9 * (1 + fabs(a->m[j * size + i])));
    }
}

static fp_lmm_data rows_of(const fp_lmm_block *block, ptrdiff_t blocks)
{
    static const double *const columns[] = {x[0], x[1], x[2]};
    return (fp_lmm_data){
        .n = N, .p = 3, .x = columns, .intercept = true, .y = y, .blocks = blocks, .block = block};
}

static const double *const slope[] = {NULL, x[1]};
static const double *const plain[] = {NULL};

START_TEST(nested_is_dense)
{
    const fp_lmm_block block[] = {{INNER, inner, 2, slope}, {OUTER, outer, 2, slope}};
    const double psi[] = {0.8, 0.1, 0.4, 0.3, -0.05, 0.2};
    fp_lmm_data data = rows_of(block, 2);
    for (int weighted = 0; weighted < 2; weighted++) {
        data.weight = weighted ? weight : NULL;
        fp_lmm_moments a = moments(&data, make_nested, psi), b = moments(&data, fp_lmm_dense, psi);
        same(&a, &b, 1e-9);
    }
}
END_TEST

/* Log-determinants of the sparse engine have second derivatives by differences. */
START_TEST(sparse_is_dense)
{
    const fp_lmm_block block[] = {{INNER, inner, 2, slope}, {7, other, 1, plain}};
    const double psi[] = {0.8, 0.1, 0.4, 0.3}, edge[] = {0.8, 0.1, 0.4, 0};
    fp_lmm_data data = rows_of(block, 2);
    fp_lmm_moments a = moments(&data, fp_lmm_sparse, psi), b = moments(&data, fp_lmm_dense, psi);
    same(&a, &b, 3e-4);
    a = moments(&data, fp_lmm_sparse, edge);
    b = moments(&data, fp_lmm_dense, edge);
    same(&a, &b, 1e-3);
}
END_TEST

/* First and second derivatives of every structure against differences of the values. */
static void check_differences(const fp_lmm_data *data, ptrdiff_t k, const double *psi)
{
    double moved[16], h = 1e-4;
    fp_lmm_moments at = moments(data, make_nested, psi);
    ck_assert_int_eq(at.k, k);
    ptrdiff_t size = fp_packed_size(at.q), last = size - 1;
    for (ptrdiff_t l = 0; l < k; l++) {
        memcpy(moved, psi, (size_t)k * sizeof *moved);
        moved[l] += h;
        fp_lmm_moments up = moments(data, make_nested, moved);
        moved[l] -= 2 * h;
        fp_lmm_moments down = moments(data, make_nested, moved);
        ptrdiff_t f = fp_jet_first(l), s = fp_jet_second(l, l);
        double scale = 1e-4 * (1 + fabs(at.logdet[s]) + fabs(at.m[s * size + last]));
        ck_assert_double_eq_tol((up.logdet[0] - down.logdet[0]) / (2 * h), at.logdet[f], scale);
        ck_assert_double_eq_tol((up.m[last] - down.m[last]) / (2 * h), at.m[f * size + last],
                                scale);
        for (ptrdiff_t j = 0; j < k; j++) {
            ptrdiff_t fj = fp_jet_first(j), d = fp_jet_second(j, l);
            ck_assert_double_eq_tol((up.logdet[fj] - down.logdet[fj]) / (2 * h), at.logdet[d],
                                    scale + 1e-3 * fabs(at.logdet[d]));
            ck_assert_double_eq_tol((up.m[fj * size + last] - down.m[fj * size + last]) / (2 * h),
                                    at.m[d * size + last],
                                    scale + 1e-3 * fabs(at.m[d * size + last]));
        }
    }
}

START_TEST(derivatives_are_those_of_the_values)
{
    static const double at[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const struct {
        fp_lmm_residual residual;
        ptrdiff_t k;
        double psi[16];
    } cases[] = {
        {FP_LMM_SYMMETRIC, 2, {0.3, 0.2}},
        {FP_LMM_AR1, 2, {0.4, 0.2}},
        {FP_LMM_UNSTRUCTURED, 6, {0.3, 1.2, 0.2, 0.4, 0.9, 0.3}},
        {FP_LMM_DIAGONAL, 3, {1.2, 0.7, 0.3}},
    };
    int32_t third[N];
    fp_lmm_block block[] = {{OUTER, outer, 1, plain}};
    fp_lmm_data data = rows_of(block, 1);
    for (int i = 0; i < N; i++)
        third[i] = wave[i] % 3;
    data.n = 3 * INNER - 5; /* the last subjects miss a wave */
    data.subject = inner;
    data.subjects = INNER;
    data.wave = third;
    data.waves = 3;
    data.wave_at = at;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data.residual = cases[i].residual;
        check_differences(&data, cases[i].k, cases[i].psi);
    }
}
END_TEST

/* Many groups, each with a design of its own: M and log|V| against the sum written out (K = psi /
 * (1
 * + psi z'z)), the same bits on any number of threads, and a sample of them. */
enum { MANY = 20000, EACH = 3, ROWS = MANY * EACH, PERIODS = 4 };

typedef struct {
    double z[ROWS], y[ROWS], kind[PERIODS][ROWS];
    int32_t group[ROWS];
    const double *column[PERIODS], *slope[1];
    fp_lmm_block block;
    fp_lmm_data data;
} many;

/* kind[j]: 1 in every 2^(j + 1)-th group. */
static many *make_many(void)
{
    fp_err err = {0};
    fp_rng rng;
    many *m = fp_arena_array(arena, 1, sizeof *m, &err);
    ck_assert_ptr_nonnull(m);
    fp_rng_init(&rng, 11, FP_RNG_TEST, 0);
    for (int i = 0; i < ROWS; i++) {
        m->group[i] = i / EACH;
        m->z[i] = fp_rng_unit(&rng);
        m->y[i] = fp_rng_unit(&rng) + m->z[i];
        for (int j = 0; j < PERIODS; j++)
            m->kind[j][i] = m->group[i] % (2 << j) == 0;
    }
    for (int j = 0; j < PERIODS; j++)
        m->column[j] = m->kind[j];
    m->slope[0] = m->z;
    m->block = (fp_lmm_block){MANY, m->group, 1, m->slope};
    m->data = (fp_lmm_data){
        .n = ROWS, .p = PERIODS, .x = m->column, .y = m->y, .blocks = 1, .block = &m->block};
    return m;
}

static fp_lmm_moments moments_of(const many *m, int threads, double psi, bool sampling,
                                 fp_lmm_engine **engine)
{
    fp_err err = {0};
    bool spread;
    fp_lmm_rows *rows = fp_arena_array(arena, 1, sizeof *rows, &err);
    ck_assert(rows && fp_lmm_rows_make(&m->data, threads, arena, rows, &spread, &err) == FP_OK);
    ck_assert(make_nested(rows, arena, engine, &err) == FP_OK);
    fp_lmm_moments out = {.q = rows->q, .k = rows->k};
    out.logdet = fp_arena_array(arena, fp_jet_size(out.k), sizeof *out.logdet, &err);
    out.m = fp_arena_array(arena, fp_jet_size(out.k) * fp_packed_size(out.q), sizeof *out.m, &err);
    psi /= rows->scale[0][0] * rows->scale[0][0];
    (*engine)->sampling = sampling;
    ck_assert((*engine)->evaluate(*engine, &psi, 2, false, &out, &err) == FP_OK);
    return out;
}

START_TEST(many_designs_are_summed)
{
    const double psi = 0.7;
    const many *m = make_many();
    fp_lmm_engine *engine;
    fp_lmm_moments a = moments_of(m, 1, psi, false, &engine);
    fp_lmm_moments b = moments_of(m, 3, psi, false, &engine);
    double logdet = 0, yy = 0, xy = 0;
    for (int g = 0; g < MANY; g++) {
        double w = 0, zy = 0, zx = 0;
        for (int i = g * EACH; i < (g + 1) * EACH; i++) {
            w += m->z[i] * m->z[i];
            zy += m->z[i] * m->y[i];
            zx += m->z[i] * m->kind[0][i];
            yy += m->y[i] * m->y[i];
            xy += m->kind[0][i] * m->y[i];
        }
        logdet += log1p(psi * w);
        yy -= psi / (1 + psi * w) * zy * zy;
        xy -= psi / (1 + psi * w) * zx * zy;
    }
    ck_assert_double_eq_tol(a.logdet[0], logdet, 1e-11 * logdet);
    ck_assert_double_eq_tol(a.m[fp_packed(PERIODS, PERIODS)], yy, 1e-11 * yy);
    ck_assert_double_eq_tol(a.m[fp_packed(PERIODS, 0)], xy, 1e-11 * xy);
    ptrdiff_t jets = fp_jet_size(a.k), size = fp_packed_size(a.q);
    ck_assert_mem_eq(a.logdet, b.logdet, (size_t)jets * sizeof *a.logdet);
    ck_assert_mem_eq(a.m, b.m, (size_t)(jets * size) * sizeof *a.m);
}
END_TEST

/* The sample holds its share of what comes back with every 2nd, 4th, 8th and 16th group. */
START_TEST(sample_is_of_every_kind)
{
    const many *m = make_many();
    fp_lmm_engine *engine;
    fp_lmm_moments part = moments_of(m, 2, 0, true, &engine);
    ck_assert_int_gt(engine->sample, ROWS / 20);
    ck_assert_int_lt(engine->sample, ROWS / 13);
    for (int j = 0; j < PERIODS; j++) {
        double all = (double)ROWS / (2 << j), share = part.m[fp_packed(j, j)] / all;
        ck_assert_double_gt(share, 1 / 20.0);
        ck_assert_double_lt(share, 1 / 13.0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lmm engines");
    TCase *c = tcase_create("engines");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, nested_is_dense);
    tcase_add_test(c, sparse_is_dense);
    tcase_add_test(c, derivatives_are_those_of_the_values);
    tcase_add_test(c, many_designs_are_summed);
    tcase_add_test(c, sample_is_of_every_kind);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
