#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "run_suite.h"
#include "study/study_fixture.h"

/* A study.yaml with every key there is. Cases replace a piece of it. */
static const char whole[] =
    /* 1 */
    "study: { id: demo, title: \"1 + 1 = 3?\", language: nl, registration: null }\n"
    /* 2 */ "design:\n"
    /* 3 */ "  kind: cluster-randomised\n"
    /* 4 */ "  factors: { ips: [without, with], pa: [without, with] }\n"
    /* 5 */ "  cluster: coach\n"
    /* 6 */ "  strata: [team]\n"
    /* 7 */ "schedule: { waves: [0m, 6m, 12m], window: 30d }\n"
    /* 8 */ "sources:\n"
    /* 9 */ "  coaches: { file: coaches.csv, id: coach, columns: [ips, pa, team] }\n"
    /* 10 */ "  people:\n"
    /* 11 */ "    { file: people.csv, id: person, start: start_date, end: register_end,\n"
    /* 12 */ "      end_reason: reason, columns: [coach, readiness, age] }\n"
    /* 13 */ "  episodes: { file: episodes.csv, person: person, start: start, end: end, "
    "hours: hours, kind: kind }\n"
    /* 14 */ "  answers: { file: answers.csv, person: person, wave: wave, item: item, value: value "
    "}\n"
    /* 15 */ "outcomes:\n"
    /* 16 */ "  - id: work\n"
    /* 17 */ "    kind: time-to-event\n"
    /* 18 */ "    rule: { min_days: 28, min_hours_per_week: 12, concurrent: sum, gap_days: 0,\n"
    /* 19 */ "      kinds: [regular, subsidised], date: first-day, at_start: exclude }\n"
    /* 20 */ "    follow_up: 350d\n"
    /* 21 */ "    competing: [died]\n"
    /* 22 */ "  - { id: m12, kind: status-at, month: 12, rule: { min_hours_per_month: 1 } }\n"
    /* 23 */ "analysis:\n"
    /* 24 */ "  - { id: p_ips, role: primary, outcome: work, model: cox, formula: \"~ ips + pa\", "
    "effect: ips }\n"
    /* 25 */ "  - { id: both, role: secondary, outcome: work, model: cox,\n"
    /* 26 */ "      formula: \"~ ips * pa\", effect: \"ips:pa\", margin: 1.25 }\n"
    /* 27 */ "  - { id: ready, role: subgroup, of: p_ips, by: readiness }\n"
    /* 28 */ "consent: { version: 2026-01, withdrawal: remove }\n"
    /* 29 */ "retention: { identity: 18m, research: 10y, log: 5y }\n";

typedef struct {
    const char *find, *put; /* the first `find` in `whole` becomes `put`; NULL = put is all */
    const char *problems;   /* one a line */
} wrong_case;

static const wrong_case cases[] = {
#include "study/protocol_cases.inc"
    {NULL, "",
     "study.yaml, line 1, column 1: nothing stands in it (`firstplace new` writes one to "
     "start from)"},
    {NULL, "# only words\n",
     "study.yaml, line 1, column 1: nothing stands in it (`firstplace new` writes one to start "
     "from)"},
    {NULL, "[study]",
     "study.yaml, line 1, column 1: study.yaml should be a map of keys and values, not a list "
     "(begin with study:)"},
    {NULL, "study: x\ndesign: \xff\n",
     "study.yaml, line 2: not a text in UTF-8 (save the file as "
     "UTF-8)"},
    {NULL, "study: { id: \"a\\0b\" }",
     "study.yaml, line 1, column 14: a NUL character cannot be used in study.yaml"},
    {NULL,
     "study: { id: a }\ndesign: { kind: individually-randomised }\n"
     "sources: { people: { file: p.csv } }\n",
     "study.yaml, line 2, column 1: this kind of design needs \"factors\" (write for example "
     "factors: { ips: [without, with] })\n"
     "study.yaml, line 3, column 12: sources.people lacks \"id\""},
};
#define CASES (int)(sizeof cases / sizeof *cases)

