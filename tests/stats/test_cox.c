/* The Cox model against answers worked by hand, and against mathematics. The two small data sets
 * are those of Therneau & Grambsch 2000, appendix E; with r = exp(beta) their partial likelihoods
 * are products of a few linear factors. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats_data.h"

static fp_arena *arena;
static fp_err err;
static test_table mixed;
static double *mixed_x; /* x1 x2 f2 f3 */
static int32_t *mixed_event, *mixed_stratum, *mixed_cluster;

static void setup(void)
{
    ptrdiff_t p;
    arena = fp_arena_create(FP_GIB);
    ck_assert_ptr_nonnull(arena);
    mixed = test_table_read("mixed.csv", arena);
    mixed_x = test_matrix(&mixed, "x1 x2 f2 f3", &p, arena);
    mixed_event = test_codes(&mixed, "event", arena);
    mixed_stratum = test_codes(&mixed, "s", arena);
    mixed_cluster = test_codes(&mixed, "c", arena);
}

static void teardown(void)
{
    fp_arena_destroy(arena);
}

#define OK(call) ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want, by)                                                                        \
    ck_assert_double_eq_tol((got), (want), (by) * (1 + fabs((double)(want))))

static void *room(ptrdiff_t n, size_t size)
{
    void *p = fp_arena_array(arena, n, size, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

static fp_cox_fit fitted(const fp_survdata *d, ptrdiff_t p, const double *x, const double *offset,
                         fp_ties ties)
{
    fp_cox_options opt = fp_cox_defaults();
    fp_cox_fit fit;
    opt.ties = ties;
    OK(fp_cox(d, p, x, offset, &opt, arena, &fit, &err));
    return fit;
}

static void same_fit(const fp_cox_fit *a, const fp_cox_fit *b, ptrdiff_t p)
{
    NEAR(a->loglik_fitted, b->loglik_fitted, 1e-12);
    for (ptrdiff_t j = 0; j < p; j++)
        NEAR(a->beta[j], b->beta[j], 1e-9);
    for (ptrdiff_t j = 0; j < p * p; j++)
        NEAR(a->var[j], b->var[j], 1e-9);
}

/* Data 1: right-censored, two deaths tied at 6. */
static double stop1[] = {1, 1, 6, 6, 8, 9}, x_1[] = {1, 1, 1, 0, 0, 0};
static int32_t event1[] = {1, 0, 1, 1, 0, 1};
static const fp_survdata data1 = {.n = 6, .strata = 1, .stop = stop1, .event = event1};

START_TEST(hand_breslow)
{
    fp_cox_fit fit = fitted(&data1, 1, x_1, NULL, FP_TIES_BRESLOW);
    double r = (3 + sqrt(33)) / 2; /* r^2 - 3r - 6 = 0 */
    NEAR(fit.loglik_null, -log(96), 1e-15);
    NEAR(fit.score_chisq, 8.0 / 5, 1e-14); /* U = 1, I = 5/8 */
    NEAR(fit.beta[0], log(r), 1e-13);
    NEAR(fit.loglik_fitted, 2 * log(r) - log(3 * r + 3) - 2 * log(r + 3), 1e-14);
    NEAR(fit.var[0], 1 / (r / pow(r + 1, 2) + 6 * r / pow(r + 3, 2)), 1e-12);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert_int_eq(fit.events, 4);
}
END_TEST

START_TEST(hand_efron)
{
    fp_cox_fit fit = fitted(&data1, 1, x_1, NULL, FP_TIES_EFRON);
    NEAR(fit.loglik_null, -log(72), 1e-15);
    NEAR(fit.score_chisq, 169.0 / 83, 1e-14); /* U = 13/12, I = 83/144 */
    double r = exp(fit.beta[0]);
    NEAR(r * r * r - 23 * r, 30, 1e-12);
    NEAR(fit.loglik_fitted, 2 * log(r) - log(3 * r + 3) - log(r + 3) - log(r / 2 + 2.5), 1e-14);
    double info = r / pow(r + 1, 2) + 3 * r / pow(r + 3, 2) + 5 * r / pow(r + 5, 2);
    NEAR(fit.var[0], 1 / info, 1e-12);
    NEAR(fit.wald_chisq, pow(fit.beta[0], 2) * info, 1e-12);
}
END_TEST

/* An offset of x log 2 moves the null model to r = 2. */
START_TEST(hand_elsewhere)
{
    double offset[6];
    for (int i = 0; i < 6; i++)
        offset[i] = x_1[i] * log(2);
    fp_cox_fit fit = fitted(&data1, 1, x_1, offset, FP_TIES_EFRON);
    double u = 2 - 2.0 / 3 - 2.0 / 5 - 2.0 / 7, info = 2.0 / 9 + 6.0 / 25 + 10.0 / 49;
    NEAR(fit.loglik_null, 2 * log(2) - log(9) - log(5) - log(3.5), 1e-14);
    NEAR(fit.score_chisq, u * u / info, 1e-13);
    fit = fitted(&data1, 1, x_1, offset, FP_TIES_BRESLOW);
    u = 2 - 2.0 / 3 - 4.0 / 5;
    info = 2.0 / 9 + 12.0 / 25;
    NEAR(fit.loglik_null, 2 * log(2) - log(9) - 2 * log(5), 1e-14);
    NEAR(fit.score_chisq, u * u / info, 1e-13);
}
END_TEST

START_TEST(hand_residuals)
{
    double zero[6] = {0}, *r;
    const double efron[] = {5. / 6, -1. / 6, 5. / 12, 5. / 12, -.75, -.75};
    const double breslow[] = {5. / 6, -1. / 6, 1. / 3, 1. / 3, -2. / 3, -2. / 3};
    OK(fp_cox_martingale(&data1, zero, FP_TIES_EFRON, arena, &r, &err));
    for (int i = 0; i < 6; i++)
        NEAR(r[i], efron[i], 1e-15);
    OK(fp_cox_martingale(&data1, zero, FP_TIES_BRESLOW, arena, &r, &err));
    for (int i = 0; i < 6; i++)
        NEAR(r[i], breslow[i], 1e-15);
}
END_TEST

/* Data 2: late entry; a row that enters at a death time is not at risk there. */
static double start2[] = {1, 2, 5, 2, 1, 7, 3, 4, 8, 8}, stop2[] = {2, 3, 6, 7, 8, 9, 9, 9, 14, 17};
static double x_2[] = {1, 0, 0, 1, 0, 1, 1, 1, 0, 0};
static int32_t event2[] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0};

START_TEST(hand_late_entry)
{
    fp_survdata d = {.n = 10, .strata = 1, .start = start2, .stop = stop2, .event = event2};
    fp_cox_fit fit = fitted(&d, 1, x_2, NULL, FP_TIES_BRESLOW);
    NEAR(fit.loglik_null, -log(12000), 1e-15);
    NEAR(fit.score_chisq, (4. / 225) / (2821. / 1800), 1e-13); /* U = -2/15 */
    fit = fitted(&d, 1, x_2, NULL, FP_TIES_EFRON);
    NEAR(fit.loglik_null, -log(9600), 1e-15);
    NEAR(fit.score_chisq, (1. / 900) / (2839. / 1800), 1e-13); /* U = -1/30 */
    double r = exp(fit.beta[0]);
    NEAR(4 - r / (r + 1) - r / (r + 2) - 6 * r / (3 * r + 2) - 6 * r / (3 * r + 1) - r / (r + 1), 0,
         1e-13);
}
END_TEST

/* Weights 2, 1, 3 on the deaths of data without ties: each death counts weight times. */
START_TEST(hand_weights)
{
    double stop[] = {1, 2, 3}, x[] = {1, 0, 1}, w[] = {2, 1, 3};
    int32_t event[] = {1, 1, 1};
    fp_survdata d = {.n = 3, .strata = 1, .stop = stop, .event = event, .weight = w};
    fp_cox_fit fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    NEAR(fit.loglik_null, -2 * log(6) - log(4) - 3 * log(3), 1e-15);
    double u = 5 - 2 * 5. / 6 - 3. / 4 - 3, info = 2 * 5. / 36 + 3. / 16;
    NEAR(fit.score_chisq, u * u / info, 1e-13);
}
END_TEST

START_TEST(outcomes)
{
    double stop[] = {1, 2, 3, 4, 5, 6, 7, 8}, x[] = {1, 1, 1, 1, 0, 0, 0, 0};
    int32_t none[8] = {0}, one_arm[] = {1, 1, 0, 1, 0, 0, 0, 0}, all[] = {1, 1, 1, 1, 1, 1, 1, 1};
    fp_survdata d = {.n = 8, .strata = 1, .stop = stop, .event = none};
    fp_cox_fit fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_NO_EVENTS);
    ck_assert(isnan(fit.beta[0]));
    ck_assert_double_eq(fit.var[0], 0);
    d.event = one_arm; /* one arm has no event */
    fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_SEPARATED);
    ck_assert(fit.beta[0] > 5);
    d.event = all; /* the earliest deaths are all in one arm: monotone as well */
    ck_assert_int_eq(fitted(&d, 1, x, NULL, FP_TIES_EFRON).state, FP_COX_SEPARATED);
    x[7] = 1; /* a long-lived member of that arm ends it */
    ck_assert_int_eq(fitted(&d, 1, x, NULL, FP_TIES_EFRON).state, FP_COX_CONVERGED);
    d.n = 1;
    fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_NO_TERMS);
    ck_assert_double_eq(fit.loglik_null, 0);
    fit = fitted(&data1, 0, NULL, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_NO_TERMS);
    NEAR(fit.loglik_null, -log(72), 1e-15);
    d.n = 0;
    ck_assert_int_eq(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err), FP_ARG);
}
END_TEST

