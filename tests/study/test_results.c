/* Everything that a study has to say, on studies that are small, lopsided or unfinished. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "study/results.h"
#include "study/study_fixture.h"

#define SOURCES                                                                                    \
    "  people: { file: people.csv, id: person, start: start, end: end, end_reason: why, "          \
    "columns: [COLUMNS] }\n"                                                                       \
    "  episodes: { file: episodes.csv, person: person, start: start, end: end, hours: hours, "     \
    "kind: kind }\n"

static study s;
static fp_results results;

static void replace(char *text, size_t size, const char *what, const char *by)
{
    char *at = strstr(text, what);
    if (!at)
        return;
    char rest[8192];
    (void)snprintf(rest, sizeof rest, "%s", at + strlen(what));
    (void)snprintf(at, size - (size_t)(at - text), "%s%s", by, rest);
}

/* A study of `design` (the yaml of design and sources.coaches) with its plan. */
static void begin(const char *design, const char *coaches_source, const char *columns,
                  const char *plan, const char *coaches, const char *people, const char *episodes)
{
    char yaml[8192];
    (void)snprintf(yaml, sizeof yaml, "study: { id: small }\ndesign: %s\nsources:\n%s%s%s", design,
                   coaches_source, SOURCES, plan);
    replace(yaml, sizeof yaml, "COLUMNS", columns);
    study_begin(&s, yaml, coaches, people, episodes);
    problems_print(&s.problems);
    ck_assert_int_eq(s.problems.errors, 0);
}

static fp_status compute(void)
{
    return fp_results_compute(&s.data, NULL, s.arena, &results, &s.err);
}

static void must_compute(void)
{
    char text[1400];
    fp_status status = compute();
    fp_err_text(&s.err, text, sizeof text);
    ck_assert_msg(status == FP_OK, "%s", status == FP_OK ? "" : text);
}

static double value(const char *id)
{
    const fp_fact *fact = fp_results_fact(&results, id);
    if (!fact)
        for (ptrdiff_t i = 0; i < results.fact_count; i++)
            printf("%s %g\n", results.facts[i].id, results.facts[i].value);
    (void)fflush(stdout);
    ck_assert_msg(fact != NULL, "there is no fact %s", id);
    return fact->value;
}

static bool has(const char *id)
{
    return fp_results_fact(&results, id) != NULL;
}

static bool warned(const char *part)
{
    for (ptrdiff_t i = 0; i < results.warning_count; i++)
        if (strstr(results.warnings[i], part))
            return true;
    for (ptrdiff_t i = 0; i < results.warning_count; i++)
        printf("warning: %s\n", results.warnings[i]);
    (void)fflush(stdout);
    return false;
}

#define WORK                                                                                       \
    "outcomes:\n"                                                                                  \
    "  - { id: work, kind: time-to-event, follow_up: 100d, competing: [died] }\n"
#define TWO_BY_TWO                                                                                 \
    "{ kind: cluster-randomised, factors: { ips: [without, with], pa: [without, with] }, "         \
    "cluster: "                                                                                    \
    "coach }"
#define COACHES "  coaches: { file: coaches.csv, id: coach, columns: [ips, pa, team] }\n"
static const char eight_coaches[] = "coach,ips,pa,team\n"
                                    "k1,without,without,n\nk2,without,without,s\n"
                                    "k3,with,without,n\nk4,with,without,s\n"
                                    "k5,without,with,n\nk6,without,with,s\n"
                                    "k7,with,with,n\nk8,with,with,s\n";

/* People p0.. of `coaches` coaches in turn, `each` people a coach; a job of 40 days from day
 * `first`
 * + 3 i for people of whom i % `every` is 0; the register covers `cover` days. */
typedef struct {
    int coaches, each, every, cover;
    const char *extra[3]; /* values of one more column in turn; NULL = none */
} people_plan;

static char people_text[1 << 16], episodes_text[1 << 16];

static void day_text(int day, char out[16])
{
    fp_day_format(day_of("2020-01-01") + day, out);
}

