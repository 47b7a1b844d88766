/* Linear mixed models against R (make_lmm_expected.R), against each other and against what must
 * hold. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "model/regression.h"
#include "run_suite.h"

#define DATA FP_TEST_DATA "/model/"

static fp_arena *arena;

static void set_up(void)
{
    arena = fp_arena_create(4 * FP_GIB);
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
}

static const fp_table *read_file(const char *name)
{
    char path[1024];
    const fp_table *table;
    fp_err err = {0};
    (void)snprintf(path, sizeof path, DATA "%s", name);
    ck_assert_msg(fp_table_read(path, NULL, arena, &table, &err) == FP_OK, "%s", err.message);
    return table;
}

static const fp_table *read_text(const char *text)
{
    const fp_table *table;
    fp_err err = {0};
    fp_status status = fp_table_read_text("made.csv", fp_str_of(text), NULL, arena, &table, &err);
    ck_assert_msg(status == FP_OK, "%s", err.message);
    return table;
}

static fp_result fit(const fp_table *table, const char *formula, const fp_lmm_model_options *o)
{
    fp_result result = {0};
    fp_err err = {0};
    fp_status status = fp_model_lmm(table, formula, o, arena, &result, &err);
    ck_assert_msg(status == FP_OK, "%s: %s", formula, err.message);
    return result;
}

/* ---- R ---- */

typedef struct {
    char name[64], file[64], formula[256], how[64];
    fp_result r, kr;
} reference;

static void structure(fp_lmm_model_options *o, const char *how)
{
    static const struct {
        const char *name;
        fp_lmm_residual residual;
    } known[] = {{"unstructured", FP_LMM_UNSTRUCTURED},
                 {"cs", FP_LMM_SYMMETRIC},
                 {"ar1", FP_LMM_AR1},
                 {"diag", FP_LMM_DIAGONAL}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(how, known[i].name) == 0) {
            o->residual = known[i].residual;
            o->subject = "person";
            o->wave = "wave";
        }
}