/* A covariate that is the order of the deaths: the information dies out in the end, and the
 * likelihood reached stays the fitted one. A second column then has nothing left to be known by. */
START_TEST(complete_order)
{
    enum { N = 40 };
    double stop[N], x[2 * N];
    int32_t event[N];
    double null = 0;
    for (int i = 0; i < N; i++) {
        stop[i] = x[i] = i + 1;
        x[N + i] = i * 7 % 11;
        event[i] = 1;
        null -= log(i + 1);
    }
    fp_survdata d = {.n = N, .strata = 1, .stop = stop, .event = event};
    for (ptrdiff_t p = 1; p <= 2; p++) {
        fp_cox_fit fit = fitted(&d, p, x, NULL, FP_TIES_EFRON);
        ck_assert_int_eq(fit.state, FP_COX_SEPARATED);
        NEAR(fit.loglik_null, null, 1e-13);
        ck_assert_double_ge(fit.loglik_fitted, -5);
        ck_assert_double_eq_tol(fit.lr_chisq, 2 * (fit.loglik_fitted - null), 1e-9);
    }
}
END_TEST

/* All deaths at one time: no trend over time can be tested, on any scale. */
START_TEST(no_spread_no_trend)
{
    double stop[] = {5, 5, 5, 5, 5, 2}, x[] = {1, 2, 4, 3, 1, 2};
    int32_t event[] = {1, 1, 0, 1, 0, 0};
    const int32_t term[] = {0};
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop, .event = event};
    fp_cox_fit fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    for (int scale = FP_PH_KM; scale <= FP_PH_RANK; scale++) {
        fp_cox_ph ph;
        OK(fp_cox_ph_test(&d, 1, x, &fit, FP_TIES_EFRON, term, 1, (fp_ph_transform)scale, arena,
                          &ph, &err));
        for (int t = 0; t < 2; t++)
            ck_assert(isnan(ph.chisq[t]) && isnan(ph.p[t]));
    }
}
END_TEST

