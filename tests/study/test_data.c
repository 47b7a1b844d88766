#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "study/study_fixture.h"

static const char yaml[] =
    "study: { id: demo }\n"
    "design:\n"
    "  kind: cluster-randomised\n"
    "  factors: { ips: [without, with], pa: [without, with] }\n"
    "  cluster: coach\n"
    "sources:\n"
    "  coaches: { file: data/coaches.csv, id: coach, columns: [ips, pa] }\n"
    "  people: { file: data/people.csv, id: person, start: start_date, end: register_end,\n"
    "    end_reason: reason, columns: [coach] }\n"
    "  episodes: { file: data/episodes.csv, person: person, start: start, end: end, hours: hours,\n"
    "    kind: kind }\n"
    "outcomes:\n"
    "  - { id: work, kind: time-to-event, follow_up: 350d, rule: { kinds: [regular] } }\n";

#define COACHES                                                                                    \
    "coach,ips,pa\n"                                                                               \
    "c01,without,without\n"                                                                        \
    "c02,with,without\n"                                                                           \
    "c03,without,with\n"                                                                           \
    "c04,with,with\n"
#define PEOPLE                                                                                     \
    "person,coach,start_date,register_end,reason\n"                                                \
    "p1,c01,2021-01-04,2022-03-01,\n"                                                              \
    "p2,c02,2021-01-05,2022-03-01,moved\n"                                                         \
    "p3,c03,2021-01-06,2022-03-01,NA\n"                                                            \
    "p4,c04,2021-01-07,2022-03-01,\n"
#define EPISODES                                                                                   \
    "person,start,end,hours,kind\n"                                                                \
    "p3,2021-05-01,,\"12,5\",regular\n"                                                            \
    "p1,2021-04-01,2021-06-30,20,trial\n"                                                          \
    "p1,2021-02-01,2021-03-31,16.25,regular\n"                                                     \
    "p9,2021-02-01,2021-03-31,16,regular\n"                                                        \
    "p1,2021-02-01,2021-02-28,,\n"

START_TEST(rows_are_parsed_and_linked)
{
    study s;
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.count, 0);
    const fp_study_data *d = &s.data;
    ck_assert_int_eq(d->coach_count, 4);
    ck_assert_int_eq(d->person_count, 4);
    ck_assert_int_eq(d->arm_count, 4);
    ck_assert_str_eq(d->coaches[2].id, "c03");
    ck_assert_int_eq(d->coaches[2].arm, 2);
    ck_assert_int_eq(d->people[1].coach, 1);
    ck_assert_int_eq(d->people[1].arm, 1);
    ck_assert_int_eq(d->people[3].arm, 3);
    ck_assert_int_eq(d->people[3].level[0], 1);
    ck_assert_int_eq(d->people[3].level[1], 1);
    ck_assert_int_eq(d->people[0].start, day_of("2021-01-04"));
    ck_assert_str_eq(d->people[1].end_reason, "moved");
    ck_assert_str_eq(d->people[2].end_reason, "");
    study_end(&s);
}
END_TEST

START_TEST(spells_are_sorted_by_person_start_end_and_row)
{
    study s;
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    const fp_study_data *d = &s.data;
    static const ptrdiff_t rows[] = {3, 4, 2, 1, 0};
    ck_assert_int_eq(d->spell_count, 5);
    for (ptrdiff_t i = 0; i < 5; i++)
        ck_assert_int_eq(d->spells[i].row, rows[i]);
    ck_assert_int_eq(d->unknown_spells, 1);
    ck_assert_int_eq(d->spells[0].person, -1);
    static const ptrdiff_t first[] = {1, 4, 4, 5, 5};
    for (ptrdiff_t i = 0; i < 5; i++)
        ck_assert_int_eq(d->first_spell[i], first[i]);
    ck_assert_int_eq(d->spells[4].end, FP_DAY_NONE);
    ck_assert(d->spells[4].hours == 12.5);
    ck_assert(d->spells[2].hours == 16.25);
    ck_assert(isnan(d->spells[1].hours));
    ck_assert_int_eq(d->kind_count, 2);
    ck_assert_str_eq(d->kinds[0], "regular");
    ck_assert_str_eq(d->kinds[1], "trial");
    ck_assert_int_eq(d->spells[1].kind, -1);
    ck_assert_int_eq(d->spells[2].kind, 0);
    ck_assert_int_eq(d->spells[3].kind, 1);
    study_end(&s);
}
END_TEST

