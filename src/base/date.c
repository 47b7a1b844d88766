#include "base/date.h"

#include <stdio.h>

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from civil: March-based years in eras of 400 (146,097 days). */
bool fp_day_of(int year, int month, int day, fp_day *out)
{
    if (year < 1800 || year > 2299 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month))
        return false;
    int y = year - (month <= 2);
    int era = y / 400;
    int of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    *out = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return true;
}

void fp_day_split(fp_day day, int *year, int *month, int *mday)
{
    long z = (long)day + 719468;
    long era = (z >= 0 ? z : z - 146096) / 146097;
    long doe = z - era * 146097;
    long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    long mp = (5 * doy + 2) / 153;
    *mday = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool digits(const char *p, int n, int *out)
{
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        value = value * 10 + (p[i] - '0');
    }
    *out = value;
    return true;
}

bool fp_day_parse(fp_str text, fp_day *out)
{
    int y, m, d;
    const char *p = text.p;
    if (text.n == 8)
        return digits(p, 4, &y) && digits(p + 4, 2, &m) && digits(p + 6, 2, &d) &&
               fp_day_of(y, m, d, out);
    if (text.n != 10)
        return false;
    if (p[4] == '-' && p[7] == '-')
        return digits(p, 4, &y) && digits(p + 5, 2, &m) && digits(p + 8, 2, &d) &&
               fp_day_of(y, m, d, out);
    if (p[2] == '-' && p[5] == '-')
        return digits(p, 2, &d) && digits(p + 3, 2, &m) && digits(p + 6, 4, &y) &&
               fp_day_of(y, m, d, out);
    return false;
}

fp_day fp_day_add_months(fp_day day, int months)
{
    int year, month, mday;
    fp_day later = FP_DAY_NONE;
    fp_day_split(day, &year, &month, &mday);
    int whole = 12 * year + month - 1 + months;
    for (; mday >= 28; mday--)
        if (fp_day_of(whole / 12, whole % 12 + 1, mday, &later))
            return later;
    return fp_day_of(whole / 12, whole % 12 + 1, mday, &later) ? later : FP_DAY_NONE;
}

void fp_day_format(fp_day day, char out[16])
{
    int y, m, d;
    fp_day_split(day, &y, &m, &d);
    (void)snprintf(out, 16, "%04d-%02d-%02d", y, m, d);
}
