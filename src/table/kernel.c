/* Compiled once for each kind of processor (see CMakeLists.txt), FP_KERNEL being the name of the
 * table of functions that it defines. */
#include "table/kernel_priv.h"

#include <string.h>

#include "base/decimal.h"

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

/* ---- 64 bytes at a time ---- */

#if defined(__AVX512BW__)
typedef struct {
    __m512i v;
} wide;

static inline wide load(const char *p)
{
    return (wide){_mm512_loadu_si512(p)};
}

static inline uint64_t equal(const wide *w, char c)
{
    return _mm512_cmpeq_epi8_mask(w->v, _mm512_set1_epi8(c));
}

static inline uint64_t not_ascii(const wide *w)
{
    return _mm512_movepi8_mask(w->v);
}
#elif defined(__AVX2__)
typedef struct {
    __m256i v[2];
} wide;

static inline wide load(const char *p)
{
    return (wide){{_mm256_loadu_si256((const __m256i *)(const void *)p),
                   _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))}};
}

static inline uint64_t bits(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

static inline uint64_t equal(const wide *w, char c)
{
    __m256i all = _mm256_set1_epi8(c);
    return bits(_mm256_cmpeq_epi8(w->v[0], all), _mm256_cmpeq_epi8(w->v[1], all));
}

static inline uint64_t not_ascii(const wide *w)
{
    return bits(w->v[0], w->v[1]);
}
#elif defined(__SSE2__)
typedef struct {
    __m128i v[4];
} wide;

static inline wide load(const char *p)
{
    wide w;
    for (int i = 0; i < 4; i++)
        w.v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
    return w;
}

static inline uint64_t equal(const wide *w, char c)
{
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(w->v[i], _mm_set1_epi8(c)))
                << 16 * i;
    return mask;
}

static inline uint64_t not_ascii(const wide *w)
{
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= (uint64_t)(unsigned)_mm_movemask_epi8(w->v[i]) << 16 * i;
    return mask;
}
#else
typedef struct {
    uint64_t v[8];
} wide;

#define LOW7 0x7f7f7f7f7f7f7f7fu
#define HIGH 0x8080808080808080u

/* The highest bits of eight bytes as eight bits, the first byte the lowest. */
static inline uint64_t gather(uint64_t high)
{
    return (high >> 7) * 0x0102040810204080u >> 56;
}

static inline wide load(const char *p)
{
    wide w;
    for (int i = 0; i < 8; i++) {
        w.v[i] = 0;
        for (int k = 0; k < 8; k++)
            w.v[i] |= (uint64_t)(unsigned char)p[8 * i + k] << 8 * k;
    }
    return w;
}

static inline uint64_t equal(const wide *w, char c)
{
    uint64_t mask = 0, all = (unsigned char)c * 0x0101010101010101u;
    for (int i = 0; i < 8; i++) {
        uint64_t x = w->v[i] ^ all; /* a byte is zero where it was c */
        mask |= gather(~(((x & LOW7) + LOW7) | x | LOW7) & HIGH) << 8 * i;
    }
    return mask;
}

static inline uint64_t not_ascii(const wide *w)
{
    uint64_t mask = 0;
    for (int i = 0; i < 8; i++)
        mask |= gather(w->v[i] & HIGH) << 8 * i;
    return mask;
}
#endif

/* Bit i = an odd number of bits up to and with bit i. */
static inline uint64_t parity(uint64_t x)
{
    for (int by = 1; by < 64; by *= 2)
        x ^= x << by;
    return x;
}

/* ---- census ---- */

/* What is carried from one block of 64 bytes to the next. */
typedef struct {
    uint64_t inside;  /* 0 or 1: quotes so far, odd */
    uint64_t edge;    /* 1: the byte before is a separator, a line end or a quote */
    uint64_t open[2]; /* 1: that byte closed a quote, so that this one must be an edge or '\r' */
    uint64_t cr[2];   /* 1: that byte is a carriage return outside quotes */
} carried;

typedef struct {
    uint64_t separator, newline, quote, cr;
} masks;

