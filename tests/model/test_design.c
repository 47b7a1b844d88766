/* Design matrices against R's, and every way in which a table and a formula do not fit. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/file.h"
#include "base/num.h"
#include "model/design.h"
#include "run_suite.h"

#define LIMIT (256 * FP_MIB)

TEST_ARENA(LIMIT);

static const fp_table *read_text(const char *text)
{
    const fp_table *table = NULL;
    fp_err err;
    if (fp_table_read_text("t.csv", fp_str_of(text), NULL, arena, &table, &err) != FP_OK)
        ck_abort_msg("%s", err.message);
    return table;
}

static fp_status build(const char *text, const fp_table *table, const fp_design_options *options,
                       fp_design *design, fp_err *err)
{
    const fp_formula *formula;
    fp_status status = fp_formula_parse(text, arena, &formula, err);
    return status ? status : fp_design_build(formula, table, options, arena, design, err);
}

static fp_design must_build(const char *text, const fp_table *table,
                            const fp_design_options *options)
{
    fp_design design;
    fp_err err;
    if (build(text, table, options, &design, &err) != FP_OK)
        ck_abort_msg("%s: %s", text, err.message);
    return design;
}

/* ---- R's answers, line by line: a word, then what it holds */

typedef struct {
    const char *text;
    fp_design design;
    ptrdiff_t terms, columns;
} expected;

static const char *next_word(char **rest)
{
    while (**rest == ' ')
        (*rest)++;
    char *word = *rest;
    while (**rest && **rest != ' ')
        (*rest)++;
    if (**rest)
        *(*rest)++ = '\0';
    return word;
}

static double next_number(char **rest)
{
    double value = 0;
    const char *word = next_word(rest);
    if (!fp_num_parse(fp_str_of(word), '.', &value))
        ck_abort_msg("\"%s\" is not a number", word);
    return value;
}

/* Both sides compute the same expressions in double precision. */
static void same_numbers(const expected *e, const char *what, char *rest, const double *got)
{
    ck_assert_msg(got != NULL, "%s: no %s", e->text, what);
    for (ptrdiff_t i = 0; i < e->design.n; i++) {
        double want = next_number(&rest);
        ck_assert_msg(fabs(want - got[i]) <= 1e-14 * fabs(want),
                      "%s: %s, row %td: %.17g, not %.17g", e->text, what, i, got[i], want);
    }
}

static void same_codes(const expected *e, const char *what, char *rest, const int32_t *got)
{
    ck_assert_msg(got != NULL, "%s: no %s", e->text, what);
    for (ptrdiff_t i = 0; i < e->design.n; i++) {
        int want = (int)next_number(&rest);
        ck_assert_msg(want == got[i], "%s: %s, row %td: %d, not %d", e->text, what, i, got[i],
                      want);
    }
}

static void same_column(expected *e, char *rest)
{
    ptrdiff_t j = e->columns++;
    int term = (int)next_number(&rest);
    char *name = rest;
    name[strlen(name) - 1] = '\0'; /* R's cat() ends the line with a space */
    ck_assert_msg(j < e->design.p, "%s: %td columns", e->text, e->design.p);
    ck_assert_str_eq(e->design.column[j], name);
    ck_assert_msg(e->design.column_term[j] == term, "%s: term of %s", e->text, name);
}

