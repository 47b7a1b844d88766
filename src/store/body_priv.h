#ifndef FP_STORE_BODY_PRIV_H
#define FP_STORE_BODY_PRIV_H

#include "ledger/ledger.h"

/* Bodies of events: an object whose keys are known, written and read in their sorted order. */

/* A member, with the comma and the brace before it. The caller keeps the order of the keys;
 * fp_ledger_append refuses another. */
void fp_body_put_text(fp_buf *body, const char *key, const char *text);
void fp_body_put_integer(fp_buf *body, const char *key, int64_t value);
void fp_body_put_flag(fp_buf *body, const char *key, bool value);
/* Close the object and append the event, inside a transaction. out seq NULL = not asked.
 * Errors: as fp_ledger_append. */
FP_MUST_USE fp_status fp_body_append(fp_ledger *ledger, const char *actor, const char *kind,
                                     const char *why, fp_buf *body, int64_t *seq, fp_err *err);

/* Take a member off the front of `rest`; `before` is what stands before its value: "{\"coach\":".
 * false: it is not there, or not of that type; then what `rest` is does not matter any more. */
bool fp_body_take_text(fp_str *rest, const char *before, fp_arena *arena, const char **out);
bool fp_body_take_integer(fp_str *rest, const char *before, int64_t *out);
bool fp_body_take_flag(fp_str *rest, const char *before, bool *out);
/* Whether nothing but the closing brace is left. */
bool fp_body_take_end(fp_str *rest);

#endif
