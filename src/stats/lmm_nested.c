#include <stdlib.h>
#include <string.h>

#include "stats/lmm_nested_priv.h"

/* What units of both kinds are put together by: keys, products, cells. */

/* ---- patterns: equal keys of doubles get the same number ---- */

fp_status fp_key_table_create(ptrdiff_t most, ptrdiff_t width, fp_arena *arena, fp_key_table *table,
                              fp_err *err)
{
    *table = (fp_key_table){.width = width, .slots = 16};
    while (table->slots < 2 * most)
        table->slots *= 2;
    FP_ARRAY(table->slot, arena, table->slots, err);
    FP_ARRAY(table->key, arena, most, err);
    return FP_OK;
}

static uint64_t hash_key(const double *key, ptrdiff_t width)
{
    uint64_t h = 1469598103934665603u;
    for (ptrdiff_t i = 0; i < width; i++) {
        uint64_t bits;
        double value = key[i] + 0.0; /* -0 is 0 */
        memcpy(&bits, &value, sizeof bits);
        h = (h ^ bits) * 1099511628211u;
        h ^= h >> 29;
    }
    return h;
}

static bool same_key(const double *a, const double *b, ptrdiff_t width)
{
    for (ptrdiff_t i = 0; i < width; i++)
        if (a[i] < b[i] || a[i] > b[i])
            return false;
    return true;
}

int32_t fp_key_number(fp_key_table *table, const double *key)
{
    uint64_t mask = (uint64_t)table->slots - 1, i = hash_key(key, table->width) & mask;
    while (table->slot[i] && !same_key(table->key[table->slot[i] - 1], key, table->width))
        i = (i + 1) & mask;
    if (!table->slot[i]) {
        table->key[table->count++] = key;
        table->slot[i] = (int32_t)table->count;
    }
    return table->slot[i] - 1;
}

/* ---- sums of products of a pattern ---- */

void fp_nested_products(ptrdiff_t r, ptrdiff_t q, const double *p, double *product)
{
    ptrdiff_t size = fp_packed_size(q);
    for (ptrdiff_t u = 0; u < r; u++)
        for (ptrdiff_t v = 0; v <= u; v++) {
            double *to = product + fp_packed(u, v) * size;
            for (ptrdiff_t a = 0; a < q; a++)
                for (ptrdiff_t b = 0; b <= a; b++)
                    to[fp_packed(a, b)] +=
                        u == v ? p[u + a * r] * p[u + b * r]
                               : p[u + a * r] * p[v + b * r] + p[v + a * r] * p[u + b * r];
        }
}

/* ---- units under the groups of the level above ---- */

static fp_status order_units(const fp_nested *e, const int32_t *parent, int32_t groups,
                             fp_arena *arena, ptrdiff_t **first, int32_t **unit, fp_err *err)
{
    FP_ARRAY(*first, arena, groups + 2, err);
    FP_ARRAY(*unit, arena, e->units, err);
    ptrdiff_t *at = *first + 1; /* shifted by one while filling */
    for (int32_t u = 0; u < e->units; u++)
        at[parent[u] + 1]++;
    for (int32_t g = 0; g < groups; g++)
        at[g + 1] += at[g];
    for (int32_t u = 0; u < e->units; u++)
        (*unit)[at[parent[u]]++] = u;
    return FP_OK;
}

fp_status fp_nested_cells(fp_nested *e, const int32_t *parent, int32_t groups,
                          const int32_t *pattern, const double *const *sum, fp_arena *arena,
                          fp_err *err)
{
    ptrdiff_t *first, *place, cells = 0, width = e->width * e->q;
    int32_t *unit;
    FP_TRY(order_units(e, parent, groups, arena, &first, &unit, err));
    FP_ARRAY(place, arena, e->patterns, err);
    FP_ARRAY(e->cell_first, arena, groups + 1, err);
    for (int pass = 0; pass < 2; pass++) {
        memset(place, 0, (size_t)e->patterns * sizeof *place);
        if (pass) {
            FP_ARRAY(e->cell, arena, cells, err);
            FP_ARRAY(e->cell_sum, arena, cells * width, err);
        }
        cells = 0;
        for (int32_t g = 0; g < groups; g++) {
            ptrdiff_t begin = cells;
            e->cell_first[g] = cells;
            for (ptrdiff_t i = first[g]; i < first[g + 1]; i++) {
                int32_t u = unit[i], s = pattern[u];
                if (place[s] <= begin) /* place is cell + 1 */
                    place[s] = ++cells;
                if (!pass)
                    continue;
                ptrdiff_t c = place[s] - 1;
                e->cell[c].pattern = s;
                e->cell[c].count++;
                for (ptrdiff_t j = 0; j < e->size[s] * e->q; j++)
                    e->cell_sum[c * width + j] += sum[u][j];
            }
        }
        e->cell_first[groups] = cells;
    }
    return FP_OK;
}

/* ---- random columns ---- */

fp_status fp_nested_columns(const fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                            fp_random_columns *list, fp_err *err)
{
    ptrdiff_t most = e->width + e->above + 1;
    list->count = 0;
    FP_ARRAY(list->block, arena, most, err);
    FP_ARRAY(list->effect, arena, most, err);
    for (ptrdiff_t l = 0; l < nest->levels; l++)
        for (ptrdiff_t b = 0; b < nest->level[l].blocks; b++)
            for (ptrdiff_t c = 0; c < e->rows->data->block[nest->level[l].block[b]].width; c++) {
                list->block[list->count] = nest->level[l].block[b];
                list->effect[list->count++] = c;
            }
    return FP_OK;
}
