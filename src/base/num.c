#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

const fp_numstyle fp_numstyle_plain = {'.', ""};
const fp_numstyle fp_numstyle_en = {'.', ","};
const fp_numstyle fp_numstyle_nl = {',', "."};

/* [sign] digits [mark digits] [e [sign] digits], taken apart. */
typedef struct {
    bool negative;
    uint64_t digits; /* all of them as one number; meaningless where there are more than 19 */
    size_t count;    /* of digits, without the zeros in front */
    long exponent;   /* of the last digit; cut off far outside what a double can hold */
} decimal_parts;

/* Digits from s.p[i] on; gives where they end. */
static size_t take_digits(fp_str s, size_t i, decimal_parts *parts)
{
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
        parts->digits = 10 * parts->digits + (uint64_t)(s.p[i] - '0');
        parts->count += parts->count > 0 || s.p[i] > '0';
    }
    return i;
}

/* The exponent behind the `e` at s.p[i]; gives where it ends, 0 where there is none. */
static size_t take_exponent(fp_str s, size_t i, long *exponent)
{
    bool negative = ++i < s.n && s.p[i] == '-';
    size_t begin = i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
    long value = 0;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        value = value < 100000 ? 10 * value + (s.p[i] - '0') : value;
    *exponent += negative ? -value : value;
    return i > begin ? i : 0;
}

static bool take_apart(fp_str s, char decimal, decimal_parts *parts)
{
    size_t start = s.p[0] == '+' || s.p[0] == '-', whole, i;
    *parts = (decimal_parts){.negative = s.p[0] == '-'};
    whole = i = take_digits(s, start, parts);
    if (i < s.n && s.p[i] == decimal) {
        i = take_digits(s, i + 1, parts);
        parts->exponent = -(long)(i - whole - 1);
        if (i == start + 1)
            return false;
    }
    if (i == start)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E'))
        i = take_exponent(s, i, &parts->exponent);
    return i == s.n;
}

bool fp_num_parse(fp_str text, char decimal, double *out)
{
    char copy[401];
    decimal_parts parts;
    if (text.n == 0 || text.n > 400 || !take_apart(text, decimal, &parts))
        return false;
    if (parts.count <= 19 && parts.exponent >= FP_DECIMAL_LEAST &&
        parts.exponent <= FP_DECIMAL_MOST &&
        fp_decimal_product(parts.digits, (int)parts.exponent, out)) {
        *out = parts.negative ? -*out : *out;
        return true;
    }
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    char *mark = strchr(copy, decimal);
    if (mark)
        *mark = '.';
    char *end;
    /* The program never calls setlocale, so the decimal point of strtod is '.'. */
    double value = strtod(copy, &end);
    if (*end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool fp_int_parse(fp_str text, int64_t low, int64_t high, int64_t *out)
{
    char copy[32];
    if (text.n == 0 || text.n >= sizeof copy)
        return false;
    for (size_t i = text.p[0] == '-'; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    errno = 0;
    char *end;
    long long value = strtoll(copy, &end, 10);
    if (errno || *end || end == copy || value < low || value > high)
        return false;
    *out = value;
    return true;
}

/* `value` rounded to so many significant digits. */
static double rounded(double value, int digits, char text[32])
{
    (void)snprintf(text, 32, "%.*e", digits - 1, value);
    return strtod(text, NULL);
}

void fp_num_shortest(double value, int most, char out[32])
{
    char fixed[400];
    double target = rounded(value, most, out);
    int digits = 1;
    for (double back = rounded(value, 1, out); digits < most && (back < target || back > target);)
        back = rounded(value, ++digits, out);
    int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
    int decimals = digits - 1 - exponent > 0 ? digits - 1 - exponent : 0;
    int n = snprintf(fixed, sizeof fixed, "%.*f", decimals, value);
    if (n >= 0 && (size_t)n <= strlen(out))
        (void)snprintf(out, 32, "%.31s", fixed);
}

void fp_num_format(double value, int decimals, const fp_numstyle *style, char *out, size_t size)
{
    char raw[400];
    if (!isfinite(value)) {
        (void)snprintf(out, size, "\u2013");
        return;
    }
    (void)snprintf(raw, sizeof raw, "%.*f", decimals, fabs(value));
    bool negative = value < 0 && strspn(raw, "0.") != strlen(raw);
    size_t whole = strcspn(raw, ".");
    FP_BUF_SCOPED(buf, 2048);
    if (negative)
        fp_buf_put(&buf, style->group[0] ? "\u2212" : "-");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            fp_buf_put(&buf, style->group);
        fp_buf_put_char(&buf, raw[i]);
    }
    if (raw[whole]) {
        fp_buf_put_char(&buf, style->decimal);
        fp_buf_put(&buf, raw + whole + 1);
    }
    (void)snprintf(out, size, "%s", buf.p);
}

void fp_num_format_p(double p, const fp_numstyle *style, char *out, size_t size)
{
    if (isfinite(p) && p < 0.001)
        (void)snprintf(out, size, "<0%c001", style->decimal);
    else
        fp_num_format(p, 3, style, out, size);
}
