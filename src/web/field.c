#include <ctype.h>
#include <string.h>

#include "base/bsn.h"
#include "base/catalog.h"
#include "base/date.h"
#include "base/num.h"
#include "web/field_priv.h"

static bool has_control(fp_str text, const char *allowed)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < ' ' || c == 0x7f) && !(c && strchr(allowed, c)))
            return true;
    }
    return false;
}

/* Every character a letter or digit of ASCII or one of `others`. */
static bool only(fp_str text, const char *others)
{
    for (size_t i = 0; i < text.n; i++)
        if (!isalnum((unsigned char)text.p[i]) && !(text.p[i] && strchr(others, text.p[i])))
            return false;
    return true;
}

static bool one_of(fp_str text, const char *choices)
{
    while (choices) {
        const char *bar = strchr(choices, '|');
        fp_str choice = {choices, bar ? (size_t)(bar - choices) : strlen(choices)};
        if (fp_str_eq(text, choice))
            return true;
        choices = bar ? bar + 1 : NULL;
    }
    return false;
}

/* The text without the characters of `left_out`. */
static fp_status without(fp_str text, const char *left_out, fp_arena *arena, fp_str *out,
                         fp_err *err)
{
    char *copy = fp_arena_array(arena, (ptrdiff_t)text.n + 1, 1, err);
    if (!copy)
        return FP_NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (!strchr(left_out, text.p[i]))
            copy[n++] = text.p[i];
    *out = (fp_str){copy, n};
    return FP_OK;
}

static bool digits_only(fp_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!isdigit((unsigned char)text.p[i]))
            return false;
    return text.n > 0;
}

static void check_whole(const fp_input *input, fp_str text, fp_field_outcome *out)
{
    int64_t number;
    if (!fp_int_parse(text, -1000000000, 1000000000, &number)) {
        out->problem = FP_MSG("Give a whole number.");
    } else if (number < input->least) {
        out->problem = FP_MSG("Give {n} or more.");
        out->number = input->least;
    } else if (number > input->most) {
        out->problem = FP_MSG("Give {n} or less.");
        out->number = input->most;
    }
}

/* 3-2-2026, as people write it, with the zeros that it lacks; anything else as it is. */
static fp_str pad_date(fp_str text, char out[16])
{
    size_t n = 0, begin = 0;
    for (size_t i = 0; i < text.n && n < 12; i++) {
        if (i == begin && i + 1 < text.n && text.p[i + 1] == '-')
            out[n++] = '0';
        out[n++] = text.p[i];
        if (text.p[i] == '-')
            begin = i + 1;
    }
    return text.n <= 10 ? (fp_str){out, n} : text;
}

static fp_status check_date(bool past, fp_str text, int64_t today, fp_arena *arena,
                            fp_field_outcome *out, fp_err *err)
{
    char padded[16];
    fp_day number;
    if (!fp_day_parse(pad_date(text, padded), &number)) {
        out->problem = FP_MSG("Give a date as 03-02-2026.");
        return FP_OK;
    }
    if (past && number > today) {
        out->problem = FP_MSG("This date has not come yet.");
        return FP_OK;
    }
    char *copy = fp_arena_array(arena, 16, 1, err);
    if (!copy)
        return FP_NOMEM;
    fp_day_format(number, copy);
    out->value = fp_str_of(copy);
    return FP_OK;
}

/* Eight digits are a number with a 0 in front. */
static fp_status check_bsn(fp_str text, fp_arena *arena, fp_field_outcome *out, fp_err *err)
{
    fp_str digits;
    FP_TRY(without(text, " .-", arena, &digits, err));
    if (!digits_only(digits) || digits.n < 8 || digits.n > 9) {
        out->problem = FP_MSG("A BSN has nine digits.");
        return FP_OK;
    }
    char *copy = fp_arena_array(arena, 10, 1, err);
    if (!copy)
        return FP_NOMEM;
    memset(copy, '0', 9);
    memcpy(copy + (9 - digits.n), digits.p, digits.n);
    out->value = (fp_str){copy, 9};
    if (!fp_bsn_valid(out->value))
        out->problem = FP_MSG("This BSN is not right: a digit is wrong, or two changed places.");
    return FP_OK;
}

static bool is_email(fp_str text)
{
    const char *at = memchr(text.p, '@', text.n);
    if (!at || at == text.p || has_control(text, "") || memchr(text.p, ' ', text.n))
        return false;
    fp_str host = {at + 1, text.n - (size_t)(at + 1 - text.p)};
    return host.n >= 3 && only(host, ".-") && memchr(host.p, '.', host.n) && host.p[0] != '.' &&
           host.p[host.n - 1] != '.';
}

static bool is_phone(fp_str text)
{
    int digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (isdigit((unsigned char)c))
            digits++;
        else if (!strchr(" -()./", c) && !(c == '+' && i == 0))
            return false;
    }
    return digits >= 6 && digits <= 15;
}

static void check_length(const fp_input *input, long most, fp_str text, fp_field_outcome *out)
{
    long n = (long)fp_str_characters(text);
    if (n < input->least) {
        out->problem = FP_MSG("Use at least {n} characters.");
        out->number = input->least;
    } else if (n > most) {
        out->problem = FP_MSG("Use at most {n} characters.");
        out->number = most;
    }
}

fp_status fp_field_check(const fp_input *input, long most, fp_str text, int64_t today,
                         fp_arena *arena, fp_field_outcome *out, fp_err *err)
{
    out->value = text;
    switch (input->kind) {
    case FP_FIELD_WHOLE:
        check_whole(input, text, out);
        return FP_OK;
    case FP_FIELD_DATE:
    case FP_FIELD_PAST:
        return check_date(input->kind == FP_FIELD_PAST, text, today, arena, out, err);
    case FP_FIELD_BSN:
        return check_bsn(text, arena, out, err);
    case FP_FIELD_CODE:
        FP_TRY(without(text, " ", arena, &out->value, err));
        if (!digits_only(out->value))
            out->problem = FP_MSG("Use digits only.");
        break;
    case FP_FIELD_CHOICE:
        if (!one_of(text, input->choices))
            out->problem = FP_MSG("Choose one of the list.");
        return FP_OK;
    case FP_FIELD_TICK:
        if (!fp_str_is(text, "yes"))
            out->problem = FP_MSG("Tick the box, or leave it.");
        return FP_OK;
    case FP_FIELD_ID:
        if (!only(text, "-_.:"))
            out->problem = FP_MSG("Use letters, digits, - and _ only.");
        break;
    case FP_FIELD_EMAIL:
        if (!is_email(text))
            out->problem = FP_MSG("This is not an e-mail address.");
        break;
    case FP_FIELD_PHONE:
        if (!is_phone(text))
            out->problem = FP_MSG("This is not a telephone number.");
        break;
    case FP_FIELD_LINE:
        if (has_control(text, ""))
            out->problem = FP_MSG("Use one line, without special characters.");
        break;
    case FP_FIELD_TEXT:
        if (has_control(text, "\r\n\t"))
            out->problem = FP_MSG("Leave out the special characters.");
        FP_TRY(without(text, "\r", arena, &out->value, err)); /* browsers send CR LF */
        break;
    case FP_FIELD_PASSWORD:
        break;
    }
    if (!out->problem)
        check_length(input, most, out->value, out);
    return FP_OK;
}