static char *replaced(const wrong_case *c)
{
    char *text = malloc(sizeof whole + 4096);
    ck_assert_ptr_nonnull(text);
    if (!c->find) {
        (void)snprintf(text, sizeof whole + 4096, "%s", c->put);
        return text;
    }
    const char *at = strstr(whole, c->find);
    ck_assert_msg(at != NULL, "%s", c->find);
    (void)snprintf(text, sizeof whole + 4096, "%.*s%s%s", (int)(at - whole), whole, c->put,
                   at + strlen(c->find));
    return text;
}

START_TEST(says_what_is_wrong_and_where)
{
    study s;
    char text[1400];
    char *yaml = replaced(&cases[_i]);
    FP_BUF_SCOPED(said, FP_MIB);
    study_begin(&s, yaml, NULL, NULL, NULL);
    for (ptrdiff_t i = 0; i < s.problems.kept; i++)
        fp_buf_printf(&said, "%s%s", i ? "\n" : "",
                      problem_text(&s.problems, i, text, sizeof text));
    ck_assert_str_eq(said.p, cases[_i].problems);
    study_end(&s);
    free(yaml);
}
END_TEST

START_TEST(every_key_is_taken)
{
    study s;
    study_begin(&s, whole, NULL, NULL, NULL);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.count, 0);
    const fp_protocol *p = &s.protocol;
    ck_assert_str_eq(p->id, "demo");
    ck_assert_str_eq(p->title, "1 + 1 = 3?");
    ck_assert_str_eq(p->language, "nl");
    ck_assert_ptr_null(p->registration);
    ck_assert_int_eq(p->kind, FP_DESIGN_CLUSTER_RANDOMISED);
    ck_assert_int_eq(p->factor_count, 2);
    ck_assert_str_eq(p->factors[1].name, "pa");
    ck_assert_int_eq(p->factors[1].line, 4);
    ck_assert_str_eq(p->factors[0].levels[0], "without");
    ck_assert_str_eq(p->factors[0].levels[1], "with");
    ck_assert_str_eq(p->cluster, "coach");
    ck_assert_int_eq(p->strata_count, 1);
    ck_assert_int_eq(p->wave_count, 3);
    ck_assert_int_eq(p->wave_months[2], 12);
    ck_assert_int_eq(p->window_days, 30);
    ck_assert_str_eq(p->consent.version, "2026-01");
    ck_assert_int_eq(p->consent.withdrawal, FP_WITHDRAWAL_REMOVE);
    ck_assert_int_eq(p->retention.identity, 18);
    ck_assert_int_eq(p->retention.research, 120);
    ck_assert_int_eq(p->retention.log, 60);
    ck_assert_str_eq(p->coaches.file, "coaches.csv");
    ck_assert_str_eq(p->coaches.id, "coach");
    ck_assert_int_eq(p->coaches.column_count, 3);
    ck_assert_int_eq(p->people.line, 11);
    ck_assert_str_eq(p->people.start, "start_date");
    ck_assert_str_eq(p->people.end, "register_end");
    ck_assert_str_eq(p->people.end_reason, "reason");
    ck_assert_str_eq(p->people.columns[1], "readiness");
    ck_assert_str_eq(p->episodes.person, "person");
    ck_assert_str_eq(p->episodes.hours, "hours");
    ck_assert_str_eq(p->episodes.kind, "kind");
    ck_assert_int_eq(p->outcome_count, 2);
    ck_assert_int_eq(p->analysis_count, 3);
    study_end(&s);
}
END_TEST

