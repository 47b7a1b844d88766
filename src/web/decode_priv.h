#ifndef FP_WEB_DECODE_PRIV_H
#define FP_WEB_DECODE_PRIV_H

#include "web/decode.h"

/* Fields while they are being found; `most` of them in the arena. */
typedef struct {
    fp_field *items;
    ptrdiff_t count, most;
} fp_field_list;

/* Append; a list that is full refuses the request. */
void fp_field_list_add(fp_field_list *list, fp_field field, fp_refusal *refusal);
void fp_refuse(fp_refusal *refusal, int status, const char *line); /* the first reason stays */

/* The value of a parameter of a header: boundary of `form-data; name="a"; boundary=b`; quotes and
 * their backslashes removed. false = it has none. Errors: FP_NOMEM. */
FP_MUST_USE fp_status fp_header_parameter(fp_str header, const char *name, fp_arena *arena,
                                          bool *found, fp_str *value, fp_err *err);
/* The text fields of a multipart body. */
FP_MUST_USE fp_status fp_multipart_decode(fp_str body, fp_str boundary, fp_arena *arena,
                                          fp_field_list *list, fp_refusal *refusal, fp_err *err);

#endif
