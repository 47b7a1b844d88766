#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "run_suite.h"
#include "stats/permutation.h"

/* Reference: fewclusters.json, made by fewclusters.R (coxph residuals summed by coach). */
static const int32_t IPS[12] = {0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1};
static const int32_t PA[12] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
static const double BY_PA[12] = {-2.23229232537554, -0.349473449670549, -0.21773556196228,
                                 0.60540719592672,  3.25961404840235,   -1.06551990732071,
                                 -1.85859369852644, -0.524531946385592, 0.201699118252464,
                                 -3.26873660105593, 3.10422344011335,   2.34593968760216};
static const double BY_IPS[12] = {-2.10457879031803,  -0.122818241200044, 0.0279587645182331,
                                  -1.25707524655566,  2.3331601441876,    -2.47026162381589,
                                  0.0119093606666929, 0.567800910153866,  1.61972799617928,
                                  -3.57042376605361,  2.94712214586486,   2.01747834637271};
static const double UNSTRATIFIED[12] = {
    -2.70838373629454, -1.15751204699164, -0.691717431909414, -0.0798573958585149,
    3.02288020070054,  -1.63328673410635, -1.07059028085338,  -0.0765394750534121,
    0.786895433974645, -2.58030526557987, 3.45693723308553,   2.73147949888641};
/* Sums of the martingale residuals of coxph(Surv(day, event) ~ ips + pa) on fewclusters.csv; the
 * statistic and the count below come from lm-style HC2 algebra in R over all 369,600 allocations.
 */
static const double ADDITIVE[12] = {-1.7767513097824,   0.644740960812675, 0.49075624259134,
                                    -0.355797753708437, 2.84499513362002,  -1.8479432735332,
                                    -0.665150232912067, 0.158606200134388, 1.14779813915609,
                                    -4.35929331795113,  2.33926738857263,  1.37877182300015};

static fp_err err;

static fp_permutation_result margin(ptrdiff_t n, const double *r, const int32_t *x,
                                    const int32_t *by, const fp_permutation_options *o)
{
    fp_permutation_result result;
    ck_assert_int_eq(fp_permutation_margin(n, r, x, by, o, &result, &err), FP_OK);
    return result;
}

static fp_permutation_result global(ptrdiff_t n, const double *r, const int32_t *arm, int32_t arms,
                                    const fp_permutation_options *o)
{
    fp_permutation_result result;
    ck_assert_int_eq(fp_permutation_global(n, r, arm, arms, o, &result, &err), FP_OK);
    return result;
}

static fp_permutation_result interaction(ptrdiff_t n, const double *r, const int32_t *a,
                                         const int32_t *b, const fp_permutation_options *o)
{
    fp_permutation_result result;
    ck_assert_int_eq(fp_permutation_interaction(n, r, a, b, NULL, o, &result, &err), FP_OK);
    return result;
}

static void four_arms(int32_t arm[12])
{
    for (int j = 0; j < 12; j++)
        arm[j] = IPS[j] + 2 * PA[j];
}

static int bits(int mask)
{
    return __builtin_popcount((unsigned)mask);
}

START_TEST(choose)
{
    ck_assert_double_eq(fp_choose(6, 3), 20);
    ck_assert_double_eq(fp_choose(12, 0), 1);
    ck_assert_double_eq(fp_choose(12, 13), 0);
    ck_assert_double_eq(fp_choose(12, -1), 0);
    ck_assert_double_eq(fp_choose(56, 28), 7648690600760440.0); /* the largest below 2^53 */
    ck_assert_double_eq_tol(fp_choose(200, 100) / 9.0548514656103281e58, 1, 1e-12);
    ck_assert(isinf(fp_choose(5000, 2500)));
}
END_TEST

START_TEST(reference_margins)
{
    fp_permutation_result ips = margin(12, BY_PA, IPS, PA, NULL);
    ck_assert(ips.exact);
    ck_assert_int_eq(ips.allocations, 400);
    ck_assert_int_eq(ips.at_least_as_far, 74);
    ck_assert_double_eq_tol(ips.statistic, 4.98092786366794, 1e-12);
    ck_assert_double_eq_tol(ips.mean, 0, 1e-12);
    ck_assert_double_eq_tol(ips.p, 0.185, 1e-15);
    ck_assert_double_eq_tol(ips.smallest_p, 0.005, 1e-15);
    fp_permutation_result pa = margin(12, BY_IPS, PA, IPS, NULL);
    ck_assert_int_eq(pa.allocations, 400);
    ck_assert_int_eq(pa.at_least_as_far, 138);
    ck_assert_double_eq_tol(pa.statistic, 3.5936149931838, 1e-12);
    ck_assert_double_eq_tol(pa.p, 0.345, 1e-15);
}
END_TEST

