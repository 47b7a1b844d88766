/* The Cox engine against a slow program that follows the definitions in long double, against the
 * plain sums of cox_sums.c, on every kind of processor at hand and on any number of threads. */
/* The referee computes in long double, and widens on purpose. */
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats/cox_rows_priv.h"

static fp_err err;

TEST_ARENA(4 * FP_GIB);

#define OK(call) ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want, by)                                                                        \
    ck_assert_double_eq_tol((got), (double)(want), (by) * (1e-3 + fabs((double)(want))))

static void *room(ptrdiff_t n, size_t size)
{
    void *p = fp_arena_array(arena, n, size, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

/* ---- made data ---- */

typedef struct {
    fp_survdata data;
    ptrdiff_t p;
    const double **column;
    const double *x;
    int32_t *cluster;
    ptrdiff_t clusters;
} sample;

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

enum { WHOLE = 1, LATE = 2, STRATA = 4, WEIGHTS = 8 };

static sample make(ptrdiff_t n, ptrdiff_t p, double days, int kind)
{
    uint64_t state = 20u + (uint64_t)kind;
    sample s = {.p = p, .clusters = 15};
    double *x = room(n * p, sizeof *x), *stop = room(n, sizeof *stop);
    double *start = room(n, sizeof *start), *weight = room(n, sizeof *weight);
    int32_t *event = room(n, sizeof *event), *stratum = room(n, sizeof *stratum);
    s.cluster = room(n, sizeof *s.cluster);
    s.column = room(p, sizeof *s.column);
    for (ptrdiff_t i = 0; i < n; i++) {
        double eta = 0;
        for (ptrdiff_t j = 0; j < p; j++) {
            double u = uniform(&state);
            x[i + j * n] = j % 3 == 0 ? u < 0.4 : j % 3 == 1 ? 50 + 8 * u : log(u);
            eta += (j % 2 ? -0.05 : 0.3) * (x[i + j * n] - (j % 3 == 1 ? 54 : 0)) / (double)(j + 1);
        }
        double t = -log(uniform(&state)) * days * exp(-eta), end = days * (0.3 + uniform(&state));
        event[i] = t <= end;
        stop[i] = fmin(t, end);
        if (kind & WHOLE)
            stop[i] = ceil(stop[i]);
        start[i] = uniform(&state) < 0.5 ? 0 : stop[i] * uniform(&state) * 0.9;
        if (kind & WHOLE)
            start[i] = floor(start[i]);
        weight[i] = 0.5 + uniform(&state);
        stratum[i] = (int32_t)(3 * uniform(&state));
        s.cluster[i] = (int32_t)(15 * uniform(&state));
    }
    for (ptrdiff_t j = 0; j < p; j++)
        s.column[j] = x + j * n;
    s.x = x;
    s.data = (fp_survdata){.n = n, .stop = stop, .event = event, .strata = 1};
    if (kind & LATE)
        s.data.start = start;
    if (kind & STRATA) {
        s.data.stratum = stratum;
        s.data.strata = 3;
    }
    if (kind & WEIGHTS)
        s.data.weight = weight;
    return s;
}

/* ---- the referee: Therneau & Grambsch 2000, eq. 3.1 to 3.5, death by death ---- */

enum { P = 3 };
typedef long double real;

typedef struct {
    const sample *s;
    real beta[P], loglik, score[P], info[P][P];
    real *u; /* n x P: score residuals times weight */
} referee;

static real weight_of(const sample *s, ptrdiff_t i)
{
    return s->data.weight ? s->data.weight[i] : 1;
}

static real exp_eta(const referee *r, ptrdiff_t i)
{
    real eta = 0;
    for (int j = 0; j < P; j++)
        eta += r->beta[j] * (r->s->column[j][i] - (j == 1 ? 54 : 0));
    return expl(eta);
}

static bool same_stratum(const sample *s, ptrdiff_t a, ptrdiff_t b)
{
    return !s->data.stratum || s->data.stratum[a] == s->data.stratum[b];
}

static bool at_risk(const sample *s, ptrdiff_t i, ptrdiff_t death)
{
    double t = s->data.stop[death];
    return same_stratum(s, i, death) && s->data.stop[i] >= t &&
           (!s->data.start || s->data.start[i] < t);
}

static bool dies_with(const sample *s, ptrdiff_t i, ptrdiff_t death)
{
    return s->data.event[i] && same_stratum(s, i, death) &&
           !(s->data.stop[i] < s->data.stop[death]) && !(s->data.stop[i] > s->data.stop[death]);
}

/* Sub-event k of the d deaths at the time of row `death`: everybody at risk has weight w exp(eta),
 * those who die less by k/d (Efron). */
static void sub_event(referee *r, ptrdiff_t death, int k, int d, real mean_weight)
{
    const sample *s = r->s;
    real s0 = 0, s1[P] = {0}, s2[P][P] = {{0}};
    for (ptrdiff_t i = 0; i < s->data.n; i++) {
        if (!at_risk(s, i, death))
            continue;
        real w = weight_of(s, i) * exp_eta(r, i);
        if (dies_with(s, i, death))
            w *= 1 - (real)k / d;
        s0 += w;
        for (int a = 0; a < P; a++) {
            s1[a] += w * s->column[a][i];
            for (int b = 0; b < P; b++)
                s2[a][b] += w * s->column[a][i] * s->column[b][i];
        }
    }
    r->loglik -= mean_weight * logl(s0);
    for (int a = 0; a < P; a++) {
        r->score[a] -= mean_weight * s1[a] / s0;
        for (int b = 0; b < P; b++)
            r->info[a][b] += mean_weight * (s2[a][b] / s0 - s1[a] * s1[b] / (s0 * s0));
    }
    for (ptrdiff_t i = 0; i < s->data.n; i++) {
        if (!at_risk(s, i, death))
            continue;
        bool dies = dies_with(s, i, death);
        real share = (dies ? 1 - (real)k / d : 1) * exp_eta(r, i) * mean_weight / s0;
        for (int a = 0; a < P; a++) {
            real away = s->column[a][i] - s1[a] / s0;
            r->u[i * P + a] += weight_of(s, i) * ((dies ? away / d : 0) - share * away);
        }
    }
}

static void look(referee *r)
{
    const sample *s = r->s;
    r->loglik = 0;
    memset(r->score, 0, sizeof r->score);
    memset(r->info, 0, sizeof r->info);
    for (ptrdiff_t i = 0; i < s->data.n * P; i++)
        r->u[i] = 0;
    for (ptrdiff_t i = 0; i < s->data.n; i++) {
        if (!s->data.event[i])
            continue;
        r->loglik += weight_of(s, i) * logl(exp_eta(r, i));
        int d = 0;
        real sum = 0;
        bool first = true;
        for (ptrdiff_t k = 0; k < s->data.n; k++)
            if (dies_with(s, k, i)) {
                first = first && k >= i;
                sum += weight_of(s, k);
                d++;
            }
        for (int a = 0; a < P; a++)
            r->score[a] += weight_of(s, i) * s->column[a][i];
        for (int k = 0; first && k < d; k++)
            sub_event(r, i, k, d, sum / d);
    }
}

/* out = a^-1 by Gauss-Jordan; a is positive definite. */
static void invert(real a[P][P], real out[P][P])
{
    real m[P][2 * P] = {{0}};
    for (int i = 0; i < P; i++) {
        for (int j = 0; j < P; j++)
            m[i][j] = a[i][j];
        m[i][P + i] = 1;
    }
    for (int i = 0; i < P; i++) {
        real pivot = m[i][i];
        for (int j = 0; j < 2 * P; j++)
            m[i][j] /= pivot;
        for (int k = 0; k < P; k++) {
            real f = m[k][i];
            for (int j = 0; k != i && j < 2 * P; j++)
                m[k][j] -= f * m[i][j];
        }
    }
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++)
            out[i][j] = m[i][P + j];
}

static real quadratic(real a[P][P], const real *u)
{
    real sum = 0;
    for (int i = 0; i < P; i++)
        for (int j = 0; j < P; j++)
            sum += u[i] * a[i][j] * u[j];
    return sum;
}

static void sandwich(const referee *r, real inverse[P][P], real out[P][P])
{
    const sample *s = r->s;
    real *sums = room(s->clusters * P, sizeof *sums);
    for (ptrdiff_t i = 0; i < s->data.n; i++)
        for (int a = 0; a < P; a++)
            sums[s->cluster[i] * P + a] += r->u[i * P + a];
    memset(out, 0, sizeof(real[P][P]));
    for (ptrdiff_t c = 0; c < s->clusters; c++) {
        real d[P] = {0};
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++)
                d[a] += inverse[a][b] * sums[c * P + b];
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++)
                out[a][b] += d[a] * d[b];
    }
}

