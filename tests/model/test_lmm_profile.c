/* Intervals of standard deviations and correlations against R (make_lmm_profile.R), at the bounds,
 * and in another order of the effects. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/num.h"
#include "model/regression.h"
#include "run_suite.h"

#define DATA FP_TEST_DATA "/model/"

TEST_ARENA(FP_GIB);

static const fp_lmm_result *fit(const char *file, const char *formula, bool ml)
{
    char path[1024];
    const fp_table *table;
    fp_result result = {0};
    fp_lmm_model_options o = fp_lmm_model_defaults();
    fp_err err = {0};
    o.ml = ml;
    (void)snprintf(path, sizeof path, DATA "%s", file);
    ck_assert_msg(fp_table_read(path, NULL, arena, &table, &err) == FP_OK, "%s", err.message);
    ck_assert_msg(fp_model_lmm(table, formula, &o, arena, &result, &err) == FP_OK, "%s: %s",
                  formula, err.message);
    ck_assert(result.lmm->profiled);
    return result.lmm;
}

static void same(const char *what, double ours, double theirs, double within)
{
    ck_assert_msg(fabs(ours - theirs) <= within * fabs(theirs), "%s: %.10g, R has %.10g", what,
                  ours, theirs);
}

START_TEST(agrees_with_r)
{
    FILE *f = fopen(DATA "lmm_profile.txt", "r");
    char line[1024];
    int cases = 0;
    ck_assert_ptr_nonnull(f);
    for (; fgets(line, sizeof line, f); cases++) {
        char *field[3] = {line}, *at = line;
        for (int k = 0; k < 3; k++) {
            field[k] = at;
            at = strchr(at, '\t');
            ck_assert_ptr_nonnull(at);
            *at++ = '\0';
        }
        bool ml = strcmp(field[2], "ml") == 0;
        double within = ml ? 2e-6 : 1e-7;
        const fp_lmm_result *r = fit(field[0], field[1], ml);
        for (ptrdiff_t k = 0; k <= r->random_count; k++) {
            bool last = k == r->random_count;
            same(field[1], last ? r->residual_lower : r->random[k].lower, strtod(at, &at), within);
            same(field[1], last ? r->residual_upper : r->random[k].upper, strtod(at, &at), within);
        }
    }
    ck_assert_int_eq(cases, 4);
    (void)fclose(f);
}
END_TEST

/* (x + z | g) in another order of its effects has the same intervals. */
START_TEST(order_of_effects)
{
    const fp_lmm_result *a = fit("waves.csv", "y ~ wave + age + (0 + wave + age | person)", false);
    const fp_lmm_result *b = fit("waves.csv", "y ~ wave + age + (0 + age + wave | person)", false);
    static const int as[3] = {1, 0, 2};
    for (int k = 0; k < 3; k++) {
        same("lower", b->random[as[k]].lower, a->random[k].lower, 1e-6);
        same("upper", b->random[as[k]].upper, a->random[k].upper, 1e-6);
    }
}
END_TEST

/* A limit is where the criterion is qchisq(0.95, 1) above its least: the model with the variance
 * left out tells whether the interval may reach 0. */
START_TEST(bounds)
{
    const fp_lmm_result *r =
        fit("waves.csv", "y ~ wave * arm + (1 + wave | person) + (1 | coach)", true);
    const fp_lmm_result *without = fit("waves.csv", "y ~ wave * arm + (1 + wave | person)", true);
    ck_assert(without->criterion - r->criterion < 3.841458820694124);
    ck_assert_double_eq(r->random[3].lower, 0);
    ck_assert(r->random[3].upper > r->random[3].value);
    ck_assert(r->random[0].lower > 0);
    /* a length of the factor that goes to 0 on the way does not turn the correlation's sign */
    ck_assert(r->random[2].lower < -0.3 && r->random[2].upper > 0.3);
    for (ptrdiff_t k = 0; k < r->random_count; k++)
        ck_assert(r->random[k].lower <= r->random[k].value &&
                  r->random[k].value <= r->random[k].upper);
}
END_TEST

/* On the way along a profile of this table a covariance matrix is not positive but for rounding:
 * the bound is missing, the fit and the other bounds stand. The criterion is that of lme4. */
START_TEST(not_positive_on_the_way)
{
    const fp_lmm_result *r = fit("lmm_not_positive.csv", "y ~ x + (1 + t | c/g)", false);
    same("criterion", r->criterion, 89.0755443625, 2e-7);
    ck_assert(isnan(r->random[1].upper));
    ck_assert(r->random[3].lower < r->random[3].value && r->random[3].value < r->random[3].upper);
    ck_assert(r->residual_lower < 0.3057116 && r->residual_upper > 0.3057116);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lmm_profile");
    TCase *c = tcase_create("profile");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, agrees_with_r);
    tcase_add_test(c, order_of_effects);
    tcase_add_test(c, bounds);
    tcase_add_test(c, not_positive_on_the_way);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
