#include <stdint.h>
#include <string.h>

#include "base/parallel.h"
#include "stats/lmm_nested_priv.h"

/* Units that are groups of random effects: one pass over the rows, then patterns or lanes. */

enum { CHUNK = 512, L = FP_UNIT_LANES };

/* ---- the sample ---- */

enum { SAMPLE = 16, SAMPLE_LEAST = 16384 };

/* Whether a unit is of the sample: one in SAMPLE, by multiples of the golden ratio, so that every
 * kind of unit that comes back at regular distances is in it (an arm of every second coach, say).
 */
static bool is_chosen(int32_t unit)
{
    return (uint32_t)unit * 2654435769u < UINT32_MAX / SAMPLE;
}

/* ---- what the rows add up to ---- */

/* Rows of a piece: its units are no other piece's; what others share is the piece's own. */
typedef struct {
    ptrdiff_t first, last;
    double *a, *z;        /* chunk: q columns; all random columns */
    double *upper;        /* groups above x above x (above + q); NULL at the top */
    double *sample_total; /* packed q; NULL without a sample */
    ptrdiff_t sample;     /* rows of it */
} row_piece;

typedef struct {
    const fp_nested *e;
    const int32_t *unit, *group; /* of a row: its unit, the unit's group; NULL at the top */
    fp_random_columns list;
    ptrdiff_t r, all; /* own effects; own and those above */
    double *design;   /* units x (r x all) */
    double *sum;      /* units x r x q */
    long pieces;
    row_piece *piece;
} unit_pass;

static void add_upper(const unit_pass *w, const row_piece *p, ptrdiff_t first, ptrdiff_t count)
{
    ptrdiff_t above = w->e->above, q = w->e->q, size = above * (above + q);
    for (ptrdiff_t i = 0; i < count; i++) {
        double *to = p->upper + w->group[first + i] * size;
        const double *z = p->z + w->r * count + i, *a = p->a + i;
        for (ptrdiff_t u = 0; u < above; u++) {
            for (ptrdiff_t v = 0; v < above; v++)
                to[u + v * above] += z[u * count] * z[v * count];
            for (ptrdiff_t c = 0; c < q; c++)
                to[u + (above + c) * above] += z[u * count] * a[c * count];
        }
    }
}

static void add_sample(const unit_pass *w, row_piece *p, ptrdiff_t first, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        if (!is_chosen(w->unit[first + i]))
            continue;
        p->sample++;
        for (ptrdiff_t a = 0; a < w->e->q; a++)
            for (ptrdiff_t b = 0; b <= a; b++)
                p->sample_total[fp_packed(a, b)] += p->a[a * count + i] * p->a[b * count + i];
    }
}

static void add_units(const unit_pass *w, const row_piece *p, ptrdiff_t first, ptrdiff_t count)
{
    ptrdiff_t r = w->r, q = w->e->q;
    for (ptrdiff_t i = 0; i < count; i++) {
        int32_t unit = w->unit[first + i];
        double *design = w->design + unit * r * w->all, *sum = w->sum + unit * r * q;
        for (ptrdiff_t u = 0; u < r; u++) {
            double z = p->z[u * count + i];
            for (ptrdiff_t v = 0; v < w->all; v++)
                design[u + v * r] += z * p->z[v * count + i];
            for (ptrdiff_t c = 0; c < q; c++)
                sum[u + c * r] += z * p->a[c * count + i];
        }
    }
}

static void pass_rows(void *context, long i)
{
    const unit_pass *w = context;
    row_piece *p = &w->piece[i];
    for (ptrdiff_t first = p->first; first < p->last; first += CHUNK) {
        ptrdiff_t count = p->last - first < CHUNK ? p->last - first : CHUNK;
        fp_lmm_rows_read(w->e->rows, first, count, p->a);
        for (ptrdiff_t v = 0; v < w->all; v++)
            fp_lmm_rows_random(w->e->rows, w->list.block[v], w->list.effect[v], first, count,
                               p->z + v * count);
        add_units(w, p, first, count);
        if (p->upper)
            add_upper(w, p, first, count);
        if (p->sample_total)
            add_sample(w, p, first, count);
    }
}

/* Whether the rows of each unit lie together, unit after unit. */
static bool is_in_order(ptrdiff_t n, const int32_t *unit)
{
    for (ptrdiff_t i = 1; i < n; i++)
        if (unit[i] < unit[i - 1])
            return false;
    return true;
}