START_TEST(columns_of_a_source)
{
    study s;
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    const fp_source *people = &s.data.sources[FP_SOURCE_PEOPLE];
    ck_assert_str_eq(people->file, "data/people.csv");
    ck_assert_int_eq(people->column_count, 5);
    ck_assert_int_eq(fp_source_role(people, &s.protocol, "id"), 0);
    ck_assert_int_eq(fp_source_role(people, &s.protocol, "end_reason"), 3);
    ck_assert_int_eq(fp_source_role(people, &s.protocol, "hours"), -1);
    ck_assert_int_eq(fp_source_column(people, &s.protocol, "coach"), 4);
    ck_assert_int_eq(fp_source_column(people, &s.protocol, "colour"), -1);
    ck_assert_int_eq(people->line[3], 5);
    ck_assert_str_eq(people->cells[0][3], "p4");
    study_end(&s);
}
END_TEST

typedef struct {
    const char *coaches, *people, *episodes;
    const char *problems; /* one a line, notes begin with "note: " */
} data_case;

#define C_HEAD "coach,ips,pa\n"
#define P_TOP  "person,coach,start_date,register_end,reason\n"
#define P_HEAD P_TOP "p0,c02,2021-01-04,2022-03-01,\n"
#define E_HEAD "person,start,end,hours,kind\n"
#define E_ROW  "p1,2021-02-01,2021-03-31,16,regular\n"
#define TWO                                                                                        \
    "note: data/coaches.csv: no coach in arm \"pa\"\n"                                             \
    "note: data/coaches.csv: no coach in arm \"both\""

