/* Firth's penalty: a fit worked by hand, R's maximum of the same function, and what must hold. */
#include "cox_plus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/cox_firth.h"
#include "stats/dist.h"

typedef struct {
    fp_cox_fit fit;
    fp_firth_part part;
} fitted;

static fitted fit_it(const fp_survdata *d, ptrdiff_t p, const double *x, fp_ties ties)
{
    fitted f;
    fp_cox_options options = fp_cox_defaults();
    options.ties = ties;
    OK(fp_cox_firth(d, p, x, NULL, &options, .95, plus_arena, &f.fit, &f.part, &plus_err));
    return f;
}

/* One death, of one of two with x = 1 among five: L = r / (2r + 3), I = 6r / (2r + 3)^2. The
 * likelihood has no maximum; r^(3/2) / (2r + 3)^2 has, where 2r / (2r + 3) = 3/4. */
START_TEST(hand)
{
    double stop[] = {1, 2, 2, 3, 4}, x[] = {1, 1, 0, 0, 0};
    int32_t event[] = {1, 0, 0, 0, 0};
    fp_survdata d = {.n = 5, .strata = 1, .stop = stop, .event = event};
    fitted f = fit_it(&d, 1, x, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.state, FP_COX_CONVERGED);
    NEAR(f.fit.beta[0], log(4.5), 1e-12);
    NEAR(f.fit.var[0], 16.0 / 3, 1e-11);
    NEAR(f.fit.loglik_null, log(1.0 / 5) + log(6.0 / 25) / 2, 1e-14);
    NEAR(f.fit.loglik_fitted, log(4.5 / 12) + log(3.0 / 16) / 2, 1e-14);
    NEAR(f.fit.score_chisq, 1.5, 1e-13); /* U = 3/5, I = 6/25 */
    NEAR(f.part.loglik, log(4.5 / 12), 1e-12);
    double chisq = 3 * log(4.5) - 4 * log(12.0 / 5);
    NEAR(f.fit.lr_chisq, chisq, 1e-12);
    NEAR(f.part.terms[0].chisq, chisq, 1e-12);
    NEAR(f.part.terms[0].p, fp_chisq_upper(chisq, 1), 1e-12);
    double ends[] = {f.part.terms[0].lower, f.part.terms[0].upper};
    double q = pow(fp_normal_quantile(.975), 2);
    for (int k = 0; k < 2; k++) {
        double r = exp(ends[k]);
        NEAR(2 * (log(4.5 / 12) + log(3.0 / 16) / 2 - log(r / (2 * r + 3)) -
                  log(6 * r / pow(2 * r + 3, 2)) / 2),
             q, 1e-8);
    }
    ck_assert(ends[0] < log(4.5) && ends[1] > log(4.5));
}
END_TEST

START_TEST(reference)
{
    static const struct {
        const char *name, *x, *start, *stratum;
        fp_ties ties;
    } cases[] = {{"firth_right", "x1 x2", NULL, NULL, FP_TIES_EFRON},
                 {"firth_breslow_strata", "x1 x2", NULL, "s", FP_TIES_BRESLOW},
                 {"firth_late", "x1 x2", "start", NULL, FP_TIES_EFRON},
                 {"firth_apart", "x1 f2", NULL, NULL, FP_TIES_EFRON}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const char *name = cases[k].name;
        ptrdiff_t p, n = 0;
        test_table t = test_table_read("mixed.csv", plus_arena);
        double *x = test_matrix(&t, cases[k].x, &p, plus_arena);
        fp_survdata d = plus_data(&t, cases[k].start, cases[k].stratum);
        if (strcmp(name, "firth_apart") == 0) { /* nobody with f2 has an event left */
            double *stop = plus_doubles(t.n), *y = plus_doubles(t.n * p);
            int32_t *event = plus_codes(t.n);
            for (ptrdiff_t i = 0; i < t.n; i++)
                n += !(d.event[i] && x[i + t.n] == 1);
            for (ptrdiff_t i = 0, to = 0; i < t.n; i++) {
                if (d.event[i] && x[i + t.n] == 1)
                    continue;
                stop[to] = d.stop[i];
                event[to] = d.event[i];
                y[to] = x[i];
                y[n + to++] = x[i + t.n];
            }
            fp_cox_fit cox;
            d = (fp_survdata){.n = n, .strata = 1, .stop = stop, .event = event};
            x = y;
            OK(fp_cox(&d, p, x, NULL, NULL, plus_arena, &cox, &plus_err));
            ck_assert_int_eq(cox.state, FP_COX_SEPARATED);
        }
        fitted f = fit_it(&d, p, x, cases[k].ties);
        double chisq[2], lower[2], upper[2];
        for (ptrdiff_t j = 0; j < p; j++) {
            chisq[j] = f.part.terms[j].chisq;
            lower[j] = f.part.terms[j].lower;
            upper[j] = f.part.terms[j].upper;
        }
        ck_assert_int_eq(f.fit.state, FP_COX_CONVERGED);
        plus_must(name, "loglik", ((double[]){f.fit.loglik_null, f.fit.loglik_fitted}), 2, 10);
        plus_must(name, "beta", f.fit.beta, p, 5); /* R's numerical maximum */
        plus_must(name, "var", f.fit.var, p * p, 5);
        plus_must(name, "chisq", chisq, p, 7);
        plus_must(name, "lower", lower, p, 6);
        plus_must(name, "upper", upper, p, 6);
    }
}
END_TEST

