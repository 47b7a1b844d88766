/* Estimating equations against a slow program with the full matrices of every cluster. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/rng.h"
#include "run_suite.h"
#include "stats/dense_priv.h"
#include "stats/gee.h"

enum { IDS = 13, P = 3, MOST = 6, ROWS = IDS * MOST };

typedef struct {
    ptrdiff_t n;
    double column[P][ROWS], y[ROWS], weight[ROWS], offset[ROWS];
    const double *columns[P];
    int32_t id[ROWS], wave[ROWS];
    fp_gee_data gee;
} sample;

/* Made rows: ids of 2 to 6 of the 6 waves, in no order. */
static void make(sample *s, fp_family family, fp_link link, fp_corr corr)
{
    fp_rng rng;
    fp_rng_init(&rng, 20, FP_RNG_PERMUTATION, 1);
    memset(s, 0, sizeof *s);
    for (int32_t wave = MOST - 1; wave >= 0; wave--)
        for (int32_t id = 0; id < IDS; id++) {
            if ((id + wave) % (2 + id % 4) == 0 && wave > 1)
                continue;
            ptrdiff_t i = s->n++;
            double u = fp_rng_unit(&rng), v = fp_rng_unit(&rng);
            s->id[i] = id;
            s->wave[i] = wave;
            s->column[0][i] = 1;
            s->column[1][i] = id % 2;
            s->column[2][i] = 5 + v + 0.2 * wave;
            s->weight[i] = 1 + (double)(i % 3);
            s->offset[i] = 0.1 * (double)(i % 2);
            s->y[i] = family == FP_FAMILY_BINOMIAL  ? u < 0.4 + 0.05 * (id % 5)
                      : family == FP_FAMILY_POISSON ? floor(4 * u + 0.3 * (id % 4))
                                                    : 1 + u + v + 0.2 * (id % 3);
        }
    for (int j = 0; j < P; j++)
        s->columns[j] = s->column[j];
    s->gee = (fp_gee_data){.rows = {.n = s->n,
                                    .p = P,
                                    .column = s->columns,
                                    .y = s->y,
                                    .weight = s->weight,
                                    .offset = s->offset,
                                    .family = family,
                                    .link = link,
                                    .intercept = true,
                                    .threads = 1},
                           .id = s->id,
                           .ids = IDS,
                           .position = s->wave,
                           .positions = MOST,
                           .corr = corr};
}

static double correlation(const fp_gee_fit *fit, fp_corr corr, int32_t a, int32_t b)
{
    int32_t low = a < b ? a : b, high = a < b ? b : a;
    if (a == b)
        return 1;
    if (corr == FP_CORR_INDEPENDENCE)
        return 0;
    if (corr == FP_CORR_EXCHANGEABLE)
        return fit->alpha[0];
    if (corr == FP_CORR_AR1)
        return pow(fit->alpha[0], high - low);
    return fit->alpha[low * (2 * MOST - low - 1) / 2 + high - low - 1];
}

/* One cluster in full: D (m x P), V^-1 (m x m), r. */
typedef struct {
    int m;
    double d[MOST * P], vi[MOST * MOST], r[MOST], u[P], omega[P * P];
} cluster;

static void take(const sample *s, const fp_gee_fit *fit, int32_t id, cluster *c)
{
    int32_t at[MOST];
    double v[MOST * MOST];
    const fp_regression *g = &s->gee.rows;
    c->m = 0;
    for (ptrdiff_t i = 0; i < s->n; i++)
        if (s->id[i] == id)
            at[c->m++] = (int32_t)i;
    for (int a = 0; a < c->m; a++) {
        ptrdiff_t i = at[a];
        double eta = s->offset[i];
        for (int j = 0; j < P; j++)
            eta += fit->beta[j] * s->column[j][i];
        double mu = fp_link_mu(g->link, eta), slope = fp_link_slope(g->link, eta);
        for (int j = 0; j < P; j++)
            c->d[a + j * c->m] = slope * s->column[j][i];
        c->r[a] = s->y[i] - mu;
        for (int b = 0; b < c->m; b++) {
            double eta_b = s->offset[at[b]];
            for (int j = 0; j < P; j++)
                eta_b += fit->beta[j] * s->column[j][at[b]];
            double mu_b = fp_link_mu(g->link, eta_b);
            v[a + b * c->m] = fit->scale *
                              sqrt(fp_family_variance(g->family, mu) / s->weight[i] *
                                   fp_family_variance(g->family, mu_b) / s->weight[at[b]]) *
                              correlation(fit, s->gee.corr, s->wave[i], s->wave[at[b]]);
            c->vi[a + b * c->m] = a == b;
        }
    }
    ck_assert(fp_lu_solve(v, c->m, c->vi, c->m));
}

