/* Curves, tests and restricted means against R: km_expected.txt is made by make_km_expected.R. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats/rmst.h"
#include "stats_data.h"

static fp_err err;

TEST_EXPECTED("km_expected.txt");

#define OK(call) ck_assert_int_eq((call), FP_OK)

/* `least` digits must match; the line must be there. */
static void same(const char *name, const char *what, const double *got, ptrdiff_t n, double least)
{
    int found = 0;
    for (ptrdiff_t k = 0; k < expected_lines; k++) {
        const test_expected *e = &expected[k];
        if (strcmp(e->group, name) != 0 || strcmp(e->what, what) != 0)
            continue;
        found++;
        ck_assert_msg(e->n == n, "%s %s: %td values, R has %td", name, what, n, e->n);
        for (ptrdiff_t i = 0; i < n; i++)
            ck_assert_msg(test_digits(got[i], e->value[i], 1e-3) >= least,
                          "%s %s[%td]: %.17g, R has %.17g", name, what, i, got[i], e->value[i]);
    }
    ck_assert_msg(found == 1, "%s %s: %d lines", name, what, found);
}

static int32_t most_of(const int32_t *code, ptrdiff_t n)
{
    int32_t most = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        most = code[i] > most ? code[i] : most;
    return most + 1;
}

typedef struct {
    const char *file, *start, *weight, *stratum, *cluster, *group;
    bool rows; /* robust, every row on its own */
    bool whole_weights, reverse;
} source;

typedef struct {
    fp_survdata data;
    fp_km_options how;
    fp_logrank_options test;
    int32_t *group, groups;
} loaded;

static loaded load(const source *s)
{
    test_table t = test_table_read(s->file, arena);
    loaded l = {.data = {.n = t.n, .strata = 1, .stop = test_column(&t, "stop")},
                .how = fp_km_defaults(),
                .groups = 1};
    int32_t *event = test_codes(&t, "event", arena);
    for (ptrdiff_t i = 0; s->reverse && i < t.n; i++)
        event[i] = 1 - event[i];
    l.data.event = event;
    l.data.start = s->start ? test_column(&t, s->start) : NULL;
    double *weight = s->weight ? test_column(&t, s->weight) : NULL;
    for (ptrdiff_t i = 0; s->whole_weights && i < t.n; i++)
        weight[i] = ceil(weight[i]);
    l.data.weight = weight;
    if (s->stratum) {
        l.data.stratum = test_codes(&t, s->stratum, arena);
        l.data.strata = most_of(l.data.stratum, t.n);
    }
    if (s->group) {
        l.group = test_codes(&t, s->group, arena);
        l.groups = most_of(l.group, t.n);
    }
    l.how.robust = s->rows || s->cluster;
    if (s->cluster) {
        int32_t *cluster = test_codes(&t, s->cluster, arena);
        l.how.cluster = cluster;
        l.how.clusters = most_of(cluster, t.n);
    }
    l.test = (fp_logrank_options){
        .clustered = l.how.robust, .cluster = l.how.cluster, .clusters = l.how.clusters};
    return l;
}

/* ---- curves ---- */

typedef struct {
    const char *name;
    source from;
    fp_conf_type type;
    bool exp_hazard;
} curve_case;

