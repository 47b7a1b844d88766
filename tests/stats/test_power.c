#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "stats/cox.h"
#include "stats/logrank.h"
#include "stats/permutation.h"
#include "stats/power_closed.h"
#include "stats/power_priv.h"
#include "stats/power_solve.h"

/* Simulated trials: the fast path against the general engine, trial by trial. */

enum { P = FP_POWER_TERMS };

TEST_ARENA(FP_GIB);

static fp_power_plan twelve_coaches(void)
{
    fp_power_plan plan = fp_power_plan_defaults();
    plan.clusters = 12;
    plan.cluster_size = 10;
    plan.event_probability = 0.3;
    plan.follow_up = 350;
    plan.shape = 0.8;
    plan.scale = FP_POWER_ICC;
    plan.variation = 0.03;
    plan.hr[0] = 2.25;
    plan.analyses = (1u << FP_POWER_LOGRANK << 1) - 1; /* all but frailty */
    plan.effects = FP_EFFECT_MARGINS | FP_EFFECT_INTERACTION | FP_EFFECT_TABLE;
    return plan;
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

static void assert_near(double a, double b, double tolerance, const char *what, long trial)
{
    double scale = fmax(fabs(a), fabs(b));
    ck_assert_msg(fabs(a - b) <= tolerance * fmax(scale, 0.1), "%s of trial %ld: %.17g %.17g", what,
                  trial, a, b);
}

typedef struct {
    fp_power_trial trial;
    fp_power_counts counts;
    fp_power_parts parts;
    fp_power_cox cox;
} machine;

static machine machine_of(const fp_power_design *design)
{
    machine m;
    ck_assert(fp_power_trial_create(design, arena, &m.trial, NULL) == FP_OK);
    ck_assert(fp_power_counts_create(design, arena, &m.counts, NULL) == FP_OK);
    ck_assert(fp_power_parts_create(design, &m.counts, arena, &m.parts, NULL) == FP_OK);
    ck_assert(fp_power_cox_create(design, &m.counts, arena, &m.cox, NULL) == FP_OK);
    return m;
}

/* The fit and its parts, of the arms alone or person by person. */
static bool fit_fast(const fp_power_design *d, machine *m, const fp_power_model *model,
                     fp_power_fit *fit)
{
    if (!d->covariates) {
        if (!fp_power_newton(&m->counts, model, fp_power_sums_pick(), fit))
            return false;
        fp_power_parts_fill(d, &m->trial, &m->counts, model, fit, true, &m->parts);
        return true;
    }
    fp_power_cox_fill(d, &m->trial, &m->counts, model, NULL, &m->cox);
    if (!fp_power_cox_newton(&m->trial, &m->counts, &m->cox, fit))
        return false;
    fp_power_cox_parts(d, &m->trial, &m->counts, &m->cox, true, &m->parts);
    return true;
}

/* Estimates and every variance of one model of one trial. Returns whether the fast path did it. */
static bool compare_fit(const fp_power_design *d, machine *m, const fp_power_model *model, long i)
{
    unsigned analyses = d->analyses & ~(1u << FP_POWER_FRAILTY);
    fp_power_fit fit;
    fp_power_estimates general, frailty, fast = {0};
    double residual[64];
    int32_t p = model->p + d->covariates;
    if (!fit_fast(d, m, model, &fit))
        return false;
    fp_cluster_parts parts = {.p = p,
                              .slots = d->clusters,
                              .clusters = d->clusters,
                              .rows = m->trial.n,
                              .rank = p,
                              .score = m->parts.score,
                              .omega = m->parts.omega,
                              .bread = fit.var};
    ck_assert(fp_power_sandwiches(&parts, analyses, arena, &fast, NULL) == FP_OK);
    memcpy(fast.var[FP_POWER_NAIVE], fit.var, sizeof fit.var);
    ck_assert(fp_power_general(d, &m->trial, model, analyses, arena, &general, &frailty, residual,
                               NULL) == FP_OK);
    ck_assert(general.usable);
    for (int32_t k = 0; k < p; k++)
        assert_near(fit.beta[k], general.beta[k], 1e-8, "beta", i);
    for (int a = FP_POWER_NAIVE; a <= FP_POWER_MBN; a++)
        for (int32_t k = 0; k < p * p; k++)
            assert_near(fast.var[a][k], general.var[a][k], 1e-7, fp_power_analysis_name[a], i);
    for (ptrdiff_t j = 0; j < d->clusters; j++)
        assert_near(m->parts.residual[j], residual[j], 1e-7, "residual", i);
    return true;
}

static void compare_trials(const fp_power_plan *plan, long trials, long least)
{
    fp_power_design design = design_of(plan);
    machine m = machine_of(&design);
    long fast = 0;
    for (long i = 0; i < trials; i++) {
        fp_arena_point mark = fp_arena_mark(arena);
        fp_power_trial_draw(&design, design.eta, 7, (uint64_t)i, &m.trial);
        fp_power_counts_fill(&design, &m.trial, &m.counts);
        fast += compare_fit(&design, &m, &design.model[i % design.models], i);
        fp_arena_rewind(arena, mark);
    }
    ck_assert_msg(fast >= least, "%ld of %ld trials by the fast path", fast, trials);
}

START_TEST(fast_path_is_the_general_engine)
{
    fp_power_plan plan = twelve_coaches();
    compare_trials(&plan, 200, 150);
    plan.drop_out = 0.2;
    plan.accrual = 100;
    plan.cluster_size = 23;
    plan.size_cv = 0.7;
    plan.law = FP_FRAILTY_LOGNORMAL;
    compare_trials(&plan, 100, 80);
    plan.factorial = false;
    plan.arms = 3;
    plan.follow_up = 12; /* heavy ties */
    compare_trials(&plan, 100, 80);
}
END_TEST

static void bring_covariates(fp_power_plan *plan)
{
    plan->covariates = 2;
    plan->covariate[0] = (fp_power_covariate){"age", log(1.6), 0};
    plan->covariate[1] = (fp_power_covariate){"woman", log(0.7), 0.4};
}

START_TEST(person_by_person_is_the_general_engine)
{
    fp_power_plan plan = twelve_coaches();
    bring_covariates(&plan);
    compare_trials(&plan, 100, 70);
    plan.drop_out = 0.2;
    plan.accrual = 100;
    plan.size_cv = 0.7;
    plan.factorial = false;
    plan.arms = 3;
    plan.follow_up = 12; /* heavy ties */
    compare_trials(&plan, 60, 45);
}
END_TEST

/* People of a trial as the tests of stats/ take them. */
typedef struct {
    double stop[4096];
    int32_t event[4096], stratum[4096], group[4096], cluster[4096];
    fp_survdata data;
} people;

static void spread(const fp_power_design *d, const fp_power_trial *t, const int32_t *group,
                   const int32_t *stratum, people *out)
{
    for (ptrdiff_t j = 0; j < d->clusters; j++)
        for (ptrdiff_t i = t->first[j]; i < t->first[j + 1]; i++) {
            out->stop[i] = t->day[i];
            out->event[i] = t->event[i];
            out->group[i] = group[d->arm[j]];
            out->stratum[i] = stratum[d->arm[j]];
            out->cluster[i] = (int32_t)j;
        }
    out->data = (fp_survdata){
        .n = t->n, .stop = out->stop, .event = out->event, .stratum = out->stratum, .strata = 2};
}

START_TEST(permutation_and_logrank_are_those_of_an_analysis)
{
    static people rows;
    static const int32_t a[4] = {0, 1, 0, 1}, b[4] = {0, 0, 1, 1};
    fp_power_plan plan = twelve_coaches();
    fp_power_design d = design_of(&plan);
    fp_power_options options = fp_power_defaults();
    machine m = machine_of(&d);
    fp_power_set set;
    ck_assert(fp_power_set_create(&d, &d.question[0], &options, arena, &set, NULL) == FP_OK);
    ck_assert_int_eq(set.allocations, 400);
    ck_assert(set.exact);
    ck_assert_double_eq_tol(set.smallest_p, 0.005, 1e-15);
    int32_t treated[12], fixed[12];
    for (int j = 0; j < 12; j++) {
        treated[j] = a[d.arm[j]];
        fixed[j] = b[d.arm[j]];
    }
    for (long i = 0; i < 50; i++) {
        double sum[12], *each, chisq, null[12] = {0};
        double *table, *work;
        fp_permutation_result exact;
        fp_logrank_result test;
        table = fp_arena_array(arena, fp_power_set_room(&set), sizeof *table, NULL);
        work = fp_arena_array(arena, 2 * m.counts.room * FP_POWER_ARMS, sizeof *work, NULL);
        fp_power_trial_draw(&d, d.eta, 11, (uint64_t)i, &m.trial);
        fp_power_counts_fill(&d, &m.trial, &m.counts);
        spread(&d, &m.trial, a, b, &rows);
        double *zero = fp_arena_array(arena, m.trial.n, sizeof *zero, NULL);
        ck_assert(fp_cox_martingale(&rows.data, zero, FP_TIES_EFRON, arena, &each, NULL) == FP_OK);
        for (ptrdiff_t k = 0; k < m.trial.n; k++)
            null[rows.cluster[k]] += each[k];
        fp_power_null_residuals(&d, &m.trial, &m.counts, b, work,
                                work + m.counts.room * FP_POWER_ARMS, sum);
        for (int j = 0; j < 12; j++)
            assert_near(sum[j], null[j], 1e-10, "null residual", i);
        ck_assert(fp_permutation_margin(12, null, treated, fixed, NULL, &exact, NULL) == FP_OK);
        ck_assert_int_eq(fp_power_set_far(&set, sum, table), exact.at_least_as_far);
        ck_assert(fp_logrank(&rows.data, rows.group, 2, NULL, NULL, arena, &test, NULL) == FP_OK);
        ck_assert_int_eq(fp_power_logrank(&m.counts, a, 2, b, &chisq), test.df);
        assert_near(chisq, test.chisq, 1e-10, "log-rank", i);
    }
}
END_TEST

/* Residuals behind a permutation test with covariates: those of a stratified fit on them alone. */
START_TEST(null_residuals_with_covariates)
{
    static people rows;
    static const int32_t a[4] = {0, 1, 0, 1}, b[4] = {0, 0, 1, 1};
    fp_power_plan plan = twelve_coaches();
    bring_covariates(&plan);
    plan.follow_up = 60; /* ties */
    fp_power_design d = design_of(&plan);
    machine m = machine_of(&d);
    for (long i = 0; i < 20; i++) {
        fp_power_fit fit;
        fp_cox_rows *engine;
        fp_cox_fit want;
        double sum[12], null[12] = {0}, *each;
        fp_power_trial_draw(&d, d.eta, 13, (uint64_t)i, &m.trial);
        fp_power_counts_fill(&d, &m.trial, &m.counts);
        spread(&d, &m.trial, a, b, &rows);
        double *x = fp_arena_array(arena, 2 * m.trial.n, sizeof *x, NULL);
        for (ptrdiff_t k = 0; k < m.trial.n; k++)
            for (int c = 0; c < 2; c++)
                x[k + c * m.trial.n] = m.trial.x[2 * k + c];
        const double *column[2] = {x, x + m.trial.n};
        ck_assert(fp_cox_rows_create(&rows.data, 2, column, NULL, FP_TIES_EFRON, 1, arena, &engine,
                                     NULL) == FP_OK);
        ck_assert(fp_cox_rows_fit(engine, NULL, arena, &want, NULL) == FP_OK);
        ck_assert(fp_cox_martingale(&rows.data, want.eta, FP_TIES_EFRON, arena, &each, NULL) ==
                  FP_OK);
        for (ptrdiff_t k = 0; k < m.trial.n; k++)
            null[rows.cluster[k]] += each[k];
        fp_power_cox_fill(&d, &m.trial, &m.counts, NULL, b, &m.cox);
        ck_assert(fp_power_cox_newton(&m.trial, &m.counts, &m.cox, &fit));
        fp_power_cox_residuals(&m.trial, &m.counts, &m.cox, 12, sum);
        for (int c = 0; c < 2; c++)
            assert_near(fit.beta[c], want.beta[c], 1e-8, "covariate", i);
        for (int j = 0; j < 12; j++)
            assert_near(sum[j], null[j], 1e-7, "null residual with covariates", i);
    }
}
END_TEST

/* The interaction's whole set, and all arms at once. */
START_TEST(permutation_of_four_arms)
{
    fp_power_plan plan = twelve_coaches();
    plan.clusters = 9; /* arms of 3, 2, 2 and 2 */
    fp_power_design d = design_of(&plan);
    fp_power_options options = fp_power_defaults();
    options.interaction = 100000;
    fp_power_set set;
    fp_rng rng;
    int32_t a[9], b[9];
    for (int j = 0; j < 9; j++) {
        a[j] = d.arm[j] % 2;
        b[j] = d.arm[j] / 2;
    }
    ck_assert(fp_power_set_create(&d, &d.question[2], &options, arena, &set, NULL) == FP_OK);
    ck_assert(set.exact);
    double *table = fp_arena_array(arena, fp_power_set_room(&set), sizeof *table, NULL);
    fp_rng_init(&rng, 3, FP_RNG_TEST, 0);
    for (int i = 0; i < 20; i++) {
        double value[9];
        fp_permutation_result exact;
        for (int j = 0; j < 9; j++)
            value[j] = fp_rng_unit(&rng) - 0.5;
        ck_assert(fp_permutation_interaction(9, value, a, b, NULL, NULL, &exact, NULL) == FP_OK);
        ck_assert_int_eq(set.allocations, exact.allocations);
        ck_assert_int_eq(fp_power_set_far(&set, value, table), exact.at_least_as_far);
    }
}
END_TEST

static fp_power_plan three_factors(void)
{
    fp_power_plan plan = twelve_coaches();
    plan.levels[0] = 2;
    plan.levels[1] = 2;
    plan.levels[2] = 2;
    plan.arms = 8;
    plan.clusters = 16;
    plan.hr[1] = 1;
    plan.hr[2] = 1.5;
    return plan;
}

static fp_power_plan three_by_two(void)
{
    fp_power_plan plan = twelve_coaches();
    plan.levels[0] = 3;
    plan.arms = 6;
    plan.clusters = 12;
    plan.hr[1] = 1.5;
    plan.hr[2] = 0.7;
    plan.interaction_hr = 2;
    return plan;
}

/* Arms, effects and nulls by hand. */
START_TEST(factorials_by_hand)
{
    fp_power_plan plan = three_by_two();
    fp_power_design d = design_of(&plan);
    double a2 = log(2.25), a3 = log(1.5), b = log(0.7), both = log(2);
    const double eta[6] = {0, a2, a3, b, a2 + b + both, a3 + b + both};
    const double without_b[6] = {0, a2, a3, 0, a2, a3};
    for (int32_t g = 0; g < 6; g++) {
        ck_assert_double_eq_tol(d.eta[g], eta[g], 1e-14);
        ck_assert_int_eq(fp_power_level(&d, g, 0), g % 3);
        ck_assert_int_eq(fp_power_others(&d, g, 0), g / 3);
        ck_assert_int_eq(fp_power_level(&d, g, 1), g / 3);
        ck_assert_int_eq(fp_power_others(&d, g, 1), g % 3);
        ck_assert_double_eq_tol(d.question[3].null_eta[g], without_b[g], 1e-14);
    }
    /* a 2, a 3, any a, b, two interactions, five arms */
    ck_assert_int_eq(d.questions, 11);
    ck_assert_int_eq(d.models, 3);
    ck_assert_int_eq(d.model[0].p, 3);
    ck_assert_int_eq(d.model[1].p, 5);
    ck_assert_int_eq(d.model[2].p, 5);
    ck_assert_int_eq(d.question[2].permute, FP_PERMUTE_LEVELS);
    ck_assert(d.question[2].joint);
    ck_assert_double_nan(d.question[0].truth);
    ck_assert_str_eq(d.question[5].name, "a 3:b 2");
    ck_assert_double_eq_tol(d.question[5].null_eta[5], a3 + b, 1e-14);
    ck_assert_double_eq_tol(d.question[5].null_eta[4], eta[4], 1e-14);
    ck_assert_str_eq(d.question[10].name, "a 3, b 2");
    ck_assert_double_eq_tol(d.question[10].truth, eta[5], 1e-14);
    plan = three_factors();
    d = design_of(&plan);
    for (int32_t g = 0; g < 8; g++) {
        ck_assert_int_eq(fp_power_level(&d, g, 2), g / 4);
        ck_assert_int_eq(fp_power_others(&d, g, 1), g % 2 + 2 * (g / 4));
    }
    ck_assert_double_eq_tol(d.eta[7], log(2.25) + log(1.5), 1e-14);
}
END_TEST

START_TEST(factorials_are_the_general_engine)
{
    fp_power_plan plan = three_factors();
    compare_trials(&plan, 60, 40);
    plan = three_by_two();
    compare_trials(&plan, 60, 40);
}
END_TEST

/* Sets and distances of one factor among others: those of the test on a table. */
START_TEST(permutation_of_a_factor_among_others)
{
    fp_power_plan plans[2] = {three_factors(), three_by_two()};
    fp_power_options options = fp_power_defaults();
    fp_rng rng;
    fp_rng_init(&rng, 5, FP_RNG_TEST, 0);
    for (int p = 0; p < 2; p++) {
        fp_power_design d = design_of(&plans[p]);
        const fp_power_question *q = &d.question[p ? 2 : 1];
        fp_power_set set;
        int32_t level[16], fixed[16];
        ck_assert(fp_power_set_create(&d, q, &options, arena, &set, NULL) == FP_OK);
        ck_assert(set.exact);
        for (ptrdiff_t j = 0; j < d.clusters; j++) {
            level[j] = fp_power_level(&d, d.arm[j], q->factor);
            fixed[j] = fp_power_others(&d, d.arm[j], q->factor);
        }
        double *table = fp_arena_array(arena, fp_power_set_room(&set), sizeof *table, NULL);
        for (int i = 0; i < 20; i++) {
            double value[16];
            fp_permutation_result exact;
            for (ptrdiff_t j = 0; j < d.clusters; j++)
                value[j] = fp_rng_unit(&rng) - 0.5;
            ck_assert(
                (p ? fp_permutation_levels(d.clusters, value, level, 3, fixed, NULL, &exact, NULL)
                   : fp_permutation_margin(d.clusters, value, level, fixed, NULL, &exact, NULL)) ==
                FP_OK);
            ck_assert_int_eq(set.allocations, exact.allocations);
            ck_assert_int_eq(fp_power_set_far(&set, value, table), exact.at_least_as_far);
            ck_assert_double_eq_tol(set.smallest_p, exact.smallest_p, 1e-12);
        }
    }
}
END_TEST

static void assert_same(const fp_power_result *x, const fp_power_result *y, ptrdiff_t questions)
{
    for (ptrdiff_t i = 0; i < questions * FP_POWER_ANALYSES; i++) {
        ck_assert_int_eq(x[i].rejected, y[i].rejected);
        ck_assert_int_eq(x[i].usable, y[i].usable);
        ck_assert_mem_eq(&x[i].estimate, &y[i].estimate, sizeof x[i].estimate);
        ck_assert_mem_eq(&x[i].mean_se, &y[i].mean_se, sizeof x[i].mean_se);
    }
}

START_TEST(same_numbers_on_two_threads)
{
    fp_power_plan plan = twelve_coaches();
    fp_power_design d = design_of(&plan);
    fp_power_options options = fp_power_defaults();
    const fp_power_result *one, *two, *general;
    fp_power_trials trials;
    options.trials = 600;
    options.work.threads = 1;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &one, &trials, NULL) == FP_OK);
    options.work.threads = 2;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &two, NULL, NULL) == FP_OK);
    assert_same(one, two, d.questions);
    ck_assert(trials.by_general < 300);
    options.general = true;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &general, NULL, NULL) == FP_OK);
    for (ptrdiff_t i = 0; i < d.questions * FP_POWER_ANALYSES; i++) {
        ck_assert_int_eq(one[i].rejected, general[i].rejected);
        ck_assert_int_eq(one[i].usable, general[i].usable);
    }
}
END_TEST

