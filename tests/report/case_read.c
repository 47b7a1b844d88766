/* A report read back. */
#include "report_cases.h"

#include <string.h>

#include "report/report.h"

START_TEST(reads_numbers_and_inputs)
{
    static const char page[] =
        "<html lang=\"nl\"><head><meta name=\"generator\" content=\"firstplace 0.1.0\">"
        "<meta name=\"seed\" content=\"7\"><meta name=\"input\" content=\"data/my people &amp; "
        "co.csv 00ff\">"
        "</head><body><span class=\"n\" data-id=\"a.b=&lt;c&gt;.hr\" title=\"x\">1,44</span> "
        "<span class=\"b\">(<span class=\"n\" data-id=\"p\" title=\"p\">&lt;0,001</span>)</span>"
        "<span class=\"n\" data-id=\"p\" title=\"p\">–</span></body></html>";
    fp_report_contents c;
    fp_err err = {0};
    fp_arena *arena = fp_arena_create(FP_MIB);
    ck_assert_int_eq(fp_report_read(FP_STR(page), arena, &c, &err), FP_OK);
    ck_assert_str_eq(c.language, "nl");
    ck_assert_str_eq(c.program, "firstplace 0.1.0");
    ck_assert_uint_eq(c.seed, 7);
    ck_assert_int_eq(c.number_count, 3);
    ck_assert_str_eq(c.numbers[0].id, "a.b=<c>.hr");
    ck_assert_str_eq(c.numbers[0].text, "1,44");
    ck_assert_str_eq(c.numbers[1].text, "<0,001");
    ck_assert_str_eq(c.numbers[2].text, "–");
    ck_assert_int_eq(c.input_count, 1);
    ck_assert_str_eq(c.inputs[0].id, "data/my people & co.csv");
    ck_assert_str_eq(c.inputs[0].text, "00ff");
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(refuses_what_is_no_report)
{
    static const char *const pages[] = {
        "",
        "<html>",
        "<html lang=\"nl\">",
        "<html lang=\"nl",
        "<html lang=\"nl\"><meta name=\"generator\" content=\"x\">",
        "<html lang=\"nl\"><meta name=\"generator\" content=\"x\"><meta name=\"seed\" "
        "content=\"-1\">",
        "<html lang=\"nl\"><meta name=\"generator\" content=\"x\"><meta name=\"seed\" "
        "content=\"1\"><span class=\"n\" data-id=\"a",
        "<html lang=\"nl\"><meta name=\"generator\" content=\"x\"><meta name=\"seed\" "
        "content=\"1\"><span class=\"n\" "
        "data-id=\"a\">1",
        "<html lang=\"nl\"><meta name=\"generator\" content=\"x\"><meta name=\"seed\" "
        "content=\"1\"><meta name=\"input\" "
        "content=\"x\">"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        fp_report_contents c;
        fp_err err = {0};
        fp_arena *arena = fp_arena_create(FP_MIB);
        ck_assert_int_eq(fp_report_read(fp_str_of(pages[i]), arena, &c, &err), FP_INPUT);
        ck_assert_str_ne(err.hint, "");
        fp_arena_destroy(arena);
    }
}
END_TEST

TCase *read_cases(void)
{
    TCase *tc = tcase_create("read");
    tcase_add_test(tc, reads_numbers_and_inputs);
    tcase_add_test(tc, refuses_what_is_no_report);
    return tc;
}
