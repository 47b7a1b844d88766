/* What a backup undoes when it is put back. */
#include <stdlib.h>
#include <string.h>

#define CK_FLOATING_DIG 17
#include <check.h>

#include "run_suite.h"
#include "store/account.h"
#include "store/client.h"
#include "store/people.h"
#include "store/undone.h"

enum { NOW = 1770112800 };
static const int64_t far_away = INT64_C(32503680000); /* the year 3000 */
static people p;
static int64_t staff[2];

static void set_up(void)
{
    people_set_up(&p);
}

static void tear_down(void)
{
    people_tear_down(&p);
}

static void link_of(const char *client, int64_t until)
{
    char token[FP_TOKEN_DIGITS + 1];
    PEOPLE_DO(&p, fp_client_link_make(p.ledger, "account:2", client, until, token, &p.err));
}

static void end_link(const char *client)
{
    PEOPLE_DO(&p, fp_client_link_end(p.ledger, "account:2", client, &p.err));
}

static void consents(const char *client)
{
    PEOPLE_DO(&p, fp_consent_give(p.ledger, "account:2", client, "1", "2026-02-01", "paper", NOW,
                                  &p.err));
}

static void withdraws(const char *client)
{
    PEOPLE_DO(&p, fp_consent_withdraw(p.ledger, "account:2", client, "2026-02-01", "remove", NOW,
                                      &p.err));
}

static void erase(const char *client)
{
    PEOPLE_DO(&p, fp_client_erase(p.ledger, "account:2", client, "asked", &p.err));
}

static void make_staff(void)
{
    static const char *const names[] = {"research.one", "research.two"};
    for (int i = 0; i < 2; i++) {
        const fp_account made = {.name = names[i],
                                 .display = names[i],
                                 .role = FP_ROLE_RESEARCHER,
                                 .coach = "",
                                 .language = "nl"};
        PEOPLE_DO(&p, fp_account_create(p.ledger, "firstplace", &made, &staff[i], &p.err));
    }
}

static void disable(int64_t id, bool disabled)
{
    fp_account account;
    bool found;
    people_ok(&p, fp_account_get(p.ledger, id, p.arena, &found, &account, &p.err));
    account.disabled = disabled;
    PEOPLE_DO(&p, fp_account_change(p.ledger, "account:1", "", &account, &p.err));
}

static void before_the_backup(void)
{
    static const char *const ids[] = {"erased",   "erased-before", "withdrew",    "came-back",
                                      "link-end", "link-anew",     "link-expired"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        people_register(&p, ids[i], "c1");
    consents("withdrew");
    consents("came-back");
    erase("erased-before");
    link_of("link-end", far_away);
    link_of("link-anew", far_away);
    link_of("link-expired", 1);
    make_staff();
}

/* Each once, or not at all where the last word or the backup says otherwise. */
static void after_it(void)
{
    people_register(&p, "newcomer", "c1");
    erase("newcomer");
    erase("erased");
    withdraws("withdrew");
    withdraws("came-back");
    consents("came-back");
    end_link("link-end");
    link_of("link-anew", far_away);
    end_link("link-expired");
    link_of("withdrew", far_away); /* had none in the backup */
    disable(staff[0], true);
    disable(staff[1], true);
    disable(staff[1], false);
}

START_TEST(test_only_what_is_undone_is_named)
{
    static const char *const expected[FP_UNDONE_KINDS] = {[FP_UNDONE_ERASURE] = "erased",
                                                          [FP_UNDONE_WITHDRAWAL] = "withdrew",
                                                          [FP_UNDONE_LINK] = "link-anew, link-end",
                                                          [FP_UNDONE_ACCOUNT] = "research.one"};
    char copy[SCRATCH_MAX];
    fp_ledger *restored = NULL;
    fp_sha256 head;
    int64_t since;
    before_the_backup();
    scratch_path(copy, p.folder, "backup.db");
    people_ok(&p, fp_ledger_copy(p.ledger, copy, &p.err));
    people_ok(&p, fp_ledger_open(copy, false, &restored, &p.err));
    people_ok(&p, fp_ledger_head(restored, &since, &head, &p.err));
    after_it();
    fp_buf who[FP_UNDONE_KINDS];
    for (int k = 0; k < FP_UNDONE_KINDS; k++)
        fp_buf_init(&who[k], FP_MIB);
    people_ok(&p, fp_store_undone(p.ledger, since, restored, who, &p.err));
    for (int k = 0; k < FP_UNDONE_KINDS; k++) {
        ck_assert_str_eq(fp_buf_str(&who[k]).p, expected[k]);
        fp_buf_clear(&who[k]);
    }
    fp_ledger_close(restored);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("undone");
    TCase *tests = tcase_create("undone");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_only_what_is_undone_is_named);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
