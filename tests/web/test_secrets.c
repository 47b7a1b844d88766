#define CK_FLOATING_DIG 17
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arena_fixture.h"
#include "run_suite.h"
#include "web/password.h"
#include "web/qr.h"
#include "web/totp.h"

/* One-time codes, their picture, passwords and which of them are refused. */

static fp_err err;

TEST_ARENA(16 * FP_MIB);

/* ---- one-time codes ------------------------------------------------------------------------- */

/* RFC 6238, appendix B: the secret "12345678901234567890", SHA-1; of its eight digits the last six.
 */
static const char SECRET[] = "3132333435363738393031323334353637383930";
static const struct {
    int64_t seconds;
    const char *code;
} vectors[] = {
    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

START_TEST(codes_are_those_of_the_rfc)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char code[FP_TOTP_DIGITS + 1];
        ck_assert_int_eq(fp_totp_code(SECRET, vectors[i].seconds / 30, code, &err), FP_OK);
        ck_assert_str_eq(code, vectors[i].code);
    }
}
END_TEST

static int64_t match(const char *code, int64_t now, int64_t after)
{
    int64_t step = -1;
    ck_assert_int_eq(fp_totp_match(SECRET, fp_str_of(code), now, after, &step, &err), FP_OK);
    return step;
}

START_TEST(codes_are_looked_for_one_step_either_way)
{
    int64_t at = 1234567890, step = at / 30;
    ck_assert_int_eq(match("005924", at, 0), step);
    ck_assert_int_eq(match(" 005 924 ", at, 0), step);
    ck_assert_int_eq(match("005924", at + 30, 0), step);
    ck_assert_int_eq(match("005924", at - 30, 0), step);
    ck_assert_int_eq(match("005924", at + 60, 0), 0);
    ck_assert_int_eq(match("005924", at - 60, 0), 0);
    ck_assert_int_eq(match("005924", at, step), 0); /* used */
    ck_assert_int_eq(match("005924", at, step - 1), step);
    static const char *const wrong[] = {"",       "00592",    "0059241", "5924",
                                        "00592a", "005924\t", "-05924"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(match(wrong[i], at, 0), 0);
}
END_TEST

START_TEST(a_secret_that_is_none)
{
    static const char *const wrong[] = {"", "31", "3132333435363738393031323334353637383930ff",
                                        "zz32333435363738393031323334353637383930"};
    char code[FP_TOTP_DIGITS + 1];
    const char *text;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(fp_totp_code(wrong[i], 1, code, &err), FP_ARG);
        ck_assert_int_eq(fp_totp_base32(wrong[i], arena, &text, &err), FP_ARG);
    }
}
END_TEST

