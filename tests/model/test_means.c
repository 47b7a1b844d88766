/* Estimated means, their comparisons and joint tests against R's emmeans, and by hand.
 * means.txt is made by make_means_expected.R. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/means.h"
#include "model/regression.h"
#include "model/tables.h"
#include "run_suite.h"
#include "stats/stats_data.h"

TEST_EXPECTED("means.txt");

static const fp_table *waves(void)
{
    return test_table_at(FP_TEST_DATA "/model/means.csv", arena);
}

static const fp_table *table_of(const char *text)
{
    return test_table_of(text, arena);
}

static fp_status try_means(const fp_table *table, const char *formula, fp_family family,
                           fp_means_request request, fp_result *result, fp_err *err)
{
    fp_glm_model_options options = fp_glm_model_defaults();
    options.family = family;
    FP_TRY(fp_model_glm(table, formula, &options, arena, result, err));
    return fp_means_add(table, &options.common, &request, arena, result, err);
}

static fp_result means_of(const fp_table *table, const char *formula, fp_family family,
                          const char *means, unsigned compare, bool observed)
{
    fp_result result;
    fp_err err = {0};
    fp_means_request request = {.means = means, .compare = compare, .observed = observed};
    fp_status status = try_means(table, formula, family, request, &result, &err);
    ck_assert_msg(status == FP_OK, "%s (%s)", err.message, err.hint);
    ck_assert(result.means != NULL);
    return result;
}

/* ---- comparing with R ---- */

static void must(const char *name, const char *what, const double *got, ptrdiff_t n)
{
    double least = strncmp(name, "lmm", 3) == 0 ? 5 : 8; /* as far as R's optimiser goes */
    for (ptrdiff_t k = 0; k < expected_lines; k++) {
        const test_expected *e = &expected[k];
        if (strcmp(e->group, name) != 0 || strcmp(e->what, what) != 0)
            continue;
        ck_assert_msg(e->n == n, "%s %s: %td numbers, R has %td", name, what, n, e->n);
        for (ptrdiff_t i = 0; i < n; i++) {
            double value = isinf(got[i]) ? 0 : got[i]; /* degrees of freedom */
            double digits = test_digits(value, e->value[i], 1e-2);
            ck_assert_msg(digits >= least, "%s %s[%td]: %.17g, R has %.17g", name, what, i, got[i],
                          e->value[i]);
        }
        return;
    }
    ck_abort_msg("no line %s %s", name, what);
}

/* One field of every row. */
#define MUST(name, what, rows, count, field)                                                       \
    do {                                                                                           \
        double value_[200] = {0};                                                                  \
        ck_assert((count) <= 200);                                                                 \
        for (ptrdiff_t i_ = 0; i_ < (count); i_++)                                                 \
            value_[i_] = (rows)[i_].field;                                                         \
        must((name), (what), value_, (count));                                                     \
    } while (0)

static void must_means(const char *name, const fp_means *m)
{
    MUST(name, "mean_estimate", m->mean, m->count, estimate);
    MUST(name, "mean_se", m->mean, m->count, se);
    MUST(name, "mean_df", m->mean, m->count, df);
    MUST(name, "mean_lower", m->mean, m->count, lower);
    MUST(name, "mean_upper", m->mean, m->count, upper);
}

static void must_responses(const char *name, const fp_means *m)
{
    MUST(name, "mean_response", m->mean, m->count, response);
    MUST(name, "mean_response_se", m->mean, m->count, response_se);
    MUST(name, "mean_response_lower", m->mean, m->count, response_lower);
    MUST(name, "mean_response_upper", m->mean, m->count, response_upper);
}

/* Comparisons of one kind and effect. */
static ptrdiff_t pick(const fp_means *m, const char *kind, const char *effect,
                      fp_mean_contrast *out)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t k = 0; k < m->contrast_count; k++)
        if (strcmp(m->contrast[k].kind, kind) == 0 && strcmp(m->contrast[k].effect, effect) == 0)
            out[n++] = m->contrast[k];
    return n;
}

