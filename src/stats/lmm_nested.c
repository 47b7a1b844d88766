#include <stdlib.h>
#include <string.h>

#include "stats/lmm_nested_priv.h"

enum { CHUNK = 512 };

/* ---- patterns: equal keys of doubles get the same number ---- */

typedef struct {
    ptrdiff_t width; /* doubles of a key */
    ptrdiff_t slots, count;
    int32_t *slot;      /* index + 1; 0 = free */
    const double **key; /* count */
} key_table;

static fp_status key_table_create(ptrdiff_t most, ptrdiff_t width, fp_arena *arena,
                                  key_table *table, fp_err *err)
{
    *table = (key_table){.width = width, .slots = 16};
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

static int32_t key_number(key_table *table, const double *key)
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

/* product += the packed products of P (r x q, column-major) with itself: for effects u > v both
 * ways together. */
static void add_products(ptrdiff_t r, ptrdiff_t q, const double *p, double *product)
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

/* Cells: for each group above, its units by pattern. sum: units x size x q. */
static fp_status make_cells(fp_nested *e, const int32_t *parent, int32_t groups,
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

/* ---- units that are groups of random effects ---- */

/* The random columns of the levels, innermost first. */
typedef struct {
    ptrdiff_t count;
    ptrdiff_t *block, *effect;
} random_columns;

static fp_status list_columns(const fp_nested *e, const fp_lmm_nest *nest, ptrdiff_t from,
                              fp_arena *arena, random_columns *list, fp_err *err)
{
    ptrdiff_t most = e->width + e->above + 1;
    list->count = 0;
    FP_ARRAY(list->block, arena, most, err);
    FP_ARRAY(list->effect, arena, most, err);
    for (ptrdiff_t l = from; l < nest->levels; l++)
        for (ptrdiff_t b = 0; b < nest->level[l].blocks; b++)
            for (ptrdiff_t c = 0; c < e->rows->data->block[nest->level[l].block[b]].width; c++) {
                list->block[list->count] = nest->level[l].block[b];
                list->effect[list->count++] = c;
            }
    return FP_OK;
}

typedef struct {
    ptrdiff_t r, all; /* own effects; own and those above */
    double *a, *z;    /* chunk: q columns; all columns */
    double *design;   /* units x (r x all) */
    double *sum;      /* units x r x q */
} unit_pass;

static void add_upper(fp_nested *e, const fp_lmm_nest *nest, const unit_pass *w, ptrdiff_t first,
                      ptrdiff_t count)
{
    ptrdiff_t above = e->above, size = above * (above + e->q);
    for (ptrdiff_t i = 0; e->upper_total && i < count; i++) {
        double *to = e->upper_total + nest->level[1].group[first + i] * size;
        const double *z = w->z + w->r * count + i, *a = w->a + i;
        for (ptrdiff_t u = 0; u < above; u++) {
            for (ptrdiff_t v = 0; v < above; v++)
                to[u + v * above] += z[u * count] * z[v * count];
            for (ptrdiff_t c = 0; c < e->q; c++)
                to[u + (above + c) * above] += z[u * count] * a[c * count];
        }
    }
}

enum { SAMPLE = 16, SAMPLE_LEAST = 16384 };

/* Whether a unit is of the sample: one in SAMPLE, by multiples of the golden ratio, so that every
 * kind of unit that comes back at regular distances is in it (an arm of every second coach, say).
 */
static bool is_chosen(int32_t unit)
{
    return (uint32_t)unit * 2654435769u < UINT32_MAX / SAMPLE;
}

/* A'A of the rows of the sample. */
static void add_sample(fp_nested *e, const fp_lmm_nest *nest, const unit_pass *w, ptrdiff_t first,
                       ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        if (!is_chosen(nest->level[0].group[first + i]))
            continue;
        e->base.sample++;
        for (ptrdiff_t a = 0; a < e->q; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                e->sample_total[fp_packed(a, b)] += w->a[a * count + i] * w->a[b * count + i];
    }
}

static void add_chunk(fp_nested *e, const fp_lmm_nest *nest, unit_pass *w, ptrdiff_t first,
                      ptrdiff_t count)
{
    const int32_t *group = nest->level[0].group + first;
    ptrdiff_t r = w->r, q = e->q;
    for (ptrdiff_t i = 0; i < count; i++) {
        double *design = w->design + group[i] * r * w->all, *sum = w->sum + group[i] * r * q;
        for (ptrdiff_t u = 0; u < r; u++) {
            double z = w->z[u * count + i];
            for (ptrdiff_t v = 0; v < w->all; v++)
                design[u + v * r] += z * w->z[v * count + i];
            for (ptrdiff_t c = 0; c < q; c++)
                sum[u + c * r] += z * w->a[c * count + i];
        }
    }
    add_upper(e, nest, w, first, count);
    if (e->base.sample)
        add_sample(e, nest, w, first, count);
}

/* One pass over the rows: what every unit, and every group of the level above, sums up to. */
static fp_status sum_rows(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, unit_pass *w,
                          fp_err *err)
{
    random_columns list;
    FP_TRY(list_columns(e, nest, 0, arena, &list, err));
    *w = (unit_pass){.r = e->width, .all = e->width + e->above};
    FP_ARRAY(w->a, arena, e->q * CHUNK, err);
    FP_ARRAY(w->z, arena, w->all * CHUNK, err);
    FP_ARRAY(w->design, arena, e->units * w->r * w->all, err);
    FP_ARRAY(w->sum, arena, e->units * w->r * e->q, err);
    e->total = e->rows->cross;
    e->base.sample = nest->levels == 1 && e->units >= SAMPLE_LEAST; /* counts from 1 */
    if (e->base.sample)
        FP_ARRAY(e->sample_total, arena, fp_packed_size(e->q), err);
    if (nest->levels > 1)
        FP_ARRAY(e->upper_total, arena, nest->level[1].groups * e->above * (e->above + e->q), err);
    for (ptrdiff_t first = 0; first < e->rows->n; first += CHUNK) {
        ptrdiff_t count = e->rows->n - first < CHUNK ? e->rows->n - first : CHUNK;
        fp_lmm_rows_read(e->rows, first, count, w->a);
        for (ptrdiff_t v = 0; v < w->all; v++)
            fp_lmm_rows_random(e->rows, list.block[v], list.effect[v], first, count,
                               w->z + v * count);
        add_chunk(e, nest, w, first, count);
    }
    return FP_OK;
}

static fp_status list_sample(fp_nested *e, fp_arena *arena, fp_err *err)
{
    int32_t *chosen;
    FP_ARRAY(chosen, arena, e->units, err);
    for (int32_t u = 0; u < e->units; u++)
        if (is_chosen(u))
            chosen[e->chosen_count++] = u;
    e->chosen = chosen;
    return FP_OK;
}

/* Patterns are worth their products where units are, on the average, several to a pattern. */
enum { UNITS_A_PATTERN = 4 };

static fp_status number_units(fp_nested *e, const unit_pass *w, int32_t *pattern, fp_arena *arena,
                              fp_err *err)
{
    key_table table;
    FP_TRY(key_table_create(e->units, w->r * w->all, arena, &table, err));
    for (int32_t u = 0; u < e->units; u++)
        pattern[u] = key_number(&table, w->design + u * w->r * w->all);
    e->patterns = table.count;
    if (table.count * UNITS_A_PATTERN <= e->units) {
        e->base.sample = 0; /* all of them are as quick */
        return FP_OK;
    }
    e->base.sample -= e->base.sample > 0;
    e->patterns = e->units;
    e->sum = w->sum;
    for (int32_t u = 0; u < e->units; u++)
        pattern[u] = u;
    return e->base.sample ? list_sample(e, arena, err) : FP_OK;
}

static fp_status fill_patterns(fp_nested *e, const unit_pass *w, const int32_t *pattern,
                               fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = w->r, z = fp_packed_size(r), size = z * fp_packed_size(e->q);
    FP_ARRAY(e->size, arena, e->patterns, err);
    FP_ARRAY(e->design, arena, e->patterns * z, err);
    FP_ARRAY(e->up, arena, e->patterns * r * e->above, err);
    FP_ARRAY(e->count, arena, e->patterns, err);
    if (!e->sum)
        FP_ARRAY(e->product, arena, e->patterns * size, err);
    for (int32_t u = 0; u < e->units; u++) {
        int32_t s = pattern[u];
        const double *design = w->design + u * r * w->all;
        if (e->product)
            add_products(r, e->q, w->sum + u * r * e->q, e->product + s * size);
        if (e->count[s]++ > 0)
            continue;
        e->size[s] = (int32_t)r;
        for (ptrdiff_t i = 0; i < r; i++)
            for (ptrdiff_t j = 0; j <= i; j++)
                e->design[s * z + fp_packed(i, j)] = design[i + j * r];
        memcpy(e->up + s * r * e->above, design + r * r, (size_t)(r * e->above) * sizeof *design);
    }
    return FP_OK;
}

fp_status fp_nested_random(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    unit_pass w;
    int32_t *pattern;
    const double **sum;
    FP_TRY(sum_rows(e, nest, arena, &w, err));
    FP_ARRAY(pattern, arena, e->units, err);
    FP_TRY(number_units(e, &w, pattern, arena, err));
    FP_TRY(fill_patterns(e, &w, pattern, arena, err));
    if (nest->levels < 2)
        return FP_OK;
    FP_ARRAY(sum, arena, e->units, err);
    for (int32_t u = 0; u < e->units; u++)
        sum[u] = w.sum + u * w.r * e->q;
    return make_cells(e, nest->level[0].parent, nest->level[1].groups, pattern, sum, arena, err);
}

/* ---- units that are subjects with a residual structure ---- */

typedef struct {
    ptrdiff_t *first; /* subjects + 1 */
    ptrdiff_t *row;   /* n: by subject and wave */
    double *rows;     /* n x (q + above), row after row in that order */
    double *key;      /* subjects x (1 + width + width x above) */
    const double **sum;
} subject_pass;

static fp_status order_rows(const fp_nested *e, fp_arena *arena, subject_pass *w, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    ptrdiff_t *count, *sorted;
    FP_ARRAY(w->first, arena, data->subjects + 2, err);
    FP_ARRAY(w->row, arena, data->n, err);
    FP_ARRAY(sorted, arena, data->n, err);
    FP_ARRAY(count, arena, data->waves + 1, err);
    for (ptrdiff_t i = 0; i < data->n; i++) /* by wave, then stably by subject */
        count[data->wave[i] + 1]++;
    for (int32_t t = 0; t < data->waves; t++)
        count[t + 1] += count[t];
    for (ptrdiff_t i = 0; i < data->n; i++)
        sorted[count[data->wave[i]]++] = i;
    ptrdiff_t *at = w->first + 1;
    for (ptrdiff_t i = 0; i < data->n; i++)
        at[data->subject[i] + 1]++;
    for (int32_t s = 0; s < data->subjects; s++)
        at[s + 1] += at[s];
    for (ptrdiff_t i = 0; i < data->n; i++)
        w->row[at[data->subject[sorted[i]]]++] = sorted[i];
    return FP_OK;
}

/* The rows of each subject as matrices: A column-major, and its key: how many, which waves, the
 * random columns above. */
static fp_status gather_subjects(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena,
                                 subject_pass *w, ptrdiff_t width, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    random_columns list;
    double *value;
    FP_TRY(list_columns(e, nest, 0, arena, &list, err));
    FP_ARRAY(w->rows, arena, data->n * e->q, err);
    FP_ARRAY(w->key, arena, data->subjects * width, err);
    FP_ARRAY(w->sum, arena, data->subjects, err);
    FP_ARRAY(value, arena, e->q, err);
    for (int32_t s = 0; s < data->subjects; s++) {
        ptrdiff_t from = w->first[s], size = w->first[s + 1] - from;
        double *a = w->rows + from * e->q, *key = w->key + s * width;
        w->sum[s] = a;
        key[0] = (double)size;
        for (ptrdiff_t i = 0; i < size; i++) {
            ptrdiff_t row = w->row[from + i];
            fp_lmm_rows_read(e->rows, row, 1, value);
            for (ptrdiff_t c = 0; c < e->q; c++)
                a[i + c * size] = value[c];
            key[1 + i] = data->wave[row];
            for (ptrdiff_t v = 0; v < e->above; v++)
                fp_lmm_rows_random(e->rows, list.block[v], list.effect[v], row, 1,
                                   &key[1 + e->width + i + v * size]);
        }
    }
    return FP_OK;
}

fp_status fp_nested_structured(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    const fp_lmm_data *data = e->rows->data;
    ptrdiff_t width = 1 + e->width + e->width * e->above;
    ptrdiff_t size = fp_packed_size(e->width) * fp_packed_size(e->q);
    subject_pass w;
    key_table table;
    int32_t *pattern;
    FP_TRY(order_rows(e, arena, &w, err));
    FP_TRY(gather_subjects(e, nest, arena, &w, width, err));
    FP_TRY(key_table_create(data->subjects, width, arena, &table, err));
    FP_ARRAY(pattern, arena, data->subjects, err);
    for (int32_t s = 0; s < data->subjects; s++)
        pattern[s] = key_number(&table, w.key + s * width);
    e->patterns = table.count;
    FP_ARRAY(e->size, arena, e->patterns, err);
    FP_ARRAY(e->wave, arena, e->patterns * e->width, err);
    FP_ARRAY(e->up, arena, e->patterns * e->width * e->above, err);
    FP_ARRAY(e->count, arena, e->patterns, err);
    FP_ARRAY(e->product, arena, e->patterns * size, err);
    for (int32_t s = 0; s < data->subjects; s++) {
        int32_t t = pattern[s];
        const double *key = w.key + s * width;
        ptrdiff_t rows = (ptrdiff_t)key[0];
        add_products(rows, e->q, w.sum[s], e->product + t * size);
        if (e->count[t]++ > 0)
            continue;
        e->size[t] = (int32_t)rows;
        for (ptrdiff_t i = 0; i < rows; i++)
            e->wave[t * e->width + i] = (int32_t)key[1 + i];
        memcpy(e->up + t * e->width * e->above, key + 1 + e->width,
               (size_t)(rows * e->above) * sizeof *key);
    }
    if (nest->levels == 0)
        return FP_OK;
    return make_cells(e, nest->parent, nest->level[0].groups, pattern, w.sum, arena, err);
}
