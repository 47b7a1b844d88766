#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/store.h"
#include "web/first.h"
#include "web/totp.h"
#include "web/visitor.h"

/* From the first link to the administrator's pages and one's own account. */

static const char NEXT[] = "paarse+olifant+op+schaatsen";

static client c;
static visitor v, other;
static int64_t admin, coach;

static void set_up(void)
{
    client_open(&c);
    visitor_init(&v, &c);
    visitor_init(&other, &c);
    visitor_staff(&c, "Coach <een>", &admin, &coach);
}

static void tear_down(void)
{
    client_close(&c);
}

static fp_ledger *open_ledger(void)
{
    char path[SCRATCH_MAX];
    fp_ledger *ledger;
    fp_err err = {0};
    scratch_path(path, c.folder, "study.db");
    ck_assert_int_eq(fp_ledger_open(path, true, &ledger, &err), FP_OK);
    return ledger;
}

static void path_of(char path[64], const char *before, int64_t id, const char *after)
{
    (void)snprintf(path, 64, "%s%lld%s", before, (long long)id, after);
}

/* ---- the first time ------------------------------------------------------------------------- */

/* The key that the page shows, as the app on the phone reads it. */
static void read_secret(const visitor *who, char hex[2 * FP_TOTP_BYTES + 1])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char text[80];
    unsigned held = 0, bits = 0;
    size_t n = 0;
    visitor_between(who, "<code>", "</code>", text, sizeof text);
    for (const char *p = text; *p; p++) {
        const char *digit = strchr(digits, *p);
        if (*p == ' ')
            continue;
        ck_assert_ptr_nonnull(digit);
        held = held << 5 | (unsigned)(digit - digits);
        for (bits += 5; bits >= 8; bits -= 8)
            n += (size_t)snprintf(hex + n, 2 * FP_TOTP_BYTES + 1 - n, "%02x",
                                  held >> (bits - 8) & 255u);
    }
    ck_assert_uint_eq(n, 2 * FP_TOTP_BYTES);
}

/* Take a link from the page that tells it. */
static void read_link(const visitor *who, char path[96])
{
    char token[64];
    visitor_between(who, "/welcome/", "<", token, sizeof token);
    ck_assert_uint_eq(strlen(token), FP_TOKEN_DIGITS);
    (void)snprintf(path, 96, "/welcome/%s", token);
}

static void choose_password(visitor *who, const char *link, const char *password)
{
    char form[512];
    ck_assert_int_eq(visitor_get(who, link), 200);
    (void)snprintf(form, sizeof form, "new=%s&again=%s", password, password);
    ck_assert_int_eq(visitor_post(who, link, form), 303);
    ck_assert_str_eq(visitor_location(who), "/second-factor");
    ck_assert_int_eq(visitor_get(who, "/second-factor"), 200);
}

static void prove_phone(visitor *who, const char *secret)
{
    char code[7], form[32];
    visitor_code(&c, secret, code);
    (void)snprintf(form, sizeof form, "code=%s", code);
    ck_assert_int_eq(visitor_post(who, "/second-factor", form), 200);
    ck_assert(visitor_reads(who, "class=\"codes\""));
}

