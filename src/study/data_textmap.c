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

static bool same(const char *kept, fp_str text)
{
    return strncmp(kept, text.p, text.n) == 0 && kept[text.n] == '\0';
}

/* Slot that holds the text, or the free one where it would go. */
static size_t slot_of(const fp_textmap *map, fp_str text)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (unsigned char)text.p[i]) * 1099511628211u;
    size_t at = (size_t)(hash ^ (hash >> 32)) & (map->slot_count - 1);
    while (map->slots[at] && !same(map->texts[map->slots[at] - 1], text))
        at = (at + 1) & (map->slot_count - 1);
    return at;
}

static ptrdiff_t add(fp_textmap *map, size_t at, const char *text)
{
    map->texts[map->count++] = text;
    map->slots[at] = (int32_t)map->count;
    return map->count - 1;
}

ptrdiff_t fp_textmap_put(fp_textmap *map, const char *text, bool *added)
{
    size_t at = slot_of(map, fp_str_of(text));
    bool is_new = !map->slots[at];
    if (added)
        *added = is_new;
    return is_new ? add(map, at, text) : map->slots[at] - 1;
}

static fp_status grow(fp_textmap *map, fp_err *err)
{
    fp_textmap wider;
    FP_TRY(fp_textmap_init(&wider, map->capacity ? 2 * map->capacity : 16, map->arena, err));
    for (ptrdiff_t i = 0; i < map->count; i++)
        (void)fp_textmap_put(&wider, map->texts[i], NULL);
    *map = wider;
    return FP_OK;
}

fp_status fp_textmap_keep(fp_textmap *map, fp_str text, ptrdiff_t *number, fp_err *err)
{
    size_t at = slot_of(map, text);
    if (map->slots[at]) {
        *number = map->slots[at] - 1;
        return FP_OK;
    }
    if (map->count == map->capacity) {
        FP_TRY(grow(map, err));
        at = slot_of(map, text);
    }
    const char *copy = fp_str_dup(map->arena, text, err);
    if (!copy)
        return FP_NOMEM;
    *number = add(map, at, copy);
    return FP_OK;
}

ptrdiff_t fp_textmap_find(const fp_textmap *map, fp_str text)
{
    return map->slot_count ? map->slots[slot_of(map, text)] - 1 : -1;
}