static void must_contrasts(const char *name, const char *what, const fp_means *m, const char *kind,
                           const char *effect)
{
    fp_mean_contrast row[200];
    char text[64];
    ptrdiff_t n = pick(m, kind, effect, row);
    (void)snprintf(text, sizeof text, "%s_estimate", what);
    MUST(name, text, row, n, estimate);
    (void)snprintf(text, sizeof text, "%s_se", what);
    MUST(name, text, row, n, se);
    (void)snprintf(text, sizeof text, "%s_df", what);
    MUST(name, text, row, n, df);
    (void)snprintf(text, sizeof text, "%s_lower", what);
    MUST(name, text, row, n, lower);
    (void)snprintf(text, sizeof text, "%s_upper", what);
    MUST(name, text, row, n, upper);
    (void)snprintf(text, sizeof text, "%s_p", what);
    MUST(name, text, row, n, p);
    (void)snprintf(text, sizeof text, "%s_holm", what);
    MUST(name, text, row, n, p_holm);
}

static void must_on_outcome(const char *name, const char *what, const fp_means *m,
                            const char *effect)
{
    fp_mean_contrast row[200];
    char text[64];
    ptrdiff_t n = pick(m, "difference", effect, row);
    (void)snprintf(text, sizeof text, "%s_response", what);
    MUST(name, text, row, n, response);
    (void)snprintf(text, sizeof text, "%s_response_se", what);
    MUST(name, text, row, n, response_se);
    (void)snprintf(text, sizeof text, "%s_response_p", what);
    MUST(name, text, row, n, response_p);
    (void)snprintf(text, sizeof text, "%s_response_holm", what);
    MUST(name, text, row, n, response_p_holm);
}

static void must_test(const char *name, const char *what, const fp_means *m, const char *effect,
                      const char *at)
{
    for (ptrdiff_t k = 0; k < m->test_count; k++) {
        const fp_mean_test *t = &m->test[k];
        if (strcmp(t->effect, effect) != 0 || strcmp(t->at, at) != 0)
            continue;
        must(name, what, (const double[]){t->f, t->df1, t->df2, t->p}, 4);
        return;
    }
    ck_abort_msg("no joint test of %s at \"%s\"", effect, at);
}

START_TEST(two_factors_at_each_wave)
{
    fp_result r =
        means_of(waves(), "y ~ ips * pa * factor(wave) + age + sex + team", FP_FAMILY_GAUSSIAN,
                 "ips * pa | wave", FP_MEANS_DIFFERENCES | FP_MEANS_CHANGES, false);
    must_means("factorial", r.means);
    must_contrasts("factorial", "ips", r.means, "difference", "ips");
    must_contrasts("factorial", "pa", r.means, "difference", "pa");
    must_contrasts("factorial", "both", r.means, "interaction", "ips:pa");
    must_contrasts("factorial", "change", r.means, "change", "");
    must_contrasts("factorial", "ips_change", r.means, "difference of changes", "ips");
    must_contrasts("factorial", "pa_change", r.means, "difference of changes", "pa");
    must_test("factorial", "ips_all", r.means, "ips", "all");
    must_test("factorial", "pa_all", r.means, "pa", "all");
    must_test("factorial", "both_all", r.means, "ips:pa", "all");
    must_test("factorial", "ips_wave", r.means, "ips:wave", "");
    must_test("factorial", "pa_wave", r.means, "pa:wave", "");
}
END_TEST

START_TEST(factors_as_they_occur)
{
    fp_result r = means_of(waves(), "y ~ ips * pa * factor(wave) + age + sex + team",
                           FP_FAMILY_GAUSSIAN, "ips | wave", 0, true);
    must_means("observed", r.means);
    must_contrasts("observed", "ips", r.means, "difference", "ips");
}
END_TEST

START_TEST(wave_as_a_number)
{
    fp_result r = means_of(waves(), "y ~ arm * wave + age + factor(sex)", FP_FAMILY_GAUSSIAN,
                           "arm | wave", FP_MEANS_DIFFERENCES | FP_MEANS_TRENDS, false);
    must_means("linear", r.means);
    must_contrasts("linear", "arm", r.means, "difference", "arm");
    must_contrasts("linear", "trend", r.means, "trend", "");
    must_contrasts("linear", "trend_difference", r.means, "difference of trends", "arm");
    must_test("linear", "arm_at_0", r.means, "arm", "wave=0");
    must_test("linear", "arm_at_18", r.means, "arm", "wave=18");
}
END_TEST