START_TEST(outcomes_and_analyses_are_kept)
{
    study s;
    study_begin(&s, whole, NULL, NULL, NULL);
    const fp_outcome_spec *work = fp_protocol_outcome(&s.protocol, "work");
    ck_assert_int_eq(work->line, 16);
    ck_assert_int_eq(work->kind, FP_OUTCOME_TIME_TO_EVENT);
    ck_assert_int_eq(work->rule.min_days, 28);
    ck_assert(work->rule.min_hours_per_week == 12);
    ck_assert_int_eq(work->rule.kind_count, 2);
    ck_assert_int_eq(work->follow_up, 350);
    ck_assert_str_eq(work->competing[0], "died");
    const fp_outcome_spec *m12 = fp_protocol_outcome(&s.protocol, "m12");
    ck_assert_int_eq(m12->kind, FP_OUTCOME_STATUS_AT);
    ck_assert_int_eq(m12->month, 12);
    ck_assert(m12->min_hours_per_month == 1);
    const fp_analysis_spec *both = fp_protocol_analysis(&s.protocol, "both");
    ck_assert_int_eq(both->role, FP_ROLE_SECONDARY);
    ck_assert_str_eq(both->effect, "ips:pa");
    ck_assert(both->margin == 1.25);
    const fp_analysis_spec *ready = fp_protocol_analysis(&s.protocol, "ready");
    ck_assert_int_eq(ready->role, FP_ROLE_SUBGROUP);
    ck_assert_str_eq(ready->of, "p_ips");
    ck_assert_str_eq(ready->by, "readiness");
    /* A subgroup analysis takes the rest from the one it is of. */
    ck_assert_str_eq(ready->outcome, "work");
    ck_assert_str_eq(ready->model, "cox");
    ck_assert_str_eq(ready->formula, "~ ips + pa");
    ck_assert_str_eq(ready->effect, "ips");
    ck_assert(isnan(ready->margin));
    ck_assert_ptr_null(fp_protocol_analysis(&s.protocol, "none"));
    ck_assert_ptr_null(fp_protocol_outcome(&s.protocol, "none"));
    study_end(&s);
}
END_TEST

/* The least that is a study. */
static const char least[] = "study: { id: small }\n"
                            "design: { kind: single-group }\n"
                            "sources:\n"
                            "  people: { file: people.csv, id: person }\n";

START_TEST(defaults)
{
    study s;
    char yaml[1024];
    (void)snprintf(yaml, sizeof yaml,
                   "study: { id: small }\n"
                   "design: { kind: single-group }\n"
                   "sources:\n"
                   "  people: { file: p.csv, id: person, start: a, end: b }\n"
                   "  episodes: { file: e.csv, person: p, start: s, end: e, hours: h }\n"
                   "outcomes: [{ id: w, kind: time-to-event, follow_up: 1d }]\n");
    study_begin(&s, yaml, NULL, NULL, NULL);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.count, 0);
    const fp_outcome_rule *rule = &s.protocol.outcomes[0].rule;
    ck_assert_str_eq(s.protocol.title, "small");
    ck_assert_str_eq(s.protocol.language, "en");
    ck_assert_int_eq(rule->min_days, 28);
    ck_assert(rule->min_hours_per_week == 12);
    ck_assert_int_eq(rule->concurrent, FP_CONCURRENT_SUM);
    ck_assert_int_eq(rule->gap_days, 0);
    ck_assert_int_eq(rule->kind_count, 0);
    ck_assert_int_eq(rule->date, FP_DATE_FIRST_DAY);
    ck_assert_int_eq(rule->at_start, FP_AT_START_EXCLUDE);
    study_end(&s);
    study_begin(&s, least, NULL, NULL, NULL);
    ck_assert_int_eq(s.problems.count, 0);
    study_end(&s);
}
END_TEST

/* The study with which the format was agreed, word for word. */
START_TEST(a_study_as_the_design_shows_it)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_protocol protocol;
    fp_problems problems;
    fp_problems_init(&problems, 9, arena);
    ck_assert_int_eq(
        fp_protocol_read(FP_TEST_DATA "/study/amsterdam.yaml", arena, &protocol, &problems, NULL),
        FP_OK);
    problems_print(&problems);
    ck_assert_int_eq(problems.count, 0);
    ck_assert_int_eq(protocol.wave_count, 5);
    ck_assert_int_eq(protocol.analysis_count, 4);
    fp_arena_destroy(arena);
}
END_TEST

/* The example of docs/study-yaml.md is a study without a problem. */
START_TEST(the_example_of_the_documentation)
{
    study s;
    fp_str page;
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(fp_file_read(FP_SOURCE_DIR "/docs/study-yaml.md", FP_MIB, arena, &page, NULL),
                     FP_OK);
    const char *begin = strstr(page.p, "```yaml\n");
    ck_assert_ptr_nonnull(begin);
    const char *end = strstr(begin + 8, "```");
    ck_assert_ptr_nonnull(end);
    char *yaml = fp_arena_strndup(arena, begin + 8, (size_t)(end - begin - 8), NULL);
    ck_assert_ptr_nonnull(yaml);
    study_begin(&s, yaml, NULL, NULL, NULL);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.count, 0);
    ck_assert_int_eq(s.protocol.analysis_count, 3);
    study_end(&s);
    fp_arena_destroy(arena);
}
END_TEST

