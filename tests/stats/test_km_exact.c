/* Curves and log-rank tests: fractions worked by hand with ties and weights, what must not change
 * the answer, and the ends of the range. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats/logrank.h"
#include "stats/rmst.h"

static fp_err err;

TEST_ARENA(FP_GIB);

#define OK(call)         ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want)  ck_assert_double_eq_tol((got), (want), 1e-14 * (1 + fabs((double)(want))))
#define COUNT(array)     (int)(sizeof(array) / sizeof *(array))
#define ROOT(top, below) sqrt((double)(top) / (below))

/* Eight rows, ten people: weights are counts; ties of events, and of an event with a censoring. */
static const double stop8[] = {1, 2, 2, 3, 3, 4, 5, 6}, weight8[] = {1, 2, 1, 1, 1, 1, 2, 1};
static const int32_t event8[] = {1, 1, 0, 1, 1, 0, 1, 0}, group8[] = {0, 0, 1, 1, 0, 0, 1, 1};
static const fp_survdata eight = {
    .n = 8, .strata = 1, .stop = stop8, .event = event8, .weight = weight8};

START_TEST(by_hand)
{
    static const double y[] = {10, 9, 6, 4, 3, 1}, d[] = {1, 2, 2, 0, 2, 0};
    static const double s[][2] = {{9, 10}, {7, 10}, {7, 15}, {7, 15}, {7, 45}, {7, 45}};
    static const double g[][2] = {{1, 90}, {3, 70}, {53, 420}, {53, 420}, {111, 140}, {111, 140}};
    static const double h[][2] = {{1, 10}, {29, 90}, {59, 90}, {59, 90}, {119, 90}, {119, 90}};
    static const double v[][2] = {{1, 100},    {281, 8100},  {731, 8100},
                                  {731, 8100}, {2531, 8100}, {2531, 8100}};
    fp_km_curve k;
    OK(fp_km(&eight, NULL, arena, &k, &err));
    ck_assert_int_eq(k.length, 6);
    for (int i = 0; i < 6; i++) {
        double survival = s[i][0] / s[i][1];
        ck_assert_double_eq(k.at_risk[i], y[i]);
        ck_assert_double_eq(k.event[i], d[i]);
        NEAR(k.survival[i], survival);
        NEAR(k.se[i], survival * ROOT(g[i][0], g[i][1]));
        NEAR(k.hazard[i], h[i][0] / h[i][1]);
        NEAR(k.hazard_se[i], ROOT(v[i][0], v[i][1]));
    }
    fp_km_options how = fp_km_defaults();
    how.exp_hazard = true;
    OK(fp_km(&eight, &how, arena, &k, &err));
    NEAR(k.survival[4], exp(-119. / 90));
    NEAR(k.se[4], exp(-119. / 90) * ROOT(2531, 8100));
}
END_TEST

START_TEST(tests_by_hand)
{
    fp_logrank_result r;
    fp_logrank_options late = {.gamma = 1};
    OK(fp_logrank(&eight, group8, 2, NULL, NULL, arena, &r, &err));
    NEAR(r.observed[0], 4);
    NEAR(r.expected[0], 37. / 18);
    NEAR(r.variance[0], 1681. / 1620);
    NEAR(r.chisq, 6125. / 1681);
    OK(fp_logrank(&eight, group8, 2, NULL, &late, arena, &r, &err));
    NEAR(r.observed[0], 1. / 2);
    NEAR(r.expected[1], 71. / 45);
    NEAR(r.variance[3], 1471. / 40500);
    NEAR(r.chisq, 1805. / 1471);
    ck_assert_int_eq(r.trend.df, 0);
    ck_assert_int_eq(r.clustered.df, 0);
}
END_TEST

