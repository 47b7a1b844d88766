#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "../ledger/scratch.h"
#include "run_suite.h"
#include "store/account.h"
#include "store/link.h"
#include "store/sessions.h"
#include "store/sign_in.h"
#include "store/store.h"

enum { NOW = 1800000000, DAY = 24 * 3600 };

static char folder[SCRATCH_MAX], path[SCRATCH_MAX];
static fp_arena *arena;
static fp_ledger *ledger;
static fp_err err;

static void ok(fp_status status)
{
    ck_assert_msg(status == FP_OK, "%s", err.message);
}

static void set_up(void)
{
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    arena = fp_arena_create(64 * FP_MIB);
    ok(fp_ledger_open(path, true, &ledger, &err));
}

static void tear_down(void)
{
    fp_ledger_close(ledger);
    fp_arena_destroy(arena);
    scratch_remove(folder);
}

static const fp_account ADMIN = {.name = "beheer",
                                 .display = "Beheer",
                                 .role = FP_ROLE_ADMINISTRATOR,
                                 .coach = "",
                                 .language = "nl"};
static const fp_account COACH = {.name = "coach.c01",
                                 .display = "Coach een",
                                 .role = FP_ROLE_COACH,
                                 .coach = "c01",
                                 .language = "nl"};

static fp_account get(int64_t id)
{
    fp_account account;
    bool found = false;
    ok(fp_account_get(ledger, id, arena, &found, &account, &err));
    ck_assert(found);
    return account;
}

/* An account that can sign in: the text of its "hash" is not looked at by the store. */
static int64_t make(const fp_account *account)
{
    int64_t id = 0;
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_create(ledger, "terminal", account, &id, &err));
    ok(fp_account_set_password(ledger, "terminal", id, "$argon2id$made-up", "link", &err));
    ok(fp_ledger_commit(ledger, &err));
    return id;
}

static fp_status change(const fp_account *wanted)
{
    ok(fp_ledger_begin(ledger, &err));
    fp_status status = fp_account_change(ledger, "account:1", NULL, wanted, &err);
    if (status == FP_OK)
        return fp_ledger_commit(ledger, &err);
    fp_ledger_rollback(ledger);
    return status;
}

static fp_status verify(void)
{
    int64_t events, rows;
    return fp_store_verify(ledger, &events, &rows, &err);
}

START_TEST(names_have_one_form)
{
    static const struct {
        const char *typed, *name;
    } rows[] = {{" Jan.Jansen ", "jan.jansen"}, {"A@b.nl", "a@b.nl"}, {"a b", NULL}, {"", NULL},
                {"coördinator", NULL},          {"a'--", NULL},       {"<b>", NULL}, {"a\n", "a"}};
    char name[FP_ACCOUNT_NAME_MAX + 1];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(fp_account_name(fp_str_of(rows[i].typed), name), rows[i].name != NULL);
        if (rows[i].name)
            ck_assert_str_eq(name, rows[i].name);
    }
    char longest[FP_ACCOUNT_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    ck_assert(!fp_account_name((fp_str){longest, FP_ACCOUNT_NAME_MAX + 1}, name));
    ck_assert(fp_account_name((fp_str){longest, FP_ACCOUNT_NAME_MAX}, name));
}
END_TEST

START_TEST(made_found_and_listed)
{
    fp_account found;
    bool there;
    ptrdiff_t count;
    const fp_account *list;
    int64_t coach = make(&COACH), admin = make(&ADMIN);
    ok(fp_account_find(ledger, "coach.c01", arena, &there, &found, &err));
    ck_assert(there);
    ck_assert_int_eq(found.id, coach);
    ck_assert_str_eq(found.coach, "c01");
    ck_assert_int_eq(found.role, FP_ROLE_COACH);
    ok(fp_account_find(ledger, "nobody", arena, &there, &found, &err));
    ck_assert(!there);
    ok(fp_account_list(ledger, arena, &count, &list, &err));
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(list[0].id, admin);
    ok(verify());
}
END_TEST