START_TEST(odds_ratios_and_differences_of_risks)
{
    fp_mean_contrast row[200];
    fp_result r = means_of(waves(), "b ~ ips * factor(wave) + age", FP_FAMILY_BINOMIAL,
                           "ips | wave", 0, false);
    must_means("logit", r.means);
    must_responses("logit", r.means);
    must_contrasts("logit", "ips", r.means, "difference", "ips");
    must_on_outcome("logit", "ips", r.means, "ips");
    must_test("logit", "ips_all", r.means, "ips", "all");
    ptrdiff_t n = pick(r.means, "difference", "ips", row);
    MUST("logit", "ips_exp", row, n, exp_estimate);
}
END_TEST

START_TEST(offset_at_the_mean_of_its_variable)
{
    fp_result r =
        means_of(waves(), "k ~ arm + sex + offset(log(age))", FP_FAMILY_POISSON, "arm", 0, false);
    must_means("offset", r.means);
    must_responses("offset", r.means);
    must_contrasts("offset", "arm", r.means, "difference", "arm");
    must_on_outcome("offset", "arm", r.means, "arm");
}
END_TEST

/* People measured repeatedly: degrees of freedom of every comparison of its own. */
START_TEST(a_mixed_model)
{
    static const struct {
        fp_lmm_df_choice df;
        const char *name;
    } methods[] = {{FP_LMM_AUTO, "lmm_satterthwaite"}, {FP_LMM_KR, "lmm_kenward-roger"}};
    fp_means_request request = {.means = "ips | wave",
                                .compare = FP_MEANS_DIFFERENCES | FP_MEANS_CHANGES};
    const fp_table *table = waves();
    for (int k = 0; k < 2; k++) {
        fp_lmm_model_options options = fp_lmm_model_defaults();
        const char *name = methods[k].name;
        fp_result r;
        fp_err err = {0};
        options.df = methods[k].df;
        ck_assert_int_eq(fp_model_lmm(table, "y ~ ips * factor(wave) + age + (1 | id)", &options,
                                      arena, &r, &err),
                         FP_OK);
        ck_assert_int_eq(fp_means_add(table, &options.common, &request, arena, &r, &err), FP_OK);
        must_means(name, r.means);
        must_contrasts(name, "ips", r.means, "difference", "ips");
        must_contrasts(name, "ips_change", r.means, "difference of changes", "ips");
        must_test(name, "ips_wave", r.means, "ips:wave", "");
    }
}
END_TEST

/* A cell without rows has no mean, and a joint test that needs it no value; all else is R's. */
START_TEST(an_empty_cell)
{
    const fp_table *all = waves();
    FP_BUF_SCOPED(text, FP_MIB);
    ptrdiff_t arm = fp_table_find(all, "arm"), wave = fp_table_find(all, "wave");
    ptrdiff_t age = fp_table_find(all, "age"), y = fp_table_find(all, "y");
    fp_buf_put(&text, "arm,wave,age,y\n");
    for (ptrdiff_t i = 0; i < fp_table_rows(all); i++) {
        if (fp_str_is(fp_table_cell(all, i, arm), "usual") &&
            fp_str_is(fp_table_cell(all, i, wave), "18"))
            continue;
        fp_buf_printf(&text, "%.*s,%.*s,%.*s,%.*s\n", FP_STR_ARG(fp_table_cell(all, i, arm)),
                      FP_STR_ARG(fp_table_cell(all, i, wave)),
                      FP_STR_ARG(fp_table_cell(all, i, age)), FP_STR_ARG(fp_table_cell(all, i, y)));
    }
    fp_result r = means_of(table_of(text.p), "y ~ arm * factor(wave) + age", FP_FAMILY_GAUSSIAN,
                           "arm | wave", 0, false);
    const fp_means *m = r.means;
    fp_mean_contrast row[200];
    ptrdiff_t n = pick(m, "difference", "arm", row);
    MUST("empty", "mean_estimate", m->mean, m->count, estimate);
    MUST("empty", "mean_se", m->mean, m->count, se);
    MUST("empty", "arm_estimate", row, n, estimate);
    MUST("empty", "arm_se", row, n, se);
    ck_assert(isnan(m->mean[11].estimate) && m->mean[11].n == 0);
    for (ptrdiff_t k = 0; k < m->test_count; k++)
        if (strcmp(m->test[k].at, "wave=0") != 0 && strcmp(m->test[k].at, "wave=6") != 0 &&
            strcmp(m->test[k].at, "wave=12") != 0)
            ck_assert(isnan(m->test[k].p));
    ck_assert(strstr(r.warnings[r.warning_count - 1], "arm=usual, wave=18") != NULL);
}
END_TEST