static void begin_case(char *line, reference *c)
{
    fp_lmm_model_options o = fp_lmm_model_defaults();
    char *field[5] = {0};
    for (int i = 0; i < 5; i++) {
        field[i] = strsep(&line, "\t");
        ck_assert_ptr_nonnull(field[i]);
    }
    (void)snprintf(c->name, sizeof c->name, "%s", field[1]);
    (void)snprintf(c->formula, sizeof c->formula, "%s", field[3]);
    const fp_table *table = read_file(field[2]);
    o.df = FP_LMM_AS_R;
    o.ml = strcmp(field[4], "ml") == 0;
    o.common.weights = strcmp(c->name, "weights") == 0 ? "weight" : NULL;
    structure(&o, field[4]);
    c->r = fit(table, c->formula, &o);
    if (o.ml)
        return;
    o.df = FP_LMM_KR;
    c->kr = fit(table, c->formula, &o);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { VALUES = 64 };

static ptrdiff_t term_values(const fp_result *r, const char *key, double *out)
{
    for (ptrdiff_t j = 0; j < r->term_count; j++)
        out[j] = strcmp(key, "estimate") == 0 ? r->terms[j].estimate
                 : key[0] == 's'              ? r->terms[j].se
                                              : r->terms[j].df;
    return r->term_count;
}

static ptrdiff_t variance_values(const fp_lmm_result *lmm, const char *key, double *out)
{
    const double *v = lmm->residual_covariance;
    ptrdiff_t n = 0;
    if (strcmp(key, "sd") == 0) {
        for (; n < lmm->random_count; n++)
            out[n] = lmm->random[n].value;
        out[n++] = lmm->residual_sd;
        qsort(out, (size_t)n, sizeof *out, compare_numbers);
        return n;
    }
    for (ptrdiff_t j = 0; j < lmm->waves; j++)
        for (ptrdiff_t i = 0; i < lmm->waves; i++)
            if (strcmp(key, "wave_corr") == 0)
                out[n++] =
                    v[i + j * lmm->waves] / sqrt(v[i * (lmm->waves + 1)] * v[j * (lmm->waves + 1)]);
            else if (i == j)
                out[n++] = sqrt(v[i + j * lmm->waves]);
    return n;
}

/* R's anova() is of type III, so only its last row is that of the columns alone. */
static ptrdiff_t joint_values(const fp_result *r, const char *key, double *out)
{
    const fp_term_test *t = &r->term_tests[r->term_test_count - 1];
    out[0] = key[1] == '_' ? t->chisq / t->df : t->df2;
    return 1;
}

static void check_line(const reference *c, char *line)
{
    char *key = strsep(&line, " "), *word;
    bool is_kr = strstr(key, "_kr") != NULL;
    double got[VALUES], want[VALUES];
    ptrdiff_t n = 0, m;
    while ((word = strsep(&line, " \n")))
        if (*word)
            ck_assert(n < VALUES && fp_num_parse(fp_str_of(word), '.', &want[n++]));
    const fp_result *r = is_kr ? &c->kr : &c->r;
    if (strcmp(key, "criterion") == 0)
        got[0] = r->lmm->criterion, m = 1;
    else if (key[0] == 'f')
        m = joint_values(r, key, got), want[0] = want[n - 1], n = 1;
    else if (strcmp(key, "sd") == 0 || key[0] == 'w')
        m = variance_values(r->lmm, key, got);
    else
        m = term_values(r, key, got);
    ck_assert_msg(m == n, "%s %s: %td values, R has %td", c->name, key, m, n);
    /* nlme stops its search of a structure earlier, and has no degrees of freedom of its own */
    bool early = strncmp(c->name, "mmrm", 4) == 0 || strncmp(c->name, "coach_", 6) == 0;
    double tolerance = strcmp(key, "criterion") == 0                  ? 1e-8
                       : early                                        ? 2e-4
                       : key[0] == 'd' || strncmp(key, "fdf", 3) == 0 ? 1e-4
                       : strcmp(key, "sd") == 0                       ? 2e-5
                                                                      : 1e-5;
    for (ptrdiff_t i = 0; i < n; i++)
        ck_assert_msg(fabs(got[i] - want[i]) <= tolerance * fmax(0.01, fabs(want[i])),
                      "%s %s[%td]: %.12g, R has %.12g", c->name, key, i, got[i], want[i]);
}

START_TEST(agrees_with_r)
{
    char *line = NULL;
    size_t room = 0;
    int cases = 0, values = 0;
    reference c = {0};
    FILE *in = fopen(DATA "lmm_expected.txt", "r");
    ck_assert_ptr_nonnull(in);
    while (getline(&line, &room, in) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "case\t", 5) == 0) {
            begin_case(line, &c);
            cases++;
        } else if (*line) {
            check_line(&c, line);
            values++;
        }
    }
    free(line);
    (void)fclose(in);
    ck_assert_int_eq(cases, 17);
    ck_assert_int_ge(values, 100);
}
END_TEST

/* ---- closed forms ---- */

/* Balanced one-way: sigma^2 = MSW, variance between = (MSB - MSW) / n, df of the mean = J - 1. */
START_TEST(balanced_one_way)
{
    const fp_table *t = read_text("g,y\na,1\na,3\nb,4\nb,6\nc,9\nc,11\n");
    fp_result r = fit(t, "y ~ 1 + (1 | g)", NULL);
    /* means 2 5 10, MSB = 2 * ((2-17/3)^2 + (5-17/3)^2 + (10-17/3)^2) / 2 = 98/3, MSW = 2 */
    ck_assert_double_eq_tol(r.lmm->residual_sd, sqrt(2), 1e-9);
    ck_assert_double_eq_tol(r.lmm->random[0].value, sqrt((98.0 / 3 - 2) / 2), 1e-9);
    ck_assert_double_eq_tol(r.terms[0].estimate, 17.0 / 3, 1e-12);
    ck_assert_double_eq_tol(r.terms[0].se, sqrt(98.0 / 3 / 6), 1e-9);
    ck_assert_double_eq_tol(r.terms[0].df, 2, 1e-7);
    double icc = (98.0 / 3 - 2) / 2 / ((98.0 / 3 - 2) / 2 + 2);
    ck_assert_double_eq_tol(r.lmm->groups[0].icc, icc, 1e-9);
}
END_TEST

/* ---- what must hold ---- */

static void same_fit(const fp_result *a, const fp_result *b, double tolerance)
{
    ck_assert_double_eq_tol(a->lmm->criterion, b->lmm->criterion,
                            tolerance * fabs(a->lmm->criterion));
    for (ptrdiff_t j = 0; j < a->term_count; j++) {
        ck_assert_double_eq_tol(a->terms[j].estimate, b->terms[j].estimate, 100 * tolerance);
        ck_assert_double_eq_tol(a->terms[j].se, b->terms[j].se, 100 * tolerance);
    }
}

