#include "base/base_cases.h"

#include <string.h>

#include "base/encoding.h"

static void check(const char *from, const char *want)
{
    char to[64] = {0};
    size_t n = fp_windows_1252(fp_str_of(from), to);
    ck_assert_uint_eq(n, fp_windows_1252(fp_str_of(from), NULL));
    ck_assert_str_eq(to, want);
    ck_assert_uint_eq(n, strlen(want));
}

START_TEST(test_windows_1252)
{
    check("plain", "plain");
    check("Andr\xe9 \x80 25", "Andr\xc3\xa9 \xe2\x82\xac 25");
    check("\x93na\xef"
          "f\x94 \x96 \x9f\xff",
          "\xe2\x80\x9cna\xc3\xaf"
          "f\xe2\x80\x9d \xe2\x80\x93 \xc5\xb8\xc3\xbf");
    check("\xa0\xbf\xc0", "\xc2\xa0\xc2\xbf\xc3\x80");
    /* the five that it leaves undefined stay, and are no UTF-8 */
    static const char none[] = "\x81\x8d\x8f\x90\x9d";
    check(none, none);
    for (size_t i = 0; i < 5; i++)
        ck_assert(!fp_str_utf8((fp_str){none + i, 1}));
}
END_TEST

TCase *case_encoding(void)
{
    TCase *tc = tcase_create("encoding");
    tcase_add_test(tc, test_windows_1252);
    return tc;
}
