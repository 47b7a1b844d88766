#ifndef FP_TESTS_WEB_CASES_H
#define FP_TESTS_WEB_CASES_H

#include <check.h>

/* The test program of the room: one function a file. */
TCase *case_decode(void);
TCase *case_field(void);

#endif
