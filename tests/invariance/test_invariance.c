/* Answers that may not change when the table is written otherwise: rows in another order, weights
 * as copies of rows, time that begins or runs otherwise. Through the built command, on tables made
 * here. */
#define CK_FLOATING_DIG 17
#include <check.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "reference/binary.h"
#include "run_suite.h"

enum { ROWS = 180 };

/* ---- tables ---- */

typedef struct {
    int start, stop, cause, arm, site, cluster, weight;
    double x;
} person;

/* How a table is written: `order` of the rows, each `copies` its weight or once; time is
 * scale * time + shift. */
typedef struct {
    bool reversed, shuffled, copies;
    double shift, scale;
} writing;

static const writing AS_IT_IS = {.scale = 1};

/* Ties, late entries, two causes; the same rows every time. */
static void make_rows(person *people)
{
    fp_rng rng;
    fp_rng_init(&rng, 17, FP_RNG_TEST, 0);
    for (int i = 0; i < ROWS; i++) {
        person *r = &people[i];
        r->start = fp_rng_below(&rng, 3) == 0 ? 1 + (int)fp_rng_below(&rng, 6) : 0;
        r->stop = r->start + 1 + (int)fp_rng_below(&rng, 20);
        r->cause = (int)fp_rng_below(&rng, 4) % 3;
        r->arm = (int)fp_rng_below(&rng, 2);
        r->site = (int)fp_rng_below(&rng, 3);
        r->cluster = (int)fp_rng_below(&rng, 45);
        r->weight = 1 + (int)fp_rng_below(&rng, 3);
        r->x = round(1000 * fp_rng_unit(&rng)) / 500 + r->arm - 0.02 * r->stop;
    }
}

static void write_row(FILE *out, const person *r, const writing *how)
{
    (void)fprintf(out, "%.17g,%.17g,%.17g,%d,%d,%s,%d,c%d,%d,%.17g\n",
                  how->scale * r->start + how->shift, how->scale * r->stop + how->shift,
                  how->scale * (r->stop - r->start) + how->shift, r->cause == 1, r->cause,
                  r->arm ? "with" : "without", r->site, r->cluster, r->weight, r->x);
}

static void write_table(const char *path, const writing *how)
{
    person people[ROWS];
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    make_rows(people);
    (void)fprintf(out, "start,stop,time,event,cause,arm,site,cluster,w,x\n");
    for (int i = 0; i < ROWS; i++) {
        /* 77 has no factor in common with ROWS: every row once */
        const person *r = &people[how->shuffled   ? (i * 77 + 5) % ROWS
                                  : how->reversed ? ROWS - 1 - i
                                                  : i];
        for (int k = 0; k < (how->copies ? r->weight : 1); k++)
            write_row(out, r, how);
    }
    ck_assert_int_eq(fclose(out), 0);
}

/* ---- comparing ---- */

typedef struct {
    const char *command;        /* for the message */
    const char *const *skipped; /* keys */
    const writing *how;         /* keys `time` are mapped by it */
    double tolerance;
    int numbers; /* compared */
} comparison;

static void same_json(comparison *c, const char *key, json_t *a, json_t *b);

static void same_number(comparison *c, const char *key, double a, double b)
{
    static const char *const times[] = {"time", "median", "horizon", NULL};
    for (int i = 0; times[i]; i++)
        if (strcmp(key, times[i]) == 0)
            a = c->how->scale * a + c->how->shift;
    c->numbers++;
    ck_assert_msg(fabs(a - b) <= c->tolerance * fmax(1e-3, fabs(a)),
                  "%s: %s is %.17g and then %.17g", c->command, key, a, b);
}

static void same_object(comparison *c, json_t *a, json_t *b, const char *above)
{
    const char *key;
    json_t *value;
    json_object_foreach(a, key, value)
    {
        bool skip = false;
        for (int i = 0; c->skipped[i]; i++)
            skip = skip || strcmp(key, c->skipped[i]) == 0;
        if (!skip) /* the parts of a median are times */
            same_json(c, strcmp(above, "median") == 0 ? above : key, value,
                      json_object_get(b, key));
    }
}

static void same_json(comparison *c, const char *key, json_t *a, json_t *b)
{
    size_t i;
    json_t *item;
    ck_assert_msg(b && json_typeof(a) == json_typeof(b), "%s: %s is another kind of value",
                  c->command, key);
    if (json_is_object(a)) {
        same_object(c, a, b, key);
    } else if (json_is_array(a)) {
        ck_assert_msg(json_array_size(a) == json_array_size(b), "%s: %s has other elements",
                      c->command, key);
        json_array_foreach(a, i, item) same_json(c, key, item, json_array_get(b, i));
    } else if (json_is_number(a)) {
        same_number(c, key, json_number_value(a), json_number_value(b));
    } else {
        ck_assert_msg(json_equal(a, b), "%s: another %s", c->command, key);
    }
}

/* ---- commands ---- */

static json_t *answer(const char *name, const char *path, const char *formula,
                      const char *const *more)
{
    const char *args[16] = {name, path, "--json", "--quiet", "--formula", formula};
    json_error_t error;
    FP_BUF_SCOPED(out, 16 * FP_MIB);
    for (int i = 0; more[i]; i++)
        args[6 + i] = more[i];
    ck_assert_msg(fp_run_binary(args, &out) == 0, "%s %s", name, formula);
    json_t *doc = json_loadb(out.p, out.n, 0, &error);
    ck_assert_msg(doc != NULL, "%s %s: %s", name, formula, error.text);
    return doc;
}

typedef struct {
    const char *name, *formula;
    const char *more[6];
} command;

