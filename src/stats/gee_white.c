#include "stats/gee_white_priv.h"

#include <math.h>
#include <string.h>

enum { NARROW = 12 };

static ptrdiff_t bands_of(const fp_gee_rows *rows, ptrdiff_t largest)
{
    switch (rows->corr) {
    case FP_CORR_INDEPENDENCE:
        return 1;
    case FP_CORR_EXCHANGEABLE:
        return largest <= NARROW ? largest : 0;
    case FP_CORR_AR1:
        return 2;
    case FP_CORR_UNSTRUCTURED:
        break;
    }
    return rows->positions;
}

fp_status fp_gee_white_create(const fp_reg *reg, const fp_gee_rows *rows, fp_arena *arena,
                              fp_gee_white *white, fp_err *err)
{
    ptrdiff_t largest = 1, t = rows->positions;
    for (ptrdiff_t i = 0; i < rows->ids; i++)
        if (rows->start[i + 1] - rows->start[i] > largest)
            largest = rows->start[i + 1] - rows->start[i];
    *white = (fp_gee_white){.reg = reg, .rows = rows, .bands = bands_of(rows, largest)};
    FP_ARRAY(white->shrink, arena, largest > t ? largest : t, err);
    FP_ARRAY(white->scale, arena, largest > t ? largest : t, err);
    return FP_OK;
}

fp_status fp_gee_room_create(const fp_gee_white *white, fp_arena *arena, fp_gee_room *room,
                             fp_err *err)
{
    ptrdiff_t q = white->reg->data->p + 1, t = white->rows->positions;
    FP_ARRAY(room->white, arena, q * FP_REG_LD, err);
    FP_ARRAY(room->root, arena, FP_REG_LD, err);
    FP_ARRAY(room->shrink, arena, FP_REG_LD, err);
    FP_ARRAY(room->scale, arena, FP_REG_LD, err);
    FP_ARRAY(room->band, arena, white->bands * FP_REG_LD, err);
    FP_ARRAY(room->end, arena, FP_REG_BLOCK, err);
    FP_ARRAY(room->carry, arena, q, err);
    if (white->rows->corr != FP_CORR_UNSTRUCTURED)
        return FP_OK;
    FP_ARRAY(room->factor, arena, t * t, err);
    for (int k = 0; k < FP_GEE_PATTERNS; k++)
        FP_ARRAY(room->pattern[k].inverse, arena, t * t, err);
    return FP_OK;
}

/* eq. 3: x_k given k rows before it: (x - shrink sum) scale, k = 0..; by distance for ar1. */
void fp_gee_white_prepare(fp_gee_white *white, const fp_gee_moments *m)
{
    ptrdiff_t t = white->rows->positions;
    white->moments = m;
    if (m->corr == FP_CORR_EXCHANGEABLE)
        for (ptrdiff_t k = 0; k < (ptrdiff_t)m->largest; k++) {
            double a = m->alpha[0], b = k > 0 ? a / (1 + (double)(k - 1) * a) : 0;
            white->shrink[k] = b;
            white->scale[k] = 1 / sqrt(1 - a * (double)k * b);
        }
    if (m->corr == FP_CORR_AR1)
        for (ptrdiff_t d = 0; d < t; d++) {
            double a = d > 0 ? pow(m->alpha[0], (double)d) : 0;
            white->shrink[d] = a;
            white->scale[d] = 1 / sqrt(1 - a * a);
        }
}

void fp_gee_room_clear(const fp_gee_white *white, fp_gee_room *room)
{
    memset(room->carry, 0, (size_t)(white->reg->data->p + 1) * sizeof *room->carry);
    for (int k = 0; k < FP_GEE_PATTERNS; k++)
        room->pattern[k].mask = 0;
}

static void pad_bands(fp_gee_room *room, ptrdiff_t bands, ptrdiff_t rows)
{
    for (ptrdiff_t k = 0; k < bands; k++)
        for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
            room->band[k * FP_REG_LD + i] = 0;
}