START_TEST(reference_neither)
{
    int32_t arm[12];
    four_arms(arm);
    fp_permutation_result r = global(12, UNSTRATIFIED, arm, 4, NULL);
    ck_assert(r.exact);
    ck_assert_int_eq(r.allocations, 369600);
    ck_assert_int_eq(r.at_least_as_far, 185760);
    ck_assert_double_eq_tol(r.statistic, 11.8784946383065, 1e-12);
    ck_assert_double_eq_tol(r.p, 0.502597402597403, 1e-14);
    ck_assert_double_eq_tol(r.smallest_p, 24.0 / 369600, 1e-18);
}
END_TEST

START_TEST(reference_interaction)
{
    fp_permutation_result r = interaction(12, ADDITIVE, IPS, PA, NULL);
    ck_assert_int_eq(r.allocations, 369600);
    ck_assert_int_eq(r.at_least_as_far, 282712);
    ck_assert_double_eq_tol(r.statistic, -0.319151043090981, 1e-12);
    ck_assert_double_eq_tol(r.smallest_p, 8.0 / 369600, 1e-18);
}
END_TEST

/* ---- brute force over bit masks, six clusters ------------------------------------------------ */

static const double SIX[6] = {1.25, -0.5, 2.0, -3.125, 0.75, 0.0625};

START_TEST(brute_margin)
{
    /* Level 0: clusters 0-3, one treated; level 1: clusters 4-5, one treated. */
    const int32_t fixed[6] = {0, 0, 0, 0, 1, 1};
    const int32_t treated[6] = {0, 0, 1, 0, 1, 0};
    int n = 0;
    int far = 0;
    double mean = 0;
    double t[64];
    for (int mask = 0; mask < 64; mask++) {
        if (bits(mask & 15) != 1 || bits(mask >> 4) != 1)
            continue;
        t[n] = 0;
        for (int j = 0; j < 6; j++)
            t[n] += mask >> j & 1 ? SIX[j] : 0;
        mean += t[n++];
    }
    mean /= n;
    for (int i = 0; i < n; i++)
        far += fabs(t[i] - mean) >= fabs(2.75 - mean) - 1e-9;
    fp_permutation_result r = margin(6, SIX, treated, fixed, NULL);
    ck_assert_int_eq(n, 8);
    ck_assert_int_eq(r.allocations, n);
    ck_assert_int_eq(r.at_least_as_far, far);
    ck_assert_double_eq_tol(r.mean, mean, 1e-14);
    ck_assert_double_eq_tol(r.statistic, 2.75, 1e-14);
    ck_assert_double_eq_tol(r.smallest_p, 1.0 / 8, 1e-15); /* 1 of 4: no mirror */
}
END_TEST

/* Every code in base `arms` whose arm sizes are those wanted; gives statistic by `of`. */
static int brute(int arms, const int *size, double (*of)(const int *label, const int *size),
                 double *t)
{
    int n = 0;
    int codes = 1;
    for (int j = 0; j < 6; j++)
        codes *= arms;
    for (int code = 0; code < codes; code++) {
        int label[6];
        int found[4] = {0};
        bool fits = true;
        for (int j = 0, rest = code; j < 6; j++, rest /= arms) {
            label[j] = rest % arms;
            found[label[j]]++;
        }
        for (int g = 0; g < arms; g++)
            fits = fits && found[g] == size[g];
        if (fits)
            t[n++] = of(label, size);
    }
    return n;
}

static double between_of(const int *label, const int *size)
{
    double sum[4] = {0};
    double t = 0;
    for (int j = 0; j < 6; j++)
        sum[label[j]] += SIX[j];
    for (int g = 0; g < 3; g++)
        t += sum[g] * sum[g] / size[g];
    return t;
}

