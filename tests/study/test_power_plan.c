#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"
#include "study/power.h"
#include "study/study_fixture.h"

/* The power of the example's plan, before anybody is randomised. */

static fp_power_options few(void)
{
    fp_power_options options = fp_power_defaults();
    options.trials = 300;
    return options;
}

/* The text of the example's plan, without the line that begins with `key` (NULL = whole). */
static void example(study *s, const char *key)
{
    static char text[65536];
    FILE *file = fopen(FP_SOURCE_DIR "/examples/amsterdam/study.yaml", "r");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    if (key) {
        char *at = strstr(text, key);
        ck_assert_msg(at != NULL, "%s", key);
        char *end = strchr(at, '\n');
        memmove(at, end + 1, strlen(end));
    }
    study_begin(s, text, NULL, NULL, NULL);
    ck_assert_int_eq(s->problems.errors, 0);
}

START_TEST(the_example)
{
    study s;
    fp_study_power power;
    fp_power_options options = few();
    example(&s, NULL);
    ck_assert(fp_study_power_known(&s.protocol));
    ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK);
    ck_assert_int_eq(power.answer_count, 2);
    ck_assert_int_eq(power.test_count, 6);
    for (ptrdiff_t i = 0; i < 6; i++) {
        const fp_study_power_test *t = &power.tests[i];
        bool permuted = i % 2;
        ck_assert_int_eq(t->row->analysis, permuted ? FP_POWER_PERMUTATION : FP_POWER_MD);
        ck_assert(t->row->power.share > 0.05 && t->row->power.share < 0.6);
        ck_assert(isnan(t->detectable));
        if (permuted)
            ck_assert_double_eq_tol(t->row->power.smallest_p, i < 4 ? 0.005 : 8 / 369600.0, 1e-12);
    }
    ck_assert_str_eq(power.tests[0].spec->id, "primary_ips");
    ck_assert_str_eq(power.tests[4].row->question->name, "ips:pa");
    ck_assert_double_eq_tol(exp(power.tests[4].row->question->truth), 5, 1e-12);
    study_end(&s);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    static const char *const keys[] = {"    people: ", "    clusters: ", "    hazard_ratio: ",
                                       "    event_probability: ", "    icc: "};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        study s;
        fp_study_power power;
        fp_power_options options = few();
        char word[32];
        example(&s, keys[i]);
        (void)snprintf(word, sizeof word, "\"%.*s\"", (int)strcspn(keys[i] + 4, ":"), keys[i] + 4);
        ck_assert(!fp_study_power_known(&s.protocol));
        ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_INPUT);
        ck_assert_msg(strstr(s.err.message, word) != NULL, "%s: %s", word, s.err.message);
        study_end(&s);
    }
}
END_TEST

/* The correction that an analysis names is the one that is simulated. */
START_TEST(the_plan_names_the_test)
{
    study s;
    fp_study_power power;
    fp_power_options options = few();
    example(&s, NULL);
    fp_analysis_spec first = s.protocol.analyses[0];
    first.small_sample = "kc";
    s.protocol.analyses = &first;
    s.protocol.analysis_count = 1;
    s.protocol.planned.clusters = 48;
    ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK);
    ck_assert_int_eq(power.test_count, 2);
    ck_assert_int_eq(power.tests[0].row->analysis, FP_POWER_KC);
    first.small_sample = NULL;
    ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK);
    ck_assert_int_eq(power.tests[0].row->analysis, FP_POWER_ROBUST);
    for (ptrdiff_t i = 0; i < power.note_count; i++)
        ck_assert_ptr_null(strstr(power.notes[i], "covariates"));
    first.formula = "~ ips + pa + age + cluster(coach)";
    ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK);
    ck_assert_ptr_nonnull(strstr(power.notes[power.note_count - 1], "without the covariates"));
    s.protocol.kind = FP_DESIGN_SINGLE_GROUP;
    ck_assert(!fp_study_power_known(&s.protocol));
    study_end(&s);
}
END_TEST

/* ---- analyses of answers by wave ---- */

#define NUMBERS "planned: { difference: 10, sd: 20, icc: 0.03, person_correlation: 0.6 }"
#define EVENTS                                                                                     \
    "planned: { event_probability: 0.3, odds_ratio: 3, icc: 0.03, person_correlation: 0.4 }"

/* A study with answers alone, with that after its outcome and that as its analysis. */
static void answers(study *s, const char *planned, const char *analysis)
{
    static char text[4096];
    (void)snprintf(
        text, sizeof text,
        "study: { id: answers }\n"
        "design:\n  kind: cluster-randomised\n"
        "  factors: { ips: [without, with], pa: [without, with] }\n  cluster: coach\n"
        "  planned: { people: 120, clusters: 12 }\n"
        "schedule: { waves: [0m, 6m, 12m] }\n"
        "sources:\n  coaches: { file: c.csv, id: coach, columns: [ips, pa] }\n"
        "  people: { file: p.csv, id: person, start: s, end: e, columns: [coach, readiness] }\n"
        "  answers: { file: a.csv, person: person, wave: w, item: i, value: v }\n"
        "outcomes:\n  - { id: score, kind: answer, item: score%s%s }\n"
        "analysis:\n  - { id: main, role: secondary, outcome: score, %s }\n",
        planned[0] ? ", " : "", planned, analysis);
    study_begin(s, text, NULL, NULL, NULL);
    ck_assert_int_eq(s->problems.errors, 0);
}

static const fp_power_measure *measure_of(const fp_study_power *power)
{
    return &power->answers[0]->design.measure;
}

