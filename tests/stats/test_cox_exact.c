/* Exact ties: fractions worked by hand, R, and what must not change the answer. */
#include "cox_plus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/cox_exact.h"

static fp_cox_fit fitted(const fp_survdata *d, ptrdiff_t p, const double *x, const double *offset)
{
    fp_cox_fit fit;
    OK(fp_cox_exact(d, p, x, offset, NULL, plus_arena, &fit, &plus_err));
    return fit;
}

static void same_fit(const fp_cox_fit *a, const fp_cox_fit *b, ptrdiff_t p, double by)
{
    NEAR(a->loglik_null, b->loglik_null, by);
    NEAR(a->loglik_fitted, b->loglik_fitted, by);
    NEAR(a->score_chisq, b->score_chisq, by);
    NEAR(a->wald_chisq, b->wald_chisq, 10 * by);
    for (ptrdiff_t j = 0; j < p; j++)
        NEAR(a->beta[j], b->beta[j], 10 * by);
    for (ptrdiff_t j = 0; j < p * p; j++)
        NEAR(a->var[j], b->var[j], 10 * by);
}

/* With r = exp(beta): two of seven die at 1 (one of three with x = 1), three of five at 2 (one of
 * two). Sets of two: 3r^2 + 12r + 6; of three: 3r^2 + 6r + 1; so
 * L = r^2 / ((3r^2 + 12r + 6)(3r^2 + 6r + 1)), at its largest where 3r^4 + 9r^3 - 8r - 2 = 0. */
static double stop7[] = {1, 1, 2, 2, 2, 2, 3}, x7[] = {1, 0, 1, 0, 0, 1, 0};
static int32_t event7[] = {1, 1, 1, 1, 1, 0, 0};

static void check_seven(const fp_survdata *d)
{
    fp_cox_fit fit = fitted(d, 1, x7, NULL);
    NEAR(fit.loglik_null, -log(210), 1e-15);
    NEAR(fit.score_chisq, 4.0 / 941, 1e-14); /* U = -2/35, I = 20/49 + 9/25 = 941/1225 */
    double r = exp(fit.beta[0]), a = 3 * r * r + 12 * r + 6, b = 3 * r * r + 6 * r + 1;
    NEAR(3 * pow(r, 4) + 9 * pow(r, 3) - 8 * r, 2, 1e-12);
    NEAR(fit.loglik_fitted, log(r * r / (a * b)), 1e-14);
    double mean = (6 * r * r + 12 * r) / a, mean2 = (6 * r * r + 6 * r) / b;
    double info = (12 * r * r + 12 * r) / a - mean * mean + (12 * r * r + 6 * r) / b;
    info -= mean2 * mean2;
    NEAR(fit.var[0], 1 / info, 1e-12);
    NEAR(fit.wald_chisq, fit.beta[0] * fit.beta[0] * info, 1e-11);
    NEAR(fit.lr_chisq, 2 * (fit.loglik_fitted - fit.loglik_null), 1e-14);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert_int_eq(fit.events, 5);
}

START_TEST(hand_fractions)
{
    double start[7] = {0};
    fp_survdata d = {.n = 7, .strata = 1, .stop = stop7, .event = event7};
    check_seven(&d);
    d.start = start; /* each time apart: three of five by the two who live */
    check_seven(&d);
}
END_TEST

/* The data of test_cox.c: L = r^2 / (9 (r + 1)^2) has no maximum. */
START_TEST(hand_monotone)
{
    double stop[] = {1, 1, 6, 6, 8, 9}, x[] = {1, 1, 1, 0, 0, 0};
    int32_t event[] = {1, 0, 1, 1, 0, 1};
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop, .event = event};
    fp_cox_fit fit = fitted(&d, 1, x, NULL);
    NEAR(fit.loglik_null, -log(36), 1e-15);
    NEAR(fit.score_chisq, 2, 1e-14); /* U = 1, I = 1/4 + 1/4 */
    ck_assert_int_eq(fit.state, FP_COX_SEPARATED);
    NEAR(fit.loglik_fitted, -log(9), 1e-4);
}
END_TEST

/* Everybody dies at one time: there is one set, and nothing to learn. */
START_TEST(everybody)
{
    double stop[] = {4, 4, 4}, x[] = {1, 2, 4}, start[] = {0, 1, 2};
    int32_t event[] = {1, 1, 1};
    fp_survdata d = {.n = 3, .strata = 1, .stop = stop, .event = event};
    for (int late = 0; late < 2; late++) {
        fp_cox_fit fit = fitted(&d, 1, x, NULL);
        ck_assert_int_eq(fit.state, FP_COX_NO_TERMS);
        ck_assert_int_eq(fit.rank, 0);
        NEAR(fit.loglik_null, 0, 1e-14);
        d.start = start;
    }
}
END_TEST

typedef struct {
    const char *name, *file, *x, *start, *stratum, *offset;
    double width; /* of the periods that time is cut into; 0 = none */
    int32_t term[4];
    int32_t terms;
} exact_case;

