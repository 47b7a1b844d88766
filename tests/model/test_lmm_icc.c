/* Intervals of intraclass correlations against R (make_lmm_icc.R), at the boundary, and where there
 * is no intercept. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/num.h"
#include "model/regression.h"
#include "run_suite.h"

#define DATA FP_TEST_DATA "/model/"

TEST_ARENA(FP_GIB);

/* "FORMULA residual=cs": with that structure by wave of a person. */
static fp_result result_of(const char *file, char *formula, bool ml)
{
    char path[1024], *residual = strstr(formula, " residual=cs");
    const fp_table *table;
    fp_result result = {0};
    fp_lmm_model_options o = fp_lmm_model_defaults();
    fp_err err = {0};
    o.ml = ml;
    if (residual) {
        *residual = '\0';
        o.residual = FP_LMM_SYMMETRIC;
        o.subject = "person";
        o.wave = "wave";
    }
    (void)snprintf(path, sizeof path, DATA "%s", file);
    ck_assert_msg(fp_table_read(path, NULL, arena, &table, &err) == FP_OK, "%s", err.message);
    ck_assert_msg(fp_model_lmm(table, formula, &o, arena, &result, &err) == FP_OK, "%s: %s",
                  formula, err.message);
    return result;
}

static const fp_lmm_result *fit(const char *file, char *formula, bool ml)
{
    return result_of(file, formula, ml).lmm;
}

static void says(const fp_result *result, const char *words)
{
    fp_err err = {0};
    FP_BUF_SCOPED(text, FP_MIB);
    ck_assert(fp_result_text(result, &text, &err) == FP_OK);
    fp_buf_put_char(&text, '\0');
    ck_assert_msg(strstr(fp_buf_str(&text).p, words), "not in the text: %s", words);
}

static void same(const char *what, double ours, double theirs)
{
    ck_assert_msg(fabs(ours - theirs) <= 2e-7 * fabs(theirs), "%s: %.10g, R has %.10g", what, ours,
                  theirs);
}

START_TEST(agrees_with_r)
{
    FILE *f = fopen(DATA "lmm_icc.txt", "r");
    char line[1024];
    int cases = 0;
    ck_assert_ptr_nonnull(f);
    for (; fgets(line, sizeof line, f); cases++) {
        char *field[4] = {line}, *at = line;
        for (int k = 0; k < 4; k++) {
            field[k] = at;
            at = strchr(at, '\t');
            ck_assert_ptr_nonnull(at);
            *at++ = '\0';
        }
        const fp_lmm_result *r = fit(field[0], field[1], strcmp(field[2], "ml") == 0);
        /* Lot/Wafer is listed outermost first, as R's rows in the file */
        for (ptrdiff_t k = 0; k < r->group_count; k++) {
            const fp_group_row *g = &r->groups[k];
            ck_assert_str_eq(g->interval, field[3]);
            same(field[1], g->lower, strtod(at, &at));
            same(field[1], g->upper, strtod(at, &at));
            ck_assert(g->lower <= g->icc && g->icc <= g->upper);
        }
    }
    ck_assert_int_eq(cases, 9);
    (void)fclose(f);
}
END_TEST

/* Waves differ by nothing: one variance is 0, and the other's interval would take it for known. */
START_TEST(boundary)
{
    char formula[] = "age ~ 1 + (1 | coach) + (1 | wave)";
    const fp_lmm_result *r = fit("waves.csv", formula, false);
    ck_assert_int_eq(r->group_count, 2);
    ck_assert_double_eq(r->groups[1].icc, 0);
    for (int k = 0; k < 2; k++) {
        ck_assert_str_eq(r->groups[k].interval, "boundary");
        ck_assert_double_nan(r->groups[k].lower);
        ck_assert_double_nan(r->groups[k].upper);
    }
}
END_TEST

START_TEST(told_in_words)
{
    char one[] = "Reaction ~ Days + (1 | Subject)", none[] = "age ~ 1 + (1 | coach) + (1 | wave)";
    fp_result result = result_of("sleepstudy.csv", one, false);
    says(&result, "18 groups of Subject: intraclass correlation 0.589 (0.413 to 0.765)");
    result = result_of("waves.csv", none, false);
    says(&result, "12 groups of coach: intraclass correlation 0.011, share");
    says(&result, "No interval of the intraclass correlations: a variance is estimated 0");
}
END_TEST

START_TEST(no_intercept)
{
    char formula[] = "y ~ wave + (0 + wave | person)";
    const fp_lmm_result *r = fit("waves.csv", formula, false);
    ck_assert_ptr_null(r->groups[0].interval);
    ck_assert_double_nan(r->groups[0].icc);
    ck_assert_double_nan(r->groups[0].lower);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lmm_icc");
    TCase *c = tcase_create("icc");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, agrees_with_r);
    tcase_add_test(c, boundary);
    tcase_add_test(c, told_in_words);
    tcase_add_test(c, no_intercept);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
