#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdio.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "study/plan.h"

static fp_err err;

TEST_ARENA(64 * FP_MIB);

static const char head[] =
    "study: { id: s, title: T, language: nl, registration: R }\n"
    "design:\n  kind: cluster-randomised\n  factors: { ips: [without, with], pa: [no, yes] }\n"
    "  cluster: coach\n  strata: [team]\n"
    "  allocation: { method: constrained, balance: [load], weights: [2], keep: 0.25 }\n"
    "schedule: { waves: [0m, 6m], window: 2w }\n"
    "sources:\n  coaches: { file: c.csv, id: coach, columns: [team, load] }\n"
    "  people: { file: p.csv, id: person, start: s, end: e, end_reason: r, columns: [coach, age] "
    "}\n"
    "  episodes: { file: j.csv, person: person, start: s, end: e, hours: h, kind: k }\n"
    "  answers: { file: a.csv, person: person, wave: w, item: i, value: v }\n";
static const char tail[] =
    "outcomes:\n  - { id: w, kind: time-to-event, rule: { min_days: 30 }, follow_up: 50w }\n"
    "  - { id: m, kind: status-at, month: 12, rule: { min_hours_per_month: 2 } }\n"
    "analysis:\n"
    "  - { id: a, role: primary, outcome: w, model: cox, formula: \"~ ips + pa\", effect: ips }\n"
    "  - { id: b, role: secondary, outcome: w, model: cox, formula: \"~ ips * pa\", effect: "
    "\"ips:pa\", margin: 1.2 }\n"
    "  - { id: c, role: subgroup, of: a, by: age }\n";

static fp_plan_copy copy_of(const char *first, const char *second)
{
    fp_protocol protocol;
    fp_problems problems;
    fp_plan_copy copy;
    FP_BUF_SCOPED(text, FP_MIB);
    fp_buf_put(&text, first);
    fp_buf_put(&text, second);
    fp_problems_init(&problems, 20, arena);
    ck_assert_int_eq(
        fp_protocol_read_text("study.yaml", fp_buf_str(&text), arena, &protocol, &problems, &err),
        FP_OK);
    ck_assert_msg(problems.errors == 0, "%s", problems.errors ? problems.items[0].at.message : "");
    ck_assert_int_eq(fp_plan_copy_of(&protocol, arena, &copy, &err), FP_OK);
    return copy;
}

static const char *value(const fp_plan_copy *copy, const char *path)
{
    for (ptrdiff_t i = 0; i < copy->count; i++)
        if (strcmp(copy->fields[i].path, path) == 0)
            return fp_plan_text(&copy->fields[i], arena, &err);
    return "(none)";
}

/* Every kind of key of the schema, with defaults as if they were written and durations in days. */
START_TEST(the_copy_holds_every_setting)
{
    static const char *const expected[][2] = {
        {"analysis", "a, b, c"},
        {"analysis.a.effect", "ips"},
        {"analysis.a.formula", "~ ips + pa"},
        {"analysis.b.margin", "1.2"},
        {"analysis.c.by", "age"},
        {"analysis.c.formula", "(none)"}, /* taken over from a: no setting of its own */
        {"design.allocation.balance", "load"},
        {"design.allocation.keep", "0.25"},
        {"design.allocation.method", "constrained"},
        {"design.allocation.weights", "2"},
        {"design.cluster", "coach"},
        {"design.factors", "ips, pa"},
        {"design.factors.pa", "no, yes"},
        {"design.kind", "cluster-randomised"},
        {"design.strata", "team"},
        {"outcomes", "w, m"},
        {"outcomes.m.month", "12"},
        {"outcomes.m.rule.min_hours_per_month", "2"},
        {"outcomes.m.rule.min_days", "(none)"},
        {"outcomes.w.follow_up", "350"},
        {"outcomes.w.rule.at_start", "exclude"},
        {"outcomes.w.rule.gap_days", "0"},
        {"outcomes.w.rule.min_days", "30"},
        {"outcomes.w.rule.min_hours_per_week", "12"},
        {"schedule.waves", "0, 6"},
        {"schedule.window", "14"},
        {"sources.answers.item", "i"},
        {"sources.coaches.columns", "team, load"},
        {"sources.episodes.kind", "k"},
        {"sources.people.end_reason", "r"},
        {"study.id", "s"},
        {"study.language", "(none)"},
        {"study.registration", "(none)"},
        {"study.title", "(none)"},
    };
    fp_plan_copy copy = copy_of(head, tail);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_str_eq(value(&copy, expected[i][0]), expected[i][1]);
    for (ptrdiff_t i = 1; i < copy.count; i++)
        ck_assert_int_lt(strcmp(copy.fields[i - 1].path, copy.fields[i].path), 0);
}
END_TEST

