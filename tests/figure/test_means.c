/* Means with intervals: what is drawn, at every width, and what cannot be. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"
#include "figure/svg_check.h"
#include "run_suite.h"

#define MISSING ((double)NAN)

static fp_buf out;

static void setup(void)
{
    fp_buf_init(&out, FP_MIB);
}

static void teardown(void)
{
    fp_buf_clear(&out);
}

static const double months[] = {0, 6, 12, 24};
static const char *const texts[] = {"0", "6", "12", "24"};
static const double mean[] = {50, 52, 55, 56}, lower[] = {47, 49, 52, 53},
                    upper[] = {53, 55, 58, 59};
static const double other[] = {50, MISSING, 54.9, 55.9};
static const fp_figure_means_series two[] = {
    {"usual guidance", mean, lower, upper, FP_LOOK_USUAL},
    {"a name <long> enough to need two lines or even three", other, lower, upper, FP_LOOK_BOTH}};

START_TEST(every_width)
{
    fp_err err = {0};
    for (int width = 320; width <= 1100; width += 195) {
        fp_figure_means_options o = {.frame.width = width,
                                     .points = 4,
                                     .x_text = texts,
                                     .x = months,
                                     .x_label = "Months",
                                     .y_label = "Score"};
        fp_buf_clear(&out);
        ck_assert_int_eq(fp_figure_means(&o, two, 2, &out, &err), FP_OK);
        svg_sound(fp_buf_str(&out), "figure");
        /* seven means: a square and an interval each */
        ck_assert_int_eq(svg_count(fp_buf_str(&out), "width=\"7\""), 7);
        ck_assert_int_eq(svg_count(fp_buf_str(&out), "stroke-width=\"1.6\""), 7);
        ck_assert_ptr_nonnull(strstr(out.p, "usual guidance: 50.0 at 0, 52.0 at 6"));
    }
}
END_TEST

START_TEST(no_line_joins_what_has_no_order)
{
    fp_figure_means_options o = {.points = 4, .x_text = texts};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_means(&o, two, 1, &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "figure");
    ck_assert_ptr_null(strstr(out.p, "<path"));
}
END_TEST

START_TEST(nothing_to_draw)
{
    static const double none[] = {MISSING, MISSING, MISSING, MISSING};
    fp_figure_means_series many[FP_FIGURE_MAX_MEANS + 1] = {{"a", none, none, none, FP_LOOK_AUTO}};
    fp_figure_means_options o = {.points = 4, .x_text = texts};
    fp_result result = {.model = FP_MODEL_GLM};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_means(&o, many, 1, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_means(&o, many, FP_FIGURE_MAX_MEANS + 1, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_means(&o, many, 0, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_means_result(NULL, &result, &out, &err), FP_INPUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figure means");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, every_width);
    tcase_add_test(tests, no_line_joins_what_has_no_order);
    tcase_add_test(tests, nothing_to_draw);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
