#ifndef FP_TESTS_REPORT_CASES_H
#define FP_TESTS_REPORT_CASES_H

/* Compare doubles at full precision in messages. */
#define CK_FLOATING_DIG 17
#include <check.h>

TCase *mustache_cases(void);

#endif