/* No key that stands in study.yaml is missing: each line of a map with a path of its own. */
START_TEST(the_copy_misses_no_key)
{
    fp_plan_copy copy = copy_of(head, tail);
    ck_assert_int_eq(copy.count, 68);
}
END_TEST

static fp_plan_state compare(const fp_plan_lock *locks, ptrdiff_t count, const fp_plan_copy *now)
{
    fp_plan_state state = {
        .lock_count = count, .locks = locks, .outcomes_import = 4, .outcomes_at = "2024-03-01T"};
    ck_assert_int_eq(fp_plan_compare(now, arena, &state, &err), FP_OK);
    return state;
}

/* Three locks: the first two before outcomes, the third after. What is said now came with the third
 * or stands in none; what the second brought is the plan. */
START_TEST(deviations_have_the_lock_that_brought_them)
{
    FP_BUF_SCOPED(second, FP_MIB);
    fp_plan_copy first = copy_of(head, tail);
    fp_buf_put(&second, tail);
    char *days = strstr(second.p, "min_days: 30");
    days[10] = '4';
    fp_plan_copy amended = copy_of(head, second.p);
    char *pa = strstr(second.p, "\"~ ips + pa\"");
    memcpy(pa, "\"~ pa + ips\"", strlen("\"~ pa + ips\""));
    fp_plan_copy late = copy_of(head, second.p);
    memcpy(strstr(second.p, "follow_up: 50w"), "follow_up: 51w", strlen("follow_up: 51w"));
    fp_plan_copy now = copy_of(head, second.p);
    const fp_plan_lock locks[] = {
        {1, "2024-01-01T", "x", "", "", 0, first},
        {2, "2024-02-01T", "x", "why", "", 0, amended},
        {5, "2024-04-01T", "x", "late", "", 4, late},
    };
    fp_plan_state state = compare(locks, 3, &now);
    ck_assert_ptr_eq(state.base, &locks[1]);
    ck_assert(state.before_outcomes);
    ck_assert_int_eq(state.deviation_count, 2);
    ck_assert_str_eq(state.deviations[0].what, "analysis.a.formula");
    ck_assert_int_eq(state.deviations[0].kind, FP_DEVIATION_COVARIATES);
    ck_assert_ptr_eq(state.deviations[0].since, &locks[2]);
    ck_assert_str_eq(state.deviations[1].what, "outcomes.w.follow_up");
    ck_assert_str_eq(state.deviations[1].planned, "350");
    ck_assert_str_eq(state.deviations[1].now, "357");
    ck_assert_ptr_null(state.deviations[1].since);
    /* only a lock after outcomes: the order of dates comes first */
    state = compare(locks + 2, 1, &late);
    ck_assert(!state.before_outcomes);
    ck_assert_int_eq(state.deviation_count, 1);
    ck_assert_int_eq(state.deviations[0].kind, FP_DEVIATION_DATES);
    /* a lock by a program that did not know a key: its default is no deviation, a value written is
     */
    fp_plan_field *kept = fp_arena_array(arena, now.count, sizeof *kept, &err);
    fp_plan_lock old = locks[1];
    ptrdiff_t n = 0;
    ck_assert_ptr_nonnull(kept);
    for (ptrdiff_t i = 0; i < amended.count; i++)
        if (!strstr(amended.fields[i].path, "gap_days") &&
            !strstr(amended.fields[i].path, "window"))
            kept[n++] = amended.fields[i];
    old.copy = (fp_plan_copy){n, kept};
    state = compare(&old, 1, &amended);
    ck_assert_int_eq(state.deviation_count, 1);
    ck_assert_str_eq(state.deviations[0].what, "schedule.window");
    /* no lock at all */
    state = compare(NULL, 0, &now);
    ck_assert_ptr_null(state.base);
    ck_assert_int_eq(state.deviation_count, 0);
}
END_TEST

/* A memory that fails at the n-th piece is FP_NOMEM, never half an answer. */
START_TEST(memory_may_fail)
{
    fp_plan_copy now = copy_of(head, tail);
    const fp_plan_lock lock = {1, "2024-01-01T", "x", "", "", 4, {0, NULL}};
    fp_status status = FP_NOMEM;
    for (long n = 1; status != FP_OK; n++) {
        fp_arena *small = fp_arena_create(FP_MIB);
        fp_plan_state state = {.lock_count = 1, .locks = &lock, .outcomes_at = "2024-03-01T"};
        fp_arena_fail_at(small, n);
        status = fp_plan_compare(&now, small, &state, &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        fp_arena_destroy(small);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tc = tcase_create("plan");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, the_copy_holds_every_setting);
    tcase_add_test(tc, the_copy_misses_no_key);
    tcase_add_test(tc, deviations_have_the_lock_that_brought_them);
    tcase_add_test(tc, memory_may_fail);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