/* cs is a random intercept of the subject; the structure's engine gives what the groups' gives. */
START_TEST(structures_and_groups_agree)
{
    const fp_table *t = read_file("waves.csv");
    fp_lmm_model_options o = fp_lmm_model_defaults();
    fp_result groups = fit(t, "y ~ wave * arm + (1 | person)", NULL);
    structure(&o, "cs");
    fp_result cs = fit(t, "y ~ wave * arm", &o);
    same_fit(&groups, &cs, 1e-10);
    groups = fit(t, "y ~ wave * arm + (1 | coach/person)", NULL);
    cs = fit(t, "y ~ wave * arm + (1 | coach)", &o);
    same_fit(&groups, &cs, 1e-10);
}
END_TEST

/* Shift and scale of y and of a covariate. */
START_TEST(shift_and_scale)
{
    const fp_table *t = read_file("waves.csv");
    fp_result a = fit(t, "y ~ wave + age + (1 + wave | person)", NULL);
    fp_result b = fit(t, "I(1e6 + 1000 * y) ~ wave + age + (1 + wave | person)", NULL);
    fp_result c = fit(t, "y ~ I(wave / 1000) + age + (1 + I(wave / 1000) | person)", NULL);
    ck_assert_double_eq_tol(1000 * a.terms[1].estimate, b.terms[1].estimate, 1e-6);
    ck_assert_double_eq_tol(1000 * a.terms[1].estimate, c.terms[1].estimate, 1e-6);
    ck_assert_double_eq_tol(1000 * a.terms[1].se, c.terms[1].se, 1e-6);
    ck_assert_double_eq_tol(a.terms[1].df, b.terms[1].df, 1e-5);
    ck_assert_double_eq_tol(a.terms[1].df, c.terms[1].df, 1e-5);
    ck_assert_double_eq_tol(1000 * a.lmm->random[1].value, c.lmm->random[1].value, 1e-6);
}
END_TEST

START_TEST(variance_zero_keeps_the_level)
{
    const fp_table *t = read_text("coach,arm,x,y\n"
                                  "a,0,1,1\na,0,2,9\nb,0,1,9\nb,0,2,1\nc,0,1,4\nc,0,2,5\n"
                                  "d,1,1,6\nd,1,2,7\ne,1,1,12\ne,1,2,1\nf,1,1,2\nf,1,2,11\n");
    fp_lmm_model_options o = fp_lmm_model_defaults();
    fp_result r = fit(t, "y ~ arm + x + (1 | coach)", &o);
    ck_assert_str_eq(r.state, "singular");
    ck_assert_str_eq(r.lmm->kept_group, "coach");
    ck_assert_double_le(r.terms[1].df, 6 - 1 - 1);
    ck_assert_double_eq_tol(r.terms[2].df, 9, 1e-6); /* x varies within coaches */
    o.df = FP_LMM_AS_R;
    r = fit(t, "y ~ arm + x + (1 | coach)", &o);
    ck_assert_double_eq_tol(r.terms[1].df, 9, 1e-6);
    ck_assert_ptr_null(r.lmm->kept_group);
}
END_TEST

/* ---- effects ---- */

/* lme4's ranef(condVar = TRUE) and fitted(), with rhoend 1e-12; lmerTest's ranova(). */
START_TEST(effects_of_groups)
{
    static const struct {
        const char *file, *formula, *group, *level, *term;
        double effect, se;
    } cases[] = {
        {"sleepstudy.csv", "Reaction ~ Days + (Days | Subject)", "Subject", "308", "(Intercept)",
         2.258565501, 12.070836507},
        {"sleepstudy.csv", "Reaction ~ Days + (Days | Subject)", "Subject", "308", "Days",
         9.198971904, 2.304836978},
        {"waves.csv", "y ~ wave * arm + (wave | person) + (1 | coach)", "coach", "c02",
         "(Intercept)", -0.831138124, 1.02758597},
        {"waves.csv", "y ~ wave * arm + (wave | person) + (1 | coach)", "person", "2", "wave",
         -0.00565476159, 0.118110879},
        {"waves.csv", "y ~ arm + (1 | wave) + (1 | person)", "wave", "6", "(Intercept)",
         -1.08710113, 0.531319120},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_lmm_model_options o = fp_lmm_model_defaults();
        o.effects = true;
        fp_result r = fit(read_file(cases[i].file), cases[i].formula, &o);
        int found = 0;
        for (ptrdiff_t k = 0; k < r.lmm->effect_count; k++) {
            const fp_effect_row *row = &r.lmm->effects[k];
            if (strcmp(row->group, cases[i].group) != 0 ||
                strcmp(row->level, cases[i].level) != 0 || strcmp(row->term, cases[i].term) != 0)
                continue;
            found++;
            ck_assert_double_eq_tol(row->effect, cases[i].effect,
                                    1e-6 * fabs(cases[i].effect) + 1e-8);
            ck_assert_double_eq_tol(row->se, cases[i].se, 1e-6 * cases[i].se);
        }
        ck_assert_int_eq(found, 1);
    }
}
END_TEST

