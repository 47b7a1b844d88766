/* "Time to sustained work: the rule, sentence by sentence" (docs/methods/outcomes.md): one test a
 * sentence, named after it. The person of most tests starts on 2021-01-04 (day 0), and the register
 * covers him up to 2022-03-01; 1 March 2021 is day 56. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "study/study_fixture.h"

#define PERSON "p1,2021-01-04,2022-03-01,"

/* Outcome of the person under a rule; "" for no rows. */
static fp_person_outcome outcome_of(const char *rule, const char *person, const char *episodes)
{
    study s;
    study_of_one(&s, rule, person, episodes[0] ? episodes : "p9,2021-03-01,,20,a");
    fp_outcomes outcomes = derive(&s, "work");
    ck_assert_int_eq(outcomes.n, 1);
    fp_person_outcome outcome = outcomes.people[0];
    /* The reason may lie in the arena: keep the texts that tests compare. */
    static const char *const known[] = {
        "sustained-work", "end-of-follow-up", "end-of-register", "at-work-at-start", "died",
        "moved"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(outcome.reason, known[i]))
            outcome.reason = known[i];
    study_end(&s);
    return outcome;
}

static void check_fate(fp_person_outcome o, fp_fate fate, int time, const char *reason)
{
    ck_assert_int_eq(o.fate, fate);
    ck_assert_int_eq(o.time, time);
    ck_assert_str_eq(o.reason, reason);
}

static void check_event(const char *rule, const char *episodes, int time)
{
    check_fate(outcome_of(rule, PERSON, episodes), FP_FATE_EVENT, time, "sustained-work");
}

static void check_none(const char *rule, const char *episodes)
{
    ck_assert_int_eq(outcome_of(rule, PERSON, episodes).fate, FP_FATE_CENSORED);
}

/* The repair of row `row` (0 = the first under the header). */
static fp_repair repair_of(const char *rule, const char *episodes, ptrdiff_t row)
{
    study s;
    fp_repair repair = FP_REPAIR_COUNT;
    study_of_one(&s, rule, PERSON, episodes);
    fp_outcomes outcomes = derive(&s, "work");
    for (ptrdiff_t i = 0; i < s.data.spell_count; i++)
        if (s.data.spells[i].row == row)
            repair = (fp_repair)outcomes.repair[i];
    study_end(&s);
    return repair;
}

/* ---- repairs --------------------------------------------------------------------------------- */

START_TEST(repairs_in_this_order_each_row_counted_under_its_first)
{
    /* An unknown person's duplicate, reversed, after the end, without hours. */
    ck_assert_int_eq(repair_of("", "p9,2023-02-01,2022-01-01,,x", 0), FP_REPAIR_UNKNOWN_PERSON);
    ck_assert_int_eq(repair_of("", "p1,2023-02-01,2022-01-01,,x\np1,2023-02-01,2022-01-01,,x", 1),
                     FP_REPAIR_DUPLICATE);
    ck_assert_int_eq(repair_of("", "p1,2023-02-01,2022-01-01,,x", 0), FP_REPAIR_REVERSED);
    ck_assert_int_eq(repair_of("", "p1,2023-02-01,,,x", 0), FP_REPAIR_AFTER_END);
    ck_assert_int_eq(repair_of("", "p1,2021-02-01,,,x", 0), FP_REPAIR_NO_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-02-01,,81,x", 0), FP_REPAIR_TOO_MANY_HOURS);
    ck_assert_int_eq(repair_of("kinds: [y]", "p1,2021-02-01,,81,x", 0), FP_REPAIR_TOO_MANY_HOURS);
    ck_assert_int_eq(repair_of("kinds: [y]", "p1,2021-02-01,,12,x", 0), FP_REPAIR_OTHER_KIND);
    ck_assert_int_eq(repair_of("kinds: [y]", "p1,2021-02-01,,12,y", 0), FP_REPAIR_NONE);
}
END_TEST

START_TEST(an_exact_duplicate_one_is_kept)
{
    const char *rows = "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-31,4,a\n"
                       "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-31,8,a";
    ck_assert_int_eq(repair_of("", rows, 0), FP_REPAIR_NONE);
    ck_assert_int_eq(repair_of("", rows, 1), FP_REPAIR_NONE);
    ck_assert_int_eq(repair_of("", rows, 2), FP_REPAIR_DUPLICATE);
    ck_assert_int_eq(repair_of("", rows, 3), FP_REPAIR_DUPLICATE);
    check_event("", rows, 56); /* 8 + 4, once */
    /* One cell differs as written: no duplicate. */
    ck_assert_int_eq(
        repair_of("", "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-31,8.0,a", 1),
        FP_REPAIR_NONE);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-31,8,b", 1),
                     FP_REPAIR_NONE);
}
END_TEST