/* ---- exchangeable ---- */

/* How many rows of its id are before each row, as a number to compare with, and what they weigh. */
static void look_back(const fp_gee_white *white, const fp_gee_stretch *s, double *before,
                      double *share, double *own)
{
    const ptrdiff_t *start = white->rows->start;
    double weight[NARROW], scale[NARROW];
    for (ptrdiff_t k = 0; k < white->bands; k++) {
        scale[k] = white->scale[k];
        weight[k] = -white->shrink[k] * scale[k];
    }
    for (ptrdiff_t id = s->id, i = 0; i < s->rows; id++)
        for (ptrdiff_t k = 0, n = start[id + 1] - start[id]; k < n; k++, i++) {
            before[i] = (double)k;
            share[i] = weight[k];
            own[i] = scale[k];
        }
}

/* Few rows an id: weights of the rows before as bands. Its blocks hold whole ids. */
static void narrow(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                   fp_gee_room *room)
{
    double *before = room->scale, *share = room->shrink, *own = room->band;
    look_back(white, s, before, share, own);
    for (ptrdiff_t i = 0; i < s->rows; i++)
        own[i] *= room->root[i];
    for (ptrdiff_t k = 1; k < white->bands; k++) {
        double *band = room->band + k * FP_REG_LD, least = (double)k;
        for (ptrdiff_t i = 0; i < k; i++)
            band[i] = 0;
        for (ptrdiff_t i = k; i < s->rows; i++) {
            double weight = share[i] * room->root[i - k];
            band[i] = before[i] >= least ? weight : 0;
        }
    }
    pad_bands(room, white->bands, s->rows);
    white->reg->kernel->band(white->reg->data->p + 1, z, room->band, white->bands, s->rows,
                             room->white);
}

/* Each row less its share of those before it in its id. */
static void by_sums(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                    fp_gee_room *room)
{
    const ptrdiff_t *start = white->rows->start;
    ptrdiff_t q = white->reg->data->p + 1, ends = 0, id = s->id, before = s->first - start[id];
    for (ptrdiff_t i = 0; i < s->rows; i++, before++) {
        if (s->first + i == start[id + 1]) {
            room->end[ends++] = i;
            before = 0;
            id++;
        }
        room->shrink[i] = white->shrink[before];
        room->scale[i] = white->scale[before];
    }
    room->end[ends++] = s->rows;
    for (ptrdiff_t j = 0; j < q; j++) {
        const double *column = z + j * FP_REG_LD;
        double *out = room->white + j * FP_REG_LD;
        double sum = s->first > start[s->id] ? room->carry[j] : 0;
        for (ptrdiff_t k = 0, i = 0; k < ends; k++) {
            for (; i < room->end[k]; i++) {
                double x = room->root[i] * column[i];
                out[i] = (x - room->shrink[i] * sum) * room->scale[i];
                sum += x;
            }
            room->carry[j] = sum;
            sum = 0;
        }
    }
}

/* ---- ar1: each row less its share of the one before it ---- */

static void ar1(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                fp_gee_room *room)
{
    const fp_gee_rows *rows = white->rows;
    ptrdiff_t q = white->reg->data->p + 1, id = s->id;
    double from_before = 0;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        ptrdiff_t at = s->first + i;
        while (at >= rows->start[id + 1])
            id++;
        ptrdiff_t distance = at > rows->start[id] ? rows->position[at] - rows->position[at - 1] : 0;
        double scale = white->scale[distance];
        double share = -white->shrink[distance] * scale;
        room->band[i] = room->root[i] * scale;
        room->band[FP_REG_LD + i] = i > 0 ? share * room->root[i - 1] : 0;
        from_before = i > 0 ? from_before : share;
    }
    pad_bands(room, 2, s->rows);
    white->reg->kernel->band(q, z, room->band, 2, s->rows, room->white);
    for (ptrdiff_t j = 0; j < q; j++) {
        room->white[j * FP_REG_LD] += from_before * room->carry[j]; /* 0 where an id begins */
        room->carry[j] = room->root[s->rows - 1] * z[s->rows - 1 + j * FP_REG_LD];
    }
}

