#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "run_suite.h"
#include "stats/dist.h"
#include "stats/power_closed.h"
#include "stats/power_formula.h"

/* Closed forms against R by other routes (tests/stats/make_power.R), against examples printed in
 * books and in the documentation of other programs, and against themselves. */

/* The number of that name in tests/data/power/closed.txt. */
static double by_r(const char *name)
{
    char line[256], have[64];
    double value = 0;
    FILE *file = fopen(FP_TEST_DATA "/power/closed.txt", "r");
    ck_assert(file);
    bool found = false;
    while (!found && fgets(line, sizeof line, file)) {
        char *space = strchr(line, ' ');
        ck_assert(space && (size_t)(space - line) < sizeof have);
        memcpy(have, line, (size_t)(space - line));
        have[space - line] = '\0';
        fp_str text = fp_str_trim(fp_str_of(space));
        ck_assert(fp_num_parse(text, '.', &value));
        found = strcmp(have, name) == 0;
    }
    (void)fclose(file);
    ck_assert_msg(found, "%s", name);
    return value;
}

static void assert_r(const char *name, double value, double tolerance)
{
    double want = by_r(name);
    ck_assert_msg(fabs(value - want) <= tolerance * want, "%s: %.15g, R %.15g", name, value, want);
}

static fp_closed_plan plan_of(fp_closed_outcome outcome, double a, double b)
{
    return (fp_closed_plan){.outcome = outcome,
                            .alpha = 0.05,
                            .units = FP_NUM_NAN,
                            .size = FP_NUM_NAN,
                            .value = {a, b},
                            .sd = 1,
                            .scale = FP_POWER_ICC,
                            .icc = FP_NUM_NAN,
                            .k = FP_NUM_NAN};
}

static fp_closed_plan people(fp_closed_outcome outcome, double a, double b, double units)
{
    fp_closed_plan plan = plan_of(outcome, a, b);
    plan.individual = true;
    plan.size = 1;
    plan.units = units;
    ck_assert(fp_closed_check(&plan, NULL) == FP_OK);
    return plan;
}

static fp_closed_plan clusters(fp_closed_outcome outcome, double a, double b, double units,
                               double size, double icc)
{
    fp_closed_plan plan = plan_of(outcome, a, b);
    plan.units = units;
    plan.size = size;
    plan.icc = icc;
    ck_assert(fp_closed_check(&plan, NULL) == FP_OK);
    return plan;
}

static double each_group(const fp_closed_plan *plan, fp_closed_method method, double target)
{
    return fp_closed_solve(plan, method, FP_CLOSED_UNITS, target) / 2;
}

START_TEST(formulas)
{
    assert_r("events_1.5_even_80", fp_closed_events(0.05, 0.8, 1.5, 0.5), 1e-9);
    assert_r("events_0.7_third_90", fp_closed_events(0.05, 0.9, 0.7, 0.3), 1e-9);
    assert_r("power_100_events_2", fp_closed_events_power(0.05, 100, 2, 0.5), 1e-9);
    double v = fp_closed_rates(0.1, 0.2, 10, 0.1);
    assert_r("rates_0.1_0.2_10_0.1_80", fp_closed_clusters(0.05, 0.8, 0.1, v), 1e-9);
    ck_assert_double_eq_tol(
        fp_closed_clusters_power(0.05, fp_closed_clusters(0.05, 0.8, 0.1, v), 0.1, v), 0.8, 1e-9);
    assert_r("proportions_0.3_0.5_20_0.25_90",
             fp_closed_clusters(0.05, 0.9, 0.2, fp_closed_proportions(0.3, 0.5, 20, 0.25)), 1e-9);
    assert_r("means_10_12_4_5_30_0.1_80",
             fp_closed_clusters(0.05, 0.8, 2, fp_closed_means(10, 12, 4, 5, 30, 0.1)), 1e-9);
    /* sizes 2, 5, 9, 24: mean 10, cv by hand */
    double cv = sqrt((64 + 25 + 1 + 196) / 4.0) / 10;
    assert_r("design_effect_2_5_9_24_0.04", fp_closed_design_effect(10, cv, 0.04), 1e-9);
    assert_r("proportions_people_0.3_0.5_80", fp_closed_people_proportions(0.05, 0.8, 0.3, 0.5),
             1e-9);
    assert_r("means_people_1_2_90", fp_closed_people_means(0.05, 0.9, 1, 2), 1e-9);
    ck_assert_double_nan(fp_closed_events(0.05, 0.8, 1, 0.5));
    ck_assert_double_nan(fp_closed_people_proportions(0.05, 0.8, 0.3, 1));
}
END_TEST

