#ifndef FP_TEST_RUN_SUITE_H
#define FP_TEST_RUN_SUITE_H

#include <check.h>
#include <stdlib.h>

/* What the main() of a test program returns: every test of the suite run, 0 where none failed. How
 * much is printed is the environment's CK_VERBOSITY. The suite is freed. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