static void make_people(const people_plan *plan)
{
    int n = 0, m = 0;
    char start[16], end[16], from[16], to[16];
    size_t room = sizeof people_text, rows = sizeof episodes_text;
    day_text(0, start);
    day_text(plan->cover, end);
    n += snprintf(people_text, room, "person,coach,start,end,why,readiness\n");
    m += snprintf(episodes_text, rows, "person,start,end,hours,kind\nnobody,2020-01-01,,8,x\n");
    for (int i = 0; i < plan->coaches * plan->each; i++) {
        n += snprintf(people_text + n, room - (size_t)n, "p%d,k%d,%s,%s,,%s\n", i,
                      1 + i % plan->coaches, start, end,
                      plan->extra[0] ? plan->extra[(i / plan->coaches) % 3] : "");
        if (plan->every == 0 || i % plan->every)
            continue;
        day_text(1 + (7 * i) % 90, from);
        day_text(1 + (7 * i) % 90 + 40, to);
        m += snprintf(episodes_text + m, rows - (size_t)m, "p%d,%s,%s,20,job\n", i, from, to);
    }
}

static const char two_by_two_plan[] = WORK
    "analysis:\n"
    "  - { id: a, role: primary, outcome: work, model: cox, formula: \"~ ips + pa\", effect: "
    "ips }\n"
    "  - { id: s, role: secondary, outcome: work, model: cox, formula: \"~ ips * pa\", effect: "
    "\"ips:pa\" }\n"
    "  - { id: g, role: subgroup, of: a, by: readiness }\n";

static void two_by_two(const people_plan *plan)
{
    make_people(plan);
    begin(TWO_BY_TWO, COACHES, "coach, readiness", two_by_two_plan, eight_coaches, people_text,
          episodes_text);
}

START_TEST(a_whole_study)
{
    two_by_two(&(people_plan){8, 6, 3, 150, {"ready", "not", "ready"}});
    must_compute();
    ck_assert_double_eq(value("flow.total.people"), 48);
    ck_assert_double_eq(value("a.ipswith.allocations"), 36);
    ck_assert_double_eq(value("a.ipswith.df"), 6);
    ck_assert_double_eq(value("g.ipswith:readinessready.df"), 6);
    ck_assert(!isnan(value("inside.both.hr")));
    ck_assert_ptr_null(fp_results_fact(&results, "a.ipswith.nothing"));
    study_end(&s);
}
END_TEST

START_TEST(nobody_has_the_event)
{
    two_by_two(&(people_plan){8, 4, 0, 150, {"ready", "not", "ready"}});
    must_compute();
    ck_assert_double_eq(value("work.total.events"), 0);
    ck_assert_double_eq(value("work.total.risk"), 0);
    ck_assert(isnan(value("work.total.mean_days")));
    ck_assert(isnan(value("a.ipswith.hr")) && isnan(value("a.ipswith.p")));
    ck_assert(!has("a.ipswith.p_permutation"));
    ck_assert_double_eq(value("a.risk.difference"), 0);
    ck_assert(isnan(value("a.risk.lower")) && isnan(value("a.rmst.upper")));
    ck_assert(isnan(value("inside.both.risk_lower")) && isnan(value("s.risk.upper")));
    ck_assert_double_eq(value("work.total.risk"), 0);
    ck_assert(isnan(value("work.total.risk_lower")) && isnan(value("work.total.risk_upper")));
    ck_assert_int_eq(results.effects[0].verdict, FP_VERDICT_NONE);
    ck_assert_int_eq(results.interactions[0].verdict, FP_VERDICT_NONE);
    ck_assert_int_eq(results.subgroups[0].verdict, FP_VERDICT_NONE);
    ck_assert(warned("nobody had an event"));
    study_end(&s);
}
END_TEST

/* Only people of k1 and k2, usual guidance, are enrolled so far. */
START_TEST(one_arm_only)
{
    two_by_two(&(people_plan){2, 10, 3, 150, {"ready", "not", "ready"}});
    must_compute();
    ck_assert_double_eq(value("flow.both.people"), 0);
    ck_assert(isnan(value("work.both.risk")));
    ck_assert(isnan(value("a.ipswith.hr")));
    ck_assert(isnan(value("a.risk.difference")));
    ck_assert(!has("inside.both.hr"));
    ck_assert(isnan(value("g.readiness=ready.hr")));
    ck_assert_str_eq(results.effects[0].margin.state, "one_level");
    ck_assert(warned("a: not fitted: all people followed have one level of ips"));
    ck_assert(isnan(value("baseline.readiness=ready.ips.smd")));
    ck_assert(warned("no permutation tests"));
    study_end(&s);
}
END_TEST

