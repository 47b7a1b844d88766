/* Gamma frailty: R, fractions worked by hand, and what must not change the answer. */
#include "cox_plus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/cox_frailty.h"
#include "stats/dist.h"

typedef struct {
    fp_cox_fit fit;
    fp_cox_frailty_part part;
} fitted;

static fitted fit_it(const fp_survdata *d, ptrdiff_t p, const double *x, const int32_t *group,
                     ptrdiff_t groups, fp_ties ties)
{
    fitted f;
    fp_cox_options options = fp_cox_defaults();
    options.ties = ties;
    OK(fp_cox_frailty(d, p, x, NULL, group, groups, &options, plus_arena, &f.fit, &f.part,
                      &plus_err));
    return f;
}

START_TEST(reference)
{
    static const struct {
        const char *name, *x, *start, *stratum;
        fp_ties ties;
        bool rats;
    } cases[] = {
        {"frailty_rats", "rx", NULL, NULL, FP_TIES_EFRON, true},
        {"frailty_rats_breslow", "rx", NULL, NULL, FP_TIES_BRESLOW, true},
        {"frailty_right", "x1 x2 x3", NULL, NULL, FP_TIES_EFRON, false},
        {"frailty_late", "x1 x2 x3", "start", NULL, FP_TIES_EFRON, false},
        {"frailty_late_breslow", "x1 x2 x3", "start", NULL, FP_TIES_BRESLOW, false},
        {"frailty_strata", "x1 x2 x3", "start", "s", FP_TIES_EFRON, false},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ptrdiff_t p, groups = cases[k].rats ? 50 : 30;
        test_table t = test_table_read(cases[k].rats ? "rats.csv" : "frailty.csv", plus_arena);
        double *x = test_matrix(&t, cases[k].x, &p, plus_arena);
        int32_t *group = test_codes(&t, "c", plus_arena);
        fp_survdata d = plus_data(&t, cases[k].start, cases[k].stratum);
        fitted f = fit_it(&d, p, x, group, groups, cases[k].ties);
        const char *name = cases[k].name;
        ck_assert_int_eq(f.fit.state, FP_COX_CONVERGED);
        plus_must(name, "theta", &f.part.theta, 1, 6);
        plus_must(name, "theta_se", &f.part.theta_se, 1, 5);
        plus_must(name, "loglik", &f.part.loglik, 1, 11);
        plus_must(name, "loglik_zero", &f.part.loglik_zero, 1, 11);
        plus_must(name, "loglik_null", &f.part.loglik_null, 1, 11);
        plus_must(name, "beta", f.fit.beta, p, 6);
        plus_must(name, "var", f.fit.var, p * p, 5);
        plus_must(name, "se2", f.part.se2, p, 6);
        plus_must(name, "log_frailty", f.part.log_frailty, groups, 5);
    }
}
END_TEST

/* The marginal likelihood written out in R, with no penalised likelihood in it. */
START_TEST(written_out)
{
    ptrdiff_t p;
    test_table t = test_table_read("rats.csv", plus_arena);
    double *x = test_matrix(&t, "rx", &p, plus_arena);
    int32_t *group = test_codes(&t, "c", plus_arena);
    fp_survdata d = plus_data(&t, NULL, NULL);
    fitted f = fit_it(&d, p, x, group, 50, FP_TIES_BRESLOW);
    plus_must("frailty_written_out", "theta", &f.part.theta, 1, 6);
    plus_must("frailty_written_out", "theta_se", &f.part.theta_se, 1, 5);
    plus_must("frailty_written_out", "chisq", &f.part.chisq, 1, 9);
    NEAR(f.part.p, fp_chisq_upper(f.part.chisq, 1) / 2, 1e-15);
    NEAR(f.fit.lr_chisq, 2 * (f.part.loglik - f.part.loglik_null), 1e-14);
}
END_TEST