/* The chain is printed and kept for decades: no name of staff may be in it. */
START_TEST(events_name_nobody)
{
    make(&COACH);
    ck_assert_int_eq(
        scratch_number(path, "SELECT count(*) FROM event WHERE body LIKE '%coach.c01%' OR body "
                             "LIKE '%Coach een%' OR actor LIKE '%coach.%'"),
        0);
    /* nor can it be found by trying: the same account made again gives another hash */
    ck_assert_int_eq(
        scratch_number(path, "SELECT count(*) FROM event e, account a WHERE e.seq = a.id AND "
                             "e.body LIKE '%' || a.salt || '%'"),
        0);
}
END_TEST

START_TEST(wrong_accounts_are_not_made)
{
    fp_account wrong[7];
    int64_t id;
    make(&COACH);
    for (size_t i = 0; i < 7; i++) {
        wrong[i] = COACH;
        wrong[i].name = "other";
    }
    wrong[0].name = "coach.c01"; /* taken */
    wrong[1].name = "Other";     /* not in its one form */
    wrong[2].display = "";
    wrong[3].coach = "";
    wrong[4].role = FP_ROLE_RESEARCHER; /* with the id of a coach */
    wrong[5].role = FP_ROLE_CLIENT;
    wrong[6].language = "fr";
    for (size_t i = 0; i < 7; i++) {
        ok(fp_ledger_begin(ledger, &err));
        ck_assert_int_eq(fp_account_create(ledger, "terminal", &wrong[i], &id, &err), FP_INPUT);
        fp_ledger_rollback(ledger);
    }
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM account"), 1);
}
END_TEST

START_TEST(two_who_change_the_same_account)
{
    int64_t id = make(&COACH);
    fp_account first = get(id), second = first;
    first.coach = "c02";
    second.disabled = true;
    ok(change(&first));
    ck_assert_int_eq(change(&second), FP_CONFLICT);
    ck_assert_ptr_nonnull(strstr(err.message, " was changed by "));
    ck_assert_str_eq(get(id).coach, "c02");
    ck_assert(!get(id).disabled);
    second.version = get(id).version;
    second.coach = "c02";
    ok(change(&second));
    ck_assert(get(id).disabled);
    ok(verify());
}
END_TEST

START_TEST(the_last_administrator_stays)
{
    int64_t id = make(&ADMIN), other = 0;
    fp_account me = get(id), waiting = ADMIN;
    me.disabled = true;
    ck_assert_int_eq(change(&me), FP_CONFLICT);
    me.disabled = false;
    me.role = FP_ROLE_RESEARCHER;
    ck_assert_int_eq(change(&me), FP_CONFLICT);
    /* another one who has no password yet cannot help */
    waiting.name = "tweede";
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_create(ledger, "terminal", &waiting, &other, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(change(&me), FP_CONFLICT);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_password(ledger, "account:1", other, "$argon2id$x", "link", &err));
    ok(fp_ledger_commit(ledger, &err));
    ok(change(&me));
    ck_assert_int_eq(get(id).role, FP_ROLE_RESEARCHER);
}
END_TEST

