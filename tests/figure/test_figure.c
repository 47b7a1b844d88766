#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "base/num.h"
#include "figure/figure.h"
#include "figure/svg_check.h"
#include "figure/svg_priv.h"
#include "run_suite.h"

/* math.h has floats here, and clang tells. */
#define MISSING      ((double)FP_NUM_NAN)
#define ENDLESS      ((double)INFINITY)
#define COUNT(array) ((ptrdiff_t)(sizeof(array) / sizeof(array)[0]))

/* ---- curves worked by hand ---- */

/* Times 2 3+ 5 5+ 8 of five people: S = 4/5, 4/5, 8/15, 8/15 (5+ leaves after the event), 0. */
static const double small_time[] = {2, 3, 5, 8}, small_risk[] = {5, 4, 3, 1};
static const double small_event[] = {1, 0, 1, 1}, small_censored[] = {0, 1, 1, 0};
static const double small_survival[] = {0.8, 0.8, 8.0 / 15, 0}, small_se[] = {0.18, 0.18, 0.25, 0};
static const double small_lower[] = {0.52, 0.52, 0.21, MISSING}, small_upper[] = {1, 1, 1, MISSING};
/* A curve of the arrays whose names begin with `name`. */
#define CURVE(name, rows, ended, times)                                                            \
    {                                                                                              \
        .n = (rows), .events = (ended), .length = (times), .time = name##_time,                    \
        .at_risk = name##_risk, .event = name##_event, .censored = name##_censored,                \
        .survival = name##_survival, .se = name##_se, .lower = name##_lower, .upper = name##_upper \
    }
static const fp_km_curve small = CURVE(small, 5, 3, 4);

/* One event at 100 and at 200 among 20, the others censored at 350. */
static const double arm_time[] = {100, 200, 350}, arm_risk[] = {20, 19, 18};
static const double arm_event[] = {1, 1, 0}, arm_censored[] = {0, 0, 18};
static const double arm_survival[] = {0.95, 0.9, 0.9}, arm_se[] = {0.05, 0.07, 0.07};
static const double arm_lower[] = {0.86, 0.78, 0.78}, arm_upper[] = {1, 1, 1};
static const fp_km_curve arm = CURVE(arm, 20, 2, 3);

/* Left-truncated: the number at risk grows; log-log bounds are undefined where S = 1. */
static const double late_time[] = {1, 4, 6}, late_risk[] = {3, 6, 4};
static const double late_event[] = {0, 2, 1}, late_censored[] = {1, 0, 3};
static const double late_survival[] = {1, 2.0 / 3, 0.5}, late_se[] = {0, 0.19, 0.2};
static const double late_lower[] = {MISSING, 0.2, 0.11}, late_upper[] = {MISSING, 0.9, 0.8};
static const fp_km_curve late = CURVE(late, 9, 3, 3);

/* Nobody has an event; nobody at all. */
static const double none_time[] = {7}, none_risk[] = {4}, none_event[] = {0}, none_censored[] = {4};
static const double none_survival[] = {1}, none_se[] = {0}, none_lower[] = {1}, none_upper[] = {1};
static const fp_km_curve none = CURVE(none, 4, 0, 1);
static const fp_km_curve nobody = {0};

/* Two of them with the hazard: H = sum d/y, var = sum d/y^2. */
static const double small_hazard[] = {1.0 / 5, 1.0 / 5, 8.0 / 15, 23.0 / 15};
static const double late_hazard[] = {0, 1.0 / 3, 7.0 / 12};
#define SMALL_VARIANCE (1.0 / 25 + 1.0 / 9 + 1) /* at its end */

static fp_km_curve with_hazard(const fp_km_curve *curve)
{
    static const double small_out[] = {0.2, 0.2, 0.38873012632302, 1.07289846262874};
    static const double late_out[] = {0, 0.235702260395516, 0.343592135468138};
    fp_km_curve full = *curve;
    full.hazard = curve == &small ? small_hazard : late_hazard;
    full.hazard_se = curve == &small ? small_out : late_out;
    return full;
}

/* ---- helpers ---- */

static fp_buf out;

static void setup(void)
{
    fp_buf_init(&out, 16 * FP_MIB);
}

static void teardown(void)
{
    fp_buf_clear(&out);
}