static int follow_up_of(const char *text)
{
    study s;
    char yaml[1024];
    (void)snprintf(yaml, sizeof yaml,
                   "study: { id: small }\n"
                   "design: { kind: single-group }\n"
                   "sources:\n"
                   "  people: { file: p.csv, id: person, start: a, end: b }\n"
                   "  episodes: { file: e.csv, person: p, start: s, end: e, hours: h }\n"
                   "outcomes: [{ id: w, kind: time-to-event, follow_up: %s }]\n",
                   text);
    study_begin(&s, yaml, NULL, NULL, NULL);
    int days = s.problems.errors ? -1 : s.protocol.outcomes[0].follow_up;
    study_end(&s);
    return days;
}

START_TEST(durations)
{
    ck_assert_int_eq(follow_up_of("350d"), 350);
    ck_assert_int_eq(follow_up_of("12w"), 84);
    ck_assert_int_eq(follow_up_of("24m"), 731); /* 730.5, rounded away from zero */
    ck_assert_int_eq(follow_up_of("1m"), 30);
    ck_assert_int_eq(follow_up_of("\"1d\""), 1);
    ck_assert_int_eq(follow_up_of("0d"), -1);
    ck_assert_int_eq(follow_up_of("-1d"), -1);
    ck_assert_int_eq(follow_up_of("350"), -1);
    ck_assert_int_eq(follow_up_of("1.5m"), -1);
    ck_assert_int_eq(follow_up_of("d"), -1);
    ck_assert_int_eq(follow_up_of("99999999999999999999d"), -1);
}
END_TEST

/* `no`, `yes`, `null` and numbers are texts like any other. */
START_TEST(scalars_are_text)
{
    study s;
    wrong_case c = {"ips: [without, with]", "ips: [no, yes], x: [null, 1], y: [~, off]", NULL};
    char *yaml = replaced(&c);
    study_begin(&s, yaml, NULL, NULL, NULL);
    ck_assert_int_eq(s.protocol.factor_count, 4);
    ck_assert_str_eq(s.protocol.factors[0].levels[0], "no");
    ck_assert_str_eq(s.protocol.factors[0].levels[1], "yes");
    ck_assert_str_eq(s.protocol.factors[1].levels[0], "null");
    ck_assert_str_eq(s.protocol.factors[1].levels[1], "1");
    ck_assert_str_eq(s.protocol.factors[2].levels[0], "~");
    study_end(&s);
    free(yaml);
}
END_TEST

/* Each bound is met with a message, not with a crash. */
START_TEST(bounds)
{
    study s;
    char text[1400];
    FP_BUF_SCOPED(yaml, 8 * FP_MIB);
    for (int i = 0; i < 40; i++)
        fp_buf_put(&yaml, "[");
    study_begin(&s, yaml.p, NULL, NULL, NULL);
    ck_assert_str_eq(problem_text(&s.problems, 0, text, sizeof text),
                     "study.yaml, line 1, column 17: nested deeper than the 16 levels that are "
                     "read");
    study_end(&s);
    fp_buf_clear(&yaml);
    fp_buf_init(&yaml, 8 * FP_MIB);
    fp_buf_put(&yaml, "[");
    for (int i = 0; i < 30000; i++)
        fp_buf_put(&yaml, "a,");
    study_begin(&s, yaml.p, NULL, NULL, NULL);
    ck_assert_str_eq(problem_text(&s.problems, 0, text, sizeof text),
                     "study.yaml, line 1, column 40000: more values than the 20000 that are read");
    study_end(&s);
    fp_buf_clear(&yaml);
    fp_buf_init(&yaml, 8 * FP_MIB);
    for (int i = 0; i < 501; i++)
        fp_buf_printf(&yaml, "k%d: 1\n", i);
    study_begin(&s, yaml.p, NULL, NULL, NULL);
    ck_assert_str_eq(problem_text(&s.problems, 0, text, sizeof text),
                     "study.yaml, line 501, column 1: more keys in one map than the 500 that are "
                     "read");
    study_end(&s);
    while (yaml.n <= FP_MIB)
        fp_buf_put(&yaml, "# a long comment that says very little at all\n");
    study_begin(&s, yaml.p, NULL, NULL, NULL);
    ck_assert_str_eq(problem_text(&s.problems, 0, text, sizeof text),
                     "study.yaml, line 1, column 1: larger than 1 MiB");
    study_end(&s);
}
END_TEST