START_TEST(scales_of_variation)
{
    double theta, S = 0.7;
    /* gamma, by hand: theta 1, S 0.7: E S_j^2 = 0.7 / (2 - 0.7) */
    double square = 0.7 / 1.3;
    ck_assert_double_eq_tol(fp_frailty_icc(FP_FRAILTY_GAMMA, 1, S), (square - 0.49) / 0.21, 1e-14);
    for (int law = 0; law < 2; law++)
        for (double t = 0.001; t < 5; t *= 3) {
            double icc = fp_frailty_icc((fp_frailty_law)law, t, S);
            ck_assert(fp_frailty_of_icc((fp_frailty_law)law, icc, S, &theta, NULL) == FP_OK);
            ck_assert_double_eq_tol(theta, t, 1e-7 * t);
            double h = fp_frailty_hazard((fp_frailty_law)law, t, S);
            ck_assert_double_eq_tol(fp_frailty_survival((fp_frailty_law)law, t, h), S, 1e-12);
        }
    /* small variances: both laws, and k^2 (log S)^2 S / (1 - S) */
    ck_assert_double_eq_tol(fp_frailty_icc(FP_FRAILTY_LOGNORMAL, 1e-4, S),
                            1e-4 * log(S) * log(S) * S / (1 - S), 1e-7);
    ck_assert(fp_frailty_of_icc(FP_FRAILTY_GAMMA, 1, S, &theta, NULL) == FP_INPUT);
    ck_assert(fp_frailty_of_icc(FP_FRAILTY_GAMMA, -0.1, S, &theta, NULL) == FP_INPUT);
}
END_TEST

