#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "../ledger/scratch.h"
#include "arena_fixture.h"
#include "ledger/canonical.h"
#include "run_suite.h"
#include "store/allocation.h"

static const char SECRET[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static fp_err err;

TEST_ARENA(64 * FP_MIB);

static const char *const LEVELS[] = {"without", "with"};
static const fp_factor FACTORS[] = {{"ips", 2, LEVELS, 1}, {"pa", 2, LEVELS, 1}};

static fp_protocol plan_of(fp_allocation_method method)
{
    return (fp_protocol){.id = "town",
                         .kind = FP_DESIGN_CLUSTER_RANDOMISED,
                         .factor_count = 2,
                         .factors = FACTORS,
                         .coaches = {.file = "coaches.csv", .id = "coach"},
                         .allocation = {.method = method, .keep = 0.1}};
}

/* Twelve coaches c00 to c11. */
static void coaches_of(fp_source *source)
{
    static const char *names[] = {"coach"}, *ids[12];
    static const char *const *cells[] = {ids};
    static long line[12];
    for (int i = 0; i < 12; i++) {
        char *id = fp_arena_printf(arena, NULL, "c%02d", i);
        ck_assert_ptr_nonnull(id);
        ids[i] = id;
        line[i] = i + 2;
    }
    *source = (fp_source){.kind = FP_SOURCE_COACHES,
                          .file = "coaches.csv",
                          .sha256 = "",
                          .rows = 12,
                          .column_count = 1,
                          .names = names,
                          .cells = cells,
                          .line = line};
}

START_TEST(seeds_have_known_answers)
{
    /* printf 'firstplace draw\ntown\nclusters\n%s' "$SECRET" | sha256sum */
    ck_assert_uint_eq(fp_allocation_seed("town", "clusters", SECRET), UINT64_C(0x48e86ec73f8b52e6));
    ck_assert_uint_ne(fp_allocation_seed("town", "clusters", SECRET),
                      fp_allocation_seed("village", "clusters", SECRET));
    /* printf '%s\n%s' '{}' "$SECRET" | sha256sum */
    ck_assert_str_eq(fp_allocation_commitment("{}", SECRET).hex,
                     "620d808748e2bc67d6334d2f95bd7ddd21537c67e9a77c686da27891c281850c");
}
END_TEST

START_TEST(secrets_differ)
{
    char a[FP_SECRET_DIGITS + 1], b[FP_SECRET_DIGITS + 1];
    fp_allocation_secret(a);
    fp_allocation_secret(b);
    ck_assert_uint_eq(strlen(a), FP_SECRET_DIGITS);
    ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(the_list_of_a_secret_never_changes)
{
    static const char *const want[12] = {"ips", "usual", "usual", "both", "both", "pa",
                                         "pa",  "both",  "pa",    "ips",  "ips",  "usual"};
    fp_protocol plan = plan_of(FP_ALLOCATION_COMPLETE);
    fp_source coaches;
    fp_draw draw;
    fp_drawn drawn;
    coaches_of(&coaches);
    ck_assert_int_eq(fp_draw_read(&plan, &coaches, arena, &draw, &err), FP_OK);
    ck_assert_int_eq(
        fp_draw_allocate(&plan, &draw, fp_allocation_seed, SECRET, 1, arena, &drawn, &err), FP_OK);
    for (int i = 0; i < 12; i++)
        ck_assert_str_eq(draw.arm_key[drawn.arm[i]], want[i]);
}
END_TEST

START_TEST(places_of_people_never_change)
{
    static const int sizes[] = {4, 8};
    static const int32_t want[16] = {1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0};
    fp_protocol plan = plan_of(FP_ALLOCATION_BLOCKS);
    plan.kind = FP_DESIGN_INDIVIDUALLY_RANDOMISED;
    plan.factor_count = 1;
    plan.allocation.block_count = 2;
    plan.allocation.block_sizes = sizes;
    for (int i = 0; i < 16; i++) {
        int32_t arm;
        ck_assert_int_eq(fp_draw_place(&plan, fp_allocation_seed, SECRET, "sex=f", i, &arm, &err),
                         FP_OK);
        ck_assert_int_eq(arm, want[i]);
    }
}
END_TEST

START_TEST(places_follow_the_ratio)
{
    static const int sizes[] = {3, 6}, ratio[] = {1, 2};
    fp_protocol plan = plan_of(FP_ALLOCATION_BLOCKS);
    int32_t arm, treated = 0;
    plan.factor_count = 1;
    plan.allocation.block_count = 2;
    plan.allocation.block_sizes = sizes;
    plan.allocation.ratio_count = 2;
    plan.allocation.ratio = ratio;
    for (int i = 0; i < 300; i++) {
        ck_assert_int_eq(fp_draw_place(&plan, fp_allocation_seed, SECRET, "all", i, &arm, &err),
                         FP_OK);
        treated += arm;
        ck_assert_int_le(abs(3 * treated - 2 * (i + 1)), 6); /* never far from two in three */
    }
    plan.allocation.method = FP_ALLOCATION_SIMPLE;
    treated = 0;
    for (int i = 0; i < 300; i++) {
        ck_assert_int_eq(fp_draw_place(&plan, fp_allocation_seed, SECRET, "all", i, &arm, &err),
                         FP_OK);
        treated += arm;
    }
    ck_assert_int_lt(abs(treated - 200), 35);
}
END_TEST

/* Over many secrets each order of the four arms in the first block of late coaches comes as often:
 * chi-square on 23 degrees of freedom below its quantile of 1 - 1e-6; and every block holds each
 * arm once, whatever the draw of the others gave. */
START_TEST(late_coaches_come_in_blocks)
{
    enum { SECRETS = 4800 };
    fp_protocol plan = plan_of(FP_ALLOCATION_CONSTRAINED);
    int seen[256] = {0}, orders = 0;
    double chisq = 0;
    ck_assert_int_eq(fp_draw_late_block(&plan, 4), 4);
    for (int s = 0; s < SECRETS; s++) {
        char secret[FP_SECRET_DIGITS + 1];
        int code = 0, held[2] = {0, 0};
        (void)snprintf(secret, sizeof secret, "%064x", s);
        for (int place = 0; place < 8; place++) {
            int32_t arm;
            ck_assert_int_eq(
                fp_draw_late(&plan, fp_allocation_seed, secret, "team=north", place, &arm, &err),
                FP_OK);
            code = place < 4 ? 4 * code + arm : code;
            held[place / 4] |= 1 << arm;
        }
        ck_assert_int_eq(held[0], 15);
        ck_assert_int_eq(held[1], 15);
        seen[code]++;
    }
    for (int code = 0; code < 256; code++) {
        orders += seen[code] > 0;
        chisq += seen[code] ? (seen[code] - 200.0) * (seen[code] - 200.0) / 200 : 0;
    }
    ck_assert_int_eq(orders, 24);
    ck_assert_double_lt(chisq, 70.5);
}
END_TEST

static fp_status admits(const fp_allocation_log *log, fp_change_kind kind, const char *unit,
                        const char *from, const char *to, const char *day)
{
    fp_change change = {.kind = kind, .unit = unit, .from = from, .to = to, .date = FP_DAY_NONE};
    fp_day today = 0;
    ck_assert(fp_day_parse(fp_str_of("2027-03-01"), &today));
    ck_assert(!day || fp_day_parse(fp_str_of(day), &change.date));
    return fp_allocation_admits(log, log->change_count, &change, today, &err);
}

START_TEST(changes_follow_each_other)
{
    static const fp_reveal told[] = {
        {.unit = "k1", .arm = "ips", .stratum = "", .place = -1},
        {.unit = "late", .arm = "pa", .stratum = "all", .place = 0, .late = true}};
    static const fp_change done[] = {
        {.kind = FP_CHANGE_LEAVE, .date = FP_DAY_NONE, .unit = "k1", .from = "", .to = ""},
        {.kind = FP_CHANGE_REPLACE, .date = FP_DAY_NONE, .unit = "k1", .from = "", .to = "new"},
        {.kind = FP_CHANGE_MOVE, .date = FP_DAY_NONE, .unit = "p1", .from = "k1", .to = "k2"}};
    fp_allocation_log log = {.commit = 1,
                             .statement = "{\"units\":[{\"covariates\":[],\"id\":\"k1\","
                                          "\"stratum\":\"all\"},{\"covariates\":[],\"id\":"
                                          "\"k2\",\"stratum\":\"x,\\\"id\\\":\\\"k3\\\"\"}]}",
                             .at_utc = "2027-01-15T10:00:00Z",
                             .reveal_count = 2,
                             .reveals = told,
                             .change_count = 3,
                             .changes = done};
    ck_assert(fp_allocation_drew(&log, "k1"));
    ck_assert(fp_allocation_drew(&log, "k2"));
    ck_assert(!fp_allocation_drew(&log, "k3"));
    ck_assert(!fp_allocation_drew(&log, "late"));
    ck_assert_int_eq(fp_allocation_check_changes(&log, &err), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "k1", "", "", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "k2", "", "", "2027-02-01"), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "k2", "", "", "2027-04-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "k2", "", "", "2027-01-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "k3", "", "", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "late", "", "", "2027-02-01"), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_LEAVE, "new", "", "", "2027-02-01"), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_REPLACE, "k1", "", "x", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_REPLACE, "new", "", "x", "2027-02-01"), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_REPLACE, "k2", "", "k2", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_REPLACE, "k2", "", "new", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_MOVE, "p1", "k1", "k2", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_MOVE, "p1", "k1", "new", "2027-02-01"), FP_OK);
    ck_assert_int_eq(admits(&log, FP_CHANGE_MOVE, "p2", "k1", "new", "2027-02-01"), FP_INPUT);
    ck_assert_int_eq(admits(&log, FP_CHANGE_CORRECT, "p2", "k1", "late", NULL), FP_OK);
    log.changes = done + 1; /* without the leave nothing is wrong; twice the same is */
    log.change_count = 1;
    ck_assert_int_eq(fp_allocation_check_changes(&log, &err), FP_OK);
    static const fp_change twice[] = {{.kind = FP_CHANGE_REPLACE,
                                       .date = FP_DAY_NONE,
                                       .unit = "k1",
                                       .from = "",
                                       .to = "a",
                                       .seq = 5},
                                      {.kind = FP_CHANGE_REPLACE,
                                       .date = FP_DAY_NONE,
                                       .unit = "k1",
                                       .from = "",
                                       .to = "b",
                                       .seq = 6}};
    log.changes = twice;
    log.change_count = 2;
    ck_assert_int_eq(fp_allocation_check_changes(&log, &err), FP_CHECK);
    ck_assert_ptr_nonnull(strstr(err.message, "event 6"));
}
END_TEST