START_TEST(brute_global)
{
    const int size[4] = {1, 2, 3, 0};
    const int32_t arm[6] = {1, 2, 0, 2, 1, 2};
    const int label[6] = {1, 2, 0, 2, 1, 2};
    double t[720];
    double mean = 0;
    int far = 0;
    int n = brute(3, size, between_of, t);
    for (int i = 0; i < n; i++) {
        mean += t[i] / n;
        far += t[i] >= between_of(label, size) - 1e-9;
    }
    fp_permutation_result r = global(6, SIX, arm, 4, NULL); /* the fourth arm is empty */
    ck_assert_int_eq(n, 60);
    ck_assert_int_eq(r.allocations, n);
    ck_assert_int_eq(r.at_least_as_far, far);
    ck_assert_double_eq_tol(r.mean, mean, 1e-13);
    ck_assert_double_eq_tol(r.smallest_p, 1.0 / 60, 1e-15); /* no two arms of one size */
}
END_TEST

/* One arm has a single cluster: the denominator is pooled. */
static double pooled_t(const int *label, const int *size)
{
    double mean[4] = {0};
    double within = 0;
    double inverse = 0;
    for (int j = 0; j < 6; j++)
        mean[label[j]] += SIX[j] / size[label[j]];
    for (int j = 0; j < 6; j++)
        within += pow(SIX[j] - mean[label[j]], 2);
    for (int g = 0; g < 4; g++)
        inverse += 1.0 / size[g];
    return (mean[0] - mean[1] - mean[2] + mean[3]) / sqrt(within / 2 * inverse);
}

START_TEST(brute_interaction_single_cluster_arm)
{
    const int size[4] = {2, 1, 2, 1};
    const int label[6] = {0, 0, 1, 2, 2, 3};
    const int32_t a[6] = {0, 0, 1, 0, 0, 1};
    const int32_t b[6] = {0, 0, 0, 1, 1, 1};
    double t[4096];
    double observed = pooled_t(label, size);
    int far = 0;
    int n = brute(4, size, pooled_t, t);
    for (int i = 0; i < n; i++)
        far += fabs(t[i]) >= fabs(observed) - 1e-9 * fmax(1, fabs(observed));
    fp_permutation_result r = interaction(6, SIX, a, b, NULL);
    ck_assert_int_eq(n, 180);
    ck_assert_int_eq(r.allocations, n);
    ck_assert_int_eq(r.at_least_as_far, far);
    ck_assert_double_eq_tol(r.statistic, observed, 1e-12);
    /* (00) and (01) may swap if (10) and (11) do: identity and that one. */
    ck_assert_double_eq_tol(r.smallest_p, 2.0 / 180, 1e-15);
}
END_TEST

/* ---- symmetry, smallest p ---- */

/* The smallest p is reached by the data for which the observed allocation is the farthest. */
START_TEST(smallest_p_is_attained)
{
    double r[12];
    int32_t arm[12];
    four_arms(arm);
    for (int j = 0; j < 12; j++)
        r[j] = (arm[j] == 3 ? 50 : 0) + 20 * arm[j] + 0.01 * sin(j + 1.0);
    fp_permutation_result all = global(12, r, arm, 4, NULL);
    ck_assert_int_eq(all.at_least_as_far, 24);
    ck_assert_double_eq(all.p, all.smallest_p);
    for (int j = 0; j < 12; j++)
        r[j] = (arm[j] == 0 || arm[j] == 3 ? 50 : 0) + 0.01 * sin(j + 1.0);
    fp_permutation_result both = interaction(12, r, IPS, PA, NULL);
    ck_assert_double_eq(both.p, both.smallest_p);
    for (int j = 0; j < 12; j++)
        r[j] = 5 * IPS[j] + 0.01 * sin(j + 1.0);
    fp_permutation_result one = margin(12, r, IPS, PA, NULL);
    ck_assert_int_eq(one.at_least_as_far, 2);
    ck_assert_double_eq(one.p, one.smallest_p);
    const int32_t two_of_five[5] = {1, 1, 0, 0, 0};
    const double five[5] = {9, 10.5, 1, 2.25, 0.125};
    fp_permutation_result unequal = margin(5, five, two_of_five, NULL, NULL);
    ck_assert_double_eq(unequal.p, 0.1);
    ck_assert_double_eq(unequal.smallest_p, 0.1);
}
END_TEST