static void check_line(expected *e, const char *word, char *rest, const fp_table *table)
{
    const fp_design *d = &e->design;
    if (strcmp(word, "formula") == 0) {
        *e = (expected){.text = rest, .design = must_build(rest, table, NULL)};
    } else if (strcmp(word, "deparse") == 0) {
        /* R writes . out */
        ck_assert(strchr(rest, '.') || strcmp(d->text, rest) == 0);
    } else if (strcmp(word, "rows") == 0) {
        ck_assert_int_eq(d->n, (int)next_number(&rest));
        ck_assert_int_eq(d->dropped, (int)next_number(&rest));
    } else if (strcmp(word, "term") == 0) {
        ck_assert_msg(e->terms < d->terms, "%s: %d terms", e->text, d->terms);
        ck_assert_str_eq(d->term[e->terms++], rest);
    } else if (strcmp(word, "column") == 0) {
        same_column(e, rest);
    } else if (strcmp(word, "values") == 0) {
        same_numbers(e, "column", rest, d->x + (e->columns - 1) * d->n);
    } else if (strcmp(word, "stratum") == 0) {
        same_codes(e, word, rest, d->stratum);
    } else if (strcmp(word, "event") == 0) {
        same_codes(e, word, rest, d->event);
    } else if (strcmp(word, "offset") == 0) {
        same_numbers(e, word, rest, d->offset);
    } else if (strcmp(word, "stop") == 0) {
        same_numbers(e, word, rest, d->stop);
    } else if (strcmp(word, "start") == 0) {
        same_numbers(e, word, rest, d->start);
    } else {
        ck_assert_str_eq(word, "end");
        ck_assert_msg(e->terms == d->terms, "%s: %d terms", e->text, d->terms);
        ck_assert_msg(e->columns == d->p, "%s: %td columns", e->text, d->p);
    }
}

static const fp_table *r_table(void)
{
    const fp_table *table;
    ck_assert_int_eq(fp_table_read(FP_TEST_DATA "/model/design.csv", NULL, arena, &table, NULL),
                     FP_OK);
    return table;
}

static char *lines_of(const char *path)
{
    fp_str file;
    ck_assert_int_eq(fp_file_read(path, FP_MIB, arena, &file, NULL), FP_OK);
    return fp_str_dup(arena, file, NULL);
}

static char *next_line(char **rest)
{
    char *line = *rest, *end = strchr(line, '\n');
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    *rest = end + 1;
    return line;
}

START_TEST(test_matrix_as_r)
{
    const fp_table *table = r_table();
    expected e = {0};
    int cases = 0;
    for (char *rest = lines_of(FP_TEST_DATA "/model/design.expected"); *rest;) {
        char *line = next_line(&rest);
        char *tail = strchr(line, ' ');
        if (tail)
            *tail++ = '\0';
        check_line(&e, line, tail ? tail : line + strlen(line), table);
        cases += strcmp(line, "end") == 0;
    }
    ck_assert_int_ge(cases, 70);
}
END_TEST

START_TEST(test_groups_as_r)
{
    const fp_table *table = r_table();
    const fp_design_options options = {.groups_only = true};
    fp_design d = {0};
    int32_t g = 0;
    for (char *rest = lines_of(FP_TEST_DATA "/model/groups.expected"); *rest;) {
        char *line = next_line(&rest);
        if (strncmp(line, "formula ", 8) == 0) {
            d = must_build(line + 8, table, &options);
            g = 0;
        } else if (strcmp(line, "end") == 0) {
            ck_assert_int_eq(g, d.groups);
            ck_assert_int_eq(d.p, 0);
        } else {
            char *tail = line + 6;
            int count = (int)next_number(&tail);
            tail[strlen(tail) - 1] = '\0';
            ck_assert_int_lt(g, d.groups);
            ck_assert_str_eq(d.group_label[g], tail);
            for (ptrdiff_t i = 0; i < d.n; i++)
                count -= d.group[i] == g;
            ck_assert_int_eq(count, 0);
            g++;
        }
    }
}
END_TEST

/* ---- roles */

static const char small[] = "time,event,status,sex,arm,site,w,id,start,day,when,flag,note\n"
                            "1,1,2,f,A,10,1,p1,0,0.5,2021-01-05,TRUE,x\n"
                            "2,0,1,m,B,2,2,p2,0,1,2021-01-04,FALSE,x\n"
                            "3,1,2,f,A,2,1,p1,1,1.5,2021-01-04,TRUE,x\n"
                            "4,0,1,m,B,10,2,p3,2,2,2021-01-05,TRUE,x\n"
                            "5,1,2,m,A,2,0.5,p2,,2.5,2021-01-06,FALSE,x\n";

