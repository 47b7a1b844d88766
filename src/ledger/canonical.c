#include "ledger/canonical.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 16 };

/* The letter of a two-character escape, 0 where the character has none. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    default:
        return 0;
    }
}

void fp_canonical_string(fp_buf *buf, fp_str text)
{
    size_t plain = 0; /* start of the stretch that goes out as it is */
    fp_buf_put_char(buf, '"');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        char letter = short_escape(c);
        if (!letter && c >= 0x20)
            continue;
        fp_buf_put_n(buf, text.p + plain, i - plain);
        plain = i + 1;
        if (letter)
            fp_buf_put_n(buf, (char[]){'\\', letter}, 2);
        else
            fp_buf_printf(buf, "\\u%04x", c);
    }
    if (text.n > plain)
        fp_buf_put_n(buf, text.p + plain, text.n - plain);
    fp_buf_put_char(buf, '"');
}

void fp_canonical_integer(fp_buf *buf, int64_t value)
{
    if (value > FP_CANONICAL_INT_MAX || value < -FP_CANONICAL_INT_MAX)
        buf->failed = true;
    fp_buf_printf(buf, "%lld", (long long)value);
}

/* In UTF-16 a character outside the basic plane begins with a surrogate, D800..DBFF, which sorts
 * below U+E000..U+FFFF; its UTF-8 begins with F0..F4, which sorts above EE and EF. Moving those two
 * lead bytes past the others gives UTF-16 order byte by byte. */
static int utf16_rank(unsigned char c)
{
    return c == 0xee || c == 0xef ? c + 0x10 : c;
}

int fp_canonical_key_cmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return utf16_rank((unsigned char)*a) - utf16_rank((unsigned char)*b);
}

static int by_key(const void *a, const void *b)
{
    return fp_canonical_key_cmp(((const fp_canonical_member *)a)->key,
                                ((const fp_canonical_member *)b)->key);
}

fp_status fp_canonical_object(fp_buf *buf, fp_canonical_member *members, ptrdiff_t count,
                              fp_err *err)
{
    if (count > 0)
        qsort(members, (size_t)count, sizeof *members, by_key);
    fp_buf_put_char(buf, '{');
    for (ptrdiff_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(members[i - 1].key, members[i].key) == 0)
            return fp_fail(err, FP_ARG, "the key \"%s\" stands twice in one object",
                           members[i].key);
        if (i > 0)
            fp_buf_put_char(buf, ',');
        fp_canonical_string(buf, fp_str_of(members[i].key));
        fp_buf_put_char(buf, ':');
        fp_buf_put(buf, members[i].json);
    }
    fp_buf_put_char(buf, '}');
    return fp_buf_ok(buf, err);
}

bool fp_canonical_take(fp_str *rest, const char *literal)
{
    size_t n = strlen(literal);
    if (rest->n < n || memcmp(rest->p, literal, n) != 0)
        return false;
    rest->p += n;
    rest->n -= n;
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character behind a backslash, and how long its escape is; -1 where the escape is not the one
 * that the writer would choose. */
static int unescape(fp_str at, size_t *length)
{
    static const char letters[] = "\"\\btnfr", meant[] = "\"\\\b\t\n\f\r";
    const char *known = at.n > 0 ? memchr(letters, at.p[0], sizeof letters - 1) : NULL;
    if (known) {
        *length = 1;
        return (unsigned char)meant[known - letters];
    }
    if (at.n < 5 || memcmp(at.p, "u00", 3) != 0 || hex_digit(at.p[3]) < 0 || hex_digit(at.p[4]) < 0)
        return -1;
    *length = 5;
    int c = 16 * hex_digit(at.p[3]) + hex_digit(at.p[4]);
    return c < 0x20 && !short_escape((unsigned char)c) ? c : -1;
}

/* Length of the canonical string at the front of `text`, 0 where there is none; its content goes to
 * the end of `out` unless that is NULL. */
static size_t string_length(fp_str text, fp_buf *out)
{
    if (text.n < 2 || text.p[0] != '"')
        return 0;
    size_t plain = 1;
    for (size_t i = 1; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20)
            return 0;
        if (c != '"' && c != '\\') {
            i++;
            continue;
        }
        if (out && i > plain)
            fp_buf_put_n(out, text.p + plain, i - plain);
        if (c == '"')
            return i + 1;
        size_t length = 0;
        int meant = unescape((fp_str){text.p + i + 1, text.n - i - 1}, &length);
        if (meant < 0)
            return 0;
        if (out)
            fp_buf_put_char(out, (char)meant);
        i += 1 + length;
        plain = i;
    }
    return 0;
}

bool fp_canonical_take_string(fp_str *rest, fp_buf *out)
{
    size_t start = out->n;
    size_t length = string_length(*rest, out);
    if (!length) {
        out->n = start;
        return false;
    }
    rest->p += length;
    rest->n -= length;
    return true;
}

static bool take_value(fp_str *rest, int depth);

static bool take_number(fp_str *rest)
{
    fp_str s = *rest;
    bool minus = fp_canonical_take(&s, "-");
    size_t digits = 0;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    if (digits == 0 || digits > 16 || (s.p[0] == '0' && (digits > 1 || minus)))
        return false;
    if (digits == 16 && memcmp(s.p, "9007199254740991", 16) > 0)
        return false;
    *rest = (fp_str){s.p + digits, s.n - digits};
    return true;
}

static bool take_array(fp_str *rest, int depth)
{
    if (fp_canonical_take(rest, "]"))
        return true;
    do {
        if (!take_value(rest, depth))
            return false;
    } while (fp_canonical_take(rest, ","));
    return fp_canonical_take(rest, "]");
}

static bool take_object(fp_str *rest, int depth)
{
    FP_BUF_SCOPED(above, rest->n);
    FP_BUF_SCOPED(key, rest->n);
    if (fp_canonical_take(rest, "}"))
        return true;
    for (bool first = true;; first = false) {
        key.n = 0;
        fp_buf_put(&key, "");
        if (!fp_canonical_take_string(rest, &key) || key.failed || !fp_canonical_take(rest, ":"))
            return false;
        if (!first && fp_canonical_key_cmp(above.p, key.p) >= 0)
            return false;
        if (!take_value(rest, depth))
            return false;
        if (!fp_canonical_take(rest, ","))
            return fp_canonical_take(rest, "}");
        fp_buf swap = above;
        above = key;
        key = swap;
    }
}

static bool take_value(fp_str *rest, int depth)
{
    if (depth > MAX_DEPTH || rest->n == 0)
        return false;
    if (rest->p[0] == '"') {
        size_t length = string_length(*rest, NULL);
        rest->p += length;
        rest->n -= length;
        return length > 0;
    }
    if (fp_canonical_take(rest, "["))
        return take_array(rest, depth + 1);
    if (fp_canonical_take(rest, "{"))
        return take_object(rest, depth + 1);
    return fp_canonical_take(rest, "true") || fp_canonical_take(rest, "false") ||
           fp_canonical_take(rest, "null") || take_number(rest);
}

bool fp_canonical_valid(fp_str text)
{
    return fp_str_utf8(text) && take_value(&text, 1) && text.n == 0;
}
