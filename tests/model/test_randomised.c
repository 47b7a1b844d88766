/* Permutation tests of a table: covariates in the null, several levels and factors, the draw, the
 * log-rank test and limits, beside slow enumerations in R (make_randomised_expected.R); what cannot
 * be read or tested. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/regression.h"
#include "model/survival.h"
#include "run_suite.h"

static fp_arena *arena;
static const fp_table *data;
static json_t *expected;

static void set_up(void)
{
    fp_err err = {0};
    arena = fp_arena_create(4 * FP_GIB);
    ck_assert(arena != NULL);
    ck_assert_int_eq(fp_table_read(FP_TEST_DATA "/model/randomised.csv", NULL, arena, &data, &err),
                     FP_OK);
    expected = json_load_file(FP_TEST_DATA "/model/randomised_expected.json", 0, NULL);
    ck_assert(expected != NULL);
}

static void tear_down(void)
{
    json_decref(expected);
    fp_arena_destroy(arena);
}

static fp_result cox(const char *formula, const char *randomised, double level)
{
    fp_result result;
    fp_err err = {0};
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = randomised;
    options.common.level = level;
    fp_status status = fp_model_cox(data, formula, &options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return result;
}

/* The place of the test of an effect; -1 where there is none. */
static ptrdiff_t place_of(const fp_result *result, const char *effect)
{
    for (ptrdiff_t i = 0; i < result->permutation_count; i++)
        if (strcmp(result->permutation[i].effect, effect) == 0)
            return i;
    return -1;
}

static const fp_permutation_row *row_of(const fp_result *result, const char *effect)
{
    ptrdiff_t place = place_of(result, effect);
    ck_assert_msg(place >= 0, "no test of %s", effect);
    return &result->permutation[place];
}

static double number(const char *name, const char *key)
{
    return json_number_value(json_object_get(json_object_get(expected, name), key));
}

static void agrees(const fp_result *result, const char *effect, const char *name)
{
    const fp_permutation_row *row = row_of(result, effect);
    ck_assert_int_eq(row->test.allocations, (int64_t)number(name, "allocations"));
    ck_assert_int_eq(row->test.at_least_as_far, (int64_t)number(name, "at_least_as_far"));
    ck_assert_double_eq_tol(row->test.statistic, number(name, "statistic"), 1e-8);
    ck_assert_double_eq_tol(row->test.mean, number(name, "mean"), 1e-8);
}

static void limits_agree(const fp_result *result, const char *effect, const char *name)
{
    const fp_permutation_row *row = row_of(result, effect);
    ck_assert(row->has_interval && !row->interval.hull);
    ck_assert_double_eq_tol(row->interval.lower, number(name, "lower"), 1e-6);
    ck_assert_double_eq_tol(row->interval.upper, number(name, "upper"), 1e-6);
    ck_assert_int_le(row->interval.refits, 41);
}

static bool warns(const fp_result *result, const char *words)
{
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        if (strstr(result->warnings[i], words))
            return true;
    return false;
}

/* Covariates stay in the null; terms of the factors, interactions with them included, go. */
START_TEST(covariates)
{
    fp_result r = cox("Surv(day, event) ~ a + age + ready + cell", "a * cell | coach", 0.95);
    agrees(&r, "a", "covariates");
    limits_agree(&r, "a", "covariates");
    ck_assert(strstr(row_of(&r, "a")->statistic, "stratified by cell, with age, ready"));
    r = cox("Surv(day, event) ~ a * cell + a:age + age + ready", " a*`cell`|coach", 0.95);
    agrees(&r, "a", "covariates");
    limits_agree(&r, "a", "covariates");
}
END_TEST

START_TEST(two_factors)
{
    fp_result r = cox("Surv(day, event) ~ a + b", "a * b | coach", 0.8);
    agrees(&r, "a", "plain");
    limits_agree(&r, "a", "plain");
    ck_assert_int_eq(r.permutation_count, 4);
    ck_assert(row_of(&r, "a:b")->approximate && !row_of(&r, "a:b")->has_interval);
    ck_assert(!row_of(&r, "neither")->test.exact); /* 63 million */
    ck_assert_double_eq(row_of(&r, "neither")->test.set_size, 63063000);
}
END_TEST

