#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "run_suite.h"
#include "stats/allocation.h"
#include "stats/permutation.h"

/* A slow program that looks at every way to write arms beside eight units, and keeps those that the
 * rule admits. It shares nothing with the walk through the set. */

enum { N = 8, ARMS = 4 };

static const int32_t TEAM[N] = {0, 0, 0, 0, 1, 1, 1, 1};
static const double CASELOAD[2 * N] = {4, 9, 12, 7, 15, 3, 8, 10, /* and years of experience */
                                       1, 2, 8,  4, 3,  9, 6, 2};
static const double VALUE[N] = {-1.25, 0.5, 2.75, -0.375, 1.5, -2.25, 0.125, -1.0};
static const int32_t SIZE_TWO[4] = {2, 2, 2, 2};
static const int32_t SIZE_FOUR[8] = {1, 1, 1, 1, 1, 1, 1, 1};

static fp_err err;

static double slow_score(const int32_t *arm, int arms, ptrdiff_t covariates, const double *weight)
{
    double score = 0;
    for (ptrdiff_t k = 0; k < covariates; k++) {
        const double *x = CASELOAD + k * N;
        double mean = 0, ss = 0, between = 0;
        for (int j = 0; j < N; j++)
            mean += x[j] / N;
        for (int j = 0; j < N; j++)
            ss += (x[j] - mean) * (x[j] - mean);
        for (int g = 0; g < arms; g++) {
            double sum = 0, n = 0;
            for (int j = 0; j < N; j++) {
                sum += arm[j] == g ? x[j] : 0;
                n += arm[j] == g;
            }
            if (n > 0)
                between += n * (sum / n - mean) * (sum / n - mean);
        }
        score += (weight ? weight[k] : 1) * between / (ss / (N - 1));
    }
    return score;
}

/* Decode `code` as arms; false where a team has not its sizes. */
static bool slow_decode(int code, int arms, const int32_t *size, bool strata, int32_t *arm)
{
    int32_t count[2 * ARMS] = {0};
    for (int j = 0; j < N; j++, code /= arms) {
        arm[j] = code % arms;
        count[(strata ? TEAM[j] : 0) * arms + arm[j]]++;
    }
    return memcmp(count, size, (size_t)((strata ? 2 : 1) * arms) * sizeof *count) == 0;
}

static int power(int base)
{
    int result = 1;
    for (int j = 0; j < N; j++)
        result *= base;
    return result;
}

static fp_allocation_rule rule_of(int arms, const int32_t *size)
{
    return (fp_allocation_rule){.units = N,
                                .arms = arms,
                                .stratum = TEAM,
                                .strata = 2,
                                .size = size,
                                .covariates = 2,
                                .covariate = CASELOAD,
                                .limit = HUGE_VAL};
}