/* A strong but finite effect, in large samples and with a rare column, is not separation; and a
 * rare column whose people never have the event is. */
START_TEST(strong_is_not_separated)
{
    enum { N = 4000 };
    double *stop = room(N, sizeof *stop), *x = room(N * 2, sizeof *x);
    int32_t *event = room(N, sizeof *event);
    unsigned state = 12345;
    for (int i = 0; i < N; i++) {
        state = state * 1103515245u + 12345u;
        double u = ((state >> 8) + .5) / (1 << 24);
        x[i] = i % 40 == 0;
        x[N + i] = (i % 7 - 3) * 40.0;
        stop[i] = ceil(-log(u) * 4e5 * exp(-6 * x[i] - .05 * x[N + i]));
        event[i] = stop[i] < 5e6;
        stop[i] = fmin(stop[i], 5e6);
    }
    fp_survdata d = {.n = N, .strata = 1, .stop = stop, .event = event};
    fp_cox_fit fit = fitted(&d, 2, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert_double_eq_tol(fit.beta[0], 6, 1);
    for (int i = 0; i < N; i++)
        if (x[i] > 0)
            event[i] = 0;
    fit = fitted(&d, 2, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_SEPARATED);
    ck_assert_double_eq_tol(fit.beta[1], .05, .01);
    fp_cox_options opt = fp_cox_defaults();
    opt.max_iterations = 1;
    OK(fp_cox(&d, 1, x + N, NULL, &opt, arena, &fit, &err));
    ck_assert_int_eq(fit.state, FP_COX_MAX_ITER);
    ck_assert_int_eq(fit.iterations, 1);
}
END_TEST

START_TEST(aliased)
{
    fp_survdata d = {
        .n = mixed.n, .strata = 1, .stop = test_column(&mixed, "stop"), .event = mixed_event};
    ptrdiff_t n = mixed.n;
    double *x = room(n * 5, sizeof *x);
    memcpy(x, mixed_x, (size_t)(2 * n) * sizeof *x);
    for (ptrdiff_t i = 0; i < n; i++) {
        x[2 * n + i] = 1e6 + 3 * x[i] - 2 * x[n + i]; /* in the span of the others */
        x[3 * n + i] = 7;                             /* constant */
        x[4 * n + i] = mixed_x[3 * n + i];
    }
    fp_cox_fit fit = fitted(&d, 5, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.rank, 3);
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    ck_assert(isnan(fit.beta[2]) && isnan(fit.beta[3]));
    memmove(x + 2 * n, x + 4 * n, (size_t)n * sizeof *x);
    fp_cox_fit small = fitted(&d, 3, x, NULL, FP_TIES_EFRON);
    NEAR(fit.beta[4], small.beta[2], 1e-10);
    NEAR(fit.var[24], small.var[8], 1e-10);
    ck_assert_double_eq(fit.var[2 + 2 * 5], 0);
    NEAR(fit.wald_chisq, small.wald_chisq, 1e-10);
}
END_TEST

/* What follows a fit leaves a dropped column out. */
START_TEST(aliased_afterwards)
{
    fp_survdata d = {
        .n = mixed.n, .strata = 1, .stop = test_column(&mixed, "stop"), .event = mixed_event};
    ptrdiff_t n = mixed.n;
    double *x = room(n * 3, sizeof *x);
    int32_t term[] = {0, 1, 2};
    memcpy(x, mixed_x, (size_t)n * sizeof *x);
    memcpy(x + 2 * n, mixed_x + n, (size_t)n * sizeof *x);
    for (ptrdiff_t i = 0; i < n; i++)
        x[n + i] = 2 * x[i];
    fp_cox_fit fit = fitted(&d, 3, x, NULL, FP_TIES_EFRON);
    fp_cox_fit less = fitted(&d, 2, mixed_x, NULL, FP_TIES_EFRON);
    ck_assert(isnan(fit.beta[1]));
    fp_cox_robust a, b;
    OK(fp_cox_robust_variance(&d, 3, x, NULL, &fit, FP_TIES_EFRON, mixed_cluster, 14, arena, &a,
                              &err));
    OK(fp_cox_robust_variance(&d, 2, mixed_x, NULL, &less, FP_TIES_EFRON, mixed_cluster, 14, arena,
                              &b, &err));
    NEAR(a.var[8], b.var[3], 1e-12);
    ck_assert_double_eq(a.var[4], 0);
    NEAR(a.wald_chisq, b.wald_chisq, 1e-11);
    NEAR(a.robust_score_chisq, b.robust_score_chisq, 1e-11);
    for (int m = 0; m < 4; m++) {
        fp_corrected v, u;
        OK(fp_cox_small_sample_variance(&d, 3, x, &fit, FP_TIES_EFRON, mixed_cluster, 14,
                                        (fp_small_sample)m, arena, &v, &err));
        OK(fp_cox_small_sample_variance(&d, 2, mixed_x, &less, FP_TIES_EFRON, mixed_cluster, 14,
                                        (fp_small_sample)m, arena, &u, &err));
        NEAR(v.var[0], u.var[0], 1e-11);
        NEAR(v.var[8], u.var[3], 1e-11);
        ck_assert_double_eq(v.df, u.df);
    }
    fp_cox_ph p, q;
    OK(fp_cox_ph_test(&d, 3, x, &fit, FP_TIES_EFRON, term, 3, FP_PH_KM, arena, &p, &err));
    OK(fp_cox_ph_test(&d, 2, mixed_x, &less, FP_TIES_EFRON, term, 2, FP_PH_KM, arena, &q, &err));
    NEAR(p.chisq[0], q.chisq[0], 1e-10);
    NEAR(p.chisq[2], q.chisq[1], 1e-10);
    NEAR(p.chisq[3], q.chisq[2], 1e-10);
    ck_assert(isnan(p.chisq[1]) && isnan(p.p[1]));
    ck_assert_int_eq(p.df[1], 0);
    ck_assert_int_eq(p.df[3], 2);
}
END_TEST

/* Nothing breaks on data without events; the log of a death at time 0 has no test. */
START_TEST(nothing_to_test)
{
    double stop[] = {0, 1, 2, 3}, x[] = {1, 0, 1, 0};
    int32_t none[4] = {0}, some[] = {1, 1, 0, 1}, term[] = {0}, cluster[] = {0, 0, 1, 1};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = none};
    fp_cox_fit fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    fp_cox_robust robust;
    fp_corrected small;
    fp_concordance k;
    fp_cox_ph ph;
    OK(fp_cox_robust_variance(&d, 1, x, NULL, &fit, FP_TIES_EFRON, cluster, 2, arena, &robust,
                              &err));
    ck_assert_double_eq(robust.var[0], 0);
    OK(fp_cox_small_sample_variance(&d, 1, x, &fit, FP_TIES_EFRON, cluster, 2, FP_SMALL_MD, arena,
                                    &small, &err));
    OK(fp_cox_concordance(&d, fit.eta, cluster, 2, arena, &k, &err));
    ck_assert(isnan(k.estimate));
    OK(fp_cox_ph_test(&d, 1, x, &fit, FP_TIES_EFRON, term, 1, FP_PH_KM, arena, &ph, &err));
    ck_assert(isnan(ph.chisq[0]) && isnan(ph.chisq[1]));
    d.event = some;
    fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    OK(fp_cox_ph_test(&d, 1, x, &fit, FP_TIES_EFRON, term, 1, FP_PH_LOG, arena, &ph, &err));
    ck_assert(isnan(ph.chisq[0]) && isnan(ph.p[0]));
    OK(fp_cox_ph_test(&d, 1, x, &fit, FP_TIES_EFRON, term, 1, FP_PH_IDENTITY, arena, &ph, &err));
    ck_assert(isfinite(ph.chisq[0]));
}
END_TEST

