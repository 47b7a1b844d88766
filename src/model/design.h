#ifndef FP_MODEL_DESIGN_H
#define FP_MODEL_DESIGN_H

#include "model/formula.h"
#include "stats/tally.h"
#include "table/table.h"

/* What a formula makes of a table: response, design matrix and the columns with a role of their
 * own. Rows with a missing value in a used column are left out (`row` says which stay). */
typedef enum {
    FP_RESPONSE_SURVIVAL, /* Surv(time, event), Surv(start, stop, event) */
    FP_RESPONSE_NUMBER,
    FP_RESPONSE_NONE, /* one-sided */
} fp_response_kind;

/* The effects of one random-effects term for each group (options.random). (1 | a/b) makes two of
 * them, (x || g) one a term. */
typedef struct {
    const char *group; /* "a", "b:a" */
    int32_t groups;
    const int32_t *code;         /* n */
    const ptrdiff_t *first;      /* groups: a row of the table in each */
    ptrdiff_t columns;           /* of the table that make the groups */
    const ptrdiff_t *column;     /* columns: the last one named first */
    ptrdiff_t width;             /* effects */
    const double *const *effect; /* width: n each; NULL = 1 in every row */
    const char *const *name;     /* width: "(Intercept)", "Days" */
    long at;                     /* character of the bar in the formula */
} fp_random;

typedef struct {
    const fp_formula *formula;
    const char *text;     /* the formula as deparsed */
    ptrdiff_t n;          /* rows used */
    ptrdiff_t dropped;    /* rows left out for a missing value */
    const ptrdiff_t *row; /* n: row of the table; NULL with groups_only where every row stays */
    fp_response_kind response;
    const double *start;  /* n or NULL */
    const double *stop;   /* n: the time, or y for FP_RESPONSE_NUMBER. Both may be the numbers of
                             the table themselves */
    const int32_t *event; /* n or NULL; 0, 1; for competing events 0 or 1..causes */
    int32_t causes;       /* competing events: codes that are not censored; else 0 */
    int32_t cause;        /* the one that options->event names; 0 where it names none */
    const char *const *cause_label; /* causes: the codes as written, numbers in numeric order */
    bool event_one_two; /* the event column held 1 and 2: 2 taken as the event, with a warning */
    const char *response_label;   /* "Surv(time, event)" */
    ptrdiff_t p;                  /* columns of x; the intercept is column 0 for NUMBER, absent for
                                     SURVIVAL */
    const double *const *columns; /* p: each n; a plain column of a table whose rows are all used
                                     is the table's own */
    const double *x;            /* n x p, column-major; NULL where fp_design_dense has to make it */
    const char *const *column;  /* p: R's coefficient names */
    const int32_t *column_term; /* p: index of the formula term of each column; intercept -1 */
    int32_t terms;
    const char *const *term; /* terms: R's term labels, in R's order */
    const double *offset;    /* n or NULL */
    const int32_t *stratum;  /* n: strata(), several crossed in R's way; NULL */
    int32_t strata;
    const char *const *stratum_label; /* strata: "sex=1", "a=1, b=2" */
    const int32_t *cluster;           /* n or NULL */
    int32_t clusters;
    const char *cluster_name;
    const char *const *cluster_label; /* clusters */
    const int32_t *frailty;           /* n: frailty(); NULL */
    int32_t frailties;
    const char *frailty_name;
    const char *const *frailty_label; /* frailties */
    /* Groups made by all right-hand terms together (km): every term must be a plain column or
     * factor(); labels as survfit's ("sex=1", "a=1, b=2"); "all" where there is none. */
    const int32_t *group; /* n */
    int32_t groups;
    const char *const *group_label; /* groups */
    const double *weight;           /* n or NULL */
    ptrdiff_t random_count;         /* options.random */
    const fp_random *random;
    const int32_t *subject; /* n: of options.subject; NULL */
    int32_t subjects;
    const fp_random *subject_group; /* the same, for fp_random_label() */
    const int32_t *wave;            /* n: of options.wave, numbers in numeric order; NULL */
    int32_t waves;
    const char *const *wave_label; /* waves */
    const fp_tally *tally; /* groups: the rows counted instead of coded (options.counts): `event`
                              and `group` are then NULL. NULL where that could not be */
} fp_design;