START_TEST(reference)
{
    static const exact_case cases[] = {
        {"exact_right", "mixed.csv", "x1 x2 f2 f3", NULL, NULL, NULL, 0, {0, 1, 2, 3}, 4},
        {"exact_strata", "mixed.csv", "x1 x2 f2 f3", NULL, "s", NULL, 0, {0, 1, 2, 3}, 4},
        {"exact_offset", "mixed.csv", "x1 x2", NULL, NULL, "o", 0, {0, 1}, 2},
        {"exact_lung", "lung.csv", "age sex ecog", NULL, NULL, NULL, 0, {0, 1, 2}, 3},
        {"exact_lung_month", "lung.csv", "age sex ecog", NULL, NULL, NULL, 30.4375, {0, 1, 2}, 3},
        {"exact_lung_year", "lung.csv", "age sex ecog", NULL, "g", NULL, 365.25, {0}, 0},
        {"exact_late", "mixed.csv", "x1 x2 f2 f3", "start", NULL, NULL, 0, {0}, 0},
        {"exact_heart", "heart.csv", "trans age year surgery", "start", NULL, NULL, 0, {0}, 0},
        {"exact_bladder", "bladder.csv", "rx number size", "start", "s", NULL, 0, {0}, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const exact_case *c = &cases[k];
        ptrdiff_t p;
        test_table t = test_table_read(c->file, plus_arena);
        double *x = test_matrix(&t, c->x, &p, plus_arena), *stop = test_column(&t, "stop");
        fp_survdata d = plus_data(&t, c->start, c->stratum);
        for (ptrdiff_t i = 0; c->width > 0 && i < t.n; i++)
            stop[i] = ceil(stop[i] / c->width);
        fp_cox_fit fit = fitted(&d, p, x, c->offset ? test_column(&t, c->offset) : NULL);
        ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
        plus_must(c->name, "loglik", ((double[]){fit.loglik_null, fit.loglik_fitted}), 2, 11);
        plus_must(c->name, "beta", fit.beta, p, 9);
        plus_must(c->name, "var", fit.var, p * p, 9);
        plus_must(c->name, "score", &fit.score_chisq, 1, 10);
        plus_must(c->name, "wald", &fit.wald_chisq, 1, 9);
        if (c->terms == 0)
            continue;
        double *martingale;
        fp_cox_ph ph;
        OK(fp_cox_martingale(&d, fit.eta, FP_TIES_EXACT, plus_arena, &martingale, &plus_err));
        plus_must(c->name, "martingale", martingale, d.n, 9);
        OK(fp_cox_ph_test(&d, p, x, &fit, FP_TIES_EXACT, c->term, c->terms, FP_PH_KM, plus_arena,
                          &ph, &plus_err));
        plus_must(c->name, "zph_km", ph.chisq, c->terms + 1, 9);
    }
}
END_TEST

/* Without ties it is the ordinary likelihood. */
START_TEST(no_ties)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 f2 f3", &p, plus_arena), *stop = test_column(&t, "stop");
    double *start = test_column(&t, "start");
    for (ptrdiff_t i = 0; i < t.n; i++) {
        stop[i] += (double)i / 1000;
        start[i] -= (double)i / 1000;
    }
    for (int late = 0; late < 2; late++) {
        fp_survdata d = plus_data(&t, late ? "start" : NULL, "s");
        fp_cox_fit efron, fit = fitted(&d, p, x, test_column(&t, "o"));
        OK(fp_cox(&d, p, x, test_column(&t, "o"), NULL, plus_arena, &efron, &plus_err));
        same_fit(&fit, &efron, p, 1e-12);
    }
}
END_TEST

/* Rows in another order, later clocks, everybody from before the first time, another scale. */
START_TEST(invariance)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 f2 f3", &p, plus_arena), *y = plus_doubles(t.n * p);
    double *start = plus_doubles(t.n), *stop = plus_doubles(t.n), *offset = plus_doubles(t.n);
    int32_t *event = plus_codes(t.n), *stratum = plus_codes(t.n);
    fp_survdata d = plus_data(&t, NULL, "s");
    fp_cox_fit whole = fitted(&d, p, x, NULL);
    for (ptrdiff_t i = 0; i < t.n; i++) {
        ptrdiff_t k = (7 * i + 3) % t.n;
        stop[i] = d.stop[k] + 1000;
        start[i] = -5;
        event[i] = d.event[k];
        stratum[i] = d.stratum[k];
        offset[i] = 690 - 690 * stratum[i]; /* each stratum on its own scale */
        for (ptrdiff_t j = 0; j < p; j++)
            y[i + j * t.n] = x[k + j * t.n];
    }
    fp_survdata e = {.n = t.n, .stop = stop, .event = event, .stratum = stratum, .strata = 3};
    fp_cox_fit other = fitted(&e, p, y, offset);
    same_fit(&whole, &other, p, 1e-11);
    e.start = start; /* time by time instead of one sweep */
    other = fitted(&e, p, y, offset);
    same_fit(&whole, &other, p, 1e-11);
}
END_TEST

