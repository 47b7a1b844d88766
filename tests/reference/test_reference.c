/* R's answers (tests/data/reference) against the built command, and how many digits agree.
 * The map from R's names in cases.json to the keys of docs/json.md is that of the contract.
 * With --table it prints the rows of docs/reference.md instead. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reference/binary.h"

#define DATA FP_TEST_DATA "/reference/"

/* ---- values ---- */

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *all = json_load_file(path, 0, &error);
    ck_assert_msg(all != NULL, "%s, line %d: %s", path, error.line, error.text);
    return all;
}

static bool as_table; /* set once, by main() */

/* One case under comparison: the fewest digits that agreed so far, and the first disagreement. */
typedef struct {
    const char *name;
    double digits;
    char bad[512];
    char least[32]; /* what agrees in that many digits */
} score;

static void say_bad(score *s, const char *what, size_t i, json_t *got, json_t *want)
{
    if (s->bad[0])
        return;
    char *g = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
    char *w = want ? json_dumps(want, JSON_ENCODE_ANY) : NULL;
    (void)snprintf(s->bad, sizeof s->bad, "%s[%zu]: %.80s, R has %.80s", what, i, g ? g : "nothing",
                   w ? w : "nothing");
    free(g);
    free(w);
}

static void same_one(score *s, const char *what, size_t i, json_t *got, json_t *want, double tol)
{
    if (!json_is_number(want) || !json_is_number(got)) {
        if (!got || !json_equal(got, want))
            say_bad(s, what, i, got, want);
        return;
    }
    double g = json_number_value(got), w = json_number_value(want);
    double error = fabs(g - w) / fmax(1e-3, fabs(w));
    if (error > 0 && -log10(error) < s->digits) {
        s->digits = -log10(error);
        (void)snprintf(s->least, sizeof s->least, "%s", what);
    }
    if (error > tol)
        say_bad(s, what, i, got, want);
}

/* Put a value, or the values of an array of any depth, at the end of a flat list. */
static void flatten(json_t *value, json_t *list)
{
    size_t i;
    json_t *item;
    if (json_is_array(value))
        json_array_foreach(value, i, item) flatten(item, list);
    else
        (void)json_array_append(list, value ? value : json_null());
}

static void same(score *s, const char *what, json_t *got, json_t *want, double tol)
{
    json_t *a = json_array(), *b = json_array();
    flatten(got, a);
    flatten(want, b);
    if (json_array_size(a) != json_array_size(b))
        say_bad(s, what, json_array_size(a), a, b);
    else
        for (size_t i = 0; i < json_array_size(b); i++)
            same_one(s, what, i, json_array_get(a, i), json_array_get(b, i), tol);
    json_decref(a);
    json_decref(b);
}

/* The value at a path such as "loglik.null". */
static json_t *at(json_t *from, const char *path)
{
    char key[64];
    while (from && *path) {
        size_t n = strcspn(path, ".");
        ck_assert(n < sizeof key);
        memcpy(key, path, n);
        key[n] = '\0';
        from = json_object_get(from, key);
        path += n + (path[n] == '.');
    }
    return from;
}

/* The value at `path` of every element of the array `list`. */
static json_t *column(json_t *list, const char *path)
{
    size_t i;
    json_t *item, *out = json_array();
    json_array_foreach(list, i, item)
    {
        json_t *value = at(item, path);
        (void)json_array_append(out, value ? value : json_null());
    }
    return out;
}

/* A case that agrees: the digits in which its worst number does. */
static void say_good(const score *s, const char *const *args)
{
    if (as_table) {
        (void)printf("| %s | `%s", s->name, args[0]);
        for (int i = 1; args[i] && strcmp(args[i], "--json") != 0; i++) {
            const char *word = i == 1 ? strrchr(args[i], '/') + 1 : args[i];
            const char *mark = strchr(word, ' ') ? "\"" : "";
            (void)printf(" %s", mark);
            for (; *word; word++)
                (void)printf(*word == '|' ? "\\%c" : "%c", *word);
            (void)printf("%s", mark);
        }
        (void)printf("` | %d | %s |\n", (int)floor(s->digits), s->least);
    } else {
        (void)printf("%-36s %4.1f digits agree with R\n", s->name, s->digits);
    }
    (void)fflush(stdout);
}

