#include <math.h>
#include <string.h>

#include "stats/gee_white_priv.h"

/* Below it a product of probabilities is taken the logarithm of: the next factor, 1e-16 or more
 * where it is not 0, leaves it a normal number. */
#define LEAST_PRODUCT 1e-250

/* What one piece of the ids adds up to, and its room. */
typedef struct {
    fp_reg_block block; /* z has a column more: the working residual (y - mu) / slope */
    fp_gee_room room;
    double *partial, *g; /* sums of H and the score */
    double *info;        /* of H under independence, with scores */
    double *product;     /* moments */
    double square, quasi;
    bool valid;
} piece;

struct fp_gee_pass {
    const fp_reg *reg;
    const fp_gee_rows *rows;
    fp_gee_white white;
    long pieces;
    ptrdiff_t size, products; /* numbers in `partial`, in `product` */
    piece *piece;
    double *residual; /* n: Pearson residuals of the pass */
    double *one;      /* FP_REG_LD */
    /* of the pass that runs */
    const double *beta;
    double *score;
    bool whiten;
};

static fp_status create_piece(fp_gee_pass *pass, piece *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = pass->reg->data->p;
    FP_TRY(fp_reg_block_create(p + 1, arena, &w->block, err));
    FP_TRY(fp_gee_room_create(&pass->white, arena, &w->room, err));
    FP_ARRAY(w->partial, arena, pass->size, err);
    FP_ARRAY(w->info, arena, pass->size, err);
    FP_ARRAY(w->g, arena, p, err);
    FP_ARRAY(w->product, arena, pass->products, err);
    return FP_OK;
}

fp_status fp_gee_pass_create(const fp_reg *reg, const fp_gee_rows *rows, fp_arena *arena,
                             fp_gee_pass **out, fp_err *err)
{
    ptrdiff_t t = rows->positions;
    fp_gee_pass *pass;
    FP_ARRAY(pass, arena, 1, err);
    pass->reg = reg;
    pass->rows = rows;
    pass->pieces = fp_pieces(rows->rows.n);
    pass->size = reg->kernel->square_room(reg->data->p);
    pass->products = rows->corr == FP_CORR_UNSTRUCTURED ? t * t : rows->corr == FP_CORR_AR1 ? t : 1;
    FP_TRY(fp_gee_white_create(reg, rows, arena, &pass->white, err));
    FP_ARRAY(pass->residual, arena, rows->rows.n, err);
    FP_ARRAY(pass->one, arena, FP_REG_LD, err);
    for (ptrdiff_t i = 0; i < FP_REG_LD; i++)
        pass->one[i] = 1;
    FP_ARRAY(pass->piece, arena, pass->pieces, err);
    for (long i = 0; i < pass->pieces; i++)
        FP_TRY(create_piece(pass, &pass->piece[i], arena, err));
    *out = pass;
    return FP_OK;
}

/* ---- a block ---- */

static void load_residuals(fp_gee_pass *pass, piece *w, const fp_gee_stretch *s)
{
    const fp_regression *data = pass->reg->data;
    const fp_reg_block *b = &w->block;
    double *working = b->z + data->p * FP_REG_LD, *residual = pass->residual + s->first;
    pass->reg->kernel->whole(b->v, b->u, b->ratio, s->rows, w->room.root, working);
    for (ptrdiff_t i = 0; i < s->rows; i++)
        residual[i] = w->room.root[i] * working[i];
    for (ptrdiff_t i = 0; data->weight && i < s->rows; i++)
        residual[i] *= sqrt(data->weight[s->first + i]);
}

/* Scores of the ids of a block, row after row of p. */
static void add_scores(const fp_gee_pass *pass, const piece *w, const fp_gee_stretch *s)
{
    ptrdiff_t p = pass->reg->data->p, id = s->id;
    const double *residual = w->room.white + p * FP_REG_LD;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        while (s->first + i >= pass->rows->start[id + 1])
            id++;
        double *score = pass->score + id * p;
        for (ptrdiff_t j = 0; j < p; j++)
            score[j] += residual[i] * w->room.white[i + j * FP_REG_LD];
    }
}

/* The next block of a piece: whole ids, or a part of one that is longer than a block. */
static bool next_stretch(const fp_gee_rows *rows, ptrdiff_t last_id, fp_gee_stretch *s)
{
    s->first += s->rows;
    while (s->id < last_id && rows->start[s->id + 1] <= s->first)
        s->id++;
    if (s->id >= last_id)
        return false;
    ptrdiff_t end = rows->start[s->id + 1], most = s->first + FP_REG_BLOCK;
    for (ptrdiff_t id = s->id + 1; id < last_id && rows->start[id + 1] <= most; id++)
        end = rows->start[id + 1];
    s->rows = (end < most ? end : most) - s->first;
    return true;
}

/* ---- moments ---- */

