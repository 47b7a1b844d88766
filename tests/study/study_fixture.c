#include "study/study_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

static void read_source(study *s, fp_source_kind kind, const char *text)
{
    s->sources[kind] = (fp_source){.kind = kind, .sha256 = ""};
    if (!text)
        return;
    const fp_source_spec *const specs[] = {&s->protocol.coaches, &s->protocol.people,
                                           &s->protocol.episodes, &s->protocol.recruitment,
                                           &s->protocol.answers};
    fp_status status = fp_source_read_text(specs[kind]->file, fp_str_of(text), &s->protocol, kind,
                                           s->arena, &s->sources[kind], &s->err);
    ck_assert_msg(status == FP_OK, "%s: %s", fp_source_names[kind], s->err.message);
}

void study_begin(study *s, const char *yaml, const char *coaches, const char *people,
                 const char *episodes)
{
    *s = (study){.arena = fp_arena_create(4 * FP_GIB)};
    fp_problems_init(&s->problems, 50, s->arena);
    ck_assert_int_eq(fp_protocol_read_text("study.yaml", fp_str_of(yaml), s->arena, &s->protocol,
                                           &s->problems, &s->err),
                     FP_OK);
    if (!people)
        return;
    problems_print(&s->problems);
    ck_assert_int_eq(s->problems.errors, 0);
    read_source(s, FP_SOURCE_COACHES, coaches);
    read_source(s, FP_SOURCE_PEOPLE, people);
    read_source(s, FP_SOURCE_EPISODES, episodes);
    ck_assert_int_eq(fp_study_data_build(&s->protocol, s->sources, NULL, s->arena, &s->data,
                                         &s->problems, &s->err),
                     FP_OK);
}

void study_begin_folder(study *s, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/study/%s.yaml", FP_TEST_DATA, name);
    *s = (study){.arena = fp_arena_create(FP_GIB)};
    fp_problems_init(&s->problems, 20, s->arena);
    ck_assert_int_eq(fp_protocol_read(path, s->arena, &s->protocol, &s->problems, &s->err), FP_OK);
    for (int kind = 0; kind < FP_SOURCE_COUNT; kind++)
        ck_assert_int_eq(fp_source_read(FP_TEST_DATA "/study", &s->protocol, (fp_source_kind)kind,
                                        s->arena, &s->sources[kind], &s->err),
                         FP_OK);
    ck_assert_int_eq(fp_study_data_build(&s->protocol, s->sources, NULL, s->arena, &s->data,
                                         &s->problems, &s->err),
                     FP_OK);
    problems_print(&s->problems);
    ck_assert_int_eq(s->problems.errors, 0);
}

void study_end(study *s)
{
    fp_arena_destroy(s->arena);
    s->arena = NULL;
}

const char *problem_text(const fp_problems *problems, ptrdiff_t i, char *out, size_t size)
{
    out[0] = '\0';
    if (i < problems->kept)
        fp_err_text(&problems->items[i].at, out, size);
    return out;
}

void problems_print(const fp_problems *problems)
{
    char text[1400];
    for (ptrdiff_t i = 0; i < problems->kept; i++)
        printf("%s%s\n", problems->items[i].is_error ? "" : "note: ",
               problem_text(problems, i, text, sizeof text));
    (void)fflush(stdout);
}

fp_day day_of(const char *text)
{
    fp_day day = FP_DAY_NONE;
    ck_assert_msg(fp_day_parse(fp_str_of(text), &day), "%s", text);
    return day;
}

fp_outcomes derive(study *s, const char *outcome)
{
    fp_outcomes derived;
    const fp_outcome_spec *spec = fp_protocol_outcome(&s->protocol, outcome);
    ck_assert_msg(spec != NULL, "%s", outcome);
    ck_assert_int_eq(fp_outcomes_derive(&s->data, spec, NULL, s->arena, &derived, &s->err), FP_OK);
    return derived;
}

void study_of_one(study *s, const char *rule, const char *person_row, const char *episodes)
{
    char yaml[2048], people[512], spells[4096];
    (void)snprintf(yaml, sizeof yaml,
                   "study: { id: one }\n"
                   "design: { kind: single-group }\n"
                   "sources:\n"
                   "  people: { file: people.csv, id: person, start: start, end: end, "
                   "end_reason: why }\n"
                   "  episodes: { file: episodes.csv, person: person, start: start, end: end, "
                   "hours: hours, kind: kind }\n"
                   "outcomes:\n"
                   "  - { id: work, kind: time-to-event, follow_up: 350d, competing: [died], "
                   "rule: { %s } }\n",
                   rule);
    (void)snprintf(people, sizeof people, "person,start,end,why\n%s\n", person_row);
    (void)snprintf(spells, sizeof spells, "person,start,end,hours,kind\n%s\n", episodes);
    study_begin(s, yaml, NULL, people, spells);
    problems_print(&s->problems);
    ck_assert_int_eq(s->problems.errors, 0);
}