static void draw_km(const fp_figure_km_options *options, const fp_figure_curve *curves,
                    ptrdiff_t count)
{
    fp_err err = {0};
    fp_buf_clear(&out);
    fp_status status = fp_figure_km(options, curves, count, &out, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    svg_sound(fp_buf_str(&out), options && options->frame.id ? options->frame.id : "figure");
}

/* ---- Kaplan-Meier ---- */

START_TEST(km_survival_golden)
{
    fp_figure_curve curves[] = {{"sex=1", &small, FP_LOOK_AUTO}, {"sex=2", &late, FP_LOOK_AUTO}};
    draw_km(NULL, curves, 2);
    svg_golden(&out, "km_survival.svg");
}
END_TEST

START_TEST(km_arms_golden)
{
    fp_figure_km_options o = fp_figure_km_defaults();
    o.frame = (fp_figure_frame){.id = "fig-arms",
                                .title = "Aan het werk, per groep",
                                .desc = "Vier lijnen.",
                                .numstyle = &fp_numstyle_nl};
    o.kind = FP_KM_EVENTS;
    o.horizon = 350;
    o.y_max = 0.15;
    o.x_label = "Dagen sinds de start";
    o.y_label = "Duurzaam aan het werk";
    o.risk_label = "Nog gevolgd";
    fp_figure_curve curves[] = {{"IPS", &arm, FP_LOOK_IPS},
                                {"PA", &arm, FP_LOOK_PA},
                                {"IPS en PA", &none, FP_LOOK_BOTH},
                                {"gebruikelijk", &nobody, FP_LOOK_USUAL}};
    draw_km(&o, curves, COUNT(curves));
    svg_golden(&out, "km_arms.svg");
    fp_str svg = fp_buf_str(&out);
    for (int day = 0; day <= 350; day += 50) {
        char tick[32];
        (void)snprintf(tick, sizeof tick, ">%d</text>", day);
        ck_assert_int_ge(svg_count(svg, tick), 1);
    }
    ck_assert_int_eq(svg_count(svg, "#0b6e99\" stroke-width=\"2\""), 2); /* curve and its row */
    ck_assert_int_eq(svg_count(svg, ">20</text>"), 6); /* 2 arms at 0, 50 and 100 days */
    ck_assert_int_eq(svg_count(svg, ">18</text>"), 6); /* 250, 300, 350 */
}
END_TEST

START_TEST(km_narrow_golden)
{
    fp_figure_km_options o = fp_figure_km_defaults();
    o.frame.width = 380;
    fp_figure_curve curves[] = {{"a <b> & \"c\" \xc3\xa9", &small, FP_LOOK_AUTO},
                                {"a fairly long name of a group", &late, FP_LOOK_AUTO}};
    draw_km(&o, curves, 2);
    svg_golden(&out, "km_narrow.svg");
    ck_assert_int_ge(svg_count(fp_buf_str(&out), "a &lt;b&gt; &amp; &quot;c&quot; \xc3\xa9"), 1);
}
END_TEST

START_TEST(km_steps_are_where_they_belong)
{
    /* Without names, table and labels, at 720 px: S = 0.8 from time 2 on lies a fifth down. */
    fp_figure_km_options o = fp_figure_km_defaults();
    o.bands = o.ticks = false;
    o.x_label = o.y_label = NULL;
    draw_km(&o, &(fp_figure_curve){"x", &small, FP_LOOK_INK}, 1);
    const char *path = strstr(out.p, "<path d=\"M");
    double x0, y0, x1, y1, x2, y2, x3, y3;
    ck_assert_ptr_nonnull(path);
    ck_assert_int_eq(sscanf(path, "<path d=\"M%lf %lfH%lfV%lfH%lfV%lfH%lfV%lfH", &x0, &y0, &x1, &y1,
                            &x2, &y2, &x3, &y3),
                     8);
    double unit = (x3 - x0) / 8, height = y3 - y0;
    ck_assert_double_eq_tol(x1 - x0, 2 * unit, 0.02);
    ck_assert_double_eq_tol(x2 - x0, 5 * unit, 0.02);
    ck_assert_double_eq_tol(y1 - y0, 0.2 * height, 0.02);
    ck_assert_double_eq_tol(y2 - y0, 7.0 / 15 * height, 0.02);
    ck_assert_double_gt(height, 200);
}
END_TEST

START_TEST(km_bands_and_ticks_on_request)
{
    fp_figure_km_options o = fp_figure_km_defaults();
    fp_figure_curve curve = {"x", &small, FP_LOOK_INK};
    draw_km(&o, &curve, 1);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "fill-opacity=\"0.15\""), 1);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "v8"), 2);
    o.bands = o.ticks = o.risk_table = false;
    draw_km(&o, &curve, 1);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "fill-opacity"), 0);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "v8"), 0);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "Number at risk"), 0);
}
END_TEST

