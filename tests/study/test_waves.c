/* Answers by wave in a study: three scales, models that go with them and one that does not
 * (tests/data/study/answers, made by make_answers.R). */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"
#include "study/results.h"
#include "study/study_fixture.h"

static fp_arena *arena;
static fp_protocol protocol;
static fp_study_data data;
static fp_results results;

static void compute(void)
{
    static const char folder[] = FP_TEST_DATA "/study/answers";
    fp_err err = {0};
    fp_problems problems;
    fp_source sources[FP_SOURCE_COUNT];
    arena = fp_arena_create(4 * FP_GIB);
    fp_problems_init(&problems, 50, arena);
    ck_assert_int_eq(FP_OK, fp_protocol_read(FP_TEST_DATA "/study/answers/study.yaml", arena,
                                             &protocol, &problems, &err));
    for (int kind = 0; kind < FP_SOURCE_COUNT; kind++)
        ck_assert_int_eq(FP_OK, fp_source_read(folder, &protocol, (fp_source_kind)kind, arena,
                                               &sources[kind], &err));
    ck_assert_int_eq(FP_OK,
                     fp_study_data_build(&protocol, sources, NULL, arena, &data, &problems, &err));
    problems_print(&problems);
    ck_assert_int_eq(problems.errors, 0);
    ck_assert_int_eq(FP_OK, fp_results_compute(&data, NULL, arena, &results, &err));
}

static void release(void)
{
    fp_arena_destroy(arena);
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

int main(void)
{
    Suite *suite = suite_create("answers by wave");
    TCase *tests = tcase_create("waves");
    tcase_add_unchecked_fixture(tests, compute, release);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, holm_of_the_p_that_is_shown);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
