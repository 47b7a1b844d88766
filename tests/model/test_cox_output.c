/* What the Cox front end hands out besides coefficients: curves at covariates that go through the
 * formula, contrasts and residuals. cox_formula.txt is made by make_cox_output_expected.R. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/survival.h"
#include "model/tables.h"
#include "run_suite.h"
#include "stats/stats_data.h"

TEST_EXPECTED("cox_formula.txt");

static const fp_table *table_of(const char *text)
{
    return test_table_of(text, arena);
}

static const fp_table *lung(void)
{
    return test_table_at(FP_TEST_DATA "/reference/lung.csv", arena);
}

static fp_result cox(const fp_table *table, const char *formula, fp_cox_model_options options)
{
    fp_result result;
    fp_err err = {0};
    fp_status status = fp_model_cox(table, formula, &options, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s (%s)", err.message, err.hint);
    return result;
}

static void must(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    test_must(expected, expected_lines, name, what, got, n, 1e-3, least);
}

static bool warns(const fp_result *result, const char *words)
{
    for (ptrdiff_t i = 0; i < result->warning_count; i++)
        if (strstr(result->warnings[i], words))
            return true;
    return false;
}

/* ---- R ---- */

START_TEST(covariates_go_through_the_formula)
{
    static const char *const at[] = {
        "age=50, ph.karno=90, sex=2, wt.loss=10, ph.ecog=1, meal.cal=1200, pat.karno=80;"
        "pat.karno=60, `meal.cal`=300, ph.ecog='2', wt.loss=-3, sex=1, ph.karno=60, age=70"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = at;
    o.at_count = 1;
    fp_result r = cox(lung(),
                      "Surv(time, status == 2) ~ log(age) + I(ph.karno^2) + factor(sex) * wt.loss +"
                      " factor(ph.ecog) + I(meal.cal > 1000) + offset(pat.karno / 100)",
                      o);
    must("formula", "n", (double[]){(double)r.n}, 1, 17);
    ck_assert_int_eq(r.curve_count, 2);
    for (int i = 0; i < 2; i++) {
        const fp_cox_curve *c = &r.curves[i].curve;
        char what[32];
        must("formula", "time", c->time, c->length, 17);
        (void)snprintf(what, sizeof what, "hazard_%d", i + 1);
        must("formula", what, c->cumulative_hazard, c->length, 9);
        (void)snprintf(what, sizeof what, "se_%d", i + 1);
        must("formula", what, c->se, c->length, 9);
        (void)snprintf(what, sizeof what, "lower_%d", i + 1);
        must("formula", what, c->lower, c->length, 9);
        (void)snprintf(what, sizeof what, "upper_%d", i + 1);
        must("formula", what, c->upper, c->length, 9);
    }
    ck_assert_str_eq(r.curves[1].at_name[1], "meal.cal");
    ck_assert_double_eq(r.curves[1].at_number[1], 300);
    ck_assert_ptr_null(r.curves[0].stratum);
}
END_TEST

static void check_contrasts(const char *name, bool robust)
{
    static const char *const contrasts[] = {"2*age - sex", "(sex + ph.ecog) / 2",
                                            "age*2 - .5 * (sex - `ph.ecog`)"};
    fp_cox_model_options o = fp_cox_model_defaults();
    double value[6][3];
    static const char *const what[] = {"estimate", "se", "statistic", "p", "lower", "upper"};
    o.robust = robust;
    o.contrasts = contrasts;
    o.contrast_count = 3;
    fp_result r = cox(lung(), "Surv(time, status == 2) ~ age + sex + ph.ecog", o);
    ck_assert_int_eq(r.contrast_count, 3);
    for (int k = 0; k < 3; k++) {
        const fp_contrast *c = &r.contrasts[k];
        const double row[] = {c->estimate, c->se, c->statistic, c->p, c->lower, c->upper};
        for (int j = 0; j < 6; j++)
            value[j][k] = row[j];
        ck_assert(isnan(c->df));
        ck_assert_double_eq_tol(c->exp_upper, exp(c->upper), 1e-14);
    }
    for (int j = 0; j < 6; j++)
        must(name, what[j], value[j], 3, 9);
    must(name, "joint", (double[]){r.contrast_test.chisq, r.contrast_test.df, r.contrast_test.p}, 3,
         8);
}

START_TEST(contrasts_as_in_r)
{
    check_contrasts("plain", false);
    check_contrasts("robust", true);
}
END_TEST

/* ---- what must hold ---- */

#define TRIAL                                                                                      \
    "coach,arm,age,day,event\n"                                                                    \
    "a,usual,30,9,1\na,usual,41,12,0\nb,usual,25,7,1\nb,usual,37,15,0\n"                           \
    "c,ips,52,3,1\nc,ips,33,5,1\nd,ips,44,4,1\nd,ips,29,14,0\n"                                    \
    "e,both,35,6,1\ne,both,48,16,0\nf,both,39,2,1\nf,both,27,11,1\n"

/* A contrast of one coefficient is its term: the corrected one with few clusters. */
START_TEST(one_coefficient)
{
    static const char *const contrasts[] = {"armips", "-armips"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.contrasts = contrasts;
    o.contrast_count = 2;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ arm + age + cluster(coach)", o);
    const fp_small_term *term = &r.small_terms[0];
    const fp_contrast *c = &r.contrasts[0];
    ck_assert_str_eq(term->term, "armips");
    ck_assert_double_eq_tol(c->se, term->se, 1e-15);
    ck_assert_double_eq_tol(c->p, term->p, 1e-15);
    ck_assert_double_eq_tol(c->lower, term->lower, 1e-14);
    ck_assert_double_eq_tol(c->df, term->df, 1e-15);
    ck_assert_double_eq_tol(r.contrasts[1].lower, -c->upper, 1e-14);
    /* the second follows from the first: F on one degree of freedom is t squared */
    ck_assert_double_eq(r.contrast_test.df, 1);
    ck_assert_double_eq_tol(r.contrast_test.chisq, c->statistic * c->statistic, 1e-12);
    ck_assert_double_eq_tol(r.contrast_test.p, c->p, 1e-12);
}
END_TEST

/* dfbeta residuals, squared and summed within clusters, are the robust variance. */
START_TEST(dfbeta_is_the_robust_variance)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    o.residuals = FP_RESIDUAL_DFBETA;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ arm + age + cluster(coach)", o);
    const fp_residual_table *t = r.residuals;
    double sum[6] = {0}, variance = 0;
    ck_assert_int_eq(t->n, 12);
    ck_assert_int_eq(t->columns, 3);
    ck_assert_int_eq(t->line[11], 13);
    for (ptrdiff_t i = 0; i < t->n; i++)
        sum[t->cluster[i]] += t->value[i + t->n];
    for (int k = 0; k < 6; k++)
        variance += sum[k] * sum[k];
    ck_assert_double_eq_tol(sqrt(variance), r.terms[1].robust_se, 1e-13);
}
END_TEST

/* The baseline is the curve at the reference level and 0. */
START_TEST(baseline_is_a_curve)
{
    static const char *const at[] = {"arm=both, age=0"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = at;
    o.at_count = 1;
    o.baseline = true;
    o.conf_type = FP_CONF_LOGLOG;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ arm * age", o);
    ck_assert_int_eq(r.baseline_count, 1);
    ck_assert_str_eq(r.curve_conf_type, "log-log");
    ck_assert_str_eq(r.baseline[0].label, "baseline");
    const fp_cox_curve *a = &r.curves[0].curve, *b = &r.baseline[0].curve;
    for (ptrdiff_t i = 0; i < a->length; i++) {
        ck_assert_double_eq(a->survival[i], b->survival[i]);
        ck_assert_double_eq(a->se[i], b->se[i]);
        double h = b->cumulative_hazard[i], out = 1.9599639845400545 * b->se[i] / h;
        if (h > 0) /* log-log, at 95% */
            ck_assert_double_eq_tol(b->lower[i], exp(-h * exp(out)), 1e-14);
    }
}
END_TEST

/* Strata: a curve of every row in every stratum, a row after the other. */
START_TEST(strata_have_their_own_curves)
{
    static const char *const at[] = {"age=30", "age=40"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = at;
    o.at_count = 2;
    o.residuals = FP_RESIDUAL_SCHOENFELD;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ age + strata(arm)", o);
    ck_assert_int_eq(r.curve_count, 6);
    ck_assert_str_eq(r.curves[0].label, "age=30");
    ck_assert_str_eq(r.curves[1].stratum, "arm=ips");
    ck_assert_str_eq(r.curves[5].label, "age=40");
    ck_assert_str_eq(r.curves[5].stratum, "arm=usual");
    ck_assert_int_eq(r.residuals->n, 8);
    for (ptrdiff_t i = 1; i < 8; i++) {
        int32_t s = r.residuals->stratum[i], before = r.residuals->stratum[i - 1];
        ck_assert(s > before || (s == before && r.residuals->time[i] >= r.residuals->time[i - 1]));
    }
}
END_TEST

/* ---- outcomes ---- */

#define SEPARATED                                                                                  \
    "day,event,arm,age\n5,1,a,30\n7,1,a,40\n9,0,a,35\n4,0,z,33\n9,0,z,38\n6,1,b,50\n8,0,b,31\n"    \
    "9,1,b,42\n"

START_TEST(separation)
{
    static const char *const at[] = {"arm=a, age=30"};
    static const char *const contrasts[] = {"armz - armb", "armb"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = at;
    o.at_count = 1;
    o.contrasts = contrasts;
    o.contrast_count = 2;
    o.residuals = FP_RESIDUAL_DFBETA;
    fp_result r = cox(table_of(SEPARATED), "Surv(day, event) ~ arm + age", o);
    ck_assert_int_eq(r.curve_count, 0);
    ck_assert(warns(&r, "no curves are predicted: the coefficient of armz has no finite estimate"));
    ck_assert(warns(&r, "the contrast armz - armb has no estimate, because armz has none"));
    ck_assert(isnan(r.contrasts[0].estimate) && isfinite(r.contrasts[1].p));
    ck_assert(r.has_contrast_test && isnan(r.contrast_test.p));
    ck_assert(warns(&r, "no dfbeta residuals for armz: its coefficient has no finite estimate"));
    ck_assert(isfinite(r.residuals->value[0]) && isnan(r.residuals->value[8]));
    o.residuals = FP_RESIDUAL_SCORE; /* the score has a limit */
    r = cox(table_of(SEPARATED), "Surv(day, event) ~ arm + age", o);
    for (int i = 0; i < 24; i++)
        ck_assert(isfinite(r.residuals->value[i]));
}
END_TEST

START_TEST(no_events)
{
    static const char *const contrasts[] = {"age"};
    fp_cox_model_options o = fp_cox_model_defaults();
    const fp_table *table = table_of("day,event,age\n5,0,30\n7,0,40\n9,0,35\n");
    o.baseline = true;
    o.contrasts = contrasts;
    o.contrast_count = 1;
    for (int kind = FP_RESIDUAL_MARTINGALE; kind <= FP_RESIDUAL_SCALED_SCHOENFELD; kind++) {
        o.residuals = (fp_residual_kind)kind;
        fp_result r = cox(table, "Surv(day, event) ~ age", o);
        ck_assert_str_eq(r.state, "no_events");
        ck_assert_int_eq(r.residuals->n, kind < FP_RESIDUAL_SCHOENFELD ? 3 : 0);
        for (ptrdiff_t i = 0; i < r.residuals->n; i++)
            ck_assert(kind <= FP_RESIDUAL_DEVIANCE ? r.residuals->value[i] == 0
                                                   : isnan(r.residuals->value[i]));
        ck_assert_int_eq(r.baseline_count + r.contrast_count, 0);
        ck_assert(warns(&r, "no curves are predicted: nobody had an event"));
    }
}
END_TEST

START_TEST(aliased_columns)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    o.residuals = FP_RESIDUAL_SCALED_SCHOENFELD;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ age + I(2 * age)", o);
    const fp_residual_table *t = r.residuals;
    for (ptrdiff_t i = 0; i < t->n; i++)
        ck_assert(isfinite(t->value[i]) && isnan(t->value[i + t->n]));
}
END_TEST

START_TEST(without_terms)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    o.baseline = true;
    o.residuals = FP_RESIDUAL_DEVIANCE;
    fp_result r = cox(table_of(TRIAL), "Surv(day, event) ~ 1", o);
    ck_assert_int_eq(r.baseline_count, 1);
    ck_assert_double_eq_tol(r.baseline[0].curve.cumulative_hazard[0], 1.0 / 12, 1e-15);
    ck_assert_double_eq_tol(r.baseline[0].curve.se[0], 1.0 / 12, 1e-15);
    ck_assert_int_eq(r.residuals->n, 12);
}
END_TEST

/* ---- what cannot be ---- */

static const struct {
    const char *at, *contrast;
    fp_status status;
    const char *words;
} wrong[] = {
    {"age=30", NULL, FP_INPUT, "--at \"age=30\": no value for arm"},
    {"arm=ips", NULL, FP_INPUT, "no value for age"},
    {"arm=ipx, age=30", NULL, FP_INPUT,
     "arm has no level \"ipx\" (the levels are both, ips, usual"},
    {"arm=ips, age=old", NULL, FP_INPUT, "age: \"old\" is not a number"},
    {"arm=ips, age=30; arm=ips, age=x", NULL, FP_INPUT,
     "--at \"arm=ips, age=x\": age: \"x\" is not a number"},
    {"arm=ips, age=-1", NULL, FP_INPUT, "log(age) is not defined"},
    {"arm=ips, age=0", NULL, FP_INPUT, "log(age) is infinite"},
    {"arm=ips, age=., coach=a", NULL, FP_INPUT, "\"coach\" is no covariate of the formula"},
    {"arm=ips, age=.", NULL, FP_INPUT, "age has no value"},
    {"arm=ips, agee=3", NULL, FP_INPUT, "did you mean \"age\"?"},
    {"", NULL, FP_USAGE, "--at is empty"},
    {" ; ", NULL, FP_USAGE, "--at is empty"},
    {"means", NULL, FP_USAGE, "NAME=VALUE is expected, not \"means\""},
    {"=3", NULL, FP_USAGE, "NAME=VALUE is expected"},
    {"age=30,", NULL, FP_USAGE, "NAME=VALUE is expected"},
    {"age=", NULL, FP_USAGE, "no value for \"age\""},
    {"age=30, age=31", NULL, FP_USAGE, "two values are given for \"age\""},
    {"arm=\"ips, age=30", NULL, FP_USAGE, "a quote is not closed"},
    {"arm=\"ips\"x, age=30", NULL, FP_USAGE, "more after a closing quote"},
    {NULL, "", FP_USAGE, "--contrast is empty"},
    {NULL, "armipz", FP_INPUT, "there is no coefficient \"armipz\" (did you mean \"armips\"?)"},
    {NULL, "zzzzzzzz", FP_INPUT, "the coefficients are armips, armusual, log(age)"},
    {NULL, "armips - armips", FP_USAGE, "every coefficient has weight 0"},
    {NULL, "armips + 2", FP_USAGE, "2 is no part of a contrast"},
    {NULL, "3", FP_USAGE, "3 is no part of a contrast"},
    {NULL, "armips armusual", FP_USAGE, "character 8: +, -, * or / is expected"},
    {NULL, "armips *", FP_USAGE, "more is expected"},
    {NULL, "armips ? armusual", FP_USAGE, "character 8"},
    {NULL, "armips * armusual", FP_USAGE, "cannot be multiplied"},
    {NULL, "2 / armusual", FP_USAGE, "cannot be divided by"},
    {NULL, "armips / (1 - 1)", FP_USAGE, "divides by 0"},
    {NULL, "armips * 1e999", FP_USAGE, "not a number"},
    {NULL, "(armips", FP_USAGE, "a closing parenthesis"},
    {NULL, "`armips", FP_USAGE, "no closing backquote"},
    {NULL, "1e308 * 1e308 * armips", FP_USAGE, "a weight is infinite"},
};

START_TEST(says_what_is_wrong)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    fp_result result;
    fp_err err = {0};
    char line[1400];
    o.at = &wrong[_i].at;
    o.at_count = wrong[_i].at != NULL;
    o.contrasts = &wrong[_i].contrast;
    o.contrast_count = wrong[_i].contrast != NULL;
    fp_status status = fp_model_cox(table_of(TRIAL), "Surv(day, event) ~ arm + log(age)", &o, arena,
                                    &result, &err);
    fp_err_text(&err, line, sizeof line);
    ck_assert_msg(status == wrong[_i].status, "status %d: %s", status, line);
    ck_assert_msg(strstr(line, wrong[_i].words) != NULL, "\"%s\" is not in: %s", wrong[_i].words,
                  line);
}
END_TEST

START_TEST(deep_contrast)
{
    static char text[400];
    const char *const contrast[] = {text};
    fp_cox_model_options o = fp_cox_model_defaults();
    fp_result result;
    fp_err err = {0};
    memset(text, '(', 300);
    o.contrasts = contrast;
    o.contrast_count = 1;
    ck_assert_int_eq(
        fp_model_cox(table_of(TRIAL), "Surv(day, event) ~ age", &o, arena, &result, &err),
        FP_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "within each other"));
}
END_TEST