START_TEST(more_problems_than_are_kept)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_problems problems;
    fp_err err, at;
    char text[1400];
    fp_problems_init(&problems, 2, arena);
    ck_assert_int_eq(fp_problems_status(&problems, &err), FP_OK);
    (void)fp_fail_at(&at, FP_INPUT, "f", 1, 0, "a note");
    fp_problems_add(&problems, false, &at);
    fp_problems_add(&problems, false, &at);
    ck_assert_int_eq(fp_problems_status(&problems, &err), FP_OK);
    (void)fp_fail_at(&at, FP_INPUT, "f", 2, 0, "first");
    fp_problems_add(&problems, true, &at);
    (void)fp_fail_at(&at, FP_INPUT, "f", 3, 0, "second");
    fp_problems_add(&problems, true, &at);
    (void)fp_fail_at(&at, FP_INPUT, "f", 4, 0, "third");
    fp_problems_add(&problems, true, &at);
    ck_assert_int_eq(problems.count, 5);
    ck_assert_int_eq(problems.errors, 3);
    ck_assert_int_eq(problems.kept, 2);
    ck_assert_int_eq(fp_problems_status(&problems, &err), FP_INPUT);
    fp_err_text(&err, text, sizeof text);
    ck_assert_str_eq(text, "f, line 2: first; and 2 more");
    ck_assert_int_eq(fp_problems_status(&problems, NULL), FP_INPUT);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_protocol protocol;
    fp_problems problems;
    fp_err err;
    fp_problems_init(&problems, 2, arena);
    ck_assert_int_eq(
        fp_protocol_read(FP_TEST_DATA "/study/none.yaml", arena, &protocol, &problems, &err),
        FP_INPUT);
    ck_assert_int_eq(problems.count, 0);
    fp_arena_destroy(arena);
}
END_TEST

/* Whichever allocation fails, the reader says so and nothing leaks. */
START_TEST(failing_allocations)
{
    fp_status status = FP_NOMEM;
    for (long n = 1; status == FP_NOMEM; n++) {
        fp_arena *arena = fp_arena_create(64 * FP_MIB);
        fp_protocol protocol;
        fp_problems problems;
        fp_err err;
        fp_problems_init(&problems, 20, arena);
        fp_arena_fail_at(arena, n);
        status = fp_protocol_read_text("study.yaml", fp_str_of(whole), arena, &protocol, &problems,
                                       &err);
        ck_assert(status == FP_OK || status == FP_NOMEM);
        ck_assert(status == FP_OK || err.status == FP_NOMEM);
        if (status == FP_OK)
            ck_assert_int_gt(n, 50);
        fp_arena_destroy(arena);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study protocol");
    TCase *tcase = tcase_create("protocol");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, says_what_is_wrong_and_where, 0, CASES);
    tcase_add_test(tcase, every_key_is_taken);
    tcase_add_test(tcase, outcomes_and_analyses_are_kept);
    tcase_add_test(tcase, defaults);
    tcase_add_test(tcase, the_example_of_the_documentation);
    tcase_add_test(tcase, a_study_as_the_design_shows_it);
    tcase_add_test(tcase, durations);
    tcase_add_test(tcase, scalars_are_text);
    tcase_add_test(tcase, bounds);
    tcase_add_test(tcase, more_problems_than_are_kept);
    tcase_add_test(tcase, a_file_that_is_not_there);
    tcase_add_test(tcase, failing_allocations);
    return run_suite(suite);
}
