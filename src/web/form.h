#ifndef FP_WEB_FORM_H
#define FP_WEB_FORM_H

#include <stdint.h>

#include "web/http.h"

/* What a field of a form may hold. A route lists its fields (web/route.h); they are read and
 * checked before its handler runs. Texts are trimmed, but for a password. */
typedef enum {
    FP_FIELD_LINE,     /* one line of text: no control characters */
    FP_FIELD_TEXT,     /* text with line ends */
    FP_FIELD_PASSWORD, /* any characters, untrimmed; never shown again */
    FP_FIELD_ID,       /* letters, digits, - _ . : a study id, an account name, a token */
    FP_FIELD_WHOLE,    /* a whole number of least..most */
    FP_FIELD_DATE,     /* 2026-02-03, also 3-2-2026; the value is the first form */
    FP_FIELD_PAST,     /* the same, today at the latest */
    FP_FIELD_CHOICE,   /* one of `choices`, "a|b|c" */
    FP_FIELD_TICK,     /* a box: "yes", or absent */
    FP_FIELD_CODE,     /* digits, spaces are left out */
    FP_FIELD_EMAIL,
    FP_FIELD_PHONE,
    FP_FIELD_BSN, /* 9 digits that pass the 11-test (8 get a 0 in front) */
} fp_field_kind;

typedef struct {
    const char *name; /* NULL ends a list */
    fp_field_kind kind;
    long least, most; /* characters of a text, or bounds of a whole number; 0, 0 = 0 to 200 */
    bool required;
    const char *choices; /* FP_FIELD_CHOICE */
} fp_input;

enum { FP_FORM_FIELDS = 40 };

typedef struct {
    const fp_input *input;
    fp_str typed;        /* as it came, to be shown again; "" for a password */
    fp_str value;        /* checked and in its one form; "" where absent or wrong */
    const char *problem; /* message id (English); NULL = fine. {n} in it stands for `number` */
    long number;
} fp_form_field;

typedef struct {
    fp_form_field fields[FP_FORM_FIELDS]; /* count, in the order of the inputs */
    int count;
    int problems; /* how many fields are wrong */
} fp_form;

/* Check what was sent against the inputs of a route. Fields that the route does not name are left
 * out of the form; of a name that came twice the first counts. What is wrong with a field is in the
 * form, not an error.
 * in  inputs  ends with {0}; NULL = none                         borrowed
 * in  today   days since 1970-01-01, for FP_FIELD_PAST
 * out form    values in `arena`
 * Errors: FP_NOMEM; FP_ARG (more than FP_FORM_FIELDS inputs). */
FP_MUST_USE fp_status fp_form_read(const fp_input *inputs, fp_fields given, int64_t today,
                                   fp_arena *arena, fp_form *form, fp_err *err);
/* The field of a name, NULL where the route has none. */
const fp_form_field *fp_form_find(const fp_form *form, const char *name);
/* Show another text in a field than the one that was typed. */
void fp_form_retype(fp_form *form, const char *name, fp_str text);
/* Say that a field is wrong: the handler's own checks. The first problem of a field stays.
 * in  problem  message id, static */
void fp_form_problem(fp_form *form, const char *name, const char *problem);
/* The same with a number for {n}. */
void fp_form_problem_number(fp_form *form, const char *name, const char *problem, long number);

#endif
