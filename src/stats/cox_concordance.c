#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/parallel.h"
#include "stats/cox_cluster_priv.h"
#include "stats/cox_rows_priv.h"
#include "stats/sort.h"

/* Pairs are counted at death times: a row that dies is compared with every row at risk there that
 * lives longer (a row censored at that very time does). One walk up the rows in the order of eta:
 * trees over the elements of the grid hold the rows met so far, so that each row learns how many of
 * its partners have a lower eta; those with a higher one are the rest. The walk is cut into fixed
 * stretches that begin with the trees of all rows before them. docs/methods/cox.md, concordance. */
enum { MOST_STRETCHES = 32, ROWS_A_STRETCH = 16384 };

typedef struct {
    double *at_risk;     /* length: Fenwick trees of the strata; weight of rows by hi, less by lo */
    double *dead;        /* length: likewise of the deaths by hi */
    double *dead_at;     /* length: weight of the deaths of an element, not summed */
    double *tied_deaths; /* length: deaths of the group of equal eta at hand; 0 between groups */
    double *seen;        /* strata: weight in at_risk */
    double concordant, discordant, tied_x, tied_xy;
} stretch;

/* What is looked up of a row, in the order in which it is wanted. */
typedef struct {
    int32_t leaves; /* 2 hi + 1 for a death */
    int32_t enters; /* lo */
    int32_t stratum;
} seat;

typedef struct {
    const fp_survdata *data;
    const fp_risk *risk;
    int threads;
    uint64_t *key;                /* n; of eta, in order */
    uint32_t *order;              /* n; rows by eta */
    seat *seat;                   /* n; in that order */
    const double *at_risk, *dead; /* length: totals from each element on, and up to it */
    double *balance, *partners;   /* n, in that order; weight of the row's concordant partners less
                                     the discordant ones, and of all its partners */
    ptrdiff_t stretches;
    ptrdiff_t *from; /* stretches + 1; where each begins in the order */
    stretch *stretch;
} pairs;

/* ---- Fenwick trees, one a stratum, on elements first + 1 .. last ---- */

static void tree_add(double *tree, ptrdiff_t size, ptrdiff_t k, double weight)
{
    for (; k <= size; k += k & -k)
        tree[k] += weight;
}

/* Sum over elements 1..k. */
static double tree_sum(const double *tree, ptrdiff_t k)
{
    double sum = 0;
    for (; k > 0; k &= k - 1)
        sum += tree[k];
    return sum;
}

/* Numbers at 1..size become a tree. */
static void tree_make(double *tree, ptrdiff_t size)
{
    for (ptrdiff_t k = 1; k <= size; k++) {
        ptrdiff_t up = k + (k & -k);
        if (up <= size)
            tree[up] += tree[k];
    }
}

/* A row's place: its tree, and where it enters and leaves. */
typedef struct {
    int32_t first, size, lo, hi, stratum;
    bool event;
    double weight;
} place;

static place place_of(const pairs *w, ptrdiff_t k)
{
    seat at = w->seat[k];
    int32_t first = w->risk->first[at.stratum];
    return (place){first,
                   w->risk->first[at.stratum + 1] - first - 1,
                   at.enters - first,
                   at.leaves / 2 - first,
                   at.stratum,
                   (at.leaves & 1) != 0,
                   fp_row_weight(w->data, w->order[k])};
}

/* Rows that are never at risk at a death take no part. */
static bool takes_part(const place *p)
{
    return p->lo < p->hi;
}

/* ---- what has been met ---- */

static void add_to_tables(const place *p, stretch *t)
{
    t->at_risk[p->first + p->hi] += p->weight;
    if (p->lo > 0)
        t->at_risk[p->first + p->lo] -= p->weight;
    t->seen[p->stratum] += p->lo > 0 ? 0 : p->weight;
    if (p->event) {
        t->dead[p->first + p->hi] += p->weight;
        t->dead_at[p->first + p->hi] += p->weight;
    }
}

static void add_to_trees(const place *p, stretch *t)
{
    tree_add(t->at_risk + p->first, p->size, p->hi, p->weight);
    if (p->lo > 0)
        tree_add(t->at_risk + p->first, p->size, p->lo, -p->weight);
    else
        t->seen[p->stratum] += p->weight;
    if (p->event) {
        tree_add(t->dead + p->first, p->size, p->hi, p->weight);
        t->dead_at[p->first + p->hi] += p->weight;
    }
}