/* A draw within strata could not have given every allocation that the tests count over. */
START_TEST(a_stratified_draw_is_said)
{
    make_people(&(people_plan){8, 6, 3, 150, {"ready", "not", "ready"}});
    begin("{ kind: cluster-randomised, factors: { ips: [without, with], pa: [without, with] }, "
          "cluster: coach, strata: [team] }",
          COACHES, "coach, readiness", two_by_two_plan, eight_coaches, people_text, episodes_text);
    must_compute();
    ck_assert(has("a.ipswith.p_permutation"));
    ck_assert(warned("design: the draw was stratified or balanced by team"));
    study_end(&s);
    two_by_two(&(people_plan){8, 6, 3, 150, {"ready", "not", "ready"}});
    must_compute();
    ck_assert(!warned("stratified or balanced"));
    study_end(&s);
}
END_TEST

/* Nobody was followed in the reference arm: no arm can be compared with it. */
START_TEST(reference_arm_empty)
{
    make_people(&(people_plan){8, 6, 3, 150, {"ready", "not", "ready"}});
    char *people = people_text;
    for (char *at; (at = strstr(people, ",k1,")) || (at = strstr(people, ",k2,"));)
        at[2] = '3';
    begin(TWO_BY_TWO, COACHES, "coach, readiness", two_by_two_plan, eight_coaches, people_text,
          episodes_text);
    must_compute();
    ck_assert(!results.has_inside);
    ck_assert(!has("inside.both.hr"));
    ck_assert(isnan(value("inside.both.risk_difference")));
    ck_assert(isnan(value("s.ipswith:pawith.ratio")));
    ck_assert(warned("nobody was followed in the reference arm usual"));
    ck_assert(warned("an arm has no cluster"));
    study_end(&s);
}
END_TEST

/* Followed for 60 of 100 days: what holds at day 100 is not known. */
START_TEST(horizon_not_reached)
{
    two_by_two(&(people_plan){8, 6, 3, 87, {"ready", "not", "ready"}});
    must_compute();
    ck_assert(value("work.total.events") > 0);
    ck_assert(isnan(value("work.total.risk")) && isnan(value("work.total.rmst")));
    ck_assert(isnan(value("a.risk.difference")));
    ck_assert(!isnan(value("a.ipswith.hr")));
    ck_assert(warned("nobody was followed to day 100"));
    study_end(&s);
}
END_TEST

/* Missing values are no level of a subgroup, and a level that everybody has makes none. */
START_TEST(subgroup_with_missing_values)
{
    two_by_two(&(people_plan){8, 6, 3, 150, {"ready", "NA", "not"}});
    must_compute();
    ck_assert_int_eq(results.subgroups[0].level_count, 2);
    ck_assert(!has("work.readiness=NA.followed"));
    ck_assert_double_eq(value("baseline.readiness.total.missing"), 16);
    ck_assert_int_eq(results.subgroups[0].fit.dropped, 16);
    study_end(&s);
    two_by_two(&(people_plan){8, 6, 3, 150, {"ready", ".", "ready"}});
    must_compute();
    ck_assert_int_eq(results.subgroups[0].level_count, 1);
    ck_assert_int_eq(results.subgroups[0].verdict, FP_VERDICT_NONE);
    ck_assert(warned("g: not carried out: 1 values"));
    study_end(&s);
    two_by_two(&(people_plan){8, 6, 3, 150, {"", "", ""}});
    must_compute();
    ck_assert_int_eq(results.subgroups[0].level_count, 0);
    ck_assert(warned("g: not carried out: 0 values"));
    study_end(&s);
}
END_TEST

/* A subgroup by a column of numbers is one by its values. */
START_TEST(subgroup_by_number)
{
    two_by_two(&(people_plan){8, 9, 2, 150, {"0", "1", "2"}});
    must_compute();
    ck_assert_int_eq(results.subgroups[0].level_count, 3);
    ck_assert(has("g.ipswith:factor(readiness)1.ratio"));
    ck_assert(has("g.ipswith:factor(readiness)2.ratio"));
    ck_assert(!isnan(value("g.readiness=2.hr")));
    ck_assert_int_eq(results.subgroups[0].verdict, FP_VERDICT_NONE);
    study_end(&s);
}
END_TEST