static inline void count_ends(fp_census_case *c, uint64_t ends, size_t at)
{
    if (!ends)
        return;
    if (c->ends == 0)
        c->first = at + (size_t)__builtin_ctzll(ends);
    c->last = at + 63 - (size_t)__builtin_clzll(ends);
    c->ends += (size_t)__builtin_popcountll(ends);
}

/* One block of which `n` bytes count, with quotes or carriage returns in it or just before it. */
static void census_block(const masks *m, size_t at, size_t n, carried *c, fp_census *out)
{
    uint64_t live = n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
    uint64_t edge = m->separator | m->newline | m->quote;
    uint64_t odd = parity(m->quote) ^ (0 - c->inside);
    for (int h = 0; h < 2; h++) {
        uint64_t in = h ? ~odd : odd, closing = m->quote & ~in, cr = m->cr & ~in;
        uint64_t bad = m->quote & in & ~(edge << 1 | c->edge);
        bad |= (closing << 1 | c->open[h]) & ~(edge | m->cr) & live;
        bad |= (cr << 1 | c->cr[h]) & ~m->newline & live;
        out->as[h].regular = out->as[h].regular && bad == 0;
        count_ends(&out->as[h], m->newline & ~in, at);
        c->open[h] = closing >> (n - 1) & 1;
        c->cr[h] = cr >> (n - 1) & 1;
    }
    c->inside = odd >> (n - 1) & 1;
    c->edge = edge >> (n - 1) & 1;
}

static inline void census_step(const char *p, size_t at, size_t n, char separator, carried *c,
                               fp_census *out)
{
    uint64_t live = n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
    wide w = load(p);
    masks m = {0, equal(&w, '\n') & live, equal(&w, '"') & live, equal(&w, '\r') & live};
    out->other |= ((not_ascii(&w) | equal(&w, '\0')) & live) != 0;
    out->newlines += (size_t)__builtin_popcountll(m.newline);
    if (!(m.quote | m.cr | c->open[0] | c->open[1] | c->cr[0] | c->cr[1]) && n == 64) {
        count_ends(&out->as[c->inside], m.newline, at);
        /* whether the last byte is an edge */
        c->edge = (uint64_t)(p[63] == separator || p[63] == '\n');
        return;
    }
    m.separator = equal(&w, separator) & live;
    out->quotes += (size_t)__builtin_popcountll(m.quote);
    census_block(&m, at, n, c, out);
}

static void census(const char *p, size_t n, char separator, char before, char after, fp_census *out)
{
    carried c = {0};
    char rest[64];
    size_t at = 0;
    *out = (fp_census){.as = {{.regular = true}, {.regular = true}}};
    c.edge = before == separator || before == '\n' || before == '"';
    for (; at + 64 <= n; at += 64)
        census_step(p + at, at, 64, separator, &c, out);
    if (at < n) {
        memset(rest, ' ', sizeof rest);
        memcpy(rest, p + at, n - at);
        census_step(rest, at, n - at, separator, &c, out);
    }
    bool edge = after == separator || after == '\n' || after == '"' || after == '\r';
    for (int h = 0; h < 2; h++)
        out->as[h].regular =
            out->as[h].regular && (!c.open[h] || edge) && (!c.cr[h] || after == '\n');
}

/* ---- index ---- */

static inline size_t put_ends(uint32_t *to, uint64_t mask, uint32_t at)
{
    size_t count = (size_t)__builtin_popcountll(mask);
    for (size_t k = 0; k < count; k += 4)
        for (size_t i = k; i < k + 4; i++) {
            to[i] = at + (mask ? (uint32_t)__builtin_ctzll(mask) : 0);
            mask &= mask - 1;
        }
    return count;
}

static size_t index_fields(const char *p, size_t n, char separator, bool quotes, uint32_t *ends,
                           size_t most)
{
    size_t count = 0;
    uint64_t inside = 0;
    for (size_t at = 0; at < n && count <= most; at += 64) {
        wide w = load(p + at);
        uint64_t mask = equal(&w, separator) | equal(&w, '\n');
        if (quotes) {
            uint64_t odd = parity(equal(&w, '"')) ^ (0 - inside);
            mask &= ~odd;
            inside = odd >> 63;
        }
        if (n - at < 64)
            mask &= ((uint64_t)1 << (n - at)) - 1;
        count += put_ends(ends + count, mask, (uint32_t)at);
    }
    return count;
}

