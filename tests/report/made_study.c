#include "made_study.h"

#include <stdio.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#define PEOPLE                                                                                     \
    "  people: { file: data/people.csv, id: person, start: start, end: end, end_reason: why, "     \
    "columns: [%s] }\n"                                                                            \
    "  episodes: { file: data/episodes.csv, person: person, start: start, end: end, hours: "       \
    "hours, "                                                                                      \
    "kind: kind }\n"
#define OUTCOME                                                                                    \
    "outcomes:\n  - { id: work, kind: time-to-event, follow_up: 100d, competing: [died] }\n"
#define COACHES "  coaches: { file: data/coaches.csv, id: coach, columns: [ips, pa, team] }\n"
#define TWO_BY_TWO                                                                                 \
    "{ kind: cluster-randomised, factors: { ips: [without, with], pa: [without, with] }, "         \
    "cluster: "                                                                                    \
    "coach }"

static const struct {
    const char *design, *sources, *columns, *plan;
    bool coaches;
} kinds[MADE_ANSWERS] = {
    [MADE_FACTORIAL] =
        {TWO_BY_TWO, COACHES, "coach, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ ips + "
                 "pa\", effect: ips }\n"
                 "  - { id: second, role: primary, outcome: work, model: cox, formula: \"~ ips + "
                 "pa\", effect: pa }\n"
                 "  - { id: both, role: secondary, outcome: work, model: cox, formula: \"~ ips * "
                 "pa\", effect: \"ips:pa\" }\n"
                 "  - { id: ready, role: subgroup, of: first, by: readiness }\n",
         true},
    [MADE_HOSTILE] =
        {TWO_BY_TWO, COACHES, "coach, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ ips + "
                 "pa\", effect: ips }\n"
                 "  - { id: second, role: primary, outcome: work, model: cox, formula: \"~ ips + "
                 "pa\", effect: pa }\n"
                 "  - { id: both, role: secondary, outcome: work, model: cox, formula: \"~ ips * "
                 "pa\", effect: \"ips:pa\" }\n"
                 "  - { id: ready, role: subgroup, of: first, by: readiness }\n",
         true},
    [MADE_ONE_FACTOR] =
        {"{ kind: cluster-randomised, factors: { ips: [without, with] }, cluster: coach }",
         "  coaches: { file: data/coaches.csv, id: coach, columns: [ips, team] }\n",
         "coach, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ ips\", "
                 "effect: ips }\n",
         true},
    [MADE_INDIVIDUAL] =
        {"{ kind: individually-randomised, factors: { dose: [low, high] } }", "",
         "dose, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ dose\", "
                 "effect: dose }\n",
         false},
    [MADE_COMPARISON] =
        {"{ kind: comparison-group, factors: { dose: [low, high] } }", "", "dose, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ dose + "
                 "age\", effect: dose }\n",
         false},
    [MADE_COACHED_GROUPS] =
        {"{ kind: comparison-group, factors: { dose: [low, high] }, cluster: coach }",
         "  coaches: { file: data/coaches.csv, id: coach, columns: [ips, team] }\n",
         "coach, dose, readiness, age",
         OUTCOME
         "analysis:\n"
         "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ dose\", "
         "effect: dose }\n"
         "  - { id: aged, role: exploratory, outcome: work, model: cox, formula: \"~ dose + "
         "age\", effect: age }\n",
         true},
    [MADE_SINGLE] = {"{ kind: single-group }", "", "readiness, age", OUTCOME "analysis: []\n",
                     false},
    [MADE_NO_PLAN] = {TWO_BY_TWO, COACHES, "coach, readiness, age", OUTCOME "analysis: []\n", true},
    [MADE_NOBODY] =
        {TWO_BY_TWO, COACHES, "coach, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ ips + "
                 "pa\", effect: ips }\n"
                 "  - { id: both, role: secondary, outcome: work, model: cox, formula: \"~ ips * "
                 "pa\", effect: \"ips:pa\" }\n",
         true},
    [MADE_NO_OUTCOME] = {TWO_BY_TWO, COACHES, "coach, readiness, age",
                         "outcomes: []\nanalysis: []\n", true},
    [MADE_THREE_LEVELS] =
        {"{ kind: individually-randomised, factors: { dose: [low, high, highest] } }", "",
         "dose, readiness, age",
         OUTCOME "analysis:\n"
                 "  - { id: first, role: primary, outcome: work, model: cox, formula: \"~ dose\", "
                 "effect: dose }\n",
         false},
};

static const char two_factors[] = "coach,ips,pa,team\n"
                                  "k1,without,without,n\nk2,without,without,s\n"
                                  "k3,with,without,n\nk4,with,without,s\n"
                                  "k5,without,with,n\nk6,without,with,s\n"
                                  "k7,with,with,n\nk8,with,with,s\n";
