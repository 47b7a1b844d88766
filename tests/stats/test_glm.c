/* Every family with every link that it is fitted with, against R (glm.csv and glm.txt are made by
 * make_glm.R): estimates, covariances model-based, by row and by cluster, deviances, AIC. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats/glm_robust.h"
#include "stats_data.h"

enum { P = 3, LEAST_DIGITS = 9 };

static fp_arena *arena;
static test_table table;
static test_expected *expected;
static ptrdiff_t expected_lines;

static void set_up(void)
{
    arena = fp_arena_create(FP_GIB);
    ck_assert(arena != NULL);
    table = test_table_read("glm.csv", arena);
    expected = test_expected_read("glm.txt", &expected_lines, arena);
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
}

/* What is nearly 0 beside the largest number of its kind has fewer digits. */
static void must(const char *name, const char *what, const double *got, ptrdiff_t n)
{
    double scale = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(got[i]));
    test_must(expected, expected_lines, name, what, got, n, scale / 100, LEAST_DIGITS);
}

static void must_by_row(const char *name, const fp_regression *data, const fp_glm_fit *fit)
{
    static const char *const kinds[] = {"hc0", "hc1", "hc2", "hc3"};
    const double *var;
    fp_err err = {0};
    for (int kind = FP_HC0; kind <= FP_HC3; kind++) {
        ck_assert_int_eq(fp_glm_robust(data, fit, (fp_hc)kind, arena, &var, &err), FP_OK);
        must(name, kinds[kind], var, (ptrdiff_t)P * P);
    }
}

static void must_by_cluster(const char *name, const fp_regression *data, const fp_glm_fit *fit)
{
    int32_t *cluster = test_codes(&table, "g", arena);
    fp_cluster_parts parts;
    fp_corrected plain;
    const double *cr2, *df;
    double cr1[P * P];
    fp_err err = {0};
    ck_assert_int_eq(fp_glm_cluster_parts(data, fit, cluster, 12, arena, &parts, &err), FP_OK);
    ck_assert_int_eq(parts.clusters, 12);
    ck_assert_int_eq(fp_sandwich_correct(&parts, FP_SMALL_NONE, arena, &plain, &err), FP_OK);
    ck_assert_int_eq(fp_sandwich_cr2(&parts, arena, &cr2, &df, &err), FP_OK);
    for (int i = 0; i < P * P; i++)
        cr1[i] = plain.var[i] * 12 / 11;
    must(name, "cr0", plain.var, (ptrdiff_t)P * P);
    must(name, "cr1", cr1, (ptrdiff_t)P * P);
    must(name, "cr2", cr2, (ptrdiff_t)P * P);
    must(name, "df", df, P);
}

static void must_fit(const char *name, const fp_regression *data)
{
    fp_glm_fit fit;
    fp_err err = {0};
    double var[P * P];
    ck_assert_msg(fp_glm(data, arena, &fit, &err) == FP_OK, "%s: %s", name, err.message);
    ck_assert_msg(fit.state == FP_GLM_CONVERGED, "%s: state %d", name, (int)fit.state);
    for (int i = 0; i < P * P; i++)
        var[i] = fit.dispersion * fit.bread[i];
    must(name, "beta", fit.beta, P);
    must(name, "var", var, (ptrdiff_t)P * P);
    must(name, "fit", (const double[]){fit.deviance, fit.null_deviance, fit.aic, fit.dispersion},
         4);
    must_by_row(name, data, &fit);
    must_by_cluster(name, data, &fit);
}

static double *scaled(const char *name, double by)
{
    double *out = test_column(&table, name);
    for (ptrdiff_t i = 0; i < table.n; i++)
        out[i] *= by;
    return out;
}

