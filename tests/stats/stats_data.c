#include "stats_data.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/num.h"

#define MOST ((size_t)8 << 20)

static void stop_test(const char *what, const char *which)
{
    fprintf(stderr, "%s: %s\n", what, which);
    abort();
}

static char *read_text(const char *file, fp_arena *arena)
{
    char path[512];
    snprintf(path, sizeof path, FP_TEST_DATA "/stats/%s", file);
    fp_str text;
    fp_err err;
    if (fp_file_read(path, MOST, arena, &text, &err) != FP_OK)
        stop_test("cannot read", path);
    char *copy = fp_str_dup(arena, text, &err);
    if (!copy)
        stop_test("no memory for", path);
    return copy;
}

static void *get(fp_arena *arena, ptrdiff_t n, size_t size)
{
    void *p = fp_arena_array(arena, n, size, NULL);
    if (!p)
        stop_test("no memory", "");
    return p;
}

static double number(const char *text)
{
    double x;
    if (strcmp(text, "nan") == 0)
        return FP_NUM_NAN;
    if (!fp_num_parse(fp_str_of(text), '.', &x))
        stop_test("not a number", text);
    return x;
}

static ptrdiff_t count(const char *text, char what)
{
    ptrdiff_t n = 0;
    for (; *text; text++)
        n += *text == what;
    return n;
}

test_table test_table_read(const char *file, fp_arena *arena)
{
    char *text = read_text(file, arena);
    test_table t = {.n = count(text, '\n') - 1};
    char *line = strsep(&text, "\n");
    t.columns = count(line, ',') + 1;
    t.name = get(arena, t.columns, sizeof *t.name);
    t.value = get(arena, t.columns, sizeof *t.value);
    for (ptrdiff_t j = 0; j < t.columns; j++) {
        t.name[j] = strsep(&line, ",");
        t.value[j] = get(arena, t.n, sizeof **t.value);
    }
    for (ptrdiff_t i = 0; i < t.n; i++) {
        line = strsep(&text, "\n");
        for (ptrdiff_t j = 0; j < t.columns; j++)
            t.value[j][i] = number(strsep(&line, ","));
    }
    return t;
}

double *test_column(const test_table *t, const char *name)
{
    for (ptrdiff_t j = 0; j < t->columns; j++)
        if (strcmp(t->name[j], name) == 0)
            return t->value[j];
    stop_test("no column", name);
    return NULL;
}

int32_t *test_codes(const test_table *t, const char *name, fp_arena *arena)
{
    const double *from = test_column(t, name);
    int32_t *codes = get(arena, t->n, sizeof *codes);
    for (ptrdiff_t i = 0; i < t->n; i++)
        codes[i] = (int32_t)from[i];
    return codes;
}

double *test_matrix(const test_table *t, const char *names, ptrdiff_t *p, fp_arena *arena)
{
    char *rest = fp_arena_strdup(arena, names, NULL);
    if (!rest)
        stop_test("no memory", "");
    *p = count(names, ' ') + 1;
    double *x = get(arena, t->n * *p, sizeof *x);
    for (ptrdiff_t j = 0; j < *p; j++)
        memcpy(x + t->n * j, test_column(t, strsep(&rest, " ")), (size_t)t->n * sizeof *x);
    return x;
}

test_expected *test_expected_read(const char *file, ptrdiff_t *lines, fp_arena *arena)
{
    char *text = read_text(file, arena);
    *lines = count(text, '\n');
    test_expected *all = get(arena, *lines, sizeof *all);
    for (ptrdiff_t k = 0; k < *lines; k++) {
        char *line = strsep(&text, "\n");
        all[k].n = count(line, ' ') - 1;
        all[k].group = strsep(&line, " ");
        all[k].what = strsep(&line, " ");
        all[k].value = get(arena, all[k].n, sizeof *all[k].value);
        for (ptrdiff_t i = 0; i < all[k].n; i++)
            all[k].value[i] = number(strsep(&line, " "));
    }
    return all;
}

double test_digits(double got, double want, double floor)
{
    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want) ? 17 : 0;
    double error = fabs(got - want) / fmax(fabs(want), floor);
    return error > 0 ? fmax(0, fmin(17, -log10(error))) : 17;
}

void test_must(const test_expected *expected, ptrdiff_t lines, const char *group, const char *what,
               const double *got, ptrdiff_t n, double floor, double least)
{
    for (ptrdiff_t k = 0; k < lines; k++) {
        const test_expected *e = &expected[k];
        if (strcmp(e->group, group) != 0 || strcmp(e->what, what) != 0)
            continue;
        ck_assert_msg(e->n == n, "%s %s: %td values, R has %td", group, what, n, e->n);
        for (ptrdiff_t i = 0; i < n; i++)
            ck_assert_msg(test_digits(got[i], e->value[i], floor) >= least,
                          "%s %s[%td]: %.17g, R has %.17g", group, what, i, got[i], e->value[i]);
        return;
    }
    ck_abort_msg("%s %s: no such line", group, what);
}