START_TEST(from_the_terminal_to_the_first_page)
{
    char token[FP_TOKEN_DIGITS + 1], link[96], secret[2 * FP_TOTP_BYTES + 1], code[24], form[64];
    fp_err err = {0};
    client_close(&c);
    client_open(&c);
    fp_ledger *ledger = open_ledger();
    ck_assert_int_eq(fp_first_administrator(ledger, c.now, token, &err), FP_OK);
    (void)snprintf(link, sizeof link, "/welcome/%s", token);
    ck_assert_int_eq(fp_first_administrator(ledger, c.now, token, &err), FP_OK);
    ck_assert_str_eq(token, ""); /* there is one now */
    fp_ledger_close(ledger);
    ck_assert_int_eq(visitor_get(&v, link), 200);
    ck_assert(visitor_reads(&v, "administrator"));
    ck_assert_int_eq(visitor_get(&v, link), 200); /* looking at it does not use it up */
    choose_password(&v, link, visitor_word);
    ck_assert(visitor_reads(&v, "<svg class=\"qr\""));
    read_secret(&v, secret);
    ck_assert_int_eq(visitor_get(&other, link), 404); /* used up */
    ck_assert_int_eq(visitor_post(&v, "/second-factor", "code=000000"), 422);
    char again[2 * FP_TOTP_BYTES + 1];
    read_secret(&v, again);
    ck_assert_str_eq(secret, again); /* the picture stays while the code is wrong */
    ck_assert_int_eq(visitor_get(&v, "/accounts"), 303);
    ck_assert_int_eq(visitor_get(&v, "/second-factor"), 200);
    prove_phone(&v, secret);
    visitor_between(&v, "<li><code>", "</code>", code, sizeof code);
    ck_assert_uint_eq(strlen(code), FP_RECOVERY_DIGITS);
    ck_assert_int_eq(visitor_get(&v, "/accounts"), 200);
    /* a recovery code opens the account without the phone, once */
    for (int i = 0; i < 2; i++) {
        visitor_init(&other, &c);
        (void)visitor_get(&other, "/sign-in");
        (void)snprintf(form, sizeof form, "name=administrator&password=%s", visitor_word);
        ck_assert_int_eq(visitor_post(&other, "/sign-in", form), 303);
        (void)visitor_get(&other, "/second-factor");
        (void)snprintf(form, sizeof form, "code=%s", code);
        ck_assert_int_eq(visitor_post(&other, "/second-factor", form), i ? 422 : 303);
    }
    visitor_verify(&c);
}
END_TEST

START_TEST(links_that_lead_nowhere)
{
    static const char *const wrong[] = {"/welcome/x", "/welcome/' OR 1=1 --", "/welcome/..",
                                        "/welcome/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(visitor_get(&v, wrong[i]), 404);
    (void)visitor_get(&v, "/sign-in");
    ck_assert_int_eq(visitor_post(&v, wrong[3], "new=a&again=a"), 404);
}
END_TEST

START_TEST(links_from_the_terminal)
{
    char token[FP_TOKEN_DIGITS + 1], link[96];
    fp_err err = {0};
    fp_ledger *ledger = open_ledger();
    ck_assert_int_eq(fp_first_link(ledger, "nobody", c.now, token, &err), FP_INPUT);
    ck_assert_int_eq(fp_first_link(ledger, "a b", c.now, token, &err), FP_INPUT);
    ck_assert_int_eq(fp_first_link(ledger, "Beheer", c.now, token, &err), FP_OK);
    fp_ledger_close(ledger);
    (void)snprintf(link, sizeof link, "/welcome/%s", token);
    visitor_sign_in(&other, "beheer", visitor_word, visitor_secret);
    choose_password(&v, link, NEXT);
    ck_assert(visitor_reads(&v, "<svg"));                   /* the second factor is set up anew */
    ck_assert_int_eq(visitor_get(&other, "/account"), 303); /* who was in is out */
    ck_assert_int_eq(
        visitor_number(&c, "SELECT count(*) FROM event WHERE kind = 'account-second-factor' AND "
                           "body LIKE '%\"stored\":\"\"%'"),
        1);
    c.now += 3 * 24 * 3600;
    ck_assert_int_eq(visitor_get(&other, link), 404);
    visitor_verify(&c);
}
END_TEST

START_TEST(weak_passwords_do_not_use_the_link_up)
{
    char link[96], path[64];
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    path_of(path, "/accounts/", coach, "");
    ck_assert_int_eq(visitor_get(&v, path), 200);
    path_of(path, "/accounts/", coach, "/link");
    ck_assert_int_eq(visitor_post(&v, path, ""), 200);
    read_link(&v, link);
    ck_assert_int_eq(visitor_get(&other, link), 200);
    static const char *const wrong[] = {"new=kort&again=kort",
                                        "new=Welkom-2026-01&again=Welkom-2026-01",
                                        "new=coach1-2026-11&again=coach1-2026-11",
                                        "new=drie+gele+fietsbellen&again=drie+gele+fietsbelle",
                                        "new=drie+gele+fietsbellen&again=",
                                        "new=&again="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(visitor_post(&other, link, wrong[i]), 422);
        ck_assert(!visitor_reads(&other, "fietsbelle"));
    }
    /* the old password works until then; the phone stays as it was */
    ck_assert_int_eq(visitor_post(&other, link,
                                  "new=paarse+olifant+op+schaatsen&again="
                                  "paarse+olifant+op+schaatsen"),
                     303);
    ck_assert_int_eq(visitor_get(&other, "/second-factor"), 200);
    ck_assert(!visitor_reads(&other, "<svg"));
}
END_TEST

/* ---- the administrator's pages -------------------------------------------------------------- */

START_TEST(a_new_account_comes_with_a_link)
{
    char link[96], secret[2 * FP_TOTP_BYTES + 1];
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_get(&v, "/accounts/new"), 200);
    ck_assert_int_eq(visitor_post(&v, "/accounts/new",
                                  "display=Els&name=Els@stad.nl&role=researcher&language=en"),
                     200);
    read_link(&v, link);
    choose_password(&other, link, NEXT);
    ck_assert(visitor_reads(&other, "Set up a second step")); /* in her language */
    read_secret(&other, secret);
    prove_phone(&other, secret);
    ck_assert_int_eq(visitor_get(&other, "/account"), 200);
    ck_assert_int_eq(visitor_get(&other, "/accounts"), 403);
    ck_assert_int_eq(visitor_get(&v, "/accounts"), 200);
    ck_assert(visitor_reads(&v, "els@stad.nl"));
    ck_assert(visitor_reads(&v, "Coach &lt;een&gt;"));
    visitor_verify(&c);
}
END_TEST

