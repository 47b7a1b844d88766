#ifndef FP_STUDY_PROTOCOL_H
#define FP_STUDY_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/str.h"

/* The protocol and the analysis plan of a study: study.yaml, read and validated. A value; all texts
 * live in the arena it was read into. `line` is where the thing stands in the file. */

typedef enum {
    FP_DESIGN_CLUSTER_RANDOMISED,
    FP_DESIGN_INDIVIDUALLY_RANDOMISED,
    FP_DESIGN_COMPARISON_GROUP,
    FP_DESIGN_SINGLE_GROUP,
} fp_design_kind;

/* How arms are drawn by `firstplace randomise`; design.strata holds under every method. */
typedef enum {
    FP_ALLOCATION_ELSEWHERE, /* the arms stand in the sources */
    FP_ALLOCATION_SIMPLE,
    FP_ALLOCATION_COMPLETE,    /* clusters: arms as equal as can be, within each stratum */
    FP_ALLOCATION_CONSTRAINED, /* the same among the most balanced allocations */
    FP_ALLOCATION_BLOCKS,      /* people: permuted blocks within each stratum */
} fp_allocation_method;

typedef struct {
    fp_allocation_method method;
    ptrdiff_t ratio_count; /* 0 = equal, else the number of arms */
    const int *ratio;
    ptrdiff_t block_count; /* blocks: sizes that are drawn from */
    const int *block_sizes;
    ptrdiff_t balance_count; /* constrained: numeric columns of coaches */
    const char *const *balance;
    ptrdiff_t weight_count; /* 0 = all 1 */
    const int *weights;
    double keep; /* constrained: share of the candidates kept, default 0.1 */
    long line;   /* 0 where study.yaml has no design.allocation */
} fp_allocation_spec;

/* What the size of the study was reckoned with; first how alike people of one coach were taken to
 * be. */
typedef struct {
    double icc; /* intraclass correlation of the event, NaN = not given */
    double k;   /* coefficient of variation of the rates between coaches, NaN = not given */
    /* for the power of the plan; NaN or 0 = not given */
    int people, clusters;
    double hazard_ratio, interaction; /* of each factor; of both together against their product */
    double event_probability;         /* reference arm, by the end of follow-up */
    double drop_out;                  /* share that has left by then */
    double size_cv;                   /* coefficient of variation of the caseloads */
    int accrual;                      /* days over which people enter */
    long line;                        /* 0 where study.yaml has no design.planned */
} fp_planned_spread;

/* What was expected of an answer when the size was reckoned; NaN = not given. */
typedef struct {
    double difference, sd;                /* of each factor, at the end; of an answer */
    double odds_ratio, event_probability; /* in their place where the family is binomial */
    double interaction;                   /* difference of differences, ratio of ratios */
    double icc, icc_between;              /* two people of one coach, at one wave and at two */
    double person_correlation;
    double drop_out; /* share that has left by the last wave */
    long line;       /* 0 = the outcome has no "planned" */
} fp_planned_answer;

typedef struct {
    const char *name;          /* "ips" */
    ptrdiff_t level_count;     /* >= 2 */
    const char *const *levels; /* the first is the reference */
    long line;
} fp_factor;

typedef enum { FP_CONCURRENT_SUM, FP_CONCURRENT_LARGEST } fp_concurrent;
typedef enum { FP_DATE_FIRST_DAY, FP_DATE_QUALIFYING_DAY } fp_event_date;
typedef enum { FP_AT_START_EXCLUDE, FP_AT_START_IGNORE_RUN, FP_AT_START_EVENT_AT_0 } fp_at_start;

/* The rule of time to sustained work (docs/methods/outcomes.md). */
typedef struct {
    int min_days;              /* default 28 */
    double min_hours_per_week; /* default 12 */
    fp_concurrent concurrent;  /* default sum */
    int gap_days;              /* default 0 */
    ptrdiff_t kind_count;      /* 0 = every kind counts */
    const char *const *kinds;
    fp_event_date date;   /* default first-day */
    fp_at_start at_start; /* default exclude */
    /* sensitivity only, not in study.yaml */
    bool cap_hours;             /* hours above 80 count as 80 instead of being set aside */
    bool unknown_hours_qualify; /* missing hours count as min_hours_per_week */
} fp_outcome_rule;

typedef enum {
    FP_OUTCOME_TIME_TO_EVENT,
    FP_OUTCOME_STATUS_AT,
    FP_OUTCOME_ANSWER, /* a number by wave: the answers to one item */
} fp_outcome_kind;

typedef struct {
    const char *id;
    fp_outcome_kind kind;
    fp_outcome_rule rule;
    int follow_up; /* days, > 0; time-to-event */
    ptrdiff_t competing_count;
    const char *const *competing; /* end reasons that are competing events */
    int month;                    /* status-at */
    double min_hours_per_month;   /* status-at, default 1 */
    const char *item;             /* answer */
    fp_planned_answer planned;    /* answer */
    long line;
} fp_outcome_spec;

typedef enum {
    FP_ROLE_PRIMARY,
    FP_ROLE_SECONDARY,
    FP_ROLE_SUBGROUP,
    FP_ROLE_EXPLORATORY
} fp_analysis_role;