static const data_case cases[] = {
    {COACHES, P_HEAD "p1,c01,2021-02-30,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"start_date\": \"2021-02-30\" is not a day that exists "
     "(correct the date)"},
    {COACHES, P_HEAD "p1,c01,02/03/2021,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"start_date\": \"02/03/2021\" is not a date (write "
     "2021-02-28, 20210228 or 28-02-2021)"},
    {COACHES, P_HEAD "p1,c01,2021-01-04,,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"register_end\": there is no date (write a date such as "
     "2021-02-28)"},
    {COACHES, P_HEAD "p1,c01,2022-03-02,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"start_date\": the start 2022-03-02 lies after the last day "
     "of the register, 2022-03-01 (correct one of the two)"},
    {COACHES, P_HEAD "p1,c01,2022-03-01,2022-03-01,\n", E_HEAD E_ROW, ""},
    {COACHES, P_HEAD "p1,c1,2021-01-04,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"coach\": coach \"c1\" is not in data/coaches.csv (did you "
     "mean \"c01\"? correct the row, or add the coach to data/coaches.csv)"},
    {COACHES, P_HEAD "p1,,2021-01-04,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"coach\": there is no coach (write the coach to whom the "
     "person was allocated)"},
    {COACHES, PEOPLE "p2,c02,2021-01-05,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 6, column \"person\": person p2 stands there twice, first in line 3 "
     "(keep one of them)"},
    {COACHES, P_HEAD ",c01,2021-01-04,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv, line 3, column \"person\": there is no id"},
    {COACHES "c03,with,with\n", PEOPLE, E_HEAD E_ROW,
     "data/coaches.csv, line 6: coach c03 is in two arms: line 4 says ips=without, line 6 ips=with "
     "(keep the row of the allocation list)"},
    {COACHES "c01,with,with\n", PEOPLE, E_HEAD E_ROW,
     "data/coaches.csv, line 6: coach c01 is in two arms: line 2 says ips=without, pa=without, "
     "line 6 ips=with, pa=with (keep the row of the allocation list)"},
    {COACHES "c03,without,with\n", PEOPLE, E_HEAD E_ROW,
     "data/coaches.csv, line 6, column \"coach\": coach c03 stands there twice, first in line 4 "
     "(keep one of them)"},
    {COACHES "c05,maybe,with\n", PEOPLE, E_HEAD E_ROW,
     "data/coaches.csv, line 6, column \"ips\": \"maybe\" is not a level of the factor ips "
     "(levels: without, with)"},
    {COACHES "c05,,with\n", PEOPLE, E_HEAD E_ROW,
     "data/coaches.csv, line 6, column \"ips\": \"\" is not a level of the factor ips (levels: "
     "without, with)"},
    {C_HEAD "c01,without,without\nc02,with,without\n", P_HEAD "p1,c01,2021-01-04,2022-03-01,\n",
     E_HEAD E_ROW, TWO},
    {C_HEAD "c01,without,without\n", P_TOP "p1,c01,2021-01-04,2022-03-01,\n", E_HEAD E_ROW,
     "data/coaches.csv: there is one cluster: a cluster-randomised design needs at least two (add "
     "the coaches that are missing)\n"
     "note: data/coaches.csv: no coach in arm \"ips\"\n" TWO},
    {COACHES, P_TOP "p1,c02,2021-01-04,2022-03-01,\np2,c02,2021-01-04,2022-03-01,\n", E_HEAD E_ROW,
     "data/people.csv: all people belong to one cluster, c02: a cluster-randomised design needs at "
     "least two (add the people of the other coaches)"},
    {COACHES, PEOPLE, E_HEAD "p1,2021-02-29,2021-03-31,16,regular\n",
     "data/episodes.csv, line 2, column \"start\": \"2021-02-29\" is not a day that exists "
     "(correct "
     "the date)"},
    {COACHES, PEOPLE, E_HEAD E_ROW "p1,,2021-03-31,16,regular\n",
     "data/episodes.csv, line 3, column \"start\": there is no date (write a date such as "
     "2021-02-28)"},
    {COACHES, PEOPLE, E_HEAD E_ROW "p1,2021-02-01,soon,16,regular\n",
     "data/episodes.csv, line 3, column \"end\": \"soon\" is not a date (write 2021-02-28, "
     "20210228 "
     "or 28-02-2021)"},
    {COACHES, PEOPLE, E_HEAD E_ROW "p1,2021-02-01,2021-03-31,1O,regular\n",
     "data/episodes.csv, line 3, column \"hours\": \"1O\" is not a number (write hours a week such "
     "as 12, 12.5 or 12,5; leave unknown ones empty)"},
    {COACHES, PEOPLE, E_HEAD "p1,2021-02-01,2021-03-31,16,Regular\n",
     "note: data/episodes.csv, column \"kind\": no row is of the kind \"regular\" that outcome "
     "work counts (did you mean \"Regular\"?)"},
    /* Messy spells are no problem: the repairs deal with them. */
    {COACHES, PEOPLE,
     E_HEAD E_ROW E_ROW "p9,2021-02-01,2021-01-01,-3,regular\np1,20210201,"
                        "28-02-2021,400,x\n",
     ""},
};
#define CASES (int)(sizeof cases / sizeof *cases)

START_TEST(says_what_is_wrong_and_where)
{
    study s;
    char text[1400];
    const data_case *c = &cases[_i];
    FP_BUF_SCOPED(said, FP_MIB);
    study_begin(&s, yaml, c->coaches, c->people, c->episodes);
    for (ptrdiff_t i = 0; i < s.problems.kept; i++)
        fp_buf_printf(&said, "%s%s%s", i ? "\n" : "", s.problems.items[i].is_error ? "" : "note: ",
                      problem_text(&s.problems, i, text, sizeof text));
    ck_assert_str_eq(said.p, c->problems);
    study_end(&s);
}
END_TEST

/* Rows that come from the database may be none. */
START_TEST(no_people)
{
    study s;
    char text[1400];
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    fp_problems problems;
    fp_problems_init(&problems, 9, s.arena);
    s.sources[FP_SOURCE_PEOPLE].rows = 0;
    ck_assert_int_eq(
        fp_study_data_build(&s.protocol, s.sources, NULL, s.arena, &s.data, &problems, &s.err),
        FP_OK);
    ck_assert_int_eq(problems.errors, 1);
    ck_assert_str_eq(problem_text(&problems, 0, text, sizeof text),
                     "data/people.csv: there are no people (add a row for each person)");
    ck_assert_int_eq(s.data.unknown_spells, 5);
    study_end(&s);
}
END_TEST