START_TEST(wrong_accounts_keep_what_was_typed)
{
    static const struct {
        const char *form, *shown;
    } wrong[] = {
        {"display=&name=els&role=researcher&language=nl", "value=\"els\""},
        {"display=Els&name=coach1&role=researcher&language=nl", "Iemand anders heeft"},
        {"display=Els&name=a b&role=researcher&language=nl", "value=\"a b\""},
        {"display=Els&name=x&role=researcher&language=nl", "value=\"Els\""},
        {"display=Els&name=els&role=boss&language=nl", "value=\"Els\""},
        {"display=Els&name=els&role=client&language=nl", "value=\"Els\""},
        {"display=Els&name=els&role=coach&language=nl", "value=\"Els\""},
        {"display=Els&name=els&role=researcher&coach=c01&language=nl", "value=\"c01\""},
        {"display=<script>&name=els&role=coach&language=nl", "&lt;script&gt;"},
        {"display=Els&name=els&role=researcher&language=fr", "value=\"Els\""},
        {"", "Rol"},
    };
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    (void)visitor_get(&v, "/accounts/new");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(visitor_post(&v, "/accounts/new", wrong[i].form), 422);
        ck_assert_msg(visitor_reads(&v, wrong[i].shown), "%s: no %s", wrong[i].form,
                      wrong[i].shown);
    }
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM account"), 2);
}
END_TEST

START_TEST(disabling_ends_it_at_once)
{
    char path[64], form[256], version[16];
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    visitor_sign_in(&other, "coach1", visitor_word, visitor_secret);
    path_of(path, "/accounts/", coach, "");
    ck_assert_int_eq(visitor_get(&v, path), 200);
    visitor_between(&v, "name=\"version\" value=\"", "\"", version, sizeof version);
    (void)snprintf(form, sizeof form,
                   "display=Coach&name=coach1&role=coach&coach=c01&language=nl&disabled=yes"
                   "&version=%s",
                   version);
    ck_assert_int_eq(visitor_post(&v, path, form), 303);
    ck_assert_int_eq(visitor_get(&other, "/account"), 303);
    visitor_init(&other, &c);
    (void)visitor_get(&other, "/sign-in");
    ck_assert_int_eq(visitor_post(&other, "/sign-in", "name=coach1&password=drie-gele-fietsbellen"),
                     422);
    path_of(path, "/accounts/", coach, "/link");
    ck_assert_int_eq(visitor_post(&v, path, ""), 404);
    visitor_verify(&c);
}
END_TEST

