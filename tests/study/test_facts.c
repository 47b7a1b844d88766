/* Every number of two reports against R, which computed it from the raw rows on its own:
 * make_facts_expected.R beside this file. The example, and its rows made harsher: people who died,
 * moved or were lost, people at work at the start, gaps in the baseline. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "study/results.h"
#include "study/study_fixture.h"

/* Facts that R does not compute, each with its reason: none. */
static const char *const without_expectation[] = {NULL};

static fp_arena *arena;
static fp_protocol protocol;
static fp_study_data data;
static fp_results results;
static const fp_table *expected;

static void must(fp_status status, const fp_err *err)
{
    char text[1400];
    fp_err_text(err, text, sizeof text);
    ck_assert_msg(status == FP_OK, "%s", text);
}

static void compute(const char *folder, const char *facts)
{
    char path[512];
    fp_err err = {0};
    fp_problems problems;
    fp_source sources[FP_SOURCE_COUNT];
    arena = fp_arena_create(4 * FP_GIB);
    (void)snprintf(path, sizeof path, "%s/study.yaml", folder);
    fp_problems_init(&problems, 50, arena);
    must(fp_protocol_read(path, arena, &protocol, &problems, &err), &err);
    for (int kind = 0; kind < FP_SOURCE_COUNT; kind++)
        must(fp_source_read(folder, &protocol, (fp_source_kind)kind, arena, &sources[kind], &err),
             &err);
    must(fp_study_data_build(&protocol, sources, NULL, arena, &data, &problems, &err), &err);
    problems_print(&problems);
    ck_assert_int_eq(problems.errors, 0);
    must(fp_results_compute(&data, NULL, arena, &results, &err), &err);
    must(fp_table_read(facts, NULL, arena, &expected, &err), &err);
}

static void compute_example(void)
{
    compute(FP_SOURCE_DIR "/examples/amsterdam", FP_TEST_DATA "/study/amsterdam_facts.csv");
}

static void compute_harsh(void)
{
    compute(FP_TEST_DATA "/study/harsh", FP_TEST_DATA "/study/harsh_facts.csv");
}

static void release(void)
{
    fp_arena_destroy(arena);
}

/* Matching digits of two numbers; 17 where they are equal or both undefined. */
static double digits(double got, double want)
{
    if (got == want || (isnan(got) && isnan(want)))
        return 17;
    double apart = fabs(got - want) / fmax(1, fabs(want));
    return isfinite(apart) ? -log10(apart) : 0;
}

START_TEST(every_fact_agrees_with_r)
{
    const fp_column *value = fp_table_column(expected, 1),
                    *tolerance = fp_table_column(expected, 2);
    double worst = 17;
    ptrdiff_t agreeing = 0, rows = fp_table_rows(expected), worst_row = 0;
    for (ptrdiff_t i = 0; i < rows; i++) {
        fp_str cell = fp_table_cell(expected, i, 0);
        char id[256];
        (void)snprintf(id, sizeof id, "%.*s", (int)cell.n, cell.p);
        const fp_fact *fact = fp_results_fact(&results, id);
        if (!fact) {
            printf("%s: R has it, the program has not\n", id);
            continue;
        }
        double want = value->missing[i] ? (double)NAN : value->number[i];
        if (want >= 1e300) /* how R writes that there is no upper limit */
            want = HUGE_VAL;
        double same = digits(fact->value, want);
        if (same >= -log10(tolerance->number[i]))
            agreeing++;
        else
            printf("%s: %.17g, R says %.17g\n", id, fact->value, want);
        if (same < worst) {
            worst = same;
            worst_row = i;
        }
    }
    fp_str least = fp_table_cell(expected, worst_row, 0);
    printf("%td of %td facts agree with R; at least %.1f digits (%.*s)\n", agreeing, rows, worst,
           (int)least.n, least.p);
    (void)fflush(stdout);
    ck_assert_int_eq(agreeing, rows);
    ck_assert_int_gt(rows, 800);
}
END_TEST

static bool is_expected(const char *id)
{
    for (ptrdiff_t i = 0; i < fp_table_rows(expected); i++)
        if (fp_str_is(fp_table_cell(expected, i, 0), id))
            return true;
    for (const char *const *other = without_expectation; *other; other++)
        if (strcmp(*other, id) == 0)
            return true;
    return false;
}

START_TEST(no_fact_without_an_expectation)
{
    ptrdiff_t unknown = 0;
    for (ptrdiff_t i = 0; i < results.fact_count; i++)
        if (!is_expected(results.facts[i].id)) {
            printf("%s: no expected value\n", results.facts[i].id);
            unknown++;
        }
    (void)fflush(stdout);
    ck_assert_int_eq(unknown, 0);
}
END_TEST

START_TEST(ids_are_distinct)
{
    for (ptrdiff_t i = 0; i < results.fact_count; i++)
        ck_assert_msg(fp_results_fact(&results, results.facts[i].id) == &results.facts[i],
                      "%s stands there twice", results.facts[i].id);
}
END_TEST

static void add_case(Suite *suite, const char *name, void (*set_up)(void))
{
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, set_up, release);
    tcase_add_test(tcase, every_fact_agrees_with_r);
    tcase_add_test(tcase, no_fact_without_an_expectation);
    tcase_add_test(tcase, ids_are_distinct);
}

int main(void)
{
    Suite *suite = suite_create("facts against R");
    add_case(suite, "example", compute_example);
    add_case(suite, "harsh", compute_harsh);
    return run_suite(suite);
}