START_TEST(score_is_the_between_arm_sum_of_squares)
{
    /* caseloads 1, 2, 3, 6 (mean 3, variance 14/3), arms {1, 6} and {2, 3}: means 3.5 and 2.5, so
     * 2 (0.5)^2 + 2 (0.5)^2 = 1 over 14/3 is 3/14 */
    const double x[4] = {1, 2, 3, 6};
    const int32_t arm[4] = {0, 1, 1, 0};
    fp_allocation_rule rule = {.units = 4, .arms = 2, .strata = 1, .covariates = 1, .covariate = x};
    double score;
    ck_assert_int_eq(fp_allocation_score(&rule, arm, &score, &err), FP_OK);
    ck_assert_double_eq_tol(score, 3.0 / 14, 1e-15);
    const double weight[1] = {7};
    rule.weight = weight;
    ck_assert_int_eq(fp_allocation_score(&rule, arm, &score, &err), FP_OK);
    ck_assert_double_eq_tol(score, 1.5, 1e-14);
    const double same[4] = {5, 5, 5, 5};
    rule.covariate = same;
    ck_assert_int_eq(fp_allocation_score(&rule, arm, &score, &err), FP_OK);
    ck_assert_double_eq(score, 0);
}
END_TEST

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Explore against the slow program: number, limit, kept, pairs. */
static void check_space(int arms, const int32_t *size, double keep)
{
    fp_allocation_rule rule = rule_of(arms, size);
    const double weight[2] = {2, 0.5};
    rule.weight = weight;
    fp_allocation_options options = fp_allocation_defaults();
    options.keep = keep;
    fp_allocation_space space;
    ck_assert_int_eq(fp_allocation_explore(&rule, &options, &space, &err), FP_OK);
    double *score = malloc((size_t)power(arms) * sizeof *score);
    double *sorted = malloc((size_t)power(arms) * sizeof *sorted);
    int32_t(*all)[N] = malloc((size_t)power(arms) * sizeof *all);
    int n = 0, kept = 0, together[N][N] = {{0}};
    for (int code = 0; code < power(arms); code++)
        if (slow_decode(code, arms, size, true, all[n])) {
            sorted[n] = score[n] = slow_score(all[n], arms, 2, weight);
            n++;
        }
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    double limit = sorted[(int)ceil(keep * n - 1e-9) - 1];
    for (int a = 0; a < n; a++) {
        if (score[a] > limit + 1e-9 * (1 + limit))
            continue;
        kept++;
        for (int i = 0; i < N; i++)
            for (int j = i + 1; j < N; j++)
                together[i][j] += all[a][i] == all[a][j];
    }
    int never = 0, always = 0;
    double least = 1, most = 0;
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N && size[0] > 1; j++)
            if (TEAM[i] == TEAM[j]) {
                never += together[i][j] == 0;
                always += together[i][j] == kept;
                least = fmin(least, (double)together[i][j] / kept);
                most = fmax(most, (double)together[i][j] / kept);
            }
    ck_assert(space.exact);
    ck_assert_double_eq(space.candidates, n);
    ck_assert_int_eq(space.looked_at, n);
    ck_assert_int_eq(space.kept, kept);
    ck_assert_double_eq_tol(space.best, sorted[0], 1e-12);
    ck_assert_double_eq_tol(space.worst, sorted[n - 1], 1e-12);
    ck_assert_double_eq_tol(space.limit, limit, 2e-9 * (1 + limit));
    ck_assert_int_eq(space.never_together, never);
    ck_assert_int_eq(space.always_together, always);
    ck_assert_double_eq_tol(space.least_together, least, 1e-12);
    ck_assert_double_eq_tol(space.most_together, most, 1e-12);
    free(score);
    free(sorted);
    free(all);
}

START_TEST(space_as_the_slow_program_finds_it)
{
    check_space(2, SIZE_TWO, 0.5);
    check_space(2, SIZE_TWO, 0.1); /* 36 allocations: the best four with their mirrors */
    check_space(2, SIZE_TWO, 1);
    check_space(4, SIZE_FOUR, 0.05);
}
END_TEST

START_TEST(never_and_always_together_are_found)
{
    /* Two heavy caseloads among four: they must be apart for balance, the light ones too. */
    const double x[4] = {10, 10, 1, 1};
    const int32_t size[2] = {2, 2};
    fp_allocation_rule rule = {
        .units = 4, .arms = 2, .strata = 1, .size = size, .covariates = 1, .covariate = x};
    fp_allocation_options options = fp_allocation_defaults();
    fp_allocation_space space;
    options.keep = 0.5;
    ck_assert_int_eq(fp_allocation_explore(&rule, &options, &space, &err), FP_OK);
    ck_assert_int_eq(space.kept, 4);
    ck_assert_int_eq(space.never_together, 2);
    ck_assert_int_eq(space.never[0], 0);
    ck_assert_int_eq(space.never[1], 1);
    ck_assert_int_eq(space.always_together, 0);
}
END_TEST

/* Permutation p-values under strata and a constraint, against the slow program. */
static void check_margin(double limit)
{
    const int32_t treated[N] = {1, 0, 1, 0, 0, 1, 0, 1};
    const int32_t fixed[N] = {0, 0, 1, 1, 0, 0, 1, 1};
    fp_allocation_rule rule = rule_of(2, NULL);
    rule.limit = limit;
    fp_permutation_options options = fp_permutation_defaults();
    options.rule = &rule;
    fp_permutation_result result;
    int32_t full[N], arm[N];
    double sum[256], mean = 0, observed = 0;
    int n = 0, far = 0;
    for (int j = 0; j < N; j++)
        observed += treated[j] ? VALUE[j] : 0;
    for (int code = 0; code < 256; code++) {
        int32_t count[2][2] = {{0}};
        double s = 0;
        (void)slow_decode(code, 2, SIZE_TWO, true, arm);
        for (int j = 0; j < N; j++) {
            full[j] = arm[j] + 2 * fixed[j];
            count[TEAM[j]][fixed[j]] += arm[j];
            s += arm[j] ? VALUE[j] : 0;
        }
        bool sizes = count[0][0] == 1 && count[0][1] == 1 && count[1][0] == 1 && count[1][1] == 1;
        if (sizes && slow_score(full, 4, 2, NULL) <= limit)
            sum[n++] = s;
    }
    for (int i = 0; i < n; i++)
        mean += sum[i] / n;
    for (int i = 0; i < n; i++)
        far += fabs(sum[i] - mean) >= fabs(observed - mean) - 1e-9;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, fixed, &options, &result, &err),
                     FP_OK);
    ck_assert(result.exact);
    ck_assert(isinf(limit) == (n == 16)); /* the limit bites */
    ck_assert_int_eq(result.allocations, n);
    ck_assert_int_eq(result.at_least_as_far, far);
    ck_assert_double_eq_tol(result.mean, mean, 1e-12);
    ck_assert_double_eq_tol(result.p, (double)far / n, 1e-15);
    ck_assert_double_eq_tol(result.smallest_p, 2.0 / n, 1e-15);
}