START_TEST(the_only_administrator_stays_one)
{
    static const char *const wrong[] = {
        "display=B&name=beheer&role=administrator&language=nl&disabled=yes&version=",
        "display=B&name=beheer&role=researcher&language=nl&version="};
    char path[64], form[256], version[16];
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    path_of(path, "/accounts/", admin, "");
    ck_assert_int_eq(visitor_get(&v, path), 200);
    visitor_between(&v, "name=\"version\" value=\"", "\"", version, sizeof version);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(form, sizeof form, "%s%s", wrong[i], version);
        ck_assert_int_eq(visitor_post(&v, path, form), 422);
        ck_assert(visitor_reads(&v, "enige beheerder"));
    }
    ck_assert_int_eq(visitor_number(&c,
                                    "SELECT count(*) FROM account WHERE role = 'administrator' AND "
                                    "disabled = 0"),
                     1);
}
END_TEST

START_TEST(two_who_save_the_same_account)
{
    char path[64], form[256], version[16], later[16];
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    path_of(path, "/accounts/", coach, "");
    (void)visitor_get(&v, path);
    visitor_between(&v, "name=\"version\" value=\"", "\"", version, sizeof version);
    (void)snprintf(form, sizeof form,
                   "display=Eerste&name=coach1&role=coach&coach=c01&language=nl&version=%s",
                   version);
    ck_assert_int_eq(visitor_post(&v, path, form), 303);
    (void)snprintf(form, sizeof form,
                   "display=Tweede&name=coach1&role=coach&coach=c02&language=nl&version=%s",
                   version);
    ck_assert_int_eq(visitor_post(&v, path, form), 409);
    ck_assert(visitor_reads(&v, "Eerste"));           /* how it is now */
    ck_assert(visitor_reads(&v, "value=\"Tweede\"")); /* what was typed */
    visitor_between(&v, "name=\"version\" value=\"", "\"", later, sizeof later);
    ck_assert_str_ne(version, later);
    (void)snprintf(form, sizeof form,
                   "display=Tweede&name=coach1&role=coach&coach=c02&language=nl&version=%s", later);
    ck_assert_int_eq(visitor_post(&v, path, form), 303);
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM account WHERE coach = 'c02'"), 1);
    visitor_verify(&c);
}
END_TEST

START_TEST(accounts_that_are_not_there)
{
    static const char *const paths[] = {"/accounts/0", "/accounts/99999", "/accounts/x",
                                        "/accounts/-1", "/accounts/99999999999999999999"};
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert_int_eq(visitor_get(&v, paths[i]), 404);
}
END_TEST

/* A row that no program of ours wrote is no conflict of two who save: the page fails (and leaves
 * nothing behind: the sanitizer looks), and the operator is told. */
START_TEST(a_damaged_account_is_told_the_operator)
{
    static const char *const pages[] = {"/accounts", "/log", "/"};
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    fp_ledger *ledger = open_ledger();
    ck_assert_int_eq(sqlite3_exec(fp_ledger_db(ledger),
                                  "PRAGMA ignore_check_constraints = 1; "
                                  "UPDATE account SET role = 'king' WHERE name = 'coach1'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    fp_ledger_close(ledger);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        ck_assert_int_eq(visitor_get(&v, pages[i]), 500);
        ck_assert_ptr_nonnull(strstr(c.response.fault, "firstplace verify"));
        ck_assert(!visitor_reads(&v, "was u voor"));
    }
}
END_TEST

START_TEST(the_log_tells_who_did_what)
{
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_get(&v, "/log"), 200);
    ck_assert(visitor_reads(&v, "logde in"));
    ck_assert(visitor_reads(&v, "<td data-label=\"Wie\">Beheer</td>"));
}
END_TEST

/* ---- one's own account ---------------------------------------------------------------------- */