/* The share of events, and frailties of mean 1: to five Monte Carlo errors. */
START_TEST(trials_are_as_designed)
{
    fp_power_plan plan = twelve_coaches();
    fp_power_options options = fp_power_defaults();
    fp_power_trials trials;
    const fp_power_result *result;
    options.trials = 4000;
    plan.hr[0] = 1;
    plan.analyses = 1u << FP_POWER_NAIVE;
    for (int law = 0; law < 2; law++) {
        plan.law = (fp_frailty_law)law;
        plan.variation = 0.2;
        fp_power_design d = design_of(&plan);
        ck_assert(fp_power_simulate(&d, &options, -1, arena, &result, &trials, NULL) == FP_OK);
        double se = sqrt(0.3 * 0.7 / 120 * (1 + 9 * 0.2) / 4000);
        ck_assert_double_eq_tol(trials.events / trials.people, 0.3, 5 * se);
    }
}
END_TEST

/* With covariates the share of events holds over all people, their coefficients are found again,
 * and an adjusted test keeps its level and gains power. */
START_TEST(covariates_are_as_designed)
{
    fp_power_plan plan = twelve_coaches();
    fp_power_options options = fp_power_defaults();
    fp_power_trials trials;
    const fp_power_result *result, *two;
    options.trials = 2000;
    bring_covariates(&plan);
    plan.hr[0] = 1;
    plan.variation = 0;
    plan.clusters = 40;
    plan.analyses = 1u << FP_POWER_NAIVE | 1u << FP_POWER_MD | 1u << FP_POWER_PERMUTATION;
    plan.effects = FP_EFFECT_MARGINS;
    fp_power_design d = design_of(&plan);
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &result, &trials, NULL) == FP_OK);
    ck_assert_double_eq_tol(trials.events / trials.people, 0.3, 5 * sqrt(0.21 / 400 / 2000));
    for (int a = 0; a < FP_POWER_ANALYSES; a++)
        if (d.analyses & 1u << a)
            ck_assert_double_eq_tol(result[a].share, 0.05, 5 * sqrt(0.05 * 0.95 / 2000));
    ck_assert_int_eq(trials.by_general, 0);
    options.trials = 128;
    options.work.threads = 2;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &result, NULL, NULL) == FP_OK);
    options.work.threads = 1;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &two, NULL, NULL) == FP_OK);
    assert_same(result, two, d.questions);
    /* one normal covariate by hand: E exp(-h exp(b Z)) at b = 0 is exp(-h) */
    fp_power_covariate none = {"none", 0, 0}, half = {"half", log(2.0), 0.5};
    ck_assert_double_eq_tol(fp_covariate_survival(FP_FRAILTY_GAMMA, 0, 1, &none, 0.4), exp(-0.4),
                            1e-14);
    ck_assert_double_eq_tol(fp_covariate_survival(FP_FRAILTY_GAMMA, 0, 1, &half, 0.4),
                            (exp(-0.4) + exp(-0.8)) / 2, 1e-14);
    ck_assert_double_eq_tol(
        fp_covariate_hazard(FP_FRAILTY_GAMMA, 0, 1, &half, (exp(-0.4) + exp(-0.8)) / 2), 0.4,
        1e-12);
}
END_TEST

