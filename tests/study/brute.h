#ifndef FP_TESTS_STUDY_BRUTE_H
#define FP_TESTS_STUDY_BRUTE_H

#include "study/outcome.h"

/* The rule of DESIGN.md a second time, day by day, on raw rows. Slow and plain on purpose. */

typedef struct {
    fp_day start, end; /* end FP_DAY_NONE = still running */
    double hours;      /* NaN = missing */
    const char *kind;
    char text[5][24]; /* the row as written: what duplicates are told by */
    fp_repair repair; /* out */
} brute_row;

typedef struct {
    fp_day start, end;
    const char *end_reason;
} brute_person;

typedef struct {
    fp_fate fate;
    int time;
    const char *reason;
    bool at_work;
} brute_outcome;

#define BRUTE_DAYS 4000
/* Hours on each day: index = day - origin. */
typedef struct {
    fp_day origin;
    int count; /* days up to and including the person's end */
    double hours[BRUTE_DAYS];
    bool meets[BRUTE_DAYS];
} brute_calendar;

void brute_repairs(const fp_outcome_rule *rule, const brute_person *person, brute_row *rows, int n);
void brute_fill(const fp_outcome_rule *rule, const brute_person *person, const brute_row *rows,
                int n, brute_calendar *calendar);
brute_outcome brute_judge(const fp_outcome_rule *rule, int follow_up, const char *competing,
                          const brute_person *person, const brute_calendar *calendar);

#endif