/* Weight of those met that live longer than a death at hi and are at risk then. */
static double partners_of_death(const place *p, const stretch *t)
{
    return t->seen[p->stratum] - tree_sum(t->at_risk + p->first, p->hi - 1) -
           t->dead_at[p->first + p->hi];
}

/* Weight of the deaths met that a row outlives while it is at risk. */
static double deaths_outlived(const place *p, const stretch *t)
{
    const double *tree = t->dead + p->first;
    double before = p->lo > 0 ? tree_sum(tree, p->lo) : 0;
    return tree_sum(tree, p->hi - p->event) - before;
}

/* ---- the walk ---- */

/* Partners with lower eta (`below` as a death, and `outlived`), before the row's group is added. */
typedef struct {
    double below, outlived;
} met;

static met look(const place *p, const stretch *t)
{
    return (met){p->event ? partners_of_death(p, t) : 0, deaths_outlived(p, t)};
}

static void settle(pairs *w, ptrdiff_t k, const place *p, met lower, met upto, stretch *t)
{
    double same = upto.below - lower.below, tied = upto.outlived - lower.outlived;
    double partners = 0;
    const double *dead = w->dead + p->first;
    if (p->event) {
        partners = w->at_risk[p->first + p->hi] - (dead[p->hi] - dead[p->hi - 1]);
        t->concordant += p->weight * lower.below;
        t->tied_x += p->weight * same;
        t->discordant += p->weight * (partners - upto.below);
    }
    double outlived = dead[p->hi - p->event] - dead[p->lo];
    /* as a death it agrees with lower partners, as a survivor with higher ones */
    double agree = lower.below + (outlived - upto.outlived);
    double against = (partners - upto.below) + lower.outlived;
    w->balance[k] = agree - against;
    w->partners[k] = agree + against + same + tied;
}

static void walk_group(pairs *w, ptrdiff_t from, ptrdiff_t end, stretch *t)
{
    if (end - from == 1) {
        place p = place_of(w, from);
        if (!takes_part(&p))
            return;
        met lower = look(&p, t);
        settle(w, from, &p, lower, lower, t);
        add_to_trees(&p, t);
        return;
    }
    for (ptrdiff_t k = from; k < end; k++) {
        place p = place_of(w, k);
        met lower = takes_part(&p) ? look(&p, t) : (met){0, 0};
        w->balance[k] = lower.below;
        w->partners[k] = lower.outlived;
    }
    for (ptrdiff_t k = from; k < end; k++) {
        place p = place_of(w, k);
        if (!takes_part(&p))
            continue;
        add_to_trees(&p, t);
        if (p.event) {
            t->tied_xy += p.weight * t->tied_deaths[p.first + p.hi];
            t->tied_deaths[p.first + p.hi] += p.weight;
        }
    }
    for (ptrdiff_t k = from; k < end; k++) {
        place p = place_of(w, k);
        if (!takes_part(&p))
            continue;
        met lower = {w->balance[k], w->partners[k]};
        settle(w, k, &p, lower, look(&p, t), t);
        t->tied_deaths[p.first + p.hi] = 0;
    }
}

static void walk_stretch(void *context, long s)
{
    pairs *w = context;
    ptrdiff_t end = w->from[s + 1];
    for (ptrdiff_t k = w->from[s]; k < end;) {
        ptrdiff_t next = k + 1;
        while (next < end && w->key[next] == w->key[k])
            next++;
        walk_group(w, k, next, &w->stretch[s]);
        k = next;
    }
}

/* ---- beginnings: the tables of a stretch's own rows, then of all rows before it ---- */

static void tabulate_stretch(void *context, long s)
{
    pairs *w = context;
    for (ptrdiff_t k = w->from[s]; k < w->from[s + 1]; k++) {
        uint32_t i = w->order[k];
        w->seat[k] = (seat){2 * w->risk->hi[i] + (w->data->event[i] != 0), w->risk->lo[i],
                            fp_row_stratum(w->data, i)};
        place p = place_of(w, k);
        if (s + 1 < w->stretches && takes_part(&p)) /* the past of the next one */
            add_to_tables(&p, &w->stretch[s + 1]);
    }
}

static void add_arrays(double *to, const double *from, ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < n; k++)
        to[k] += from[k];
}

