#include <string.h>

#include "stats/lmm_nested_priv.h"

/* ---- all ---- */

/* From the engine's order of parameters to that of psi. */
static void put_outside(const fp_nested *e, int orders, fp_lmm_moments *out)
{
    ptrdiff_t size = fp_packed_size(e->q), k = orders ? e->k : 0;
    memcpy(out->m, e->m, (size_t)size * sizeof *out->m);
    out->logdet[0] = e->logdet[0];
    for (ptrdiff_t l = 0; l < k; l++) {
        ptrdiff_t from = fp_jet_first(l), to = fp_jet_first(e->outside[l]);
        out->logdet[to] = e->logdet[from];
        memcpy(out->m + to * size, e->m + from * size, (size_t)size * sizeof *out->m);
        for (ptrdiff_t h = 0; h <= l; h++) {
            ptrdiff_t d = from + 1 + h, at = fp_jet_second(e->outside[h], e->outside[l]);
            out->logdet[at] = e->logdet[d];
            memcpy(out->m + at * size, e->m + d * size, (size_t)size * sizeof *out->m);
        }
    }
}

fp_status fp_nested_evaluate(fp_lmm_engine *engine, const double *psi, int orders, bool flat,
                             fp_lmm_moments *out, fp_err *err)
{
    fp_nested *e = (fp_nested *)(void *)engine;
    ptrdiff_t size = fp_packed_size(e->q);
    ptrdiff_t wanted = fp_jet_size(orders ? e->k : 0);
    memset(e->logdet, 0, (size_t)wanted * sizeof *e->logdet);
    memset(e->m, 0, (size_t)(wanted * size) * sizeof *e->m);
    if (e->total)
        memcpy(e->m, engine->sampling ? e->sample_total : e->total, (size_t)size * sizeof *e->m);
    if (!fp_nested_units(e, psi, orders, flat))
        return fp_lmm_not_positive(err);
    if (e->uppers > 0)
        fp_nested_first_level(e, fp_jet_size(orders ? e->local : 0));
    if (!fp_nested_levels(e, psi, orders))
        return fp_lmm_not_positive(err);
    put_outside(e, orders, out);
    return FP_OK;
}

/* ---- setting up ---- */

static fp_status level_parameters(const fp_nested *e, const fp_lmm_level *level, ptrdiff_t *next,
                                  fp_arena *arena, fp_level_parameters *p, fp_err *err)
{
    ptrdiff_t at = 0;
    *p = (fp_level_parameters){.from = *next, .width = level->width};
    FP_ARRAY(p->a, arena, fp_packed_size(level->width), err);
    FP_ARRAY(p->b, arena, fp_packed_size(level->width), err);
    for (ptrdiff_t b = 0; b < level->blocks; b++) {
        ptrdiff_t block = level->block[b], width = e->rows->data->block[block].width;
        for (ptrdiff_t i = 0; i < width; i++)
            for (ptrdiff_t j = 0; j <= i; j++) {
                p->a[p->count] = at + i;
                p->b[p->count++] = at + j;
                e->outside[(*next)++] = e->rows->first[block] + fp_packed(i, j);
            }
        at += width;
    }
    return FP_OK;
}

/* The largest of what the parts of an evaluation put into `work`. */
static ptrdiff_t work_size(const fp_nested *e)
{
    ptrdiff_t r = e->width, q = e->q, jets = fp_jet_size(e->local), other;
    ptrdiff_t size = 3 * jets * r * r + jets + 4 * r * r;
    size = r * e->above > size ? r * e->above : size;
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        const fp_upper_level *up = &e->upper[l];
        ptrdiff_t all = fp_jet_size(up->parameters.from + up->parameters.count), w = up->width,
                  wide = up->rest + q;
        other = all * (4 * w * w + 2 * w * wide + wide * wide + 1) + 4 * w * w + 5 * all +
                all * fp_packed_size(q);
        size = other > size ? other : size;
    }
    return size;
}

static fp_status set_up_levels(fp_nested *e, const fp_lmm_nest *nest, fp_arena *arena, fp_err *err)
{
    ptrdiff_t next = e->rows->k_residual, from = e->structured ? 0 : 1;
    FP_ARRAY(e->outside, arena, e->k, err);
    for (ptrdiff_t i = 0; i < next; i++)
        e->outside[i] = i;
    if (!e->structured)
        FP_TRY(level_parameters(e, &nest->level[0], &next, arena, &e->unit_parameters, err));
    e->local = next;
    e->uppers = nest->levels - from;
    FP_ARRAY(e->upper, arena, e->uppers, err);
    for (ptrdiff_t l = nest->levels - 1; l >= from; l--) {
        e->upper[l - from].rest = e->above;
        e->above += nest->level[l].width;
    }
    for (ptrdiff_t l = 0; l < e->uppers; l++) {
        const fp_lmm_level *level = &nest->level[l + from];
        fp_upper_level *up = &e->upper[l];
        up->groups = level->groups;
        up->parent = level->parent;
        up->width = level->width;
        FP_TRY(level_parameters(e, level, &next, arena, &up->parameters, err));
        ptrdiff_t rows = up->width + up->rest;
        FP_ARRAY(up->at, arena, up->groups * fp_jet_size(next) * rows * (rows + e->q), err);
    }
    return FP_OK;
}

fp_status fp_lmm_nested(const fp_lmm_rows *rows, const fp_lmm_nest *nest, fp_arena *arena,
                        fp_lmm_engine **engine, fp_err *err)
{
    fp_nested *e;
    bool structured = rows->data->residual != FP_LMM_INDEPENDENT;
    FP_ARRAY(e, arena, 1, err);
    *e = (fp_nested){.base.evaluate = fp_nested_evaluate,
                     .rows = rows,
                     .q = rows->q,
                     .k = rows->k,
                     .structured = structured,
                     .width = structured ? rows->data->waves : nest->level[0].width,
                     .units = structured ? rows->data->subjects : nest->level[0].groups};
    FP_TRY(set_up_levels(e, nest, arena, err));
    FP_TRY(structured ? fp_nested_structured(e, nest, arena, err)
                      : fp_nested_random(e, nest, arena, err));
    ptrdiff_t jets = fp_jet_size(e->k);
    FP_TRY(fp_nested_units_room(e, arena, err));
    FP_ARRAY(e->logdet, arena, jets, err);
    FP_ARRAY(e->m, arena, jets * fp_packed_size(e->q), err);
    FP_ARRAY(e->work, arena, work_size(e), err);
    *engine = &e->base;
    return FP_OK;
}