START_TEST(margin_within_strata_and_limit)
{
    check_margin(HUGE_VAL); /* 2^4 = 16 allocations */
    check_margin(7);
}
END_TEST

/* Eight units of a constrained draw; then two late ones in a block that holds each arm once, and
 * one late one alone in its block, which keeps its arm. Every way to write two arms beside eleven
 * units is looked at; the constraint speaks of the first eight. */
START_TEST(late_units_permute_in_their_blocks)
{
    enum { ALL = N + 3 };
    const int32_t treated[ALL] = {1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1};
    int32_t stratum[ALL] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3}, arm[ALL];
    double value[ALL] = {0}, covariate[2 * ALL] = {0}, observed = 0, sum[1 << ALL], mean = 0;
    int n = 0, far = 0;
    memcpy(value, VALUE, sizeof VALUE);
    value[8] = 3.5;
    value[9] = -0.5;
    value[10] = 1.75;
    for (int j = 0; j < N; j++) {
        covariate[j] = CASELOAD[j];
        covariate[ALL + j] = CASELOAD[N + j];
    }
    covariate[8] = 1e6; /* nobody looks at it */
    const double limit = slow_score(treated, 2, 2, NULL) + 1;
    fp_allocation_rule rule = {.units = ALL,
                               .arms = 2,
                               .stratum = stratum,
                               .strata = 4,
                               .covariates = 2,
                               .covariate = covariate,
                               .limit = limit,
                               .balanced = N};
    for (int code = 0; code < 1 << ALL; code++) {
        int32_t count[4] = {0};
        double s = 0;
        for (int j = 0; j < ALL; j++) {
            arm[j] = code >> j & 1;
            count[stratum[j]] += arm[j];
            s += arm[j] ? value[j] : 0;
        }
        if (count[0] == 2 && count[1] == 2 && count[2] == 1 && count[3] == 1 &&
            slow_score(arm, 2, 2, NULL) <= limit)
            sum[n++] = s;
    }
    for (int i = 0; i < n; i++)
        mean += sum[i] / n;
    for (int j = 0; j < ALL; j++)
        observed += treated[j] ? value[j] : 0;
    for (int i = 0; i < n; i++)
        far += fabs(sum[i] - mean) >= fabs(observed - mean) - 1e-9;
    fp_permutation_options options = fp_permutation_defaults();
    fp_permutation_result result;
    options.rule = &rule;
    ck_assert_int_eq(fp_permutation_margin(ALL, value, treated, NULL, &options, &result, &err),
                     FP_OK);
    ck_assert_int_gt(n, 2);
    ck_assert_int_lt(n, 72); /* the limit bites: 6 x 6 x 2 without it */
    ck_assert_int_eq(result.allocations, n);
    ck_assert_int_eq(result.at_least_as_far, far);
    ck_assert_double_eq_tol(result.mean, mean, 1e-12);
    rule.balanced = 1;
    ck_assert_int_eq(fp_permutation_margin(ALL, value, treated, NULL, &options, &result, &err),
                     FP_ARG);
}
END_TEST

