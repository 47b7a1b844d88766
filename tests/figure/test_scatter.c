/* Points with smooth lines: the figures of residuals, and predicted curves. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "figure/figure.h"
#include "figure/svg_check.h"
#include "model/survival.h"
#include "run_suite.h"

#define MISSING ((double)NAN)

static fp_buf out;
static fp_arena *arena;

static void setup(void)
{
    fp_buf_init(&out, 16 * FP_MIB);
    arena = fp_arena_create(FP_GIB);
    ck_assert_ptr_nonnull(arena);
}

static void teardown(void)
{
    fp_buf_clear(&out);
    fp_arena_destroy(arena);
}

/* ---- results to draw ---- */

static fp_result fit(const char *file, const char *formula, fp_cox_model_options o)
{
    const fp_table *table;
    fp_result result;
    fp_err err = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/reference/%s", FP_TEST_DATA, file);
    o.scatter = true;
    ck_assert_int_eq(fp_table_read(path, NULL, arena, &table, &err), FP_OK);
    fp_status status = fp_model_cox(table, formula, &o, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return result;
}

static const char lung[] = "Surv(time, status == 2) ~ age + sex + factor(ph.ecog)";

typedef fp_status (*draw_fn)(const fp_figure_frame *, const fp_result *, fp_buf *, fp_err *);

static void draw(draw_fn figure, const fp_figure_frame *frame, const fp_result *result)
{
    fp_err err = {0};
    fp_buf_clear(&out);
    fp_status status = figure(frame, result, &out, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    svg_sound(fp_buf_str(&out), frame && frame->id ? frame->id : "figure");
}

/* ---- goldens ---- */

START_TEST(schoenfeld_golden)
{
    fp_result r =
        fit("ovarian.csv", "Surv(futime, fustat) ~ age + factor(rx)", fp_cox_model_defaults());
    draw(fp_figure_schoenfeld, NULL, &r);
    svg_golden(&out, "schoenfeld.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, "one event"), 1);
    ck_assert_int_eq(svg_count(svg, ">age</text>"), 1);
    ck_assert_int_eq(svg_count(svg, ">factor(rx)2</text>"), 1);
    ck_assert_int_eq(svg_count(svg, "h0M") + svg_count(svg, "h0\""), 2 * (int)r.events);
    /* the p of the panel is that of the test */
    char p[64], note[128];
    fp_num_format_p(r.ph[0].p, &fp_numstyle_plain, p, sizeof p);
    (void)snprintf(note, sizeof note, "change over time: p = %s", p);
    ck_assert_int_ge(svg_count(svg, note), 2); /* panel and desc */
    fp_figure_frame narrow = {.id = "f1", .width = 380, .numstyle = &fp_numstyle_nl};
    draw(fp_figure_schoenfeld, &narrow, &r);
    svg_golden(&out, "schoenfeld_narrow.svg");
}
END_TEST

START_TEST(residuals_golden)
{
    fp_result r =
        fit("ovarian.csv", "Surv(futime, fustat) ~ age + factor(rx)", fp_cox_model_defaults());
    draw(fp_figure_residuals, NULL, &r);
    svg_golden(&out, "residuals.svg");
    fp_str svg = fp_buf_str(&out);
    /* the linear predictor and age; a column of 0 and 1 has no panel */
    ck_assert_int_eq(svg_count(svg, ">linear predictor</text>"), 1);
    ck_assert_int_eq(svg_count(svg, ">factor(rx)2</text>"), 0);
    ck_assert_int_eq(svg_count(svg, "h0M") + svg_count(svg, "h0\""), 2 * 26);
}
END_TEST

START_TEST(predicted_golden)
{
    static const char *const at[] = {"age=50, rx=1; age=50, rx=2"};
    fp_cox_model_options o = fp_cox_model_defaults();
    o.at = at;
    o.at_count = 1;
    fp_result r = fit("ovarian.csv", "Surv(futime, fustat) ~ age + factor(rx)", o);
    draw(fp_figure_predicted, NULL, &r);
    svg_golden(&out, "predicted.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, ">age=50, rx=2</text>"), 1);
    ck_assert_int_eq(svg_count(svg, "fill-opacity=\"0.15\""), 2);
    ck_assert_int_eq(svg_count(svg, "Number at risk"), 0);
}
END_TEST

/* The effect of each group has its own interval, all of it in the axis, and no line through them.
 */
START_TEST(intervals_of_points)
{
    static const double x[] = {1, 2, 3}, y[] = {-1, 0, 1}, low[] = {-9, -8, -7}, high[] = {7, 8, 9};
    fp_figure_panel panel = {.title = "a",
                             .n = 3,
                             .x = x,
                             .y = y,
                             .line_length = 3,
                             .line_x = x,
                             .line_y = y,
                             .lower = low,
                             .upper = high,
                             .intervals = true};
    fp_figure_scatter_options o = {.frame.id = "f1", .smooth = "95% interval"};
    fp_buf_clear(&out);
    fp_err err = {0};
    ck_assert_msg(fp_figure_scatter(&o, &panel, 1, &out, &err) == FP_OK, "%s", err.message);
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, ">-5</text>") + svg_count(svg, ">5</text>"), 2);
    ck_assert_int_eq(svg_count(svg, "stroke-width=\"1.5\""), 2); /* the key and the lines */
    ck_assert_int_eq(svg_count(svg, "stroke-linejoin"), 0);
    ck_assert_int_eq(svg_count(svg, "fill-opacity=\"0.15\""), 1); /* the key */
}
END_TEST

/* ---- every scale and width ---- */

START_TEST(scales_and_widths)
{
    static const double widths[] = {320, 380, 720, 1100};
    for (int g = 0; g < 4; g++) {
        fp_cox_model_options o = fp_cox_model_defaults();
        o.ph = (fp_ph_transform)g;
        fp_result r = fit("lung.csv", lung, o);
        for (int w = 0; w < 4; w++) {
            fp_figure_frame frame = {.width = widths[w], .numstyle = &fp_numstyle_en};
            draw(fp_figure_schoenfeld, &frame, &r);
            draw(fp_figure_residuals, &frame, &r);
        }
    }
}
END_TEST

START_TEST(times_stand_where_they_belong)
{
    /* identity: the ticks are plain numbers; km: an event's time maps to its own place */
    fp_cox_model_options o = fp_cox_model_defaults();
    o.ph = FP_PH_LOG;
    fp_result r = fit("lung.csv", "Surv(time, status == 2) ~ age", o);
    draw(fp_figure_schoenfeld, NULL, &r);
    double x[3];
    static const char *const ticks[] = {">10</text>", ">100</text>", ">1000</text>"};
    for (int k = 0; k < 2; k++) {
        const char *at = strstr(out.p, ticks[k]);
        ck_assert_ptr_nonnull(at);
        while (strncmp(at, "<text", 5) != 0)
            at--;
        ck_assert_int_eq(sscanf(at, "<text x=\"%lf\"", &x[k]), 1);
    }
    const char *fifty = strstr(out.p, ">50</text>");
    ck_assert_ptr_nonnull(fifty);
    while (strncmp(fifty, "<text", 5) != 0)
        fifty--;
    ck_assert_int_eq(sscanf(fifty, "<text x=\"%lf\"", &x[2]), 1);
    ck_assert_double_eq_tol((x[2] - x[0]) / (x[1] - x[0]), log10(5), 0.001);
}
END_TEST

/* ---- the general figure ---- */

START_TEST(a_million_points_stay_small)
{
    enum { N = 1000000 };
    double *x = fp_arena_array(arena, 2 * (ptrdiff_t)N, sizeof *x, NULL), *y = x + N;
    ck_assert_ptr_nonnull(x);
    uint64_t state = 1;
    for (ptrdiff_t i = 0; i < 2 * (ptrdiff_t)N; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        x[i] = (double)(state >> 11) / 9007199254740992.0;
    }
    fp_figure_panel panel = {.title = "x", .n = N, .x = x, .y = y, .reference = MISSING};
    fp_figure_scatter_options o = {.frame.desc = "Many points."};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_scatter(&o, &panel, 1, &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "figure");
    ck_assert_uint_lt(out.n, 600000);
    ck_assert_ptr_nonnull(strstr(out.p, "Many points. Where a panel has more than 2,000 points, "
                                        "the first in every square of 3 pixels is drawn"));
    panel.n = 2000;
    fp_buf_clear(&out);
    ck_assert_int_eq(fp_figure_scatter(&o, &panel, 1, &out, &err), FP_OK);
    ck_assert_ptr_null(strstr(out.p, "square"));
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "h0M"), 1999);
}
END_TEST

