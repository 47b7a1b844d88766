#ifndef FP_BASE_ERR_H
#define FP_BASE_ERR_H

#include <stdarg.h>
#include <stdio.h>

#include "base/status.h"

/* What went wrong, for the person who has to mend it: one line that says what and where, and a
 * hint that says what to do. A value, owned by whoever declares it; every function that can fail
 * takes a pointer to one as its last parameter, and NULL is allowed. It is written on failure
 * only, and never overwritten by a higher level. */
typedef struct {
    fp_status status;
    char message[512];
    char hint[384];
    char file[256]; /* "" = none */
    long line;      /* 1-based, 0 = none */
    long column;    /* 1-based character or field, 0 = none */
    char field[96]; /* name of the column or key, "" = none */
} fp_err;

/* Fill `err` (may be NULL) and return `status`, so that `return fp_fail(...)` reads as one step. */
fp_status fp_fail(fp_err *err, fp_status status, const char *format, ...) FP_PRINTF(3, 4);

/* The same with a place. `file` may be NULL; line and column 0 = unknown. */
fp_status fp_fail_at(fp_err *err, fp_status status, const char *file, long line, long column,
                     const char *format, ...) FP_PRINTF(6, 7);

/* The same with the values of a message in a list. */
fp_status fp_fail_list(fp_err *err, fp_status status, const char *file, long line, long column,
                       const char *format, va_list args) FP_PRINTF(6, 0);

/* Add what to do. Returns err->status (FP_INTERNAL where err is NULL), so that
 * `(void)fp_fail(...); return fp_hint(err, ...)` keeps the status. */
fp_status fp_hint(fp_err *err, fp_status status, const char *format, ...) FP_PRINTF(3, 4);

/* Name the column or key of the failure. */
void fp_err_field(fp_err *err, const char *field);

/* One line: `FILE, line L, column "NAME": message (hint)`; a column number only after a file or a
 * line, for elsewhere the message says of what it is a column. Control characters become spaces.
 * Writes at most `size` bytes with the closing NUL into `out`. */
void fp_err_text(const fp_err *err, char *out, size_t size);

/* Out of memory, with the size that was asked for. */
fp_status fp_fail_nomem(fp_err *err, size_t bytes);

#endif