/* The fits of one family and link: plain, with weights, with weights and an offset. */
static void must_link(const char *group, fp_family family, fp_link link, const char *y,
                      const char *weight)
{
    const double *column[] = {test_column(&table, "one"), test_column(&table, "a"),
                              test_column(&table, "x")};
    fp_regression data = {.n = table.n,
                          .p = P,
                          .column = column,
                          .y = test_column(&table, y),
                          .family = family,
                          .link = link,
                          .intercept = true};
    char name[64];
    snprintf(name, sizeof name, "%s_%s_plain", group, fp_link_names()[link]);
    if (strcmp(weight, "trials") != 0) /* shares are those of trials */
        must_fit(name, &data);
    data.weight = test_column(&table, weight);
    snprintf(name, sizeof name, "%s_%s_weights", group, fp_link_names()[link]);
    must_fit(name, &data);
    data.offset = scaled("o", link == FP_LINK_IDENTITY ? 0.2 : link == FP_LINK_INVERSE ? 0.1 : 1);
    snprintf(name, sizeof name, "%s_%s_offset", group, fp_link_names()[link]);
    must_fit(name, &data);
}

static const struct {
    const char *group;
    fp_family family;
    const char *y, *weight;
} outcomes[] = {{"gaussian", FP_FAMILY_GAUSSIAN, "normal", "w"},
                {"binomial", FP_FAMILY_BINOMIAL, "yes", "w"},
                {"shares", FP_FAMILY_BINOMIAL, "share", "trials"},
                {"poisson", FP_FAMILY_POISSON, "count", "w"},
                {"gamma", FP_FAMILY_GAMMA, "positive", "w"}};

/* No link is left out: every one that fp_family_has_link names has its lines in glm.txt. */
START_TEST(as_r)
{
    ptrdiff_t fits = 0;
    for (int link = 0; fp_link_names()[link]; link++) {
        if (!fp_family_has_link(outcomes[_i].family, (fp_link)link))
            continue;
        tear_down();
        set_up();
        must_link(outcomes[_i].group, outcomes[_i].family, (fp_link)link, outcomes[_i].y,
                  outcomes[_i].weight);
        fits += 3;
    }
    ck_assert_int_ge(fits, 9);
}
END_TEST

/* Two groups of one binomial table: the coefficient is the log odds ratio, its variance the sum of
 * the reciprocal cells, HC0 the same; the deviance that of the two shares. 2 of 5 against 6 of 8.
 */
START_TEST(by_hand)
{
    double one[13], a[13], y[13];
    const double *column[] = {one, a}, *var;
    for (int i = 0; i < 13; i++) {
        one[i] = 1;
        a[i] = i >= 5;
        y[i] = i < 2 || i >= 7;
    }
    fp_regression data = {.n = 13,
                          .p = 2,
                          .column = column,
                          .y = y,
                          .family = FP_FAMILY_BINOMIAL,
                          .link = FP_LINK_LOGIT,
                          .intercept = true};
    fp_glm_fit fit;
    fp_err err = {0};
    ck_assert_int_eq(fp_glm(&data, arena, &fit, &err), FP_OK);
    ck_assert_double_eq_tol(fit.beta[1], log(6.0 / 2 * 3 / 2), 1e-10);
    ck_assert_double_eq_tol(fit.bread[3], 1.0 / 6 + 1.0 / 2 + 1.0 / 2 + 1.0 / 3, 1e-10);
    ck_assert_double_eq_tol(
        fit.deviance, -2 * (2 * log(0.4) + 3 * log(0.6) + 6 * log(0.75) + 2 * log(0.25)), 1e-10);
    ck_assert_double_eq_tol(fit.aic, fit.deviance + 4, 1e-10);
    ck_assert_int_eq(fp_glm_robust(&data, &fit, FP_HC0, arena, &var, &err), FP_OK);
    ck_assert_double_eq_tol(var[3], 1.5, 1e-10);
    ck_assert_int_eq(fp_glm_robust(&data, &fit, FP_HC2, arena, &var, &err), FP_OK);
    /* the leverage of a row is 1 / 5 or 1 / 8: each group's part is divided by 4/5 or 7/8 */
    ck_assert_double_eq_tol(var[3], (5.0 / 6) * 5 / 4 + (2.0 / 3) * 8 / 7, 1e-10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glm");
    TCase *tests = tcase_create("glm");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, as_r, 0, sizeof outcomes / sizeof *outcomes);
    tcase_add_test(tests, by_hand);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
