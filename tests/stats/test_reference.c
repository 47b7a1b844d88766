/* Fits and curves against R's survival package: expected.txt is made by make_expected.R. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "stats_data.h"

typedef struct {
    const char *name, *file, *x;
    const char *start, *weight, *stratum, *cluster, *offset;
    fp_ties ties;
    int32_t term[4];
    int32_t terms;
    bool robust;
} cox_case;

#define MIXED .file = "mixed.csv", .x = "x1 x2 f2 f3", .term = {0, 1, 2, 2}, .terms = 3
#define PAIR  .file = "mixed.csv", .x = "x1 x2", .term = {0, 1}, .terms = 2

static const cox_case cox_cases[] = {
    {.name = "right_efron", MIXED},
    {.name = "right_breslow", MIXED, .ties = FP_TIES_BRESLOW},
    {.name = "right_strata", MIXED, .stratum = "s"},
    {.name = "weights_efron", MIXED, .weight = "w", .robust = true},
    {.name = "weights_robust", PAIR, .weight = "w", .stratum = "s", .robust = true},
    {.name = "weights_cluster", MIXED, .start = "start", .weight = "w", .cluster = "c"},
    {.name = "late_efron", MIXED, .start = "start"},
    {.name = "late_breslow_strata",
     MIXED,
     .start = "start",
     .stratum = "s",
     .ties = FP_TIES_BRESLOW},
    {.name = "late_cluster", MIXED, .start = "start", .cluster = "c"},
    {.name = "late_strata_cluster", PAIR, .start = "start", .stratum = "s", .cluster = "c"},
    {.name = "right_cluster", MIXED, .cluster = "c"},
    {.name = "offset", PAIR, .offset = "o"},
    {.name = "late_everything",
     MIXED,
     .start = "start",
     .stratum = "s",
     .weight = "w",
     .cluster = "c"},
    {.name = "lung", .file = "lung.csv", .x = "age sex ecog", .term = {0, 1, 2}, .terms = 3},
    {.name = "lung_cluster",
     .file = "lung.csv",
     .x = "age sex",
     .cluster = "c",
     .term = {0, 1},
     .terms = 2},
    {.name = "lung_breslow_strata",
     .file = "lung.csv",
     .x = "age sex",
     .stratum = "s",
     .ties = FP_TIES_BRESLOW,
     .term = {0, 1},
     .terms = 2},
    {.name = "heart",
     .file = "heart.csv",
     .x = "trans age year surgery",
     .start = "start",
     .term = {0, 1, 2, 3},
     .terms = 4},
    {.name = "bladder",
     .file = "bladder.csv",
     .x = "rx number size",
     .start = "start",
     .stratum = "s",
     .cluster = "c",
     .term = {0, 1, 2},
     .terms = 3},
};

TEST_EXPECTED("expected.txt");

static int32_t strata_of(const int32_t *code, ptrdiff_t n)
{
    int32_t most = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        most = code[i] > most ? code[i] : most;
    return most + 1;
}

static fp_survdata survdata(const test_table *t, const char *start, const char *weight,
                            const char *stratum)
{
    fp_survdata d = {.n = t->n, .strata = 1, .stop = test_column(t, "stop")};
    d.event = test_codes(t, "event", arena);
    d.start = start ? test_column(t, start) : NULL;
    d.weight = weight ? test_column(t, weight) : NULL;
    if (stratum) {
        d.stratum = test_codes(t, stratum, arena);
        d.strata = strata_of(d.stratum, t->n);
    }
    return d;
}

/* Compare one quantity with every line of that name; `least` digits must match. */
static int check_values(const char *name, const char *what, const double *got, ptrdiff_t n,
                        double least)
{
    int found = 0;
    for (ptrdiff_t k = 0; k < expected_lines; k++) {
        const test_expected *e = &expected[k];
        if (strcmp(e->group, name) != 0 || strcmp(e->what, what) != 0)
            continue;
        found++;
        double digits = 17;
        ck_assert_msg(e->n == n, "%s %s: %td values, R has %td", name, what, n, e->n);
        for (ptrdiff_t i = 0; i < n; i++) {
            double same = test_digits(got[i], e->value[i], 1e-3);
            ck_assert_msg(same >= least, "%s %s[%td]: %.17g, R has %.17g", name, what, i, got[i],
                          e->value[i]);
            digits = fmin(digits, same);
        }
        if (getenv("FP_TEST_DIGITS"))
            printf("%-22s %-18s %.1f digits\n", name, what, digits);
    }
    return found;
}

