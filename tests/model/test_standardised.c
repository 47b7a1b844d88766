/* Standardised means and linear contrasts of regressions against R (standardised.txt is made by
 * make_standardised_expected.R), and by hand. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/contrasts.h"
#include "model/regression.h"
#include "model/standardised.h"
#include "model/tables.h"
#include "run_suite.h"
#include "stats/stats_data.h"

TEST_EXPECTED("standardised.txt");

static const fp_table *waves(void)
{
    return test_table_at(FP_TEST_DATA "/model/means.csv", arena);
}

static const fp_table *table_of(const char *text)
{
    return test_table_of(text, arena);
}

static fp_glm_model_options options_of(fp_family family)
{
    fp_glm_model_options options = fp_glm_model_defaults();
    options.family = family;
    return options;
}

static fp_status try_standardised(const fp_table *table, const char *formula,
                                  const fp_glm_model_options *options, const char *name,
                                  fp_result *result, fp_err *err)
{
    FP_TRY(fp_model_glm(table, formula, options, arena, result, err));
    return fp_standardised_add(table, &options->common, 1, &name, arena, result, err);
}

static fp_result standardised_of(const fp_table *table, const char *formula,
                                 fp_glm_model_options options, const char *name)
{
    fp_result result;
    fp_err err = {0};
    fp_status status = try_standardised(table, formula, &options, name, &result, &err);
    ck_assert_msg(status == FP_OK, "%s (%s)", err.message, err.hint);
    return result;
}

/* ---- comparing with R ---- */

static void must(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    test_must(expected, expected_lines, name, what, got, n, 1e-3, least);
}

static void must_effect(const char *name, const char *what, ptrdiff_t k,
                        const fp_standardised_effect *effect)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%s%td", what, k + 1);
    must(name, text,
         (const double[]){effect->estimate, effect->se, effect->p, effect->lower, effect->upper}, 5,
         7);
}

static void must_standardised(const char *name, const fp_result *result, ptrdiff_t levels)
{
    ck_assert_int_eq(result->standardised_count, levels);
    for (ptrdiff_t k = 0; k < levels; k++) {
        const fp_standardised *s = &result->standardised[k];
        char text[40];
        (void)snprintf(text, sizeof text, "mean%td", k + 1);
        must(name, text, (const double[]){s->mean, s->se, s->lower, s->upper}, 4, 8);
        if (k == 0) {
            ck_assert(isnan(s->difference.estimate) && isnan(s->ratio.estimate));
            continue;
        }
        must_effect(name, "difference", k, &s->difference);
        must_effect(name, "ratio", k, &s->ratio);
        if (strcmp(result->family, "binomial") == 0)
            must_effect(name, "odds", k, &s->odds_ratio);
        else
            ck_assert(isnan(s->odds_ratio.estimate));
    }
}

START_TEST(as_r)
{
    const fp_table *table = waves();
    fp_result r = standardised_of(table, "b ~ ips * pa + ips:age + age + sex",
                                  options_of(FP_FAMILY_BINOMIAL), "ips");
    must_standardised("interaction", &r, 2);
    r = standardised_of(table, "k ~ arm + sex + offset(log(age))", options_of(FP_FAMILY_POISSON),
                        "arm");
    must_standardised("levels", &r, 3);
    ck_assert_str_eq(r.standardised[0].level, "both");
    fp_glm_model_options probit = options_of(FP_FAMILY_BINOMIAL);
    probit.link = FP_LINK_PROBIT;
    probit.common.cluster = "id";
    probit.small_sample = "none";
    r = standardised_of(table, "b ~ sex * pa + age", probit, "sex");
    must_standardised("clusters", &r, 2);
}
END_TEST

/* Weights count in the mean; factor(wave) stands for wave; t behind p. */
START_TEST(weighted)
{
    fp_glm_model_options options = options_of(FP_FAMILY_GAUSSIAN);
    fp_result r;
    const fp_table *table;
    FILE *f = fopen(FP_TEST_DATA "/model/means.csv", "r");
    char line[256];
    FP_BUF_SCOPED(text, FP_MIB);
    ck_assert(f != NULL);
    for (int i = 0; fgets(line, sizeof line, f); i++) {
        line[strcspn(line, "\r\n")] = 0;
        int field = 0;
        const char *sex = line;
        for (const char *p = line; *p; p++)
            if (*p == ',' && ++field == 5)
                sex = p + 1;
        fp_buf_printf(&text, "%s,%s\n", line, i == 0 ? "w" : *sex == '1' ? "2" : "1");
    }
    fclose(f);
    table = table_of(text.p);
    options.common.weights = "w";
    r = standardised_of(table, "y ~ factor(wave) * pa + age", options, "factor(wave)");
    must_standardised("gaussian", &r, 4);
}
END_TEST

