/* Kaplan-Meier and log-rank against fractions worked by hand. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats_data.h"

static fp_err err;

TEST_ARENA(64 * FP_MIB);

#define OK(call)        ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want) ck_assert_double_eq_tol((got), (want), 1e-14 * (1 + fabs((double)(want))))

/* The 6-MP arm of Freireich et al. 1963: 21 rows, 9 events. */
static double stop6[] = {6,  6,  6,  6,  7,  9,  10, 10, 11, 13, 16,
                         17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
static int32_t event6[] = {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};
static const fp_survdata six = {.n = 21, .strata = 1, .stop = stop6, .event = event6};

START_TEST(product_limit)
{
    static const double time[] = {6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35};
    static const double risk[] = {21, 17, 16, 15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 2, 1};
    fp_km_curve k;
    OK(fp_km(&six, NULL, arena, &k, &err));
    ck_assert_int_eq(k.length, 16);
    ck_assert_int_eq(k.n, 21);
    ck_assert_int_eq(k.events, 9);
    for (int i = 0; i < 16; i++) {
        ck_assert_double_eq(k.time[i], time[i]);
        ck_assert_double_eq(k.at_risk[i], risk[i]);
    }
    ck_assert_double_eq(k.event[0], 3);
    ck_assert_double_eq(k.censored[0], 1);
    double s7 = 18. / 21 * 16 / 17, s10 = s7 * 14 / 15, s13 = s10 * 11 / 12;
    NEAR(k.survival[0], 18. / 21);
    NEAR(k.survival[1], s7);
    NEAR(k.survival[5], s13);
    NEAR(k.survival[15], s13 * 10 / 11 * 6 / 7 * 5 / 6);
    double g = 3. / (21 * 18) + 1. / (17 * 16);
    NEAR(k.se[1], s7 * sqrt(g));
    NEAR(k.lower[1], exp(log(s7) - 1.959963984540054 * sqrt(g)));
    NEAR(k.upper[1], exp(log(s7) + 1.959963984540054 * sqrt(g)) > 1
                         ? 1
                         : exp(log(s7) + 1.959963984540054 * sqrt(g)));
    fp_km_quantile q = fp_km_quantile_of(&k, .5);
    ck_assert_double_eq(q.estimate, 23);
    ck_assert_double_eq(q.lower, 16);
    ck_assert(isnan(q.upper));
}
END_TEST

START_TEST(at_a_time)
{
    fp_km_curve k;
    OK(fp_km(&six, NULL, arena, &k, &err));
    fp_km_point p = fp_km_at(&k, 5.9);
    ck_assert_double_eq(p.survival, 1);
    ck_assert_double_eq(p.se, 0);
    ck_assert_double_eq(p.at_risk, 21);
    p = fp_km_at(&k, 6);
    NEAR(p.survival, 18. / 21);
    ck_assert_double_eq(p.at_risk, 21);
    p = fp_km_at(&k, 8);
    NEAR(p.survival, 18. / 21 * 16 / 17);
    ck_assert_double_eq(p.at_risk, 16);
    p = fp_km_at(&k, 100);
    ck_assert_double_eq(p.survival, k.survival[15]);
    ck_assert_double_eq(p.at_risk, 0);
}
END_TEST

/* Steps at 1, 2, 4 of four rows: 3/4, 1/2, 1/2 (censored at 3), 0. */
START_TEST(restricted_mean)
{
    double stop[] = {1, 2, 3, 4};
    int32_t event[] = {1, 1, 0, 1};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = event};
    fp_km_curve k;
    OK(fp_km(&d, NULL, arena, &k, &err));
    fp_km_rmst r = fp_km_rmst_of(&k, 3.5);
    NEAR(r.estimate, 1 + .75 + .5 * 1.5);
    /* areas from 1 and 2 to the horizon: 3/2 and 3/4; d/(y(y-d)): 1/12 and 1/6 */
    NEAR(r.se, sqrt(2.25 / 12 + .5625 / 6));
    NEAR(fp_km_rmst_of(&k, 10).estimate, 1 + .75 + 1);
    NEAR(fp_km_rmst_of(&k, .5).estimate, .5);
    ck_assert_double_eq(fp_km_rmst_of(&k, .5).se, 0);
    fp_km_quantile q = fp_km_quantile_of(&k, .5);
    NEAR(q.estimate, 3); /* flat at one half from 2 to 4 */
    ck_assert_double_eq(k.survival[3], 0);
    ck_assert(isnan(k.se[3]) && isnan(k.lower[3]) && isnan(k.upper[3]));
}
END_TEST