START_TEST(a_file_without_a_mapped_column)
{
    study s;
    char text[1400];
    fp_source source;
    study_begin(&s, yaml, NULL, NULL, NULL);
    fp_status status = fp_source_read_text("data/people.csv",
                                           FP_STR("person,coach,start_dat,register_end,reason\n"
                                                  "p1,c1,2021-01-01,2022-01-01,\n"),
                                           &s.protocol, FP_SOURCE_PEOPLE, s.arena, &source, &s.err);
    ck_assert_int_eq(status, FP_INPUT);
    fp_err_text(&s.err, text, sizeof text);
    ck_assert_str_eq(text, "data/people.csv, line 1: there is no column \"start_date\", which "
                           "study.yaml (line 8) asks of people (did you mean \"start_dat\"? its "
                           "columns: person, coach, start_dat, register_end, reason)");
    ck_assert_int_eq(
        fp_source_read("nowhere", &s.protocol, FP_SOURCE_PEOPLE, s.arena, &source, &s.err),
        FP_INPUT);
    study_end(&s);
}
END_TEST

/* The allocation may stand with the people themselves. */
START_TEST(individually_randomised)
{
    static const char design[] =
        "study: { id: demo }\n"
        "design: { kind: individually-randomised, factors: { dose: [low, mid, high] } }\n"
        "sources:\n"
        "  people: { file: people.csv, id: person, start: a, end: b, columns: [dose] }\n";
    study s;
    study_begin(&s, design, NULL,
                "person,a,b,dose\np1,2021-01-01,2021-02-01,high\np2,2021-01-01,2021-02-01,low\n",
                NULL);
    ck_assert_int_eq(s.problems.errors, 0);
    ck_assert_int_eq(s.problems.count, 1); /* a note: nobody in arm "mid" */
    ck_assert_int_eq(s.data.arm_count, 3);
    ck_assert_int_eq(s.data.people[0].arm, 2);
    ck_assert_int_eq(s.data.people[1].arm, 0);
    ck_assert_int_eq(s.data.people[0].coach, -1);
    ck_assert_str_eq(fp_arm_key(&s.data, 2), "high");
    ck_assert_int_eq(s.data.first_spell[2], 0);
    study_end(&s);
}
END_TEST

/* Without a source of coaches the clusters are the values of the cluster column. */
START_TEST(coaches_made_from_people)
{
    static const char design[] =
        "study: { id: demo }\n"
        "design: { kind: cluster-randomised, factors: { ips: [without, with] }, cluster: coach }\n"
        "sources:\n"
        "  people: { file: people.csv, id: person, start: a, end: b, columns: [coach, ips] }\n";
    study s;
    char text[1400];
    study_begin(&s, design, NULL,
                "person,a,b,coach,ips\np1,2021-01-01,2021-02-01,c1,with\n"
                "p2,2021-01-01,2021-02-01,c2,without\np3,2021-01-01,2021-02-01,c1,with\n",
                NULL);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.count, 0);
    ck_assert_int_eq(s.data.coach_count, 2);
    ck_assert_int_eq(s.data.coaches[0].arm, 1);
    ck_assert_int_eq(s.data.people[2].coach, 0);
    study_end(&s);
    study_begin(&s, design, NULL,
                "person,a,b,coach,ips\np1,2021-01-01,2021-02-01,c1,with\n"
                "p2,2021-01-01,2021-02-01,c2,without\np3,2021-01-01,2021-02-01,c1,without\n",
                NULL);
    ck_assert_int_eq(s.problems.errors, 1);
    ck_assert_str_eq(problem_text(&s.problems, 0, text, sizeof text),
                     "people.csv, line 4: coach c1 is in two arms: line 2 says ips=with, line 4 "
                     "ips=without (keep the row of the allocation list)");
    study_end(&s);
}
END_TEST