/* A column that is constant within every stratum has no information. */
START_TEST(aliased_by_strata)
{
    fp_survdata d = {.n = mixed.n,
                     .strata = 3,
                     .stop = test_column(&mixed, "stop"),
                     .event = mixed_event,
                     .stratum = mixed_stratum};
    double *x = room(mixed.n, sizeof *x);
    for (ptrdiff_t i = 0; i < mixed.n; i++)
        x[i] = 1000.0 * mixed_stratum[i] + .3;
    fp_cox_fit fit = fitted(&d, 1, x, NULL, FP_TIES_EFRON);
    ck_assert_int_eq(fit.state, FP_COX_NO_TERMS);
    ck_assert_int_eq(fit.rank, 0);
}
END_TEST

/* The score residuals, weighted, sum to 0 at the optimum; so do the martingale residuals. */
START_TEST(optimum)
{
    const double *w = test_column(&mixed, "w");
    fp_survdata d = {.n = mixed.n,
                     .strata = 3,
                     .start = test_column(&mixed, "start"),
                     .stop = test_column(&mixed, "stop"),
                     .event = mixed_event,
                     .stratum = mixed_stratum,
                     .weight = w};
    for (int ties = 0; ties < 2; ties++) {
        fp_cox_fit fit = fitted(&d, 4, mixed_x, NULL, (fp_ties)ties);
        double *u, *m, total = 0;
        OK(fp_cox_score_residuals(&d, 4, mixed_x, &fit, (fp_ties)ties, arena, &u, &err));
        OK(fp_cox_martingale(&d, fit.eta, (fp_ties)ties, arena, &m, &err));
        for (ptrdiff_t j = 0; j < 4; j++) {
            double sum = 0;
            for (ptrdiff_t i = 0; i < d.n; i++)
                sum += w[i] * u[i + j * d.n];
            ck_assert_double_eq_tol(sum, 0, 1e-11);
        }
        for (ptrdiff_t i = 0; i < d.n; i++)
            total += w[i] * m[i];
        ck_assert_double_eq_tol(total, 0, 1e-11);
    }
}
END_TEST