START_TEST(trend_by_hand)
{
    double stop[] = {1, 2, 4, 2, 3, 5, 3, 5, 6}, order[] = {1, 2, 3}, own[] = {0, 1, 5};
    int32_t event[] = {1, 1, 0, 1, 1, 0, 1, 1, 1}, group[] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
    fp_survdata d = {.n = 9, .strata = 1, .stop = stop, .event = event};
    fp_logrank_result r;
    fp_logrank_options how = {.score = order};
    OK(fp_logrank(&d, group, 3, NULL, &how, arena, &r, &err));
    NEAR(r.expected[1], 25. / 12);
    NEAR(r.trend.chisq, 2527. / 2845);
    how.score = own;
    OK(fp_logrank(&d, group, 3, NULL, &how, arena, &r, &err));
    NEAR(r.trend.chisq, 18515. / 30173);
    how.score = (double[]){4, 4, 4}; /* nothing to tell apart */
    OK(fp_logrank(&d, group, 3, NULL, &how, arena, &r, &err));
    ck_assert_int_eq(r.trend.df, 0);
    ck_assert(isnan(r.trend.p));
}
END_TEST

/* Two clusters, a whole group each: with the cluster sums U_1 and U_2 of the residuals of group 1
 * the test is (U_1 + U_2)^2 / (U_1^2 + U_2^2). */
START_TEST(clusters_by_hand)
{
    double stop[] = {1, 3, 2, 4};
    int32_t event[] = {1, 0, 1, 1}, group[] = {0, 0, 1, 1}, cluster[] = {0, 0, 1, 1};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = event};
    fp_logrank_options how = {.clustered = true, .cluster = cluster, .clusters = 2};
    fp_logrank_result r;
    OK(fp_logrank(&d, group, 2, NULL, &how, arena, &r, &err));
    /* shares of group 1 at the death times 1, 2, 4: 1/2, 2/3, 1; hazards 1/4, 1/3, 1 */
    double first = (-.5 + .25 * .5) + (.25 * .5 + 1. / 3 * 2. / 3);
    double second = (1. / 3 - .25 * .5 - 1. / 3 * 1. / 3) + (0 - .25 * .5 - 1. / 3 * 1. / 3 - 0);
    NEAR(first + second, r.observed[1] - r.expected[1]);
    NEAR(r.clustered.chisq, pow(first + second, 2) / (first * first + second * second));
    how.clusters = 1; /* a cluster out of range */
    ck_assert_int_eq(fp_logrank(&d, group, 2, NULL, &how, arena, &r, &err), FP_ARG);
}
END_TEST

/* ---- what must not change the answer ---- */

enum { N = 3000 };

typedef struct {
    double start[2 * N], stop[2 * N], weight[2 * N];
    int32_t event[2 * N], group[2 * N], cluster[2 * N], stratum[2 * N];
} rows;

/* Made up; whole days unless `unit` is not 1. */
static fp_survdata make_rows(rows *r, double unit, bool late, bool weights)
{
    uint32_t state = 12345;
    for (int i = 0; i < N; i++) {
        uint32_t draw[6];
        for (int k = 0; k < 6; k++)
            draw[k] = (state = state * 1664525u + 1013904223u) >> 8;
        r->start[i] = (draw[0] % 50) * unit;
        r->stop[i] = r->start[i] + (1 + draw[1] % 300) * unit;
        r->event[i] = draw[2] % 3 != 0;
        r->group[i] = (int32_t)(draw[3] % 3);
        r->cluster[i] = (int32_t)(draw[4] % 40);
        r->stratum[i] = (int32_t)(draw[5] % 2);
        r->weight[i] = 1 + draw[5] % 4;
    }
    return (fp_survdata){.n = N,
                         .strata = 1,
                         .start = late ? r->start : NULL,
                         .stop = r->stop,
                         .event = r->event,
                         .weight = weights ? r->weight : NULL};
}

typedef struct {
    fp_km_curve curve[3];
    fp_logrank_result test;
    fp_km_rmst mean[3];
    fp_rmst_contrast contrast[2];
} answers;

static void run(const fp_survdata *d, const rows *r, bool robust, int threads, double horizon,
                answers *out)
{
    static const double score[] = {1, 2, 4};
    fp_km_options how = fp_km_defaults();
    how.robust = robust;
    how.cluster = r->cluster;
    how.clusters = 40;
    how.threads = threads;
    fp_logrank_options test = {.rho = .5,
                               .score = score,
                               .clustered = robust,
                               .cluster = r->cluster,
                               .clusters = 40,
                               .threads = threads};
    OK(fp_km_groups(d, r->group, 3, NULL, &how, arena, out->curve, &err));
    OK(fp_logrank(d, r->group, 3, NULL, &test, arena, &out->test, &err));
    OK(fp_rmst(d, r->group, 3, out->curve, horizon, &how, out->mean, out->contrast, &err));
}