/* Rows from..to - 1 are an id. */
static void add_products(const fp_gee_pass *pass, piece *w, ptrdiff_t from, ptrdiff_t to)
{
    const fp_gee_rows *rows = pass->rows;
    const double *e = pass->residual;
    const int32_t *at = rows->position;
    if (rows->corr == FP_CORR_AR1)
        for (ptrdiff_t i = from + 1; i < to; i++)
            for (ptrdiff_t k = from; k < i; k++)
                w->product[at[i] - at[k]] += e[i] * e[k];
    if (rows->corr == FP_CORR_UNSTRUCTURED)
        for (ptrdiff_t i = from + 1; i < to; i++)
            for (ptrdiff_t k = from; k < i; k++)
                w->product[at[i] + at[k] * rows->positions] += e[i] * e[k];
}

/* The squares of the rows of an id, for the scale and, exchangeable, what pairs add up to. */
static void add_squares(const fp_gee_pass *pass, piece *w, ptrdiff_t from, ptrdiff_t to)
{
    const double *e = pass->residual, *weight = pass->rows->rows.weight;
    double own = 0, sum = 0;
    for (ptrdiff_t i = from; i < to; i++) {
        own += e[i] * e[i];
        sum += e[i];
    }
    if (pass->rows->corr == FP_CORR_EXCHANGEABLE)
        w->product[0] += (sum * sum - own) / 2;
    if (weight) {
        own = 0;
        for (ptrdiff_t i = from; i < to; i++)
            own += e[i] * e[i] / weight[i];
    }
    w->square += own;
}

/* Pairs, each with the product of its weights: they do not depend on the coefficients. */
static void count_pairs(const fp_gee_rows *rows, fp_gee_moments *m)
{
    const int32_t *at = rows->position;
    memset(m->count, 0, (size_t)m->products * sizeof *m->count);
    for (ptrdiff_t id = 0; id < rows->ids; id++) {
        ptrdiff_t from = rows->start[id], to = rows->start[id + 1];
        double sum = 0, square = 0;
        for (ptrdiff_t i = from; i < to; i++) {
            double w = fp_reg_weight(&rows->rows, i);
            sum += w;
            square += w * w;
            for (ptrdiff_t k = from; rows->corr > FP_CORR_EXCHANGEABLE && k < i; k++)
                m->count[rows->corr == FP_CORR_AR1 ? at[i] - at[k]
                                                   : at[i] + at[k] * rows->positions] +=
                    w * fp_reg_weight(&rows->rows, k);
        }
        if (rows->corr == FP_CORR_EXCHANGEABLE)
            m->count[0] += (sum * sum - square) / 2;
    }
}

/* ---- independence: what the QIC needs ---- */

static double quasi_of(fp_family family, double y, double mu)
{
    switch (family) {
    case FP_FAMILY_BINOMIAL:
        return (y > 0 ? y * log(mu) : 0) + (y < 1 ? (1 - y) * log1p(-mu) : 0);
    case FP_FAMILY_POISSON:
        return (y > 0 ? y * log(mu) : 0) - mu;
    case FP_FAMILY_GAMMA:
        return -y / mu - log(mu);
    case FP_FAMILY_GAUSSIAN:
        break;
    }
    return -(y - mu) * (y - mu) / 2;
}

/* The quasi-likelihood of the rows of a block; of outcomes 0 and 1 as the logarithm of a product.
 */
static double quasi_sum(const fp_regression *data, const fp_reg_block *b, ptrdiff_t first)
{
    double sum = 0, product = 1;
    for (ptrdiff_t i = 0; i < b->rows; i++) {
        double y = data->y[first + i], mu = b->mu[i];
        bool plain = data->family == FP_FAMILY_BINOMIAL && !data->weight && (y == 0 || y == 1);
        if (plain)
            product *= y == 1 ? mu : 1 - mu;
        if (!plain)
            sum += fp_reg_weight(data, first + i) * quasi_of(data->family, y, mu);
        else if (product < LEAST_PRODUCT) {
            sum += log(product);
            product = 1;
        }
    }
    return sum + log(product);
}

static void add_independence(const fp_gee_pass *pass, piece *w, const fp_gee_stretch *s)
{
    const fp_regression *data = pass->reg->data;
    pass->reg->kernel->square(data->p, w->block.z, w->block.v, s->rows, w->info);
    w->quasi += quasi_sum(data, &w->block, s->first);
}

/* ---- passes ---- */

