#ifndef FP_TESTS_REPORT_MADE_STUDY_H
#define FP_TESTS_REPORT_MADE_STUDY_H

#include "report/report.h"
#include "study/study_fixture.h"

/* Small synthetic studies, made in memory and computed. */
typedef enum {
    MADE_FACTORIAL,      /* 2 x 2, eight coaches, a subgroup, a competing event, messy spells */
    MADE_HOSTILE,        /* the same with values that look like HTML and templates */
    MADE_ONE_FACTOR,     /* six coaches, one factor */
    MADE_INDIVIDUAL,     /* people randomised, no coaches */
    MADE_COMPARISON,     /* two groups, not by lot */
    MADE_COACHED_GROUPS, /* the same with coaches, and an analysis of a covariate */
    MADE_SINGLE,         /* one group, no factor */
    MADE_NO_PLAN,        /* 2 x 2 with an empty analysis */
    MADE_NOBODY,         /* 2 x 2, nobody finds work */
    MADE_NO_OUTCOME,     /* no outcomes at all */
    MADE_THREE_LEVELS,   /* people randomised, a factor of three levels */
    MADE_ANSWERS,        /* answers by wave alone, from tests/data/study/answers.yaml */
    MADE_COUNT
} made_kind;

typedef struct {
    study study;
    fp_results results;
} made;

/* `title` stands in the yaml between double quotes; MADE_ANSWERS has its own. */
void make_study(made *m, made_kind kind, const char *title);
/* Render; aborts the test on failure. */
void render_made(made *m, const char *language, fp_buf *out);

#endif