/* tolerance 0: the same bits. `unit`: times of b are so many times those of a. */
static void compare(const answers *a, const answers *b, double unit, double tolerance)
{
    double worst = 0;
#define LOOK(x, y)                                                                                 \
    do {                                                                                           \
        double x_ = (x), y_ = (y), gap_ = fabs(x_ - y_) / (1e-3 + fabs(x_));                       \
        ck_assert(isnan(x_) == isnan(y_));                                                         \
        worst = gap_ > worst ? gap_ : worst;                                                       \
    } while (0)
    for (int g = 0; g < 3; g++) {
        const fp_km_curve *x = &a->curve[g], *y = &b->curve[g];
        ck_assert_int_eq(x->length, y->length);
        for (ptrdiff_t k = 0; k < x->length; k += k < 20 ? 1 : 17) {
            LOOK(x->time[k] * unit, y->time[k]);
            LOOK(x->at_risk[k], y->at_risk[k]);
            LOOK(x->survival[k], y->survival[k]);
            LOOK(x->se[k], y->se[k]);
            LOOK(x->hazard_se[k], y->hazard_se[k]);
            LOOK(x->upper[k], y->upper[k]);
        }
        LOOK(a->mean[g].estimate * unit, b->mean[g].estimate);
        LOOK(a->mean[g].se * unit, b->mean[g].se);
        LOOK(a->test.expected[g], b->test.expected[g]);
    }
    LOOK(a->test.chisq, b->test.chisq);
    LOOK(a->test.trend.chisq, b->test.trend.chisq);
    LOOK(a->test.clustered.chisq, b->test.clustered.chisq);
    LOOK(a->test.clustered_trend.chisq, b->test.clustered_trend.chisq);
    LOOK(a->contrast[1].difference_se * unit, b->contrast[1].difference_se);
    LOOK(a->contrast[1].ratio_upper, b->contrast[1].ratio_upper);
    ck_assert_double_le(worst, tolerance);
}

/* _i: bit 0 late entry, bit 1 weights, bit 2 robust. */
START_TEST(invariances)
{
    bool late = _i & 1, weights = _i & 2, robust = _i & 4;
    rows *r = fp_arena_array(arena, 1, sizeof *r, &err);
    rows *other = fp_arena_array(arena, 1, sizeof *other, &err);
    answers a, b;
    fp_survdata d = make_rows(r, 1, late, weights);
    run(&d, r, robust, 1, 200, &a);
    run(&d, r, robust, 4, 200, &b);
    compare(&a, &b, 1, 0); /* threads: the same bits */
    /* other units: the times are then sorted, not counted by day */
    fp_survdata e = make_rows(other, 1 / 64., late, weights);
    run(&e, other, robust, 2, 200 / 64., &b);
    compare(&a, &b, 1 / 64., 1e-12);
    /* the rows the other way round */
    e = make_rows(other, 1, late, weights);
    for (int i = 0; i < N; i++) {
        int k = N - 1 - i;
        other->start[i] = r->start[k];
        other->stop[i] = r->stop[k];
        other->event[i] = r->event[k];
        other->group[i] = r->group[k];
        other->cluster[i] = r->cluster[k];
        other->weight[i] = r->weight[k];
    }
    run(&e, other, robust, 2, 200, &b);
    compare(&a, &b, 1, 1e-11);
}
END_TEST

/* A weight is a number of copies; robust: copies are of one cluster. */
START_TEST(weights_are_copies)
{
    bool late = _i & 1, robust = _i & 2;
    rows *r = fp_arena_array(arena, 1, sizeof *r, &err);
    rows *twice = fp_arena_array(arena, 1, sizeof *twice, &err);
    answers a, b;
    fp_survdata d = make_rows(r, 1, late, true), e = make_rows(twice, 1, late, false);
    for (int i = 0; i < 2 * N; i++) {
        r->weight[i % N] = 2;
        twice->start[i] = r->start[i / 2];
        twice->stop[i] = r->stop[i / 2];
        twice->event[i] = r->event[i / 2];
        twice->group[i] = r->group[i / 2];
        twice->cluster[i] = r->cluster[i / 2];
    }
    e.n = 2 * N;
    run(&d, r, robust, 1, 200, &a);
    run(&e, twice, robust, 1, 200, &b);
    compare(&a, &b, 1, 1e-11);
}
END_TEST