/* The subgroup column stands with the coaches. */
START_TEST(subgroup_of_coaches)
{
    make_people(&(people_plan){8, 6, 3, 150, {NULL}});
    begin(TWO_BY_TWO, COACHES, "coach",
          WORK "analysis:\n"
               "  - { id: a, role: primary, outcome: work, model: cox, formula: \"~ ips * pa\", "
               "effect: ips }\n"
               "  - { id: g, role: subgroup, of: a, by: team }\n",
          eight_coaches, people_text, episodes_text);
    must_compute();
    ck_assert_int_eq(results.subgroups[0].level_count, 2);
    ck_assert_double_eq(value("work.team=n.followed"), 24);
    ck_assert_str_eq(results.effects[0].formula, "~ ips + strata(pa)");
    study_end(&s);
}
END_TEST

START_TEST(one_factor)
{
    make_people(&(people_plan){4, 5, 3, 150, {"ready", "not", "ready"}});
    begin("{ kind: cluster-randomised, factors: { ips: [without, with] }, cluster: coach }",
          "  coaches: { file: coaches.csv, id: coach, columns: [ips] }\n", "coach, readiness",
          WORK "analysis:\n"
               "  - { id: a, role: primary, outcome: work, model: cox, formula: \"~ ips + "
               "readiness\", effect: ips }\n",
          "coach,ips\nk1,without\nk2,without\nk3,with\nk4,with\n", people_text, episodes_text);
    must_compute();
    ck_assert_str_eq(results.effects[0].formula, "~ ips + readiness");
    ck_assert_double_eq(value("a.ipswith.allocations"), 6);
    ck_assert_double_eq(value("a.ipswith.df"), 2);
    ck_assert(!has("neither.arms.p"));
    ck_assert(!results.has_inside);
    ck_assert(!isnan(value("a.risk.lower")));
    study_end(&s);
}
END_TEST

START_TEST(no_factor)
{
    make_people(&(people_plan){4, 6, 3, 150, {"ready", "not", "ready"}});
    begin("{ kind: single-group }", "", "coach, readiness", WORK, NULL, people_text, episodes_text);
    must_compute();
    ck_assert_int_eq(results.group_count, 1);
    ck_assert(value("work.total.events") > 0);
    ck_assert(!has("flow.total.coaches"));
    ck_assert_int_eq(results.effect_count, 0);
    study_end(&s);
}
END_TEST

#define PEOPLE_ARMS                                                                                \
    "person,start,end,why,a,b,c\n"                                                                 \
    "p1,2020-01-01,2020-06-01,,0,0,0\np2,2020-01-01,2020-06-01,,1,0,0\n"                           \
    "p3,2020-01-01,2020-06-01,,0,1,0\np4,2020-01-01,2020-06-01,,1,1,0\n"                           \
    "p5,2020-01-01,2020-06-01,,0,0,1\np6,2020-01-01,2020-06-01,,1,0,1\n"                           \
    "p7,2020-01-01,2020-06-01,,0,1,1\np8,2020-01-01,2020-06-01,,1,1,1\n"                           \
    "p9,2020-01-01,2020-06-01,,0,2,0\nq1,2020-01-01,2020-06-01,,1,2,0\n"                           \
    "q2,2020-01-01,2020-06-01,died,0,2,1\nq3,2020-01-01,2020-02-20,died,1,2,1\n"
#define SOME_JOBS                                                                                  \
    "person,start,end,hours,kind\np1,2020-02-01,2020-04-01,20,j\np2,2020-01-11,2020-04-01,20,j\n"  \
    "p4,2020-01-05,2020-04-01,20,j\np6,2020-02-05,2020-04-01,20,j\np7,2020-03-05,2020-05-01,20,"   \
    "j\n"                                                                                          \
    "p9,2020-01-15,2020-04-01,20,j\nq2,2020-01-25,2020-04-01,20,j\n"

