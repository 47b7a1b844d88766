/* Answers by wave in a study: three scales, models that go with them and one that does not
 * (tests/data/study/answers.yaml, made by make_answers.R). */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"
#include "study/results.h"
#include "study/study_fixture.h"

static study s;
static fp_results results;

static void compute(void)
{
    study_begin_folder(&s, "answers");
    ck_assert_int_eq(FP_OK, fp_results_compute(&s.data, NULL, s.arena, &results, &s.err));
}

static void release(void)
{
    study_end(&s);
}

static const fp_fact *fact(const char *id)
{
    const fp_fact *f = fp_results_fact(&results, id);
    ck_assert_msg(f != NULL, "no fact %s", id);
    return f;
}

static double value(const char *analysis, int wave, const char *rest)
{
    char id[256];
    (void)snprintf(id, sizeof id, "%s.wave=%dm.%s", analysis, wave, rest);
    return fact(id)->value;
}

/* The corrected p-values are those of the p-values that stand beside them. */
START_TEST(holm_of_the_p_that_is_shown)
{
    static const char *const terms[] = {"ipswith", "pawith", "ipswith:pawith"};
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < 4; i++) {
            char p_id[64], holm_id[64];
            double corrected = 0;
            (void)snprintf(p_id, sizeof p_id, "%s.p", terms[t]);
            (void)snprintf(holm_id, sizeof holm_id, "%s.p_holm", terms[t]);
            double own = value("work_waves", 6 * i, p_id);
            for (int k = 0; k < 4;
                 k++) { /* those up to this one, each times how many are not below */
                double p = value("work_waves", 6 * k, p_id);
                int above = 0;
                for (int l = 0; l < 4; l++)
                    above += value("work_waves", 6 * l, p_id) >= p;
                if (p <= own)
                    corrected = fmax(corrected, fmin(1, above * p));
            }
            ck_assert_double_eq_tol(value("work_waves", 6 * i, holm_id), corrected, 1e-14);
        }
}
END_TEST

static void check_printed(const char *id, fp_fact_kind kind, const char *text)
{
    char printed[64];
    fp_fact_text(fact(id), &fp_numstyle_en, printed);
    ck_assert_int_eq(fact(id)->kind, kind);
    ck_assert_msg(strcmp(printed, text) == 0, "%s is printed %s, not %s", id, printed, text);
}

/* Shares per cent, their differences in points; other scales with the decimals that they need. */
START_TEST(numbers_are_printed_in_their_scale)
{
    check_printed("work_waves.wave=18m.both.mean", FP_FACT_SHARE, "91%");
    check_printed("work_waves.wave=18m.both.lower", FP_FACT_SHARE, "74%");
    check_printed("work_waves.wave=18m.ipswith.difference", FP_FACT_POINTS, "29.5");
    check_printed("work_waves.wave=18m.ipswith.upper", FP_FACT_POINTS, "43.6");
    check_printed("mood_waves.wave=6m.ips=with.mean", FP_FACT_NUMBER, "3.15");
    check_printed("mood_waves.wave=6m.ipswith.difference", FP_FACT_NUMBER, "0.16");
    check_printed("score_waves.month=18.ips=with.upper", FP_FACT_NUMBER, "58.9");
    check_printed("mood_waves.wave=6m.ipswith.df", FP_FACT_NUMBER, "10.0");
}
END_TEST

/* Random effects of people alone in a trial of coaches are told; others are not. */
START_TEST(a_mixed_model_without_the_unit)
{
    ptrdiff_t told = 0;
    for (ptrdiff_t i = 0; i < results.warning_count; i++)
        if (strstr(results.warnings[i], "no random effect of coach")) {
            ck_assert_int_eq(strncmp(results.warnings[i], "mood_people:", 12), 0);
            told++;
        }
    ck_assert_int_eq(told, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answers by wave");
    TCase *tests = tcase_create("waves");
    tcase_add_unchecked_fixture(tests, compute, release);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, holm_of_the_p_that_is_shown);
    tcase_add_test(tests, numbers_are_printed_in_their_scale);
    tcase_add_test(tests, a_mixed_model_without_the_unit);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