START_TEST(reversed_dates_are_set_aside)
{
    ck_assert_int_eq(repair_of("", "p1,2021-03-02,2021-03-01,20,a", 0), FP_REPAIR_REVERSED);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,2021-03-01,20,a", 0), FP_REPAIR_NONE);
}
END_TEST

START_TEST(begins_after_the_persons_end)
{
    ck_assert_int_eq(repair_of("", "p1,2022-03-02,,20,a", 0), FP_REPAIR_AFTER_END);
    ck_assert_int_eq(repair_of("", "p1,2022-03-01,,20,a", 0), FP_REPAIR_NONE);
}
END_TEST

START_TEST(hours_missing_or_not_above_0)
{
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,,a", 0), FP_REPAIR_NO_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,NA,a", 0), FP_REPAIR_NO_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,0,a", 0), FP_REPAIR_NO_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,-20,a", 0), FP_REPAIR_NO_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,0.5,a", 0), FP_REPAIR_NONE);
}
END_TEST

START_TEST(hours_above_80_a_week)
{
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,80.5,a", 0), FP_REPAIR_TOO_MANY_HOURS);
    ck_assert_int_eq(repair_of("", "p1,2021-03-01,,80,a", 0), FP_REPAIR_NONE);
}
END_TEST

START_TEST(a_kind_is_compared_as_written)
{
    ck_assert_int_eq(repair_of("kinds: [regular]", "p1,2021-03-01,,20,Regular", 0),
                     FP_REPAIR_OTHER_KIND);
    ck_assert_int_eq(repair_of("kinds: [regular]", "p1,2021-03-01,,20,", 0), FP_REPAIR_OTHER_KIND);
    ck_assert_int_eq(repair_of("kinds: [temporary job]", "p1,2021-03-01,,20,temporary job", 0),
                     FP_REPAIR_NONE);
    check_none("kinds: [regular]", "p1,2021-03-01,,20,Regular");
    check_event("", "p1,2021-03-01,,20,anything", 56);
}
END_TEST

/* ---- days and hours -------------------------------------------------------------------------- */

START_TEST(a_job_counts_from_start_to_end_both_included)
{
    check_event("", "p1,2021-03-01,2021-03-28,12,a", 56); /* 28 days */
    check_none("", "p1,2021-03-01,2021-03-27,12,a");      /* 27 */
}
END_TEST

START_TEST(an_empty_end_means_it_runs_to_the_persons_end)
{
    /* Day 393 of the register is the last; a job begun 28 days before its end is long enough. */
    fp_person_outcome o = outcome_of("", "p1,2021-01-04,2021-06-30,", "p1,2021-06-03,,20,a");
    check_fate(o, FP_FATE_EVENT, 150, "sustained-work");
    ck_assert_int_eq(o.run_last, day_of("2021-06-30"));
}
END_TEST

START_TEST(days_after_end_are_cut)
{
    fp_person_outcome o =
        outcome_of("", "p1,2021-01-04,2021-06-30,", "p1,2021-06-03,2021-12-31,20,a");
    check_fate(o, FP_FATE_EVENT, 150, "sustained-work");
    ck_assert_int_eq(o.run_last, day_of("2021-06-30"));
    o = outcome_of("", "p1,2021-01-04,2021-06-30,", "p1,2021-06-04,2021-12-31,20,a");
    check_fate(o, FP_FATE_CENSORED, 150, "end-of-register");
}
END_TEST

