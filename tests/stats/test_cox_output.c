/* What comes out of a Cox fit besides its coefficients, against R's survival package (output.txt is
 * made by make_output_expected.R), by hand, and by what must hold. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats/cox_curve.h"
#include "stats/cox_event.h"
#include "stats/spline.h"
#include "stats_data.h"

#define OK(call) ck_assert_int_eq((call), FP_OK)

TEST_EXPECTED("output.txt");

/* One quantity against R; numbers below 1e-3 in size are compared on that scale. */
static void must(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    test_must(expected, expected_lines, name, what, got, n, 1e-3, least);
}

/* ---- R ---- */

typedef struct {
    const char *name, *file, *x;
    const char *start, *weight, *stratum, *cluster;
    fp_ties ties;
    bool robust;
    ptrdiff_t rows;
    double at[12]; /* rows x p, column-major */
} cox_case;

#define AT    .rows = 3, .at = {0, 1.5, -.7, 0, 1, 1, 0, 0, 1, 0, 1, 0}
#define MIXED .file = "mixed.csv", .x = "x1 x2 f2 f3", AT
#define PAIR  .file = "mixed.csv", .x = "x1 x2", .rows = 1, .at = {.25, 1}

static const cox_case cases[] = {
    {.name = "right_efron", MIXED},
    {.name = "right_breslow", MIXED, .ties = FP_TIES_BRESLOW},
    {.name = "right_strata", MIXED, .stratum = "s"},
    {.name = "weights_efron", MIXED, .weight = "w"},
    {.name = "weights_robust", PAIR, .weight = "w", .stratum = "s", .robust = true},
    {.name = "late_efron", MIXED, .start = "start"},
    {.name = "late_breslow_strata",
     MIXED,
     .start = "start",
     .stratum = "s",
     .ties = FP_TIES_BRESLOW},
    {.name = "late_cluster", MIXED, .start = "start", .cluster = "c", .robust = true},
    {.name = "late_everything",
     MIXED,
     .start = "start",
     .stratum = "s",
     .weight = "w",
     .cluster = "c",
     .robust = true},
    {.name = "lung",
     .file = "lung.csv",
     .x = "age sex ecog",
     .rows = 2,
     .at = {60, 40, 1, 2, 1, 0}},
    {.name = "heart",
     .file = "heart.csv",
     .x = "trans age year surgery",
     .start = "start",
     .rows = 1,
     .at = {1, -2.5, 3, 0}},
};

static int32_t most_of(const int32_t *code, ptrdiff_t n)
{
    int32_t most = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        most = code[i] > most ? code[i] : most;
    return most + 1;
}

typedef struct {
    const cox_case *c;
    fp_survdata d;
    ptrdiff_t p;
    const double *x, *var;
    fp_cox_fit fit;
} fitted;

static fitted fit_case(const cox_case *c)
{
    fp_err err;
    test_table t = test_table_read(c->file, arena);
    fitted f = {.c = c};
    f.x = test_matrix(&t, c->x, &f.p, arena);
    f.d = (fp_survdata){.n = t.n, .strata = 1, .stop = test_column(&t, "stop")};
    f.d.event = test_codes(&t, "event", arena);
    f.d.start = c->start ? test_column(&t, c->start) : NULL;
    f.d.weight = c->weight ? test_column(&t, c->weight) : NULL;
    f.d.stratum = c->stratum ? test_codes(&t, c->stratum, arena) : NULL;
    if (c->stratum)
        f.d.strata = most_of(f.d.stratum, t.n);
    fp_cox_options opt = fp_cox_defaults();
    opt.ties = c->ties;
    OK(fp_cox(&f.d, f.p, f.x, NULL, &opt, arena, &f.fit, &err));
    f.var = f.fit.var;
    if (c->robust) {
        fp_cox_robust robust;
        const int32_t *cluster = c->cluster ? test_codes(&t, c->cluster, arena) : NULL;
        OK(fp_cox_robust_variance(&f.d, f.p, f.x, NULL, &f.fit, c->ties, cluster,
                                  cluster ? most_of(cluster, t.n) : 0, arena, &robust, &err));
        f.var = robust.var;
    }
    return f;
}