START_TEST(shifted_t)
{
    static const double df[] = {1, 3, 10, 400}, shift[] = {0.5, 3};
    char name[32];
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 2; k++) {
            (void)snprintf(name, sizeof name, "t_%g_%g", df[i], shift[k]);
            assert_r(name, fp_t_shifted_upper(fp_t_quantile(0.975, df[i]), df[i], shift[k]), 1e-9);
        }
    ck_assert_double_eq_tol(fp_t_shifted_upper(2, 7, 0), fp_t_two_sided(2, 7) / 2, 1e-12);
    ck_assert_double_nan(fp_t_shifted_upper(2, 0, 1));
}
END_TEST

/* The formulas of power_closed.h, turned round. */
START_TEST(solving_is_the_formula_turned_round)
{
    fp_closed_plan plan = clusters(FP_CLOSED_PROPORTIONS, 0.3, 0.5, 24, 20, 0.05);
    double v = fp_closed_proportions(0.3, 0.5, 20, plan.k);
    ck_assert_double_eq_tol(plan.k, sqrt(0.05 * 0.7 / 0.3), 1e-14);
    ck_assert_double_eq_tol(each_group(&plan, FP_CLOSED_HAYES, 0.9),
                            fp_closed_clusters(0.05, 0.9, 0.2, v), 1e-9);
    plan = people(FP_CLOSED_PROPORTIONS, 0.3, 0.5, 100);
    assert_r("proportions_people_0.3_0.5_80", each_group(&plan, FP_CLOSED_POOLED, 0.8), 1e-9);
    plan = people(FP_CLOSED_MEANS, 0, 0.5, 100);
    ck_assert_double_eq_tol(each_group(&plan, FP_CLOSED_NORMAL, 0.9),
                            fp_closed_people_means(0.05, 0.9, 0.5, 1), 1e-9);
    assert_r("means_t_0.5_100", fp_closed_power(&plan, FP_CLOSED_STUDENT), 1e-9);
    plan = people(FP_CLOSED_RATES, 0.1, 0.2, 100);
    plan.size = 1.5;
    assert_r("rates_people", fp_closed_power(&plan, FP_CLOSED_NORMAL), 1e-9);
    for (int unknown = FP_CLOSED_UNITS; unknown <= FP_CLOSED_VALUE; unknown++) {
        fp_closed_plan at = plan = clusters(FP_CLOSED_MEANS, 10, 9, 30, 20, 0.05);
        double value = fp_closed_solve(&plan, FP_CLOSED_EFFECT_T, (fp_closed_unknown)unknown, 0.7);
        *(unknown == FP_CLOSED_UNITS  ? &at.units
          : unknown == FP_CLOSED_SIZE ? &at.size
                                      : &at.value[1]) = value;
        ck_assert_double_eq_tol(fp_closed_power(&at, FP_CLOSED_EFFECT_T), 0.7, 1e-9);
        ck_assert(unknown != FP_CLOSED_VALUE || value < 10);
    }
}
END_TEST

START_TEST(clusters_by_student)
{
    fp_closed_plan plan = clusters(FP_CLOSED_MEANS, 0, 0.4804988, 10, 150, 0.05);
    assert_r("clusters_t_10_150", fp_closed_power(&plan, FP_CLOSED_EFFECT_T), 1e-9);
    plan = clusters(FP_CLOSED_PROPORTIONS, 0.3, 0.5, 24, 10, 0.04);
    plan.size_cv = 0.7;
    assert_r("clusters_t_cv", fp_closed_power(&plan, FP_CLOSED_EFFECT_T), 1e-9);
    plan.units = 2; /* nothing left to estimate a spread from */
    ck_assert_double_nan(fp_closed_power(&plan, FP_CLOSED_EFFECT_T));
}
END_TEST