START_TEST(hours_on_a_day_the_sum_or_the_largest)
{
    const char *rows = "p1,2021-03-01,2021-06-30,8,a\np1,2021-03-15,2021-04-30,4,b";
    check_event("concurrent: sum", rows, 70);
    check_none("concurrent: largest", rows);
    check_event("concurrent: largest",
                "p1,2021-03-01,2021-06-30,8,a\np1,2021-03-15,2021-04-30,12,b", 70);
}
END_TEST

START_TEST(a_day_meets_the_rule_within_1e_9)
{
    check_event("", "p1,2021-03-01,2021-04-30,4.1,a\np1,2021-03-01,2021-04-30,7.9,b", 56);
    check_event("", "p1,2021-03-01,2021-04-30,11.9999999995,a", 56);
    check_none("", "p1,2021-03-01,2021-04-30,11.999999998,a");
    /* Thirty jobs of 0.4 hours are 12, whatever came and went before. */
    char rows[4096] = "p1,2021-01-20,2021-02-27,0.1,a";
    for (int i = 0; i < 30; i++)
        (void)snprintf(rows + strlen(rows), sizeof rows - strlen(rows),
                       "\np1,2021-03-01,2021-04-30,0.4,k%d", i);
    check_event("", rows, 56);
}
END_TEST

/* ---- runs ------------------------------------------------------------------------------------ */

START_TEST(runs_are_formed_without_regard_to_the_start)
{
    /* 20 days before the start and 20 after it are one run of 40. */
    fp_person_outcome o = outcome_of("", PERSON, "p1,2020-12-15,2021-01-23,20,a");
    check_fate(o, FP_FATE_EXCLUDED, -1, "at-work-at-start");
    ck_assert_int_eq(o.run_first, day_of("2020-12-15"));
    ck_assert_int_eq(o.run_last, day_of("2021-01-23"));
}
END_TEST

START_TEST(meeting_days_are_bridged_over_at_most_gap_days)
{
    const char *three = "p1,2021-03-01,2021-03-14,20,a\np1,2021-03-18,2021-03-31,20,a";
    check_event("gap_days: 3", three, 56);
    check_none("gap_days: 2", three);
    check_none("", three);
    /* A dip in hours is an interruption like any other. */
    check_none("", "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-14,8,b\n"
                   "p1,2021-03-16,2021-03-31,8,b");
    check_event("gap_days: 1",
                "p1,2021-03-01,2021-03-31,8,a\np1,2021-03-01,2021-03-14,8,b\n"
                "p1,2021-03-16,2021-03-31,8,b",
                56);
}
END_TEST

START_TEST(a_runs_length_is_from_first_to_last_meeting_day)
{
    /* 14 + 3 idle + 11 = 28 days; with 10 it is 27. */
    check_event("gap_days: 3", "p1,2021-03-01,2021-03-14,20,a\np1,2021-03-18,2021-03-28,20,a", 56);
    check_none("gap_days: 3", "p1,2021-03-01,2021-03-14,20,a\np1,2021-03-18,2021-03-27,20,a");
}
END_TEST

START_TEST(it_qualifies_when_that_is_at_least_min_days)
{
    check_event("min_days: 1", "p1,2021-03-01,2021-03-01,20,a", 56);
    check_none("min_days: 2", "p1,2021-03-01,2021-03-01,20,a");
    check_event("min_days: 90", "p1,2021-03-01,2021-05-29,20,a", 56);
    check_none("min_days: 91", "p1,2021-03-01,2021-05-29,20,a");
}
END_TEST

/* ---- at work at the start -------------------------------------------------------------------- */

START_TEST(a_qualifying_run_that_began_before_the_start)
{
    check_fate(outcome_of("", PERSON, "p1,2020-12-01,2021-01-04,20,a"), FP_FATE_EXCLUDED, -1,
               "at-work-at-start");
    /* Its last day is the day before the start. */
    check_none("", "p1,2020-12-01,2021-01-03,20,a");
    /* It does not qualify: 27 days. */
    check_none("", "p1,2020-12-20,2021-01-15,20,a");
    /* It began on the start day. */
    check_event("", "p1,2021-01-04,2021-02-28,20,a", 0);
    /* Two runs, the first of them over: bridged it is one. */
    const char *rows = "p1,2020-12-01,2021-01-02,20,a\np1,2021-01-05,2021-02-28,20,a";
    check_event("", rows, 1);
    check_fate(outcome_of("gap_days: 2", PERSON, rows), FP_FATE_EXCLUDED, -1, "at-work-at-start");
}
END_TEST