/* ---- solving ---- */

/* People drawn one by one: simulation and Schoenfeld agree where his approximation holds. */
START_TEST(simulation_is_schoenfeld)
{
    fp_power_plan plan = twelve_coaches();
    plan.factorial = false;
    plan.individual = true;
    plan.arms = 2;
    plan.hr[0] = 1.5;
    plan.clusters = 400;
    plan.event_probability = 0.5;
    plan.effects = FP_EFFECT_MARGINS;
    plan.analyses = 1u << FP_POWER_LOGRANK | 1u << FP_POWER_NAIVE;
    fp_power_design d = design_of(&plan);
    fp_power_options options = fp_power_defaults();
    const fp_power_result *result;
    fp_power_trials trials;
    options.trials = 4000;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &result, &trials, NULL) == FP_OK);
    double closed = fp_closed_events_power(0.05, trials.events, 1.5, 0.5);
    ck_assert_double_eq_tol(result[FP_POWER_LOGRANK].share, closed, 0.03);
    ck_assert_double_eq_tol(result[FP_POWER_NAIVE].share, closed, 0.03);
}
END_TEST

START_TEST(solving)
{
    fp_power_plan plan = twelve_coaches();
    fp_power_options options = fp_power_defaults();
    fp_power_solution solution;
    fp_err err;
    options.trials = 500;
    plan.analyses = 1u << FP_POWER_MD;
    fp_power_wish wish = {FP_SOLVE_CLUSTERS, 0.8, 0, FP_POWER_MD};
    ck_assert(fp_power_solve(&plan, &wish, &options, &solution, &err) == FP_OK);
    ck_assert(solution.reached && solution.power >= 0.8);
    ck_assert_int_eq(solution.plan.clusters % 4, 0);
    ck_assert(solution.plan.clusters >= 16 && solution.plan.clusters <= 28);
    /* one step less does not do */
    plan.clusters = solution.plan.clusters - 4;
    fp_power_design d = design_of(&plan);
    const fp_power_result *result;
    ck_assert(fp_power_simulate(&d, &options, -1, arena, &result, NULL, &err) == FP_OK);
    ck_assert(result[FP_POWER_MD].share < 0.8);
    /* eight clusters: a limit */
    plan.clusters = 8;
    wish.unknown = FP_SOLVE_CLUSTER_SIZE;
    ck_assert(fp_power_solve(&plan, &wish, &options, &solution, &err) == FP_OK);
    ck_assert(!solution.reached && solution.power > 0.4);
    /* nothing to find */
    wish.question = 1;
    ck_assert(fp_power_solve(&plan, &wish, &options, &solution, &err) == FP_INPUT);
    wish.question = 0;
    wish.target = 1;
    ck_assert(fp_power_solve(&plan, &wish, &options, &solution, &err) == FP_INPUT);
    wish = (fp_power_wish){FP_SOLVE_PEOPLE, 0.8, 0, FP_POWER_MD};
    ck_assert(fp_power_solve(&plan, &wish, &options, &solution, &err) == FP_INPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("power");
    TCase *tests = tcase_create("simulation");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, fast_path_is_the_general_engine);
    tcase_add_test(tests, person_by_person_is_the_general_engine);
    tcase_add_test(tests, null_residuals_with_covariates);
    tcase_add_test(tests, covariates_are_as_designed);
    tcase_add_test(tests, permutation_and_logrank_are_those_of_an_analysis);
    tcase_add_test(tests, permutation_of_four_arms);
    tcase_add_test(tests, factorials_by_hand);
    tcase_add_test(tests, factorials_are_the_general_engine);
    tcase_add_test(tests, permutation_of_a_factor_among_others);
    tcase_add_test(tests, same_numbers_on_two_threads);
    tcase_add_test(tests, scales_of_variation);
    tcase_add_test(tests, trials_are_as_designed);
    tcase_add_test(tests, simulation_is_schoenfeld);
    tcase_add_test(tests, solving);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