typedef struct {
    const char *weights;  /* name of the column of case weights; NULL = 1 */
    const char *cluster;  /* name of the cluster column, as cluster() in the formula; NULL */
    const char *id;       /* name of the column that tells persons apart; their rows are checked,
                             for survival responses; NULL */
    bool competing;       /* several causes of an event (cif, finegray) */
    const char *censored; /* competing: the code that means censored; NULL = 0, or the text
                             "censored"; "none" where nobody is */
    const char *event;    /* the code that is the event of interest; all others are censored unless
                             competing; NULL */
    bool groups_only;     /* km: make groups, no design matrix */
    const char *subject;  /* name of the column of those who are measured repeatedly; NULL */
    const char *wave;     /* name of the column that says when; NULL */
    bool random;          /* take random-effects terms out as a role of their own; else refused */
    bool frailty;         /* take frailty() out as a role of its own; else it is refused */
    bool lean;            /* above 4 million numbers leave x NULL: `columns` will do */
    int threads;          /* 0 = all; nothing depends on it */
    bool counts; /* with groups_only: count the rows by day and group where the columns allow */
} fp_design_options;

/* Build the design.
 * Method: R's terms.formula (order by degree, then by appearance) and model.matrix with treatment
 *         contrasts, the first level as reference; a factor in a term without its margin gets all
 *         its levels (R's rule). Text and logical columns are factors, levels in byte order;
 *         factor(x) and strata of a numeric column in numeric order. For survival responses the
 *         intercept shapes the contrasts and is then dropped; strata(), cluster(), offset() and,
 *         with the option, frailty() are taken out. Survival times pass fp_surv_timefix.
 * Errors: FP_INPUT with the character of the formula (column), or with file, line and column of the
 *         table: unknown column (nearest name in the hint), unknown function, response missing,
 * event neither 0/1, FALSE/TRUE nor 1/2, a code of an event that does
 *         not occur, is negative or no whole number, time < 0 or stop <= start (line), a
 *         person at risk twice at a time (line), a mostly-numeric text
 *         column, 0 rows left, a factor with one level, more than 65,536 columns; FP_NOMEM.
 * Cost: O(n p). */
FP_MUST_USE fp_status fp_design_build(const fp_formula *formula, const fp_table *table,
                                      const fp_design_options *options, fp_arena *arena,
                                      fp_design *design, fp_err *err);

/* Names of the columns behind the covariates and the offset of a design, in order of appearance;
 * those of strata() and cluster() are none. `table` and `options` as it was built with. Errors:
 * FP_NOMEM. */
FP_MUST_USE fp_status fp_design_covariates(const fp_design *design, const fp_table *table,
                                           const fp_design_options *options, fp_arena *arena,
                                           ptrdiff_t *count, const char *const **name, fp_err *err);

/* The rows of another table in the columns of a design: expressions, contrasts and levels
 * as in the design.
 * in    at      a table with the columns of fp_design_covariates, of text; its name is that of the
 *               messages, in which the line is that of the row
 * out   x       rows x design->p, column-major; in `arena`
 * out   offset  rows, or NULL where the formula has none
 * Errors: FP_INPUT (a level that the model does not have, a number that is none, an expression that
 *         is not finite there), FP_NOMEM. Cost: O(rows of the design x variables). */
FP_MUST_USE fp_status fp_design_at(const fp_design *design, const fp_table *table,
                                   const fp_design_options *options, const fp_table *at,
                                   fp_arena *arena, const double **x, const double **offset,
                                   fp_err *err);

/* The rows of a design as they would be with other values: those of `set`, a table of the same rows
 * and columns (fp_table_with_value()).
 * out   x       design->n x design->p, column-major; in `arena`
 * out   offset  n, or NULL where the formula has none
 * Errors: FP_INPUT (an expression that is not finite there), FP_NOMEM. Cost: O(n p). */
FP_MUST_USE fp_status fp_design_with(const fp_design *design, const fp_table *table,
                                     const fp_design_options *options, const fp_table *set,
                                     fp_arena *arena, const double **x, const double **offset,
                                     fp_err *err);

/* The part of a design whose terms name none of certain columns. */
typedef struct {
    const bool *column; /* p: the column stays (an intercept does); NULL for a design of groups */
    ptrdiff_t words;
    const char *const *word; /* words: labels of the terms that stay */
    const int32_t *stratum;  /* n: strata() without the arguments that name one of them; NULL */
    int32_t strata;
    const char *strata_words; /* "strata(site, sex)"; NULL where nothing is left of it */
} fp_design_part;
/* `table` and `options` as the design was built with.
 * in    name   count names of columns
 * Errors: FP_NOMEM, those of fp_design_build. Cost: O(n) for each argument of strata(). */
FP_MUST_USE fp_status fp_design_without(const fp_design *design, const fp_table *table,
                                        const fp_design_options *options, ptrdiff_t count,
                                        const char *const *name, fp_arena *arena,
                                        fp_design_part *part, fp_err *err);

/* The name of a group of random effects: "w1:l1" where crossed. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_random_label(const fp_table *table, const fp_random *random, int32_t group,
                                      fp_arena *arena, const char **label, fp_err *err);

/* x from the columns, where it is NULL. Cost: O(n p) and 8 n p bytes of `arena`. */
FP_MUST_USE fp_status fp_design_dense(fp_design *design, fp_arena *arena, fp_err *err);

#endif