START_TEST(test_strata_and_clusters)
{
    const fp_table *t = read_text(small);
    fp_design d = must_build("Surv(time, event) ~ sex + strata(site, arm) + cluster(id)", t, NULL);
    static const int32_t stratum[] = {2, 1, 0, 3, 0}, cluster[] = {0, 1, 0, 2, 1};
    static const char *const label[] = {"site=2, arm=A", "site=2, arm=B", "site=10, arm=A",
                                        "site=10, arm=B"};
    ck_assert_int_eq(d.strata, 4);
    ck_assert_int_eq(d.clusters, 3);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(d.stratum[i], stratum[i]);
        ck_assert_int_eq(d.cluster[i], cluster[i]);
    }
    for (int k = 0; k < 4; k++)
        ck_assert_str_eq(d.stratum_label[k], label[k]);
    ck_assert_str_eq(d.cluster_name, "id");
    ck_assert_str_eq(d.cluster_label[2], "p3");
    ck_assert_int_eq(d.p, 1);
    ck_assert_int_eq(d.terms, 1);
    ck_assert_str_eq(d.column[0], "sexm");
    ck_assert_str_eq(d.response_label, "Surv(time, event)");
    /* the same in two terms, and by dates, which stand in order of time */
    d = must_build("Surv(time, event) ~ strata(site) + sex + strata(arm) + cluster(when)", t, NULL);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(d.stratum[i], stratum[i]);
    ck_assert_int_eq(d.clusters, 3);
    ck_assert_str_eq(d.cluster_label[0], "2021-01-04");
    ck_assert_int_eq(d.cluster[0], 1);
}
END_TEST

START_TEST(test_weights_and_dot)
{
    const fp_table *t = read_text("time,event,sex,w,id,age\n1,1,f,1,p1,3\n2,0,m,2,p2,4\n"
                                  "3,1,f,0.5,p1,5\n");
    const fp_design_options options = {.weights = "w", .cluster = "id"};
    fp_design d = must_build("Surv(time, event) ~ .", t, &options);
    ck_assert_int_eq(d.p, 2); /* neither the response nor weights and clusters */
    ck_assert_str_eq(d.column[0], "sexm");
    ck_assert_str_eq(d.column[1], "age");
    ck_assert_double_eq(d.weight[2], 0.5);
    ck_assert_int_eq(d.clusters, 2);
    ck_assert_str_eq(d.cluster_name, "id");
    ck_assert_int_eq(d.cluster[2], 0);
    d = must_build("Surv(time, event) ~ . - id - w", t, NULL);
    ck_assert_int_eq(d.p, 2);
    ck_assert_ptr_null(d.weight);
    ck_assert_ptr_null(d.cluster);
}
END_TEST

START_TEST(test_events)
{
    const fp_table *t = read_text(small);
    fp_design d = must_build("Surv(time, status) ~ sex", t, NULL);
    ck_assert(d.event_one_two);
    ck_assert_int_eq(d.event[0], 1);
    ck_assert_int_eq(d.event[1], 0);
    d = must_build("Surv(time, status == 2) ~ sex", t, NULL);
    ck_assert(!d.event_one_two);
    ck_assert_int_eq(d.event[0], 1);
    d = must_build("Surv(time, sex == \"f\") ~ 1", t, NULL);
    ck_assert_int_eq(d.event[0], 1);
    ck_assert_int_eq(d.event[1], 0);
    ck_assert_int_eq(d.p, 0);
    d = must_build("Surv(time, flag) ~ 1", t, NULL);
    ck_assert_int_eq(d.event[4], 0);
    d = must_build("Surv(time, status) ~ sex", t, &(fp_design_options){.competing = true});
    ck_assert(!d.event_one_two);
    ck_assert_int_eq(d.event[0], 2);
    /* a value that never occurs is no event, not a mistake */
    d = must_build("Surv(time, sex == \"x\") ~ 1", t, NULL);
    ck_assert_int_eq(d.event[0] + d.event[1] + d.event[2] + d.event[3] + d.event[4], 0);
    /* R's Surv() looks at the whole column: 2 stands only in a row without sex */
    t = read_text("time,status,sex\n1,1,f\n2,2,\n3,1,m\n");
    d = must_build("Surv(time, status) ~ sex", t, NULL);
    ck_assert(d.event_one_two);
    ck_assert_int_eq(d.event[0], 0);
    d = must_build("Surv(time, status) ~ 1", t, &(fp_design_options){.groups_only = true});
    ck_assert_str_eq(d.group_label[0], "all");
    ck_assert_int_eq(d.groups, 1);
}
END_TEST

