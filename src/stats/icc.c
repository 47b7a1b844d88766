#include "stats/icc.h"

#include <math.h>
#include <stdbool.h>

#include "base/num.h"
#include "stats/dist.h"

/* docs/methods/icc.md; the equation numbers are those of that page. */

/* The x with P(F > x) = tail; df2 infinite: chi-square over df1. Bisection on log x: F's upper tail
 * falls steadily. */
static double f_point(double tail, double df1, double df2)
{
    double low = -700, high = 700;
    for (int i = 0; i < 200; i++) {
        double middle = 0.5 * (low + high);
        if (fp_f_upper(exp(middle), df1, df2) > tail)
            low = middle;
        else
            high = middle;
    }
    return exp(0.5 * (low + high));
}

static double root_with_sign(double x)
{
    return x < 0 ? -sqrt(-x) : sqrt(x);
}

static fp_spread undefined(fp_spread_state state)
{
    return (fp_spread){
        .state = state, .estimate = FP_NUM_NAN, .lower = FP_NUM_NAN, .upper = FP_NUM_NAN};
}

/* ---- Intraclass correlation ---- */

typedef struct {
    double clusters, people, events, squares; /* squares: of the people a cluster */
} arm_sums;

static arm_sums sums_of(const fp_cluster_tally *t, int32_t arm)
{
    arm_sums s = {0};
    for (ptrdiff_t j = 0; j < t->clusters; j++) {
        if (t->arm[j] != arm || !(t->people[j] > 0))
            continue;
        s.clusters++;
        s.people += t->people[j];
        s.events += t->events[j];
        s.squares += t->people[j] * t->people[j];
    }
    return s;
}

typedef struct {
    double between, within;       /* sums of squares */
    double between_df, within_df; /* J - A, N - J */
    double people, shares;        /* shares: sum_a sum_j n_j^2 / N_a */
    ptrdiff_t clusters, left_out;
} anova;

static void add_arm(const fp_cluster_tally *t, int32_t arm, anova *all)
{
    arm_sums s = sums_of(t, arm);
    if (s.clusters < 2) {
        all->left_out += s.clusters > 0;
        return;
    }
    for (ptrdiff_t j = 0; j < t->clusters; j++) {
        double n = t->people[j], d = t->events[j];
        if (t->arm[j] != arm || !(n > 0))
            continue;
        double apart = d / n - s.events / s.people;
        all->between += n * apart * apart;
        all->within += d * (n - d) / n;
    }
    all->between_df += s.clusters - 1;
    all->within_df += s.people - s.clusters;
    all->people += s.people;
    all->shares += s.squares / s.people;
    all->clusters += (ptrdiff_t)s.clusters;
}

/* eq. 3 at one ratio of mean squares. */
static double icc_at(double f, double n0)
{
    return isinf(f) ? 1 : (f - 1) / (f + n0 - 1);
}

void fp_icc_anova(const fp_cluster_tally *tally, double level, fp_spread *icc, double *n0)
{
    anova all = {0};
    for (int32_t a = 0; a < tally->arms; a++)
        add_arm(tally, a, &all);
    *n0 = all.between_df > 0 ? (all.people - all.shares) / all.between_df : FP_NUM_NAN;
    if (all.between_df < 1)
        *icc = undefined(FP_SPREAD_FEW_CLUSTERS);
    else if (all.within_df < 1)
        *icc = undefined(FP_SPREAD_ONE_EACH);
    else if (!(all.between > 0) && !(all.within > 0))
        *icc = undefined(FP_SPREAD_ALL_ALIKE);
    else {
        double f = (all.between / all.between_df) / (all.within / all.within_df);
        double tail = 0.5 * (1 - level);
        icc->state = FP_SPREAD_OK;
        icc->estimate = icc_at(f, *n0);
        icc->lower = icc_at(f / f_point(tail, all.between_df, all.within_df), *n0);
        icc->upper = icc_at(f / f_point(1 - tail, all.between_df, all.within_df), *n0);
    }
    icc->clusters = all.clusters;
    icc->left_out = all.left_out;
}

/* ---- Coefficient of variation of the rates ---- */

/* Clusters with person-time of arms with events and two such clusters. */
typedef struct {
    ptrdiff_t n;
    int32_t arms;
    int32_t *arm;          /* n */
    double *relative;      /* n: rate over that of the arm */
    double *expected;      /* n: events expected at the rate of the arm */
    double *weight, *mean; /* arms: work */
    double df;
} rates;