#define AT_START "p1,2020-11-01,2021-02-28,20,a\np1,2021-06-01,2021-08-31,20,a"

START_TEST(at_start_exclude)
{
    fp_person_outcome o = outcome_of("at_start: exclude", PERSON, AT_START);
    check_fate(o, FP_FATE_EXCLUDED, -1, "at-work-at-start");
    ck_assert(o.at_work_at_start);
}
END_TEST

START_TEST(at_start_ignore_run_later_runs_can_count)
{
    fp_person_outcome o = outcome_of("at_start: ignore-run", PERSON, AT_START);
    check_fate(o, FP_FATE_EVENT, 148, "sustained-work");
    ck_assert(o.at_work_at_start);
    o = outcome_of("at_start: ignore-run", PERSON, "p1,2020-11-01,2021-02-28,20,a");
    check_fate(o, FP_FATE_CENSORED, 350, "end-of-follow-up");
    ck_assert(o.at_work_at_start);
}
END_TEST

START_TEST(at_start_event_at_0)
{
    fp_person_outcome o = outcome_of("at_start: event-at-0", PERSON, AT_START);
    check_fate(o, FP_FATE_EVENT, 0, "at-work-at-start");
    ck_assert_int_eq(o.run_first, day_of("2020-11-01"));
    o = outcome_of("at_start: event-at-0", PERSON, "p1,2021-06-01,2021-08-31,20,a");
    check_fate(o, FP_FATE_EVENT, 148, "sustained-work");
    ck_assert(!o.at_work_at_start);
}
END_TEST

/* ---- limit and event ------------------------------------------------------------------------- */

START_TEST(the_limit_is_the_earlier_of_follow_up_and_end_less_what_it_takes_to_confirm)
{
    ck_assert_int_eq(outcome_of("", PERSON, "").limit, day_of("2021-12-20"));
    /* end - 27: 2022-01-16 is the first end with a full follow-up. */
    ck_assert_int_eq(outcome_of("", "p1,2021-01-04,2022-01-16,", "").limit, day_of("2021-12-20"));
    ck_assert_int_eq(outcome_of("", "p1,2021-01-04,2022-01-15,", "").limit, day_of("2021-12-19"));
    /* end - 27 - 7 */
    ck_assert_int_eq(outcome_of("gap_days: 7", "p1,2021-01-04,2021-06-30,", "").limit,
                     day_of("2021-05-27"));
    ck_assert_int_eq(outcome_of("min_days: 1", "p1,2021-01-04,2021-06-30,", "").limit,
                     day_of("2021-06-30"));
}
END_TEST

START_TEST(spells_are_read_to_end_to_confirm_a_run)
{
    /* Begins on the limit, day 350, and is confirmed after the follow-up. */
    check_event("", "p1,2021-12-20,2022-01-16,20,a", 350);
    check_none("", "p1,2021-12-20,2022-01-15,20,a");
    check_none("", "p1,2021-12-21,2022-02-28,20,a");
}
END_TEST

START_TEST(event_the_first_qualifying_run_that_begins_in_start_to_limit)
{
    check_event("",
                "p1,2021-02-01,2021-02-10,20,a\np1,2021-07-01,2021-07-31,20,a\n"
                "p1,2021-10-01,2021-12-31,20,a",
                178);
    /* A run that is over before the start does not count. */
    check_event("", "p1,2020-02-01,2020-12-10,20,a\np1,2021-07-01,2021-07-31,20,a", 178);
}
END_TEST

START_TEST(time_is_0_if_it_is_the_start_day)
{
    check_event("", "p1,2021-01-04,2021-02-28,20,a", 0);
    check_event("", "p1,2021-01-05,2021-02-28,20,a", 1);
}
END_TEST

