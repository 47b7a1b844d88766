#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/num.h"
#include "run_suite.h"
#include "stats/dist.h"
#include "stats/permutation.h"
#include "stats/power_measure_priv.h"
#include "stats/power_solve.h"

/* Simulated trials of what is measured: against exact powers, against R's own simulations, and
 * against what was asked for. */

TEST_ARENA(FP_GIB);

/* ---- plans ---- */

/* A parallel trial of clusters, measured once. */
static fp_power_plan parallel(ptrdiff_t clusters, double size, double icc)
{
    fp_power_plan plan = fp_power_plan_defaults();
    plan.factorial = false;
    plan.arms = 2;
    plan.factor[0] = "arm";
    plan.clusters = clusters;
    plan.cluster_size = size;
    plan.variation = icc;
    plan.effects = FP_EFFECT_MARGINS;
    plan.measure = (fp_power_measure){.waves = 1, .at = {1}, .between = FP_NUM_NAN};
    plan.interaction = 0;
    return plan;
}

static fp_power_plan binary(ptrdiff_t clusters, double size, double icc, double risk, double odds)
{
    fp_power_plan plan = parallel(clusters, size, icc);
    plan.measure.outcome = FP_POWER_BINARY;
    plan.measure.effect = FP_POWER_ODDS_RATIO;
    plan.measure.risk[0] = risk;
    plan.effect[0] = odds;
    plan.interaction = 1;
    return plan;
}

static fp_power_plan number(ptrdiff_t clusters, double size, double icc, double sd, double gap)
{
    fp_power_plan plan = parallel(clusters, size, icc);
    plan.measure.outcome = FP_POWER_CONTINUOUS;
    plan.measure.effect = FP_POWER_MEAN_DIFFERENCE;
    plan.measure.sd = sd;
    plan.effect[0] = gap;
    return plan;
}

static void factorial(fp_power_plan *plan, double other)
{
    plan->factorial = true;
    plan->arms = 4;
    plan->factor[0] = "a";
    plan->effect[1] = other;
    plan->effects = FP_EFFECT_MARGINS | FP_EFFECT_INTERACTION;
}

static fp_power_design design_of(const fp_power_plan *plan)
{
    fp_power_design design;
    fp_power_derived derived;
    fp_err err;
    ck_assert_msg(fp_power_plan_design(plan, arena, &design, &derived, &err) == FP_OK, "%s",
                  err.message);
    return design;
}

static const fp_power_result *simulate(const fp_power_plan *plan, int64_t trials, int threads,
                                       ptrdiff_t question)
{
    fp_power_design design = design_of(plan);
    fp_power_options options = fp_power_defaults();
    const fp_power_result *result;
    fp_err err;
    options.trials = trials;
    options.work.threads = threads;
    ck_assert_msg(fp_power_simulate(&design, &options, question, arena, &result, NULL, &err) ==
                      FP_OK,
                  "%s", err.message);
    return result;
}

/* The number of that name in tests/data/power/measure.txt (make_power_measure.R). */
static double by_r(const char *name)
{
    char line[256];
    double value = 0;
    bool found = false;
    size_t n = strlen(name);
    FILE *file = fopen(FP_TEST_DATA "/power/measure.txt", "r");
    ck_assert(file);
    while (!found && fgets(line, sizeof line, file))
        if (strncmp(line, name, n) == 0 && line[n] == ' ') {
            ck_assert(fp_num_parse(fp_str_trim(fp_str_of(line + n)), '.', &value));
            found = true;
        }
    (void)fclose(file);
    ck_assert_msg(found, "%s", name);
    return value;
}

/* Within three Monte Carlo errors. */
static void assert_share(const char *name, double share, double expected, double trials)
{
    double error = sqrt(expected * (1 - expected) / trials);
    ck_assert_msg(fabs(share - expected) <= 3 * error, "%s: %.4f, expected %.4f +- %.4f", name,
                  share, expected, error);
}

/* ---- exact powers ---- */

