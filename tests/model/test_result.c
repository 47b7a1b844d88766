/* The one result as JSON and text: shapes, digits, nulls, widths. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/result.h"
#include "run_suite.h"

#define NONE FP_NUM_NAN

static const fp_term terms[] = {
    {"armips", 0.1, 0.2, 0.3, 1.0 / 3, 0.7388826803635273, -0.4879891953621, 0.687989195362162,
     1.1051709180756477, 0.61385912, 1.98970977, 0, NONE},
    {"armboth", NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0, NONE},
};
static const double covariance[] = {0.09, NONE, NONE, NONE};
static const char *const warnings[] = {"first warning", "second \"quoted\" warning"};
static const fp_small_term small[] = {
    {"armips", 0.35, 9, 0.78, -0.69, 0.89},
    {"armboth", NONE, 9, NONE, NONE, NONE},
};
static const fp_ph_row ph[] = {{"arm", 1.5, 2, 0.47}, {"GLOBAL", 1.5, 2, 0.47}};
static const fp_permutation_row permutation[] = {
    {.effect = "ips",
     .null = "no person's outcome depends on ips",
     .test = {.allocations = 400,
              .at_least_as_far = 74,
              .set_size = 400,
              .exact = true,
              .statistic = 4.98,
              .p = 0.185,
              .smallest_p = 0.005},
     .set = "every allocation of ips",
     .statistic = "sum",
     .has_interval = true,
     .interval = {.lower = -HUGE_VAL, .upper = 0.5, .allocations = 400, .exact = true},
     .interval_label = "randomisation-based",
     .is_log = true},
    {.effect = "ips:pa",
     .null = "the effects add up",
     .test = {.allocations = 400,
              .at_least_as_far = 80,
              .set_size = 400,
              .exact = true,
              .statistic = 1.2,
              .p = 0.2,
              .smallest_p = 0.0025},
     .approximate = true,
     .set = "every allocation",
     .statistic = "contrast"},
};

static fp_result cox_result(void)
{
    return (fp_result){.model = FP_MODEL_COX,
                       .formula = "Surv(day, event) ~ arm",
                       .level = 0.95,
                       .n = 118,
                       .dropped = 2,
                       .events = 48,
                       .state = "separated",
                       .iterations = 7,
                       .warning_count = 2,
                       .warnings = warnings,
                       .data_name = "trial.csv",
                       .data_sha256 = "abc",
                       .seed = 9007199254740993u,
                       .ties = "efron",
                       .term_count = 2,
                       .terms = terms,
                       .covariance = covariance,
                       .loglik_null = -200.1,
                       .loglik_fitted = -199.9,
                       .clusters = 12,
                       .cluster_name = "coach",
                       .robust = true,
                       .likelihood_ratio = {0.4, 2, 0.81873075307798182},
                       .wald = {NONE, 2, NONE},
                       .score = {0.41, 2, 0.81},
                       .robust_score = {0.3, 2, 0.86},
                       .concordance = {.estimate = 0.55, .se = 0.04},
                       .ph_count = 2,
                       .ph = ph,
                       .small_sample = "md",
                       .small_terms = small,
                       .permutation_count = 2,
                       .permutation = permutation};
}

static json_t *at(json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    ck_assert_msg(value != NULL, "no key %s", key);
    return value;
}

START_TEST(numbers_survive_the_text)
{
    fp_result result = cox_result();
    json_error_t error;
    FP_BUF_SCOPED(out, FP_MIB);
    ck_assert_int_eq(fp_result_json_text(&result, &out, NULL), FP_OK);
    ck_assert_int_eq(out.p[out.n - 1], '\n');
    json_t *doc = json_loadb(out.p, out.n, 0, &error);
    ck_assert_msg(doc != NULL, "%s", error.text);
    json_t *term = json_array_get(at(doc, "terms"), 0);
    ck_assert(json_real_value(at(term, "statistic")) == 1.0 / 3);
    ck_assert(json_real_value(at(term, "exp_estimate")) == 1.1051709180756477);
    ck_assert(json_real_value(at(at(at(doc, "tests"), "likelihood_ratio"), "p")) ==
              0.81873075307798182);
    ck_assert_int_eq(json_integer_value(at(at(doc, "provenance"), "seed")), 9007199254740993);
    json_decref(doc);
}
END_TEST

START_TEST(undefined_is_null)
{
    fp_result result = cox_result();
    json_t *doc = fp_result_json(&result), *term = json_array_get(at(doc, "terms"), 1);
    static const char *const keys[] = {"estimate",  "se",       "robust_se", "statistic",
                                       "p",         "lower",    "upper",     "exp_estimate",
                                       "exp_lower", "exp_upper"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ck_assert_msg(json_is_null(at(term, keys[i])), "%s is not null", keys[i]);
    ck_assert(json_is_null(at(at(at(doc, "tests"), "wald"), "chisq")));
    ck_assert(json_is_null(json_array_get(json_array_get(at(doc, "covariance"), 0), 1)));
    ck_assert(json_is_null(at(json_array_get(at(at(doc, "small_sample"), "terms"), 1), "p")));
    json_decref(doc);
    json_t *value = fp_json_number(HUGE_VAL);
    ck_assert(json_is_null(value));
    json_decref(value);
}
END_TEST

START_TEST(keys_of_cox)
{
    static const char *const keys[] = {
        "model",        "formula",     "n",        "dropped",     "events",
        "level",        "ties",        "terms",    "covariance",  "robust",
        "clusters",     "loglik",      "tests",    "concordance", "proportional_hazards",
        "small_sample", "permutation", "warnings", "info",        "provenance"};
    fp_result result = cox_result();
    json_t *doc = fp_result_json(&result);
    ck_assert_uint_eq(json_object_size(doc), sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        (void)at(doc, keys[i]);
    ck_assert_str_eq(json_string_value(at(doc, "model")), "cox");
    ck_assert_int_eq(json_integer_value(at(doc, "clusters")), 12);
    ck_assert_str_eq(json_string_value(at(at(doc, "info"), "state")), "separated");
    ck_assert_int_eq(json_integer_value(at(at(doc, "info"), "iterations")), 7);
    json_t *row = json_array_get(at(doc, "permutation"), 1);
    ck_assert(json_is_false(at(row, "exact")) && json_is_true(at(row, "enumerated")));
    row = json_array_get(at(doc, "permutation"), 0);
    ck_assert(json_is_true(at(row, "exact")));
    ck_assert_int_eq(json_integer_value(at(row, "allocations")), 400);
    ck_assert(json_is_null(at(row, "lower")) && json_is_null(at(row, "exp_lower")));
    ck_assert_double_eq(json_number_value(at(row, "exp_upper")), exp(0.5));
    ck_assert_str_eq(json_string_value(at(row, "unbounded")), "lower");
    ck_assert(json_is_integer(at(json_array_get(at(doc, "proportional_hazards"), 0), "df")));
    json_decref(doc);
}
END_TEST

START_TEST(optional_parts_are_absent)
{
    fp_result result = cox_result();
    result.small_sample = NULL;
    result.permutation_count = 0;
    result.robust = false;
    result.clusters = 0;
    result.robust_score = (fp_test){NONE, 0, NONE};
    json_t *doc = fp_result_json(&result);
    ck_assert(json_object_get(doc, "small_sample") == NULL);
    ck_assert(json_object_get(doc, "permutation") == NULL);
    ck_assert(json_is_null(at(doc, "clusters")));
    ck_assert(json_is_null(at(at(doc, "tests"), "robust_score")));
    ck_assert(json_object_get(json_array_get(at(doc, "terms"), 0), "robust_se") == NULL);
    json_decref(doc);
}
END_TEST

START_TEST(a_name_outside_utf8)
{
    fp_result result = cox_result();
    result.data_name = "bad\xff.csv";
    json_t *doc = fp_result_json(&result);
    ck_assert(doc != NULL);
    ck_assert_str_eq(json_string_value(at(at(doc, "provenance"), "data")),
                     "(a name that is not UTF-8)");
    json_decref(doc);
}
END_TEST

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    while (*text) {
        size_t n = strcspn(text, "\n"), characters = 0;
        for (size_t i = 0; i < n; i++)
            characters += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (characters > longest)
            longest = characters;
        text += n + (text[n] == '\n');
    }
    return longest;
}

START_TEST(text_of_cox)
{
    static const char *const wanted[] = {
        "Cox proportional-hazards model, efron ties",
        "Surv(day, event) ~ arm",
        "trial.csv: 118 rows, 48 events in 12 clusters of coach",
        "! first warning",
        "armips",
        "1.105",
        "Mancl-DeRouen",
        "400",
        "approximate",
        "they do not repair",
        "Concordance 0.550 (se 0.040)",
    };
    fp_result result = cox_result();
    FP_BUF_SCOPED(out, FP_MIB);
    ck_assert_int_eq(fp_result_text(&result, &out, NULL), FP_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(strstr(out.p, wanted[i]) != NULL, "no \"%s\" in:\n%s", wanted[i], out.p);
    ck_assert_msg(longest_line(out.p) <= 80, "%zu characters:\n%s", longest_line(out.p), out.p);
    ck_assert(strstr(out.p, "nan") == NULL && strstr(out.p, "inf") == NULL);
}
END_TEST

/* Three people: events at 1 and 2, one censored at 3. */
static const double time_[] = {1, 2, 3}, at_risk[] = {3, 2, 1}, events[] = {1, 1, 0},
                    censored[] = {0, 0, 1}, survival[] = {2.0 / 3, 1.0 / 3, 1.0 / 3},
                    se[] = {0.272, 0.272, 0.272}, lower[] = {0.3, 0.07, 0.07},
                    upper[] = {1, 1, NONE};

