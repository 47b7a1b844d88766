#include <float.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "stats/cox_cluster_priv.h"
#include "stats/cox_rows_priv.h"
#include "stats/dense_priv.h"

/* Score residuals (docs/methods/cox.md eq. 5), four columns at a time. What a row needs of its
 * element of the grid stands together. */
enum { GROUP = FP_COX_GROUP };

typedef struct {
    double pull[GROUP]; /* Q: q summed from the start of the stratum */
    double own[GROUP];  /* q' */
    double mean[GROUP]; /* of the sub-events' means */
} element;

typedef struct {
    fp_cox_rows *rows;
    const int32_t *cluster;
    ptrdiff_t clusters;
    ptrdiff_t groups;  /* of columns */
    ptrdiff_t first;   /* group that element[0] belongs to */
    element **element; /* some groups x length */
    double *sums;      /* clusters x p: of w U */
} score_work;

static void fill_elements(const fp_cox_rows *w, ptrdiff_t group, element *e)
{
    const fp_cox_sums *s = &w->sums;
    const fp_risk *k = &w->risk;
    for (ptrdiff_t c = 0; c < GROUP && group * GROUP + c < w->q.p; c++) {
        ptrdiff_t j = group * GROUP + c;
        for (int32_t t = 0; t < k->strata; t++) {
            double pull = 0;
            for (int32_t g = k->first[t]; g < k->first[t + 1]; g++) {
                double deaths = k->deaths[g] * k->wbar[g];
                double s1 = fp_cox_s1_at(w, j, g), e1 = fp_cox_e1_at(w, j, g);
                pull += s->b0[g] * s1 - s->b1[g] * e1;
                e[g].pull[c] = pull;
                e[g].own[c] = s->b1[g] * s1 - s->b2[g] * e1;
                e[g].mean[c] = deaths > 0 ? (s->c0[g] * s1 - s->c1[g] * e1) / deaths : 0;
            }
        }
    }
}

/* w U of rows from.. for the columns of a group: out[c] is a column. */
static void group_scores(const fp_cox_rows *w, const element *e, ptrdiff_t group, ptrdiff_t from,
                         ptrdiff_t rows, double out[GROUP][FP_COX_LD])
{
    const fp_cox_sums *s = &w->sums;
    const double *x[GROUP], zero = 0;
    double mean[GROUP];
    ptrdiff_t step[GROUP];
    for (ptrdiff_t c = 0; c < GROUP; c++) {
        ptrdiff_t j = group * GROUP + c;
        x[c] = j < w->q.p ? w->column[j] + from : &zero;
        mean[c] = j < w->q.p ? w->mean[j] : 0;
        step[c] = j < w->q.p;
    }
    for (ptrdiff_t i = 0; i < rows; i++) {
        int32_t hi = w->risk.hi[from + i], lo = w->risk.lo[from + i];
        double r = s->r[from + i], hazard = s->h[hi] - s->h[lo], death = 0, own = 0;
        if (w->data.event[from + i]) {
            death = fp_row_weight(&w->data, from + i);
            hazard -= s->c1[hi];
            own = 1;
        }
        for (int c = 0; c < GROUP; c++) {
            double z = x[c][i * step[c]] - mean[c];
            double pull = e[hi].pull[c] - e[lo].pull[c] - own * e[hi].own[c];
            out[c][i] = death * (z - e[hi].mean[c]) - r * (z * hazard - pull);
        }
    }
}

static void elements_of(void *context, long k)
{
    const score_work *s = context;
    if (s->first + k < s->groups)
        fill_elements(s->rows, s->first + k, s->element[k]);
}

/* All rows of one group of columns, summed in their clusters. */
static void cluster_group(void *context, long k)
{
    const score_work *s = context;
    const fp_cox_rows *w = s->rows;
    ptrdiff_t group = s->first + k, n = w->risk.n;
    double out[GROUP][FP_COX_LD];
    if (group >= s->groups)
        return;
    fill_elements(w, group, s->element[k]);
    for (ptrdiff_t from = 0; from < n; from += FP_COX_BLOCK) {
        ptrdiff_t rows = n - from < FP_COX_BLOCK ? n - from : FP_COX_BLOCK;
        group_scores(w, s->element[k], group, from, rows, out);
        for (ptrdiff_t c = 0; c < GROUP && group * GROUP + c < w->q.p; c++) {
            double *sums = s->sums + (group * GROUP + c) * s->clusters;
            for (ptrdiff_t i = 0; i < rows; i++)
                sums[s->cluster[from + i]] += out[c][i];
        }
    }
}