/* A subject's structure under coaches: cs with coaches is the same model as nested groups. */
START_TEST(effects_under_a_structure)
{
    const fp_table *t = read_file("waves.csv");
    fp_lmm_model_options o = fp_lmm_model_defaults();
    o.effects = true;
    fp_result a = fit(t, "y ~ wave * arm + (1 | coach/person)", &o);
    structure(&o, "cs");
    fp_result b = fit(t, "y ~ wave * arm + (1 | coach)", &o);
    ck_assert_int_eq(b.lmm->effect_count, 12);
    for (ptrdiff_t k = 0; k < 12; k++) {
        ck_assert_str_eq(a.lmm->effects[k].group, "coach");
        ck_assert_double_eq_tol(a.lmm->effects[k].effect, b.lmm->effects[k].effect, 1e-6);
        ck_assert_double_eq_tol(a.lmm->effects[k].se, b.lmm->effects[k].se, 1e-6);
    }
}
END_TEST

START_TEST(fitted_and_variance_tests)
{
    fp_lmm_model_options o = fp_lmm_model_defaults();
    o.residuals = 0;
    o.variance_tests = true;
    const fp_table *t = read_file("sleepstudy.csv");
    fp_result r = fit(t, "Reaction ~ Days + (Days | Subject)", &o);
    ck_assert_double_eq_tol(r.residuals->value[r.n], 253.663670349, 1e-6);
    ck_assert_double_eq_tol(r.residuals->value[1 + r.n], 273.329928213, 1e-6);
    ck_assert_double_eq_tol(r.residuals->value[0] - 251.405104848486, 0, 1e-6);
    ck_assert_double_eq_tol(r.lmm->tests[1].chisq, 42.8372, 1e-3); /* ranova() */
    ck_assert_double_eq_tol(r.lmm->tests[1].p, 0.5 * (exp(-42.8372 / 2) + erfc(sqrt(42.8372 / 2))),
                            1e-12);
    o.residuals = -1;
    r = fit(t, "Reaction ~ Days + (1 | Subject)", &o);
    /* against least squares: 1893.66 - 1786.47 */
    ck_assert_double_eq_tol(r.lmm->tests[0].chisq, 107.199, 0.01);
}
END_TEST

/* ---- bad input ---- */