static void gather_past(const pairs *w)
{
    ptrdiff_t m = w->risk->length;
    for (ptrdiff_t s = 2; s < w->stretches; s++) {
        stretch *t = &w->stretch[s], *before = t - 1;
        add_arrays(t->at_risk, before->at_risk, m);
        add_arrays(t->dead, before->dead, m);
        add_arrays(t->dead_at, before->dead_at, m);
        add_arrays(t->seen, before->seen, w->risk->strata);
    }
}

static void plant_trees(void *context, long s)
{
    const pairs *w = context;
    const fp_risk *k = w->risk;
    for (int32_t t = 0; t < k->strata; t++) {
        ptrdiff_t size = k->first[t + 1] - k->first[t] - 1;
        tree_make(w->stretch[s].at_risk + k->first[t], size);
        tree_make(w->stretch[s].dead + k->first[t], size);
    }
}

/* Boundaries that part no rows of equal eta. */
static void cut(pairs *w, ptrdiff_t n)
{
    for (ptrdiff_t s = 0; s <= w->stretches; s++) {
        ptrdiff_t k = n * s / w->stretches;
        while (k > 0 && k < n && w->key[k] == w->key[k - 1])
            k++;
        w->from[s] = k;
    }
}

/* ---- totals ---- */

/* Everybody at risk at each element, and all deaths up to it. */
static fp_status count_all(pairs *w, fp_arena *arena, fp_err *err)
{
    const fp_risk *k = w->risk;
    double *at_risk, *dead;
    FP_ARRAY(at_risk, arena, k->length, err);
    FP_ARRAY(dead, arena, k->length, err);
    for (ptrdiff_t i = 0; i < k->n; i++) {
        double weight = fp_row_weight(w->data, i);
        at_risk[k->hi[i]] += weight;
        at_risk[k->lo[i]] -= weight;
        if (w->data->event[i])
            dead[k->hi[i]] += weight;
    }
    fp_risk_suffix(k, at_risk);
    fp_risk_prefix(k, dead);
    w->at_risk = at_risk;
    w->dead = dead;
    return FP_OK;
}

/* Pairs that die together, whatever their eta. */
static fp_status pairs_of_deaths(const pairs *w, fp_arena *arena, double *out, fp_err *err)
{
    const fp_risk *k = w->risk;
    double *squares, sum = 0;
    FP_ARRAY(squares, arena, k->length, err);
    for (ptrdiff_t i = 0; w->data->weight && i < k->n; i++)
        if (w->data->event[i])
            squares[k->hi[i]] += w->data->weight[i] * w->data->weight[i];
    for (ptrdiff_t g = 0; g < k->length; g++) {
        double all = k->deaths[g] * k->wbar[g];
        sum += (all * all - (w->data->weight ? squares[g] : k->deaths[g])) / 2;
    }
    *out = sum;
    return FP_OK;
}

/* Infinitesimal jackknife of Somers' D, halved, of one row. */
static double jackknife(const pairs *w, ptrdiff_t k, double somers, double npair)
{
    double weight = fp_row_weight(w->data, w->order[k]);
    return weight * (w->balance[k] - somers * w->partners[k]) / (2 * npair);
}

static fp_status variance_of(const pairs *w, const int32_t *cluster, ptrdiff_t clusters,
                             double somers, double npair, fp_arena *arena, double *variance,
                             fp_err *err)
{
    double *sums, total = 0;
    if (cluster) {
        FP_ARRAY(sums, arena, clusters, err);
        for (ptrdiff_t k = 0; k < w->risk->n; k++)
            sums[cluster[w->order[k]]] += jackknife(w, k, somers, npair);
        for (ptrdiff_t c = 0; c < clusters; c++)
            total += sums[c] * sums[c];
    } else {
        for (ptrdiff_t k = 0; k < w->risk->n; k++) {
            double own = jackknife(w, k, somers, npair);
            total += own * own;
        }
    }
    *variance = total;
    return FP_OK;
}

/* ---- together ---- */

static fp_status sort_rows(pairs *w, const double *eta, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = w->risk->n;
    FP_ARRAY(w->key, arena, n, err);
    FP_ARRAY(w->order, arena, n, err);
    for (ptrdiff_t i = 0; i < n; i++) {
        w->key[i] = fp_sort_key(eta[i]);
        w->order[i] = (uint32_t)i;
    }
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = fp_sort_keys(w->key, w->order, n, w->threads, arena, err);
    fp_arena_rewind(arena, mark);
    return status;
}

