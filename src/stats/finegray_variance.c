#include "base/parallel.h"
#include "stats/dense_priv.h"
#include "stats/finegray_priv.h"

/* Columns are worked on in a few lanes with scratch of their own: lane l takes l, l + lanes, ... */
enum { LANES = 8 };

typedef struct {
    double *before; /* grid: sum over times up to here of mean d / S0 */
    double *ahead;  /* grid x groups: sum over later times of G(t-) mean d / S0 */
    double *known;  /* grid x groups: sum over later events of the group of G(t-) / S0 */
    double *means;  /* grid x groups: the same of G(t-) mean / S0 */
    double *psi;    /* groups: the part of the hazard of being censored, up to here */
    double *left1, *left0, *q, *at_risk, *censored; /* groups */
} lane;

typedef struct {
    fp_finegray_rows *rows;
    const fp_finegray_sums *sums;
    int lanes;
    lane lane[LANES];
} job;

static fp_status make_lane(const fp_finegray_rows *rows, fp_arena *scratch, lane *l, fp_err *err)
{
    double **groups[] = {&l->psi, &l->left1, &l->left0, &l->q, &l->at_risk, &l->censored};
    FP_ARRAY(l->before, scratch, rows->times + 1, err);
    double **grids[] = {&l->ahead, &l->known, &l->means};
    for (size_t k = 0; k < sizeof grids / sizeof *grids; k++)
        FP_ARRAY(*grids[k], scratch, (rows->times + 1) * rows->groups, err);
    for (size_t k = 0; k < sizeof groups / sizeof *groups; k++)
        FP_ARRAY(*groups[k], scratch, rows->groups, err);
    return FP_OK;
}

static void sum_means(const job *w, lane *l, const double *mean)
{
    const fp_finegray_rows *rows = w->rows;
    ptrdiff_t grid = rows->times + 1;
    for (ptrdiff_t t = 1; t <= rows->times; t++)
        l->before[t] = l->before[t - 1] + mean[t] * w->sums->step[t];
    for (int32_t k = 0; k < rows->groups; k++) {
        ptrdiff_t first = k * grid, end = first + rows->times;
        l->ahead[end] = l->known[end] = l->means[end] = 0;
        for (ptrdiff_t t = rows->times; t > 0; t--) {
            double g = rows->present[first + t], s0 = w->sums->s0[t];
            double own = g * rows->shared[first + t] / s0;
            l->ahead[first + t - 1] = l->ahead[first + t] + g * mean[t] * w->sums->step[t];
            l->known[first + t - 1] = l->known[first + t] + own;
            l->means[first + t - 1] = l->means[first + t] + own * mean[t];
        }
        l->psi[k] = l->left1[k] = l->left0[k] = l->at_risk[k] = l->censored[k] = 0;
    }
    for (ptrdiff_t i = 0; i < rows->n; i++)
        l->at_risk[rows->group[i]]++;
}

/* The influence that a row would have if G were known: eta of eq. 12. */
static double influence(const job *w, const lane *l, const double *mean, ptrdiff_t i, double x)
{
    const fp_finegray_rows *rows = w->rows;
    ptrdiff_t t = rows->hi[i];
    double expected = l->before[t];
    if (rows->kind[i] == FP_FINEGRAY_OTHER)
        expected += l->ahead[t + rows->group[i] * (rows->times + 1)] / rows->own[i];
    double eta = w->sums->r[i] * (expected - x * w->sums->v[i]);
    return rows->kind[i] == FP_FINEGRAY_CAUSE ? eta + (x - mean[t]) : eta;
}

/* q of the groups in which somebody is censored in this block of rows with one time, over rows and
 * events of the group alone, as crr has it; `t` is the last element of the grid before the time. */
static void censor(const job *w, lane *l, ptrdiff_t first, ptrdiff_t last, ptrdiff_t t)
{
    const fp_finegray_rows *rows = w->rows;
    for (ptrdiff_t i = first; i < last; i++)
        if (rows->kind[i] == FP_FINEGRAY_CENSORED)
            l->censored[rows->group[i]]++;
    for (ptrdiff_t i = first; i < last; i++) {
        int32_t k = rows->group[i];
        if (!(l->censored[k] > 0))
            continue;
        ptrdiff_t at = t + k * (rows->times + 1);
        l->q[k] = l->left1[k] * l->known[at] - l->left0[k] * l->means[at];
        l->psi[k] -= l->q[k] * l->censored[k] / (l->at_risk[k] * l->at_risk[k]);
        l->censored[k] = 0;
    }
}