/* eq. 6. */
static double spread_at(const rates *r, double k2)
{
    double q = 0;
    for (int32_t a = 0; a < r->arms; a++)
        r->weight[a] = r->mean[a] = 0;
    for (ptrdiff_t j = 0; j < r->n; j++) {
        double w = 1 / (1 / r->expected[j] + k2);
        r->weight[r->arm[j]] += w;
        r->mean[r->arm[j]] += w * r->relative[j];
    }
    for (ptrdiff_t j = 0; j < r->n; j++) {
        double apart = r->relative[j] - r->mean[r->arm[j]] / r->weight[r->arm[j]];
        q += apart * apart / (1 / r->expected[j] + k2);
    }
    return q;
}

/* The k^2 at which Q, which falls with it, is `wanted`; `least` where it is nowhere so large. */
static double k2_at(const rates *r, double wanted, double least)
{
    double low = least, high = 1;
    while (spread_at(r, high) > wanted && high < 1e100)
        high *= 2;
    for (int i = 0; i < 200; i++) {
        double middle = low + 0.5 * (high - low);
        if (middle > least && spread_at(r, middle) > wanted)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Collect the clusters of one arm; eq. 4 added to `sum`, its weight to df. */
static void add_rates(const fp_cluster_tally *t, int32_t arm, rates *r, fp_spread *k, double *sum)
{
    double events = 0, time = 0, mean = 0, chance = 0, squares = 0;
    ptrdiff_t first = r->n, used = 0;
    for (ptrdiff_t j = 0; j < t->clusters; j++) {
        bool here = t->arm[j] == arm && t->people[j] > 0;
        k->left_out += here && !(t->time[j] > 0);
        if (!here || !(t->time[j] > 0))
            continue;
        r->arm[r->n] = arm;
        r->relative[r->n] = t->events[j] / t->time[j];
        r->expected[r->n++] = t->time[j];
        events += t->events[j];
        time += t->time[j];
        used++;
    }
    if (used < 2 || !(events > 0)) {
        k->left_out += used;
        r->n = first;
        return;
    }
    for (ptrdiff_t j = first; j < r->n; j++) {
        r->relative[j] /= events / time;
        r->expected[j] *= events / time;
        mean += r->relative[j] / (double)used;
        chance += 1 / r->expected[j] / (double)used;
    }
    for (ptrdiff_t j = first; j < r->n; j++)
        squares += (r->relative[j] - mean) * (r->relative[j] - mean);
    r->df += (double)used - 1;
    *sum += squares - ((double)used - 1) * chance;
}

static fp_status rates_create(rates *r, const fp_cluster_tally *t, fp_arena *scratch, fp_err *err)
{
    r->arms = t->arms;
    FP_ARRAY(r->arm, scratch, t->clusters, err);
    FP_ARRAY(r->relative, scratch, t->clusters, err);
    FP_ARRAY(r->expected, scratch, t->clusters, err);
    FP_ARRAY(r->weight, scratch, t->arms, err);
    FP_ARRAY(r->mean, scratch, t->arms, err);
    return FP_OK;
}

static bool any_arm_of_two(const fp_cluster_tally *t)
{
    for (int32_t a = 0; a < t->arms; a++)
        if (sums_of(t, a).clusters > 1)
            return true;
    return false;
}

fp_status fp_rate_variation(const fp_cluster_tally *tally, double level, fp_arena *scratch,
                            fp_spread *k, fp_err *err)
{
    fp_arena_point mark = fp_arena_mark(scratch);
    rates r = {0};
    double sum = 0, most = 0;
    FP_TRY(rates_create(&r, tally, scratch, err));
    *k = (fp_spread){.state = FP_SPREAD_OK};
    for (int32_t a = 0; a < tally->arms; a++)
        add_rates(tally, a, &r, k, &sum);
    ptrdiff_t left_out = k->left_out;
    if (r.n == 0)
        *k = undefined(any_arm_of_two(tally) ? FP_SPREAD_NO_EVENTS : FP_SPREAD_FEW_CLUSTERS);
    else {
        for (ptrdiff_t j = 0; j < r.n; j++)
            most = fmax(most, r.expected[j]);
        double tail = 0.5 * (1 - level), infinite = (double)INFINITY;
        k->estimate = root_with_sign(sum / r.df);
        k->lower = root_with_sign(k2_at(&r, r.df * f_point(tail, r.df, infinite), -1 / most));
        k->upper = root_with_sign(k2_at(&r, r.df * f_point(1 - tail, r.df, infinite), -1 / most));
    }
    k->clusters = r.n;
    k->left_out = left_out;
    fp_arena_rewind(scratch, mark);
    return FP_OK;
}