/* Cells of two rows each: means 1.5 3 5 10, residual sum of squares .5 + 0 + 2 + 2 = 4.5 on 4
 * degrees of freedom: a mean has se sqrt(1.125 / 2) = .75, a difference sqrt(1.125) and the
 * difference of changes sqrt(2.25) = 1.5 with estimate (10 - 3) - (5 - 1.5) = 3.5. */
START_TEST(by_hand)
{
    const fp_table *t = table_of("arm,wave,y\na,0,1\na,0,2\nb,0,3\nb,0,3\na,6,4\na,6,6\nb,6,9\nb,6,"
                                 "11\n");
    fp_result r = means_of(t, "y ~ arm * factor(wave)", FP_FAMILY_GAUSSIAN, "arm | wave",
                           FP_MEANS_DIFFERENCES | FP_MEANS_CHANGES | FP_MEANS_TRENDS, false);
    const fp_means *m = r.means;
    fp_mean_contrast row[200];
    static const double means[] = {1.5, 3, 5, 10};
    ck_assert_int_eq(m->count, 4);
    for (int k = 0; k < 4; k++) {
        ck_assert_double_eq_tol(m->mean[k].estimate, means[k], 1e-12);
        ck_assert_double_eq_tol(m->mean[k].se, .75, 1e-12);
        ck_assert(m->mean[k].n == 2 && m->mean[k].df == 4);
    }
    ck_assert_str_eq(m->mean[3].label, "arm=b, wave=6");
    ck_assert_int_eq(pick(m, "difference", "arm", row), 2);
    ck_assert_double_eq_tol(row[1].estimate, 5, 1e-12);
    ck_assert_double_eq_tol(row[1].se, sqrt(1.125), 1e-12);
    ck_assert_int_eq(pick(m, "difference of changes", "arm", row), 1);
    ck_assert_double_eq_tol(row[0].estimate, 3.5, 1e-12);
    ck_assert_double_eq_tol(row[0].se, 1.5, 1e-12);
    ck_assert_int_eq(pick(m, "difference of trends", "arm", row), 1);
    ck_assert_double_eq_tol(row[0].estimate, 3.5 / 6, 1e-12);
    /* 3.5 over 1.5, squared, is the joint test of the interaction */
    ck_assert_str_eq(m->test[3].effect, "arm:wave");
    ck_assert_double_eq_tol(m->test[3].f, 3.5 * 3.5 / 2.25, 1e-12);
}
END_TEST

/* A row with weight 2 is two rows: of everything but the degrees of freedom, which only count rows
 * where the variance is known. */
START_TEST(weights_are_replication)
{
    fp_glm_model_options options = fp_glm_model_defaults();
    fp_means_request request = {.means = "arm", .observed = true};
    const fp_table *once = table_of(
        "arm,sex,x,k,w\na,0,1,3,2\na,1,2,4,1\na,2,4,9,1\nb,0,5,2,1\nb,1,3,8,2\nb,2,9,1,1\n");
    const fp_table *twice = table_of("arm,sex,x,k,w\na,0,1,3,1\na,0,1,3,1\na,1,2,4,1\na,2,4,9,1\n"
                                     "b,0,5,2,1\nb,1,3,8,1\nb,1,3,8,1\nb,2,9,1,1\n");
    const char *formula = "k ~ arm + factor(sex) + x";
    fp_result a, b;
    fp_err err = {0};
    options.family = FP_FAMILY_POISSON;
    options.common.weights = "w";
    ck_assert_int_eq(fp_model_glm(once, formula, &options, arena, &a, &err), FP_OK);
    ck_assert_int_eq(fp_means_add(once, &options.common, &request, arena, &a, &err), FP_OK);
    ck_assert_int_eq(fp_model_glm(twice, formula, &options, arena, &b, &err), FP_OK);
    ck_assert_int_eq(fp_means_add(twice, &options.common, &request, arena, &b, &err), FP_OK);
    for (int k = 0; k < 2; k++) {
        ck_assert_double_eq_tol(a.means->mean[k].response, b.means->mean[k].response, 1e-10);
        ck_assert_double_eq_tol(a.means->mean[k].response_se, b.means->mean[k].response_se, 1e-10);
        ck_assert_double_eq(a.means->mean[k].n, b.means->mean[k].n);
    }
}
END_TEST