START_TEST(t_tests_have_their_exact_power)
{
    enum { TRIALS = 20000 };
    fp_power_plan people = number(120, 1, 0, 10, 5);
    people.individual = true;
    people.analyses = 1u << FP_POWER_NAIVE;
    const fp_power_result *r = simulate(&people, TRIALS, 0, -1);
    assert_share("people", r[FP_POWER_NAIVE].share, by_r("exact_people_120_gap_5_sd_10"), TRIALS);
    r = simulate(&people, TRIALS, 0, 0);
    assert_share("people under the null", r[FP_POWER_NAIVE].share, 0.05, TRIALS);

    fp_power_plan clusters = number(12, 10, 0.1, 10, 8);
    clusters.analyses = 1u << FP_POWER_TTEST | 1u << FP_POWER_PERMUTATION;
    r = simulate(&clusters, TRIALS, 0, -1);
    assert_share("clusters", r[FP_POWER_TTEST].share, by_r("exact_clusters_12_gap_8_sd_10_icc_0.1"),
                 TRIALS);
    assert_share("coverage", r[FP_POWER_TTEST].coverage, 0.95, TRIALS);
    r = simulate(&clusters, TRIALS, 0, 0);
    assert_share("clusters under the null", r[FP_POWER_TTEST].share, 0.05, TRIALS);
    /* of 924 allocations 46 are at most as far as the 5% allow: 46 / 924 */
    assert_share("permutation under the null", r[FP_POWER_PERMUTATION].share, 46.0 / 924, TRIALS);
}
END_TEST

/* ---- R's simulations ---- */

enum { OURS = 6000 };

static void assert_simulated(const char *of, fp_power_analysis a, const fp_power_result *result)
{
    const fp_power_result *r = &result[a];
    char name[64];
    double theirs = by_r("trials"), power, mean, sd, se;
    double inverse = 1 / theirs + 1.0 / OURS;
    const char *analysis = fp_power_analysis_name[a];
    (void)snprintf(name, sizeof name, "%s_%s_power", of, analysis);
    power = by_r(name);
    assert_share(name, r->share, power, 1 / inverse);
    (void)snprintf(name, sizeof name, "%s_%s_sd", of, analysis);
    sd = by_r(name);
    ck_assert_msg(fabs(r->sd / sd - 1) <= 3 * sqrt(inverse / 2), "%s: %g, R %g", name, r->sd, sd);
    (void)snprintf(name, sizeof name, "%s_%s_mean", of, analysis);
    mean = by_r(name);
    ck_assert_msg(fabs(r->estimate - mean) <= 3 * sd * sqrt(inverse), "%s: %g, R %g", name,
                  r->estimate, mean);
    (void)snprintf(name, sizeof name, "%s_%s_se", of, analysis);
    se = by_r(name);
    ck_assert_msg(fabs(r->mean_se / se - 1) <= 0.02, "%s: %g, R %g", name, r->mean_se, se);
}

static void compare(const char *of, const fp_power_plan *plan)
{
    const fp_power_result *r = simulate(plan, OURS, 0, -1);
    for (int a = 0; a < FP_POWER_ANALYSES; a++)
        if (plan->analyses & 1u << a)
            assert_simulated(of, (fp_power_analysis)a, r);
}

static void set_waves(fp_power_plan *plan, int32_t waves, double middle, double person)
{
    plan->measure.waves = waves;
    plan->measure.at[0] = 0;
    plan->measure.at[1] = middle;
    plan->measure.at[waves - 1] = 1;
    plan->measure.person = person;
    plan->measure.law = FP_POWER_LOGIT_NORMAL;
}

START_TEST(simulations_agree_with_r)
{
    fp_power_plan b = binary(16, 15, 0.05, 0.3, 2.5);
    b.analyses = 1u << FP_POWER_NAIVE | 1u << FP_POWER_MD | 1u << FP_POWER_GEE_ROBUST;
    compare("binary", &b);

    fp_power_plan n = number(12, 10, 0.1, 10, 7);
    n.analyses = 1u << FP_POWER_LMM | 1u << FP_POWER_TTEST;
    compare("number", &n);

    fp_power_plan waves = number(14, 8, 0.08, 10, 6);
    set_waves(&waves, 3, 1.0 / 3, 0.5);
    waves.measure.between = 0.05;
    waves.measure.drop_out = 0.2;
    waves.analyses = 1u << FP_POWER_LMM | 1u << FP_POWER_GEE_ROBUST;
    compare("last", &waves);
    waves.measure.estimand = FP_POWER_SLOPE;
    waves.analyses = 1u << FP_POWER_LMM;
    compare("slope", &waves);

    fp_power_plan visits = binary(16, 10, 0.05, 0.3, 2.5);
    set_waves(&visits, 2, 1, 0.4);
    visits.measure.risk[1] = 0.4;
    visits.analyses = 1u << FP_POWER_GEE_ROBUST;
    compare("visits", &visits);
}
END_TEST