START_TEST(keys_of_arms)
{
    study s;
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    ck_assert_str_eq(fp_arm_key(&s.data, 0), "usual");
    ck_assert_str_eq(fp_arm_key(&s.data, 1), "ips");
    ck_assert_str_eq(fp_arm_key(&s.data, 2), "pa");
    ck_assert_str_eq(fp_arm_key(&s.data, 3), "both");
    study_end(&s);
}
END_TEST

/* Many people and ids of all lengths find each other. */
START_TEST(five_thousand_people)
{
    static const char design[] =
        "study: { id: demo }\n"
        "design: { kind: single-group }\n"
        "sources:\n"
        "  people: { file: people.csv, id: person, start: a, end: b }\n"
        "  episodes: { file: e.csv, person: person, start: a, end: b, hours: h }\n";
    study s;
    FP_BUF_SCOPED(people, FP_MIB);
    FP_BUF_SCOPED(episodes, 4 * FP_MIB);
    fp_buf_put(&people, "person,a,b\n");
    fp_buf_put(&episodes, "person,a,b,h\n");
    for (int i = 0; i < 5000; i++)
        fp_buf_printf(&people, "%x,2021-01-01,2021-12-31\n", i * 7919);
    for (int i = 5000; i-- > 0;)
        for (int k = 0; k <= i % 3; k++)
            fp_buf_printf(&episodes, "%x,2021-0%d-01,,%d\n", i * 7919, 9 - k, 1 + i % 80);
    study_begin(&s, design, NULL, people.p, episodes.p);
    ck_assert_int_eq(s.problems.count, 0);
    ck_assert_int_eq(s.data.unknown_spells, 0);
    for (ptrdiff_t i = 0; i < 5000; i++) {
        ck_assert_int_eq(s.data.first_spell[i + 1] - s.data.first_spell[i], i % 3 + 1);
        for (ptrdiff_t k = s.data.first_spell[i]; k < s.data.first_spell[i + 1]; k++) {
            ck_assert_int_eq(s.data.spells[k].person, i);
            ck_assert(s.data.spells[k].hours == (double)(1 + i % 80));
            ck_assert(k == s.data.first_spell[i] ||
                      s.data.spells[k - 1].start < s.data.spells[k].start);
        }
    }
    study_end(&s);
}
END_TEST

START_TEST(failing_allocations)
{
    study s;
    study_begin(&s, yaml, COACHES, PEOPLE, EPISODES);
    fp_status status = FP_NOMEM;
    long n = 0;
    while (status == FP_NOMEM) {
        fp_arena *arena = fp_arena_create(64 * FP_MIB);
        fp_problems problems;
        fp_study_data data;
        fp_source source;
        fp_err err = {.status = FP_OK};
        fp_problems_init(&problems, 20, arena);
        fp_arena_fail_at(arena, ++n);
        status = fp_source_read_text("data/people.csv", FP_STR(PEOPLE), &s.protocol,
                                     FP_SOURCE_PEOPLE, arena, &source, &err);
        if (status == FP_OK)
            status =
                fp_study_data_build(&s.protocol, s.sources, NULL, arena, &data, &problems, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        ck_assert(err.status == status);
        fp_arena_destroy(arena);
    }
    ck_assert_int_gt(n, 30);
    study_end(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study data");
    TCase *tcase = tcase_create("data");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, rows_are_parsed_and_linked);
    tcase_add_test(tcase, spells_are_sorted_by_person_start_end_and_row);
    tcase_add_test(tcase, columns_of_a_source);
    tcase_add_loop_test(tcase, says_what_is_wrong_and_where, 0, CASES);
    tcase_add_test(tcase, no_people);
    tcase_add_test(tcase, a_file_without_a_mapped_column);
    tcase_add_test(tcase, individually_randomised);
    tcase_add_test(tcase, coaches_made_from_people);
    tcase_add_test(tcase, keys_of_arms);
    tcase_add_test(tcase, five_thousand_people);
    tcase_add_test(tcase, failing_allocations);
    return run_suite(suite);
}
