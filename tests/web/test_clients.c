#define CK_FLOATING_DIG 17
#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ledger/fault_vfs.h"
#include "ledger/scratch.h"
#include "run_suite.h"
#include "store/store.h"
#include "web/visitor.h"

/* Clients through the door of the web: who may see whom, what is kept of what was typed, and that
 * nothing personal stands in clear. The people are made up. */

static const char KEY[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                  MILA[] = "given_names=Mila Zevenblad&prefix=van 't&family_name=Kwaksteeg"
                           "&birth_date=05-06-1987&bsn=9999.00.006&street=Verzonnenlaan 731"
                           "&postcode=0000 ZZ&town=Nergenshuizen&phone=06-0000 7319"
                           "&email=mila@voorbeeld.invalid&version=";

static client c;
static visitor boss, ann, bob;

static void account(visitor *v, const char *name, fp_role role, const char *coach)
{
    const fp_account made = {
        .name = name, .display = name, .role = role, .coach = coach, .language = "en"};
    visitor_init(v, &c);
    (void)visitor_account(&c, &made, visitor_word, visitor_secret);
    visitor_sign_in(v, name, visitor_word, visitor_secret);
}

static void set_up(void)
{
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY", KEY, 1), 0);
    client_open(&c);
    account(&boss, "boss", FP_ROLE_COORDINATOR, "");
    account(&ann, "ann", FP_ROLE_COACH, "c1");
    account(&bob, "bob", FP_ROLE_COACH, "c2");
}

static void tear_down(void)
{
    client_close(&c);
    (void)unsetenv("FIRSTPLACE_KEY");
}

/* How many files of the study hold a text. */
static int files_with(const char *text)
{
    DIR *dir = opendir(c.folder);
    int count = 0;
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[SCRATCH_MAX];
        fp_str whole;
        fp_arena *arena = fp_arena_create(256 * FP_MIB);
        if (entry->d_name[0] == '.') {
            fp_arena_destroy(arena);
            continue;
        }
        scratch_path(path, c.folder, entry->d_name);
        ck_assert_int_eq(fp_file_read(path, 128 * FP_MIB, arena, &whole, NULL), FP_OK);
        count += memmem(whole.p, whole.n, text, strlen(text)) != NULL;
        fp_arena_destroy(arena);
    }
    (void)closedir(dir);
    return count;
}

static void register_client(const char *id, const char *coach)
{
    char form[200];
    ck_assert_int_eq(visitor_get(&boss, "/clients/new"), 200);
    (void)snprintf(form, sizeof form, "client=%s&coach=%s", id, coach);
    ck_assert_int_eq(visitor_post(&boss, "/clients/new", form), 303);
}

/* Fill in the form of a client: what `more` says, and the version that the page showed. */
static int save(visitor *v, const char *path, const char *fields, const char *version)
{
    char form[20000];
    ck_assert_int_eq(visitor_get(v, path), 200);
    (void)snprintf(form, sizeof form, "%s%s", fields, version);
    return visitor_post(v, path, form);
}

START_TEST(test_who_sees_whom)
{
    register_client("p1", "c1");
    register_client("p2", "c2");
    ck_assert_int_eq(visitor_get(&ann, "/clients"), 200);
    ck_assert(visitor_reads(&ann, "/clients/p1"));
    ck_assert(!visitor_reads(&ann, "/clients/p2"));
    ck_assert_int_eq(visitor_get(&boss, "/clients"), 200);
    ck_assert(visitor_reads(&boss, "/clients/p1") && visitor_reads(&boss, "/clients/p2"));
    static const char *const hidden[] = {"/clients/p2", "/clients/p2/consent", "/clients/p9"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        ck_assert_int_eq(visitor_get(&ann, hidden[i]), 404);
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p2", MILA), 404);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p2/link", ""), 404);
    static const char *const coordinators[] = {"/clients/new", "/clients/p1/erase", "/retention"};
    for (size_t i = 0; i < sizeof coordinators / sizeof *coordinators; i++)
        ck_assert_int_eq(visitor_get(&ann, coordinators[i]), 403);
    /* handed over, she sees the client no more */
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1"), 200);
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1/coach", "coach=c2"), 303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 404);
    ck_assert_int_eq(visitor_get(&bob, "/clients/p1"), 200);
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1"), 200);
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1/coach", "coach=c77"), 422);
    visitor_verify(&c);
}
END_TEST