START_TEST(clear_lines)
{
    static const struct {
        const char *csv, *formula, *residual, *words;
    } cases[] = {
        {"g,y\na,1\nb,2\nc,4\n", "y ~ (1 | g)", "", "no fewer than the 3 rows"},
        {"g,y\na,1\na,2\na,4\n", "y ~ (1 | g)", "", "has one group"},
        {"g,y\na,1\na,1\nb,1\n", "y ~ (1 | g)", "", "nothing to explain"},
        {"g,y\na,1\na,2\nb,4\n", "y ~ (1 | h)", "", "no column \"h\""},
        {"g,y\na,1\na,2\nb,4\n", "y ~ g", "", "no random effect"},
        {"g,x,y\na,1,1\na,2,2\nb,1,4\nb,3,3\nb,3,9\n", "y ~ (1 | g) + (x | g)", "", "twice"},
        {"g,x,y\na,1,1\na,2,2\nb,1,4\nb,3,3\n", "y ~ x:(1 | g)", "", "inside another term"},
        {"g,x,y\na,1,1\na,2,2\nb,1,4\nb,3,3\n", "y ~ (1 | g + x)", "", "groups of a random effect"},
        {"g,arm,y\na,0,\na,0,NA\nb,1,4\nb,1,3\nc,1,8\n", "y ~ factor(arm) + (1 | g)", "",
         "one level"},
        {"person,wave,y\n1,0,1\n1,0,2\n2,1,4\n2,0,1\n", "y ~ 1", "cs", "a second time"},
        {"person,wave,y\n1,0,1\n1,1,2\n2,0,4\n2,2,1\n", "y ~ 1", "unstructured",
         "nobody was seen at both wave 1 and wave 2"},
        {"person,wave,y\n1,0,1\n2,1,2\n3,0,4\n", "y ~ 1", "ar1", "more than one wave"},
        {"person,wave,c,y\n1,0,a,1\n1,1,b,2\n2,0,a,4\n2,1,a,3\n3,0,b,7\n", "y ~ 1 + (1 | c)", "cs",
         "nested"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fp_lmm_model_options o = fp_lmm_model_defaults();
        fp_result result;
        fp_err err = {0};
        structure(&o, cases[i].residual);
        fp_status status =
            fp_model_lmm(read_text(cases[i].csv), cases[i].formula, &o, arena, &result, &err);
        ck_assert_msg(status == FP_INPUT && strstr(err.message, cases[i].words), "%s: %d %s",
                      cases[i].formula, (int)status, err.message);
        ck_assert(err.hint[0]);
    }
}
END_TEST

START_TEST(stated_outcomes)
{
    /* a group with one row; an aliased column; groups that explain everything */
    fp_result r = fit(read_text("g,y\na,1\na,2\nb,4\nb,6\nc,9\n"), "y ~ (1 | g)", NULL);
    ck_assert_str_eq(r.state, "converged");
    r = fit(read_text("g,x,y\na,1,1\na,2,2\nb,1,4\nb,3,3\nc,2,9\nc,5,7\n"),
            "y ~ x + I(2 * x) + (1 | g)", NULL);
    ck_assert(isnan(r.terms[2].estimate) && isnan(r.terms[2].se));
    ck_assert(r.warning_count > 0);
    r = fit(read_text("g,y\na,1\na,1\nb,4\nb,4\nc,9\nc,9\n"), "y ~ (1 | g)", NULL);
    ck_assert_str_eq(r.state, "no_spread");
    ck_assert(isnan(r.terms[0].se));
}
END_TEST

/* Everyone at 3.5 at the first wave: that wave is named, and it alone. */
START_TEST(a_constant_wave)
{
    static const char *const hows[] = {"diag", "unstructured"};
    const fp_table *t = read_text(
        "person,wave,y\n0,0,3.5\n0,1,5.0\n0,2,3.4\n1,0,3.5\n1,1,4.8\n1,2,4.8\n2,0,3.5\n2,1,6.0\n2,"
        "2,5.9\n3,0,3.5\n3,1,5.5\n3,2,4.7\n4,0,3.5\n4,1,3.9\n4,2,4.3\n5,0,3.5\n5,1,2.6\n5,2,2.5\n");
    for (int k = 0; k < 2; k++) {
        fp_lmm_model_options o = fp_lmm_model_defaults();
        structure(&o, hows[k]);
        fp_result r = fit(t, "y ~ factor(wave)", &o);
        ck_assert_str_eq(r.state, "no_spread");
        ck_assert_int_eq(r.warning_count, 1);
        ck_assert_ptr_nonnull(strstr(r.warnings[0], "the same outcome at wave 0:"));
    }
}
END_TEST

START_TEST(memory_may_end)
{
    const fp_table *t = read_file("sleepstudy.csv");
    fp_result result;
    fp_err err;
    fp_status status = FP_NOMEM;
    for (long n = 1; n < 400 && status == FP_NOMEM; n++) {
        fp_arena_point mark = fp_arena_mark(arena);
        fp_arena_fail_at(arena, n);
        status = fp_model_lmm(t, "Reaction ~ Days + (Days | Subject)", NULL, arena, &result, &err);
        fp_arena_fail_at(arena, 0);
        fp_arena_rewind(arena, mark);
    }
    ck_assert_int_eq(status, FP_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lmm");
    TCase *c = tcase_create("lmm");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, agrees_with_r);
    tcase_add_test(c, balanced_one_way);
    tcase_add_test(c, structures_and_groups_agree);
    tcase_add_test(c, shift_and_scale);
    tcase_add_test(c, variance_zero_keeps_the_level);
    tcase_add_test(c, effects_of_groups);
    tcase_add_test(c, effects_under_a_structure);
    tcase_add_test(c, fitted_and_variance_tests);
    tcase_add_test(c, clear_lines);
    tcase_add_test(c, stated_outcomes);
    tcase_add_test(c, a_constant_wave);
    tcase_add_test(c, memory_may_end);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