/* Drawn by person, three factors, one of them of three levels. */
START_TEST(three_factors_by_person)
{
    begin(
        "{ kind: individually-randomised, factors: { a: [\"0\", \"1\"], b: [\"0\", \"1\", \"2\"], "
        "c: [\"0\", \"1\"] } }",
        "", "a, b, c",
        WORK "analysis:\n"
             "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ a + c\", effect: "
             "a }\n"
             "  - { id: y, role: secondary, outcome: work, model: cox, formula: \"~ a + b\", "
             "effect: b }\n"
             "  - { id: z, role: secondary, outcome: work, model: cox, formula: \"~ a * c\", "
             "effect: \"a:c\" }\n",
        NULL, PEOPLE_ARMS, SOME_JOBS);
    must_compute();
    ck_assert_str_eq(results.effects[0].formula, "~ a + strata(b) + strata(c)");
    ck_assert_int_eq(results.effect_count, 1);
    ck_assert_int_eq(results.interaction_count, 0);
    ck_assert(!isnan(value("x.a1.hr")) && !isnan(value("x.a1.lower")));
    ck_assert(isnan(value("x.a1.df")) && isnan(value("x.a1.lower_robust")));
    ck_assert(!has("x.a1.p_permutation"));
    ck_assert(has("y.b1.hr") && has("y.b2.hr") && !has("y.a1.hr"));
    ck_assert(has("z.a1:c1.ratio"));
    ck_assert(warned("y: shown term by term") && warned("z: shown term by term"));
    ck_assert_double_eq(value("flow.total.competing"), 1);
    ck_assert_double_eq(value("flow.total.competing:died"), 1);
    ck_assert(!has("flow.total.censored:died"));
    ck_assert(warned("competing event did not find work before it"));
    study_end(&s);
}
END_TEST

/* Coaches who guide people of both arms: their people alone are counted, not their arm. */
START_TEST(drawn_by_person_with_coaches)
{
    begin("{ kind: individually-randomised, factors: { ips: [without, with] }, cluster: coach }",
          "  coaches: { file: coaches.csv, id: coach, columns: [team] }\n", "coach, ips",
          WORK "analysis:\n"
               "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ ips\", effect: "
               "ips }\n",
          "coach,team\nk1,n\nk2,s\nk3,s\n",
          "person,start,end,why,coach,ips\np1,2020-01-01,2020-06-01,,k1,with\n"
          "p2,2020-01-01,2020-06-01,,k1,without\np4,2020-01-01,2020-06-01,,k2,with\n"
          "p6,2020-01-01,2020-06-01,,k2,without\np7,2020-01-01,2020-06-01,,k2,with\n",
          SOME_JOBS);
    must_compute();
    ck_assert_double_eq(value("flow.total.coaches"), 3);
    ck_assert_double_eq(value("flow.total.people_per_coach_min"), 0);
    ck_assert(isnan(value("flow.ips=with.coaches")));
    ck_assert(isnan(value("flow.ips=with.people_per_coach_mean")));
    ck_assert(has("coaches.team=n.total.count") && !has("coaches.team=n.ips=with.count"));
    study_end(&s);
}
END_TEST

/* Not drawn by lot, but clustered: the sandwich, no permutation; coaches with people on both sides
 * leave the difference without an interval. */
START_TEST(comparison_group_with_coaches)
{
    make_people(&(people_plan){4, 9, 2, 150, {"with", "without", "with"}});
    begin("{ kind: comparison-group, factors: { readiness: [without, with] }, cluster: coach }", "",
          "coach, readiness",
          WORK "analysis:\n"
               "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ readiness\", "
               "effect: readiness }\n",
          NULL, people_text, episodes_text);
    must_compute();
    ck_assert_double_eq(value("x.readinesswith.df"), 3);
    ck_assert(!has("x.readinesswith.p_permutation"));
    ck_assert(!isnan(value("x.risk.difference")) && isnan(value("x.risk.lower")));
    ck_assert(warned("a coach has people in more than one arm"));
    study_end(&s);
}
END_TEST

START_TEST(no_time_to_event_outcome)
{
    make_people(&(people_plan){8, 4, 3, 150, {"ready", "not", "ready"}});
    begin(TWO_BY_TWO, COACHES, "coach, readiness",
          "outcomes:\n  - { id: paid, kind: status-at, month: 2, rule: { min_hours_per_month: 1 } "
          "}\n",
          eight_coaches, people_text, episodes_text);
    must_compute();
    ck_assert_int_eq(results.primary, -1);
    ck_assert_double_eq(value("flow.both.people"), 8);
    ck_assert(!has("flow.both.events"));
    ck_assert_int_eq(results.curve_count, 0);
    study_end(&s);
}
END_TEST

START_TEST(no_outcome_at_all)
{
    make_people(&(people_plan){8, 4, 3, 150, {"ready", "not", "ready"}});
    begin(TWO_BY_TWO, COACHES, "coach, readiness", "outcomes: []\n", eight_coaches, people_text,
          episodes_text);
    must_compute();
    ck_assert_double_eq(value("flow.total.people"), 32);
    ck_assert_double_eq(value("baseline.readiness=not.total.count"), 8);
    study_end(&s);
}
END_TEST

