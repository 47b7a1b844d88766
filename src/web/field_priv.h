#ifndef FP_WEB_FIELD_PRIV_H
#define FP_WEB_FIELD_PRIV_H

#include "web/form.h"

typedef struct {
    fp_str value; /* in its one form, in the arena or borrowed from the text */
    const char *problem;
    long number;
} fp_field_outcome;

/* Check one text that is not empty. in most: the largest length, or bound of a whole number.
 * Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_field_check(const fp_input *input, long most, fp_str text, int64_t today,
                                     fp_arena *arena, fp_field_outcome *outcome, fp_err *err);

#endif
