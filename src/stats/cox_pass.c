#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/cox_rows_priv.h"

/* Two passes over the rows give a Newton step (docs/methods/cox.md, the engine): the first makes
 * the linear predictor, r and the sums S0, E0, S1 and E1 of each element of the grid; the second
 * the score and the first part of the information, for which H must be known. Rows are taken in
 * the order of the file; nothing is sorted and no column is copied. */

/* eta - shift beyond this size may bring sums out of range. */
#define WIDE_ETA 250.0

/* ---- first pass ---- */

typedef struct {
    fp_cox_rows *w;
    const double *beta; /* NULL: eta is given */
    const double *eta;
    double *out; /* n, or NULL */
} first_pass;

static void load_block(const fp_cox_rows *w, ptrdiff_t from, ptrdiff_t rows, double *z)
{
    for (ptrdiff_t j = 0; j < w->q.p; j++)
        w->kernel->centre(w->column[j] + from, w->mean[j], rows, z + j * FP_COX_LD);
}

/* The linear predictor of a block, less the shift of the stratum. */
static void block_eta(const first_pass *f, fp_cox_chunk *k, ptrdiff_t from, ptrdiff_t rows)
{
    const fp_cox_rows *w = f->w;
    const double *given = f->beta ? w->offset : f->eta;
    for (ptrdiff_t i = 0; i < rows; i++)
        k->eta[i] = given ? given[from + i] : 0;
    for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
        k->eta[i] = 0;
    if (f->beta) {
        w->kernel->predict(w->q.p, k->z, f->beta, rows, k->eta);
        memcpy(f->out + from, k->eta, (size_t)rows * sizeof *k->eta);
    }
    for (ptrdiff_t i = 0; w->any_shift && i < rows; i++)
        k->eta[i] -= w->sums.shift[fp_row_stratum(&w->data, from + i)];
}

/* r of the rows that are at risk anywhere, and their places in the table. */
static void block_risk(fp_cox_rows *w, fp_cox_chunk *k, ptrdiff_t from, ptrdiff_t rows)
{
    const int32_t *lo = w->risk.lo + from, *hi = w->risk.hi + from, *event = w->data.event + from;
    const double *weight = w->data.weight ? w->data.weight + from : NULL;
    double largest = w->kernel->risk(k->eta, weight, rows, k->r);
    k->largest = largest > k->largest ? largest : k->largest;
    for (ptrdiff_t i = 0; i < rows; i++) {
        k->r[i] = lo[i] < hi[i] ? k->r[i] : 0;
        k->segment[i] = 2 * hi[i] + (event[i] != 0);
        if (event[i])
            k->deaths += weight ? weight[i] * k->eta[i] : k->eta[i];
    }
    memcpy(w->sums.r + from, k->r, (size_t)rows * sizeof *k->r);
}

static void block_table(const fp_cox_rows *w, fp_cox_chunk *k, ptrdiff_t from, ptrdiff_t rows)
{
    ptrdiff_t p = w->q.p;
    w->kernel->scatter(p, k->z, k->r, k->segment, rows, p + 1, k->table);
    if (!w->data.start)
        return;
    for (ptrdiff_t i = 0; i < rows; i++) {
        k->back[i] = -k->r[i];
        k->entry[i] = 2 * w->risk.lo[from + i];
    }
    w->kernel->scatter(p, k->z, k->back, k->entry, rows, p + 1, k->table);
}

static void first_chunk(void *context, long chunk)
{
    const first_pass *f = context;
    fp_cox_rows *w = f->w;
    fp_cox_chunk *k = &w->chunk[chunk];
    k->deaths = k->largest = 0;
    if (w->tables)
        memset(k->table, 0, (size_t)(2 * w->risk.length * (w->q.p + 1)) * sizeof *k->table);
    ptrdiff_t end = fp_cox_chunk_end(w, chunk);
    for (ptrdiff_t from = chunk * w->per_chunk; from < end; from += FP_COX_BLOCK) {
        ptrdiff_t rows = end - from < FP_COX_BLOCK ? end - from : FP_COX_BLOCK;
        if (w->tables || f->beta)
            load_block(w, from, rows, k->z);
        block_eta(f, k, from, rows);
        block_risk(w, k, from, rows);
        if (w->tables)
            block_table(w, k, from, rows);
    }
}