static const curve_case curve_cases[] = {
    {"plain_lung_log", {.file = "lung.csv"}, FP_CONF_LOG, false},
    {"plain_lung_log-log", {.file = "lung.csv"}, FP_CONF_LOGLOG, false},
    {"plain_lung_plain", {.file = "lung.csv"}, FP_CONF_PLAIN, false},
    {"ij_lung_log", {.file = "lung.csv", .cluster = "c"}, FP_CONF_LOG, false},
    {"ij_lung_log-log", {.file = "lung.csv", .cluster = "c"}, FP_CONF_LOGLOG, false},
    {"ij_lung_plain", {.file = "lung.csv", .cluster = "c"}, FP_CONF_PLAIN, false},
    {"ij_mixed", {.file = "mixed.csv", .cluster = "c", .weight = "w"}, FP_CONF_LOG, false},
    {"ij_late",
     {.file = "mixed.csv", .start = "start", .cluster = "c", .weight = "w"},
     FP_CONF_LOG,
     false},
    {"ij_heart", {.file = "heart.csv", .start = "start", .cluster = "c"}, FP_CONF_LOG, false},
    {"ij_rows", {.file = "mixed.csv", .weight = "w", .rows = true}, FP_CONF_LOG, false},
    {"weights_whole",
     {.file = "mixed.csv", .weight = "w", .whole_weights = true},
     FP_CONF_LOG,
     false},
    {"exp_lung", {.file = "lung.csv"}, FP_CONF_LOG, true},
    {"exp_late", {.file = "mixed.csv", .start = "start"}, FP_CONF_PLAIN, true},
    {"reverse_lung", {.file = "lung.csv", .reverse = true}, FP_CONF_LOG, false},
};

START_TEST(curves)
{
    const curve_case *c = &curve_cases[_i];
    loaded l = load(&c->from);
    fp_km_curve k;
    l.how.conf_type = c->type;
    l.how.exp_hazard = c->exp_hazard;
    OK(fp_km(&l.data, &l.how, arena, &k, &err));
    same(c->name, "survival", k.survival, k.length, 12);
    same(c->name, "se", k.se, k.length, 11);
    same(c->name, "lower", k.lower, k.length, 11);
    same(c->name, "upper", k.upper, k.length, 11);
    same(c->name, "hazard", k.hazard, k.length, 12);
    same(c->name, "hazard_se", k.hazard_se, k.length, 11);
}
END_TEST

/* A curve that falls to 0, with weights. */
START_TEST(robust_to_the_end)
{
    loaded l = load(&(source){.file = "ends.csv", .rows = true});
    static const double w[] = {.5, 1, 2.5, 1, 1, 3};
    l.data.weight = w;
    fp_km_curve k;
    OK(fp_km(&l.data, &l.how, arena, &k, &err));
    same("ij_rows_ends", "survival", k.survival, k.length, 14);
    same("ij_rows_ends", "se", k.se, k.length, 13);
    same("ij_rows_ends", "lower", k.lower, k.length, 13);
    same("ij_rows_ends", "hazard_se", k.hazard_se, k.length, 13);
}
END_TEST

static const struct {
    const char *name;
    source from;
    int count;
    double at[6];
} time_cases[] = {
    {"plain_lung_log", {.file = "lung.csv"}, 6, {0, 4.5, 5, 90, 365, 800}},
    {"weights_whole",
     {.file = "mixed.csv", .weight = "w", .whole_weights = true},
     4,
     {0, 1, 2.5, 10}},
    {"ij_heart",
     {.file = "heart.csv", .start = "start", .cluster = "c"},
     5,
     {0, .5, 20, 50.5, 1000}},
};

START_TEST(times)
{
    loaded l = load(&time_cases[_i].from);
    fp_km_curve k;
    fp_km_time point[6];
    OK(fp_km(&l.data, &l.how, arena, &k, &err));
    fp_km_times(&k, time_cases[_i].at, time_cases[_i].count, point);
    same(time_cases[_i].name, "times", &point[0].time, 9 * time_cases[_i].count, 11);
}
END_TEST

START_TEST(quantiles)
{
    static const double at[] = {0, .05, .25, .5, .9, 1};
    static const struct {
        const char *name;
        source from;
    } cases[] = {{"plain_lung_log", {.file = "lung.csv"}},
                 {"weights_whole", {.file = "mixed.csv", .weight = "w", .whole_weights = true}},
                 {"ends", {.file = "ends.csv"}}};
    loaded l = load(&cases[_i].from);
    fp_km_curve k;
    fp_km_quantile q[6];
    OK(fp_km(&l.data, &l.how, arena, &k, &err));
    for (int i = 0; i < 6; i++)
        q[i] = fp_km_quantile_of(&k, at[i]);
    same(cases[_i].name, "quantiles", &q[0].estimate, 18, 15);
}
END_TEST

