/* Corrected sandwiches on made-up cluster sums, small enough to work by hand; R's answers on data
 * stand in test_small_sample.c. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/num.h"
#include "run_suite.h"
#include "stats/sandwich.h"

#define OK(call)        ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want) ck_assert_double_eq_tol((got), (want), 1e-13)

static fp_err err;

TEST_ARENA(FP_GIB);

static fp_corrected corrected(const fp_cluster_parts *parts, fp_small_sample method)
{
    fp_corrected out;
    OK(fp_sandwich_correct(parts, method, arena, &out, &err));
    return out;
}

/* Om = 1, 2, 5: V = 1/8, h = 1/8, 1/4, 5/8; U = 1, 1, -2. */
static fp_cluster_parts one_coefficient(void)
{
    static const double score[] = {1, 1, -2}, omega[] = {1, 2, 5};
    return (fp_cluster_parts){.p = 1,
                              .slots = 3,
                              .clusters = 3,
                              .rows = 10,
                              .rank = 1,
                              .df = 1,
                              .score = score,
                              .omega = omega};
}

START_TEST(by_hand)
{
    fp_cluster_parts parts = one_coefficient();
    NEAR(corrected(&parts, FP_SMALL_NONE).var[0], 6.0 / 64);
    /* (1 - h)^-1 = 8/7, 4/3, 8/3 */
    NEAR(corrected(&parts, FP_SMALL_KC).var[0], (8.0 / 7 + 4.0 / 3 + 4 * 8.0 / 3) / 64);
    NEAR(corrected(&parts, FP_SMALL_MD).var[0], (64.0 / 49 + 16.0 / 9 + 4 * 64.0 / 9) / 64);
    NEAR(corrected(&parts, FP_SMALL_FG).var[0], (8.0 / 7 + 4.0 / 3 + 4 * 8.0 / 3) / 64);
    /* cc = 9 * 3 / (9 * 2) = 3/2, phi = 3/2 * 6/8 = 9/8, min(1/2, 1/2): 9/64 + 1/2 9/8 1/8 */
    NEAR(corrected(&parts, FP_SMALL_MBN).var[0], 9.0 / 64 + 4.5 / 64);
    ck_assert_int_eq(corrected(&parts, FP_SMALL_MD).bounded, 0);
    ck_assert_int_eq(corrected(&parts, FP_SMALL_MD).clusters, 3);
    ck_assert_double_eq(corrected(&parts, FP_SMALL_MD).df, 1);
}
END_TEST

/* A given bread is the one used; a slot without rows adds nothing. */
START_TEST(bread_and_empty_slots)
{
    static const double bread[] = {0.125}, score[] = {1, 0, 1, -2}, omega[] = {1, 0, 2, 5};
    fp_cluster_parts plain = one_coefficient(), parts = plain;
    parts.bread = bread;
    parts.slots = 4;
    parts.score = score;
    parts.omega = omega;
    for (int m = FP_SMALL_MD; m <= FP_SMALL_NONE; m++)
        NEAR(corrected(&parts, (fp_small_sample)m).var[0],
             corrected(&plain, (fp_small_sample)m).var[0]);
}
END_TEST

/* The third cluster alone decides the second coefficient: h = 1 there, held at 3/4, (1 - h)^-1 = 4.
 * The first coefficient has h = 1/4 and 3/4 and is corrected as ever. */
START_TEST(alone)
{
    static const double score[] = {1, -1, 0, 0, 0, 0.5},
                        omega[] = {1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4};
    fp_cluster_parts parts = {
        .p = 2, .slots = 3, .clusters = 3, .rows = 9, .rank = 2, .score = score, .omega = omega};
    fp_corrected md = corrected(&parts, FP_SMALL_MD), kc = corrected(&parts, FP_SMALL_KC);
    NEAR(md.var[0], (16.0 / 9 + 16) / 16);
    NEAR(md.var[3], 2.0 * 2 / 16);
    NEAR(kc.var[0], (4.0 / 3 + 4) / 16);
    NEAR(kc.var[3], 0.5 * 2 / 16);
    ck_assert_int_eq(md.bounded, 1);
    ck_assert(!md.is_bounded[0] && !md.is_bounded[1] && md.is_bounded[2]);
    for (int m = FP_SMALL_MD; m <= FP_SMALL_NONE; m++)
        for (int i = 0; i < 4; i++)
            ck_assert(isfinite(corrected(&parts, (fp_small_sample)m).var[i]));
}
END_TEST