START_TEST(test_rows_and_levels)
{
    const fp_table *t = read_text("y,x,f,g\n1,1,b,2\n2,,c,10\n3,3,a,2\n4,4,b,3\n5,5,NA,10\n");
    fp_design d = must_build("y ~ x + f + factor(g)", t, NULL);
    static const ptrdiff_t row[] = {0, 2, 3};
    ck_assert_int_eq(d.n, 3);
    ck_assert_int_eq(d.dropped, 2);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(d.row[i], row[i]);
    /* level c of f and level 10 of g have no row left */
    ck_assert_int_eq(d.p, 4);
    ck_assert_str_eq(d.column[0], "(Intercept)");
    ck_assert_int_eq(d.column_term[0], -1);
    ck_assert_str_eq(d.column[2], "fb");
    ck_assert_str_eq(d.column[3], "factor(g)3");
    ck_assert_int_eq(d.response, FP_RESPONSE_NUMBER);
    ck_assert_double_eq(d.stop[2], 4);
}
END_TEST

/* ---- mistakes */

typedef struct {
    const char *formula;
    const char *want; /* as fp_err_text writes it, up to the end of `want` */
    fp_design_options options;
} wrong;

static const wrong mistakes[] = {
    {"Surv(time, event) ~ agee",
     "formula, character 21: there is no column \"agee\" in t.csv (did you mean \"age\"?)",
     {0}},
    {"Surv(time, evnt) ~ age",
     "formula, character 12: there is no column \"evnt\" in t.csv (did you "
     "mean \"event\"?)",
     {0}},
    {"Surv(time, event) ~ log(Agee)", "formula, character 25: there is no column \"Agee\"", {0}},
    {"Surv(time, event) ~ income",
     "formula, character 21: there is no column \"income\" in t.csv "
     "(the columns are time, event, age, sex,",
     {0}},
    {"Surv(time, event) ~ age + frailty(site)",
     "formula, character 27: frailty() is not available for this model",
     {0}},
    {"Surv(time, event) ~ age + (1 | site)",
     "formula, character 30: random effects such as (1 | g) are not available",
     {0}},
    {"Surv(time, event) ~ ns(age, 3)", "formula, character 21: there is no function ns()", {0}},
    {"Surv(time, event) ~ log(age, 2)",
     "formula, character 21: log() takes one argument, not 2",
     {0}},
    {"Surv(time, event) ~ log()", "formula, character 21: log() takes one argument, not 0", {0}},
    {"Surv(time, event) ~ age:strata(sex)",
     "formula, character 25: strata() cannot be part of an interaction",
     {0}},
    {"Surv(time, event) ~ age * cluster(sex)",
     "formula, character 27: cluster() cannot be part of an interaction",
     {0}},
    {"Surv(time, event) ~ sex / offset(age)",
     "formula, character 27: offset() cannot be part of an interaction",
     {0}},
    {"Surv(time, event) ~ log(strata(sex))",
     "formula, character 25: strata() is a term of its own",
     {0}},
    {"Surv(time, event) ~ I(offset(age))",
     "formula, character 23: offset() is a term of its own",
     {0}},
    {"Surv(time, event) ~ strata()", "formula, character 21: strata() names no column", {0}},
    {"Surv(time, event) ~ cluster(sex, age)",
     "formula, character 21: cluster() takes one argument, not 2",
     {0}},
    {"Surv(time, event) ~ cluster(sex) + cluster(site)",
     "formula, character 36: the clusters are given twice",
     {0}},
    {"Surv(time, event) ~ cluster(sex)",
     "formula, character 21: the clusters are given twice",
     {.cluster = "site"}},
    {"Surv(time, event) ~ offset(sex)",
     "formula, character 28: sex is text, where a number is "
     "needed",
     {0}},
    {"Surv(time, event) ~ age + 2", "formula, character 27: a term names a column", {0}},
    {"Surv(time, event) ~ 'age'", "formula, character 21: a term names a column", {0}},
    {"Surv(time, event) ~ TRUE", "formula, character 21: a term names a column", {0}},
    {"Surv(time, event) ~ age:1",
     "formula, character 25: 1, the intercept, can only be added",
     {0}},
    {"Surv(time, event) ~ age^2.5",
     "formula, character 24: the power of terms is a whole number",
     {0}},
    {"Surv(time, event) ~ age^sex",
     "formula, character 24: the power of terms is a whole number",
     {0}},
    {"Surv(time, event) ~ log(sex)",
     "formula, character 25: sex is text, where a number is needed",
     {0}},
    {"Surv(time, event) ~ I(sex + 1)",
     "formula, character 23: sex is text, where a number is",
     {0}},
    {"Surv(time, event) ~ log(factor(site))",
     "formula, character 25: factor(site) is a factor, "
     "where a number is needed",
     {0}},
    {"Surv(time, event) ~ I(age:site)", "formula, character 26: ':' joins terms, not numbers", {0}},
    {"Surv(time, event) ~ I(sex == 2)",
     "formula, character 27: '==' compares text with a number",
     {0}},
    {"Surv(time, event) ~ I(age == '2')",
     "formula, character 27: '==' compares text with a number",
     {0}},
    {"Surv(time, event) ~ when", "formula, character 21: \"when\" is a date", {0}},
    {"Surv(time, event) ~ I(when - 3)", "formula, character 23: \"when\" is a date", {0}},
    {"Surv(time, event) ~ hours", "t.csv, line 13, column \"hours\": \"4O\" is not a number", {0}},
    {"Surv(time, event) ~ log(hours)",
     "t.csv, line 13, column \"hours\": \"4O\" is not a number",
     {0}},
    {"Surv(time, event) ~ log(site)",
     "t.csv, line 4: log(site) is infinite (formula, character 21",
     {0}},
    {"Surv(time, event) ~ sqrt(-age)", "t.csv, line 2: sqrt(-age) is not defined", {0}},
    {"Surv(time, event) ~ I(age / site)", "t.csv, line 4: age/site is infinite", {0}},
    {"Surv(time, event) ~ I(exp(age^3))", "t.csv, line 2: exp(age^3) is infinite", {0}},
    {"Surv(time, event) ~ one",
     "formula, character 21: one has one level in the rows used, \"x\"",
     {0}},
    {"Surv(time, event) ~ age + factor(same)",
     "formula, character 27: factor(same) has one level in the rows used, \"7\"",
     {0}},
    {"Surv(time) ~ age", "formula, character 1: Surv() takes 2 or 3 arguments, not 1", {0}},
    {"Surv(time, time, time, event) ~ age", "formula, character 1: Surv() takes 2 or 3", {0}},
    {"Surv(time, code) ~ age",
     "t.csv, line 3, column \"code\": \"3\" is not an event: it is 0 or 1",
     {0}},
    {"Surv(time, code == 2 | code) ~ age", NULL, {0}},
    {"Surv(time, age) ~ sex", "t.csv, line 2, column \"age\": \"40\" is not an event", {0}},
    {"Surv(time, sex) ~ age",
     "formula, character 12: the event sex is text (say which value is the "
     "event, as in  sex == \"m\")",
     {0}},
    {"Surv(time, half) ~ age",
     "t.csv, line 2, column \"half\": \"0.5\" is not the code of an event",
     {.competing = true}},
    {"Surv(minus, event) ~ age",
     "t.csv, line 5, column \"minus\": the time minus is -4, below 0",
     {0}},
    {"Surv(minus - 1, event) ~ age", "t.csv, line 5: the time minus - 1 is -5, below 0", {0}},
    {"Surv(site, time, event) ~ age",
     "t.csv, line 2, column \"time\": the interval from 1 to 1 is "
     "empty (time must be later than the start)",
     {0}},
    {"Surv(sex, event) ~ age", "formula, character 6: sex is text, where a number is needed", {0}},
    {"Surv(time, event) ~ Surv(time, event) + log(Surv(age, event))",
     "formula, character 45: Surv() stands alone, left of '~'",
     {0}},
    {"sex ~ age", "formula, character 1: sex is text, where a number is needed", {0}},
    {"age ~ none", "t.csv: no row is left: each of 12 has a missing value", {0}},
    {"Surv(time, event) ~ age:sex",
     "formula, character 25: groups are not multiplied",
     {.groups_only = true}},
    {"Surv(time, event) ~ sex + offset(age)",
     "formula, character 27: an offset has no place",
     {.groups_only = true}},
    {"Surv(time, event) ~ sex",
     "t.csv, line 4, column \"site\": a weight must be above 0",
     {.weights = "site"}},
    {"Surv(time, event) ~ age",
     "t.csv, line 2, column \"sex\": \"f\" is not a number",
     {.weights = "sex"}},
    {"Surv(time, event) ~ sex", "t.csv: there is no column \"weigth\"", {.weights = "weigth"}},
    {"Surv(time, event) ~ sex", "t.csv: there is no column \"sight\"", {.cluster = "sight"}},
};