START_TEST(a_competing_event_at_end)
{
    check_fate(outcome_of("", "p1,2021-01-04,2021-05-10,died", ""), FP_FATE_COMPETING, 126, "died");
    /* Another reason is no competing event. */
    check_fate(outcome_of("", "p1,2021-01-04,2021-05-10,moved", ""), FP_FATE_CENSORED, 99, "moved");
    /* Work comes first. */
    check_fate(outcome_of("", "p1,2021-01-04,2021-05-10,died", "p1,2021-02-01,2021-03-31,20,a"),
               FP_FATE_EVENT, 28, "sustained-work");
    /* No later than start + follow_up. */
    check_fate(outcome_of("", "p1,2021-01-04,2021-12-20,died", ""), FP_FATE_COMPETING, 350, "died");
    check_fate(outcome_of("", "p1,2021-01-04,2021-12-21,died", ""), FP_FATE_CENSORED, 324, "died");
    /* Excluded all the same when at work at the start. */
    check_fate(outcome_of("", "p1,2021-01-04,2021-05-10,died", "p1,2020-11-01,,20,a"),
               FP_FATE_EXCLUDED, -1, "at-work-at-start");
}
END_TEST

START_TEST(everyone_else_is_censored_at_the_limit_never_below_0)
{
    check_fate(outcome_of("", PERSON, ""), FP_FATE_CENSORED, 350, "end-of-follow-up");
    check_fate(outcome_of("", "p1,2021-01-04,2021-06-30,", ""), FP_FATE_CENSORED, 150,
               "end-of-register");
    fp_person_outcome o = outcome_of("", "p1,2021-01-04,2021-01-10,", "");
    check_fate(o, FP_FATE_CENSORED, 0, "end-of-register");
    ck_assert_int_eq(o.limit, day_of("2020-12-14"));
    check_fate(outcome_of("", "p1,2021-01-04,2021-01-31,moved", ""), FP_FATE_CENSORED, 0, "moved");
    check_fate(outcome_of("", "p1,2021-01-04,2021-02-01,moved", ""), FP_FATE_CENSORED, 1, "moved");
}
END_TEST

/* ---- qualifying-day -------------------------------------------------------------------------- */

#define REACHED "date: qualifying-day"

START_TEST(qualifying_day_the_day_on_which_the_run_reaches_min_days)
{
    check_event(REACHED, "p1,2021-03-01,2021-06-30,20,a", 83);
    check_event(REACHED, "p1,2021-03-01,2021-03-28,20,a", 83);
    check_none(REACHED, "p1,2021-03-01,2021-03-27,20,a");
    check_event(REACHED ", min_days: 1", "p1,2021-03-01,2021-03-28,20,a", 56);
    /* Day 28 falls in an interruption: the next meeting day. */
    check_event(REACHED ", gap_days: 3",
                "p1,2021-03-01,2021-03-26,20,a\np1,2021-03-30,2021-04-10,20,a", 85);
    /* Day 28 is the first day after an interruption. */
    check_event(REACHED ", gap_days: 3",
                "p1,2021-03-01,2021-03-24,20,a\np1,2021-03-28,2021-04-10,20,a", 83);
}
END_TEST

START_TEST(qualifying_day_its_limit_is_the_earlier_of_end_and_follow_up)
{
    ck_assert_int_eq(outcome_of(REACHED, PERSON, "").limit, day_of("2021-12-20"));
    ck_assert_int_eq(outcome_of(REACHED ", gap_days: 7", "p1,2021-01-04,2021-06-30,", "").limit,
                     day_of("2021-06-30"));
    check_fate(outcome_of(REACHED, "p1,2021-01-04,2021-06-30,", "p1,2021-06-03,,20,a"),
               FP_FATE_EVENT, 177, "sustained-work");
    check_fate(outcome_of(REACHED, "p1,2021-01-04,2021-06-30,", "p1,2021-06-04,,20,a"),
               FP_FATE_CENSORED, 177, "end-of-register");
    /* Reached on day 350, and one day too late. */
    check_event(REACHED, "p1,2021-11-23,2022-01-31,20,a", 350);
    check_none(REACHED, "p1,2021-11-24,2022-01-31,20,a");
}
END_TEST