static void compare(const command *plain, const command *other, const writing *how,
                    const char *const *skipped, double tolerance)
{
    char a[] = P_tmpdir "/fp-invariance-a-XXXXXX.csv", b[] = P_tmpdir "/fp-invariance-b-XXXXXX.csv";
    int fa = mkstemps(a, 4), fb = mkstemps(b, 4);
    ck_assert(fa >= 0 && fb >= 0);
    (void)close(fa);
    (void)close(fb);
    write_table(a, &AS_IT_IS);
    write_table(b, how);
    comparison c = {plain->formula, skipped, how, tolerance, 0};
    json_t *one = answer(plain->name, a, plain->formula, plain->more);
    json_t *two = answer(other->name, b, other->formula, other->more);
    same_json(&c, "result", one, two);
    ck_assert_int_gt(c.numbers, 10);
    json_decref(one);
    json_decref(two);
    (void)unlink(a);
    (void)unlink(b);
}

/* ---- rows in another order ---- */

/* What may differ: where the numbers come from, and how many steps they took. */
static const char *const origin[] = {"provenance", "iterations", NULL};

static const command any_order[] = {
    {"cox", "Surv(time, event) ~ arm + x", {NULL}},
    {"cox", "Surv(time, event) ~ arm * x + strata(site)", {"--ties", "breslow", NULL}},
    {"cox", "Surv(start, stop, event) ~ arm + x + cluster(cluster)", {"--ph", "rank", NULL}},
    {"cox", "Surv(time, event) ~ arm + offset(x)", {"--weights", "w", "--robust", NULL}},
    {"cif", "Surv(time, cause) ~ arm + strata(site)", {"--times", "4,12", NULL}},
    {"cif", "Surv(start, stop, cause) ~ arm", {NULL}},
    {"finegray", "Surv(time, cause) ~ arm + x", {"--event", "1", NULL}},
    {"finegray", "Surv(time, cause) ~ arm + x + cluster(cluster)", {"--event", "2", NULL}},
    {"km", "Surv(time, event) ~ arm + site", {"--weights", "w", NULL}},
    {"km", "Surv(start, stop, event) ~ site", {"--conf-type", "log-log", NULL}},
    {"km", "Surv(time, event) ~ arm + strata(site)", {"--rho", "1", "--rmst", "12", NULL}},
};
enum { ANY_ORDER = sizeof any_order / sizeof *any_order };

START_TEST(order_of_rows)
{
    static const writing reversed = {.reversed = true, .scale = 1};
    static const writing shuffled = {.shuffled = true, .scale = 1};
    const command *one = &any_order[_i];
    compare(one, one, &reversed, origin, 1e-10);
    compare(one, one, &shuffled, origin, 1e-10);
}
END_TEST

/* ---- weights are copies ---- */

/* Rows are counted, and the error of concordance and the time scale of the proportional-hazards
 * test go by row, as in R: with copies there are more rows. */
static const char *const by_row[] = {
    "provenance",  "iterations",           "n", "dropped", "events",
    "concordance", "proportional_hazards", NULL};

/* Efron's method is not here: it tells three ties of weight 1 from one of weight 3. */
static const struct {
    command weighted, copied;
} as_copies[] = {
    {{"cox", "Surv(time, event) ~ arm + x", {"--ties", "breslow", "--weights", "w", NULL}},
     {"cox", "Surv(time, event) ~ arm + x", {"--ties", "breslow", NULL}}},
    {{"cox",
      "Surv(start, stop, event) ~ arm + x + strata(site) + cluster(cluster)",
      {"--ties", "breslow", "--weights", "w", NULL}},
     {"cox",
      "Surv(start, stop, event) ~ arm + x + strata(site) + cluster(cluster)",
      {"--ties", "breslow", NULL}}},
    {{"km", "Surv(time, event) ~ arm", {"--weights", "w", NULL}},
     {"km", "Surv(time, event) ~ arm", {NULL}}},
    {{"km", "Surv(start, stop, event) ~ site", {"--weights", "w", NULL}},
     {"km", "Surv(start, stop, event) ~ site", {NULL}}},
};
enum { AS_COPIES = sizeof as_copies / sizeof *as_copies };

START_TEST(weights_are_copies)
{
    static const writing copies = {.copies = true, .scale = 1};
    compare(&as_copies[_i].weighted, &as_copies[_i].copied, &copies, by_row, 1e-9);
}
END_TEST

/* ---- time that begins or runs otherwise ---- */

static const command any_start[] = {
    {"cox", "Surv(start, stop, event) ~ arm + x + strata(site)", {NULL}},
    {"cox", "Surv(start, stop, event) ~ arm * x + cluster(cluster)", {"--ph", "rank", NULL}},
    {"km", "Surv(start, stop, event) ~ arm", {NULL}},
    {"cif", "Surv(start, stop, cause) ~ arm", {NULL}},
};
enum { ANY_START = sizeof any_start / sizeof *any_start };

START_TEST(time_shifted)
{
    static const writing later = {.shift = 30, .scale = 1};
    static const writing weeks = {.shift = 0, .scale = 1.0 / 7};
    compare(&any_start[_i], &any_start[_i], &later, origin, 1e-10);
    compare(&any_start[_i], &any_start[_i], &weeks, origin, 1e-10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("invariance");
    TCase *cases = tcase_create("table");
    tcase_add_loop_test(cases, order_of_rows, 0, ANY_ORDER);
    tcase_add_loop_test(cases, weights_are_copies, 0, AS_COPIES);
    tcase_add_loop_test(cases, time_shifted, 0, ANY_START);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
