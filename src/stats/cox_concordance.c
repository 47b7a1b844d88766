#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "stats/cox_cluster_priv.h"

/* Pairs are counted at death times: a row that dies is compared with every row at risk there that
 * lives longer (a row censored at that very time does). Rows are ranked by eta inside their
 * stratum; a Fenwick tree over the ranks holds weights. A sweep down the death times holds the rows
 * at risk and gives each death its partners; a sweep up holds the deaths so far and gives each row
 * the deaths it outlived. docs/methods/cox.md, concordance. */
typedef struct {
    double eta;
    int32_t row, stratum;
} ranked;

typedef struct {
    const fp_survdata *data;
    const fp_risk *risk;
    int32_t *rank;                 /* n; 1.. inside the stratum */
    int32_t *ranks;                /* strata; number of ranks */
    int32_t *base;                 /* strata + 1; where the stratum's tree begins */
    int32_t *order;                /* n; rows by (stratum, eta) */
    int32_t *by_hi;                /* n; rows by grid element, inside it by eta */
    int32_t *by_lo;                /* n */
    int32_t *hi_at;                /* length + 1 */
    int32_t *lo_at;                /* length + 1 */
    double *tree;                  /* n + strata */
    double *above, *below, *equal; /* n; weights of partners with lower, higher, the same risk */
} pairs;

static int by_stratum_and_eta(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    if (x->eta != y->eta)
        return x->eta < y->eta ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void tree_add(double *tree, int32_t size, int32_t rank, double weight)
{
    for (int32_t k = rank; k <= size; k += k & -k)
        tree[k] += weight;
}

/* Sum of the weights of ranks 1..rank. */
static double tree_sum(const double *tree, int32_t rank)
{
    double sum = 0;
    for (int32_t k = rank; k > 0; k -= k & -k)
        sum += tree[k];
    return sum;
}

/* Add `sign` times the weights in the tree below, at and above the row's own rank. */
static void compare(const double *tree, int32_t size, int32_t rank, double sign, double *lower,
                    double *same, double *higher)
{
    double under = tree_sum(tree, rank - 1), upto = tree_sum(tree, rank);
    *lower += sign * under;
    *same += sign * (upto - under);
    *higher += sign * (tree_sum(tree, size) - upto);
}

/* Rows of each grid element, in the order of `order`. */
static void bucket(const pairs *w, const int32_t *key, int32_t *at, int32_t *rows)
{
    ptrdiff_t n = w->risk->n, m = w->risk->length;
    for (ptrdiff_t i = 0; i < n; i++)
        at[key[i] + 1]++;
    for (ptrdiff_t g = 0; g < m; g++)
        at[g + 1] += at[g];
    for (ptrdiff_t i = 0; i < n; i++)
        rows[at[key[w->order[i]]]++] = w->order[i];
    for (ptrdiff_t g = m; g > 0; g--)
        at[g] = at[g - 1];
    at[0] = 0;
}

static void rank_rows(pairs *w, const double *eta, ranked *list)
{
    ptrdiff_t n = w->risk->n;
    for (ptrdiff_t i = 0; i < n; i++)
        list[i] = (ranked){eta[i], (int32_t)i, fp_row_stratum(w->data, i)};
    qsort(list, (size_t)n, sizeof *list, by_stratum_and_eta);
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t s = list[i].stratum;
        if (w->ranks[s] == 0 || list[i].eta != list[i - 1].eta)
            w->ranks[s]++;
        w->rank[list[i].row] = w->ranks[s];
        w->order[i] = list[i].row;
    }
    for (int32_t s = 0; s < w->risk->strata; s++) /* element 0 of a tree is not used */
        w->base[s + 1] = w->base[s] + w->ranks[s] + 1;
    bucket(w, w->risk->hi, w->hi_at, w->by_hi);
    bucket(w, w->risk->lo, w->lo_at, w->by_lo);
}

/* Pairs that die together, split by equal eta; deaths of element g stand in the order of eta. */
static void tied_deaths(const pairs *w, int32_t g, fp_concordance *count)
{
    double all = 0, squares = 0, group = 0, same = 0, group_squares = 0;
    int32_t rank = 0;
    for (int32_t k = w->hi_at[g]; k < w->hi_at[g + 1]; k++) {
        int32_t i = w->by_hi[k];
        if (!w->data->event[i])
            continue;
        double weight = fp_row_weight(w->data, i);
        if (w->rank[i] != rank) {
            same += (group * group - group_squares) / 2;
            group = group_squares = 0;
            rank = w->rank[i];
        }
        group += weight;
        group_squares += weight * weight;
        all += weight;
        squares += weight * weight;
    }
    same += (group * group - group_squares) / 2;
    count->tied_xy += same;
    count->tied_y += (all * all - squares) / 2 - same;
}

static void add_deaths(const pairs *w, double *tree, int32_t size, int32_t g)
{
    for (int32_t k = w->hi_at[g]; k < w->hi_at[g + 1]; k++) {
        int32_t i = w->by_hi[k];
        if (w->data->event[i])
            tree_add(tree, size, w->rank[i], fp_row_weight(w->data, i));
    }
}