/* Every row for itself: a chunk's share of sum U and of sum U U'. */
static void own_chunk(void *context, long chunk)
{
    const score_work *s = context;
    fp_cox_rows *w = s->rows;
    fp_cox_chunk *k = &w->chunk[chunk];
    ptrdiff_t p = w->q.p, end = fp_cox_chunk_end(w, chunk);
    double out[GROUP][FP_COX_LD], ones[FP_COX_LD];
    memset(k->partial, 0, (size_t)w->kernel->square_room(p) * sizeof *k->partial);
    memset(k->score, 0, (size_t)p * sizeof *k->score);
    for (ptrdiff_t i = 0; i < FP_COX_LD; i++)
        ones[i] = 1;
    for (ptrdiff_t from = chunk * w->per_chunk; from < end; from += FP_COX_BLOCK) {
        ptrdiff_t rows = end - from < FP_COX_BLOCK ? end - from : FP_COX_BLOCK;
        for (ptrdiff_t group = 0; group < s->groups; group++) {
            group_scores(w, s->element[group], group, from, rows, out);
            for (ptrdiff_t c = 0; c < GROUP && group * GROUP + c < p; c++)
                w->kernel->centre(out[c], 0, rows, k->z + (group * GROUP + c) * FP_COX_LD);
        }
        w->kernel->square(p, k->z, ones, rows, k->partial);
        w->kernel->dot(p, k->z, ones, rows, k->score);
    }
}

static fp_status create_elements(score_work *s, ptrdiff_t count, fp_arena *arena, fp_err *err)
{
    FP_ARRAY(s->element, arena, count, err);
    for (ptrdiff_t k = 0; k < count; k++)
        FP_ARRAY(s->element[k], arena, s->rows->risk.length, err);
    return FP_OK;
}

fp_status fp_cox_rows_clustered(fp_cox_rows *w, const int32_t *cluster, ptrdiff_t clusters,
                                fp_arena *arena, double *sums, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    ptrdiff_t groups = (w->q.p + GROUP - 1) / GROUP;
    ptrdiff_t wave = w->tables || groups < 2 ? groups : 2; /* a long grid: little at a time */
    score_work s = {w, cluster, clusters, groups, 0, NULL, sums};
    FP_TRY(create_elements(&s, wave, arena, err));
    memset(sums, 0, (size_t)(clusters * w->q.p) * sizeof *sums);
    for (; s.first < groups; s.first += wave)
        fp_parallel(w->threads, (long)wave, cluster_group, &s);
    fp_arena_rewind(arena, mark);
    return FP_OK;
}

/* sum U (p) and sum U U' (p x p) over the rows. */
static fp_status own_scores(fp_cox_rows *w, fp_arena *arena, double *sum, double *meat, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    ptrdiff_t p = w->q.p, groups = (p + GROUP - 1) / GROUP;
    score_work s = {w, NULL, 0, groups, 0, NULL, NULL};
    FP_TRY(create_elements(&s, groups, arena, err));
    fp_parallel(w->threads, (long)groups, elements_of, &s);
    fp_parallel(w->threads, (long)w->chunks, own_chunk, &s);
    memset(meat, 0, (size_t)(p * p) * sizeof *meat);
    for (ptrdiff_t j = 0; j < p; j++)
        sum[j] = 0;
    for (ptrdiff_t c = 0; c < w->chunks; c++) {
        w->kernel->square_sum(p, w->chunk[c].partial, meat);
        for (ptrdiff_t j = 0; j < p; j++)
            sum[j] += w->chunk[c].score[j];
    }
    for (ptrdiff_t j = 0; j < p; j++)
        for (ptrdiff_t i = j + 1; i < p; i++)
            meat[j + i * p] = meat[i + j * p];
    fp_arena_rewind(arena, mark);
    return FP_OK;
}

/* ---- the variance and its tests ---- */

typedef struct {
    fp_cox_rows *rows;
    const int32_t *cluster;
    ptrdiff_t clusters;
    double *totals; /* clusters x p; NULL where every row is its own cluster */
    double *sum;    /* p: of all scores */
    double *meat;   /* p x p */
    double *work;   /* p x p */
    double *vector; /* 2 p */
    bool *keep;     /* p */
} robust_work;