START_TEST(test_an_identity_is_shown_again_and_is_nowhere_in_clear)
{
    static const char *const values[] = {"Mila Zevenblad", "van &#39;t",
                                         "Kwaksteeg",      "05-06-1987",
                                         "999900006",      "Verzonnenlaan 731",
                                         "0000 ZZ",        "Nergenshuizen",
                                         "06-0000 7319",   "mila@voorbeeld.invalid"};
    register_client("p1", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_str_eq(visitor_location(&ann), "/clients/p1");
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ck_assert_msg(visitor_reads(&ann, values[i]), "%s", values[i]);
        ck_assert_msg(files_with(values[i]) == 0, "%s stands in a file", values[i]);
    }
    ck_assert_int_eq(files_with("1987-06-05"), 0);
    ck_assert_int_ge(files_with("identity-saved"), 1);
    ck_assert_int_eq(visitor_get(&ann, "/clients"), 200);
    ck_assert(visitor_reads(&ann, "Mila Zevenblad van &#39;t Kwaksteeg"));
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "1"), 303); /* the same again */
    visitor_verify(&c);
}
END_TEST

START_TEST(test_wrong_fields_are_told_and_kept)
{
    static const char begin[] = "family_name=", end[] = "&town=Nergenshuizen&version=";
    char longer[10100] = "";
    memcpy(longer, begin, sizeof begin - 1);
    memset(longer + sizeof begin - 1, 'y', 10000);
    memcpy(longer + sizeof begin - 1 + 10000, end, sizeof end);
    const struct {
        const char *form, *says;
    } cases[] = {
        {"family_name=K&birth_date=01-01-2199&town=Nergenshuizen&version=",
         "This date has not come yet."},
        {"family_name=K&birth_date=31-02-1990&town=Nergenshuizen&version=",
         "Give a date as 03-02-2026."},
        {"family_name=K&bsn=123456789&town=Nergenshuizen&version=", "This BSN is not right"},
        {"family_name=K&bsn=000000000&town=Nergenshuizen&version=", "This BSN is not right"},
        {"family_name=K&bsn=12&town=Nergenshuizen&version=", "A BSN has nine digits."},
        {"family_name=K\x01&town=Nergenshuizen&version=", "Use one line"},
        {"family_name=&town=Nergenshuizen&version=", "Fill this in."},
        {"family_name=K&email=mila&town=Nergenshuizen&version=", "This is not an e-mail address."},
        {"family_name=K&phone=bel me&town=Nergenshuizen&version=",
         "This is not a telephone number."},
        {longer, "Use at most 100 characters."},
    };
    register_client("p1", "c1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(save(&ann, "/clients/p1", cases[i].form, "0"), 422);
        ck_assert_msg(visitor_reads(&ann, cases[i].says), "%s", cases[i].says);

        ck_assert_msg(visitor_reads(&ann, "value=\"Nergenshuizen\""), "%s", cases[i].says);
    }
    ck_assert_int_eq(files_with("identity-saved"), 0);
    /* all of Unicode is a name */
    ck_assert_int_eq(save(&ann, "/clients/p1",
                          "given_names=\u674e\u5c0f\u9f99 \u0645\u0631\u064a\u0645 \U0001f33b"
                          "&family_name=O\u2019\u0110\u1ed7 \u0130\u015f\u0131k<b>\"&version=",
                          "0"),
                     303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(visitor_reads(&ann, "\u674e\u5c0f\u9f99 \u0645\u0631\u064a\u0645 \U0001f33b"));
    ck_assert(visitor_reads(&ann, "O\u2019\u0110\u1ed7 \u0130\u015f\u0131k&lt;b&gt;&quot;"));
    static const char *const ids[] = {"client=111222333&coach=c1", "client=a b&coach=c1",
                                      "client=..&coach=c1", "client=p1&coach=c1",
                                      "client=p5&coach=c77"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        ck_assert_int_eq(visitor_get(&boss, "/clients/new"), 200);
        ck_assert_msg(visitor_post(&boss, "/clients/new", ids[i]) == 422, "%s", ids[i]);
    }
    ck_assert_int_eq(visitor_post(&boss, "/clients/new", "client=&coach="), 303);
    ck_assert_ptr_nonnull(strstr(visitor_location(&boss), "/clients/k-"));
    visitor_verify(&c);
}
END_TEST

START_TEST(test_two_save_the_same_client)
{
    register_client("p1", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1"), 200); /* the boss opens version 1 */
    ck_assert_int_eq(save(&ann, "/clients/p1",
                          "family_name=Kwaksteeg&town=Elders&phone=06-1111 1111&version=", "1"),
                     303);
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1",
                                  "given_names=Mila Zevenblad&prefix=van 't&family_name=Kwaksteeg"
                                  "&birth_date=05-06-1987&bsn=999900006&street=Verzonnenlaan 731"
                                  "&postcode=0000 ZZ&town=Ergens&phone=06-0000 7319"
                                  "&email=mila@voorbeeld.invalid&version=1"),
                     409);
    ck_assert(visitor_reads(&boss, "Somebody else saved this client on"));
    ck_assert(visitor_reads(&boss, "what you typed stands here"));
    ck_assert(visitor_reads(&boss, "the new value stands here"));
    ck_assert(visitor_reads(&boss, "value=\"Ergens\""));
    ck_assert(visitor_reads(&boss, "Elders"));
    ck_assert(visitor_reads(&boss, "value=\"06-1111 1111\""));
    ck_assert(visitor_reads(&boss, "name=\"version\" value=\"2\""));
    /* looked at and saved again */
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1",
                                  "family_name=Kwaksteeg&town=Ergens&phone=06-1111 1111&version=2"),
                     303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(visitor_reads(&ann, "Ergens") && visitor_reads(&ann, "06-1111 1111"));
    /* one BSN, one client */
    register_client("p2", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p2", MILA, "0"), 303);
    register_client("p3", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p3", MILA, "0"), 422);
    ck_assert(visitor_reads(&ann, "Another client is registered with this BSN."));
    ck_assert(!visitor_reads(&ann, "p2"));
    visitor_verify(&c);
}
END_TEST

START_TEST(test_consent_link_and_erasure)
{
    char token[200], path[256];
    visitor mila;
    register_client("p1", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1/consent"), 200);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/consent",
                                  "what=give&moment=01-01-2199&version=1&how=paper"),
                     422);
    ck_assert_int_eq(
        visitor_post(&ann, "/clients/p1/consent", "what=withdraw&moment=01-02-2026&rule=keep"),
        422);
    ck_assert(visitor_reads(&ann, "There is no consent to withdraw."));
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/consent", "what=give&moment=01-02-2026"), 422);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/consent",
                                  "what=give&moment=01-02-2026&version=2026-01&how=paper"),
                     303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(visitor_reads(&ann, "given on Sun 1 Feb 2026, version 2026-01"));
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/link", ""), 200);
    (void)visitor_between(&ann, "/me/", "</code>", token, sizeof token);
    ck_assert_uint_eq(strlen(token), 43);
    ck_assert_int_eq(files_with(token), 0);
    visitor_init(&mila, &c);
    (void)snprintf(path, sizeof path, "/me/%s", token);
    ck_assert_int_eq(visitor_get(&mila, path), 200);
    ck_assert(visitor_reads(&mila, "Kwaksteeg"));
    /* erased by the coordinator, sure of it */
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1/erase"), 200);
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1/erase", "reason=asked"), 422);
    ck_assert_int_eq(visitor_post(&boss, "/clients/p1/erase", "reason=asked&sure=yes"), 303);
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1/erase"), 200);
    ck_assert(visitor_reads(&boss, "Certificate of deletion"));
    ck_assert(visitor_reads(&boss, "Hash of the event"));
    ck_assert_int_eq(visitor_get(&mila, path), 404);
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1"), 200);
    ck_assert(!visitor_reads(&boss, "Kwaksteeg"));
    ck_assert_int_eq(visitor_get(&boss, "/clients"), 200);
    ck_assert(!visitor_reads(&boss, "Kwaksteeg"));
    ck_assert_int_eq(visitor_get(&boss, "/clients/p9/erase"), 404);
    visitor_verify(&c);
}
END_TEST