START_TEST(three_levels)
{
    fp_result r = cox("Surv(day, event) ~ a + dose", "a * dose | coach", 0.95);
    agrees(&r, "dose", "dose");
    agrees(&r, "doselow", "doselow");
    ck_assert(place_of(&r, "dosemid") >= 0 && place_of(&r, "dosehigh") < 0);
    ck_assert(!row_of(&r, "dose")->has_interval && row_of(&r, "doselow")->has_interval);
    ck_assert(place_of(&r, "a:dose") < 0 && warns(&r, "no permutation test of a:dose"));
    /* one factor, drawn within strata */
    r = cox("Surv(day, event) ~ dose", "dose | coach | strata(a)", 0.95);
    ck_assert_int_eq(r.permutation_count, 3);
    ck_assert_int_eq(row_of(&r, "dose")->test.allocations, 117600);
}
END_TEST

/* Effects of three factors: each, all, and three pairs with the third held fixed. Eight coaches. */
START_TEST(three_factors)
{
    static const char *const names[] = {"a", "b", "c", "neither", "a:b", "a:c", "b:c"};
    char text[1024] = "day,event,a,b,c,coach\n";
    fp_err err = {0};
    const fp_table *table;
    fp_cox_model_options options = fp_cox_model_defaults();
    fp_result r;
    for (int i = 0; i < 24; i++)
        (void)snprintf(text + strlen(text), 40, "%d,%d,%d,%d,%d,k%d\n", 3 + i * i % 17, i % 3 > 0,
                       i & 1, i >> 1 & 1, i >> 2 & 1, i % 8);
    ck_assert_int_eq(fp_table_read_text("t.csv", fp_str_of(text), NULL, arena, &table, &err),
                     FP_OK);
    options.randomised = "a * b * c | coach";
    ck_assert_int_eq(fp_model_cox(table, "Surv(day, event) ~ a + b + c", &options, arena, &r, &err),
                     FP_OK);
    ck_assert_int_eq(r.permutation_count, 7);
    for (int i = 0; i < 7; i++)
        ck_assert_str_eq(r.permutation[i].effect, names[i]);
    ck_assert_int_eq(row_of(&r, "a")->test.allocations, 16);
    ck_assert_int_eq(row_of(&r, "neither")->test.allocations, 40320);
    ck_assert_int_eq(row_of(&r, "a:b")->test.allocations, 24 * 24);
    ck_assert(strstr(row_of(&r, "a:b")->statistic, "stratified by c"));
    ck_assert_str_eq(row_of(&r, "a")->null, "no person's outcome depends on a at any level of b "
                                            "and c, whatever b and c do");
}
END_TEST

START_TEST(draw)
{
    const char *formula = "Surv(day, event) ~ a";
    fp_result r = cox(formula, "a | coach | strata(team) + balance(caseload; keep 0.5)", 0.95);
    agrees(&r, "a", "balance");
    ck_assert(strstr(row_of(&r, "a")->set, "within each stratum of the draw (team), with a "
                                           "balance score of caseload of at most"));
    fp_result twice =
        cox(formula, "a|coach|balance(2 * caseload; keep 0.5)+strata(team,team)", 0.95);
    agrees(&twice, "a", "balance");
    fp_result strata = cox(formula, "a | coach | strata(team)", 0.95);
    ck_assert_int_eq(row_of(&strata, "a")->test.allocations, 4900);
    fp_result wide = cox(formula, "a | coach | balance(caseload; limit 1000)", 0.95);
    ck_assert_int_eq(row_of(&wide, "a")->test.allocations, 12870);
}
END_TEST

START_TEST(logrank)
{
    fp_result r;
    fp_err err = {0};
    fp_km_model_options options = fp_km_model_defaults();
    options.randomised = "a | coach";
    ck_assert_int_eq(
        fp_model_km(data, "Surv(day, event) ~ a + strata(ready)", &options, arena, &r, &err),
        FP_OK);
    agrees(&r, "a", "logrank");
    ck_assert_int_eq(r.permutation_count, 1);
    ck_assert(!r.permutation[0].has_interval);
    options.rho = 1;
    ck_assert_int_eq(fp_model_km(data, "Surv(day, event) ~ a", &options, arena, &r, &err),
                     FP_USAGE);
}
END_TEST