START_TEST(recovery_codes_work_once)
{
    static const char *const codes[FP_RECOVERY_CODES] = {
        "AAAA-AAAA-AAAA-AAAA", "AAAA-AAAA-AAAA-AAAB", "AAAA-AAAA-AAAA-AAAC", "AAAA-AAAA-AAAA-AAAD",
        "AAAA-AAAA-AAAA-AAAE", "AAAA-AAAA-AAAA-AAAF", "AAAA-AAAA-AAAA-AAAG", "AAAA-AAAA-AAAA-AAAH",
        "AAAA-AAAA-AAAA-AAAJ", "AAAA-AAAA-AAAA-AAAK"};
    int64_t id = make(&COACH), other = make(&ADMIN);
    bool taken;
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_second_factor(ledger, "account:1", id, "00ff", 7, &err));
    ok(fp_account_set_recovery(ledger, "account:1", id, codes, &err));
    ok(fp_account_signed_in(ledger, id, FP_BY_RECOVERY, 0, "aaaa aaaa aaaa aaac", 0, &taken, &err));
    ck_assert(taken);
    ok(fp_account_signed_in(ledger, id, FP_BY_RECOVERY, 0, "AAAA-AAAA-AAAA-AAAC", 0, &taken, &err));
    ck_assert(!taken);
    ok(fp_account_signed_in(ledger, other, FP_BY_RECOVERY, 0, "AAAA-AAAA-AAAA-AAAD", 0, &taken,
                            &err));
    ck_assert(!taken); /* of another account */
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(get(id).recovery_left, FP_RECOVERY_CODES - 1);
    ck_assert_int_eq(
        scratch_number(path, "SELECT count(*) FROM recovery_code WHERE hash LIKE '%AAAA%'"), 0);
    ok(verify());
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_second_factor(ledger, "account:1", id, "", 0, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(get(id).recovery_left, 0);
    ok(verify());
}
END_TEST

START_TEST(a_step_is_used_once_and_never_one_before_it)
{
    int64_t id = make(&COACH);
    bool taken;
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_second_factor(ledger, "account:1", id, "00ff", 100, &err));
    ok(fp_account_signed_in(ledger, id, FP_BY_CODE, 100, NULL, 0, &taken, &err));
    ck_assert(!taken); /* it proved the secret */
    ok(fp_account_signed_in(ledger, id, FP_BY_CODE, 101, NULL, 0, &taken, &err));
    ck_assert(taken);
    ok(fp_account_signed_in(ledger, id, FP_BY_CODE, 101, NULL, 0, &taken, &err));
    ck_assert(!taken);
    ok(fp_account_signed_in(ledger, id, FP_BY_CODE, 99, NULL, 0, &taken, &err));
    ck_assert(!taken); /* the clock was set back */
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM event WHERE kind = 'signed-in'"),
                     1);
}
END_TEST

/* ---- sessions ------------------------------------------------------------------------------- */

static void begin_session(int64_t account, fp_session_stage stage, int64_t now, char hash[65])
{
    char token[FP_TOKEN_DIGITS + 1];
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sessions_begin(ledger, account, stage, now, token, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_uint_eq(strlen(token), FP_TOKEN_DIGITS);
    (void)snprintf(hash, 65, "%s", fp_token_hash(fp_str_of(token)).hex);
}

static bool lives(const char *hash, int64_t now)
{
    fp_session_row row;
    bool found;
    ok(fp_sessions_find(ledger, hash, now, arena, &found, &row, &err));
    return found;
}

static void touch(const char *hash, int64_t now)
{
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sessions_touch(ledger, hash, now, &err));
    ok(fp_sessions_clock(ledger, now, &err));
    ok(fp_ledger_commit(ledger, &err));
}

START_TEST(sessions_end_when_idle_and_at_last)
{
    char hash[65], half[65];
    int64_t id = make(&COACH);
    begin_session(id, FP_STAGE_WHOLE, NOW, hash);
    begin_session(id, FP_STAGE_PASSWORD, NOW, half);
    ck_assert(lives(hash, NOW + FP_SESSION_IDLE - 1));
    ck_assert(!lives(hash, NOW + FP_SESSION_IDLE));
    ck_assert(lives(half, NOW + FP_SESSION_PASSWORD - 1));
    ck_assert(!lives(half, NOW + FP_SESSION_PASSWORD));
    for (int64_t t = NOW; t < NOW + FP_SESSION_LONGEST; t += 1000)
        touch(hash, t);
    ck_assert(lives(hash, NOW + FP_SESSION_LONGEST - 1));
    ck_assert(!lives(hash, NOW + FP_SESSION_LONGEST));
    ck_assert(!lives("", NOW));
    /* the next one sweeps */
    begin_session(id, FP_STAGE_WHOLE, NOW + DAY, half);
    ck_assert_int_eq(scratch_number(path, "SELECT count(*) FROM session"), 1);
}
END_TEST