/* ---- the map ---- */

typedef enum { EXACT, CLOSED, ESTIMATE, LOOSE } tolerance;
static const double tolerances[] = {0, 1e-6, 1e-5, 1e-4};

typedef struct {
    const char *key;  /* of cases.json */
    const char *list; /* array whose elements hold it; NULL = the document itself */
    const char *path; /* in the document or in the element */
    tolerance tol;
} place;

static const place cox_map[] = {
    {"n", NULL, "n", EXACT},
    {"nevent", NULL, "events", EXACT},
    {"term", "terms", "term", EXACT},
    {"estimate", "terms", "estimate", ESTIMATE},
    {"se", "terms", "se", ESTIMATE},
    {"robust_se", "terms", "robust_se", ESTIMATE},
    {"score", NULL, "tests.score.chisq", ESTIMATE},
    {"wald", NULL, "tests.wald.chisq", LOOSE},
    {"concordance", NULL, "concordance.estimate", CLOSED},
    {"concordance_se", NULL, "concordance.se", ESTIMATE},
    {"theta", NULL, "frailty.theta", ESTIMATE},
    {"zph_chisq", "proportional_hazards", "chisq", LOOSE},
    {"zph_p", "proportional_hazards", "p", LOOSE},
    {NULL, NULL, NULL, EXACT},
};

static const place km_map[] = {
    {"strata", "strata", "label", EXACT},
    {"n", "strata", "n", EXACT},
    {"events", "strata", "events", EXACT},
    {"median", "strata", "median.estimate", CLOSED},
    {"median_lower", "strata", "median.lower", CLOSED},
    {"median_upper", "strata", "median.upper", CLOSED},
    {"time", "strata", "curve.time", CLOSED},
    {"at_risk", "strata", "curve.at_risk", CLOSED},
    {"survival", "strata", "curve.survival", CLOSED},
    {"se", "strata", "curve.se", CLOSED},
    {"lower", "strata", "curve.lower", CLOSED},
    {"upper", "strata", "curve.upper", CLOSED},
    {"rmst", "strata", "rmst.estimate", CLOSED},
    {"rmst_se", "strata", "rmst.se", CLOSED},
    {"logrank_chi2", NULL, "logrank.chisq", CLOSED},
    {"logrank_df", NULL, "logrank.df", EXACT},
    {NULL, NULL, NULL, EXACT},
};

static const place cif_map[] = {
    {"strata", "strata", "label", EXACT},
    {"causes", "gray", "cause", EXACT},
    {"gray_chisq", "gray", "chisq", CLOSED},
    {"gray_p", "gray", "p", CLOSED},
    {NULL, NULL, NULL, EXACT},
};

static const place glm_map[] = {
    {"term", "terms", "term", EXACT},
    {"estimate", "terms", "estimate", ESTIMATE},
    {"se", "terms", "se", ESTIMATE},
    {"robust_se", "terms", "robust_se", ESTIMATE},
    {"deviance", NULL, "deviance", CLOSED},
    {"aic", NULL, "aic", CLOSED},
    {"alpha", NULL, "working_correlation.alpha", ESTIMATE},
    {"scale", NULL, "scale", ESTIMATE},
    {NULL, NULL, NULL, EXACT},
};

/* Of a corrected sandwich: its own standard errors and degrees of freedom. */
static const place corrected_map[] = {
    {"term", "terms", "term", EXACT},
    {"estimate", "terms", "estimate", ESTIMATE},
    {"se", "small_sample.terms", "se", ESTIMATE},
    {"df", "small_sample.terms", "df", ESTIMATE},
    {NULL, NULL, NULL, EXACT},
};

static const place lmm_map[] = {
    {"n", NULL, "n", EXACT},
    {"term", "terms", "term", EXACT},
    {"estimate", "terms", "estimate", ESTIMATE},
    {"se", "terms", "se", ESTIMATE},
    {"df_satterthwaite", "terms", "df", LOOSE},
    {"criterion", NULL, "criterion.value", CLOSED},
    {NULL, NULL, NULL, EXACT},
};

