#include <math.h>
#include <string.h>

#include "stats/gee_priv.h"

enum { PATTERNS = 32, NARROW = 12 };

/* The inverse Cholesky factor of the correlation among the positions of one pattern. */
typedef struct {
    uint64_t mask;   /* 0 = empty */
    double *inverse; /* positions x positions, row t: weights of the rows up to t */
} pattern;

/* What one piece of the ids adds up to, and its room. */
typedef struct {
    fp_reg_block block;     /* z has a column more: the working residual (y - mu) / slope */
    double *white;          /* q x FP_REG_LD: columns times L W^1/2 */
    double *root;           /* FP_REG_LD: W^1/2 with the sign of the slope */
    double *shrink, *scale; /* FP_REG_LD: exchangeable and ar1, of each row */
    double *band;           /* bands x FP_REG_LD: unstructured */
    ptrdiff_t *end;         /* FP_REG_BLOCK: ends of the ids in the block */
    double *carry;          /* q: of an id that goes on in the next block */
    double *partial, *g;    /* sums of H and the score */
    double *product;        /* moments */
    double square;
    pattern pattern[PATTERNS];
    double *factor; /* positions x positions: room */
    bool valid;
} piece;

struct fp_gee_pass {
    const fp_reg *reg;
    const fp_gee_rows *rows;
    long pieces;
    ptrdiff_t room, products, bands;
    piece *piece;
    double *residual;       /* n: Pearson residuals of the pass */
    double *one;            /* FP_REG_LD */
    double *shrink, *scale; /* exchangeable: by rows before, largest; ar1: by distance, positions */
    /* of the pass that runs */
    const double *beta;
    const fp_gee_moments *moments;
    double *score;
    bool whiten;
};

static fp_status create_piece(fp_gee_pass *pass, piece *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = pass->reg->data->p, q = p + 1, t = pass->rows->positions;
    FP_TRY(fp_reg_block_create(q, arena, &w->block, err));
    FP_ARRAY(w->white, arena, q * FP_REG_LD, err);
    FP_ARRAY(w->root, arena, FP_REG_LD, err);
    FP_ARRAY(w->shrink, arena, FP_REG_LD, err);
    FP_ARRAY(w->scale, arena, FP_REG_LD, err);
    FP_ARRAY(w->band, arena, pass->bands * FP_REG_LD, err);
    FP_ARRAY(w->end, arena, FP_REG_BLOCK, err);
    FP_ARRAY(w->carry, arena, q, err);
    FP_ARRAY(w->partial, arena, pass->room, err);
    FP_ARRAY(w->g, arena, p, err);
    FP_ARRAY(w->product, arena, pass->products, err);
    if (pass->rows->corr != FP_CORR_UNSTRUCTURED)
        return FP_OK;
    FP_ARRAY(w->factor, arena, t * t, err);
    for (int k = 0; k < PATTERNS; k++)
        FP_ARRAY(w->pattern[k].inverse, arena, t * t, err);
    return FP_OK;
}