/* Each analysis runs on the people and times of its own outcome. */
START_TEST(two_time_to_event_outcomes)
{
    make_people(&(people_plan){8, 6, 3, 150, {"ready", "not", "ready"}});
    begin(TWO_BY_TWO, COACHES, "coach, readiness",
          "outcomes:\n"
          "  - { id: work, kind: time-to-event, follow_up: 100d }\n"
          "  - { id: early, kind: time-to-event, follow_up: 50d, rule: { min_days: 7 } }\n"
          "  - { id: paid, kind: status-at, month: 2, rule: { min_hours_per_month: 1 } }\n"
          "analysis:\n"
          "  - { id: a, role: primary, outcome: work, model: cox, formula: \"~ ips + pa\", effect: "
          "ips }\n"
          "  - { id: e, role: secondary, outcome: early, model: cox, formula: \"~ ips + pa\", "
          "effect: ips }\n"
          "  - { id: g, role: subgroup, of: e, by: readiness }\n",
          eight_coaches, people_text, episodes_text);
    must_compute();
    ck_assert_int_eq(results.planned_count, 2);
    ck_assert_int_lt(results.planned[1].result.events, results.planned[0].result.events);
    const fp_fact *fact = fp_results_fact(&results, "e.ipswith.hr");
    ck_assert_ptr_nonnull(fact);
    ck_assert_str_eq(fact->outcome, "early");
    ck_assert_double_ne(fact->value, value("a.ipswith.hr"));
    ck_assert_double_eq(value("e.ipswith.allocations"), 36);
    fp_scope scope = fact->scope;
    ptrdiff_t events = 0;
    scope.set = FP_SET_EVENT;
    for (ptrdiff_t i = 0; i < s.data.person_count; i++)
        events += fp_scope_has_person(&results, &scope, i);
    ck_assert_int_eq(events, results.planned[1].result.events);
    ck_assert(warned("g: not carried out"));
    study_end(&s);
}
END_TEST

START_TEST(everybody_at_work_at_the_start)
{
    begin("{ kind: individually-randomised, factors: { a: [\"0\", \"1\"] } }", "", "a",
          WORK "analysis:\n"
               "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ a\", effect: a "
               "}\n",
          NULL,
          "person,start,end,why,a\np1,2020-01-01,2020-06-01,,0\np2,2020-01-01,2020-06-01,,1\n",
          "person,start,end,hours,kind\np1,2019-12-01,2020-04-01,20,j\n"
          "p2,2019-12-01,2020-04-01,20,j\n");
    must_compute();
    ck_assert_double_eq(value("flow.total.at_work_at_start"), 2);
    ck_assert_double_eq(value("flow.total.followed"), 0);
    ck_assert_int_eq(results.planned_count, 0);
    ck_assert(warned("x: not carried out: nobody was followed"));
    study_end(&s);
}
END_TEST

/* All with the factor find work, none without: no finite ratio is printed. */
START_TEST(separated)
{
    begin("{ kind: individually-randomised, factors: { a: [\"0\", \"1\"] } }", "", "a",
          WORK "analysis:\n"
               "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ a\", effect: a "
               "}\n",
          NULL,
          "person,start,end,why,a\np1,2020-01-01,2020-06-01,,0\np2,2020-01-01,2020-06-01,,1\n"
          "p3,2020-01-01,2020-06-01,,0\np4,2020-01-01,2020-06-01,,1\n",
          SOME_JOBS);
    s.err = (fp_err){0};
    must_compute();
    ck_assert_double_eq(value("work.a=1.risk"), 1);
    ck_assert_double_eq(value("work.a=0.risk"), 0.5);
    study_end(&s);
    begin("{ kind: individually-randomised, factors: { a: [\"0\", \"1\"] } }", "", "a",
          WORK "analysis:\n"
               "  - { id: x, role: primary, outcome: work, model: cox, formula: \"~ a\", effect: a "
               "}\n",
          NULL,
          "person,start,end,why,a\np2,2020-01-01,2020-06-01,,1\np3,2020-01-01,2020-06-01,,0\n"
          "p4,2020-01-01,2020-06-01,,1\np5,2020-01-01,2020-06-01,,0\n",
          SOME_JOBS);
    must_compute();
    ck_assert(isnan(value("x.a1.hr")) && isnan(value("x.a1.lower")) && isnan(value("x.a1.p")));
    ck_assert_int_eq(results.effects[0].verdict, FP_VERDICT_NONE);
    study_end(&s);
}
END_TEST