/* Of 10 and 20 people 4 and 5 had it: the model with the arm alone gives the shares themselves. */
START_TEST(by_hand)
{
    FP_BUF_SCOPED(text, FP_MIB);
    fp_buf_put(&text, "arm,had\n");
    for (int i = 0; i < 30; i++)
        fp_buf_printf(&text, "%s,%d\n", i < 10 ? "a" : "b", i < 10 ? i < 4 : i < 15);
    fp_result r =
        standardised_of(table_of(text.p), "had ~ arm", options_of(FP_FAMILY_BINOMIAL), "arm");
    const fp_standardised *a = &r.standardised[0], *b = &r.standardised[1];
    double p = 0.4, q = 0.25, se = sqrt(p * (1 - p) / 10 + q * (1 - q) / 20);
    ck_assert_double_eq_tol(a->mean, p, 1e-11);
    ck_assert_double_eq_tol(b->mean, q, 1e-11);
    ck_assert_double_eq(a->n, 10);
    ck_assert_double_eq(b->n, 20);
    ck_assert_double_eq_tol(a->se, sqrt(p * (1 - p) / 10), 1e-11);
    ck_assert_double_eq_tol(b->difference.estimate, q - p, 1e-11);
    ck_assert_double_eq_tol(b->difference.se, se, 1e-11);
    ck_assert_double_eq_tol(b->ratio.estimate, q / p, 1e-11);
    ck_assert_double_eq_tol(b->ratio.se, sqrt((1 - p) / (10 * p) + (1 - q) / (20 * q)), 1e-11);
    ck_assert_double_eq_tol(b->odds_ratio.estimate, q / (1 - q) / (p / (1 - p)), 1e-11);
    ck_assert_double_eq_tol(b->odds_ratio.se, sqrt(1 / 4. + 1 / 6. + 1 / 5. + 1 / 15.), 1e-11);
}
END_TEST

/* Without an interaction an identity link gives the coefficient itself, corrected for few
 * clusters with its degrees of freedom. */
START_TEST(is_the_coefficient)
{
    fp_glm_model_options options = options_of(FP_FAMILY_GAUSSIAN);
    options.common.cluster = "id";
    options.small_sample = "kc";
    fp_result r = standardised_of(waves(), "y ~ ips + age", options, "ips");
    const fp_small_term *term = &r.small_terms[1];
    const fp_standardised_effect *d = &r.standardised[1].difference;
    ck_assert_double_eq_tol(d->estimate, r.terms[1].estimate, 1e-11);
    ck_assert_double_eq_tol(d->se, term->se, 1e-11);
    ck_assert_double_eq_tol(d->p, term->p, 1e-11);
    ck_assert_double_eq_tol(d->upper, term->upper, 1e-10);
    ck_assert_double_eq(r.standardised[1].df, term->df);
}
END_TEST

static void must_fail(const fp_table *table, const char *formula, const char *name,
                      const char *words)
{
    fp_result r;
    fp_err err = {0};
    fp_glm_model_options options = options_of(FP_FAMILY_GAUSSIAN);
    fp_status status = try_standardised(table, formula, &options, name, &r, &err);
    ck_assert_msg(status == FP_INPUT, "%s: no error", name);
    ck_assert_msg(strstr(err.message, words) != NULL, "%s: %s", name, err.message);
    ck_assert_msg(err.hint[0] != 0, "%s: no hint", name);
}

START_TEST(wrong_names)
{
    const fp_table *table = waves();
    must_fail(table, "y ~ ips + age", "team", "\"team\" is no variable of the formula");
    must_fail(table, "y ~ ips + age", "", "is no variable of the formula");
    must_fail(table, "y ~ ips + age", "factor(", "is no variable of the formula");
    must_fail(table, "y ~ 1", "ips", "is no variable of the formula");
    must_fail(table, "y ~ ips + age", "age", "which is too many");
    must_fail(table_of("y,x\n1,2\n2,2\n3,2\n"), "y ~ x", "x", "one value in the rows used");
}
END_TEST

