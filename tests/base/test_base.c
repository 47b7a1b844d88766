#include "base/base_cases.h"

int main(void)
{
    Suite *suite = suite_create("base");
    suite_add_tcase(suite, case_err());
    suite_add_tcase(suite, case_arena());
    suite_add_tcase(suite, case_str());
    suite_add_tcase(suite, case_date());
    suite_add_tcase(suite, case_num());
    suite_add_tcase(suite, case_rng());
    suite_add_tcase(suite, case_parallel());
    suite_add_tcase(suite, case_file());
    suite_add_tcase(suite, case_catalog());
    suite_add_tcase(suite, case_progress());
    suite_add_tcase(suite, case_decimal());
    suite_add_tcase(suite, case_encoding());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