/* Half of 3000 at one time: the number of sets has 900 digits. The null model is hypergeometric. */
START_TEST(many_tied)
{
    enum { N = 3000, D = 1500, M = 1000 };
    double *stop = plus_doubles(N), *x = plus_doubles(N), *start = plus_doubles(N);
    int32_t *event = plus_codes(N);
    double ones = 0;
    for (ptrdiff_t i = 0; i < N; i++) {
        x[i] = i < M ? 1 : 0;
        event[i] = i % 2 == 0 || (i < 60 && i % 3 == 0);
        event[i] = event[i] && !(i >= N - 20 && i % 2 == 0);
        stop[i] = event[i] ? 5 : 6;
        ones += event[i] * x[i];
    }
    ptrdiff_t d = 0;
    for (ptrdiff_t i = 0; i < N; i++)
        d += event[i];
    ck_assert_int_eq(d, D);
    double mean = (double)D * M / N;
    double var = mean * (N - M) / N * (N - D) / (N - 1), u = ones - mean;
    fp_survdata data = {.n = N, .strata = 1, .stop = stop, .event = event};
    fp_cox_fit fit = fitted(&data, 1, x, NULL);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    NEAR(fit.loglik_null, lgamma(D + 1) + lgamma(N - D + 1) - lgamma(N + 1), 1e-12);
    NEAR(fit.score_chisq, u * u / var, 1e-10);
    data.start = start;
    event[0] = event[2] = 0; /* fewer die than live; then more */
    fp_cox_fit less = fitted(&data, 1, x, NULL);
    data.start = NULL;
    fp_cox_fit shared = fitted(&data, 1, x, NULL);
    same_fit(&less, &shared, 1, 1e-10);
    for (ptrdiff_t i = 0; i < N; i++) {
        event[i] = !event[i];
        stop[i] = event[i] ? 5 : 6;
    }
    fp_cox_fit more = fitted(&data, 1, x, NULL); /* those who lived die: beta changes its sign */
    NEAR(more.beta[0], -less.beta[0], 1e-9);
    NEAR(more.var[0], less.var[0], 1e-9);
}
END_TEST

/* Linear predictors 1600 apart do not end in NaN. */
START_TEST(far_apart)
{
    double offset[7] = {800, -800, 0, 400, -400, 800, -800};
    fp_survdata d = {.n = 7, .strata = 1, .stop = stop7, .event = event7};
    fp_cox_fit fit = fitted(&d, 1, x7, offset);
    ck_assert(isfinite(fit.loglik_null) && isfinite(fit.loglik_fitted));
    ck_assert(isfinite(fit.score_chisq));
}
END_TEST

START_TEST(refused)
{
    enum { N = 200000 };
    double weight[7] = {1, 1, 1, 1, 1, 1, 2};
    fp_survdata d = {.n = 7, .strata = 1, .stop = stop7, .event = event7, .weight = weight};
    fp_cox_fit fit;
    ck_assert_int_eq(fp_cox_exact(&d, 1, x7, NULL, NULL, plus_arena, &fit, &plus_err), FP_ARG);
    double *stop = plus_doubles(N), *x = plus_doubles(3 * N);
    int32_t *event = plus_codes(N);
    for (ptrdiff_t i = 0; i < N; i++) {
        stop[i] = 1;
        event[i] = i % 2 == 0;
        x[i] = (double)(i % 7);
        x[i + N] = (double)(i % 5);
        x[i + 2 * N] = (double)(i % 3);
    }
    fp_survdata large = {.n = N, .strata = 1, .stop = stop, .event = event};
    size_t used = fp_arena_used(plus_arena);
    ck_assert_int_eq(fp_cox_exact(&large, 3, x, NULL, NULL, plus_arena, &fit, &plus_err), FP_INPUT);
    ck_assert_uint_eq(fp_arena_used(plus_arena), used);
    for (ptrdiff_t i = 0; i < N; i++)
        event[i] = 0;
    OK(fp_cox_exact(&large, 3, x, NULL, NULL, plus_arena, &fit, &plus_err));
    ck_assert_int_eq(fit.state, FP_COX_NO_EVENTS);
    ck_assert(isnan(fit.beta[0]));
}
END_TEST

START_TEST(failing_allocation)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 f2 f3", &p, plus_arena);
    fp_survdata d = plus_data(&t, "start", "s");
    fp_status status = FP_NOMEM;
    for (long n = 1; status != FP_OK; n++) {
        fp_cox_fit fit;
        fp_arena *a = fp_arena_create(FP_GIB);
        fp_arena_fail_at(a, n);
        status = fp_cox_exact(&d, p, x, NULL, NULL, a, &fit, &plus_err);
        if (status != FP_OK)
            ck_assert_int_eq(status, FP_NOMEM);
        fp_arena_destroy(a);
        ck_assert_int_lt(n, 200);
    }
}
END_TEST

int main(void)
{
    const TTest *const all[] = {hand_fractions, hand_monotone,     everybody, reference,
                                no_ties,        invariance,        many_tied, far_apart,
                                refused,        failing_allocation};
    return plus_run("cox_exact", all, sizeof all / sizeof *all);
}
