#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/dense_priv.h"
#include "stats/lmm_priv.h"

enum { CHUNK = 512, LANES = 8 };
/* R's tolerance for aliased columns, squared: here it is applied to sums of squares. */
#define ALIAS_TOLERANCE 1e-14

/* Weighted mean, summed by chunk from the first value so that it is accurate. */
static double mean_of(const fp_lmm_data *data, const double *x)
{
    double sum = 0, weights = 0, from = x[0];
    for (ptrdiff_t first = 0; first < data->n; first += CHUNK) {
        double part = 0;
        for (ptrdiff_t i = first; i < data->n && i < first + CHUNK; i++) {
            double w = data->weight ? data->weight[i] : 1;
            part += w * (x[i] - from);
            weights += w;
        }
        sum += part;
    }
    return from + sum / weights;
}

typedef struct {
    const fp_lmm_data *data;
    const double *const *column;
    double *mean;
} mean_pass;

static void take_mean(void *context, long j)
{
    const mean_pass *w = context;
    if (j > 0)
        w->mean[j] = mean_of(w->data, w->column[j]);
}

void fp_lmm_rows_read(const fp_lmm_rows *rows, ptrdiff_t first, ptrdiff_t count, double *out)
{
    for (ptrdiff_t c = 0; c < rows->q; c++) {
        const double *x = rows->column[c] + first;
        double shift = rows->shift[c], *to = out + c * count;
        if (rows->root)
            for (ptrdiff_t i = 0; i < count; i++)
                to[i] = (x[i] - shift) * rows->root[first + i];
        else
            for (ptrdiff_t i = 0; i < count; i++)
                to[i] = x[i] - shift;
    }
}

void fp_lmm_rows_random(const fp_lmm_rows *rows, ptrdiff_t b, ptrdiff_t e, ptrdiff_t first,
                        ptrdiff_t count, double *out)
{
    const double *x = rows->data->block[b].column[e];
    double scale = rows->scale[b][e];
    for (ptrdiff_t i = 0; i < count; i++)
        out[i] = (x ? x[first + i] * scale : 1) * (rows->root ? rows->root[first + i] : 1);
}

/* Packed sums of products of the q columns, piece by piece. */
typedef struct {
    const fp_lmm_rows *rows;
    long pieces;
    double *chunk; /* pieces x q x CHUNK */
    double *sum;   /* pieces x packed q */
} cross_pass;

static void cross_piece(void *context, long piece)
{
    const cross_pass *w = context;
    const fp_lmm_rows *rows = w->rows;
    ptrdiff_t q = rows->q;
    double *chunk = w->chunk + piece * q * CHUNK, *out = w->sum + piece * fp_packed_size(q);
    fp_piece own = fp_piece_of(rows->n, w->pieces, piece);
    for (ptrdiff_t first = own.first; first < own.last; first += CHUNK) {
        ptrdiff_t count = own.last - first < CHUNK ? own.last - first : CHUNK;
        fp_lmm_rows_read(rows, first, count, chunk);
        for (ptrdiff_t a = 0; a < q; a++)
            for (ptrdiff_t b = 0; b <= a; b++) {
                double lane[LANES] = {0}, sum = 0;
                const double *u = chunk + a * count, *v = chunk + b * count;
                ptrdiff_t i = 0;
                for (; i + LANES <= count; i += LANES)
                    for (int l = 0; l < LANES; l++)
                        lane[l] += u[i + l] * v[i + l];
                for (; i < count; i++)
                    lane[0] += u[i] * v[i];
                for (int l = 0; l < LANES; l++)
                    sum += lane[l];
                out[fp_packed(a, b)] += sum;
            }
    }
}

static fp_status cross_products(const fp_lmm_rows *rows, fp_arena *arena, double **out, fp_err *err)
{
    cross_pass w = {.rows = rows, .pieces = fp_pieces(rows->n)};
    ptrdiff_t size = fp_packed_size(rows->q);
    FP_ARRAY(w.chunk, arena, w.pieces * rows->q * CHUNK, err);
    FP_ARRAY(w.sum, arena, w.pieces * size, err);
    fp_parallel(rows->threads, w.pieces, cross_piece, &w);
    for (long piece = 1; piece < w.pieces; piece++)
        for (ptrdiff_t i = 0; i < size; i++)
            w.sum[i] += w.sum[piece * size + i];
    *out = w.sum;
    return FP_OK;
}