static fp_result glm(const char *formula, const char *randomised, fp_family family, double level)
{
    fp_result result;
    fp_err err = {0};
    fp_glm_model_options options = fp_glm_model_defaults();
    options.family = family;
    options.randomised = randomised;
    options.common.level = level;
    fp_status status = fp_model_glm(data, formula, &options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return result;
}

START_TEST(means)
{
    fp_result r = glm("event ~ a + b + age", "a * b | coach", FP_FAMILY_BINOMIAL, 0.8);
    agrees(&r, "a", "binomial");
    limits_agree(&r, "a", "binomial");
    ck_assert_int_eq(r.permutation_count, 4);
    r = glm("age ~ a", "a | coach", FP_FAMILY_GAUSSIAN, 0.5);
    agrees(&r, "a", "gaussian");
    limits_agree(&r, "a", "gaussian");
    ck_assert(!r.permutation[0].is_log);
    ck_assert(!r.permutation[0].is_of_means);
}
END_TEST

static fp_result glm_means(const fp_table *of, const char *formula, const char *randomised,
                           fp_family family, double level)
{
    fp_result result;
    fp_err err = {0};
    fp_glm_model_options options = fp_glm_model_defaults();
    options.family = family;
    options.randomised = randomised;
    options.common.level = level;
    options.cluster_means = true;
    fp_status status = fp_model_glm(of, formula, &options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    ck_assert(result.permutation[0].is_of_means);
    return result;
}

/* Differences of unweighted means of the clusters. */
START_TEST(cluster_means)
{
    fp_result r = glm_means(data, "age ~ a", "a | coach", FP_FAMILY_GAUSSIAN, 0.5);
    agrees(&r, "a", "means");
    limits_agree(&r, "a", "means");
    ck_assert(
        strstr(row_of(&r, "a")->statistic, "difference between arms (second level less first)"));
    r = glm_means(data, "event ~ a + b + age", "a * b | coach", FP_FAMILY_BINOMIAL, 0.8);
    agrees(&r, "a", "means_covariates");
    limits_agree(&r, "a", "means_covariates");
    ck_assert_int_eq(r.permutation_count, 4);
    r = glm_means(data, "age ~ dose", "dose | coach", FP_FAMILY_GAUSSIAN, 0.95);
    agrees(&r, "doselow", "means_low");
}
END_TEST

/* Four coaches of one, two, three and ten people, by hand: means 1, 2, 4 and 3 in arms 0, 1, 1 and
 * 0, so that the difference is 3 - 2 = 1; the six ways give -2, -1, 0, 0, 1, 2. A fifth coach has
 * nobody. Multiplied by any number, p is the same and the difference goes with it. */
START_TEST(cluster_means_by_hand)
{
    static const double scales[] = {1, 1e-12, 1e12};
    for (int k = 0; k < 3; k++) {
        FP_BUF_SCOPED(text, 4096);
        static const int size[] = {1, 2, 3, 10}, mean[] = {1, 2, 4, 3}, arm[] = {0, 1, 1, 0};
        fp_err err = {0};
        const fp_table *few;
        fp_buf_put(&text, "y,arm,coach\n");
        for (int c = 0; c < 4; c++)
            for (int i = 0; i < size[c]; i++)
                fp_buf_printf(&text, "%.17g,%d,c%d\n",
                              scales[k] * (mean[c] + (2 * i - size[c] + 1) / 8.0), arm[c], c);
        ck_assert_int_eq(fp_table_read_text("few.csv", fp_buf_str(&text), NULL, arena, &few, &err),
                         FP_OK);
        fp_result r = glm_means(few, "y ~ arm", "arm | coach", FP_FAMILY_GAUSSIAN, 0.95);
        const fp_permutation_result *t = &r.permutation[0].test;
        ck_assert_int_eq(t->allocations, 6);
        ck_assert_int_eq(t->at_least_as_far, 4);
        ck_assert_double_eq_tol(t->statistic / scales[k], 1, 1e-9);
        ck_assert_double_eq_tol(t->mean / scales[k], 0, 1e-9);
        fp_buf_printf(&text, ",1,c4\n,0,c5\n");
        ck_assert_int_eq(fp_table_read_text("few.csv", fp_buf_str(&text), NULL, arena, &few, &err),
                         FP_OK);
        r = glm_means(few, "y ~ arm", "arm | coach", FP_FAMILY_GAUSSIAN, 0.95);
        ck_assert_int_eq(r.permutation[0].test.allocations, 20);
        ck_assert(warns(&r, "coach c4 has no row to take a mean of"));
    }
}
END_TEST

/* A column that tells the arm under another name would leave nothing to test. */
START_TEST(tells_the_arm)
{
    fp_result plain = cox("Surv(day, event) ~ a", "a | coach", 0.95);
    fp_result twice = cox("Surv(day, event) ~ a + I(2 * a + 1)", "a | coach", 0.95);
    ck_assert_int_eq(row_of(&plain, "a")->test.at_least_as_far,
                     row_of(&twice, "a")->test.at_least_as_far);
    fp_result recoded = cox("Surv(day, event) ~ factor(c)", "a * c | coach", 0.95);
    fp_result other = cox("Surv(day, event) ~ strata(c)", "a | coach", 0.95);
    ck_assert(!warns(&recoded, "tells what was randomised"));
    ck_assert(!warns(&other, "tells what was randomised"));
    const fp_table *text;
    fp_err err = {0};
    ck_assert_int_eq(fp_table_read_text("t.csv",
                                        fp_str_of("day,event,arm,same,coach\n1,1,0,9,p\n2,1,1,7,q\n"
                                                  "3,0,0,9,r\n4,1,1,7,s\n5,1,0,9,p\n6,0,1,7,s\n"),
                                        NULL, arena, &text, &err),
                     FP_OK);
    fp_cox_model_options options = fp_cox_model_defaults();
    fp_result r;
    options.randomised = "arm | coach";
    ck_assert_int_eq(fp_model_cox(text, "Surv(day, event) ~ same", &options, arena, &r, &err),
                     FP_OK);
    ck_assert(warns(&r, "made without same: it has one value in each arm"));
    ck_assert_int_eq(r.permutation[0].test.allocations, 6);
    ck_assert(isinf(r.permutation[0].interval.lower) && isinf(r.permutation[0].interval.upper));
    ck_assert_int_eq(
        fp_model_cox(text, "Surv(day, event) ~ strata(same)", &options, arena, &r, &err), FP_OK);
    ck_assert(warns(&r, "made without strata(same)"));
}
END_TEST

/* ---- what cannot be read ---- */

static const struct {
    const char *text, *words;
    fp_status status;
} wrong[] = {
    {"a on coach", "cannot read what was randomised", FP_USAGE},
    {"a * a | coach", "cannot read what was randomised", FP_USAGE},
    {"a * | coach", "cannot read what was randomised", FP_USAGE},
    {"a | coach | ", "cannot read what was randomised", FP_USAGE},
    {"a | coach | strata()", "cannot read what was randomised", FP_USAGE},
    {"a | coach | strata(team", "cannot read what was randomised", FP_USAGE},
    {"a | coach | blocks(team)", "cannot read what was randomised", FP_USAGE},
    {"a | coach | balance(caseload; hold 0.1)", "cannot read what was randomised", FP_USAGE},
    {"a | coach | balance(caseload; keep x)", "cannot read what was randomised", FP_USAGE},
    {"a | coach | balance(caseload; keep 2)", "keep in balance() is a share", FP_USAGE},
    {"a | coach | balance(caseload; limit -1)", "limit in balance() is not below 0", FP_USAGE},
    {"a | coach | balance(0 * caseload)", "a weight in balance() is above 0", FP_USAGE},
    {"a | coach | strata(team) balance(caseload)", "cannot read what was randomised", FP_USAGE},
    {"a*b*c*d*e*f*g | coach", "more than 6 randomised factors", FP_USAGE},
    {"`a | coach", "cannot read what was randomised", FP_USAGE},
    {"a | coch", "coch", FP_INPUT},
    {"a | coach | strata(tem)", "tem", FP_INPUT},
    {"a | coach | strata(ready)", "coach k01 has ready =", FP_INPUT},
    {"a | coach | balance(age)", "coach k01 has age =", FP_INPUT},
    {"a | coach | balance(team)", "a column of balance() is numbers", FP_INPUT},
    {"ready | coach", "coach k01 has ready =", FP_INPUT},
    {"age | coach", "2 to 16 levels", FP_INPUT},
    {"a | team", "team n has a =", FP_INPUT},
    {"a | coach | balance(caseload; limit 0.00001)", "above the limit", FP_INPUT},
};

START_TEST(cannot_be_read)
{
    fp_result result = {.n = -1};
    fp_err err = {0};
    char line[1024];
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = wrong[_i].text;
    fp_status status = fp_model_cox(data, "Surv(day, event) ~ a", &options, arena, &result, &err);
    fp_err_text(&err, line, sizeof line);
    ck_assert_msg(status == wrong[_i].status, "%s: %d %s", wrong[_i].text, status, line);
    ck_assert_msg(strstr(line, wrong[_i].words) != NULL, "%s: %s", wrong[_i].text, line);
    ck_assert_int_eq(result.n, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("randomised");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, covariates);
    tcase_add_test(tests, two_factors);
    tcase_add_test(tests, three_levels);
    tcase_add_test(tests, three_factors);
    tcase_add_test(tests, draw);
    tcase_add_test(tests, logrank);
    tcase_add_test(tests, means);
    tcase_add_test(tests, cluster_means);
    tcase_add_test(tests, cluster_means_by_hand);
    tcase_add_test(tests, tells_the_arm);
    tcase_add_loop_test(tests, cannot_be_read, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