fp_status fp_gee_pass_create(const fp_reg *reg, const fp_gee_rows *rows, fp_arena *arena,
                             fp_gee_pass **out, fp_err *err)
{
    ptrdiff_t largest = 1, t = rows->positions;
    fp_gee_pass *pass;
    FP_ARRAY(pass, arena, 1, err);
    pass->reg = reg;
    pass->rows = rows;
    pass->pieces = fp_pieces(rows->rows.n);
    pass->room = reg->kernel->square_room(reg->data->p);
    pass->products = rows->corr == FP_CORR_UNSTRUCTURED ? t * t : rows->corr == FP_CORR_AR1 ? t : 1;
    for (ptrdiff_t i = 0; i < rows->ids; i++)
        if (rows->start[i + 1] - rows->start[i] > largest)
            largest = rows->start[i + 1] - rows->start[i];
    pass->bands = rows->corr == FP_CORR_UNSTRUCTURED   ? t
                  : rows->corr == FP_CORR_AR1          ? 2
                  : rows->corr == FP_CORR_INDEPENDENCE ? 1
                                                       : 0;
    if (rows->corr == FP_CORR_EXCHANGEABLE && largest <= NARROW)
        pass->bands = largest;
    FP_ARRAY(pass->shrink, arena, largest > t ? largest : t, err);
    FP_ARRAY(pass->scale, arena, largest > t ? largest : t, err);
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

/* ---- the working correlation as weights of a row and those before it ---- */

/* eq. 3: x_k given k rows before it: (x - shrink sum) scale, k = 0..; by distance for ar1. */
static void prepare(fp_gee_pass *pass)
{
    const fp_gee_moments *m = pass->moments;
    ptrdiff_t t = pass->rows->positions;
    if (m->corr == FP_CORR_EXCHANGEABLE)
        for (ptrdiff_t k = 0; k < (ptrdiff_t)m->largest; k++) {
            double a = m->alpha[0], b = k > 0 ? a / (1 + (double)(k - 1) * a) : 0;
            pass->shrink[k] = b;
            pass->scale[k] = 1 / sqrt(1 - a * (double)k * b);
        }
    if (m->corr == FP_CORR_AR1)
        for (ptrdiff_t d = 0; d < t; d++) {
            double a = d > 0 ? pow(m->alpha[0], (double)d) : 0;
            pass->shrink[d] = a;
            pass->scale[d] = 1 / sqrt(1 - a * a);
        }
}

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

static const double *pattern_of(const fp_gee_pass *pass, piece *w, const int32_t *position,
                                ptrdiff_t n)
{
    uint64_t mask = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        mask |= (uint64_t)1 << position[i];
    pattern *slot = &w->pattern[(mask * 0x9E3779B97F4A7C15u) >> 59];
    if (slot->mask != mask) {
        invert_factor(pass->moments, position, n, w->factor, slot->inverse);
        slot->mask = mask;
    }
    return slot->inverse;
}

/* ---- a block ---- */

/* Rows first..first + rows - 1, ids from `id` on, of which the first may have begun earlier. */
typedef struct {
    ptrdiff_t first, rows, id;
} stretch;

static void load_residuals(fp_gee_pass *pass, piece *w, const stretch *s)
{
    const fp_regression *data = pass->reg->data;
    double *working = w->block.z + data->p * FP_REG_LD;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        double v = w->block.v[i];
        w->root[i] = w->block.ratio[i] < 0 ? -sqrt(v) : sqrt(v);
        working[i] = v > 0 ? w->block.u[i] / v : 0;
        pass->residual[s->first + i] = w->root[i] * working[i];
        if (data->weight)
            pass->residual[s->first + i] *= sqrt(data->weight[s->first + i]);
    }
    for (ptrdiff_t i = s->rows; i < fp_cox_padded(s->rows); i++)
        working[i] = w->root[i] = 0;
}

static void pad_bands(piece *w, ptrdiff_t bands, ptrdiff_t rows)
{
    for (ptrdiff_t k = 0; k < bands; k++)
        for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
            w->band[k * FP_REG_LD + i] = 0;
}

/* Exchangeable with few rows an id: weights of the rows before as bands. */
static void whiten_narrow(const fp_gee_pass *pass, piece *w, const stretch *s)
{
    const ptrdiff_t *start = pass->rows->start;
    ptrdiff_t q = pass->reg->data->p + 1, last = s->first + s->rows, bands = pass->bands;
    for (ptrdiff_t k = 1; k < bands; k++)
        memset(w->band + k * FP_REG_LD, 0, (size_t)s->rows * sizeof *w->band);
    pad_bands(w, bands, s->rows);
    for (ptrdiff_t id = s->id; id < pass->rows->ids && start[id] < last; id++) {
        ptrdiff_t from = start[id] - s->first, n = start[id + 1] - start[id];
        for (ptrdiff_t i = 0; i < n; i++) {
            double scale = pass->scale[i], share = -pass->shrink[i] * scale;
            w->band[from + i] = w->root[from + i] * scale;
            for (ptrdiff_t k = 1; k <= i; k++)
                w->band[k * FP_REG_LD + from + i] = share * w->root[from + i - k];
        }
    }
    for (ptrdiff_t j = 0; j < q; j++)
        pass->reg->kernel->band(w->block.z + j * FP_REG_LD, w->band, bands, s->rows,
                                w->white + j * FP_REG_LD);
}

/* Exchangeable: each row less its share of those before it in its id. */
static void whiten_exchangeable(const fp_gee_pass *pass, piece *w, const stretch *s)
{
    const ptrdiff_t *start = pass->rows->start;
    ptrdiff_t q = pass->reg->data->p + 1, ends = 0, id = s->id, before = s->first - start[id];
    for (ptrdiff_t i = 0; i < s->rows; i++, before++) {
        if (s->first + i == start[id + 1]) {
            w->end[ends++] = i;
            before = 0;
            id++;
        }
        w->shrink[i] = pass->shrink[before];
        w->scale[i] = pass->scale[before];
    }
    w->end[ends++] = s->rows;
    for (ptrdiff_t j = 0; j < q; j++) {
        const double *z = w->block.z + j * FP_REG_LD;
        double *white = w->white + j * FP_REG_LD;
        double sum = s->first > start[s->id] ? w->carry[j] : 0;
        for (ptrdiff_t k = 0, i = 0; k < ends; k++) {
            for (; i < w->end[k]; i++) {
                double x = w->root[i] * z[i];
                white[i] = (x - w->shrink[i] * sum) * w->scale[i];
                sum += x;
            }
            w->carry[j] = sum;
            sum = 0;
        }
    }
}