/* The null log-likelihood and the information of strata are sums over separate fits. */
START_TEST(strata_add_up)
{
    fp_survdata d = {.n = mixed.n,
                     .strata = 3,
                     .stop = test_column(&mixed, "stop"),
                     .event = mixed_event,
                     .stratum = mixed_stratum};
    double sum = 0;
    for (int32_t s = 0; s < 3; s++) {
        double stop[100];
        int32_t event[100];
        fp_survdata part = {.strata = 1, .stop = stop, .event = event};
        for (ptrdiff_t i = 0; i < d.n; i++)
            if (mixed_stratum[i] == s) {
                stop[part.n] = d.stop[i];
                event[part.n++] = mixed_event[i];
            }
        sum += fitted(&part, 0, NULL, NULL, FP_TIES_EFRON).loglik_null;
    }
    NEAR(fitted(&d, 0, NULL, NULL, FP_TIES_EFRON).loglik_null, sum, 1e-14);
}
END_TEST

/* Row i written weight[i] times; returns the data without weights. */
static fp_survdata replicated(const fp_survdata *d, const double *x, ptrdiff_t p, double **out)
{
    ptrdiff_t n = 0, m = 0;
    for (ptrdiff_t i = 0; i < d->n; i++)
        n += (ptrdiff_t)d->weight[i];
    double *start = room(n, sizeof *start), *stop = room(n, sizeof *stop);
    int32_t *event = room(n, sizeof *event);
    *out = room(n * p, sizeof **out);
    for (ptrdiff_t i = 0; i < d->n; i++)
        for (double k = 0; k < d->weight[i]; k++, m++) {
            start[m] = d->start[i];
            stop[m] = d->stop[i];
            event[m] = d->event[i];
            for (ptrdiff_t j = 0; j < p; j++)
                (*out)[m + j * n] = x[i + j * d->n];
        }
    return (fp_survdata){.n = n, .strata = 1, .start = start, .stop = stop, .event = event};
}

