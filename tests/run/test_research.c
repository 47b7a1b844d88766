/* What research may see: pseudonyms that stay, arms under letters, who withdrew left out. The
 * study is the synthetic example. */
#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/research.h"
#include "run_suite.h"
#include "store/people.h"

static const char folder[] = FP_SOURCE_DIR "/examples/amsterdam";
static people p;

static void set_up(void)
{
    people_set_up(&p);
    PEOPLE_DO(&p, fp_pseudonyms_make(p.ledger, p.vault, "firstplace", &p.err));
}

static void tear_down(void)
{
    people_tear_down(&p);
}

static fp_research research_of(const fp_vault *vault)
{
    fp_research research;
    people_ok(&p, fp_run_research(folder, p.ledger, vault, p.arena, &research, &p.err));
    people_ok(&p, fp_vault_shut(p.ledger, false, &p.err));
    return research;
}

static const char *csv_of(const fp_research *research, fp_buf *out)
{
    fp_research_csv(research, out);
    return out->p;
}

START_TEST(nobody_can_be_told)
{
    FP_BUF_SCOPED(out, 4 * FP_MIB);
    fp_research research = research_of(p.vault);
    const char *csv = csv_of(&research, &out);
    ck_assert_int_eq(research.row_count, 118);
    ck_assert_int_eq(research.removed, 0);
    ck_assert(!research.registered);
    ck_assert_int_eq(strncmp(csv, "person,coach,arm,readiness,", 27), 0);
    ck_assert_ptr_nonnull(strstr(csv, "sustained_work_time,sustained_work_event"));
    for (int i = 1; i <= 118; i++) {
        char id[20];
        (void)snprintf(id, sizeof id, "p%03d,", i);
        ck_assert_msg(strstr(csv, id) == NULL, "the study id %s", id);
    }
    ck_assert_ptr_null(strstr(csv, ",k01,"));
    ck_assert_ptr_null(strstr(csv, "2019-"));
    ck_assert_ptr_null(strstr(csv, ",usual,"));
    for (ptrdiff_t i = 1; i < research.row_count; i++)
        ck_assert_int_lt(strcmp(research.rows[i - 1][0], research.rows[i][0]), 0);
}
END_TEST

START_TEST(arms_have_letters_until_they_are_unlocked)
{
    fp_research research = research_of(p.vault);
    ptrdiff_t people_before[4], total = 0, coaches = 0;
    static const char *const letters[] = {"A", "B", "C", "D"};
    static const char *const keys[] = {"both", "ips", "pa", "usual"};
    ck_assert_int_eq(research.arm_count, 4);
    for (int a = 0; a < 4; a++) {
        ck_assert_str_eq(research.arms[a].label, letters[a]);
        people_before[a] = research.arms[a].people;
        total += research.arms[a].people;
        coaches += research.arms[a].coaches;
    }
    ck_assert_int_eq(total, 118);
    ck_assert_int_eq(coaches, 12);
    PEOPLE_DO(&p, fp_arms_unlock(p.ledger, "account:3", "the data are complete", &p.err));
    PEOPLE_DO(&p, fp_arms_unlock(p.ledger, "account:4", "again", &p.err)); /* no second event */
    research = research_of(p.vault);
    ck_assert_str_eq(research.unlocking.actor, "account:3");
    ck_assert_str_eq(research.unlocking.why, "the data are complete");
    for (int a = 0; a < 4; a++) {
        bool among = false;
        ck_assert_str_eq(research.arms[a].label, keys[a]);
        for (int b = 0; b < 4; b++)
            among = among || people_before[b] == research.arms[a].people;
        ck_assert(among);
    }
    people_verify(&p);
}
END_TEST

