/* NIST StRD, one-way analysis of variance (https://www.itl.nist.gov/div898/strd/anova/anova.html):
 * a random intercept by REML has MSW = sigma^2 and MSB = sigma^2 + n sigma_t^2 on balanced data.
 * How many digits can be hoped for is decided by the data as doubles: at 10^12.4 they have three
 * after the point. FP_TEST_DIGITS=1 prints them. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "stats/lmm.h"

#define DATA FP_TEST_DATA "/nist/anova/"

enum { MOST = 18009 };

typedef struct {
    ptrdiff_t n;
    int32_t groups;
    int32_t group[MOST];
    double y[MOST];
} rows;

static rows data, made;

/* Treatment t of SmLs0k: prefix.4, .3, .5, .3, .5, ... and then a tenth less and more in turn. */
static void make_rows(const char *prefix, int replicates, rows *out)
{
    static const int centre[] = {4, 3, 5, 3, 5, 3, 5, 3, 5};
    out->n = 0;
    out->groups = 9;
    for (int t = 0; t < 9; t++)
        for (int i = 0; i < replicates; i++) {
            char text[40];
            int tenth = centre[t] + (i == 0 ? 0 : i % 2 ? -1 : 1);
            (void)snprintf(text, sizeof text, "%s.%d", prefix, tenth);
            out->group[out->n] = t;
            ck_assert(fp_num_parse(fp_str_of(text), '.', &out->y[out->n++]));
        }
}

/* The lines after "Data:" at the end of NIST's file. */
static void read_rows(const char *name, rows *out)
{
    char path[1024], line[256];
    (void)snprintf(path, sizeof path, DATA "%s.dat", name);
    FILE *in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    out->n = 0;
    out->groups = 0;
    for (int i = 1; fgets(line, sizeof line, in); i++) {
        char *rest = line, *word, *part[2] = {NULL, NULL};
        int words = 0;
        while (words < 2 && (word = strsep(&rest, " \t\r\n")))
            if (*word)
                part[words++] = word;
        double t, y;
        if (i <= 60 || words < 2 || !fp_num_parse(fp_str_of(part[0]), '.', &t) ||
            !fp_num_parse(fp_str_of(part[1]), '.', &y))
            continue;
        out->group[out->n] = (int32_t)t - 1;
        out->groups = (int32_t)t > out->groups ? (int32_t)t : out->groups;
        out->y[out->n++] = y;
    }
    (void)fclose(in);
}

static double digits(double got, double want)
{
    double error = fabs(got - want) / fabs(want);
    return error > 0 ? -log10(error) : 16;
}

static void check_rows(const char *name, const rows *r, double f, double msw, double least)
{
    static double ones[MOST];
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_err err = {0};
    const double *const x[] = {ones};
    const double *const z[] = {NULL};
    const fp_lmm_block block = {r->groups, r->group, 1, z};
    const fp_lmm_data d = {
        .n = r->n, .p = 1, .x = x, .intercept = true, .y = r->y, .blocks = 1, .block = &block};
    fp_lmm_fit fit;
    for (ptrdiff_t i = 0; i < r->n; i++)
        ones[i] = 1;
    ck_assert_msg(fp_lmm(&d, NULL, arena, &fit, &err) == FP_OK, "%s", err.message);
    double each = (double)r->n / r->groups;
    double between = fit.sigma2 + each * fit.covariance[0][0];
    double one = 1, estimate, se, df;
    ck_assert_int_eq(
        fp_lmm_contrast(&fit, FP_LMM_DF_SATTERTHWAITE, 1, &one, &estimate, &se, &df, NULL, &err),
        FP_OK);
    ck_assert_double_eq_tol(df, r->groups - 1, 1e-6 * r->groups);
    double got = fmin(digits(between / fit.sigma2, f), digits(fit.sigma2, msw));
    if (getenv("FP_TEST_DIGITS"))
        (void)printf("%-8s %4.1f digits of F and of the mean square within\n", name, got);
    ck_assert_msg(got >= least, "%s: %.1f digits", name, got);
    fp_arena_destroy(arena);
}

START_TEST(observed)
{
    read_rows("SiRstv", &data);
    ck_assert_int_eq(data.n, 25);
    check_rows("SiRstv", &data, 1.18046237440255E+00, 1.08318280000000E-02, 12);
    read_rows("AtmWtAg", &data);
    ck_assert_int_eq(data.n, 48);
    check_rows("AtmWtAg", &data, 1.59467335677930E+01, 2.28155932971014E-10, 9.5);
}
END_TEST

START_TEST(simulated)
{
    static const struct {
        const char *prefix;
        double least;
    } kind[] = {{"1", 11}, {"1000000", 9}, {"1000000000000", 3.5}};
    static const char *const files[] = {"SmLs01", "SmLs04", "SmLs07"};
    static const int replicates[] = {21, 201, 2001};
    for (int k = 0; k < 3; k++)
        for (int s = 0; s < 3; s++) {
            char name[16];
            make_rows(kind[k].prefix, replicates[s], &made);
            if (s == 0) { /* the rule gives NIST's rows */
                read_rows(files[k], &data);
                ck_assert_int_eq(data.n, made.n);
                ck_assert_mem_eq(data.y, made.y, (size_t)made.n * sizeof *made.y);
            }
            (void)snprintf(name, sizeof name, "SmLs0%d", 3 * k + s + 1);
            check_rows(name, &made, replicates[s], 0.01, kind[k].least);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("NIST anova");
    TCase *c = tcase_create("anova");
    tcase_add_test(c, observed);
    tcase_add_test(c, simulated);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
