/* Fields of a form: what each kind takes and what it says of the rest. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "web/form.h"
#include "web/web_cases.h"

static const struct {
    fp_input input;
    const char *typed, *value; /* value NULL = wrong */
} rows[] = {
    {{"a", FP_FIELD_LINE, 0, 0, false, NULL}, "  Anna  ", "Anna"},
    {{"a", FP_FIELD_LINE, 0, 0, true, NULL}, "   ", NULL},
    {{"a", FP_FIELD_LINE, 0, 0, false, NULL}, "", ""},
    {{"a", FP_FIELD_LINE, 0, 3, false, NULL},
     "\xc3\xa9\xc3\xa9\xc3\xa9",
     "\xc3\xa9\xc3\xa9\xc3\xa9"},
    {{"a", FP_FIELD_LINE, 0, 3, false, NULL}, "abcd", NULL},
    {{"a", FP_FIELD_LINE, 2, 3, false, NULL}, "a", NULL},
    {{"a", FP_FIELD_LINE, 0, 0, false, NULL}, "a\nb", NULL},
    {{"a", FP_FIELD_LINE, 0, 0, false, NULL}, "a\x1b", NULL},
    {{"a", FP_FIELD_TEXT, 0, 0, false, NULL}, "a\r\nb", "a\nb"},
    {{"a", FP_FIELD_TEXT, 0, 0, false, NULL}, "a\x07", NULL},
    {{"a", FP_FIELD_PASSWORD, 3, 100, true, NULL}, "  x", "  x"},
    {{"a", FP_FIELD_ID, 0, 0, false, NULL}, "p001-b_c.d", "p001-b_c.d"},
    {{"a", FP_FIELD_ID, 0, 0, false, NULL}, "p 1", NULL},
    {{"a", FP_FIELD_ID, 0, 0, false, NULL}, "p'1", NULL},
    {{"a", FP_FIELD_WHOLE, 1, 10, false, NULL}, "10", "10"},
    {{"a", FP_FIELD_WHOLE, 1, 10, false, NULL}, "11", NULL},
    {{"a", FP_FIELD_WHOLE, 1, 10, false, NULL}, "0", NULL},
    {{"a", FP_FIELD_WHOLE, 1, 10, false, NULL}, "1.5", NULL},
    {{"a", FP_FIELD_WHOLE, 1, 10, false, NULL}, "4O", NULL},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "2026-02-03", "2026-02-03"},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "03-02-2026", "2026-02-03"},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "3-2-2026", "2026-02-03"},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "30-02-2026", NULL},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "03/02/2026", NULL},
    {{"a", FP_FIELD_DATE, 0, 0, false, NULL}, "tomorrow", NULL},
    {{"a", FP_FIELD_PAST, 0, 0, false, NULL}, "2026-02-03", "2026-02-03"},
    {{"a", FP_FIELD_PAST, 0, 0, false, NULL}, "2026-02-04", NULL}, /* today is the 3rd */
    {{"a", FP_FIELD_CHOICE, 0, 0, false, "one|two"}, "two", "two"},
    {{"a", FP_FIELD_CHOICE, 0, 0, false, "one|two"}, "on", NULL},
    {{"a", FP_FIELD_CHOICE, 0, 0, false, "one|two"}, "one|two", NULL},
    {{"a", FP_FIELD_TICK, 0, 0, false, NULL}, "yes", "yes"},
    {{"a", FP_FIELD_TICK, 0, 0, false, NULL}, "on", NULL},
    {{"a", FP_FIELD_CODE, 6, 6, false, NULL}, "123 456", "123456"},
    {{"a", FP_FIELD_CODE, 6, 6, false, NULL}, "12345", NULL},
    {{"a", FP_FIELD_CODE, 6, 6, false, NULL}, "12345a", NULL},
    {{"a", FP_FIELD_EMAIL, 0, 0, false, NULL}, "a.b+c@example.org", "a.b+c@example.org"},
    {{"a", FP_FIELD_EMAIL, 0, 0, false, NULL}, "a@b", NULL},
    {{"a", FP_FIELD_EMAIL, 0, 0, false, NULL}, "@example.org", NULL},
    {{"a", FP_FIELD_EMAIL, 0, 0, false, NULL}, "a b@example.org", NULL},
    {{"a", FP_FIELD_EMAIL, 0, 0, false, NULL}, "a@example..", NULL},
    {{"a", FP_FIELD_PHONE, 0, 0, false, NULL}, "+31 (0)20-555 0100", "+31 (0)20-555 0100"},
    {{"a", FP_FIELD_PHONE, 0, 0, false, NULL}, "12345", NULL},
    {{"a", FP_FIELD_PHONE, 0, 0, false, NULL}, "=cmd()", NULL},
    /* 111222333: 9+8+7+2(6+5+4)+3(3+2)-3 = 66 = 6 x 11 */
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "111222333", "111222333"},
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "1112.22.333", "111222333"},
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "111222334", NULL},
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "112122333", NULL}, /* two changed places */
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "000000000", NULL},
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "1112223333", NULL},
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "11122233a", NULL},
    /* eight digits: 0 in front; 10000008 -> 010000008: 8 - 8 = 0 */
    {{"a", FP_FIELD_BSN, 0, 0, false, NULL}, "10000008", "010000008"},
};

