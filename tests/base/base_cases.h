#ifndef FP_TESTS_BASE_BASE_CASES_H
#define FP_TESTS_BASE_BASE_CASES_H

#define CK_FLOATING_DIG 17
#include <check.h>

/* One case a file of src/base/; test_base.c runs them all. */
TCase *case_err(void);
TCase *case_arena(void);
TCase *case_str(void);
TCase *case_date(void);
TCase *case_num(void);
TCase *case_rng(void);
TCase *case_parallel(void);
TCase *case_file(void);
TCase *case_catalog(void);
TCase *case_progress(void);
TCase *case_decimal(void);
TCase *case_encoding(void);

#endif