/* Of the same command with --df kr. */
static const place kr_map[] = {
    {"se_kr", "terms", "se", ESTIMATE},
    {"df_kr", "terms", "df", ESTIMATE},
    {NULL, NULL, NULL, EXACT},
};

/* The row of `random` for a component of lme4's VarCorr(), the residual's in `residual_sd`. A
 * second term of one grouping is "Subject.1" there. */
static json_t *component(json_t *doc, json_t *want)
{
    const char *group = json_string_value(json_object_get(want, "group"));
    json_t *row;
    size_t i, n = strcspn(group, ".");
    if (strcmp(group, "Residual") == 0)
        return json_object_get(doc, "residual_sd");
    json_array_foreach(json_object_get(doc, "random"), i, row)
    {
        const char *ours = json_string_value(json_object_get(row, "group"));
        json_t *second = json_object_get(row, "term2"), *theirs = json_object_get(want, "term2");
        if (strlen(ours) == n && strncmp(ours, group, n) == 0 &&
            json_equal(json_object_get(row, "term"), json_object_get(want, "term")) &&
            (second ? json_equal(second, theirs) : json_is_null(theirs)))
            return json_object_get(row, second ? "corr" : "sd");
    }
    return NULL;
}

/* What a mixed model has beside coefficients. */
static bool compare_mixed(score *s, json_t *doc, const char *key, json_t *want)
{
    size_t i;
    json_t *row;
    if (strcmp(key, "sd") == 0) {
        json_array_foreach(want, i, row) same_one(
            s, key, i, component(doc, row), json_object_get(row, "sd_or_corr"), tolerances[LOOSE]);
        return true;
    }
    if (strcmp(key, "coach_sd") == 0)
        same_one(s, key, 0,
                 json_object_get(json_array_get(json_object_get(doc, "random"), 0), "sd"), want,
                 tolerances[LOOSE]);
    else if (strcmp(key, "singular") == 0)
        same_one(s, key, 0,
                 json_boolean(strcmp(json_string_value(at(doc, "info.state")), key) == 0), want, 0);
    else if (strcmp(key, "reml_loglik") == 0) {
        json_t *ours = json_real(-json_number_value(at(doc, "criterion.value")) / 2);
        same_one(s, key, 0, ours, want, tolerances[CLOSED]);
        json_decref(ours);
    } else {
        return strcmp(key, "se_kr") == 0 || strcmp(key, "df_kr") == 0; /* of another command */
    }
    return true;
}

/* Wald statistics are squares there. */
static void compare_squares(score *s, json_t *doc, json_t *want)
{
    size_t i;
    json_t *term, *values = json_array();
    json_array_foreach(json_object_get(doc, "terms"), i, term)
    {
        double z = json_number_value(json_object_get(term, "statistic"));
        (void)json_array_append_new(values, json_real(z * z));
    }
    same(s, "wald", values, want, tolerances[LOOSE]);
    json_decref(values);
}

/* "cif_event1", "cif_event2_se": every group's values of one cause, at the times asked for. */
static bool compare_incidence(score *s, json_t *doc, const char *key, json_t *want)
{
    size_t i;
    json_t *stratum;
    if (strncmp(key, "cif_event", 9) != 0)
        return false;
    size_t cause = (size_t)(key[9] - '1');
    json_t *values = json_array();
    json_array_foreach(json_object_get(doc, "strata"), i, stratum)
    {
        json_t *curve = json_array_get(json_object_get(stratum, "causes"), cause);
        flatten(json_object_get(curve, strstr(key, "_se") ? "se" : "cif"), values);
    }
    same(s, key, values, want, tolerances[CLOSED]);
    json_decref(values);
    return true;
}

static void compare_key(score *s, const place *map, json_t *doc, const char *key, json_t *want)
{
    while (map->key && strcmp(map->key, key) != 0)
        map++;
    ck_assert_msg(map->key != NULL, "%s: the test does not know \"%s\"", s->name, key);
    if (map->list) {
        json_t *values = column(at(doc, map->list), map->path);
        same(s, key, values, want, tolerances[map->tol]);
        json_decref(values);
    } else {
        same(s, key, at(doc, map->path), want, tolerances[map->tol]);
    }
}