START_TEST(weights_replicate)
{
    double *w = room(mixed.n, sizeof *w), *x;
    fp_survdata d = {.n = mixed.n,
                     .strata = 1,
                     .start = test_column(&mixed, "start"),
                     .stop = test_column(&mixed, "stop"),
                     .event = mixed_event,
                     .weight = w};
    for (ptrdiff_t i = 0; i < d.n; i++)
        w[i] = (double)(1 + i % 3);
    fp_survdata r = replicated(&d, mixed_x, 4, &x);
    fp_cox_fit a = fitted(&d, 4, mixed_x, NULL, FP_TIES_BRESLOW);
    fp_cox_fit b = fitted(&r, 4, x, NULL, FP_TIES_BRESLOW);
    same_fit(&a, &b, 4);
    fp_concordance k, l;
    OK(fp_cox_concordance(&d, a.eta, NULL, 0, arena, &k, &err));
    OK(fp_cox_concordance(&r, b.eta, NULL, 0, arena, &l, &err));
    NEAR(k.concordant, l.concordant, 1e-14);
    NEAR(k.discordant, l.discordant, 1e-14);
    for (ptrdiff_t i = 0; i < d.n; i++) /* Efron: only censored rows, which make no ties */
        w[i] = mixed_event[i] ? 1 : 3;
    r = replicated(&d, mixed_x, 4, &x);
    a = fitted(&d, 4, mixed_x, NULL, FP_TIES_EFRON);
    b = fitted(&r, 4, x, NULL, FP_TIES_EFRON);
    same_fit(&a, &b, 4);
}
END_TEST

/* Another order of rows, another clock, other units of x: the same model. */
START_TEST(invariance)
{
    ptrdiff_t n = mixed.n;
    const double *start0 = test_column(&mixed, "start"), *stop0 = test_column(&mixed, "stop");
    fp_survdata d = {.n = n, .strata = 3, .start = start0, .stop = stop0};
    d.event = mixed_event;
    d.stratum = mixed_stratum;
    double *start = room(n, sizeof *start), *stop = room(n, sizeof *stop);
    double *x = room(4 * n, sizeof *x);
    int32_t *event = room(n, sizeof *event), *stratum = room(n, sizeof *stratum);
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t from = (i * 37 + 11) % n;
        start[i] = 1000 + 2.5 * start0[from];
        stop[i] = 1000 + 2.5 * stop0[from];
        event[i] = mixed_event[from];
        stratum[i] = 2 - mixed_stratum[from];
        for (ptrdiff_t j = 0; j < 4; j++)
            x[i + j * n] = 50 - 4 * mixed_x[from + j * n];
    }
    fp_survdata e = {
        .n = n, .strata = 3, .start = start, .stop = stop, .event = event, .stratum = stratum};
    fp_cox_fit a = fitted(&d, 4, mixed_x, NULL, FP_TIES_EFRON);
    fp_cox_fit b = fitted(&e, 4, x, NULL, FP_TIES_EFRON);
    NEAR(a.loglik_fitted, b.loglik_fitted, 1e-13);
    NEAR(a.score_chisq, b.score_chisq, 1e-11);
    NEAR(a.wald_chisq, b.wald_chisq, 1e-11);
    for (ptrdiff_t j = 0; j < 4; j++) {
        NEAR(a.beta[j], -4 * b.beta[j], 1e-10);
        NEAR(a.var[j + 4 * j], 16 * b.var[j + 4 * j], 1e-10);
    }
}
END_TEST

