/* The front ends of survival: what they choose and what they say, on tables small enough to see
 * through. Their numbers are compared with R in tests/reference. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "model/survival.h"
#include "model/tables.h"
#include "run_suite.h"

TEST_ARENA(FP_GIB);

static const fp_table *table_of(const char *text)
{
    return test_table_of(text, arena);
}

static fp_result cox(const char *text, const char *formula, const fp_cox_model_options *options)
{
    fp_result result;
    fp_err err = {0};
    fp_status status = fp_model_cox(table_of(text), formula, options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return result;
}

static void fails(const char *text, const char *formula, const fp_cox_model_options *options,
                  fp_status want, const char *message)
{
    fp_result result;
    fp_err err = {0};
    char line[1024];
    fp_status status = fp_model_cox(table_of(text), formula, options, arena, &result, &err);
    fp_err_text(&err, line, sizeof line);
    ck_assert_msg(status == want, "status %d: %s", status, line);
    ck_assert_msg(strstr(line, message) != NULL, "\"%s\" is not in: %s", message, line);
}

static bool warns(const fp_result *result, const char *words)
{
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        if (strstr(result->warnings[i], words))
            return true;
    return false;
}

#define ck_assert_warns(result, words)                                                             \
    ck_assert_msg(warns(&(result), (words)), "no warning with \"%s\"; the first of %td: %s",       \
                  (words), (result).warning_count,                                                 \
                  (result).warning_count ? (result).warnings[0] : "")

/* Four coaches, two a factor level; coach d's only person has no age. */
#define TRIAL                                                                                      \
    "coach,ips,age,day,event\n"                                                                    \
    "a,0,30,9,1\na,0,41,12,0\nb,0,25,7,1\nb,0,37,15,0\n"                                           \
    "c,1,52,3,1\nc,1,33,5,1\nd,1,,4,1\n"

/* ---- separation ---- */

START_TEST(an_arm_without_events)
{
    fp_result result = cox("day,event,arm\n5,1,usual\n7,1,usual\n9,0,usual\n4,0,both\n9,0,both\n"
                           "6,1,ips\n8,0,ips\n9,1,ips\n",
                           "Surv(day, event) ~ arm", NULL);
    ck_assert_str_eq(result.state, "separated");
    ck_assert_int_eq(result.term_count, 2);
    ck_assert(result.events == 4);
    /* "both" comes first in byte order and is the reference. */
    ck_assert_warns(result, "no events among the people with arm = both, the reference: the hazard "
                            "ratios of arm tend to infinity and cannot be estimated");
    ck_assert(isnan(result.terms[0].estimate) && isnan(result.terms[1].p));
    ck_assert(isnan(result.wald.p) && isfinite(result.likelihood_ratio.p));
}
END_TEST

START_TEST(a_level_without_events)
{
    fp_result result = cox("day,event,arm,age\n5,1,a,30\n7,1,a,40\n9,0,a,35\n4,0,z,33\n9,0,z,38\n"
                           "6,1,b,50\n8,0,b,31\n9,1,b,42\n",
                           "Surv(day, event) ~ arm + age", NULL);
    ck_assert_str_eq(result.state, "separated");
    ck_assert_warns(result, "no events among the people with arm = z: its hazard ratio tends to 0 "
                            "and cannot be estimated");
    ck_assert_warns(result, "ask for --firth for a finite estimate");
    ck_assert_int_eq(result.warning_count, 2);
    ck_assert(isfinite(result.terms[0].estimate) && isfinite(result.terms[0].p));
    ck_assert(isnan(result.terms[1].estimate));
    ck_assert(isfinite(result.terms[2].estimate));
    ck_assert(isnan(result.covariance[3]) && isfinite(result.covariance[6]));
}
END_TEST

START_TEST(a_dummy_without_events)
{
    fp_result result =
        cox("day,event,ips\n5,1,1\n7,1,1\n9,0,1\n4,0,0\n9,0,0\n", "Surv(day, event) ~ ips", NULL);
    ck_assert_str_eq(result.state, "separated");
    ck_assert_warns(result, "no events among the people with ips = 0: the hazard ratio tends to "
                            "infinity and cannot be estimated");
}
END_TEST