START_TEST(a_disabled_account_is_out_at_once)
{
    char hash[65], link[FP_TOKEN_DIGITS + 1];
    bool found;
    fp_link of;
    int64_t id = make(&COACH);
    begin_session(id, FP_STAGE_WHOLE, NOW, hash);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){.account = id}, NOW, link, &err));
    ok(fp_ledger_commit(ledger, &err));
    fp_account wanted = get(id);
    wanted.disabled = true;
    ok(change(&wanted));
    ck_assert(!lives(hash, NOW));
    wanted = get(id);
    wanted.disabled = false;
    ok(change(&wanted));
    ck_assert(!lives(hash, NOW)); /* enabling revives nothing */
    begin_session(id, FP_STAGE_WHOLE, NOW, hash);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){.account = id}, NOW, link, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert(lives(hash, NOW));
    scratch_tamper(path, "UPDATE account SET disabled = 1");
    ck_assert(!lives(hash, NOW)); /* looked up each time, whatever is left of it */
    ok(fp_link_find(ledger, fp_str_of(link), NOW, &found, &of, &err));
    ck_assert(!found);
    ok(fp_link_find(ledger, fp_str_of(link), NOW, &found, &of, &err));
    ck_assert(!found);
}
END_TEST

/* Nobody signed in meanwhile, so that nothing was swept: the clock alone has to tell. */
START_TEST(a_session_that_was_over_stays_so)
{
    char idle[65], busy[65];
    int64_t id = make(&COACH);
    begin_session(id, FP_STAGE_WHOLE, NOW, idle);
    begin_session(id, FP_STAGE_WHOLE, NOW, busy);
    touch(busy, NOW + 1000);
    touch(busy, NOW + 2000);
    ck_assert(!lives(idle, NOW + 2000));
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sessions_clock(ledger, NOW + 1000, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert(!lives(idle, NOW + 1000));
    ck_assert(!lives(busy, NOW + 1000));
}
END_TEST

START_TEST(a_clock_set_back_revives_nothing)
{
    char hash[65], fresh[65], old_link[FP_TOKEN_DIGITS + 1], link[FP_TOKEN_DIGITS + 1];
    int64_t id = make(&COACH), other = make(&ADMIN), wait;
    bool found, moved;
    fp_link of;
    fp_sign_in_charged charged;
    begin_session(id, FP_STAGE_WHOLE, NOW, hash);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){.account = other}, NOW, old_link, &err));
    ok(fp_ledger_commit(ledger, &err));
    int64_t later = NOW + FP_LINK_SECONDS + 100;
    begin_session(other, FP_STAGE_WHOLE, later, fresh); /* the server saw `later` */
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){.account = id}, later, link, &err));
    for (int i = 0; i < 20; i++)
        ok(fp_sign_in_charge(ledger, FP_TRIED_NAME, "x", later, &charged, &err));
    ok(fp_ledger_commit(ledger, &err));

    ok(fp_sessions_clock_moved(ledger, NOW + 5, &moved, &err));
    ck_assert(moved);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sessions_clock(ledger, NOW + 5, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert(!lives(hash, NOW + 5));
    ck_assert(!lives(fresh, NOW + 5));
    ok(fp_link_find(ledger, fp_str_of(old_link), NOW + 5, &found, &of, &err));
    ck_assert(!found);
    ok(fp_link_find(ledger, fp_str_of(link), NOW + 5, &found, &of, &err));
    ck_assert(found);
    /* and the wait is not longer than it can be */
    ok(fp_sign_in_wait(ledger, FP_TRIED_NAME, "x", NOW + 5, &wait, NULL, &err));
    ck_assert_int_eq(wait, FP_SIGN_IN_LONGEST);
    ok(fp_sign_in_wait(ledger, FP_TRIED_NAME, "x", NOW + 5 + FP_SIGN_IN_LONGEST, &wait, NULL,
                       &err));
    ck_assert_int_eq(wait, 0);
}
END_TEST

