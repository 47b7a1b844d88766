#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty_text[1];

fp_str fp_str_of(const char *text)
{
    return text ? (fp_str){text, strlen(text)} : (fp_str){"", 0};
}

bool fp_str_eq(fp_str a, fp_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool fp_str_is(fp_str a, const char *text)
{
    return fp_str_eq(a, fp_str_of(text));
}

int fp_str_cmp(fp_str a, fp_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

fp_str fp_str_trim(fp_str s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Unicode 15, table 3-7: well-formed UTF-8 byte sequences. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return p[0] ? 1 : 0;
    size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < need)
        return 0;
    unsigned low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return need;
}

/* Whether eight bytes are all ASCII and not NUL. */
static bool plain8(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return ((x | (x - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}

size_t fp_str_characters(fp_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

bool fp_str_utf8(fp_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        while (s.n - i >= 8 && plain8(p + i))
            i += 8;
        if (i == s.n)
            break;
        size_t step = utf8_length(p + i, s.n - i);
        if (!step)
            return false;
        i += step;
    }
    return true;
}

char *fp_str_dup(fp_arena *arena, fp_str s, fp_err *err)
{
    return fp_arena_strndup(arena, s.p, s.n, err);
}

void fp_buf_init(fp_buf *buf, size_t max)
{
    *buf = (fp_buf){empty_text, 0, 0, max, false};
}

void fp_buf_clear(fp_buf *buf)
{
    if (buf->cap)
        free(buf->p);
    fp_buf_init(buf, buf->max);
}

static bool make_room(fp_buf *buf, size_t n)
{
    if (buf->failed || n > buf->max || buf->n > buf->max - n) {
        buf->failed = true;
        return false;
    }
    size_t need = buf->n + n + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < need)
        cap *= 2;
    char *p = realloc(buf->cap ? buf->p : NULL, cap);
    if (!p) {
        buf->failed = true;
        return false;
    }
    buf->p = p;
    buf->cap = cap;
    return true;
}

void fp_buf_put_n(fp_buf *buf, const char *text, size_t n)
{
    if (!make_room(buf, n))
        return;
    if (n)
        memcpy(buf->p + buf->n, text, n);
    buf->n += n;
    buf->p[buf->n] = '\0';
}

void fp_buf_put(fp_buf *buf, const char *text)
{
    fp_buf_put_n(buf, text, strlen(text));
}

void fp_buf_put_char(fp_buf *buf, char c)
{
    fp_buf_put_n(buf, &c, 1);
}

void fp_buf_printf(fp_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        buf->failed = true;
    else if (make_room(buf, (size_t)n)) {
        (void)vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}

void fp_buf_put_xml(fp_buf *buf, const char *text)
{
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&':
            fp_buf_put(buf, "&amp;");
            break;
        case '<':
            fp_buf_put(buf, "&lt;");
            break;
        case '>':
            fp_buf_put(buf, "&gt;");
            break;
        case '"':
            fp_buf_put(buf, "&quot;");
            break;
        case '\'':
            fp_buf_put(buf, "&#39;");
            break;
        default:
            fp_buf_put_char(buf, *p);
        }
    }
}

fp_status fp_buf_ok(const fp_buf *buf, fp_err *err)
{
    return buf->failed ? fp_fail(err, FP_NOMEM, "a text grew past its limit of %zu bytes", buf->max)
                       : FP_OK;
}

fp_str fp_buf_str(const fp_buf *buf)
{
    return (fp_str){buf->p, buf->n};
}
