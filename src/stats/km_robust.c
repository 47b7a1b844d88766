#include <math.h>

#include "base/num.h"
#include "stats/cox_cluster_priv.h"
#include "stats/km_priv.h"
#include "stats/risk_priv.h"
#include "stats/sort.h"

/* Below so many clusters times steps every step adds up all clusters. */
#define DIRECT_MOST ((ptrdiff_t)1 << 24)

/* The sums over clusters that a variance needs: with bb = sum B^2, by = sum B Y and yy = sum Y^2 it
 * is bb - 2 H by + H^2 yy. */
typedef struct {
    double bb, by;
} pair_sums;

typedef struct {
    const fp_survdata *data;
    const fp_km_curve *curve;
    ptrdiff_t n;
    const uint32_t *leaving;  /* n rows of the group in the order of stop */
    const uint32_t *entering; /* the same in the order of start; NULL = all from the beginning */
    const int32_t *local;     /* all rows of the data: cluster within the group */
    ptrdiff_t clusters;       /* of the group */
    double *y;                /* clusters: weight at risk */
    double *b[2];             /* clusters: for log S and for the hazard */
    double h[2];              /* the two hazards so far */
    pair_sums sums[2];
    double yy;
    ptrdiff_t touched; /* since the sums were last made from all clusters */
    bool direct;
} sweep;

static void touch(sweep *s, int32_t c, double weight, double b0, double b1)
{
    const double add[2] = {b0, b1};
    double old = s->y[c], now = old + weight;
    for (int k = 0; k < 2 && !s->direct; k++) {
        double before = s->b[k][c], after = before + add[k];
        s->sums[k].bb += after * after - before * before;
        s->sums[k].by += after * now - before * old;
    }
    s->yy += now * now - old * old;
    for (int k = 0; k < 2; k++)
        s->b[k][c] += add[k];
    s->y[c] = now;
    s->touched++;
}

static void refresh(sweep *s)
{
    s->yy = 0;
    s->sums[0] = s->sums[1] = (pair_sums){0, 0};
    for (ptrdiff_t c = 0; c < s->clusters; c++) {
        s->yy += s->y[c] * s->y[c];
        for (int k = 0; k < 2; k++) {
            s->sums[k].bb += s->b[k][c] * s->b[k][c];
            s->sums[k].by += s->b[k][c] * s->y[c];
        }
    }
    s->touched = 0;
}

static double variance(const sweep *s, int k)
{
    double h = s->h[k], sum = 0;
    if (!s->direct)
        return fmax(s->sums[k].bb - 2 * h * s->sums[k].by + h * h * s->yy, 0);
    for (ptrdiff_t c = 0; c < s->clusters; c++) {
        double influence = s->b[k][c] - s->y[c] * h;
        sum += influence * influence;
    }
    return sum;
}

/* A row comes under observation: what it missed of the hazards is given back to it. */
static void enter(sweep *s, ptrdiff_t row)
{
    double w = fp_row_weight(s->data, row);
    touch(s, s->local[row], w, w * s->h[0], w * s->h[1]);
}

static void leave(sweep *s, ptrdiff_t row, double y, double d)
{
    double w = fp_row_weight(s->data, row);
    bool event = s->data->event[row] != 0;
    touch(s, s->local[row], -w, (event && y > d ? w / (y - d) : 0) - w * s->h[0],
          (event ? w / y : 0) - w * s->h[1]);
}

static void run_sweep(sweep *s, double *se, double *hazard_se)
{
    const fp_km_curve *curve = s->curve;
    ptrdiff_t in = 0, out = 0;
    if (!s->entering)
        for (; in < s->n; in++)
            enter(s, s->leaving[in]);
    for (ptrdiff_t k = 0; k < curve->length; k++) {
        double t = curve->time[k], y = curve->at_risk[k], d = curve->event[k];
        for (; in < s->n && s->data->start[s->entering[in]] < t; in++)
            enter(s, s->entering[in]);
        if (d > 0) {
            s->h[0] += y > d ? d / y / (y - d) : 0;
            s->h[1] += d / y / y;
        }
        for (; out < s->n && s->data->stop[s->leaving[out]] <= t; out++)
            leave(s, s->leaving[out], y, d);
        if (!s->direct && s->touched > s->clusters / 8)
            refresh(s);
        hazard_se[k] = sqrt(variance(s, 1));
        double survival = curve->survival[k];
        se[k] = curve->exp_hazard ? survival * hazard_se[k] : survival * sqrt(variance(s, 0));
        if (!(survival > 0))
            se[k] = FP_NUM_NAN;
    }
}