START_TEST(shifted_times)
{
    rows *r = fp_arena_array(arena, 1, sizeof *r, &err);
    answers a, b;
    fp_survdata d = make_rows(r, 1, true, true);
    run(&d, r, true, 1, 200, &a);
    for (int i = 0; i < N; i++) {
        r->start[i] += 1000;
        r->stop[i] += 1000;
    }
    run(&d, r, true, 1, 1200, &b);
    for (int g = 0; g < 3; g++) {
        NEAR(b.mean[g].estimate, a.mean[g].estimate + 1000);
        NEAR(b.mean[g].se, a.mean[g].se);
        NEAR(b.curve[g].survival[100], a.curve[g].survival[100]);
    }
    NEAR(b.test.clustered.chisq, a.test.clustered.chisq);
}
END_TEST

/* Without weights, rows on their own and no late entry the jackknife is Greenwood's variance. */
START_TEST(jackknife_of_rows)
{
    rows *r = fp_arena_array(arena, 1, sizeof *r, &err);
    fp_survdata d = make_rows(r, 1, false, false);
    fp_km_options how = fp_km_defaults();
    fp_km_curve k, robust;
    OK(fp_km(&d, &how, arena, &k, &err));
    how.robust = true;
    OK(fp_km(&d, &how, arena, &robust, &err));
    for (ptrdiff_t i = 0; i < k.length; i += 7)
        ck_assert_double_eq_tol(robust.se[i], k.se[i], 1e-13);
    fp_km_rmst mean = fp_km_rmst_of(&k, 150), other;
    OK(fp_rmst(&d, NULL, 1, &k, 150, &how, &other, NULL, &err));
    ck_assert_double_eq_tol(other.se, mean.se, 1e-12 * mean.se);
}
END_TEST

/* Many clusters and many times: the sums that are carried along against those made anew. */
START_TEST(carried_sums)
{
    enum { MANY = 9000 };
    double *stop = fp_arena_array(arena, MANY, sizeof *stop, &err);
    int32_t *event = fp_arena_array(arena, MANY, sizeof *event, &err);
    int32_t *cluster = fp_arena_array(arena, MANY, sizeof *cluster, &err);
    for (int i = 0; i < MANY; i++) {
        stop[i] = 1 + fmod(i * 0.61803398875, 1);
        event[i] = i % 3 > 0;
        cluster[i] = i / 3;
    }
    fp_survdata d = {.n = MANY, .strata = 1, .stop = stop, .event = event};
    fp_km_options how = fp_km_defaults();
    fp_km_curve k;
    how.robust = true;
    how.cluster = cluster;
    how.clusters = MANY / 3; /* times the steps: more than a sweep adds up at every step */
    OK(fp_km(&d, &how, arena, &k, &err));
    for (ptrdiff_t at = 500; at < MANY; at += 1700) {
        double variance = 0; /* straight from the definition, for each cluster */
        for (int c = 0; c < MANY / 3; c++) {
            double sum = 0;
            for (int i = 3 * c; i < 3 * c + 3; i++)
                for (ptrdiff_t s = 0; s <= at && k.time[s] <= stop[i]; s++)
                    if (k.event[s] > 0)
                        sum += ((event[i] && stop[i] <= k.time[s]) - 1 / k.at_risk[s]) /
                               (k.at_risk[s] - 1);
            variance += sum * sum;
        }
        double want = k.survival[at] * sqrt(variance);
        ck_assert_double_eq_tol(k.se[at], want, 1e-11 * want);
    }
}
END_TEST

/* ---- the ends of the range ---- */