/* Pieces end where a unit does; what they share is added up by piece, so it must be little. */
static fp_status cut_rows(unit_pass *w, ptrdiff_t upper_size, bool sampled, fp_arena *arena,
                          fp_err *err)
{
    const fp_nested *e = w->e;
    ptrdiff_t n = e->rows->n, next = 0;
    w->pieces = fp_pieces(n);
    if (upper_size > n / w->pieces || !is_in_order(n, w->unit))
        w->pieces = 1;
    FP_ARRAY(w->piece, arena, w->pieces, err);
    for (long i = 0; i < w->pieces; i++) {
        row_piece *p = &w->piece[i];
        p->first = next;
        p->last = fp_piece_of(n, w->pieces, i).last;
        p->last = p->last < next ? next : p->last;
        while (p->last < n && p->last > 0 && w->unit[p->last] == w->unit[p->last - 1])
            p->last++;
        next = p->last;
        FP_ARRAY(p->a, arena, e->q * CHUNK, err);
        FP_ARRAY(p->z, arena, w->all * CHUNK, err);
        if (upper_size > 0)
            FP_ARRAY(p->upper, arena, upper_size, err);
        if (sampled)
            FP_ARRAY(p->sample_total, arena, fp_packed_size(e->q), err);
    }
    return FP_OK;
}