START_TEST(residuals)
{
    static const char *const scales[] = {"km", "identity", "log", "rank"};
    fitted f = fit_case(&cases[_i]);
    const char *name = f.c->name;
    fp_err err;
    double *martingale, *score, work[8], *row;
    fp_cox_events events;
    OK(fp_cox_martingale(&f.d, f.fit.eta, f.c->ties, arena, &martingale, &err));
    fp_cox_deviance(f.d.n, f.d.event, martingale, martingale);
    must(name, "deviance", martingale, f.d.n, 9);
    for (int scaled = 0; scaled < 2; scaled++) {
        OK(fp_cox_score_residuals(&f.d, f.p, f.x, &f.fit, f.c->ties, arena, &score, &err));
        fp_cox_dfbeta(&f.d, f.p, f.fit.var, scaled, score, work);
        must(name, scaled ? "dfbetas" : "dfbeta", score, f.d.n * f.p, 9);
        OK(fp_cox_schoenfeld(&f.d, f.p, f.x, &f.fit, f.c->ties, scaled, arena, &events, &err));
        must(name, scaled ? "scaledsch" : "schoenfeld", events.residual, events.n * f.p, 9);
    }
    row = fp_arena_array(arena, events.n, sizeof *row, &err);
    ck_assert_ptr_nonnull(row);
    for (ptrdiff_t i = 0; i < events.n; i++)
        row[i] = (double)events.row[i];
    must(name, "schoenfeld_row", row, events.n, 17);
    for (int g = 0; g < 4; g++) {
        char what[32];
        const double *scale;
        (void)snprintf(what, sizeof what, "scale_%s", scales[g]);
        OK(fp_cox_ph_scale(&f.d, (fp_ph_transform)g, &events, arena, &scale, &err));
        must(name, what, scale, events.n, 11);
    }
}
END_TEST

static void check_curve(const fitted *f, const fp_cox_curve *curve, const char *type, ptrdiff_t i,
                        int32_t s)
{
    char what[64];
    const double *const value[] = {curve->cumulative_hazard, curve->survival, curve->se,
                                   curve->lower, curve->upper};
    static const char *const names[] = {"hazard", "survival", "se", "lower_", "upper_"};
    for (int k = strcmp(type, "log") == 0 ? 0 : 3; k < 5; k++) {
        (void)snprintf(what, sizeof what, "%s%s_%td_%d", names[k], k > 2 ? type : "", i + 1, s + 1);
        must(f->c->name, what, value[k], curve->length, 9);
    }
}

START_TEST(curves)
{
    static const char *const types[] = {"log", "log-log", "plain"};
    fitted f = fit_case(&cases[_i]);
    fp_err err;
    for (int type = 0; type < 3; type++) {
        fp_km_options options = {.conf_type = (fp_conf_type)type, .level = 0.95};
        fp_cox_curve *made;
        OK(fp_cox_curves(&f.d, f.p, f.x, &f.fit, f.c->ties, f.var, f.c->at, NULL, f.c->rows,
                         &options, arena, &made, &err));
        for (int32_t s = 0; s < f.d.strata; s++) {
            char what[32];
            const fp_cox_curve *first = &made[s * f.c->rows];
            (void)snprintf(what, sizeof what, "time_%d", s + 1);
            must(f.c->name, what, first->time, first->length, 16);
            (void)snprintf(what, sizeof what, "at_risk_%d", s + 1);
            must(f.c->name, what, first->at_risk, first->length, 13);
            (void)snprintf(what, sizeof what, "event_%d", s + 1);
            must(f.c->name, what, first->event, first->length, 13);
            for (ptrdiff_t i = 0; i < f.c->rows; i++)
                check_curve(&f, &made[i + s * f.c->rows], types[type], i, s);
        }
    }
}
END_TEST