START_TEST(extremes)
{
    double stop[] = {0, 1e308, 1e308, 1e-300}, weight[] = {1e-300, 1e300, 1, 3};
    int32_t event[] = {1, 1, 0, 1}, group[] = {0, 0, 1, 1}, none[] = {0, 0, 0, 0};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = event};
    fp_km_curve k, two[2];
    fp_logrank_result r;
    OK(fp_km(&d, NULL, arena, &k, &err));
    ck_assert_int_eq(k.length, 3);
    NEAR(k.survival[0], .75); /* everybody is at risk at 0 */
    NEAR(k.survival[2], .25);
    ck_assert(isfinite(fp_km_rmst_of(&k, 1e308).estimate));
    d.weight = weight;
    fp_km_options how = fp_km_defaults();
    how.robust = true;
    OK(fp_km(&d, &how, arena, &k, &err));
    for (ptrdiff_t i = 0; i < k.length; i++)
        ck_assert(k.survival[i] >= 0 && k.survival[i] <= 1 && k.hazard[i] >= 0);
    d.weight = NULL;
    d.event = none;
    OK(fp_km_groups(&d, group, 2, NULL, NULL, arena, two, &err));
    ck_assert_double_eq(two[1].survival[1], 1);
    ck_assert_double_eq(two[1].hazard[1], 0);
    fp_rmst_contrast c;
    fp_km_rmst mean[2];
    OK(fp_rmst(&d, group, 2, two, 10, NULL, mean, &c, &err));
    ck_assert_double_eq(c.difference, 0);
    ck_assert(isnan(c.difference_p)); /* 0 / 0: nobody had an event */
    ck_assert_int_eq(fp_rmst(&d, group, 2, two, 0, NULL, mean, &c, &err), FP_ARG);
    ck_assert_int_eq(fp_rmst(&d, group, 2, two, HUGE_VAL, NULL, mean, &c, &err), FP_ARG);
    fp_logrank_options how_test = {.clustered = true, .score = (double[]){1, 2}};
    OK(fp_logrank(&d, group, 2, NULL, &how_test, arena, &r, &err));
    ck_assert(r.df == 0 && r.clustered.df == 0 && r.trend.df == 0 && isnan(r.clustered.p));
    group[2] = 7;
    const fp_tally *tally;
    ck_assert_int_eq(fp_tally_create(&d, group, 2, 1, arena, &tally, &err), FP_ARG);
}
END_TEST

START_TEST(everybody_at_once)
{
    double stop[] = {3, 3, 3, 3};
    int32_t event[] = {1, 1, 1, 1}, group[] = {0, 0, 1, 1};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = event};
    fp_km_curve k;
    fp_logrank_result r;
    OK(fp_km(&d, NULL, arena, &k, &err));
    ck_assert_double_eq(k.survival[0], 0);
    ck_assert(isnan(k.se[0]) && isnan(k.lower[0]));
    ck_assert_double_eq(fp_km_quantile_of(&k, .5).estimate, 3);
    ck_assert_double_eq(fp_km_quantile_of(&k, 1).estimate, 3);
    ck_assert_double_eq(fp_km_quantile_of(&k, 0).estimate, 0);
    ck_assert_double_eq(fp_km_rmst_of(&k, 10).estimate, 3);
    fp_km_time at[3];
    fp_km_times(&k, (double[]){2, 3, 4}, 3, at);
    ck_assert_double_eq(at[0].survival, 1);
    ck_assert_double_eq(at[1].events, 4);
    ck_assert_double_eq(at[2].survival, 0); /* it ended at 0, and stays there */
    ck_assert_double_eq(at[2].at_risk, 0);
    OK(fp_logrank(&d, group, 2, NULL, NULL, arena, &r, &err));
    ck_assert_int_eq(r.df, 0); /* without variance there is no test */
    d.n = 1;
    OK(fp_km(&d, NULL, arena, &k, &err));
    ck_assert_double_eq(k.survival[0], 0);
}
END_TEST