static fp_result km_result(fp_km_stratum *stratum)
{
    *stratum = (fp_km_stratum){.label = "all",
                               .curve = {.n = 3,
                                         .events = 2,
                                         .length = 3,
                                         .time = time_,
                                         .at_risk = at_risk,
                                         .event = events,
                                         .censored = censored,
                                         .survival = survival,
                                         .se = se,
                                         .lower = lower,
                                         .upper = upper},
                               .median = {2, 1, NONE},
                               .rmst = {NONE, NONE, NONE}};
    return (fp_result){.model = FP_MODEL_KM,
                       .formula = "Surv(time, event) ~ 1",
                       .level = 0.9,
                       .n = 3,
                       .events = 2,
                       .state = "ok",
                       .conf_type = "log",
                       .stratum_count = 1,
                       .strata = stratum};
}

START_TEST(json_of_km)
{
    fp_km_stratum stratum;
    fp_result result = km_result(&stratum);
    json_t *doc = fp_result_json(&result), *first = json_array_get(at(doc, "strata"), 0);
    ck_assert_str_eq(json_string_value(at(doc, "model")), "km");
    ck_assert(json_is_null(at(doc, "logrank")));
    ck_assert_uint_eq(json_array_size(at(doc, "terms")), 0);
    ck_assert_str_eq(json_string_value(at(at(doc, "provenance"), "data_sha256")), "");
    ck_assert_int_eq(json_integer_value(at(first, "n")), 3);
    ck_assert(json_is_null(at(at(first, "median"), "upper")));
    ck_assert(json_is_null(at(at(first, "rmst"), "estimate")));
    json_t *curve = at(first, "curve");
    ck_assert_uint_eq(json_array_size(at(curve, "time")), 3);
    ck_assert(json_real_value(json_array_get(at(curve, "survival"), 0)) == 2.0 / 3);
    ck_assert_int_eq(json_integer_value(json_array_get(at(curve, "at_risk"), 1)), 2);
    ck_assert(json_is_null(json_array_get(at(curve, "upper"), 2)));
    json_decref(doc);
}
END_TEST

