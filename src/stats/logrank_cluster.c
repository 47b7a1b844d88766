#include "base/parallel.h"
#include "stats/cox_cluster_priv.h"
#include "stats/km_priv.h"
#include "stats/logrank_priv.h"
#include "stats/risk_priv.h"

/* Sums of all pieces together at most this many numbers, unless it is one piece. */
#define SUMS_MOST ((ptrdiff_t)1 << 23)

typedef struct {
    const fp_logrank_work *w;
    long pieces;
    ptrdiff_t clusters; /* 0 = every row on its own: the cross products are made at once */
    double *sums;       /* pieces x clusters x groups, or pieces x groups x groups */
    double *residual;   /* pieces x groups */
} cluster_pass;

static ptrdiff_t position(const fp_logrank_work *w, int32_t s, double t)
{
    ptrdiff_t first = w->first[s];
    return first + fp_count_upto(w->time + first, w->first[s + 1] - first, t, true) - 1;
}

/* eq. 14 of docs/methods/kaplan-meier.md, times the weight of the row. */
static void row_residual(const fp_logrank_work *w, ptrdiff_t i, int32_t own, double *u)
{
    ptrdiff_t g = w->groups, begin;
    int32_t s = fp_row_stratum(w->data, i);
    ptrdiff_t out = position(w, s, w->data->stop[i]);
    ptrdiff_t in = w->data->start ? position(w, s, w->data->start[i]) : -1;
    begin = w->first[s];
    bool late = w->data->start && in >= begin;
    for (ptrdiff_t a = 0; a < g; a++)
        u[a] = 0;
    if (out < begin)
        return;
    double c = w->data->event[i] ? w->weight[out] : 0, weight = fp_row_weight(w->data, i);
    double hazard = w->hazard[out] - (late ? w->hazard[in] : 0);
    for (ptrdiff_t a = 0; a < g; a++) {
        double passed = w->passed[out * g + a] - (late ? w->passed[in * g + a] : 0);
        double mine = a == own ? 1 : 0;
        u[a] = weight * (c * (mine - w->share[out * g + a]) - (mine * hazard - passed));
    }
}

static void sum_piece(void *context, long piece)
{
    const cluster_pass *p = context;
    const fp_logrank_work *w = p->w;
    ptrdiff_t g = w->groups;
    fp_piece rows = fp_piece_of(w->data->n, p->pieces, piece);
    double *u = p->residual + piece * g;
    double *sums = p->sums + piece * (p->clusters ? p->clusters : g) * g;
    for (ptrdiff_t i = rows.first; i < rows.last; i++) {
        int32_t own = w->place[w->group[i]];
        if (own < 0)
            continue;
        row_residual(w, i, own, u);
        if (p->clusters) {
            double *sum = sums + w->options->cluster[i] * g;
            for (ptrdiff_t a = 0; a < g; a++)
                sum[a] += u[a];
            continue;
        }
        for (ptrdiff_t a = 0; a < g; a++)
            for (ptrdiff_t b = 0; b < g; b++)
                sums[a + b * g] += u[a] * u[b];
    }
}

fp_status fp_logrank_cluster_variance(const fp_logrank_work *w, fp_arena *scratch, double *var,
                                      fp_err *err)
{
    ptrdiff_t g = w->groups;
    const int32_t *cluster = w->options->cluster;
    cluster_pass p = {.w = w, .pieces = fp_pieces(w->data->n)};
    if (cluster) {
        p.clusters = w->options->clusters;
        FP_TRY(fp_cluster_check(w->data->n, cluster, p.clusters, err));
    }
    ptrdiff_t size = (p.clusters ? p.clusters : g) * g;
    while (p.pieces > 1 && p.pieces * size > SUMS_MOST)
        p.pieces /= 2;
    FP_ARRAY(p.sums, scratch, p.pieces * size, err);
    FP_ARRAY(p.residual, scratch, p.pieces * g, err);
    fp_parallel(w->options->threads, p.pieces, sum_piece, &p);
    for (long i = 1; i < p.pieces; i++)
        for (ptrdiff_t k = 0; k < size; k++)
            p.sums[k] += p.sums[i * size + k];
    for (ptrdiff_t k = 0; k < g * g; k++)
        var[k] = p.clusters ? 0 : p.sums[k];
    for (ptrdiff_t c = 0; c < p.clusters; c++)
        for (ptrdiff_t a = 0; a < g; a++)
            for (ptrdiff_t b = 0; b < g; b++)
                var[a + b * g] += p.sums[c * g + a] * p.sums[c * g + b];
    return FP_OK;
}