START_TEST(links_work_for_three_days)
{
    char first[FP_TOKEN_DIGITS + 1], second[FP_TOKEN_DIGITS + 1];
    bool found;
    fp_link of;
    int64_t id = make(&COACH);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){.account = id}, NOW, first, &err));
    ok(fp_link_make(ledger, "account:1", &(fp_link){id, true}, NOW, second, &err));
    ok(fp_ledger_commit(ledger, &err));
    ok(fp_link_find(ledger, fp_str_of(first), NOW, &found, &of, &err));
    ck_assert(!found); /* a newer one ends it */
    ok(fp_link_find(ledger, fp_str_of(second), NOW + FP_LINK_SECONDS - 1, &found, &of, &err));
    ck_assert(found);
    ck_assert_int_eq(of.account, id);
    ck_assert(of.resets_second_factor);
    ok(fp_link_find(ledger, fp_str_of(second), NOW + FP_LINK_SECONDS, &found, &of, &err));
    ck_assert(!found);
    ck_assert_int_eq(
        scratch_number(path, "SELECT count(*) FROM one_time_link WHERE length(token) = 64"), 1);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_password(ledger, "account:1", id, "$argon2id$new", "link", &err));
    ok(fp_ledger_commit(ledger, &err));
    ok(fp_link_find(ledger, fp_str_of(second), NOW, &found, &of, &err));
    ck_assert(!found);
}
END_TEST

/* ---- who tries --------------------------------------------------------------------------------
 */

START_TEST(delays_grow_and_end)
{
    static const int64_t want[] = {0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900};
    for (int i = 0; i < (int)(sizeof want / sizeof *want); i++)
        ck_assert_int_eq(fp_sign_in_delay(FP_TRIED_NAME, i), want[i]);
    ck_assert_int_eq(fp_sign_in_delay(FP_TRIED_NAME, INT64_MAX), FP_SIGN_IN_LONGEST);
    ck_assert_int_eq(fp_sign_in_delay(FP_TRIED_ADDRESS, 19), 0);
    ck_assert_int_eq(fp_sign_in_delay(FP_TRIED_ADDRESS, 20), 30);
}
END_TEST

static int64_t waits(fp_tried what, const char *subject, int64_t now)
{
    int64_t wait;
    ok(fp_sign_in_wait(ledger, what, subject, now, &wait, NULL, &err));
    return wait;
}

START_TEST(counts_survive_a_restart_and_are_forgotten)
{
    fp_sign_in_charged charged;
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sign_in_prepare(ledger, &err));
    for (int i = 0; i < 6; i++)
        ok(fp_sign_in_charge(ledger, FP_TRIED_NAME, "jan", NOW, &charged, &err));
    ck_assert_int_eq(charged.failures, 6);
    ok(fp_ledger_commit(ledger, &err));
    fp_ledger_close(ledger);
    ok(fp_ledger_open(path, false, &ledger, &err));
    ck_assert_int_eq(waits(FP_TRIED_NAME, "jan", NOW + 10), 50);
    ck_assert_int_eq(waits(FP_TRIED_NAME, "jan", NOW + 60), 0);
    ck_assert_int_eq(waits(FP_TRIED_NAME, "jan", NOW - 5000), 60); /* the clock was set back */
    ck_assert_int_eq(waits(FP_TRIED_NAME, "els", NOW), 0);
    ck_assert_int_eq(waits(FP_TRIED_CODE, "jan", NOW), 0);
    /* neither names nor addresses are kept */
    ck_assert_int_eq(
        scratch_number(path, "SELECT count(*) FROM sign_in_attempt WHERE subject LIKE '%jan%'"), 0);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_NAME, "jan", NOW + DAY, &charged, &err));
    ck_assert_int_eq(charged.failures, 1);
    ok(fp_sign_in_forget(ledger, FP_TRIED_NAME, "jan", &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "::1", NOW, &charged, &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "::1", NOW, &charged, &err));
    ck_assert_int_eq(charged.failures, 2);
    ok(fp_sign_in_take_back(ledger, FP_TRIED_ADDRESS, "::1", charged, &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "::1", NOW, &charged, &err));
    ck_assert_int_eq(charged.failures, 2); /* one right password does not wash an address clean */
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(waits(FP_TRIED_NAME, "jan", NOW + DAY), 0);
}
END_TEST