/* Om = 12, -4, 2: h = 1.2 is more than all of the information; KC would be negative there. */
START_TEST(negative)
{
    static const double score[] = {1, 2, -3}, omega[] = {12, -4, 2};
    fp_cluster_parts parts = one_coefficient();
    parts.score = score;
    parts.omega = omega;
    fp_corrected md = corrected(&parts, FP_SMALL_MD), kc = corrected(&parts, FP_SMALL_KC);
    /* (1 - h)^-1 = 4 (bound), 1 / 1.4, 1 / 0.8 */
    NEAR(md.var[0], (16 + 4 / 1.96 + 9 / 0.64) / 100);
    NEAR(kc.var[0], (4 + 4 / 1.4 + 9 / 0.8) / 100);
    ck_assert_int_eq(md.bounded, 1);
    ck_assert(md.is_bounded[0]);
}
END_TEST

/* out = t' a t (2 x 2) */
static void turn(const double *a, const double *t, double *out)
{
    double w[4];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            w[i + 2 * j] = a[i] * t[2 * j] + a[i + 2] * t[1 + 2 * j];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            out[i + 2 * j] = t[2 * i] * w[2 * j] + t[1 + 2 * i] * w[1 + 2 * j];
}

/* Other columns for the same model, beta = t gamma: MD, KC and MBN go along, also with a bounded
 * cluster; FG, which takes the diagonal of H alone, does not. */
START_TEST(recoding)
{
    static const double t[] = {1, 0.5, -0.25, 2};
    static const double score[] = {1, -1.5, 0.5, 0.25, -1, 0.75},
                        omega[2][12] = {{2, 0.5, 0.5, 1, 3, -0.5, -0.5, 2, 1, 0.25, 0.25, 4},
                                        {2, 0.5, 0.5, 1, 3, 1.5, 1.5, -0.5, 8, 0, 0, 4}};
    for (int bounded = 0; bounded < 2; bounded++) {
        double other_score[6], other_omega[12], back[4];
        for (int k = 0; k < 3; k++) {
            turn(omega[bounded] + 4 * k, t, other_omega + 4 * k);
            for (int j = 0; j < 2; j++)
                other_score[k + 3 * j] = t[2 * j] * score[k] + t[1 + 2 * j] * score[k + 3];
        }
        fp_cluster_parts parts = one_coefficient();
        parts.p = parts.rank = 2;
        parts.score = score;
        parts.omega = omega[bounded];
        fp_cluster_parts other = parts;
        other.score = other_score;
        other.omega = other_omega;
        ck_assert_int_eq(corrected(&parts, FP_SMALL_MD).bounded, bounded);
        double transposed[4] = {t[0], t[2], t[1], t[3]};
        for (int m = FP_SMALL_MD; m <= FP_SMALL_NONE; m++) {
            fp_corrected a = corrected(&parts, (fp_small_sample)m),
                         b = corrected(&other, (fp_small_sample)m);
            turn(b.var, transposed, back); /* cov(beta) = t cov(gamma) t' */
            double apart = 0;
            for (int i = 0; i < 4; i++)
                apart = fmax(apart, fabs(back[i] - a.var[i]));
            if (m == FP_SMALL_FG)
                ck_assert_double_gt(apart, 1e-3);
            else
                ck_assert_double_lt(apart, 1e-12 * fmax(1, fabs(a.var[0])));
        }
    }
}
END_TEST