START_TEST(a_number_that_orders_the_events)
{
    fp_result result =
        cox("day,event,age\n1,1,50\n2,1,40\n3,1,30\n4,1,20\n", "Surv(day, event) ~ age", NULL);
    ck_assert_str_eq(result.state, "separated");
    ck_assert_warns(result, "the likelihood keeps growing with the coefficient of age");
    ck_assert_warns(result, "infinity");
}
END_TEST

/* The information on age is gone before the fit stops: its variance must not be read as certainty.
 */
START_TEST(nothing_left_to_know)
{
    fp_result result =
        cox("day,event,age\n1,1,3\n2,1,1\n3,1,4\n4,1,1\n5,1,5\n6,1,9\n7,1,2\n8,1,6\n",
            "Surv(day, event) ~ day + age", NULL);
    ck_assert_str_eq(result.state, "separated");
    ck_assert(result.loglik_fitted > result.loglik_null);
    for (int j = 0; j < 2; j++)
        ck_assert(isnan(result.terms[j].p) || result.terms[j].se > 0);
}
END_TEST

/* Everybody on the first day: the ratio is 1, the clusters are all alike, and that is no proof. */
START_TEST(clusters_that_do_not_differ)
{
    fp_result result = cox("coach,ips,day,event\na,0,0,1\na,0,0,1\nb,1,0,1\nb,1,0,1\n"
                           "c,0,0,1\nc,0,0,1\nd,1,0,1\nd,1,0,1\n",
                           "Surv(day, event) ~ ips + cluster(coach)", NULL);
    ck_assert_double_eq_tol(result.terms[0].exp_estimate, 1, 1e-12);
    ck_assert(isnan(result.terms[0].lower) && isnan(result.terms[0].p));
    ck_assert(isnan(result.small_terms[0].upper) && isnan(result.small_terms[0].p));
    ck_assert_warns(result, "the robust standard error of ips is 0: the clusters do not differ");
}
END_TEST

START_TEST(nobody_had_an_event)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = "ips | coach";
    fp_result result =
        cox("coach,ips,day,event\na,0,5,0\nb,1,7,0\n", "Surv(day, event) ~ ips", &options);
    ck_assert_str_eq(result.state, "no_events");
    ck_assert_warns(result, "nobody had an event");
    ck_assert(isnan(result.terms[0].estimate) && isnan(result.likelihood_ratio.p));
    ck_assert_int_eq(result.permutation_count, 0);
}
END_TEST

START_TEST(other_outcomes)
{
    fp_result result = cox(TRIAL, "Surv(day, event) ~ 1", NULL);
    ck_assert_str_eq(result.state, "null_model");
    ck_assert(isfinite(result.loglik_null));
    result = cox(TRIAL, "Surv(day, event) ~ age + I(2 * age)", NULL);
    ck_assert_str_eq(result.state, "rank_deficient");
    ck_assert(isfinite(result.terms[0].p) && isnan(result.terms[1].estimate));
    ck_assert_warns(result, "I(2 * age) follows from the terms before it");
    ck_assert_warns(result, "1 row was left out");
    ck_assert_int_eq(result.dropped, 1);
    ck_assert_int_eq(result.n, 6);
}
END_TEST

/* ---- clusters ---- */

START_TEST(few_clusters_are_corrected_unasked)
{
    fp_result result = cox(TRIAL, "Surv(day, event) ~ age + cluster(coach)", NULL);
    ck_assert_str_eq(result.small_sample, "md");
    ck_assert_warns(result, "Mancl and DeRouen");
    ck_assert_int_eq(result.clusters, 3);
    /* age varies within coaches: all J - 1 degrees of freedom are left. */
    ck_assert(result.small_terms[0].df == 2);
    ck_assert(result.small_terms[0].se > result.terms[0].robust_se);
    ck_assert(result.terms[0].statistic == result.terms[0].estimate / result.terms[0].robust_se);
    fp_cox_model_options options = fp_cox_model_defaults();
    options.small_sample = "none";
    result = cox(TRIAL, "Surv(day, event) ~ age + cluster(coach)", &options);
    ck_assert_ptr_null(result.small_sample);
    ck_assert_warns(result, "no correction was asked for");
    ck_assert_int_eq(result.small_beside_count, 0);
}
END_TEST