START_TEST(baseline_columns_that_no_table_shows)
{
    char people[4096];
    int n = snprintf(people, sizeof people, "person,start,end,why,name,age,none\n");
    for (int i = 0; i < 20; i++)
        n += snprintf(people + n, sizeof people - (size_t)n, "p%d,2020-01-01,2020-06-01,,n%d,%s,\n",
                      i, i, i == 7 ? "4O" : "41.5");
    for (int i = 20; i < 40; i++)
        n += snprintf(people + n, sizeof people - (size_t)n, "p%d,2020-01-01,2020-06-01,,n%d,%d,\n",
                      i, i, i);
    begin("{ kind: single-group }", "", "name, age, none", WORK, NULL, people, SOME_JOBS);
    must_compute();
    ck_assert_int_eq(results.people_row_count, 0);
    ck_assert(warned("\"name\" is left out: 40 different values"));
    ck_assert(warned("\"age\" is left out: \"4O\" is not a number"));
    ck_assert(warned("\"none\" is left out"));
    study_end(&s);
}
END_TEST

/* Two numbers of one id would make `trace` lead to the wrong one. */
START_TEST(ids_that_coincide)
{
    begin("{ kind: individually-randomised, factors: { a: [total, \"1\"] } }", "", "a", WORK, NULL,
          "person,start,end,why,a\np2,2020-01-01,2020-06-01,,1\np3,2020-01-01,2020-06-01,,total\n",
          SOME_JOBS);
    ck_assert_int_eq(compute(), FP_INPUT);
    ck_assert_msg(strstr(s.err.message, "flow.total.people"), "%s", s.err.message);
    study_end(&s);
}
END_TEST

/* The N-th allocation fails, and all after it: out of memory, nothing else, and nothing written. */
START_TEST(failing_allocations)
{
    two_by_two(&(people_plan){8, 4, 3, 150, {"ready", "not", "ready"}});
    fp_status status = FP_NOMEM;
    long failures = 0;
    for (long n = 1; status != FP_OK; n = n * 7 > 3000 ? n + 2999 : n * 7) {
        fp_arena_point mark = fp_arena_mark(s.arena);
        fp_results before = {.primary = -7};
        fp_arena_fail_at(s.arena, n);
        status = fp_results_compute(&s.data, NULL, s.arena, &before, &s.err);
        fp_arena_fail_at(s.arena, 0);
        ck_assert_msg(status == FP_OK || status == FP_NOMEM, "%ld: %s", n, s.err.message);
        ck_assert(status == FP_OK || before.primary == -7);
        failures += status == FP_NOMEM;
        fp_arena_rewind(s.arena, mark);
        ck_assert_int_lt(n, 1000000);
    }
    ck_assert_int_ge(failures, 4);
    study_end(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study results");
    TCase *tcase = tcase_create("results");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_whole_study);
    tcase_add_test(tcase, nobody_has_the_event);
    tcase_add_test(tcase, one_arm_only);
    tcase_add_test(tcase, a_stratified_draw_is_said);
    tcase_add_test(tcase, reference_arm_empty);
    tcase_add_test(tcase, horizon_not_reached);
    tcase_add_test(tcase, subgroup_with_missing_values);
    tcase_add_test(tcase, subgroup_by_number);
    tcase_add_test(tcase, subgroup_of_coaches);
    tcase_add_test(tcase, one_factor);
    tcase_add_test(tcase, no_factor);
    tcase_add_test(tcase, three_factors_by_person);
    tcase_add_test(tcase, drawn_by_person_with_coaches);
    tcase_add_test(tcase, comparison_group_with_coaches);
    tcase_add_test(tcase, no_time_to_event_outcome);
    tcase_add_test(tcase, no_outcome_at_all);
    tcase_add_test(tcase, two_time_to_event_outcomes);
    tcase_add_test(tcase, everybody_at_work_at_the_start);
    tcase_add_test(tcase, separated);
    tcase_add_test(tcase, baseline_columns_that_no_table_shows);
    tcase_add_test(tcase, ids_that_coincide);
    tcase_add_test(tcase, failing_allocations);
    return run_suite(suite);
}