START_TEST(the_list_is_sealed)
{
    fp_protocol plan = plan_of(FP_ALLOCATION_COMPLETE);
    fp_source coaches;
    fp_draw draw;
    const int32_t arm[12] = {3, 1, 0, 2, 3, 1, 0, 2, 3, 1, 0, 2};
    int32_t back[12];
    const char *list, *again;
    char *changed;
    coaches_of(&coaches);
    ck_assert_int_eq(fp_draw_read(&plan, &coaches, arena, &draw, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_seal(&draw, arm, SECRET, arena, &list, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_seal(&draw, arm, SECRET, arena, &again, &err), FP_OK);
    ck_assert_str_ne(list, again); /* another nonce */
    ck_assert_int_eq(fp_allocation_unseal(&draw, list, SECRET, arena, back, &err), FP_OK);
    ck_assert_mem_eq(arm, back, sizeof arm);
    ck_assert_ptr_nonnull(changed = fp_arena_strdup(arena, list, &err));
    changed[60] = changed[60] == '0' ? '1' : '0';
    ck_assert_int_eq(fp_allocation_unseal(&draw, changed, SECRET, arena, back, &err), FP_CHECK);
    changed[0] = 'x';
    ck_assert_int_eq(fp_allocation_unseal(&draw, changed, SECRET, arena, back, &err), FP_CHECK);
    ck_assert_int_eq(fp_allocation_unseal(&draw, "", SECRET, arena, back, &err), FP_CHECK);
}
END_TEST

START_TEST(statements_are_canonical)
{
    fp_protocol plan = plan_of(FP_ALLOCATION_COMPLETE);
    fp_source coaches;
    fp_draw draw;
    const char *statement;
    coaches_of(&coaches);
    ck_assert_int_eq(fp_draw_read(&plan, &coaches, arena, &draw, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_statement(&plan, &draw, arena, &statement, &err), FP_OK);
    ck_assert(fp_canonical_valid(fp_str_of(statement)));
    ck_assert_ptr_nonnull(strstr(statement, "\"arms\":[\"usual\",\"ips\",\"pa\",\"both\"]"));
    ck_assert_int_eq(fp_allocation_statement(&plan, NULL, arena, &statement, &err), FP_OK);
    ck_assert(fp_canonical_valid(fp_str_of(statement)));
}
END_TEST

START_TEST(the_log_gives_back_what_was_put)
{
    char folder[SCRATCH_MAX], path[SCRATCH_MAX];
    fp_ledger *ledger = NULL;
    fp_allocation_log log;
    scratch_make(folder);
    scratch_path(path, folder, "study.db");
    const fp_reveal told = {.unit = "c\"1", .arm = "both", .stratum = "", .place = -1};
    const fp_reveal person = {.unit = "p9", .arm = "ips", .stratum = "sex=f", .place = 4};
    ck_assert_int_eq(fp_ledger_open(path, true, &ledger, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_read(ledger, arena, &log, &err), FP_OK);
    ck_assert_int_eq(log.commit, 0);
    ck_assert_int_eq(fp_ledger_begin(ledger, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_commit(ledger, "me", "", "abc", 0.1, "00", "{\"a\":1}", &err),
                     FP_OK);
    ck_assert_int_eq(fp_allocation_reveal(ledger, "me", "", 1, &told, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_reveal(ledger, "you", "why", 1, &person, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_open(ledger, "me", "", 1, SECRET, &err), FP_OK);
    ck_assert_int_eq(fp_ledger_commit(ledger, &err), FP_OK);
    ck_assert_int_eq(fp_allocation_read(ledger, arena, &log, &err), FP_OK);
    ck_assert_int_eq(log.commit, 1);
    ck_assert_str_eq(log.commitment, "abc");
    ck_assert_str_eq(log.limit, "0.1");
    ck_assert_str_eq(log.statement, "{\"a\":1}");
    ck_assert_int_eq(log.reveal_count, 2);
    ck_assert_str_eq(log.reveals[0].unit, "c\"1");
    ck_assert_int_eq(log.reveals[1].place, 4);
    ck_assert_str_eq(log.reveals[1].actor, "you");
    ck_assert_str_eq(log.secret, SECRET);
    ck_assert_ptr_eq(fp_allocation_find(&log, "p9"), &log.reveals[1]);
    ck_assert_ptr_null(fp_allocation_find(&log, "p8"));
    fp_ledger_close(ledger);
    scratch_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allocation_log");
    TCase *tests = tcase_create("allocation_log");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, seeds_have_known_answers);
    tcase_add_test(tests, secrets_differ);
    tcase_add_test(tests, the_list_of_a_secret_never_changes);
    tcase_add_test(tests, places_of_people_never_change);
    tcase_add_test(tests, places_follow_the_ratio);
    tcase_add_test(tests, late_coaches_come_in_blocks);
    tcase_add_test(tests, changes_follow_each_other);
    tcase_add_test(tests, the_list_is_sealed);
    tcase_add_test(tests, statements_are_canonical);
    tcase_add_test(tests, the_log_gives_back_what_was_put);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