#define MUST(name, what, got, n, least)                                                            \
    ck_assert_msg(check_values(name, what, got, n, least) == 1, "%s %s: not in expected.txt",      \
                  name, what)
#define OK(call) ck_assert_int_eq((call), FP_OK)

static void diagonal_roots(const double *var, ptrdiff_t p, double *out)
{
    for (ptrdiff_t j = 0; j < p; j++)
        out[j] = sqrt(var[j + j * p]);
}

static void check_ph(const cox_case *c, const fp_survdata *d, ptrdiff_t p, const double *x,
                     const fp_cox_fit *fit)
{
    static const char *const names[] = {"km", "identity", "log", "rank"};
    fp_err err;
    for (int g = 0; c->terms && g < 4; g++) {
        fp_cox_ph ph;
        char what[32];
        double df[8];
        OK(fp_cox_ph_test(d, p, x, fit, c->ties, c->term, c->terms, (fp_ph_transform)g, arena, &ph,
                          &err));
        for (int32_t t = 0; t <= c->terms; t++)
            df[t] = ph.df[t];
        snprintf(what, sizeof what, "zph_%s", names[g]);
        int found = check_values(c->name, what, ph.chisq, c->terms + 1, 8);
        snprintf(what, sizeof what, "zph_df_%s", names[g]);
        found += check_values(c->name, what, df, c->terms + 1, 16);
        ck_assert_int_eq(found, c->offset ? 0 : 2);
    }
}

START_TEST(cox)
{
    const cox_case *c = &cox_cases[_i];
    fp_err err;
    test_table t = test_table_read(c->file, arena);
    ptrdiff_t p;
    double *x = test_matrix(&t, c->x, &p, arena), *martingale, *score, se[8];
    fp_survdata d = survdata(&t, c->start, c->weight, c->stratum);
    const double *offset = c->offset ? test_column(&t, c->offset) : NULL;
    fp_cox_options opt = fp_cox_defaults();
    fp_cox_fit fit;
    opt.ties = c->ties;
    OK(fp_cox(&d, p, x, offset, &opt, arena, &fit, &err));
    ck_assert_int_eq(fit.state, FP_COX_CONVERGED);
    MUST(c->name, "loglik", ((double[]){fit.loglik_null, fit.loglik_fitted}), 2, 11);
    MUST(c->name, "beta", fit.beta, p, 8);
    diagonal_roots(fit.var, p, se);
    MUST(c->name, "se", se, p, 8);
    MUST(c->name, "score", &fit.score_chisq, 1, 8);
    OK(fp_cox_martingale(&d, fit.eta, c->ties, arena, &martingale, &err));
    OK(fp_cox_score_residuals(&d, p, x, &fit, c->ties, arena, &score, &err));
    MUST(c->name, "martingale", martingale, d.n, 8);
    MUST(c->name, "score_residuals", score, d.n * p, 7);
    const int32_t *cluster = c->cluster ? test_codes(&t, c->cluster, arena) : NULL;
    int32_t clusters = cluster ? strata_of(cluster, d.n) : 0;
    if (cluster || c->robust) {
        fp_cox_robust robust;
        OK(fp_cox_robust_variance(&d, p, x, offset, &fit, c->ties, cluster, clusters, arena,
                                  &robust, &err));
        MUST(c->name, "robust_var", robust.var, p * p, 8);
        MUST(c->name, "robust_wald", &robust.wald_chisq, 1, 8);
        MUST(c->name, "robust_score", &robust.robust_score_chisq, 1, 8);
    } else
        MUST(c->name, "wald", &fit.wald_chisq, 1, 8);
    fp_concordance k;
    OK(fp_cox_concordance(&d, fit.eta, cluster, clusters, arena, &k, &err));
    double pairs[] = {k.concordant, k.discordant, k.tied_x, k.tied_y, k.tied_xy, k.estimate, k.se};
    MUST(c->name, "concordance", pairs, 7, 10);
    check_ph(c, &d, p, x, &fit);
}
END_TEST

typedef struct {
    const char *name, *file, *start;
    fp_conf_type type;
    double level, horizon;
} km_case;