/* Sum and cross product of the clusters' scores at the linear predictor of now. */
static fp_status clustered(robust_work *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->rows->q.p;
    if (!w->cluster)
        return own_scores(w->rows, arena, w->sum, w->meat, err);
    FP_TRY(fp_cox_rows_clustered(w->rows, w->cluster, w->clusters, arena, w->totals, err));
    fp_cross_product(w->totals, w->clusters, p, w->meat);
    for (ptrdiff_t j = 0; j < p; j++) {
        w->sum[j] = 0;
        for (ptrdiff_t c = 0; c < w->clusters; c++)
            w->sum[j] += w->totals[c + j * w->clusters];
    }
    return FP_OK;
}

static fp_status robust_score(robust_work *w, double tolerance, fp_arena *arena, double *chisq,
                              fp_err *err)
{
    double *null_eta;
    FP_ARRAY(null_eta, arena, w->rows->risk.n, err);
    if (w->rows->offset)
        memcpy(null_eta, w->rows->offset, (size_t)w->rows->risk.n * sizeof *null_eta);
    fp_cox_rows_sums_at(w->rows, null_eta);
    fp_cox_rows_columns(w->rows);
    FP_TRY(clustered(w, arena, err));
    *chisq = fp_quadratic_inverse(w->meat, w->rows->q.p, w->sum, tolerance, w->keep, w->vector);
    return FP_OK;
}

static fp_status robust_create(robust_work *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t p = w->rows->q.p;
    if (w->cluster)
        FP_ARRAY(w->totals, arena, w->clusters * p, err);
    FP_ARRAY(w->sum, arena, p, err);
    FP_ARRAY(w->meat, arena, p * p, err);
    FP_ARRAY(w->work, arena, p * p, err);
    FP_ARRAY(w->vector, arena, 2 * p, err);
    FP_ARRAY(w->keep, arena, p, err);
    return FP_OK;
}

static fp_status robust_variance(robust_work *w, const fp_cox_fit *fit, double *var,
                                 fp_arena *arena, fp_cox_robust *robust, fp_err *err)
{
    ptrdiff_t p = w->rows->q.p;
    double tolerance = pow(DBL_EPSILON, 0.75);
    int32_t *size;
    FP_TRY(robust_create(w, arena, err));
    FP_ARRAY(size, arena, w->cluster ? w->clusters : 0, err);
    robust->clusters = fp_cluster_count(w->rows->risk.n, w->cluster, size);
    for (ptrdiff_t j = 0; j < p; j++)
        w->keep[j] = !isnan(fit->beta[j]);
    fp_cox_rows_at(w->rows, fit);
    FP_TRY(clustered(w, arena, err));
    fp_sandwich(fit->var, w->meat, p, w->work, var); /* eq. 6 */
    for (ptrdiff_t j = 0; j < p; j++)
        w->vector[j] = w->keep[j] ? fit->beta[j] : 0;
    memcpy(w->work, var, (size_t)(p * p) * sizeof *var);
    robust->wald_chisq =
        fp_quadratic_inverse(w->work, p, w->vector, tolerance, w->keep, w->vector + p);
    return robust_score(w, tolerance, arena, &robust->robust_score_chisq, err);
}

fp_status fp_cox_rows_robust(fp_cox_rows *rows, const fp_cox_fit *fit, const int32_t *cluster,
                             ptrdiff_t clusters, fp_arena *arena, fp_cox_robust *robust,
                             fp_err *err)
{
    FP_TRY(fp_cluster_check(rows->risk.n, cluster, clusters, err));
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    double *var;
    fp_cox_robust result = {0};
    FP_ARRAY(var, arena, rows->q.p * rows->q.p, err);
    robust_work w = {.rows = rows, .cluster = cluster, .clusters = clusters};
    FP_TRY(robust_variance(&w, fit, var, scratch, &result, err));
    result.var = var;
    *robust = result;
    return FP_OK;
}

fp_status fp_cox_robust_variance(const fp_survdata *data, ptrdiff_t p, const double *x,
                                 const double *offset, const fp_cox_fit *fit, fp_ties ties,
                                 const int32_t *cluster, ptrdiff_t clusters, fp_arena *arena,
                                 fp_cox_robust *robust, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    fp_cox_rows *rows;
    FP_TRY(fp_cox_rows_of(data, p, x, offset, ties, 1, scratch, &rows, err));
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = fp_cox_rows_robust(rows, fit, cluster, clusters, arena, robust, err);
    if (status != FP_OK)
        fp_arena_rewind(arena, mark);
    return status;
}