static const char table_text[] =
    "time,event,age,sex,site,when,hours,one,same,code,half,minus,none\n"
    "1,1,40,f,1,2021-01-01,1,x,7,1,0.5,1,\n"
    "2,0,41,m,2,2021-01-01,2,x,7,3,1,2,\n"
    "3,1,42,f,0,2021-01-01,3,x,7,1,1,3,\n"
    "4,0,43,m,4,2021-01-01,4,x,7,1,1,-4,\n"
    "5,1,44,f,5,2021-01-01,5,x,7,1,1,5,\n"
    "6,0,45,m,6,2021-01-01,6,x,7,1,1,6,\n"
    "7,1,46,f,7,2021-01-01,7,x,7,1,1,7,\n"
    "8,0,47,m,8,2021-01-01,8,x,7,1,1,8,\n"
    "9,1,48,f,9,2021-01-01,9,x,7,1,1,9,\n"
    "10,0,49,m,1,2021-01-01,10,x,7,1,1,10,\n"
    "11,1,50,f,1,2021-01-01,11,x,7,1,1,11,\n"
    "12,0,51,m,1,2021-01-01,4O,x,7,1,1,12,\n";

START_TEST(test_mistake)
{
    const wrong *w = &mistakes[_i];
    fp_design design = {.n = -7};
    fp_err err = {0};
    char text[1200] = "";
    fp_status status = build(w->formula, read_text(table_text), &w->options, &design, &err);
    if (!w->want) {
        ck_assert_msg(status == FP_OK, "%s: %s", w->formula, err.message);
        return;
    }
    ck_assert_msg(status == FP_INPUT, "%s", w->formula);
    ck_assert_int_eq(design.n, -7);
    fp_err_text(&err, text, sizeof text);
    ck_assert_msg(strncmp(text, w->want, strlen(w->want)) == 0, "%s\n gives: %s\n not:   %s",
                  w->formula, text, w->want);
    ck_assert_ptr_null(strchr(text, '\n'));
    if (strncmp(w->want, "formula", 7) == 0)
        ck_assert_int_eq(err.column, strtol(w->want + strlen("formula, character "), NULL, 10));
}
END_TEST