/* Late entry: (0,2] event, (1,3] censored, (2,4] event, (0,4] event: y = 3 at 2 and 2 at 4. */
START_TEST(late_entry)
{
    double start[] = {0, 1, 2, 0}, stop[] = {2, 3, 4, 4};
    int32_t event[] = {1, 0, 1, 1};
    fp_survdata d = {.n = 4, .strata = 1, .start = start, .stop = stop, .event = event};
    fp_km_curve k;
    OK(fp_km(&d, NULL, arena, &k, &err));
    ck_assert_double_eq(k.at_risk[0], 3);
    ck_assert_double_eq(k.at_risk[1], 3);
    ck_assert_double_eq(k.at_risk[2], 2);
    NEAR(k.survival[0], 2. / 3);
    ck_assert_double_eq(k.survival[2], 0);
}
END_TEST

START_TEST(extremes)
{
    double stop[] = {0, 5}, w[] = {2, 3};
    int32_t event[] = {0, 0};
    fp_survdata d = {.n = 2, .strata = 1, .stop = stop, .event = event};
    fp_km_curve k;
    OK(fp_km(&d, NULL, arena, &k, &err)); /* nobody has the event */
    ck_assert_double_eq(k.survival[1], 1);
    ck_assert_double_eq(k.lower[1], 1);
    ck_assert(isnan(fp_km_quantile_of(&k, .5).estimate));
    fp_km_options loglog = {.conf_type = FP_CONF_LOGLOG, .level = .95};
    OK(fp_km(&d, &loglog, arena, &k, &err));
    ck_assert(isnan(k.lower[1]) && isnan(k.upper[1]));
    event[0] = 1; /* an event at time 0, with weights as counts */
    d.weight = w;
    OK(fp_km(&d, NULL, arena, &k, &err));
    NEAR(k.survival[0], 3. / 5);
    NEAR(k.se[0], .6 * sqrt(2. / (5 * 3)));
    d.n = 0;
    ck_assert_int_eq(fp_km(&d, NULL, arena, &k, &err), FP_ARG);
    d.n = 2;
    fp_km_options bad = {.level = 1};
    ck_assert_int_eq(fp_km(&d, &bad, arena, &k, &err), FP_ARG);
}
END_TEST

/* Groups a: 1, 3+, 5; b: 2, 3, 4. O - E = 2 - 29/10, V = 99/100. */
static double stop_ab[] = {1, 3, 5, 2, 3, 4};
static int32_t event_ab[] = {1, 0, 1, 1, 1, 1}, group_ab[] = {0, 0, 0, 1, 1, 1};

START_TEST(logrank_by_hand)
{
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop_ab, .event = event_ab};
    fp_logrank_result r;
    OK(fp_logrank(&d, group_ab, 2, NULL, NULL, arena, &r, &err));
    NEAR(r.observed[0], 2);
    NEAR(r.expected[0], 2.9);
    NEAR(r.observed[1] + r.observed[0], r.expected[0] + r.expected[1]);
    NEAR(r.chisq, 9. / 11);
    ck_assert_int_eq(r.df, 1);
    ck_assert_double_eq_tol(r.p, erfc(sqrt(9. / 22)), 1e-14);
    ck_assert_double_eq(r.n[0], 3);
    /* rho = 1: weights 1, 5/6, 4/6, 1/2, 1/4 of the pooled curve just before each time */
    const fp_logrank_options peto = {.rho = 1};
    OK(fp_logrank(&d, group_ab, 2, NULL, &peto, arena, &r, &err));
    double e = .5 + 5. / 6 * .4 + 4. / 6 * .5 + .5 * .5 + .25;
    double v = .25 + 25. / 36 * .24 + 16. / 36 * .25 + .25 * .25;
    NEAR(r.expected[0], e);
    NEAR(r.chisq, pow(1.25 - e, 2) / v);
}
END_TEST

/* The bounds of H are those of exp(-H) on the other side of -log, for the log and log-log scales;
 * by hand for plain: H = 1/6 + 1/5, var = 1/36 + 1/25 at the second death. */
