/* Distributions, ties by rounding, and the small dense algebra. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "run_suite.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/sort.h"
#include "stats/survdata.h"

#define NEAR(got, want, by)                                                                        \
    ck_assert_double_eq_tol((got), (want), (by) * (1 + fabs((double)(want))))

/* Expected values: R's pchisq, pt, qnorm, qt. */
START_TEST(dist)
{
    NEAR(fp_chisq_upper(3.841458820694124, 1), .05, 1e-14);
    NEAR(fp_chisq_upper(30.4999227050, 3), 1.083209247667011e-06, 1e-15);
    NEAR(fp_normal_two_sided(-1.959963984540054), .05, 1e-14);
    NEAR(fp_t_two_sided(2.262157162798205, 9), .05, 1e-12);
    NEAR(fp_t_two_sided(1.959963984540054, HUGE_VAL), .05, 1e-14);
    NEAR(fp_normal_quantile(.975), 1.959963984540054, 1e-14);
    NEAR(fp_t_quantile(.975, 9), 2.262157162798205, 1e-10);
    /* R's qt(); df 1 is Cauchy's distribution; at 0.01 and less the quantile leaves the numbers */
    NEAR(fp_t_quantile(.975, 1), tan(M_PI * .475), 1e-10);
    NEAR(fp_t_quantile(.975, .5) / 164.55767348049446, 1, 1e-11);
    NEAR(fp_t_quantile(.025, .2) / -768848.47970124753, 1, 1e-11);
    NEAR(fp_t_quantile(1 - 1e-9, 3) / 1033.1096842432758, 1, 1e-7);
    ck_assert(isinf(fp_t_quantile(.975, .001)) && fp_t_quantile(.025, 1e-15) < 0);
    ck_assert_double_eq(fp_t_quantile(.5, .001), 0);
    ck_assert_double_eq(fp_chisq_upper(0, 2), 1);
    ck_assert_double_eq(fp_chisq_upper(HUGE_VAL, 2), 0);
    ck_assert(isnan(fp_chisq_upper(FP_NUM_NAN, 2)));
    ck_assert(isnan(fp_chisq_upper(2, 0)));
    ck_assert(isnan(fp_t_two_sided(2, 0)));
    ck_assert(isnan(fp_t_quantile(.975, -1)));
    ck_assert(isnan(fp_normal_quantile(1)));
}
END_TEST

/* GSL ends the program where a function of it underflows: none of these calls may. */
START_TEST(dist_extremes)
{
    for (double df = .5; df < 1e7; df *= 3)
        for (double x = 1e-300; x < 1e300; x *= 10) {
            double p = fp_chisq_upper(x, df), q = fp_t_two_sided(x, df);
            ck_assert(p >= 0 && p <= 1);
            ck_assert(q >= 0 && q <= 1);
        }
    for (double df = 1; df < 1e7; df *= 3)
        for (double tail = 1e-12; tail < .5; tail *= 10)
            ck_assert(fp_t_quantile(1 - tail, df) > 0);
}
END_TEST

START_TEST(timefix)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_err err;
    double a = .1 + .2, stop[] = {a, .3, 1, 1 + 1e-9, 2}, start[] = {0, 0, a, .3, 1 + 1e-9};
    size_t used = fp_arena_used(arena);
    ck_assert_int_eq(fp_surv_timefix(5, start, stop, arena, &err), FP_OK);
    ck_assert_double_eq(stop[0], .3);
    ck_assert_double_eq(stop[1], .3);
    ck_assert_double_eq(start[2], .3);
    ck_assert_double_eq(stop[3], 1);
    ck_assert_double_eq(start[4], 1);
    ck_assert_double_eq(stop[4], 2);
    ck_assert_uint_eq(fp_arena_used(arena), used);
    double days[] = {1, 2, 350, 351}; /* whole days stay as they are */
    ck_assert_int_eq(fp_surv_timefix(4, NULL, days, arena, &err), FP_OK);
    ck_assert_double_eq(days[3], 351);
    double from[] = {1}, to[] = {1 + 1e-10};
    ck_assert_int_eq(fp_surv_timefix(1, from, to, arena, &err), FP_INPUT);
    fp_arena_fail_at(arena, 1);
    ck_assert_int_eq(fp_surv_timefix(4, NULL, days, arena, &err), FP_OK);
    days[0] = .5;
    ck_assert_int_eq(fp_surv_timefix(4, NULL, days, arena, &err), FP_NOMEM);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(whole_times)
{
    static double x[100000];
    for (int i = 0; i < 100000; i++)
        x[i] = i % 1000 - 7;
    fp_surv_span span = fp_surv_span_of(100000, x, 3);
    ck_assert(span.whole);
    ck_assert_int_eq(span.least, -7);
    ck_assert_int_eq(span.most, 992);
    ck_assert(fp_surv_span_of(1, &(double){FP_SURV_WHOLE_MOST}, 0).whole);
    ck_assert(!fp_surv_span_of(1, &(double){FP_SURV_WHOLE_MOST + 1}, 0).whole);
    ck_assert(!fp_surv_span_of(1, &(double){1e308}, 0).whole);
    x[77777] += 1e-9;
    ck_assert(!fp_surv_span_of(100000, x, 1).whole);
}
END_TEST