START_TEST(kinds)
{
    fp_err err = {0};
    fp_day today;
    fp_form form;
    fp_arena *arena = fp_arena_create(FP_MIB);
    fp_input inputs[2] = {rows[_i].input, {0}};
    fp_field given = {FP_STR("a"), fp_str_of(rows[_i].typed)};
    ck_assert(fp_day_parse(FP_STR("2026-02-03"), &today));
    ck_assert_int_eq(fp_form_read(inputs, (fp_fields){&given, 1}, today, arena, &form, &err),
                     FP_OK);
    const fp_form_field *field = fp_form_find(&form, "a");
    ck_assert_ptr_nonnull(field);
    if (rows[_i].value) {
        ck_assert_msg(!field->problem, "%s: %s", rows[_i].typed, field->problem);
        ck_assert_msg(fp_str_is(field->value, rows[_i].value), "%.*s", FP_STR_ARG(field->value));
        ck_assert_int_eq(form.problems, 0);
    } else {
        ck_assert_msg(field->problem != NULL, "%s is taken", rows[_i].typed);
        ck_assert_uint_eq(field->value.n, 0);
        ck_assert_int_eq(form.problems, 1);
    }
    /* what was typed is there to be shown again, but for a password */
    if (rows[_i].input.kind != FP_FIELD_PASSWORD)
        ck_assert(fp_str_is(field->typed, rows[_i].typed));
    else
        ck_assert_uint_eq(field->typed.n, 0);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(forms)
{
    static const fp_input inputs[] = {
        {"a", FP_FIELD_LINE, 0, 0, true, NULL}, {"b", FP_FIELD_LINE, 0, 0, false, NULL}, {0}};
    const fp_field given[] = {{FP_STR("b"), FP_STR("first")},
                              {FP_STR("b"), FP_STR("second")},
                              {FP_STR("role"), FP_STR("administrator")}};
    fp_err err = {0};
    fp_form form;
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(fp_form_read(inputs, (fp_fields){given, 3}, 0, arena, &form, &err), FP_OK);
    ck_assert_int_eq(form.count, 2);
    ck_assert_int_eq(form.problems, 1);
    ck_assert_ptr_null(fp_form_find(&form, "role")); /* what a route does not name is not there */
    ck_assert(fp_str_is(fp_form_find(&form, "b")->value, "first"));
    fp_form_problem(&form, "b", "one");
    fp_form_problem(&form, "b", "two");
    ck_assert_str_eq(fp_form_find(&form, "b")->problem, "one");
    ck_assert_int_eq(form.problems, 2);
    ck_assert_int_eq(fp_form_read(NULL, (fp_fields){given, 3}, 0, arena, &form, &err), FP_OK);
    ck_assert_int_eq(form.count, 0);
    fp_arena_destroy(arena);
}
END_TEST

TCase *case_field(void)
{
    TCase *tests = tcase_create("field");
    tcase_add_loop_test(tests, kinds, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, forms);
    return tests;
}