static void compare(score *s, json_t *doc, json_t *expect)
{
    const char *key;
    json_t *want;
    const char *model = json_string_value(json_object_get(doc, "model"));
    const place *map = strcmp(model, "km") == 0    ? km_map
                       : strcmp(model, "cif") == 0 ? cif_map
                       : strcmp(model, "gee") == 0 ? glm_map
                       : strcmp(model, "glm") == 0 ? glm_map
                       : strcmp(model, "lmm") == 0 ? lmm_map
                                                   : cox_map;
    if (map == glm_map && json_object_get(expect, "df"))
        map = corrected_map;
    json_object_foreach(expect, key, want)
    {
        if (strcmp(key, "zph_transform") == 0 || strcmp(key, "times") == 0 ||
            strcmp(key, "tolerance") == 0 || compare_incidence(s, doc, key, want))
            continue;
        if (map == lmm_map && compare_mixed(s, doc, key, want))
            continue;
        if (strcmp(key, "loglik") == 0) {
            same(s, "loglik null", at(doc, "loglik.null"), json_array_get(want, 0), 1e-6);
            same(s, "loglik fitted", at(doc, "loglik.fitted"), json_array_get(want, 1), 1e-6);
        } else if (strcmp(key, "wald") == 0 && map == glm_map) {
            compare_squares(s, doc, want);
        } else {
            compare_key(s, map, doc, key, want);
        }
    }
}

static json_t *run(const char *name, const char *const *args)
{
    json_error_t error;
    FP_BUF_SCOPED(out, 64 * FP_MIB);
    int code = fp_run_binary(args, &out);
    ck_assert_msg(code == 0, "%s: exit code %d", name, code);
    json_t *doc = json_loadb(out.p, out.n, 0, &error);
    ck_assert_msg(doc != NULL, "%s: not JSON: %s", name, error.text);
    return doc;
}

/* Kenward and Roger's columns; args[n] is NULL, with two places behind it. */
static void compare_kr(score *s, const char **args, int n, json_t *expect)
{
    args[n] = "--df";
    args[n + 1] = "kr";
    args[n + 2] = NULL;
    json_t *doc = run(s->name, args);
    compare_key(s, kr_map, doc, "se_kr", json_object_get(expect, "se_kr"));
    compare_key(s, kr_map, doc, "df_kr", json_object_get(expect, "df_kr"));
    json_decref(doc);
    args[n] = NULL;
}

static void run_case(const char *name, json_t *spec)
{
    enum { MOST = 24 };
    const char *args[MOST];
    char path[1024];
    int n = 0;
    size_t i;
    json_t *word;
    score s = {name, 15, "", ""};
    json_array_foreach(json_object_get(spec, "cmd"), i, word)
    {
        ck_assert(n < MOST - 5);
        args[n++] = json_string_value(word);
    }
    (void)snprintf(path, sizeof path, DATA "%s", args[1]);
    args[1] = path;
    args[n++] = "--json";
    args[n++] = "--quiet";
    args[n] = NULL;
    json_t *doc = run(name, args);
    compare(&s, doc, json_object_get(spec, "expect"));
    json_decref(doc);
    if (json_object_get(json_object_get(spec, "expect"), "df_kr"))
        compare_kr(&s, args, n, json_object_get(spec, "expect"));
    ck_assert_msg(!s.bad[0], "%s: %s", name, s.bad);
    say_good(&s, args);
}

enum { CASES = 33 };

START_TEST(case_agrees)
{
    json_t *cases = load(DATA "cases.json"), *spec;
    const char *name;
    int i = 0;
    ck_assert_uint_eq(json_object_size(cases), CASES);
    json_object_foreach(cases, name, spec)
    {
        if (i++ == _i)
            run_case(name, spec);
    }
    json_decref(cases);
}
END_TEST

/* ---- few clusters ---- */

#define FEW DATA "fewclusters.csv"

