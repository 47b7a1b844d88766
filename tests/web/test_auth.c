#define CK_FLOATING_DIG 17
#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/sessions.h"
#include "store/store.h"
#include "web/first.h"
#include "web/visitor.h"
#include "web/web_priv.h"

/* Signing in, staying in and getting out, through the one door of the web. */

static client c;
static visitor v;
static int64_t admin, coach;

static void set_up(void)
{
    client_open(&c);
    visitor_init(&v, &c);
    visitor_staff(&c, "Coach een", &admin, &coach);
}

static void tear_down(void)
{
    client_close(&c);
}

static int try_password(const char *name, const char *password)
{
    char form[512];
    (void)visitor_get(&v, "/sign-in");
    (void)snprintf(form, sizeof form, "name=%s&password=%s", name, password);
    return visitor_post(&v, "/sign-in", form);
}

static int give_code(const char *code)
{
    char form[64];
    (void)visitor_get(&v, "/second-factor");
    (void)snprintf(form, sizeof form, "code=%s", code);
    return visitor_post(&v, "/second-factor", form);
}

static bool is_in(void)
{
    return visitor_get(&v, "/account") == 200;
}

/* ---- in ------------------------------------------------------------------------------------- */

START_TEST(password_and_code)
{
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    ck_assert(is_in());
    ck_assert(visitor_reads(&v, "Coach een"));
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM event WHERE kind = 'signed-in'"), 1);
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM event WHERE body LIKE '%coach1%'"),
                     0);
    visitor_verify(&c);
}
END_TEST

START_TEST(a_password_alone_opens_nothing)
{
    static const char *const pages[] = {"/", "/account", "/accounts", "/log", "/clients"};
    ck_assert_int_eq(try_password("beheer", visitor_word), 303);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        int status = visitor_get(&v, pages[i]);
        ck_assert_msg(status == 303 || status == 404, "%s: %d", pages[i], status);
    }
    /* and is over in ten minutes */
    ck_assert_int_eq(visitor_get(&v, "/second-factor"), 200);
    c.now += FP_SESSION_PASSWORD;
    ck_assert_int_eq(visitor_get(&v, "/second-factor"), 303);
    ck_assert_str_eq(visitor_location(&v), "/sign-in");
}
END_TEST

/* Names that exist, that do not, and that are disabled get the same answer, byte for byte but for
 * what was typed. */
START_TEST(wrong_pairs_look_alike)
{
    char known[2][200];
    const char *names[] = {"coach1", "coach9"};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(try_password(names[i], "verkeerd"), 422);
        visitor_between(&v, "f-password-problem\">", "<", known[i], sizeof known[i]);
        ck_assert_str_ne(known[i], "");
        ck_assert(!visitor_reads(&v, "verkeerd"));
        ck_assert(visitor_reads(&v, names[i])); /* the name is kept */
    }
    ck_assert_str_eq(known[0], known[1]);
    ck_assert_int_eq(try_password("' OR 1=1 --", visitor_word), 422);
    ck_assert_int_eq(try_password("", visitor_word), 422);
    ck_assert_int_eq(try_password("coach1", ""), 422);
    /* what was typed as a name is kept nowhere: it may be a password */
    ck_assert_int_eq(
        visitor_number(&c, "SELECT count(*) FROM sign_in_attempt WHERE subject LIKE '%coach%'"), 0);
}
END_TEST

START_TEST(names_are_read_without_capitals)
{
    ck_assert_int_eq(try_password(" Coach1 ", visitor_word), 303);
}
END_TEST

START_TEST(a_code_works_once)
{
    char code[7];
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    visitor_init(&v, &c);
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    visitor_code(&c, visitor_secret, code);
    ck_assert_int_eq(give_code(code), 422);
    ck_assert(!is_in());
    c.now += 30;
    visitor_code(&c, visitor_secret, code);
    ck_assert_int_eq(give_code(code), 303);
    ck_assert(is_in());
}
END_TEST

START_TEST(a_code_of_a_moment_ago_is_fine_and_an_older_one_not)
{
    char code[7];
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    visitor_code(&c, visitor_secret, code);
    c.now += 2 * 30 + 29;
    ck_assert_int_eq(give_code(code), 422);
    visitor_code(&c, visitor_secret, code);
    c.now += 30;
    ck_assert_int_eq(give_code(code), 303);
}
END_TEST

