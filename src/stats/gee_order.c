#include <stdlib.h>

#include "stats/gee.h"

typedef struct {
    int32_t position;
    ptrdiff_t row;
} place;

static int by_position(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool in_order(const ptrdiff_t *order, ptrdiff_t n, const int32_t *position)
{
    for (ptrdiff_t i = 1; i < n; i++)
        if (position[order[i]] < position[order[i - 1]])
            return false;
    return true;
}

static void sort_places(ptrdiff_t *order, ptrdiff_t n, const int32_t *position, place *room)
{
    for (ptrdiff_t i = 0; i < n; i++)
        room[i] = (place){position[order[i]], order[i]};
    qsort(room, (size_t)n, sizeof *room, by_position);
    for (ptrdiff_t i = 0; i < n; i++)
        order[i] = room[i].row;
}

/* Rows as most files have them: id after id, and positions ascending within. */
static bool is_sorted(ptrdiff_t n, const int32_t *id, const int32_t *position)
{
    for (ptrdiff_t i = 1; i < n; i++)
        if (id[i] < id[i - 1] || (position && id[i] == id[i - 1] && position[i] < position[i - 1]))
            return false;
    return true;
}

fp_status fp_gee_order(ptrdiff_t n, const int32_t *id, ptrdiff_t ids, const int32_t *position,
                       fp_arena *arena, ptrdiff_t **order, ptrdiff_t **start, fp_err *err)
{
    ptrdiff_t *rows, *first, largest = 0;
    FP_ARRAY(rows, arena, n, err);
    FP_ARRAY(first, arena, ids + 1, err);
    *order = rows;
    *start = first;
    if (is_sorted(n, id, position)) {
        for (ptrdiff_t i = 0, k = 0; i < n; i++) {
            rows[i] = i;
            for (; k <= id[i]; k++)
                first[k] = i;
        }
        for (ptrdiff_t k = n ? id[n - 1] + 1 : 0; k <= ids; k++)
            first[k] = n;
        return FP_OK;
    }
    fp_arena_point mark = fp_arena_mark(arena);
    ptrdiff_t *next;
    place *room;
    FP_ARRAY(next, arena, ids, err);
    for (ptrdiff_t i = 0; i < n; i++)
        first[id[i] + 1]++;
    for (ptrdiff_t k = 0; k < ids; k++) {
        largest = first[k + 1] > largest ? first[k + 1] : largest;
        first[k + 1] += first[k];
        next[k] = first[k];
    }
    for (ptrdiff_t i = 0; i < n; i++)
        rows[next[id[i]]++] = i;
    FP_ARRAY(room, arena, position ? largest : 0, err);
    for (ptrdiff_t k = 0; position && k < ids; k++)
        if (!in_order(rows + first[k], first[k + 1] - first[k], position))
            sort_places(rows + first[k], first[k + 1] - first[k], position, room);
    fp_arena_rewind(arena, mark);
    return FP_OK;
}