START_TEST(answers_are_simulated_by_their_model)
{
    static const struct {
        const char *planned, *analysis;
        fp_power_analysis test;
        fp_power_estimand estimand;
        bool adjusted, binary;
        ptrdiff_t tests;
    } cases[] = {
        {NUMBERS, "model: lmm, formula: \"~ baseline + ips * pa * wave\"", FP_POWER_LMM_KR,
         FP_POWER_LAST, true, false, 2},
        {NUMBERS, "model: gee, formula: \"~ baseline + ips + pa + wave\", effect: pa", FP_POWER_GEE,
         FP_POWER_OVERALL, true, false, 1},
        {NUMBERS, "model: gee, small_sample: md, formula: \"~ ips * month\", effect: ips",
         FP_POWER_GEE_MD, FP_POWER_SLOPE, false, false, 1},
        {NUMBERS, "model: glm, formula: \"~ ips * pa * wave\", effect: \"ips:pa\"", FP_POWER_KC,
         FP_POWER_LAST, false, false, 1},
        {EVENTS, "model: glm, family: binomial, small_sample: mbn, formula: \"~ pa * wave\"",
         FP_POWER_MBN, FP_POWER_LAST, false, true, 1}, /* not of ips, which it does not have */
        {NUMBERS, "model: lmm, formula: \"~ (pa + month)^2\"", FP_POWER_LMM_KR, FP_POWER_SLOPE,
         false, false, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        study s;
        fp_study_power power;
        fp_power_options options = few();
        options.trials = 40;
        answers(&s, cases[i].planned, cases[i].analysis);
        ck_assert(fp_study_power_known(&s.protocol));
        ck_assert_msg(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK,
                      "%s", s.err.message);
        ck_assert_int_eq(power.answer_count, 1);
        ck_assert_int_eq(power.test_count, cases[i].tests);
        ck_assert_str_eq(power.answers[0]->about, "score");
        ck_assert_int_eq(power.tests[0].row->analysis, cases[i].test);
        ck_assert_int_eq(measure_of(&power)->estimand, cases[i].estimand);
        ck_assert_int_eq(measure_of(&power)->adjusted, cases[i].adjusted);
        ck_assert_int_eq(measure_of(&power)->outcome,
                         cases[i].binary ? FP_POWER_BINARY : FP_POWER_CONTINUOUS);
        ck_assert_int_eq(measure_of(&power)->waves, 3);
        ck_assert_double_eq(measure_of(&power)->at[1], 0.5);
        study_end(&s);
    }
}
END_TEST

START_TEST(answers_that_cannot_be_simulated)
{
    static const struct {
        const char *planned, *analysis, *words;
    } cases[] = {
        {"", "model: lmm, formula: \"~ ips * wave\"", "no analysis of an answer that says"},
        {NUMBERS, "model: lmm, formula: \"~ ips + wave\"", "no analysis of an answer"},
        {NUMBERS, "model: lmm, formula: \"~ (ips + wave)^1\"", "no analysis of an answer"},
        {NUMBERS, "model: lmm, formula: \"~ ips * wave + (1 | coach)\"", "no analysis"},
        {NUMBERS, "model: gee, small_sample: fg, formula: \"~ ips * wave\"", "no analysis"},
        {NUMBERS, "model: gee, family: poisson, formula: \"~ ips * wave\"", "no analysis"},
        {"planned: { difference: 10, sd: 20, icc: 0.03 }", "model: lmm, formula: \"~ ips * wave\"",
         "\"person_correlation\" in"},
        {NUMBERS, "model: gee, family: binomial, formula: \"~ ips * wave\"",
         "\"event_probability\" in"},
        {"planned: { difference: 10, sd: 20, icc: 0.3, person_correlation: 0.2 }",
         "model: lmm, formula: \"~ ips * wave\"", "the correlation of a person's answers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        study s;
        fp_study_power power;
        fp_power_options options = few();
        answers(&s, cases[i].planned, cases[i].analysis);
        ck_assert(!fp_study_power_known(&s.protocol));
        ck_assert(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_INPUT);
        ck_assert_msg(strstr(s.err.message, cases[i].words) != NULL, "%s: %s", cases[i].words,
                      s.err.message);
        study_end(&s);
    }
}
END_TEST

/* However many analyses are not simulated, what is said of all of them stays. */
START_TEST(every_note_is_kept)
{
    enum { MORE = 12 };
    study s;
    fp_study_power power;
    fp_power_options options = few();
    static fp_analysis_spec spec[MORE + 1];
    options.trials = 20;
    answers(&s, NUMBERS, "model: lmm, formula: \"~ baseline + readiness + ips * wave\"");
    for (int i = 0; i <= MORE; i++) {
        spec[i] = s.protocol.analyses[0];
        if (i)
            spec[i].formula = "~ wave";
    }
    s.protocol.analyses = spec;
    s.protocol.analysis_count = MORE + 1;
    s.protocol.allocation.balance_count = 1;
    ck_assert_msg(fp_study_power_of(&s.protocol, &options, 0, s.arena, &power, &s.err) == FP_OK,
                  "%s", s.err.message);
    ck_assert_int_eq(power.note_count, MORE + 2);
    ck_assert_ptr_nonnull(strstr(power.notes[MORE], "without the strata"));
    ck_assert_ptr_nonnull(strstr(power.notes[MORE + 1], "without the covariates"));
    study_end(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("power of a plan");
    TCase *tests = tcase_create("plan");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, the_example);
    tcase_add_test(tests, what_is_missing_is_named);
    tcase_add_test(tests, the_plan_names_the_test);
    tcase_add_test(tests, answers_are_simulated_by_their_model);
    tcase_add_test(tests, answers_that_cannot_be_simulated);
    tcase_add_test(tests, every_note_is_kept);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