/* A right sign-in is no failure: it neither lengthens the wait of others behind the same address
 * nor keeps what failed there from being forgotten. */
START_TEST(a_right_try_leaves_the_last_failure_where_it_was)
{
    fp_sign_in_charged charged, right, wrong;
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_sign_in_prepare(ledger, &err));
    for (int i = 0; i < 20; i++)
        ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "a", NOW, &charged, &err));
    ck_assert_int_eq(waits(FP_TRIED_ADDRESS, "a", NOW), 30);
    for (int64_t now = NOW + 1000; now < NOW + DAY; now += 1000) {
        ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "a", now, &charged, &err));
        ck_assert_int_eq(charged.before, NOW);
        ok(fp_sign_in_take_back(ledger, FP_TRIED_ADDRESS, "a", charged, &err));
        ck_assert_int_eq(waits(FP_TRIED_ADDRESS, "a", now), 0);
    }
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "a", NOW + DAY, &charged, &err));
    ck_assert_int_eq(charged.failures, 1); /* forgotten a day after the last failure */
    ck_assert_int_eq(charged.before, 0);
    /* who was wrong at the same moment still waits from that moment on */
    for (int i = 0; i < 20; i++)
        ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "b", NOW, &charged, &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "b", NOW + 100, &right, &err));
    ok(fp_sign_in_charge(ledger, FP_TRIED_ADDRESS, "b", NOW + 100, &wrong, &err));
    ok(fp_sign_in_take_back(ledger, FP_TRIED_ADDRESS, "b", right, &err));
    ck_assert_int_eq(waits(FP_TRIED_ADDRESS, "b", NOW + 100), 60);
    ok(fp_ledger_commit(ledger, &err));
}
END_TEST

/* ---- verify -----------------------------------------------------------------------------------
 */

static const struct {
    const char *sql, *said;
} tampered[] = {
    {"UPDATE account SET role = 'administrator', coach = '' WHERE name = 'coach.c01'",
     "the role of account"},
    {"UPDATE account SET coach = 'c02' WHERE name = 'coach.c01'", "the coach of account"},
    {"UPDATE account SET disabled = 1", "being disabled of account"},
    {"UPDATE account SET language = 'en'", "the language of account"},
    {"UPDATE account SET password = '$argon2id$another' WHERE name = 'beheer'",
     "the password of account"},
    {"UPDATE account SET second_factor = '01' WHERE name = 'coach.c01'",
     "the second factor of account"},
    {"UPDATE account SET second_factor = '' WHERE name = 'coach.c01'",
     "the second factor of account"},
    {"UPDATE account SET display = 'Coach twee' WHERE name = 'coach.c01'", "a name of account"},
    {"UPDATE account SET name = 'iemand' WHERE name = 'coach.c01'", "a name of account"},
    {"UPDATE account SET version = 2", "the version of account"},
    {"UPDATE recovery_code SET used_by = NULL", "a recovery code of account"},
    {"UPDATE recovery_code SET hash = 'x' WHERE place = 4", "a recovery code of account"},
    {"DELETE FROM recovery_code WHERE place = 10", "a recovery code of account"},
    {"DELETE FROM recovery_code; DELETE FROM account WHERE name = 'coach.c01'",
     "of the log is missing"},
    {"INSERT INTO account SELECT 2, version, 'x', display, salt, role, coach, disabled, language, "
     "password, second_factor, last_step FROM account WHERE name = 'beheer'",
     "account 2 is not in the log"},
};