START_TEST(own_cluster_is_robust)
{
    ptrdiff_t n = mixed.n;
    fp_survdata d = {
        .n = n, .strata = 1, .stop = test_column(&mixed, "stop"), .event = mixed_event};
    int32_t *own = room(n, sizeof *own);
    for (ptrdiff_t i = 0; i < n; i++)
        own[i] = (int32_t)(n - 1 - i);
    fp_cox_fit fit = fitted(&d, 4, mixed_x, NULL, FP_TIES_EFRON);
    fp_cox_robust a, b;
    OK(fp_cox_robust_variance(&d, 4, mixed_x, NULL, &fit, FP_TIES_EFRON, NULL, 0, arena, &a, &err));
    OK(fp_cox_robust_variance(&d, 4, mixed_x, NULL, &fit, FP_TIES_EFRON, own, n, arena, &b, &err));
    for (ptrdiff_t j = 0; j < 16; j++)
        NEAR(a.var[j], b.var[j], 1e-13);
    NEAR(a.robust_score_chisq, b.robust_score_chisq, 1e-12);
    ck_assert_int_eq(a.clusters, n);
    fp_concordance k, l;
    OK(fp_cox_concordance(&d, fit.eta, NULL, 0, arena, &k, &err));
    OK(fp_cox_concordance(&d, fit.eta, own, n, arena, &l, &err));
    NEAR(k.se, l.se, 1e-14);
    own[0] = (int32_t)n;
    ck_assert_int_eq(fp_cox_concordance(&d, fit.eta, own, n, arena, &k, &err), FP_ARG);
}
END_TEST

START_TEST(concordance_by_hand)
{
    /* death at 1 (eta 2) against 4 others: 3 lower, 1 equal; death at 2 (eta 0) against 3 that
     * live longer or are censored there: 1 higher, 1 equal, 1 lower; deaths at 5 tie in time. */
    double stop[] = {1, 2, 2, 5, 5}, eta[] = {2, 0, 0, -1, 2};
    int32_t event[] = {1, 1, 0, 1, 1};
    fp_survdata d = {.n = 5, .strata = 1, .stop = stop, .event = event};
    fp_concordance k;
    OK(fp_cox_concordance(&d, eta, NULL, 0, arena, &k, &err));
    ck_assert_double_eq(k.concordant, 4);
    ck_assert_double_eq(k.discordant, 1);
    ck_assert_double_eq(k.tied_x, 2);
    ck_assert_double_eq(k.tied_y, 1);
    ck_assert_double_eq(k.tied_xy, 0);
    NEAR(k.estimate, 5. / 7, 1e-15);
    event[0] = event[1] = event[3] = event[4] = 0;
    OK(fp_cox_concordance(&d, eta, NULL, 0, arena, &k, &err));
    ck_assert(isnan(k.estimate) && isnan(k.se));
}
END_TEST

