#include "base/encoding.h"

#include <stdint.h>
#include <string.h>

/* Characters of bytes 80 to 9F; 0 = undefined. The others are those of ISO 8859-1. */
static const uint16_t above_7f[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

/* One character in UTF-8; gives its length. */
static size_t put(unsigned c, char out[3])
{
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

size_t fp_windows_1252(fp_str text, char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned byte = (unsigned char)text.p[i];
        unsigned c = byte >= 0x80 && byte < 0xa0 ? above_7f[byte - 0x80] : byte;
        char out[3] = {text.p[i]};
        size_t length = byte < 0x80 || c == 0 ? 1 : put(c, out);
        if (to)
            memcpy(to + n, out, length);
        n += length;
    }
    return n;
}