START_TEST(verify_finds_what_was_changed)
{
    static const char *const codes[FP_RECOVERY_CODES] = {"A", "B", "C", "D", "E",
                                                         "F", "G", "H", "J", "K"};
    int64_t coach = make(&COACH);
    bool taken;
    make(&ADMIN);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_account_set_second_factor(ledger, "account:1", coach, "00ff", 1, &err));
    ok(fp_account_set_recovery(ledger, "account:1", coach, codes, &err));
    ok(fp_account_signed_in(ledger, coach, FP_BY_RECOVERY, 0, "C", 0, &taken, &err));
    fp_account named = get(coach);
    named.display = "Coach één";
    ok(fp_account_rename(ledger, "account:1", &named, &err));
    ok(fp_account_signed_out(ledger, coach, &err));
    ok(fp_ledger_commit(ledger, &err));
    ok(verify());
    char beyond[64]; /* the files alone are still the study: who signs in changes no analysis */
    ok(fp_store_beyond_imports(ledger, beyond, sizeof beyond, &err));
    ck_assert_str_eq(beyond, "");
    fp_ledger_close(ledger);
    ledger = NULL;
    scratch_tamper(path, tampered[_i].sql);
    ok(fp_ledger_open(path, false, &ledger, &err));
    ck_assert_int_eq(verify(), FP_CHECK);
    ck_assert_msg(strstr(err.message, tampered[_i].said) != NULL, "said: %s", err.message);
}
END_TEST

/* The row would follow from the event, were it not that the event cannot be. */
START_TEST(verify_finds_events_that_cannot_be)
{
    static const struct {
        const char *kind, *body;
    } rows[] = {
        {"account-changed", "{\"account\":99,\"coach\":\"\",\"disabled\":false,\"language\":\"nl\","
                            "\"role\":\"administrator\"}"},
        {"account-renamed", "{\"account\":1}"},
        {"account-password", "{\"account\":1,\"how\":\"link\",\"stored\":7}"},
        {"signed-in", "{\"account\":1,\"by\":\"recovery-code\",\"failures\":0,\"place\":3}"},
        {"signed-in", "{\"account\":1,\"by\":\"recovery-code\",\"failures\":0,\"place\":11}"},
        {"account-created", "{}"},
    };
    int64_t seq;
    make(&ADMIN);
    ok(fp_ledger_begin(ledger, &err));
    ok(fp_ledger_append(ledger, "x", rows[_i].kind, NULL, rows[_i].body, &seq, &err));
    ok(fp_ledger_commit(ledger, &err));
    ck_assert_int_eq(verify(), FP_CHECK);
    ck_assert_ptr_nonnull(strstr(err.message, "is not of that form"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/account");
    TCase *tests = tcase_create("account");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, names_have_one_form);
    tcase_add_test(tests, made_found_and_listed);
    tcase_add_test(tests, events_name_nobody);
    tcase_add_test(tests, wrong_accounts_are_not_made);
    tcase_add_test(tests, two_who_change_the_same_account);
    tcase_add_test(tests, the_last_administrator_stays);
    tcase_add_test(tests, recovery_codes_work_once);
    tcase_add_test(tests, a_step_is_used_once_and_never_one_before_it);
    tcase_add_test(tests, sessions_end_when_idle_and_at_last);
    tcase_add_test(tests, a_disabled_account_is_out_at_once);
    tcase_add_test(tests, a_session_that_was_over_stays_so);
    tcase_add_test(tests, a_clock_set_back_revives_nothing);
    tcase_add_test(tests, links_work_for_three_days);
    tcase_add_test(tests, delays_grow_and_end);
    tcase_add_test(tests, counts_survive_a_restart_and_are_forgotten);
    tcase_add_test(tests, a_right_try_leaves_the_last_failure_where_it_was);
    tcase_add_loop_test(tests, verify_finds_what_was_changed, 0,
                        (int)(sizeof tampered / sizeof *tampered));
    tcase_add_loop_test(tests, verify_finds_events_that_cannot_be, 0, 6);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
