/* Fifty people worked by hand: tests/data/study/by_hand.people.csv holds for each the outcome it is
 * worked for, the answer and why in one line. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "study/study_fixture.h"

static study s;

static void read_folder(void)
{
    study_begin_folder(&s, "by_hand");
}

static void tear_down(void)
{
    study_end(&s);
}

static const char *cell(ptrdiff_t row, const char *column)
{
    const fp_source *people = &s.data.sources[FP_SOURCE_PEOPLE];
    return people->cells[fp_source_column(people, &s.protocol, column)][row];
}

/* The line of person i in the answer: time,event,reason. */
static void expected_line(ptrdiff_t i, char *out, size_t size)
{
    ptrdiff_t row = s.data.people[i].row;
    (void)snprintf(out, size, "%s,%s,%s,%s,%s", s.data.people[i].id, cell(row, "outcome"),
                   cell(row, "expected_time"), cell(row, "expected_event"),
                   cell(row, "expected_reason"));
}

START_TEST(each_person_comes_out_as_worked_by_hand)
{
    ptrdiff_t compared = 0;
    for (ptrdiff_t k = 0; k < s.protocol.outcome_count; k++) {
        fp_outcomes outcomes = derive(&s, s.protocol.outcomes[k].id);
        FP_BUF_SCOPED(csv, FP_MIB);
        fp_outcomes_csv(&s.data, &outcomes, &csv);
        char *line = csv.p, *end;
        for (ptrdiff_t i = 0; i < s.data.person_count; i++, line = end + 1) {
            char expected[256];
            end = strchr(line, '\n');
            ck_assert_ptr_nonnull(end);
            *end = '\0';
            if (strcmp(cell(s.data.people[i].row, "outcome"), s.protocol.outcomes[k].id) != 0)
                continue;
            expected_line(i, expected, sizeof expected);
            ck_assert_str_eq(line, expected);
            compared++;
        }
    }
    ck_assert_int_eq(compared, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study by hand");
    TCase *tcase = tcase_create("by hand");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, read_folder, tear_down);
    tcase_add_test(tcase, each_person_comes_out_as_worked_by_hand);
    return run_suite(suite);
}