static fp_status create_stretches(pairs *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = w->risk->n, m = w->risk->length;
    ptrdiff_t by_rows = n / ROWS_A_STRETCH, by_grid = n / m;
    w->stretches = by_rows < MOST_STRETCHES ? by_rows : MOST_STRETCHES;
    if (w->stretches > by_grid + 1) /* trees as long as the rows are many: few of them */
        w->stretches = by_grid + 1;
    if (w->stretches < 1)
        w->stretches = 1;
    FP_ARRAY(w->from, arena, w->stretches + 1, err);
    FP_ARRAY(w->stretch, arena, w->stretches, err);
    for (ptrdiff_t s = 0; s < w->stretches; s++) {
        FP_ARRAY(w->stretch[s].at_risk, arena, m, err);
        FP_ARRAY(w->stretch[s].dead, arena, m, err);
        FP_ARRAY(w->stretch[s].dead_at, arena, m, err);
        FP_ARRAY(w->stretch[s].tied_deaths, arena, m, err);
        FP_ARRAY(w->stretch[s].seen, arena, w->risk->strata, err);
    }
    return FP_OK;
}

static void walk(pairs *w)
{
    cut(w, w->risk->n);
    fp_parallel(w->threads, (long)w->stretches, tabulate_stretch, w);
    gather_past(w);
    fp_parallel(w->threads, (long)w->stretches, plant_trees, w);
    fp_parallel(w->threads, (long)w->stretches, walk_stretch, w);
}

static fp_status concordance(const fp_survdata *data, const fp_risk *risk, const double *eta,
                             const int32_t *cluster, ptrdiff_t clusters, int threads,
                             fp_arena *arena, fp_concordance *result, fp_err *err)
{
    pairs w = {.data = data, .risk = risk, .threads = threads};
    double variance, together;
    FP_TRY(sort_rows(&w, eta, arena, err));
    FP_TRY(count_all(&w, arena, err));
    FP_ARRAY(w.seat, arena, risk->n, err);
    FP_ARRAY(w.balance, arena, risk->n, err);
    FP_ARRAY(w.partners, arena, risk->n, err);
    FP_TRY(pairs_of_deaths(&w, arena, &together, err));
    FP_TRY(create_stretches(&w, arena, err));
    walk(&w);
    fp_concordance out = {.estimate = FP_NUM_NAN, .se = FP_NUM_NAN};
    for (ptrdiff_t s = 0; s < w.stretches; s++) {
        out.concordant += w.stretch[s].concordant;
        out.discordant += w.stretch[s].discordant;
        out.tied_x += w.stretch[s].tied_x;
        out.tied_xy += w.stretch[s].tied_xy;
    }
    out.tied_y = together - out.tied_xy;
    double npair = out.concordant + out.discordant + out.tied_x;
    if (npair > 0) {
        double somers = (out.concordant - out.discordant) / npair;
        out.estimate = (somers + 1) / 2;
        FP_TRY(variance_of(&w, cluster, clusters, somers, npair, arena, &variance, err));
        out.se = sqrt(variance);
    }
    *result = out;
    return FP_OK;
}

fp_status fp_cox_rows_concordance(fp_cox_rows *rows, const double *eta, const int32_t *cluster,
                                  ptrdiff_t clusters, fp_concordance *result, fp_err *err)
{
    FP_ARENA_SCOPED(scratch, FP_COX_SCRATCH, err);
    FP_TRY(fp_cluster_check(rows->risk.n, cluster, clusters, err));
    return concordance(&rows->data, &rows->risk, eta, cluster, clusters, rows->threads, scratch,
                       result, err);
}

fp_status fp_cox_concordance(const fp_survdata *data, const double *eta, const int32_t *cluster,
                             ptrdiff_t clusters, fp_arena *arena, fp_concordance *result,
                             fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_risk risk;
    FP_TRY(fp_cluster_check(data->n, cluster, clusters, err));
    fp_status status = fp_risk_create(data, arena, &risk, err);
    if (status == FP_OK)
        status = concordance(data, &risk, eta, cluster, clusters, 1, arena, result, err);
    fp_arena_rewind(arena, mark);
    return status;
}