/* Add the tables of all chunks into that of the first, a stretch of segments at a time. */
static void merge_stretch(void *context, long stretch)
{
    const fp_cox_rows *w = context;
    ptrdiff_t p = w->q.p, m = w->risk.length;
    ptrdiff_t from = 2 * m * stretch / 16 * (p + 1), end = 2 * m * (stretch + 1) / 16 * (p + 1);
    double *sum = w->chunk[0].table;
    for (ptrdiff_t c = 1; c < w->chunks; c++)
        for (ptrdiff_t i = from; i < end; i++)
            sum[i] += w->chunk[c].table[i];
}

/* Sums from each element to the end of its stratum, FP_COX_GROUP columns at a time. */
static void suffix_group(const fp_risk *k, double *values)
{
    for (int32_t s = 0; s < k->strata; s++)
        for (ptrdiff_t g = k->first[s + 1] - 2; g >= k->first[s]; g--)
            for (int c = 0; c < FP_COX_GROUP; c++)
                values[g * FP_COX_GROUP + c] += values[(g + 1) * FP_COX_GROUP + c];
}

static void sums_of_table(fp_cox_rows *w)
{
    ptrdiff_t p = w->q.p, m = w->risk.length;
    fp_cox_sums *s = &w->sums;
    if (w->chunks > 1)
        fp_parallel(w->threads, 16, merge_stretch, w);
    for (ptrdiff_t g = 0; g < m; g++) {
        const double *lives = w->chunk[0].table + 2 * g * (p + 1), *dies = lives + p + 1;
        s->s0[g] = lives[0] + dies[0];
        s->e0[g] = dies[0];
        for (ptrdiff_t j = 0; j < p; j++) {
            ptrdiff_t group = j / FP_COX_GROUP, c = j % FP_COX_GROUP;
            w->s1[(group * m + g) * FP_COX_GROUP + c] = lives[j + 1] + dies[j + 1];
            if (w->e1 && w->tied[g] >= 0)
                w->e1[(group * w->tied_length + w->tied[g]) * FP_COX_GROUP + c] = dies[j + 1];
        }
    }
    fp_risk_suffix(&w->risk, s->s0);
    for (ptrdiff_t k = 0; k < w->groups; k++)
        suffix_group(&w->risk, w->s1 + k * m * FP_COX_GROUP);
}

static void tie_chunk(void *context, long chunk)
{
    fp_cox_rows *w = context;
    ptrdiff_t m = w->risk.length;
    w->grid_loglik[chunk] = fp_cox_sums_ties(&w->q, m * chunk / w->grid_chunks,
                                             m * (chunk + 1) / w->grid_chunks, &w->sums);
}

/* The largest linear predictor of each stratum among rows that count. */
static void make_shift(fp_cox_rows *w, const double *eta)
{
    for (int32_t t = 0; t < w->risk.strata; t++)
        w->sums.shift[t] = -HUGE_VAL;
    for (ptrdiff_t i = 0; i < w->risk.n; i++) {
        double *shift = &w->sums.shift[fp_row_stratum(&w->data, i)];
        if (w->risk.lo[i] < w->risk.hi[i] && eta[i] > *shift)
            *shift = eta[i];
    }
    for (int32_t t = 0; t < w->risk.strata; t++) /* nobody counts in it */
        if (!isfinite(w->sums.shift[t]))
            w->sums.shift[t] = 0;
    w->any_shift = true;
}

static double largest_of(const fp_cox_rows *w)
{
    double largest = 0;
    for (ptrdiff_t c = 0; c < w->chunks; c++)
        largest = w->chunk[c].largest > largest ? w->chunk[c].largest : largest;
    return largest;
}

/* Whether no linear predictor can overflow. */
static bool is_safe(const fp_cox_rows *w, const double *beta)
{
    double most = 0;
    for (ptrdiff_t j = 0; beta && j < w->q.p; j++)
        most += fabs(beta[j]) * (w->most[j] - w->least[j]);
    return most < 1e300;
}

