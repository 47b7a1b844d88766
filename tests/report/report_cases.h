#ifndef FP_TESTS_REPORT_CASES_H
#define FP_TESTS_REPORT_CASES_H

/* Compare doubles at full precision in messages. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include "html.h"

TCase *mustache_cases(void);
TCase *report_cases(void);
TCase *wording_cases(void);
TCase *words_cases(void);
TCase *read_cases(void);

#endif