/* ---- distributions ---- */

static void assert_r(const char *name, double value, double tolerance)
{
    double want = by_r(name);
    ck_assert_msg(fabs(value - want) <= tolerance * fabs(want), "%s: %.15g, R %.15g", name, value,
                  want);
}

START_TEST(logistic_normal)
{
    assert_r("intercept_0.2_1.5", fp_logit_normal_intercept(0.2, 1.5), 1e-9);
    assert_r("alike_0.3_0.5_0", fp_logit_normal_correlation(0.3, 0.5, 0), 1e-9);
    assert_r("alike_0.3_0.4_2", fp_logit_normal_correlation(0.3, 0.4, 2), 1e-7);
    for (double p = 0.05; p < 1; p += 0.15)
        for (double v = 0; v < 30; v = 2 * v + 0.1)
            ck_assert_double_eq_tol(fp_logit_normal_mean(fp_logit_normal_intercept(p, v), v), p,
                                    1e-11);
    fp_power_measure once = {.outcome = FP_POWER_BINARY,
                             .law = FP_POWER_LOGIT_NORMAL,
                             .waves = 1,
                             .at = {1},
                             .risk = {0.3},
                             .icc = 0.05};
    fp_power_spread s;
    ck_assert(fp_power_spread_of(&once, &s, NULL) == FP_OK);
    assert_r("sd_logit_0.3_0.05", s.cluster, 1e-7);
    fp_power_measure twice = once;
    twice.waves = 2;
    twice.risk[1] = 0.4;
    twice.between = 0.05;
    twice.person = 0.4;
    ck_assert(fp_power_spread_of(&twice, &s, NULL) == FP_OK);
    assert_r("sd_cluster_0.4_0.05_0.4", s.cluster, 1e-3); /* of R's optim() */
    assert_r("sd_person_0.4_0.05_0.4", s.person, 1e-3);
    ck_assert_double_eq_tol(s.period, 0, 1e-12);
}
END_TEST

/* The three correlations of what is found are those asked for, on the scale of proportions. */
START_TEST(parts_make_their_correlations)
{
    static const double wanted[][4] = {
        /* risk, icc, between, person */
        {0.3, 0.05, 0.03, 0.4}, {0.5, 0.2, 0.2, 0.2}, {0.1, 0.02, 0, 0.3},
        {0.7, 0, 0, 0.5},       {0.4, 0.1, 0.1, 0.8},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const double *w = wanted[i];
        fp_power_measure m = {.outcome = FP_POWER_BINARY,
                              .law = FP_POWER_LOGIT_NORMAL,
                              .waves = 2,
                              .at = {0, 1},
                              .risk = {w[0], w[0]},
                              .icc = w[1],
                              .between = w[2],
                              .person = w[3]};
        fp_power_spread s;
        ck_assert(fp_power_spread_of(&m, &s, NULL) == FP_OK);
        double c = s.cluster * s.cluster, t = s.period * s.period, p = s.person * s.person;
        ck_assert_double_eq_tol(fp_logit_normal_correlation(w[0], c + t, p), w[1], 1e-5);
        ck_assert_double_eq_tol(fp_logit_normal_correlation(w[0], c, t + p), w[2], 1e-5);
        ck_assert_double_eq_tol(fp_logit_normal_correlation(w[0], c + p, t), w[3], 1e-5);
    }
    /* continuous, by hand: 100 (0.05, 0.03, 0.45, 0.47) */
    fp_power_measure m = {.outcome = FP_POWER_CONTINUOUS,
                          .waves = 2,
                          .at = {0, 1},
                          .sd = 10,
                          .icc = 0.08,
                          .between = 0.05,
                          .person = 0.5};
    fp_power_spread s;
    ck_assert(fp_power_spread_of(&m, &s, NULL) == FP_OK);
    ck_assert_double_eq_tol(s.cluster * s.cluster, 5, 1e-12);
    ck_assert_double_eq_tol(s.period * s.period, 3, 1e-12);
    ck_assert_double_eq_tol(s.person * s.person, 45, 1e-12);
    ck_assert_double_eq_tol(s.residual * s.residual, 47, 1e-12);
}
END_TEST