/* Printed examples; docs/methods/power.md says where each stands. */
START_TEST(printed_examples)
{
    /* Therneau & Grambsch 2000, p. 63: 30% against 45% alive, 90%: 250 events; 500: a ratio of 1.33
     */
    double events = fp_closed_events(0.05, 0.9, log(0.3) / log(0.45), 0.5);
    ck_assert_double_eq(2 * ceil(events / 2), 250);
    ck_assert_double_eq_tol(fp_closed_events_power(0.05, 500, 1.335, 0.5), 0.9, 0.005);
    ck_assert(fp_closed_events_power(0.05, 500, 1.345, 0.5) > 0.9);
    ck_assert(fp_closed_events_power(0.05, 500, 1.325, 0.5) < 0.9);
    /* Cohen 1992, table 2: two means, a group, power 0.80, alpha 0.01, 0.05 and 0.10 */
    static const double effect[] = {0.2, 0.5, 0.8}, alpha[] = {0.01, 0.05, 0.1};
    static const double table[3][3] = {{586, 95, 38}, {393, 64, 26}, {310, 50, 20}};
    for (int a = 0; a < 3; a++)
        for (int e = 0; e < 3; e++) {
            fp_closed_plan plan = people(FP_CLOSED_MEANS, 0, effect[e], 100);
            plan.alpha = alpha[a];
            double n = each_group(&plan, FP_CLOSED_STUDENT, 0.8);
            ck_assert_msg(fabs(n - table[a][e]) <= 1, "%g %g: %g", alpha[a], effect[e], n);
        }
    /* documentation and tests of R's clusterPower */
    fp_closed_plan plan = plan_of(FP_CLOSED_RATES, 0.1, 0.2);
    plan.size = 10;
    plan.k = 0.1;
    plan.scale = FP_POWER_K;
    ck_assert(fp_closed_check(&plan, NULL) == FP_OK);
    ck_assert_double_eq(ceil(each_group(&plan, FP_CLOSED_HAYES, 0.8)), 25);
    plan = clusters(FP_CLOSED_PROPORTIONS, 0.1, 0.2, FP_NUM_NAN, 10, 0.1);
    ck_assert_double_eq(ceil(each_group(&plan, FP_CLOSED_EFFECT, 0.8)), 38);
    plan = clusters(FP_CLOSED_MEANS, 0, 1, FP_NUM_NAN, 10, 0.1);
    plan.sd = sqrt(5);
    ck_assert_double_eq(ceil(each_group(&plan, FP_CLOSED_EFFECT_T, 0.8)), 16);
    plan = clusters(FP_CLOSED_MEANS, 0, 1, 10, 150, 0.05);
    ck_assert_double_eq_tol(fp_closed_solve(&plan, FP_CLOSED_EFFECT_T, FP_CLOSED_VALUE, 0.8),
                            0.4804988, 1e-5);
}
END_TEST

START_TEST(a_limit)
{
    /* m to infinity by hand: variance 2 icc sd^2 (1 + cv^2) / clusters a group */
    fp_closed_plan plan = clusters(FP_CLOSED_MEANS, 0, 0.4, 12, 10, 0.1);
    plan.size_cv = 0.5;
    double z = 0.4 / sqrt(2 * 0.1 * 1.25 / 6) - fp_normal_quantile(0.975);
    ck_assert_double_eq_tol(fp_closed_limit(&plan, FP_CLOSED_EFFECT), erfc(-z / sqrt(2.0)) / 2,
                            1e-12);
    ck_assert_double_nan(fp_closed_solve(&plan, FP_CLOSED_EFFECT, FP_CLOSED_SIZE, 0.8));
    fp_closed_plan one = people(FP_CLOSED_MEANS, 0, 0.4, 12);
    ck_assert_double_nan(fp_closed_limit(&one, FP_CLOSED_STUDENT));
}
END_TEST

START_TEST(expected_events)
{
    fp_power_design design = {
        .baseline = {.shape = 0.8,
                     .unit = 350,
                     .at_unit = fp_frailty_hazard(FP_FRAILTY_GAMMA, 0.2, 0.7)},
        .law = FP_FRAILTY_GAMMA,
        .frailty_variance = 0.2,
        .follow_up = 350,
        .accrual = 100,
        .drop_out = -log(0.9) / 350};
    double events, time;
    fp_closed_expected(&design, 1, &events, &time);
    assert_r("expected_events_1", events, 1e-7);
    assert_r("expected_time_1", time, 1e-7);
    fp_closed_expected(&design, 2, &events, &time);
    assert_r("expected_events_2", events, 1e-7);
    assert_r("expected_time_2", time, 1e-7);
    design.accrual = design.drop_out = 0;
    fp_closed_expected(&design, 1, &events, &time);
    ck_assert_double_eq_tol(events, 0.3, 1e-12);
}
END_TEST

START_TEST(bad_plans)
{
    fp_closed_plan plan = plan_of(FP_CLOSED_PROPORTIONS, 0.3, 0.3);
    plan.icc = 0.1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.value[1] = 1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.value[1] = 0.5;
    plan.icc = 1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.scale = FP_POWER_K;
    plan.k = 2;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.k = 0.2;
    ck_assert(fp_closed_check(&plan, NULL) == FP_OK);
    ck_assert_double_eq_tol(plan.icc, 0.04 * 0.3 / 0.7, 1e-14);
    plan.units = 1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.units = 8;
    plan.size = 0.5;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan = plan_of(FP_CLOSED_RATES, 1, 2);
    plan.icc = 0.1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan = plan_of(FP_CLOSED_MEANS, -3, 2);
    plan.scale = FP_POWER_K;
    plan.k = 0.1;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
    plan.sd = 0;
    ck_assert(fp_closed_check(&plan, NULL) == FP_INPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("closed forms of power");
    TCase *tests = tcase_create("formula");
    tcase_add_test(tests, formulas);
    tcase_add_test(tests, shifted_t);
    tcase_add_test(tests, solving_is_the_formula_turned_round);
    tcase_add_test(tests, clusters_by_student);
    tcase_add_test(tests, printed_examples);
    tcase_add_test(tests, a_limit);
    tcase_add_test(tests, expected_events);
    tcase_add_test(tests, bad_plans);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
