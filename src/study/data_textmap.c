#include <string.h>

#include "study/data_priv.h"

fp_status fp_textmap_init(fp_textmap *map, ptrdiff_t capacity, fp_arena *arena, fp_err *err)
{
    fp_textmap m = {.arena = arena, .slot_count = 16, .capacity = capacity};
    while (m.slot_count < 2 * (size_t)capacity)
        m.slot_count *= 2;
    FP_ARRAY(m.slots, arena, m.slot_count, err);
    FP_ARRAY(m.texts, arena, capacity, err);
    *map = m;
    return FP_OK;
}

/* Slot that holds the text, or the free one where it would go. */
static size_t slot_of(const fp_textmap *map, const char *text)
{
    uint64_t hash = 1469598103934665603u;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        hash = (hash ^ *p) * 1099511628211u;
    size_t at = (size_t)(hash ^ (hash >> 32)) & (map->slot_count - 1);
    while (map->slots[at] && strcmp(map->texts[map->slots[at] - 1], text) != 0)
        at = (at + 1) & (map->slot_count - 1);
    return at;
}

ptrdiff_t fp_textmap_put(fp_textmap *map, const char *text, bool *added)
{
    size_t at = slot_of(map, text);
    bool is_new = !map->slots[at];
    if (is_new) {
        map->texts[map->count++] = text;
        map->slots[at] = map->count;
    }
    if (added)
        *added = is_new;
    return map->slots[at] - 1;
}

ptrdiff_t fp_textmap_find(const fp_textmap *map, const char *text)
{
    return map->slot_count ? map->slots[slot_of(map, text)] - 1 : -1;
}
