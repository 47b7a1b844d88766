#include "cox_plus.h"
#include "run_suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

fp_arena *plus_arena;
fp_err plus_err;
static test_expected *expected;
static ptrdiff_t lines;

void plus_setup(void)
{
    plus_arena = fp_arena_create(FP_GIB);
    ck_assert_ptr_nonnull(plus_arena);
    expected = test_expected_read("cox_plus.txt", &lines, plus_arena);
}

void plus_teardown(void)
{
    fp_arena_destroy(plus_arena);
}

const test_expected *plus_expected(const char *name, const char *what)
{
    for (ptrdiff_t k = 0; k < lines; k++)
        if (strcmp(expected[k].group, name) == 0 && strcmp(expected[k].what, what) == 0)
            return &expected[k];
    ck_abort_msg("%s %s: not in cox_plus.txt", name, what);
    return NULL;
}

void plus_must(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    const test_expected *e = plus_expected(name, what);
    double digits = 17;
    ck_assert_msg(e->n == n, "%s %s: %td values, R has %td", name, what, n, e->n);
    for (ptrdiff_t i = 0; i < n; i++) {
        double same = test_digits(got[i], e->value[i], 1e-3);
        ck_assert_msg(same >= least, "%s %s[%td]: %.17g, R has %.17g", name, what, i, got[i],
                      e->value[i]);
        digits = fmin(digits, same);
    }
    if (getenv("FP_TEST_DIGITS"))
        printf("%-22s %-18s %.1f digits\n", name, what, digits);
}

fp_survdata plus_data(const test_table *t, const char *start, const char *stratum)
{
    fp_survdata d = {.n = t->n, .strata = 1, .stop = test_column(t, "stop")};
    d.event = test_codes(t, "event", plus_arena);
    d.start = start ? test_column(t, start) : NULL;
    d.stratum = stratum ? test_codes(t, stratum, plus_arena) : NULL;
    for (ptrdiff_t i = 0; d.stratum && i < t->n; i++)
        d.strata = d.stratum[i] >= d.strata ? d.stratum[i] + 1 : d.strata;
    return d;
}

double *plus_doubles(ptrdiff_t n)
{
    double *p = fp_arena_array(plus_arena, n, sizeof *p, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

int32_t *plus_codes(ptrdiff_t n)
{
    int32_t *p = fp_arena_array(plus_arena, n, sizeof *p, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

int plus_run(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    tcase_add_checked_fixture(cases, plus_setup, plus_teardown);
    tcase_set_timeout(cases, 60);
    for (size_t k = 0; k < count; k++)
        tcase_add_test(cases, tests[k]);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