static void add_all(ptrdiff_t n, const double *x, double *sum)
{
    for (ptrdiff_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* What every unit, and every group of the level above, sums up to. */
static fp_status sum_rows(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, unit_pass *w,
                          fp_err *err)
{
    bool sampled = nest->levels == 1 && e->units >= SAMPLE_LEAST;
    ptrdiff_t upper_size =
        nest->levels > 1 ? nest->level[1].groups * e->above * (e->above + e->q) : 0;
    *w = (unit_pass){.e = e,
                     .unit = nest->level[0].group,
                     .group = nest->levels > 1 ? nest->level[1].group : NULL,
                     .r = e->width,
                     .all = e->width + e->above};
    FP_TRY(fp_nested_columns(e, nest, arena, &w->list, err));
    FP_ARRAY(w->design, arena, e->units * w->r * w->all, err);
    FP_ARRAY(w->sum, arena, e->units * w->r * e->q, err);
    FP_TRY(cut_rows(w, upper_size, sampled, arena, err));
    fp_parallel(e->rows->threads, w->pieces, pass_rows, w);
    e->total = e->rows->cross;
    e->upper_total = w->piece[0].upper;
    e->sample_total = w->piece[0].sample_total;
    e->base.sample = w->piece[0].sample;
    for (long i = 1; i < w->pieces; i++) {
        add_all(upper_size, w->piece[i].upper, e->upper_total);
        add_all(sampled ? fp_packed_size(e->q) : 0, w->piece[i].sample_total, e->sample_total);
        e->base.sample += w->piece[i].sample;
    }
    return FP_OK;
}

/* ---- lanes ---- */

typedef struct {
    const unit_pass *w;
    const int32_t *unit; /* units of the set; NULL = 0, 1, ... */
    fp_unit_set *set;
    ptrdiff_t count;
    long pieces;
} lane_fill;

static void fill_lanes(void *context, long i)
{
    const lane_fill *f = context;
    const unit_pass *w = f->w;
    ptrdiff_t r = w->r, z = fp_packed_size(r), width = r * w->e->q;
    fp_piece own = fp_piece_of(f->set->blocks, f->pieces, i);
    for (ptrdiff_t k = own.first * L; k < own.last * L && k < f->count; k++) {
        ptrdiff_t unit = f->unit ? f->unit[k] : k, block = k / L, l = k % L;
        const double *design = w->design + unit * r * w->all, *sum = w->sum + unit * width;
        double *to = f->set->w + block * z * L + l, *p = f->set->p + block * width * L + l;
        for (ptrdiff_t u = 0; u < r; u++)
            for (ptrdiff_t v = 0; v <= u; v++)
                to[fp_packed(u, v) * L] = design[u + v * r];
        for (ptrdiff_t c = 0; c < width; c++)
            p[c * L] = sum[c];
        f->set->count[k] = 1;
    }
}

/* `count` units side by side. */
static fp_status make_lanes(const unit_pass *w, const int32_t *unit, ptrdiff_t count,
                            fp_arena *arena, fp_unit_set *set, fp_err *err)
{
    lane_fill f = {.w = w, .unit = unit, .set = set, .count = count};
    set->blocks = (count + L - 1) / L;
    FP_ARRAY(set->w, arena, set->blocks * fp_packed_size(w->r) * L, err);
    FP_ARRAY(set->p, arena, set->blocks * w->r * w->e->q * L, err);
    FP_ARRAY(set->count, arena, set->blocks * L, err);
    f.pieces = fp_pieces(count);
    fp_parallel(w->e->rows->threads, f.pieces, fill_lanes, &f);
    return FP_OK;
}

/* Each unit a pattern of its own. */
static fp_status take_units(fp_nested *e, const unit_pass *w, int32_t *pattern, fp_arena *arena,
                            fp_err *err)
{
    int32_t *chosen;
    ptrdiff_t count = 0;
    e->patterns = e->units;
    FP_TRY(make_lanes(w, NULL, e->units, arena, &e->all, err));
    for (int32_t u = 0; u < e->units; u++)
        pattern[u] = u;
    if (!e->sample_total)
        return FP_OK;
    FP_ARRAY(chosen, arena, e->units, err);
    for (int32_t u = 0; u < e->units; u++)
        if (is_chosen(u))
            chosen[count++] = u;
    return make_lanes(w, chosen, count, arena, &e->chosen, err);
}

/* ---- patterns ---- */

/* Patterns are worth their products where units are, on the average, several to a pattern. */
enum { UNITS_A_PATTERN = 4 };

/* Number the units by pattern; *worth false where there are too many. */
static fp_status number_units(fp_nested *e, const unit_pass *w, int32_t *pattern, fp_arena *arena,
                              bool *worth, fp_err *err)
{
    fp_key_table table;
    FP_TRY(fp_key_table_create(e->units, w->r * w->all, arena, &table, err));
    *worth = true;
    for (int32_t u = 0; u < e->units && *worth; u++) {
        pattern[u] = fp_key_number(&table, w->design + u * w->r * w->all);
        *worth = table.count * UNITS_A_PATTERN <= e->units;
    }
    e->patterns = table.count;
    return FP_OK;
}

static fp_status take_patterns(fp_nested *e, const unit_pass *w, const int32_t *pattern,
                               fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = w->r, z = fp_packed_size(r), size = z * fp_packed_size(e->q);
    e->base.sample = 0; /* all of them are as quick */
    e->all.blocks = (e->patterns + L - 1) / L;
    FP_ARRAY(e->all.w, arena, e->all.blocks * z * L, err);
    FP_ARRAY(e->all.count, arena, e->all.blocks * L, err);
    FP_ARRAY(e->product, arena, e->patterns * size, err);
    for (int32_t u = 0; u < e->units; u++) {
        ptrdiff_t s = pattern[u];
        const double *design = w->design + u * r * w->all;
        double *to = e->all.w + s / L * z * L + s % L;
        fp_nested_products(r, e->q, w->sum + u * r * e->q, e->product + s * size);
        for (ptrdiff_t i = 0; i < r && e->all.count[s] == 0; i++)
            for (ptrdiff_t j = 0; j <= i; j++)
                to[fp_packed(i, j) * L] = design[i + j * r];
        e->all.count[s]++;
    }
    return FP_OK;
}

/* ---- the level above ---- */

static fp_status take_cells(fp_nested *e, const fp_lmm_nest *nest, const unit_pass *w,
                            const int32_t *pattern, fp_arena *arena, fp_err *err)
{
    ptrdiff_t r = w->r;
    const double **sum;
    FP_ARRAY(e->up, arena, e->patterns * r * e->above, err);
    FP_ARRAY(sum, arena, e->units, err);
    for (int32_t u = 0; u < e->units; u++) {
        sum[u] = w->sum + u * r * e->q;
        memcpy(e->up + pattern[u] * r * e->above, w->design + u * r * w->all + r * r,
               (size_t)(r * e->above) * sizeof *e->up);
    }
    return fp_nested_cells(e, nest->level[0].parent, nest->level[1].groups, pattern, sum, arena,
                           err);
}

fp_status fp_nested_random(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    unit_pass w;
    int32_t *pattern;
    bool worth;
    FP_TRY(sum_rows(e, nest, arena, &w, err));
    FP_ARRAY(pattern, arena, e->units, err);
    FP_TRY(number_units(e, &w, pattern, arena, &worth, err));
    FP_TRY(worth ? take_patterns(e, &w, pattern, arena, err)
                 : take_units(e, &w, pattern, arena, err));
    FP_ARRAY(e->size, arena, e->patterns, err);
    for (ptrdiff_t s = 0; s < e->patterns; s++)
        e->size[s] = (int32_t)e->width;
    return nest->levels < 2 ? FP_OK : take_cells(e, nest, &w, pattern, arena, err);
}