START_TEST(qualifying_day_at_the_start)
{
    /* Begun before the start, long enough after it: at work at the start all the same. */
    const char *rows = "p1,2020-12-20,2021-01-31,20,a";
    check_fate(outcome_of(REACHED, PERSON, rows), FP_FATE_EXCLUDED, -1, "at-work-at-start");
    check_fate(outcome_of(REACHED ", at_start: ignore-run", PERSON, rows), FP_FATE_CENSORED, 350,
               "end-of-follow-up");
    check_fate(outcome_of(REACHED ", at_start: event-at-0", PERSON, rows), FP_FATE_EVENT, 0,
               "at-work-at-start");
}
END_TEST

/* ---- csv and status-at ----------------------------------------------------------------------- */

START_TEST(csv_time_and_event_are_empty_when_excluded)
{
    study s;
    study_of_one(&s, "", PERSON, "p1,2020-11-01,,20,a");
    fp_outcomes outcomes = derive(&s, "work");
    FP_BUF_SCOPED(csv, FP_MIB);
    fp_outcomes_csv_header(&csv);
    fp_outcomes_csv(&s.data, &outcomes, &csv);
    ck_assert_str_eq(csv.p, "person,outcome,time,event,reason\np1,work,,,at-work-at-start\n");
    study_end(&s);
}
END_TEST

START_TEST(csv_event_0_censored_1_event_2_competing)
{
    static const char *const people[] = {PERSON, PERSON,
                                         "\"a, \"\"b\"\"\",2021-01-04,2021-05-10,died"};
    static const char *const rows[] = {"", "p1,2021-03-01,,20,a", ""};
    static const char *const lines[] = {"p1,work,350,0,end-of-follow-up\n",
                                        "p1,work,56,1,sustained-work\n",
                                        "\"a, \"\"b\"\"\",work,126,2,died\n"};
    for (int i = 0; i < 3; i++) {
        study s;
        study_of_one(&s, "", people[i], rows[i][0] ? rows[i] : "p9,2021-03-01,,20,a");
        fp_outcomes outcomes = derive(&s, "work");
        FP_BUF_SCOPED(csv, FP_MIB);
        fp_outcomes_csv(&s.data, &outcomes, &csv);
        ck_assert_str_eq(csv.p, lines[i]);
        study_end(&s);
    }
}
END_TEST

static const char status_yaml[] =
    "study: { id: one }\n"
    "design: { kind: single-group }\n"
    "sources:\n"
    "  people: { file: people.csv, id: person, start: start, end: end, end_reason: why }\n"
    "  episodes: { file: e.csv, person: person, start: start, end: end, hours: hours }\n"
    "outcomes:\n"
    "  - { id: any, kind: status-at, month: 12 }\n"
    "  - { id: first, kind: status-at, month: 1, rule: { min_hours_per_month: 48 } }\n";

static fp_person_outcome status_of(const char *outcome, const char *end, const char *row)
{
    study s;
    char people[128], episodes[256];
    (void)snprintf(people, sizeof people, "person,start,end,why\np1,2021-01-04,%s,\n", end);
    (void)snprintf(episodes, sizeof episodes, "person,start,end,hours\n%s\n", row);
    study_begin(&s, status_yaml, NULL, people, episodes);
    ck_assert_int_eq(s.problems.errors, 0);
    fp_person_outcome o = derive(&s, outcome).people[0];
    study_end(&s);
    return o;
}

START_TEST(status_at_month_m_is_days_from_30_4375_m_less_1_to_30_4375_m)
{
    /* Month 12 is day 334.8125 to 365.25: days 335 to 365, 5 December to 4 January. */
    ck_assert_int_eq(status_of("any", "2022-03-01", "p1,2021-12-04,2021-12-04,70").fate,
                     FP_FATE_CENSORED);
    ck_assert_int_eq(status_of("any", "2022-03-01", "p1,2021-12-05,2021-12-05,70").fate,
                     FP_FATE_EVENT);
    ck_assert_int_eq(status_of("any", "2022-03-01", "p1,2022-01-04,2022-01-04,70").fate,
                     FP_FATE_EVENT);
    ck_assert_int_eq(status_of("any", "2022-03-01", "p1,2022-01-05,2022-01-05,70").fate,
                     FP_FATE_CENSORED);
}
END_TEST

