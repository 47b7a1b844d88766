#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/dist.h"
#include "stats/lmm_priv.h"

/* Conditional modes. Everything here is at fixed parameters: numbers, no jets. */

enum { MOST = 64 }; /* effects of a group and of those that hold it */

/* A level while it is eliminated: for each group [z z'z_up z'r] with z this level's effects first.
 */
typedef struct {
    const fp_lmm_level *level;
    ptrdiff_t width, rows; /* of this level; of it and those above */
    double *sums;          /* groups x rows x (rows + 1) */
    double psi[FP_LMM_WIDTH * FP_LMM_WIDTH];
    double *mode, *spread; /* groups x rows; groups x rows x rows: with those above */
} stage;

typedef struct {
    const fp_lmm_fit *fit;
    fp_lmm_core *core;
    fp_arena *arena, *scratch;
    const double *rest; /* n: y - X beta, times the root of the weight */
    ptrdiff_t stages;
    stage *stage;
    double **effect, **se; /* blocks */
} work;

/* ---- rows ---- */

static fp_status take_residuals(work *w, double **fixed, fp_err *err)
{
    const fp_lmm_data *data = w->core->rows.data;
    double *rest, *out;
    FP_ARRAY(out, w->arena, data->n, err);
    FP_ARRAY(rest, w->scratch, data->n, err);
    for (ptrdiff_t j = 0; j < data->p; j++)
        for (ptrdiff_t i = 0; !isnan(w->fit->beta[j]) && i < data->n; i++)
            out[i] += w->fit->beta[j] * data->x[j][i];
    for (ptrdiff_t i = 0; i < data->n; i++)
        rest[i] = (data->y[i] - out[i]) * (w->core->rows.root ? w->core->rows.root[i] : 1);
    w->rest = rest;
    *fixed = out;
    return FP_OK;
}

/* The random columns of the levels from l on for one row. */
static void columns_of_row(const work *w, ptrdiff_t l, ptrdiff_t row, double *z)
{
    ptrdiff_t n = 0;
    for (; l < w->stages; l++)
        for (ptrdiff_t b = 0; b < w->stage[l].level->blocks; b++) {
            ptrdiff_t block = w->stage[l].level->block[b];
            for (ptrdiff_t c = 0; c < w->core->rows.data->block[block].width; c++)
                fp_lmm_rows_random(&w->core->rows, block, c, row, 1, &z[n++]);
        }
}

static void add_row(stage *s, int32_t group, const double *z, double value)
{
    double *to = s->sums + group * s->rows * (s->rows + 1);
    for (ptrdiff_t u = 0; u < s->rows; u++) {
        for (ptrdiff_t v = 0; v < s->rows; v++)
            to[u + v * s->rows] += z[u] * z[v];
        to[u + s->rows * s->rows] += z[u] * value;
    }
}

static void sum_plain(work *w)
{
    double z[MOST];
    for (ptrdiff_t i = 0; i < w->core->rows.n; i++) {
        columns_of_row(w, 0, i, z);
        add_row(&w->stage[0], w->stage[0].level->group[i], z, w->rest[i]);
    }
}

/* With a residual structure: Z'R^-1 Z and Z'R^-1 r subject by subject. */
static fp_status sum_structured(work *w, fp_err *err)
{
    const fp_lmm_data *data = w->core->rows.data;
    ptrdiff_t t = data->waves, *row;
    double *full, *part, *side, z[MOST];
    stage *s = &w->stage[0];
    FP_ARRAY(row, w->scratch, (ptrdiff_t)data->subjects * t, err);
    FP_ARRAY(full, w->scratch, t * t, err);
    FP_ARRAY(part, w->scratch, t * t, err);
    FP_ARRAY(side, w->scratch, t * (MOST + 1), err);
    fp_lmm_residual_jet(&w->core->rows, w->core->map.psi, 0, false, full);
    for (ptrdiff_t i = 0; i < data->n; i++)
        row[data->subject[i] * t + data->wave[i]] = i + 1;
    for (int32_t who = 0; who < data->subjects; who++) {
        ptrdiff_t wave[64], n = 0, *own = row + who * t;
        for (ptrdiff_t j = 0; j < t; j++)
            if (own[j])
                wave[n++] = j;
        for (ptrdiff_t a = 0; a < n; a++) {
            for (ptrdiff_t b = 0; b < n; b++)
                part[b + a * n] = full[wave[b] + wave[a] * t];
            columns_of_row(w, 0, own[wave[a]] - 1, z);
            for (ptrdiff_t u = 0; u < s->rows; u++)
                side[a + u * n] = z[u];
            side[a + s->rows * n] = w->rest[own[wave[a]] - 1];
        }
        double *to = s->sums + s->level->group[own[wave[0]] - 1] * s->rows * (s->rows + 1);
        (void)fp_chol(part, n, NULL, 0, NULL);
        for (ptrdiff_t v = 0; v <= s->rows; v++) {
            double solved[64];
            memcpy(solved, side + v * n, (size_t)n * sizeof *solved);
            fp_chol_solve(part, n, solved);
            for (ptrdiff_t u = 0; u < s->rows; u++)
                for (ptrdiff_t a = 0; a < n; a++)
                    to[u + v * s->rows] += side[a + u * n] * solved[a];
        }
    }
    return FP_OK;
}