static void compare_exact(score *s, json_t *doc, json_t *exact)
{
    const char *effect;
    json_t *want, *row;
    size_t i;
    json_object_foreach(exact, effect, want)
    {
        bool found = false;
        json_array_foreach(json_object_get(doc, "permutation"), i, row)
        {
            if (strcmp(json_string_value(json_object_get(row, "effect")), effect) != 0)
                continue;
            found = true;
            same(s, effect, json_object_get(row, "allocations"),
                 json_object_get(want, "allocations"), 0);
            same(s, effect, json_object_get(row, "at_least_as_far"),
                 json_object_get(want, "at_least_as_far"), 0);
            same(s, effect, json_object_get(row, "p"), json_object_get(want, "p"), 1e-12);
            same(s, effect, json_object_get(row, "statistic"), json_object_get(want, "statistic"),
                 1e-10);
        }
        ck_assert_msg(found, "no permutation test of %s", effect);
    }
}

START_TEST(permutation_agrees)
{
    static const char *const args[] = {"cox",
                                       FEW,
                                       "--formula",
                                       "Surv(day, event) ~ ips + pa + cluster(coach)",
                                       "--randomised",
                                       "ips * pa | coach",
                                       "--json",
                                       "--quiet",
                                       NULL};
    score s = {"few clusters, exact tests", 15, "", ""};
    json_t *want = load(DATA "fewclusters.json"), *doc = run(s.name, args);
    compare_exact(&s, doc, json_object_get(want, "exact"));
    ck_assert_msg(!s.bad[0], "%s", s.bad);
    /* The interaction is there too, and says what it is. */
    json_t *row = json_array_get(json_object_get(doc, "permutation"), 3);
    ck_assert_str_eq(json_string_value(json_object_get(row, "effect")), "ips:pa");
    ck_assert(json_is_false(json_object_get(row, "exact")));
    ck_assert(strstr(json_string_value(json_object_get(row, "null")), "approximate") != NULL);
    say_good(&s, args);
    json_decref(doc);
    json_decref(want);
}
END_TEST

static const char *const corrections[] = {"md", "kc", "fg", "mbn"};

static void compare_sandwich(json_t *want, const char *method)
{
    char formula[128], key[16];
    const char *time = json_string_value(json_object_get(want, "time"));
    bool product = json_array_size(json_object_get(want, "term")) == 3;
    (void)snprintf(formula, sizeof formula, "Surv(%s, event) ~ ips %s pa + cluster(coach)", time,
                   product ? "*" : "+");
    const char *const args[] = {"cox",  FEW,      "--formula", formula, "--small-sample",
                                method, "--json", "--quiet",   NULL};
    score s = {"few clusters, corrected", 15, "", ""};
    json_t *doc = run(s.name, args), *terms = at(doc, "small_sample.terms"), *value;
    double tol = strcmp(time, "day") == 0 ? 1e-5 : 1e-6;
    (void)snprintf(key, sizeof key, "se_%s", method);
    value = column(terms, "se");
    same(&s, key, value, json_object_get(want, key), tol);
    json_decref(value);
    (void)snprintf(key, sizeof key, "p_%s", method);
    value = column(terms, "p");
    same(&s, key, value, json_object_get(want, key), 10 * tol);
    json_decref(value);
    value = column(json_object_get(doc, "terms"), "estimate");
    same(&s, "estimate", value, json_object_get(want, "estimate"), tol);
    json_decref(value);
    same(&s, "df", at(json_array_get(terms, 0), "df"), json_object_get(want, "df"), 1e-9);
    ck_assert_msg(!s.bad[0], "%s %s: %s", formula, method, s.bad);
    say_good(&s, args);
    json_decref(doc);
}

START_TEST(sandwich_agrees)
{
    json_t *want = load(DATA "fewclusters.json");
    json_t *list = json_object_get(want, "sandwich");
    ck_assert_uint_eq(json_array_size(list), 4);
    compare_sandwich(json_array_get(list, (size_t)_i / 4), corrections[_i % 4]);
    json_decref(want);
}
END_TEST

int main(int argc, char **argv)
{
    as_table = argc > 1 && strcmp(argv[1], "--table") == 0;
    Suite *suite = suite_create("reference");
    TCase *cases = tcase_create("R");
    tcase_add_loop_test(cases, case_agrees, 0, CASES);
    tcase_add_test(cases, permutation_agrees);
    tcase_add_loop_test(cases, sandwich_agrees, 0, 16);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, as_table ? CK_SILENT : CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