typedef struct {
    const char *id;
    fp_analysis_role role;
    const char *outcome; /* id of an outcome (a subgroup takes it from `of`) */
    const char *model;   /* "cox"; on answers "lmm", "gee", "glm" */
    const char *family;  /* gee, glm: NULL = gaussian */
    const char *formula; /* "~ ips + pa" */
    const char *effect;  /* "ips", "ips:pa" or NULL */
    const char *of;      /* subgroup: id of the analysis */
    const char *by;      /* subgroup: column */
    double margin;       /* equivalence margin of the ratio agreed beforehand (> 1), NaN = none */
    const char *small_sample; /* "md", "kc", "fg", "mbn"; NULL = md below 40 clusters */
    ptrdiff_t prognostic_count;
    const char *const *prognostic; /* columns by which the effect is adjusted beside it */
    long line;
} fp_analysis_spec;

/* One source file: where it is and which of its columns play which role. A role that is not given
 * is NULL. `columns` are carried along under their own names. */
typedef struct {
    const char *file;   /* relative to the study folder; NULL = the source is absent */
    const char *id;     /* coaches, people */
    const char *person; /* episodes */
    const char *start, *end, *end_reason, *hours, *kind;
    const char *allocated; /* coaches: the day, where it was done elsewhere */
    const char *coach, *offered, *eligible, *consented, *reason, *included; /* recruitment */
    const char *wave, *item, *value;                                        /* answers */
    ptrdiff_t column_count;
    const char *const *columns;
    long line;
} fp_source_spec;

/* What clients agree to, and what a withdrawal means where nothing else is said. */
typedef enum { FP_WITHDRAWAL_KEEP, FP_WITHDRAWAL_REMOVE } fp_withdrawal;
typedef struct {
    const char *version;      /* of the text that is agreed to; NULL = not given */
    fp_withdrawal withdrawal; /* default keep */
} fp_consent_spec;

/* How long what is kept, in months; 0 = no rule. store/retention.h says from when. */
typedef struct {
    int identity, research, log;
} fp_retention_spec;

struct fp_node;
typedef struct {
    const char *path; /* of study.yaml */
    const char *id;
    const char *title;        /* defaults to id */
    const char *language;     /* "en" or "nl", default en */
    const char *registration; /* or NULL */
    fp_design_kind kind;
    ptrdiff_t factor_count;
    const fp_factor *factors;
    const char *cluster; /* column of people that names the coach; NULL */
    ptrdiff_t strata_count;
    const char *const *strata;
    fp_allocation_spec allocation;
    fp_planned_spread planned;
    ptrdiff_t wave_count;
    const int *wave_months;
    int window_days;
    fp_source_spec coaches, people, episodes, recruitment, answers;
    ptrdiff_t outcome_count;
    const fp_outcome_spec *outcomes;
    ptrdiff_t analysis_count;
    const fp_analysis_spec *analyses;
    fp_consent_spec consent;
    fp_retention_spec retention;
    const struct fp_node *tree; /* as parsed, for fp_plan_copy_of() */
} fp_protocol;

/* One problem in a study: an error stops, a note does not. */
typedef struct {
    bool is_error;
    fp_err at; /* message, hint, file, line, column, field */
} fp_problem;

/* A list of problems, born with a maximum (further ones are counted, not kept). */
typedef struct {
    fp_arena *arena;
    fp_problem *items;
    ptrdiff_t count, kept, errors, capacity;
} fp_problems;
/* Room is taken from `arena` with the first problem. */
void fp_problems_init(fp_problems *problems, ptrdiff_t max, fp_arena *arena);
void fp_problems_add(fp_problems *problems, bool is_error, const fp_err *at);
/* Add those of another list, in its order. */
void fp_problems_append(fp_problems *problems, const fp_problems *more);
/* FP_OK without errors; otherwise FP_INPUT with `err` = the first error (and "and N more" in it).
 */
FP_MUST_USE fp_status fp_problems_status(const fp_problems *problems, fp_err *err);

/* Read study.yaml.
 * Method: libyaml events into a tree with line and column; a schema walker checks it against one
 *         table and reports ALL errors at once: unknown keys (nearest in the hint), wrong types,
 *         impossible values, missing required keys, duplicate keys, references to outcomes,
 *         analyses, factors or columns that are not there. Anchors, aliases, tags and implicit
 *         types are off: every scalar is text. Durations: 350d, 12w, 24m (months of 30.4375 days,
 *         rounded) where days are meant. Every key: docs/study-yaml.md.
 * Bounds: 1 MiB, depth 16, 20,000 nodes, 500 keys in one map.
 *
 * out  protocol   filled as far as possible; usable only when problems->errors == 0
 * out  problems   what is added is in the order of the file
 *
 * Errors: FP_INPUT only where the file cannot be read at all, FP_NOMEM; everything else goes to
 *         `problems`. Thread-safe on distinct arenas. */
FP_MUST_USE fp_status fp_protocol_read(const char *path, fp_arena *arena, fp_protocol *protocol,
                                       fp_problems *problems, fp_err *err);
FP_MUST_USE fp_status fp_protocol_read_text(const char *path, fp_str text, fp_arena *arena,
                                            fp_protocol *protocol, fp_problems *problems,
                                            fp_err *err);
/* The outcome or analysis of that id, NULL where there is none. */
const fp_outcome_spec *fp_protocol_outcome(const fp_protocol *protocol, const char *id);
const fp_analysis_spec *fp_protocol_analysis(const fp_protocol *protocol, const char *id);

#endif
