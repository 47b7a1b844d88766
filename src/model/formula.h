#ifndef FP_MODEL_FORMULA_H
#define FP_MODEL_FORMULA_H

#include <stdbool.h>

#include "base/str.h"

/* An R model formula, parsed. Syntax: `lhs ~ rhs`; rhs of + - * : / ^ ( ) %in% . 0 1 -1, names
 * (letters, digits, . and _, not beginning with a digit; anything between backquotes), numbers,
 * strings, calls; expressions inside I() and inside functions use arithmetic + - * / ^, comparisons
 * == != < <= > >=, & | !. Bounded: 64 KiB, depth 64, 4096 nodes. */
typedef struct fp_formula fp_formula;

/* Errors: FP_INPUT with `column` = the character (1-based) at which the formula stops making sense,
 * and a message with the formula and a caret line:  `Surv(time, event) ~ age + * sex` */
FP_MUST_USE fp_status fp_formula_parse(const char *text, fp_arena *arena, const fp_formula **out,
                                       fp_err *err);
/* The formula in R's own spacing, as deparse() prints it. */
const char *fp_formula_text(const fp_formula *formula);

/* Whether a term of the formula, multiplied out as R's terms() does it, has two variables together:
 * "(ips + wave)^2" has ips and wave. Random effects are no terms; a variable within a function
 * counts: factor(wave).
 * in    a, b  NULL = any variable, other than that in which the other stands
 * Errors: as fp_formula_parse; FP_INPUT (a bar within another term). */
FP_MUST_USE fp_status fp_formula_crosses(const char *text, const char *a, const char *b, bool *out,
                                         fp_err *err);

#endif