START_TEST(km_hazard_golden)
{
    fp_km_curve one = with_hazard(&small), two = with_hazard(&late);
    fp_figure_km_options o = fp_figure_km_defaults();
    o.kind = FP_KM_HAZARD;
    o.y_label = "Cumulative hazard";
    fp_figure_curve curves[] = {{"sex=1", &one, FP_LOOK_AUTO}, {"sex=2", &two, FP_LOOK_AUTO}};
    draw_km(&o, curves, 2);
    svg_golden(&out, "km_hazard.svg");
    ck_assert_ptr_nonnull(strstr(out.p, ">Nelson-Aalen cumulative hazard</title>"));
    ck_assert_ptr_nonnull(strstr(out.p, "At the end of the line: sex=1 1.5; sex=2 0.6. The bands "
                                        "are 95% intervals at each time, the estimate "
                                        "\xc2\xb1 1.96 standard errors, cut at 0."));
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "%</text>"), 0);
}
END_TEST

/* Top of the y axis of a figure of the small curve's hazard, from where its line ends. */
static double top_of(const fp_figure_km_options *o, const fp_figure_curve *curves, ptrdiff_t count)
{
    double x, y[6] = {0};
    draw_km(o, curves, count);
    const char *path = strstr(out.p, "\" fill=\"none\" stroke=\"#1b1b1b\" stroke-width=\"2\"");
    ck_assert_ptr_nonnull(path);
    while (path > out.p && *path != 'M')
        path--;
    ck_assert_int_eq(sscanf(path, "M%lf %lfH%lfV%lfH%lfV%lfH%lfV%lf", &x, &y[0], &x, &y[1], &x,
                            &y[2], &x, &y[3]),
                     8);
    double unit = (y[0] - y[3]) / small_hazard[3]; /* px for a hazard of 1; y[0] is 0 */
    ck_assert_double_eq_tol(y[0] - y[1], unit * small_hazard[0], 0.03);
    ck_assert_double_eq_tol(y[0] - y[2], unit * small_hazard[2], 0.03);
    return (y[0] - 14 - FP_SVG_LINE) / unit;
}

/* The axis ends at the next tick above the bounds, or above the lines where there are no bands. */
START_TEST(km_hazard_axis_holds_what_is_drawn)
{
    fp_km_curve curve = with_hazard(&small);
    fp_figure_km_options o = fp_figure_km_defaults();
    fp_figure_curve curves[7];
    for (int i = 0; i < 7; i++)
        curves[i] = (fp_figure_curve){"x", &curve, FP_LOOK_INK};
    o.kind = FP_KM_HAZARD;
    ck_assert_double_eq_tol(small_hazard[3] + 1.96 * sqrt(SMALL_VARIANCE), 3.64, 0.01);
    ck_assert_double_eq_tol(top_of(&o, curves, 1), 4, 0.01);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "fill-opacity=\"0.15\""), 1);
    ck_assert_double_eq_tol(top_of(&o, curves, 7), 2, 0.01);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "fill-opacity"), 0);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "The bands"), 0);
    o.bands = false;
    ck_assert_double_eq_tol(top_of(&o, curves, 1), 2, 0.01);
    o.bands = true;
    o.level = 0.5; /* 1.533 + 0.674 * 1.073 = 2.26 */
    ck_assert_double_eq_tol(top_of(&o, curves, 1), 2.5, 0.01);
    o.level = 0.95;
    o.conf_type = FP_CONF_LOGLOG; /* 1.533 exp(1.96 * 1.073 / 1.533) = 6.04 */
    ck_assert_double_eq_tol(top_of(&o, curves, 1), 8, 0.01);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "on the log scale of the hazard."), 1);
}
END_TEST