START_TEST(global_within_strata_and_limit)
{
    const int32_t arm[N] = {0, 1, 2, 3, 3, 0, 2, 1};
    fp_allocation_rule rule = rule_of(4, NULL);
    fp_permutation_options options = fp_permutation_defaults();
    fp_permutation_result result;
    rule.limit = slow_score(arm, 4, 2, NULL) + 0.5;
    options.rule = &rule;
    double observed = 0, mean = 0;
    int n = 0, far = 0;
    int32_t other[N];
    for (int pass = 0; pass < 2; pass++)
        for (int code = pass ? 0 : -1; code < (pass ? power(4) : 0); code++) {
            double sum[ARMS] = {0}, t = 0;
            const int32_t *now = pass ? other : arm;
            if (pass && (!slow_decode(code, 4, SIZE_FOUR, true, other) ||
                         slow_score(other, 4, 2, NULL) > rule.limit))
                continue;
            for (int j = 0; j < N; j++)
                sum[now[j]] += VALUE[j];
            for (int g = 0; g < ARMS; g++)
                t += sum[g] * sum[g] / 2;
            if (!pass) {
                observed = t;
                continue;
            }
            n++;
            mean += t;
            far += t >= observed - 1e-9;
        }
    ck_assert_int_eq(fp_permutation_global(N, VALUE, arm, 4, &options, &result, &err), FP_OK);
    ck_assert_int_lt(n, 576); /* the limit bites: 4!^2 without it */
    ck_assert_int_eq(result.allocations, n);
    ck_assert_int_eq(result.at_least_as_far, far);
    ck_assert_double_eq_tol(result.mean, mean / n, 1e-12);
    ck_assert_double_eq_tol(result.smallest_p, 24.0 / n, 1e-15);
}
END_TEST

START_TEST(sampling_keeps_strata_and_limit)
{
    const int32_t treated[N] = {1, 0, 1, 0, 0, 1, 0, 1};
    fp_allocation_rule rule = rule_of(2, NULL);
    fp_permutation_options exact = fp_permutation_defaults(), drawn = exact;
    fp_permutation_result a, b, c;
    rule.limit = 2;
    exact.rule = drawn.rule = &rule;
    drawn.exact_limit = 1;
    drawn.samples = 20000;
    drawn.threads = 1;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, NULL, &exact, &a, &err), FP_OK);
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, NULL, &drawn, &b, &err), FP_OK);
    ck_assert(a.exact && !b.exact);
    ck_assert_double_eq_tol(a.p, b.p, 0.015); /* 4 standard errors */
    drawn.threads = 3;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, NULL, &drawn, &c, &err), FP_OK);
    ck_assert_int_eq(b.at_least_as_far, c.at_least_as_far);
}
END_TEST

START_TEST(an_allocation_outside_the_rule_is_refused)
{
    const int32_t treated[N] = {1, 0, 1, 0, 0, 1, 0, 1};
    fp_allocation_rule rule = rule_of(2, NULL);
    fp_permutation_options options = fp_permutation_defaults();
    fp_permutation_result result;
    options.rule = &rule;
    rule.limit = slow_score(treated, 2, 2, NULL) / 2;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, NULL, &options, &result, &err),
                     FP_INPUT);
    rule.units = 7;
    ck_assert_int_eq(fp_permutation_margin(N, VALUE, treated, NULL, &options, &result, &err),
                     FP_ARG);
}
END_TEST

START_TEST(draws_are_uniform_on_the_admitted_set)
{
    fp_allocation_rule rule = rule_of(2, SIZE_TWO);
    int32_t arm[N], all[36][N];
    int n = 0, count[36] = {0};
    rule.limit = 3;
    for (int code = 0; code < 256; code++)
        if (slow_decode(code, 2, SIZE_TWO, true, all[n]) &&
            slow_score(all[n], 2, 2, NULL) <= rule.limit)
            n++;
    ck_assert_int_gt(n, 5);
    ck_assert_int_lt(n, 36);
    enum { DRAWS = 20000 };
    for (int i = 0; i < DRAWS; i++) {
        int at = 0;
        ck_assert_int_eq(fp_allocation_draw(&rule, (uint64_t)i, arm, &err), FP_OK);
        while (at < n && memcmp(arm, all[at], sizeof arm) != 0)
            at++;
        ck_assert_int_lt(at, n); /* one of the admitted */
        count[at]++;
    }
    double chisq = 0, expected = (double)DRAWS / n;
    for (int i = 0; i < n; i++)
        chisq += (count[i] - expected) * (count[i] - expected) / expected;
    ck_assert_double_lt(chisq, n - 1 + 5 * sqrt(2.0 * (n - 1)));
}
END_TEST