/* ---- unstructured ---- */

static double correlation(const fp_gee_moments *m, ptrdiff_t a, ptrdiff_t b)
{
    if (a == b)
        return 1;
    ptrdiff_t low = a < b ? a : b, high = a < b ? b : a;
    return m->alpha[low * (2 * m->positions - low - 1) / 2 + high - low - 1];
}

/* C^-1 for R = C C' among `n` positions, by rows. */
static void invert_factor(const fp_gee_moments *m, const int32_t *position, ptrdiff_t n, double *c,
                          double *inverse)
{
    ptrdiff_t t = m->positions;
    for (ptrdiff_t i = 0; i < n; i++) {
        for (ptrdiff_t j = 0; j <= i; j++) {
            double sum = correlation(m, position[i], position[j]);
            for (ptrdiff_t k = 0; k < j; k++)
                sum -= c[i * t + k] * c[j * t + k];
            c[i * t + j] = i == j ? sqrt(sum) : sum / c[j * t + j];
        }
        for (ptrdiff_t j = 0; j <= i; j++) {
            double sum = i == j ? 1 : 0;
            for (ptrdiff_t k = j; k < i; k++)
                sum -= c[i * t + k] * inverse[k * t + j];
            inverse[i * t + j] = sum / c[i * t + i];
        }
    }
}

static const double *pattern_of(const fp_gee_white *white, fp_gee_room *room,
                                const int32_t *position, ptrdiff_t n)
{
    uint64_t mask = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        mask |= (uint64_t)1 << position[i];
    fp_gee_pattern *slot = &room->pattern[(mask * 0x9E3779B97F4A7C15u) >> 59];
    if (slot->mask != mask) {
        invert_factor(white->moments, position, n, room->factor, slot->inverse);
        slot->mask = mask;
    }
    return slot->inverse;
}

static void unstructured(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                         fp_gee_room *room)
{
    const fp_gee_rows *rows = white->rows;
    ptrdiff_t t = rows->positions, bands = 1, last = s->first + s->rows;
    memset(room->band, 0, (size_t)(white->bands * FP_REG_LD) * sizeof *room->band);
    for (ptrdiff_t id = s->id; id < rows->ids && rows->start[id] < last; id++) {
        ptrdiff_t from = rows->start[id], n = rows->start[id + 1] - from;
        const double *inverse = pattern_of(white, room, rows->position + from, n);
        bands = n > bands ? n : bands;
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t k = 0; k <= i; k++)
                room->band[k * FP_REG_LD + from - s->first + i] =
                    inverse[i * t + i - k] * room->root[from - s->first + i - k];
    }
    white->reg->kernel->band(white->reg->data->p + 1, z, room->band, bands, s->rows, room->white);
}

void fp_gee_whiten(const fp_gee_white *white, const fp_gee_stretch *s, const double *z,
                   fp_gee_room *room)
{
    ptrdiff_t q = white->reg->data->p + 1;
    switch (white->rows->corr) {
    case FP_CORR_INDEPENDENCE:
        white->reg->kernel->band(q, z, room->root, 1, s->rows, room->white);
        break;
    case FP_CORR_EXCHANGEABLE:
        (white->bands ? narrow : by_sums)(white, s, z, room);
        break;
    case FP_CORR_AR1:
        ar1(white, s, z, room);
        break;
    case FP_CORR_UNSTRUCTURED:
        unstructured(white, s, z, room);
        break;
    }
    for (ptrdiff_t j = 0; j < q; j++)
        for (ptrdiff_t i = s->rows; i < fp_cox_padded(s->rows); i++)
            room->white[i + j * FP_REG_LD] = 0;
}
