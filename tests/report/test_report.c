#include <stdlib.h>

#include "report_cases.h"
#include "run_suite.h"

int main(void)
{
    Suite *suite = suite_create("report");
    suite_add_tcase(suite, mustache_cases());
    suite_add_tcase(suite, read_cases());
    suite_add_tcase(suite, words_cases());
    suite_add_tcase(suite, report_cases());
    suite_add_tcase(suite, wording_cases());
    return run_suite(suite);
}