static void compare_with_referee(int kind, double days)
{
    sample s = make(160, P, days, kind);
    referee r = {.s = &s, .u = room(s.data.n * P, sizeof(real))};
    real inverse[P][P], robust_var[P][P];
    fp_cox_rows *rows;
    fp_cox_fit fit;
    fp_cox_robust robust;
    OK(fp_cox_rows_create(&s.data, P, s.column, NULL, FP_TIES_EFRON, 1, arena, &rows, &err));
    OK(fp_cox_rows_fit(rows, NULL, arena, &fit, &err));
    OK(fp_cox_rows_robust(rows, &fit, s.cluster, s.clusters, arena, &robust, &err));
    look(&r);
    invert(r.info, inverse);
    NEAR(fit.loglik_null, r.loglik, 1e-14);
    NEAR(fit.score_chisq, quadratic(inverse, r.score), 1e-12);
    for (int step = 0; step < 8; step++) {
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++)
                r.beta[a] += inverse[a][b] * r.score[b];
        look(&r);
        invert(r.info, inverse);
    }
    sandwich(&r, inverse, robust_var);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    NEAR(fit.loglik_fitted, r.loglik, 1e-14);
    for (int a = 0; a < P; a++) {
        NEAR(fit.beta[a], r.beta[a], 1e-12);
        for (int b = 0; b < P; b++) {
            double scale = sqrt(fit.var[a + a * P] * fit.var[b + b * P]);
            ck_assert_double_eq_tol(fit.var[a + b * P], (double)inverse[a][b], 1e-12 * scale);
            ck_assert_double_eq_tol(robust.var[a + b * P], (double)robust_var[a][b], 1e-12 * scale);
        }
    }
}