/* From the last death time of the stratum down: the tree holds who is at risk and lives longer. */
static void sweep_down(pairs *w, int32_t s, fp_concordance *count)
{
    const fp_risk *risk = w->risk;
    double *tree = w->tree + w->base[s];
    int32_t size = w->ranks[s];
    for (int32_t g = risk->first[s + 1] - 1; g > risk->first[s]; g--) {
        for (int32_t k = w->lo_at[g]; k < w->lo_at[g + 1]; k++) /* not yet in at g */
            if (risk->hi[w->by_lo[k]] > g)
                tree_add(tree, size, w->rank[w->by_lo[k]], -fp_row_weight(w->data, w->by_lo[k]));
        for (int32_t k = w->hi_at[g]; k < w->hi_at[g + 1]; k++) {
            int32_t i = w->by_hi[k];
            if (!w->data->event[i] && risk->lo[i] < g)
                tree_add(tree, size, w->rank[i], fp_row_weight(w->data, i));
        }
        for (int32_t k = w->hi_at[g]; k < w->hi_at[g + 1]; k++) {
            int32_t i = w->by_hi[k];
            double weight = fp_row_weight(w->data, i), lower = 0, same = 0, higher = 0;
            if (!w->data->event[i])
                continue;
            compare(tree, size, w->rank[i], 1, &lower, &same, &higher);
            count->concordant += weight * lower;
            count->tied_x += weight * same;
            count->discordant += weight * higher;
            w->above[i] += lower;
            w->equal[i] += same;
            w->below[i] += higher;
        }
        tied_deaths(w, g, count);
        add_deaths(w, tree, size, g);
    }
}

/* From the first death time up: the tree holds the deaths so far. A row's partners are the deaths
 * after it entered and before it left; here the death has the higher risk when concordant. */
static void sweep_up(pairs *w, int32_t s)
{
    const fp_risk *risk = w->risk;
    double *tree = w->tree + w->base[s];
    int32_t size = w->ranks[s];
    for (int32_t k = 0; k <= size; k++)
        tree[k] = 0;
    for (int32_t g = risk->first[s] + 1; g < risk->first[s + 1]; g++) {
        for (int32_t event = 1; event >= 0; event--) {
            for (int32_t k = w->hi_at[g]; k < w->hi_at[g + 1]; k++) {
                int32_t i = w->by_hi[k];
                if ((w->data->event[i] != 0) == event && risk->lo[i] < g)
                    compare(tree, size, w->rank[i], 1, &w->below[i], &w->equal[i], &w->above[i]);
            }
            if (event)
                add_deaths(w, tree, size, g);
        }
        for (int32_t k = w->lo_at[g]; k < w->lo_at[g + 1]; k++) {
            int32_t i = w->by_lo[k];
            if (risk->hi[i] > g)
                compare(tree, size, w->rank[i], -1, &w->below[i], &w->equal[i], &w->above[i]);
        }
    }
}

/* Infinitesimal jackknife of Somers' D, halved; summed in clusters first. */
static void jackknife(const pairs *w, const int32_t *cluster, double somers, double npair,
                      double *sums)
{
    ptrdiff_t n = w->risk->n;
    for (ptrdiff_t i = 0; i < n; i++) {
        double weight = fp_row_weight(w->data, i), difference = w->above[i] - w->below[i];
        double all = w->above[i] + w->below[i] + w->equal[i];
        sums[cluster ? cluster[i] : i] += weight * (difference - somers * all) / (2 * npair);
    }
}

static fp_status pairs_create(pairs *w, fp_arena *arena, fp_err *err)
{
    ptrdiff_t n = w->risk->n, m = w->risk->length;
    FP_ARRAY(w->rank, arena, n, err);
    FP_ARRAY(w->ranks, arena, w->risk->strata, err);
    FP_ARRAY(w->base, arena, w->risk->strata + 1, err);
    FP_ARRAY(w->order, arena, n, err);
    FP_ARRAY(w->by_hi, arena, n, err);
    FP_ARRAY(w->by_lo, arena, n, err);
    FP_ARRAY(w->hi_at, arena, m + 1, err);
    FP_ARRAY(w->lo_at, arena, m + 1, err);
    FP_ARRAY(w->tree, arena, n + w->risk->strata, err);
    FP_ARRAY(w->above, arena, n, err);
    FP_ARRAY(w->below, arena, n, err);
    FP_ARRAY(w->equal, arena, n, err);
    return FP_OK;
}

static fp_status concordance(const fp_survdata *data, const double *eta, const int32_t *cluster,
                             ptrdiff_t clusters, fp_arena *arena, fp_concordance *result,
                             fp_err *err)
{
    FP_TRY(fp_survdata_check(data, err));
    FP_TRY(fp_cluster_check(data->n, cluster, clusters, err));
    fp_risk risk;
    FP_TRY(fp_risk_create(data, arena, &risk, err));
    pairs w = {.data = data, .risk = &risk};
    ranked *list;
    double *sums;
    ptrdiff_t groups = cluster ? clusters : data->n;
    FP_TRY(pairs_create(&w, arena, err));
    FP_ARRAY(list, arena, data->n, err);
    FP_ARRAY(sums, arena, groups, err);
    rank_rows(&w, eta, list);
    fp_concordance out = {.estimate = FP_NUM_NAN, .se = FP_NUM_NAN};
    for (int32_t s = 0; s < risk.strata; s++) {
        sweep_down(&w, s, &out);
        sweep_up(&w, s);
    }
    double npair = out.concordant + out.discordant + out.tied_x;
    if (npair > 0) {
        double somers = (out.concordant - out.discordant) / npair, variance = 0;
        out.estimate = (somers + 1) / 2;
        jackknife(&w, cluster, somers, npair, sums);
        for (ptrdiff_t c = 0; c < groups; c++)
            variance += sums[c] * sums[c];
        out.se = sqrt(variance);
    }
    *result = out;
    return FP_OK;
}

fp_status fp_cox_concordance(const fp_survdata *data, const double *eta, const int32_t *cluster,
                             ptrdiff_t clusters, fp_arena *arena, fp_concordance *result,
                             fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(arena);
    fp_status status = concordance(data, eta, cluster, clusters, arena, result, err);
    fp_arena_rewind(arena, mark);
    return status;
}