static void make_sums(fp_cox_rows *w, const double *beta, const double *eta, double *out)
{
    first_pass f = {w, beta, eta, out};
    fp_cox_sums *s = &w->sums;
    w->at = NULL;
    s->loglik = FP_NUM_NAN;
    if (!is_safe(w, beta))
        return;
    fp_parallel(w->threads, w->chunks, first_chunk, &f);
    if (largest_of(w) > WIDE_ETA) {
        make_shift(w, eta);
        f.beta = NULL;
        fp_parallel(w->threads, w->chunks, first_chunk, &f);
    }
    w->have_columns = w->tables;
    if (w->tables)
        sums_of_table(w);
    else
        fp_cox_grid_sum(&w->q, s->r, NULL, 0, s->s0, s->e0);
    double loglik = 0;
    for (ptrdiff_t c = 0; c < w->chunks; c++)
        loglik += w->chunk[c].deaths;
    fp_parallel(w->threads, w->grid_chunks, tie_chunk, w);
    for (ptrdiff_t c = 0; c < w->grid_chunks; c++)
        loglik -= w->grid_loglik[c];
    memcpy(s->h, s->c0, (size_t)w->risk.length * sizeof *s->h);
    fp_risk_prefix(&w->risk, s->h);
    s->loglik = loglik;
}

void fp_cox_rows_sums(fp_cox_rows *w, const double *beta, double *eta)
{
    make_sums(w, beta, eta, eta);
}

void fp_cox_rows_sums_at(fp_cox_rows *w, const double *eta)
{
    make_sums(w, NULL, eta, NULL);
}

/* ---- S1 and E1 on a long grid: a group of columns at a time ---- */

enum { AHEAD = 24 }; /* rows whose places in the table are fetched beforehand */

static void sum_group(void *context, long group)
{
    const fp_cox_rows *w = context;
    const fp_risk *k = &w->risk;
    double *s1 = w->s1 + group * k->length * FP_COX_GROUP, mean[FP_COX_GROUP];
    double *e1 = w->e1 ? w->e1 + group * w->tied_length * FP_COX_GROUP : NULL;
    const double *x[FP_COX_GROUP];
    for (ptrdiff_t c = 0; c < FP_COX_GROUP; c++) { /* beyond the last column: it once more */
        ptrdiff_t j = group * FP_COX_GROUP + c < w->q.p ? group * FP_COX_GROUP + c : w->q.p - 1;
        x[c] = w->column[j];
        mean[c] = w->mean[j];
    }
    memset(s1, 0, (size_t)(k->length * FP_COX_GROUP) * sizeof *s1);
    if (e1)
        memset(e1, 0, (size_t)(w->tied_length * FP_COX_GROUP) * sizeof *e1);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double share[FP_COX_GROUP], r = w->sums.r[i];
        double *at = s1 + (ptrdiff_t)k->hi[i] * FP_COX_GROUP;
        if (i + AHEAD < k->n)
            __builtin_prefetch(s1 + (ptrdiff_t)k->hi[i + AHEAD] * FP_COX_GROUP, 1);
        for (int c = 0; c < FP_COX_GROUP; c++) {
            share[c] = r * (x[c][i] - mean[c]);
            at[c] += share[c];
        }
        if (w->data.start)
            for (int c = 0; c < FP_COX_GROUP; c++)
                s1[(ptrdiff_t)k->lo[i] * FP_COX_GROUP + c] -= share[c];
        if (e1 && w->data.event[i] && w->tied[k->hi[i]] >= 0)
            for (int c = 0; c < FP_COX_GROUP; c++)
                e1[(ptrdiff_t)w->tied[k->hi[i]] * FP_COX_GROUP + c] += share[c];
    }
    suffix_group(k, s1);
}

void fp_cox_rows_columns(fp_cox_rows *w)
{
    if (!w->have_columns)
        fp_parallel(w->threads, (long)w->groups, sum_group, w);
    w->have_columns = true;
}

/* ---- second pass: eq. 2 and the first part of eq. 3 ---- */

typedef struct {
    fp_cox_rows *w;
    int count;
    const double *const *weight;
    ptrdiff_t room; /* of kernel->square */
} second_pass;

/* v_i = r_i (H(hi) - H(lo) - d_i C1), the share of the information; u_i = d_i w_i - v_i, that of
 * the score. */