START_TEST(status_at_hours_are_daily_weekly_hours_by_7_summed)
{
    /* Month 1 is day 0 to 30: 31 days of 12 / 7 hours. */
    fp_person_outcome o = status_of("first", "2022-03-01", "p1,2020-05-01,,12");
    ck_assert(fabs(o.hours - 12.0 / 7 * 31) < 1e-9);
    ck_assert_int_eq(o.fate, FP_FATE_EVENT);
    ck_assert_int_eq(o.time, -1);
    /* 28 days of 12 / 7 are the 48 hours that are asked. */
    ck_assert_int_eq(status_of("first", "2022-03-01", "p1,2021-01-07,,12").fate, FP_FATE_EVENT);
    ck_assert_int_eq(status_of("first", "2022-03-01", "p1,2021-01-08,,12").fate, FP_FATE_CENSORED);
    /* Two jobs. */
    o = status_of("first", "2022-03-01", "p1,2020-05-01,,6\np1,2020-06-01,,7");
    ck_assert(fabs(o.hours - 13.0 / 7 * 31) < 1e-9);
}
END_TEST

START_TEST(status_at_is_unobserved_when_end_falls_inside)
{
    fp_person_outcome o = status_of("any", "2022-01-03", "p1,2020-05-01,,20");
    ck_assert_int_eq(o.fate, FP_FATE_UNOBSERVED);
    ck_assert_str_eq(o.reason, "end-of-register");
    ck_assert(isnan(o.hours));
    ck_assert_int_eq(status_of("any", "2022-01-04", "p1,2020-05-01,,20").fate, FP_FATE_EVENT);
    ck_assert_int_eq(status_of("any", "2021-06-01", "p1,2020-05-01,,20").fate, FP_FATE_UNOBSERVED);
}
END_TEST

/* ---- sensitivity ----------------------------------------------------------------------------- */

START_TEST(sensitivity_hours_above_80_capped_and_unknown_hours_qualifying)
{
    study s;
    fp_outcomes outcomes;
    study_of_one(&s, "", PERSON, "p1,2021-03-01,,400,a\np1,2021-02-01,2021-02-28,,a");
    fp_outcome_rule rule = s.protocol.outcomes[0].rule;
    ck_assert_int_eq(derive(&s, "work").people[0].fate, FP_FATE_CENSORED);
    rule.cap_hours = true;
    ck_assert_int_eq(
        fp_outcomes_derive(&s.data, &s.protocol.outcomes[0], &rule, s.arena, &outcomes, NULL),
        FP_OK);
    ck_assert_int_eq(outcomes.people[0].time, 56);
    ck_assert_int_eq(outcomes.repair[1], FP_REPAIR_NONE);
    rule.unknown_hours_qualify = true;
    ck_assert_int_eq(
        fp_outcomes_derive(&s.data, &s.protocol.outcomes[0], &rule, s.arena, &outcomes, NULL),
        FP_OK);
    ck_assert_int_eq(outcomes.people[0].time, 28);
    study_end(&s);
}
END_TEST

START_TEST(the_runs_of_a_person)
{
    study s;
    study_of_one(&s, "gap_days: 1", PERSON,
                 "p1,2021-03-01,2021-03-10,20,a\np1,2021-03-12,2021-04-10,20,a\n"
                 "p1,2021-06-01,2021-06-05,20,a");
    const fp_run_of_work *runs;
    ptrdiff_t count;
    fp_person_outcome o;
    const fp_outcome_spec *spec = &s.protocol.outcomes[0];
    ck_assert_int_eq(fp_outcome_of_person(spec, &spec->rule, &s.data.people[0], s.data.spells, 3,
                                          s.arena, &o, &runs, &count, NULL),
                     FP_OK);
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(runs[0].first, day_of("2021-03-01"));
    ck_assert_int_eq(runs[0].last, day_of("2021-04-10"));
    ck_assert(runs[0].qualifies);
    ck_assert(!runs[1].qualifies);
    ck_assert_int_eq(o.time, 56);
    study_end(&s);
}
END_TEST