/* ---- rows as designed ---- */

typedef struct {
    fp_power_trial trial;
    fp_power_rows rows;
    fp_power_scheme scheme;
} machine;

static machine machine_of(const fp_power_design *d)
{
    machine m;
    ck_assert(fp_power_trial_create(d, arena, &m.trial, NULL) == FP_OK);
    ck_assert(fp_power_rows_create(d, arena, &m.rows, NULL) == FP_OK);
    ck_assert(fp_power_scheme_make(d, d->eta, &m.scheme, NULL) == FP_OK);
    return m;
}

/* Mean product, over trials, of the answers of two people of a cluster, and of one person at two
 * waves, in the reference arm: cluster 0 of two people at two waves. */
static void products(const fp_power_plan *plan, double mean, double out[3])
{
    enum { TRIALS = 60000 };
    fp_power_design d = design_of(plan);
    machine m = machine_of(&d);
    out[0] = out[1] = out[2] = 0;
    int32_t waves = d.measure.waves;
    for (uint64_t i = 0; i < TRIALS; i++) {
        fp_power_rows_draw(&d, &m.scheme, 5, i, &m.trial, &m.rows);
        const double *a = m.rows.y, *b = m.rows.y + waves;
        out[0] += (a[waves - 1] - mean) * (b[waves - 1] - mean) / TRIALS;
        out[1] += (a[0] - mean) * (b[waves - 1] - mean) / TRIALS;
        out[2] += (a[0] - mean) * (a[waves - 1] - mean) / TRIALS;
    }
}

START_TEST(answers_are_as_alike_as_asked)
{
    double found[3];
    for (int law = 0; law < 2; law++) {
        fp_power_plan plan = binary(2, 2, 0.2, 0.3, 1);
        plan.measure.law = (fp_power_binary_law)law;
        products(&plan, 0.3, found);
        ck_assert_double_eq_tol(found[0] / 0.21, 0.2, 0.015);
    }
    fp_power_plan visits = binary(2, 2, 0.2, 0.3, 1);
    set_waves(&visits, 2, 1, 0.5);
    visits.measure.risk[1] = 0.3;
    visits.measure.between = 0.1;
    products(&visits, 0.3, found);
    ck_assert_double_eq_tol(found[0] / 0.21, 0.2, 0.02);
    ck_assert_double_eq_tol(found[1] / 0.21, 0.1, 0.02);
    ck_assert_double_eq_tol(found[2] / 0.21, 0.5, 0.02);
    fp_power_plan waves = number(2, 2, 0.2, 3, 0);
    set_waves(&waves, 2, 1, 0.5);
    waves.measure.between = 0.1;
    products(&waves, 0, found);
    ck_assert_double_eq_tol(found[0] / 9, 0.2, 0.02);
    ck_assert_double_eq_tol(found[1] / 9, 0.1, 0.02);
    ck_assert_double_eq_tol(found[2] / 9, 0.5, 0.02);
}
END_TEST

/* Effects hold over all clusters, in every arm and on every scale; small shapes give no NaN. */
START_TEST(risks_are_as_asked)
{
    static const struct {
        fp_power_effect effect;
        double a, b, both, risk[4];
    } cases[] = {{FP_POWER_ODDS_RATIO, 2, 1.5, 1, {0.2, 1.0 / 3, 3.0 / 11, 3.0 / 7}},
                 {FP_POWER_RISK_RATIO, 2, 1.5, 0.5, {0.2, 0.4, 0.3, 0.3}},
                 {FP_POWER_RISK_DIFFERENCE, 0.1, -0.05, 0.2, {0.2, 0.3, 0.15, 0.45}}};
    for (size_t k = 0; k < 6; k++) {
        fp_power_plan plan = binary(8, 6, k < 3 ? 0.1 : 0.995, 0.2, cases[k % 3].a);
        plan.measure.law = k % 2 && k < 3 ? FP_POWER_LOGIT_NORMAL : FP_POWER_BETA;
        plan.measure.effect = cases[k % 3].effect;
        factorial(&plan, cases[k % 3].b);
        plan.interaction = cases[k % 3].both;
        fp_power_design d = design_of(&plan);
        machine m = machine_of(&d);
        double events[4] = {0}, n[4] = {0};
        for (uint64_t i = 0; i < 8000; i++) {
            fp_power_rows_draw(&d, &m.scheme, 9, i, &m.trial, &m.rows);
            for (ptrdiff_t r = 0; r < m.rows.n; r++) {
                ck_assert(m.rows.y[r] == 0 || m.rows.y[r] == 1);
                events[d.arm[m.rows.cluster[r]]] += m.rows.y[r];
                n[d.arm[m.rows.cluster[r]]] += 1;
            }
        }
        for (int g = 0; g < 4; g++)
            ck_assert_double_eq_tol(events[g] / n[g], cases[k % 3].risk[g], k < 3 ? 0.01 : 0.02);
    }
}
END_TEST