/* out (P) = D' V^-1 x. */
static void project(const cluster *c, const double *x, double *out)
{
    for (int j = 0; j < P; j++) {
        out[j] = 0;
        for (int a = 0; a < c->m; a++)
            for (int b = 0; b < c->m; b++)
                out[j] += c->d[a + j * c->m] * c->vi[a + b * c->m] * x[b];
    }
}

static void sums(cluster *c)
{
    project(c, c->r, c->u);
    for (int j = 0; j < P; j++)
        project(c, c->d + j * c->m, c->omega + j * P);
}

/* (I - H_jj)^-1 r with H_jj = D V D' V_j^-1, m x m. */
static void leave_out(const cluster *c, const double *bread, double *x)
{
    double left[MOST * MOST];
    for (int a = 0; a < c->m; a++)
        for (int b = 0; b < c->m; b++) {
            double h = 0;
            for (int j = 0; j < P; j++)
                for (int l = 0; l < P; l++)
                    for (int k = 0; k < c->m; k++)
                        h += c->d[a + j * c->m] * bread[j + l * P] * c->d[k + l * c->m] *
                             c->vi[k + b * c->m];
            left[a + b * c->m] = (a == b) - h;
        }
    memcpy(x, c->r, (size_t)c->m * sizeof *x);
    ck_assert(fp_lu_solve(left, c->m, x, 1));
}

typedef struct {
    double naive[P * P], robust[P * P], md[P * P], kc[P * P], score[P];
} slow;

static void add(double *meat, const double *a, const double *b)
{
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++)
            meat[i + j * P] += (a[i] * b[j] + a[j] * b[i]) / 2;
}

static void compute(const sample *s, const fp_gee_fit *fit, slow *out)
{
    cluster c[IDS];
    double info[P * P] = {0}, meat[3][P * P] = {{0}}, work[P * P], x[MOST], adjusted[P];
    memset(out, 0, sizeof *out);
    for (int32_t id = 0; id < IDS; id++) {
        take(s, fit, id, &c[id]);
        sums(&c[id]);
        for (int i = 0; i < P * P; i++)
            info[i] += c[id].omega[i];
        for (int j = 0; j < P; j++)
            out->score[j] += c[id].u[j];
    }
    for (int i = 0; i < P; i++)
        out->naive[i + i * P] = 1;
    ck_assert(fp_lu_solve(info, P, out->naive, P));
    for (int32_t id = 0; id < IDS; id++) {
        leave_out(&c[id], out->naive, x);
        project(&c[id], x, adjusted);
        add(meat[0], c[id].u, c[id].u);
        add(meat[1], adjusted, adjusted);
        add(meat[2], adjusted, c[id].u);
    }
    fp_sandwich(out->naive, meat[0], P, work, out->robust);
    fp_sandwich(out->naive, meat[1], P, work, out->md);
    fp_sandwich(out->naive, meat[2], P, work, out->kc);
}

static void same(const double *got, const double *want, double tolerance)
{
    for (int i = 0; i < P * P; i++)
        ck_assert_double_eq_tol(got[i], want[i],
                                tolerance * sqrt(want[i / P * (P + 1)] * want[i % P * (P + 1)]));
}

static const struct {
    fp_family family;
    fp_link link;
} models[] = {{FP_FAMILY_GAUSSIAN, FP_LINK_IDENTITY},
              {FP_FAMILY_BINOMIAL, FP_LINK_LOGIT},
              {FP_FAMILY_POISSON, FP_LINK_LOG},
              {FP_FAMILY_GAMMA, FP_LINK_LOG},
              {FP_FAMILY_GAMMA, FP_LINK_INVERSE}};
enum { MODELS = sizeof models / sizeof *models, STRUCTURES = 4 };