/* What a client does by the personal link stands in the log; who it was, the administrator does not
 * see. */
START_TEST(test_the_log_names_no_client)
{
    char token[200], path[256];
    visitor mila, admin;
    account(&admin, "admin", FP_ROLE_ADMINISTRATOR, "");
    register_client("p-zeven", "c1");
    ck_assert_int_eq(visitor_get(&ann, "/clients/p-zeven/consent"), 200);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p-zeven/consent",
                                  "what=give&moment=01-02-2026&version=2026-01&how=paper"),
                     303);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p-zeven"), 200);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p-zeven/link", ""), 200);
    (void)visitor_between(&ann, "/me/", "</code>", token, sizeof token);
    visitor_init(&mila, &c);
    (void)snprintf(path, sizeof path, "/me/%s", token);
    ck_assert_int_eq(visitor_get(&mila, path), 200);
    ck_assert_int_eq(visitor_post(&mila, path, "rule=keep"), 303);
    ck_assert_int_eq(files_with("client:p-zeven"), 1); /* the log itself has it */
    ck_assert_int_eq(visitor_get(&admin, "/log"), 200);
    ck_assert(visitor_reads(&admin, "noted a withdrawal"));
    ck_assert(visitor_reads(&admin, "a client"));
    ck_assert(!visitor_reads(&admin, "p-zeven"));
}
END_TEST