START_TEST(wrong_codes)
{
    static const char *const wrong[] = {"000000", "12345", "1234567", "abcdef",
                                        "AAAA-AAAA-AAAA-AAAA"};
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(give_code(wrong[i]), 422);
    char code[7];
    visitor_code(&c, visitor_secret, code);
    ck_assert_int_eq(give_code(code), 429); /* right, but too soon */
    ck_assert_str_eq(client_header(&c, "Retry-After"), "30");
    c.now += 30;
    visitor_code(&c, visitor_secret, code);
    ck_assert_int_eq(give_code(code), 303);
    ck_assert_int_eq(
        visitor_number(&c, "SELECT count(*) FROM event WHERE body LIKE '%\"failures\":5,%'"), 1);
}
END_TEST

/* ---- the lock-out --------------------------------------------------------------------------- */

START_TEST(tries_wait_longer_and_longer_but_not_for_good)
{
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(try_password("coach1", "verkeerd"), 422);
    ck_assert_int_eq(try_password("coach1", visitor_word), 429);
    ck_assert_str_eq(client_header(&c, "Retry-After"), "30");
    ck_assert(visitor_reads(&v, "30 sec"));
    ck_assert_int_eq(try_password("COACH1", visitor_word), 429); /* the same name */
    ck_assert_int_eq(try_password("beheer", visitor_word), 303); /* another one */
    visitor_init(&v, &c);
    c.now += 29;
    ck_assert_int_eq(try_password("coach1", visitor_word), 429);
    c.now += 1;
    ck_assert_int_eq(try_password("coach1", "verkeerd"), 422);
    c.now += 59;
    ck_assert_int_eq(try_password("coach1", visitor_word), 429); /* now a minute */
    c.now += 1;
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    /* a password that does not exist waits as long: nobody learns which names do */
    visitor_init(&v, &c);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(try_password("niemand", "verkeerd"), 422);
    ck_assert_int_eq(try_password("niemand", "verkeerd"), 429);
}
END_TEST

START_TEST(the_wait_survives_a_restart)
{
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(try_password("coach1", "verkeerd"), 422);
    client_reopen(&c);
    ck_assert_int_eq(try_password("coach1", visitor_word), 429);
}
END_TEST

START_TEST(an_address_waits_too)
{
    char name[16];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "naam%d", i);
        ck_assert_int_eq(try_password(name, "verkeerd"), 422);
    }
    ck_assert_int_eq(try_password("coach1", visitor_word), 429);
    (void)snprintf(v.address, sizeof v.address, "192.0.2.2");
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    ck_assert_int_eq(
        visitor_number(&c, "SELECT count(*) FROM sign_in_attempt WHERE subject LIKE '%192.0%'"), 0);
}
END_TEST

/* Colleagues behind one address, after twenty typing errors of that day. */
START_TEST(right_sign_ins_do_not_keep_others_waiting)
{
    char name[16];
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "naam%d", i);
        ck_assert_int_eq(try_password(name, "verkeerd"), 422);
    }
    c.now += 30;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(try_password("beheer", visitor_word), 303);
        visitor_init(&v, &c);
        ck_assert_int_eq(try_password("coach1", visitor_word), 303);
        visitor_init(&v, &c);
    }
}
END_TEST

static void *hash_on_and_on(void *user)
{
    char hash[FP_HASH_MAX];
    while (!atomic_load((atomic_bool *)user))
        (void)!fp_passwords_hash(c.web->passwords, FP_STR("bezet"), hash, NULL);
    return NULL;
}

/* A password that was not looked at, because too many were, is no failure. */
START_TEST(who_is_turned_away_by_a_busy_server_has_not_failed)
{
    enum { OTHERS = 16, MOST = 2000 };
    pthread_t others[OTHERS];
    atomic_bool enough = false;
    int turned_away = 0;
    for (int i = 0; i < OTHERS; i++)
        ck_assert_int_eq(pthread_create(&others[i], NULL, hash_on_and_on, &enough), 0);
    for (int i = 0; i < MOST && turned_away < 6; i++) {
        visitor_init(&v, &c);
        int status = try_password("coach1", visitor_word);
        ck_assert_msg(status == 303 || status == 503, "%d", status);
        turned_away += status == 503;
    }
    atomic_store(&enough, true);
    for (int i = 0; i < OTHERS; i++)
        ck_assert_int_eq(pthread_join(others[i], NULL), 0);
    ck_assert_int_gt(turned_away, 0);
    ck_assert_int_eq(visitor_number(&c, "SELECT coalesce(sum(failures), 0) FROM sign_in_attempt"),
                     0);
}
END_TEST

/* ---- sessions ------------------------------------------------------------------------------- */