/* The method in use is not beside itself; FG, which depends on the coding, never stands there. */
START_TEST(corrections_beside_the_one_in_use)
{
    static const char *const methods[] = {"md", "kc", "mbn", "fg"};
    static const char *const beside[][3] = {
        {"kc", "mbn"}, {"md", "mbn"}, {"md", "kc"}, {"md", "kc", "mbn"}};
    double se[4];
    for (int m = 0; m < 4; m++) {
        fp_cox_model_options options = fp_cox_model_defaults();
        options.small_sample = methods[m];
        fp_result result = cox(TRIAL, "Surv(day, event) ~ age + cluster(coach)", &options);
        se[m] = result.small_terms[0].se;
        ck_assert_double_eq_tol(sqrt(result.small_covariance[0]), se[m], 1e-15);
        ck_assert_int_eq(result.small_beside_count, m == 3 ? 3 : 2);
        for (ptrdiff_t k = 0; k < result.small_beside_count; k++) {
            ck_assert_str_eq(result.small_beside[k].method, beside[m][k]);
            for (int other = 0; other < m && other < 3; other++)
                if (strcmp(beside[m][k], methods[other]) == 0)
                    ck_assert(result.small_beside[k].terms[0].se == se[other]);
        }
        if (m == 3)
            ck_assert_warns(result, "depends on how the columns are coded");
    }
}
END_TEST

START_TEST(no_degrees_of_freedom_left)
{
    fp_result result = cox("coach,ips,pa,age,day,event\n"
                           "a,0,0,30,9,1\na,0,0,41,12,1\nb,0,1,25,7,1\nb,0,1,37,15,1\n"
                           "c,1,0,52,3,1\nc,1,0,33,8,1\nc,1,0,33,14,0\n",
                           "Surv(day, event) ~ ips + pa + cluster(coach)", NULL);
    ck_assert_str_eq(result.small_sample, "md");
    ck_assert(isnan(result.small_terms[0].p) && isnan(result.small_terms[0].lower));
    ck_assert_warns(result, "no degrees of freedom are left");
    ck_assert_warns(result, "one cluster alone, c, tells ips from the rest");
    ck_assert_warns(result, "one cluster alone, b, tells pa from the rest");
    ck_assert(isfinite(result.small_terms[0].se));
}
END_TEST

START_TEST(wrong_clusters)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    fails("coach,day,event\na,5,1\na,7,0\n", "Surv(day, event) ~ cluster(coach)", NULL, FP_INPUT,
          "column \"coach\": only one cluster (a)");
    options.small_sample = "kr";
    fails(TRIAL, "Surv(day, event) ~ age + cluster(coach)", &options, FP_USAGE, "\"kr\"");
    options.small_sample = "kc";
    fails(TRIAL, "Surv(day, event) ~ age", &options, FP_USAGE, "needs clusters");
}
END_TEST

/* ---- what was randomised ---- */

START_TEST(one_factor_by_hand)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = " ips|coach ";
    fp_result result = cox(TRIAL, "Surv(day, event) ~ ips", &options);
    ck_assert_int_eq(result.permutation_count, 1);
    const fp_permutation_row *row = &result.permutation[0];
    ck_assert_str_eq(row->effect, "ips");
    ck_assert_str_eq(row->null, "no person's outcome depends on ips");
    ck_assert_int_eq(row->test.allocations, 6);
    /* The cumulative hazard of the null model: 7, 6, 5 at risk at the deaths on days 3, 4, 5. The
     * people of c left at 3 and 5, the one of d at 4. */
    double h3 = 1.0 / 7, h4 = h3 + 1.0 / 6, h5 = h4 + 1.0 / 5;
    double c = 1 - h3 + 1 - h5, d = 1 - h4;
    ck_assert_double_eq_tol(row->test.statistic, c + d, 1e-12);
    ck_assert_double_eq_tol(row->test.mean, 0, 1e-12);
    /* c + d against all six pairs: only its mirror (a + b) is as far. */
    ck_assert_double_eq_tol(row->test.p, 2.0 / 6, 1e-12);
    ck_assert_double_eq_tol(row->test.smallest_p, 2.0 / 6, 1e-12);
}
END_TEST

START_TEST(a_coach_without_used_rows_was_randomised)
{
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = "ips | coach";
    fp_result result = cox(TRIAL, "Surv(day, event) ~ age", &options);
    ck_assert_int_eq(result.n, 6);
    ck_assert_int_eq(result.permutation[0].test.allocations, 6);
}
END_TEST

