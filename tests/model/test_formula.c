/* What the parser makes of formulas: R's deparse(), and a place for every mistake. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "base/file.h"
#include "model/formula.h"
#include "run_suite.h"

#define LIMIT (64 * FP_MIB)

TEST_ARENA(LIMIT);

static const char *deparse(const char *text)
{
    const fp_formula *formula = NULL;
    fp_err err;
    if (fp_formula_parse(text, arena, &formula, &err) != FP_OK)
        ck_abort_msg("%s: %s", text, err.message);
    return fp_formula_text(formula);
}

/* Pairs of lines: a formula, and deparse() of it in R 4.2. */
START_TEST(test_deparse_as_r)
{
    fp_str file;
    ck_assert_int_eq(
        fp_file_read(FP_TEST_DATA "/model/deparse.expected", FP_MIB, arena, &file, NULL), FP_OK);
    int pairs = 0;
    for (const char *p = file.p; *p; pairs++) {
        const char *middle = strchr(p, '\n');
        const char *end = middle ? strchr(middle + 1, '\n') : NULL;
        ck_assert_ptr_nonnull(end);
        const char *text = fp_arena_strndup(arena, p, (size_t)(middle - p), NULL);
        const char *want = fp_arena_strndup(arena, middle + 1, (size_t)(end - middle - 1), NULL);
        ck_assert_str_eq(deparse(text), want);
        ck_assert_str_eq(deparse(want), want);
        p = end + 1;
    }
    ck_assert_int_ge(pairs, 60);
}
END_TEST