START_TEST(own_language)
{
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_post(&v, "/account/language", "own_language=fr"), 422);
    ck_assert_int_eq(visitor_post(&v, "/account/language", "own_language=en"), 303);
    ck_assert_int_eq(visitor_get(&v, "/account"), 200);
    ck_assert(visitor_reads(&v, "My account"));
    visitor_verify(&c);
}
END_TEST

START_TEST(own_password)
{
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    c.now += 30;
    visitor_sign_in(&other, "coach1", visitor_word, visitor_secret);
    static const char *const wrong[] = {
        "current=verkeerd&new=paarse+olifant+op&again=paarse+olifant+op",
        "current=drie-gele-fietsbellen&new=kort&again=kort",
        "current=drie-gele-fietsbellen&new=drie-gele-fietsbellen&again=drie-gele-fietsbellen",
        "current=&new=paarse+olifant+op&again=paarse+olifant+op"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(visitor_post(&v, "/account/password", wrong[i]), 422);
    ck_assert_int_eq(visitor_post(&v, "/account/password",
                                  "current=drie-gele-fietsbellen&new=paarse+olifant+op+schaatsen"
                                  "&again=paarse+olifant+op+schaatsen"),
                     303);
    ck_assert_int_eq(visitor_get(&v, "/account"), 200);     /* this one goes on */
    ck_assert_int_eq(visitor_get(&other, "/account"), 303); /* the other is out */
    visitor_init(&other, &c);
    c.now += 30;
    visitor_sign_in(&other, "coach1", NEXT, visitor_secret);
    visitor_verify(&c);
}
END_TEST

START_TEST(own_password_cannot_be_guessed_from_an_open_screen)
{
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(visitor_post(&v, "/account/recovery-codes", "for_codes=verkeerd"), 422);
    ck_assert_int_eq(visitor_post(&v, "/account/recovery-codes", "for_codes=drie-gele-fietsbellen"),
                     429);
}
END_TEST

START_TEST(own_recovery_codes_and_another_phone)
{
    char secret[2 * FP_TOTP_BYTES + 1];
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_post(&v, "/account/recovery-codes", "for_codes=drie-gele-fietsbellen"),
                     200);
    ck_assert(visitor_reads(&v, "class=\"codes\""));
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM recovery_code"), 10);
    ck_assert_int_eq(visitor_post(&v, "/account/second-factor", "for_factor=verkeerd"), 422);
    ck_assert_int_eq(visitor_post(&v, "/account/second-factor", "for_factor=drie-gele-fietsbellen"),
                     303);
    ck_assert_int_eq(visitor_get(&v, "/account"), 303); /* not before the new phone is there */
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM recovery_code"), 0);
    ck_assert_int_eq(visitor_get(&v, "/second-factor"), 200);
    read_secret(&v, secret);
    ck_assert_str_ne(secret, visitor_secret);
    prove_phone(&v, secret);
    ck_assert_int_eq(visitor_get(&v, "/account"), 200);
    visitor_verify(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web/accounts");
    TCase *tests = tcase_create("accounts");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, from_the_terminal_to_the_first_page);
    tcase_add_test(tests, links_that_lead_nowhere);
    tcase_add_test(tests, links_from_the_terminal);
    tcase_add_test(tests, weak_passwords_do_not_use_the_link_up);
    tcase_add_test(tests, a_new_account_comes_with_a_link);
    tcase_add_test(tests, wrong_accounts_keep_what_was_typed);
    tcase_add_test(tests, disabling_ends_it_at_once);
    tcase_add_test(tests, the_only_administrator_stays_one);
    tcase_add_test(tests, two_who_save_the_same_account);
    tcase_add_test(tests, accounts_that_are_not_there);
    tcase_add_test(tests, a_damaged_account_is_told_the_operator);
    tcase_add_test(tests, the_log_tells_who_did_what);
    tcase_add_test(tests, own_language);
    tcase_add_test(tests, own_password);
    tcase_add_test(tests, own_password_cannot_be_guessed_from_an_open_screen);
    tcase_add_test(tests, own_recovery_codes_and_another_phone);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