/* basehaz(centered = FALSE): every covariate 0. */
START_TEST(baseline)
{
    static const double zero[8] = {0};
    fitted f = fit_case(&cases[_i]);
    fp_err err;
    fp_cox_curve *made;
    OK(fp_cox_curves(&f.d, f.p, f.x, &f.fit, f.c->ties, f.var, zero, NULL, 1, NULL, arena, &made,
                     &err));
    double *all;
    ptrdiff_t n = 0;
    all = fp_arena_array(arena, f.d.n, sizeof *all, &err);
    ck_assert_ptr_nonnull(all);
    for (int32_t s = 0; s < f.d.strata; s++) {
        memcpy(all + n, made[s].cumulative_hazard, (size_t)made[s].length * sizeof *all);
        n += made[s].length;
    }
    must(f.c->name, "basehaz", all, n, 9);
}
END_TEST

static void check_spline(const char *name, const char *file, const char *x, const char *y)
{
    test_table t = test_table_read(file, arena);
    const double *at = test_column(&t, x);
    double low = at[0], high = at[0], fit[11], variance[11];
    fp_spline s;
    fp_err err;
    bool done;
    OK(fp_spline_fit(t.n, at, test_column(&t, y), arena, &s, &done, &err));
    ck_assert(done);
    for (ptrdiff_t i = 0; i < t.n; i++) {
        low = fmin(low, at[i]);
        high = fmax(high, at[i]);
    }
    for (int i = 0; i < 11; i++)
        fit[i] = fp_spline_at(&s, low + (high - low) * i / 10, &variance[i]);
    must(name, "fitted", fit, 11, 10);
    must(name, "unit_variance", variance, 11, 10);
    must(name, "residual_sd", &s.residual_sd, 1, 12);
}

START_TEST(splines)
{
    check_spline("spline_lung", "lung.csv", "age", "stop");
    check_spline("spline_mixed", "mixed.csv", "stop", "x1");
}
END_TEST

/* ---- by hand ---- */

/* Five rows, x = 0 1 0 1 0, times 1 2 2 3 4, events at 1 (x 0), 2 and 2 (x 1 and 0), 4 (x 0). At
 * beta = 0 every score is 1, so that H0 is a sum of fractions and the mean of x over the risk sets
 * too. */
static const double hand_x[] = {0, 1, 0, 1, 0}, hand_stop[] = {1, 2, 2, 3, 4};
static const int32_t hand_event[] = {1, 1, 1, 0, 1};

static fp_cox_fit hand_fit(double beta)
{
    static double value[1], mean[1] = {0.4}, var[1] = {0.25}, eta[5];
    value[0] = beta;
    for (int i = 0; i < 5; i++)
        eta[i] = (hand_x[i] - mean[0]) * beta;
    return (fp_cox_fit){
        .n = 5, .events = 4, .p = 1, .beta = value, .mean = mean, .var = var, .eta = eta};
}

static const fp_survdata hand = {.n = 5, .stop = hand_stop, .event = hand_event, .strata = 1};

