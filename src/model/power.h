#ifndef FP_MODEL_POWER_H
#define FP_MODEL_POWER_H

#include <jansson.h>

#include "base/str.h"
#include "stats/power_solve.h"

/* The power of a planned trial: one answer, of which text and JSON are renderings. */

/* One analysis of one question. */
typedef struct {
    const fp_power_question *question;
    ptrdiff_t index; /* of the question in the design */
    fp_power_analysis analysis;
    fp_power_result power; /* at the planned hazard ratios */
    fp_power_result null;  /* under the question's null, all else as planned */
} fp_power_row;

/* One closed form of one question (docs/methods/power.md eq. 14-17). */
typedef struct {
    const fp_power_question *question;
    const char *method; /* "schoenfeld" or "hayes-moulton" */
    double power;
    double needed; /* clusters, or people drawn one by one, for the power asked for */
} fp_power_closed;

typedef struct {
    const char *about; /* id of the outcome in a study; NULL */
    fp_power_plan plan;
    fp_power_derived derived;
    fp_power_design design;
    int64_t trials;
    uint64_t seed;
    fp_power_trials met; /* at the planned hazard ratios */
    ptrdiff_t row_count;
    const fp_power_row *rows; /* question by question */
    double target;            /* the power asked for */
    ptrdiff_t closed_count;
    const fp_power_closed *closed;
    bool solved;        /* `plan` is that of the solution */
    fp_power_wish wish; /* where solved */
    const char *wished; /* name of its question */
    fp_power_solution solution;
    ptrdiff_t warning_count;
    const char *const *warnings;
} fp_power_answer;

/* What to solve for, by name. */
typedef struct {
    fp_power_unknown unknown;
    const char *effect;         /* NULL = the first that has one */
    fp_power_analysis analysis; /* FP_POWER_ANALYSES: md, else the first of the plan */
} fp_power_solve_for;

/* Simulate the plan at its hazard ratios, and each question under its null; with `unknown` after
 * solving for it.
 * in    plan      texts and arrays borrowed
 * in    target    power asked for, of `unknown` and of the closed forms
 * in    unknown   NULL = the plan as it is
 * out   answer    in `arena`
 * Errors: as fp_power_plan_design(), fp_power_simulate() and fp_power_solve(); FP_USAGE, an effect
 * or analysis that the plan does not have. Cost: one simulation, and one more a question that has
 * an effect. */
FP_MUST_USE fp_status fp_model_power(const fp_power_plan *plan, const fp_power_options *options,
                                     double target, const fp_power_solve_for *unknown,
                                     fp_arena *arena, fp_power_answer *answer, fp_err *err);

/* The power of the question that was solved for, or else of the first with an effect, over clusters
 * (people where these are drawn one by one), or what was solved for. Errors: as fp_power_curve_of.
 * out  question  its name */
FP_MUST_USE fp_status fp_model_power_curve(const fp_power_answer *answer,
                                           const fp_power_options *options, fp_power_curve *curve,
                                           const char **question, fp_err *err);

/* docs/json.md. The caller owns the reference; NULL on lack of memory. */
json_t *fp_power_json(const fp_power_answer *answer);
FP_MUST_USE fp_status fp_power_json_text(const fp_power_answer *answer, fp_buf *out, fp_err *err);
/* The design in words, some lines: what a text begins with. */
void fp_power_text_design(const fp_power_answer *answer, fp_buf *out);
/* What is measured, in words: those of its lines that are not on size. */
void fp_power_text_measure(const fp_power_answer *answer, fp_buf *out);
/* Decimals with which an effect is shown. */
int fp_power_text_digits(const fp_power_answer *answer);
/* For people at a terminal. */
FP_MUST_USE fp_status fp_power_text(const fp_power_answer *answer, fp_buf *out, fp_err *err);

#endif