START_TEST(idle_and_absolute_end)
{
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    c.now += FP_SESSION_IDLE - 1;
    ck_assert(is_in());
    c.now += FP_SESSION_IDLE;
    ck_assert(!is_in());
    ck_assert_str_eq(visitor_location(&v), "/sign-in");
    c.now += 30;
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    for (int64_t t = 1000; t < FP_SESSION_LONGEST; t += 1000) {
        c.now += 1000;
        ck_assert(is_in());
    }
    c.now += 1000;
    ck_assert(!is_in());
}
END_TEST

START_TEST(a_clock_set_back_does_not_revive_a_session)
{
    visitor other;
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    c.now += FP_SESSION_IDLE + 100;
    visitor_init(&other, &c);
    visitor_sign_in(&other, "beheer", visitor_word,
                    visitor_secret); /* the server has seen the later time */
    c.now -= FP_SESSION_IDLE;
    ck_assert(!is_in());
    ck_assert_int_eq(visitor_get(&other, "/account"), 303);
    c.now += FP_SESSION_IDLE + 60;
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
}
END_TEST

START_TEST(signing_out_ends_it)
{
    char token[64];
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    (void)snprintf(token, sizeof token, "%s", visitor_cookie(&v, "firstplace"));
    ck_assert_int_eq(visitor_post(&v, "/sign-out", ""), 303);
    ck_assert_str_eq(visitor_cookie(&v, "firstplace"), "");
    ck_assert_int_eq(visitor_get(&v, "/sign-in"), 200);
    ck_assert(visitor_reads(&v, "U bent uitgelogd."));
    char cookie[256];
    client_cookie(&c, "firstplace", token, cookie);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/account", cookie, NULL), 303);
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM event WHERE kind = 'signed-out'"), 1);
}
END_TEST

/* A cookie from before the sign-in is worth nothing after it, and another one comes each time. */
START_TEST(a_session_cannot_be_fixed_beforehand)
{
    char half[64], whole[64], cookie[256];
    ck_assert_int_eq(try_password("coach1", visitor_word), 303);
    (void)snprintf(half, sizeof half, "%s", visitor_cookie(&v, "firstplace"));
    char code[7];
    visitor_code(&c, visitor_secret, code);
    ck_assert_int_eq(give_code(code), 303);
    (void)snprintf(whole, sizeof whole, "%s", visitor_cookie(&v, "firstplace"));
    ck_assert_str_ne(half, whole);
    client_cookie(&c, "firstplace", half, cookie);
    ck_assert_int_eq(client_ask(&c, FP_GET, "/account", cookie, NULL), 303);
    /* the database does not hold what opens the door */
    char sql[256];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM session WHERE token = '%s'", whole);
    ck_assert_int_eq(visitor_number(&c, sql), 0);
    ck_assert_int_eq(visitor_number(&c, "SELECT count(*) FROM session"), 1);
}
END_TEST

START_TEST(cookies_are_guarded)
{
    (void)visitor_get(&v, "/sign-in");
    ck_assert_ptr_nonnull(strstr(client_header(&c, "Set-Cookie"), "; HttpOnly; SameSite=Strict"));
    ck_assert_ptr_null(strstr(client_header(&c, "Set-Cookie"), "Max-Age"));
}
END_TEST

/* A browser sends the cookies of a host to all its ports: one study's are not another's. */
START_TEST(two_studies_on_one_host_keep_their_sessions_apart)
{
    client other;
    visitor there;
    char name[FP_COOKIE_NAME], again[FP_COOKIE_NAME];
    client_open(&other); /* the same study.yaml in another folder */
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    there = v;
    there.c = &other;
    ck_assert_int_eq(visitor_get(&there, "/account"), 303);
    ck_assert_str_eq(visitor_cookie(&there, "firstplace"), "");
    ck_assert_int_eq(visitor_get(&there, "/sign-in"), 200);
    there.c = &c; /* back, with the cookies of both */
    ck_assert_int_eq(visitor_get(&there, "/account"), 200);
    client_close(&other);
    fp_web_cookie_name(c.web, "firstplace", name);
    client_reopen(&c);
    fp_web_cookie_name(c.web, "firstplace", again);
    ck_assert_str_eq(name, again); /* a restart signs nobody out */
    ck_assert(is_in());
}
END_TEST

START_TEST(forms_need_their_own_token)
{
    visitor other;
    visitor_init(&other, &c);
    (void)visitor_get(&v, "/sign-in");
    (void)visitor_get(&other, "/sign-in");
    ck_assert_str_ne(v.csrf, other.csrf);
    memcpy(v.csrf, other.csrf, sizeof v.csrf);
    ck_assert_int_eq(visitor_post(&v, "/sign-in", "name=coach1&password=x"), 403);
    v.csrf[0] = '\0';
    ck_assert_int_eq(visitor_post(&v, "/sign-in", "name=coach1&password=x"), 403);
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    (void)snprintf(v.csrf, sizeof v.csrf, "%s", other.csrf);
    ck_assert_int_eq(visitor_post(&v, "/account/language", "own_language=en"), 403);
    v.csrf[63] ^= 1;
    ck_assert_int_eq(visitor_post(&v, "/account/language", "own_language=en"), 403);
}
END_TEST