/* ---- numbers ---- */

#if defined(__AVX2__)
/* Up to 31 characters [sign] digits [mark digits] before `end`, at most 19 digits that count. The
 * last 32 bytes before `end` are loaded twice, the second time one byte earlier: behind the mark
 * the first load has the digits at their place, before the mark the second has. Pairs of digits are
 * added up to numbers of 2, 4 and 8 digits in every lane at once. */
static inline bool number(const char *start, const char *end, char decimal, double *out)
{
    bool negative = *start == '-';
    start += negative | (*start == '+');
    unsigned length = (unsigned)(end - start);
    if (length - 1 > 30)
        return false;
    const __m256i place =
        _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
                         21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(end - 32));
    __m256i y = _mm256_loadu_si256((const __m256i *)(const void *)(end - 33));
    uint32_t mark = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_set1_epi8(decimal)));
    mark &= ~(uint32_t)0 << (32 - length);
    int at = mark ? __builtin_ctz(mark) : -1;
    unsigned digits = length - (mark != 0);
    if (digits == 0)
        return false;
    int places = mark ? 31 - at : 0;
    __m256i behind = _mm256_cmpgt_epi8(place, _mm256_set1_epi8((char)at));
    __m256i valid = _mm256_cmpgt_epi8(place, _mm256_set1_epi8((char)(31 - (int)digits)));
    __m256i d = _mm256_sub_epi8(_mm256_blendv_epi8(y, x, behind), _mm256_set1_epi8('0'));
    d = _mm256_and_si256(d, valid);
    if (!_mm256_testc_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8(9)), d),
                            _mm256_set1_epi8(-1)))
        return false;
    d = _mm256_maddubs_epi16(d, _mm256_set1_epi16(0x010a));
    d = _mm256_madd_epi16(d, _mm256_set1_epi32(0x00010064));
    d = _mm256_packus_epi32(d, d);
    d = _mm256_madd_epi16(d, _mm256_set1_epi32(0x00012710));
    uint64_t high = (uint64_t)_mm_cvtsi128_si64(_mm256_castsi256_si128(d));
    uint64_t low = (uint64_t)_mm_cvtsi128_si64(_mm256_extracti128_si256(d, 1));
    uint64_t value = (low & 0xffffffffu) * 100000000u + (low >> 32);
    if (high) {
        high = (high & 0xffffffffu) * 100000000u + (high >> 32);
        if (high > 999)
            return false;
        value += high * 10000000000000000u;
    }
    double result;
    if (!fp_decimal_fraction(value, places, &result))
        return false;
    *out = negative ? -result : result;
    return true;
}
#else
static inline bool number(const char *start, const char *end, char decimal, double *out)
{
    bool negative = *start == '-';
    start += negative || *start == '+';
    if (end - start < 1 || end - start > 20)
        return false;
    uint64_t value = 0;
    const char *mark = NULL;
    for (const char *p = start; p < end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit <= 9)
            value = 10 * value + digit;
        else if (*p == decimal && !mark)
            mark = p;
        else
            return false;
    }
    int places = mark ? (int)(end - mark) - 1 : 0;
    ptrdiff_t digits = end - start - (mark != NULL);
    double result;
    if (digits < 1 || digits > 19 || !fp_decimal_fraction(value, places, &result))
        return false;
    *out = negative ? -result : result;
    return true;
}
#endif

static ptrdiff_t numbers(const char *p, const uint32_t *ends, ptrdiff_t columns, ptrdiff_t column,
                         ptrdiff_t row, ptrdiff_t rows, char decimal, double *out)
{
    bool last = column == columns - 1;
    const uint32_t *at = ends + row * columns + column;
    for (; row < rows; row++, at += columns) {
        uint32_t start = at[-1] + 1, end = at[0];
        end -= last && end > start && p[end - 1] == '\r';
        if (!number(p + start, p + end, decimal, &out[row]))
            return row;
    }
    return rows;
}

const fp_kernel FP_KERNEL = {census, index_fields, numbers};