/* ---- inwards and outwards ---- */

/* K = Psi (I + W Psi)^-1, r x r. */
static void kernel_of(const stage *s, const double *sums, double *k)
{
    ptrdiff_t r = s->width;
    double n[FP_LMM_WIDTH * FP_LMM_WIDTH], side[FP_LMM_WIDTH * FP_LMM_WIDTH];
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++) {
            double sum = i == j;
            for (ptrdiff_t m = 0; m < r; m++)
                sum += s->psi[i + m * r] * sums[m + j * s->rows];
            n[i + j * r] = sum; /* I + Psi W, of which K = (I + Psi W)^-1 Psi */
            side[i + j * r] = s->psi[i + j * r];
        }
    (void)fp_lu_solve(n, r, side, r);
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++)
            k[i + j * r] = 0.5 * (side[i + j * r] + side[j + i * r]);
}

static void eliminate(const stage *s, stage *up, int32_t group)
{
    ptrdiff_t r = s->width, rest = s->rows - r;
    const double *own = s->sums + group * s->rows * (s->rows + 1);
    double *to = up->sums + s->level->parent[group] * rest * (rest + 1);
    double k[FP_LMM_WIDTH * FP_LMM_WIDTH];
    kernel_of(s, own, k);
    for (ptrdiff_t u = 0; u < rest; u++)
        for (ptrdiff_t v = 0; v <= rest; v++) {
            double sum = own[(r + u) + (r + v) * s->rows];
            for (ptrdiff_t i = 0; i < r; i++)
                for (ptrdiff_t j = 0; j < r; j++)
                    sum -= own[i + (r + u) * s->rows] * k[i + j * r] * own[j + (r + v) * s->rows];
            to[u + v * rest] += sum;
        }
}

/* The mode of a group given those above, and the covariance of all of them. */
static void settle(stage *s, const stage *up, int32_t group)
{
    ptrdiff_t r = s->width, rows = s->rows, rest = rows - r;
    const double *own = s->sums + group * rows * (rows + 1);
    const double *above = up ? up->mode + s->level->parent[group] * rest : NULL;
    const double *spread = up ? up->spread + s->level->parent[group] * rest * rest : NULL;
    double *mode = s->mode + group * rows, *all = s->spread + group * rows * rows;
    double k[FP_LMM_WIDTH * FP_LMM_WIDTH], gain[FP_LMM_WIDTH * MOST];
    kernel_of(s, own, k);
    for (ptrdiff_t i = 0; i < r; i++) {
        mode[i] = 0;
        for (ptrdiff_t j = 0; j < r; j++)
            mode[i] += k[i + j * r] * own[j + rows * rows];
        for (ptrdiff_t u = 0; u < rest; u++) {
            gain[i + u * r] = 0; /* -K W_up */
            for (ptrdiff_t j = 0; j < r; j++)
                gain[i + u * r] -= k[i + j * r] * own[j + (r + u) * rows];
            mode[i] += gain[i + u * r] * above[u];
        }
    }
    for (ptrdiff_t u = 0; u < rest; u++) {
        mode[r + u] = above[u];
        for (ptrdiff_t v = 0; v < rest; v++)
            all[(r + u) + (r + v) * rows] = spread[u + v * rest];
    }
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t v = 0; v < rest; v++) {
            double sum = 0;
            for (ptrdiff_t u = 0; u < rest; u++)
                sum += gain[i + u * r] * spread[u + v * rest];
            all[i + (r + v) * rows] = all[(r + v) + i * rows] = sum;
        }
    for (ptrdiff_t i = 0; i < r; i++)
        for (ptrdiff_t j = 0; j < r; j++) {
            double sum = k[i + j * r];
            for (ptrdiff_t u = 0; u < rest; u++)
                sum += all[i + (r + u) * rows] * gain[j + u * r];
            all[i + j * rows] = sum;
        }
}