/* b follows from a: with a set, b stays, which no row shows. */
START_TEST(not_told)
{
    fp_result r = standardised_of(table_of("y,a,b\n1,0,0\n2,0,0\n4,1,2\n5,1,2\n6,1,2\n"),
                                  "y ~ a + b", options_of(FP_FAMILY_GAUSSIAN), "a");
    ck_assert(isnan(r.standardised[1].mean) && isnan(r.standardised[1].difference.estimate));
    ck_assert_int_eq(r.warning_count, 3);
    ck_assert(strstr(r.warnings[1], "a=0") && strstr(r.warnings[2], "a=1"));
}
END_TEST

/* ---- contrasts ---- */

static fp_status try_contrasts(fp_family family, const char *formula, ptrdiff_t count,
                               const char *const *text, fp_result *result, fp_err *err)
{
    fp_glm_model_options options = options_of(family);
    FP_TRY(fp_model_glm(waves(), formula, &options, arena, result, err));
    return fp_contrasts_add(count, text, arena, result, err);
}

static void must_contrasts(const char *name, fp_family family, bool t)
{
    static const char *const text[] = {"armips - armusual", "2*armusual - age + 0.5*sex"};
    fp_result r;
    fp_err err = {0};
    double value[5][2];
    const char *what[] = {"estimate", "se", "p", "lower", "upper"};
    fp_status status =
        try_contrasts(family, t ? "y ~ arm + age + sex" : "b ~ arm + age + sex", 2, text, &r, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    ck_assert_int_eq(r.contrast_count, 2);
    for (int k = 0; k < 2; k++) {
        const fp_contrast *c = &r.contrasts[k];
        const double row[] = {c->estimate, c->se, c->p, c->lower, c->upper};
        for (int j = 0; j < 5; j++)
            value[j][k] = row[j];
        ck_assert(isnan(c->df) == !t && isnan(c->exp_estimate) == t);
    }
    for (int j = 0; j < 5; j++)
        must(name, what[j], value[j], 2, 9);
    must(name, "joint",
         (const double[]){r.contrast_test.chisq, r.contrast_test.df, r.contrast_test.p}, 3, 9);
}

START_TEST(contrasts_as_r)
{
    must_contrasts("contrast_t", FP_FAMILY_GAUSSIAN, true);
    must_contrasts("contrast_z", FP_FAMILY_BINOMIAL, false);
}
END_TEST

START_TEST(contrasts_wrong)
{
    static const struct {
        const char *text;
        fp_status status;
    } wrong[] = {{"", FP_USAGE},     {"age - age", FP_USAGE}, {"age + 1", FP_USAGE},
                 {"nope", FP_INPUT}, {"age*sex", FP_USAGE},   {"age/0", FP_USAGE}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        fp_result r;
        fp_err err = {0};
        ck_assert_int_eq(
            try_contrasts(FP_FAMILY_GAUSSIAN, "y ~ age + sex", 1, &wrong[k].text, &r, &err),
            wrong[k].status);
        ck_assert(err.message[0] != 0);
    }
}
END_TEST

/* A coefficient without an estimate takes the contrast with it, and the joint test. */
START_TEST(contrast_not_defined)
{
    static const char *const text[] = {"age", "age + `I(2 * age)`"};
    fp_result r;
    fp_err err = {0};
    ck_assert_int_eq(try_contrasts(FP_FAMILY_GAUSSIAN, "y ~ age + I(2 * age)", 2, text, &r, &err),
                     FP_OK);
    ck_assert(isfinite(r.contrasts[0].p) && isnan(r.contrasts[1].estimate));
    ck_assert(r.has_contrast_test && isnan(r.contrast_test.p));
    ck_assert(strstr(r.warnings[r.warning_count - 1], "has no estimate, because") != NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("standardised");
    TCase *tests = tcase_create("standardised");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, as_r);
    tcase_add_test(tests, weighted);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, is_the_coefficient);
    tcase_add_test(tests, wrong_names);
    tcase_add_test(tests, not_told);
    tcase_add_test(tests, contrasts_as_r);
    tcase_add_test(tests, contrasts_wrong);
    tcase_add_test(tests, contrast_not_defined);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