static void run_piece(void *context, long i)
{
    fp_gee_pass *pass = context;
    piece *w = &pass->piece[i];
    ptrdiff_t p = pass->reg->data->p;
    fp_piece part = fp_piece_of(pass->rows->ids, pass->pieces, i);
    memset(w->partial, 0, (size_t)pass->size * sizeof *w->partial);
    memset(w->info, 0, (size_t)pass->size * sizeof *w->info);
    memset(w->g, 0, (size_t)p * sizeof *w->g);
    memset(w->product, 0, (size_t)pass->products * sizeof *w->product);
    fp_gee_room_clear(&pass->white, &w->room);
    w->square = w->quasi = 0;
    w->valid = true;
    fp_gee_stretch s = {pass->rows->start[part.first], 0, part.first};
    while (next_stretch(pass->rows, part.last, &s)) {
        w->valid = fp_reg_block_at(pass->reg, pass->beta, s.first, s.rows, &w->block) && w->valid;
        load_residuals(pass, w, &s);
        if (!pass->whiten)
            continue;
        fp_gee_whiten(&pass->white, &s, w->block.z, &w->room);
        pass->reg->kernel->square(p, w->room.white, pass->one, s.rows, w->partial);
        pass->reg->kernel->dot(p, w->room.white, w->room.white + p * FP_REG_LD, s.rows, w->g);
        if (!pass->score)
            continue;
        add_scores(pass, w, &s);
        add_independence(pass, w, &s);
    }
    for (ptrdiff_t id = part.first; id < part.last; id++) {
        add_squares(pass, w, pass->rows->start[id], pass->rows->start[id + 1]);
        add_products(pass, w, pass->rows->start[id], pass->rows->start[id + 1]);
    }
}

static bool merge(fp_gee_pass *pass, fp_gee_moments *m)
{
    bool valid = true;
    memset(m->product, 0, (size_t)m->products * sizeof *m->product);
    m->square = 0;
    for (long i = 0; i < pass->pieces; i++) {
        const piece *w = &pass->piece[i];
        m->square += w->square;
        valid = valid && w->valid;
        for (ptrdiff_t k = 0; k < m->products; k++)
            m->product[k] += w->product[k];
    }
    return valid && isfinite(m->square);
}

bool fp_gee_pass_moments(fp_gee_pass *pass, const double *beta, fp_gee_moments *moments)
{
    pass->beta = beta;
    pass->whiten = false;
    pass->score = NULL;
    count_pairs(pass->rows, moments);
    fp_parallel(pass->reg->data->threads, pass->pieces, run_piece, pass);
    return merge(pass, moments);
}

void fp_gee_pass_sums(fp_gee_pass *pass, const double *beta, fp_gee_moments *moments,
                      fp_gee_sums *sums, double *score)
{
    ptrdiff_t p = pass->reg->data->p;
    pass->beta = beta;
    pass->whiten = true;
    pass->score = score;
    fp_gee_white_prepare(&pass->white, moments);
    fp_parallel(pass->reg->data->threads, pass->pieces, run_piece, pass);
    sums->valid = merge(pass, moments);
    memset(sums->h, 0, (size_t)(p * p) * sizeof *sums->h);
    memset(sums->info, 0, (size_t)(p * p) * sizeof *sums->info);
    memset(sums->g, 0, (size_t)p * sizeof *sums->g);
    sums->quasi = 0;
    for (long i = 0; i < pass->pieces; i++) {
        pass->reg->kernel->square_sum(p, pass->piece[i].partial, sums->h);
        pass->reg->kernel->square_sum(p, pass->piece[i].info, sums->info);
        sums->quasi += pass->piece[i].quasi;
        for (ptrdiff_t j = 0; j < p; j++)
            sums->g[j] += pass->piece[i].g[j];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++) {
            sums->h[j + i * p] = sums->h[i + j * p];
            sums->info[j + i * p] = sums->info[i + j * p];
        }
}

void fp_gee_pass_omega(fp_gee_pass *pass, const double *beta, const fp_gee_moments *moments,
                       double *omega)
{
    ptrdiff_t p = pass->reg->data->p;
    piece *w = &pass->piece[0];
    fp_gee_stretch s = {0, 0, 0};
    pass->beta = beta;
    fp_gee_white_prepare(&pass->white, moments);
    fp_gee_room_clear(&pass->white, &w->room);
    while (next_stretch(pass->rows, pass->rows->ids, &s)) {
        (void)fp_reg_block_at(pass->reg, beta, s.first, s.rows, &w->block);
        load_residuals(pass, w, &s);
        fp_gee_whiten(&pass->white, &s, w->block.z, &w->room);
        ptrdiff_t id = s.id;
        for (ptrdiff_t i = 0; i < s.rows; i++) {
            while (s.first + i >= pass->rows->start[id + 1])
                id++;
            double *own = omega + (pass->rows->group ? pass->rows->group[id] : id) * p * p;
            for (ptrdiff_t j = 0; j < p; j++)
                for (ptrdiff_t l = 0; l < p; l++)
                    own[l + j * p] +=
                        w->room.white[i + l * FP_REG_LD] * w->room.white[i + j * FP_REG_LD];
        }
    }
}
