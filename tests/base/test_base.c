#include "base/base_cases.h"
#include "run_suite.h"

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
    return run_suite(suite);
}