/* Against qsort's order, of pairs, on any number of threads; several shapes of the keys. */
static void check_sorted(ptrdiff_t n, double (*value)(ptrdiff_t), fp_arena *arena)
{
    fp_err err;
    uint64_t *key, *again;
    uint32_t *item, *second;
    key = fp_arena_array(arena, n, sizeof *key, &err);
    again = fp_arena_array(arena, n, sizeof *again, &err);
    item = fp_arena_array(arena, n, sizeof *item, &err);
    second = fp_arena_array(arena, n, sizeof *second, &err);
    for (ptrdiff_t i = 0; i < n; i++) {
        again[i] = key[i] = fp_sort_key(value(i));
        second[i] = item[i] = (uint32_t)i;
    }
    ck_assert_int_eq(fp_sort_keys(key, item, n, 1, arena, &err), FP_OK);
    ck_assert_int_eq(fp_sort_keys(again, second, n, 4, arena, &err), FP_OK);
    bool right = true; /* an assertion a row would cost more than the sorting */
    for (ptrdiff_t i = 0; i < n; i++) {
        double own = value(item[i]), sorted = fp_sort_value(key[i]);
        right = right && own >= sorted && own <= sorted && key[i] == again[i] &&
                item[i] == second[i] &&
                (i == 0 || key[i - 1] < key[i] || (key[i - 1] == key[i] && item[i - 1] < item[i]));
    }
    ck_assert(right);
    for (ptrdiff_t i = 0; i < n; i++)
        again[n - 1 - i] = key[i];
    ck_assert_int_eq(fp_sort_keys(again, NULL, n, 2, arena, &err), FP_OK);
    ck_assert_int_eq(memcmp(again, key, (size_t)n * sizeof *key), 0);
}

static double mixed(ptrdiff_t i)
{
    return (double)((i * 7919) % 10007 - 5000) * pow(10, (double)(i % 41) - 20);
}
static double equal(ptrdiff_t i)
{
    return i < 0 ? 1 : 0.25;
}
static double few(ptrdiff_t i)
{
    return (double)(i * 31 % 7) - 3;
}
static double lopsided(ptrdiff_t i)
{
    return i % 1000 ? 1 + (double)(i * 7919 % 65537) * 1e-12 : 1e300;
}

START_TEST(sorting)
{
    double (*const shape[])(ptrdiff_t) = {mixed, equal, few, lopsided};
    const ptrdiff_t size[] = {1, 2, 33, 1000, 70000, 300001};
    for (size_t k = 0; k < sizeof shape / sizeof *shape; k++)
        for (size_t j = 0; j < sizeof size / sizeof *size; j++) {
            fp_arena *arena = fp_arena_create(64 * FP_MIB);
            check_sorted(size[j], shape[k], arena);
            fp_arena_destroy(arena);
        }
    ck_assert(fp_sort_key(-0.0) == fp_sort_key(0.0));
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_err err;
    uint64_t key[] = {2, 1};
    for (long nth = 1; nth < 5; nth++) {
        fp_arena_fail_at(arena, nth);
        ck_assert_int_eq(fp_sort_keys(key, NULL, 2, 1, arena, &err), FP_NOMEM);
    }
    fp_arena_destroy(arena);
}
END_TEST

/* Third column = first + second: rank 2, and the generalised inverse solves what can be solved. */
START_TEST(cholesky)
{
    const double a[9] = {4, 2, 6, 2, 5, 7, 6, 7, 13};
    double c[9], inverse[9], b[3] = {4, 2, 6};
    bool keep[3] = {true, true, true};
    for (int i = 0; i < 9; i++)
        c[i] = a[i];
    ck_assert_int_eq(fp_chol(c, 3, NULL, 1e-12, keep), 2);
    ck_assert(keep[0] && keep[1] && !keep[2]);
    fp_chol_solve(c, 3, b);
    NEAR(b[0], 1, 1e-14);
    NEAR(b[1], 0, 1e-14);
    ck_assert_double_eq(b[2], 0);
    fp_chol_inverse(c, 3, inverse);
    NEAR(inverse[0], 5. / 16, 1e-14);
    NEAR(inverse[1], -2. / 16, 1e-14);
    NEAR(inverse[4], 4. / 16, 1e-14);
    for (int i = 6; i < 9; i++)
        ck_assert_double_eq(inverse[i], 0);
    double d[9], work[3], side[3] = {4, 2, 6};
    for (int i = 0; i < 9; i++)
        d[i] = a[i];
    NEAR(fp_quadratic_inverse(d, 3, side, 1e-12, NULL, work), 4, 1e-14);
}
END_TEST

START_TEST(elimination)
{
    double a[] = {0, 3, 2, 4}, b[] = {2, 10}; /* 2y = 2, 3x + 4y = 10 */
    ck_assert(fp_lu_solve(a, 2, b, 1));
    NEAR(b[0], 2, 1e-15);
    NEAR(b[1], 1, 1e-15);
    double singular[] = {1, 2, 2, 4};
    ck_assert(!fp_lu_solve(singular, 2, b, 1));
    double zero[] = {0};
    ck_assert(!fp_lu_solve(zero, 1, b, 1));
}
END_TEST

int main(void)
{
    const TTest *const all[] = {dist,    dist_extremes, timefix,    whole_times,
                                sorting, cholesky,      elimination};
    Suite *suite = suite_create("basics of stats");
    TCase *tests = tcase_create("basics");
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tcase_add_test(tests, all[k]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
