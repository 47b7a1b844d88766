/* What people read: the explanation of an outcome and the table of repairs. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "run_suite.h"
#include "study/study_fixture.h"

static study s;

static void set_up(void)
{
    study_begin_folder(&s, "by_hand");
}

static void tear_down(void)
{
    study_end(&s);
}

static ptrdiff_t person_of(const char *id)
{
    for (ptrdiff_t i = 0; i < s.data.person_count; i++)
        if (!strcmp(s.data.people[i].id, id))
            return i;
    ck_abort_msg("%s", id);
}

/* The texts of some people, each under the outcome they were worked for, as they stand in
 * by_hand.explained.txt. */
START_TEST(explained_in_plain_words)
{
    static const char *const who[][2] = {
        {"h02", "default"},    {"h05", "default"},        {"h14", "default"},
        {"h16", "default"},    {"h21", "default"},        {"h25", "default"},
        {"h26", "ignore_run"}, {"h27", "event_at_0"},     {"h33", "default"},
        {"h34", "default"},    {"h36", "qualifying_day"}, {"h37", "qualifying_day"},
        {"h09", "gap3"},       {"h06", "largest"},        {"h41", "default"},
        {"h44", "hours_m2"},   {"h46", "hours_m2"}};
    fp_str expected;
    FP_BUF_SCOPED(said, FP_MIB);
    for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
        fp_outcomes outcomes = derive(&s, who[i][1]);
        ck_assert_int_eq(
            fp_outcome_explain(&s.data, &outcomes, person_of(who[i][0]), s.arena, &said, &s.err),
            FP_OK);
        fp_buf_put(&said, "----\n");
    }
    ck_assert_int_eq(fp_file_read(FP_TEST_DATA "/study/by_hand.explained.txt", FP_MIB, s.arena,
                                  &expected, &s.err),
                     FP_OK);
    ck_assert_str_eq(said.p, expected.p);
}
END_TEST

START_TEST(counted_by_repair)
{
    FP_BUF_SCOPED(said, FP_MIB);
    fp_outcomes outcomes = derive(&s, "default");
    fp_outcomes_counts(&s.data, &outcomes, false, &said);
    ck_assert_str_eq(said.p, "default                      rows   people\n"
                             "used                           57       42\n"
                             "unknown-person                  0        0\n"
                             "duplicate                       1        1\n"
                             "reversed-dates                  1        1\n"
                             "after-end                       1        1\n"
                             "hours-missing-or-zero           2        1\n"
                             "hours-above-80                  1        1\n"
                             "other-kind                      1        1\n"
                             "all rows                       64\n");
}
END_TEST

/* Rows of people whom nobody knows belong to no arm. */
START_TEST(counted_by_arm)
{
    study t;
    study_begin(&t,
                "study: { id: demo }\n"
                "design: { kind: individually-randomised, factors: { ips: [without, with] } }\n"
                "sources:\n"
                "  people: { file: p.csv, id: person, start: a, end: b, columns: [ips] }\n"
                "  episodes: { file: e.csv, person: person, start: a, end: b, hours: h }\n"
                "outcomes: [{ id: w, kind: time-to-event, follow_up: 12m }]\n",
                NULL,
                "person,a,b,ips\np1,2021-01-04,2022-03-01,with\np2,2021-01-04,2022-03-01,without\n",
                "person,a,b,h\np1,2021-02-01,,20\np1,2021-03-01,,20\np2,2021-03-01,,90\n"
                "p3,2021-03-01,,20\n");
    ck_assert_int_eq(t.problems.count, 0);
    fp_outcomes outcomes = derive(&t, "w");
    FP_BUF_SCOPED(said, FP_MIB);
    fp_outcomes_counts(&t.data, &outcomes, true, &said);
    ck_assert_str_eq(
        said.p, "w                            rows   people           without              with\n"
                "used                            2        1         0 /     0         2 /     1\n"
                "unknown-person                  1        0         0 /     0         0 /     0\n"
                "duplicate                       0        0         0 /     0         0 /     0\n"
                "reversed-dates                  0        0         0 /     0         0 /     0\n"
                "after-end                       0        0         0 /     0         0 /     0\n"
                "hours-missing-or-zero           0        0         0 /     0         0 /     0\n"
                "hours-above-80                  1        1         1 /     1         0 /     0\n"
                "other-kind                      0        0         0 /     0         0 /     0\n"
                "all rows                        4\n"
                "By arm: rows / people.\n");
    study_end(&t);
}
END_TEST

START_TEST(a_text_that_does_not_fit)
{
    FP_BUF_SCOPED(said, 200);
    fp_outcomes outcomes = derive(&s, "default");
    ck_assert_int_eq(
        fp_outcome_explain(&s.data, &outcomes, person_of("h33"), s.arena, &said, &s.err), FP_NOMEM);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study text");
    TCase *tcase = tcase_create("text");
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, explained_in_plain_words);
    tcase_add_test(tcase, counted_by_repair);
    tcase_add_test(tcase, counted_by_arm);
    tcase_add_test(tcase, a_text_that_does_not_fit);
    return run_suite(suite);
}