START_TEST(referee_agrees)
{
    for (int kind = 0; kind < 16; kind++)
        compare_with_referee(kind, 25);
    compare_with_referee(WHOLE | LATE | STRATA | WEIGHTS, 5); /* nearly all tied */
}
END_TEST

/* ---- one path is the other ---- */

/* The sums, score and information of the engine at some beta against those of cox_sums.c. */
static void compare_with_plain(const sample *s, fp_ties ties, const fp_cox_kernel *kernel)
{
    ptrdiff_t p = s->p, m;
    fp_cox_rows *rows;
    fp_cox_sums plain;
    double *beta = room(p, sizeof *beta), *eta = room(s->data.n, sizeof *eta);
    double *info = room(p * p, sizeof *info), *want = room(p * p, sizeof *want);
    double *score = room(p, sizeof *score);
    for (ptrdiff_t j = 0; j < p; j++)
        beta[j] = (j % 2 ? 0.02 : -0.2) / (double)(j + 1);
    OK(fp_cox_rows_create(&s->data, p, s->column, NULL, ties, 2, arena, &rows, &err));
    rows->kernel = kernel;
    m = rows->risk.length;
    fp_cox_problem q = {&s->data, &rows->risk, ties, p, s->x, rows->mean};
    double *weight = room(m, sizeof *weight);
    for (ptrdiff_t g = 0; g < m; g++)
        weight[g] = 1 + (double)(g % 7);
    const double *const weights[1] = {weight};
    OK(fp_cox_sums_create(&q, arena, &plain, &err));
    fp_cox_rows_sums(rows, beta, eta);
    fp_cox_rows_derive(rows, 1, weights, &score, &info, NULL);
    fp_cox_sums_scalar(&q, eta, &plain);
    fp_cox_sums_columns(&q, &plain);
    fp_cox_information(&q, &plain, weight, want, NULL);
    NEAR(rows->sums.loglik, plain.loglik, 1e-13);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t l = 0; l < p; l++)
            ck_assert_double_eq_tol(info[j + l * p], want[j + l * p],
                                    1e-11 * sqrt(want[j + j * p] * want[l + l * p]));
    for (ptrdiff_t j = 0; j < p; j++) {
        double sum = 0;
        for (ptrdiff_t i = 0; i < s->data.n; i++)
            if (s->data.event[i])
                sum += weight[rows->risk.hi[i]] * fp_row_weight(&s->data, i) *
                       (s->column[j][i] - rows->mean[j]);
        for (ptrdiff_t g = 0; g < m; g++)
            sum -=
                weight[g] * (plain.c0[g] * plain.s1[g + j * m] - plain.c1[g] * plain.e1[g + j * m]);
        ck_assert_double_eq_tol(score[j], sum, 1e-10 * sqrt(want[j + j * p]));
    }
}

START_TEST(every_kernel_is_plain)
{
    const fp_cox_kernel *list[4];
    int kernels = fp_cox_kernel_list(list);
    ck_assert_int_ge(kernels, 1);
    for (int k = 0; k < kernels; k++)
        for (int kind = 0; kind < 16; kind += k ? 15 : 1) {
            sample s = make(1003, 7, 60, kind);
            compare_with_plain(&s, FP_TIES_EFRON, list[k]);
            compare_with_plain(&s, FP_TIES_BRESLOW, list[k]);
        }
}
END_TEST