START_TEST(test_too_many)
{
    fp_arena_point before = fp_arena_mark(arena);
    FP_BUF_SCOPED(text, 16 * FP_MIB);
    fp_design design;
    fp_err err;
    fp_buf_put(&text, "y,a,b\n");
    for (int i = 0; i < 300; i++)
        fp_buf_printf(&text, "%d,x%d,z%d\n", i, i, i);
    ck_assert_int_eq(build("y ~ a:b", read_text(text.p), NULL, &design, &err), FP_INPUT);
    ck_assert_msg(strstr(err.message, "more than 65536 columns") != NULL, "%s", err.message);
    fp_arena_rewind(arena, before);
    const fp_table *t = read_text("y,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r\n"
                                  "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1\n"
                                  "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1\n");
    ck_assert_int_eq(build("y ~ .^18", t, NULL, &design, &err), FP_INPUT);
    ck_assert_msg(strstr(err.message, "the terms become too many") != NULL, "%s", err.message);
}
END_TEST

/* Every allocation in the arena of the caller may fail. */
START_TEST(test_no_memory)
{
    static const char *const texts[] = {
        "Surv(time, event) ~ age * sex + strata(sex, site) + cluster(site) + offset(log(age))",
        "Surv(start, time, event) ~ factor(site)", "age ~ sex * log(time)"};
    const fp_table *t = read_text("time,event,age,sex,site,start\n1,1,40,f,1,0\n2,0,41,m,2,0\n"
                                  "3,1,42,f,2,1\n4,0,43,m,1,2\n");
    const fp_design_options options = {.weights = "age", .groups_only = false};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        long n = 1;
        const fp_formula *formula;
        ck_assert_int_eq(fp_formula_parse(texts[k], arena, &formula, NULL), FP_OK);
        for (;; n++) {
            fp_arena *one = fp_arena_create(LIMIT);
            fp_design design = {.n = -7};
            fp_err err;
            fp_arena_fail_at(one, n);
            fp_status status = fp_design_build(formula, t, &options, one, &design, &err);
            fp_arena_destroy(one);
            if (status == FP_OK)
                break;
            ck_assert_int_eq(status, FP_NOMEM);
            ck_assert_int_eq(design.n, -7);
        }
        ck_assert_int_gt(n, 5);
    }
}
END_TEST

