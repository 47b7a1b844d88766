#ifndef FP_BASE_DATE_H
#define FP_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* A calendar day of the proleptic Gregorian calendar: days since 1970-01-01. */
typedef int32_t fp_day;
#define FP_DAY_NONE INT32_MIN

/* Day number of year-month-day; false where that day does not exist (2021-02-30) or the year is
 * outside 1800-2299. */
bool fp_day_of(int year, int month, int day, fp_day *out);
/* Year, month, day of a day number. */
void fp_day_split(fp_day day, int *year, int *month, int *mday);
/* Read 2021-02-28, 20210228 or 28-02-2021 (day first). Nothing else: 02/03/2021 is ambiguous. */
bool fp_day_parse(fp_str text, fp_day *out);
/* The same day so many months later, or the last day of that month where it has none (31 January
 * and one month: 28 or 29 February); FP_DAY_NONE beyond 2299. months >= 0 */
fp_day fp_day_add_months(fp_day day, int months);
/* 2021-02-28, with the closing NUL. */
void fp_day_format(fp_day day, char out[16]);

#endif
