#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats/permutation_joint.h"

/* Slow programs over bit masks and base-3 codes, eight clusters in two teams. They share nothing
 * with the walk through the set. */

enum { N = 8, COLUMNS = 3, MOST = 6561 };

static const int32_t TEAM[N] = {0, 0, 0, 0, 0, 1, 1, 1};
static const int32_t TREATED[N] = {1, 0, 1, 0, 0, 0, 1, 0};
static const int32_t THREE[N] = {0, 1, 2, 1, 0, 2, 1, 0};
static const double VALUE[COLUMNS * N] = {-1.25, 0.5, 2.75,  -0.375, 1.5,  -2.25, 0.125, -1.0,
                                          3.0,   1.0, -2.0,  0.25,   -0.5, 1.75,  4.0,   -0.125,
                                          0.5,   0.5, -0.25, 8.0,    1.0,  -3.0,  2.0,   0.75};

static fp_err err;

static double sum_of(const double *value, int mask)
{
    double sum = 0;
    for (int j = 0; j < N; j++)
        sum += mask >> j & 1 ? value[j] : 0;
    return sum;
}

/* The masks with two treated of the first team and one of the second. */
static int masks(int *mask)
{
    int n = 0;
    for (int m = 0; m < 1 << N; m++)
        if (__builtin_popcount((unsigned)m & 31) == 2 && __builtin_popcount((unsigned)m >> 5) == 1)
            mask[n++] = m;
    return n;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The middle of the z of an allocation. */
static double median_of(int mask, const double *mean, const double *sd)
{
    double z[COLUMNS];
    for (int k = 0; k < COLUMNS; k++)
        z[k] = (sum_of(VALUE + k * N, mask) - mean[k]) / sd[k];
    qsort(z, COLUMNS, sizeof *z, rising);
    return (z[(COLUMNS - 1) / 2] + z[COLUMNS / 2]) / 2;
}

START_TEST(joint_brute)
{
    int mask[256], n = masks(mask), seen = 1 | 4 | 64, far = 0, median_far = 0;
    double mean[COLUMNS] = {0}, sd[COLUMNS] = {0}, most = 0;
    ck_assert_int_eq(n, 30);
    for (int k = 0; k < COLUMNS; k++) {
        for (int i = 0; i < n; i++)
            mean[k] += sum_of(VALUE + k * N, mask[i]) / n;
        for (int i = 0; i < n; i++)
            sd[k] += pow(sum_of(VALUE + k * N, mask[i]) - mean[k], 2) / n;
        sd[k] = sqrt(sd[k]);
        most = fmax(most, fabs(sum_of(VALUE + k * N, seen) - mean[k]) / sd[k]);
    }
    for (int i = 0; i < n; i++) {
        double z = 0;
        for (int k = 0; k < COLUMNS; k++)
            z = fmax(z, fabs(sum_of(VALUE + k * N, mask[i]) - mean[k]) / sd[k]);
        far += z >= most - 1e-9;
        median_far += fabs(median_of(mask[i], mean, sd)) >= fabs(median_of(seen, mean, sd)) - 1e-9;
    }
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_permutation_many many;
    ck_assert_int_eq(
        fp_permutation_joint(N, COLUMNS, VALUE, TREATED, TEAM, NULL, arena, &many, &err), FP_OK);
    ck_assert_int_eq(many.joint.allocations, n);
    ck_assert_int_eq(many.joint.at_least_as_far, far);
    ck_assert_double_eq_tol(many.joint.statistic, most, 1e-12);
    ck_assert_int_eq(many.median.at_least_as_far, median_far);
    ck_assert_double_eq_tol(many.median.statistic, median_of(seen, mean, sd), 1e-12);
    for (int k = 0; k < COLUMNS; k++) {
        fp_permutation_result alone;
        ck_assert_int_eq(fp_permutation_margin(N, VALUE + k * N, TREATED, TEAM, NULL, &alone, &err),
                         FP_OK);
        ck_assert_int_eq(many.column[k].at_least_as_far, alone.at_least_as_far);
        ck_assert_double_eq_tol(many.column[k].statistic, alone.statistic, 1e-12);
        ck_assert_double_eq_tol(many.column[k].mean, alone.mean, 1e-12);
        ck_assert_double_eq_tol(many.column[k].mean, mean[k], 1e-12);
        ck_assert_double_eq_tol(many.sd[k], sd[k], 1e-12);
    }
    fp_arena_destroy(arena);
}
END_TEST

/* One column: the joint p is its own. A column that never moves takes no part. */
START_TEST(joint_of_one)
{
    double value[2 * N];
    memcpy(value, VALUE, sizeof VALUE / COLUMNS);
    for (int j = 0; j < N; j++)
        value[N + j] = 1.0 / 3;
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_permutation_many one, two;
    ck_assert_int_eq(fp_permutation_joint(N, 1, value, TREATED, NULL, NULL, arena, &one, &err),
                     FP_OK);
    ck_assert_int_eq(fp_permutation_joint(N, 2, value, TREATED, NULL, NULL, arena, &two, &err),
                     FP_OK);
    ck_assert_int_eq(one.joint.at_least_as_far, one.column[0].at_least_as_far);
    ck_assert_int_eq(two.joint.at_least_as_far, one.joint.at_least_as_far);
    ck_assert_double_eq(two.sd[1], 0);
    ck_assert_double_eq(two.column[1].p, 1);
    ck_assert_int_eq(fp_permutation_joint(N, 0, value, TREATED, NULL, NULL, arena, &one, &err),
                     FP_ARG);
    fp_arena_destroy(arena);
}
END_TEST

/* A sample answers alike on any number of threads, and near the whole set. */
START_TEST(joint_sampled)
{
    fp_permutation_options o = fp_permutation_defaults();
    fp_permutation_many whole, a, b;
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(
        fp_permutation_joint(N, COLUMNS, VALUE, TREATED, TEAM, &o, arena, &whole, &err), FP_OK);
    o.exact_limit = 0;
    o.samples = 20000;
    o.threads = 1;
    ck_assert_int_eq(fp_permutation_joint(N, COLUMNS, VALUE, TREATED, TEAM, &o, arena, &a, &err),
                     FP_OK);
    o.threads = 3;
    ck_assert_int_eq(fp_permutation_joint(N, COLUMNS, VALUE, TREATED, TEAM, &o, arena, &b, &err),
                     FP_OK);
    ck_assert(!a.joint.exact);
    ck_assert_double_eq(a.joint.p, b.joint.p);
    ck_assert_double_eq(a.joint.statistic, b.joint.statistic);
    ck_assert_double_eq_tol(a.joint.p, whole.joint.p, 0.02);
    ck_assert_double_eq(a.joint.set_size, 30);
    fp_arena_destroy(arena);
}
END_TEST

/* ---- a factor of three levels ---- */

START_TEST(levels_brute)
{
    static double t[MOST];
    int want[2][3] = {{0}}, n = 0, far = 0;
    double mean[2] = {0}, centre[3] = {0}, seen = 0;
    for (int j = 0; j < N; j++) {
        want[TEAM[j]][THREE[j]]++;
        mean[TEAM[j]] += VALUE[j] / (TEAM[j] ? 3 : 5);
    }
    for (int j = 0; j < N; j++)
        centre[THREE[j]] += mean[TEAM[j]];
    for (int code = 0; code < MOST; code++) {
        int have[2][3] = {{0}}, same = 1;
        double sum[3] = {0};
        for (int j = 0, rest = code; j < N; j++, rest /= 3) {
            have[TEAM[j]][rest % 3]++;
            sum[rest % 3] += VALUE[j];
            same = same && rest % 3 == THREE[j];
        }
        if (memcmp(have, want, sizeof want) != 0)
            continue;
        t[n] = 0;
        for (int g = 0; g < 3; g++)
            t[n] += pow(sum[g] - centre[g], 2) / (want[0][g] + want[1][g]);
        seen = same ? t[n] : seen;
        n++;
    }
    for (int i = 0; i < n; i++)
        far += t[i] >= seen - 1e-9;
    fp_permutation_result r;
    ck_assert_int_eq(fp_permutation_levels(N, VALUE, THREE, 3, TEAM, NULL, &r, &err), FP_OK);
    ck_assert_int_eq(n, 30 * 6);
    ck_assert_int_eq(r.allocations, n);
    ck_assert_int_eq(r.at_least_as_far, far);
    ck_assert_double_eq_tol(r.statistic, seen, 1e-12);
    ck_assert_double_eq(r.set_size, n);
}
END_TEST

/* Two levels: the same p as the one factor's test. One level of the others: that of the global one.
 */
START_TEST(levels_agree)
{
    fp_permutation_result a, b;
    for (int k = 0; k < COLUMNS; k++) {
        ck_assert_int_eq(fp_permutation_levels(N, VALUE + k * N, TREATED, 2, TEAM, NULL, &a, &err),
                         FP_OK);
        ck_assert_int_eq(fp_permutation_margin(N, VALUE + k * N, TREATED, TEAM, NULL, &b, &err),
                         FP_OK);
        ck_assert_int_eq(a.at_least_as_far, b.at_least_as_far);
        ck_assert_int_eq(fp_permutation_levels(N, VALUE + k * N, THREE, 3, NULL, NULL, &a, &err),
                         FP_OK);
        ck_assert_int_eq(fp_permutation_global(N, VALUE + k * N, THREE, 3, NULL, &b, &err), FP_OK);
        ck_assert_int_eq(a.at_least_as_far, b.at_least_as_far);
        ck_assert_int_eq(a.allocations, 560);
    }
}
END_TEST

/* Eight clusters of three factors: a test of one holds the crossing of the other two. */
START_TEST(three_factors)
{
    const int32_t a[N] = {0, 1, 0, 1, 0, 1, 0, 1}, others[N] = {0, 0, 1, 1, 2, 2, 3, 3};
    int far = 0;
    double seen = VALUE[1] + VALUE[3] + VALUE[5] + VALUE[7], mean = 0;
    for (int j = 0; j < N; j++)
        mean += VALUE[j] / 2;
    for (int m = 0; m < 16; m++) {
        double t = 0;
        for (int s = 0; s < 4; s++)
            t += VALUE[2 * s + (m >> s & 1)];
        far += fabs(t - mean) >= fabs(seen - mean) - 1e-9;
    }
    fp_permutation_result r;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, a, others, NULL, &r, &err), FP_OK);
    ck_assert_int_eq(r.allocations, 16);
    ck_assert_int_eq(r.at_least_as_far, far);
    ck_assert_double_eq_tol(r.mean, mean, 1e-14);
    ck_assert_double_eq(r.smallest_p, 2.0 / 16);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permutation_joint");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, joint_brute);
    tcase_add_test(tests, joint_of_one);
    tcase_add_test(tests, joint_sampled);
    tcase_add_test(tests, levels_brute);
    tcase_add_test(tests, levels_agree);
    tcase_add_test(tests, three_factors);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