/* Which columns of X follow from those before them; the kept ones move to the front. */
static fp_status drop_aliased(fp_lmm_rows *rows, const double **column, double *shift,
                              ptrdiff_t *kept, fp_arena *arena, bool *spread, fp_err *err)
{
    ptrdiff_t q = rows->q, p = q - 1, count = 0;
    double *packed, *full;
    bool *keep;
    FP_ARRAY(full, arena, q * q, err);
    FP_ARRAY(keep, arena, q, err);
    FP_TRY(cross_products(rows, arena, &packed, err));
    for (ptrdiff_t i = 0; i < q; i++) {
        keep[i] = true;
        for (ptrdiff_t j = 0; j <= i; j++)
            full[i + j * q] = packed[fp_packed(i, j)];
        if (!isfinite(full[i + i * q]))
            return fp_fail(err, FP_INPUT, "a column holds numbers too large to be squared");
    }
    double own = full[p + p * q];
    keep[p] = true;
    rows->total = own;
    (void)fp_chol(full, q, NULL, ALIAS_TOLERANCE, keep);
    *spread = own > 0 && full[p + p * q] > 1e-20 * own;
    for (ptrdiff_t j = 0; j < p; j++)
        if (keep[j]) {
            column[count] = column[j];
            shift[count] = shift[j];
            kept[count++] = kept[j];
        }
    column[count] = column[p];
    shift[count] = shift[p];
    rows->q = count + 1;
    kept[count] = p;
    for (ptrdiff_t i = 0; i <= count; i++) /* the packed products of the kept columns move up */
        for (ptrdiff_t j = 0; j <= i; j++)
            packed[fp_packed(i, j)] = packed[fp_packed(kept[i], kept[j])];
    rows->cross = packed;
    return FP_OK;
}

/* Sum of squares in lanes, for it is but a scale. */
static double square_of(ptrdiff_t n, const double *x)
{
    double lane[LANES] = {0}, sum = 0;
    ptrdiff_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] += x[i + l] * x[i + l];
    for (; i < n; i++)
        sum += x[i] * x[i];
    for (int l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static fp_status scale_random(const fp_lmm_data *data, fp_arena *arena, fp_lmm_rows *rows,
                              fp_err *err)
{
    const double **scale;
    ptrdiff_t *first;
    FP_ARRAY(scale, arena, data->blocks, err);
    FP_ARRAY(first, arena, data->blocks, err);
    rows->k = rows->k_residual;
    for (ptrdiff_t b = 0; b < data->blocks; b++) {
        double *own;
        FP_ARRAY(own, arena, data->block[b].width, err);
        for (ptrdiff_t e = 0; e < data->block[b].width; e++) {
            const double *x = data->block[b].column[e];
            double sum = x ? square_of(data->n, x) : 0;
            own[e] = 1;
            if (sum > 0 && isfinite(sum))
                own[e] = sqrt((double)data->n / sum);
        }
        scale[b] = own;
        first[b] = rows->k;
        rows->k += fp_packed_size(data->block[b].width);
    }
    rows->scale = scale;
    rows->first = first;
    return FP_OK;
}

static ptrdiff_t residual_parameters(const fp_lmm_data *data)
{
    switch (data->residual) {
    case FP_LMM_DIAGONAL:
        return data->waves - 1;
    case FP_LMM_SYMMETRIC:
    case FP_LMM_AR1:
        return 1;
    case FP_LMM_UNSTRUCTURED:
        return fp_packed_size(data->waves) - 1;
    case FP_LMM_INDEPENDENT:
        break;
    }
    return 0;
}

static fp_status take_weights(const fp_lmm_data *data, fp_arena *arena, fp_lmm_rows *rows,
                              fp_err *err)
{
    double *root;
    if (!data->weight)
        return FP_OK;
    FP_ARRAY(root, arena, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        root[i] = sqrt(data->weight[i]);
        rows->log_weight += log(data->weight[i]);
    }
    rows->root = root;
    return FP_OK;
}

fp_status fp_lmm_rows_make(const fp_lmm_data *data, int threads, fp_arena *arena, fp_lmm_rows *rows,
                           bool *spread, fp_err *err)
{
    const double **column;
    double *shift;
    ptrdiff_t *kept, q = data->p + 1;
    *rows = (fp_lmm_rows){.data = data, .n = data->n, .q = q, .threads = threads};
    FP_ARRAY(column, arena, q, err);
    FP_ARRAY(shift, arena, q, err);
    FP_ARRAY(kept, arena, q, err);
    for (ptrdiff_t j = 0; j < q; j++) {
        column[j] = j < data->p ? data->x[j] : data->y;
        kept[j] = j;
    }
    if (data->intercept)
        fp_parallel(threads, (long)q, take_mean, &(mean_pass){data, column, shift});
    rows->column = column;
    rows->shift = shift;
    rows->kept = kept;
    rows->k_residual = residual_parameters(data);
    FP_TRY(take_weights(data, arena, rows, err));
    FP_TRY(drop_aliased(rows, column, shift, kept, arena, spread, err));
    return scale_random(data, arena, rows, err);
}
