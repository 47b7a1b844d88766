#ifndef FP_TEST_COX_PLUS_H
#define FP_TEST_COX_PLUS_H

/* What the tests of exact ties, Firth's penalty and frailty share: cox_plus.txt, made by
 * make_cox_plus.R, and the data it was made from. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include "stats_data.h"

#define OK(call) ck_assert_int_eq((call), FP_OK)
#define NEAR(got, want, by)                                                                        \
    ck_assert_double_eq_tol((got), (want), (by) * (1 + fabs((double)(want))))

extern fp_arena *plus_arena;
extern fp_err plus_err;

void plus_setup(void);
void plus_teardown(void);
/* One line of cox_plus.txt; ends the test where there is none. */
const test_expected *plus_expected(const char *name, const char *what);
/* Compare with it: `least` digits must match. Prints what does match with FP_TEST_DIGITS set. */
void plus_must(const char *name, const char *what, const double *got, ptrdiff_t n, double least);
/* Columns of a table as survival data; start and stratum may be NULL. */
fp_survdata plus_data(const test_table *t, const char *start, const char *stratum);
double *plus_doubles(ptrdiff_t n);
int32_t *plus_codes(ptrdiff_t n);
/* Run the suite; the exit status. */
int plus_run(const char *name, const TTest *const *tests, size_t count);

#endif
