#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>

#include "run_suite.h"
#include "stats/permutation_interval.h"

/* An additive effect on eight cluster values: the residuals of the null "the effect is b" are
 * linear in b, and a slow program counts over all 70 bit masks and halves its way to the ends. */

enum { N = 8 };

static const int32_t TREATED[N] = {1, 0, 1, 0, 1, 0, 0, 1};
static const double VALUE[N] = {3.5, 1.0, 4.25, 0.5, 2.0, 1.75, -0.5, 2.625};

static fp_err err;

typedef struct {
    const double *value;
    int calls;
    double fails_above; /* no fit for larger effects */
    double bend;        /* 0 = linear */
} model;

static fp_status residuals(void *context, double effect, double *sum, bool *defined, fp_err *e)
{
    model *m = context;
    (void)e;
    m->calls++;
    *defined = effect <= m->fails_above;
    for (int j = 0; j < N; j++)
        sum[j] = m->value[j] - (effect + m->bend * sin(3 * effect)) * TREATED[j];
    return FP_OK;
}

static int at_least_as_far(double b, bool low)
{
    double t[70], seen = 0;
    int n = 0, count = 0;
    for (int mask = 0; mask < 256; mask++) {
        if (__builtin_popcount((unsigned)mask) != 4)
            continue;
        t[n] = 0;
        bool same = true;
        for (int j = 0; j < N; j++) {
            t[n] += mask >> j & 1 ? VALUE[j] - b * TREATED[j] : 0;
            same = same && (mask >> j & 1) == TREATED[j];
        }
        seen = same ? t[n] : seen;
        n++;
    }
    for (int i = 0; i < n; i++)
        count += low ? t[i] <= seen + 1e-9 : t[i] >= seen - 1e-9;
    return count;
}

/* Between an effect that is refused and one that is kept. */
static double slow_end(double refused, double kept, bool low, double alpha)
{
    for (int i = 0; i < 100; i++) {
        double middle = (refused + kept) / 2;
        if (at_least_as_far(middle, low) <= alpha * 70 + 1e-9)
            refused = middle;
        else
            kept = middle;
    }
    return kept;
}

static fp_permutation_interval interval_of(model *m, double level, const fp_permutation_options *o)
{
    fp_permutation_interval got;
    fp_inversion how = {.start = 2, .step = 0.5, .far = 1000, .level = level};
    ck_assert_int_eq(fp_permutation_invert(N, TREATED, NULL, &how, residuals, m, o, &got, &err),
                     FP_OK);
    ck_assert_int_eq(got.refits, m->calls);
    return got;
}

START_TEST(brute_ends)
{
    const double level[] = {0.95, 0.9, 0.8, 0.5};
    for (int i = 0; i < 4; i++) {
        model m = {.value = VALUE, .fails_above = 1e9};
        fp_permutation_interval got = interval_of(&m, level[i], NULL);
        double alpha = (1 - level[i]) / 2;
        ck_assert_double_eq_tol(got.lower, slow_end(-50, 2.2, false, alpha), 1e-7);
        ck_assert_double_eq_tol(got.upper, slow_end(50, 2.2, true, alpha), 1e-7);
        ck_assert(got.exact && !got.hull);
        ck_assert_int_eq(got.allocations, 70);
        ck_assert_int_le(m.calls, 41);
    }
}
END_TEST

/* Shift and scale of the effect. */
START_TEST(moves_with_the_values)
{
    double moved[N];
    for (int j = 0; j < N; j++)
        moved[j] = VALUE[j] + 0.75 * TREATED[j];
    model a = {.value = VALUE, .fails_above = 1e9}, b = {.value = moved, .fails_above = 1e9};
    fp_permutation_interval x = interval_of(&a, 0.9, NULL), y = interval_of(&b, 0.9, NULL);
    ck_assert_double_eq_tol(x.lower + 0.75, y.lower, 1e-7);
    ck_assert_double_eq_tol(x.upper + 0.75, y.upper, 1e-7);
}
END_TEST

/* 70 allocations cannot give a one-sided p of 0.5%: no effect is refused. */
START_TEST(no_end)
{
    model m = {.value = VALUE, .fails_above = 1e9};
    fp_permutation_interval got = interval_of(&m, 0.99, NULL);
    ck_assert(isinf(got.lower) && got.lower < 0);
    ck_assert(isinf(got.upper) && got.upper > 0);
}
END_TEST

/* Where the null model has no fit the search ends. */
START_TEST(no_fit)
{
    model m = {.value = VALUE, .fails_above = 3};
    fp_permutation_interval got = interval_of(&m, 0.8, NULL);
    ck_assert_double_eq_tol(got.lower, slow_end(-50, 2.2, false, 0.1), 1e-7);
    ck_assert(isinf(got.upper));
    model none = {.value = VALUE, .fails_above = -1e9};
    got = interval_of(&none, 0.8, NULL);
    ck_assert(isnan(got.lower) && isnan(got.upper));
}
END_TEST

/* Effects that are kept, refused and kept again: the hull of them. */
START_TEST(hull)
{
    model m = {.value = VALUE, .fails_above = 1e9, .bend = 3};
    fp_permutation_interval got = interval_of(&m, 0.5, NULL);
    ck_assert(got.hull);
    ck_assert(got.lower < got.upper);
}
END_TEST

/* A sample counts the observed allocation too, and lies near the whole set. */
START_TEST(sampled)
{
    fp_permutation_options o = fp_permutation_defaults();
    o.exact_limit = 0;
    o.samples = 40000;
    model m = {.value = VALUE, .fails_above = 1e9}, again = m;
    fp_permutation_interval got = interval_of(&m, 0.8, &o), twice = interval_of(&again, 0.8, &o);
    ck_assert(!got.exact);
    ck_assert_int_eq(got.allocations, 40000);
    ck_assert_double_eq(got.lower, twice.lower);
    ck_assert_double_eq_tol(got.lower, slow_end(-50, 2.2, false, 0.1), 0.2);
    ck_assert_double_eq_tol(got.upper, slow_end(50, 2.2, true, 0.1), 0.2);
}
END_TEST

START_TEST(refuses)
{
    model m = {.value = VALUE, .fails_above = 1e9};
    fp_permutation_interval got = {.lower = -7};
    fp_inversion how = {.start = 2, .step = 0, .far = 20, .level = 0.95};
    ck_assert_int_eq(fp_permutation_invert(N, TREATED, NULL, &how, residuals, &m, NULL, &got, &err),
                     FP_ARG);
    how.step = 1;
    how.level = 1;
    ck_assert_int_eq(fp_permutation_invert(N, TREATED, NULL, &how, residuals, &m, NULL, &got, &err),
                     FP_ARG);
    how.level = 0.9;
    ck_assert_int_eq(fp_permutation_invert(1, TREATED, NULL, &how, residuals, &m, NULL, &got, &err),
                     FP_ARG);
    ck_assert_double_eq(got.lower, -7);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permutation_interval");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, brute_ends);
    tcase_add_test(tests, moves_with_the_values);
    tcase_add_test(tests, no_end);
    tcase_add_test(tests, no_fit);
    tcase_add_test(tests, hull);
    tcase_add_test(tests, sampled);
    tcase_add_test(tests, refuses);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