static void block_shares(const second_pass *s, fp_cox_chunk *k, int which, ptrdiff_t from,
                         ptrdiff_t rows)
{
    const fp_cox_rows *w = s->w;
    const int32_t *lo = w->risk.lo + from, *hi = w->risk.hi + from, *event = w->data.event + from;
    const double *r = w->sums.r + from, *c1 = w->sums.c1, *weight = s->weight[which];
    const double *h = weight ? w->h[which] : w->sums.h;
    double *v = k->v[which], *u = k->u[which];
    for (ptrdiff_t i = 0; i < rows; i++) {
        double hazard = h[hi[i]] - h[lo[i]], death = 0;
        if (event[i]) {
            double times = weight ? weight[hi[i]] : 1;
            hazard -= times * c1[hi[i]];
            death = times * fp_row_weight(&w->data, from + i);
        }
        v[i] = r[i] * hazard;
        u[i] = death - v[i];
    }
    for (ptrdiff_t i = rows; i < fp_cox_padded(rows); i++)
        v[i] = u[i] = 0;
}

static void second_chunk(void *context, long chunk)
{
    const second_pass *s = context;
    fp_cox_rows *w = s->w;
    fp_cox_chunk *k = &w->chunk[chunk];
    ptrdiff_t p = w->q.p, end = fp_cox_chunk_end(w, chunk);
    memset(k->partial, 0, (size_t)(s->count * s->room) * sizeof *k->partial);
    memset(k->score, 0, (size_t)(s->count * p) * sizeof *k->score);
    for (ptrdiff_t from = chunk * w->per_chunk; from < end; from += FP_COX_BLOCK) {
        ptrdiff_t rows = end - from < FP_COX_BLOCK ? end - from : FP_COX_BLOCK;
        load_block(w, from, rows, k->z);
        for (int which = 0; which < s->count; which++) {
            block_shares(s, k, which, from, rows);
            w->kernel->square(p, k->z, k->v[which], rows, k->partial + which * s->room);
            w->kernel->dot(p, k->z, k->u[which], rows, k->score + which * p);
        }
    }
}

/* ---- second part of eq. 3, a square completed so that one vector does where nobody is tied:
 * B0 S1S1' - B1 (S1E1' + E1S1') + B2 E1E1' = B0 mm' + (B2 - B1^2/B0) E1E1', m = S1 - (B1/B0) E1 */

static void grid_block(const fp_cox_rows *w, ptrdiff_t from, ptrdiff_t rows, double *z)
{
    ptrdiff_t m = w->risk.length;
    const fp_cox_sums *s = &w->sums;
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        ptrdiff_t at = (j / FP_COX_GROUP * m + from) * FP_COX_GROUP + j % FP_COX_GROUP;
        double *to = z + j * FP_COX_LD;
        for (ptrdiff_t g = 0; g < rows; g++)
            to[g] = w->s1[at + g * FP_COX_GROUP];
        for (ptrdiff_t g = from; w->e1 && g < from + rows; g++)
            if (w->tied[g] >= 0)
                to[g - from] -= s->b1[g] / s->b0[g] * fp_cox_e1_at(w, j, g);
        for (ptrdiff_t g = rows; g < fp_cox_padded(rows); g++)
            to[g] = 0;
    }
}

/* E1 where several die, and the coefficients. Returns how many of the elements do. */
static ptrdiff_t tied_block(const fp_cox_rows *w, ptrdiff_t from, ptrdiff_t rows, double *z,
                            ptrdiff_t *element)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t g = from; w->e1 && g < from + rows; g++)
        if (w->tied[g] >= 0)
            element[count++] = g;
    for (ptrdiff_t j = 0; j < w->q.p; j++) {
        double *to = z + j * FP_COX_LD;
        for (ptrdiff_t k = 0; k < count; k++)
            to[k] = fp_cox_e1_at(w, j, element[k]);
        for (ptrdiff_t k = count; k < fp_cox_padded(count); k++)
            to[k] = 0;
    }
    return count;
}