/* The modified score is the slope of the penalised likelihood: 0 at the maximum, in every
 * direction, also with ties, late entry, strata and weights. */
START_TEST(optimum)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2 f2 f3", &p, plus_arena);
    for (int ties = FP_TIES_EFRON; ties <= FP_TIES_BRESLOW; ties++) {
        fp_survdata d = plus_data(&t, "start", "s");
        d.weight = test_column(&t, "w");
        fitted f = fit_it(&d, p, x, (fp_ties)ties);
        ck_assert_int_eq(f.fit.state, FP_COX_CONVERGED);
        for (ptrdiff_t j = 0; j < p; j++) {
            double h = 1e-3, best = f.fit.loglik_fitted, at[2], *offset = plus_doubles(t.n);
            for (int side = 0; side < 2; side++) { /* move one coefficient by an offset */
                fitted g;
                fp_cox_options o = fp_cox_defaults();
                o.ties = (fp_ties)ties;
                for (ptrdiff_t i = 0; i < t.n; i++) {
                    offset[i] = (side ? h : -h) * x[i + j * t.n];
                    for (ptrdiff_t l = 0; l < p; l++)
                        offset[i] += f.fit.beta[l] * x[i + l * t.n];
                }
                OK(fp_cox_firth(&d, p, x, offset, &o, .95, plus_arena, &g.fit, &g.part, &plus_err));
                at[side] = g.fit.loglik_null;
            }
            ck_assert(at[0] < best && at[1] < best);
            NEAR((at[1] - at[0]) / (2 * h), 0, 1e-4); /* third order in h */
        }
    }
}
END_TEST

/* Weights count as copies under Breslow's ties; the order of rows and the clock do not matter. */
START_TEST(invariance)
{
    ptrdiff_t p, to = 0;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2", &p, plus_arena), *y = plus_doubles(4 * t.n);
    double *weight = plus_doubles(t.n), *stop = plus_doubles(2 * t.n);
    int32_t *event = plus_codes(2 * t.n);
    fp_survdata d = plus_data(&t, NULL, NULL);
    ptrdiff_t n = t.n + t.n / 2;
    for (ptrdiff_t i = 0; i < t.n; i++) {
        ptrdiff_t k = t.n - 1 - i;
        weight[k] = k % 2 ? 2 : 1;
        for (int copy = 0; copy < weight[k]; copy++) {
            stop[to] = d.stop[k] + 1000;
            event[to] = d.event[k];
            y[to] = x[k];
            y[to++ + n] = x[k + t.n];
        }
    }
    ck_assert_int_eq(to, n);
    fp_survdata e = {.n = n, .strata = 1, .stop = stop, .event = event};
    d.weight = weight;
    fitted a = fit_it(&d, p, x, FP_TIES_BRESLOW), b = fit_it(&e, p, y, FP_TIES_BRESLOW);
    NEAR(a.fit.loglik_fitted, b.fit.loglik_fitted, 1e-11);
    for (ptrdiff_t j = 0; j < p; j++) {
        NEAR(a.fit.beta[j], b.fit.beta[j], 1e-10);
        NEAR(a.part.terms[j].lower, b.part.terms[j].lower, 1e-8);
        NEAR(a.part.terms[j].chisq, b.part.terms[j].chisq, 1e-9);
    }
}
END_TEST

START_TEST(outcomes)
{
    double stop[] = {1, 2, 3, 4}, x[] = {1, 1, 0, 0, 2, 2, 0, 0};
    int32_t event[] = {1, 1, 0, 0}, none[4] = {0};
    fp_survdata d = {.n = 4, .strata = 1, .stop = stop, .event = event};
    fitted f = fit_it(&d, 2, x, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.rank, 1);
    ck_assert(isfinite(f.fit.beta[0]) && isnan(f.fit.beta[1]) && isnan(f.part.terms[1].p));
    d.event = none;
    f = fit_it(&d, 2, x, FP_TIES_EFRON);
    ck_assert_int_eq(f.fit.state, FP_COX_NO_EVENTS);
    ck_assert(isnan(f.fit.beta[0]) && isnan(f.part.terms[0].p));
    fp_cox_options options = fp_cox_defaults();
    options.ties = FP_TIES_EXACT;
    ck_assert_int_eq(
        fp_cox_firth(&d, 2, x, NULL, &options, .95, plus_arena, &f.fit, &f.part, &plus_err),
        FP_ARG);
}
END_TEST

START_TEST(failing_allocation)
{
    ptrdiff_t p;
    test_table t = test_table_read("mixed.csv", plus_arena);
    double *x = test_matrix(&t, "x1 x2", &p, plus_arena);
    fp_survdata d = plus_data(&t, "start", "s");
    fp_status status = FP_NOMEM;
    for (long n = 1; status != FP_OK; n++) {
        fitted f;
        fp_arena *a = fp_arena_create(FP_GIB);
        fp_arena_fail_at(a, n);
        status = fp_cox_firth(&d, p, x, NULL, NULL, .95, a, &f.fit, &f.part, &plus_err);
        if (status != FP_OK)
            ck_assert_int_eq(status, FP_NOMEM);
        fp_arena_destroy(a);
        ck_assert_int_lt(n, 200);
    }
}
END_TEST

int main(void)
{
    const TTest *const all[] = {hand, reference, optimum, invariance, outcomes, failing_allocation};
    return plus_run("cox_firth", all, sizeof all / sizeof *all);
}
