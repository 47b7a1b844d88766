/* Spread between clusters: six clusters worked by hand, R's answers, and what cannot be told. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats/icc.h"
#include "stats_data.h"

#define NEAR(got, want, tolerance) ck_assert_double_eq_tol((got), (want), (tolerance))

static fp_err err;

TEST_ARENA(FP_GIB);

static const double people[] = {4, 6, 5, 8, 4, 6}, events[] = {1, 3, 4, 2, 3, 1},
                    person_time[] = {10, 12, 8, 30, 10, 20};
static const int32_t arm[] = {0, 0, 0, 1, 1, 1};

static fp_cluster_tally six(void)
{
    return (fp_cluster_tally){.clusters = 6,
                              .people = people,
                              .events = events,
                              .time = person_time,
                              .arm = arm,
                              .arms = 2};
}

static fp_spread k_of(const fp_cluster_tally *t)
{
    fp_spread k;
    ck_assert_int_eq(fp_rate_variation(t, 0.95, arena, &k, &err), FP_OK);
    return k;
}

/* Between: 1/4 + 9/6 + 16/5 - 64/15 = 41/60 and 4/8 + 9/4 + 1/6 - 36/18 = 55/60, together 8/5 on 4
 * degrees of freedom: MSB = 2/5. Within: 3/4 + 9/6 + 4/5 + 12/8 + 3/4 + 5/6 = 92/15 on 27: MSW =
 * 92/405. n0 = (33 - 77/15 - 116/18) / 4 = 241/45. ICC = (162 - 92) / (162 + 196/45 92) =
 * 1575/12661. */
START_TEST(icc_by_hand)
{
    fp_cluster_tally t = six();
    fp_spread icc;
    double n0;
    fp_icc_anova(&t, 0.95, &icc, &n0);
    ck_assert_int_eq(icc.state, FP_SPREAD_OK);
    ck_assert_int_eq(icc.clusters, 6);
    NEAR(n0, 241.0 / 45, 1e-14);
    NEAR(icc.estimate, 1575.0 / 12661, 1e-14);
}
END_TEST

/* Arm 0: 8 events in 30, rates 1/10, 1/4, 1/2, relative to 4/15: 3/8, 15/16, 15/8, squares about
 * 17/16 add up to 441/384; expected 8/3, 16/5, 32/15, mean of 1/e 37/96: 441/384 - 2 37/96 =
 * 145/384. Arm 1: 6 in 60; relative 2/3, 3, 1/2, squares 211/54; expected 3, 1, 2, mean of 1/e
 * 11/18: 211/54 - 2 11/18 = 145/54. k^2 = (145/384 + 145/54) / 4 = 10585/13824. */
START_TEST(k_by_hand)
{
    fp_cluster_tally t = six();
    fp_spread k = k_of(&t);
    ck_assert_int_eq(k.state, FP_SPREAD_OK);
    ck_assert_int_eq(k.clusters, 6);
    ck_assert_int_eq(k.left_out, 0);
    NEAR(k.estimate * k.estimate, 10585.0 / 13824, 1e-14);
    ck_assert(k.lower < k.estimate && k.estimate < k.upper);
}
END_TEST

static const double *expected(const char *group, const char *what, ptrdiff_t n)
{
    ptrdiff_t lines;
    test_expected *e = test_expected_read("icc.txt", &lines, arena);
    for (ptrdiff_t i = 0; i < lines; i++)
        if (strcmp(e[i].group, group) == 0 && strcmp(e[i].what, what) == 0 && e[i].n == n)
            return e[i].value;
    ck_abort_msg("no %s of %s", what, group);
    return NULL;
}

static void agrees(const char *name, const fp_cluster_tally *t)
{
    fp_spread icc, k = k_of(t);
    double n0;
    fp_icc_anova(t, 0.95, &icc, &n0);
    const double *want = expected(name, "icc", 3), *want_k = expected(name, "k", 3);
    NEAR(n0, expected(name, "n0", 1)[0], 1e-12);
    NEAR(icc.estimate, want[0], 1e-12);
    NEAR(icc.lower, want[1], 1e-11);
    NEAR(icc.upper, want[2], 1e-11);
    NEAR(k.estimate, want_k[0], 1e-12);
    NEAR(k.lower, want_k[1], 1e-8);
    NEAR(k.upper, want_k[2], 1e-8);
}

START_TEST(as_r)
{
    fp_cluster_tally t = six();
    agrees("six", &t);
    test_table f = test_table_read("fewclusters.csv", arena);
    double n[12] = {0}, d[12] = {0}, y[12] = {0};
    int32_t a[12];
    const int32_t *cluster = test_codes(&f, "c", arena), *event = test_codes(&f, "event", arena);
    const double *ips = test_column(&f, "ips"), *pa = test_column(&f, "pa"),
                 *day = test_column(&f, "day");
    for (ptrdiff_t i = 0; i < f.n; i++) {
        n[cluster[i]]++;
        d[cluster[i]] += event[i];
        y[cluster[i]] += day[i];
        a[cluster[i]] = (int32_t)(2 * pa[i] + ips[i]);
    }
    fp_cluster_tally few = {
        .clusters = 12, .people = n, .events = d, .time = y, .arm = a, .arms = 4};
    agrees("fewclusters", &few);
}
END_TEST

/* Another unit of time is the same k; clusters without people are passed over; the effect of an arm
 * is no spread. */