START_TEST(wrong_things)
{
    static const struct {
        const char *means;
        unsigned compare;
        fp_status status;
        const char *words;
    } wrong[] = {
        {"", 0, FP_USAGE, "the name of a variable is expected"},
        {"arm |", 0, FP_USAGE, "the name of a variable is expected"},
        {"arm | wave | sex", 0, FP_USAGE, "the end is expected"},
        {"arm * ips * pa", 0, FP_USAGE, "at most two variables"},
        {"arm | arm", 0, FP_USAGE, "named twice"},
        {"`arm", 0, FP_USAGE, "backquote is not closed"},
        {"amr | wave", 0, FP_INPUT, "\"amr\" is no variable of the formula"},
        {"ips", 0, FP_INPUT, "\"ips\" is no variable of the formula"},
        {"arm | age", 0, FP_INPUT, "which is too many for means"},
        {"arm", FP_MEANS_CHANGES, FP_USAGE, "need one variable"},
        {"wave | arm", FP_MEANS_TRENDS, FP_INPUT, "is no number"},
        {"arm | wave * sex", FP_MEANS_TRENDS, FP_USAGE, "need one variable"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        fp_result result;
        fp_err err = {0};
        fp_means_request request = {.means = wrong[k].means, .compare = wrong[k].compare};
        fp_status status = try_means(waves(), "y ~ arm * factor(wave) + sex + age",
                                     FP_FAMILY_GAUSSIAN, request, &result, &err);
        ck_assert_msg(status == wrong[k].status && strstr(err.message, wrong[k].words),
                      "\"%s\": %d %s", wrong[k].means, status, err.message);
    }
    unsigned compare;
    fp_err err = {0};
    ck_assert_int_eq(fp_means_compare_read("changes, trends", &compare, &err), FP_OK);
    ck_assert_uint_eq(compare, FP_MEANS_CHANGES | FP_MEANS_TRENDS);
    ck_assert_int_eq(fp_means_compare_read("change", &compare, &err), FP_USAGE);
}
END_TEST

/* The request fails cleanly whichever allocation fails. */
START_TEST(every_allocation_can_fail)
{
    const fp_table *table = waves();
    fp_glm_model_options options = fp_glm_model_defaults();
    fp_result result, with;
    fp_err err = {0};
    fp_means_request request = {.means = "arm | wave", .compare = FP_MEANS_CHANGES};
    ck_assert_int_eq(fp_model_glm(table, "y ~ arm * factor(wave)", &options, arena, &result, &err),
                     FP_OK);
    fp_status status = FP_NOMEM;
    for (long n = 1; status == FP_NOMEM && n < 5000; n += 1 + n / 20) {
        fp_arena *small = fp_arena_create(FP_GIB);
        with = result;
        fp_arena_fail_at(small, n);
        status = fp_means_add(table, &options.common, &request, small, &with, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        ck_assert(status == FP_OK || with.means == NULL);
        fp_arena_destroy(small);
    }
    ck_assert_int_eq(status, FP_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("means");
    TCase *tests = tcase_create("means");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, two_factors_at_each_wave);
    tcase_add_test(tests, factors_as_they_occur);
    tcase_add_test(tests, wave_as_a_number);
    tcase_add_test(tests, odds_ratios_and_differences_of_risks);
    tcase_add_test(tests, offset_at_the_mean_of_its_variable);
    tcase_add_test(tests, a_mixed_model);
    tcase_add_test(tests, an_empty_cell);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, weights_are_replication);
    tcase_add_test(tests, wrong_things);
    tcase_add_test(tests, every_allocation_can_fail);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