START_TEST(simple_draws_follow_the_ratio)
{
    enum { UNITS = 30000 };
    static int32_t arm[UNITS];
    const int32_t ratio[3] = {1, 2, 3};
    fp_allocation_rule rule = {
        .lot = FP_LOT_SIMPLE, .units = UNITS, .arms = 3, .strata = 1, .ratio = ratio};
    int count[3] = {0};
    ck_assert_int_eq(fp_allocation_draw(&rule, 4, arm, &err), FP_OK);
    for (int j = 0; j < UNITS; j++)
        count[arm[j]]++;
    for (int g = 0; g < 3; g++)
        ck_assert_int_lt(abs(count[g] - UNITS * ratio[g] / 6), 4 * 87);
    int32_t again[3];
    rule.units = 3; /* the same beginning, whatever the number of units */
    ck_assert_int_eq(fp_allocation_draw(&rule, 4, again, &err), FP_OK);
    ck_assert_mem_eq(arm, again, sizeof again);
}
END_TEST

START_TEST(sizes_are_as_even_as_can_be)
{
    const int32_t stratum[11] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
    int32_t size[4];
    int more = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        ck_assert_int_eq(fp_allocation_sizes(11, stratum, 2, 2, NULL, seed, size, &err), FP_OK);
        ck_assert_int_eq(size[0] + size[1], 5);
        ck_assert(size[0] == 2 || size[0] == 3);
        ck_assert(size[2] == 3 && size[3] == 3);
        more += size[0] == 3;
    }
    ck_assert_int_gt(more, 150);
    ck_assert_int_lt(more, 250);
    const int32_t ratio[2] = {1, 2};
    ck_assert_int_eq(fp_allocation_sizes(11, stratum, 2, 2, ratio, 1, size, &err), FP_OK);
    ck_assert(size[2] == 2 && size[3] == 4);
}
END_TEST

START_TEST(the_draw_of_a_seed_never_changes)
{
    /* Known answer: a list that was drawn must be derived again from its seed in ten years. */
    const int32_t size[4] = {3, 3, 3, 3};
    const int32_t want[12] = {3, 1, 3, 2, 3, 2, 1, 1, 2, 0, 0, 0};
    fp_allocation_rule rule = {.units = 12, .arms = 4, .strata = 1, .size = size};
    int32_t arm[12];
    ck_assert_int_eq(fp_allocation_draw(&rule, 20261121, arm, &err), FP_OK);
    ck_assert_mem_eq(arm, want, sizeof want);
}
END_TEST

START_TEST(refuses_bad_rules)
{
    fp_allocation_rule rule = rule_of(2, SIZE_TWO);
    fp_allocation_space space;
    fp_allocation_options options = fp_allocation_defaults();
    int32_t arm[N];
    const int32_t wrong[4] = {2, 3, 2, 2};
    rule.size = wrong;
    ck_assert_int_eq(fp_allocation_draw(&rule, 1, arm, &err), FP_ARG);
    rule.size = SIZE_TWO;
    rule.limit = -1; /* nothing is as balanced as that */
    ck_assert_int_eq(fp_allocation_draw(&rule, 1, arm, &err), FP_INPUT);
    options.keep = 0;
    ck_assert_int_eq(fp_allocation_explore(&rule, &options, &space, &err), FP_ARG);
    options.keep = 1.5;
    ck_assert_int_eq(fp_allocation_explore(&rule, &options, &space, &err), FP_ARG);
    const double weight[2] = {1, 0};
    rule.weight = weight;
    ck_assert_int_eq(fp_allocation_draw(&rule, 1, arm, &err), FP_ARG);
    rule.weight = NULL;
    rule.arms = 17;
    ck_assert_int_eq(fp_allocation_draw(&rule, 1, arm, &err), FP_ARG);
    rule.arms = 2;
    rule.units = 1;
    ck_assert_int_eq(fp_allocation_draw(&rule, 1, arm, &err), FP_ARG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allocation");
    TCase *tests = tcase_create("allocation");
    tcase_add_test(tests, score_is_the_between_arm_sum_of_squares);
    tcase_add_test(tests, space_as_the_slow_program_finds_it);
    tcase_add_test(tests, never_and_always_together_are_found);
    tcase_add_test(tests, margin_within_strata_and_limit);
    tcase_add_test(tests, late_units_permute_in_their_blocks);
    tcase_add_test(tests, global_within_strata_and_limit);
    tcase_add_test(tests, sampling_keeps_strata_and_limit);
    tcase_add_test(tests, an_allocation_outside_the_rule_is_refused);
    tcase_add_test(tests, draws_are_uniform_on_the_admitted_set);
    tcase_add_test(tests, simple_draws_follow_the_ratio);
    tcase_add_test(tests, sizes_are_as_even_as_can_be);
    tcase_add_test(tests, the_draw_of_a_seed_never_changes);
    tcase_add_test(tests, refuses_bad_rules);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