START_TEST(text_of_km)
{
    static const char *const wanted[] = {"Kaplan-Meier curves, log intervals", "90% from",
                                         "not reached", "at 1"};
    fp_km_stratum stratum;
    fp_result result = km_result(&stratum);
    FP_BUF_SCOPED(out, FP_MIB);
    ck_assert_int_eq(fp_result_text(&result, &out, NULL), FP_OK);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(strstr(out.p, wanted[i]) != NULL, "no \"%s\" in:\n%s", wanted[i], out.p);
    ck_assert(strstr(out.p, "Log-rank") == NULL);
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    fp_result result = cox_result();
    for (size_t max = 0; max < 600; max += 7) {
        FP_BUF_SCOPED(out, max);
        ck_assert_int_eq(fp_result_text(&result, &out, NULL), FP_NOMEM);
    }
    FP_BUF_SCOPED(out, 100);
    ck_assert_int_eq(fp_result_json_text(&result, &out, NULL), FP_NOMEM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("result");
    TCase *tests = tcase_create("result");
    tcase_add_test(tests, numbers_survive_the_text);
    tcase_add_test(tests, undefined_is_null);
    tcase_add_test(tests, keys_of_cox);
    tcase_add_test(tests, optional_parts_are_absent);
    tcase_add_test(tests, a_name_outside_utf8);
    tcase_add_test(tests, text_of_cox);
    tcase_add_test(tests, json_of_km);
    tcase_add_test(tests, text_of_km);
    tcase_add_test(tests, a_full_buffer_is_told);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
