#ifndef FP_BASE_NUM_H
#define FP_BASE_NUM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Not a number, as a double: the NAN of C is a float, which -Wdouble-promotion rejects. */
#define FP_NUM_NAN ((double)NAN)

/* Read a whole decimal number (sign, digits, fraction, exponent; Inf and NaN are refused) with '.'
 * or ',' as decimal mark. No thousands separators, no white space, at most 400 characters.
 * Correctly rounded. */
bool fp_num_parse(fp_str text, char decimal, double *out);
/* Read a whole number in [low, high]. */
bool fp_int_parse(fp_str text, int64_t low, int64_t high, int64_t *out);

/* As R writes a number: the fewest significant digits that give the same number when it is rounded
 * to `most` digits (15 as R prints; 17 reads back exactly), fixed unless scientific is shorter
 * (0.1, 2.5, 1e+05). `value` finite; `out` of at least 32 bytes. */
void fp_num_shortest(double value, int most, char out[32]);

/* How numbers are written for people. */
typedef struct {
    char decimal;      /* '.' or ',' */
    const char *group; /* between thousands: "," in English, "." in Dutch, "" none */
} fp_numstyle;
extern const fp_numstyle fp_numstyle_plain; /* 1234.5 */
extern const fp_numstyle fp_numstyle_en;    /* 1,234.5 */
extern const fp_numstyle fp_numstyle_nl;    /* 1.234,5 */

/* `value` with `digits` decimals; minus as U+2212 in en and nl, "-" in plain; -0 is printed 0.
 * Non-finite values give "–" (an en dash). */
void fp_num_format(double value, int digits, const fp_numstyle *style, char *out, size_t size);
/* A p-value: three decimals, "<0.001" below that. */
void fp_num_format_p(double p, const fp_numstyle *style, char *out, size_t size);

#endif