START_TEST(properties)
{
    fp_cluster_tally t = six(), days = t, more = t, shifted = t;
    double in_days[6], n[7], d[7], y[7], other[6];
    int32_t a[7];
    for (int j = 0; j < 6; j++) {
        in_days[j] = 365.25 * person_time[j];
        n[j] = people[j];
        d[j] = events[j];
        y[j] = person_time[j];
        a[j] = arm[j];
        other[j] = arm[j] ? person_time[j] / 7 : person_time[j];
    }
    n[6] = d[6] = y[6] = 0;
    a[6] = 1;
    days.time = in_days;
    more =
        (fp_cluster_tally){.clusters = 7, .people = n, .events = d, .time = y, .arm = a, .arms = 3};
    shifted.time = other;
    fp_spread k = k_of(&t);
    NEAR(k_of(&days).estimate, k.estimate, 1e-13);
    NEAR(k_of(&days).upper, k.upper, 1e-12);
    NEAR(k_of(&more).estimate, k.estimate, 1e-15);
    NEAR(k_of(&shifted).estimate, k.estimate, 1e-13);
    NEAR(k_of(&shifted).lower, k.lower, 1e-12);
}
END_TEST

/* All clusters of an arm have the same share and rate: below 0, and not cut off. */
START_TEST(less_than_chance)
{
    static const double n[] = {4, 4, 4, 4}, d[] = {2, 2, 2, 2}, y[] = {8, 8, 8, 8};
    static const int32_t a[] = {0, 0, 1, 1};
    fp_cluster_tally t = {.clusters = 4, .people = n, .events = d, .time = y, .arm = a, .arms = 2};
    fp_spread icc, k = k_of(&t);
    double n0;
    fp_icc_anova(&t, 0.95, &icc, &n0);
    NEAR(icc.estimate, -1.0 / 3, 1e-15); /* -1 / (n0 - 1) */
    NEAR(k.estimate, -sqrt(0.5), 1e-15); /* -mean(1 / e) */
    NEAR(k.lower, -sqrt(0.5), 1e-12);    /* the least possible */
}
END_TEST

typedef struct {
    double n[4], d[4], y[4];
    int32_t a[4];
    fp_spread_state icc, k;
    ptrdiff_t k_left_out;
} odd_case;

static const odd_case odd[] = {
    /* one cluster an arm */
    {{4, 4, 4, 4},
     {1, 2, 3, 1},
     {9, 9, 9, 9},
     {0, 1, 2, 3},
     FP_SPREAD_FEW_CLUSTERS,
     FP_SPREAD_FEW_CLUSTERS,
     4},
    /* clusters of one person */
    {{1, 1, 1, 1}, {1, 0, 0, 1}, {5, 9, 9, 3}, {0, 0, 1, 1}, FP_SPREAD_ONE_EACH, FP_SPREAD_OK, 0},
    /* nobody has the event */
    {{4, 4, 4, 4},
     {0, 0, 0, 0},
     {9, 9, 9, 9},
     {0, 0, 1, 1},
     FP_SPREAD_ALL_ALIKE,
     FP_SPREAD_NO_EVENTS,
     4},
    /* nobody in one arm, everybody in the other */
    {{4, 4, 4, 4}, {0, 0, 4, 4}, {9, 9, 9, 9}, {0, 0, 1, 1}, FP_SPREAD_ALL_ALIKE, FP_SPREAD_OK, 2},
    /* everybody of one cluster, nobody of another: ICC 1 */
    {{4, 4, 4, 4}, {0, 4, 4, 0}, {9, 9, 9, 9}, {0, 0, 1, 1}, FP_SPREAD_OK, FP_SPREAD_OK, 0},
    /* a cluster without person-time */
    {{4, 4, 4, 4}, {1, 2, 1, 0}, {9, 9, 9, 0}, {0, 0, 0, 0}, FP_SPREAD_OK, FP_SPREAD_OK, 1},
    /* nobody at all */
    {{0, 0, 0, 0},
     {0, 0, 0, 0},
     {0, 0, 0, 0},
     {0, 0, 1, 1},
     FP_SPREAD_FEW_CLUSTERS,
     FP_SPREAD_FEW_CLUSTERS,
     0},
};

START_TEST(what_cannot_be_told)
{
    const odd_case *o = &odd[_i];
    fp_cluster_tally t = {
        .clusters = 4, .people = o->n, .events = o->d, .time = o->y, .arm = o->a, .arms = 4};
    fp_spread icc, k = k_of(&t);
    double n0;
    fp_icc_anova(&t, 0.95, &icc, &n0);
    ck_assert_int_eq(icc.state, o->icc);
    ck_assert_int_eq(k.state, o->k);
    ck_assert_int_eq(k.left_out, o->k_left_out);
    ck_assert_int_eq(isnan(icc.estimate) != 0, icc.state != FP_SPREAD_OK);
    ck_assert_int_eq(isnan(icc.upper) != 0, icc.state != FP_SPREAD_OK);
    ck_assert_int_eq(isnan(k.estimate) != 0, k.state != FP_SPREAD_OK);
    ck_assert_int_eq(isnan(k.upper) != 0, k.state != FP_SPREAD_OK);
    if (_i == 4)
        ck_assert(icc.estimate == 1 && icc.lower == 1 && icc.upper == 1);
}
END_TEST

START_TEST(no_memory)
{
    fp_cluster_tally t = six();
    fp_arena *small = fp_arena_create(64);
    fp_spread k;
    ck_assert_int_eq(fp_rate_variation(&t, 0.95, small, &k, &err), FP_NOMEM);
    fp_arena_destroy(small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spread between clusters");
    TCase *tests = tcase_create("spread");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, icc_by_hand);
    tcase_add_test(tests, k_by_hand);
    tcase_add_test(tests, as_r);
    tcase_add_test(tests, properties);
    tcase_add_test(tests, less_than_chance);
    tcase_add_loop_test(tests, what_cannot_be_told, 0, (int)(sizeof odd / sizeof *odd));
    tcase_add_test(tests, no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