START_TEST(wrong_designs)
{
    static const char *const unreadable[] = {
        "ips",         "ips | ",      "| coach", "ips * | coach", "ips * ips | coach",
        "ips | a | b", "ips | a * b", ""};
    fp_cox_model_options options = fp_cox_model_defaults();
    for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
        options.randomised = unreadable[i];
        fails(TRIAL, "Surv(day, event) ~ ips", &options, FP_USAGE, "cannot read what");
    }
    options.randomised = "ips | coach";
    fails("coach,ips,day,event\na,0,5,1\nb,1,7,0\na,1,7,0\n", "Surv(day, event) ~ ips", &options,
          FP_INPUT,
          "t.csv, line 4, column \"ips\": coach a has ips = 1 here and ips = 0 on line 2");
    fails("coach,ips,day,event\na,0,5,1\nb,0,7,0\nc,0,7,0\n", "Surv(day, event) ~ 1", &options,
          FP_INPUT, "this column has 1");
    fails("coach,ips,day,event\na,0,5,1\nb,1,7,0\nc,,7,0\n", "Surv(day, event) ~ 1", &options,
          FP_INPUT, "coach c has no value");
    fails("coach,ips,day,event\na,0,5,1\nb,1,7,0\n,1,7,0\n", "Surv(day, event) ~ ips", &options,
          FP_INPUT, "line 4, column \"coach\": the cluster that was randomised is missing");
    fails("coach,ips,day,event\na,0,5,1\na,0,7,0\n", "Surv(day, event) ~ 1", &options, FP_INPUT,
          "only one cluster");
    options.randomised = "ips | team";
    fails(TRIAL, "Surv(day, event) ~ ips", &options, FP_INPUT, "team");
}
END_TEST

/* ---- Kaplan-Meier ---- */

START_TEST(curves_by_group)
{
    fp_result result;
    fp_km_model_options options = fp_km_model_defaults();
    options.rmst_horizon = 10;
    ck_assert_int_eq(
        fp_model_km(table_of(TRIAL), "Surv(day, event) ~ ips", &options, arena, &result, NULL),
        FP_OK);
    ck_assert_int_eq(result.stratum_count, 2);
    ck_assert_str_eq(result.strata[1].label, "ips=1");
    ck_assert_int_eq(result.strata[1].curve.n, 3);
    ck_assert_int_eq(result.events, 5);
    ck_assert(result.has_logrank && result.logrank.df == 1);
    /* ips=1: S = 1 to 3, 2/3 to 4, 1/3 to 5, 0 after. */
    ck_assert_double_eq_tol(result.strata[1].rmst.estimate, 3 + 2.0 / 3 + 1.0 / 3, 1e-12);
    ck_assert(result.strata[1].median.estimate == 4);
    ck_assert_str_eq(result.state, "ok");
    ck_assert_int_eq(fp_model_km(table_of("day,event,arm\n3,0,a\n4,0,b\n"),
                                 "Surv(day, event) ~ arm", NULL, arena, &result, NULL),
                     FP_OK);
    ck_assert_str_eq(result.state, "no_events");
    ck_assert_warns(result, "nobody had an event");
    ck_assert_int_eq(fp_model_km(table_of("day,event,arm\n3,1,a\n4,0,b\n"),
                                 "Surv(day, event) ~ arm", NULL, arena, &result, NULL),
                     FP_OK);
    ck_assert_warns(result, "no events among the people with arm=b");
}
END_TEST

/* Beyond the last row of a group that has not reached 0, a mean is a guess, and said to be one. */
START_TEST(a_horizon_beyond_the_rows)
{
    static const char text[] = "day,event,arm\n2,1,a\n5,0,a\n3,1,b\n4,1,b\n";
    fp_km_model_options options = fp_km_model_defaults();
    fp_result result;
    fp_err err = {0};
    options.rmst_horizon = 5;
    ck_assert_int_eq(
        fp_model_km(table_of(text), "Surv(day, event) ~ arm", &options, arena, &result, &err),
        FP_OK);
    ck_assert_int_eq(result.warning_count, 0);
    options.rmst_horizon = 6;
    ck_assert_int_eq(
        fp_model_km(table_of(text), "Surv(day, event) ~ arm", &options, arena, &result, &err),
        FP_OK);
    ck_assert_int_eq(result.warning_count, 1); /* b is at 0 from day 4 on */
    ck_assert_warns(result, "the rows of arm=a end at 5 with survival 0.500: its mean to 6");
}
END_TEST