/* ---- tests ---- */

START_TEST(trend)
{
    static const double order[] = {1, 2, 3}, own[] = {0, 1, 5};
    static const struct {
        const char *name;
        source from;
        const double *score;
    } cases[] = {{"three", {.file = "lung.csv", .group = "h"}, order},
                 {"three_scores", {.file = "lung.csv", .group = "h"}, own},
                 {"three_strata", {.file = "mixed.csv", .group = "f", .stratum = "s"}, order}};
    loaded l = load(&cases[_i].from);
    fp_logrank_result r;
    double score[4] = {0};
    int32_t shift = l.groups == 4; /* f is 1, 2, 3 */
    for (int g = 0; g < 3; g++)
        score[g + shift] = cases[_i].score[g];
    l.test.score = score;
    OK(fp_logrank(&l.data, l.group, l.groups, NULL, &l.test, arena, &r, &err));
    same(cases[_i].name, "trend", &r.trend.chisq, 1, 12);
    ck_assert_int_eq(r.trend.df, 1);
}
END_TEST

START_TEST(fleming_harrington)
{
    loaded l = load(&(source){.file = "lung.csv", .group = "h"});
    fp_logrank_result r;
    fp_logrank_options late = {.gamma = 1}, both = {.rho = .5, .gamma = 2};
    OK(fp_logrank(&l.data, l.group, l.groups, NULL, &late, arena, &r, &err));
    same("three_late_weight", "chisq", &r.chisq, 1, 12);
    OK(fp_logrank(&l.data, l.group, l.groups, NULL, &both, arena, &r, &err));
    same("three_both_weights", "chisq", &r.chisq, 1, 12);
    late.gamma = -1;
    ck_assert_int_eq(fp_logrank(&l.data, l.group, l.groups, NULL, &late, arena, &r, &err), FP_ARG);
}
END_TEST

static const struct {
    const char *name;
    source from;
} cluster_cases[] = {
    {"c_two", {.file = "lung.csv", .group = "g", .cluster = "c"}},
    {"c_three", {.file = "lung.csv", .group = "h", .cluster = "c"}},
    {"c_strata", {.file = "mixed.csv", .group = "f", .stratum = "s", .cluster = "c"}},
    {"c_late", {.file = "mixed.csv", .group = "x2", .start = "start", .cluster = "c"}},
    {"c_late_weights",
     {.file = "mixed.csv",
      .group = "f",
      .start = "start",
      .stratum = "s",
      .weight = "w",
      .cluster = "c"}},
    {"c_rows", {.file = "mixed.csv", .group = "x2", .weight = "w", .rows = true}},
};

START_TEST(clustered)
{
    loaded l = load(&cluster_cases[_i].from);
    fp_logrank_result r;
    for (l.test.threads = 1; l.test.threads < 5; l.test.threads += 3) {
        OK(fp_logrank(&l.data, l.group, l.groups, NULL, &l.test, arena, &r, &err));
        same(cluster_cases[_i].name, "clustered", (double[]){r.clustered.chisq, r.clustered.df}, 2,
             10);
    }
}
END_TEST

START_TEST(pairs)
{
    loaded l = load(&(source){.file = "lung.csv", .group = "h"});
    const fp_logrank_pair *pair;
    double got[9], holm[7], p[7] = {.01, .04, 0, .03, .005, .9, .04};
    OK(fp_logrank_pairs(&l.data, l.group, l.groups, NULL, &l.test, arena, &pair, &err));
    for (int i = 0; i < 3; i++) {
        got[3 * i] = pair[i].chisq;
        got[3 * i + 1] = pair[i].p;
        got[3 * i + 2] = pair[i].p_holm;
    }
    same("pairs", "pairs", got, 9, 11);
    ck_assert(pair[1].a == 0 && pair[1].b == 2);
    p[2] = (double)NAN;
    OK(fp_holm(p, 7, arena, holm, &err));
    same("holm", "holm", holm, 7, 15);
}
END_TEST

