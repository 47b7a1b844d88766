#include <stdlib.h>

#include "report_cases.h"

int main(void)
{
    Suite *suite = suite_create("report");
    suite_add_tcase(suite, mustache_cases());
    suite_add_tcase(suite, read_cases());
    suite_add_tcase(suite, words_cases());
    suite_add_tcase(suite, report_cases());
    suite_add_tcase(suite, wording_cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