/* v = -B0, or for `tied` elements -(B2 - B1^2/B0), times the weight. */
static void grid_coefficients(const second_pass *p, const ptrdiff_t *element, ptrdiff_t count,
                              bool tied, int which, double *v)
{
    const fp_cox_sums *s = &p->w->sums;
    const double *weight = p->weight[which];
    for (ptrdiff_t k = 0; k < count; k++) {
        ptrdiff_t g = element[k];
        double b = tied ? s->b2[g] - s->b1[g] * s->b1[g] / s->b0[g] : s->b0[g];
        v[k] = weight ? -b * weight[g] : -b;
    }
    for (ptrdiff_t k = count; k < fp_cox_padded(count); k++)
        v[k] = 0;
}

static void grid_chunk(void *context, long chunk)
{
    const second_pass *s = context;
    fp_cox_rows *w = s->w;
    ptrdiff_t p = w->q.p, m = w->risk.length, end = m * (chunk + 1) / w->grid_chunks;
    ptrdiff_t element[FP_COX_BLOCK];
    double *partial = w->grid_partial + chunk * FP_COX_WEIGHTINGS * s->room;
    double *z = w->grid_block + chunk * FP_COX_LD * p, v[FP_COX_LD];
    memset(partial, 0, (size_t)(s->count * s->room) * sizeof *partial);
    for (ptrdiff_t from = m * chunk / w->grid_chunks; from < end; from += FP_COX_BLOCK) {
        ptrdiff_t rows = end - from < FP_COX_BLOCK ? end - from : FP_COX_BLOCK;
        for (ptrdiff_t g = 0; g < rows; g++)
            element[g] = from + g;
        grid_block(w, from, rows, z);
        for (int which = 0; which < s->count; which++) {
            grid_coefficients(s, element, rows, false, which, v);
            w->kernel->square(p, z, v, rows, partial + which * s->room);
        }
        ptrdiff_t tied = tied_block(w, from, rows, z, element);
        for (int which = 0; which < s->count && tied > 0; which++) {
            grid_coefficients(s, element, tied, true, which, v);
            w->kernel->square(p, z, v, tied, partial + which * s->room);
        }
    }
}

/* ---- together ---- */

static void weigh_hazard(fp_cox_rows *w, const double *weight, double *h)
{
    for (ptrdiff_t g = 0; weight && g < w->risk.length; g++)
        h[g] = weight[g] * w->sums.c0[g];
    if (weight)
        fp_risk_prefix(&w->risk, h);
}

static void collect(const second_pass *s, int which, double *score, double *info, double *base)
{
    const fp_cox_rows *w = s->w;
    ptrdiff_t p = w->q.p;
    memset(info, 0, (size_t)(p * p) * sizeof *info);
    for (ptrdiff_t j = 0; score && j < p; j++)
        score[j] = 0;
    for (ptrdiff_t c = 0; c < w->chunks; c++) {
        w->kernel->square_sum(p, w->chunk[c].partial + which * s->room, info);
        for (ptrdiff_t j = 0; score && j < p; j++)
            score[j] += w->chunk[c].score[which * p + j];
    }
    for (ptrdiff_t j = 0; base && j < p; j++)
        base[j] = info[j + j * p];
    for (ptrdiff_t c = 0; c < w->grid_chunks; c++)
        w->kernel->square_sum(p, w->grid_partial + (c * FP_COX_WEIGHTINGS + which) * s->room, info);
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            info[j + i * p] = info[i + j * p];
}

void fp_cox_rows_derive(fp_cox_rows *w, int count, const double *const *weight,
                        double *const *score, double *const *info, double *base)
{
    second_pass s = {w, count, weight, w->kernel->square_room(w->q.p)};
    fp_cox_rows_columns(w);
    for (int which = 0; which < count; which++)
        weigh_hazard(w, weight[which], w->h[which]);
    fp_parallel(w->threads, w->chunks, second_chunk, &s);
    fp_parallel(w->threads, w->grid_chunks, grid_chunk, &s);
    for (int which = 0; which < count; which++)
        collect(&s, which, score ? score[which] : NULL, info[which], which == 0 ? base : NULL);
}

void fp_cox_rows_at(fp_cox_rows *w, const fp_cox_fit *fit)
{
    if (w->at == fit->eta)
        return;
    fp_cox_rows_sums_at(w, fit->eta);
    fp_cox_rows_columns(w);
}