static fp_result km_of(const char *text, const char *formula, const fp_km_model_options *options)
{
    fp_result result;
    fp_err err = {0};
    fp_status status = fp_model_km(table_of(text), formula, options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return result;
}

/* Plain columns are counted as they lie, an expression takes the usual way: the same answers. */
START_TEST(two_ways_to_count)
{
    static const char *const text[] = {
        "day,event,arm\n3,1,0\n4,0,1\n4,1,1\n9,1,0\n9,0,1\n0,1,0\n",
        "day,event,arm\n3,2,-2\n4,1,7\n4,2,7\n9,2,-2\n9,1,7\n0,2,-2\n",
        "day,event,arm\n3,TRUE,x\n4,FALSE,y\n4,TRUE,y\n9,TRUE,x\n9,FALSE,y\n0,TRUE,x\n",
        "day,event,arm\n3,1,TRUE\n4,0,FALSE\n4,1,FALSE\n9,1,TRUE\n9,0,FALSE\n0,1,TRUE\n",
        "day,event,arm\n3,1,0.5\n4,0,1.5\n4,1,1.5\n9,1,0.5\n9,0,1.5\n0,1,0.5\n",
        "day,event,arm\n3.5,1,0\n4,0,1\n4,1,1\n9,1,0\n9,0,1\n0,1,0\n",
    };
    static const char *const ways[][2] = {
        {"Surv(day, event) ~ arm", "Surv(day + 0, event) ~ arm"},
        {"Surv(day, event) ~ factor(arm)", "Surv(day + 0, event) ~ factor(arm)"},
        {"Surv((day), event) ~ 1", "Surv(day + 0, event) ~ 1"}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        for (int k = 0; k < 3; k++) {
            fp_result a = km_of(text[i], ways[k][0], NULL), b = km_of(text[i], ways[k][1], NULL);
            ck_assert_int_eq(a.events, b.events);
            ck_assert_int_eq(a.warning_count, b.warning_count);
            ck_assert_int_eq(a.stratum_count, b.stratum_count);
            ck_assert(k == 2 || a.logrank.chisq == b.logrank.chisq);
            for (ptrdiff_t s = 0; s < a.stratum_count; s++) {
                const fp_km_curve *x = &a.strata[s].curve, *y = &b.strata[s].curve;
                ck_assert_str_eq(a.strata[s].label, b.strata[s].label);
                ck_assert_int_eq(x->n, y->n);
                ck_assert_int_eq(x->length, y->length);
                for (ptrdiff_t j = 0; j < x->length; j++)
                    ck_assert(x->survival[j] == y->survival[j] && x->time[j] == y->time[j]);
            }
        }
    /* what is strange in a column is told as ever */
    fp_result result;
    fp_err err = {0};
    ck_assert_int_eq(fp_model_km(table_of("day,event\n3,1\n-4,0\n"), "Surv(day, event) ~ 1", NULL,
                                 arena, &result, &err),
                     FP_INPUT);
    ck_assert_int_eq(err.line, 3);
    ck_assert_int_eq(fp_model_km(table_of("day,event\n3,1\n4,0\n5,2\n"), "Surv(day, event) ~ 1",
                                 NULL, arena, &result, &err),
                     FP_INPUT);
}
END_TEST

START_TEST(curves_are_warned_of)
{
    static const char late[] = "from,to,event,arm,w\n0,1,1,a,1\n2,5,1,a,1\n2,6,0,a,1\n9,12,1,a,1\n"
                               "0,3,1,b,2\n0,4,0,b,2\n0,5,0,b,2\n0,6,1,b,2\n0,7,1,b,2\n";
    fp_result r = km_of(late, "Surv(from, to, event) ~ arm", NULL);
    ck_assert_warns(r, "the curve of arm=a falls to 0 at 1");
    ck_assert_warns(r, "nobody is at risk from 1 to 2 among arm=a");
    fp_km_model_options options = fp_km_model_defaults();
    options.reverse = true;
    r = km_of(late, "Surv(from, to, event) ~ arm", &options);
    ck_assert_warns(r, "where a person has several rows");
    options.reverse = false;
    options.common.weights = "w";
    r = km_of("day,event,arm,w\n1,1,a,.5\n2,1,b,1\n3,0,a,1\n4,1,b,2\n", "Surv(day, event) ~ arm",
              &options);
    ck_assert(r.robust_curves && r.clustered_test && r.clusters == 0);
    ck_assert_warns(r, "the weights are not all whole numbers");
    options.common.weights = NULL;
    options.rmst_horizon = 3;
    r = km_of("day,event,arm,c\n1,1,a,1\n2,1,b,2\n3,0,a,1\n4,1,b,3\n",
              "Surv(day, event) ~ arm + cluster(c)", &options);
    ck_assert_warns(r, "everybody with arm=a is in one cluster");
    ck_assert_warns(r, "3 clusters of c are few");
    ck_assert(isnan(r.strata[0].rmst.se) && isnan(r.rmst_contrasts[0].difference_se));
    ck_assert(isnan(r.rmst_contrasts[0].ratio_p) && isfinite(r.rmst_contrasts[0].difference));
}
END_TEST

/* ---- failing allocation ---- */

START_TEST(every_allocation_of_curves_may_fail)
{
    static const double half[] = {.5}, times[] = {4, 2};
    const fp_table *table = table_of(TRIAL);
    fp_km_model_options options = fp_km_model_defaults();
    options.rmst_horizon = 4;
    options.quantiles = half;
    options.quantile_count = 1;
    options.times = times;
    options.time_count = 2;
    options.trend = FP_TREND_ORDER;
    options.pairwise = true;
    for (int way = 0; way < 2; way++) {
        const char *formula =
            way ? "Surv(day, event) ~ ips + cluster(coach)" : "Surv(day, event) ~ ips";
        fp_status status = FP_NOMEM;
        long n = 0;
        while (status != FP_OK && n < 5000) {
            fp_result result;
            fp_err err = {0};
            fp_arena *small = fp_arena_create(FP_GIB);
            fp_arena_fail_at(small, ++n);
            status = fp_model_km(table, formula, &options, small, &result, &err);
            fp_arena_destroy(small);
            ck_assert_msg(status == FP_OK || status == FP_NOMEM, "allocation %ld: %s", n,
                          err.message);
        }
        ck_assert_int_eq(status, FP_OK);
        ck_assert(n > 20);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const fp_table *table = table_of(TRIAL);
    fp_cox_model_options options = fp_cox_model_defaults();
    options.randomised = "ips | coach";
    fp_status status = FP_NOMEM;
    long n = 0;
    while (status != FP_OK && n < 5000) {
        fp_result result;
        fp_err err = {0};
        fp_arena *small = fp_arena_create(FP_GIB);
        fp_arena_fail_at(small, ++n);
        status = fp_model_cox(table, "Surv(day, event) ~ ips + age + cluster(coach)", &options,
                              small, &result, &err);
        fp_arena_destroy(small);
        ck_assert_msg(status == FP_OK || status == FP_NOMEM, "allocation %ld: %s", n, err.message);
    }
    ck_assert_int_eq(status, FP_OK);
    ck_assert(n > 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("survival front ends");
    TCase *tests = tcase_create("survival");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_arm_without_events);
    tcase_add_test(tests, a_level_without_events);
    tcase_add_test(tests, a_dummy_without_events);
    tcase_add_test(tests, a_number_that_orders_the_events);
    tcase_add_test(tests, nothing_left_to_know);
    tcase_add_test(tests, clusters_that_do_not_differ);
    tcase_add_test(tests, nobody_had_an_event);
    tcase_add_test(tests, other_outcomes);
    tcase_add_test(tests, few_clusters_are_corrected_unasked);
    tcase_add_test(tests, corrections_beside_the_one_in_use);
    tcase_add_test(tests, no_degrees_of_freedom_left);
    tcase_add_test(tests, wrong_clusters);
    tcase_add_test(tests, one_factor_by_hand);
    tcase_add_test(tests, a_coach_without_used_rows_was_randomised);
    tcase_add_test(tests, wrong_designs);
    tcase_add_test(tests, curves_by_group);
    tcase_add_test(tests, a_horizon_beyond_the_rows);
    tcase_add_test(tests, every_allocation_may_fail);
    tcase_add_test(tests, two_ways_to_count);
    tcase_add_test(tests, curves_are_warned_of);
    tcase_add_test(tests, every_allocation_of_curves_may_fail);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