/* Several chunks of rows; whole days with tables, other times without. */
START_TEST(every_path_is_plain)
{
    for (int kind = 0; kind < 16; kind++) {
        sample s = make(20011, 6, 400, kind);
        fp_cox_rows *rows;
        OK(fp_cox_rows_create(&s.data, 6, s.column, NULL, FP_TIES_EFRON, 1, arena, &rows, &err));
        ck_assert_int_eq(rows->tables, (kind & WHOLE) != 0);
        ck_assert_int_gt(rows->chunks, 1);
        compare_with_plain(&s, FP_TIES_EFRON, fp_cox_kernel_pick());
    }
}
END_TEST

/* A linear predictor far from 0, in one stratum more than in another. */
START_TEST(shifted_predictor)
{
    sample s = make(500, 2, 30, WHOLE | STRATA);
    double *offset = room(500, sizeof *offset);
    fp_cox_fit near, far;
    OK(fp_cox(&s.data, 2, s.x, NULL, NULL, arena, &near, &err));
    for (ptrdiff_t i = 0; i < 500; i++)
        offset[i] = 400.0 * (1 - s.data.stratum[i]);
    OK(fp_cox(&s.data, 2, s.x, offset, NULL, arena, &far, &err));
    for (int j = 0; j < 2; j++)
        NEAR(far.beta[j], near.beta[j], 1e-11);
    NEAR(far.loglik_fitted, near.loglik_fitted, 1e-12);
}
END_TEST

/* exp of the kernels to within one unit in the last place, and at the ends of its range. */
START_TEST(exponential)
{
    const fp_cox_kernel *list[4];
    int kernels = fp_cox_kernel_list(list);
    uint64_t state = 3;
    for (int k = 0; k < kernels; k++) {
        double eta[FP_COX_LD], r[FP_COX_LD];
        for (int round = 0; round < 300; round++) {
            double wide = round % 2 ? 4 : 1400;
            for (int i = 0; i < FP_COX_BLOCK; i++)
                eta[i] = (uniform(&state) - .5) * wide;
            (void)list[k]->risk(eta, NULL, FP_COX_BLOCK, r);
            for (int i = 0; i < FP_COX_BLOCK; i++) {
                long double want = expl((long double)eta[i]);
                double unit = nextafter((double)want, HUGE_VAL) - (double)want;
                ck_assert(fabsl((long double)r[i] - want) <= 1.0L * unit);
            }
        }
        double ends[8] = {0, -0.0, 1, -745, -800, -1e308, 709, -708};
        ck_assert_double_eq(list[k]->risk(ends, NULL, 8, r), 1e308);
        ck_assert_double_eq(r[0], 1);
        ck_assert_double_eq(r[1], 1);
        ck_assert_double_gt(r[3], 0);
        ck_assert_double_eq(r[4], 0);
        ck_assert_double_eq(r[5], 0);
        ck_assert(isfinite(r[6]));
    }
}
END_TEST

/* ---- threads ---- */

typedef struct {
    fp_cox_fit fit;
    fp_cox_robust robust, own;
    fp_concordance concordance;
    fp_cox_ph ph;
} answers;

static answers answer(const sample *s, int threads)
{
    int32_t term[16];
    answers a;
    fp_cox_rows *rows;
    for (int32_t j = 0; j < 16; j++)
        term[j] = j;
    OK(fp_cox_rows_create(&s->data, s->p, s->column, NULL, FP_TIES_EFRON, threads, arena, &rows,
                          &err));
    OK(fp_cox_rows_fit(rows, NULL, arena, &a.fit, &err));
    OK(fp_cox_rows_ph_test(rows, &a.fit, term, (int32_t)s->p, FP_PH_KM, arena, &a.ph, &err));
    OK(fp_cox_rows_robust(rows, &a.fit, s->cluster, s->clusters, arena, &a.robust, &err));
    OK(fp_cox_rows_robust(rows, &a.fit, NULL, 0, arena, &a.own, &err));
    OK(fp_cox_rows_concordance(rows, a.fit.eta, s->cluster, s->clusters, &a.concordance, &err));
    return a;
}