/* ---- restricted means ---- */

static fp_rmst_contrast contrast_of(loaded *l, double horizon, int32_t a, int32_t b,
                                    fp_km_rmst mean[2])
{
    fp_km_curve curve[4];
    fp_rmst_contrast contrast[3];
    ptrdiff_t n = 0;
    fp_survdata d = l->data;
    double *stop = fp_arena_array(arena, d.n, sizeof *stop, NULL);
    double *start = fp_arena_array(arena, d.n, sizeof *start, NULL);
    double *weight = fp_arena_array(arena, d.n, sizeof *weight, NULL);
    int32_t *event = fp_arena_array(arena, d.n, sizeof *event, NULL);
    int32_t *group = fp_arena_array(arena, d.n, sizeof *group, NULL);
    int32_t *cluster = fp_arena_array(arena, d.n, sizeof *cluster, NULL);
    for (ptrdiff_t i = 0; i < d.n; i++) {
        if (l->group[i] != a && l->group[i] != b)
            continue;
        stop[n] = d.stop[i];
        start[n] = d.start ? d.start[i] : -1;
        weight[n] = d.weight ? d.weight[i] : 1;
        event[n] = d.event[i];
        cluster[n] = l->how.cluster ? l->how.cluster[i] : 0;
        group[n++] = l->group[i] == b;
    }
    fp_survdata two = {.n = n,
                       .strata = 1,
                       .start = d.start ? start : NULL,
                       .stop = stop,
                       .event = event,
                       .weight = d.weight ? weight : NULL};
    fp_km_options how = l->how;
    how.cluster = l->how.cluster ? cluster : NULL;
    OK(fp_km_groups(&two, group, 2, NULL, &how, arena, curve, &err));
    OK(fp_rmst(&two, group, 2, curve, horizon, &how, mean, contrast, &err));
    return contrast[0];
}

START_TEST(restricted_means)
{
    fp_km_rmst mean[2];
    loaded l = load(&(source){.file = "lung.csv", .group = "g"});
    fp_rmst_contrast c = contrast_of(&l, 365, 0, 1, mean);
    same("rmst_lung", "rmst", &c.difference, 9, 11);
    l = load(&(source){.file = "mixed.csv", .group = "f"});
    c = contrast_of(&l, 8, 1, 3, mean);
    same("rmst_mixed", "rmst", &c.difference, 9, 11);
    l = load(&(source){
        .file = "mixed.csv", .start = "start", .group = "x2", .cluster = "c", .weight = "w"});
    c = contrast_of(&l, 12, 0, 1, mean);
    same("rmst_robust", "rmst_robust",
         (double[]){mean[0].estimate, mean[0].se, mean[1].estimate, mean[1].se, c.difference,
                    c.difference_se, c.ratio_p},
         7, 11);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kaplan-meier reference");
    TCase *tests = tcase_create("km");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, curves, 0, (int)(sizeof curve_cases / sizeof *curve_cases));
    tcase_add_test(tests, robust_to_the_end);
    tcase_add_loop_test(tests, times, 0, 3);
    tcase_add_loop_test(tests, quantiles, 0, 3);
    tcase_add_loop_test(tests, trend, 0, 3);
    tcase_add_test(tests, fleming_harrington);
    tcase_add_loop_test(tests, clustered, 0, (int)(sizeof cluster_cases / sizeof *cluster_cases));
    tcase_add_test(tests, pairs);
    tcase_add_test(tests, restricted_means);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
