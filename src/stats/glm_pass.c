#include <math.h>
#include <string.h>

#include "stats/glm_priv.h"

/* What one piece of the rows adds up to. */
typedef struct {
    fp_reg_block block;
    double *partial; /* sums of Z'WZ in the layout of the kernel */
    double *g;       /* p */
    double *r;       /* q x q, and the block of W^1/2 Z; made when first asked for */
    double *rows;    /* q x FP_REG_LD */
    bool valid;
    double deviance, pearson, reach;
} piece;

struct fp_glm_pass {
    const fp_reg *reg;
    long pieces;
    bool lean;
    ptrdiff_t room; /* numbers in `partial` */
    piece *piece;
    const double *beta; /* of the pass that runs */
};

fp_status fp_glm_pass_create(const fp_reg *reg, bool lean, fp_arena *arena, fp_glm_pass **out,
                             fp_err *err)
{
    ptrdiff_t p = reg->data->p, q = p + 1;
    fp_glm_pass *pass;
    FP_ARRAY(pass, arena, 1, err);
    *pass = (fp_glm_pass){.reg = reg,
                          .pieces = fp_pieces(reg->data->n),
                          .lean = lean,
                          .room = reg->kernel->square_room(p)};
    FP_ARRAY(pass->piece, arena, pass->pieces, err);
    for (long i = 0; i < pass->pieces; i++) {
        piece *w = &pass->piece[i];
        FP_TRY(fp_reg_block_create(p, arena, &w->block, err));
        FP_ARRAY(w->partial, arena, pass->room, err);
        FP_ARRAY(w->g, arena, p, err);
        FP_ARRAY(w->r, arena, q * q, err);
        FP_ARRAY(w->rows, arena, q * FP_REG_LD, err);
    }
    *out = pass;
    return FP_OK;
}

/* Deviance and Pearson's statistic of a block. */
static void add_fit(const fp_regression *data, const fp_reg_block *b, ptrdiff_t first, piece *w)
{
    double deviance = 0, pearson = 0;
    for (ptrdiff_t i = 0; i < b->rows; i++) {
        double y = data->y[first + i], weight = fp_reg_weight(data, first + i);
        deviance += weight * fp_family_deviance(data->family, y, b->mu[i]);
        double variance = fp_family_variance(data->family, b->mu[i]), error = y - b->mu[i];
        if (error != 0)
            pearson += weight * error * error / variance;
    }
    w->deviance += deviance;
    w->pearson += pearson;
}

static void sum_piece(void *context, long i)
{
    fp_glm_pass *pass = context;
    const fp_regression *data = pass->reg->data;
    piece *w = &pass->piece[i];
    fp_piece part = fp_piece_of(data->n, pass->pieces, i);
    memset(w->partial, 0, (size_t)pass->room * sizeof *w->partial);
    memset(w->g, 0, (size_t)data->p * sizeof *w->g);
    w->deviance = w->pearson = 0;
    w->valid = true;
    for (ptrdiff_t first = part.first; first < part.last; first += FP_REG_BLOCK) {
        ptrdiff_t rows = part.last - first < FP_REG_BLOCK ? part.last - first : FP_REG_BLOCK;
        w->valid = fp_reg_block_at(pass->reg, pass->beta, first, rows, &w->block) && w->valid;
        pass->reg->kernel->square(data->p, w->block.z, w->block.v, rows, w->partial);
        pass->reg->kernel->dot(data->p, w->block.z, w->block.u, rows, w->g);
        if (!pass->lean)
            add_fit(data, &w->block, first, w);
    }
}

void fp_glm_pass_sums(fp_glm_pass *pass, const double *beta, fp_glm_sums *sums)
{
    ptrdiff_t p = pass->reg->data->p;
    pass->beta = beta;
    fp_parallel(pass->reg->data->threads, pass->pieces, sum_piece, pass);
    memset(sums->h, 0, (size_t)(p * p) * sizeof *sums->h);
    memset(sums->g, 0, (size_t)p * sizeof *sums->g);
    sums->deviance = sums->pearson = 0;
    sums->valid = true;
    for (long i = 0; i < pass->pieces; i++) {
        const piece *w = &pass->piece[i];
        pass->reg->kernel->square_sum(p, w->partial, sums->h);
        for (ptrdiff_t j = 0; j < p; j++)
            sums->g[j] += w->g[j];
        sums->deviance += w->deviance;
        sums->pearson += w->pearson;
        sums->valid = sums->valid && w->valid;
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            sums->h[j + i * p] = sums->h[i + j * p];
}

static void qr_piece(void *context, long i)
{
    fp_glm_pass *pass = context;
    const fp_regression *data = pass->reg->data;
    piece *w = &pass->piece[i];
    fp_reg_block *b = &w->block;
    ptrdiff_t p = data->p, q = p + 1;
    fp_piece part = fp_piece_of(data->n, pass->pieces, i);
    memset(w->r, 0, (size_t)(q * q) * sizeof *w->r);
    for (ptrdiff_t first = part.first; first < part.last; first += FP_REG_BLOCK) {
        ptrdiff_t rows = part.last - first < FP_REG_BLOCK ? part.last - first : FP_REG_BLOCK;
        (void)fp_reg_block_at(pass->reg, pass->beta, first, rows, b);
        for (ptrdiff_t k = 0; k < rows; k++) {
            double root = sqrt(b->v[k]);
            for (ptrdiff_t j = 0; j < p; j++)
                w->rows[k + j * FP_REG_LD] = root * b->z[k + j * FP_REG_LD];
            w->rows[k + p * FP_REG_LD] = root > 0 ? b->u[k] / root : 0;
        }
        fp_qr_add(q, w->r, rows, FP_REG_LD, w->rows);
    }
}

void fp_glm_pass_qr(fp_glm_pass *pass, const double *beta, double *r)
{
    ptrdiff_t q = pass->reg->data->p + 1;
    pass->beta = beta;
    fp_parallel(pass->reg->data->threads, pass->pieces, qr_piece, pass);
    memset(r, 0, (size_t)(q * q) * sizeof *r);
    for (long i = 0; i < pass->pieces; i++) {
        double *block = pass->piece[i].r;
        for (ptrdiff_t j = 0; j < q; j++)
            for (ptrdiff_t k = j + 1; k < q; k++)
                block[k + j * q] = 0;
        fp_qr_add(q, r, q, q, block);
    }
}

static void reach_piece(void *context, long i)
{
    fp_glm_pass *pass = context;
    const fp_regression *data = pass->reg->data;
    piece *w = &pass->piece[i];
    fp_piece part = fp_piece_of(data->n, pass->pieces, i);
    w->reach = 0;
    for (ptrdiff_t k = part.first; k < part.last; k++) {
        double change = 0;
        for (ptrdiff_t j = 0; j < data->p; j++)
            change += (data->column[j][k] - pass->reg->mean[j]) * pass->beta[j];
        w->reach = fmax(w->reach, fabs(change));
    }
}

double fp_glm_pass_reach(fp_glm_pass *pass, const double *delta)
{
    double reach = 0;
    pass->beta = delta;
    fp_parallel(pass->reg->data->threads, pass->pieces, reach_piece, pass);
    for (long i = 0; i < pass->pieces; i++)
        reach = fmax(reach, pass->piece[i].reach);
    return reach;
}