START_TEST(people_leave_and_stay_away)
{
    fp_power_plan plan = number(4, 25, 0, 1, 0);
    set_waves(&plan, 3, 0.5, 0.3);
    plan.measure.drop_out = 0.36;
    fp_power_design d = design_of(&plan);
    machine m = machine_of(&d);
    double at[3] = {0};
    for (uint64_t i = 0; i < 2000; i++) {
        fp_power_rows_draw(&d, &m.scheme, 1, i, &m.trial, &m.rows);
        for (ptrdiff_t r = 0; r < m.rows.n; r++) {
            at[m.rows.wave[r]] += 1;
            if (m.rows.wave[r] > 0) /* nobody comes back */
                ck_assert(m.rows.person[r - 1] == m.rows.person[r] &&
                          m.rows.wave[r - 1] == m.rows.wave[r] - 1);
        }
    }
    ck_assert_double_eq(at[0], 200000);
    ck_assert_double_eq_tol(at[1] / 200000, 0.8, 0.005); /* sqrt(0.64) */
    ck_assert_double_eq_tol(at[2] / 200000, 0.64, 0.005);
}
END_TEST

/* ---- analyses ---- */

/* The residuals of the permutation tests are those of the analysis: a GLM with a mean for each
 * level of what is held fixed. By hand for a 2x2 table of clusters. */
START_TEST(residuals_of_permutation_tests)
{
    fp_power_plan plan = binary(8, 5, 0.1, 0.4, 2);
    factorial(&plan, 1.5);
    plan.analyses = 1u << FP_POWER_PERMUTATION;
    fp_power_design d = design_of(&plan);
    fp_power_run sim = {.design = &d, .only = -1};
    fp_power_worker w = {.sim = &sim, .arena = arena};
    machine m = machine_of(&d);
    double sum[8], weight[8], mean[2] = {0}, total[8] = {0};
    bool usable;
    fp_power_rows_draw(&d, &m.scheme, 2, 0, &m.trial, &m.rows);
    w.rows = m.rows;
    ck_assert(fp_power_measure_residuals(&w, &d.question[0], sum, weight, &usable, NULL) == FP_OK);
    ck_assert(usable);
    for (ptrdiff_t r = 0; r < m.rows.n; r++) {
        mean[d.arm[m.rows.cluster[r]] / 2] += m.rows.y[r] / 20;
        total[m.rows.cluster[r]] += m.rows.y[r];
    }
    for (int j = 0; j < 8; j++) {
        ck_assert_double_eq_tol(weight[j], 5, 1e-12);
        ck_assert_double_eq_tol(sum[j], total[j] - 5 * mean[d.arm[j] / 2], 1e-12);
    }
    /* the additive model: residuals of each margin sum to 0 */
    ck_assert(fp_power_measure_residuals(&w, &d.question[2], sum, weight, &usable, NULL) == FP_OK);
    ck_assert(usable && d.question[2].permute == FP_PERMUTE_INTERACTION);
    double a = 0, b = 0, all = 0;
    for (int j = 0; j < 8; j++) {
        all += sum[j];
        a += d.arm[j] % 2 ? sum[j] : 0;
        b += d.arm[j] / 2 ? sum[j] : 0;
    }
    ck_assert_double_eq_tol(fabs(all) + fabs(a) + fabs(b), 0, 1e-9);
}
END_TEST

/* With clusters of one size, whose variance is not estimated 0, the mixed model is the t-test of
 * cluster means, and KC with exchangeable equations nearly so: they reject in the same trials. */
