#include "base/base_cases.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

static void expect(const fp_err *err, const char *want)
{
    char line[2048];
    fp_err_text(err, line, sizeof line);
    ck_assert_str_eq(line, want);
}

START_TEST(test_text)
{
    fp_err err;
    ck_assert_int_eq(fp_fail(&err, FP_USAGE, "no command \"%s\"", "kn"), FP_USAGE);
    expect(&err, "no command \"kn\"");
    ck_assert_int_eq(fp_hint(&err, FP_USAGE, "did you mean %s?", "km"), FP_USAGE);
    expect(&err, "no command \"kn\" (did you mean km?)");
    ck_assert_int_eq(fp_fail_at(&err, FP_INPUT, "a.csv", 14, 0, "\"%s\" is not a number", "4O"),
                     FP_INPUT);
    ck_assert_str_eq(err.hint, ""); /* a new failure starts afresh */
    fp_err_field(&err, "age");
    expect(&err, "a.csv, line 14, column \"age\": \"4O\" is not a number");
    (void)fp_fail_at(&err, FP_INPUT, "a.csv", 14, 3, "wrong");
    expect(&err, "a.csv, line 14, column 3: wrong");
    fp_err_field(&err, "age");
    expect(&err, "a.csv, line 14, column \"age\": wrong");
    (void)fp_fail_at(&err, FP_INPUT, NULL, 2, 0, "wrong");
    expect(&err, "line 2: wrong");
    (void)fp_fail_at(&err, FP_INPUT, NULL, 0, 7, "wrong");
    expect(&err, "wrong"); /* a place in a text that the message itself names */
    (void)fp_fail_at(&err, FP_INPUT, "a.csv", 0, 0, "wrong");
    expect(&err, "a.csv: wrong");
    (void)fp_fail_nomem(&err, 80);
    expect(&err, "80 bytes could not be had within the memory limit");
}
END_TEST

START_TEST(test_nobody_listens)
{
    ck_assert_int_eq(fp_fail(NULL, FP_IO, "x"), FP_IO);
    ck_assert_int_eq(fp_fail_at(NULL, FP_ARG, "f", 1, 1, "x"), FP_ARG);
    ck_assert_int_eq(fp_hint(NULL, FP_CHECK, "x"), FP_CHECK);
    ck_assert_int_eq(fp_fail_nomem(NULL, 1), FP_NOMEM);
    fp_err_field(NULL, "x");
}
END_TEST

START_TEST(test_long_parts_are_cut)
{
    fp_err err;
    char text[3000], line[2048], tiny[8];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)fp_fail_at(&err, FP_INPUT, text, 1, 0, "%s", text);
    (void)fp_hint(&err, FP_INPUT, "%s", text);
    fp_err_field(&err, text);
    ck_assert_uint_eq(strlen(err.message), sizeof err.message - 1);
    ck_assert_uint_eq(strlen(err.hint), sizeof err.hint - 1);
    ck_assert_uint_eq(strlen(err.file), sizeof err.file - 1);
    ck_assert_uint_eq(strlen(err.field), sizeof err.field - 1);
    fp_err_text(&err, line, sizeof line);
    ck_assert_uint_gt(strlen(line), 1000);
    fp_err_text(&err, tiny, sizeof tiny);
    ck_assert_str_eq(tiny, "xxxxxxx");
    (void)fp_fail(&err, FP_INPUT, "page 15\n\tcell %s", "\x1b[2J");
    fp_err_text(&err, line, sizeof line); /* one line, that leaves the terminal alone */
    ck_assert_str_eq(line, "page 15  cell  [2J");
}
END_TEST

START_TEST(test_status)
{
    static const struct {
        fp_status status;
        int exit_code, http;
    } rows[] = {{FP_OK, 0, 200},        {FP_CHECK, 1, 500},   {FP_CONFLICT, 1, 409},
                {FP_USAGE, 2, 400},     {FP_INPUT, 3, 422},   {FP_IO, 3, 500},
                {FP_OUTCOME, 4, 422},   {FP_ARG, 5, 500},     {FP_NOMEM, 5, 507},
                {FP_CANCELLED, 5, 503}, {FP_INTERNAL, 5, 500}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(fp_status_exit(rows[i].status), rows[i].exit_code);
        ck_assert_int_eq(fp_status_http(rows[i].status), rows[i].http);
        ck_assert_uint_gt(strlen(fp_status_text(rows[i].status)), 3);
    }
    ck_assert_str_eq(fp_status_text(FP_NOMEM), "out of memory");
}
END_TEST

static fp_status fails_in_the_middle(int *reached)
{
    FP_TRY(FP_OK);
    *reached = 1;
    FP_TRY(FP_CANCELLED);
    *reached = 2;
    return FP_OK;
}

/* What a user gives may be no UTF-8, and a long message ends within a character: what is said is.
 */
START_TEST(test_words_are_utf8)
{
    fp_err err;
    char wide[700];
    (void)fp_fail(&err, FP_INPUT, "\xed\xa0\x80 caf\xc3\xa9 \xff\xc3");
    ck_assert_str_eq(err.message, "??? caf\xc3\xa9 ??");
    for (size_t i = 0; i + 1 < sizeof wide; i += 2) {
        wide[i] = '\xc3';
        wide[i + 1] = '\xa9';
    }
    wide[sizeof wide - 1] = '\0';
    (void)fp_fail(&err, FP_INPUT, "%s", wide);
    ck_assert(fp_str_utf8(fp_str_of(err.message)) && err.message[510] == '?');
}
END_TEST

START_TEST(test_try)
{
    int reached = 0;
    ck_assert_int_eq(fails_in_the_middle(&reached), FP_CANCELLED);
    ck_assert_int_eq(reached, 1);
}
END_TEST

TCase *case_err(void)
{
    TCase *tc = tcase_create("err");
    tcase_add_test(tc, test_text);
    tcase_add_test(tc, test_nobody_listens);
    tcase_add_test(tc, test_long_parts_are_cut);
    tcase_add_test(tc, test_status);
    tcase_add_test(tc, test_words_are_utf8);
    tcase_add_test(tc, test_try);
    return tc;
}
