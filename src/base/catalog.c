#include "base/catalog.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The GNU .mo layout: gettext manual, "The Format of GNU MO Files". */
struct fp_catalog {
    const unsigned char *mo;
    size_t size;
    uint32_t n;
    uint32_t ids;
    uint32_t texts;
};

static uint32_t word(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int entry_fits(const unsigned char *mo, size_t size, uint32_t table, uint32_t i)
{
    const unsigned char *p = mo + table + (size_t)8 * i;
    uint64_t length = word(p), offset = word(p + 4);
    return offset + length < size && mo[offset + length] == 0;
}

fp_status fp_catalog_open(const unsigned char *mo, size_t size, fp_arena *arena,
                          const fp_catalog **out, fp_err *err)
{
    if (size < 28 || word(mo) != 0x950412de)
        return fp_fail(err, FP_INPUT, "not a message catalogue");
    uint64_t n = word(mo + 8), ids = word(mo + 12), texts = word(mo + 16);
    if (ids + 8 * n > size || texts + 8 * n > size)
        return fp_fail(err, FP_INPUT, "a damaged message catalogue");
    for (uint32_t i = 0; i < n; i++)
        if (!entry_fits(mo, size, (uint32_t)ids, i) || !entry_fits(mo, size, (uint32_t)texts, i))
            return fp_fail(err, FP_INPUT, "a damaged message catalogue");
    fp_catalog *catalog;
    FP_ARRAY(catalog, arena, 1, err);
    *catalog = (fp_catalog){mo, size, (uint32_t)n, (uint32_t)ids, (uint32_t)texts};
    *out = catalog;
    return FP_OK;
}

static const char *entry(const fp_catalog *c, uint32_t table, uint32_t i)
{
    return (const char *)c->mo + word(c->mo + table + (size_t)8 * i + 4);
}

/* The translation and its length, plural forms included. msgfmt sorts the ids in byte order. */
static const char *find(const fp_catalog *c, const char *id, size_t *length)
{
    uint32_t low = 0, high = c ? c->n : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(id, entry(c, c->ids, middle));
        if (order == 0) {
            *length = word(c->mo + c->texts + (size_t)8 * middle);
            return entry(c, c->texts, middle);
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *fp_text(const fp_catalog *catalog, const char *id)
{
    size_t length;
    const char *text = find(catalog, id, &length);
    return text && text[0] ? text : id;
}

int fp_catalog_has(const fp_catalog *catalog, const char *id)
{
    size_t length;
    const char *text = find(catalog, id, &length);
    return text && text[0];
}
