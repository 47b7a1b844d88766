#ifndef FP_TABLE_KERNEL_PRIV_H
#define FP_TABLE_KERNEL_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inner loops of reading, compiled for several kinds of processor from one source, kernel.c.
 * They know regular text only: quotes open at the first byte of a field and close before a
 * separator, a line end or another quote. Everything else they report and leave to fp_scan. */

/* Bytes that must be readable before the first and after the last byte that is handed in. */
#define FP_KERNEL_PAD 64

/* What a stretch of text would be, had it begun outside (0) or inside (1) quotes. */
typedef struct {
    size_t ends;  /* line ends that end a record */
    size_t first; /* where the first and the last of them stand; meaningless where ends = 0 */
    size_t last;
    bool regular; /* the quotes are as above, and no carriage return outside them ends no line */
} fp_census_case;

typedef struct {
    size_t newlines; /* all of them, in quotes or not */
    size_t quotes;
    bool other; /* a NUL or a byte that is not ASCII */
    fp_census_case as[2];
} fp_census;

typedef struct {
    /* Count what stands in p[0..n); `before` and `after` are the bytes on both sides, '\n' where
     * there is none. Nothing outside p[0..n) is read. */
    void (*census)(const char *p, size_t n, char separator, char before, char after,
                   fp_census *out);
    /* Where the fields of p[0..n) end, at separators and line ends outside quotes, p[0] being
     * outside. Gives their number; stops, with a number above `most`, when there are more. `ends`
     * has room for most + 64. `quotes`: whether there are any. */
    size_t (*index)(const char *p, size_t n, char separator, bool quotes, uint32_t *ends,
                    size_t most);
    /* Read field `column` of each of the rows from `row` on as a plain number (a sign, digits, a
     * mark) into out[row...]. Field k of row i ends at ends[i * columns + k] and begins behind the
     * one before it; ends[-1] + 1 = 0. Gives the first row whose field is something else, or
     * `rows`.
     */
    ptrdiff_t (*numbers)(const char *p, const uint32_t *ends, ptrdiff_t columns, ptrdiff_t column,
                         ptrdiff_t row, ptrdiff_t rows, char decimal, double *out);
} fp_kernel;

extern const fp_kernel fp_kernel_base; /* any processor */
#if defined(__x86_64__)
extern const fp_kernel fp_kernel_v3; /* AVX2, BMI */
extern const fp_kernel fp_kernel_v4; /* and AVX-512 F, BW, DQ, VL */
#endif
/* The fastest that this processor runs; `which` 1, 2, 3 asks for one of the above where it runs
 * (for tests), 0 for the best. */
const fp_kernel *fp_kernel_best(int which);

#endif