START_TEST(no_variation_gives_one)
{
    const double zero[12] = {0};
    int32_t arm[12];
    four_arms(arm);
    ck_assert_double_eq(margin(12, zero, IPS, PA, NULL).p, 1);
    ck_assert_double_eq(global(12, zero, arm, 4, NULL).p, 1);
    ck_assert_double_eq(interaction(12, zero, IPS, PA, NULL).p, 1);
    /* A factor that the other one determines has one allocation. */
    fp_permutation_result same = margin(12, BY_PA, PA, PA, NULL);
    ck_assert_int_eq(same.allocations, 1);
    ck_assert_double_eq(same.p, 1);
    ck_assert_double_eq(same.smallest_p, 1);
}
END_TEST

/* Residuals that do not vary inside the observed arms: the ratio is infinite, p is finite. */
START_TEST(zero_variance_arms)
{
    double r[12];
    for (int j = 0; j < 12; j++)
        r[j] = IPS[j] == PA[j] ? 1 : -1;
    fp_permutation_result result = interaction(12, r, IPS, PA, NULL);
    ck_assert(isinf(result.statistic) && result.statistic > 0);
    /* Infinite only where both arms of each diagonal are whole: C(6,3)^2 ways, two signs. */
    ck_assert_int_eq(result.at_least_as_far, 800);
    for (int j = 0; j < 12; j++)
        r[j] = 1 + IPS[j] + 3 * PA[j]; /* additive: no contrast, no variance */
    ck_assert_double_eq(interaction(12, r, IPS, PA, NULL).statistic, 0);
    /* Four clusters: nothing to studentise with; all of the 24 are at least as far as the least. */
    const int32_t a[4] = {0, 1, 0, 1};
    const int32_t b[4] = {0, 0, 1, 1};
    const double four[4] = {1, 2, 4, 8};
    result = interaction(4, four, a, b, NULL);
    ck_assert_int_eq(result.allocations, 24);
    ck_assert_double_eq_tol(result.statistic, 3, 1e-14);
    ck_assert_int_eq(result.at_least_as_far, 24);
}
END_TEST

static void fill_random(double *r, int n, uint64_t replicate)
{
    fp_rng rng;
    fp_rng_init(&rng, 20261121, FP_RNG_TEST, replicate);
    for (int j = 0; j < n; j++)
        r[j] = 4 * fp_rng_unit(&rng) - 2;
}

START_TEST(invariant_to_order_shift_and_scale)
{
    for (uint64_t replicate = 0; replicate < 20; replicate++) {
        double r[12];
        double moved[12];
        double shifted[12];
        int32_t a[12];
        int32_t b[12];
        fill_random(r, 12, replicate);
        for (int j = 0; j < 12; j++) {
            int to = (j * 5 + 3) % 12;
            moved[to] = r[j];
            a[to] = IPS[j];
            b[to] = PA[j];
            shifted[j] = 3 * r[j] + 7;
        }
        fp_permutation_result x = margin(12, r, IPS, PA, NULL);
        ck_assert_int_eq(margin(12, moved, a, b, NULL).at_least_as_far, x.at_least_as_far);
        ck_assert_int_eq(margin(12, shifted, IPS, PA, NULL).at_least_as_far, x.at_least_as_far);
        if (replicate > 1)
            continue;
        fp_permutation_result y = interaction(12, r, IPS, PA, NULL);
        ck_assert_int_eq(interaction(12, moved, a, b, NULL).at_least_as_far, y.at_least_as_far);
        ck_assert_int_eq(interaction(12, shifted, IPS, PA, NULL).at_least_as_far,
                         y.at_least_as_far);
        /* Swapping the factors, or the names of a factor's levels, turns the sign at most. */
        ck_assert_int_eq(interaction(12, r, PA, IPS, NULL).at_least_as_far, y.at_least_as_far);
    }
}
END_TEST

/* Under re-allocation itself the exact p is uniform: P(p <= alpha) <= alpha for every allocation as
 * the observed one. */
START_TEST(exact_test_keeps_its_level)
{
    const double r[8] = {0.3, -1.2, 0.8, 2.1, -0.4, -0.9, 0.05, 1.4};
    int small = 0;
    int n = 0;
    for (int mask = 0; mask < 256; mask++) {
        int32_t x[8];
        if (bits(mask) != 4)
            continue;
        for (int j = 0; j < 8; j++)
            x[j] = mask >> j & 1;
        n++;
        small += margin(8, r, x, NULL, NULL).p <= 0.2;
    }
    ck_assert_int_eq(n, 70);
    ck_assert_int_eq(small, 14);
}
END_TEST

/* ---- sampled ---- */

