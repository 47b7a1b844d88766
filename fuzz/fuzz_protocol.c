/* study.yaml, and what follows where it is right: small sources are read, linked and judged by its
 * outcomes. */
#include <string.h>

#include "fuzz.h"
#include "study/outcome.h"

#define LIMIT (256 * FP_MIB)

static const char *const files[FP_SOURCE_COUNT] = {
    "coach,ips,pa,team\nc1,with,without,a\nc2,without,with,b\n",
    "person,coach,start,end,reason,age,ips\np1,c1,2021-01-04,2022-03-01,,30,with\n"
    "p2,c2,2021-01-05,2021-05-01,died,31,without\n",
    "person,start,end,hours,kind\np1,2021-02-01,,20,regular\np1,2020-02-01,2021-01-05,8,trial\n"
    "p2,2021-02-01,2021-02-20,16,regular\np2,2021-02-22,2021-04-01,\"12,5\",regular\n"
    "p3,2021-02-01,,90,\n",
    "person,coach,offered,eligible,consented,reason,included\np1,c1,2021-01-02,yes,yes,,2021-01-"
    "04\n"
    "p2,c2,2021-01-02,ja,1,,2021-01-05\n,c2,2021-01-03,yes,no,ill,\n",
    "person,wave,item,value\np1,0m,a,3\np2,0m,a,\np1,6m,a,5\np2,6,a,\"4,5\"\np1,6m,b,1\n"};

static void check_problems(const fp_problems *problems)
{
    FUZZ_CHECK(problems->errors <= problems->count && problems->kept <= problems->count);
    for (ptrdiff_t i = 0; i < problems->kept; i++) {
        const fp_err *at = &problems->items[i].at;
        FUZZ_CHECK(at->message[0] && !strchr(at->message, '\n') && !strchr(at->hint, '\n'));
        FUZZ_CHECK(fp_str_utf8(fp_str_of(at->message)) && fp_str_utf8(fp_str_of(at->hint)));
        FUZZ_CHECK(at->line > 0 || at->file[0]);
    }
}

/* What the rest of the program relies on where nothing was wrong. */
static void check_protocol(const fp_protocol *p)
{
    FUZZ_CHECK(p->id && p->id[0] && p->title && p->language && p->people.file && p->people.id);
    for (ptrdiff_t i = 0; i < p->factor_count; i++)
        FUZZ_CHECK(p->factors[i].name[0] && p->factors[i].level_count >= 2);
    for (ptrdiff_t i = 0; i < p->outcome_count; i++) {
        const fp_outcome_spec *o = &p->outcomes[i];
        FUZZ_CHECK(fp_protocol_outcome(p, o->id) == o && o->line > 0);
        FUZZ_CHECK(o->rule.min_days >= 1 && o->rule.gap_days >= 0);
        FUZZ_CHECK(o->rule.min_hours_per_week > 0 && o->rule.min_hours_per_week <= 168);
        FUZZ_CHECK(o->kind == FP_OUTCOME_STATUS_AT ? o->month >= 1
                   : o->kind == FP_OUTCOME_ANSWER  ? o->item != NULL
                                                   : o->follow_up >= 1);
        FUZZ_CHECK(p->people.start && p->people.end && p->episodes.hours);
    }
    for (ptrdiff_t i = 0; i < p->analysis_count; i++) {
        const fp_analysis_spec *a = &p->analyses[i];
        FUZZ_CHECK(fp_protocol_analysis(p, a->id) == a && a->formula && a->model);
        FUZZ_CHECK(fp_protocol_outcome(p, a->outcome));
        FUZZ_CHECK(a->role == FP_ROLE_SUBGROUP ? a->of && a->by : !a->of && !a->by);
    }
}

static void judge(const fp_study_data *data, const fp_outcome_spec *spec, fp_arena *arena)
{
    fp_outcomes outcomes;
    FP_BUF_SCOPED(text, FP_MIB);
    if (fp_outcomes_derive(data, spec, NULL, arena, &outcomes, NULL) != FP_OK)
        return;
    for (ptrdiff_t i = 0; i < outcomes.n; i++) {
        FUZZ_CHECK(outcomes.people[i].reason && outcomes.people[i].time >= -1);
        if (fp_outcome_explain(data, &outcomes, i, arena, &text, NULL) != FP_OK)
            return;
    }
    fp_outcomes_csv(data, &outcomes, &text);
    fp_outcomes_counts(data, &outcomes, true, &text);
}

static void run_study(const fp_protocol *p, fp_arena *arena)
{
    fp_source sources[FP_SOURCE_COUNT];
    fp_study_data data;
    fp_problems problems;
    const fp_source_spec *const specs[] = {&p->coaches, &p->people, &p->episodes, &p->recruitment,
                                           &p->answers};
    fp_problems_init(&problems, 20, arena);
    for (int kind = 0; kind < FP_SOURCE_COUNT; kind++) {
        sources[kind] = (fp_source){.kind = (fp_source_kind)kind, .sha256 = ""};
        if (specs[kind]->file &&
            fp_source_read_text(specs[kind]->file, fp_str_of(files[kind]), p, (fp_source_kind)kind,
                                arena, &sources[kind], NULL) != FP_OK)
            return;
    }
    if (fp_study_data_build(p, sources, NULL, arena, &data, &problems, NULL) != FP_OK)
        return;
    check_problems(&problems);
    if (problems.errors == 0)
        for (ptrdiff_t i = 0; i < p->outcome_count; i++)
            judge(&data, &p->outcomes[i], arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_arena *arena = fp_arena_create(LIMIT);
    fp_problems problems;
    fp_protocol protocol;
    fp_err err;
    if (!arena)
        abort();
    fp_problems_init(&problems, 30, arena);
    fp_str text = {(const char *)data, size};
    fp_status status = fp_protocol_read_text("study.yaml", text, arena, &protocol, &problems, &err);
    FUZZ_CHECK(status == FP_OK || status == FP_NOMEM);
    check_problems(&problems);
    if (status == FP_OK && problems.errors == 0) {
        check_protocol(&protocol);
        run_study(&protocol, arena);
    }
    fp_arena_destroy(arena);
    return 0;
}
