/* Firth's logistic regression against R (glm_firth.txt is made by make_glm_firth.R) and by hand. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats/glm_firth.h"
#include "stats_data.h"

enum { ROWS = 24, COLUMNS = 3 };

TEST_EXPECTED("glm_firth.txt");

typedef struct {
    fp_glm_fit plain, fit;
    fp_firth_part part;
} fitted;

static fitted fit_of(ptrdiff_t n, ptrdiff_t p, const double *const *column, const double *y,
                     const double *weight, const double *offset)
{
    fp_regression data = {.n = n,
                          .p = p,
                          .column = column,
                          .y = y,
                          .weight = weight,
                          .offset = offset,
                          .family = FP_FAMILY_BINOMIAL,
                          .link = FP_LINK_LOGIT,
                          .intercept = true};
    fitted f;
    fp_err err = {0};
    ck_assert_int_eq(fp_glm(&data, arena, &f.plain, &err), FP_OK);
    ck_assert_msg(fp_glm_firth(&data, &f.plain, 0.95, arena, &f.fit, &f.part, &err) == FP_OK, "%s",
                  err.message);
    return f;
}

static void must(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    test_must(expected, expected_lines, name, what, got, n, 1e-3, least);
}

static void must_match(const char *name, const fitted *f)
{
    double value[5][COLUMNS];
    ck_assert_int_eq(f->fit.state, FP_GLM_CONVERGED);
    for (int j = 0; j < COLUMNS; j++) {
        const fp_firth_term *t = &f->part.terms[j];
        const double row[] = {sqrt(f->fit.bread[j + j * COLUMNS]), t->chisq, t->p, t->lower,
                              t->upper};
        for (int k = 0; k < 5; k++)
            value[k][j] = row[k];
    }
    must(name, "beta", f->fit.beta, COLUMNS, 9);
    must(name, "se", value[0], COLUMNS, 9);
    must(name, "chisq", value[1], COLUMNS, 8);
    must(name, "p", value[2], COLUMNS, 8);
    must(name, "lower", value[3], COLUMNS, 8);
    must(name, "upper", value[4], COLUMNS, 8);
    must(name, "loglik", (const double[]){f->part.loglik, f->fit.loglik}, 2, 10);
}

static const double separated[] = {0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const double mixed[] = {0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1,
                               0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1};

START_TEST(as_r)
{
    static const double trials[] = {4, 2, 8}, share[] = {0.25, 0.5, 0.5, 0.75};
    double one[ROWS], a[ROWS], x[ROWS], weight[ROWS], offset[ROWS], y[ROWS];
    const double *column[] = {one, a, x};
    for (int i = 0; i < ROWS; i++) {
        one[i] = 1;
        a[i] = i >= 12;
        x[i] = i % 6 + 1;
        weight[i] = trials[i % 3];
        y[i] = nearbyint(weight[i] * share[i % 4]) / weight[i]; /* to even, as R */
        offset[i] = x[i] / 10 - 0.3;
    }
    fitted f = fit_of(ROWS, COLUMNS, column, separated, NULL, NULL);
    ck_assert_int_eq(f.plain.state, FP_GLM_SEPARATED);
    must_match("separated", &f);
    f = fit_of(ROWS, COLUMNS, column, mixed, NULL, NULL);
    must_match("plain", &f);
    f = fit_of(ROWS, COLUMNS, column, y, weight, offset);
    must_match("weights", &f);
}
END_TEST

/* With an intercept and one arm the penalty adds half a person to each cell of the table (Heinze &
 * Schemper 2002, sec. 2): 0 of 6 against 3 of 8. */
START_TEST(by_hand)
{
    double one[14], a[14], y[14];
    const double *column[] = {one, a};
    for (int i = 0; i < 14; i++) {
        one[i] = 1;
        a[i] = i >= 6;
        y[i] = i >= 11;
    }
    fitted f = fit_of(14, 2, column, y, NULL, NULL);
    double b0 = log(0.5 / 6.5), b1 = log(3.5 / 5.5) - b0;
    ck_assert_double_eq_tol(f.fit.beta[0], b0, 1e-10);
    ck_assert_double_eq_tol(f.fit.beta[1], b1, 1e-10);
    ck_assert(f.part.terms[1].lower < b1 && f.part.terms[1].upper > b1);
    ck_assert(isnan(f.fit.aic));
}
END_TEST

/* A column that follows from others stays out, and changes nothing. */
START_TEST(aliased)
{
    double one[ROWS], a[ROWS], twice[ROWS];
    const double *column[] = {one, a, twice};
    for (int i = 0; i < ROWS; i++) {
        one[i] = 1;
        a[i] = i >= 12;
        twice[i] = 2 * a[i];
    }
    fitted f = fit_of(ROWS, 3, column, separated, NULL, NULL),
           g = fit_of(ROWS, 2, column, separated, NULL, NULL);
    ck_assert(isnan(f.fit.beta[2]) && isnan(f.part.terms[2].p));
    ck_assert_double_eq_tol(f.fit.beta[1], g.fit.beta[1], 1e-12);
    ck_assert_double_eq_tol(f.part.terms[1].upper, g.part.terms[1].upper, 1e-9);
}
END_TEST

START_TEST(other_families)
{
    double one[] = {1, 1, 1}, y[] = {1, 2, 3};
    const double *column[] = {one};
    fp_regression data = {.n = 3, .p = 1, .column = column, .y = y, .intercept = true};
    fp_glm_fit plain;
    fp_firth_part part;
    fp_err err = {0};
    ck_assert_int_eq(fp_glm(&data, arena, &plain, &err), FP_OK);
    ck_assert_int_eq(fp_glm_firth(&data, &plain, 0.95, arena, &plain, &part, &err), FP_ARG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glm_firth");
    TCase *tests = tcase_create("glm_firth");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, as_r);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, aliased);
    tcase_add_test(tests, other_families);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
