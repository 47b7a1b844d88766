#define CK_FLOATING_DIG 17
#include <check.h>

#include <stdlib.h>
#include <string.h>

#include "../ledger/scratch.h"
#include "ledger/canonical.h"
#include "store/allocation.h"

static const char SECRET[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

static fp_arena *arena;
static fp_err err;

static void set_up(void)
{
    arena = fp_arena_create(64 * FP_MIB);
}

static void tear_down(void)
{
    fp_arena_destroy(arena);
}

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
    tcase_add_test(tests, the_list_is_sealed);
    tcase_add_test(tests, statements_are_canonical);
    tcase_add_test(tests, the_log_gives_back_what_was_put);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