/* ---- all of them ---- */

static fp_status open_stages(work *w, fp_err *err)
{
    const fp_lmm_rows *rows = &w->core->rows;
    ptrdiff_t above = 0;
    w->stages = w->core->nest.levels;
    FP_ARRAY(w->stage, w->scratch, w->stages, err);
    for (ptrdiff_t l = w->stages - 1; l >= 0; l--) {
        stage *s = &w->stage[l];
        ptrdiff_t at = 0;
        s->level = &w->core->nest.level[l];
        s->width = s->level->width;
        s->rows = above += s->width;
        if (above > MOST)
            return fp_fail(err, FP_INPUT, "more than %d random effects of a row", MOST);
        FP_ARRAY(s->sums, w->scratch, s->level->groups * s->rows * (s->rows + 1), err);
        FP_ARRAY(s->mode, w->scratch, s->level->groups * s->rows, err);
        FP_ARRAY(s->spread, w->scratch, s->level->groups * s->rows * s->rows, err);
        for (ptrdiff_t b = 0; b < s->level->blocks; b++) {
            ptrdiff_t block = s->level->block[b], width = rows->data->block[block].width;
            for (ptrdiff_t i = 0; i < width; i++)
                for (ptrdiff_t j = 0; j < width; j++)
                    s->psi[at + i + (at + j) * s->width] =
                        w->core->map.psi[rows->first[block] + fp_packed(i, j)];
            at += width;
        }
    }
    return FP_OK;
}

static void put_stage(work *w, const stage *s)
{
    ptrdiff_t at = 0;
    for (ptrdiff_t b = 0; b < s->level->blocks; b++) {
        ptrdiff_t block = s->level->block[b], width = w->core->rows.data->block[block].width;
        for (int32_t g = 0; g < s->level->groups; g++)
            for (ptrdiff_t i = 0; i < width; i++) {
                double scale = w->core->rows.scale[block][i];
                double v = s->spread[g * s->rows * s->rows + (at + i) * (s->rows + 1)];
                w->effect[block][g * width + i] = scale * s->mode[g * s->rows + at + i];
                w->se[block][g * width + i] = scale * sqrt(fmax(v, 0) * w->fit->sigma2);
            }
        at += width;
    }
}

static fp_status by_levels(work *w, fp_err *err)
{
    FP_TRY(open_stages(w, err));
    if (w->core->rows.data->residual == FP_LMM_INDEPENDENT)
        sum_plain(w);
    else if (w->stages > 0)
        FP_TRY(sum_structured(w, err));
    for (ptrdiff_t l = 0; l + 1 < w->stages; l++)
        for (int32_t g = 0; g < w->stage[l].level->groups; g++)
            eliminate(&w->stage[l], &w->stage[l + 1], g);
    for (ptrdiff_t l = w->stages - 1; l >= 0; l--) {
        const stage *up = l + 1 < w->stages ? &w->stage[l + 1] : NULL;
        for (int32_t g = 0; g < w->stage[l].level->groups; g++)
            settle(&w->stage[l], up, g);
        put_stage(w, &w->stage[l]);
    }
    return FP_OK;
}

static fp_status by_engine(work *w, fp_err *err)
{
    const fp_lmm_data *data = w->core->rows.data;
    double *v, *effect, *variance;
    ptrdiff_t all = 0, at = 0;
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        all += data->block[b].groups * data->block[b].width;
    FP_ARRAY(v, w->scratch, w->core->q, err);
    FP_ARRAY(effect, w->scratch, all, err);
    FP_ARRAY(variance, w->scratch, all, err);
    for (ptrdiff_t j = 0; j < w->core->p; j++)
        v[j] = -w->core->at->beta[j];
    v[w->core->p] = 1;
    FP_TRY(w->core->engine->modes(w->core->engine, w->core->map.psi, v, effect, variance, err));
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t i = 0; i < data->block[b].groups * data->block[b].width; i++, at++) {
            double scale = w->core->rows.scale[b][i % data->block[b].width];
            w->effect[b][i] = scale * effect[at];
            w->se[b][i] = scale * sqrt(fmax(variance[at], 0) * w->fit->sigma2);
        }
    return FP_OK;
}