START_TEST(equal_clusters_make_one_test)
{
    fp_power_plan plan = number(12, 20, 0.3, 5, 4);
    plan.analyses = 1u << FP_POWER_LMM | 1u << FP_POWER_LMM_KR | 1u << FP_POWER_TTEST;
    const fp_power_result *r = simulate(&plan, 500, 0, -1);
    ck_assert_int_eq(r[FP_POWER_LMM].usable, 500);
    ck_assert_double_eq_tol(r[FP_POWER_LMM].estimate, r[FP_POWER_TTEST].estimate, 1e-9);
    ck_assert_int_le(labs((long)(r[FP_POWER_LMM].rejected - r[FP_POWER_TTEST].rejected)), 2);
    ck_assert_int_le(labs((long)(r[FP_POWER_LMM_KR].rejected - r[FP_POWER_TTEST].rejected)), 2);
}
END_TEST

/* Every analysis of every outcome, on one thread and on two. */
START_TEST(same_numbers_on_two_threads)
{
    fp_power_plan plans[4] = {binary(9, 7, 0.1, 0.4, 2), number(9, 7, 0.1, 1, 0.5),
                              number(9, 7, 0.1, 1, 0.5), number(40, 1, 0, 1, 0.5)};
    set_waves(&plans[2], 3, 0.5, 0.5);
    set_waves(&plans[3], 3, 0.5, 0.5);
    plans[0].size_cv = 0.6;
    plans[2].measure.drop_out = 0.2;
    plans[2].measure.estimand = FP_POWER_SLOPE;
    plans[3].individual = true;
    for (int k = 0; k < 4; k++) {
        fp_power_plan *plan = &plans[k];
        if (k < 2)
            factorial(plan, k ? 0.2 : 1.2);
        plan->analyses = fp_power_analyses_of(&plan->measure, plan->individual);
        const fp_power_result *one = simulate(plan, 130, 1, -1), *two = simulate(plan, 130, 2, -1);
        int met = 0;
        for (ptrdiff_t i = 0; i < (k < 2 ? 3 : 1) * FP_POWER_ANALYSES; i++) {
            ck_assert_int_eq(one[i].rejected, two[i].rejected);
            ck_assert_int_eq(one[i].usable, two[i].usable);
            ck_assert_mem_eq(&one[i].estimate, &two[i].estimate, sizeof one[i].estimate);
            ck_assert_mem_eq(&one[i].mean_se, &two[i].mean_se, sizeof one[i].mean_se);
            met += one[i].usable > 0;
        }
        ck_assert_int_ge(met, __builtin_popcount(plan->analyses));
    }
}
END_TEST

/* Trials in which an arm has nobody with the event have no odds ratio: counted, not significant. */
START_TEST(failed_fits_are_counted)
{
    fp_power_plan plan = binary(4, 5, 0, 0.05, 2);
    plan.analyses = 1u << FP_POWER_NAIVE | 1u << FP_POWER_GEE_ROBUST | 1u << FP_POWER_TTEST;
    const fp_power_result *r = simulate(&plan, 400, 0, -1);
    /* an arm of 10: none with probability 0.95^10, or 0.905^10 */
    double p1 = 2 * 0.05 / 0.95 / (1 + 2 * 0.05 / 0.95), some = 1 - pow(0.95, 10);
    some *= 1 - pow(1 - p1, 10);
    assert_share("usable", (double)r[FP_POWER_NAIVE].usable / 400, some, 400);
    ck_assert_int_le(r[FP_POWER_NAIVE].rejected, r[FP_POWER_NAIVE].usable);
}
END_TEST

