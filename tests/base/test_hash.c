#include <stdlib.h>
#include <unistd.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "base/file.h"
#include "base/hash.h"
#include "ledger/scratch.h"
#include "run_suite.h"

/* FIPS 180-4, examples of NIST (one block, two blocks, the empty message). */
START_TEST(test_known_answers)
{
    ck_assert_str_eq(fp_sha256_of(FP_STR("")).hex,
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_str_eq(fp_sha256_of(FP_STR("abc")).hex,
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_str_eq(
        fp_sha256_of(FP_STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}
END_TEST

START_TEST(test_pieces_equal_the_whole)
{
    fp_hasher hasher;
    fp_hasher_init(&hasher);
    fp_hasher_put(&hasher, FP_STR("a"));
    fp_hasher_put(&hasher, FP_STR(""));
    fp_hasher_put(&hasher, FP_STR("bc"));
    ck_assert_str_eq(fp_hasher_finish(&hasher).hex, fp_sha256_of(FP_STR("abc")).hex);
}
END_TEST

START_TEST(test_file)
{
    char folder[SCRATCH_MAX], path[SCRATCH_MAX];
    fp_err err;
    fp_sha256 sum;
    scratch_make(folder);
    scratch_path(path, folder, "a.csv");
    FP_BUF_SCOPED(text, FP_MIB);
    for (int i = 0; i < 20000; i++)
        fp_buf_printf(&text, "%d,", i);
    ck_assert_int_eq(fp_file_write(path, fp_buf_str(&text), &err), FP_OK);
    ck_assert_int_eq(fp_sha256_file(path, &sum, &err), FP_OK);
    ck_assert_str_eq(sum.hex, fp_sha256_of(fp_buf_str(&text)).hex);
    ck_assert_int_eq(unlink(path), 0);

    ck_assert_int_eq(fp_sha256_file(path, &sum, &err), FP_INPUT);
    ck_assert_str_eq(err.file, path);
    ck_assert_int_eq(fp_sha256_file(folder, &sum, &err), FP_INPUT);
    ck_assert_str_eq(err.message, "is a folder, not a file");
    scratch_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/hash");
    TCase *tests = tcase_create("hash");
    tcase_add_test(tests, test_known_answers);
    tcase_add_test(tests, test_pieces_equal_the_whole);
    tcase_add_test(tests, test_file);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