/* Rows in the order of a time, those of a group together: first[g]..first[g + 1] - 1. */
static fp_status order_rows(const fp_survdata *data, const double *time, const int32_t *group,
                            const ptrdiff_t *first, int32_t groups, int threads, fp_arena *scratch,
                            uint32_t **out, fp_err *err)
{
    uint64_t *key;
    uint32_t *item, *order;
    ptrdiff_t *at;
    FP_ARRAY(order, scratch, data->n, err);
    fp_arena_point mark = fp_arena_mark(scratch);
    FP_ARRAY(key, scratch, data->n, err);
    FP_ARRAY(item, scratch, data->n, err);
    FP_ARRAY(at, scratch, groups, err);
    for (ptrdiff_t i = 0; i < data->n; i++) {
        key[i] = fp_sort_key(time[i]);
        item[i] = (uint32_t)i;
    }
    FP_TRY(fp_sort_keys(key, item, data->n, threads, scratch, err));
    for (int32_t g = 0; g < groups; g++)
        at[g] = first[g];
    for (ptrdiff_t i = 0; i < data->n; i++)
        order[at[group ? group[item[i]] : 0]++] = item[i];
    fp_arena_rewind(scratch, mark);
    *out = order;
    return FP_OK;
}

/* Number the clusters of each group 0, 1, ... in the order of the rows. */
static ptrdiff_t number_clusters(const fp_km_options *options, const uint32_t *rows, ptrdiff_t n,
                                 int32_t *place, int32_t *local)
{
    ptrdiff_t clusters = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t row = rows[i];
        if (!options->cluster) {
            local[row] = (int32_t)clusters++;
            continue;
        }
        int32_t *own = &place[options->cluster[row]];
        if (*own == 0)
            *own = (int32_t)++clusters;
        local[row] = *own - 1;
    }
    for (ptrdiff_t i = 0; options->cluster && i < n; i++)
        place[options->cluster[rows[i]]] = 0;
    return clusters;
}

typedef struct {
    const fp_survdata *data;
    const int32_t *group;
    int32_t groups;
    const fp_km_options *options;
    ptrdiff_t *first;             /* groups + 1 */
    uint32_t *leaving, *entering; /* n */
    int32_t *place, *local;       /* clusters, n */
    fp_arena *arena, *scratch;
} robust;

static fp_status robust_group(const robust *r, int32_t g, fp_km_curve *curve, fp_err *err)
{
    double *se, *hazard_se;
    FP_ARRAY(se, r->arena, curve->length, err);
    FP_ARRAY(hazard_se, r->arena, curve->length, err);
    sweep s = {.data = r->data,
               .curve = curve,
               .n = r->first[g + 1] - r->first[g],
               .leaving = r->leaving + r->first[g],
               .entering = r->entering ? r->entering + r->first[g] : NULL,
               .local = r->local};
    s.clusters = number_clusters(r->options, s.leaving, s.n, r->place, r->local);
    s.direct = s.clusters * curve->length <= DIRECT_MOST;
    fp_arena_point mark = fp_arena_mark(r->scratch);
    FP_ARRAY(s.y, r->scratch, s.clusters, err);
    FP_ARRAY(s.b[0], r->scratch, s.clusters, err);
    FP_ARRAY(s.b[1], r->scratch, s.clusters, err);
    run_sweep(&s, se, hazard_se);
    for (ptrdiff_t k = 0; k < curve->length && s.clusters < 2; k++) /* nothing varies */
        se[k] = hazard_se[k] = FP_NUM_NAN;
    fp_arena_rewind(r->scratch, mark);
    curve->se = se;
    curve->hazard_se = hazard_se;
    return FP_OK;
}

fp_status fp_km_robust(const fp_survdata *data, const int32_t *group, int32_t groups,
                       const fp_km_options *options, fp_arena *arena, fp_km_curve *curve,
                       fp_err *err)
{
    FP_ARENA_SCOPED(scratch, 64 * FP_GIB, err);
    robust r = {.data = data,
                .group = group,
                .groups = groups,
                .options = options,
                .arena = arena,
                .scratch = scratch};
    if (options->cluster)
        FP_TRY(fp_cluster_check(data->n, options->cluster, options->clusters, err));
    FP_ARRAY(r.first, scratch, groups + 1, err);
    FP_ARRAY(r.place, scratch, options->cluster ? options->clusters : 0, err);
    FP_ARRAY(r.local, scratch, data->n, err);
    for (ptrdiff_t i = 0; i < data->n; i++)
        r.first[(group ? group[i] : 0) + 1]++;
    for (int32_t g = 0; g < groups; g++)
        r.first[g + 1] += r.first[g];
    FP_TRY(order_rows(data, data->stop, group, r.first, groups, options->threads, scratch,
                      &r.leaving, err));
    if (data->start)
        FP_TRY(order_rows(data, data->start, group, r.first, groups, options->threads, scratch,
                          &r.entering, err));
    for (int32_t g = 0; g < groups; g++)
        FP_TRY(robust_group(&r, g, &curve[g], err));
    return FP_OK;
}
