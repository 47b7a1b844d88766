#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/specification.h"
#include "figure/svg_check.h"
#include "run_suite.h"

static fp_err err;
static const char *const DAYS[] = {"14", "28", "60"}, *const HOW[] = {"sum", "a < b & \"c\""};
static const fp_figure_choice CHOICES[] = {{"min_days", 3, DAYS}, {"concurrent", 2, HOW}};
static const int VALUES[6][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}};

static void fill(fp_figure_specification *specs)
{
    static const double hr[] = {1.4, 0.8, 1.1, (double)NAN, 1.1, 3};
    for (int i = 0; i < 6; i++)
        specs[i] = (fp_figure_specification){hr[i], hr[i] / 2, hr[i] * 2, VALUES[i]};
    specs[5].upper = (double)INFINITY;
    specs[5].lower = 0;
}

static fp_status draw(const fp_figure_specification *specs, ptrdiff_t count, ptrdiff_t marked,
                      double width, fp_buf *out)
{
    fp_figure_specification_options options = {.frame = {.id = "curve", .width = width},
                                               .y_label = "ratio",
                                               .mark = "planned",
                                               .marked = marked};
    return fp_figure_specifications(&options, specs, count, CHOICES, 2, out, &err);
}

/* Where the circles stand: their x, in the order of drawing. */
static int circles(const char *svg, double *x)
{
    int n = 0;
    for (const char *p = svg; (p = strstr(p, "<circle cx=\"")); p++)
        x[n++] = strtod(p + strlen("<circle cx=\""), NULL);
    return n;
}

START_TEST(estimates_rise_and_the_planned_one_is_marked)
{
    fp_figure_specification specs[6];
    double x[8];
    fill(specs);
    for (int w = 0; w < 2; w++) {
        FP_BUF_SCOPED(out, FP_MIB);
        ck_assert_int_eq(draw(specs, 6, 2, w ? 320 : 960, &out), FP_OK);
        const char *flaw = svg_flaw(fp_buf_str(&out), "curve");
        ck_assert_msg(!flaw, "%s", flaw ? flaw : "");
        ck_assert_int_eq(circles(out.p, x), 6); /* five estimates and the mark */
        for (int i = 1; i < 5; i++)
            ck_assert_double_lt(x[i - 1], x[i]);
        ck_assert_double_eq_tol(x[5], x[1], 0.02); /* 0.8, then the planned 1.1 */
        ck_assert_int_eq(svg_count(fp_buf_str(&out), ">planned<"), 1);
        ck_assert_ptr_nonnull(strstr(out.p, "5 ratios in ascending order, from 0.80 to 3.00"));
    }
}
END_TEST

/* The same specifications in another order give the same curve. */
START_TEST(order_does_not_matter)
{
    fp_figure_specification specs[6], turned[6];
    FP_BUF_SCOPED(a, FP_MIB);
    FP_BUF_SCOPED(b, FP_MIB);
    fill(specs);
    specs[4].estimate = 1.2;
    for (int i = 0; i < 6; i++)
        turned[i] = specs[5 - i];
    ck_assert_int_eq(draw(specs, 6, 0, 0, &a), FP_OK);
    ck_assert_int_eq(draw(turned, 6, 5, 0, &b), FP_OK);
    ck_assert_str_eq(a.p, b.p);
}
END_TEST

START_TEST(wrong_input)
{
    fp_figure_specification specs[6];
    FP_BUF_SCOPED(out, FP_MIB);
    fill(specs);
    ck_assert_int_eq(draw(specs, 0, -1, 0, &out), FP_ARG);
    ck_assert_int_eq(draw(specs, 6, 6, 0, &out), FP_ARG);
    ck_assert_int_eq(draw(specs, 6, 0, 100, &out), FP_ARG);
    specs[0].estimate = -1;
    ck_assert_int_eq(draw(specs, 6, 0, 0, &out), FP_ARG);
    fill(specs);
    const int bad[] = {0, 2};
    specs[1].value = bad;
    ck_assert_int_eq(draw(specs, 6, 0, 0, &out), FP_ARG);
    fill(specs);
    ck_assert_int_eq(draw(specs + 3, 1, -1, 0, &out), FP_INPUT); /* no estimate */
    out.n = 0;
    ck_assert_int_eq(draw(specs, 6, -1, 0, &out), FP_OK);
    ck_assert_ptr_null(strstr(out.p, "planned"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("specification");
    TCase *tc = tcase_create("specification");
    tcase_add_test(tc, estimates_rise_and_the_planned_one_is_marked);
    tcase_add_test(tc, order_does_not_matter);
    tcase_add_test(tc, wrong_input);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