START_TEST(fractions)
{
    fp_err err;
    fp_cox_fit fit = hand_fit(0);
    fp_cox_curve *curve;
    const double at = 1;
    /* Efron: 1/5; 1/4 + 1/(4 - 1) at time 2; nothing at 3; 1/1 at 4 */
    OK(fp_cox_curves(&hand, 1, hand_x, &fit, FP_TIES_EFRON, fit.var, &at, NULL, 1, NULL, arena,
                     &curve, &err));
    const double efron[] = {1.0 / 5, 47.0 / 60, 47.0 / 60, 107.0 / 60};
    /* sum of u^2, then (z H - Q)' var (z H - Q) with z = 3/5 and Q = sum of u^2 (S1 - a E1):
     * S1 about 2/5: at time 1, 0; at time 2, 2/5 and 2/5 - 1/2 (1/5); at 4, -2/5. */
    double spread = 1.0 / 25, pull = 0, want[4];
    want[0] = spread + 0.25 * pow(0.6 * efron[0] - pull, 2);
    spread += 1.0 / 16 + 1.0 / 9;
    pull += 0.4 / 16 + (0.4 - 0.5 * 0.2) / 9;
    want[1] = want[2] = spread + 0.25 * pow(0.6 * efron[1] - pull, 2);
    spread += 1;
    pull += -0.4;
    want[3] = spread + 0.25 * pow(0.6 * efron[3] - pull, 2);
    ck_assert_int_eq(curve->length, 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(curve->cumulative_hazard[i], efron[i], 1e-15);
        ck_assert_double_eq_tol(curve->survival[i], exp(-efron[i]), 1e-15);
        ck_assert_double_eq_tol(curve->se[i], sqrt(want[i]), 1e-15);
    }
    const double risk[] = {5, 4, 2, 1}, events[] = {1, 2, 0, 1};
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(curve->at_risk[i], risk[i]);
        ck_assert_double_eq(curve->event[i], events[i]);
    }
    /* Breslow: 1/5, 2/4, 1/1 */
    OK(fp_cox_curves(&hand, 1, hand_x, &fit, FP_TIES_BRESLOW, fit.var, &at, NULL, 1, NULL, arena,
                     &curve, &err));
    ck_assert_double_eq_tol(curve->cumulative_hazard[3], 1.7, 1e-15);
}
END_TEST

START_TEST(schoenfeld_by_hand)
{
    fp_err err;
    fp_cox_fit fit = hand_fit(0);
    fp_cox_events events;
    /* means: 2/5; 2/4 and (2 - 1/2)/(4 - 1) = 1/2, so 1/2 for both; 0 */
    const double want[] = {-0.4, 0.5, -0.5, 0};
    OK(fp_cox_schoenfeld(&hand, 1, hand_x, &fit, FP_TIES_EFRON, false, arena, &events, &err));
    ck_assert_int_eq(events.n, 4);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(events.residual[i], want[i], 1e-15);
    OK(fp_cox_schoenfeld(&hand, 1, hand_x, &fit, FP_TIES_EFRON, true, arena, &events, &err));
    for (int i = 0; i < 4; i++) /* times 4 events times 1/4, and beta = 0 */
        ck_assert_double_eq_tol(events.residual[i], want[i], 1e-15);
}
END_TEST

START_TEST(deviance_by_hand)
{
    const int32_t event[] = {1, 0, 1, 0};
    const double martingale[] = {0.5, -2, -1, 0};
    double deviance[4];
    fp_cox_deviance(4, event, martingale, deviance);
    ck_assert_double_eq_tol(deviance[0], sqrt(-2 * (0.5 + log(0.5))), 1e-15);
    ck_assert_double_eq_tol(deviance[1], -2, 1e-15);
    ck_assert_double_eq_tol(deviance[2], -sqrt(-2 * (-1 + log(2))), 1e-15);
    ck_assert_double_eq(deviance[3], 0);
}
END_TEST

/* ---- what must hold ---- */

/* An offset in the row moves the curve as the same change of a covariate does. */
START_TEST(offset_is_a_covariate)
{
    fitted f = fit_case(&cases[0]);
    fp_err err;
    const double zero[4] = {0}, offset = 0.7;
    fp_cox_curve *plain, *moved;
    OK(fp_cox_curves(&f.d, f.p, f.x, &f.fit, f.c->ties, f.var, zero, NULL, 1, NULL, arena, &plain,
                     &err));
    OK(fp_cox_curves(&f.d, f.p, f.x, &f.fit, f.c->ties, f.var, zero, &offset, 1, NULL, arena,
                     &moved, &err));
    for (ptrdiff_t i = 0; i < plain->length; i++) {
        ck_assert_double_eq_tol(moved->cumulative_hazard[i], exp(0.7) * plain->cumulative_hazard[i],
                                1e-13);
        ck_assert_double_eq_tol(moved->se[i], exp(0.7) * plain->se[i], 1e-13);
    }
}
END_TEST