START_TEST(km_hazard_refused)
{
    fp_err err = {0};
    fp_km_curve curve = with_hazard(&small);
    fp_figure_km_options o = fp_figure_km_defaults();
    o.kind = FP_KM_HAZARD;
    fp_figure_curve bare = {"x", &small, FP_LOOK_INK}, full = {"x", &curve, FP_LOOK_INK};
    ck_assert_int_eq(fp_figure_km(&o, &bare, 1, &out, &err), FP_ARG);
    const double wrong[] = {0, 1, MISSING};
    for (int i = 0; i < 3; i++) {
        o.level = wrong[i];
        ck_assert_int_eq(fp_figure_km(&o, &full, 1, &out, &err), FP_ARG);
    }
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(km_odd_curves)
{
    static const double zero[] = {0}, unknown[] = {MISSING, MISSING, MISSING, MISSING};
    fp_km_curve empty = none, one = with_hazard(&late), two = with_hazard(&small);
    empty.hazard = empty.hazard_se = zero;
    fp_km_curve bare = two; /* a robust error of one cluster */
    bare.hazard_se = unknown;
    const fp_km_curve *odd[] = {&empty, &nobody, &one, &two, &bare};
    for (int i = 0; i < 5; i++)
        for (int variant = 0; variant < 24; variant++) {
            fp_figure_km_options o = fp_figure_km_defaults();
            o.kind = (fp_figure_km_kind)(variant % 3);
            o.horizon = variant & 2 ? 1e6 : variant & 4 ? 0.5 : 0;
            o.frame.width = variant & 4 ? 320 : 1100;
            o.x_step = variant & 1 ? 1e-9 : MISSING;
            draw_km(&o, &(fp_figure_curve){NULL, odd[i], FP_LOOK_AUTO}, 1);
        }
}
END_TEST

START_TEST(km_many_groups_all_have_a_row)
{
    static char labels[FP_FIGURE_MAX_CURVES][64];
    fp_figure_curve curves[FP_FIGURE_MAX_CURVES + 1];
    for (int i = 0; i < FP_FIGURE_MAX_CURVES; i++) {
        (void)snprintf(labels[i], sizeof labels[i], "municipality=%d, a rather long name", i);
        curves[i] = (fp_figure_curve){labels[i], i % 2 ? &arm : &small, FP_LOOK_AUTO};
    }
    curves[FP_FIGURE_MAX_CURVES] = curves[0];
    for (int n = 1; n <= FP_FIGURE_MAX_CURVES; n += n < 14 ? 1 : 13)
        for (int table = 0; table < 2; table++) {
            fp_figure_km_options o = fp_figure_km_defaults();
            o.risk_table = table;
            draw_km(&o, curves, n);
            int samples = svg_count(fp_buf_str(&out), "<line x1=\"0\"");
            if (table || n > 12)
                ck_assert_int_eq(samples, n);
            else
                ck_assert_int_eq(samples % n, 0);
        }
    fp_err err = {0};
    fp_buf_clear(&out);
    ck_assert_int_eq(fp_figure_km(NULL, curves, FP_FIGURE_MAX_CURVES + 1, &out, &err), FP_INPUT);
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(looks_differ)
{
    for (int i = 0; i < FP_FIGURE_MAX_CURVES; i++)
        for (int j = 0; j < i; j++) {
            fp_svg_look a = fp_svg_look_of(FP_LOOK_AUTO, i), b = fp_svg_look_of(FP_LOOK_AUTO, j);
            ck_assert(strcmp(a.colour, b.colour) != 0 || strcmp(a.dash, b.dash) != 0);
        }
    for (int a = FP_LOOK_IPS; a <= FP_LOOK_USUAL; a++)
        for (int b = FP_LOOK_IPS; b < a; b++)
            ck_assert_str_ne(fp_svg_look_of((fp_figure_look)a, 0).dash,
                             fp_svg_look_of((fp_figure_look)b, 0).dash);
}
END_TEST

START_TEST(km_hundred_thousand_points_stay_small)
{
    enum { N = 100000 };
    double *a = calloc((size_t)N * 8, sizeof *a);
    fp_km_curve c = {.n = N,
                     .events = N / 2,
                     .length = N,
                     .time = a,
                     .at_risk = a + N,
                     .event = a + 2 * N,
                     .censored = a + 3 * N,
                     .survival = a + 4 * N,
                     .se = a + 5 * N,
                     .lower = a + 6 * N,
                     .upper = a + 7 * N};
    for (int i = 0; i < N; i++) {
        a[i] = i + 1;
        a[N + i] = N - i;
        a[2 * N + i] = i % 2;
        a[3 * N + i] = 1 - i % 2;
        a[4 * N + i] = 1.0 - i / (N - 1.0);
        a[6 * N + i] = fmax(0, a[4 * N + i] - 0.03 - 0.02 * (i % 3));
        a[7 * N + i] = fmin(1, a[4 * N + i] + 0.03 + 0.02 * (i % 3));
    }
    fp_figure_km_options o = fp_figure_km_defaults();
    o.frame.numstyle = &fp_numstyle_en;
    draw_km(&o, (fp_figure_curve[]){{"a", &c, FP_LOOK_AUTO}, {"b", &c, FP_LOOK_AUTO}}, 2);
    ck_assert_uint_lt(out.n, 400000);
    ck_assert_int_ge(svg_count(fp_buf_str(&out), ">100,000</text>"), 1);
    free(a);
}
END_TEST

START_TEST(km_result_draws_all_strata)
{
    fp_km_stratum strata[] = {{.label = "a=1", .curve = small}, {.label = "a=2", .curve = late}};
    fp_result result = {.model = FP_MODEL_KM, .stratum_count = 2, .strata = strata};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_km_result(NULL, &result, &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "figure");
    ck_assert_int_eq(svg_count(fp_buf_str(&out), ">a=2</text>"), 2);
    ck_assert_ptr_nonnull(strstr(out.p, "At the end of the line: a=1 0.00; a=2 0.50."));
    fp_figure_km_options hazard = fp_figure_km_defaults();
    hazard.kind = FP_KM_HAZARD;
    for (int i = 0; i < 2; i++)
        strata[i].curve = with_hazard(i ? &late : &small);
    result.level = 0.9;
    fp_buf_clear(&out);
    ck_assert_int_eq(fp_figure_km_result(&hazard, &result, &out, &err), FP_OK);
    ck_assert_ptr_nonnull(strstr(out.p, "90% intervals at each time, the estimate \xc2\xb1 1.64"));
    result.conf_type = "log-log";
    fp_buf_clear(&out);
    ck_assert_int_eq(fp_figure_km_result(&hazard, &result, &out, &err), FP_OK);
    ck_assert_ptr_nonnull(strstr(out.p, "90% intervals at each time, made on the log scale"));
    result.stratum_count = 0;
    ck_assert_int_eq(fp_figure_km_result(NULL, &result, &out, &err), FP_ARG);
}
END_TEST

/* ---- power ---- */

START_TEST(power_golden)
{
    static const double x[] = {8, 12, 16, 20, 24};
    static const double md[] = {0.28, 0.49, 0.68, 0.79, 0.88};
    static const double permutation[] = {0, 0.53, 0.73, 0.82, 0.9};
    const fp_figure_power_line lines[] = {{"md", md}, {"permutation", permutation}};
    fp_figure_power_options o = {
        .x_label = "Clusters in all", .y_label = "Power for ips <margin> (%)", .target = 0.8};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_power(&o, x, 5, lines, 2, &out, &err), FP_OK);
    svg_golden(&out, "power.svg");
    ck_assert_int_eq(fp_figure_power(&o, x, 0, lines, 2, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_power(&o, x, 5, lines, 10, &out, &err), FP_ARG);
}
END_TEST

/* ---- forest ---- */

static const fp_figure_forest_row forest_rows[] = {
    {.label = "IPS", .estimate = 1.48, .lower = 0.83, .upper = 2.64, .look = FP_LOOK_IPS},
    {.label = "PA", .estimate = 0.82, .lower = 0.46, .upper = 1.45, .look = FP_LOOK_PA},
    {.label = "Readiness", .heading = true},
    {.label = "not ready & <far>", .estimate = 2.2, .lower = 0.1, .upper = ENDLESS},
    {.label = "unknown", .estimate = MISSING, .lower = MISSING, .upper = MISSING},
    {.label = "one side", .estimate = 1, .lower = MISSING, .upper = 2, .text = "as given"},
};

START_TEST(forest_golden)
{
    fp_figure_forest_options o = fp_figure_forest_defaults();
    o.frame.numstyle = &fp_numstyle_nl;
    o.left_note = "fewer find work";
    o.right_note = "more find work";
    o.label_head = "Comparison";
    o.text_head = "Hazard ratio (95% interval)";
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_forest(&o, forest_rows, COUNT(forest_rows), &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "figure");
    svg_golden(&out, "forest.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, "1,48 (0,83 to 2,64)</text>"), 1);
    ck_assert_int_eq(svg_count(svg, ">not estimable</text>"), 1);
    ck_assert_int_eq(svg_count(svg, "l-7 -4v8z"), 1); /* one arrow: the infinite bound */
    ck_assert_int_eq(svg_count(svg, "l7 -4v8z"), 0);  /* 0.1 widened the axis instead */
}
END_TEST

START_TEST(forest_axis_and_extremes)
{
    fp_err err = {0};
    fp_figure_forest_row one = {.label = "x", .estimate = 1, .lower = 0.9, .upper = 1.1};
    ck_assert_int_eq(fp_figure_forest(NULL, &one, 1, &out, &err), FP_OK);
    static const char *const ticks[] = {">0.25<", ">0.5<", ">1<", ">2<", ">4<"};
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(svg_count(fp_buf_str(&out), ticks[i]), 1);
    double extreme[] = {0, 1e-300, 1e-3, 1, 63, 1e3, 1e300, ENDLESS};
    for (int i = 0; i < 8; i++)
        for (int width = 320; width <= 1100; width += 390) {
            fp_figure_forest_row rows[] = {
                {.label = "x", .estimate = extreme[i], .lower = 0, .upper = ENDLESS},
                {.label = "y", .estimate = extreme[i], .lower = extreme[i], .upper = MISSING}};
            fp_figure_forest_options o = fp_figure_forest_defaults();
            o.frame.width = width;
            fp_buf_clear(&out);
            ck_assert_int_eq(fp_figure_forest(&o, rows, 2, &out, &err), FP_OK);
            svg_sound(fp_buf_str(&out), "figure");
        }
    one.lower = -1;
    ck_assert_int_eq(fp_figure_forest(NULL, &one, 1, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_forest(NULL, &one, 0, &out, &err), FP_ARG);
    /* a factor of many levels is the user's matter, not an internal error */
    fp_figure_forest_row many[201] = {{0}};
    ck_assert_int_eq(fp_figure_forest(NULL, many, COUNT(many), &out, &err), FP_INPUT);
}
END_TEST

/* Four arms with intervals, and under them what was expected, each with a line of its own pattern
 * up to the last arm; on a narrow page the labels are broken, not cut. */
static const fp_figure_level level_rows[] = {
    {"usual guidance", "37% (5% to 68%)", 0.37, 0.05, 0.68, FP_LOOK_USUAL, false},
    {"IPS", "50% (11% to 89%)", 0.50, 0.11, 0.89, FP_LOOK_IPS, false},
    {"PA", "not estimable", FP_NUM_NAN, FP_NUM_NAN, FP_NUM_NAN, FP_LOOK_PA, false},
    {"IPS+PA", "45%", 0.45, FP_NUM_NAN, FP_NUM_NAN, FP_LOOK_BOTH, false},
    {"IPS+PA, if the differences added up & more", "44%", 0.44, FP_NUM_NAN, FP_NUM_NAN,
     FP_LOOK_AUTO, true},
    {"IPS+PA, if the ratios multiplied", "42%", 0.42, FP_NUM_NAN, FP_NUM_NAN, FP_LOOK_AUTO, true},
};

START_TEST(levels_golden)
{
    fp_figure_levels_options o = {.x_label = "In work (%)", .percent = true};
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_levels(&o, level_rows, COUNT(level_rows), &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "figure");
    svg_golden(&out, "levels.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, "<circle"), 3);
    ck_assert_int_eq(svg_count(svg, "l6 6l-6 6l-6 -6z"), 2);
    ck_assert_int_eq(svg_count(svg, "stroke-dasharray=\"7 4\""), 1);
    ck_assert_int_eq(svg_count(svg, "stroke-dasharray=\"1.5 3.5\""), 1);
    fp_buf_clear(&out);
    o.frame.width = 340;
    ck_assert_int_eq(fp_figure_levels(&o, level_rows, COUNT(level_rows), &out, &err), FP_OK);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "\u2026"), 0);
}
END_TEST

START_TEST(levels_refused)
{
    fp_figure_level below = level_rows[0];
    fp_err err = {0};
    below.lower = -0.1;
    ck_assert_int_eq(fp_figure_levels(NULL, level_rows, 0, &out, &err), FP_ARG);
    ck_assert_int_eq(fp_figure_levels(NULL, level_rows, 41, &out, &err), FP_INPUT);
    ck_assert_int_eq(fp_figure_levels(NULL, &below, 1, &out, &err), FP_ARG);
    fp_figure_level nothing = {.value = FP_NUM_NAN, .lower = FP_NUM_NAN, .upper = FP_NUM_NAN};
    ck_assert_int_eq(fp_figure_levels(NULL, &nothing, 1, &out, &err), FP_OK);
    ck_assert_int_eq(svg_count(fp_buf_str(&out), "nan"), 0);
}
END_TEST

/* ---- flow ---- */

#define BOX(...)                                                                                   \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            (ptrdiff_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))               \
    }

static fp_status draw_flow(double width, ptrdiff_t arms, ptrdiff_t steps, fp_buf *buf, fp_err *err)
{
    const fp_figure_flow_step step[] = {{BOX("Assessed", "12 coaches, 164 people"),
                                         BOX("Not enrolled", "46 people: 31 <not> able")},
                                        {BOX("Randomised", "12 coaches, 118 people"), {NULL, 0}}};
    const fp_figure_box allocated[] = {BOX("Usual", "3 coaches", "29 people"),
                                       BOX("IPS", "3 coaches", "29 people, 8 to 11 a coach"),
                                       BOX("PA", "3 coaches", "30 people"),
                                       BOX("IPS and PA", "3 coaches", "30 people"),
                                       BOX("E", "1"),
                                       BOX("Fextraordinarilylongwordwithoutanyspacesinit", "1")};
    const fp_figure_box left[] = {BOX("2 at work at the start"),
                                  {NULL, 0},
                                  {NULL, 0},
                                  BOX("3 at work at the start", "1 moved"),
                                  {NULL, 0},
                                  {NULL, 0}};
    const fp_figure_box analysed[] = {BOX("Analysed", "27 people"), BOX("Analysed", "29 people"),
                                      BOX("Analysed", "30 people"), BOX("Analysed", "26 people"),
                                      BOX("Analysed", "1"),         BOX("Analysed", "1")};
    const fp_figure_look looks[] = {FP_LOOK_USUAL, FP_LOOK_IPS,  FP_LOOK_PA,
                                    FP_LOOK_BOTH,  FP_LOOK_AUTO, FP_LOOK_INK};
    const fp_figure_flow_stage stages[] = {
        {"Allocation", allocated, false}, {NULL, left, true}, {"Analysis", analysed, false}};
    fp_figure_flow_input in = {.frame = {.id = "flow", .width = width},
                               .step_count = steps,
                               .steps = step,
                               .arm_count = arms,
                               .looks = looks,
                               .stage_count = 3,
                               .stages = stages};
    return fp_figure_flow(&in, buf, err);
}

START_TEST(flow_golden)
{
    fp_err err = {0};
    ck_assert_int_eq(draw_flow(0, 4, 2, &out, &err), FP_OK);
    svg_sound(fp_buf_str(&out), "flow");
    svg_golden(&out, "flow.svg");
    fp_str svg = fp_buf_str(&out);
    ck_assert_int_eq(svg_count(svg, ">Analysed</text>"), 4);
    ck_assert_int_eq(svg_count(svg, "l-4 -7h8z"), 9); /* 1 between steps, 4 to and 4 in the arms */
    ck_assert_ptr_nonnull(strstr(out.p, "Randomised, 12 coaches, 118 people. Usual, 3 coaches"));
}
END_TEST

START_TEST(flow_all_shapes)
{
    fp_err err = {0};
    for (int arms = 1; arms <= 6; arms++)
        for (int width = 320; width <= 1100; width += 195)
            for (int steps = 0; steps <= 2; steps++) {
                fp_buf_clear(&out);
                ck_assert_int_eq(draw_flow(width, arms, steps, &out, &err), FP_OK);
                svg_sound(fp_buf_str(&out), "flow");
                ck_assert_int_eq(svg_count(fp_buf_str(&out), ">Analysed</text>"), arms);
            }
    ck_assert_int_eq(draw_flow(0, 7, 2, &out, &err), FP_ARG);
    ck_assert_int_eq(draw_flow(0, 0, 2, &out, &err), FP_ARG);
}
END_TEST

/* ---- shared parts ---- */

START_TEST(full_buffer_is_told)
{
    fp_err err;
    fp_figure_curve curve = {"x", &small, FP_LOOK_AUTO};
    ck_assert_int_eq(fp_figure_km(NULL, &curve, 1, &out, &err), FP_OK);
    size_t km = out.n;
    fp_buf_clear(&out);
    ck_assert_int_eq(draw_flow(0, 4, 2, &out, &err), FP_OK);
    size_t flow = out.n;
    for (size_t max = 0; max < km; max += 97) {
        FP_BUF_SCOPED(full, max);
        ck_assert_int_eq(fp_figure_km(NULL, &curve, 1, &full, &err), FP_NOMEM);
        ck_assert_int_eq(fp_figure_forest(NULL, forest_rows, 6, &full, &err), FP_NOMEM);
    }
    for (size_t max = 0; max < flow; max += 997) {
        FP_BUF_SCOPED(full, max);
        ck_assert_int_eq(draw_flow(0, 4, 2, &full, &err), FP_NOMEM);
    }
}
END_TEST

START_TEST(bad_frames_are_refused)
{
    fp_figure_curve curve = {"x", &small, FP_LOOK_AUTO};
    static const char *const ids[] = {"", "1a", "a b", "a\"", "\xc3\xa9"};
    double widths[] = {319, 1101, MISSING, -5, ENDLESS};
    for (int i = 0; i < 5; i++) {
        fp_err err = {0};
        fp_figure_km_options o = fp_figure_km_defaults();
        o.frame.id = ids[i];
        ck_assert_int_eq(fp_figure_km(&o, &curve, 1, &out, &err), FP_ARG);
        o.frame = (fp_figure_frame){.width = widths[i]};
        ck_assert_int_eq(fp_figure_km(&o, &curve, 1, &out, &err), FP_ARG);
    }
    fp_err err = {0};
    ck_assert_int_eq(fp_figure_km(NULL, &curve, 0, &out, &err), FP_ARG);
    curve.curve = NULL;
    ck_assert_int_eq(fp_figure_km(NULL, &curve, 1, &out, &err), FP_ARG);
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(hostile_labels)
{
    static const char *const labels[] = {
        "</text><script>alert(1)</script>",
        "\x01\x02\x1f\x7f",
        "\xff\xfe bad \xc3",
        "]]>",
        "  ",
        "",
        "\xf0\x9f\x98\x80 \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
        "a\nb\tc",
        "\xef\xbf\xbf",
        "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"};
    for (int i = 0; i < COUNT(labels); i++) {
        fp_figure_km_options o = fp_figure_km_defaults();
        o.frame.title = o.x_label = o.y_label = o.risk_label = labels[i];
        fp_figure_curve curves[] = {{labels[i], &small, FP_LOOK_AUTO}, {"b", &late, FP_LOOK_AUTO}};
        draw_km(&o, curves, 2);
    }
}
END_TEST

START_TEST(numbers_are_short)
{
    double values[] = {0, -0.0, -0.001, 1.5, 2.345, -3.999, 100, MISSING, ENDLESS};
    static const char *const text[] = {"0", "0", "0", "1.5", "2.35", "-4", "100", "0", "0"};
    for (int i = 0; i < 9; i++) {
        fp_buf_clear(&out);
        fp_svg_number(&out, values[i]);
        ck_assert_str_eq(out.p, text[i]);
    }
}
END_TEST

START_TEST(steps_are_round)
{
    ck_assert_double_eq(fp_svg_step(350, 8), 50);
    ck_assert_double_eq(fp_svg_step(1022, 8), 200);
    ck_assert_double_eq(fp_svg_step(7, 8), 1);
    ck_assert_double_eq_tol(fp_svg_step(0.35, 7), 0.05, 1e-12);
    ck_assert_int_eq(fp_svg_decimals(50), 0);
    ck_assert_int_eq(fp_svg_decimals(0.05), 2);
    ck_assert_int_eq(fp_svg_decimals(2.5), 1);
}
END_TEST

START_TEST(spread_moves_as_little_as_possible)
{
    /* Three boxes of 10 that want 50, 50, 52: centres 41, 51, 61 minimise the squares (mean moves
     * (50 - 41 ... ) cancel: sum of moves is 0). The fourth is far and stays. */
    double wanted[] = {50, 50, 52, 90}, height[] = {10, 10, 10, 10}, at[4], work[8], sum = 0;
    fp_svg_spread(wanted, height, 4, 0, 100, at, work);
    for (int i = 0; i < 3; i++)
        sum += at[i] - wanted[i];
    ck_assert_double_eq_tol(sum, 0, 1e-12);
    ck_assert_double_eq_tol(at[1] - at[0], 10, 1e-12);
    ck_assert_double_eq_tol(at[2] - at[1], 10, 1e-12);
    ck_assert_double_eq(at[3], 90);
    double low[] = {-5, 99}, two[] = {10, 20};
    fp_svg_spread(low, two, 2, 0, 100, at, work);
    ck_assert_double_eq(at[0], 5);
    ck_assert_double_eq(at[1], 90);
}
END_TEST

START_TEST(wrapping_keeps_every_character)
{
    fp_str text = FP_STR("one two  three\nfour averyveryverylongword x"), rest = text;
    static const char *const lines[] = {"one two",    "three",      "four",
                                        "averyveryv", "erylongwor", "d x"};
    double width = fp_svg_width(FP_STR("erylongwor"), false) + 4;
    for (int i = 0; i < 6; i++) {
        fp_str line = fp_svg_wrap(&rest, width, false);
        ck_assert_msg(fp_str_is(line, lines[i]), "line %d is \"%.*s\"", i, FP_STR_ARG(line));
    }
    ck_assert_uint_eq(rest.n, 0);
    ck_assert_int_eq(fp_svg_wrap_count(text, width, false), 6);
    ck_assert_int_eq(fp_svg_wrap_count(FP_STR("abc"), 0, false), 3);
    ck_assert_int_eq(fp_svg_wrap_count(FP_STR(""), 10, false), 1);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("figure");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, km_survival_golden);
    tcase_add_test(tests, km_arms_golden);
    tcase_add_test(tests, km_narrow_golden);
    tcase_add_test(tests, km_steps_are_where_they_belong);
    tcase_add_test(tests, km_bands_and_ticks_on_request);
    tcase_add_test(tests, km_hazard_golden);
    tcase_add_test(tests, km_hazard_axis_holds_what_is_drawn);
    tcase_add_test(tests, km_hazard_refused);
    tcase_add_test(tests, km_odd_curves);
    tcase_add_test(tests, km_many_groups_all_have_a_row);
    tcase_add_test(tests, looks_differ);
    tcase_add_test(tests, km_hundred_thousand_points_stay_small);
    tcase_add_test(tests, km_result_draws_all_strata);
    tcase_add_test(tests, power_golden);
    tcase_add_test(tests, forest_golden);
    tcase_add_test(tests, forest_axis_and_extremes);
    tcase_add_test(tests, levels_golden);
    tcase_add_test(tests, levels_refused);
    tcase_add_test(tests, flow_golden);
    tcase_add_test(tests, flow_all_shapes);
    tcase_add_test(tests, full_buffer_is_told);
    tcase_add_test(tests, bad_frames_are_refused);
    tcase_add_test(tests, hostile_labels);
    tcase_add_test(tests, numbers_are_short);
    tcase_add_test(tests, steps_are_round);
    tcase_add_test(tests, spread_moves_as_little_as_possible);
    tcase_add_test(tests, wrapping_keeps_every_character);
    Suite *suite = suite_create("figure");
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