/* Where the groups do not differ, theta is 0 and the fit the ordinary one. */
START_TEST(boundary)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2", &p, plus_arena);
    int32_t *group = plus_codes(t.n);
    for (ptrdiff_t i = 0; i < t.n; i++)
        group[i] = (int32_t)((i + 1) % 9);
    fp_survdata d = plus_data(&t, NULL, NULL);
    fitted f = fit_it(&d, p, x, group, 9, FP_TIES_EFRON);
    fp_cox_fit cox;
    OK(fp_cox(&d, p, x, NULL, NULL, plus_arena, &cox, &plus_err));
    ck_assert(f.part.theta == 0 && isnan(f.part.theta_se));
    ck_assert(f.part.chisq == 0 && f.part.p == 1);
    plus_must("frailty_zero", "beta", f.fit.beta, p, 9);
    plus_must("frailty_zero", "loglik_zero", &f.part.loglik_zero, 1, 12);
    for (ptrdiff_t j = 0; j < p * p; j++)
        ck_assert(f.fit.var[j] == cox.var[j]);
    for (ptrdiff_t g = 0; g < 9; g++)
        ck_assert(f.part.log_frailty[g] == 0);
}
END_TEST

/* z_g = (d_g + nu)/(H_g + nu) with H_g the hazard that the group met, and the mean of all is 1. */
START_TEST(frailties_are_posterior_means)
{
    ptrdiff_t p;
    test_table t = test_table_read("frailty.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 x3", &p, plus_arena), hazard[30] = {0}, mean = 0;
    int32_t *group = test_codes(&t, "c", plus_arena);
    fp_survdata d = plus_data(&t, "start", "s");
    fitted f = fit_it(&d, p, x, group, 30, FP_TIES_EFRON);
    double *martingale;
    OK(fp_cox_martingale(&d, f.fit.eta, FP_TIES_EFRON, plus_arena, &martingale, &plus_err));
    for (ptrdiff_t i = 0; i < t.n; i++) /* eta holds the frailty: the hazard is z H */
        hazard[group[i]] += d.event[i] - martingale[i];
    for (ptrdiff_t g = 0; g < 30; g++) {
        double z = exp(f.part.log_frailty[g]), nu = 1 / f.part.theta;
        NEAR(z, (f.part.events[g] + nu) / (hazard[g] / z + nu), 1e-9);
        mean += z / 30;
    }
    NEAR(mean, 1, 1e-9);
}
END_TEST

START_TEST(invariance)
{
    ptrdiff_t p;
    test_table t = test_table_read("frailty.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 x3", &p, plus_arena), *y = plus_doubles(t.n * p);
    double *start = plus_doubles(t.n), *stop = plus_doubles(t.n);
    int32_t *group = test_codes(&t, "c", plus_arena), *other = plus_codes(t.n);
    int32_t *event = plus_codes(t.n);
    fp_survdata d = plus_data(&t, "start", NULL);
    for (ptrdiff_t i = 0; i < t.n; i++) {
        ptrdiff_t k = (7 * i + 3) % t.n;
        start[i] = d.start[k] + 1000;
        stop[i] = d.stop[k] + 1000;
        event[i] = d.event[k];
        other[i] = 29 - group[k];
        for (ptrdiff_t j = 0; j < p; j++)
            y[i + j * t.n] = 3 * x[k + j * t.n] - 50;
    }
    fp_survdata e = {.n = t.n, .strata = 1, .start = start, .stop = stop, .event = event};
    fitted a = fit_it(&d, p, x, group, 30, FP_TIES_EFRON);
    fitted b = fit_it(&e, p, y, other, 30, FP_TIES_EFRON);
    NEAR(a.part.theta, b.part.theta, 1e-8);
    NEAR(a.part.theta_se, b.part.theta_se, 1e-7);
    NEAR(a.part.loglik, b.part.loglik, 1e-12);
    for (ptrdiff_t j = 0; j < p; j++) {
        NEAR(a.fit.beta[j], 3 * b.fit.beta[j], 1e-9);
        NEAR(a.fit.var[j + j * p], 9 * b.fit.var[j + j * p], 1e-9);
    }
    for (ptrdiff_t g = 0; g < 30; g++)
        NEAR(a.part.log_frailty[g], b.part.log_frailty[29 - g], 1e-8);
}
END_TEST