static const km_case km_cases[] = {
    {"km_lung_log", "lung.csv", NULL, FP_CONF_LOG, .95, 365},
    {"km_lung_log-log", "lung.csv", NULL, FP_CONF_LOGLOG, .95, 365},
    {"km_lung_plain", "lung.csv", NULL, FP_CONF_PLAIN, .95, 365},
    {"km_late_log", "mixed.csv", "start", FP_CONF_LOG, .95, 10},
    {"km_late_log-log", "mixed.csv", "start", FP_CONF_LOGLOG, .95, 10},
    {"km_late_plain", "mixed.csv", "start", FP_CONF_PLAIN, .95, 10},
    {"km_plateau_log", "plateau.csv", NULL, FP_CONF_LOG, .95, 20},
    {"km_plateau_log-log", "plateau.csv", NULL, FP_CONF_LOGLOG, .95, 20},
    {"km_plateau_plain", "plateau.csv", NULL, FP_CONF_PLAIN, .95, 20},
    {"km_ends_log", "ends.csv", NULL, FP_CONF_LOG, .95, 12},
    {"km_ends_log-log", "ends.csv", NULL, FP_CONF_LOGLOG, .95, 12},
    {"km_ends_plain", "ends.csv", NULL, FP_CONF_PLAIN, .95, 12},
    {"km_lung_before", "lung.csv", NULL, FP_CONF_LOG, .95, 2},
    {"km_lung_90", "lung.csv", NULL, FP_CONF_LOG, .9, 365},
    {"km_heart", "heart.csv", "start", FP_CONF_PLAIN, .95, 3000},
};

START_TEST(km)
{
    const km_case *c = &km_cases[_i];
    fp_err err;
    test_table t = test_table_read(c->file, arena);
    fp_survdata d = survdata(&t, c->start, NULL, NULL);
    fp_km_options opt = {.conf_type = c->type, .level = c->level};
    fp_km_curve k;
    OK(fp_km(&d, &opt, arena, &k, &err));
    MUST(c->name, "time", k.time, k.length, 16);
    MUST(c->name, "at_risk", k.at_risk, k.length, 16);
    MUST(c->name, "event", k.event, k.length, 16);
    MUST(c->name, "censored", k.censored, k.length, 16);
    MUST(c->name, "survival", k.survival, k.length, 12);
    MUST(c->name, "se_km", k.se, k.length, 12);
    MUST(c->name, "lower", k.lower, k.length, 11);
    MUST(c->name, "upper", k.upper, k.length, 11);
    fp_km_quantile q[3];
    for (int i = 0; i < 3; i++)
        q[i] = fp_km_quantile_of(&k, .25 * (i + 1));
    MUST(c->name, "median", &q[1].estimate, 3, 14);
    MUST(c->name, "quantiles", &q[0].estimate, 9, 14);
    fp_km_rmst r = fp_km_rmst_of(&k, c->horizon);
    MUST(c->name, "rmst", ((double[]){r.horizon, r.estimate, r.se}), 3, 11);
}
END_TEST

typedef struct {
    const char *name, *file, *group, *start, *stratum;
    double rho;
} lr_case;

static const lr_case lr_cases[] = {
    {"lr_three", "lung.csv", "h", NULL, NULL, 0},
    {"lr_three_rho", "lung.csv", "h", NULL, NULL, 1},
    {"lr_three_rho_strata", "mixed.csv", "f", NULL, "s", 1},
    {"lr_two_strata", "mixed.csv", "x2", NULL, "s", 0},
    {"lr_two_half", "mixed.csv", "x2", NULL, NULL, .5},
    {"lr_late", "untied.csv", "x2", "start", NULL, 0},
};

START_TEST(logrank)
{
    const lr_case *c = &lr_cases[_i];
    fp_err err;
    test_table t = test_table_read(c->file, arena);
    fp_survdata d = survdata(&t, c->start, NULL, c->stratum);
    int32_t *group = test_codes(&t, c->group, arena);
    int32_t groups = strata_of(group, t.n);
    fp_logrank_result r;
    fp_logrank_options how = {.rho = c->rho};
    OK(fp_logrank(&d, group, groups, NULL, &how, arena, &r, &err));
    MUST(c->name, "logrank", ((double[]){r.chisq, r.df}), 2, 10);
    int32_t empty = 0; /* f is coded from 1: the first group has nobody */
    while (r.n[empty] == 0)
        empty++;
    if (!c->start) {
        MUST(c->name, "observed", r.observed + empty, groups - empty, 12);
        MUST(c->name, "expected", r.expected + empty, groups - empty, 12);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats reference");
    TCase *tests = tcase_create("R");
    tcase_add_unchecked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, cox, 0, (int)(sizeof cox_cases / sizeof *cox_cases));
    tcase_add_loop_test(tests, km, 0, (int)(sizeof km_cases / sizeof *km_cases));
    tcase_add_loop_test(tests, logrank, 0, (int)(sizeof lr_cases / sizeof *lr_cases));
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