/* Not in R's list: line ends, and what R writes back without the quotes it needs. */
START_TEST(test_deparse_own)
{
    static const char *const pairs[][2] = {
        {"\n y\r\n~\tx ", "y ~ x"},
        {"y ~ `a\\`b` + `c\\\\d`", "y ~ `a\\`b` + `c\\\\d`"},
        {"y ~ `TRUE`", "y ~ `TRUE`"},
        {"y ~ TRUE", "y ~ TRUE"},
        {"y ~ I(a == 'line\\nend')", "y ~ I(a == \"line\\nend\")"},
        {"y ~ f()", "y ~ f()"},
        {"y ~ I(1e-10 * 0)", "y ~ I(1e-10 * 0)"},
        {"y ~ a * !b", "y ~ a * !b"},
        {"y ~ `1a`:`_b`", "y ~ `1a`:`_b`"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        ck_assert_str_eq(deparse(pairs[i][0]), pairs[i][1]);
        ck_assert_str_eq(deparse(pairs[i][1]), pairs[i][1]);
    }
}
END_TEST

typedef struct {
    const char *text;
    long at;
    const char *message; /* after "formula, character AT: " */
} wrong;

static const wrong mistakes[] = {
    {"", 1, "the formula is empty"},
    {"   ", 4, "the formula is empty"},
    {"~", 1, "a term is missing after '~'"},
    {"Surv(time, event)", 18, "'~' is missing"},
    {"y ~ ", 3, "a term is missing after '~'"},
    {"Surv(time, event) ~ age +", 25, "a term is missing after '+'"},
    {"Surv(time, event) ~ age + * sex", 25, "a term is missing after '+'"},
    {"~ * sex", 1, "a term is missing after '~'"},
    {"* sex ~ y", 1, "a term is missing before '*'"},
    {") ~ y", 1, "a term is missing before ')'"},
    {"y ~ age sex", 9, "an operator is missing before 'sex'"},
    {"y ~ age 2", 9, "an operator is missing before '2'"},
    {"y ~ age \"x\"", 9, "an operator is missing before 'x'"},
    {"y ~ age (sex + arm", 8 + 1, "'(' is never closed"},
    {"y ~ (age + sex", 5, "'(' is never closed"},
    {"y ~ ((age) + sex", 5, "'(' is never closed"},
    {"y ~ log(age", 8, "'(' is never closed"},
    {"y ~ age)", 8, "')' closes nothing"},
    {"y ~ (age + sex))", 16, "')' closes nothing"},
    {"y ~ ()", 5, "a term is missing after '('"},
    {"y ~ age, sex", 8, "',' stands outside a function"},
    {"y ~ (age, sex)", 9, "',' stands outside a function"},
    {"y ~ f(a,)", 8, "a term is missing after ','"},
    {"y ~ f(,a)", 6, "a term is missing after '('"},
    {"y ~ a ~ b", 7, "a formula has one '~'"},
    {"Surv(time, event ~ sex", 18, "'~' stands inside parentheses"},
    {"y ~ a b c", 7, "an operator is missing before 'b'"},
    {"y ~ a == b == c", 12, "one comparison follows another: join them with &"},
    {"y ~ a < b < c", 11, "one comparison follows another: join them with &"},
    {"y ~ a = 2", 7, "'=' has no meaning here"},
    {"Surv(time, event = 1) ~ x", 18, "'=' has no meaning here"},
    {"y ~ a && b", 7, "'&&' has no meaning here"},
    {"y ~ a || b", 7, "'||' has no meaning here"},
    {"y ~ I(a <- 2)", 9, "'<-' has no meaning here"},
    {"y ~ I(a<-2)", 8, "'<-' has no meaning here"},
    {"y ~ a ** 2", 7, "'**' has no meaning here"},
    {"y ~ a %% b", 7, "'%%' has no meaning here"},
    {"y ~ a %o% b", 7, "'%' has no meaning here"},
    {"y ~ a[1]", 6, "'[' has no meaning here"},
    {"y ~ d$a", 6, "'$' has no meaning here"},
    {"y ~ a; b", 6, "';' has no meaning here"},
    {"y ~ _a", 5, "'_' has no meaning here"},
    {"y ~ a @ b", 7, "'@' has no meaning here"},
    {"y ~ {a}", 5, "'{' has no meaning here"},
    {"y ~ a \\ b", 7, "'\\' has no meaning here"},
    {"y ~ 'abc", 5, "a quote ' is never closed"},
    {"y ~ I(a == \"b)", 12, "a quote \" is never closed"},
    {"y ~ `my col", 5, "a quote ` is never closed"},
    {"y ~ `` + a", 5, "there is no name between the backquotes"},
    {"y ~ I(a == \"b\\q\")", 14, "only \\\\ \\\" \\' \\` \\n \\t \\r are known"},
    {"y ~ I(a == \"b\x01\")", 12, "a control character stands between the quotes"},
    {"y ~ a \x01 b", 7, "character U+0001 has no meaning here"},
    {"y ~ 2x", 5, "a number runs into a name"},
    {"y ~ I(1.5L * x)", 7, "a number with L is a whole number below 2147483648"},
    {"y ~ I(3000000000L)", 7, "a number with L is a whole number below 2147483648"},
    {"y ~ I(1e999 * x)", 7, "this number is outside the range of computation"},
    {"y ~ I(1e-320 * x)", 7, "this number is outside the range of computation"},
    {"y ~ if", 5, "'if' is a word of R, not a column"},
    {"y ~ NA", 5, "'NA' is a word of R, not a column"},
    {"y ~ function(x)", 5, "'function' is a word of R, not a column"},
    {"y ~ TRUE(x)", 5, "'TRUE' is not a function"},
    {"y ~ `my f`(x)", 5, "'my f' is not a function"},
    {"y ~ a \xe2\x80\x93 b", 7, "'\xe2\x80\x93' has no meaning here"},
    {"\xc3\xa9t\xc3\xa9 ~ na\xc3\xafve + * b", 13, "a term is missing after '+'"},
    {"y ~ a\xc2\xa0+ b", 6, "'U+00A0' has no meaning here"},
    {"y ~ a \xe2\x82\xac b", 7, "character U+20AC has no meaning here"},
    {"y ~ !", 5, "a term is missing after '!'"},
    {"y ~ a + !", 9, "a term is missing after '!'"},
    {"y ~ a:", 6, "a term is missing after ':'"},
    {"y ~ a^", 6, "a term is missing after '^'"},
    {"y ~ a %in% ", 7, "a term is missing after '%in%'"},
    {"y ~ a ! b", 7, "an operator is missing before '!'"},
    {"y ~ \xff", 1, "the formula is not UTF-8 text"},
};

START_TEST(test_mistake)
{
    const wrong *w = &mistakes[_i];
    const fp_formula *formula = NULL;
    fp_err err;
    char want[400];
    ck_assert_int_eq(fp_formula_parse(w->text, arena, &formula, &err), FP_INPUT);
    snprintf(want, sizeof want, "formula, character %ld: %s", w->at, w->message);
    ck_assert_str_eq(err.message, want);
    ck_assert_int_eq(err.column, w->at);
    ck_assert_str_eq(err.file, "");
    ck_assert_ptr_null(formula);
    ck_assert_ptr_null(strchr(err.hint, '\n'));
    ck_assert(fp_str_utf8(fp_str_of(err.hint)));
}
END_TEST

START_TEST(test_hints)
{
    static const char *const pairs[][2] = {
        {"Surv(time, event) ~ age + * sex", "up to there: Surv(time, event) ~ age +"},
        {"Surv(time, event) ~ age + sex + factor(site) + arm + + ",
         "up to there: ...+ sex + factor(site) + arm + +"},
        {"y ~ a = 2", "write == to compare"},
        {"y ~ I(a<-2)", "R takes '<-' for an assignment: write '< -' with a space"},
        {"y ~ a \xe2\x80\x93 b", "write the minus sign of the keyboard: -"},
        {"Surv(time, event ~ sex", "the '(' at character 5 is not closed before it"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const fp_formula *formula;
        fp_err err;
        ck_assert_int_eq(fp_formula_parse(pairs[i][0], arena, &formula, &err), FP_INPUT);
        ck_assert_msg(strncmp(err.hint, pairs[i][1], strlen(pairs[i][1])) == 0 || i == 1, "%s: %s",
                      pairs[i][0], err.hint);
        if (i == 1)
            ck_assert_msg(strncmp(err.hint, "up to there: ...", 16) == 0 && strlen(err.hint) < 60 &&
                              strstr(err.hint, "arm + +"),
                          "%s", err.hint);
    }
}
END_TEST

/* "y ~ " and `n` times `piece`, then `tail`, then `n` times `closing`. */
static const char *repeated(const char *piece, int n, const char *tail, const char *closing)
{
    FP_BUF_SCOPED(text, 4 * FP_MIB);
    fp_buf_put(&text, "y ~ ");
    for (int i = 0; i < n; i++)
        fp_buf_put(&text, piece);
    fp_buf_put(&text, tail);
    for (int i = 0; i < n; i++)
        fp_buf_put(&text, closing);
    ck_assert_int_eq(fp_buf_ok(&text, NULL), FP_OK);
    return fp_str_dup(arena, fp_buf_str(&text), NULL);
}

START_TEST(test_limits)
{
    const fp_formula *formula;
    fp_err err;
    deparse(repeated("(", 64, "a", ")"));
    deparse(repeated("-", 64, "a", ""));
    deparse(repeated("a+", 2000, "a", ""));
    const struct {
        const char *text, *want;
    } beyond[] = {
        {repeated("(", 65, "a", ")"), "formula, character 69: the formula is nested deeper"},
        {repeated("-", 65, "a", ""), "formula, character 69: the formula is nested deeper"},
        {repeated("a^", 65, "a", ""), "formula, character 134: the formula is nested deeper"},
        {repeated("f(", 65, "a", ")"), "formula, character 134: the formula is nested deeper"},
        {repeated("a+", 2100, "a", ""), "formula, character 4100: the formula has more than 4096"},
        {repeated("  ", 40000, "a", ""), "formula, character 1: the formula is longer than 65536"},
    };
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        ck_assert_int_eq(fp_formula_parse(beyond[i].text, arena, &formula, &err), FP_INPUT);
        ck_assert_msg(strncmp(err.message, beyond[i].want, strlen(beyond[i].want)) == 0, "%s",
                      err.message);
    }
}
END_TEST

/* A small stream of numbers for made-up formulas; the same on every run. */
static uint32_t draw(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % n;
}

static void put_random(fp_buf *out, uint32_t *state, int depth)
{
    static const char *const leaves[] = {"a",   "b",  ".",     "`my col`", "0.5",
                                         "1e5", "2L", "'it''", "TRUE",     "x_1.y"};
    static const char *const binary[] = {"+", "-", "*", "/", ":", "^", "%in%", "&", "|"};
    static const char *const compare[] = {"==", "!=", "<", "<= ", ">", ">="};
    uint32_t kind = depth <= 0 ? 0 : draw(state, 6);
    if (kind == 0) {
        uint32_t leaf = draw(state, 10);
        fp_buf_put(out, leaf == 7 ? "\"it\"" : leaves[leaf]);
    } else if (kind == 1) {
        fp_buf_put(out, draw(state, 2) ? "log( " : "f(b ,");
        put_random(out, state, depth - 1);
        fp_buf_put(out, ")");
    } else if (kind == 2) {
        fp_buf_put(out, "(");
        put_random(out, state, depth - 1);
        fp_buf_put(out, draw(state, 2) ? compare[draw(state, 6)] : "+");
        fp_buf_put(out, " ");
        put_random(out, state, 0);
        fp_buf_put(out, ")");
    } else if (kind == 3) {
        fp_buf_put(out, draw(state, 3) ? "-" : "!");
        put_random(out, state, depth - 1);
    } else {
        put_random(out, state, depth - 1);
        fp_buf_put(out, binary[draw(state, 9)]);
        put_random(out, state, depth - 1);
    }
}

START_TEST(test_deparse_settles)
{
    uint32_t state = 1;
    int parsed = 0;
    for (int i = 0; i < 4000; i++) {
        FP_BUF_SCOPED(text, FP_MIB);
        fp_arena_point before = fp_arena_mark(arena);
        const fp_formula *formula;
        put_random(&text, &state, 5);
        fp_buf_put(&text, "~");
        put_random(&text, &state, 6);
        ck_assert_int_eq(fp_buf_ok(&text, NULL), FP_OK);
        if (fp_formula_parse(text.p, arena, &formula, NULL) == FP_OK) {
            const char *once = fp_formula_text(formula);
            ck_assert_str_eq(deparse(once), once);
            parsed++;
        }
        fp_arena_rewind(arena, before);
    }
    ck_assert_int_gt(parsed, 3000);
}
END_TEST

/* Terms as R's terms() makes them: attr(terms(~ (a + b)^2), "term.labels") has a:b. */
START_TEST(test_crosses)
{
    static const struct {
        const char *text, *a, *b;
        bool both;
    } cases[] = {
        {"~ a * b", "a", "b", true},
        {"~ (a + b)^2", "b", "a", true},
        {"~ (a + b)^1", "a", "b", false},
        {"~ a + b", "a", "b", false},
        {"~ a * b - a:b", "a", "b", false},
        {"~ a / b", "a", "b", true},
        {"~ a %in% b", "a", "b", true},
        {"~ factor(a) : b", "a", "b", true},
        {"~ I(a * b)", "a", "b", false},
        {"~ ab * c + a + b", "a", "b", false},
        {"~ a + b + (a * b | g)", "a", "b", false},
        {"~ a * c + b", "b", NULL, false},
        {"~ a * c + b", NULL, NULL, true},
        {"~ a + b", NULL, NULL, false},
        {"~ a + a:a", "a", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool both = !cases[i].both;
        fp_err err = {0};
        ck_assert_msg(fp_formula_crosses(cases[i].text, cases[i].a, cases[i].b, &both, &err) ==
                          FP_OK,
                      "%s: %s", cases[i].text, err.message);
        ck_assert_msg(both == cases[i].both, "%s", cases[i].text);
    }
    bool untouched = true;
    ck_assert_int_eq(fp_formula_crosses("~ a +", "a", "b", &untouched, NULL), FP_INPUT);
    ck_assert(untouched);
}
END_TEST

START_TEST(test_no_memory)
{
    const char *text = "Surv(time, event == \"work\") ~ log(`my col` + 1) * sex + strata(a, b)";
    long n = 1;
    for (;; n++) {
        const fp_formula *formula = NULL;
        fp_arena *small = fp_arena_create(LIMIT);
        fp_err err;
        fp_arena_fail_at(small, n);
        fp_status status = fp_formula_parse(text, small, &formula, &err);
        ck_assert(status == FP_OK || (status == FP_NOMEM && !formula));
        fp_arena_destroy(small);
        if (status == FP_OK)
            break;
        ck_assert_int_eq(err.status, FP_NOMEM);
    }
    ck_assert_int_gt(n, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("formula");
    TCase *tc = tcase_create("formula");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_deparse_as_r);
    tcase_add_test(tc, test_deparse_own);
    tcase_add_loop_test(tc, test_mistake, 0, (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_test(tc, test_hints);
    tcase_add_test(tc, test_limits);
    tcase_add_test(tc, test_deparse_settles);
    tcase_add_test(tc, test_crosses);
    tcase_add_test(tc, test_no_memory);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