START_TEST(odd_panels)
{
    static const double none[1] = {0}, same[] = {2, 2, 2}, wild[] = {1e300, -1e300, MISSING};
    const fp_figure_panel panels[] = {
        {.title = "nothing", .n = 0, .x = none, .y = none, .reference = MISSING},
        {.title = "one place", .n = 3, .x = same, .y = same, .reference = 2},
        {.title = "far apart", .n = 3, .x = wild, .y = wild, .reference = 0},
        {.title = "a title that is so long that it has to stand on several lines of the panel",
         .note = "a < b & \"c\"",
         .n = 3,
         .x = same,
         .y = wild,
         .reference = MISSING},
    };
    fp_err err = {0};
    for (int width = 320; width <= 1100; width += 260) {
        fp_figure_scatter_options o = {
            .frame.width = width, .y_label = "y", .point = "a point", .smooth = "a line"};
        fp_buf_clear(&out);
        ck_assert_int_eq(fp_figure_scatter(&o, panels, 4, &out, &err), FP_OK);
        svg_sound(fp_buf_str(&out), "figure");
    }
    ck_assert_int_eq(fp_figure_scatter(NULL, panels, 0, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_scatter(NULL, panels, 61, &out, &err), FP_INPUT);
}
END_TEST

START_TEST(nothing_to_draw)
{
    fp_cox_model_options o = fp_cox_model_defaults();
    fp_err err = {0};
    fp_result r = fit("ovarian.csv", "Surv(futime, fustat) ~ 1", o);
    ck_assert_int_eq(fp_figure_schoenfeld(NULL, &r, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_residuals(NULL, &r, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_predicted(NULL, &r, &out, &err), FP_INPUT);
    r.scatter = NULL;
    ck_assert_int_eq(fp_figure_schoenfeld(NULL, &r, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_residuals(NULL, &r, &out, &err), FP_ARG);
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figure scatter");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, schoenfeld_golden);
    tcase_add_test(tests, residuals_golden);
    tcase_add_test(tests, predicted_golden);
    tcase_add_test(tests, intervals_of_points);
    tcase_add_test(tests, scales_and_widths);
    tcase_add_test(tests, times_stand_where_they_belong);
    tcase_add_test(tests, a_million_points_stay_small);
    tcase_add_test(tests, odd_panels);
    tcase_add_test(tests, nothing_to_draw);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