START_TEST(bounds_of_the_hazard)
{
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop_ab, .event = event_ab};
    const fp_conf_type types[] = {FP_CONF_LOG, FP_CONF_LOGLOG};
    double lower[6], upper[6];
    fp_km_curve curve;
    for (int type = 0; type < 2; type++) {
        fp_km_options o = {.conf_type = types[type], .level = 0.9, .exp_hazard = true};
        OK(fp_km(&d, &o, arena, &curve, &err));
        fp_km_hazard_bounds(&curve, types[type], 0.9, lower, upper);
        for (ptrdiff_t i = 0; i < curve.length; i++) {
            NEAR(exp(-upper[i]), curve.lower[i]);
            NEAR(exp(-lower[i]), curve.upper[i]);
        }
    }
    double h = 11. / 30, se = sqrt(1. / 36 + 1. / 25);
    fp_km_hazard_bounds(&curve, FP_CONF_PLAIN, 0.95, lower, upper);
    NEAR(upper[1], h + 1.959963984540054 * se);
    NEAR(lower[1], fmax(h - 1.959963984540054 * se, 0));
}
END_TEST

/* The same data in two strata: observed, expected and variance all double. */
START_TEST(logrank_strata)
{
    double stop[12];
    int32_t event[12], group[12], stratum[12], relabelled[12];
    for (int i = 0; i < 12; i++) {
        stop[i] = stop_ab[i % 6] + (i / 6) * 100;
        event[i] = event_ab[i % 6];
        group[i] = group_ab[i % 6];
        relabelled[i] = 3 - 2 * group[i];
        stratum[i] = i / 6;
    }
    fp_survdata d = {.n = 12, .strata = 2, .stop = stop, .event = event, .stratum = stratum};
    fp_logrank_result r;
    OK(fp_logrank(&d, group, 2, NULL, NULL, arena, &r, &err));
    NEAR(r.chisq, 2 * 9. / 11);
    OK(fp_logrank(&d, relabelled, 5, NULL, NULL, arena, &r, &err)); /* empty groups do not count */
    NEAR(r.chisq, 2 * 9. / 11);
    ck_assert_int_eq(r.df, 1);
}
END_TEST

START_TEST(logrank_undefined)
{
    int32_t none[6] = {0}, one[6] = {0};
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop_ab, .event = none};
    fp_logrank_result r;
    OK(fp_logrank(&d, group_ab, 2, NULL, NULL, arena, &r, &err));
    ck_assert(isnan(r.chisq) && isnan(r.p));
    ck_assert_int_eq(r.df, 0);
    d.event = event_ab;
    OK(fp_logrank(&d, one, 2, NULL, NULL, arena, &r, &err));
    ck_assert(isnan(r.chisq));
    ck_assert_int_eq(r.df, 0);
    ck_assert_int_eq(fp_logrank(&d, group_ab, 1, NULL, NULL, arena, &r, &err), FP_ARG);
}
END_TEST

/* Without tied times and with two groups the log-rank test is the score test of a Cox model. */
START_TEST(logrank_is_a_score_test)
{
    double stop[] = {3, 8, 1, 9, 4, 12, 7, 2}, x[] = {0, 1, 1, 0, 1, 1, 0, 0};
    int32_t event[] = {1, 1, 0, 1, 1, 0, 1, 1}, group[] = {0, 1, 1, 0, 1, 1, 0, 0};
    fp_survdata d = {.n = 8, .strata = 1, .stop = stop, .event = event};
    fp_logrank_result r;
    fp_cox_fit fit;
    OK(fp_logrank(&d, group, 2, NULL, NULL, arena, &r, &err));
    OK(fp_cox(&d, 1, x, NULL, NULL, arena, &fit, &err));
    NEAR(r.chisq, fit.score_chisq);
}
END_TEST

int main(void)
{
    const TTest *const all[] = {product_limit,       at_a_time,         restricted_mean,
                                late_entry,          extremes,          logrank_by_hand,
                                logrank_strata,      logrank_undefined, logrank_is_a_score_test,
                                bounds_of_the_hazard};
    Suite *suite = suite_create("kaplan-meier");
    TCase *tests = tcase_create("km");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tcase_add_test(tests, all[k]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