/* A column that was dropped as aliased has zeros and does not disturb the others. */
START_TEST(dropped_column)
{
    static const double score[] = {1, 1, -2, 0, 0, 0},
                        omega[] = {1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0};
    fp_cluster_parts plain = one_coefficient(), parts = plain;
    parts.p = 2;
    parts.score = score;
    parts.omega = omega;
    for (int m = FP_SMALL_MD; m <= FP_SMALL_NONE; m++) {
        fp_corrected a = corrected(&parts, (fp_small_sample)m);
        NEAR(a.var[0], corrected(&plain, (fp_small_sample)m).var[0]);
        ck_assert_double_eq(a.var[1], 0);
        ck_assert_double_eq(a.var[3], 0);
        ck_assert_int_eq(a.bounded, 0);
    }
}
END_TEST

/* Between one cluster nothing varies: no variance, whatever the method. */
START_TEST(one_cluster)
{
    fp_cluster_parts parts = one_coefficient();
    parts.slots = parts.clusters = 1;
    for (int m = FP_SMALL_MD; m <= FP_SMALL_NONE; m++)
        ck_assert(isnan(corrected(&parts, (fp_small_sample)m).var[0]));
}
END_TEST

START_TEST(freedom)
{
    static const double arm[] = {0, 0, 1, 1, 1}, age[] = {1, 2, 3, 4, 5}, twice[] = {0, 0, 2, 2, 2};
    static const double beta[] = {1, 1, FP_NUM_NAN};
    static const int32_t cluster[] = {0, 0, 3, 3, 1};
    const double *column[] = {arm, age, twice};
    ptrdiff_t clusters;
    double df;
    OK(fp_cluster_freedom(5, 3, column, NULL, cluster, 4, arena, &clusters, &df, &err));
    ck_assert_int_eq(clusters, 3);
    ck_assert_double_eq(df, 3 - 1 - 2);
    OK(fp_cluster_freedom(5, 3, column, beta, cluster, 4, arena, &clusters, &df, &err));
    ck_assert_double_eq(df, 3 - 1 - 1);
    OK(fp_cluster_freedom(5, 3, column, NULL, NULL, 0, arena, &clusters, &df, &err));
    ck_assert_double_eq(df, 5 - 1 - 3);
}
END_TEST

/* The correction that is made without being asked: the rule of docs/methods/gee.md. */
START_TEST(usual)
{
    ck_assert_int_eq(fp_small_usual(39, 0), FP_SMALL_KC);
    ck_assert_int_eq(fp_small_usual(39, 0.59), FP_SMALL_KC);
    ck_assert_int_eq(fp_small_usual(39, 0.6), FP_SMALL_MD);
    ck_assert_int_eq(fp_small_usual(40, 0.6), FP_SMALL_NONE);
}
END_TEST

START_TEST(no_memory)
{
    fp_cluster_parts parts = one_coefficient();
    fp_corrected out = {.bounded = 77};
    int failures = 0;
    for (size_t limit = 0; limit < 100000; limit += 16) {
        fp_arena *small = fp_arena_create(limit);
        if (!small)
            continue;
        fp_status status = fp_sandwich_correct(&parts, FP_SMALL_MD, small, &out, &err);
        fp_arena_destroy(small);
        if (status == FP_OK)
            break;
        ck_assert_int_eq(status, FP_NOMEM);
        ck_assert_int_eq(out.bounded, 77);
        failures++;
    }
    ck_assert_int_gt(failures, 0);
    ck_assert_int_eq(out.bounded, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sandwich");
    TCase *tests = tcase_create("corrected");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, bread_and_empty_slots);
    tcase_add_test(tests, alone);
    tcase_add_test(tests, negative);
    tcase_add_test(tests, recoding);
    tcase_add_test(tests, dropped_column);
    tcase_add_test(tests, one_cluster);
    tcase_add_test(tests, freedom);
    tcase_add_test(tests, usual);
    tcase_add_test(tests, no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