/* The order of rows does not matter to names and levels, and permutes the matrix. */
START_TEST(test_permuted_rows)
{
    const fp_table *t =
        read_text("y,f,g,x\n1,b,2,0.5\n2,a,10,1.5\n3,c,2,2.5\n4,a,2,3.5\n5,b,10,4\n");
    const fp_table *u =
        read_text("y,f,g,x\n5,b,10,4\n4,a,2,3.5\n3,c,2,2.5\n2,a,10,1.5\n1,b,2,0.5\n");
    const char *text = "y ~ f * factor(g) + x:f";
    fp_design d = must_build(text, t, NULL), e = must_build(text, u, NULL);
    ck_assert_int_eq(d.p, e.p);
    for (ptrdiff_t j = 0; j < d.p; j++) {
        ck_assert_str_eq(d.column[j], e.column[j]);
        for (ptrdiff_t i = 0; i < d.n; i++)
            ck_assert_double_eq(d.x[j * d.n + i], e.x[j * d.n + d.n - 1 - i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("design");
    TCase *tc = tcase_create("design");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_matrix_as_r);
    tcase_add_test(tc, test_groups_as_r);
    tcase_add_test(tc, test_strata_and_clusters);
    tcase_add_test(tc, test_weights_and_dot);
    tcase_add_test(tc, test_events);
    tcase_add_test(tc, test_rows_and_levels);
    tcase_add_loop_test(tc, test_mistake, 0, (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tc, test_too_many);
    tcase_add_test(tc, test_no_memory);
    tcase_add_test(tc, test_permuted_rows);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