START_TEST(failing_allocations)
{
    study s;
    long n = 0;
    fp_status status = FP_NOMEM;
    study_of_one(&s, "kinds: [a]", PERSON, AT_START);
    while (status == FP_NOMEM) {
        fp_arena *arena = fp_arena_create(FP_MIB);
        fp_outcomes outcomes;
        FP_BUF_SCOPED(text, FP_MIB);
        fp_arena_fail_at(arena, ++n);
        status = fp_outcomes_derive(&s.data, &s.protocol.outcomes[0], NULL, arena, &outcomes, NULL);
        if (status == FP_OK)
            status = fp_outcome_explain(&s.data, &outcomes, 0, arena, &text, NULL);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        fp_arena_destroy(arena);
    }
    ck_assert_int_gt(n, 8);
    study_end(&s);
}
END_TEST

static void add_repairs(TCase *t)
{
    tcase_add_test(t, repairs_in_this_order_each_row_counted_under_its_first);
    tcase_add_test(t, an_exact_duplicate_one_is_kept);
    tcase_add_test(t, reversed_dates_are_set_aside);
    tcase_add_test(t, begins_after_the_persons_end);
    tcase_add_test(t, hours_missing_or_not_above_0);
    tcase_add_test(t, hours_above_80_a_week);
    tcase_add_test(t, a_kind_is_compared_as_written);
}

static void add_days_and_runs(TCase *t)
{
    tcase_add_test(t, a_job_counts_from_start_to_end_both_included);
    tcase_add_test(t, an_empty_end_means_it_runs_to_the_persons_end);
    tcase_add_test(t, days_after_end_are_cut);
    tcase_add_test(t, hours_on_a_day_the_sum_or_the_largest);
    tcase_add_test(t, a_day_meets_the_rule_within_1e_9);
    tcase_add_test(t, runs_are_formed_without_regard_to_the_start);
    tcase_add_test(t, meeting_days_are_bridged_over_at_most_gap_days);
    tcase_add_test(t, a_runs_length_is_from_first_to_last_meeting_day);
    tcase_add_test(t, it_qualifies_when_that_is_at_least_min_days);
    tcase_add_test(t, the_runs_of_a_person);
}

static void add_fates(TCase *t)
{
    tcase_add_test(t, a_qualifying_run_that_began_before_the_start);
    tcase_add_test(t, at_start_exclude);
    tcase_add_test(t, at_start_ignore_run_later_runs_can_count);
    tcase_add_test(t, at_start_event_at_0);
    tcase_add_test(t, the_limit_is_the_earlier_of_follow_up_and_end_less_what_it_takes_to_confirm);
    tcase_add_test(t, spells_are_read_to_end_to_confirm_a_run);
    tcase_add_test(t, event_the_first_qualifying_run_that_begins_in_start_to_limit);
    tcase_add_test(t, time_is_0_if_it_is_the_start_day);
    tcase_add_test(t, a_competing_event_at_end);
    tcase_add_test(t, everyone_else_is_censored_at_the_limit_never_below_0);
    tcase_add_test(t, qualifying_day_the_day_on_which_the_run_reaches_min_days);
    tcase_add_test(t, qualifying_day_its_limit_is_the_earlier_of_end_and_follow_up);
    tcase_add_test(t, qualifying_day_at_the_start);
}

static void add_others(TCase *t)
{
    tcase_add_test(t, csv_time_and_event_are_empty_when_excluded);
    tcase_add_test(t, csv_event_0_censored_1_event_2_competing);
    tcase_add_test(t, status_at_month_m_is_days_from_30_4375_m_less_1_to_30_4375_m);
    tcase_add_test(t, status_at_hours_are_daily_weekly_hours_by_7_summed);
    tcase_add_test(t, status_at_is_unobserved_when_end_falls_inside);
    tcase_add_test(t, sensitivity_hours_above_80_capped_and_unknown_hours_qualifying);
    tcase_add_test(t, failing_allocations);
}

int main(void)
{
    Suite *suite = suite_create("study rule");
    TCase *tcase = tcase_create("rule");
    suite_add_tcase(suite, tcase);
    add_repairs(tcase);
    add_days_and_runs(tcase);
    add_fates(tcase);
    add_others(tcase);
    return run_suite(suite);
}