/* Everything, with the n-th allocation failing. */
static fp_status all_of_it(fp_arena *a, fp_err *e)
{
    fp_survdata d = {.n = mixed.n,
                     .strata = 3,
                     .start = test_column(&mixed, "start"),
                     .stop = test_column(&mixed, "stop"),
                     .event = mixed_event,
                     .stratum = mixed_stratum};
    int32_t term[] = {0, 1, 2, 2};
    double *m;
    fp_cox_fit fit;
    fp_cox_robust robust;
    fp_corrected small;
    fp_cox_ph ph;
    fp_concordance k;
    fp_km_curve curve;
    fp_logrank_result lr;
    FP_TRY(fp_cox(&d, 4, mixed_x, NULL, NULL, a, &fit, e));
    FP_TRY(fp_cox_martingale(&d, fit.eta, FP_TIES_EFRON, a, &m, e));
    FP_TRY(fp_cox_score_residuals(&d, 4, mixed_x, &fit, FP_TIES_EFRON, a, &m, e));
    FP_TRY(fp_cox_robust_variance(&d, 4, mixed_x, NULL, &fit, FP_TIES_EFRON, mixed_cluster, 14, a,
                                  &robust, e));
    FP_TRY(fp_cox_small_sample_variance(&d, 4, mixed_x, &fit, FP_TIES_EFRON, mixed_cluster, 14,
                                        FP_SMALL_KC, a, &small, e));
    FP_TRY(fp_cox_concordance(&d, fit.eta, mixed_cluster, 14, a, &k, e));
    for (int g = 0; g < 4; g++)
        FP_TRY(fp_cox_ph_test(&d, 4, mixed_x, &fit, FP_TIES_EFRON, term, 3, (fp_ph_transform)g, a,
                              &ph, e));
    FP_TRY(fp_km(&d, NULL, a, &curve, e));
    return fp_logrank(&d, mixed_stratum, 3, NULL, NULL, a, &lr, e);
}

START_TEST(failing_allocation)
{
    fp_status status = FP_NOMEM;
    long n = 0;
    while (status != FP_OK) {
        fp_err e;
        fp_arena *a = fp_arena_create(FP_GIB);
        fp_arena_fail_at(a, ++n);
        status = all_of_it(a, &e);
        if (status != FP_OK)
            ck_assert_int_eq(status, FP_NOMEM);
        fp_arena_destroy(a);
        ck_assert_int_lt(n, 2000);
    }
    ck_assert_int_gt(n, 100);
}
END_TEST

/* Scratch is handed back: the arena grows by the result only. */
START_TEST(scratch_is_returned)
{
    fp_arena *a = fp_arena_create(FP_GIB);
    fp_survdata d = {
        .n = mixed.n, .strata = 1, .stop = test_column(&mixed, "stop"), .event = mixed_event};
    fp_cox_fit fit;
    fp_concordance k;
    OK(fp_cox(&d, 4, mixed_x, NULL, NULL, a, &fit, &err));
    size_t used = fp_arena_used(a);
    ck_assert_uint_lt(used, 2000);
    OK(fp_cox_concordance(&d, fit.eta, NULL, 0, a, &k, &err));
    ck_assert_uint_eq(fp_arena_used(a), used);
    fp_arena_destroy(a);
}
END_TEST

START_TEST(bad_arguments)
{
    double start[] = {0, 3}, stop[] = {2, 3}, w[] = {1, 0}, x[] = {0, 1};
    int32_t event[] = {1, 1}, stratum[] = {0, 2}, term[] = {4};
    fp_survdata d = {.n = 2, .strata = 2, .start = start, .stop = stop, .event = event};
    fp_cox_fit fit = {0};
    ck_assert_int_eq(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err), FP_ARG);
    d.start = NULL;
    d.weight = w;
    ck_assert_int_eq(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err), FP_ARG);
    d.weight = NULL;
    d.stratum = stratum;
    ck_assert_int_eq(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err), FP_ARG);
    ck_assert_int_eq(fit.n, 0);
    d.stratum = NULL;
    OK(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err));
    fp_cox_ph ph;
    ck_assert_int_eq(
        fp_cox_ph_test(&d, 1, x, &fit, FP_TIES_EFRON, term, 1, FP_PH_KM, arena, &ph, &err), FP_ARG);
}
END_TEST

int main(void)
{
    const TTest *const all[] = {hand_breslow,
                                hand_efron,
                                hand_elsewhere,
                                hand_residuals,
                                hand_late_entry,
                                hand_weights,
                                outcomes,
                                aliased,
                                complete_order,
                                no_spread_no_trend,
                                strong_is_not_separated,
                                aliased_by_strata,
                                aliased_afterwards,
                                nothing_to_test,
                                optimum,
                                strata_add_up,
                                weights_replicate,
                                invariance,
                                own_cluster_is_robust,
                                failing_allocation,
                                concordance_by_hand,
                                scratch_is_returned,
                                bad_arguments};
    Suite *suite = suite_create("cox");
    TCase *tests = tcase_create("cox");
    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tcase_add_test(tests, all[k]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