/* Rows of one time: their influences in place of x, then they leave. */
static void leave_block(const job *w, lane *l, const double *mean, double *x, ptrdiff_t first,
                        ptrdiff_t last)
{
    const fp_finegray_rows *rows = w->rows;
    const double *r = w->sums->r;
    for (ptrdiff_t i = first; i < last; i++) {
        int32_t k = rows->group[i];
        double z = x[i], psi = l->psi[k];
        if (rows->kind[i] == FP_FINEGRAY_CENSORED)
            psi += l->q[k] / l->at_risk[k];
        x[i] = influence(w, l, mean, i, z) + psi;
        if (rows->kind[i] == FP_FINEGRAY_OTHER) {
            l->left1[k] += r[i] * z / rows->own[i];
            l->left0[k] += r[i] / rows->own[i];
        }
    }
    for (ptrdiff_t i = first; i < last; i++)
        l->at_risk[rows->group[i]]--;
}

static void column(const job *w, lane *l, ptrdiff_t j)
{
    const fp_finegray_rows *rows = w->rows;
    const double *mean = w->sums->mean + j * (rows->times + 1);
    double *x = rows->x + j * rows->n;
    ptrdiff_t t = 0; /* last element of the grid before the time of the block */
    sum_means(w, l, mean);
    for (ptrdiff_t first = 0, last; first < rows->n; first = last) {
        for (last = first; last < rows->n && !(rows->time[last] > rows->time[first]);)
            last++;
        censor(w, l, first, last, t);
        leave_block(w, l, mean, x, first, last);
        t = rows->hi[first];
    }
}

static void run_lane(void *context, long i)
{
    job *w = context;
    for (ptrdiff_t j = i; j < w->rows->p; j += w->lanes)
        column(w, &w->lane[i], j);
}

/* Sum over a chunk of rows of the products of `value`, rows x p. */
typedef struct {
    const double *value;
    ptrdiff_t n, p;
    double *part; /* chunks x p x p */
} product_job;

static void product_chunk(void *context, long c)
{
    const product_job *w = context;
    ptrdiff_t first = c * FP_FINEGRAY_CHUNK, last = first + FP_FINEGRAY_CHUNK;
    if (last > w->n)
        last = w->n;
    double *part = w->part + c * w->p * w->p;
    for (ptrdiff_t j = 0; j < w->p; j++)
        for (ptrdiff_t k = 0; k <= j; k++) {
            const double *a = w->value + j * w->n, *b = w->value + k * w->n;
            double sum = 0;
            for (ptrdiff_t i = first; i < last; i++)
                sum += a[i] * b[i];
            part[k + j * w->p] = part[j + k * w->p] = sum;
        }
}

static fp_status products(const double *value, ptrdiff_t n, ptrdiff_t p, int threads,
                          fp_arena *scratch, double *out, fp_err *err)
{
    long chunks = fp_finegray_chunks(n);
    product_job w = {value, n, p, NULL};
    FP_ARRAY(w.part, scratch, chunks * p * p, err);
    fp_parallel(threads, chunks, product_chunk, &w);
    for (long c = 0; c < chunks; c++)
        for (ptrdiff_t k = 0; k < p * p; k++)
            out[k] += w.part[c * p * p + k];
    return FP_OK;
}

/* Influences summed within clusters; gives how many have rows. */
static fp_status sum_clusters(const fp_finegray_rows *rows, const int32_t *cluster,
                              ptrdiff_t clusters, fp_arena *scratch, double **out,
                              ptrdiff_t *with_rows, fp_err *err)
{
    double *sum;
    bool *seen;
    FP_ARRAY(sum, scratch, clusters * rows->p, err);
    FP_ARRAY(seen, scratch, clusters, err);
    *with_rows = 0;
    for (ptrdiff_t i = 0; i < rows->n; i++) {
        int32_t c = cluster[rows->row[i]];
        if (c < 0 || c >= clusters)
            return fp_fail(err, FP_ARG, "row %d: cluster %d of %td", (int)rows->row[i], (int)c,
                           clusters);
        *with_rows += !seen[c];
        seen[c] = true;
        for (ptrdiff_t j = 0; j < rows->p; j++)
            sum[c + j * clusters] += rows->x[i + j * rows->n];
    }
    *out = sum;
    return FP_OK;
}

fp_status fp_finegray_variance(fp_finegray_rows *rows, const fp_finegray_sums *sums,
                               const int32_t *cluster, ptrdiff_t clusters, const double *inverse,
                               double *robust, ptrdiff_t *with_rows, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    ptrdiff_t p = rows->p, n = rows->n;
    job w = {.rows = rows, .sums = sums, .lanes = p < LANES ? (int)p : LANES};
    double *meat, *work, *value = rows->x;
    FP_ARRAY(meat, scratch, p * p, err);
    FP_ARRAY(work, scratch, p * p, err);
    for (int i = 0; i < w.lanes; i++)
        FP_TRY(make_lane(rows, scratch, &w.lane[i], err));
    fp_parallel(rows->threads, w.lanes, run_lane, &w);
    *with_rows = 0;
    if (cluster) {
        FP_TRY(sum_clusters(rows, cluster, clusters, scratch, &value, with_rows, err));
        n = clusters;
    }
    FP_TRY(products(value, n, p, rows->threads, scratch, meat, err));
    fp_sandwich(inverse, meat, p, work, robust);
    return FP_OK;
}