START_TEST(secrets_reach_the_phone)
{
    const char *text;
    char one[2 * FP_TOTP_BYTES + 1], two[2 * FP_TOTP_BYTES + 1];
    /* RFC 4648: python3 -c 'import base64; print(base64.b32encode(b"12345678901234567890"))' */
    ck_assert_int_eq(fp_totp_base32(SECRET, arena, &text, &err), FP_OK);
    ck_assert_str_eq(text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    ck_assert_int_eq(fp_totp_address(SECRET, "e.de+vries@stad.nl", arena, &text, &err), FP_OK);
    ck_assert_str_eq(text, "otpauth://totp/firstplace:e.de%2Bvries%40stad.nl?secret="
                           "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=firstplace&algorithm=SHA1"
                           "&digits=6&period=30");
    fp_totp_secret(one);
    fp_totp_secret(two);
    ck_assert_uint_eq(strlen(one), 2 * FP_TOTP_BYTES);
    ck_assert_str_ne(one, two);
    fp_recovery_make(one);
    fp_recovery_make(two);
    ck_assert_uint_eq(strlen(one), FP_RECOVERY_DIGITS);
    ck_assert_str_ne(one, two);
    ck_assert_uint_eq(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-"), FP_RECOVERY_DIGITS);
}
END_TEST

/* ---- the picture ---------------------------------------------------------------------------- */

enum { MOST = 200 };

/* Fill the squares of a path of runs "M4 5h7v1h-7z". */
static void fill(const fp_qr *qr, bool dark[MOST][MOST])
{
    const char *p = qr->path;
    while (*p == 'M') {
        char *end;
        long x = strtol(p + 1, &end, 10), y = strtol(end, &end, 10), n = strtol(end + 1, &end, 10);
        for (long i = 0; i < n; i++)
            dark[y][x + i] = true;
        p = strchr(end, 'z') + 1;
    }
    ck_assert_str_eq(p, "");
}

START_TEST(a_code_has_its_three_eyes_and_a_margin)
{
    static bool dark[MOST][MOST];
    static const char *const eye[7] = {"#######", "#.....#", "#.###.#", "#.###.#",
                                       "#.###.#", "#.....#", "#######"};
    fp_qr qr;
    int marks = 0;
    ck_assert_int_eq(fp_qr_make("otpauth://totp/firstplace:x", arena, &qr, &err), FP_OK);
    ck_assert_int_lt(qr.size, MOST);
    fill(&qr, dark);
    int far = qr.size - 4 - 7;
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 7; x++) {
            ck_assert_int_eq(dark[4 + y][4 + x], eye[y][x] == '#');
            ck_assert_int_eq(dark[4 + y][far + x], eye[y][x] == '#');
            ck_assert_int_eq(dark[far + y][4 + x], eye[y][x] == '#');
        }
    for (int i = 0; i < qr.size; i++)
        for (int k = 0; k < 4; k++)
            marks += dark[k][i] + dark[i][k] + dark[qr.size - 1 - k][i] + dark[i][qr.size - 1 - k];
    ck_assert_int_eq(marks, 0);
    ck_assert_int_eq(fp_qr_make("", arena, &qr, &err), FP_ARG);
}
END_TEST

/* ---- passwords ------------------------------------------------------------------------------ */

START_TEST(only_the_password_opens)
{
    fp_passwords *passwords;
    char hash[FP_HASH_MAX], again[FP_HASH_MAX];
    bool right;
    ck_assert_int_eq(fp_passwords_open(&(fp_hash_cost){1, 8192}, &passwords, &err), FP_OK);
    ck_assert_int_eq(fp_passwords_hash(passwords, FP_STR("drie gele fietsbellen"), hash, &err),
                     FP_OK);
    ck_assert_int_eq(fp_passwords_hash(passwords, FP_STR("drie gele fietsbellen"), again, &err),
                     FP_OK);
    ck_assert_str_ne(hash, again); /* each its own salt */
    ck_assert_int_eq(strncmp(hash, "$argon2id$", 10), 0);
    ck_assert_int_eq(
        fp_passwords_check(passwords, FP_STR("drie gele fietsbellen"), hash, &right, &err), FP_OK);
    ck_assert(right);
    ck_assert_int_eq(
        fp_passwords_check(passwords, FP_STR("drie gele fietsbelleN"), hash, &right, &err), FP_OK);
    ck_assert(!right);
    ck_assert_int_eq(fp_passwords_check(passwords, FP_STR(""), "", &right, &err), FP_OK);
    ck_assert(!right);
    ck_assert_int_eq(fp_passwords_check(passwords, FP_STR("x"), "nonsense", &right, &err), FP_OK);
    ck_assert(!right);
    fp_passwords_close(passwords);
}
END_TEST

START_TEST(usual_limits_cost_what_they_should)
{
    fp_passwords *passwords;
    char hash[FP_HASH_MAX];
    ck_assert_int_eq(fp_passwords_open(&(fp_hash_cost){0}, &passwords, &err), FP_OK);
    ck_assert_int_eq(fp_passwords_hash(passwords, FP_STR("x"), hash, &err), FP_OK);
    ck_assert_ptr_nonnull(strstr(hash, "$m=65536,t=2,p=1$")); /* 64 MiB, 2 passes */
    fp_passwords_close(passwords);
}
END_TEST

typedef struct {
    fp_passwords *passwords;
    int done, busy;
} crowd;

static void *hash_some(void *context)
{
    crowd *mine = context;
    char hash[FP_HASH_MAX];
    for (int i = 0; i < 5; i++) {
        fp_status status = fp_passwords_hash(mine->passwords, FP_STR("x"), hash, NULL);
        mine->done += status == FP_OK;
        mine->busy += status == FP_BUSY;
    }
    return NULL;
}

/* Sixteen at once: two work, four wait, the others hear that it is busy; nobody hangs. */
START_TEST(a_crowd_is_bounded)
{
    enum { THREADS = 16 };
    fp_passwords *passwords;
    pthread_t threads[THREADS];
    crowd crowds[THREADS];
    int done = 0, busy = 0;
    ck_assert_int_eq(fp_passwords_open(&(fp_hash_cost){2, 4 << 20}, &passwords, &err), FP_OK);
    for (int i = 0; i < THREADS; i++) {
        crowds[i] = (crowd){.passwords = passwords};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hash_some, &crowds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        done += crowds[i].done;
        busy += crowds[i].busy;
    }
    ck_assert_int_eq(done + busy, 5 * THREADS);
    ck_assert_int_ge(done, 6);
    fp_passwords_close(passwords);
}
END_TEST

START_TEST(passwords_that_are_refused)
{
    static const struct {
        const char *password, *why;
    } rows[] = {
        {"korter", "Use 12"},
        {"elf tekens!", "Use 12"},
        {"éééééééé€€€", "Use 12"}, /* characters are counted, not bytes */
        {"aaaaaaaaaaaaaaaa", "repeats"},
        {"abababababababab", "repeats"},
        {"2026202620262026", "repeats"},
        {"123456789012", "repeats"},
        {"abcdefghijklmnop", "repeats"},
        {"zyxwvutsrqponmlk", "repeats"},
        {"112233445566778899", "repeats"},
        {"wachtwoord2026!", "common"},
        {"Wachtw00rd2026", "common"},
        {"P@ssw0rdP@ssw0rd", "common"},
        {"welkomwelkomwelkom", "common"},
        {"WelkomZomer2026!!", "common"},
        {"!!Amsterdam2026!!", "common"},
        {"qwertyuiopasdfghjkl", "common"},
        {"1q2w3e4r5t6y", "common"},
        {"FirstPlace2026", "common"},
        {"jobcoach-2026-11", "common"},
        {"j.devries2026", "common"},
        {"DeVries19801231", "common"},
        {"J.DeVriesWelkom1", "common"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why =
            fp_password_problem(fp_str_of(rows[i].password), "j.devries", "Jo DeVries");
        ck_assert_msg(why && strstr(why, rows[i].why), "%s: %s", rows[i].password,
                      why ? why : "taken");
    }
    char longest[FP_PASSWORD_MOST + 2];
    for (int i = 0; i <= FP_PASSWORD_MOST; i++)
        longest[i] = "kx7vq"[i % 5];
    ck_assert_ptr_nonnull(fp_password_problem((fp_str){longest, FP_PASSWORD_MOST + 1}, "x", "x"));
    ck_assert_ptr_null(fp_password_problem((fp_str){longest, FP_PASSWORD_MOST}, "x", "x"));
}
END_TEST

START_TEST(passwords_that_are_taken)
{
    static const char *const good[] = {
        "drie gele fietsbellen",
        "paard batterij nietje correct",
        "zomer paard fiets welkom",
        "kq7#vz!pL2xw",
        "Ωμέγα και άλφα",
        "83719402771933451120",
        "ik-eet-graag-soep-met-balletjes",
        "devries heeft zeven boten",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const char *why = fp_password_problem(fp_str_of(good[i]), "j.devries", "Jo DeVries");
        ck_assert_msg(!why, "%s: %s", good[i], why ? why : "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web/secrets");
    TCase *tests = tcase_create("secrets");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, codes_are_those_of_the_rfc);
    tcase_add_test(tests, codes_are_looked_for_one_step_either_way);
    tcase_add_test(tests, a_secret_that_is_none);
    tcase_add_test(tests, secrets_reach_the_phone);
    tcase_add_test(tests, a_code_has_its_three_eyes_and_a_margin);
    tcase_add_test(tests, only_the_password_opens);
    tcase_add_test(tests, usual_limits_cost_what_they_should);
    tcase_add_test(tests, a_crowd_is_bounded);
    tcase_add_test(tests, passwords_that_are_refused);
    tcase_add_test(tests, passwords_that_are_taken);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