static void same_bytes(const sample *s, const answers *a, const answers *b)
{
    size_t p = (size_t)s->p * sizeof(double);
    ck_assert_mem_eq(a->fit.beta, b->fit.beta, p);
    ck_assert_mem_eq(a->fit.var, b->fit.var, p * (size_t)s->p);
    ck_assert_mem_eq(a->fit.eta, b->fit.eta, (size_t)s->data.n * sizeof(double));
    ck_assert_mem_eq(&a->fit.loglik_fitted, &b->fit.loglik_fitted, sizeof(double));
    ck_assert_mem_eq(&a->fit.score_chisq, &b->fit.score_chisq, sizeof(double));
    ck_assert_mem_eq(a->robust.var, b->robust.var, p * (size_t)s->p);
    ck_assert_mem_eq(a->own.var, b->own.var, p * (size_t)s->p);
    ck_assert_mem_eq(&a->concordance, &b->concordance, sizeof a->concordance);
    ck_assert_mem_eq(a->ph.chisq, b->ph.chisq, p + sizeof(double));
}

START_TEST(threads_change_nothing)
{
    const int kinds[] = {WHOLE, WHOLE | LATE | STRATA | WEIGHTS, 0, LATE | WEIGHTS};
    for (int k = 0; k < 4; k++) {
        sample s = make(40009, 5, 300, kinds[k]);
        answers one = answer(&s, 1);
        for (int threads = 2; threads <= 8; threads *= 2) {
            answers more = answer(&s, threads);
            same_bytes(&s, &one, &more);
        }
    }
}
END_TEST

/* ---- concordance, pair by pair ---- */

static void count_pairs(const sample *s, const double *eta, double *concordant, double *tied,
                        double *pairs)
{
    for (ptrdiff_t i = 0; i < s->data.n; i++)
        for (ptrdiff_t k = 0; k < s->data.n; k++) {
            if (!s->data.event[i] || k == i || !at_risk(s, k, i) || dies_with(s, k, i))
                continue;
            double w = (double)(weight_of(s, i) * weight_of(s, k));
            *pairs += w;
            *concordant += eta[i] > eta[k] ? w : 0;
            *tied += eta[i] > eta[k] || eta[i] < eta[k] ? 0 : w;
        }
}

START_TEST(concordance_pair_by_pair)
{
    for (int kind = 0; kind < 16; kind++) {
        sample s = make(400, 2, 40, kind);
        fp_concordance c;
        double *eta = room(400, sizeof *eta), concordant = 0, tied = 0, pairs = 0;
        for (ptrdiff_t i = 0; i < 400; i++)
            eta[i] = kind % 2 ? s.x[i] + floor(s.x[400 + i]) : s.x[400 + i];
        OK(fp_cox_concordance(&s.data, eta, NULL, 0, arena, &c, &err));
        count_pairs(&s, eta, &concordant, &tied, &pairs);
        NEAR(c.concordant, concordant, 1e-12);
        NEAR(c.tied_x, tied, 1e-12);
        NEAR(c.concordant + c.tied_x + c.discordant, pairs, 1e-12);
    }
}
END_TEST

/* ---- outcomes ---- */

START_TEST(edges)
{
    sample s = make(300, 150, 50, WHOLE);
    fp_cox_fit fit;
    OK(fp_cox(&s.data, 150, s.x, NULL, NULL, arena, &fit, &err)); /* many columns */
    ck_assert(fit.state == FP_COX_CONVERGED || fit.state == FP_COX_SEPARATED);
    sample t = make(60, 2, 20, WHOLE | STRATA);
    double *x = room(120, sizeof *x), *tied = room(60, sizeof *tied);
    int32_t *event = room(60, sizeof *event);
    for (ptrdiff_t i = 0; i < 60; i++) {
        x[i] = t.x[i];
        x[60 + i] = 3 * t.data.stratum[i]; /* constant in every risk set */
        tied[i] = 7;
        event[i] = t.data.stratum[i] != 1 && t.data.event[i]; /* a stratum without events */
    }
    t.data.event = event;
    OK(fp_cox(&t.data, 2, x, NULL, NULL, arena, &fit, &err));
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert_int_eq(fit.rank, 1);
    ck_assert(isfinite(fit.beta[0]) && isnan(fit.beta[1]));
    t.data.stop = tied; /* all at one time */
    OK(fp_cox(&t.data, 1, x, NULL, NULL, arena, &fit, &err));
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert(isfinite(fit.beta[0]) && isfinite(fit.var[0]));
    x[5] = 1e308; /* cannot be squared */
    ck_assert_int_eq(fp_cox(&t.data, 1, x, NULL, NULL, arena, &fit, &err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "1e+308"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cox engine");
    TCase *t = tcase_create("cox engine");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, referee_agrees);
    tcase_add_test(t, every_kernel_is_plain);
    tcase_add_test(t, every_path_is_plain);
    tcase_add_test(t, shifted_predictor);
    tcase_add_test(t, exponential);
    tcase_add_test(t, threads_change_nothing);
    tcase_add_test(t, concordance_pair_by_pair);
    tcase_add_test(t, edges);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
