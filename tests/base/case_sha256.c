#include "base/base_cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static void check(fp_str text, size_t piece, const char *want)
{
    char hex[65];
    fp_sha sha = fp_sha_begin();
    for (size_t at = 0; at < text.n; at += piece) {
        size_t n = text.n - at < piece ? text.n - at : piece;
        fp_sha_put(&sha, (fp_str){text.p + at, n});
    }
    fp_sha_finish(&sha, hex);
    ck_assert_str_eq(hex, want);
}

/* FIPS 180-4, the examples of NIST (csrc.nist.gov, SHA256.pdf), and a million times "a". */
START_TEST(test_published)
{
    check(FP_STR("abc"), 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(FP_STR(""), 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t piece = 1; piece < 60; piece += 7)
        check(FP_STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), piece,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *many = malloc(1000000);
    ck_assert_ptr_nonnull(many);
    memset(many, 'a', 1000000);
    static const size_t pieces[] = {1000000, 64, 63, 65, 4097};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        check((fp_str){many, 1000000}, pieces[i],
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(many);
}
END_TEST

TCase *case_sha256(void)
{
    TCase *tc = tcase_create("sha256");
    tcase_add_test(tc, test_published);
    return tc;
}