static void same_results(const fp_permutation_result *x, const fp_permutation_result *y)
{
    ck_assert_int_eq(x->allocations, y->allocations);
    ck_assert_int_eq(x->at_least_as_far, y->at_least_as_far);
    ck_assert_double_eq(x->p, y->p);
    ck_assert_double_eq(x->statistic, y->statistic);
    ck_assert_double_eq(x->mean, y->mean);
}

START_TEST(sampled_agrees_with_exact)
{
    int32_t arm[12];
    four_arms(arm);
    fp_permutation_options o = fp_permutation_defaults();
    o.exact_limit = 0;
    o.samples = 20011; /* no multiple of the number of chunks */
    o.seed = 7;
    fp_permutation_result m = margin(12, BY_PA, IPS, PA, &o);
    fp_permutation_result g = global(12, UNSTRATIFIED, arm, 4, &o);
    fp_permutation_result i = interaction(12, ADDITIVE, IPS, PA, &o);
    ck_assert(!m.exact && !g.exact && !i.exact);
    ck_assert_int_eq(m.allocations, 20011);
    ck_assert_double_eq_tol(m.p, (double)m.at_least_as_far / 20012, 1e-15);
    ck_assert_double_eq_tol(m.smallest_p, 1.0 / 20012, 1e-15);
    /* five standard errors of a proportion */
    ck_assert_double_eq_tol(m.p, 0.185, 5 * sqrt(0.185 * 0.815 / 20011));
    ck_assert_double_eq_tol(g.p, 0.502597402597403, 5 * sqrt(0.25 / 20011));
    ck_assert_double_eq_tol(i.p, 282712.0 / 369600, 5 * sqrt(0.18 / 20011));
    o.seed = 8;
    ck_assert_int_ne(margin(12, BY_PA, IPS, PA, &o).at_least_as_far, m.at_least_as_far);
}
END_TEST

START_TEST(threads_do_not_matter)
{
    int32_t arm[12];
    four_arms(arm);
    for (int sampled = 0; sampled < 2; sampled++) {
        fp_permutation_options o = fp_permutation_defaults();
        o.samples = 5000;
        o.exact_limit = sampled ? 10 : o.exact_limit;
        o.threads = 1;
        fp_permutation_result one = global(12, UNSTRATIFIED, arm, 4, &o);
        fp_permutation_result both = interaction(12, ADDITIVE, IPS, PA, &o);
        for (o.threads = 2; o.threads <= 4; o.threads += 2) {
            fp_permutation_result g = global(12, UNSTRATIFIED, arm, 4, &o);
            fp_permutation_result i = interaction(12, ADDITIVE, IPS, PA, &o);
            same_results(&one, &g);
            same_results(&both, &i);
        }
    }
}
END_TEST

/* Too many allocations to enumerate: 60 clusters. */
START_TEST(many_clusters_are_sampled)
{
    double r[60];
    int32_t x[60];
    fill_random(r, 60, 99);
    for (int j = 0; j < 60; j++) {
        x[j] = j % 2;
        r[j] += 3 * x[j];
    }
    fp_permutation_options o = fp_permutation_defaults();
    o.samples = 2000;
    fp_permutation_result m = margin(60, r, x, NULL, &o);
    ck_assert(!m.exact);
    ck_assert_int_eq(m.at_least_as_far, 1);
    ck_assert_double_eq_tol(m.p, 1.0 / 2001, 1e-15);
}
END_TEST