/* A stratum without an event has survival 1 with certainty, one without rows no curve. */
START_TEST(quiet_strata)
{
    const int32_t stratum[] = {0, 0, 0, 1, 3}, event[] = {1, 1, 1, 0, 1};
    fp_survdata d = {.n = 5, .stop = hand_stop, .event = event, .stratum = stratum, .strata = 4};
    fp_cox_fit fit = hand_fit(0.3);
    fp_err err;
    fp_cox_curve *curve;
    const double at = 0;
    OK(fp_cox_curves(&d, 1, hand_x, &fit, FP_TIES_EFRON, fit.var, &at, NULL, 1, NULL, arena, &curve,
                     &err));
    ck_assert_int_eq(curve[0].length, 2);
    ck_assert_int_eq(curve[1].length, 1);
    ck_assert_double_eq(curve[1].survival[0], 1);
    ck_assert_double_eq(curve[1].se[0], 0);
    ck_assert_double_eq(curve[1].lower[0], 1);
    ck_assert_int_eq(curve[2].length, 0);
    ck_assert_int_eq(curve[3].length, 1);
}
END_TEST

START_TEST(spline_of_few_values)
{
    const double x[] = {1, 1, 2, 2, 3, 3}, y[] = {1, 2, 3, 4, 5, 6};
    fp_spline s;
    fp_err err;
    bool done;
    OK(fp_spline_fit(6, x, y, arena, &s, &done, &err));
    ck_assert(!done);
    /* most points at one place: two knots fall together, and a line is still a line */
    const double heap[] = {0, 0, 0, 0, 0, 0, 0, 1, 2, 3};
    double line[10];
    for (int i = 0; i < 10; i++)
        line[i] = 2 - 3 * heap[i];
    OK(fp_spline_fit(10, heap, line, arena, &s, &done, &err));
    ck_assert(done);
    ck_assert_double_eq_tol(fp_spline_at(&s, 1.5, NULL), -2.5, 1e-12);
    ck_assert_double_eq_tol(fp_spline_at(&s, 5, NULL), -13, 1e-11);
}
END_TEST

/* Every allocation in turn fails: an error, and the arena as it was. */
START_TEST(no_memory)
{
    fitted f = fit_case(&cases[2]);
    fp_err err;
    const double zero[4] = {0};
    size_t used = fp_arena_used(arena);
    int failures[2] = {0};
    for (int which = 0; which < 2; which++) {
        fp_status status = FP_NOMEM;
        for (long k = 1; status == FP_NOMEM; k++) {
            fp_arena_point mark = fp_arena_mark(arena);
            fp_cox_curve *curve;
            fp_cox_events events;
            fp_arena_fail_at(arena, k);
            status = which ? fp_cox_schoenfeld(&f.d, f.p, f.x, &f.fit, f.c->ties, true, arena,
                                               &events, &err)
                           : fp_cox_curves(&f.d, f.p, f.x, &f.fit, f.c->ties, f.var, zero, NULL, 1,
                                           NULL, arena, &curve, &err);
            if (status == FP_NOMEM)
                ck_assert_uint_eq(fp_arena_used(arena), used);
            failures[which] += status == FP_NOMEM;
            fp_arena_rewind(arena, mark);
        }
        ck_assert_int_eq(status, FP_OK);
        ck_assert_int_gt(failures[which], 5);
    }
    fp_arena_fail_at(arena, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats cox output");
    TCase *tests = tcase_create("R");
    int n = (int)(sizeof cases / sizeof *cases);
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, residuals, 0, n);
    tcase_add_loop_test(tests, curves, 0, n);
    tcase_add_loop_test(tests, baseline, 0, n);
    tcase_add_test(tests, splines);
    suite_add_tcase(suite, tests);
    TCase *own = tcase_create("own");
    tcase_add_unchecked_fixture(own, set_up, tear_down);
    tcase_add_test(own, fractions);
    tcase_add_test(own, schoenfeld_by_hand);
    tcase_add_test(own, deviance_by_hand);
    tcase_add_test(own, offset_is_a_covariate);
    tcase_add_test(own, quiet_strata);
    tcase_add_test(own, spline_of_few_values);
    tcase_add_test(own, no_memory);
    suite_add_tcase(suite, own);
    return run_suite(suite);
}