/* A column of zeros is aliased; without columns there is the frailty alone. */
START_TEST(aliased_and_alone)
{
    ptrdiff_t p;
    test_table t = test_table_read("rats.csv", plus_arena);
    double *rx = test_matrix(&t, "rx", &p, plus_arena), *x = plus_doubles(3 * t.n);
    memcpy(x + t.n, rx, (size_t)t.n * sizeof *x);
    for (ptrdiff_t i = 0; i < t.n; i++)
        x[i + 2 * t.n] = 1 - rx[i];
    int32_t *group = test_codes(&t, "c", plus_arena);
    fp_survdata d = plus_data(&t, NULL, NULL);
    fitted f = fit_it(&d, 3, x, group, 50, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.rank, 1);
    ck_assert(isnan(f.fit.beta[0]) && isnan(f.fit.beta[2]) && isnan(f.part.se2[0]));
    plus_must("frailty_rats", "beta", f.fit.beta + 1, 1, 6);
    plus_must("frailty_rats", "var", f.fit.var + 4, 1, 5);
    ck_assert(f.fit.var[0] == 0 && f.fit.var[8] == 0);
    fitted alone = fit_it(&d, 0, NULL, group, 50, FP_TIES_EFRON);
    ck_assert_int_eq(alone.fit.state, FP_COX_NO_TERMS);
    plus_must("frailty_rats", "loglik_null", &alone.part.loglik, 1, 11);
    ck_assert(alone.part.theta > 0.3);
}
END_TEST

START_TEST(outcomes)
{
    double stop[] = {1, 2, 3, 4, 5, 6}, x[] = {1, 1, 1, 0, 0, 0}, weight[] = {1, 1, 1, 1, 1, 2};
    int32_t event[] = {1, 1, 1, 0, 0, 0}, none[6] = {0}, group[] = {0, 0, 1, 1, 2, 2};
    fp_survdata d = {.n = 6, .strata = 1, .stop = stop, .event = event};
    fitted f = fit_it(&d, 1, x, group, 3, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.state, FP_COX_SEPARATED);
    ck_assert(isnan(f.part.theta));
    d.event = none;
    f = fit_it(&d, 1, x, group, 3, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.state, FP_COX_NO_EVENTS);
    ck_assert(isnan(f.part.theta));
    d.event = event;
    d.weight = weight;
    size_t used = fp_arena_used(plus_arena);
    ck_assert_int_eq(
        fp_cox_frailty(&d, 1, x, NULL, group, 3, NULL, plus_arena, &f.fit, &f.part, &plus_err),
        FP_ARG);
    d.weight = NULL;
    ck_assert_int_eq(
        fp_cox_frailty(&d, 1, x, NULL, group, 2, NULL, plus_arena, &f.fit, &f.part, &plus_err),
        FP_ARG);
    ck_assert_uint_eq(fp_arena_used(plus_arena), used);
}
END_TEST

START_TEST(failing_allocation)
{
    ptrdiff_t p;
    test_table t = test_table_read("frailty.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 x3", &p, plus_arena);
    int32_t *group = test_codes(&t, "c", plus_arena);
    fp_survdata d = plus_data(&t, "start", "s");
    fp_status status = FP_NOMEM;
    for (long n = 1; status != FP_OK; n++) {
        fitted f;
        fp_arena *a = fp_arena_create(FP_GIB);
        fp_arena_fail_at(a, n);
        status = fp_cox_frailty(&d, p, x, NULL, group, 30, NULL, a, &f.fit, &f.part, &plus_err);
        if (status != FP_OK)
            ck_assert_int_eq(status, FP_NOMEM);
        fp_arena_destroy(a);
        ck_assert_int_lt(n, 500);
    }
}
END_TEST

int main(void)
{
    const TTest *const all[] = {
        reference,  written_out,       boundary, frailties_are_posterior_means,
        invariance, aliased_and_alone, outcomes, failing_allocation};
    return plus_run("cox_frailty", all, sizeof all / sizeof *all);
}
