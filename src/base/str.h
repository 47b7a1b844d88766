#ifndef FP_BASE_STR_H
#define FP_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* A borrowed piece of text: not NUL-terminated, never NULL when n > 0. */
typedef struct {
    const char *p;
    size_t n;
} fp_str;

#define FP_STR(literal) ((fp_str){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", FP_STR_ARG(s) */
#define FP_STR_ARG(s) (int)(s).n, (s).p

fp_str fp_str_of(const char *text); /* NULL gives an empty string */
bool fp_str_eq(fp_str a, fp_str b);
bool fp_str_is(fp_str a, const char *text);
int fp_str_cmp(fp_str a, fp_str b); /* byte order, the shorter first */
fp_str fp_str_trim(fp_str s);       /* without ASCII white space on both sides */
bool fp_str_utf8(fp_str s);         /* valid UTF-8 without NUL */
size_t fp_str_characters(fp_str s); /* of UTF-8: code points, not bytes */
char *fp_str_dup(fp_arena *arena, fp_str s, fp_err *err) FP_MUST_USE;

/* A growing text, born with a maximum. A failure (no memory, maximum reached) sticks: the puts
 * that follow do nothing, and fp_buf_ok() tells at the end. Heap-owned; fp_buf_clear frees it. */
typedef struct {
    char *p; /* NUL-terminated; "" when empty */
    size_t n;
    size_t cap;
    size_t max;
    bool failed;
} fp_buf;

void fp_buf_init(fp_buf *buf, size_t max);
void fp_buf_clear(fp_buf *buf);
#define FP_BUF_SCOPED(name, max_bytes)                                                             \
    __attribute__((cleanup(fp_buf_clear))) fp_buf name;                                            \
    fp_buf_init(&(name), (max_bytes))
void fp_buf_put(fp_buf *buf, const char *text);
void fp_buf_put_n(fp_buf *buf, const char *text, size_t n);
void fp_buf_put_char(fp_buf *buf, char c);
void fp_buf_printf(fp_buf *buf, const char *format, ...) FP_PRINTF(2, 3);
/* Text for HTML or XML: & < > " ' are escaped. */
void fp_buf_put_xml(fp_buf *buf, const char *text);
/* FP_OK, or FP_NOMEM when something did not fit. */
fp_status fp_buf_ok(const fp_buf *buf, fp_err *err) FP_MUST_USE;
fp_str fp_buf_str(const fp_buf *buf);

#endif