/* ar1: each row less its share of the one before it. */
static void whiten_ar1(const fp_gee_pass *pass, piece *w, const stretch *s)
{
    const fp_gee_rows *rows = pass->rows;
    ptrdiff_t q = pass->reg->data->p + 1, id = s->id;
    double from_before = 0;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        ptrdiff_t at = s->first + i;
        while (at >= rows->start[id + 1])
            id++;
        ptrdiff_t distance = at > rows->start[id] ? rows->position[at] - rows->position[at - 1] : 0;
        double scale = pass->scale[distance];
        double share = -pass->shrink[distance] * scale;
        w->band[i] = w->root[i] * scale;
        w->band[FP_REG_LD + i] = i > 0 ? share * w->root[i - 1] : 0;
        from_before = i > 0 ? from_before : share;
    }
    pad_bands(w, 2, s->rows);
    for (ptrdiff_t j = 0; j < q; j++) {
        const double *z = w->block.z + j * FP_REG_LD;
        double *white = w->white + j * FP_REG_LD;
        pass->reg->kernel->band(z, w->band, 2, s->rows, white);
        white[0] += from_before * w->carry[j]; /* 0 where an id begins */
        w->carry[j] = w->root[s->rows - 1] * z[s->rows - 1];
    }
}

static void whiten_unstructured(const fp_gee_pass *pass, piece *w, const stretch *s)
{
    const fp_gee_rows *rows = pass->rows;
    ptrdiff_t q = pass->reg->data->p + 1, t = rows->positions, bands = 1, last = s->first + s->rows;
    memset(w->band, 0, (size_t)(pass->bands * FP_REG_LD) * sizeof *w->band);
    for (ptrdiff_t id = s->id; id < rows->ids && rows->start[id] < last; id++) {
        ptrdiff_t from = rows->start[id], n = rows->start[id + 1] - from;
        const double *inverse = pattern_of(pass, w, rows->position + from, n);
        bands = n > bands ? n : bands;
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t k = 0; k <= i; k++)
                w->band[k * FP_REG_LD + from - s->first + i] =
                    inverse[i * t + i - k] * w->root[from - s->first + i - k];
    }
    for (ptrdiff_t j = 0; j < q; j++)
        pass->reg->kernel->band(w->block.z + j * FP_REG_LD, w->band, bands, s->rows,
                                w->white + j * FP_REG_LD);
}

static void whiten(const fp_gee_pass *pass, piece *w, const stretch *s)
{
    ptrdiff_t q = pass->reg->data->p + 1;
    fp_corr corr = pass->rows->corr;
    if (corr == FP_CORR_EXCHANGEABLE && pass->bands)
        whiten_narrow(pass, w, s);
    else if (corr == FP_CORR_EXCHANGEABLE)
        whiten_exchangeable(pass, w, s);
    else if (corr == FP_CORR_AR1)
        whiten_ar1(pass, w, s);
    else if (corr == FP_CORR_UNSTRUCTURED)
        whiten_unstructured(pass, w, s);
    if (corr == FP_CORR_INDEPENDENCE) {
        memcpy(w->band, w->root, FP_REG_LD * sizeof *w->band);
        for (ptrdiff_t j = 0; j < q; j++)
            pass->reg->kernel->band(w->block.z + j * FP_REG_LD, w->band, 1, s->rows,
                                    w->white + j * FP_REG_LD);
    }
    for (ptrdiff_t j = 0; j < q; j++) {
        double *white = w->white + j * FP_REG_LD;
        for (ptrdiff_t i = s->rows; i < fp_cox_padded(s->rows); i++)
            white[i] = 0;
    }
}

/* Scores of the ids of a block, row after row of p. */
static void add_scores(const fp_gee_pass *pass, const piece *w, const stretch *s)
{
    ptrdiff_t p = pass->reg->data->p, id = s->id;
    const double *residual = w->white + p * FP_REG_LD;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        while (s->first + i >= pass->rows->start[id + 1])
            id++;
        double *score = pass->score + id * p;
        for (ptrdiff_t j = 0; j < p; j++)
            score[j] += residual[i] * w->white[i + j * FP_REG_LD];
    }
}

/* The next block of a piece: whole ids, or a part of one that is longer than a block. */
static bool next_stretch(const fp_gee_rows *rows, ptrdiff_t last_id, stretch *s)
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