static void tamper(const char *sql)
{
    char path[SCRATCH_MAX];
    fp_ledger *ledger;
    fp_err err = {0};
    scratch_path(path, c.folder, "study.db");
    ck_assert_int_eq(fp_ledger_open(path, false, &ledger, &err), FP_OK);
    ck_assert_int_eq(sqlite3_exec(fp_ledger_db(ledger), sql, NULL, NULL, NULL), SQLITE_OK);
    fp_ledger_close(ledger);
}

/* One damaged row: the others are there, nobody is told that somebody else was first, and the
 * operator hears of it without hearing of whom. */
START_TEST(test_one_damaged_row_takes_no_list_along)
{
    register_client("p1", "c1");
    register_client("p2", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_int_eq(save(&ann, "/clients/p2", "family_name=Wollewei&version=", "0"), 303);
    tamper("UPDATE person_key SET wrapped = iif(substr(wrapped, 1, 1) = '0', '1', '0') || "
           "substr(wrapped, 2) WHERE client = 'p1'");
    ck_assert_int_eq(visitor_get(&boss, "/clients"), 200);
    ck_assert(visitor_reads(&boss, "Wollewei"));
    ck_assert(visitor_reads(&boss, "cannot be read"));
    ck_assert_ptr_nonnull(strstr(c.response.fault, "firstplace verify"));
    ck_assert_int_eq(visitor_get(&boss, "/clients/p2"), 200);
    ck_assert_str_eq(c.response.fault, "");
    ck_assert_int_eq(visitor_get(&boss, "/clients/p1"), 500);
    ck_assert(!visitor_reads(&boss, "Somebody was before you"));
    ck_assert_ptr_nonnull(strstr(c.response.fault, "firstplace verify"));
    ck_assert_ptr_null(strstr(c.response.fault, "p1"));
}
END_TEST

START_TEST(test_a_personal_link_is_ended)
{
    char token[200], path[256];
    visitor mila;
    register_client("p1", "c1");
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(!visitor_reads(&ann, "/clients/p1/link/end"));
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/link", ""), 200);
    (void)visitor_between(&ann, "/me/", "</code>", token, sizeof token);
    visitor_init(&mila, &c);
    (void)snprintf(path, sizeof path, "/me/%s", token);
    ck_assert_int_eq(visitor_get(&mila, path), 200);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(visitor_reads(&ann, "/clients/p1/link/end"));
    ck_assert_int_eq(visitor_post(&bob, "/clients/p1/link/end", ""), 404);
    ck_assert_int_eq(visitor_get(&mila, path), 200);
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/link/end", ""), 303);
    ck_assert_int_eq(visitor_get(&mila, path), 404);
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(!visitor_reads(&ann, "/clients/p1/link/end"));
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1/link/end", ""), 303); /* none: nothing */
    visitor_verify(&c);
}
END_TEST

START_TEST(test_what_is_due)
{
    register_client("p1", "c1");
    ck_assert_int_eq(save(&ann, "/clients/p1", MILA, "0"), 303);
    ck_assert_int_eq(visitor_get(&boss, "/retention"), 200);
    ck_assert(visitor_reads(&boss, "no date yet"));
    ck_assert(visitor_reads(&boss, "The study has no terms yet."));
}
END_TEST

START_TEST(test_without_a_key_and_with_another)
{
    fp_web *other = NULL;
    fp_err err = {0};
    fp_web_options options = {.folder = c.folder};
    register_client("p1", "c1");
    ck_assert_int_eq(unsetenv("FIRSTPLACE_KEY"), 0);
    ck_assert_int_eq(fp_web_open(&options, &other, &err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "and none is given"));
    ck_assert_int_eq(setenv("FIRSTPLACE_KEY",
                            "100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 1),
                     0);
    ck_assert_int_eq(fp_web_open(&options, &other, &err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "this is the wrong master key"));
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(test_a_study_that_never_had_a_key)
{
    ck_assert_int_eq(unsetenv("FIRSTPLACE_KEY"), 0);
    client_open(&c);
    account(&boss, "boss", FP_ROLE_COORDINATOR, "");
    account(&ann, "ann", FP_ROLE_COACH, "c1");
    register_client("p1", "c1");
    ck_assert_int_eq(visitor_get(&ann, "/clients"), 200);
    ck_assert(visitor_reads(&ann, "without a master key"));
    ck_assert_int_eq(visitor_get(&ann, "/clients/p1"), 200);
    ck_assert(visitor_reads(&ann, "can be neither read nor saved"));
    ck_assert_int_eq(visitor_post(&ann, "/clients/p1", MILA), 422);
    ck_assert_int_eq(files_with("identity-saved"), 0);
    client_close(&c);
}
END_TEST

static fault_plan *plan;

static void set_up_faults(void)
{
    plan = fault_vfs_install();
    set_up();
}

/* The N-th write or sync fails for N = 1, 2, ...: the answer says that the client is erased if, and
 * only if, the log does. What fails after the commit is not an erasure that failed. */
START_TEST(test_an_erasure_is_told_as_it_is)
{
    int erased = 0, failed = 0, later = 0;
    for (int n = 1; n < 100; n++) {
        char id[16], path[64];
        (void)snprintf(id, sizeof id, "p%d", n);
        (void)snprintf(path, sizeof path, "/clients/%s/erase", id);
        register_client(id, "c1");
        ck_assert_int_eq(visitor_get(&boss, path), 200);
        *plan = (fault_plan){.code = SQLITE_IOERR_WRITE, .countdown = n};
        int status = visitor_post(&boss, path, "reason=asked&sure=yes");
        long fired = plan->fired;
        plan->countdown = 0;
        later += status == 303 && c.response.fault[0] != '\0';
        ck_assert_int_eq(visitor_get(&boss, path), 200);
        bool done = visitor_reads(&boss, "Certificate of deletion");
        ck_assert_msg(done == (status == 303), "%d at %d", status, n);
        erased += done;
        failed += !done;
        if (!fired)
            break;
    }
    ck_assert_int_gt(failed, 2);
    ck_assert_int_gt(erased, 2);
    ck_assert_int_gt(later, 0); /* the operator is told why */
    visitor_verify(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tests = tcase_create("clients"), *bare = tcase_create("bare"),
          *faults = tcase_create("faults");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_who_sees_whom);
    tcase_add_test(tests, test_an_identity_is_shown_again_and_is_nowhere_in_clear);
    tcase_add_test(tests, test_wrong_fields_are_told_and_kept);
    tcase_add_test(tests, test_two_save_the_same_client);
    tcase_add_test(tests, test_consent_link_and_erasure);
    tcase_add_test(tests, test_the_log_names_no_client);
    tcase_add_test(tests, test_one_damaged_row_takes_no_list_along);
    tcase_add_test(tests, test_a_personal_link_is_ended);
    tcase_add_test(tests, test_what_is_due);
    tcase_add_test(tests, test_without_a_key_and_with_another);
    tcase_add_test(bare, test_a_study_that_never_had_a_key);
    tcase_add_checked_fixture(faults, set_up_faults, tear_down);
    tcase_add_test(faults, test_an_erasure_is_told_as_it_is);
    tcase_set_timeout(faults, 60);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, faults);
    suite_add_tcase(suite, bare);
    return run_suite(suite);
}
