#include "stats/glm_robust.h"

#include <math.h>
#include <string.h>

#include "base/num.h"
#include "stats/dense_priv.h"
#include "stats/regression_priv.h"

/* A walk over the rows at the estimates, in blocks, columns as they are. */
typedef struct {
    fp_reg reg;
    fp_reg_block block;
    double *beta; /* p: 0 where dropped */
    bool *kept;
} walk;

static fp_status walk_create(const fp_regression *data, const fp_glm_fit *fit, fp_arena *arena,
                             walk *w, fp_err *err)
{
    ptrdiff_t p = data->p;
    FP_TRY(fp_reg_create(data, arena, &w->reg, err));
    FP_TRY(fp_reg_block_create(p, arena, &w->block, err));
    FP_ARRAY(w->beta, arena, p, err);
    FP_ARRAY(w->kept, arena, p, err);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->kept[j] = !isnan(fit->beta[j]);
        w->beta[j] = w->kept[j] ? fit->beta[j] : 0;
    }
    fp_reg_beta_in(&w->reg, w->beta);
    return FP_OK;
}

static ptrdiff_t walk_to(walk *w, ptrdiff_t first)
{
    ptrdiff_t left = w->reg.data->n - first, rows = left < FP_REG_BLOCK ? left : FP_REG_BLOCK;
    (void)fp_reg_block_at(&w->reg, w->beta, first, rows, &w->block);
    return rows;
}

/* The bread in the parametrisation of centred columns: T^-1 B T^-', T^-1 adds the means. */
static void bread_in(const walk *w, const double *bread, double *out, double *work)
{
    ptrdiff_t p = w->reg.data->p;
    memcpy(out, bread, (size_t)(p * p) * sizeof *out);
    if (!w->reg.data->intercept)
        return;
    for (ptrdiff_t j = 0; j < p; j++) {
        work[j] = out[j * p];
        for (ptrdiff_t k = 1; k < p; k++)
            work[j] += w->reg.mean[k] * out[k + j * p];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        out[j * p] = out[j] = work[j];
    out[0] = work[0];
    for (ptrdiff_t k = 1; k < p; k++)
        out[0] += w->reg.mean[k] * work[k];
}

static double leverage(const walk *w, const double *bread, ptrdiff_t i)
{
    ptrdiff_t p = w->reg.data->p;
    double sum = 0;
    for (ptrdiff_t j = 0; j < p; j++) {
        double inner = 0;
        for (ptrdiff_t l = 0; l < p; l++)
            inner += bread[l + j * p] * w->block.z[i + l * FP_REG_LD];
        sum += inner * w->block.z[i + j * FP_REG_LD];
    }
    return sum * w->block.v[i];
}

static double factor_of(const walk *w, const double *bread, fp_hc kind, double rank, ptrdiff_t i)
{
    double n = (double)w->reg.data->n;
    if (kind == FP_HC0)
        return 1;
    if (kind == FP_HC1)
        return n / (n - rank);
    double left = 1 - leverage(w, bread, i);
    if (!(left > 1e-10))
        return w->block.u[i] * w->block.u[i] > 0 ? FP_NUM_NAN : 0;
    return kind == FP_HC2 ? 1 / left : 1 / (left * left);
}

fp_status fp_glm_robust(const fp_regression *data, const fp_glm_fit *fit, fp_hc kind,
                        fp_arena *arena, const double **var, fp_err *err)
{
    ptrdiff_t p = data->p;
    double *out, *bread, *partial, *meat, *work;
    walk w;
    FP_ARRAY(out, arena, p * p, err);
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    FP_TRY(walk_create(data, fit, scratch, &w, err));
    FP_ARRAY(bread, scratch, p * p, err);
    FP_ARRAY(meat, scratch, p * p, err);
    FP_ARRAY(work, scratch, p * p + p, err);
    FP_ARRAY(partial, scratch, w.reg.kernel->square_room(p), err);
    bread_in(&w, fit->bread, bread, work);
    for (ptrdiff_t first = 0; first < data->n; first += FP_REG_BLOCK) {
        ptrdiff_t rows = walk_to(&w, first);
        for (ptrdiff_t i = 0; i < rows; i++)
            w.block.expo[i] =
                w.block.u[i] * w.block.u[i] * factor_of(&w, bread, kind, (double)fit->rank, i);
        for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
            w.block.expo[i] = 0;
        w.reg.kernel->square(p, w.block.z, w.block.expo, rows, partial);
    }
    w.reg.kernel->square_sum(p, partial, meat);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            meat[j + i * p] = meat[i + j * p];
    fp_sandwich(bread, meat, p, work, out);
    fp_reg_var_out(&w.reg, out, work);
    *var = out;
    return FP_OK;
}

fp_status fp_glm_cluster_parts(const fp_regression *data, const fp_glm_fit *fit,
                               const int32_t *cluster, ptrdiff_t slots, fp_arena *arena,
                               fp_cluster_parts *parts, fp_err *err)
{
    ptrdiff_t p = data->p, count = 0;
    double *score, *omega, *bread, phi = fit->dispersion;
    bool *seen;
    walk w;
    FP_ARRAY(score, arena, slots * p, err);
    FP_ARRAY(omega, arena, p * p * slots, err);
    FP_ARRAY(bread, arena, p * p, err);
    FP_ARENA_SCOPED(scratch, 4 * FP_GIB, err);
    FP_ARRAY(seen, scratch, slots, err);
    FP_TRY(walk_create(data, fit, scratch, &w, err));
    for (ptrdiff_t first = 0; first < data->n; first += FP_REG_BLOCK) {
        ptrdiff_t rows = walk_to(&w, first);
        for (ptrdiff_t i = 0; i < rows; i++) {
            ptrdiff_t c = cluster[first + i];
            count += !seen[c];
            seen[c] = true;
            for (ptrdiff_t j = 0; j < p; j++) {
                double x = w.kept[j] ? data->column[j][first + i] : 0;
                score[c + j * slots] += w.block.u[i] * x / phi;
                for (ptrdiff_t l = 0; l < p && w.kept[j]; l++)
                    if (w.kept[l])
                        omega[l + j * p + c * p * p] +=
                            w.block.v[i] * x * data->column[l][first + i] / phi;
            }
        }
    }
    for (ptrdiff_t i = 0; i < p * p; i++)
        bread[i] = phi * fit->bread[i];
    *parts = (fp_cluster_parts){.p = p,
                                .slots = slots,
                                .clusters = count,
                                .rows = data->n,
                                .rank = fit->rank,
                                .score = score,
                                .omega = omega,
                                .bread = bread};
    return FP_OK;
}
