/* Stacked cumulative incidences. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "figure/figure.h"
#include "figure/svg_check.h"
#include "run_suite.h"

/* Eight people: 1 (cause 1), 1 censored, 2 (cause 1), 2 (cause 2), 3 censored, 4 (cause 1),
 * 5 (cause 2), 6 censored; see tests/stats/test_competing.c. */
static const double time[] = {1, 2, 3, 4, 5, 6}, at_risk[] = {8, 6, 4, 3, 2, 1};
static const double cif[] = {1. / 8, 13. / 48, 13. / 48, 67. / 144, 67. / 144, 67. / 144,
                             0,      7. / 48,  7. / 48,  7. / 48,   49. / 144, 49. / 144};
static const fp_cif_curves small = {
    .n = 8, .causes = 2, .length = 6, .time = time, .at_risk = at_risk, .cif = cif};

/* Everybody has an event at once. */
static const double all_time[] = {3}, all_risk[] = {5}, all_cif[] = {.4, .6};
static const fp_cif_curves all = {
    .n = 5, .causes = 2, .length = 1, .time = all_time, .at_risk = all_risk, .cif = all_cif};
static const fp_cif_curves nobody = {.causes = 2};
static const char *const causes[] = {"found work", "died"};

static fp_buf out;

static void setup(void)
{
    fp_buf_init(&out, 16 * FP_MIB);
}

static void teardown(void)
{
    fp_buf_clear(&out);
}

static void draw(const fp_figure_cif_options *options, const fp_figure_cif_panel *panels,
                 ptrdiff_t count, const char *const *names, int32_t cause_count)
{
    fp_err err = {0};
    fp_buf_clear(&out);
    fp_status status = fp_figure_cif(options, panels, count, names, cause_count, &out, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    svg_sound(fp_buf_str(&out), options && options->frame.id ? options->frame.id : "figure");
}

START_TEST(wide_golden)
{
    const fp_figure_cif_panel panels[] = {{"arm=ips", &small}, {"arm=usual", &all}};
    draw(NULL, panels, 2, causes, 2);
    svg_golden(&out, "cif.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, "<pattern"), 2);
    ck_assert_int_eq(svg_count(svg, "url(#figure-band1)"), 2); /* a band a panel, and no key */
    ck_assert_int_eq(svg_count(svg, ">47% found work<"), 1);
    ck_assert_int_eq(svg_count(svg, ">34% died<"), 1);
    ck_assert_int_eq(svg_count(svg, ">19% no event yet<"), 1);
    ck_assert_int_eq(svg_count(svg, "arm=ips: found work 47%, died 34%, no event yet 19%;"), 1);
}
END_TEST

START_TEST(narrow_golden)
{
    fp_figure_cif_options o = fp_figure_cif_defaults();
    o.frame = (fp_figure_frame){
        .id = "smal", .title = "Wat gebeurde er", .width = 380, .numstyle = &fp_numstyle_nl};
    o.horizon = 4.5;
    o.x_label = "Dagen sinds de start";
    o.y_label = "Van alle mensen, naar wat het eerst gebeurde";
    o.free_label = "nog geen van beide";
    o.risk_label = "Gevolgd en nog geen van beide";
    const fp_figure_cif_panel panels[] = {{"met IPS", &small}, {"zonder <IPS>", &all}};
    static const char *const names[] = {"duurzaam aan het werk", "overleden of langdurig ziek"};
    draw(&o, panels, 2, names, 2);
    svg_golden(&out, "cif_narrow.svg");
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "url(#smal-band2)"),
                     3); /* two bands and the key */
}
END_TEST

/* The bands begin at 0, end at the last time, and lie on each other. */
START_TEST(bands_are_where_they_belong)
{
    fp_figure_cif_options o = fp_figure_cif_defaults();
    o.horizon = 10;
    const fp_figure_cif_panel panel = {"all", &small};
    draw(&o, &panel, 1, causes, 2);
    const char *first = strstr(out.p, "fill=\"none\" stroke=\"#0b6e99\" stroke-width=\"1.5\"");
    ck_assert(first != NULL);
    /* five jumps of cause 1 and of both causes together: at 1, 2, 4 and at 1, 2, 4, 5 */
    int jumps = 0;
    while (first > out.p && strncmp(first, "<path", 5) != 0)
        first--;
    for (; *first && *first != '>'; first++)
        jumps += *first == 'V';
    ck_assert_int_eq(jumps, 3);
}
END_TEST

START_TEST(every_shape)
{
    static const char *const many[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    double shares[8 * 6];
    for (int k = 0; k < 8; k++)
        for (int i = 0; i < 6; i++)
            shares[i + 6 * k] = k == 3 ? 0 : .02 * (i + 1);
    const fp_cif_curves rich = {
        .n = 8, .causes = 8, .length = 6, .time = time, .at_risk = at_risk, .cif = shares};
    for (int width = 320; width <= 1100; width += 60)
        for (int count = 1; count <= 5; count++) {
            fp_figure_cif_panel panels[5];
            fp_figure_cif_options o = fp_figure_cif_defaults();
            o.frame.width = width;
            for (int i = 0; i < count; i++)
                panels[i] = (fp_figure_cif_panel){"a group with a rather long name, and more of it",
                                                  i == 1   ? &all
                                                  : i == 2 ? &nobody
                                                           : &small};
            draw(&o, panels, count, causes, 2);
            draw(&o, panels, count, causes, 1);
            for (int i = 0; i < count; i++)
                panels[i].curves = &rich;
            draw(&o, panels, count, many, 8);
        }
}
END_TEST

START_TEST(refusals)
{
    fp_err err = {0};
    const fp_figure_cif_panel panels[30] = {{"x", &small}}, none = {"x", NULL};
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 0, causes, 2, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_cif(NULL, &none, 1, causes, 2, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 1, causes, 3, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 1, causes, 0, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 1, causes, 21, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 25, causes, 2, &out, &err), FP_INPUT);
    fp_result result = {.cause_count = 0};
    ck_assert_int_eq(fp_figure_cif_result(NULL, &result, &out, &err), FP_INPUT);
    ck_assert_uint_eq(out.n, 0);
    ck_assert_int_eq(fp_figure_cif(NULL, panels, 1, causes, 2, &out, &err), FP_OK);
    size_t whole = out.n;
    for (size_t max = 0; max < whole; max += 97) {
        FP_BUF_SCOPED(full, max);
        ck_assert_int_eq(fp_figure_cif(NULL, panels, 1, causes, 2, &full, &err), FP_NOMEM);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figure of incidences");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, wide_golden);
    tcase_add_test(tests, narrow_golden);
    tcase_add_test(tests, bands_are_where_they_belong);
    tcase_add_test(tests, every_shape);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