/* A form that was filled in for longer than a session lasts: what was typed is not lost, unless
 * another site typed it. */
START_TEST(a_form_after_the_session_is_told_and_shown)
{
    const fp_field own = {FP_STR("Sec-Fetch-Site"), FP_STR("same-origin")},
                   others = {FP_STR("Sec-Fetch-Site"), FP_STR("cross-site")};
    static const char form[] = "display=Alida <b>&name=alida&role=coach&coach=c02&language=nl",
                      passwords[] = "current=drie-gele-fietsbellen&new=geheim&again=geheim";
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_get(&v, "/accounts/new"), 200);
    c.now += FP_SESSION_IDLE;
    c.headers = (fp_fields){&own, 1};
    ck_assert_int_eq(visitor_post(&v, "/accounts/new", form), 403);
    ck_assert(visitor_reads(&v, "U bent niet meer ingelogd"));
    ck_assert(visitor_reads(&v, "href=\"/sign-in\""));
    ck_assert(visitor_reads(&v, "<li>Alida &lt;b&gt;</li>"));
    ck_assert_int_eq(visitor_post(&v, "/account/password", passwords), 403);
    ck_assert(!visitor_reads(&v, "geheim") && !visitor_reads(&v, visitor_word));
    c.headers = (fp_fields){&others, 1};
    ck_assert_int_eq(visitor_post(&v, "/accounts/new", form), 403);
    ck_assert(!visitor_reads(&v, "Alida"));
    c.headers = (fp_fields){0};
    ck_assert_int_eq(visitor_post(&v, "/accounts/new", form), 403);
    ck_assert(!visitor_reads(&v, "Alida"));
    /* signed in again in another tab: the form is out of date, and told so */
    char old[80];
    memcpy(old, v.csrf, sizeof old);
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    memcpy(v.csrf, old, sizeof old);
    c.headers = (fp_fields){&own, 1};
    ck_assert_int_eq(visitor_post(&v, "/accounts/new", form), 403);
    ck_assert(visitor_reads(&v, "Dit formulier is verlopen"));
    ck_assert(visitor_reads(&v, "href=\"/accounts/new\""));
    ck_assert(visitor_reads(&v, "<li>Alida &lt;b&gt;</li>"));
    ck_assert(!visitor_reads(&v, "geen recht"));
    c.headers = (fp_fields){0};
}
END_TEST

/* Who follows a link from a mail: the browser leaves the cookies out, and sends them all with the
 * form of the page that comes. */
START_TEST(signed_in_and_asked_to_sign_in)
{
    visitor mail, both;
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    visitor_init(&mail, &c);
    ck_assert_int_eq(visitor_get(&mail, "/sign-in"), 200);
    both = v;
    memcpy(both.csrf, mail.csrf, sizeof both.csrf);
    int at = 0;
    while (both.names[at][0] && !strstr(both.names[at], "visit-"))
        at++;
    memcpy(both.names[at], mail.names[0], sizeof both.names[at]);
    memcpy(both.values[at], mail.values[0], sizeof both.values[at]);
    ck_assert_int_eq(visitor_post(&both, "/sign-in", "name=coach1&password=drie-gele-fietsbellen"),
                     303);
    ck_assert_str_eq(visitor_location(&both), "/second-factor");
    /* for what a session is needed for, it does not do */
    both = v;
    memcpy(both.names[at], mail.names[0], sizeof both.names[at]);
    memcpy(both.values[at], mail.values[0], sizeof both.values[at]);
    memcpy(both.csrf, mail.csrf, sizeof both.csrf);
    ck_assert_int_eq(visitor_post(&both, "/account/language", "own_language=en"), 403);
}
END_TEST