/* ---- range ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST(range_by_hand)
{
    /* Two columns; the second has a cluster without members. */
    const double sum[12] = {1, 5, 2, 8, 3, 9, 4, 0, 2, 1, 6, 3};
    const double count[12] = {1, 2, 1, 3, 2, 4, 2, 0, 1, 1, 3, 2};
    const int32_t treated[6] = {1, 0, 1, 0, 1, 0};
    double low[2];
    double high[2];
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(
        fp_permutation_range(6, 2, sum, count, treated, NULL, NULL, low, high, arena, &err), FP_OK);
    for (int c = 0; c < 2; c++) {
        double d[20];
        int n = 0;
        for (int mask = 0; mask < 64; mask++) {
            double s[2] = {0};
            double k[2] = {0};
            if (bits(mask) != 3)
                continue;
            for (int j = 0; j < 6; j++) {
                s[mask >> j & 1] += sum[6 * c + j];
                k[mask >> j & 1] += count[6 * c + j];
            }
            d[n++] = s[1] / k[1] - s[0] / k[0];
        }
        qsort(d, (size_t)n, sizeof *d, ascending);
        ck_assert_double_eq_tol(low[c], d[0], 1e-14); /* ceil(0.025 * 20) = 1st */
        ck_assert_double_eq_tol(high[c], d[19], 1e-14);
    }
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(range_of_reference_design)
{
    double count[12];
    double low;
    double high;
    for (int j = 0; j < 12; j++)
        count[j] = 1;
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(
        fp_permutation_range(12, 1, BY_PA, count, IPS, PA, NULL, &low, &high, arena, &err), FP_OK);
    /* 400 differences: the 10th and the 390th of them, from the same enumeration in R. */
    ck_assert_double_eq_tol(low, -2.498827645793021, 1e-12);
    ck_assert_double_eq_tol(high, 2.428197054973834, 1e-12);
    /* Nobody counted anywhere: no difference exists. */
    const double none[12] = {0};
    ck_assert_int_eq(
        fp_permutation_range(12, 1, BY_PA, none, IPS, PA, NULL, &low, &high, arena, &err), FP_OK);
    ck_assert(isnan(low) && isnan(high));
    fp_arena_destroy(arena);
    fp_arena *tiny = fp_arena_create(FP_MIB);
    fp_arena_fail_at(tiny, 1);
    ck_assert_int_eq(
        fp_permutation_range(12, 1, BY_PA, count, IPS, PA, NULL, &low, &high, tiny, &err),
        FP_NOMEM);
    fp_arena_destroy(tiny);
}
END_TEST

/* ---- refusals
 * ------------------------------------------------------------------------------------ */

START_TEST(refuses_bad_input)
{
    fp_permutation_result r = {.p = -1};
    double bad[12] = {0};
    const int32_t all[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const int32_t two[12] = {0, 1, 2, 0, 1, 0, 1, 0, 1, 0, 1, 0};
    const int32_t below[12] = {0, -1};
    fp_permutation_options none = fp_permutation_defaults();
    none.samples = 0;
    ck_assert_int_eq(fp_permutation_margin(1, BY_PA, IPS, NULL, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_margin(1000001, BY_PA, IPS, NULL, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_margin(12, BY_PA, all, PA, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_margin(12, BY_PA, two, PA, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_margin(12, BY_PA, IPS, below, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_margin(12, BY_PA, IPS, PA, &none, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_global(12, BY_PA, two, 17, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_global(12, BY_PA, all, 4, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_interaction(3, BY_PA, IPS, PA, NULL, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_interaction(12, BY_PA, IPS, IPS, NULL, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_interaction(12, BY_PA, two, PA, NULL, NULL, &r, &err), FP_ARG);
    bad[3] = (double)NAN;
    ck_assert_int_eq(fp_permutation_margin(12, bad, IPS, PA, NULL, &r, &err), FP_ARG);
    bad[3] = (double)INFINITY;
    ck_assert_int_eq(fp_permutation_global(12, bad, IPS, 2, NULL, &r, &err), FP_ARG);
    ck_assert_int_eq(fp_permutation_interaction(12, bad, IPS, PA, NULL, NULL, &r, NULL), FP_ARG);
    ck_assert_double_eq(r.p, -1); /* untouched */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("permutation");
    TCase *tests = tcase_create("permutation");
    tcase_add_test(tests, choose);
    tcase_add_test(tests, reference_margins);
    tcase_add_test(tests, reference_neither);
    tcase_add_test(tests, reference_interaction);
    tcase_add_test(tests, brute_margin);
    tcase_add_test(tests, brute_global);
    tcase_add_test(tests, brute_interaction_single_cluster_arm);
    tcase_add_test(tests, smallest_p_is_attained);
    tcase_add_test(tests, no_variation_gives_one);
    tcase_add_test(tests, zero_variance_arms);
    tcase_add_test(tests, invariant_to_order_shift_and_scale);
    tcase_add_test(tests, exact_test_keeps_its_level);
    tcase_add_test(tests, sampled_agrees_with_exact);
    tcase_add_test(tests, threads_do_not_matter);
    tcase_add_test(tests, many_clusters_are_sampled);
    tcase_add_test(tests, range_by_hand);
    tcase_add_test(tests, range_of_reference_design);
    tcase_add_test(tests, refuses_bad_input);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