START_TEST(agrees_with_full_matrices)
{
    sample s;
    slow want;
    fp_gee_fit fit;
    fp_corrected md, kc;
    fp_corr corr = (fp_corr)(_i % STRUCTURES);
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    make(&s, models[_i / STRUCTURES].family, models[_i / STRUCTURES].link, corr);
    ck_assert_int_eq(fp_gee(&s.gee, true, arena, &fit, NULL), FP_OK);
    if (fit.state == FP_GEE_NOT_POSITIVE) { /* moments of few rows may give no correlation */
        ck_assert_int_eq(corr, FP_CORR_UNSTRUCTURED);
        fp_arena_destroy(arena);
        return;
    }
    ck_assert_int_eq(fit.state, FP_GEE_CONVERGED);
    compute(&s, &fit, &want);
    for (int j = 0; j < P; j++) /* the score is 0 */
        ck_assert_double_eq_tol(want.score[j] * sqrt(want.naive[j + j * P]), 0, 1e-8);
    same(fit.naive, want.naive, 1e-9);
    same(fit.robust, want.robust, 1e-8);
    ck_assert_int_eq(fp_sandwich_correct(&fit.parts, FP_SMALL_MD, arena, &md, NULL), FP_OK);
    ck_assert_int_eq(fp_sandwich_correct(&fit.parts, FP_SMALL_KC, arena, &kc, NULL), FP_OK);
    if (md.bounded == 0) {
        same(md.var, want.md, 1e-8);
        same(kc.var, want.kc, 1e-8);
    }
    fp_arena_destroy(arena);
}
END_TEST

/* Rows in another order, ids with other numbers: the same numbers. */
START_TEST(does_not_depend_on_order)
{
    sample s, turned;
    fp_gee_fit fit, other;
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    make(&s, FP_FAMILY_BINOMIAL, FP_LINK_LOGIT, FP_CORR_AR1);
    turned = s;
    for (int j = 0; j < P; j++)
        turned.columns[j] = turned.column[j];
    for (ptrdiff_t i = 0; i < s.n; i++) {
        ptrdiff_t k = s.n - 1 - i;
        turned.id[i] = IDS - 1 - s.id[k];
        turned.wave[i] = s.wave[k];
        turned.y[i] = s.y[k];
        turned.weight[i] = s.weight[k];
        turned.offset[i] = s.offset[k];
        for (int j = 0; j < P; j++)
            turned.column[j][i] = s.column[j][k];
    }
    turned.gee.rows.column = turned.columns;
    turned.gee.rows.y = turned.y;
    turned.gee.rows.weight = turned.weight;
    turned.gee.rows.offset = turned.offset;
    turned.gee.id = turned.id;
    turned.gee.position = turned.wave;
    s.gee.rows.column = s.columns;
    ck_assert_int_eq(fp_gee(&s.gee, false, arena, &fit, NULL), FP_OK);
    ck_assert_int_eq(fp_gee(&turned.gee, false, arena, &other, NULL), FP_OK);
    for (int j = 0; j < P; j++)
        ck_assert_double_eq_tol(fit.beta[j], other.beta[j], 1e-10);
    same(fit.robust, other.robust, 1e-10);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(gives_memory_back)
{
    sample s;
    fp_gee_fit fit = {.n = -7};
    make(&s, FP_FAMILY_POISSON, FP_LINK_LOG, FP_CORR_EXCHANGEABLE);
    for (long n = 1; n < 1000; n++) {
        fp_arena *arena = fp_arena_create(64 * FP_MIB);
        fp_arena_fail_at(arena, n);
        size_t used = fp_arena_used(arena);
        fp_status status = fp_gee(&s.gee, true, arena, &fit, NULL);
        if (status == FP_OK) {
            fp_arena_destroy(arena);
            return;
        }
        ck_assert_int_eq(status, FP_NOMEM);
        ck_assert_int_eq(fit.n, -7);
        ck_assert_uint_eq(fp_arena_used(arena), used);
        fp_arena_destroy(arena);
    }
    ck_abort_msg("never enough memory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gee");
    TCase *tc = tcase_create("gee");
    tcase_add_loop_test(tc, agrees_with_full_matrices, 0, MODELS * STRUCTURES);
    tcase_add_test(tc, does_not_depend_on_order);
    tcase_add_test(tc, gives_memory_back);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