static void add_products(const fp_gee_pass *pass, piece *w, ptrdiff_t from, ptrdiff_t to)
{
    const fp_gee_rows *rows = pass->rows;
    const double *e = pass->residual;
    const int32_t *at = rows->position;
    ptrdiff_t t = rows->positions;
    double square = 0, own = 0, sum = 0;
    for (ptrdiff_t i = from; i < to; i++) {
        own += e[i] * e[i];
        square += e[i] * e[i] / fp_reg_weight(&rows->rows, i);
        sum += e[i];
        for (ptrdiff_t k = from; rows->corr == FP_CORR_AR1 && k < i; k++)
            w->product[at[i] - at[k]] += e[i] * e[k];
        for (ptrdiff_t k = from; rows->corr == FP_CORR_UNSTRUCTURED && k < i; k++)
            w->product[at[i] + at[k] * t] += e[i] * e[k];
    }
    w->square += square;
    if (rows->corr == FP_CORR_EXCHANGEABLE)
        w->product[0] += (sum * sum - own) / 2;
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

/* ---- passes ---- */

static void run_piece(void *context, long i)
{
    fp_gee_pass *pass = context;
    piece *w = &pass->piece[i];
    ptrdiff_t p = pass->reg->data->p;
    fp_piece part = fp_piece_of(pass->rows->ids, pass->pieces, i);
    memset(w->partial, 0, (size_t)pass->room * sizeof *w->partial);
    memset(w->g, 0, (size_t)p * sizeof *w->g);
    memset(w->product, 0, (size_t)pass->products * sizeof *w->product);
    memset(w->carry, 0, (size_t)(p + 1) * sizeof *w->carry);
    for (int k = 0; k < PATTERNS; k++)
        w->pattern[k].mask = 0;
    w->square = 0;
    w->valid = true;
    stretch s = {pass->rows->start[part.first], 0, part.first};
    while (next_stretch(pass->rows, part.last, &s)) {
        w->valid = fp_reg_block_at(pass->reg, pass->beta, s.first, s.rows, &w->block) && w->valid;
        load_residuals(pass, w, &s);
        if (!pass->whiten)
            continue;
        whiten(pass, w, &s);
        pass->reg->kernel->square(p, w->white, pass->one, s.rows, w->partial);
        pass->reg->kernel->dot(p, w->white, w->white + p * FP_REG_LD, s.rows, w->g);
        if (pass->score)
            add_scores(pass, w, &s);
    }
    for (ptrdiff_t id = part.first; id < part.last; id++)
        add_products(pass, w, pass->rows->start[id], pass->rows->start[id + 1]);
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
    pass->moments = moments;
    prepare(pass);
    fp_parallel(pass->reg->data->threads, pass->pieces, run_piece, pass);
    sums->valid = merge(pass, moments);
    memset(sums->h, 0, (size_t)(p * p) * sizeof *sums->h);
    memset(sums->g, 0, (size_t)p * sizeof *sums->g);
    for (long i = 0; i < pass->pieces; i++) {
        pass->reg->kernel->square_sum(p, pass->piece[i].partial, sums->h);
        for (ptrdiff_t j = 0; j < p; j++)
            sums->g[j] += pass->piece[i].g[j];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            sums->h[j + i * p] = sums->h[i + j * p];
}

void fp_gee_pass_omega(fp_gee_pass *pass, const double *beta, const fp_gee_moments *moments,
                       double *omega)
{
    ptrdiff_t p = pass->reg->data->p;
    piece *w = &pass->piece[0];
    stretch s = {0, 0, 0};
    pass->beta = beta;
    pass->moments = moments;
    prepare(pass);
    memset(w->carry, 0, (size_t)(p + 1) * sizeof *w->carry);
    for (int k = 0; k < PATTERNS; k++)
        w->pattern[k].mask = 0;
    while (next_stretch(pass->rows, pass->rows->ids, &s)) {
        (void)fp_reg_block_at(pass->reg, beta, s.first, s.rows, &w->block);
        load_residuals(pass, w, &s);
        whiten(pass, w, &s);
        ptrdiff_t id = s.id;
        for (ptrdiff_t i = 0; i < s.rows; i++) {
            while (s.first + i >= pass->rows->start[id + 1])
                id++;
            double *own = omega + (pass->rows->group ? pass->rows->group[id] : id) * p * p;
            for (ptrdiff_t j = 0; j < p; j++)
                for (ptrdiff_t l = 0; l < p; l++)
                    own[l + j * p] += w->white[i + l * FP_REG_LD] * w->white[i + j * FP_REG_LD];
        }
    }
}