/* What answers a post is not there a second time: no switch of language that would lose it. */
START_TEST(the_switch_of_language_loses_nothing)
{
    ck_assert_int_eq(visitor_get(&v, "/sign-in"), 200);
    ck_assert(visitor_reads(&v, "action=\"/language\""));
    ck_assert_int_eq(visitor_post(&v, "/sign-in", "name=coach1&password=verkeerd"), 422);
    ck_assert(!visitor_reads(&v, "action=\"/language\""));
    visitor_sign_in(&v, "beheer", visitor_word, visitor_secret);
    ck_assert_int_eq(visitor_get(&v, "/accounts/new"), 200);
    ck_assert_int_eq(visitor_post(&v, "/accounts/new",
                                  "display=Alida&name=alida&role=researcher&coach=&language=nl"),
                     200);
    ck_assert(visitor_reads(&v, "/welcome/")); /* told once */
    ck_assert(!visitor_reads(&v, "action=\"/language\""));
    static const struct {
        const char *back, *to;
    } cases[] = {{"/accounts/new", "/accounts/new"},
                 {"/sign-out", "/"},
                 {"/accounts/7/link", "/"},
                 {"/nowhere", "/"},
                 {"//example.org", "/"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char form[100];
        (void)snprintf(form, sizeof form, "language=en&back=%s", cases[i].back);
        ck_assert_int_eq(visitor_post(&v, "/language", form), 303);
        ck_assert_str_eq(visitor_location(&v), cases[i].to);
    }
}
END_TEST

START_TEST(odd_cookies_are_nobody)
{
    static const struct {
        const char *name, *value;
    } odd[] = {{"firstplace", ""},
               {"firstplace", "x"},
               {"firstplace", "../../etc/passwd"},
               {"firstplace", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
               {"firstplace", "' OR 1=1 --"},
               {"firstplace", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
               {"visit", "x"}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char cookie[256];
        client_cookie(&c, odd[i].name, odd[i].value, cookie);
        ck_assert_int_eq(client_ask(&c, FP_GET, "/account", cookie, NULL), 303);
        ck_assert_int_eq(client_ask(&c, FP_GET, "/sign-in", cookie, NULL), 200);
    }
}
END_TEST

/* Every try to write fails: another process has the database. No session comes of it, one plain
 * page does, and a page that only reads is there. */
START_TEST(a_locked_database)
{
    char path[SCRATCH_MAX];
    fp_ledger *other;
    fp_err err = {0};
    visitor_sign_in(&v, "coach1", visitor_word, visitor_secret);
    visitor second;
    visitor_init(&second, &c);
    ck_assert_int_eq(visitor_get(&second, "/sign-in"), 200);
    scratch_path(path, c.folder, "study.db");
    ck_assert_int_eq(fp_ledger_open(path, false, &other, &err), FP_OK);
    ck_assert_int_eq(fp_ledger_begin(other, &err), FP_OK);
    int status = visitor_post(&second, "/sign-in", "name=beheer&password=drie-gele-fietsbellen");
    ck_assert_msg(status == 503 || status == 422, "%d", status);
    ck_assert_str_eq(visitor_cookie(&second, "firstplace"), "");
    ck_assert(is_in());
    fp_ledger_rollback(other);
    fp_ledger_close(other);
    ck_assert_int_eq(visitor_get(&second, "/sign-in"), 200);
    visitor_sign_in(&second, "beheer", visitor_word, visitor_secret);
    visitor_verify(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web/auth");
    TCase *tests = tcase_create("auth");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, password_and_code);
    tcase_add_test(tests, a_password_alone_opens_nothing);
    tcase_add_test(tests, wrong_pairs_look_alike);
    tcase_add_test(tests, names_are_read_without_capitals);
    tcase_add_test(tests, a_code_works_once);
    tcase_add_test(tests, a_code_of_a_moment_ago_is_fine_and_an_older_one_not);
    tcase_add_test(tests, wrong_codes);
    tcase_add_test(tests, tries_wait_longer_and_longer_but_not_for_good);
    tcase_add_test(tests, the_wait_survives_a_restart);
    tcase_add_test(tests, an_address_waits_too);
    tcase_add_test(tests, right_sign_ins_do_not_keep_others_waiting);
    tcase_add_test(tests, who_is_turned_away_by_a_busy_server_has_not_failed);
    tcase_add_test(tests, idle_and_absolute_end);
    tcase_add_test(tests, a_clock_set_back_does_not_revive_a_session);
    tcase_add_test(tests, signing_out_ends_it);
    tcase_add_test(tests, a_session_cannot_be_fixed_beforehand);
    tcase_add_test(tests, cookies_are_guarded);
    tcase_add_test(tests, two_studies_on_one_host_keep_their_sessions_apart);
    tcase_add_test(tests, forms_need_their_own_token);
    tcase_add_test(tests, a_form_after_the_session_is_told_and_shown);
    tcase_add_test(tests, signed_in_and_asked_to_sign_in);
    tcase_add_test(tests, the_switch_of_language_loses_nothing);
    tcase_add_test(tests, odd_cookies_are_nobody);
    tcase_add_test(tests, a_locked_database);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
