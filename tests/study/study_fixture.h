#ifndef FP_TESTS_STUDY_FIXTURE_H
#define FP_TESTS_STUDY_FIXTURE_H

#include "study/outcome.h"

/* A study made from texts, with everything that was said about it. */
typedef struct {
    fp_arena *arena;
    fp_protocol protocol;
    fp_problems problems;
    fp_source sources[FP_SOURCE_COUNT];
    fp_study_data data;
    fp_err err;
} study;

/* Read study.yaml and, where they are not NULL, the sources. Aborts the test when a text cannot be
 * read at all; problems are collected. study_end frees it. */
void study_begin(study *s, const char *yaml, const char *coaches, const char *people,
                 const char *episodes);
/* The same from tests/data/study/NAME.yaml and the files it names. */
void study_begin_folder(study *s, const char *name);
void study_end(study *s);

/* `FILE, line L, column C: message (hint)` of problem i. */
const char *problem_text(const fp_problems *problems, ptrdiff_t i, char *out, size_t size);
/* All problems, one a line, notes marked. */
void problems_print(const fp_problems *problems);

/* Day number of 2021-02-28; aborts where it is none. */
fp_day day_of(const char *text);
/* Derive the outcome of that id. */
fp_outcomes derive(study *s, const char *outcome);

/* A study of one person p1 with the given rule: `rule` stands between the brackets of the YAML. */
void study_of_one(study *s, const char *rule, const char *person_row, const char *episodes);

#endif
