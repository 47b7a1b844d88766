/* The linear regressions of NIST's Statistical Reference Datasets, through the whole program. The
 * certified values (tests/data/nist/linear/exact.json) are those of exact rational arithmetic. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>
#include <jansson.h>

#include "binary.h"
#include "run_suite.h"

#define DATA FP_TEST_DATA "/nist/linear/"

typedef struct {
    const char *name, *formula;
    double estimate, se, residual_sd; /* digits that must agree */
} set;

#define QUINTIC "y ~ x + I(x^2) + I(x^3) + I(x^4) + I(x^5)"

static const set sets[] = {
    {"norris", "y ~ x", 13, 13, 13},
    {"pontius", "y ~ x + I(x^2)", 13, 13, 13},
    {"noint1", "y ~ x - 1", 14, 14, 14},
    {"noint2", "y ~ x - 1", 14, 14, 14},
    {"filip",
     "y ~ x + I(x^2) + I(x^3) + I(x^4) + I(x^5) + I(x^6) + I(x^7) + I(x^8) + I(x^9) + I(x^10)", 7,
     7, 9},
    {"longley", "y ~ x1 + x2 + x3 + x4 + x5 + x6", 14, 13, 14},
    {"wampler1", QUINTIC, 14, 14, 14},
    {"wampler2", QUINTIC, 13, 14, 14},
    {"wampler3", QUINTIC, 14, 10, 14},
    {"wampler4", QUINTIC, 14, 10, 14},
    {"wampler5", QUINTIC, 14, 10, 14},
};

/* Digits in which `got` agrees; of a certified 0 those below 1. */
static double digits(double got, double want)
{
    double error = want == 0 ? fabs(got) : fabs(got - want) / fabs(want);
    return error > 0 ? fmin(-log10(error), 15) : 15;
}

static double worst(json_t *terms, const char *key, json_t *want)
{
    size_t i;
    json_t *value;
    double least = 15;
    ck_assert_uint_eq(json_array_size(terms), json_array_size(want));
    json_array_foreach(want, i, value)
    {
        double got = json_number_value(json_object_get(json_array_get(terms, i), key));
        least = fmin(least, digits(got, json_number_value(value)));
    }
    return least;
}

START_TEST(agrees_with_the_certified_values)
{
    const set *s = &sets[_i];
    char file[512];
    json_error_t error;
    FP_BUF_SCOPED(out, FP_MIB);
    json_t *all = json_load_file(DATA "exact.json", 0, &error);
    ck_assert_msg(all != NULL, "%s", error.text);
    json_t *want = json_object_get(all, s->name);
    (void)snprintf(file, sizeof file, DATA "%s.csv", s->name);
    const char *args[] = {"glm", file, "--formula", s->formula, "--json", "--quiet", NULL};
    ck_assert_int_eq(fp_run_binary(args, &out), 0);
    json_t *doc = json_loadb(out.p, out.n, 0, &error);
    ck_assert_msg(doc != NULL, "%s", error.text);
    json_t *terms = json_object_get(doc, "terms");
    double estimate = worst(terms, "estimate", json_object_get(want, "estimate"));
    double se = worst(terms, "se", json_object_get(want, "se"));
    double sd = digits(sqrt(json_number_value(json_object_get(doc, "dispersion"))),
                       json_number_value(json_object_get(want, "residual_sd")));
    (void)printf("%-9s %4.1f %4.1f %4.1f digits\n", s->name, estimate, se, sd);
    ck_assert_double_ge(estimate, s->estimate);
    ck_assert_double_ge(se, s->se);
    ck_assert_double_ge(sd, s->residual_sd);
    json_decref(doc);
    json_decref(all);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nist");
    TCase *tc = tcase_create("linear");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, agrees_with_the_certified_values, 0, (int)(sizeof sets / sizeof *sets));
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