/* ---- CSV ---- */

START_TEST(residuals_as_csv)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    fp_err err = {0};
    FP_BUF_SCOPED(out, FP_MIB);
    o.residuals = FP_RESIDUAL_SCHOENFELD;
    fp_result r =
        cox(table_of("d,e,\"a,b\",c,s\n1,1,0,\"x \"\"y\",p\n2,0,1,u,p\n3,1,1,u,p\n4,1,0,w,q\n"),
            "Surv(d, e) ~ `a,b` + cluster(c) + strata(s)", o);
    ck_assert_int_eq(fp_result_residuals_csv(&r, 0, 1, &out, &err), FP_OK);
    const char *want = "line,cluster,stratum,time,\"`a,b`\"\n2,\"x \"\"y\",s=p,1,";
    ck_assert_msg(strncmp(out.p, want, strlen(want)) == 0, "%s", out.p);
    ck_assert_int_eq(fp_result_residuals_csv(&r, 1, 99, &out, &err), FP_OK);
    int lines = 0;
    for (size_t i = 0; i < out.n; i++)
        lines += out.p[i] == '\n';
    ck_assert_int_eq(lines, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model cox output");
    TCase *tests = tcase_create("all");
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, covariates_go_through_the_formula);
    tcase_add_test(tests, contrasts_as_in_r);
    tcase_add_test(tests, one_coefficient);
    tcase_add_test(tests, dfbeta_is_the_robust_variance);
    tcase_add_test(tests, baseline_is_a_curve);
    tcase_add_test(tests, strata_have_their_own_curves);
    tcase_add_test(tests, separation);
    tcase_add_test(tests, no_events);
    tcase_add_test(tests, aliased_columns);
    tcase_add_test(tests, without_terms);
    tcase_add_loop_test(tests, says_what_is_wrong, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, deep_contrast);
    tcase_add_test(tests, residuals_as_csv);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