fp_status fp_lmm_random_effects(const fp_lmm_fit *fit, fp_arena *arena, fp_lmm_effects *effects,
                                fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 16 * FP_GIB, err);
    work w = {.fit = fit, .core = fit->core, .arena = arena, .scratch = scratch};
    const fp_lmm_data *data = fit->core->rows.data;
    double *fixed, *fitted;
    const double **effect, **se;
    FP_ARRAY(w.effect, scratch, data->blocks, err);
    FP_ARRAY(w.se, scratch, data->blocks, err);
    FP_ARRAY(effect, arena, data->blocks, err);
    FP_ARRAY(se, arena, data->blocks, err);
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        FP_ARRAY(w.effect[b], arena, data->block[b].groups * data->block[b].width, err);
        FP_ARRAY(w.se[b], arena, data->block[b].groups * data->block[b].width, err);
        effect[b] = w.effect[b];
        se[b] = w.se[b];
    }
    FP_TRY(take_residuals(&w, &fixed, err));
    FP_TRY(fit->core->nest.nested ? by_levels(&w, err) : by_engine(&w, err));
    FP_ARRAY(fitted, arena, data->n, err);
    memcpy(fitted, fixed, (size_t)data->n * sizeof *fitted);
    for (ptrdiff_t b = 0; b < data->blocks; b++)
        for (ptrdiff_t e = 0; e < data->block[b].width; e++)
            for (ptrdiff_t i = 0; i < data->n; i++) {
                const double *x = data->block[b].column[e];
                ptrdiff_t at = data->block[b].group[i] * data->block[b].width + e;
                fitted[i] += effect[b][at] * (x ? x[i] : 1);
            }
    *effects = (fp_lmm_effects){effect, se, fixed, fitted};
    return FP_OK;
}

/* ---- without an effect ---- */

fp_status fp_lmm_without(const fp_lmm_fit *fit, ptrdiff_t block, ptrdiff_t effect, double *chisq,
                         double *p, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    fp_lmm_data data = *fit->core->rows.data;
    ptrdiff_t width = data.block[block].width, n = 0, keep = 0;
    fp_lmm_options options = fp_lmm_defaults();
    fp_lmm_block *blocks;
    const double **column;
    fp_lmm_fit small;
    FP_ARRAY(blocks, scratch, data.blocks + 1, err);
    FP_ARRAY(column, scratch, width, err);
    for (ptrdiff_t e = 0; e < width; e++)
        if (e != effect)
            column[keep++] = data.block[block].column[e];
    for (ptrdiff_t b = 0; b < data.blocks; b++) {
        blocks[n] = data.block[b];
        if (b == block) {
            blocks[n].width = keep;
            blocks[n].column = column;
        }
        n += b != block || keep > 0;
    }
    *chisq = *p = FP_NUM_NAN;
    options.ml = fit->core->ml;
    options.threads = fit->core->rows.threads;
    data.blocks = n;
    data.block = blocks;
    if (n > 0 || data.residual != FP_LMM_INDEPENDENT) {
        FP_TRY(fp_lmm(&data, &options, scratch, &small, err));
    } else {
        /* no random effect is left: least squares, as the same model with a variance of 0 */
        fp_lmm_core *core = fit->core;
        double *psi;
        fp_lmm_criterion c;
        FP_ARRAY(psi, scratch, core->rows.k, err);
        FP_TRY(fp_lmm_criterion_create(core->p, core->rows.k, scratch, &c, err));
        fp_lmm_moments m = {.q = core->q, .k = core->rows.k};
        FP_ARRAY(m.logdet, scratch, fp_jet_size(m.k), err);
        FP_ARRAY(m.m, scratch, fp_jet_size(m.k) * fp_packed_size(m.q), err);
        FP_TRY(core->engine->evaluate(core->engine, psi, 0, false, &m, err));
        if (!fp_lmm_criterion_at(&core->rows, core->ml, &m, 0, &c))
            return FP_OK;
        small = (fp_lmm_fit){.state = FP_LMM_CONVERGED, .criterion = c.value};
    }
    if (small.state != FP_LMM_CONVERGED && small.state != FP_LMM_SINGULAR)
        return FP_OK;
    *chisq = fmax(small.criterion - fit->criterion, 0);
    double lower = width > 1 ? fp_chisq_upper(*chisq, (double)(width - 1)) : *chisq > 0 ? 0 : 1;
    *p = 0.5 * lower + 0.5 * fp_chisq_upper(*chisq, (double)width);
    return FP_OK;
}