/* Two keys give other letters and other pseudonyms; one key gives the same, also rotated. */
START_TEST(pseudonyms_stay_when_the_key_is_rotated)
{
    fp_rekeying done;
    FP_BUF_SCOPED(before, 4 * FP_MIB);
    FP_BUF_SCOPED(after, 4 * FP_MIB);
    fp_research research = research_of(p.vault);
    (void)csv_of(&research, &before);
    fp_vault *fresh = people_key(&p, "fresh.key");
    people_ok(&p, fp_vault_rotate(p.ledger, p.vault, fresh, "account:1", &done, &p.err));
    research = research_of(fresh);
    ck_assert_str_eq(csv_of(&research, &after), before.p);
    ck_assert_int_eq(fp_run_research(folder, p.ledger, p.vault, p.arena, &research, &p.err),
                     FP_INPUT);
    fp_vault_close(fresh);
    people_verify(&p);
}
END_TEST

START_TEST(who_withdrew_with_removal_is_left_out)
{
    static const char moment[] = "2026-02-01";
    enum { NOW = 1770112800 };
    people_register(&p, "p001", "k12");
    people_register(&p, "p002", "k01");
    for (int i = 0; i < 2; i++) {
        const char *id = i ? "p002" : "p001";
        PEOPLE_DO(&p,
                  fp_consent_give(p.ledger, "account:2", id, "1", moment, "paper", NOW, &p.err));
        PEOPLE_DO(&p, fp_consent_withdraw(p.ledger, "account:2", id, moment, i ? "keep" : "remove",
                                          NOW, &p.err));
    }
    fp_research research = research_of(p.vault);
    ck_assert_int_eq(research.removed, 1);
    ck_assert_int_eq(research.row_count, 117);
}
END_TEST

/* Also what the caller reads afterwards. */
START_TEST(the_connection_stays_shut)
{
    static const char personal[] = "SELECT * FROM person_key";
    fp_research research;
    people_ok(&p, fp_vault_shut(p.ledger, true, &p.err));
    people_ok(&p, fp_run_research(folder, p.ledger, p.vault, p.arena, &research, &p.err));
    ck_assert_int_eq(sqlite3_exec(fp_ledger_db(p.ledger), personal, NULL, NULL, NULL), SQLITE_AUTH);
}
END_TEST

START_TEST(without_a_key_nothing)
{
    fp_research research = {.row_count = -1};
    ck_assert_int_eq(fp_run_research(folder, p.ledger, NULL, p.arena, &research, &p.err), FP_INPUT);
    ck_assert_int_eq(research.row_count, -1);
}
END_TEST

START_TEST(a_cell_is_no_formula)
{
    static const char *const cells[] = {"=1+1", "+31 6", "-2.5",      "-x",
                                        "@a",   "a,b",   "say \"x\"", "",
                                        "\tx",  "plain", "a\nb=c",    "=\"a\",b"};
    static const char *const *const rows[] = {cells};
    const fp_research research = {
        .column_count = 12, .row_count = 1, .columns = cells, .rows = rows};
    FP_BUF_SCOPED(out, FP_MIB);
    fp_research_csv(&research, &out);
    ck_assert_str_eq(out.p, "\"'=1+1\",\"'+31 6\",-2.5,\"'-x\",\"'@a\",\"a,b\",\"say \"\"x\"\"\",,"
                            "\"'\tx\",plain,\"a\nb=c\",\"'=\"\"a\"\",b\"\r\n"
                            "\"'=1+1\",\"'+31 6\",-2.5,\"'-x\",\"'@a\",\"a,b\",\"say \"\"x\"\"\",,"
                            "\"'\tx\",plain,\"a\nb=c\",\"'=\"\"a\"\",b\"\r\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("research");
    TCase *tests = tcase_create("research");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nobody_can_be_told);
    tcase_add_test(tests, arms_have_letters_until_they_are_unlocked);
    tcase_add_test(tests, pseudonyms_stay_when_the_key_is_rotated);
    tcase_add_test(tests, who_withdrew_with_removal_is_left_out);
    tcase_add_test(tests, the_connection_stays_shut);
    tcase_add_test(tests, without_a_key_nothing);
    tcase_add_test(tests, a_cell_is_no_formula);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