/* Late entry: one at risk at first, and he has the event; a gap later on. */
START_TEST(thin_beginnings)
{
    double start[] = {0, 2, 2, 2, 2, 2, 2, 20}, stop[] = {1, 5, 6, 7, 8, 9, 9, 30};
    int32_t event[] = {1, 1, 0, 1, 0, 1, 0, 1};
    fp_survdata d = {.n = 8, .strata = 1, .start = start, .stop = stop, .event = event};
    fp_km_curve k;
    OK(fp_km(&d, NULL, arena, &k, &err));
    fp_km_thin thin = fp_km_thin_of(&k, 5);
    ck_assert_double_eq(thin.time, 1);
    ck_assert(thin.ends);
    event[0] = 0;
    OK(fp_km(&d, NULL, arena, &k, &err));
    ck_assert(isnan(fp_km_thin_of(&k, 5).time));
    const fp_tally *tally;
    OK(fp_tally_create(&d, NULL, 1, 1, arena, &tally, &err));
    int gaps = 0;
    for (ptrdiff_t i = 1; i < tally->length; i++)
        gaps += tally->at_risk[i] <= 0;
    ck_assert_int_eq(gaps, 2); /* (1, 2] and (9, 20] */
    ck_assert_int_eq(tally->stops, 7);
}
END_TEST

/* ---- columns counted as they lie ---- */

START_TEST(columns_counted)
{
    static double stop[70000], event[70000], number[70000];
    static int32_t code[70000], codes[70000];
    const int32_t place[] = {0, -1, 1, 2};
    for (int i = 0; i < 70000; i++) {
        stop[i] = i * 7919 % 365;
        event[i] = code[i] = i % 5 < 2;
        codes[i] = i % 3;
        number[i] = (double[]){3, 5, 6}[i % 3];
    }
    fp_survdata d = {.n = 70000, .strata = 1, .stop = stop, .event = code};
    fp_day_columns c = {.n = 70000,
                        .stop = stop,
                        .event = event,
                        .number = number,
                        .place = place,
                        .least = 3,
                        .places = 4,
                        .groups = 3,
                        .days = 400};
    const fp_tally *a, *b;
    bool fits, one_two;
    OK(fp_tally_create(&d, codes, 3, 2, arena, &a, &err));
    for (int way = 0; way < 3; way++) {
        if (way == 1)
            c.code = codes;
        if (way == 2)
            for (int i = 0; i < 70000; i++)
                event[i]++;
        OK(fp_tally_days(&c, 3, arena, &b, &one_two, &fits, &err));
        ck_assert(fits && one_two == (way == 2));
        for (int g = 0; g < 3; g++) {
            ck_assert_int_eq(a[g].rows, b[g].rows);
            ck_assert_int_eq(a[g].events, b[g].events);
            ck_assert_int_eq(a[g].length, b[g].length);
            size_t bytes = (size_t)a[g].length * sizeof(double);
            ck_assert_int_eq(memcmp(a[g].time, b[g].time, bytes), 0);
            ck_assert_int_eq(memcmp(a[g].at_risk, b[g].at_risk, bytes), 0);
            ck_assert_int_eq(memcmp(a[g].event, b[g].event, bytes), 0);
            ck_assert_int_eq(memcmp(a[g].censored, b[g].censored, bytes), 0);
        }
    }
    double *const cell[] = {&stop[69999], &stop[5], &event[7], &event[7], &number[60000]};
    const double strange[] = {400, 1.5, 0, 3, 4};
    c.code = NULL;
    for (int k = 0; k < COUNT(cell); k++) {
        double kept = *cell[k];
        *cell[k] = strange[k];
        OK(fp_tally_days(&c, 1, arena, &b, &one_two, &fits, &err));
        ck_assert(!fits);
        *cell[k] = kept;
    }
    OK(fp_tally_days(&c, 1, arena, &b, &one_two, &fits, &err));
    ck_assert(fits);
}
END_TEST

int main(void)
{
    const TTest *const all[] = {by_hand,           tests_by_hand,     trend_by_hand,  shifted_times,
                                clusters_by_hand,  jackknife_of_rows, carried_sums,   extremes,
                                everybody_at_once, thin_beginnings,   columns_counted};
    Suite *suite = suite_create("kaplan-meier, exact");
    TCase *tests = tcase_create("km");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tcase_add_test(tests, all[k]);
    tcase_add_loop_test(tests, invariances, 0, 8);
    tcase_add_loop_test(tests, weights_are_copies, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
