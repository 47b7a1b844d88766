/* Small-sample corrected sandwiches against R (make_fewclusters.R, numerical derivatives). */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats_data.h"

typedef struct {
    const char *name, *file, *stop, *x, *start, *weight, *stratum;
    ptrdiff_t clusters;
    double least; /* digits that R's numerical derivative is good for */
} small_case;

static const small_case cases[] = {
    {"exact_two", "fewclusters.csv", "exact", "ips pa", NULL, NULL, NULL, 12, 8},
    {"exact_three", "fewclusters.csv", "exact", "ips pa both", NULL, NULL, NULL, 12, 8},
    {"day_two", "fewclusters.csv", "day", "ips pa", NULL, NULL, NULL, 12, 8},
    {"day_three", "fewclusters.csv", "day", "ips pa both", NULL, NULL, NULL, 12, 8},
    {"late_strata", "mixed.csv", "stop", "x1 x2", "start", NULL, "s", 14, 8},
    {"late_weights", "mixed.csv", "stop", "x1 x2", "start", "w", "s", 14, 8},
};

static fp_err err;

TEST_ARENA(FP_GIB);

static void compare(const char *name, const char *what, const double *got, ptrdiff_t n,
                    double least)
{
    ptrdiff_t lines;
    test_expected *e = test_expected_read("fewclusters.txt", &lines, arena);
    double digits = 17;
    int found = 0;
    for (ptrdiff_t k = 0; k < lines; k++) {
        if (strcmp(e[k].group, name) != 0 || strcmp(e[k].what, what) != 0)
            continue;
        found++;
        ck_assert_int_eq(e[k].n, n);
        for (ptrdiff_t i = 0; i < n; i++) {
            double same = test_digits(got[i], e[k].value[i], 1e-4);
            ck_assert_msg(same >= least, "%s %s[%td]: %.17g, R has %.17g", name, what, i, got[i],
                          e[k].value[i]);
            digits = fmin(digits, same);
        }
    }
    ck_assert_int_eq(found, 1);
    if (getenv("FP_TEST_DIGITS"))
        printf("%-22s %-18s %.1f digits\n", name, what, digits);
}

START_TEST(corrected)
{
    static const char *const names[] = {"md", "kc", "fg", "mbn"};
    const small_case *c = &cases[_i];
    test_table t = test_table_read(c->file, arena);
    ptrdiff_t p;
    double *x = test_matrix(&t, c->x, &p, arena);
    fp_survdata d = {.n = t.n, .strata = 1, .stop = test_column(&t, c->stop)};
    d.event = test_codes(&t, "event", arena);
    d.start = c->start ? test_column(&t, c->start) : NULL;
    d.weight = c->weight ? test_column(&t, c->weight) : NULL;
    if (c->stratum) {
        d.stratum = test_codes(&t, c->stratum, arena);
        d.strata = 3;
    }
    fp_cox_fit fit;
    ck_assert_int_eq(fp_cox(&d, p, x, NULL, NULL, arena, &fit, &err), FP_OK);
    for (int k = 0; k < 4; k++) {
        fp_corrected r;
        ck_assert_int_eq(fp_cox_small_sample_variance(&d, p, x, &fit, FP_TIES_EFRON,
                                                      test_codes(&t, "c", arena), c->clusters,
                                                      (fp_small_sample)k, arena, &r, &err),
                         FP_OK);
        ck_assert_int_eq(r.clusters, c->clusters);
        compare(c->name, names[k], r.var, p * p, c->least);
        compare(c->name, "df", &r.df, 1, 16);
    }
}
END_TEST

/* A cluster that alone decides a coefficient has leverage one: no corrected variance exists. */
START_TEST(leverage_one)
{
    double stop[] = {1, 2, 3, 4, 5, 6}, x[] = {1, 0, 1, 0, 0, 1};
    int32_t event[] = {1, 1, 1, 1, 1, 1}, cluster[] = {0, 0, 0, 0, 0, 0};
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop, .event = event};
    fp_cox_fit fit;
    fp_corrected r;
    ck_assert_int_eq(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err), FP_OK);
    ck_assert_int_eq(fp_cox_small_sample_variance(&d, 1, x, &fit, FP_TIES_EFRON, cluster, 1,
                                                  FP_SMALL_MD, arena, &r, &err),
                     FP_OK);
    ck_assert(isnan(r.var[0]));
    ck_assert_double_le(r.df, 0);
}
END_TEST

/* A column with one value in every cluster costs a degree of freedom, another does not. */
START_TEST(degrees_of_freedom)
{
    test_table t = test_table_read("fewclusters.csv", arena);
    ptrdiff_t p;
    double *x = test_matrix(&t, "ips pa day", &p, arena);
    for (ptrdiff_t i = 0; i < t.n; i++)
        x[2 * t.n + i] = (double)(i * 7919 % 13);
    fp_survdata d = {.n = t.n, .strata = 1, .stop = test_column(&t, "day")};
    d.event = test_codes(&t, "event", arena);
    fp_cox_fit fit;
    fp_corrected r;
    ck_assert_int_eq(fp_cox(&d, p, x, NULL, NULL, arena, &fit, &err), FP_OK);
    ck_assert_int_eq(fp_cox_small_sample_variance(&d, p, x, &fit, FP_TIES_EFRON,
                                                  test_codes(&t, "c", arena), 12, FP_SMALL_MD,
                                                  arena, &r, &err),
                     FP_OK);
    ck_assert_double_eq(r.df, 12 - 1 - 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("small-sample sandwiches");
    TCase *tests = tcase_create("corrected");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, corrected, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, leverage_one);
    tcase_add_test(tests, degrees_of_freedom);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
