#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../ledger/scratch.h"
#include "run/run.h"
#include "run_suite.h"
#include "store/client.h"

/* Who withdrew and asked to be left out is in no figure; research reads nothing that is personal.
 */

enum { NOW = 1770112800 }; /* 2026-02-03T10:00:00Z */
static char folder[SCRATCH_MAX];

static fp_status opened(fp_open_mode mode, fp_study *study, fp_arena *arena, fp_err *err)
{
    const fp_open_options options = {.mode = mode};
    *study = (fp_study){0};
    return fp_study_open(folder, &options, arena, study, err);
}

static void withdraw(const char *person, const char *rule)
{
    char path[SCRATCH_MAX];
    fp_err err = {0};
    fp_ledger *ledger = NULL;
    bool done;
    scratch_path(path, folder, "study.db");
    scratch_ok(fp_ledger_open(path, false, &ledger, &err), &err);
    scratch_ok(fp_ledger_begin(ledger, &err), &err);
    scratch_ok(fp_client_register(ledger, "account:1", person, "", &done, &err), &err);
    scratch_ok(fp_consent_give(ledger, "account:1", person, "1", "2026-02-01", "paper", NOW, &err),
               &err);
    scratch_ok(fp_consent_withdraw(ledger, "account:1", person, "2026-02-02", rule, NOW, &err),
               &err);
    scratch_ok(fp_ledger_commit(ledger, &err), &err);
    fp_ledger_close(ledger);
}

/* How many people are in the data, and how many were left out. */
static ptrdiff_t people_in(fp_open_mode mode, ptrdiff_t left_out)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_study study;
    fp_err err = {0};
    scratch_ok(opened(mode, &study, arena, &err), &err);
    ptrdiff_t count = study.data.person_count;
    ck_assert_int_eq(study.left_out, left_out);
    ck_assert_int_eq(study.problems.errors, 0);
    fp_study_close(&study);
    fp_arena_destroy(arena);
    return count;
}

static const char *first_person(fp_arena *arena)
{
    fp_study study;
    fp_err err = {0};
    scratch_ok(opened(FP_OPEN_STORE, &study, arena, &err), &err);
    const char *id = fp_arena_strdup(arena, study.data.people[0].id, &err);
    fp_study_close(&study);
    return id;
}

START_TEST(test_left_out_of_every_figure)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_study study;
    fp_err err = {0};
    FP_BUF_SCOPED(out, 16 * FP_MIB);
    const char *person = first_person(arena);
    ptrdiff_t all = people_in(FP_OPEN_STORE, 0);
    withdraw(person, "remove");
    ck_assert_int_eq(people_in(FP_OPEN_STORE, 1), all - 1);
    ck_assert_int_eq(people_in(FP_OPEN_FILES, 1), all - 1);
    ck_assert_int_eq(opened(FP_OPEN_NOSTORE, &study, arena, &err), FP_INPUT);
    ck_assert_ptr_nonnull(strstr(err.message, "\"consent-withdrawn\""));
    fp_study_close(&study);
    scratch_ok(opened(FP_OPEN_STORE, &study, arena, &err), &err);
    for (ptrdiff_t i = 0; i < study.data.person_count; i++)
        ck_assert_str_ne(study.data.people[i].id, person);
    const fp_results_options plain = {.level = 0.95, .seed = 1};
    bool unusable;
    scratch_ok(fp_run_analyse(&study, &plain, false, &out, &unusable, &err), &err);
    ck_assert_ptr_nonnull(
        strstr(out.p, "Left out because they withdrew and asked for it: 1 person."));
    out.n = 0;
    scratch_ok(fp_run_analyse(&study, &plain, true, &out, &unusable, &err), &err);
    ck_assert_ptr_nonnull(strstr(out.p, "\"left_out\": 1"));
    out.n = 0;
    scratch_ok(fp_run_report(&study, &plain, "en", false, &out, &err), &err);
    ck_assert_ptr_nonnull(strstr(out.p, "People who withdrew and asked to be left out"));
    fp_study_close(&study);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_a_withdrawal_that_keeps_changes_nothing)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    const char *person = first_person(arena);
    ptrdiff_t all = people_in(FP_OPEN_STORE, 0);
    withdraw(person, "keep");
    ck_assert_int_eq(people_in(FP_OPEN_STORE, 0), all);
    fp_arena_destroy(arena);
}
END_TEST

START_TEST(test_research_is_shut_out_of_what_is_personal)
{
    fp_arena *arena = fp_arena_create(FP_GIB);
    fp_study study;
    fp_err err = {0};
    static const char *const personal[] = {"identity", "person_key", "client_link", "account",
                                           "session"};
    scratch_ok(opened(FP_OPEN_STORE, &study, arena, &err), &err);
    for (size_t i = 0; i < sizeof personal / sizeof *personal; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", personal[i]);
        ck_assert_int_eq(sqlite3_exec(fp_ledger_db(study.ledger), sql, NULL, NULL, NULL),
                         SQLITE_AUTH);
    }
    fp_study_close(&study);
    fp_arena_destroy(arena);
}
END_TEST

static void tear_down(void)
{
    scratch_remove_tree(folder);
}

static void set_up(void)
{
    fp_err err = {0};
    FP_BUF_SCOPED(out, FP_MIB);
    scratch_make(folder);
    scratch_ok(fp_run_new(folder, &out, &err), &err);
}

int main(void)
{
    Suite *suite = suite_create("withdrawn");
    TCase *tc = tcase_create("withdrawn");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_left_out_of_every_figure);
    tcase_add_test(tc, test_a_withdrawal_that_keeps_changes_nothing);
    tcase_add_test(tc, test_research_is_shut_out_of_what_is_personal);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