static const char one_factor[] = "coach,ips,team\n"
                                 "k1,without,n\nk2,without,s\nk3,without,n\nk4,with,s\n"
                                 "k5,with,n\nk6,with,s\nk7,without,s\nk8,with,n\n";

static void put_day(fp_buf *out, int day)
{
    char text[16];
    fp_day_format(day_of("2020-01-01") + day, text);
    fp_buf_put(out, text);
}

/* Eighty people, ten a coach; the values differ so that every table has something to show. */
static void put_people(fp_buf *out, bool coaches, int levels, bool hostile)
{
    static const char *const dose[] = {"low", "high", "highest"};
    fp_buf_printf(out, "person%s%s,start,end,why,readiness,age\n", coaches ? ",coach" : "",
                  levels ? ",dose" : "");
    for (int i = 0; i < 80; i++) {
        fp_buf_printf(out, "p%d,", i);
        if (coaches)
            fp_buf_printf(out, "k%d,", i % 8 + 1);
        if (levels)
            fp_buf_printf(out, "%s,", dose[i % levels]);
        put_day(out, i);
        fp_buf_put_char(out, ',');
        put_day(out, i + (i % 11 == 3 ? 60 : 200));
        fp_buf_printf(out, ",%s,%s,", i % 11 == 3 ? (i % 2 ? "died" : "moved") : "",
                      i / 8 % 2 ? hostile ? "\"<i>ready</i> & {x}\"" : "ready"
                      : hostile ? "\"\"\"not\"\" 'ready'; <script>\""
                                : "not-ready");
        if (i % 13)
            fp_buf_printf(out, "%d", 20 + i * 7 % 40);
        fp_buf_put_char(out, '\n');
    }
}

static void put_episodes(fp_buf *out, bool nobody)
{
    fp_buf_put(out, "person,start,end,hours,kind\n");
    for (int i = 0; i < 80; i++) {
        bool works = (i * 7 + i / 8) % 5 < 2 + i % 2;
        if (!works || nobody)
            continue;
        fp_buf_printf(out, "p%d,", i);
        put_day(out, i + (i % 17 == 0 ? -10 : 5 + i * 13 % 90));
        fp_buf_put_char(out, ',');
        put_day(out, i + 190);
        fp_buf_put(out, ",24,regular\n");
    }
    fp_buf_put(out, "nobody,2020-02-01,2020-03-01,24,regular\n"
                    "p2,2020-03-01,2020-02-01,24,regular\n"
                    "p2,2020-05-01,2020-06-01,0,regular\n");
}

/* Its texts put together and read. */
static void begin_made(made *m, made_kind kind, const char *title)
{
    char yaml[8192], sources[2048];
    FP_BUF_SCOPED(people, FP_MIB);
    FP_BUF_SCOPED(episodes, FP_MIB);
    int levels = !strstr(kinds[kind].columns, "dose") ? 0 : kind == MADE_THREE_LEVELS ? 3 : 2;
    (void)snprintf(sources, sizeof sources, PEOPLE, kinds[kind].columns);
    (void)snprintf(yaml, sizeof yaml,
                   "study: { id: made, title: \"%s\" }\ndesign: %s\nsources:\n%s%s%s", title,
                   kinds[kind].design, kinds[kind].sources, sources, kinds[kind].plan);
    put_people(&people, kinds[kind].coaches, levels, kind == MADE_HOSTILE);
    put_episodes(&episodes, kind == MADE_NOBODY);
    study_begin(&m->study, yaml,
                !kinds[kind].coaches                                     ? NULL
                : kind == MADE_ONE_FACTOR || kind == MADE_COACHED_GROUPS ? one_factor
                                                                         : two_factors,
                people.p, episodes.p);
}

void make_study(made *m, made_kind kind, const char *title)
{
    char text[1500];
    if (kind == MADE_ANSWERS)
        study_begin_folder(&m->study, "answers");
    else
        begin_made(m, kind, title);
    problems_print(&m->study.problems);
    ck_assert_int_eq(m->study.problems.errors, 0);
    fp_status status =
        fp_results_compute(&m->study.data, NULL, m->study.arena, &m->results, &m->study.err);
    if (status != FP_OK)
        fp_err_text(&m->study.err, text, sizeof text);
    ck_assert_msg(status == FP_OK, "%s", status == FP_OK ? "" : text);
}

void render_made(made *m, const char *language, fp_buf *out)
{
    char text[1500];
    fp_report_input input = {&m->results,
                             language,
                             "firstplace 0.1.0",
                             "aa00000000000000000000000000000000000000000000000000000000000000",
                             NULL,
                             NULL,
                             false,
                             0,
                             NULL,
                             0};
    fp_status status = fp_report_html(&input, m->study.arena, out, &m->study.err);
    if (status != FP_OK)
        fp_err_text(&m->study.err, text, sizeof text);
    ck_assert_msg(status == FP_OK, "%s", status == FP_OK ? "" : text);
}
