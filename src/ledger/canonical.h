#ifndef FP_LEDGER_CANONICAL_H
#define FP_LEDGER_CANONICAL_H

#include <stdint.h>

#include "base/str.h"

/* Canonical JSON (RFC 8785, the JSON Canonicalization Scheme), as far as events need it: strings,
 * whole numbers, arrays and objects. One value has exactly one text, so that texts can be hashed
 * and compared. Everything here works on UTF-8 and is thread-safe on distinct buffers. */

/* Write a string with its quotes and the least escaping (RFC 8785, 3.2.2.2). `text` must be UTF-8;
 * a failure of the buffer shows in fp_buf_ok(). */
void fp_canonical_string(fp_buf *buf, fp_str text);

/* The whole numbers that JSON carries without loss: -(2^53 - 1) .. 2^53 - 1. */
#define FP_CANONICAL_INT_MAX INT64_C(9007199254740991)
/* Write a whole number; one outside that range makes the buffer fail. */
void fp_canonical_integer(fp_buf *buf, int64_t value);

/* One member of an object; `json` is the canonical text of its value. */
typedef struct {
    const char *key;
    const char *json;
} fp_canonical_member;
/* Write an object: sorts `members` by key (RFC 8785, 3.2.3).
 * Errors: FP_ARG (a key twice), FP_NOMEM (the buffer is full). */
FP_MUST_USE fp_status fp_canonical_object(fp_buf *buf, fp_canonical_member *members,
                                          ptrdiff_t count, fp_err *err);
/* The order of keys: by UTF-16 code units, which differs from byte order where a character outside
 * the basic plane meets one of U+E000..U+FFFF. < 0, 0, > 0. */
int fp_canonical_key_cmp(const char *a, const char *b);

/* Whether `text` is one canonical value: no white space, least escaping, sorted keys, no key twice,
 * whole numbers (no fraction, no exponent, no leading zero, no -0), depth at most 16. true, false
 * and null are allowed. */
bool fp_canonical_valid(fp_str text);

/* Readers for texts that one wrote oneself. Each takes what it names off the front of `rest`, or
 * returns false and leaves `rest` where it was. */
bool fp_canonical_take(fp_str *rest, const char *literal);
/* A string, decoded at the end of `out`. */
bool fp_canonical_take_string(fp_str *rest, fp_buf *out);

#endif
