#define CK_FLOATING_DIG 17
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"
#include "store/people.h"
#include "store/retention.h"
#include "store/sample.h"

/* What is due by the rules of study.yaml. The people are made up. */

enum { NOW = 1770112800 }; /* 2026-02-03T10:00:00Z */
static people p;
static const fp_retention_spec rules = {.identity = 12, .research = 120, .log = 60};

static fp_day day(const char *text)
{
    fp_day out = FP_DAY_NONE;
    ck_assert(fp_day_parse(fp_str_of(text), &out));
    return out;
}

/* p1, p2 and p3 as the register has them: p2 ends earlier, p3 has no end yet. */
static void import_people(void)
{
    static const char *const ids[] = {"p1", "p2", "p3"}, *const ends[] = {"2025-06-30",
                                                                          "2024-02-29", ""};
    static const char *const *const cells[] = {ids, ends};
    static const char *const names[] = {"person", "end"};
    static const long lines[] = {2, 3, 4};
    const fp_protocol plan = {.path = "study.yaml",
                              .id = "town",
                              .people = {.file = "people.csv", .id = "person", .end = "end"}};
    const fp_source source = {
        .kind = FP_SOURCE_PEOPLE,
        .file = "people.csv",
        .sha256 = "0000000000000000000000000000000000000000000000000000000000000000",
        .rows = 3,
        .column_count = 2,
        .names = names,
        .cells = cells,
        .line = lines};
    scratch_ok(sample_import(p.ledger, &plan, &source, &p.err), &p.err);
}

static void set_up(void)
{
    people_set_up(&p);
    import_people();
}

static void tear_down(void)
{
    people_tear_down(&p);
}

static ptrdiff_t listed(const fp_retention_spec *terms, const fp_retention_row **rows)
{
    ptrdiff_t count;
    people_ok(&p, fp_retention_list(p.ledger, terms, p.arena, &count, rows, &p.err));
    return count;
}

static void enter(const char *client, const char *bsn)
{
    fp_identity identity = people_with(FP_IDENTITY_BSN, bsn);
    people_register(&p, client, "c1");
    (void)people_save(&p, client, 0, &identity);
}

START_TEST(test_the_earliest_stands_first)
{
    const fp_retention_row *rows;
    enter("p1", "999900006");
    enter("p2", "999900018");
    enter("p3", "999900031");
    enter("p9", "999900043");        /* in no source */
    people_register(&p, "p5", "c1"); /* nothing to erase */
    ck_assert_int_eq(listed(&rules, &rows), 6);
    ck_assert_str_eq(rows[0].client, "p2");
    ck_assert_int_eq(rows[0].since, day("2024-02-29"));
    ck_assert_int_eq(rows[0].due, day("2025-02-28"));
    ck_assert_str_eq(rows[1].client, "p1");
    ck_assert_int_eq(rows[1].due, day("2026-06-30"));
    ck_assert_int_eq(rows[2].what, FP_RETAIN_LOG);
    ck_assert_int_eq(rows[3].what, FP_RETAIN_RESEARCH);
    ck_assert_int_eq(rows[3].due, day("2035-06-30"));
    ck_assert_str_eq(rows[4].client, "p3");
    ck_assert_int_eq(rows[4].due, FP_DAY_NONE);
    ck_assert_str_eq(rows[5].client, "p9");
}
END_TEST

START_TEST(test_a_withdrawal_counts_instead_of_the_end)
{
    const fp_retention_row *rows;
    enter("p1", "999900006");
    PEOPLE_DO(
        &p, fp_consent_give(p.ledger, "account:2", "p1", "1", "2025-01-01", "paper", NOW, &p.err));
    PEOPLE_DO(&p, fp_consent_withdraw(p.ledger, "client:p1", "p1", "2025-03-31T23:00:00Z", "keep",
                                      NOW, &p.err));
    (void)listed(&rules, &rows);
    ck_assert_str_eq(rows[0].client, "p1");
    ck_assert(rows[0].withdrawn);
    ck_assert_int_eq(rows[0].due, day("2026-03-31"));
    PEOPLE_DO(
        &p, fp_consent_give(p.ledger, "account:2", "p1", "1", "2025-05-01", "paper", NOW, &p.err));
    (void)listed(&rules, &rows);
    ck_assert_int_eq(rows[0].due, day("2026-06-30"));
    /* erased: nothing is due any more */
    PEOPLE_DO(&p, fp_client_erase(p.ledger, "account:2", "p1", "retention", &p.err));
    ck_assert_int_eq(listed(&rules, &rows), 2);
}
END_TEST

START_TEST(test_without_terms_nothing_is_due)
{
    static const fp_retention_spec none = {0};
    const fp_retention_row *rows;
    enter("p1", "999900006");
    ck_assert_int_eq(listed(&none, &rows), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rows[i].due, FP_DAY_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retention");
    TCase *tests = tcase_create("retention");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_the_earliest_stands_first);
    tcase_add_test(tests, test_a_withdrawal_counts_instead_of_the_end);
    tcase_add_test(tests, test_without_terms_nothing_is_due);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
