#ifndef FP_MODEL_DESIGN_PRIV_H
#define FP_MODEL_DESIGN_PRIV_H

#include "model/design.h"
#include "model/formula_priv.h"

#define FP_DESIGN_COLUMNS 65536
/* Times and weights beyond it would overflow in sums of squares and products. */
#define FP_DESIGN_MOST 1e100

/* What the parts of a design share while it is built: the formula, the table and the rows kept. */
typedef struct {
    const fp_formula *formula;
    const fp_table *table;
    const fp_design_options *options;
    fp_arena *arena;   /* the design */
    fp_arena *scratch; /* gone when the design is built */
    ptrdiff_t n;
    const ptrdiff_t *row; /* NULL = all rows, each at its own place */
    ptrdiff_t bars;       /* random-effects terms; `formula` is without them */
    const fp_bar *bar;
    fp_err *err;
} fp_builder;

static inline ptrdiff_t fp_builder_row(const fp_builder *b, ptrdiff_t i)
{
    return b->row ? b->row[i] : i;
}

typedef enum {
    FP_VALUE_NUMBER,
    FP_VALUE_LOGICAL, /* number 1 and 0 */
    FP_VALUE_FACTOR,  /* code into `levels` texts; a level may have no rows */
} fp_value_kind;

/* An expression on the rows kept, without missing values; in scratch, or where it is a plain column
 * the table's own, or under options.lean in the arena of the design. */
typedef struct {
    fp_value_kind kind;
    const double *number; /* n */
    const int32_t *code;  /* n */
    ptrdiff_t levels;
    const char *const *level;
    bool made; /* by factor(), so not fit for arithmetic or comparison with texts */
} fp_value;

/* Evaluate an expression. Errors: FP_INPUT at the character, or at the line of the table where a
 * result is not finite; FP_NOMEM. */
FP_MUST_USE fp_status fp_value_eval(const fp_builder *b, const fp_node *node, fp_value *out);
/* The same as numbers (logical as 0 and 1). */
FP_MUST_USE fp_status fp_value_numbers(const fp_builder *b, const fp_node *node,
                                       const double **out);
/* The same as a factor with the levels that have rows: numbers in numeric order, logical as FALSE
 * and TRUE, dates in time order. A plain column may be of any type. */
FP_MUST_USE fp_status fp_value_factor(const fp_builder *b, const fp_node *node, fp_value *out);
/* Make any value a factor with the levels that have rows. */
FP_MUST_USE fp_status fp_value_levels(const fp_builder *b, const fp_value *value, fp_value *out);

/* The column that a node names. Errors: FP_INPUT at the character with the nearest name. */
FP_MUST_USE fp_status fp_node_column(const fp_builder *b, const fp_node *node, ptrdiff_t *j);
/* The node without parentheses. */
const fp_node *fp_node_inside(const fp_node *node);
bool fp_node_is_call(const fp_node *node, const char *name);
/* FP_INPUT at a row (index among the rows kept) of the table; `field` names the column where the
 * expression is one. */
fp_status fp_builder_fail_row(const fp_builder *b, ptrdiff_t i, const fp_node *node,
                              const char *format, ...) FP_PRINTF(4, 5);

/* The terms of the formula, and those of them that have columns in the matrix. */
FP_MUST_USE fp_status fp_builder_terms(const fp_builder *b, fp_terms *all, fp_terms *plain);
/* FP_INPUT: a factor has no such level; the hint lists those that there are. */
fp_status fp_builder_fail_level(const fp_builder *b, const char *name, const char *value,
                                ptrdiff_t levels, const char *const *level);

/* Parts of the design. */
FP_MUST_USE fp_status fp_design_response(const fp_builder *b, fp_design *design);
/* The event of Surv() where it has several causes: event, causes and their labels. */
FP_MUST_USE fp_status fp_design_causes(const fp_builder *b, const fp_node *node, fp_design *design);
/* The event of Surv() where options->event says which code is the event. */
FP_MUST_USE fp_status fp_design_one_cause(const fp_builder *b, const fp_node *node,
                                          fp_design *design);
FP_MUST_USE fp_status fp_design_roles(const fp_builder *b, const fp_terms *terms,
                                      fp_design *design);
/* That the rows of one person (options->id) are at risk one after the other within a stratum.
 * Errors: FP_INPUT with the lines of two rows that overlap, FP_NOMEM. Cost: O(n log n). */
FP_MUST_USE fp_status fp_design_person(const fp_builder *b, const fp_design *design);
/* The groups that `count` columns of the table make together, the last one named first: "b:a" of
 * (1 | a/b); combinations without rows are left out. Codes and name lie in the arena of the design.
 * Errors: FP_INPUT (a date), FP_NOMEM. Cost: O(n) where columns hold texts or whole numbers that
 * are not far apart, O(n log n) otherwise. */
FP_MUST_USE fp_status fp_design_grouping(const fp_builder *b, ptrdiff_t count,
                                         const ptrdiff_t *column, fp_random *out);
/* The random-effects terms taken out of the formula: fp_design.random. */
FP_MUST_USE fp_status fp_design_random(const fp_builder *b, ptrdiff_t count, const fp_bar *bars,
                                       fp_design *design);
/* Subjects and waves. */
FP_MUST_USE fp_status fp_design_wave(const fp_builder *b, fp_design *design);
/* Mark the columns that an expression and those after it in its list use: used[column] = 1. */
FP_MUST_USE fp_status fp_builder_mark(const fp_builder *b, const fp_node *node, uint8_t *used);
FP_MUST_USE fp_status fp_design_groups(const fp_builder *b, const fp_terms *terms,
                                       fp_design *design);
/* The rows counted by day and group instead of coded (options.counts); *made false where that
 * cannot be done. */
FP_MUST_USE fp_status fp_design_days(const fp_builder *b, const fp_terms *terms, fp_design *design,
                                     bool *made);
FP_MUST_USE fp_status fp_design_matrix(const fp_builder *b, const fp_terms *terms,
                                       fp_design *design);

/* Expressions crossed as factors, the first one slowest; combinations without rows are left out.
 * out  code  n, in the arena of the design.   Errors: those of fp_value_eval, FP_NOMEM. */
FP_MUST_USE fp_status fp_design_cross(const fp_builder *b, int32_t count,
                                      const fp_node *const *node, const int32_t **code,
                                      int32_t *levels);

/* The matrix on the rows of `at` with the columns that it has on the rows of b, whose response is
 * one of survival or not: a factor keeps the levels it has there. out  x  at->n x columns of the
 * design of b, in the arena of `at`. Errors: FP_INPUT (a level that is not there), those of
 * fp_value_eval. */
FP_MUST_USE fp_status fp_design_matrix_at(const fp_builder *b, const fp_builder *at, bool survival,
                                          const fp_terms *terms, const double **x);

#endif