START_TEST(solving_for_differences)
{
    fp_power_plan plan = number(100, 1, 0, 10, 5);
    fp_power_options options = fp_power_defaults();
    fp_power_solution s;
    fp_err err;
    plan.individual = true;
    plan.analyses = 1u << FP_POWER_NAIVE;
    options.trials = 4000;
    fp_power_wish wish = {FP_SOLVE_PEOPLE, 0.8, 0, FP_POWER_NAIVE};
    ck_assert(fp_power_solve(&plan, &wish, &options, &s, &err) == FP_OK);
    ck_assert(s.reached);
    ck_assert_double_eq_tol(s.value, 128, 8); /* power.t.test: 63.8 an arm */
    wish.unknown = FP_SOLVE_EFFECT;
    ck_assert(fp_power_solve(&plan, &wish, &options, &s, &err) == FP_OK);
    ck_assert_double_eq_tol(s.value, 5.66, 0.2); /* power.t.test: 5.66 with 50 an arm */
    plan.effect[0] = -5;
    ck_assert(fp_power_solve(&plan, &wish, &options, &s, &err) == FP_OK);
    ck_assert_double_eq_tol(s.value, -5.66, 0.2);
    plan.effect[0] = 0;
    wish.unknown = FP_SOLVE_PEOPLE;
    ck_assert(fp_power_solve(&plan, &wish, &options, &s, &err) == FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "the mean difference of arm is 0"));
    /* a risk ratio goes no further than a risk of 1 */
    fp_power_plan risks = binary(8, 4, 0.3, 0.6, 1.2);
    risks.measure.effect = FP_POWER_RISK_RATIO;
    risks.analyses = 1u << FP_POWER_TTEST;
    options.trials = 200;
    wish = (fp_power_wish){FP_SOLVE_EFFECT, 0.99, 0, FP_POWER_TTEST};
    ck_assert(fp_power_solve(&risks, &wish, &options, &s, &err) == FP_OK);
    ck_assert(!s.reached);
    ck_assert_double_eq_tol(s.value, 1 / 0.6, 0.01);
}
END_TEST

/* ---- bad input ---- */

static void assert_refused(const fp_power_plan *plan, const char *words)
{
    fp_power_design design;
    fp_power_derived derived;
    fp_err err = {0};
    ck_assert_msg(fp_power_plan_design(plan, arena, &design, &derived, &err) == FP_INPUT, "%s",
                  words);
    ck_assert_msg(strstr(err.message, words) != NULL, "\"%s\" is not in \"%s\"", words,
                  err.message);
}

START_TEST(what_is_no_plan)
{
    fp_power_plan good = binary(12, 10, 0.05, 0.3, 2), p = good;
    p.measure.risk[0] = 0;
    assert_refused(&p, "the event probability is 0");
    p.measure.risk[0] = 1;
    assert_refused(&p, "the event probability is 1");
    p = good;
    p.variation = -0.01;
    assert_refused(&p, "the ICC is -0.01");
    p.variation = 1;
    assert_refused(&p, "the ICC is 1");
    p.measure.law = FP_POWER_LOGIT_NORMAL;
    p.variation = 0.99;
    assert_refused(&p, "more than logit-normal clusters reach");
    p = good;
    p.scale = FP_POWER_THETA;
    assert_refused(&p, "not by a frailty variance");
    p = good;
    p.effect[0] = 0;
    assert_refused(&p, "odds ratio is from");
    p = good;
    p.measure.effect = FP_POWER_RISK_RATIO;
    p.effect[0] = 4;
    assert_refused(&p, "the event probability of arm 2 is 1.2");
    p = good;
    p.measure.drop_out = 1;
    assert_refused(&p, "drop-out");
    p = number(12, 10, 0.05, 0, 1);
    assert_refused(&p, "the standard deviation is 0");
    p = number(12, 10, 0.05, 1, 1);
    set_waves(&p, 3, 0.5, 0.01);
    assert_refused(&p, "the correlation of a person's answers is 0.01");
    p.measure.person = 0.5;
    p.measure.between = 0.06;
    assert_refused(&p, "the ICC between waves is 0.06");
    p = binary(12, 10, 0.05, 0.3, 2);
    set_waves(&p, 2, 1, 0.99);
    p.measure.risk[1] = 0.3;
    assert_refused(&p, "more than logit-normal answers reach");
    p.measure.law = FP_POWER_BETA;
    assert_refused(&p, "measured once");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("power of what is measured");
    TCase *tests = tcase_create("simulation");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, t_tests_have_their_exact_power);
    tcase_add_test(tests, simulations_agree_with_r);
    tcase_add_test(tests, logistic_normal);
    tcase_add_test(tests, parts_make_their_correlations);
    tcase_add_test(tests, answers_are_as_alike_as_asked);
    tcase_add_test(tests, risks_are_as_asked);
    tcase_add_test(tests, people_leave_and_stay_away);
    tcase_add_test(tests, residuals_of_permutation_tests);
    tcase_add_test(tests, equal_clusters_make_one_test);
    tcase_add_test(tests, same_numbers_on_two_threads);
    tcase_add_test(tests, failed_fits_are_counted);
    tcase_add_test(tests, solving_for_differences);
    tcase_add_test(tests, what_is_no_plan);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
